#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/network/operator_rows.h"

namespace chipchain {
namespace {

template <class T>
Tensor tensor(DataType type, Shape shape, const std::vector<T>& values) {
    Tensor result(type, std::move(shape));
    std::copy(values.begin(), values.end(), result.as<T>().begin());
    return result;
}

// Runs one operator on constants.
Result<std::vector<Tensor>> run(
    const std::string& op,
    const std::vector<Tensor>& inputs,
    std::vector<Attribute> attributes = {},
    const OperatorLimits& limits = {}) {
    const OperatorInfo* row = find_operator("", op);
    EXPECT_NE(row, nullptr) << op;
    const Node node{.name = "n", .op = op, .outputs = {0}, .attributes = std::move(attributes)};
    std::vector<const Tensor*> pointers;
    for (const Tensor& input : inputs) {
        pointers.push_back(&input);
    }
    return row->evaluate({.node = &node, .inputs = pointers, .opset = 23, .limits = limits});
}

std::string id_of(const Result<std::vector<Tensor>>& y) { return y ? "computed" : y.error()[0].id; }

Attribute number_of(const std::string& name, float value) {
    return {.name = name, .kind = AttributeKind::number, .number = value};
}

void expect_near(const Result<std::vector<Tensor>>& y, const Shape& shape, const std::vector<float>& expected) {
    ASSERT_TRUE(y) << y.error()[0].message;
    ASSERT_EQ((*y)[0].shape, shape);
    for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR((*y)[0].as<float>()[i], expected[i], 1e-6F * (1 + std::fabs(expected[i]))) << i;
    }
}

// Four heads of queries on two of keys, by hand-picked quarters; values of ONNX Runtime 1.32 and of ONNX's reference,
// which agree.
const Shape kAttended = {1, 4, 2, 2};
const std::vector<float> kQueries = {0.75F, 1.25F,  -2,    1.25F,  -0.25F, 0,  0.5F,   -1,    2,     -2,     -1,
                                     -0.5F, 0.25F,  -0.5F, -1.5F,  -2,     -2, -2,     -1.5F, 2,     -1.25F, 0.75F,
                                     1,     -1.25F, -1,    -0.25F, -1,     2,  -1.25F, 1.75F, 1.25F, 1.5F};
const std::vector<float> kKeys = {-1.75F, -0.5F, 0.5F,  0,    0.75F,  0.75F,  0.75F,  -1.75F,
                                  2,      0.25F, 1.75F, -1,   -0.5F,  1.5F,   -1.25F, -1.75F,
                                  -0.5F,  0.75F, -1.5F, 1.5F, -0.75F, -1.25F, 0.25F,  1.75F};
const std::vector<float> kValues = {1.75F, 1.5F, -0.75F, -2, 1.25F, 1, 1.25F, -2, -2, 0, -0.75F, -0.25F};
const std::vector<float> kPlain = {
    0.5524635F,
    -0.1186639F,
    0.4935403F,
    -0.1931217F,
    0.7881188F,
    0.2944071F,
    -0.009088982F,
    -0.9234477F,
    -1.034028F,
    -0.1979682F,
    0.8437191F,
    -1.706647F,
    -1.406197F,
    -0.141999F,
    -1.193954F,
    -0.2990506F};

Tensor queries() { return tensor(DataType::f32, {1, 4, 2, 4}, kQueries); }
Tensor keys() { return tensor(DataType::f32, {1, 2, 3, 4}, kKeys); }
Tensor values() { return tensor(DataType::f32, {1, 2, 3, 2}, kValues); }
Tensor added_mask() { return tensor<float>(DataType::f32, {2, 3}, {1.75F, -1.25F, 0, -0.75F, -0.75F, 1.25F}); }
// [batch][heads][steps][size] as [batch][steps][heads * size]
Tensor turned(const Tensor& x) {
    const Shape& s = x.shape;
    Tensor y(x.type, {s[0], s[2], s[1], s[3]});
    transpose_into(x, {0, 2, 1, 3}, y);
    y.shape = {s[0], s[2], s[1] * s[3]};
    return y;
}

// Is attention that of ONNX Runtime, plain, causal and with a cap?
TEST(Operators, Attention) {
    expect_near(run("Attention", {queries(), keys(), values()}), kAttended, kPlain);
    const Attribute causal = {.name = "is_causal", .integer = 1};
    expect_near(
        run("Attention", {queries(), keys(), values()}, {causal}),
        kAttended,
        {1.75F,
         1.5F,
         0.1216129F,
         -0.7797421F,
         1.75F,
         1.5F,
         -0.3167795F,
         -1.393491F,
         1.25F,
         -2,
         0.9888383F,
         -1.839285F,
         1.25F,
         -2,
         -1.465322F,
         -0.3290329F});
    expect_near(
        run("Attention", {queries(), keys(), values()}, {number_of("softcap", 2)}),
        kAttended,
        {0.6175246F,
         -0.02468672F,
         0.5236936F,
         -0.1500233F,
         0.7670407F,
         0.2585149F,
         0.04177506F,
         -0.8497043F,
         -1.253406F,
         -0.1757632F,
         0.7473453F,
         -1.637947F,
         -1.306424F,
         -0.1870236F,
         -1.15158F,
         -0.319499F});
}

// With masks of either kind, and a row that is masked altogether?
TEST(Operators, AttentionWithMasks) {
    expect_near(
        run("Attention", {queries(), keys(), values(), added_mask()}, {number_of("scale", 0.5F)}),
        kAttended,
        {1.53496F,
         1.226832F,
         1.006444F,
         0.6158525F,
         1.256864F,
         0.9415458F,
         0.6915736F,
         0.1469197F,
         -0.8002013F,
         -0.2722536F,
         0.2894622F,
         -1.200061F,
         -0.749639F,
         -0.4445463F,
         -0.8796675F,
         -0.2643264F});
    const Tensor taken = tensor<uint8_t>(DataType::boolean, {2, 3}, {1, 0, 1, 0, 0, 0});
    expect_near(
        run("Attention", {queries(), keys(), values(), taken}),
        kAttended,
        {1.5F,
         1.25F,
         0,
         0,
         1.283773F,
         1.033773F,
         0,
         0,
         -0.7407808F,
         -0.2580667F,
         0,
         0,
         -0.6730676F,
         -0.3173158F,
         0,
         0});
}

// In the order of rank 3?
TEST(Operators, AttentionOfRankThree) {
    const std::vector<Attribute> heads = {
        {.name = "q_num_heads", .integer = 4},
        {.name = "kv_num_heads", .integer = 2}};
    const Tensor expected = turned(tensor(DataType::f32, kAttended, kPlain));
    expect_near(
        run("Attention", {turned(queries()), turned(keys()), turned(values())}, heads),
        {1, 2, 8},
        {expected.as<float>().begin(), expected.as<float>().end()});
}

// Is what is not held refused by name?
TEST(Operators, AttentionRefuses) {
    // what is not held
    EXPECT_EQ(id_of(run("Attention", {turned(queries()), turned(keys()), turned(values())})), "onnx-operator");
    EXPECT_EQ(id_of(run("Attention", {queries(), keys(), values(), added_mask(), keys(), values()})), "onnx-operator");
    EXPECT_EQ(
        id_of(run("Attention", {queries(), keys(), values()}, {{.name = "softmax_precision", .integer = 11}})),
        "onnx-operator");
    EXPECT_EQ(id_of(run("Attention", {queries(), keys(), values(), Tensor(DataType::f32, {3, 3})})), "onnx-operator");
    EXPECT_EQ(id_of(run("Attention", {queries(), keys(), values()}, {}, {.operations = 143})), "onnx-too-large");
    EXPECT_EQ(id_of(run("Attention", {queries(), keys(), values()}, {}, {.operations = 144})), "computed");
}

// Is the rotary embedding that of ONNX Runtime 1.32: halves with positions, interleaved, and partial in rank 3 without?
TEST(Operators, RotaryEmbedding) {
    const Tensor x =
        tensor<float>(DataType::f32, {1, 2, 2, 6}, {-1.5F, -0.75F, -1.5F, -1.5F, -1,     0.75F,  0.25F, -0.25F,
                                                    -1.5F, 1.25F,  1.25F, -1,    -1.75F, -0.75F, -1.5F, 1.25F,
                                                    0,     0,      -1,    0,     2,      -1,     1.25F, -2});
    const Tensor cosines = tensor<float>(
        DataType::f32,
        {5, 3},
        {-0.75F, 1.75F, 1.5F, -1.75F, 1.5F, 1.5F, -0.25F, -0.5F, 2, 2, 0.75F, -0.5F, -1.25F, 1.75F, -1});
    const Tensor sines = tensor<float>(
        DataType::f32,
        {5, 3},
        {0.25F, 0.75F, -1, -0.75F, 1, -1.25F, 0.75F, 2, 0.75F, 0.5F, -0.25F, 2, -1.25F, -0.5F, 0.5F});
    const auto places = [](const std::vector<int64_t>& values) { return tensor(DataType::s64, {1, 2}, values); };
    expect_near(
        run("RotaryEmbedding", {x, cosines, sines, places({3, 1})}),
        x.shape,
        {-2.25F,  -0.8125F, -0.75F, -3.75F, -0.5625F, -3.375F, 0.5F, -1.625F, -3.5F, -2.375F, 1.625F, 0.375F,
         -4.125F, -0.5625F, 0.75F,  1.625F, 0.1875F,  -3,      1,    -1.25F,  0.5F,  2.5F,    1.875F, -5.5F});
    expect_near(
        run("RotaryEmbedding", {x, cosines, sines, places({3, 1})}, {{.name = "interleaved", .integer = 1}}),
        x.shape,
        {-2.625F, -2.25F,  -1.5F,    -0.75F,  -1, -2.375F, -0.625F, 0.25F, -3.5F, 0.375F, 0.625F,  -3.0625F,
         -3.125F, -2.375F, -0.8125F, 1.3125F, 0,  0,       1.75F,   0.75F, 4,     0.5F,   -0.625F, -4.5625F});
    Tensor flat(DataType::f32, {1, 2, 2, 6});
    transpose_into(x, {0, 2, 1, 3}, flat);
    flat.shape = {1, 2, 12};
    const Tensor few = tensor<float>(DataType::f32, {1, 2, 2}, {0.75F, -1.75F, -1.5F, 0.75F});
    const Tensor other = tensor<float>(DataType::f32, {1, 2, 2}, {1.5F, 0.5F, 1.75F, -0.5F});
    const Attribute heads = {.name = "num_heads", .integer = 2}, part = {.name = "rotary_embedding_dim", .integer = 4};
    expect_near(
        run("RotaryEmbedding", {flat, few, other}, {heads, part}),
        flat.shape,
        {1.125F, 2.0625F, -3.375F, 2.25F,   -1,    0.75F, 0.9375F, 0.6875F, -3.75F, -2.5625F, 0,     0,
         2.25F,  0.4375F, 2.6875F, 1.0625F, 1.25F, -1,    -2,      -0.5F,   -4.75F, -0.75F,   1.25F, -2});
    EXPECT_EQ(id_of(run("RotaryEmbedding", {x, cosines, sines, places({3, 5})})), "onnx-operator");
    EXPECT_EQ(id_of(run("RotaryEmbedding", {x, cosines, sines, places({-1, 0})})), "onnx-operator");
    EXPECT_EQ(id_of(run("RotaryEmbedding", {flat, few, other}, {part})), "onnx-operator");
    EXPECT_EQ(id_of(run("RotaryEmbedding", {flat, few, other}, {heads})), "onnx-operator");
}

}  // namespace
}  // namespace chipchain
