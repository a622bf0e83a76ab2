#include "chipchain/report/map_png.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr uint32_t kFine = 2;  // points per point of the file, each way

// Characters 0x20 to 0x7E, five columns each from the left; the lowest bit is the upper point of seven.
constexpr uint8_t kFont[95][5] = {
    {0x00, 0x00, 0x00, 0x00, 0x00}, {0x00, 0x00, 0x5F, 0x00, 0x00}, {0x00, 0x07, 0x00, 0x07, 0x00},
    {0x14, 0x7F, 0x14, 0x7F, 0x14}, {0x24, 0x2A, 0x7F, 0x2A, 0x12}, {0x23, 0x13, 0x08, 0x64, 0x62},
    {0x36, 0x49, 0x56, 0x20, 0x50}, {0x00, 0x00, 0x07, 0x00, 0x00}, {0x00, 0x1C, 0x22, 0x41, 0x00},
    {0x00, 0x41, 0x22, 0x1C, 0x00}, {0x14, 0x08, 0x3E, 0x08, 0x14}, {0x08, 0x08, 0x3E, 0x08, 0x08},
    {0x00, 0x50, 0x30, 0x00, 0x00}, {0x08, 0x08, 0x08, 0x08, 0x08}, {0x00, 0x60, 0x60, 0x00, 0x00},
    {0x20, 0x10, 0x08, 0x04, 0x02}, {0x3E, 0x51, 0x49, 0x45, 0x3E}, {0x00, 0x42, 0x7F, 0x40, 0x00},
    {0x42, 0x61, 0x51, 0x49, 0x46}, {0x21, 0x41, 0x45, 0x4B, 0x31}, {0x18, 0x14, 0x12, 0x7F, 0x10},
    {0x27, 0x45, 0x45, 0x45, 0x39}, {0x3C, 0x4A, 0x49, 0x49, 0x30}, {0x01, 0x71, 0x09, 0x05, 0x03},
    {0x36, 0x49, 0x49, 0x49, 0x36}, {0x06, 0x49, 0x49, 0x29, 0x1E}, {0x00, 0x36, 0x36, 0x00, 0x00},
    {0x00, 0x56, 0x36, 0x00, 0x00}, {0x08, 0x14, 0x22, 0x41, 0x00}, {0x14, 0x14, 0x14, 0x14, 0x14},
    {0x00, 0x41, 0x22, 0x14, 0x08}, {0x02, 0x01, 0x51, 0x09, 0x06}, {0x3E, 0x41, 0x5D, 0x55, 0x1E},
    {0x7E, 0x11, 0x11, 0x11, 0x7E}, {0x7F, 0x49, 0x49, 0x49, 0x36}, {0x3E, 0x41, 0x41, 0x41, 0x22},
    {0x7F, 0x41, 0x41, 0x22, 0x1C}, {0x7F, 0x49, 0x49, 0x49, 0x41}, {0x7F, 0x09, 0x09, 0x09, 0x01},
    {0x3E, 0x41, 0x49, 0x49, 0x7A}, {0x7F, 0x08, 0x08, 0x08, 0x7F}, {0x00, 0x41, 0x7F, 0x41, 0x00},
    {0x20, 0x40, 0x41, 0x3F, 0x01}, {0x7F, 0x08, 0x14, 0x22, 0x41}, {0x7F, 0x40, 0x40, 0x40, 0x40},
    {0x7F, 0x02, 0x0C, 0x02, 0x7F}, {0x7F, 0x04, 0x08, 0x10, 0x7F}, {0x3E, 0x41, 0x41, 0x41, 0x3E},
    {0x7F, 0x09, 0x09, 0x09, 0x06}, {0x3E, 0x41, 0x51, 0x21, 0x5E}, {0x7F, 0x09, 0x19, 0x29, 0x46},
    {0x46, 0x49, 0x49, 0x49, 0x31}, {0x01, 0x01, 0x7F, 0x01, 0x01}, {0x3F, 0x40, 0x40, 0x40, 0x3F},
    {0x1F, 0x20, 0x40, 0x20, 0x1F}, {0x3F, 0x40, 0x38, 0x40, 0x3F}, {0x63, 0x14, 0x08, 0x14, 0x63},
    {0x07, 0x08, 0x70, 0x08, 0x07}, {0x61, 0x51, 0x49, 0x45, 0x43}, {0x00, 0x7F, 0x41, 0x41, 0x00},
    {0x02, 0x04, 0x08, 0x10, 0x20}, {0x00, 0x41, 0x41, 0x7F, 0x00}, {0x04, 0x02, 0x01, 0x02, 0x04},
    {0x40, 0x40, 0x40, 0x40, 0x40}, {0x00, 0x01, 0x02, 0x04, 0x00}, {0x20, 0x54, 0x54, 0x54, 0x78},
    {0x7F, 0x48, 0x44, 0x44, 0x38}, {0x38, 0x44, 0x44, 0x44, 0x20}, {0x38, 0x44, 0x44, 0x48, 0x7F},
    {0x38, 0x54, 0x54, 0x54, 0x18}, {0x08, 0x7E, 0x09, 0x01, 0x02}, {0x0C, 0x52, 0x52, 0x52, 0x3E},
    {0x7F, 0x08, 0x04, 0x04, 0x78}, {0x00, 0x44, 0x7D, 0x40, 0x00}, {0x20, 0x40, 0x44, 0x3D, 0x00},
    {0x7F, 0x10, 0x28, 0x44, 0x00}, {0x00, 0x41, 0x7F, 0x40, 0x00}, {0x7C, 0x04, 0x18, 0x04, 0x78},
    {0x7C, 0x08, 0x04, 0x04, 0x78}, {0x38, 0x44, 0x44, 0x44, 0x38}, {0x7C, 0x14, 0x14, 0x14, 0x08},
    {0x08, 0x14, 0x14, 0x18, 0x7C}, {0x7C, 0x08, 0x04, 0x04, 0x08}, {0x48, 0x54, 0x54, 0x54, 0x20},
    {0x04, 0x3F, 0x44, 0x40, 0x20}, {0x3C, 0x40, 0x40, 0x20, 0x7C}, {0x1C, 0x20, 0x40, 0x20, 0x1C},
    {0x3C, 0x40, 0x30, 0x40, 0x3C}, {0x44, 0x28, 0x10, 0x28, 0x44}, {0x0C, 0x50, 0x50, 0x50, 0x3C},
    {0x44, 0x64, 0x54, 0x4C, 0x44}, {0x00, 0x08, 0x36, 0x41, 0x00}, {0x00, 0x00, 0x7F, 0x00, 0x00},
    {0x00, 0x41, 0x36, 0x08, 0x00}, {0x08, 0x04, 0x08, 0x10, 0x08},
};

