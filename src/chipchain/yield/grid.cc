#include "chipchain/yield/grid.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kEps = kGridEpsilon_mm;
constexpr double kSearchBudget = 4e6;  // rows looked at by the proof, about 0.1 s; assumption: enough for 1 mm dies

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
// [start, end] modulo the pitch.
struct Sweep {
    double pitch = 1;
    int64_t base = 0;
    int64_t open = 0;  // intervals that contain offset 0
    std::vector<double> starts;
    std::vector<double> ends;

    void clear() {
        base = 0;
        open = 0;
        starts.clear();
        ends.clear();
    }
    void add(Range range, double position, double size) {
        const double free = range.high - range.low - size + 2 * kEps;
        if (free < 0) return;
        const double more = std::floor(free / pitch);
        base += static_cast<int64_t>(more);
        const double end = wrapped(range.low - kEps - position, pitch) + (free - more * pitch);
        starts.push_back(end - (free - more * pitch));
        const bool over_zero = end >= pitch;
        ends.push_back(over_zero ? end - pitch : end);
        open += over_zero ? 1 : 0;
    }
    // The offset in [0, pitch) with most devices, and how many.
    std::pair<double, int64_t> best() {
        std::sort(starts.begin(), starts.end());
        std::sort(ends.begin(), ends.end());
        int64_t most = open;
        double at = 0;
        size_t ended = 0;
        for (size_t i = 0; i < starts.size(); ++i) {
            // at one offset, intervals begin before others end: both count there
            while (ended < ends.size() && ends[ended] < starts[i]) ++ended;
            const int64_t now = open + static_cast<int64_t>(i + 1) - static_cast<int64_t>(ended);
            if (now <= most) continue;
            most = now;
            // the middle of the best interval is farthest from every tie
            double next = i + 1 < starts.size() ? starts[i + 1] : pitch;
            if (ended < ends.size()) next = std::min(next, ends[ended]);
            at = (starts[i] + next) / 2;
        }
        return {at, base + most};
    }
};

// Adds a row of devices to the sweep. Its lower edge may lie anywhere in [y, y + slack]: with slack the count is an
// upper bound over all these positions (round regions only).
void add_row(Sweep& sweep, const Region& region, double y, double slack, const Rect& device) {
    const double width = device.width;
    if (region.round) {
        const double low = std::min(std::max(y, region.bottom), y + slack);
        sweep.add(
            x_range(region, std::clamp(-device.height / 2, low, y + slack), device.height),
            device.x,
            device.width);
        return;
    }
    const Range whole = x_range(region, y, device.height);
    if (whole.high < whole.low) return;
    // the gaps between the zones that this row meets, from left to right
    double left = whole.low;
    for (;;) {
        double right = whole.high;
        double next = whole.high;
        for (const Rect& zone : region.zones) {
            if (!overlaps({zone.x, y, zone.width, device.height}, zone)) continue;
            if (zone.x + zone.width <= left + kEps) continue;
            if (zone.x < right) {
                right = zone.x;
                next = zone.x + zone.width;
            }
        }
        if (right > left) sweep.add({left, right}, device.x, width);
        if (right >= whole.high) return;
        left = std::max(left, next);
    }
}

std::pair<double, int64_t>
best_along_x(Sweep& sweep, const Region& region, const GridCell& cell, double offset_y, double slack = 0) {
    sweep.pitch = cell.pitch_x;
    sweep.clear();
    const auto [first, last] = cells_along(extent(region, true), offset_y, cell.pitch_y);
    for (int32_t row = first; row <= last; ++row) {
        for (const Rect& d : cell.devices) add_row(sweep, region, offset_y + row * cell.pitch_y + d.y, slack, d);
    }
    return sweep.best();
}

std::pair<double, int64_t> best_along_y(Sweep& sweep, const Region& region, const GridCell& cell, double offset_x) {
    sweep.pitch = cell.pitch_y;
    sweep.clear();
    const auto [first, last] = cells_along(extent(region, false), offset_x, cell.pitch_x);
    for (int32_t column = first; column <= last; ++column) {
        for (const Rect& d : cell.devices)
            sweep.add(y_range(region, offset_x + column * cell.pitch_x + d.x, d.width), d.y, d.height);
    }
    return sweep.best();
}

// Offsets in y worth a look. Panels: those at which a device stands on the lower limit or on a zone; sliding a best
// placement down until something stops it shows that one of them is best. Wafers: even steps, the middle positions, and
// those at which a row just touches the circle where n devices have room, or the lower limit.
std::vector<double> y_candidates(const Region& region, const GridCell& cell, uint32_t steps) {
    std::vector<double> out;
    for (const Rect& d : cell.devices) {
        if (!region.round) {
            out.push_back(wrapped(-region.half_height - d.y, cell.pitch_y));
            for (const Rect& zone : region.zones) out.push_back(wrapped(zone.y + zone.height - d.y, cell.pitch_y));
            continue;
        }
        out.push_back(wrapped(-d.y - d.height / 2, cell.pitch_y));
        out.push_back(wrapped(-d.y - d.height / 2 + cell.pitch_y / 2, cell.pitch_y));
        out.push_back(wrapped(region.bottom - d.y, cell.pitch_y));
        for (double chord = d.width; chord / 2 < region.radius; chord += cell.pitch_x) {
            const double y = std::sqrt(region.radius * region.radius - chord * chord / 4);
            out.push_back(wrapped(y - d.height - d.y, cell.pitch_y));
            out.push_back(wrapped(-y - d.y, cell.pitch_y));
        }
    }
    if (region.round) {
        for (uint32_t i = 0; i < steps; ++i) out.push_back(cell.pitch_y * i / steps);
    }
    return out;
}

