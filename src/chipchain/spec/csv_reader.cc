#include "chipchain/spec/csv_reader.h"

#include <fmt/core.h>

namespace chipchain {

namespace {

struct Cell {
    std::string text;
    size_t offset = 0;  // in the file
    size_t length = 0;  // as written
    bool quoted = false;
};

class CsvParser {
 public:
    CsvParser(Reading& reading, uint32_t file)
        : reading_(reading), file_(file), text_(reading.spec.sources.files[file].text) {
        if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = 3;
    }

    // Reads the next record into `cells`; false at the end of the file. A record with a syntax error is reported and
    // left out.
    bool next(std::vector<Cell>& cells) {
        while (skip_blank_lines()) {
            cells.clear();
            record_ = at_;
            if (read_record(cells)) return true;
        }
        return false;
    }

    [[nodiscard]] Span span(const Cell& cell) const { return span(cell.offset, cell.length); }
    [[nodiscard]] Span record_span() const {
        size_t end = record_;
        while (end < text_.size() && text_[end] != '\n' && text_[end] != '\r') ++end;
        return span(record_, end - record_);
    }

 private:
    // comments and lines of blanks only; false at the end of the file
    bool skip_blank_lines() {
        while (at_ < text_.size()) {
            const size_t end = std::min(text_.find('\n', at_), text_.size());
            const std::string_view line = text_.substr(at_, end - at_);
            const size_t first = line.find_first_not_of(" \t\r");
            if (first != std::string_view::npos && line[first] != '#') return true;
            at_ = std::min(end + 1, text_.size());
        }
        return false;
    }

    bool at_end_of_line() const {
        return at_ >= text_.size() || text_[at_] == '\n' ||
               (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
    }

    void skip_end_of_line() {
        if (at_ < text_.size() && text_[at_] == '\r') ++at_;
        if (at_ < text_.size()) ++at_;
    }

    void skip_rest_of_line() {
        at_ = std::min(text_.find('\n', at_), text_.size());
        skip_end_of_line();
    }

    bool read_record(std::vector<Cell>& cells) {
        for (;;) {
            Cell& cell = cells.emplace_back();
            while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
            cell.offset = at_;
            const bool good = at_ < text_.size() && text_[at_] == '"' ? read_quoted(cell) : read_plain(cell);
            if (!good) {
                skip_rest_of_line();
                return false;
            }
            if (at_end_of_line()) {
                skip_end_of_line();
                return true;
            }
            ++at_;  // the comma
        }
    }

    bool read_plain(Cell& cell) {
        while (!at_end_of_line() && text_[at_] != ',') {
            const bool quote = text_[at_] == '"';
            if (quote || text_[at_] == '\r') {
                report(
                    at_,
                    1,
                    quote ? "a quote stands inside a cell that is not quoted"
                          : "a carriage return stands inside a line",
                    quote ? "expected the whole cell in quotes, inner quotes doubled"
                          : "expected a line break (LF or CRLF)");
                return false;
            }
            ++at_;
        }
        size_t end = at_;
        while (end > cell.offset && (text_[end - 1] == ' ' || text_[end - 1] == '\t')) --end;
        cell.length = end - cell.offset;
        cell.text = text_.substr(cell.offset, cell.length);
        return true;
    }

    bool read_quoted(Cell& cell) {
        cell.quoted = true;
        ++at_;
        for (;;) {
            const size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) {
                report(cell.offset, 1, "the quoted cell that starts here has no end", "expected a closing quote");
                at_ = text_.size();
                return false;
            }
            cell.text += text_.substr(at_, quote - at_);
            at_ = quote + 1;
            if (at_ >= text_.size() || text_[at_] != '"') break;
            cell.text += '"';
            ++at_;
        }
        cell.length = at_ - cell.offset;
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        if (at_end_of_line() || text_[at_] == ',') return true;
        report(at_, 1, "text stands behind the closing quote of a cell", "expected a comma or the end of the line");
        return false;
    }

    void report(size_t offset, size_t length, std::string message, std::string expected) {
        reading_.report(
            "csv-syntax",
            std::move(message),
            span(offset, length),
            std::move(expected),
            "cells with commas, quotes or line breaks stand in quotes; a quote inside is doubled");
    }

