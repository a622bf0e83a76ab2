#include "chipchain/chip/bins.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/base/random.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/stats/quantile.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

// assumption: 90 mV of threshold per decade of leakage at 85 degrees
constexpr double kLeakPerVth = 2.302585092994046 / 0.090;
// assumption: a gate 1 % shorter leaks 5 % more, by roll-off of the threshold
constexpr double kLeakPerLength = 5.0;

// What is drawn of a die: its index is draw << 16 | array.
enum class Draw : uint64_t { vth, length, array_vth, cluster, elsewhere, array_defects };

class Dies {
 public:
    Dies(const ChipModel& chip, const PowerModel& power, const BinOptions& options)
        : power_(power), options_(options), source_{options.seed, 0} {
        const auto value = [&chip](ChipFigure f) { return value_of(chip, f); };
        needed_ = chip.shape.arrays;
        arrays_ = needed_ + static_cast<uint32_t>(value(ChipFigure::spare_arrays));
        const Figure& die = figure_of(chip, ChipFigure::die_mm2);
        const double mm2 = die.known ? die.value : 0;
        defects_ = value(ChipFigure::defects_per_cm2) * mm2 / 100;
        alpha_ = value(ChipFigure::defect_alpha);
        array_share_ = value(ChipFigure::array_die_percent) / 100 / arrays_;
        sigma_die_ = value(ChipFigure::vth_sigma_wafer_mv) * 1e-3;
        sigma_array_ = value(ChipFigure::vth_sigma_die_mv) * 1e-3;
        sigma_length_ = value(ChipFigure::length_sigma_percent);
        product_ = options.product_ghz > 0 ? options.product_ghz : chip.shape.clock_ghz;
        const Figure& tdp = figure_of(chip, ChipFigure::tdp_w);
        limit_ = options.power_limit_w > 0 ? options.power_limit_w : tdp.known ? tdp.high : HUGE_VAL;
    }

    BinOptions rules() const {
        BinOptions used = options_;
        used.product_ghz = product_;
        used.power_limit_w = limit_;
        return used;
    }

    DieOutcome test(uint32_t die) const {
        DieOutcome out;
        out.vth_shift_v = sigma_die_ * normal(die, Draw::vth, 0);
        out.length_percent = sigma_length_ * normal(die, Draw::length, 0);
        const double cluster = gamma_of(uniform(die, Draw::cluster, 0));
        if (poisson(defects_ * cluster * (1 - array_share_ * arrays_), uniform(die, Draw::elsewhere, 0)) > 0) {
            out.fate = DieFate::defective;
            return out;
        }
        // shifts of the arrays without defects, slowest last
        std::vector<double> shifts;
        for (uint32_t a = 0; a < arrays_; ++a) {
            if (poisson(defects_ * cluster * array_share_, uniform(die, Draw::array_defects, a)) > 0) {
                ++out.bad_arrays;
            } else {
                shifts.push_back(sigma_array_ * normal(die, Draw::array_vth, a));
            }
        }
        if (shifts.size() < needed_) {
            out.fate = DieFate::defective;
            return out;
        }
        std::sort(shifts.begin(), shifts.end());
        judge(out, shifts[needed_ - 1]);
        return out;
    }

 private:
    // The least supply of a bin at which the slowest array in use meets the clock, and the power there.
    void judge(DieOutcome& out, double slowest_shift) const {
        PowerModel die = power_;
        die.vth_v = power_.vth_v + out.vth_shift_v + slowest_shift;
        const double length = 1 + out.length_percent / 100;
        const double wanted = product_ * (1 + options_.guard_percent / 100);
        double supply = 0;
        double tried = 0;
        for (uint32_t step = 0; supply == 0 && tried < power_.most_v; ++step) {
            tried = std::min(power_.least_v + step * options_.step_v, power_.most_v);
            if (clock_of(die, tried) / length >= wanted) supply = tried;
        }
        if (supply == 0) {
            out.fate = DieFate::slow;
            return;
        }
        out.supply_v = supply;
        out.leakage_factor =
            deterministic_exp(-kLeakPerVth * out.vth_shift_v - kLeakPerLength * out.length_percent / 100);
        PowerModel leaky = power_;
        leaky.leakage_w *= out.leakage_factor;
        const OperatingPoint p = settle(leaky, supply, product_, options_.utilisation, options_.ambient_c);
        out.power_w = p.total_w - p.dram_w;
        if (p.runaway || p.junction_c > power_.junction_limit_c || out.power_w > limit_) {
            out.fate = DieFate::hot;
        } else if (out.bad_arrays > 0) {
            out.fate = DieFate::harvested;
        }
    }

    // alpha-power law with the die's threshold, in the units of the nominal die
    double clock_of(const PowerModel& die, double volt) const {
        const auto drive = [](double v, double vth, double exponent) {
            return v <= vth ? 0 : deterministic_pow(v - vth, exponent) / v;
        };
        return power_.clock_ghz * drive(volt, die.vth_v, power_.exponent) /
               drive(power_.voltage_v, power_.vth_v, power_.exponent);
    }

    double uniform(uint32_t die, Draw draw, uint32_t array) const {
        const RandomWords w = source_.draw(Purpose::chip_bin, die, static_cast<uint64_t>(draw) << 16 | array);
        return unit_open(wide(w.word[0], w.word[1]));
    }
    double normal(uint32_t die, Draw draw, uint32_t array) const { return normal_quantile(uniform(die, draw, array)); }

