// What a Recorder gets to see. Only called when one is set; changes no trajectory. Included by engine.cc only.
#pragma once

namespace chipchain::engine {

inline bool is_recorded(const Recorder& r, Time begin, Time end) { return end >= r.from && begin < r.until; }

inline bool records_lot(const State& s, uint32_t lot_id) {
    const Recorder& r = *s.recorder;
    if (!r.lots) return false;
    const Lot& lot = s.lots[lot_id];
    if (r.only_type != UINT32_MAX) return !lot.initial && lot.type == r.only_type && lot.number == r.only_number;
    return r.only_lot == UINT32_MAX || r.only_lot == lot.serial;
}

// The state interval that ends now.
inline void record_tool(State& s, uint32_t tool_id) {
    const ToolRun& tool = s.tools[tool_id];
    if (s.recorder->only_group != UINT32_MAX && s.recorder->only_group != tool.group) return;
    if (!s.recorder->tools || tool.since == s.now || !is_recorded(*s.recorder, tool.since, s.now)) return;
    const bool working = tool.state == busy_state(tool) || tool.state == ToolState::setup;
    const uint32_t lot = working && tool.first_inside != kNil ? s.lots[tool.first_inside].serial : UINT32_MAX;
    std::vector<ToolInterval>& out = s.recorder->tool_intervals;
    if (tool.state != ToolState::setup) {
        out.push_back({tool_id, tool.state, tool.since, s.now, lot});
        return;
    }
    const Time end = std::clamp(tool.setup_until, tool.since, s.now);
    const Recorder& r = *s.recorder;
    if (end > tool.since && is_recorded(r, tool.since, end))
        out.push_back({tool_id, ToolState::setup, tool.since, end, lot});
    if (end < s.now && is_recorded(r, end, s.now)) out.push_back({tool_id, busy_state(tool), end, s.now, lot});
}

// Ticks each state has lasted so far, summed over the tools of a group.
inline std::array<Time, kToolStates> group_states(State& s, uint32_t group_id, const Model& m) {
    std::array<Time, kToolStates> sum{};
    const ToolGroup& group = m.tool_groups[group_id];
    for (uint32_t t = group.first_tool; t < group.first_tool + group.tool_count; ++t) {
        const ToolRun& tool = s.tools[t];
        for (size_t i = 0; i < kToolStates; ++i) sum[i] += i < kBusyStates ? tool.time[i] : s.tools_rare[t].time[i];
        Time elapsed = s.now - tool.since;
        if (tool.state == ToolState::setup) {
            const Time in_setup = std::clamp<Time>(tool.setup_until - tool.since, 0, elapsed);
            sum[static_cast<size_t>(ToolState::setup)] += in_setup;
            sum[static_cast<size_t>(busy_state(tool))] += elapsed - in_setup;
        } else {
            sum[static_cast<size_t>(tool.state)] += elapsed;
        }
    }
    return sum;
}

inline void record_arrival(const Model& m, State& s, uint32_t lot_id) {
    if (!records_lot(s, lot_id)) return;
    s.recorded_waiting.push_back(lot_id);
    s.passed_by[lot_id] = 0;
    s.group_states_mark[lot_id] = group_states(s, m.steps[s.lots[lot_id].step].tool_group, m);
}

// A chain of lots starts: their waits end; lots of the group that arrived before them and still wait were passed by.
inline void record_start(const Model& m, State& s, uint32_t group_id, uint32_t first_lot, uint32_t) {
    for (uint32_t id = first_lot; id != kNil; id = s.lots[id].next) {
        const Lot& started = s.lots[id];
        std::vector<uint32_t>& waiting = s.recorded_waiting;
        waiting.erase(std::remove(waiting.begin(), waiting.end(), id), waiting.end());
        for (const uint32_t other : waiting) {
            const Lot& lot = s.lots[other];
            if (m.steps[lot.step].tool_group == group_id && lot.queue_seq < started.queue_seq) ++s.passed_by[other];
        }
        if (!records_lot(s, id) || !is_recorded(*s.recorder, started.arrival, s.now)) continue;
        LotInterval interval{
            started.serial,
            started.step,
            LotPhase::queue,
            started.arrival,
            s.now,
            UINT32_MAX,
            s.passed_by[id],
            {}};
        const auto states = group_states(s, group_id, m);
        for (size_t i = 0; i < kToolStates; ++i) interval.tools[i] = states[i] - s.group_states_mark[id][i];
        s.recorder->lot_intervals.push_back(interval);
    }
}

inline void record_done(const Model& m, State& s, uint32_t lot_id) {
    const Lot& lot = s.lots[lot_id];
    if (s.recorder->deliveries) {
        GroupStay& stay = s.group_stays[lot_id * m.tool_groups.size() + m.steps[lot.step].tool_group];
        stay.queue += lot.start - lot.arrival;
        stay.stay += s.now - lot.left;
    }
    if (!records_lot(s, lot_id)) return;
    std::vector<LotInterval>& out = s.recorder->lot_intervals;
    if (lot.arrival > lot.left && is_recorded(*s.recorder, lot.left, lot.arrival)) {
        out.push_back({lot.serial, lot.step, LotPhase::transport, lot.left, lot.arrival, UINT32_MAX, 0, {}});
    }
    if (is_recorded(*s.recorder, lot.start, s.now)) {
        out.push_back({lot.serial, lot.step, LotPhase::process, lot.start, s.now, lot.tool, 0, {}});
    }
}

// Adds the way of a shipped lot to those of its type that were late or on time, and forgets it.
inline void record_delivery(const Model& m, State& s, uint32_t lot_id, bool scrapped) {
    const Lot& lot = s.lots[lot_id];
    const size_t groups = m.tool_groups.size();
    std::vector<DeliveryRecord>& records = s.now > lot.due ? s.recorder->late : s.recorder->on_time;
    records.resize(m.lot_types.size());
    DeliveryRecord& record = records[lot.type];
    record.groups.resize(groups);
    const bool counts = !scrapped && !lot.initial && s.now >= s.recorder->from && s.now < s.recorder->until;
    if (counts) {
        ++record.lots;
        record.lateness += s.now - lot.due;
    }
    for (size_t g = 0; g < groups; ++g) {
        GroupStay& stay = s.group_stays[lot_id * groups + g];
        if (counts) {
            record.groups[g].queue += stay.queue;
            record.groups[g].stay += stay.stay;
        }
        stay = {};
    }
}

inline void record_leave(const Model& m, State& s, uint32_t lot_id, bool scrapped) {
    std::vector<uint32_t>& waiting = s.recorded_waiting;
    waiting.erase(std::remove(waiting.begin(), waiting.end(), lot_id), waiting.end());
    if (s.recorder->deliveries) record_delivery(m, s, lot_id, scrapped);
    if (!s.recorder->shipped || s.now < s.recorder->from || s.now >= s.recorder->until) return;
    const Lot& lot = s.lots[lot_id];
    s.recorder->shipped_lots.push_back(
        {lot.serial, lot.type, lot.number, lot.release, lot.due, s.now, lot.initial, scrapped});
}

}  // namespace chipchain::engine
