// Release dates of a line whose rate changes: piecewise linear between dated rates, exact in whole ticks.
//
// The rate is in 10^-6 pieces per 30 days, so the integral over ticks has the unit 10^-6 pieces * tick / 30 days and is
// kept in 128 bits; a segment adds floor(r tau + (r' - r) tau^2 / (2 L)).
#pragma once

#include <cstdint>
#include <span>

#include "chipchain/base/time.h"
#include "chipchain/model/model.h"

namespace chipchain {

inline constexpr Time kRampMonth = 30 * kDay;

// The first tick at which the integral of the rate has reached `pieces`; kNever when it never does.
// REQUIRES points in ascending order of date.
[[nodiscard]] Time ramp_reaches(std::span<const RampPoint> points, uint64_t pieces);

// The rate at `t`, pieces per tick.
[[nodiscard]] double ramp_rate(std::span<const RampPoint> points, Time t);

}  // namespace chipchain
