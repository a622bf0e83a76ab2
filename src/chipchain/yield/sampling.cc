#include "chipchain/yield/sampling.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/models.h"

namespace chipchain {

namespace {

constexpr double kPortion = 16.0;  // of a Poisson mean: e^-16 keeps its digits

uint32_t small_poisson(double u, double mean) {
    double probability = deterministic_exp(-mean);
    double sum = probability;
    uint32_t count = 0;
    // 200 is beyond the 1 - 2^-53 quantile of mean 16
    while (u > sum && count < 200) {
        ++count;
        probability *= mean / count;
        sum += probability;
    }
    return count;
}

}  // namespace

double gamma_draw(const DrawAddress& address, double alpha) {
    CHECK(alpha > 0);
    if (alpha == kNoClustering) return 1;
    const double shape = alpha < 1 ? alpha + 1 : alpha;
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    for (uint32_t attempt = 1;; ++attempt) {
        const RandomWords words = address.draw(attempt);
        const double z = normal_quantile(unit_open(wide(words.word[0], words.word[1])));
        const double u = unit_open(wide(words.word[2], words.word[3]));
        const double root = 1.0 + c * z;
        if (root <= 0) continue;
        const double v = root * root * root;
        if (deterministic_log(u) >= 0.5 * z * z + d * (1.0 - v + deterministic_log(v))) continue;
        double value = d * v / alpha;
        if (alpha < 1) {
            const RandomWords boost = address.draw(0);
            value *= deterministic_pow(unit_open(wide(boost.word[0], boost.word[1])), 1.0 / alpha);
        }
        return value;
    }
}

uint32_t poisson_draw(const DrawAddress& address, double mean) {
    CHECK(mean >= 0 && mean < 1e6);
    uint32_t count = 0;
    for (uint32_t number = 0; mean > 0; ++number, mean -= kPortion) {
        const RandomWords words = address.draw(number);
        count += small_poisson(unit_open(wide(words.word[0], words.word[1])), std::min(mean, kPortion));
    }
    return count;
}

bool defect_draw(const DrawAddress& address, double mean) {
    const RandomWords words = address.draw(0);
    return unit_open(wide(words.word[0], words.word[1])) > deterministic_exp(-mean);
}

}  // namespace chipchain
