// Mistakes in flow files: the texts that users see.
#include "chipchain/chain/flow_model.h"

#include <set>

#include <gtest/gtest.h>

#include "chipchain/chain/test_flow.h"
#include "chipchain/model/compile.h"
#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain {
namespace {

using testing::flow_mistakes;

constexpr const char* kGoodFlow = R"([[flow]]
name = "f"
wafers_per_month = 10
[[flow_stage]]
name = "sort"
kind = "wafer_sort"
product = "die"
unit_x_mm = 26
unit_y_mm = 16.5
[[flow_stage]]
name = "pack"
kind = "panel_packaging"
product = "package"
panel_x_mm = 700
panel_y_mm = 700
edge_mm = 10
unit_x_mm = 50
unit_y_mm = 50
[[flow_part]]
stage = "pack"
part = "die"
)";

// The good flow with one text replaced by another.
std::string with(const std::string& from, const std::string& to) {
    std::string text = kGoodFlow;
    const size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("no " + from);
    return text.replace(at, from.size(), to);
}

TEST(FlowMistakes, none) { EXPECT_EQ(flow_mistakes(kGoodFlow), ""); }

TEST(FlowMistakes, yield_above_one) {
    EXPECT_EQ(
        flow_mistakes(std::string(kGoodFlow) + "[[flow_loss]]\nstage = \"pack\"\nname = \"x\"\nyield_percent = 101\n"),
        "error[out-of-range]: 'yield_percent' is 101, outside the allowed range\n"
        "  --> flow.toml:27:17\n"
        " 27 | yield_percent = 101\n"
        "    |                 ^^^ expected 0 to 100\n"
        "help: yield_percent: what survives one of `repeat` times\n"
        "\n"
        "1 error\n");
}

TEST(FlowMistakes, negative_street) {
    EXPECT_EQ(
        flow_mistakes(with("unit_y_mm = 16.5", "unit_y_mm = 16.5\nstreet_mm = -0.1")),
        "error[out-of-range]: 'street_mm' is -0.1, outside the allowed range\n"
        "  --> flow.toml:12:13\n"
        " 12 | street_mm = -0.1\n"
        "    |             ^^^^ expected 0 to 100\n"
        "help: street_mm: street between units\n"
        "\n"
        "1 error\n");
}

TEST(FlowMistakes, package_larger_than_panel) {
    EXPECT_EQ(
        flow_mistakes(with("unit_x_mm = 50", "unit_x_mm = 690")),
        "error[unit-too-large]: no package of 690 x 50 mm fits on a panel of 700 x 700 mm with an edge of 10 mm\n"
        "  --> flow.toml:19:13\n"
        " 19 | unit_x_mm = 690\n"
        "    |             ^^^\n"
        "help: make the package smaller or the panel larger\n"
        "\n"
        "1 error\n");
}

TEST(FlowMistakes, part_that_no_stage_makes) {
    EXPECT_EQ(
        flow_mistakes(with("part = \"die\"", "part = \"dye\"")),
        "error[unknown-part]: stage 'pack' takes 'dye', which no stage makes\n"
        "  --> flow.toml:23:8\n"
        " 23 | part = \"dye\"\n"
        "    |        ^^^^^ expected a product of an earlier stage\n"
        "help: did you mean 'die'?\n"
        "\n"
        "1 error\n");
}

TEST(FlowMistakes, unknown_kind) {
    EXPECT_EQ(
        flow_mistakes(with("kind = \"panel_packaging\"", "kind = \"panel_packing\"")),
        "error[unknown-value]: 'kind' is the text \"panel_packing\", which is not one of its values\n"
        "  --> flow.toml:14:8\n"
        " 14 | kind = \"panel_packing\"\n"
        "    |        ^^^^^^^^^^^^^^^ expected one of wafer_sort, panel_packaging, package_test, board_assembly, "
        "board_test, unit_assembly\n"
        "help: did you mean 'panel_packaging'?\n"
        "\n"
        "1 error\n");
}

