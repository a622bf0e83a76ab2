// Does a scenario become the network, the figures and the time that its rows say?
#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/testscenario.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

using testing::add_activity;
using testing::add_demand;
using testing::add_input;
using testing::add_item;
using testing::add_lane;
using testing::add_programme;
using testing::compiled_chain;
using testing::small_chain;

// does the make-or-buy case of two fabs and a packaging line compile to its network, without a word?
TEST(CompileChain, make_or_buy) {
    const Result<Spec> spec = read_model((testing::project_folder() / "tests/scenarios/t1/scenario.toml").string());
    ASSERT_TRUE(spec) << render_all(spec.error(), {});
    const ChainModel m = compiled_chain(*spec);
    ASSERT_EQ(m.buckets.size(), 8U);
    EXPECT_EQ(m.buckets.back().end, m.end);
    ASSERT_EQ(m.nodes.size(), 4U);
    EXPECT_EQ(m.node_name(0), "die at fab");
    EXPECT_EQ(m.node_name(3), "chip at packaging");
    ASSERT_EQ(m.arcs.size(), 2U);
    EXPECT_EQ(m.node_name(m.arcs[1].from), "die at foundry");
    EXPECT_EQ(m.node_name(m.arcs[1].to), "die at packaging");
    ASSERT_EQ(m.activities.size(), 3U);
    EXPECT_EQ(m.activities[2].name, "package");
    EXPECT_EQ(m.activities[0].lot, 25);
    EXPECT_EQ(m.activities[2].lot, 1000);
    EXPECT_DOUBLE_EQ(m.activities[2].yield.at(0), 0.98);
    EXPECT_DOUBLE_EQ(m.programmes[0].due(28 * kDay, 35 * kDay), 400);
    EXPECT_DOUBLE_EQ(m.programmes[0].due(0, m.end), 3400);
    EXPECT_DOUBLE_EQ(m.capacity_per_week(1, 0, kWeek), 20);
    EXPECT_NE(m.hash, 0U);
}

// is the text of a stated row kept for the page of assumptions?
TEST(CompileChain, figures_of_rows) {
    const Result<Spec> spec = read_model((testing::project_folder() / "tests/scenarios/t1/scenario.toml").string());
    ASSERT_TRUE(spec);
    const ChainModel m = compiled_chain(*spec);
    ASSERT_FALSE(m.figures.empty());
    EXPECT_EQ(m.figures[0].table, "item");
    EXPECT_EQ(m.figures[0].row, "die");
    EXPECT_EQ(m.figures[0].text, "holding_usd_per_week 0.5");
    const auto& demand = m.figures.back();
    EXPECT_EQ(demand.row, "customer/2026-02-23");
    EXPECT_EQ(demand.text, "quantity 900");
}

// are there weeks, then calendar months, a short first month joined, the last bucket cut at the end?
TEST(CompileChain, buckets) {
    Spec spec = small_chain();
    spec.scenario.weeks = 26;  // to 2026-07-02: July is a long first month
    const ChainModel m = compiled_chain(spec);
    ASSERT_EQ(m.buckets.size(), 26U + 6U);
    EXPECT_EQ(m.buckets[25].end, 26 * kWeek);
    EXPECT_EQ(iso_date(m.start + m.buckets[26].end), "2026-08-01T00:00:00");
    EXPECT_EQ(m.buckets.back().end, m.end);
    for (size_t i = 1; i < m.buckets.size(); ++i) EXPECT_EQ(m.buckets[i].begin, m.buckets[i - 1].end);
    EXPECT_EQ(m.bucket_at(26 * kWeek), 26U);
    EXPECT_EQ(m.bucket_at(m.end), m.buckets.size());
    spec.scenario.weeks = 4;  // to 2026-01-29: three days of January go to February
    EXPECT_EQ(compiled_chain(spec).buckets[4].begin, 28 * kDay);
    EXPECT_EQ(compiled_chain(spec).buckets[4].end, 59 * kDay);
    spec.scenario.weeks = 60;  // the end cuts the last week
    EXPECT_EQ(compiled_chain(spec).buckets.size(), 53U);
    EXPECT_EQ(compiled_chain(spec).buckets.back().end, compiled_chain(spec).end);
}

