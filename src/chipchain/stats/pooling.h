// What it saves to keep one stock of several versions of an item instead of one stock per version.
//
// Versions that any customer may take (two foundries' dies of one chip that run the same software with the same
// results) share their safety stock; without that, each programme must find its own version on the shelf. G. D. Eppen,
// "Effects of Centralization on Expected Costs in a Multi-Location Newsboy Problem", Management Science 25(5), 1979,
// 498-501: for n equal, independent demands the stock falls to 1/sqrt(n), for fully correlated ones it does not fall at
// all.
//
// Stock is z times the standard deviation of what is demanded before an order placed now arrives:
//   dedicated  sigma_v^2 L_v + mu_v^2 s_v^2                    (the usual form for a random lead time L_v with
//   deviation
//                                                               s_v: Eppen and Martin, Management Science 34(11), 1988)
//   pooled     sigma^2 * integral over age t of (sum of w_v over versions with L_v > t)^2
//                + mu^2 * sum over u, v of w_u w_v r_uv s_u s_v
// where the pool's demand (mu, sigma) is ordered from version v in the fixed share w_v = mu_v / mu, so that the demand
// of t periods ago is still missing in the shares whose lead time is longer than t. Equal lead times give sigma^2 L.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace chipchain {

struct ItemVersion {
    double lead_time = 0;        // periods
    double lead_time_sigma = 0;  // periods
    double unit_cost = 0;        // USD
};

// Demand of one programme for one version, before pooling.
struct VersionDemand {
    uint32_t version = 0;
    double mean = 0;   // units per period
    double sigma = 0;  // units per period^0.5; demands of different periods are independent
};

struct PoolingCase {
    std::vector<ItemVersion> versions;
    std::vector<VersionDemand> demands;
    std::vector<double> correlation;   // [i * demands + j] of the demands; empty: independent
    double lead_time_correlation = 0;  // of any two versions; 1: whatever delays one delays all
    double safety_factor = 0;          // z: normal_quantile(service level)
    double holding_rate = 0;           // per period, share of the unit cost
};

struct SafetyStock {
    double units = 0;
    double value_usd = 0;  // units at their unit cost; of the pool: at the mean cost of what is ordered
    double holding_usd_per_period = 0;
};

struct Pooling {
    std::vector<SafetyStock> versions;  // [version] when each has its own stock
    SafetyStock dedicated;              // the sum of these
    SafetyStock pooled;
    double saved_units = 0;  // dedicated - pooled; below 0 where the pool takes most from a version of long lead time
    double saved_usd = 0;    // in value
    double saved_share = 0;  // of the dedicated units; 0 when there are none
};

// REQUIRES sigmas and times >= 0, a symmetric positive semidefinite correlation matrix with ones on its diagonal,
// 0 <= lead_time_correlation <= 1.
[[nodiscard]] Pooling pooled_safety_stock(const PoolingCase& c);

}  // namespace chipchain
