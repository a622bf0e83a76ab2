// MSER-5: where does the warm-up of a simulation run end?
//
// The rule deletes the front of the series whose removal makes the (squared) standard error of the remaining mean
// least. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6), 1997,
// 323-334; White, Cobb and Spratt, "A comparison of five steady-state truncation heuristics for simulation", Winter
// Simulation Conference 2000, for the batches of five.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace chipchain {

struct MserResult {
    int64_t truncation = 0;   // delete so many raw observations from the front: batch_size * the best d
    int64_t batch_count = 0;  // k, batches of the series; an incomplete last batch is not used
    double mean = 0;          // mean of the batches that are kept; 0 when there is no batch
    // [k] statistic[d] = sum over j > d of (Z_j - mean of those)^2 / (k - d)^2 when the first d batches are deleted, in
    // squared units of the series. The last entries shrink towards 0 for want of data and are not searched.
    std::vector<double> statistic;
    bool extend_run = false;  // the search wanted to delete more than half of the run, or there are fewer than 10
                              // batches: no steady state has been seen, `truncation` is only the best of the first half
};

// Returns the truncation point of a series of raw observations in order of time. The least d wins a tie, so that a
// constant series is not truncated. Time and memory are linear in the series.
// REQUIRES batch_size >= 1.
MserResult mser(std::span<const double> series, int64_t batch_size = 5);

}  // namespace chipchain
