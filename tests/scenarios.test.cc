// Do the scenarios of the library, of the examples and of the tests read and compile, and does every figure of the
// reference scenario say where it is from?
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/spec/embedded_scenarios.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

Spec read(const fs::path& file) {
    SourceMap sources;
    Result<Spec> spec = read_model(file.string(), &sources);
    EXPECT_TRUE(spec) << file << "\n" << (spec ? "" : render_all(spec.error(), sources));
    return spec ? std::move(*spec) : Spec();
}

// in order of their paths
std::vector<fs::path> toml_files() {
    std::vector<fs::path> out;
    for (const char* folder : {"library/scenarios", "examples", "tests/scenarios"}) {
        for (const auto& entry : fs::recursive_directory_iterator(testing::project_folder() / folder)) {
            if (entry.path().extension() == ".toml" && entry.path().filename() != "model.toml")
                out.push_back(entry.path());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

// does each read as one scenario or one overlay that bears the name of its folder or file?
TEST(Scenarios, read) {
    size_t scenarios = 0;
    size_t overlays = 0;
    for (const fs::path& file : toml_files()) {
        const Spec spec = read(file);
        if (!spec.scenario.name.empty()) {
            ++scenarios;
            EXPECT_EQ(file.filename(), "scenario.toml");
            EXPECT_TRUE(
                fs::exists(file.parent_path() / "README.md") || file.string().find("tests/") != std::string::npos)
                << file;
        } else {
            ++overlays;
            EXPECT_EQ(spec.overlay.name, file.stem().string());
            EXPECT_FALSE(spec.overlay.note.empty()) << file;
            EXPECT_FALSE(spec.changes.empty()) << file;
        }
    }
    EXPECT_GE(scenarios, 8U);
    EXPECT_GE(overlays, 15U);
}

// does every scenario, and every overlay on its base, compile without an error or a warning? The cases of frePPLe are
// about orders that come too early, and are told so.
TEST(Scenarios, compile) {
    for (const fs::path& file : toml_files()) {
        SourceMap sources;
        const Result<Spec> spec = read_scenario(file.string(), {}, &sources);
        ASSERT_TRUE(spec) << file << "\n" << render_all(spec.error(), sources);
        Diagnostics warnings;
        const Result<ChainModel> model = compile_chain(*spec, warnings);
        EXPECT_TRUE(model) << file << "\n" << (model ? "" : render_all(model.error(), spec->sources));
        if (file.string().find("/frepple/") != std::string::npos) {
            warnings.erase(
                std::remove_if(
                    warnings.begin(),
                    warnings.end(),
                    [](const Diagnostic& d) { return d.id == "demand-before-lead"; }),
                warnings.end());
        }
        EXPECT_TRUE(warnings.empty()) << file << "\n" << render_all(warnings, spec->sources);
    }
}

// is the reference inside the program, with its variants?
TEST(Scenarios, the_reference_is_embedded) {
    const std::vector<EmbeddedScenarioInfo> all = embedded_scenarios();
    const auto found = std::find_if(all.begin(), all.end(), [](const auto& info) { return info.name == "ai5-chain"; });
    ASSERT_NE(found, all.end());
    const std::vector<std::string>& variants = found->variants;
    for (const char* name :
         {"foundry-t-out-a-quarter", "foplp-6-months-late", "ai5-yield-20-lower", "robots-doubled"}) {
        EXPECT_NE(std::find(variants.begin(), variants.end(), name), variants.end()) << name;
        EXPECT_TRUE(read_scenario("ai5-chain", {name})) << name;
    }
}

// does every row that has a mark state it, with its source?
TEST(Scenarios, every_figure_of_the_reference_has_mark_and_source) {
    const Spec spec = read(testing::project_folder() / "library/scenarios/ai5-chain/scenario.toml");
    size_t rows = 0;
    for (const TableInfo& table : spec_tables()) {
        const size_t mark = field_index(table, "mark");
        const size_t source = field_index(table, "source");
        if (table.single || mark == kNoField || source == kNoField) continue;
        for (size_t r = 0; r < table.size(spec); ++r) {
            const Row& row = table.const_row(spec, r);
            const std::string text = table.fields[source].get(row).text;
            ++rows;
            EXPECT_TRUE((row.given >> mark & 1U) != 0 && !text.empty()) << table.name << " row " << r + 1;
        }
    }
    EXPECT_GT(rows, 300U);
}

ChainModel reference() {
    Diagnostics warnings;
    Result<ChainModel> model =
        compile_chain(read(testing::project_folder() / "library/scenarios/ai5-chain/scenario.toml"), warnings);
    EXPECT_TRUE(model);
    return model ? std::move(*model) : ChainModel();
}

template <class Rows>
const auto& named(const Rows& rows, std::string_view name) {
    return *std::find_if(rows.begin(), rows.end(), [name](const auto& row) { return row.name == name; });
}

// pieces of an item that a start of the activity takes
double needs(const ChainModel& m, std::string_view activity, std::string_view item) {
    for (const ChainAmount& input : named(m.activities, activity).inputs) {
        if (m.items[m.nodes[input.node].item].name == item) return input.quantity;
    }
    return 0;
}

// is the reference as large as its page says, and small enough to plan in a second?
TEST(Scenarios, size_of_the_reference) {
    const ChainModel m = reference();
    EXPECT_EQ(m.buckets.size(), 26U + 44U);
    EXPECT_EQ(m.items.size(), 17U);
    EXPECT_EQ(m.sites.size(), 12U);
    const auto made = std::count_if(m.activities.begin(), m.activities.end(), [](const ChainActivity& a) {
        return !a.substitutes();
    });
    EXPECT_EQ(made, 26);
    EXPECT_LT(m.activities.size() + m.nodes.size() + m.arcs.size(), 120U);
}

// do its figures close on the arithmetic of the published ones (plan facts 1.9)?
TEST(Scenarios, arithmetic_of_the_reference) {
    const ChainModel m = reference();
    constexpr double kWeeksPerMonth = kDaysPerYear / 12 / 7;

    // 20,000 terminals a day of 250 chips: 152 M chips a month
    const Time december = 30 * kDay;
    const double terminals = named(m.programmes, "terminals").due(december, december + 31 * kDay) / 31;
    EXPECT_NEAR(terminals, 20'000, 10);
    const double chips = terminals * needs(m, "terminal", "rf-chip") * 7 * kWeeksPerMonth;
    EXPECT_NEAR(chips, 152e6, 1e6);

    // the first panel stage: 2,000 panels a month, 21 % of those chips
    const double panels = named(m.modules, "foplp-stage-1").capacity_per_week * kWeeksPerMonth;
    EXPECT_NEAR(panels, 2'000, 5);
    EXPECT_NEAR(panels * named(m.activities, "rf-chip-foplp").outputs[0].quantity / chips, 0.21, 0.005);

    // 4 M AI5 a year need 3.9 k wafers a month at 0.1 defects per cm2
    ChainYield yield = named(m.activities, "ai5-wafer-t").yield;
    yield.d0_start = yield.d0_final = 0.1;
    yield.by_date = {1, {}};
    const double good = named(m.activities, "ai5-wafer-t").outputs[0].quantity * yield.at(0);
    EXPECT_NEAR(good, 85, 0.5);
    EXPECT_NEAR(4e6 / 12 / good, 3'900, 50);

    // the contract of 16.5 B US$ over 2027-2033 at 20,000 US$ a wafer: 9.8 k wafers a month, what the line has in the
    // end
    const double wafers = 16.5e9 / 7 / 12 / named(m.activities, "ai6-wafer-s").cost_usd;
    EXPECT_NEAR(named(m.resources, "foundry-s-2nm").capacity_per_week.at(m.end) * kWeeksPerMonth, wafers, 50);
}

}  // namespace
}  // namespace chipchain
