// How much of a site's capacity is there at a time after a disruption: piecewise linear between dated fractions.
//
// Recoveries are published as milestones ("half of production by day 42"), which is what a curve is made of. Before its
// first point nothing has happened (1), after its last point the last fraction stays. Two points of the same day are a
// step; at the step the later one holds.
#pragma once

#include <vector>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

struct RecoveryPoint {
    double day = 0;       // after the disruption
    double fraction = 1;  // of the capacity without it, 0..1
};

struct RecoveryCurve {
    std::vector<RecoveryPoint> points;  // in ascending order of day
};

// The fire in Renesas' Naka N3 clean room, 19 March 2021: restart below a tenth of the output on day 29, 88 % on day
// 73, all of it on day 97 (company notices of 2021-04 to 2021-06); days 36 and 42 are the company's targets, not
// results.
[[nodiscard]] RecoveryCurve renesas_naka_recovery();

// What makes the points no curve, all at once: recovery-empty, not-a-number, negative-time, recovery-not-ascending,
// share-outside-range. `name` says whose curve it is in the messages.
[[nodiscard]] Diagnostics
check_recovery_curve(const RecoveryCurve& curve, const std::string& name, const Span& span = {});

// The functions below REQUIRE a curve in which check_recovery_curve() finds nothing.

// The fraction at `day`.
[[nodiscard]] double recovery_at(const RecoveryCurve& curve, double day);

// The integral of the fraction over [from, to], days: what the interval produces in days of full capacity. Exact but
// for rounding (trapezoids between the points). REQUIRES from <= to.
[[nodiscard]] double capacity_days(const RecoveryCurve& curve, double from_day, double to_day);

// (to - from) - capacity_days(): what the disruption takes from the interval, in days of full capacity.
[[nodiscard]] double lost_capacity_days(const RecoveryCurve& curve, double from_day, double to_day);

// The mean fraction over [from, to]; the fraction at `from` when the interval is empty. The multiplier of a planning
// bucket's capacity.
[[nodiscard]] double recovery_mean(const RecoveryCurve& curve, double from_day, double to_day);

}  // namespace chipchain
