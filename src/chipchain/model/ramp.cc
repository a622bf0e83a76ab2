#include "chipchain/model/ramp.h"

#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

// floor(a b c / d) for a b below 2^127; exact, since a b = q d + r gives a b c / d = q c + r c / d.
Uint128 product_over(uint64_t a, uint64_t b, uint64_t c, Uint128 d) {
    const Uint128 ab = static_cast<Uint128>(a) * b;
    return ab / d * c + ab % d * c / d;
}

// The integral from the first to `tau` ticks behind it.
Uint128 integral(const RampPoint& from, const RampPoint& to, uint64_t tau) {
    const auto twice = 2 * static_cast<Uint128>(static_cast<uint64_t>(to.date - from.date));
    const Uint128 level = static_cast<Uint128>(from.rate) * tau;
    if (to.rate >= from.rate) return level + product_over(to.rate - from.rate, tau, tau, twice);
    const uint64_t fall = from.rate - to.rate;
    const Uint128 less = product_over(fall, tau, tau, twice);
    const bool exact = static_cast<Uint128>(fall) * tau % twice * tau % twice == 0;
    return level - less - (exact ? 0 : 1);
}

}  // namespace

Time ramp_reaches(std::span<const RampPoint> points, uint64_t pieces) {
    Uint128 need = static_cast<Uint128>(pieces) * 1'000'000 * static_cast<uint64_t>(kRampMonth);
    if (points.empty()) return kNever;
    for (size_t i = 0; i + 1 < points.size(); ++i) {
        const auto length = static_cast<uint64_t>(points[i + 1].date - points[i].date);
        if (length == 0) continue;
        const Uint128 whole = integral(points[i], points[i + 1], length);
        if (whole < need) {
            need -= whole;
            continue;
        }
        // the first tick of the segment at which the integral is large enough
        uint64_t low = 0, high = length;
        while (low < high) {
            const uint64_t middle = low + (high - low) / 2;
            if (integral(points[i], points[i + 1], middle) >= need) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return points[i].date + static_cast<Time>(low);
    }
    const RampPoint& last = points.back();
    if (last.rate == 0) return need == 0 ? last.date : kNever;
    const Uint128 ticks = (need + last.rate - 1) / last.rate;
    return ticks > static_cast<Uint128>(static_cast<uint64_t>(20 * kLongest)) ? kNever
                                                                              : last.date + static_cast<Time>(ticks);
}

double ramp_rate(std::span<const RampPoint> points, Time t) {
    if (points.empty() || t < points.front().date) return 0;
    const auto per_tick = [](double rate) { return rate * 1e-6 / static_cast<double>(kRampMonth); };
    for (size_t i = 0; i + 1 < points.size(); ++i) {
        if (t >= points[i + 1].date) continue;
        const double share =
            static_cast<double>(t - points[i].date) / static_cast<double>(points[i + 1].date - points[i].date);
        const auto from = static_cast<double>(points[i].rate);
        return per_tick(from + (static_cast<double>(points[i + 1].rate) - from) * share);
    }
    return per_tick(static_cast<double>(points.back().rate));
}

}  // namespace chipchain
