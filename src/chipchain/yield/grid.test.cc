// Do counts match the published and recomputed ones? Every vector of the backend facts 1.5, 1.6, 2.2 and 4.1 that is
// marked usable; those marked impossible (ASE 6x6 mm, CoPoS 3 to 30, STATS 4.54x) only as impossible.
#include "chipchain/yield/grid.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

uint64_t wafer_count(double w, double h, double street, double edge, double notch, Centring c = Centring::best) {
    return place(usable_region(WaferShape{300, edge, notch, 0}), device_cell(w, h, street), c).devices;
}

uint64_t panel_count(double pw, double ph, double w, double h, double street, double edge) {
    return place(usable_region(PanelShape{pw, ph, edge, {}}), device_cell(w, h, street), Centring::best).devices;
}

// Silicon Edge: benchmarks of that counter; ours is never below, and proven to be the most that fits
TEST(YieldGrid, WaferCountsAreTheBestKnown) {
    struct Row {
        double w, h, street, edge, notch;
        uint64_t silicon_edge, with_notch, without;
    };
    const Row rows[] = {
        {9.2, 9.6, 0.1, 3, 5, 697, 698, 699},
        {10, 10, 0.1, 3, 5, 612, 616, 616},
        {12, 12, 0, 3, 5, 432, 432, 432},
        {8, 16, 0, 3, 5, 481, 482, 482},
        {15, 15, 1, 5, 10, 229, 229, 229},
        {2, 6, 0.08, 3, 5, 5186, 5191, 5196},
        {67.7, 60.5, 0.08, 5, 10, 10, 10, 10},
    };
    for (const Row& r : rows) {
        const Placement with =
            place(usable_region(WaferShape{300, r.edge, r.notch, 0}), device_cell(r.w, r.h, r.street), Centring::best);
        EXPECT_EQ(with.devices, r.with_notch) << r.w << "x" << r.h;
        EXPECT_TRUE(with.proven) << r.w << "x" << r.h;
        EXPECT_GE(with.devices, r.silicon_edge);
        EXPECT_EQ(wafer_count(r.w, r.h, r.street, r.edge, 0), r.without) << r.w << "x" << r.h;
    }
}

// The most devices on a lattice of n x n offsets, which begins with a device on the centre.
uint64_t lattice_count(const Region& region, const GridCell& cell, int n) {
    const Rect& d = cell.devices.front();
    uint64_t most = 0;
    for (int j = 0; j < n; ++j) {
        for (int i = 0; i < n; ++i) {
            const double x = -d.width / 2 + cell.pitch_x * i / n;
            const double y = -d.height / 2 + cell.pitch_y * j / n;
            most = std::max(most, count_at(region, cell, x, y).devices);
        }
    }
    return most;
}

// By which rule do the lower counts come out? Six of the seven by a lattice of 17 x 17 offsets; 5186 by the better of
// device or corner on each axis, the die turned and its street inside the circle as well.
TEST(YieldGrid, RulesBehindTheLowerCounts) {
    struct Row {
        double w, h, street, edge, notch;
        uint64_t silicon_edge;
    };
    const Row rows[] = {
        {9.2, 9.6, 0.1, 3, 5, 697},
        {10, 10, 0.1, 3, 5, 612},
        {12, 12, 0, 3, 5, 432},
        {8, 16, 0, 3, 5, 481},
        {15, 15, 1, 5, 10, 229},
        {67.7, 60.5, 0.08, 5, 10, 10},
    };
    for (const Row& r : rows) {
        const Region wafer = usable_region(WaferShape{300, r.edge, r.notch, 0});
        EXPECT_EQ(lattice_count(wafer, device_cell(r.w, r.h, r.street), 17), r.silicon_edge) << r.w << "x" << r.h;
    }
    const Region wafer = usable_region(WaferShape{300, 3, 5, 0});
    const GridCell with_street{6.08, 2.08, {{0, 0, 6.08, 2.08}}, {0}, false};
    EXPECT_EQ(lattice_count(wafer, with_street, 2), 5186U);
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 5, Centring::y_shifted), 612U);
}

TEST(YieldGrid, CentringRules) {
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::device_centre), 597U);
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::x_shifted), 612U);
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::y_shifted), 612U);
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::corner), 616U);
    // 628 of one tool's example is above any grid
    EXPECT_LT(wafer_count(10, 10, 0.1, 3, 0), 628U);
}

