#include "chipchain/yield/grid.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kEps = kGridEpsilon_mm;

// The x range in which a device of the rows y..y+height may lie; empty: high < low.
struct Range {
    double low = 0;
    double high = -1;
};

Range x_range(const Region& region, double y, double height) {
    if (!region.round) {
        if (y < -region.half_height - kEps || y + height > region.half_height + kEps) return {};
        return {-region.half_width, region.half_width};
    }
    if (y < region.bottom - kEps) return {};
    const double far = std::max(std::fabs(y), std::fabs(y + height));
    if (far > region.radius + kEps) return {};
    const double half = std::sqrt(std::max(0.0, region.radius * region.radius - far * far));
    return {-half, half};
}

// The same for columns.
Range y_range(const Region& region, double x, double width) {
    if (!region.round) {
        if (x < -region.half_width - kEps || x + width > region.half_width + kEps) return {};
        return {-region.half_height, region.half_height};
    }
    const double far = std::max(std::fabs(x), std::fabs(x + width));
    if (far > region.radius + kEps) return {};
    const double half = std::sqrt(std::max(0.0, region.radius * region.radius - far * far));
    return {std::max(-half, region.bottom), half};
}

bool overlaps(const Rect& a, const Rect& b) {
    return a.x < b.x + b.width - kEps && b.x < a.x + a.width - kEps && a.y < b.y + b.height - kEps &&
           b.y < a.y + a.height - kEps;
}

bool fits(const Region& region, const Rect& r) {
    const Range x = x_range(region, r.y, r.height);
    if (r.x < x.low - kEps || r.x + r.width > x.high + kEps) return false;
    return std::none_of(region.zones.begin(), region.zones.end(), [&r](const Rect& zone) { return overlaps(r, zone); });
}

double extent(const Region& region, bool vertical) {
    if (region.round) return region.radius;
    return vertical ? region.half_height : region.half_width;
}

// Cells that can touch the region along one axis: first and last index.
std::pair<int32_t, int32_t> cells_along(double extent, double offset, double pitch) {
    return {
        static_cast<int32_t>(std::floor((-extent - offset) / pitch)) - 1,
        static_cast<int32_t>(std::floor((extent - offset) / pitch)) + 1};
}

double wrapped(double x, double pitch) {
    const double rest = x - std::floor(x / pitch) * pitch;
    return rest >= pitch ? 0 : rest;
}

// For a row of devices the number of those that fit is `base` for every offset and one more while the offset lies in
// [from, from + width] modulo the pitch.
struct Sweep {
    double pitch = 1;
    int64_t base = 0;
    std::vector<std::pair<double, int>> events;  // (offset, +1 or -1)
    int64_t open = 0;                            // intervals that contain offset 0

    void add(Range range, double position, double size) {
        const double free = range.high - range.low - size + 2 * kEps;
        if (free < 0) return;
        const double more = std::floor(free / pitch);
        base += static_cast<int64_t>(more);
        const double width = free - more * pitch;
        const double from = wrapped(range.low - kEps - position, pitch);
        events.emplace_back(from, 1);
        if (from + width < pitch) {
            events.emplace_back(from + width, -1);
        } else {
            events.emplace_back(from + width - pitch, -1);
            ++open;
        }
    }
    // The offset in [0, pitch) with most devices, and how many.
    std::pair<double, int64_t> best() {
        // at one offset, intervals begin before others end: both count there
        std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) {
            return a.first != b.first ? a.first < b.first : a.second > b.second;
        });
        int64_t now = open;
        int64_t most = open;
        double at = 0;
        for (size_t i = 0; i < events.size(); ++i) {
            now += events[i].second;
            if (now <= most) continue;
            most = now;
            // the middle of the best interval is farthest from every tie
            const double next = i + 1 < events.size() ? events[i + 1].first : pitch;
            at = (events[i].first + next) / 2;
        }
        return {at, base + most};
    }
};

