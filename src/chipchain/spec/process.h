// A process of the library made ready: base processes merged in, parameters set, tool times computed, modules expanded
// to the sequence of operations that a piece goes through. generate_line() makes lines from it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "chipchain/spec/spec.h"

namespace chipchain {

// One operation of one pass of a module. The indices are rows of Process::rows.
struct Visit {
    uint32_t operation = 0;
    uint32_t module = 0;
    uint32_t tool = 0;  // class
    int64_t pass = 0;
    int64_t rework_step = 0;  // 1..; 0: none
};

struct Process {
    Spec rows;                         // tables process, process_parameter, process_tool, operation, module; merged
    std::vector<double> tool_minutes;  // [process_tool] mean process time of a piece, lot or batch
    std::vector<Visit> visits;         // in sequence
    std::vector<std::string> changed;  // names of the parameters that the caller set

    [[nodiscard]] const ProcessSpec& head() const { return rows.processes.front(); }
    // The value of a parameter. REQUIRES that it exists.
    [[nodiscard]] double parameter(std::string_view name) const;
};

// Merges the base processes, sets `values`, checks all references. Ids: no-process, unknown-process, unknown-parameter,
// unknown-process-tool, unknown-operation, unknown-rework, process-cycle, empty-module, no-time: all of them at once,
// with positions in the file of `process`; mistakes inside an embedded base carry no position.
[[nodiscard]] Result<Process> resolve_process(const Spec& process, const std::map<std::string, double>& values);

struct EmbeddedProcessInfo {
    std::string name;
    std::string note;
};

// The embedded processes (library/processes/NAME/process.toml).
[[nodiscard]] std::vector<EmbeddedProcessInfo> embedded_processes();
// Id: unknown-process with the nearest name.
[[nodiscard]] Result<Spec> embedded_process(std::string_view name);

}  // namespace chipchain
