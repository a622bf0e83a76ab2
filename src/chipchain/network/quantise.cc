// Node by node: a float value of the prepared network becomes bytes with a scale and zero point, and each operator the
// one on bytes, or itself between DequantizeLinear and QuantizeLinear.
//
// A function of one value only (LeakyRelu, then a maximum with a constant) stays float until something else reads it:
// the chip has one table for all of it.
#include "chipchain/network/quantise.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/network/quantise_internal.h"

namespace chipchain {
namespace {

// What a value has become in the new network.
struct Quantised {
    ValueId bytes = kNoValue;
    ValueId floats = kNoValue;  // its dequantised form, or the float itself
    QuantisedType quant;
};

class Quantiser {
 public:
    Quantiser(Rewriter& from, const QuantiseOptions& options) : from_(from), options_(options) {}
    Result<Network> run();

    struct Row {
        std::string_view op;
        void (Quantiser::*translate)(const Node& node);
    };
    static std::span<const Row> rows();

 private:
    void conv(const Node& node);
    void conv_transpose(const Node& node);
    void matmul(const Node& node);
    void matmul_by_conv(const Node& node);
    void matmul_of_values(const Node& node);
    void function(const Node& node);
    void binary(const Node& node);
    void between(const Node& node);  // the operator itself between DequantizeLinear and QuantizeLinear
    void average(const Node& node);
    void movement(const Node& node);
    void pad(const Node& node);
    void as_it_is(const Node& node);
    void refuse(const Node& node, std::string why);
    void translate(const Node& node);

    ValueId add(DataType type, const Shape& shape, const std::string& name);
    ValueId constant(Tensor tensor, const std::string& name);
    ValueId scale_constant(float scale) { return constant(float_tensor({}, std::span(&scale, 1)), "scale"); }
    ValueId zero_constant(const QuantisedType& q);
    ValueId node(
        std::string_view op,
        std::vector<ValueId> inputs,
        DataType type,
        const Shape& shape,
        const Node& like,
        std::vector<Attribute> attributes = {},
        std::string_view domain = "");
    ValueId bytes_of(ValueId old);
    ValueId floats_of(ValueId old);
    const QuantisedType& quant_of(ValueId old);
    [[nodiscard]] const Shape& shape(ValueId old) const { return from_.network.values[old].shape; }
    [[nodiscard]] const std::string& name(ValueId old) const { return from_.network.values[old].name; }
    // The value that a result is quantised for: that of a Relu or Clip that alone reads it, whose limits the bytes
    // keep.
    ValueId result_of(const Node& node);
    void set_bytes(ValueId old, ValueId bytes, const QuantisedType& q) { made_[old] = {bytes, kNoValue, q}; }
    void set_floats(ValueId old, ValueId floats) { made_[old] = {kNoValue, floats, {}}; }
    void quantise_floats(ValueId old, ValueId floats);
    [[nodiscard]] bool plain(const Node& node) const;
    [[nodiscard]] bool stays_float(const Node& node);

