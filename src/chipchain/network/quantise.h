// Post-training quantiser: a float network and recorded inputs become a quantised network, the same bits every time on
// one host. Ranges are those that evaluate() finds, whose exp, tanh and the like are the host's libm: another one may
// find another scale, never another meaning of the bytes, since the network states its scales.
#pragma once

#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/network.h"

namespace chipchain {

enum class RangeRule : uint8_t { min_max, percentile };

struct QuantiseOptions {
    RangeRule rule = RangeRule::min_max;
    double percentile = 99.99;            // of magnitudes, for RangeRule::percentile
    bool per_channel = true;              // weights: one scale per output channel, s8, zero point 0
    std::vector<std::string> keep_float;  // names of nodes left as they are
};

// network: float, shapes known. calibration: runs, each with one tensor per input. Returns a network in operators of
// ONNX, and QLinearGlobalAveragePool of com.microsoft: QLinearConv and QLinearMatMul for conv, gemm and matmul (batch
// normalisation and ReLU or clip folded), u8 activations; QDQ around elementwise operators and functions; data movement
// on u8; Resize that interpolates as products with constant matrices. Its float inputs are quantised by a
// QuantizeLinear each and its outputs dequantised. Functions of one value that binary32 computes as written (LeakyRelu,
// then a maximum with a number) stand together between one DequantizeLinear and one QuantizeLinear; products with a
// bias are convolutions of one cell. Errors: quantise-unsupported (every node that has no form on bytes),
// quantise-range (a value is not finite), unknown-node (keep_float names none), onnx-input (no calibration inputs, or
// not those of the network), those of evaluate().
[[nodiscard]] Result<Network> quantise(
    const Network& network,
    const std::vector<std::vector<Tensor>>& calibration,
    const QuantiseOptions& options = {});

// How near a quantised network comes, per output: 10 log10 of the power of the float values over that of the
// difference, of all runs together; infinite where nothing differs and for outputs that are not float. A rule of thumb,
// not an accuracy: that needs labels. Errors: those of evaluate().
[[nodiscard]] Result<std::vector<double>>
signal_to_noise_db(const Network& original, const Network& quantised, const std::vector<std::vector<Tensor>>& runs);

}  // namespace chipchain
