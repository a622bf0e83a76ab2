// The lines of a chain that the line engine simulates lot by lot: each resource with a process of the library becomes a
// line with tools, routes, downs and batches, shared by all replications. Lead times of the activities that use it are
// then the cycle times of the lots in that line.
//
// What the line decides is time only: pieces are lost by the yield of the activity, so steps of the line scrap nothing.
// Limits: docs/chain.md 7.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_schedule.h"
#include "chipchain/model/model.h"

namespace chipchain {

struct ChainLine {
    uint32_t resource = 0;
    uint64_t seed = 0;  // added to that of the run: lines do not share draws
    Model model;
    uint32_t lot_pieces = 0;
};

class ChainLines {
 public:
    // Where the lots of an activity go.
    struct Way {
        uint32_t line = kNoIndex;
        uint32_t type = 0;            // lot type
        double pieces_per_start = 1;  // of the line
    };

    // The lines of those resources; of all with a process when `resources` is empty. A line has tools for the larger of
    // sized_per_week and the busiest bucket of the schedule; they are installed as the capacity of the resource grows.
    // Ids: those of library_line() and compile().
    [[nodiscard]] static Result<ChainLines>
    make(const ChainModel& model, const ChainSchedule& schedule, const std::vector<uint32_t>& resources = {});

    [[nodiscard]] const std::vector<ChainLine>& lines() const { return lines_; }
    [[nodiscard]] const Way& way(uint32_t activity) const { return ways_[activity]; }

 private:
    std::vector<ChainLine> lines_;
    std::vector<Way> ways_;  // [activity]
};

}  // namespace chipchain
