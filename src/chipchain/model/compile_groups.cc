#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

std::vector<RankTerm>::iterator find_term(RankRule& rule, RankKey key) {
    return std::find_if(rule.terms.begin(), rule.terms.end(), [key](const RankTerm& t) { return t.key == key; });
}

// Moves `setup` to the front; without it nothing happens, unless it is to be inserted.
void setup_to_front(RankRule& rule, bool insert) {
    const auto at = find_term(rule, RankKey::setup);
    RankTerm term;
    term.key = RankKey::setup;
    if (at != rule.terms.end()) {
        term = *at;
        rule.terms.erase(at);
    } else if (!insert) {
        return;
    }
    rule.terms.insert(rule.terms.begin(), term);
}

// Puts `queue_time` behind a leading `priority`, or first.
void insert_queue_time(RankRule& rule) {
    if (find_term(rule, RankKey::queue_time) != rule.terms.end()) return;
    const bool behind = !rule.terms.empty() && rule.terms.front().key == RankKey::priority;
    RankTerm term;
    term.key = RankKey::queue_time;
    rule.terms.insert(rule.terms.begin() + (behind ? 1 : 0), term);
}

void add_rule(Compiler& c, const std::string& name, RankRule rule) {
    const Switches& switches = c.spec.switches;
    if (switches.queue_time_action == QueueTimeAction::rank) insert_queue_time(rule);
    if (switches.setup_order == SetupOrder::first) setup_to_front(rule, false);
    finish_rank(rule);
    c.model.rules.push_back(std::move(rule));
    c.model.rule_names.push_back(name);
}

// The number of the rule of that name, in the form that a group with setup_avoidance uses when `avoid`.
uint32_t rule_of(Compiler& c, uint32_t rule, bool avoid) {
    if (!avoid || rule == kNoIndex) return rule;
    c.avoidance_rules.resize(c.rules.size(), kNoIndex);
    uint32_t& variant = c.avoidance_rules[rule];
    if (variant == kNoIndex) {
        variant = static_cast<uint32_t>(c.model.rules.size());
        RankRule moved = c.model.rules[rule];
        setup_to_front(moved, true);
        finish_rank(moved);
        c.model.rules.push_back(std::move(moved));
        c.model.rule_names.push_back(c.rules.names()[rule] + " (setup first)");
    }
    return variant;
}

uint32_t find_rule(Compiler& c, const std::string& name, const std::string& whose, Span span) {
    const uint32_t rule = c.rules.find(name);
    if (rule == kNoIndex) {
        c.error(
            "unknown-rule",
            fmt::format("{} uses dispatch rule '{}', which is not declared", whose, name),
            span,
            one_of(c.rules.size(), "dispatch rule"),
            near_help(name, c.rules));
    }
    return rule;
}

ToolGroup tool_group(Compiler& c, const ToolGroupSpec& row, uint32_t line_rule) {
    ToolGroup group;
    group.first_tool = static_cast<uint32_t>(c.model.tool_to_group.size());
    group.tool_count = static_cast<uint32_t>(row.tools);
    group.load = row.load;
    group.unload = row.unload;
    group.area = c.areas.add(row.area);
    group.location = c.locations.add(row.location);
    group.wake = row.wake;
    group.batch_key = row.batch_key;
    group.cascade = row.lots_inside >= 2;
    const bool unlimited = group.cascade && c.spec.switches.cascade_limit == CascadeLimit::unlimited;
    group.lots_inside = unlimited ? uint16_t{0} : static_cast<uint16_t>(row.lots_inside);
    group.setup_avoidance = row.setup_avoidance;
    group.reservation = row.reservation;
    uint32_t rule = line_rule;
    if (!row.rule.empty()) {
        rule = find_rule(c, row.rule, fmt::format("tool group '{}'", row.name), span_of("tool_group", row, "rule"));
    }
    group.rule = rule_of(c, rule, row.setup_avoidance);
    return group;
}

}  // namespace

void compile_rules(Compiler& c) {
    for (const RuleSpec& row : c.spec.rules) {
        if (c.rules.find(row.name) != kNoIndex) {
            c.error(
                "duplicate-name",
                fmt::format("dispatch rule '{}' is declared twice", row.name),
                span_of("rule", row, "name"));
            continue;
        }
        Result<RankRule> rule = parse_rank(row.rank, span_of("rule", row, "rank"));
        if (!rule) c.errors.insert(c.errors.end(), rule.error().begin(), rule.error().end());
        c.rules.add(row.name);
        add_rule(c, row.name, rule ? std::move(*rule) : RankRule{});
    }
    if (c.rules.find("default") == kNoIndex) {
        c.rules.add("default");
        add_rule(c, "default", *parse_rank("priority, fifo", {}));
    }
}

