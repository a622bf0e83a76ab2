#include "chipchain/yield/board_panel.h"

#include <algorithm>
#include <limits>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kEps = kGridEpsilon_mm;
constexpr std::string_view kSource = "board shops' preferred sizes, backend facts 2.2";

constexpr ProductionPanel kTable[] = {
    {"12x18 in", 12 * kInch_mm, 18 * kInch_mm, kSource, "published"},
    {"18x24 in", 18 * kInch_mm, 24 * kInch_mm, kSource, "published"},
    {"21x24 in", 21 * kInch_mm, 24 * kInch_mm, kSource, "published"},
};

Rect grown(const Rect& r, double by) { return {r.x - by, r.y - by, r.width + 2 * by, r.height + 2 * by}; }

// Puts coupons at the lowest, then leftmost place where they touch nothing: corners made by what stands already are the
// only places tried. Returns as many as find room.
std::vector<Rect>
place_coupons(const Region& usable, const std::vector<PlacedPackage>& boards, const BoardPanelRules& rules) {
    std::vector<Rect> taken = usable.zones;
    for (const PlacedPackage& b : boards) taken.push_back(grown(b.rect, rules.gap_mm));
    std::vector<Rect> out;
    while (out.size() < rules.coupons) {
        std::vector<double> xs = {-usable.half_width};
        std::vector<double> ys = {-usable.half_height};
        for (const Rect& r : taken) {
            xs.push_back(r.x + r.width);
            ys.push_back(r.y + r.height);
        }
        std::sort(xs.begin(), xs.end());
        std::sort(ys.begin(), ys.end());
        const auto same = [](double a, double b) { return b - a < kEps; };
        xs.erase(std::unique(xs.begin(), xs.end(), same), xs.end());
        ys.erase(std::unique(ys.begin(), ys.end(), same), ys.end());
        const auto find = [&](double w, double h) -> Rect {
            for (const double y : ys) {
                if (y < -usable.half_height - kEps || y + h > usable.half_height + kEps) continue;
                for (const double x : xs) {
                    if (x < -usable.half_width - kEps || x + w > usable.half_width + kEps) continue;
                    const Rect r{x, y, w, h};
                    if (std::none_of(taken.begin(), taken.end(), [&r](const Rect& t) { return overlaps(r, t); }))
                        return r;
                }
            }
            return {};
        };
        Rect place = find(rules.coupon_width_mm, rules.coupon_height_mm);
        if (place.width <= 0) place = find(rules.coupon_height_mm, rules.coupon_width_mm);
        if (place.width <= 0) break;
        out.push_back(place);
        taken.push_back(grown(place, rules.gap_mm));
    }
    return out;
}

// The grid of boards stands somewhere in its play; coupons want the margins in one piece.
void push_to_corner(std::vector<PlacedPackage>& boards, const Region& usable) {
    double left = std::numeric_limits<double>::infinity();
    double low = left;
    for (const PlacedPackage& b : boards) {
        left = std::min(left, b.rect.x);
        low = std::min(low, b.rect.y);
    }
    for (PlacedPackage& b : boards) {
        b.rect.x -= left + usable.half_width;
        b.rect.y -= low + usable.half_height;
    }
}

}  // namespace

std::span<const ProductionPanel> production_panels() { return kTable; }

double board_border_mm(uint32_t layers) { return (layers <= 2 ? 0.5 : 0.75) * kInch_mm; }

double board_gap_mm(Separation separation) {
    switch (separation) {
        case Separation::rout:
            return 0.1 * kInch_mm;
        case Separation::score:
            return 0;
    }
    return 0;
}

BoardPanel panelise(
    double panel_width_mm,
    double panel_height_mm,
    double board_x_mm,
    double board_y_mm,
    const BoardPanelRules& rules) {
    CHECK(board_x_mm > 0 && board_y_mm > 0 && rules.border_mm >= 0 && rules.gap_mm >= 0);
    const PanelShape panel{panel_width_mm, panel_height_mm, rules.border_mm, rules.thieving};
    const Region usable = usable_region(panel);
    BoardPanel out;
    if (usable.half_width <= 0 || usable.half_height <= 0) return out;
    Packing packing = pack_panel(panel, {board_x_mm, board_y_mm, rules.gap_mm}, {rules.rotation, {}}, true);
    out.placed = std::move(packing.placed);
    if (rules.thieving.empty() && !out.placed.empty()) push_to_corner(out.placed, usable);
    // the last board is the upper right one, next to the margins
    const bool coupons = rules.coupons > 0 && rules.coupon_width_mm > 0 && rules.coupon_height_mm > 0;
    if (coupons) out.coupons = place_coupons(usable, out.placed, rules);
    while (coupons && out.coupons.size() < rules.coupons && !out.placed.empty()) {
        out.placed.pop_back();
        ++out.boards_lost_to_coupons;
        out.coupons = place_coupons(usable, out.placed, rules);
    }
    out.boards = out.placed.size();
    for (const PlacedPackage& b : out.placed) out.turned += b.turned ? 1 : 0;
    const double inside = 4 * usable.half_width * usable.half_height;
    const double image = static_cast<double>(out.boards) * board_x_mm * board_y_mm;
    out.image_of_usable = image / inside;
    out.usable_of_panel = inside / (panel_width_mm * panel_height_mm);
    out.image_of_panel = image / (panel_width_mm * panel_height_mm);
    out.cost_effective = out.image_of_usable > kCostEffectiveUtilisation;
    return out;
}

std::vector<PanelOffer> best_production_panels(double board_x_mm, double board_y_mm, const BoardPanelRules& rules) {
    std::vector<PanelOffer> out;
    for (size_t i = 0; i < std::size(kTable); ++i) {
        PanelOffer offer;
        offer.panel = i;
        offer.result = panelise(kTable[i].width_mm, kTable[i].height_mm, board_x_mm, board_y_mm, rules);
        offer.panel_area_per_board_mm2 = offer.result.boards > 0 ? kTable[i].width_mm * kTable[i].height_mm /
                                                                       static_cast<double>(offer.result.boards)
                                                                 : std::numeric_limits<double>::infinity();
        out.push_back(std::move(offer));
    }
    std::stable_sort(out.begin(), out.end(), [](const PanelOffer& a, const PanelOffer& b) {
        return a.panel_area_per_board_mm2 < b.panel_area_per_board_mm2;
    });
    return out;
}

}  // namespace chipchain
