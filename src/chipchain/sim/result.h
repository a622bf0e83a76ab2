// What a run leaves behind: plain numbers by id, all times in ticks. Written once at the end of a run (or up to `now`
// at any time); no strings: names are the model's. Reports derive ratios from it; nothing here is a ratio.
//
// Identities that hold exactly and that check_identities() verifies on every run:
//  1. lots: initial + released = shipped + scrapped + inside, for lots and for pieces;
//  2. Little: the integral of WIP over the window = the sum of residence times of lots inside the window;
//  3. tool states: for each tool the state times sum to the length of the window;
//  4. stay of all lots = sum over steps of (transport + queue + process) inside the window;
//  5. months: pieces shipped and scrapped sum to those of the run, tool states to tools * length of each month.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/time.h"
#include "chipchain/stats/quantile.h"

namespace chipchain {

// Exclusive states of a tool. SEMI E10 groups: productive | standby (4 sub-states) | engineering | scheduled down
// (setup, maintenance) | unscheduled down | nonscheduled. The AutoSched view counts setup inside available time.
enum class ToolState : uint8_t {
    productive,
    standby_no_wip,    // nothing waits in the group
    standby_with_wip,  // lots wait that this tool may not take now (minimum run, batch minimum, dedication, gate)
    standby_reserved,  // held for a reserving lot
    engineering,
    setup,
    maintenance,
    down,
    nonscheduled,
};
inline constexpr size_t kToolStates = 9;

struct ToolResult {
    std::array<Time, kToolStates> time{};  // sums to RunResult::window
    uint64_t starts = 0;                   // lots or batches started
    uint64_t lots = 0;
    uint64_t pieces = 0;
    uint64_t setups = 0;
    uint64_t downs = 0;
    uint64_t maintenances = 0;
};

struct ToolGroupResult {
    ToolResult total;  // sum over the group's tools
    uint64_t arrivals = 0;
    uint64_t visits = 0;      // lot visits completed: moves
    Time queue_time = 0;      // sum over visits, arrival to start
    Time process_time = 0;    // sum over visits, start to done (setup, load, downs inside included)
    Time transport_time = 0;  // sum over visits, before them
    Time queue_time_longest = 0;
    int64_t queue_area = 0;  // integral of waiting lots over time, lot-ticks
    uint32_t queue_longest = 0;
    uint64_t batches = 0;
    uint64_t batch_pieces = 0;
    uint64_t batch_capacity = 0;  // sum of batch_max over batches
};

struct StepResult {
    uint64_t visits = 0;
    Time queue_time = 0;
    Time process_time = 0;
    Time transport_time = 0;
    uint64_t reworks = 0;
    uint64_t scraps = 0;
};

// Completed lots of one type that were released in the run (initial lots apart, in LotTypeResult::initial).
struct CompletedLots {
    uint64_t lots = 0;
    uint64_t pieces = 0;
    Time cycle_time_sum = 0;
    double cycle_time_squares = 0;  // days^2
    uint64_t on_time = 0;           // out <= due
    Time tardiness_sum = 0;
    LogHistogram cycle_time;  // ticks
    LogHistogram tardiness;   // ticks, of late lots
};

struct LotTypeResult {
    uint64_t released = 0;
    uint64_t released_pieces = 0;
    uint64_t scrapped = 0;
    uint64_t inside = 0;      // at the end
    int64_t wip_area = 0;     // integral over the window, lot-ticks
    CompletedLots completed;  // released in the run (t >= 0) and shipped in the window
    CompletedLots initial;    // initial WIP, shipped in the window
};

struct WindowResult {
    uint64_t closed = 0;
    uint64_t violated = 0;
    Time excess_sum = 0;
    Time stay_sum = 0;
};

// Series sampled every `interval` from t = 0 (whole run, warm-up included).
struct Series {
    Time interval = kDay;
    std::vector<uint32_t> wip;          // [sample]
    std::vector<uint32_t> wip_by_area;  // [sample * areas + area], lots waiting, moving to or in the area
    uint32_t step_every = 7;            // samples between two rows of wip_by_step
    std::vector<uint32_t> wip_by_step;  // [sample / step_every * steps + step], lots waiting for, moving to or at it
    std::vector<uint32_t> shipped;      // [sample] lots shipped since the last one
    std::vector<uint64_t> moves;        // [sample] since the last one
    std::vector<double> cycle_time_mean_d;  // [sample] mean of lots shipped since the last sample, 0 when none
};

// One lot type in one calendar month.
struct MonthOfType {
    uint64_t released_pieces = 0;
    uint64_t shipped_lots = 0;
    uint64_t shipped_pieces = 0;
    uint64_t scrapped_pieces = 0;
    Time cycle_time_sum = 0;  // of the lots shipped
};

// Calendar months of the whole run, warm-up included; the first and the last may be parts of months. Empty when the
// model has nothing that changes with the date (Model::monthly).
struct Months {
    std::vector<Time> begin;                            // [month]
    std::vector<Time> end;                              // [month]
    std::vector<uint64_t> inside;                       // [month] lots in the line at its end
    std::vector<MonthOfType> types;                     // [month * lot types + type]
    std::vector<std::array<Time, kToolStates>> states;  // [month * tool groups + group], sum over tools
};

struct RunResult {
    uint64_t seed = 0;
    uint32_t replication = 0;
    uint64_t fingerprint = 0;
    Time end = 0;
    Time window = 0;  // end - warmup
    uint64_t events = 0;
    uint64_t moves = 0;  // lot-steps completed in the whole run
    uint64_t initial_lots = 0;
    uint64_t released = 0;  // whole run
    uint64_t shipped = 0;   // whole run
    uint64_t scrapped = 0;  // whole run
    uint64_t inside = 0;    // at the end
    uint64_t pieces_in = 0;
    uint64_t pieces_shipped = 0;
    uint64_t pieces_scrapped = 0;
    uint64_t pieces_inside = 0;
    int64_t wip_area = 0;        // whole window
    Time residence = 0;          // sum over lots of the time spent inside the window
    Time open_stay = 0;          // of visits not completed: open at the end, or scrapped while waiting
    uint64_t state_growths = 0;  // times the state had to grow in the loop (0 on stable models)
    double seconds = 0;          // wall time of the event loop; not part of any comparison
    std::vector<ToolResult> tools;
    std::vector<ToolGroupResult> tool_groups;
    std::vector<StepResult> steps;
    std::vector<LotTypeResult> lot_types;
    std::vector<WindowResult> windows;
    Series series;
    Months months;
};

// Returns one line per violated identity; empty when all hold.
[[nodiscard]] std::vector<std::string> check_identities(const RunResult& result);

}  // namespace chipchain
