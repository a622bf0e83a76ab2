// Does `chipchain chip conform` tell the user which of the named versions cannot run a network?
#include <gtest/gtest.h>

#include <filesystem>

#include <fmt/format.h>

#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/network/network_maker.h"
#include "chipchain/network/onnx_writer.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

struct Said {
    int code = 0;
    std::string out;
    std::string err;
};

Said said(const ChipChoices& choices) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Said s;
    s.code = chip_conform_verb(choices);
    std::fflush(stdout);
    std::fflush(stderr);
    s.out = ::testing::internal::GetCapturedStdout();
    s.err = ::testing::internal::GetCapturedStderr();
    return s;
}

// A network with a row of bytes that is wider than the SRAM of small chips.
std::filesystem::path wide_network() {
    NetworkMaker m("wide", 1);
    m.output(m.softmax(m.byte_input({2, 100'000}, m.type_of(DataType::u8, -6))));
    const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "wide.onnx";
    EXPECT_TRUE(write_onnx(m.finish(), file));
    return file;
}

// is a network that named versions cannot run a mistake of the user's, told of each of them, and nothing simulated?
TEST(ChipConformVerb, named_versions_that_are_too_small) {
    const std::filesystem::path file = wide_network();
    ChipChoices choices;
    choices.networks = {file.string()};
    choices.versions = {"odd-1x1", "hw3", "odd-8x8"};
    choices.schedules = 1;
    choices.threads = 1;
    const Said s = said(choices);
    std::filesystem::remove(file);
    EXPECT_EQ(s.code, kExitMistake);
    EXPECT_EQ(s.out, "");
    std::string expected;
    for (const char* chip : {"odd-1x1", "odd-8x8"}) {
        expected += fmt::format(
            "error[chip-too-small]: '{}' on '{}': node 'Softmax_1' (softmax) needs 200000 bytes of SRAM for its "
            "smallest "
            "tile, a core has 65536\n"
            "help: use a chip with more SRAM per core, or a network with smaller rows\n\n",
            file.string(),
            chip);
    }
    EXPECT_EQ(s.err, expected + "2 errors\n");
}

// with the versions that nobody named, is it a count, and the network compared on those that can run it?
TEST(FullChipConformVerb, versions_by_default) {
    const std::filesystem::path file = wide_network();
    ChipChoices choices;
    choices.networks = {file.string()};
    choices.schedules = 1;
    choices.threads = 1;
    const Said s = said(choices);
    std::filesystem::remove(file);
    EXPECT_EQ(s.code, kExitGood);
    EXPECT_EQ(s.err, "");
    EXPECT_NE(s.out.find("refused by the compiler, with its reason:\n"), std::string::npos) << s.out;
}

// does a pair of named versions that can run it conform?
TEST(ChipConformVerb, named_versions_that_are_large_enough) {
    ChipChoices choices;
    choices.networks = {"tiny"};
    choices.versions = {"hw3", "odd-8x8"};
    choices.schedules = 1;
    choices.threads = 1;
    const Said s = said(choices);
    EXPECT_EQ(s.code, kExitGood) << s.err;
    EXPECT_NE(s.out.find("1 networks x 2 versions: 2 programs, 2 of 2 runs equal"), std::string::npos) << s.out;
}

}  // namespace
}  // namespace chipchain
