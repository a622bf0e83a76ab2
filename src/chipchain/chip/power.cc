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
constexpr double kAlmost = 1 - 1e-9;  // of work: what bisection of the clock leaves

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

// The highest clock up to `ghz` that keeps the limit, at the least supply for it. `work`: utilisation at a clock; work
// per time must not fall with the clock.
template <class Work>
OperatingPoint highest_clock(const PowerModel& m, double ghz, double ambient_c, const Work& work) {
    const auto at_clock = [&](double f) { return settle(m, voltage_for(m, f), f, work(f), ambient_c); };
    const double asked = std::min(ghz, clock_at(m, m.most_v));
    OperatingPoint p = at_clock(asked);
    p.throttled = asked < ghz;
    if (!too_hot(m, p)) return p;
    const double least = std::min(kLeastClock * m.clock_ghz, asked);
    p = at_clock(least);
    p.throttled = true;
    if (too_hot(m, p)) {
        p.too_hot = true;
        p.rate = 0;
        return p;
    }
    p = at_clock(bisect(least, asked, [&](double f) { return !too_hot(m, at_clock(f)); }));
    p.throttled = true;
    return p;
}

double sram_mib(const ChipModel& chip) {
    const auto value = [&chip](ChipFigure f) { return value_of(chip, f); };
    const double own =
        value(ChipFigure::sram_kib_per_array) / 1024 * (value(ChipFigure::arrays) + value(ChipFigure::spare_arrays));
    return own + value(ChipFigure::shared_sram_mib);
}

Banded band_of(const Figure& figure) { return {figure.value, figure.low, figure.high}; }
Banded exactly(double value) { return {value, value, value}; }

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
    m.least_v = value(ChipFigure::least_voltage_v);
    m.most_v = value(ChipFigure::most_voltage_v);
    m.vth_v = value(ChipFigure::vth_v);
    m.exponent = value(ChipFigure::velocity_exponent);
    m.active_w = energy.on_chip_joules.value / seconds;
    m.dram_w = (energy.joules.value - energy.on_chip_joules.value) / seconds;
    m.leakage_w = leakage_w(chip).value;
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

Banded leakage_w(const ChipModel& chip) {
    const Figure& die = figure_of(chip, ChipFigure::die_mm2);
    return exactly(die.known ? die.value : 0) * band_of(figure_of(chip, ChipFigure::leak_logic_w_per_mm2)) +
           exactly(sram_mib(chip) * 1e-3) * band_of(figure_of(chip, ChipFigure::leak_sram_mw_per_mib));
}

Banded peak_power_w(const ChipModel& chip, double junction_c) {
    const Peak peak = peak_of(chip);
    const Banded active = energy_of(peak.counts, energy_table(chip)).on_chip_joules * exactly(1 / peak.seconds);
    const double warm = deterministic_exp(value_of(chip, ChipFigure::leak_per_k) * (junction_c - kLeakTemperature));
    return active + leakage_w(chip) * exactly(warm) + band_of(figure_of(chip, ChipFigure::uncore_w));
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
    p.rate = utilisation * ghz / m.clock_ghz;
    p.dynamic_w = p.rate * m.active_w * (volt / m.voltage_v) * (volt / m.voltage_v);
    p.uncore_w = m.uncore_w;
    p.dram_w = p.rate * m.dram_w;
    const double leak = leakage_at_85(m, volt);
    // DRAM heats its own package
    const Settled settled = solve_temperature(m, p.dynamic_w + p.uncore_w, leak, ambient_c);
    p.junction_c = settled.junction_c;
    p.runaway = settled.runaway;
    p.leakage_w = leak * deterministic_exp(m.leak_per_k * (p.junction_c - kLeakTemperature));
    p.total_w = p.dynamic_w + p.leakage_w + p.uncore_w + p.dram_w;
    return p;
}

std::string_view state_of(const OperatingPoint& point) {
    if (point.runaway) return "runaway";
    if (point.too_hot) return "too hot";
    return point.throttled ? "throttled" : "steady";
}

OperatingPoint run_at(const PowerModel& m, double ghz, double utilisation, double ambient_c) {
    return highest_clock(m, ghz, ambient_c, [utilisation](double) { return utilisation; });
}

OperatingPoint run_work(const PowerModel& m, double rate, double ambient_c) {
    return highest_clock(m, m.clock_ghz, ambient_c, [&](double f) { return std::min(1.0, rate * m.clock_ghz / f); });
}

bool does_work(const OperatingPoint& point, double rate) { return !point.too_hot && point.rate >= rate * kAlmost; }

RunEnergy run_energy(const ChipModel& chip, const EnergyReport& events, double seconds, double ambient_c) {
    const PowerModel m = power_model(chip, events, seconds);
    RunEnergy run;
    run.events = events;
    const OperatingPoint p = settle(m, m.voltage_v, m.clock_ghz, 1, ambient_c);
    run.junction_c = p.runaway ? m.junction_limit_c : std::min(p.junction_c, m.junction_limit_c);
    const double warm = deterministic_exp(m.leak_per_k * (run.junction_c - kLeakTemperature));
    run.leakage_joules = leakage_w(chip) * exactly(warm * seconds);
    run.uncore_joules = band_of(figure_of(chip, ChipFigure::uncore_w)) * exactly(seconds);
    run.joules = events.joules + run.leakage_joules + run.uncore_joules;
    return run;
}

DutyComparison
compare_duty(const std::vector<DutyVersion>& versions, const std::vector<DutyPhase>& phases, double other_w) {
    CHECK(!versions.empty());
    double slowest = versions.front().runs_per_s;
    for (const DutyVersion& v : versions) slowest = std::min(slowest, v.runs_per_s);
    CHECK(slowest > 0);
    const auto gap = [](bool done, double first, double other) {
        return done && first > 0 ? std::optional<double>(100 * (other / first - 1)) : std::nullopt;
    };
    DutyComparison out;
    out.days.assign(versions.size(), {0, 0, true, {}});
    for (const DutyPhase& phase : phases) {
        DutyRow row{phase, phase.work * slowest, {}};
        for (size_t v = 0; v < versions.size(); ++v) {
            const double rate = row.runs_per_s / versions[v].runs_per_s;
            DutySide side;
            side.point = run_work(versions[v].model, rate, phase.ambient_c);
            side.work_done = does_work(side.point, rate);
            side.runs_per_s = side.work_done ? row.runs_per_s : side.point.rate * versions[v].runs_per_s;
            row.sides.push_back(side);
            const DutySide& first = row.sides.front();
            if (v > 0) {
                row.sides.back().gap_percent =
                    gap(first.work_done && side.work_done, first.point.total_w + other_w, side.point.total_w + other_w);
            }
            DutyDay& day = out.days[v];
            day.runs += side.runs_per_s * phase.hours * 3600;
            day.energy_wh += (side.point.total_w + other_w) * phase.hours;
            day.work_done = day.work_done && side.work_done;
        }
        out.rows.push_back(std::move(row));
    }
    const DutyDay& first = out.days.front();
    for (size_t v = 1; v < versions.size(); ++v) {
        DutyDay& day = out.days[v];
        day.gap_percent = gap(first.work_done && day.work_done, first.energy_wh, day.energy_wh);
    }
    return out;
}

}  // namespace chipchain
