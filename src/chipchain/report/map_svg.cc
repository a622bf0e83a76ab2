#include "chipchain/report/map_svg.h"

#include <cmath>

#include <fmt/format.h>

#include "chipchain/report/xml_document.h"

namespace chipchain {

namespace {

std::string rounded(double mm) { return fmt::format("{}", std::floor(mm * 1000 + 0.5) / 1000); }

std::string hex(const Color& c) { return fmt::format("#{:02x}{:02x}{:02x}", c.red, c.green, c.blue); }

bool is_rectangle(const std::vector<PicturePoint>& p) {
    return p.size() == 4 && p[0].y == p[1].y && p[1].x == p[2].x && p[2].y == p[3].y && p[3].x == p[0].x;
}

}  // namespace

std::string map_svg(const MapPicture& picture) {
    const std::string width = rounded(picture.width_mm);
    const std::string height = rounded(picture.height_mm);
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{0}mm\" height=\"{1}mm\" "
        "viewBox=\"0 0 {0} {1}\">\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
        width,
        height);
    for (const PictureShape& shape : picture.shapes) {
        out += fmt::format(
            "<path class=\"{}\" fill=\"{}\"{} d=\"",
            xml_escaped(shape.name),
            shape.filled ? hex(shape.fill) : "none",
            shape.line_mm > 0
                ? fmt::format(" stroke=\"{}\" stroke-width=\"{}\"", hex(shape.line), rounded(shape.line_mm))
                : "");
        for (const std::vector<PicturePoint>& p : shape.polygons) {
            out += fmt::format("M{} {}", rounded(p[0].x), rounded(p[0].y));
            if (is_rectangle(p)) {
                const std::string across = rounded(p[1].x - p[0].x);
                out += fmt::format("h{}v{}h{}z", across, rounded(p[2].y - p[1].y), rounded(p[0].x - p[1].x));
                continue;
            }
            for (size_t i = 1; i < p.size(); ++i) out += fmt::format("L{} {}", rounded(p[i].x), rounded(p[i].y));
            out += "z";
        }
        out += "\"/>\n";
    }
    for (const PictureText& t : picture.texts) {
        out += fmt::format(
            "<text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"{}\"{}>{}</text>\n",
            rounded(t.x),
            rounded(t.y),
            rounded(t.size_mm),
            t.bold ? " font-weight=\"bold\"" : "",
            xml_escaped(t.text));
    }
    return out + "</svg>\n";
}

}  // namespace chipchain