std::pair<double, int64_t> best_along_x(const Region& region, const GridCell& cell, double offset_y) {
    Sweep sweep{cell.pitch_x, 0, {}, 0};
    const auto [first, last] = cells_along(extent(region, true), offset_y, cell.pitch_y);
    for (int32_t row = first; row <= last; ++row) {
        for (const Rect& d : cell.devices)
            sweep.add(x_range(region, offset_y + row * cell.pitch_y + d.y, d.height), d.x, d.width);
    }
    return sweep.best();
}

std::pair<double, int64_t> best_along_y(const Region& region, const GridCell& cell, double offset_x) {
    Sweep sweep{cell.pitch_y, 0, {}, 0};
    const auto [first, last] = cells_along(extent(region, false), offset_x, cell.pitch_x);
    for (int32_t column = first; column <= last; ++column) {
        for (const Rect& d : cell.devices)
            sweep.add(y_range(region, offset_x + column * cell.pitch_x + d.x, d.width), d.y, d.height);
    }
    return sweep.best();
}

// Offsets in y worth a look: even steps, the middle positions, and those at which a row just touches the circle where n
// devices have room, or the lower limit.
std::vector<double> y_candidates(const Region& region, const GridCell& cell, uint32_t steps) {
    std::vector<double> out;
    for (uint32_t i = 0; i < steps; ++i) out.push_back(cell.pitch_y * i / steps);
    for (const Rect& d : cell.devices) {
        out.push_back(wrapped(-d.y - d.height / 2, cell.pitch_y));
        out.push_back(wrapped(-d.y - d.height / 2 + cell.pitch_y / 2, cell.pitch_y));
        if (!region.round) {
            out.push_back(wrapped(-region.half_height - d.y, cell.pitch_y));
            for (const Rect& zone : region.zones) {
                out.push_back(wrapped(zone.y - d.height - d.y, cell.pitch_y));
                out.push_back(wrapped(zone.y + zone.height - d.y, cell.pitch_y));
            }
            continue;
        }
        out.push_back(wrapped(region.bottom - d.y, cell.pitch_y));
        for (double chord = d.width; chord / 2 < region.radius; chord += cell.pitch_x) {
            const double y = std::sqrt(region.radius * region.radius - chord * chord / 4);
            out.push_back(wrapped(y - d.height - d.y, cell.pitch_y));
            out.push_back(wrapped(-y - d.y, cell.pitch_y));
        }
    }
    return out;
}

// Zones and whole cells have no sweep: offsets are tried on a lattice of 48 x 48 and where edges meet.
Placement place_by_trial(const Region& region, const GridCell& cell) {
    constexpr uint32_t kTrials = 48;  // assumption: finer lattices changed no count of the tests
    GridCell turned = cell;           // x candidates are y candidates of the turned problem
    std::swap(turned.pitch_x, turned.pitch_y);
    for (Rect& d : turned.devices) d = {d.y, d.x, d.height, d.width};
    Region turned_region = region;
    std::swap(turned_region.half_width, turned_region.half_height);
    turned_region.bottom = -region.radius;
    for (Rect& z : turned_region.zones) z = {z.y, z.x, z.height, z.width};
    std::vector<double> xs = y_candidates(turned_region, turned, kTrials);
    std::vector<double> ys = y_candidates(region, cell, kTrials);
    for (std::vector<double>* v : {&xs, &ys}) {
        std::sort(v->begin(), v->end());
        v->erase(std::unique(v->begin(), v->end(), [](double a, double b) { return b - a < kEps; }), v->end());
    }
    Placement best;
    for (const double y : ys) {
        for (const double x : xs) {
            const Placement p = count_at(region, cell, x, y);
            if (p.devices > best.devices || best.by_kind.empty()) best = p;
        }
    }
    return best;
}

