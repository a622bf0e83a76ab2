// Routes and their steps; rework, dedication and queue-time windows between steps.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

uint64_t threshold(double percent) { return static_cast<uint64_t>(std::llround(percent / 100 * 4294967296.0)); }

std::string step_text(const StepSpec& row) { return fmt::format("step {} of route '{}'", row.step, row.route); }

// Steps of each route by number; gaps and doubles are reported.
void collect_routes(Compiler& c) {
    std::vector<std::vector<uint32_t>> rows;
    for (uint32_t i = 0; i < c.spec.steps.size(); ++i) {
        const uint32_t route = c.routes.add(c.spec.steps[i].route);
        if (route == rows.size()) rows.emplace_back();
        rows[route].push_back(i);
    }
    for (std::vector<uint32_t>& route : rows) {
        std::stable_sort(route.begin(), route.end(), [&](uint32_t a, uint32_t b) { return c.spec.steps[a].step < c.spec.steps[b].step; });
        for (size_t k = 0; k < route.size(); ++k) {
            const StepSpec& row = c.spec.steps[route[k]];
            if (row.step == static_cast<int64_t>(k) + 1) continue;
            error(c, "step-gap", fmt::format("route '{}' has step {} where step {} is due", row.route, row.step, k + 1),
                  place(row, "step", "step"), fmt::format("step {}", k + 1), "number the steps of a route 1, 2, 3, ... without gaps");
            break;
        }
    }
    c.spec_rows = std::move(rows);
}

void set_intervals(Compiler& c, const StepSpec& row, Step& s) {
    const bool stated = row.lot_interval >= 0 || row.piece_interval >= 0;
    if (row.lot_interval > 0 && row.piece_interval > 0) {
        error(c, "cascade-conflict", fmt::format("{} states a lot interval and a piece interval", step_text(row)),
              place(row, "step", "piece_interval_min"), "one of the two");
    }
    if (s.tool_group == kNoIndex) return;
    const bool cascade = c.model.tool_groups[s.tool_group].cascade;
    if (stated && !cascade) {
        warn(c, "cascade-conflict",
             fmt::format("{} states a cascade interval, but tool group '{}' takes one lot only", step_text(row), row.tool_group),
             row.span, "give the tool group lots_inside = 2, or remove the interval");
    }
    s.lot_interval = std::max<Time>(row.lot_interval, 0);
    s.piece_interval = std::max<Time>(row.piece_interval, 0);
    s.cascade = cascade && (s.lot_interval > 0 || s.piece_interval > 0);
}

Step compile_step(Compiler& c, const StepSpec& row, uint32_t route) {
    Step s;
    s.route = route;
    s.number = static_cast<uint32_t>(row.step);
    s.tool_group = c.groups.find(row.tool_group);
    if (s.tool_group == kNoIndex) {
        unknown(c, "unknown-tool-group", step_text(row), "tool group", row.tool_group, c.groups, place(row, "step", "tool_group"));
    }
    s.process = compile_duration(row.process, c.spec.switches.uniform_spread);
    s.per = row.per;
    s.setup = c.setups.add(row.setup);
    s.setup_time = row.setup.empty() ? -1 : row.setup_time;
    s.sample_threshold = threshold(row.sample_percent);
    s.rework_threshold = row.rework_step > 0 ? threshold(row.rework_percent) : 0;
    s.scrap_threshold = threshold(row.scrap_percent);
    if (row.per == ProcessUnit::batch) {
        const int64_t most = row.batch_max > 0 ? row.batch_max : INT32_MAX;
        if (row.batch_min > most) {
            error(c, "batch-limits", fmt::format("{} has batch_min_pieces {} above batch_max_pieces {}", step_text(row), row.batch_min, most),
                  place(row, "step", "batch_min_pieces"), "batch_min_pieces at most batch_max");
        }
        s.batch_min = static_cast<uint32_t>(std::clamp<int64_t>(row.batch_min, 1, INT32_MAX));
        s.batch_max = static_cast<uint32_t>(std::min<int64_t>(most, INT32_MAX));
    }
    set_intervals(c, row, s);
    if (s.tool_group != kNoIndex) {
        ToolGroup& group = c.model.tool_groups[s.tool_group];
        group.has_setup = group.has_setup || s.setup != 0;
        group.batch = group.batch || s.per == ProcessUnit::batch;
    }
    return s;
}

// A step of the same route by number, or nullptr (reported).
Step* other_step(Compiler& c, const StepSpec& row, const Route& route, int64_t number, const char* key) {
    if (number >= 1 && number <= route.step_count) return &c.model.steps[route.first_step + static_cast<uint32_t>(number) - 1];
    error(c, "unknown-step", fmt::format("{} refers to step {}, which its route does not have", step_text(row), number),
          place(row, "step", key), fmt::format("a step from 1 to {}", route.step_count));
    return nullptr;
}

