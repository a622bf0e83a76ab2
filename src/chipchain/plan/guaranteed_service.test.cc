// Is safety stock placed as in published chains, and as cheaply as a search over all service times finds?
#include "chipchain/plan/guaranteed_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "chipchain/stats/special.h"
#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

ServiceStage stage(int32_t time, double holding_cost) {
    ServiceStage s;
    s.processing_time = time;
    s.holding_cost = holding_cost;
    return s;
}

ServiceStage customer(int32_t time, double holding_cost, double sigma, int32_t promise) {
    ServiceStage s = stage(time, holding_cost);
    s.demand_sigma = sigma;
    s.promise = promise;
    return s;
}

std::vector<int32_t> outbound(const ServicePlan& plan) {
    std::vector<int32_t> times;
    for (const StageService& s : plan.stages) times.push_back(s.outbound_time);
    return times;
}

// The digital camera of Graves and Willems: wafers -> package and test -> imager -> final assembly. Snyder and Shen,
// Fundamentals of Supply Chain Theory, 2nd ed. 2019, figure 6.14.
ServiceNetwork camera(int32_t promise) {
    ServiceNetwork network;
    network.safety_factor = normal_quantile(.95);
    network.stages = {
        stage(2, .01),  // raw material
        stage(3, .03),  // process wafers
        stage(2, .04),  // package and test wafers
        stage(4, .06),  // imager base
        stage(2, .12),  // imager assembly
        stage(3, .13),  // ship to final assembly
        stage(6, .20),  // camera
        stage(4, .08),  // circuit board
        stage(3, .04),  // other parts
        customer(2, .50, 10, promise)};
    network.arcs = {{0, 1}, {1, 2}, {2, 4}, {3, 4}, {4, 5}, {5, 9}, {6, 9}, {7, 9}, {8, 9}};
    return network;
}

TEST(GuaranteedService, DigitalCamera) {
    const struct {
        int32_t promise;
        double cost;
    } rows[] = {{2, 18.8240044725922}, {5, 12.4686888061}, {8, 3.2578823640}, {12, .2326174307}};
    for (const auto& row : rows) {
        const ServicePlan plan = place_safety_stock(camera(row.promise));
        EXPECT_NEAR(plan.cost, row.cost, 1e-10) << row.promise;
        EXPECT_TRUE(plan.optimal);
        EXPECT_EQ(plan.trees, 1U);
        EXPECT_LE(plan.stages[9].outbound_time, row.promise);
    }
    EXPECT_NEAR(place_safety_stock(camera(2)).cost, 18.8240044725922, 1e-13);
    // nothing to cover once the customer waits for the longest path
    EXPECT_EQ(place_safety_stock(camera(14)).cost, 0);
}

// Snyder and Shen example 6.5: 1 -> 3 -> {2, 4}
ServiceNetwork example_6_5() {
    ServiceNetwork network;
    network.safety_factor = 1;
    network.stages = {stage(2, 1), customer(1, 3, 1, 0), stage(1, 2), customer(1, 3, 1, 1)};
    network.stages[0].inbound_time = 1;
    network.arcs = {{0, 2}, {2, 1}, {2, 3}};
    return network;
}

TEST(GuaranteedService, TextbookExample65) {
    const ServicePlan plan = place_safety_stock(example_6_5());
    EXPECT_NEAR(plan.cost, 2 * std::sqrt(2) + std::sqrt(6) + 3, 1e-14);
    EXPECT_EQ(outbound(plan), (std::vector<int32_t>{0, 0, 0, 1}));
    EXPECT_EQ(plan.stages[0].inbound_time, 1);
    EXPECT_EQ(plan.stages[0].net_time, 3);
    EXPECT_DOUBLE_EQ(plan.stages[0].demand_sigma, std::sqrt(2));
    // the book's worse choice, S = (2, 0, 2, 1)
    EXPECT_NEAR(service_plan_of(example_6_5(), std::vector<int32_t>{2, 0, 2, 1}).cost, 13.6814337969452, 1e-13);
}

// problem 6.7: forming -> firing -> glazing
TEST(GuaranteedService, TextbookProblem67) {
    ServiceNetwork network;
    network.safety_factor = 4;
    network.stages = {customer(2, 4, 10, 0), stage(1, 3), stage(1, 2)};
    network.stages[0].demand_mean = 45;
    network.stages[2].inbound_time = 1;
    network.arcs = {{2, 1}, {1, 0}};
    const ServicePlan plan = place_safety_stock(network);
    EXPECT_NEAR(plan.cost, 160 * std::sqrt(5), 1e-12);
    EXPECT_EQ(plan.stages[2].demand_mean, 45);
}

