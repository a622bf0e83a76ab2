#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

// One step with its row, for the references to other steps of its route.
struct Referrer {
    const Route& route;
    const StepSpec& row;
    uint32_t id;

    [[nodiscard]] std::string name() const { return fmt::format("step {} of route '{}'", row.step, row.route); }
};

// The id of step `number` of the route, or kNoIndex after reporting it.
uint32_t find_step(Compiler& c, const Referrer& from, int64_t number, std::string_view key) {
    if (number >= 1 && number <= from.route.step_count)
        return from.route.first_step + static_cast<uint32_t>(number - 1);
    c.error(
        "unknown-step",
        fmt::format("{} refers to step {}, which the route does not have", from.name(), number),
        span_of("step", from.row, key),
        fmt::format("expected a step from 1 to {}", from.route.step_count));
    return kNoIndex;
}

void set_rework(Compiler& c, const Referrer& from, Step& step) {
    const StepSpec& row = from.row;
    if (row.rework_step == 0) {
        if (row.rework_percent > 0) {
            c.warning(
                "unused-row",
                fmt::format("{} has a rework share but no rework step; no lot is reworked", from.name()),
                span_of("step", row, "rework_percent"),
                {},
                "state rework_step");
        }
        return;
    }
    step.rework_step = find_step(c, from, row.rework_step, "rework_step");
    step.rework_threshold = static_cast<uint64_t>(std::llround(row.rework_percent / 100 * 0x1p32));
    if (step.rework_step == kNoIndex) return;
    if (row.rework_step > row.step) {
        c.error(
            "rework-not-earlier",
            fmt::format("{} sends lots to be reworked to the later step {}", from.name(), row.rework_step),
            span_of("step", row, "rework_step"),
            fmt::format("expected a step from 1 to {}", row.step));
    }
    if (step.rework_threshold >= uint64_t{1} << 32 && c.spec.switches.rework_repeat == ReworkRepeat::yes) {
        c.error(
            "rework-endless",
            fmt::format("{} reworks every lot, again and again", from.name()),
            span_of("step", row, "rework_percent"),
            "expected less than 100",
            "or set the switch rework_repeat = \"no\"");
    }
}

void add_window(Compiler& c, const Referrer& from, Step& step) {
    const StepSpec& row = from.row;
    if (row.queue_time_step == 0) return;
    const uint32_t exit = find_step(c, from, row.queue_time_step, "queue_time_step");
    if (exit == kNoIndex) return;
    if (exit <= from.id) {
        c.error(
            "queue-time-backward",
            fmt::format("the queue-time window of {} ends at step {}", from.name(), row.queue_time_step),
            span_of("step", row, "queue_time_step"),
            "expected a later step");
        return;
    }
    Model& m = c.model;
    Route& route = m.routes[step.route];
    const auto id = static_cast<uint32_t>(m.windows.size());
    step.opens_window = id;
    step.gated = c.spec.switches.queue_time_action == QueueTimeAction::gate;
    m.windows.push_back({from.id, exit, row.queue_time_limit, route.window_slots++, kNoIndex});
    m.max_window_slots = std::max(m.max_window_slots, route.window_slots);
}

// Steps that are bound to one tool form chains; each chain has a slot of the lot.
struct Chains {
    std::vector<uint32_t> parent;

    uint32_t root(uint32_t i) {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    }
};

// True when the pair (step, step it binds) is in order.
bool check_dedication(Compiler& c, const Referrer& from, const Step& step, uint32_t bound) {
    const Span span = span_of("step", from.row, "dedicate_step");
    if (bound <= from.id) {
        c.error(
            "dedicate-backward",
            fmt::format("{} binds step {} to its tool, which comes before it", from.name(), from.row.dedicate_step),
            span,
            "expected a later step");
        return false;
    }
    const uint32_t group = c.model.steps[bound].tool_group;
    if (group == kNoIndex || step.tool_group == kNoIndex) return false;
    if (group == step.tool_group) return true;
    c.error(
        "dedication-not-found",
        fmt::format(
            "{} binds step {} to its tool, but that step uses tool group '{}'",
            from.name(),
            from.row.dedicate_step,
            c.groups.names()[group]),
        span,
        fmt::format("expected a step of tool group '{}'", from.row.tool_group));
    return false;
}

void dedicate_route(Compiler& c, Route& route) {
    Model& m = c.model;
    Chains chains;
    chains.parent.resize(route.step_count);
    std::iota(chains.parent.begin(), chains.parent.end(), 0U);
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (uint32_t k = 0; k < route.step_count; ++k) {
        const uint32_t id = route.first_step + k;
        const StepSpec& row = c.spec.steps[c.step_rows[id]];
        if (row.dedicate_step == 0) continue;
        const Referrer from{route, row, id};
        const uint32_t bound = find_step(c, from, row.dedicate_step, "dedicate_step");
        if (bound == kNoIndex || !check_dedication(c, from, m.steps[id], bound)) continue;
        pairs.emplace_back(k, bound - route.first_step);
        chains.parent[chains.root(bound - route.first_step)] = chains.root(k);
    }
    std::vector<uint32_t> slots(route.step_count, kNoIndex);
    for (const auto& [from, bound] : pairs) {
        uint32_t& slot = slots[chains.root(from)];
        if (slot == kNoIndex) slot = route.dedication_slots++;
        m.steps[route.first_step + from].dedication_slot = slot;
        m.steps[route.first_step + bound].dedicated_by_slot = slot;
        m.tool_groups[m.steps[route.first_step + bound].tool_group].dedicated = true;
    }
    m.max_dedication_slots = std::max(m.max_dedication_slots, route.dedication_slots);
}

// A lot that is larger than the largest batch would wait for ever.
void check_lot_fits(Compiler& c, const Referrer& from, const Step& step) {
    const uint32_t pieces = c.route_most_pieces[step.route];
    if (step.per != ProcessUnit::batch || step.batch_max >= pieces || step.batch_min > step.batch_max) return;
    c.error(
        "batch-limits",
        fmt::format(
            "{} has batches of at most {} pieces, but lots of {} pieces follow the route",
            from.name(),
            step.batch_max,
            pieces),
        span_of("step", from.row, "batch_max_pieces"),
        fmt::format("expected at least {}", pieces));
}

}  // namespace

namespace {

// Chains the windows of one exit step, in order of their entrance steps.
void chain_windows(Model& m) {
    for (auto w = static_cast<uint32_t>(m.windows.size()); w-- > 0;) {
        uint32_t& head = m.steps[m.windows[w].exit].first_closing_window;
        m.windows[w].next_closing = head;
        head = w;
    }
}

}  // namespace

void compile_step_references(Compiler& c) {
    for (Route& route : c.model.routes) {
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const uint32_t id = route.first_step + k;
            Step& step = c.model.steps[id];
            const Referrer from{route, c.spec.steps[c.step_rows[id]], id};
            set_rework(c, from, step);
            add_window(c, from, step);
            check_lot_fits(c, from, step);
        }
        dedicate_route(c, route);
    }
    chain_windows(c.model);
}

}  // namespace chipchain
