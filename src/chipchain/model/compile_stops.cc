#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

std::vector<uint32_t> scope_targets(
    Compiler& c,
    Scope scope,
    const std::string& target,
    const std::string& whose,
    Span span,
    uint32_t& area) {
    if (scope == Scope::tool_group) {
        const uint32_t group = c.groups.find(target);
        if (group != kNoIndex) return {group};
        c.error(
            "unknown-tool-group",
            fmt::format("{} hits tool group '{}', which is not declared", whose, target),
            span,
            one_of(c.groups.size(), "tool group"),
            near_help(target, c.groups));
        return {};
    }
    area = c.areas.find(target);
    if (area != kNoIndex) return c.groups_of_area[area];
    c.error(
        "unknown-area",
        fmt::format("{} hits area '{}', in which no tool group stands", whose, target),
        span,
        one_of(c.areas.size(), "area"),
        near_help(target, c.areas));
    return {};
}

void compile_downs(Compiler& c) {
    const UniformSpread spread = c.spec.switches.uniform_spread;
    for (size_t i = 0; i < c.spec.downs.size(); ++i) {
        const DownSpec& row = c.spec.downs[i];
        c.model.down_names.push_back(row.name);
        Down down;
        down.scope = row.scope == Scope::area_at_once ? Scope::area_at_once : Scope::tool_group;
        const auto groups = scope_targets(
            c,
            row.scope,
            row.target,
            fmt::format("down '{}'", row.name),
            span_of("down", row, "target"),
            down.area);
        down.time_to_failure = compile_duration(row.time_to_failure, spread);
        down.repair = compile_duration(row.repair, spread);
        down.first = compile_duration(row.first, spread);
        down.source = static_cast<uint32_t>(i);
        if (down.time_to_failure.mean() <= 0) {
            c.error(
                "out-of-range",
                fmt::format("down '{}' would fail without end: its mean time to failure is 0", row.name),
                span_of("down", row, "mttf_min"),
                "expected more than 0");
        }
        if (row.scope == Scope::area_at_once) {
            if (!groups.empty()) c.model.downs.push_back(down);
            continue;
        }
        for (const uint32_t group : groups) {
            down.tool_group = group;
            c.model.downs.push_back(down);
        }
    }
}

void compile_pms(Compiler& c) {
    for (size_t i = 0; i < c.spec.pms.size(); ++i) {
        const PmSpec& row = c.spec.pms[i];
        c.model.pm_names.push_back(row.name);
        uint32_t area = kNoIndex;
        const auto groups = scope_targets(
            c,
            row.scope,
            row.target,
            fmt::format("maintenance '{}'", row.name),
            span_of("pm", row, "target"),
            area);
        Pm pm;
        pm.kind = row.kind;
        pm.interval = row.interval;
        pm.interval_pieces = static_cast<uint64_t>(row.interval_pieces);
        pm.duration = compile_duration(row.duration, c.spec.switches.uniform_spread);
        pm.first = row.first;
        pm.first_pieces = static_cast<uint64_t>(row.first_pieces);
        pm.source = static_cast<uint32_t>(i);
        const bool calendar = row.kind == PmKind::calendar;
        if (calendar ? row.interval <= 0 : row.interval_pieces <= 0) {
            c.error(
                "out-of-range",
                fmt::format("maintenance '{}' would start without end: its interval is 0", row.name),
                span_of("pm", row, calendar ? "interval_d" : "interval_pieces"),
                "expected more than 0");
        }
        for (const uint32_t group : groups) {
            pm.tool_group = group;
            c.model.pms.push_back(pm);
        }
    }
}

}  // namespace chipchain
