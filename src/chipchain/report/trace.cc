#include "chipchain/report/trace.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chipchain {

namespace {

constexpr std::array<std::string_view, kToolStates> kStateNames = {
    "productive",
    "standby_no_wip",
    "standby_with_wip",
    "standby_reserved",
    "engineering",
    "setup",
    "maintenance",
    "down",
    "nonscheduled"};
constexpr std::array<std::string_view, 3> kPhaseNames = {"transport", "queue", "process"};

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

}  // namespace

std::string_view tool_state_name(ToolState state) { return kStateNames[static_cast<size_t>(state)]; }

std::string trace_text(const Model& m, const Recorder& record) {
    // process ids: tool group + 1; lots stand under one process behind them
    const size_t lots_pid = m.tool_groups.size() + 1;
    std::string out = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
    const auto line = [&out](const std::string& text) { out += text + ",\n"; };
    std::set<uint32_t> groups;
    for (const ToolInterval& x : record.tool_intervals) groups.insert(m.tool_to_group[x.tool]);
    for (const uint32_t g : groups) {
        line(fmt::format(
            R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})",
            g + 1,
            quoted(m.tool_group_names[g])));
    }
    for (const ToolInterval& x : record.tool_intervals) {
        const uint32_t g = m.tool_to_group[x.tool];
        const std::string lot = x.lot == UINT32_MAX ? "" : fmt::format(R"(,"args":{{"lot":{}}})", x.lot);
        line(fmt::format(
            R"({{"ph":"X","name":"{}","cat":"tool","pid":{},"tid":{},"ts":{},"dur":{}{}}})",
            tool_state_name(x.state),
            g + 1,
            x.tool - m.tool_groups[g].first_tool + 1,
            x.begin,
            x.end - x.begin,
            lot));
    }
    if (!record.lot_intervals.empty()) {
        line(fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":"lots"}}}})", lots_pid));
    }
    for (const LotInterval& x : record.lot_intervals) {
        const Step& step = m.steps[x.step];
        const std::string name =
            m.step_names[x.step].empty() ? fmt::format("step {}", step.number) : m.step_names[x.step];
        line(fmt::format(
            R"({{"ph":"X","name":"{}","cat":"lot","pid":{},"tid":{},"ts":{},"dur":{},"args":{{"step":{},"tool_group":{}}}}})",
            kPhaseNames[static_cast<size_t>(x.phase)],
            lots_pid,
            x.lot,
            x.begin,
            x.end - x.begin,
            quoted(name),
            quoted(m.tool_group_names[step.tool_group])));
    }
    line(fmt::format(
        R"({{"ph":"M","name":"trace_info","pid":0,"args":{{"model":{},"model_hash":"{:016x}"}}}})",
        quoted(m.name),
        m.hash));
    out.erase(out.size() - 2, 1);
    return out + "]}\n";
}

}  // namespace chipchain
