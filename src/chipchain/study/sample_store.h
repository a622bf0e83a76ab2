// Samples of replications in one SQLite file, each written as a whole as soon as it is there: after a kill the file
// holds everything that was finished, and nothing twice.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "chipchain/study/chain_sample.h"

namespace chipchain {

class SampleStore {
 public:
    // Opens or makes the file, with its folder. Throws std::runtime_error when that fails.
    explicit SampleStore(const std::string& path);
    ~SampleStore();
    SampleStore(const SampleStore&) = delete;
    SampleStore& operator=(const SampleStore&) = delete;

    // Removes the file with what SQLite keeps beside it.
    static void remove(const std::string& path);

    // Those of this key with first <= replication < first + count, by replication. A row that cannot be read is left
    // out and simulated again.
    [[nodiscard]] std::vector<ChainSample> read(const std::string& key, uint32_t first, uint32_t count);
    // Safe from any thread. Throws std::runtime_error when the file cannot be written.
    void add(const std::string& key, const ChainSample& sample);

 private:
    struct Database;
    std::unique_ptr<Database> database_;
    std::mutex mutex_;
};

}  // namespace chipchain
