// Are the exact quantiles those of R, do the intervals cover what they promise, and does the histogram keep its bound?
#include "chipchain/stats/quantile.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "chipchain/stats/special.h"
#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

TEST(quantile, type_7_matches_r) {
    // R: quantile(1:10), quantile(c(1, 2, 4, 8), c(0.3, 0.9))
    const std::vector<double> ten = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    EXPECT_DOUBLE_EQ(quantile_of_sorted(ten, 0.25), 3.25);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(ten, 0.5), 5.5);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(ten, 0.75), 7.75);
    const std::vector<double> four = {1, 2, 4, 8};
    EXPECT_DOUBLE_EQ(quantile_of_sorted(four, 0.3), 1.9);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(four, 0.9), 6.8);
}

TEST(quantile, edges_and_ties) {
    EXPECT_EQ(quantile_of_sorted({}, 0.5), 0.0);
    const std::vector<double> one = {3};
    EXPECT_EQ(quantile_of_sorted(one, 0.0), 3.0);
    EXPECT_EQ(quantile_of_sorted(one, 1.0), 3.0);
    const std::vector<double> ties = {1, 2, 2, 2, 2, 5};
    EXPECT_EQ(quantile_of_sorted(ties, 0.3), 2.0);
    EXPECT_EQ(quantile_of_sorted(ties, 0.8), 2.0);
    EXPECT_EQ(quantile_of_sorted(ties, 2.0), 5.0);
    EXPECT_EQ(quantile_of_sorted(ties, -1.0), 1.0);
    EXPECT_EQ(sorted_sample({3, -0.0, 1, 0.0}), (std::vector<double>{0, 0, 1, 3}));
    EXPECT_FALSE(std::signbit(sorted_sample({-0.0})[0]));
}

TEST(quantile, interval_of_the_median_matches_tables) {
    // Conover 1999, binomial table for p = 0.5: n = 10 ranks 2 and 9 cover 0.9785, n = 20 ranks 6 and 15 cover 0.9586
    std::vector<double> sample;
    for (int i = 1; i <= 20; ++i) {
        sample.push_back(i * i);
    }
    const QuantileInterval ten = quantile_interval(std::span(sample).first(10), 0.5, 0.95);
    EXPECT_EQ(ten.low_rank, 2);
    EXPECT_EQ(ten.high_rank, 9);
    EXPECT_EQ(ten.low, 4.0);
    EXPECT_EQ(ten.high, 81.0);
    EXPECT_NEAR(ten.coverage, 1 - 22.0 / 1024, 1e-12);
    EXPECT_TRUE(ten.reached);
    const QuantileInterval twenty = quantile_interval(sample, 0.5, 0.95);
    EXPECT_EQ(twenty.low_rank, 6);
    EXPECT_EQ(twenty.high_rank, 15);
    EXPECT_NEAR(twenty.coverage, 0.9586, 5e-5);
}

TEST(quantile, interval_says_when_the_sample_is_too_small) {
    // five values hold the median with probability 1 - 2/32 only; 58 are too few to
    // bound the 99th percentile from above
    const std::vector<double> five = {1, 2, 3, 4, 5};
    const QuantileInterval median = quantile_interval(five, 0.5, 0.95);
    EXPECT_FALSE(median.reached);
    EXPECT_NEAR(median.coverage, 0.9375, 1e-12);
    EXPECT_EQ(median.low, 1.0);
    EXPECT_EQ(median.high, 5.0);
    EXPECT_FALSE(quantile_interval(std::vector<double>(58, 1.0), 0.99, 0.95).reached);
    EXPECT_TRUE(quantile_interval(std::vector<double>(1000, 1.0), 0.99, 0.95).reached);
    EXPECT_EQ(quantile_interval({}, 0.5, 0.95).high_rank, 0);
}

