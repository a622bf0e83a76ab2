// Do the lines of a chain give the engine's cycle times, and do their tools come with the capacity?
#include "chipchain/chain/chain_lines.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <gtest/gtest.h>

#include "chipchain/chain/test_chain.h"

namespace chipchain {
namespace {

using testing::TestChain;

constexpr double kSized = 500;  // wafers a week
constexpr size_t kWeeks = 16;

// wafers through a sort line with tools for kSized a week
TestChain sort_chain(double starts_per_week) {
    TestChain c(kWeeks);
    const uint32_t die = c.node("die");
    const uint32_t line = c.resource("sort", kSized);
    c.model.resources[line].process = "wafer-sort";
    c.model.resources[line].sized_per_week = kSized;
    const uint32_t sort = c.activity("sort", {}, die, 100, kWeek, line);
    c.model.activities[sort].yield.by_date.before = 0.9;
    c.plan_starts(sort, std::vector<double>(kWeeks, starts_per_week));
    return c;
}

ChainResult run_with_lines(const TestChain& c) {
    const Result<ChainLines> lines = ChainLines::make(c.model, schedule_of(c.model, c.plan));
    if (!lines) throw std::runtime_error("no lines");
    ChainRunOptions options;
    options.random = kNothingRandom;
    options.lines = &*lines;
    return c.run(options);
}

double mean_lead(const ChainResult& r) {
    return static_cast<double>(r.activities[0].lead_days) / static_cast<double>(r.activities[0].lots_ended);
}

TEST(ChainLines, cycle_times_are_those_of_the_engine) {
    const TestChain c = sort_chain(300);
    const ChainResult r = run_with_lines(c);
    ASSERT_EQ(r.lines.size(), 1U);
    uint64_t lots = 0;
    Time cycle_time = 0;
    for (const LotTypeResult& type : r.lines[0].lot_types) {
        lots += type.completed.lots;
        cycle_time += type.completed.cycle_time_sum;
    }
    EXPECT_GT(lots, 100U);
    EXPECT_EQ(static_cast<uint64_t>(r.activities[0].lots_ended), lots);
    EXPECT_EQ(r.lines[0].scrapped, 0U);
    // lots start at the end of a day and are counted at the end of the day on which they leave
    const double engine_d = in_days(cycle_time) / static_cast<double>(lots);
    EXPECT_GE(mean_lead(r), engine_d);
    EXPECT_LT(mean_lead(r), engine_d + 1);
    EXPECT_NE(mean_lead(r), 7);  // the lead time of the activity is not used
    EXPECT_EQ(r.fingerprint, run_with_lines(c).fingerprint);
    const OutputResult& out = r.activities[0].of_outputs[0];
    EXPECT_NEAR(static_cast<double>(out.good) / static_cast<double>(out.good + out.lost_yield), 0.9, 0.001);
}

// with capacity from week 6 on, nothing starts before and lots go through after it
TEST(ChainLines, tools_come_with_capacity) {
    TestChain c = sort_chain(300);
    c.model.resources[0].capacity_per_week = {0, {{6 * kWeek, kSized / 2, false}, {10 * kWeek, kSized, false}}};
    const ChainSchedule schedule = schedule_of(c.model, c.plan);
    const Result<ChainLines> lines = ChainLines::make(c.model, schedule);
    ASSERT_TRUE(lines.has_value());
    const std::vector<ToolLife>& lives = lines->lines()[0].model.tool_lives;
    ASSERT_FALSE(lives.empty());
    EXPECT_EQ(lives[0].installed, 6 * kWeek);
    EXPECT_EQ(
        std::any_of(lives.begin(), lives.end(), [](const ToolLife& x) { return x.installed == 10 * kWeek; }),
        true);
    const ChainResult r = run_with_lines(c);
    EXPECT_EQ(r.activities[0].starts[5], 0);
    EXPECT_GT(r.activities[0].starts[6], 200);
    EXPECT_GT(r.activities[0].outputs[8], 10000);
}

// units of the resource per start: a start of forty boards is forty pieces of the line
TEST(ChainLines, starts_of_several_pieces) {
    TestChain c = sort_chain(10);
    c.model.activities[0].uses[0].quantity = 40;
    const ChainResult r = run_with_lines(c);
    EXPECT_EQ(
        r.lines[0].pieces_in,
        static_cast<uint64_t>(
            40 * std::accumulate(r.activities[0].starts.begin(), r.activities[0].starts.end(), int64_t{0})));
    EXPECT_GT(r.activities[0].lots_ended, 0);
}

TEST(ChainLines, an_unknown_process_is_reported) {
    TestChain c = sort_chain(10);
    c.model.resources[0].process = "wafer-sorting";
    EXPECT_FALSE(ChainLines::make(c.model, schedule_of(c.model, c.plan)).has_value());
}

}  // namespace
}  // namespace chipchain
