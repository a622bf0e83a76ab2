// Is every impossible shape refused, with all mistakes at once and in words that help?
#include "chipchain/yield/geometry_checks.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain {
namespace {

// The ids in order, "-" for none; each has a row in the table of ids.
std::string ids(const Diagnostics& diagnostics) {
    std::string out;
    for (const Diagnostic& d : diagnostics) {
        EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
        EXPECT_FALSE(d.help.empty()) << d.id;
        EXPECT_FALSE(d.expected.empty()) << d.id;
        EXPECT_EQ(d.span.file, UINT32_MAX);
        out += (out.empty() ? "" : " ") + d.id;
    }
    return out.empty() ? "-" : out;
}

const WaferShape kWafer{300, 3, 5, 0};
const PanelShape kPanel{700, 700, 10, {}};

TEST(GeometryChecks, Wafers) {
    EXPECT_EQ(ids(check_wafer(kWafer)), "-");
    EXPECT_EQ(ids(check_wafer({150, 3, 0, 57.5})), "-");
    EXPECT_EQ(ids(check_wafer({0, -3, 0, 0})), "size-not-positive negative-length");
    EXPECT_EQ(ids(check_wafer({300, 150, 0, 0})), "edge-too-large");
    EXPECT_EQ(ids(check_wafer({300, 3, 150, 0})), "notch-too-large");
    EXPECT_EQ(ids(check_wafer({150, 3, 0, 150})), "notch-too-large");
    EXPECT_EQ(ids(check_wafer({NAN, 3, 0, 0})), "not-a-number");
    EXPECT_EQ(ids(check_wafer({300000, 3, 0, 0})), "length-too-large");
}

TEST(GeometryChecks, Dies) {
    EXPECT_EQ(ids(check_die(26, 33, 0.1, kWafer)), "-");
    EXPECT_EQ(ids(check_die(33, 26, 0.1, kWafer)), "-");
    EXPECT_EQ(ids(check_die(0, 10, -0.1, kWafer)), "size-not-positive negative-length");
    const Diagnostics stitched = check_die(26, 33.5, 0.1, kWafer);
    EXPECT_EQ(ids(stitched), "die-larger-than-field");
    EXPECT_FALSE(has_errors(stitched));
    EXPECT_EQ(ids(check_die(220, 220, 0.1, kWafer)), "die-larger-than-wafer");
    // what is accepted can be placed, up to the largest
    EXPECT_EQ(place(usable_region(WaferShape{300, 3, 0, 0}), device_cell(207, 207, 0.1), Centring::best).devices, 1U);
    EXPECT_FALSE(has_errors(check_die(207, 207, 0.1, {300, 3, 0, 0})));
}

TEST(GeometryChecks, PanelsAndPackages) {
    EXPECT_EQ(ids(check_panel(kPanel)), "-");
    EXPECT_EQ(ids(check_panel({700, 0, -10, {}})), "size-not-positive negative-length");
    EXPECT_EQ(ids(check_panel({700, 300, 150, {}})), "edge-too-large");
    EXPECT_EQ(
        ids(check_panel({700, 700, 10, {{0, 0, 30, 30}, {720, 0, 30, 30}, {0, 0, -1, 30}}})),
        "zone-outside-panel size-not-positive");
    EXPECT_EQ(ids(check_package({50, 50, 0.2}, kPanel, Rotation::both)), "-");
    EXPECT_EQ(ids(check_package({50, 50, -0.2}, kPanel, Rotation::both)), "negative-length");
    EXPECT_EQ(ids(check_package({681, 50, 0.2}, kPanel, Rotation::both)), "package-larger-than-panel");
    const PanelShape tall{300, 600, 10, {}};
    EXPECT_EQ(ids(check_package({400, 50, 0.2}, tall, Rotation::none)), "package-larger-than-panel");
    EXPECT_EQ(ids(check_package({400, 50, 0.2}, tall, Rotation::both)), "-");
    EXPECT_EQ(pack_panel(tall, {400, 50, 0.2}, {Rotation::both, {}}).packages, 5U);
}

TEST(GeometryChecks, Fields) {
    EXPECT_EQ(ids(check_field(26, 33, 10, 10)), "-");
    EXPECT_EQ(ids(check_field(26, 16.5, 26, 16.5)), "-");
    const Diagnostics large = check_field(52, 66, 10, 10);
    EXPECT_EQ(ids(large), "field-too-large");
    EXPECT_FALSE(has_errors(large));
    EXPECT_EQ(ids(check_field(26, 33, 50, 50)), "device-larger-than-field");
    EXPECT_EQ(ids(check_field(-26, 0, 50, 50)), "size-not-positive size-not-positive");
}

TEST(GeometryChecks, PackageBodies) {
    EXPECT_EQ(ids(check_body({{10, 10, 1}, {7, 5, 2}}, {0.1, 1, 1, true})), "-");
    EXPECT_EQ(ids(check_body({}, {})), "no-dies");
    EXPECT_EQ(ids(check_body({{10, 10, 13}}, {})), "too-many-dies");
    EXPECT_EQ(ids(check_body({{10, 0, 1}}, {-0.1, -1, 0, true})), "size-not-positive negative-length negative-length");
}

TEST(GeometryChecks, Boards) {
    EXPECT_EQ(ids(check_board(457.2, 609.6, 127, 178, {})), "-");
    BoardPanelRules rules;
    rules.gap_mm = -1;
    rules.coupons = 2;
    EXPECT_EQ(ids(check_board(457.2, 609.6, 127, 178, rules)), "negative-length size-not-positive size-not-positive");
    EXPECT_EQ(ids(check_board(457.2, 609.6, 127, 600, {})), "board-larger-than-panel");
    rules = {};
    rules.border_mm = 300;
    rules.thieving = {{500, 0, 10, 10}};
    EXPECT_EQ(ids(check_board(457.2, 609.6, 127, 178, rules)), "zone-outside-panel edge-too-large");
}

TEST(GeometryChecks, ShiftAndStack) {
    EXPECT_EQ(ids(check_shift({}, {})), "-");
    ShiftModel model;
    model.placement_sigma_um = -1;
    model.affine.scale_ppm = INFINITY;
    OverlayRules rules;
    rules.alignment = Alignment::field;
    rules.budget_um = 0;
    EXPECT_EQ(
        ids(check_shift(model, rules)),
        "not-a-number negative-length size-not-positive size-not-positive size-not-positive");
    EXPECT_EQ(ids(check_stack({{1, 70, 0.2, 4}}, {{"chuck", 1}})), "-");
    EXPECT_EQ(ids(check_stack({}, {{"chuck", 0}})), "no-layers size-not-positive");
    EXPECT_EQ(ids(check_stack({{1, 70, 35, 4}, {-1, 70, 0.2, 4}}, {})), "invalid-poisson size-not-positive");
}

// the text a user sees
TEST(GeometryChecks, Texts) {
    Diagnostics all = check_die(10, 40, -0.1, kWafer);
    for (const Diagnostics& more :
         {check_wafer({300, 160, 0, 0}),
          check_package({300, 50, 0.2}, {310, 310, 10, {}}, Rotation::none),
          check_die(10, 40, 0.1, kWafer)})
        all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(
        render_all(all, {}),
        "error[negative-length]: street_mm is -0.1 mm: allowed is 0 to 10000 mm\n"
        "help: leave out the minus sign\n"
        "\n"
        "error[edge-too-large]: edge_mm is 160 mm: on a wafer of 300 mm nothing is left\n"
        "help: take an edge below 150 mm\n"
        "\n"
        "error[package-larger-than-panel]: a package of 300 x 50 mm does not fit on a panel of 310 x 310 mm with "
        "edge_mm "
        "10\n"
        "help: take a larger panel, a smaller package or a smaller edge, or allow rotation\n"
        "\n"
        "warning[die-larger-than-field]: a die of 10 x 40 mm is larger than the exposure field of 26 x 33 mm\n"
        "help: it needs stitched exposures; split it into dies of one field each if that is not meant\n"
        "\n"
        "3 errors, 1 warning\n");
}

}  // namespace
}  // namespace chipchain
