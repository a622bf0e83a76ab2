#include "chipchain/yield/geometry_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/core.h>

namespace chipchain {

namespace {

constexpr double kMost_mm = 10000;  // assumption: no substrate is longer than 10 m
constexpr double kNoLimit = std::numeric_limits<double>::infinity();

enum class Least : uint8_t { zero, above_zero, none };

// A figure of a shape and its range.
struct Checked {
    std::string_view key;
    double value;
    Least least = Least::zero;
    double most = kMost_mm;
    std::string_view unit = "mm";
};

class Report {
 public:
    void add(Severity severity, std::string_view id, std::string message, std::string expected, std::string help) {
        out_.push_back(
            {severity,
             std::string(id),
             std::move(message),
             {UINT32_MAX, 0, 0, 0},
             std::move(expected),
             std::move(help)});
    }
    void error(std::string_view id, std::string message, std::string expected, std::string help) {
        add(Severity::error, id, std::move(message), std::move(expected), std::move(help));
    }
    // One diagnostic for each figure outside its range; true when there was none.
    bool ranges(const std::vector<Checked>& figures) {
        const size_t before = out_.size();
        for (const Checked& c : figures) range(c);
        return out_.size() == before;
    }
    [[nodiscard]] Diagnostics take() { return std::move(out_); }

 private:
    void range(const Checked& c) {
        const std::string most =
            std::isinf(c.most) ? fmt::format("{}", c.unit) : fmt::format("to {} {}", c.most, c.unit);
        const std::string expected = c.least == Least::none   ? fmt::format("a number of {}", c.unit)
                                     : c.least == Least::zero ? fmt::format("0 {}", most)
                                                              : fmt::format("above 0 {}", most);
        if (!std::isfinite(c.value)) {
            error(
                "not-a-number",
                fmt::format("{} is {}: allowed is {}", c.key, c.value, expected),
                expected,
                "write a number");
        } else if (c.least != Least::none && c.value < 0) {
            const bool size = c.least == Least::above_zero;
            error(
                size ? "size-not-positive" : "negative-length",
                fmt::format("{} is {} {}: allowed is {}", c.key, c.value, c.unit, expected),
                expected,
                size ? "write a size above 0" : "leave out the minus sign");
        } else if (c.least == Least::above_zero && c.value == 0) {
            error(
                "size-not-positive",
                fmt::format("{} is 0 {}: allowed is {}", c.key, c.unit, expected),
                expected,
                "write a size above 0");
        } else if (c.value > c.most) {
            error(
                "length-too-large",
                fmt::format("{} is {} {}: allowed is {}", c.key, c.value, c.unit, expected),
                expected,
                "lengths are millimetres: 18 in are 457.2");
        }
    }

