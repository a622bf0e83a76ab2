#include "tests/chip/random_network.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace chipchain::testing {
namespace {

bool is_signed(DataType type) { return type == DataType::s8; }
int32_t lowest(DataType type) { return is_signed(type) ? -128 : 0; }
int32_t highest(DataType type) { return is_signed(type) ? 127 : 255; }

// a zero point: the ends of the range, beside them, the middle, or any
int32_t zero_point(Draws& draws, DataType type) {
    const int32_t low = lowest(type);
    const int32_t offset = draws.one_of({0, 255, 128, 127, 1, 254, static_cast<int32_t>(draws.between(0, 255))});
    return low + offset;
}

// the zero point of weights: mostly the middle, where their sums stay small
int32_t weight_zero(Draws& draws, DataType type) {
    const int32_t middle = type == DataType::s8 ? 0 : 128;
    const int32_t any = zero_point(draws, type);
    return draws.chance(75) ? middle : any;
}

Tensor bytes_tensor(Draws& draws, DataType type, Shape shape, int32_t low, int32_t high) {
    Tensor tensor(type, std::move(shape));
    for (std::byte& byte : tensor.bytes) byte = static_cast<std::byte>(draws.between(low, high));
    return tensor;
}

// bytes: any; or only the ends; or near one value
Tensor some_bytes(Draws& draws, DataType type, const Shape& shape) {
    const int32_t low = lowest(type);
    const int32_t high = highest(type);
    if (draws.chance(15)) {
        Tensor tensor(type, shape);
        for (std::byte& byte : tensor.bytes) byte = static_cast<std::byte>(draws.chance(50) ? low : high);
        return tensor;
    }
    if (draws.chance(10)) {
        const auto centre = static_cast<int32_t>(draws.between(low, high));
        return bytes_tensor(draws, type, shape, std::max(low, centre - 2), std::min(high, centre + 2));
    }
    return bytes_tensor(draws, type, shape, low, high);
}

float random_mantissa(Draws& draws) { return 1 + static_cast<float>(draws.word() >> 9) * 0x1p-23F; }

// a scale near 2^power: a power of two, whose quotients meet ties; three of them; or any
float some_scale(Draws& draws, int power) {
    const float mantissa = draws.chance(60) ? 1.0F : (draws.chance(30) ? 1.5F : random_mantissa(draws));
    return std::ldexp(mantissa, power);
}

// scales of operands and result, so that sums of size 2^sum_bits become some 6 bits
struct Scales {
    float x = 1, y = 1;
    std::vector<float> w;
};
Scales some_scales(Draws& draws, int sum_bits, size_t channels) {
    // a tenth of the products of scales is subnormal
    const int x_power =
        draws.chance(10) ? static_cast<int>(draws.between(-100, -95)) : static_cast<int>(draws.between(-9, 3));
    const int w_power =
        x_power < -90 ? static_cast<int>(draws.between(-42, -36)) : static_cast<int>(draws.between(-9, 3));
    const int down = sum_bits - 6 + static_cast<int>(draws.between(-1, 2));
    Scales scales;
    scales.x = some_scale(draws, x_power);
    scales.y = some_scale(draws, x_power + w_power + down);
    for (size_t i = 0; i < channels; ++i)
        scales.w.push_back(some_scale(draws, w_power + static_cast<int>(draws.between(0, 1))));
    return scales;
}

// typical bits of a sum of `terms` products of bytes, of which one is centred
int sum_bits(int64_t terms) { return 13 + static_cast<int>(std::log2(static_cast<double>(terms)) / 2); }

struct OperandTypes {
    DataType x, w;
};
// what ONNX Runtime multiplies
OperandTypes some_types(Draws& draws) {
    return draws.one_of<OperandTypes>(
        {{DataType::u8, DataType::u8}, {DataType::u8, DataType::s8}, {DataType::s8, DataType::s8}});
}

int32_t some_bias(Draws& draws, int bits) {
    const auto near = static_cast<int32_t>(draws.between(-40, 40));
    if (draws.chance(60)) return static_cast<int32_t>(draws.between(-(1 << bits), 1 << bits));
    return draws.one_of({1 << 24, -(1 << 24), 0, (1 << 24) * 3, -(1 << 30)}) + near;
}

struct Convolution {
    Shape x, w, y;
    std::vector<int64_t> strides, dilations, pads;
    int64_t group = 1;
};

Convolution some_convolution(Draws& draws) {
    Convolution c;
    const size_t axes = draws.chance(15) ? 1 : 2;
    const bool depthwise = draws.chance(20);
    c.group = depthwise ? draws.between(2, 24) : draws.one_of<int64_t>({1, 1, 1, 2, 3});
    const int64_t in = depthwise ? 1 : draws.between(1, 12);
    const int64_t out = depthwise ? draws.between(1, 2) : draws.between(1, 12);
    c.x = {draws.between(1, 2), in * c.group};
    c.w = {out * c.group, in};
    c.y = {c.x[0], c.w[0]};
    c.pads.resize(2 * axes);
    for (size_t axis = 0; axis < axes; ++axis) {
        const int64_t kernel = draws.one_of<int64_t>({1, 2, 3, 3, 5});
        const int64_t dilation = draws.chance(25) ? 2 : 1;
        const int64_t stride = draws.chance(30) ? 2 : 1;
        const int64_t reach = (kernel - 1) * dilation + 1;
        const int64_t size = reach + draws.between(0, 9);
        c.pads[axis] = draws.chance(50) ? draws.between(0, kernel - 1) : 0;
        c.pads[axis + axes] = draws.chance(50) ? draws.between(0, kernel - 1) : 0;
        c.x.push_back(size);
        c.w.push_back(kernel);
        c.y.push_back((size + c.pads[axis] + c.pads[axis + axes] - reach) / stride + 1);
        c.strides.push_back(stride);
        c.dilations.push_back(dilation);
    }
    return c;
}

std::vector<Attribute> attributes_of(const Convolution& c) {
    return {
        integers_attribute_of("strides", c.strides),
        integers_attribute_of("dilations", c.dilations),
        integers_attribute_of("pads", c.pads),
        integer_attribute_of("group", c.group)};
}

int64_t terms_of(const Shape& w) { return element_count(w) / w[0]; }

Tensor repeated(DataType type, int64_t count, int32_t value) {
    Tensor tensor(type, {count});
    for (std::byte& byte : tensor.bytes) byte = static_cast<std::byte>(value);
    return tensor;
}

ValueId scales_value(NetworkBuilder& builder, const std::vector<float>& scales, bool per_channel) {
    return per_channel ? builder.constant(floats({static_cast<int64_t>(scales.size())}, scales))
                       : builder.scalar(scales[0]);
}

ValueId biases(Draws& draws, NetworkBuilder& builder, int64_t count, int bits) {
    Tensor bias(DataType::s32, {count});
    for (int32_t& value : bias.as<int32_t>()) value = some_bias(draws, bits);
    return builder.constant(std::move(bias));
}

// a QLinearConv of x; returns its output
ValueId add_conv(
    Draws& draws,
    NetworkBuilder& builder,
    const Convolution& c,
    const OperandTypes& types,
    ValueId x,
    float x_scale,
    int32_t x_zero,
    Scales scales,
    int32_t y_zero) {
    const bool per_channel = draws.chance(50);
    const int32_t w_zero = weight_zero(draws, types.w);
    const int bits = sum_bits(terms_of(c.w));
    std::vector<ValueId> inputs = {
        x,
        builder.scalar(x_scale),
        builder.byte(types.x, x_zero),
        builder.constant(some_bytes(draws, types.w, c.w)),
        scales_value(builder, scales.w, per_channel),
        per_channel ? builder.constant(repeated(types.w, c.w[0], w_zero)) : builder.byte(types.w, w_zero),
        builder.scalar(scales.y),
        builder.byte(types.x, y_zero)};
    if (draws.chance(60)) inputs.push_back(biases(draws, builder, c.w[0], bits));
    return builder.node("QLinearConv", std::move(inputs), types.x, c.y, attributes_of(c));
}

void random_conv(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const Convolution c = some_convolution(draws);
    const OperandTypes types = some_types(draws);
    out.mixed_signs = types.x != types.w;
    const Scales scales = some_scales(draws, sum_bits(terms_of(c.w)), static_cast<size_t>(c.w[0]));
    const int32_t x_zero = zero_point(draws, types.x);
    const int32_t y_zero = zero_point(draws, types.x);
    const ValueId x = builder.input(types.x, c.x);
    builder.output(add_conv(draws, builder, c, types, x, scales.x, x_zero, scales, y_zero));
    for (int run = 0; run < 2; ++run) out.runs.push_back({some_bytes(draws, types.x, c.x)});
    out.network = builder.take();
}

// 1x1 convolutions of small values, whose bias puts the sums beside ties of 2^-shift: the conversion to binary32 moves
// them onto the tie, where it is above 2^24, and off it with another rounding; or beside 2^31, where sums wrap
void random_conv_ties(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const OperandTypes types = some_types(draws);
    out.mixed_signs = types.x != types.w;
    const Shape shape = {1, 3, 8, 8};
    const int64_t channels = 32;
    const auto shift = static_cast<int>(draws.between(17, 24));
    const auto x_zero = static_cast<int32_t>(draws.between(lowest(types.x) + 3, highest(types.x) - 3));
    const auto w_zero = static_cast<int32_t>(draws.between(lowest(types.w) + 1, highest(types.w) - 1));
    Tensor bias(DataType::s32, {channels});
    for (int32_t& value : bias.as<int32_t>()) {
        const int64_t odd = 2 * draws.between(-128, 127) + 1;
        const int64_t tie = odd * (int64_t{1} << (shift - 1));
        const int64_t near = draws.between(-20, 20);
        const int64_t end = draws.one_of<int64_t>({INT32_MAX, INT32_MIN}) + near;
        value = static_cast<int32_t>(std::clamp<int64_t>(draws.chance(15) ? end : tie, INT32_MIN, INT32_MAX));
    }
    const ValueId x = builder.input(types.x, shape);
    builder.output(builder.node(
        "QLinearConv",
        {x,
         builder.scalar(0x1p-4F),
         builder.byte(types.x, x_zero),
         builder.constant(bytes_tensor(draws, types.w, {channels, 3, 1, 1}, w_zero - 1, w_zero + 1)),
         builder.scalar(0x1p-3F),
         builder.byte(types.w, w_zero),
         builder.scalar(std::ldexp(1.0F, shift - 7)),
         builder.byte(types.x, zero_point(draws, types.x)),
         builder.constant(std::move(bias))},
        types.x,
        {1, channels, 8, 8}));
    for (int run = 0; run < 2; ++run) out.runs.push_back({bytes_tensor(draws, types.x, shape, x_zero - 3, x_zero + 3)});
    out.network = builder.take();
}

void random_matmul(Draws& draws, RandomCase& out, bool wrapping) {
    NetworkBuilder builder(out.name);
    const OperandTypes types = wrapping ? OperandTypes{DataType::u8, DataType::u8} : some_types(draws);
    out.mixed_signs = types.x != types.w;
    const int64_t m = draws.between(1, 24);
    const int64_t k =
        wrapping ? draws.between(33'026, 40'000) : draws.one_of<int64_t>({draws.between(1, 96), 128, 500, 4000});
    const int64_t n = wrapping ? draws.between(1, 8) : draws.between(1, 70);
    const int64_t batch = !wrapping && k < 500 && draws.chance(30) ? draws.between(2, 4) : 0;
    const Shape a_shape = batch != 0 ? Shape{batch, m, k} : Shape{m, k};
    const bool b_batched = batch != 0 && draws.chance(50);
    const Shape b_shape = b_batched ? Shape{batch, k, n} : Shape{k, n};
    const bool per_column = !b_batched && draws.chance(40);
    const Scales scales = some_scales(draws, wrapping ? 31 : sum_bits(k), static_cast<size_t>(n));
    const bool constant_b = !b_batched && draws.chance(60);
    // sums of 255 * 255 with zero points 0 pass 2^31 and 2^32
    const int32_t low = wrapping ? 250 : lowest(types.w);
    Tensor b = wrapping ? bytes_tensor(draws, types.w, b_shape, low, 255) : some_bytes(draws, types.w, b_shape);
    const ValueId a_value = builder.input(types.x, a_shape);
    const ValueId b_value = constant_b ? builder.constant(b) : builder.input(types.w, b_shape);
    const int32_t b_zero = wrapping ? 0 : weight_zero(draws, types.w);
    builder.output(builder.node(
        "QLinearMatMul",
        {a_value,
         builder.scalar(scales.x),
         builder.byte(types.x, wrapping ? 0 : zero_point(draws, types.x)),
         b_value,
         scales_value(builder, scales.w, per_column),
         per_column ? builder.constant(repeated(types.w, n, b_zero)) : builder.byte(types.w, b_zero),
         builder.scalar(scales.y),
         builder.byte(types.x, zero_point(draws, types.x))},
        types.x,
        batch != 0 ? Shape{batch, m, n} : Shape{m, n}));
    for (int run = 0; run < 2; ++run) {
        std::vector<Tensor> inputs;
        inputs.push_back(
            wrapping ? bytes_tensor(draws, types.x, a_shape, low, 255) : some_bytes(draws, types.x, a_shape));
        if (!constant_b) inputs.push_back(b);
        out.runs.push_back(std::move(inputs));
    }
    out.network = builder.take();
}

void random_matmul_integer(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name, 13);
    const OperandTypes types = some_types(draws);
    out.mixed_signs = types.x != types.w;
    out.not_for_chips = true;
    const bool overflow = draws.chance(30);
    const int64_t k = overflow ? 40'000 : draws.between(1, 700);
    const int64_t m = draws.between(1, overflow ? 4 : 16);
    const int64_t n = draws.between(1, overflow ? 4 : 40);
    const ValueId a = builder.input(types.x, {m, k});
    const ValueId b = builder.input(types.w, {k, n});
    std::vector<ValueId> inputs = {a, b};
    if (draws.chance(70)) {
        inputs.push_back(builder.byte(types.x, overflow ? lowest(types.x) : zero_point(draws, types.x)));
        inputs.push_back(builder.byte(types.w, overflow ? lowest(types.w) : zero_point(draws, types.w)));
    }
    builder.output(builder.node("MatMulInteger", std::move(inputs), DataType::s32, {m, n}));
    const auto some = [&](DataType type, const Shape& shape) {
        return overflow ? bytes_tensor(draws, type, shape, highest(type) - 1, highest(type))
                        : some_bytes(draws, type, shape);
    };
    Tensor left = some(types.x, {m, k});
    out.runs.push_back({std::move(left), some(types.w, {k, n})});
    out.network = builder.take();
}

