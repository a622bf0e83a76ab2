#include "chipchain/yield/die_estimates.h"

#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::string_view kRefit = "form of de Vries 2005, refitted to best-offset counts (backend facts 4.1)";

constexpr DieFormulaInfo kTable[] = {
    {DieFormula::textbook, "textbook", 0, 5.27, 12.3, "textbook form, backend facts 4.1 (a)"},
    {DieFormula::circle_less_side, "circle-less-side", 0, 1.89, 5.4, "backend facts 4.1 (b)"},
    {DieFormula::exponential_mean, "exponential-mean", 2.195, 0.82, 2.8, kRefit},
    {DieFormula::exponential_root, "exponential-root", 2.290, 1.10, 3.6, kRefit},
    {DieFormula::quadratic_mean, "quadratic-mean", 1.050, 0.88, 3.0, kRefit},
    {DieFormula::linear_mean, "linear-mean", 0.502, 0.97, 3.3, kRefit},
};

}  // namespace

std::span<const DieFormulaInfo> die_formulas() { return kTable; }

double devices_by_formula(DieFormula formula, double diameter_mm, double width_mm, double height_mm, double k) {
    CHECK(diameter_mm > 0 && width_mm > 0 && height_mm > 0);
    const double d = diameter_mm;
    const double area = width_mm * height_mm;
    const double root = std::sqrt(area);
    const double mean = (width_mm + height_mm) / 2;
    const double ceiling = kPi * d * d / (4 * area);
    if (k <= 0) k = kTable[static_cast<size_t>(formula)].k;
    switch (formula) {
        case DieFormula::textbook:
            return kPi * d * (d / (4 * area) - 1 / std::sqrt(2 * area));
        case DieFormula::circle_less_side:
            return kPi / (4 * area) * (d - root) * (d - root);
        case DieFormula::exponential_mean:
            return ceiling * deterministic_exp(-k * mean / d);
        case DieFormula::exponential_root:
            return ceiling * deterministic_exp(-k * root / d);
        case DieFormula::quadratic_mean:
            return ceiling * (1 - k * mean / d) * (1 - k * mean / d);
        case DieFormula::linear_mean:
            return ceiling - k * kPi * d * mean / area;
    }
    return 0;
}

double estimated_devices(double diameter_mm, double width_mm, double height_mm) {
    return devices_by_formula(DieFormula::exponential_mean, diameter_mm, width_mm, height_mm);
}

}  // namespace chipchain
