// Does the simulation of a chain carry out a plan as the rules say, keep its identities, and repeat?
#include "chipchain/chain/chain_run.h"

#include <cmath>
#include <numeric>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "chipchain/chain/test_chain.h"
#include "chipchain/stats/tally.h"

namespace chipchain {
namespace {

using testing::TestChain;

int64_t sum(const Counts& counts) { return std::accumulate(counts.begin(), counts.end(), int64_t{0}); }

const ChainWait* find_wait(const ChainResult& r, uint32_t activity, WaitReason reason) {
    for (const ChainWait& wait : r.waits) {
        if (wait.activity == activity && wait.reason == reason) return &wait;
    }
    return nullptr;
}

// without randomness, does the simulation keep the dates of an optimal plan?
TEST(ChainRun, make_or_buy_meets_its_plan) {
    const TestChain c = testing::make_or_buy();
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[0].starts, (Counts{6, 6, 6, 6, 0, 0, 0, 0}));
    EXPECT_EQ(r.activities[1].starts, (Counts{4, 4, 3, 0, 0, 0, 0, 0}));  // totals 3.51, 7.51, 10.69 rounded up
    EXPECT_EQ(r.activities[2].starts, (Counts{0, 0, 0, 552, 1000, 1000, 918, 0}));
    EXPECT_EQ(r.programmes[0].delivered, (Counts{0, 0, 0, 0, 400, 900, 1200, 900}));
    EXPECT_EQ(r.programmes[0].open, Counts(8, 0));
    // 185,976.33 is the optimum; whole wafers cost more, and a week's average stock is not that at its end
    EXPECT_EQ(sum(r.money[0]), 1'000'000LL * (24 * 3000 + 11 * 9000 + 3470 * 5));
}

// is output what left the start of a lead time earlier, not sooner and not later?
TEST(ChainRun, lead_times_shift_output) {
    TestChain c(6);
    const uint32_t wafer = c.node("wafer");
    const uint32_t fab = c.activity("fab", {}, wafer, 1, 10 * kDay);
    c.plan_starts(fab, {70, 0, 0, 0, 0, 0});
    const ChainResult r = c.run_expected();
    // 10 a day on days 0..6 arrive on days 10..16
    EXPECT_EQ(r.activities[fab].outputs, (Counts{0, 40, 30, 0, 0, 0}));
    EXPECT_EQ(r.activities[fab].lead_days, 10 * r.activities[fab].lots_ended);
}

// do integer pieces follow the real-valued yield to less than one piece?
TEST(ChainRun, expected_yield_carries_what_is_left) {
    TestChain c(40);
    const uint32_t die = c.node("die");
    const uint32_t fab = c.activity("fab", {}, die, 7.3, 0);
    c.model.activities[fab].yield.by_date.before = 0.37;
    c.model.activities[fab].excursion = 0.1;
    c.plan_starts(fab, std::vector<double>(40, 3));
    const ChainResult r = c.run_expected();
    int64_t good = 0;
    for (size_t b = 0; b < 40; ++b) {
        good += r.activities[fab].outputs[b];
        const double expected = 3 * static_cast<double>(b + 1) * 7.3 * 0.37 * 0.9;
        EXPECT_LT(std::fabs(static_cast<double>(good) - expected), 1) << b;
    }
    EXPECT_NEAR(static_cast<double>(r.activities[fab].of_outputs[0].lost_excursion), 120 * 7.3 * 0.1, 1);
}

// does a week with less capacity delay starts, is the reason kept, and is unused capacity lost?
TEST(ChainRun, capacity_holds_starts) {
    TestChain c(4);
    const uint32_t wafer = c.node("wafer");
    const uint32_t line = c.resource("line", 14);
    const uint32_t fab = c.activity("fab", {}, wafer, 1, 0, line);
    c.plan_starts(fab, {0, 28, 0, 0});
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[fab].starts, (Counts{0, 14, 14, 0}));  // nothing of week 0 is kept
    const ChainWait* wait = find_wait(r, fab, WaitReason::resource);
    ASSERT_NE(wait, nullptr);
    EXPECT_EQ(wait->of, line);
    EXPECT_GT(wait->start_days[1], 0);
    EXPECT_DOUBLE_EQ(r.resources[line].used[1], 14);
    EXPECT_DOUBLE_EQ(r.resources[line].available[1], 14);
}

