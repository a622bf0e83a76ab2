// The constant model: everything of a Spec resolved to ids, all durations in ticks, all rules compiled. Built once by
// compile(), shared by every replication and thread, never changed by a run.
//
// Invariants:
//  1. ids are dense and follow file order: tools of one group, steps of one route are consecutive;
//  2. every reference is valid; every step has a tool group with at least one tool;
//  3. a step's queue_class is < its group's class_count; two steps of a group share a class exactly when lots waiting
//     for them are interchangeable but for rank: same setup, same batch key, and neither opens a gated window;
//  4. names appear only in the *_names vectors: no function of sim/ reads a string.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/ids.h"
#include "chipchain/base/time.h"
#include "chipchain/model/distribution.h"
#include "chipchain/model/rank.h"
#include "chipchain/spec/spec.h"
#include "chipchain/spec/switches.h"

namespace chipchain {

struct ToolGroup {
    uint32_t first_tool = 0;
    uint32_t tool_count = 0;
    Time load = 0;
    Time unload = 0;
    uint32_t area = 0;
    uint32_t rule = 0;         // index into Model::rules
    uint32_t class_count = 1;  // queue classes
    uint32_t location = 0;
    uint16_t lots_inside = 1;  // 1, 2; 0: unlimited (cascade_limit = unlimited)
    WakeRule wake = WakeRule::longest_idle;
    BatchKey batch_key = BatchKey::none;
    bool cascade = false;
    bool setup_avoidance = false;
    bool reservation = true;
    bool has_setup = false;         // some step of the group names a setup
    bool dedicated = false;         // some step of the group may be bound to one tool
    bool batch = false;             // some step of the group is processed per batch
    bool batch_by_product = false;  // batch key product_step, and several products share a route that batches here:
                                    // lots of one queue class may share a batch only when their product is the same
};

// Three cache lines in order of use: going to a step and starting there, ending it, ranks.
struct alignas(64) Step {
    // thresholds in 2^-32 of a draw; a lot is taken when its word is BELOW the threshold. 2^32 means always.
    uint64_t sample_threshold = 0;
    Distribution process;  // per lot, per piece or per batch
    uint32_t tool_group = 0;
    uint32_t queue_class = 0;  // within the tool group
    uint32_t setup = 0;        // 0: none needed
    ProcessUnit per = ProcessUnit::lot;
    bool last = false;                      // last step of its route
    bool cascade = false;                   // has a start interval (on a cascading tool)
    bool gated = false;                     // queue_time_action = gate and this step opens a window
    uint32_t dedication_slot = kNoIndex;    // this step stores its tool in that slot of the lot (it opens a dedication)
    uint32_t dedicated_by_slot = kNoIndex;  // this step must run on the tool in that slot, if set
    uint32_t opens_window = kNoIndex;       // queue-time window from the end of this step
    uint32_t first_closing_window = kNoIndex;  // head of the list Model::windows[].next_closing of windows closed here
    // second line
    uint64_t rework_threshold = 0;
    uint64_t scrap_threshold = 0;
    uint32_t rework_step = kNoIndex;  // StepId value
    uint32_t batch_min = 0;           // pieces
    uint32_t batch_max = 0;
    uint32_t route = 0;
    Time lot_interval = 0;      // cascade per lot: start-to-start
    Time piece_interval = 0;    // cascade per piece
    Time setup_time = -1;       // -1: by the setup_change table
    Time expected_process = 0;  // E[load + process + unload] of one visit of a standard lot, without sampling
    // third line
    Time remaining = 0;            // sum over this and later steps of sample share * expected_process
    Time elapsed = 0;              // raw time (same measure) from the route's start to the END of this step
    Time remaining_cycle = 0;      // remaining with transport means added, times the route's due flow factor: for fsvct
    uint32_t remaining_steps = 0;  // expected number, rounded up, this one included
    uint32_t number = 0;           // 1.. within the route
};
static_assert(sizeof(Step) == 192);

struct QueueTimeWindow {
    uint32_t entrance = 0;  // StepId
    uint32_t exit = 0;      // StepId
    Time limit = 0;
    uint32_t slot = 0;                 // slot of the lot that holds the time the window opened
    uint32_t next_closing = kNoIndex;  // next window with the same exit step
};

struct Route {
    uint32_t first_step = 0;
    uint32_t step_count = 0;
    uint32_t dedication_slots = 0;
    uint32_t window_slots = 0;
    uint32_t layers = 0;        // mask layers: steps per piece in an area Litho* without Met, on no *Track*
    Time raw_process_time = 0;  // expected load + process + unload + transport in an empty line, sampling weighted
};

struct Down {
    Scope scope = Scope::tool_group;  // area is expanded to one row per tool group; area_at_once stays one row
    uint32_t tool_group = kNoIndex;
    uint32_t area = kNoIndex;
    Distribution time_to_failure;
    Distribution repair;
    Distribution first;
    uint32_t source = 0;  // row of Spec::downs
};

struct Pm {
    uint32_t tool_group = 0;  // area scope is expanded to one row per tool group
    PmKind kind = PmKind::calendar;
    Time interval = 0;
    uint64_t interval_pieces = 0;
    Distribution duration;
    Time first = 0;
    uint64_t first_pieces = 0;
    uint32_t source = 0;  // row of Spec::pms
};

// One line of the release plan, or the type of initial lots that match none.
struct LotType {
    uint32_t product = 0;
    uint32_t route = 0;
    int64_t priority = 10;
    uint32_t priority_level = 0;  // 0 is the most urgent; dense over the model
    uint32_t pieces = 25;
    ReleasePolicy policy = ReleasePolicy::constant;
    Time start = 0;
    Time interval = 0;
    int64_t repeats = -1;
    uint32_t lots_per_release = 1;
    Time due_offset = 0;
    bool reserve = false;
    uint64_t wip_limit_lots = 0;
    uint32_t workload_group = kNoIndex;
    Time workload_limit = 0;
    Time workload_per_lot = 0;   // expected tool time of one lot at workload_group
    uint32_t first_planned = 0;  // into Model::planned_lots
    uint32_t planned_count = 0;
    uint32_t first_ramp = 0;  // into Model::ramp_points
    uint32_t ramp_count = 0;
    bool engineering = false;
    bool released = true;  // false: only initial lots carry this type
};

struct PlannedLot {
    Time time = 0;
    Time due = 0;
};

struct WipLot {
    uint32_t type = 0;
    uint32_t pieces = 0;
    uint32_t step = 0;  // StepId it waits for
    Time due = 0;
    Time start = 0;
    int64_t priority = 10;
    uint32_t priority_level = 0;
    bool reserve = false;
};

// When a tool that is not there all the time is. Ticks after the line's start.
struct ToolLife {
    Time installed = 0;  // in qualification from here on
    Time qualified = 0;  // open to lots from here on
    Time moved_out = kNever;
};

struct Shift {
    uint8_t days = 0;  // bit 0: begins on Mondays
    Time begin = 0;    // of the day
    Time length = 0;
    uint32_t staffed_ppm = 0;
};

struct Closure {
    Time from = 0;
    Time until = 0;
};

// When the tools of a group are scheduled for production (model/calendar.h).
struct GroupCalendar {
    bool used = false;              // some row of the file changes the schedule of a tool of the group
    std::vector<Shift> shifts;      // empty: always
    std::vector<Closure> closures;  // in order of the file
    std::vector<Time> dates;        // of lives and closures, ascending, each once
};

// Knots of the rate of a release line: 10^-6 pieces in 30 days.
struct RampPoint {
    Time date = 0;
    uint64_t rate = 0;
};

// A factor that falls with experience (model/learning.h).
struct LearningCurve {
    LearningBy by = LearningBy::time;
    double start = 1;
    double final = 1;
    Time from = 0;
    Time tau = 0;
    uint64_t first_pieces = 1;
    double exponent = 0;  // of pieces / first_pieces
};

// [quantity] curves that hold for a step, Model::learning_curves
struct StepLearning {
    std::vector<uint32_t> scrap;
    std::vector<uint32_t> rework;
    std::vector<uint32_t> process_time;
};

// Die yield of a product: negative binomial, defect density by time.
struct DieYield {
    uint64_t gross_dies = 0;  // of a piece; 0: not known
    double die_area_cm2 = 0;
    double d0_start = 0;  // per cm^2
    double d0_final = 0;
    Time tau = 0;
    double alpha = 2;
};

struct Model {
    std::string name;
    Time start = 0;
    Time horizon = 0;
    Time warmup = 0;
    Switches switches;
    uint64_t hash = 0;  // of the compiled content, names included; stands in every report

