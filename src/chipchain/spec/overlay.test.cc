// Does an overlay change what it says and nothing else, and is each of its mistakes told?
#include "chipchain/spec/overlay.h"

#include <gtest/gtest.h>

#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/embedded_scenarios.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

std::string t1() { return (testing::project_folder() / "tests/scenarios/t1").string(); }

Spec base() {
    const Result<Spec> spec = read_scenario(t1());
    EXPECT_TRUE(spec) << (spec ? "" : render_all(spec.error(), {}));
    return spec ? *spec : Spec();
}

Spec overlay(const std::string& rows) {
    const ModelFile file = {"overlay.toml", "[overlay]\nname = \"what-if\"\n" + rows};
    SourceMap sources;
    Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    EXPECT_TRUE(spec) << (spec ? "" : render_all(spec.error(), sources));
    return spec ? std::move(*spec) : Spec();
}

std::string change(
    const std::string& table,
    const std::string& key,
    const std::string& field,
    const std::string& op,
    const std::string& value) {
    std::string out = "[[change]]\ntable = \"" + table + "\"\nkey = \"" + key + "\"\nop = \"" + op + "\"\n";
    if (!field.empty()) out += "field = \"" + field + "\"\n";
    if (!value.empty()) out += "value = \"" + value + "\"\n";
    return out;
}

Spec changed(const std::string& rows) {
    SourceMap sources;
    Result<Spec> spec = apply_overlay(base(), overlay(rows), &sources);
    EXPECT_TRUE(spec) << (spec ? "" : render_all(spec.error(), sources));
    return spec ? std::move(*spec) : Spec();
}

// does each operation work on each type that it fits?
TEST(Overlay, operations) {
    EXPECT_EQ(changed(change("activity", "package", "yield_percent", "set", "90")).activities[2].yield_percent, 90);
    EXPECT_DOUBLE_EQ(
        changed(change("activity", "package", "yield_percent", "multiply", "0.5")).activities[2].yield_percent,
        49);
    EXPECT_EQ(changed(change("activity", "package", "lead_d", "add", "1.5")).activities[2].lead.mean, 204 * kHour);
    EXPECT_EQ(changed(change("programme", "customer", "priority", "add", "2")).programmes[0].priority, 3);
    EXPECT_EQ(changed(change("site", "fab", "kind", "set", "supplier")).sites[0].kind, SiteKind::supplier);
    EXPECT_EQ(changed(change("programme", "customer", "backlog", "set", "false")).programmes[0].backlog, false);
    EXPECT_EQ(changed(change("activity", "package", "from", "set", "2026-01-19")).activities[2].from, 14 * kDay);
    EXPECT_EQ(changed(change("demand", "customer/2026-02-02", "date", "add", "-7")).demands[0].date, 21 * kDay);
    EXPECT_EQ(changed(change("scenario", "", "end", "add", "7")).scenario.end, base().scenario.end + 7 * kDay);
    EXPECT_EQ(changed(change("resource_use", "own fab/*", "", "remove", "")).resource_uses.size(), 2U);
}

// do wildcards hit all rows that they should, and no other?
TEST(Overlay, keys) {
    const Spec all = changed(change("demand", "customer/*", "quantity", "multiply", "2"));
    EXPECT_EQ(all.demands[0].quantity, 800);
    EXPECT_EQ(all.demands[3].quantity, 1800);
    const Spec one = changed(change("demand", "*/2026-02-09", "quantity", "multiply", "2"));
    EXPECT_EQ(one.demands[0].quantity, 400);
    EXPECT_EQ(one.demands[1].quantity, 1800);
    // an empty part at the end of a key needs no slash
    EXPECT_EQ(changed(change("lane", "fab/packaging", "cost_usd", "set", "3")).lanes[0].cost_usd, 3);
    EXPECT_EQ(changed(change("lane", "fab/packaging", "cost_usd", "set", "3")).lanes[1].cost_usd, 0);
}

// do the overlay's own rows count their dates from the scenario's start?
TEST(Overlay, rows_of_its_own) {
    const Spec spec = changed("[[demand]]\nprogramme = \"customer\"\ndate = 2026-02-16\nquantity = 50\n");
    ASSERT_EQ(spec.demands.size(), 5U);
    EXPECT_EQ(spec.demands[4].date, 42 * kDay);
    EXPECT_EQ(spec.demands[4].until, -1);
    EXPECT_EQ(spec.sources.files[spec.demands[4].span.file].name, "overlay.toml");
    EXPECT_EQ(spec.overlay.name, "what-if");
}

// does a duration with a distribution survive, shape and all?
TEST(Overlay, distributions_are_kept) {
    const Spec spec = changed(
        "[[activity]]\nname = \"b\"\nsite = \"fab\"\nitem = \"die\"\nlead = \"uniform\"\nlead_d = 9\nlead_half_d = 2\n"
        "[[activity]]\nname = \"c\"\nsite = \"fab\"\nitem = \"die\"\nlead = \"erlang\"\nlead_d = 9\nlead_shape = 4\n");
    EXPECT_EQ(spec.activities[3].lead, (DurationSpec{DistKind::uniform, 9 * kDay, 2 * kDay}));
    EXPECT_EQ(spec.activities[4].lead, (DurationSpec{DistKind::erlang, 9 * kDay, 4}));
}

