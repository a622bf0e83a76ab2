// Promises: what of a plan can be said to customers. A promise is a running total per programme and quarter; it is kept
// in a future whose deliveries have reached it by the end of the quarter.
#pragma once

#include <string>
#include <vector>

#include "chipchain/study/chain_sample.h"

namespace chipchain {

struct Quarter {
    std::string name;  // "2027-Q2"
    size_t first = 0;  // buckets first .. last lie in it by their middle
    size_t last = 0;
};

[[nodiscard]] std::vector<Quarter> quarters_of(const ChainModel& model);
// Sum over a quarter's buckets.
[[nodiscard]] double quarter_sum(const Quarter& quarter, const std::vector<double>& by_bucket);

using Promise = Series2;  // [programme][quarter] running total at its end

// What the plan delivers, as it stands.
[[nodiscard]] Promise promise_of_plan(const ChainModel& model, const ChainPlan& plan);

// The most that other futures reach in a share `service` with a confidence of 90 %, but not more than the plan
// delivers: an order statistic over the samples (stats/quantile.h; with few samples their least), never falling from
// quarter to quarter.
[[nodiscard]] Promise promise_of_samples(
    const ChainModel& model,
    const ChainPlan& plan,
    const std::vector<ChainSample>& samples,
    double service);

// Shares of the samples that keep each promise, [programme][quarter]; -1 where nothing new is promised in the quarter.
// A shortfall of less than kPromiseRounding of the promise, or of one piece, keeps it.
[[nodiscard]] Series2
kept_shares(const ChainModel& model, const Promise& promise, const std::vector<ChainSample>& samples);
inline constexpr double kPromiseRounding = 1e-3;

// The mean of the shares that exist; 1 without any.
[[nodiscard]] double mean_kept(const Series2& kept);

}  // namespace chipchain