    std::vector<ToolGroup> tool_groups;
    std::vector<uint32_t> tool_to_group;  // [tool]
    std::vector<Step> steps;
    std::vector<Route> routes;
    std::vector<QueueTimeWindow> windows;
    std::vector<RankRule> rules;
    std::vector<LotType> lot_types;
    std::vector<PlannedLot> planned_lots;
    std::vector<WipLot> wip_lots;
    std::vector<Down> downs;
    std::vector<Pm> pms;

    // a line that changes while it runs; all empty when it does not
    std::vector<ToolLife> tool_lives;      // [tool]
    std::vector<GroupCalendar> calendars;  // [tool group]
    std::vector<RampPoint> ramp_points;
    std::vector<LearningCurve> learning_curves;
    std::vector<StepLearning> step_learning;  // [step]
    std::vector<DieYield> die_yields;         // [product]
    bool monthly = false;                     // results by calendar month are kept

    uint32_t setup_count = 1;          // setup 0 is "none"
    std::vector<Time> setup_change;    // [from * setup_count + to]; -1: not in the table
    std::vector<Time> setup_from_any;  // [to]; -1: not in the table
    std::vector<uint32_t> min_run;     // [setup]; lots; 1: no minimum

    uint32_t location_count = 1;
    std::vector<Distribution> transport;  // [from * location_count + to]; constant 0 where the file has no row
    uint32_t priority_levels = 1;
    uint32_t max_dedication_slots = 0;
    uint32_t max_window_slots = 0;

    std::vector<std::string> tool_group_names;
    std::vector<std::string> tool_group_sources;  // [tool group] where its figures come from; not part of the hash
    std::vector<std::string> area_names;
    std::vector<std::string> step_names;  // as written, e.g. '014_Litho'
    std::vector<std::string> route_names;
    std::vector<std::string> product_names;
    std::vector<std::string> lot_type_names;
    std::vector<std::string> wip_lot_names;
    std::vector<std::string> setup_names;
    std::vector<std::string> rule_names;
    std::vector<std::string> down_names;  // [Down::source]
    std::vector<std::string> pm_names;    // [Pm::source]

    [[nodiscard]] uint32_t tool_count() const { return static_cast<uint32_t>(tool_to_group.size()); }
};

// Time to change from setup `from` to what `step` needs: 0 when it needs none or has it; the step's own time if it
// states one; else the setup_change table (exact pair, then "from any"), else 0.
[[nodiscard]] Time setup_time(const Model& model, uint32_t from, const Step& step);

}  // namespace chipchain
