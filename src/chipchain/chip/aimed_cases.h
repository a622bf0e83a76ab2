// Networks and inputs aimed at the places where arithmetic goes wrong: exact ties, ends of the ranges, 2^24, 2^31,
// divisions that a reciprocal gets wrong, sums that a fused multiply-add gets wrong, padding. Plain random data hide
// all of these (chip facts 2.3, 5.7): a suite that does not aim at them proves nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/network/integer_network.h"

namespace chipchain {

// A network and the inputs to run it on: inputs[i] holds one run's bytes, one vector per IntegerNetwork::inputs.
struct ConformCase {
    std::string name;
    IntegerNetwork network;
    std::vector<std::vector<std::vector<uint8_t>>> inputs;
};

enum class Aim : uint8_t {
    ties,            // sums that lie exactly between two outputs, odd and even zero points
    range_ends,      // zero points and values at the ends of the types, -128 * -128
    near_2_24,       // sums that binary32 must round
    near_2_31,       // sums up to the last that 32 bits hold
    beyond_2_31,     // sums that wrap: only for executors, no chip takes such a network
    fixed_ties,      // ties of the two modes with integer multipliers
    sum_ties,        // elementwise: all pairs, ties
    reciprocals,     // elementwise: all pairs, ties that only a true division finds
    fused,           // elementwise: all pairs, ties that a fused multiply-add misses
    averages,        // pools with ties, with and without padding in the divisor
    padding,         // convolution with zero points far from 0 and windows over the edge
    channel_scales,  // scales that differ from channel to channel
    rows,            // softmax and layer normalisation on flat, steep and constant rows
};

struct AimInfo {
    Aim aim;
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] std::span<const AimInfo> aims();

// The case of an aim; the same seed gives the same case.
[[nodiscard]] ConformCase aimed_case(Aim aim, uint64_t seed);
// All of them that a chip can take (without beyond_2_31).
[[nodiscard]] std::vector<ConformCase> aimed_cases(uint64_t seed);
// The same operations on drawn values with drawn scales: what a suite without aim has.
[[nodiscard]] std::vector<ConformCase> plain_cases(uint64_t seed);
// Drawn bytes for every input of a network.
[[nodiscard]] std::vector<std::vector<uint8_t>> drawn_inputs(const IntegerNetwork& network, uint64_t seed);

}  // namespace chipchain
