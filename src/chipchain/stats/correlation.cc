#include "chipchain/stats/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

std::vector<double> ranks(std::span<const double> values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return values[a] != values[b] ? values[a] < values[b] : a < b;
    });
    std::vector<double> out(values.size());
    for (size_t i = 0; i < order.size();) {
        size_t j = i;
        while (j + 1 < order.size() && values[order[j + 1]] == values[order[i]]) ++j;
        for (size_t k = i; k <= j; ++k) out[order[k]] = 0.5 * static_cast<double>(i + j);
        i = j + 1;
    }
    return out;
}

}  // namespace

double rank_correlation(std::span<const double> a, std::span<const double> b) {
    CHECK(a.size() == b.size());
    if (a.size() < 3) return 0;
    const std::vector<double> x = ranks(a);
    const std::vector<double> y = ranks(b);
    const double mean = 0.5 * static_cast<double>(a.size() - 1);
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace chipchain
