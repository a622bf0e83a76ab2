#include "chipchain/chip/conform_pack.h"

#include <fstream>

#include <gtest/gtest.h>

#include "chipchain/chip/mutations.h"

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

// Is nothing sealed when the compiler has a mistake, one that only values show and one that the checker of programs
// finds?
TEST_F(ConformPack, ARunThatDiffersIsNotSealed) {
    ConformOptions options;
    options.schedule_seeds = {0};
    const std::vector<ChipVersion> versions = {standard_versions()[2]};
    for (const Mutation mutation : {Mutation::pad_value, Mutation::dropped_token}) {
        const auto compile = [mutation](const IntegerNetwork& network, const ChipShape& shape, uint64_t seed) {
            const Result<Program> program = compile_schedule(network, shape, seed);
            const std::optional<Program> mutated = mutated_program(mutation, *program, 0);
            EXPECT_TRUE(mutated.has_value());
            return mutated ? Result<Program>(*mutated) : program;
        };
        const auto written = write_pack(folder_, {aimed_case(Aim::padding, 1)}, versions, options, compile);
        ASSERT_FALSE(written.has_value());
        ASSERT_EQ(written.error().size(), 1U);
        const Diagnostic& d = written.error()[0];
        EXPECT_EQ(d.id, "pack-not-equal");
        EXPECT_TRUE(d.message.find(" on 8x8-os, schedule 0: ") != std::string::npos) << d.message;
        EXPECT_EQ(d.help, "run chipchain chip conform and mend what it names");
        EXPECT_FALSE(fs::exists(folder_));
        EXPECT_FALSE(fs::exists(folder_.parent_path() / ("." + folder_.filename().string() + ".unfinished")));
    }
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
        << R"({"format": "chipchain conformance pack", "version": 2, "numerics": 1, "seal": "0"})";
    EXPECT_EQ(verify_pack(folder_).error()[0].id, "pack-changed");
}

// Is the DRAM that silicon leaves compared tensor by tensor, a wrong byte told with its place, and a folder that
// belongs to no pack refused?
TEST_F(ConformPack, ComparesResultsOfSilicon) {
    ASSERT_TRUE(write().has_value());
    const fs::path results = folder_.parent_path() / "pack_results";
    fs::remove_all(results);
    EXPECT_EQ(verify_results(folder_, results).error()[0].id, "pack-results");
    fs::create_directories(results);
    EXPECT_EQ(verify_results(folder_, results).error()[0].id, "pack-results");
    // what a right chip would leave: the tensors of the first program at their places
    const ConformCase c = aimed_case(Aim::ties, 1);
    const Program program = compile_schedule(c.network, standard_versions()[2].shape, 0).value();
    const TensorBytes golden = run_golden(c.network, c.inputs[0]);
    std::vector<uint8_t> dram(program.dram_bytes);
    for (const IntegerNode& node : c.network.nodes) {
        if (program.tensor_address[node.output] == kNotInDram) continue;
        const std::vector<uint8_t>& bytes = golden[node.output];
        std::copy(
            bytes.begin(),
            bytes.end(),
            dram.begin() + static_cast<ptrdiff_t>(program.tensor_address[node.output]));
    }
    const auto put = [&](const std::vector<uint8_t>& bytes) {
        std::ofstream(results / "0000.0.bin", std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    };
    put(dram);
    const Result<PackReport> good = verify_results(folder_, results);
    ASSERT_TRUE(good) << good.error()[0].message;
    EXPECT_TRUE(good->failures.empty()) << good->failures[0];
    EXPECT_EQ(good->runs, 1U);
    EXPECT_GT(good->tensors, 0U);
    EXPECT_EQ(good->absent + 1, verify_pack(folder_)->runs);
    const TensorId out = program.outputs[0];
    dram[program.tensor_address[out] + 3] ^= 1;
    put(dram);
    const Result<PackReport> bad = verify_results(folder_, results);
    ASSERT_TRUE(bad);
    ASSERT_EQ(bad->failures.size(), 1U);
    EXPECT_NE(bad->failures[0].find("differs from byte 3 on: "), std::string::npos) << bad->failures[0];
    // a folder in place of a file is no file
    fs::create_directories(results / "0001.0.bin");
    EXPECT_EQ(verify_results(folder_, results)->failures.size(), 1U);
    fs::remove(results / "0001.0.bin");
    put({});
    EXPECT_NE(verify_results(folder_, results)->failures.at(0).find("is not in the file"), std::string::npos);
    std::ofstream(results / "0099.0.bin") << "x";
    EXPECT_EQ(verify_results(folder_, results).error()[0].message, "0099.0.bin names no run of the pack");
    fs::remove_all(results);
}

}  // namespace
}  // namespace chipchain
