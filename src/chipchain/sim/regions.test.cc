// Does a line of several fabs fall into the regions of docs/semantics.md 12, and does the number of threads change
// nothing?
#include "chipchain/sim/regions.h"

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/spec/embedded_models.h"

namespace chipchain {
namespace {

// Two fabs of one tool group each and a route that goes from one to the other and back; minutes of the way.
Spec two_fabs(int64_t there, int64_t back) {
    Spec spec;
    spec.line.name = "two_fabs";
    spec.line.horizon = 40 * kDay;
    spec.line.warmup = 5 * kDay;
    for (const char* name : {"east", "west"}) {
        ToolGroupSpec& group = spec.tool_groups.emplace_back();
        group.name = group.location = name;
        group.area = "Etch";
        group.tools = 3;
    }
    for (int64_t i = 1; i <= 3; ++i) {
        StepSpec& step = spec.steps.emplace_back();
        step.route = "r";
        step.step = i;
        step.tool_group = i == 2 ? "west" : "east";
        step.process.kind = DistKind::uniform;
        step.process.mean = 60 * kMinute;
        step.process.half = 20 * kMinute;
        step.scrap_percent = 1;
    }
    ProductSpec& product = spec.products.emplace_back();
    product.name = "p";
    product.route = "r";
    const auto way = [&](const char* from, const char* to, int64_t minutes) {
        TransportSpec& row = spec.transports.emplace_back();
        row.from = from;
        row.to = to;
        row.time.mean = minutes * kMinute;
    };
    way("east", "west", there);
    way("west", "east", back);
    ReleaseSpec& release = spec.releases.emplace_back();
    release.name = "lots";
    release.product = "p";
    release.policy = ReleasePolicy::poisson;
    release.interval = 50 * kMinute;
    release.due_offset = 2 * kDay;
    return spec;
}

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    return *compile(spec, warnings);
}

RunResult run_on(const Model& model, uint32_t threads) {
    RunOptions options;
    options.threads = threads;
    return run(model, options);
}

TEST(Regions, far_fabs_are_apart) {
    const Regions regions = find_regions(compiled(two_fabs(300, 200)));
    EXPECT_EQ(regions.count, 2U);
    EXPECT_EQ(regions.of_group, (std::vector<uint32_t>{0, 1}));
    EXPECT_EQ(regions.lookahead, 200 * kMinute);
}

TEST(Regions, a_short_way_joins) {
    EXPECT_EQ(find_regions(compiled(two_fabs(300, 59))).count, 1U);
    EXPECT_EQ(find_regions(compiled(two_fabs(59, 300))).count, 1U);
    EXPECT_EQ(find_regions(compiled(two_fabs(60, 60))).count, 2U);
}

TEST(Regions, what_looks_at_the_whole_line_joins) {
    Spec conwip = two_fabs(300, 300);
    conwip.releases[0].policy = ReleasePolicy::conwip;
    conwip.releases[0].wip_limit_lots = 5;
    EXPECT_EQ(find_regions(compiled(conwip)).count, 1U);
    Spec skipped = two_fabs(300, 300);
    skipped.steps[0].sample_percent = 50;  // a released lot may begin in the other fab at once
    EXPECT_EQ(find_regions(compiled(skipped)).count, 1U);
}

TEST(Regions, embedded_models_are_one) {
    Diagnostics warnings;
    EXPECT_EQ(find_regions(*compile(*embedded_model("reference-fab"), warnings)).count, 1U);
}

TEST(Regions, threads_change_nothing) {
    const Model model = compiled(two_fabs(300, 200));
    const RunResult one = run_on(model, 1);
    EXPECT_GT(one.shipped, 500U);
    EXPECT_TRUE(check_identities(one).empty());
    for (const uint32_t threads : {2U, 3U}) {
        const RunResult other = run_on(model, threads);
        EXPECT_EQ(other.fingerprint, one.fingerprint);
        EXPECT_EQ(other.events, one.events);
        EXPECT_EQ(other.residence, one.residence);
        EXPECT_EQ(other.series.wip_by_step, one.series.wip_by_step);
        EXPECT_EQ(other.series.cycle_time_mean_d, one.series.cycle_time_mean_d);
        EXPECT_EQ(other.lot_types[0].completed.cycle_time, one.lot_types[0].completed.cycle_time);
        EXPECT_EQ(other.lot_types[0].completed.cycle_time_squares, one.lot_types[0].completed.cycle_time_squares);
    }
}

// A recorder follows lots from fab to fab and changes no trajectory.
TEST(Regions, a_recorder_sees_both_fabs) {
    const Model model = compiled(two_fabs(300, 200));
    Recorder recorder;
    recorder.lots = recorder.tools = recorder.deliveries = recorder.shipped = true;
    RunOptions options;
    options.threads = 2;
    options.recorder = &recorder;
    const RunResult result = run(model, options);
    EXPECT_EQ(result.fingerprint, run_on(model, 1).fingerprint);
    EXPECT_EQ(recorder.shipped_lots.size(), result.shipped + result.scrapped);
    uint64_t delivered = 0;
    Time stay_at_west = 0;
    for (const std::vector<DeliveryRecord>* records : {&recorder.late, &recorder.on_time}) {
        for (const DeliveryRecord& record : *records) {
            delivered += record.lots;
            stay_at_west += record.groups[1].stay;
        }
    }
    EXPECT_EQ(delivered, result.shipped);
    // the way there and at least the shortest process
    EXPECT_GE(stay_at_west, static_cast<Time>(delivered) * 340 * kMinute);
    EXPECT_TRUE(std::is_sorted(
        recorder.lot_intervals.begin(),
        recorder.lot_intervals.end(),
        [](const LotInterval& x, const LotInterval& y) { return x.end < y.end; }));
}

// The samples of a sum of fabs are those of the whole: every lot stands somewhere at every sample.
TEST(Regions, samples_cover_all_lots) {
    const RunResult result = run_on(compiled(two_fabs(300, 200)), 1);
    ASSERT_EQ(result.series.wip.size(), 41U);
    for (size_t i = 0; i < result.series.wip.size(); ++i) EXPECT_EQ(result.series.wip[i], result.series.wip_by_area[i]);
    EXPECT_GT(result.series.wip[20], 0U);
}

}  // namespace
}  // namespace chipchain
