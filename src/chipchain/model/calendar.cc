#include "chipchain/model/calendar.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace chipchain {

namespace {

constexpr Time kWeek = 7 * kDay;

Time floor_to(Time t, Time unit) { return t - ((t % unit) + unit) % unit; }

// Does a shift begin on the day that begins at `day` ticks since 1970-01-01, a Thursday?
bool begins_on(const Shift& shift, Time day) {
    const Time weekday = (((day / kDay + 3) % 7) + 7) % 7;
    return (shift.days >> weekday & 1) != 0;
}

// Tools of `tools` that have a crew at `date` (ticks since 1970).
uint32_t staffed_tools(const GroupCalendar& calendar, Time date, uint32_t tools) {
    if (calendar.shifts.empty()) return tools;
    uint64_t ppm = 0;
    for (const Shift& shift : calendar.shifts) {
        // the shift of today and that of yesterday
        for (Time day = floor_to(date, kDay) - kDay; day <= date; day += kDay) {
            const Time begin = day + shift.begin;
            if (begins_on(shift, day) && begin <= date && date < begin + shift.length) ppm += shift.staffed_ppm;
        }
    }
    return static_cast<uint32_t>((std::min<uint64_t>(ppm, 1'000'000) * tools + 999'999) / 1'000'000);
}

bool is_closed(const GroupCalendar& calendar, Time now) {
    return std::any_of(calendar.closures.begin(), calendar.closures.end(), [now](const Closure& c) {
        return c.from <= now && now < c.until;
    });
}

ToolLife life_of(const Model& m, uint32_t tool) { return m.tool_lives.empty() ? ToolLife() : m.tool_lives[tool]; }

}  // namespace

void group_schedule(const Model& m, uint32_t group_id, Time now, std::vector<Schedule>& out) {
    const ToolGroup& group = m.tool_groups[group_id];
    const GroupCalendar& calendar = m.calendars[group_id];
    out.assign(group.tool_count, Schedule::nonscheduled);
    uint32_t qualified = 0;
    for (uint32_t k = 0; k < group.tool_count; ++k) {
        const ToolLife life = life_of(m, group.first_tool + k);
        if (now < life.installed || now >= life.moved_out) continue;
        if (now < life.qualified) {
            out[k] = Schedule::engineering;
        } else {
            out[k] = Schedule::open;
            ++qualified;
        }
    }
    uint32_t staffed = is_closed(calendar, now) ? 0 : staffed_tools(calendar, m.start + now, qualified);
    for (Schedule& tool : out) {
        if (tool != Schedule::open) continue;
        if (staffed > 0) {
            --staffed;
        } else {
            tool = Schedule::nonscheduled;
        }
    }
}

Time next_calendar_change(const Model& m, uint32_t group, Time now) {
    const GroupCalendar& calendar = m.calendars[group];
    const auto date = std::upper_bound(calendar.dates.begin(), calendar.dates.end(), now);
    Time next = date == calendar.dates.end() ? kNever : *date;
    const Time today = floor_to(m.start + now, kDay);
    for (const Shift& shift : calendar.shifts) {
        for (Time day = today - kDay; day <= today + kWeek; day += kDay) {
            if (!begins_on(shift, day)) continue;
            for (const Time at : {day + shift.begin - m.start, day + shift.begin + shift.length - m.start}) {
                if (at > now) next = std::min(next, at);
            }
        }
    }
    return next;
}

Time next_opening(const Model& m, uint32_t tool, Time now, std::vector<Schedule>& scratch) {
    const uint32_t group = m.tool_to_group[tool];
    const GroupCalendar& calendar = m.calendars[group];
    // behind the last date every week is like the next one
    const Time last = std::max(now, calendar.dates.empty() ? now : calendar.dates.back()) + 2 * kWeek;
    for (Time at = next_calendar_change(m, group, now); at <= last; at = next_calendar_change(m, group, at)) {
        group_schedule(m, group, at, scratch);
        if (scratch[tool - m.tool_groups[group].first_tool] == Schedule::open) return at;
    }
    return kNever;
}

Time qualified_since(const Model& m, uint32_t tool) { return std::max<Time>(life_of(m, tool).qualified, 0); }

ToolCounts count_tools(const Model& m, Time now) {
    ToolCounts counts;
    for (uint32_t t = 0; t < m.tool_count(); ++t) {
        const ToolLife life = life_of(m, t);
        if (now < life.installed || now >= life.moved_out) continue;
        ++counts.installed;
        if (now >= life.qualified) ++counts.qualified;
    }
    return counts;
}

double staffed_share(const GroupCalendar& calendar) {
    if (calendar.shifts.empty()) return 1;
    double share = 0;
    for (const Shift& shift : calendar.shifts) {
        const double days = std::popcount(shift.days);
        share += days * static_cast<double>(shift.length) / static_cast<double>(kWeek) * 1e-6 * shift.staffed_ppm;
    }
    return std::min(share, 1.0);
}

std::vector<Time> month_starts(Time start, Time horizon) {
    std::vector<Time> out;
    const std::string date = iso_date(start);
    int year = std::stoi(date.substr(0, date.find('-', 1)));
    int month = std::stoi(date.substr(date.find('-', 1) + 1, 2));
    for (;;) {
        year += month / 12;
        month = month % 12 + 1;
        const Time at = civil_to_ticks(year, month, 1, 0, 0, 0) - start;
        if (at >= horizon) return out;
        out.push_back(at);
    }
}

}  // namespace chipchain