// is a missing input named, and do its starts happen when it comes?
TEST(ChainRun, starts_wait_for_inputs) {
    TestChain c(4);
    const uint32_t die = c.node("die");
    const uint32_t chip = c.node("chip");
    const uint32_t fab = c.activity("fab", {}, die, 1, 0);
    const uint32_t packaging = c.activity("packaging", {{die, 2}}, chip, 1, 0);
    c.plan_starts(fab, {0, 20, 0, 0});
    c.plan_starts(packaging, {10, 0, 0, 0});
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[packaging].starts, (Counts{0, 10, 0, 0}));
    const ChainWait* wait = find_wait(r, packaging, WaitReason::input);
    ASSERT_NE(wait, nullptr);
    EXPECT_EQ(wait->of, die);
    EXPECT_EQ(wait->start_days[0], 2 + 3 + 5 + 6 + 8 + 9 + 10);  // ceil(10 d / 7) on each day
}

// are lots whole, but for the last of a bucket and what a week's end leaves?
TEST(ChainRun, lots) {
    TestChain c(3);
    const uint32_t wafer = c.node("wafer");
    const uint32_t fab = c.activity("fab", {}, wafer, 1, 0);
    c.model.activities[fab].lot = 25;
    c.plan_starts(fab, {60, 60, 0});
    EXPECT_EQ(c.run_expected().activities[fab].lots, 6);  // 25 + 25 + 10, twice
    EXPECT_EQ(c.run_expected().activities[fab].starts, (Counts{60, 60, 0}));

    TestChain held(3);
    const uint32_t die = held.node("die", 30);
    const uint32_t chip = held.node("chip");
    const uint32_t packaging = held.activity("packaging", {{die, 1}}, chip, 1, 0);
    held.model.activities[packaging].lot = 25;
    held.plan_starts(packaging, {50, 0, 0});
    const ChainResult r = held.run_expected();
    EXPECT_EQ(r.activities[packaging].starts, (Counts{30, 0, 0}));  // 25, and 5 at the end of the week
    EXPECT_EQ(r.activities[packaging].lots, 2);
}

// does nothing start before its qualification and outside its dates?
TEST(ChainRun, dates_hold_starts) {
    TestChain c(5);
    const uint32_t wafer = c.node("wafer");
    const uint32_t fab = c.activity("fab", {}, wafer, 1, 0);
    c.model.activities[fab].qualification = 0;
    c.model.activities[fab].until = 4 * kWeek;
    c.model.qualifications.push_back({fab, 0, 2 * kWeek, true, 1000});
    c.plan_starts(fab, {7, 7, 7, 7, 7});
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[fab].starts, (Counts{0, 0, 21, 7, 0}));
    EXPECT_NE(find_wait(r, fab, WaitReason::not_qualified), nullptr);
    EXPECT_NE(find_wait(r, fab, WaitReason::closed), nullptr);
    EXPECT_EQ(sum(r.money[static_cast<size_t>(ChainMoney::qualifications)]), 1000'000'000);
}

// does a full store stop what fills it?
TEST(ChainRun, store_limits) {
    TestChain c(4);
    const uint32_t die = c.node("die");
    c.model.nodes[die].limit = 15;
    const uint32_t fab = c.activity("fab", {}, die, 1, 0);
    c.plan_starts(fab, {70, 0, 0, 0});
    c.programme("buyers", die, {0, 0, 50, 0});
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[fab].starts[0], 20);  // full after two days of 10
    EXPECT_NE(find_wait(r, fab, WaitReason::store), nullptr);
    EXPECT_GT(r.activities[fab].starts[2], 0);
}

