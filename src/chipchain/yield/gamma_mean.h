// The mean of f(G) where G is gamma distributed with mean 1 and shape alpha: how clustering averages any yield.
//
// With g = e^t the integrand alpha^alpha / Gamma(alpha) * exp(alpha (t - e^t)) f(e^t) is smooth and falls off on both
// sides, so the trapezoidal rule converges exponentially in 1/step (Trefethen and Weideman, SIAM Review 56(3), 2014):
// 1e-12 with some hundred points. All terms are positive for positive f: no cancellation, where sums of
// inclusion-exclusion lose digits beyond about 30 cores.
#pragma once

#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/models.h"

namespace chipchain {

// Returns E[f(G)]; f(1) for alpha = kNoClustering. REQUIRES alpha > 0 and f bounded on [0, inf).
template <class Function>
[[nodiscard]] double gamma_mean(double alpha, Function&& f) {
    CHECK(alpha > 0);
    if (alpha == kNoClustering) return f(1.0);
    // the weight is e^-40 of its peak or less outside [-left, right]
    const double width = 1.0 / std::sqrt(alpha);
    const double step = 0.35 / std::sqrt(1.0 + alpha);
    const double left = 40.0 / alpha + 9.0 * width;
    const double right = deterministic_log1p(9.0 * width + 40.0 / alpha);
    double sum = 0;
    double weights = 0;
    const int points = static_cast<int>((left + right) / step) + 1;
    for (int i = 0; i <= points; ++i) {
        const double t = -left + i * step;
        const double g = deterministic_exp(t);
        const double weight = deterministic_exp(alpha * (t + 1.0 - g));
        if (weight < 1e-18) continue;  // nothing beside the peak, which is 1
        sum += weight * f(g);
        weights += weight;
    }
    // dividing by the sum of weights is the exact norm to the same accuracy, and E[1] = 1 to the last bit
    return sum / weights;
}

}  // namespace chipchain