void compile_tool_groups(Compiler& c) {
    const LineSpec& line = c.spec.line;
    const uint32_t line_rule = find_rule(c, line.rule, "the line", span_of("line", line, "rule"));
    uint64_t tools = 0;
    for (const ToolGroupSpec& row : c.spec.tool_groups) {
        if (c.groups.find(row.name) != kNoIndex) {
            c.error(
                "duplicate-name",
                fmt::format("tool group '{}' is declared twice", row.name),
                span_of("tool_group", row, "name"));
            continue;
        }
        tools += static_cast<uint64_t>(row.tools);
        if (tools > kMostTools) {
            c.error(
                "too-large",
                fmt::format("the model has more than {} tools", kMostTools),
                span_of("tool_group", row, "tools"));
            break;
        }
        const uint32_t id = c.groups.add(row.name);
        const ToolGroup group = tool_group(c, row, line_rule);
        c.model.tool_to_group.resize(tools, id);
        c.groups_of_area.resize(c.areas.size());
        c.groups_of_area[group.area].push_back(id);
        c.model.tool_groups.push_back(group);
        c.model.tool_group_sources.push_back(row.source);
    }
    c.model.tool_group_names = c.groups.names();
    c.model.area_names = c.areas.names();
}

namespace {

// The setup's number, or kNoIndex and a warning when no step uses it.
uint32_t
used_setup(Compiler& c, const std::string& name, std::string_view table, const Row& row, std::string_view key) {
    const uint32_t setup = c.setups.find(name);
    if (setup == kNoIndex) {
        c.warning(
            "unknown-setup",
            fmt::format("no step uses setup '{}'; the row has no effect", name),
            span_of(table, row, key),
            one_of(c.setups.size() - 1, "setup"),
            near_help(name, c.setups));
    }
    return setup;
}

void set_change(Compiler& c, Time& cell, const SetupChangeSpec& row) {
    if (cell >= 0 && cell != row.time) {
        c.error(
            "setup-conflict",
            fmt::format("the change from setup '{}' to '{}' has two times", row.from, row.to),
            row.span);
    }
    cell = row.time;
}

}  // namespace

void compile_setups(Compiler& c) {
    c.setups.add("");
    for (const StepSpec& row : c.spec.steps) {
        if (!row.setup.empty()) c.setups.add(row.setup);
    }
    Model& m = c.model;
    const size_t count = c.setups.size();
    if (count - 1 > kMostSetups) {
        c.error(
            "too-large",
            fmt::format("the steps name {} setups; at most {} are allowed", count - 1, kMostSetups),
            {});
        return;
    }
    m.setup_count = static_cast<uint32_t>(count);
    m.setup_names = c.setups.names();
    m.setup_change.assign(count * count, -1);
    m.setup_from_any.assign(count, -1);
    m.min_run.assign(count, 1);
    for (const SetupChangeSpec& row : c.spec.setup_changes) {
        const uint32_t to = used_setup(c, row.to, "setup_change", row, "to");
        const uint32_t from = row.from.empty() ? 0 : used_setup(c, row.from, "setup_change", row, "from");
        if (to == kNoIndex || from == kNoIndex) continue;
        set_change(c, from == 0 ? m.setup_from_any[to] : m.setup_change[from * count + to], row);
    }
    for (const SetupGroupSpec& row : c.spec.setup_groups) {
        const uint32_t setup = used_setup(c, row.setup, "setup_group", row, "setup");
        if (setup != kNoIndex) m.min_run[setup] = static_cast<uint32_t>(row.min_run);
    }
}

void compile_transports(Compiler& c) {
    Model& m = c.model;
    const size_t count = std::max<size_t>(c.locations.size(), 1);
    if (count > kMostLocations) {
        c.error(
            "too-large",
            fmt::format("the tool groups name {} locations; at most {} are allowed", count, kMostLocations),
            {});
        return;
    }
    m.location_count = static_cast<uint32_t>(count);
    m.transport.assign(count * count, {});
    for (const TransportSpec& row : c.spec.transports) {
        uint32_t ends[2] = {c.locations.find(row.from), c.locations.find(row.to)};
        for (size_t i = 0; i < 2; ++i) {
            if (ends[i] != kNoIndex) continue;
            const std::string& name = i == 0 ? row.from : row.to;
            c.error(
                "unknown-location",
                fmt::format("no tool group stands at location '{}'", name),
                span_of("transport", row, i == 0 ? "from" : "to"),
                one_of(c.locations.size(), "location"),
                near_help(name, c.locations));
        }
        if (ends[0] == kNoIndex || ends[1] == kNoIndex) continue;
        m.transport[ends[0] * count + ends[1]] = compile_duration(row.time, c.spec.switches.uniform_spread);
    }
}

}  // namespace chipchain
