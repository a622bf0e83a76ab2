#include "chipchain/report/table_page.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

// The name without the unit at its end, and the unit: "voltage_v" in V is "voltage V", "dies" in dies is "dies".
std::string head_of(const ColumnInfo& column) {
    std::string words(column.name);
    std::string unit(column.unit);
    if (unit == "%") unit = "percent";
    if (unit == "1/s") unit = "per_s";
    std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    if (words == unit) words.clear();
    if (words.size() > unit.size() && words.ends_with("_" + unit)) words.resize(words.size() - unit.size() - 1);
    std::replace(words.begin(), words.end(), '_', ' ');
    return fmt::format("{}{}{}", words, words.empty() || column.unit.empty() ? "" : " ", column.unit);
}

std::string cell_of(const Cell& cell, const ColumnInfo& column) {
    if (const auto* number = std::get_if<double>(&cell)) {
        // a supply counts in millivolts
        return column.unit == "V" ? fmt::format("{:.3f}", *number) : short_number(*number);
    }
    if (const auto* count = std::get_if<int64_t>(&cell)) return grouped(*count);
    return std::holds_alternative<std::monostate>(cell) ? "-" : cell_text(cell);
}

}  // namespace

std::string table_page(const ResultTable& table, size_t width, size_t most) {
    if (table.rows() == 0) return "";
    const size_t columns = table.schema->columns.size();
    const size_t shown = std::min(table.rows(), most);
    std::vector<TextColumn> heads;
    for (size_t k = 0; k < columns; ++k) {
        const ColumnInfo& column = table.schema->columns[k];
        bool text = false;
        for (size_t row = 0; row < shown; ++row) text = text || std::holds_alternative<std::string>(table.at(row, k));
        heads.push_back({head_of(column), text, column.kind == ColumnKind::key ? 0 : static_cast<uint32_t>(k)});
    }
    TextTable out(std::move(heads));
    for (size_t row = 0; row < shown; ++row) {
        std::vector<std::string> cells;
        for (size_t k = 0; k < columns; ++k) cells.push_back(cell_of(table.at(row, k), table.schema->columns[k]));
        out.add(std::move(cells));
    }
    std::string page = out.render(width);
    if (shown < table.rows()) page += fmt::format("... and {} rows more (--all)\n", table.rows() - shown);
    return page;
}

}  // namespace chipchain
