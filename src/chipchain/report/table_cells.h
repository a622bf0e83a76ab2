// Cells of one result table by the name of their column, as the terminal pages print them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chipchain/report/table.h"

namespace chipchain {

// The table of that name. REQUIRES it is there.
[[nodiscard]] const ResultTable& find_result(const std::vector<ResultTable>& tables, std::string_view name);

class TableCells {
 public:
    // REQUIRES that a table of that name is there and outlives this.
    TableCells(const std::vector<ResultTable>& tables, std::string_view name) : table_(find_result(tables, name)) {}
    [[nodiscard]] size_t rows() const { return table_.rows(); }
    [[nodiscard]] std::string text(size_t row, std::string_view column) const;
    // Whether the cell has a value.
    [[nodiscard]] bool has(size_t row, std::string_view column) const;
    // 0 for text and missing values.
    [[nodiscard]] double number(size_t row, std::string_view column) const;
    // Rounded, in groups of three digits; "-" for a missing value.
    [[nodiscard]] std::string count(size_t row, std::string_view column) const;
    // With so many digits behind the point; "-" for a missing value.
    [[nodiscard]] std::string fixed(size_t row, std::string_view column, int digits) const;
    // The text, or "-" for an empty one.
    [[nodiscard]] std::string or_dash(size_t row, std::string_view column) const;

 private:
    const ResultTable& table_;
};

}  // namespace chipchain
