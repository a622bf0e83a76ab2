// Every semantic mistake by its id: one change of a valid spec each.
#include <gtest/gtest.h>

#include <algorithm>

#include "chipchain/model/compile.h"
#include "chipchain/model/mistakes.h"
#include "chipchain/model/testspec.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

using testing::add_group;
using testing::add_product;
using testing::add_release;
using testing::add_step;
using testing::expect_mistakes;
using testing::kError;
using testing::kWarning;
using testing::Mistake;
using testing::three_steps;

void add_down(Spec& s, Scope scope, const char* target, Time mttf) {
    DownSpec& row = s.downs.emplace_back();
    row.scope = scope;
    row.target = target;
    row.time_to_failure = {DistKind::exponential, mttf, 0};
}

void add_wip(Spec& s, const char* name, int64_t step, Time due) {
    WipLotSpec& row = s.wip_lots.emplace_back();
    row.name = name;
    row.product = "chip";
    row.step = step;
    row.due = due;
}

void add_planned(Spec& s, const char* release, Time due) {
    PlannedLotSpec& row = s.planned_lots.emplace_back();
    row.release = release;
    row.time = kDay;
    row.due = due;
}

void add_rule(Spec& s, const char* name, const char* rank) {
    RuleSpec& row = s.rules.emplace_back();
    row.name = name;
    row.rank = rank;
}

void make_batch(Spec& s, int64_t least, int64_t most) {
    s.steps[0].per = ProcessUnit::batch;
    s.steps[0].batch_min = least;
    s.steps[0].batch_max = most;
}

std::vector<Mistake> name_mistakes() {
    return {
        {"unknown-tool-group", kError, [](Spec& s) { s.steps[0].tool_group = "etsh"; }},
        {"unknown-tool-group", kError, [](Spec& s) { add_down(s, Scope::tool_group, "etsh", kDay); }},
        {"unknown-tool-group",
         kError,
         [](Spec& s) {
             s.releases[0].policy = ReleasePolicy::workload;
             s.releases[0].workload_limit = kDay;
         }},
        {"unknown-route", kError, [](Spec& s) { s.products[0].route = "logik"; }},
        {"product-without-route", kError, [](Spec& s) { s.products[0].route = ""; }},
        {"unknown-product", kError, [](Spec& s) { s.releases[0].product = "chop"; }},
        {"unknown-rule", kError, [](Spec& s) { s.line.rule = "fiffo"; }},
        {"unknown-rule", kError, [](Spec& s) { s.tool_groups[0].rule = "fiffo"; }},
        {"unknown-area", kError, [](Spec& s) { add_down(s, Scope::area, "Etsh", kDay); }},
        {"unknown-setup", kWarning, [](Spec& s) { s.setup_changes.emplace_back().to = "SU9"; }},
        {"unknown-step", kError, [](Spec& s) { s.steps[0].queue_time_step = 9; }},
        {"unknown-step", kError, [](Spec& s) { s.steps[0].rework_step = 9; }},
        {"unknown-step", kError, [](Spec& s) { s.steps[0].dedicate_step = 9; }},
        {"unknown-step", kError, [](Spec& s) { add_wip(s, "w", 4, kDay); }},
        {"unknown-release", kError, [](Spec& s) { add_planned(s, "orders", kDay); }},
        {"unknown-location",
         kError,
         [](Spec& s) {
             s.transports.emplace_back().from = "Fap";
             s.transports[0].to = "Fab";
         }},
        {"unknown-rank-key", kError, [](Spec& s) { add_rule(s, "r", "fiffo"); }},
        {"invalid-rank", kError, [](Spec& s) { add_rule(s, "r", "fifo,"); }},
        {"duplicate-name", kError, [](Spec& s) { add_group(s, "etch", 1); }},
        {"duplicate-name", kError, [](Spec& s) { add_product(s, "chip", "logic"); }},
        {"duplicate-name", kError, [](Spec& s) { add_release(s, "regular", "chip", 1); }},
        {"duplicate-name",
         kError,
         [](Spec& s) {
             add_rule(s, "r", "fifo");
             add_rule(s, "r", "fifo");
         }},
        {"duplicate-name", kError, [](Spec& s) { s.steps[1].step = 1; }},
        {"duplicate-name",
         kError,
         [](Spec& s) {
             add_wip(s, "w", 1, kDay);
             add_wip(s, "w", 1, kDay);
         }},
    };
}