// do figures by date step, go straight, and average exactly?
TEST(CompileChain, dated_figures) {
    DatedFigure figure;
    figure.before = 10;
    figure.points = {{100 * kDay, 20, true}, {200 * kDay, 40, false}, {300 * kDay, 0, false}};
    EXPECT_EQ(figure.at(0), 10);
    EXPECT_EQ(figure.at(150 * kDay), 30);
    EXPECT_EQ(figure.at(299 * kDay), 40);
    EXPECT_EQ(figure.at(300 * kDay), 0);
    EXPECT_NEAR(figure.mean(0, 400 * kDay), (10 * 100 + 30 * 100 + 40 * 100 + 0) / 400.0, 1e-9);
    EXPECT_NEAR(figure.mean(120 * kDay, 130 * kDay), 25, 1e-9);
    EXPECT_EQ(figure.mean(150 * kDay, 150 * kDay), 30);
}

// is the die yield the negative binomial of a falling density, and its mean that of a fine sum?
TEST(CompileChain, yield_of_a_falling_density) {
    Spec spec = small_chain();
    ActivitySpec& wafers = spec.activities[0];
    wafers.yield_percent = 90;
    wafers.die_area_mm2 = 430;
    wafers.d0_start = 0.5;
    wafers.d0_final = 0.1;
    wafers.tau = 100 * kDay;
    wafers.alpha = 2;
    const ChainModel m = compiled_chain(spec);
    const ChainYield& y = m.activities[0].yield;
    const auto expected = [](double days) {
        const double d0 = 0.1 + 0.4 * std::exp(-days / 100);
        return 0.9 * std::pow(1 + d0 * 4.3 / 2, -2);
    };
    EXPECT_NEAR(y.at(0), expected(0), 1e-12);
    EXPECT_NEAR(y.at(100 * kDay), expected(100), 1e-12);
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += expected((i + 0.5) * 300 / 100'000);
    EXPECT_NEAR(y.mean(0, 300 * kDay), sum / 100'000, 1e-8);
}

// do modules ordered, their ramp and a dated outage all count in the capacity, and only then?
TEST(CompileChain, capacity) {
    Spec spec = small_chain();
    for (const auto& [day, percent] : {std::pair{0, 50.0}, {30, 100.0}}) {
        CurveSpec& point = spec.curves.emplace_back();
        point.curve = "ramp";
        point.day = day * kDay;
        point.percent = percent;
    }
    CapacityModuleSpec& module = spec.capacity_modules.emplace_back();
    module.name = "second line";
    module.resource = "fab line";
    module.capacity_per_week = 60;
    module.build = 100 * kDay;
    module.ramp = "ramp";
    ModuleOrderSpec& order = spec.module_orders.emplace_back();
    order.module = "second line";
    order.date = 10 * kDay;
    DisruptionSpec& quake = spec.disruptions.emplace_back();
    quake.name = "quake";
    quake.site = "fab";
    quake.date = 200 * kDay;
    quake.recovery = "ramp";
    const ChainModel m = compiled_chain(spec);
    EXPECT_NEAR(m.capacity_per_week(0, 0, kWeek), 100, 1e-9);
    EXPECT_NEAR(m.capacity_per_week(0, 110 * kDay, 140 * kDay), 100 + 60 * 0.75, 1e-9);
    EXPECT_NEAR(m.capacity_per_week(0, 150 * kDay, 160 * kDay), 160, 1e-9);
    EXPECT_NEAR(m.capacity_per_week(0, 200 * kDay, 230 * kDay), 160 * 0.75, 1e-9);
    EXPECT_NEAR(m.disrupted_share(0, 185 * kDay, 215 * kDay), (15 + 15 * 0.625) / 30, 1e-9);
    EXPECT_NEAR(m.module_share(0, 0, 0, 100 * kDay), 0, 1e-12);
    EXPECT_NEAR(m.module_share(0, 0, 100 * kDay, 130 * kDay), 0.75, 1e-9);
}

// does a substitution become an activity where its item can be and the other is used, or a node of its programme?
TEST(CompileChain, substitutions) {
    Spec spec = small_chain();
    add_item(spec, "die b", ItemKind::die);
    add_activity(spec, "wafers b", "fab", "die b", 70);
    SubstitutionSpec& everywhere = spec.substitutions.emplace_back();
    everywhere.item = "die b";
    everywhere.serves = "die";
    everywhere.from = 50 * kDay;
    const ChainModel m = compiled_chain(spec);
    ASSERT_EQ(m.activities.size(), 4U);
    EXPECT_EQ(m.activities[2].name, "die b as die at osat");
    EXPECT_TRUE(m.activities[2].substitutes());
    EXPECT_EQ(m.activities[2].from, 50 * kDay);
    EXPECT_EQ(m.activities[3].name, "packages");
    // the lane of everything carries the substitute too
    EXPECT_EQ(m.arcs.size(), 3U);

    spec.substitutions.clear();
    add_item(spec, "chip b", ItemKind::package);
    add_activity(spec, "packages b", "osat", "chip b", 14);
    add_input(spec, "packages b", "die b");
    SubstitutionSpec& cars = spec.substitutions.emplace_back();
    cars.item = "chip b";
    cars.serves = "chip";
    cars.programme = "cars";
    cars.from = 30 * kDay;
    const ChainModel served = compiled_chain(spec);
    ASSERT_EQ(served.programmes[0].nodes.size(), 2U);
    EXPECT_EQ(served.node_name(served.programmes[0].nodes[1]), "chip b at plant");
    EXPECT_EQ(served.programmes[0].nodes_from[1], 30 * kDay);
}

// do lanes of both ways make no arc that leads back, and does an item's own lane go before that of everything?
TEST(CompileChain, lanes) {
    Spec spec = small_chain();
    add_item(spec, "tray", ItemKind::part);
    add_activity(spec, "trays", "fab", "tray", 1);
    add_input(spec, "packages", "tray", 0.01);
    add_lane(spec, "fab", "osat", "die").cost_usd = 2;
    const ChainModel m = compiled_chain(spec);
    ASSERT_EQ(m.arcs.size(), 3U);
    EXPECT_EQ(m.arcs[0].cost_usd, 2);
    EXPECT_EQ(m.arcs[2].cost_usd, 0);
    // a lane back carries nothing: no arc, and a warning
    Spec back = small_chain();
    add_lane(back, "osat", "fab");
    Diagnostics warnings;
    const Result<ChainModel> model = compile_chain(back, warnings);
    ASSERT_TRUE(model);
    EXPECT_EQ(model->arcs.size(), 2U);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].id, "unused-lane");
}