void random_conv_integer(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const Convolution c = some_convolution(draws);
    out.not_for_chips = true;
    const ValueId x = builder.input(DataType::u8, c.x);
    std::vector<ValueId> inputs = {x, builder.constant(some_bytes(draws, DataType::u8, c.w))};
    if (draws.chance(70)) {
        inputs.push_back(builder.byte(DataType::u8, zero_point(draws, DataType::u8)));
        inputs.push_back(builder.byte(DataType::u8, zero_point(draws, DataType::u8)));
    }
    builder.output(builder.node("ConvInteger", std::move(inputs), DataType::s32, c.y, attributes_of(c)));
    for (int run = 0; run < 2; ++run) out.runs.push_back({some_bytes(draws, DataType::u8, c.x)});
    out.network = builder.take();
}

// floats at the ties of x / scale and beside them, from low to high steps
Tensor tie_floats(Draws& draws, const Shape& shape, float scale, int32_t low, int32_t high) {
    Tensor tensor(DataType::f32, shape);
    for (float& x : tensor.as<float>()) {
        const auto step = static_cast<float>(draws.between(low, high));
        x = (step + (draws.chance(70) ? 0.5F : 0.0F)) * scale;
        if (draws.chance(25)) x = std::nextafter(x, -INFINITY);
        if (draws.chance(25)) x = std::nextafter(x, INFINITY);
        if (draws.chance(2)) x = draws.one_of({INFINITY, -INFINITY, 0.0F, -0.0F, 3e38F, -3e38F, 1e-45F});
        const float mantissa = random_mantissa(draws);
        if (draws.chance(5)) x = mantissa * step * scale;
    }
    return tensor;
}

