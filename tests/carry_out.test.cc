// Does the simulation of a chain, without randomness, carry out what the planner promises?
#include <gtest/gtest.h>

#include <numeric>

#include "chipchain/chain/chain_run.h"
#include "chipchain/model/chain_model.h"
#include "chipchain/plan/planner.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

ChainModel scenario(const std::string& path) {
    const Result<Spec> spec = read_model((testing::project_folder() / path).string());
    Diagnostics warnings;
    return *compile_chain(*spec, warnings);
}

TEST(CarryOut, t1_is_delivered_as_planned) {
    const ChainModel model = scenario("tests/scenarios/t1/scenario.toml");
    Planner planner(model, {});
    const ChainPlan plan = planner.plan().plan;
    ChainRunOptions options;
    options.random = kNothingRandom;
    const ChainResult r = run_chain(model, schedule_of(model, plan), options);
    EXPECT_TRUE(check_balance(model, r).empty());
    for (size_t b = 0; b < model.buckets.size(); ++b) {
        EXPECT_NEAR(static_cast<double>(r.programmes[0].delivered[b]), plan.delivered[0][b], 0.5) << b;
        EXPECT_EQ(r.programmes[0].open[b], 0) << b;
    }
    EXPECT_EQ(std::accumulate(r.programmes[0].late_piece_days.begin(), r.programmes[0].late_piece_days.end(), 0LL), 0);
    // whole wafers: at most one more of each source, and stock is counted each day
    const double planned = plan.cost.cost();
    EXPECT_NEAR(static_cast<double>(r.cost()) * 1e-6, planned, 0.06 * planned);
}

}  // namespace
}  // namespace chipchain
