// Runs replications of a chain on all cores: Monte Carlo over demand, yields, delays and outages. Replication r is a
// pure function of (model, schedule, options, r), so that two schedules or two scenarios are compared with common
// random numbers, on any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "chipchain/chain/chain_run.h"

namespace chipchain {

struct ChainReplicateOptions {
    ChainRunOptions run;   // `replication` is that of the first
    uint32_t count = 1;    // replications
    uint32_t threads = 0;  // 0: one per core
    std::vector<uint8_t>
        skip;  // [number from the first] 1: already known, not run again (resume); shorter: run the rest
    // Called with each result in order of replication, by one thread at a time; returns false to stop adding more.
    std::function<bool(ChainResult&&)> on_result;
    std::atomic<bool>* stop = nullptr;  // set it to end early: running replications are dropped
};

// Returns the number of results handed on; each has kept its identities. An exception of on_result is rethrown after
// all workers have ended.
uint32_t replicate_chain(const ChainModel& model, const ChainSchedule& schedule, const ChainReplicateOptions& options);

// All results at once, for callers that keep them.
[[nodiscard]] std::vector<ChainResult>
replicate_chain_all(const ChainModel& model, const ChainSchedule& schedule, ChainReplicateOptions options);

}  // namespace chipchain
