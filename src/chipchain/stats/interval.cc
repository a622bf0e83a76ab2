#include "chipchain/stats/interval.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tally tally_of(std::span<const double> values) {
    Tally tally;
    for (double value : values) {
        tally.add(value);
    }
    return tally;
}

}  // namespace

double MeanInterval::relative_half_width() const { return half_width == 0 ? 0.0 : half_width / std::fabs(mean); }

MeanInterval mean_interval(const Tally& tally, double level) {
    CHECK(level > 0 && level < 1);
    MeanInterval out;
    out.count = tally.count();
    out.mean = tally.mean();
    out.std_dev = tally.std_dev();
    out.level = level;
    if (out.count < 2) {
        out.half_width = kInf;
        return out;
    }
    const double n = static_cast<double>(out.count);
    out.half_width = -student_t_quantile(0.5 * (1.0 - level), n - 1.0) * out.std_dev / std::sqrt(n);
    return out;
}

MeanInterval mean_interval(std::span<const double> values, double level) {
    return mean_interval(tally_of(values), level);
}

MeanInterval paired_interval(std::span<const double> first, std::span<const double> second, double level) {
    CHECK(first.size() == second.size());
    Tally tally;
    for (size_t i = 0; i < first.size(); ++i) {
        tally.add(first[i] - second[i]);
    }
    return mean_interval(tally, level);
}

Verdict judge(const MeanInterval& difference, double threshold) {
    if (difference.count >= 2 && difference.low() >= -threshold && difference.high() <= threshold) {
        return Verdict::negligible;
    }
    if (difference.contains(0)) {
        return Verdict::noise;
    }
    return difference.mean > 0 ? Verdict::first_greater : Verdict::second_greater;
}

bool is_noise(const MeanInterval& difference, double threshold) {
    const Verdict verdict = judge(difference, threshold);
    return verdict == Verdict::noise || verdict == Verdict::negligible;
}

const PairComparison& Ranking::pair(uint32_t first, uint32_t second) const {
    CHECK(first < second && second < systems.size());
    const size_t k = systems.size();
    const size_t before = first * (2 * k - first - 1) / 2;  // pairs of the systems before `first`
    return pairs[before + (second - first - 1)];
}

Ranking rank_systems(std::span<const std::vector<double>> samples, double level, double threshold) {
    Ranking out;
    const uint32_t k = static_cast<uint32_t>(samples.size());
    const size_t pair_count = samples.size() * (samples.size() - (samples.empty() ? 0 : 1)) / 2;
    out.pair_level = 1.0 - (1.0 - level) / static_cast<double>(std::max<size_t>(pair_count, 1));

    // each system alone, and the order of the means
    for (const auto& sample : samples) {
        out.systems.push_back(mean_interval(sample, level));
    }
    out.by_mean.resize(k);
    std::iota(out.by_mean.begin(), out.by_mean.end(), 0u);
    std::stable_sort(out.by_mean.begin(), out.by_mean.end(), [&](uint32_t a, uint32_t b) {
        return out.systems[a].mean < out.systems[b].mean;
    });

    // all pairs; a system that is surely greater than another is not the least
    std::vector<bool> beaten(k, false);
    for (uint32_t i = 0; i < k; ++i) {
        for (uint32_t j = i + 1; j < k; ++j) {
            const MeanInterval difference = paired_interval(samples[i], samples[j], out.pair_level);
            const Verdict verdict = judge(difference, threshold);
            out.pairs.push_back({i, j, difference, verdict});
            if (verdict == Verdict::first_greater) {
                beaten[i] = true;
            }
            if (verdict == Verdict::second_greater) {
                beaten[j] = true;
            }
        }
    }
    std::copy_if(out.by_mean.begin(), out.by_mean.end(), std::back_inserter(out.perhaps_least), [&](uint32_t i) {
        return !beaten[i];
    });
    return out;
}

bool SequentialStop::precise(const Tally& values) const {
    return values.count() >= std::max<int64_t>(min_replications, 2) &&
           mean_interval(values, level).relative_half_width() <= relative_precision;
}

bool SequentialStop::done(const Tally& values) const { return values.count() >= max_replications || precise(values); }

int64_t SequentialStop::expected_total(const Tally& values) const {
    if (values.count() < 2) {
        return min_replications;
    }
    const double target = relative_precision * std::fabs(values.mean());
    auto enough = [&](int64_t n) {
        const double dof = static_cast<double>(n - 1);
        const double t = -student_t_quantile(0.5 * (1.0 - level), dof);
        return t * values.std_dev() / std::sqrt(static_cast<double>(n)) <= target;
    };
    // the half width falls with n: search the least n that is enough
    int64_t low = std::max<int64_t>(min_replications, 2);
    int64_t high = max_replications;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (enough(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

namespace {

// Fills lag1, its p-value and the flag from the batch means.
void check_correlation(BatchMeans& out, std::span<const double> means, double lag1_limit) {
    double steps = 0;
    double deviations = 0;
    for (size_t i = 0; i < means.size(); ++i) {
        const double deviation = means[i] - out.interval.mean;
        deviations += deviation * deviation;
        if (i > 0) {
            const double step = means[i] - means[i - 1];
            steps += step * step;
        }
    }
    if (deviations > 0) {
        out.lag1 = 1.0 - steps / (2.0 * deviations);
        const double b = static_cast<double>(means.size());
        out.lag1_p_value = normal_cdf(-out.lag1 * std::sqrt((b * b - 1.0) / (b - 2.0)));
    }
    out.correlated = out.lag1 > lag1_limit;
}

}  // namespace

BatchMeans batch_means(std::span<const double> series, int64_t batch_count, double level, double lag1_limit) {
    CHECK(batch_count >= 3);
    BatchMeans out;
    const size_t count = static_cast<size_t>(batch_count);
    const size_t size = series.size() / count;
    out.batch_size = static_cast<int64_t>(size);
    out.batch_count = size == 0 ? 0 : batch_count;
    std::vector<double> means;
    if (size > 0) {
        const auto recent = series.last(size * count);
        for (size_t i = 0; i < count; ++i) {
            means.push_back(tally_of(recent.subspan(i * size, size)).mean());
        }
    }
    out.interval = mean_interval(means, level);
    check_correlation(out, means, lag1_limit);
    return out;
}

BatchMeans batch_means_auto(std::span<const double> series, double level, double lag1_limit) {
    BatchMeans out;
    for (int64_t count : {30, 25, 20, 15, 10}) {
        out = batch_means(series, count, level, lag1_limit);
        if (out.batch_size > 0 && !out.correlated) {
            break;
        }
    }
    return out;
}

}  // namespace chipchain
