// Do the embedded models read, compile and run, and does the reference fab use every feature?
#include "chipchain/spec/embedded_models.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/generate_reference_fab.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/writer.h"

namespace chipchain {
namespace {

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    EXPECT_TRUE(warnings.empty()) << render_all(warnings, spec.sources);
    EXPECT_TRUE(model) << render_all(model.error(), spec.sources);
    return std::move(*model);
}

TEST(EmbeddedModels, all_run_and_keep_their_identities) {
    for (const EmbeddedModelInfo& info : embedded_models()) {
        if (info.name == "reference-fab-1m") continue;  // too large for a fast test
        const Result<Spec> spec = embedded_model(info.name);
        ASSERT_TRUE(spec) << render_all(spec.error(), {});
        const Model model = compiled(*spec);
        EXPECT_EQ(model.name, info.name);
        EXPECT_FALSE(info.help.empty());
        RunOptions options;
        options.horizon = 10 * kDay;
        options.warmup = 2 * kDay;
        EXPECT_TRUE(check_identities(run(model, options)).empty()) << info.name;
    }
}

TEST(EmbeddedModels, unknown_name_names_the_nearest) {
    const Result<Spec> spec = embedded_model("minifabb");
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error()[0].id, "unknown-model");
    EXPECT_EQ(spec.error()[0].help, "did you mean 'minifab'?");
}

TEST(ReferenceFab, uses_every_feature) {
    const Spec spec = generate_reference_fab();
    const Model m = compiled(spec);
    const auto any_step = [&m](auto&& has) { return std::any_of(m.steps.begin(), m.steps.end(), has); };
    const auto any_group = [&m](auto&& has) { return std::any_of(m.tool_groups.begin(), m.tool_groups.end(), has); };
    for (const ProcessUnit unit : {ProcessUnit::lot, ProcessUnit::piece, ProcessUnit::batch}) {
        EXPECT_TRUE(any_step([unit](const Step& s) { return s.per == unit; }));
    }
    EXPECT_TRUE(any_step([](const Step& s) { return s.lot_interval > 0; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.piece_interval > 0; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.setup_time > 0; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.setup > 0 && s.setup_time < 0; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.rework_threshold > 0; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.scrap_threshold > 0; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.sample_threshold < uint64_t{1} << 32; }));
    EXPECT_TRUE(any_step([](const Step& s) { return s.dedicated_by_slot != kNoIndex; }));
    EXPECT_TRUE(any_group([](const ToolGroup& g) { return g.setup_avoidance; }));
    EXPECT_TRUE(any_group([](const ToolGroup& g) { return g.wake == WakeRule::least_setup; }));
    EXPECT_TRUE(any_group([](const ToolGroup& g) { return g.lots_inside == 2; }));
    EXPECT_TRUE(std::any_of(m.min_run.begin(), m.min_run.end(), [](uint32_t n) { return n > 1; }));
    EXPECT_TRUE(std::any_of(m.lot_types.begin(), m.lot_types.end(), [](const LotType& t) { return t.reserve; }));
    EXPECT_TRUE(std::any_of(m.pms.begin(), m.pms.end(), [](const Pm& p) { return p.kind == PmKind::pieces; }));
    EXPECT_TRUE(std::any_of(m.pms.begin(), m.pms.end(), [](const Pm& p) { return p.kind == PmKind::calendar; }));
    EXPECT_GT(m.windows.size(), 50U);
    EXPECT_GT(m.downs.size(), 50U);
    EXPECT_GT(m.wip_lots.size(), 1500U);
    EXPECT_EQ(m.routes[0].layers, 35U);
    EXPECT_EQ(m.routes[1].layers, 25U);
    EXPECT_EQ(m.priority_levels, 3U);
}

TEST(ReferenceFab, is_the_same_each_time_and_survives_writing) {
    const Spec spec = generate_reference_fab();
    EXPECT_TRUE(same_model(spec, generate_reference_fab()));
    const Result<Spec> again = read_model_text(model_files(spec));
    ASSERT_TRUE(again) << render_all(again.error(), {});
    EXPECT_EQ(compiled(spec).hash, compiled(*again).hash);
}

TEST(ReferenceFab, tools_follow_the_starts) {
    ReferenceFabParameters large;
    large.wafers_per_month = 400'000;
    const uint32_t small_count = compiled(generate_reference_fab()).tool_count();
    const uint32_t large_count = compiled(generate_reference_fab(large)).tool_count();
    EXPECT_GT(large_count, 8 * small_count);
    EXPECT_LT(large_count, 10 * small_count);
}

}  // namespace
}  // namespace chipchain
