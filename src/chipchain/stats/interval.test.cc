// Do the intervals match textbook examples, cover what they promise, and stop a study at the right time?
#include "chipchain/stats/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "chipchain/stats/special.h"
#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

TEST(interval, mean_of_ten_values_from_law) {
    // Law, Simulation Modeling and Analysis, example 4.27: mean 1.34, S^2 0.17, 90 % interval 1.34 +- 0.24
    const std::vector<double> values = {1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09};
    const MeanInterval i = mean_interval(values, 0.90);
    EXPECT_EQ(i.count, 10);
    EXPECT_NEAR(i.mean, 1.34, 0.005);
    EXPECT_NEAR(i.std_dev * i.std_dev, 0.17, 0.005);
    EXPECT_NEAR(i.half_width, 0.24, 0.005);
    EXPECT_NEAR(i.relative_half_width(), i.half_width / i.mean, 1e-15);
    EXPECT_TRUE(i.contains(1.2));
    EXPECT_FALSE(i.contains(1.6));
}

TEST(interval, half_width_is_t_times_standard_error) {
    // two values: t(0.975; 1) = 12.7062, s = sqrt(2), so half width = 12.7062
    const std::vector<double> two = {1.0, 3.0};
    EXPECT_NEAR(mean_interval(two).half_width, 12.7062047361747, 1e-11);
    EXPECT_NEAR(mean_interval(two, 0.5).half_width, 1.0, 1e-12);
}

TEST(interval, too_few_values_have_no_bound) {
    for (size_t n : {0u, 1u}) {
        const MeanInterval i = mean_interval(std::vector<double>(n, 5.0));
        EXPECT_EQ(i.half_width, std::numeric_limits<double>::infinity());
        EXPECT_EQ(i.relative_half_width(), std::numeric_limits<double>::infinity());
        EXPECT_TRUE(is_noise(i));
        EXPECT_TRUE(is_noise(i, 100));
        EXPECT_EQ(judge(i, 100), Verdict::noise);
    }
    EXPECT_EQ(mean_interval(std::vector<double>{}).mean, 0.0);
    const std::vector<double> equal = {0.0, 0.0, 0.0};
    EXPECT_EQ(mean_interval(equal).relative_half_width(), 0.0);
}

TEST(interval, covers_as_often_as_promised) {
    TestRandom random{11};
    constexpr int kTrials = 20000;
    int covered = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
        Tally tally;
        for (int i = 0; i < 5; ++i) {
            tally.add(3 + random.normal());
        }
        covered += mean_interval(tally, 0.9).contains(3.0);
    }
    EXPECT_NEAR(static_cast<double>(covered) / kTrials, 0.9, 4 * std::sqrt(0.09 / kTrials));
}

TEST(interval, paired_difference_from_law) {
    // Law, section 10.2.1, two inventory policies: differences 8.76 4.09 4.23 -0.02 7.83, mean 4.98, variance of the
    // mean 2.44, 90 % interval [1.65, 8.31]
    const std::vector<double> first = {126.97, 124.31, 126.68, 122.66, 127.23};
    const std::vector<double> second = {118.21, 120.22, 122.45, 122.68, 119.40};
    const MeanInterval d = paired_interval(first, second, 0.90);
    EXPECT_NEAR(d.mean, 4.98, 0.005);
    EXPECT_NEAR(d.std_dev * d.std_dev / 5, 2.44, 0.005);
    EXPECT_NEAR(d.low(), 1.65, 0.005);
    EXPECT_NEAR(d.high(), 8.31, 0.005);
    EXPECT_EQ(judge(d), Verdict::first_greater);
    EXPECT_EQ(judge(paired_interval(second, first, 0.90)), Verdict::second_greater);
    EXPECT_EQ(judge(paired_interval(first, second, 0.99)), Verdict::noise);
}

TEST(interval, common_random_numbers_reveal_a_small_difference) {
    TestRandom random{5};
    std::vector<double> first, second;
    for (int i = 0; i < 20; ++i) {
        const double shared = 10 * random.normal();
        first.push_back(100 + shared + 0.1 * random.normal());
        second.push_back(101 + shared + 0.1 * random.normal());
    }
    EXPECT_EQ(judge(paired_interval(first, second)), Verdict::second_greater);
    // as independent samples they could not be told apart
    EXPECT_TRUE(mean_interval(first).contains(mean_interval(second).mean));
}

