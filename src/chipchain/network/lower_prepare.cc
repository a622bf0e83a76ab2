#include <set>

#include "chipchain/network/lower.h"
#include "chipchain/network/operators.h"

namespace chipchain {

namespace {

bool is_dequantize(const Node& node) { return node.op == "DequantizeLinear"; }

}  // namespace

Result<Network> infer_for_chip(Network network, const std::vector<Shape>& input_shapes) {
    // shapes that are not those of the inputs: told without the weights that stand as inputs below
    if (!input_shapes.empty() && input_shapes.size() != network.inputs.size()) {
        return infer_and_fold(std::move(network), input_shapes);
    }
    // folding would turn quantised weights into floats: while it runs, the weights are inputs
    std::set<ValueId> hidden;
    for (const Node& node : network.nodes) {
        if (is_dequantize(node) && !node.inputs.empty() && node.inputs[0] != kNoValue &&
            network.values[node.inputs[0]].constant) {
            hidden.insert(node.inputs[0]);
        }
    }
    // a constant that others read too must stay one: its DequantizeLinear folds
    for (const Node& node : network.nodes) {
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (i != 0 || !is_dequantize(node)) hidden.erase(node.inputs[i]);
        }
    }
    std::vector<std::pair<ValueId, Tensor>> weights;
    std::vector<Shape> shapes = input_shapes;
    const size_t inputs = network.inputs.size();
    for (ValueId id : hidden) {
        NetworkValue& value = network.values[id];
        value.typed = true;
        value.type = value.constant->type;
        value.rank_known = true;
        value.shape = value.constant->shape;
        if (!input_shapes.empty()) shapes.push_back(value.shape);
        weights.emplace_back(id, std::move(*value.constant));
        value.constant.reset();
        network.inputs.push_back(id);
    }
    Result<Network> result = infer_and_fold(std::move(network), shapes);
    if (!result) return result;
    result->inputs.resize(inputs);
    for (auto& [id, tensor] : weights) result->values[id].constant = std::move(tensor);
    return result;
}

}  // namespace chipchain
