#include <fmt/format.h>

#include "chipchain/model/compiler.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

// True when the value may stand in the field. A key that is absent keeps its default, which may be outside the range.
bool in_range(const FieldInfo& field, const Value& value) {
    switch (field.type) {
        case FieldType::text:
        case FieldType::name:
        case FieldType::flag:
            return true;
        case FieldType::choice:
            return value.integer >= 0 && static_cast<size_t>(value.integer) < field.values.size();
        case FieldType::integer:
            return static_cast<double>(value.integer) >= field.low && static_cast<double>(value.integer) <= field.high;
        case FieldType::duration: {
            const double in_unit = static_cast<double>(value.integer) / static_cast<double>(field.unit);
            return in_unit >= field.low && in_unit <= field.high;
        }
        case FieldType::number:
        case FieldType::percent:
            return value.number >= field.low && value.number <= field.high;  // false for NaN
        case FieldType::date:
            return value.integer >= -20 * kLongest && value.integer <= 20 * kLongest;
    }
    return true;
}

// The parameters of the duration whose four fields start at `i`.
void check_distribution(Compiler& c, const TableInfo& table, const Row& row, size_t i) {
    const auto kind = static_cast<DistKind>(table.fields[i].get(row).integer);
    const Time mean = table.fields[i + 1].get(row).integer;
    const Time half = table.fields[i + 2].get(row).integer;
    const Time shape = table.fields[i + 3].get(row).integer;
    const bool wide = (kind == DistKind::uniform || kind == DistKind::triangular) && half > mean;
    if (wide) {
        c.error(
            "distribution-parameters",
            fmt::format("{}: a half width above the mean would give negative times", table.fields[i + 2].key),
            row.span);
    }
    if (kind == DistKind::erlang && shape < 1) {
        c.error(
            "distribution-parameters",
            fmt::format("{}: an erlang needs at least one phase", table.fields[i + 3].key),
            row.span);
    }
}

void check_row(Compiler& c, const TableInfo& table, const Row& row, size_t number) {
    const size_t before = c.errors.size();
    for (const FieldInfo& field : table.fields) {
        const Value value = field.get(row);
        if (in_range(field, value) || value == field.get(table.defaults())) continue;
        c.error(
            "out-of-range",
            fmt::format(
                "row {} of table '{}': the value of '{}' is outside its range",
                number + 1,
                table.name,
                field.key),
            row.span,
            range_text(field));
    }
    if (c.errors.size() != before) return;
    for (size_t i = 0; i < table.fields.size(); ++i) {
        if (table.fields[i].starts_distribution) check_distribution(c, table, row, i);
    }
}

}  // namespace

void check_ranges(Compiler& c) {
    for (const TableInfo& table : spec_tables()) {
        const size_t rows = table.size(c.spec);
        if (rows > kMaxRows)
            c.error(
                "too-large",
                fmt::format("table '{}' has {} rows; at most {} are allowed", table.name, rows, kMaxRows),
                {});
        for (size_t i = 0; i < rows && i < kMaxRows; ++i) {
            const Row& row = table.const_row(c.spec, i);
            if (row.spans.empty()) check_row(c, table, row, i);
        }
    }
}

}  // namespace chipchain