// problem 6.9: 6 -> 5 -> 3, 4 -> 3, 3 -> {1, 2}, in days, a holding rate of 20 % a year
TEST(GuaranteedService, TextbookProblem69) {
    const double day = .2 / 365;
    ServiceNetwork network;
    network.safety_factor = 4;
    network.stages = {
        customer(7, 220 * day, 4.1, 3),
        customer(7, 140 * day, 6.2, 3),
        stage(21, 90 * day),
        stage(3, 5 * day),
        stage(8, 20 * day),
        stage(2, 7.5 * day)};
    network.arcs = {{5, 4}, {3, 2}, {4, 2}, {2, 0}, {2, 1}};
    EXPECT_NEAR(place_safety_stock(network).cost, 15.649530249501, 1e-12);
}

TEST(GuaranteedService, QuantitiesAndPathsThatMeetAgain) {
    // two of stage 0 go into 1, one into 2, three of 1 and four of 2 into 3: 10 of stage 0 in a unit of 3
    ServiceNetwork network;
    network.safety_factor = 2;
    network.stages = {stage(1, 1), stage(1, 1), stage(1, 1), customer(1, 1, 5, 0)};
    network.stages[3].demand_mean = 7;
    network.arcs = {{0, 1, 2}, {0, 2, 1}, {1, 3, 3}, {2, 3, 4}};
    const ServicePlan plan = place_safety_stock(network);
    EXPECT_DOUBLE_EQ(plan.stages[0].demand_sigma, 50);
    EXPECT_DOUBLE_EQ(plan.stages[0].demand_mean, 70);
    EXPECT_DOUBLE_EQ(plan.stages[2].demand_sigma, 20);
    EXPECT_DOUBLE_EQ(plan.stages[3].safety_stock, 2 * 5 * std::sqrt(plan.stages[3].net_time));
}

// z sqrt(sigma^2 N + mu^2 sigma_T^2): 1.5 * sqrt(3^2 * 4 + 10^2 * .8^2) = 15
TEST(GuaranteedService, LateProcessesCostStock) {
    ServiceNetwork network;
    network.safety_factor = 1.5;
    network.stages = {customer(4, 2, 3, 0)};
    network.stages[0].demand_mean = 10;
    network.stages[0].processing_time_sigma = .8;
    EXPECT_DOUBLE_EQ(place_safety_stock(network).stages[0].safety_stock, 15);
    EXPECT_DOUBLE_EQ(place_safety_stock(network).cost, 30);
    network.stages[0].safety_factor = 3;
    EXPECT_DOUBLE_EQ(place_safety_stock(network).cost, 60);
    // nothing but the lateness is left when the customer waits for the process
    network.stages[0].promise = 4;
    EXPECT_DOUBLE_EQ(place_safety_stock(network).cost, 3 * 8 * 2);
}

// every outbound time that a stage can have, for all stages
double by_search(const ServiceNetwork& network) {
    std::vector<int32_t> times(network.stages.size(), 1000);
    const std::vector<int32_t> most = outbound(service_plan_of(network, times));
    std::fill(times.begin(), times.end(), 0);
    double least = std::numeric_limits<double>::infinity();
    for (;;) {
        least = std::min(least, service_plan_of(network, times).cost);
        size_t k = 0;
        while (k < times.size() && ++times[k] > most[k]) times[k++] = 0;
        if (k == times.size()) return least;
    }
}

struct Draw {
    TestRandom random;
    // a whole number of low..high
    int32_t operator()(int32_t low, int32_t high) {
        return low + static_cast<int32_t>(random.uniform() * (high - low + 1));
    }
    bool chance(double p) { return random.uniform() < p; }
};

ServiceNetwork random_stages(Draw& draw, uint32_t stages, int32_t longest) {
    ServiceNetwork network;
    network.safety_factor = 1.645;
    for (uint32_t k = 0; k < stages; ++k) {
        ServiceStage s = stage(draw(0, longest), draw(1, 20));
        s.inbound_time = draw(0, 1);
        if (draw.chance(.3)) s.processing_time_sigma = .5;
        if (draw.chance(.3)) {
            s.demand_sigma = draw(1, 9);
            s.demand_mean = 10;
            s.promise = draw(0, 3);
        }
        network.stages.push_back(s);
    }
    return network;
}

// stages that feed nobody get a customer
void add_customers(ServiceNetwork& network) {
    for (uint32_t k = 0; k < network.stages.size(); ++k) {
        const auto feeds = [k](const ServiceArc& a) { return a.from == k; };
        ServiceStage& s = network.stages[k];
        if (std::any_of(network.arcs.begin(), network.arcs.end(), feeds) || s.promise) continue;
        s.demand_sigma = 4;
        s.promise = 0;
    }
}

