// What lower() must not get silently wrong: attributes that change a value, factors beyond binary32, hostile numbers.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/golden.h"
#include "chipchain/network/lower.h"
#include "tests/chip/random_network.h"

namespace chipchain {
namespace {

using testing::floats;
using testing::NetworkBuilder;

constexpr DataType kFloat = DataType::f32;
constexpr DataType kByte = DataType::u8;

Tensor integers(const std::vector<int64_t>& values, Shape shape) {
    Tensor tensor(DataType::s64, std::move(shape));
    std::copy(values.begin(), values.end(), tensor.as<int64_t>().begin());
    return tensor;
}
Tensor integers(const std::vector<int64_t>& values) { return integers(values, {static_cast<int64_t>(values.size())}); }

Tensor bytes(DataType type, Shape shape, int32_t first = 1, int32_t step = 1) {
    Tensor tensor(type, std::move(shape));
    for (size_t i = 0; i < tensor.bytes.size(); ++i) {
        tensor.bytes[i] = static_cast<std::byte>(first + step * static_cast<int32_t>(i));
    }
    return tensor;
}

// A network in QDQ form under construction, all activations u8 with scale 1/10 and zero point 128.
struct Qdq {
    explicit Qdq(int64_t opset = 13) : b("qdq", opset), scale(b.scalar(0.1F)), zero(b.byte(kByte, 128)) {}
    ValueId input(const Shape& shape) { return dequantised(quantised(b.input(kFloat, shape), shape), shape); }
    ValueId quantised(ValueId x, const Shape& shape) {
        return b.node("QuantizeLinear", {x, scale, zero}, kByte, shape);
    }
    ValueId dequantised(ValueId x, const Shape& shape) {
        return b.node("DequantizeLinear", {x, scale, zero}, kFloat, shape);
    }
    ValueId weights(const Shape& shape) {
        const ValueId w = b.constant(bytes(DataType::s8, shape, -9, 5));
        const ValueId w_scale = b.scalar(0.01F);
        const ValueId w_zero = b.byte(DataType::s8, 0);
        return b.node("DequantizeLinear", {w, w_scale, w_zero}, kFloat, shape);
    }
    // int32 in units of 0.1 * 0.01
    ValueId bias(const Shape& shape, int32_t bias_zero = 0) {
        Tensor values(DataType::s32, shape);
        for (size_t i = 0; i < values.as<int32_t>().size(); ++i) values.as<int32_t>()[i] = 1000 * static_cast<int>(i);
        const ValueId data = b.constant(std::move(values));
        const ValueId unit = b.scalar(0.1F * 0.01F);
        if (bias_zero == 0) return b.node("DequantizeLinear", {data, unit}, kFloat, shape);
        Tensor offset(DataType::s32, {});
        offset.as<int32_t>()[0] = bias_zero;
        const ValueId offset_value = b.constant(std::move(offset));
        return b.node("DequantizeLinear", {data, unit, offset_value}, kFloat, shape);
    }
    void output(ValueId x, const Shape& shape) { b.output(quantised(x, shape)); }

