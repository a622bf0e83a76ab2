#include "chipchain/model/distribution.h"

#include <algorithm>
#include <cmath>

#include "chipchain/stats/special.h"

namespace chipchain {

Time Distribution::mean() const { return kind == DistKind::uniform ? low + span / 2 : low; }

Distribution compile_duration(const DurationSpec& spec, UniformSpread spread) {
    Distribution d;
    d.kind = spec.kind;
    d.low = spec.mean;
    d.span = spec.half;
    if (spec.kind == DistKind::uniform) {
        const Time half = spread == UniformSpread::full_width ? spec.half / 2 : spec.half;
        d.low = spec.mean - half;
        d.span = 2 * half;
    }
    return d;
}

namespace {

Time rounded(double ticks) { return std::clamp<Time>(std::llround(std::min(ticks, 9e15)), 0, kLongest); }

double exponential(double mean, double u) { return -mean * deterministic_log(u); }

// mean and standard deviation of the lognormal itself (Law & Kelton 6.2.2)
double lognormal(double mean, double sd, double u) {
    const double variance = deterministic_log(1 + (sd / mean) * (sd / mean));
    return deterministic_exp(deterministic_log(mean) - variance / 2 + std::sqrt(variance) * normal_quantile(u));
}

// sum of `shape` exponentials; their uniforms come from a SplitMix64 sequence seeded with the bits
double erlang(double mean, int64_t shape, uint64_t bits) {
    double sum = 0;
    for (int64_t i = 0; i < shape; ++i) {
        bits += 0x9e3779b97f4a7c15;
        uint64_t z = bits;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        sum += exponential(mean / static_cast<double>(shape), unit_open(z ^ (z >> 31)));
    }
    return sum;
}

double triangular(double mean, double half, double u) {
    return u < 0.5 ? mean - half + half * std::sqrt(2 * u) : mean + half - half * std::sqrt(2 * (1 - u));
}

}  // namespace

Time draw_general(const Distribution& d, uint64_t bits) {
    const auto mean = static_cast<double>(d.low);
    const auto second = static_cast<double>(d.span);
    const double u = unit_open(bits);
    switch (d.kind) {
        case DistKind::constant: return d.low;
        case DistKind::uniform: return draw_simple(d, static_cast<uint32_t>(bits >> 32));
        case DistKind::exponential: return rounded(exponential(mean, u));
        case DistKind::triangular: return rounded(triangular(mean, second, u));
        case DistKind::lognormal: return d.low == 0 ? 0 : rounded(lognormal(mean, second, u));
        case DistKind::erlang: return rounded(erlang(mean, std::clamp<Time>(d.span, 1, 1000), bits));
    }
    return d.low;
}

}  // namespace chipchain
