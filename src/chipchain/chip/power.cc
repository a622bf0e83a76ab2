#include "chipchain/chip/power.h"

#include <algorithm>

#include "chipchain/base/check.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/nvdla_roofline.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kLeakTemperature = 85;  // at which the figures of leakage hold
constexpr int kHalvings = 60;
constexpr double kLeastClock = 1e-3;  // of f0

// (V - Vth)^a / V
double drive(const PowerModel& m, double volt) {
    if (volt <= m.vth_v) return 0;
    return deterministic_pow(volt - m.vth_v, m.exponent) / volt;
}

double leakage_at_85(const PowerModel& m, double volt) {
    return m.leakage_w * (volt / m.voltage_v) * deterministic_exp(m.leak_per_v * (volt - m.voltage_v));
}

// The largest x in [good, bad] for which keep(x); keep(good) holds and keep is monotone.
template <class Keep>
double bisect(double good, double bad, const Keep& keep) {
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = good + (bad - good) / 2;
        (keep(middle) ? good : bad) = middle;
    }
    return good;
}

struct Settled {
    double junction_c = 0;
    bool runaway = false;
};

// The least T with T = ambient + theta (fixed + leak exp(kT (T - 85))), or the T of least distance when there is none.
Settled solve_temperature(const PowerModel& m, double fixed_w, double leak_w, double ambient_c) {
    const double base = ambient_c + m.theta_c_per_w * fixed_w;
    const double heat = m.theta_c_per_w * leak_w;
    const auto excess = [&](double t) {
        return base + heat * deterministic_exp(m.leak_per_k * (t - kLeakTemperature)) - t;
    };
    if (!(heat > 0)) return {base, false};
    if (!(m.leak_per_k > 0)) return {base + heat, false};
    // excess is convex; it is least where its slope is zero
    const double lowest = kLeakTemperature - deterministic_log(heat * m.leak_per_k) / m.leak_per_k;
    if (excess(lowest) > 0) return {std::max(lowest, base), true};
    // on [base, lowest] it falls from above zero to at most zero
    return {bisect(base, lowest, [&](double t) { return excess(t) > 0; }), false};
}

bool too_hot(const PowerModel& m, const OperatingPoint& p) { return p.runaway || p.junction_c > m.junction_limit_c; }

// At a clock: the least supply for it, and below the clock of the least supply, that supply.
OperatingPoint at_clock(const PowerModel& m, double ghz, double utilisation, double ambient_c) {
    return settle(m, voltage_for(m, ghz), ghz, utilisation, ambient_c);
}

double sram_mib(const ChipModel& chip) {
    const auto value = [&chip](ChipFigure f) { return value_of(chip, f); };
    const double own =
        value(ChipFigure::sram_kib_per_array) / 1024 * (value(ChipFigure::arrays) + value(ChipFigure::spare_arrays));
    return own + value(ChipFigure::shared_sram_mib);
}

// The events of ResNet-50 and the time that all multipliers need for it, with DRAM at its whole bandwidth.
struct Peak {
    EnergyCounts counts{};
    double seconds = 0;
};

Peak peak_of(const ChipModel& chip) {
    Peak peak;
    double multiplied = 0;
    for (const NvdlaLayer& layer : nvdla_resnet50(false)) {
        const EnergyCounts counts = count_product(product_of(layer), chip.shape);
        for (size_t e = 0; e < kEnergyEvents; ++e) peak.counts[e] += counts[e];
        multiplied += static_cast<double>(multiplications(layer));
    }
    peak.seconds = multiplied * 2 / (peak_tops(chip.shape) * 1e12);
    const double bytes = chip.shape.dram_bytes_per_second * peak.seconds;
    peak.counts[static_cast<size_t>(EnergyEvent::dram_bit)] = 8 * bytes;
    peak.counts[static_cast<size_t>(EnergyEvent::noc_byte)] = bytes;
    return peak;
}

}  // namespace

PowerModel power_model(const ChipModel& chip, const EnergyReport& energy, double seconds) {
    CHECK(seconds > 0);
    const auto value = [&chip](ChipFigure f) { return value_of(chip, f); };
    PowerModel m;
    m.voltage_v = value(ChipFigure::voltage_v);
    m.clock_ghz = value(ChipFigure::clock_ghz);
    m.least_v = std::min(value(ChipFigure::least_voltage_v), m.voltage_v);
    m.most_v = std::max(value(ChipFigure::most_voltage_v), m.voltage_v);
    m.vth_v = value(ChipFigure::vth_v);
    m.exponent = value(ChipFigure::velocity_exponent);
    m.active_w = energy.on_chip_joules.value / seconds;
    m.dram_w = (energy.joules.value - energy.on_chip_joules.value) / seconds;
    const Figure& die = figure_of(chip, ChipFigure::die_mm2);
    m.leakage_w = (die.known ? die.value * value(ChipFigure::leak_logic_w_per_mm2) : 0) +
                  sram_mib(chip) * value(ChipFigure::leak_sram_mw_per_mib) * 1e-3;
    m.leak_per_v = value(ChipFigure::leak_per_v);
    m.leak_per_k = value(ChipFigure::leak_per_k);
    m.uncore_w = value(ChipFigure::uncore_w);
    m.theta_c_per_w = value(ChipFigure::thermal_c_per_w);
    m.junction_limit_c = value(ChipFigure::junction_limit_c);
    return m;
}

