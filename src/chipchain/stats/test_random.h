// Random numbers for the tests of this folder: a 64-bit linear congruence, so that no test depends on the engine's
// generator or on a library's distributions.
#pragma once

#include <cstdint>

#include "chipchain/stats/special.h"

namespace chipchain {

struct TestRandom {
    uint64_t state = 1;

    // Returns a uniform number in (0, 1).
    double uniform() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (static_cast<double>(state >> 11) + 0.5) * 0x1p-53;
    }

    // Returns a standard normal number, and an exponential one of mean 1.
    double normal() { return normal_quantile(uniform()); }
    double exponential() { return -deterministic_log(uniform()); }
};

}  // namespace chipchain
