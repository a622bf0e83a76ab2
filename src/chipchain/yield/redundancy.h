// Dies with several equal cores: the chance that enough of them work, and how many dies fall into which bin.
//
// Backend facts 4.5: Y(>= k of n) = E[e^(-D A_u) sum_{i >= k} C(n, i) p^i (1 - p)^(n - i)], p = e^(-D A_c), where the
// density D of a die is D0 times a gamma number of shape alpha (kNoClustering: D = D0, Poisson). The mean over D is a
// quadrature of positive terms (gamma_mean.h), right to 1e-10 for any number of cores; the inclusion-exclusion of
// negative binomial terms is the same figure but loses all digits beyond some 50 cores, so it is only the tests' check.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/yield/models.h"

namespace chipchain {

struct CoreArray {
    uint32_t cores = 1;          // equal parts of which some may be dead, at most 10,000
    double core_area_cm2 = 0;    // of one
    double uncore_area_cm2 = 0;  // where a defect kills the die
};

// [i] = the probability that the uncore and exactly i cores work, i = 0..cores. The rest to 1 are dies lost by the
// uncore.
[[nodiscard]] std::vector<double> harvest_bins(const CoreArray& array, double d0_per_cm2, double alpha = kNoClustering);

// The probability that the uncore and at least `needed` cores work. needed = cores: no redundancy. REQUIRES needed <=
// cores.
[[nodiscard]] double
yield_at_least(const CoreArray& array, uint32_t needed, double d0_per_cm2, double alpha = kNoClustering);

// [i] = dies among `dies` sampled ones whose uncore and exactly i cores work; [cores + 1] = dies lost by the uncore.
// Draws depend on (seed, replication, die).
[[nodiscard]] std::vector<uint64_t>
sample_harvest(const CoreArray& array, double d0_per_cm2, double alpha, const RandomSource& source, uint32_t dies);

// One product sold from an array: dies with at least that many working cores that no better product takes.
struct HarvestProduct {
    uint32_t needed_cores = 0;
    double value_usd = 0;  // of a die sold so
};
// [product] = its share of all dies. REQUIRES needed_cores in descending order.
[[nodiscard]] std::vector<double> product_shares(
    std::span<const double> bins,
    std::span<const HarvestProduct> products);
// The mean value of a die, USD, over all dies including dead ones.
[[nodiscard]] double harvest_value_usd(std::span<const double> bins, std::span<const HarvestProduct> products);

}  // namespace chipchain
