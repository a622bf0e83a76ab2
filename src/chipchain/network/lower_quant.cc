// QuantizeLinear, DequantizeLinear and what stands between them one element at a time.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/network/lower_internal.h"

namespace chipchain {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Functions that binary32 computes without a function table: see lower.h.
std::optional<float> plain_value(TableFunction function, float x, float alpha, float beta) {
    if (function == TableFunction::identity) return x;
    if (function == TableFunction::relu) return x > 0 ? x : 0.0F;
    if (function == TableFunction::leaky_relu) return x < 0 ? alpha * x : x;
    if (function == TableFunction::clip) return std::min(std::max(x, alpha), beta);
    if (function == TableFunction::negate) return -x;
    if (function == TableFunction::absolute) return std::fabs(x);
    return std::nullopt;
}

ByteTable table_of(const std::array<float, 256>& values, const QuantisedType& y) {
    ByteTable table{};
    const Clamp clamp = clamp_of(y);
    for (size_t bits = 0; bits < 256; ++bits) {
        table[bits] = static_cast<uint8_t>(quantise(values[bits], y.scale, clamp));
    }
    return table;
}

float binary_value(std::string_view op, float a, float b) {
    if (op == "Add") return a + b;
    if (op == "Sub") return a - b;
    if (op == "Mul") return a * b;
    if (op == "Div") return a / b;
    return op == "Max" ? std::max(a, b) : std::min(a, b);
}

// A view with leading dimensions of one, or repeated, so that it has the dims of `full`; nothing when it does not fit.
std::optional<TensorView> broadcast(const TensorView& view, const Shape& full) {
    if (view.dims.size() > full.size()) return std::nullopt;
    TensorView result{view.base, full, std::vector<int64_t>(full.size(), 0), view.offset};
    const size_t lead = full.size() - view.dims.size();
    for (size_t d = 0; d < view.dims.size(); ++d) {
        if (view.dims[d] == full[lead + d]) {
            result.strides[lead + d] = view.strides[d];
        } else if (view.dims[d] != 1) {
            return std::nullopt;
        }
    }
    return result;
}

std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b) {
    Shape full(std::max(a.size(), b.size()), 1);
    for (const Shape* shape : {&a, &b}) {
        for (size_t d = 0; d < shape->size(); ++d) {
            int64_t& size = full[full.size() - shape->size() + d];
            if (size == 1) size = (*shape)[d];
            if ((*shape)[d] != 1 && (*shape)[d] != size) return std::nullopt;
        }
    }
    return full;
}

}  // namespace

void Lowering::lower_dequantize(const Node& node) {
    const Tensor* data = constant(0);
    // int32 is a bias: whoever adds it looks through this node
    if (data != nullptr && data->type == DataType::s32) return;
    const auto view = bytes_in(0);
    if (!view) return;
    const NetworkValue& y = network_.values[node.outputs[0]];
    if (y.typed && y.type != DataType::f32) return refuse("its output is not f32", "Dequantise to f32");
    auto quant = parameters(1, 2, integer_attribute(node, "axis", 1), quant_of(*view).type);
    if (!quant) return;
    if (!quant->one() && integer_attribute(node, "block_size", 0) != 0) {
        return refuse("it has one scale per block", "Quantise weights with one scale per channel");
    }
    Held value;
    value.kind = HeldKind::stored;
    value.view = quant->one() ? requantised(*view, quant->tensor()) : *view;
    value.quant = std::move(*quant);
    if (!value.quant.one()) {
        const auto axis = axis_of(value.quant.axis, view->dims.size());
        if (!tensor(view->base).constant || !axis ||
            view->dims[*axis] != static_cast<int64_t>(value.quant.scales.size())) {
            return refuse("an activation has one scale per channel", "Quantise activations with one scale per tensor");
        }
        value.quant.axis = static_cast<int64_t>(*axis);
    }
    set(0, std::move(value));
}