void random_quantise(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const DataType type = draws.one_of({DataType::u8, DataType::s8});
    const bool per_axis = draws.chance(30);
    out.not_for_chips = per_axis;
    const Shape shape = {7, 5, 61};
    const int power =
        draws.chance(15) ? static_cast<int>(draws.between(-146, -120)) : static_cast<int>(draws.between(-20, 6));
    std::vector<float> scales;
    std::vector<int32_t> zero_points;
    Tensor zeros(type, {5});
    for (std::byte& byte : zeros.bytes) {
        scales.push_back(some_scale(draws, power));
        zero_points.push_back(zero_point(draws, type));
        byte = static_cast<std::byte>(zero_points.back());
    }
    const ValueId x = builder.input(DataType::f32, shape);
    const ValueId scale = scales_value(builder, scales, per_axis);
    const ValueId zero = per_axis ? builder.constant(zeros) : builder.byte(type, zero_points[0]);
    builder.output(builder.node("QuantizeLinear", {x, scale, zero}, type, shape, {integer_attribute_of("axis", 1)}));
    for (int run = 0; run < 3; ++run) {
        const auto aim = static_cast<size_t>(draws.between(0, per_axis ? 4 : 0));
        const int32_t centre = zero_points[aim];
        out.runs.push_back(
            {tie_floats(draws, shape, scales[aim], lowest(type) - centre - 9, highest(type) - centre + 9)});
    }
    out.network = builder.take();
}

