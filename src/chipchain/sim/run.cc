#include "chipchain/sim/run.h"

#include <chrono>

#include "chipchain/sim/engine.h"

namespace chipchain {

RunResult run(const Model& model, const RunOptions& options) {
    const Time horizon = options.horizon >= 0 ? options.horizon : model.horizon;
    engine::State state;
    engine::start(model, state, options, horizon);
    const auto begin = std::chrono::steady_clock::now();
    engine::loop(model, state, options, horizon);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    RunResult result = engine::finish(model, state);
    result.seconds = seconds.count();
    return result;
}

}  // namespace chipchain
