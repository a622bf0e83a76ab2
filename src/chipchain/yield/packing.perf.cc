// Cost of packing a 700 x 700 mm panel. Goals on one core of the reference machine: a grid below 1 ms, mixed blocks
// below 0.5 s also for small packages, a format study of 100 sizes on nine formats below 10 ms, one panel of die shift
// and overlay for 12,000 dies below 10 ms.
#include <benchmark/benchmark.h>

#include "chipchain/yield/die_shift.h"
#include "chipchain/yield/package_body.h"
#include "chipchain/yield/packing.h"
#include "chipchain/yield/panel_formats.h"

namespace chipchain {
namespace {

void pack(benchmark::State& state, double width, double height, Rotation rotation) {
    const PanelShape panel{700, 700, 10, {}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(pack_panel(panel, {width, height, 0.2}, {rotation, {}}).packages);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(pack, both_50x42, 50, 42, Rotation::both)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, mixed_50x42, 50, 42, Rotation::mixed)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, mixed_12x9, 12, 9, Rotation::mixed)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack, mixed_5x3, 5, 3, Rotation::mixed)->Unit(benchmark::kMillisecond);

void format_study(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(optimise_format(10, 110, 1, panel_formats(), {}).best.packages);
    }
    state.SetItemsProcessed(state.iterations() * 101 * 9);
}
BENCHMARK(format_study)->Unit(benchmark::kMillisecond);

void body_of_ten_dies(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(smallest_body({{26, 16.5, 2}, {11, 10, 8}}, {0.1, 2, 1.2, true}).area_ratio);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(body_of_ten_dies)->Unit(benchmark::kMillisecond);

void shift_and_overlay(benchmark::State& state) {
    std::vector<DieSite> sites;
    for (const PlacedPackage& p : pack_panel({600, 600, 10, {}}, {5, 5, 0.2}, {}, true).placed)
        sites.push_back({p.rect.x + 2.5, p.rect.y + 2.5, 0});
    set_local_density(sites, 5, 5, 30);
    ShiftModel model;
    model.placement_sigma_um = 3;
    model.reference_radius_mm = 424;
    OverlayRules rules;
    rules.budget_um = 5;
    rules.alignment = Alignment::field;
    rules.panel_x_mm = rules.panel_y_mm = 600;
    rules.field_x_mm = rules.field_y_mm = 60;
    uint32_t panel = 0;
    for (auto _ : state) {
        const std::vector<DieOffset> offsets = draw_die_offsets(model, sites, {1, 0}, panel);
        benchmark::DoNotOptimize(overlay(sites, offsets, rules, {1, 0}, panel++).yield);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(sites.size()));
}
BENCHMARK(shift_and_overlay)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace chipchain
