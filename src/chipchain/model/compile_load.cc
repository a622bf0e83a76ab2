#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/calendar.h"
#include "chipchain/model/compiler.h"
#include "chipchain/model/ramp.h"

namespace chipchain {

namespace {

// Lots of a type per tick, averaged over the horizon for lines that end before it; a ramp counts with its last rate.
// Lines that react to the WIP count 0.
double release_rate(const Model& m, const LotType& type) {
    const auto horizon = static_cast<double>(m.horizon);
    if (!type.released) return 0;
    if (type.policy == ReleasePolicy::ramp) {
        const auto points = std::span(m.ramp_points).subspan(type.first_ramp, type.ramp_count);
        return ramp_rate(points, m.horizon) / static_cast<double>(type.pieces);
    }
    if (type.policy == ReleasePolicy::list) return static_cast<double>(type.planned_count) / horizon;
    if (type.policy != ReleasePolicy::constant && type.policy != ReleasePolicy::poisson) return 0;
    const auto lots = static_cast<double>(type.lots_per_release);
    const double steady = type.interval > 0 ? lots / static_cast<double>(type.interval) : 0;
    if (type.repeats < 0) return steady;
    const double counted = static_cast<double>(type.repeats) * lots / horizon;
    return type.interval > 0 ? std::min(steady, counted) : counted;
}

// The tool time that one lot takes away from other lots: the entry interval of a cascade, a lot's part of a full batch.
double tool_time(const Model& m, const Step& step, uint32_t pieces) {
    const auto lot = static_cast<double>(pieces);
    const ToolGroup& group = m.tool_groups[step.tool_group];
    const auto handling = static_cast<double>(group.load + group.unload);
    const auto mean = static_cast<double>(step.process.mean());
    if (step.cascade)
        return step.lot_interval > 0 ? static_cast<double>(step.lot_interval)
                                     : lot * static_cast<double>(step.piece_interval);
    if (step.per == ProcessUnit::piece) return handling + lot * mean;
    if (step.per == ProcessUnit::lot) return handling + mean;
    return (handling + mean) / std::max(1.0, static_cast<double>(step.batch_max / pieces));
}

// [group] tool ticks per tick that the release lines ask for; `pieces`: pieces per tick that start there.
struct Demand {
    std::vector<double> tools;
    std::vector<double> pieces;
};

Demand demand_of(const Model& m) {
    Demand demand{std::vector<double>(m.tool_groups.size()), std::vector<double>(m.tool_groups.size())};
    for (const LotType& type : m.lot_types) {
        const double rate = release_rate(m, type);
        if (rate <= 0) continue;
        const Route& route = m.routes[type.route];
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const Step& step = m.steps[route.first_step + k];
            const double visits = rate * static_cast<double>(step.sample_threshold) * 0x1p-32;
            demand.tools[step.tool_group] += visits * tool_time(m, step, type.pieces);
            demand.pieces[step.tool_group] += visits * type.pieces;
        }
    }
    return demand;
}

// [group] tools that are neither down nor in maintenance nor without crew, on average; of those there at the horizon.
std::vector<double> available_tools(const Model& m, const Demand& demand) {
    std::vector<double> share(m.tool_groups.size(), 1);
    for (const Down& down : m.downs) {
        const auto up = static_cast<double>(down.time_to_failure.mean());
        const auto repair = static_cast<double>(down.repair.mean());
        for (size_t g = 0; g < share.size(); ++g) {
            const bool hit =
                down.scope == Scope::area_at_once ? m.tool_groups[g].area == down.area : down.tool_group == g;
            if (hit) share[g] -= repair / (up + repair);
        }
    }
    for (const Pm& pm : m.pms) {
        const auto duration = static_cast<double>(pm.duration.mean());
        const double count = m.tool_groups[pm.tool_group].tool_count;
        if (pm.kind == PmKind::calendar) {
            const bool after = m.switches.pm_interval == PmInterval::end_to_start;
            share[pm.tool_group] -= duration / (static_cast<double>(pm.interval) + (after ? duration : 0));
        } else {
            share[pm.tool_group] -=
                demand.pieces[pm.tool_group] / count * duration / static_cast<double>(pm.interval_pieces);
        }
    }
    for (size_t g = 0; g < share.size(); ++g) {
        const ToolGroup& group = m.tool_groups[g];
        uint32_t tools = group.tool_count;
        for (uint32_t t = 0; t < group.tool_count && !m.tool_lives.empty(); ++t) {
            const ToolLife& life = m.tool_lives[group.first_tool + t];
            if (life.qualified >= m.horizon || life.moved_out < m.horizon) --tools;
        }
        share[g] = std::max(share[g], 0.0) * tools * (m.calendars.empty() ? 1 : staffed_share(m.calendars[g]));
    }
    return share;
}

// Warns of steps that no lot performs: none is sampled there and none waits there at the start.
void check_unperformed_steps(Compiler& c) {
    const Model& m = c.model;
    for (size_t id = 0; id < m.steps.size(); ++id) {
        if (m.steps[id].sample_threshold > 0) continue;
        if (std::ranges::any_of(m.wip_lots, [id](const WipLot& lot) { return lot.step == id; })) continue;
        const StepSpec& row = c.spec.steps[c.step_rows[id]];
        c.warning(
            "unreachable-step",
            fmt::format("no lot performs step {} of route '{}'", row.step, row.route),
            span_of("step", row, "sample_percent"),
            "expected a share above 0 %");
    }
}

}  // namespace

// Warns of tool groups that cannot do their work even without setups, rework and waiting for batches.
void check_load(Compiler& c) {
    const Model& m = c.model;
    const Demand demand = demand_of(m);
    const std::vector<double> available = available_tools(m, demand);
    for (size_t g = 0, row = 0; g < m.tool_groups.size(); ++g, ++row) {
        if (demand.tools[g] <= available[g]) continue;
        const std::string load =
            available[g] > 0 ? fmt::format("{:.1f} %", 100 * demand.tools[g] / available[g]) : "more than all";
        c.warning(
            "capacity-exceeded",
            fmt::format(
                "tool group '{}' needs {} of the time its tools are available; its queue will grow without end",
                m.tool_group_names[g],
                load),
            span_of("tool_group", c.spec.tool_groups[row], "tools"),
            {},
            fmt::format(
                "{:.1f} tools are needed, {:.1f} of {} are available on average",
                demand.tools[g],
                available[g],
                m.tool_groups[g].tool_count));
    }
}

// Warns of routes, tool groups and steps that no lot can reach.
void check_reach(Compiler& c) {
    const Model& m = c.model;
    std::vector<bool> used(m.tool_groups.size());
    for (const Step& step : m.steps) used[step.tool_group] = true;
    for (size_t g = 0; g < used.size(); ++g) {
        if (used[g]) continue;
        c.warning(
            "unreachable-tool-group",
            fmt::format("no step uses tool group '{}'", m.tool_group_names[g]),
            span_of("tool_group", c.spec.tool_groups[g], "name"));
    }
    for (size_t r = 0; r < m.routes.size(); ++r) {
        if (c.product_counts[r] > 0) continue;
        const uint32_t row = c.step_rows[m.routes[r].first_step];
        c.warning(
            "unreachable-route",
            fmt::format("no product follows route '{}'", m.route_names[r]),
            span_of("step", c.spec.steps[row], "route"));
    }
    check_unperformed_steps(c);
}

}  // namespace chipchain
