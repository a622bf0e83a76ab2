#include "chipchain/network/operators.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/numerics.h"
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
    const std::string& domain = "",
    const OperatorLimits& limits = {}) {
    const OperatorInfo* row = find_operator(domain, op);
    EXPECT_NE(row, nullptr) << op;
    const Node node{.name = "n", .domain = domain, .op = op, .outputs = {0}, .attributes = std::move(attributes)};
    std::vector<const Tensor*> pointers;
    for (const Tensor& input : inputs) {
        pointers.push_back(input.shape == Shape{-1} ? nullptr : &input);
    }
    return row->evaluate({.node = &node, .inputs = pointers, .opset = 17, .limits = limits});
}

// Does every row have its functions, and is every pair of domain and name one row?
TEST(Operators, RowsAreWhole) {
    std::set<std::pair<std::string_view, std::string_view>> names;
    for (const OperatorInfo& row : operators()) {
        EXPECT_NE(row.infer, nullptr) << row.op;
        EXPECT_NE(row.compute, nullptr) << row.op;
        EXPECT_LE(row.least_inputs, row.most_inputs) << row.op;
        EXPECT_NE(row.types, 0U) << row.op;
        EXPECT_TRUE(names.emplace(row.domain, row.op).second) << row.op;
        EXPECT_EQ(find_operator(row.domain, row.op), &row);
    }
    EXPECT_EQ(find_operator("", "LSTMs"), nullptr);
    EXPECT_EQ(find_operator("elsewhere", "Add"), nullptr);
}

// Do 16-bit floats come back from binary32 unchanged, all 65536 of them, and do ties go to even?
TEST(Operators, HalvesRoundToNearestEven) {
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<uint16_t>(bits);
        const float value = half_to_float(half);
        if (!std::isnan(value)) {
            ASSERT_EQ(float_to_half(value), half) << bits;
            const float bfloat = std::bit_cast<float>(bits << 16);
            ASSERT_TRUE(std::isnan(bfloat) || float_to_bfloat(bfloat) == half) << bits;
        }
    }
    EXPECT_EQ(half_to_float(0x3c01), 1 + 0x1p-10F);
    EXPECT_EQ(float_to_half(1 + 0x1p-11F), 0x3c00);      // tie to even, down
    EXPECT_EQ(float_to_half(1 + 3 * 0x1p-11F), 0x3c02);  // tie to even, up
    EXPECT_EQ(float_to_half(65519), 0x7bff);
    EXPECT_EQ(float_to_half(65520), 0x7c00);  // infinity
    EXPECT_EQ(float_to_half(0x1p-25F), 0);    // tie to even among subnormals
    EXPECT_EQ(float_to_half(0x1.8p-24F), 2);
    EXPECT_EQ(float_to_half(-0.0F), 0x8000);
    EXPECT_TRUE(std::isnan(half_to_float(float_to_half(NAN))));
    EXPECT_EQ(float_to_bfloat(1 + 0x1p-8F), 0x3f80);
    EXPECT_EQ(float_to_bfloat(1 + 3 * 0x1p-8F), 0x3f82);
}

// Do sums of MatMulInteger wrap at 32 bits? 255 * 255 * 40,000 = 2,601,000,000 = -1,693,967,296 mod 2^32 (ONNX Runtime,
// chip facts 2.3).
TEST(Operators, MatMulIntegerWraps) {
    const Tensor a = tensor<uint8_t>(DataType::u8, {1, 40000}, std::vector<uint8_t>(40000, 255));
    const Tensor b = tensor<uint8_t>(DataType::u8, {40000, 1}, std::vector<uint8_t>(40000, 255));
    const auto y = run("MatMulInteger", {a, b});
    ASSERT_TRUE(y);
    EXPECT_EQ((*y)[0].as<int32_t>()[0], -1693967296);
}

