#include "chipchain/model/compile.h"

#include <gtest/gtest.h>

#include "chipchain/model/testspec.h"

namespace chipchain {
namespace {

using testing::add_group;
using testing::add_product;
using testing::add_release;
using testing::add_step;
using testing::minutes;
using testing::three_steps;

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    if (model) return std::move(*model);
    for (const Diagnostic& d : model.error()) ADD_FAILURE() << d.id << ": " << d.message;
    return {};
}

// are all derived numbers of a model that can be computed by hand right?
TEST(Compile, derived_numbers_of_three_steps) {
    Spec spec = three_steps();
    spec.steps[1].sample_percent = 50;
    spec.steps[2].process = minutes(30, 3);
    spec.releases[0].due_offset = 1350 * kMinute / 10;
    TransportSpec& move = spec.transports.emplace_back();
    move.from = move.to = "Fab";
    move.time = minutes(5, 5);
    const Model m = compiled(spec);
    ASSERT_EQ(m.steps.size(), 3U);
    // load + process + unload: 22, 25 pieces of 1 min, 32
    EXPECT_EQ(m.steps[0].expected_process, 22 * kMinute);
    EXPECT_EQ(m.steps[1].expected_process, 25 * kMinute);
    EXPECT_EQ(m.steps[2].expected_process, 32 * kMinute);
    EXPECT_EQ(m.steps[0].remaining, (22 + 32) * kMinute + 25 * kMinute / 2);
    EXPECT_EQ(m.steps[1].remaining, (25 + 32) * kMinute);  // the step itself counts in full
    EXPECT_EQ(m.steps[2].remaining, 32 * kMinute);
    EXPECT_EQ(m.steps[0].elapsed, 22 * kMinute);
    EXPECT_EQ(m.steps[1].elapsed, 22 * kMinute + 25 * kMinute / 2);
    EXPECT_EQ(m.steps[2].elapsed, 54 * kMinute + 25 * kMinute / 2);
    EXPECT_EQ(m.steps[0].remaining_steps, 3U);  // 1 + 0.5 + 1, rounded up
    EXPECT_EQ(m.steps[1].remaining_steps, 2U);
    EXPECT_EQ(m.steps[2].remaining_steps, 1U);
    // with transport: 66.5 + 5 / 2 + 5 = 74 min; due after 135 min
    EXPECT_EQ(m.routes[0].raw_process_time, 74 * kMinute);
    EXPECT_NEAR(static_cast<double>(m.steps[2].remaining_cycle), 32 * 60e6 * 135 / 74, 1);
    EXPECT_NEAR(static_cast<double>(m.steps[0].remaining_cycle), 135 * 60e6, 1);
    EXPECT_EQ(m.steps[1].sample_threshold, uint64_t{1} << 31);
    EXPECT_EQ(m.steps[0].sample_threshold, uint64_t{1} << 32);
    EXPECT_TRUE(m.steps[2].last);
    EXPECT_FALSE(m.steps[1].last);
    EXPECT_EQ(m.tool_count(), 3U);
    EXPECT_EQ(m.tool_groups[1].first_tool, 2U);
    EXPECT_EQ(m.tool_to_group[2], 1U);
}

TEST(Compile, cascade_times) {
    Spec spec = three_steps();
    spec.tool_groups[1].lots_inside = 2;
    spec.steps[1].piece_interval = kMinute / 2;
    const Model m = compiled(spec);
    EXPECT_TRUE(m.tool_groups[1].cascade);
    EXPECT_EQ(m.tool_groups[1].lots_inside, 2);
    EXPECT_TRUE(m.steps[1].cascade);
    EXPECT_EQ(m.steps[1].expected_process, 13 * kMinute);  // 1 + 24 / 2
    spec.switches.cascade_limit = CascadeLimit::unlimited;
    EXPECT_EQ(compiled(spec).tool_groups[1].lots_inside, 0);
    EXPECT_EQ(compiled(spec).tool_groups[0].lots_inside, 1);
}

TEST(Compile, layers_are_exposures) {
    Spec spec = three_steps();
    add_group(spec, "LithoTrack_1", 1, "Litho");
    add_group(spec, "met", 1, "Litho_Met");
    add_step(spec, "logic", "LithoTrack_1", 0.5).per = ProcessUnit::piece;
    add_step(spec, "logic", "met", 0.5).per = ProcessUnit::piece;
    EXPECT_EQ(compiled(spec).routes[0].layers, 1U);
}

// do steps share a queue class exactly when their lots are interchangeable?
TEST(Compile, queue_classes_by_setup) {
    Spec spec = three_steps();
    const char* setups[] = {"A", "", "A", "B", "", "A"};
    for (const char* setup : setups) add_step(spec, "logic", "etch", 1).setup = setup;
    spec.steps.back().setup_time = kMinute;  // its own time: another class
    const Model m = compiled(spec);
    EXPECT_EQ(m.steps[4].queue_class, m.steps[0].queue_class);
    EXPECT_EQ(m.steps[3].queue_class, m.steps[5].queue_class);
    EXPECT_NE(m.steps[3].queue_class, m.steps[6].queue_class);
    EXPECT_NE(m.steps[3].queue_class, m.steps[8].queue_class);
    EXPECT_EQ(m.tool_groups[0].class_count, 4U);
    EXPECT_TRUE(m.tool_groups[0].has_setup);
    EXPECT_FALSE(m.tool_groups[1].has_setup);
    EXPECT_EQ(m.setup_count, 3U);
    EXPECT_EQ(m.setup_names[1], "A");
}

Spec batches(BatchKey key) {
    Spec spec = three_steps();
    add_group(spec, "furnace", 4, "Diffusion").batch_key = key;
    for (int i = 0; i < 4; ++i) {
        StepSpec& step = add_step(spec, "logic", "furnace", 60);
        step.name = i < 2 ? "oxide" : "anneal";
        step.per = i < 3 ? ProcessUnit::batch : ProcessUnit::lot;
        step.batch_min = i < 3 ? 50 : 0;
        step.batch_max = i < 3 ? 100 : 0;
    }
    return spec;
}

TEST(Compile, queue_classes_by_batch_key) {
    const auto classes = [](BatchKey key) {
        const Model m = compiled(batches(key));
        EXPECT_TRUE(m.tool_groups[2].batch);
        std::vector<uint32_t> out;
        for (size_t i = 3; i < 7; ++i) out.push_back(m.steps[i].queue_class);
        return out;
    };
    EXPECT_EQ(classes(BatchKey::none), (std::vector<uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(classes(BatchKey::product_step), (std::vector<uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(classes(BatchKey::step_name), (std::vector<uint32_t>{0, 0, 1, 2}));
    EXPECT_EQ(classes(BatchKey::tool_group), (std::vector<uint32_t>{0, 0, 0, 1}));
}

TEST(Compile, products_of_one_route_do_not_mix_in_batches) {
    Spec spec = batches(BatchKey::product_step);
    EXPECT_FALSE(compiled(spec).tool_groups[2].batch_by_product);
    add_product(spec, "other", "logic");
    EXPECT_TRUE(compiled(spec).tool_groups[2].batch_by_product);
    EXPECT_FALSE(compiled(spec).tool_groups[0].batch_by_product);
}

TEST(Compile, gated_steps_have_a_class_of_their_own) {
    Spec spec = three_steps();
    spec.steps[0].queue_time_step = 2;
    spec.steps[0].queue_time_limit = kHour;
    EXPECT_EQ(compiled(spec).tool_groups[0].class_count, 1U);
    spec.switches.queue_time_action = QueueTimeAction::gate;
    const Model m = compiled(spec);
    EXPECT_EQ(m.tool_groups[0].class_count, 2U);
    EXPECT_TRUE(m.steps[0].gated);
    EXPECT_FALSE(m.steps[2].gated);
}

// do pairs that touch form one chain with one slot?
TEST(Compile, dedication_chains) {
    Spec spec = three_steps();
    for (int i = 0; i < 6; ++i) add_step(spec, "logic", "litho", 1);  // steps 4..9
    spec.steps[1].dedicate_step = 4;
    spec.steps[3].dedicate_step = 6;
    spec.steps[4].dedicate_step = 7;
    const Model m = compiled(spec);
    EXPECT_EQ(m.routes[0].dedication_slots, 2U);
    EXPECT_EQ(m.max_dedication_slots, 2U);
    EXPECT_EQ(m.steps[1].dedication_slot, 0U);
    EXPECT_EQ(m.steps[1].dedicated_by_slot, kNoIndex);
    EXPECT_EQ(m.steps[3].dedicated_by_slot, 0U);
    EXPECT_EQ(m.steps[3].dedication_slot, 0U);
    EXPECT_EQ(m.steps[5].dedicated_by_slot, 0U);
    EXPECT_EQ(m.steps[5].dedication_slot, kNoIndex);
    EXPECT_EQ(m.steps[4].dedication_slot, 1U);
    EXPECT_EQ(m.steps[6].dedicated_by_slot, 1U);
    EXPECT_TRUE(m.tool_groups[1].dedicated);
    EXPECT_FALSE(m.tool_groups[0].dedicated);
}

TEST(Compile, windows_of_one_exit_are_chained) {
    Spec spec = three_steps();
    for (const size_t i : {0, 1}) {
        spec.steps[i].queue_time_step = 3;
        spec.steps[i].queue_time_limit = kHour * static_cast<Time>(i + 1);
    }
    const Model m = compiled(spec);
    ASSERT_EQ(m.windows.size(), 2U);
    EXPECT_EQ(m.steps[2].first_closing_window, 0U);
    EXPECT_EQ(m.windows[0].next_closing, 1U);
    EXPECT_EQ(m.windows[1].next_closing, kNoIndex);
    EXPECT_EQ(m.steps[1].opens_window, 1U);
    EXPECT_EQ(m.windows[1].slot, 1U);
    EXPECT_EQ(m.windows[1].limit, 2 * kHour);
    EXPECT_EQ(m.max_window_slots, 2U);
}

TEST(Compile, setup_times) {
    Spec spec = three_steps();
    spec.steps[0].setup = "A";
    spec.steps[2].setup = "B";
    add_step(spec, "logic", "etch", 1).setup = "C";
    spec.steps[3].setup_time = 7;
    const auto change = [&spec](const char* from, const char* to, Time time) {
        SetupChangeSpec& row = spec.setup_changes.emplace_back();
        row.from = from;
        row.to = to;
        row.time = time;
    };
    change("A", "B", 3);
    change("", "B", 4);
    change("A", "C", 5);
    SetupGroupSpec& group = spec.setup_groups.emplace_back();
    group.name = "gas";
    group.setup = "B";
    group.min_run = 7;
    const Model m = compiled(spec);
    EXPECT_EQ(setup_time(m, 1, m.steps[2]), 3);  // the pair
    EXPECT_EQ(setup_time(m, 3, m.steps[2]), 4);  // from any
    EXPECT_EQ(setup_time(m, 0, m.steps[2]), 4);  // a tool without setup
    EXPECT_EQ(setup_time(m, 2, m.steps[2]), 0);  // has it
    EXPECT_EQ(setup_time(m, 1, m.steps[3]), 7);  // the step's own time goes before the table
    EXPECT_EQ(setup_time(m, 2, m.steps[0]), 0);  // no row
    EXPECT_EQ(setup_time(m, 2, m.steps[1]), 0);  // needs none
    EXPECT_EQ(m.min_run, (std::vector<uint32_t>{1, 1, 7, 1}));
}

TEST(Compile, rules_follow_the_switches) {
    Spec spec = three_steps();
    RuleSpec& rule = spec.rules.emplace_back();
    rule.name = "fab";
    rule.rank = "priority, setup, fifo";
    spec.line.rule = "fab";
    spec.tool_groups[1].setup_avoidance = true;
    Model m = compiled(spec);
    const auto keys = [&m](size_t group) {
        std::vector<RankKey> out;
        for (const RankTerm& term : m.rules[m.tool_groups[group].rule].terms) out.push_back(term.key);
        return out;
    };
    EXPECT_EQ(keys(0), (std::vector{RankKey::priority, RankKey::setup, RankKey::fifo}));
    EXPECT_EQ(keys(1), (std::vector{RankKey::setup, RankKey::priority, RankKey::fifo}));
    EXPECT_EQ(m.rule_names[m.tool_groups[1].rule], "fab (setup first)");
    EXPECT_EQ(m.rule_names.size(), m.rules.size());
    spec.switches.queue_time_action = QueueTimeAction::rank;
    m = compiled(spec);
    EXPECT_EQ(keys(0), (std::vector{RankKey::priority, RankKey::queue_time, RankKey::setup, RankKey::fifo}));
    spec.switches.setup_order = SetupOrder::first;
    m = compiled(spec);
    EXPECT_EQ(keys(0), (std::vector{RankKey::setup, RankKey::priority, RankKey::queue_time, RankKey::fifo}));
    spec.rules.clear();
    spec.line.rule = "default";
    m = compiled(spec);
    EXPECT_EQ(keys(0), (std::vector{RankKey::priority, RankKey::queue_time, RankKey::fifo}));
    EXPECT_EQ(keys(1), (std::vector{RankKey::setup, RankKey::priority, RankKey::queue_time, RankKey::fifo}));
}

TEST(Compile, lots_and_priorities) {
    Spec spec = three_steps();
    add_release(spec, "hot", "chip", 6000).priority = 20;
    for (const int64_t priority : {20, 10, 30, 30}) {
        WipLotSpec& lot = spec.wip_lots.emplace_back();
        lot.name = "w" + std::to_string(spec.wip_lots.size());
        lot.product = "chip";
        lot.priority = priority;
        lot.step = 2;
        lot.due = kDay;
    }
    const Model m = compiled(spec);
    ASSERT_EQ(m.lot_types.size(), 3U);
    EXPECT_EQ(m.lot_type_names[2], "chip priority 30");
    EXPECT_FALSE(m.lot_types[2].released);
    EXPECT_TRUE(m.lot_types[1].released);
    EXPECT_EQ(m.lot_types[0].priority_level, 2U);
    EXPECT_EQ(m.lot_types[1].priority_level, 1U);
    EXPECT_EQ(m.lot_types[2].priority_level, 0U);
    EXPECT_EQ(m.priority_levels, 3U);
    EXPECT_EQ(m.wip_lots[0].type, 1U);
    EXPECT_EQ(m.wip_lots[1].type, 0U);
    EXPECT_EQ(m.wip_lots[3].type, 2U);
    EXPECT_EQ(m.wip_lots[0].step, 1U);
}

TEST(Compile, planned_lots_are_sorted_per_release) {
    Spec spec = three_steps();
    add_release(spec, "orders", "chip", 0).policy = ReleasePolicy::list;
    for (const Time day : {3, 1, 2}) {
        PlannedLotSpec& lot = spec.planned_lots.emplace_back();
        lot.release = "orders";
        lot.time = day * kDay;
        lot.due = 9 * kDay;
    }
    const Model m = compiled(spec);
    EXPECT_EQ(m.lot_types[1].planned_count, 3U);
    EXPECT_EQ(m.planned_lots[m.lot_types[1].first_planned].time, kDay);
    EXPECT_EQ(m.planned_lots[2].time, 3 * kDay);
    EXPECT_EQ(m.lot_types[0].planned_count, 0U);
}

TEST(Compile, areas_expand_to_tool_groups) {
    Spec spec = three_steps();
    add_group(spec, "etch_b", 1);
    add_step(spec, "logic", "etch_b", 1);
    DownSpec& down = spec.downs.emplace_back();
    down.name = "break";
    down.scope = Scope::area;
    down.target = "Etch";
    down.time_to_failure = {DistKind::exponential, 10'000 * kMinute, 0};
    down.first = down.time_to_failure;
    DownSpec power = down;
    power.scope = Scope::area_at_once;
    spec.downs.push_back(power);
    PmSpec& pm = spec.pms.emplace_back();
    pm.name = "monthly";
    pm.scope = Scope::area;
    pm.target = "Etch";
    pm.interval = 30 * kDay;
    const Model m = compiled(spec);
    ASSERT_EQ(m.downs.size(), 3U);
    EXPECT_EQ(m.downs[0].tool_group, 0U);
    EXPECT_EQ(m.downs[1].tool_group, 2U);
    EXPECT_EQ(m.downs[1].source, 0U);
    EXPECT_EQ(m.downs[2].scope, Scope::area_at_once);
    EXPECT_EQ(m.downs[2].area, 0U);
    EXPECT_EQ(m.downs[2].source, 1U);
    ASSERT_EQ(m.pms.size(), 2U);
    EXPECT_EQ(m.pms[1].tool_group, 2U);
}

TEST(Compile, workload_of_one_lot) {
    Spec spec = three_steps();
    spec.steps[2].sample_percent = 25;
    ReleaseSpec& release = spec.releases[0];
    release.policy = ReleasePolicy::workload;
    release.workload_group = "etch";
    release.workload_limit = 10 * kHour;
    const Model m = compiled(spec);
    EXPECT_EQ(m.lot_types[0].workload_per_lot, (22 + 32 / 4) * kMinute);
    EXPECT_EQ(m.lot_types[0].workload_group, 0U);
}

// is the hash one of the content: the same for the same, another for any change?
TEST(Compile, hash_sees_every_change) {
    const Spec spec = three_steps();
    const uint64_t hash = compiled(spec).hash;
    EXPECT_EQ(hash, compiled(spec).hash);
    Spec moved = spec;
    for (StepSpec& step : moved.steps) step.span.line = 99;
    EXPECT_EQ(hash, compiled(moved).hash);
    Spec longer = spec;
    ++longer.steps[0].process.mean;
    EXPECT_NE(hash, compiled(longer).hash);
    Spec renamed = spec;
    renamed.steps[0].name = "x";
    EXPECT_NE(hash, compiled(renamed).hash);
    Spec switched = spec;
    switched.switches.down_idle = DownIdle::ignore;
    EXPECT_NE(hash, compiled(switched).hash);
}

// does the order of rows in the file not matter for steps?
TEST(Compile, steps_are_sorted_by_number) {
    Spec spec = three_steps();
    std::swap(spec.steps[0], spec.steps[2]);
    const Model m = compiled(spec);
    EXPECT_EQ(m.steps[0].expected_process, 22 * kMinute);
    EXPECT_EQ(m.steps[1].number, 2U);
    EXPECT_EQ(m.hash, compiled(three_steps()).hash);
}

}  // namespace
}  // namespace chipchain
