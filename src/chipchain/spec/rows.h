// What the TOML and the CSV reader share: a raw value from a file becomes a field of a row or a diagnostic, and a row
// is finished (missing keys, conditions between keys). Nothing here knows a file format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chipchain/spec/schema.h"

namespace chipchain {

// A model while it is read. Diagnostics are collected up to kMostDiagnostics; the rest is counted only.
struct Reading {
    static constexpr size_t kMostDiagnostics = 10'000;
    Spec spec;
    Diagnostics diagnostics;
    size_t dropped = 0;
    uint64_t bad_fields = 0;  // of the row being read: fields whose value was reported

    void report(std::string id, std::string message, Span span, std::string expected = {}, std::string help = {});
};

struct RawValue {
    enum class Kind : uint8_t { text, integer, number, flag, date, cell, other };  // cell: untyped text of a CSV file
    Kind kind = Kind::other;
    std::string text;  // text, date, cell; for `other` what it is: "an array"
    int64_t integer = 0;
    double number = 0;
    bool flag = false;
    Span span;
};

// Sets field `index` of the row and marks it given; reports wrong-type, out-of-range, unknown-value or invalid-name.
void set_field(Reading& reading, const TableInfo& table, Row& row, size_t index, const RawValue& raw);

// Reports a key that the table does not have, with the nearest one that it has.
void report_unknown_key(Reading& reading, const TableInfo& table, std::string_view key, Span span);

// To be called once per row after its fields: required keys, keys needed in a case, distributions. `absent_columns` has
// the bits of fields whose absence was reported already.
void finish_row(Reading& reading, const TableInfo& table, Row& row, uint64_t absent_columns = 0);

// Reports rows of one table that carry the same name.
void check_unique(Reading& reading, const TableInfo& table);

// True when the condition of FieldInfo::needed_when ("kind=calendar") holds for the row.
[[nodiscard]] bool condition_holds(const TableInfo& table, const Row& row, std::string_view condition);

// The place of the value of that key, or of the row where the file does not state it. REQUIRES that the table has the
// key.
[[nodiscard]] Span place_of(const TableInfo& table, const Row& row, std::string_view key);

// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

// Reports a file that is empty or no text (NUL, invalid UTF-8); true when it can be parsed.
bool check_text(Reading& reading, uint32_t file);

// The place of byte `offset` of a file.
[[nodiscard]] Span span_at(const SourceMap& sources, uint32_t file, size_t offset, size_t length);

// "did you mean 'x'?", or `otherwise` when nothing is near.
[[nodiscard]] std::string
did_you_mean(std::string_view word, const std::vector<std::string>& candidates, std::string otherwise);

}  // namespace chipchain
