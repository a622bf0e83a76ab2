#include "chipchain/plan/linear_program.h"

#include <cmath>
#include <cstddef>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

bool are_bounds(double lower, double upper) { return lower <= upper && lower < kInfinity && upper > -kInfinity; }

}  // namespace

RowIndex LinearProgram::add_row(double lower, double upper) {
    CHECK(are_bounds(lower, upper));
    row_lower_.push_back(lower);
    row_upper_.push_back(upper);
    return RowIndex(row_lower_.size() - 1);
}

ColumnIndex LinearProgram::add_column(double cost, double lower, double upper, bool integer) {
    CHECK(are_bounds(lower, upper) && std::isfinite(cost));
    cost_.push_back(cost);
    column_lower_.push_back(lower);
    column_upper_.push_back(upper);
    integer_.push_back(integer ? 1 : 0);
    integers_ += integer ? 1 : 0;
    starts_.push_back(starts_.back());
    return ColumnIndex(cost_.size() - 1);
}

void LinearProgram::add_entry(RowIndex row, double value) {
    CHECK(!cost_.empty() && row.value < row_lower_.size() && std::isfinite(value));
    row_indices_.push_back(static_cast<int32_t>(row.value));
    values_.push_back(value);
    ++starts_.back();
    finished_ = false;
}

void LinearProgram::add_entry(RowIndex row, ColumnIndex column, double value) {
    CHECK(column.value < cost_.size() && row.value < row_lower_.size() && std::isfinite(value));
    later_.push_back({static_cast<int32_t>(row.value), static_cast<int32_t>(column.value), value});
    finished_ = false;
}

void LinearProgram::finish() {
    if (finished_) {
        return;
    }
    // by rows, keeping the order of columns: a counting sort of all entries
    const size_t count = values_.size() + later_.size();
    CHECK(count < INT32_MAX);
    std::vector<int32_t> row_starts(row_lower_.size() + 1, 0);
    for (const int32_t row : row_indices_) {
        ++row_starts[static_cast<size_t>(row) + 1];
    }
    for (const Entry& entry : later_) {
        ++row_starts[static_cast<size_t>(entry.row) + 1];
    }
    for (size_t row = 1; row < row_starts.size(); ++row) {
        row_starts[row] += row_starts[row - 1];
    }
    std::vector<Entry> by_row(count);
    std::vector<int32_t> column_counts(cost_.size() + 1, 0);
    const auto place = [&](const Entry& entry) {
        by_row[static_cast<size_t>(row_starts[static_cast<size_t>(entry.row)]++)] = entry;
        ++column_counts[static_cast<size_t>(entry.column) + 1];
    };
    for (int32_t column = 0; column < columns(); ++column) {
        for (int32_t at = starts_[static_cast<size_t>(column)]; at < starts_[static_cast<size_t>(column) + 1]; ++at) {
            place({row_indices_[static_cast<size_t>(at)], column, values_[static_cast<size_t>(at)]});
        }
    }
    for (const Entry& entry : later_) {
        place(entry);
    }
    later_ = {};

    // back to columns: rows come in order, so that equal places are neighbours
    for (size_t column = 1; column < column_counts.size(); ++column) {
        column_counts[column] += column_counts[column - 1];
    }
    std::vector<Entry> by_column(count);
    for (const Entry& entry : by_row) {
        by_column[static_cast<size_t>(column_counts[static_cast<size_t>(entry.column)]++)] = entry;
    }
    row_indices_.clear();
    values_.clear();
    size_t at = 0;
    for (int32_t column = 0; column < columns(); ++column) {
        while (at < count && by_column[at].column == column) {
            const int32_t row = by_column[at].row;
            double sum = 0;
            for (; at < count && by_column[at].column == column && by_column[at].row == row; ++at) {
                sum += by_column[at].value;
            }
            if (sum != 0) {
                row_indices_.push_back(row);
                values_.push_back(sum);
            }
        }
        starts_[static_cast<size_t>(column) + 1] = static_cast<int32_t>(values_.size());
    }
    finished_ = true;
}

void LinearProgram::set_cost(ColumnIndex column, double cost) {
    CHECK(column.value < cost_.size() && std::isfinite(cost));
    cost_[column.value] = cost;
}

void LinearProgram::set_column_bounds(ColumnIndex column, double lower, double upper) {
    CHECK(column.value < cost_.size() && are_bounds(lower, upper));
    column_lower_[column.value] = lower;
    column_upper_[column.value] = upper;
}

void LinearProgram::set_row_bounds(RowIndex row, double lower, double upper) {
    CHECK(row.value < row_lower_.size() && are_bounds(lower, upper));
    row_lower_[row.value] = lower;
    row_upper_[row.value] = upper;
}

std::span<const int32_t> LinearProgram::starts() const {
    CHECK(finished_);
    return starts_;
}

std::span<const int32_t> LinearProgram::row_indices() const {
    CHECK(finished_);
    return row_indices_;
}

std::span<const double> LinearProgram::values() const {
    CHECK(finished_);
    return values_;
}

std::vector<double> LinearProgram::row_activities(std::span<const double> x) const {
    CHECK(finished_ && x.size() == cost_.size());
    std::vector<double> activities(row_lower_.size(), 0.0);
    for (size_t column = 0; column < x.size(); ++column) {
        for (auto at = static_cast<size_t>(starts_[column]); at < static_cast<size_t>(starts_[column + 1]); ++at) {
            activities[static_cast<size_t>(row_indices_[at])] += values_[at] * x[column];
        }
    }
    return activities;
}

}  // namespace chipchain
