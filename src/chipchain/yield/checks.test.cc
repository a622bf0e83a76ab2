// Is every figure that a formula would refuse told to the user, all at once, with an id that `explain` knows?
#include "chipchain/yield/checks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(YieldChecks, EachKindHasItsRange) {
    using enum FigureKind;
    struct Row {
        FigureKind kind;
        double value;
        const char* id;  // "" when accepted
    };
    const Row rows[] = {
        {FigureKind::yield, 1, ""},
        {FigureKind::yield, 1.0001, "yield-above-one"},
        {FigureKind::yield, 0, "yield-not-positive"},
        {FigureKind::yield, -.1, "yield-not-positive"},
        {coverage, 0, ""},
        {coverage, 1, ""},
        {coverage, 1.5, "share-outside-range"},
        {share, -.01, "share-outside-range"},
        {length_mm, 0, ""},
        {length_mm, -.1, "negative-length"},
        {length_mm, kInf, "not-a-number"},
        {size_mm, 0, "size-not-positive"},
        {size_mm, 700, ""},
        {area_cm2, -4, "area-not-positive"},
        {defect_density, 0, ""},
        {defect_density, -.1, "negative-density"},
        {alpha, kInf, ""},
        {alpha, 0, "alpha-not-positive"},
        {count, 0, "invalid-count"},
        {count, 2.5, "invalid-count"},
        {count, 1e10, "invalid-count"},
        {whole, 0, ""},
        {whole, -1, "invalid-count"},
        {ratio, 0, "ratio-not-positive"},
        {time_s, -1, "negative-time"},
        {money_usd, -1, "negative-cost"},
        {dpmo, 1e6, ""},
        {dpmo, 1e6 + 1, "invalid-dpmo"},
        {dpmo, std::nan(""), "not-a-number"},
    };
    for (const Row& r : rows) {
        const Figure figure = {"figure", r.value, r.kind, {}};
        const Diagnostics diagnostics = check_figures({&figure, 1});
        EXPECT_EQ(diagnostics.empty() ? "" : diagnostics[0].id, r.id) << r.value;
        for (const Diagnostic& d : diagnostics) EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
    }
    for (const char* id : {"unknown-yield-model", "unknown-escape-form", "too-few-lots", "fit-impossible"}) {
        EXPECT_NE(find_diagnostic(id), nullptr) << id;
    }
}

TEST(YieldChecks, AllMistakesAtOnceInText) {
    const Figure figures[] = {
        {"--yield", 98.5, FigureKind::yield, {}},
        {"--street", -.1, FigureKind::length_mm, {}},
        {"--die-x", 10, FigureKind::size_mm, {}},
        {"--alpha", -3, FigureKind::alpha, {}},
    };
    EXPECT_EQ(
        render_all(check_figures(figures), {}),
        "error[yield-above-one]: --yield is 98.5\n"
        "help: write 0.985 for 98.5 %\n"
        "\n"
        "error[negative-length]: --street is -0.1 mm\n"
        "help: expected 0 mm or more\n"
        "\n"
        "error[alpha-not-positive]: --alpha is -3\n"
        "help: expected above 0; inf: no clustering\n"
        "\n"
        "3 errors\n");
}

TEST(YieldChecks, CostChain) {
    const CostStage stages[] = {
        {.name = "wafer", .cost_per_unit_usd = -1},
        {.name = "sort", .inputs_per_unit = 0, .yield = 1.2, .coverage = -1},
        {.name = "board"},
    };
    EXPECT_EQ(
        render_all(check_cost_chain(stages), {}),
        "error[negative-cost]: cost_per_unit_usd of stage 'wafer' is -1 USD\n"
        "help: expected 0 USD or more\n"
        "\n"
        "error[ratio-not-positive]: inputs_per_unit of stage 'sort' is 0\n"
        "help: expected above 0\n"
        "\n"
        "error[yield-above-one]: yield of stage 'sort' is 1.2\n"
        "help: expected above 0, at most 1\n"
        "\n"
        "error[share-outside-range]: coverage of stage 'sort' is -1\n"
        "help: expected 0 to 1\n"
        "\n"
        "4 errors\n");
}

TEST(YieldChecks, BoardLots) {
    const BoardLot two[] = {{10, .9, 1}, {20, 1.1, 1}};
    const Diagnostics few = check_board_lots(two);
    ASSERT_EQ(few.size(), 2U);
    EXPECT_EQ(few[0].id, "yield-above-one");
    EXPECT_EQ(few[1].message, "2 lots are too few to fit two constants");
    const BoardLot same[] = {{10, .9, 1}, {10, .8, 1}, {20, 1, 1}};
    ASSERT_EQ(check_board_lots(same).size(), 1U);
    EXPECT_EQ(check_board_lots(same)[0].id, "fit-impossible");
    const BoardLot fine[] = {{10, .9, 1}, {20, .8, 1}, {5, 1, 1}};
    EXPECT_TRUE(check_board_lots(fine).empty());
}

}  // namespace
}  // namespace chipchain
