// Do the closed forms have the coefficients and errors that the table states, against counts that are proven best?
#include "chipchain/yield/die_estimates.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "chipchain/yield/grid.h"

namespace chipchain {
namespace {

struct Sample {
    double width, height, count;
};

// areas from 25 to 858 mm2 in 60 even steps of the side, aspects 1, 1.6 and 2.5, 300 mm, no edge, no street.
const std::vector<Sample>& samples() {
    static const std::vector<Sample> all = [] {
        const Region wafer = usable_region(WaferShape{300, 0, 0, 0});
        std::vector<Sample> out;
        for (const double aspect : {1.0, 1.6, 2.5}) {
            for (int i = 0; i < 60; ++i) {
                const double side = 5 + (std::sqrt(858.0) - 5) * i / 59;
                const double height = side / std::sqrt(aspect);
                const Placement best = place(wafer, device_cell(height * aspect, height, 0), Centring::best);
                EXPECT_TRUE(best.proven);
                out.push_back({height * aspect, height, static_cast<double>(best.devices)});
            }
        }
        return out;
    }();
    return all;
}

struct Errors {
    double rms = 0, worst = 0, bias = 0;  // percent
};

Errors errors(DieFormula formula, double k = 0) {
    Errors out;
    for (const Sample& s : samples()) {
        const double error = 100 * (devices_by_formula(formula, 300, s.width, s.height, k) / s.count - 1);
        out.rms += error * error;
        out.bias += error;
        out.worst = std::max(out.worst, std::fabs(error));
    }
    const auto n = static_cast<double>(samples().size());
    return {std::sqrt(out.rms / n), out.worst, out.bias / n};
}

TEST(DieEstimates, TheStatedErrorsComeOutAgain) {
    for (const DieFormulaInfo& info : die_formulas()) {
        const Errors e = errors(info.formula);
        EXPECT_NEAR(e.rms, info.rms_percent, 0.006) << info.name;
        EXPECT_NEAR(e.worst, info.max_percent, 0.06) << info.name;
    }
}

// do they agree with the facts, whose sample of areas is not stated? Order of the forms, rms error, bias of the
// textbook
TEST(DieEstimates, TheFactsComeOutRoughly) {
    struct Row {
        DieFormula formula;
        double rms;
    };
    const Row rows[] = {
        {DieFormula::textbook, 5.1},
        {DieFormula::circle_less_side, 1.75},
        {DieFormula::exponential_mean, 0.97},
        {DieFormula::exponential_root, 1.16},
        {DieFormula::quadratic_mean, 1.10},
        {DieFormula::linear_mean, 1.24}};
    for (const Row& r : rows) EXPECT_NEAR(errors(r.formula).rms, r.rms, 0.25 * r.rms) << static_cast<int>(r.formula);
    EXPECT_NEAR(errors(DieFormula::textbook).bias, -3.9, 0.7);
    for (const Row& r : rows) EXPECT_GE(errors(r.formula).rms, errors(DieFormula::exponential_mean).rms);
}

// is each coefficient near the one with the least rms error?
TEST(DieEstimates, TheRefitComesOutAgain) {
    for (const DieFormulaInfo& info : die_formulas()) {
        if (info.k <= 0) continue;
        double best = info.k / 2;
        for (double k = info.k * 0.9; k < info.k * 1.1; k += info.k * 0.001) {
            if (errors(info.formula, k).rms < errors(info.formula, best).rms) best = k;
        }
        EXPECT_NEAR(best / info.k, 1, 0.02) << info.name;
    }
}

TEST(DieEstimates, TheTableIsInOrderOfTheFormulas) {
    for (size_t i = 0; i < die_formulas().size(); ++i) EXPECT_EQ(static_cast<size_t>(die_formulas()[i].formula), i);
}

TEST(DieEstimates, PublishedFigures) {
    // 130 and 314 dies of 2.3 and 1 cm2 on a wafer of 21 cm; 165.5 of unit area on a circle of 16
    EXPECT_NEAR(devices_by_formula(DieFormula::circle_less_side, 21, std::sqrt(2.3), std::sqrt(2.3)), 130, 0.5);
    EXPECT_NEAR(devices_by_formula(DieFormula::circle_less_side, 21, 1, 1), 314, 0.5);
    EXPECT_NEAR(devices_by_formula(DieFormula::textbook, 16, 1, 1), 165.5, 0.05);
    // 64.8 dies of 200 mm2 on 150 mm (backend facts 4.2)
    EXPECT_NEAR(devices_by_formula(DieFormula::textbook, 150, std::sqrt(200.0), std::sqrt(200.0)), 64.8, 0.05);
}

// one published counter prints d pi (4 / 4S - 1 / sqrt(2S)), which is -116.5 dies; ours is never below zero for dies
// that fit
TEST(DieEstimates, NoNegativeCounts) {
    for (const DieFormulaInfo& info : die_formulas()) EXPECT_GT(devices_by_formula(info.formula, 300, 26, 33), 0);
}

}  // namespace
}  // namespace chipchain
