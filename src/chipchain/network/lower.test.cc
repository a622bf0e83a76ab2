#include "chipchain/network/lower.h"

#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/golden.h"
#include "chipchain/network/network_maker.h"
#include "chipchain/network/operators.h"
#include "chipchain/network/reference_networks.h"

namespace chipchain {
namespace {

struct Comparison {
    size_t same = 0;
    size_t differing = 0;  // values of which an element differs
    int32_t most = 0;      // largest difference of an element
    std::string first;
};

// Every 8-bit value of the imported network, evaluated node by node, beside the integer network's.
Comparison compare(const Network& raw, uint64_t seed) {
    Comparison result;
    const Result<Network> network = infer_for_chip(raw);
    EXPECT_TRUE(network.has_value()) << network.error()[0].message;
    const Result<Lowered> lowered = lower(*network);
    EXPECT_TRUE(lowered.has_value()) << lowered.error()[0].message;
    if (!network || !lowered) return result;
    std::vector<Tensor> tensors;
    std::vector<std::vector<uint8_t>> bytes;
    const RandomSource random{seed, 0};
    for (size_t k = 0; k < network->inputs.size(); ++k) {
        const NetworkValue& value = network->values[network->inputs[k]];
        const QuantisedType& quant = lowered->network.tensors[lowered->inputs[k].tensor].quant;
        Tensor tensor(value.type, value.shape);
        std::vector<uint8_t> raw_bytes(static_cast<size_t>(tensor.count()));
        for (size_t i = 0; i < raw_bytes.size(); ++i) {
            raw_bytes[i] = static_cast<uint8_t>(random.draw(Purpose::test, static_cast<uint32_t>(k), i).word[0]);
            const int32_t q = value_of(raw_bytes[i], quant.type);
            if (lowered->inputs[k].is_float) {
                tensor.as<float>()[i] = dequantise(q, quant.scale, quant.zero);
            } else {
                tensor.as<uint8_t>()[i] = raw_bytes[i];
            }
        }
        tensors.push_back(std::move(tensor));
        bytes.push_back(std::move(raw_bytes));
    }
    const TensorBytes values = run_golden(lowered->network, bytes);
    EvaluateOptions options;
    options.observe = [&](ValueId id, const Tensor& tensor) {
        if (tensor.type != DataType::u8 && tensor.type != DataType::s8) return;
        const std::vector<uint8_t> found = imported_bytes(*lowered, id, values);
        if (found.empty()) return;
        int32_t most = 0;
        for (size_t i = 0; i < found.size(); ++i) {
            most = std::max(
                most,
                std::abs(value_of(found[i], tensor.type) - value_of(tensor.as<uint8_t>()[i], tensor.type)));
        }
        ++(most == 0 ? result.same : result.differing);
        if (most > 0 && result.first.empty()) {
            result.first = network->values[id].name;
            result.most = most;
        }
    };
    const auto outputs = evaluate(*network, tensors, options);
    EXPECT_TRUE(outputs.has_value()) << outputs.error()[0].message;
    return result;
}

// Does the integer network compute what the imported one does, value by value? Exactly, but for products in QDQ form:
// the evaluator sums them as floats, the contract in integers, and a near tie may fall on either side.
TEST(Lower, ReferenceNetworksAgreeWithTheEvaluator) {
    for (const std::string_view name : {"tiny", "odd", "transformer"}) {
        const Comparison c = compare(*reference_network(name), 5);
        EXPECT_GT(c.same, 14U) << name;
        EXPECT_EQ(c.differing, 0U) << name << " " << c.first;
    }
}

// Do the larger ones agree as well, the first value that differs by one step at most?
TEST(FullLower, LargerNetworksAgree) {
    for (const std::string_view name : {"mobilenet", "segmentation"}) {
        const Comparison c = compare(*reference_network(name), 5);
        EXPECT_LE(c.most, 1) << name << " " << c.first;
        EXPECT_GT(c.same, 7U) << name;
    }
}

struct Functions {
    const char* op;
    std::vector<Attribute> attributes;
};

// Does every function of one value become a lookup with the evaluator's values, up to one step at near ties?
TEST(Lower, FunctionsBecomeTables) {
    const Functions functions[] = {
        {"Relu", {}},
        {"LeakyRelu", {number_attribute_of("alpha", 0.125F)}},
        {"Sigmoid", {}},
        {"Tanh", {}},
        {"HardSigmoid", {}},
        {"HardSwish", {}},
        {"Gelu", {}},
        {"Erf", {}},
        {"Exp", {}},
        {"Softplus", {}},
        {"Neg", {}},
        {"Abs", {}},
        {"Elu", {}}};
    for (const Functions& f : functions) {
        NetworkMaker m(f.op, 3);
        const Made x = m.byte_input({16, 16}, {DataType::u8, 1.0F / 32, 120});
        m.output(m.function(f.op, x, {DataType::s8, 1.0F / 64, -7}, f.attributes));
        const Network network = m.finish();
        const Comparison c = compare(network, 1);
        EXPECT_LE(c.most, 1) << f.op;
        const auto lowered = lower(network);
        ASSERT_TRUE(lowered.has_value()) << f.op;
        ASSERT_EQ(lowered->network.nodes.size(), 1U) << f.op;
        EXPECT_EQ(lowered->network.nodes[0].op, IntegerOp::lookup) << f.op;
    }
}

// Do moves of data keep their values: transposes, slices, pads, resizes, splits into views?
TEST(Lower, MovementKeepsValues) {
    NetworkMaker m("moves", 4);
    Made x = m.byte_input({2, 6, 4, 5}, {DataType::u8, 0.125F, 9});
    x = m.transpose(x, {0, 2, 3, 1});
    x = m.slice(x, 3, 1, 5);
    x = m.pad(x, {0, 1, 0, 2, 1, 0, 2, 0});
    x = m.reshape(x, {3, 5, 7, 6});
    m.output(m.resize(x, 3));
    Made y = m.reshape(m.transpose(x, {3, 1, 0, 2}), {6, 105});
    m.output(m.transpose(y, {1, 0}));
    const Comparison c = compare(m.finish(), 2);
    EXPECT_EQ(c.differing, 0U) << c.first;
    EXPECT_GT(c.same, 4U);
}

// Are convolutions of the order n, c, h, w chained without a copy between them?
TEST(Lower, NoCopiesBetweenConvolutions) {
    NetworkMaker m("chain", 5);
    Made x = m.input({1, 3, 8, 8}, {DataType::u8, 0.0625F, 128});
    for (int i = 0; i < 3; ++i) x = m.conv(x, {.channels = 8, .kernel_h = 3, .kernel_w = 3, .pad = 1});
    m.output(x);
    const auto lowered = lower(m.finish());
    ASSERT_TRUE(lowered.has_value());
    // one on the way in and one on the way out
    ASSERT_EQ(lowered->network.nodes.size(), 5U);
    EXPECT_EQ(lowered->network.nodes.front().op, IntegerOp::move);
    EXPECT_EQ(lowered->network.nodes.back().op, IntegerOp::move);
}

// Does a Relu behind a node with a clamp vanish into it?
TEST(Lower, ReluFoldsIntoTheClamp) {
    NetworkMaker m("fold", 6);
    const Made x = m.conv(m.byte_input({1, 2, 4, 4}, {DataType::u8, 0.0625F, 128}), {.channels = 3});
    m.output(m.function("Relu", x, x.quant));
    const auto lowered = lower(m.finish());
    ASSERT_TRUE(lowered.has_value());
    for (const IntegerNode& node : lowered->network.nodes) {
        EXPECT_NE(node.op, IntegerOp::lookup);
        if (node.op == IntegerOp::conv) {
            EXPECT_EQ(node.clamp.low, x.quant.zero);
        }
    }
}

// Do the modes with integer multipliers reach every product?
TEST(Lower, OtherRequantModes) {
    NetworkMaker m("modes", 7);
    m.output(m.matmul(m.byte_input({4, 8}, {DataType::u8, 0.0625F, 128}), 5));
    const auto lowered = lower(m.finish(), {.mode = RequantMode::i32_double});
    ASSERT_TRUE(lowered.has_value());
    EXPECT_EQ(lowered->network.nodes[0].rescale[0].mode, RequantMode::i32_double);
    EXPECT_GE(lowered->network.nodes[0].rescale[0].multiplier, 1 << 30);
}

// Is everything that a chip cannot run named in one go, each with what to do?
TEST(Lower, RefusesWithNodeAndHelp) {
    NetworkMaker m("refused", 8);
    const Made x = m.byte_input({1, 4}, {DataType::u8, 0.0625F, 128});
    const ValueId real = m.dequantised(x);
    m.output({m.node("LSTM", {real}, DataType::f32, {1, 4}), {}, {}});
    const ValueId sine = m.node("Sigmoid", {m.node("Sigmoid", {real}, DataType::f32, {1, 4})}, DataType::f32, {1, 4});
    m.output({sine, {}, {}});
    m.output({m.node("MatMul", {m.node("Relu", {real}, DataType::f32, {1, 4}), real}, DataType::f32, {1, 4}), {}, {}});
    const auto lowered = lower(m.finish());
    ASSERT_FALSE(lowered.has_value());
    ASSERT_EQ(lowered.error().size(), 3U);
    EXPECT_EQ(lowered.error()[0].id, "chip-unsupported");
    EXPECT_EQ(
        lowered.error()[0].message,
        "node 'LSTM_1' (LSTM) cannot run on a chip: the operator is not known here, on bytes");
    EXPECT_EQ(
        lowered.error()[1].message,
        "node 'Sigmoid_3' (Sigmoid) cannot run on a chip: it is a function of another function");
    EXPECT_EQ(lowered.error()[2].id, "chip-float");
    for (const Diagnostic& d : lowered.error()) EXPECT_FALSE(d.help.empty());
}

// Is QLinearAdd refused with its reason, and is the list of operators sorted and without doubles?
TEST(Lower, OperatorList) {
    const auto rows = lowered_operators();
    EXPECT_GT(rows.size(), 60U);
    for (size_t i = 1; i < rows.size(); ++i) {
        EXPECT_LT(std::pair(rows[i - 1].op, rows[i - 1].domain), std::pair(rows[i].op, rows[i].domain));
    }
}

}  // namespace
}  // namespace chipchain
