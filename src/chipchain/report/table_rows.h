// Fills a result table cell by cell.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "chipchain/base/time.h"
#include "chipchain/report/table.h"

namespace chipchain {

// Adds cells in the order of the columns.
class Rows {
 public:
    explicit Rows(const TableSchema& schema) { table_.schema = &schema; }
    Rows& text(std::string value) { return push<std::string>(std::move(value)); }
    Rows& count(uint64_t value) { return push<int64_t>(static_cast<int64_t>(value)); }
    Rows& number(double value) { return std::isfinite(value) ? push<double>(value) : none(); }
    Rows& none() { return push<std::monostate>(); }
    // numerator / denominator, or no value
    Rows& ratio(double numerator, double denominator) {
        return denominator > 0 ? number(numerator / denominator) : none();
    }
    Rows& percent(double numerator, double denominator) { return ratio(100 * numerator, denominator); }
    Rows& hours(Time value) { return number(in_hours(value)); }
    ResultTable take() { return std::move(table_); }

 private:
    // in place: g++ 12 takes a moved variant for uninitialised (its bug 105562)
    template <class T, class... Args>
    Rows& push(Args&&... value) {
        table_.cells.emplace_back(std::in_place_type<T>, std::forward<Args>(value)...);
        return *this;
    }
    ResultTable table_;
};

}  // namespace chipchain
