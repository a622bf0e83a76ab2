// Runs testdata/fleet_mistakes.md: the page begins with a fleet that is good; each "## case" holds rows that replace
// the rows with the same first key or are added (```toml; "# without x" takes all rows [[x]] away, a file with a head
// stands alone, ```toml chip.toml is a chip beside it) or the name of a fleet (```name), and the text of all that
// `chipchain chip fleet` says (```text).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "chipchain/chip/fleet_file.h"
#include "chipchain/cli/chip_fleet.h"
#include "chipchain/spec/embedded_chips.h"
#include "chipchain/spec/mistake_page.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

using testing::MistakePage;
using testing::PageBlock;
using testing::PageCase;
using testing::Told;

// The text split before every "[[".
std::vector<std::string> rows_of(const std::string& text) {
    std::vector<std::string> rows(1);
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("[[")) rows.emplace_back();
        rows.back() += line + "\n";
    }
    return rows;
}

// "[[fleet_unit]]\nname = "car"\n"
std::string key_of(const std::string& row) { return row.substr(0, row.find('\n', row.find('\n') + 1)); }

std::string with_rows(const std::string& fleet, const std::string& rows) {
    if (rows.starts_with("[") && !rows.starts_with("[[")) return rows;
    const std::vector<std::string> changes = rows_of(rows);
    const std::string without = "# without ";
    std::string out;
    for (const std::string& row : rows_of(fleet)) {
        bool stays = !row.starts_with("[[");
        if (!stays) {
            const std::string table = row.substr(2, row.find(']') - 2);
            stays = changes[0].find(without + table + "\n") == std::string::npos &&
                    std::none_of(changes.begin(), changes.end(), [&row](const std::string& change) {
                        return change.starts_with("[[") && key_of(change) == key_of(row);
                    });
        }
        if (stays) out += row;
    }
    return out + rows;
}

Told run(const std::string& fleet) {
    SourceMap sources;
    const ModelFile file = {"fleet.toml", fleet};
    Result<Spec> spec = read_model_text(std::span(&file, 1), &sources);
    if (!spec) return testing::told(spec.error(), sources);
    const Result<LoadedFleet> loaded = load_fleet(std::move(*spec), sources);
    if (!loaded) return testing::told(loaded.error(), sources);
    FleetOptions options;
    options.dies = 100;  // a yield of 0 is 0 with any number
    const Result<FleetAnswer> answer = answer_fleet(loaded->spec, loaded->chips, loaded->networks, options);
    return testing::told(answer ? Diagnostics{} : answer.error(), sources);
}

Told run_case(const MistakePage& page, const PageCase& c) {
    std::string rows;
    for (const PageBlock& block : c.blocks) {
        if (block.kind == "name") {
            const Result<Spec> spec = read_fleet(block.text.substr(0, block.text.find('\n')));
            return testing::told(spec ? Diagnostics{} : spec.error(), {});
        }
        // a chip beside the fleet lies in the current folder
        if (!block.name.empty()) {
            testing::write_text(block.name, block.text);
        } else {
            rows = block.text;
        }
    }
    return run(with_rows(page.shared().at(0).text, rows));
}

// The current folder is a new empty one while this lives.
class InOwnFolder {
 public:
    InOwnFolder() : before_(std::filesystem::current_path()) {
        folder_ = std::filesystem::path(::testing::TempDir()) / "fleet_mistakes";
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        std::filesystem::current_path(folder_);
    }
    InOwnFolder(const InOwnFolder&) = delete;
    InOwnFolder& operator=(const InOwnFolder&) = delete;
    ~InOwnFolder() {
        std::error_code ignored;
        std::filesystem::current_path(before_, ignored);
        std::filesystem::remove_all(folder_, ignored);
    }

 private:
    std::filesystem::path before_;
    std::filesystem::path folder_;
};

// does each mistake give exactly the text that the page shows, and do the cases show every id of fleets?
TEST(FleetMistakes, cases) {
    const InOwnFolder folder;
    const MistakePage page("src/chipchain/chip/testdata/fleet_mistakes.md");
    ASSERT_EQ(page.shared().size(), 1U);
    EXPECT_EQ(run(page.shared()[0].text).text, "ok\n");
    const std::vector<Told> all = page.check(run_case);
    for (const Told& told : all) {
        for (const Diagnostic& d : told.diagnostics) EXPECT_FALSE(d.help.empty()) << d.id;
    }
    const std::set<std::string> ids = page.check_ids(all);
    size_t fleets = 0;
    for (const DiagnosticInfo& info : diagnostic_table()) {
        if (!info.id.starts_with("fleet-") && info.id != "unknown-fleet" && info.id != "not-fleet") continue;
        ++fleets;
        EXPECT_EQ(ids.count(std::string(info.id)), 1U) << info.id;
    }
    EXPECT_GE(fleets, 11U);
    for (const char* id : {"unknown-network", "unknown-chip", "duplicate-name", "out-of-range"})
        EXPECT_EQ(ids.count(id), 1U) << id;
}

}  // namespace
}  // namespace chipchain
