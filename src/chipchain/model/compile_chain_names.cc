// Names of a scenario: rows that carry the same one, references to none, and the list of stated figures.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "chipchain/model/chain_compiler.h"

namespace chipchain {

namespace {

// The tables that a scenario is made of: those between [scenario] and [[change]].
template <class Visit>
void each_table(const Visit& visit) {
    bool inside = false;
    for (const TableInfo& table : spec_tables()) {
        if (table.name == "scenario") inside = true;
        if (inside && !table.single && table.name != "change") visit(table);
    }
}

Span place_of(const TableInfo& table, const Row& row, std::string_view key) { return span_of(table.name, row, key); }

// The names that a key of a scenario may refer to; nullptr for a reference that is no table's.
const NameTable* names_of(const ChainCompiler& c, std::string_view table) {
    struct Entry {
        std::string_view table;
        const NameTable& names;
    };
    const Entry entries[] = {
        {"item", c.items},
        {"site", c.sites},
        {"activity", c.activities},
        {"resource", c.resources},
        {"curve", c.curves},
        {"capacity_module", c.modules},
        {"programme", c.programmes}};
    for (const Entry& entry : entries) {
        if (entry.table == table) return &entry.names;
    }
    return nullptr;
}

void report_unknown(
    ChainCompiler& c,
    const TableInfo& table,
    const Row& row,
    std::string_view key,
    const std::string& name,
    std::string_view kind) {
    const NameTable& names = *names_of(c, kind);
    std::string id = "unknown-" + std::string(kind);
    std::replace(id.begin(), id.end(), '_', '-');
    c.messages.error(
        std::move(id),
        fmt::format(
            "{} '{}' names {} '{}', which is not declared",
            in_words(table.name),
            row_key(table, row, c.spec.scenario.start),
            in_words(kind),
            name),
        place_of(table, row, key),
        one_of(names.size(), in_words(kind)),
        name_help(name, names, kind));
}

void check_row_references(ChainCompiler& c, const TableInfo& table, const Row& row) {
    for (const FieldInfo& field : table.fields) {
        const NameTable* names = names_of(c, field.reference);
        if (names == nullptr) continue;
        const std::string name = field.get(row).text;
        if ((name.empty() && !field.required) || names->find(name) != kNoIndex) continue;
        report_unknown(c, table, row, field.key, name, field.reference);
    }
}

void check_duplicates(ChainCompiler& c, const TableInfo& table) {
    if (table.unique.empty()) return;
    std::unordered_map<std::string, const Row*> first;
    for (size_t r = 0; r < table.size(c.spec); ++r) {
        const Row& row = table.const_row(c.spec, r);
        const std::string key = row_key(table, row, c.spec.scenario.start);
        const auto [found, added] = first.emplace(key, &row);
        if (added) continue;
        const std::string_view last = table.unique.back();
        const Span before = place_of(table, *found->second, last);
        const auto& files = c.spec.sources.files;
        c.messages.error(
            "duplicate-name",
            fmt::format("{} '{}' is declared twice", in_words(table.name), key),
            place_of(table, row, last),
            before.file < files.size() ? fmt::format("first declared at {}:{}", files[before.file].name, before.line)
                                       : "",
            "rename one of the two, or remove it");
    }
}

bool is_figure(const FieldInfo& field) {
    return field.type == FieldType::integer || field.type == FieldType::number || field.type == FieldType::duration ||
           field.type == FieldType::percent;
}

void add_figure(ChainCompiler& c, const TableInfo& table, const Row& row, size_t mark, size_t source) {
    std::string text;
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const FieldInfo& field = table.fields[i];
        if ((row.given >> i & 1U) == 0 || !is_figure(field)) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.key, value_text(field, field.get(row), 0));
    }
    if (text.empty()) return;
    ChainFigure& figure = c.model.figures.emplace_back();
    figure.table = table.name;
    figure.row = row_key(table, row, c.spec.scenario.start);
    figure.text = std::move(text);
    figure.mark = static_cast<Mark>(table.fields[mark].get(row).integer);
    if (source != kNoField) figure.source = table.fields[source].get(row).text;
}

}  // namespace

std::string in_words(std::string_view table) {
    std::string out(table);
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

std::string name_help(const std::string& name, const NameTable& names, std::string_view table) {
    const std::string near = near_help(name, names);
    return near.empty() ? fmt::format("add [[{}]] rows of that name, or correct it", table) : near;
}

std::string figure_text(double value) {
    if (value < 1'000 || value > 1e15) return fmt::format("{:.6g}", value);
    std::string digits = fmt::format("{:.0f}", value);
    for (size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

void name_rows(ChainCompiler& c) {
    for (const ItemSpec& row : c.spec.items) c.items.add(row.name);
    for (const SiteSpec& row : c.spec.sites) c.sites.add(row.name);
    for (const ActivitySpec& row : c.spec.activities) c.activities.add(row.name);
    for (const ResourceSpec& row : c.spec.resources) c.resources.add(row.name);
    for (const CurveSpec& row : c.spec.curves) c.curves.add(row.curve);
    for (const CapacityModuleSpec& row : c.spec.capacity_modules) c.modules.add(row.name);
    for (const ProgrammeSpec& row : c.spec.programmes) c.programmes.add(row.name);
    each_table([&c](const TableInfo& table) { check_duplicates(c, table); });
}

void check_references(ChainCompiler& c) {
    each_table([&c](const TableInfo& table) {
        for (size_t r = 0; r < table.size(c.spec); ++r) check_row_references(c, table, table.const_row(c.spec, r));
    });
}

void add_figures(ChainCompiler& c) {
    each_table([&c](const TableInfo& table) {
        const size_t mark = field_index(table, "mark");
        if (mark == kNoField) return;
        const size_t source = field_index(table, "source");
        for (size_t r = 0; r < table.size(c.spec); ++r) add_figure(c, table, table.const_row(c.spec, r), mark, source);
    });
}

}  // namespace chipchain
