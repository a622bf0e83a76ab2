// A linear or mixed-integer program, always a minimisation:
//   minimise  offset + cost . x   subject to  row_lower <= A x <= row_upper,  column_lower <= x <= column_upper,
//   x of integer columns whole.
// The planner writes it straight into compressed sparse columns: a plan of 10^5 columns is built in a few per cent of
// its solution time, and names exist only as long as somebody writes them to a file (model_file.h).
//
// Invariants, once finish() was called:
// 1. the entries of a column are sorted by row, none twice, none zero; starts() has columns() + 1 elements;
// 2. an absent bound is -kInfinity or kInfinity; no figure is NaN.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "chipchain/base/ids.h"

namespace chipchain {

using RowIndex = Id<struct RowTag>;
using ColumnIndex = Id<struct ColumnTag>;

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

class LinearProgram {
 public:
    // A row without entries. REQUIRES lower <= upper, no NaN.
    RowIndex add_row(double lower, double upper);

    // A column without entries; `cost` is per unit of it. REQUIRES lower <= upper, no NaN, finite cost.
    ColumnIndex add_column(double cost, double lower, double upper, bool integer = false);

    // Adds `value` to the coefficient of the last column in `row`: the cheap way, straight into the arrays.
    // REQUIRES the row exists, a finite value. Several entries at one place are summed.
    void add_entry(RowIndex row, double value);

    // The same for any column that exists; kept in a buffer until finish().
    void add_entry(RowIndex row, ColumnIndex column, double value);

    // Sorts and merges the entries, O(entries + rows + columns). More may be added afterwards, then finish() again.
    void finish();
    [[nodiscard]] bool finished() const { return finished_; }

    void set_offset(double offset) { offset_ = offset; }
    void set_cost(ColumnIndex column, double cost);
    void set_column_bounds(ColumnIndex column, double lower, double upper);
    void set_row_bounds(RowIndex row, double lower, double upper);

    [[nodiscard]] int32_t rows() const { return static_cast<int32_t>(row_lower_.size()); }
    [[nodiscard]] int32_t columns() const { return static_cast<int32_t>(cost_.size()); }
    [[nodiscard]] int32_t entries() const { return static_cast<int32_t>(values_.size()); }
    [[nodiscard]] bool has_integers() const { return integers_ > 0; }

    [[nodiscard]] double offset() const { return offset_; }
    [[nodiscard]] std::span<const double> cost() const { return cost_; }
    [[nodiscard]] std::span<const double> column_lower() const { return column_lower_; }
    [[nodiscard]] std::span<const double> column_upper() const { return column_upper_; }
    [[nodiscard]] std::span<const uint8_t> integer() const { return integer_; }  // 1 if the column must be whole
    [[nodiscard]] std::span<const double> row_lower() const { return row_lower_; }
    [[nodiscard]] std::span<const double> row_upper() const { return row_upper_; }
    // The matrix: entries of column j are starts()[j] .. starts()[j + 1] - 1 of row_indices() and values().
    // REQUIRES finished().
    [[nodiscard]] std::span<const int32_t> starts() const;
    [[nodiscard]] std::span<const int32_t> row_indices() const;
    [[nodiscard]] std::span<const double> values() const;

    // A x, one figure per row. REQUIRES finished(), x has one figure per column.
    [[nodiscard]] std::vector<double> row_activities(std::span<const double> x) const;

 private:
    struct Entry {
        int32_t row;
        int32_t column;
        double value;
    };

    double offset_ = 0;
    std::vector<double> cost_, column_lower_, column_upper_;
    std::vector<uint8_t> integer_;
    std::vector<double> row_lower_, row_upper_;
    std::vector<int32_t> starts_ = {0};
    std::vector<int32_t> row_indices_;
    std::vector<double> values_;
    std::vector<Entry> later_;  // entries of earlier columns, until finish()
    int32_t integers_ = 0;
    bool finished_ = true;
};

}  // namespace chipchain
