#include "chipchain/network/network_maker.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

// floor(sqrt(x))
int64_t whole_root(int64_t x) {
    int64_t root = 0;
    for (int64_t bit = int64_t{1} << 31; bit > 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= x) root += bit;
    }
    return root;
}

// 2^exponent, exactly
float power_of_two(int exponent) { return std::bit_cast<float>(static_cast<uint32_t>(exponent + 127) << 23); }

template <class T>
Tensor tensor_of(DataType type, Shape shape, const std::vector<T>& values) {
    Tensor result(type, std::move(shape));
    CHECK(result.as<T>().size() == values.size());
    std::copy(values.begin(), values.end(), result.as<T>().begin());
    return result;
}

}  // namespace

NetworkMaker::NetworkMaker(std::string name, uint64_t seed) : random_{seed, 0} {
    network_.name = std::move(name);
    network_.opset = 20;  // Gelu
}

uint32_t NetworkMaker::draw() {
    if (drawn_ % 4 == 0) words_ = random_.draw(Purpose::generate, 0x6e6574, drawn_ / 4);
    return words_.word[drawn_++ % 4];
}

QuantisedType NetworkMaker::type_of(DataType type, int exponent, bool relu) {
    QuantisedType quant;
    quant.type = type;
    quant.scale = power_of_two(exponent) * static_cast<float>(128 + draw() % 128) / 128.0F;
    // about the middle of the type
    quant.zero = relu ? 0 : static_cast<int32_t>(draw() % 21) - 10 + (type == DataType::u8 ? 128 : 0);
    return quant;
}

ValueId NetworkMaker::value(const std::string& name, DataType type, Shape shape) {
    NetworkValue v;
    v.name = fmt::format("{}_{}", name, network_.values.size());
    v.typed = true;
    v.type = type;
    v.rank_known = true;
    v.shape = std::move(shape);
    network_.values.push_back(std::move(v));
    return static_cast<ValueId>(network_.values.size() - 1);
}

ValueId NetworkMaker::tensor(Tensor tensor, const std::string& name) {
    const ValueId id = value(name, tensor.type, tensor.shape);
    network_.values[id].constant = std::move(tensor);
    return id;
}

ValueId NetworkMaker::number(float x) { return tensor(tensor_of<float>(DataType::f32, {}, {x}), "number"); }

ValueId NetworkMaker::zero_point(const QuantisedType& quant) {
    return tensor(tensor_of<uint8_t>(quant.type, {}, {static_cast<uint8_t>(quant.zero)}), "zero");
}

ValueId NetworkMaker::integers(std::vector<int64_t> values) {
    return tensor(tensor_of(DataType::s64, {static_cast<int64_t>(values.size())}, values), "list");
}

ValueId NetworkMaker::node(
    const std::string& op,
    std::vector<ValueId> inputs,
    DataType type,
    Shape shape,
    std::vector<Attribute> attributes) {
    Node n;
    n.name = fmt::format("{}_{}", op, network_.nodes.size());
    n.op = op;
    n.inputs = std::move(inputs);
    n.outputs = {value(op, type, std::move(shape))};
    n.attributes = std::move(attributes);
    network_.nodes.push_back(std::move(n));
    return network_.nodes.back().outputs[0];
}

Made NetworkMaker::input(Shape shape, const QuantisedType& quant) {
    const ValueId id = value("input", DataType::f32, shape);
    network_.inputs.push_back(id);
    return quantised(id, quant, shape);
}

Made NetworkMaker::byte_input(Shape shape, const QuantisedType& quant) {
    const ValueId id = value("input", quant.type, shape);
    network_.inputs.push_back(id);
    return {id, quant, std::move(shape)};
}

Made NetworkMaker::constant(Shape shape, const QuantisedType& quant) {
    std::vector<uint8_t> bytes(static_cast<size_t>(element_count(shape)));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(draw());
    return {tensor(tensor_of(quant.type, shape, bytes), "constant"), quant, std::move(shape)};
}