void Lowering::lower_quantize(const Node& node) {
    const Tensor* data = constant(0);
    const auto type = quantised_type(node);
    if (!type) return refuse("its output is neither u8 nor s8", "Quantise to 8 bits");
    const auto quant = parameters(1, 2, 0, *type);
    if (!quant) return;
    if (data != nullptr) {
        if (data->type != DataType::f32 || !quant->one()) {
            return refuse("its constant is not f32 with one scale", "Fold the constant before the network is read");
        }
        std::vector<uint8_t> bytes;
        for (float x : data->as<float>()) {
            bytes.push_back(static_cast<uint8_t>(quantise(x, quant->scales[0], clamp_of(quant->tensor()))));
        }
        const std::string& name = network_.values[node.outputs[0]].name;
        return set_bytes(whole(add_constant(name, data->shape, quant->tensor(), std::move(bytes))));
    }
    if (!quant->one()) {
        return refuse("an activation has one scale per channel", "Quantise activations with one scale per tensor");
    }
    const QuantisedType y = quant->tensor();
    const Held* value = held(0);
    if (value == nullptr || value->kind == HeldKind::none || value->kind == HeldKind::bytes) {
        return refuse_float(input(0));
    }
    if (auto view = quantised(*value, y)) set_bytes(std::move(*view));
}

std::optional<TensorView> Lowering::quantised(const Held& value, const QuantisedType& y) {
    switch (value.kind) {
        case HeldKind::raw:
            if (value.quant.tensor() == y) return value.view;
            refuse("a float input is quantised in two ways", "Quantise the input once and use it everywhere");
            return std::nullopt;
        case HeldKind::stored:
            if (!value.quant.one()) {
                refuse("weights with one scale per channel are quantised again", "Fold the constant");
                return std::nullopt;
            }
            if (value.quant.tensor() == y) return value.view;
            return looked_up(value.view, table_of(curve_values(value), y), y);
        case HeldKind::curve: {
            const Curve& curve = *value.curve;
            if (curve.valued) return looked_up(value.view, table_of(curve.values, y), y);
            const QuantisedType x = value.quant.tensor();
            return looked_up(value.view, make_table(*curve.single, x, y, curve.alpha, curve.beta), y);
        }
        case HeldKind::pending: {
            Clamp clamp = clamp_of(y);
            const Clamp limits = clamp;
            if (value.pending->low > -kInfinity) clamp.low = quantise(value.pending->low, y.scale, limits);
            if (value.pending->high < kInfinity) clamp.high = quantise(value.pending->high, y.scale, limits);
            clamp.high = std::max(clamp.low, clamp.high);
            return value.pending->emit(y, clamp);
        }
        case HeldKind::none:
        case HeldKind::broken:
        case HeldKind::bytes:
            break;
    }
    refuse_float(input(0));
    return std::nullopt;
}

