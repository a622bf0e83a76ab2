// Is the answer to a fleet file what its parts give by hand? (Mistakes: fleet_mistakes.test.cc.)
#include "chipchain/chip/fleet_file.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/chip/bins.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

constexpr const char* kFleet = R"([fleet]
name = "small"
start = 2027-01-01
spares_percent = 5
weekly_sigma_percent = 20
lead_weeks = 9
service_percent = 97.5
correlation = 0.5
[[fleet_unit]]
name = "car"
redundancy = "lock-step"
margin_percent = 20
[[fleet_network]]
unit = "car"
network = "tiny"
rate_per_s = 100
[[fleet_build]]
unit = "car"
programme = "cars"
from = 2027-01-01
until = 2027-07-01
quantity = 1000000
chips_per_piece = 2
[[fleet_version]]
chip = "ai5-t"
share_percent = 60
package_percent = 90
[[fleet_version]]
chip = "ai5-s"
share_percent = 40
package_percent = 95
)";

// are chips of a unit, chips, wafers and stock those of the parts, and dates those of the file?
TEST(FleetFile, answer) {
    const ModelFile file = {"fleet.toml", kFleet};
    const Result<Spec> spec = read_model_text(std::span(&file, 1));
    ASSERT_TRUE(spec);
    EXPECT_TRUE(fleet_faults(*spec).empty());
    const Result<Lowered> tiny = lower(*infer_for_chip(*reference_network("tiny")));
    ASSERT_TRUE(tiny);
    const std::vector<ChipModel> chips = {*load_chip("ai5-t"), *load_chip("ai5-s")};
    const Result<FleetAnswer> answer = answer_fleet(*spec, chips, {{"tiny", tiny->network}}, {3, 300});
    ASSERT_TRUE(answer) << render_all(answer.error(), spec->sources);
    ASSERT_EQ(answer->needs.size(), 2U);
    ASSERT_EQ(answer->report.rows.size(), 1U);
    EXPECT_EQ(answer->report.rows[0].chips_per_unit, 2);
    EXPECT_EQ(answer->report.chips, 2'100'000);
    EXPECT_EQ(iso_date(answer->report.rows[0].build.from).substr(0, 10), "2027-01-01");
    EXPECT_EQ(iso_date(answer->report.rows[0].build.until).substr(0, 10), "2027-07-01");
    const double packages[] = {0.90, 0.95};
    const double shares[] = {0.6, 0.4};
    for (size_t i = 0; i < 2; ++i) {
        const Result<Program> program = compile_network(tiny->network, chips[i].shape);
        ASSERT_TRUE(program);
        const double seconds = time_events(*program, tiny->network).seconds;
        EXPECT_NEAR(answer->needs[i].need.time_chips, 100 * seconds / 0.8, 1e-12);
        BinOptions bins;
        bins.seed = 3;
        bins.dies = 300;
        const double yield = sort_dies(chips[i], peak_power_model(chips[i]), bins).yield_percent;
        EXPECT_EQ(answer->versions[i].yield_percent, yield);
        const double of_wafer = value_of(chips[i], ChipFigure::dies_per_wafer) * yield / 100 * packages[i];
        EXPECT_EQ(answer->report.wafers[i].wafers, std::ceil(2'100'000 * shares[i] / of_wafer));
        EXPECT_NEAR(
            answer->stock.rows[i].saved_wafers,
            answer->stock.rows[i].saved_chips / of_wafer,
            1e-9 * answer->stock.rows[i].saved_wafers);
    }
    const double weekly = 2'100'000 / (181.0 / 7);
    EXPECT_NEAR(answer->stock.weekly_chips, weekly, 1e-6);
    // the keys of [fleet]: 20 % of the mean, root of 9 weeks, normal quantile of 97.5 %, correlation of one half
    const double unit = 1.959963984540054 * 3 * 0.2 * weekly;
    const double pooled = unit * std::sqrt(0.36 + 0.16 + 2 * 0.5 * 0.6 * 0.4);
    EXPECT_NEAR(answer->stock.rows[0].dedicated_chips, unit * 0.6, 1e-6);
    EXPECT_NEAR(answer->stock.rows[0].pooled_chips + answer->stock.rows[1].pooled_chips, pooled, 1e-6);
}

}  // namespace
}  // namespace chipchain
