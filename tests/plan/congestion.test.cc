// Is a plan that knows its congestion worth it? One resource whose output saturates with its WIP (planning facts 2.9,
// tests/scenarios/congestion): a plan of fixed lead times promises much and breaks it, a plan by an allocated clearing
// function says about what happens.
#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/plan/planner.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

ChainModel congestion() {
    SourceMap sources;
    const auto path = testing::project_folder() / "tests/scenarios/congestion/scenario.toml";
    const Result<Spec> spec = read_model(path.string(), &sources);
    EXPECT_TRUE(spec) << (spec ? "" : render_all(spec.error(), sources));
    Diagnostics warnings;
    Result<ChainModel> model = compile_chain(*spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec->sources));
    return std::move(*model);
}

// What the releases of a plan cost under the law itself: dW/dt = release - 10 W / (12 + W), whatever is there is
// delivered at the end of each week, and stock, WIP and waiting are charged as in the program.
double simulated_cost(const ChainModel& model, const ChainPlan& plan) {
    constexpr int kSteps = 1000;  // of a week
    const ChainProgramme& customer = model.programmes[0];
    double wip = 0;
    double net = model.nodes[0].initial;  // stock, less what waits
    double cost = 0;
    for (size_t t = 0; t < model.buckets.size(); ++t) {
        for (int step = 0; step < kSteps; ++step) {
            const double out = 10 * wip / (12 + wip) / kSteps;
            wip += plan.starts[0][t] / kSteps - out;
            net += out;
        }
        net -= customer.due(model.buckets[t].begin, model.buckets[t].end);
        cost += model.activities[0].wip_usd_per_week * wip;
        cost += net >= 0 ? net * model.items[0].holding_usd_per_week : -net * customer.late_usd_per_week;
    }
    return cost;
}

TEST(Congestion, a_plan_by_clearing_function_keeps_its_promise_and_fixed_leads_do_not) {
    const ChainModel model = congestion();
    PlannerOptions fixed;
    fixed.model.clearing = false;
    ChainModel full = model;
    full.resources[0].capacity_per_week.before = 10;  // what f never passes
    const PlanningResult naive = Planner(full, fixed).plan();
    PlannerOptions clearing;
    clearing.model.lead = {0};
    const PlanningResult aware = Planner(model, clearing).plan();
    ASSERT_TRUE(naive.check.good()) << naive.check.fault;
    ASSERT_TRUE(aware.check.good()) << aware.check.fault;

    const double naive_cost = simulated_cost(model, naive.plan);
    const double aware_cost = simulated_cost(model, aware.plan);
    RecordProperty("fixed_promise", std::to_string(naive.plan.objective));
    RecordProperty("fixed_simulated", std::to_string(naive_cost));
    RecordProperty("clearing_promise", std::to_string(aware.plan.objective));
    RecordProperty("clearing_simulated", std::to_string(aware_cost));
    EXPECT_LT(naive.plan.objective, aware.plan.objective) << "fixed leads promise more";
    EXPECT_GE(naive_cost, 4 * aware_cost) << naive_cost << " against " << aware_cost;
    EXPECT_NEAR(aware_cost / aware.plan.objective, 1, 0.4) << aware_cost << " of " << aware.plan.objective;
    EXPECT_GT(naive_cost, 10 * naive.plan.objective) << naive_cost << " of " << naive.plan.objective;
}

}  // namespace
}  // namespace chipchain