    NetworkBuilder b;
    ValueId scale;
    ValueId zero;
};

// The first error of lower(), or nothing when the network becomes an integer network.
std::string refusal(const Network& raw) {
    const auto network = infer_for_chip(raw);
    if (!network) return "not inferred: " + network.error()[0].message;
    const auto lowered = lower(*network);
    return lowered ? "" : lowered.error()[0].message;
}

bool says(const Network& raw, const std::string& why) {
    const std::string found = refusal(raw);
    EXPECT_NE(found.find(why), std::string::npos) << found;
    return found.find(why) != std::string::npos;
}

// The 8-bit outputs of a network of one float input 0, 0.7, 1.4 .. about zero: of evaluate() and of the chip.
struct Both {
    std::vector<int32_t> evaluated;
    std::vector<int32_t> golden;
    size_t convolutions = 0;
};
Both both(const Network& raw) {
    Both result;
    const auto network = infer_for_chip(raw);
    EXPECT_TRUE(network.has_value()) << network.error()[0].message;
    if (!network) return result;
    const auto lowered = lower(*network);
    EXPECT_TRUE(lowered.has_value()) << lowered.error()[0].message;
    if (!lowered) return result;
    Tensor input(kFloat, network->values[network->inputs[0]].shape);
    const QuantisedType& quant = lowered->network.tensors[lowered->inputs[0].tensor].quant;
    std::vector<uint8_t> input_bytes;
    for (size_t i = 0; i < input.as<float>().size(); ++i) {
        input.as<float>()[i] = 0.7F * static_cast<float>(i % 29) - 9;
        input_bytes.push_back(static_cast<uint8_t>(quantise(input.as<float>()[i], quant.scale, clamp_of(quant))));
    }
    const auto outputs = evaluate(*network, {input});
    EXPECT_TRUE(outputs.has_value());
    if (!outputs) return result;
    const TensorBytes values = run_golden(lowered->network, {input_bytes});
    for (size_t k = 0; k < outputs->size(); ++k) {
        const Tensor& tensor = (*outputs)[k];
        for (const uint8_t byte : tensor.as<uint8_t>()) result.evaluated.push_back(value_of(byte, tensor.type));
        const IntegerTensor& port = lowered->network.tensors[lowered->outputs[k].tensor];
        EXPECT_EQ(port.shape, tensor.shape);
        for (const uint8_t byte : values[lowered->outputs[k].tensor]) {
            result.golden.push_back(value_of(byte, port.quant.type));
        }
    }
    for (const IntegerNode& node : lowered->network.nodes) result.convolutions += node.op == IntegerOp::conv ? 1 : 0;
    return result;
}

void expect_same(const Network& network) {
    const Both found = both(network);
    EXPECT_FALSE(found.evaluated.empty());
    EXPECT_EQ(found.evaluated, found.golden);
}

// Is output_dtype, which states the type where no zero point does, followed, and one of other widths refused?
TEST(LowerEdges, OutputTypeIsFollowed) {
    const auto network = [](DataType type) {
        NetworkBuilder b("type", 21);
        const ValueId x = b.input(kFloat, {3, 5});
        const ValueId scale = b.scalar(0.1F);
        const auto attribute = integer_attribute_of("output_dtype", info(type).onnx);
        b.output(b.node("QuantizeLinear", {x, scale}, type, {3, 5}, {attribute}));
        return b.take();
    };
    expect_same(network(DataType::s8));
    expect_same(network(DataType::u8));
    says(network(DataType::u16), "its output is neither u8 nor s8");
}

// Are weights with one scale per block refused, also where there are as many scales as columns?
TEST(LowerEdges, BlocksAreRefused) {
    Qdq q(21);
    const ValueId x = q.input({3, 4});
    const ValueId w = q.b.constant(bytes(DataType::s8, {4, 4}));
    const ValueId scales = q.b.constant(floats({4, 1}, {0.01F, 0.02F, 0.03F, 0.04F}));
    const ValueId wf = q.b.node(
        "DequantizeLinear",
        {w, scales},
        kFloat,
        {4, 4},
        {integer_attribute_of("axis", 1), integer_attribute_of("block_size", 4)});
    q.output(q.b.node("MatMul", {x, wf}, kFloat, {3, 4}), {3, 4});
    says(q.b.take(), "its scales have more than one dimension");
}

// Is Gemm's C of one number per row not taken for one per column where the result is square?
TEST(LowerEdges, BiasPerRowIsRefused) {
    const auto network = [](const Shape& c) {
        Qdq q;
        const ValueId x = q.input({4, 3});
        const ValueId w = q.weights({3, 4});
        q.output(q.b.node("Gemm", {x, w, q.bias(c)}, kFloat, {4, 4}), {4, 4});
        return q.b.take();
    };
    says(network({4, 1}), "is not int32 of one number per channel");
    expect_same(network({4}));
    expect_same(network({1, 4}));
}

// Is a bias with a zero point refused? ONNX has none for int32.
TEST(LowerEdges, BiasWithZeroPointIsRefused) {
    Qdq q;
    const ValueId x = q.input({1, 1, 4});
    const ValueId w = q.weights({2, 1, 1});
    q.output(q.b.node("Conv", {x, w, q.bias({2}, 1000)}, kFloat, {1, 2, 4}), {1, 2, 4});
    const auto lowered = lower(q.b.take());
    ASSERT_FALSE(lowered.has_value());
    EXPECT_NE(lowered.error()[0].message.find("has a zero point that is not 0"), std::string::npos)
        << lowered.error()[0].message;
}

// Does a Relu behind a Pad limit the border too? It may not move before the Pad.
TEST(LowerEdges, ReluStaysBehindPad) {
    const auto network = [](bool relu_first, bool relu_last) {
        Qdq q;
        const Shape inner = {1, 2, 4};
        const Shape outer = {1, 2, 6};
        ValueId x = q.input({1, 1, 4});
        const ValueId w = q.weights({2, 1, 1});
        x = q.b.node("Conv", {x, w}, kFloat, inner);
        if (relu_first) x = q.b.node("Relu", {x}, kFloat, inner);
        const ValueId pads = q.b.constant(integers({0, 0, 1, 0, 0, 1}));
        const ValueId value = q.b.scalar(-2);
        x = q.b.node("Pad", {x, pads, value}, kFloat, outer);
        if (relu_last) x = q.b.node("Relu", {x}, kFloat, outer);
        q.output(x, outer);
        return q.b.take();
    };
    expect_same(network(false, false));
    expect_same(network(true, false));
    says(network(false, true), "is a float that no DequantizeLinear made");
}

Network resized(std::string_view where, std::string_view round, float scale, int64_t from, int64_t to, bool sizes) {
    NetworkBuilder b("resize", 13);
    const ValueId x = b.input(kByte, {1, 2, from, 3});
    const ValueId none = b.constant(floats({0}, {}));
    const ValueId scales = sizes ? none : b.constant(floats({4}, {1, 1, scale, 1}));
    std::vector<ValueId> inputs = {x, kNoValue, scales};
    if (sizes) inputs.push_back(b.constant(integers({1, 2, to, 3})));
    b.output(b.node(
        "Resize",
        inputs,
        kByte,
        {1, 2, to, 3},
        {text_attribute_of("mode", "nearest"),
         text_attribute_of("coordinate_transformation_mode", std::string(where)),
         text_attribute_of("nearest_mode", std::string(round))}));
    return b.take();
}

// Does Resize to the nearest cell follow the scale that is stated, and any factor of its sizes?
TEST(LowerEdges, ResizeFollowsItsScale) {
    const auto check = [](const Network& network) {
        const auto inferred = infer_for_chip(network);
        ASSERT_TRUE(inferred.has_value()) << inferred.error()[0].message;
        const auto lowered = lower(*inferred);
        ASSERT_TRUE(lowered.has_value()) << lowered.error()[0].message;
        const Tensor x = bytes(kByte, inferred->values[inferred->inputs[0]].shape);
        const auto expected = evaluate(*inferred, {x});
        ASSERT_TRUE(expected.has_value());
        const auto values = run_golden(lowered->network, {{x.as<uint8_t>().begin(), x.as<uint8_t>().end()}});
        const auto y = (*expected)[0].as<uint8_t>();
        EXPECT_EQ(values[lowered->outputs[0].tensor], std::vector<uint8_t>(y.begin(), y.end()));
    };
    for (const std::string_view where : {"asymmetric", "half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn"}) {
        for (const std::string_view round : {"floor", "round_prefer_floor"}) {
            check(resized(where, round, 2.25F, 5, 11, false));  // not a factor of 11 / 5
            check(resized(where, round, 2.0F, 4, 8, false));
            check(resized(where, round, 0.75F, 9, 6, false));
        }
        check(resized(where, "ceil", 0, 7, 11, true));
    }
    check(resized("asymmetric", "floor", 2.2F, 4, 8, false));  // not a factor of 2
    check(resized("align_corners", "floor", 0, 4, 6, true));
}

// Is a cell that hangs on how a scale is rounded refused?
TEST(LowerEdges, ResizeOnRoundingIsRefused) {
    // 7 / fl(0.7) is 10 + 1.7e-7: 10.0000002 in binary64 and 10 in binary32; with ceil cells 11 and 10
    says(resized("asymmetric", "ceil", 0.7F, 20, 14, false), "hangs on the rounding of its scale");
}

// Are any constant indices gathered, along any axis and of any rank, and those outside refused?
TEST(LowerEdges, GatherOfAnyIndices) {
    const auto network = [](const Tensor& indices, int64_t axis, const Shape& to) {
        Qdq q;
        const ValueId x = q.quantised(q.b.input(kFloat, {2, 5, 3}), {2, 5, 3});
        const ValueId index = q.b.constant(indices);
        q.b.output(q.b.node("Gather", {x, index}, kByte, to, {integer_attribute_of("axis", axis)}));
        return q.b.take();
    };
    expect_same(network(integers({4, 0, 0, 1, -1}), 1, {2, 5, 3}));
    expect_same(network(integers({2, 0, 1, 1, -3, 0}, {2, 3}), 2, {2, 5, 2, 3}));
    expect_same(network(integers({-1, 0}), 0, {2, 5, 3}));
    expect_same(network(integers({3}, {}), 1, {2, 3}));
    constexpr auto kLeast = std::numeric_limits<int64_t>::min();
    EXPECT_NE(refusal(network(integers({kLeast, std::numeric_limits<int64_t>::max()}), 1, {2, 2, 3})), "");
}

// Do starts and steps beyond an axis, and slices of nothing, keep their meaning?
TEST(LowerEdges, SliceOfHostileNumbers) {
    const auto network = [](int64_t size, int64_t start, int64_t end, int64_t step, int64_t count) {
        Qdq q;
        const Shape shape = {2, size, 3};
        ValueId x = q.quantised(q.b.input(kFloat, {2, 5, 3}), {2, 5, 3});
        const ValueId zero = q.b.constant(integers({0}));
        const ValueId length = q.b.constant(integers({size}));
        const ValueId axis = q.b.constant(integers({1}));
        const ValueId one = q.b.constant(integers({1}));
        x = q.b.node("Slice", {x, zero, length, axis, one}, kByte, shape);
        const ValueId first = q.b.constant(integers({start}));
        const ValueId last = q.b.constant(integers({end}));
        const ValueId by = q.b.constant(integers({step}));
        q.b.output(q.b.node("Slice", {x, first, last, axis, by}, kByte, {2, count, 3}));
        return q.b.take();
    };
    constexpr auto kLeast = std::numeric_limits<int64_t>::min();
    constexpr auto kMost = std::numeric_limits<int64_t>::max();
    expect_same(network(5, 0, kMost, kMost, 1));
    expect_same(network(5, kMost, kLeast, -kMost, 1));
    expect_same(network(5, -1, kLeast, -2, 3));
    EXPECT_TRUE(both(network(0, -1, kLeast, -1, 0)).golden.empty());
}

// Is one convolution that a Split divides computed once?
TEST(LowerEdges, SplitConvolutionIsComputedOnce) {
    Qdq q(11);
    const ValueId x = q.input({1, 1, 8});
    const ValueId w = q.weights({4, 1, 1});
    const ValueId y = q.b.node("Conv", {x, w}, kFloat, {1, 4, 8});
    const ValueId a = q.b.node("Split", {y}, kFloat, {1, 2, 8}, {integer_attribute_of("axis", 1)});
    const ValueId other = q.b.constant(floats({1, 2, 8}, std::vector<float>(16)));
    q.output(a, {1, 2, 8});
    q.output(other, {1, 2, 8});
    Network network = q.b.take();
    // the second output takes the place of the constant
    network.values[other].constant.reset();
    for (Node& node : network.nodes) {
        if (node.op == "Split") node.outputs.push_back(other);
    }
    const Both found = both(network);
    EXPECT_EQ(found.evaluated, found.golden);
    EXPECT_EQ(found.convolutions, 1U);
}

// Are limits of a Clip that are infinite carried out, behind a convolution and alone?
TEST(LowerEdges, InfiniteLimits) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (const auto& [low, high] : {std::pair(kInfinity, kInfinity), {-kInfinity, 1.0F}, {-1.0F, -kInfinity}}) {
        for (const bool convolved : {true, false}) {
            Qdq q;
            ValueId x = q.input({1, 1, 8});
            const ValueId w = q.weights({1, 1, 1});
            if (convolved) x = q.b.node("Conv", {x, w}, kFloat, {1, 1, 8});
            const ValueId least = q.b.scalar(low);
            const ValueId most = q.b.scalar(high);
            q.output(q.b.node("Clip", {x, least, most}, kFloat, {1, 1, 8}), {1, 1, 8});
            expect_same(q.b.take());
        }
    }
}

// Are parameters and factors that are not finite refused, each with its reason?
TEST(LowerEdges, NotFiniteIsRefused) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (const char* op : {"Elu", "HardSigmoid", "LeakyRelu"}) {
        for (const float alpha : {kInfinity, -kInfinity, std::nanf("")}) {
            Qdq q;
            const ValueId x = q.input({2, 4});
            q.output(q.b.node(op, {x}, kFloat, {2, 4}, {number_attribute_of("alpha", alpha)}), {2, 4});
            says(q.b.take(), "its alpha or beta is not finite");
        }
    }
    for (const float gamma : {kInfinity, std::nanf("")}) {
        Qdq q(17);
        const ValueId x = q.input({2, 4});
        const ValueId g = q.b.constant(floats({4}, {1, gamma, 1, 1}));
        q.output(q.b.node("LayerNormalization", {x, g}, kFloat, {2, 4}), {2, 4});
        says(q.b.take(), "is not finite");
    }
    for (const auto& [from, to] : {std::pair(1e30F, 1e-30F), {1e38F, 1e38F}}) {
        NetworkBuilder b("average", 13);
        const ValueId x = b.input(kByte, {1, 1, 8});
        const ValueId scale = b.scalar(from);
        const ValueId zero = b.byte(kByte, 128);
        const ValueId y_scale = b.scalar(to);
        const ValueId f = b.node("DequantizeLinear", {x, scale, zero}, kFloat, {1, 1, 8});
        const ValueId mean = b.node("GlobalAveragePool", {f}, kFloat, {1, 1, 1});
        b.output(b.node("QuantizeLinear", {mean, y_scale, zero}, kByte, {1, 1, 1}));
        says(b.take(), "a factor from sum to average is out of range");
    }
}

