#include "chipchain/yield/boards.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/checks.h"
#include "chipchain/yield/scrap.h"

namespace chipchain {

namespace {

constexpr double kMillion = 1e6;
constexpr double kLn10 = 2.302585092994045684;
constexpr double kLeastB = 0.05;  // bounds of the search: beyond them the curve is a step or flat
constexpr double kMostB = 50;

double log10_of(double x) { return deterministic_log(x) / kLn10; }

// exp(-(log10 CI - log10 A)^B)
double curve(double log_complexity, double log_a, double b) {
    const double x = log_complexity - log_a;
    return x <= 0 ? 1.0 : deterministic_exp(-deterministic_pow(x, b));
}

// Lots with the logarithms taken and weights that sum to 1.
struct FitData {
    std::vector<double> x;
    std::vector<double> yield;
    std::vector<double> weight;

    [[nodiscard]] double loss(double log_a, double b) const {
        double sum = 0;
        for (size_t i = 0; i < x.size(); ++i) {
            const double error = yield[i] - curve(x[i], log_a, b);
            sum += weight[i] * error * error;
        }
        return sum;
    }
};

FitData fit_data(std::span<const BoardLot> lots) {
    FitData data;
    double boards = 0;
    for (const BoardLot& lot : lots) boards += lot.boards;
    for (const BoardLot& lot : lots) {
        data.x.push_back(log10_of(lot.complexity));
        data.yield.push_back(lot.first_pass_yield);
        data.weight.push_back(lot.boards / boards);
    }
    return data;
}

struct FitPoint {
    double log_a = 0;
    double b = 1;
    double loss = 0;
};

// log A lies below the largest complexity: at most six decades below the least one, in even steps; B in even ratios.
FitPoint best_of_grid(const FitData& data) {
    constexpr int kSteps = 96;
    const double top = *std::max_element(data.x.begin(), data.x.end());
    const double bottom = *std::min_element(data.x.begin(), data.x.end()) - 6;
    const double ratio = deterministic_log(kMostB / kLeastB) / kSteps;
    FitPoint best = {0, 1, -1};
    for (int i = 0; i < kSteps; ++i) {
        const double log_a = bottom + (top - bottom) * i / kSteps;
        for (int j = 0; j <= kSteps; ++j) {
            const double b = kLeastB * deterministic_exp(ratio * j);
            const double loss = data.loss(log_a, b);
            if (best.loss < 0 || loss < best.loss) best = {log_a, b, loss};
        }
    }
    return best;
}

// One damped Gauss-Newton step (Marquardt, J. SIAM 11(2), 1963) in (log A, log B).
FitPoint stepped(const FitData& data, const FitPoint& from, double damping) {
    double aa = 0;
    double ab = 0;
    double bb = 0;
    double ga = 0;
    double gb = 0;
    for (size_t i = 0; i < data.x.size(); ++i) {
        const double d = data.x[i] - from.log_a;
        if (d <= 0) continue;
        const double power = deterministic_pow(d, from.b);
        const double fit = deterministic_exp(-power);
        const double by_a = fit * power * from.b / d;                      // d fit / d log A
        const double by_b = -fit * power * deterministic_log(d) * from.b;  // d fit / d log B
        const double error = data.yield[i] - fit;
        aa += data.weight[i] * by_a * by_a;
        ab += data.weight[i] * by_a * by_b;
        bb += data.weight[i] * by_b * by_b;
        ga += data.weight[i] * by_a * error;
        gb += data.weight[i] * by_b * error;
    }
    aa *= 1 + damping;
    bb *= 1 + damping;
    const double determinant = aa * bb - ab * ab;
    if (!(determinant > 0)) return from;
    FitPoint to;
    to.log_a = from.log_a + (bb * ga - ab * gb) / determinant;
    to.b = std::clamp(from.b * deterministic_exp((aa * gb - ab * ga) / determinant), kLeastB, kMostB);
    to.loss = data.loss(to.log_a, to.b);
    return to;
}

FitPoint refined(const FitData& data, FitPoint point) {
    double damping = 1e-3;
    for (int step = 0; step < 400 && damping < 1e12; ++step) {
        const FitPoint next = stepped(data, point, damping);
        if (next.loss < point.loss) {
            point = next;
            damping = std::max(1e-9, damping / 8);
        } else {
            damping *= 4;
        }
    }
    return point;
}

double expected_defects(std::span<const Opportunities> kinds) {
    double defects = 0;
    for (const Opportunities& kind : kinds) defects += kind.dpmo * kind.count / kMillion;
    return defects;
}

}  // namespace

double holden_yield(double complexity, const HoldenConstants& constants) {
    CHECK(complexity > 0 && constants.a > 0 && constants.b > 0);
    return curve(log10_of(complexity), log10_of(constants.a), constants.b);
}

Result<HoldenFit> fit_holden(std::span<const BoardLot> lots) {
    Diagnostics diagnostics = check_board_lots(lots);
    if (has_errors(diagnostics)) return tl::unexpected(std::move(diagnostics));
    const FitData data = fit_data(lots);
    const FitPoint best = refined(data, best_of_grid(data));

    double mean = 0;
    for (size_t i = 0; i < data.x.size(); ++i) mean += data.weight[i] * data.yield[i];
    double total = 0;
    for (size_t i = 0; i < data.x.size(); ++i) {
        total += data.weight[i] * (data.yield[i] - mean) * (data.yield[i] - mean);
    }
    HoldenFit fit;
    fit.constants = {deterministic_exp(best.log_a * kLn10), best.b};
    fit.residual = std::sqrt(best.loss);
    fit.r2 = total > 0 ? 1.0 - best.loss / total : 0.0;
    fit.lots = lots.size();
    return fit;
}

double board_yield(const BoardProcess& process, double area_cm2) {
    double density = 0;
    for (const double layer : process.layer_defects_per_cm2) density += layer;
    const double layers = negative_binomial_yield(density, area_cm2, process.alpha);
    const double lamination = compounded_yield(process.lamination_yield, process.lamination_cycles);
    const double drill = deterministic_exp(-process.drill_dpmo * process.holes / kMillion);
    return layers * lamination * drill * process.plating_yield;
}

double assembly_yield(std::span<const Opportunities> kinds) { return deterministic_exp(-expected_defects(kinds)); }

double assembly_yield_linear(std::span<const Opportunities> kinds) {
    return std::max(0.0, 1.0 - expected_defects(kinds));
}

double dpmo_of(double defects, double opportunities) {
    CHECK(opportunities > 0);
    return kMillion * defects / opportunities;
}

double dpmo_index(std::span<const Opportunities> kinds) {
    double opportunities = 0;
    for (const Opportunities& kind : kinds) opportunities += kind.count;
    return dpmo_of(expected_defects(kinds), opportunities);
}

double dpmo_for_yield(double yield, double opportunities) {
    CHECK(yield > 0 && yield <= 1);
    return dpmo_of(-deterministic_log(yield), opportunities);
}

double reflow_dwell_s(double oven_mm, double speed_mm_per_min) {
    CHECK(speed_mm_per_min > 0);
    return oven_mm / speed_mm_per_min * 60;
}

double reflow_takt_s(double pitch_mm, double speed_mm_per_min) {
    CHECK(speed_mm_per_min > 0);
    return pitch_mm / speed_mm_per_min * 60;
}

}  // namespace chipchain
