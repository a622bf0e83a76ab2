#include "chipchain/spec/rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include <fmt/core.h>

#include "chipchain/base/check.h"

namespace chipchain {

void Reading::report(std::string id, std::string message, Span span, std::string expected, std::string help) {
    if (diagnostics.size() >= kMostDiagnostics) {
        ++dropped;
        return;
    }
    diagnostics.push_back(
        {Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help)});
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates, std::string otherwise) {
    const std::string near = nearest_name(word, candidates);
    return near.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", near);
}

Span span_at(const SourceMap& sources, uint32_t file, size_t offset, size_t length) {
    const std::vector<uint32_t>& starts = sources.files[file].line_starts;
    const auto next = std::upper_bound(starts.begin(), starts.end(), offset);
    const auto line = static_cast<uint32_t>(next - starts.begin());
    return {file, line, static_cast<uint32_t>(offset - starts[line - 1] + 1), static_cast<uint32_t>(length)};
}

namespace {

// The offset of the first byte that is not part of valid UTF-8 text, or npos.
size_t first_bad_byte(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    for (size_t i = 0; i < text.size();) {
        const unsigned lead = byte(i);
        if (lead == 0) return i;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4) return i;
        for (size_t k = 1; k < length; ++k) {
            if ((byte(i + k) & 0xc0U) != 0x80U) return i;
        }
        // overlong forms, surrogates and code points beyond U+10FFFF
        const unsigned second = byte(i + 1);
        if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return i;
        if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return i;
        i += length;
    }
    return std::string_view::npos;
}

// ---------------------------------------------------------------- one value

enum class Outcome : uint8_t { good, wrong_type, out_of_range, unknown_value, invalid_name };

std::string trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return std::string(text);
}

template <class Number>
bool parse_whole(std::string_view text, Number& out) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

bool is_name(std::string_view text) {
    if (text.size() > 200) return false;
    if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) return false;
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

Outcome convert_integer(const FieldInfo& field, const RawValue& raw, Value& out) {
    if (raw.kind == RawValue::Kind::integer) {
        out.integer = raw.integer;
    } else if (raw.kind == RawValue::Kind::cell) {
        const std::string text = trimmed(raw.text);
        const bool digits =
            !text.empty() && text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos;
        if (!parse_whole(text, out.integer)) return digits && text != "-" ? Outcome::out_of_range : Outcome::wrong_type;
    } else {
        return Outcome::wrong_type;
    }
    const auto value = static_cast<double>(out.integer);
    return value < field.low || value > field.high ? Outcome::out_of_range : Outcome::good;
}

Outcome convert_number(const FieldInfo& field, const RawValue& raw, Value& out) {
    double value = 0;
    if (raw.kind == RawValue::Kind::number) {
        value = raw.number;
    } else if (raw.kind == RawValue::Kind::integer) {
        value = static_cast<double>(raw.integer);
    } else if (raw.kind == RawValue::Kind::cell) {
        const std::string text = trimmed(raw.text);
        const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
        if (result.ptr != text.data() + text.size() || text.empty()) return Outcome::wrong_type;
        if (result.ec == std::errc::result_out_of_range) return Outcome::out_of_range;
        if (result.ec != std::errc()) return Outcome::wrong_type;
    } else {
        return Outcome::wrong_type;
    }
    // not-a-number is in no range
    if (!(value >= field.low && value <= field.high)) return Outcome::out_of_range;
    if (field.type == FieldType::duration) {
        out.integer = to_ticks(value, field.unit);
    } else {
        out.number = value;
    }
    return Outcome::good;
}

Outcome convert_text(const FieldInfo& field, const RawValue& raw, Value& out) {
    if (raw.kind != RawValue::Kind::text && raw.kind != RawValue::Kind::cell) return Outcome::wrong_type;
    out.text = raw.text;
    if (field.type == FieldType::text) return Outcome::good;
    if (!is_name(out.text)) return Outcome::invalid_name;
    return field.required && out.text.empty() ? Outcome::invalid_name : Outcome::good;
}

Outcome convert_choice(const FieldInfo& field, const RawValue& raw, Value& out) {
    if (raw.kind != RawValue::Kind::text && raw.kind != RawValue::Kind::cell) return Outcome::wrong_type;
    const std::string word = raw.kind == RawValue::Kind::cell ? trimmed(raw.text) : raw.text;
    const auto found = std::find(field.values.begin(), field.values.end(), word);
    if (found == field.values.end()) return Outcome::unknown_value;
    out.integer = found - field.values.begin();
    return Outcome::good;
}

