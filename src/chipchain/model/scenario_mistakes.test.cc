// Runs testdata/scenario_mistakes.md: the page begins with a scenario that is good; each "## case" holds an overlay of
// it (```toml) and the text of all that compile_chain() says about the result (```text), or "ok".
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/spec/mistake_page.h"
#include "chipchain/spec/overlay.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

using testing::MistakePage;
using testing::PageCase;
using testing::Told;

Told run(const std::string& scenario, const std::string& overlay) {
    SourceMap sources;
    const ModelFile base = {"scenario.toml", scenario};
    Result<Spec> spec = read_model_text(std::span(&base, 1), &sources);
    if (!spec) return testing::told(spec.error(), sources);
    const ModelFile file = {"overlay.toml", "[overlay]\nname = \"x\"\n" + overlay};
    const Result<Spec> changes = read_model_text(std::span(&file, 1), &sources);
    if (!changes) return testing::told(changes.error(), sources);
    spec = apply_overlay(std::move(*spec), *changes, &sources);
    if (!spec) return testing::told(spec.error(), sources);
    Diagnostics all;
    const Result<ChainModel> model = compile_chain(*spec, all);
    if (!model) all.insert(all.end(), model.error().begin(), model.error().end());
    return testing::told(all, spec->sources);
}

// does each mistake give exactly the text that the page shows? Do at least twenty malformed scenarios each end with a
// diagnostic of their own, and is every one explained and helped?
TEST(ScenarioMistakes, cases) {
    const MistakePage page("src/chipchain/model/testdata/scenario_mistakes.md");
    ASSERT_EQ(page.shared().size(), 1U);
    const std::string& scenario = page.shared()[0].text;
    EXPECT_EQ(run(scenario, "").text, "ok\n");
    const std::vector<Told> all =
        page.check([&scenario](const MistakePage&, const PageCase& c) { return run(scenario, c.blocks.at(0).text); });
    page.check_ids(all);
    std::set<std::string> ids;
    for (const Told& told : all) {
        for (const Diagnostic& d : told.diagnostics) EXPECT_FALSE(d.help.empty()) << d.id;
        if (!told.diagnostics.empty()) ids.insert(told.diagnostics.front().id);
    }
    EXPECT_GE(ids.size(), 38U);
}

}  // namespace
}  // namespace chipchain