// Is the offset of a normalisation that a quantiser wrote as int32 read, zero point and all?
TEST(LowerEdges, OffsetsOfInt32) {
    for (const int32_t zero : {0, 700}) {
        Qdq q(17);
        const ValueId x = q.input({3, 4});
        const ValueId gamma = q.b.constant(floats({4}, {1, 2, 0.5F, 1}));
        const ValueId beta = q.bias({4}, zero);
        q.output(q.b.node("LayerNormalization", {x, gamma, beta}, kFloat, {3, 4}), {3, 4});
        expect_same(q.b.take());
    }
}

// Does ReduceMean over no axes, where it says so, give its input?
TEST(LowerEdges, MeanOfNoAxes) {
    Qdq q(18);
    const ValueId x = q.input({2, 3});
    q.output(q.b.node("ReduceMean", {x}, kFloat, {2, 3}, {integer_attribute_of("noop_with_empty_axes", 1)}), {2, 3});
    expect_same(q.b.take());
}

// Are the pads of SAME that no window holds refused, not cut to 32 bits?
TEST(LowerEdges, PadsBeyondAWindow) {
    NetworkBuilder b("same", 13);
    const ValueId x = b.input(kByte, {1, 1, 8});
    const ValueId scale = b.scalar(0.1F);
    const ValueId zero = b.byte(kByte, 128);
    const ValueId w = b.constant(bytes(DataType::s8, {1, 1, 4097}));
    const ValueId w_zero = b.byte(DataType::s8, 0);
    b.output(b.node(
        "QLinearConv",
        {x, scale, zero, w, scale, w_zero, scale, zero},
        kByte,
        {1, 1, 8},
        {text_attribute_of("auto_pad", "SAME_UPPER"), integers_attribute_of("dilations", {1 << 20})}));
    says(b.take(), "its pads do not fit");
}

