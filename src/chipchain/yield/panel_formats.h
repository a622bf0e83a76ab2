// Panel formats in use, and which format goes with which package size. Utilisation is a saw-tooth in the package size:
// a little more and a whole row is lost, so size and format are chosen together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "chipchain/yield/grid.h"
#include "chipchain/yield/packing.h"

namespace chipchain {

struct PanelFormat {
    std::string_view name;  // "510x515"
    double width_mm;
    double height_mm;
    std::string_view seen_with;
    std::string_view source;
    std::string_view mark;  // published, or assumption when only weak sources or an inference give it
};

// Formats of fan-out panels (backend facts 1.4), by area.
[[nodiscard]] std::span<const PanelFormat> panel_formats();

// Area of the panel / area of the wafer.
[[nodiscard]] double area_ratio(double panel_width_mm, double panel_height_mm, double wafer_diameter_mm);

struct FormatRules {
    double edge_mm = 10;              // assumption: that of the packing vectors
    double aspect = 1;                // height of a package / width
    std::optional<double> street_mm;  // nothing: assumed_street_mm() of the size
    PackingRules packing;
};

// One package size on one format.
struct FormatCount {
    double width_mm = 0;  // of the package
    size_t format = 0;    // index into the formats given
    uint64_t packages = 0;
    double utilisation = 0;  // area of packages / area of the panel
};
[[nodiscard]] FormatCount
count_format(double width_mm, std::span<const PanelFormat> formats, size_t format, const FormatRules& rules);

// Every size of [from, to] in steps on every format.
struct FormatStudy {
    std::vector<double> widths_mm;
    size_t formats = 0;
    std::vector<FormatCount> counts;  // [size * formats + format]
    std::vector<size_t> best_format;  // [size] index with the highest utilisation; ties go to the first
    FormatCount best;                 // of all: the joint optimum

    [[nodiscard]] const FormatCount& at(size_t size, size_t format) const { return counts[size * formats + format]; }
};
// REQUIRES 0 < from_mm <= to_mm, step_mm > 0, formats not empty.
[[nodiscard]] FormatStudy optimise_format(
    double from_mm,
    double to_mm,
    double step_mm,
    std::span<const PanelFormat> formats,
    const FormatRules& rules);

// For each format the size within `tolerance_mm` of the wish that uses the panel best, the best format first. Between
// two teeth utilisation grows with the size, so only teeth, (L - 2 edge + street) / n - street, and the upper end need
// be counted: exact for Rotation::none and both without fields. REQUIRES wish > tolerance >= 0.
[[nodiscard]] std::vector<FormatCount>
best_sizes_near(double wish_mm, double tolerance_mm, std::span<const PanelFormat> formats, const FormatRules& rules);

// A panel against a wafer, the same package on both.
struct WaferPanelRatio {
    uint64_t on_wafer = 0;
    uint64_t on_panel = 0;
    double area_ratio = 0;   // panel / wafer
    double count_ratio = 0;  // panel / wafer; 0 when none fits on the wafer
    double wafer_utilisation = 0;
    double panel_utilisation = 0;
};
[[nodiscard]] WaferPanelRatio compare_wafer_and_panel(
    const WaferShape& wafer,
    const PanelShape& panel,
    const PackageShape& package,
    const PackingRules& rules);

}  // namespace chipchain
