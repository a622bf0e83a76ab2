#include "chipchain/report/map_picture.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

constexpr BinLook kPass[] = {
    {{0, 158, 115}, 36, U'\u2588'},
    {{86, 180, 233}, 74, U'\u2593'},
    {{0, 114, 178}, 25, U'\u2592'},
    {{140, 198, 63}, 113, U'\u2591'},
};
constexpr BinLook kFail[] = {
    {{213, 94, 0}, 166, U'x'},
    {{230, 159, 0}, 214, U'o'},
    {{204, 121, 167}, 175, U'+'},
    {{240, 228, 66}, 227, U'*'},
    {{153, 153, 153}, 246, U'-'},
    {{90, 60, 50}, 238, U'#'},
};

constexpr Color kInk = {40, 40, 40};
constexpr Color kSubstrate = {236, 236, 240};
constexpr Color kEdge = {150, 150, 160};
constexpr Color kShot = {60, 60, 160};
constexpr Color kZone = {200, 200, 205};
constexpr double kMargin = 6;
constexpr double kNotchDepth = 1.0;  // SEMI M1: 1.00 mm deep with 90 degrees

using Polygon = std::vector<PicturePoint>;

Polygon rectangle(double x, double y, double width, double height) {
    return {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
}

// Points of a circle around (0, 0), by t -> ((1 - t2) / (1 + t2), 2t / (1 + t2)): the same bits everywhere, which sine
// and cosine of different libraries are not. The part below y = bottom is cut off.
Polygon circle(double radius, double bottom) {
    constexpr int kPerQuadrant = 64;  // off the circle by less than 0.03 % of the radius
    Polygon out;
    for (int quadrant = 0; quadrant < 4; ++quadrant) {
        for (int i = 0; i < kPerQuadrant; ++i) {
            const double t = static_cast<double>(i) / kPerQuadrant;
            double x = radius * (1 - t * t) / (1 + t * t);
            double y = radius * 2 * t / (1 + t * t);
            for (int q = 0; q < quadrant; ++q) {
                const double old = x;
                x = -y;
                y = old;
            }
            if (y < bottom) {
                // the corner where the circle meets the line
                y = bottom;
                const double half = std::sqrt(std::max(0.0, radius * radius - bottom * bottom));
                x = std::clamp(x, -half, half);
            }
            out.push_back({x, y});
        }
    }
    return out;
}

// Draws with the centre of the substrate as origin and y upwards.
class Sheet {
 public:
    Sheet(const SubstrateMap& map, double top)
        : center_x_(kMargin + map.width_mm / 2), center_y_(top + map.height_mm / 2) {}

    [[nodiscard]] Polygon placed(Polygon polygon) const {
        for (PicturePoint& p : polygon) p = {center_x_ + p.x, center_y_ - p.y};
        return polygon;
    }
    [[nodiscard]] Polygon placed(const Rect& r) const { return placed(rectangle(r.x, r.y, r.width, r.height)); }

 private:
    double center_x_;
    double center_y_;
};

// Turned from "at the bottom" to where the notch is.
Polygon turned(Polygon polygon, double notch_degrees) {
    const auto quarters = static_cast<int>(std::floor((notch_degrees - 270) / 90 + 0.5));
    for (int q = 0; q < (quarters % 4 + 4) % 4; ++q) {
        for (PicturePoint& p : polygon) p = {-p.y, p.x};
    }
    return polygon;
}

void add_wafer(const SubstrateMap& map, const MapOverlay& overlay, const Sheet& sheet, MapPicture& out) {
    const double radius = map.width_mm / 2;
    double bottom = -radius;
    if (overlay.flat_mm > 0) bottom = -std::sqrt(radius * radius - overlay.flat_mm * overlay.flat_mm / 4);
    const auto place = [&](Polygon p) { return sheet.placed(turned(std::move(p), map.notch_degrees)); };
    out.shapes.push_back({"substrate", {place(circle(radius, bottom))}, true, kSubstrate, 0.4, kInk});
    if (overlay.flat_mm <= 0) {
        const double d = kNotchDepth;
        const Polygon notch = {{-d, -radius - 0.3}, {0, -radius + d}, {d, -radius - 0.3}};
        out.shapes.push_back({"notch", {place(notch)}, true, {255, 255, 255}, 0.3, kInk});
    }
    const Region region = usable_region(WaferShape{map.width_mm, overlay.edge_mm, overlay.notch_mm, overlay.flat_mm});
    if (overlay.edge_mm > 0 || overlay.notch_mm > 0)
        out.shapes.push_back({"edge", {place(circle(region.radius, region.bottom))}, false, {}, 0.2, kEdge});
}

void add_panel(const SubstrateMap& map, const MapOverlay& overlay, const Sheet& sheet, MapPicture& out) {
    const double x = map.width_mm / 2;
    const double y = map.height_mm / 2;
    const double e = overlay.edge_mm;
    out.shapes.push_back({"substrate", {sheet.placed(Rect{-x, -y, 2 * x, 2 * y})}, true, kSubstrate, 0.4, kInk});
    // the ID mark stands at the side that notch_degrees names
    const double side = std::min(x, y);
    const Polygon mark = {{-4, -side + 0.5}, {4, -side + 0.5}, {4, -side + 2.5}, {-4, -side + 2.5}};
    out.shapes.push_back({"mark", {sheet.placed(turned(mark, map.notch_degrees))}, true, kInk, 0, {}});
    if (e > 0)
        out.shapes.push_back(
            {"edge", {sheet.placed(Rect{-x + e, -y + e, 2 * (x - e), 2 * (y - e)})}, false, {}, 0.2, kEdge});
}

void add_devices(const SubstrateMap& map, const Sheet& sheet, MapPicture& out) {
    const std::vector<BinLook> looks = bin_looks(map);
    // streets are thinner than a point of a bitmap: lines part the devices, unless they are small
    const Rect device = device_rect(map, 0, 0);
    const bool parted = std::min(device.width, device.height) > std::max(map.width_mm, map.height_mm) / 60;
    for (size_t b = 0; b < map.bins.size(); ++b) {
        PictureShape shape;
        shape.name = fmt::format("bin-{}", map.bins[b].code);
        shape.filled = true;
        shape.fill = looks[b].color;
        shape.line_mm = parted ? std::max(map.width_mm, map.height_mm) / 600 : 0;
        shape.line = kSubstrate;
        for (uint32_t r = 0; r < map.rows; ++r) {
            for (uint32_t c = 0; c < map.columns; ++c) {
                if (map.at(r, c) == map.bins[b].code) shape.polygons.push_back(sheet.placed(device_rect(map, r, c)));
            }
        }
        if (!shape.polygons.empty()) out.shapes.push_back(std::move(shape));
    }
}

void add_overlay(const SubstrateMap& map, const MapOverlay& overlay, const Sheet& sheet, MapPicture& out) {
    PictureShape zones = {"zones", {}, true, kZone, 0.2, kEdge};
    for (const Rect& zone : overlay.zones) zones.polygons.push_back(sheet.placed(zone));
    if (!zones.polygons.empty()) out.shapes.push_back(std::move(zones));
    PictureShape loose = {"bin-1", {}, true, kPass[0].color, map.width_mm / 600, kSubstrate};
    for (const Rect& device : overlay.loose) loose.polygons.push_back(sheet.placed(device));
    if (!loose.polygons.empty()) out.shapes.push_back(std::move(loose));
    PictureShape shots = {"shots", {}, false, {}, 0.35, kShot};
    for (const Rect& shot : overlay.shots) shots.polygons.push_back(sheet.placed(shot));
    if (!shots.polygons.empty()) out.shapes.push_back(std::move(shots));
    PictureShape defects = {"defects", {}, true, {0, 0, 0}, 0, {}};
    const double half = std::max(0.4, std::max(map.width_mm, map.height_mm) / 250);  // drawn size of a defect
    for (const PicturePoint& d : overlay.defects)
        defects.polygons.push_back(
            sheet.placed(Polygon{{d.x - half, d.y}, {d.x, d.y + half}, {d.x + half, d.y}, {d.x, d.y - half}}));
    if (!defects.polygons.empty()) out.shapes.push_back(std::move(defects));
}

// Title above, legend and parameters below; returns the height they take below.
double add_texts(const SubstrateMap& map, const MapOverlay& overlay, double text_mm, double below, MapPicture& out) {
    const std::string title = overlay.title.empty() ? map.substrate_id : overlay.title;
    out.texts.push_back({kMargin, kMargin + text_mm, text_mm * 1.2, title, true});
    const uint64_t devices = map.devices() + overlay.loose.size();
    const uint64_t good = map.good() + overlay.loose.size();
    out.texts.push_back(
        {kMargin,
         kMargin + 2.6 * text_mm,
         text_mm,
         fmt::format(
             "{} devices, {} good ({:.1f} %)",
             grouped(static_cast<int64_t>(devices)),
             grouped(static_cast<int64_t>(good)),
             devices == 0 ? 0.0 : 100.0 * static_cast<double>(good) / static_cast<double>(devices)),
         false});
    const std::vector<BinLook> looks = bin_looks(map);
    double y = below + 1.5 * text_mm;
    for (size_t b = 0; b < map.bins.size(); ++b) {
        const uint64_t count = map.count(map.bins[b].code);
        out.shapes.push_back(
            {"legend", {rectangle(kMargin, y - 0.8 * text_mm, text_mm, text_mm)}, true, looks[b].color, 0, {}});
        out.texts.push_back(
            {kMargin + 1.6 * text_mm,
             y,
             text_mm,
             fmt::format("{}: {}", map.bins[b].name, grouped(static_cast<int64_t>(count))),
             false});
        y += 1.5 * text_mm;
    }
    for (const auto& [name, value] : overlay.parameters) {
        out.texts.push_back({kMargin, y, text_mm * 0.8, name + ": " + value, false});
        y += 1.2 * text_mm;
    }
    return y - below;
}

}  // namespace