ValueId NetworkMaker::dequantised(const Made& x) {
    return node("DequantizeLinear", {x.id, number(x.quant.scale), zero_point(x.quant)}, DataType::f32, x.shape);
}

Made NetworkMaker::quantised(ValueId x, const QuantisedType& quant, const Shape& shape) {
    return {node("QuantizeLinear", {x, number(quant.scale), zero_point(quant)}, quant.type, shape), quant, shape};
}

NetworkMaker::Weights
NetworkMaker::weights(const Made& x, const Shape& shape, int64_t channels, int64_t depth, const MadeConv& options) {
    Weights w;
    std::vector<uint8_t> bytes(static_cast<size_t>(element_count(shape)));
    const bool is_signed = options.weight_type == DataType::s8;
    // -127..127, about the zero point
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(static_cast<int32_t>(draw() % 255) - (is_signed ? 127 : 0));
    w.id = tensor(tensor_of(options.weight_type, shape, bytes), "weights");
    const int32_t zero = is_signed ? 0 : 127;
    w.y = type_of(DataType::u8, -5, options.relu);
    // a sum of `depth` products has sqrt(depth * 5419) times the spread of x (5419: variance of the weights); after a
    // Relu x has half the power
    const auto spread = static_cast<float>(whole_root(depth * 5419 / (x.quant.zero == 0 ? 2 : 1) + 1));
    const int64_t count = options.per_channel ? channels : 1;
    std::vector<float> scales;
    std::vector<float> bias_scales;
    for (int64_t c = 0; c < count; ++c) {
        const float vary = static_cast<float>(96 + draw() % 64) / 128.0F;
        scales.push_back(w.y.scale * vary / (x.quant.scale * spread));
        bias_scales.push_back(x.quant.scale * scales.back());
    }
    const Shape scale_shape = options.per_channel ? Shape{count} : Shape{};
    w.scale = tensor(tensor_of(DataType::f32, scale_shape, scales), "scales");
    w.zero = tensor(
        tensor_of(options.weight_type, scale_shape, std::vector<uint8_t>(scales.size(), static_cast<uint8_t>(zero))),
        "zeros");
    if (!options.bias) return w;
    std::vector<int32_t> bias;
    const auto reach = static_cast<int32_t>(spread) * 16;
    for (int64_t c = 0; c < channels; ++c) {
        bias.push_back(static_cast<int32_t>(draw() % static_cast<uint32_t>(2 * reach + 1)) - reach);
    }
    w.bias = tensor(tensor_of(DataType::s32, {channels}, bias), "bias");
    w.bias_scale = tensor(tensor_of(DataType::f32, scale_shape, bias_scales), "bias_scales");
    return w;
}

std::vector<Attribute> NetworkMaker::conv_attributes(const MadeConv& s) {
    return {
        integers_attribute_of("kernel_shape", {s.kernel_h, s.kernel_w}),
        integers_attribute_of("strides", {s.stride, s.stride}),
        integers_attribute_of("pads", {s.pad, s.pad, s.pad, s.pad}),
        integers_attribute_of("dilations", {s.dilation, s.dilation}),
        integer_attribute_of("group", s.groups)};
}

Shape NetworkMaker::conv_shape(const Made& x, const MadeConv& s) const {
    const auto size = [&](int64_t in, int64_t kernel) {
        return (in + 2 * s.pad - s.dilation * (kernel - 1) - 1) / s.stride + 1;
    };
    return {x.shape[0], s.channels, size(x.shape[2], s.kernel_h), size(x.shape[3], s.kernel_w)};
}

Made NetworkMaker::conv(const Made& x, const MadeConv& s) {
    const int64_t inputs = x.shape[1] / s.groups;
    const Weights w =
        weights(x, {s.channels, inputs, s.kernel_h, s.kernel_w}, s.channels, inputs * s.kernel_h * s.kernel_w, s);
    std::vector<ValueId> operands =
        {x.id, number(x.quant.scale), zero_point(x.quant), w.id, w.scale, w.zero, number(w.y.scale), zero_point(w.y)};
    if (s.bias) operands.push_back(w.bias);
    const Shape shape = conv_shape(x, s);
    return {node("QLinearConv", std::move(operands), w.y.type, shape, conv_attributes(s)), w.y, shape};
}

