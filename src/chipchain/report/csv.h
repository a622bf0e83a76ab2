// One CSV file per result table (RFC 4180), the replication in front.
#pragma once

#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/report/table.h"

namespace chipchain {

// The text of one table for several replications; the first column is the position in `replications`.
[[nodiscard]] std::string csv_text(const std::vector<const ResultTable*>& replications);

// Writes all tables as <folder>/<table>.csv. Each file appears complete or not at all. Ids: file-not-writable.
[[nodiscard]] Result<void> write_csv(
    const std::string& folder,
    const std::vector<std::vector<ResultTable>>& replications);

}  // namespace chipchain
