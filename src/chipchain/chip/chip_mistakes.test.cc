// Runs testdata/chip_mistakes.md: the page begins with a chip that is good; each "## case" holds rows that replace the
// rows of the same name or are added (```toml; "# without x" takes figure x away, a file with [chip] stands alone), and
// the text of all that reading and compiling say (```text).
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/spec/mistake_page.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

using testing::MistakePage;
using testing::PageCase;
using testing::Told;

// The text split before every "[[figure]]".
std::vector<std::string> blocks_of(const std::string& text) {
    std::vector<std::string> blocks(1);
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
        if (line == "[[figure]]") blocks.emplace_back();
        blocks.back() += line + "\n";
    }
    return blocks;
}

std::string name_in(const std::string& block, const std::string& before) {
    const size_t at = block.find(before);
    if (at == std::string::npos) return {};
    const size_t first = at + before.size();
    return block.substr(first, block.find_first_of("\"\n", first) - first);
}

std::string apply(const std::string& chip, const std::string& rows) {
    if (rows.find("[chip]") != std::string::npos || rows.find("[line]") != std::string::npos) return rows;
    std::set<std::string> replaced;
    for (const std::string& block : blocks_of(rows)) {
        replaced.insert(name_in(block, "# without "));
        if (block.starts_with("[[figure]]") && replaced.count("again") == 0)
            replaced.insert(name_in(block, "name = \""));
    }
    std::string out;
    for (const std::string& block : blocks_of(chip)) {
        if (!block.starts_with("[[figure]]") || replaced.count(name_in(block, "name = \"")) == 0) out += block;
    }
    return out + rows;
}

Told run(const std::string& chip, const std::string& rows) {
    SourceMap sources;
    const ModelFile file = {"chip.toml", apply(chip, rows)};
    const Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    if (!spec) return testing::told(spec.error(), sources);
    const Result<ChipModel> model = compile_chip(*spec);
    return testing::told(model ? Diagnostics{} : model.error(), spec->sources);
}

// does each mistake give exactly the text that the page shows, and do the cases show every id of chips?
TEST(ChipMistakes, cases) {
    const MistakePage page("src/chipchain/chip/testdata/chip_mistakes.md");
    ASSERT_EQ(page.shared().size(), 1U);
    const std::string& chip = page.shared()[0].text;
    EXPECT_EQ(run(chip, "").text, "ok\n");
    EXPECT_GE(page.cases().size(), 12U);
    const std::vector<Told> all =
        page.check([&chip](const MistakePage&, const PageCase& c) { return run(chip, c.blocks.at(0).text); });
    const std::set<std::string> ids = page.check_ids(all);
    for (const char* id :
         {"not-chip",
          "unknown-figure",
          "figure-changes-values",
          "figure-range",
          "figure-whole",
          "figure-order",
          "figure-source",
          "figure-note",
          "figure-missing",
          "chip-voltage",
          "chip-supply"}) {
        EXPECT_EQ(ids.count(id), 1U) << id;
    }
}

}  // namespace
}  // namespace chipchain
