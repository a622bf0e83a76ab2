// Does each yield model give the published worked examples of backend facts 4.2, forwards and backwards?
#include "chipchain/yield/models.h"

#include <gtest/gtest.h>

#include <cmath>

namespace chipchain {
namespace {

constexpr double kFourDigits = 0.5e-4 * 1.01;  // a figure printed with four decimals

double yield_of(YieldModel model, double m, double shape = kNoClustering) { return die_yield(model, m, 1, shape); }

// IEOR 130 homework, UC Berkeley [153]: m, Poisson, Murphy, Seeds
TEST(YieldModels, LeachmanTable) {
    const double rows[][4] = {
        {.05, .9512, .9514, .9524},
        {.1, .9048, .9056, .9091},
        {.25, .7788, .7829, .8000},
        {.5, .6065, .6193, .6667},
        {.75, .4724, .4949, .5714},
        {1, .3679, .3996, .5000},
        {1.5, .2231, .2682, .4000},
        {3, .0498, .1003, .2500},
    };
    for (const auto& r : rows) {
        EXPECT_NEAR(yield_of(YieldModel::poisson, r[0]), r[1], kFourDigits) << r[0];
        EXPECT_NEAR(yield_of(YieldModel::murphy, r[0]), r[2], kFourDigits) << r[0];
        EXPECT_NEAR(yield_of(YieldModel::seeds, r[0]), r[3], kFourDigits) << r[0];
    }
}

// [153]: area cm2, yield, density by Poisson and by Murphy. The Poisson .3335 and the Murphy .3360, .3296 and .1680
// differ by up to 1.2e-4 from the exact .33588, .32956 and .16794: the source solved them by trial.
TEST(YieldModels, LeachmanInversion) {
    const double rows[][4] = {
        {.25, .92, .3335, .3360},
        {.5, .85, .3250, .3296},
        {.5, .92, .1668, .1680},
        {1, .65, .4308, .4474},
        {1, .85, .1625, .1648},
    };
    for (const auto& r : rows) {
        EXPECT_NEAR(defect_density(YieldModel::poisson, r[1], r[0]), r[2], kFourDigits);
        EXPECT_NEAR(defect_density(YieldModel::murphy, r[1], r[0]), r[3], 1.3e-4);
    }
}

// a 17.92 mm2 test chip at 80 %, then a 100 mm2 die [154]; the source's 1.271 is rounded, the exact figure is 1.2693
TEST(YieldModels, FiveNanometreTestChip) {
    const double d0 = defect_density(YieldModel::murphy, .80, .1792);
    EXPECT_NEAR(d0, 1.2693, kFourDigits);
    EXPECT_NEAR(d0, 1.271, 2e-3);
    EXPECT_NEAR(die_yield(YieldModel::murphy, 1.271, 1), .320, .5e-3);
    EXPECT_NEAR(die_yield(YieldModel::poisson, d0, 1), .281, .5e-3);
}

// Patterson and Hennessy exercise 1.10 [155]: (1 + D A / 2)^-2 is the negative binomial with alpha = 2
TEST(YieldModels, PattersonHennessy) {
    struct Row {
        double diameter_cm, dies, d0, area, yield;
    };
    const Row rows[] = {
        {15, 84, .020, 2.104, .959},
        {20, 100, .031, 3.14, .909},
        {15, 84 * 1.1, .020 * 1.15, 1.912, .957},
        {20, 100 * 1.1, .031 * 1.15, 2.85, .905},  // the source cut 2.856
    };
    for (const Row& r : rows) {
        const double area = 3.14159265358979 * r.diameter_cm * r.diameter_cm / 4 / r.dies;
        EXPECT_NEAR(area, r.area, 6.1e-3);
        EXPECT_NEAR(negative_binomial_yield(r.d0, area, 2), r.yield, 1e-3);
    }
    EXPECT_NEAR(defect_density(YieldModel::negative_binomial, .92, 2, 2), .0426, kFourDigits);
    EXPECT_NEAR(defect_density(YieldModel::negative_binomial, .95, 2, 2), .026, .5e-3);
    EXPECT_NEAR(.95 * negative_binomial_yield(.1, 2, 2), .785, .5e-3);  // [156], line yield .95
    EXPECT_NEAR(good_devices(64.8, .95, negative_binomial_yield(.1, 2, 2)), 64.8 * .785, .05);
}

struct ModelRow {
    YieldModel model;
    double m, shape, yield, epsilon;
};

TEST(YieldModels, SingleExamples) {
    using enum YieldModel;
    const ModelRow rows[] = {
        {poisson, .081, 1, .922, .5e-3},                 // [152]
        {murphy, .081, 1, .923, .5e-3},                  // [152]
        {negative_binomial, .081, 3, .923, .5e-3},       // [152]
        {seeds, .081, 1, .925, .5e-3},                   // [152]
        {bose_einstein, .081, 12, .393, .5e-3},          // [152]
        {bose_einstein, .37814, 2, .5265, kFourDigits},  // [157] test
        {rectangular, 1, 1, .4323, kFourDigits},
        {moore, 1, 1, .3679, kFourDigits},
        {negative_binomial, 1, 2, .4444, kFourDigits},
        {negative_binomial, 1, 3, .4219, kFourDigits},
        {negative_binomial, 1, 10, .3855, kFourDigits},
        {negative_binomial, .858, 3, .470, .5e-3},  // a full reticle at .10
    };
    for (const ModelRow& r : rows) EXPECT_NEAR(yield_of(r.model, r.m, r.shape), r.yield, r.epsilon) << r.m;
    // the same density of the whole process, spread over the layers as it must be
    EXPECT_NEAR(bose_einstein_yield(.081 / 12, 1, 12), .922, .5e-3);
}

// half a reticle, 4.29 cm2: D0, Poisson, Murphy, NB3, NB10, good dies of 132 by NB3
TEST(YieldModels, HalfReticle) {
    const double rows[][6] = {
        {.05, .807, .810, .813, .809, 107},
        {.10, .651, .661, .670, .657, 88},
        {.15, .526, .544, .558, .536, 74},
        {.20, .424, .451, .470, .439, 62},
    };
    for (const auto& r : rows) {
        EXPECT_NEAR(die_yield(YieldModel::poisson, r[0], 4.29), r[1], .6e-3);
        EXPECT_NEAR(die_yield(YieldModel::murphy, r[0], 4.29), r[2], .6e-3);
        EXPECT_NEAR(negative_binomial_yield(r[0], 4.29, 3), r[3], .6e-3);
        EXPECT_NEAR(negative_binomial_yield(r[0], 4.29, 10), r[4], .6e-3);
        EXPECT_EQ(std::lround(good_devices(132, 1, negative_binomial_yield(r[0], 4.29, 3))), r[5]);
    }
}

// does every model come back from its own yield, fall with m, and begin at 1?
TEST(YieldModels, InverseAndOrder) {
    for (const YieldModelRow& row : yield_models()) {
        EXPECT_EQ(&row, &yield_model(row.model));
        for (const double shape : {.4, 2.0, 12.0}) {
            double before = 1;
            EXPECT_EQ(row.yield(0, shape), 1);
            EXPECT_NEAR(row.defects(1, shape), 0, 1e-15) << row.name;
            for (const double m : {1e-9, 1e-4, .01, .3, .5, 1.0, 4.0, 20.0}) {
                const double yield = row.yield(m, shape);
                EXPECT_LT(yield, before) << row.name << " " << m;
                EXPECT_NEAR(row.defects(yield, shape), m, 2e-13 * (1 + m * m)) << row.name << " " << m;
                before = yield;
            }
        }
    }
    EXPECT_NEAR(negative_binomial_yield(1, 1, 1e9), yield_of(YieldModel::poisson, 1), 1e-9);
    EXPECT_EQ(negative_binomial_yield(1, 1, kNoClustering), yield_of(YieldModel::poisson, 1));
}

TEST(YieldModels, Names) {
    for (const YieldModelRow& row : yield_models()) EXPECT_EQ(find_yield_model(row.name).value(), row.model);
    EXPECT_EQ(yield_model(YieldModel::bose_einstein).density, "d0_per_critical_layer");
    const auto text = [](std::string_view name) { return render(find_yield_model(name).error()[0], {}); };
    EXPECT_EQ(
        text("murfy"),
        "error[unknown-yield-model]: there is no yield model 'murfy'\n"
        "help: did you mean 'murphy'?\n");
    EXPECT_EQ(
        text("gaussian"),
        "error[unknown-yield-model]: there is no yield model 'gaussian'\n"
        "help: expected one of poisson, murphy, seeds, rectangular, moore, bose-einstein, negative-binomial\n");
}

}  // namespace
}  // namespace chipchain
