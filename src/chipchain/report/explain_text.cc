#include "chipchain/report/explain_text.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/report/text_table.h"
#include "chipchain/report/trace.h"

namespace chipchain {

namespace {

double percent(Time part, Time whole) {
    return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string day(Time t) { return fmt::format("{:.2f}", in_days(t)); }

std::string step_label(const Model& m, uint32_t step) {
    const std::string number = fmt::format("{}", m.steps[step].number);
    const std::string& name = m.step_names[step];
    if (name.empty()) return number;
    return name.find(number) == std::string::npos ? number + " " + name : name;
}

struct Phases {
    Time transport = 0, queue = 0, process = 0;
};

Phases add_up(const Recorder& record) {
    Phases sum;
    for (const LotInterval& x : record.lot_intervals) {
        Time& part = x.phase == LotPhase::transport ? sum.transport
                     : x.phase == LotPhase::queue   ? sum.queue
                                                    : sum.process;
        part += x.end - x.begin;
    }
    return sum;
}

std::string lot_head(const Model& m, const Recorder& record, const std::string& name) {
    const LotInterval& first = record.lot_intervals.front();
    const Time left =
        std::max_element(record.lot_intervals.begin(), record.lot_intervals.end(), [](const auto& a, const auto& b) {
            return a.end < b.end;
        })->end;
    std::string out =
        fmt::format("lot {} (serial {}, route {})", name, first.lot, m.route_names[m.steps[first.step].route]);
    for (const ShippedLot& x : record.shipped_lots) {
        if (x.lot != first.lot) continue;
        const Time late = x.out - x.due;
        return out + fmt::format(
                         ": {} on day {} after {} days, due on day {}, {}\n",
                         x.scrapped ? "scrapped" : "shipped",
                         day(x.out),
                         day(x.out - x.release),
                         day(x.due),
                         late > 0 ? fmt::format("{} days late", day(late)) : fmt::format("{} days early", day(-late)));
    }
    return out + fmt::format(": still in the line; its last step ended on day {}\n", day(left));
}

}  // namespace

std::string wait_reason(const LotInterval& wait) {
    const Time all = std::accumulate(wait.tools.begin(), wait.tools.end(), Time{0});
    const auto share = [&](ToolState state) { return percent(wait.tools[static_cast<size_t>(state)], all); };
    std::string out = fmt::format("tools busy {:.0f} %", share(ToolState::productive) + share(ToolState::setup));
    const std::pair<double, const char*> parts[] = {
        {share(ToolState::down), "down"},
        {share(ToolState::maintenance), "in maintenance"},
        {share(ToolState::standby_reserved), "reserved"},
        {share(ToolState::standby_no_wip) + share(ToolState::standby_with_wip), "idle but not for this lot"}};
    for (const auto& [value, word] : parts) {
        if (value >= 0.5) out += fmt::format(", {} {:.0f} %", word, value);
    }
    if (wait.passed_by > 0)
        out += fmt::format("; {} lot{} overtook it", wait.passed_by, wait.passed_by == 1 ? "" : "s");
    return out;
}

std::string lot_text(const Model& m, const Recorder& record, const std::string& name, size_t width) {
    const Phases sum = add_up(record);
    const Time all = sum.transport + sum.queue + sum.process;
    std::string out = lot_head(m, record, name);
    out += fmt::format(
        "time in completed steps: waiting {} d ({:.0f} %), process {} d ({:.0f} %), transport {} d ({:.0f} %)\n\n",
        day(sum.queue),
        percent(sum.queue, all),
        day(sum.process),
        percent(sum.process, all),
        day(sum.transport),
        percent(sum.transport, all));
    std::vector<const LotInterval*> waits;
    for (const LotInterval& x : record.lot_intervals) {
        if (x.phase == LotPhase::queue && x.end > x.begin) waits.push_back(&x);
    }
    std::stable_sort(waits.begin(), waits.end(), [](const LotInterval* a, const LotInterval* b) {
        return a->end - a->begin > b->end - b->begin;
    });
    TextTable table(
        {{"longest waits: step", true},
         {"tool group", true},
         {"from day", false, 2},
         {"wait h"},
         {"% of waiting", false, 1},
         {"meanwhile", true}});
    for (size_t i = 0; i < std::min<size_t>(waits.size(), 12); ++i) {
        const LotInterval& x = *waits[i];
        table.add(
            {step_label(m, x.step),
             m.tool_group_names[m.steps[x.step].tool_group],
             day(x.begin),
             fmt::format("{:.2f}", in_hours(x.end - x.begin)),
             fmt::format("{:.1f}", percent(x.end - x.begin, sum.queue)),
             wait_reason(x)});
    }
    out += waits.empty() ? "it never waited\n" : table.render(width);
    std::map<uint32_t, Time> by_group;
    for (const LotInterval* x : waits) by_group[m.steps[x->step].tool_group] += x->end - x->begin;
    std::vector<std::pair<Time, uint32_t>> groups;
    for (const auto& [group, time] : by_group) groups.emplace_back(time, group);
    std::sort(groups.rbegin(), groups.rend());
    if (groups.size() > 1) out += "\nit waited most at";
    for (size_t i = 0; groups.size() > 1 && i < std::min<size_t>(groups.size(), 5); ++i) {
        out +=
            fmt::format("{} {} ({} d)", i > 0 ? "," : "", m.tool_group_names[groups[i].second], day(groups[i].first));
    }
    return out + (groups.size() > 1 ? "\n" : "");
}

std::string tool_text(
    const Model& m,
    const RunResult& result,
    const Recorder& record,
    uint32_t group,
    uint32_t number,
    size_t width) {
    const ToolGroup& g = m.tool_groups[group];
    const auto wanted = [&](uint32_t tool) { return number == 0 || tool == g.first_tool + number - 1; };
    struct Sum {
        uint64_t count = 0;
        Time total = 0, longest = 0;
    };
    std::array<Sum, kToolStates> sums{};
    std::vector<const ToolInterval*> stops;
    for (const ToolInterval& x : record.tool_intervals) {
        if (!wanted(x.tool)) continue;
        Sum& sum = sums[static_cast<size_t>(x.state)];
        ++sum.count;
        sum.total += x.end - x.begin;
        sum.longest = std::max(sum.longest, x.end - x.begin);
        if (x.state == ToolState::down || x.state == ToolState::maintenance) stops.push_back(&x);
    }
    const uint32_t tools = number == 0 ? g.tool_count : 1;
    Time all = 0;
    for (const Sum& sum : sums) all += sum.total;
    std::string out = fmt::format(
        "{}{}: {} tool{} in area {}, {} days\n\n",
        m.tool_group_names[group],
        number == 0 ? "" : fmt::format("/{}", number),
        tools,
        tools == 1 ? "" : "s",
        m.area_names[g.area],
        short_number(in_days(result.end)));
    TextTable states({{"state", true}, {"% of time"}, {"times"}, {"mean h"}, {"longest h"}});
    for (size_t i = 0; i < kToolStates; ++i) {
        if (sums[i].count == 0) continue;
        states.add(
            {std::string(tool_state_name(static_cast<ToolState>(i))),
             fmt::format("{:.2f}", percent(sums[i].total, all)),
             grouped(static_cast<int64_t>(sums[i].count)),
             fmt::format("{:.2f}", in_hours(sums[i].total) / static_cast<double>(sums[i].count)),
             fmt::format("{:.2f}", in_hours(sums[i].longest))});
    }
    out += states.render(width);
    std::stable_sort(stops.begin(), stops.end(), [](const ToolInterval* a, const ToolInterval* b) {
        return a->end - a->begin > b->end - b->begin;
    });
    TextTable table({{"longest stops: tool", true}, {"state", true}, {"from day"}, {"hours"}});
    for (size_t i = 0; i < std::min<size_t>(stops.size(), 8); ++i) {
        table.add(
            {fmt::format("{}/{}", m.tool_group_names[group], stops[i]->tool - g.first_tool + 1),
             std::string(tool_state_name(stops[i]->state)),
             day(stops[i]->begin),
             fmt::format("{:.2f}", in_hours(stops[i]->end - stops[i]->begin))});
    }
    const ToolGroupResult& r = result.tool_groups[group];
    out += stops.empty() ? "" : "\n" + table.render(width);
    const double visits = static_cast<double>(std::max<uint64_t>(r.visits, 1));
    return out + fmt::format(
                     "\nthe group completed {} visits; a lot waits {:.2f} h on average, {:.2f} h at most; {:.1f} lots "
                     "wait on average\n",
                     grouped(static_cast<int64_t>(r.visits)),
                     in_hours(r.queue_time) / visits,
                     in_hours(r.queue_time_longest),
                     result.window > 0 ? static_cast<double>(r.queue_area) / static_cast<double>(result.window) : 0.0);
}

namespace {

std::string late_type(
    const Model& m,
    const RunResult& result,
    const DeliveryRecord& late,
    const DeliveryRecord& good,
    uint32_t type,
    size_t width) {
    const uint64_t lots = late.lots + good.lots;
    if (lots == 0) return fmt::format("{}: no lot released in the run was shipped\n", m.lot_type_names[type]);
    std::string out = fmt::format(
        "{}: {} of {} lots are late ({:.1f} %)",
        m.lot_type_names[type],
        grouped(static_cast<int64_t>(late.lots)),
        grouped(static_cast<int64_t>(lots)),
        100 * static_cast<double>(late.lots) / static_cast<double>(lots));
    if (late.lots == 0) return out + "\n";
    out += fmt::format(", by {:.2f} d on average", in_days(late.lateness) / static_cast<double>(late.lots));
    if (good.lots == 0) return out + "; none is on time: the due dates leave no room for the waiting below\n";
    struct Row {
        double late_d, good_d;
        uint32_t group;
    };
    std::vector<Row> rows;
    double total = 0;
    for (uint32_t g = 0; g < m.tool_groups.size(); ++g) {
        const Row row{
            in_days(late.groups[g].stay) / static_cast<double>(late.lots),
            in_days(good.groups[g].stay) / static_cast<double>(good.lots),
            g};
        total += row.late_d - row.good_d;
        rows.push_back(row);
    }
    out += fmt::format(". They were {:.2f} d longer in the line than lots on time:\n", total);
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        return a.late_d - a.good_d > b.late_d - b.good_d;
    });
    TextTable table(
        {{"tool group", true},
         {"late lots d"},
         {"on time d"},
         {"longer d"},
         {"% of it"},
         {"util %", false, 1},
         {"down + PM %", false, 2}});
    for (size_t i = 0; i < std::min<size_t>(rows.size(), 8); ++i) {
        const Row& row = rows[i];
        if (row.late_d - row.good_d <= 0) break;
        const ToolResult& tool = result.tool_groups[row.group].total;
        const auto at = [&tool](ToolState state) { return tool.time[static_cast<size_t>(state)]; };
        const Time all = std::accumulate(tool.time.begin(), tool.time.end(), Time{0});
        const Time stopped = at(ToolState::down) + at(ToolState::maintenance);
        table.add(
            {m.tool_group_names[row.group],
             fmt::format("{:.2f}", row.late_d),
             fmt::format("{:.2f}", row.good_d),
             fmt::format("{:+.2f}", row.late_d - row.good_d),
             total > 0 ? fmt::format("{:.0f}", 100 * (row.late_d - row.good_d) / total) : "-",
             fmt::format("{:.1f}", percent(at(ToolState::productive) + at(ToolState::setup), all - stopped)),
             fmt::format("{:.1f}", percent(stopped, all))});
    }
    return out + table.render(width);
}

}  // namespace

std::string late_text(const Model& m, const RunResult& result, const Recorder& record, uint32_t type, size_t width) {
    std::string out;
    for (uint32_t i = 0; i < m.lot_types.size(); ++i) {
        if (type != UINT32_MAX && i != type) continue;
        const DeliveryRecord none;
        const DeliveryRecord& late = i < record.late.size() ? record.late[i] : none;
        const DeliveryRecord& good = i < record.on_time.size() ? record.on_time[i] : none;
        out += (out.empty() ? "" : "\n") + late_type(m, result, late, good, i, width);
    }
    return out;
}

}  // namespace chipchain
