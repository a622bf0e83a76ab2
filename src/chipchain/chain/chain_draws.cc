#include "chipchain/chain/chain_draws.h"

#include <algorithm>
#include <cmath>

#include "chipchain/stats/special.h"

namespace chipchain {

double triangular_factor(double low, double high, double u) {
    const double mode = std::clamp(1.0, low, high);
    const double width = high - low;
    if (width <= 0) return low;
    const double rising = (mode - low) / width;
    if (u < rising) return low + std::sqrt(u * width * (mode - low));
    return high - std::sqrt((1 - u) * width * (high - mode));
}

double lognormal_factor(double deviation, double u) {
    if (deviation <= 0) return 1;
    const double variance = deterministic_log1p(deviation * deviation);
    return deterministic_exp(std::sqrt(variance) * normal_quantile(u) - variance / 2);
}

}  // namespace chipchain