    Rewriter& from_;
    const QuantiseOptions& options_;
    Network out_;
    std::vector<Quantised> made_;  // by ValueId of the prepared network
    std::set<ValueId> folded_;     // outputs of Relu and Clip that became limits
    Diagnostics diagnostics_;
};

Tensor repeated_zero(int64_t count) { return Tensor(DataType::s8, {count}); }

Tensor bias_tensor(const std::vector<int32_t>& bias) {
    Tensor tensor(DataType::s32, {static_cast<int64_t>(bias.size())});
    std::copy(bias.begin(), bias.end(), tensor.as<int32_t>().begin());
    return tensor;
}

Tensor scale_tensor(const std::vector<float>& scales, bool per_channel) {
    return per_channel ? float_tensor({static_cast<int64_t>(scales.size())}, scales)
                       : float_tensor({}, std::span(scales).first(1));
}

ValueId Quantiser::add(DataType type, const Shape& dims, const std::string& label) {
    NetworkValue value;
    value.name = fmt::format("{}/{}", label, out_.values.size());
    value.typed = true;
    value.type = type;
    value.rank_known = true;
    value.shape = dims;
    out_.values.push_back(std::move(value));
    return static_cast<ValueId>(out_.values.size() - 1);
}

ValueId Quantiser::constant(Tensor tensor, const std::string& label) {
    const ValueId id = add(tensor.type, tensor.shape, label);
    out_.values[id].constant = std::move(tensor);
    return id;
}

ValueId Quantiser::zero_constant(const QuantisedType& q) {
    Tensor tensor(q.type, {});
    tensor.bytes[0] = static_cast<std::byte>(q.zero);
    return constant(std::move(tensor), "zero");
}

ValueId Quantiser::node(
    std::string_view op,
    std::vector<ValueId> inputs,
    DataType type,
    const Shape& dims,
    const Node& like,
    std::vector<Attribute> attributes,
    std::string_view domain) {
    Node made;
    made.name = fmt::format("{}/{}", like.name, out_.nodes.size());
    made.domain = domain;
    made.op = op;
    made.inputs = std::move(inputs);
    made.outputs = {add(type, dims, like.outputs.empty() ? like.name : name(like.outputs[0]))};
    made.attributes = std::move(attributes);
    const ValueId id = made.outputs[0];
    out_.nodes.push_back(std::move(made));
    return id;
}

// the value as bytes; a constant is quantised over its own range, a float where it is read first
ValueId Quantiser::bytes_of(ValueId old) {
    Quantised& made = made_[old];
    if (made.bytes != kNoValue) return made.bytes;
    made.quant = quantised_range(from_.ranges[old]);
    if (from_.is_constant(old)) {
        const Tensor& tensor = *from_.network.values[old].constant;
        Tensor bytes(DataType::u8, tensor.shape);
        const Clamp clamp = clamp_of(made.quant);
        for (size_t i = 0; i < bytes.bytes.size(); ++i) {
            bytes.bytes[i] =
                static_cast<std::byte>(chipchain::quantise(tensor.as<float>()[i], made.quant.scale, clamp));
        }
        made_[old].bytes = constant(std::move(bytes), name(old));
        return made_[old].bytes;
    }
    CHECK(made.floats != kNoValue);
    Node like;
    like.name = name(old);
    const ValueId scale = scale_constant(made.quant.scale);
    const ValueId zero = zero_constant(made.quant);
    made_[old].bytes = node("QuantizeLinear", {made.floats, scale, zero}, DataType::u8, shape(old), like);
    // whoever reads the value as float from here on reads what the chip has
    made_[old].floats = kNoValue;
    return made_[old].bytes;
}

const QuantisedType& Quantiser::quant_of(ValueId old) {
    bytes_of(old);
    return made_[old].quant;
}

// the value as float: itself, or dequantised once
ValueId Quantiser::floats_of(ValueId old) {
    if (made_[old].floats != kNoValue) return made_[old].floats;
    const auto single = from_.scalar(old);
    if (single) {
        made_[old].floats = constant(*from_.network.values[old].constant, name(old));
        return made_[old].floats;
    }
    const ValueId bytes = bytes_of(old);
    const QuantisedType quant = made_[old].quant;
    Node like;
    like.name = name(old);
    const ValueId scale = scale_constant(quant.scale);
    const ValueId zero = zero_constant(quant);
    made_[old].floats = node("DequantizeLinear", {bytes, scale, zero}, DataType::f32, shape(old), like);
    return made_[old].floats;
}

void Quantiser::quantise_floats(ValueId old, ValueId floats) {
    set_floats(old, floats);
    bytes_of(old);
}

ValueId Quantiser::result_of(const Node& node) {
    const ValueId own = node.outputs[0];
    const Node* reader = from_.only_reader(own);
    if (reader == nullptr || from_.kept_float(*reader) || !reader->domain.empty()) return own;
    if (reader->op == "Relu") {
        folded_.insert(reader->outputs[0]);
        return reader->outputs[0];
    }
    if (reader->op != "Clip") return own;
    // zero is among the bytes, so the limits have to hold it between them
    if (reader->inputs[0] != own) return own;
    const auto bound = [&](size_t i, float none) {
        return Rewriter::has_input(*reader, i) ? from_.scalar(reader->inputs[i]).value_or(NAN) : none;
    };
    if (!(bound(1, -1) <= 0 && bound(2, 1) >= 0)) return own;
    folded_.insert(reader->outputs[0]);
    return reader->outputs[0];
}

void Quantiser::conv(const Node& node_in) {
    const Tensor* weights = from_.constant(node_in, 1);
    if (weights == nullptr) return refuse(node_in, "its weights are computed");
    const Tensor* bias = from_.constant(node_in, 2);
    if (node_in.inputs.size() > 2 && node_in.inputs[2] != kNoValue && bias == nullptr) {
        return refuse(node_in, "its bias is computed");
    }
    const ValueId x = bytes_of(node_in.inputs[0]);
    const QuantisedType quant = quant_of(node_in.inputs[0]);
    const auto bias_values = bias == nullptr ? std::span<const float>() : bias->as<float>();
    QuantisedWeights w = quantise_weights(*weights, false, options_.per_channel, bias_values, quant.scale);
    const ValueId result = result_of(node_in);
    const QuantisedType y = quantised_range(from_.ranges[result]);
    const int64_t channels = weights->shape[0];
    const bool many = options_.per_channel;
    std::vector<ValueId> inputs = {x, scale_constant(quant.scale), zero_constant(quant)};
    inputs.push_back(constant(std::move(w.bytes), node_in.name + "/w"));
    inputs.push_back(constant(scale_tensor(w.scales, many), "scale"));
    inputs.push_back(constant(many ? repeated_zero(channels) : Tensor(DataType::s8, {}), "zero"));
    inputs.push_back(scale_constant(y.scale));
    inputs.push_back(zero_constant(y));
    if (!w.bias.empty()) inputs.push_back(constant(bias_tensor(w.bias), node_in.name + "/b"));
    set_bytes(
        result,
        node("QLinearConv", std::move(inputs), DataType::u8, shape(result), node_in, node_in.attributes),
        y);
}

// no operator of ONNX does it on bytes: weights and bias dequantised, one scale for all
void Quantiser::conv_transpose(const Node& node_in) {
    const Tensor* weights = from_.constant(node_in, 1);
    if (weights == nullptr) return refuse(node_in, "its weights are computed");
    const Tensor* bias = from_.constant(node_in, 2);
    if (bias == nullptr && Rewriter::has_input(node_in, 2)) return refuse(node_in, "its bias is computed");
    const ValueId x = floats_of(node_in.inputs[0]);
    const QuantisedType quant = quant_of(node_in.inputs[0]);
    // [c, k / groups, ..]: the bias has other channels; its largest number widens the one scale
    Tensor all = *weights;
    all.shape = {1, weights->count()};
    float widest = 0;
    if (bias != nullptr) {
        for (const float b : bias->as<float>()) widest = std::max(widest, std::fabs(b));
    }
    QuantisedWeights w = quantise_weights(all, false, true, std::span(&widest, 1), quant.scale);
    w.bytes.shape = weights->shape;
    QuantisedType type{DataType::s8, w.scales[0], 0};
    const ValueId bytes = constant(std::move(w.bytes), node_in.name + "/w");
    const ValueId scale = scale_constant(type.scale);
    const ValueId zero = zero_constant(type);
    std::vector<ValueId> inputs = {
        x,
        node("DequantizeLinear", {bytes, scale, zero}, DataType::f32, weights->shape, node_in)};
    if (bias != nullptr) {
        const float unit = quant.scale * type.scale;
        Tensor steps(DataType::s32, bias->shape);
        for (size_t i = 0; i < bias->as<float>().size(); ++i) {
            const double step =
                round_even(std::clamp(double{bias->as<float>()[i]} / double{unit}, -0x1p31, 0x1p31 - 1));
            steps.as<int32_t>()[i] = static_cast<int32_t>(step);
        }
        const ValueId step_values = constant(std::move(steps), node_in.name + "/b");
        inputs.push_back(
            node("DequantizeLinear", {step_values, scale_constant(unit)}, DataType::f32, bias->shape, node_in));
    }
    const ValueId result = result_of(node_in);
    quantise_floats(
        result,
        node("ConvTranspose", std::move(inputs), DataType::f32, shape(result), node_in, node_in.attributes));
}

void Quantiser::matmul(const Node& node_in) {
    const Tensor* weights = from_.constant(node_in, 1);
    if (from_.is_constant(node_in.inputs[0])) return refuse(node_in, "its first factor is constant");
    if (weights == nullptr || weights->shape.size() != 2) return matmul_of_values(node_in);
    if (node_in.inputs.size() > 2) return matmul_by_conv(node_in);
    const ValueId x = bytes_of(node_in.inputs[0]);
    const QuantisedType quant = quant_of(node_in.inputs[0]);
    QuantisedWeights w = quantise_weights(*weights, true, options_.per_channel, {}, quant.scale);
    const ValueId result = result_of(node_in);
    const QuantisedType y = quantised_range(from_.ranges[result]);
    const bool many = options_.per_channel;
    std::vector<ValueId> inputs = {x, scale_constant(quant.scale), zero_constant(quant)};
    inputs.push_back(constant(std::move(w.bytes), node_in.name + "/w"));
    inputs.push_back(constant(scale_tensor(w.scales, many), "scale"));
    inputs.push_back(constant(many ? repeated_zero(weights->shape[1]) : Tensor(DataType::s8, {}), "zero"));
    inputs.push_back(scale_constant(y.scale));
    inputs.push_back(zero_constant(y));
    set_bytes(result, node("QLinearMatMul", std::move(inputs), DataType::u8, shape(result), node_in), y);
}

// QLinearMatMul has no bias: rows as the images of a convolution of one cell
void Quantiser::matmul_by_conv(const Node& node_in) {
    const Tensor weights = *from_.constant(node_in, 1);
    const Tensor bias = *from_.constant(node_in, 2);
    const ValueId x = bytes_of(node_in.inputs[0]);
    const QuantisedType quant = quant_of(node_in.inputs[0]);
    const int64_t depth = weights.shape[0];
    const int64_t columns = weights.shape[1];
    const int64_t rows = element_count(shape(node_in.inputs[0])) / std::max<int64_t>(depth, 1);
    Tensor kernel(DataType::f32, {columns, depth, 1, 1});
    for (int64_t n = 0; n < columns; ++n) {
        for (int64_t k = 0; k < depth; ++k) {
            kernel.as<float>()[static_cast<size_t>(n * depth + k)] =
                weights.as<float>()[static_cast<size_t>(k * columns + n)];
        }
    }
    const ValueId result = result_of(node_in);
    const QuantisedType y = quantised_range(from_.ranges[result]);
    QuantisedWeights w = quantise_weights(kernel, false, options_.per_channel, bias.as<float>(), quant.scale);
    const bool many = options_.per_channel;
    const std::vector<int64_t> image = {rows, depth, 1, 1};
    const ValueId image_shape = constant(integer_tensor(image), "shape");
    std::vector<ValueId> inputs = {node("Reshape", {x, image_shape}, DataType::u8, image, node_in)};
    inputs.push_back(scale_constant(quant.scale));
    inputs.push_back(zero_constant(quant));
    inputs.push_back(constant(std::move(w.bytes), node_in.name + "/w"));
    inputs.push_back(constant(scale_tensor(w.scales, many), "scale"));
    inputs.push_back(constant(many ? repeated_zero(columns) : Tensor(DataType::s8, {}), "zero"));
    inputs.push_back(scale_constant(y.scale));
    inputs.push_back(zero_constant(y));
    inputs.push_back(constant(bias_tensor(w.bias), node_in.name + "/b"));
    const ValueId product = node("QLinearConv", std::move(inputs), DataType::u8, {rows, columns, 1, 1}, node_in);
    const ValueId result_shape = constant(integer_tensor(shape(result)), "shape");
    set_bytes(result, node("Reshape", {product, result_shape}, DataType::u8, shape(result), node_in), y);
}

void Quantiser::matmul_of_values(const Node& node_in) {
    const ValueId a = bytes_of(node_in.inputs[0]);
    const ValueId b = bytes_of(node_in.inputs[1]);
    const QuantisedType a_quant = quant_of(node_in.inputs[0]);
    const QuantisedType b_quant = quant_of(node_in.inputs[1]);
    const ValueId result = result_of(node_in);
    const QuantisedType y = quantised_range(from_.ranges[result]);
    std::vector<ValueId> inputs = {a, scale_constant(a_quant.scale), zero_constant(a_quant)};
    for (const ValueId id : {b, scale_constant(b_quant.scale), zero_constant(b_quant)}) inputs.push_back(id);
    inputs.push_back(scale_constant(y.scale));
    inputs.push_back(zero_constant(y));
    set_bytes(result, node("QLinearMatMul", std::move(inputs), DataType::u8, shape(result), node_in), y);
}

// Is it a function of one value that binary32 computes exactly as written, step by step?
bool Quantiser::plain(const Node& n) const {
    static const std::set<std::string_view> unary = {"Relu", "LeakyRelu", "Clip", "Neg", "Abs"};
    static const std::set<std::string_view> scalar = {"Add", "Sub", "Mul", "Div", "Max", "Min"};
    if (!n.domain.empty() || from_.kept_float(n)) return false;
    if (unary.count(n.op) != 0) return true;
    return scalar.count(n.op) != 0 && n.inputs.size() == 2 &&
           (from_.scalar(n.inputs[0]).has_value() || from_.scalar(n.inputs[1]).has_value());
}

// Does the result of a function of one value go into another one alone, or into x * sigmoid(x)?
bool Quantiser::stays_float(const Node& n) {
    const Node* reader = from_.only_reader(n.outputs[0]);
    if (reader == nullptr || from_.kept_float(*reader)) return false;
    if (plain(n) && plain(*reader)) return true;
    return n.op == "Sigmoid" && reader->op == "Mul" &&
           (reader->inputs[0] == n.inputs[0] || reader->inputs[1] == n.inputs[0]);
}

void Quantiser::function(const Node& node_in) {
    if (folded_.count(node_in.outputs[0]) != 0) return;
    std::vector<ValueId> inputs = {floats_of(node_in.inputs[0])};
    for (size_t i = 1; i < node_in.inputs.size(); ++i) {
        const Tensor* parameter = from_.constant(node_in, i);
        if (parameter == nullptr && node_in.inputs[i] != kNoValue) return refuse(node_in, "a parameter is computed");
        inputs.push_back(parameter == nullptr ? kNoValue : constant(*parameter, name(node_in.inputs[i])));
    }
    const ValueId result = node_in.outputs[0];
    const ValueId y = node(node_in.op, std::move(inputs), DataType::f32, shape(result), node_in, node_in.attributes);
    if (stays_float(node_in))
        set_floats(result, y);
    else
        quantise_floats(result, y);
}

void Quantiser::binary(const Node& node_in) {
    if (node_in.inputs.size() != 2) return refuse(node_in, "it has not two inputs");
    const bool constant_first = from_.is_constant(node_in.inputs[0]);
    if (constant_first && from_.is_constant(node_in.inputs[1])) return refuse(node_in, "both inputs are constant");
    const bool sums = node_in.op == "Add" || node_in.op == "Mul";
    if (!sums && !plain(node_in)) return refuse(node_in, "neither input is one constant number");
    const ValueId a = floats_of(node_in.inputs[0]);
    const ValueId b = floats_of(node_in.inputs[1]);
    const bool function_of_one = plain(node_in);
    const ValueId result = function_of_one ? node_in.outputs[0] : result_of(node_in);
    const ValueId y = node(node_in.op, {a, b}, DataType::f32, shape(result), node_in);
    if (function_of_one && stays_float(node_in))
        set_floats(result, y);
    else
        quantise_floats(result, y);
}

void Quantiser::between(const Node& node_in) {
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < node_in.inputs.size(); ++i) {
        const ValueId id = node_in.inputs[i];
        if (id == kNoValue) {
            inputs.push_back(kNoValue);
        } else if (const Tensor* tensor = from_.constant(node_in, i); tensor != nullptr && node_in.op != "Concat") {
            inputs.push_back(constant(*tensor, name(id)));  // gamma, beta, axes
        } else {
            inputs.push_back(floats_of(id));
        }
    }
    const ValueId result = node_in.outputs[0];
    quantise_floats(
        result,
        node(node_in.op, std::move(inputs), DataType::f32, shape(result), node_in, node_in.attributes));
}

void Quantiser::average(const Node& node_in) {
    const ValueId x = bytes_of(node_in.inputs[0]);
    const QuantisedType quant = quant_of(node_in.inputs[0]);
    const ValueId result = node_in.outputs[0];
    const QuantisedType y = quantised_range(from_.ranges[result]);
    std::vector<ValueId> inputs = {x, scale_constant(quant.scale), zero_constant(quant)};
    inputs.push_back(scale_constant(y.scale));
    inputs.push_back(zero_constant(y));
    const ValueId pooled = node(
        "QLinearGlobalAveragePool",
        std::move(inputs),
        DataType::u8,
        shape(result),
        node_in,
        {integer_attribute_of("channels_last", 0)},
        "com.microsoft");
    set_bytes(result, pooled, y);
}

// bytes keep their scale where they only move, and where the largest is taken
void Quantiser::movement(const Node& node_in) {
    const ValueId x = bytes_of(node_in.inputs[0]);
    const QuantisedType quant = quant_of(node_in.inputs[0]);
    std::vector<ValueId> inputs = {x};
    for (size_t i = 1; i < node_in.inputs.size(); ++i) {
        const Tensor* parameter = from_.constant(node_in, i);
        if (parameter == nullptr && node_in.inputs[i] != kNoValue) return refuse(node_in, "a parameter is computed");
        inputs.push_back(parameter == nullptr ? kNoValue : constant(*parameter, name(node_in.inputs[i])));
    }
    Node made;
    made.name = fmt::format("{}/{}", node_in.name, out_.nodes.size());
    made.op = node_in.op;
    made.inputs = std::move(inputs);
    made.attributes = node_in.attributes;
    // Split has several results; the indices of MaxPool are no floats, and nobody reads them
    for (const ValueId result : node_in.outputs) {
        if (result == kNoValue || !is_float(from_.network.values[result])) continue;
        made.outputs.push_back(add(DataType::u8, shape(result), name(result)));
        set_bytes(result, made.outputs.back(), quant);
    }
    out_.nodes.push_back(std::move(made));
}

void Quantiser::pad(const Node& node_in) {
    if (text_attribute(node_in, "mode", "constant") != "constant") {
        Node without_value = node_in;
        if (Rewriter::has_input(node_in, 2)) without_value.inputs[2] = kNoValue;
        return movement(without_value);
    }
    const Tensor* pads = from_.constant(node_in, 1);
    const Tensor* axes = from_.constant(node_in, 3);
    if (pads == nullptr || (axes == nullptr && Rewriter::has_input(node_in, 3))) {
        return refuse(node_in, "how much it pads is computed");
    }
    const bool valued = Rewriter::has_input(node_in, 2);
    const auto fill = valued ? from_.scalar(node_in.inputs[2]) : std::optional(0.0F);
    if (!fill) return refuse(node_in, "the value that it pads with is computed");
    ValueId x = bytes_of(node_in.inputs[0]);
    QuantisedType quant = quant_of(node_in.inputs[0]);
    const ValueRange range = from_.ranges[node_in.inputs[0]];
    const bool by_bytes = range.low < range.high && *fill >= dequantise(0, quant.scale, quant.zero) &&
                          *fill <= dequantise(255, quant.scale, quant.zero);
    if (!by_bytes && (*fill < std::min(range.low, 0.0F) || *fill > std::max(range.high, 0.0F))) {
        // what is padded becomes bytes of a wider range first, which hold the value
        const ValueRange wider{std::min(range.low, *fill), std::max(range.high, *fill), true};
        quant = quantised_range(wider);
        x = node(
            "QuantizeLinear",
            {floats_of(node_in.inputs[0]), scale_constant(quant.scale), zero_constant(quant)},
            DataType::u8,
            shape(node_in.inputs[0]),
            node_in);
    }
    Tensor byte(DataType::u8, {});
    byte.bytes[0] = static_cast<std::byte>(chipchain::quantise(*fill, quant.scale, clamp_of(quant)));
    std::vector<ValueId> inputs = {x, constant(*pads, "pads")};
    inputs.push_back(constant(std::move(byte), "fill"));
    if (axes != nullptr) inputs.push_back(constant(*axes, "axes"));
    const ValueId result = node_in.outputs[0];
    set_bytes(result, node("Pad", std::move(inputs), DataType::u8, shape(result), node_in, node_in.attributes), quant);
}

// a node left to the host, or one of integers: on floats
void Quantiser::as_it_is(const Node& node_in) {
    if (from_.changed_since(node_in)) {
        return refuse(node_in, "its meaning changed in later operator sets: convert the network to set 13 or later");
    }
    Node made = node_in;
    for (ValueId& id : made.inputs) {
        if (id == kNoValue) continue;
        const NetworkValue& value = from_.network.values[id];
        if (value.constant && made_[id].floats == kNoValue) made_[id].floats = constant(*value.constant, value.name);
        id = floats_of(id);
    }
    for (ValueId& id : made.outputs) {
        if (id == kNoValue) continue;
        const ValueId old = id;
        id = add(from_.network.values[old].type, shape(old), name(old));
        set_floats(old, id);
    }
    out_.nodes.push_back(std::move(made));
}

void Quantiser::refuse(const Node& node_in, std::string why) {
    Diagnostic diagnostic;
    diagnostic.id = "quantise-unsupported";
    diagnostic.message = fmt::format("node '{}' ({}) cannot be quantised: {}", node_in.name, node_in.op, why);
    diagnostic.help = "Name the node with --keep-float to leave it to the host, or replace it";
    diagnostics_.push_back(std::move(diagnostic));
    // what follows is told its own faults only
    for (const ValueId id : node_in.outputs) {
        if (id != kNoValue) set_floats(id, add(DataType::f32, shape(id), name(id)));
    }
}

constexpr Quantiser::Row kRow(std::string_view op, void (Quantiser::*translate)(const Node&)) {
    return {op, translate};
}

std::span<const Quantiser::Row> Quantiser::rows() {
    static const std::vector<Row> all = [] {
        std::vector<Row> made = {
            {"Conv", &Quantiser::conv},
            {"ConvTranspose", &Quantiser::conv_transpose},
            {"MatMul", &Quantiser::matmul},
            {"GlobalAveragePool", &Quantiser::average},
            {"Pad", &Quantiser::pad}};
        for (const char* op :
             {"Relu",
              "LeakyRelu",
              "Clip",
              "Neg",
              "Abs",
              "Sigmoid",
              "Tanh",
              "HardSigmoid",
              "HardSwish",
              "Gelu",
              "Erf",
              "Exp",
              "Log",
              "Sqrt",
              "Reciprocal",
              "Elu",
              "Softplus"}) {
            made.push_back(kRow(op, &Quantiser::function));
        }
        for (const char* op : {"Add", "Mul", "Sub", "Div", "Max", "Min"}) made.push_back(kRow(op, &Quantiser::binary));
        for (const char* op :
             {"Softmax", "LayerNormalization", "AveragePool", "ReduceMean", "GlobalMaxPool", "Concat"}) {
            made.push_back(kRow(op, &Quantiser::between));
        }
        for (const char* op :
             {"MaxPool",
              "Reshape",
              "Transpose",
              "Slice",
              "Split",
              "Gather",
              "DepthToSpace",
              "SpaceToDepth",
              "Resize",
              "Expand",
              "Tile"}) {
            made.push_back(kRow(op, &Quantiser::movement));
        }
        return made;
    }();
    return all;
}

void Quantiser::translate(const Node& node_in) {
    const bool floats = !node_in.outputs.empty() && is_float(from_.network.values[node_in.outputs[0]]);
    if (from_.kept_float(node_in) || !floats) return as_it_is(node_in);
    const auto known = rows();
    const auto row = std::find_if(known.begin(), known.end(), [&](const Row& r) { return r.op == node_in.op; });
    if (from_.extra_output(node_in)) return refuse(node_in, "an output of it beyond the first is read");
    if (row == known.end() || !node_in.domain.empty()) return refuse(node_in, "there is no form of it on bytes");
    if (node_in.op == "Resize" && text_attribute(node_in, "mode", "nearest") != "nearest") {
        return refuse(node_in, "it interpolates");
    }
    (this->*row->translate)(node_in);
}

Result<Network> Quantiser::run() {
    out_.name = from_.network.name;
    out_.opset = from_.network.opset;
    made_.resize(from_.network.values.size());
    for (const ValueId input : from_.network.inputs) {
        const NetworkValue& value = from_.network.values[input];
        const ValueId id = add(value.type, value.shape, value.name);
        out_.values[id].name = value.name;
        out_.inputs.push_back(id);
        set_floats(input, id);
        if (is_float(value)) bytes_of(input);
    }
    for (const Node& node_in : from_.network.nodes) translate(node_in);
    if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
    for (const ValueId output : from_.network.outputs) {
        const ValueId id = floats_of(output);
        out_.values[id].name = name(output);
        out_.outputs.push_back(id);
    }
    return std::move(out_);
}

// Names of nodes to keep that no node has.
Diagnostics unknown_nodes(const Network& network, const QuantiseOptions& options) {
    std::vector<std::string> names;
    for (const Node& node : network.nodes) names.push_back(node.name);
    Diagnostics out;
    for (const std::string& wanted : options.keep_float) {
        if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
        const std::string near = nearest_name(wanted, names);
        out.push_back(
            {Severity::error,
             "unknown-node",
             fmt::format("there is no node '{}' to keep as float", wanted),
             {UINT32_MAX, 0, 0, 0},
             "",
             near.empty() ? fmt::format("name one of the {} nodes of the network", names.size())
                          : fmt::format("did you mean '{}'?", near)});
    }
    return out;
}

}  // namespace

Result<Network>
quantise(const Network& network, const std::vector<std::vector<Tensor>>& calibration, const QuantiseOptions& options) {
    if (Diagnostics unknown = unknown_nodes(network, options); !unknown.empty()) {
        return tl::unexpected(std::move(unknown));
    }
    auto ranges = calibrate(network, calibration, options);
    if (!ranges) return tl::unexpected(std::move(ranges.error()));
    Rewriter rewriter(network, std::move(*ranges), options);
    rewriter.prepare();
    return Quantiser(rewriter, options).run();
}

}  // namespace chipchain
