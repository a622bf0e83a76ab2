// A line that changes while it runs: do the rules 13 to 17 of docs/semantics.md hold to the tick, and do rows that
// change nothing change nothing?
#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/model/compile.h"
#include "chipchain/model/testspec.h"
#include "chipchain/report/result_tables.h"
#include "chipchain/sim/run.h"

namespace chipchain {
namespace {

using testing::add_group;
using testing::add_product;
using testing::add_release;
using testing::add_step;
using testing::three_steps;

RunResult simulate(const Spec& spec) {
    Diagnostics warnings;
    const Result<Model> model = compile(spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : model.error()[0].message);
    RunResult result = run(*model, {});
    for (const std::string& line : check_identities(result)) ADD_FAILURE() << line;
    return result;
}

// One tool, one step of `hours`, lots at the given hours.
Spec one_tool(double hours, const std::vector<double>& releases) {
    Spec spec;
    spec.line.name = "one";
    spec.line.horizon = 10 * kDay;
    add_group(spec, "etch", 1);
    add_step(spec, "r", "etch", 60 * hours);
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", 0).policy = ReleasePolicy::list;
    for (const double at : releases) {
        PlannedLotSpec& lot = spec.planned_lots.emplace_back();
        lot.release = "lots";
        lot.time = lot.due = to_ticks(at, kHour);
    }
    return spec;
}

ShiftSpec& add_shift(Spec& spec, double begin_h, double length_h) {
    ShiftSpec& row = spec.shifts.emplace_back();
    row.name = "day";
    row.scope = CalendarScope::line;
    row.begin = to_ticks(begin_h, kHour);
    row.length = to_ticks(length_h, kHour);
    return row;
}

Time time_in(const RunResult& r, size_t group, ToolState state) {
    return r.tool_groups[group].total.time[static_cast<size_t>(state)];
}

// 13.3: a lot of 20 h in shifts of 8 h is finished first, or takes 8 + 8 + 4 h on three days
TEST(Ramp, shift_end) {
    Spec spec = one_tool(20, {0, 0});
    add_shift(spec, 0, 8);
    RunResult r = simulate(spec);
    EXPECT_EQ(r.lot_types[0].completed.cycle_time_sum, (20 + 44) * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::productive), 40 * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::nonscheduled), (4 + 4 + 8 * 16) * kHour);
    spec.switches.shift_end = ShiftEnd::pause;
    r = simulate(spec);
    EXPECT_EQ(r.lot_types[0].completed.cycle_time_sum, (52 + 96 + 8) * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::productive), 40 * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::nonscheduled), 10 * 16 * kHour);
}

// 13.3: a repair that runs beyond the end of the shift takes nothing off the shifts to come
TEST(Ramp, repair_over_the_end_of_a_shift) {
    Spec spec = one_tool(10, {0});
    spec.switches.shift_end = ShiftEnd::pause;
    add_shift(spec, 0, 8);
    DownSpec& down = spec.downs.emplace_back();
    down.target = "etch";
    down.time_to_failure = testing::minutes(100'000);
    down.first = testing::minutes(7 * 60);
    down.repair = testing::minutes(3 * 60);
    const RunResult r = simulate(spec);
    // 7 h before the failure, 3 h of the day after
    EXPECT_EQ(r.lot_types[0].completed.cycle_time_sum, 27 * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::down), 3 * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::nonscheduled), (10 * 16 - 2) * kHour);
}

// 13.4: a failure of the night begins in the morning
TEST(Ramp, failure_while_closed) {
    Spec spec = one_tool(1, {30});
    add_shift(spec, 0, 8);
    DownSpec& down = spec.downs.emplace_back();
    down.target = "etch";
    down.time_to_failure = testing::minutes(100'000);
    down.first = testing::minutes(10 * 60);
    down.repair = testing::minutes(3 * 60);
    spec.planned_lots[0].time = 24 * kHour;
    const RunResult r = simulate(spec);
    EXPECT_EQ(r.lot_types[0].completed.cycle_time_sum, 4 * kHour);
}

// 13.1, 13.5: nothing before its date, engineering in qualification, clocks from then on
TEST(Ramp, install) {
    Spec spec = one_tool(1, {0});
    ToolInstallSpec& row = spec.tool_installs.emplace_back();
    row.tool_group = "etch";
    row.date = kDay;
    row.qualification = 2 * kDay;
    DownSpec& down = spec.downs.emplace_back();
    down.target = "etch";
    down.time_to_failure = testing::minutes(100'000);
    down.first = testing::minutes(120);
    down.repair = testing::minutes(60);
    const RunResult r = simulate(spec);
    EXPECT_EQ(r.lot_types[0].completed.cycle_time_sum, 73 * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::nonscheduled), kDay);
    EXPECT_EQ(time_in(r, 0, ToolState::engineering), 2 * kDay);
    EXPECT_EQ(time_in(r, 0, ToolState::down), kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::standby_no_wip), 7 * kDay - 2 * kHour);
}

// 13.1: the factor of a learning curve at the date of arrival shortens qualification
TEST(Ramp, qualification_learning) {
    Spec spec = one_tool(1, {0});
    ToolInstallSpec& row = spec.tool_installs.emplace_back();
    row.tool_group = "etch";
    row.qualification = 2 * kDay;
    LearningSpec& curve = spec.learnings.emplace_back();
    curve.name = "crew";
    curve.quantity = LearningQuantity::qualification;
    curve.start = 1.5;
    curve.tau = kDay;
    EXPECT_EQ(time_in(simulate(spec), 0, ToolState::engineering), 3 * kDay);
}

