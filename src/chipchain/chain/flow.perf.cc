// What following dies costs: the half-reticle flow with none, 1 % and all of its wafers traced. Goal: 1 % costs less
// than the flow itself, none costs nothing.
#include <benchmark/benchmark.h>

#include "chipchain/chain/flow.h"
#include "chipchain/spec/embedded_flows.h"

namespace chipchain {
namespace {

void flow_with_trace(benchmark::State& state) {
    Spec spec = embedded_flow("ai5-half-reticle").value();
    spec.flows[0].wafers_per_month = static_cast<double>(state.range(1));
    const FlowModel model = compile_flow(spec).value();
    FlowOptions options;
    options.drain = true;
    options.keep = state.range(0) > 0;
    uint64_t units = 0;
    uint64_t wafers = 0;
    for (auto _ : state) {
        const FlowResult result = run_flow(model, options);
        units += result.stores[model.final_store].pushed;
        wafers += result.wafers;
        if (!options.keep) continue;
        const double share = static_cast<double>(state.range(0)) / 100;
        benchmark::DoNotOptimize(trace_dies(model, result.source, result.genealogy, share));
    }
    state.counters["units"] = benchmark::Counter(static_cast<double>(units), benchmark::Counter::kIsRate);
    state.counters["wafers"] = benchmark::Counter(static_cast<double>(wafers), benchmark::Counter::kIsRate);
}
// traced percent, wafers a month of twelve
BENCHMARK(flow_with_trace)
    ->Args({0, 1000})
    ->Args({1, 1000})
    ->Args({100, 1000})
    ->Args({0, 83'334})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace chipchain
