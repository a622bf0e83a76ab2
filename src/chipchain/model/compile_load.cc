#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"
#include "chipchain/model/load.h"

namespace chipchain {

namespace {

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

// Warns of tool groups that cannot do their work even without setups and with full batches.
void check_load(Compiler& c) {
    const Model& m = c.model;
    const LineLoad line = line_load(m);
    for (size_t g = 0; g < line.groups.size(); ++g) {
        const GroupLoad& load = line.groups[g];
        if (load.utilisation_least <= 1) continue;
        const double available = load.availability * load.tools;
        const std::string share =
            available > 0 ? fmt::format("{:.1f} %", 100 * load.utilisation_least) : "more than all";
        c.warning(
            "capacity-exceeded",
            fmt::format(
                "tool group '{}' needs {} of the time its tools are available; its queue will grow without end",
                m.tool_group_names[g],
                share),
            span_of("tool_group", c.spec.tool_groups[g], "tools"),
            {},
            fmt::format(
                "{:.1f} tools are needed, {:.1f} of {} are available on average",
                least_busy_tools(load.demand),
                available,
                load.tools));
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
