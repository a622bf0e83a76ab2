// Die yield from defect density and area: one row per model, both directions.
//
// All models see m = D0 * A, the mean number of killing defects of a die, and differ in how the density varies from die
// to die: not at all (Poisson), triangular (Murphy), uniform (rectangular), exponential (Seeds), gamma (negative
// binomial, alpha = clustering; small alpha: strong clusters, infinite alpha: Poisson).
//
// Trap: Bose-Einstein takes the density of ONE critical layer. With a density of the whole process it must be divided
// by the number of layers, otherwise 92 % becomes 39 % (backend facts 4.2); hence the name d0_per_critical_layer.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

enum class YieldModel : uint8_t { poisson, murphy, seeds, rectangular, moore, bose_einstein, negative_binomial };

inline constexpr double kNoClustering = std::numeric_limits<double>::infinity();  // as alpha: Poisson

struct YieldModelRow {
    YieldModel model;
    std::string_view name;     // as written by users: "negative-binomial"
    std::string_view formula;  // with m = D0 A
    std::string_view source;
    std::string_view density;  // name of the density: "d0_per_cm2" or "d0_per_critical_layer"
    std::string_view shape;    // name of the third figure: "alpha", "layers", or "" when there is none
    double (*yield)(double m, double shape);
    double (*defects)(double yield, double shape);  // the inverse: m of a yield
};

// Every model, in the order of YieldModel.
[[nodiscard]] std::span<const YieldModelRow> yield_models();
[[nodiscard]] const YieldModelRow& yield_model(YieldModel model);
// The model of that name, or the diagnostic unknown-yield-model with the nearest name.
[[nodiscard]] Result<YieldModel> find_yield_model(std::string_view name, const Span& span = {});

// The yield (0..1] of a die of area_cm2 at that density (1/cm2; Bose-Einstein: per critical layer). `shape` is alpha or
// the number of critical layers, unused by the other models. REQUIRES density, area >= 0 and shape > 0 where used.
[[nodiscard]] double die_yield(YieldModel model, double d0_per_cm2, double area_cm2, double shape = kNoClustering);
// The density (1/cm2) at which a die of area_cm2 yields `yield`. REQUIRES 0 < yield <= 1, area > 0, shape > 0.
[[nodiscard]] double defect_density(YieldModel model, double yield, double area_cm2, double shape = kNoClustering);

// The two with a third figure, by their own names.
[[nodiscard]] double bose_einstein_yield(double d0_per_critical_layer, double area_cm2, double layers);
[[nodiscard]] double negative_binomial_yield(double d0_per_cm2, double area_cm2, double alpha);

// Good devices of `devices` started on a substrate: wafers that survive the line (line yield) times dies that work.
[[nodiscard]] double good_devices(double devices, double line_yield, double device_yield);

}  // namespace chipchain
