#include "chipchain/model/compile.h"

#include <algorithm>
#include <fmt/format.h>

#include "chipchain/model/compiler.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

uint32_t NameTable::add(const std::string& name) {
    const auto [it, is_new] = ids.emplace(name, static_cast<uint32_t>(names.size()));
    if (is_new) names.push_back(name);
    return it->second;
}

uint32_t NameTable::find(const std::string& name) const {
    const auto it = ids.find(name);
    return it == ids.end() ? kNoIndex : it->second;
}

Span place(const Row& row, std::string_view table, std::string_view key) {
    const TableInfo* info = find_table(table);
    const size_t index = info == nullptr ? kNoField : field_index(*info, key);
    if (index == kNoField || index >= row.spans.size() || row.spans[index].line == 0) return row.span;
    return row.spans[index];
}

void error(Compiler& c, std::string id, std::string message, Span span, std::string expected, std::string help) {
    c.errors.push_back({Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help)});
}

void warn(Compiler& c, std::string id, std::string message, Span span, std::string help) {
    c.warnings.push_back({Severity::warning, std::move(id), std::move(message), span, {}, std::move(help)});
}

void unknown(Compiler& c, std::string id, const std::string& who, const std::string& kind, const std::string& name,
             const NameTable& known, Span span) {
    const std::string near = nearest_name(name, known.names);
    error(c, std::move(id), fmt::format("{} names {} '{}', which is not declared", who, kind, name), span,
          fmt::format("expected one of {} {}s", known.names.size(), kind),
          near.empty() ? fmt::format("declare it, or correct the name") : fmt::format("did you mean '{}'?", near));
}

Time setup_time(const Model& model, uint32_t from, const Step& step) {
    if (step.setup == 0 || from == step.setup) return 0;
    if (step.setup_time >= 0) return step.setup_time;
    const Time exact = model.setup_change[from * model.setup_count + step.setup];
    if (exact >= 0) return exact;
    return std::max<Time>(model.setup_from_any[step.setup], 0);
}

Result<Model> compile(const Spec& spec, Diagnostics& warnings) {
    Compiler c{spec, warnings, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    c.model.name = spec.line.name;
    c.model.start = spec.line.start;
    c.model.horizon = spec.line.horizon;
    c.model.warmup = spec.line.warmup;
    c.model.switches = spec.switches;
    // names and rows
    compile_groups(c);
    compile_routes(c);
    compile_setups(c);
    compile_rules(c);
    compile_transport(c);
    compile_outages(c);
    compile_lot_types(c);
    compile_wip(c);
    if (c.model.warmup >= c.model.horizon) {
        error(c, "warmup-beyond-horizon", "the warm-up ends at or after the horizon", place(spec.line, "line", "warmup_d"),
              "less than the horizon");
    }
    if (!c.errors.empty()) return tl::make_unexpected(std::move(c.errors));
    // all names are resolved from here on
    link_steps(c);
    if (!c.errors.empty()) return tl::make_unexpected(std::move(c.errors));
    derive_times(c);
    assign_classes(c);
    check_loads(c);
    c.model.hash = hash_model(c.model);
    return std::move(c.model);
}

}  // namespace chipchain
