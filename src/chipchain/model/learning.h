// Factors that fall with experience. By time: final + (start - final) e^(-t / tau), the form in which the defect
// density of a new process is usually drawn. By pieces shipped V: start * (V / first_pieces)^(log2 doubling_factor),
// not below `final`: T. P. Wright, "Factors Affecting the Cost of Airplanes", J. Aeronautical Sciences 3(4), 1936.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/time.h"
#include "chipchain/model/model.h"

namespace chipchain {

// The product of the factors of some curves after `now` ticks and `pieces` shipped pieces; 1 without curves.
[[nodiscard]] double learned_factor(const Model& model, const std::vector<uint32_t>& curves, Time now, uint64_t pieces);

// threshold * factor, at most 2^32: a share of lots in 2^-32 (Step::scrap_threshold).
[[nodiscard]] uint64_t learned_threshold(uint64_t threshold, double factor);

// time * factor, rounded to the nearest tick, halves up.
[[nodiscard]] Time learned_time(Time time, double factor);

// Defects per cm^2 at `now`: d0_final + (d0_start - d0_final) e^(-now / tau).
[[nodiscard]] double defect_density(const DieYield& yield, Time now);

}  // namespace chipchain
