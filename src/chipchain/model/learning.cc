#include "chipchain/model/learning.h"

#include <algorithm>

#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

// From `start` to `final` with time constant tau; tau 0: at once.
double exponential(double start, double final, Time t, Time tau) {
    if (tau <= 0) return final;
    if (t <= 0) return start;
    return final + (start - final) * deterministic_exp(-(static_cast<double>(t) / static_cast<double>(tau)));
}

double factor_of(const LearningCurve& c, Time now, uint64_t pieces) {
    if (c.by == LearningBy::time) return exponential(c.start, c.final, now - c.from, c.tau);
    if (pieces <= c.first_pieces) return std::max(c.start, c.final);
    const double ratio = static_cast<double>(pieces) / static_cast<double>(c.first_pieces);
    return std::max(c.start * deterministic_pow(ratio, c.exponent), c.final);
}

}  // namespace

double learned_factor(const Model& m, const std::vector<uint32_t>& curves, Time now, uint64_t pieces) {
    double factor = 1;
    for (const uint32_t curve : curves) factor *= factor_of(m.learning_curves[curve], now, pieces);
    return factor;
}

uint64_t learned_threshold(uint64_t threshold, double factor) {
    const double scaled = static_cast<double>(threshold) * factor;
    return scaled >= 0x1p32 ? uint64_t{1} << 32 : static_cast<uint64_t>(scaled);
}

Time learned_time(Time time, double factor) {
    // far above any visit (kMostTime of the compiler), far below overflow
    return static_cast<Time>(std::min(static_cast<double>(time) * factor + 0.5, static_cast<double>(100 * kLongest)));
}

double defect_density(const DieYield& y, Time now) { return exponential(y.d0_start, y.d0_final, now, y.tau); }

}  // namespace chipchain
