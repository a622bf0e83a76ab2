// Does the analytic load follow the arithmetic of the rules? Agreement with the engine: tests/sim/load.test.cc.
#include "chipchain/model/load.h"

#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/model/testspec.h"

namespace chipchain {
namespace {

using namespace testing;

LineLoad load_of(const Spec& spec) {
    Diagnostics warnings;
    return line_load(*compile(spec, warnings));
}

Spec one_group(double process_min, double interval_min) {
    Spec spec;
    spec.line.horizon = 100 * kDay;
    add_group(spec, "etch", 2);
    add_step(spec, "r", "etch", process_min);
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", interval_min);
    return spec;
}

TEST(Load, process_and_handling_over_two_tools) {
    Spec spec = one_group(28, 20);
    spec.tool_groups[0].load = spec.tool_groups[0].unload = kMinute;
    const GroupLoad g = load_of(spec).groups[0];
    EXPECT_TRUE(g.plain);
    EXPECT_NEAR(g.demand.visits_per_h, 3, 1e-12);
    EXPECT_NEAR(g.demand.process_tools, 1.4, 1e-12);
    EXPECT_NEAR(g.demand.handling_tools, 0.1, 1e-12);
    EXPECT_NEAR(g.utilisation, 0.75, 1e-12);
}

TEST(Load, stops_leave_less_time) {
    Spec spec = one_group(30, 20);
    DownSpec& down = spec.downs.emplace_back();
    down.target = "etch";
    down.time_to_failure = {DistKind::exponential, 90 * kHour, 0};
    down.repair = {DistKind::exponential, 10 * kHour, 0};
    PmSpec& calendar = spec.pms.emplace_back();
    calendar.target = "etch";
    calendar.interval = 100 * kHour;
    calendar.duration = minutes(300);
    PmSpec& pieces = spec.pms.emplace_back();
    pieces.target = "etch";
    pieces.kind = PmKind::pieces;
    pieces.interval_pieces = 750;  // a tool makes 37.5 an hour: every 20 h
    pieces.duration = minutes(60);
    GroupLoad g = load_of(spec).groups[0];
    EXPECT_NEAR(g.down_share, 0.1, 1e-12);
    EXPECT_NEAR(g.maintenance_share, 0.1, 1e-12);
    EXPECT_NEAR(g.utilisation, 0.75 / 0.8, 1e-12);
    // twice the tools: maintenance by pieces takes each of them half as often, or as often when its share is kept
    set_tools(g, 4, false, {});
    EXPECT_NEAR(g.maintenance_share, 0.075, 1e-12);
    set_tools(g, 2, false, {});
    set_tools(g, 4, true, {});
    EXPECT_NEAR(g.maintenance_share, 0.1, 1e-12);
}

// No tool at the horizon: is the group overloaded, and nothing a NaN?
TEST(Load, no_tools_carry_nothing) {
    Spec spec = one_group(30, 20);
    PmSpec& pm = spec.pms.emplace_back();
    pm.target = "etch";
    pm.kind = PmKind::pieces;
    pm.interval_pieces = 750;
    pm.duration = minutes(60);
    Diagnostics warnings;
    Model m = *compile(spec, warnings);
    m.tool_lives.assign(2, {0, 0, kDay});  // both leave after a day
    const GroupLoad g = line_load(m).groups[0];
    EXPECT_EQ(g.tools, 0U);
    EXPECT_EQ(g.maintenance_share, 0);
    EXPECT_EQ(g.availability, 1);
    EXPECT_EQ(g.utilisation, INFINITY);
    EXPECT_EQ(g.utilisation_least, INFINITY);
}

TEST(Load, rework_sampling_and_scrap_change_the_visits) {
    Spec spec = one_group(10, 60);
    add_step(spec, "r", "etch", 10).sample_percent = 50;
    StepSpec& last = add_step(spec, "r", "etch", 10);
    spec.steps[0].scrap_percent = 10;
    spec.steps[2].rework_step = 2;
    spec.steps[2].rework_percent = 20;
    (void)last;
    const LineLoad line = load_of(spec);
    // 0.9 reach step 2; step 3 sends back a fifth each time: 0.9 / 0.8 visits, half as many at step 2
    EXPECT_NEAR(line.step_visits_per_h[0], 1, 1e-12);
    EXPECT_NEAR(line.step_visits_per_h[2], 0.9 / 0.8, 1e-9);
    EXPECT_NEAR(line.step_visits_per_h[1], 0.45 / 0.8, 1e-9);
    EXPECT_NEAR(line.groups[0].demand.rework_visits_per_h, 1.35 / 0.8 - 1.35, 1e-9);
    EXPECT_NEAR(line.lot_types[0].shipped_share, 0.9, 1e-9);
    spec.switches.rework_repeat = ReworkRepeat::no;
    EXPECT_NEAR(load_of(spec).step_visits_per_h[2], 0.9 * 1.2, 1e-9);
}

TEST(Load, bounds_of_batches_and_cascades) {
    Spec spec = one_group(60, 10);
    spec.tool_groups[0].batch_key = BatchKey::product_step;
    spec.steps[0].per = ProcessUnit::batch;
    spec.steps[0].batch_min = 100;
    spec.steps[0].batch_max = 125;
    const GroupLoad batch = load_of(spec).groups[0];
    EXPECT_NEAR(batch.utilisation_least, 6.0 / 5 / 2, 1e-12);
    EXPECT_NEAR(batch.utilisation_most, 6.0 / 4 / 2, 1e-12);
    EXPECT_GE(batch.batch_lots, 4);
    EXPECT_LE(batch.batch_lots, 5);

    Spec flow = one_group(4, 60);
    flow.tool_groups[0].lots_inside = 2;
    flow.steps[0].per = ProcessUnit::piece;
    flow.steps[0].piece_interval = kMinute;
    const GroupLoad cascade = load_of(flow).groups[0];
    EXPECT_NEAR(cascade.utilisation_least, 25.0 / 60 / 2, 1e-12);
    EXPECT_NEAR(cascade.utilisation_most, 28.0 / 60 / 2, 1e-12);
    EXPECT_GE(cascade.utilisation, cascade.utilisation_least);
    EXPECT_LE(cascade.utilisation, cascade.utilisation_most);
}

TEST(Load, setups_are_paid_by_chance_where_no_rule_sees_them) {
    Spec spec = one_group(10, 30);
    add_step(spec, "r", "etch", 10);
    spec.steps[0].setup = "A";
    spec.steps[1].setup = "B";
    for (const char* to : {"A", "B"}) {
        spec.setup_changes.emplace_back().to = to;
        spec.setup_changes.back().time = 6 * kMinute;
    }
    const GroupLoad blind = load_of(spec).groups[0];
    EXPECT_NEAR(blind.setup_share, 0.5, 1e-6);
    EXPECT_NEAR(blind.setup_tools, 4 * 0.5 * 0.1, 1e-6);
    EXPECT_NEAR(blind.utilisation, blind.utilisation_most, 1e-6);
    spec.tool_groups[0].wake = WakeRule::least_setup;
    const GroupLoad seeing = load_of(spec).groups[0];
    EXPECT_LT(seeing.setup_share, 0.45);
    EXPECT_GT(seeing.utilisation, seeing.utilisation_least);
}

}  // namespace
}  // namespace chipchain
