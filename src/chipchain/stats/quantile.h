// Quantiles: exact ones of a sample that is kept, and LogHistogram for streams that are too long to keep.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "chipchain/base/time.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

// Returns the sample in ascending order, with -0 turned into 0 so that equal values have equal bits.
// REQUIRES that no value is NaN.
std::vector<double> sorted_sample(std::vector<double> sample);

// Returns the p-quantile of a sample in ascending order: linear interpolation between the order statistics around
// (n - 1) p, type 7 of Hyndman and Fan, The American Statistician 50(4), 1996, 361-365 (the default of R and NumPy).
// p is clamped to [0, 1]; ties need no care; an empty sample gives 0.
double quantile_of_sorted(std::span<const double> sorted, double p);

// The same of values in any order. REQUIRES that no value is NaN.
double quantile_of(std::vector<double> sample, double p);

// A quantile with a distribution-free confidence interval between two order statistics.
struct QuantileInterval {
    double estimate = 0;  // type 7
    double low = 0;       // the value of order statistic low_rank
    double high = 0;
    int64_t low_rank = 0;  // 1-based
    int64_t high_rank = 0;
    double coverage = 0;   // probability that the interval holds the quantile: exact for continuous distributions, a
                           // lower bound when there are ties
    bool reached = false;  // coverage >= level; false when the sample is too small, then low and high are its ends
};

// Returns the interval of the p-quantile whose tails each have at most (1 - level) / 2, from the binomial distribution
// of the number of values below it. Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2.
// REQUIRES 0 < p < 1 and 0 < level < 1. An empty sample gives all zeros.
QuantileInterval quantile_interval(std::span<const double> sorted, double p, double level);

// A histogram of non-negative ticks with buckets of constant relative width: values below 2^(b+1) are counted exactly,
// each further power of two is split into 2^b equal buckets (the layout of HdrHistogram, Tene). Memory is fixed at
// construction: 8 * 2^b * (bit width of max_value - b + 1) bytes at most, 43 KiB for b = 7 and ten years of ticks.
//
// Invariants
//   1. record() does not allocate and has no data-dependent branch but the clamping.
//   2. count, mean, min and max are exact; a quantile differs from the exact nearest-rank quantile by at most
//      relative_error() = 2^-(b+1) of it.
//   3. merge() of parts equals recording all values, to the bit, in any order.
class LogHistogram {
 public:
    static constexpr Time kDefaultMax = 3653 * kDay;  // ten years

    // REQUIRES 0 <= sub_bucket_bits <= 20 and max_value > 0.
    explicit LogHistogram(int sub_bucket_bits = 7, Time max_value = kDefaultMax);

    // Counts one value. A value below 0 or above max_value is counted in the first or last bucket and in clamped();
    // sum, min and max take it as it is.
    void record(Time value) {
        const Time inside = value < 0 ? 0 : value > max_value_ ? max_value_ : value;
        clamped_ += inside != value;
        ++counts_[bucket_of(inside)];
        ++count_;
        sum_ += value;
        min_ = value < min_ ? value : min_;
        max_ = value > max_ ? value : max_;
    }

    // Adds everything that `other` has counted. REQUIRES the same sub_bucket_bits and max_value.
    void merge(const LogHistogram& other);

    // Forgets all values; keeps the memory.
    void clear();

    // Returns the number of values, and how many of them were outside [0, max_value].
    int64_t count() const { return count_; }
    int64_t clamped() const { return clamped_; }

    // Returns the mean in ticks, exact but for two roundings; 0 when empty.
    double mean() const { return ratio(sum_, count_); }

    // Returns the sum of the values in ticks, exactly.
    Int128 sum() const { return sum_; }

    // Return the least and the greatest value in ticks, exactly; 0 when empty.
    Time min() const { return count_ == 0 ? 0 : min_; }
    Time max() const { return count_ == 0 ? 0 : max_; }

    // Returns the nearest-rank p-quantile, that is a value with at least p * count values at or below it, as the middle
    // of its bucket and never outside [min(), max()]. 0 when empty. p is clamped to [0, 1].
    Time quantile(double p) const;

    // Returns the bound of invariant 2.
    double relative_error() const;

    // Returns the counts by bucket, and the least value and the width in ticks of a bucket.
    std::span<const int64_t> counts() const { return counts_; }
    Time bucket_low(size_t bucket) const;
    Time bucket_width(size_t bucket) const;

    // All that is needed to store and restore a histogram.
    struct Contents {
        int sub_bucket_bits = 7;
        Time max_value = kDefaultMax;
        int64_t clamped = 0;
        Time min = 0;
        Time max = 0;
        int64_t sum_high = 0;  // sum = sum_high * 2^64 + sum_low
        uint64_t sum_low = 0;
        std::vector<std::pair<uint32_t, int64_t>> buckets;  // {bucket, count > 0}, ascending
    };
    Contents contents() const;

    // Returns the histogram of the contents, or nothing when they are not the contents of any histogram: parameters out
    // of range, buckets out of order or range, counts not positive, min or max not in the outermost buckets.
    static std::optional<LogHistogram> from_contents(const Contents& contents);

    friend bool operator==(const LogHistogram&, const LogHistogram&) = default;

 private:
    size_t bucket_of(Time inside) const;

    int sub_bucket_bits_;
    Time max_value_;
    std::vector<int64_t> counts_;
    int64_t count_ = 0;
    int64_t clamped_ = 0;
    Int128 sum_ = 0;
    Time min_ = INT64_MAX;
    Time max_ = INT64_MIN;
};

inline size_t LogHistogram::bucket_of(Time inside) const {
    // the bit at 2^b makes all values below 2^(b+1) fall into octave 0
    const uint64_t value = static_cast<uint64_t>(inside);
    const int octave = 63 - __builtin_clzll(value | uint64_t{1} << sub_bucket_bits_) - sub_bucket_bits_;
    return (static_cast<uint64_t>(octave) << sub_bucket_bits_) + (value >> octave);
}

}  // namespace chipchain
