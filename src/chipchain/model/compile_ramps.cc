// Ramped releases -> Model::ramp_points.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"
#include "chipchain/model/ramp.h"

namespace chipchain {

namespace {

// The release line of a row of `ramp`, or kNoIndex after reporting it.
uint32_t ramped_release(Compiler& c, const RampSpec& row) {
    const uint32_t release = c.releases.find(row.release);
    const Span span = span_of("ramp", row, "release");
    if (release == kNoIndex) {
        c.error(
            "unknown-release",
            fmt::format("a rate belongs to release line '{}', which is not declared", row.release),
            span,
            one_of(c.releases.size(), "release line"),
            near_help(row.release, c.releases));
    } else if (c.model.lot_types[release].policy != ReleasePolicy::ramp) {
        c.error(
            "ramp-not-ramped",
            fmt::format("a rate belongs to release line '{}', whose policy is not \"ramp\"", row.release),
            span,
            "expected a release line with policy = \"ramp\"");
        return kNoIndex;
    }
    return release;
}

// A line that releases nothing before the horizon is a mistake: all rates zero, dates too late, or no rows.
void check_start(Compiler& c, const ReleaseSpec& row, std::span<const RampPoint> points, Time first) {
    if (first <= c.spec.line.horizon) return;
    const bool zero = std::all_of(points.begin(), points.end(), [](const RampPoint& p) { return p.rate == 0; });
    std::string why = "its first lot would be due after the end of the run";
    if (zero) why = "all its rates are 0";
    if (points.empty()) why = "table \"ramp\" has no rows for it";
    if (!points.empty() && points.front().date > c.spec.line.horizon) {
        why = fmt::format(
            "its first date {} is after the end of the run, {}",
            iso_date(c.spec.line.start + points.front().date).substr(0, 10),
            iso_date(c.spec.line.start + c.spec.line.horizon).substr(0, 10));
    }
    c.error(
        "ramp-never-starts",
        fmt::format("the ramp of release line '{}' never starts: {}", row.name, why),
        span_of("release", row, "policy"),
        "expected a first release before the horizon");
}

void add_points(Compiler& c, const ReleaseSpec& row, LotType& type, std::vector<RampPoint>& points) {
    std::stable_sort(points.begin(), points.end(), [](const RampPoint& a, const RampPoint& b) {
        return a.date < b.date;
    });
    uint64_t most = 0;
    for (const RampPoint& point : points) most = std::max(most, point.rate);
    type.first_ramp = static_cast<uint32_t>(c.model.ramp_points.size());
    type.ramp_count = static_cast<uint32_t>(points.size());
    c.model.ramp_points.insert(c.model.ramp_points.end(), points.begin(), points.end());
    const uint64_t pieces = static_cast<uint64_t>(type.pieces) * type.lots_per_release;
    check_start(c, row, points, ramp_reaches(points, pieces));
    // the interval at the highest rate: for sizes and for the rank key fsmct, not for release dates
    if (most > 0) {
        const double interval =
            static_cast<double>(pieces) * 1e6 * static_cast<double>(kRampMonth) / static_cast<double>(most);
        type.interval = static_cast<Time>(std::clamp(interval, 1.0, static_cast<double>(kLongest)));
    }
}

}  // namespace

void compile_ramps(Compiler& c) {
    Model& m = c.model;
    std::vector<std::vector<RampPoint>> points(m.lot_types.size());
    for (const RampSpec& row : c.spec.ramps) {
        const uint32_t release = ramped_release(c, row);
        if (row.date < 0) {
            c.error(
                "out-of-range",
                fmt::format("a rate of release line '{}' is dated before the line's start", row.release),
                span_of("ramp", row, "date"),
                fmt::format("expected {} or later", iso_date(c.spec.line.start)));
        } else if (release != kNoIndex) {
            points[release].push_back({row.date, static_cast<uint64_t>(std::llround(row.pieces_per_month * 1e6))});
        }
    }
    for (const ReleaseSpec& row : c.spec.releases) {
        m.monthly = m.monthly || row.engineering || row.policy == ReleasePolicy::ramp;
        const uint32_t release = c.releases.find(row.name);
        if (row.policy != ReleasePolicy::ramp || release == kNoIndex) continue;
        add_points(c, row, m.lot_types[release], points[release]);
    }
}

}  // namespace chipchain