std::vector<Mistake> model_mistakes() {
    return {
        {"step-gap", kError, [](Spec& s) { s.steps[2].step = 4; }},
        {"step-gap", kError, [](Spec& s) { s.steps[0].step = 9; }},
        {"rework-not-earlier",
         kError,
         [](Spec& s) {
             s.steps[0].rework_step = 2;
             s.steps[0].rework_percent = 1;
         }},
        {"rework-endless",
         kError,
         [](Spec& s) {
             s.steps[1].rework_step = 1;
             s.steps[1].rework_percent = 100;
         }},
        {"unused-row", kWarning, [](Spec& s) { s.steps[1].rework_percent = 1; }},
        {"queue-time-backward", kError, [](Spec& s) { s.steps[1].queue_time_step = 2; }},
        {"dedicate-backward", kError, [](Spec& s) { s.steps[2].dedicate_step = 1; }},
        {"dedication-not-found", kError, [](Spec& s) { s.steps[0].dedicate_step = 2; }},
        {"batch-limits", kError, [](Spec& s) { make_batch(s, 75, 50); }},
        {"batch-limits", kError, [](Spec& s) { make_batch(s, 0, 50); }},
        {"batch-limits", kError, [](Spec& s) { make_batch(s, 10, 24); }},
        {"cascade-conflict", kWarning, [](Spec& s) { s.steps[0].lot_interval = kMinute; }},
        {"cascade-conflict", kError, [](Spec& s) { s.steps[0].lot_interval = s.steps[0].piece_interval = kMinute; }},
        {"cascade-conflict", kError, [](Spec& s) { s.steps[0].piece_interval = kMinute; }},
        {"setup-conflict",
         kError,
         [](Spec& s) {
             s.steps[0].setup = "A";
             for (const Time time : {1, 2}) {
                 s.setup_changes.emplace_back().to = "A";
                 s.setup_changes.back().time = time;
             }
         }},
        {"no-release-and-no-wip", kError, [](Spec& s) { s.releases.clear(); }},
        {"warmup-beyond-horizon", kError, [](Spec& s) { s.line.warmup = s.line.horizon; }},
        {"release-policy", kError, [](Spec& s) { s.releases[0].interval = 0; }},
        {"release-policy", kError, [](Spec& s) { s.releases[0].policy = ReleasePolicy::conwip; }},
    };
}

std::vector<Mistake> more_model_mistakes() {
    return {
        {"release-policy",
         kError,
         [](Spec& s) {
             s.releases[0].policy = ReleasePolicy::conwip;
             s.releases[0].wip_limit_lots = 3;
             for (StepSpec& step : s.steps) step.sample_percent = 0;
         }},
        {"release-policy",
         kError,
         [](Spec& s) {
             s.releases[0].policy = ReleasePolicy::workload;
             s.releases[0].workload_group = "etch";
             s.releases[0].workload_limit = kMinute;
         }},
        {"planned-lot-not-list", kError, [](Spec& s) { add_planned(s, "regular", 2 * kDay); }},
        {"release-without-lots", kError, [](Spec& s) { s.releases[0].policy = ReleasePolicy::list; }},
        {"due-before-start", kWarning, [](Spec& s) { add_wip(s, "w", 1, -kDay); }},
        {"due-before-start",
         kWarning,
         [](Spec& s) {
             s.releases[0].policy = ReleasePolicy::list;
             add_planned(s, "regular", 0);
         }},
        {"capacity-exceeded",
         kWarning,
         [](Spec& s) {
             s.releases[0].interval = 20 * kMinute;
             s.tool_groups[0].tools = 3;
         }},
        {"capacity-exceeded",
         kWarning,
         [](Spec& s) {
             add_down(s, Scope::area_at_once, "Litho", kDay);
             s.downs[0].repair.mean = 2 * kDay;
         }},
        {"unreachable-tool-group", kWarning, [](Spec& s) { add_group(s, "idle", 1); }},
        {"unreachable-step", kWarning, [](Spec& s) { s.steps[1].sample_percent = 0; }},
        {"unreachable-route", kWarning, [](Spec& s) { add_step(s, "memory", "etch", 1); }},
        {"too-large",
         kError,
         [](Spec& s) {
             for (int i = 0; i < 6; ++i) add_group(s, "g" + std::to_string(i), 1'000'000);
         }},
        {"too-large",
         kError,
         [](Spec& s) {
             s.steps[1].process.mean = kLongest;
             s.releases[0].pieces = 100'000;
         }},
        {"out-of-range", kError, [](Spec& s) { s.steps[0].process.mean = -5; }},
        {"out-of-range", kError, [](Spec& s) { s.steps[0].sample_percent = std::numeric_limits<double>::quiet_NaN(); }},
        {"out-of-range", kError, [](Spec& s) { s.steps[0].per = static_cast<ProcessUnit>(77); }},
        {"out-of-range", kError, [](Spec& s) { s.tool_groups[0].tools = INT64_MAX; }},
        {"out-of-range", kError, [](Spec& s) { add_down(s, Scope::area, "Etch", 0); }},
        {"out-of-range", kError, [](Spec& s) { s.pms.emplace_back().target = "etch"; }},
        {"distribution-parameters",
         kError,
         [](Spec& s) {
             s.steps[0].process = {DistKind::uniform, 5, 6};
         }},
        {"distribution-parameters",
         kError,
         [](Spec& s) {
             s.steps[0].process = {DistKind::erlang, 5, 0};
         }},
    };
}

