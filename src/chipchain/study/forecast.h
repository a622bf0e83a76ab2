// What queueing theory says of a line before anything is simulated: waiting per tool group and cycle time, for any
// numbers of tools and any start rate. The parts of the cycle time are those of Hopp and Spearman, Factory Physics,
// 3rd ed. 2008 [HS] chapters 8 and 9:
//  queue     G/G/m by Sakasegawa's formula (ggm_queue_time) with t_e and c_e^2 of downs and maintenance as preemptive
//            outages, c_a^2 = 1 (many streams meet at a group of a re-entrant line: assumption), 1 / b for batches of b
//  forming   waiting for a batch to fill, (b - 1) / (2 * rate of its class)
//  stay      load, process, unload, setup, and the downs that fall into it
//  transport
// A correction per group says what a simulation has shown instead: it scales queue and replaces stay.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/model/load.h"

namespace chipchain {

struct GroupCorrection {
    double wait_factor = 1;   // simulated / forecast wait
    double extra_stay_h = 0;  // simulated - forecast start to done
    GroupObservation seen;    // setups and batches
};

struct GroupForecast {
    double queue_h = 0;    // +inf when the group is overloaded
    double forming_h = 0;  // scaled by wait_factor like queue_h
    double stay_h = 0;
    [[nodiscard]] double wait_h() const { return queue_h + forming_h; }
};

// Of the group with the tools that it has.
[[nodiscard]] GroupForecast forecast(const GroupLoad& load, const GroupCorrection& correction = {});

struct LineForecast {
    std::vector<GroupForecast> groups;  // [tool group]
    std::vector<double> cycle_time_d;  // [lot type]; of shipped lots that are not hot or slow: the mean over priorities
    double cycle_time_mean_d = 0;      // over released lots
    double raw_mean_d = 0;
    [[nodiscard]] double x_factor() const { return raw_mean_d > 0 ? cycle_time_mean_d / raw_mean_d : 0; }
};

// `corrections`: [tool group], or empty.
[[nodiscard]] LineForecast forecast(const LineLoad& line, const std::vector<GroupCorrection>& corrections = {});

// The line at another start rate, with the same tools. REQUIRES factor > 0.
[[nodiscard]] LineLoad
at_rate(const LineLoad& line, double factor, const std::vector<GroupCorrection>& corrections = {});

// Mean visits of a released lot to each group, over all release lines.
[[nodiscard]] std::vector<double> mean_visits(const LineLoad& line);

// The knee of the operating curve: the start rate, as a multiple of the present one, at which rate / cycle time is
// greatest (Kleinrock's power; L. Kleinrock, Power and deterministic rules of thumb for probabilistic problems in
// computer communications, ICC 1979). Beyond it a percent more starts costs more than a percent of cycle time. 0 for a
// line without starts.
[[nodiscard]] double knee(const LineLoad& line, const std::vector<GroupCorrection>& corrections = {});

// The greatest multiple of the present start rate at which the forecast cycle time is at most `cycle_time_d`; 0 if
// there is none.
[[nodiscard]] double
greatest_rate(const LineLoad& line, double cycle_time_d, const std::vector<GroupCorrection>& corrections = {});

}  // namespace chipchain
