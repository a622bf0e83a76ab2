#include "tests/sim/model_generator.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "chipchain/model/rank.h"
#include "tests/sim/ramp_generator.h"

namespace chipchain::testing {

namespace {

struct Generator {
    Dice dice;
    Spec spec = {};
    bool plain_times = true;  // constants and small uniforms only
    int64_t most_pieces = 6;
    std::vector<std::string> setups = {};
    std::vector<std::string> rules = {};

    std::string name(const char* kind, size_t i) { return fmt::format("{}{}", kind, i); }
    Time minutes(int64_t low, int64_t high) { return dice.between(low, high) * kMinute; }

    DurationSpec duration(int64_t low, int64_t high) {
        DurationSpec d;
        d.mean = minutes(low, high);
        if (dice.percent(plain_times ? 70 : 30)) return d;
        d.kind = plain_times ? DistKind::uniform : dice.choice(DistKind::erlang);
        if (d.mean == 0) d.kind = DistKind::constant;
        switch (d.kind) {
            case DistKind::constant:
            case DistKind::exponential:
                break;
            case DistKind::uniform:
            case DistKind::triangular:
            case DistKind::lognormal:
                d.half = d.mean / dice.between(1, 4);
                break;
            case DistKind::erlang:
                d.half = dice.between(1, 4);
                break;
        }
        return d;
    }

    void add_switches() {
        for (const SwitchInfo& info : switch_table()) {
            if (dice.percent(50)) continue;
            info.set(
                spec.switches,
                static_cast<uint8_t>(dice.between(0, static_cast<int64_t>(info.values.size()) - 1)));
        }
    }

    std::string rank_expression() {
        if (dice.percent(30)) return dice.percent(50) ? "priority, setup, fifo" : "priority, fifo";
        std::vector<size_t> keys;
        std::string text;
        const int64_t count = dice.between(1, 3);
        while (static_cast<int64_t>(keys.size()) < count) {
            const auto key = static_cast<size_t>(dice.between(0, static_cast<int64_t>(rank_table().size()) - 1));
            if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
            keys.push_back(key);
            const RankKeyInfo& info = rank_table()[key];
            if (!text.empty()) text += ", ";
            if (dice.percent(15)) text += "-";
            text += info.name;
            if (info.parameters > 0 && dice.percent(50)) text += "(1.5)";
        }
        return text;
    }

    void add_rules() {
        const int64_t count = dice.between(0, 3);
        for (int64_t i = 0; i < count; ++i) {
            RuleSpec& row = spec.rules.emplace_back();
            row.name = i == 0 && dice.percent(50) ? "default" : name("rule", spec.rules.size());
            row.rank = rank_expression();
            rules.push_back(row.name);
        }
        for (int64_t i = dice.between(0, 3); i > 0; --i) setups.push_back(name("s", setups.size()));
    }

    void add_groups() {
        const int64_t count = dice.between(1, 5);
        for (int64_t i = 0; i < count; ++i) {
            ToolGroupSpec& row = spec.tool_groups.emplace_back();
            row.name = name("g", spec.tool_groups.size());
            row.area = dice.percent(60) ? "Etch" : "Litho";
            row.tools = dice.between(1, 4);
            if (dice.percent(40)) row.load = minutes(0, 2);
            if (dice.percent(40)) row.unload = minutes(0, 2);
            if (dice.percent(35)) row.lots_inside = dice.between(2, 3);
            if (dice.percent(50) && !rules.empty()) row.rule = dice.one_of(rules);
            row.wake = dice.choice(WakeRule::lowest_index);
            row.batch_key = dice.choice(BatchKey::tool_group);
            row.setup_avoidance = dice.percent(15);
            row.reservation = !dice.percent(15);
            if (dice.percent(40)) row.location = "Annex";
        }
    }

    void make_batch(StepSpec& row) {
        row.per = ProcessUnit::batch;
        row.batch_max = most_pieces * dice.between(1, 3);
        row.batch_min = dice.between(1, row.batch_max);
        if (dice.percent(60)) row.batch_min = std::min(row.batch_min, most_pieces);
    }

