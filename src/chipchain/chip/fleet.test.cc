#include "chipchain/chip/fleet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/spec/embedded_scenarios.h"
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

// are mistakes told with their places, all at once? (texts: testdata/fleet_mistakes.md)
TEST(Fleet, mistakes) {
    const std::vector<FleetUnit> units = {car()};
    const std::vector<UnitNeed> needs(1);
    const Result<FleetReport> r = size_fleet(
        units,
        needs,
        {{"car", "cars", 0, 0, 1}},
        {{"t", 50, 0, 58.5, 98, {0, 7, 1, 4}}, {"s", 50, 132, 0, 98, {0, 9, 1, 4}}},
        0);
    ASSERT_FALSE(r);
    ASSERT_EQ(r.error().size(), 2U);
    EXPECT_EQ(r.error()[0].id, "fleet-version");
    EXPECT_EQ(r.error()[0].span.line, 7U);
    EXPECT_EQ(r.error()[1].id, "fleet-version");
    EXPECT_EQ(r.error()[1].span.line, 9U);
    EXPECT_NE(r.error()[0].help, r.error()[1].help);
    EXPECT_EQ(need_of(units[0], chip_with(0, 100), 10).error()[0].id, "fleet-memory-unknown");
    FleetUnit heavy = car();
    heavy.power_limit_w = 5;
    EXPECT_EQ(need_of(heavy, chip_with(8, 100), 10).error()[0].id, "fleet-power");
    heavy = car();
    heavy.networks[8].seconds = 0.2;
    EXPECT_EQ(need_of(heavy, chip_with(8, 100), 10).error()[0].id, "fleet-slow");
}

Time day(const char* date) {
    Time time = 0;
    EXPECT_TRUE(parse_iso_date(date, time)) << date;
    return time;
}

