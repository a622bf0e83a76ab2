// Is a fitted clearing function concave and rising, close to what it was fitted to, and that of a simulated line?
#include "chipchain/study/clearing_fit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "chipchain/model/testspec.h"
#include "chipchain/study/size.h"

namespace chipchain {
namespace {

using namespace testing;

void expect_concave(const ClearingFit& fit) {
    ASSERT_FALSE(fit.lines.empty());
    EXPECT_EQ(fit.lines.front().quantity, 0);
    EXPECT_EQ(fit.lines.back().slope, 0);
    for (size_t i = 1; i < fit.lines.size(); ++i) {
        EXPECT_LT(fit.lines[i].slope, fit.lines[i - 1].slope);
        EXPECT_GT(fit.lines[i].quantity, fit.lines[i - 1].quantity);
    }
}

// f = 10 W / (12 + W) of the planning facts 2.9, from points of equal distance: five lines lie within 3 % of the
// capacity of 10, and within 6 % of f itself even where f is small
TEST(ClearingFit, five_lines_follow_a_saturating_curve) {
    const auto f = [](double wip) { return 10 * wip / (12 + wip); };
    std::vector<ClearingPoint> points;
    for (double wip = 1; wip <= 60; wip += 1) points.push_back({wip, f(wip)});
    const ClearingFit fit = fit_clearing(points, 5);
    expect_concave(fit);
    EXPECT_LE(fit.lines.size(), 5U);
    for (double wip = 1; wip <= 60; wip += 0.25) {
        EXPECT_NEAR(fit.at(wip), f(wip), 0.03 * 10) << wip;
        EXPECT_NEAR(fit.at(wip) / f(wip), 1, 0.06) << wip;
    }
    EXPECT_LE(fit.worst, 0.06);
    EXPECT_GT(fit_clearing(points, 3).worst, fit.worst) << "more lines, less error";
}

TEST(ClearingFit, points_on_two_lines_are_met_exactly) {
    const ClearingFit fit = fit_clearing({{1, 2}, {2, 4}, {3, 6}, {5, 6}, {9, 6}}, 8);
    expect_concave(fit);
    for (double wip = 0; wip <= 9; wip += 0.5) EXPECT_NEAR(fit.at(wip), std::min(2 * wip, 6.0), 1e-9) << wip;
    // WIP that waits for batches to fill says nothing
    EXPECT_NEAR(fit_clearing({{1, 2}, {2, 4}, {3, 6}, {4, 1}, {9, 6}}, 8).worst, 0, 1e-9);
    EXPECT_TRUE(fit_clearing({}, 4).lines.empty());
    EXPECT_TRUE(fit_clearing({{0, 3}, {2, 0}}, 4).lines.empty());
}

// whatever the points: concave, rising, 0 at 0
RC_GTEST_PROP(ClearingFit, concave_for_any_points, ()) {
    std::vector<ClearingPoint> points;
    const auto count = *rc::gen::inRange(1, 15);
    for (int i = 0; i < count; ++i) {
        points.push_back(
            {static_cast<double>(*rc::gen::inRange(1, 100)), static_cast<double>(*rc::gen::inRange(1, 50))});
    }
    const ClearingFit fit = fit_clearing(points, static_cast<size_t>(*rc::gen::inRange(2, 9)));
    RC_ASSERT(!fit.lines.empty());
    RC_ASSERT(fit.lines.back().slope == 0);
    RC_ASSERT(fit.at(0) == 0);
    for (size_t i = 1; i < fit.lines.size(); ++i) RC_ASSERT(fit.lines[i].slope < fit.lines[i - 1].slope);
}

// a line of two M/M/3 groups, simulated at several start rates: the function lies within 10 % of each point, and on
// both sides of them
TEST(ClearingFit, brackets_the_simulated_points_of_a_line) {
    Spec spec;
    spec.line.name = "toy";
    spec.line.horizon = 1000 * kDay;
    for (const char* name : {"a", "b"}) {
        add_group(spec, name, 3);
        add_step(spec, "r", name, 60).process.kind = DistKind::exponential;
    }
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", 30).policy = ReleasePolicy::poisson;
    SizeOptions options;
    options.cycle_time_d = 1e9;
    options.scales_starts = true;
    options.simulation.threads = 1;
    options.simulation.days = 300;
    options.simulation.warmup_d = 10;
    const Result<LineAsRead> read = read_line(spec, options);
    ASSERT_TRUE(read);
    const std::vector<RateStep> curve =
        operating_curve(spec, read->line, {}, {}, {0.3, 0.5, 0.7, 0.9, 1, 1.2, 1.3, 1.4}, options);
    const std::vector<ClearingPoint> points = clearing_points(curve);
    ASSERT_EQ(points.size(), 8U);
    const ClearingFit fit = fit_clearing(points, 5);
    expect_concave(fit);
    bool above = false;
    bool below = false;
    for (const ClearingPoint& p : points) {
        EXPECT_NEAR(fit.at(p.wip) / p.output, 1, 0.1) << p.wip;
        above = above || fit.at(p.wip) >= p.output;
        below = below || fit.at(p.wip) <= p.output;
    }
    EXPECT_TRUE(above && below);
    // three tools of one lot an hour: no more than 24 * 7 * 3 a week
    EXPECT_LT(fit.lines.back().quantity, 504.0 * 25);
}

TEST(ClearingFit, rows_to_paste) {
    const ClearingFit fit = fit_clearing({{1, 2}, {2, 4}, {9, 4}}, 4);
    EXPECT_EQ(
        clearing_rows(fit, "fab line", "chipchain curve toy --clearing"),
        "[[clearing]]\nresource = \"fab line\"\nslope = 2\nquantity = 0\nmark = \"computed\"\nsource = \"chipchain "
        "curve toy --clearing\"\n[[clearing]]\nresource = \"fab line\"\nslope = 0\nquantity = 4\nmark = "
        "\"computed\"\nsource = \"chipchain curve toy --clearing\"\n");
}

}  // namespace
}  // namespace chipchain
