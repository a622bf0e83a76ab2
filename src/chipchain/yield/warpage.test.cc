// Does bow grow as the diagonal squared, and is the curvature that of the classical formulas?
#include "chipchain/yield/warpage.h"

#include <cmath>

#include <gtest/gtest.h>

namespace chipchain {
namespace {

// figures of round size for the tests, no material in particular
const WarpLayer kGlass{1.0, 70, 0.2, 4};
const WarpLayer kMould{0.4, 20, 0.3, 9};

TEST(Warpage, CornerBowGrowsWithTheDiagonalSquared) {
    EXPECT_NEAR(bow_ratio(310, 310, 300), 2.1, 0.05);
    EXPECT_NEAR(bow_ratio(510, 515, 300), 5.8, 0.05);
    EXPECT_NEAR(bow_ratio(600, 600, 300), 8.0, 1e-12);
    EXPECT_NEAR(bow_ratio(700, 700, 300), 10.9, 0.05);
    for (const double curvature : {1e-6, -3e-5}) {
        EXPECT_NEAR(corner_bow_mm(curvature, 510, 515) / wafer_bow_mm(curvature, 300), bow_ratio(510, 515, 300), 1e-12);
    }
    // a sphere of 10 m radius: sagitta R - sqrt(R^2 - r^2) at r = 150 mm
    EXPECT_NEAR(wafer_bow_mm(1e-4, 300), 10000 - std::sqrt(10000.0 * 10000 - 150.0 * 150), 1e-4);
    EXPECT_NEAR(corner_bow_mm(curvature_limit_per_mm(2, 600, 600), 600, 600), 2, 1e-12);
}

TEST(Warpage, TwoLayers) {
    // equal layers: 3/2 strain / h (Timoshenko 1925, eq. 5), with h of both
    const WarpLayer a{1, 50, 0.25, 10};
    const WarpLayer b{1, 50, 0.25, 4};
    EXPECT_NEAR(bimaterial_curvature(a, b, 100), 1.5 * 6e-4 / 2, 1e-15);
    // a thin film bends as Stoney says: 6 E_f t_f strain / (E_s t_s^2)
    const WarpLayer film{1e-6, 100, 0.3, 16};
    const WarpLayer substrate{0.775, 130, 0.28, 2.6};
    const double stoney = 6 * (100 / 0.7) * 1e-6 * (2.6 - 16) * 1e-6 * -200 / (130 / 0.72 * 0.775 * 0.775);
    EXPECT_NEAR(bimaterial_curvature(substrate, film, -200) / stoney, 1, 1e-5);
    // mould on glass that cools shrinks more than the glass: edges up; the other way round they hang
    EXPECT_GT(bimaterial_curvature(kGlass, kMould, -130), 0);
    EXPECT_NEAR(bimaterial_curvature(kMould, kGlass, -130), -bimaterial_curvature(kGlass, kMould, -130), 1e-15);
    EXPECT_DOUBLE_EQ(bimaterial_curvature(kGlass, kMould, 0), 0);
}

TEST(Warpage, AnyStack) {
    for (const double delta : {-130.0, 40.0}) {
        EXPECT_NEAR(stack_curvature({kGlass, kMould}, delta) / bimaterial_curvature(kGlass, kMould, delta), 1, 1e-10);
    }
    // a split layer is the same layer, and a symmetric stack stays flat: the balance film
    WarpLayer half = kMould;
    half.thickness_mm /= 2;
    EXPECT_NEAR(stack_curvature({kGlass, half, half}, -130), stack_curvature({kGlass, kMould}, -130), 1e-15);
    EXPECT_NEAR(stack_curvature({kMould, kGlass, kMould}, -130), 0, 1e-15);
    EXPECT_NEAR(stack_curvature({kGlass}, -130), 0, 1e-15);
}

TEST(Warpage, HandlingLimits) {
    const double curvature = -curvature_limit_per_mm(3, 600, 600);
    const auto checks = check_handling(curvature, 600, 600, {{"cassette", 6}, {"chuck", 1.5}});
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_NEAR(checks[0].bow_mm, 3, 1e-12);
    EXPECT_NEAR(checks[0].share, 0.5, 1e-12);
    EXPECT_TRUE(checks[0].fits);
    EXPECT_FALSE(checks[1].fits);
    // half the bow is the diagonal / sqrt(2)
    EXPECT_NEAR(checks[1].largest_diagonal_mm, 600, 1e-9);
    EXPECT_TRUE(std::isinf(check_handling(0, 600, 600, {{"chuck", 1}})[0].largest_diagonal_mm));
}

}  // namespace
}  // namespace chipchain
