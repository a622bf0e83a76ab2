// Result tables into the files that the user asked for.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/report/sqlite.h"
#include "chipchain/report/table.h"

namespace chipchain {

struct TableFiles {
    std::string json;  // file, or "-" for stdout; empty: none
    std::string csv;   // folder
    std::string sqlite;
};

// Writes them; `json` makes the text when it is wanted. Ids: file-not-writable.
[[nodiscard]] Result<void> write_tables(
    const TableFiles& files,
    const RunIdentity& identity,
    std::span<const TableSchema> schemas,
    const std::vector<ResultTable>& tables,
    const std::function<std::string()>& json);

}  // namespace chipchain