    void add_step(const std::string& route, int64_t number) {
        StepSpec& row = spec.steps.emplace_back();
        row.route = route;
        row.step = number;
        const ToolGroupSpec& group = dice.one_of(spec.tool_groups);
        row.tool_group = group.name;
        row.name = dice.percent(50) ? "bake" : fmt::format("{}_{}", number, group.name);
        const int64_t kind = dice.between(0, 9);
        row.process = duration(dice.percent(10) ? 0 : 1, 10);
        if (kind < 2) {
            row.per = ProcessUnit::piece;
            row.process = duration(0, 3);
        } else if (kind < 5) {
            make_batch(row);
        }
        if (group.lots_inside > 1 && row.per != ProcessUnit::batch && dice.percent(70)) {
            (row.per == ProcessUnit::piece ? row.piece_interval : row.lot_interval) = minutes(1, 3);
        }
        if (!setups.empty() && dice.percent(50)) row.setup = dice.one_of(setups);
        if (!row.setup.empty() && dice.percent(30)) row.setup_time = minutes(0, 6);
        if (dice.percent(15)) row.sample_percent = static_cast<double>(dice.between(0, 90));
        if (dice.percent(10)) row.scrap_percent = static_cast<double>(dice.between(1, 20));
        if (dice.percent(20)) {
            row.rework_step = dice.between(std::max<int64_t>(1, number - 3), number);
            row.rework_percent = static_cast<double>(dice.between(0, 40));
        }
    }

    // Bonds between steps of a route that is complete: dedication and queue-time windows.
    void bind_steps(size_t first) {
        for (size_t i = first; i < spec.steps.size(); ++i) {
            for (size_t j = i + 1; j < spec.steps.size(); ++j) {
                StepSpec& a = spec.steps[i];
                if (a.tool_group == spec.steps[j].tool_group && dice.percent(25)) a.dedicate_step = spec.steps[j].step;
                if (dice.percent(12)) {
                    a.queue_time_step = spec.steps[j].step;
                    a.queue_time_limit = minutes(0, 60);
                }
            }
        }
    }

    void add_routes() {
        const int64_t count = dice.between(1, 3);
        for (int64_t r = 0; r < count; ++r) {
            const std::string route = name("r", static_cast<size_t>(r + 1));
            const size_t first = spec.steps.size();
            const int64_t steps = dice.between(1, 8);
            for (int64_t k = 1; k <= steps; ++k) add_step(route, k);
            // a line that keeps its WIP constant needs a step that takes time
            StepSpec& row = spec.steps[first];
            row.sample_percent = 100;
            row.process = {DistKind::constant, minutes(1, 5), 0};
            if (dice.percent(50)) bind_steps(first);
        }
        const int64_t products = dice.between(1, 4);
        for (int64_t p = 1; p <= products; ++p) {
            ProductSpec& row = spec.products.emplace_back();
            row.name = name("p", static_cast<size_t>(p));
            row.route = name("r", static_cast<size_t>(p <= count ? p : dice.between(1, count)));
        }
    }

    void add_setup_tables() {
        for (const std::string& to : setups) {
            const auto used = [&](const StepSpec& step) { return step.setup == to; };
            if (std::none_of(spec.steps.begin(), spec.steps.end(), used)) continue;
            if (dice.percent(70)) {
                SetupChangeSpec& row = spec.setup_changes.emplace_back();
                row.to = to;
                row.time = minutes(1, 8);
            }
            for (const std::string& from : setups) {
                if (from == to || dice.percent(60)) continue;
                SetupChangeSpec& row = spec.setup_changes.emplace_back();
                row.from = from;
                row.to = to;
                row.time = minutes(0, 8);
            }
            if (dice.percent(40)) {
                SetupGroupSpec& row = spec.setup_groups.emplace_back();
                row.name = "run_" + to;
                row.setup = to;
                row.min_run = dice.between(1, 4);
            }
        }
    }

    void add_outages() {
        for (int64_t i = dice.percent(50) ? dice.between(1, 3) : 0; i > 0; --i) {
            DownSpec& row = spec.downs.emplace_back();
            row.name = name("down", spec.downs.size());
            row.scope = dice.choice(Scope::area_at_once);
            row.target = row.scope == Scope::tool_group ? dice.one_of(spec.tool_groups).name
                                                        : dice.one_of(spec.tool_groups).area;
            row.time_to_failure = duration(20, 200);
            row.repair = duration(0, 20);
            row.first = duration(0, 100);
        }
        for (int64_t i = dice.percent(50) ? dice.between(1, 3) : 0; i > 0; --i) {
            PmSpec& row = spec.pms.emplace_back();
            row.name = name("pm", spec.pms.size());
            row.scope = dice.percent(60) ? Scope::tool_group : Scope::area;
            row.target = row.scope == Scope::tool_group ? dice.one_of(spec.tool_groups).name
                                                        : dice.one_of(spec.tool_groups).area;
            row.kind = dice.choice(PmKind::pieces);
            row.interval = minutes(30, 200);
            row.interval_pieces = dice.between(1, 60);
            row.duration = duration(1, 20);
            row.first = minutes(0, 200);
            row.first_pieces = dice.between(0, 60);
        }
    }