// Is QLinearConv the sum, the bias and numerics.h's requantisation, with padding that adds nothing?
TEST(Operators, QLinearConvIsTheContract) {
    const int32_t zx = 7, zy = 3;
    const float sx = 0.02F, sy = 0.05F;
    const std::vector<float> sw = {0.003F, 0.011F};
    std::vector<uint8_t> x(9);
    std::vector<int8_t> w(2 * 9);
    for (size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<uint8_t>(i * 29);
    }
    for (size_t i = 0; i < w.size(); ++i) {
        w[i] = static_cast<int8_t>(static_cast<int>(i * 53) % 255 - 127);
    }
    const std::vector<int32_t> bias = {-4000, 900};
    const auto scalar = [](float value) { return tensor<float>(DataType::f32, {}, {value}); };
    const auto zero = [](int32_t value) { return tensor<uint8_t>(DataType::u8, {}, {static_cast<uint8_t>(value)}); };
    const auto y =
        run("QLinearConv",
            {tensor(DataType::u8, {1, 1, 3, 3}, x),
             scalar(sx),
             zero(zx),
             tensor(DataType::s8, {2, 1, 3, 3}, w),
             tensor(DataType::f32, {2}, sw),
             tensor<int8_t>(DataType::s8, {2}, {0, 0}),
             scalar(sy),
             zero(zy),
             tensor(DataType::s32, {2}, bias)},
            {{.name = "pads", .kind = AttributeKind::integers, .integers = {1, 1, 1, 1}}});
    ASSERT_TRUE(y) << y.error()[0].message;
    ASSERT_EQ((*y)[0].shape, (Shape{1, 2, 3, 3}));
    for (int f = 0; f < 2; ++f) {
        for (int oh = 0; oh < 3; ++oh) {
            for (int ow = 0; ow < 3; ++ow) {
                int32_t sum = bias[static_cast<size_t>(f)];
                for (int kh = 0; kh < 3; ++kh) {
                    for (int kw = 0; kw < 3; ++kw) {
                        const int ih = oh + kh - 1, iw = ow + kw - 1;
                        if (ih >= 0 && ih < 3 && iw >= 0 && iw < 3) {
                            sum += (x[static_cast<size_t>(ih * 3 + iw)] - zx) *
                                   w[static_cast<size_t>(f * 9 + kh * 3 + kw)];
                        }
                    }
                }
                const float factor = sx * sw[static_cast<size_t>(f)];
                EXPECT_EQ(
                    (*y)[0].as<uint8_t>()[static_cast<size_t>((f * 3 + oh) * 3 + ow)],
                    requantise(sum, {.scale = factor / sy}, {zy, 0, 255}));
            }
        }
    }
}

// Is QGemm the sum of either orientation, its bias and the requantisation by alpha s_a s_b / s_y?
TEST(Operators, QGemmIsTheContract) {
    const auto scalar = [](float value) { return tensor<float>(DataType::f32, {}, {value}); };
    const std::vector<uint8_t> a = {1, 200, 30, 4, 50, 255};    // 2 x 3
    const std::vector<int8_t> b = {-7, 9, 100, 11, -128, 127};  // 3 x 2
    const std::vector<int32_t> bias = {1000, -500};
    const auto run_gemm = [&](Shape a_shape, const std::vector<uint8_t>& left, int64_t transposed) {
        return run(
            "QGemm",
            {tensor(DataType::u8, std::move(a_shape), left),
             scalar(0.01F),
             tensor<uint8_t>(DataType::u8, {}, {3}),
             tensor(DataType::s8, {3, 2}, b),
             scalar(0.02F),
             tensor<int8_t>(DataType::s8, {}, {-2}),
             tensor(DataType::s32, {2}, bias),
             scalar(0.1F),
             tensor<uint8_t>(DataType::u8, {}, {128})},
            {{.name = "transA", .integer = transposed},
             {.name = "alpha", .kind = AttributeKind::number, .number = 0.5F}},
            "com.microsoft");
    };
    const auto plain = run_gemm({2, 3}, a, 0), turned = run_gemm({3, 2}, {1, 4, 200, 50, 30, 255}, 1);
    ASSERT_TRUE(plain && turned) << plain.error()[0].message;
    EXPECT_EQ((*plain)[0], (*turned)[0]);
    const float left = 0.5F * 0.01F;
    const float factor = left * 0.02F;
    for (size_t m = 0; m < 2; ++m) {
        for (size_t n = 0; n < 2; ++n) {
            int32_t sum = bias[n];
            for (size_t k = 0; k < 3; ++k) {
                sum += (a[m * 3 + k] - 3) * (b[k * 2 + n] + 2);
            }
            EXPECT_EQ((*plain)[0].as<uint8_t>()[m * 2 + n], requantise(sum, {.scale = factor / 0.1F}, {128, 0, 255}));
        }
    }
}

