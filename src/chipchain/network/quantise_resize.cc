// Resize that interpolates as products with constant matrices, one axis after the other: the weights of each output
// cell are a column, those that evaluate() takes. Whatever the factor, the coordinates and the mode, linear or cubic.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/quantise_internal.h"

namespace chipchain {
namespace {

constexpr int64_t kMostWeights = int64_t{1} << 24;  // of one axis; assumption: 4,096 cells to 4,096 and no more

// One axis of a Resize: its length before and after, and the factor that is stated (else that of the lengths).
struct Axis {
    int64_t from = 1;
    int64_t to = 1;
    std::optional<float> scale;
    [[nodiscard]] bool changes() const { return from != to || scale.value_or(1) != 1; }
};

// The weights [from, to] of an axis: what the same Resize makes of each unit vector. Nothing when it cannot.
std::optional<Tensor> weights_of(const Node& resize, int64_t opset, const Axis& axis) {
    Network one;
    one.opset = opset;
    const auto add = [&](std::optional<Tensor> tensor) {
        NetworkValue& value = one.values.emplace_back();
        value.name = fmt::format("{}", one.values.size());
        value.constant = std::move(tensor);
        return static_cast<ValueId>(one.values.size() - 1);
    };
    Tensor unit(DataType::f32, {axis.from, axis.from});
    for (int64_t i = 0; i < axis.from; ++i) unit.as<float>()[static_cast<size_t>(i * axis.from + i)] = 1;
    Node node = resize;
    std::erase_if(node.attributes, [](const Attribute& a) { return a.name == "axes"; });
    const ValueId x = add(std::move(unit));
    if (axis.scale) {
        const float scales[] = {1, *axis.scale};
        node.inputs = {x, kNoValue, add(float_tensor({2}, scales))};
    } else {
        const int64_t sizes[] = {axis.from, axis.to};
        node.inputs = {x, kNoValue, kNoValue, add(integer_tensor(sizes))};
    }
    node.outputs = {add(std::nullopt)};
    one.outputs = node.outputs;
    one.nodes.push_back(std::move(node));
    auto result = evaluate(one, {});
    if (!result || result->at(0).shape != Shape{axis.from, axis.to}) return std::nullopt;
    return std::move(result->at(0));
}

// The range of sums of values of `range` with the weights of any column.
ValueRange range_of_sums(const Tensor& weights, const ValueRange& range) {
    const auto columns = static_cast<size_t>(weights.shape[1]);
    const auto values = weights.as<float>();
    ValueRange sums{INFINITY, -INFINITY, range.seen};
    for (size_t n = 0; n < columns; ++n) {
        double low = 0;
        double high = 0;
        for (size_t k = 0; k < values.size() / columns; ++k) {
            const auto w = double{values[k * columns + n]};
            low += w * double{w < 0 ? range.high : range.low};
            high += w * double{w < 0 ? range.low : range.high};
        }
        sums.low = std::min(sums.low, static_cast<float>(low));
        sums.high = std::max(sums.high, static_cast<float>(high));
    }
    return sums;
}

// The axes of a Resize node, or nothing when its scales or sizes are computed.
std::optional<std::vector<Axis>> axes_of(const Node& node, const Tensor* scales, const Shape& from, const Shape& to) {
    std::vector<Axis> axes;
    for (size_t d = 0; d < from.size(); ++d) axes.push_back({from[d], to[d], std::nullopt});
    if (scales == nullptr || scales->count() == 0) return axes;
    std::vector<int64_t> stated = integers_attribute(node, "axes");
    if (stated.empty()) {
        stated.resize(from.size());
        std::iota(stated.begin(), stated.end(), int64_t{0});
    }
    if (scales->type != DataType::f32 || scales->count() != static_cast<int64_t>(stated.size())) return std::nullopt;
    for (size_t i = 0; i < stated.size(); ++i) {
        const int64_t d = stated[i] < 0 ? stated[i] + static_cast<int64_t>(from.size()) : stated[i];
        if (d < 0 || d >= static_cast<int64_t>(from.size())) return std::nullopt;
        axes[static_cast<size_t>(d)].scale = scales->as<float>()[i];
    }
    return axes;
}

}  // namespace

bool Rewriter::resize_to_matmul(size_t at) {
    const Node node = network.nodes[at];
    const std::string mode = text_attribute(node, "mode", "nearest");
    if (node.op != "Resize" || mode == "nearest" ||
        text_attribute(node, "coordinate_transformation_mode", "") == "tf_crop_and_resize") {
        return false;
    }
    Shape shape = network.values[node.inputs[0]].shape;
    const ValueId result = node.outputs[0];
    const auto axes = axes_of(node, constant(node, 2), shape, network.values[result].shape);
    if (!axes || shape.size() < 2 || element_count(shape) < 1) return false;
    std::vector<Node> made;
    const auto add = [&](std::string_view op, size_t d, ValueRange range, std::vector<ValueId> inputs) {
        Node& step = made.emplace_back();
        step.name = fmt::format("{}/axis{}/{}", node.name, d, made.size());
        step.op = op;
        step.inputs = std::move(inputs);
        step.outputs = {add_value(shape, step.name, range)};
        return step.outputs[0];
    };
    ValueId x = node.inputs[0];
    ValueRange range = ranges[x];
    const size_t last = shape.size() - 1;
    const auto turn = [&](size_t d) {
        std::vector<int64_t> order(shape.size());
        std::iota(order.begin(), order.end(), int64_t{0});
        std::swap(order[d], order[last]);
        std::swap(shape[d], shape[last]);
        x = add("Transpose", d, range, {x});
        made.back().attributes = {integers_attribute_of("perm", std::move(order))};
    };
    for (size_t d = 0; d <= last; ++d) {
        const Axis& axis = (*axes)[d];
        if (!axis.changes()) continue;
        if (axis.to < 1 || axis.from > kMostWeights / axis.to) return false;
        auto weights = weights_of(node, network.opset, axis);
        if (!weights) return false;
        if (d != last) turn(d);
        range = range_of_sums(*weights, range);
        shape[last] = axis.to;
        const ValueId matrix = add_constant(std::move(*weights), node.name);
        x = add("MatMul", d, range, {x, matrix});
        if (d != last) turn(d);
    }
    if (made.empty()) add("Reshape", 0, range, {x, add_constant(integer_tensor(shape), "shape")});
    made.back().outputs = {result};
    network.nodes[at] = std::move(made[0]);
    network.nodes.insert(
        network.nodes.begin() + static_cast<std::ptrdiff_t>(at) + 1,
        std::make_move_iterator(made.begin() + 1),
        std::make_move_iterator(made.end()));
    return true;
}

}  // namespace chipchain
