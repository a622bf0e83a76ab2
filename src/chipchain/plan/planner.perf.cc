// What a plan costs: writing its program, solving it cold, and again after some thirty capacities fell by 5 %. Goals
// (planning facts 3.3, two cores): s 1 s, m44 4 s cold and 0.5 s what-if, m 15 s; writing under 10 % of solving. The
// facts' programs have stock rows at the end of buckets only: `ends`. The planner's own have those of instants inside
// buckets too: `inside`, which is 28 % more rows at m44.
#include <benchmark/benchmark.h>

#include "chipchain/plan/bench_chain.h"
#include "chipchain/plan/planner.h"

namespace chipchain {
namespace {

PlannerOptions options_of(bool inside, SolverKind solver = SolverKind::automatic) {
    PlannerOptions options;
    options.model.inside_rows = inside;
    options.solver = solver;
    return options;
}

void cold(benchmark::State& state, bool inside, SolverKind solver) {
    const ChainModel model = bench_chain(bench_chain_sizes()[static_cast<size_t>(state.range(0))]);
    double build = 0;
    double solve = 0;
    PlanningResult result;
    for (auto _ : state) {
        result = Planner(model, options_of(inside, solver)).plan();
        build += result.build_s;
        solve += result.solve_s;
    }
    state.SetLabel(result.plan.solver);
    state.counters["rows"] = result.rows;
    state.counters["columns"] = result.columns;
    state.counters["build_percent"] = 100 * build / solve;
}

// The first what-if after a cold plan: the twelve capacities of three buckets fall by 5 %.
void what_if(benchmark::State& state, bool inside) {
    const ChainModel model = bench_chain(bench_chain_sizes()[static_cast<size_t>(state.range(0))]);
    ChainFuture future;
    future.site_share.assign(model.sites.size(), std::vector<double>(model.buckets.size(), 1.0));
    for (size_t t = 5; t < 8; ++t) future.site_share[0][t] = 0.95;
    for (auto _ : state) {
        state.PauseTiming();
        Planner planner(model, options_of(inside));
        (void)planner.plan();
        state.ResumeTiming();
        benchmark::DoNotOptimize(planner.plan(future));
    }
}

#define CHIPCHAIN_SIZES Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->Iterations(1)
BENCHMARK_CAPTURE(cold, ends, false, SolverKind::automatic)->CHIPCHAIN_SIZES;
BENCHMARK_CAPTURE(cold, inside, true, SolverKind::automatic)->CHIPCHAIN_SIZES;
BENCHMARK_CAPTURE(cold, ends_clp, false, SolverKind::clp)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(what_if, ends, false)->CHIPCHAIN_SIZES;
BENCHMARK_CAPTURE(what_if, inside, true)->CHIPCHAIN_SIZES;
#undef CHIPCHAIN_SIZES

}  // namespace
}  // namespace chipchain
