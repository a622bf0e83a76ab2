// Does marginal allocation find the cheapest tools that brute force finds?
#include "chipchain/study/allocate.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/model/testspec.h"

namespace chipchain {
namespace {

using namespace testing;

LineLoad three_groups() {
    Spec spec;
    spec.line.horizon = 1000 * kDay;
    const double minutes_of[] = {55, 130, 20};
    for (int g = 0; g < 3; ++g) {
        add_group(spec, std::string(1, static_cast<char>('a' + g)), 1);
        add_step(spec, "r", spec.tool_groups.back().name, minutes_of[g]).process.kind = DistKind::exponential;
    }
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", 20);
    Diagnostics warnings;
    return line_load(*compile(spec, warnings));
}

double days_with(LineLoad line, const std::vector<uint32_t>& tools) {
    for (size_t g = 0; g < tools.size(); ++g) set_tools(line.groups[g], tools[g], true, {});
    return forecast(line).cycle_time_mean_d;
}

double cheapest(const LineLoad& line, const std::vector<GroupChoice>& choices, double target_d) {
    double best = 1e18;
    for (uint32_t a = 1; a <= 12; ++a) {
        for (uint32_t b = 1; b <= 20; ++b) {
            for (uint32_t c = 1; c <= 12; ++c) {
                const double cost = a * choices[0].cost + b * choices[1].cost + c * choices[2].cost;
                if (cost < best && days_with(line, {a, b, c}) <= target_d) best = cost;
            }
        }
    }
    return best;
}

TEST(Allocate, least_cost_equals_brute_force) {
    const LineLoad line = three_groups();
    const double raw_d = 205.0 / 1440;
    const std::vector<std::vector<double>> prices = {{1, 1, 1}, {3, 1, 2}, {10, 1, 4}, {1, 7, 2}, {2, 3, 11}};
    for (const std::vector<double>& price : prices) {
        std::vector<GroupChoice> choices;
        for (const double p : price) choices.push_back({p, 1, false});
        for (const double x : {1.05, 1.2, 1.5, 2.0, 3.0}) {
            const Allocation a = allocate(line, choices, {}, {x * raw_d, 1, true});
            ASSERT_TRUE(a.reached);
            EXPECT_LE(days_with(line, a.tools), x * raw_d);
            EXPECT_NEAR(a.cost, cheapest(line, choices, x * raw_d), 1e-9) << "X " << x << " price " << price[0];
        }
    }
}

TEST(Allocate, keeps_locks_and_minimum) {
    const LineLoad line = three_groups();
    std::vector<GroupChoice> choices(3);
    choices[1].locked = true;
    LineLoad locked = line;
    set_tools(locked.groups[1], 9, true, {});
    const Allocation a = allocate(locked, choices, {}, {1, 1, true});
    EXPECT_EQ(a.tools[1], 9U);
    EXPECT_GE(*std::min_element(a.tools.begin(), a.tools.end()), 2U);
    const Allocation busy = allocate(line, std::vector<GroupChoice>(3), {}, {10, 0.5, true});
    for (const GroupLoad& g : busy.line.groups) EXPECT_LT(g.entry_utilisation, 0.5);
}

// A group that no number of tools frees: does the search end, and say that the goal is not reached?
TEST(Allocate, ends_where_tools_are_always_stopped) {
    LineLoad line = three_groups();
    line.groups[1].outages.push_back({1, 10, 1, false, 0});
    const Allocation a = allocate(line, std::vector<GroupChoice>(3), {}, {1, 1, true});
    EXPECT_FALSE(a.reached);
    EXPECT_FALSE(std::isfinite(a.cycle_time_d));
}

TEST(Allocate, floor_is_what_remains) {
    const LineLoad line = three_groups();
    const std::vector<GroupChoice> choices(3);
    EXPECT_NEAR(cycle_time_floor(line, choices, {}).total_d(), 205.0 / 1440, 1e-9);
    EXPECT_FALSE(allocate(line, choices, {}, {204.0 / 1440, 1, true}).reached);
}

}  // namespace
}  // namespace chipchain