Placement place_best(const Region& region, const GridCell& cell, uint32_t steps) {
    if (cell.whole || !region.zones.empty()) return place_by_trial(region, cell);
    struct Start {
        int64_t count;
        double x, y;
    };
    std::vector<Start> starts;
    for (const double y : y_candidates(region, cell, steps)) {
        const auto [x, count] = best_along_x(region, cell, y);
        starts.push_back({count, x, y});
    }
    std::stable_sort(starts.begin(), starts.end(), [](const Start& a, const Start& b) { return a.count > b.count; });
    Start best = starts.front();
    // improve the best few by turns: exact in y at that x, exact in x at that y
    for (size_t i = 0; i < std::min<size_t>(starts.size(), 16); ++i) {
        Start now = starts[i];
        for (;;) {
            const auto [y, by_y] = best_along_y(region, cell, now.x);
            const auto [x, by_x] = best_along_x(region, cell, y);
            if (by_x <= now.count) break;
            now = {by_x, x, y};
        }
        if (now.count > best.count) best = now;
    }
    return count_at(region, cell, best.x, best.y);
}

}  // namespace

Region usable_region(const WaferShape& wafer) {
    Region out;
    const double full = wafer.diameter_mm / 2;
    out.radius = full - wafer.edge_mm;
    out.bottom = -out.radius;
    if (wafer.notch_mm > 0) out.bottom = std::max(out.bottom, -full + wafer.notch_mm);
    if (wafer.flat_mm > 0) {
        const double chord = std::sqrt(full * full - wafer.flat_mm * wafer.flat_mm / 4);
        out.bottom = std::max(out.bottom, -chord + wafer.edge_mm);
    }
    return out;
}

Region usable_region(const PanelShape& panel) {
    Region out;
    out.round = false;
    out.half_width = panel.width_mm / 2 - panel.edge_mm;
    out.half_height = panel.height_mm / 2 - panel.edge_mm;
    for (Rect zone : panel.zones) {
        zone.x -= panel.width_mm / 2;
        zone.y -= panel.height_mm / 2;
        out.zones.push_back(zone);
    }
    return out;
}

GridCell device_cell(double width, double height, double street) {
    return {width + street, height + street, {{0, 0, width, height}}, {0}, false};
}

Field exposure_field(double width, double height, double street, double field_x, double field_y) {
    Field out;
    out.nx = static_cast<uint32_t>(std::max(0.0, std::floor((field_x + street + kEps) / (width + street))));
    out.ny = static_cast<uint32_t>(std::max(0.0, std::floor((field_y + street + kEps) / (height + street))));
    out.cell.pitch_x = out.nx * (width + street);
    out.cell.pitch_y = out.ny * (height + street);
    for (uint32_t j = 0; j < out.ny; ++j) {
        for (uint32_t i = 0; i < out.nx; ++i) {
            out.cell.devices.push_back({i * (width + street), j * (height + street), width, height});
            out.cell.kinds.push_back(0);
        }
    }
    return out;
}

Placement count_at(const Region& region, const GridCell& cell, double offset_x, double offset_y) {
    Placement out;
    out.offset_x = offset_x;
    out.offset_y = offset_y;
    for (const uint32_t kind : cell.kinds) out.by_kind.resize(std::max<size_t>(out.by_kind.size(), size_t{kind} + 1));
    const auto [x0, x1] = cells_along(extent(region, false), offset_x, cell.pitch_x);
    const auto [y0, y1] = cells_along(extent(region, true), offset_y, cell.pitch_y);
    std::vector<uint32_t> inside;
    for (int32_t j = y0; j <= y1; ++j) {
        for (int32_t i = x0; i <= x1; ++i) {
            inside.clear();
            for (uint32_t k = 0; k < cell.devices.size(); ++k) {
                Rect r = cell.devices[k];
                r.x += offset_x + i * cell.pitch_x;
                r.y += offset_y + j * cell.pitch_y;
                if (fits(region, r)) inside.push_back(k);
            }
            const bool full = inside.size() == cell.devices.size();
            if (inside.empty() || (cell.whole && !full)) continue;
            ++out.shots;
            out.full_shots += full ? 1 : 0;
            out.devices += inside.size();
            for (const uint32_t k : inside) ++out.by_kind[cell.kinds[k]];
        }
    }
    return out;
}

