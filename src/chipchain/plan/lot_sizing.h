// Lot sizes of one item without capacity limit: when to order how much, so that setups, units and stock cost least.
//
// H. M. Wagner and T. M. Whitin, "Dynamic Version of the Economic Lot Size Model", Management Science 5(1), 1958,
// 89-96. An optimal plan orders only into empty stock (their theorem 1), so a forward recursion over "the last order
// before the end of period u was in period t" is exact in O(T^2); it stays so for setup, unit and holding costs that
// differ by period, because all costs are concave in the order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace chipchain {

struct LotSizingPeriod {
    double demand = 0;        // units, 0 or more, met in the period
    double setup_cost = 0;    // of an order, whatever its size; 0 or more
    double unit_cost = 0;     // per unit ordered
    double holding_cost = 0;  // per unit in stock at the end of the period; 0 or more
};

struct LotSizingPlan {
    double cost = 0;             // setups, units and holding
    std::vector<double> orders;  // [period] units, 0 without an order
    std::vector<double> stock;   // [period] units at its end
};

// Returns a plan of least cost that starts and ends without stock and is never late. Of equally good plans the one
// whose last order is earliest. Empty periods: an empty plan of cost 0.
[[nodiscard]] LotSizingPlan lot_sizes(std::span<const LotSizingPeriod> periods);

}  // namespace chipchain
