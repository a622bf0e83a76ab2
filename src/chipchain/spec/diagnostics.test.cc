// Runs testdata/diagnostics.md: each "## case" holds the files of a model (```toml name, ```csv name) and the text of
// all diagnostics (```text), or "ok" when the model is accepted.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

struct Case {
    std::string title;
    std::vector<ModelFile> files;
    std::string expected;
};

std::string run(const Case& c, Diagnostics* diagnostics = nullptr) {
    SourceMap sources;
    const Result<Spec> spec = read_model_text(c.files, &sources);
    if (spec) return "ok\n";
    if (diagnostics != nullptr) *diagnostics = spec.error();
    return render_all(spec.error(), sources);
}

// Parses the page; `page` is its text with every expected block replaced by what is said now.
std::vector<Case> read_cases(std::string& page) {
    std::istringstream in(testing::read_text(testing::spec_folder() / "testdata" / "diagnostics.md"));
    std::vector<Case> cases;
    std::string line;
    while (std::getline(in, line)) {
        page += line + "\n";
        if (line.starts_with("## ")) cases.push_back({line.substr(3), {}, {}});
        if (!line.starts_with("```") || line.size() == 3) continue;
        const size_t blank = line.find(' ');
        const bool expected = line == "```text";
        std::string block;
        while (std::getline(in, line) && line != "```") block += line + "\n";
        if (expected) {
            cases.back().expected = block;
            page += run(cases.back());
        } else {
            cases.back().files.push_back({"", block});
            page += block;
        }
        if (!expected) {
            // the fence line is the one before the block
            const size_t fence = page.rfind("```", page.size() - block.size() - 1);
            const size_t end = page.find('\n', fence);
            cases.back().files.back().name = page.substr(fence + blank + 1, end - fence - blank - 1);
        }
        page += "```\n";
    }
    return cases;
}

// does each mistake give exactly the text that the page shows?
TEST(Diagnostics, cases) {
    std::string page;
    const std::vector<Case> cases = read_cases(page);
    ASSERT_GT(cases.size(), 10U);
    for (const Case& c : cases) {
        if (testing::updating()) continue;
        EXPECT_EQ(run(c), c.expected) << c.title;
    }
    if (testing::updating()) testing::write_text(testing::spec_folder() / "testdata" / "diagnostics.md", page);
}

// eight different mistakes in one model: eight diagnostics, one each
TEST(Diagnostics, eight_mistakes) {
    std::string page;
    for (const Case& c : read_cases(page)) {
        if (c.title != "Eight mistakes in one model") continue;
        Diagnostics diagnostics;
        run(c, &diagnostics);
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
    std::string page;
    for (const Case& c : read_cases(page)) {
        Diagnostics diagnostics;
        run(c, &diagnostics);
        for (const Diagnostic& d : diagnostics) EXPECT_TRUE(ids.count(d.id) == 1) << d.id;
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
