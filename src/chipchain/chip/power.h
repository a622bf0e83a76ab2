// Power, voltage, frequency and temperature of a chip at work, solved together (chip facts 4.3).
//
//   f(V) = f0 * g(V) / g(V0),  g(V) = (V - Vth)^a / V             alpha-power law, Sakurai and Newton 1990
//   P = u E (V/V0)^2 (f/f0) + L0 (V/V0) exp(kV (V - V0)) exp(kT (T - 85)) + uncore + DRAM
//   T = ambient + theta P
// E is the power of the arrays at full work at (V0, f0), u the share of the time they work. The two equations for P and
// T have no, one or two solutions, as P is convex in T: the lower one is where a cold chip settles; none is thermal
// runaway, which is reported and never clamped.
#pragma once

#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/energy.h"

namespace chipchain {

// What the figures of a chip say about its power, as plain numbers.
struct PowerModel {
    double voltage_v = 0;  // V0
    double clock_ghz = 0;  // f0
    double least_v = 0;
    double most_v = 0;
    double vth_v = 0;
    double exponent = 1;
    double active_w = 0;   // E: arrays at full work at V0, f0
    double leakage_w = 0;  // L0: at V0 and 85 degrees
    double leak_per_v = 0;
    double leak_per_k = 0;
    double uncore_w = 0;
    double dram_w = 0;  // at full work
    double theta_c_per_w = 0;
    double junction_limit_c = 0;
};

// The model of a chip whose arrays do work of that energy per second when they never stand still. Energies are at V0.
// Leakage is that of the die's logic and SRAM; a chip without die_mm2 leaks by its SRAM alone.
[[nodiscard]] PowerModel power_model(const ChipModel& chip, const EnergyReport& energy, double seconds);
// The model at the peak rate of the multipliers on the products of ResNet-50, for figures of a chip as a whole.
[[nodiscard]] PowerModel peak_power_model(const ChipModel& chip);

// Power of the chip at that rate with its band, at a junction that cooling holds, without DRAM: every energy, leakage
// and uncore figure at its low, stated or high end together. What is compared with a published TDP.
[[nodiscard]] Banded peak_power_w(const ChipModel& chip, double junction_c);

// The clock that a supply allows, 0 at or below the threshold; and the least supply that allows a clock, most_v when
// none up to it does.
[[nodiscard]] double clock_at(const PowerModel& model, double volt);
[[nodiscard]] double voltage_for(const PowerModel& model, double ghz);

struct OperatingPoint {
    double voltage_v = 0;
    double clock_ghz = 0;
    double utilisation = 0;
    double junction_c = 0;  // of a runaway: where self-heating outruns cooling
    double dynamic_w = 0;
    double leakage_w = 0;
    double uncore_w = 0;
    double dram_w = 0;
    double total_w = 0;
    bool runaway = false;    // no temperature is stable: leakage grows faster than it is carried away
    bool throttled = false;  // the clock is below what was asked for
};

// Where a chip settles at that supply, clock and share of work.
[[nodiscard]] OperatingPoint
settle(const PowerModel& model, double volt, double ghz, double utilisation, double ambient_c);

// The same at the least supply for `ghz`; when the junction passes its limit or runs away, at the highest clock that
// stays within it (never below a thousandth of f0; a chip too hot even there is returned as it is, throttled).
[[nodiscard]] OperatingPoint run_at(const PowerModel& model, double ghz, double utilisation, double ambient_c);

// ---------------------------------------------------------------- two versions over a day

// Part of a duty cycle. work: of the product clock's full work that must be done in it, 0..1.
struct DutyPhase {
    std::string name;
    double hours = 0;
    double work = 0;
    double ambient_c = 25;
};

struct DutyRow {
    std::string phase;
    OperatingPoint a;
    OperatingPoint b;
    double gap_percent = 0;  // power of b beside a, with other_w in both
};
struct DutyComparison {
    std::vector<DutyRow> rows;
    double energy_a_wh = 0;
    double energy_b_wh = 0;
    double gap_percent = 0;  // over the whole duty cycle
};
// Both versions do the same work at the same product clock: what differs is power. other_w: what draws power beside the
// chip in every phase (display, sensors), which hides the gap at light work.
[[nodiscard]] DutyComparison compare_duty(
    const PowerModel& a,
    const PowerModel& b,
    double product_ghz,
    const std::vector<DutyPhase>& phases,
    double other_w);

}  // namespace chipchain
