// chipchain explain: why a lot waited, what a tool did, why lots are late, what a message means. Each answer simulates
// one replication again with a recorder, which changes no trajectory.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/report/explain_text.h"
#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain {

namespace {

RunResult record(const Model& model, const ExplainChoices& c, Recorder& recorder) {
    RunOptions options;
    options.seed = c.seed;
    options.replication = c.replication;
    options.horizon = ticks_or_model(c.days);
    options.recorder = &recorder;
    return run(model, options);
}

int unknown(const char* what, const std::string& name, const std::vector<std::string>& names, const char* otherwise) {
    const std::string near = nearest_name(name, names);
    fmt::print(
        stderr,
        "error: there is no {} '{}'\nhelp: {}\n",
        what,
        name,
        near.empty() ? otherwise : fmt::format("did you mean '{}'?", near));
    return kExitMistake;
}

// A whole number, or UINT32_MAX.
uint32_t parse_count(const std::string& text) {
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return UINT32_MAX;
    return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

uint32_t index_of(const std::vector<std::string>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? UINT32_MAX : static_cast<uint32_t>(found - names.begin());
}

int explain_lot(const Model& m, const ExplainChoices& c) {
    Recorder recorder;
    recorder.lots = recorder.shipped = true;
    // "lot_a/17": the 17th lot released of that type; a name: an initial lot; a number: a serial number
    const size_t slash = c.name.rfind('/');
    const uint32_t type = slash == std::string::npos ? UINT32_MAX : index_of(m.lot_type_names, c.name.substr(0, slash));
    const uint32_t initial = index_of(m.wip_lot_names, c.name);
    if (initial != UINT32_MAX) {
        recorder.only_lot = initial;
    } else if (type != UINT32_MAX && parse_count(c.name.substr(slash + 1)) - 1 < UINT32_MAX - 1) {
        recorder.only_type = type;
        recorder.only_number = parse_count(c.name.substr(slash + 1)) - 1;
    } else if (parse_count(c.name) != UINT32_MAX) {
        recorder.only_lot = parse_count(c.name);
    } else {
        return unknown(
            "lot",
            c.name,
            m.lot_type_names,
            "a serial number, TYPE/NUMBER such as lot_a/17, or the name of an initial lot");
    }
    (void)record(m, c, recorder);
    if (recorder.lot_intervals.empty()) {
        fmt::print(stderr, "error: lot '{}' does not enter the line, or completes no step, in this run\n", c.name);
        return kExitMistake;
    }
    fmt::print("{}", lot_text(m, recorder, c.name, window_width()));
    return kExitGood;
}

int explain_tool(const Model& m, const ExplainChoices& c) {
    const size_t slash = c.name.rfind('/');
    uint32_t group = index_of(m.tool_group_names, c.name);
    uint32_t number = 0;  // 0: all tools
    if (group == UINT32_MAX && slash != std::string::npos) {
        group = index_of(m.tool_group_names, c.name.substr(0, slash));
        number = parse_count(c.name.substr(slash + 1));
    }
    if (group == UINT32_MAX) return unknown("tool group", c.name, m.tool_group_names, "a tool group, or GROUP/NUMBER");
    if (number == UINT32_MAX || number > m.tool_groups[group].tool_count ||
        (number == 0 && slash != std::string::npos && c.name != m.tool_group_names[group])) {
        fmt::print(stderr, "error: {} has tools 1 to {}\n", m.tool_group_names[group], m.tool_groups[group].tool_count);
        return kExitMistake;
    }
    Recorder recorder;
    recorder.tools = true;
    recorder.only_group = group;
    const RunResult result = record(m, c, recorder);
    fmt::print("{}", tool_text(m, result, recorder, group, number, window_width()));
    return kExitGood;
}

int explain_late(const Model& m, const ExplainChoices& c) {
    const uint32_t type = index_of(m.lot_type_names, c.name);
    if (!c.name.empty() && type == UINT32_MAX)
        return unknown("lot type", c.name, m.lot_type_names, "chipchain check names the lot types");
    Recorder recorder;
    recorder.deliveries = true;
    const RunResult result = record(m, c, recorder);
    fmt::print("{}", late_text(m, result, recorder, type, window_width()));
    return kExitGood;
}

}  // namespace

int explain_verb(const ExplainChoices& c) {
    const bool question = c.what == "lot" || c.what == "tool" || c.what == "late";
    if (!question) {
        fmt::print("{}", explain(c.what));
        return find_diagnostic(c.what) != nullptr ? kExitGood : kExitMistake;
    }
    if (c.name.empty() && c.what != "late") {
        fmt::print(stderr, "error: which {}?\nhelp: chipchain explain {} NAME --model MODEL\n", c.what, c.what);
        return kExitMistake;
    }
    const std::optional<Loaded> loaded = load_model(c.model, true);
    if (!loaded || !check_window(loaded->model, c.days, -1)) return kExitMistake;
    if (c.what == "lot") return explain_lot(loaded->model, c);
    if (c.what == "tool") return explain_tool(loaded->model, c);
    return explain_late(loaded->model, c);
}

}  // namespace chipchain
