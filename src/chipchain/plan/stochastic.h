// Plans before it is known which future comes (M7 of the planning facts): modules, qualifications, reserved options
// and, if wanted, the starts of the first buckets are decided once; everything else follows the future. The objective
// is
//   first-stage cost + (1 - lambda) E[recourse] + lambda CVaR_alpha[recourse],
//   CVaR = min over eta >= 0 of eta + E[max(0, recourse - eta)] / (1 - alpha)
// (Rockafellar and Uryasev, Journal of Risk 2(3), 2000). All futures stand in one program, the extensive form, which is
// right for some dozens of them.
#pragma once

#include <vector>

#include "chipchain/plan/planner.h"

namespace chipchain {

struct WeighedFuture {
    ChainFuture future;
    double probability = 0;
};

struct StochasticOptions {
    PlannerOptions planner;
    double lambda = 0;         // 0: mean cost alone; 1: CVaR alone
    double alpha = 0.9;        // CVaR is the mean of the dearest 1 - alpha
    size_t shared_starts = 0;  // buckets whose starts are decided first
};

struct StochasticResult {
    SolveStatus status = SolveStatus::failed;
    SolutionCheck check;
    double objective = 0;
    double first_stage = 0;        // cost of what is decided first
    double expected = 0;           // recourse, mean
    double cvar = 0;               // recourse, by its definition from the costs of the futures
    double value_at_risk = 0;      // eta
    std::vector<double> recourse;  // [future]
    std::vector<ChainPlan> plans;  // [future]; prices and cost.contracts are of all futures
};

// REQUIRES at least one future, probabilities that sum to 1.
[[nodiscard]] StochasticResult
plan_stochastic(const ChainModel& model, const std::vector<WeighedFuture>& futures, const StochasticOptions& options);

}  // namespace chipchain