ServiceNetwork random_tree(Draw& draw, uint32_t stages) {
    ServiceNetwork network = random_stages(draw, stages, 2);
    for (uint32_t k = 1; k < stages; ++k) {
        const auto other = static_cast<uint32_t>(draw(0, static_cast<int32_t>(k) - 1));
        const bool up = draw.chance(.5);
        network.arcs.push_back({up ? k : other, up ? other : k, 1.0 * draw(1, 2)});
    }
    add_customers(network);
    return network;
}

ServiceNetwork random_network(Draw& draw, uint32_t stages, int32_t longest, double density) {
    ServiceNetwork network = random_stages(draw, stages, longest);
    for (uint32_t k = 1; k < stages; ++k) {
        for (uint32_t other = 0; other < k; ++other) {
            if (draw.chance(density)) network.arcs.push_back({other, k, 1.0 * draw(1, 2)});
        }
    }
    add_customers(network);
    return network;
}

TEST(GuaranteedService, TreesAreSolvedAsBySearchAndWithAllArcsRelaxed) {
    Draw draw;
    uint64_t branched = 0;
    for (uint32_t n = 0; n < 200; ++n) {
        const ServiceNetwork network = random_tree(draw, 1 + n % 5);
        const ServicePlan plan = place_safety_stock(network);
        EXPECT_EQ(plan.trees, 1U);
        EXPECT_NEAR(plan.cost, by_search(network), 1e-9 * plan.cost) << n;
        EXPECT_NEAR(plan.cost, service_plan_of(network, outbound(plan)).cost, 1e-12 * plan.cost) << n;
        std::vector<uint32_t> all(network.arcs.size());
        std::iota(all.begin(), all.end(), 0);
        const ServicePlan general = place_safety_stock_relaxing(network, all, 1'000'000);
        EXPECT_TRUE(general.optimal);
        EXPECT_NEAR(general.cost, plan.cost, 1e-9 * plan.cost) << n;
        branched += general.trees > 1 ? 1 : 0;
    }
    EXPECT_GT(branched, 50U);
}

TEST(GuaranteedService, OtherNetworksAreSolvedAsBySearch) {
    Draw draw;
    uint64_t branched = 0;
    for (uint32_t n = 0; n < 200; ++n) {
        const ServiceNetwork network = random_network(draw, 4 + n % 2, 2, .7);
        const ServicePlan plan = place_safety_stock(network);
        EXPECT_TRUE(plan.optimal);
        EXPECT_EQ(plan.lower_bound, plan.cost);
        EXPECT_NEAR(plan.cost, by_search(network), 1e-9 * plan.cost) << n;
        branched += plan.trees > 1 ? 1 : 0;
    }
    EXPECT_GT(branched, 20U);
}

// twenty stages with many cycles: too many times to search, but two sets of relaxed arcs must agree
TEST(GuaranteedService, LargerNetworksDoNotDependOnTheRelaxedArcs) {
    Draw draw;
    for (uint32_t n = 0; n < 5; ++n) {
        const ServiceNetwork network = random_network(draw, 20, 6, .15);
        std::vector<uint32_t> all(network.arcs.size());
        std::iota(all.begin(), all.end(), 0);
        const ServicePlan plan = place_safety_stock(network);
        const ServicePlan other = place_safety_stock_relaxing(network, all, 1'000'000);
        EXPECT_TRUE(plan.optimal && other.optimal);
        EXPECT_LT(plan.trees, other.trees);
        EXPECT_NEAR(plan.cost, other.cost, 1e-9 * plan.cost) << n;
    }
}

// does a stopped search say so, with a bound below the plan it gives?
TEST(GuaranteedService, StoppedSearchIsNotCalledOptimal) {
    Draw draw;
    uint32_t stopped = 0;
    for (uint32_t n = 0; n < 5; ++n) {
        const ServiceNetwork network = random_network(draw, 20, 6, .15);
        const ServicePlan whole = place_safety_stock(network);
        const ServicePlan part = place_safety_stock(network, 1);
        EXPECT_TRUE(whole.optimal);
        EXPECT_LE(part.lower_bound, whole.cost * (1 + 1e-9));
        EXPECT_GE(part.cost, whole.cost * (1 - 1e-9));
        if (part.optimal) continue;
        ++stopped;
        EXPECT_LT(part.lower_bound, part.cost);
    }
    EXPECT_GT(stopped, 0U);
}

}  // namespace
}  // namespace chipchain