// the unit squares in a circle of 16: textbook 165.5 (die_estimates.test.cc), a drawing 172, best 177
TEST(YieldGrid, UnitSquaresInACircleOf16) {
    const Placement best = place(usable_region(WaferShape{16, 0, 0, 0}), device_cell(1, 1, 0), Centring::best);
    EXPECT_EQ(best.devices, 177U);
    EXPECT_TRUE(best.proven);
}

uint64_t most_of_random_offsets(const Region& region, const GridCell& cell, int trials, uint64_t seed) {
    TestRandom random{seed};
    uint64_t most = 0;
    for (int i = 0; i < trials; ++i) {
        const double x = random.uniform() * cell.pitch_x;
        const double y = random.uniform() * cell.pitch_y;
        most = std::max(most, count_at(region, cell, x, y).devices);
    }
    return most;
}

// does no offset of many beat the proven best, for dies of any shape and with flats and notches?
TEST(YieldGrid, NoRandomOffsetIsBetter) {
    TestRandom random{11};
    for (int i = 0; i < 40; ++i) {
        const double w = 5 + 40 * random.uniform();
        const double h = 5 + 40 * random.uniform();
        const bool flat = i % 2 == 0;
        const Region wafer = usable_region(flat ? WaferShape{150, 2, 0, 57.5} : WaferShape{300, 3, 6, 0});
        const GridCell cell = device_cell(w, h, 0.2 * random.uniform());
        const Placement best = place(wafer, cell, Centring::best);
        EXPECT_TRUE(best.proven);
        // the proof finds what a poor start misses
        EXPECT_EQ(place(wafer, cell, Centring::best, 1).devices, best.devices) << w << "x" << h;
        EXPECT_GE(best.devices, most_of_random_offsets(wafer, cell, 400, static_cast<uint64_t>(i) + 1))
            << w << "x" << h;
        // fields of 2 x 3 devices with partial shots are the same grid
        const GridCell field = exposure_field(w, h, 0, 2 * w, 3 * h).cell;
        EXPECT_EQ(
            place(wafer, field, Centring::best).devices,
            place(wafer, device_cell(w, h, 0), Centring::best).devices);
    }
}

// Best offsets stand with corners on the circle; does the search still find them when rounding makes the circle
// smaller?
TEST(YieldGrid, KnifeEdgesAreFound) {
    const GridCell cell = device_cell(60, 70, 0);
    const Region wafer = usable_region(WaferShape{300, 0, 0, 0});
    const Placement best = place(wafer, cell, Centring::best);
    EXPECT_EQ(best.devices, 10U);
    Region less = wafer;
    for (const double epsilon : {0.0, 1e-12, 1e-10, 1e-9, 1e-8}) {
        less.radius = wafer.radius - epsilon;
        EXPECT_EQ(place(less, cell, Centring::best).devices, 10U) << epsilon;
    }
    // three by three need a radius of hypot(90, 105) = 138.29
    less.radius = 138.3;
    EXPECT_EQ(place(less, cell, Centring::best).devices, 9U);
    less.radius = 138.2;
    EXPECT_EQ(place(less, cell, Centring::best).devices, 8U);
}

TEST(YieldGrid, HalfReticleDies) {
    EXPECT_EQ(wafer_count(26, 16.5, 0.1, 3, 5), 132U);
    EXPECT_EQ(wafer_count(20.74, 20.74, 0.1, 3, 5), 133U);
    EXPECT_EQ(wafer_count(33, 13, 0.1, 3, 5), 131U);
    EXPECT_EQ(wafer_count(kField_x_mm, kField_y_mm, 0.1, 3, 5), 64U);
    EXPECT_DOUBLE_EQ(kField_x_mm * kHalfField_y_mm, 429);
    // one device fills the half field; the full field takes two only without a street
    EXPECT_EQ(exposure_field(26, 16.5, 0.1, kField_x_mm, kHalfField_y_mm).ny, 1U);
    EXPECT_EQ(exposure_field(26, 16.5, 0.1, kField_x_mm, kField_y_mm).ny, 1U);
    EXPECT_EQ(exposure_field(26, 16.5, 0, kField_x_mm, kField_y_mm).ny, 2U);
}

