// Are lot sizes those of published instances, and never beaten by a search that knows no theorem?
#include "chipchain/plan/lot_sizing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace chipchain {
namespace {

std::vector<LotSizingPeriod> constant(std::vector<double> demand, double holding, double setup) {
    std::vector<LotSizingPeriod> periods;
    for (const double d : demand) periods.push_back({d, setup, 0, holding});
    return periods;
}

// Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. 2019, example 3.9, problems 3.27 and 3.29; the last
// with unit costs that change is an instance of the same authors' program.
TEST(LotSizing, PublishedInstances) {
    const LotSizingPlan first = lot_sizes(constant({90, 120, 80, 70}, 2, 500));
    EXPECT_DOUBLE_EQ(first.cost, 1380);
    EXPECT_EQ(first.orders, (std::vector<double>{210, 0, 150, 0}));
    EXPECT_EQ(first.stock, (std::vector<double>{120, 0, 70, 0}));
    EXPECT_DOUBLE_EQ(lot_sizes(constant({150, 100, 80, 200}, .8, 120)).cost, 424);
    EXPECT_DOUBLE_EQ(lot_sizes(constant({730, 580, 445, 650, 880}, .1, 100)).cost, 423);
    std::vector<LotSizingPeriod> bought = constant({400, 500, 500, 1100, 900}, .1, 100);
    const double unit_costs[] = {3, 1, 4, 6, 6};
    for (size_t t = 0; t < bought.size(); ++t) bought[t].unit_cost = unit_costs[t];
    const LotSizingPlan plan = lot_sizes(bought);
    EXPECT_DOUBLE_EQ(plan.cost, 4940);
    EXPECT_EQ(plan.orders, (std::vector<double>{400, 3000, 0, 0, 0}));
}

TEST(LotSizing, NothingToOrderCostsNothing) {
    EXPECT_EQ(lot_sizes({}).cost, 0);
    const LotSizingPlan plan = lot_sizes(constant({0, 0, 5, 0}, 1, 10));
    EXPECT_EQ(plan.cost, 10);
    EXPECT_EQ(plan.orders, (std::vector<double>{0, 0, 5, 0}));
}

double cost_of(const std::vector<LotSizingPeriod>& periods, const LotSizingPlan& plan) {
    double cost = 0;
    for (size_t t = 0; t < periods.size(); ++t) {
        cost += (plan.orders[t] > 0 ? periods[t].setup_cost : 0) + periods[t].unit_cost * plan.orders[t] +
                periods[t].holding_cost * plan.stock[t];
    }
    return cost;
}

// every whole order quantity in every period, by recursion over the stock: uses no property of optimal plans
double by_search(const std::vector<LotSizingPeriod>& periods) {
    double total = 0;
    for (const LotSizingPeriod& p : periods) total += p.demand;
    const auto most = static_cast<size_t>(total);
    std::vector<double> least(most + 1, std::numeric_limits<double>::infinity());
    least[0] = 0;
    for (const LotSizingPeriod& p : periods) {
        const auto demand = static_cast<size_t>(p.demand);
        std::vector<double> next(most + 1, std::numeric_limits<double>::infinity());
        for (size_t before = 0; before <= most; ++before) {
            for (size_t order = 0; before + order <= most; ++order) {
                if (before + order < demand) continue;
                const size_t after = before + order - demand;
                const double cost = least[before] + (order > 0 ? p.setup_cost : 0) +
                                    p.unit_cost * static_cast<double>(order) +
                                    p.holding_cost * static_cast<double>(after);
                next[after] = std::min(next[after], cost);
            }
        }
        least = next;
    }
    return least[0];
}

// a whole number of low..high - 1, evenly from the first case on
int draw(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }

RC_GTEST_PROP(LotSizing, NoSearchFindsACheaperPlan, ()) {
    std::vector<LotSizingPeriod> periods(static_cast<size_t>(draw(1, 8)));
    for (LotSizingPeriod& p : periods) {
        p.demand = draw(0, 6);
        p.setup_cost = draw(0, 30);
        p.unit_cost = draw(0, 8);
        p.holding_cost = draw(0, 5);
    }
    const LotSizingPlan plan = lot_sizes(periods);
    RC_ASSERT(plan.cost == by_search(periods));  // whole numbers: exact
    RC_ASSERT(plan.cost == cost_of(periods, plan));
    double stock = 0;
    for (size_t t = 0; t < periods.size(); ++t) {
        stock += plan.orders[t] - periods[t].demand;
        RC_ASSERT(stock >= 0);
        RC_ASSERT(stock == plan.stock[t]);
    }
    RC_ASSERT(stock == 0);
}

}  // namespace
}  // namespace chipchain