TEST(CompileMistakes, a_valid_spec_has_none) {
    Diagnostics warnings;
    EXPECT_TRUE(compile(three_steps(), warnings));
    for (const Diagnostic& d : warnings) ADD_FAILURE() << d.id << ": " << d.message;
}

// is each mistake found, by its id, and nothing else with it?
TEST(CompileMistakes, names_that_lead_nowhere) { expect_mistakes(name_mistakes()); }
TEST(CompileMistakes, the_model_as_a_whole) { expect_mistakes(model_mistakes()); }
TEST(CompileMistakes, more_of_the_model_as_a_whole) { expect_mistakes(more_model_mistakes()); }

// are all mistakes told at once, each at the place of its value?
TEST(CompileMistakes, all_at_once_with_places) {
    const ModelFile file{"fab.toml", R"([line]
name = "t"
rule = "hot"
[[rule]]
name = "hut"
rank = "priority, fiffo"
[[tool_group]]
name = "litho_arf"
[[product]]
name = "p"
route = "logic"
[[step]]
route = "logic"
step = 1
tool_group = "lith_arf"
process_min = 5
rework_step = 7
[[release]]
name = "r"
product = "q"
interval_min = 5
)"};
    SourceMap sources;
    const Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    ASSERT_TRUE(spec);
    Diagnostics warnings;
    const Result<Model> model = compile(*spec, warnings);
    ASSERT_FALSE(model);
    EXPECT_EQ(
        render_all(model.error(), spec->sources),
        R"(error[unknown-rule]: the line uses dispatch rule 'hot', which is not declared
  --> fab.toml:3:8
 3 | rule = "hot"
   |        ^^^^^ expected one of 2 dispatch rules
help: did you mean 'hut'?

error[unknown-rank-key]: there is no rank key 'fiffo'
  --> fab.toml:6:19
 6 | rank = "priority, fiffo"
   |                   ^^^^^ expected rank keys with commas between them, as in "priority, setup, fifo"
help: did you mean 'fifo'?

error[unknown-tool-group]: step 1 of route 'logic' uses tool group 'lith_arf', which is not declared
  --> fab.toml:15:14
 15 | tool_group = "lith_arf"
    |              ^^^^^^^^^^ expected the only tool group
help: did you mean 'litho_arf'?

error[unknown-step]: step 1 of route 'logic' refers to step 7, which the route does not have
  --> fab.toml:17:15
 17 | rework_step = 7
    |               ^ expected a step from 1 to 1

error[unknown-product]: release line 'r' has product 'q', which is not declared
  --> fab.toml:20:11
 20 | product = "q"
    |           ^^^ expected the only product

5 errors
)");
}

}  // namespace
}  // namespace chipchain