class Canvas {
 public:
    Canvas(uint32_t width, uint32_t height)
        : width_(width), height_(height), points_(size_t{width} * height, {255, 255, 255}) {}

    // The points whose centre is inside (even-odd rule). Coordinates in points.
    void fill(const std::vector<PicturePoint>& polygon, const Color& color) {
        double low = polygon[0].y;
        double high = low;
        for (const PicturePoint& p : polygon) {
            low = std::min(low, p.y);
            high = std::max(high, p.y);
        }
        const int64_t first = std::max<int64_t>(0, above(low));
        const int64_t end = std::min<int64_t>(height_, above(high));
        for (int64_t y = first; y < end; ++y) {
            crossings_.clear();
            const double at = static_cast<double>(y) + 0.5;
            for (size_t i = 0; i < polygon.size(); ++i) {
                const PicturePoint& a = polygon[i];
                const PicturePoint& b = polygon[(i + 1) % polygon.size()];
                if ((a.y <= at) == (b.y <= at)) continue;
                crossings_.push_back(a.x + (at - a.y) / (b.y - a.y) * (b.x - a.x));
            }
            std::sort(crossings_.begin(), crossings_.end());
            for (size_t i = 0; i + 1 < crossings_.size(); i += 2) span(y, crossings_[i], crossings_[i + 1], color);
        }
    }

    void outline(const std::vector<PicturePoint>& polygon, double line, const Color& color) {
        const double half = std::max(line, double{kFine}) / 2;
        for (size_t i = 0; i < polygon.size(); ++i) {
            const PicturePoint& a = polygon[i];
            const PicturePoint& b = polygon[(i + 1) % polygon.size()];
            const double x = b.x - a.x;
            const double y = b.y - a.y;
            const double length = std::sqrt(x * x + y * y);
            if (length <= 0) continue;
            const double u = x / length * half;
            const double v = y / length * half;
            // longer by half a line at both ends, so that corners are closed
            fill(
                {{a.x - u - v, a.y - v + u},
                 {b.x + u - v, b.y + v + u},
                 {b.x + u + v, b.y + v - u},
                 {a.x - u + v, a.y - v - u}},
                color);
        }
    }

