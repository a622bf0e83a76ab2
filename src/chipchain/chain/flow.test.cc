#include "chipchain/chain/flow.h"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "chipchain/chain/test_flow.h"
#include "chipchain/yield/cost.h"
#include "chipchain/yield/defects.h"

namespace chipchain {
namespace {

using testing::flow_model;
using testing::flow_spec;

constexpr const char* kSortOnly = R"([[flow]]
name = "sort"
wafers_per_month = 1000
[[flow_stage]]
name = "sort"
kind = "wafer_sort"
product = "die"
edge_mm = 3
notch_mm = 5
unit_x_mm = 26
unit_y_mm = 16.5
street_mm = 0.1
[[flow_loss]]
stage = "sort"
name = "defects"
d0_per_cm2 = 0.10
alpha = 3
)";
constexpr const char* kPerfectTest = R"([[flow_test]]
stage = "sort"
name = "test"
)";

std::string unbalanced(const FlowModel& model, const FlowResult& result) {
    std::string out;
    for (const std::string& line : check_balance(model, result)) out += line + "\n";
    return out;
}

// 132 gross and 107 / 88 / 74 / 62 good dies of half a reticle (backend facts 4.2): expected, and sampled within 5
// sigma
TEST(Flow, half_reticle_good_dies) {
    struct Case {
        double d0;
        double good;
    };
    for (const Case c : {Case{0.05, 107}, {0.10, 88}, {0.15, 74}, {0.20, 62}}) {
        Spec spec = flow_spec(std::string(kSortOnly) + kPerfectTest);
        spec.flow_losses[0].d0_per_cm2 = c.d0;
        const FlowModel model = flow_model(spec);
        const FlowStage& sort = model.stages[0];
        EXPECT_EQ(sort.piece_units, 132U);
        const double expected = 132 * sort.expected.passing;
        EXPECT_EQ(std::lround(expected), std::lround(c.good)) << c.d0;
        EXPECT_NEAR(sort.expected.passing, negative_binomial_yield(c.d0, 4.29, 3), 1e-12);
        const FlowResult result = run_flow(model, {});
        const Tally& good = result.stages[0].good_per_piece;
        EXPECT_EQ(good.count(), 12000);
        const double sigma = std::sqrt(132 * sort.expected.passing * (1 - sort.expected.passing) / 12000);
        EXPECT_NEAR(good.mean(), expected, 5 * sigma) << c.d0;
        EXPECT_EQ(unbalanced(model, result), "");
    }
}

// with a density per wafer the number of good dies scatters as gamma mixing says: E[p^2] is the yield of twice the area
TEST(Flow, wafers_with_their_own_density) {
    Spec spec = flow_spec(std::string(kSortOnly) + "cluster = \"piece\"\n" + kPerfectTest);
    const FlowModel model = flow_model(spec);
    const FlowResult result = run_flow(model, {});
    const Tally& good = result.stages[0].good_per_piece;
    const double y = negative_binomial_yield(0.10, 4.29, 3);
    const double variance = 132 * y + 132 * 131 * negative_binomial_yield(0.10, 2 * 4.29, 3) - 132 * 132 * y * y;
    const double wafers = static_cast<double>(good.count());
    EXPECT_NEAR(good.mean(), 132 * y, 5 * std::sqrt(variance / wafers));
    EXPECT_NEAR(good.variance(), variance, 5 * variance * std::sqrt(3 / wafers));
}

// counts, and maps sampled device by device by other code: same mean and variance of good dies per wafer
TEST(Flow, counts_agree_with_sampled_maps) {
    for (const bool shared : {false, true}) {
        const Spec spec = flow_spec(std::string(kSortOnly) + (shared ? "cluster = \"piece\"\n" : "") + kPerfectTest);
        const FlowModel model = flow_model(spec);
        const FlowStage& sort = model.stages[0];
        const Tally counted = run_flow(model, {}).stages[0].good_per_piece;
        SubstrateMap map = map_of(sort.region, sort.cell, sort.placement);
        map.bins = {{0, true, "good"}, {1, false, "bad"}};
        for (uint8_t& code : map.codes) code = code == kNullBin ? kNullBin : 0;
        DefectModel defects;
        defects.d0_per_cm2 = 0.10;
        (shared ? defects.alpha_substrate : defects.alpha_device) = 3;
        Tally sampled;
        for (uint32_t w = 0; w < 1000; ++w) {
            SubstrateMap wafer = map;
            (void)sample_defects(defects, {11, 0}, w, 1, wafer);
            sampled.add(static_cast<double>(wafer.good()));
        }
        const double n = static_cast<double>(sampled.count());
        EXPECT_NEAR(counted.mean(), sampled.mean(), 5 * std::sqrt(sampled.variance() / n * 1.1)) << shared;
        EXPECT_NEAR(counted.variance(), sampled.variance(), 5 * sampled.variance() * std::sqrt(3.5 / n)) << shared;
    }
}

