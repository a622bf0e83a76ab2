// Tools: states and their time, the lists of available tools, failures and maintenance. Included by engine.cc only.
#pragma once

namespace chipchain::engine {

inline Time waiting_time_now(const State& s, const GroupRun& group) {
    return group.waiting_time + (group.waiting > 0 ? s.now - group.waiting_since : 0);
}

// Time in a state but the first kBusyStates, which are in ToolRun::time.
inline Time& rare_time(State& s, uint32_t tool_id, ToolState state) {
    return s.tools_rare[tool_id].time[static_cast<size_t>(state)];
}

inline Time& busy_time(ToolRun& tool, ToolState state) { return tool.time[static_cast<size_t>(state)]; }

// Books the time since the last change. Setup ends without an event of its own, standby splits by "something waits".
inline void book_state(State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    const Time elapsed = s.now - tool.since;
    if (s.recorder != nullptr) record_tool(s, tool_id);
    if (tool.state == ToolState::setup) {
        const Time in_setup = std::clamp<Time>(tool.setup_until - tool.since, 0, elapsed);
        rare_time(s, tool_id, ToolState::setup) += in_setup;
        if (tool.engineering) {
            rare_time(s, tool_id, ToolState::engineering) += elapsed - in_setup;
        } else {
            busy_time(tool, ToolState::productive) += elapsed - in_setup;
        }
    } else if (tool.state == ToolState::productive) {
        busy_time(tool, ToolState::productive) += elapsed;
    } else if (tool.state == ToolState::standby_no_wip) {
        const GroupRun& group = s.groups[tool.group];
        const Time total = waiting_time_now(s, group);
        const Time with_wip = total - tool.waiting_mark;
        tool.waiting_mark = total;
        busy_time(tool, ToolState::standby_with_wip) += with_wip;
        busy_time(tool, ToolState::standby_no_wip) += elapsed - with_wip;
    } else {
        rare_time(s, tool_id, tool.state) += elapsed;
    }
    tool.since = s.now;
}

inline void set_state(State& s, uint32_t tool_id, ToolState state) {
    book_state(s, tool_id);
    ToolRun& tool = s.tools[tool_id];
    tool.state = state;
    if (state == ToolState::standby_no_wip) tool.waiting_mark = waiting_time_now(s, s.groups[tool.group]);
}

// The state of a tool in which nothing goes on; an ignored failure (5.3) still counts as down.
inline ToolState idle_state(const ToolRun& tool) {
    if (tool.down) return ToolState::down;
    if (tool.schedule != Schedule::open) {
        return tool.schedule == Schedule::engineering ? ToolState::engineering : ToolState::nonscheduled;
    }
    return tool.reserved_for != kNil ? ToolState::standby_reserved : ToolState::standby_no_wip;
}

// ---- lists of available tools ----

inline void unlist(State& s, uint32_t tool_id, uint32_t first_tool) {
    ToolRun& tool = s.tools[tool_id];
    if (tool.listed == Listed::none) return;
    const size_t list = tool.listed == Listed::empty ? 0 : 1;
    GroupRun& group = s.groups[tool.group];
    --group.available[list];
    tool.listed = Listed::none;
    if (s.random_choice) {
        const uint32_t bit = tool_id - first_tool;
        s.available[group.first_word + (bit >> 6)] &= ~(uint64_t{1} << (bit & 63));
        return;
    }
    const ToolRare& links = s.tools_rare[tool_id];
    (links.prev == kNil ? group.head[list] : s.tools_rare[links.prev].next) = links.next;
    (links.next == kNil ? group.tail[list] : s.tools_rare[links.next].prev) = links.prev;
}

inline void list_at_end(State& s, uint32_t tool_id, uint32_t first_tool, Listed listed) {
    ToolRun& tool = s.tools[tool_id];
    const size_t list = listed == Listed::empty ? 0 : 1;
    GroupRun& group = s.groups[tool.group];
    tool.listed = listed;
    ++group.available[list];
    if (s.random_choice) {
        const uint32_t bit = tool_id - first_tool;
        s.available[group.first_word + (bit >> 6)] |= uint64_t{1} << (bit & 63);
        return;
    }
    ToolRare& links = s.tools_rare[tool_id];
    links.prev = group.tail[list];
    links.next = kNil;
    (links.prev == kNil ? group.head[list] : s.tools_rare[links.prev].next) = tool_id;
    group.tail[list] = tool_id;
}

inline bool is_up(const ToolRun& tool) {
    return (!tool.down || tool.phantom_down) && !tool.maintained && !tool.outage_due && tool.schedule == Schedule::open;
}

// Nothing goes on in the tool and nothing begins, failures and maintenance neither (13.4).
inline bool is_shut(const ToolRun& tool) {
    return tool.schedule != Schedule::open && (tool.inside == 0 || tool.paused);
}

inline bool has_room(const ToolGroup& group, const ToolRun& tool) {
    if (tool.inside == 0) return true;
    return group.cascade && !tool.entry_busy && (group.lots_inside == 0 || tool.inside < group.lots_inside);
}

// Puts the tool where it belongs after something about it changed; a tool that becomes available goes to the end.
inline void update_available(const Model& m, State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    const ToolGroup& group = m.tool_groups[tool.group];
    const bool available = tool.reserved_for == kNil && is_up(tool) && has_room(group, tool);
    // without an order among available tools, one that stays available keeps its place
    if (s.random_choice && available && tool.listed != Listed::none && s.requests[tool.group].empty()) {
        if (s.groups[tool.group].waiting > 0) mark_dirty(s, tool.group);
        return;
    }
    const uint32_t first_tool = group.first_tool;
    unlist(s, tool_id, first_tool);
    if (!available) return;
    std::vector<uint32_t>& requests = s.requests[tool.group];
    if (!requests.empty()) {
        const uint32_t lot = requests.front();
        requests.erase(requests.begin());
        s.lots[lot].reserved_group = kNil;
        s.lots[lot].reserved_tool = tool_id;
        tool.reserved_for = lot;
        if (tool.inside == 0) set_state(s, tool_id, idle_state(tool));
        return;
    }
    const bool apart =
        m.switches.tool_choice == ToolChoice::empty_first || m.switches.tool_choice == ToolChoice::chained_first;
    list_at_end(s, tool_id, first_tool, tool.inside == 0 || !apart ? Listed::empty : Listed::chained);
    if (s.groups[tool.group].waiting > 0) mark_dirty(s, tool.group);
}

inline void drop_reservation(State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    if (tool.reserved_for == kNil) return;
    s.lots[tool.reserved_for].reserved_tool = kNil;
    tool.reserved_for = kNil;
}

// The state of a tool that is neither in repair nor in maintenance.
inline void set_working_state(State& s, uint32_t tool_id) {
    const ToolRun& tool = s.tools[tool_id];
    if (tool.inside == 0 || tool.paused) {
        set_state(s, tool_id, idle_state(tool));
    } else {
        set_state(s, tool_id, tool.setup_until > s.now ? ToolState::setup : busy_state(tool));
    }
}

// ---- delays ----

inline void schedule_done(State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    s.events.push(lot.done, EventKind::done, lot_id, ++lot.generation);
}

// Delays everything inside by `delay`; restart: the lots start again (load, process, unload) when the delay is over.
inline void delay_inside(const Model& m, State& s, uint32_t tool_id, Time delay, bool restart) {
    ToolRun& tool = s.tools[tool_id];
    const ToolGroup& group = m.tool_groups[tool.group];
    if (tool.setup_until > s.now) tool.setup_until += delay;
    Time ahead = 0;
    for (uint32_t lot_id = tool.first_inside; lot_id != kNil; lot_id = s.lots[lot_id].behind) {
        Lot& lot = s.lots[lot_id];
        lot.done = restart ? s.now + delay + group.load + lot.process + group.unload : lot.done + delay;
        if (restart) lot.done = std::max(lot.done, ahead);
        ahead = lot.done;
        schedule_done(s, lot_id);
    }
    if (tool.entry_busy) {
        tool.entry_free_at += delay;
        s.events.push(tool.entry_free_at, EventKind::entry_free, tool_id, ++tool.entry_generation);
    }
}

// ---- failures and maintenance ----

inline uint32_t group_ordinal(const Model& m, uint32_t tool_id) {
    return tool_id - m.tool_groups[m.tool_to_group[tool_id]].first_tool;
}

inline Time draw_duration(const State& s, const Distribution& d, Purpose purpose, uint32_t entity, uint64_t index) {
    const RandomWords words = s.random.draw(purpose, entity, index);
    return is_simple(d) ? draw_simple(d, words.word[0]) : draw_general(d, wide(words.word[0], words.word[1]));
}

inline uint64_t down_index(const Model& m, const ToolDown& down, uint32_t parity) {
    return (static_cast<uint64_t>(m.downs[down.row].source) << 24) + 2 * static_cast<uint64_t>(down.count) + parity;
}

inline void schedule_failure(const Model& m, State& s, uint32_t tool_id, uint32_t index) {
    ToolDown& down = s.tool_downs[index];
    const Down& row = m.downs[down.row];
    const Distribution& d = down.count == 0 ? row.first : row.time_to_failure;
    const Time drawn = draw_duration(s, d, Purpose::tool_down, tool_id, down_index(m, down, 0));
    s.events.push(s.now + (down.count == 0 ? drawn : std::max<Time>(drawn, 1)), EventKind::tool_down, tool_id, index);
}

inline void begin_failure(const Model& m, State& s, uint32_t tool_id, uint32_t index) {
    ToolRun& tool = s.tools[tool_id];
    ToolDown& down = s.tool_downs[index];
    down.due = false;
    const Time repair =
        down.area_repair >= 0
            ? down.area_repair
            : draw_duration(s, m.downs[down.row].repair, Purpose::tool_down, tool_id, down_index(m, down, 1));
    ++down.count;
    ++s.tools_rare[tool_id].downs;
    s.fingerprint.add(static_cast<uint64_t>(s.now), tool_id | uint64_t{1} << 32);
    tool.down = true;
    tool.phantom_down = m.switches.down_idle == DownIdle::ignore && tool.inside == 0;
    if (!tool.phantom_down) drop_reservation(s, tool_id);
    if (tool.inside > 0) delay_inside(m, s, tool_id, repair, m.switches.down_lot == DownLot::restart);
    set_state(s, tool_id, ToolState::down);
    s.tools_rare[tool_id].up_at = s.now + repair;
    s.events.push(s.now + repair, EventKind::tool_up, tool_id, index);
}

inline constexpr uint32_t kPmFlag = 0x80000000U;

inline void begin_maintenance(const Model& m, State& s, uint32_t tool_id, uint32_t index) {
    ToolRun& tool = s.tools[tool_id];
    ToolPm& pm = s.tool_pms[index];
    const Pm& row = m.pms[pm.row];
    pm.due = false;
    const Time duration =
        draw_duration(s, row.duration, Purpose::tool_pm, tool_id, (static_cast<uint64_t>(row.source) << 24) + pm.count);
    ++pm.count;
    ++s.tools_rare[tool_id].maintenances;
    s.fingerprint.add(static_cast<uint64_t>(s.now), tool_id | uint64_t{3} << 32);
    drop_reservation(s, tool_id);
    if (tool.inside > 0) delay_inside(m, s, tool_id, duration, false);
    tool.maintained = true;
    set_state(s, tool_id, ToolState::maintenance);
    if (row.kind == PmKind::pieces) {
        pm.threshold =
            (m.switches.pm_pieces == PmPieces::reset ? tool.pieces_started : pm.threshold) + row.interval_pieces;
    } else if (m.switches.pm_interval == PmInterval::due_to_due) {
        pm.due_at += row.interval;
        s.events.push(std::max(pm.due_at, s.now + 1), EventKind::pm_due, tool_id, index);
    } else if (m.switches.pm_interval == PmInterval::start_to_start) {
        s.events.push(s.now + row.interval, EventKind::pm_due, tool_id, index);
    }
    s.tools_rare[tool_id].up_at = s.now + duration;
    s.events.push(s.now + duration, EventKind::tool_up, tool_id, index | kPmFlag);
}

inline void find_next_piece_pm(const Model& m, State& s, uint32_t tool_id) {
    uint64_t next = UINT64_MAX;
    for (uint32_t i = s.tool_pms_first[tool_id]; i < s.tool_pms_first[tool_id + 1]; ++i) {
        const ToolPm& pm = s.tool_pms[i];
        if (m.pms[pm.row].kind == PmKind::pieces && !pm.due) next = std::min(next, pm.threshold);
    }
    s.tools[tool_id].next_piece_pm = next;
}

// Begins the next outage that waits, if it can begin now: failures first, then maintenance, each in order of due.
inline void settle_outages(const Model& m, State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    if (!tool.outage_due || tool.down || tool.maintained || is_shut(tool)) return;
    uint32_t due = 0;
    uint32_t failure = kNil;
    for (uint32_t i = s.tool_downs_first[tool_id]; i < s.tool_downs_first[tool_id + 1]; ++i) {
        if (!s.tool_downs[i].due) continue;
        ++due;
        if (failure == kNil || s.tool_downs[i].due_order < s.tool_downs[failure].due_order) failure = i;
    }
    uint32_t maintenance = kNil;
    for (uint32_t i = s.tool_pms_first[tool_id]; i < s.tool_pms_first[tool_id + 1]; ++i) {
        if (!s.tool_pms[i].due) continue;
        ++due;
        if (maintenance == kNil || s.tool_pms[i].due_order < s.tool_pms[maintenance].due_order) maintenance = i;
    }
    if (failure != kNil) {
        begin_failure(m, s, tool_id, failure);
        --due;
    } else if (maintenance != kNil) {
        const bool preempt =
            m.switches.pm_start == PmStart::preempt && m.pms[s.tool_pms[maintenance].row].kind == PmKind::calendar;
        if (tool.inside == 0 || preempt) {
            begin_maintenance(m, s, tool_id, maintenance);
            find_next_piece_pm(m, s, tool_id);
            --due;
        }
    }
    tool.outage_due = due > 0;
}

// Marks outages that several failures of one tool at the same time would otherwise hide.
inline void outage_became_due(const Model& m, State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    tool.outage_due = true;
    drop_reservation(s, tool_id);
    settle_outages(m, s, tool_id);
    update_available(m, s, tool_id);
}

inline void on_tool_down(const Model& m, State& s, uint32_t tool_id, uint32_t index) {
    s.tool_downs[index].due = true;
    s.tool_downs[index].due_order = s.next_due_order++;
    outage_became_due(m, s, tool_id);
}

// Qualified and not moved out: what befalls an area befalls the tool (13.5).
inline bool is_part_of_line(const Model& m, uint32_t tool_id, Time now) {
    if (m.tool_lives.empty()) return true;
    return now >= m.tool_lives[tool_id].qualified && now < m.tool_lives[tool_id].moved_out;
}

// One clock for all tools of an area (area_at_once).
inline void on_area_down(const Model& m, State& s, uint32_t row_id) {
    const Down& row = m.downs[row_id];
    const uint64_t index =
        (static_cast<uint64_t>(row.source) << 24) + 2 * static_cast<uint64_t>(s.area_down_count[row_id]);
    const Time repair = draw_duration(s, row.repair, Purpose::area_down, row.area, index + 1);
    ++s.area_down_count[row_id];
    for (uint32_t tool = 0; tool < m.tool_count(); ++tool) {
        for (uint32_t i = s.tool_downs_first[tool]; i < s.tool_downs_first[tool + 1]; ++i) {
            if (s.tool_downs[i].row != row_id || !is_part_of_line(m, tool, s.now)) continue;
            s.tool_downs[i].area_repair = repair;
            on_tool_down(m, s, tool, i);
        }
    }
    const Time gap = draw_duration(s, row.time_to_failure, Purpose::area_down, row.area, index + 2);
    s.events.push(s.now + std::max<Time>(repair + gap, 1), EventKind::tool_down, kNil, row_id);
}

inline void on_pm_due(const Model& m, State& s, uint32_t tool_id, uint32_t index) {
    ToolPm& pm = s.tool_pms[index];
    pm.due = true;
    pm.due_order = s.next_due_order++;
    outage_became_due(m, s, tool_id);
}

// Piece counters at the start of a lot.
inline void count_pieces(const Model& m, State& s, uint32_t tool_id, uint32_t pieces) {
    ToolRun& tool = s.tools[tool_id];
    tool.pieces_started += pieces;
    if (tool.pieces_started < tool.next_piece_pm) return;
    for (uint32_t i = s.tool_pms_first[tool_id]; i < s.tool_pms_first[tool_id + 1]; ++i) {
        ToolPm& pm = s.tool_pms[i];
        if (m.pms[pm.row].kind != PmKind::pieces || pm.due || tool.pieces_started < pm.threshold) continue;
        pm.due = true;
        pm.due_order = s.next_due_order++;
        tool.outage_due = true;
    }
    find_next_piece_pm(m, s, tool_id);
}

// The end of a repair or maintenance.
inline void on_tool_up(const Model& m, State& s, uint32_t tool_id, uint32_t index) {
    ToolRun& tool = s.tools[tool_id];
    if ((index & kPmFlag) != 0) {
        const uint32_t pm_index = index & ~kPmFlag;
        const Pm& row = m.pms[s.tool_pms[pm_index].row];
        tool.maintained = false;
        if (row.kind == PmKind::calendar && m.switches.pm_interval == PmInterval::end_to_start) {
            s.events.push(s.now + row.interval, EventKind::pm_due, tool_id, pm_index);
        }
    } else {
        tool.down = false;
        tool.phantom_down = false;
        if (m.downs[s.tool_downs[index].row].scope != Scope::area_at_once) schedule_failure(m, s, tool_id, index);
    }
    s.fingerprint.add(static_cast<uint64_t>(s.now), tool_id | uint64_t{2} << 32);
    set_working_state(s, tool_id);
    settle_outages(m, s, tool_id);
    // maintenance may become due by pieces of the lot inside: the outage then waits for it to leave
    update_available(m, s, tool_id);
}

}  // namespace chipchain::engine
