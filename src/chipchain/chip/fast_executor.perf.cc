// Values of whole networks. Goal: ResNet-50 (4.09 G multiplications) in 1 s on one core, 20 G multiplications per
// second with AVX2.
#include "chipchain/chip/fast_executor.h"

#include <benchmark/benchmark.h>

#include "chipchain/chip/aimed_cases.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"

namespace chipchain {
namespace {

void run_network(benchmark::State& state, std::string_view name, FastPath path) {
    const auto lowered = lower(*reference_network(name));
    const auto inputs = drawn_inputs(lowered->network, 1);
    int64_t multiplications = 0;
    for (const IntegerNode& node : lowered->network.nodes) multiplications += multiply_count(lowered->network, node);
    const FastNetwork network(lowered->network, path);
    for (auto _ : state) benchmark::DoNotOptimize(network.run(inputs));
    state.SetItemsProcessed(state.iterations() * multiplications);
}

void resnet50(benchmark::State& state) { run_network(state, "resnet50", FastPath::automatic); }
BENCHMARK(resnet50)->Unit(benchmark::kMillisecond);

void resnet50_portable(benchmark::State& state) { run_network(state, "resnet50", FastPath::portable); }
BENCHMARK(resnet50_portable)->Unit(benchmark::kMillisecond)->Iterations(2);

void mobilenet(benchmark::State& state) { run_network(state, "mobilenet", FastPath::automatic); }
BENCHMARK(mobilenet)->Unit(benchmark::kMillisecond);

void segmentation(benchmark::State& state) { run_network(state, "segmentation", FastPath::automatic); }
BENCHMARK(segmentation)->Unit(benchmark::kMillisecond);

// with the arrangement of the weights
void resnet50_arranged_anew(benchmark::State& state) {
    const auto lowered = lower(*reference_network("resnet50"));
    const auto inputs = drawn_inputs(lowered->network, 1);
    for (auto _ : state) benchmark::DoNotOptimize(run_fast(lowered->network, inputs));
}
BENCHMARK(resnet50_arranged_anew)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace chipchain
