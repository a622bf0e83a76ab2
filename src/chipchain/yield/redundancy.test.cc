// Do partly working dies add up as the vectors of backend facts 4.5 say, by formula and by sampling?
#include "chipchain/yield/redundancy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "chipchain/stats/special.h"

namespace chipchain {
namespace {

constexpr CoreArray kTwenty = {20, 0.15, 1.29};  // half a reticle: 4.29 cm2

TEST(YieldRedundancy, Vectors) {
    struct Row {
        uint32_t needed;
        double poisson, nb3;
    };
    const Row rows[] = {{20, .6512, .6697}, {19, .8480, .8470}, {18, .8762, .8769}, {16, .8790, .8813}};
    for (const Row& r : rows) {
        EXPECT_NEAR(yield_at_least(kTwenty, r.needed, .1), r.poisson, .51e-4) << r.needed;
        EXPECT_NEAR(yield_at_least(kTwenty, r.needed, .1, 3), r.nb3, .51e-4) << r.needed;
    }
}

// The published test of the spare term [157]: 32 blocks of 10 mm2 at .1/cm2 without spares, .72498. It is right for no
// spares only, and takes 1 - D A for the survival of a block, where e^-DA gives .72615.
TEST(YieldRedundancy, PublishedSpareTermWithoutSpares) {
    EXPECT_NEAR(binomial_tails(31, 32, 1 - .1 * .1).upper, .72498, .5e-5);
    EXPECT_NEAR(yield_at_least({32, .1, 0}, 32, .1), .72615, .5e-5);
}

// inclusion-exclusion over the dead cores, in long double: exact for few cores
double by_inclusion(const CoreArray& array, uint32_t needed, double d0, double alpha) {
    long double sum = 0;
    const uint32_t n = array.cores;
    const auto choose = [](uint32_t a, uint32_t b) {
        long double c = 1;
        for (uint32_t i = 1; i <= b; ++i) c = c * (a - b + i) / i;
        return c;
    };
    for (uint32_t i = needed; i <= n; ++i) {
        for (uint32_t j = 0; j <= n - i; ++j) {
            // in double the sum of the areas alone would spoil the tenth digit
            const long double core = array.core_area_cm2;
            const long double area = array.uncore_area_cm2 + core * (i + j);
            const long double survival =
                alpha == kNoClustering ? std::exp(-d0 * area) : std::exp(-alpha * std::log1p(d0 * area / alpha));
            sum += choose(n, i) * choose(n - i, j) * (j % 2 == 0 ? 1 : -1) * survival;
        }
    }
    return static_cast<double>(sum);
}

TEST(YieldRedundancy, QuadratureAgreesWithInclusionExclusion) {
    const CoreArray arrays[] = {{1, .5, .2}, {4, .3, 0}, {12, .05, 1}, kTwenty};
    for (const CoreArray& array : arrays) {
        for (const double alpha : {.3, 1.0, 3.0, 20.0, 500.0, kNoClustering}) {
            for (const double d0 : {.02, .1, 1.0}) {
                for (uint32_t needed = 0; needed <= array.cores; ++needed) {
                    EXPECT_NEAR(yield_at_least(array, needed, d0, alpha), by_inclusion(array, needed, d0, alpha), 1e-10)
                        << array.cores << " " << needed << " " << alpha << " " << d0;
                }
            }
        }
    }
}

// bins and uncore loss are everything; all cores working is the yield of the whole area; many cores stay stable
TEST(YieldRedundancy, Identities) {
    for (const double alpha : {.5, 3.0, kNoClustering}) {
        for (const uint32_t cores : {1U, 20U, 144U, 1000U}) {
            const CoreArray array = {cores, 6.0 / cores, 1.5};
            const std::vector<double> bins = harvest_bins(array, .2, alpha);
            for (const double bin : bins) EXPECT_GE(bin, 0);
            EXPECT_NEAR(std::accumulate(bins.begin(), bins.end(), 0.0), negative_binomial_yield(.2, 1.5, alpha), 1e-10);
            EXPECT_NEAR(bins.back(), negative_binomial_yield(.2, 7.5, alpha), 1e-10);
            EXPECT_NEAR(yield_at_least(array, 0, 0, alpha), 1, 1e-13);
        }
    }
}

// a chi-square test of the sampled bins against the formula, at fixed seeds
TEST(YieldRedundancy, SamplingAgreesWithFormula) {
    constexpr uint32_t kDies = 20000;
    for (const double alpha : {2.0, kNoClustering}) {
        const CoreArray array = {8, .2, .8};
        std::vector<double> expected = harvest_bins(array, .4, alpha);
        expected.push_back(1 - std::accumulate(expected.begin(), expected.end(), 0.0));
        const std::vector<uint64_t> counted = sample_harvest(array, .4, alpha, {9, 0}, kDies);
        ASSERT_EQ(counted.size(), expected.size());
        EXPECT_EQ(std::accumulate(counted.begin(), counted.end(), uint64_t{0}), kDies);
        double chi_square = 0;
        int cells = 0;
        double rare_expected = 0;  // cells of fewer than 5 dies are one cell
        double rare_counted = 0;
        const auto add = [&chi_square, &cells](double count, double mean) {
            chi_square += (count - mean) * (count - mean) / mean;
            ++cells;
        };
        for (size_t i = 0; i < counted.size(); ++i) {
            const double mean = expected[i] * kDies;
            if (mean < 5) {
                rare_expected += mean;
                rare_counted += static_cast<double>(counted[i]);
            } else {
                add(static_cast<double>(counted[i]), mean);
            }
        }
        if (rare_expected > 1) add(rare_counted, rare_expected);
        EXPECT_GE(cells, 5);
        EXPECT_GT(chi_square_tails(chi_square, cells - 1).upper, 1e-4) << chi_square << " of " << cells;
    }
}

TEST(YieldRedundancy, ProductsTakeWhatBetterOnesLeave) {
    const std::vector<double> bins = harvest_bins(kTwenty, .1, 3);
    const HarvestProduct products[] = {{20, 300}, {18, 200}, {16, 90}};
    const std::vector<double> shares = product_shares(bins, products);
    ASSERT_EQ(shares.size(), 3U);
    EXPECT_NEAR(shares[0], .6697, .51e-4);
    EXPECT_NEAR(shares[0] + shares[1], .8769, .51e-4);
    EXPECT_NEAR(shares[0] + shares[1] + shares[2], .8813, .51e-4);
    EXPECT_NEAR(harvest_value_usd(bins, products), 300 * shares[0] + 200 * shares[1] + 90 * shares[2], 1e-12);
}

}  // namespace
}  // namespace chipchain
