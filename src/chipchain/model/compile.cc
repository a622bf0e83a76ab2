#include "chipchain/model/compile.h"

#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"
#include "chipchain/spec/schema.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

constexpr size_t kMostDiagnostics = 10'000;

void add(
    Diagnostics& out,
    Severity severity,
    std::string id,
    std::string message,
    Span span,
    std::string expected,
    std::string help) {
    if (out.size() > kMostDiagnostics) return;
    if (out.size() == kMostDiagnostics) {
        out.push_back({severity, "more-errors", "more mistakes were found; they are not shown", {}, {}, {}});
        return;
    }
    out.push_back({severity, std::move(id), std::move(message), span, std::move(expected), std::move(help)});
}

void compile_line(Compiler& c) {
    const LineSpec& line = c.spec.line;
    c.model.name = line.name;
    c.model.start = line.start;
    c.model.horizon = line.horizon;
    c.model.warmup = line.warmup;
    c.model.switches = c.spec.switches;
    if (line.warmup >= line.horizon) {
        c.error(
            "warmup-beyond-horizon",
            fmt::format(
                "the warm-up of {} d ends at or after the horizon of {} d",
                ticks_to_text(line.warmup, kDay),
                ticks_to_text(line.horizon, kDay)),
            span_of("line", line, "warmup_d"),
            "less than the horizon");
    }
    if (c.spec.releases.empty() && c.spec.wip_lots.empty()) {
        c.error(
            "no-release-and-no-wip",
            "the model has neither release lines nor lots in the line: nothing would happen",
            line.span,
            {},
            "add [[release]], or a table of WIP lots");
    }
}

}  // namespace

uint32_t NameTable::add(const std::string& name) {
    const auto [at, fresh] = index_.try_emplace(name, static_cast<uint32_t>(names_.size()));
    if (fresh) names_.push_back(name);
    return at->second;
}

uint32_t NameTable::find(const std::string& name) const {
    const auto at = index_.find(name);
    return at == index_.end() ? kNoIndex : at->second;
}

void Compiler::error(std::string id, std::string message, Span span, std::string expected, std::string help) {
    add(errors, Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help));
}

void Compiler::warning(std::string id, std::string message, Span span, std::string expected, std::string help) {
    add(warnings, Severity::warning, std::move(id), std::move(message), span, std::move(expected), std::move(help));
}

Span span_of(std::string_view table, const Row& row, std::string_view key) {
    const TableInfo* info = find_table(table);
    if (info == nullptr) return row.span;
    const size_t index = field_index(*info, key);
    return index < row.spans.size() && row.spans[index].line != 0 ? row.spans[index] : row.span;
}

std::string near_help(const std::string& name, const NameTable& table) {
    const std::string near = nearest_name(name, table.names());
    return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

std::string one_of(size_t count, std::string_view what) {
    if (count == 0) return fmt::format("no {} is declared", what);
    if (count == 1) return fmt::format("expected the only {}", what);
    if (what.ends_with('y')) return fmt::format("expected one of {} {}ies", count, what.substr(0, what.size() - 1));
    return fmt::format("expected one of {} {}s", count, what);
}

Time share_of(Time time, uint64_t threshold) {
    return static_cast<Time>((static_cast<Uint128>(static_cast<uint64_t>(time)) * threshold) >> 32);
}

Time limited_sum(Time a, Time b) {
    return std::min(a, kMostTime + 1) + std::min(b, kMostTime + 1) > kMostTime ? kMostTime + 1 : a + b;
}

Time limited_product(Time a, uint64_t factor) {
    const auto product = static_cast<Uint128>(static_cast<uint64_t>(a)) * factor;
    return product > static_cast<Uint128>(kMostTime) ? kMostTime + 1 : static_cast<Time>(product);
}

Result<Model> compile(const Spec& spec, Diagnostics& warnings) {
    Compiler c{spec, warnings};
    if (!spec.processes.empty()) {
        c.error(
            "process-not-line",
            fmt::format("'{}' is a process: it says how a piece is made, not with which tools", spec.processes[0].name),
            spec.processes[0].span,
            {},
            "make a line from it: chipchain new fab --process FILE -o DIR");
        return tl::unexpected(std::move(c.errors));
    }
    if (!spec.flows.empty()) {
        c.error(
            "flow-not-line",
            fmt::format("'{}' is a flow: it says what stages make of wafers, not with which tools", spec.flows[0].name),
            spec.flows[0].span,
            {},
            "run it: chipchain flow FILE");
        return tl::unexpected(std::move(c.errors));
    }
    if (!spec.scenario.name.empty() || !spec.overlay.name.empty()) {
        c.error(
            "scenario-not-line",
            fmt::format("'{}' is a scenario: it has sites and activities, and no steps", spec.line.name),
            spec.scenario.span,
            {},
            "check it: chipchain check FILE");
        return tl::unexpected(std::move(c.errors));
    }
    check_ranges(c);
    if (!c.errors.empty()) return tl::unexpected(std::move(c.errors));

    // names become numbers; every row is looked at, mistakes are collected
    compile_line(c);
    compile_rules(c);
    compile_tool_groups(c);
    compile_setups(c);
    compile_transports(c);
    compile_routes(c);
    compile_products(c);
    compile_releases(c);
    compile_planned_lots(c);
    compile_wip_lots(c);
    compile_step_references(c);
    compile_downs(c);
    compile_pms(c);
    compile_learning(c);
    compile_die_yields(c);
    compile_installs(c);
    compile_shifts(c);
    compile_shutdowns(c);
    compile_ramps(c);
    if (!c.errors.empty()) return tl::unexpected(std::move(c.errors));

    // every reference is valid from here on
    compile_priorities(c);
    compile_classes(c);
    compile_times(c);
    compile_workloads(c);
    if (!c.errors.empty()) return tl::unexpected(std::move(c.errors));
    finish_calendars(c);
    check_reach(c);
    check_load(c);
    c.model.hash = model_hash(c.model);
    return std::move(c.model);
}

Time setup_time(const Model& model, uint32_t from, const Step& step) {
    if (step.setup == 0 || step.setup == from) return 0;
    if (step.setup_time >= 0) return step.setup_time;
    const Time pair = model.setup_change[static_cast<size_t>(from) * model.setup_count + step.setup];
    if (pair >= 0) return pair;
    return std::max<Time>(model.setup_from_any[step.setup], 0);
}

}  // namespace chipchain
