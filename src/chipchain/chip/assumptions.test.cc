#include "chipchain/chip/assumptions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chipchain/chip/power.h"
#include "chipchain/chip/timing.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"

namespace chipchain {
namespace {

// are changes those of the figures, the largest first, and none of published figures?
TEST(Assumptions, ranks_by_change) {
    const Result<ChipModel> hw3 = load_chip("hw3");
    ASSERT_TRUE(hw3.has_value());
    ChipModel chip = *hw3;
    const IntegerNetwork network = lower(*infer_for_chip(*reference_network("tiny")))->network;
    const double seconds = time_folds(network, chip.shape).seconds;
    const double joules =
        run_energy(chip, energy_of(count_events(network, chip.shape), energy_table(chip)), seconds).joules.value;
    // a clock that nobody knows: half of it takes twice the time, as no byte of tiny waits for DRAM but for the start
    Figure& clock = chip.figures[static_cast<size_t>(ChipFigure::clock_ghz)];
    clock.mark = Mark::assumption;
    clock.low = clock.value / 2;
    clock.high = clock.value;
    const std::vector<AssumptionRow> rows = rank_assumptions(network, chip);
    ASSERT_GE(rows.size(), 5U);
    for (size_t i = 0; i < rows.size(); ++i) {
        EXPECT_NE(figure_of(chip, rows[i].figure).mark, Mark::published);
        if (i > 0) {
            EXPECT_LE(rows[i].largest_percent, rows[i - 1].largest_percent);
        }
    }
    const auto row = [&rows](ChipFigure f) {
        const auto at = std::find_if(rows.begin(), rows.end(), [f](const AssumptionRow& r) { return r.figure == f; });
        EXPECT_NE(at, rows.end());
        return *at;
    };
    // 1 and 20 W of uncore in place of 5, while the junction stays within a degree or two
    const AssumptionRow uncore = row(ChipFigure::uncore_w);
    EXPECT_EQ(uncore.latency_low_percent, 0);
    EXPECT_NEAR(uncore.energy_low_percent, -100 * 4 * seconds / joules, 2);
    EXPECT_NEAR(uncore.energy_high_percent, 100 * 15 * seconds / joules, 8);
    ChipModel slow = chip;
    slow.figures[static_cast<size_t>(ChipFigure::clock_ghz)].value /= 2;
    slow.shape = shape_of(slow, chip.shape.dataflow);
    const AssumptionRow halved = row(ChipFigure::clock_ghz);
    EXPECT_NEAR(halved.latency_low_percent, 100 * (time_folds(network, slow.shape).seconds / seconds - 1), 1e-9);
    EXPECT_GT(halved.latency_low_percent, 50);
    EXPECT_EQ(halved.latency_high_percent, 0);
}

}  // namespace
}  // namespace chipchain
