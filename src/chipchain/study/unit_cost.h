// What a good piece costs and from what: unit costs follow the flows of a plan from node to node; what yields lose is a
// step of its own, so that the steps add up to the cost of a good piece.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"

namespace chipchain {

struct CostStep {
    std::string name;
    double usd = 0;     // per good piece
    bool loss = false;  // what yield adds
};

struct UnitCost {
    uint32_t node = 0;
    double pieces = 0;            // made in the plan
    double usd = 0;               // of a good piece: the sum of the steps
    std::vector<CostStep> steps;  // upstream first
};

// Costs of the nodes where packages of a family (chips) are used, and of those that programmes take from; nodes without
// any flow in the plan are left out. Means over the plan's horizon, not discounted, without capital.
[[nodiscard]] std::vector<UnitCost> unit_costs(const ChainModel& model, const ChainPlan& plan);
// The same of all nodes.
[[nodiscard]] std::vector<UnitCost> all_unit_costs(const ChainModel& model, const ChainPlan& plan);

}  // namespace chipchain
