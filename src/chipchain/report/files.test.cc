#include "chipchain/report/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace chipchain {
namespace {

namespace fs = std::filesystem;

// does a file appear whole, and is a pipe or device written to and not replaced?
TEST(WholeFile, files_and_pipes) {
    const fs::path folder = fs::path(testing::TempDir()) / "whole_file";
    fs::remove_all(folder);
    const std::string file = (folder / "sub" / "a.txt").string();
    ASSERT_TRUE(write_whole_file(file, "one"));
    ASSERT_TRUE(write_whole_file(file, "two"));
    std::string text;
    std::ifstream(file) >> text;
    EXPECT_EQ(text, "two");
    EXPECT_FALSE(fs::exists(file + ".writing"));
    const std::string pipe = (folder / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    ASSERT_TRUE(write_whole_file(pipe, "three"));
    std::array<char, 16> got{};
    EXPECT_EQ(read(reader, got.data(), got.size()), 5);
    EXPECT_EQ(std::string(got.data()), "three");
    close(reader);
    EXPECT_TRUE(fs::is_fifo(pipe));
    EXPECT_FALSE(write_whole_file(folder.string(), "a folder"));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace chipchain
