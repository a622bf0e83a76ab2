// Random figures of yields from keyed words: gamma, Poisson, binomial. Each takes the address of its own draws, so that
// a wafer's fate depends on nothing that was drawn before it.
#pragma once

#include <cstdint>

#include "chipchain/base/random.h"

namespace chipchain {

// What a draw is for: draws of different kinds never share a word.
enum class DrawKind : uint8_t {
    substrate_density,
    zone_density,
    device_density,
    defect_count,  // of a device
    die_density,   // of a die by itself, without a map
    uncore,        // of such a die
    core,
};

// Words of Purpose::defects. A sampler may use 2^16 of them.
struct DrawAddress {
    RandomSource source;
    DrawKind kind = DrawKind::substrate_density;
    uint32_t entity = 0;  // wafer, panel or die
    uint64_t part = 0;    // zone, place or core, below 2^36

    [[nodiscard]] RandomWords draw(uint32_t number) const {
        return source.draw(Purpose::defects, entity, part << 20 | uint64_t{number} << 4 | static_cast<uint64_t>(kind));
    }
};

// A gamma number of mean 1 and shape alpha; 1 for alpha = kNoClustering. Marsaglia and Tsang, ACM TOMS 26(3), 2000,
// with the power of a uniform number below alpha = 1. REQUIRES alpha > 0.
[[nodiscard]] double gamma_draw(const DrawAddress& address, double alpha);

// A Poisson number: inversion by the recurrence of the probabilities, in portions of mean 16 or less. REQUIRES
// 0 <= mean < 1e6.
[[nodiscard]] uint32_t poisson_draw(const DrawAddress& address, double mean);

// Whether the first of mean `mean` Poisson events happens: one word, for those who need no count.
[[nodiscard]] bool defect_draw(const DrawAddress& address, double mean);

}  // namespace chipchain
