// Simulated time: int64 ticks of one microsecond, so that ties are exact and sums are associative. The range is
// +-292,000 years. Durations use the same type.
#pragma once

#include <cstdint>
#include <string>

namespace chipchain {

using Time = int64_t;

inline constexpr Time kSecond = 1'000'000;
inline constexpr Time kMinute = 60 * kSecond;
inline constexpr Time kHour = 60 * kMinute;
inline constexpr Time kDay = 24 * kHour;
inline constexpr Time kNever = INT64_MAX;

// Largest duration a model file may state: 1,000 years. Sums of any 100 of them stay far from overflow.
inline constexpr Time kLongest = 365'250 * kDay;

constexpr double in_minutes(Time t) { return static_cast<double>(t) / static_cast<double>(kMinute); }
constexpr double in_hours(Time t) { return static_cast<double>(t) / static_cast<double>(kHour); }
constexpr double in_days(Time t) { return static_cast<double>(t) / static_cast<double>(kDay); }

// Returns the whole number of ticks nearest to `value` units; halves round away from zero.
Time to_ticks(double value, Time unit);

// Returns the shortest decimal text of `ticks` in `unit` that to_ticks() turns back into the same ticks.
std::string ticks_to_text(Time ticks, Time unit);

// A calendar date is counted in ticks from 1970-01-01T00:00:00 without leap seconds.
// parse_iso_date accepts YYYY-MM-DD and YYYY-MM-DDThh:mm:ss (T or a blank); false when the text is no such date.
bool parse_iso_date(const std::string& text, Time& out);
std::string iso_date(Time since_epoch);
// Ticks since the epoch of a civil date (proleptic Gregorian; H. Hinnant, "chrono-compatible low-level date
// algorithms").
Time civil_to_ticks(int year, int month, int day, int hour, int minute, int second);

}  // namespace chipchain
