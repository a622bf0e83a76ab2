// Does the sampled yield agree with the closed form within five standard errors, and is the clustering that was put in
// found again? All with fixed seeds: a failure is a mistake, not bad luck.
#include "chipchain/yield/defects.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/yield/gamma_mean.h"
#include "chipchain/yield/grid.h"
#include "chipchain/yield/sampling.h"

namespace chipchain {
namespace {

constexpr uint8_t kGood = 1;
constexpr uint8_t kDefect = 2;

// a 300 mm wafer of dies of that size
SubstrateMap wafer_of(double x_mm, double y_mm) {
    const Region region = usable_region(WaferShape{});
    const GridCell cell = device_cell(x_mm, y_mm, 0.1);
    SubstrateMap map = map_of(region, cell, place(region, cell, Centring::corner));
    for (uint8_t& code : map.codes) code = code == kNullBin ? kNullBin : kGood;
    map.bins = {{kGood, true, "good"}, {kDefect, false, "defect"}};
    return map;
}

Tally sampled_yields(const SubstrateMap& map, const DefectModel& model, uint32_t substrates) {
    Tally yields;
    for (uint32_t number = 0; number < substrates; ++number) {
        SubstrateMap copy = map;
        yields.add(sample_defects(model, {7, 0}, number, kDefect, copy).yield());
    }
    return yields;
}

double standard_error(const Tally& values) { return values.std_dev() / std::sqrt(static_cast<double>(values.count())); }

// the substrate's yields are independent, so the mean has standard error s / sqrt(n) at every level of clustering
TEST(YieldDefects, MeanYieldAgreesWithClosedForm) {
    struct Row {
        const char* name;
        DefectModel model;
        double alpha;  // of the closed form, or 0
    };
    const Row rows[] = {
        {"poisson", {0.4}, kNoClustering},
        {"device", {0.4, kNoClustering, kNoClustering, 2}, 2},
        {"zone", {0.4, kNoClustering, 0.5}, 0.5},
        {"substrate", {0.4, 1.5}, 1.5},
        {"all levels and radial", {0.4, 5, 2, 3, 6, 6, 2, 3}, 0},
    };
    const SubstrateMap map = wafer_of(10, 10);
    for (const Row& r : rows) {
        const double expected = expected_yield(map, r.model);
        if (r.alpha > 0) {
            EXPECT_NEAR(expected, negative_binomial_yield(0.4, 1, r.alpha), 1e-12) << r.name;
        }
        const Tally yields = sampled_yields(map, r.model, 300);
        EXPECT_LT(std::fabs(yields.mean() - expected), 5 * standard_error(yields))
            << r.name << " " << yields.mean() << " expected " << expected << " +- " << standard_error(yields);
        EXPECT_LT(standard_error(yields), 0.03) << "the test would see no difference";
    }
}

// counts per device, zone or wafer scatter as a negative binomial with the alpha of that level
TEST(YieldDefects, ClusterParameterIsRecovered) {
    const SubstrateMap map = wafer_of(10, 10);
    std::vector<uint32_t> counts;
    Tally of_device;
    Tally of_zone;
    Tally of_wafer;
    for (uint32_t number = 0; number < 1000; ++number) {
        SubstrateMap copy = map;
        if (number < 200) {
            sample_defects({0.5, kNoClustering, kNoClustering, 2}, {11, 0}, number, kDefect, copy, &counts);
            for (size_t i = 0; i < counts.size(); ++i) {
                if (map.codes[i] == kGood) of_device.add(counts[i]);
            }
            copy = map;
            sample_defects({0.5, kNoClustering, 2, kNoClustering, 4, 4}, {12, 0}, number, kDefect, copy, &counts);
            // whole zones only: blocks of 4 x 4 that are devices throughout
            for (uint32_t top = 0; top + 4 <= map.rows; top += 4) {
                for (uint32_t left = 0; left + 4 <= map.columns; left += 4) {
                    bool whole = true;
                    double sum = 0;
                    for (uint32_t i = 0; i < 16; ++i) {
                        whole = whole && map.at(top + i / 4, left + i % 4) == kGood;
                        sum += counts[(top + i / 4) * map.columns + left + i % 4];
                    }
                    if (whole) of_zone.add(sum);
                }
            }
            copy = map;
        }
        of_wafer.add(static_cast<double>(sample_defects({0.5, 2}, {13, 0}, number, kDefect, copy).defects));
    }
    ASSERT_GT(of_zone.count(), 5000);
    EXPECT_NEAR(of_device.mean(), 0.5, 5 * standard_error(of_device));
    // the estimate's standard deviation is about 2 sqrt(6 / n): 0.015, 0.07 and 0.15
    EXPECT_NEAR(cluster_alpha(of_device).value(), 2, 0.1);
    EXPECT_NEAR(cluster_alpha(of_zone).value(), 2, 0.3);
    EXPECT_NEAR(cluster_alpha(of_wafer).value(), 2, 0.35);
    // and without clustering none is found beyond the noise
    Tally poisson;
    SubstrateMap copy = map;
    sample_defects({0.5}, {14, 0}, 0, kDefect, copy, &counts);
    for (size_t i = 0; i < counts.size(); ++i) {
        if (map.codes[i] == kGood) poisson.add(counts[i]);
    }
    EXPECT_GT(cluster_alpha(poisson).value_or(1e9), 5);
}

TEST(YieldDefects, RadialRiseKeepsTheMeanAndHurtsTheRim) {
    const SubstrateMap map = wafer_of(10, 10);
    const DefectModel model{.d0_per_cm2 = 0.4, .radial_rise = 3, .radial_power = 2};
    const std::vector<double> factors = radial_factors(map, model);
    double sum = 0;
    for (const double factor : factors) sum += factor;
    EXPECT_NEAR(sum, static_cast<double>(map.devices()), 1e-9);
    // Jensen: spreading the density out raises the yield
    EXPECT_GT(expected_yield(map, model), expected_yield(map, {.d0_per_cm2 = 0.4}));
    // does a die fail as often as its radius says? E[factor | failed] = sum f (1 - e^-mf) / sum (1 - e^-mf)
    double weighted = 0;
    double fails = 0;
    for (const double factor : factors) {
        const double fail = 1 - std::exp(-0.4 * factor);
        weighted += factor * fail;
        fails += fail;
    }
    Tally failed;
    for (uint32_t number = 0; number < 50; ++number) {
        SubstrateMap copy = map;
        sample_defects(model, {3, 0}, number, kDefect, copy);
        for (size_t i = 0; i < factors.size(); ++i) {
            if (copy.codes[i] == kDefect) failed.add(factors[i]);
        }
    }
    EXPECT_NEAR(failed.mean(), weighted / fails, 5 * standard_error(failed));
    EXPECT_GT(failed.mean(), 1.05);
}

// same key, same map; another substrate or replication, another map; only passing devices are touched
TEST(YieldDefects, DrawsAreKeyed) {
    const DefectModel model{0.5, 4, 2, 1};
    const SubstrateMap map = wafer_of(12, 8);
    SubstrateMap first = map;
    SubstrateMap again = map;
    SubstrateMap other = map;
    SubstrateMap replication = map;
    sample_defects(model, {1, 0}, 5, kDefect, first);
    sample_defects(model, {1, 0}, 5, kDefect, again);
    sample_defects(model, {1, 0}, 6, kDefect, other);
    sample_defects(model, {1, 1}, 5, kDefect, replication);
    EXPECT_EQ(first.codes, again.codes);
    EXPECT_NE(first.codes, other.codes);
    EXPECT_NE(first.codes, replication.codes);
    // scrapping a die beforehand shifts nobody else's fate
    SubstrateMap scrapped = map;
    scrapped.bins.push_back({3, false, "scrapped"});
    const size_t middle = map.codes.size() / 2;
    scrapped.codes[middle] = 3;
    const DefectSample sample = sample_defects(model, {1, 0}, 5, kDefect, scrapped);
    EXPECT_EQ(sample.tested, map.devices() - 1);
    EXPECT_EQ(scrapped.codes[middle], 3);
    scrapped.codes[middle] = first.codes[middle];
    EXPECT_EQ(scrapped.codes, first.codes);
    EXPECT_EQ(first.devices(), map.devices());
}

// the same bits with every compiler and optimisation: figures of the first build
TEST(YieldDefects, SameBitsOnEveryBuild) {
    const DefectModel model{0.4, 5, 2, 0.7, 6, 6, 2, 3};
    SubstrateMap map = wafer_of(10, 10);
    EXPECT_EQ(expected_yield(map, model), 0x1.88e4bfb9e008cp-1);
    const DefectSample sample = sample_defects(model, {2026, 3}, 17, kDefect, map);
    EXPECT_EQ(sample.failed, 108U);
    EXPECT_EQ(sample.defects, 164U);
}

// E[exp(-m G)] is the negative binomial yield: the quadrature for sharp and for very strong clustering
TEST(YieldDefects, GammaMeanMatchesNegativeBinomial) {
    for (const double alpha : {.05, .3, 1.0, 3.0, 10.0, 100.0, 1e4}) {
        for (const double m : {.01, .5, 3.0, 30.0}) {
            const double mean = gamma_mean(alpha, [m](double g) { return deterministic_exp(-m * g); });
            const double exact = negative_binomial_yield(m, 1, alpha);
            EXPECT_NEAR(mean / exact, 1, 1e-10) << alpha << " " << m;
        }
        EXPECT_NEAR(gamma_mean(alpha, [](double g) { return g; }), 1, 1e-10) << alpha;
    }
}

TEST(YieldDefects, SamplersHaveTheirMoments) {
    for (const double alpha : {.3, 1.0, 4.0}) {
        Tally gamma;
        for (uint32_t i = 0; i < 20000; ++i) gamma.add(gamma_draw({{5, 0}, DrawKind::zone_density, i, 0}, alpha));
        EXPECT_NEAR(gamma.mean(), 1, 5 * standard_error(gamma)) << alpha;
        EXPECT_NEAR(gamma.variance() * alpha, 1, 0.12) << alpha;
    }
    for (const double mean : {.2, 5.0, 40.0}) {
        Tally poisson;
        Tally hit;
        for (uint32_t i = 0; i < 20000; ++i) {
            poisson.add(poisson_draw({{6, 0}, DrawKind::defect_count, i, 0}, mean));
            hit.add(defect_draw({{6, 0}, DrawKind::core, i, 0}, mean) ? 1 : 0);
        }
        EXPECT_NEAR(poisson.mean(), mean, 5 * standard_error(poisson));
        EXPECT_NEAR(poisson.variance() / mean, 1, 0.06);
        EXPECT_NEAR(hit.mean(), 1 - std::exp(-mean), 5 * standard_error(hit) + 1e-12);
    }
    EXPECT_EQ(poisson_draw({{6, 0}, DrawKind::defect_count, 0, 0}, 0), 0U);
}

}  // namespace
}  // namespace chipchain
