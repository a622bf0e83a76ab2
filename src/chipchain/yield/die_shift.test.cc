// Does the fit find the truth, and does each way of alignment leave the error that it should?
#include "chipchain/yield/die_shift.h"

#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/yield/packing.h"

namespace chipchain {
namespace {

// dies of `size` on a 600 x 600 mm panel
std::vector<DieSite> panel_sites(double size) {
    std::vector<DieSite> out;
    for (const PlacedPackage& p : pack_panel({600, 600, 10, {}}, {size, size, 0.2}, {}, true).placed)
        out.push_back({p.rect.x + size / 2, p.rect.y + size / 2, 0});
    return out;
}

ShiftModel typical() {
    ShiftModel model;
    model.affine = {12, -7, 35, -80};
    model.reference_radius_mm = 424;
    return model;
}

TEST(DieShift, TheFitFindsTheTruth) {
    const std::vector<DieSite> sites = panel_sites(20);
    const ShiftModel model = typical();
    const std::vector<DieOffset> offsets = draw_die_offsets(model, sites, {1, 0}, 0);
    const AffineShift fit = fit_affine(sites, offsets);
    EXPECT_NEAR(fit.translation_x_um, 12, 1e-9);
    EXPECT_NEAR(fit.translation_y_um, -7, 1e-9);
    EXPECT_NEAR(fit.rotation_urad, 35, 1e-9);
    EXPECT_NEAR(fit.scale_ppm, -80, 1e-9);
    for (const DieOffset& d : residuals(sites, offsets, fit)) EXPECT_NEAR(std::hypot(d.x_um, d.y_um), 0, 1e-9);
}

// the standard error of a fitted scale or rotation is sigma / sqrt(sum r^2), of a translation sigma / sqrt(n)
TEST(DieShift, TheFitUnderNoise) {
    const std::vector<DieSite> sites = panel_sites(20);
    ShiftModel model = typical();
    model.placement_sigma_um = 5;
    double square = 0;
    for (const DieSite& s : sites) square += s.x_mm * s.x_mm + s.y_mm * s.y_mm;
    for (uint32_t panel = 0; panel < 20; ++panel) {
        const AffineShift fit = fit_affine(sites, draw_die_offsets(model, sites, {1, 0}, panel));
        const double of_slope = 5 / std::sqrt(square) * 1000;
        EXPECT_NEAR(fit.scale_ppm, -80, 4.5 * of_slope);
        EXPECT_NEAR(fit.rotation_urad, 35, 4.5 * of_slope);
        EXPECT_NEAR(fit.translation_x_um, 12, 4.5 * 5 / std::sqrt(static_cast<double>(sites.size())));
    }
}

TEST(DieShift, DrawsAreKeyed) {
    const std::vector<DieSite> sites = panel_sites(20);
    ShiftModel model = typical();
    model.placement_sigma_um = 5;
    const std::vector<DieOffset> a = draw_die_offsets(model, sites, {1, 0}, 3);
    const std::vector<DieSite> fewer(sites.begin(), sites.begin() + 10);
    const std::vector<DieOffset> b = draw_die_offsets(model, fewer, {1, 0}, 3);
    for (size_t i = 0; i < fewer.size(); ++i) EXPECT_EQ(a[i].x_um, b[i].x_um);
    EXPECT_NE(a[0].x_um, draw_die_offsets(model, sites, {1, 0}, 4)[0].x_um);
    EXPECT_NE(a[0].x_um, draw_die_offsets(model, sites, {1, 1}, 3)[0].x_um);
}

// pure normal error: the share within the budget is that of the Rayleigh distribution
TEST(DieShift, NormalErrorGivesTheRayleighYield) {
    const std::vector<DieSite> sites = panel_sites(5);
    ASSERT_GT(sites.size(), 12000U);
    ShiftModel model;
    model.placement_sigma_um = 3;
    const auto n = static_cast<double>(sites.size());
    for (const double budget : {2.0, 5.0, 8.0}) {
        OverlayRules rules;
        rules.budget_um = budget;
        const double expected = rayleigh_yield(budget, 3);
        const double yield = overlay(sites, draw_die_offsets(model, sites, {5, 0}, 0), rules, {5, 0}, 0).yield;
        EXPECT_NEAR(yield, expected, 4 * std::sqrt(expected * (1 - expected) / n)) << budget;
    }
    EXPECT_NEAR(rayleigh_yield(3, 3), 1 - std::exp(-0.5), 1e-15);
    EXPECT_DOUBLE_EQ(rayleigh_yield(3, 0), 1);
}

// global alignment removes the affine part whole; with warpage the rest is at the corners, and smaller fields take more
// of it away; adaptive patterning leaves only the metrology
TEST(DieShift, FinerAlignmentLeavesLess) {
    const std::vector<DieSite> sites = panel_sites(10);
    ShiftModel model = typical();
    model.warp_um = 60;
    model.placement_sigma_um = 0.5;
    const std::vector<DieOffset> offsets = draw_die_offsets(model, sites, {2, 0}, 0);
    OverlayRules rules;
    rules.budget_um = 4;
    rules.panel_x_mm = 600;
    rules.panel_y_mm = 600;
    const OverlayResult global = overlay(sites, offsets, rules, {2, 0}, 0);
    EXPECT_EQ(global.exposures, 1U);
    rules.alignment = Alignment::field;
    double before = global.mean_um;
    double yield = global.yield;
    for (const double field : {200.0, 100.0, 50.0}) {
        rules.field_x_mm = rules.field_y_mm = field;
        const OverlayResult now = overlay(sites, offsets, rules, {2, 0}, 0);
        EXPECT_LT(now.mean_um, before) << field;
        EXPECT_GE(now.yield, yield) << field;
        EXPECT_EQ(now.exposures, static_cast<uint64_t>(600 / field * (600 / field)));
        EXPECT_DOUBLE_EQ(now.data_bytes, 0);
        before = now.mean_um;
        yield = now.yield;
    }
    EXPECT_LT(global.yield, 0.9);
    EXPECT_GT(yield, 0.99);
    rules.alignment = Alignment::die_by_die;
    rules.measure_sigma_um = 0.2;
    const OverlayResult adaptive = overlay(sites, offsets, rules, {2, 0}, 0);
    EXPECT_EQ(adaptive.failing, 0U);
    EXPECT_EQ(adaptive.exposures, 1U);
    // the mean of a Rayleigh distribution is sigma sqrt(pi / 2)
    EXPECT_NEAR(adaptive.mean_um, 0.2 * std::sqrt(3.14159265 / 2), 0.01);
    EXPECT_DOUBLE_EQ(adaptive.data_bytes, 600e3 * 600e3 / 8);
}

TEST(DieShift, DataOfALayer) {
    EXPECT_NEAR(layer_data_bytes(500, 610, 1) / 1e9, 38.1, 0.05);
    EXPECT_DOUBLE_EQ(layer_data_bytes(500, 610, 1) * 8, 30.5e10);
    EXPECT_DOUBLE_EQ(layer_data_bytes(500, 610, 0.5), 4 * layer_data_bytes(500, 610, 1));
}

// warpage is worst at the periphery, flow where dies are dense
TEST(DieShift, TheTwoMechanisms) {
    std::vector<DieSite> sites = panel_sites(10);
    set_local_density(sites, 10, 10, 50);
    double inside = 0;
    double least = 1;
    for (const DieSite& s : sites) {
        if (std::fabs(s.x_mm) < 200 && std::fabs(s.y_mm) < 200) inside = std::max(inside, s.density);
        least = std::min(least, s.density);
    }
    EXPECT_NEAR(inside, 10 * 10 / (10.2 * 10.2), 0.05);
    EXPECT_LT(least, 0.4);  // the corner die sees a quarter of its window and half of itself
    ShiftModel warp;
    warp.warp_um = 40;
    warp.reference_radius_mm = 400;
    const std::vector<DieSite> two = {{100, 0, 0.9}, {0, -400, 0.1}};
    const std::vector<DieOffset> by_warp = draw_die_offsets(warp, two, {1, 0}, 0);
    EXPECT_DOUBLE_EQ(by_warp[0].x_um, 2.5);
    EXPECT_DOUBLE_EQ(by_warp[1].y_um, -40);
    ShiftModel flow;
    flow.flow_um = 10;
    const std::vector<DieOffset> by_flow = draw_die_offsets(flow, two, {1, 0}, 0);
    EXPECT_DOUBLE_EQ(by_flow[0].x_um, 9);
    EXPECT_DOUBLE_EQ(by_flow[1].y_um, -1);
}

TEST(DieShift, FewSites) {
    // one site gives a translation, two give all four
    const AffineShift one = fit_affine({{10, 20, 0}}, {{3, 4}});
    EXPECT_DOUBLE_EQ(one.translation_x_um, 3);
    EXPECT_DOUBLE_EQ(one.scale_ppm, 0);
    const AffineShift two = fit_affine({{0, 0, 0}, {10, 0, 0}}, {{0, 0}, {1, 2}});
    EXPECT_NEAR(two.scale_ppm, 100, 1e-9);
    EXPECT_NEAR(two.rotation_urad, 200, 1e-9);
    EXPECT_EQ(overlay({}, {}, {}, {1, 0}, 0).yield, 1);
}

}  // namespace
}  // namespace chipchain
