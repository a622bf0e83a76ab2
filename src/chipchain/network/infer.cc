// infer_and_fold(): one walk over the nodes in order of computation. Every shape is a list of numbers: the inputs' are
// known, so that whatever hangs on shapes alone (Shape, Gather, Concat, Reshape of an exporter) folds away.
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

// Infers one node; folded says whether its outputs became constants.
Diagnostics infer_node(Network& network, const Node& node, const OperatorLimits& limits, bool& folded) {
    const OperatorInfo& row = *find_operator(node.domain, node.op);
    std::vector<const Tensor*> inputs;
    std::vector<InputType> types;
    for (const ValueId id : node.inputs) {
        if (id == kNoValue) {
            inputs.push_back(nullptr);
            types.emplace_back();
            continue;
        }
        const NetworkValue& value = network.values[id];
        CHECK(value.typed && value.rank_known);
        inputs.push_back(value.constant ? &*value.constant : nullptr);
        types.push_back({.present = true, .type = value.type, .shape = value.shape});
    }
    const OperatorCall call{
        .network = &network,
        .node = &node,
        .inputs = inputs,
        .opset = network.opset,
        .limits = limits};
    std::vector<OutputType> outputs;
    if (all_constant(node, inputs)) {
        Result<std::vector<Tensor>> values = row.evaluate(call);
        if (!values) {
            return std::move(values.error());
        }
        for (Tensor& value : *values) {
            OutputType output{.type = value.type, .shape = value.shape};
            output.value = std::move(value);
            outputs.push_back(std::move(output));
        }
    } else {
        NodeView view(row, call, types);
        infer_outputs(row, view);
        if (view.failed()) {
            return view.take_errors();
        }
        outputs = std::move(view.outputs());
    }
    folded = true;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i] != kNoValue) {
            folded = folded && outputs[i].value.has_value();
            set_value(network.values[node.outputs[i]], std::move(outputs[i]));
        }
    }
    return {};
}

}  // namespace

Result<Network> infer_and_fold(Network network, const std::vector<Shape>& input_shapes, const OperatorLimits& limits) {
    Diagnostics errors = unsupported_nodes(network);
    if (errors.empty()) {
        errors = set_inputs(network, input_shapes);
    }
    std::vector<Node> kept;
    for (Node& node : network.nodes) {
        if (!errors.empty()) {
            break;
        }
        bool folded = false;
        errors = infer_node(network, node, limits, folded);
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
