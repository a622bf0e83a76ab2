// Pools and what works on rows of the last axis.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/network/lower_internal.h"

namespace chipchain {

std::optional<TensorView> Lowering::emit_pool(
    IntegerOp op,
    const TensorView& image,
    const Window& window,
    bool count_padding,
    size_t rank,
    const QuantisedType& y,
    const Clamp& clamp) {
    if (op == IntegerOp::average_pool && !averages_fit(window, count_padding, quant_of(image).scale, y.scale)) {
        refuse("a factor from sum to average is out of range", "Quantise again with scales of similar size");
        return std::nullopt;
    }
    const Shape from = image.dims;
    const auto size = window_output(window, from[1], from[2]);
    IntegerNode node;
    node.op = op;
    node.inputs = {materialise(image)};
    node.window = window;
    node.count_padding = count_padding;
    node.clamp = clamp;
    return from_image(emit(std::move(node), {from[0], size[0], size[1], from[3]}, y), rank);
}

void Lowering::lower_max_pool(const Node& node) {
    if (node.outputs.size() > 1 && node.outputs[1] != kNoValue) {
        return refuse("its second output (indices) is used", "Drop the indices, or keep the node on the host");
    }
    const Held* x = held(0);
    // the largest commutes with everything that grows; a curve may not
    if (x != nullptr && x->kind == HeldKind::curve) return refuse_float(input(0));
    move([this, &node](const TensorView& view) -> std::optional<TensorView> {
        const auto image = image_of(view);
        if (!image) return std::nullopt;
        std::vector<int64_t> kernel = integers_attribute(node, "kernel_shape");
        if (node.op == "GlobalMaxPool") kernel.assign(view.dims.begin() + 2, view.dims.end());
        const auto window = read_window(kernel, *image, true);
        if (!window) return std::nullopt;
        const QuantisedType quant = quant_of(view);
        return emit_pool(IntegerOp::max_pool, *image, *window, false, view.dims.size(), quant, clamp_of(quant));
    });
}

// The window of an average; nothing, refused, when it counts cells that no padding of the node's own reaches.
std::optional<Window> Lowering::average_window(const std::vector<int64_t>& kernel, const TensorView& image) {
    const auto window = read_window(kernel, image, true);
    const auto plain = read_window(kernel, image, false);
    if (!window || !plain) return std::nullopt;
    if (integer_attribute(*node_, "count_include_pad", 0) != 0 && *window != *plain) {
        refuse("it counts padding beyond ceil_mode's edge", "Export without ceil_mode or count_include_pad");
        return std::nullopt;
    }
    return window;
}

void Lowering::lower_average_pool(const Node& node) {
    QuantisedType quant;
    const auto x = stored_in(0, &quant);
    if (!x) return;
    const auto image = image_of(*x);
    if (!image) return;
    std::vector<int64_t> kernel = integers_attribute(node, "kernel_shape");
    if (node.op == "GlobalAveragePool") kernel.assign(x->dims.begin() + 2, x->dims.end());
    const auto window = average_window(kernel, *image);
    if (!window) return;
    const bool count = integer_attribute(node, "count_include_pad", 0) != 0;
    set_pending(
        declared(node.outputs[0]),
        [this, image = *image, window = *window, count, rank = x->dims.size()](
            const QuantisedType& y,
            const Clamp& clamp) { return emit_pool(IntegerOp::average_pool, image, window, count, rank, y, clamp); });
}

// com.microsoft: x, scale, zero of x, scale, zero of y. With the contract's formula, see numerics.h.
void Lowering::lower_qlinear_average_pool(const Node& node) {
    const auto x = operand(0, 1, 2);
    const auto y = tensor_parameters(3, 4);
    if (!x || !y) return;
    const bool last = integer_attribute(node, "channels_last", 0) != 0;
    if (last && x->dims.size() != 4) return refuse("channels_last with another rank than 4", "Export as n, h, w, c");
    const auto image = last ? std::optional(*x) : image_of(*x);
    if (!image) return;
    std::vector<int64_t> kernel = integers_attribute(node, "kernel_shape");
    if (node.op == "QLinearGlobalAveragePool") kernel = {image->dims[1], image->dims[2]};
    if (node.op == "QLinearGlobalAveragePool" && x->dims.size() == 3) kernel = {image->dims[2]};
    const auto window = average_window(kernel, *image);
    if (!window) return;
    const bool count = integer_attribute(node, "count_include_pad", 0) != 0;
    auto view = emit_pool(IntegerOp::average_pool, *image, *window, count, x->dims.size(), *y, clamp_of(*y));
    if (view && last) view = whole(view->base);
    if (view) set_bytes(std::move(*view));
}

// The mean over all axes behind the channels is a global average pool.
void Lowering::lower_reduce_mean(const Node& node) {
    QuantisedType quant;
    const auto x = stored_in(0, &quant);
    if (!x) return;
    const auto axes = integers_of(1, "axes");
    if (!axes) return;
    if (axes->empty() && integer_attribute(node, "noop_with_empty_axes", 0) != 0) return lower_identity(node);
    const size_t rank = x->dims.size();
    std::vector<bool> reduced(rank, axes->empty());
    for (int64_t axis : *axes) {
        const auto at = axis_of(axis, rank);
        if (!at) return refuse("an axis is outside", "Correct the network");
        reduced[*at] = true;
    }
    // rows: the rest of the axes; a mean over a trailing run of axes of an image of one row
    size_t first = rank;
    while (first > 0 && reduced[first - 1]) --first;
    if (first == rank || std::count(reduced.begin(), reduced.begin() + static_cast<ptrdiff_t>(first), true) > 0) {
        return refuse("it reduces axes that are not the last ones", "Transpose so that the reduced axes are last");
    }
    const int64_t outer = element_count({x->dims.begin(), x->dims.begin() + static_cast<ptrdiff_t>(first)});
    const int64_t inner = element_count({x->dims.begin() + static_cast<ptrdiff_t>(first), x->dims.end()});
    if (inner < 1 || inner > INT32_MAX) return refuse("its mean is over too few or too many cells", "Split it");
    const Shape result = declared(node.outputs[0]);
    const bool image = first == 2 && (rank == 3 || rank == 4);
    set_pending(result, [this, x = *x, outer, inner, image, result](const QuantisedType& y, const Clamp& clamp) {
        // as an image: n x (h w) x c; else rows of one channel
        const TensorView v = image ? *image_of(x) : reshaped(x, {outer, 1, inner, 1});
        Window window;
        window.kernel[0] = static_cast<int32_t>(v.dims[1]);
        window.kernel[1] = static_cast<int32_t>(v.dims[2]);
        const auto pooled = emit_pool(IntegerOp::average_pool, v, window, false, 4, y, clamp);
        return pooled ? std::optional(reshaped(*pooled, result)) : std::nullopt;
    });
}

void Lowering::lower_softmax(const Node& node) {
    QuantisedType quant;
    const auto x = stored_in(0, &quant);
    if (!x) return;
    const size_t rank = x->dims.size();
    const auto axis = axis_of(integer_attribute(node, "axis", network_.opset < 13 ? 1 : -1), rank);
    if (!axis) return refuse("its axis is outside", "Correct the network");
    if (network_.opset < 13 && *axis + 1 != rank) {
        return refuse("before opset 13 it flattens all axes from its axis on", "Convert the network to opset 13");
    }
    set_pending(
        x->dims,
        [this, x = *x, axis = *axis](const QuantisedType& y, const Clamp&) {
            TensorView turned = x;
            std::swap(turned.dims[axis], turned.dims.back());
            std::swap(turned.strides[axis], turned.strides.back());
            const bool rows = is_whole(turned) && turned.strides.back() == 1 &&
                              tensor(turned.base).shape.back() == turned.dims.back();
            if (!rows) turned = whole(materialise(turned));
            IntegerNode softmax;
            softmax.op = IntegerOp::softmax;
            softmax.inputs = {turned.base};
            softmax.exponentials = softmax_table(quant_of(turned).scale);
            const Shape shape = tensor(turned.base).shape;
            turned.base = emit(std::move(softmax), shape, y);
            std::swap(turned.dims[axis], turned.dims.back());
            std::swap(turned.strides[axis], turned.strides.back());
            return std::optional(turned);
        },
        false);
}

// A DequantizeLinear of int32 constants, as quantisers write the offsets of normalisations.
std::optional<std::vector<float>> Lowering::dequantised_words(size_t i) const {
    const size_t from = has_input(i) ? producer_[input(i)] : SIZE_MAX;
    if (from == SIZE_MAX || network_.nodes[from].op != "DequantizeLinear") return std::nullopt;
    const Node& node = network_.nodes[from];
    const auto& words = network_.values[node.inputs[0]].constant;
    const auto& scale = network_.values[node.inputs[1]].constant;
    const bool has_zero = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
    const auto* zero = has_zero ? &network_.values[node.inputs[2]].constant : nullptr;
    if (!words || words->type != DataType::s32 || words->shape.size() != 1) return std::nullopt;
    if (!scale || scale->type != DataType::f32 || scale->count() != 1 ||
        (zero != nullptr && (!*zero || (*zero)->type != DataType::s32)))
        return std::nullopt;
    const int32_t offset = zero == nullptr ? 0 : (*zero)->as<int32_t>()[0];
    std::vector<float> result;
    for (const int32_t word : words->as<int32_t>()) result.push_back(dequantise(word, scale->as<float>()[0], offset));
    return result;
}

std::optional<std::vector<float>> Lowering::float_constant(size_t i) {
    const Tensor* data = constant(i);
    if (data != nullptr && data->type == DataType::f32) {
        return std::vector<float>(data->as<float>().begin(), data->as<float>().end());
    }
    if (auto words = dequantised_words(i)) return words;
    const Held* value = held(i);
    const bool known = value != nullptr && value->kind == HeldKind::stored && value->view.dims.size() == 1 &&
                       tensor(value->view.base).constant;
    if (!known) {
        refuse(fmt::format("its input {} is no constant", i), "Fold the constant before the network is read");
        return std::nullopt;
    }
    std::vector<float> result;
    for (uint8_t bits : view_bytes(value->view)) {
        const float scale = value->quant.scales[value->quant.one() ? 0 : result.size()];
        result.push_back(dequantise(value_of(bits, value->quant.type), scale, value->quant.zero));
    }
    return result;
}

void Lowering::lower_layer_norm(const Node& node) {
    QuantisedType quant;
    const auto x = stored_in(0, &quant);
    if (!x) return;
    const size_t rank = x->dims.size();
    const auto axis = axis_of(integer_attribute(node, "axis", -1), rank);
    if (!axis || *axis + 1 != rank) {
        return refuse(
            "it normalises more than the last axis",
            "Transpose or flatten so that the last axis is normalised");
    }
    for (size_t i = 1; i < node.outputs.size(); ++i) {
        if (node.outputs[i] != kNoValue) return refuse("its mean or deviation is used", "Drop these outputs");
    }
    LayerNorm norm;
    auto gamma = float_constant(1);
    if (!gamma) return;
    norm.gamma = std::move(*gamma);
    norm.beta.assign(norm.gamma.size(), 0.0F);
    if (has_input(2)) {
        auto beta = float_constant(2);
        if (!beta) return;
        norm.beta = std::move(*beta);
    }
    norm.epsilon = number_attribute(node, "epsilon", 1e-5F);
    const auto finite = [](const std::vector<float>& values) {
        return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
    };
    if (!finite(norm.gamma) || !finite(norm.beta) || !std::isfinite(norm.epsilon) || norm.epsilon < 0) {
        return refuse("its scale, offset or epsilon is not finite, or epsilon negative", "Correct the network");
    }
    set_pending(
        x->dims,
        [this, x = *x, norm](const QuantisedType& y, const Clamp&) {
            TensorView rows = x;
            const bool fits =
                is_whole(rows) && rows.strides.back() == 1 && tensor(rows.base).shape.back() == rows.dims.back();
            if (!fits) rows = whole(materialise(rows));
            IntegerNode layer;
            layer.op = IntegerOp::layer_norm;
            layer.inputs = {rows.base};
            layer.norm = norm;
            const Shape shape = tensor(rows.base).shape;
            rows.base = emit(std::move(layer), shape, y);
            return std::optional(rows);
        },
        false);
}

}  // namespace chipchain
