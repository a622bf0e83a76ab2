// Runs testdata/scenario_mistakes.md: the page begins with a scenario that is good; each "## case" holds an overlay of
// it (```toml) and the text of all that compile_chain() says about the result (```text), or "ok".
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/overlay.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

struct Case {
    std::string title;
    std::string overlay;
    std::string expected;
};

struct Outcome {
    std::string text;
    std::vector<Diagnostic> diagnostics;
};

Outcome run(const std::string& scenario, const std::string& overlay) {
    const auto told = [](const Diagnostics& diagnostics, const SourceMap& sources) {
        return Outcome{diagnostics.empty() ? "ok\n" : render_all(diagnostics, sources), diagnostics};
    };
    SourceMap sources;
    const ModelFile base = {"scenario.toml", scenario};
    Result<Spec> spec = read_model_text(std::span(&base, 1), &sources);
    if (!spec) return told(spec.error(), sources);
    const ModelFile file = {"overlay.toml", "[overlay]\nname = \"x\"\n" + overlay};
    const Result<Spec> changes = read_model_text(std::span(&file, 1), &sources);
    if (!changes) return told(changes.error(), sources);
    spec = apply_overlay(std::move(*spec), *changes, &sources);
    if (!spec) return told(spec.error(), sources);
    Diagnostics all;
    const Result<ChainModel> model = compile_chain(*spec, all);
    if (!model) all.insert(all.end(), model.error().begin(), model.error().end());
    return told(all, spec->sources);
}

// Parses the page; `page` is its text with every expected block replaced by what is said now.
std::vector<Case> read_cases(std::string& page, std::string& scenario) {
    const auto path = testing::project_folder() / "src/chipchain/model/testdata/scenario_mistakes.md";
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
            page += run(scenario, cases.back().overlay).text;
        } else {
            (cases.empty() ? scenario : cases.back().overlay) = block;
            page += block;
        }
        page += "```\n";
    }
    return cases;
}

// does each mistake give exactly the text that the page shows?
TEST(ScenarioMistakes, cases) {
    std::string page;
    std::string scenario;
    const std::vector<Case> cases = read_cases(page, scenario);
    EXPECT_EQ(run(scenario, "").text, "ok\n");
    for (const Case& c : cases) {
        if (testing::updating()) continue;
        EXPECT_EQ(run(scenario, c.overlay).text, c.expected) << c.title;
    }
    if (testing::updating())
        testing::write_text(testing::project_folder() / "src/chipchain/model/testdata/scenario_mistakes.md", page);
}

// do at least twenty malformed scenarios each end with a diagnostic of their own, and is every one explained?
TEST(ScenarioMistakes, each_has_its_own) {
    std::string page;
    std::string scenario;
    std::set<std::string> ids;
    for (const Case& c : read_cases(page, scenario)) {
        const std::vector<Diagnostic> diagnostics = run(scenario, c.overlay).diagnostics;
        ASSERT_FALSE(diagnostics.empty()) << c.title;
        for (const Diagnostic& d : diagnostics) {
            EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
            EXPECT_FALSE(d.help.empty()) << d.id;
        }
        ids.insert(diagnostics.front().id);
        // a heading is the id of the only diagnostic, or a sentence
        if (find_diagnostic(c.title) == nullptr) continue;
        EXPECT_EQ(c.title, diagnostics.front().id);
        EXPECT_EQ(diagnostics.size(), 1U) << c.title;
    }
    EXPECT_GE(ids.size(), 38U);
}

}  // namespace
}  // namespace chipchain