// Is an output of another shape than the declared one found?
TEST(LowerEdges, DeclaredShapeIsCompared) {
    NetworkBuilder b("shape", 13);
    const ValueId x = b.input(kByte, {2, 3});
    b.output(b.node("Transpose", {x}, kByte, {2, 3}, {integers_attribute_of("perm", {1, 0})}));
    const auto lowered = lower(b.take());
    ASSERT_FALSE(lowered.has_value());
    EXPECT_NE(lowered.error()[0].message.find("the shape 3x2 where 2x3 is declared"), std::string::npos)
        << lowered.error()[0].message;
}

// Is the alignment by an attribute, of operator sets before 7, refused where it would be ignored?
TEST(LowerEdges, AxisOfOldSumsIsRefused) {
    Qdq q(6);
    const ValueId x = q.input({1, 3, 3, 3});
    const ValueId k = q.dequantised(q.b.constant(bytes(kByte, {3}, 128, 10)), {3});
    q.output(
        q.b.node(
            "Add",
            {x, k},
            kFloat,
            {1, 3, 3, 3},
            {integer_attribute_of("broadcast", 1), integer_attribute_of("axis", 1)}),
        {1, 3, 3, 3});
    const auto lowered = lower(q.b.take());
    ASSERT_FALSE(lowered.has_value());
    EXPECT_NE(lowered.error()[0].message.find("its attribute axis"), std::string::npos) << lowered.error()[0].message;
}