// do programmes get what is there by priority, floors first; is demand lost or kept as stated?
TEST(ChainRun, priorities_floors_and_lost_demand) {
    TestChain c(3);
    const uint32_t chip = c.node("chip", 100);
    const uint32_t cars = c.programme("cars", chip, {90, 0, 0});
    const uint32_t training = c.programme("training", chip, {60, 0, 0});
    c.model.programmes[cars].unmet_usd = 5;
    c.model.programmes[training].backlog = false;
    c.model.programmes[training].unmet_usd = 2;
    // evenly spread demand is served day by day, so that the order shows at once only with demand on one day
    for (ChainProgramme& p : c.model.programmes) p.demands[0].end = p.demands[0].begin;
    ChainResult r = c.run_expected();
    EXPECT_EQ(sum(r.programmes[cars].delivered), 90);
    EXPECT_EQ(sum(r.programmes[training].delivered), 10);
    EXPECT_EQ(r.programmes[training].lost, (Counts{50, 0, 0}));
    EXPECT_EQ(r.programmes[training].unmet, 100'000'000);

    c.model.programmes[training].floor = 0.5;
    r = c.run_expected();
    EXPECT_EQ(sum(r.programmes[cars].delivered), 70);
    EXPECT_EQ(sum(r.programmes[training].delivered), 30);
    EXPECT_EQ(r.programmes[cars].open, (Counts{20, 20, 20}));
    EXPECT_EQ(r.programmes[cars].unmet, 100'000'000);  // open at the end
}

// does a programme of low priority leave alone what the plan keeps for later?
TEST(ChainRun, planned_stock_is_kept) {
    TestChain c(2);
    const uint32_t chip = c.node("chip", 100);
    const uint32_t cars = c.programme("cars", chip, {0, 80});
    const uint32_t training = c.programme("training", chip, {100, 0});
    c.plan.delivered_from = {{{0, 80}}, {{20, 0}}};
    c.plan.stock = {{80, 0}};
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.programmes[cars].delivered, (Counts{0, 80}));
    EXPECT_EQ(r.programmes[training].delivered, (Counts{20, 0}));
}

// does an item that serves as a substitute do so from its date on?
TEST(ChainRun, substitutes_serve_from_their_date) {
    TestChain c(2);
    const uint32_t one = c.node("one", 3);
    const uint32_t two = c.node("two", 10);
    const uint32_t cars = c.programme("cars", one, {7, 7});
    c.model.programmes[cars].nodes = {one, two};
    c.model.programmes[cars].nodes_from = {0, kWeek};
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.programmes[cars].delivered, (Counts{3, 10}));
}

ChainDisruption outage(Time date, double scrap) {
    ChainDisruption row;
    row.name = "fire";
    row.date = date;
    row.scrap = scrap;
    return row;
}

// does an outage scrap its share of what is under way, and take capacity for as long as its curve says?
TEST(ChainRun, outages) {
    TestChain c(6);
    const uint32_t wafer = c.node("wafer");
    const uint32_t line = c.resource("line", 70);
    const uint32_t fab = c.activity("fab", {}, wafer, 1, 2 * kWeek, line);
    c.model.activities[fab].cost_usd = 10;
    c.plan_starts(fab, {70, 70, 70, 70, 0, 0});
    c.model.curves.push_back({"recovery", {0, {{0, 0, false}, {kWeek, 1, false}}}});
    c.model.disruptions.push_back(outage(kWeek, 0.25));
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[fab].starts, (Counts{70, 0, 70, 70, 70, 0}));
    EXPECT_EQ(r.activities[fab].of_outputs[0].lost_outage, 17);  // 70 / 4
    EXPECT_EQ(r.activities[fab].of_outputs[0].lost_cost, 170'000'000);
    EXPECT_EQ(r.activities[fab].outputs, (Counts{0, 0, 53, 0, 70, 70}));
    EXPECT_DOUBLE_EQ(r.resources[line].available[1], 0);

    // without a resource the starts themselves are cut
    c.model.activities[fab].uses.clear();
    c.model.curves[0].share.points[0].value = 0.5;
    const ChainResult half = c.run_expected();
    EXPECT_EQ(half.activities[fab].starts[1], 35);
    EXPECT_NE(find_wait(half, fab, WaitReason::outage), nullptr);
}

