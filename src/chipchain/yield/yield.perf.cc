// Cost of the arithmetic of yields. Goals: a sampled wafer of 616 dies in 100 us, harvest bins of 20 cores in 1 ms, the
// expected yield of a map with three clustered levels and a radial rise in 50 ms.
#include <benchmark/benchmark.h>

#include "chipchain/yield/cost.h"
#include "chipchain/yield/defects.h"
#include "chipchain/yield/grid.h"
#include "chipchain/yield/redundancy.h"

namespace chipchain {
namespace {

SubstrateMap wafer() {
    const Region region = usable_region(WaferShape{});
    const GridCell cell = device_cell(10, 10, 0.1);
    SubstrateMap map = map_of(region, cell, place(region, cell, Centring::corner));
    map.bins.push_back({2, false, "defect"});
    return map;
}

void sampled_wafer(benchmark::State& state, const DefectModel& model) {
    const SubstrateMap map = wafer();
    uint32_t number = 0;
    for (auto _ : state) {
        SubstrateMap copy = map;
        benchmark::DoNotOptimize(sample_defects(model, {1, 0}, number++, 2, copy).failed);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(map.devices()));
}
BENCHMARK_CAPTURE(sampled_wafer, per_wafer, DefectModel{0.1, 3});
BENCHMARK_CAPTURE(sampled_wafer, all_levels, DefectModel{0.1, 3, 3, 3, 8, 8, 1, 2});

void expected_yield_all_levels(benchmark::State& state) {
    const SubstrateMap map = wafer();
    for (auto _ : state) benchmark::DoNotOptimize(expected_yield(map, {0.1, 3, 3, 3, 8, 8, 1, 2}));
}
BENCHMARK(expected_yield_all_levels);

void harvest_of_twenty_cores(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(harvest_bins({20, 0.15, 1.29}, 0.1, 3).front());
}
BENCHMARK(harvest_of_twenty_cores);

}  // namespace
}  // namespace chipchain
