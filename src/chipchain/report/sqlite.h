// Results in one SQLite file: one table per result table, the column `run` (replication) in front, and `meta` with one
// row per column (table, column, kind, unit, meaning). A replication is one transaction: after a crash or a kill the
// file holds everything that was finished. docs/results.md lists the tables.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/report/result_tables.h"
#include "chipchain/report/table.h"

namespace chipchain {

// What a result file belongs to; runs of other conditions are not mixed into one file.
struct RunIdentity {
    std::string model_hash;
    std::string version;
    uint64_t seed = 1;
    int64_t horizon = 0;  // ticks
    int64_t warmup = 0;
    bool operator==(const RunIdentity&) const = default;
};

class ResultFile {
 public:
    // Makes the file anew, or with `resume` keeps what it holds if it has the same identity. Ids: file-not-writable,
    // results-of-another-run (resume only). `schemas`: of the tables that add() will get.
    [[nodiscard]] static Result<ResultFile> open(
        const std::string& path,
        const RunIdentity& identity,
        bool resume,
        std::span<const TableSchema> schemas = result_schemas());

    // Replications that are in the file, ascending.
    [[nodiscard]] std::vector<uint32_t> finished() const;
    // The tables of one of them, as result_tables() gave them.
    [[nodiscard]] std::vector<ResultTable> read(uint32_t replication) const;
    // Adds one replication as a whole. Ids: file-not-writable.
    [[nodiscard]] Result<void> add(uint32_t replication, const std::vector<ResultTable>& tables);

    ResultFile(ResultFile&&) noexcept;
    ResultFile& operator=(ResultFile&&) noexcept;
    ~ResultFile();

 private:
    struct Database;
    explicit ResultFile(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace chipchain
