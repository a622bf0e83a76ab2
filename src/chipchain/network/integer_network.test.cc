#include "chipchain/network/integer_network.h"

#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/network/golden.h"

namespace chipchain {
namespace {

// A product of [2, 3] by [3, 2], the least network of its kind.
IntegerNetwork small_product() {
    IntegerNetwork n;
    n.tensors = {
        {"a", {2, 3}, {DataType::u8, 1.0F, 10}, false, {}},
        {"b", {3, 2}, {DataType::s8, 1.0F, 0}, true, {1, 2, 3, 4, 5, 0xfa}},
        {"y", {2, 2}, {DataType::u8, 1.0F, 100}, false, {}}};
    IntegerNode node;
    node.name = "product";
    node.op = IntegerOp::matmul;
    node.inputs = {0, 1};
    node.output = 2;
    node.bias = {7, -7};
    node.rescale = {{RequantMode::f32_rne, 0.5F, 0, 0}};
    node.clamp = {100, 0, 255};
    n.nodes = {node};
    n.inputs = {0};
    n.outputs = {2};
    return n;
}

// Does a well-formed network pass, and does each broken convention have its own text?
TEST(IntegerNetwork, FaultsNameWhatIsBroken) {
    EXPECT_TRUE(faults(small_product()).empty());
    const auto fault = [](auto change) {
        IntegerNetwork n = small_product();
        change(n);
        const auto found = faults(n);
        return found.empty() ? std::string() : found[0];
    };
    EXPECT_EQ(fault([](auto& n) { n.tensors[0].quant.type = DataType::f32; }), "tensor 'a': type is neither u8 nor s8");
    EXPECT_EQ(fault([](auto& n) { n.tensors[1].quant.zero = 128; }), "tensor 'b': zero point 128 is outside its type");
    EXPECT_EQ(fault([](auto& n) { n.tensors[0].quant.scale = 0; }), "tensor 'a': scale is not positive");
    EXPECT_EQ(fault([](auto& n) { n.tensors[1].bytes.pop_back(); }), "tensor 'b': holds 5 bytes where 6 are due");
    EXPECT_EQ(fault([](auto& n) { n.inputs = {}; }), "node 'product' reads tensor 0 before it is written");
    EXPECT_EQ(
        fault([](auto& n) { n.nodes[0].output = 1; }),
        "node 'product' writes tensor 'b' that has a value already");
    EXPECT_EQ(fault([](auto& n) { n.nodes[0].bias = {1}; }), "node 'product' (matmul): wrong number of biases");
    EXPECT_EQ(
        fault([](auto& n) { n.nodes[0].clamp.zero = 1; }),
        "node 'product' (matmul): the clamp's zero point is not that of the output");
    EXPECT_EQ(fault([](auto& n) { n.tensors[0].shape = {2, 4}; }), "node 'product' (matmul): depths differ");
}

// Are numbers that are not finite found: scales of a layer normalisation, factors of an average?
TEST(IntegerNetwork, FiniteNumbersAreRequired) {
    IntegerNetwork n;
    n.tensors = {
        {"x", {1, 1, 4, 2}, {DataType::u8, 1e30F, 0}, false, {}},
        {"y", {1, 1, 4, 2}, {DataType::u8, 1.0F, 0}, false, {}},
        {"z", {1, 1, 1, 2}, {DataType::u8, 1.0F, 0}, false, {}}};
    IntegerNode norm;
    norm.name = "norm";
    norm.op = IntegerOp::layer_norm;
    norm.inputs = {0};
    norm.output = 1;
    norm.norm = {{1, 1}, {0, 0}, 1e-5F};
    IntegerNode mean;
    mean.name = "mean";
    mean.op = IntegerOp::average_pool;
    mean.inputs = {1};
    mean.output = 2;
    mean.window.kernel[1] = 4;
    mean.clamp = {0, 0, 255};
    n.nodes = {norm, mean};
    n.inputs = {0};
    n.outputs = {2};
    EXPECT_TRUE(faults(n).empty());
    IntegerNetwork infinite = n;
    infinite.nodes[0].norm.gamma[1] = INFINITY;
    EXPECT_EQ(faults(infinite), std::vector<std::string>{"node 'norm' (layer_norm): a scale or offset is not finite"});
    infinite = n;
    infinite.nodes[0].norm.beta[0] = NAN;
    EXPECT_EQ(faults(infinite).size(), 1U);
    n.tensors[1].quant.scale = 1e30F;
    n.tensors[2].quant.scale = 1e-30F;
    EXPECT_EQ(faults(n), std::vector<std::string>{"node 'mean' (average_pool): an average's rescale is out of range"});
    // fl(4 s_y) is not finite either, though the true factor is 1/4
    n.tensors[1].quant.scale = n.tensors[2].quant.scale = 2e38F;
    EXPECT_EQ(faults(n).size(), 1U);
}

// Are two boxes of a move that write one place, or a box beyond its tensor, found?
TEST(IntegerNetwork, MovesStayInsideAndApart) {
    IntegerNetwork n = small_product();
    n.tensors[2] = {"y", {2, 3}, n.tensors[0].quant, false, {}};
    IntegerNode move;
    move.name = "move";
    move.inputs = {0};
    move.output = 2;
    move.boxes = {{0, {2, 3}, {3, 1}, {3, 1}, 0, 0}};
    n.nodes = {move};
    EXPECT_TRUE(faults(n).empty());
    n.nodes[0].boxes.push_back({0, {1}, {1}, {1}, 0, 5});
    EXPECT_EQ(faults(n), std::vector<std::string>{"node 'move' (move): two boxes write one place"});
    n.nodes[0].boxes = {{0, {2, 3}, {3, 1}, {3, 1}, 1, 0}};
    EXPECT_EQ(faults(n), std::vector<std::string>{"node 'move' (move): a box leaves its tensor"});
}

// Is a product of depth 0 refused, which some executors would skip and others requantise?
TEST(IntegerNetwork, SumsHaveProducts) {
    IntegerNetwork n = small_product();
    n.tensors[0].shape = {2, 0};
    n.tensors[1].shape = {0, 2};
    n.tensors[1].bytes.clear();
    EXPECT_EQ(faults(n), std::vector<std::string>{"node 'product' (matmul): a sum has no products"});
}

// Is the bound of a partial sum the one that pencil and paper give?
TEST(IntegerNetwork, RangeProofByHand) {
    IntegerNetwork n = small_product();
    // |a - 10| <= 245; columns |1|+|3|+|5| and |2|+|4|+|-6|; biases of 7
    EXPECT_EQ(prove_ranges(n).rows[0].bound, 245 * 12 + 7);
    EXPECT_TRUE(prove_ranges(n).holds());
    n.nodes[0].bias = {INT32_MAX, 0};
    EXPECT_FALSE(prove_ranges(n).holds());
    EXPECT_EQ(multiply_count(n, n.nodes[0]), 12);
    EXPECT_EQ(largest_offset({DataType::s8, 1.0F, -128}), 255);
}

// Does the hash change with everything that fixes values, and with nothing else?
TEST(IntegerNetwork, HashFollowsValues) {
    const std::string hash = network_hash(small_product());
    const auto changed = [&](auto change) {
        IntegerNetwork n = small_product();
        change(n);
        return network_hash(n) != hash;
    };
    EXPECT_FALSE(changed([](auto& n) { n.tensors[0].name = n.nodes[0].name = n.name = "other"; }));
    EXPECT_TRUE(changed([](auto& n) { n.tensors[1].bytes[5] ^= 1; }));
    EXPECT_TRUE(changed([](auto& n) { n.tensors[0].quant.zero = 11; }));
    EXPECT_TRUE(changed([](auto& n) { n.nodes[0].bias[1] = 8; }));
    EXPECT_TRUE(changed([](auto& n) { n.nodes[0].rescale[0].scale = 0.25F; }));
    EXPECT_TRUE(changed([](auto& n) { n.nodes[0].clamp.low = 100; }));
    EXPECT_TRUE(changed([](auto& n) { n.nodes[0].op = IntegerOp::add; }));
}

// Does a window's output size follow the formula, also where the kernel does not fit?
TEST(IntegerNetwork, WindowOutput) {
    Window w;
    w.kernel[0] = w.kernel[1] = 3;
    w.stride[0] = w.stride[1] = 2;
    w.dilation[1] = 2;
    w.pad_begin[0] = w.pad_end[0] = 1;
    EXPECT_EQ(window_output(w, 7, 7), (std::array<int64_t, 2>{4, 2}));
    EXPECT_EQ(window_output(w, 7, 4), (std::array<int64_t, 2>{4, 0}));
}

// Are the golden values of a product those that a hand computes, with ties to even and the zero point after rounding?
TEST(Golden, ProductByHand) {
    const IntegerNetwork n = small_product();
    // rows (1, 0, 2) and (0, 0, 0) about the zero point: sums 1 + 10 + 7 = 18, 2 - 12 - 7 = -17; 7, -7
    const TensorBytes values = run_golden(n, {{11, 10, 12, 10, 10, 10}});
    // 9; -8.5 -> -8; 3.5 -> 4; -3.5 -> -4
    EXPECT_EQ(values[2], (std::vector<uint8_t>{109, 92, 104, 96}));
    EXPECT_EQ(trace_hashes(n, values).size(), 1U);
}

// Is the first difference named with its place and both values?
TEST(Golden, FirstDivergenceIsNamed) {
    const IntegerNetwork n = small_product();
    const TensorBytes expected = run_golden(n, {{11, 10, 12, 10, 10, 10}});
    TensorBytes found = expected;
    EXPECT_EQ(first_divergence(n, expected, found).node, UINT32_MAX);
    found[2][2] = 1;
    EXPECT_EQ(
        divergence_text(n, first_divergence(n, expected, found)),
        "tensor 'y' of node 'product' (matmul) is the first to differ: 1 of 4 elements, first [1, 0]: expected 104, "
        "found 1");
}

}  // namespace
}  // namespace chipchain
