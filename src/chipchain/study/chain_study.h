// The main job: plan a chain, simulate the plan, make promises that hold, and say what holds it back, what it costs,
// what an outage does and which assumptions matter. Everything that reports show is here.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chipchain/plan/why_late.h"
#include "chipchain/study/chain_loop.h"
#include "chipchain/study/chain_risk.h"
#include "chipchain/study/unit_cost.h"
#include "chipchain/study/version_pooling.h"

namespace chipchain {

struct ChainStudyOptions {
    PlannerOptions planner;
    uint64_t seed = 1;
    uint32_t threads = 0;       // 0: one per core
    uint32_t replications = 0;  // 0: the scenario's
    uint32_t rounds = 4;
    double most_line_lots = 20'000;  // own lines with so many lots at most run in the line engine; 0: none
    bool risk = true;
    bool tornado = true;
    bool plan_only = false;    // no simulation with randomness
    std::string samples_file;  // replications that are done are kept here and not done again; empty: none
    std::function<void(const std::string&)> log;
    std::atomic<bool>* stop = nullptr;  // set it to end as soon as possible
};

// What the line engine says of an activity that the plan knows by its lead time only.
struct LineCheck {
    uint32_t resource = 0;
    uint32_t activity = 0;
    int64_t lots = 0;        // that came out of the line
    double planned_d = 0;    // lead time that the plan reckons with
    double simulated_d = 0;  // mean cycle time of the lots
    int64_t planned_starts = 0;
    int64_t starts = 0;
};

// Where the simulation without randomness delivers later than the plan.
struct PlanGap {
    uint32_t programme = 0;
    size_t bucket = 0;
    double pieces = 0;  // running total planned less delivered
    std::string why;
};

struct StageSeconds {
    std::string stage;
    double seconds = 0;
};

struct ChainStudy {
    LoopResult loop;
    ChainResult exact;                     // the plan without randomness, with the figures that it reckons with
    std::vector<LineCheck> lines;          // own lines simulated lot by lot by the line engine
    uint64_t line_moves = 0;               // lot-steps of that run
    std::vector<uint32_t> lines_left_out;  // resources with a process that have more lots than asked for
    std::vector<PlanGap> gaps;             // empty: the plan's dates are met
    std::vector<Time> planned_milestones;  // kNever: not in the plan
    std::vector<LateReason> late;
    std::vector<UnitCost> costs;      // of chips and of what programmes take
    std::vector<UnitCost> all_costs;  // [node]
    std::vector<SiteRisk> risks;
    std::vector<TornadoBar> tornado;
    std::vector<PooledFamily> pooled;
    std::vector<StageSeconds> seconds;
    uint64_t fingerprint = 0;  // of all simulated runs
    bool stopped = false;
};

// REQUIRES a model that compiled without errors.
[[nodiscard]] ChainStudy study_chain(const ChainModel& model, const ChainStudyOptions& options);

// The date in a plan at which a milestone is reached: inside its bucket by a straight line; kNever.
[[nodiscard]] Time planned_milestone(const ChainModel& model, const ChainPlan& plan, const ChainMilestone& milestone);

}  // namespace chipchain
