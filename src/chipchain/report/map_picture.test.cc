// Are the pictures of maps what they were, true to scale, and the same for the same map?
#include "chipchain/report/map_picture.h"

#include <gtest/gtest.h>

#include "chipchain/report/map_png.h"
#include "chipchain/report/map_svg.h"
#include "chipchain/report/map_text.h"
#include "chipchain/report/test_map.h"
#include "chipchain/report/xml_document.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

using testing::small_panel_map;
using testing::small_wafer_map;

MapOverlay small_overlay() {
    MapOverlay out;
    out.title = "15 x 12 mm on a 100 mm wafer";
    out.parameters = {{"street", "0.1 mm"}, {"edge", "3 mm"}};
    out.edge_mm = 3;
    out.notch_mm = 3;
    out.shots = {{0, 0, 30.2, 24.2}};
    out.defects = {{10, 10}};
    return out;
}

void expect_golden(const std::string& text, const char* name) {
    const std::filesystem::path path = testing::project_folder() / "src" / "chipchain" / "report" / "testdata" / name;
    if (testing::updating()) testing::write_text(path, text);
    EXPECT_EQ(text, testing::read_text(path)) << name;
}

TEST(MapPicture, svg_is_the_golden_one) {
    const std::string svg = map_svg(map_picture(small_wafer_map(), small_overlay()));
    expect_golden(svg, "small_wafer.svg");
    SourceMap sources;
    sources.add("small_wafer.svg", svg);
    EXPECT_TRUE(read_xml(sources, 0));
}

TEST(MapPicture, text_is_the_golden_one) {
    expect_golden(map_text(small_wafer_map(), {80, 40, false}), "small_wafer.txt");
    expect_golden(map_text(small_panel_map(), {60, 40, false}), "small_panel.txt");
}

// does each device of the map have its place, once, and inside the substrate?
TEST(MapPicture, shapes_are_true_to_scale) {
    const SubstrateMap map = small_wafer_map();
    const MapPicture picture = map_picture(map, small_overlay());
    size_t devices = 0;
    double center_x = 0;
    double center_y = 0;
    for (const PictureShape& shape : picture.shapes) {
        if (shape.name == "substrate") {
            double left = 1e9;
            double right = -1e9;
            for (const PicturePoint& p : shape.polygons[0]) {
                left = std::min(left, p.x);
                right = std::max(right, p.x);
                center_y += p.y / static_cast<double>(shape.polygons[0].size());
            }
            EXPECT_DOUBLE_EQ(right - left, 100);
            center_x = (left + right) / 2;
        }
        if (!shape.name.starts_with("bin-")) continue;
        devices += shape.polygons.size();
        for (const std::vector<PicturePoint>& device : shape.polygons) {
            EXPECT_NEAR(device[1].x - device[0].x, 15, 1e-9);
            EXPECT_NEAR(device[0].y - device[2].y, 12, 1e-9);
            for (const PicturePoint& p : device) {
                const double x = p.x - center_x;
                const double y = p.y - center_y;
                EXPECT_LE(x * x + y * y, 47 * 47 + 1e-6);
            }
        }
    }
    EXPECT_EQ(devices, map.devices());
}

// does each bin's colour cover the points that its devices' area says?
TEST(MapPicture, bitmap_has_the_areas_of_the_bins) {
    const SubstrateMap map = small_panel_map();
    const MapPicture picture = map_picture(map, {});
    const Bitmap bitmap = draw(picture, 800);
    const double scale = 800 / picture.width_mm;
    const std::vector<BinLook> looks = bin_looks(map);
    for (size_t b = 0; b < map.bins.size(); ++b) {
        double points = 0;
        for (uint32_t y = 0; y < bitmap.height; ++y) {
            for (uint32_t x = 0; x < bitmap.width; ++x) {
                const Color c = bitmap.at(x, y);
                const Color& want = looks[b].color;
                points += c.red == want.red && c.green == want.green && c.blue == want.blue ? 1 : 0;
            }
        }
        const double area = static_cast<double>(map.count(map.bins[b].code)) * 60 * 70 * scale * scale;
        EXPECT_NEAR(points / area, 1, 0.03) << map.bins[b].name;
    }
}

TEST(MapPicture, png_repeats) {
    const MapPicture picture = map_picture(small_wafer_map(), small_overlay());
    const std::string bytes = png_bytes(draw(picture, 400));
    EXPECT_EQ(bytes.substr(1, 3), "PNG");
    EXPECT_EQ(bytes, png_bytes(draw(picture, 400)));
    SubstrateMap other = small_wafer_map();
    other.codes[other.codes.size() / 2] = 2;
    EXPECT_NE(bytes, png_bytes(draw(map_picture(other, small_overlay()), 400)));
}

// is a map larger than the window thinned into it, and never wider?
TEST(MapPicture, text_fits_the_window) {
    const Region region = usable_region(PanelShape{700, 700, 10, {}});
    const GridCell cell = device_cell(3, 3, 0.1);
    SubstrateMap map = map_of(region, cell, place(region, cell, Centring::best));
    map.width_mm = map.height_mm = 700;
    const std::string text = map_text(map, {72, 30, false});
    std::istringstream in(text);
    std::string line;
    size_t lines = 0;
    while (std::getline(in, line)) {
        std::string glyphs;
        for (const char c : line) glyphs += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? "" : "x";
        EXPECT_LE(glyphs.size(), 72U);
        ++lines;
    }
    EXPECT_LE(lines, 30U + 4U);
    EXPECT_NE(text.find("a point shows"), std::string::npos);
    EXPECT_NE(text.find("good 47,961 (100.0 %)"), std::string::npos) << text;
}

TEST(MapPicture, colors_only_when_asked) {
    EXPECT_EQ(map_text(small_wafer_map(), {80, 40, false}).find('\x1b'), std::string::npos);
    EXPECT_NE(map_text(small_wafer_map(), {80, 40, true}).find("\x1b[38;5;36m"), std::string::npos);
}

}  // namespace
}  // namespace chipchain
