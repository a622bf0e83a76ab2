#include "chipchain/chain/draws.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "chipchain/stats/special.h"
#include "chipchain/stats/tally.h"

namespace chipchain {
namespace {

uint64_t draw_one(uint32_t lot, uint64_t n, double p) {
    FlowDraw draw({7, 0}, Purpose::flow_count, 1, lot, 2);
    return binomial_draw(draw, n, p);
}

// do mean and variance of the sampler agree with n p and n p q, on both sides of the change of method?
TEST(FlowDraws, binomial_moments) {
    struct Case {
        uint64_t n;
        double p;
    };
    constexpr int kDraws = 20000;
    for (const Case c :
         {Case{132, 0.003}, {132, 0.07}, {132, 0.0765}, {132, 0.33}, {132, 0.67}, {169, 0.98}, {100'000'000, 0.4}}) {
        Tally tally;
        for (uint32_t i = 0; i < kDraws; ++i) tally.add(static_cast<double>(draw_one(i, c.n, c.p)));
        const double mean = static_cast<double>(c.n) * c.p;
        const double variance = mean * (1 - c.p);
        EXPECT_NEAR(tally.mean(), mean, 5 * std::sqrt(variance / kDraws)) << c.n << " " << c.p;
        const double excess = (1 - 6 * c.p * (1 - c.p)) / variance;  // kurtosis of a binomial
        EXPECT_NEAR(tally.variance(), variance, 5 * variance * std::sqrt((2 + excess) / kDraws)) << c.n << " " << c.p;
    }
}

// has each number its probability? Chi-square at 1e-7, so that a right sampler fails once in ten million seeds.
TEST(FlowDraws, binomial_distribution) {
    constexpr uint32_t kDraws = 40000;
    for (const double p : {0.05, 0.33}) {
        std::vector<double> seen(133);
        for (uint32_t i = 0; i < kDraws; ++i) seen[draw_one(i, 132, p)] += 1;
        double statistic = 0;
        int classes = -1;
        double expected = 0;
        double observed = 0;
        for (int k = 0; k <= 132; ++k) {
            expected += kDraws * (binomial_tails(k, 132, p).lower - binomial_tails(k - 1, 132, p).lower);
            observed += seen[static_cast<size_t>(k)];
            if (expected < 10 && k < 132) continue;  // joined with the next
            if (expected > 1) {
                statistic += (observed - expected) * (observed - expected) / expected;
                ++classes;
            }
            expected = observed = 0;
        }
        EXPECT_GT(classes, 10);
        EXPECT_GT(chi_square_tails(statistic, classes).upper, 1e-7) << p;
    }
}

TEST(FlowDraws, binomial_ends) {
    EXPECT_EQ(draw_one(1, 0, 0.5), 0U);
    EXPECT_EQ(draw_one(1, 50, 0), 0U);
    EXPECT_EQ(draw_one(1, 50, 1), 50U);
}

// are the places different, and does each have the same chance, for few and for many of them?
TEST(FlowDraws, places) {
    for (const uint64_t count : {3U, 40U}) {
        constexpr uint32_t kDraws = 20000;
        constexpr uint64_t kPlaces = 50;
        std::vector<uint64_t> seen(kPlaces);
        std::vector<uint64_t> first(kPlaces);
        std::vector<uint64_t> out;
        for (uint32_t i = 0; i < kDraws; ++i) {
            choose_places({{3, 0}, Purpose::flow_place, 0, i, 9}, kPlaces, count, out);
            ASSERT_EQ(std::set<uint64_t>(out.begin(), out.end()).size(), count);
            for (const uint64_t place : out) ++seen.at(place);
            ++first.at(out.front());
        }
        const double p = static_cast<double>(count) / kPlaces;
        for (const uint64_t n : seen)
            EXPECT_NEAR(static_cast<double>(n), kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p)));
        for (const uint64_t n : first) EXPECT_NEAR(static_cast<double>(n), kDraws / 50.0, 5 * std::sqrt(kDraws / 50.0));
    }
}

}  // namespace
}  // namespace chipchain
