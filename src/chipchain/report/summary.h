// Tables of several replications -> one table of means with 95 % intervals; two systems -> their differences.
#pragma once

#include <string>
#include <vector>

#include "chipchain/report/table.h"
#include "chipchain/stats/interval.h"

namespace chipchain {

struct SummaryRow {
    std::vector<Cell> labels;          // [column] keys and facts; of value columns: no value
    std::vector<MeanInterval> values;  // [column]; count 0 for keys, facts and values that no replication has
};

struct Summary {
    const TableSchema* schema = nullptr;
    std::vector<SummaryRow> rows;  // in the order of the first replication, rows that only later ones have behind

    [[nodiscard]] const MeanInterval& value(size_t row, std::string_view column) const;
    [[nodiscard]] std::string label(size_t row, std::string_view column) const;
};

// Joins the same table of several replications by its key columns. REQUIRES one schema.
[[nodiscard]] Summary summarise(const std::vector<const ResultTable*>& replications);

// One column of one row, compared over the replications that both systems have: common random numbers make pairs.
struct Difference {
    std::string row;  // keys, joined by '/'
    size_t column = 0;
    MeanInterval first;
    MeanInterval second;
    MeanInterval difference;  // second - first
    Verdict verdict = Verdict::noise;
};

// REQUIRES equal schemas and numbers of replications. Rows that one side does not have are left out.
[[nodiscard]] std::vector<Difference> differences(
    const std::vector<const ResultTable*>& first,
    const std::vector<const ResultTable*>& second,
    const std::vector<std::string_view>& columns);

}  // namespace chipchain
