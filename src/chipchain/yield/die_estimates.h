// Dies per wafer without counting: the closed forms in use, with their errors against proven best counts. They serve
// first estimates and as a reference for figures of others; the product itself counts (grid.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace chipchain {

// d = diameter, S = area of a die, L = mean of its width and height.
enum class DieFormula : uint8_t {
    textbook,          // pi d (d / 4S - 1 / sqrt(2S))
    circle_less_side,  // (pi / 4S) (d - sqrt(S))^2
    exponential_mean,  // (pi d^2 / 4S) exp(-k L / d)
    exponential_root,  // (pi d^2 / 4S) exp(-k sqrt(S) / d)
    quadratic_mean,    // (pi d^2 / 4S) (1 - k L / d)^2
    linear_mean,       // pi d^2 / 4S - k pi d L / S
};

// Coefficients of backend facts 4.1. Errors against proven best counts for d = 300 mm, sqrt(S) in 60 even steps from 5
// to 29.3 mm (S = 25-858 mm2), aspects 1, 1.6 and 2.5, no edge, no street; die_estimates.test.cc makes them again.
struct DieFormulaInfo {
    DieFormula formula;
    std::string_view name;
    double k;            // refitted coefficient; 0: the form has none
    double rms_percent;  // of the count
    double max_percent;
    std::string_view source;
};
[[nodiscard]] std::span<const DieFormulaInfo> die_formulas();

// Devices per wafer by that form, not rounded. The usable diameter stands for d when the edge is excluded. `k` replaces
// the coefficient of the table when it is above 0. REQUIRES lengths > 0.
[[nodiscard]] double
devices_by_formula(DieFormula formula, double diameter_mm, double width_mm, double height_mm, double k = 0);

// The form with the least error: exponential_mean, after de Vries (IEEE Trans. Semicond. Manuf. 18, 2005), who found
// the mean of width and height better than the root of the area; rms error 0.82 %, at most 2.8 %.
[[nodiscard]] double estimated_devices(double diameter_mm, double width_mm, double height_mm);

}  // namespace chipchain
