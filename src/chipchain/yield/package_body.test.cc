// Is the body of a package the least that holds its dies with clearances?
#include "chipchain/yield/package_body.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

// Least gap of any two dies and to the edge; negative when they overlap.
double least_gap(const PackageBody& body, double border) {
    double out = 1e9;
    for (size_t i = 0; i < body.dies.size(); ++i) {
        const Rect& a = body.dies[i];
        for (const double room :
             {a.x - border,
              a.y - border,
              body.width_mm - border - a.x - a.width,
              body.height_mm - border - a.y - a.height})
            EXPECT_GE(room, -1e-9);
        for (size_t k = i + 1; k < body.dies.size(); ++k) {
            const Rect& b = body.dies[k];
            const double gap_x = std::max(b.x - a.x - a.width, a.x - b.x - b.width);
            const double gap_y = std::max(b.y - a.y - a.height, a.y - b.y - b.height);
            out = std::min(out, std::max(gap_x, gap_y));
        }
    }
    return out;
}

TEST(PackageBody, OneDie) {
    const PackageBody body = smallest_body({{10, 8, 1}}, {0.5, 1, 0, true});
    EXPECT_DOUBLE_EQ(body.width_mm * body.height_mm, 120);
    EXPECT_DOUBLE_EQ(body.area_ratio, 1.5);
    // the fan-out test vehicle: area ratio 1.8 of a 10 mm die is a package of 13.42 mm
    EXPECT_NEAR(side_for_ratio_mm(10, 1.8), 13.42, 0.005);
    const PackageBody lau = smallest_body({{10, 10, 1}}, {0, (13.4164 - 10) / 2, 1, true});
    EXPECT_NEAR(lau.area_ratio, 1.8, 1e-4);
}

// a published module of 20 x 20 mm holds one 10 x 10 and two 7 x 5 dies (backend facts 1.1), which leaves room
TEST(PackageBody, ThreeDies) {
    const std::vector<PackageDie> dies = {{10, 10, 1}, {7, 5, 2}};
    const PackageBody tight = smallest_body(dies, {});
    EXPECT_DOUBLE_EQ(tight.area_ratio, 1);
    EXPECT_DOUBLE_EQ(std::max(tight.width_mm, tight.height_mm), 17);
    const PackageBody spaced = smallest_body(dies, {0.1, 1, 1, true});
    // 10 beside 5 mm, where the two small ones stand 7 on 7 mm
    EXPECT_NEAR(spaced.width_mm, 15.1 + 2, 1e-9);
    EXPECT_LE(spaced.width_mm, 20);
    EXPECT_GE(least_gap(spaced, 1), 0.1 - 1e-9);
    EXPECT_EQ(spaced.dies.size(), 3U);
}

// two half-reticle dies with a column of three memories on each side is one way
TEST(PackageBody, LogicAndMemories) {
    const PackageBody body = smallest_body({{26, 16.5, 2}, {8, 11, 6}}, {0.1, 2, 0, true});
    EXPECT_GE(least_gap(body, 2), 0.1 - 1e-9);
    EXPECT_LE(body.width_mm * body.height_mm, (26 + 16.2 + 4) * (33.2 + 4) + 1e-9);
    EXPECT_GT(body.area_ratio, 1);
}

TEST(PackageBody, TurningDiesHelps) {
    const std::vector<PackageDie> dies = {{10, 4, 1}, {4, 10, 1}};
    EXPECT_DOUBLE_EQ(smallest_body(dies, {0, 0, 0, true}).area_ratio, 1);
    EXPECT_GT(smallest_body(dies, {0, 0, 0, false}).area_ratio, 1);
}

TEST(PackageBody, TwelveDies) {
    const PackageBody body = smallest_body({{5, 5, 12}}, {1, 0, 1.5, true});
    EXPECT_DOUBLE_EQ(body.width_mm * body.height_mm, 23 * 17);
    EXPECT_NEAR(least_gap(body, 0), 1, 1e-9);
    // the least of all is one row
    EXPECT_DOUBLE_EQ(smallest_body({{5, 5, 12}}, {1, 0, 0, true}).area_ratio, 71 * 5 / 300.0);
    // nine different dies
    std::vector<PackageDie> dies;
    double area = 0;
    for (int i = 1; i <= 9; ++i) {
        dies.push_back({2.0 + i, 3.0 + 0.5 * i, 1});
        area += (2.0 + i) * (3.0 + 0.5 * i);
    }
    const PackageBody mixed = smallest_body(dies, {0, 0, 1.2, true});
    EXPECT_LT(mixed.area_ratio, 1.05);
    EXPECT_GE(least_gap(mixed, 0), -1e-9);
    EXPECT_NEAR(mixed.area_ratio * area, mixed.width_mm * mixed.height_mm, 1e-9);
}

}  // namespace
}  // namespace chipchain
