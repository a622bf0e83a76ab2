// A line that changes while it runs: what rows become, and every mistake in them by its id.
#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/model/calendar.h"
#include "chipchain/model/compile.h"
#include "chipchain/model/learning.h"
#include "chipchain/model/mistakes.h"
#include "chipchain/model/ramp.h"
#include "chipchain/model/testspec.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

using testing::expect_mistakes;
using testing::kError;
using testing::kWarning;
using testing::Mistake;
using testing::three_steps;

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : model.error()[0].message);
    for (const Diagnostic& d : warnings) ADD_FAILURE() << d.id << ": " << d.message;
    return std::move(*model);
}

ToolInstallSpec& add_install(Spec& spec, const std::string& group, int64_t tools, Time date, Time qualification) {
    ToolInstallSpec& row = spec.tool_installs.emplace_back();
    row.tool_group = group;
    row.tools = tools;
    row.date = date;
    row.qualification = qualification;
    return row;
}

ShiftSpec& add_shift(Spec& spec, const std::string& days, double begin_h, double length_h) {
    ShiftSpec& row = spec.shifts.emplace_back();
    row.name = "day";
    row.scope = CalendarScope::line;
    row.days = days;
    row.begin = to_ticks(begin_h, kHour);
    row.length = to_ticks(length_h, kHour);
    return row;
}

void add_rate(Spec& spec, Time date, double pieces_per_month, const std::string& release = "regular") {
    spec.releases[0].policy = ReleasePolicy::ramp;
    RampSpec& row = spec.ramps.emplace_back();
    row.release = release;
    row.date = date;
    row.pieces_per_month = pieces_per_month;
}

LearningSpec& add_curve(Spec& spec, LearningQuantity quantity, double start, double final) {
    LearningSpec& row = spec.learnings.emplace_back();
    row.name = "curve";
    row.quantity = quantity;
    row.start = start;
    row.final = final;
    row.tau = 10 * kDay;
    return row;
}

std::string at(const Model& m, uint32_t group, Time now) {
    std::vector<Schedule> schedule;
    group_schedule(m, group, now, schedule);
    std::string text;
    for (const Schedule tool : schedule) text += "one"[static_cast<size_t>(tool)];
    return text;
}

// do tools that no row names stand there from the start, the others from their dates, the earliest first?
TEST(CompileRamp, installs) {
    Spec spec = three_steps();
    spec.tool_groups[0].tools = 4;
    add_install(spec, "etch", 1, 20 * kDay, 0);
    add_install(spec, "etch", 2, 10 * kDay, 5 * kDay).moved_out = 50 * kDay;
    const Model m = compiled(spec);
    EXPECT_EQ(at(m, 0, 0), "onnn");
    EXPECT_EQ(at(m, 0, 10 * kDay - 1), "onnn");
    EXPECT_EQ(at(m, 0, 10 * kDay), "oeen");
    EXPECT_EQ(at(m, 0, 15 * kDay), "ooon");
    EXPECT_EQ(at(m, 0, 20 * kDay), "oooo");
    EXPECT_EQ(at(m, 0, 50 * kDay), "onno");
    EXPECT_EQ(next_calendar_change(m, 0, 15 * kDay), 20 * kDay);
    EXPECT_EQ(next_calendar_change(m, 0, 50 * kDay), kNever);
    EXPECT_EQ(count_tools(m, 12 * kDay).installed, 4U);
    EXPECT_EQ(count_tools(m, 12 * kDay).qualified, 2U);
}

// do shifts know the days of the week, midnight and the share of the crew?
TEST(CompileRamp, shifts) {
    Spec spec = three_steps();
    spec.tool_groups[0].tools = 3;
    spec.line.start = civil_to_ticks(2026, 7, 3, 0, 0, 0);  // a Friday
    spec.releases[0].interval = 10 * kHour;
    add_shift(spec, "mon-fri", 22, 8).staffed_percent = 50;
    add_shift(spec, "Sun", 10, 2);
    const Model m = compiled(spec);
    EXPECT_EQ(at(m, 0, 0), "oon");  // Thursday's night shift serves half of three tools, rounded up
    EXPECT_EQ(at(m, 0, 6 * kHour), "nnn");
    EXPECT_EQ(at(m, 0, 23 * kHour), "oon");
    EXPECT_EQ(at(m, 0, kDay + 23 * kHour), "nnn");      // Saturday
    EXPECT_EQ(at(m, 0, 2 * kDay + 11 * kHour), "ooo");  // Sunday
    EXPECT_EQ(next_calendar_change(m, 0, 0), 6 * kHour);
    EXPECT_EQ(next_calendar_change(m, 0, kDay + 6 * kHour), 2 * kDay + 10 * kHour);
    std::vector<Schedule> scratch;
    EXPECT_EQ(next_opening(m, 0, kDay + 6 * kHour, scratch), 2 * kDay + 10 * kHour);
    EXPECT_NEAR(staffed_share(m.calendars[0]), (5 * 8 * 0.5 + 2) / 168, 1e-12);
}