// bins of dies with dead cores: the vectors of backend facts 4.5 (20 of 20: .6697, at least 18: .8769, NB alpha 3)
TEST(Flow, harvest_bins) {
    for (const bool shared : {false, true}) {
        Spec spec = flow_spec(
            std::string(kSortOnly) + (shared ? "cluster = \"piece\"\n" : "") + kPerfectTest +
            "[[flow_bin]]\nstage = \"sort\"\nname = \"full\"\nproduct = \"die\"\nleast_cores = 20\n"
            "[[flow_bin]]\nstage = \"sort\"\nname = \"salvage\"\nproduct = \"die-18\"\nleast_cores = 18\n");
        spec.flow_stages[0].cores = 20;
        spec.flow_stages[0].core_mm2 = 15;
        const FlowModel model = flow_model(spec);
        EXPECT_NEAR(model.stages[0].expected.passing, 0.8769, 5e-5);
        EXPECT_NEAR(model.stages[0].expected.passing * model.stages[0].bin_shares[0], 0.6697, 5e-5);
        const FlowResult result = run_flow(model, {});
        const double dies = 132.0 * 12000;
        // shared: the dies of a wafer move together; at most as much as if they were one
        const double sigma = std::sqrt(0.22 / (shared ? 12000 : dies));
        EXPECT_NEAR(static_cast<double>(result.stages[0].by_bin[0]) / dies, 0.6697, 5 * sigma);
        EXPECT_NEAR(static_cast<double>(result.stages[0].good) / dies, 0.8769, 5 * sigma);
        EXPECT_EQ(unbalanced(model, result), "");
    }
}

// does the whole library flow balance to the unit, with and without a horizon, and meet the expectation of each stage?
TEST(Flow, half_reticle_to_computers) {
    const FlowModel model = flow_model(testing::half_reticle_spec());
    EXPECT_GT(model.assumptions.size(), 3U);
    EXPECT_LT(model.assumptions.size(), model.rows);
    for (const bool drain : {false, true}) {
        FlowOptions options;
        options.drain = drain;
        const FlowResult result = run_flow(model, options);
        EXPECT_EQ(unbalanced(model, result), "");
        EXPECT_EQ(result.wafers, 12000U);
        for (size_t s = 0; s < model.stages.size(); ++s) {
            const FlowStage& stage = model.stages[s];
            const StageTotals& t = result.stages[s];
            if (drain) {
                EXPECT_EQ(t.in_process, 0U) << stage.name;
            }
            const double n = static_cast<double>(t.places - t.in_process);
            ASSERT_GT(n, 1000) << stage.name;
            double piece_loss = 0;
            for (const FlowLoss& l : stage.losses) piece_loss += l.scope == FlowScope::piece ? l.failing : 0;
            const double p = stage.expected.passing;
            // the units of a lost piece are lost together; parts that come in bad stay neighbours: a factor of 2
            const double sigma = std::sqrt((2 * p * (1 - p) + piece_loss * static_cast<double>(stage.piece_units)) / n);
            EXPECT_NEAR(static_cast<double>(t.good + t.bad) / n, p, 5 * sigma) << stage.name;
            const double passed = static_cast<double>(t.good + t.bad);
            const double bad = 1 - stage.expected.good;
            EXPECT_NEAR(static_cast<double>(t.bad) / passed, bad, 5 * std::sqrt(2 * bad / passed) + 1e-9) << stage.name;
        }
    }
}

