#include "chipchain/study/resize.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kHoursPerMonth = 720;
constexpr double kHoursPerDay = 24;

bool is_scalable(const ReleaseSpec& r) {
    return (r.policy == ReleasePolicy::constant || r.policy == ReleasePolicy::poisson) && r.interval > 0;
}

// Hours from the start of the route to the moment a lot begins to wait for each step, and behind the last one.
std::vector<double>
hours_to_steps(const Model& m, const LotType& type, const LineLoad& line, const LineForecast& forecast) {
    const Route& route = m.routes[type.route];
    // visits of a step by the type: its share of all visits there; routes that several types follow share them
    double lots = 0;
    for (size_t i = 0; i < m.lot_types.size(); ++i) {
        if (m.lot_types[i].route == type.route) lots += line.lot_types[i].lots_per_h;
    }
    int64_t lowest = type.priority;
    for (const LotType& other : m.lot_types) lowest = std::min(lowest, other.priority);
    // hot lots overtake: X-factor 1.3 against 2.5 of the others (fab facts 5.7) is a fifth of their waiting; assumption
    const double patience = type.priority > lowest ? 0.2 : 1;
    std::vector<double> at{0};
    for (uint32_t k = 0; k < route.step_count; ++k) {
        const Step& step = m.steps[route.first_step + k];
        const double visits = lots > 0 ? line.step_visits_per_h[route.first_step + k] / lots : 0;
        const GroupForecast& group = forecast.groups[step.tool_group];
        const GroupLoad& gl = line.groups[step.tool_group];
        const double plain = gl.demand.visits_per_h > 0 ? gl.demand.stay_tools / gl.demand.visits_per_h : 0;
        double hours = patience * group.wait_h() + in_hours(step.expected_process) + group.stay_h - plain;
        if (k > 0) {
            const ToolGroup& from = m.tool_groups[m.steps[route.first_step + k - 1].tool_group];
            const size_t to = m.tool_groups[step.tool_group].location;
            hours += in_hours(m.transport[static_cast<size_t>(from.location) * m.location_count + to].mean());
        }
        at.push_back(at.back() + visits * std::max(0.0, hours));
    }
    return at;
}

}  // namespace

double starts_per_month(const Spec& spec) {
    double pieces = 0;
    for (const ReleaseSpec& r : spec.releases) {
        const auto lot = static_cast<double>(r.pieces);
        if (is_scalable(r))
            pieces += lot * static_cast<double>(r.lots_per_release) * kHoursPerMonth / in_hours(r.interval);
    }
    return pieces;
}

bool has_dated_releases(const Spec& spec) {
    return std::any_of(spec.releases.begin(), spec.releases.end(), [](const ReleaseSpec& r) {
        return r.policy == ReleasePolicy::list || r.policy == ReleasePolicy::ramp;
    });
}

void scale_starts(Spec& spec, double factor) {
    CHECK(factor > 0);
    for (ReleaseSpec& r : spec.releases) {
        if (is_scalable(r))
            r.interval = std::max<Time>(1, static_cast<Time>(std::llround(static_cast<double>(r.interval) / factor)));
    }
}

void set_tool_counts(
    Spec& spec,
    const std::vector<uint32_t>& tools,
    const LineLoad& before,
    const LineLoad& after,
    bool keep_cadence) {
    for (size_t g = 0; g < spec.tool_groups.size(); ++g) spec.tool_groups[g].tools = tools[g];
    if (!keep_cadence) return;
    for (PmSpec& pm : spec.pms) {
        if (pm.kind != PmKind::pieces) continue;
        // an area's row serves many groups: the mean of its groups
        double was = 0;
        double is = 0;
        for (size_t g = 0; g < spec.tool_groups.size(); ++g) {
            const ToolGroupSpec& group = spec.tool_groups[g];
            if (pm.target != (pm.scope == Scope::tool_group ? group.name : group.area)) continue;
            if (before.groups[g].tools == 0) continue;  // no cadence to keep
            was += before.groups[g].demand.pieces_per_h / before.groups[g].tools;
            is += after.groups[g].demand.pieces_per_h / tools[g];
        }
        if (was <= 0 || is <= 0) continue;
        const auto scaled = [ratio = is / was](int64_t pieces) {
            return std::max<int64_t>(1, std::llround(static_cast<double>(pieces) * ratio));
        };
        pm.interval_pieces = scaled(pm.interval_pieces);
        if (pm.first_pieces > 0) pm.first_pieces = scaled(pm.first_pieces);
    }
}

void set_initial_wip(Spec& spec, const Model& model, const LineLoad& line, const LineForecast& forecast) {
    spec.wip_lots.clear();
    for (size_t i = 0; i < spec.releases.size(); ++i) {
        const ReleaseSpec& release = spec.releases[i];
        const LotType& type = model.lot_types[i];
        const std::vector<double> at = hours_to_steps(model, type, line, forecast);
        const auto count = static_cast<int64_t>(std::llround(line.lot_types[i].lots_per_h * at.back()));
        for (int64_t n = 0; n < count; ++n) {
            const double hours = at.back() * (static_cast<double>(n) + 0.5) / static_cast<double>(count);
            const auto next = std::upper_bound(at.begin() + 1, at.end(), hours);
            WipLotSpec lot;
            lot.name = fmt::format("init_{}_{}", release.name, n + 1);
            lot.product = release.product;
            lot.priority = release.priority;
            lot.pieces = release.pieces;
            lot.step = next - at.begin();
            lot.start = -to_ticks(std::round(hours / kHoursPerDay * 1000) / 1000, kDay);
            lot.due = lot.start + release.due_offset;
            spec.wip_lots.push_back(lot);
        }
    }
}

}  // namespace chipchain