// do outages by chance come as often as stated, independently of the seed's other draws?
TEST(ChainRun, outages_by_chance) {
    TestChain c(53 * 10);
    c.model.curves.push_back({"recovery", {0, {}}});
    c.model.disruptions.push_back(outage(-1, 0));
    c.model.disruptions[0].chance_per_year = 0.3;
    int64_t count = 0;
    for (uint32_t i = 0; i < 200; ++i) {
        ChainRunOptions options;
        options.replication = i;
        count += static_cast<int64_t>(c.run(options).outages.size());
    }
    const double years = 200 * 530 * 7 / kDaysPerYear;
    EXPECT_NEAR(static_cast<double>(count), years * 0.3, 5 * std::sqrt(years * 0.3 * 0.7));
}

// do modules bring their capacity after the build time and by their ramp, and cost what they cost?
TEST(ChainRun, modules) {
    TestChain c(6);
    const uint32_t wafer = c.node("wafer");
    const uint32_t line = c.resource("line", 0);
    const uint32_t fab = c.activity("fab", {}, wafer, 1, 0, line);
    c.plan_starts(fab, {14, 14, 14, 14, 14, 14});
    ChainModule module;
    module.resource = line;
    module.capacity_per_week = 14;
    module.capex_usd = 500;
    module.build = 2 * kWeek;
    module.ramp = 0;
    c.model.modules.push_back(module);
    c.model.curves.push_back({"ramp", {0, {{0, 0.5, false}, {kWeek, 1, false}}}});
    c.plan.modules = {{1, 0, 0, 0, 0, 0}};
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.activities[fab].starts, (Counts{0, 0, 7, 14, 14, 14}));
    EXPECT_EQ(r.money[static_cast<size_t>(ChainMoney::capex)][0], 500'000'000);
}

// are fees of contracts those of the starts that are missing, what may be made up later left out?
TEST(ChainRun, contracts) {
    TestChain c(4);
    const uint32_t wafer = c.node("wafer");
    const uint32_t foundry = c.activity("foundry", {}, wafer, 1, 0);
    c.plan_starts(foundry, {10, 10, 10, 40});
    ChainContract first;
    first.activity = foundry;
    first.until = 2 * kWeek;
    first.minimum = 50;
    first.shortfall_usd = 8;
    first.carry = 0.2;
    first.next = 1;
    ChainContract second = first;
    second.from = 2 * kWeek;
    second.until = 4 * kWeek;
    second.carry = 0;
    second.next = kNoIndex;
    c.model.contracts = {first, second};
    const ChainResult r = c.run_expected();
    const Counts& fees = r.money[static_cast<size_t>(ChainMoney::contracts)];
    EXPECT_EQ(fees[1], 20 * 8'000'000);  // 30 missing, 10 of them carried
    EXPECT_EQ(fees[3], 10 * 8'000'000);  // 60 wanted
}

// is a milestone reached at the end of the day that completes it?
TEST(ChainRun, milestones) {
    TestChain c(4);
    const uint32_t wafer = c.node("wafer");
    const uint32_t fab = c.activity("fab", {}, wafer, 1, kWeek);
    const uint32_t buyers = c.programme("buyers", wafer, {7, 7, 0, 0});
    c.plan_starts(fab, {7, 7, 0, 0});
    c.model.milestones = {
        {"first wafer", MilestoneKind::made, fab, 1},
        {"ten", MilestoneKind::delivered, buyers, 10},
        {"never", MilestoneKind::delivered, buyers, 15}};
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.milestones, (std::vector<Time>{8 * kDay, 17 * kDay, kNever}));
}

