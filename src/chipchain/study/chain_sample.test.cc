// Do samples survive a file, and is a study that was killed taken up where it was?
#include "chipchain/study/chain_sample.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "chipchain/study/sample_store.h"

namespace chipchain {
namespace {

ChainSample some_sample(uint32_t replication) {
    ChainSample s;
    s.replication = replication;
    s.fingerprint = 0xfedcba9876543210 + replication;
    s.delivered = {{1, 2, 3}, {0, 0, 9'007'199'254'740'993}};
    s.due = s.delivered;
    s.stock = {{5}};
    s.milestones = {kNever, 7 * kDay};
    s.money[0] = 0.1 + replication;
    s.factors = {1.0 / 3};
    s.lead_d = {12.25};
    s.starts = {4};
    s.outputs = {3};
    s.outages = 2;
    return s;
}

TEST(ChainSample, text_gives_back_the_same_bits) {
    const ChainSample sample = some_sample(3);
    const Result<ChainSample> again = read_sample(sample_text(sample));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, sample);
    EXPECT_EQ(read_sample("{\"replication\": 1}").error()[0].id, "broken-sample");
    EXPECT_FALSE(read_sample("nothing"));
}

TEST(ChainSample, store_keeps_what_was_finished_and_nothing_twice) {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("chipchain_samples_" + std::to_string(::getpid()) + ".sqlite"))
            .string();
    std::filesystem::remove(path);
    {
        SampleStore store(path);
        store.add("a", some_sample(0));
        store.add("a", some_sample(2));
        store.add("a", some_sample(2));
        store.add("b", some_sample(1));
    }
    SampleStore store(path);
    const std::vector<ChainSample> found = store.read("a", 0, 10);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0], some_sample(0));
    EXPECT_EQ(found[1], some_sample(2));
    EXPECT_TRUE(store.read("a", 3, 10).empty());
    EXPECT_TRUE(store.read("c", 0, 10).empty());
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace chipchain
