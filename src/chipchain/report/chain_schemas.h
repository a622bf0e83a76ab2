// Columns of the tables of a chain; used by chain_tables*.cc.
#pragma once

#include "chipchain/report/table.h"

namespace chipchain {

extern const TableSchema kChainRun, kSummary, kMilestones, kSupply, kCumulative, kBottlenecks, kResourceUse,
    kCostWaterfall, kOutside, kRisk, kTornado, kStock, kFlows, kLate, kModules, kAssumptions, kOrders, kLoopRounds,
    kPooling, kMoney, kBalance, kGaps, kLines;

}  // namespace chipchain
