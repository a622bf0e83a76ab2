#include "chipchain/chain/genealogy.h"

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "chipchain/chain/flow.h"
#include "chipchain/chain/test_flow.h"

namespace chipchain {
namespace {

struct Kept {
    FlowModel model;
    FlowResult result;
};

Kept half_reticle(double wafers_per_month) {
    Spec spec = testing::half_reticle_spec();
    spec.flows[0].wafers_per_month = wafers_per_month;
    Kept kept{testing::flow_model(spec), {}};
    FlowOptions options;
    options.keep = true;
    kept.result = run_flow(kept.model, options);
    return kept;
}

// backwards from each finished unit and forwards from each die: the same pairs, and no die in two units
TEST(FlowGenealogy, both_directions_agree) {
    const Kept k = half_reticle(25);
    const StoreTotals& end = k.result.stores[k.model.final_store];
    ASSERT_GT(end.available, 1000U);
    using Place = std::tuple<uint32_t, uint32_t, uint32_t>;
    std::map<Place, uint64_t> unit_of;
    for (uint64_t unit = 0; unit < end.available; unit += 7) {
        size_t dies = 0;
        for (const Ancestor& a :
             unit_genealogy(k.model, k.result.source, k.result.genealogy, k.model.final_store, unit)) {
            if (!k.model.stages[a.stage].from_wafers()) continue;
            ++dies;
            EXPECT_EQ(a.fate.end, PlaceFate::End::handed_on);
            EXPECT_TRUE(unit_of.emplace(Place{a.stage, a.lot, a.place}, unit).second);
        }
        EXPECT_EQ(dies, 2U);  // two chips on a board
    }
    const DieTraces traces = trace_dies(k.model, k.result.source, k.result.genealogy, 1);
    EXPECT_EQ(traces.wafers, k.result.wafers);
    std::set<uint64_t> units;
    uint64_t agree = 0;
    for (const TracedDie& die : traces.dies) {
        if (die.unit == kNowhere) continue;
        units.insert(die.unit);
        const auto known = unit_of.find({die.stage, die.wafer, die.place});
        if (known == unit_of.end()) {
            EXPECT_NE(die.unit % 7, 0U);
        } else {
            EXPECT_EQ(known->second, die.unit);
            ++agree;
        }
    }
    EXPECT_EQ(agree, unit_of.size());
    EXPECT_EQ(units.size(), end.available);
}

// each die of each wafer ends once: in a unit, in scrap, in process or in a store, as the totals say
TEST(FlowGenealogy, every_die_ends) {
    const Kept k = half_reticle(25);
    const DieTraces traces = trace_dies(k.model, k.result.source, k.result.genealogy, 1);
    const StageTotals& sort = k.result.stages[0];
    EXPECT_EQ(traces.dies.size(), sort.places);
    uint64_t scrapped = 0;
    for (const DieStep& step : traces.steps)
        scrapped += step.stage == 0 && step.end == PlaceFate::End::scrapped ? 1 : 0;
    EXPECT_EQ(scrapped, sort.scrapped());
}

// the chosen share is that of the wafers, and a smaller share is a part of a larger one
TEST(FlowGenealogy, share_of_wafers) {
    const Kept k = half_reticle(200);
    const DieTraces tenth = trace_dies(k.model, k.result.source, k.result.genealogy, 0.1);
    const double n = static_cast<double>(k.result.wafers);
    EXPECT_NEAR(static_cast<double>(tenth.wafers), 0.1 * n, 5 * std::sqrt(0.09 * n));
    EXPECT_EQ(trace_dies(k.model, k.result.source, k.result.genealogy, 0).wafers, 0U);
    const DieTraces fifth = trace_dies(k.model, k.result.source, k.result.genealogy, 0.2);
    std::map<std::pair<uint32_t, uint32_t>, uint64_t> units;
    for (const TracedDie& die : fifth.dies) units[{die.wafer, die.place}] = die.unit;
    for (const TracedDie& die : tenth.dies) {
        const auto at = units.find({die.wafer, die.place});
        ASSERT_NE(at, units.end());
        EXPECT_EQ(at->second, die.unit);
    }
}

// is each die position equally likely to fail, and does each map hold what the wafer's counts say?
TEST(FlowGenealogy, places_of_defects) {
    const Kept k = half_reticle(100);
    std::vector<double> failed(132);
    for (uint32_t w = 0; w < k.result.wafers; ++w) {
        const LotFates fates = lot_fates(k.model, k.result.source, k.result.genealogy, 0, w);
        bool broken = true;
        uint64_t good = 0;
        for (size_t i = 0; i < 132; ++i) {
            const bool passed = fates.places[i].end == PlaceFate::End::handed_on;
            broken = broken && !passed;
            good += passed ? 1 : 0;
        }
        if (w < 5) {
            EXPECT_EQ(piece_map(k.model, 0, fates, 0, "w").good(), good);
        }
        for (size_t i = 0; i < 132 && !broken; ++i)
            failed[i] += fates.places[i].end == PlaceFate::End::handed_on ? 0 : 1;
    }
    double mean = 0;
    for (const double f : failed) mean += f / 132;
    const double n = static_cast<double>(k.result.wafers);
    for (const double f : failed) EXPECT_NEAR(f, mean, 5 * std::sqrt(mean * (1 - mean / n)));
}

// a bad die that passed wafer sort makes its package bad for the die's reason
TEST(FlowGenealogy, bad_parts_keep_their_reason) {
    const Kept k = half_reticle(100);
    const Genealogy& g = k.result.genealogy;
    ASSERT_GT(g.stores[0].bad.size(), 100U);
    uint64_t seen = 0;
    for (size_t i = 0; i < g.stores[0].bad.size(); i += 5) {
        const BadUnit& bad = g.stores[0].bad[i];
        const std::vector<Ancestor> way = unit_genealogy(k.model, k.result.source, g, 0, bad.position);
        ASSERT_EQ(way.size(), 1U);
        EXPECT_EQ(way[0].fate.reason, bad.reason);
        EXPECT_EQ(k.model.reasons[bad.reason].name, "die defects");
        if (bad.position >= k.result.stores[0].taken) continue;
        const auto after = std::upper_bound(
            g.stores[0].takes.begin(),
            g.stores[0].takes.end(),
            bad.position,
            [](uint64_t p, const Genealogy::Take& t) { return p < t.first; });
        const Genealogy::Take& take = *(after - 1);
        const LotFates fates = lot_fates(k.model, k.result.source, g, take.stage, take.lot);
        if (fates.in_process) continue;
        const PlaceFate& fate = fates.places[fates.place_of_set[bad.position - take.first]];
        const bool lost_otherwise = fate.end == PlaceFate::End::scrapped && fate.reason != bad.reason;
        if (!lost_otherwise) {
            EXPECT_EQ(fate.reason, bad.reason);
        }
        seen += lost_otherwise ? 0 : 1;
    }
    EXPECT_GT(seen, 20U);
}

TEST(FlowGenealogy, no_such_unit) {
    const Kept k = half_reticle(25);
    const uint64_t made = k.result.stores[k.model.final_store].pushed;
    EXPECT_TRUE(unit_genealogy(k.model, k.result.source, k.result.genealogy, k.model.final_store, made).empty());
    EXPECT_EQ(wafer_name(k.result.genealogy, 0, 26), "2/02");
    EXPECT_EQ(wafer_number(k.result.genealogy, 0, "2/02"), 26U);
    for (const char* none : {"", "2", "2/", "/2", "0/1", "2/26", "2/0", "13/01", "x/1", "2/1x"})
        EXPECT_EQ(wafer_number(k.result.genealogy, 0, none), kNowhere) << none;
}

}  // namespace
}  // namespace chipchain
