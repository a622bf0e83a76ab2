// What an outage of each site does (M9, time-phased: the plan is made again with the site at nothing, so that lead
// times, stocks under way and qualifications count, which the static model of plan/exposure.h does not see), and what
// the uncertainties of a scenario weigh (tornado).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chipchain/plan/planner.h"
#include "chipchain/study/chain_sample.h"

namespace chipchain {

struct SiteRisk {
    uint32_t site = 0;
    Time begin = 0;               // of the outage: where the site is busiest
    double survive_weeks = 0;     // longest outage without further pieces late; kSurvivesAll: none hurts
    double recover_weeks = 0;     // the site's time to recover
    double impact_usd = 0;        // added cost of an outage of that length
    double lost_piece_weeks = 0;  // added waiting of all programmes
    uint32_t worst_programme = kNoIndex;
    uint32_t scarce_node = kNoIndex;  // of what the site makes: where one more piece would help most
    double buffer_pieces = 0;         // stock of it that would bridge the gap
    double buffer_usd = 0;            // holding it for a year
    [[nodiscard]] bool safe() const { return survive_weeks >= recover_weeks; }
};
inline constexpr double kSurvivesAll = 1e9;

// The sites with a time to recover, greatest impact first. `base` is the plan whose decisions are kept. threads: 0 is
// one per core; the result does not depend on them.
[[nodiscard]] std::vector<SiteRisk>
site_risks(const ChainModel& model, const PlannerOptions& options, const PlanningResult& base, uint32_t threads);

struct TornadoBar {
    uint32_t uncertainty = 0;
    double low = 0;  // figure with the uncertainty at its low end
    double base = 0;
    double high = 0;
    double rank_correlation = 0;  // Spearman, between the factor and the figure over samples with everything random

    [[nodiscard]] double swing() const;
};

// Simulates one deterministic run with given factors [uncertainty] and returns the figure, US$.
using FigureOf = std::function<double(const std::vector<double>& factors)>;

// Bars by falling swing. samples: for the rank correlation of their value less cost.
[[nodiscard]] std::vector<TornadoBar>
tornado(const ChainModel& model, const FigureOf& figure, const std::vector<ChainSample>& samples);

}  // namespace chipchain
