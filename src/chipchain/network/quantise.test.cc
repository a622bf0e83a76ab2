#include "chipchain/network/quantise.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/onnx_writer.h"
#include "chipchain/network/operators.h"
#include "chipchain/network/quantise_internal.h"
#include "tests/chip/random_network.h"

namespace chipchain {
namespace {

using testing::Draws;
using testing::NetworkBuilder;

constexpr DataType kFloat = DataType::f32;

Tensor noise(Draws& draws, Shape shape, float low, float high) {
    Tensor tensor(kFloat, std::move(shape));
    for (float& x : tensor.as<float>()) x = low + (high - low) * static_cast<float>(draws.between(0, 10'000)) * 1e-4F;
    return tensor;
}

std::vector<std::vector<Tensor>> runs_of(const Network& network, uint64_t seed, int count) {
    Draws draws(seed, 99);
    std::vector<std::vector<Tensor>> runs;
    for (int run = 0; run < count; ++run) {
        std::vector<Tensor>& inputs = runs.emplace_back();
        for (const ValueId id : network.inputs) inputs.push_back(noise(draws, network.values[id].shape, -1, 1));
    }
    return runs;
}

double decibels(const Network& floats, const Network& quantised, const std::vector<std::vector<Tensor>>& runs) {
    const Result<std::vector<double>> db = signal_to_noise_db(floats, quantised, runs);
    EXPECT_TRUE(db.has_value()) << db.error()[0].message;
    return db ? *std::min_element(db->begin(), db->end()) : 0;
}

std::map<std::string, int> operators_of(const Network& network) {
    std::map<std::string, int> counts;
    for (const Node& node : network.nodes) ++counts[node.op];
    return counts;
}

Network quantised(const Network& network, const QuantiseOptions& options = {}) {
    auto result = quantise(network, runs_of(network, 1, 8), options);
    EXPECT_TRUE(result.has_value()) << result.error()[0].message;
    return result ? std::move(*result) : Network{};
}

struct Layers {
    NetworkBuilder& builder;
    Draws& draws;

    ValueId weights(const Shape& shape, float size) { return builder.constant(noise(draws, shape, -size, size)); }
    ValueId conv(ValueId x, int64_t out, int64_t kernel, int64_t group = 1) {
        Shape shape = builder.value(x).shape;
        const Shape w = {out, shape[1] / group, kernel, kernel};
        shape[1] = out;
        const int64_t pad = kernel / 2;
        const ValueId weight = weights(w, 0.5F);
        const ValueId bias = weights({out}, 0.3F);
        return builder.node(
            "Conv",
            {x, weight, bias},
            kFloat,
            shape,
            {integers_attribute_of("pads", {pad, pad, pad, pad}), integer_attribute_of("group", group)});
    }
    ValueId normalise(ValueId x) {
        const Shape shape = builder.value(x).shape;
        const Shape vector = {shape[1]};
        const ValueId gamma = builder.constant(noise(draws, vector, 0.5F, 1.5F));
        const ValueId beta = weights(vector, 0.3F);
        const ValueId mean = weights(vector, 0.3F);
        const ValueId variance = builder.constant(noise(draws, vector, 0.5F, 2));
        return builder.node("BatchNormalization", {x, gamma, beta, mean, variance}, kFloat, shape);
    }
    ValueId unary(std::string_view op, ValueId x, std::vector<Attribute> attributes = {}) {
        return builder.node(op, {x}, kFloat, builder.value(x).shape, std::move(attributes));
    }
    ValueId binary(std::string_view op, ValueId x, ValueId y) {
        return builder.node(op, {x, y}, kFloat, builder.value(x).shape);
    }
    ValueId clip(ValueId x, float low, float high) {
        const ValueId least = builder.scalar(low);
        const ValueId most = builder.scalar(high);
        return builder.node("Clip", {x, least, most}, kFloat, builder.value(x).shape);
    }
};

// a residual network with everything that is folded
Network image_network() {
    NetworkBuilder builder("image", 13);
    Draws draws(3);
    Layers layers{builder, draws};
    const ValueId x = builder.input(kFloat, {1, 3, 12, 12});
    const ValueId a = layers.unary("Relu", layers.normalise(layers.conv(x, 8, 3)));
    const ValueId b = builder.node(
        "MaxPool",
        {a},
        kFloat,
        {1, 8, 6, 6},
        {integers_attribute_of("kernel_shape", {2, 2}), integers_attribute_of("strides", {2, 2})});
    const ValueId c = layers.clip(layers.normalise(layers.conv(b, 8, 3, 8)), 0, 6);
    const ValueId d = layers.normalise(layers.conv(c, 8, 1));
    const ValueId e = layers.unary("Relu", layers.binary("Add", b, d));
    const ValueId f = layers.unary("LeakyRelu", layers.normalise(e));
    const ValueId g = builder.node("GlobalAveragePool", {f}, kFloat, {1, 8, 1, 1});
    const ValueId h = builder.node("Flatten", {g}, kFloat, {1, 8});
    const ValueId matrix = layers.weights({10, 8}, 0.5F);
    const ValueId bias = layers.weights({10}, 0.3F);
    builder.output(builder.node("Gemm", {h, matrix, bias}, kFloat, {1, 10}, {integer_attribute_of("transB", 1)}));
    return builder.take();
}

// Does a network of images come out in operators on bytes, everything folded that can be, near the float one?
TEST(Quantise, image_network) {
    const Network network = image_network();
    const Network q = quantised(network);
    const std::map<std::string, int> expected = {
        {"QuantizeLinear", 3},    // the input, the sum, LeakyRelu
        {"DequantizeLinear", 4},  // two terms of the sum, LeakyRelu's input, the output
        {"QLinearConv", 5},       // three, the normalisation after the sum, Gemm
        {"MaxPool", 1},
        {"Add", 1},
        {"LeakyRelu", 1},
        {"QLinearGlobalAveragePool", 1},
        {"Reshape", 3}};
    EXPECT_EQ(operators_of(q), expected);
    EXPECT_TRUE(unsupported_nodes(q).empty());
    EXPECT_GT(decibels(network, q, runs_of(network, 2, 8)), 22);
    const auto lowered = lower(q);
    ASSERT_TRUE(lowered.has_value()) << lowered.error()[0].message;
    EXPECT_TRUE(prove_ranges(lowered->network).holds());
    // one scale for all weights is worse, and has no vectors of scales
    QuantiseOptions options;
    options.per_channel = false;
    const Network coarse = quantised(network, options);
    EXPECT_GT(decibels(network, coarse, runs_of(network, 2, 8)), 18);
    for (const Node& node : coarse.nodes) {
        EXPECT_TRUE(node.op != "QLinearConv" || coarse.values[node.inputs[4]].shape.empty());
    }
}

// an encoder block: projections, attention, softmax, layer normalisation, two matrices with a GELU between
Network encoder_network() {
    NetworkBuilder builder("encoder", 20);
    Draws draws(4);
    Layers layers{builder, draws};
    const Shape shape = {1, 6, 16};
    const auto project = [&](ValueId x, int64_t in, int64_t out) {
        const ValueId matrix = layers.weights({in, out}, 0.4F);
        const ValueId bias = layers.weights({out}, 0.2F);
        const ValueId product = builder.node("MatMul", {x, matrix}, kFloat, {1, 6, out});
        return builder.node("Add", {product, bias}, kFloat, {1, 6, out});
    };
    const auto normalise = [&](ValueId x) {
        const ValueId gamma = builder.constant(noise(draws, {16}, 0.5F, 1.5F));
        const ValueId beta = layers.weights({16}, 0.3F);
        return builder.node("LayerNormalization", {x, gamma, beta}, kFloat, shape, {integer_attribute_of("axis", -1)});
    };
    const ValueId x = builder.input(kFloat, shape);
    const ValueId q = project(x, 16, 16);
    const ValueId k =
        builder.node("Transpose", {project(x, 16, 16)}, kFloat, {1, 16, 6}, {integers_attribute_of("perm", {0, 2, 1})});
    const ValueId v = project(x, 16, 16);
    const ValueId scores = builder.node("MatMul", {q, k}, kFloat, {1, 6, 6});
    const ValueId four = builder.scalar(4);
    const ValueId scaled = builder.node("Div", {scores, four}, kFloat, {1, 6, 6});
    const ValueId shares = builder.node("Softmax", {scaled}, kFloat, {1, 6, 6}, {integer_attribute_of("axis", -1)});
    const ValueId mixed = builder.node("MatMul", {shares, v}, kFloat, shape);
    const ValueId first = normalise(layers.binary("Add", x, project(mixed, 16, 16)));
    const ValueId wide = layers.unary("Gelu", project(first, 16, 32));
    builder.output(normalise(layers.binary("Add", first, project(wide, 32, 16))));
    return builder.take();
}

// constants, differences, means, functions one after the other
Network mixed_network() {
    NetworkBuilder builder("mixed", 13);
    Draws draws(6);
    Layers layers{builder, draws};
    const ValueId x = builder.input(kFloat, {1, 4, 6, 6});
    const ValueId shift = layers.weights({1, 4, 1, 1}, 0.5F);
    const ValueId offset = layers.weights({4, 6, 6}, 0.5F);
    const ValueId half = builder.scalar(0.5F);
    const ValueId a = layers.binary("Add", layers.conv(x, 4, 3), shift);  // into the bias
    const ValueId b = layers.binary("Mul", layers.conv(x, 4, 1), half);   // into the weights
    const ValueId c = layers.binary("Sub", a, b);
    const ValueId d = layers.binary("Sub", c, offset);
    const ValueId e = layers.binary("Pow", d, builder.scalar(2));
    const ValueId mean = builder.node(
        "ReduceMean",
        {e},
        kFloat,
        {1, 4},
        {integers_attribute_of("axes", {2, 3}), integer_attribute_of("keepdims", 0)});
    const ValueId f = builder.node("Concat", {a, c}, kFloat, {1, 8, 6, 6}, {integer_attribute_of("axis", 1)});
    const ValueId g = layers.binary("Max", layers.unary("LeakyRelu", f), builder.scalar(-0.01F));
    builder.output(mean);
    builder.output(g);
    return builder.take();
}

// the network that prepare() makes, in operators of ONNX again: MatMul with a bias as MatMul and Add
Network prepared(const Network& network) {
    const QuantiseOptions options;
    auto ranges = calibrate(network, runs_of(network, 1, 1), options);
    EXPECT_TRUE(ranges.has_value());
    Rewriter rewriter(network, std::move(*ranges), options);
    rewriter.prepare();
    std::vector<Node> nodes = std::move(rewriter.network.nodes);
    rewriter.network.nodes.clear();
    for (Node& node : nodes) {
        if (node.op != "MatMul" || node.inputs.size() < 3) {
            rewriter.network.nodes.push_back(std::move(node));
            continue;
        }
        Node sum = node;
        const ValueId product = rewriter.add_value(rewriter.network.values[node.outputs[0]].shape, "product", {});
        sum.op = "Add";
        sum.inputs = {product, node.inputs[2]};
        node.outputs = {product};
        node.inputs.resize(2);
        rewriter.network.nodes.push_back(std::move(node));
        rewriter.network.nodes.push_back(std::move(sum));
    }
    return std::move(rewriter.network);
}

// Does folding leave the float function as it is, up to the rounding of floats?
TEST(Quantise, folding_keeps_the_function) {
    for (const Network& network : {image_network(), encoder_network(), mixed_network()}) {
        const Network simpler = prepared(network);
        EXPECT_LT(simpler.nodes.size(), network.nodes.size() + 3) << network.name;
        EXPECT_GT(decibels(network, simpler, runs_of(network, 2, 4)), 110) << network.name;
    }
}

// Are the same bits made every time, whatever the order of the calibration runs, and by the percentile rule too?
TEST(Quantise, is_deterministic) {
    const Network network = image_network();
    for (const RangeRule rule : {RangeRule::min_max, RangeRule::percentile}) {
        QuantiseOptions options;
        options.rule = rule;
        options.percentile = 99;
        std::vector<std::vector<Tensor>> runs = runs_of(network, 1, 5);
        const auto first = quantise(network, runs, options);
        std::reverse(runs.begin(), runs.end());
        const auto second = quantise(network, runs, options);
        ASSERT_TRUE(first.has_value() && second.has_value());
        EXPECT_EQ(onnx_bytes(*first), onnx_bytes(*second));
    }
}

// Does an encoder block of a transformer become products of bytes and functions between, and can a chip run it?
TEST(Quantise, encoder_network) {
    const Network network = encoder_network();
    const Network q = quantised(network);
    const auto operators = operators_of(q);
    EXPECT_EQ(operators.at("QLinearMatMul"), 2);  // of two computed values
    EXPECT_EQ(operators.at("QLinearConv"), 6);    // by constant matrices, with a bias
    EXPECT_EQ(operators.count("MatMul"), 0U);
    EXPECT_GT(decibels(network, q, runs_of(network, 2, 8)), 20);
    const auto lowered = lower(q);
    ASSERT_TRUE(lowered.has_value()) << lowered.error()[0].message;
}

// Are the three ways in which exporters write hard swish one node?
TEST(Quantise, hard_swish_is_one_function) {
    for (const int form : {0, 1, 2}) {
        NetworkBuilder builder("hard swish", 13);
        Draws draws(5);
        Layers layers{builder, draws};
        const ValueId x = layers.conv(builder.input(kFloat, {1, 2, 8, 8}), 4, 3);
        const ValueId three = builder.scalar(3);
        const ValueId six = builder.scalar(6);
        ValueId y = x;
        if (form == 0) {
            y = layers.binary("Div", layers.binary("Mul", x, layers.clip(layers.binary("Add", x, three), 0, 6)), six);
        } else if (form == 1) {
            y = layers.binary("Mul", layers.binary("Div", layers.clip(layers.binary("Add", x, three), 0, 6), six), x);
        } else {
            Attribute alpha;
            alpha.name = "alpha";
            alpha.kind = AttributeKind::number;
            alpha.number = 1.0F / 6.0F;
            y = layers.binary("Mul", x, layers.unary("HardSigmoid", x, {alpha}));
        }
        builder.output(y);
        const Network network = builder.take();
        const Network q = quantised(network);
        const std::map<std::string, int> expected = {
            {"QuantizeLinear", 2},
            {"DequantizeLinear", 2},
            {"QLinearConv", 1},
            {"HardSwish", 1}};
        EXPECT_EQ(operators_of(q), expected) << form;
        EXPECT_GT(decibels(network, q, runs_of(network, 2, 4)), 30);
    }
}

// Are constants, differences, means and older operators written as a few simple ones, all near the float network?
TEST(Quantise, operators_are_simplified) {
    const Network network = mixed_network();
    const Network q = quantised(network);
    const auto operators = operators_of(q);
    EXPECT_EQ(operators.at("QLinearConv"), 2);
    EXPECT_EQ(operators.at("QLinearGlobalAveragePool"), 1);
    EXPECT_EQ(operators.count("Sub") + operators.count("Pow") + operators.count("ReduceMean"), 0U);
    EXPECT_GT(decibels(network, q, runs_of(network, 2, 6)), 28);
    const auto lowered = lower(q);
    EXPECT_TRUE(lowered.has_value()) << lowered.error()[0].message;
}

// Is a node that cannot be quantised named, and left alone when the user says so?
TEST(Quantise, refuses_and_keeps_float) {
    NetworkBuilder builder("odd", 13);
    Draws draws(7);
    Layers layers{builder, draws};
    const ValueId x = builder.input(kFloat, {1, 2, 8, 8});
    const ValueId y = layers.unary("Selu", layers.conv(x, 4, 3));
    builder.output(layers.conv(y, 3, 1));
    const Network network = builder.take();
    const auto refused = quantise(network, runs_of(network, 1, 2));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error()[0].id, "quantise-unsupported");
    EXPECT_NE(refused.error()[0].message.find("'Selu_1' (Selu)"), std::string::npos) << refused.error()[0].message;
    QuantiseOptions options;
    options.keep_float = {"Selu_1"};
    const Network q = quantised(network, options);
    EXPECT_EQ(operators_of(q).at("Selu"), 1);
    EXPECT_GT(decibels(network, q, runs_of(network, 2, 4)), 30);
}

// Are values that are not finite, and a calibration without inputs, diagnostics?
TEST(Quantise, refuses_calibrations) {
    NetworkBuilder builder("log", 13);
    const ValueId x = builder.input(kFloat, {1, 4});
    builder.output(builder.node("Log", {x}, kFloat, {1, 4}));
    const Network network = builder.take();
    const auto infinite = quantise(network, {{testing::floats({1, 4}, {1, 0, 2, 3})}});
    ASSERT_FALSE(infinite.has_value());
    EXPECT_EQ(infinite.error()[0].id, "quantise-range");
    const auto nothing = quantise(network, {});
    ASSERT_FALSE(nothing.has_value());
    EXPECT_EQ(nothing.error()[0].id, "onnx-input");
    const auto wrong = quantise(network, {{testing::floats({1, 3}, {1, 0, 2})}});
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error()[0].id, "onnx-input");
}

// Do ranges hold zero exactly, and does a range of nothing have a scale?
TEST(Quantise, ranges_hold_zero) {
    EXPECT_EQ(quantised_range({0, 0, true}), (QuantisedType{DataType::u8, 1, 0}));
    EXPECT_EQ(quantised_range({1, 255, true}), (QuantisedType{DataType::u8, 1, 0}));
    EXPECT_EQ(quantised_range({-255, -3, true}), (QuantisedType{DataType::u8, 1, 255}));
    EXPECT_EQ(quantised_range({-1, 254, true}), (QuantisedType{DataType::u8, 1, 1}));
    EXPECT_EQ(quantised_range({-0.5F, 254.5F, true}).zero, 0);  // a tie
    EXPECT_EQ(quantised_range({-1e-45F, 1e-45F, true}).scale, 0x1p-126F);
}

// Does the percentile leave out what lies beyond, and hold what lies below?
TEST(Quantise, percentile_cuts_outliers) {
    NetworkBuilder builder("relu", 13);
    const ValueId x = builder.input(kFloat, {1, 1000});
    builder.output(builder.node("Relu", {x}, kFloat, {1, 1000}));
    const Network network = builder.take();
    std::vector<float> values(1000, 0);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 1e-3F;
    values[7] = 1000;
    QuantiseOptions options;
    options.rule = RangeRule::percentile;
    options.percentile = 99.9;
    const auto ranges = calibrate(network, {{testing::floats({1, 1000}, values)}}, options);
    ASSERT_TRUE(ranges.has_value());
    EXPECT_GE((*ranges)[x].high, 0.999F);
    EXPECT_LT((*ranges)[x].high, 0.999F * (1 + 0x1p-6F));
    options.rule = RangeRule::min_max;
    EXPECT_EQ((*calibrate(network, {{testing::floats({1, 1000}, values)}}, options))[x].high, 1000.0F);
}

// Are weights symmetric in 127 steps per channel, biases in units of both scales, and is a scale widened where a bias
// would not fit?
TEST(Quantise, weights_and_biases) {
    const Tensor weights = testing::floats({3, 2}, {127, -254, 0.5F, 0.25F, 0, 0});
    const std::vector<float> bias = {8, -1e12F, 3};
    const QuantisedWeights q = quantise_weights(weights, false, true, bias, 0.5F);
    EXPECT_EQ(q.scales[0], 2.0F);
    EXPECT_EQ(std::to_integer<int8_t>(q.bytes.bytes[0]), 64);  // 63.5: a tie
    EXPECT_EQ(std::to_integer<int8_t>(q.bytes.bytes[1]), -127);
    EXPECT_EQ(q.bias[0], 8);
    // -1e12 / (0.5 s) reaches -2^30
    EXPECT_EQ(q.bias[1], -(1 << 30));
    EXPECT_NEAR(static_cast<double>(q.bias[2]) * 0.5 * static_cast<double>(q.scales[2]), 3, 3e-6);
    const Tensor columns = testing::floats({2, 3}, {127, 0.5F, 0, -254, 0.25F, 0});
    const QuantisedWeights t = quantise_weights(columns, true, true, {}, 0.5F);
    EXPECT_EQ(t.scales[0], 2.0F);
    EXPECT_EQ(std::to_integer<int8_t>(t.bytes.bytes[3]), -127);
    EXPECT_EQ(t.scales[1], 0.5F / 127.0F);
    EXPECT_EQ(quantise_weights(weights, false, false, {}, 1).scales, std::vector<float>{2.0F});
    EXPECT_EQ(round_even(2.5), 2);
    EXPECT_EQ(round_even(-3.5), -4);
}

// Do networks of operator set 9 keep their meaning: limits as attributes, softmax over the last axis only?
TEST(Quantise, older_operators) {
    NetworkBuilder builder("old", 9);
    Draws draws(8);
    Layers layers{builder, draws};
    const ValueId x = builder.input(kFloat, {1, 2, 4, 4});
    const auto number = [](std::string name, float value) {
        Attribute attribute;
        attribute.name = std::move(name);
        attribute.kind = AttributeKind::number;
        attribute.number = value;
        return attribute;
    };
    const ValueId a = layers.unary("Clip", layers.conv(x, 4, 3), {number("min", -0.25F), number("max", 0.5F)});
    const ValueId b =
        builder.node("Reshape", {a, builder.constant(integer_tensor(std::vector<int64_t>{1, 64}))}, kFloat, {1, 64});
    builder.output(builder.node("Softmax", {b}, kFloat, {1, 64}));
    const Network network = builder.take();
    const Network q = quantised(network);
    EXPECT_GE(q.opset, 14);
    EXPECT_EQ(operators_of(q).count("Clip"), 0U);
    EXPECT_GT(decibels(network, q, runs_of(network, 2, 4)), 28);
}

// is a node to keep that is not there told, with the nearest name?
TEST(Quantise, unknown_nodes_to_keep) {
    QuantiseOptions options;
    options.keep_float = {"Selu_9"};
    const Network network = image_network();
    const auto result = quantise(network, runs_of(network, 1, 1), options);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error()[0].id, "unknown-node");
}

}  // namespace
}  // namespace chipchain
