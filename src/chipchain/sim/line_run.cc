#include "chipchain/sim/line_run.h"

#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/sim/engine.h"

namespace chipchain {

struct LineRun::Impl {
    const Model& model;
    RunOptions options;
    engine::State state = {};
    std::vector<ShippedLot> left = {};
};

LineRun::LineRun(const Model& model, uint64_t seed, uint32_t replication, Time horizon)
    : impl_(new Impl{model, {seed, replication, horizon, 0}}) {
    Regions one;  // all of the line together: what surrounds it sets the borders
    one.of_group.assign(model.tool_groups.size(), 0);
    engine::State& s = impl_->state;
    engine::build_line(model, s, impl_->options, one);
    engine::start(model, s, impl_->options, horizon);
    engine::reserve_series(model, horizon, s.result.series);
    s.left = &impl_->left;
}

LineRun::LineRun(LineRun&&) noexcept = default;
LineRun& LineRun::operator=(LineRun&&) noexcept = default;
LineRun::~LineRun() = default;

uint32_t LineRun::release(uint32_t type, uint32_t pieces) {
    CHECK(type < impl_->model.lot_types.size() && pieces > 0);
    const auto number = static_cast<uint32_t>(impl_->state.types[type].released);
    engine::release_lot(impl_->model, impl_->state, type, pieces);
    return number;
}

const std::vector<ShippedLot>& LineRun::advance(Time until) {
    CHECK(until >= impl_->state.now);
    impl_->left.clear();
    engine::loop(impl_->model, impl_->state, impl_->options, until);
    return impl_->left;
}

RunResult LineRun::finish() {
    RunResult result = engine::finish(impl_->model, impl_->state);
    engine::fill_tables(impl_->model, impl_->state, result);
    return result;
}

}  // namespace chipchain
