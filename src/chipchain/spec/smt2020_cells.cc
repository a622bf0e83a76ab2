#include "chipchain/spec/smt2020_cells.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <fmt/core.h>

namespace chipchain {

namespace {

// The whole text as a finite number; a leading '+' and blanks are no number.
bool parse_number(std::string_view text, double& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
}

// A point and one to six digits of a second.
bool parse_fraction(std::string_view text, Time& out) {
    if (text.size() < 2 || text.size() > 7 || text[0] != '.') return false;
    Time unit = kSecond;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return false;
        unit /= 10;
        out += (c - '0') * unit;
    }
    return true;
}

}  // namespace

std::string smt2020_date(Time since_epoch) {
    const std::string iso = iso_date(since_epoch);
    if (iso.size() != 19 || iso[0] < '1' || iso[0] > '9') return {};
    const std::string year = iso.substr(0, 4);
    // two digits of a year mean 1970 to 2069
    const std::string shown = year >= "1970" && year <= "2069" ? year.substr(2) : year;
    std::string out = fmt::format("{}/{}/{} {}", iso.substr(5, 2), iso.substr(8, 2), shown, iso.substr(11));
    const Time fraction = ((since_epoch % kSecond) + kSecond) % kSecond;
    if (fraction != 0) out += fmt::format(".{:06}", fraction);
    return out;
}

void Smt2020Cells::error(
    std::string_view id,
    const TabCell& cell,
    std::string message,
    std::string expected,
    std::string help) {
    reading_.report(std::string(id), std::move(message), cell.span, std::move(expected), std::move(help));
}

void Smt2020Cells::unknown_word(const TabCell& cell, std::string_view column, const std::vector<std::string>& words) {
    error(
        "unknown-value",
        cell,
        fmt::format("{} = '{}' is not known", column, cell.text.substr(0, 80)),
        "expected one of " + joined(words),
        did_you_mean(cell.text, words, "docs/smt2020.md lists what is honoured"));
}

double Smt2020Cells::number(
    const TabTable& table,
    size_t row,
    std::string_view column,
    double blank,
    double low,
    double high) {
    const TabCell cell = table.cell(row, column);
    if (cell.text.empty()) return blank;
    double value = 0;
    if (!parse_number(cell.text, value)) {
        error(
            "wrong-type",
            cell,
            fmt::format("{} = '{}' is not a number", column, cell.text.substr(0, 80)),
            "expected a number");
        return blank;
    }
    if (value >= low && value <= high) return value;
    error(
        "out-of-range",
        cell,
        fmt::format("{} = {} is out of range", column, cell.text.substr(0, 80)),
        fmt::format("expected {} to {}", low, high));
    return blank;
}

int64_t Smt2020Cells::integer(
    const TabTable& table,
    size_t row,
    std::string_view column,
    int64_t blank,
    int64_t low,
    int64_t high) {
    const double value =
        number(table, row, column, static_cast<double>(blank), static_cast<double>(low), static_cast<double>(high));
    if (value == std::floor(value)) return static_cast<int64_t>(value);
    const TabCell cell = table.cell(row, column);
    error(
        "wrong-type",
        cell,
        fmt::format("{} = {} is not a whole number", column, cell.text),
        "expected a whole number");
    return blank;
}

Time Smt2020Cells::unit(const TabTable& table, size_t row, std::string_view column) {
    return word<Time>(table, row, column, kTimeUnits, kMinute);
}

Time Smt2020Cells::duration(
    const TabTable& table,
    size_t row,
    std::string_view column,
    std::string_view unit_column,
    Time blank) {
    if (table.cell(row, column).text.empty()) return blank;
    const Time ticks = unit(table, row, unit_column);
    return to_ticks(number(table, row, column, 0, 0, static_cast<double>(kLongest / ticks)), ticks);
}