// Are 4- and 16-bit types, axes and blocks quantised and back?
TEST(Operators, QuantizesNarrowTypesAndBlocks) {
    const Tensor x = tensor<float>(DataType::f32, {2, 4}, {-9, -0.5F, 0.5F, 1.5F, 2.5F, 3, 100, -100});
    const Tensor scale = tensor<float>(DataType::f32, {2, 2}, {1, 1, 2, 10});
    const Tensor zero = tensor<int8_t>(DataType::s4, {2, 2}, {0, 1, -1, 0});
    const std::vector<Attribute> blocks = {{.name = "block_size", .integer = 2}};
    const auto y = run("QuantizeLinear", {x, scale, zero}, blocks);
    ASSERT_TRUE(y) << y.error()[0].message;
    EXPECT_EQ((*y)[0], (tensor<int8_t>(DataType::s4, {2, 4}, {-8, 0, 1, 3, 0, 1, 7, -8})));
    const auto back = run("DequantizeLinear", {(*y)[0], scale, zero}, blocks);
    ASSERT_TRUE(back);
    EXPECT_EQ((*back)[0], (tensor<float>(DataType::f32, {2, 4}, {-8, 0, 0, 2, 2, 4, 70, -80})));
    const auto wide =
        run("QuantizeLinear", {x, tensor<float>(DataType::f32, {}, {0.001F}), tensor<int16_t>(DataType::s16, {}, {0})});
    ASSERT_TRUE(wide);
    EXPECT_EQ((*wide)[0].as<int16_t>()[7], -32768);
    EXPECT_EQ((*wide)[0].as<int16_t>()[0], -9000);
}

// Is the quantised global average acc * fl(s_x / fl(s_y * cells)), in both orders of the channels?
TEST(Operators, QLinearGlobalAveragePool) {
    const std::vector<uint8_t> x = {10, 20, 30, 41, 200, 100, 0, 255};
    const auto scalar = [](float value) { return tensor<float>(DataType::f32, {}, {value}); };
    const auto zero = [](uint8_t value) { return tensor<uint8_t>(DataType::u8, {}, {value}); };
    const auto run_pool = [&](Shape shape, int64_t last, const std::vector<uint8_t>& values) {
        return run(
            "QLinearGlobalAveragePool",
            {tensor(DataType::u8, std::move(shape), values), scalar(0.1F), zero(5), scalar(0.2F), zero(9)},
            {{.name = "channels_last", .integer = last}},
            "com.microsoft");
    };
    const auto first = run_pool({1, 2, 2, 2}, 0, x);
    const auto last = run_pool({1, 2, 2, 2}, 1, {10, 200, 20, 100, 30, 0, 41, 255});
    ASSERT_TRUE(first && last);
    const Rescale rescale{.scale = 0.1F / (0.2F * 4.0F)};
    for (const auto* y : {&first, &last}) {
        EXPECT_EQ((**y)[0].as<uint8_t>()[0], requantise(101 - 20, rescale, {9, 0, 255}));
        EXPECT_EQ((**y)[0].as<uint8_t>()[1], requantise(555 - 20, rescale, {9, 0, 255}));
    }
}

// Do bounds that an integer type does not hold stand for its ends? (found by fuzzing: it was undefined)
TEST(Operators, ClipsIntegersToBoundsBeyondTheType) {
    const auto bound = [](const std::string& name, float value) {
        return Attribute{.name = name, .kind = AttributeKind::number, .number = value};
    };
    const Tensor x = tensor<uint16_t>(DataType::u16, {3}, {0, 9, 65535});
    const auto y = run("Clip", {x}, {bound("min", -2.7e36F), bound("max", 3e9F)});
    ASSERT_TRUE(y);
    EXPECT_EQ((*y)[0], x);
}

// Is what an operator does not support refused with its name, and what is too large before it is made?
TEST(Operators, RefusesByName) {
    const auto id = [](const Result<std::vector<Tensor>>& y) { return y ? "computed" : y.error()[0].id; };
    const Tensor x(DataType::f32, {2, 3});
    EXPECT_EQ(id(run("Add", {x, Tensor(DataType::f32, {4})})), "onnx-operator");
    EXPECT_EQ(id(run("Add", {x, Tensor(DataType::s32, {3})})), "onnx-operator");
    EXPECT_EQ(id(run("Add", {x})), "onnx-operator");
    EXPECT_EQ(id(run("Relu", {x}, {{.name = "slope"}})), "onnx-operator");
    EXPECT_EQ(id(run("Softmax", {x}, {{.name = "axis", .integer = 2}})), "onnx-operator");
    EXPECT_EQ(id(run("Softmax", {x}, {{.name = "axis", .kind = AttributeKind::number}})), "onnx-operator");
    EXPECT_EQ(id(run("Relu", {Tensor(DataType::text, {1})})), "onnx-operator");
    const Tensor one(DataType::s32, {1});
    EXPECT_EQ(id(run("Div", {one, one})), "onnx-operator");
    const Tensor huge = tensor<int64_t>(DataType::s64, {2}, {int64_t{1} << 30, int64_t{1} << 30});
    EXPECT_EQ(id(run("ConstantOfShape", {huge})), "onnx-too-large");
    const Tensor index = tensor<int64_t>(DataType::s64, {1}, {2});
    EXPECT_EQ(id(run("Gather", {x, index})), "onnx-operator");
    EXPECT_EQ(id(run("MatMul", {x, Tensor(DataType::f32, {3, 2})}, {}, "", {.operations = 11})), "onnx-too-large");
    EXPECT_EQ(id(run("MatMul", {x, Tensor(DataType::f32, {3, 2})}, {}, "", {.operations = 12})), "computed");
}

