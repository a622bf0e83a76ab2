// Decisions from simulation output: how sure is a mean, is a difference noise, which system is best, have we run
// enough.
//
// Every interval is a t-interval: mean +- t(1 - alpha/2; n - 1) * s / sqrt(n). It is exact for independent normal
// values and good for means of replications. Law, Simulation Modeling and Analysis, 5th ed. 2015, chapters 9 and 10.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chipchain/stats/tally.h"

namespace chipchain {

// A mean with its confidence interval. Everything has the unit of the values.
struct MeanInterval {
    int64_t count = 0;
    double mean = 0;        // 0 when count is 0
    double std_dev = 0;     // of the values, divisor count - 1
    double half_width = 0;  // +inf when count < 2: one value says nothing about its error
    double level = 0.95;

    double low() const { return mean - half_width; }
    double high() const { return mean + half_width; }

    // Returns half_width / |mean|; 0 when both are 0, +inf when only the mean is.
    double relative_half_width() const;

    // Returns whether the interval holds the value.
    bool contains(double value) const { return low() <= value && value <= high(); }
};

// Returns the interval of the mean of independent values, one per replication. REQUIRES 0 < level < 1.
MeanInterval mean_interval(const Tally& tally, double level = 0.95);
MeanInterval mean_interval(std::span<const double> values, double level = 0.95);

// Returns the interval of the mean of first[i] - second[i]. With common random numbers the two are positively
// correlated and this is much narrower than two separate intervals. Law 2015, section 10.2.1.
// REQUIRES equal lengths.
MeanInterval paired_interval(std::span<const double> first, std::span<const double> second, double level = 0.95);

// What the difference "first - second" shows.
enum class Verdict : uint8_t {
    noise,           // the interval holds 0: the data do not say which one is greater
    first_greater,   // significant and not surely below the practical threshold
    second_greater,  // likewise
    negligible,      // the whole interval lies within +-threshold: surely too small to matter
};

// Returns the verdict on a difference; threshold is the greatest difference that does not matter, >= 0.
// The interval inside the threshold is `negligible` whether it holds 0 or not.
Verdict judge(const MeanInterval& difference, double threshold = 0);

// Returns whether the difference cannot be told from 0 (verdict noise or negligible).
bool is_noise(const MeanInterval& difference, double threshold = 0);

// One pair of systems: the interval of mean(first) - mean(second) at the corrected level.
struct PairComparison {
    uint32_t first = 0;
    uint32_t second = 0;
    MeanInterval difference;
    Verdict verdict = Verdict::noise;
};

// The comparison of k systems.
struct Ranking {
    std::vector<MeanInterval> systems;    // [k] of each system alone, at the asked level
    std::vector<uint32_t> by_mean;        // [k] systems in ascending order of their means; ties in order of index
    std::vector<PairComparison> pairs;    // [k (k-1) / 2] for first < second, in lexicographic order
    std::vector<uint32_t> perhaps_least;  // systems that no other is surely below, in order of by_mean
    double pair_level = 0;                // level of each pair: 1 - (1 - level) / number of pairs

    // Returns the comparison of two different systems, first < second.
    const PairComparison& pair(uint32_t first, uint32_t second) const;
};

// Compares all pairs of systems by paired t-intervals with Bonferroni's correction, so that all intervals hold at once
// with probability >= level. samples[i][r] is the result of system i in replication r; replication r of every system
// uses the same random numbers. Law 2015, section 10.3.2. REQUIRES equal lengths. No system gives an empty ranking.
Ranking rank_systems(std::span<const std::vector<double>> samples, double level = 0.95, double threshold = 0);

// When to stop adding replications: as soon as the half width is at most `relative_precision` of the mean.
// Law 2015, section 9.4.1, the sequential procedure; its relative error of the true mean is e / (1 - e).
struct SequentialStop {
    double relative_precision = 0.05;
    double level = 0.95;
    int64_t min_replications = 10;    // a lucky early agreement must not stop the study
    int64_t max_replications = 1000;  // REQUIRES min_replications <= max_replications

    // Returns whether to stop with the values seen so far: precise enough, or at the maximum.
    bool done(const Tally& values) const;

    // Returns whether the precision is reached (false when done only because of the maximum).
    bool precise(const Tally& values) const;

    // Returns how many replications in total will be needed if mean and standard deviation stay as they are, between
    // min_replications and max_replications; min_replications when fewer than two values are known.
    int64_t expected_total(const Tally& values) const;
};

// Batch means of one long run after the warm-up has been deleted.
struct BatchMeans {
    MeanInterval interval;   // from the batch means
    int64_t batch_size = 0;  // observations per batch; a remainder at the front is left out
    int64_t batch_count = 0;
    double lag1 = 0;          // correlation of neighbouring batch means by von Neumann's ratio, see below
    double lag1_p_value = 1;  // probability of such a lag1 or more if the batches were independent
    bool correlated = false;  // lag1 > limit: the interval is too narrow, extend the run
};

// Returns the batch means for exactly batch_count batches of equal size; the oldest size % batch_count values are left
// out. lag1 = 1 - sum (z_{i+1} - z_i)^2 / (2 sum (z_i - mean)^2), which for b independent normal values is nearly
// normal with mean 0 and variance (b - 2) / (b^2 - 1) (von Neumann, Annals of Mathematical Statistics 12, 1941;
// Fishman, Principles of Discrete Event Simulation, 1978). Fewer values than batches give batch_size 0
// and an interval without width bound. REQUIRES batch_count >= 3.
BatchMeans
batch_means(std::span<const double> series, int64_t batch_count, double level = 0.95, double lag1_limit = 0.2);

// Returns the batch means for the greatest number of batches of 30, 25, 20, 15, 10 whose lag1 is within the limit, or
// for 10 batches with `correlated` set. Fewer batches are longer batches, and longer batches are less correlated.
BatchMeans batch_means_auto(std::span<const double> series, double level = 0.95, double lag1_limit = 0.2);

}  // namespace chipchain
