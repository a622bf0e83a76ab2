#include "chipchain/cli/table_files.h"

#include <fmt/format.h>

#include "chipchain/report/csv.h"
#include "chipchain/report/files.h"

namespace chipchain {

Result<void> write_tables(
    const TableFiles& files,
    const RunIdentity& identity,
    std::span<const TableSchema> schemas,
    const std::vector<ResultTable>& tables,
    const std::function<std::string()>& json) {
    if (!files.sqlite.empty()) {
        Result<ResultFile> file = ResultFile::open(files.sqlite, identity, false, schemas);
        if (!file) return tl::unexpected(file.error());
        if (Result<void> added = file->add(0, tables); !added) return added;
    }
    if (!files.csv.empty()) {
        if (Result<void> done = write_csv(files.csv, {tables}); !done) return done;
    }
    if (files.json == "-") {
        fmt::print("{}", json());
    } else if (!files.json.empty()) {
        return write_whole_file(files.json, json());
    }
    return {};
}

}  // namespace chipchain
