// Tables for a terminal: columns are as wide as their longest cell; when the window is too narrow, the columns that
// matter least are left out and named under the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chipchain {

struct TextColumn {
    std::string header;
    bool left = false;        // texts stand left, numbers right
    uint32_t importance = 0;  // 0: always shown; of the others the largest number is left out first
};

class TextTable {
 public:
    explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}
    // REQUIRES one cell per column. Cells are UTF-8.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    // The table in at most `width` columns, if its columns of importance 0 fit; each line ends with a line break.
    [[nodiscard]] std::string render(size_t width) const;

 private:
    std::vector<TextColumn> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// Code points of a UTF-8 text: its width in a terminal for the characters that chipchain uses.
[[nodiscard]] size_t text_width(const std::string& text);

// A series as one line of block characters, averaged into at most `width` cells and scaled from its least to its
// greatest value.
[[nodiscard]] std::string sparkline(const std::vector<double>& series, size_t width);

// "1.84" with three significant digits or more before the point: 0.0123, 1.84, 18.4, 184, 1,840.
[[nodiscard]] std::string short_number(double value);
[[nodiscard]] std::string grouped(int64_t value);

}  // namespace chipchain