// claims that no geometry allows: the counts stay below them
TEST(YieldGrid, ImpossibleClaims) {
    // 2,500 of 6 x 6 mm on a 300 mm wafer and 12,000 on 600 x 600
    EXPECT_LT(wafer_count(6, 6, 0, 0, 0), 2500U);
    EXPECT_EQ(wafer_count(6, 6, 0, 0, 0), 1877U);
    EXPECT_EQ(panel_count(600, 600, 6, 6, 0, 0), 10000U);
    // 3 on a wafer against 30 on 510 x 515: what fits 30 times there fits at least 4 times on a wafer
    EXPECT_EQ(panel_count(510, 515, 102, 85, 0, 0), 30U);
    EXPECT_GE(wafer_count(102, 85, 0, 0, 0), 4U);
    // 4.54 times a 300 mm wafer on 500 x 500: the areas allow 3.54
    EXPECT_NEAR(500.0 * 500 / (3.14159265358979 * 150 * 150), 3.537, 0.001);
}

TEST(YieldGrid, PublishedPanelAndWaferPairs) {
    EXPECT_EQ(wafer_count(100, 100, 0, 0, 0), 4U);
    EXPECT_EQ(panel_count(600, 600, 100, 100, 0, 0), 36U);
    EXPECT_EQ(panel_count(600, 600, 100, 100, 0, 10), 25U);
    EXPECT_EQ(panel_count(310, 310, 100, 100, 0, 5), 9U);
    EXPECT_EQ(panel_count(310, 310, 100, 100, 0.1, 5), 4U);
    EXPECT_EQ(wafer_count(60, 70, 0, 0, 0), 10U);
    EXPECT_EQ(panel_count(310, 310, 60, 70, 0, 5), 20U);
    EXPECT_EQ(panel_count(310, 310, 60, 70, 0.1, 5), 16U);
    // 325 packages of a 10 mm die and area ratio 1.8: the facts count 337 and 326
    EXPECT_EQ(wafer_count(13.42, 13.42, 0.1, 3, 0), 337U);
    EXPECT_EQ(wafer_count(13.42, 13.42, 0.1, 5, 0), 327U);
    EXPECT_EQ(panel_count(300, 300, 5, 5, 0, 0), 3600U);
}

TEST(YieldGrid, PackagesOfSixFormats) {
    struct Row {
        double size;
        uint64_t wafer, panel[5];
        double utilisation[6];  // of the whole substrate
    };
    const double formats[5][2] = {{310, 310}, {510, 515}, {600, 600}, {620, 750}, {700, 700}};
    const Row rows[] = {
        {3, 6900, {8649, 25122, 34969, 45355, 47961}, {0.879, 0.810, 0.861, 0.874, 0.878, 0.881}},
        {5, 2507, {3136, 9312, 12769, 16731, 17689}, {0.887, 0.816, 0.886, 0.887, 0.900, 0.902}},
        {10, 616, {784, 2352, 3249, 4248, 4489}, {0.871, 0.816, 0.895, 0.902, 0.914, 0.916}},
        {20, 148, {196, 576, 784, 1044, 1089}, {0.838, 0.816, 0.877, 0.871, 0.898, 0.889}},
        {30, 59, {81, 256, 361, 456, 484}, {0.751, 0.759, 0.877, 0.902, 0.883, 0.889}},
        {40, 32, {49, 144, 196, 252, 256}, {0.724, 0.816, 0.877, 0.871, 0.867, 0.836}},
        {45, 24, {36, 100, 144, 208, 225}, {0.688, 0.759, 0.771, 0.810, 0.906, 0.930}},
        {50, 21, {25, 81, 121, 154, 169}, {0.743, 0.650, 0.771, 0.840, 0.828, 0.862}},
        {60, 12, {16, 64, 81, 108, 121}, {0.611, 0.599, 0.877, 0.810, 0.836, 0.889}},
        {80, 6, {9, 36, 49, 63, 64}, {0.543, 0.599, 0.877, 0.871, 0.867, 0.836}},
        {100, 4, {4, 16, 25, 35, 36}, {0.566, 0.416, 0.609, 0.694, 0.753, 0.735}},
    };
    for (const Row& r : rows) {
        const double street = r.size <= 10 ? 0.1 : 0.2;
        const uint64_t on_wafer = wafer_count(r.size, r.size, street, 3, 0);
        EXPECT_EQ(on_wafer, r.wafer) << r.size;
        const double wafer_area = 3.14159265358979 * 150 * 150;
        EXPECT_NEAR(static_cast<double>(on_wafer) * r.size * r.size / wafer_area, r.utilisation[0], 0.0005001);
        for (size_t k = 0; k < 5; ++k) {
            const auto [width, height] = std::pair(formats[k][0], formats[k][1]);
            const uint64_t count = panel_count(width, height, r.size, r.size, street, 10);
            EXPECT_EQ(count, r.panel[k]) << r.size;
            const double share = static_cast<double>(count) * r.size * r.size / (width * height);
            EXPECT_NEAR(share, r.utilisation[k + 1], 0.0005001) << r.size << " on " << width;
        }
    }
}

