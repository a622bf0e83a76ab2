// The model file as written: one plain struct per table of the file format, one field per key, positions kept.
// Field tables (spec/schema.h) say name, type, unit, range, default and meaning of each key; the TOML and CSV reader,
// the writer, the JSON Schema and docs/reference.md all read those tables.
//
// Invariants after reading without errors:
//  1. every required field is given and every value is inside its stated range (references are NOT resolved yet:
//     model/compile.h does that);
//  2. rows stand in file order; ids follow it; names compare as bytes;
//  3. durations are ticks, percents are 0..100, dates are ticks since the line's start (negative = before it).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/base/time.h"
#include "chipchain/spec/chip_rows.h"
#include "chipchain/spec/row.h"
#include "chipchain/spec/scenario.h"
#include "chipchain/spec/switches.h"

namespace chipchain {

enum class WakeRule : uint8_t { longest_idle, least_setup, lowest_index };
enum class BatchKey : uint8_t { none, product_step, step_name, tool_group };
enum class ProcessUnit : uint8_t { lot, piece, batch };
enum class Scope : uint8_t { tool_group, area, area_at_once };
enum class PmKind : uint8_t { calendar, pieces };
enum class ReleasePolicy : uint8_t { constant, poisson, list, conwip, workload, ramp };
enum class CalendarScope : uint8_t { tool_group, area, line };
enum class LearningScope : uint8_t { line, area, tool_group, step };
enum class LearningQuantity : uint8_t { scrap, rework, process_time, qualification };
enum class LearningBy : uint8_t { time, pieces };

struct LineSpec : Row {
    std::string name;
    std::string profile = "autosched";  // row of spec/switches.h profiles
    Time start = 0;                     // date of t = 0, ticks since 1970
    Time horizon = 730 * kDay;
    Time warmup = 0;               // statistics start here
    std::string rule = "default";  // dispatch rule of groups that name none
    std::string note;              // free text: source, licence, assumptions
};

// A dispatch rule: rank = "priority, setup, fifo": keys in falling importance; grammar in model/rank.h
struct RuleSpec : Row {
    std::string name;
    std::string rank;
    std::string help;
};

struct ToolGroupSpec : Row {
    std::string name;
    std::string area;
    int64_t tools = 1;
    Time load = 0;  // per visit of a lot or batch
    Time unload = 0;
    int64_t lots_inside = 1;  // 2: cascading tool
    std::string rule;         // dispatch rule; empty: the line's
    WakeRule wake = WakeRule::longest_idle;
    BatchKey batch_key = BatchKey::none;
    bool setup_avoidance = false;  // keep a setup as long as matching lots wait (LSSU)
    bool reservation = true;       // may be reserved by lots that ask for it
    std::string location = "Fab";
    double capex_musd = 0;  // of one tool, million US$
    double floor_m2 = 0;    // of one tool
    std::string source;     // where the figures of the group come from
};

struct ProductSpec : Row {
    std::string name;
    std::string route;
    std::string family;
    // die yield, for reports: negative binomial with a defect density that falls by time; gross_dies 0: none
    int64_t gross_dies = 0;   // of a piece
    double die_area_mm2 = 0;  // that defects can kill
    double d0_start = 0;      // defects per cm^2 at the line's start
    double d0_final = 0;
    Time tau = 0;      // of the fall; 0: d0_final from the start
    double alpha = 2;  // clustering of defects
};

struct StepSpec : Row {
    std::string route;
    int64_t step = 0;  // 1..n without gaps inside a route
    std::string name;
    std::string tool_group;
    DurationSpec process;
    ProcessUnit per = ProcessUnit::lot;
    int64_t batch_min = 0;      // pieces
    int64_t batch_max = 0;      // pieces
    std::string setup;          // empty: any setup serves, and the tool keeps the one it has
    Time setup_time = -1;       // -1: look up setup_change
    int64_t dedicate_step = 0;  // that step of this route must run on the tool of this step; 0: none
    Time lot_interval = -1;     // cascade: next lot may start so long after this one; -1: none
    Time piece_interval = -1;   // cascade: pieces enter so far apart; -1: none
    int64_t rework_step = 0;    // 0: no rework
    double rework_percent = 0;
    double sample_percent = 100;  // share of lots that execute the step
    double scrap_percent = 0;     // share of lots scrapped at the end of the step
    int64_t queue_time_step = 0;  // window from the end of this step to the start of that one; 0: none
    Time queue_time_limit = 0;
};

// from empty: from any other setup
struct SetupChangeSpec : Row {
    std::string from;
    std::string to;
    Time time = 0;
};

struct SetupGroupSpec : Row {
    std::string name;
    std::string setup;
    int64_t min_run = 1;  // lots to start in a setup before the next change
};

struct DownSpec : Row {
    std::string name;
    Scope scope = Scope::tool_group;
    std::string target;  // name of a tool group or an area
    DurationSpec time_to_failure;
    DurationSpec repair;
    DurationSpec first;  // time of the first failure
};

struct PmSpec : Row {
    std::string name;
    Scope scope = Scope::tool_group;
    std::string target;
    PmKind kind = PmKind::calendar;
    Time interval = 0;            // calendar
    int64_t interval_pieces = 0;  // pieces
    DurationSpec duration;
    Time first = 0;  // first one at, for the last tool of the group; tool k of n gets k/n of it
    int64_t first_pieces = 0;
};

struct TransportSpec : Row {
    std::string from;
    std::string to;
    DurationSpec time;
};

// One line of the release plan = one lot type.
struct ReleaseSpec : Row {
    std::string name;
    std::string product;
    int64_t priority = 10;  // higher is more urgent
    int64_t pieces = 25;
    ReleasePolicy policy = ReleasePolicy::constant;
    Time start = 0;        // first release, ticks after the line's start
    Time interval = 0;     // constant, poisson (mean)
    int64_t repeats = -1;  // number of releases; -1: unlimited
    int64_t lots_per_release = 1;
    Time due_offset = 0;         // due date = release + this
    bool reserve = false;        // reserves tools ahead (super-hot lot)
    int64_t wip_limit_lots = 0;  // conwip
    std::string workload_group;  // workload: tool group whose released work is limited
    Time workload_limit = 0;     // workload: tool hours of that group allowed in the line
    bool engineering = false;    // lots that are no product: tools that process them are in state engineering
};

// The rate of a release line with policy "ramp" at a date; linear between dates, constant behind the last.
struct RampSpec : Row {
    std::string release;
    Time date = 0;
    double pieces_per_month = 0;  // a month has 30 days
};

// One planned lot of a release line with policy "list".
struct PlannedLotSpec : Row {
    std::string release;
    Time time = 0;
    Time due = 0;
};

struct WipLotSpec : Row {
    std::string name;
    std::string product;
    int64_t priority = 10;
    int64_t pieces = 25;
    int64_t step = 1;  // it waits for this step
    Time due = 0;      // ticks after the line's start
    Time start = 0;    // release, ticks after the line's start
    bool reserve = false;
};

// What tools, people, floor and material cost, for the cost of ownership of a line (SEMI E35). At most one row.
struct CostSpec : Row {
    double depreciation_years = 5;
    double maintenance_percent = 12;      // of the price of the tools, per year
    double floor_usd_per_m2_year = 5000;  // clean-room floor with its building
    double staff_per_tool = 0.7;          // operators, technicians and engineers of all shifts
    double staff_usd_per_year = 90'000;   // each
    double utilities_usd_per_tool_year = 60'000;
    double materials_usd_per_piece = 740;  // started
    double line_yield_percent = 98;        // pieces shipped good / started, besides what the routes scrap
    std::string source;
};

// Tools of a group that arrive at a date; tools that no row names are there from the start.
struct ToolInstallSpec : Row {
    std::string tool_group;
    int64_t tools = 1;
    Time date = 0;  // ticks after the line's start
    Time qualification = 0;
    Time moved_out = kNever;
};

// A crew: on which days, from which hour, how long, and for which share of the tools. Tools with rows work only then.
struct ShiftSpec : Row {
    std::string name;
    CalendarScope scope = CalendarScope::tool_group;
    std::string target;  // tool group or area; empty for the line
    std::string days = "mon-sun";
    Time begin = 0;  // of the day
    Time length = 8 * kHour;
    double staffed_percent = 100;
};

// Dated time without production: holidays, shutdowns.
struct ShutdownSpec : Row {
    std::string name;
    CalendarScope scope = CalendarScope::line;
    std::string target;
    Time from = 0;
    Time until = 0;
};

// What falls (or rises) with experience: a factor on a figure of the file.
struct LearningSpec : Row {
    std::string name;
    LearningScope scope = LearningScope::line;
    std::string target;  // area, tool group or route
    int64_t step = 0;    // of that route; scope step
    LearningQuantity quantity = LearningQuantity::scrap;
    LearningBy by = LearningBy::time;
    double start = 1;            // factor at first
    double final = 1;            // factor in the end
    Time from = 0;               // time: date of the first experience
    Time tau = 0;                // time
    int64_t first_pieces = 1;    // pieces: shipped pieces up to which the factor is `start`
    double doubling_factor = 1;  // pieces: of the factor at every doubling of the pieces shipped
};

// ---- a process: what `chipchain new` makes a line from; a line to simulate has none of these rows ----

struct ProcessSpec : Row {
    std::string name;
    std::string base;          // a process of the library whose rows this file changes by name; empty: none
    bool own_modules = false;  // the modules of the base are left out
    std::string piece = "wafer";
    int64_t lot_pieces = 25;
    double pieces_per_month = 0;  // starts when the user names none
    double flow_factor = 2;       // cycle time / raw process time of due dates and initial WIP
    double hot_percent = 0;       // share of starts that are hot lots
    Time transport = 0;           // mean, uniform within a third of it
    Time transfer = 0;            // mean, between two factories, uniform within a third of it
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;  // what the process is, for list and for the lines made from it
};

// A figure that the user may set: a count ("rdl"), a rate or a time that nobody publishes ("mold_min").
struct ProcessParameterSpec : Row {
    std::string name;
    double value = 0;
    std::string unit;
    std::string help;
    Mark mark = Mark::assumption;
    std::string source;
};

// A class of tools; it becomes up to `front_groups` + `back_groups` tool groups. The process time of a piece, lot or
// batch is process + product of process_by (minutes) + unit_s * ceil(count / sites) * (1 + retest); the word lot_pieces
// may stand among the names of parameters.
struct ProcessToolSpec : Row {
    std::string name;
    std::string area;
    int64_t front_groups = 1;
    int64_t back_groups = 0;  // 0: the back end uses the groups of the front
    Time process = 0;         // mean
    std::string process_by;   // names of parameters; their product is minutes to add
    ProcessUnit per = ProcessUnit::piece;
    double unit_s = 0;              // seconds per counted unit (die, package, hole, component)
    std::string unit_by;            // name of a parameter in seconds, in place of unit_s
    std::string count;              // names of parameters; their product is the number of units of a piece
    std::string sites;              // name of a parameter: units served at once; empty: 1
    double retest_percent = 0;      // units served twice
    double spread = 0;              // sigma of the lognormal that process times of operations are drawn from
    double cascade = 0;             // entry interval / process time; 0: no cascade
    int64_t batch_lots = 1;         // most lots of a batch
    int64_t setups = 0;             // number of setups operations are split over; 0: none
    bool setup_by_product = false;  // one setup per product
    Time setup_time = 0;            // of a change
    int64_t min_run = 1;            // lots to start in a setup before the next change
    double utilisation = 85;        // planned share of available time, percent
    Time mttf = 0;                  // 0: never down
    Time mttr = 0;
    Time pm_week = 0;  // duration of the weekly, the monthly maintenance; the quarterly one is twice the monthly
    Time pm_month = 0;
    bool pm_by_pieces = false;
    double capex_musd = 0;
    double floor_m2 = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

struct OperationSpec : Row {
    std::string name;
    std::string tool;
    double sample_percent = 100;
    double rework_percent = 0;
    std::string rework_to;  // an operation earlier in the same pass of the module
    double scrap_percent = 0;
    Time queue_time_limit = 0;  // to the next operation of the route; 0: none
    bool dedicated = false;     // on the same tool as the pass before
    Mark mark = Mark::assumption;
    std::string source;
};

// Operations in sequence, passed through `repeat` times, or that times the product of the parameters `repeat_by`.
struct ModuleSpec : Row {
    std::string name;
    int64_t repeat = 1;
    std::string repeat_by;
    bool back = false;  // back end
    std::string steps;  // names of operations with blanks between
    Mark mark = Mark::assumption;
    std::string source;
};

// ---- a flow: the stages from wafers to finished units, for `chipchain flow`; a line to simulate has none of these
// rows ----

struct FlowSpec : Row {
    std::string name;
    int64_t lot_wafers = 25;
    double wafers_per_month = 0;  // shipped by the fab, for stages that name no rate of their own
    int64_t months = 12;          // of 30 days
    double trace_percent = 0;     // share of the wafers whose dies are followed to their unit
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

enum class FlowKind : uint8_t { wafer_sort, panel_packaging, package_test, board_assembly, board_test, unit_assembly };
enum class FlowAttach : uint8_t { first, last };

// A conversion: pieces (wafers, panels, board panels, lots) with places for units; parts come from stores, units go to
// the store of their product.
struct FlowStageSpec : Row {
    std::string name;
    FlowKind kind = FlowKind::wafer_sort;
    std::string product;          // made here; dies in bins take the product of their bin
    double wafers_per_month = 0;  // 0: the flow's
    double wafer_mm = 300;
    double panel_x_mm = 0;
    double panel_y_mm = 0;
    double edge_mm = 0;
    double notch_mm = 0;
    double unit_x_mm = 0;  // die, package or board
    double unit_y_mm = 0;
    double street_mm = 0;
    int64_t piece_units = 0;  // units of a piece; 0: by geometry
    int64_t lot_pieces = 1;   // pieces that start together
    FlowAttach attach = FlowAttach::last;
    int64_t cores = 0;  // equal cores of a die that may be dead; 0: none
    double core_mm2 = 0;
    Time cycle_time = 0;
    double piece_usd = 0;
    double unit_usd = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

enum class FlowScope : uint8_t { unit, part, place, piece };
enum class FlowCluster : uint8_t { unit, piece };

// A named loss of a stage: yield^repeat, times the yield of defects, times exp(-dpmo * opportunities / 1e6).
struct FlowLossSpec : Row {
    std::string stage;
    std::string name;
    FlowScope scope = FlowScope::unit;
    double yield_percent = 100;
    int64_t repeat = 1;
    double d0_per_cm2 = 0;
    double area_mm2 = 0;  // 0: the unit's
    std::string model = "negative-binomial";
    double alpha = 0;  // clustering, or the layers of bose-einstein; 0: none
    FlowCluster cluster = FlowCluster::unit;
    double dpmo = 0;
    double opportunities = 0;
    double found_percent = 0;  // share that inspection finds at once
    Mark mark = Mark::assumption;
    std::string source;
};

struct FlowTestSpec : Row {
    std::string stage;
    std::string name;
    std::string form = "catch";
    double coverage_percent = 100;
    double false_percent = 0;  // good units rejected by one insertion
    int64_t retests = 0;       // further insertions of rejected units
    double repair_percent = 0;
    double insertion_usd = 0;
    double repair_usd = 0;
    Mark mark = Mark::assumption;
    std::string source;
};

struct FlowBinSpec : Row {
    std::string stage;
    std::string name;
    std::string product;
    int64_t least_cores = 0;
    double share_percent = 100;  // of the dies with enough cores that no bin before has taken
    Mark mark = Mark::assumption;
    std::string source;
};

struct FlowPartSpec : Row {
    std::string stage;
    std::string part;  // a product of another stage, or a purchased part
    int64_t quantity = 1;
    bool purchased = false;
    double price_usd = 0;  // purchased, each
    double bad_ppm = 0;    // purchased
    Mark mark = Mark::assumption;
    std::string source;
};

// A file has the tables of a line, a process, a flow, a chip, a fleet, a scenario or an overlay.
struct Spec : ScenarioRows {
    SourceMap sources;
    LineSpec line;
    Switches switches;  // profile first, then [switches] of the file
    std::vector<RuleSpec> rules;
    std::vector<ToolGroupSpec> tool_groups;
    std::vector<ProductSpec> products;
    std::vector<StepSpec> steps;
    std::vector<SetupChangeSpec> setup_changes;
    std::vector<SetupGroupSpec> setup_groups;
    std::vector<DownSpec> downs;
    std::vector<PmSpec> pms;
    std::vector<TransportSpec> transports;
    std::vector<ReleaseSpec> releases;
    std::vector<PlannedLotSpec> planned_lots;
    std::vector<WipLotSpec> wip_lots;
    std::vector<CostSpec> costs;
    std::vector<ToolInstallSpec> tool_installs;
    std::vector<ShiftSpec> shifts;
    std::vector<ShutdownSpec> shutdowns;
    std::vector<RampSpec> ramps;
    std::vector<LearningSpec> learnings;
    std::vector<ProcessSpec> processes;
    std::vector<ProcessParameterSpec> process_parameters;
    std::vector<ProcessToolSpec> process_tools;
    std::vector<OperationSpec> operations;
    std::vector<ModuleSpec> modules;
    std::vector<FlowSpec> flows;
    std::vector<FlowStageSpec> flow_stages;
    std::vector<FlowLossSpec> flow_losses;
    std::vector<FlowTestSpec> flow_tests;
    std::vector<FlowBinSpec> flow_bins;
    std::vector<FlowPartSpec> flow_parts;
    ChipSpec chip;
    std::vector<FigureSpec> figures;
    FleetSpec fleet;
    std::vector<FleetUnitSpec> fleet_units;
    std::vector<FleetNetworkSpec> fleet_networks;
    std::vector<FleetBuildSpec> fleet_builds;
    std::vector<FleetVersionSpec> fleet_versions;
};

}  // namespace chipchain
