// Process variation to bins: dies of one foundry version differ in threshold voltage and gate length; each gets the
// least supply at which it meets the product's clock, and with it a power; dies that cannot are scrap. Arrays with
// defects are replaced by spare ones, and spares may also replace slow arrays (harvesting).
//
// A die is drawn as: threshold shift of the die (normal, common to its arrays), gate length (normal, common), threshold
// shift of each array (normal, own), defects (negative binomial of the die, spread over arrays and the rest by area).
// A bin changes supply and power, never the shape that programs are compiled for nor any value.
//
// Sources: chip facts 4.5 (Teodorescu et al., MICRO-40; speed bins with a supply of their own, US8421495B1). The
// sensitivities of leakage are assumptions and say so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/power.h"

namespace chipchain {

struct BinOptions {
    uint64_t seed = 1;
    uint32_t dies = 10'000;
    double product_ghz = 0;  // 0: the chip's clock
    double utilisation = 1;  // at which power is judged
    double ambient_c = 45;
    double power_limit_w = 0;  // 0: the chip's tdp_w with its high end; none known: no limit
    double step_v = 0.025;     // between the supplies of two bins; the last step ends at most_voltage_v
    double guard_percent = 3;  // clock in reserve for ageing and noise: assumption
};

enum class DieFate : uint8_t { good, harvested, defective, slow, hot };
inline constexpr size_t kDieFates = 5;
[[nodiscard]] std::string_view fate_name(DieFate fate);

// One die as tested.
struct DieOutcome {
    DieFate fate = DieFate::good;  // harvested: good with the help of spare arrays
    double vth_shift_v = 0;        // of the die
    double length_percent = 0;     // beside the nominal gate
    uint32_t bad_arrays = 0;       // by defects
    double supply_v = 0;           // of its bin; 0 when defective or slow
    double leakage_factor = 1;     // beside a nominal die at the same supply and temperature
    double power_w = 0;
};

// Dies with one supply.
struct BinRow {
    double supply_v = 0;
    uint32_t dies = 0;
    uint32_t harvested = 0;
    double share_percent = 0;  // of all dies
    double mean_power_w = 0;
    double greatest_power_w = 0;
    double mean_leakage_factor = 0;
};

struct BinReport {
    BinOptions rules;  // as given, with the clock and the power limit that were used (HUGE_VAL: none)
    uint32_t dies = 0;
    std::vector<uint32_t> fates;  // by DieFate
    double yield_percent = 0;     // good and harvested
    double supply_mean_v = 0;     // of sold dies
    double power_mean_w = 0;
    double power_p95_w = 0;
    std::vector<BinRow> bins;  // by rising supply
};

// Draws, tests and sorts dies. The same options give the same dies on any machine and in any order.
[[nodiscard]] BinReport sort_dies(
    const ChipModel& chip,
    const PowerModel& power,
    const BinOptions& options,
    std::vector<DieOutcome>* dies = nullptr);

// The chip as a customer gets it from a bin, a die of its mean leakage: its clock at the bin's supply V, where leakage
// is the mean factor * (V/V0) exp(kV (V - V0)) and the energy of events (V/V0)^2 of what they were at V0; DRAM has a
// supply of its own. The shape is as it was. So power_model() of it says what the chip's own model says at V.
[[nodiscard]] ChipModel chip_of_bin(const ChipModel& chip, const BinRow& bin);

}  // namespace chipchain
