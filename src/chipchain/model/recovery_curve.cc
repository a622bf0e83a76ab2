#include "chipchain/model/recovery_curve.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

// the first point later than `day`
size_t next_point(const RecoveryCurve& curve, double day) {
    const auto later = [](double d, const RecoveryPoint& p) { return d < p.day; };
    return static_cast<size_t>(
        std::upper_bound(curve.points.begin(), curve.points.end(), day, later) - curve.points.begin());
}

// the fraction at `day` on the piece that ends at point `next`
double on_piece(const RecoveryCurve& curve, size_t next, double day) {
    if (next == 0) return 1;
    const RecoveryPoint& a = curve.points[next - 1];
    if (next == curve.points.size()) return a.fraction;
    const RecoveryPoint& b = curve.points[next];
    return a.fraction + (b.fraction - a.fraction) * ((day - a.day) / (b.day - a.day));
}

}  // namespace

RecoveryCurve renesas_naka_recovery() { return {{{0, 0}, {29, .08}, {36, .30}, {42, .50}, {73, .88}, {97, 1}}}; }

Diagnostics check_recovery_curve(const RecoveryCurve& curve, const std::string& name, const Span& span) {
    Diagnostics found;
    const auto report = [&](const char* id, std::string message, const char* expected, const char* help) {
        found.push_back({Severity::error, id, std::move(message), span, expected, help});
    };
    if (curve.points.empty()) {
        report(
            "recovery-empty",
            fmt::format("the recovery curve '{}' has no point", name),
            "at least one day with its fraction",
            "give the days after the disruption and the fraction of capacity on each, as in 0 0, 29 0.08, 97 1");
    }
    for (size_t i = 0; i < curve.points.size(); ++i) {
        const RecoveryPoint& p = curve.points[i];
        const std::string point = fmt::format("point {} of the recovery curve '{}'", i + 1, name);
        if (!std::isfinite(p.day) || !std::isfinite(p.fraction)) {
            report("not-a-number", fmt::format("{} is ({}, {})", point, p.day, p.fraction), "finite numbers", "");
            continue;
        }
        if (p.day < 0) {
            report(
                "negative-time",
                fmt::format("{} is on day {}", point, p.day),
                "days after the disruption, 0 or more",
                "");
        }
        if (p.fraction < 0 || p.fraction > 1) {
            report(
                "share-outside-range",
                fmt::format("{} has the fraction {}", point, p.fraction),
                "a fraction of the capacity, 0 to 1",
                p.fraction > 1 && p.fraction <= 100 ? "write percent as a fraction: 88 % is 0.88" : "");
        }
        if (i > 0 && p.day < curve.points[i - 1].day) {
            report(
                "recovery-not-ascending",
                fmt::format(
                    "{} is on day {}, before the point above it on day {}",
                    point,
                    p.day,
                    curve.points[i - 1].day),
                "days in ascending order",
                "sort the points by day");
        }
    }
    return found;
}

double recovery_at(const RecoveryCurve& curve, double day) { return on_piece(curve, next_point(curve, day), day); }

double capacity_days(const RecoveryCurve& curve, double from_day, double to_day) {
    CHECK(from_day <= to_day);
    double sum = 0;
    double from = from_day;
    for (size_t next = next_point(curve, from); from < to_day; ++next) {
        const double to = next < curve.points.size() ? std::min(curve.points[next].day, to_day) : to_day;
        sum += (on_piece(curve, next, from) + on_piece(curve, next, to)) / 2 * (to - from);
        from = to;
        // a step: the pieces between points of the same day are empty
        while (next + 1 < curve.points.size() && curve.points[next + 1].day <= from) ++next;
    }
    return sum;
}

double lost_capacity_days(const RecoveryCurve& curve, double from_day, double to_day) {
    return (to_day - from_day) - capacity_days(curve, from_day, to_day);
}

double recovery_mean(const RecoveryCurve& curve, double from_day, double to_day) {
    if (from_day == to_day) return recovery_at(curve, from_day);
    return capacity_days(curve, from_day, to_day) / (to_day - from_day);
}

}  // namespace chipchain
