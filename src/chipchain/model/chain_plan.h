// A plan of a chain: what starts, moves, is delivered and bought in each bucket. The planner makes it, the simulation
// carries it out, reports show it; neither knows the other.
//
// Shapes: [what][bucket], pieces or starts in the bucket; stocks at its end. Prices are US$ of one more piece, start or
// unit of capacity in the bucket (duals of the linear program; with integers those of the program with its integers
// fixed).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/time.h"

namespace chipchain {

using Series2 = std::vector<std::vector<double>>;

struct PlanCost {
    double activities = 0;  // US$, discounted like the objective
    double transport = 0;
    double tariffs = 0;
    double holding = 0;
    double late = 0;
    double unmet = 0;
    double below_floor = 0;
    double contracts = 0;  // shortfall fees, options
    double capex = 0;
    double qualifications = 0;
    double value = 0;  // of what is delivered; not a cost

    [[nodiscard]] double cost() const {
        return activities + transport + tariffs + holding + late + unmet + below_floor + contracts + capex +
               qualifications;
    }
};

struct ChainPlan {
    Series2 starts;                       // [activity]
    Series2 shipped;                      // [arc], leaving in the bucket
    Series2 delivered;                    // [programme]
    std::vector<Series2> delivered_from;  // [programme][serving node]
    Series2 open;                         // [programme] backlog at the end of the bucket
    Series2 lost;                         // [programme]
    Series2 stock;                        // [node]
    Series2 wip;                          // [activity] starts under way at the end of the bucket
    Series2 modules;                      // [module] decided in the bucket, those ordered in the file not included
    Series2 qualify;                      // [qualification] 1 in the bucket in which the planner begins it
    std::vector<Time> qualified_from;     // [qualification]; kNever: not begun
    std::vector<double> shortfall;        // [contract] starts below the minimum
    std::vector<double> reserved;         // [contract] optional starts reserved
    std::vector<Time> lead;               // [activity] that the plan reckons with

    Series2 node_price;      // [node] US$ of one more piece in stock at the end of the bucket
    Series2 use_price;       // [node] US$ of one more piece, there evenly over the bucket
    Series2 resource_price;  // [resource] US$ of one more unit of capacity
    Series2 use;             // [resource] units used
    Series2 capacity;        // [resource] units available, modules and target included
    PlanCost cost;
    double objective = 0;  // as solved
    std::string solver;
};

}  // namespace chipchain