void random_dequantise(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const DataType type = draws.one_of({DataType::u8, DataType::s8, DataType::s32});
    const Shape shape = {4, 300};
    const int power =
        draws.chance(20) ? static_cast<int>(draws.between(-149, -120)) : static_cast<int>(draws.between(-40, 30));
    const ValueId x = builder.input(type, shape);
    std::vector<ValueId> inputs = {x, builder.scalar(some_scale(draws, power))};
    if (type != DataType::s32) inputs.push_back(builder.byte(type, zero_point(draws, type)));
    builder.output(builder.node("DequantizeLinear", std::move(inputs), DataType::f32, shape));
    Tensor values(type, shape);
    for (std::byte& byte : values.bytes) byte = static_cast<std::byte>(draws.between(0, 255));
    out.runs.push_back({std::move(values)});
    out.not_for_chips = type == DataType::s32;
    out.network = builder.take();
}

void random_max_pool(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const DataType type = draws.one_of({DataType::u8, DataType::s8});
    Shape shape = {draws.between(1, 2), draws.between(1, 9)};
    Shape result = shape;
    std::vector<int64_t> kernel, strides, pads(4);
    for (size_t axis = 0; axis < 2; ++axis) {
        kernel.push_back(draws.between(1, 4));
        strides.push_back(draws.between(1, 3));
        pads[axis] = draws.between(0, kernel[axis] - 1);
        pads[axis + 2] = draws.between(0, kernel[axis] - 1);
        shape.push_back(kernel[axis] + draws.between(0, 12));
        result.push_back((shape.back() + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis] + 1);
    }
    const ValueId x = builder.input(type, shape);
    builder.output(builder.node(
        "MaxPool",
        {x},
        type,
        result,
        {integers_attribute_of("kernel_shape", kernel),
         integers_attribute_of("strides", strides),
         integers_attribute_of("pads", pads)}));
    for (int run = 0; run < 2; ++run) out.runs.push_back({some_bytes(draws, type, shape)});
    out.network = builder.take();
}

