#include "chipchain/yield/package_body.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

// One way to hold some dies: its sides, and the two parts it is made of.
struct Shape {
    double width = 0;
    double height = 0;
    size_t first_set = 0;  // the part of the first shape; 0: a single die
    size_t first = 0;      // indices into the shapes of the two sets
    size_t second = 0;
    bool side_by_side = false;
};

// Keeps the shapes that no other beats on both sides, by width.
void keep_least(std::vector<Shape>& shapes) {
    std::stable_sort(shapes.begin(), shapes.end(), [](const Shape& a, const Shape& b) {
        return a.width != b.width ? a.width < b.width : a.height < b.height;
    });
    std::vector<Shape> kept;
    for (const Shape& s : shapes) {
        if (kept.empty() || s.height < kept.back().height - kGridEpsilon_mm) kept.push_back(s);
    }
    shapes = std::move(kept);
}

// A set of dies is a number with one digit per kind, in base count + 1: equal dies need not be told apart.
struct Floorplan {
    const std::vector<PackageDie>& kinds;
    double gap = 0;
    std::vector<size_t> weight;              // [kind] of its digit
    std::vector<std::vector<Shape>> shapes;  // [set]

    [[nodiscard]] size_t digit(size_t set, size_t kind) const { return set / weight[kind] % (kinds[kind].count + 1); }
    [[nodiscard]] bool holds(size_t set, size_t part) const {
        for (size_t k = 0; k < kinds.size(); ++k) {
            if (digit(part, k) > digit(set, k)) return false;
        }
        return true;
    }
    void solve(bool turn_dies) {
        size_t sets = 1;
        for (const PackageDie& d : kinds) {
            weight.push_back(sets);
            sets *= d.count + 1;
        }
        shapes.resize(sets);
        for (size_t set = 1; set < sets; ++set) {
            std::vector<Shape>& out = shapes[set];
            for (size_t k = 0; k < kinds.size(); ++k) {
                if (set != weight[k] || kinds[k].count == 0) continue;
                out.push_back({kinds[k].width_mm, kinds[k].height_mm, 0, 0, 0, false});
                if (turn_dies) out.push_back({kinds[k].height_mm, kinds[k].width_mm, 0, 0, 0, false});
            }
            for (size_t part = (set + 1) / 2; part < set; ++part) {
                if (holds(set, part)) join(part, set - part, out);
            }
            keep_least(out);
        }
    }
    // Shapes stand by width, so heights fall; of all pairs only those matter where making the larger side smaller makes
    // something else larger (Stockmeyer, "Optimal orientations of cells in slicing floorplan designs", 1983).
    void join(size_t a, size_t b, std::vector<Shape>& out) const {
        const std::vector<Shape>& ps = shapes[a];
        const std::vector<Shape>& qs = shapes[b];
        for (size_t i = 0, k = 0; i < ps.size() && k < qs.size();) {
            const double height = std::max(ps[i].height, qs[k].height);
            out.push_back({ps[i].width + gap + qs[k].width, height, a, i, k, true});
            (ps[i].height >= qs[k].height ? i : k) += 1;
        }
        for (size_t i = ps.size(), k = qs.size(); i > 0 && k > 0;) {
            const double width = std::max(ps[i - 1].width, qs[k - 1].width);
            out.push_back({width, ps[i - 1].height + gap + qs[k - 1].height, a, i - 1, k - 1, false});
            (ps[i - 1].width >= qs[k - 1].width ? i : k) -= 1;
        }
    }
    // Puts the dies of a shape into the lists of their kinds.
    void put(size_t set, size_t index, double x, double y, std::vector<std::vector<Rect>>& places) const {
        const Shape& s = shapes[set][index];
        if (s.first_set == 0) {
            for (size_t k = 0; k < kinds.size(); ++k) {
                if (digit(set, k) == 1) places[k].push_back({x, y, s.width, s.height});
            }
            return;
        }
        const Shape& first = shapes[s.first_set][s.first];
        put(s.first_set, s.first, x, y, places);
        const double right = s.side_by_side ? first.width + gap : 0;
        const double up = s.side_by_side ? 0 : first.height + gap;
        put(set - s.first_set, s.second, x + right, y + up, places);
    }
};

}  // namespace

PackageBody smallest_body(const std::vector<PackageDie>& dies, const BodyRules& rules) {
    double area = 0;
    size_t number = 0;
    for (const PackageDie& d : dies) {
        CHECK(d.width_mm > 0 && d.height_mm > 0);
        number += d.count;
        area += d.count * d.width_mm * d.height_mm;
    }
    CHECK(number > 0 && number <= kMostDiesOfAPackage);
    Floorplan plan{dies, rules.die_gap_mm, {}, {}};
    plan.solve(rules.turn_dies);
    const std::vector<Shape>& shapes = plan.shapes.back();
    PackageBody out;
    size_t best = 0;
    for (size_t i = 0; i < shapes.size(); ++i) {
        double width = shapes[i].width + 2 * rules.border_mm;
        double height = shapes[i].height + 2 * rules.border_mm;
        if (rules.most_aspect > 0) {
            width = std::max(width, height / rules.most_aspect);
            height = std::max(height, width / rules.most_aspect);
        }
        const double now = width * height;
        const double before = out.width_mm * out.height_mm;
        const bool squarer = std::fabs(width - height) < std::fabs(out.width_mm - out.height_mm);
        if (i > 0 && (now > before + 1e-9 || (now > before - 1e-9 && !squarer))) continue;
        best = i;
        out.width_mm = width;
        out.height_mm = height;
    }
    out.area_ratio = out.width_mm * out.height_mm / area;
    // in the middle of the body, which may be wider than its dies
    std::vector<std::vector<Rect>> places(dies.size());
    const Shape& shape = shapes[best];
    const size_t all = plan.shapes.size() - 1;
    plan.put(all, best, (out.width_mm - shape.width) / 2, (out.height_mm - shape.height) / 2, places);
    for (const std::vector<Rect>& of_kind : places) out.dies.insert(out.dies.end(), of_kind.begin(), of_kind.end());
    return out;
}

double side_for_ratio_mm(double die_side_mm, double area_ratio) { return die_side_mm * std::sqrt(area_ratio); }

}  // namespace chipchain