// do days stay the same days when the scenario starts earlier?
TEST(Overlay, the_start_moves_no_date) {
    const Spec spec = changed(change("scenario", "", "start", "set", "2025-12-29"));
    EXPECT_EQ(spec.demands[0].date, 35 * kDay);
    EXPECT_EQ(spec.demands[0].until, -1);
    EXPECT_EQ(spec.activities[0].from, -1);
}

// is a variant found by its name, a file by its path, an overlay alone by its base?
TEST(Overlay, files) {
    const Result<Spec> late = read_scenario(t1(), {"foundry-late"});
    ASSERT_TRUE(late) << render_all(late.error(), {});
    EXPECT_EQ(late->activities[1].lead.mean, 42 * kDay);
    EXPECT_EQ(late->resources[1].capacity_per_week, 10);
    const Result<Spec> both =
        read_scenario(t1() + "/scenario.toml", {"foundry-late", t1() + "/variants/more-demand.toml"});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->overlay.name, "foundry-late+more-demand");
    EXPECT_EQ(both->demands[0].quantity, 800);
    for (const char* name : {"/variants/foundry-late.toml", "/variants/more-demand.toml"}) {
        const Result<Spec> alone = read_scenario(t1() + name);
        ASSERT_TRUE(alone) << render_all(alone.error(), {});
        EXPECT_EQ(alone->scenario.name, "t1");
    }
    EXPECT_EQ(read_scenario(t1() + "/variants/more-demand.toml")->demands[4].date, 42 * kDay);
}

// does every embedded scenario read, with each of its variants?
TEST(Overlay, embedded_scenarios_read) {
    for (const EmbeddedScenarioInfo& info : embedded_scenarios()) {
        SourceMap sources;
        const Result<Spec> spec = read_scenario(info.name, {}, &sources);
        ASSERT_TRUE(spec) << info.name << render_all(spec.error(), sources);
        EXPECT_FALSE(info.note.empty()) << info.name;
        for (const std::string& variant : info.variants) {
            const Result<Spec> changed = read_scenario(info.name, {variant}, &sources);
            EXPECT_TRUE(changed) << variant << (changed ? "" : render_all(changed.error(), sources));
        }
    }
}

struct Wrong {
    const char* id;
    std::string rows;
};

// does each mistake of an overlay give its own diagnostic, at its place in the overlay?
TEST(Overlay, mistakes) {
    const Wrong cases[] = {
        {"unknown-table", change("activitie", "package", "lead_d", "set", "3")},
        {"unknown-table", change("step", "package", "lead_d", "set", "3")},
        {"unknown-row", change("activity", "packag", "lead_d", "set", "3")},
        {"unknown-row", change("scenario", "t1", "weeks", "set", "3")},
        {"unknown-key", change("activity", "package", "lead_days", "add", "3")},
        {"change-op", change("activity", "package", "name", "multiply", "3")},
        {"change-op", change("activity", "package", "until", "add", "3")},
        {"change-op", change("demand", "customer/*", "date", "multiply", "3")},
        {"change-op", change("demand", "customer/*", "quantity", "remove", "")},
        {"wrong-type", change("demand", "customer/*", "quantity", "set", "many")},
        {"wrong-type", change("demand", "customer/*", "quantity", "multiply", "x2")},
        {"wrong-type", change("demand", "customer/*", "date", "set", "soon")},
        {"out-of-range", change("activity", "package", "yield_percent", "multiply", "2")},
        {"out-of-range", change("activity", "package", "lead_d", "add", "-8")},
        {"unknown-value", change("site", "fab", "kind", "set", "ours")}};
    for (const Wrong& wrong : cases) {
        SourceMap sources;
        const Result<Spec> spec = apply_overlay(base(), overlay(wrong.rows), &sources);
        ASSERT_FALSE(spec) << wrong.rows;
        ASSERT_EQ(spec.error().size(), 1U) << render_all(spec.error(), sources);
        const Diagnostic& d = spec.error().front();
        EXPECT_EQ(d.id, wrong.id) << wrong.rows;
        EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
        EXPECT_EQ(sources.files[d.span.file].name, "overlay.toml");
    }
    const auto id = [](const Result<Spec>& spec) { return spec ? "none" : spec.error().front().id; };
    EXPECT_EQ(id(read_scenario("t2")), "unknown-scenario");
    EXPECT_EQ(id(read_scenario(t1(), {"foundry-lat"})), "unknown-variant");
    EXPECT_EQ(id(read_scenario(t1(), {t1() + "/scenario.toml"})), "not-overlay");
    // an overlay alone needs a base, and not itself
    const std::string path = ::testing::TempDir() + "/overlay-without-base.toml";
    testing::write_text(path, "[overlay]\nname = \"x\"\n");
    EXPECT_EQ(id(read_scenario(path)), "overlay-base");
    testing::write_text(path, "[overlay]\nname = \"x\"\nbase = \"overlay-without-base.toml\"\n");
    EXPECT_EQ(id(read_scenario(path)), "overlay-base");
}

}  // namespace
}  // namespace chipchain
