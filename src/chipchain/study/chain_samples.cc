#include "chipchain/study/chain_samples.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "chipchain/base/version.h"
#include "chipchain/study/chain_replicate.h"
#include "chipchain/study/sample_store.h"

namespace chipchain {

namespace {

// What a stored sample belongs to: the same model, schedule, seed and program give the same sample.
std::string sample_key(const ChainModel& model, const ChainSchedule& schedule, uint64_t seed) {
    XXH64_hash_t hash = model.hash;
    const auto add = [&](const std::vector<double>& values) {
        hash = XXH3_64bits_withSeed(values.data(), values.size() * sizeof(double), hash);
    };
    for (const Series2* group : {&schedule.starts, &schedule.shipped, &schedule.stock}) {
        for (const std::vector<double>& values : *group) add(values);
    }
    add(schedule.reserved);
    for (const Series2& group : schedule.delivered_from) {
        for (const std::vector<double>& values : group) add(values);
    }
    for (const auto& module : schedule.modules) {
        for (const auto& [date, count] : module) {
            const int64_t pair[] = {date, count};
            hash = XXH3_64bits_withSeed(pair, sizeof pair, hash);
        }
    }
    for (const Time from : schedule.qualified_from) hash = XXH3_64bits_withSeed(&from, sizeof from, hash);
    return fmt::format("{:016x} seed {} {}", hash, seed, version());
}

}  // namespace

std::vector<ChainSample>
simulate_samples(const ChainModel& model, const ChainSchedule& schedule, const SampleOptions& options) {
    std::vector<ChainSample> out;
    std::unique_ptr<SampleStore> store;
    const std::string key = sample_key(model, schedule, options.seed);
    ChainReplicateOptions runs;
    runs.run.seed = options.seed;
    runs.run.replication = options.first;
    runs.count = options.count;
    runs.threads = options.threads;
    runs.stop = options.stop;
    runs.skip.assign(options.count, 0);
    if (!options.file.empty()) {
        store = std::make_unique<SampleStore>(options.file);
        for (ChainSample& known : store->read(key, options.first, options.count)) {
            runs.skip[known.replication - options.first] = 1;
            out.push_back(std::move(known));
        }
    }
    runs.on_result = [&](ChainResult&& result) {
        out.push_back(sample_of(result));
        if (store) store->add(key, out.back());
        return true;
    };
    replicate_chain(model, schedule, runs);
    std::sort(out.begin(), out.end(), [](const ChainSample& a, const ChainSample& b) {
        return a.replication < b.replication;
    });
    return out;
}

}  // namespace chipchain
