#include "chipchain/spec/tab_table.h"

#include <algorithm>

#include <fmt/core.h>

namespace chipchain {

namespace {

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

// The cells of a line, in order.
std::vector<TabCell> split(std::string_view line, uint32_t file, uint32_t number) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    std::vector<TabCell> cells;
    size_t at = number == 1 && line.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    for (;;) {
        const size_t end = std::min(line.find('\t', at), line.size());
        const std::string_view text = trimmed(line.substr(at, end - at));
        const size_t offset = text.empty() ? at : static_cast<size_t>(text.data() - line.data());
        cells.push_back({text, {file, number, static_cast<uint32_t>(offset + 1), static_cast<uint32_t>(text.size())}});
        if (end == line.size()) return cells;
        at = end + 1;
    }
}

}  // namespace

TabTable::TabTable(Reading& reading, uint32_t file, std::string_view text, const std::vector<TabColumn>& known)
    : file_(file) {
    if (!check_text(reading, file)) return;
    uint32_t number = 0;
    size_t at = 0;
    while (at < text.size()) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        at = end + 1;
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (columns_.empty()) {
            read_header(reading, line, number, known);
        } else if (starts_.size() < kMaxRows) {
            read_line(reading, line, number);
        } else {
            reading.report(
                "too-many-rows",
                fmt::format("the table has more than {} rows", kMaxRows),
                {file, number, 1, 0},
                fmt::format("expected at most {} rows", kMaxRows),
                "split the model");
            return;
        }
    }
}

void TabTable::read_header(
    Reading& reading,
    std::string_view line,
    uint32_t number,
    const std::vector<TabColumn>& known) {
    const std::vector<TabCell> cells = split(line, file_, number);
    std::vector<std::string> names;
    for (const TabColumn& column : known) names.emplace_back(column.name);
    for (const TabCell& cell : cells) {
        const bool twice =
            !cell.text.empty() && std::find(columns_.begin(), columns_.end(), cell.text) != columns_.end();
        if (twice) {
            reading.report(
                "duplicate-key",
                fmt::format("column '{}' stands twice in the header", cell.text),
                cell.span,
                "expected each column once",
                "remove one of the two columns");
        }
        const bool is_known = std::find(names.begin(), names.end(), cell.text) != names.end();
        if (!is_known && !cell.text.empty()) {
            reading.report(
                "unknown-column",
                fmt::format("column '{}' is not known in this file", cell.text.substr(0, 80)),
                cell.span,
                fmt::format("expected one of {} columns", names.size()),
                did_you_mean(cell.text, names, "rename it IGNORE if it is a comment"));
        }
        columns_.push_back(is_known && !twice ? cell.text : std::string_view{});
    }
    for (const TabColumn& column : known) {
        if (!column.required || has_column(column.name)) continue;
        reading.report(
            "missing-key",
            fmt::format("the header has no column '{}'", column.name),
            {file_, number, 1, 0},
            fmt::format("expected a column {}", column.name),
            "columns are separated by tabs");
    }
}

void TabTable::read_line(Reading& reading, std::string_view line, uint32_t number) {
    const std::vector<TabCell> cells = split(line, file_, number);
    for (size_t i = columns_.size(); i < cells.size(); ++i) {
        if (cells[i].text.empty()) continue;
        reading.report(
            "csv-columns",
            fmt::format("the row has more cells than the header's {}", columns_.size()),
            cells[i].span,
            "expected no cell here",
            "columns are separated by single tabs");
        break;
    }
    starts_.push_back({static_cast<uint32_t>(cells_.size()), static_cast<uint32_t>(cells.size()), number});
    cells_.insert(cells_.end(), cells.begin(), cells.end());
}

size_t TabTable::column_index(std::string_view column) const {
    return static_cast<size_t>(std::find(columns_.begin(), columns_.end(), column) - columns_.begin());
}

bool TabTable::has_column(std::string_view column) const { return column_index(column) < columns_.size(); }

TabCell TabTable::cell(size_t row, std::string_view column) const {
    const size_t index = column_index(column);
    if (index >= std::min<size_t>(starts_[row].count, columns_.size())) return {{}, row_span(row)};
    return cells_[starts_[row].first_cell + index];
}

Span TabTable::row_span(size_t row) const { return {file_, starts_[row].line, 1, 0}; }

}  // namespace chipchain
