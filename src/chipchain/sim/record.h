// Optional record of a run: intervals of tools and lots inside a time window, or the whole history of one lot. The engine
// writes to it only when RunOptions::recorder is set; a recorder changes no trajectory.
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
    uint32_t tool = 0;      // process: the tool; else UINT32_MAX
    uint32_t passed_by = 0; // queue: lots that started in this group after this one arrived
    // queue: share of the group's tools in each state, averaged over the wait, in ticks * tools
    std::array<Time, kToolStates> tools{};
};

struct ShippedLot {
    uint32_t lot = 0;
    uint32_t type = 0;
    Time release = 0;
    Time due = 0;
    Time out = 0;
    bool initial = false;
    bool scrapped = false;
};

struct Recorder {
    // what to record
    Time from = 0;
    Time until = kNever;
    bool tools = false;
    bool lots = false;
    uint32_t only_lot = UINT32_MAX;  // serial; UINT32_MAX: all lots
    bool shipped = false;            // one row per lot that leaves, in [from, until)
    // the record
    std::vector<ToolInterval> tool_intervals;
    std::vector<LotInterval> lot_intervals;
    std::vector<ShippedLot> shipped_lots;
};

}  // namespace chipchain
