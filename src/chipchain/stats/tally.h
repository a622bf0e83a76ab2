// Collectors for the event loop: Tally for values that arrive one by one (cycle times, waits), TimeAverage for a level
// that holds between events (WIP, queue length, busy tools).
//
// Invariants
//   1. Trivially copyable, no allocation, no failure: they live in arrays of the simulation state.
//   2. TimeAverage is exact: level * ticks is summed in 128-bit integers, so that Little's law and "tool states sum to
//      calendar time" can be checked with == .
//   3. Adding in the same order gives the same bits. Tally sums doubles: merging parts in another order may differ in
//      the last digit.
#pragma once

#include <cstdint>

#include "chipchain/base/time.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

// Count, mean, variance, least and greatest of values added one by one.
// Welford, Technometrics 4(3), 1962, 419-420: no cancellation when the mean is large against the spread.
class Tally {
 public:
    // Adds one value; any finite double.
    void add(double value) {
        ++count_;
        const double from_old_mean = value - mean_;
        mean_ += from_old_mean / static_cast<double>(count_);
        square_sum_ += from_old_mean * (value - mean_);
        min_ = count_ == 1 || value < min_ ? value : min_;
        max_ = count_ == 1 || value > max_ ? value : max_;
    }

    // Adds everything that `other` has seen. Chan, Golub and LeVeque, COMPSTAT 1982, equation 2.1.
    void merge(const Tally& other);

    // Returns how many values were added.
    int64_t count() const { return count_; }

    // Returns the arithmetic mean; 0 when empty.
    double mean() const { return mean_; }

    // Returns the unbiased sample variance (divisor count - 1); 0 for fewer than two values.
    double variance() const { return count_ < 2 ? 0.0 : square_sum_ / static_cast<double>(count_ - 1); }

    // Returns the square root of variance().
    double std_dev() const;

    // Returns variance / mean^2, the squared coefficient of variation; 0 when the mean is 0.
    double scv() const { return mean_ == 0 ? 0.0 : variance() / (mean_ * mean_); }

    // Return the least and the greatest value; 0 when empty.
    double min() const { return min_; }
    double max() const { return max_; }

 private:
    int64_t count_ = 0;
    double mean_ = 0;
    double square_sum_ = 0;  // sum of squared deviations from the mean
    double min_ = 0;
    double max_ = 0;
};

// The time average of an integer level that is constant between events, over [start, now].
// REQUIRES that times do not go back. No level and no span can overflow the sum.
class TimeAverage {
 public:
    // Begins at time 0 with level 0.
    TimeAverage() = default;

    TimeAverage(Time start, int64_t level) : level_(level), start_(start), last_(start), min_(level), max_(level) {}

    // Changes the level at time now. Changes at the same time are fine: a level that holds for no time has no weight in
    // the average, but counts in min() and max().
    void set(Time now, int64_t level) {
        integral_ += static_cast<Int128>(level_) * (now - last_);
        last_ = now;
        level_ = level;
        min_ = level < min_ ? level : min_;
        max_ = level > max_ ? level : max_;
    }

    // As set(now, level() + delta).
    void add(Time now, int64_t delta) { set(now, level_ + delta); }

    // Forgets what happened before now, for instance the warm-up; the level stays.
    void restart(Time now) { *this = TimeAverage(now, level_); }

    // Returns the present level, the time of the last change, and when the average began.
    int64_t level() const { return level_; }
    Time last_change() const { return last_; }
    Time start() const { return start_; }

    // Returns the integral of the level from start() to now in level * ticks. REQUIRES now >= last_change().
    Int128 integral(Time now) const { return integral_ + static_cast<Int128>(level_) * (now - last_); }

    // Returns integral(now) / (now - start()), relative error 3.4e-16; 0 for an empty span.
    double mean(Time now) const { return ratio(integral(now), now - start_); }

    // Return the least and the greatest level since start().
    int64_t min() const { return min_; }
    int64_t max() const { return max_; }

 private:
    Int128 integral_ = 0;  // up to last_
    int64_t level_ = 0;
    Time start_ = 0;
    Time last_ = 0;
    int64_t min_ = 0;
    int64_t max_ = 0;
};

}  // namespace chipchain
