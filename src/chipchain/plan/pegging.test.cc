// Does pegging keep every piece, both ways, and serve who comes first?
#include "chipchain/plan/pegging.h"

#include <gtest/gtest.h>

#include "chipchain/model/testscenario.h"
#include "chipchain/plan/planner.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

using namespace testing;

struct Planned {
    ChainModel model;
    ChainPlan plan;
};

Planned planned(const Spec& spec) {
    Diagnostics warnings;
    Result<ChainModel> model = compile_chain(spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec.sources));
    Planned out{model ? std::move(*model) : ChainModel{}, {}};
    out.plan = Planner(out.model, {}).plan().plan;
    return out;
}

// Make or buy, one packaging line with a yield of 98 %, one customer.
Planned make_or_buy() {
    const Result<Spec> spec = read_model((project_folder() / "tests/scenarios/t1/scenario.toml").string());
    EXPECT_TRUE(spec);
    return planned(*spec);
}

double part(const PegRow& row) { return row.link.pieces * row.share; }

TEST(Pegging, every_taker_gets_what_it_takes) {
    const Planned p = make_or_buy();
    const Pegging pegging(p.model, p.plan);
    std::map<std::pair<PegPoint, uint32_t>, double> taken;
    std::map<uint32_t, double> of_node;
    for (const PegLink& link : pegging.links()) {
        EXPECT_GT(link.pieces, 0);
        taken[{link.to, link.node}] += link.pieces;
        of_node[link.node] += link.pieces;
    }
    for (uint32_t t = 0; t < p.model.buckets.size(); ++t) {
        const auto got = [&](PegKind kind, uint32_t index, uint32_t node) {
            const auto found = taken.find({{kind, index, t}, node});
            return found == taken.end() ? 0.0 : found->second;
        };
        EXPECT_NEAR(got(PegKind::programme, 0, p.model.programmes[0].node), p.plan.delivered[0][t], 1e-6) << t;
        for (uint32_t i = 0; i < p.model.arcs.size(); ++i) {
            EXPECT_NEAR(got(PegKind::arc, i, p.model.arcs[i].from), p.plan.shipped[i][t], 1e-6) << t;
        }
        for (uint32_t a = 0; a < p.model.activities.size(); ++a) {
            for (const ChainAmount& in : p.model.activities[a].inputs) {
                EXPECT_NEAR(got(PegKind::activity, a, in.node), p.plan.starts[a][t] * in.quantity, 1e-6) << t;
            }
        }
    }
    EXPECT_FALSE(of_node.empty());
}

// the wafers behind a delivery carry just the dies that it needs
TEST(Pegging, upstream_adds_up_to_what_is_delivered) {
    const Planned p = make_or_buy();
    const Pegging pegging(p.model, p.plan);
    double checked = 0;
    for (uint32_t t = 0; t < p.model.buckets.size(); ++t) {
        const double delivered = p.plan.delivered[0][t];
        if (delivered < 1) continue;
        double direct = 0;
        double dies = 0;
        for (const PegRow& row : pegging.upstream({PegKind::programme, 0, t}, 0)) {
            if (row.depth == 0) direct += part(row);
            const bool wafers =
                row.link.from.kind == PegKind::activity && p.model.activities[row.link.from.index].inputs.empty();
            if (wafers) dies += part(row);
        }
        EXPECT_NEAR(direct, delivered, 1e-6) << t;
        EXPECT_NEAR(dies, delivered / 0.98, 1e-6) << t;
        checked += delivered;
    }
    EXPECT_GT(checked, 1000);
}