DurationSpec Smt2020Cells::distribution(
    const TabTable& table,
    size_t row,
    std::string_view kind,
    std::string_view mean,
    std::string_view half,
    std::string_view unit_column) {
    DurationSpec out;
    out.kind = word<DistKind>(table, row, kind, kDistributions, DistKind::constant);
    out.mean = duration(table, row, mean, unit_column, 0);
    const bool two = out.kind != DistKind::constant && out.kind != DistKind::exponential;
    const TabCell second = half.empty() ? TabCell{{}, table.row_span(row)} : table.cell(row, half);
    if (two) {
        if (second.text.empty()) {
            error(
                "distribution-parameters",
                table.cell(row, kind),
                fmt::format("a {} duration needs a second number", table.cell(row, kind).text),
                fmt::format("expected a number in column {}", half.empty() ? mean : half));
        } else {
            out.half = duration(table, row, half, unit_column, 0);
        }
        if (out.kind != DistKind::lognormal && out.half > out.mean) {
            error(
                "distribution-parameters",
                second,
                "the half width is larger than the mean",
                "expected at most the mean");
        }
    } else if (!second.text.empty() && second.text != "0") {
        error(
            "distribution-parameters",
            second,
            fmt::format("{} has no meaning for this distribution", half),
            "expected no number");
    }
    return out;
}

Time Smt2020Cells::date(const TabTable& table, size_t row, std::string_view column, Time blank) {
    const TabCell cell = table.cell(row, column);
    if (cell.text.empty()) return blank;
    int month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0, used[3] = {0, 0, 0};
    const std::string text(cell.text);
    const int fields = std::sscanf(
        text.c_str(),
        "%2d/%2d/%4d%n %2d:%2d%n:%2d%n",
        &month,
        &day,
        &year,
        &used[0],
        &hour,
        &minute,
        &used[1],
        &second,
        &used[2]);
    // spreadsheets leave out seconds, or the time of the day, when they are 0
    const int end = fields == 6 ? used[2] : fields == 5 ? used[1] : fields == 3 ? used[0] : 0;
    const std::string_view rest = std::string_view(text).substr(static_cast<size_t>(end));
    Time fraction = 0;
    const bool complete = end > 0 && (rest.empty() || (fields == 6 && parse_fraction(rest, fraction)));
    if (year < 100) year += year < 70 ? 2000 : 1900;
    const bool valid = complete && month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 1000 && hour >= 0 &&
                       hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
    if (valid) {
        const Time time = civil_to_ticks(year, month, day, hour, minute, second);
        // a day that the month does not have rolls over into the next one
        const std::string iso = fmt::format("{:04}-{:02}-{:02}", year, month, day);
        if (iso_date(time).starts_with(iso)) return time + fraction;
    }
    error(
        "wrong-type",
        cell,
        fmt::format("{} = '{}' is not a date", column, cell.text.substr(0, 80)),
        "expected MM/DD/YY hh:mm:ss or MM/DD/YYYY hh:mm:ss");
    return blank;
}

std::string Smt2020Cells::text(const TabTable& table, size_t row, std::string_view column) {
    const TabCell cell = table.cell(row, column);
    const bool control = std::any_of(cell.text.begin(), cell.text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (control || cell.text.size() > 200) {
        error(
            "invalid-name",
            cell,
            fmt::format("{} has more than 200 bytes or a control character", column),
            "expected a name of at most 200 bytes");
    }
    return std::string(cell.text);
}

std::string Smt2020Cells::name(const TabTable& table, size_t row, std::string_view column) {
    const TabCell cell = table.cell(row, column);
    if (cell.text.empty()) error("invalid-name", cell, fmt::format("{} has no name", column), "expected a name");
    return text(table, row, column);
}

void Smt2020Cells::mark(std::string_view table_name, Row& row, std::string_view key, Span span) {
    const TableInfo& table = *find_table(table_name);
    const size_t index = field_index(table, key);
    if (index == kNoField) return;
    row.given |= 1ULL << index;
    if (row.spans.size() <= index) row.spans.resize(table.fields.size());
    row.spans[index] = span;
}

}  // namespace chipchain
