// A second line simulator, written from docs/semantics.md alone: events in a std::set, lots and tools in plain vectors,
// every decision by looking at everything. It shares no code with src/chipchain/sim and is about a hundred times
// slower. A disagreement of the two is a mistake in the engine, in this twin, or a gap in the page.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/model/model.h"
#include "chipchain/sim/result.h"

namespace chipchain::testing {

// One event that entered the trajectory hash.
struct TraceLine {
    Time time = 0;
    uint64_t a = 0;
    uint64_t b = 0;
    std::string text;
};

struct NaiveOptions {
    uint64_t seed = 1;
    uint32_t replication = 0;
    Time horizon = -1;  // -1: the model's
    bool trace = false;
    uint64_t most_events = UINT64_MAX;  // the run ends before the instant that would exceed it; see NaiveResult::end
};

struct NaiveStep {
    uint64_t visits = 0;
    Time queue_time = 0;
    Time process_time = 0;
    uint64_t reworks = 0;
    uint64_t scraps = 0;
};

struct NaiveWindow {
    uint64_t closed = 0;
    uint64_t violated = 0;
    Time excess = 0;
};

// What the twin compares with RunResult. Counts of the whole run, the vectors of the statistics window.
struct NaiveResult {
    uint64_t fingerprint = 0;
    uint64_t events = 0;
    uint64_t moves = 0;
    uint64_t released = 0;
    uint64_t shipped = 0;
    uint64_t pieces_shipped = 0;
    uint64_t scrapped = 0;
    uint64_t inside = 0;
    int64_t wip_area = 0;
    Time end = 0;                                       // the horizon, or the last instant that most_events allows
    std::vector<std::array<Time, kToolStates>> states;  // [tool group]
    std::vector<uint64_t> arrivals;                     // [tool group]
    std::vector<uint64_t> setups;                       // [tool group]
    std::vector<NaiveStep> steps;
    std::vector<NaiveWindow> windows;
    std::vector<Time> cycle_time;         // [lot type] sum, initial lots too
    std::vector<std::string> complaints;  // e.g. a start that was possible was not made
    std::vector<TraceLine> trace;
};

[[nodiscard]] NaiveResult run_naive(const Model& model, const NaiveOptions& options);

}  // namespace chipchain::testing
