// The tables of one replication, and what every figure in them means. Definitions: SEMI E10 and E79 states and ratios,
// flow metrics of docs/glossary.md. docs/results.md is made from these schemas.
#pragma once

#include <string>
#include <vector>

#include "chipchain/model/model.h"
#include "chipchain/report/table.h"
#include "chipchain/sim/result.h"

namespace chipchain {

// All schemas, in the order in which result_tables() returns the tables: run, lot_type, tool_group, tool, step,
// queue_time_window, series, series_area, series_step.
[[nodiscard]] std::span<const TableSchema> result_schemas();
[[nodiscard]] const TableSchema* find_result_schema(std::string_view name);

// The tables of one replication.
[[nodiscard]] std::vector<ResultTable> result_tables(const Model& model, const RunResult& result);

// Why a tool group limits the line, in words; empty when it does not: what dominates its loss of capacity.
[[nodiscard]] std::string bottleneck_reason(
    double down,
    double maintenance,
    double setup,
    double batch_fill,
    double standby_with_wip,
    double tools);

// docs/results.md: every table and column with unit and meaning.
[[nodiscard]] std::string results_page();

}  // namespace chipchain
