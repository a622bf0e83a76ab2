// Small chains for tests, built by hand: one site, whole weeks as buckets, everything at its expected value.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "chipchain/chain/chain_run.h"

namespace chipchain::testing {

struct TestChain {
    ChainModel model;
    ChainPlan plan;

    explicit TestChain(size_t weeks) {
        model.name = "test";
        model.sites.push_back({"site"});
        for (size_t w = 0; w < weeks; ++w)
            model.buckets.push_back({static_cast<Time>(w) * kWeek, static_cast<Time>(w + 1) * kWeek});
        model.end = static_cast<Time>(weeks) * kWeek;
    }

    uint32_t site(const std::string& name) {
        model.sites.push_back({name});
        return static_cast<uint32_t>(model.sites.size() - 1);
    }

    // A new item at a site.
    uint32_t node(const std::string& item, double initial = 0, uint32_t site = 0) {
        ChainItem row;
        row.name = item;
        model.items.push_back(row);
        return node_of(static_cast<uint32_t>(model.items.size() - 1), initial, site);
    }
    uint32_t node_of(uint32_t item, double initial, uint32_t site) {
        ChainNode row;
        row.item = item;
        row.site = site;
        row.initial = initial;
        model.nodes.push_back(row);
        return static_cast<uint32_t>(model.nodes.size() - 1);
    }

    uint32_t resource(const std::string& name, double per_week) {
        ChainResource row;
        row.name = name;
        row.capacity_per_week.before = per_week;
        model.resources.push_back(row);
        return static_cast<uint32_t>(model.resources.size() - 1);
    }

    // Turns inputs into `quantity` pieces of `out`; one unit of the resource per start.
    uint32_t activity(
        const std::string& name,
        std::vector<ChainAmount> inputs,
        uint32_t out,
        double quantity,
        Time lead,
        uint32_t resource = kNoIndex) {
        ChainActivity row;
        row.name = name;
        row.site = model.nodes[out].site;
        row.inputs = std::move(inputs);
        row.outputs = {{out, quantity}};
        row.lead.mean = lead;
        row.yield.by_date.before = 1;
        if (resource != kNoIndex) row.uses = {{resource, 1}};
        model.activities.push_back(row);
        return static_cast<uint32_t>(model.activities.size() - 1);
    }

    uint32_t arc(uint32_t from, uint32_t to, Time travel) {
        ChainArc row;
        row.from = from;
        row.to = to;
        row.travel.mean = travel;
        model.arcs.push_back(row);
        return static_cast<uint32_t>(model.arcs.size() - 1);
    }

    // Demand of whole weeks, spread evenly.
    uint32_t programme(const std::string& name, uint32_t node, const std::vector<double>& demand) {
        ChainProgramme row;
        row.name = name;
        row.node = node;
        row.nodes = {node};
        row.nodes_from = {0};
        for (size_t w = 0; w < demand.size(); ++w) {
            if (demand[w] > 0) row.demands.push_back({model.buckets[w].begin, model.buckets[w].end, demand[w]});
        }
        model.programmes.push_back(row);
        return static_cast<uint32_t>(model.programmes.size() - 1);
    }

    void plan_starts(uint32_t activity, const std::vector<double>& starts) {
        plan.starts.resize(model.activities.size());
        plan.starts[activity] = starts;
    }
    void plan_shipped(uint32_t arc, const std::vector<double>& pieces) {
        plan.shipped.resize(model.arcs.size());
        plan.shipped[arc] = pieces;
    }

    // Runs the plan; throws what check_balance() finds.
    [[nodiscard]] ChainResult run(const ChainRunOptions& options) const;
    [[nodiscard]] ChainResult run_expected() const {
        ChainRunOptions options;
        options.random = kNothingRandom;
        return run(options);
    }
};

inline ChainResult TestChain::run(const ChainRunOptions& options) const {
    ChainResult result = run_chain(model, schedule_of(model, plan), options);
    std::string faults;
    for (const std::string& fault : check_balance(model, result)) faults += fault + "\n";
    if (!faults.empty()) throw std::runtime_error(faults);
    return result;
}

// The make-or-buy instance T1 of the planning facts (2.9): own fab and foundry make dice, packaging makes chips; with
// its optimal plan. Activities: 0 own, 1 foundry, 2 packaging; nodes: 0 die, 1 chip.
inline TestChain make_or_buy() {
    TestChain c(8);
    const uint32_t die = c.node("die");
    const uint32_t chip = c.node("chip");
    c.model.items[0].holding_usd_per_week = 0.5;
    c.model.items[1].holding_usd_per_week = 1;
    const uint32_t own = c.activity("own", {}, die, 100, 3 * kWeek, c.resource("own-line", 6));
    const uint32_t foundry = c.activity("foundry", {}, die, 100, 4 * kWeek, c.resource("allocation", 20));
    const uint32_t packaging = c.activity("packaging", {{die, 1}}, chip, 1, kWeek, c.resource("packaging-line", 1000));
    c.model.activities[own].cost_usd = 3000;
    c.model.activities[foundry].cost_usd = 9000;
    c.model.activities[packaging].cost_usd = 5;
    c.model.activities[packaging].yield.by_date.before = 0.98;
    const uint32_t buyers = c.programme("buyers", chip, {0, 0, 0, 0, 400, 900, 1200, 900});
    c.model.programmes[buyers].late_usd_per_week = 20;
    c.model.programmes[buyers].unmet_usd = 200;
    c.plan_starts(own, {6, 6, 6, 6, 0, 0, 0, 0});
    c.plan_starts(foundry, {172 / 49.0, 4, 156 / 49.0, 0, 0, 0, 0, 0});
    c.plan_starts(packaging, {0, 0, 0, 27000 / 49.0, 1000, 1000, 45000 / 49.0, 0});
    c.plan.delivered_from = {{{0, 0, 0, 0, 400, 900, 1200, 900}}};
    c.plan.stock = {{0, 0, 0, 2400 / 49.0, 0, 0, 0, 0}, {0, 0, 0, 0, 140, 220, 0, 0}};
    return c;
}

}  // namespace chipchain::testing