Placement place(const Region& region, const GridCell& cell, Centring centring, uint32_t steps) {
    CHECK(cell.pitch_x > 0 && cell.pitch_y > 0 && !cell.devices.empty());
    if (centring == Centring::best) return place_best(region, cell, steps);
    const Rect& d = cell.devices.front();
    const bool corner_x = centring != Centring::device_centre;
    const bool corner_y = centring == Centring::corner;
    // a corner lies in the middle of the street between two devices
    const double x = corner_x ? (cell.pitch_x - d.width) / 2 - d.x : -d.width / 2 - d.x;
    const double y = corner_y ? (cell.pitch_y - d.height) / 2 - d.y : -d.height / 2 - d.y;
    return count_at(region, cell, x, y);
}

std::vector<PlacedDevice> placed_devices(const Region& region, const GridCell& cell, const Placement& placement) {
    std::vector<PlacedDevice> out;
    const auto [x0, x1] = cells_along(extent(region, false), placement.offset_x, cell.pitch_x);
    const auto [y0, y1] = cells_along(extent(region, true), placement.offset_y, cell.pitch_y);
    for (int32_t j = y0; j <= y1; ++j) {
        for (int32_t i = x0; i <= x1; ++i) {
            const size_t before = out.size();
            for (uint32_t k = 0; k < cell.devices.size(); ++k) {
                Rect r = cell.devices[k];
                r.x += placement.offset_x + i * cell.pitch_x;
                r.y += placement.offset_y + j * cell.pitch_y;
                if (fits(region, r)) out.push_back({r, i, j, k});
            }
            if (cell.whole && out.size() - before < cell.devices.size()) out.resize(before);
        }
    }
    return out;
}

SubstrateMap map_of(const Region& region, const GridCell& cell, const Placement& placement) {
    const std::vector<PlacedDevice> devices = placed_devices(region, cell, placement);
    SubstrateMap map;
    map.kind = region.round ? SubstrateKind::wafer : SubstrateKind::panel;
    map.bins = {{1, true, "good"}};
    if (devices.empty()) return map;
    double left = devices.front().rect.x;
    double low = devices.front().rect.y;
    double right = left;
    double high = low;
    for (const PlacedDevice& d : devices) {
        left = std::min(left, d.rect.x);
        right = std::max(right, d.rect.x);
        low = std::min(low, d.rect.y);
        high = std::max(high, d.rect.y);
    }
    // the pitch of devices: the least distance of two in a cell, or of the cells
    const auto pitch = [&cell](bool vertical) {
        double least = vertical ? cell.pitch_y : cell.pitch_x;
        for (const Rect& d : cell.devices) {
            const double distance = vertical ? d.y - cell.devices[0].y : d.x - cell.devices[0].x;
            if (distance > kEps) least = std::min(least, distance);
        }
        return least;
    };
    map.pitch_x_mm = pitch(false);
    map.pitch_y_mm = pitch(true);
    map.device_x_mm = devices.front().rect.width;
    map.device_y_mm = devices.front().rect.height;
    map.columns = static_cast<uint32_t>(std::floor((right - left) / map.pitch_x_mm + 0.5)) + 1;
    map.rows = static_cast<uint32_t>(std::floor((high - low) / map.pitch_y_mm + 0.5)) + 1;
    map.first_x_mm = left;
    map.first_y_mm = high;
    map.codes.assign(size_t{map.rows} * map.columns, kNullBin);
    for (const PlacedDevice& d : devices) {
        const auto column = static_cast<uint32_t>(std::floor((d.rect.x - left) / map.pitch_x_mm + 0.5));
        const auto row = static_cast<uint32_t>(std::floor((high - d.rect.y) / map.pitch_y_mm + 0.5));
        map.codes[row * map.columns + column] = 1;
    }
    return map;
}

double estimated_devices(double diameter_mm, double width, double height) {
    constexpr double kPi = 3.14159265358979323846;
    const double mean = (width + height) / 2;
    return kPi * diameter_mm * diameter_mm / (4 * width * height) * deterministic_exp(-2.195 * mean / diameter_mm);
}

}  // namespace chipchain
