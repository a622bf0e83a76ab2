// What a plan costs: writing its program, solving it cold, and again after thirty capacities fell by 5 %. Goals
// (planning facts 3.3, two cores of a shared machine): s 1 s, m44 4 s cold and 0.5 s what-if, m 15 s; writing under 10
// % of solving.
#include <benchmark/benchmark.h>

#include "chipchain/plan/bench_chain.h"
#include "chipchain/plan/planner.h"

namespace chipchain {
namespace {

void cold(benchmark::State& state) {
    const ChainModel model = bench_chain(bench_chain_sizes()[static_cast<size_t>(state.range(0))]);
    double build = 0;
    double solve = 0;
    PlanningResult result;
    for (auto _ : state) {
        result = Planner(model, {}).plan();
        build += result.build_s;
        solve += result.solve_s;
    }
    state.SetLabel(result.plan.solver);
    state.counters["rows"] = result.rows;
    state.counters["columns"] = result.columns;
    state.counters["build_percent"] = 100 * build / solve;
}
BENCHMARK(cold)->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->Iterations(1);

void what_if(benchmark::State& state) {
    const ChainModel model = bench_chain(bench_chain_sizes()[static_cast<size_t>(state.range(0))]);
    Planner planner(model, {});
    (void)planner.plan();
    double factor = 1;
    for (auto _ : state) {
        factor *= 0.95;
        ChainFuture future;
        future.site_share.assign(model.sites.size(), std::vector<double>(model.buckets.size(), 1.0));
        for (size_t t = 5; t < 10; ++t) future.site_share[0][t] = factor;
        benchmark::DoNotOptimize(planner.plan(future));
    }
}
BENCHMARK(what_if)->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace chipchain
