// The operators of ONNX that we know: one row per operator with its inference of types and shapes and its evaluation.
//
//  1. Quantised operators are exact to the bit as numerics.h says; integer operators are exact and wrap.
//  2. Float operators follow the operator's text in IEEE binary32 (or the tensor's own type), one rounding per
//  operation,
//     sums in ascending order of the reduced elements; functions as exp and tanh are those of the host's libm. They are
//     the reference for imported float graphs and calibration, and never the value path of a chip.
//  3. 16-bit floats are computed in binary32 and rounded once per operation.
//
// Source: docs/Operators.md of ONNX; of com.microsoft docs/ContribOperators.md of ONNX Runtime.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/network.h"

namespace chipchain {

class NodeView;

// What a network may claim; beyond it a node is refused, or not folded. Assumptions: far above every network of a chip,
// and what a small file can make of the machine that reads it.
struct OperatorLimits {
    int64_t tensor_elements = int64_t{1} << 31;
    int64_t operations = int64_t{1} << 50;       // multiplications of one node
    int64_t bytes = int64_t{1} << 32;            // of the tensors that an evaluation makes and holds at once
    int64_t fold_operations = int64_t{1} << 28;  // of a node that is folded
    int64_t fold_bytes = int64_t{1} << 30;       // of all constants that folding makes
};

// What an operator sees of one node: inputs[i] is nullptr for an omitted input (or, in inference, for one without a
// constant).
struct OperatorCall {
    const Network* network = nullptr;
    const Node* node = nullptr;
    std::span<const Tensor* const> inputs;
    int64_t opset = 0;
    OperatorLimits limits;
};

// Sets of element types, for OperatorInfo::types.
using TypeSet = uint32_t;
[[nodiscard]] constexpr TypeSet type_bit(DataType type) { return TypeSet{1} << static_cast<unsigned>(type); }

struct OperatorInfo {
    std::string_view domain;
    std::string_view op;
    std::string_view help;        // what is supported of it
    std::string_view attributes;  // names that are understood, separated by blanks; another one is refused
    uint8_t least_inputs = 1;
    uint8_t most_inputs = 1;   // 255: any number
    uint8_t most_outputs = 1;  // 255: any number
    TypeSet types = 0;         // of the first input
    // states the outputs or fails; sees shapes always and values where they are known
    void (*infer)(NodeView& node) = nullptr;
    // fills the outputs, which have the inferred types and shapes and hold zeros
    void (*compute)(NodeView& node, std::span<Tensor> outputs) = nullptr;

    // Outputs of the node, in order. Errors: onnx-operator with node, operator and what is wrong; onnx-too-large, also
    // where the outputs exceed the limit of bytes or memory ran out.
    // REQUIRES every input that is not omitted.
    [[nodiscard]] Result<std::vector<Tensor>> evaluate(const OperatorCall& call) const;
};

// Every row; the order is that of the families, and stable.
[[nodiscard]] std::span<const OperatorInfo> operators();
// The row, or nullptr when the operator is not supported.
[[nodiscard]] const OperatorInfo* find_operator(std::string_view domain, std::string_view op);
// One diagnostic onnx-unsupported per operator that has no row, naming its first node, how many there are, the nearest
// known operator and what to do; empty when all are known.
[[nodiscard]] Diagnostics unsupported_nodes(const Network& network);

// Replaces nodes whose inputs are all constants by their values and fills type and shape of every value, given the
// shapes of the inputs (which replace unknown dimensions; empty: as declared). What is inferred replaces what is
// declared. A node whose value exceeds the limits of folding stays; onnx-too-large where a shape hangs on it. Errors:
// onnx-unsupported, onnx-operator, onnx-shape (a shape hangs on values that only a run knows, or an input has a
// dimension that is not known), onnx-input (shapes given that do not fit the inputs), onnx-too-large.
[[nodiscard]] Result<Network>
infer_and_fold(Network network, const std::vector<Shape>& input_shapes = {}, const OperatorLimits& limits = {});

}  // namespace chipchain
