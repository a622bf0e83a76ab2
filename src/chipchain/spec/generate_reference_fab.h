// A generated wafer fab with the structure of the SMT2020 testbed (Kopp, Hassoun, Kalir, Mönch, IEEE TSM 33(4), 2020)
// and every feature of the line engine, made from parameters: no row of any data set is copied. The ranges that steps
// and tools are drawn from stand in the area table of the .cc file, each with its source.
#pragma once

#include <cstdint>

#include "chipchain/spec/spec.h"

namespace chipchain {

struct ReferenceFabParameters {
    double wafers_per_month = 40'000;  // 30 days; tool counts follow
    uint32_t layers[2] = {35, 25};     // mask layers of the two products
    double hot_share = 0.025;          // of the starts
    double flow_factor = 2.0;          // due dates and initial WIP: cycle time / raw process time
    uint64_t seed = 1;                 // of the drawn process times and choices
};

// The same parameters give the same spec on any machine. REQUIRES 100 <= wafers_per_month <= 10,000,000 and layers
// >= 4.
[[nodiscard]] Spec generate_reference_fab(const ReferenceFabParameters& parameters = {});

}  // namespace chipchain
