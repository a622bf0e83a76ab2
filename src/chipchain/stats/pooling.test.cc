// What does one stock of several versions save, and does it obey the square-root law?
#include "chipchain/stats/pooling.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/stats/special.h"

namespace chipchain {
namespace {

// n versions with equal demand, lead time and cost, correlation rho between any two
PoolingCase equal_versions(uint32_t n, double rho) {
    PoolingCase c;
    c.safety_factor = normal_quantile(.98);
    c.holding_rate = .2 / 52;
    c.correlation.assign(size_t{n} * n, rho);
    for (uint32_t v = 0; v < n; ++v) {
        c.versions.push_back({16, 0, 400});
        c.demands.push_back({v, 1000, 300});
        c.correlation[size_t{v} * n + v] = 1;
    }
    return c;
}

TEST(Pooling, SquareRootLaw) {
    for (const uint32_t n : {1U, 2U, 5U, 9U}) {
        PoolingCase c = equal_versions(n, 0);
        const Pooling p = pooled_safety_stock(c);
        EXPECT_NEAR(p.dedicated.units, n * c.safety_factor * 300 * 4, 1e-9 * p.dedicated.units);
        EXPECT_NEAR(p.pooled.units, p.dedicated.units / std::sqrt(n), 1e-9 * p.dedicated.units);
        EXPECT_NEAR(p.saved_share, 1 - 1 / std::sqrt(n), 1e-12);
        EXPECT_NEAR(p.saved_usd, 400 * p.saved_units, 1e-6);
        EXPECT_NEAR(p.pooled.holding_usd_per_period, p.pooled.value_usd * .2 / 52, 1e-9);
        // independent lateness pools likewise
        for (ItemVersion& v : c.versions) v.lead_time_sigma = 2;
        EXPECT_NEAR(pooled_safety_stock(c).saved_share, 1 - 1 / std::sqrt(n), 1e-12);
        c.correlation.clear();
        EXPECT_NEAR(pooled_safety_stock(c).saved_share, 1 - 1 / std::sqrt(n), 1e-12);
    }
}

TEST(Pooling, NothingIsSavedOnDemandsThatMoveTogether) {
    PoolingCase c = equal_versions(4, 1);
    EXPECT_NEAR(pooled_safety_stock(c).saved_share, 0, 1e-12);
    for (ItemVersion& v : c.versions) v.lead_time_sigma = 2;
    EXPECT_GT(pooled_safety_stock(c).saved_share, .1);  // delays are still independent
    c.lead_time_correlation = 1;
    EXPECT_NEAR(pooled_safety_stock(c).saved_share, 0, 1e-12);
    EXPECT_EQ(pooled_safety_stock(equal_versions(2, -1)).pooled.units, 0);
}

// two programmes draw on each version; by hand, z = 2
TEST(Pooling, ProgrammesAndDifferentLeadTimes) {
    PoolingCase c;
    c.safety_factor = 2;
    c.versions = {{4, 0, 300}, {9, 1, 200}};
    c.demands = {{0, 30, 3}, {0, 30, 4}, {1, 20, 5}, {1, 20, 12}};
    const Pooling p = pooled_safety_stock(c);
    EXPECT_DOUBLE_EQ(p.versions[0].units, 2 * std::sqrt(25 * 4));
    EXPECT_DOUBLE_EQ(p.versions[1].units, 2 * std::sqrt(169 * 9 + 40 * 40));
    EXPECT_DOUBLE_EQ(p.dedicated.value_usd, p.versions[0].units * 300 + p.versions[1].units * 200);
    // shares .6 and .4: all of the demand is missing for 4 periods, .4 of it for 5 more
    EXPECT_NEAR(p.pooled.units, 2 * std::sqrt(194 * (4 + .16 * 5) + 1600), 1e-9);
    EXPECT_NEAR(p.pooled.value_usd, p.pooled.units * 260, 1e-6);
}

TEST(Pooling, NoDemandNoStock) {
    const Pooling p = pooled_safety_stock({});
    EXPECT_EQ(p.dedicated.units, 0);
    EXPECT_EQ(p.pooled.units, 0);
    EXPECT_EQ(p.saved_share, 0);
}

}  // namespace
}  // namespace chipchain
