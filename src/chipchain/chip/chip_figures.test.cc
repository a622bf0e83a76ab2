#include "chipchain/chip/chip_figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "chipchain/spec/embedded_chips.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

ChipModel load(const std::string& name) {
    SourceMap sources;
    const Result<ChipModel> model = load_chip(name, &sources);
    EXPECT_TRUE(model) << name << "\n" << (model ? "" : render_all(model.error(), sources));
    return model ? *model : ChipModel{};
}

// does the table keep what its header promises: order, units in names, ranges that hold the defaults?
TEST(ChipFigures, table_is_sound) {
    std::set<std::string_view> names;
    ASSERT_EQ(figure_table().size(), kChipFigures);
    for (size_t i = 0; i < kChipFigures; ++i) {
        const FigureInfo& f = figure_table()[i];
        EXPECT_EQ(static_cast<size_t>(f.figure), i) << f.name;
        EXPECT_TRUE(names.insert(f.name).second) << f.name;
        EXPECT_FALSE(f.help.empty()) << f.name;
        EXPECT_LT(f.low, f.high) << f.name;
        EXPECT_EQ(find_figure(f.name), &f);
        EXPECT_FALSE(f.required && f.otherwise.known) << f.name;
        if (!f.otherwise.known) continue;
        const FigureDefault& d = f.otherwise;
        EXPECT_TRUE(f.low <= d.low && d.low <= d.value && d.value <= d.high && d.high <= f.high) << f.name;
        EXPECT_FALSE(d.note.empty()) << f.name;
    }
}

// can no figure speak of what the numerics contract fixes?
TEST(ChipFigures, none_changes_values) {
    for (const char* name :
         {"rounding",
          "accumulator_bits",
          "operand_width",
          "precision",
          "saturating_sums",
          "requant_mode",
          "zero_point",
          "padding_value",
          "weight_scale",
          "number_format"}) {
        EXPECT_EQ(find_figure(name), nullptr) << name;
        EXPECT_TRUE(names_a_value(name)) << name;
    }
    for (const FigureInfo& f : figure_table()) EXPECT_FALSE(names_a_value(f.name)) << f.name;
    EXPECT_FALSE(names_a_value("dram_bandwidth"));
    EXPECT_FALSE(names_a_value("energy_dram_pj_per_bits"));
}

// docs/chip.md prints the table as the code has it?
TEST(ChipFigures, page_is_fresh) {
    std::string table = "| figure | unit | range | without it | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const FigureInfo& f : figure_table()) {
        const FigureDefault& d = f.otherwise;
        const std::string otherwise = f.required ? "needed"
                                      : !d.known ? "not known"
                                                 : fmt::format("{} ({} to {}): {}", d.value, d.low, d.high, d.note);
        table += fmt::format("| `{}` | {} | {} to {} | {} | {} |\n", f.name, f.unit, f.low, f.high, otherwise, f.help);
    }
    const auto path = testing::project_folder() / "docs" / "chip.md";
    std::string page = testing::read_text(path);
    const std::string first = "<!-- figures -->\n";
    const std::string last = "<!-- end of figures -->\n";
    const size_t from = page.find(first);
    const size_t to = page.find(last);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos);
    const std::string now = page.substr(from + first.size(), to - from - first.size());
    if (testing::updating()) {
        page.replace(from + first.size(), now.size(), table);
        testing::write_text(path, page);
        return;
    }
    EXPECT_EQ(now, table) << "make it again with CHIPCHAIN_UPDATE=1";
}

// is every chip of the library good, and does every figure of it have a range and a provenance?
TEST(ChipLibrary, all_compile) {
    const std::vector<EmbeddedChipInfo> chips = embedded_chips();
    EXPECT_GE(chips.size(), 16U);
    for (const EmbeddedChipInfo& chip : chips) {
        const ChipModel model = load(chip.name);
        EXPECT_EQ(model.name, chip.name);
        EXPECT_FALSE(chip.title.empty()) << chip.name;
        for (const Figure& f : model.figures) {
            if (!f.known) continue;
            EXPECT_TRUE(f.low <= f.value && f.value <= f.high) << chip.name;
            EXPECT_FALSE(f.source.empty() && f.note.empty()) << chip.name;
        }
    }
}

// are the shapes that the facts state what the files say?
TEST(ChipLibrary, facts) {
    const ChipModel hw3 = load("hw3");
    EXPECT_NEAR(peak_tops(hw3.shape), 73.73, 0.005);
    // 32 MiB per NPU are published; how they are split is an assumption
    EXPECT_EQ(hw3.shape.sram_bytes * 2 + hw3.shape.shared_bytes, 64U << 20);
    EXPECT_EQ(figure_of(hw3, ChipFigure::sram_kib_per_array).high, 32768);
    // published figures of HW3 are exact; where two sources differ the range says so
    for (const ChipFigure f :
         {ChipFigure::arrays,
          ChipFigure::array_rows,
          ChipFigure::array_columns,
          ChipFigure::clock_ghz,
          ChipFigure::dram_gb_per_s,
          ChipFigure::die_mm2}) {
        const Figure& figure = figure_of(hw3, f);
        EXPECT_EQ(figure.mark, Mark::published) << info(f).name;
        EXPECT_EQ(figure.low, figure.high) << info(f).name;
    }
    const ChipModel hw4 = load("hw4");
    EXPECT_NEAR(peak_tops(hw4.shape), 121.65, 0.005);
    EXPECT_EQ(figure_of(hw4, ChipFigure::array_rows).mark, Mark::assumption);
    EXPECT_EQ(figure_of(hw4, ChipFigure::arrays).mark, Mark::published);
    EXPECT_NEAR(peak_tops(load("ai5-t").shape), 2'212, 0.5);
    EXPECT_NEAR(peak_tops(load("ai5-s").shape), 2'254, 0.5);
    for (const char* name : {"ai5-t", "ai5-s", "ai6", "ai6-2x"}) {
        const Figure tdp = figure_of(load(name), ChipFigure::tdp_w);
        EXPECT_EQ(tdp.mark, Mark::claim) << name;
        EXPECT_GT(tdp.high, 2 * tdp.low) << name;
    }
}

// does an unknown chip name the nearest?
TEST(ChipLibrary, unknown) {
    const Result<ChipModel> none = load_chip("ai5-x");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error()[0].id, "unknown-chip");
    EXPECT_EQ(none.error()[0].help, "did you mean 'ai5-s'?");
}

}  // namespace
}  // namespace chipchain