// is a factor given by the caller in force, and one that is drawn inside its limits with its mode at 1?
TEST(ChainRun, factors) {
    TestChain c = testing::make_or_buy();
    for (const UncertainKind kind : {UncertainKind::yield, UncertainKind::demand, UncertainKind::price})
        c.model.uncertainties.push_back({"u" + std::to_string(static_cast<int>(kind)), kind, 0, 0.7, 1.2});
    ChainRunOptions options;
    options.random = kNothingRandom;
    options.factors = {0.5, 2, 3};
    const ChainResult r = c.run(options);
    EXPECT_EQ(r.activities[0].of_outputs[0].good, 1200);
    EXPECT_EQ(sum(r.programmes[0].due), 6800);
    EXPECT_EQ(sum(r.money[0]), 1'000'000LL * (24 * 9000 + 11 * 9000 + sum(r.activities[2].starts) * 5));
    Tally drawn;
    for (uint32_t i = 0; i < 2000; ++i) {
        ChainRunOptions random;
        random.replication = i;
        const double factor = c.run(random).factors[0];
        EXPECT_GT(factor, 0.7);
        EXPECT_LT(factor, 1.2);
        drawn.add(factor);
    }
    EXPECT_NEAR(drawn.mean(), (0.7 + 1 + 1.2) / 3, 5 * 0.103 / std::sqrt(2000.0));
}

// have drawn yields, leads and demand the means and spreads that are stated?
TEST(ChainRun, draws_have_their_moments) {
    TestChain c(200);
    const uint32_t die = c.node("die");
    const uint32_t fab = c.activity("fab", {}, die, 100, 20 * kDay);
    ChainActivity& row = c.model.activities[fab];
    row.lead = {DistKind::lognormal, 20 * kDay, 4 * kDay};
    row.yield.by_date.before = 0.6;
    row.yield_spread = 0.05;
    row.excursion = 0.02;
    c.plan_starts(fab, std::vector<double>(200, 70));
    const uint32_t buyers = c.programme("buyers", die, std::vector<double>(200, 70));
    c.model.programmes[buyers].spread = 0.5;
    const ChainResult r = c.run({});
    const OutputResult& out = r.activities[fab].of_outputs[0];
    const auto lots = static_cast<double>(r.activities[fab].lots_ended);
    EXPECT_NEAR(static_cast<double>(r.activities[fab].lead_days) / lots, 20, 5 * 4 / std::sqrt(lots));
    EXPECT_NEAR(static_cast<double>(r.activities[fab].lots_lost), 14000 * 0.02, 5 * std::sqrt(14000 * 0.02));
    EXPECT_NEAR(static_cast<double>(out.good) / (lots * 100), 0.6 * 0.98, 5 * 0.11 / std::sqrt(lots));
    Tally weeks;
    for (const int64_t due : r.programmes[buyers].due) weeks.add(static_cast<double>(due));
    EXPECT_NEAR(weeks.mean(), 70, 5 * 35 / std::sqrt(200.0));
    EXPECT_NEAR(std::sqrt(weeks.variance()), 35, 10);
}

// does the cycle time of a line with a twin grow with its load, as the twin says?
TEST(ChainRun, twins_see_load) {
    const auto mean_lead = [](double starts) {
        TestChain c(100);
        const uint32_t wafer = c.node("wafer");
        const uint32_t fab = c.activity("fab", {}, wafer, 1, 20 * kDay, c.resource("line", 100));
        c.plan_starts(fab, std::vector<double>(100, starts));
        ChainRunOptions options;
        options.twins = {{{0.5, 1, 0.05}, {1, 3, 0.05}}};
        const ChainResult r = c.run(options);
        return static_cast<double>(r.activities[fab].lead_days) / static_cast<double>(r.activities[fab].lots_ended);
    };
    EXPECT_NEAR(mean_lead(40), 20, 0.5);
    EXPECT_NEAR(mean_lead(75), 38, 2);  // about four weeks begin at a lower load
    EXPECT_GT(mean_lead(100), 50);
}

