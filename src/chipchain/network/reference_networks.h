// Quantised networks of known topology, made on the spot: for conformance, timing and benchmarks without files. Weights
// are drawn from a seed and scales are set so that values spread over the 8 bits; they compute nothing of use. The same
// seed gives the same bytes on every host: integer draws, and binary32 operations that IEEE 754 fixes.
#pragma once

#include <span>
#include <string_view>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/network.h"

namespace chipchain {

struct ReferenceNetworkInfo {
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] std::span<const ReferenceNetworkInfo> reference_networks();

// The network in ONNX form, operators and QDQ mixed, with all types and shapes declared: ready for lower() and
// write_onnx(). Float inputs, each with its QuantizeLinear; outputs are 8-bit. Error: unknown-network.
[[nodiscard]] Result<Network> reference_network(std::string_view name, uint64_t seed = 1);

}  // namespace chipchain
