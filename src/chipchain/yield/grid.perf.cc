// Cost of the proven best offset on a 300 mm wafer. Goals on one core of the reference machine: 10 x 10 mm below 5 ms,
// 2 x 6 mm below 100 ms.
#include "chipchain/yield/grid.h"

#include <benchmark/benchmark.h>

namespace chipchain {
namespace {

void best_offset(benchmark::State& state, double width, double height, double street) {
    const Region wafer = usable_region(WaferShape{300, 3, 5, 0});
    const GridCell cell = device_cell(width, height, street);
    for (auto _ : state) {
        benchmark::DoNotOptimize(place(wafer, cell, Centring::best).devices);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(best_offset, die_10x10, 10, 10, 0.1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(best_offset, die_2x6, 2, 6, 0.08)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(best_offset, die_1x1, 1, 1, 0.08)->Unit(benchmark::kMillisecond);

void reticle_shots(benchmark::State& state) {
    const Region wafer = usable_region(WaferShape{300, 3, 5, 0});
    const GridCell cell = exposure_field(5, 6, 0.08, kField_x_mm, kField_y_mm).cell;
    for (auto _ : state) {
        benchmark::DoNotOptimize(place(wafer, cell, Centring::best).shots);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(reticle_shots)->Unit(benchmark::kMillisecond);

void panel_with_zones(benchmark::State& state) {
    const Region panel = usable_region(PanelShape{700, 700, 10, {{0, 0, 30, 60}, {640, 0, 60, 30}}});
    const GridCell cell = device_cell(3, 5, 0.1);
    for (auto _ : state) {
        benchmark::DoNotOptimize(place(panel, cell, Centring::best).devices);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(panel_with_zones)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace chipchain