// does the row that is closest to the group hold, and does a shutdown close it?
TEST(CompileRamp, closest_shift_and_shutdown) {
    Spec spec = three_steps();
    add_shift(spec, "mon-sun", 0, 24);
    ShiftSpec& own = add_shift(spec, "mon-sun", 8, 8);
    own.scope = CalendarScope::area;
    own.target = "Etch";
    spec.tool_groups[0].tools = 4;
    ShutdownSpec& holiday = spec.shutdowns.emplace_back();
    holiday.from = kDay;
    holiday.until = 2 * kDay;
    const Model m = compiled(spec);
    EXPECT_EQ(at(m, 0, kHour), "nnnn");
    EXPECT_EQ(at(m, 1, kHour), "o");
    EXPECT_EQ(at(m, 0, 9 * kHour), "oooo");
    EXPECT_EQ(at(m, 0, kDay + 9 * kHour), "nnnn");
    EXPECT_EQ(at(m, 1, 2 * kDay), "o");
}

// is the n-th release where the integral of the rate reaches n lots, to the tick?
TEST(CompileRamp, release_dates) {
    // 25 pieces in 30 days and no more: one lot every 30 days
    const std::vector<RampPoint> constant = {{kDay, 25'000'000}};
    EXPECT_EQ(ramp_reaches(constant, 25), 31 * kDay);
    EXPECT_EQ(ramp_reaches(constant, 250), 301 * kDay);
    // from 0 to 600 pieces a month in 30 days: the integral is 300 t^2 / 900 d^2
    const std::vector<RampPoint> rising = {{0, 0}, {30 * kDay, 600'000'000}};
    EXPECT_EQ(ramp_reaches(rising, 75), 15 * kDay);
    EXPECT_EQ(ramp_reaches(rising, 300), 30 * kDay);
    EXPECT_EQ(ramp_reaches(rising, 900), 60 * kDay);
    // down to nothing: 300 pieces, and never one more
    const std::vector<RampPoint> falling = {{0, 600'000'000}, {30 * kDay, 0}};
    EXPECT_EQ(ramp_reaches(falling, 225), 15 * kDay);
    EXPECT_EQ(ramp_reaches(falling, 300), 30 * kDay);
    EXPECT_EQ(ramp_reaches(falling, 301), kNever);
    // a step at one date, and the largest figures that a file may state
    const std::vector<RampPoint> step = {{0, 25'000'000}, {30 * kDay, 25'000'000}, {30 * kDay, 50'000'000}};
    EXPECT_EQ(ramp_reaches(step, 75), 60 * kDay);
    const std::vector<RampPoint> large = {{0, 0}, {kLongest, 100'000'000'000'000}};
    EXPECT_NEAR(in_days(ramp_reaches(large, 1'000'000'000)), std::sqrt(1e9 / 1e8 * 30 * 2 * in_days(kLongest)), 1e-3);
    EXPECT_NEAR(ramp_rate(rising, 15 * kDay) * static_cast<double>(kDay), 10, 1e-9);
    EXPECT_EQ(ramp_rate(constant, 0), 0);
}

// are the learning curves those of the books?
TEST(CompileRamp, learning) {
    Spec spec = three_steps();
    spec.steps[0].scrap_percent = 2;
    add_curve(spec, LearningQuantity::scrap, 5, 1).from = 10 * kDay;
    LearningSpec wright = add_curve(spec, LearningQuantity::scrap, 1, 0.3);
    wright.name = "volume";
    wright.by = LearningBy::pieces;
    wright.first_pieces = 100;
    wright.doubling_factor = 0.8;
    spec.learnings[1] = wright;
    const Model m = compiled(spec);
    const std::vector<uint32_t> time{0}, volume{1}, both{0, 1};
    EXPECT_EQ(learned_factor(m, time, 0, 0), 5);
    EXPECT_NEAR(learned_factor(m, time, 20 * kDay, 0), 1 + 4 * std::exp(-1), 1e-12);
    EXPECT_EQ(learned_factor(m, volume, 0, 100), 1);
    EXPECT_NEAR(learned_factor(m, volume, 0, 400), 0.64, 1e-12);
    EXPECT_EQ(learned_factor(m, volume, 0, 1'000'000'000), 0.3);
    EXPECT_NEAR(learned_factor(m, both, 20 * kDay, 400), 0.64 * (1 + 4 * std::exp(-1)), 1e-12);
    EXPECT_EQ(m.step_learning[0].scrap, both);
    EXPECT_EQ(learned_threshold(uint64_t{1} << 30, 5), uint64_t{1} << 32);
    EXPECT_EQ(learned_time(7, 0.5), 4);
}

// D falls from 0.5 to 0.1 per cm^2 with a time constant of 50 days
TEST(CompileRamp, defect_density) {
    Spec spec = three_steps();
    spec.products[0].gross_dies = 300;
    spec.products[0].die_area_mm2 = 200;
    spec.products[0].d0_start = 0.5;
    spec.products[0].d0_final = 0.1;
    spec.products[0].tau = 50 * kDay;
    const Model m = compiled(spec);
    EXPECT_EQ(m.die_yields[0].die_area_cm2, 2);
    EXPECT_EQ(defect_density(m.die_yields[0], 0), 0.5);
    EXPECT_NEAR(defect_density(m.die_yields[0], 50 * kDay), 0.1 + 0.4 * std::exp(-1), 1e-12);
    EXPECT_NEAR(defect_density(m.die_yields[0], 100'000 * kDay), 0.1, 1e-12);
}

TEST(CompileRamp, months) {
    EXPECT_EQ(
        month_starts(civil_to_ticks(2026, 11, 16, 0, 0, 0), 100 * kDay),
        (std::vector<Time>{15 * kDay, 46 * kDay, 77 * kDay}));
}

std::vector<Mistake> calendar_mistakes() {
    return {
        {"unknown-tool-group", kError, [](Spec& s) { add_install(s, "etsh", 1, kDay, 0); }},
        {"install-too-many", kError, [](Spec& s) { add_install(s, "etch", 3, kDay, 0); }},
        {"moved-out-early", kError, [](Spec& s) { add_install(s, "etch", 1, kDay, kDay).moved_out = kDay; }},
        {"moved-out-dedicated",
         kError,
         [](Spec& s) {
             s.steps[0].dedicate_step = 3;
             add_install(s, "etch", 1, kDay, kDay).moved_out = 9 * kDay;
         }},
        {"unknown-area",
         kError,
         [](Spec& s) {
             ShutdownSpec& row = s.shutdowns.emplace_back();
             row.scope = CalendarScope::area;
             row.target = "Etsh";
             row.until = kDay;
         }},
        {"out-of-range", kError, [](Spec& s) { s.shutdowns.emplace_back().from = kDay; }},
        {"shift-days", kError, [](Spec& s) { add_shift(s, "mon fry", 0, 24); }},
        {"shift-staffs-nobody", kError, [](Spec& s) { add_shift(s, "", 0, 24); }},
        {"shift-staffs-nobody", kError, [](Spec& s) { add_shift(s, "mon", 0, 0); }},
        {"shift-staffs-nobody", kError, [](Spec& s) { add_shift(s, "mon-sun", 0, 24).staffed_percent = 0; }},
    };
}

std::vector<Mistake> ramp_mistakes() {
    return {
        {"ramp-never-starts", kError, [](Spec& s) { s.releases[0].policy = ReleasePolicy::ramp; }},
        {"ramp-never-starts", kError, [](Spec& s) { add_rate(s, 0, 0); }},
        {"ramp-never-starts", kError, [](Spec& s) { add_rate(s, 200 * kDay, 100); }},
        {"ramp-never-starts", kError, [](Spec& s) { add_rate(s, 99 * kDay, 1); }},
        {"unknown-release",
         kError,
         [](Spec& s) {
             add_rate(s, 0, 100);
             add_rate(s, 0, 100, "regula");
         }},
        {"out-of-range",
         kError,
         [](Spec& s) {
             add_rate(s, 0, 100);
             add_rate(s, -kDay, 100);
         }},
        {"ramp-not-ramped",
         kError,
         [](Spec& s) {
             add_rate(s, 0, 100);
             s.releases[0].policy = ReleasePolicy::constant;
         }},
    };
}

std::vector<Mistake> learning_mistakes() {
    return {
        {"learning-upwards", kWarning, [](Spec& s) { add_curve(s, LearningQuantity::scrap, 1, 3); }},
        {"learning-upwards",
         kWarning,
         [](Spec& s) {
             s.products[0].gross_dies = 1;
             s.products[0].d0_final = 1;
             s.products[0].tau = kDay;
         }},
        {"learning-qualification",
         kError,
         [](Spec& s) {
             LearningSpec& row = add_curve(s, LearningQuantity::qualification, 2, 1);
             row.by = LearningBy::pieces;
         }},
        {"out-of-range", kError, [](Spec& s) { add_curve(s, LearningQuantity::scrap, 2, 1).tau = 0; }},
        {"rework-endless",
         kError,
         [](Spec& s) {
             s.steps[1].rework_step = 1;
             s.steps[1].rework_percent = 40;
             add_curve(s, LearningQuantity::rework, 3, 1);
         }},
        {"unknown-step",
         kError,
         [](Spec& s) {
             LearningSpec& row = add_curve(s, LearningQuantity::scrap, 3, 1);
             row.scope = LearningScope::step;
             row.target = "logic";
             row.step = 4;
         }},
        {"unknown-route",
         kError,
         [](Spec& s) {
             LearningSpec& row = add_curve(s, LearningQuantity::scrap, 3, 1);
             row.scope = LearningScope::step;
             row.target = "logik";
             row.step = 1;
         }},
    };
}

// is each mistake found, by its id, and nothing else with it?
TEST(CompileRamp, calendar_mistakes) { expect_mistakes(calendar_mistakes()); }
TEST(CompileRamp, ramp_mistakes) { expect_mistakes(ramp_mistakes()); }
TEST(CompileRamp, learning_mistakes) { expect_mistakes(learning_mistakes()); }

constexpr const char* kModelText = R"([line]
name = "t"
start = 2026-01-01
horizon_d = 365
[[tool_group]]
name = "litho"
area = "Litho"
tools = 2
[[product]]
name = "p"
route = "logic"
[[step]]
route = "logic"
step = 1
tool_group = "litho"
process_min = 5
[[release]]
name = "r"
product = "p"
policy = "ramp"
[[ramp]]
release = "r"
date = 2030-01-01
pieces_per_month = 100
[[tool_install]]
tool_group = "litho"
tools = 3
date = 2026-03-01
[[shift]]
name = "night"
scope = "line"
days = "mon-fry"
[[shift]]
name = "day"
scope = "area"
target = "Litho"
staffed_percent = 0
[[shutdown]]
name = "holidays"
scope = "tool_group"
target = "lito"
from = 2026-12-24
until = 2026-12-27
)";

constexpr const char* kExpected =
    R"(error[ramp-never-starts]: the ramp of release line 'r' never starts: its first date 2030-01-01 is after the end of the run, 2027-01-01
  --> fab.toml:20:10
 20 | policy = "ramp"
    |          ^^^^^^ expected a first release before the horizon

error[install-too-many]: 3 tools of group 'litho' are installed, but it has 2
  --> fab.toml:27:9
 27 | tools = 3
    |         ^ expected at most 2 tools in all rows of the group
help: `tools` of the tool group is the final number

error[shift-days]: shift 'night' works on 'fry', which is no day of the week
  --> fab.toml:32:8
 32 | days = "mon-fry"
    |        ^^^^^^^^^ expected days as in "mon-fri" or "mon wed sun"
help: did you mean 'fri'?

error[shift-staffs-nobody]: shift 'day' never staffs a tool
  --> fab.toml:37:19
 37 | staffed_percent = 0
    |                   ^ expected more than 0

error[unknown-tool-group]: shutdown 'holidays' hits tool group 'lito', which is not declared
  --> fab.toml:41:10
 41 | target = "lito"
    |          ^^^^^^ expected the only tool group
help: did you mean 'litho'?

5 errors
)";

// are all mistakes told at once, each at the place of its value, with the nearest name?
TEST(CompileRamp, mistakes_with_places) {
    const ModelFile file{"fab.toml", kModelText};
    SourceMap sources;
    const Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources);
    Diagnostics warnings;
    const Result<Model> model = compile(*spec, warnings);
    ASSERT_FALSE(model);
    EXPECT_EQ(render_all(model.error(), spec->sources), kExpected);
}

TEST(CompileRamp, install_beyond_the_horizon) {
    Spec spec = three_steps();
    spec.tool_groups[1].tools = 2;
    add_install(spec, "litho", 1, 99 * kDay, 2 * kDay);
    Diagnostics warnings;
    ASSERT_TRUE(compile(spec, warnings));
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].id, "install-beyond-horizon");
    EXPECT_EQ(warnings[0].message, "1 tool of group 'litho' is qualified after the end of the run");
}

}  // namespace
}  // namespace chipchain
