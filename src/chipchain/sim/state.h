// Everything of a run that changes. Sized at start; the event loop allocates nothing on a stable model (State::growths
// counts the exceptions: a line whose WIP outgrows the first estimate).
//
// A lot is a slot of State::lots that is reused after the lot has left. Links (next) chain lots in exactly one of: a
// bin's list, a batch, the free list.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "chipchain/base/huge_pages.h"
#include "chipchain/base/random.h"
#include "chipchain/model/calendar.h"
#include "chipchain/model/model.h"
#include "chipchain/sim/event_queue.h"
#include "chipchain/sim/record.h"
#include "chipchain/sim/result.h"
#include "chipchain/sim/run.h"
#include "chipchain/sim/shared_array.h"
#include "chipchain/stats/fingerprint.h"

namespace chipchain::engine {

inline constexpr uint32_t kNil = UINT32_MAX;
inline constexpr uint32_t kInitialType = 0xFFFFFF;  // type part of the random key of initial lots

// What a sample event is for, beside the daily sample.
inline constexpr uint32_t kWarmupEnd = 1;
inline constexpr uint32_t kMonthEnd = 2;

// Two cache lines, so that a large line touches no more of a lot than it must.
struct alignas(64) Lot {
    uint32_t step = 0;
    uint32_t next = kNil;
    uint32_t tool = kNil;     // while at a tool
    uint32_t generation = 0;  // of its done event; older ones are void
    uint32_t behind = kNil;   // next lot inside the same cascading tool
    uint32_t visit = 0;
    uint32_t type = 0;
    uint32_t number = 0;  // within the type: address of its random numbers
    uint32_t serial = 0;
    uint32_t pieces = 0;
    Time left = 0;     // when it left the step before (start of the transport)
    Time arrival = 0;  // at the queue
    Time start = 0;    // at the tool
    // second line
    Time done = 0;     // planned end at the tool
    Time process = 0;  // drawn process time of this visit, all pieces
    uint64_t queue_seq = 0;
    uint32_t rework_word = 0;
    uint32_t level = 0;  // priority level, 0 most urgent
    uint32_t reserved_tool = kNil;
    uint32_t reserved_group = kNil;  // open request for a tool there
    bool initial = false;
    bool reserve = false;
    bool in_use = false;
    bool waiting = false;
    Time release = 0;
    Time due = 0;
};
static_assert(sizeof(Lot) == 128);

inline constexpr size_t kBusyStates = 3;  // the first of ToolState: those of a tool that works and waits

// Which list of available tools a tool stands in.
enum class Listed : uint8_t { none, empty, chained };

// What starts and ends touch, in two cache lines; the rest is in ToolRare.
struct alignas(64) ToolRun {
    Time since = 0;         // of the present state
    Time setup_until = 0;   // while state == setup
    Time waiting_mark = 0;  // group's waiting time when standby began
    uint32_t group = 0;
    uint32_t inside = 0;  // lots or batches
    uint32_t first_inside = kNil;
    uint32_t last_inside = kNil;
    uint32_t entry_generation = 0;
    uint32_t reserved_for = kNil;
    uint32_t setup = 0;
    uint32_t min_run_left = 0;  // lots
    ToolState state = ToolState::standby_no_wip;
    Listed listed = Listed::none;
    bool entry_busy = false;
    bool down = false;
    bool maintained = false;
    bool outage_due = false;    // some failure or maintenance waits to begin
    bool phantom_down = false;  // down_idle = ignore
    Schedule schedule : 2 = Schedule::open;
    bool engineering : 1 = false;  // the lot that entered last is an engineering lot
    bool paused : 1 = false;       // shift_end = pause: lots inside stand still
    // second line
    std::array<Time, kBusyStates> time{};  // productive, standby_no_wip, standby_with_wip in the statistics window
    uint64_t pieces_started = 0;
    uint64_t next_piece_pm = UINT64_MAX;  // pieces_started at which some piece maintenance becomes due
    Time entry_free_at = 0;
    uint32_t starts = 0;  // in the statistics window
    uint32_t lots = 0;
};
static_assert(sizeof(ToolRun) == 128);

struct ToolRare {
    std::array<Time, kToolStates> time{};  // but for the first kBusyStates
    uint64_t setups = 0;
    uint64_t downs = 0;
    uint64_t maintenances = 0;
    uint64_t pieces_before = 0;  // pieces_started when the statistics began
    Time last_begin = 0;         // of the last lot of a cascading tool, after its setup
    Time up_at = 0;              // end of the repair or maintenance that runs
    uint32_t prev = kNil;        // in the list of available tools
    uint32_t next = kNil;
};

struct ToolDown {
    uint32_t row = 0;    // Model::downs
    uint32_t count = 0;  // failures drawn
    uint64_t due_order = 0;
    bool due = false;
    Time area_repair = -1;  // area_at_once: repair time of the pending failure
};

struct ToolPm {
    uint32_t row = 0;    // Model::pms
    uint32_t count = 0;  // done or begun
    uint64_t due_order = 0;
    uint64_t threshold = 0;  // pieces_started at which it is due
    Time due_at = 0;         // calendar: the last date at which it was due
    bool due = false;
};

struct GroupRun {
    uint32_t waiting = 0;
    uint32_t available[2] = {0, 0};  // tools in the lists empty, chained
    uint32_t first_word = 0;         // of its bits in State::available
    uint32_t head[2] = {kNil, kNil};
    uint32_t tail[2] = {kNil, kNil};
    uint32_t first_bin = 0;
    uint32_t bins_per_class = 1;  // 1, or 1 + tools when dedicated
    uint32_t bound_waiting = 0;
    bool dirty = false;
    bool use_levels = true;  // sorted bins: one list per priority level, else one list
    uint32_t classes = 1;    // queue classes that are kept apart: 1 where they do not matter
    bool plain = false;      // one bin, no setup, no batch, no gate: the fast path of assign()
    Time waiting_time = 0;   // total time with waiting > 0, up to waiting_since
    Time waiting_since = 0;
    Time area_since = 0;
    int64_t queue_area = 0;
    Time queued_work = 0;
    uint32_t queue_longest = 0;
    Time queue_time_longest = 0;
    uint64_t arrivals = 0;
    uint64_t batches = 0;
    uint64_t batch_pieces = 0;
    uint64_t batch_capacity = 0;
};

// Lots waiting that are interchangeable but for rank. `sorted`: one list per priority level in order of arrival;
// `heap`: pairing heap on fixed keys; `scan`: one list, evaluated at every decision.
enum class BinOrder : uint8_t { sorted, heap, scan };

struct Bin {
    uint32_t count = 0;
    uint32_t pieces = 0;
    uint64_t levels = 0;   // non-empty priority levels (sorted)
    uint32_t root = kNil;  // heap, scan
    uint32_t tail = kNil;  // scan
};

struct LevelList {
    uint32_t head = kNil;
    uint32_t tail = kNil;
};

struct StepRun {
    uint64_t visits = 0;
    Time queue_time = 0;
    Time process_time = 0;
    Time transport_time = 0;
};

struct StepFates {
    uint32_t reworks = 0;
    uint32_t scraps = 0;
};

struct TypeRun {
    uint64_t released = 0;        // releases done, in lots
    uint64_t release_events = 0;  // release events done
    uint64_t inside = 0;
    Time area_since = 0;
    int64_t wip_area = 0;
    Time work = 0;  // workload release
    bool release_pending = false;
};

inline constexpr size_t kMaxTerms = 8;
using RankValue = std::array<double, kMaxTerms>;

// A lot on its way to another region, with all that belongs to its slot.
struct Crossing {
    Lot lot;
    Time arrival = 0;
    uint32_t region = 0;
    std::vector<uint32_t> dedications;
    std::vector<Time> windows_open;
    std::vector<uint8_t> reworked;
    std::vector<GroupStay> group_stays;  // recorder.deliveries only
};

// What the regions of a run share: each tool, tool group and step belongs to one region, and only that region touches
// it.
struct Line {
    RandomSource random;
    bool random_choice = true;
    bool fast_paths = true;
    bool needs_work = false;  // queued_work is used by a gate or a rank key
    bool needs_wip = false;   // step WIP is used by a rank key
    bool any_heap = false;    // some group keeps its lots in a heap
    double mean_setup = 1;    // ticks; rank key atcs
    uint32_t rework_steps = 0;
    uint32_t regions = 1;
    SharedArray<uint32_t> region_of;  // [tool group]
    SharedArray<ToolRun> tools;
    SharedArray<ToolRare> tools_rare;
    SharedArray<GroupRun> groups;
    SharedArray<uint64_t> available;  // bit per tool, groups start at whole words; kept when tool_choice = random
    SharedArray<Bin> bins;
    SharedArray<LevelList> levels;    // [bin * priority_levels + level], of groups with sorted bins
    SharedArray<BinOrder> bin_order;  // [tool group]
    SharedArray<StepRun> steps;
    SharedArray<StepFates> fates;          // [step]
    SharedArray<uint32_t> rework_ordinal;  // [step]
    SharedArray<ToolDown> tool_downs;
    SharedArray<uint32_t> tool_downs_first;  // [tool], [tool + 1]
    SharedArray<ToolPm> tool_pms;
    SharedArray<uint32_t> tool_pms_first;
    SharedArray<uint32_t> area_down_count;              // [Model::downs row]
    SharedArray<std::vector<uint32_t>> requests;        // [tool group] lots waiting for a reservation
    SharedArray<std::vector<uint32_t>> reserved_ready;  // [tool group] lots that arrived at their reserved tool
    SharedArray<std::vector<uint32_t>> gated_by;        // [tool group] groups with gates that depend on it
    SharedArray<uint32_t> step_wip;                     // [step] lots waiting or moving to it
    SharedArray<double> mean_process;  // [tool group] mean expected process time, ticks; rank keys atc, atcs
};

// The state of one region, mostly of the whole line.
struct State : Line {
    uint32_t region = 0;
    Time now = 0;
    EventQueue events;
    Fingerprint fingerprint;
    std::vector<Lot, HugePages<Lot>> lots;
    std::vector<RankValue> heap_keys;   // [lot], fixed keys; only if some group uses a heap
    std::vector<uint32_t> heap_child;   // [lot]
    std::vector<Time> work_left;        // [lot], only of lines released by workload
    std::vector<uint32_t> dedications;  // [lot * max_dedication_slots + slot]: tool or kNil
    std::vector<Time> windows_open;     // [lot * max_window_slots + slot]: opening time or -1
    std::vector<uint8_t> reworked;      // [lot * rework_steps + ordinal], rework_repeat = no
    std::vector<TypeRun> types;
    std::vector<uint32_t> dirty;      // groups to assign, unordered
    std::vector<Crossing> crossings;  // the first crossing_count wait to be handed over
    size_t crossing_count = 0;
    uint32_t free_lot = kNil;
    uint32_t next_serial = 0;  // grows by the number of regions
    uint64_t next_queue_seq = 0;
    uint64_t next_due_order = 0;
    bool sample_due = false;         // several regions: the sample waits until all have come to it
    std::vector<Schedule> schedule;  // of the tools of one group, scratch
    // statistics
    std::vector<std::array<Time, kToolStates>> month_marks;  // [tool group] state times at the last month's end
    Time warmup = 0;
    uint64_t inside = 0;
    Time wip_since = 0;
    int64_t wip_area = 0;
    Time residence = 0;
    Time abandoned = 0;  // visits that ended without completion (scrapped while waiting)
    uint64_t event_count = 0;
    uint64_t moves = 0;
    uint64_t moves_last = 0;
    uint64_t shipped_last = 0;
    double cycle_days_last = 0;
    uint64_t growths = 0;
    RunResult result;
    // options
    Recorder* recorder = nullptr;
    std::vector<ShippedLot>* left = nullptr;  // lots that leave, for who releases lots from outside (line_run.h)
    std::vector<uint32_t> recorded_waiting;   // lots, recorder only
    std::vector<GroupStay> group_stays;       // [lot * tool groups + group], recorder.deliveries only
    std::vector<uint32_t> passed_by;          // [lot], recorder only
    std::vector<std::array<Time, kToolStates>> group_states_mark;  // [lot], recorder only
};

// Start of a lot's residence in the statistics window.
inline Time entered(const State& s, const Lot& lot) { return std::max(lot.initial ? 0 : lot.release, s.warmup); }

inline bool owns(const State& s, size_t group) { return s.region_of[group] == s.region; }

}  // namespace chipchain::engine
