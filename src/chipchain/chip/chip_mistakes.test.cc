// Runs testdata/chip_mistakes.md: the page begins with a chip that is good; each "## case" holds rows that replace the
// rows of the same name or are added (```toml; "# without x" takes figure x away, a file with [chip] stands alone), and
// the text of all that reading and compiling say (```text).
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

struct Case {
    std::string title;
    std::string rows;
    std::string expected;
};

struct Outcome {
    std::string text;
    std::vector<Diagnostic> diagnostics;
};

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

Outcome run(const std::string& chip, const std::string& rows) {
    const auto told = [](const Diagnostics& diagnostics, const SourceMap& sources) {
        return Outcome{render_all(diagnostics, sources), diagnostics};
    };
    SourceMap sources;
    const ModelFile file = {"chip.toml", apply(chip, rows)};
    const Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    if (!spec) return told(spec.error(), sources);
    const Result<ChipModel> model = compile_chip(*spec);
    if (!model) return told(model.error(), spec->sources);
    return {"ok\n", {}};
}

// Parses the page; `page` is its text with every expected block replaced by what is said now.
std::vector<Case> read_cases(std::string& page, std::string& chip) {
    const auto path = testing::project_folder() / "src/chipchain/chip/testdata/chip_mistakes.md";
    std::istringstream in(testing::read_text(path));
    std::vector<Case> cases;
    std::string line;
    while (std::getline(in, line)) {
        page += line + "\n";
        if (line.starts_with("## ")) cases.push_back({line.substr(3), {}, {}});
        if (!line.starts_with("```") || line.size() == 3) continue;
        const bool expected = line == "```text";
        std::string block;
        while (std::getline(in, line) && line != "```") block += line + "\n";
        if (expected) {
            cases.back().expected = block;
            page += run(chip, cases.back().rows).text;
        } else {
            (cases.empty() ? chip : cases.back().rows) = block;
            page += block;
        }
        page += "```\n";
    }
    return cases;
}

// does each mistake give exactly the text that the page shows?
TEST(ChipMistakes, cases) {
    std::string page;
    std::string chip;
    const std::vector<Case> cases = read_cases(page, chip);
    EXPECT_EQ(run(chip, "").text, "ok\n");
    for (const Case& c : cases) {
        if (testing::updating()) continue;
        EXPECT_EQ(run(chip, c.rows).text, c.expected) << c.title;
    }
    if (testing::updating())
        testing::write_text(testing::project_folder() / "src/chipchain/chip/testdata/chip_mistakes.md", page);
}

// do the cases show every id of chips, and is each explained and helped?
TEST(ChipMistakes, each_has_its_own) {
    std::string page;
    std::string chip;
    std::set<std::string> ids;
    const std::vector<Case> cases = read_cases(page, chip);
    EXPECT_GE(cases.size(), 12U);
    for (const Case& c : cases) {
        const std::vector<Diagnostic> diagnostics = run(chip, c.rows).diagnostics;
        ASSERT_FALSE(diagnostics.empty()) << c.title;
        for (const Diagnostic& d : diagnostics) {
            EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
            ids.insert(d.id);
        }
        // a heading is the id of the only diagnostic, or a sentence
        if (find_diagnostic(c.title) == nullptr) continue;
        EXPECT_EQ(c.title, diagnostics.front().id);
        EXPECT_EQ(diagnostics.size(), 1U) << c.title;
    }
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
          "chip-voltage"}) {
        EXPECT_EQ(ids.count(id), 1U) << id;
    }
}

}  // namespace
}  // namespace chipchain
