// Are formats and package sizes matched as the packing vectors of backend facts 1.4-1.6 say?
#include "chipchain/yield/panel_formats.h"

#include <set>

#include <gtest/gtest.h>

namespace chipchain {
namespace {

size_t format_of(std::string_view name) {
    for (size_t i = 0; i < panel_formats().size(); ++i) {
        if (panel_formats()[i].name == name) return i;
    }
    ADD_FAILURE() << name;
    return 0;
}

TEST(PanelFormats, AreasAgainstA300mmWafer) {
    struct Row {
        std::string_view name;
        double ratio;
    };
    const Row rows[] = {
        {"300x300", 1.27},
        {"310x310", 1.36},
        {"370x470", 2.46},
        {"457x610", 3.94},
        {"510x515", 3.72},
        {"550x650", 5.06},
        {"600x600", 5.09},
        {"620x750", 6.58},
        {"700x700", 6.93}};
    EXPECT_EQ(std::size(rows), panel_formats().size());
    for (const Row& r : rows) {
        const PanelFormat& f = panel_formats()[format_of(r.name)];
        EXPECT_NEAR(area_ratio(f.width_mm, f.height_mm, 300), r.ratio, 0.005001) << r.name;
    }
    // PTI's "at least three times a 12 inch wafer" holds for 510 x 515
    EXPECT_GE(area_ratio(510, 515, 300), 3);
}

TEST(PanelFormats, EveryFormatHasASource) {
    std::set<std::string_view> names;
    for (const PanelFormat& f : panel_formats()) {
        EXPECT_TRUE(names.insert(f.name).second);
        EXPECT_FALSE(f.source.empty());
        EXPECT_TRUE(f.mark == "published" || f.mark == "assumption");
    }
}

// with a 10 mm edge 310 x 310 loses per area to the wafer at 3, 5, 10, 20, 50, 60, 100 mm and wins at 30, 40, 45, 80
TEST(PanelFormats, TheSmallPanelAgainstTheWafer) {
    const std::set<double> wins = {30, 40, 45, 80};
    for (const double size : {3.0, 5.0, 10.0, 20.0, 30.0, 40.0, 45.0, 50.0, 60.0, 80.0, 100.0}) {
        const WaferPanelRatio r = compare_wafer_and_panel(
            WaferShape{300, 3, 0, 0},
            PanelShape{310, 310, 10, {}},
            {size, size, assumed_street_mm(size, size)},
            {});
        EXPECT_EQ(r.panel_utilisation > r.wafer_utilisation, wins.count(size) == 1) << size;
        EXPECT_EQ(r.count_ratio > r.area_ratio, wins.count(size) == 1) << size;
    }
    // Nikon: 4 on a wafer, 36 on 600 x 600, without edge and street
    const WaferPanelRatio nikon =
        compare_wafer_and_panel(WaferShape{300, 0, 0, 0}, PanelShape{600, 600, 0, {}}, {100, 100, 0}, {});
    EXPECT_EQ(nikon.on_wafer, 4U);
    EXPECT_EQ(nikon.on_panel, 36U);
    EXPECT_DOUBLE_EQ(nikon.count_ratio, 9);
}

TEST(PanelFormats, TheSawTooth) {
    const FormatStudy study = optimise_format(40, 60, 1, panel_formats(), {});
    ASSERT_EQ(study.widths_mm.size(), 21U);
    const size_t f700 = format_of("700x700");
    EXPECT_EQ(study.at(5, f700).packages, 225U);
    EXPECT_NEAR(study.at(5, f700).utilisation, 0.930, 0.0005);
    EXPECT_EQ(study.at(10, f700).packages, 169U);
    int falls = 0;
    for (size_t i = 0; i < study.widths_mm.size(); ++i) {
        const double best = study.at(i, study.best_format[i]).utilisation;
        for (size_t k = 0; k < study.formats; ++k) EXPECT_LE(study.at(i, k).utilisation, best);
        EXPECT_LE(best, study.best.utilisation);
        if (i > 0) falls += study.at(i, f700).utilisation < study.at(i - 1, f700).utilisation ? 1 : 0;
    }
    EXPECT_GE(falls, 2);
    // (680 + 0.2) / 16 - 0.2 = 42.31 mm just fits 16 times into 680, which the whole millimetres miss
    EXPECT_EQ(count_format(42.3, panel_formats(), f700, {}).packages, 256U);
    EXPECT_EQ(count_format(42.32, panel_formats(), f700, {}).packages, 225U);
}

// do the teeth hold the best of a fine scan?
TEST(PanelFormats, BestSizesNearAWish) {
    for (const double aspect : {1.0, 1.4}) {
        FormatRules rules;
        rules.aspect = aspect;
        const std::vector<FormatCount> best = best_sizes_near(50, 3, panel_formats(), rules);
        ASSERT_EQ(best.size(), panel_formats().size());
        for (const FormatCount& b : best) {
            EXPECT_GE(b.width_mm, 47);
            EXPECT_LE(b.width_mm, 53);
            EXPECT_LE(b.utilisation, best.front().utilisation);
            for (double w = 47; w <= 53; w += 0.01)
                ASSERT_LE(count_format(w, panel_formats(), b.format, rules).utilisation, b.utilisation + 1e-12) << w;
        }
    }
    // (680 + 0.2) / 13 - 0.2 = 52.123 mm on 700 x 700
    FormatRules rules;
    const PanelFormat one[] = {panel_formats()[format_of("700x700")]};
    EXPECT_NEAR(best_sizes_near(52, 0.5, one, rules).front().width_mm, 680.2 / 13 - 0.2, 1e-9);
}

}  // namespace
}  // namespace chipchain
