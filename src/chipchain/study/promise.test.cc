// Are promises what a share of the futures keeps, and are they kept by other futures in about that share?
#include "chipchain/study/promise.h"

#include <gtest/gtest.h>

#include "chipchain/base/random.h"

namespace chipchain {
namespace {

// Two quarters of one bucket each, one programme.
ChainModel two_quarters() {
    ChainModel model;
    model.start = civil_to_ticks(2026, 1, 1, 0, 0, 0);
    model.buckets = {{0, 90 * kDay}, {90 * kDay, 181 * kDay}};
    model.end = 181 * kDay;
    model.programmes.emplace_back().name = "p";
    return model;
}

ChainPlan plan_of(double first, double second) {
    ChainPlan plan;
    plan.delivered = {{first, second}};
    return plan;
}

std::vector<ChainSample> uniform_samples(uint32_t count, uint64_t seed) {
    std::vector<ChainSample> out;
    for (uint32_t r = 0; r < count; ++r) {
        const RandomWords w = RandomSource{seed, r}.draw(Purpose::test, 0, 0);
        const auto first = static_cast<int64_t>(1000 * unit_open(wide(w.word[0], w.word[1])));
        ChainSample sample;
        sample.delivered = {{first, 2 * first}};
        out.push_back(sample);
    }
    return out;
}

TEST(Promise, quarters_are_those_of_the_calendar) {
    const std::vector<Quarter> quarters = quarters_of(two_quarters());
    ASSERT_EQ(quarters.size(), 2U);
    EXPECT_EQ(quarters[0].name, "2026-Q1");
    EXPECT_EQ(quarters[1].name, "2026-Q2");
}

TEST(Promise, is_the_order_statistic_that_the_service_asks_for) {
    const ChainModel model = two_quarters();
    std::vector<ChainSample> samples;
    for (int64_t r = 1; r <= 99; ++r) {
        samples.emplace_back();
        samples.back().delivered = {{r * 10, r * 20}};
    }
    const Promise promise = promise_of_samples(model, plan_of(1000, 1000), samples, 0.9);
    // fewer than 6 of 99 futures are below the tenth with a probability of 0.06, fewer than 7 with 0.12: the sixth
    EXPECT_EQ(promise[0][0], 60);
    EXPECT_EQ(promise[0][1], 120);
    EXPECT_NEAR(mean_kept(kept_shares(model, promise, samples)), 94.0 / 99, 1e-9);
}

TEST(Promise, never_exceeds_the_plan_and_never_falls) {
    const ChainModel model = two_quarters();
    const Promise promise = promise_of_samples(model, plan_of(50, 0), uniform_samples(200, 1), 0.9);
    EXPECT_LE(promise[0][0], 50);
    EXPECT_GE(promise[0][1], promise[0][0]);
    EXPECT_LE(promise[0][1], 50);
}

TEST(Promise, holds_in_futures_that_did_not_make_it) {
    const ChainModel model = two_quarters();
    const Promise promise = promise_of_samples(model, plan_of(1000, 1000), uniform_samples(1000, 1), 0.9);
    const double kept = mean_kept(kept_shares(model, promise, uniform_samples(4000, 2)));
    EXPECT_GE(kept, 0.9);
    EXPECT_LE(kept, 0.93);
}

TEST(Promise, a_promise_of_nothing_is_no_promise) {
    const ChainModel model = two_quarters();
    const Series2 kept = kept_shares(model, {{0, 0}}, uniform_samples(10, 1));
    EXPECT_EQ(kept[0][0], -1);
    EXPECT_EQ(mean_kept(kept), 1);
}

}  // namespace
}  // namespace chipchain
