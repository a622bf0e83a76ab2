// Where safety stock is held in a chain of stages, and how much, when every stage guarantees its service time.
//
// S. C. Graves and S. P. Willems, "Optimizing Strategic Safety Stock Placement in Supply Chains", Manufacturing &
// Service Operations Management 2(1), 2000, 68-83. Stage k promises its customers to deliver within S_k periods, its
// suppliers keep theirs, SI_k >= S_i, so stock must cover the net time N_k = SI_k + T_k - S_k >= 0:
//
//   minimise the sum over k of h_k z_k sqrt(sigma_k^2 N_k + mu_k^2 sigma_T,k^2), S_k <= the promise made to customers.
//
// The first term is theirs; the second is the usual one for a random lead time, here of the stage's own process: G. D.
// Eppen and R. K. Martin, Management Science 34(11), 1988, 1380-1390 (who also show where it errs: few periods, skewed
// leads). It does not depend on S_k, so it adds cost but moves no stock. Demands of different stages are independent.
//
// Trees: their dynamic programme, O(stages * M^2) with M the longest replenishment time (2,000 stages: 0.02 s). Other
// acyclic networks: arcs that close a cycle are relaxed, what is left is solved as a tree, and branching on the service
// times of a violated arc closes the gap, as S. Humair and S. P. Willems, Operations Research 59(3), 2011, 781-787,
// solve general networks; here the relaxed arcs also have Lagrangean prices, which raise the bound. Exact while it
// ends: 60 stages with 20 cycles in 0.3 s; beyond some 40 cycles it stops with a plan and its proven gap.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chipchain {

struct ServiceStage {
    std::string name;
    int32_t processing_time = 0;          // periods, from all inputs at hand to the output at hand
    double processing_time_sigma = 0;     // periods
    double holding_cost = 0;              // per unit and period (or per unit: the cost has the same unit of time)
    double demand_mean = 0;               // of its own customers, units per period, beside what later stages need
    double demand_sigma = 0;              // units per period^0.5
    std::optional<int32_t> promise;       // the longest S that may be quoted; none: no limit
    int32_t inbound_time = 0;             // service time of suppliers outside of the network
    std::optional<double> safety_factor;  // z of this stage instead of the network's
};

// One unit of `to` takes quantity_per units of `from`.
struct ServiceArc {
    uint32_t from = 0;
    uint32_t to = 0;
    double quantity_per = 1;
};

struct ServiceNetwork {
    std::vector<ServiceStage> stages;
    std::vector<ServiceArc> arcs;
    double safety_factor = 0;  // z: normal_quantile(service level)
};

struct StageService {
    int32_t inbound_time = 0;   // SI, periods
    int32_t outbound_time = 0;  // S
    int32_t net_time = 0;       // N = SI + T - S
    double demand_mean = 0;     // of all that needs the stage's output, units per period
    double demand_sigma = 0;
    double safety_stock = 0;  // units
    double cost = 0;          // holding cost of the safety stock
};

struct ServicePlan {
    std::vector<StageService> stages;  // [stage]
    double cost = 0;
    double lower_bound = 0;  // no plan costs less; equals cost when optimal
    bool optimal = true;     // false only when most_trees was reached
    uint64_t trees = 0;      // dynamic programmes solved: 1 for a tree
};

// All functions REQUIRE an acyclic network whose arcs join stages of it, times, costs and sigmas >= 0.

// Returns the plan of least cost. Stops after some `most_trees` dynamic programmes with the best plan known.
[[nodiscard]] ServicePlan place_safety_stock(const ServiceNetwork& network, uint64_t most_trees = 20'000);

// The same with a choice of the arcs to relax, by their index; those that are left must form a forest. Any choice gives
// the same cost; more arcs than needed cost time.
[[nodiscard]] ServicePlan
place_safety_stock_relaxing(const ServiceNetwork& network, std::span<const uint32_t> relaxed_arcs, uint64_t most_trees);

// Returns what a choice of outbound service times costs, [stage]; a time that is longer than SI + T, or than the
// promise, is cut to it. All 0: every stage holds stock for itself.
[[nodiscard]] ServicePlan service_plan_of(const ServiceNetwork& network, std::span<const int32_t> outbound_times);

}  // namespace chipchain
