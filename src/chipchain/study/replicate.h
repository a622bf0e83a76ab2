// Runs replications of one model on all cores. They share the model; each has its own state. The results do not depend
// on the number of threads: replication r is a pure function of (model, seed, r), and results are handed on in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "chipchain/sim/run.h"

namespace chipchain {

// Where the running replications are; written by the workers, read by whoever draws a progress line.
struct Progress {
    std::atomic<uint64_t> events{0};  // of finished and running replications
    std::atomic<int64_t> ticks{0};    // simulated, summed over finished and running replications
    std::atomic<uint32_t> finished{0};
    std::atomic<bool> stop{false};  // set it to end early: running replications are dropped, finished ones stay
};

struct ReplicateOptions {
    uint64_t seed = 1;
    uint32_t count = 1;    // replications 0 .. count - 1
    uint32_t threads = 0;  // 0: one per core; those above `count` share the regions of a line (sim/regions.h)
    Time horizon = -1;     // -1: the model's
    Time warmup = -1;      // -1: the model's
    bool fast_paths = true;
    std::vector<uint8_t> skip;  // [replication] 1: already known, not run again (resume); shorter: run the rest
    // Called with each result in order of replication, by one thread at a time; returns false to stop adding more.
    std::function<bool(RunResult&&)> on_result;
    Progress* progress = nullptr;
};

// Returns the number of results handed on. An exception of on_result is rethrown after all workers have ended.
uint32_t replicate(const Model& model, const ReplicateOptions& options);

// All results at once, for callers that keep them.
[[nodiscard]] std::vector<RunResult> replicate_all(const Model& model, ReplicateOptions options);

}  // namespace chipchain
