#include "chipchain/chip/bins.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/stats/special.h"

namespace chipchain {
namespace {

ChipModel load(const std::string& name) {
    const Result<ChipModel> model = load_chip(name);
    EXPECT_TRUE(model) << name;
    return *model;
}

void set(ChipModel& chip, ChipFigure figure, double value) {
    chip.figures[static_cast<size_t>(figure)] = {true, value, value, value, Mark::assumption, "", "test"};
}

// do the same options give the same dies, another seed others, and do the fates add up?
TEST(Bins, repeatable) {
    const ChipModel chip = load("ai5-t");
    const PowerModel power = peak_power_model(chip);
    BinOptions options;
    options.dies = 500;
    std::vector<DieOutcome> a, b;
    const BinReport first = sort_dies(chip, power, options, &a);
    static_cast<void>(sort_dies(chip, power, options, &b));
    ASSERT_EQ(a.size(), 500U);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].power_w, b[i].power_w);
    uint32_t sum = 0;
    for (const uint32_t n : first.fates) sum += n;
    EXPECT_EQ(sum, 500U);
    uint32_t sold = 0;
    for (const BinRow& row : first.bins) sold += row.dies;
    EXPECT_EQ(sold, first.fates[0] + first.fates[1]);
    EXPECT_GT(sold, 100U);
    options.seed = 2;
    b.clear();
    static_cast<void>(sort_dies(chip, power, options, &b));
    size_t different = 0;
    for (size_t i = 0; i < a.size(); ++i) different += a[i].vth_shift_v != b[i].vth_shift_v ? 1 : 0;
    EXPECT_GT(different, 490U);
}

// do fast dies leak more and get less supply, so that power spreads less than leakage?
TEST(Bins, fast_dies_leak) {
    ChipModel chip = load("ai5-t");
    set(chip, ChipFigure::defects_per_cm2, 0);
    set(chip, ChipFigure::vth_sigma_wafer_mv, 25);
    const PowerModel power = peak_power_model(chip);
    BinOptions options;
    options.dies = 4000;
    options.power_limit_w = 1e6;
    std::vector<DieOutcome> dies;
    static_cast<void>(sort_dies(chip, power, options, &dies));
    double fast_leak = 0, slow_leak = 0, fast_supply = 0, slow_supply = 0;
    int fast = 0, slow = 0;
    for (const DieOutcome& d : dies) {
        if (d.supply_v == 0) continue;
        const bool quick = d.vth_shift_v < 0;
        (quick ? fast_leak : slow_leak) += d.leakage_factor;
        (quick ? fast_supply : slow_supply) += d.supply_v;
        ++(quick ? fast : slow);
    }
    ASSERT_GT(fast, 500);
    ASSERT_GT(slow, 500);
    EXPECT_GT(fast_leak / fast, 1.2 * slow_leak / slow);
    EXPECT_LT(fast_supply / fast, slow_supply / slow);
}

ChipModel without_variation(const char* name) {
    ChipModel chip = load(name);
    for (const ChipFigure f :
         {ChipFigure::defects_per_cm2,
          ChipFigure::vth_sigma_wafer_mv,
          ChipFigure::vth_sigma_die_mv,
          ChipFigure::length_sigma_percent})
        set(chip, f, 0);
    return chip;
}

// without variation and defects: are all dies one bin, at the supply of the product clock with its guard?
TEST(Bins, no_variation_is_one_bin) {
    ChipModel chip = without_variation("hw3");
    const PowerModel power = peak_power_model(chip);
    BinOptions options;
    options.dies = 50;
    options.power_limit_w = 1e6;
    const BinReport r = sort_dies(chip, power, options);
    ASSERT_EQ(r.bins.size(), 1U);
    EXPECT_EQ(r.yield_percent, 100);
    const double needed = voltage_for(power, 2.0 * 1.03);
    EXPECT_GE(r.bins[0].supply_v, needed);
    EXPECT_LT(r.bins[0].supply_v, needed + options.step_v);
}

// is the greatest supply tried when it is no whole number of steps above the least? Steps of 25 mV from 0.55 end at
// 0.925; a clock that needs 0.935 V is met at 0.94 V, and one that needs 0.945 V by no die.
TEST(Bins, greatest_supply_is_tried) {
    ChipModel chip = without_variation("hw3");
    set(chip, ChipFigure::least_voltage_v, 0.55);
    set(chip, ChipFigure::most_voltage_v, 0.94);
    const PowerModel power = peak_power_model(chip);
    BinOptions options;
    options.dies = 3;
    options.power_limit_w = 1e6;
    options.product_ghz = clock_at(power, 0.935) / 1.03;
    const BinReport r = sort_dies(chip, power, options);
    ASSERT_EQ(r.bins.size(), 1U);
    EXPECT_EQ(r.bins[0].supply_v, 0.94);
    EXPECT_EQ(r.yield_percent, 100);
    EXPECT_EQ(r.rules.product_ghz, options.product_ghz);
    EXPECT_EQ(r.rules.power_limit_w, 1e6);
    options.product_ghz = clock_at(power, 0.945) / 1.03;
    EXPECT_EQ(sort_dies(chip, power, options).fates[static_cast<size_t>(DieFate::slow)], 3U);
}