    void add_transports() {
        if (dice.percent(60)) return;
        std::vector<std::string> places;
        for (const ToolGroupSpec& group : spec.tool_groups) {
            if (std::find(places.begin(), places.end(), group.location) == places.end())
                places.push_back(group.location);
        }
        for (const std::string& from : places) {
            for (const std::string& to : places) {
                TransportSpec& row = spec.transports.emplace_back();
                row.from = from;
                row.to = to;
                row.time = duration(0, 5);
            }
        }
    }

    // Places far from each other, so that the line falls into regions (docs/semantics.md 12).
    void add_distance() {
        if (!dice.percent(20)) return;
        for (ToolGroupSpec& group : spec.tool_groups)
            group.location = dice.one_of(std::vector<std::string>{"Fab", "Annex", "Far"});
        spec.transports.clear();
        const std::vector<std::string> places{"Fab", "Annex", "Far"};
        for (const std::string& from : places) {
            for (const std::string& to : places) {
                const auto is_here = [](const std::string& place) {
                    return [&place](const ToolGroupSpec& group) { return group.location == place; };
                };
                if (std::none_of(spec.tool_groups.begin(), spec.tool_groups.end(), is_here(from)) ||
                    std::none_of(spec.tool_groups.begin(), spec.tool_groups.end(), is_here(to)))
                    continue;
                TransportSpec& row = spec.transports.emplace_back();
                row.from = from;
                row.to = to;
                row.time.mean = from == to ? minutes(0, 5) : minutes(58, 120);
                if (!dice.percent(30)) continue;
                row.time.kind = DistKind::uniform;
                row.time.half = minutes(0, row.time.mean / kMinute / 3);
            }
        }
        // what would make it one region (12.2) mostly goes
        if (dice.percent(15)) return;
        spec.switches.reservation = Reservation::off;
        for (DownSpec& row : spec.downs) row.scope = row.scope == Scope::area_at_once ? Scope::area : row.scope;
        for (ReleaseSpec& row : spec.releases) {
            if (row.policy == ReleasePolicy::list) continue;
            row.policy = dice.percent(50) ? ReleasePolicy::constant : ReleasePolicy::poisson;
        }
    }

    void set_policy(ReleaseSpec& row) {
        row.policy = dice.choice(ReleasePolicy::workload);
        row.interval = minutes(8, 60);
        if (dice.percent(20)) row.repeats = dice.between(0, 20);
        if (dice.percent(20)) row.lots_per_release = dice.between(2, 3);
        row.wip_limit_lots = dice.between(1, 6);
        const auto on_route = [&](const StepSpec& step) {
            for (const ProductSpec& product : spec.products) {
                if (product.name == row.product) return step.route == product.route;
            }
            return false;
        };
        row.workload_group = std::find_if(spec.steps.begin(), spec.steps.end(), on_route)->tool_group;
        row.workload_limit = minutes(200, 400);
        if (row.policy != ReleasePolicy::list) return;
        for (int64_t i = dice.between(1, 30); i > 0; --i) {
            PlannedLotSpec& lot = spec.planned_lots.emplace_back();
            lot.release = row.name;
            lot.time = minutes(0, 1000);
            lot.due = lot.time + minutes(-50, 500);
        }
    }

