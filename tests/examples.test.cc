// Do the examples of lines read, compile without a warning and run with all identities, and does the first one meet its
// theory? Those of chains are in scenarios.test.cc.
#include <gtest/gtest.h>

#include <filesystem>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

Model read(const std::filesystem::path& folder) {
    SourceMap sources;
    const Result<Spec> spec = read_model(folder.string(), &sources);
    EXPECT_TRUE(spec) << render_all(spec.error(), sources);
    Diagnostics warnings;
    Result<Model> model = compile(*spec, warnings);
    EXPECT_TRUE(model) << render_all(model.error(), spec->sources);
    EXPECT_TRUE(warnings.empty()) << render_all(warnings, spec->sources);
    return std::move(*model);
}

TEST(Examples, all_run) {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(testing::project_folder() / "examples")) {
        if (!std::filesystem::exists(entry.path() / "model.toml")) continue;
        ++count;
        const Model model = read(entry.path());
        const RunResult result = run(model, {});
        EXPECT_TRUE(check_identities(result).empty()) << entry.path();
        EXPECT_GT(result.shipped, 100U) << entry.path();
        // stable: what is inside at the end is a small part of what was shipped
        EXPECT_LT(result.inside, result.shipped / 10) << entry.path();
        EXPECT_TRUE(std::filesystem::exists(entry.path() / "README.md"));
    }
    EXPECT_GE(count, 7U);
}

TEST(Examples, one_tool_is_the_queue_of_the_textbook) {
    const Model model = read(testing::project_folder() / "examples" / "01_one_tool");
    double wait = 0;
    constexpr uint32_t kRuns = 20;
    for (uint32_t r = 0; r < kRuns; ++r) {
        RunOptions options;
        options.replication = r;
        const RunResult result = run(model, options);
        const ToolGroupResult& g = result.tool_groups[0];
        wait += in_minutes(g.queue_time) / static_cast<double>(g.visits) / kRuns;
    }
    EXPECT_NEAR(wait, 32, 1.5);  // rho / (mu - lambda); standard error of 20 runs about 0.4
}

}  // namespace
}  // namespace chipchain
