// Are impact and time to survive those of a solved example, with both solvers, and do they obey their own meaning?
#include "chipchain/plan/exposure.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace chipchain {
namespace {

std::vector<SolverKind> kinds() {
    if (has_highs()) return {SolverKind::highs, SolverKind::clp};
    return {SolverKind::clp};
}

// Three suppliers that each make both products: a teaching example of the method, solved by three other solvers.
ExposureNetwork toy() {
    ExposureNetwork network;
    network.nodes = {{"S1", 30, 0, 2, 0}, {"S2", 45, 0, 2, 0}, {"S3", 60, 0, 2, 0}};
    network.products = {{"P1", 75, 20, 5000}, {"P2", 50, 25, 6500}};
    network.arcs = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}};
    return network;
}

TEST(Exposure, SolvedExampleWithBothSolvers) {
    const double impact[] = {0, 125000, 275000};
    const double survival[] = {2.25, 9.0 / 7, .9};
    for (const SolverKind kind : kinds()) {
        const auto solver = make_solver(kind);
        SCOPED_TRACE(solver->name());
        const Exposure none = exposure_of(toy(), {}, 2, *solver);
        EXPECT_EQ(none.impact_usd, 0);
        EXPECT_EQ(none.tts_weeks, kInfinity);
        EXPECT_TRUE(none.safe);
        for (uint32_t i = 0; i < 3; ++i) {
            const uint32_t out[] = {i};
            const Exposure e = exposure_of(toy(), out, 2, *solver);
            EXPECT_NEAR(e.impact_usd, impact[i], 1e-6) << i;
            EXPECT_NEAR(e.tts_weeks, survival[i], 1e-9) << i;
            EXPECT_NEAR(e.sustained_share, std::min(1.0, (135 - toy().nodes[i].capacity) / 125), 1e-9);
            EXPECT_EQ(e.safe, i == 0);
        }
        const std::vector<Exposure> ranked = rank_exposures(toy(), *solver);
        ASSERT_EQ(ranked.size(), 3U);
        EXPECT_EQ(ranked[0].node, 2U);
        EXPECT_NEAR(ranked[0].lost[0], 55, 1e-9);
        EXPECT_NEAR(ranked[0].lost[1], 0, 1e-9);
        EXPECT_EQ(ranked[1].node, 1U);
        EXPECT_EQ(ranked[2].node, 0U);
    }
}

// a chip needs a die and a board: the scarcest part decides, and parts of a node that is out live on its stock
TEST(Exposure, ProductsOfSeveralParts) {
    ExposureNetwork network;
    network.nodes = {{"foundry", 100, 30, 4, 0}, {"own fab", 20, 0, 4, 0}, {"boards", 60, 0, 1, .5}};
    network.products = {{"AI5", 50, 10, 1000}};
    network.arcs = {{0, 0, 0}, {0, 1, 0, 2}, {0, 2, 1}};
    for (const SolverKind kind : kinds()) {
        const auto solver = make_solver(kind);
        const std::vector<Exposure> ranked = rank_exposures(network, *solver);
        // without the foundry: 200 needed in 4 weeks, 10 finished, 30 dice, 80 / 2 from the own fab
        EXPECT_EQ(ranked[0].node, 0U);
        EXPECT_NEAR(ranked[0].impact_usd, 120e3, 1e-6);
        EXPECT_NEAR(ranked[0].tts_weeks, 1, 1e-9);
        // boards at half rate: 50 needed, 10 finished, 30 made
        EXPECT_EQ(ranked[1].node, 2U);
        EXPECT_NEAR(ranked[1].impact_usd, 10e3, 1e-6);
        EXPECT_NEAR(ranked[1].tts_weeks, .5, 1e-9);
        EXPECT_EQ(ranked[2].tts_weeks, kInfinity);
        // a region with foundry and own fab
        const uint32_t region[] = {0, 1};
        EXPECT_NEAR(exposure_of(network, region, 4, *solver).tts_weeks, .8, 1e-9);
    }
}

// a whole number of low..high - 1, evenly from the first case on
int draw(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }

// an outage that is survived costs nothing, one a little longer costs something
RC_GTEST_PROP(Exposure, ImpactBeginsWhereSurvivalEnds, ()) {
    ExposureNetwork network;
    const auto nodes = static_cast<uint32_t>(draw(1, 5));
    const auto products = static_cast<uint32_t>(draw(1, 4));
    for (uint32_t i = 0; i < nodes; ++i) network.nodes.push_back({"", 1.0 * draw(0, 60), 0, 3, 0});
    for (uint32_t j = 0; j < products; ++j) {
        network.products.push_back({"", 1.0 * draw(1, 40), 1.0 * draw(0, 50), 7});
        for (uint32_t i = 0; i < nodes; ++i) {
            if (draw(0, 3) > 0) network.arcs.push_back({j, i, 0, 1.0 * draw(1, 3)});
        }
    }
    const auto highest = make_solver();
    const auto referee = make_solver(SolverKind::clp);
    const uint32_t out[] = {0};
    const Exposure e = exposure_of(network, out, 3, *highest);
    const Exposure other = exposure_of(network, out, 3, *referee);
    RC_ASSERT(e.status == SolveStatus::optimal);
    RC_ASSERT(std::fabs(e.impact_usd - other.impact_usd) <= 1e-6 * (1 + e.impact_usd));
    RC_ASSERT(e.tts_weeks == other.tts_weeks || std::fabs(e.tts_weeks - other.tts_weeks) <= 1e-6 * (1 + e.tts_weeks));
    if (e.tts_weeks == kInfinity) {
        RC_ASSERT(exposure_of(network, out, 1e4, *highest).impact_usd <= 1e-3);
    } else {
        RC_ASSERT(exposure_of(network, out, e.tts_weeks, *highest).impact_usd <= 1e-5);
        RC_ASSERT(exposure_of(network, out, e.tts_weeks + .1, *highest).impact_usd > 1e-3);
    }
    RC_ASSERT(e.safe == (e.impact_usd <= 1e-5));
}

}  // namespace
}  // namespace chipchain
