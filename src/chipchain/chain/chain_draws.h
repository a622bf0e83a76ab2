// Addresses of the random numbers of a chain. Entities are named, not numbered: a row that is added to a scenario
// changes the number of others but not their draws.
#pragma once

#include <cstdint>
#include <string_view>

#include "chipchain/base/random.h"
#include "chipchain/chain/draws.h"
#include "chipchain/stats/fingerprint.h"

namespace chipchain {

// 32 bits of a hash of the name. Two names that share them share their draws: a chance of 2^-32 for each pair.
[[nodiscard]] inline uint32_t name_key(std::string_view name) {
    Fingerprint hash;
    for (const char c : name) hash.add(static_cast<unsigned char>(c), name.size());
    return static_cast<uint32_t>(hash.value() >> 32);
}

// A factor between low and high, triangular with its mode at 1 (or at the nearer end, where 1 lies outside), from a
// number in (0, 1).
[[nodiscard]] double triangular_factor(double low, double high, double u);

// A factor with mean 1 and that standard deviation, lognormal. Assumption: weekly demand is no normal variable, as it
// cannot be negative.
[[nodiscard]] double lognormal_factor(double deviation, double u);

}  // namespace chipchain
