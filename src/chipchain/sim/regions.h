// Regions: parts of a line between which lots travel for so long that each can be simulated alone for a while. A model
// of several fabs falls into one region per fab; a single fab is one region. Rules: docs/semantics.md 12.
//
// The regions of a run take turns: each is simulated up to a border of time (on any thread), then the lots that left it
// are handed over, in a fixed order. The borders are no farther apart than the least time that a lot travels between
// regions, so no lot arrives before the border at which it is handed over (the conservative synchronisation of Chandy
// and Misra, IEEE Transactions on Software Engineering 5(5), 1979). Results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/model/model.h"
#include "chipchain/sim/run.h"

namespace chipchain {

// Lots that travel for less than this keep two locations in one region. Assumption: below it the change from region to
// region costs more than the smaller working set saves.
inline constexpr Time kLeastLookahead = kHour;

struct Regions {
    std::vector<uint32_t> of_group;  // [tool group], 0 .. count - 1 in order of the groups
    uint32_t count = 1;
    Time lookahead = kNever;  // least travel time between two regions
};

// Returns the regions of a model; one when some rule looks at the whole line (docs/semantics.md 12.2).
[[nodiscard]] Regions find_regions(const Model& model);

// run() for a model of several regions, on options.threads threads.
[[nodiscard]] RunResult run_regions(const Model& model, const RunOptions& options, const Regions& regions);

}  // namespace chipchain
