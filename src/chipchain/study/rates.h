// The start rate of a line with given tools: the highest one within a cycle time, the operating curve, and what one
// more tool brings.
#pragma once

#include <vector>

#include "chipchain/study/size.h"

namespace chipchain {

struct RateStep {
    double starts_per_month = 0;
    double forecast_x = 0;
    double utilisation = 0;  // of the most utilised group, analytic
    std::optional<Measured> measured;
};

struct RateResult {
    double starts_per_month = 0;  // greatest rate whose cycle time was measured to hold
    double not_below = 0;         // least rate that was measured not to hold; 0: none
    double forecast_starts = 0;
    std::vector<RateStep> steps;
    double target_d = 0;
};

// The highest start rate that the tools of the model sustain within the cycle time: bisection over simulations with
// common random numbers, all release lines scaled alike. The answer lies in [starts_per_month, not_below].
[[nodiscard]] Result<RateResult> greatest_starts(const Spec& spec, const SizeOptions& options);

// The operating curve: forecasts at `points` start rates up to what the tools can do, simulations at `simulated` of
// them (0: none). `sized`: corrections and tools.
[[nodiscard]] std::vector<RateStep> operating_curve(
    const Spec& spec,
    const LineLoad& line,
    const std::vector<GroupCorrection>& corrections,
    const std::vector<double>& factors,
    const std::vector<double>& simulated,
    const SizeOptions& options);

// What one more tool of a group brings.
struct MoreTool {
    uint32_t group = 0;
    double days = 0;              // of cycle time saved
    double starts_per_month = 0;  // more, at the same cycle time
    double musd_per_day = 0;      // price / days; 0 when nothing is saved
};
[[nodiscard]] std::vector<MoreTool> one_more_tool(const SizeResult& result);

}  // namespace chipchain
