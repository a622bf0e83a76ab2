#include "chipchain/spec/writer.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/core.h>

#include "chipchain/spec/folder_writer.h"
#include "chipchain/spec/rows.h"

namespace chipchain {

namespace {

// ---------------------------------------------------------------- which keys are written

bool same_fields(const TableInfo& table, const Row& row, size_t a, size_t b) {
    for (size_t k = 0; k < 4; ++k) {
        if (!(table.fields[a + k].get(row) == table.fields[b + k].get(row))) return false;
    }
    return true;
}

// The bits of the fields of a row that its file must state.
uint64_t stated_fields(const TableInfo& table, const Row& row) {
    uint64_t out = 0;
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const FieldInfo& field = table.fields[i];
        bool stated = field.required || !(field.get(row) == field.get(table.defaults()));
        if (!field.needed_when.empty() && condition_holds(table, row, field.needed_when)) stated = true;
        if (stated) out |= 1ULL << i;
    }
    for (size_t i = 0; i < table.fields.size(); ++i) {
        if (table.fields[i].same_as.empty()) continue;
        const bool same = same_fields(table, row, i, field_index(table, table.fields[i].same_as));
        // an absent duration means "as the other one", so a different one must state its kind
        out = same ? out & ~(0xfULL << i) : out | 1ULL << i;
    }
    return out;
}

// ---------------------------------------------------------------- TOML

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\u{:04X}", byte);
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string toml_value(const FieldInfo& field, const Value& value, Time start) {
    const std::string text = value_text(field, value, start);
    const bool quoted =
        field.type == FieldType::text || field.type == FieldType::name || field.type == FieldType::choice;
    return quoted ? toml_string(text) : text;
}

void append_row(const TableInfo& table, const Row& row, Time start, std::string& out) {
    out += table.single ? fmt::format("[{}]\n", table.name) : fmt::format("\n[[{}]]\n", table.name);
    const uint64_t stated = stated_fields(table, row);
    for (size_t i = 0; i < table.fields.size(); ++i) {
        if ((stated >> i & 1U) == 0) continue;
        const FieldInfo& field = table.fields[i];
        out += fmt::format("{} = {}\n", field.key, toml_value(field, field.get(row), start));
    }
}

// the switches that differ from the profile's
std::string switches_text(const Spec& spec) {
    Switches profile;
    find_profile(spec.line.profile, profile);
    std::string out;
    for (const SwitchInfo& info : switch_table()) {
        const uint8_t value = info.get(spec.switches);
        if (value != info.get(profile)) out += fmt::format("{} = \"{}\"\n", info.name, info.values[value]);
    }
    return out.empty() ? out : "\n[switches]\n" + out;
}

// ---------------------------------------------------------------- CSV

std::string csv_text(const TableInfo& table, const Spec& spec, size_t first, size_t last) {
    uint64_t columns = 0;
    for (size_t r = first; r < last; ++r) columns |= stated_fields(table, table.const_row(spec, r));
    std::string out;
    const auto end_cell = [&out](bool& any) {
        if (any) out += ',';
        any = true;
    };
    bool any = false;
    for (size_t i = 0; i < table.fields.size(); ++i) {
        if ((columns >> i & 1U) == 0) continue;
        end_cell(any);
        out += table.fields[i].key;
    }
    out += '\n';
    for (size_t r = first; r < last; ++r) {
        const Row& row = table.const_row(spec, r);
        const uint64_t stated = stated_fields(table, row);
        any = false;
        for (size_t i = 0; i < table.fields.size(); ++i) {
            if ((columns >> i & 1U) == 0) continue;
            end_cell(any);
            if ((stated >> i & 1U) == 0) continue;
            const FieldInfo& field = table.fields[i];
            out += csv_cell(value_text(field, field.get(row), spec.line.start));
        }
        out += '\n';
    }
    return out;
}

struct RouteRange {
    std::string route;
    size_t first = 0;
    size_t last = 0;
};

// The rows of each route, or one range of all rows when the rows of a route do not stand together.
std::vector<RouteRange> route_ranges(const Spec& spec) {
    std::vector<RouteRange> out;
    std::set<std::string> seen;
    for (size_t i = 0; i < spec.steps.size(); ++i) {
        const std::string& route = spec.steps[i].route;
        if (out.empty() || out.back().route != route) {
            if (!seen.insert(route).second) return {{"", 0, spec.steps.size()}};
            out.push_back({route, i, i});
        }
        out.back().last = i + 1;
    }
    return out;
}

std::string step_files(const TableInfo& table, const Spec& spec, std::vector<ModelFile>& files) {
    const std::vector<RouteRange> ranges = route_ranges(spec);
    if (ranges.size() == 1 && ranges[0].route.empty()) {
        files.push_back({std::string(table.csv_file), csv_text(table, spec, 0, spec.steps.size())});
        return fmt::format("step = \"{}\"\n", table.csv_file);
    }
    std::set<std::string> taken;
    std::string list;
    for (const RouteRange& range : ranges) {
        const std::string name = plain_file_name("route_", range.route, ".csv", taken);
        files.push_back({name, csv_text(table, spec, range.first, range.last)});
        list += fmt::format("    \"{}\",\n", name);
    }
    if (ranges.size() == 1) return fmt::format("step = \"{}\"\n", files.back().name);
    return "step = [\n" + list + "]\n";
}

}  // namespace

std::string csv_cell(const std::string& text) {
    const bool ends =
        !text.empty() && (std::isspace(static_cast<unsigned char>(text.front())) != 0 ||
                          std::isspace(static_cast<unsigned char>(text.back())) != 0 || text.front() == '#');
    if (!text.empty() && !ends && text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::vector<ModelFile> model_files(const Spec& spec) {
    std::vector<ModelFile> files(1);
    std::string toml;
    std::string names;
    std::string rows;
    if (!spec.scenario.name.empty()) {
        append_row(*find_table("scenario"), spec.scenario, 0, toml);
    } else if (!spec.overlay.name.empty()) {
        append_row(*find_table("overlay"), spec.overlay, 0, toml);
    } else if (!spec.chip.name.empty()) {
        append_row(*find_table("chip"), spec.chip, 0, toml);
    } else if (!spec.fleet.name.empty()) {
        append_row(*find_table("fleet"), spec.fleet, 0, toml);
    } else {
        append_row(*find_table("line"), spec.line, 0, toml);
        toml += switches_text(spec);
    }
    for (const TableInfo& table : spec_tables()) {
        const size_t size = table.size(spec);
        if (table.single || size == 0) continue;
        if (table.csv_file.empty()) {
            for (size_t i = 0; i < size; ++i) append_row(table, table.const_row(spec, i), spec.line.start, rows);
        } else if (table.name == "step") {
            names += step_files(table, spec, files);
        } else {
            files.push_back({std::string(table.csv_file), csv_text(table, spec, 0, size)});
            names += fmt::format("{} = \"{}\"\n", table.name, table.csv_file);
        }
    }
    if (!names.empty()) toml += "\n[files]\n" + names;
    files[0] = {"model.toml", toml + rows};
    return files;
}

Result<void> write_model(const Spec& spec, const std::string& folder, bool overwrite) {
    const FolderForm form{"model.toml", [](const std::string& name) {
                              return name == "model.toml" || name.ends_with(".csv");
                          }};
    return write_folder(model_files(spec), folder, form, overwrite);
}

}  // namespace chipchain
