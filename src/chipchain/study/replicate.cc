#include "chipchain/study/replicate.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "chipchain/study/in_order.h"

namespace chipchain {

namespace {

// One replication's share of the progress line.
struct Share {
    Progress* progress;
    Time ticks = 0;
    uint64_t events = 0;
};

bool on_progress(void* context, Time now, uint64_t events, uint64_t) {
    Share& share = *static_cast<Share*>(context);
    share.progress->ticks += now - share.ticks;
    share.progress->events += events - share.events;
    share.ticks = now;
    share.events = events;
    return !share.progress->stop;
}

// False when the run was interrupted.
bool run_one(const Model& model, const ReplicateOptions& options, uint32_t threads, uint32_t number, RunResult& out) {
    RunOptions run_options;
    run_options.seed = options.seed;
    run_options.replication = number;
    run_options.horizon = options.horizon;
    run_options.warmup = options.warmup;
    run_options.fast_paths = options.fast_paths;
    run_options.threads = threads;
    Share share{options.progress};
    if (share.progress != nullptr) {
        run_options.progress = on_progress;
        run_options.progress_context = &share;
    }
    out = run(model, run_options);
    return share.progress == nullptr || !share.progress->stop;
}

}  // namespace

uint32_t replicate(const Model& model, const ReplicateOptions& options) {
    const uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
    const uint32_t all_threads = options.threads == 0 ? cores : options.threads;
    InOrder<RunResult> jobs;
    jobs.count = options.count;
    jobs.threads = std::clamp(all_threads, 1U, std::max(1U, options.count));
    jobs.skip = options.skip;
    jobs.run = [&](uint32_t number, RunResult& out) {
        return run_one(model, options, all_threads / jobs.threads, number, out);
    };
    jobs.on_result = [&options](RunResult&& result) {
        if (options.progress != nullptr) ++options.progress->finished;
        return !options.on_result || options.on_result(std::move(result));
    };
    return run_in_order(jobs);
}

std::vector<RunResult> replicate_all(const Model& model, ReplicateOptions options) {
    std::vector<RunResult> results;
    options.on_result = [&results](RunResult&& result) {
        results.push_back(std::move(result));
        return true;
    };
    replicate(model, options);
    return results;
}

}  // namespace chipchain
