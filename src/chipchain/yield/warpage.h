// Warpage of panels and wafers: curvature from the mismatch of thermal expansion, bow from curvature and size, and
// whether handling still takes it.
//
// No limit in mm is published for panels (backend facts 1.7), so limits and material figures are required inputs and
// have no defaults here. Limits of the model: elastic, equal curvature in all directions (real panels are often
// tunnels), no gravity, no cure shrinkage; measured strips were 10-30 % off far better models.
#pragma once

#include <string>
#include <vector>

namespace chipchain {

struct WarpLayer {
    double thickness_mm;   // above 0
    double modulus_gpa;    // Young's modulus, above 0
    double poisson;        // 0..0.5; the biaxial modulus E / (1 - nu) is what bends a plate
    double cte_ppm_per_k;  // thermal expansion
};

// Curvature in 1/mm of two layers after a change of temperature by `delta_k` (below 0: cooling). Above 0: the edges
// stand up when `bottom` lies down, as when the upper layer shrinks more. Timoshenko, "Analysis of bi-metal
// thermostats", J. Opt. Soc. Am. 11, 1925, eq. 4, with biaxial moduli. REQUIRES thicknesses and moduli > 0.
[[nodiscard]] double bimaterial_curvature(const WarpLayer& bottom, const WarpLayer& top, double delta_k);

// The same for any stack, from the bottom: balance of force and moment over plane sections. Equal to the above for two
// layers. REQUIRES at least one layer.
[[nodiscard]] double stack_curvature(const std::vector<WarpLayer>& layers, double delta_k);

// Height of the corners over the centre: curvature x (diagonal / 2)^2 / 2, for bows small against the size; of a wafer
// that of its rim. In mm, with the sign of the curvature.
[[nodiscard]] double corner_bow_mm(double curvature_per_mm, double width_mm, double height_mm);
[[nodiscard]] double wafer_bow_mm(double curvature_per_mm, double diameter_mm);

// Corner bow of a panel / rim bow of a wafer of equal curvature: diagonal^2 / diameter^2, 10.9 for 700 x 700 mm against
// 300 mm.
[[nodiscard]] double bow_ratio(double width_mm, double height_mm, double wafer_diameter_mm);

// The curvature that a panel of that size may have at most: the limit of bow turned round.
[[nodiscard]] double curvature_limit_per_mm(double bow_limit_mm, double width_mm, double height_mm);

// A step or a machine that takes panels up to a bow.
struct HandlingLimit {
    std::string name;     // "vacuum chuck of the exposure tool"
    double bow_limit_mm;  // above 0
};
struct HandlingCheck {
    std::string name;
    double bow_mm = 0;  // without sign
    double limit_mm = 0;
    double share = 0;  // bow / limit
    bool fits = true;
    double largest_diagonal_mm = 0;  // of a panel of that curvature that still fits; infinite when flat
};
// One row per limit, in their order.
[[nodiscard]] std::vector<HandlingCheck>
check_handling(double curvature_per_mm, double width_mm, double height_mm, const std::vector<HandlingLimit>& limits);

}  // namespace chipchain