ValueId add_dequantise(NetworkBuilder& builder, ValueId x, float scale, int32_t zero) {
    const NetworkValue value = builder.value(x);
    return builder.node(
        "DequantizeLinear",
        {x, builder.scalar(scale), builder.byte(value.type, zero)},
        DataType::f32,
        value.shape);
}

ValueId add_quantise(NetworkBuilder& builder, ValueId x, float scale, DataType type, int32_t zero) {
    const Shape shape = builder.value(x).shape;
    return builder.node("QuantizeLinear", {x, builder.scalar(scale), builder.byte(type, zero)}, type, shape);
}

// all pairs of bytes
void random_elementwise(Draws& draws, RandomCase& out, bool product) {
    NetworkBuilder builder(out.name);
    const DataType type = draws.one_of({DataType::u8, DataType::s8});
    out.fused_differs = true;
    const Shape shape = {2, 3, 4096};
    const auto power = static_cast<int>(draws.between(-8, 2));
    const float a_scale = some_scale(draws, power);
    const float b_scale = some_scale(draws, power + static_cast<int>(draws.between(-2, 2)));
    const float y_scale = product ? some_scale(draws, 0) * a_scale * b_scale * 128
                                  : some_scale(draws, power + static_cast<int>(draws.between(0, 3)));
    const ValueId a = builder.input(type, shape);
    const ValueId b = builder.input(type, shape);
    const ValueId x = add_dequantise(builder, a, a_scale, zero_point(draws, type));
    const ValueId y = add_dequantise(builder, b, b_scale, zero_point(draws, type));
    const ValueId z = builder.node(product ? "Mul" : "Add", {x, y}, DataType::f32, shape);
    builder.output(add_quantise(builder, z, y_scale, type, zero_point(draws, type)));
    for (int run = 0; run < 1; ++run) {
        Tensor left = some_bytes(draws, type, shape);
        out.runs.push_back({std::move(left), some_bytes(draws, type, shape)});
    }
    out.network = builder.take();
}

