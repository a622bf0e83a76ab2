// Is the engine the machine that docs/semantics.md describes? The naive twin follows the page; both run generated
// models.
#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/sim/regions.h"
#include "tests/sim/disagreement.h"
#include "tests/sim/model_generator.h"

namespace chipchain::testing {
namespace {

void expect_agreement(uint64_t first, uint64_t count) {
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const Spec spec = generate_model(seed);
        const std::string what = disagreement(spec);
        if (!what.empty()) ADD_FAILURE() << report_disagreement(spec);
        if (::testing::Test::HasFailure()) return;  // one report is long enough
    }
}

TEST(Naive, agrees_on_few) { expect_agreement(0, 100); }

TEST(FullNaive, agrees_on_generated_models) { expect_agreement(0, 1000); }

TEST(Naive, some_generated_models_have_regions) {
    uint64_t count = 0;
    for (uint64_t seed = 0; seed < 200; ++seed) {
        Diagnostics warnings;
        const Model model = *compile(generate_model(seed), warnings);
        if (find_regions(model).count == 1) continue;
        ++count;
        RunOptions two;
        two.threads = 2;
        EXPECT_EQ(run(model, two).fingerprint, run(model, {}).fingerprint) << seed;
    }
    EXPECT_GE(count, 5U);
}

// does a lot that leaves at a border and comes at exactly the next one, a sample, find its instant not yet over?
TEST(Naive, agrees_when_a_way_is_the_lookahead) {
    Spec spec;
    spec.line.name = "two_fabs";
    spec.line.horizon = 20 * kDay;
    for (const char* name : {"east", "west"}) {
        ToolGroupSpec& group = spec.tool_groups.emplace_back();
        group.name = group.location = name;
        group.area = "Etch";
        group.tools = group.name == "east" ? 4 : 1;
        TransportSpec& way = spec.transports.emplace_back();
        way.from = name;
        way.to = group.name == "east" ? "west" : "east";
        way.time.mean = 6 * kHour;
    }
    for (int64_t i = 1; i <= 3; ++i) {
        StepSpec& step = spec.steps.emplace_back();
        step.route = "r";
        step.step = i;
        step.tool_group = i == 2 ? "west" : "east";
        step.process.mean = kHour;
    }
    ProductSpec& product = spec.products.emplace_back();
    product.name = "p";
    product.route = "r";
    // a lot every hour keeps the one tool in the west busy with a queue; once a day a hot one leaves the east at 18:00,
    // a border, and comes at midnight, the sample, when that tool is done
    const auto release = [&spec](const char* name, int64_t priority, Time start, Time interval) {
        ReleaseSpec& row = spec.releases.emplace_back();
        row.name = name;
        row.product = "p";
        row.priority = priority;
        row.start = start;
        row.interval = interval;
        row.due_offset = kDay;
    };
    release("lots", 10, 0, kHour);
    release("hot", 20, 17 * kHour, kDay);
    for (int64_t i = 0; i < 4; ++i) {
        WipLotSpec& lot = spec.wip_lots.emplace_back();
        lot.name = "init_" + std::to_string(i);
        lot.product = "p";
        lot.step = 2;
    }
    RuleSpec& rule = spec.rules.emplace_back();
    rule.name = "hot_first";
    rule.rank = "priority, fifo";
    spec.line.rule = "hot_first";
    Diagnostics warnings;
    const Result<Model> model = compile(spec, warnings);
    ASSERT_TRUE(model);
    const Regions regions = find_regions(*model);
    EXPECT_EQ(regions.count, 2U);
    EXPECT_EQ(regions.lookahead, 6 * kHour);
    EXPECT_EQ(disagreement(spec), "");
}

TEST(Naive, generator_uses_every_feature) {
    std::set<std::string> missing = all_features();
    for (uint64_t seed = 0; seed < 1000 && !missing.empty(); ++seed) {
        for (const std::string& feature : features_of(generate_model(seed))) {
            ASSERT_TRUE(all_features().contains(feature)) << feature;
            missing.erase(feature);
        }
    }
    for (const std::string& feature : missing) ADD_FAILURE() << "never generated: " << feature;
}

}  // namespace
}  // namespace chipchain::testing
