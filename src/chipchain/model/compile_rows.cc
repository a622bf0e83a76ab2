// Tool groups, setups, rules, transport, outages, lot types, initial lots: row by row.
#include <algorithm>
#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

constexpr uint64_t kMostTools = 5'000'000;

Distribution duration(const Compiler& c, const DurationSpec& spec) {
    return compile_duration(spec, c.spec.switches.uniform_spread);
}

}  // namespace

void compile_groups(Compiler& c) {
    uint64_t tools = 0;
    for (const ToolGroupSpec& row : c.spec.tool_groups) {
        c.groups.add(row.name);
        ToolGroup g;
        tools += static_cast<uint64_t>(std::max<int64_t>(row.tools, 1));
        if (tools > kMostTools) {
            error(c, "too-large", fmt::format("the model has more than {} tools", kMostTools), place(row, "tool_group", "tools"));
            return;
        }
        g.first_tool = static_cast<uint32_t>(c.model.tool_to_group.size());
        g.tool_count = static_cast<uint32_t>(row.tools);
        c.model.tool_to_group.insert(c.model.tool_to_group.end(), g.tool_count, static_cast<uint32_t>(c.model.tool_groups.size()));
        g.load = row.load;
        g.unload = row.unload;
        g.area = c.areas.add(row.area);
        g.location = c.locations.add(row.location);
        g.cascade = row.lots_inside >= 2;
        const bool unlimited = g.cascade && c.spec.switches.cascade_limit == CascadeLimit::unlimited;
        g.lots_inside = unlimited ? uint16_t{0} : static_cast<uint16_t>(std::clamp<int64_t>(row.lots_inside, 1, 1000));
        g.wake = row.wake;
        g.batch_key = row.batch_key;
        g.setup_avoidance = row.setup_avoidance;
        g.reservation = row.reservation;
        c.model.tool_groups.push_back(g);
        c.model.tool_group_names.push_back(row.name);
    }
    c.model.area_names = c.areas.names;
}

