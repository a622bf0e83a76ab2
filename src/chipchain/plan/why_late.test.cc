// Is what stands behind a late delivery named, kind by kind, and does it hold: does more of it make the delivery less
// late, and more of something else not?
#include "chipchain/plan/why_late.h"

#include <gtest/gtest.h>

#include <functional>

#include "chipchain/model/testscenario.h"
#include "chipchain/plan/planner.h"

namespace chipchain {
namespace {

using namespace testing;

ChainModel compiled(const Spec& spec) {
    Diagnostics warnings;  // of demands that come too early: what these tests are about
    Result<ChainModel> model = compile_chain(spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec.sources));
    return model ? std::move(*model) : ChainModel{};
}

// Chips of one line, two weeks from start to chip, 100 a week: 500 of them are due after eight weeks, which is no
// trouble. 12 weeks.
Spec one_line() {
    Spec spec;
    spec.scenario.name = "late";
    spec.scenario.start = civil_to_ticks(2026, 1, 5, 0, 0, 0);
    spec.scenario.end = spec.scenario.start + 12 * kWeek;
    spec.scenario.weeks = 12;
    add_item(spec, "chip", ItemKind::package);
    spec.sites.emplace_back().name = "plant";
    add_activity(spec, "make", "plant", "chip", 14).cost_usd = 1;
    add_resource(spec, "line", "plant", "make");
    ProgrammeSpec& cars = add_programme(spec, "cars", "chip", "plant");
    cars.late_usd_per_week = 10;
    cars.unmet_usd = 1000;
    add_demand(spec, "cars", 8 * kWeek, 500);
    return spec;
}

std::vector<LateReason> reasons(const ChainModel& model) {
    const PlanningResult result = Planner(model, {}).plan();
    EXPECT_EQ(result.status, SolveStatus::optimal);
    return late_reasons(model, result.plan);
}

// Piece-weeks that the plan leaves waiting.
double waiting(const ChainModel& model) {
    const PlanningResult result = Planner(model, {}).plan();
    double sum = 0;
    for (const std::vector<double>& open : result.plan.open) {
        for (const double pieces : open) sum += pieces;
    }
    return sum;
}

TEST(WhyLate, nothing_late_has_no_reason) { EXPECT_TRUE(reasons(compiled(one_line())).empty()); }

struct Case {
    const char* name;
    LateKind kind;
    std::function<void(Spec&)> change;
    const char* text;  // begin of the sentence
    const char* fix;   // begin of the first fix; empty: none
};

// Nothing is made any more; `pieces` lie there, all of them wanted as safety stock at a price or none.
void only_stock(Spec& spec, double pieces, double short_usd_per_week) {
    spec.activities.clear();
    spec.resources.clear();
    spec.resource_uses.clear();
    StoreSpec& store = spec.stores.emplace_back();
    store.item = "chip";
    store.site = "plant";
    store.initial = pieces;
    store.floor = short_usd_per_week > 0 ? pieces : 0;
    store.short_usd_per_week = short_usd_per_week;
}

std::vector<Case> cases() {
    return {
        {"resource",
         LateKind::resource,
         [](Spec& s) { s.demands[0].quantity = 900; },
         "line at plant is full in 2026-02: one more of its units is worth US$ ",
         "200 more units of line in 2026-02"},
        {"lead_time",
         LateKind::lead_time,
         [](Spec& s) { s.demands[0].date = kDay; },
         "lead time: make would have had to start 1.0 weeks before its first possible day",
         "1.0 weeks less lead time, or stock at the start"},
        {"not_qualified",
         LateKind::not_qualified,
         [](Spec& s) {
             QualificationSpec& q = s.qualifications.emplace_back();
             q.activity = "make";
             q.from = 0;
             q.duration = 8 * kWeek;
         },
         "make is not yet qualified: 1.0 weeks too late for this delivery",
         "qualification 1.0 weeks sooner"},
        {"closed",
         LateKind::closed,
         [](Spec& s) { s.activities[0].from = 8 * kWeek; },
         "make may not start at that time: 1.0 weeks outside of its dates",
         "opening 1.0 weeks sooner"},
        {"contract",
         LateKind::contract,
         [](Spec& s) {
             ContractSpec& c = s.contracts.emplace_back();
             c.name = "agreed";
             c.activity = "make";
             c.from = 0;
             c.until = 12 * kWeek;
             c.maximum = 200;
         },
         "contract: more starts of make in 2026-02 are not allowed by its terms (worth US$ ",
         "other terms of the contract"},
        {"no_source",
         LateKind::no_source,
         [](Spec& s) { only_stock(s, 100, 0); },
         "awaits supply: nothing brings chip at plant in time",
         "a second source, or stock at the start"},
        {"safety_stock",
         LateKind::safety_stock,
         [](Spec& s) { only_stock(s, 1000, 1e4); },
         "safety stock of chip at plant is kept",
         ""},
        {"cost",
         LateKind::cost,
         [](Spec& s) { s.activities[0].cost_usd = 1e5; },
         "waiting is cheaper than make in 2026-02",
         ""},
    };
}

TEST(WhyLate, every_kind_is_told_with_its_place_and_its_fix) {
    for (const Case& c : cases()) {
        Spec spec = one_line();
        c.change(spec);
        const ChainModel model = compiled(spec);
        const std::vector<LateReason> found = reasons(model);
        ASSERT_EQ(found.size(), 1U) << c.name;
        EXPECT_EQ(found[0].kind, c.kind) << c.name << ": " << reason_text(model, found[0]);
        EXPECT_TRUE(reason_text(model, found[0]).starts_with(c.text)) << c.name << ": " << reason_text(model, found[0]);
        const std::vector<std::string> fixes = fix_texts(model, found[0]);
        if (*c.fix != '\0') {
            ASSERT_FALSE(fixes.empty()) << c.name;
            EXPECT_TRUE(fixes[0].starts_with(c.fix)) << c.name << ": " << fixes[0];
        }
    }
}

// dies of a fab go into packages: the fab is short in one variant, the packaging line in the other
Spec two_lines(double fab, double packaging) {
    Spec spec = one_line();
    add_item(spec, "die", ItemKind::die);
    add_activity(spec, "wafers", "plant", "die", 14).cost_usd = 1;
    add_input(spec, "make", "die");
    add_resource(spec, "fab", "plant", "wafers");
    spec.resources[0].capacity_per_week = packaging;
    spec.resources[1].capacity_per_week = fab;
    return spec;
}

TEST(WhyLate, the_named_resource_is_the_one_that_more_of_helps) {
    for (const bool fab_short : {true, false}) {
        const double fab = fab_short ? 60 : 500;
        const double packaging = fab_short ? 500 : 60;
        const ChainModel model = compiled(two_lines(fab, packaging));
        const std::vector<LateReason> found = reasons(model);
        ASSERT_EQ(found.size(), 1U);
        ASSERT_EQ(found[0].kind, LateKind::resource) << reason_text(model, found[0]);
        EXPECT_EQ(model.resources[found[0].of].name, fab_short ? "fab" : "line");
        EXPECT_GT(found[0].price, 0);
        const double now = waiting(model);
        const ChainModel named = compiled(two_lines(fab * (fab_short ? 1.2 : 1), packaging * (fab_short ? 1 : 1.2)));
        const ChainModel other = compiled(two_lines(fab * (fab_short ? 1 : 1.2), packaging * (fab_short ? 1.2 : 1)));
        EXPECT_LT(waiting(named), 0.9 * now);
        EXPECT_NEAR(waiting(other), now, 1e-6 * now);
    }
}

}  // namespace
}  // namespace chipchain