    void text(const PictureText& t, double scale) {
        const auto dot = kFine * std::max<int64_t>(1, static_cast<int64_t>(t.size_mm * scale / (10 * kFine) + 0.5));
        int64_t left = static_cast<int64_t>(t.x * scale);
        const int64_t top = static_cast<int64_t>(t.y * scale) / kFine * kFine - 7 * dot;
        left -= left % kFine;
        for (size_t i = 0; i < t.text.size(); ++i) {
            const auto c = static_cast<unsigned char>(t.text[i]);
            if ((c & 0xC0U) == 0x80U) continue;  // the rest of a UTF-8 sequence
            glyph(kFont[c >= 0x20 && c < 0x7F ? c - 0x20 : '?' - 0x20], left, top, dot, t.bold);
            left += 6 * dot;
        }
    }

    [[nodiscard]] Bitmap averaged() const {
        Bitmap out{width_ / kFine, height_ / kFine, {}};
        out.rgb.reserve(size_t{out.width} * out.height * 3);
        for (uint32_t y = 0; y < out.height; ++y) {
            for (uint32_t x = 0; x < out.width; ++x) {
                uint32_t sum[3] = {};
                for (uint32_t k = 0; k < kFine * kFine; ++k) {
                    const Color& c = points_[size_t{y * kFine + k / kFine} * width_ + x * kFine + k % kFine];
                    sum[0] += c.red;
                    sum[1] += c.green;
                    sum[2] += c.blue;
                }
                for (const uint32_t s : sum)
                    out.rgb.push_back(static_cast<uint8_t>((s + kFine * kFine / 2) / (kFine * kFine)));
            }
        }
        return out;
    }

 private:
    // the first point whose centre is not before that coordinate
    static int64_t above(double at) { return static_cast<int64_t>(std::ceil(std::clamp(at, -1e9, 1e9) - 0.5)); }

    void span(int64_t y, double from, double to, const Color& color) {
        const int64_t first = std::max<int64_t>(0, above(from));
        const int64_t end = std::min<int64_t>(width_, above(to));
        for (int64_t x = first; x < end; ++x) points_[static_cast<size_t>(y) * width_ + static_cast<size_t>(x)] = color;
    }

    void glyph(const uint8_t (&columns)[5], int64_t left, int64_t top, int64_t dot, bool bold) {
        constexpr Color kText = {20, 20, 20};
        const int64_t wide = bold ? dot + kFine : dot;
        for (int64_t c = 0; c < 5; ++c) {
            for (int64_t r = 0; r < 7; ++r) {
                if ((columns[c] >> r & 1) == 0) continue;
                for (int64_t y = top + r * dot; y < top + (r + 1) * dot; ++y) {
                    if (y < 0 || y >= height_) continue;
                    const auto x = static_cast<double>(left + c * dot);
                    span(y, x, x + static_cast<double>(wide), kText);
                }
            }
        }
    }

    uint32_t width_;
    uint32_t height_;
    std::vector<Color> points_;
    std::vector<double> crossings_;
};

}  // namespace

Bitmap draw(const MapPicture& picture, uint32_t width) {
    CHECK(width > 0 && width <= 8000 && picture.width_mm > 0 && picture.height_mm > 0);
    const double scale = kFine * width / picture.width_mm;
    const auto height = static_cast<uint32_t>(std::clamp(std::ceil(picture.height_mm * scale / kFine), 1.0, 16000.0));
    Canvas canvas(width * kFine, height * kFine);
    std::vector<PicturePoint> polygon;
    for (const PictureShape& shape : picture.shapes) {
        for (const std::vector<PicturePoint>& points : shape.polygons) {
            polygon.clear();
            for (const PicturePoint& p : points) polygon.push_back({p.x * scale, p.y * scale});
            if (shape.filled) canvas.fill(polygon, shape.fill);
            if (shape.line_mm > 0) canvas.outline(polygon, shape.line_mm * scale, shape.line);
        }
    }
    for (const PictureText& t : picture.texts) canvas.text(t, scale);
    return canvas.averaged();
}

std::string png_bytes(const Bitmap& bitmap) {
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    image.width = bitmap.width;
    image.height = bitmap.height;
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = 0;
    // the first call only asks for the size
    const auto write = [&](void* to) {
        return png_image_write_to_memory(&image, to, &size, 0, bitmap.rgb.data(), 0, nullptr) != 0;
    };
    const bool sized = write(nullptr);
    CHECK(sized);
    std::string out(size, '\0');
    const bool written = write(out.data());
    CHECK(written);
    out.resize(size);
    return out;
}

}  // namespace chipchain