ValueId
add_average_pool(NetworkBuilder& builder, ValueId x, float x_scale, int32_t x_zero, float y_scale, int32_t y_zero) {
    const NetworkValue value = builder.value(x);
    Shape shape = value.shape;
    for (size_t axis = 2; axis < shape.size(); ++axis) shape[axis] = 1;
    return builder.node(
        "QLinearGlobalAveragePool",
        {x,
         builder.scalar(x_scale),
         builder.byte(value.type, x_zero),
         builder.scalar(y_scale),
         builder.byte(value.type, y_zero)},
        value.type,
        shape,
        {integer_attribute_of("channels_last", 0)},
        "com.microsoft");
}

void random_average_pool(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const DataType type = DataType::u8;  // the only one of ONNX Runtime's kernel
    const Shape shape = {2, 200, draws.one_of<int64_t>({1, 2, 4, 7, 8}), draws.one_of<int64_t>({1, 2, 5, 8, 16})};
    const float x_scale = some_scale(draws, static_cast<int>(draws.between(-8, 0)));
    const float y_scale = draws.chance(50) ? x_scale * 0.5F : some_scale(draws, std::ilogb(x_scale));
    const ValueId x = builder.input(type, shape);
    const int32_t x_zero = zero_point(draws, type);
    const int32_t y_zero = zero_point(draws, type);
    builder.output(add_average_pool(builder, x, x_scale, x_zero, y_scale, y_zero));
    for (int run = 0; run < 2; ++run) out.runs.push_back({some_bytes(draws, type, shape)});
    out.network = builder.take();
}

void random_qdq_conv(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    const Convolution c = some_convolution(draws);
    const OperandTypes types = draws.one_of<OperandTypes>({{DataType::u8, DataType::s8}, {DataType::u8, DataType::u8}});
    out.mixed_signs = types.x != types.w;
    out.float_inside = true;
    const int bits = sum_bits(terms_of(c.w));
    const Scales scales = some_scales(draws, bits, 1);
    const ValueId x = builder.input(types.x, c.x);
    const ValueId x_float = add_dequantise(builder, x, scales.x, zero_point(draws, types.x));
    const ValueId w = builder.constant(some_bytes(draws, types.w, c.w));
    const int32_t w_zero = types.w == DataType::s8 ? 0 : weight_zero(draws, types.w);
    std::vector<ValueId> inputs = {x_float, add_dequantise(builder, w, scales.w[0], w_zero)};
    if (draws.chance(70)) {
        const ValueId bias = biases(draws, builder, c.w[0], bits);
        const float bias_scale = scales.x * scales.w[0];
        inputs.push_back(builder.node("DequantizeLinear", {bias, builder.scalar(bias_scale)}, DataType::f32, {c.w[0]}));
    }
    ValueId y = builder.node("Conv", std::move(inputs), DataType::f32, c.y, attributes_of(c));
    int32_t y_zero = zero_point(draws, types.x);
    if (draws.chance(40)) {
        y = builder.node("Relu", {y}, DataType::f32, c.y);
        y_zero = 0;  // ONNX Runtime folds a Relu only where the range begins at zero
    }
    builder.output(add_quantise(builder, y, scales.y, types.x, y_zero));
    for (int run = 0; run < 2; ++run) out.runs.push_back({some_bytes(draws, types.x, c.x)});
    out.network = builder.take();
}

