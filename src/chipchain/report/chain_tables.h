// The study of a chain as result tables: what the terminal page, CSV, JSON, SQLite and the HTML report all show.
#pragma once

#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/report/table.h"
#include "chipchain/study/chain_study.h"

namespace chipchain {

// All tables, those without rows too, in the order of docs/results.md. `command`: how to make them again.
[[nodiscard]] std::vector<ResultTable> chain_tables(
    const ChainModel& model,
    const ChainStudy& study,
    const ChainStudyOptions& options,
    const std::string& command);

// The schemas of all of them.
[[nodiscard]] std::vector<const TableSchema*> chain_schemas();

}  // namespace chipchain
