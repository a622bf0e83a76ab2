// Packages on a panel: one grid, the package turned, strips of both, or grids inside exposure fields.
//
// Counting rule as in grid.h: a package counts when it lies inside the panel less its edge and touches no zone, and two
// packages are a street apart. Every count of the literature leaves some of edge, street, rotation, zones and fields
// unsaid (backend facts 1.5), so all of them are arguments here.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/yield/grid.h"

namespace chipchain {

enum class Rotation : uint8_t {
    none,   // as given
    both,   // all upright or all turned by 90 degrees, the better
    mixed,  // also blocks of both by guillotine cuts, so that saws still cut from side to side
};

// Exposure fields. Packages do not cross their borders and fields do not overlap.
struct FieldRule {
    double width_mm = 0;  // of the field; 0: no fields
    double height_mm = 0;
    bool whole_only = false;  // a field that does not fit with all its packages is not exposed
    bool trimmed = true;      // blades close to whole packages, so fields lie as close as packages; false: the pitch is
                              // the field
};

struct PackageShape {
    double width_mm = 50;
    double height_mm = 50;
    double street_mm = 0.2;  // between packages
};

struct PackingRules {
    Rotation rotation = Rotation::both;
    FieldRule field;
};

struct PlacedPackage {
    Rect rect;            // from the centre of the panel, mm
    bool turned = false;  // by 90 degrees
    int32_t field_x = 0;  // exposure field, 0 without fields
    int32_t field_y = 0;
};

struct Packing {
    uint64_t packages = 0;
    uint64_t turned = 0;                // of them
    uint64_t fields = 0;                // exposures per layer; 0 without fields
    uint64_t full_fields = 0;           // with all their packages
    double utilisation = 0;             // area of packages / area of the panel
    double usable_utilisation = 0;      // area of packages / area less edge and zones
    std::vector<PlacedPackage> placed;  // empty when not asked for
};

// The best packing found. Exact for Rotation::none and both without fields, and with trimmed fields of one orientation;
// with mixed the best of guillotine patterns of up to eight blocks (of four when more than 60 cuts are possible), never
// less than both. `list` asks for the places as well. A package that does not fit gives 0. REQUIRES sizes > 0, street
// and edge >= 0 (geometry_checks.h).
[[nodiscard]] Packing
pack_panel(const PanelShape& panel, const PackageShape& package, const PackingRules& rules, bool list = false);

// Street of the packing vectors in backend facts 1.6: 0.1 mm up to 10 mm, 0.2 mm above (assumption).
[[nodiscard]] double assumed_street_mm(double width_mm, double height_mm);

// Area of the panel less edge and zones, mm2. Zones are taken not to overlap each other.
[[nodiscard]] double usable_area_mm2(const PanelShape& panel);

}  // namespace chipchain