Outcome convert_flag(const RawValue& raw, Value& out) {
    if (raw.kind == RawValue::Kind::flag) {
        out.integer = raw.flag ? 1 : 0;
        return Outcome::good;
    }
    const std::string word = raw.kind == RawValue::Kind::cell ? trimmed(raw.text) : std::string();
    out.integer = word == "true" ? 1 : 0;
    return word == "true" || word == "false" ? Outcome::good : Outcome::wrong_type;
}

Outcome convert_date(const RawValue& raw, Time start, Value& out) {
    using Kind = RawValue::Kind;
    if (raw.kind != Kind::date && raw.kind != Kind::text && raw.kind != Kind::cell) return Outcome::wrong_type;
    Time ticks = 0;
    if (!parse_date(trimmed(raw.text), ticks)) return Outcome::wrong_type;
    out.integer = ticks - start;
    return Outcome::good;
}

Outcome convert(const FieldInfo& field, const RawValue& raw, Time start, Value& out) {
    switch (field.type) {
        case FieldType::text:
        case FieldType::name:
            return convert_text(field, raw, out);
        case FieldType::integer:
            return convert_integer(field, raw, out);
        case FieldType::number:
        case FieldType::duration:
        case FieldType::percent:
            return convert_number(field, raw, out);
        case FieldType::flag:
            return convert_flag(raw, out);
        case FieldType::choice:
            return convert_choice(field, raw, out);
        case FieldType::date:
            return convert_date(raw, start, out);
    }
    return Outcome::wrong_type;
}

// A text cut to a length that fits into a message, in whole characters and without control characters.
std::string shortened(std::string_view text) {
    constexpr size_t kMost = 40;
    size_t end = std::min(text.size(), kMost);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    std::string out(text.substr(0, end));
    std::replace_if(
        out.begin(),
        out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
        ' ');
    return end < text.size() ? out + "..." : out;
}

std::string raw_text(const RawValue& raw) {
    switch (raw.kind) {
        case RawValue::Kind::text:
            return fmt::format("the text \"{}\"", shortened(raw.text));
        case RawValue::Kind::cell:
            return fmt::format("'{}'", shortened(raw.text));
        case RawValue::Kind::integer:
            return fmt::format("{}", raw.integer);
        case RawValue::Kind::number:
            return fmt::format("{}", raw.number);
        case RawValue::Kind::flag:
            return raw.flag ? "true" : "false";
        case RawValue::Kind::date:
            return fmt::format("the date {}", shortened(raw.text));
        case RawValue::Kind::other:
            return raw.text;
    }
    return {};
}

std::vector<std::string> words(std::span<const std::string_view> values) { return {values.begin(), values.end()}; }

void report_value(Reading& reading, const FieldInfo& field, const RawValue& raw, Outcome outcome) {
    const std::string is = fmt::format("'{}' is {}", field.key, raw_text(raw));
    const std::string unit = field.unit_name.empty() ? "" : fmt::format(" {}", field.unit_name);
    switch (outcome) {
        case Outcome::good:
            return;
        case Outcome::wrong_type:
            reading.report(
                "wrong-type",
                is,
                raw.span,
                "expected " + expected_text(field),
                std::string(field.key) + ": " + std::string(field.help));
            return;
        case Outcome::out_of_range:
            reading.report(
                "out-of-range",
                is + unit + ", outside the allowed range",
                raw.span,
                "expected " + range_text(field),
                std::string(field.key) + ": " + std::string(field.help));
            return;
        case Outcome::unknown_value:
            reading.report(
                "unknown-value",
                is + ", which is not one of its values",
                raw.span,
                "expected " + expected_text(field),
                did_you_mean(
                    trimmed(raw.text),
                    words(field.values),
                    std::string(field.key) + ": " + std::string(field.help)));
            return;
        case Outcome::invalid_name:
            reading.report(
                "invalid-name",
                is + ", which is no name",
                raw.span,
                "expected 1 to 200 bytes without control characters and blanks at the ends",
                "choose a shorter or plainer name");
            return;
    }
}

bool is_given(const Row& row, size_t index) { return (row.given >> index & 1U) != 0; }

std::string header_text(const TableInfo& table) {
    return table.single ? fmt::format("[{}]", table.name) : fmt::format("[[{}]]", table.name);
}

void report_missing(
    Reading& reading,
    const Row& row,
    const TableInfo& table,
    const FieldInfo& field,
    const std::string& why) {
    reading.report(
        "missing-key",
        fmt::format("{} has no '{}'{}", header_text(table), field.key, why),
        row.span,
        fmt::format("expected {} = {}", field.key, expected_text(field)),
        fmt::format("{}: {}", field.key, field.help));
}

