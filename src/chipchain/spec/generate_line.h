// From a process (tables process, process_tool, operation, module of library/processes) to a line that can be
// simulated: tool groups with counts, routes, downs, maintenance, setups, batches, queue-time limits, dedications,
// sampling, rework, hot lots, initial WIP by Little's law, due dates. Recipe: fab facts 5.7.
#pragma once

#include <map>
#include <string>

#include "chipchain/spec/spec.h"

namespace chipchain {

struct LineParameters {
    std::string name;             // of the line; empty: the process'
    double pieces_per_month = 0;  // starts in 30 days; 0: the process'
    uint32_t products = 1;
    double units_per_piece = 0;              // 0: the process'
    std::map<std::string, int64_t> repeats;  // ModuleSpec::repeat_by -> count; a count that is not named is 1
    uint64_t seed = 1;
};

// Returns the line, the same on any machine. Ids: unknown-operation, unknown-process-tool, unknown-count, no-process,
// empty-module: all of them at once, with the process file's positions.
[[nodiscard]] Result<Spec> generate_line(const Spec& process, const LineParameters& parameters);

// The embedded processes (library/processes/*.toml) and their text. Ids: unknown-process with the nearest name.
[[nodiscard]] std::vector<std::string> embedded_processes();
[[nodiscard]] Result<Spec> embedded_process(std::string_view name);

// Minutes that one lot keeps a tool from the next one, and minutes of a lot inside an empty tool.
[[nodiscard]] double tool_minutes(const StepSpec& step, const ToolGroupSpec& group, int64_t pieces);
[[nodiscard]] double stay_minutes(const StepSpec& step, const ToolGroupSpec& group, int64_t pieces);

}  // namespace chipchain