// image -> quantise -> conv -> max pool -> conv, conv -> sum -> average pool -> reshape -> matmul -> dequantise
void random_chain(Draws& draws, RandomCase& out) {
    NetworkBuilder builder(out.name);
    out.fused_differs = true;
    const OperandTypes types = {DataType::u8, draws.one_of({DataType::u8, DataType::s8})};
    out.mixed_signs = types.x != types.w;
    const auto zero = [&] { return zero_point(draws, DataType::u8); };
    const auto conv =
        [&](ValueId x, float x_scale, int32_t x_zero, const Shape& w, const Shape& y, float y_scale, int32_t y_zero) {
            Convolution c{builder.value(x).shape, w, y, {1, 1}, {1, 1}, {1, 1, 1, 1}, 1};
            if (w[2] == 1) c.pads = {0, 0, 0, 0};
            Scales scales;
            scales.y = y_scale;
            const int power = std::ilogb(y_scale / x_scale) - sum_bits(terms_of(w)) + 6;
            for (int64_t i = 0; i < w[0]; ++i) scales.w.push_back(some_scale(draws, power));
            return add_conv(draws, builder, c, types, x, x_scale, x_zero, scales, y_zero);
        };
    const int64_t channels = draws.between(4, 16);
    const Shape image = {1, 3, 12, 12};
    const float s0 = some_scale(draws, -6), s1 = some_scale(draws, -4), s2 = some_scale(draws, -3),
                s3 = some_scale(draws, -2);
    const int32_t z0 = zero(), z1 = zero(), z2 = zero(), z3 = zero();
    const ValueId input = builder.input(DataType::f32, image);
    const ValueId x = add_quantise(builder, input, s0, DataType::u8, z0);
    const ValueId a = conv(x, s0, z0, {channels, 3, 3, 3}, {1, channels, 12, 12}, s1, z1);
    const ValueId pooled = builder.node(
        "MaxPool",
        {a},
        DataType::u8,
        {1, channels, 6, 6},
        {integers_attribute_of("kernel_shape", {2, 2}), integers_attribute_of("strides", {2, 2})});
    const ValueId b = conv(pooled, s1, z1, {channels, channels, 3, 3}, {1, channels, 6, 6}, s2, z2);
    const ValueId c = conv(pooled, s1, z1, {channels, channels, 1, 1}, {1, channels, 6, 6}, s1, z3);
    const ValueId sum = builder.node(
        "Add",
        {add_dequantise(builder, b, s2, z2), add_dequantise(builder, c, s1, z3)},
        DataType::f32,
        {1, channels, 6, 6});
    const ValueId s = add_quantise(builder, sum, s2, DataType::u8, z1);
    const ValueId average = add_average_pool(builder, s, s2, z1, s2, z2);
    Tensor shape(DataType::s64, {2});
    shape.as<int64_t>()[0] = 1;
    shape.as<int64_t>()[1] = channels;
    const ValueId flat =
        builder.node("Reshape", {average, builder.constant(std::move(shape))}, DataType::u8, {1, channels});
    const ValueId y = builder.node(
        "QLinearMatMul",
        {flat,
         builder.scalar(s2),
         builder.byte(DataType::u8, z2),
         builder.constant(some_bytes(draws, types.w, {channels, 50})),
         builder.scalar(some_scale(draws, -7)),
         builder.byte(types.w, types.w == DataType::s8 ? 0 : 128),
         builder.scalar(s3),
         builder.byte(DataType::u8, z3)},
        DataType::u8,
        {1, 50});
    builder.output(add_dequantise(builder, y, s3, z3));
    builder.output(s);
    for (int run = 0; run < 2; ++run) out.runs.push_back({tie_floats(draws, image, s0, -z0 - 9, 264 - z0)});
    out.network = builder.take();
}

