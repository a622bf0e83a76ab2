// Numbered jobs on several threads, their results handed on in order of their numbers: what is handed on does not
// depend on the number of threads. Jobs that are known already are left out, so that a study that was ended early goes
// on where it stopped.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace chipchain {

template <class Result>
struct InOrder {
    uint32_t count = 1;         // jobs 0 .. count - 1
    uint32_t threads = 1;       // at least 1
    std::vector<uint8_t> skip;  // [job] 1: already known, not run again; shorter: run the rest
    // Runs a job; on any thread. Returns false when the job was interrupted: it has no result, its thread ends.
    std::function<bool(uint32_t job, Result& result)> run;
    // Called with each result in order of the jobs, by one thread at a time; returns false to stop adding more.
    std::function<bool(Result&& result)> on_result;
};

namespace in_order {

// What the workers share. `next` hands out jobs; results that come early wait in `early` for their turn.
template <class Result>
struct Shared {
    const InOrder<Result>& jobs;
    std::mutex mutex = {};
    uint32_t next = 0;
    uint32_t next_result = 0;
    uint32_t handed_on = 0;
    bool stop = false;
    std::map<uint32_t, Result> early = {};
    std::exception_ptr failure = {};

    [[nodiscard]] bool is_skipped(uint32_t job) const { return job < jobs.skip.size() && jobs.skip[job] != 0; }
};

// The next job to run, or false when none is left.
template <class Result>
bool take(Shared<Result>& shared, uint32_t& job) {
    const std::lock_guard lock(shared.mutex);
    while (shared.next < shared.jobs.count && shared.is_skipped(shared.next)) ++shared.next;
    if (shared.stop || shared.next >= shared.jobs.count) return false;
    job = shared.next++;
    return true;
}

template <class Result>
void hand_on(Shared<Result>& shared, uint32_t job, Result&& result) {
    const std::lock_guard lock(shared.mutex);
    shared.early.emplace(job, std::move(result));
    for (;;) {
        while (shared.is_skipped(shared.next_result)) ++shared.next_result;
        const auto found = shared.early.find(shared.next_result);
        if (found == shared.early.end() || shared.stop) return;
        Result ready = std::move(found->second);
        shared.early.erase(found);
        ++shared.next_result;
        ++shared.handed_on;
        try {
            if (shared.jobs.on_result && !shared.jobs.on_result(std::move(ready))) shared.stop = true;
        } catch (...) {
            shared.failure = std::current_exception();
            shared.stop = true;
        }
    }
}

template <class Result>
void work(Shared<Result>& shared) {
    uint32_t job = 0;
    while (take(shared, job)) {
        Result result;
        if (!shared.jobs.run(job, result)) return;
        hand_on(shared, job, std::move(result));
    }
}

}  // namespace in_order

// Returns the number of results handed on. An exception of on_result is rethrown after all workers have ended.
template <class Result>
uint32_t run_in_order(const InOrder<Result>& jobs) {
    in_order::Shared<Result> shared{jobs};
    std::vector<std::thread> workers;
    for (uint32_t i = 1; i < jobs.threads; ++i) workers.emplace_back([&shared] { in_order::work(shared); });
    in_order::work(shared);
    for (std::thread& worker : workers) worker.join();
    if (shared.failure) std::rethrow_exception(shared.failure);
    return shared.handed_on;
}

}  // namespace chipchain
