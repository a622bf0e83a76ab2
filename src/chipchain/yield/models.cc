#include "chipchain/yield/models.h"

#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/names.h"

namespace chipchain {

namespace {

// (1 - e^-m) / m without cancellation near 0; the alternating series is exact to 1 ulp below 1/2.
double mean_survival(double m) {
    if (m >= 0.5) return (1.0 - deterministic_exp(-m)) / m;
    double term = 1;
    double sum = 1;
    for (int n = 2; std::fabs(term) > 1e-18; ++n) {
        term *= -m / n;
        sum += term;
    }
    return sum;
}

// The x with mean_survival(x) = target in (0, 1], by bisection: monotone from 1 to 0, and mean_survival(x) <= 1 / x.
double survival_inverse(double target) {
    double low = 0;
    double high = 1.0 / target;
    for (int step = 0; step < 200 && low < high; ++step) {
        const double middle = low + (high - low) / 2;
        if (middle == low || middle == high) break;
        (mean_survival(middle) > target ? low : high) = middle;
    }
    return target >= 1 ? 0 : low;
}

double poisson(double m, double /*shape*/) { return deterministic_exp(-m); }
double poisson_inverse(double yield, double /*shape*/) { return -deterministic_log(yield); }

double murphy(double m, double /*shape*/) { return mean_survival(m) * mean_survival(m); }
double murphy_inverse(double yield, double /*shape*/) { return survival_inverse(std::sqrt(yield)); }

double seeds(double m, double /*shape*/) { return 1.0 / (1.0 + m); }
double seeds_inverse(double yield, double /*shape*/) { return (1.0 - yield) / yield; }

double rectangular(double m, double /*shape*/) { return mean_survival(2 * m); }
double rectangular_inverse(double yield, double /*shape*/) { return survival_inverse(yield) / 2; }

double moore(double m, double /*shape*/) { return deterministic_exp(-std::sqrt(m)); }
double moore_inverse(double yield, double /*shape*/) {
    const double root = deterministic_log(yield);
    return root * root;
}

double bose_einstein(double m, double layers) { return deterministic_exp(-layers * deterministic_log1p(m)); }
double bose_einstein_inverse(double yield, double layers) {
    return deterministic_exp(-deterministic_log(yield) / layers) - 1.0;
}

double negative_binomial(double m, double alpha) {
    if (alpha == kNoClustering) return deterministic_exp(-m);
    return deterministic_exp(-alpha * deterministic_log1p(m / alpha));
}
double negative_binomial_inverse(double yield, double alpha) {
    if (alpha == kNoClustering) return -deterministic_log(yield);
    return alpha * (deterministic_exp(-deterministic_log(yield) / alpha) - 1.0);
}

constexpr YieldModelRow kModels[] = {
    {YieldModel::poisson,
     "poisson",
     "Y = exp(-m)",
     "Hofstein and Heiman, Proc. IEEE 51(9), 1963",
     "d0_per_cm2",
     "",
     poisson,
     poisson_inverse},
    {YieldModel::murphy,
     "murphy",
     "Y = ((1 - exp(-m)) / m)^2",
     "Murphy, Proc. IEEE 52(12), 1964",
     "d0_per_cm2",
     "",
     murphy,
     murphy_inverse},
    {YieldModel::seeds, "seeds", "Y = 1 / (1 + m)", "Seeds, IEDM 1967", "d0_per_cm2", "", seeds, seeds_inverse},
    {YieldModel::rectangular,
     "rectangular",
     "Y = (1 - exp(-2 m)) / (2 m)",
     "Murphy, Proc. IEEE 52(12), 1964",
     "d0_per_cm2",
     "",
     rectangular,
     rectangular_inverse},
    {YieldModel::moore,
     "moore",
     "Y = exp(-sqrt(m))",
     "Moore, Electronics 43(3), 1970",
     "d0_per_cm2",
     "",
     moore,
     moore_inverse},
    {YieldModel::bose_einstein,
     "bose-einstein",
     "Y = (1 + m)^-layers, m of one critical layer",
     "Price, Proc. IEEE 58(8), 1970",
     "d0_per_critical_layer",
     "layers",
     bose_einstein,
     bose_einstein_inverse},
    {YieldModel::negative_binomial,
     "negative-binomial",
     "Y = (1 + m / alpha)^-alpha",
     "Stapper, IEEE Trans. Electron Devices 20(7), 1973",
     "d0_per_cm2",
     "alpha",
     negative_binomial,
     negative_binomial_inverse},
};

}  // namespace

std::span<const YieldModelRow> yield_models() { return kModels; }

const YieldModelRow& yield_model(YieldModel model) { return kModels[static_cast<size_t>(model)]; }

Result<YieldModel> find_yield_model(std::string_view name, const Span& span) {
    return find_row<YieldModelRow>(kModels, name, "unknown-yield-model", "yield model", span)
        .map([](const YieldModelRow* row) { return row->model; });
}

double die_yield(YieldModel model, double d0_per_cm2, double area_cm2, double shape) {
    CHECK(d0_per_cm2 >= 0 && area_cm2 >= 0 && shape > 0);
    return yield_model(model).yield(d0_per_cm2 * area_cm2, shape);
}

double defect_density(YieldModel model, double yield, double area_cm2, double shape) {
    CHECK(yield > 0 && yield <= 1 && area_cm2 > 0 && shape > 0);
    return yield_model(model).defects(yield, shape) / area_cm2;
}

double bose_einstein_yield(double d0_per_critical_layer, double area_cm2, double layers) {
    return die_yield(YieldModel::bose_einstein, d0_per_critical_layer, area_cm2, layers);
}

double negative_binomial_yield(double d0_per_cm2, double area_cm2, double alpha) {
    return die_yield(YieldModel::negative_binomial, d0_per_cm2, area_cm2, alpha);
}

double good_devices(double devices, double line_yield, double device_yield) {
    return devices * line_yield * device_yield;
}

}  // namespace chipchain
