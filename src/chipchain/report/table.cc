#include "chipchain/report/table.h"

#include <fmt/format.h>

namespace chipchain {

size_t TableSchema::index(std::string_view column) const {
    size_t i = 0;
    while (i < columns.size() && columns[i].name != column) ++i;
    return i;
}

double cell_number(const Cell& cell, double otherwise) {
    if (const auto* integer = std::get_if<int64_t>(&cell)) return static_cast<double>(*integer);
    if (const auto* number = std::get_if<double>(&cell)) return *number;
    return otherwise;
}

std::string cell_text(const Cell& cell) {
    if (const auto* integer = std::get_if<int64_t>(&cell)) return fmt::format("{}", *integer);
    if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return {};
}

double ResultTable::number(size_t row, size_t column, double otherwise) const {
    return cell_number(at(row, column), otherwise);
}

std::string ResultTable::text(size_t row, size_t column) const { return cell_text(at(row, column)); }

}  // namespace chipchain