Made NetworkMaker::qdq_conv(const Made& x, const MadeConv& s) {
    const int64_t inputs = x.shape[1] / s.groups;
    const Shape kernel = {s.channels, inputs, s.kernel_h, s.kernel_w};
    const Weights w = weights(x, kernel, s.channels, inputs * s.kernel_h * s.kernel_w, s);
    const std::vector<Attribute> along = {integer_attribute_of("axis", 0)};
    std::vector<ValueId> operands = {
        dequantised(x),
        node("DequantizeLinear", {w.id, w.scale, w.zero}, DataType::f32, kernel, along)};
    if (s.bias) {
        operands.push_back(node("DequantizeLinear", {w.bias, w.bias_scale}, DataType::f32, {s.channels}, along));
    }
    const Shape shape = conv_shape(x, s);
    const ValueId y = node("Conv", std::move(operands), DataType::f32, shape, conv_attributes(s));
    return quantised(s.relu ? node("Relu", {y}, DataType::f32, shape) : y, w.y, shape);
}

Made NetworkMaker::conv_transpose(const Made& x, int64_t channels, int64_t kernel, int64_t stride, int64_t pad) {
    MadeConv s;
    s.per_channel = false;
    const int64_t taps = std::max<int64_t>(1, kernel / stride);
    const Shape kernel_shape = {x.shape[1], channels, kernel, kernel};
    const Weights w = weights(x, kernel_shape, channels, x.shape[1] * taps * taps, s);
    const ValueId weight = node("DequantizeLinear", {w.id, w.scale, w.zero}, DataType::f32, kernel_shape);
    const ValueId bias = node("DequantizeLinear", {w.bias, w.bias_scale}, DataType::f32, {channels});
    const auto size = [&](int64_t in) { return (in - 1) * stride + kernel - 2 * pad; };
    const Shape shape = {x.shape[0], channels, size(x.shape[2]), size(x.shape[3])};
    const std::vector<Attribute> attributes = {
        integers_attribute_of("kernel_shape", {kernel, kernel}),
        integers_attribute_of("strides", {stride, stride}),
        integers_attribute_of("pads", {pad, pad, pad, pad})};
    const ValueId data = dequantised(x);
    return quantised(node("ConvTranspose", {data, weight, bias}, DataType::f32, shape, attributes), w.y, shape);
}

Made NetworkMaker::matmul(const Made& a, int64_t columns) {
    MadeConv s;
    s.bias = false;
    const int64_t depth = a.shape.back();
    const Weights w = weights(a, {depth, columns}, columns, depth, s);
    Shape shape = a.shape;
    shape.back() = columns;
    return {
        node(
            "QLinearMatMul",
            {a.id,
             number(a.quant.scale),
             zero_point(a.quant),
             w.id,
             w.scale,
             w.zero,
             number(w.y.scale),
             zero_point(w.y)},
            w.y.type,
            shape),
        w.y,
        shape};
}

Made NetworkMaker::matmul(const Made& a, const Made& b) {
    Shape shape = a.shape;
    shape.back() = b.shape.back();
    // both spread over about 40 steps: their products over 1600 sqrt(depth)
    QuantisedType y = type_of(DataType::u8, 0);
    y.scale = a.quant.scale * b.quant.scale * static_cast<float>(whole_root(a.shape.back() * 1600));
    return {
        node(
            "QLinearMatMul",
            {a.id,
             number(a.quant.scale),
             zero_point(a.quant),
             b.id,
             number(b.quant.scale),
             zero_point(b.quant),
             number(y.scale),
             zero_point(y)},
            y.type,
            shape),
        y,
        shape};
}

