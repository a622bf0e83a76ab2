// A substrate map in a terminal: true to scale, with one colour per bin in half blocks (two points a character), or
// with one glyph per bin where there are no colours; under it a legend with the counts of the bins.
#pragma once

#include <string>

#include "chipchain/yield/substrate_map.h"

namespace chipchain {

struct MapTextOptions {
    size_t width = 100;  // columns of the window
    size_t height = 40;  // most lines of the map itself
    bool color = false;  // 256 ANSI colours
};

// Lines of text. A map that is larger than the window is thinned: a point then shows the most frequent bin of its
// devices, a failing one when two are equally frequent; the legend says how many devices a point has.
[[nodiscard]] std::string map_text(const SubstrateMap& map, const MapTextOptions& options);

}  // namespace chipchain
