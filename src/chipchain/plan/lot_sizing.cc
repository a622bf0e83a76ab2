#include "chipchain/plan/lot_sizing.h"

#include <limits>

#include "chipchain/base/check.h"

namespace chipchain {

LotSizingPlan lot_sizes(std::span<const LotSizingPeriod> periods) {
    const size_t count = periods.size();
    for (const LotSizingPeriod& p : periods) {
        CHECK(p.demand >= 0 && p.setup_cost >= 0 && p.holding_cost >= 0);
    }

    // least[u] is the cost of the first u periods, order_of[u] the period of the last order among them
    std::vector<double> least(count + 1, std::numeric_limits<double>::infinity());
    std::vector<size_t> order_of(count + 1, 0);
    least[0] = 0;
    for (size_t t = 0; t < count; ++t) {
        double ordered = 0;
        double holding = 0;           // of what is ordered in t
        double holding_per_unit = 0;  // from the end of t until the demand of u
        for (size_t u = t; u < count; ++u) {
            ordered += periods[u].demand;
            holding += holding_per_unit * periods[u].demand;
            holding_per_unit += periods[u].holding_cost;
            const double setup = ordered > 0 ? periods[t].setup_cost : 0;
            const double cost = least[t] + setup + periods[t].unit_cost * ordered + holding;
            if (cost < least[u + 1]) {
                least[u + 1] = cost;
                order_of[u + 1] = t;
            }
        }
    }

    LotSizingPlan plan = {least[count], std::vector<double>(count), std::vector<double>(count)};
    for (size_t end = count; end > 0; end = order_of[end]) {
        double ahead = 0;  // units still needed by the end of period t
        for (size_t t = end; t-- > order_of[end];) {
            plan.stock[t] = ahead;
            ahead += periods[t].demand;
        }
        plan.orders[order_of[end]] = ahead;
    }
    return plan;
}

}  // namespace chipchain