TEST(quantile, interval_covers_as_often_as_promised) {
    // the 0.9-quantile of 100 exponential values, 4000 times: the share is within four sd of the stated coverage
    TestRandom random{7};
    const double truth = -deterministic_log(0.1);
    constexpr int kTrials = 4000;
    int covered = 0;
    double coverage = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<double> sample;
        for (int i = 0; i < 100; ++i) {
            sample.push_back(random.exponential());
        }
        const QuantileInterval interval = quantile_interval(sorted_sample(sample), 0.9, 0.9);
        covered += interval.low <= truth && truth <= interval.high;
        coverage = interval.coverage;
    }
    EXPECT_GE(coverage, 0.9);
    EXPECT_LT(coverage, 0.95);
    EXPECT_NEAR(static_cast<double>(covered) / kTrials, coverage, 4 * std::sqrt(0.09 / kTrials));
}

TEST(log_histogram, buckets_tile_the_range) {
    for (int bits : {0, 1, 3, 7}) {
        const LogHistogram h(bits, 1'000'000);
        Time next = 0;
        for (size_t i = 0; i < h.counts().size(); ++i) {
            ASSERT_EQ(h.bucket_low(i), next) << bits << " " << i;
            next += h.bucket_width(i);
        }
        EXPECT_GT(next, 1'000'000);
        EXPECT_LE(h.bucket_low(h.counts().size() - 1), 1'000'000);
    }
}

TEST(log_histogram, each_value_lands_in_its_bucket) {
    for (int bits : {0, 2, 7, 11}) {
        LogHistogram h(bits, INT64_MAX);
        for (Time v :
             {Time{0},
              Time{1},
              Time{127},
              Time{128},
              Time{255},
              Time{256},
              Time{257},
              kSecond,
              kDay - 1,
              kDay,
              INT64_MAX / 3,
              INT64_MAX}) {
            h.clear();
            h.record(v);
            const auto contents = h.contents();
            ASSERT_EQ(contents.buckets.size(), 1u);
            const size_t bucket = contents.buckets[0].first;
            EXPECT_LE(h.bucket_low(bucket), v);
            EXPECT_LE(v - h.bucket_low(bucket), h.bucket_width(bucket) - 1);
            EXPECT_EQ(h.quantile(0.5), v);  // clipped to [min, max]
        }
    }
}

TEST(log_histogram, memory_is_as_stated) {
    EXPECT_LE(LogHistogram().counts().size() * sizeof(int64_t), 43u * 1024);
    EXPECT_LE(LogHistogram(7, INT64_MAX).counts().size(), 128u * (63 - 7 + 1));
}

// Returns the exact nearest-rank quantile: the least value with at least p n values at or below it.
Time nearest_rank(std::vector<Time> values, int64_t percent) {
    std::sort(values.begin(), values.end());
    const int64_t n = static_cast<int64_t>(values.size());
    const int64_t rank = std::max<int64_t>(1, (percent * n + 99) / 100);
    return values[static_cast<size_t>(rank - 1)];
}

RC_GTEST_PROP(log_histogram, quantiles_keep_the_error_bound, (std::vector<uint64_t> words)) {
    RC_PRE(!words.empty());
    LogHistogram h(5, INT64_MAX);
    std::vector<Time> values;
    Int128 sum = 0;
    for (uint64_t w : words) {
        // all magnitudes are equally likely
        const Time value = static_cast<Time>((w * 0x9e3779b97f4a7c15) >> (1 + w % 63));
        values.push_back(value);
        sum += value;
        h.record(value);
    }
    RC_ASSERT(h.sum() == sum);
    RC_ASSERT(h.min() == *std::min_element(values.begin(), values.end()));
    RC_ASSERT(h.max() == *std::max_element(values.begin(), values.end()));
    RC_ASSERT(h.relative_error() == 1.0 / 64);
    for (int64_t percent : {0, 1, 7, 29, 50, 57, 95, 99, 100}) {
        const Time exact = nearest_rank(values, percent);
        const Time estimate = h.quantile(static_cast<double>(percent) / 100);
        RC_ASSERT(std::fabs(static_cast<double>(estimate - exact)) <= static_cast<double>(exact) / 64);
    }
}