PowerModel peak_power_model(const ChipModel& chip) {
    const Peak peak = peak_of(chip);
    return power_model(chip, energy_of(peak.counts, energy_table(chip)), peak.seconds);
}

Banded peak_power_w(const ChipModel& chip, double junction_c) {
    const Peak peak = peak_of(chip);
    const Banded joules = energy_of(peak.counts, energy_table(chip)).on_chip_joules;
    const auto total = [&](double active_joules, double Figure::*end) {
        ChipModel at_end = chip;
        for (Figure& figure : at_end.figures) figure.value = figure.*end;
        // shape and process are what they are: their ends are other chips
        const auto leak = [&at_end](ChipFigure f) { return value_of(at_end, f); };
        const PowerModel m = power_model(chip, {}, peak.seconds);
        const Figure& die = figure_of(chip, ChipFigure::die_mm2);
        const double leakage = (die.known ? die.value * leak(ChipFigure::leak_logic_w_per_mm2) : 0) +
                               sram_mib(chip) * leak(ChipFigure::leak_sram_mw_per_mib) * 1e-3;
        return active_joules / peak.seconds + leak(ChipFigure::uncore_w) +
               leakage * deterministic_exp(m.leak_per_k * (junction_c - kLeakTemperature));
    };
    return {total(joules.value, &Figure::value), total(joules.low, &Figure::low), total(joules.high, &Figure::high)};
}

double clock_at(const PowerModel& m, double volt) { return m.clock_ghz * drive(m, volt) / drive(m, m.voltage_v); }

double voltage_for(const PowerModel& m, double ghz) {
    // drive() rises with the supply for every exponent of at least 1
    if (clock_at(m, m.least_v) >= ghz) return m.least_v;
    if (clock_at(m, m.most_v) <= ghz) return m.most_v;
    return bisect(m.most_v, m.least_v, [&](double volt) { return clock_at(m, volt) >= ghz; });
}

OperatingPoint settle(const PowerModel& m, double volt, double ghz, double utilisation, double ambient_c) {
    OperatingPoint p;
    p.voltage_v = volt;
    p.clock_ghz = ghz;
    p.utilisation = utilisation;
    const double rate = utilisation * ghz / m.clock_ghz;
    p.dynamic_w = rate * m.active_w * (volt / m.voltage_v) * (volt / m.voltage_v);
    p.uncore_w = m.uncore_w;
    p.dram_w = rate * m.dram_w;
    const double leak = leakage_at_85(m, volt);
    // DRAM heats its own package
    const Settled settled = solve_temperature(m, p.dynamic_w + p.uncore_w, leak, ambient_c);
    p.junction_c = settled.junction_c;
    p.runaway = settled.runaway;
    p.leakage_w = leak * deterministic_exp(m.leak_per_k * (p.junction_c - kLeakTemperature));
    p.total_w = p.dynamic_w + p.leakage_w + p.uncore_w + p.dram_w;
    return p;
}

OperatingPoint run_at(const PowerModel& m, double ghz, double utilisation, double ambient_c) {
    const double asked = std::min(ghz, clock_at(m, m.most_v));
    OperatingPoint p = at_clock(m, asked, utilisation, ambient_c);
    p.throttled = asked < ghz;
    if (!too_hot(m, p)) return p;
    const double least = kLeastClock * m.clock_ghz;
    const double clock =
        bisect(least, asked, [&](double f) { return !too_hot(m, at_clock(m, f, utilisation, ambient_c)); });
    p = at_clock(m, clock, utilisation, ambient_c);
    p.throttled = true;
    return p;
}

DutyComparison compare_duty(
    const PowerModel& a,
    const PowerModel& b,
    double product_ghz,
    const std::vector<DutyPhase>& phases,
    double other_w) {
    DutyComparison out;
    const auto gap = [](double of_a, double of_b) { return of_a > 0 ? 100 * (of_b / of_a - 1) : 0; };
    for (const DutyPhase& phase : phases) {
        DutyRow row;
        row.phase = phase.name;
        row.a = run_at(a, product_ghz, phase.work, phase.ambient_c);
        row.b = run_at(b, product_ghz, phase.work, phase.ambient_c);
        row.gap_percent = gap(row.a.total_w + other_w, row.b.total_w + other_w);
        out.energy_a_wh += (row.a.total_w + other_w) * phase.hours;
        out.energy_b_wh += (row.b.total_w + other_w) * phase.hours;
        out.rows.push_back(std::move(row));
    }
    out.gap_percent = gap(out.energy_a_wh, out.energy_b_wh);
    return out;
}

}  // namespace chipchain
