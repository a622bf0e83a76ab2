// Relations between runs that must hold whatever the right figures are.
#include <gtest/gtest.h>

#include <map>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/embedded_models.h"
#include "chipchain/spec/generate_reference_fab.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    EXPECT_TRUE(model) << render_all(model.error(), spec.sources);
    return std::move(*model);
}

Spec example(const char* name) { return *read_model((testing::project_folder() / "examples" / name).string()); }

// A tenth of the reference fab: every feature, fast enough for sanitizers.
Spec small_fab() {
    ReferenceFabParameters parameters;
    parameters.wafers_per_month = 2000;
    return generate_reference_fab(parameters);
}

RunResult simulate(const Spec& spec, double days, double warmup_days = 0, uint32_t replication = 0) {
    RunOptions options;
    options.horizon = to_ticks(days, kDay);
    options.warmup = to_ticks(warmup_days, kDay);
    options.replication = replication;
    return run(compiled(spec), options);
}

TEST(Metamorphic, equal_runs_are_equal_and_others_are_not) {
    const Spec spec = small_fab();
    EXPECT_EQ(simulate(spec, 20).fingerprint, simulate(spec, 20).fingerprint);
    EXPECT_NE(simulate(spec, 20).fingerprint, simulate(spec, 20, 0, 1).fingerprint);
}

TEST(Metamorphic, a_long_run_begins_like_a_short_one) {
    const Spec spec = small_fab();
    const RunResult brief = simulate(spec, 20), longer = simulate(spec, 40);
    ASSERT_GE(brief.series.wip.size(), 20U);
    for (size_t i = 0; i < brief.series.wip.size(); ++i) {
        EXPECT_EQ(brief.series.wip[i], longer.series.wip[i]) << i;
        EXPECT_EQ(brief.series.moves[i], longer.series.moves[i]) << i;
    }
}

TEST(Metamorphic, warm_up_changes_statistics_only) {
    const Spec spec = small_fab();
    const RunResult whole = simulate(spec, 30), part = simulate(spec, 30, 10);
    EXPECT_EQ(whole.fingerprint, part.fingerprint);
    EXPECT_EQ(whole.shipped, part.shipped);
    EXPECT_LT(part.wip_area, whole.wip_area);
}

TEST(Metamorphic, what_nobody_uses_changes_nothing) {
    Spec spec = small_fab();
    const RunResult before = simulate(spec, 20);
    ToolGroupSpec idle;
    idle.name = "nobody";
    idle.area = "Nowhere";
    spec.tool_groups.push_back(idle);
    ProductSpec product = spec.products[0];
    product.name = "never_made";
    spec.products.push_back(product);
    RuleSpec rule;
    rule.name = "unused";
    rule.rank = "-spt, lifo";
    spec.rules.push_back(rule);
    EXPECT_EQ(simulate(spec, 20).fingerprint, before.fingerprint);
}

TEST(Metamorphic, a_switch_without_its_feature_changes_nothing) {
    const Spec spec = example("01_one_tool");
    const uint64_t before = simulate(spec, 50).fingerprint;
    for (const SwitchInfo& info : switch_table()) {
        // the place of a maintenance, a setup, a batch ...: this model has none of them, and one tool leaves no choice
        for (size_t value = 0; value < info.values.size(); ++value) {
            Spec other = spec;
            info.set(other.switches, static_cast<uint8_t>(value));
            EXPECT_EQ(simulate(other, 50).fingerprint, before) << info.name << " = " << info.values[value];
        }
    }
}

TEST(Metamorphic, twice_the_times_give_twice_the_cycle_times) {
    Spec spec = example("01_one_tool");
    spec.steps[0].process = {DistKind::constant, 8 * kMinute, 0};
    spec.releases[0].policy = ReleasePolicy::constant;
    spec.releases[0].lots_per_release = 3;
    spec.releases[0].interval = 30 * kMinute;
    spec.tool_groups[0].load = kMinute;
    const RunResult once = simulate(spec, 30);
    spec.steps[0].process.mean *= 2;
    spec.releases[0].interval *= 2;
    spec.tool_groups[0].load *= 2;
    const RunResult twice = simulate(spec, 60);
    EXPECT_EQ(once.shipped, twice.shipped);
    EXPECT_GT(once.tool_groups[0].queue_time, 0);
    EXPECT_EQ(2 * once.tool_groups[0].queue_time, twice.tool_groups[0].queue_time);
    EXPECT_EQ(2 * once.lot_types[0].completed.cycle_time_sum, twice.lot_types[0].completed.cycle_time_sum);
}

TEST(Metamorphic, another_tool_never_makes_a_queue_longer) {
    Spec spec = example("01_one_tool");
    Time queue = kNever;
    for (int64_t tools = 1; tools <= 4; ++tools) {
        spec.tool_groups[0].tools = tools;
        const RunResult r = simulate(spec, 100);
        EXPECT_LT(r.tool_groups[0].queue_time, queue) << tools;
        queue = r.tool_groups[0].queue_time;
    }
}

TEST(Metamorphic, priority_helps_those_that_have_it) {
    Spec spec = example("02_two_priorities");
    const auto mean = [](const RunResult& r, size_t type) {
        return static_cast<double>(r.lot_types[type].completed.cycle_time_sum) /
               static_cast<double>(r.lot_types[type].completed.lots);
    };
    const RunResult ranked = simulate(spec, 200);
    spec.releases[1].priority = spec.releases[0].priority;
    const RunResult equal = simulate(spec, 200);
    EXPECT_LT(mean(ranked, 1), mean(equal, 1));
    EXPECT_GT(mean(ranked, 0), mean(equal, 0));
}

// Common random numbers: another dispatch rule changes when a lot is processed, never for how long.
TEST(Metamorphic, a_rule_changes_no_process_time) {
    const auto process_times = [](const char* rank) {
        Spec spec = example("02_two_priorities");
        spec.rules[0].rank = rank;
        Recorder recorder;
        recorder.lots = true;
        RunOptions options;
        options.horizon = 30 * kDay;
        options.recorder = &recorder;
        (void)run(compiled(spec), options);
        std::map<uint32_t, Time> times;
        for (const LotInterval& x : recorder.lot_intervals) {
            if (x.phase == LotPhase::process) times[x.lot] = x.end - x.begin;
        }
        return times;
    };
    const std::map<uint32_t, Time> fifo = process_times("fifo");
    size_t common = 0;
    for (const auto& [lot, time] : process_times("priority, -fifo")) {
        const auto found = fifo.find(lot);
        if (found == fifo.end()) continue;
        ++common;
        EXPECT_EQ(found->second, time) << "lot " << lot;
    }
    EXPECT_GT(common, 3000U);
}

}  // namespace
}  // namespace chipchain
