// Layer normalisation as operator sets before 17 write it: d = x - mean(x), d / sqrt(mean(d^2) + epsilon), then a
// factor and an offset for each element of the last axis.
#include <algorithm>

#include "chipchain/network/quantise_internal.h"

namespace chipchain {

// the node that writes a value, if it is that operator and may be folded
Node* Rewriter::writer_of(ValueId id, std::string_view op) {
    Node* node = id == kNoValue || is_constant(id) ? nullptr : writer(id);
    return node != nullptr && node->op == op && node->domain.empty() && !kept_float(*node) ? node : nullptr;
}

// what a ReduceMean over the last axis alone, which it keeps, has the mean of; else no value
ValueId Rewriter::mean_of_last(ValueId id) {
    const Node* node = writer_of(id, "ReduceMean");
    if (node == nullptr || integer_attribute(*node, "keepdims", 1) == 0) return kNoValue;
    std::vector<int64_t> axes = integers_attribute(*node, "axes");
    if (const Tensor* tensor = constant(*node, 1); tensor != nullptr && tensor->type == DataType::s64) {
        axes.assign(tensor->as<int64_t>().begin(), tensor->as<int64_t>().end());
    }
    const auto rank = static_cast<int64_t>(network.values[node->inputs[0]].shape.size());
    const bool last = axes.size() == 1 && (axes[0] == -1 || axes[0] == rank - 1);
    return last ? node->inputs[0] : kNoValue;
}

// x of a difference x - mean(x); else no value
ValueId Rewriter::centred(ValueId id) {
    const Node* sub = writer_of(id, "Sub");
    if (sub == nullptr || is_constant(sub->inputs[0]) || mean_of_last(sub->inputs[1]) != sub->inputs[0]) {
        return kNoValue;
    }
    return sub->inputs[0];
}

// A constant of `channels` elements on the last axis that alone goes into, or comes out of, the value's only reader.
const Tensor* Rewriter::next_vector(ValueId id, std::string_view op, int64_t channels, Node** next) {
    *next = only_reader(id);
    if (*next == nullptr || (*next)->op != op || !(*next)->domain.empty() || kept_float(**next)) return nullptr;
    const Tensor* tensor = constant(**next, (*next)->inputs[0] == id ? 1 : 0);
    const bool fits = tensor != nullptr && tensor->type == DataType::f32 && tensor->count() == channels &&
                      !tensor->shape.empty() && tensor->shape.back() == channels &&
                      network.values[(*next)->outputs[0]].shape == network.values[id].shape;
    return fits ? tensor : nullptr;
}

bool Rewriter::fold_layer_norm(Node& div) {
    if (div.op != "Div" || !div.domain.empty() || kept_float(div)) return false;
    const Node* root = writer_of(div.inputs[1], "Sqrt");
    const Node* sum = root == nullptr ? nullptr : writer_of(root->inputs[0], "Add");
    if (sum == nullptr) return false;
    const size_t at = scalar(sum->inputs[1]) ? 1 : 0;
    const auto epsilon = scalar(sum->inputs[at]);
    const ValueId square = mean_of_last(sum->inputs[1 - at]);
    if (!epsilon || *epsilon < 0 || square == kNoValue) return false;
    ValueId difference = kNoValue;
    if (const Node* power = writer_of(square, "Pow"); power != nullptr && scalar(power->inputs[1]) == 2.0F) {
        difference = power->inputs[0];
    } else if (const Node* product = writer_of(square, "Mul");
               product != nullptr && product->inputs[0] == product->inputs[1]) {
        difference = product->inputs[0];
    }
    // exporters write the difference once or twice
    const ValueId x = centred(div.inputs[0]);
    if (difference == kNoValue || x == kNoValue || centred(difference) != x) return false;
    if (!is_float(network.values[x])) return false;
    const Shape vector = {network.values[x].shape.back()};
    if (network.values[div.outputs[0]].shape != network.values[x].shape) return false;
    const std::vector<float> ones(static_cast<size_t>(vector[0]), 1.0F);
    Tensor gamma = float_tensor(vector, ones);
    Node* next = nullptr;
    if (const Tensor* factors = next_vector(div.outputs[0], "Mul", vector[0], &next)) {
        gamma = float_tensor(vector, factors->as<float>());
        erase_into(*next, div);
    }
    Tensor beta(DataType::f32, vector);
    if (const Tensor* offsets = next_vector(div.outputs[0], "Add", vector[0], &next)) {
        beta = float_tensor(vector, offsets->as<float>());
        erase_into(*next, div);
    }
    div.op = "LayerNormalization";
    div.attributes = {integer_attribute_of("axis", -1), number_attribute_of("epsilon", *epsilon)};
    div.inputs = {x, add_constant(std::move(gamma), div.name), add_constant(std::move(beta), div.name)};
    return true;
}

}  // namespace chipchain