// does an activity that is added, or a row before others, change no draw of the others?
TEST(ChainRun, additions_shift_no_draw) {
    const auto run = [](bool more) {
        TestChain c(30);
        const uint32_t other = c.node("other");
        if (more) c.activity("other", {}, other, 50, kWeek);
        const uint32_t die = c.node("die");
        const uint32_t fab = c.activity("fab", {}, die, 100, 20 * kDay);
        c.model.activities[fab].lead = {DistKind::lognormal, 20 * kDay, 4 * kDay};
        c.model.activities[fab].yield.by_date.before = 0.6;
        if (more) {
            c.model.activities[0].yield.by_date.before = 0.5;
            c.plan_starts(0, std::vector<double>(30, 20));
        }
        c.plan_starts(fab, std::vector<double>(30, 70));
        return c.run({}).activities[fab].outputs;
    };
    EXPECT_EQ(run(false), run(true));
    EXPECT_GT(sum(run(true)), 0);
}

// do transport and tariffs cost what they say, and does what is in transit at the end count as such?
TEST(ChainRun, shipments) {
    TestChain c(3);
    const uint32_t osat = c.site("osat");
    const uint32_t from = c.node("die", 100);
    const uint32_t to = c.node_of(0, 0, osat);
    const uint32_t arc = c.arc(from, to, 3 * kDay);
    c.model.arcs[arc].cost_usd = 1.5;
    c.model.arcs[arc].tariff_usd = 1;
    c.plan_shipped(arc, {70, 0, 70});
    const ChainResult r = c.run_expected();
    EXPECT_EQ(r.arcs[arc].shipped, (Counts{70, 0, 30}));
    EXPECT_EQ(r.nodes[to].stock, (Counts{40, 70, 100 - r.arcs[arc].in_transit}));
    EXPECT_EQ(r.arcs[arc].in_transit, 0);
    EXPECT_GT(r.arcs[arc].waited[2], 0);
    EXPECT_EQ(sum(r.money[static_cast<size_t>(ChainMoney::tariffs)]), 100'000'000);
    EXPECT_EQ(sum(r.money[static_cast<size_t>(ChainMoney::transport)]), 50'000'000);
    EXPECT_EQ(r.nodes[to].cost, 150'000'000);
}

// a chain of random shape with everything in it
TestChain random_chain() {
    const auto pick = [](int from, int to) { return *rc::gen::inRange(from, to + 1); };
    TestChain c(static_cast<size_t>(pick(3, 20)));
    const size_t weeks = c.model.buckets.size();
    c.site("far");
    c.model.curves.push_back({"recovery", {0, {{0, 0.2, true}, {20 * kDay, 1, false}}}});
    const int count = pick(1, 8);
    for (int i = 0; i < count; ++i) {
        const uint32_t node = c.node(fmt::format("item{}", i), pick(0, 300), static_cast<uint32_t>(pick(0, 1)));
        c.model.items.back().value_usd = pick(0, 3) * 0.37;
        if (pick(0, 3) == 0) c.model.nodes[node].limit = pick(50, 500);
    }
    const auto any_node = [&] { return static_cast<uint32_t>(pick(0, count - 1)); };
    for (int i = 0; i < count; ++i) {
        std::vector<ChainAmount> inputs;
        for (int k = pick(0, i == 0 ? 0 : 2); k > 0; --k)
            inputs.push_back({static_cast<uint32_t>(pick(0, i - 1)), pick(1, 40) * 0.1});
        if (inputs.size() == 2 && inputs[0].node == inputs[1].node) inputs.pop_back();
        const uint32_t line = pick(0, 1) == 0 ? kNoIndex : c.resource(fmt::format("line{}", i), pick(0, 200));
        const uint32_t a = c.activity(
            fmt::format("make{}", i),
            inputs,
            static_cast<uint32_t>(i),
            pick(1, 50) * 0.3,
            pick(0, 30) * kDay / 2,
            line);
        ChainActivity& row = c.model.activities[a];
        if (pick(0, 1) == 0) row.outputs.push_back({any_node(), pick(1, 20) * 0.2});
        row.lead.kind = DistKind::exponential;
        row.yield.by_date.before = pick(0, 10) * 0.1;
        row.yield_spread = pick(0, 2) * 0.1;
        row.excursion = pick(0, 2) * 0.1;
        row.cost_usd = pick(0, 1000) * 0.001;
        row.lot = pick(1, 30);
        std::vector<double> starts;
        for (size_t w = 0; w < weeks; ++w) starts.push_back(pick(0, 600) * 0.1);
        c.plan_starts(a, starts);
        c.model.pipelines.push_back({a, pick(0, 30) * kDay, static_cast<double>(pick(0, 50))});
    }
    if (pick(0, 1) == 0) {
        const uint32_t to = c.node_of(0, 0, 1);
        const uint32_t arc = c.arc(0, to, pick(0, 20) * kDay);
        c.model.arcs[arc].cost_usd = 0.123457;
        c.plan_shipped(arc, std::vector<double>(weeks, 33.3));
    }
    for (int i = pick(0, 3); i > 0; --i) {
        const uint32_t p = c.programme(fmt::format("p{}", i), any_node(), std::vector<double>(weeks, pick(0, 99)));
        c.model.programmes[p].backlog = pick(0, 1) == 0;
        c.model.programmes[p].spread = pick(0, 2) * 0.2;
        c.model.programmes[p].floor = pick(0, 2) * 0.2;
    }
    c.model.disruptions.push_back(outage(pick(0, 50) * kDay, pick(0, 4) * 0.25));
    c.model.disruptions.push_back(outage(-1, 1));
    c.model.disruptions.back().name = "quake";
    c.model.disruptions.back().chance_per_year = 0.9;
    c.model.disruptions.back().site = 1;
    return c;
}