std::vector<BinLook> bin_looks(const SubstrateMap& map) {
    std::vector<BinLook> out;
    size_t passing = 0;
    size_t failing = 0;
    for (const MapBin& bin : map.bins)
        out.push_back(bin.pass ? kPass[passing++ % std::size(kPass)] : kFail[failing++ % std::size(kFail)]);
    return out;
}

Rect device_rect(const SubstrateMap& map, uint32_t row, uint32_t column) {
    const double pitch_x = map.pitch_x_mm > 0 ? map.pitch_x_mm : 1;
    const double pitch_y = map.pitch_y_mm > 0 ? map.pitch_y_mm : 1;
    const double width = map.device_x_mm > 0 ? map.device_x_mm : pitch_x;
    const double height = map.device_y_mm > 0 ? map.device_y_mm : pitch_y;
    return {map.first_x_mm + column * pitch_x, map.first_y_mm - row * pitch_y, width, height};
}

MapPicture map_picture(const SubstrateMap& map, const MapOverlay& overlay) {
    MapPicture out;
    const double text_mm = std::max(2.0, std::max(map.width_mm, map.height_mm) / 60);
    const double top = kMargin + 4 * text_mm;
    const Sheet sheet(map, top);
    if (map.kind == SubstrateKind::wafer) {
        add_wafer(map, overlay, sheet, out);
    } else {
        add_panel(map, overlay, sheet, out);
    }
    add_devices(map, sheet, out);
    add_overlay(map, overlay, sheet, out);
    const double below = top + map.height_mm;
    out.width_mm = std::max(map.width_mm, 40 * text_mm * 0.6) + 2 * kMargin;
    out.height_mm = below + add_texts(map, overlay, text_mm, below, out) + kMargin;
    return out;
}

}  // namespace chipchain
