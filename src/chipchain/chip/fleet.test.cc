#include "chipchain/chip/fleet.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

ChipModel chip_with(double dram_gb, double gb_per_s) {
    ChipModel chip;
    chip.name = "test";
    chip.figures.resize(kChipFigures);
    if (dram_gb > 0)
        chip.figures[static_cast<size_t>(ChipFigure::dram_capacity_gb)] =
            {true, dram_gb, dram_gb, dram_gb, Mark::assumption, "", "test"};
    chip.shape.dram_bytes_per_second = gb_per_s * 1e9;
    return chip;
}

FleetUnit car() {
    FleetUnit unit;
    unit.name = "car";
    // 8 cameras at 36 Hz of 2 ms, a planner at 10 Hz of 20 ms
    for (int i = 0; i < 8; ++i) unit.networks.push_back({"camera", 36, 0.002, 0.02, 20e6, 100e6});
    unit.networks.push_back({"planner", 10, 0.020, 0.5, 400e6, 2e9});
    unit.margin_percent = 20;
    return unit;
}

// is the need the largest of time, memory and bandwidth, each by hand?
TEST(Fleet, limits) {
    const FleetUnit unit = car();
    const double time = (8 * 36 * 0.002 + 10 * 0.020) / 0.8;
    Result<UnitNeed> need = need_of(unit, chip_with(8, 100), 10);
    ASSERT_TRUE(need);
    EXPECT_NEAR(need->time_chips, time, 1e-12);
    EXPECT_NEAR(need->memory_chips, 2.8 / 8, 1e-12);
    EXPECT_NEAR(need->bandwidth_chips, (8 * 36 * 20e6 + 10 * 400e6) / (100e9 * 0.8), 1e-12);
    EXPECT_EQ(need->limit, FleetLimit::time);
    EXPECT_EQ(need->chips, 1);
    EXPECT_NEAR(need->dynamic_w, 8 * 36 * 0.02 + 10 * 0.5, 1e-12);
    EXPECT_NEAR(need->power_w, need->dynamic_w + 10, 1e-12);
    need = need_of(unit, chip_with(1, 100), 10);
    EXPECT_EQ(need->limit, FleetLimit::memory);
    EXPECT_EQ(need->chips, 3);
    need = need_of(unit, chip_with(8, 5), 10);
    EXPECT_EQ(need->limit, FleetLimit::bandwidth);
    EXPECT_EQ(need->chips, 3);
}

// does redundancy double chips, and lock-step their work?
TEST(Fleet, redundancy) {
    FleetUnit unit = car();
    const UnitNeed one = *need_of(unit, chip_with(8, 100), 10);
    unit.redundancy = Redundancy::lock_step;
    const UnitNeed two = *need_of(unit, chip_with(8, 100), 10);
    EXPECT_EQ(two.chips, 2 * one.chips);
    EXPECT_NEAR(two.power_w, 2 * one.power_w, 1e-12);
    unit.redundancy = Redundancy::standby;
    const UnitNeed spare = *need_of(unit, chip_with(8, 100), 10);
    EXPECT_EQ(spare.chips, 2 * one.chips);
    EXPECT_NEAR(spare.power_w, one.power_w + 10, 1e-12);
}

// are chips, power and wafers of a fleet the sums by hand?
TEST(Fleet, wafers) {
    const std::vector<FleetUnit> units = {car()};
    const std::vector<UnitNeed> needs = {*need_of(units[0], chip_with(8, 100), 10)};
    const std::vector<FleetBuild> builds = {{"car", "cars", 0, 0, 1000}, {"car", "cars", 0, 0, 500.5}};
    const std::vector<FleetVersion> versions = {{"t", 60, 132, 58.5, 98}, {"s", 40, 132, 40.5, 98}};
    const Result<FleetReport> r = size_fleet(units, needs, builds, versions, 2);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->rows[0].chips, 1020);
    EXPECT_EQ(r->rows[1].chips, 511);  // 510.51 rounded up
    EXPECT_EQ(r->chips, 1531);
    EXPECT_NEAR(r->wafers[0].chips, 0.6 * 1531, 1e-9);
    EXPECT_EQ(r->wafers[0].wafers, std::ceil(0.6 * 1531 / (132 * 0.585 * 0.98)));
    EXPECT_EQ(r->wafers[1].wafers, std::ceil(0.4 * 1531 / (132 * 0.405 * 0.98)));
}

// are mistakes told, all at once?
TEST(Fleet, mistakes) {
    const std::vector<FleetUnit> units = {car()};
    const std::vector<UnitNeed> needs(1);
    const Result<FleetReport> r =
        size_fleet(units, needs, {{"cat", "cars", 0, 0, 1}}, {{"t", 50, 0, 58.5, 98}, {"s", 40, 132, 40.5, 98}}, 0);
    ASSERT_FALSE(r);
    ASSERT_EQ(r.error().size(), 3U);
    EXPECT_EQ(r.error()[0].id, "fleet-unit");
    EXPECT_EQ(r.error()[0].help, "did you mean 'car'?");
    EXPECT_EQ(r.error()[1].id, "fleet-version");
    EXPECT_EQ(r.error()[2].id, "fleet-share");
    EXPECT_EQ(need_of(units[0], chip_with(0, 100), 10).error()[0].id, "fleet-memory-unknown");
    FleetUnit heavy = car();
    heavy.power_limit_w = 5;
    EXPECT_EQ(need_of(heavy, chip_with(8, 100), 10).error()[0].id, "fleet-power");
    heavy = car();
    heavy.networks[8].seconds = 0.2;
    EXPECT_EQ(need_of(heavy, chip_with(8, 100), 10).error()[0].id, "fleet-slow");
}

// is pooled stock the root of the sum of squares, and no gain where demands move together?
TEST(Fleet, pooling) {
    const PoolingValue free = pooling_value({300, 400}, 0, 16, 95);
    EXPECT_NEAR(free.pooled_chips / free.dedicated_chips, 500.0 / 700, 1e-12);
    EXPECT_NEAR(free.pooled_chips, 1.6448536269514722 * 4 * 500, 1e-6);
    const PoolingValue tied = pooling_value({300, 400}, 1, 16, 95);
    EXPECT_NEAR(tied.pooled_chips, tied.dedicated_chips, 1e-9);
}

// does a scenario read the demand rows as they are written?
TEST(Fleet, demand_rows_are_read) {
    Time from = 0;
    Time until = 0;
    ASSERT_TRUE(parse_iso_date("2027-01-01T00:00:00", from) && parse_iso_date("2027-07-01T00:00:00", until));
    FleetReport report;
    report.rows.push_back({{"car", "cars, north", from, until, 1000}, 2, 2040, 0});
    report.rows.push_back({{"car", "robots", until, 0, 10}, 1, 11, 0});
    const std::string csv = demand_csv(report);
    const ModelFile files[] = {
        {"scenario.toml",
         "[scenario]\nname = \"x\"\nstart = 2026-01-01\nend = 2029-01-01\n[files]\ndemand = \"demands.csv\"\n"},
        {"demands.csv", csv}};
    SourceMap sources;
    const Result<Spec> spec = read_model_text(files, &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources) << csv;
    ASSERT_EQ(spec->demands.size(), 2U);
    EXPECT_EQ(spec->demands[0].programme, "cars, north");
    EXPECT_EQ(spec->demands[0].quantity, 2040);
    EXPECT_EQ(spec->demands[0].mark, Mark::computed);
    EXPECT_EQ(spec->demands[1].quantity, 11);
}

}  // namespace
}  // namespace chipchain