// does the power model of a chip of a bin say what the chip's own model says of a die of that leakage at that supply?
TEST(Bins, chip_of_bin_has_the_power_of_its_supply) {
    for (const char* name : {"hw3", "ai5-s"}) {
        const ChipModel chip = load(name);
        const PowerModel own = peak_power_model(chip);
        BinRow bin;
        bin.supply_v = own.voltage_v + 0.05;
        bin.mean_leakage_factor = 1.7;
        const PowerModel sold = peak_power_model(chip_of_bin(chip, bin));
        EXPECT_EQ(sold.voltage_v, bin.supply_v);
        EXPECT_EQ(sold.clock_ghz, own.clock_ghz);
        const double ratio = bin.supply_v / own.voltage_v;
        EXPECT_NEAR(sold.active_w / own.active_w, ratio * ratio, 1e-9) << name;
        EXPECT_NEAR(sold.leakage_w / own.leakage_w, 1.7 * ratio * std::exp(3 * 0.05), 1e-9) << name;
        EXPECT_EQ(sold.dram_w, own.dram_w);
        PowerModel leaky = own;
        leaky.leakage_w *= 1.7;
        const OperatingPoint a = settle(sold, sold.voltage_v, sold.clock_ghz, 1, 45);
        const OperatingPoint b = settle(leaky, bin.supply_v, own.clock_ghz, 1, 45);
        EXPECT_NEAR(a.total_w / b.total_w, 1, 1e-9) << name;
        EXPECT_NEAR(a.junction_c, b.junction_c, 1e-6) << name;
    }
}

// The probability that a die has at most `spares` bad arrays and no defect elsewhere: negative binomial defects of mean
// `defects` and clustering `alpha`, of which each of `arrays` arrays takes a share `array_share`.
double repairable_share(double defects, double alpha, uint32_t arrays, double array_share, uint32_t spares) {
    // mean over the gamma distribution of density, by quantiles in the middle of equal shares
    constexpr int kPoints = 4000;
    double sum = 0;
    for (int i = 0; i < kPoints; ++i) {
        const double u = (i + 0.5) / kPoints;
        const double density = defects * chi_square_quantile(u, 2 * alpha) / (2 * alpha);
        const double clean = std::exp(-density * (1 - array_share * arrays));
        const double bad = 1 - std::exp(-density * array_share);
        sum += clean * binomial_tails(spares, arrays, bad).lower;
    }
    return sum / kPoints;
}

// is the share of dies that defects and spare arrays leave the one of the closed form?
TEST(Bins, harvest_matches_closed_form) {
    for (const double spares : {0.0, 1.0, 3.0}) {
        ChipModel chip = load("ai5-s");
        set(chip, ChipFigure::spare_arrays, spares);
        set(chip, ChipFigure::defects_per_cm2, 0.3);
        BinOptions options;
        options.dies = 6000;
        const PowerModel power = peak_power_model(chip);
        const BinReport r = sort_dies(chip, power, options);
        const auto arrays = static_cast<uint32_t>(32 + spares);
        const double expected = repairable_share(0.3 * 4.3, 3, arrays, 0.5 / arrays, static_cast<uint32_t>(spares));
        const double found = 1 - r.fates[static_cast<size_t>(DieFate::defective)] / 6000.0;
        EXPECT_NEAR(found, expected, 4 * std::sqrt(expected * (1 - expected) / 6000)) << spares;
        if (spares == 0) {
            // all defects kill: negative binomial yield
            EXPECT_NEAR(expected, std::pow(1 + 0.3 * 4.3 / 3, -3), 1e-4);
            EXPECT_EQ(r.fates[static_cast<size_t>(DieFate::harvested)], 0U);
        } else {
            EXPECT_GT(r.fates[static_cast<size_t>(DieFate::harvested)], 0U);
        }
    }
}

// do a low power limit and a high clock scrap dies as hot and as slow?
TEST(Bins, scrap) {
    const ChipModel chip = load("ai5-t");
    const PowerModel power = peak_power_model(chip);
    BinOptions options;
    options.dies = 300;
    options.power_limit_w = 1;
    EXPECT_EQ(sort_dies(chip, power, options).yield_percent, 0);
    EXPECT_GT(sort_dies(chip, power, options).fates[static_cast<size_t>(DieFate::hot)], 100U);
    options.product_ghz = 5;
    EXPECT_GT(sort_dies(chip, power, options).fates[static_cast<size_t>(DieFate::slow)], 100U);
}

}  // namespace
}  // namespace chipchain
