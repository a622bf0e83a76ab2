// Are Monte Carlo results of a chain independent of the number of threads, complete, in order, and resumable?
#include "chipchain/study/chain_replicate.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "chipchain/chain/test_chain.h"

namespace chipchain {
namespace {

testing::TestChain random_make_or_buy() {
    testing::TestChain c = testing::make_or_buy();
    for (ChainActivity& row : c.model.activities) {
        row.lead = {DistKind::lognormal, row.lead.mean, row.lead.mean / 5};
        row.yield_spread = 0.02;
    }
    c.model.programmes[0].spread = 0.2;
    return c;
}

std::vector<uint64_t> fingerprints(const std::vector<ChainResult>& results) {
    std::vector<uint64_t> out;
    for (const ChainResult& r : results) out.push_back(r.fingerprint);
    return out;
}

TEST(ChainReplicate, threads_change_nothing) {
    const testing::TestChain c = random_make_or_buy();
    const ChainSchedule schedule = schedule_of(c.model, c.plan);
    ChainReplicateOptions options;
    options.count = 40;
    options.threads = 1;
    const std::vector<ChainResult> one = replicate_chain_all(c.model, schedule, options);
    ASSERT_EQ(one.size(), 40U);
    EXPECT_NE(one[0].fingerprint, one[1].fingerprint);
    for (const uint32_t threads : {2U, 7U}) {
        options.threads = threads;
        const std::vector<ChainResult> many = replicate_chain_all(c.model, schedule, options);
        EXPECT_EQ(fingerprints(one), fingerprints(many));
        for (uint32_t i = 0; i < many.size(); ++i) {
            EXPECT_EQ(many[i].replication, i);
            EXPECT_EQ(many[i].money, one[i].money);
        }
    }
}

TEST(ChainReplicate, goes_on_where_it_was_ended) {
    const testing::TestChain c = random_make_or_buy();
    const ChainSchedule schedule = schedule_of(c.model, c.plan);
    ChainReplicateOptions options;
    options.count = 20;
    options.threads = 3;
    std::vector<ChainResult> kept;
    options.on_result = [&kept](ChainResult&& r) {
        kept.push_back(std::move(r));
        return kept.size() < 8;
    };
    EXPECT_EQ(replicate_chain(c.model, schedule, options), 8U);
    options.skip.assign(8, 1);
    options.on_result = [&kept](ChainResult&& r) {
        kept.push_back(std::move(r));
        return true;
    };
    EXPECT_EQ(replicate_chain(c.model, schedule, options), 12U);
    ChainReplicateOptions whole;
    whole.count = 20;
    EXPECT_EQ(fingerprints(kept), fingerprints(replicate_chain_all(c.model, schedule, whole)));
}

TEST(ChainReplicate, stops_and_throws_as_told) {
    const testing::TestChain c = random_make_or_buy();
    const ChainSchedule schedule = schedule_of(c.model, c.plan);
    std::atomic<bool> stop{true};
    ChainReplicateOptions options;
    options.count = 5;
    options.stop = &stop;
    EXPECT_EQ(replicate_chain(c.model, schedule, options), 0U);
    stop = false;
    options.on_result = [](ChainResult&&) -> bool { throw std::runtime_error("no space"); };
    EXPECT_THROW(replicate_chain(c.model, schedule, options), std::runtime_error);
}

}  // namespace
}  // namespace chipchain
