// Board and assembly yields: the vectors of backend facts 3.1 and 3.2, and whether a fit finds what made the lots.
#include "chipchain/yield/boards.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/base/random.h"
#include "chipchain/stats/special.h"

namespace chipchain {
namespace {

// 1,000 components [129]: linear as published, exponential recomputed
TEST(YieldBoards, DpmoOfThousandComponents) {
    const double rows[][3] = {
        // dpm, linear, exponential
        {25, .975, .9753},
        {100, .90, .9048},
    };
    for (const auto& r : rows) {
        const Opportunities kind = {"components", 1000, r[0]};
        EXPECT_NEAR(assembly_yield_linear({&kind, 1}), r[1], 1e-12);
        EXPECT_NEAR(assembly_yield({&kind, 1}), r[2], .51e-4);
        EXPECT_NEAR(dpmo_for_yield(assembly_yield({&kind, 1}), 1000), r[0], 1e-9);
    }
    // yields of kinds multiply, and the index weighs by opportunities
    const Opportunities kinds[] = {{"placements", 1000, 5}, {"terminations", 6000, 30}};
    EXPECT_NEAR(assembly_yield(kinds), std::exp(-.005) * std::exp(-.18), 1e-14);
    EXPECT_NEAR(dpmo_index(kinds), (1000 * 5 + 6000 * 30) / 7000.0, 1e-9);
    EXPECT_EQ(dpmo_of(3, 60000), 50);
    EXPECT_EQ(assembly_yield({}), 1);
    const Opportunities many = {"joints", 1e6, 5};
    EXPECT_EQ(assembly_yield_linear({&many, 1}), 0);
}

// 12 ft oven at 36 in/min, boards every 5 in [126]
TEST(YieldBoards, ReflowTakt) {
    constexpr double kInch = 25.4;
    EXPECT_NEAR(reflow_dwell_s(144 * kInch, 36 * kInch), 240, 1e-9);
    EXPECT_NEAR(reflow_takt_s(5 * kInch, 36 * kInch), 8.33, .5e-2);
}

TEST(YieldBoards, LayerAreaForm) {
    BoardProcess process = {{.0002, .0003, .0003, .0002}, kNoClustering, .995, 3, 2, 20000, .99};
    const double area = 120;
    EXPECT_NEAR(board_yield(process, area), std::exp(-.001 * area) * std::pow(.995, 3) * std::exp(-.04) * .99, 1e-14);
    const double poisson = board_yield(process, area);
    process.alpha = 2;
    EXPECT_NEAR(board_yield(process, area) / poisson, std::pow(1 + .12 / 2, -2) / std::exp(-.12), 1e-13);
    EXPECT_EQ(board_yield({}, area), 1);
}

TEST(YieldBoards, HoldenByHand) {
    // one decade above A the exponent is 1 whatever B: Y = 1 / e
    for (const double b : {.5, 1.0, 3.0}) EXPECT_NEAR(holden_yield(50, {5, b}), std::exp(-1), 1e-14);
    EXPECT_NEAR(holden_yield(50 * std::sqrt(10.0), {50, 2}), std::exp(-.25), 1e-14);
    EXPECT_EQ(holden_yield(50, {50, 2}), 1);
    EXPECT_EQ(holden_yield(1, {50, 2}), 1);
}

std::vector<BoardLot> lots_of(const HoldenConstants& constants, double noise) {
    const RandomSource source = {21, 0};
    std::vector<BoardLot> lots;
    for (uint32_t i = 0; i < 40; ++i) {
        const double complexity = constants.a * std::pow(10.0, .1 + .03 * i);
        const RandomWords words = source.draw(Purpose::test, i, 0);
        const double z = normal_quantile(unit_open(wide(words.word[0], words.word[1])));
        const double yield = holden_yield(complexity, constants) + noise * z;
        lots.push_back({complexity, std::min(1.0, std::max(.01, yield)), 50.0 + i});
    }
    return lots;
}

// does the fit find the constants that made the lots: exactly without noise, near them with it?
TEST(YieldBoards, FitFindsTheConstants) {
    const HoldenConstants rows[] = {{1, 1}, {50, 2.5}, {3000, 1.4}, {.2, 5}, {8, .6}};
    for (const HoldenConstants& r : rows) {
        const HoldenFit exact = fit_holden(lots_of(r, 0)).value();
        EXPECT_NEAR(exact.constants.a / r.a, 1, 1e-6) << r.a << " " << r.b;
        EXPECT_NEAR(exact.constants.b / r.b, 1, 1e-6) << r.a << " " << r.b;
        EXPECT_NEAR(exact.r2, 1, 1e-12);
        const HoldenFit noisy = fit_holden(lots_of(r, .01)).value();
        EXPECT_NEAR(noisy.constants.a / r.a, 1, .25) << r.a << " " << r.b;
        EXPECT_NEAR(noisy.constants.b / r.b, 1, .25) << r.a << " " << r.b;
        EXPECT_GT(noisy.r2, .98);
        EXPECT_NEAR(noisy.residual, .01, .004);
        EXPECT_EQ(noisy.lots, 40U);
    }
}

// a complexity index that says nothing about the yield shows in r2
TEST(YieldBoards, WorthlessIndexHasLowR2) {
    std::vector<BoardLot> lots;
    for (uint32_t i = 0; i < 30; ++i) lots.push_back({10.0 + (i * 7) % 30, .5 + .01 * ((i * 11) % 30), 1});
    EXPECT_LT(fit_holden(lots).value().r2, .2);
    EXPECT_FALSE(fit_holden({}));
}

}  // namespace
}  // namespace chipchain
