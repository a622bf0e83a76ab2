// Safety stocks of a chain by the guaranteed-service model (M6; plan/guaranteed_service.h): every node is a stage whose
// processing time is the lead time of the source that fills it most in a plan, whose demand is what programmes draw
// through bills of material, and whose stock covers its net replenishment time at the service level.
#pragma once

#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"

namespace chipchain {

// [node] pieces, not below the floors of the model. plan: its flows say where nodes get their pieces from; its planned
// lead times count. service in (0.5, 1).
[[nodiscard]] std::vector<double> safety_stocks(const ChainModel& model, const ChainPlan& plan, double service);

// Standard deviation of a duration in weeks, by the moments of its distribution: uniform half width / sqrt 3,
// triangular half width / sqrt 6, erlang mean / sqrt shape.
[[nodiscard]] double duration_sigma_weeks(const DurationSpec& duration);

}  // namespace chipchain
