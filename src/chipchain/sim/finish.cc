// Clears the statistics at the warm-up time and closes the books at the end of a run.
#include <algorithm>

#include "chipchain/sim/engine.h"

namespace chipchain::engine {

namespace {

void clear(CompletedLots& lots) {
    lots.lots = lots.pieces = lots.on_time = 0;
    lots.cycle_time_sum = lots.tardiness_sum = 0;
    lots.cycle_time_squares = 0;
    lots.cycle_time.clear();
    lots.tardiness.clear();
}

void clear(LotTypeResult& type) {
    type.released = type.released_pieces = type.scrapped = type.inside = 0;
    type.wip_area = 0;
    clear(type.completed);
    clear(type.initial);
}

}  // namespace

void clear_statistics(const Model& m, State& s) {
    s.warmup = s.now;
    close_books(m, s);
    for (size_t t = 0; t < s.tools.size(); ++t) {
        ToolRun& tool = s.tools[t];
        if (!owns(s, tool.group)) continue;
        ToolRare& rare = s.tools_rare[t];
        tool.time = {};
        tool.starts = tool.lots = 0;
        rare.time = {};
        rare.setups = rare.downs = rare.maintenances = 0;
        rare.pieces_before = tool.pieces_started;
    }
    for (auto& mark : s.month_marks) mark.fill(0);
    for (size_t g = 0; g < s.groups.size(); ++g) {
        if (!owns(s, g)) continue;
        GroupRun& group = s.groups[g];
        group.queue_area = 0;
        group.queue_longest = group.waiting;
        group.queue_time_longest = 0;
        group.arrivals = group.batches = group.batch_pieces = group.batch_capacity = 0;
    }
    for (size_t i = 0; i < m.steps.size(); ++i) {
        if (!owns(s, m.steps[i].tool_group)) continue;
        s.steps[i] = {};
        s.fates[i] = {};
    }
    for (TypeRun& type : s.types) type.wip_area = 0;
    for (LotTypeResult& type : s.result.lot_types) clear(type);
    for (WindowResult& window : s.result.windows) window = {};
    s.wip_area = 0;
    s.residence = 0;
    s.abandoned = 0;
}

namespace {

ToolResult tool_result(const Line& s, size_t tool_id) {
    const ToolRun& tool = s.tools[tool_id];
    const ToolRare& rare = s.tools_rare[tool_id];
    ToolResult result;
    result.time = rare.time;
    std::copy(tool.time.begin(), tool.time.end(), result.time.begin());
    result.starts = tool.starts;
    result.lots = tool.lots;
    result.pieces = tool.pieces_started - rare.pieces_before;
    result.setups = rare.setups;
    result.downs = rare.downs;
    result.maintenances = rare.maintenances;
    return result;
}

// The open visits of the lots inside: their time in this window belongs to identity 4.
Time open_stay(const State& s) {
    Time sum = 0;
    for (const Lot& lot : s.lots) {
        if (lot.in_use) sum += s.now - std::max(lot.left, s.warmup);
    }
    return sum;
}

}  // namespace

void fill_tables(const Model& m, const Line& s, RunResult& r) {
    r.tool_groups.resize(m.tool_groups.size());
    for (size_t g = 0; g < m.tool_groups.size(); ++g) {
        ToolGroupResult& out = r.tool_groups[g];
        const GroupRun& run = s.groups[g];
        out.arrivals = run.arrivals;
        out.queue_time_longest = run.queue_time_longest;
        out.queue_area = run.queue_area;
        out.queue_longest = run.queue_longest;
        out.batches = run.batches;
        out.batch_pieces = run.batch_pieces;
        out.batch_capacity = run.batch_capacity;
    }
    for (size_t t = 0; t < s.tools.size(); ++t) {
        const ToolResult result = tool_result(s, t);
        ToolResult& sum = r.tool_groups[s.tools[t].group].total;
        for (size_t i = 0; i < kToolStates; ++i) sum.time[i] += result.time[i];
        sum.starts += result.starts;
        sum.lots += result.lots;
        sum.pieces += result.pieces;
        sum.setups += result.setups;
        sum.downs += result.downs;
        sum.maintenances += result.maintenances;
        r.tools.push_back(result);
    }
    r.steps.resize(m.steps.size());
    for (size_t i = 0; i < m.steps.size(); ++i) {
        const StepRun& run = s.steps[i];
        r.steps[i] =
            {run.visits, run.queue_time, run.process_time, run.transport_time, s.fates[i].reworks, s.fates[i].scraps};
        ToolGroupResult& out = r.tool_groups[m.steps[i].tool_group];
        out.visits += run.visits;
        out.queue_time += run.queue_time;
        out.process_time += run.process_time;
        out.transport_time += run.transport_time;
    }
}

RunResult finish(const Model& m, State& s) {
    close_books(m, s);
    if (m.monthly) {
        s.result.months.end.push_back(s.now);
        s.result.months.inside.push_back(s.inside);
    }
    RunResult r = std::move(s.result);
    r.fingerprint = s.fingerprint.value();
    r.end = s.now;
    r.window = s.now - s.warmup;
    r.events = s.event_count;
    r.moves = s.moves;
    r.inside = s.inside;
    r.wip_area = s.wip_area;
    r.residence = s.residence;
    r.open_stay = s.abandoned + open_stay(s);
    r.state_growths = s.growths + s.events.growths();
    for (const Lot& lot : s.lots) {
        if (!lot.in_use) continue;
        r.pieces_inside += lot.pieces;
        r.residence += s.now - entered(s, lot);
    }
    for (size_t i = 0; i < s.types.size(); ++i) {
        r.lot_types[i].inside = s.types[i].inside;
        r.lot_types[i].wip_area = s.types[i].wip_area;
    }
    return r;
}

}  // namespace chipchain::engine
