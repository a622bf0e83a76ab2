#include "chipchain/sim/run.h"

#include <chrono>

#include "chipchain/sim/engine.h"

namespace chipchain {

RunResult run(const Model& model, const RunOptions& options) {
    const Regions regions = find_regions(model);
    if (regions.count > 1) return run_regions(model, options, regions);
    const Time horizon = options.horizon >= 0 ? options.horizon : model.horizon;
    engine::State state;
    engine::build_line(model, state, options, regions);
    engine::start(model, state, options, horizon);
    engine::reserve_series(model, horizon, state.result.series);
    const auto begin = std::chrono::steady_clock::now();
    engine::loop(model, state, options, horizon);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    RunResult result = engine::finish(model, state);
    engine::fill_tables(model, state, result);
    result.seconds = seconds.count();
    return result;
}

}  // namespace chipchain
