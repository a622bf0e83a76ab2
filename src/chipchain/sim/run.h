// Runs one replication of a model. The same (model, seed, replication) gives the same result and fingerprint on any
// number of threads, with any supported compiler and optimisation level. Rules: docs/semantics.md.
#pragma once

#include <cstdint>

#include "chipchain/model/model.h"
#include "chipchain/sim/record.h"
#include "chipchain/sim/result.h"

namespace chipchain {

// Called about once per simulated day; returns false to stop early (the result then covers the time up to there).
using ProgressFunction = bool (*)(void* context, Time now, uint64_t events, uint64_t inside);

struct RunOptions {
    uint64_t seed = 1;
    uint32_t replication = 0;
    Time horizon = -1;       // -1: the model's
    Time warmup = -1;        // -1: the model's
    uint32_t threads = 1;    // for the regions of a line (sim/regions.h)
    bool fast_paths = true;  // false: scan every queue instead of keeping it sorted; same fingerprint
    Recorder* recorder = nullptr;
    ProgressFunction progress = nullptr;
    void* progress_context = nullptr;
};

[[nodiscard]] RunResult run(const Model& model, const RunOptions& options);

}  // namespace chipchain
