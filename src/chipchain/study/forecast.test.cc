// Does the forecast of a line say what queueing theory says, and what a simulation says?
#include "chipchain/study/forecast.h"

#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/model/testspec.h"
#include "chipchain/study/measure.h"

namespace chipchain {
namespace {

using namespace testing;

// Poisson arrivals at one group.
Spec station(int64_t tools, DistKind kind, double process_min, double interval_min) {
    Spec spec;
    spec.line.horizon = 1000 * kDay;
    add_group(spec, "g", tools);
    add_step(spec, "r", "g", process_min).process.kind = kind;
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", interval_min).policy = ReleasePolicy::poisson;
    return spec;
}

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    return *compile(spec, warnings);
}

TEST(Forecast, mg1_is_exact) {
    const LineForecast f = forecast(line_load(compiled(station(1, DistKind::exponential, 48, 60))));
    EXPECT_NEAR(f.groups[0].wait_h(), mmc(1, 1 / 0.8).queue_time, 1e-9);
    EXPECT_NEAR(f.x_factor(), 5, 1e-9);
    const LineForecast d = forecast(line_load(compiled(station(1, DistKind::constant, 48, 60))));
    EXPECT_NEAR(d.groups[0].wait_h(), mg1(1, 0.8, 0).queue_time, 1e-9);
}

TEST(Forecast, no_starts_and_no_tools_have_no_knee) {
    const LineLoad line = line_load(compiled(station(1, DistKind::exponential, 48, 60)));
    EXPECT_GT(knee(line), 0);
    LineLoad idle = line;
    for (LotTypeLoad& type : idle.lot_types) type.lots_per_h = 0;
    idle.groups[0].demand = {};
    EXPECT_EQ(knee(idle), 0);
    LineLoad empty = line;
    set_tools(empty.groups[0], 0, false, {});
    EXPECT_EQ(knee(empty), 0);
    EXPECT_EQ(greatest_rate(empty, 100), 0);
    EXPECT_EQ(forecast(empty).groups[0].queue_h, INFINITY);
}

TEST(Forecast, mmc_is_near) {
    for (const int64_t tools : {2, 5, 20}) {
        const double interval = 60.0 / static_cast<double>(tools);
        const LineForecast f = forecast(line_load(compiled(station(tools, DistKind::exponential, 51, interval))));
        const double theory = mmc(static_cast<double>(tools), 1 / 0.85, tools).queue_time;
        EXPECT_NEAR(f.groups[0].wait_h() / theory, 1, 0.08) << tools;  // Sakasegawa, at 85 %
    }
}

TEST(Forecast, batches_wait_until_they_are_full) {
    Spec spec = station(50, DistKind::constant, 60, 30);
    spec.tool_groups[0].batch_key = BatchKey::product_step;
    spec.steps[0].per = ProcessUnit::batch;
    spec.steps[0].batch_min = spec.steps[0].batch_max = 100;
    const LineForecast f = forecast(line_load(compiled(spec)));
    EXPECT_NEAR(f.groups[0].forming_h, 0.75, 1e-9);  // 3 more lots, one each half hour: 1.5 h for the first
    EXPECT_NEAR(f.groups[0].queue_h, 0, 1e-3);
}

TEST(Forecast, knee_of_mm1_is_at_half_load) {
    // rate / cycle time = u (1 - u) / t is greatest at u = 0.5: Kleinrock 1979
    const LineLoad line = line_load(compiled(station(1, DistKind::exponential, 48, 60)));
    EXPECT_NEAR(knee(line) * 0.8, 0.5, 0.01);
    // X-factor 1 / (1 - u) = 4 at u = 0.75
    EXPECT_NEAR(greatest_rate(line, 4 * 0.8 / 24) * 0.8, 0.75, 1e-4);
}

TEST(Forecast, simulation_agrees_on_mm3_with_downs) {
    Spec spec = station(3, DistKind::exponential, 40, 20);
    DownSpec& down = spec.downs.emplace_back();
    down.target = "g";
    down.time_to_failure = down.first = {DistKind::exponential, 9 * kHour, 0};
    down.repair = {DistKind::exponential, 1 * kHour, 0};
    const Model model = compiled(spec);
    const LineLoad line = line_load(model);
    SimulationPlan plan;
    plan.threads = 1;
    plan.days = 400;
    plan.warmup_d = 20;
    const Measured m = measure(model, line, plan, 1, 0.95);
    EXPECT_NEAR(m.groups[0].utilisation, line.groups[0].utilisation, 0.01);
    EXPECT_NEAR(m.shipped_share.mean, 1, 0.01);
    // an approximation for several tools with downs: within a quarter
    EXPECT_NEAR(m.groups[0].wait_h / forecast(line).groups[0].wait_h(), 1, 0.25);
}

TEST(Forecast, simulated_utilisation_is_of_staffed_hours) {
    Spec spec = station(1, DistKind::exponential, 4, 12);
    spec.line.start = 20'000 * kDay;
    ShiftSpec& shift = spec.shifts.emplace_back();
    shift.name = "day";
    shift.scope = CalendarScope::line;
    shift.days = "mon-sun";
    shift.begin = 6 * kHour;
    shift.length = 12 * kHour;
    const Model model = compiled(spec);
    const LineLoad line = line_load(model);
    EXPECT_NEAR(line.groups[0].staffed_share, 0.5, 1e-9);
    SimulationPlan plan;
    plan.threads = 1;
    plan.days = 200;
    plan.warmup_d = 20;
    const Measured m = measure(model, line, plan, 1, 0.95);
    EXPECT_NEAR(m.groups[0].availability, 0.5, 0.01);
    EXPECT_NEAR(m.groups[0].utilisation, 2.0 / 3, 0.03);
}

}  // namespace
}  // namespace chipchain
