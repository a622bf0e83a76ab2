// Are results independent of the number of threads, complete and in order?
#include "chipchain/study/replicate.h"

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/spec/embedded_models.h"

namespace chipchain {
namespace {

Model minifab() {
    Diagnostics warnings;
    return *compile(*embedded_model("minifab"), warnings);
}

ReplicateOptions options(uint32_t count, uint32_t threads) {
    ReplicateOptions o;
    o.count = count;
    o.threads = threads;
    o.horizon = 40 * kDay;
    o.warmup = 5 * kDay;
    return o;
}

std::vector<uint64_t> fingerprints(const std::vector<RunResult>& results) {
    std::vector<uint64_t> out;
    for (const RunResult& r : results) out.push_back(r.fingerprint);
    return out;
}

TEST(Replicate, threads_change_nothing) {
    const Model model = minifab();
    const std::vector<RunResult> one = replicate_all(model, options(7, 1));
    ASSERT_EQ(one.size(), 7U);
    for (const uint32_t threads : {2U, 4U, 16U}) {
        const std::vector<RunResult> many = replicate_all(model, options(7, threads));
        EXPECT_EQ(fingerprints(one), fingerprints(many));
        for (uint32_t r = 0; r < many.size(); ++r) EXPECT_EQ(many[r].replication, r);
    }
}

TEST(Replicate, each_replication_is_what_run_gives) {
    const Model model = minifab();
    const std::vector<RunResult> all = replicate_all(model, options(3, 2));
    for (uint32_t r = 0; r < 3; ++r) {
        RunOptions o;
        o.replication = r;
        o.horizon = 40 * kDay;
        EXPECT_EQ(run(model, o).fingerprint, all[r].fingerprint);
        if (r > 0) {
            EXPECT_NE(all[r].fingerprint, all[0].fingerprint);
        }
    }
}

TEST(Replicate, stops_when_told_and_skips_what_is_known) {
    const Model model = minifab();
    ReplicateOptions o = options(50, 3);
    o.skip = {1, 0, 1};
    std::vector<uint32_t> seen;
    o.on_result = [&seen](RunResult&& r) {
        seen.push_back(r.replication);
        return seen.size() < 4;
    };
    EXPECT_EQ(replicate(model, o), 4U);
    EXPECT_EQ(seen, (std::vector<uint32_t>{1, 3, 4, 5}));
}

TEST(Replicate, an_exception_of_the_receiver_arrives) {
    const Model model = minifab();
    ReplicateOptions o = options(4, 2);
    o.on_result = [](RunResult&&) -> bool { throw std::runtime_error("no space"); };
    EXPECT_THROW(replicate(model, o), std::runtime_error);
}

TEST(Replicate, progress_counts_everything) {
    const Model model = minifab();
    Progress progress;
    ReplicateOptions o = options(3, 2);
    o.progress = &progress;
    const std::vector<RunResult> all = replicate_all(model, o);
    EXPECT_EQ(progress.finished, 3U);
    EXPECT_EQ(progress.ticks, 3 * 40 * kDay);
}

}  // namespace
}  // namespace chipchain