// Do shapes that hang on shapes fold away, and is a shape that hangs on values named?
TEST(InferAndFold, FoldsWhatHangsOnShapes) {
    Network network;
    network.opset = 17;
    const auto value = [&](const std::string& name) {
        network.values.push_back({.name = name});
        return static_cast<ValueId>(network.values.size() - 1);
    };
    const ValueId x = value("x"), shape = value("shape"), first = value("first"), target = value("target"),
                  y = value("y");
    network.values[x] = {.name = "x", .typed = true, .rank_known = true, .shape = {-1, 4, 6}};
    const ValueId zero = value("zero"), rest = value("rest");
    network.values[zero].constant = tensor<int64_t>(DataType::s64, {1}, {0});
    network.values[rest].constant = tensor<int64_t>(DataType::s64, {1}, {-1});
    for (const ValueId id : {zero, rest}) {
        network.values[id].typed = network.values[id].rank_known = true;
        network.values[id].type = DataType::s64;
        network.values[id].shape = {1};
    }
    network.nodes = {
        {.name = "s", .op = "Shape", .inputs = {x}, .outputs = {shape}},
        {.name = "g", .op = "Gather", .inputs = {shape, zero}, .outputs = {first}},
        {.name = "c", .op = "Concat", .inputs = {first, rest}, .outputs = {target}, .attributes = {{.name = "axis"}}},
        {.name = "r", .op = "Reshape", .inputs = {x, target}, .outputs = {y}}};
    network.inputs = {x};
    network.outputs = {y};
    const auto unknown = infer_and_fold(network);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error()[0].id, "onnx-shape");
    const auto wrong = infer_and_fold(network, {{5, 4, 7}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error()[0].id, "onnx-input");
    const auto folded = infer_and_fold(network, {{5, 4, 6}});
    ASSERT_TRUE(folded) << folded.error()[0].message;
    ASSERT_EQ(folded->nodes.size(), 1U);
    EXPECT_EQ(folded->nodes[0].op, "Reshape");
    EXPECT_EQ(folded->values[y].shape, (Shape{5, 24}));
    // the target computed from values instead
    network.nodes = {{.name = "z", .op = "NonZero", .inputs = {x}, .outputs = {y}}};
    const auto hanging = infer_and_fold(network, {{5, 4, 6}});
    ASSERT_FALSE(hanging);
    EXPECT_EQ(hanging.error()[0].id, "onnx-shape");
    // which evaluation knows
    const auto outputs = evaluate(network, {tensor<float>(DataType::f32, {1, 4, 6}, {0, 1, 0, 2})});
    ASSERT_TRUE(outputs);
    EXPECT_EQ((*outputs)[0], (tensor<int64_t>(DataType::s64, {3, 2}, {0, 0, 0, 0, 1, 3})));
}

// Are inputs that do not fit refused, and is every written value observed once?
TEST(Evaluate, ChecksInputsAndObserves) {
    Network network;
    network.opset = 17;
    network.values = {{.name = "x", .typed = true, .rank_known = true, .shape = {-1, 2}}, {.name = "y"}, {.name = "z"}};
    network.nodes = {
        {.name = "a", .op = "Neg", .inputs = {0}, .outputs = {1}},
        {.name = "b", .op = "Add", .inputs = {1, 0}, .outputs = {2}}};
    network.inputs = {0};
    network.outputs = {2, 0};
    for (const std::vector<Tensor>& inputs : std::vector<std::vector<Tensor>>{
             {},
             {Tensor(DataType::f64, {1, 2})},
             {Tensor(DataType::f32, {1, 3})},
             {Tensor(DataType::f32, {2})}}) {
        const auto refused = evaluate(network, inputs);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error()[0].id, "onnx-input");
    }
    std::vector<ValueId> seen;
    EvaluateOptions options;
    options.observe = [&](ValueId id, const Tensor&) { seen.push_back(id); };
    const auto outputs = evaluate(network, {tensor<float>(DataType::f32, {1, 2}, {3, 4})}, options);
    ASSERT_TRUE(outputs);
    EXPECT_EQ(seen, (std::vector<ValueId>{1, 2}));
    EXPECT_EQ((*outputs)[0], Tensor(DataType::f32, {1, 2}));
    EXPECT_EQ((*outputs)[1].as<float>()[1], 4);
}

}  // namespace
}  // namespace chipchain
