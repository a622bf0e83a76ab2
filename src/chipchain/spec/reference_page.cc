#include "chipchain/spec/reference_page.h"

#include <fmt/core.h>

#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

constexpr std::string_view kIntroduction = R"(# Reference of model files

This page is made from the field tables of the program (`chipchain reference`); a test keeps it fresh. Do not edit it.

A model is a folder with `model.toml` and the CSV files that it names, or one `.toml` file. Every table below may stand in
`model.toml` as `[[table]]`, in CSV files, or both (rows of `model.toml` first, then the files in their order):

```toml
[line]
name = "demo"
start = 2026-07-01

[files]
tool_group = "tool_groups.csv"
step = ["route_logic.csv", "route_memory.csv"]

[[product]]
name = "logic"
route = "logic"
```

- Files are UTF-8 text of at most 64 MiB and lie inside the model's folder.
- CSV follows RFC 4180: cells separated by commas, cells with commas, quotes or line breaks in quotes, quotes inside doubled. The first line
  names the keys in any order. Lines that start with `#` are comments. A blank cell is an absent key, `""` is an empty text.
- A key with a dimension carries its unit: `_min` minutes, `_h` hours, `_d` days. Times are kept as whole microseconds.
- Dates are `2026-07-01` or `2026-07-01T06:30:00`, with up to six digits of a second, without a time zone. In CSV and TOML alike; in TOML quotes may be left out.
- A duration with a distribution is up to four keys: the kind (`process`), the mean (`process_min`), the half width of a uniform or triangular or
  the standard deviation of a lognormal (`process_half_min`), and the shape of an erlang (`process_shape`).
- A name is at most 200 bytes without control characters and without blanks at its ends. Names compare byte by byte.
)";

std::string default_text(const TableInfo& table, const FieldInfo& field) {
    if (field.required) return "**required**";
    if (!field.needed_when.empty()) {
        std::string condition(field.needed_when);
        for (size_t at = condition.find('|'); at != std::string::npos; at = condition.find('|'))
            condition.replace(at, 1, " or ");
        return "required if `" + condition + "`";
    }
    if (!field.same_as.empty()) return fmt::format("as `{}`", field.same_as);
    const Value value = field.get(table.defaults());
    if (field.type == FieldType::duration && value.integer < 0) return "none";
    if (field.type == FieldType::number && value.number < field.low) return "none";
    if (field.type == FieldType::date && value.integer == kNever) return "none";
    const std::string text = value_text(field, value, 0);
    return text.empty() ? "none" : "`" + text + "`";
}

std::string type_text(const FieldInfo& field) {
    switch (field.type) {
        case FieldType::text:
            return "text";
        case FieldType::name:
            return field.reference.empty() ? "name" : fmt::format("name of a {}", field.reference);
        case FieldType::integer:
            return field.reference.empty() ? "whole number" : "number of a step";
        case FieldType::number:
            return "number";
        case FieldType::duration:
            return fmt::format("duration, {}", field.unit_name);
        case FieldType::percent:
            return "percent";
        case FieldType::flag:
            return "true or false";
        case FieldType::date:
            return "date";
        case FieldType::choice: {
            std::string out;
            for (const std::string_view value : field.values)
                out += fmt::format("{}`{}`", out.empty() ? "" : ", ", value);
            return out;
        }
    }
    return {};
}

std::string table_text(const TableInfo& table) {
    std::string out = fmt::format(
        "\n### `{}{}{}`\n\n{}.",
        table.single ? "[" : "[[",
        table.name,
        table.single ? "]" : "]]",
        table.help);
    if (!table.unique.empty()) {
        std::string keys;
        for (const std::string_view key : table.unique) keys += fmt::format("{}`{}`", keys.empty() ? "" : " and ", key);
        out += fmt::format(" No two rows have the same {}.", keys);
    }
    out += "\n\n| key | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const FieldInfo& field : table.fields) {
        out += fmt::format(
            "| `{}` | {} | {} | {} | {} |\n",
            field.key,
            type_text(field),
            default_text(table, field),
            range_text(field),
            field.help);
    }
    return out;
}

std::string switches_text() {
    std::string out =
        "\n## Switches\n\n`[switches]` sets single ones; the others are those of the profile in `[line]`.\n\n| switch "
        "| values | meaning |";
    for (const ProfileInfo& profile : profile_table()) out += fmt::format(" {} |", profile.name);
    out += "\n| --- | --- | --- |";
    for (size_t i = 0; i < profile_table().size(); ++i) out += " --- |";
    out += "\n";
    for (const SwitchInfo& info : switch_table()) {
        std::string values;
        for (const std::string_view value : info.values)
            values += fmt::format("{}`{}`", values.empty() ? "" : ", ", value);
        out += fmt::format("| `{}` | {} | {} |", info.name, values, info.help);
        for (const ProfileInfo& profile : profile_table())
            out += fmt::format(" `{}` |", info.values[info.get(profile.make())]);
        out += "\n";
    }
    out += "\n## Profiles\n\n| profile | meaning |\n| --- | --- |\n";
    for (const ProfileInfo& profile : profile_table())
        out += fmt::format("| `{}` | {} |\n", profile.name, profile.help);
    return out;
}

}  // namespace

std::string reference_page() {
    std::string out(kIntroduction);
    out += "\n## Tables\n";
    for (const TableInfo& table : spec_tables()) out += table_text(table);
    out += switches_text();
    out +=
        "\n## Diagnostics\n\n`chipchain explain <id>` prints an example and how to fix it.\n\n| id | meaning | fix "
        "|\n| --- | --- | --- |\n";
    for (const DiagnosticInfo& info : diagnostic_table()) {
        out += fmt::format("| `{}` | {} | {} |\n", info.id, info.sentence, info.fix);
    }
    return out;
}

}  // namespace chipchain
