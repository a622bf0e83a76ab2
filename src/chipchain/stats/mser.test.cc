// Does MSER-5 find the end of a warm-up that we planted, and does it say when the run is too short?
#include "chipchain/stats/mser.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

// The statistic straight from its definition (White 1997).
double direct_statistic(const std::vector<double>& z, size_t d) {
    double mean = 0;
    for (size_t j = d; j < z.size(); ++j) {
        mean += z[j] / static_cast<double>(z.size() - d);
    }
    double sum = 0;
    for (size_t j = d; j < z.size(); ++j) {
        sum += (z[j] - mean) * (z[j] - mean);
    }
    return sum / (static_cast<double>(z.size() - d) * static_cast<double>(z.size() - d));
}

TEST(mser, hand_example) {
    // one bad batch in front of eleven that alternate between 1 and 3
    std::vector<double> series(5, 100.0);
    for (int i = 0; i < 11; ++i) {
        series.insert(series.end(), 5, i % 2 == 0 ? 1.0 : 3.0);
    }
    series.push_back(1e9);  // an incomplete batch at the end is not used
    const MserResult r = mser(series);
    EXPECT_EQ(r.batch_count, 12);
    EXPECT_EQ(r.truncation, 5);
    EXPECT_DOUBLE_EQ(r.mean, 21.0 / 11);
    // eleven values, 6 of 1 and 5 of 3: squared deviations 11 - 1/11 over 11^2
    EXPECT_NEAR(r.statistic[1], (11 - 1.0 / 11) / 121, 1e-14);
    EXPECT_FALSE(r.extend_run);
}

RC_GTEST_PROP(mser, statistic_is_the_definition, (std::vector<int16_t> raw)) {
    std::vector<double> series(raw.begin(), raw.end());
    const MserResult r = mser(series, 1);
    RC_ASSERT(r.statistic.size() == series.size());
    double scale = 1;
    for (double x : series) {
        scale = std::fmax(scale, x * x);
    }
    for (size_t d = 0; d < series.size(); ++d) {
        RC_ASSERT(std::fabs(r.statistic[d] - direct_statistic(series, d)) <= 1e-12 * scale);
    }
    // the chosen point is the first minimum of the first half
    const size_t chosen = static_cast<size_t>(r.truncation);
    if (series.size() >= 10) {
        for (size_t d = 0; d <= series.size() / 2; ++d) {
            const double here = r.statistic[d];
            const double best = r.statistic[chosen];
            RC_ASSERT((d < chosen ? here > best : here >= best));
        }
    } else {
        RC_ASSERT(r.extend_run);
        RC_ASSERT(chosen == 0);
    }
}

TEST(mser, finds_the_end_of_a_planted_warm_up) {
    // a ramp from 20 below to steady state over 400 of 4000 observations
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        TestRandom random{seed};
        std::vector<double> series;
        for (int i = 0; i < 4000; ++i) {
            series.push_back(100 + random.normal() - (i < 400 ? 20.0 * (400 - i) / 400 : 0.0));
        }
        const MserResult r = mser(series);
        EXPECT_GE(r.truncation, 340) << seed;
        EXPECT_LE(r.truncation, 600) << seed;
        EXPECT_EQ(r.truncation % 5, 0);
        EXPECT_NEAR(r.mean, 100, 0.1);
        EXPECT_FALSE(r.extend_run);
    }
}

TEST(mser, steady_series_is_hardly_cut) {
    const MserResult constant = mser(std::vector<double>(1000, 0.1));
    EXPECT_EQ(constant.truncation, 0);
    EXPECT_FALSE(constant.extend_run);
    int64_t cut = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        TestRandom random{seed};
        std::vector<double> series;
        for (int i = 0; i < 2000; ++i) {
            series.push_back(random.normal());
        }
        cut += mser(series).truncation;
    }
    EXPECT_LT(cut / 20, 200);
}

TEST(mser, a_series_that_still_rises_asks_for_a_longer_run) {
    std::vector<double> rising;
    for (int i = 0; i < 500; ++i) {
        rising.push_back(i);
    }
    const MserResult r = mser(rising);
    EXPECT_TRUE(r.extend_run);
    EXPECT_EQ(r.truncation, 250);
    // the level changes at three quarters of the run
    std::vector<double> late(750, 0.0);
    late.insert(late.end(), 250, 10.0);
    EXPECT_TRUE(mser(late).extend_run);
}

TEST(mser, short_series_ask_for_a_longer_run) {
    EXPECT_TRUE(mser({}).extend_run);
    EXPECT_EQ(mser({}).batch_count, 0);
    const std::vector<double> few(49, 2.0);
    EXPECT_TRUE(mser(few).extend_run);
    EXPECT_EQ(mser(few).mean, 2.0);
    EXPECT_FALSE(mser(std::vector<double>(50, 2.0)).extend_run);
}

}  // namespace
}  // namespace chipchain