// is the stock that of the busiest 365 days, by hand, and what is saved the difference?
TEST(Fleet, safety_stock) {
    FleetReport report;
    // 100 chips a day over two years, and 100 more a day in half a year that lies in both
    const Time begin = day("2027-01-01");
    report.rows.push_back({{"car", "cars", begin, begin + 730 * kDay, 1}, 1, 73'000, 0});
    report.rows.push_back({{"robot", "robots", begin + 300 * kDay, begin + 480 * kDay, 1}, 1, 18'000, 0});
    const std::vector<FleetVersion> versions = {{"t", 75, 100, 50, 80}, {"s", 25, 100, 25, 80}};
    const FleetStock stock = fleet_stock(report, versions, {30, 16, 95, 0});
    EXPECT_EQ(stock.until - stock.from, 365 * kDay);
    EXPECT_GE(begin + 300 * kDay, stock.from);
    EXPECT_LE(begin + 480 * kDay, stock.until);
    const double weekly = (36'500 + 18'000) / (365.0 / 7);
    EXPECT_NEAR(stock.weekly_chips, weekly, 1e-9);
    ASSERT_EQ(stock.rows.size(), 2U);
    const double z = 1.6448536269514722 * 4;
    EXPECT_NEAR(stock.rows[0].sigma_chips, 0.3 * 0.75 * weekly, 1e-9);
    EXPECT_NEAR(stock.rows[0].dedicated_chips, z * 0.3 * 0.75 * weekly, 1e-6);
    EXPECT_NEAR(stock.rows[1].dedicated_chips, z * 0.3 * 0.25 * weekly, 1e-6);
    const double pooled = z * 0.3 * weekly * std::sqrt(0.75 * 0.75 + 0.25 * 0.25);
    EXPECT_NEAR(stock.rows[0].pooled_chips + stock.rows[1].pooled_chips, pooled, 1e-6);
    for (const FleetStockRow& row : stock.rows) {
        EXPECT_NEAR(row.saved_chips, row.dedicated_chips - row.pooled_chips, 1e-9);
        EXPECT_GT(row.saved_chips, 0);
    }
    EXPECT_NEAR(stock.rows[0].saved_wafers, stock.rows[0].saved_chips / (100 * 0.5 * 0.8), 1e-9);
    EXPECT_NEAR(stock.rows[1].saved_wafers, stock.rows[1].saved_chips / (100 * 0.25 * 0.8), 1e-9);
    // demands that move together save nothing; those that move against each other most
    EXPECT_NEAR(fleet_stock(report, versions, {30, 16, 95, 1}).rows[0].saved_chips, 0, 1e-9);
    EXPECT_GT(fleet_stock(report, versions, {30, 16, 95, -1}).rows[0].saved_chips, stock.rows[0].saved_chips);
}

// is a fleet that is built in less than a year taken whole, and one that is built in a day within a week?
TEST(Fleet, safety_stock_of_short_fleets) {
    const Time begin = day("2027-01-01");
    FleetReport report;
    report.rows.push_back({{"car", "cars", begin, begin + 70 * kDay, 1}, 1, 1'000, 0});
    EXPECT_NEAR(fleet_stock(report, {{"t", 100, 100, 50}}, {}).weekly_chips, 100, 1e-9);
    report.rows[0].build.until = 0;
    EXPECT_NEAR(fleet_stock(report, {{"t", 100, 100, 50}}, {}).weekly_chips, 1'000, 1e-9);
}

// the busiest year is never missed: is no window that begins on any day busier than the one that is found?
TEST(Fleet, busiest_year_by_all_days) {
    const Time begin = day("2027-01-01");
    FleetReport report;
    const int spans[][3] =
        {{0, 90, 400}, {90, 400, 900}, {200, 260, 800}, {380, 800, 2100}, {640, 660, 500}, {900, 990, 5}};
    for (const auto& s : spans)
        report.rows.push_back({{"car", "cars", begin + s[0] * kDay, begin + s[1] * kDay, 1}, 1, double(s[2]), 0});
    double most = 0;
    for (int first = 0; first + 365 <= 990; ++first) {
        double chips = 0;
        for (const auto& s : spans) {
            const int inside = std::min(s[1], first + 365) - std::max(s[0], first);
            if (inside > 0) chips += double(s[2]) * inside / (s[1] - s[0]);
        }
        most = std::max(most, chips);
    }
    EXPECT_NEAR(fleet_stock(report, {{"t", 100, 100, 50}}, {}).weekly_chips, most / (365.0 / 7), 1e-9);
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

// are networks spread whole over chips, and do units take whole pieces?
TEST(Fleet, networks_and_pieces_are_whole) {
    FleetUnit unit;
    unit.name = "u";
    unit.margin_percent = 30;
    for (int i = 0; i < 3; ++i) unit.networks.push_back({"n", 100, 0.004, 0, 0, 0});  // 0.4 of a chip each
    const UnitNeed need = *need_of(unit, chip_with(8, 100), 0);
    EXPECT_NEAR(need.time_chips, 1.2 / 0.7, 1e-12);
    EXPECT_EQ(need.chips, 3);  // 0.7 are free: two do not fit
    unit.margin_percent = 20;
    EXPECT_EQ(need_of(unit, chip_with(8, 100), 0)->chips, 2);
    UnitNeed one;
    one.chips = 1;
    const std::vector<FleetVersion> versions = {{"t", 100, 100, 100, 100}};
    const FleetReport r = *size_fleet({unit}, {one}, {{"u", "p", 0, kDay, 1000, 2}}, versions, 2);
    EXPECT_EQ(r.rows[0].pieces_per_unit, 1);
    EXPECT_EQ(r.chips, 2040);  // boards of two
    one.chips = 3;
    const FleetReport three = *size_fleet({unit}, {one}, {{"u", "p", 0, kDay, 1000, 2}}, versions, 0);
    EXPECT_EQ(three.rows[0].pieces_per_unit, 2);
    EXPECT_EQ(three.chips, 4000);
    EXPECT_NE(demand_csv(three).find("p,1970-01-01,1970-01-02,2000,computed,"), std::string::npos);
}

// does the overlay set the demand of the reference scenario?
TEST(Fleet, demand_overlay_is_read) {
    FleetReport report;
    report.rows.push_back({{"robot", "robots", day("2027-07-01"), day("2027-10-01"), 1000}, 1, 1234, 0});
    const auto path = std::filesystem::temp_directory_path() / "chipchain_fleet_overlay.toml";
    std::ofstream(path) << demand_overlay(report, "fleet", "ai5-chain");
    const Result<Spec> spec = read_scenario("ai5-chain", {path.string()});
    std::filesystem::remove(path);
    ASSERT_TRUE(spec) << spec.error()[0].message;
    size_t found = 0;
    for (const DemandSpec& row : spec->demands) {
        if (row.programme == "robots" && row.quantity == 1234) ++found;
    }
    EXPECT_EQ(found, 1U);
}

}  // namespace
}  // namespace chipchain