    void add_releases() {
        const int64_t count = dice.between(1, 4);
        for (int64_t i = 0; i < count; ++i) {
            ReleaseSpec& row = spec.releases.emplace_back();
            row.name = name("line", spec.releases.size());
            row.product = dice.one_of(spec.products).name;
            row.priority = dice.between(8, 12);
            row.pieces = dice.between(1, most_pieces);
            row.start = dice.percent(50) ? 0 : minutes(0, 60);
            row.due_offset = minutes(0, 300);
            row.reserve = dice.percent(25);
            set_policy(row);
        }
        if (dice.percent(50)) return;
        for (int64_t i = dice.between(1, 8); i > 0; --i) {
            WipLotSpec& row = spec.wip_lots.emplace_back();
            row.name = name("wip", spec.wip_lots.size());
            const ProductSpec& product = dice.one_of(spec.products);
            row.product = product.name;
            row.priority = dice.between(8, 12);
            row.pieces = dice.between(1, most_pieces);
            const auto steps = std::count_if(spec.steps.begin(), spec.steps.end(), [&](const StepSpec& step) {
                return step.route == product.route;
            });
            row.step = dice.between(1, steps);
            row.due = minutes(-100, 400);
            row.start = minutes(-200, 0);
            row.reserve = dice.percent(20);
        }
    }
};

}  // namespace

Spec generate_model(uint64_t seed) {
    Generator g{Dice(seed)};
    g.plain_times = g.dice.percent(60);
    g.most_pieces = g.dice.between(1, 8);
    g.spec.line.name = fmt::format("generated_{}", seed);
    g.spec.line.horizon = g.minutes(500, 1500);
    if (g.dice.percent(40)) g.spec.line.warmup = g.minutes(1, 400);
    g.add_switches();
    g.add_rules();
    g.add_groups();
    if (!g.rules.empty() && g.dice.percent(50)) g.spec.line.rule = g.dice.one_of(g.rules);
    g.add_routes();
    g.add_setup_tables();
    g.add_outages();
    g.add_transports();
    g.add_releases();
    g.add_distance();
    if (g.dice.percent(50)) add_ramp(g.dice, g.spec);
    return std::move(g.spec);
}

// ---- features ----

namespace {

constexpr const char* kDistNames[] = {"constant", "uniform", "exponential", "triangular", "lognormal", "erlang"};
constexpr const char* kPolicies[] = {"constant", "poisson", "list", "conwip", "workload", "ramp"};
constexpr const char* kKeys[] = {"none", "product_step", "step_name", "tool_group"};
constexpr const char* kWakes[] = {"longest_idle", "least_setup", "lowest_index"};
constexpr const char* kUnits[] = {"lot", "piece", "batch"};
constexpr const char* kScopes[] = {"tool_group", "area", "area_at_once"};
constexpr const char* kPmKinds[] = {"calendar", "pieces"};
constexpr const char* kDistPlaces[] =
    {"process", "transport", "time to failure", "repair", "first failure", "maintenance"};

template <size_t N, class Enum>
std::string word(const char* what, const char* const (&names)[N], Enum value) {
    return fmt::format("{} {}", what, names[static_cast<size_t>(value)]);
}

void add_switch_features(const Spec& spec, std::set<std::string>& out) {
    for (const SwitchInfo& info : switch_table()) {
        out.insert(fmt::format("switch {}={}", info.name, info.values[info.get(spec.switches)]));
    }
}

void add_rank_features(const Spec& spec, std::set<std::string>& out) {
    const auto used = [&](const std::string& rule) {
        const auto names = [&](const ToolGroupSpec& g) { return (g.rule.empty() ? spec.line.rule : g.rule) == rule; };
        return std::any_of(spec.tool_groups.begin(), spec.tool_groups.end(), names);
    };
    for (const RuleSpec& row : spec.rules) {
        if (!used(row.name)) continue;
        const RankRule rule = parse_rank(row.rank, {}).value();
        for (const RankTerm& term : rule.terms) {
            out.insert(fmt::format("rank key {}", rank_table()[static_cast<size_t>(term.key)].name));
            if (term.reversed) out.insert("reversed rank key");
        }
    }
}

void add_group_features(const Spec& spec, std::set<std::string>& out) {
    for (const ToolGroupSpec& row : spec.tool_groups) {
        out.insert(word("wake", kWakes, row.wake));
        if (row.load > 0) out.insert("load");
        if (row.unload > 0) out.insert("unload");
        if (row.lots_inside == 2) out.insert("cascade of 2");
        if (row.lots_inside > 2) out.insert("cascade of 3");
        if (row.setup_avoidance) out.insert("setup avoidance");
        if (!row.reservation) out.insert("group without reservation");
    }
}

void add_step_features(const Spec& spec, std::set<std::string>& out) {
    for (const StepSpec& row : spec.steps) {
        const auto here = [&](const ToolGroupSpec& g) { return g.name == row.tool_group; };
        const ToolGroupSpec& group = *std::find_if(spec.tool_groups.begin(), spec.tool_groups.end(), here);
        out.insert(word("process", kDistNames, row.process.kind));
        out.insert(word("per", kUnits, row.per));
        if (row.per == ProcessUnit::batch) {
            out.insert(word("batch key", kKeys, group.batch_key));
            if (group.lots_inside > 1) out.insert("batch on a cascading tool");
        } else if (group.lots_inside > 1 && row.lot_interval < 0 && row.piece_interval < 0) {
            out.insert("step without interval on a cascading tool");
        }
        if (row.lot_interval > 0) out.insert("lot interval");
        if (row.piece_interval > 0) out.insert("piece interval");
        if (!row.setup.empty()) out.insert(row.setup_time >= 0 ? "setup time of the step" : "setup of the table");
        if (row.dedicate_step > 0) out.insert("dedication");
        if (row.rework_step > 0 && row.rework_percent > 0) out.insert("rework");
        if (row.sample_percent < 100) out.insert("sampling");
        if (row.scrap_percent > 0) out.insert("scrap");
        if (row.queue_time_step > 0) out.insert("queue-time window");
    }
    for (const SetupChangeSpec& row : spec.setup_changes) {
        out.insert(row.from.empty() ? "setup change from any" : "setup change of a pair");
    }
    for (const SetupGroupSpec& row : spec.setup_groups) {
        if (row.min_run > 1) out.insert("minimum run");
    }
}

void add_outage_features(const Spec& spec, std::set<std::string>& out) {
    for (const DownSpec& row : spec.downs) {
        out.insert(word("down", kScopes, row.scope));
        out.insert(word("time to failure", kDistNames, row.time_to_failure.kind));
        out.insert(word("repair", kDistNames, row.repair.kind));
        out.insert(word("first failure", kDistNames, row.first.kind));
    }
    for (const PmSpec& row : spec.pms) {
        out.insert(word("maintenance of a", kScopes, row.scope));
        out.insert(word("maintenance by", kPmKinds, row.kind));
        out.insert(word("maintenance", kDistNames, row.duration.kind));
    }
    for (const TransportSpec& row : spec.transports) out.insert(word("transport", kDistNames, row.time.kind));
}

void add_release_features(const Spec& spec, std::set<std::string>& out) {
    for (const ReleaseSpec& row : spec.releases) {
        out.insert(word("release", kPolicies, row.policy));
        if (row.reserve) out.insert("reserving lots");
        if (row.repeats >= 0) out.insert("counted releases");
        if (row.lots_per_release > 1) out.insert("several lots per release");
    }
    if (!spec.wip_lots.empty()) out.insert("initial lots");
    if (spec.line.warmup > 0) out.insert("warm-up");
}

}  // namespace

std::set<std::string> features_of(const Spec& spec) {
    std::set<std::string> out;
    add_switch_features(spec, out);
    add_rank_features(spec, out);
    add_group_features(spec, out);
    add_step_features(spec, out);
    add_outage_features(spec, out);
    add_release_features(spec, out);
    add_ramp_features(spec, out);
    return out;
}

std::set<std::string> all_features() {
    std::set<std::string> out = {
        "load",
        "unload",
        "cascade of 2",
        "cascade of 3",
        "setup avoidance",
        "group without reservation",
        "batch on a cascading tool",
        "step without interval on a cascading tool",
        "lot interval",
        "piece interval",
        "setup time of the step",
        "setup of the table",
        "dedication",
        "rework",
        "sampling",
        "scrap",
        "queue-time window",
        "setup change from any",
        "setup change of a pair",
        "minimum run",
        "reserving lots",
        "counted releases",
        "several lots per release",
        "initial lots",
        "warm-up",
        "reversed rank key",
        "maintenance of a tool_group",
        "maintenance of a area"};
    for (const SwitchInfo& info : switch_table()) {
        for (const std::string_view value : info.values) out.insert(fmt::format("switch {}={}", info.name, value));
    }
    for (const RankKeyInfo& info : rank_table()) out.insert(fmt::format("rank key {}", info.name));
    for (const char* place : kDistPlaces) {
        for (const char* kind : kDistNames) out.insert(fmt::format("{} {}", place, kind));
    }
    for (const char* w : kWakes) out.insert(fmt::format("wake {}", w));
    for (const char* w : kKeys) out.insert(fmt::format("batch key {}", w));
    for (const char* w : kUnits) out.insert(fmt::format("per {}", w));
    for (const char* w : kScopes) out.insert(fmt::format("down {}", w));
    for (const char* w : kPmKinds) out.insert(fmt::format("maintenance by {}", w));
    for (const char* w : kPolicies) out.insert(fmt::format("release {}", w));
    out.merge(all_ramp_features());
    return out;
}

}  // namespace chipchain::testing