struct KindRow {
    RandomKind kind;
    std::string_view name;
    void (*make)(Draws& draws, RandomCase& out);
};
constexpr KindRow kKinds[] = {
    {RandomKind::quantise, "quantise", random_quantise},
    {RandomKind::dequantise, "dequantise", random_dequantise},
    {RandomKind::conv, "conv", random_conv},
    {RandomKind::conv_ties, "conv_ties", random_conv_ties},
    {RandomKind::matmul, "matmul", [](Draws& draws, RandomCase& out) { random_matmul(draws, out, false); }},
    {RandomKind::matmul_wrapping,
     "matmul_wrapping",
     [](Draws& draws, RandomCase& out) { random_matmul(draws, out, true); }},
    {RandomKind::matmul_integer, "matmul_integer", random_matmul_integer},
    {RandomKind::conv_integer, "conv_integer", random_conv_integer},
    {RandomKind::max_pool, "max_pool", random_max_pool},
    {RandomKind::add, "add", [](Draws& draws, RandomCase& out) { random_elementwise(draws, out, false); }},
    {RandomKind::multiply, "multiply", [](Draws& draws, RandomCase& out) { random_elementwise(draws, out, true); }},
    {RandomKind::average_pool, "average_pool", random_average_pool},
    {RandomKind::qdq_conv, "qdq_conv", random_qdq_conv},
    {RandomKind::chain, "chain", random_chain},
};

}  // namespace

std::string_view name_of(RandomKind kind) { return kKinds[static_cast<size_t>(kind)].name; }

std::vector<RandomKind> random_kinds() {
    std::vector<RandomKind> kinds;
    for (const KindRow& row : kKinds) kinds.push_back(row.kind);
    return kinds;
}

RandomCase random_case(RandomKind kind, uint64_t seed) {
    RandomCase out;
    out.name = fmt::format("{}_{}", name_of(kind), seed);
    Draws draws(seed, static_cast<uint32_t>(kind) + 1);
    kKinds[static_cast<size_t>(kind)].make(draws, out);
    return out;
}

uint32_t Draws::word() {
    if (index_ % 4 == 0) words_ = source_.draw(Purpose::test, entity_, index_ / 4);
    return words_.word[index_++ % 4];
}

int64_t Draws::between(int64_t low, int64_t high) {
    const auto count = static_cast<uint64_t>(high - low) + 1;
    return low + static_cast<int64_t>(static_cast<uint64_t>(word()) * count >> 32);
}

NetworkBuilder::NetworkBuilder(std::string name, int64_t opset) {
    network_.name = std::move(name);
    network_.opset = opset;
}

ValueId NetworkBuilder::add(DataType type, Shape shape) {
    NetworkValue value;
    value.name = fmt::format("v{}", network_.values.size());
    value.typed = true;
    value.type = type;
    value.rank_known = true;
    value.shape = std::move(shape);
    network_.values.push_back(std::move(value));
    return static_cast<ValueId>(network_.values.size() - 1);
}

ValueId NetworkBuilder::input(DataType type, Shape shape) {
    const ValueId id = add(type, std::move(shape));
    network_.inputs.push_back(id);
    return id;
}

ValueId NetworkBuilder::constant(Tensor tensor) {
    const ValueId id = add(tensor.type, tensor.shape);
    network_.values[id].constant = std::move(tensor);
    return id;
}

ValueId NetworkBuilder::scalar(float value) { return constant(floats({}, {value})); }

ValueId NetworkBuilder::byte(DataType type, int32_t value) {
    Tensor tensor(type, {});
    tensor.bytes[0] = static_cast<std::byte>(value);
    return constant(std::move(tensor));
}

ValueId NetworkBuilder::node(
    std::string_view op,
    std::vector<ValueId> inputs,
    DataType type,
    Shape shape,
    std::vector<Attribute> attributes,
    std::string_view domain) {
    Node node;
    node.name = fmt::format("{}_{}", op, network_.nodes.size());
    node.domain = domain;
    node.op = op;
    node.inputs = std::move(inputs);
    node.outputs = {add(type, std::move(shape))};
    node.attributes = std::move(attributes);
    const ValueId id = node.outputs[0];
    network_.nodes.push_back(std::move(node));
    return id;
}

Tensor floats(Shape shape, const std::vector<float>& values) {
    Tensor tensor(DataType::f32, std::move(shape));
    std::copy(values.begin(), values.end(), tensor.as<float>().begin());
    return tensor;
}

}  // namespace chipchain::testing
