#include "chipchain/base/time.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "chipchain/base/random.h"

namespace chipchain {
namespace {

TEST(Time, halves_round_away_from_zero) {
    EXPECT_EQ(to_ticks(51.69, kMinute), 3'101'400'000);
    EXPECT_EQ(to_ticks(0.0000005, kSecond), 1);
    EXPECT_EQ(to_ticks(-0.0000005, kSecond), -1);
    EXPECT_EQ(to_ticks(0, kDay), 0);
}

TEST(Time, text_is_short) {
    EXPECT_EQ(ticks_to_text(to_ticks(51.69, kMinute), kMinute), "51.69");
    EXPECT_EQ(ticks_to_text(730 * kDay, kDay), "730");
    EXPECT_EQ(ticks_to_text(0, kHour), "0");
    EXPECT_EQ(ticks_to_text(-kMinute / 2, kMinute), "-0.5");
}

// does every duration up to 100 years come back from its text, to the tick?
TEST(Time, text_is_exact) {
    const RandomSource source{7, 0};
    for (uint64_t i = 0; i < 20'000; ++i) {
        const RandomWords w = source.draw(Purpose::test, 0, i);
        const int bits = 1 + static_cast<int>(w.word[2] % 51);
        const auto ticks = static_cast<Time>(wide(w.word[0], w.word[1]) >> (64 - bits));
        for (const Time unit : {kSecond, kMinute, kHour, kDay}) {
            const std::string text = ticks_to_text(ticks, unit);
            EXPECT_EQ(to_ticks(std::strtod(text.c_str(), nullptr), unit), ticks) << text;
        }
    }
}

TEST(Time, iso_dates) {
    Time t = -1;
    EXPECT_TRUE(parse_iso_date("1970-01-01", t));
    EXPECT_EQ(t, 0);
    EXPECT_TRUE(parse_iso_date("2018-01-01T00:00:00", t));
    EXPECT_EQ(t, 17'532 * kDay);
    EXPECT_TRUE(parse_iso_date("2024-02-29 23:59:59", t));
    EXPECT_EQ(iso_date(t), "2024-02-29T23:59:59");
    EXPECT_EQ(iso_date(-kSecond), "1969-12-31T23:59:59");
    for (const char* wrong :
         {"2023-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "2024-01-01T24:00:00", "24-01-01", "today", ""}) {
        EXPECT_FALSE(parse_iso_date(wrong, t)) << wrong;
    }
}

// does each day of four centuries come back?
TEST(Time, dates_round_trip) {
    for (int64_t day = -100'000; day <= 100'000; day += 37) {
        Time t = 0;
        ASSERT_TRUE(parse_iso_date(iso_date(day * kDay + 12 * kHour), t));
        ASSERT_EQ(t, day * kDay + 12 * kHour);
    }
}

}  // namespace
}  // namespace chipchain
