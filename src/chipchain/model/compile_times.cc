#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

constexpr uint32_t kStandardPieces = 25;  // of routes without any lot

// What makes lots that wait for a step interchangeable; see invariant 3 of model.h.
using ClassKey = std::array<int64_t, 6>;

ClassKey class_key(const Compiler& c, NameTable& step_names, const Step& step, uint32_t id) {
    int64_t batch = -1;
    if (step.per == ProcessUnit::batch) {
        switch (c.model.tool_groups[step.tool_group].batch_key) {
            case BatchKey::none:
            case BatchKey::product_step:
                batch = id;
                break;
            case BatchKey::step_name:
                batch = step_names.add(c.model.step_names[id]);
                break;
            case BatchKey::tool_group:
                batch = 0;
                break;
        }
    }
    return {
        step.setup,
        step.setup_time,
        batch,
        step.gated ? static_cast<int64_t>(id) : -1,
        step.batch_min,
        step.batch_max};
}

// Process time of one visit: `once` ticks for the first piece, lot or batch.
Time visit(const Step& step, Time once, uint32_t pieces) {
    if (step.cascade && step.per == ProcessUnit::piece)
        return limited_sum(once, limited_product(step.piece_interval, pieces - 1));
    return step.per == ProcessUnit::piece ? limited_product(once, pieces) : once;
}

Time transport_mean(const Model& m, const Step& from, const Step& to) {
    const size_t row = m.tool_groups[from.tool_group].location;
    return m.transport[row * m.location_count + m.tool_groups[to.tool_group].location].mean();
}

// Expected times of single visits. False when the longest possible one does not fit into the range of time.
bool visit_times(Compiler& c, const Route& route, uint32_t pieces, uint32_t most_pieces) {
    for (uint32_t k = 0; k < route.step_count; ++k) {
        const uint32_t id = route.first_step + k;
        Step& step = c.model.steps[id];
        const ToolGroup& group = c.model.tool_groups[step.tool_group];
        const Time handling = group.load + group.unload;
        step.expected_process = limited_sum(handling, visit(step, step.process.mean(), pieces));
        const Time entry = limited_sum(step.lot_interval, limited_product(step.piece_interval, most_pieces));
        const Time most = limited_sum(limited_sum(handling, entry), visit(step, step.process.most(), most_pieces));
        if (most <= kMostTime) continue;
        const StepSpec& row = c.spec.steps[c.step_rows[id]];
        c.error(
            "too-large",
            fmt::format("a lot may stay at step {} of route '{}' for more than 100,000 years", row.step, row.route),
            span_of("step", row, "process_min"));
        return false;
    }
    return true;
}

// The flow factor that the due dates of the route's first lot type allow, at least 1.
double due_flow_factor(const Model& m, uint32_t route) {
    for (const LotType& type : m.lot_types) {
        if (type.route != route) continue;
        const auto raw = static_cast<double>(std::max<Time>(m.routes[route].raw_process_time, 1));
        return std::max(1.0, static_cast<double>(type.due_offset) / raw);
    }
    return 1;
}

// Sums from the end of the route: what lies behind each step, weighted by sampling; the step itself counts in full.
void backward_sums(Compiler& c, const Route& route, double factor) {
    Model& m = c.model;
    Time work = 0;
    Time moves = 0;
    uint64_t steps = 0;  // in 2^-32
    for (uint32_t k = route.step_count; k-- > 0;) {
        Step& step = m.steps[route.first_step + k];
        step.remaining = limited_sum(step.expected_process, work);
        const double cycle = static_cast<double>(limited_sum(step.remaining, moves)) * factor;
        step.remaining_cycle = static_cast<Time>(std::min(cycle, static_cast<double>(kMostTime)) + 0.5);
        step.remaining_steps = 1 + static_cast<uint32_t>((steps + UINT32_MAX) >> 32);
        work = limited_sum(work, share_of(step.expected_process, step.sample_threshold));
        steps += step.sample_threshold;
        if (k > 0) {
            const Time move = transport_mean(m, m.steps[route.first_step + k - 1], step);
            moves = limited_sum(moves, share_of(move, step.sample_threshold));
        }
    }
}

