// Is a line that is fed from outside, border by border, the line that runs alone?
#include "chipchain/sim/line_run.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/embedded_models.h"

namespace chipchain {
namespace {

Model minifab() {
    Diagnostics warnings;
    return *compile(*embedded_model("minifab"), warnings);
}

constexpr Time kHorizon = 60 * kDay;

// its own releases, time in steps: the same trajectory as in one go
TEST(LineRun, borders_change_nothing) {
    const Model model = minifab();
    RunOptions options;
    options.horizon = kHorizon;
    options.warmup = 0;
    const RunResult whole = run(model, options);
    LineRun line(model, 1, 0, kHorizon);
    uint64_t left = 0;
    for (Time t = 0; t <= kHorizon; t += kDay / 2) left += line.advance(t).size();
    const RunResult stepped = line.finish();
    EXPECT_EQ(stepped.fingerprint, whole.fingerprint);
    EXPECT_EQ(left, whole.shipped + whole.scrapped);
    EXPECT_TRUE(check_identities(stepped).empty());
}

// releases from outside at the instants of a dated list: the same lots leave at the same times
TEST(LineRun, releases_from_outside_are_those_of_a_list) {
    Spec spec = *embedded_model("minifab");
    spec.wip_lots.clear();
    Diagnostics warnings;
    Model fed = *compile(spec, warnings);
    for (LotType& type : fed.lot_types) type.repeats = 0;
    Model own = fed;
    for (size_t i = 0; i < own.lot_types.size(); ++i) {
        LotType& type = own.lot_types[i];
        type.policy = ReleasePolicy::list;
        type.repeats = -1;
        type.first_planned = static_cast<uint32_t>(own.planned_lots.size());
        type.planned_count = 50;
        for (int k = 0; k < 50; ++k) own.planned_lots.push_back({(k + 1) * kDay, (k + 1) * kDay + type.due_offset});
    }
    RunOptions options;
    options.horizon = kHorizon;
    options.warmup = 0;
    const RunResult listed = run(own, options);
    LineRun line(fed, 1, 0, kHorizon);
    Time stay = 0;
    for (int day = 1; day <= 60; ++day) {
        for (const ShippedLot& lot : line.advance(day * kDay)) stay += lot.out - lot.release;
        for (uint32_t type = 0; day <= 50 && type < fed.lot_types.size(); ++type) {
            EXPECT_EQ(line.release(type, fed.lot_types[type].pieces), static_cast<uint32_t>(day - 1));
        }
    }
    const RunResult result = line.finish();
    EXPECT_TRUE(check_identities(result).empty());
    EXPECT_EQ(result.released, listed.released);
    EXPECT_EQ(result.shipped, listed.shipped);
    Time listed_stay = 0;
    for (const LotTypeResult& type : listed.lot_types) listed_stay += type.completed.cycle_time_sum;
    // lots of one instant are released in another order among other events: a little of the trajectory may differ
    EXPECT_NEAR(in_days(stay), in_days(listed_stay), 0.05 * in_days(listed_stay));
    EXPECT_GT(stay, 0);
}

}  // namespace
}  // namespace chipchain
