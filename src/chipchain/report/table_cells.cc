#include "chipchain/report/table_cells.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

const ResultTable& find_result(const std::vector<ResultTable>& tables, std::string_view name) {
    const auto at =
        std::find_if(tables.begin(), tables.end(), [&](const ResultTable& t) { return t.schema->name == name; });
    CHECK(at != tables.end());
    return *at;
}

std::string TableCells::text(size_t row, std::string_view column) const {
    return table_.text(row, table_.schema->index(column));
}

bool TableCells::has(size_t row, std::string_view column) const {
    return !std::holds_alternative<std::monostate>(table_.at(row, table_.schema->index(column)));
}

double TableCells::number(size_t row, std::string_view column) const {
    return table_.number(row, table_.schema->index(column));
}

std::string TableCells::count(size_t row, std::string_view column) const {
    return has(row, column) ? grouped(std::llround(number(row, column))) : "-";
}

std::string TableCells::fixed(size_t row, std::string_view column, int digits) const {
    return has(row, column) ? fmt::format("{:.{}f}", number(row, column), digits) : "-";
}

std::string TableCells::or_dash(size_t row, std::string_view column) const {
    const std::string value = text(row, column);
    return value.empty() ? "-" : value;
}

}  // namespace chipchain
