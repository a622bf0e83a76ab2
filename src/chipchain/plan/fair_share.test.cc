// Is a short supply shared out as fairness, weights and floors say?
#include "chipchain/plan/fair_share.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace chipchain {
namespace {

std::vector<SolverKind> kinds() {
    if (has_highs()) return {SolverKind::highs, SolverKind::clp};
    return {SolverKind::clp};
}

// 50 units in each of three weeks for demands of 40, 30 and 20 a week
ShareCase three_weeks(double floor) { return {{50, 50, 50}, {{120, 3, floor}, {90, 2, floor}, {60, 1, floor}}, {}}; }

TEST(FairShare, EqualFillOfAShortSupply) {
    const std::vector<ShareClaim> claims = {{120}, {90}, {60}};
    const Shares shares = fair_share(150, claims);
    EXPECT_NEAR(shares.least_fill, .555556, 5e-7);
    for (const double fill : shares.fill) EXPECT_NEAR(fill, 150.0 / 270, 1e-15);
    for (const SolverKind kind : kinds()) {
        const auto solver = make_solver(kind);
        const Shares same = fair_share({{50, 50, 50}, claims, {}}, *solver);
        ASSERT_EQ(same.status, SolveStatus::optimal);
        for (const double fill : same.fill) EXPECT_NEAR(fill, 150.0 / 270, 1e-8);
    }
}

TEST(FairShare, PriorityByWeightAndFloors) {
    for (const SolverKind kind : kinds()) {
        const auto solver = make_solver(kind);
        SCOPED_TRACE(solver->name());
        EXPECT_NEAR(weighted_share(three_weeks(0), *solver).value, 420, 1e-6);
        const Shares floors = weighted_share(three_weeks(.4), *solver);
        EXPECT_NEAR(floors.value, 366, 1e-6);
        EXPECT_NEAR(floors.units[0], 90, 1e-6);
        EXPECT_NEAR(floors.fill[2], .4, 1e-8);
    }
}

// by hand: weights 2 and 1 below a level of .4, the third stands on its floor, the fourth is full at .25
TEST(FairShare, WaterStandsBetweenFloorAndFull) {
    const std::vector<ShareClaim> claims = {{100, 2}, {100, 1}, {100, 1, .7}, {10, 4}};
    const Shares shares = fair_share(200, claims);
    EXPECT_NEAR(shares.units[0], 80, 1e-9);
    EXPECT_NEAR(shares.units[1], 40, 1e-9);
    EXPECT_NEAR(shares.units[2], 70, 1e-9);
    EXPECT_NEAR(shares.units[3], 10, 1e-9);
    // plenty, nothing, and floors that nobody can keep
    EXPECT_EQ(fair_share(1000, claims).units, (std::vector<double>{100, 100, 100, 10}));
    EXPECT_EQ(fair_share(0, std::vector<ShareClaim>{{5}, {0}}).fill, (std::vector<double>{0, 1}));
    const Shares scarce = fair_share(35, claims);
    EXPECT_DOUBLE_EQ(scarce.floor_scale, .5);
    EXPECT_EQ(scarce.units, (std::vector<double>{0, 0, 35, 0}));
}

// two versions of a chip: cars take both, robots only the second, which is short; training only the first
TEST(FairShare, QualifiedProgrammesShareTwoVersions) {
    const ShareCase c = {{60, 30}, {{60}, {60}, {40}}, {{0, 0}, {0, 1}, {1, 1}, {2, 0}}};
    for (const SolverKind kind : kinds()) {
        const auto solver = make_solver(kind);
        const Shares shares = fair_share(c, *solver);
        ASSERT_EQ(shares.status, SolveStatus::optimal);
        // robots cannot get more than the 30; the others then share 60 in proportion
        EXPECT_NEAR(shares.fill[1], .5, 1e-7);
        EXPECT_NEAR(shares.fill[0], .6, 1e-7);
        EXPECT_NEAR(shares.fill[2], .6, 1e-7);
        EXPECT_NEAR(shares.least_fill, .5, 1e-7);
    }
}

// a whole number of low..high - 1, evenly from the first case on
int draw(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }

RC_GTEST_PROP(FairShare, ProgramsAgreeWithWaterFilling, ()) {
    std::vector<ShareClaim> claims(static_cast<size_t>(draw(1, 6)));
    for (ShareClaim& claim : claims) {
        claim = {1.0 * draw(0, 50), 1.0 * draw(1, 4), draw(0, 5) * .1};
    }
    const double first = draw(0, 80);
    const double second = draw(0, 80);
    const Shares filled = fair_share(first + second, claims);
    double total = 0;
    for (const double units : filled.units) total += units;
    double demand = 0;
    for (const ShareClaim& claim : claims) demand += claim.demand;
    RC_ASSERT(std::fabs(total - std::min(first + second, demand)) <= 1e-9 * (1 + total));
    for (const SolverKind kind : kinds()) {
        const auto solver = make_solver(kind);
        const Shares shares = fair_share({{first, second}, claims, {}}, *solver);
        RC_ASSERT(shares.status == SolveStatus::optimal);
        for (size_t k = 0; k < claims.size(); ++k) {
            RC_ASSERT(std::fabs(shares.units[k] - filled.units[k]) <= 1e-5 * (1 + filled.units[k]));
        }
        const Shares weighted = weighted_share({{first, second}, claims, {}}, *solver);
        RC_ASSERT(weighted.value >= filled.value * (1 - 1e-7) - 1e-7);
    }
}

}  // namespace
}  // namespace chipchain
