// A model of the same line with other tool counts and another start rate, kept consistent: release intervals, intervals
// of maintenance by pieces, lots in the line at the start.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/model/load.h"
#include "chipchain/spec/spec.h"
#include "chipchain/study/forecast.h"

namespace chipchain {

// Pieces started in 30 days by the release lines.
[[nodiscard]] double starts_per_month(const Spec& spec);

// Whether some line releases by a list or a ramp: what has dates cannot be scaled to another rate.
[[nodiscard]] bool has_dated_releases(const Spec& spec);

// Multiplies the starts of every constant and Poisson release line. REQUIRES factor > 0.
void scale_starts(Spec& spec, double factor);

// Sets the tools of each group and, with `keep_cadence`, the intervals of maintenance by pieces, so that a tool stops
// as often in time as it did with the tools and starts of `before` (the model as read).
void set_tool_counts(
    Spec& spec,
    const std::vector<uint32_t>& tools,
    const LineLoad& before,
    const LineLoad& after,
    bool keep_cadence);

// Replaces the lots in the line at the start by those of Little's law: rate * cycle time of each release line, spread
// over its steps as the forecast spreads the cycle time. `model` is the compiled spec.
void set_initial_wip(Spec& spec, const Model& model, const LineLoad& line, const LineForecast& forecast);

}  // namespace chipchain
