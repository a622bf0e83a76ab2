// A substrate map as shapes in mm: what the SVG (map_svg.h) and the PNG (map_png.h) both draw. Bins have colours that
// people with red-green blindness can tell apart (Okabe and Ito 2008): greens and blues pass, reds and yellows fail.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "chipchain/yield/grid.h"
#include "chipchain/yield/substrate_map.h"

namespace chipchain {

struct PicturePoint {
    double x = 0;
    double y = 0;
};

struct Color {
    uint8_t red = 0;
    uint8_t green = 0;
    uint8_t blue = 0;
};

// How a bin is shown; ansi: of the 256 colours of terminals, glyph: where there are no colours.
struct BinLook {
    Color color;
    uint8_t ansi = 0;
    char32_t glyph = 0;
};
// [bin] in the order of map.bins. More than 4 passing or 6 failing bins share looks.
[[nodiscard]] std::vector<BinLook> bin_looks(const SubstrateMap& map);

// What a map does not hold but a picture may show. Lengths in mm.
struct MapOverlay {
    std::string title;                                            // "26 x 16.5 mm on a 300 mm wafer"
    std::vector<std::pair<std::string, std::string>> parameters;  // under the legend, in that order
    double edge_mm = 0;
    double notch_mm = 0;      // keep-out of the notch, as WaferShape
    double flat_mm = 0;       // length of the flat, as WaferShape
    std::vector<Rect> shots;  // exposures, from the centre of the substrate, y upwards
    std::vector<Rect> zones;  // from the centre
    std::vector<Rect> loose;  // devices that stand on no common grid (the map has no rows then), from the centre
    std::vector<PicturePoint> defects;  // from the centre
};

// Polygons of one fill and one line. Coordinates in mm from the upper left corner of the picture, y downwards.
struct PictureShape {
    std::string name;  // "substrate", "edge", "shots", "zones", "bin-1", "defects": class in the SVG
    std::vector<std::vector<PicturePoint>> polygons;
    bool filled = false;
    Color fill;
    double line_mm = 0;  // 0: no line
    Color line;
};

struct PictureText {
    double x = 0;  // left end of the base line
    double y = 0;
    double size_mm = 4;
    std::string text;
    bool bold = false;
};

struct MapPicture {
    double width_mm = 0;
    double height_mm = 0;
    std::vector<PictureShape> shapes;  // later ones cover earlier ones
    std::vector<PictureText> texts;
};

[[nodiscard]] MapPicture map_picture(const SubstrateMap& map, const MapOverlay& overlay);

// The lower left corner of the device of a place, from the centre; pitches of 0 (not stated in a file) count as 1.
[[nodiscard]] Rect device_rect(const SubstrateMap& map, uint32_t row, uint32_t column);

}  // namespace chipchain
