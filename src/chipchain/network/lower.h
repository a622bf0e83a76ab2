// Makes of an imported, quantised network the integer network that a chip runs.
#pragma once

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/integer_network.h"
#include "chipchain/network/network.h"

namespace chipchain {

struct Lowered {
    IntegerNetwork network;
    // of each network input and output: the tensor of the imported value in its own order of dimensions, and whether
    // the imported value is float (then the host quantises or dequantises with the tensor's scale and zero point)
    struct Port {
        ValueId value = kNoValue;
        TensorId tensor = kNoTensor;
        bool is_float = false;
    };
    std::vector<Port> inputs;
    std::vector<Port> outputs;
    std::vector<TensorId> tensor_of_value;  // by ValueId, of imported 8-bit values; kNoTensor where fused away
    // where the elements of that imported value lie in the tensor: element (i_0, i_1, ..) of the value, of shape
    // `shape`, at offset + sum i_d strides[d]; the tensor's own order is mostly that of images, channels innermost
    struct Place {
        Shape shape;
        std::vector<int64_t> strides;
        int64_t offset = 0;
    };
    std::vector<Place> place_of_value;  // by ValueId
};

// The bytes of an imported 8-bit value in its own order, out of a run of the integer network; empty when it has none.
[[nodiscard]] std::vector<uint8_t>
imported_bytes(const Lowered& lowered, ValueId value, const std::vector<std::vector<uint8_t>>& tensors);

struct LowerOptions {
    RequantMode mode = RequantMode::f32_rne;
};

// infer_and_fold(), but for the DequantizeLinear of weights, which lower() must see: call this before lower(). Errors:
// as infer_and_fold().
[[nodiscard]] Result<Network> infer_for_chip(Network network, const std::vector<Shape>& input_shapes = {});

struct LowerRow {
    std::string_view domain;
    std::string_view op;
    std::string_view help;  // what is supported of it
};
// The operators that lower() knows, in the order of their names.
[[nodiscard]] std::vector<LowerRow> lowered_operators();

// network: with all shapes known (infer_for_chip). Understands the operator form (QLinearConv, QLinearMatMul, ...) and
// the QDQ form (DequantizeLinear, operator, QuantizeLinear).
//
// Values: sums of products and averages as in numerics.h; what stands between DequantizeLinear and QuantizeLinear and
// is made of binary32 operations alone (Relu, Clip, LeakyRelu, Neg, Abs, sums and products with a scalar) follows the
// text of the operators, one rounding each; other functions of one value are those of make_table(), rounded once.
// QLinearAdd and QLinearMul of com.microsoft are refused: ONNX Runtime itself computes them differently on x86 and Arm.
//
// Errors, all at once: chip-unsupported (a node the chip cannot run: name, operator, why, what to do), chip-float (a
// float value between nodes that is not part of a QDQ pattern: quantise first).
[[nodiscard]] Result<Lowered> lower(const Network& network, const LowerOptions& options = {});

}  // namespace chipchain
