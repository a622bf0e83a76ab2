// Are the lines that `chipchain new` makes complete, clean and sound at every scale?
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/generate_line.h"
#include "chipchain/spec/generate_ramp.h"
#include "chipchain/spec/process.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/writer.h"

namespace chipchain {
namespace {

Spec line_of(std::string_view process, const LineParameters& parameters) {
    Result<Spec> line = library_line(process, parameters);
    EXPECT_TRUE(line) << process;
    return std::move(*line);
}

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec.sources));
    EXPECT_TRUE(warnings.empty()) << spec.line.name << "\n" << render_all(warnings, spec.sources);
    return std::move(*model);
}

RunResult run_days(const Model& model, int64_t days) {
    RunOptions options;
    options.horizon = days * kDay;
    options.warmup = 0;
    return run(model, options);
}

TEST(GeneratedLines, every_process_makes_a_line_that_runs) {
    for (const EmbeddedProcessInfo& info : embedded_processes()) {
        LineParameters p;
        p.products = 2;
        p.pieces_per_month = info.name.starts_with("logic") ? 2000 : 4000;
        const Model model = compiled(line_of(info.name, p));
        const RunResult result = run_days(model, 20);
        EXPECT_TRUE(check_identities(result).empty()) << info.name;
        EXPECT_GT(result.released, 0U) << info.name;
        EXPECT_GT(result.moves, 2 * result.released) << info.name;
    }
}

// from one lot a day on: does what is released come out, without a lot stuck for good?
TEST(GeneratedLines, one_lot_a_day) {
    LineParameters p;
    p.pieces_per_month = 750;
    const Model model = compiled(line_of("logic28", p));
    const RunResult result = run_days(model, 200);
    EXPECT_TRUE(check_identities(result).empty());
    EXPECT_NEAR(static_cast<double>(result.released), 200, 6);
    EXPECT_GT(result.shipped, 170U);
    EXPECT_LT(result.inside, 60U);
}

TEST(GeneratedLines, initial_wip_follows_littles_law) {
    LineParameters p;
    p.pieces_per_month = 20'000;
    const Spec line = line_of("logic14", p);
    const ReleaseSpec& r = line.releases[0];
    double lots = 0;
    for (const WipLotSpec& lot : line.wip_lots) lots += lot.priority == r.priority ? 1 : 0;
    // cycle time of the initial WIP: 0.8 of the due offset
    EXPECT_NEAR(lots * in_days(r.interval), 0.8 * in_days(r.due_offset), 1.01 * in_days(r.interval));
}

TEST(GeneratedLines, deterministic_by_seed) {
    LineParameters p;
    p.pieces_per_month = 1000;
    const uint64_t hash = compiled(line_of("logic14", p)).hash;
    EXPECT_EQ(compiled(line_of("logic14", p)).hash, hash);
    p.seed = 2;
    EXPECT_NE(compiled(line_of("logic14", p)).hash, hash);
}

// does a line keep its model through the files that chipchain new writes?
TEST(GeneratedLines, files_keep_the_model) {
    LineParameters p;
    p.pieces_per_month = 1000;
    p.products = 2;
    const Spec line = line_of("foplp-chip-last", p);
    const Result<Spec> again = read_model_text(model_files(line));
    ASSERT_TRUE(again);
    EXPECT_EQ(compiled(*again).hash, compiled(line).hash);
}

// are several factories equal, and do their routes use their own tools, but for those that change the factory?
TEST(GeneratedLines, factories) {
    LineParameters p;
    p.pieces_per_month = 6000;
    p.factories = 3;
    p.transfer_percent = 10;
    const Spec line = line_of("logic28", p);
    std::map<std::string, int64_t> tools;
    for (const ToolGroupSpec& g : line.tool_groups) tools[g.name.substr(0, 3)] += g.tools;
    EXPECT_EQ(tools.size(), 3U);
    EXPECT_EQ(tools["f01"], tools["f02"]);
    std::map<std::string, size_t> foreign;
    for (const StepSpec& s : line.steps) {
        if (s.tool_group.substr(0, 3) != s.route.substr(6, 3)) ++foreign[s.route];
    }
    EXPECT_EQ(foreign.size(), 3U);
    for (const auto& [route, steps] : foreign) {
        EXPECT_NE(route.find("_to_f"), std::string::npos) << route;
        EXPECT_GT(steps, 100U) << route;
    }
    const RunResult result = run_days(compiled(line), 60);
    EXPECT_TRUE(check_identities(result).empty());
}

// on a line with one tool of each class: is placement of small parts the bottleneck, and exposure of large ones?
TEST(GeneratedLines, bottleneck_of_a_panel_line_moves_with_the_package) {
    const auto busiest = [](std::string_view process, const std::map<std::string, double>& values, double starts) {
        const Result<Spec> rows = embedded_process(process);
        const Result<Process> resolved = resolve_process(*rows, values);
        EXPECT_TRUE(resolved);
        LineParameters p;
        p.pieces_per_month = starts;
        p.tools_each = 1;
        const Model model = compiled(generate_line(*resolved, p));
        const RunResult result = run_days(model, 200);
        size_t best = 0;
        const auto busy = [&result](size_t g) {
            return result.tool_groups[g].total.time[static_cast<size_t>(ToolState::productive)];
        };
        for (size_t g = 0; g < result.tool_groups.size(); ++g) best = busy(g) > busy(best) ? g : best;
        return model.tool_group_names[best];
    };
    EXPECT_EQ(
        busiest("foplp-chip-first-face-up", {{"packages", 17689}, {"saw_m", 187.6}, {"rdl", 1}}, 300),
        "die_attach");
    EXPECT_EQ(busiest("foplp-chip-last", {{"packages", 169}, {"rdl", 3}}, 4000), "exposure");
}

// does a ramped line begin empty with its first tools, and reach the rate of the line it was made from?
TEST(GeneratedLines, ramp_from_the_first_tool_to_the_full_rate) {
    LineParameters p;
    p.pieces_per_month = 3000;
    RampParameters ramp;
    ramp.begin = civil_to_ticks(2026, 7, 1, 0, 0, 0);
    ramp.end = civil_to_ticks(2028, 7, 1, 0, 0, 0);
    const Spec line = ramped_line(line_of("logic28", p), ramp);
    EXPECT_TRUE(line.wip_lots.empty());
    std::map<std::string, int64_t> installed;
    for (const ToolInstallSpec& row : line.tool_installs) installed[row.tool_group] += row.tools;
    for (const ToolGroupSpec& group : line.tool_groups) EXPECT_EQ(installed[group.name], group.tools) << group.name;
    const Model model = compiled(line);
    const RunResult result = run(model, {});
    EXPECT_TRUE(check_identities(result).empty());
    const auto shipped_in = [&result](size_t from, size_t until) {
        double lots = 0;
        for (size_t day = from; day < until; ++day) lots += result.series.shipped[day];
        return lots;
    };
    EXPECT_EQ(shipped_in(0, 40), 0);
    // half a year at the full rate, with half a percent of engineering lots beside it
    const double lots = shipped_in(result.series.shipped.size() - 182, result.series.shipped.size());
    EXPECT_NEAR(lots * 25 / 182 * 30, 3015, 150);
}

}  // namespace
}  // namespace chipchain
