// Which figures of a chip that nobody published move its latency and energy most: every figure that is an assumption or
// a claim with a range is put to its low and its high end, alone, and the network is counted again by the closed forms
// (time_folds, count_events, run_energy).
#pragma once

#include <vector>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/network/integer_network.h"

namespace chipchain {

// Changes in percent beside the stated value, of one run.
struct AssumptionRow {
    ChipFigure figure = ChipFigure::arrays;
    double latency_low_percent = 0;  // with the figure at its low end
    double latency_high_percent = 0;
    double energy_low_percent = 0;
    double energy_high_percent = 0;
    double largest_percent = 0;  // magnitude of the four
};

// The figures that change either by more than a thousandth of a percent, largest first; of equal ones the first of
// ChipFigure.
[[nodiscard]] std::vector<AssumptionRow> rank_assumptions(const IntegerNetwork& network, const ChipModel& chip);

}  // namespace chipchain
