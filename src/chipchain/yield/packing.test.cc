// Do packings obey streets, edges, zones and field borders, and do turning and mixing gain what they should?
#include "chipchain/yield/packing.h"

#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

// Counts every pair closer than the street and everything outside; 0 is right.
int faults(const PanelShape& panel, const PackageShape& package, const Packing& p) {
    int out = 0;
    const double eps = 1e-6;
    const Region usable = usable_region(panel);
    for (size_t i = 0; i < p.placed.size(); ++i) {
        const Rect& a = p.placed[i].rect;
        out += std::fabs(a.x + a.width / 2) + a.width / 2 > usable.half_width + eps;
        out += std::fabs(a.y + a.height / 2) + a.height / 2 > usable.half_height + eps;
        out += std::fabs(a.width - (p.placed[i].turned ? package.height_mm : package.width_mm)) > eps;
        for (const Rect& z : usable.zones) {
            out += a.x < z.x + z.width - eps && z.x < a.x + a.width - eps && a.y < z.y + z.height - eps &&
                   z.y < a.y + a.height - eps;
        }
        for (size_t k = i + 1; k < p.placed.size(); ++k) {
            const Rect& b = p.placed[k].rect;
            const double gap_x = std::max(b.x - a.x - a.width, a.x - b.x - b.width);
            const double gap_y = std::max(b.y - a.y - a.height, a.y - b.y - b.height);
            out += std::max(gap_x, gap_y) < package.street_mm - eps;
        }
    }
    return out;
}

TEST(Packing, VectorsOfSquarePackages) {
    EXPECT_EQ(pack_panel({700, 700, 10, {}}, {50, 50, 0.2}, {}).packages, 169U);
    EXPECT_EQ(pack_panel({510, 515, 10, {}}, {3, 3, 0.1}, {}).packages, 25122U);
    const Packing p = pack_panel({620, 750, 10, {}}, {45, 45, 0.2}, {});
    EXPECT_EQ(p.packages, 208U);
    EXPECT_NEAR(p.utilisation, 0.906, 0.0005);
    EXPECT_NEAR(p.usable_utilisation, 208 * 45.0 * 45 / (600.0 * 730), 1e-12);
    EXPECT_EQ(pack_panel({300, 300, 0, {}}, {5, 5, 0}, {}).packages, 3600U);
}

TEST(Packing, TurningAPackage) {
    const PanelShape panel{620, 750, 10, {}};
    // 600 x 730: upright 70 x 100 takes 8 x 7 = 56, turned 100 x 70 takes 6 x 10 = 60 (without street)
    EXPECT_EQ(pack_panel(panel, {70, 100, 0}, {Rotation::none, {}}).packages, 56U);
    const Packing both = pack_panel(panel, {70, 100, 0}, {Rotation::both, {}}, true);
    EXPECT_EQ(both.packages, 60U);
    EXPECT_EQ(both.turned, 60U);
    EXPECT_EQ(both.placed.size(), 60U);
    EXPECT_TRUE(both.placed.front().turned);
    EXPECT_EQ(faults(panel, {70, 100, 0}, both), 0);
}

TEST(Packing, MixedStrips) {
    const PackageShape package{5, 3, 0};
    // 13 x 5: upright 2 x 1 = 2, turned 4 x 1 = 4 (12 wide)
    EXPECT_EQ(pack_panel({13, 5, 0, {}}, package, {Rotation::mixed, {}}).packages, 4U);
    // 8 x 6: upright 1 x 2 = 2, turned 2 x 1 = 2; two upright beside one turned: 3
    EXPECT_EQ(pack_panel({8, 6, 0, {}}, package, {Rotation::both, {}}).packages, 2U);
    const Packing mixed = pack_panel({8, 6, 0, {}}, package, {Rotation::mixed, {}}, true);
    EXPECT_EQ(mixed.packages, 3U);
    EXPECT_EQ(mixed.turned, 1U);
    EXPECT_EQ(faults({8, 6, 0, {}}, package, mixed), 0);
}