void link_rework(Compiler& c, const StepSpec& row, const Route& route, Step& s) {
    if (row.rework_step == 0) return;
    if (other_step(c, row, route, row.rework_step, "rework_step") == nullptr) return;
    if (row.rework_step > row.step) {
        error(c, "rework-not-earlier", fmt::format("{} sends rework to the later step {}", step_text(row), row.rework_step),
              place(row, "step", "rework_step"), fmt::format("a step from 1 to {}", row.step));
    }
    if (row.rework_percent >= 100 && c.spec.switches.rework_repeat == ReworkRepeat::yes) {
        error(c, "rework-endless", fmt::format("{} reworks 100 % of its lots, which would never end", step_text(row)),
              place(row, "step", "rework_percent"), "less than 100");
    }
    s.rework_step = route.first_step + static_cast<uint32_t>(row.rework_step) - 1;
}

void link_window(Compiler& c, const StepSpec& row, Route& route, Step& s, uint32_t step_id) {
    if (row.queue_time_step == 0) return;
    if (other_step(c, row, route, row.queue_time_step, "queue_time_step") == nullptr) return;
    if (row.queue_time_step <= row.step) {
        error(c, "queue-time-backward", fmt::format("the queue-time window of {} ends at step {}", step_text(row), row.queue_time_step),
              place(row, "step", "queue_time_step"), fmt::format("a step after {}", row.step));
        return;
    }
    QueueTimeWindow w;
    w.entrance = step_id;
    w.exit = route.first_step + static_cast<uint32_t>(row.queue_time_step) - 1;
    w.limit = row.queue_time_limit;
    w.slot = route.window_slots++;
    s.opens_window = static_cast<uint32_t>(c.model.windows.size());
    s.gated = c.spec.switches.queue_time_action == QueueTimeAction::gate;
    c.model.windows.push_back(w);
}

// Dedication pairs (step, later step) of one route become slots: one per chain of connected pairs.
void link_dedications(Compiler& c, uint32_t route_id) {
    Route& route = c.model.routes[route_id];
    std::vector<uint32_t> chain(route.step_count);
    std::iota(chain.begin(), chain.end(), 0);
    const auto root = [&](uint32_t x) {
        while (chain[x] != x) x = chain[x];
        return x;
    };
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (uint32_t k = 0; k < route.step_count; ++k) {
        const StepSpec& row = c.spec.steps[c.spec_rows[route_id][k]];
        if (row.dedicate_step == 0) continue;
        const Step* target = other_step(c, row, route, row.dedicate_step, "dedicate_step");
        if (target == nullptr) continue;
        const Step& s = c.model.steps[route.first_step + k];
        if (target->tool_group != s.tool_group || row.dedicate_step <= row.step) {
            error(c, "dedication-not-found",
                  fmt::format("{} dedicates step {}, which is not a later step of tool group '{}'", step_text(row), row.dedicate_step, row.tool_group),
                  place(row, "step", "dedicate_step"), "a later step of the same tool group");
            continue;
        }
        const auto later = static_cast<uint32_t>(row.dedicate_step - 1);
        pairs.emplace_back(k, later);
        chain[std::max(root(k), root(later))] = std::min(root(k), root(later));
    }
    std::map<uint32_t, uint32_t> slots;
    for (const auto& [from, to] : pairs) {
        const uint32_t slot = slots.emplace(root(from), static_cast<uint32_t>(slots.size())).first->second;
        c.model.steps[route.first_step + from].dedication_slot = slot;
        Step& target = c.model.steps[route.first_step + to];
        target.dedicated_by_slot = slot;
        c.model.tool_groups[target.tool_group].dedicated = true;
    }
    route.dedication_slots = static_cast<uint32_t>(slots.size());
}

}  // namespace

void compile_routes(Compiler& c) {
    Model& m = c.model;
    c.setups.add("");
    collect_routes(c);
    for (uint32_t r = 0; r < c.spec_rows.size(); ++r) {
        Route route;
        route.first_step = static_cast<uint32_t>(m.steps.size());
        route.step_count = static_cast<uint32_t>(c.spec_rows[r].size());
        for (const uint32_t i : c.spec_rows[r]) {
            m.steps.push_back(compile_step(c, c.spec.steps[i], r));
            m.step_names.push_back(c.spec.steps[i].name);
            c.step_rows.push_back(i);
        }
        m.steps.back().last = true;
        m.routes.push_back(route);
    }
    m.route_names = c.routes.names;
}

void link_steps(Compiler& c) {
    Model& m = c.model;
    for (uint32_t r = 0; r < m.routes.size(); ++r) {
        Route& route = m.routes[r];
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const uint32_t id = route.first_step + k;
            const StepSpec& row = c.spec.steps[c.step_rows[id]];
            link_rework(c, row, route, m.steps[id]);
            link_window(c, row, route, m.steps[id], id);
        }
        link_dedications(c, r);
        m.max_dedication_slots = std::max(m.max_dedication_slots, route.dedication_slots);
        m.max_window_slots = std::max(m.max_window_slots, route.window_slots);
    }
    // windows of one exit step, in file order
    for (uint32_t w = static_cast<uint32_t>(m.windows.size()); w-- > 0;) {
        Step& exit = m.steps[m.windows[w].exit];
        m.windows[w].next_closing = exit.first_closing_window;
        exit.first_closing_window = w;
    }
}

}  // namespace chipchain
