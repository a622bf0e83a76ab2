// Many futures of one schedule, reduced to samples, on all cores. Samples that a file holds already are not simulated
// again: a study that was stopped goes on where it was, with the same figures.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/study/chain_sample.h"

namespace chipchain {

struct SampleOptions {
    uint64_t seed = 1;
    uint32_t first = 0;  // replications first .. first + count - 1
    uint32_t count = 1;
    uint32_t threads = 0;               // 0: one per core
    std::string file;                   // SQLite file of samples; empty: none
    std::atomic<bool>* stop = nullptr;  // set it to end with what is done
};

// In order of replication; fewer when stopped. Equal for any number of threads. Throws std::runtime_error when the file
// cannot be written.
[[nodiscard]] std::vector<ChainSample>
simulate_samples(const ChainModel& model, const ChainSchedule& schedule, const SampleOptions& options);

}  // namespace chipchain
