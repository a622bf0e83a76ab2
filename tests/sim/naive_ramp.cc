// Rules 13 to 16 of docs/semantics.md.
#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/learning.h"
#include "chipchain/stats/wide.h"
#include "tests/sim/naive_state.h"

namespace chipchain::testing {

namespace {

Time floor_day(Time t) { return t >= 0 ? t / kDay * kDay : -((-t + kDay - 1) / kDay * kDay); }

// Calls visit(begin, end) for the shifts that begin from two days before `t` (since 1970) to nine days after it.
template <class Visit>
void shifts_around(const Shift& shift, Time t, const Visit& visit) {
    for (Time day = floor_day(t) - 2 * kDay; day < t + 9 * kDay; day += kDay) {
        Time number = day / kDay;  // 1970-01-01 is number 0, a Thursday
        while (number < 0) number += 7'000'000;
        if ((shift.days & (1U << ((number + 3) % 7))) == 0) continue;
        visit(day + shift.begin, day + shift.begin + shift.length);
    }
}

}  // namespace

// ---- calendars (13) ----

// 13.2
ToolPlan Naive::plan_of(uint32_t id, Time t) const {
    const uint32_t group_id = m_.tool_to_group[id];
    const ToolGroup& group = m_.tool_groups[group_id];
    const auto life = [&](uint32_t tool) { return m_.tool_lives.empty() ? ToolLife{} : m_.tool_lives[tool]; };
    const ToolLife own = life(id);
    if (t < own.installed || t >= own.moved_out) return ToolPlan::closed;
    if (t < own.qualified) return ToolPlan::qualification;
    const GroupCalendar& calendar = m_.calendars[group_id];
    for (const Closure& closure : calendar.closures) {
        if (t >= closure.from && t < closure.until) return ToolPlan::closed;
    }
    if (calendar.shifts.empty()) return ToolPlan::open;
    uint64_t there = 0;
    uint64_t before = 0;
    for (uint32_t other = group.first_tool; other < group.first_tool + group.tool_count; ++other) {
        if (t < life(other).qualified || t < life(other).installed || t >= life(other).moved_out) continue;
        ++there;
        if (other < id) ++before;
    }
    uint64_t ppm = 0;
    for (const Shift& shift : calendar.shifts) {
        shifts_around(shift, m_.start + t, [&](Time begin, Time end) {
            if (begin <= m_.start + t && m_.start + t < end) ppm += shift.staffed_ppm;
        });
    }
    // before + 1 tools need a crew: there is one when the share of all covers more than `before` tools
    return std::min<uint64_t>(ppm, 1'000'000) * there > before * 1'000'000 ? ToolPlan::open : ToolPlan::closed;
}

// 13.6
Time Naive::next_date(uint32_t group_id, Time t) const {
    const GroupCalendar& calendar = m_.calendars[group_id];
    const ToolGroup& group = m_.tool_groups[group_id];
    Time next = kNever;
    const auto consider = [&](Time at) {
        if (at > t) next = std::min(next, at);
    };
    for (const Closure& closure : calendar.closures) {
        consider(closure.from);
        consider(closure.until);
    }
    for (uint32_t k = 0; k < group.tool_count && !m_.tool_lives.empty(); ++k) {
        const ToolLife& life = m_.tool_lives[group.first_tool + k];
        consider(life.installed);
        consider(life.qualified);
        consider(life.moved_out);
    }
    for (const Shift& shift : calendar.shifts) {
        shifts_around(shift, m_.start + t, [&](Time begin, Time end) {
            consider(begin - m_.start);
            consider(end - m_.start);
        });
    }
    return next;
}

// kNever when it does not open before everything repeats
Time Naive::opens_again(uint32_t id) const {
    const uint32_t group = m_.tool_to_group[id];
    int quiet = 0;
    for (Time t = next_date(group, now_); t != kNever && quiet < 500; t = next_date(group, t), ++quiet) {
        if (plan_of(id, t) == ToolPlan::open) return t;
    }
    return kNever;
}

bool Naive::is_shut(const NaiveTool& tool) const {
    return tool.plan != ToolPlan::open && (tool.inside.empty() || tool.paused);
}

bool Naive::belongs_to_line(uint32_t id) const {
    return m_.tool_lives.empty() || (now_ >= m_.tool_lives[id].qualified && now_ < m_.tool_lives[id].moved_out);
}

Time Naive::clock_start(uint32_t id) const {
    return m_.tool_lives.empty() ? 0 : std::max<Time>(0, m_.tool_lives[id].qualified);
}

void Naive::start_calendars() {
    for (uint32_t g = 0; g < m_.calendars.size(); ++g) {
        if (!m_.calendars[g].used) continue;
        const ToolGroup& group = m_.tool_groups[g];
        for (uint32_t t = group.first_tool; t < group.first_tool + group.tool_count; ++t)
            tools_[t].plan = plan_of(t, 0);
        if (next_date(g, 0) != kNever) schedule(next_date(g, 0), Kind::calendar, g, 0);
    }
}

void Naive::on_calendar(uint32_t group_id) {
    const Time next = next_date(group_id, now_);
    if (next != kNever) schedule(next, Kind::calendar, group_id, 0);
    const ToolGroup& group = m_.tool_groups[group_id];
    for (uint32_t id = group.first_tool; id < group.first_tool + group.tool_count; ++id) {
        NaiveTool& tool = tools_[id];
        const ToolPlan before = tool.plan;
        tool.plan = plan_of(id, now_);
        if (tool.plan == before) continue;
        add_trace(
            region_[group_id],
            static_cast<uint64_t>(now_),
            id + ((4 + static_cast<uint64_t>(tool.plan)) << 32),
            [&] { return fmt::format("tool {} {}", id, tool.plan == ToolPlan::open ? "opens" : "is closed"); });
        if (tool.plan == ToolPlan::open) {
            tool.paused = false;
            settle_outages(id);
            settled(id);
        } else if (before == ToolPlan::open) {
            lose_reservation(id);
            if (tool.inside.empty() || m_.switches.shift_end == ShiftEnd::finish) continue;
            const Time opening = opens_again(id);
            if (opening == kNever) continue;
            const bool outage = (tool.down && !tool.ignored) || tool.maintained;
            delay_inside(id, std::max<Time>(0, opening - (outage ? tool.outage_end : now_)), false);
            tool.paused = true;
        }
    }
}

// ---- ramped releases (14) ----

// 14.2: the first tick at which the integral reaches the pieces of n releases
Time Naive::ramp_date(const LotType& type, uint64_t n) const {
    const RampPoint* points = m_.ramp_points.data() + type.first_ramp;
    const auto reached = [&](Time t) {
        Int128 sum = 0;
        for (uint32_t i = 0; i < type.ramp_count; ++i) {
            if (points[i].date > t) break;
            const bool tail = i + 1 == type.ramp_count;
            const Int128 rate = static_cast<int64_t>(points[i].rate);
            const Int128 tau = (tail ? t : std::min(t, points[i + 1].date)) - points[i].date;
            sum += rate * tau;
            if (tail || points[i + 1].date == points[i].date) continue;
            const Int128 slope = static_cast<int64_t>(points[i + 1].rate) - rate;
            const Int128 twice = 2 * static_cast<Int128>(points[i + 1].date - points[i].date);
            const Int128 top = slope * tau * tau;
            sum += top / twice - (top < 0 && top % twice != 0 ? 1 : 0);
        }
        return sum >= static_cast<Int128>(n * type.lots_per_release * type.pieces) * 1'000'000 * (30 * kDay);
    };
    Time low = 0, high = 100'000 * kDay;
    if (!reached(high)) return kNever;
    while (low < high) {
        const Time middle = (low + high) / 2;
        (reached(middle) ? high : low) = reached(middle) ? middle : middle + 1;
    }
    return low;
}

// ---- learning (15) ----

uint64_t Naive::scrap_threshold(uint32_t step) const {
    const uint64_t usual = m_.steps[step].scrap_threshold;
    if (m_.step_learning.empty()) return usual;
    return learned_threshold(usual, learned_factor(m_, m_.step_learning[step].scrap, now_, result_.pieces_shipped));
}

uint64_t Naive::rework_threshold(uint32_t step) const {
    const uint64_t usual = m_.steps[step].rework_threshold;
    if (m_.step_learning.empty()) return usual;
    return learned_threshold(usual, learned_factor(m_, m_.step_learning[step].rework, now_, result_.pieces_shipped));
}

Time Naive::learned(uint32_t step, Time time) const {
    if (m_.step_learning.empty() || m_.step_learning[step].process_time.empty()) return time;
    const double factor = learned_factor(m_, m_.step_learning[step].process_time, now_, result_.pieces_shipped);
    return learned_time(time, factor);
}

}  // namespace chipchain::testing