// money: cost per good unit of dies in packages as the cost chain of yield/cost.h has it
TEST(Flow, cost_chain) {
    const Spec spec = flow_spec(R"([[flow]]
name = "two"
wafers_per_month = 5000
[[flow_stage]]
name = "sort"
kind = "wafer_sort"
product = "die"
piece_units = 100
piece_usd = 9000
[[flow_loss]]
stage = "sort"
name = "defects"
yield_percent = 70
[[flow_test]]
stage = "sort"
name = "sort"
coverage_percent = 95
[[flow_stage]]
name = "package"
kind = "package_test"
product = "package"
piece_units = 50
unit_usd = 20
[[flow_part]]
stage = "package"
part = "die"
quantity = 2
[[flow_loss]]
stage = "package"
name = "assembly"
yield_percent = 97
[[flow_test]]
stage = "package"
name = "test"
coverage_percent = 98
)");
    const FlowModel model = flow_model(spec);
    FlowOptions options;
    options.drain = true;
    const FlowResult result = run_flow(model, options);
    const CostStage stages[] = {{"sort", 1, 0, 9000, 100, 0.70, 0.95}, {"package", 2, 20, 0, 1, 0.97, 0.98}};
    const double per_good = cost_per_good_unit(model, result) / 1e6;
    EXPECT_NEAR(per_good, cost_chain(stages).total_usd, 1e-3 * per_good);
    EXPECT_EQ(unbalanced(model, result), "");
}

TEST(Flow, repeats) {
    const FlowModel model = flow_model(testing::half_reticle_spec());
    FlowOptions options;
    const uint64_t first = run_flow(model, options).fingerprint;
    EXPECT_EQ(run_flow(model, options).fingerprint, first);
    options.keep = true;  // following dies changes nothing
    EXPECT_EQ(run_flow(model, options).fingerprint, first);
    options.seed = 2;
    EXPECT_NE(run_flow(model, options).fingerprint, first);
}

// lots of a simulated line: scrapped ones are no wafers, the others arrive when they ship
TEST(Flow, shipments_of_a_line) {
    Model line;
    line.lot_types.resize(1);
    line.lot_types[0].pieces = 24;
    line.wip_lots.resize(2);
    line.wip_lots[1].pieces = 10;
    Recorder recorder;
    ShippedLot lot;
    for (const Time out : {3 * kDay, kDay, 2 * kDay}) {
        lot.out = out;
        lot.scrapped = out == 2 * kDay;
        lot.initial = out == kDay;
        lot.number = 1;
        recorder.shipped_lots.push_back(lot);
    }
    FlowOptions options;
    options.shipments = line_shipments(line, recorder, 0);
    ASSERT_EQ(options.shipments.size(), 2U);
    EXPECT_EQ(options.shipments[0].time, kDay);
    const FlowModel model = flow_model(flow_spec(kSortOnly));
    const FlowResult result = run_flow(model, options);
    EXPECT_EQ(result.wafers, 34U);
    EXPECT_EQ(result.stages[0].places, 34U * 132U);
}

// A random flow file: kinds, attach, losses, tests, quantities, lots.
class RandomFlow {
 public:
    std::string text() {
        out_ = fmt::format(
            "[[flow]]\nname = \"f\"\nwafers_per_month = {}\nmonths = {}\n[[flow_stage]]\nname = \"s0\"\nkind = "
            "\"wafer_sort\"\nproduct = \"p0\"\npiece_units = {}\npiece_usd = 7.123457\n",
            pick(1, 200),
            pick(1, 3),
            pick(1, 90));
        add_losses(0, 1);
        add_tests(0);
        const int stages = pick(1, 4);
        for (int s = 1; s <= stages; ++s) add_stage(s);
        return out_;
    }
    static int pick(int from, int to) { return *rc::gen::inRange(from, to + 1); }

