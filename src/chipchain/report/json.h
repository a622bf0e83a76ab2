// Results as JSON: {"tables": {"run": [{...}], ...}, "summary": {...}}: the rows of every replication, and means with
// 95 % half widths over replications for the tables of moderate length.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chipchain/report/table.h"

namespace chipchain {

// `everything`: also the per-tool, per-step and series tables.
[[nodiscard]] std::string json_text(const std::vector<std::vector<ResultTable>>& replications, bool everything);

// {"format": ..., "tables": {"<name>": [{...}], ...}}: the rows of these tables.
[[nodiscard]] std::string tables_json(std::string_view format, const std::vector<ResultTable>& tables);

}  // namespace chipchain
