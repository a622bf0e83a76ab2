#include "chipchain/stats/mser.h"

#include <algorithm>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

// With fewer kept batches than this the statistic says more about chance than about the warm-up.
constexpr size_t kLeastKept = 5;

std::vector<double> batch_averages(std::span<const double> series, size_t batch_size) {
    std::vector<double> out;
    out.reserve(series.size() / batch_size);
    for (size_t begin = 0; begin + batch_size <= series.size(); begin += batch_size) {
        double sum = 0;
        for (size_t i = 0; i < batch_size; ++i) {
            sum += series[begin + i];
        }
        out.push_back(sum / static_cast<double>(batch_size));
    }
    return out;
}

}  // namespace

MserResult mser(std::span<const double> series, int64_t batch_size) {
    CHECK(batch_size >= 1);
    const std::vector<double> z = batch_averages(series, static_cast<size_t>(batch_size));
    const size_t k = z.size();
    MserResult out;
    out.batch_count = static_cast<int64_t>(k);
    out.statistic.resize(k);
    std::vector<double> means(k);

    // Welford's update from the back gives mean and squared deviations of every tail in one pass
    double mean = 0;
    double square_sum = 0;
    for (size_t d = k; d-- > 0;) {
        const double kept = static_cast<double>(k - d);
        const double from_old_mean = z[d] - mean;
        mean += from_old_mean / kept;
        square_sum += from_old_mean * (z[d] - mean);
        means[d] = mean;
        out.statistic[d] = square_sum / (kept * kept);
    }

    // best of the first half, and best of all that keep enough batches
    if (k < 2 * kLeastKept) {
        out.extend_run = true;
        out.mean = k == 0 ? 0.0 : means[0];
        return out;
    }
    const auto first = out.statistic.begin();
    const auto half = std::min_element(first, first + static_cast<std::ptrdiff_t>(k / 2 + 1));
    const auto all = std::min_element(first, first + static_cast<std::ptrdiff_t>(k - kLeastKept + 1));
    out.truncation = batch_size * (half - first);
    out.mean = means[static_cast<size_t>(half - first)];
    out.extend_run = *all < *half;
    return out;
}

}  // namespace chipchain
