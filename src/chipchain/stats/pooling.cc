#include "chipchain/stats/pooling.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

struct Sum {
    double mean = 0;
    double variance = 0;
};

double correlation_of(const PoolingCase& c, size_t i, size_t j) {
    if (c.correlation.empty()) return i == j ? 1 : 0;
    return c.correlation[i * c.demands.size() + j];
}

// the demands for which `counts` holds, added up
template <class Counts>
Sum sum_of_demands(const PoolingCase& c, Counts counts) {
    Sum sum;
    for (size_t i = 0; i < c.demands.size(); ++i) {
        if (!counts(c.demands[i])) continue;
        sum.mean += c.demands[i].mean;
        for (size_t j = 0; j < c.demands.size(); ++j) {
            if (!counts(c.demands[j])) continue;
            sum.variance += correlation_of(c, i, j) * c.demands[i].sigma * c.demands[j].sigma;
        }
    }
    // demands that cancel each other out leave rounding
    sum.variance = std::max(sum.variance, 0.0);
    return sum;
}

// the integral over t >= 0 of (sum of the shares whose lead time is longer than t)^2
double pipeline_time(const PoolingCase& c, std::span<const double> shares) {
    std::vector<size_t> by_lead(shares.size());
    for (size_t v = 0; v < by_lead.size(); ++v) by_lead[v] = v;
    std::stable_sort(by_lead.begin(), by_lead.end(), [&](size_t a, size_t b) {
        return c.versions[a].lead_time < c.versions[b].lead_time;
    });
    double time = 0;
    double integral = 0;
    double missing = 0;
    for (const double share : shares) missing += share;
    for (const size_t v : by_lead) {
        integral += missing * missing * (c.versions[v].lead_time - time);
        time = c.versions[v].lead_time;
        missing -= shares[v];
    }
    return integral;
}

double lead_time_variance(const PoolingCase& c, std::span<const double> shares) {
    double variance = 0;
    for (size_t u = 0; u < shares.size(); ++u) {
        for (size_t v = 0; v < shares.size(); ++v) {
            const double correlation = u == v ? 1 : c.lead_time_correlation;
            variance +=
                correlation * shares[u] * c.versions[u].lead_time_sigma * shares[v] * c.versions[v].lead_time_sigma;
        }
    }
    return variance;
}

SafetyStock stock_of(const PoolingCase& c, double variance, double unit_cost) {
    const double units = c.safety_factor * std::sqrt(variance);
    return {units, units * unit_cost, units * unit_cost * c.holding_rate};
}

void check_case(const PoolingCase& c) {
    CHECK(c.correlation.empty() || c.correlation.size() == c.demands.size() * c.demands.size());
    CHECK(c.lead_time_correlation >= 0 && c.lead_time_correlation <= 1);
    for (const ItemVersion& v : c.versions) CHECK(v.lead_time >= 0 && v.lead_time_sigma >= 0);
    for (const VersionDemand& d : c.demands) CHECK(d.version < c.versions.size() && d.mean >= 0 && d.sigma >= 0);
}

}  // namespace

Pooling pooled_safety_stock(const PoolingCase& c) {
    check_case(c);
    Pooling result;
    const Sum all = sum_of_demands(c, [](const VersionDemand&) { return true; });
    std::vector<double> shares;
    double unit_cost = 0;
    for (uint32_t v = 0; v < c.versions.size(); ++v) {
        const ItemVersion& version = c.versions[v];
        const Sum own = sum_of_demands(c, [v](const VersionDemand& d) { return d.version == v; });
        const double lateness = own.mean * version.lead_time_sigma;
        result.versions.push_back(
            stock_of(c, own.variance * version.lead_time + lateness * lateness, version.unit_cost));
        result.dedicated.units += result.versions.back().units;
        result.dedicated.value_usd += result.versions.back().value_usd;
        result.dedicated.holding_usd_per_period += result.versions.back().holding_usd_per_period;
        // demands without a mean are ordered in equal shares
        shares.push_back(all.mean > 0 ? own.mean / all.mean : 1.0 / static_cast<double>(c.versions.size()));
        unit_cost += shares.back() * version.unit_cost;
    }
    const double variance =
        all.variance * pipeline_time(c, shares) + all.mean * all.mean * lead_time_variance(c, shares);
    result.pooled = stock_of(c, variance, unit_cost);
    result.saved_units = result.dedicated.units - result.pooled.units;
    result.saved_usd = result.dedicated.value_usd - result.pooled.value_usd;
    if (result.dedicated.units > 0) result.saved_share = result.saved_units / result.dedicated.units;
    return result;
}

}  // namespace chipchain
