// The picture of a map as PNG: the shapes of map_picture.h filled by scan lines, twice as fine as the file and
// averaged, texts in a built-in font of 5 x 7 points. The same picture gives the same bytes with any compiler; libpng
// and zlib decide the compression, so that bytes may differ between their versions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/report/map_picture.h"

namespace chipchain {

struct Bitmap {
    uint32_t width = 0;
    uint32_t height = 0;
    std::vector<uint8_t> rgb;  // [(y * width + x) * 3], from the upper left

    [[nodiscard]] Color at(uint32_t x, uint32_t y) const {
        const uint8_t* p = &rgb[(size_t{y} * width + x) * 3];
        return {p[0], p[1], p[2]};
    }
};

// `width` is that of the bitmap in points, 1 to 8,000; the height follows.
[[nodiscard]] Bitmap draw(const MapPicture& picture, uint32_t width);

// The bytes of the file.
[[nodiscard]] std::string png_bytes(const Bitmap& bitmap);

}  // namespace chipchain