struct Found {
    int64_t count = -1;
    double x = 0;
    double y = 0;
};

Found best_candidate(const Region& region, const GridCell& cell, uint32_t steps) {
    Sweep sweep;
    std::vector<Found> starts;
    for (const double y : y_candidates(region, cell, steps)) {
        const auto [x, count] = best_along_x(sweep, region, cell, y);
        starts.push_back({count, x, y});
    }
    std::stable_sort(starts.begin(), starts.end(), [](const Found& a, const Found& b) { return a.count > b.count; });
    Found best = starts.front();
    if (!region.round) return best;
    // improve the best few by turns: exact in y at that x, exact in x at that y
    for (size_t i = 0; i < std::min<size_t>(starts.size(), 16); ++i) {
        Found now = starts[i];
        for (;;) {
            const auto [y, by_y] = best_along_y(sweep, region, cell, now.x);
            const auto [x, by_x] = best_along_x(sweep, region, cell, y);
            if (by_x <= now.count) break;
            now = {by_x, x, y};
        }
        if (now.count > best.count) best = now;
    }
    return best;
}

// Branch and bound over the offset in y: an interval is dropped when even its upper bound holds no more devices than
// the best found. True when all intervals are dropped, so that no offset is better; false when the budget ran out.
bool prove(const Region& region, const GridCell& cell, Found& best) {
    constexpr double kNarrowest = 1e-9;  // mm; far below kGridEpsilon_mm
    struct Interval {
        double low, width;
    };
    Sweep sweep;
    auto budget = static_cast<int64_t>(kSearchBudget);
    // few wide intervals first would only be split: begin with 64
    std::vector<Interval> open;
    for (int i = 63; i >= 0; --i) open.push_back({cell.pitch_y * i / 64, cell.pitch_y / 64});
    while (!open.empty()) {
        const Interval now = open.back();
        open.pop_back();
        const auto [x_bound, bound] = best_along_x(sweep, region, cell, now.low, now.width);
        budget -= static_cast<int64_t>(sweep.starts.size());
        if (budget < 0) return false;
        if (bound <= best.count) continue;
        const double middle = now.low + now.width / 2;
        const auto [x, count] = best_along_x(sweep, region, cell, middle);
        if (count > best.count) best = {count, x, middle};
        if (now.width < kNarrowest) continue;
        open.push_back({middle, now.width / 2});
        open.push_back({now.low, now.width / 2});
    }
    return true;
}

// Whole cells fit exactly where the rectangle around their devices fits, as long as devices stand in its corners and
// no zone hides in a street. Empty otherwise.
std::vector<Rect> whole_cell(const Region& region, const GridCell& cell) {
    double left = cell.devices[0].x;
    double low = cell.devices[0].y;
    double right = left;
    double high = low;
    for (const Rect& d : cell.devices) {
        left = std::min(left, d.x);
        low = std::min(low, d.y);
        right = std::max(right, d.x + d.width);
        high = std::max(high, d.y + d.height);
    }
    int corners = 0;
    for (const Rect& d : cell.devices) {
        const bool at_left = d.x < left + kEps;
        const bool at_low = d.y < low + kEps;
        const bool at_right = d.x + d.width > right - kEps;
        const bool at_high = d.y + d.height > high - kEps;
        corners += (at_left && at_low) + (at_left && at_high) + (at_right && at_low) + (at_right && at_high);
    }
    if (region.round && corners < 4) return {};
    return {{left, low, right - left, high - low}};
}

// Whole cells with an empty corner have no sweep: offsets are tried on a lattice.
Placement place_by_trial(const Region& region, const GridCell& cell) {
    constexpr uint32_t kTrials = 48;  // assumption: finer lattices changed no count of the tests
    Placement best;
    for (uint32_t j = 0; j < kTrials; ++j) {
        for (uint32_t i = 0; i < kTrials; ++i) {
            const Placement p = count_at(region, cell, cell.pitch_x * i / kTrials, cell.pitch_y * j / kTrials);
            if (p.devices > best.devices || best.by_kind.empty()) best = p;
        }
    }
    return best;
}

Placement place_best(const Region& region, const GridCell& cell, uint32_t steps) {
    GridCell searched = cell;
    if (cell.whole) {
        searched.devices = whole_cell(region, cell);
        if (searched.devices.empty()) return place_by_trial(region, cell);
    }
    Found best = best_candidate(region, searched, steps);
    const bool proven = !region.round || prove(region, searched, best);
    Placement out = count_at(region, cell, best.x, best.y);
    out.proven = proven && (!cell.whole || region.zones.empty());
    return out;
}

}  // namespace

bool overlaps(const Rect& a, const Rect& b) {
    return a.x < b.x + b.width - kEps && b.x < a.x + a.width - kEps && a.y < b.y + b.height - kEps &&
           b.y < a.y + a.height - kEps;
}

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
    const bool corner_x = centring == Centring::corner || centring == Centring::x_shifted;
    const bool corner_y = centring == Centring::corner || centring == Centring::y_shifted;
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

}  // namespace chipchain