// all that starts make is found again at customers, or in what is left over
TEST(Pegging, downstream_adds_up_to_what_was_made) {
    const Planned p = make_or_buy();
    const Pegging pegging(p.model, p.plan);
    double served = 0;
    double made = 0;
    for (uint32_t a = 0; a < p.model.activities.size(); ++a) {
        if (!p.model.activities[a].inputs.empty()) continue;
        for (uint32_t t = 0; t < p.model.buckets.size(); ++t) {
            double here = 0;
            for (const PegRow& row : pegging.downstream({PegKind::activity, a, t}, 0)) {
                if (row.link.to.kind == PegKind::programme) here += part(row);
            }
            // 100 dies of a wafer, 98 % of them good chips
            EXPECT_LE(here, p.plan.starts[a][t] * 98 + 1e-6);
            const bool in_time = p.model.buckets[t].end + p.plan.lead[a] + kWeek <= p.model.end;
            if (in_time) {
                EXPECT_NEAR(here, p.plan.starts[a][t] * 98, 1e-6) << p.model.activities[a].name << t;
            }
            served += here;
            made += p.plan.starts[a][t] * 98;
        }
    }
    double delivered = 0;
    for (const double pieces : p.plan.delivered[0]) delivered += pieces;
    EXPECT_NEAR(served, delivered, 1e-6);
    EXPECT_GE(made, delivered - 1e-6);
}

// a tree says the same as the single links, with the buckets joined
TEST(Pegging, branches_join_buckets_and_keep_the_pieces) {
    const Planned p = make_or_buy();
    const Pegging pegging(p.model, p.plan);
    std::vector<PegPoint> deliveries;
    double delivered = 0;
    for (uint32_t t = 0; t < p.model.buckets.size(); ++t) {
        deliveries.push_back({PegKind::programme, 0, t});
        delivered += p.plan.delivered[0][t];
    }
    const std::vector<PegBranch> tree = pegging.branches(deliveries, true, 0);
    ASSERT_GE(tree.size(), 5U);  // packaging, two lanes, two sorts of wafers
    EXPECT_EQ(tree[0].depth, 0U);
    EXPECT_EQ(p.model.activities[tree[0].index].name, "package");
    EXPECT_NEAR(tree[0].pieces, delivered, 1e-6);
    double wafers = 0;
    for (size_t i = 0; i < tree.size(); ++i) {
        EXPECT_LE(tree[i].depth, i == 0 ? 0U : tree[i - 1].depth + 1) << "each branch stands behind what it feeds";
        EXPECT_LE(tree[i].first, tree[i].last);
        wafers += tree[i].depth == 2 ? tree[i].pieces : 0;
    }
    EXPECT_NEAR(wafers, delivered / 0.98, 1e-6);
}

// of one stock the programme of priority 1 gets the pieces that lay there longest
TEST(Pegging, first_pieces_to_first_priority) {
    Spec spec;
    spec.scenario.name = "two";
    spec.scenario.start = civil_to_ticks(2026, 1, 5, 0, 0, 0);
    spec.scenario.end = spec.scenario.start + 2 * kWeek;
    add_item(spec, "chip", ItemKind::package);
    spec.sites.emplace_back().name = "plant";
    add_activity(spec, "make", "plant", "chip", 0).cost_usd = 1;
    StoreSpec& store = spec.stores.emplace_back();
    store.item = "chip";
    store.site = "plant";
    store.initial = 10;
    for (const char* name : {"later", "first"}) {
        ProgrammeSpec& programme = add_programme(spec, name, "chip", "plant");
        programme.late_usd_per_week = 100;
        programme.priority = name[0] == 'f' ? 1 : 2;
        add_demand(spec, name, 0, 10);
    }
    const Planned p = planned(spec);
    ASSERT_EQ(p.model.programmes[0].name, "first");
    const Pegging pegging(p.model, p.plan);
    ASSERT_EQ(pegging.links().size(), 2U);
    for (const PegLink& link : pegging.links()) {
        EXPECT_NEAR(link.pieces, 10, 1e-6);
        EXPECT_EQ(link.from.kind, link.to.index == 0 ? PegKind::initial : PegKind::activity);
    }
    EXPECT_EQ(pegging.downstream({PegKind::initial, 0, 0}, 0).size(), 1U);
}

}  // namespace
}  // namespace chipchain
