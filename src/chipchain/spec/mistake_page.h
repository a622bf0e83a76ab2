// For tests only: pages of mistakes. Such a page has blocks that all cases share, then cases: a heading "## title",
// blocks of what the user writes (```toml fab.toml) and one ```text block, which holds what the user is told. One
// command makes all texts again (CHIPCHAIN_UPDATE=1); read the difference before you keep it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/testdata.h"

namespace chipchain::testing {

struct PageBlock {
    std::string kind;  // "toml" of ```toml fab.toml
    std::string name;  // "fab.toml"
    std::string text;
};

struct PageCase {
    std::string title;
    std::vector<PageBlock> blocks;
    std::string expected;
};

// What is said of a case.
struct Told {
    std::string text;  // "ok\n" when there is nothing to say
    Diagnostics diagnostics;
};

inline Told told(const Diagnostics& diagnostics, const SourceMap& sources) {
    return {diagnostics.empty() ? "ok\n" : render_all(diagnostics, sources), diagnostics};
}

class MistakePage {
 public:
    using Run = std::function<Told(const MistakePage&, const PageCase&)>;

    // `path` from the project's folder.
    explicit MistakePage(const std::string& path) : path_(project_folder() / path) {
        std::istringstream in(read_text(path_));
        std::string line;
        while (std::getline(in, line)) {
            if (line.starts_with("## ")) cases_.push_back({line.substr(3), {}, {}});
            if (!line.starts_with("```")) continue;
            PageBlock block;
            const size_t blank = std::min(line.find(' '), line.size());
            block.kind = line.substr(3, blank - 3);
            block.name = line.substr(std::min(blank + 1, line.size()));
            while (std::getline(in, line) && line != "```") block.text += line + "\n";
            if (cases_.empty()) {
                shared_.push_back(std::move(block));
            } else if (block.kind == "text") {
                EXPECT_TRUE(cases_.back().expected.empty()) << "two texts: " << cases_.back().title;
                cases_.back().expected = std::move(block.text);
            } else {
                cases_.back().blocks.push_back(std::move(block));
            }
        }
        for (const PageCase& c : cases_) EXPECT_FALSE(c.expected.empty() && !updating()) << "no text: " << c.title;
    }

    [[nodiscard]] const std::vector<PageBlock>& shared() const { return shared_; }
    [[nodiscard]] const std::vector<PageCase>& cases() const { return cases_; }

    // Runs every case once. Expects the text of the page, or writes the page anew; returns what was said, by case.
    std::vector<Told> check(const Run& run) const {
        std::vector<Told> all;
        for (const PageCase& c : cases_) {
            all.push_back(run(*this, c));
            if (updating()) continue;
            EXPECT_EQ(all.back().text, c.expected) << c.title;
        }
        if (updating()) write_text(path_, renewed(all));
        return all;
    }

    // Expects of every case diagnostics that are explained, with one alone where the heading is its id; returns the
    // ids.
    std::set<std::string> check_ids(const std::vector<Told>& all) const {
        EXPECT_EQ(all.size(), cases_.size());
        std::set<std::string> ids;
        for (size_t i = 0; i < std::min(all.size(), cases_.size()); ++i) {
            const std::string& title = cases_[i].title;
            const Diagnostics& diagnostics = all[i].diagnostics;
            EXPECT_FALSE(diagnostics.empty()) << title;
            for (const Diagnostic& d : diagnostics) {
                EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
                EXPECT_FALSE(d.message.empty()) << title;
                ids.insert(d.id);
            }
            if (find_diagnostic(title) == nullptr || diagnostics.empty()) continue;
            EXPECT_EQ(title, diagnostics.front().id);
            EXPECT_EQ(diagnostics.size(), 1U) << title;
        }
        return ids;
    }

 private:
    // the page with every text of a case replaced by what was said
    [[nodiscard]] std::string renewed(const std::vector<Told>& all) const {
        std::istringstream in(read_text(path_));
        std::string page;
        std::string line;
        size_t seen = 0;  // headings
        while (std::getline(in, line)) {
            page += line + "\n";
            if (line.starts_with("## ")) ++seen;
            if (!line.starts_with("```")) continue;
            const bool expected = seen > 0 && line == "```text";
            std::string block;
            while (std::getline(in, line) && line != "```") block += line + "\n";
            page += (expected ? all[seen - 1].text : block) + "```\n";
        }
        return page;
    }

    std::filesystem::path path_;
    std::vector<PageBlock> shared_;
    std::vector<PageCase> cases_;
};

}  // namespace chipchain::testing