TEST(Packing, MixedIsNeverWorseAndObeysTheRules) {
    TestRandom random{3};
    int gains = 0;
    for (int i = 0; i < 60; ++i) {
        PanelShape panel{300 + 400 * random.uniform(), 300 + 400 * random.uniform(), 10 * random.uniform(), {}};
        if (i % 3 == 0) panel.zones = {{0, 0, 40, 25}, {panel.width_mm - 30, panel.height_mm - 60, 30, 60}};
        const PackageShape package{20 + 60 * random.uniform(), 20 + 60 * random.uniform(), 0.3 * random.uniform()};
        const Packing none = pack_panel(panel, package, {Rotation::none, {}}, true);
        const Packing both = pack_panel(panel, package, {Rotation::both, {}}, true);
        const Packing mixed = pack_panel(panel, package, {Rotation::mixed, {}}, true);
        EXPECT_GE(both.packages, none.packages);
        EXPECT_GE(mixed.packages, both.packages);
        EXPECT_EQ(mixed.packages, mixed.placed.size());
        EXPECT_EQ(pack_panel(panel, package, {Rotation::mixed, {}}).packages, mixed.packages);
        EXPECT_LE(mixed.usable_utilisation, 1);
        for (const Packing* p : {&none, &both, &mixed}) EXPECT_EQ(faults(panel, package, *p), 0) << i;
        gains += mixed.packages > both.packages ? 1 : 0;
    }
    EXPECT_GT(gains, 20);  // mixing is worth having
}

TEST(Packing, ZonesTakePlaces) {
    const PackageShape package{50, 50, 0.2};
    const PanelShape bare{700, 700, 10, {}};
    PanelShape marked = bare;
    marked.zones = {{0, 0, 60, 60}, {640, 640, 60, 60}};  // two corners of more than the 27.6 mm to spare
    const Packing p = pack_panel(marked, package, {}, true);
    EXPECT_EQ(p.packages, 167U);
    EXPECT_EQ(faults(marked, package, p), 0);
    EXPECT_NEAR(usable_area_mm2(marked), 680 * 680 - 2 * 50 * 50, 1e-9);
    // a handling strip outside the usable part costs nothing
    marked.zones = {{0, 0, 700, 10}};
    EXPECT_EQ(pack_panel(marked, package, {}).packages, 169U);
}

TEST(Packing, FieldsKeepPackagesInside) {
    const PanelShape panel{510, 515, 10, {}};
    const PackageShape package{20, 20, 0.2};
    const uint64_t free = pack_panel(panel, package, {}).packages;
    EXPECT_EQ(free, 576U);
    // a field of 59 x 59 mm takes 2 x 2. Trimmed fields with partial ones are the plain grid: 12 x 12 exposures
    const Packing trimmed = pack_panel(panel, package, {Rotation::both, {59, 59, false, true}}, true);
    EXPECT_EQ(trimmed.packages, 576U);
    EXPECT_EQ(trimmed.fields, 144U);
    EXPECT_EQ(trimmed.full_fields, 144U);
    // untrimmed fields stand 59 mm apart: 8 whole ones leave 18 of 490 mm, which takes no package, and 23 of 495, which
    // takes half a field
    const Packing fixed = pack_panel(panel, package, {Rotation::both, {59, 59, false, false}}, true);
    EXPECT_EQ(fixed.packages, 16U * 17);
    EXPECT_EQ(fixed.fields, 8U * 9);
    EXPECT_EQ(fixed.full_fields, 64U);
    EXPECT_EQ(faults(panel, package, fixed), 0);
    // 7 packages per row of 150 mm fields: 3 whole fields (21 packages) and a partial one (24)
    const Packing whole = pack_panel(panel, package, {Rotation::both, {150, 150, true, true}});
    EXPECT_EQ(whole.packages, 21U * 21);
    EXPECT_EQ(whole.fields, 9U);
    const Packing partial = pack_panel(panel, package, {Rotation::both, {150, 150, false, true}});
    EXPECT_EQ(partial.packages, 576U);
    EXPECT_EQ(partial.fields, 16U);
    EXPECT_EQ(partial.full_fields, 9U);
    // no package crosses a field border: a field smaller than the package takes none
    EXPECT_EQ(pack_panel(panel, package, {Rotation::both, {19, 59, false, true}}).packages, 0U);
    // mixed inside the field of 8 x 6 mm: 10 x 13 fields of three, where one orientation takes two
    const PanelShape small{100, 100, 10, {}};
    EXPECT_EQ(pack_panel(small, {5, 3, 0}, {Rotation::both, {8, 6, true, false}}).packages, 2U * 10 * 13);
    const Packing mixed = pack_panel(small, {5, 3, 0}, {Rotation::mixed, {8, 6, true, false}}, true);
    EXPECT_EQ(mixed.packages, 3U * 10 * 13);
    EXPECT_EQ(mixed.fields, 10U * 13);
    EXPECT_EQ(faults(small, {5, 3, 0}, mixed), 0);
}

TEST(Packing, NothingFits) {
    EXPECT_EQ(pack_panel({300, 300, 10, {}}, {290, 50, 0.2}, {Rotation::mixed, {}}).packages, 0U);
    EXPECT_EQ(pack_panel({300, 300, 150, {}}, {1, 1, 0}, {}).packages, 0U);
}

}  // namespace
}  // namespace chipchain