Made NetworkMaker::gemm(const Made& a, int64_t columns) {
    const int64_t depth = a.shape.back();
    const Weights w = weights(a, {columns, depth}, columns, depth, {});
    const std::vector<Attribute> along = {integer_attribute_of("axis", 0)};
    const ValueId b = node("DequantizeLinear", {w.id, w.scale, w.zero}, DataType::f32, {columns, depth}, along);
    const ValueId c = node("DequantizeLinear", {w.bias, w.bias_scale}, DataType::f32, {columns}, along);
    const Shape shape = {a.shape[0], columns};
    const ValueId data = dequantised(a);
    const ValueId y = node("Gemm", {data, b, c}, DataType::f32, shape, {integer_attribute_of("transB", 1)});
    return quantised(y, w.y, shape);
}

Made NetworkMaker::add(const Made& a, const Made& b, bool relu) {
    const Shape& shape = element_count(a.shape) >= element_count(b.shape) ? a.shape : b.shape;
    QuantisedType y = type_of(DataType::u8, 0, relu);
    y.scale = (a.quant.scale + b.quant.scale) * 0.75F;
    const ValueId left = dequantised(a);
    const ValueId right = dequantised(b);
    const ValueId sum = node("Add", {left, right}, DataType::f32, shape);
    return quantised(relu ? node("Relu", {sum}, DataType::f32, shape) : sum, y, shape);
}

Made NetworkMaker::multiply(const Made& a, const Made& b) {
    const Shape& shape = element_count(a.shape) >= element_count(b.shape) ? a.shape : b.shape;
    QuantisedType y = type_of(a.quant.type, 0);
    y.scale = a.quant.scale * b.quant.scale * 192.0F;
    const ValueId left = dequantised(a);
    const ValueId right = dequantised(b);
    return quantised(node("Mul", {left, right}, DataType::f32, shape), y, shape);
}

Made NetworkMaker::function(
    const std::string& op,
    const Made& x,
    const QuantisedType& y,
    std::vector<Attribute> attributes) {
    return quantised(node(op, {dequantised(x)}, DataType::f32, x.shape, std::move(attributes)), y, x.shape);
}

Made NetworkMaker::scale_by(const Made& x, float factor) {
    QuantisedType y = x.quant;
    y.scale = x.quant.scale * factor * 1.125F;
    const ValueId data = dequantised(x);
    return quantised(node("Mul", {data, number(factor)}, DataType::f32, x.shape), y, x.shape);
}

Made NetworkMaker::softmax(const Made& x) {
    return function("Softmax", x, {DataType::u8, 1.0F / 256.0F, 0}, {integer_attribute_of("axis", -1)});
}

Made NetworkMaker::layer_norm(const Made& x) {
    const int64_t channels = x.shape.back();
    std::vector<float> gamma;
    std::vector<float> beta;
    for (int64_t c = 0; c < channels; ++c) {
        gamma.push_back(static_cast<float>(96 + draw() % 64) / 128.0F);
        beta.push_back(static_cast<float>(static_cast<int32_t>(draw() % 65) - 32) / 128.0F);
    }
    const ValueId g = tensor(tensor_of(DataType::f32, {channels}, gamma), "gamma");
    const ValueId b = tensor(tensor_of(DataType::f32, {channels}, beta), "beta");
    const ValueId data = dequantised(x);
    const ValueId y = node(
        "LayerNormalization",
        {data, g, b},
        DataType::f32,
        x.shape,
        {integer_attribute_of("axis", -1), number_attribute_of("epsilon", 1e-5F)});
    return quantised(y, type_of(DataType::u8, -5), x.shape);
}

Made NetworkMaker::global_average(const Made& x) {
    const Shape shape = {x.shape[0], x.shape[1], 1, 1};
    QuantisedType y = x.quant;
    y.scale = x.quant.scale * 0.75F;
    return quantised(node("GlobalAveragePool", {dequantised(x)}, DataType::f32, shape), y, shape);
}

