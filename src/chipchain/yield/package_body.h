// The body of a package with several dies: the least rectangle that holds them with clearances, and how much larger it
// is than the dies.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/yield/grid.h"

namespace chipchain {

inline constexpr size_t kMostDiesOfAPackage = 12;  // of the search

struct PackageDie {
    double width_mm = 10;
    double height_mm = 10;
    uint32_t count = 1;  // equal dies
};

struct BodyRules {
    double die_gap_mm = 0;   // between two dies
    double border_mm = 0;    // from a die to the edge of the body
    double most_aspect = 0;  // longer side of the body / shorter side; 1: a square; 0: any
    bool turn_dies = true;   // dies may be turned by 90 degrees
};

struct PackageBody {
    double width_mm = 0;
    double height_mm = 0;
    double area_ratio = 0;   // body / dies: 1.8 in the fan-out test vehicle of backend facts 1.5
    std::vector<Rect> dies;  // from the lower left corner of the body, in the order of the list, counts written out
};

// The body of least area over all arrangements by cuts from side to side (slicing floorplans); ties go to the one
// nearest to a square. An arrangement that no cut divides, as a pinwheel of four dies, is not found. REQUIRES sizes >
// 0, clearances >= 0 and 1 to kMostDiesOfAPackage dies.
[[nodiscard]] PackageBody smallest_body(const std::vector<PackageDie>& dies, const BodyRules& rules);

// A square body for one square die of a given area ratio: the side.
[[nodiscard]] double side_for_ratio_mm(double die_side_mm, double area_ratio);

}  // namespace chipchain
