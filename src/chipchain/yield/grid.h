// Where rectangles fit on a wafer or a panel: counts with the best offset of the grid, reticle shots, fields, zones.
//
// Counting rule (backend facts 1.5 and 4.1): an axis-aligned grid; a device counts when all four corners are inside the
// usable region; the pitch is size + street. Optima have corners exactly on the usable circle, so every comparison
// allows kGridEpsilon_mm: without it most best counts drop by one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/yield/substrate_map.h"

namespace chipchain {

inline constexpr double kGridEpsilon_mm = 1e-7;

struct Rect {
    double x = 0;  // lower left corner, mm
    double y = 0;
    double width = 0;
    double height = 0;
};

// Do they share more than an edge, by more than kGridEpsilon_mm?
[[nodiscard]] bool overlaps(const Rect& a, const Rect& b);

// The usable part of a substrate, from its centre, y upwards. A wafer: the circle without the edge, cut below by the
// flat or by the keep-out of the notch. A panel: the rectangle without the edge, less the zones.
struct Region {
    bool round = true;
    double radius = 147;    // usable, round only
    double bottom = -147;   // round only: nothing below this line (flat, notch keep-out)
    double half_width = 0;  // usable, panel only
    double half_height = 0;
    std::vector<Rect> zones;  // panel only: nothing may overlap them (ID marks, handling)
};

struct WaferShape {
    double diameter_mm = 300;
    double edge_mm = 3;   // excluded
    double notch_mm = 0;  // height of the keep-out above the lowest point of the wafer; 0: none
    double flat_mm = 0;   // length of the flat (SEMI M1: 57.5 for 150 mm wafers); 0: none
};

struct PanelShape {
    double width_mm = 700;
    double height_mm = 700;
    double edge_mm = 10;      // excluded on all sides
    std::vector<Rect> zones;  // from the lower left corner of the panel
};

[[nodiscard]] Region usable_region(const WaferShape& wafer);
[[nodiscard]] Region usable_region(const PanelShape& panel);

// What repeats over the substrate: devices of one or more kinds inside a cell. A plain grid has one device per cell; a
// reticle has all devices of one exposure.
struct GridCell {
    double pitch_x = 0;  // of the cell, mm
    double pitch_y = 0;
    std::vector<Rect> devices;    // positions inside the cell
    std::vector<uint32_t> kinds;  // [device] kind of product, 0 first
    bool whole = false;           // a cell counts only when all its devices fit: no partial shots
};

// One device of a grid, or the best field of `nx` x `ny` devices of one kind.
[[nodiscard]] GridCell device_cell(double width, double height, double street);

// The exposure field of scanners, and the half field of a 0.55 NA scanner (backend facts 4.1).
inline constexpr double kField_x_mm = 26;
inline constexpr double kField_y_mm = 33;
inline constexpr double kHalfField_y_mm = 16.5;

// As many devices as fit into an exposure field of field_x x field_y (kField_x_mm x kField_y_mm at most), street
// included. nx = ny = 0 when not even one fits.
struct Field {
    uint32_t nx = 0;
    uint32_t ny = 0;
    GridCell cell;
};
[[nodiscard]] Field exposure_field(double width, double height, double street, double field_x, double field_y);

enum class Centring : uint8_t {
    best,           // the offset with most devices
    device_centre,  // the centre of a device on the centre of the substrate
    corner,         // corners of four devices around it
    x_shifted,      // device centre in y, corner in x
    y_shifted,      // device centre in x, corner in y
};

struct Placement {
    double offset_x = 0;  // lower left corner of cell (0, 0) from the centre
    double offset_y = 0;
    uint64_t devices = 0;
    std::vector<uint64_t> by_kind;  // [kind]
    uint64_t shots = 0;             // cells with at least one device
    uint64_t full_shots = 0;        // cells with all of them
    bool proven = false;            // by place(): no other offset holds more
};

// The number of devices with the cell grid at that offset.
[[nodiscard]] Placement count_at(const Region& region, const GridCell& cell, double offset_x, double offset_y);

// The best placement. On a wafer: exact in x for each of `steps` offsets in y and for the offsets where a row of
// devices touches the circle, improved in y and x by turns, then branch and bound over y until nothing better is left
// (`proven`; for dies below about 1 mm the budget may end before, and the count is a lower bound). On a panel: exact,
// also with zones; without zones and with one device per cell it is floor((L - 2 edge + street) / pitch) per axis.
// Whole cells with an empty corner on a wafer are tried on a lattice. REQUIRES pitches > 0 and at least one device.
[[nodiscard]] Placement place(const Region& region, const GridCell& cell, Centring centring, uint32_t steps = 100);

// Devices of a placement one by one, from lower left; `shot` counts cells from the lower left.
struct PlacedDevice {
    Rect rect;
    int32_t cell_x = 0;
    int32_t cell_y = 0;
    uint32_t device = 0;  // index in GridCell::devices
};
[[nodiscard]] std::vector<PlacedDevice>
placed_devices(const Region& region, const GridCell& cell, const Placement& placement);

// A map of the placement with all devices in `code`, places outside null. REQUIRES equal devices on a regular grid.
[[nodiscard]] SubstrateMap map_of(const Region& region, const GridCell& cell, const Placement& placement);

}  // namespace chipchain