    // records come in order, so the line is found by walking on
    Span span(size_t offset, size_t length) const {
        const std::vector<uint32_t>& starts = reading_.spec.sources.files[file_].line_starts;
        if (offset < starts[line_]) line_ = 0;
        while (line_ + 1 < starts.size() && starts[line_ + 1] <= offset) ++line_;
        return {
            file_,
            static_cast<uint32_t>(line_ + 1),
            static_cast<uint32_t>(offset - starts[line_] + 1),
            static_cast<uint32_t>(length)};
    }

    Reading& reading_;
    uint32_t file_;
    std::string_view text_;
    size_t at_ = 0;
    size_t record_ = 0;
    mutable size_t line_ = 0;
};

struct Header {
    std::vector<size_t> fields;  // field of each column, kNoField for an unknown one
    uint64_t absent = 0;         // required fields without a column
};

// A wrong separator makes one long unknown key: say so instead. True when that was the case.
bool report_separator(Reading& reading, const CsvParser& parser, const std::vector<Cell>& cells) {
    if (cells.size() != 1) return false;
    const size_t at = cells[0].text.find_first_of(";\t|");
    if (at == std::string::npos) return false;
    reading.report(
        "csv-syntax",
        fmt::format(
            "the columns are separated by {}",
            cells[0].text[at] == '\t' ? "tabs" : fmt::format("'{}'", cells[0].text[at])),
        parser.span(cells[0]),
        "expected commas between the columns",
        "save the table with commas as separators");
    return true;
}

Header read_header(Reading& reading, const TableInfo& table, const CsvParser& parser, const std::vector<Cell>& cells) {
    Header header;
    uint64_t seen = 0;
    for (const Cell& cell : cells) {
        size_t index = field_index(table, cell.text);
        if (index == kNoField) {
            report_unknown_key(reading, table, cell.text, parser.span(cell));
        } else if ((seen >> index & 1U) != 0) {
            reading.report(
                "duplicate-key",
                fmt::format("column '{}' stands twice in the header", cell.text),
                parser.span(cell),
                "expected each key once",
                "remove one of the two columns");
            index = kNoField;
        } else {
            seen |= 1ULL << index;
        }
        header.fields.push_back(index);
    }
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const FieldInfo& field = table.fields[i];
        if (!field.required || (seen >> i & 1U) != 0) continue;
        header.absent |= 1ULL << i;
        reading.report(
            "missing-key",
            fmt::format("the header has no column '{}'", field.key),
            parser.record_span(),
            fmt::format("expected a column {}: {}", field.key, expected_text(field)),
            fmt::format("{}: {}", field.key, field.help));
    }
    return header;
}

void read_row(
    Reading& reading,
    const TableInfo& table,
    const Header& header,
    const CsvParser& parser,
    const std::vector<Cell>& cells) {
    Row& row = table.add(reading.spec);
    row.span = parser.record_span();
    for (size_t i = 0; i < cells.size(); ++i) {
        const Cell& cell = cells[i];
        if (header.fields[i] == kNoField || (cell.text.empty() && !cell.quoted)) continue;
        RawValue raw;
        raw.kind = RawValue::Kind::cell;
        raw.text = cell.text;
        raw.span = parser.span(cell);
        set_field(reading, table, row, header.fields[i], raw);
    }
    finish_row(reading, table, row, header.absent);
}

}  // namespace

void read_csv(Reading& reading, const TableInfo& table, uint32_t file) {
    if (!check_text(reading, file)) return;
    CsvParser parser(reading, file);
    std::vector<Cell> cells;
    if (!parser.next(cells)) {
        reading.report(
            "empty-file",
            fmt::format("'{}' has no header", reading.spec.sources.files[file].name),
            {file, 0, 0, 0},
            "",
            "the first line names the columns");
        return;
    }
    if (report_separator(reading, parser, cells)) return;
    const Header header = read_header(reading, table, parser, cells);
    while (parser.next(cells)) {
        if (cells.size() != header.fields.size()) {
            reading.report(
                "csv-columns",
                fmt::format("the row has {} cells, the header has {}", cells.size(), header.fields.size()),
                parser.record_span(),
                fmt::format("expected {} cells", header.fields.size()),
                "a cell that holds a comma must stand in quotes");
            continue;
        }
        if (table.size(reading.spec) >= kMaxRows) {
            reading.report(
                "too-many-rows",
                fmt::format("table '{}' has more than {} rows", table.name, kMaxRows),
                parser.record_span(),
                fmt::format("expected at most {} rows", kMaxRows),
                "split the model");
            return;
        }
        read_row(reading, table, header, parser, cells);
    }
}

}  // namespace chipchain
