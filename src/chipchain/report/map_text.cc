#include "chipchain/report/map_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "chipchain/report/map_picture.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

std::string utf8(char32_t c) {
    if (c < 0x80) return {static_cast<char>(c)};
    return {
        static_cast<char>(0xE0U | c >> 12U),
        static_cast<char>(0x80U | (c >> 6U & 0x3FU)),
        static_cast<char>(0x80U | (c & 0x3FU))};
}

// How many points a device takes, or how many devices a point holds.
struct Raster {
    uint32_t across = 1;  // points of a device
    uint32_t down = 1;
    uint32_t devices_x = 1;  // devices of a point
    uint32_t devices_y = 1;
};

uint32_t rounded(double x) { return static_cast<uint32_t>(std::clamp(std::floor(x + 0.5), 1.0, 1e6)); }

// `square`: width of a point over its height on the screen (1 for half blocks, 1/2 for characters).
Raster make_raster(const SubstrateMap& map, size_t width, size_t height, double square) {
    const double pitch_x = map.pitch_x_mm > 0 ? map.pitch_x_mm : 1;
    const double pitch_y = map.pitch_y_mm > 0 ? map.pitch_y_mm : 1;
    // points per device in x for one in y, or the inverse when devices are tall
    const double aspect = pitch_x / pitch_y / square;
    constexpr uint32_t kMost = 12;  // points of a device: a map of few devices need not fill the window
    Raster best;
    bool fits = false;
    for (uint32_t down = 1; down <= kMost; ++down) {
        const uint32_t across = rounded(aspect * down);
        if (across > kMost || size_t{across} * map.columns > width || size_t{down} * map.rows > height) break;
        best = {across, down, 1, 1};
        fits = true;
    }
    if (!fits) {
        for (uint32_t n = 1;; ++n) {
            best.devices_x = aspect >= 1 ? n : rounded(n / aspect);
            best.devices_y = aspect >= 1 ? rounded(n * aspect) : n;
            if (map.columns <= width * best.devices_x && map.rows <= height * best.devices_y) break;
        }
    }
    return best;
}

// The bin (position in map.bins, or -1) of each point.
std::vector<std::vector<int>> points_of(const SubstrateMap& map, const Raster& raster) {
    std::array<int, 256> bin_of = {};
    bin_of.fill(-1);
    for (size_t b = 0; b < map.bins.size(); ++b) bin_of[map.bins[b].code] = static_cast<int>(b);
    std::vector<std::vector<int>> out;
    std::vector<uint32_t> counts(map.bins.size());
    for (uint32_t r = 0; r < map.rows; r += raster.devices_y) {
        std::vector<int> line;
        for (uint32_t c = 0; c < map.columns; c += raster.devices_x) {
            std::fill(counts.begin(), counts.end(), 0);
            for (uint32_t y = r; y < std::min(r + raster.devices_y, map.rows); ++y) {
                for (uint32_t x = c; x < std::min(c + raster.devices_x, map.columns); ++x) {
                    const int bin = map.at(y, x) == kNullBin ? -1 : bin_of[map.at(y, x)];
                    if (bin >= 0) ++counts[static_cast<size_t>(bin)];
                }
            }
            int best = -1;
            uint32_t most = 0;
            for (size_t b = 0; b < counts.size(); ++b) {
                const bool tie = counts[b] == most && most > 0 && !map.bins[b].pass;
                if (counts[b] > most || tie) best = static_cast<int>(b);
                most = std::max(most, counts[b]);
            }
            line.insert(line.end(), raster.across, best);
        }
        out.insert(out.end(), raster.down, line);
    }
    return out;
}

std::string colored(const std::vector<std::vector<int>>& points, const std::vector<BinLook>& looks) {
    std::string out;
    for (size_t y = 0; y < points.size(); y += 2) {
        std::string state;
        for (size_t x = 0; x < points[y].size(); ++x) {
            const int upper = points[y][x];
            const int lower = y + 1 < points.size() ? points[y + 1][x] : -1;
            const auto color = [&looks](int bin) { return looks[static_cast<size_t>(bin)].ansi; };
            std::string now = "\x1b[0m";
            const int front = upper >= 0 ? upper : lower;
            if (front >= 0) now += fmt::format("\x1b[38;5;{}m", color(front));
            if (upper >= 0 && lower >= 0) now += fmt::format("\x1b[48;5;{}m", color(lower));
            if (now != state) out += now;
            state = now;
            out += front < 0 ? " " : utf8(upper >= 0 ? U'\u2580' : U'\u2584');
        }
        out += "\x1b[0m\n";
    }
    return out;
}

std::string
plain(const std::vector<std::vector<int>>& points, const std::vector<BinLook>& looks, const Raster& raster) {
    std::string out;
    // a device of three points or more is parted from the next by a blank
    const bool part_x = raster.across >= 3;
    const bool part_y = raster.down >= 3;
    for (size_t y = 0; y < points.size(); ++y) {
        std::string line;
        for (size_t x = 0; x < points[y].size(); ++x) {
            const bool gap =
                (part_x && x % raster.across == raster.across - 1) || (part_y && y % raster.down == raster.down - 1);
            const int bin = gap ? -1 : points[y][x];
            line += bin < 0 ? " " : utf8(looks[static_cast<size_t>(bin)].glyph);
        }
        while (!line.empty() && line.back() == ' ') line.pop_back();
        out += line + "\n";
    }
    return out;
}

}  // namespace

std::string map_text(const SubstrateMap& map, const MapTextOptions& options) {
    if (map.rows == 0 || map.columns == 0) return {};
    const std::vector<BinLook> looks = bin_looks(map);
    const size_t width = std::max<size_t>(options.width, 1);
    const size_t height = std::max<size_t>(options.height, 1);
    const Raster raster = make_raster(map, width, options.color ? 2 * height : height, options.color ? 1 : 0.5);
    const std::vector<std::vector<int>> points = points_of(map, raster);
    std::string out = options.color ? colored(points, looks) : plain(points, looks, raster);
    out += "\n";
    const uint64_t devices = map.devices();
    for (size_t b = 0; b < map.bins.size(); ++b) {
        const uint64_t count = map.count(map.bins[b].code);
        const std::string glyph = utf8(options.color ? U'\u2588' : looks[b].glyph);
        out += fmt::format(
            "{} {} {} ({:.1f} %)\n",
            options.color ? fmt::format("\x1b[38;5;{}m{}\x1b[0m", looks[b].ansi, glyph) : glyph,
            map.bins[b].name,
            grouped(static_cast<int64_t>(count)),
            devices == 0 ? 0.0 : 100.0 * static_cast<double>(count) / static_cast<double>(devices));
    }
    if (raster.devices_x * raster.devices_y > 1)
        out += fmt::format("a point shows {} x {} devices\n", raster.devices_x, raster.devices_y);
    return out;
}

}  // namespace chipchain
