// Power, voltage, frequency and temperature of a chip at work, solved together (chip facts 4.3).
//
//   f(V) = f0 * g(V) / g(V0),  g(V) = (V - Vth)^a / V             alpha-power law, Sakurai and Newton 1990
//   P = u E (V/V0)^2 (f/f0) + L0 (V/V0) exp(kV (V - V0)) exp(kT (T - 85)) + uncore + DRAM
//   T = ambient + theta P
// E is the power of the arrays at full work at (V0, f0), u the share of the time they work. The two equations for P and
// T have no, one or two solutions, as P is convex in T: the lower one is where a cold chip settles; none is thermal
// runaway, which is reported and never clamped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/energy.h"

namespace chipchain {

// Inside a car's computer: assumption.
inline constexpr double kCarAmbientC = 45;

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
// Leakage of a chip at voltage_v and 85 degrees, with every figure of leakage at its low, stated and high end.
[[nodiscard]] Banded leakage_w(const ChipModel& chip);
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
    double utilisation = 0;  // share of the time that arrays work
    double rate = 0;         // work done beside full work at f0: utilisation * clock / f0
    double junction_c = 0;   // of a runaway: where self-heating outruns cooling, no temperature it stays at
    double dynamic_w = 0;
    double leakage_w = 0;
    double uncore_w = 0;
    double dram_w = 0;
    double total_w = 0;
    bool runaway = false;    // no temperature is stable: leakage grows faster than it is carried away
    bool throttled = false;  // the clock is below what was asked for
    bool too_hot = false;    // not even the least clock keeps the junction limit: it can do no work
};
// "steady", "throttled", "too hot" or "runaway".
[[nodiscard]] std::string_view state_of(const OperatingPoint& point);

// Where a chip settles at that supply, clock and share of work.
[[nodiscard]] OperatingPoint
settle(const PowerModel& model, double volt, double ghz, double utilisation, double ambient_c);

// The same at the least supply for `ghz`; when the junction passes its limit or runs away, at the highest clock that
// stays within it. A chip too hot even at kLeastClock of f0 is returned there, too_hot (or runaway), and does no work:
// rate is 0.
// assumption: a clock can be divided by a thousand; a chip that is hotter than it may be even there is switched off
inline constexpr double kLeastClock = 1e-3;
[[nodiscard]] OperatingPoint run_at(const PowerModel& model, double ghz, double utilisation, double ambient_c);
// The same for work to be done: `rate` of full work at f0. A lower clock works for more of the time: utilisation is
// rate * f0 / clock, at most 1. The work is done when OperatingPoint::rate reaches `rate` (does_work).
[[nodiscard]] OperatingPoint run_work(const PowerModel& model, double rate, double ambient_c);
[[nodiscard]] bool does_work(const OperatingPoint& point, double rate);

// ---------------------------------------------------------------- energy of a run

// What a run of a network takes, with leakage and uncore for as long as it lasts, one run after the other at V0 and f0.
// Leakage is at the junction temperature where that load settles, at most its limit; so joules * runs per second is the
// power of run_at() where that is steady. The band: energies of events, leakage and uncore figures at one end together;
// junction, supply, die and time are as stated.
struct RunEnergy {
    EnergyReport events;
    Banded leakage_joules;
    Banded uncore_joules;
    Banded joules;  // events with DRAM, leakage, uncore
    double junction_c = 0;
};
[[nodiscard]] RunEnergy
run_energy(const ChipModel& chip, const EnergyReport& events, double seconds, double ambient_c = kCarAmbientC);

// ---------------------------------------------------------------- versions over a day

// Part of a duty cycle. work: of the runs per second that the slowest version can do at its full clock, 0..1.
struct DutyPhase {
    std::string name;
    double hours = 0;
    double work = 0;
    double ambient_c = 25;
};
// A version under the load of one network. runs_per_s: when it never stands still, at the clock of its model.
struct DutyVersion {
    std::string name;
    PowerModel model;
    double runs_per_s = 0;
};

// One version in one phase.
struct DutySide {
    OperatingPoint point;
    double runs_per_s = 0;  // done; a network that waits for DRAM does more at a lower clock than is counted here
    bool work_done = false;
    // power beside the first version, with other_w in both; no value of the first, or when either does not do the work
    std::optional<double> gap_percent;
};
struct DutyRow {
    DutyPhase phase;
    double runs_per_s = 0;        // asked of every version
    std::vector<DutySide> sides;  // by version
};
struct DutyDay {
    double runs = 0;       // done
    double energy_wh = 0;  // with other_w
    bool work_done = false;
    std::optional<double> gap_percent;  // as above, of the energy
};
struct DutyComparison {
    std::vector<DutyRow> rows;
    std::vector<DutyDay> days;  // by version
};
// All versions do the same runs in each phase, each at its own clock and for as much of the time as it needs. other_w:
// what draws power beside the chip in every phase (display, sensors), which hides the gap at light work.
// REQUIRES at least one version, runs_per_s above 0.
[[nodiscard]] DutyComparison
compare_duty(const std::vector<DutyVersion>& versions, const std::vector<DutyPhase>& phases, double other_w);

}  // namespace chipchain
