#include "chipchain/study/replicate.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace chipchain {

namespace {

// What the workers share. `next` hands out replications; results that come early wait in `early` for their turn.
struct Shared {
    const Model& model;
    const ReplicateOptions& options;
    uint32_t threads_each;
    std::mutex mutex;
    uint32_t next = 0;
    uint32_t next_result = 0;
    uint32_t handed_on = 0;
    bool stop = false;
    std::map<uint32_t, RunResult> early;
    std::exception_ptr failure;
};

bool is_skipped(const ReplicateOptions& options, uint32_t replication) {
    return replication < options.skip.size() && options.skip[replication] != 0;
}

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

// The next replication to run, or false when none is left.
bool take(Shared& shared, uint32_t& replication) {
    const std::lock_guard lock(shared.mutex);
    while (shared.next < shared.options.count && is_skipped(shared.options, shared.next)) ++shared.next;
    if (shared.stop || shared.next >= shared.options.count) return false;
    replication = shared.next++;
    return true;
}

void hand_on(Shared& shared, RunResult&& result) {
    const std::lock_guard lock(shared.mutex);
    const uint32_t replication = result.replication;
    shared.early.emplace(replication, std::move(result));
    for (;;) {
        while (is_skipped(shared.options, shared.next_result)) ++shared.next_result;
        const auto found = shared.early.find(shared.next_result);
        if (found == shared.early.end() || shared.stop) return;
        RunResult ready = std::move(found->second);
        shared.early.erase(found);
        ++shared.next_result;
        ++shared.handed_on;
        if (shared.options.progress != nullptr) ++shared.options.progress->finished;
        try {
            if (shared.options.on_result && !shared.options.on_result(std::move(ready))) shared.stop = true;
        } catch (...) {
            shared.failure = std::current_exception();
            shared.stop = true;
        }
    }
}

void work(Shared& shared) {
    uint32_t replication = 0;
    while (take(shared, replication)) {
        RunOptions options;
        options.seed = shared.options.seed;
        options.replication = replication;
        options.horizon = shared.options.horizon;
        options.warmup = shared.options.warmup;
        options.fast_paths = shared.options.fast_paths;
        options.threads = shared.threads_each;
        Share share{shared.options.progress};
        if (share.progress != nullptr) {
            options.progress = on_progress;
            options.progress_context = &share;
        }
        RunResult result = run(shared.model, options);
        if (share.progress != nullptr && share.progress->stop) return;  // an interrupted run is no result
        hand_on(shared, std::move(result));
    }
}

}  // namespace

uint32_t replicate(const Model& model, const ReplicateOptions& options) {
    const uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
    const uint32_t all_threads = options.threads == 0 ? cores : options.threads;
    const uint32_t threads = std::clamp(all_threads, 1U, std::max(1U, options.count));
    Shared shared{model, options, all_threads / threads, {}, 0, 0, 0, false, {}, nullptr};
    std::vector<std::thread> workers;
    for (uint32_t i = 1; i < threads; ++i) workers.emplace_back([&shared] { work(shared); });
    work(shared);
    for (std::thread& worker : workers) worker.join();
    if (shared.failure) std::rethrow_exception(shared.failure);
    return shared.handed_on;
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
