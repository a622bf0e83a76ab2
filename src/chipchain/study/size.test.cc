// Does sizing meet its targets in simulation, and the inverse find the rate that theory gives?
#include "chipchain/study/size.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/model/testspec.h"
#include "chipchain/spec/generate_line.h"
#include "chipchain/study/cost.h"
#include "chipchain/study/rates.h"
#include "chipchain/study/resize.h"

namespace chipchain {
namespace {

using namespace testing;

Spec poisson_line() {
    Spec spec;
    spec.line.name = "toy";
    spec.line.horizon = 1000 * kDay;
    for (const char* name : {"a", "b"}) {
        ToolGroupSpec& g = add_group(spec, name, 3);
        g.capex_musd = 2;
        g.floor_m2 = 10;
        add_step(spec, "r", name, 60).process.kind = DistKind::exponential;
    }
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", 30).policy = ReleasePolicy::poisson;
    return spec;
}

SizeOptions quick(double x_factor) {
    SizeOptions o;
    o.x_factor = x_factor;
    o.simulation.threads = 1;
    o.simulation.days = 300;
    o.simulation.warmup_d = 10;
    return o;
}

std::string first_id(const Spec& spec, const SizeOptions& options) {
    const Result<SizeResult> r = size_line(spec, options);
    return r ? "" : r.error().front().id;
}

TEST(Size, toy_line_holds_its_target) {
    const Result<SizeResult> r = size_line(poisson_line(), quick(1.5));
    ASSERT_TRUE(r);
    EXPECT_NE(r->outcome, SizeOutcome::not_reached);
    EXPECT_LE(r->measured->x_factor.high(), 1.5);
    EXPECT_NEAR(r->measured->shipped_share.mean, 1, 0.02);
    // M/M/c: 3 tools of 60 min each at 2 lots an hour give X = 1.44, 2 tools are at their limit
    EXPECT_EQ(r->spec.tool_groups[0].tools, 3);
    EXPECT_EQ(r->spec.tool_groups[1].tools, 3);
}

TEST(Size, twice_the_starts_need_more_tools) {
    SizeOptions o = quick(1.5);
    o.rounds = 0;
    o.starts_per_month = 2 * starts_per_month(poisson_line());
    const Result<SizeResult> r = size_line(poisson_line(), o);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->outcome, SizeOutcome::analytic);
    EXPECT_NEAR(r->starts_per_month, 2 * 36'000, 1);
    EXPECT_GE(r->spec.tool_groups[0].tools, 5);
    // Little's law: 4 lots an hour for the forecast cycle time
    EXPECT_NEAR(static_cast<double>(r->spec.wip_lots.size()), 4 * 24 * r->forecast.cycle_time_mean_d, 1);
}

TEST(Size, cadence_of_maintenance_by_pieces_is_kept) {
    Spec spec = poisson_line();
    PmSpec& pm = spec.pms.emplace_back();
    pm.target = "a";
    pm.kind = PmKind::pieces;
    pm.interval_pieces = 2800;  // a tool makes 400 a day: each week
    pm.first_pieces = 1000;
    pm.duration = minutes(60);
    SizeOptions o = quick(1.5);
    o.rounds = 0;
    o.locked["a"] = 4;
    Result<SizeResult> r = size_line(spec, o);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->spec.pms[0].interval_pieces, 2100);
    EXPECT_EQ(r->spec.pms[0].first_pieces, 750);
    o.keep_pm_pieces = true;
    r = size_line(spec, o);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->spec.pms[0].interval_pieces, 2800);
}

TEST(Size, mistakes_are_told) {
    const Spec spec = poisson_line();
    EXPECT_EQ(first_id(spec, quick(0.9)), "size-target");
    Spec batches = spec;
    batches.tool_groups[0].batch_key = BatchKey::product_step;
    batches.steps[0].per = ProcessUnit::batch;
    batches.steps[0].batch_min = batches.steps[0].batch_max = 250;
    EXPECT_EQ(first_id(batches, quick(1.5)), "size-floor");
    SizeOptions o = quick(2);
    o.locked = {{"a", 2}};
    EXPECT_EQ(first_id(spec, o), "size-locked-group");
    o.locked = {{"aa", 2}};
    EXPECT_EQ(first_id(spec, o), "unknown-tool-group");
    Spec idle = spec;
    idle.releases.clear();
    idle.wip_lots.emplace_back().name = "w";
    idle.wip_lots[0].product = "p";
    EXPECT_EQ(first_id(idle, quick(2)), "size-no-starts");
    Spec conwip = spec;
    conwip.releases[0].policy = ReleasePolicy::conwip;
    conwip.releases[0].wip_limit_lots = 5;
    EXPECT_EQ(first_id(conwip, quick(2)), "size-release-policy");
    // a ramp has dates: no other rate can be asked for, and no curve drawn
    Spec ramp = spec;
    ramp.releases.push_back(ramp.releases[0]);
    ramp.releases[1].name = "new";
    ramp.releases[1].policy = ReleasePolicy::ramp;
    SizeOptions more = quick(2);
    more.starts_per_month = 2 * starts_per_month(ramp);
    EXPECT_EQ(first_id(ramp, more), "size-release-policy");
    const Result<RateResult> greatest = greatest_starts(ramp, quick(2));
    ASSERT_FALSE(greatest);
    EXPECT_EQ(greatest.error().front().id, "size-release-policy");
    ramp.releases[1].policy = ReleasePolicy::list;
    EXPECT_FALSE(greatest_starts(ramp, quick(2)));
    Spec costs = spec;
    costs.costs.resize(2);
    EXPECT_EQ(first_id(costs, quick(2)), "more-than-one-cost");
    Spec stopped = spec;
    DownSpec& down = stopped.downs.emplace_back();
    down.target = "a";
    down.time_to_failure = down.first = {DistKind::exponential, kMinute, 0};
    down.repair = {DistKind::exponential, 100 * kDay, 0};
    stopped.pms.emplace_back().target = "a";
    stopped.pms[0].interval = kDay;
    stopped.pms[0].duration = minutes(600);
    EXPECT_EQ(first_id(stopped, quick(2)), "size-no-capacity");
    // no number of tools helps, even when each piece's maintenance is shared by more of them
    SizeOptions pieces = quick(2);
    pieces.keep_pm_pieces = true;
    EXPECT_EQ(first_id(stopped, pieces), "size-no-capacity");
}

