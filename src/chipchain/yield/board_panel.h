// Boards on a production panel of a board shop: borders by number of layers, routed or scored boards, turning, coupons
// and thieving zones, and the utilisations that shops quote.
//
// Counting rule (backend facts 2.2): per axis floor((U + g) / (b + g)) boards of length b in the usable length U with
// gap g, the better orientation; coupons take the margins first and boards' places when they must.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "chipchain/yield/packing.h"

namespace chipchain {

inline constexpr double kInch_mm = 25.4;

struct ProductionPanel {
    std::string_view name;  // "18x24 in"
    double width_mm;
    double height_mm;
    std::string_view source;
    std::string_view mark;
};

// Preferred sizes (backend facts 2.2), by area; 18 x 24 in is the most common.
[[nodiscard]] std::span<const ProductionPanel> production_panels();

// Border on all sides: 0.5 in up to two layers, 0.75 in for multilayers (backend facts 2.2, published).
[[nodiscard]] double board_border_mm(uint32_t layers);

enum class Separation : uint8_t {
    rout,   // a gap for the router
    score,  // V grooves: boards butt
};

// Gap between boards: 0.1 in for routing as in shop notes (backend facts 2.2), 0 when scored.
[[nodiscard]] double board_gap_mm(Separation separation);

struct BoardPanelRules {
    double border_mm = 0.75 * kInch_mm;
    double gap_mm = 0.1 * kInch_mm;
    Rotation rotation = Rotation::both;
    double coupon_width_mm = 0;  // test coupons; 0: none
    double coupon_height_mm = 0;
    uint32_t coupons = 0;
    std::vector<Rect> thieving;  // copper thieving zones that take no board, from the lower left corner of the panel
};

struct BoardPanel {
    uint64_t boards = 0;
    uint64_t turned = 0;
    uint64_t boards_lost_to_coupons = 0;
    double image_of_usable = 0;   // boards' area / area inside the borders: the shops' utilisation
    double usable_of_panel = 0;   // area inside the borders / panel
    double image_of_panel = 0;    // boards' area / panel: what laminate is paid for
    bool cost_effective = false;  // image_of_usable above kCostEffectiveUtilisation
    std::vector<PlacedPackage> placed;
    std::vector<Rect> coupons;  // from the centre of the panel; fewer than asked for when there is no room
};

inline constexpr double kCostEffectiveUtilisation = 0.75;  // backend facts 2.2, published

// Boards of that size on the panel. Coupons go into the free margins, else boards are given up one by one. REQUIRES
// sizes > 0, border, gap >= 0.
[[nodiscard]] BoardPanel panelise(
    double panel_width_mm,
    double panel_height_mm,
    double board_x_mm,
    double board_y_mm,
    const BoardPanelRules& rules);

// Each production panel with the same board, the least panel area per board first.
struct PanelOffer {
    size_t panel = 0;  // index into production_panels()
    BoardPanel result;
    double panel_area_per_board_mm2 = 0;  // infinite when none fits
};
[[nodiscard]] std::vector<PanelOffer>
best_production_panels(double board_x_mm, double board_y_mm, const BoardPanelRules& rules);

}  // namespace chipchain
