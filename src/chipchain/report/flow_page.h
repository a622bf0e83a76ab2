// A flow for the terminal: stages, losses, bins, stores, cost per good unit, and the balance.
#pragma once

#include <string>
#include <vector>

#include "chipchain/chain/flow.h"
#include "chipchain/report/table.h"

namespace chipchain {

// The page of a run from its tables (flow_tables()) in at most `width` columns.
[[nodiscard]] std::string
flow_page(const FlowModel& model, const FlowResult& result, const std::vector<ResultTable>& tables, size_t width);

// The way of finished unit `unit` (from 1) back to its dies. REQUIRES that there is one and that the genealogy was
// kept.
[[nodiscard]] std::string unit_page(const FlowModel& model, const FlowResult& result, uint64_t unit, size_t width);

}  // namespace chipchain