void check_needed(Reading& reading, const TableInfo& table, Row& row, uint64_t reported) {
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const FieldInfo& field = table.fields[i];
        if (is_given(row, i) || (reported >> i & 1U) != 0) continue;
        if (field.required) {
            report_missing(reading, row, table, field, "");
        } else if (!field.needed_when.empty() && condition_holds(table, row, field.needed_when)) {
            const std::string_view key = field.needed_when.substr(0, field.needed_when.find('='));
            const FieldInfo& other = table.fields[field_index(table, key)];
            const auto value = static_cast<size_t>(other.get(row).integer);
            report_missing(
                reading,
                row,
                table,
                field,
                fmt::format(", needed with {} = \"{}\"", key, other.values[value]));
        }
    }
}

Span span_of(const Row& row, size_t index) {
    return index < row.spans.size() && row.spans[index].line != 0 ? row.spans[index] : row.span;
}

// checks the parameters of the duration whose four fields start at `i`
void check_distribution(Reading& reading, const TableInfo& table, const Row& row, size_t i) {
    const auto kind = static_cast<DistKind>(table.fields[i].get(row).integer);
    const Time mean = table.fields[i + 1].get(row).integer;
    const Time half = table.fields[i + 2].get(row).integer;
    const bool has_half = is_given(row, i + 2);
    const bool has_shape = is_given(row, i + 3);
    const std::string_view half_key = table.fields[i + 2].key;
    const std::string_view shape_key = table.fields[i + 3].key;
    const std::string_view name = table.fields[i].values[static_cast<size_t>(kind)];
    const auto fail = [&](size_t at, std::string message, std::string expected) {
        reading.report(
            "distribution-parameters",
            std::move(message),
            span_of(row, at),
            std::move(expected),
            "constant, exponential: mean; uniform, triangular: mean and half width; lognormal: mean and standard "
            "deviation; erlang: mean and shape");
    };
    const bool wants_half = kind == DistKind::uniform || kind == DistKind::triangular || kind == DistKind::lognormal;
    const bool wants_shape = kind == DistKind::erlang;
    if (has_half && !wants_half) {
        fail(
            i + 2,
            fmt::format("'{}' means nothing for {} = \"{}\"", half_key, table.fields[i].key, name),
            "expected no such key");
    } else if (has_shape && !wants_shape) {
        fail(
            i + 3,
            fmt::format("'{}' means nothing for {} = \"{}\"", shape_key, table.fields[i].key, name),
            "expected no such key");
    } else if (wants_shape && table.fields[i + 3].get(row).integer < 1) {
        fail(
            has_shape ? i + 3 : i,
            fmt::format("{} = \"erlang\" needs a '{}' of at least 1", table.fields[i].key, shape_key),
            fmt::format("expected {} = a whole number", shape_key));
    } else if (wants_half && kind != DistKind::lognormal && half > mean) {
        fail(
            i + 2,
            fmt::format("'{}' is larger than the mean, so that durations could be negative", half_key),
            fmt::format(
                "expected at most {} {}",
                ticks_to_text(mean, table.fields[i + 1].unit),
                table.fields[i + 1].unit_name));
    } else if (kind == DistKind::lognormal && mean == 0) {
        fail(
            i + 1,
            fmt::format("{} = \"lognormal\" needs a mean above 0", table.fields[i].key),
            "expected more than 0");
    }
}

// an absent duration that is like another one of the row takes its four values
void copy_like(const TableInfo& table, Row& row, size_t i) {
    const uint64_t four = 0xfULL << i;
    if (table.fields[i].same_as.empty() || (row.given & four) != 0) return;
    const size_t from = field_index(table, table.fields[i].same_as);
    for (size_t k = 0; k < 3; ++k) table.fields[i + k].set(row, table.fields[from + k].get(row));
    const Value shape = table.fields[from + 3].get(row);
    if (shape.integer > 0) table.fields[i + 3].set(row, shape);
}

}  // namespace

Span place_of(const TableInfo& table, const Row& row, std::string_view key) {
    const size_t index = field_index(table, key);
    CHECK(index != kNoField);
    return span_of(row, index);
}

