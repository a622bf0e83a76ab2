// From a process (spec/process.h) to a line that can be simulated: tool groups with counts, routes, downs, maintenance,
// setups, batches, queue-time limits, dedications, sampling, rework, hot lots, initial WIP by Little's law, due dates.
// Recipe: fab facts 5.7. A line of several factories has each factory's tools and routes, and routes that change the
// factory between front end and back end.
#pragma once

#include <string>
#include <vector>

#include "chipchain/spec/process.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

struct LineParameters {
    std::string name;             // of the line; empty: the process'
    double pieces_per_month = 0;  // starts in 30 days; 0: the process'
    uint32_t products = 1;
    uint32_t factories = 1;
    double transfer_percent = 0;  // share of a factory's starts of product 1 that end in the next factory
    int64_t tools_each = 0;       // tools of each group; 0: as many as the starts need
    uint64_t seed = 1;
};

// Returns the line, the same on any machine. Never fails for a process that resolve_process() accepted. REQUIRES that
// the parameters or the process name starts above 0.
[[nodiscard]] Spec generate_line(const Process& process, const LineParameters& parameters);

// The line of a process of the library with its parameters as they stand. Ids: those of embedded_process().
[[nodiscard]] Result<Spec> library_line(std::string_view process, const LineParameters& parameters);

// What one class of tools has to do, and the tools for it.
struct ClassLoad {
    std::string name;
    double minutes_per_piece = 0;  // of tool time, samples weighted
    double visits = 0;             // of a piece
    double tools = 0;              // that the starts need at the planned utilisation, unrounded
    double pieces_per_h = 0;       // that one tool of the class could make: 60 / minutes_per_piece, when always up
    std::string source;            // "assumption: ...", "published: ..."
};

// Loads of all classes for one line, heaviest minutes_per_piece first: the first row is the bottleneck of a line with
// one tool of each class.
[[nodiscard]] std::vector<ClassLoad> class_loads(const Process& process, double pieces_per_month);

// Minutes that one lot keeps a tool from the next one, and minutes of a lot inside an empty tool.
[[nodiscard]] double tool_minutes(const StepSpec& step, const ToolGroupSpec& group, int64_t pieces);
[[nodiscard]] double stay_minutes(const StepSpec& step, const ToolGroupSpec& group, int64_t pieces);

}  // namespace chipchain
