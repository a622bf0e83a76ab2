// Do counts match the published and recomputed ones? Every vector of the backend facts 1.5, 1.6, 2.2 and 4.1 that is
// marked usable; those marked impossible (ASE 6x6 mm, CoPoS 3 to 30, STATS 4.54x) are left out.
#include "chipchain/yield/grid.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

uint64_t wafer_count(double w, double h, double street, double edge, double notch, Centring c = Centring::best) {
    return place(usable_region(WaferShape{300, edge, notch, 0}), device_cell(w, h, street), c).devices;
}

uint64_t panel_count(double pw, double ph, double w, double h, double street, double edge) {
    return place(usable_region(PanelShape{pw, ph, edge, {}}), device_cell(w, h, street), Centring::best).devices;
}

TEST(YieldGrid, WaferCountsAreAtLeastTheBestKnown) {
    struct Row {
        double w, h, street, edge, notch;
        uint64_t with_notch, without;
    };
    const Row rows[] = {
        {9.2, 9.6, 0.1, 3, 5, 698, 699},
        {10, 10, 0.1, 3, 5, 616, 616},
        {12, 12, 0, 3, 5, 432, 432},
        {8, 16, 0, 3, 5, 482, 482},
        {15, 15, 1, 5, 10, 229, 229},
        {2, 6, 0.08, 3, 5, 5191, 5196},
        {67.7, 60.5, 0.08, 5, 10, 10, 10},
    };
    for (const Row& r : rows) {
        EXPECT_GE(wafer_count(r.w, r.h, r.street, r.edge, r.notch), r.with_notch) << r.w << "x" << r.h;
        EXPECT_GE(wafer_count(r.w, r.h, r.street, r.edge, 0), r.without) << r.w << "x" << r.h;
    }
}

TEST(YieldGrid, CentringRules) {
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::device_centre), 597U);
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::x_shifted), 612U);
    EXPECT_EQ(wafer_count(10, 10, 0.1, 3, 0, Centring::corner), 616U);
    const Region unit = usable_region(WaferShape{16, 0, 0, 0});
    EXPECT_GE(place(unit, device_cell(1, 1, 0), Centring::best).devices, 177U);
}

TEST(YieldGrid, HalfReticleDies) {
    EXPECT_GE(wafer_count(26, 16.5, 0.1, 3, 5), 132U);
    EXPECT_GE(wafer_count(20.74, 20.74, 0.1, 3, 5), 133U);
    EXPECT_GE(wafer_count(33, 13, 0.1, 3, 5), 131U);
    EXPECT_GE(wafer_count(26, 33, 0.1, 3, 5), 64U);
}

TEST(YieldGrid, PublishedPanelAndWaferPairs) {
    EXPECT_EQ(wafer_count(100, 100, 0, 0, 0), 4U);
    EXPECT_EQ(panel_count(600, 600, 100, 100, 0, 0), 36U);
    EXPECT_EQ(panel_count(600, 600, 100, 100, 0, 10), 25U);
    EXPECT_EQ(panel_count(310, 310, 100, 100, 0, 5), 9U);
    EXPECT_EQ(panel_count(310, 310, 100, 100, 0.1, 5), 4U);
    EXPECT_GE(wafer_count(60, 70, 0, 0, 0), 10U);
    EXPECT_EQ(panel_count(310, 310, 60, 70, 0, 5), 20U);
    EXPECT_EQ(panel_count(310, 310, 60, 70, 0.1, 5), 16U);
    EXPECT_GE(wafer_count(13.42, 13.42, 0.1, 3, 0), 337U);
    EXPECT_GE(wafer_count(13.42, 13.42, 0.1, 5, 0), 326U);
    EXPECT_EQ(panel_count(300, 300, 5, 5, 0, 0), 3600U);
}

TEST(YieldGrid, PackagesOfSixFormats) {
    struct Row {
        double size;
        uint64_t wafer, panel[5];
    };
    const double formats[5][2] = {{310, 310}, {510, 515}, {600, 600}, {620, 750}, {700, 700}};
    const Row rows[] = {
        {3, 6900, {8649, 25122, 34969, 45355, 47961}},
        {5, 2507, {3136, 9312, 12769, 16731, 17689}},
        {10, 616, {784, 2352, 3249, 4248, 4489}},
        {20, 148, {196, 576, 784, 1044, 1089}},
        {30, 59, {81, 256, 361, 456, 484}},
        {40, 32, {49, 144, 196, 252, 256}},
        {45, 24, {36, 100, 144, 208, 225}},
        {50, 21, {25, 81, 121, 154, 169}},
        {60, 12, {16, 64, 81, 108, 121}},
        {80, 6, {9, 36, 49, 63, 64}},
        {100, 4, {4, 16, 25, 35, 36}},
    };
    for (const Row& r : rows) {
        const double street = r.size <= 10 ? 0.1 : 0.2;
        EXPECT_GE(wafer_count(r.size, r.size, street, 3, 0), r.wafer) << r.size;
        for (size_t k = 0; k < 5; ++k)
            EXPECT_EQ(panel_count(formats[k][0], formats[k][1], r.size, r.size, street, 10), r.panel[k]) << r.size;
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
    EXPECT_LT(p.devices, 169U);
    EXPECT_GE(p.devices, 168U);
}

TEST(YieldGrid, FlatsAndNotchesCutTheBottom) {
    const Region flat = usable_region(WaferShape{150, 3, 0, 57.5});
    EXPECT_NEAR(flat.bottom, -66.27, 0.01);
    EXPECT_NEAR(usable_region(WaferShape{300, 3, 5, 0}).bottom, -145, 1e-12);
}

TEST(YieldGrid, EstimateIsWithinItsStatedError) {
    for (const double size : {5.0, 10.0, 20.0, 25.0}) {
        const auto exact = static_cast<double>(wafer_count(size, size, 0, 0, 0));
        EXPECT_NEAR(estimated_devices(300, size, size) / exact, 1, 0.03) << size;
    }
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