// does every piece and every micro-dollar stay somewhere, whatever the chain? run() throws otherwise
RC_GTEST_PROP(ChainRunProperties, balance, ()) {
    const TestChain c = random_chain();
    ChainRunOptions options;
    options.replication = *rc::gen::inRange<uint32_t>(0, 1000);
    const ChainResult random = c.run(options);
    RC_ASSERT(random.fingerprint == c.run(options).fingerprint);
    const ChainResult expected = c.run_expected();
    for (size_t a = 0; a < c.model.activities.size(); ++a) {
        double planned = 0;
        for (const double starts : c.plan.starts[a]) planned += starts;
        RC_ASSERT(static_cast<double>(sum(expected.activities[a].starts)) < planned + 1);
        for (const OutputResult& out : random.activities[a].of_outputs) {
            RC_ASSERT(out.lost_yield >= 0 && out.lost_excursion >= 0 && out.lost_outage >= 0);
            RC_ASSERT(out.under_way >= 0 && out.lost_cost >= 0 && out.under_way_cost >= 0);
        }
    }
    for (const ResourceResult& line : random.resources) {
        double used = 0;
        double available = 0;
        for (size_t b = 0; b < line.used.size(); ++b) {
            used += line.used[b];
            available += line.available[b];
        }
        RC_ASSERT(used <= available + 1e-6);
    }
}

// is a broken balance seen?
TEST(ChainRun, balance_finds_faults) {
    const TestChain c = testing::make_or_buy();
    const auto faults = [&c](const auto& change) {
        ChainResult r = c.run_expected();
        change(r);
        return check_balance(c.model, r).size();
    };
    EXPECT_EQ(faults([](ChainResult&) {}), 0U);
    EXPECT_EQ(faults([](ChainResult& r) { ++r.activities[0].of_outputs[0].lost_yield; }), 1U);
    EXPECT_EQ(faults([](ChainResult& r) { ++r.nodes[0].taken; }), 2U);
    EXPECT_EQ(faults([](ChainResult& r) { ++r.programmes[0].open.back(); }), 1U);
    EXPECT_EQ(faults([](ChainResult& r) { ++r.money[0][3]; }), 1U);
}

}  // namespace
}  // namespace chipchain