// do decided qualifications delay, undecided ones not; do contracts find the next; do programmes stand by priority?
TEST(CompileChain, terms) {
    Spec spec = small_chain();
    spec.programmes[0].priority = 5;
    add_programme(spec, "robots", "chip", "plant").late_usd_per_week = 7;
    add_demand(spec, "robots", 300 * kDay, 10);
    QualificationSpec& q = spec.qualifications.emplace_back();
    q.activity = "wafers";
    q.from = 20 * kDay;
    q.duration = 30 * kDay;
    for (const char* name : {"second", "first"}) {
        ContractSpec& contract = spec.contracts.emplace_back();
        contract.name = name;
        contract.activity = "wafers";
        contract.from = contract.name == "first" ? 0 : 100 * kDay;
        contract.until = contract.from + 100 * kDay;
    }
    const ChainModel m = compiled_chain(spec);
    EXPECT_EQ(m.activities[0].from, 50 * kDay);
    EXPECT_EQ(m.activities[0].qualification, 0U);
    EXPECT_EQ(m.contracts[1].next, 0U);
    EXPECT_EQ(m.contracts[0].next, kNoIndex);
    EXPECT_EQ(m.programmes[0].name, "robots");
    EXPECT_EQ(m.programmes[0].unmet_usd, 7);
    spec.qualifications[0].decided = false;
    EXPECT_EQ(compiled_chain(spec).activities[0].from, 0);
}

// does the hash change with every figure that counts, and not with a note or a source?
TEST(CompileChain, hash) {
    const Spec spec = small_chain();
    const uint64_t hash = compiled_chain(spec).hash;
    Spec other = spec;
    other.scenario.note = "a note";
    other.scenario.name = "another";
    other.activities[0].source = "a source";
    EXPECT_EQ(compiled_chain(other).hash, hash);
    other = spec;
    other.activities[0].cost_usd = 1;
    EXPECT_NE(compiled_chain(other).hash, hash);
    other = spec;
    other.activities[0].wip_usd_per_week = 1;
    EXPECT_NE(compiled_chain(other).hash, hash);
    other = spec;
    other.demands[0].quantity += 1;
    EXPECT_NE(compiled_chain(other).hash, hash);
}

// does the example of the page on scenarios compile without a warning?
TEST(CompileChain, the_example_of_the_page) {
    const std::string page = testing::read_text(testing::project_folder() / "docs/scenario.md");
    const std::string fence = "```toml\n[scenario]";
    const size_t begin = page.find(fence);
    ASSERT_NE(begin, std::string::npos);
    const size_t from = begin + fence.find('[');
    const ModelFile file = {"scenario.toml", page.substr(from, page.find("```", from) - from)};
    SourceMap sources;
    const Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources);
    const ChainModel m = compiled_chain(*spec);
    EXPECT_EQ(m.programmes.size(), 2U);
    EXPECT_EQ(m.programmes[0].nodes.size(), 1U);
}

}  // namespace
}  // namespace chipchain
