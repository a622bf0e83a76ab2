#include "chipchain/chip/conform_pack.h"

#include <fstream>

#include <gtest/gtest.h>

namespace chipchain {
namespace {

namespace fs = std::filesystem;

class ConformPack : public testing::Test {
 protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path(testing::TempDir()) / (std::string("pack_") + test->name());
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    Result<PackReport> write() {
        ConformOptions options;
        options.schedule_seeds = {0};
        const auto all = standard_versions();
        return write_pack(folder_, {aimed_case(Aim::ties, 1), aimed_case(Aim::padding, 1)}, {all[2], all[5]}, options);
    }
    std::string change(const fs::path& file, size_t place) {
        std::fstream stream(folder_ / file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(place));
        const int byte = stream.get();
        stream.seekp(static_cast<std::streamoff>(place));
        stream.put(static_cast<char>(byte ^ 1));
        stream.close();
        const auto result = verify_pack(folder_);
        return result ? "" : result.error()[0].id;
    }

    fs::path folder_;
};

// Does a pack run again without the compiler, in any order, with every hash equal?
TEST_F(ConformPack, WritesAndVerifies) {
    const auto written = write();
    ASSERT_TRUE(written.has_value()) << written.error()[0].message;
    EXPECT_EQ(written->programs, 4U);
    for (uint64_t seed : {1U, 99U}) {
        const auto verified = verify_pack(folder_, seed);
        ASSERT_TRUE(verified.has_value()) << verified.error()[0].message;
        EXPECT_TRUE(verified->failures.empty());
        EXPECT_EQ(verified->seal, written->seal);
        EXPECT_EQ(verified->runs, written->runs);
        EXPECT_EQ(verified->tensors, written->tensors);
    }
    // an existing folder is not written over, and nothing unfinished stays behind
    EXPECT_EQ(write().error()[0].id, "pack-not-written");
    EXPECT_FALSE(fs::exists(folder_.parent_path() / ("." + folder_.filename().string() + ".unfinished")));
}

// Is each kind of change noticed: a program, an input, the manifest, a missing file, an added one?
TEST_F(ConformPack, EveryChangeIsNoticed) {
    ASSERT_TRUE(write().has_value());
    EXPECT_EQ(change("programs/0001.bin", 300), "pack-changed");
    EXPECT_EQ(change("programs/0001.bin", 300), "");
    EXPECT_EQ(change("inputs/0000.bin", 5), "pack-changed");
    EXPECT_EQ(change("inputs/0000.bin", 5), "");
    std::ofstream(folder_ / "notes.txt") << "more";
    EXPECT_EQ(verify_pack(folder_).error()[0].id, "pack-changed");
    fs::remove(folder_ / "notes.txt");
    EXPECT_TRUE(verify_pack(folder_).has_value());
    fs::remove(folder_ / "programs" / "0000.bin");
    EXPECT_EQ(verify_pack(folder_).error()[0].id, "pack-changed");
    std::ofstream(folder_ / "manifest.json") << "{";
    EXPECT_EQ(verify_pack(folder_).error()[0].id, "pack-unreadable");
}

// Are a missing folder and a made-up manifest refused?
TEST_F(ConformPack, NotAPack) {
    EXPECT_EQ(verify_pack(folder_).error()[0].id, "pack-unreadable");
    fs::create_directories(folder_);
    std::ofstream(folder_ / "manifest.json")
        << R"({"format": "chipchain conformance pack", "version": 1, "numerics": 1, "seal": "0"})";
    EXPECT_EQ(verify_pack(folder_).error()[0].id, "pack-changed");
}

}  // namespace
}  // namespace chipchain