TEST(interval, verdict_with_a_practical_threshold) {
    MeanInterval d;
    d.count = 10;
    d.mean = 0.3;
    d.half_width = 0.1;
    EXPECT_EQ(judge(d), Verdict::first_greater);
    EXPECT_EQ(judge(d, 0.5), Verdict::negligible);
    EXPECT_TRUE(is_noise(d, 0.5));
    EXPECT_EQ(judge(d, 0.35), Verdict::first_greater);  // may be above the threshold
    d.half_width = 0.4;
    EXPECT_EQ(judge(d, 0.5), Verdict::noise);  // neither surely small nor surely there
}

TEST(interval, ranking_separates_what_the_data_separate) {
    TestRandom random{9};
    std::vector<std::vector<double>> samples(4);
    for (int r = 0; r < 15; ++r) {
        const double shared = random.normal();
        samples[0].push_back(12 + shared + 0.2 * random.normal());
        samples[1].push_back(10 + shared + 0.2 * random.normal());
        samples[2].push_back(15 + shared + 0.2 * random.normal());
        samples[3].push_back(samples[1].back() + 0.01 * (r % 2 == 0 ? 1 : -1));  // the same but for a balanced ripple
    }
    const Ranking ranking = rank_systems(samples, 0.95);
    EXPECT_EQ(ranking.pairs.size(), 6u);
    EXPECT_NEAR(ranking.pair_level, 1 - 0.05 / 6, 1e-15);
    EXPECT_EQ(ranking.by_mean[2], 0u);
    EXPECT_EQ(ranking.by_mean[3], 2u);
    EXPECT_EQ(ranking.perhaps_least, (std::vector<uint32_t>{1, 3}));
    EXPECT_EQ(ranking.pair(0, 1).verdict, Verdict::first_greater);
    EXPECT_EQ(ranking.pair(0, 2).verdict, Verdict::second_greater);
    EXPECT_EQ(ranking.pair(1, 3).verdict, Verdict::noise);
    for (uint32_t i = 0; i < 4; ++i) {
        for (uint32_t j = i + 1; j < 4; ++j) {
            EXPECT_EQ(ranking.pair(i, j).first, i);
            EXPECT_EQ(ranking.pair(i, j).second, j);
        }
    }
}

TEST(interval, ranking_of_none_one_and_equals) {
    EXPECT_TRUE(rank_systems({}).by_mean.empty());
    const std::vector<std::vector<double>> one = {{1, 2, 3}};
    EXPECT_EQ(rank_systems(one).perhaps_least, std::vector<uint32_t>{0});
    const std::vector<std::vector<double>> equal = {{1, 2}, {1, 2}, {1, 2}};
    EXPECT_EQ(rank_systems(equal).by_mean, (std::vector<uint32_t>{0, 1, 2}));
    EXPECT_EQ(rank_systems(equal).perhaps_least, (std::vector<uint32_t>{0, 1, 2}));
}

TEST(interval, bonferroni_keeps_the_family_of_statements) {
    // six systems without any difference: all 15 statements together are wrong in at most 10 % of the studies
    TestRandom random{21};
    constexpr int kTrials = 1500;
    int wrong = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<std::vector<double>> samples(6);
        for (auto& sample : samples) {
            for (int r = 0; r < 8; ++r) {
                sample.push_back(random.normal());
            }
        }
        wrong += rank_systems(samples, 0.9).perhaps_least.size() < 6;
    }
    EXPECT_LT(static_cast<double>(wrong) / kTrials, 0.1 + 3 * std::sqrt(0.09 / kTrials));
    EXPECT_GT(wrong, 0);
}

TEST(sequential_stop, stops_when_precise_and_not_before_the_minimum) {
    SequentialStop rule;
    rule.relative_precision = 0.1;
    rule.min_replications = 4;
    rule.max_replications = 50;
    Tally tally;
    EXPECT_FALSE(rule.done(tally));
    for (int i = 0; i < 3; ++i) {
        tally.add(10);
        EXPECT_FALSE(rule.done(tally));
    }
    tally.add(10);
    EXPECT_TRUE(rule.done(tally));
    EXPECT_TRUE(rule.precise(tally));
    Tally wild;
    for (int i = 0; i < 49; ++i) {
        wild.add(i % 2 == 0 ? 1 : -1);
        EXPECT_FALSE(rule.done(wild));
    }
    wild.add(1);
    EXPECT_TRUE(rule.done(wild));
    EXPECT_FALSE(rule.precise(wild));
}