void compile_setups(Compiler& c) {
    Model& m = c.model;
    for (const SetupChangeSpec& row : c.spec.setup_changes) {
        for (const std::string* name : {&row.from, &row.to}) {
            if (!name->empty() && c.setups.find(*name) == kNoIndex) {
                warn(c, "unknown-setup", fmt::format("setup_change names setup '{}', which no step uses", *name), row.span);
            }
            c.setups.add(*name);
        }
    }
    for (const SetupGroupSpec& row : c.spec.setup_groups) c.setups.add(row.setup);
    m.setup_count = static_cast<uint32_t>(c.setups.names.size());
    m.setup_names = c.setups.names;
    if (m.setup_count > 8000) {
        error(c, "too-large", "the model has more than 8,000 setups", c.spec.line.span);
        return;
    }
    m.setup_change.assign(static_cast<size_t>(m.setup_count) * m.setup_count, -1);
    m.setup_from_any.assign(m.setup_count, -1);
    m.min_run.assign(m.setup_count, 1);
    for (const SetupChangeSpec& row : c.spec.setup_changes) {
        const uint32_t to = c.setups.find(row.to);
        Time& cell = row.from.empty() ? m.setup_from_any[to] : m.setup_change[c.setups.find(row.from) * m.setup_count + to];
        if (cell >= 0 && cell != row.time) {
            error(c, "setup-conflict", fmt::format("the change from '{}' to '{}' has two times", row.from, row.to), row.span);
        }
        cell = row.time;
    }
    for (const SetupGroupSpec& row : c.spec.setup_groups) {
        m.min_run[c.setups.find(row.setup)] = static_cast<uint32_t>(std::clamp<int64_t>(row.min_run, 1, 1'000'000'000));
    }
}

namespace {

// A rule with `key` inserted or moved to the front, or behind a leading priority.
RankRule with_key(const RankRule& rule, RankKey key, bool behind_priority) {
    RankRule out = rule;
    std::erase_if(out.terms, [&](const RankTerm& term) { return term.key == key; });
    const bool leads = behind_priority && !out.terms.empty() && out.terms.front().key == RankKey::priority;
    RankTerm term;
    term.key = key;
    out.terms.insert(out.terms.begin() + (leads ? 1 : 0), term);
    out.has_setup = out.has_setup || key == RankKey::setup;
    return out;
}

}  // namespace

void compile_rules(Compiler& c) {
    Model& m = c.model;
    for (const RuleSpec& row : c.spec.rules) {
        c.rules.add(row.name);
        Span span = place(row, "rule", "rank");
        if (span.line > 0) ++span.column;  // behind the quote
        Result<RankRule> rule = parse_rank(row.rank, span);
        if (!rule) {
            c.errors.insert(c.errors.end(), rule.error().begin(), rule.error().end());
            rule = RankRule{};
        }
        m.rules.push_back(*rule);
    }
    if (c.rules.find("default") == kNoIndex) {
        c.rules.add("default");
        m.rules.push_back(*parse_rank("priority, fifo", {}));
    }
    if (c.spec.switches.queue_time_action == QueueTimeAction::rank) {
        for (RankRule& rule : m.rules) rule = with_key(rule, RankKey::queue_time, true);
    }
    m.rule_names = c.rules.names;
    if (c.rules.find(c.spec.line.rule) == kNoIndex) {
        unknown(c, "unknown-rule", "the line", "rule", c.spec.line.rule, c.rules, place(c.spec.line, "line", "rule"));
    }
    std::map<uint32_t, uint32_t> setup_first;  // rule -> its variant with setup in front
    for (size_t g = 0; g < m.tool_groups.size(); ++g) {
        const ToolGroupSpec& row = c.spec.tool_groups[g];
        const std::string& name = row.rule.empty() ? c.spec.line.rule : row.rule;
        const uint32_t rule = c.rules.find(name);
        if (rule == kNoIndex) {
            if (!row.rule.empty()) {
                unknown(c, "unknown-rule", fmt::format("tool group '{}'", row.name), "rule", name, c.rules,
                        place(row, "tool_group", "rule"));
            }
            continue;
        }
        m.tool_groups[g].rule = rule;
        const bool first = c.spec.switches.setup_order == SetupOrder::first && m.rules[rule].has_setup;
        if (!row.setup_avoidance && !first) continue;
        const auto [it, is_new] = setup_first.emplace(rule, static_cast<uint32_t>(m.rules.size()));
        if (is_new) {
            m.rules.push_back(with_key(m.rules[rule], RankKey::setup, false));
            m.rule_names.push_back(name + " (setup first)");
        }
        m.tool_groups[g].rule = it->second;
    }
}

void compile_transport(Compiler& c) {
    Model& m = c.model;
    m.location_count = std::max<uint32_t>(1, static_cast<uint32_t>(c.locations.names.size()));
    if (m.location_count > 4000) {
        error(c, "too-large", "the model has more than 4,000 locations", c.spec.line.span);
        return;
    }
    m.transport.assign(static_cast<size_t>(m.location_count) * m.location_count, {});
    for (const TransportSpec& row : c.spec.transports) {
        const uint32_t from = c.locations.find(row.from);
        const uint32_t to = c.locations.find(row.to);
        if (from == kNoIndex) unknown(c, "unknown-location", "a transport row", "location", row.from, c.locations, place(row, "transport", "from"));
        if (to == kNoIndex) unknown(c, "unknown-location", "a transport row", "location", row.to, c.locations, place(row, "transport", "to"));
        if (from != kNoIndex && to != kNoIndex) m.transport[from * m.location_count + to] = duration(c, row.time);
    }
}

namespace {

// The tool groups a down or maintenance concerns; empty and reported when the target is unknown.
std::vector<uint32_t> targets(Compiler& c, const Row& row, const char* table, const std::string& name, Scope scope,
                              const std::string& target) {
    std::vector<uint32_t> out;
    if (scope == Scope::tool_group) {
        const uint32_t g = c.groups.find(target);
        if (g == kNoIndex) {
            unknown(c, "unknown-tool-group", fmt::format("{} '{}'", table, name), "tool group", target, c.groups, place(row, table, "target"));
        } else {
            out.push_back(g);
        }
        return out;
    }
    const uint32_t area = c.areas.find(target);
    if (area == kNoIndex) {
        unknown(c, "unknown-area", fmt::format("{} '{}'", table, name), "area", target, c.areas, place(row, table, "target"));
        return out;
    }
    for (uint32_t g = 0; g < c.model.tool_groups.size(); ++g) {
        if (c.model.tool_groups[g].area == area) out.push_back(g);
    }
    return out;
}

}  // namespace

void compile_outages(Compiler& c) {
    Model& m = c.model;
    for (uint32_t i = 0; i < c.spec.downs.size(); ++i) {
        const DownSpec& row = c.spec.downs[i];
        m.down_names.push_back(row.name);
        for (const uint32_t g : targets(c, row, "down", row.name, row.scope, row.target)) {
            Down down{row.scope, g, m.tool_groups[g].area, duration(c, row.time_to_failure), duration(c, row.repair),
                      duration(c, row.first), i};
            if (row.scope == Scope::area_at_once) down.tool_group = kNoIndex;
            m.downs.push_back(down);
            if (row.scope == Scope::area_at_once) break;
        }
    }
    for (uint32_t i = 0; i < c.spec.pms.size(); ++i) {
        const PmSpec& row = c.spec.pms[i];
        m.pm_names.push_back(row.name);
        for (const uint32_t g : targets(c, row, "pm", row.name, row.scope, row.target)) {
            Pm pm;
            pm.tool_group = g;
            pm.kind = row.kind;
            pm.interval = row.interval;
            pm.interval_pieces = static_cast<uint64_t>(std::max<int64_t>(row.interval_pieces, 1));
            pm.duration = duration(c, row.duration);
            pm.first = row.first;
            pm.first_pieces = static_cast<uint64_t>(std::max<int64_t>(row.first_pieces, 0));
            pm.source = i;
            m.pms.push_back(pm);
        }
    }
}

void compile_lot_types(Compiler& c) {
    Model& m = c.model;
    for (uint32_t i = 0; i < c.spec.products.size(); ++i) {
        const ProductSpec& row = c.spec.products[i];
        c.products.add(row.name);
        m.product_names.push_back(row.name);
        if (c.routes.find(row.route) == kNoIndex) {
            unknown(c, "unknown-route", fmt::format("product '{}'", row.name), "route", row.route, c.routes, place(row, "product", "route"));
        }
    }
    c.route_types.resize(c.routes.names.size());
    for (const ReleaseSpec& row : c.spec.releases) {
        c.releases.add(row.name);
        LotType t;
        const uint32_t product = c.products.find(row.product);
        if (product == kNoIndex) {
            unknown(c, "unknown-product", fmt::format("release '{}'", row.name), "product", row.product, c.products,
                    place(row, "release", "product"));
        } else {
            t.product = product;
            t.route = c.routes.find(c.spec.products[product].route);
        }
        t.priority = row.priority;
        t.pieces = static_cast<uint32_t>(std::clamp<int64_t>(row.pieces, 1, 1'000'000));
        t.policy = row.policy;
        t.start = row.start;
        t.interval = std::max<Time>(row.interval, 1);
        t.repeats = row.repeats;
        t.lots_per_release = static_cast<uint32_t>(std::clamp<int64_t>(row.lots_per_release, 1, 1'000'000));
        t.due_offset = row.due_offset;
        t.reserve = row.reserve;
        t.wip_limit_lots = static_cast<uint64_t>(std::clamp<int64_t>(row.wip_limit_lots, 0, 10'000'000));
        t.workload_limit = row.workload_limit;
        if (row.policy == ReleasePolicy::workload) {
            t.workload_group = c.groups.find(row.workload_group);
            if (t.workload_group == kNoIndex) {
                unknown(c, "unknown-tool-group", fmt::format("release '{}'", row.name), "tool group", row.workload_group, c.groups,
                        place(row, "release", "workload_group"));
            }
        }
        m.lot_types.push_back(t);
        m.lot_type_names.push_back(row.name);
    }
}

namespace {

void add_planned_lots(Compiler& c) {
    Model& m = c.model;
    std::vector<std::vector<PlannedLot>> plans(m.lot_types.size());
    for (const PlannedLotSpec& row : c.spec.planned_lots) {
        const uint32_t release = c.releases.find(row.release);
        if (release == kNoIndex) {
            unknown(c, "unknown-release", "a planned lot", "release", row.release, c.releases, place(row, "planned_lot", "release"));
        } else if (m.lot_types[release].policy != ReleasePolicy::list) {
            error(c, "planned-lot-not-list", fmt::format("a planned lot belongs to release '{}', whose policy is not \"list\"", row.release),
                  row.span, "a release with policy = \"list\"");
        } else {
            plans[release].push_back({row.time, row.due});
        }
    }
    for (size_t i = 0; i < plans.size(); ++i) {
        std::stable_sort(plans[i].begin(), plans[i].end(), [](const PlannedLot& a, const PlannedLot& b) { return a.time < b.time; });
        m.lot_types[i].first_planned = static_cast<uint32_t>(m.planned_lots.size());
        m.lot_types[i].planned_count = static_cast<uint32_t>(plans[i].size());
        m.planned_lots.insert(m.planned_lots.end(), plans[i].begin(), plans[i].end());
        if (m.lot_types[i].policy == ReleasePolicy::list && plans[i].empty()) {
            warn(c, "release-without-lots", fmt::format("release '{}' has policy \"list\" but no planned lots", m.lot_type_names[i]),
                 c.spec.releases[i].span);
        }
    }
}

// The lot type of an initial lot: the release line of its product and priority, else a type of its own.
uint32_t type_of(Compiler& c, uint32_t product, int64_t priority, uint32_t pieces) {
    Model& m = c.model;
    for (uint32_t i = 0; i < m.lot_types.size(); ++i) {
        if (m.lot_types[i].product == product && m.lot_types[i].priority == priority) return i;
    }
    LotType t;
    t.product = product;
    t.route = c.routes.find(c.spec.products[product].route);
    t.priority = priority;
    t.pieces = pieces;
    t.released = false;
    m.lot_types.push_back(t);
    m.lot_type_names.push_back(fmt::format("{} priority {}", m.product_names[product], priority));
    return static_cast<uint32_t>(m.lot_types.size() - 1);
}

void assign_priority_levels(Model& m) {
    std::vector<int64_t> all;
    for (const LotType& t : m.lot_types) all.push_back(t.priority);
    for (const WipLot& w : m.wip_lots) all.push_back(w.priority);
    std::sort(all.begin(), all.end(), std::greater<>());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    const auto level = [&](int64_t p) {
        return static_cast<uint32_t>(std::lower_bound(all.begin(), all.end(), p, std::greater<>()) - all.begin());
    };
    for (LotType& t : m.lot_types) t.priority_level = level(t.priority);
    for (WipLot& w : m.wip_lots) w.priority_level = level(w.priority);
    m.priority_levels = std::max<uint32_t>(1, static_cast<uint32_t>(all.size()));
}

}  // namespace

void compile_wip(Compiler& c) {
    Model& m = c.model;
    add_planned_lots(c);
    for (const WipLotSpec& row : c.spec.wip_lots) {
        const uint32_t product = c.products.find(row.product);
        if (product == kNoIndex) {
            unknown(c, "unknown-product", fmt::format("lot '{}'", row.name), "product", row.product, c.products, place(row, "wip_lot", "product"));
            continue;
        }
        const uint32_t route = c.routes.find(c.spec.products[product].route);
        if (route == kNoIndex) continue;  // reported with the product
        const size_t steps = c.spec_rows[route].size();
        if (row.step < 1 || static_cast<uint64_t>(row.step) > steps) {
            error(c, "unknown-step", fmt::format("lot '{}' waits for step {}, which its route does not have", row.name, row.step),
                  place(row, "wip_lot", "step"), fmt::format("a step from 1 to {}", steps));
            continue;
        }
        WipLot w;
        w.pieces = static_cast<uint32_t>(std::clamp<int64_t>(row.pieces, 1, 1'000'000));
        w.type = type_of(c, product, row.priority, w.pieces);
        w.step = m.routes[route].first_step + static_cast<uint32_t>(row.step) - 1;
        w.due = row.due;
        w.start = row.start;
        w.priority = row.priority;
        w.reserve = row.reserve;
        m.wip_lots.push_back(w);
        m.wip_lot_names.push_back(row.name);
    }
    assign_priority_levels(m);
    for (uint32_t i = 0; i < m.lot_types.size(); ++i) {
        if (m.lot_types[i].route < c.route_types.size()) c.route_types[m.lot_types[i].route].push_back(i);
    }
    if (c.spec.releases.empty() && c.spec.wip_lots.empty()) {
        error(c, "no-release-and-no-wip", "the model has neither release lines nor lots in the line", c.spec.line.span);
    }
}

}  // namespace chipchain
