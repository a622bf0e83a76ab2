// Sums of a series.
#pragma once

#include <numeric>
#include <span>

namespace chipchain {

// Returns the sum of the values, added in their order; 0 without any.
inline double sum_of(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace chipchain
