// Runs testdata/diagnostics.md: each "## case" holds the files of a model (```toml name, ```csv name) and the text of
// all diagnostics (```text), or "ok" when the model is accepted.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/mistake_page.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

using testing::MistakePage;
using testing::PageCase;
using testing::Told;

constexpr const char* kPage = "src/chipchain/spec/testdata/diagnostics.md";

Told run(const MistakePage&, const PageCase& c) {
    std::vector<ModelFile> files;
    for (const testing::PageBlock& block : c.blocks) files.push_back({block.name, block.text});
    SourceMap sources;
    const Result<Spec> spec = read_model_text(files, &sources);
    return testing::told(spec ? Diagnostics{} : spec.error(), sources);
}

// does each mistake give exactly the text that the page shows?
TEST(Diagnostics, cases) {
    const MistakePage page(kPage);
    ASSERT_GT(page.cases().size(), 10U);
    page.check(run);
}

// eight different mistakes in one model: eight diagnostics, one each
TEST(Diagnostics, eight_mistakes) {
    const MistakePage page(kPage);
    for (const PageCase& c : page.cases()) {
        if (c.title != "Eight mistakes in one model") continue;
        const Diagnostics diagnostics = run(page, c).diagnostics;
        std::set<std::string> ids;
        for (const Diagnostic& d : diagnostics) ids.insert(d.id);
        EXPECT_EQ(diagnostics.size(), 8U);
        EXPECT_EQ(ids.size(), 8U);
        return;
    }
    FAIL() << "the case is gone";
}

// has each id that a case or a source file of this folder mentions a row in the table, and is each id unique?
TEST(Diagnostics, every_id_is_explained) {
    std::set<std::string_view> ids;
    for (const DiagnosticInfo& info : diagnostic_table()) {
        EXPECT_TRUE(ids.insert(info.id).second) << info.id;
        EXPECT_TRUE(info.sentence.ends_with(".")) << info.id;
        EXPECT_TRUE(info.fix.ends_with(".")) << info.id;
    }
    const auto after = [&ids](const std::string& text, const std::string& before) {
        for (size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
            const size_t quote = at + before.size();
            const std::string id = text.substr(quote, text.find('"', quote) - quote);
            EXPECT_TRUE(ids.count(id) == 1) << id;
        }
    };
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(testing::spec_folder())) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".cc") || name.ends_with(".test.cc")) continue;
        ++files;
        const std::string text = testing::read_text(entry.path());
        for (const char* before : {"report(\"", "failed(\"", "Severity::note, \""}) after(text, before);
    }
    EXPECT_GT(files, 5U);
    const MistakePage page(kPage);
    for (const PageCase& c : page.cases()) {
        for (const Diagnostic& d : run(page, c).diagnostics) EXPECT_TRUE(ids.count(d.id) == 1) << d.id;
    }
}

TEST(Diagnostics, explain) {
    const std::string page = explain("unknown-key");
    EXPECT_TRUE(page.starts_with("unknown-key\n\n")) << page;
    EXPECT_NE(page.find("\n    load = 1\n"), std::string::npos) << page;
    EXPECT_EQ(explain("unknwon-key"), "There is no diagnostic 'unknwon-key'. Did you mean 'unknown-key'?\n");
}

}  // namespace
}  // namespace chipchain
