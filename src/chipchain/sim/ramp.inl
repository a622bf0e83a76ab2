// What a ramp changes about lots and figures: learning, engineering lots, results by month (docs/semantics.md 15 to
// 17). Included by engine.cc only.
#pragma once

namespace chipchain::engine {

// ---- engineering lots (16) ----

// What a tool does with a lot inside after its setup.
inline ToolState busy_state(const ToolRun& tool) {
    return tool.engineering ? ToolState::engineering : ToolState::productive;
}

// ---- learning (15) ----

inline uint64_t learned_share(const Model& m, const State& s, uint64_t threshold, const std::vector<uint32_t>& curves) {
    if (curves.empty() || threshold == 0) return threshold;
    return learned_threshold(threshold, learned_factor(m, curves, s.now, s.result.pieces_shipped));
}

inline uint64_t scrap_threshold(const Model& m, const State& s, uint32_t step_id) {
    const uint64_t threshold = m.steps[step_id].scrap_threshold;
    return m.step_learning.empty() ? threshold : learned_share(m, s, threshold, m.step_learning[step_id].scrap);
}

inline uint64_t rework_threshold(const Model& m, const State& s, uint32_t step_id) {
    const uint64_t threshold = m.steps[step_id].rework_threshold;
    return m.step_learning.empty() ? threshold : learned_share(m, s, threshold, m.step_learning[step_id].rework);
}

inline Time learned_process(const Model& m, const State& s, uint32_t step_id, Time time) {
    if (m.step_learning.empty() || m.step_learning[step_id].process_time.empty()) return time;
    return learned_time(time, learned_factor(m, m.step_learning[step_id].process_time, s.now, s.result.pieces_shipped));
}

// ---- months (17) ----

// The figures of a lot type in the present month; only when months are kept.
inline MonthOfType& month_of(State& s, uint32_t type) {
    std::vector<MonthOfType>& types = s.result.months.types;
    return types[types.size() - s.types.size() + type];
}

inline void begin_month(const Model& m, State& s) {
    Months& months = s.result.months;
    months.begin.push_back(s.now);
    months.types.resize(months.types.size() + m.lot_types.size());
    months.states.resize(months.states.size() + m.tool_groups.size());
}

// Adds the state times since the last mark to the present month. REQUIRES all tools are booked up to now.
inline void add_states_to_month(const Model& m, State& s) {
    std::array<Time, kToolStates>* month = s.result.months.states.data() + s.result.months.states.size();
    month -= m.tool_groups.size();
    for (size_t g = 0; g < m.tool_groups.size(); ++g) {
        for (size_t i = 0; i < kToolStates; ++i) month[g][i] -= s.month_marks[g][i];
        s.month_marks[g].fill(0);
    }
    for (size_t t = 0; t < s.tools.size(); ++t) {
        const uint32_t group = s.tools[t].group;
        for (size_t i = 0; i < kToolStates; ++i) {
            const Time time = i < kBusyStates ? s.tools[t].time[i] : s.tools_rare[t].time[i];
            month[group][i] += time;
            s.month_marks[group][i] += time;
        }
    }
}

}  // namespace chipchain::engine
