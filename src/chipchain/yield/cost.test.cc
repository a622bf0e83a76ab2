// Does the waterfall add up, and do the cost vectors of backend facts 4.2 and 4.6 come out?
#include "chipchain/yield/cost.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/yield/models.h"

namespace chipchain {
namespace {

// Chiplet Actuary, 429 mm2: wafer cost, D0, raw die, known good die; alpha 10 for dies
TEST(YieldCost, WaferLink) {
    const double dies = textbook_dies(300, 429, .2, 5);
    EXPECT_NEAR(dies, 120.2, .05);
    EXPECT_NEAR(textbook_dies(150, 200, 0, 0), 64.8, .05);  // [156]
    EXPECT_NEAR(textbook_dies(16, 1, 0, 0), 165.5, .05);    // [145], unit dies
    const double five = negative_binomial_yield(.11, 4.29, 10);
    EXPECT_NEAR(five, .6306, .5e-4);
    EXPECT_NEAR(raw_die_usd(16988, dies), 141.3, .05);
    EXPECT_NEAR(known_good_die_usd(16988, dies, five), 224.1, .05);
    // "3 nm": the author calls its figures inaccurate; the arithmetic still has to hold
    EXPECT_NEAR(raw_die_usd(30000, dies), 249.5, .05);
    EXPECT_NEAR(known_good_die_usd(30000, dies, negative_binomial_yield(.2, 4.29, 10)), 568.3, .05);
    // Patterson and Hennessy 1.10 [155]: .148-.149 and .165 by rounding of the yield
    EXPECT_NEAR(known_good_die_usd(12, 84, negative_binomial_yield(.020, 2.104, 2)), .149, .5e-3);
    EXPECT_NEAR(known_good_die_usd(15, 100, negative_binomial_yield(.031, 3.1416, 2)), .165, .5e-3);
}

// google/chiplets-cost-model, test_preprocessor.py. The final test's retest term, 1 - Y (sort - final coverage), has no
// weight in its vector (no retests) and is not taken over.
TEST(YieldCost, PublishedTestCosts) {
    const TestInsertion sort =
        {.tester_usd_per_h = 150, .handler_usd_per_h = 50, .seconds = 15, .insertions = 2, .retests = 2};
    EXPECT_NEAR(test_cost_usd(sort, 1, published_retested_share(.7, .8)), 2.400, .5e-3);
    // with the units that are rejected indeed it is cheaper
    EXPECT_NEAR(test_cost_usd(sort, 1, rejected_share(.7, .8)), 200 / 3600.0 * (30 + .24 * 30), 1e-12);
    const TestInsertion final_test = {.tester_usd_per_h = 250, .handler_usd_per_h = 250, .seconds = 25};
    EXPECT_NEAR(test_cost_usd(final_test, 1, 1), 3.472, .5e-3);
    // the vector's final test coverage is .9
    const TestInsertion system = {.tester_usd_per_h = 30, .handler_usd_per_h = 80, .seconds = 360};
    EXPECT_NEAR(test_cost_usd(system, reaching_share(.8, .9), 0), 9.020, .5e-3);
}

TEST(YieldCost, TesterSizing) {
    // minutes, single-site testers for 1M parts a year at 85 %
    const double rows[][3] = {{1, 2.2, .05}, {5, 11, .5}, {20, 45, .5}};
    for (const auto& r : rows) {
        EXPECT_NEAR(testers_needed(1e6, {.seconds = 60 * r[0]}, .85), r[1], r[2]);
    }
    const TestInsertion four = {.seconds = 60, .sites = 4};
    EXPECT_NEAR(testers_needed(1e6, four, .85) * 4, testers_needed(1e6, {.seconds = 60}, .85), 1e-12);
    EXPECT_EQ(test_seconds_per_unit({.seconds = 60, .sites = 4, .multisite_efficiency = 0}), 60);
    EXPECT_NEAR(test_seconds_per_unit({.seconds = 60, .sites = 4, .multisite_efficiency = .9}), 60 * 1.3 / 4, 1e-12);
}

double line_of(const CostChain& chain, CostLine::Kind kind, uint32_t stage) {
    for (const CostLine& line : chain.lines) {
        if (line.kind == kind && line.stage == stage) return line.usd;
    }
    return -1;
}

// a wafer of 120.2 dies sorted without escapes is the known good die
TEST(YieldCost, ChainOfWaferAndSort) {
    const double dies = textbook_dies(300, 429, .2, 5);
    const CostStage stages[] = {
        {.name = "wafer", .cost_per_unit_usd = 16988},
        {.name = "sort", .inputs_per_unit = 1 / dies, .yield = negative_binomial_yield(.11, 4.29, 10)},
    };
    const CostChain chain = cost_chain(stages);
    EXPECT_NEAR(chain.total_usd, 224.1, .05);
    EXPECT_NEAR(line_of(chain, CostLine::Kind::added, 0), 141.3, .05);
    EXPECT_NEAR(line_of(chain, CostLine::Kind::loss, 1), 224.1 - 141.3, .1);
    EXPECT_EQ(line_of(chain, CostLine::Kind::loss, 0), 0);
    EXPECT_EQ(line_of(chain, CostLine::Kind::escape, 1), 0);
    EXPECT_EQ(chain.good_share, 1);
    EXPECT_NEAR(chain.stages[0].starts_per_good, 1 / (dies * .6306), 1e-6);
}

std::vector<CostStage> long_chain(double coverage) {
    return {
        {.name = "wafer", .cost_per_unit_usd = 9000, .yield = .97},
        {.name = "die", .inputs_per_unit = 1 / 132.0, .cost_per_unit_usd = 2.4, .yield = .67, .coverage = coverage},
        {.name = "package",
         .inputs_per_unit = 2,
         .cost_per_unit_usd = 11,
         .cost_per_piece_usd = 900,
         .units_per_piece = 169,
         .yield = .94,
         .coverage = 0},
        {.name = "final test", .cost_per_unit_usd = 3.472, .yield = .99, .coverage = .9},
        {.name = "board", .inputs_per_unit = 4, .cost_per_unit_usd = 250, .yield = .96, .coverage = .98},
    };
}

// The lines sum to the total bit by bit, and the total is what the money spent on all starts comes to: two ways that
// share no step.
TEST(YieldCost, WaterfallSumsToTotal) {
    for (const double coverage : {1.0, .95, .5, 0.0}) {
        const std::vector<CostStage> stages = long_chain(coverage);
        const CostChain chain = cost_chain(stages);
        ASSERT_EQ(chain.lines.size(), 2 * stages.size() + 1);
        double sum = 0;
        for (const CostLine& line : chain.lines) {
            EXPECT_GE(line.usd, 0);
            sum += line.usd;
        }
        EXPECT_EQ(sum, chain.total_usd);
        double spent = 0;
        for (size_t i = 0; i < stages.size(); ++i) {
            spent += chain.stages[i].starts_per_good *
                     (stages[i].cost_per_unit_usd + stages[i].cost_per_piece_usd / stages[i].units_per_piece);
        }
        EXPECT_NEAR(spent / chain.total_usd, 1, 1e-13) << coverage;
        EXPECT_NEAR(chain.total_usd, chain.stages.back().cost_usd / chain.good_share, 1e-9);
        // without loss the chain costs its added lines
        double ideal = 0;
        for (const CostLine& line : chain.lines) ideal += line.kind == CostLine::Kind::added ? line.usd : 0;
        EXPECT_NEAR(ideal, ((9000 / 132.0 + 2.4) * 2 + 11 + 900 / 169.0 + 3.472) * 4 + 250, 1e-9);
    }
}

// escapes cost more the later they are found; a test nobody passes through costs nothing
TEST(YieldCost, LowCoverageCostsMore) {
    double before = 0;
    for (const double coverage : {1.0, .99, .9, .5}) {
        const CostChain chain = cost_chain(long_chain(coverage));
        EXPECT_GT(chain.total_usd, before);
        before = chain.total_usd;
    }
    const CostChain perfect = cost_chain(long_chain(1));
    EXPECT_LT(perfect.stages[4].good_share_in, 1);  // the final test lets a tenth of the bad ones through
    EXPECT_GT(perfect.stages[4].good_share_in, .97);
    // four packages on a board: all four must be good
    EXPECT_NEAR(perfect.stages[4].good_share_in, std::pow(perfect.stages[3].good_share_out, 4), 1e-14);
    EXPECT_EQ(cost_chain({}).total_usd, 0);
    EXPECT_TRUE(cost_chain({}).lines.empty());
}

// one die, one test, half coverage, by hand: 20 % bad, half of them rejected, the rest shipped
TEST(YieldCost, EscapeLine) {
    const CostStage stage = {.name = "die", .cost_per_unit_usd = 90, .yield = .8, .coverage = .5};
    const CostChain chain = cost_chain({&stage, 1});
    EXPECT_NEAR(chain.stages[0].passing, .9, 1e-15);
    EXPECT_NEAR(line_of(chain, CostLine::Kind::added, 0), 90, 1e-12);
    EXPECT_NEAR(line_of(chain, CostLine::Kind::loss, 0), 10, 1e-12);
    EXPECT_NEAR(line_of(chain, CostLine::Kind::escape, 0), 12.5, 1e-12);
    EXPECT_NEAR(chain.total_usd, 90 / .8, 1e-12);
}

}  // namespace
}  // namespace chipchain
