// Sizes a line: the cheapest tool counts that ship a start rate within a cycle time.
//
// Rounds: analytic load -> queueing forecast -> least-cost tool counts (allocate.h) -> simulation of that line with
// replications; what the simulation shows of each group's waiting, setups and batches corrects the forecast of the next
// round, until both targets hold with the asked confidence (t-intervals over replications) and the cycle time is at
// most `slack` below its target, or no cheaper line holds it. The cycle time is the mean over the lots of all
// release lines that were released and shipped in the run; the X-factor is their cycle time / their raw process time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/spec/spec.h"
#include "chipchain/study/allocate.h"
#include "chipchain/study/measure.h"

namespace chipchain {

struct SizeOptions {
    double starts_per_month = 0;  // pieces in 30 days; 0: the model's
    double x_factor = 0;          // one of the two
    double cycle_time_d = 0;
    std::map<std::string, int64_t> locked;  // tool group -> tools
    // of capacity, exclusive; at 99.5 % a queue still settles within weeks (assumption)
    double max_utilisation = 0.995;
    bool scales_starts = false;   // the caller runs the line at other start rates, which lists and ramps do not have
    bool allow_single = false;    // one tool may be enough
    bool keep_pm_pieces = false;  // maintenance by pieces keeps its pieces; else its cadence in time
    double confidence = 0.95;
    double slack = 0.10;           // the cycle time may be so much below its target
    double rate_tolerance = 0.02;  // shipped rate may be so much below the starts
    uint32_t rounds = 8;           // 0: no simulation
    SimulationPlan simulation;
    std::function<void(const std::string&)> log;  // one line per round
};

struct SizeRound {
    double capex_musd = 0;
    uint64_t tools = 0;
    double forecast_x = 0;
    Measured measured;
};

enum class SizeOutcome : uint8_t {
    analytic,     // not simulated
    reached,      // both targets hold
    least_tools,  // both hold, the cycle time is more than `slack` below its target: no cheaper line reaches it
    not_reached,  // rounds are used up; the result is the best line that was simulated
    stopped,      // by progress
};

struct SizeResult {
    SizeOutcome outcome = SizeOutcome::analytic;
    Spec spec;    // of the sized line
    Model model;  // compiled
    LineLoad line;
    LineForecast forecast;  // corrected
    std::vector<GroupCorrection> corrections;
    std::vector<GroupChoice> choices;
    double starts_per_month = 0;
    double target_d = 0;
    double raw_d = 0;
    std::optional<Measured> measured;
    std::vector<SizeRound> rounds;
};

// Ids: size-no-starts, size-release-policy, size-target, size-floor, size-locked-group, unknown-tool-group,
// size-no-capacity, more-than-one-cost.
[[nodiscard]] Result<SizeResult> size_line(const Spec& spec, const SizeOptions& options);

// The line of a model, its targets checked: what sizing and the inverse start from.
struct LineAsRead {
    LineLoad line;
    double raw_d = 0;
    double target_d = 0;
};
[[nodiscard]] Result<LineAsRead> read_line(const Spec& spec, const SizeOptions& options);

// Corrections after a simulation of the line `load`: the next forecast says of it what the simulation said.
[[nodiscard]] std::vector<GroupCorrection> corrected(
    const LineLoad& load,
    std::vector<GroupCorrection> corrections,
    const Measured& measured,
    bool keep_maintenance_shares);

}  // namespace chipchain