TEST(sequential_stop, expected_total_is_the_least_number_that_is_enough) {
    SequentialStop rule;
    rule.relative_precision = 0.05;
    rule.min_replications = 5;
    rule.max_replications = 10000;
    Tally tally;
    EXPECT_EQ(rule.expected_total(tally), 5);
    for (double x : {8.0, 9.0, 10.0, 11.0, 12.0}) {
        tally.add(x);
    }
    // mean 10, s = 1.5811: t(0.975; n-1) 1.5811 / sqrt(n) <= 0.5 first at n = 41 (t = 2.0211, 0.49905)
    EXPECT_EQ(rule.expected_total(tally), 41);
    rule.max_replications = 20;
    EXPECT_EQ(rule.expected_total(tally), 20);
}

// A first-order autoregression with correlation phi of neighbours.
std::vector<double> autoregression(double phi, size_t n, uint64_t seed) {
    TestRandom random{seed};
    std::vector<double> out;
    double x = random.normal() / std::sqrt(1 - phi * phi);
    for (size_t i = 0; i < n; ++i) {
        out.push_back(50 + x);
        x = phi * x + random.normal();
    }
    return out;
}

TEST(batch_means, hand_example) {
    // front value left out, then batches (1 3) (5 3) (8 10): means 2 4 9, mean 5, squared steps 4 + 25, deviations 26
    const std::vector<double> series = {99, 1, 3, 5, 3, 8, 10};
    const BatchMeans b = batch_means(series, 3);
    EXPECT_EQ(b.batch_size, 2);
    EXPECT_EQ(b.batch_count, 3);
    EXPECT_DOUBLE_EQ(b.interval.mean, 5.0);
    EXPECT_DOUBLE_EQ(b.interval.std_dev, std::sqrt(13.0));
    EXPECT_DOUBLE_EQ(b.lag1, 1 - 29.0 / 52);
    EXPECT_TRUE(b.correlated);
}

TEST(batch_means, short_series_has_no_bound) {
    const std::vector<double> series = {1, 2, 3};
    const BatchMeans b = batch_means(series, 10);
    EXPECT_EQ(b.batch_size, 0);
    EXPECT_EQ(b.batch_count, 0);
    EXPECT_EQ(b.interval.half_width, std::numeric_limits<double>::infinity());
    EXPECT_EQ(batch_means_auto({}).interval.count, 0);
    // enough for ten batches, not for thirty
    EXPECT_EQ(batch_means_auto(autoregression(0, 12, 1)).batch_count, 10);
}

TEST(batch_means, von_neumann_p_value_is_uniform_without_correlation) {
    int below = 0;
    constexpr int kTrials = 2000;
    for (uint64_t trial = 0; trial < kTrials; ++trial) {
        below += batch_means(autoregression(0, 20, 1000 + trial), 20).lag1_p_value < 0.1;
    }
    EXPECT_NEAR(static_cast<double>(below) / kTrials, 0.1, 4 * std::sqrt(0.09 / kTrials));
}

TEST(batch_means, lag1_has_the_variance_of_von_neumann) {
    // for five independent normal batches the variance of lag1 is exactly (5 - 2) / (5^2 - 1) = 1/8, and its mean 0
    constexpr int kTrials = 20000;
    Tally lag1;
    TestRandom random{4};
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<double> series;
        for (int i = 0; i < 5; ++i) {
            series.push_back(random.normal());
        }
        const BatchMeans b = batch_means(series, 5);
        lag1.add(b.lag1);
        ASSERT_NEAR(b.lag1_p_value, normal_cdf(-b.lag1 * std::sqrt(8.0)), 1e-14);
    }
    EXPECT_NEAR(lag1.mean(), 0, 4 * std::sqrt(0.125 / kTrials));
    EXPECT_NEAR(lag1.variance(), 0.125, 0.005);
}

TEST(batch_means, sees_correlation_and_enlarges_the_batches) {
    const auto strong = autoregression(0.98, 300, 3);
    EXPECT_TRUE(batch_means(strong, 30).correlated);
    EXPECT_LT(batch_means(strong, 30).lag1_p_value, 0.05);
    int enlarged = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
        const BatchMeans chosen = batch_means_auto(autoregression(0.9, 900, seed));
        enlarged += chosen.batch_count < 30;
        EXPECT_TRUE(chosen.batch_count == 10 || !chosen.correlated);
    }
    EXPECT_GT(enlarged, 5);
}

TEST(batch_means, interval_covers_an_autocorrelated_mean) {
    int covered = 0;
    constexpr int kTrials = 400;
    for (uint64_t trial = 0; trial < kTrials; ++trial) {
        covered += batch_means_auto(autoregression(0.8, 3000, 77 + trial), 0.9).interval.contains(50);
    }
    EXPECT_NEAR(static_cast<double>(covered) / kTrials, 0.9, 0.06);
}

}  // namespace
}  // namespace chipchain