    // Quantile of the gamma distribution of mean 1 and shape alpha: density of defects of a die beside the mean.
    double gamma_of(double u) const { return chi_square_quantile(u, 2 * alpha_) / (2 * alpha_); }

    static uint32_t poisson(double mean, double u) {
        double probability = deterministic_exp(-mean);
        double below = probability;
        uint32_t n = 0;
        while (u > below && n < 1000) {
            ++n;
            probability *= mean / n;
            below += probability;
        }
        return n;
    }

    const PowerModel& power_;
    const BinOptions& options_;
    RandomSource source_;
    uint32_t needed_ = 1;
    uint32_t arrays_ = 1;
    double defects_ = 0;
    double alpha_ = 1;
    double array_share_ = 0;
    double sigma_die_ = 0;
    double sigma_array_ = 0;
    double sigma_length_ = 0;
    double product_ = 0;
    double limit_ = 0;
};

struct BinSum {
    uint32_t dies = 0;
    uint32_t harvested = 0;
    double power = 0;
    double greatest = 0;
    double leakage = 0;
};

constexpr std::string_view kFates[kDieFates] = {"good", "harvested", "defective", "slow", "hot"};

}  // namespace

std::string_view fate_name(DieFate fate) { return kFates[static_cast<size_t>(fate)]; }

BinReport
sort_dies(const ChipModel& chip, const PowerModel& power, const BinOptions& options, std::vector<DieOutcome>* dies) {
    CHECK(options.step_v > 0);
    const Dies all(chip, power, options);
    BinReport report;
    report.rules = all.rules();
    report.dies = options.dies;
    report.fates.assign(kDieFates, 0);
    std::map<double, BinSum> sums;  // by supply: dies of a bin have the same to the last bit
    std::vector<double> powers;
    double supplies = 0;
    for (uint32_t d = 0; d < options.dies; ++d) {
        const DieOutcome die = all.test(d);
        ++report.fates[static_cast<size_t>(die.fate)];
        if (dies != nullptr) dies->push_back(die);
        if (die.fate != DieFate::good && die.fate != DieFate::harvested) continue;
        BinSum& sum = sums[die.supply_v];
        ++sum.dies;
        sum.harvested += die.fate == DieFate::harvested ? 1 : 0;
        sum.power += die.power_w;
        sum.greatest = std::max(sum.greatest, die.power_w);
        sum.leakage += die.leakage_factor;
        supplies += die.supply_v;
        powers.push_back(die.power_w);
    }
    for (const auto& [supply, sum] : sums) {
        const double n = sum.dies;
        report.bins.push_back(
            {supply, sum.dies, sum.harvested, 100 * n / options.dies, sum.power / n, sum.greatest, sum.leakage / n});
        report.power_mean_w += sum.power;
    }
    if (powers.empty()) return report;
    const auto sold = static_cast<double>(powers.size());
    report.yield_percent = 100 * sold / options.dies;
    report.supply_mean_v = supplies / sold;
    report.power_mean_w /= sold;
    report.power_p95_w = quantile_of(std::move(powers), 0.95);
    return report;
}

ChipModel chip_of_bin(const ChipModel& chip, const BinRow& bin) {
    ChipModel out = chip;
    const double before = value_of(chip, ChipFigure::voltage_v);
    const double ratio = bin.supply_v / before;
    const double square = ratio * ratio;
    const double leak = bin.mean_leakage_factor * ratio *
                        deterministic_exp(value_of(chip, ChipFigure::leak_per_v) * (bin.supply_v - before));
    const auto set = [&out](ChipFigure f, const Banded& value, const char* note) {
        out.figures[static_cast<size_t>(f)] = {true, value.value, value.low, value.high, Mark::computed, "", note};
    };
    const auto times = [&](ChipFigure f, double factor, const char* note) {
        const Figure& old = figure_of(chip, f);
        set(f, {old.value * factor, old.low * factor, old.high * factor}, note);
    };
    set(ChipFigure::voltage_v, {bin.supply_v, bin.supply_v, bin.supply_v}, "supply of the bin");
    times(ChipFigure::leak_logic_w_per_mm2, leak, "mean of the bin at its supply");
    times(ChipFigure::leak_sram_mw_per_mib, leak, "mean of the bin at its supply");
    times(ChipFigure::energy_noc_pj_per_byte_mm, square, "at the supply of the bin");
    constexpr std::pair<EnergyEvent, ChipFigure> kOnChip[] = {
        {EnergyEvent::mac, ChipFigure::energy_mac_pj},
        {EnergyEvent::sram_byte, ChipFigure::energy_sram_pj_per_byte},
        {EnergyEvent::accumulator, ChipFigure::energy_accumulator_pj},
        {EnergyEvent::vector_element, ChipFigure::energy_vector_pj}};
    const EnergyTable table = energy_table(chip);
    for (const auto& [event, figure] : kOnChip) {
        const Banded& pj = table.entries[static_cast<size_t>(event)].pj;
        set(figure, {pj.value * square, pj.low * square, pj.high * square}, "at the supply of the bin");
    }
    return out;
}

}  // namespace chipchain
