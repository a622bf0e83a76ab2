// A tab-separated table as AutoSched-style files have it: the first line names the columns, a blank cell is not set,
// rows may end early. Cells point into the text they were read from and know their place in it.
#pragma once

#include <string_view>
#include <vector>

#include "chipchain/spec/rows.h"

namespace chipchain {

struct TabCell {
    std::string_view text;  // without blanks at its ends
    Span span;
};

// What a reader does with a column. Columns that are not listed are reported; nothing is dropped in silence.
struct TabColumn {
    std::string_view name;
    bool required = false;
    bool comment = false;  // has no effect on a simulation, in AutoSched neither
};

class TabTable {
 public:
    // Reads the table; `text` must outlive it. Reports wrong encodings, absent required columns, columns stated twice,
    // unknown columns (with the nearest known one) and rows that are longer than the header.
    TabTable(Reading& reading, uint32_t file, std::string_view text, const std::vector<TabColumn>& known);
    TabTable() = default;  // no rows: a file that is not there

    [[nodiscard]] size_t rows() const { return starts_.size(); }
    // An unset cell (empty text, the row's place) when the column or the rest of the row is absent.
    [[nodiscard]] TabCell cell(size_t row, std::string_view column) const;
    [[nodiscard]] Span row_span(size_t row) const;
    [[nodiscard]] bool has_column(std::string_view column) const;

 private:
    [[nodiscard]] size_t column_index(std::string_view column) const;
    void read_header(Reading& reading, std::string_view line, uint32_t number, const std::vector<TabColumn>& known);
    void read_line(Reading& reading, std::string_view line, uint32_t number);

    struct Start {
        uint32_t first_cell;
        uint32_t count;
        uint32_t line;
    };
    uint32_t file_ = 0;
    std::vector<std::string_view> columns_;  // empty: unknown
    std::vector<TabCell> cells_;
    std::vector<Start> starts_;
};

}  // namespace chipchain
