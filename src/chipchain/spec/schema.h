// The field tables: the single source of the readers, the writer, the JSON Schema, the reference page and the tests.
// One TableInfo per table of a model file, one FieldInfo per key. A dimensioned key carries its unit in its name
// (`load_min`, `interval_d`, `queue_time_limit_h`): the unit of a duration is derived from that ending.
//
// Invariants:
//  1. fields of a table stand in the order in which the writer writes them; Row::given bit k and Row::spans[k] are
//  field k;
//  2. the default of a key is what a default-constructed row holds (TableInfo::defaults);
//  3. a duration with a distribution is four fields in this order: kind, mean, half, shape (`process`, `process_min`,
//     `process_half_min`, `process_shape`).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/spec/spec.h"

namespace chipchain {

enum class FieldType : uint8_t {
    text,  // any text
    name,  // a text without control characters and without blanks at its ends, at most 200 bytes
    integer,
    number,
    duration,  // ticks; in the file a number of `unit`
    percent,   // 0..100, or a part of it
    flag,      // true or false
    choice,    // one of `values`; the integer is the index
    date,      // ISO date; ticks since the line's start (line.start itself: since 1970-01-01)
};

// One value in transit between a row and a file. integer: integer, duration, flag, choice, date; number: number,
// percent; text: text, name.
struct Value {
    int64_t integer = 0;
    double number = 0;
    std::string text;
    bool operator==(const Value&) const = default;
};

struct FieldInfo {
    std::string_view key;
    FieldType type = FieldType::text;
    std::string_view help;
    Value (*get)(const Row&) = nullptr;
    void (*set)(Row&, Value) = nullptr;

    double low = 0;  // integer, number, duration (in its unit), percent
    double high = 0;
    bool required = false;
    std::string_view needed_when;              // "kind=calendar" or "policy=constant|poisson": required in that case
    std::span<const std::string_view> values;  // choice
    std::string_view reference;                // table or kind of name this key points to
    Time unit = 0;                             // duration
    std::string_view unit_name;                // "min", "h", "d"
    bool starts_distribution = false;          // the first of four fields of a duration with a distribution
    std::string_view same_as;                  // with starts_distribution: default is that other duration of the row

    [[nodiscard]] constexpr FieldInfo need() const {
        FieldInfo f = *this;
        f.required = true;
        return f;
    }
    [[nodiscard]] constexpr FieldInfo need_when(std::string_view condition) const {
        FieldInfo f = *this;
        f.needed_when = condition;
        return f;
    }
    [[nodiscard]] constexpr FieldInfo range(double from, double to) const {
        FieldInfo f = *this;
        f.low = from;
        f.high = to;
        return f;
    }
    [[nodiscard]] constexpr FieldInfo to(std::string_view table) const {
        FieldInfo f = *this;
        f.reference = table;
        return f;
    }
    [[nodiscard]] constexpr FieldInfo like(std::string_view other) const {
        FieldInfo f = *this;
        f.same_as = other;
        return f;
    }
};

struct TableInfo {
    std::string_view name;  // [[name]] in TOML, and the key in [files]
    std::string_view help;
    std::string_view csv_file;  // the writer's file name; empty: written into model.toml
    std::span<const FieldInfo> fields;
    std::span<const std::string_view> unique;  // keys that together name a row; empty: rows may repeat
    bool single = false;                       // [name], exactly once
    size_t (*size)(const Spec&) = nullptr;
    Row& (*row)(Spec&, size_t) = nullptr;
    const Row& (*const_row)(const Spec&, size_t) = nullptr;
    Row& (*add)(Spec&) = nullptr;
    void (*remove)(Spec&, size_t) = nullptr;  // row i; nullptr for [name]
    const Row& (*defaults)() = nullptr;
};

inline constexpr size_t kNoField = SIZE_MAX;
inline constexpr size_t kMaxRows = 2'000'000;           // per table
inline constexpr uint64_t kMaxFileBytes = 64ULL << 20;  // per file

// All tables; `line` is the first.
[[nodiscard]] std::span<const TableInfo> spec_tables();
// The table of that name, or nullptr.
[[nodiscard]] const TableInfo* find_table(std::string_view name);
// The index of a key in the table's fields, or kNoField.
[[nodiscard]] size_t field_index(const TableInfo& table, std::string_view key);
// "a whole number", "a number of minutes", "one of a, b, c": what is expected from a file.
[[nodiscard]] std::string expected_text(const FieldInfo& field);
// "1 to 1,000,000", "at least 0"; empty for types without a range.
[[nodiscard]] std::string range_text(const FieldInfo& field);
// The value as it stands in a CSV cell. `start`: the line's start, to which dates are relative.
[[nodiscard]] std::string value_text(const FieldInfo& field, const Value& value, Time start);
// A date with six digits of a second if it has a fraction; parse_date reads both forms (YYYY-MM-DD too).
[[nodiscard]] std::string date_text(Time since_epoch);
bool parse_date(std::string_view text, Time& out);
// The keys that name a row: `unique`, or for a table whose rows may repeat its required names and dates.
[[nodiscard]] std::vector<const FieldInfo*> key_fields(const TableInfo& table);
// Their values as in CSV cells, dates without a time of 0:00, one per key.
[[nodiscard]] std::vector<std::string> key_parts(const TableInfo& table, const Row& row, Time start);
// The same with "/" between and none at the end: "fab/osat/die", "robots/2027-01-01".
[[nodiscard]] std::string row_key(const TableInfo& table, const Row& row, Time start);
// True when both hold the same model; positions and sources do not count.
[[nodiscard]] bool same_model(const Spec& a, const Spec& b);

}  // namespace chipchain
