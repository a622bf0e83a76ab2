#include "chipchain/chain/draws.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

// p <= 1/2, n p < 10: the probabilities one after the other
uint64_t by_inversion(FlowDraw& draw, uint64_t n, double p) {
    const double trials = static_cast<double>(n);
    const double odds = p / (1.0 - p);
    double probability = deterministic_exp(trials * deterministic_log1p(-p));
    double rest = draw.uniform() - probability;
    uint64_t k = 0;
    while (rest > 0 && k < n) {
        ++k;
        probability *= (trials - static_cast<double>(k) + 1.0) / static_cast<double>(k) * odds;
        rest -= probability;
        if (probability < 1e-300) break;
    }
    return k;
}

// p <= 1/2, n p >= 10; names as in the paper
uint64_t by_rejection(FlowDraw& draw, uint64_t n, double p) {
    const double trials = static_cast<double>(n);
    const double root = std::sqrt(trials * p * (1.0 - p));
    const double b = 1.15 + 2.53 * root;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double c = trials * p + 0.5;
    const double inside = 0.92 - 4.2 / b;
    for (;;) {
        const RandomWords words = draw.words();
        const double u = unit_open(wide(words.word[0], words.word[1])) - 0.5;
        const double v = unit_open(wide(words.word[2], words.word[3]));
        const double us = 0.5 - std::fabs(u);
        const double k = std::floor((2.0 * a / us + b) * u + c);
        if (us >= 0.07 && v <= inside) return static_cast<uint64_t>(k);
        if (k < 0 || k > trials) continue;
        const double alpha = (2.83 + 5.1 / b) * root;
        const double mode = std::floor((trials + 1.0) * p);
        const double height = log_gamma(mode + 1.0) + log_gamma(trials - mode + 1.0) - log_gamma(k + 1.0) -
                              log_gamma(trials - k + 1.0) + (k - mode) * deterministic_log(p / (1.0 - p));
        if (deterministic_log(v * alpha / (a / (us * us) + b)) <= height) return static_cast<uint64_t>(k);
    }
}

}  // namespace

uint64_t binomial_draw(FlowDraw& draw, uint64_t n, double p) {
    CHECK(p >= 0 && p <= 1);
    if (n == 0 || p == 0) return 0;
    if (p == 1) return n;
    const bool mirrored = p > 0.5;
    const double small = mirrored ? 1.0 - p : p;
    const uint64_t k =
        static_cast<double>(n) * small < 10 ? by_inversion(draw, n, small) : by_rejection(draw, n, small);
    return mirrored ? n - k : k;
}

void choose_places(FlowDraw draw, uint64_t n, uint64_t count, std::vector<uint64_t>& out) {
    CHECK(count <= n);
    out.clear();
    constexpr uint64_t kFew = 16;  // up to here a search through the chosen ones is cheaper than marks
    if (count <= kFew) {
        while (out.size() < count) {
            const uint64_t place = draw.below(n);
            if (std::find(out.begin(), out.end(), place) == out.end()) out.push_back(place);
        }
        return;
    }
    out.resize(n);
    for (uint64_t i = 0; i < n; ++i) out[i] = i;
    for (uint64_t i = 0; i < count; ++i) std::swap(out[i], out[i + draw.below(n - i)]);
    out.resize(count);
}

}  // namespace chipchain
