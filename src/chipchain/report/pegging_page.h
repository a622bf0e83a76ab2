// Pages of pegging: where the deliveries of a programme come from, and whom the starts of an activity serve, as
// indented trees with pieces, places and months.
#pragma once

#include <string>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"
#include "chipchain/study/promise.h"

namespace chipchain {

// Upstream of what a programme gets in the buckets of `period`. Branches of less than half a per cent are left out.
[[nodiscard]] std::string
supply_page(const ChainModel& model, const ChainPlan& plan, uint32_t programme, const Quarter& period);

// Downstream of what an activity starts in the buckets of `period`.
[[nodiscard]] std::string
use_page(const ChainModel& model, const ChainPlan& plan, uint32_t activity, const Quarter& period);

}  // namespace chipchain
