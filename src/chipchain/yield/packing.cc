#include "chipchain/yield/packing.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kEps = kGridEpsilon_mm;

uint64_t fitting(double length, double pitch) {
    return static_cast<uint64_t>(std::max(0.0, std::floor((length + kEps) / pitch)));
}

// A block of packages in one orientation, from the lower left corner of what is packed.
struct Block {
    double x = 0;
    double y = 0;
    uint64_t nx = 0;
    uint64_t ny = 0;
    bool turned = false;
};

// Blocks by guillotine cuts. All lengths hold one street more than the material, so that a cut needs no care of
// streets: a length L takes floor(L / pitch) packages.
struct Guillotine {
    double pitch[2];           // width + street, height + street
    std::vector<double> cuts;  // sums of both pitches: the only cuts that need be tried, ascending

    Guillotine(const PackageShape& package, double longest)
        : pitch{package.width_mm + package.street_mm, package.height_mm + package.street_mm} {
        for (double a = 0; a <= longest; a += pitch[0]) {
            for (double b = a; b <= longest; b += pitch[1]) {
                if (b > 0) cuts.push_back(b);
            }
        }
        std::sort(cuts.begin(), cuts.end());
        cuts.erase(std::unique(cuts.begin(), cuts.end(), [](double a, double b) { return b - a < kEps; }), cuts.end());
    }

    [[nodiscard]] uint64_t plain(double width, double height, bool turned) const {
        return fitting(width, pitch[turned ? 1 : 0]) * fitting(height, pitch[turned ? 0 : 1]);
    }

    // The most packages with up to `depth` levels of cuts. With `blocks` set they are listed, from (x, y).
    uint64_t solve(
        double width,
        double height,
        int depth,
        std::vector<Block>* blocks = nullptr,
        double x = 0,
        double y = 0) const {
        const bool turned = plain(width, height, true) > plain(width, height, false);
        uint64_t best = plain(width, height, turned);
        double best_cut = 0;
        bool vertical = false;
        const uint64_t ceiling = fitting(width * height, pitch[0] * pitch[1]);
        for (const bool along_x : {true, false}) {
            const double length = along_x ? width : height;
            for (const double cut : cuts) {
                // by mirror symmetry the first part need not be the larger; nothing beats the area
                if (depth == 0 || cut > length / 2 + kEps || best >= ceiling) break;
                const uint64_t both = along_x ? solve(cut, height, depth - 1) + solve(width - cut, height, depth - 1)
                                              : solve(width, cut, depth - 1) + solve(width, height - cut, depth - 1);
                if (both <= best) continue;
                best = both;
                best_cut = cut;
                vertical = along_x;
            }
        }
        if (blocks == nullptr) return best;
        if (best_cut <= 0) {
            const uint64_t nx = fitting(width, pitch[turned ? 1 : 0]);
            const uint64_t ny = fitting(height, pitch[turned ? 0 : 1]);
            if (nx * ny > 0) blocks->push_back({x, y, nx, ny, turned});
        } else if (vertical) {
            solve(best_cut, height, depth - 1, blocks, x, y);
            solve(width - best_cut, height, depth - 1, blocks, x + best_cut, y);
        } else {
            solve(width, best_cut, depth - 1, blocks, x, y);
            solve(width, height - best_cut, depth - 1, blocks, x, y + best_cut);
        }
        return best;
    }
};

// assumption: cuts of up to this many places are searched that deep; a 700 mm panel of 3 x 5 mm packages then takes 0.2
// s
int depth_for(size_t cuts) { return cuts <= 60 ? 3 : cuts <= 4000 ? 2 : 1; }

PackageShape turned_by_90(const PackageShape& package) {
    return {package.height_mm, package.width_mm, package.street_mm};
}

// Blocks of both orientations in a rectangle, as rectangles from its lower left corner.
std::vector<PlacedPackage> mixed_rectangle(double width, double height, const PackageShape& package) {
    const double street = package.street_mm;
    const Guillotine guillotine(package, std::max(width, height) + street);
    std::vector<Block> blocks;
    guillotine.solve(width + street, height + street, depth_for(guillotine.cuts.size()), &blocks);
    std::vector<PlacedPackage> out;
    for (const Block& b : blocks) {
        const PackageShape shape = b.turned ? turned_by_90(package) : package;
        for (uint64_t j = 0; j < b.ny; ++j) {
            for (uint64_t i = 0; i < b.nx; ++i) {
                const double x = b.x + static_cast<double>(i) * (shape.width_mm + street);
                const double y = b.y + static_cast<double>(j) * (shape.height_mm + street);
                out.push_back({{x, y, shape.width_mm, shape.height_mm}, b.turned, 0, 0});
            }
        }
    }
    return out;
}

// Packages of one orientation on the best grid.
Packing pack_grid(const Region& usable, const PackageShape& package, bool turned, bool list) {
    const PackageShape shape = turned ? turned_by_90(package) : package;
    const GridCell cell = device_cell(shape.width_mm, shape.height_mm, shape.street_mm);
    Packing out;
    if (usable.zones.empty() && !list) {
        out.packages = fitting(2 * usable.half_width + shape.street_mm, cell.pitch_x) *
                       fitting(2 * usable.half_height + shape.street_mm, cell.pitch_y);
    } else {
        const Placement best = place(usable, cell, Centring::best);
        out.packages = best.devices;
        if (list) {
            for (const PlacedDevice& d : placed_devices(usable, cell, best))
                out.placed.push_back({d.rect, turned, 0, 0});
        }
    }
    out.turned = turned ? out.packages : 0;
    return out;
}

