// Installs, shifts and shutdowns -> Model::tool_lives and Model::calendars.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/calendar.h"
#include "chipchain/model/compiler.h"
#include "chipchain/model/learning.h"

namespace chipchain {

namespace {

void need_calendars(Compiler& c) {
    c.model.calendars.resize(c.model.tool_groups.size());
    c.model.monthly = true;
}

// The tool groups of a row with scope, target and name, empty after reporting an unknown one.
template <class RowType>
std::vector<uint32_t> calendar_targets(Compiler& c, const RowType& row, std::string_view table, std::string_view what) {
    if (row.scope == CalendarScope::line) {
        std::vector<uint32_t> all(c.model.tool_groups.size());
        for (uint32_t g = 0; g < all.size(); ++g) all[g] = g;
        return all;
    }
    uint32_t area = kNoIndex;
    const Scope scope = row.scope == CalendarScope::area ? Scope::area : Scope::tool_group;
    return scope_targets(
        c,
        scope,
        row.target,
        fmt::format("{} '{}'", what, row.name),
        span_of(table, row, "target"),
        area);
}

// The group of an install row, or kNoIndex after reporting what is wrong with the row.
uint32_t install_group(Compiler& c, const ToolInstallSpec& row) {
    const uint32_t group = c.groups.find(row.tool_group);
    if (group == kNoIndex) {
        c.error(
            "unknown-tool-group",
            fmt::format("a tool install names tool group '{}', which is not declared", row.tool_group),
            span_of("tool_install", row, "tool_group"),
            one_of(c.groups.size(), "tool group"),
            near_help(row.tool_group, c.groups));
        return kNoIndex;
    }
    if (row.moved_out < row.date + row.qualification) {
        c.error(
            "moved-out-early",
            fmt::format("tools of group '{}' are moved out before they are qualified", row.tool_group),
            span_of("tool_install", row, "moved_out"),
            fmt::format("expected {} or later", iso_date(c.spec.line.start + row.date + row.qualification)));
    }
    if (row.moved_out != kNever && c.model.tool_groups[group].dedicated) {
        c.error(
            "moved-out-dedicated",
            fmt::format("tools of group '{}' are moved out, but lots are bound to its tools", row.tool_group),
            span_of("tool_install", row, "moved_out"),
            "expected a tool group that no dedicate_step binds lots to");
    }
    if (row.date + row.qualification > c.spec.line.horizon) {
        c.warning(
            "install-beyond-horizon",
            fmt::format(
                "{} tool{} of group '{}' {} qualified after the end of the run",
                row.tools,
                row.tools == 1 ? "" : "s",
                row.tool_group,
                row.tools == 1 ? "is" : "are"),
            span_of("tool_install", row, "date"),
            fmt::format("expected before {}", iso_date(c.spec.line.start + c.spec.line.horizon)),
            "make the horizon longer, or leave the tools out");
    }
    return group;
}

ToolLife tool_life(const Compiler& c, const ToolInstallSpec& row, uint32_t group) {
    ToolLife life;
    life.installed = row.date;
    Time qualification = row.qualification;
    if (!c.qualification_curves.empty()) {
        const double factor = learned_factor(c.model, c.qualification_curves[group], row.date, 0);
        qualification = learned_time(qualification, factor);
    }
    life.qualified = row.date + qualification;
    life.moved_out = row.moved_out == kNever ? kNever : std::max(row.moved_out, life.qualified);
    return life;
}

constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// Day 0..6 of a word, 7 when it is none.
size_t find_day(std::string_view word) {
    return static_cast<size_t>(std::find(std::begin(kDays), std::end(kDays), word) - std::begin(kDays));
}

// The days of "mon-fri sun" as bits, or -1 after reporting a word that is no day.
int days_of(Compiler& c, const ShiftSpec& row) {
    unsigned days = 0;
    std::string text = row.days;
    for (char& letter : text) {
        letter = letter == ',' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    for (size_t at = text.find_first_not_of(' '); at != std::string::npos;) {
        const size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        at = text.find_first_not_of(' ', end);
        const size_t dash = std::min(word.find('-'), word.size());
        const size_t first = find_day(word.substr(0, dash));
        const size_t last = dash == word.size() ? first : find_day(word.substr(dash + 1));
        if (first == 7 || last == 7) {
            const std::string bad = first == 7 ? word.substr(0, dash) : word.substr(dash + 1);
            const std::string near = nearest_name(bad, {std::begin(kDays), std::end(kDays)});
            c.error(
                "shift-days",
                fmt::format("shift '{}' works on '{}', which is no day of the week", row.name, bad),
                span_of("shift", row, "days"),
                "expected days as in \"mon-fri\" or \"mon wed sun\"",
                near.empty() ? std::string() : fmt::format("did you mean '{}'?", near));
            return -1;
        }
        for (size_t day = first;; day = (day + 1) % 7) {
            days |= 1U << day;
            if (day == last) break;
        }
    }
    return static_cast<int>(days);
}

}  // namespace

void compile_installs(Compiler& c) {
    Model& m = c.model;
    if (c.spec.tool_installs.empty()) return;
    need_calendars(c);
    m.tool_lives.resize(m.tool_count());
    // the rows of each group by date: the tool that arrives first has the lowest number
    std::vector<std::vector<const ToolInstallSpec*>> rows(m.tool_groups.size());
    for (const ToolInstallSpec& row : c.spec.tool_installs) {
        const uint32_t group = install_group(c, row);
        if (group != kNoIndex) rows[group].push_back(&row);
    }
    for (uint32_t g = 0; g < rows.size(); ++g) {
        std::stable_sort(rows[g].begin(), rows[g].end(), [](const ToolInstallSpec* a, const ToolInstallSpec* b) {
            return a->date < b->date;
        });
        int64_t named = 0;
        for (const ToolInstallSpec* row : rows[g]) named += row->tools;
        const auto tools = static_cast<int64_t>(m.tool_groups[g].tool_count);
        if (named > tools) {
            c.error(
                "install-too-many",
                fmt::format("{} tools of group '{}' are installed, but it has {}", named, m.tool_group_names[g], tools),
                span_of("tool_install", *rows[g].back(), "tools"),
                fmt::format("expected at most {} tools in all rows of the group", tools),
                "`tools` of the tool group is the final number");
            continue;
        }
        auto tool = m.tool_groups[g].first_tool + static_cast<uint32_t>(tools - named);
        m.calendars[g].used = named > 0;
        for (const ToolInstallSpec* row : rows[g]) {
            for (int64_t i = 0; i < row->tools; ++i) m.tool_lives[tool++] = tool_life(c, *row, g);
        }
    }
}

void compile_shifts(Compiler& c) {
    if (c.spec.shifts.empty()) return;
    need_calendars(c);
    // a group follows its own rows, else those of its area, else those of the line
    constexpr auto kNone = static_cast<CalendarScope>(3);
    std::vector<CalendarScope> closest(c.model.calendars.size(), kNone);
    for (const ShiftSpec& row : c.spec.shifts) {
        const int days = days_of(c, row);
        if (days == 0 || row.length <= 0 || row.staffed_percent <= 0) {
            c.error(
                "shift-staffs-nobody",
                fmt::format("shift '{}' never staffs a tool", row.name),
                span_of(
                    "shift",
                    row,
                    days == 0         ? "days"
                    : row.length <= 0 ? "length_h"
                                      : "staffed_percent"),
                days == 0 ? "expected at least one day" : "expected more than 0");
        }
        Shift shift;
        shift.days = static_cast<uint8_t>(std::max(days, 0));
        shift.begin = row.begin;
        shift.length = row.length;
        shift.staffed_ppm = static_cast<uint32_t>(std::max(1LL, std::llround(row.staffed_percent * 1e4)));
        for (const uint32_t g : calendar_targets(c, row, "shift", "shift")) {
            GroupCalendar& calendar = c.model.calendars[g];
            if (row.scope > closest[g]) continue;
            if (row.scope < closest[g]) calendar.shifts.clear();
            closest[g] = row.scope;
            calendar.shifts.push_back(shift);
            calendar.used = true;
        }
    }
}

void compile_shutdowns(Compiler& c) {
    if (c.spec.shutdowns.empty()) return;
    need_calendars(c);
    for (const ShutdownSpec& row : c.spec.shutdowns) {
        if (row.until <= row.from) {
            c.error(
                "out-of-range",
                fmt::format("shutdown '{}' ends before it begins", row.name),
                span_of("shutdown", row, "until"),
                fmt::format("expected a date after {}", iso_date(c.spec.line.start + row.from)));
        }
        for (const uint32_t g : calendar_targets(c, row, "shutdown", "shutdown")) {
            c.model.calendars[g].closures.push_back({row.from, row.until});
            c.model.calendars[g].used = true;
        }
    }
}

// The dates at which something changes, once each.
void finish_calendars(Compiler& c) {
    for (uint32_t g = 0; g < c.model.calendars.size(); ++g) {
        GroupCalendar& calendar = c.model.calendars[g];
        const ToolGroup& group = c.model.tool_groups[g];
        std::vector<Time>& dates = calendar.dates;
        for (const Closure& closure : calendar.closures) dates.insert(dates.end(), {closure.from, closure.until});
        for (uint32_t k = 0; k < group.tool_count && !c.model.tool_lives.empty(); ++k) {
            const ToolLife& life = c.model.tool_lives[group.first_tool + k];
            dates.insert(dates.end(), {life.installed, life.qualified, life.moved_out});
        }
        std::sort(dates.begin(), dates.end());
        dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
        if (!dates.empty() && dates.back() == kNever) dates.pop_back();
    }
}

}  // namespace chipchain
