// Convolutions and matrix products.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/network/lower_internal.h"

namespace chipchain {

namespace {

// Pads of auto_pad for one axis: SAME_UPPER puts the odd cell at the end, SAME_LOWER at the begin. False where they are
// beyond what a window holds.
bool set_same_pads(Window& window, size_t axis, int64_t size, bool upper) {
    const int64_t outputs = (size + window.stride[axis] - 1) / window.stride[axis];
    const int64_t reach = int64_t{window.dilation[axis]} * (window.kernel[axis] - 1) + 1;
    const int64_t wanted = std::max<int64_t>(0, (outputs - 1) * window.stride[axis] + reach - size);
    if (wanted > kMostWindow) return false;
    const auto total = static_cast<int32_t>(wanted);
    window.pad_begin[axis] = upper ? total / 2 : total - total / 2;
    window.pad_end[axis] = total - window.pad_begin[axis];
    return true;
}

// Weights of one group as IntegerNode has them: [kh][kw][c][k] from [k][c][kh][kw], reading by at(k, c, h, w).
template <class At>
std::vector<uint8_t> packed_weights(int64_t groups, const Window& window, int64_t c, int64_t k, At at) {
    std::vector<uint8_t> packed;
    packed.reserve(static_cast<size_t>(groups * window.kernel[0] * window.kernel[1] * c * k));
    for (int64_t g = 0; g < groups; ++g) {
        for (int64_t h = 0; h < window.kernel[0]; ++h) {
            for (int64_t w = 0; w < window.kernel[1]; ++w) {
                for (int64_t i = 0; i < c; ++i) {
                    for (int64_t j = 0; j < k; ++j) packed.push_back(at(g, j, i, h, w));
                }
            }
        }
    }
    return packed;
}

// A view of rank 3 (k, c, w) as rank 4 (k, c, 1, w).
TensorView with_height(const TensorView& view) {
    if (view.dims.size() == 4) return view;
    return {
        view.base,
        {view.dims[0], view.dims[1], 1, view.dims[2]},
        {view.strides[0], view.strides[1], 0, view.strides[2]},
        view.offset};
}

}  // namespace

std::optional<Window>
Lowering::read_window(const std::vector<int64_t>& kernel, const TensorView& image, bool fix_ceil) {
    const size_t axes = kernel.size();
    const auto bad = [&](std::string_view what) -> std::optional<Window> {
        refuse(fmt::format("its {} do not fit", what), "Correct the network");
        return std::nullopt;
    };
    if (axes != 1 && axes != 2) return bad("kernel dimensions");
    Window window;
    const auto fill = [&](std::string_view name, int32_t* target, size_t first, size_t count, int64_t least) {
        const std::vector<int64_t> values = integers_attribute(*node_, name);
        if (values.empty()) return true;
        if (values.size() != count) return false;
        for (size_t d = 0; d < axes; ++d) {
            const int64_t value = values[first + d];
            if (value < least || value > kMostWindow) return false;
            target[2 - axes + d] = static_cast<int32_t>(value);
        }
        return true;
    };
    for (size_t d = 0; d < axes; ++d) {
        if (kernel[d] < 1 || kernel[d] > kMostWindow) return bad("kernel dimensions");
        window.kernel[2 - axes + d] = static_cast<int32_t>(kernel[d]);
    }
    if (!fill("strides", window.stride, 0, axes, 1)) return bad("strides");
    if (!fill("dilations", window.dilation, 0, axes, 1)) return bad("dilations");
    if (!fill("pads", window.pad_begin, 0, 2 * axes, 0)) return bad("pads");
    if (!fill("pads", window.pad_end, axes, 2 * axes, 0)) return bad("pads");
    const std::string automatic = text_attribute(*node_, "auto_pad", "NOTSET");
    for (size_t d = 2 - axes; d < 2; ++d) {
        const int64_t size = image.dims[d + 1];
        if (automatic == "VALID") window.pad_begin[d] = window.pad_end[d] = 0;
        if (automatic.starts_with("SAME") && !set_same_pads(window, d, size, automatic == "SAME_UPPER")) {
            return bad("pads");
        }
        if (!fix_ceil || integer_attribute(*node_, "ceil_mode", 0) == 0 || automatic.starts_with("SAME")) continue;
        // ceil_mode: one more place where it still starts inside the tensor or its leading pad
        const int64_t reach = int64_t{window.dilation[d]} * (window.kernel[d] - 1) + 1;
        const int64_t room = size + window.pad_begin[d] + window.pad_end[d] - reach;
        if (room < 0 || room % window.stride[d] == 0) continue;
        const int64_t next = (room / window.stride[d] + 1) * window.stride[d];
        if (next < size + window.pad_begin[d]) window.pad_end[d] += static_cast<int32_t>(next - room);
    }
    return window;
}

std::optional<ConvPlan> Lowering::plan_conv(const TensorView& x, const TensorView& w, const Quantisation& wq) {
    const size_t rank = x.dims.size();
    const auto image = image_of(x);
    if (!image) return std::nullopt;
    if (!tensor(w.base).constant) {
        refuse("its weights are computed", "Use MatMul for products of two computed values");
        return std::nullopt;
    }
    const int64_t groups = integer_attribute(*node_, "group", 1);
    const bool fits = w.dims.size() == rank && groups >= 1 && w.dims[0] % groups == 0 &&
                      w.dims[1] * groups == x.dims[1] && (wq.one() || wq.axis == 0);
    if (!fits) {
        refuse("its weights do not fit its input", "Correct the network");
        return std::nullopt;
    }
    const auto window = read_window({w.dims.begin() + 2, w.dims.end()}, *image, false);
    if (!window) return std::nullopt;
    const TensorView four = with_height(w);
    const int64_t columns = w.dims[0] / groups;
    const std::vector<uint8_t>& bytes = tensor(w.base).bytes;
    ConvPlan plan;
    plan.x = *image;
    plan.window = *window;
    plan.groups = static_cast<int32_t>(groups);
    plan.channels = w.dims[0];
    plan.weight_type = {wq.type, *std::max_element(wq.scales.begin(), wq.scales.end()), wq.zero};
    plan.weight_scales = wq.scales;
    plan.weight_shape = {groups, window->kernel[0], window->kernel[1], w.dims[1], columns};
    plan.weights =
        packed_weights(groups, *window, w.dims[1], columns, [&](int64_t g, int64_t k, int64_t c, int64_t h, int64_t v) {
            const auto& s = four.strides;
            return bytes[static_cast<size_t>(four.offset + (g * columns + k) * s[0] + c * s[1] + h * s[2] + v * s[3])];
        });
    plan.rank = rank;
    return plan;
}

// The image with zeros put between its cells: cell i of height and width at stride * i.
std::optional<TensorView> Lowering::spread_cells(const TensorView& image, const Window& window) {
    Shape spread = image.dims;
    for (size_t d = 0; d < 2; ++d) spread[d + 1] = (image.dims[d + 1] - 1) * window.stride[d] + 1;
    if (spread == image.dims) return image;
    if (element_count(spread, int64_t{1} << 31) < 0) {
        refuse("its strides spread its input beyond what a tensor holds", "Use smaller strides");
        return std::nullopt;
    }
    MoveBox box{0, image.dims, image.strides, dense_strides(spread), image.offset, 0};
    for (size_t d = 0; d < 2; ++d) box.target_strides[d + 1] *= window.stride[d];
    const QuantisedType quant = quant_of(image);
    IntegerNode insert;
    insert.inputs = {image.base};
    insert.boxes = {box};
    insert.fill = static_cast<uint8_t>(quant.zero);
    return whole(emit(std::move(insert), spread, quant));
}

// As a convolution of stride 1, with the kernel turned about, on the input with zeros put between its cells.
std::optional<ConvPlan>
Lowering::plan_conv_transpose(const TensorView& x, const TensorView& w, const Quantisation& wq) {
    const size_t rank = x.dims.size();
    const auto image = image_of(x);
    if (!image) return std::nullopt;
    const int64_t groups = integer_attribute(*node_, "group", 1);
    const bool fits = tensor(w.base).constant && w.dims.size() == rank && groups >= 1 && w.dims[0] % groups == 0 &&
                      w.dims[0] == x.dims[1] && (wq.one() || wq.axis == 1);
    if (!fits || (!wq.one() && groups != 1)) {
        refuse("its weights are not constants that fit its input", "Correct the network");
        return std::nullopt;
    }
    if (!text_attribute(*node_, "auto_pad", "NOTSET").starts_with("NOT") || find_attribute(*node_, "output_shape")) {
        refuse("auto_pad and output_shape are not supported", "State pads and output_padding");
        return std::nullopt;
    }
    const auto window = read_window({w.dims.begin() + 2, w.dims.end()}, *image, false);
    if (!window) return std::nullopt;
    const std::vector<int64_t> extra = integers_attribute(*node_, "output_padding");
    ConvPlan plan;
    plan.window = *window;
    for (size_t d = 0; d < 2; ++d) {
        const int64_t reach = int64_t{window->dilation[d]} * (window->kernel[d] - 1);
        const size_t axes = rank - 2;
        const int64_t more = d >= 2 - axes && extra.size() == axes ? extra[d - (2 - axes)] : 0;
        if (reach > kMostWindow || more < 0 || more > kMostWindow) {
            refuse("its kernel or output_padding does not fit", "Correct the network");
            return std::nullopt;
        }
        plan.window.pad_begin[d] = static_cast<int32_t>(reach - window->pad_begin[d]);
        plan.window.pad_end[d] = static_cast<int32_t>(reach - window->pad_end[d] + more);
        plan.window.stride[d] = 1;
        if (plan.window.pad_begin[d] >= 0 && plan.window.pad_end[d] >= 0) continue;
        refuse("its pads exceed its kernel", "Crop with Slice behind it instead");
        return std::nullopt;
    }
    const auto spread = spread_cells(*image, *window);
    if (!spread) return std::nullopt;
    plan.x = *spread;
    const TensorView four = with_height(w);
    const int64_t inputs = w.dims[0] / groups;
    const std::vector<uint8_t>& bytes = tensor(w.base).bytes;
    plan.groups = static_cast<int32_t>(groups);
    plan.channels = w.dims[1] * groups;
    plan.weight_type = {wq.type, *std::max_element(wq.scales.begin(), wq.scales.end()), wq.zero};
    plan.weight_scales = wq.scales;
    plan.weight_shape = {groups, window->kernel[0], window->kernel[1], inputs, w.dims[1]};
    plan.weights =
        packed_weights(groups, *window, inputs, w.dims[1], [&](int64_t g, int64_t k, int64_t c, int64_t h, int64_t v) {
            const auto& s = four.strides;
            const int64_t turned = (window->kernel[0] - 1 - h) * s[2] + (window->kernel[1] - 1 - v) * s[3];
            return bytes[static_cast<size_t>(four.offset + (g * inputs + c) * s[0] + k * s[1] + turned)];
        });
    plan.rank = rank;
    return plan;
}

std::optional<std::vector<Rescale>> Lowering::rescales_of(float sx, const std::vector<float>& sw, float sy) {
    std::vector<Rescale> result;
    for (float s : sw) {
        if (options_.mode == RequantMode::f32_rne) {
            result.push_back({RequantMode::f32_rne, product_scale(sx, s, sy), 0, 0});
            if (std::isfinite(result.back().scale)) continue;
            refuse("a factor from sum to output is not finite", "Quantise again with scales of similar size");
            return std::nullopt;
        }
        // as TFLite computes it: in double
        const double factor = double{sx} * double{s} / double{sy};
        if (factor >= 0x1p29) {
            refuse("a factor from sum to output is beyond what a multiplier holds", "Use the mode f32_rne");
            return std::nullopt;
        }
        result.push_back(fixed_rescale(factor, options_.mode));
    }
    return result;
}

std::optional<std::vector<int32_t>>
Lowering::bias_of(size_t i, int64_t channels, float scale_x, const std::vector<float>& scales) {
    std::vector<int32_t> bias;
    if (!has_input(i)) return bias;
    const Tensor* data = constant(i);
    const auto bad = [&](std::string_view why) -> std::optional<std::vector<int32_t>> {
        refuse(
            fmt::format("its bias {}", why),
            "Quantise the bias to int32 with scale s_x * s_w and zero point 0 (DequantizeLinear of an int32 constant)");
        return std::nullopt;
    };
    // QDQ form: a DequantizeLinear of an int32 constant with the scale of the sums
    if (data == nullptr || data->type == DataType::f32) {
        const size_t from = producer_[input(i)];
        if (from == SIZE_MAX || network_.nodes[from].op != "DequantizeLinear") return bad("is a float");
        const Node& dequantize = network_.nodes[from];
        const auto& raw = network_.values[dequantize.inputs[0]].constant;
        const auto& stated = network_.values[dequantize.inputs[1]].constant;
        if (!raw || raw->type != DataType::s32) return bad("is not int32");
        if (!stated || stated->type != DataType::f32) return bad("has no constant scale");
        const bool zero_stated = dequantize.inputs.size() > 2 && dequantize.inputs[2] != kNoValue;
        const auto* zero = zero_stated ? &network_.values[dequantize.inputs[2]].constant : nullptr;
        if (zero != nullptr && (!*zero || std::any_of((*zero)->bytes.begin(), (*zero)->bytes.end(), [](std::byte b) {
                return b != std::byte{0};
            }))) {
            return bad("has a zero point that is not 0");
        }
        const auto given = stated->as<float>();
        const size_t count = std::max(given.size(), scales.size());
        if (given.size() != 1 && static_cast<int64_t>(given.size()) != channels) return bad("has too many scales");
        for (size_t c = 0; c < count; ++c) {
            const float due = scale_x * scales[scales.size() == 1 ? 0 : c % scales.size()];
            const float is = given[given.size() == 1 ? 0 : c % given.size()];
            // exporters round the product in binary32 or binary64: one last place apart
            if (std::fabs(is - due) > due * 0x1p-22F) return bad("has another scale than its sums");
        }
        data = &*raw;
    }
    // one per row of Gemm's result ([M, 1]) has as many where the result is square
    const bool per_channel = data->count() == channels && (channels == 1 || data->shape.back() == channels);
    if (data->type != DataType::s32 || !per_channel) return bad("is not int32 of one number per channel");
    bias.assign(data->as<int32_t>().begin(), data->as<int32_t>().end());
    return bias;
}

std::optional<TensorView> Lowering::emit_conv(const ConvPlan& plan, const QuantisedType& y, const Clamp& clamp) {
    const Shape image_shape = plan.x.dims;
    const auto size = window_output(plan.window, image_shape[1], image_shape[2]);
    const TensorId x = materialise(plan.x);
    auto rescale = rescales_of(tensor(x).quant.scale, plan.weight_scales, y.scale);
    if (!rescale) return std::nullopt;
    IntegerNode node;
    node.op = IntegerOp::conv;
    node.inputs = {x, add_constant(node_name() + ".weights", plan.weight_shape, plan.weight_type, plan.weights)};
    node.window = plan.window;
    node.groups = plan.groups;
    node.bias = plan.bias;
    node.rescale = std::move(*rescale);
    node.clamp = clamp;
    return from_image(emit(std::move(node), {image_shape[0], size[0], size[1], plan.channels}, y), plan.rank);
}

// x, scale, zero, w, scale, zero, scale, zero of y, bias
void Lowering::lower_qlinear_conv(const Node&) {
    const auto x = operand(0, 1, 2);
    const auto w = bytes_in(3);
    if (!x || !w) return;
    const auto wq = parameters(4, 5, 0, quant_of(*w).type);
    const auto y = tensor_parameters(6, 7);
    if (!wq || !y) return;
    auto plan = plan_conv(*x, *w, *wq);
    if (!plan) return;
    auto bias = bias_of(8, plan->channels, quant_of(*x).scale, wq->scales);
    if (!bias) return;
    plan->bias = std::move(*bias);
    if (auto view = emit_conv(*plan, *y, clamp_of(*y))) set_bytes(std::move(*view));
}

void Lowering::lower_conv(const Node& node) {
    QuantisedType quant;
    const auto x = stored_in(0, &quant);
    const Held* w = held(1);
    if (!x) return;
    if (w == nullptr || w->kind != HeldKind::stored) return refuse_float(input(1));
    const bool turned = node.op == "ConvTranspose";
    auto plan = turned ? plan_conv_transpose(*x, w->view, w->quant) : plan_conv(*x, w->view, w->quant);
    if (!plan) return;
    auto bias = bias_of(2, plan->channels, quant.scale, w->quant.scales);
    if (!bias) return;
    plan->bias = std::move(*bias);
    set_pending(declared(node.outputs[0]), [this, plan = std::move(*plan)](const QuantisedType& y, const Clamp& clamp) {
        return emit_conv(plan, y, clamp);
    });
}

std::optional<TensorView> Lowering::emit_matmul(
    const TensorView& a,
    const TensorView& b,
    const std::vector<float>& b_scales,
    const std::vector<int32_t>& bias,
    const QuantisedType& y,
    const Clamp& clamp) {
    const size_t rank = std::max(a.dims.size(), b.dims.size());
    if (a.dims.size() < 2 || b.dims.size() < 2 || a.dims.back() != b.dims[b.dims.size() - 2]) {
        refuse("its operands are not matrices that fit", "Reshape vectors to matrices of one row or column");
        return std::nullopt;
    }
    // leading dimensions of both, repeated where one has fewer
    const auto with_lead = [](const TensorView& v, const Shape& lead) {
        TensorView r{v.base, lead, std::vector<int64_t>(lead.size(), 0), v.offset};
        const size_t own = v.dims.size() - 2;
        // without `lead`, all own leading dimensions are one
        for (size_t d = 0; d < own && !lead.empty(); ++d) {
            const size_t at = lead.size() - own + d;
            if (v.dims[d] == lead[at]) r.strides[at] = v.strides[d];
        }
        r.dims.insert(r.dims.end(), v.dims.end() - 2, v.dims.end());
        r.strides.insert(r.strides.end(), v.strides.end() - 2, v.strides.end());
        return r;
    };
    Shape lead(rank - 2, 1);
    for (const TensorView* v : {&a, &b}) {
        const size_t own = v->dims.size() - 2;
        for (size_t d = 0; d < own; ++d) {
            int64_t& size = lead[lead.size() - own + d];
            if (size == 1) size = v->dims[d];
            if (v->dims[d] == 1 || v->dims[d] == size) continue;
            refuse("the leading dimensions of its operands do not fit", "Correct the network");
            return std::nullopt;
        }
    }
    const bool one_b = element_count({b.dims.begin(), b.dims.end() - 2}) == 1;
    const TensorId left = materialise(with_lead(a, lead));
    const TensorId right = materialise(with_lead(b, one_b ? Shape{} : lead));
    auto rescale = rescales_of(tensor(left).quant.scale, b_scales, y.scale);
    if (!rescale) return std::nullopt;
    IntegerNode node;
    node.op = IntegerOp::matmul;
    node.inputs = {left, right};
    node.bias = bias;
    node.rescale = std::move(*rescale);
    node.clamp = clamp;
    Shape shape = lead;
    shape.push_back(a.dims[a.dims.size() - 2]);
    shape.push_back(b.dims.back());
    return whole(emit(std::move(node), shape, y));
}

// a, scale, zero, b, scale, zero, scale, zero of y
void Lowering::lower_qlinear_matmul(const Node&) {
    const auto a = operand(0, 1, 2);
    const auto b = bytes_in(3);
    if (!a || !b) return;
    const auto bq = parameters(4, 5, static_cast<int64_t>(b->dims.size()) - 1, quant_of(*b).type);
    const auto y = tensor_parameters(6, 7);
    if (!bq || !y) return;
    const bool per_column = static_cast<int64_t>(bq->scales.size()) == (b->dims.empty() ? 0 : b->dims.back());
    if (!bq->one() && !per_column) return refuse("its scales are not one per column", "Quantise b per column");
    const TensorView under = requantised(*b, bq->tensor());
    if (auto view = emit_matmul(*a, under, bq->scales, {}, *y, clamp_of(*y))) set_bytes(std::move(*view));
}

void Lowering::lower_matmul(const Node& node) {
    QuantisedType quant;
    const auto a = stored_in(0, &quant);
    const Held* b = held(1);
    if (!a) return;
    if (b == nullptr || b->kind != HeldKind::stored) return refuse_float(input(1));
    const auto rank = static_cast<int64_t>(b->view.dims.size());
    if (!b->quant.one() && b->quant.axis != rank - 1) {
        return refuse("its scales are not one per column", "Quantise b along its last axis");
    }
    const TensorView under = requantised(b->view, b->quant.tensor());
    set_pending(
        declared(node.outputs[0]),
        [this, a = *a, under, scales = b->quant.scales](const QuantisedType& y, const Clamp& clamp) {
            return emit_matmul(a, under, scales, {}, y, clamp);
        });
}

void Lowering::lower_gemm(const Node& node) {
    QuantisedType quant;
    const auto a = stored_in(0, &quant);
    const Held* b = held(1);
    if (!a) return;
    if (b == nullptr || b->kind != HeldKind::stored) return refuse_float(input(1));
    if (number_attribute(node, "alpha", 1) != 1 || (has_input(2) && number_attribute(node, "beta", 1) != 1)) {
        return refuse("alpha or beta is not 1", "Fold alpha and beta into the weights and the bias");
    }
    if (a->dims.size() != 2 || b->view.dims.size() != 2) return refuse("its operands are no matrices", "Use MatMul");
    const auto turned = [](const TensorView& v) {
        return TensorView{v.base, {v.dims[1], v.dims[0]}, {v.strides[1], v.strides[0]}, v.offset};
    };
    const bool turn_b = integer_attribute(node, "transB", 0) != 0;
    if (!b->quant.one() && b->quant.axis != (turn_b ? 0 : 1)) {
        return refuse("its scales are not one per column", "Quantise b per output channel");
    }
    const TensorView left = integer_attribute(node, "transA", 0) != 0 ? turned(*a) : *a;
    const TensorView under = requantised(b->view, b->quant.tensor());
    const TensorView right = turn_b ? turned(under) : under;
    auto bias = bias_of(2, right.dims[1], quant.scale, b->quant.scales);
    if (!bias) return;
    set_pending(
        declared(node.outputs[0]),
        [this, left, right, scales = b->quant.scales, bias = std::move(*bias)](
            const QuantisedType& y,
            const Clamp& clamp) { return emit_matmul(left, right, scales, bias, y, clamp); });
}

}  // namespace chipchain
