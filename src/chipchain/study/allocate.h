// Tool counts at least cost for a cycle time, on the queueing forecast: marginal allocation. From the fewest tools that
// carry the load, the tool that brings most cycle time for its price is added until the target holds; then every tool
// that is not needed goes, dearest first, and pairs are exchanged (one more of a cheap group for one less of a dear
// one). For waits that are convex in the number of tools the first part is within one tool of the optimum (B. Fox,
// Discrete optimization via marginal analysis, Management Science 13, 1966); the rest closes that gap.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/study/forecast.h"

namespace chipchain {

struct GroupChoice {
    double cost = 1;      // of one tool, in any unit, > 0
    uint32_t least = 2;   // tools
    bool locked = false;  // keeps the tools that it has
};

struct AllocationGoal {
    double cycle_time_d = 0;     // mean over lots
    double max_utilisation = 1;  // of capacity (entry_utilisation), exclusive
    bool keep_maintenance_shares = true;
};

struct Allocation {
    bool reached = false;  // the forecast meets the goal
    std::vector<uint32_t> tools;
    double cycle_time_d = 0;
    double cost = 0;
    LineLoad line;  // with those tools
};

// REQUIRES: every group that is visited can carry its load with some number of tools (availability > 0).
[[nodiscard]] Allocation allocate(
    LineLoad line,
    const std::vector<GroupChoice>& choices,
    const std::vector<GroupCorrection>& corrections,
    const AllocationGoal& goal);

// The cycle time that remains with any number of tools in the groups that are not locked, and its parts.
struct CycleTimeFloor {
    double raw_d = 0;      // raw process time
    double rework_d = 0;   // rework repeats part of it
    double stops_d = 0;    // downs that fall into the process, and what simulation adds
    double forming_d = 0;  // batches fill
    double locked_d = 0;   // waiting and setups of locked groups
    [[nodiscard]] double total_d() const { return raw_d + rework_d + stops_d + forming_d + locked_d; }
};
[[nodiscard]] CycleTimeFloor cycle_time_floor(
    const LineLoad& line,
    const std::vector<GroupChoice>& choices,
    const std::vector<GroupCorrection>& corrections);

}  // namespace chipchain
