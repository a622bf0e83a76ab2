// Are good parts lost with bad ones as backend facts 1.7 and 4.4 count them?
#include "chipchain/yield/scrap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/yield/cost.h"
#include "chipchain/yield/models.h"

namespace chipchain {
namespace {

TEST(YieldScrap, RedistributionLayersCompound) {
    const double of98[] = {.980, .960, .941, .922, .904, .886};
    const double of99[] = {.990, .980, .970, .961, .951, .941};
    for (uint32_t n = 1; n <= 6; ++n) {
        EXPECT_NEAR(compounded_yield(.98, n), of98[n - 1], .51e-3);
        EXPECT_NEAR(compounded_yield(.99, n), of99[n - 1], .51e-3);
        EXPECT_NEAR(layer_yield_for(compounded_yield(.98, n), n), .98, 1e-14);
    }
    EXPECT_EQ(compounded_yield(.5, 0), 1);
    const double steps[] = {.98, .95, .999};
    EXPECT_DOUBLE_EQ(rolled_yield(steps), .98 * .95 * .999);
    EXPECT_EQ(rolled_yield({}), 1);
}

// Chiplet Actuary's fan-out parameters: a 429 mm2 die at 5 nm on 515 mm2 of redistribution layers. The source scraps
// chips including their microbumps (4.29 USD, 7.0 USD chip-last); the vector counts the die alone.
TEST(YieldScrap, ChipFirstAgainstChipLast) {
    const double area_cm2 = 4.29 * 1.2;
    EXPECT_NEAR(area_cm2, 5.15, .5e-2);
    const FanOutYields yields = {negative_binomial_yield(.05, area_cm2, 3), .98, 1, .99};
    EXPECT_NEAR(yields.rdl, .781, .5e-3);
    const double die_usd =
        known_good_die_usd(16988, textbook_dies(300, 429, .2, 5), negative_binomial_yield(.11, 4.29, 10));
    EXPECT_NEAR(die_usd, 224, .5);
    const FanOutScrap first = fan_out_scrap(AttachFlow::chip_first, yields, die_usd, 10, 5);
    const FanOutScrap last = fan_out_scrap(AttachFlow::chip_last, yields, die_usd, 10, 5);
    EXPECT_NEAR(last.dies_usd, 6.9, .05);
    EXPECT_NEAR(first.dies_usd, 65.7, .05);
    EXPECT_NEAR(last.interposer_usd, 10 * (1 / (yields.rdl * .98 * .99) - 1), 1e-12);
    EXPECT_NEAR(first.interposer_usd, 10 * (1 / (yields.rdl * .99) - 1), 1e-12);
    EXPECT_EQ(first.substrate_usd, last.substrate_usd);
    EXPECT_NEAR(first.total_usd(), first.dies_usd + first.interposer_usd + first.substrate_usd, 1e-12);
    // it decides for a die of hundreds of dollars and for none of cents
    const double break_even = chip_last_break_even_usd(yields, 2);
    EXPECT_NEAR(break_even, 2 / ((65.66273 - 6.88235) / 224.06893), 1e-3);
    EXPECT_EQ(chip_last_break_even_usd(yields, 0), 0);
    EXPECT_TRUE(std::isinf(chip_last_break_even_usd({1, .98, 1, .99}, 1)));
}

// google/chiplets-cost-model, test_processor.py: substrate and die joined in one step of .95 per part
TEST(YieldScrap, AssemblyScrapVector) {
    // the six steps before it join nothing
    std::vector<AssemblyStep> steps(6, {.99, {}});
    struct Row {
        double substrate, die, scrap;
    };
    const Row rows[] = {
        {10204081.63, 157969593.24, 16396933.299825},
        {14878000.40, 197670554.29, 20723484.082275},
        {22222222.22, 240957514.71, 25660024.350675},
        {78125000.00, 700308744.26, 75897290.065350},
        {74360499.70, 568219101.94, 62651511.159900},
    };
    for (const Row& r : rows) {
        steps.resize(6);
        steps.push_back({.95, {r.substrate, r.die}});
        EXPECT_NEAR(assembly_scrap_usd(steps, AssemblyScrap::joined_parts), r.scrap, 1e-5);
        EXPECT_NEAR(assembly_scrap_usd(steps, AssemblyScrap::whole_stack), r.scrap, 1e-5);
    }
    EXPECT_NEAR(
        assembly_scrap_usd(steps, AssemblyScrap::joined_parts),
        (74360499.70 + 568219101.94) * (1 - .95 * .95),
        1e-5);
}

TEST(YieldScrap, LaterStepsLoseTheWholeStack) {
    const AssemblyStep steps[] = {{.9, {100}}, {.8, {10, 10}}};
    EXPECT_NEAR(assembly_scrap_usd(steps, AssemblyScrap::joined_parts), 10 + 20 * .36, 1e-12);
    EXPECT_NEAR(assembly_scrap_usd(steps, AssemblyScrap::whole_stack), 10 + 120 * .36, 1e-12);
}

}  // namespace
}  // namespace chipchain
