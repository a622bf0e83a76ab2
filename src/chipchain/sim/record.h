// Optional record of a run: intervals of tools and lots inside a time window, or the whole history of one lot. The
// engine writes to it only when RunOptions::recorder is set; a recorder changes no trajectory.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/time.h"
#include "chipchain/sim/result.h"

namespace chipchain {

struct ToolInterval {
    uint32_t tool = 0;
    ToolState state = ToolState::productive;
    Time begin = 0;
    Time end = 0;
    uint32_t lot = 0;  // serial of the (first) lot for productive and setup; UINT32_MAX else
};

enum class LotPhase : uint8_t { transport, queue, process };

// Why a lot waited, judged when it starts: what the group's tools were doing while it queued.
struct LotInterval {
    uint32_t lot = 0;   // serial
    uint32_t step = 0;  // StepId
    LotPhase phase = LotPhase::queue;
    Time begin = 0;
    Time end = 0;
    uint32_t tool = 0;       // process: the tool; else UINT32_MAX
    uint32_t passed_by = 0;  // queue: lots that started in this group after this one arrived
    // queue: share of the group's tools in each state, averaged over the wait, in ticks * tools
    std::array<Time, kToolStates> tools{};
};

struct ShippedLot {
    uint32_t lot = 0;
    uint32_t type = 0;
    uint32_t number = 0;  // within the type, or among the initial lots
    Time release = 0;
    Time due = 0;
    Time out = 0;
    bool initial = false;
    bool scrapped = false;
};

// Where the lots of one type spent their time, summed over the lots that shipped late or on time.
struct GroupStay {
    Time queue = 0;
    Time stay = 0;  // transport, queue and process
};
struct DeliveryRecord {
    uint64_t lots = 0;
    Time lateness = 0;              // sum of out - due
    std::vector<GroupStay> groups;  // [tool group]
};

struct Recorder {
    // what to record
    Time from = 0;
    Time until = kNever;
    bool tools = false;
    bool lots = false;
    uint32_t only_lot = UINT32_MAX;   // serial; UINT32_MAX: all lots
    uint32_t only_type = UINT32_MAX;  // with only_number: the lot of that number of that lot type, released in the run
    uint32_t only_number = 0;
    uint32_t only_group = UINT32_MAX;  // tools of that group only
    bool deliveries = false;           // fill `late` and `on_time` with lots released in the run
    bool shipped = false;              // one row per lot that leaves, in [from, until)
    // the record
    std::vector<ToolInterval> tool_intervals;
    std::vector<LotInterval> lot_intervals;
    std::vector<ShippedLot> shipped_lots;
    std::vector<DeliveryRecord> late;     // [lot type]
    std::vector<DeliveryRecord> on_time;  // [lot type]
};

}  // namespace chipchain
