// infer_and_fold(): one walk over the nodes in order of computation. Every shape is a list of numbers: the inputs' are
// known, so that whatever hangs on shapes alone (Shape, Gather, Concat, Reshape of an exporter) folds away.
#include <algorithm>

#include <fmt/core.h>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

Diagnostics one_error(std::string id, std::string text, std::string help = {}) {
    return {{.severity = Severity::error, .id = std::move(id), .message = std::move(text), .help = std::move(help)}};
}

// Puts the shapes given into the inputs. Every input must be known afterwards.
Diagnostics set_inputs(Network& network, const std::vector<Shape>& shapes) {
    if (!shapes.empty() && shapes.size() != network.inputs.size()) {
        return one_error(
            "onnx-input",
            fmt::format("the network has {} inputs and {} shapes were given", network.inputs.size(), shapes.size()));
    }
    for (size_t i = 0; i < network.inputs.size(); ++i) {
        NetworkValue& value = network.values[network.inputs[i]];
        if (!shapes.empty()) {
            bool fits = !value.rank_known || value.shape.size() == shapes[i].size();
            for (size_t d = 0; fits && value.rank_known && d < shapes[i].size(); ++d) {
                fits = value.shape[d] < 0 || value.shape[d] == shapes[i][d];
            }
            if (!fits) {
                return one_error(
                    "onnx-input",
                    fmt::format(
                        "input '{}' is declared as {} and cannot be {}",
                        value.name,
                        shape_text(value.shape),
                        shape_text(shapes[i])));
            }
            value.shape = shapes[i];
            value.rank_known = true;
        }
        if (!value.typed || !value.rank_known || element_count(value.shape) < 0) {
            return one_error(
                "onnx-shape",
                fmt::format(
                    "the shape of input '{}' is not known: {}",
                    value.name,
                    value.rank_known ? shape_text(value.shape) : "not declared"),
                "state the shapes of the inputs with --shape");
        }
    }
    return {};
}

void set_value(NetworkValue& value, OutputType output) {
    value.typed = true;
    value.type = output.type;
    value.rank_known = true;
    value.shape = std::move(output.shape);
    value.constant = std::move(output.value);
}

// Whether compute() would see every input that the node names.
bool all_constant(const Node& node, const std::vector<const Tensor*>& inputs) {
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (node.inputs[i] != kNoValue && inputs[i] == nullptr) {
            return false;
        }
    }
    return true;
}

// The walk: what it found of each value, and what folding may still make.
class Walk {
 public:
    Walk(Network& network, const OperatorLimits& limits)
        : network_(network), limits_(limits), bytes_left_(limits.fold_bytes), large_(network.values.size(), false) {}

    // Infers one node; folded says whether its outputs became constants.
    Diagnostics step(const Node& node, bool& folded) {
        const OperatorInfo& row = *find_operator(node.domain, node.op);
        std::vector<const Tensor*> inputs;
        std::vector<InputType> types;
        bool large = false;
        for (const ValueId id : node.inputs) {
            if (id == kNoValue) {
                inputs.push_back(nullptr);
                types.emplace_back();
                continue;
            }
            const NetworkValue& value = network_.values[id];
            CHECK(value.typed && value.rank_known);
            inputs.push_back(value.constant ? &*value.constant : nullptr);
            types.push_back({.present = true, .type = value.type, .shape = value.shape});
            large = large || large_[id];
        }
        const OperatorCall call{
            .network = &network_,
            .node = &node,
            .inputs = inputs,
            .opset = network_.opset,
            .limits = limits_};
        NodeView view(row, call, types);
        infer_outputs(row, view);
        if (view.failed()) {
            Diagnostics errors = view.take_errors();
            if (large && errors[0].id == "onnx-shape") {
                // not for want of values: a constant that a shape hangs on was too large to fold
                errors[0].id = "onnx-too-large";
            }
            return errors;
        }
        std::vector<OutputType> outputs = std::move(view.outputs());
        if (all_constant(node, inputs)) {
            if (!within_limits(view, inputs, outputs)) {
                large = true;
            } else if (Diagnostics errors = fold(row, call, outputs); !errors.empty()) {
                return errors;
            }
        }
        folded = true;
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            if (node.outputs[i] != kNoValue) {
                large_[node.outputs[i]] = large;
                folded = folded && outputs[i].value.has_value();
                set_value(network_.values[node.outputs[i]], std::move(outputs[i]));
            }
        }
        return {};
    }

 private:
    // Whether a node on constants is small enough to compute now. Every element read or written is an operation.
    [[nodiscard]] bool within_limits(
        const NodeView& view,
        const std::vector<const Tensor*>& inputs,
        const std::vector<OutputType>& outputs) const {
        double operations = view.operations();
        int64_t bytes = 0;
        double elements = 0;
        for (const Tensor* input : inputs) {
            elements += input != nullptr ? static_cast<double>(input->count()) : 0;
        }
        for (const OutputType& output : outputs) {
            const int64_t count = element_count(output.shape);
            elements += static_cast<double>(count);
            bytes += count * info(output.type).bytes;
        }
        operations = std::max(operations, elements);
        return operations <= static_cast<double>(limits_.fold_operations) && bytes <= bytes_left_;
    }

    // Computes the outputs.
    Diagnostics fold(const OperatorInfo& row, const OperatorCall& call, std::vector<OutputType>& outputs) {
        Result<std::vector<Tensor>> values = row.evaluate(call);
        if (!values) {
            return std::move(values.error());
        }
        CHECK(values->size() == outputs.size());
        for (size_t i = 0; i < outputs.size(); ++i) {
            bytes_left_ -= static_cast<int64_t>((*values)[i].bytes.size());
            outputs[i].value = std::move((*values)[i]);
        }
        return {};
    }

    Network& network_;
    const OperatorLimits& limits_;
    int64_t bytes_left_;       // that folding may make
    std::vector<bool> large_;  // values that hang on a node too large to fold
};

}  // namespace

Result<Network> infer_and_fold(Network network, const std::vector<Shape>& input_shapes, const OperatorLimits& limits) {
    Diagnostics errors = unsupported_nodes(network);
    if (errors.empty()) {
        errors = set_inputs(network, input_shapes);
    }
    Walk walk(network, limits);
    std::vector<Node> kept;
    for (Node& node : network.nodes) {
        if (!errors.empty()) {
            break;
        }
        bool folded = false;
        errors = walk.step(node, folded);
        if (!folded) {
            kept.push_back(std::move(node));
        }
    }
    if (!errors.empty()) {
        return tl::unexpected(std::move(errors));
    }
    network.nodes = std::move(kept);
    return network;
}

}  // namespace chipchain
