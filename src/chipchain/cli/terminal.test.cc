#include "chipchain/cli/terminal.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace chipchain {
namespace {

TEST(Terminal, times_are_read_like_a_clock) {
    EXPECT_EQ(clock_text(0), "0:00");
    EXPECT_EQ(clock_text(71.6), "1:12");
    EXPECT_EQ(clock_text(3723), "1:02:03");
    EXPECT_EQ(clock_text(-5), "0:00");
}

TEST(Terminal, the_progress_line_bounds_the_time_left) {
    EXPECT_EQ(
        progress_text(0.255, 5, 20, 8.94e6, 12, 15),
        " 25 % · 5 of 20 replications · 8.9 M events/s · 0:12 to 0:15 left");
    EXPECT_EQ(progress_text(1, 1, 1, 1e6, 0, 0), "100 % · 1.0 M events/s · 0:00 left");
}

TEST(Terminal, no_line_without_a_terminal) {
    Progress progress;
    ::testing::internal::CaptureStderr();
    { const ProgressLine line(progress, 3, kDay); }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace chipchain