TEST(Size, greatest_starts_of_mm1) {
    Spec spec;
    spec.line.horizon = 1000 * kDay;
    add_group(spec, "a", 1);
    add_step(spec, "r", "a", 30).process.kind = DistKind::exponential;
    add_product(spec, "p", "r");
    add_release(spec, "lots", "p", 120).policy = ReleasePolicy::poisson;
    SizeOptions o = quick(2.5);
    o.simulation.days = 600;
    const Result<RateResult> r = greatest_starts(spec, o);
    ASSERT_TRUE(r);
    // X = 1 / (1 - u) = 2.5 at u = 0.6: 1.2 lots of 25 an hour
    const double theory = 0.6 * 2 * 25 * 720;
    EXPECT_NEAR(r->forecast_starts / theory, 1, 1e-3);
    // what holds with 95 % confidence lies below the truth, what fails above it
    EXPECT_GE(r->starts_per_month, 0.9 * theory);
    EXPECT_LE(r->starts_per_month, 1.01 * theory);
    EXPECT_GE(r->not_below, 0.99 * theory);
}

TEST(Size, one_more_tool_saves_time) {
    SizeOptions o = quick(1.5);
    o.rounds = 0;
    const Result<SizeResult> r = size_line(poisson_line(), o);
    ASSERT_TRUE(r);
    const std::vector<MoreTool> more = one_more_tool(*r);
    ASSERT_EQ(more.size(), 2U);
    for (const MoreTool& m : more) {
        EXPECT_GT(m.days, 0);
        EXPECT_GT(m.starts_per_month, 0);
        EXPECT_NEAR(m.musd_per_day * m.days, 2, 1e-9);
    }
}

TEST(Size, cost_of_ownership_adds_up) {
    Spec spec = poisson_line();
    CostSpec& c = spec.costs.emplace_back();
    c = {};
    c.depreciation_years = 4;
    c.maintenance_percent = 10;
    c.floor_usd_per_m2_year = 100;
    c.staff_per_tool = 2;
    c.staff_usd_per_year = 1000;
    c.utilities_usd_per_tool_year = 500;
    c.materials_usd_per_piece = 3;
    c.line_yield_percent = 50;
    const CostOfOwnership x = cost_of_ownership(spec, 3000, 0.9);
    EXPECT_EQ(x.tools, 6U);
    EXPECT_NEAR(x.depreciation, 3e6, 1e-6);
    EXPECT_NEAR(x.maintenance, 1.2e6, 1e-6);
    EXPECT_NEAR(x.floor, 6000, 1e-9);
    EXPECT_NEAR(x.labour, 12'000, 1e-9);
    EXPECT_NEAR(x.utilities, 3000, 1e-9);
    EXPECT_NEAR(x.materials, 109'500, 1e-6);
    EXPECT_NEAR(x.good_pieces, 36'500 * 0.45, 1e-6);
    // without losses a piece would cost total / started
    EXPECT_NEAR(x.per_piece() - x.lost_per_piece, x.total() / 36'500, 1e-9);
}

void expect_fab_sized(double as_made, double starts) {
    LineParameters parameters;
    parameters.pieces_per_month = as_made;
    parameters.products = 3;
    SizeOptions o;
    o.x_factor = 2.5;
    o.starts_per_month = starts;
    const Result<SizeResult> r = size_line(*library_line("logic14", parameters), o);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->outcome, SizeOutcome::reached);
    EXPECT_LE(r->measured->x_factor.high(), 2.5);
    EXPECT_GE(r->measured->x_factor.mean, 2.25);
    EXPECT_GE(r->measured->shipped_share.low(), 0.98);
}

TEST(FullSize, fab_of_10000_starts) { expect_fab_sized(10'000, 10'000); }
TEST(LongSize, fab_of_100000_starts_from_one_of_10000) { expect_fab_sized(10'000, 100'000); }

}  // namespace
}  // namespace chipchain