TEST(YieldGrid, BoardPanelOf18By24Inches) {
    // 0.75 inch border of a multilayer panel: 16.5 x 22.5 in are left; 5 x 7 in boards with 0.1 in between
    const double in = 25.4;
    const Region usable = usable_region(PanelShape{18 * in, 24 * in, 0.75 * in, {}});
    EXPECT_NEAR(4 * usable.half_width * usable.half_height / (in * in), 371.25, 1e-9);
    EXPECT_EQ(place(usable, device_cell(5 * in, 7 * in, 0.1 * in), Centring::best).devices, 9U);
}

TEST(YieldGrid, FieldsAndShots) {
    const Field half = exposure_field(26, 16.45, 0.1, 26, 33);
    EXPECT_EQ(half.nx, 1U);
    EXPECT_EQ(half.ny, 2U);
    EXPECT_EQ(exposure_field(27, 10, 0, 26, 33).nx, 0U);
    const Region wafer = usable_region(WaferShape{300, 3, 5, 0});
    const Placement partial = place(wafer, half.cell, Centring::best);
    EXPECT_GE(partial.devices, 132U);
    EXPECT_GT(partial.shots, partial.full_shots);
    GridCell whole = half.cell;
    whole.whole = true;
    const Placement full = place(wafer, whole, Centring::best);
    EXPECT_EQ(full.shots, full.full_shots);
    EXPECT_EQ(full.devices, 2 * full.shots);
    EXPECT_LT(full.devices, partial.devices);
}

TEST(YieldGrid, SeveralProductsOfAReticle) {
    GridCell cell{20.2, 10.1, {{0, 0, 10, 10}, {10.1, 0, 10, 10}}, {0, 1}, false};
    const Placement p = place(usable_region(WaferShape{300, 3, 0, 0}), cell, Centring::best);
    EXPECT_GE(p.devices, 616U);
    EXPECT_EQ(p.by_kind[0] + p.by_kind[1], p.devices);
    EXPECT_NEAR(static_cast<double>(p.by_kind[0]), static_cast<double>(p.by_kind[1]), 12);
}

TEST(YieldGrid, ZonesTakePackagesAway) {
    PanelShape panel{700, 700, 10, {{0, 0, 60, 60}}};  // higher than the free 27.6 mm
    const Placement p = place(usable_region(panel), device_cell(50, 50, 0.2), Centring::best);
    EXPECT_EQ(p.devices, 168U);
    EXPECT_TRUE(p.proven);
    // a bar across the middle: the halves of 330 and 320 mm take 6 rows of 13 each
    panel.zones = {{0, 340, 700, 30}};
    EXPECT_EQ(place(usable_region(panel), device_cell(50, 50, 0.2), Centring::best).devices, 12U * 13);
}

TEST(YieldGrid, FlatsAndNotchesCutTheBottom) {
    const Region flat = usable_region(WaferShape{150, 3, 0, 57.5});
    EXPECT_NEAR(flat.bottom, -66.27, 0.01);
    EXPECT_NEAR(usable_region(WaferShape{300, 3, 5, 0}).bottom, -145, 1e-12);
}

TEST(YieldGrid, TheMapHoldsEveryDevice) {
    const Region wafer = usable_region(WaferShape{300, 3, 5, 0});
    for (const GridCell& cell : {device_cell(26, 16.5, 0.1), exposure_field(10, 12, 0.1, 26, 33).cell}) {
        const Placement p = place(wafer, cell, Centring::best);
        const SubstrateMap map = map_of(wafer, cell, p);
        EXPECT_EQ(map.devices(), p.devices);
        EXPECT_EQ(map.good(), p.devices);
        EXPECT_EQ(placed_devices(wafer, cell, p).size(), p.devices);
    }
}

}  // namespace
}  // namespace chipchain