void Lowering::lower_unary(const Node& node) {
    const auto functions = table_functions();
    const auto row = std::find_if(functions.begin(), functions.end(), [&](const TableFunctionInfo& f) {
        return f.onnx_op == node.op && !f.onnx_op.empty();
    });
    TableFunction function = row->function;
    if (node.op == "Gelu" && text_attribute(node, "approximate", "none") == "tanh") function = TableFunction::gelu_tanh;
    float alpha = number_attribute(node, "alpha", static_cast<float>(row->alpha));
    float beta = number_attribute(node, "beta", static_cast<float>(row->beta));
    if (function == TableFunction::clip) {
        alpha = number_attribute(node, "min", std::numeric_limits<float>::lowest());
        beta = number_attribute(node, "max", std::numeric_limits<float>::max());
        if (has_input(1)) alpha = constant_scalar(input(1)).value_or(std::numeric_limits<float>::quiet_NaN());
        if (has_input(2)) beta = constant_scalar(input(2)).value_or(std::numeric_limits<float>::quiet_NaN());
        if (std::isnan(alpha) || std::isnan(beta)) return refuse("its limits are no constants", "Export fixed limits");
    }
    if (function != TableFunction::clip && !(std::isfinite(alpha) && std::isfinite(beta))) {
        return refuse("its alpha or beta is not finite", "Correct the network");
    }
    const Held* x = held(0);
    if (x != nullptr && x->kind == HeldKind::pending && x->pending->clampable &&
        (function == TableFunction::relu || function == TableFunction::clip)) {
        Pending narrowed = *x->pending;
        const float low = function == TableFunction::relu ? 0.0F : alpha;
        const float high = function == TableFunction::relu ? std::numeric_limits<float>::infinity() : beta;
        // as the operators are carried out one after the other
        narrowed.high = std::min(std::max(narrowed.high, low), high);
        narrowed.low = std::min(std::max(narrowed.low, low), high);
        Held value;
        value.kind = HeldKind::pending;
        value.pending = std::make_shared<const Pending>(std::move(narrowed));
        return set(0, std::move(value));
    }
    const bool known = x != nullptr && ((x->kind == HeldKind::stored && x->quant.one()) ||
                                        (x->kind == HeldKind::curve && x->curve->valued));
    if (x != nullptr && x->kind == HeldKind::curve && !known) {
        return refuse(
            "it is a function of another function",
            "Put QuantizeLinear and DequantizeLinear between the two");
    }
    if (!known) return refuse_float(input(0));
    Curve curve;
    curve.valued = plain_value(function, 0, alpha, beta).has_value();
    if (curve.valued) {
        curve.values = curve_values(*x);
        for (float& v : curve.values) v = *plain_value(function, v, alpha, beta);
    } else if (x->kind == HeldKind::curve) {
        return refuse(
            "it is a function of another function",
            "Put QuantizeLinear and DequantizeLinear between the two");
    } else {
        curve.single = function;
        curve.alpha = double{alpha};
        curve.beta = double{beta};
    }
    Held value = *x;
    value.kind = HeldKind::curve;
    value.curve = std::make_shared<const Curve>(std::move(curve));
    set(0, std::move(value));
}

// x * Sigmoid(x) and x * HardSigmoid(x) with the factors of HardSwish, as exporters write them.
bool Lowering::lower_swish(const Node& node) {
    if (node.op != "Mul") return false;
    for (size_t i = 0; i < 2; ++i) {
        const Held* x = held(i);
        const Held* s = held(1 - i);
        if (x == nullptr || s == nullptr || x->kind != HeldKind::stored || s->kind != HeldKind::curve) continue;
        const bool same = x->view.base == s->view.base && x->view.dims == s->view.dims &&
                          x->view.strides == s->view.strides && x->view.offset == s->view.offset;
        if (!same || s->curve->valued) continue;
        Curve curve;
        curve.valued = false;
        if (s->curve->single == TableFunction::sigmoid) {
            curve.single = TableFunction::swish;
            curve.alpha = 1;
        } else if (
            s->curve->single == TableFunction::hard_sigmoid && s->curve->alpha == double{1.0F / 6.0F} &&
            s->curve->beta == 0.5) {
            curve.single = TableFunction::hard_swish;
        } else {
            continue;
        }
        Held value = *x;
        value.kind = HeldKind::curve;
        value.curve = std::make_shared<const Curve>(std::move(curve));
        set(0, std::move(value));
        return true;
    }
    return false;
}

// One operand a scalar constant: a function of the other's bytes.
bool Lowering::lower_scalar_binary(const Node& node) {
    for (size_t i = 0; i < 2; ++i) {
        const auto scalar = constant_scalar(input(1 - i));
        const Held* x = held(i);
        if (!scalar || x == nullptr || (x->kind != HeldKind::stored && x->kind != HeldKind::curve)) continue;
        if (!x->quant.one() || (x->kind == HeldKind::curve && !x->curve->valued)) continue;
        Curve curve;
        curve.values = curve_values(*x);
        for (float& v : curve.values)
            v = i == 0 ? binary_value(node.op, v, *scalar) : binary_value(node.op, *scalar, v);
        Held value = *x;
        value.kind = HeldKind::curve;
        value.curve = std::make_shared<const Curve>(std::move(curve));
        const auto full = broadcast_shape(x->view.dims, declared(input(1 - i)));
        if (!full) return false;
        value.view = *broadcast(x->view, *full);
        set(0, std::move(value));
        return true;
    }
    return false;
}

