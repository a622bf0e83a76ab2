// Results as tables: what the CSV, JSON and SQLite writers, the summary over replications, comparisons and the terminal
// all read. A table has a schema that never changes (name, columns, units, help) and rows of cells.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chipchain {

enum class ColumnKind : uint8_t {
    key,    // text or number that tells rows apart
    fact,   // constant over replications (number of tools)
    value,  // measured: has a mean and an interval over replications
};

struct ColumnInfo {
    std::string_view name;
    ColumnKind kind = ColumnKind::value;
    std::string_view unit;  // "d", "h", "%", "lots", "" for a pure number or text
    std::string_view help;
};

struct TableSchema {
    std::string_view name;
    std::string_view help;
    std::span<const ColumnInfo> columns;

    // The index of a column; columns.size() when there is none.
    [[nodiscard]] size_t index(std::string_view column) const;
};

using Cell = std::variant<std::monostate, int64_t, double, std::string>;  // monostate: no value

struct ResultTable {
    const TableSchema* schema = nullptr;
    std::vector<Cell> cells;  // row by row

    [[nodiscard]] size_t rows() const { return cells.size() / schema->columns.size(); }
    [[nodiscard]] const Cell& at(size_t row, size_t column) const {
        return cells[row * schema->columns.size() + column];
    }
    // A number of any kind; `otherwise` for text and missing values.
    [[nodiscard]] double number(size_t row, size_t column, double otherwise = 0) const;
    [[nodiscard]] std::string text(size_t row, size_t column) const;
};

// The cell as text: integers as they are, doubles in the shortest form that reads back the same, nothing for no value.
[[nodiscard]] std::string cell_text(const Cell& cell);
[[nodiscard]] double cell_number(const Cell& cell, double otherwise = 0);

}  // namespace chipchain
