// Rules 3.1, 3.6, 5 and 8 of docs/semantics.md.
#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/naive_state.h"

namespace chipchain::testing {

namespace {

constexpr uint32_t kMaintenance = 1U << 31;

NaiveOutage& outage_of(std::vector<NaiveOutage>& outages, uint32_t row) {
    return *std::find_if(outages.begin(), outages.end(), [&](const NaiveOutage& o) { return o.row == row; });
}

}  // namespace

ToolState Naive::state_of(const NaiveTool& tool) const {
    if (tool.maintained) return ToolState::maintenance;
    if (tool.down && !tool.ignored) return ToolState::down;
    if (!tool.inside.empty() && !tool.paused) {
        if (now_ < tool.setup_until) return ToolState::setup;
        const NaiveLot& last = lots_[tool.inside.back().front()];
        return m_.lot_types[last.type].engineering ? ToolState::engineering : ToolState::productive;  // 16.2
    }
    if (tool.down) return ToolState::down;  // 5.3
    if (tool.plan == ToolPlan::closed) return ToolState::nonscheduled;
    if (tool.plan == ToolPlan::qualification) return ToolState::engineering;
    if (tool.reserved_for != kNobody) return ToolState::standby_reserved;
    return waiting_[tool.group].empty() ? ToolState::standby_no_wip : ToolState::standby_with_wip;
}

bool Naive::has_outage_due(const NaiveTool& tool) const {
    const auto due = [](const NaiveOutage& o) { return o.due; };
    return std::any_of(tool.downs.begin(), tool.downs.end(), due) || std::any_of(tool.pms.begin(), tool.pms.end(), due);
}

// 3.1
bool Naive::is_available(uint32_t id) const {
    const NaiveTool& tool = tools_[id];
    const ToolGroup& group = m_.tool_groups[tool.group];
    if ((tool.down && !tool.ignored) || tool.maintained || has_outage_due(tool)) return false;
    if (tool.reserved_for != kNobody || tool.plan != ToolPlan::open) return false;
    if (tool.inside.empty()) return true;
    return group.cascade && !tool.entry_busy && (group.lots_inside == 0 || tool.inside.size() < group.lots_inside);
}

// 4.8, 8.1: if it is available now, the first request gets it, else it goes to the end of the order.
void Naive::settled(uint32_t id) {
    if (!is_available(id)) return;
    NaiveTool& tool = tools_[id];
    std::vector<uint32_t>& requests = requests_[tool.group];
    if (!requests.empty()) {
        NaiveLot& lot = lots_[requests.front()];
        tool.reserved_for = requests.front();
        lot.reserved_tool = id;
        lot.requests = false;
        requests.erase(requests.begin());
        return;
    }
    tool.available_order = next_order_++;
    changed_.insert(tool.group);
}

// 3.6, 11.1
void Naive::delay_inside(uint32_t id, Time delay, bool restart) {
    NaiveTool& tool = tools_[id];
    const ToolGroup& group = m_.tool_groups[tool.group];
    if (tool.inside.empty()) return;
    if (tool.setup_until > now_) tool.setup_until += delay;
    Time ahead = 0;
    for (const std::vector<uint32_t>& unit : tool.inside) {
        NaiveLot& lot = lots_[unit.front()];
        lot.done = restart ? now_ + delay + group.load + lot.process + group.unload : lot.done + delay;
        ahead = lot.done = std::max(lot.done, ahead);
        lot.done_event = schedule(lot.done, Kind::done, unit.front(), 0);
    }
    if (!tool.entry_busy) return;
    tool.entry_at += delay;
    tool.entry_event = schedule(tool.entry_at, Kind::entry, id, 0);
}

void Naive::begin_failure(uint32_t id, size_t index) {
    NaiveTool& tool = tools_[id];
    NaiveOutage& down = tool.downs[index];
    const Down& row = m_.downs[down.row];
    down.due = false;
    const Time repair =
        row.scope == Scope::area_at_once
            ? down.area_repair
            : draw(row.repair, Purpose::tool_down, id, (uint64_t{row.source} << 24) + 2 * down.count + 1);
    ++down.count;
    add_trace(region_[tools_[id].group], static_cast<uint64_t>(now_), id + (uint64_t{1} << 32), [&] {
        return fmt::format("tool {} fails ({}) for {}", id, m_.down_names[row.source], repair);
    });
    tool.down = true;
    tool.ignored = m_.switches.down_idle == DownIdle::ignore && tool.inside.empty();
    delay_inside(id, repair, m_.switches.down_lot == DownLot::restart);
    tool.outage_end = now_ + repair;
    schedule(now_ + repair, Kind::up, id, down.row);
}

void Naive::begin_maintenance(uint32_t id, size_t index) {
    NaiveTool& tool = tools_[id];
    NaiveOutage& pm = tool.pms[index];
    const Pm& row = m_.pms[pm.row];
    pm.due = false;
    const Time duration = draw(row.duration, Purpose::tool_pm, id, (uint64_t{row.source} << 24) + pm.count++);
    add_trace(region_[tools_[id].group], static_cast<uint64_t>(now_), id + (uint64_t{3} << 32), [&] {
        return fmt::format("tool {} is maintained ({}) for {}", id, m_.pm_names[row.source], duration);
    });
    tool.maintained = true;
    delay_inside(id, duration, false);
    if (row.kind == PmKind::pieces) {
        pm.pieces = m_.switches.pm_pieces == PmPieces::reset ? 0 : pm.pieces - pm.threshold;
        pm.threshold = row.interval_pieces;
    } else if (m_.switches.pm_interval == PmInterval::due_to_due) {
        pm.due_at += row.interval;
        schedule(std::max(pm.due_at, now_ + 1), Kind::pm, id, pm.row);
    } else if (m_.switches.pm_interval == PmInterval::start_to_start) {
        schedule(now_ + row.interval, Kind::pm, id, pm.row);
    }
    tool.outage_end = now_ + duration;
    schedule(now_ + duration, Kind::up, id, pm.row | kMaintenance);
}

// 5.2, 5.5
void Naive::settle_outages(uint32_t id) {
    NaiveTool& tool = tools_[id];
    if (tool.down || tool.maintained || is_shut(tool)) return;
    const auto first_due = [](const std::vector<NaiveOutage>& outages) {
        size_t best = outages.size();
        for (size_t i = 0; i < outages.size(); ++i) {
            if (!outages[i].due) continue;
            if (best == outages.size() || outages[i].due_order < outages[best].due_order) best = i;
        }
        return best;
    };
    const size_t failure = first_due(tool.downs);
    if (failure < tool.downs.size()) {
        begin_failure(id, failure);
        return;
    }
    const size_t maintenance = first_due(tool.pms);
    if (maintenance == tool.pms.size()) return;
    const bool calendar = m_.pms[tool.pms[maintenance].row].kind == PmKind::calendar;
    if (tool.inside.empty() || (calendar && m_.switches.pm_start == PmStart::preempt)) {
        begin_maintenance(id, maintenance);
    }
}

void Naive::outage_due(uint32_t id) {
    lose_reservation(id);
    settle_outages(id);
    settled(id);
}

void Naive::on_down(uint32_t id, uint32_t row) {
    NaiveOutage& down = outage_of(tools_[id].downs, row);
    down.due = true;
    down.due_order = next_order_++;
    outage_due(id);
}

void Naive::on_area_down(uint32_t row_id) {
    const Down& row = m_.downs[row_id];
    const uint64_t index = (uint64_t{row.source} << 24) + 2 * area_failures_[row_id]++;
    const Time repair = draw(row.repair, Purpose::area_down, row.area, index + 1);
    for (uint32_t t = 0; t < tools_.size(); ++t) {
        if (m_.tool_groups[tools_[t].group].area != row.area || !belongs_to_line(t)) continue;
        outage_of(tools_[t].downs, row_id).area_repair = repair;
        on_down(t, row_id);
    }
    const Time gap = draw(row.time_to_failure, Purpose::area_down, row.area, index + 2);
    schedule(now_ + std::max<Time>(1, repair + gap), Kind::down, kNobody, row_id);
}

void Naive::on_pm_due(uint32_t id, uint32_t row) {
    NaiveOutage& pm = outage_of(tools_[id].pms, row);
    pm.due = true;
    pm.due_order = next_order_++;
    outage_due(id);
}

void Naive::on_up(uint32_t id, uint32_t code) {
    NaiveTool& tool = tools_[id];
    if ((code & kMaintenance) != 0) {
        const uint32_t row_id = code & ~kMaintenance;
        const Pm& row = m_.pms[row_id];
        tool.maintained = false;
        if (row.kind == PmKind::calendar && m_.switches.pm_interval == PmInterval::end_to_start) {
            schedule(now_ + row.interval, Kind::pm, id, row_id);
        }
    } else {
        const Down& row = m_.downs[code];
        tool.down = false;
        tool.ignored = false;
        if (row.scope != Scope::area_at_once) {
            const uint64_t index = (uint64_t{row.source} << 24) + 2 * outage_of(tool.downs, code).count;
            const Time gap = draw(row.time_to_failure, Purpose::tool_down, id, index);
            schedule(now_ + std::max<Time>(gap, 1), Kind::down, id, code);
        }
    }
    add_trace(region_[tools_[id].group], static_cast<uint64_t>(now_), id + (uint64_t{2} << 32), [&] {
        return fmt::format("tool {} is up", id);
    });
    settle_outages(id);
    settled(id);
}

// 5.4
void Naive::count_pieces(uint32_t id, uint64_t pieces) {
    for (NaiveOutage& pm : tools_[id].pms) {
        if (m_.pms[pm.row].kind != PmKind::pieces) continue;
        pm.pieces += pieces;
        if (pm.due || pm.pieces < pm.threshold) continue;
        pm.due = true;
        pm.due_order = next_order_++;
    }
}

// ---- reservation (8) ----

void Naive::reserve_ahead(uint32_t id) {
    NaiveLot& lot = lots_[id];
    if (m_.switches.reservation == Reservation::off || !lot.reserve) return;
    uint32_t step_id = lot.step;
    uint32_t visit = lot.visit;
    do {
        if (m_.steps[step_id].last) return;
        ++step_id;
        ++visit;
    } while (words(lot, Purpose::lot_step, visit).word[0] >= m_.steps[step_id].sample_threshold);
    const Step& step = m_.steps[step_id];
    const ToolGroup& group = m_.tool_groups[step.tool_group];
    if (!group.reservation || group.setup_avoidance) return;
    if (step.per == ProcessUnit::batch || step.dedicated_by_slot != kNoIndex) return;
    const uint32_t tool = choose_tool(id, visit, step);
    if (tool != kNobody) {
        lot.reserved_tool = tool;
        tools_[tool].reserved_for = id;
    } else {
        lot.requests = true;
        requests_[step.tool_group].push_back(id);
    }
}

void Naive::give_back(uint32_t id) {
    NaiveLot& lot = lots_[id];
    for (std::vector<uint32_t>& requests : requests_) std::erase(requests, id);
    lot.requests = false;
    if (lot.reserved_tool == kNobody) return;
    const uint32_t tool = lot.reserved_tool;
    lose_reservation(tool);
    settled(tool);
}

void Naive::lose_reservation(uint32_t id) {
    NaiveTool& tool = tools_[id];
    if (tool.reserved_for == kNobody) return;
    lots_[tool.reserved_for].reserved_tool = kNobody;
    tool.reserved_for = kNobody;
}

}  // namespace chipchain::testing