    Diagnostics out_;
};

// The usable length between two edges must be positive.
bool edge_leaves_room(Report& report, std::string_view key, double edge, std::string_view of, double length) {
    if (edge < length / 2) return true;
    report.error(
        "edge-too-large",
        fmt::format("{} is {} mm: on {} of {} mm nothing is left", key, edge, of, length),
        fmt::format("0 to less than {} mm", length / 2),
        fmt::format("take an edge below {} mm", length / 2));
    return false;
}

void zones_inside(Report& report, std::string_view key, const std::vector<Rect>& zones, double width, double height) {
    for (size_t i = 0; i < zones.size(); ++i) {
        const Rect& z = zones[i];
        const std::string name = fmt::format("{}[{}]", key, i);
        const std::string x = name + ".x";
        const std::string y = name + ".y";
        const std::string w = name + ".width";
        const std::string h = name + ".height";
        if (!report.ranges(
                {{x, z.x, Least::none},
                 {y, z.y, Least::none},
                 {w, z.width, Least::above_zero},
                 {h, z.height, Least::above_zero}}))
            continue;
        if (z.x < width && z.y < height && z.x + z.width > 0 && z.y + z.height > 0) continue;
        report.error(
            "zone-outside-panel",
            fmt::format("{} at ({}, {}) lies outside the panel of {} x {} mm", name, z.x, z.y, width, height),
            fmt::format("x 0 to {}, y 0 to {}", width, height),
            "zones are measured from the lower left corner of the panel");
    }
}

bool fits(double w, double h, double room_x, double room_y, bool turn) {
    const double eps = kGridEpsilon_mm;
    return (w <= room_x + eps && h <= room_y + eps) || (turn && h <= room_x + eps && w <= room_y + eps);
}

}  // namespace

Diagnostics check_wafer(const WaferShape& wafer) {
    Report report;
    if (!report.ranges(
            {{"diameter_mm", wafer.diameter_mm, Least::above_zero},
             {"edge_mm", wafer.edge_mm},
             {"notch_mm", wafer.notch_mm},
             {"flat_mm", wafer.flat_mm}}))
        return report.take();
    edge_leaves_room(report, "edge_mm", wafer.edge_mm, "a wafer", wafer.diameter_mm);
    const double radius = wafer.diameter_mm / 2;
    const auto cut = [&](std::string_view key, double value, double most) {
        if (value < most) return;
        report.error(
            "notch-too-large",
            fmt::format("{} is {} mm: less than half of a wafer of {} mm is left", key, value, wafer.diameter_mm),
            fmt::format("0 to less than {} mm", most),
            "notch_mm is the height of the keep-out, flat_mm the length of the flat");
    };
    cut("notch_mm", wafer.notch_mm, radius);
    cut("flat_mm", wafer.flat_mm, wafer.diameter_mm);
    return report.take();
}

Diagnostics check_die(double width_mm, double height_mm, double street_mm, const WaferShape& wafer) {
    Report report;
    if (!report.ranges(
            {{"die_x_mm", width_mm, Least::above_zero},
             {"die_y_mm", height_mm, Least::above_zero},
             {"street_mm", street_mm}}))
        return report.take();
    const double usable = wafer.diameter_mm - 2 * wafer.edge_mm;
    if (usable > 0 && width_mm * width_mm + height_mm * height_mm > usable * usable * (1 + 1e-9)) {
        report.error(
            "die-larger-than-wafer",
            fmt::format(
                "a die of {} x {} mm does not fit on the usable {} mm of the wafer",
                width_mm,
                height_mm,
                usable),
            fmt::format("a diagonal up to {} mm", usable),
            "take a smaller die, a larger wafer or a smaller edge_mm");
    } else if (!fits(width_mm, height_mm, kField_x_mm, kField_y_mm, true)) {
        report.add(
            Severity::warning,
            "die-larger-than-field",
            fmt::format(
                "a die of {} x {} mm is larger than the exposure field of {} x {} mm",
                width_mm,
                height_mm,
                kField_x_mm,
                kField_y_mm),
            fmt::format("up to {} x {} mm", kField_x_mm, kField_y_mm),
            "it needs stitched exposures; split it into dies of one field each if that is not meant");
    }
    return report.take();
}

Diagnostics check_panel(const PanelShape& panel) {
    Report report;
    if (!report.ranges(
            {{"panel_x_mm", panel.width_mm, Least::above_zero},
             {"panel_y_mm", panel.height_mm, Least::above_zero},
             {"edge_mm", panel.edge_mm}}))
        return report.take();
    edge_leaves_room(report, "edge_mm", panel.edge_mm, "a panel", std::min(panel.width_mm, panel.height_mm));
    zones_inside(report, "zones", panel.zones, panel.width_mm, panel.height_mm);
    return report.take();
}

Diagnostics check_package(const PackageShape& package, const PanelShape& panel, Rotation rotation) {
    Report report;
    if (!report.ranges(
            {{"package_x_mm", package.width_mm, Least::above_zero},
             {"package_y_mm", package.height_mm, Least::above_zero},
             {"street_mm", package.street_mm}}))
        return report.take();
    const double x = panel.width_mm - 2 * panel.edge_mm;
    const double y = panel.height_mm - 2 * panel.edge_mm;
    if (fits(package.width_mm, package.height_mm, x, y, rotation != Rotation::none)) return report.take();
    report.error(
        "package-larger-than-panel",
        fmt::format(
            "a package of {} x {} mm does not fit on a panel of {} x {} mm with edge_mm {}",
            package.width_mm,
            package.height_mm,
            panel.width_mm,
            panel.height_mm,
            panel.edge_mm),
        fmt::format("up to {} x {} mm", std::max(0.0, x), std::max(0.0, y)),
        "take a larger panel, a smaller package or a smaller edge, or allow rotation");
    return report.take();
}

Diagnostics check_field(double field_x_mm, double field_y_mm, double width_mm, double height_mm) {
    Report report;
    if (!report.ranges({{"field_x_mm", field_x_mm, Least::above_zero}, {"field_y_mm", field_y_mm, Least::above_zero}}))
        return report.take();
    if (!fits(field_x_mm, field_y_mm, kField_x_mm, kField_y_mm, true)) {
        report.add(
            Severity::warning,
            "field-too-large",
            fmt::format(
                "an exposure field of {} x {} mm is larger than the {} x {} mm of wafer scanners",
                field_x_mm,
                field_y_mm,
                kField_x_mm,
                kField_y_mm),
            fmt::format("up to {} x {} mm", kField_x_mm, kField_y_mm),
            "panel steppers have larger fields; for a scanner take 26 x 33 mm, or 26 x 16.5 mm for half fields");
    }
    if (!fits(width_mm, height_mm, field_x_mm, field_y_mm, true)) {
        report.error(
            "device-larger-than-field",
            fmt::format(
                "a device of {} x {} mm does not fit into an exposure field of {} x {} mm",
                width_mm,
                height_mm,
                field_x_mm,
                field_y_mm),
            fmt::format("up to {} x {} mm", field_x_mm, field_y_mm),
            "take a larger field, or none for a maskless writer");
    }
    return report.take();
}

Diagnostics check_body(const std::vector<PackageDie>& dies, const BodyRules& rules) {
    Report report;
    uint64_t number = 0;
    for (size_t i = 0; i < dies.size(); ++i) {
        const std::string x = fmt::format("dies[{}].die_x_mm", i);
        const std::string y = fmt::format("dies[{}].die_y_mm", i);
        report.ranges({{x, dies[i].width_mm, Least::above_zero}, {y, dies[i].height_mm, Least::above_zero}});
        number += dies[i].count;
    }
    report.ranges(
        {{"die_gap_mm", rules.die_gap_mm},
         {"border_mm", rules.border_mm},
         {"most_aspect", rules.most_aspect, Least::zero, kNoLimit, "(longer side / shorter side)"}});
    if (number == 0) {
        report.error("no-dies", "the package holds no die", "1 die or more", "list its dies with counts above 0");
    }
    if (number > kMostDiesOfAPackage) {
        report.error(
            "too-many-dies",
            fmt::format("the package holds {} dies: allowed are 1 to {}", number, kMostDiesOfAPackage),
            fmt::format("1 to {} dies", kMostDiesOfAPackage),
            "give groups of small dies as one die with the size of the group, or the size of the package");
    }
    return report.take();
}

Diagnostics
check_board(double panel_x_mm, double panel_y_mm, double board_x_mm, double board_y_mm, const BoardPanelRules& rules) {
    Report report;
    const bool lengths = report.ranges(
        {{"panel_x_mm", panel_x_mm, Least::above_zero},
         {"panel_y_mm", panel_y_mm, Least::above_zero},
         {"board_x_mm", board_x_mm, Least::above_zero},
         {"board_y_mm", board_y_mm, Least::above_zero},
         {"border_mm", rules.border_mm},
         {"gap_mm", rules.gap_mm}});
    if (rules.coupons > 0) {
        report.ranges(
            {{"coupon_x_mm", rules.coupon_width_mm, Least::above_zero},
             {"coupon_y_mm", rules.coupon_height_mm, Least::above_zero}});
    }
    if (!lengths) return report.take();
    zones_inside(report, "thieving", rules.thieving, panel_x_mm, panel_y_mm);
    if (!edge_leaves_room(report, "border_mm", rules.border_mm, "a panel", std::min(panel_x_mm, panel_y_mm)))
        return report.take();
    const double x = panel_x_mm - 2 * rules.border_mm;
    const double y = panel_y_mm - 2 * rules.border_mm;
    if (!fits(board_x_mm, board_y_mm, x, y, rules.rotation != Rotation::none)) {
        report.error(
            "board-larger-than-panel",
            fmt::format(
                "a board of {} x {} mm does not fit on a panel of {} x {} mm with border_mm {}",
                board_x_mm,
                board_y_mm,
                panel_x_mm,
                panel_y_mm,
                rules.border_mm),
            fmt::format("up to {} x {} mm", x, y),
            "take a larger production panel, or allow rotation");
    }
    return report.take();
}

Diagnostics check_shift(const ShiftModel& model, const OverlayRules& rules) {
    Report report;
    report.ranges(
        {{"translation_x_um", model.affine.translation_x_um, Least::none, kNoLimit, "um"},
         {"translation_y_um", model.affine.translation_y_um, Least::none, kNoLimit, "um"},
         {"rotation_urad", model.affine.rotation_urad, Least::none, kNoLimit, "urad"},
         {"scale_ppm", model.affine.scale_ppm, Least::none, kNoLimit, "ppm"},
         {"warp_um", model.warp_um, Least::none, kNoLimit, "um"},
         {"flow_um", model.flow_um, Least::none, kNoLimit, "um"},
         {"reference_radius_mm", model.reference_radius_mm, Least::above_zero},
         {"placement_sigma_um", model.placement_sigma_um, Least::zero, kNoLimit, "um"},
         {"overlay_budget_um", rules.budget_um, Least::above_zero, kNoLimit, "um"},
         {"measure_sigma_um", rules.measure_sigma_um, Least::zero, kNoLimit, "um"}});
    const Least field = rules.alignment == Alignment::field ? Least::above_zero : Least::zero;
    report.ranges({{"field_x_mm", rules.field_x_mm, field}, {"field_y_mm", rules.field_y_mm, field}});
    report.ranges({{"panel_x_mm", rules.panel_x_mm}, {"panel_y_mm", rules.panel_y_mm}});
    report.ranges({{"data_grid_um", rules.data_grid_um, Least::above_zero, kNoLimit, "um"}});
    return report.take();
}

Diagnostics check_stack(const std::vector<WarpLayer>& layers, const std::vector<HandlingLimit>& limits) {
    Report report;
    if (layers.empty()) {
        report.error("no-layers", "the stack holds no layer", "1 layer or more", "list its layers from the bottom");
    }
    for (size_t i = 0; i < layers.size(); ++i) {
        const std::string name = fmt::format("layers[{}]", i);
        const std::string thickness = name + ".thickness_mm";
        const std::string modulus = name + ".modulus_gpa";
        const std::string cte = name + ".cte_ppm_per_k";
        report.ranges(
            {{thickness, layers[i].thickness_mm, Least::above_zero},
             {modulus, layers[i].modulus_gpa, Least::above_zero, kNoLimit, "GPa"},
             {cte, layers[i].cte_ppm_per_k, Least::none, kNoLimit, "ppm/K"}});
        if (layers[i].poisson >= 0 && layers[i].poisson <= 0.5) continue;
        report.error(
            "invalid-poisson",
            fmt::format("{}.poisson is {}: allowed is 0 to 0.5", name, layers[i].poisson),
            "0 to 0.5",
            "Poisson's ratio of most solids is 0.2 to 0.45");
    }
    for (size_t i = 0; i < limits.size(); ++i) {
        const std::string key = fmt::format("limits[{}].bow_limit_mm", i);
        report.ranges({{key, limits[i].bow_limit_mm, Least::above_zero}});
    }
    return report.take();
}

}  // namespace chipchain
