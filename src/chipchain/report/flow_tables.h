// The tables of one run of a flow, and what every figure in them means. docs/results.md is made from these schemas.
#pragma once

#include <span>
#include <vector>

#include "chipchain/chain/flow.h"
#include "chipchain/report/table.h"

namespace chipchain {

// All schemas, in the order in which flow_tables() returns the tables: flow, flow_stage, flow_loss, flow_bin,
// flow_store, flow_cost, flow_die, flow_die_step.
[[nodiscard]] std::span<const TableSchema> flow_schemas();

// The tables of a run. `traces`: the dies that were followed; their tables are empty without.
[[nodiscard]] std::vector<ResultTable>
flow_tables(const FlowModel& model, const FlowResult& result, const DieTraces& traces);

}  // namespace chipchain
