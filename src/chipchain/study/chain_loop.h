// Planning and simulation in turn (M3 of the planning facts; Hung and Leachman, IEEE Transactions on Semiconductor
// Manufacturing 9(2), 1996): plan, simulate its releases over many futures, plan again with the lead times that the
// simulation measured and with buffers, and keep the plan that did best in the simulation. Such iterations need not
// converge (Missbauer, European Journal of Operational Research 289, 2021), so the last plan is nothing special.
//
// The naive plan is the first: mean lead times, mean yields, no buffers, and its deliveries as promises. What it
// promises and what it keeps is shown beside the plan that is chosen.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chipchain/plan/planner.h"
#include "chipchain/study/chain_sample.h"
#include "chipchain/study/promise.h"

namespace chipchain {

// Simulates replications first .. first + count - 1 of a schedule.
using SimulateSamples =
    std::function<std::vector<ChainSample>(const ChainSchedule& schedule, uint32_t first, uint32_t count)>;

struct LoopOptions {
    PlannerOptions planner;
    uint32_t rounds = 4;               // plans after the naive one
    uint32_t round_replications = 12;  // futures that judge a round; the same for all
    uint32_t replications = 100;       // futures that make the promise, and as many others that test it
    double service = 0.9;
    double damping = 0.5;  // weight of the measured lead times
    SimulateSamples simulate;
    std::function<void(const std::string&)> log;  // one line per round
};

struct LoopRound {
    std::string kind;           // what the plan reckons with
    double plan_cost = 0;       // US$, as planned
    double simulated_cost = 0;  // US$, mean over the round's futures
    double simulated_net = 0;   // US$, value of what is delivered less all costs: what rounds are compared by
    double kept = 0;            // share of the plan's own deliveries that are kept as promises
    double lead_change = 0;     // mean |change| of the lead times, share of their mean
    double release_change = 0;  // mean |change| of the starts, share of their mean
    bool best = false;
};

struct LoopResult {
    PlanningResult naive;
    PlanningResult best;
    double caution = 0;         // share of the way to the worst that the best plan reckons with
    std::vector<double> floor;  // [node] its safety stocks
    std::vector<LoopRound> rounds;
    std::vector<ChainSample> samples;        // of the best plan, the futures that test the promise
    std::vector<ChainSample> naive_samples;  // of the naive plan in the same futures
    Promise promise;
    Promise naive_promise;
    Series2 kept;        // [programme][quarter] of the promise, in futures that did not make it
    Series2 naive_kept;  // of the naive plan's deliveries
};

// A future worse than expected: yields and capacities lower, lead and build times longer, by a share `caution` in [0,
// 1] of the way to the worst end of their uncertainty.
[[nodiscard]] ChainFuture cautious_future(const ChainModel& model, double caution);

// The same as factors of the uncertainties, for a simulation of what such a plan reckons with.
[[nodiscard]] std::vector<double> cautious_factors(const ChainModel& model, double caution);

[[nodiscard]] LoopResult plan_and_simulate(const ChainModel& model, const LoopOptions& options);

}  // namespace chipchain
