// The rows of a scenario: a whole chain over the years, for `chipchain plan` and `chipchain run`. A scenario file has
// [scenario] where the file of a line has [line]; every other table may be in TOML or CSV.
//
// Words: an activity turns input items into output items at one site, counted in starts; a resource limits what
// activities start; a lane carries items between sites; a store is an item at a site; a programme is who waits.
// Dates of other tables are ticks since scenario.start. Rows of figures carry a mark (how they are known) and their
// source.
#pragma once

#include <cstdint>
#include <string>

#include "chipchain/spec/row.h"

namespace chipchain {

struct ScenarioSpec : Row {
    std::string name;
    Time start = 0;               // date of t = 0, ticks since 1970
    Time end = 0;                 // exclusive, ticks since 1970
    int64_t weeks = 26;           // buckets of a week at the start, calendar months after them
    double service_percent = 90;  // promises are kept in so many of 100 runs
    double discount_percent = 0;  // of money, per year
    int64_t replications = 100;   // of the Monte Carlo runs
    Time freeze = 0;              // starts before it cannot be changed: plan = pipeline
    std::string note;
};

enum class ItemKind : uint8_t { wafer, die, panel, package, board, unit, part };

struct ItemSpec : Row {
    std::string name;
    ItemKind kind = ItemKind::part;
    std::string family;               // versions of one chip share it: pooling, substitution
    double value_usd = 0;             // of one, for tariffs and stock; 0: none
    double holding_usd_per_week = 0;  // of one in stock, besides capital
    double holding_percent = 0;       // of value_usd, per year
    int64_t lot = 0;                  // pieces that move together in the simulation; 0: by kind
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

enum class SiteKind : uint8_t { own, supplier };

struct SiteSpec : Row {
    std::string name;
    SiteKind kind = SiteKind::own;
    std::string region;
    double time_to_recover_d = 0;  // after an outage: time-to-recover of risk exposure; 0: not examined
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

// Makes items at a site. Yield of a start: yield_percent, times the die yield by defects when die_area_mm2 > 0.
struct ActivitySpec : Row {
    std::string name;
    std::string site;
    std::string item;     // main output
    double quantity = 1;  // of it per start, before yield (dies per wafer, packages per panel)
    DurationSpec lead;    // from start to output
    double yield_percent = 100;
    double d0_start = 0;  // defects per cm2 at `learning_from`
    double d0_final = 0;
    Time tau = 0;
    double die_area_mm2 = 0;
    double alpha = 2;
    Time learning_from = 0;
    double yield_spread_percent = 0;  // standard deviation of the yield between lots, in points
    double cost_usd = 0;              // per start, besides inputs
    double wip_usd_per_week = 0;      // of one start under way
    int64_t lot = 0;                  // starts of a lot; 0: by the kind of the item
    Time from = -1;                   // earliest start; -1: the scenario's start
    Time until = -1;                  // no start at or after it; -1: never
    double excursion_percent = 0;     // share of the lots lost as a whole
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

struct ActivityInputSpec : Row {
    std::string activity;
    std::string item;
    double quantity = 1;  // per start
    Mark mark = Mark::assumption;
    std::string source;
};

// Further outputs of a start: bins, co-products.
struct ActivityOutputSpec : Row {
    std::string activity;
    std::string item;
    double quantity = 1;  // per start, before the activity's yield
    Mark mark = Mark::assumption;
    std::string source;
};

// A yield that is known by date: holds from `from` on, instead of yield_percent; linear between rows when `linear`.
struct ActivityYieldSpec : Row {
    std::string activity;
    Time from = 0;
    double yield_percent = 100;
    bool linear = false;
    Mark mark = Mark::assumption;
    std::string source;
};

struct ResourceSpec : Row {
    std::string name;
    std::string site;
    double capacity_per_week = 0;  // at the start
    std::string unit;              // what is counted: "wafers", "panels", "hours"
    std::string process;           // of the library: the line is simulated lot by lot; empty: by lead time
    double sized_per_month = 0;    // starts for which that line has its tools
    double target_percent = 100;   // highest planned use of the capacity
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

struct ResourceUseSpec : Row {
    std::string resource;
    std::string activity;
    double quantity = 1;  // per start
    Mark mark = Mark::assumption;
    std::string source;
};

// The capacity of a resource from a date on; linear between rows when `linear`.
struct ResourceCapacitySpec : Row {
    std::string resource;
    Time from = 0;
    double capacity_per_week = 0;
    bool linear = false;
    Mark mark = Mark::assumption;
    std::string source;
};

// Output per release of a resource under load: output <= slope * load + quantity, per week; concave by rows
// (allocated clearing functions). load: starts and WIP in units of capacity.
struct ClearingSpec : Row {
    std::string resource;
    double slope = 1;
    double quantity = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

// Points of named curves: ramps of modules, recovery after outages.
struct CurveSpec : Row {
    std::string curve;
    Time day = 0;
    double percent = 100;  // before the first point: 0 for a ramp; after the last: its value
    bool step = false;     // holds until the next point instead of a straight line
    Mark mark = Mark::assumption;
    std::string source;
};

// Capacity that may be bought in whole modules: live `build` after the decision, rising by `ramp`.
struct CapacityModuleSpec : Row {
    std::string name;
    std::string resource;
    double capacity_per_week = 0;  // of one, in the end
    double capex_usd = 0;
    Time build = 0;
    std::string ramp;              // curve over days since live; empty: at once
    int64_t most = 1;              // modules in all
    int64_t most_per_quarter = 0;  // 0: no limit
    Time from = 0;                 // earliest decision
    Time until = -1;               // latest decision; -1: the end
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

// Modules that are decided already.
struct ModuleOrderSpec : Row {
    std::string module;
    Time date = 0;  // of the decision
    int64_t count = 1;
    Mark mark = Mark::assumption;
    std::string source;
};

// Between sites.
struct LaneSpec : Row {
    std::string from;
    std::string to;
    std::string item;  // empty: everything
    DurationSpec travel;
    double cost_usd = 0;        // of one piece
    double tariff_percent = 0;  // of value_usd
    Mark mark = Mark::assumption;
    std::string source;
};

struct StoreSpec : Row {
    std::string item;
    std::string site;
    double initial = 0;
    double limit = 0;               // pieces; 0: none
    double floor = 0;               // safety stock wanted
    double short_usd_per_week = 0;  // price of a piece below the floor; 0: by the planner
    Time floor_from = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

// Output of work that is in the pipeline at the start.
struct PipelineSpec : Row {
    std::string activity;
    Time date = 0;        // of the output
    double quantity = 0;  // pieces of the main output
    Mark mark = Mark::assumption;
    std::string source;
};

struct ContractSpec : Row {
    std::string name;
    std::string activity;
    Time from = 0;
    Time until = 0;                  // exclusive
    double minimum = 0;              // starts in the period
    double maximum = 0;              // 0: none
    double shortfall_usd = 0;        // per start below the minimum; take-or-pay: the price
    double carry_percent = 0;        // of the minimum, that the next row of the same activity may make up
    double option_starts = 0;        // further starts above the maximum, reserved before `option_until`
    double option_usd = 0;           // of reserving one
    double exercise_usd = 0;         // of using one, besides the activity's cost
    double prepaid_usd = 0;          // paid at `from`, credited against the starts of the period
    double change_percent = 0;       // most change of starts from week to week, of the mean of the period; 0: free
    double least_share_percent = 0;  // of all starts that make the item, in the period
    double most_share_percent = 100;
    Time notice = 0;  // starts are firm so long before them
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

// An activity may start only when qualified.
struct QualificationSpec : Row {
    std::string activity;
    Time from = 0;  // earliest begin
    Time duration = 0;
    bool decided = true;  // begins at `from`; false: the planner decides whether and when
    double cost_usd = 0;
    double pieces = 0;  // starts of the activity consumed by it
    Mark mark = Mark::assumption;
    std::string source;
};

// `item` serves where `serves` is asked for.
struct SubstitutionSpec : Row {
    std::string item;
    std::string serves;
    std::string programme;  // only for its deliveries; empty: everywhere
    Time from = 0;          // qualified from
    Mark mark = Mark::assumption;
    std::string source;
};

struct ProgrammeSpec : Row {
    std::string name;
    std::string item;
    std::string site;      // where it takes delivery
    int64_t priority = 1;  // 1 is served first
    double value_usd = 0;  // of one delivered
    double late_usd_per_week = 0;
    double unmet_usd = 0;       // of one not delivered until the end; 0: late_usd_per_week
    bool backlog = true;        // false: what is not there in time is lost
    double spread_percent = 0;  // standard deviation of weekly demand around its forecast
    double floor_percent = 0;   // of its demand, served before any programme of lower priority gets more
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

struct DemandSpec : Row {
    std::string programme;
    Time date = 0;    // due
    Time until = -1;  // spread evenly from `date` up to here; -1: all at `date`
    double quantity = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

enum class MilestoneKind : uint8_t { delivered, made };

struct MilestoneSpec : Row {
    std::string name;
    MilestoneKind kind = MilestoneKind::delivered;
    std::string of;       // programme (delivered) or activity (made: its main output)
    double quantity = 1;  // in all
    Time date = 0;        // wanted
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

struct DisruptionSpec : Row {
    std::string name;
    std::string site;
    std::string resource;         // only this one; empty: all of the site
    double percent_per_year = 0;  // chance of a beginning within a year; 0: dated
    Time date = -1;               // begins for certain; -1: by chance
    std::string recovery;         // curve of capacity over days since the beginning
    double scrap_percent = 0;     // of what is in the site's pipeline
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

struct BudgetSpec : Row {
    int64_t year = 0;
    double capex_usd = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

enum class UncertainKind : uint8_t { demand, yield, lead, capacity, price, build };

// What may turn out otherwise: a factor, triangular between low and high with its mode at 100 %.
struct UncertaintySpec : Row {
    std::string name;
    UncertainKind kind = UncertainKind::demand;
    std::string of;  // programme, activity, activity, resource, activity, capacity module
    double low_percent = 100;
    double high_percent = 100;
    Mark mark = Mark::assumption;
    std::string source;
};

// A small file of changes on a scenario.
struct OverlaySpec : Row {
    std::string name;
    std::string base;
    std::string note;
};

enum class ChangeOp : uint8_t { set, multiply, add, remove };

struct ChangeSpec : Row {
    std::string table;
    std::string key;    // of the row, its parts with "/" between; "*" for any part
    std::string field;  // `remove`: none
    ChangeOp op = ChangeOp::set;
    std::string value;  // dates and durations add days
    std::string note;
};

struct ScenarioRows {
    ScenarioSpec scenario;
    OverlaySpec overlay;
    std::vector<ItemSpec> items;
    std::vector<SiteSpec> sites;
    std::vector<ActivitySpec> activities;
    std::vector<ActivityInputSpec> activity_inputs;
    std::vector<ActivityOutputSpec> activity_outputs;
    std::vector<ActivityYieldSpec> activity_yields;
    std::vector<ResourceSpec> resources;
    std::vector<ResourceUseSpec> resource_uses;
    std::vector<ResourceCapacitySpec> resource_capacities;
    std::vector<ClearingSpec> clearings;
    std::vector<CurveSpec> curves;
    std::vector<CapacityModuleSpec> capacity_modules;
    std::vector<ModuleOrderSpec> module_orders;
    std::vector<LaneSpec> lanes;
    std::vector<StoreSpec> stores;
    std::vector<PipelineSpec> pipelines;
    std::vector<ContractSpec> contracts;
    std::vector<QualificationSpec> qualifications;
    std::vector<SubstitutionSpec> substitutions;
    std::vector<ProgrammeSpec> programmes;
    std::vector<DemandSpec> demands;
    std::vector<MilestoneSpec> milestones;
    std::vector<DisruptionSpec> disruptions;
    std::vector<BudgetSpec> budgets;
    std::vector<UncertaintySpec> uncertainties;
    std::vector<ChangeSpec> changes;
};

}  // namespace chipchain
