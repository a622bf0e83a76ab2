#include "chipchain/stats/quantile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

std::vector<double> sorted_sample(std::vector<double> sample) {
    for (double& value : sample) {
        CHECK(value == value);
        value += 0.0;
    }
    std::sort(sample.begin(), sample.end());
    return sample;
}

double quantile_of_sorted(std::span<const double> sorted, double p) {
    if (sorted.empty()) {
        return 0.0;
    }
    const double position = static_cast<double>(sorted.size() - 1) * std::clamp(p, 0.0, 1.0);
    const double whole = std::floor(position);
    const size_t low = static_cast<size_t>(whole);
    const size_t high = std::min(low + 1, sorted.size() - 1);
    return sorted[low] + (position - whole) * (sorted[high] - sorted[low]);
}

double quantile_of(std::vector<double> sample, double p) {
    return quantile_of_sorted(sorted_sample(std::move(sample)), p);
}

namespace {

// Returns the least k in [0, n] with P(B <= k) >= target for B binomial (n, p).
int64_t binomial_quantile(double target, int64_t n, double p) {
    int64_t low = 0;
    int64_t high = n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (binomial_tails(middle, n, p).lower >= target) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

}  // namespace

QuantileInterval quantile_interval(std::span<const double> sorted, double p, double level) {
    CHECK(p > 0 && p < 1 && level > 0 && level < 1);
    if (sorted.empty()) {
        return {};
    }
    const int64_t n = static_cast<int64_t>(sorted.size());
    const double tail = 0.5 * (1.0 - level);
    // B values lie below the quantile: it is below order statistic r when B < r, above when B >= r
    int64_t low_rank = binomial_quantile(tail, n, p);  // least k with P(B <= k) >= tail, so P(B < k) < tail
    int64_t high_rank = binomial_quantile(1.0 - tail, n, p) + 1;
    low_rank = std::max<int64_t>(low_rank, 1);
    high_rank = std::min(high_rank, n);
    QuantileInterval interval;
    interval.estimate = quantile_of_sorted(sorted, p);
    interval.low = sorted[static_cast<size_t>(low_rank - 1)];
    interval.high = sorted[static_cast<size_t>(high_rank - 1)];
    interval.low_rank = low_rank;
    interval.high_rank = high_rank;
    interval.coverage = binomial_tails(high_rank - 1, n, p).lower - binomial_tails(low_rank - 1, n, p).lower;
    interval.reached = interval.coverage >= level;
    return interval;
}

LogHistogram::LogHistogram(int sub_bucket_bits, Time max_value)
    : sub_bucket_bits_(sub_bucket_bits), max_value_(max_value) {
    CHECK(sub_bucket_bits >= 0 && sub_bucket_bits <= 20 && max_value > 0);
    counts_.assign(bucket_of(max_value) + 1, 0);
}

void LogHistogram::merge(const LogHistogram& other) {
    CHECK(sub_bucket_bits_ == other.sub_bucket_bits_ && max_value_ == other.max_value_);
    for (size_t i = 0; i < counts_.size(); ++i) {
        counts_[i] += other.counts_[i];
    }
    count_ += other.count_;
    clamped_ += other.clamped_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

void LogHistogram::clear() {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = 0;
    clamped_ = 0;
    sum_ = 0;
    min_ = INT64_MAX;
    max_ = INT64_MIN;
}

Time LogHistogram::quantile(double p) const {
    if (count_ == 0) {
        return 0;
    }
    // the slack of 2^-50 keeps 0.07 * 100 = 7.000000000000001 at rank 7
    const double n = static_cast<double>(count_);
    const int64_t rank = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(n * (p - 0x1p-50))), 1, count_);
    int64_t seen = 0;
    size_t bucket = 0;
    while (seen + counts_[bucket] < rank) {
        seen += counts_[bucket++];
    }
    return std::clamp(bucket_low(bucket) + bucket_width(bucket) / 2, min_, max_);
}

double LogHistogram::relative_error() const { return 0.5 / static_cast<double>(int64_t{1} << sub_bucket_bits_); }

Time LogHistogram::bucket_low(size_t bucket) const {
    const size_t octave = static_cast<size_t>(63 - __builtin_clzll(static_cast<uint64_t>(bucket_width(bucket))));
    return static_cast<Time>((bucket - (octave << sub_bucket_bits_)) << octave);
}

Time LogHistogram::bucket_width(size_t bucket) const {
    const size_t octaves = bucket >> sub_bucket_bits_;
    return octaves < 2 ? 1 : Time{1} << (octaves - 1);
}

LogHistogram::Contents LogHistogram::contents() const {
    Contents out;
    out.sub_bucket_bits = sub_bucket_bits_;
    out.max_value = max_value_;
    out.clamped = clamped_;
    out.min = min();
    out.max = max();
    out.sum_high = static_cast<int64_t>(sum_ >> 64);
    out.sum_low = static_cast<uint64_t>(sum_);
    for (size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] > 0) {
            out.buckets.emplace_back(static_cast<uint32_t>(i), counts_[i]);
        }
    }
    return out;
}

std::optional<LogHistogram> LogHistogram::from_contents(const Contents& contents) {
    if (contents.sub_bucket_bits < 0 || contents.sub_bucket_bits > 20 || contents.max_value <= 0) {
        return std::nullopt;
    }
    LogHistogram out(contents.sub_bucket_bits, contents.max_value);
    size_t next = 0;
    for (const auto& [bucket, count] : contents.buckets) {
        if (bucket < next || bucket >= out.counts_.size() || count <= 0 || count > INT64_MAX - out.count_) {
            return std::nullopt;
        }
        out.counts_[bucket] = count;
        out.count_ += count;
        next = bucket + size_t{1};
    }
    if (contents.clamped < 0 || contents.clamped > out.count_) {
        return std::nullopt;
    }
    if (out.count_ == 0) {
        return out;
    }
    auto bucket_at = [&](Time value) { return out.bucket_of(std::clamp<Time>(value, 0, out.max_value_)); };
    if (bucket_at(contents.min) != contents.buckets.front().first ||
        bucket_at(contents.max) != contents.buckets.back().first || contents.min > contents.max) {
        return std::nullopt;
    }
    out.clamped_ = contents.clamped;
    out.min_ = contents.min;
    out.max_ = contents.max;
    out.sum_ = static_cast<Int128>(static_cast<Uint128>(contents.sum_high) << 64 | contents.sum_low);
    return out;
}

}  // namespace chipchain