// Is an average on bytes that counts padding which ceil_mode adds refused, as the one on floats is?
TEST(LowerEdges, CountedEdgeOfCeilModeIsRefused) {
    NetworkBuilder b("average", 13);
    const ValueId x = b.input(kByte, {1, 1, 5, 5});
    const ValueId scale = b.scalar(0.1F);
    const ValueId zero = b.byte(kByte, 128);
    const auto attributes = [](int64_t count) {
        return std::vector<Attribute>{
            integers_attribute_of("kernel_shape", {2, 2}),
            integers_attribute_of("strides", {2, 2}),
            integer_attribute_of("ceil_mode", 1),
            integer_attribute_of("count_include_pad", count)};
    };
    const auto lowered = [&](int64_t count) {
        NetworkBuilder own = b;
        own.output(own.node(
            "QLinearAveragePool",
            {x, scale, zero, scale, zero},
            kByte,
            {1, 1, 3, 3},
            attributes(count),
            "com.microsoft"));
        return lower(own.take());
    };
    EXPECT_TRUE(lowered(0).has_value());
    ASSERT_FALSE(lowered(1).has_value());
    EXPECT_NE(lowered(1).error()[0].message.find("it counts padding"), std::string::npos);
}

// Are weights not counted among the inputs of a network when too many shapes are given?
TEST(LowerEdges, WeightsAreNoInputs) {
    Qdq q;
    const ValueId x = q.input({4, 3});
    q.output(q.b.node("MatMul", {x, q.weights({3, 4})}, kFloat, {4, 4}), {4, 4});
    const Network network = q.b.take();
    const auto result = infer_for_chip(network, {{4, 3}, {4, 3}});
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error()[0].message.find("has 1 inputs and 2 shapes"), std::string::npos)
        << result.error()[0].message;
}

}  // namespace
}  // namespace chipchain
