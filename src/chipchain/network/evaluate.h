// Runs a Network node by node on tensors: the reference for imported graphs, constant folding and calibration.
#pragma once

#include <functional>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/network.h"
#include "chipchain/network/operators.h"

namespace chipchain {

struct EvaluateOptions {
    // called with every value that a node wrote
    std::function<void(ValueId, const Tensor&)> observe;
    OperatorLimits limits;
};

// Returns the network's outputs, in order. inputs: one per Network::inputs. Errors: onnx-unsupported, those of the
// operators, onnx-input (count, type or shape of an input differs from what the network declares).
[[nodiscard]] Result<std::vector<Tensor>>
evaluate(const Network& network, const std::vector<Tensor>& inputs, const EvaluateOptions& options = {});

}  // namespace chipchain
