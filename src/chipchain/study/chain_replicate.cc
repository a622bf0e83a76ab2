#include "chipchain/study/chain_replicate.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/study/in_order.h"

namespace chipchain {

uint32_t replicate_chain(const ChainModel& model, const ChainSchedule& schedule, const ChainReplicateOptions& options) {
    const uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
    InOrder<ChainResult> jobs;
    jobs.count = options.count;
    jobs.threads = std::clamp(options.threads == 0 ? cores : options.threads, 1U, std::max(1U, options.count));
    jobs.skip = options.skip;
    jobs.run = [&](uint32_t number, ChainResult& out) {
        if (options.stop != nullptr && *options.stop) return false;
        ChainRunOptions run = options.run;
        run.replication += number;
        out = run_chain(model, schedule, run);
        CHECK(check_balance(model, out).empty());
        return true;
    };
    jobs.on_result = options.on_result;
    return run_in_order(jobs);
}

std::vector<ChainResult>
replicate_chain_all(const ChainModel& model, const ChainSchedule& schedule, ChainReplicateOptions options) {
    std::vector<ChainResult> results;
    options.on_result = [&results](ChainResult&& result) {
        results.push_back(std::move(result));
        return true;
    };
    replicate_chain(model, schedule, options);
    return results;
}

}  // namespace chipchain
