// Does a compiled SMT2020 model have the raw times and counts that the published files imply? The files are not part of
// the project: CHIPCHAIN_TEST_DATA names the folder that holds smt2020_hvlm, or it stands beside the project.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "chipchain/model/compile.h"
#include "chipchain/spec/smt2020_reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

std::filesystem::path data_folder() {
    if (const char* folder = std::getenv("CHIPCHAIN_TEST_DATA")) return folder;
    return testing::project_folder() / ".." / "shared" / "data";
}

struct Expected {
    const char* route;
    uint32_t steps;
    double visits;
    double raw_days;        // load, process, unload
    double raw_cycle_days;  // and transport
    uint32_t layers;
};

void expect_route(const Model& m, uint32_t id, const Expected& e) {
    const Route& route = m.routes[id];
    double visits = 0;
    for (uint32_t k = 0; k < route.step_count; ++k) {
        visits += static_cast<double>(m.steps[route.first_step + k].sample_threshold) * 0x1p-32;
    }
    EXPECT_EQ(m.route_names[id], e.route);
    EXPECT_EQ(route.step_count, e.steps);
    EXPECT_NEAR(visits, e.visits, 0.05);
    EXPECT_NEAR(in_days(m.steps[route.first_step + route.step_count - 1].elapsed), e.raw_days, 0.005);
    EXPECT_NEAR(in_days(route.raw_process_time), e.raw_cycle_days, 0.006);
    EXPECT_EQ(route.layers, e.layers);
}

TEST(CompileSmt2020, high_volume_low_mix) {
    const std::filesystem::path folder = data_folder() / "smt2020_hvlm";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no SMT2020 files; set CHIPCHAIN_TEST_DATA";
    Diagnostics notes;
    SourceMap sources;
    const Result<Spec> spec = read_smt2020(folder.string(), notes, &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources);
    Diagnostics warnings;
    const Result<Model> model = compile(*spec, warnings);
    ASSERT_TRUE(model) << render_all(model.error(), spec->sources);
    EXPECT_TRUE(warnings.empty()) << render_all(warnings, spec->sources);
    ASSERT_EQ(model->routes.size(), 2U);
    expect_route(*model, 0, {"r_3", 583, 522.1, 24.68, 27.16, 35});
    expect_route(*model, 1, {"r_4", 343, 308.4, 14.48, 15.98, 25});
    EXPECT_EQ(model->tool_count(), 1443U);
    EXPECT_EQ(model->tool_groups.size(), 106U);
    EXPECT_EQ(model->windows.size(), 66U);
    EXPECT_EQ(model->routes[0].dedication_slots, 3U);  // 11 pairs in 3 chains
    EXPECT_EQ(model->wip_lots.size(), 2255U);
    EXPECT_EQ(model->priority_levels, 3U);
}

}  // namespace
}  // namespace chipchain