bool condition_holds(const TableInfo& table, const Row& row, std::string_view condition) {
    const size_t equals = condition.find('=');
    const size_t index = field_index(table, condition.substr(0, equals));
    const FieldInfo& field = table.fields[index];
    const std::string_view value = field.values[static_cast<size_t>(field.get(row).integer)];
    std::string_view rest = condition.substr(equals + 1);
    while (!rest.empty()) {
        const size_t bar = std::min(rest.find('|'), rest.size());
        if (rest.substr(0, bar) == value) return true;
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return false;
}

bool check_text(Reading& reading, uint32_t file) {
    const SourceFile& source = reading.spec.sources.files[file];
    const std::string_view text = source.text;
    if (text.find_first_not_of(" \t\r\n\xef\xbb\xbf") == std::string_view::npos) {
        reading.report(
            "empty-file",
            fmt::format("'{}' is empty", source.name),
            {file, 0, 0, 0},
            "",
            "fill it, or remove it from the model");
        return false;
    }
    const size_t bad = first_bad_byte(text);
    if (bad == std::string_view::npos) return true;
    reading.report(
        "not-text",
        fmt::format(
            "'{}' is not a text file: byte 0x{:02x} at offset {}",
            source.name,
            static_cast<unsigned char>(text[bad]),
            bad),
        span_at(reading.spec.sources, file, bad, 1),
        "expected UTF-8 text",
        "save the file as UTF-8 text (a spreadsheet: as \"CSV UTF-8\")");
    return false;
}

void set_field(Reading& reading, const TableInfo& table, Row& row, size_t index, const RawValue& raw) {
    const FieldInfo& field = table.fields[index];
    Value value;
    const Time start = table.single ? 0 : reading.spec.line.start;
    const Outcome outcome = convert(field, raw, start, value);
    // a wrong value counts as given: it needs no second diagnostic
    row.given |= 1ULL << index;
    if (row.spans.size() <= index) row.spans.resize(table.fields.size());
    row.spans[index] = raw.span;
    if (outcome == Outcome::good) {
        field.set(row, std::move(value));
    } else {
        reading.bad_fields |= 1ULL << index;
        report_value(reading, field, raw, outcome);
    }
}

void report_unknown_key(Reading& reading, const TableInfo& table, std::string_view key, Span span) {
    std::vector<std::string> keys;
    for (const FieldInfo& field : table.fields) keys.emplace_back(field.key);
    // a key without its unit is the most frequent mistake
    std::string near;
    for (const std::string& candidate : keys) {
        const bool longer = candidate.size() > key.size() && candidate.compare(0, key.size(), key) == 0;
        if (near.empty() && longer && candidate[key.size()] == '_') near = candidate;
    }
    const std::string help = near.empty() ? did_you_mean(key, keys, "the keys are " + joined(keys))
                                          : fmt::format("did you mean '{}'?", near);
    reading.report(
        "unknown-key",
        fmt::format("{} has no key '{}'", header_text(table), shortened(key)),
        span,
        fmt::format("expected one of {} keys", keys.size()),
        help);
}

void finish_row(Reading& reading, const TableInfo& table, Row& row, uint64_t absent_columns) {
    check_needed(reading, table, row, absent_columns);
    for (size_t i = 0; i + 3 < table.fields.size(); ++i) {
        if (!table.fields[i].starts_distribution) continue;
        copy_like(table, row, i);
        if ((reading.bad_fields >> i & 0xfU) == 0) check_distribution(reading, table, row, i);
    }
    // from here on a wrong value is an absent one
    row.given &= ~reading.bad_fields;
    reading.bad_fields = 0;
}

void check_unique(Reading& reading, const TableInfo& table) {
    if (table.unique.empty()) return;
    std::unordered_map<std::string, size_t> first;
    const size_t rows = table.size(reading.spec);
    first.reserve(rows);
    for (size_t r = 0; r < rows; ++r) {
        const Row& row = table.const_row(reading.spec, r);
        std::string key;
        std::string shown;
        size_t place = 0;
        bool complete = true;
        for (const std::string_view part : table.unique) {
            const size_t index = field_index(table, part);
            const FieldInfo& field = table.fields[index];
            if (field.required && !is_given(row, index)) complete = false;
            const std::string text = value_text(field, field.get(row), 0);
            key += text + '\x1f';
            shown += fmt::format("{}{} '{}'", shown.empty() ? "" : ", ", part, text);
            place = index;
        }
        if (!complete) continue;
        const auto [found, added] = first.emplace(std::move(key), r);
        if (added) continue;
        const Span before = span_of(table.const_row(reading.spec, found->second), place);
        reading.report(
            "duplicate-name",
            fmt::format("{} with {} is declared twice", table.name, shown),
            span_of(row, place),
            fmt::format("first declared at {}:{}", reading.spec.sources.files[before.file].name, before.line),
            "rename one of the two, or remove it");
    }
}

}  // namespace chipchain