 private:
    void add_stage(int s) {
        constexpr const char* kKinds[] = {"panel_packaging", "package_test", "board_assembly", "unit_assembly"};
        const int kind = pick(0, 3);
        out_ += fmt::format(
            "[[flow_stage]]\nname = \"s{0}\"\nkind = \"{1}\"\nproduct = \"p{0}\"\npiece_units = {2}\nlot_pieces = "
            "{3}\nattach = \"{4}\"\ncycle_time_d = {5}\nunit_usd = 0.333333\npiece_usd = 1.000001\n[[flow_part]]\n"
            "stage = \"s{0}\"\npart = \"p{6}\"\nquantity = {7}\n",
            s,
            kKinds[kind],
            pick(1, 40),
            pick(1, 4),
            pick(0, 1) == 0 ? "first" : "last",
            pick(0, 30),
            s - 1,
            pick(1, 3));
        if (pick(0, 1) == 0) {
            out_ += fmt::format(
                "[[flow_part]]\nstage = \"s{}\"\npart = \"bought\"\npurchased = true\nprice_usd = 0.1\nbad_ppm = "
                "20000\n",
                s);
        }
        add_losses(s, kind == 0 || kind == 2 ? 3 : 0);
        add_tests(s);
    }
    void add_losses(int s, int last_scope) {
        constexpr const char* kScopes[] = {"unit", "piece", "place", "part"};
        for (int l = pick(0, 3); l > 0; --l) {
            out_ += fmt::format(
                "[[flow_loss]]\nstage = \"s{}\"\nname = \"l{}\"\nscope = \"{}\"\nyield_percent = {}\nfound_percent = "
                "{}\n",
                s,
                l,
                kScopes[pick(0, last_scope)],
                pick(40, 100),
                pick(0, 2) * 50);
        }
    }
    void add_tests(int s) {
        for (int t = pick(0, 2); t > 0; --t) {
            out_ += fmt::format(
                "[[flow_test]]\nstage = \"s{}\"\nname = \"t{}\"\nform = \"{}\"\ncoverage_percent = {}\nfalse_percent = "
                "{}\nretests = {}\nrepair_percent = {}\ninsertion_usd = 0.7\nrepair_usd = 0.11\n",
                s,
                t,
                pick(0, 1) == 0 ? "catch" : "williams-brown",
                pick(0, 100),
                pick(0, 20),
                pick(0, 2),
                pick(0, 100));
        }
    }
    std::string out_;
};

// The counts of a stage, added up place by place.
StageTotals counted_places(const FlowModel& model, const FlowResult& result, uint32_t s) {
    StageTotals seen = result.stages[s];
    std::fill(seen.scrap.begin(), seen.scrap.end(), 0);
    std::fill(seen.by_bin.begin(), seen.by_bin.end(), 0);
    seen.good = seen.bad = seen.in_process = 0;
    for (uint32_t lot = 0; lot < result.stages[s].lots; ++lot) {
        for (const PlaceFate& f : lot_fates(model, result.source, result.genealogy, s, lot).places) {
            if (f.end == PlaceFate::End::in_process) ++seen.in_process;
            if (f.end == PlaceFate::End::scrapped) ++seen.scrap[f.gate * model.reasons.size() + f.reason];
            if (f.end != PlaceFate::End::handed_on) continue;
            ++(f.reason == kGood ? seen.good : seen.bad);
            ++seen.by_bin[f.bin];
        }
    }
    return seen;
}

// any flow balances, in units and in money, and the places of its lots add up to the counts
RC_GTEST_PROP(FlowProperty, every_flow_balances, ()) {
    RandomFlow random;
    const FlowModel model = flow_model(flow_spec(random.text()));
    FlowOptions options;
    options.seed = static_cast<uint64_t>(RandomFlow::pick(0, 1000));
    options.drain = RandomFlow::pick(0, 1) == 0;
    options.keep = true;
    const FlowResult result = run_flow(model, options);
    const std::string broken = unbalanced(model, result);
    if (!broken.empty()) RC_FAIL(broken);
    for (uint32_t s = 0; s < model.stages.size(); ++s) {
        const StageTotals seen = counted_places(model, result, s);
        RC_ASSERT(seen.scrap == result.stages[s].scrap);
        RC_ASSERT(seen.by_bin == result.stages[s].by_bin);
        RC_ASSERT(seen.good == result.stages[s].good);
        RC_ASSERT(seen.bad == result.stages[s].bad);
        RC_ASSERT(seen.in_process == result.stages[s].in_process);
    }
}

}  // namespace
}  // namespace chipchain