Made NetworkMaker::average_pool(const Made& x, int64_t kernel, int64_t stride, int64_t pad, bool count_padding) {
    const auto size = [&](int64_t in) { return (in + 2 * pad - kernel) / stride + 1; };
    const Shape shape = {x.shape[0], x.shape[1], size(x.shape[2]), size(x.shape[3])};
    QuantisedType y = x.quant;
    y.scale = x.quant.scale * 0.75F;
    const ValueId data = dequantised(x);
    const ValueId pooled = node(
        "AveragePool",
        {data},
        DataType::f32,
        shape,
        {integers_attribute_of("kernel_shape", {kernel, kernel}),
         integers_attribute_of("strides", {stride, stride}),
         integers_attribute_of("pads", {pad, pad, pad, pad}),
         integer_attribute_of("count_include_pad", count_padding ? 1 : 0)});
    return quantised(pooled, y, shape);
}

Made NetworkMaker::max_pool(const Made& x, int64_t kernel, int64_t stride, int64_t pad) {
    const auto size = [&](int64_t in) { return (in + 2 * pad - kernel) / stride + 1; };
    const Shape shape = {x.shape[0], x.shape[1], size(x.shape[2]), size(x.shape[3])};
    return {
        node(
            "MaxPool",
            {x.id},
            x.quant.type,
            shape,
            {integers_attribute_of("kernel_shape", {kernel, kernel}),
             integers_attribute_of("strides", {stride, stride}),
             integers_attribute_of("pads", {pad, pad, pad, pad})}),
        x.quant,
        shape};
}

Made NetworkMaker::reshape(const Made& x, Shape shape) {
    const ValueId list = integers({shape.begin(), shape.end()});
    return {node("Reshape", {x.id, list}, x.quant.type, shape), x.quant, shape};
}

Made NetworkMaker::transpose(const Made& x, std::vector<int64_t> order) {
    Shape shape;
    for (int64_t d : order) shape.push_back(x.shape[static_cast<size_t>(d)]);
    return {node("Transpose", {x.id}, x.quant.type, shape, {integers_attribute_of("perm", order)}), x.quant, shape};
}

Made NetworkMaker::slice(const Made& x, int64_t axis, int64_t start, int64_t end) {
    Shape shape = x.shape;
    shape[static_cast<size_t>(axis)] = end - start;
    const std::vector<ValueId> inputs = {x.id, integers({start}), integers({end}), integers({axis})};
    return {node("Slice", inputs, x.quant.type, shape), x.quant, shape};
}

Made NetworkMaker::resize(const Made& x, int64_t factor) {
    Shape shape = x.shape;
    shape[2] *= factor;
    shape[3] *= factor;
    const auto f = static_cast<float>(factor);
    const ValueId scales = tensor(tensor_of<float>(DataType::f32, {4}, {1, 1, f, f}), "scales");
    return {
        node(
            "Resize",
            {x.id, kNoValue, scales},
            x.quant.type,
            shape,
            {text_attribute_of("mode", "nearest"),
             text_attribute_of("nearest_mode", "floor"),
             text_attribute_of("coordinate_transformation_mode", "asymmetric")}),
        x.quant,
        shape};
}

Made NetworkMaker::concat(const std::vector<Made>& parts, int64_t axis) {
    Shape shape = parts[0].shape;
    shape[static_cast<size_t>(axis)] = 0;
    std::vector<ValueId> inputs;
    QuantisedType y = parts[0].quant;
    for (const Made& part : parts) {
        shape[static_cast<size_t>(axis)] += part.shape[static_cast<size_t>(axis)];
        inputs.push_back(dequantised(part));
        y.scale = std::max(y.scale, part.quant.scale);
    }
    return quantised(
        node("Concat", std::move(inputs), DataType::f32, shape, {integer_attribute_of("axis", axis)}),
        y,
        shape);
}

Made NetworkMaker::pad(const Made& x, std::vector<int64_t> pads) {
    Shape shape = x.shape;
    for (size_t d = 0; d < shape.size(); ++d) shape[d] += pads[d] + pads[shape.size() + d];
    const ValueId list = integers(std::move(pads));
    return {node("Pad", {x.id, list, zero_point(x.quant)}, x.quant.type, shape), x.quant, shape};
}

}  // namespace chipchain