TEST(FlowMistakes, several_at_once) {
    const std::string text = flow_mistakes(
        with("wafers_per_month = 10\n", "") +
        "[[flow_loss]]\nstage = \"sorting\"\nname = \"a\"\n"
        "[[flow_loss]]\nstage = \"sort\"\nname = \"b\"\nd0_per_cm2 = 0.1\nmodel = \"poison\"\n"
        "[[flow_test]]\nstage = \"pack\"\nname = \"t\"\nform = \"brown\"\n");
    for (const char* id : {"no-wafers", "unknown-flow-stage", "unknown-yield-model", "unknown-escape-form"})
        EXPECT_NE(text.find(std::string("error[") + id + "]"), std::string::npos) << id << "\n" << text;
    EXPECT_NE(text.find("4 errors"), std::string::npos) << text;
}

// a flow where a line is needed
TEST(FlowMistakes, flow_is_no_line) {
    const Spec spec = testing::flow_spec(kGoodFlow);
    Diagnostics warnings;
    const Result<Model> line = compile(spec, warnings);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().front().id, "flow-not-line");
    EXPECT_NE(find_diagnostic("flow-not-line"), nullptr);
}

// every other mistake by its id
TEST(FlowMistakes, ids) {
    const std::string stage = "[[flow_stage]]\nname = \"s\"\nkind = ";
    struct Case {
        const char* id;
        std::string text;
    };
    const Case cases[] = {
        {"no-flow", "[[product]]\nname = \"p\"\nroute = \"r\"\n"},
        {"missing-parts", with("[[flow_part]]\nstage = \"pack\"\npart = \"die\"\n", "")},
        {"unused-parts", std::string(kGoodFlow) + "[[flow_part]]\nstage = \"sort\"\npart = \"die\"\n"},
        {"unused-bins", std::string(kGoodFlow) + "[[flow_bin]]\nstage = \"pack\"\nname = \"b\"\nproduct = \"x\"\n"},
        {"duplicate-product", with("product = \"package\"", "product = \"die\"")},
        {"part-made-later",
         with("part = \"die\"", "part = \"box\"") + stage +
             "\"unit_assembly\"\nproduct = \"box\"\npiece_units = 1\n[[flow_part]]\nstage = "
             "\"s\"\npart = \"package\"\n"},
        {"no-units", with("panel_x_mm = 700\n", "")},
        {"flow-scope", std::string(kGoodFlow) + "[[flow_loss]]\nstage = \"sort\"\nname = \"l\"\nscope = \"part\"\n"},
        {"flow-cluster",
         std::string(kGoodFlow) +
             "[[flow_loss]]\nstage = \"sort\"\nname = \"l\"\nd0_per_cm2 = 1\nmodel = \"murphy\"\nalpha = 2\ncluster = "
             "\"piece\"\n"},
        {"flow-cores", with("unit_y_mm = 16.5", "unit_y_mm = 16.5\ncores = 30\ncore_mm2 = 15")},
        {"core-order",
         with("unit_y_mm = 16.5", "unit_y_mm = 16.5\ncores = 20\ncore_mm2 = 15") +
             "[[flow_bin]]\nstage = \"sort\"\nname = \"a\"\nproduct = \"die\"\nleast_cores = 18\n[[flow_bin]]\nstage "
             "= \"sort\"\nname = \"b\"\nproduct = \"die\"\nleast_cores = 20\n"},
        {"too-few-places",
         std::string(kGoodFlow) +
             "[[flow_loss]]\nstage = \"pack\"\nname = \"l\"\nscope = \"place\"\nyield_percent = 0\nfound_percent = "
             "100\n"},
    };
    for (const Case& c : cases) {
        EXPECT_NE(flow_mistakes(c.text).find(std::string("error[") + c.id + "]"), std::string::npos)
            << c.id << "\n"
            << flow_mistakes(c.text);
        EXPECT_NE(find_diagnostic(c.id), nullptr) << c.id;
    }
    std::string many = kGoodFlow;
    for (int i = 0; i < 260; ++i) many += "[[flow_loss]]\nstage = \"pack\"\nname = \"l" + std::to_string(i) + "\"\n";
    EXPECT_NE(flow_mistakes(many).find("error[too-many-losses]"), std::string::npos);
}

}  // namespace
}  // namespace chipchain
