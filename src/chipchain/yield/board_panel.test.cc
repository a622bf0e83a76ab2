// Do boards per production panel and the quoted utilisations come out (backend facts 2.2)?
#include "chipchain/yield/board_panel.h"

#include <cmath>

#include <gtest/gtest.h>

namespace chipchain {
namespace {

constexpr double in = kInch_mm;

TEST(BoardPanel, UsableAreaOf18By24Inches) {
    const BoardPanel p = panelise(18 * in, 24 * in, 5 * in, 7 * in, {});
    EXPECT_NEAR(p.usable_of_panel, 0.859, 0.0005);  // 371.25 of 432 square inches
    EXPECT_NEAR(p.usable_of_panel * 18 * 24, 371.25, 1e-9);
    EXPECT_EQ(p.boards, 9U);  // (16.5 + 0.1) / 5.1 = 3.25, (22.5 + 0.1) / 7.1 = 3.18
    EXPECT_NEAR(p.image_of_usable, 9 * 35 / 371.25, 1e-12);
    EXPECT_NEAR(p.image_of_panel, 9 * 35 / 432.0, 1e-12);
    EXPECT_TRUE(p.cost_effective);
}

// the published example: 128 square inches of boards on 180 usable are 71.11 %
TEST(BoardPanel, UtilisationIsImageOverUsable) {
    BoardPanelRules rules{0.5 * in, 0, Rotation::none, 0, 0, 0, {}};
    // 12 x 15 in inside the borders; zones leave room for eight boards of 4 x 4 in
    rules.thieving = {{0.5 * in, 12.5 * in, 12 * in, 3 * in}, {0.5 * in, 8.5 * in, 4 * in, 4 * in}};
    const BoardPanel p = panelise(13 * in, 16 * in, 4 * in, 4 * in, rules);
    EXPECT_EQ(p.boards, 8U);
    EXPECT_NEAR(p.image_of_usable, 0.7111, 0.00005);
    EXPECT_FALSE(p.cost_effective);
}

TEST(BoardPanel, BordersAndGaps) {
    EXPECT_DOUBLE_EQ(board_border_mm(1), 12.7);
    EXPECT_DOUBLE_EQ(board_border_mm(2), 12.7);
    EXPECT_DOUBLE_EQ(board_border_mm(4), 19.05);
    EXPECT_DOUBLE_EQ(board_gap_mm(Separation::rout), 2.54);
    EXPECT_DOUBLE_EQ(board_gap_mm(Separation::score), 0);
    // 5.5 x 7.5 in boards butt 3 x 3 when scored; routed they fit turned, 2 x 4
    BoardPanelRules rules;
    EXPECT_EQ(panelise(18 * in, 24 * in, 5.5 * in, 7.5 * in, rules).boards, 8U);
    rules.gap_mm = 0;
    const BoardPanel scored = panelise(18 * in, 24 * in, 5.5 * in, 7.5 * in, rules);
    EXPECT_EQ(scored.boards, 9U);
    EXPECT_NEAR(scored.image_of_usable, 1, 1e-12);
    // a two-layer board has 17 x 23 in
    rules.border_mm = board_border_mm(2);
    EXPECT_NEAR(panelise(18 * in, 24 * in, 5.5 * in, 7.5 * in, rules).usable_of_panel, 17.0 * 23 / 432, 1e-12);
}

TEST(BoardPanel, TurningBoards) {
    BoardPanelRules rules;
    rules.gap_mm = 0;
    rules.rotation = Rotation::none;
    // 16.5 x 22.5: upright 7 x 5 in takes 2 x 4 = 8, turned 5 x 7 takes 3 x 3 = 9
    EXPECT_EQ(panelise(18 * in, 24 * in, 7 * in, 5 * in, rules).boards, 8U);
    rules.rotation = Rotation::both;
    const BoardPanel p = panelise(18 * in, 24 * in, 7 * in, 5 * in, rules);
    EXPECT_EQ(p.boards, 9U);
    EXPECT_EQ(p.turned, 9U);
}

TEST(BoardPanel, CouponsUseTheMarginsFirst) {
    BoardPanelRules rules;
    rules.coupon_width_mm = 1 * in;
    rules.coupon_height_mm = 4 * in;
    rules.coupons = 4;
    // 3 boards of 5 in leave 1.3 in beside them, 1.2 after a gap: a column of five coupons
    const BoardPanel free = panelise(18 * in, 24 * in, 5 * in, 7 * in, rules);
    EXPECT_EQ(free.boards, 9U);
    EXPECT_EQ(free.coupons.size(), 4U);
    EXPECT_EQ(free.boards_lost_to_coupons, 0U);
    for (const Rect& c : free.coupons) {
        EXPECT_LE(c.x + c.width, 8.25 * in + 1e-6);
        EXPECT_LE(std::fabs(c.y + c.height / 2) + c.height / 2, 11.25 * in + 1e-6);
        for (const PlacedPackage& b : free.placed) {
            const double gap_x = std::max(b.rect.x - c.x - c.width, c.x - b.rect.x - b.rect.width);
            const double gap_y = std::max(b.rect.y - c.y - c.height, c.y - b.rect.y - b.rect.height);
            EXPECT_GE(std::max(gap_x, gap_y), rules.gap_mm - 1e-6);
        }
    }
    // boards that fill the panel: one gives way
    rules.gap_mm = 0;
    const BoardPanel tight = panelise(18 * in, 24 * in, 5.5 * in, 7.5 * in, rules);
    EXPECT_EQ(tight.boards, 8U);
    EXPECT_EQ(tight.boards_lost_to_coupons, 1U);
    EXPECT_EQ(tight.coupons.size(), 4U);
}

TEST(BoardPanel, ProductionPanelsByAreaPerBoard) {
    ASSERT_EQ(production_panels().size(), 3U);
    const std::vector<PanelOffer> offers = best_production_panels(5 * in, 7 * in, {});
    for (size_t i = 1; i < offers.size(); ++i)
        EXPECT_LE(offers[i - 1].panel_area_per_board_mm2, offers[i].panel_area_per_board_mm2);
    // 21 x 24 takes 19.6 / 5.1 = 3 by 3 upright, 2 x 4 turned: 9 as well, so 18 x 24 needs less
    EXPECT_EQ(production_panels()[offers[0].panel].name, "18x24 in");
    // no panel takes a board of 25 in
    EXPECT_EQ(best_production_panels(25 * in, 1 * in, {}).front().result.boards, 0U);
    EXPECT_TRUE(std::isinf(best_production_panels(25 * in, 1 * in, {}).front().panel_area_per_board_mm2));
}

}  // namespace
}  // namespace chipchain
