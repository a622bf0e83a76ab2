// Tools by the calendar: installs, shifts, shutdowns (docs/semantics.md 13). Included by engine.cc only.
#pragma once

namespace chipchain::engine {

inline constexpr uint64_t kScheduleKind = 4;  // of the trajectory hash: 4 opens, 5 closes, 6 qualification begins

// A repair or maintenance is going on; an ignored failure (5.3) is none.
inline bool in_outage(const ToolRun& tool) { return (tool.down && !tool.phantom_down) || tool.maintained; }

// The tool opens: it goes on where it was, then outages that waited begin (13.4).
inline void open_tool(const Model& m, State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    tool.paused = false;
    if (!in_outage(tool)) set_working_state(s, tool_id);
    settle_outages(m, s, tool_id);
    update_available(m, s, tool_id);
}

// The tool closes: nothing starts any more; lots inside are finished or stand still (13.3).
inline void close_tool(const Model& m, State& s, uint32_t tool_id) {
    ToolRun& tool = s.tools[tool_id];
    drop_reservation(s, tool_id);
    if (tool.inside > 0 && m.switches.shift_end == ShiftEnd::pause) {
        const Time opening = next_opening(m, tool_id, s.now, s.schedule);
        if (opening != kNever) {
            // what a repair or maintenance takes of the pause is paid already
            const Time outage_end = in_outage(tool) ? std::max(s.now, s.tools_rare[tool_id].up_at) : s.now;
            delay_inside(m, s, tool_id, std::max<Time>(opening - outage_end, 0), false);
            tool.paused = true;
        }
    }
    if (!in_outage(tool)) set_working_state(s, tool_id);
    update_available(m, s, tool_id);
}

inline void set_schedule(const Model& m, State& s, uint32_t tool_id, Schedule schedule) {
    ToolRun& tool = s.tools[tool_id];
    const Schedule before = tool.schedule;
    if (schedule == before) return;
    tool.schedule = schedule;
    s.fingerprint.add(static_cast<uint64_t>(s.now), tool_id | (kScheduleKind + static_cast<uint64_t>(schedule)) << 32);
    if (schedule == Schedule::open) {
        open_tool(m, s, tool_id);
    } else if (before == Schedule::open) {
        close_tool(m, s, tool_id);
    } else if (!in_outage(tool)) {
        set_working_state(s, tool_id);
    }
}

inline void on_calendar(const Model& m, State& s, uint32_t group_id) {
    const ToolGroup& group = m.tool_groups[group_id];
    const Time next = next_calendar_change(m, group_id, s.now);
    if (next != kNever) s.events.push(next, EventKind::calendar, group_id, 0);
    for (uint32_t k = 0; k < group.tool_count; ++k) {
        // closing with a pause looks ahead and overwrites the scratch: ask anew
        if (k == 0 || m.switches.shift_end == ShiftEnd::pause) group_schedule(m, group_id, s.now, s.schedule);
        set_schedule(m, s, group.first_tool + k, s.schedule[k]);
    }
}

}  // namespace chipchain::engine
