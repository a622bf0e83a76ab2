// How two series of values go together.
#pragma once

#include <span>

namespace chipchain {

// Returns Spearman's rank correlation in [-1, 1]: the correlation of the ranks, ties with their mean rank (Spearman,
// The American Journal of Psychology 15(1), 1904). 0 for fewer than three values or a constant series. REQUIRES equal
// lengths.
double rank_correlation(std::span<const double> a, std::span<const double> b);

}  // namespace chipchain
