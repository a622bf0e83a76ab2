#include "chipchain/yield/redundancy.h"

#include <numeric>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/gamma_mean.h"
#include "chipchain/yield/sampling.h"

namespace chipchain {

namespace {

// log C(n, i) for all i
std::vector<double> log_choices(uint32_t n) {
    std::vector<double> logs(n + 1);
    for (uint32_t i = 0; i <= n; ++i) {
        logs[i] = log_gamma(n + 1.0) - log_gamma(i + 1.0) - log_gamma(n - i + 1.0);
    }
    return logs;
}

// e^(-u) C(n, i) p^i (1 - p)^(n - i) with p = e^-c, for the mean defects c of a core and u of the uncore
double bin_probability(double log_choice, double core, double uncore, uint32_t working, uint32_t dead) {
    if (dead == 0) return deterministic_exp(log_choice - core * working - uncore);
    // 1 - e^-c by the series where the difference would cancel
    const double dies = core < 1e-5 ? core * (1 - core / 2) : 1 - deterministic_exp(-core);
    if (dies == 0) return 0;
    return deterministic_exp(log_choice - core * working + deterministic_log(dies) * dead - uncore);
}

void check_array(const CoreArray& array, double d0_per_cm2) {
    CHECK(array.cores >= 1 && array.cores <= 10000);
    CHECK(array.core_area_cm2 >= 0 && array.uncore_area_cm2 >= 0 && d0_per_cm2 >= 0);
}

}  // namespace

std::vector<double> harvest_bins(const CoreArray& array, double d0_per_cm2, double alpha) {
    check_array(array, d0_per_cm2);
    const double core = d0_per_cm2 * array.core_area_cm2;
    const double uncore = d0_per_cm2 * array.uncore_area_cm2;
    const std::vector<double> logs = log_choices(array.cores);
    std::vector<double> bins(array.cores + 1);
    for (uint32_t i = 0; i <= array.cores; ++i) {
        bins[i] = gamma_mean(alpha, [&](double g) {
            return bin_probability(logs[i], core * g, uncore * g, i, array.cores - i);
        });
    }
    return bins;
}

double yield_at_least(const CoreArray& array, uint32_t needed, double d0_per_cm2, double alpha) {
    CHECK(needed <= array.cores);
    const std::vector<double> bins = harvest_bins(array, d0_per_cm2, alpha);
    return std::accumulate(bins.begin() + needed, bins.end(), 0.0);
}

std::vector<uint64_t>
sample_harvest(const CoreArray& array, double d0_per_cm2, double alpha, const RandomSource& source, uint32_t dies) {
    check_array(array, d0_per_cm2);
    std::vector<uint64_t> bins(array.cores + 2);
    for (uint32_t die = 0; die < dies; ++die) {
        const double density = d0_per_cm2 * gamma_draw({source, DrawKind::die_density, die, 0}, alpha);
        if (defect_draw({source, DrawKind::uncore, die, 0}, density * array.uncore_area_cm2)) {
            ++bins[array.cores + 1];
            continue;
        }
        uint32_t working = 0;
        for (uint32_t core = 0; core < array.cores; ++core) {
            if (!defect_draw({source, DrawKind::core, die, core}, density * array.core_area_cm2)) ++working;
        }
        ++bins[working];
    }
    return bins;
}

std::vector<double> product_shares(std::span<const double> bins, std::span<const HarvestProduct> products) {
    std::vector<double> shares;
    size_t taken = bins.size();  // bins from here on are sold as a better product
    for (const HarvestProduct& product : products) {
        CHECK(product.needed_cores <= taken);
        double share = 0;
        for (size_t i = product.needed_cores; i < taken; ++i) share += bins[i];
        shares.push_back(share);
        taken = product.needed_cores;
    }
    return shares;
}

double harvest_value_usd(std::span<const double> bins, std::span<const HarvestProduct> products) {
    const std::vector<double> shares = product_shares(bins, products);
    double value = 0;
    for (size_t i = 0; i < products.size(); ++i) value += shares[i] * products[i].value_usd;
    return value;
}

}  // namespace chipchain