// 14.2: from 0 to 600 pieces a month in 30 days are 12 lots of 25 in June, then 24 in every 30 days
TEST(Ramp, releases_by_month) {
    Spec spec = three_steps();
    spec.line.start = civil_to_ticks(2026, 6, 1, 0, 0, 0);
    spec.line.horizon = 91 * kDay;
    spec.releases[0].policy = ReleasePolicy::ramp;
    for (const double rate : {0.0, 600.0}) {
        RampSpec& row = spec.ramps.emplace_back();
        row.release = "regular";
        row.date = rate > 0 ? 30 * kDay : 0;
        row.pieces_per_month = rate;
    }
    const RunResult r = simulate(spec);
    ASSERT_EQ(r.months.begin, (std::vector<Time>{0, 30 * kDay, 61 * kDay}));
    ASSERT_EQ(r.months.end.back(), 91 * kDay);
    EXPECT_EQ(r.months.types[0].released_pieces, 12U * 25);
    EXPECT_EQ(r.months.types[1].released_pieces, 24U * 25);  // every 30 h: 744 h of July hold 24
    EXPECT_EQ(r.released, 12U + 48);                         // 61 d at one lot in 30 h: 48.8
}

// 16: tools spend exactly the process times of engineering lots in state engineering, and their lots are no product
TEST(Ramp, engineering_lots) {
    Spec spec = one_tool(3, {0, 10, 20});
    add_release(spec, "trials", "p", 24 * 60).engineering = true;
    spec.releases[1].repeats = 5;
    const RunResult r = simulate(spec);
    EXPECT_EQ(time_in(r, 0, ToolState::engineering), 15 * kHour);
    EXPECT_EQ(time_in(r, 0, ToolState::productive), 9 * kHour);
    Diagnostics warnings;
    const Model model = *compile(spec, warnings);
    const std::vector<ResultTable> tables = result_tables(model, r);
    const ResultTable& types = tables[1];
    EXPECT_EQ(types.text(1, types.schema->index("engineering")), "1");
    EXPECT_EQ(types.text(1, types.schema->index("on_time_percent")), "");
    EXPECT_EQ(types.text(1, types.schema->index("throughput_per_d")), "");
    const ResultTable& months = tables.back();
    EXPECT_EQ(months.number(0, months.schema->index("starts_pieces")), 75);
    EXPECT_EQ(months.number(0, months.schema->index("engineering_starts_pieces")), 125);
    EXPECT_EQ(months.number(0, months.schema->index("shipped_pieces")), 75);
}

// 15: does the scrapped share follow the curve, month by month?
TEST(Ramp, scrap_falls) {
    Spec spec = three_steps();
    spec.line.horizon = 360 * kDay;
    spec.steps[0].scrap_percent = 5;
    LearningSpec& curve = spec.learnings.emplace_back();
    curve.name = "yield";
    curve.start = 8;
    curve.tau = 60 * kDay;
    const RunResult r = simulate(spec);
    for (size_t i = 0; i < r.months.begin.size(); ++i) {
        const MonthOfType& month = r.months.types[i];
        const double scrapped = static_cast<double>(month.scrapped_pieces) / 25;
        const double lots = scrapped + static_cast<double>(month.shipped_lots);
        // the mean of the curve over the month
        const double a = in_days(r.months.begin[i]) / 60, b = in_days(r.months.end[i]) / 60;
        const double share = 0.05 * (1 + 7 * (std::exp(-a) - std::exp(-b)) / (b - a));
        EXPECT_NEAR(scrapped, lots * share, 4 * std::sqrt(lots * share * (1 - share)) + 1) << i;
    }
}

// rows that change nothing: installed before the start, staffed always, a factor of 1
TEST(Ramp, rows_without_effect) {
    Spec spec = three_steps();
    spec.steps[0].scrap_percent = 10;
    const uint64_t before = simulate(spec).fingerprint;
    ToolInstallSpec& install = spec.tool_installs.emplace_back();
    install.tool_group = "etch";
    install.date = -10 * kDay;
    install.qualification = 10 * kDay;
    add_shift(spec, 6, 12);
    add_shift(spec, 18, 12);
    ShutdownSpec& past = spec.shutdowns.emplace_back();
    past.from = -2 * kDay;
    past.until = 0;
    LearningSpec& curve = spec.learnings.emplace_back();
    curve.name = "none";
    curve.tau = kDay;
    EXPECT_EQ(simulate(spec).fingerprint, before);
    spec.learnings[0].final = 0.5;
    EXPECT_NE(simulate(spec).fingerprint, before);
}

// the die yield of a month is that of its middle: 25 pieces, 100 dies, D = 0.5 without fall
TEST(Ramp, good_dies) {
    Spec spec = one_tool(1, {0});
    ProductSpec& product = spec.products[0];
    product.gross_dies = 100;
    product.die_area_mm2 = 200;
    product.d0_final = 0.5;
    Diagnostics warnings;
    const Model model = *compile(spec, warnings);
    const std::vector<ResultTable> tables = result_tables(model, run(model, {}));
    const ResultTable& months = tables.back();
    ASSERT_EQ(months.rows(), 1U);
    EXPECT_NEAR(months.number(0, months.schema->index("good_dies")), 2500 / 2.25, 1e-9);
    EXPECT_NEAR(months.number(0, months.schema->index("die_yield_percent")), 100 / 2.25, 1e-9);
}

}  // namespace
}  // namespace chipchain
