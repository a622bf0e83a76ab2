// How many bad units pass: the vectors of backend facts 4.4 by both forms, and the repair flow of 3.3.
#include "chipchain/yield/escapes.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

TEST(YieldEscapes, BothForms) {
    // yield, coverage, ppm by Williams-Brown and by CATCH
    const double rows[][4] = {
        {.70, .92, 28131, 33149},
        {.90, .95, 5254, 5525},
        {.50, .99, 6907, 9901},
        {.65, .999, 431, 538},
    };
    for (const auto& r : rows) {
        // the tables cut or round to whole ppm: 6,907.50 stands as 6,907
        EXPECT_NEAR(defect_level_ppm(EscapeForm::williams_brown, r[0], r[1]), r[2], .51);
        EXPECT_NEAR(defect_level_ppm(EscapeForm::catch_form, r[0], r[1]), r[3], .51);
    }
}

// a perfect test lets none pass, no test lets all pass, and the coverage for a defect level is found again
TEST(YieldEscapes, LimitsAndInverse) {
    for (const EscapeRow& row : escape_forms()) {
        EXPECT_EQ(find_escape_form(row.name).value(), row.form);
        for (const double yield : {.05, .5, .95}) {
            EXPECT_NEAR(defect_level(row.form, yield, 1), 0, 1e-15);
            EXPECT_NEAR(defect_level(row.form, yield, 0), 1 - yield, 1e-15);
            for (const double coverage : {.1, .9, .999}) {
                const double ppm = defect_level_ppm(row.form, yield, coverage);
                EXPECT_NEAR(coverage_for_ppm(row.form, yield, ppm), coverage, 1e-9);
                EXPECT_NEAR(passing_share(row.form, yield, coverage) * (1 - ppm / 1e6), yield, 1e-14);
            }
            EXPECT_EQ(coverage_for_ppm(row.form, yield, 999999), 0);
        }
    }
    EXPECT_EQ(
        render(find_escape_form("william-brown").error()[0], {}),
        "error[unknown-escape-form]: there is no form of test escapes 'william-brown'\n"
        "help: did you mean 'williams-brown'?\n");
}

// Six Sigma for Electronics, table 4.6 [139]: 100,000 boards, three gates, the field
TEST(YieldEscapes, HundredThousandBoards) {
    const RepairGate gates[] = {
        {"visual", coverage_between(.60, .80), 1, 1},
        {"ICT", coverage_between(.80, .95), 3, 6},
        {"FCT", coverage_between(.95, .998), 10, 50},
    };
    const RepairFlow flow = repair_flow(100000, .60, gates, 500);
    const double rows[][4] = {
        // yield before and after, repaired, test cost
        {.60, .80, 20000, 100000},
        {.80, .95, 15000, 300000},
        {.95, .998, 4800, 1000000},
    };
    ASSERT_EQ(flow.gates.size(), 3U);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(flow.gates[i].yield_before, rows[i][0], 1e-12);
        EXPECT_NEAR(flow.gates[i].yield_after, rows[i][1], 1e-12);
        EXPECT_NEAR(flow.gates[i].found, rows[i][2], 1e-6);
        EXPECT_NEAR(flow.gates[i].test_cost_usd, rows[i][3], 1e-6);
    }
    EXPECT_NEAR(flow.escaped, 200, 1e-6);
    EXPECT_NEAR(flow.test_cost_usd, 1.4e6, 1e-6);
    EXPECT_NEAR(flow.repair_cost_usd, 450000, 1e-6);
    EXPECT_NEAR(flow.cost_usd(), 1.85e6, 1e-6);
}

TEST(YieldEscapes, RepairThatFailsAndFalseCallsCost) {
    const RepairGate gate = {"AOI", .75, 1, 10, .02, .5, .9};
    const RepairFlow flow = repair_flow(1000, .8, {&gate, 1}, 100);
    EXPECT_NEAR(flow.gates[0].found, 150, 1e-9);
    EXPECT_NEAR(flow.gates[0].false_calls, 16, 1e-9);
    EXPECT_NEAR(flow.escaped, 50 + 15, 1e-9);
    EXPECT_NEAR(flow.repair_cost_usd, 150 * 10 + 16 * .5 + 65 * 100, 1e-9);
    EXPECT_EQ(repair_flow(0, .8, {&gate, 1}, 100).cost_usd(), 0);
}

// head-in-pillow by X-ray [138]: 38 of 45 found, 7 escaped, 6 false calls
TEST(YieldEscapes, HeadInPillow) {
    const InspectionFigures figures = inspection_figures({38, 7, 6});
    EXPECT_NEAR(figures.detection, .84, .5e-2);
    EXPECT_NEAR(figures.false_call_share, 6.0 / 44, 1e-15);
    // 45 defects say little: Wilson's interval by hand
    EXPECT_NEAR(figures.detection_low, .7122, .5e-3);
    EXPECT_NEAR(figures.detection_high, .9225, .5e-3);
}

}  // namespace
}  // namespace chipchain