bool free_of(const std::vector<Rect>& zones, const Rect& r) {
    return std::none_of(zones.begin(), zones.end(), [&r](const Rect& zone) { return overlaps(r, zone); });
}

// Blocks of both orientations, pushed into each corner of the panel by turns; what meets a zone is left out.
Packing pack_mixed(const Region& usable, const PackageShape& package) {
    const std::vector<PlacedPackage> all = mixed_rectangle(2 * usable.half_width, 2 * usable.half_height, package);
    Packing best;
    for (int corner = 0; corner < 4; ++corner) {
        Packing now;
        for (PlacedPackage p : all) {
            const bool right = corner % 2 == 1;
            const bool top = corner >= 2;
            p.rect.x = right ? usable.half_width - p.rect.x - p.rect.width : p.rect.x - usable.half_width;
            p.rect.y = top ? usable.half_height - p.rect.y - p.rect.height : p.rect.y - usable.half_height;
            if (!free_of(usable.zones, p.rect)) continue;
            now.placed.push_back(p);
            now.turned += p.turned ? 1 : 0;
        }
        now.packages = now.placed.size();
        if (now.packages > best.packages) best = std::move(now);
        if (usable.zones.empty()) break;
    }
    return best;
}

// Packages of one cell: the exposure field with all that fits inside.
struct FieldCell {
    GridCell cell;
    std::vector<bool> turned;  // [device]
};

FieldCell field_of(const PackageShape& package, const FieldRule& rule, bool turned, bool mixed) {
    FieldCell out;
    if (mixed) {
        for (const PlacedPackage& p : mixed_rectangle(rule.width_mm, rule.height_mm, package)) {
            out.cell.devices.push_back(p.rect);
            out.cell.kinds.push_back(0);
            out.turned.push_back(p.turned);
        }
    } else {
        const PackageShape shape = turned ? turned_by_90(package) : package;
        out.cell = exposure_field(shape.width_mm, shape.height_mm, shape.street_mm, rule.width_mm, rule.height_mm).cell;
        out.turned.assign(out.cell.devices.size(), turned);
    }
    out.cell.whole = rule.whole_only;
    double right = 0;
    double high = 0;
    for (const Rect& d : out.cell.devices) {
        right = std::max(right, d.x + d.width + package.street_mm);
        high = std::max(high, d.y + d.height + package.street_mm);
    }
    out.cell.pitch_x = rule.trimmed ? right : std::max(right, rule.width_mm);
    out.cell.pitch_y = rule.trimmed ? high : std::max(high, rule.height_mm);
    return out;
}

Packing pack_fields(const Region& usable, const FieldCell& field, bool list) {
    Packing out;
    if (field.cell.devices.empty()) return out;
    Placement best = place(usable, field.cell, Centring::best);
    // a field in the lower left corner often needs fewer exposures for the same packages
    const Placement corner = count_at(usable, field.cell, -usable.half_width, -usable.half_height);
    const auto rank = [](const Placement& p) {
        return std::tuple(p.devices, -static_cast<int64_t>(p.shots), p.full_shots);
    };
    if (rank(corner) > rank(best)) best = corner;
    out.packages = best.devices;
    out.fields = best.shots;
    out.full_fields = best.full_shots;
    for (const PlacedDevice& d : placed_devices(usable, field.cell, best)) {
        out.turned += field.turned[d.device] ? 1 : 0;
        if (list) out.placed.push_back({d.rect, field.turned[d.device], d.cell_x, d.cell_y});
    }
    return out;
}

}  // namespace

double usable_area_mm2(const PanelShape& panel) {
    const Region usable = usable_region(panel);
    double area = 4 * usable.half_width * usable.half_height;
    for (const Rect& z : usable.zones) {
        const double w = std::min(z.x + z.width, usable.half_width) - std::max(z.x, -usable.half_width);
        const double h = std::min(z.y + z.height, usable.half_height) - std::max(z.y, -usable.half_height);
        area -= std::max(0.0, w) * std::max(0.0, h);
    }
    return area;
}

double assumed_street_mm(double width_mm, double height_mm) { return std::max(width_mm, height_mm) <= 10 ? 0.1 : 0.2; }

Packing pack_panel(const PanelShape& panel, const PackageShape& package, const PackingRules& rules, bool list) {
    CHECK(package.width_mm > 0 && package.height_mm > 0 && package.street_mm >= 0 && panel.edge_mm >= 0);
    const Region usable = usable_region(panel);
    const bool fields = rules.field.width_mm > 0 && rules.field.height_mm > 0;
    const bool square = std::fabs(package.width_mm - package.height_mm) < kEps;
    Packing best;
    const auto offer = [&best](Packing&& p) {
        if (p.packages > best.packages || (p.packages == best.packages && p.fields < best.fields)) best = std::move(p);
    };
    if (usable.half_width <= 0 || usable.half_height <= 0) return best;
    for (const bool turned : {false, true}) {
        if (turned && (square || rules.rotation == Rotation::none)) break;
        if (fields) {
            offer(pack_fields(usable, field_of(package, rules.field, turned, false), list));
        } else {
            offer(pack_grid(usable, package, turned, list));
        }
    }
    if (rules.rotation == Rotation::mixed && !square) {
        offer(
            fields ? pack_fields(usable, field_of(package, rules.field, false, true), list)
                   : pack_mixed(usable, package));
    }
    if (!list) best.placed.clear();
    const double area = static_cast<double>(best.packages) * package.width_mm * package.height_mm;
    best.utilisation = area / (panel.width_mm * panel.height_mm);
    best.usable_utilisation = area / usable_area_mm2(panel);
    return best;
}

}  // namespace chipchain
