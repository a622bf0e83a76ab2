// What a user may not write about wafers, panels, boards, dies and packages, one function per shape. Each returns all
// mistakes at once; a shape without errors may be given to the functions of this folder, whose REQUIRES it then meets.
//
// Messages name the key, the value and the allowed range. They carry no place (file UINT32_MAX): who read the figure
// from a file or an option knows it and may set it.
#pragma once

#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/yield/board_panel.h"
#include "chipchain/yield/die_shift.h"
#include "chipchain/yield/grid.h"
#include "chipchain/yield/package_body.h"
#include "chipchain/yield/packing.h"
#include "chipchain/yield/warpage.h"

namespace chipchain {

// Ids of all: not-a-number, negative-length, size-not-positive, length-too-large (above 10 m), and those of each
// function.

// edge-too-large: the edge is half of the wafer or more; notch-too-large: notch or flat leave less than half of it.
[[nodiscard]] Diagnostics check_wafer(const WaferShape& wafer);

// A die on that wafer: die-larger-than-wafer; as a warning die-larger-than-field (26 x 33 mm either way round: it needs
// stitched exposures).
[[nodiscard]] Diagnostics check_die(double width_mm, double height_mm, double street_mm, const WaferShape& wafer);

// edge-too-large; zone-outside-panel.
[[nodiscard]] Diagnostics check_panel(const PanelShape& panel);

// A package on that panel: package-larger-than-panel (the usable part, in the orientations allowed).
[[nodiscard]] Diagnostics check_package(const PackageShape& package, const PanelShape& panel, Rotation rotation);

// An exposure field for devices of that size. As a warning field-too-large (more than 26 x 33 mm); as an error
// device-larger-than-field: no device would be exposed.
[[nodiscard]] Diagnostics check_field(double field_x_mm, double field_y_mm, double width_mm, double height_mm);

// The dies of a package and its clearances: no-dies, too-many-dies.
[[nodiscard]] Diagnostics check_body(const std::vector<PackageDie>& dies, const BodyRules& rules);

// A board on a production panel: edge-too-large, board-larger-than-panel, zone-outside-panel.
[[nodiscard]] Diagnostics
check_board(double panel_x_mm, double panel_y_mm, double board_x_mm, double board_y_mm, const BoardPanelRules& rules);

// Die shift and overlay: negative-length for spreads, size-not-positive for budget, grid, radius and, with alignment by
// field, the field.
[[nodiscard]] Diagnostics check_shift(const ShiftModel& model, const OverlayRules& rules);

// A stack of layers and the limits of handling: no-layers, invalid-poisson (outside 0 to 0.5).
[[nodiscard]] Diagnostics check_stack(const std::vector<WarpLayer>& layers, const std::vector<HandlingLimit>& limits);

}  // namespace chipchain
