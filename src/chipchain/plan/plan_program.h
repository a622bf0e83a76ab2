// The linear program of a chain: models M1 (make or buy over sites and buckets, fractional lead times), M2 (allocated
// clearing functions), M4 (capacity modules, qualification) and M5 (contracts) of the planning facts, for one future.
//
// Rows come first, then columns are written straight into sparse arrays. Nothing that a user can ask for is infeasible:
// what a planner can break (demand, safety stock, store limits, contract minimums) has a priced slack.
//
// Time inside a bucket: starts and shipments are spread evenly over their part of the bucket, so what is started in
// [s0, s1) comes out in [s0 + L, s1 + L), shared between buckets by overlap (Hackman and Leachman, Management Science
// 35(4), 1989). Stock must not be negative at the end of a bucket, nor at the instants inside it at which an inflow
// begins or ends: between these it runs on straight lines, so a plan can be carried out day by day. Deliveries are made
// at the end of a bucket.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"
#include "chipchain/plan/linear_program.h"
#include "chipchain/plan/solver.h"

namespace chipchain {

// One future: factors on the figures of the model; an empty vector stands for ones.
struct ChainFuture {
    std::vector<double> demand;    // [programme]
    std::vector<double> yield;     // [activity]
    std::vector<double> price;     // [activity]
    std::vector<double> lead;      // [activity]
    std::vector<double> build;     // [module] of the build time
    std::vector<double> capacity;  // [resource]
    Series2 site_share;            // [site][bucket] of the capacity of its resources and of starts without resource
};

struct PlanModelOptions {
    std::vector<Time> lead;           // [activity] planned lead times; empty: the mean of their distributions
    std::vector<double> floor;        // [node] safety stocks instead of the model's; empty: the model's
    bool inside_rows = true;          // keep stocks from being negative inside buckets too
    bool clearing = true;             // use clearing functions where a resource has them
    bool load_before = false;         // load of a clearing function: WIP before plus starts, instead of the mean WIP
    bool decide_each_bucket = false;  // modules and qualifications; false: in the first bucket of a quarter
};

using Columns = std::vector<ColumnIndex>;
using Columns2 = std::vector<Columns>;
using RowIndices = std::vector<RowIndex>;
using RowIndices2 = std::vector<RowIndices>;

struct InsideRow {
    Time at = 0;
    RowIndex row;
};

// Where things stand in the program. Invalid indices: no such column (not allowed in that bucket).
struct PlanLayout {
    Columns2 starts, shipped, stock, below_floor, over_limit, open, lost, wip, done, allocated, modules, qualify;
    Columns2 below_share;                                       // [programme] of its floor
    std::vector<Columns2> delivered;                            // [programme][serving node][bucket]
    Columns shortfall, carried, reserved, exercised, credited;  // [contract]
    RowIndices2 balance, capacity, demand;                      // [node], [resource], [programme] by bucket
    std::vector<std::vector<std::vector<InsideRow>>> inside;    // [node][bucket]
    RowIndices service;                                         // [class] of priorities, 1 is the first
    std::vector<int64_t> classes;                               // their priorities, rising
    std::vector<std::pair<ColumnIndex, double>> units;          // of columns that do not count by one: scaling.h
};

// The unit of every column, for scaling_of().
[[nodiscard]] std::vector<double> column_units(const std::vector<const PlanLayout*>& layouts, int32_t columns);

// What of a program is decided before it is known which future comes.
struct FirstStage {
    const PlanLayout* layout = nullptr;  // of the block that has the columns
    size_t shared_starts = 0;            // starts of so many buckets are decided too
};

// Writes one future into `program`; costs count `weight` times. With a first stage, modules, qualifications, reserved
// options and early starts are those of its block. `recourse` (optional) gets the columns of this block that are not
// first stage with their unweighted costs.
struct CostEntry {
    ColumnIndex column;
    double cost = 0;
};
[[nodiscard]] PlanLayout write_plan(
    LinearProgram& program,
    const ChainModel& model,
    const PlanModelOptions& options,
    const ChainFuture& future,
    double weight = 1,
    const FirstStage* first_stage = nullptr,
    std::vector<CostEntry>* costs = nullptr);

// Reads a plan back from a solution.
[[nodiscard]] ChainPlan read_plan(
    const ChainModel& model,
    const PlanModelOptions& options,
    const ChainFuture& future,
    const PlanLayout& layout,
    const LpSolution& solution);

// Planned lead time of an activity: options.lead or the mean of its distribution, times the future's factor.
[[nodiscard]] Time
planned_lead(const ChainModel& model, const PlanModelOptions& options, const ChainFuture& future, uint32_t activity);

// Capacity of a resource per week in a bucket of one future, with the modules ordered in the file, without its target.
[[nodiscard]] double
capacity_per_week(const ChainModel& model, const ChainFuture& future, uint32_t resource, size_t bucket);

// Weeks of waiting that one piece not delivered until the end counts for in the service rows: assumption.
inline constexpr double kUnmetWeeks = 52;

}  // namespace chipchain