void Lowering::lower_binary(const Node& node) {
    if (node.inputs.size() != 2) return refuse("it has not two inputs", "Split it into nodes of two inputs");
    if (network_.opset < 7 && find_attribute(node, "axis") != nullptr) {
        return refuse("its attribute axis (before opset 7) is not supported", "Convert the network to opset 13");
    }
    if (lower_swish(node) || lower_scalar_binary(node)) return;
    if (node.op != "Add" && node.op != "Mul") {
        return refuse("only with a scalar constant", "Write it with Add and Mul, or keep it on the host");
    }
    QuantisedType quant_a;
    QuantisedType quant_b;
    const auto a = stored_in(0, &quant_a);
    const auto b = stored_in(1, &quant_b);
    if (!a || !b) return;
    const auto full = broadcast_shape(a->dims, b->dims);
    if (!full) return refuse("its shapes do not fit", "Correct the network");
    const IntegerOp op = node.op == "Add" ? IntegerOp::add : IntegerOp::multiply;
    set_pending(*full, [this, op, a = *a, b = *b](const QuantisedType& y, const Clamp& clamp) {
        return emit_elementwise(op, a, b, y, clamp);
    });
}

std::optional<TensorView> Lowering::emit_elementwise(
    IntegerOp op,
    const TensorView& a,
    const TensorView& b,
    const QuantisedType& y,
    const Clamp& clamp) {
    const Shape full = *broadcast_shape(a.dims, b.dims);
    // the operand of full size leads; sum and product do not mind the order
    const bool swap = element_count(a.dims) < element_count(b.dims);
    const TensorView lead = row_major_or_own(*broadcast(swap ? b : a, full));
    const TensorView other = *broadcast(swap ? a : b, full);
    // the other one in the leader's order of memory, without dimensions that only repeat it in front
    std::vector<size_t> order(full.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return lead.strides[i] > lead.strides[j]; });
    TensorView sorted{other.base, {}, {}, other.offset};
    for (size_t d : order) {
        if (full[d] == 1) continue;
        sorted.dims.push_back(full[d]);
        sorted.strides.push_back(other.strides[d]);
    }
    const Shape shape = tensor(lead.base).shape;
    TensorView suffix = sorted;
    while (!suffix.dims.empty() && suffix.strides[0] == 0) {
        suffix.dims.erase(suffix.dims.begin());
        suffix.strides.erase(suffix.strides.begin());
    }
    const bool fits =
        suffix.dims.size() <= shape.size() && std::equal(suffix.dims.rbegin(), suffix.dims.rend(), shape.rbegin());
    const bool whole_suffix = element_count(suffix.dims) == element_count(shape);
    const TensorId second = whole_suffix ? materialise(suffix, shape)
                            : fits       ? materialise(suffix)
                                         : materialise(sorted, shape);
    IntegerNode node;
    node.op = op;
    node.inputs = {lead.base, second};
    const QuantisedType qa = tensor(lead.base).quant;
    const QuantisedType qb = tensor(second).quant;
    node.elementwise = {qa.scale, qb.scale, y.scale, qa.zero, qb.zero, clamp};
    TensorView result = lead;
    result.base = emit(std::move(node), shape, y);
    return result;
}

// com.microsoft: x, scale, zero point of x, scale, zero point of y.
void Lowering::lower_qlinear_unary(const Node& node) {
    const auto x = operand(0, 1, 2);
    const auto y = tensor_parameters(3, 4);
    if (!x || !y) return;
    if (node.op == "QLinearSigmoid") {
        return set_bytes(looked_up(*x, make_table(TableFunction::sigmoid, quant_of(*x), *y, 0, 0), *y));
    }
    Held stored;
    stored.kind = HeldKind::stored;
    stored.quant = {quant_of(*x).type, {quant_of(*x).scale}, quant_of(*x).zero, 0};
    std::array<float, 256> values = curve_values(stored);
    const float alpha = number_attribute(node, "alpha", 0.01F);
    for (float& v : values) v = *plain_value(TableFunction::leaky_relu, v, alpha, 0);
    set_bytes(looked_up(*x, table_of(values, *y), *y));
}

}  // namespace chipchain
