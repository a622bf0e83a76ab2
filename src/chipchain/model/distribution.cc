#include "chipchain/model/distribution.h"

#include <algorithm>
#include <cmath>

#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

// The nearest tick of a duration, inside [0, kLongest].
Time to_duration(double ticks) {
    if (!(ticks > 0)) return 0;
    if (ticks >= static_cast<double>(kLongest)) return kLongest;
    return static_cast<Time>(ticks + 0.5);
}

// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): further words from
// one.
uint64_t next_word(uint64_t& state) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

double draw_triangular(double mean, double half, double u) {
    if (u < 0.5) return mean - half + half * std::sqrt(2 * u);
    return mean + half - half * std::sqrt(2 * (1 - u));
}

double draw_lognormal(double mean, double deviation, double u) {
    if (mean <= 0) return 0;
    const double ratio = deviation / mean;
    const double variance = deterministic_log1p(ratio * ratio);
    const double location = deterministic_log(mean) - variance / 2;
    return deterministic_exp(location + std::sqrt(variance) * normal_quantile(u));
}

double draw_erlang(double mean, Time shape, uint64_t bits) {
    double sum = 0;
    for (Time phase = 0; phase < shape; ++phase) sum -= deterministic_log(unit_open(next_word(bits)));
    return sum * mean / static_cast<double>(shape);
}

}  // namespace

Time Distribution::mean() const { return kind == DistKind::uniform ? low + span / 2 : low; }

Time Distribution::most() const {
    const auto m = static_cast<double>(low);
    // unit_open() is at least 2^-54, so that an exponential stays below 37.5 means and a normal quantile below 8.3
    switch (kind) {
        case DistKind::constant:
            return low;
        case DistKind::uniform:
            return low + span;
        case DistKind::triangular:
            return std::min(low + span, kLongest);
        case DistKind::exponential:
        case DistKind::erlang:
            return to_duration(38 * m);
        case DistKind::lognormal:
            return to_duration(draw_lognormal(m, static_cast<double>(span), 1 - 0x1.0p-53));
    }
    return low;
}

Distribution compile_duration(const DurationSpec& spec, UniformSpread spread) {
    Distribution d;
    d.kind = spec.kind;
    d.low = std::max<Time>(spec.mean, 0);
    d.span = 0;
    const Time second = std::max<Time>(spec.half, 0);
    switch (spec.kind) {
        case DistKind::constant:
        case DistKind::exponential:
            break;
        case DistKind::uniform: {
            const Time width = spread == UniformSpread::full_width ? second : 2 * second;
            d.low = std::max<Time>(d.low - width / 2, 0);
            d.span = width;
            break;
        }
        case DistKind::triangular:
        case DistKind::lognormal:
            d.span = second;
            break;
        case DistKind::erlang:
            d.span = std::max<Time>(second, 1);
            break;
    }
    // nothing to draw: the fast path of a constant serves
    if (d.low == 0 && spec.kind != DistKind::uniform && spec.kind != DistKind::triangular) d = {};
    if (d.kind != DistKind::exponential && d.kind != DistKind::erlang && d.span == 0) d.kind = DistKind::constant;
    return d;
}

Time draw_general(const Distribution& d, uint64_t bits) {
    const auto mean = static_cast<double>(d.low);
    const auto second = static_cast<double>(d.span);
    switch (d.kind) {
        case DistKind::constant:
        case DistKind::uniform:
            return draw_simple(d, static_cast<uint32_t>(bits >> 32));
        case DistKind::exponential:
            return to_duration(-mean * deterministic_log(unit_open(bits)));
        case DistKind::triangular:
            return to_duration(draw_triangular(mean, second, unit_open(bits)));
        case DistKind::lognormal:
            return to_duration(draw_lognormal(mean, second, unit_open(bits)));
        case DistKind::erlang:
            return to_duration(draw_erlang(mean, d.span, bits));
    }
    return d.low;
}

}  // namespace chipchain
