#include "chipchain/base/time.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace chipchain {

Time to_ticks(double value, Time unit) { return std::llround(value * static_cast<double>(unit)); }

std::string ticks_to_text(Time ticks, Time unit) {
    const double value = static_cast<double>(ticks) / static_cast<double>(unit);
    char text[64];
    // the fewest digits that give the same ticks back; 17 always do for |ticks| < 2^53
    for (int digits = 1; digits <= 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, value);
        if (to_ticks(std::strtod(text, nullptr), unit) == ticks) break;
    }
    double shortest = std::strtod(text, nullptr);
    const auto result = std::to_chars(text, text + sizeof text, shortest, std::chars_format::fixed);
    return {text, result.ptr};
}

namespace {

// days since 1970-01-01 of a civil date
int64_t days_from_civil(int64_t y, int64_t m, int64_t d) {
    y -= m <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

}  // namespace

Time civil_to_ticks(int year, int month, int day, int hour, int minute, int second) {
    return days_from_civil(year, month, day) * kDay + hour * kHour + minute * kMinute + second * kSecond;
}

bool parse_iso_date(const std::string& text, Time& out) {
    int y = 0;
    int mo = 0;
    int d = 0;
    int h = 0;
    int mi = 0;
    int s = 0;
    int used = 0;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &y, &mo, &d, &used) != 3 || used != 10) return false;
    if (text.size() > 10) {
        if ((text[10] != 'T' && text[10] != ' ') || text.size() != 19) return false;
        if (std::sscanf(text.c_str() + 11, "%2d:%2d:%2d%n", &h, &mi, &s, &used) != 3 || used != 8) return false;
    }
    if (y < 1 || mo < 1 || mo > 12 || d < 1 || d > days_in_month(y, mo)) return false;
    if (h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59) return false;
    out = civil_to_ticks(y, mo, d, h, mi, s);
    return true;
}

std::string iso_date(Time since_epoch) {
    int64_t days = since_epoch / kDay;
    int64_t rest = since_epoch % kDay;
    if (rest < 0) {
        rest += kDay;
        --days;
    }
    // inverse of days_from_civil
    const int64_t z = days + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int64_t d = doy - (153 * mp + 2) / 5 + 1;
    const int64_t m = mp + (mp < 10 ? 3 : -9);
    const int64_t y = yoe + era * 400 + (m <= 2);
    char text[64];
    std::snprintf(
        text,
        sizeof text,
        "%04d-%02d-%02dT%02d:%02d:%02d",
        static_cast<int>(y),
        static_cast<int>(m),
        static_cast<int>(d),
        static_cast<int>(rest / kHour),
        static_cast<int>(rest / kMinute % 60),
        static_cast<int>(rest / kSecond % 60));
    return text;
}

}  // namespace chipchain
