// Do the collectors give the moments that a direct computation gives, and is the time average exact?
#include "chipchain/stats/tally.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

namespace chipchain {
namespace {

static_assert(std::is_trivially_copyable_v<Tally>);
static_assert(std::is_trivially_copyable_v<TimeAverage>);
static_assert(sizeof(Tally) == 40 && sizeof(TimeAverage) == 64);

TEST(tally, empty_and_single) {
    Tally t;
    EXPECT_EQ(t.count(), 0);
    EXPECT_EQ(t.mean(), 0.0);
    EXPECT_EQ(t.variance(), 0.0);
    EXPECT_EQ(t.scv(), 0.0);
    t.add(-7.5);
    EXPECT_EQ(t.count(), 1);
    EXPECT_EQ(t.mean(), -7.5);
    EXPECT_EQ(t.variance(), 0.0);
    EXPECT_EQ(t.min(), -7.5);
    EXPECT_EQ(t.max(), -7.5);
}

TEST(tally, known_sample) {
    Tally t;
    for (double x : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) {
        t.add(x);
    }
    EXPECT_DOUBLE_EQ(t.mean(), 5.0);
    EXPECT_DOUBLE_EQ(t.variance(), 32.0 / 7);
    EXPECT_DOUBLE_EQ(t.std_dev(), std::sqrt(32.0 / 7));
    EXPECT_DOUBLE_EQ(t.scv(), 32.0 / 7 / 25);
    EXPECT_EQ(t.min(), 2.0);
    EXPECT_EQ(t.max(), 9.0);
}

TEST(tally, nist_numacc4_large_mean_small_spread) {
    // NIST StRD, univariate, NumAcc4: 10000000.2, then 500 pairs of 10000000.1 and 10000000.3; mean 10000000.2,
    // standard deviation 0.1. A sum of squares loses all digits here.
    Tally t;
    t.add(10000000.2);
    for (int i = 0; i < 500; ++i) {
        t.add(10000000.1);
        t.add(10000000.3);
    }
    EXPECT_EQ(t.count(), 1001);
    EXPECT_NEAR(t.mean(), 10000000.2, 1e-8);
    EXPECT_NEAR(t.std_dev(), 0.1, 1e-8);
}

RC_GTEST_PROP(tally, merged_parts_equal_the_whole, (const std::vector<int>& values, uint8_t cut)) {
    Tally whole, left, right;
    const size_t middle = values.empty() ? 0 : cut % (values.size() + 1);
    for (size_t i = 0; i < values.size(); ++i) {
        const double x = values[i] % 1000;
        whole.add(x);
        (i < middle ? left : right).add(x);
    }
    left.merge(right);
    RC_ASSERT(left.count() == whole.count());
    RC_ASSERT(left.min() == whole.min());
    RC_ASSERT(left.max() == whole.max());
    RC_ASSERT(std::fabs(left.mean() - whole.mean()) < 1e-9);
    RC_ASSERT(std::fabs(left.variance() - whole.variance()) < 1e-6);
}

TEST(time_average, level_between_changes) {
    TimeAverage wip(100, 2);  // 2 over [100, 110), 5 over [110, 130), 0 over [130, 150)
    wip.set(110, 5);
    wip.add(130, -5);
    EXPECT_TRUE(wip.integral(150) == 2 * 10 + 5 * 20);
    EXPECT_DOUBLE_EQ(wip.mean(150), 120.0 / 50);
    EXPECT_EQ(wip.level(), 0);
    EXPECT_EQ(wip.min(), 0);
    EXPECT_EQ(wip.max(), 5);
    EXPECT_EQ(wip.start(), 100);
    EXPECT_EQ(wip.last_change(), 130);
}

TEST(time_average, empty_span_and_changes_at_one_time) {
    TimeAverage level;
    EXPECT_EQ(level.mean(0), 0.0);
    level.add(0, 3);
    level.add(0, -3);
    EXPECT_EQ(level.mean(0), 0.0);
    EXPECT_EQ(level.mean(10), 0.0);
    EXPECT_EQ(level.max(), 3);
}

TEST(time_average, restart_forgets_the_warm_up) {
    TimeAverage level(0, 1000);
    level.set(50, 4);
    level.restart(60);
    EXPECT_EQ(level.level(), 4);
    EXPECT_EQ(level.max(), 4);
    level.set(70, 6);
    EXPECT_DOUBLE_EQ(level.mean(80), 5.0);
}

TEST(time_average, is_exact_beyond_64_bits) {
    // a million wafers over 100 years in microseconds is 3e21, more than 2^64; one tick must still count
    TimeAverage level(0, 1'000'000);
    const Time century = 36'525 * kDay;
    level.set(century, 1'000'001);
    const Int128 expected = static_cast<Int128>(1'000'000) * century + 1'000'001;
    EXPECT_TRUE(level.integral(century + 1) == expected);
    EXPECT_GT(level.mean(century + 1), 999'999.99);
}

RC_GTEST_PROP(time_average, littles_law_holds_exactly, (const std::vector<uint32_t>& stays)) {
    // each lot adds its stay to both sides of WIP * span = sum of cycle times
    TimeAverage wip;
    std::vector<std::pair<Time, int64_t>> changes;
    Int128 stay_sum = 0;
    Time arrival = 0;
    for (uint32_t stay : stays) {
        arrival += stay % 977;
        changes.emplace_back(arrival, 1);
        changes.emplace_back(arrival + stay, -1);
        stay_sum += stay;
    }
    std::sort(changes.begin(), changes.end());
    for (const auto& [time, delta] : changes) {
        wip.add(time, delta);
    }
    RC_ASSERT(wip.level() == 0);
    RC_ASSERT(wip.integral(changes.empty() ? 0 : changes.back().first + 5) == stay_sum);
}

}  // namespace
}  // namespace chipchain