// An exposure: a step per piece in an area of lithography, neither on a track nor in metrology.
bool is_exposure(const Model& m, const Step& step) {
    const std::string& area = m.area_names[m.tool_groups[step.tool_group].area];
    const std::string& group = m.tool_group_names[step.tool_group];
    return step.per == ProcessUnit::piece && area.starts_with("Litho") && area.find("Met") == std::string::npos &&
           group.find("Track") == std::string::npos;
}

// Sums from the start of the route. False when they do not fit into the range of time.
bool forward_sums(Compiler& c, Route& route) {
    Model& m = c.model;
    Time work = 0;
    Time moves = 0;
    uint64_t layers = 0;  // in 2^-32
    for (uint32_t k = 0; k < route.step_count; ++k) {
        Step& step = m.steps[route.first_step + k];
        work = limited_sum(work, share_of(step.expected_process, step.sample_threshold));
        step.elapsed = work;
        if (k > 0) {
            const Time move = transport_mean(m, m.steps[route.first_step + k - 1], step);
            moves = limited_sum(moves, share_of(move, step.sample_threshold));
        }
        if (is_exposure(m, step)) layers += step.sample_threshold;
    }
    route.raw_process_time = limited_sum(work, moves);
    route.layers = static_cast<uint32_t>((layers + (uint64_t{1} << 31)) >> 32);
    if (route.raw_process_time <= kMostTime) return true;
    const std::string& name = m.route_names[static_cast<size_t>(&route - m.routes.data())];
    c.error("too-large", fmt::format("route '{}' takes more than 100,000 years", name), {});
    return false;
}

}  // namespace

void compile_classes(Compiler& c) {
    Model& m = c.model;
    std::vector<std::map<ClassKey, uint32_t>> classes(m.tool_groups.size());
    NameTable step_names;
    for (uint32_t id = 0; id < m.steps.size(); ++id) {
        Step& step = m.steps[id];
        ToolGroup& group = m.tool_groups[step.tool_group];
        auto& known = classes[step.tool_group];
        const auto next = static_cast<uint32_t>(known.size());
        step.queue_class = known.try_emplace(class_key(c, step_names, step, id), next).first->second;
        group.class_count = static_cast<uint32_t>(std::max<size_t>(known.size(), 1));
        group.has_setup = group.has_setup || step.setup != 0;
        if (step.per != ProcessUnit::batch) continue;
        group.batch = true;
        const bool shared = c.product_counts[step.route] > 1;
        group.batch_by_product = group.batch_by_product || (shared && group.batch_key == BatchKey::product_step);
    }
}

void compile_times(Compiler& c) {
    Model& m = c.model;
    for (uint32_t r = 0; r < m.routes.size(); ++r) {
        const uint32_t pieces = c.route_pieces[r] == 0 ? kStandardPieces : c.route_pieces[r];
        if (!visit_times(c, m.routes[r], pieces, std::max(pieces, c.route_most_pieces[r]))) continue;
        if (!forward_sums(c, m.routes[r])) continue;
        backward_sums(c, m.routes[r], due_flow_factor(m, r));
    }
}

// Release policies that react to the line: the tool time of one lot, and no release without end at one instant.
void compile_workloads(Compiler& c) {
    Model& m = c.model;
    size_t index = 0;
    for (const ReleaseSpec& row : c.spec.releases) {
        LotType& type = m.lot_types[index++];
        const Route& route = m.routes[type.route];
        if (type.policy == ReleasePolicy::conwip && route.raw_process_time == 0) {
            c.error(
                "release-policy",
                fmt::format("release line '{}' would release without end: its route takes no time", row.name),
                span_of("release", row, "policy"));
        }
        if (type.policy != ReleasePolicy::workload) continue;
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const Step& step = m.steps[route.first_step + k];
            if (step.tool_group != type.workload_group) continue;
            type.workload_per_lot =
                limited_sum(type.workload_per_lot, share_of(step.expected_process, step.sample_threshold));
        }
        if (type.workload_per_lot == 0 || type.workload_per_lot > type.workload_limit) {
            c.error(
                "release-policy",
                fmt::format(
                    "release line '{}' would release {}: one lot brings {} h of work to tool group '{}'",
                    row.name,
                    type.workload_per_lot == 0 ? "without end" : "no lot at all",
                    ticks_to_text(type.workload_per_lot, kHour),
                    row.workload_group),
                span_of("release", row, type.workload_per_lot == 0 ? "workload_group" : "workload_limit_h"));
        }
    }
}

}  // namespace chipchain