TEST(log_histogram, rank_is_not_disturbed_by_decimal_fractions) {
    // 0.07 * 100 and 0.57 * 100 are above 7 and below 57 in binary
    LogHistogram h(7, 1000);
    for (Time v = 1; v <= 100; ++v) {
        h.record(v);
    }
    for (int percent = 1; percent <= 100; ++percent) {
        EXPECT_EQ(h.quantile(percent / 100.0), percent);
    }
}

TEST(log_histogram, empty_and_clamped) {
    LogHistogram h(4, 1000);
    EXPECT_EQ(h.quantile(0.5), 0);
    EXPECT_EQ(h.mean(), 0.0);
    EXPECT_EQ(h.min(), 0);
    EXPECT_EQ(h.max(), 0);
    h.record(-5);
    h.record(5000);
    h.record(1000);
    EXPECT_EQ(h.clamped(), 2);
    EXPECT_EQ(h.count(), 3);
    EXPECT_EQ(h.min(), -5);
    EXPECT_EQ(h.max(), 5000);
    EXPECT_DOUBLE_EQ(h.mean(), 5995.0 / 3);
}

TEST(log_histogram, mean_is_exact_where_doubles_lose_digits) {
    LogHistogram h(3, INT64_MAX);
    const Time large = (Time{1} << 62) + 1;
    for (int i = 0; i < 8; ++i) {
        h.record(large);
    }
    h.record(0);
    EXPECT_TRUE(h.sum() == static_cast<Int128>(large) * 8);
}

RC_GTEST_PROP(log_histogram, merge_equals_recording_all, (std::vector<int32_t> left, std::vector<uint64_t> right)) {
    LogHistogram a, b, both;
    for (int32_t v : left) {
        a.record(v);  // negative values too
        both.record(v);
    }
    for (uint64_t v : right) {
        b.record(static_cast<Time>(v >> 1));
        both.record(static_cast<Time>(v >> 1));
    }
    LogHistogram swapped = b;
    swapped.merge(a);
    a.merge(b);
    RC_ASSERT(a == both);
    RC_ASSERT(swapped == both);
    const auto restored = LogHistogram::from_contents(both.contents());
    RC_ASSERT(restored.has_value());
    RC_ASSERT(*restored == both);
}

TEST(log_histogram, refuses_contents_of_no_histogram) {
    LogHistogram h(4, 1000);
    for (Time v : {3, 500, 900}) {
        h.record(v);
    }
    const LogHistogram::Contents good = h.contents();
    EXPECT_TRUE(LogHistogram::from_contents(good).has_value());
    auto refused = [&](auto spoil) {
        LogHistogram::Contents bad = good;
        spoil(bad);
        return !LogHistogram::from_contents(bad).has_value();
    };
    EXPECT_TRUE(refused([](auto& c) { c.sub_bucket_bits = 21; }));
    EXPECT_TRUE(refused([](auto& c) { c.max_value = 0; }));
    EXPECT_TRUE(refused([](auto& c) { c.buckets[0].second = 0; }));
    EXPECT_TRUE(refused([](auto& c) { c.buckets[0].second = INT64_MAX; }));
    EXPECT_TRUE(refused([](auto& c) { c.buckets[2].first = 1 << 20; }));
    EXPECT_TRUE(refused([](auto& c) { std::swap(c.buckets[0], c.buckets[1]); }));
    EXPECT_TRUE(refused([](auto& c) { c.min = 500; }));
    EXPECT_TRUE(refused([](auto& c) { c.max = 500; }));
    EXPECT_TRUE(refused([](auto& c) { c.clamped = 4; }));
}

}  // namespace
}  // namespace chipchain
