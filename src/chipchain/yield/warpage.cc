#include "chipchain/yield/warpage.h"

#include <cmath>
#include <limits>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

double biaxial_modulus(const WarpLayer& layer) { return layer.modulus_gpa / (1 - layer.poisson); }

}  // namespace

double bimaterial_curvature(const WarpLayer& bottom, const WarpLayer& top, double delta_k) {
    CHECK(bottom.thickness_mm > 0 && top.thickness_mm > 0 && bottom.modulus_gpa > 0 && top.modulus_gpa > 0);
    const double strain = (bottom.cte_ppm_per_k - top.cte_ppm_per_k) * 1e-6 * delta_k;
    const double m = bottom.thickness_mm / top.thickness_mm;
    const double n = biaxial_modulus(bottom) / biaxial_modulus(top);
    const double h = bottom.thickness_mm + top.thickness_mm;
    const double square = (1 + m) * (1 + m);
    return 6 * strain * square / (h * (3 * square + (1 + m * n) * (m * m + 1 / (m * n))));
}

double stack_curvature(const std::vector<WarpLayer>& layers, double delta_k) {
    CHECK(!layers.empty());
    // stress = E (e0 - kappa z - alpha dT), with e0 at the bottom and z upwards; its force and moment are zero
    double z = 0;
    double a = 0;
    double b = 0;
    double d = 0;
    double force = 0;
    double moment = 0;
    for (const WarpLayer& layer : layers) {
        CHECK(layer.thickness_mm > 0 && layer.modulus_gpa > 0);
        const double up = z + layer.thickness_mm;
        const double modulus = biaxial_modulus(layer);
        const double free_strain = layer.cte_ppm_per_k * 1e-6 * delta_k;
        const double first = (up * up - z * z) / 2;
        a += modulus * (up - z);
        b += modulus * first;
        d += modulus * (up * up * up - z * z * z) / 3;
        force += modulus * free_strain * (up - z);
        moment += modulus * free_strain * first;
        z = up;
    }
    // a e0 - b kappa = force, b e0 - d kappa = moment
    return (b * force - a * moment) / (a * d - b * b);
}

double corner_bow_mm(double curvature_per_mm, double width_mm, double height_mm) {
    return curvature_per_mm * (width_mm * width_mm + height_mm * height_mm) / 8;
}

double wafer_bow_mm(double curvature_per_mm, double diameter_mm) {
    return curvature_per_mm * diameter_mm * diameter_mm / 8;
}

double bow_ratio(double width_mm, double height_mm, double wafer_diameter_mm) {
    return (width_mm * width_mm + height_mm * height_mm) / (wafer_diameter_mm * wafer_diameter_mm);
}

double curvature_limit_per_mm(double bow_limit_mm, double width_mm, double height_mm) {
    return 8 * bow_limit_mm / (width_mm * width_mm + height_mm * height_mm);
}

std::vector<HandlingCheck>
check_handling(double curvature_per_mm, double width_mm, double height_mm, const std::vector<HandlingLimit>& limits) {
    std::vector<HandlingCheck> out;
    const double curvature = std::fabs(curvature_per_mm);
    const double bow = corner_bow_mm(curvature, width_mm, height_mm);
    for (const HandlingLimit& limit : limits) {
        CHECK(limit.bow_limit_mm > 0);
        const double diagonal =
            curvature > 0 ? std::sqrt(8 * limit.bow_limit_mm / curvature) : std::numeric_limits<double>::infinity();
        out.push_back(
            {limit.name, bow, limit.bow_limit_mm, bow / limit.bow_limit_mm, bow <= limit.bow_limit_mm, diagonal});
    }
    return out;
}

}  // namespace chipchain
