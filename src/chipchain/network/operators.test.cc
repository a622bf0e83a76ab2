#include "chipchain/network/operators.h"

#include <cfenv>
#include <cmath>
#include <map>
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
    const OperatorLimits& limits = {},
    int64_t opset = 17) {
    const OperatorInfo* row = find_operator(domain, op);
    EXPECT_NE(row, nullptr) << op;
    const Node node{.name = "n", .domain = domain, .op = op, .outputs = {0}, .attributes = std::move(attributes)};
    std::vector<const Tensor*> pointers;
    for (const Tensor& input : inputs) {
        pointers.push_back(input.shape == Shape{-1} ? nullptr : &input);
    }
    return row->evaluate({.node = &node, .inputs = pointers, .opset = opset, .limits = limits});
}

std::string id_of(const Result<std::vector<Tensor>>& y) { return y ? "computed" : y.error()[0].id; }

Attribute list_of(const std::string& name, std::vector<int64_t> values) {
    return {.name = name, .kind = AttributeKind::integers, .integers = std::move(values)};
}
Attribute number_of(const std::string& name, float value) {
    return {.name = name, .kind = AttributeKind::number, .number = value};
}
Attribute text_of(const std::string& name, const std::string& value) {
    return {.name = name, .kind = AttributeKind::text, .text = value};
}
Tensor longs(const std::vector<int64_t>& values) {
    return tensor<int64_t>(DataType::s64, {static_cast<int64_t>(values.size())}, values);
}
// An optional input that a node names all the same.
Tensor omitted() { return {DataType::f32, {0}}; }

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
    const auto& id = id_of;
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

// Is the zero point of 32-bit numbers taken away, as of others? (10 - 3) 1 = 7 (numerics.h; ONNX Runtime 1.32)
TEST(Operators, DequantizesWordsWithZeroPoints) {
    const auto y =
        run("DequantizeLinear",
            {tensor<int32_t>(DataType::s32, {1}, {10}),
             tensor<float>(DataType::f32, {}, {1}),
             tensor<int32_t>(DataType::s32, {}, {3})});
    ASSERT_TRUE(y);
    EXPECT_EQ((*y)[0].as<float>()[0], 7);
}

// Is a sum over more terms than the limit refused, and not left at 0? The shapes have no elements, their product 2^60.
TEST(Operators, EinsumRefusesWhatItCannotCount) {
    const Attribute equation = text_of("equation", "ij,kl->i");
    const Tensor a(DataType::f32, {0, int64_t{1} << 30});
    EXPECT_EQ(id_of(run("Einsum", {a, a}, {equation})), "onnx-too-large");
    // letters alone are labels, whatever the locale takes for a letter
    EXPECT_EQ(id_of(run("Einsum", {Tensor(DataType::f32, {1})}, {text_of("equation", "\xe9->\xe9")})), "onnx-operator");
    const auto sum = run("Einsum", {tensor<float>(DataType::f32, {3}, {1, 2, 4})}, {text_of("equation", "Z->")});
    ASSERT_TRUE(sum);
    EXPECT_EQ((*sum)[0].as<float>()[0], 7);
}

// Do the bounds of a slice that steps backwards end at the first and last element, of no elements too? (ONNX: starts
// are cut to [0, dims - 1], ends to [-1, dims - 1]; the same of ONNX Runtime 1.32)
TEST(Operators, SlicesBackwards) {
    const std::vector<float> five = {0, 1, 2, 3, 4};
    const auto slice = [](const std::vector<float>& x, int64_t start, int64_t end, int64_t step) {
        const Tensor whole = tensor(DataType::f32, {static_cast<int64_t>(x.size())}, x);
        const auto y = run("Slice", {whole, longs({start}), longs({end}), longs({0}), longs({step})});
        EXPECT_TRUE(y);
        return y ? std::vector<float>((*y)[0].as<float>().begin(), (*y)[0].as<float>().end()) : std::vector<float>{-1};
    };
    const int64_t far = int64_t{1} << 62;
    EXPECT_EQ(slice({}, far, -far, -1), std::vector<float>{});
    EXPECT_EQ(slice({}, -far, far, 1), std::vector<float>{});
    EXPECT_EQ(slice(five, -100, -200, -1), std::vector<float>{0});
    EXPECT_EQ(slice(five, far, -far, -2), (std::vector<float>{4, 2, 0}));
    EXPECT_EQ(slice(five, -100, -4, -1), std::vector<float>{});
    EXPECT_EQ(slice(five, -2, INT64_MIN, -2), (std::vector<float>{3, 1}));
}

// Do zeros stay zeros where their norm divides them? (ONNX, operator set 22; ONNX Runtime 1.32)
TEST(Operators, NormalisesZeros) {
    for (const int64_t p : {1, 2}) {
        const auto y =
            run("LpNormalization",
                {tensor<float>(DataType::f32, {2, 3}, {0, 0, 0, 0, -2, 0})},
                {{.name = "axis", .integer = 1}, {.name = "p", .integer = p}});
        ASSERT_TRUE(y);
        EXPECT_EQ((*y)[0], (tensor<float>(DataType::f32, {2, 3}, {0, 0, 0, 0, -1, 0})));
    }
}

// Do sizes fix the corners exactly? out / in * in is no whole number in binary64 for these. (ONNX: align_corners takes
// length_resized; the floor of x (in - 1) / (out - 1) is known in integers)
TEST(Operators, ResizeAlignsCornersOfSizes) {
    for (const auto& [in, out] : std::vector<std::pair<int64_t, int64_t>>{{7, 29}, {7, 123}, {11, 25}, {11, 178}}) {
        std::vector<float> x(static_cast<size_t>(in));
        for (size_t i = 0; i < x.size(); ++i) {
            x[i] = static_cast<float>(i);
        }
        const auto y =
            run("Resize",
                {tensor(DataType::f32, {in}, x), omitted(), omitted(), longs({out})},
                {text_of("coordinate_transformation_mode", "align_corners"), text_of("nearest_mode", "floor")});
        ASSERT_TRUE(y) << y.error()[0].message;
        for (int64_t o = 0; o < out; ++o) {
            EXPECT_EQ((*y)[0].as<float>()[static_cast<size_t>(o)], o * (in - 1) / (out - 1)) << o;
        }
    }
}

// Are the scales of a resize positive numbers? (ONNX: greater than 0; ONNX Runtime 1.32 refuses these)
TEST(Operators, ResizeRefusesScalesThatAreNone) {
    for (const float scale : {NAN, 0.0F, -1.0F, INFINITY}) {
        const Tensor scales = tensor<float>(DataType::f32, {1}, {scale});
        EXPECT_EQ(id_of(run("Resize", {Tensor(DataType::f32, {4}), omitted(), scales})), "onnx-operator") << scale;
    }
}

// Does a resize that shrinks one dimension and enlarges another hold no more than input or output? 1 x 2^12 to 2^18 x 1
// would be 2^30 numbers of 8 bytes between; the middle of 0 .. 4095 is 2047.5.
TEST(Operators, ResizeShrinksFirst) {
    std::vector<float> x(4096);
    for (size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>(i);
    }
    const auto y =
        run("Resize",
            {tensor(DataType::f32, {1, 4096}, x), omitted(), omitted(), longs({1 << 18, 1})},
            {text_of("mode", "linear")});
    ASSERT_TRUE(y);
    EXPECT_EQ((*y)[0].as<float>().back(), 2047.5F);
}

// Are bias and lambda of Shrink no integers where the numbers are? (ONNX Runtime 1.32)
TEST(Operators, ShrinksIntegersByFractions) {
    const auto y =
        run("Shrink",
            {tensor<int32_t>(DataType::s32, {4}, {-3, -1, 2, 4})},
            {number_of("bias", 0.5F), number_of("lambd", 1)});
    const auto z =
        run("Shrink",
            {tensor<int32_t>(DataType::s32, {4}, {-3, -1, 2, 4})},
            {number_of("bias", 1.5F), number_of("lambd", 1.5F)});
    const auto far =
        run("Shrink",
            {tensor<uint8_t>(DataType::u8, {3}, {1, 100, 250})},
            {number_of("bias", 0), number_of("lambd", 300)});
    ASSERT_TRUE(y && z && far);
    EXPECT_EQ((*y)[0], (tensor<int32_t>(DataType::s32, {4}, {-2, 0, 1, 3})));
    EXPECT_EQ((*z)[0], (tensor<int32_t>(DataType::s32, {4}, {-1, 0, 0, 2})));
    EXPECT_EQ((*far)[0], (tensor<uint8_t>(DataType::u8, {3}, {0, 0, 0})));
}

// Are attributes of an operator set before 7 refused after it? (ONNX Runtime 1.32: unrecognised attribute)
TEST(Operators, RefusesOldBroadcasts) {
    const Tensor a(DataType::f32, {1, 3, 3, 3}), b(DataType::f32, {3});
    const std::vector<Attribute> old = {{.name = "broadcast", .integer = 1}, {.name = "axis", .integer = 1}};
    for (const std::string op : {"Add", "Pow", "Less"}) {
        EXPECT_EQ(id_of(run(op, {a, b}, old)), "onnx-operator");
        EXPECT_EQ(id_of(run(op, {a, b}, {old[0]})), "onnx-operator");
        EXPECT_EQ(id_of(run(op, {a, b}, old, "", {}, 6)), "computed");
        EXPECT_EQ(id_of(run(op, {a, b})), "computed");
    }
}

// Are sums refused of types that ONNX has no sums of? (Type constraints of ReduceMean-18 and its kin)
TEST(Operators, ReducesNoNarrowIntegers) {
    for (const std::string op : {"ReduceMean", "ReduceSum", "ReduceProd", "ReduceSumSquare", "ReduceL1"}) {
        EXPECT_EQ(id_of(run(op, {Tensor(DataType::u8, {2})})), "onnx-operator") << op;
        EXPECT_EQ(id_of(run(op, {Tensor(DataType::s16, {2})})), "onnx-operator") << op;
        EXPECT_EQ(id_of(run(op, {Tensor(DataType::s32, {2})})), "computed") << op;
    }
    EXPECT_EQ(id_of(run("ReduceMax", {Tensor(DataType::u8, {2})})), "computed");
}

// Are kernels, output shapes and blocks refused whose products overflow? (the sanitizer's question)
TEST(Operators, RefusesWindowsBeyondCounting) {
    const Tensor x(DataType::f32, {1, 0, 5}), w(DataType::f32, {1, 0, int64_t{1} << 35});
    EXPECT_EQ(id_of(run("Conv", {x, w}, {list_of("dilations", {1 << 29})})), "onnx-operator");
    EXPECT_EQ(
        id_of(run("Conv", {x, w}, {list_of("dilations", {1 << 29}), text_of("auto_pad", "SAME_UPPER")})),
        "onnx-operator");
    const Tensor small(DataType::f32, {1, 1, 4}), kernel(DataType::f32, {1, 1, 3});
    for (const int64_t length : {INT64_MIN, int64_t{0}, int64_t{1} << 40}) {
        EXPECT_EQ(id_of(run("ConvTranspose", {small, kernel}, {list_of("output_shape", {length})})), "onnx-operator");
    }
    EXPECT_EQ(
        id_of(
            run("SpaceToDepth",
                {Tensor(DataType::f32, {1, 1 << 30, 0, 0})},
                {{.name = "blocksize", .integer = 1 << 19}})),
        "onnx-too-large");
}

// Are pads beside auto_pad refused of convolutions, and left unread of pools? (ONNX Runtime 1.32)
TEST(Operators, RefusesPadsBesideAutomaticOnes) {
    const Tensor x(DataType::f32, {1, 1, 4}), w(DataType::f32, {1, 1, 3});
    for (const std::string automatic : {"VALID", "SAME_UPPER"}) {
        const std::vector<Attribute> both = {text_of("auto_pad", automatic), list_of("pads", {1, 1})};
        EXPECT_EQ(id_of(run("Conv", {x, w}, both)), "onnx-operator");
        EXPECT_EQ(id_of(run("ConvTranspose", {x, w}, both)), "onnx-operator");
    }
    const auto pool =
        run("MaxPool", {x}, {text_of("auto_pad", "VALID"), list_of("pads", {1, 1}), list_of("kernel_shape", {2})});
    ASSERT_TRUE(pool);
    EXPECT_EQ((*pool)[0].shape, (Shape{1, 1, 3}));
}

// Is a number of no type refused whatever its low 32 bits say?
TEST(Operators, ReadsTypesInFull) {
    const int64_t far = (int64_t{1} << 32) + 1;  // low bits: f32
    const Tensor x(DataType::f32, {2, 2});
    EXPECT_EQ(id_of(run("Cast", {x}, {{.name = "to", .integer = far}})), "onnx-operator");
    EXPECT_EQ(id_of(run("EyeLike", {x}, {{.name = "dtype", .integer = far}})), "onnx-operator");
    EXPECT_EQ(id_of(run("HannWindow", {longs({3})}, {{.name = "output_datatype", .integer = far}})), "onnx-operator");
    const Tensor scale = tensor<float>(DataType::f32, {}, {1});
    EXPECT_EQ(
        id_of(run("QuantizeLinear", {x, scale}, {{.name = "output_dtype", .integer = far + 1}})),
        "onnx-operator");
}

// Are nodes that would take memory for no element computed without it? All have outputs without elements.
TEST(Operators, EmptyOutputsCostNothing) {
    const int64_t many = int64_t{1} << 31;
    const Tensor wide(DataType::f32, {0, many});
    const auto product = run("MatMul", {Tensor(DataType::f32, {0, 0}), wide});
    ASSERT_TRUE(product);
    EXPECT_EQ((*product)[0].shape, (Shape{0, many}));
    EXPECT_EQ(id_of(run("Softmax", {wide})), "computed");
}

// Are outputs refused that exceed the bytes that may be held?
TEST(Operators, RefusesOutputsBeyondTheBytes) {
    EXPECT_EQ(id_of(run("ConstantOfShape", {longs({9})}, {}, "", {.bytes = 35})), "onnx-too-large");
    EXPECT_EQ(id_of(run("ConstantOfShape", {longs({9})}, {}, "", {.bytes = 36})), "computed");
    EXPECT_EQ(id_of(run("ConstantOfShape", {longs({int64_t{1} << 31})})), "onnx-too-large");
}

// Does Round go to even on ties whatever the host rounds to?
TEST(Operators, RoundsToEvenInEveryMode) {
    const Tensor x = tensor<float>(
        DataType::f32,
        {11},
        {0.5F, 1.5F, 2.5F, -0.5F, -2.5F, 1.2F, -1.8F, 8388607.5F, 16777217.0F, INFINITY, 0.49999997F});
    for (const int mode : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        ASSERT_EQ(std::fesetround(mode), 0);
        const auto y = run("Round", {x});
        std::fesetround(FE_TONEAREST);
        ASSERT_TRUE(y);
        EXPECT_EQ(
            (*y)[0],
            tensor<float>(DataType::f32, {11}, {0, 2, 2, -0.0F, -2, 1, -2, 8388608, 16777216, INFINITY, 0}))
            << mode;
    }
    const auto nan = run("Round", {tensor<double>(DataType::f64, {1}, {NAN})});
    ASSERT_TRUE(nan);
    EXPECT_TRUE(std::isnan((*nan)[0].as<double>()[0]));
}

// Is -1 in a shape refused where the rest of it has no elements? (ONNX Runtime 1.32)
TEST(Operators, ReshapesNothing) {
    const Tensor x(DataType::f32, {0, 3});
    EXPECT_EQ(id_of(run("Reshape", {x, longs({0, -1})})), "onnx-operator");
    EXPECT_EQ(id_of(run("Reshape", {x, longs({0, 3, -1})})), "onnx-operator");
    const auto y = run("Reshape", {x, longs({-1, 3})});
    ASSERT_TRUE(y);
    EXPECT_EQ((*y)[0].shape, (Shape{0, 3}));
}

// Is another precision of a normalisation refused?
TEST(Operators, GroupNormalizationRefusesPrecisions) {
    const std::vector<Tensor> inputs = {
        Tensor(DataType::f32, {1, 2, 2}),
        Tensor(DataType::f32, {1}),
        Tensor(DataType::f32, {1})};
    const Attribute groups = {.name = "num_groups", .integer = 1};
    EXPECT_EQ(id_of(run("GroupNormalization", inputs, {groups})), "computed");
    EXPECT_EQ(
        id_of(run("GroupNormalization", inputs, {groups, {.name = "stash_type", .integer = 10}})),
        "onnx-operator");
}

// A quantised operator of com.microsoft of one tensor: x, its scale 1/8 and zero 5, scale 1/4 and zero 8 of y.
Result<std::vector<Tensor>> run_unary(const std::string& op, const Tensor& x, std::vector<Attribute> attributes = {}) {
    const auto scalar = [](float value) { return tensor<float>(DataType::f32, {}, {value}); };
    const auto zero = [](uint8_t value) { return tensor<uint8_t>(DataType::u8, {}, {value}); };
    return run(op, {x, scalar(0.125F), zero(5), scalar(0.25F), zero(8)}, std::move(attributes), "com.microsoft");
}

// Is the quantised average what ONNX Runtime 1.32 gives, over the cells inside, the kernel's cells, behind ceil_mode's
// edge, and in both orders of the channels? (Where a value lies on a tie and the zero point is odd, the two differ by
// one: ONNX Runtime adds the zero point before it rounds, the contract after.)
TEST(Operators, QLinearAveragePool) {
    const std::vector<uint8_t> cells = {10, 20, 30, 41, 200, 100, 0, 255, 7};
    const Tensor x = tensor(DataType::u8, {1, 1, 3, 3}, cells);
    const Attribute kernel = list_of("kernel_shape", {2, 2});
    const Attribute pads = list_of("pads", {1, 1, 1, 1}), strides = list_of("strides", {2, 2});
    const Attribute ceil = {.name = "ceil_mode", .integer = 1}, count = {.name = "count_include_pad", .integer = 1};
    struct Case {
        std::vector<Attribute> attributes;
        Shape shape;
        std::vector<uint8_t> y;
    };
    const std::vector<Case> cases = {
        {{kernel}, {1, 1, 2, 2}, {39, 49, 68, 76}},
        {{kernel, pads}, {1, 1, 4, 4}, {10, 13, 18, 20, 18, 39, 49, 38, 16, 68, 76, 32, 6, 69, 71, 9}},
        {{kernel, pads, count}, {1, 1, 4, 4}, {9, 10, 13, 11, 13, 39, 49, 23, 12, 68, 76, 20, 7, 39, 40, 8}},
        {{kernel, strides, ceil}, {1, 1, 2, 2}, {39, 38, 69, 9}},
        {{kernel, strides, ceil, count}, {1, 1, 2, 2}, {39, 23, 39, 8}},
        {{kernel, text_of("auto_pad", "SAME_UPPER")}, {1, 1, 3, 3}, {39, 49, 38, 68, 76, 32, 69, 71, 9}},
    };
    for (const Case& c : cases) {
        const auto y = run_unary("QLinearAveragePool", x, c.attributes);
        ASSERT_TRUE(y) << y.error()[0].message;
        EXPECT_EQ((*y)[0], tensor(DataType::u8, c.shape, c.y));
    }
    std::vector<uint8_t> pairs;
    for (const uint8_t cell : cells) {
        pairs.insert(pairs.end(), {cell, static_cast<uint8_t>(255 - cell)});
    }
    const Attribute last = {.name = "channels_last", .integer = 1};
    const auto y = run_unary("QLinearAveragePool", tensor(DataType::u8, {1, 3, 3, 2}, pairs), {kernel, last});
    ASSERT_TRUE(y) << y.error()[0].message;
    EXPECT_EQ((*y)[0], (tensor<uint8_t>(DataType::u8, {1, 2, 2, 2}, {39, 99, 49, 89, 68, 71, 76, 63})));
    const auto padding = run_unary(
        "QLinearAveragePool",
        tensor(DataType::u8, {1, 1, 9}, cells),
        {list_of("kernel_shape", {1}), list_of("pads", {1, 0})});
    EXPECT_EQ(id_of(padding), "onnx-operator");
}

// Is the quantised sigmoid the contract's table? The values are those of ONNX Runtime 1.32.
TEST(Operators, QLinearSigmoid) {
    const auto run_sigmoid = [](const Tensor& x, const Tensor& zero_x, float scale_y, const Tensor& zero_y) {
        return run(
            "QLinearSigmoid",
            {x, tensor<float>(DataType::f32, {}, {0.05F}), zero_x, tensor<float>(DataType::f32, {}, {scale_y}), zero_y},
            {},
            "com.microsoft");
    };
    const Tensor x = tensor<uint8_t>(DataType::u8, {7}, {0, 60, 100, 128, 160, 200, 255});
    const Tensor zero = tensor<uint8_t>(DataType::u8, {}, {0}), middle = tensor<uint8_t>(DataType::u8, {}, {128});
    const auto y = run_sigmoid(x, middle, 0x1p-8F, zero);
    const auto z = run_sigmoid(
        tensor<int8_t>(DataType::s8, {6}, {-128, -60, 0, 3, 60, 127}),
        tensor<int8_t>(DataType::s8, {}, {3}),
        0x1p-8F,
        tensor<int8_t>(DataType::s8, {}, {-128}));
    ASSERT_TRUE(y && z);
    EXPECT_EQ((*y)[0], (tensor<uint8_t>(DataType::u8, {7}, {0, 8, 51, 128, 213, 249, 255})));
    EXPECT_EQ((*z)[0], (tensor<int8_t>(DataType::s8, {6}, {-128, -117, -10, 0, 114, 127})));
    EXPECT_EQ(id_of(run_sigmoid(x, middle, 0, zero)), "onnx-operator");
    EXPECT_EQ(id_of(run_sigmoid(x, middle, NAN, zero)), "onnx-operator");
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

// A network of the input x (f32, two elements), constants and nodes that are named as their output; the last is its
// own.
struct NodeText {
    std::string output;
    std::string op;
    std::vector<std::string> inputs;
    std::vector<Attribute> attributes;
};
Network network_of(const std::vector<std::pair<std::string, Tensor>>& constants, const std::vector<NodeText>& nodes) {
    Network network;
    network.opset = 17;
    network.values = {{.name = "x", .typed = true, .rank_known = true, .shape = {2}}};
    network.inputs = {0};
    std::map<std::string, ValueId> ids = {{"x", 0}};
    const auto add = [&](const std::string& name) {
        ids[name] = static_cast<ValueId>(network.values.size());
        network.values.push_back({.name = name});
    };
    for (const auto& [name, value] : constants) {
        add(name);
        network.values.back() = {
            .name = name,
            .typed = true,
            .type = value.type,
            .rank_known = true,
            .shape = value.shape,
            .constant = value};
    }
    for (const NodeText& text : nodes) {
        add(text.output);
        Node node{.name = text.output, .op = text.op, .outputs = {ids[text.output]}, .attributes = text.attributes};
        for (const std::string& input : text.inputs) {
            node.inputs.push_back(ids.at(input));
        }
        network.nodes.push_back(std::move(node));
    }
    network.outputs = {ids.at(nodes.back().output)};
    return network;
}

// Does what is too large to fold stay a node that a run computes, and is a shape that hangs on it named?
TEST(InferAndFold, LeavesWhatIsTooLarge) {
    const Network network = network_of(
        {{"shape", longs({1000})}, {"a", tensor<float>(DataType::f32, {1, 2}, {1, 2})}},
        {{"many", "ConstantOfShape", {"shape"}, {}},
         {"sum", "ReduceSum", {"many"}, {}},
         {"turned", "Transpose", {"a"}, {}},
         {"product", "MatMul", {"turned", "a"}, {}},
         {"both", "Add", {"product", "x"}, {}},
         {"y", "Add", {"both", "sum"}, {}}});
    const Tensor x = tensor<float>(DataType::f32, {2}, {10, 20});
    const auto ops = [](const Result<Network>& folded) {
        std::vector<std::string> names;
        for (const Node& node : folded->nodes) {
            names.push_back(node.op);
        }
        return names;
    };
    using Names = std::vector<std::string>;
    // 4,000 bytes of `many`, 4 of its sum, 8 of `turned`, 16 of the product of 4 multiplications and 8 elements
    for (const auto& [limits, kept] : std::vector<std::pair<OperatorLimits, Names>>{
             {{}, {"Add", "Add"}},
             {{.fold_bytes = 4028}, {"Add", "Add"}},
             {{.fold_bytes = 4027}, {"MatMul", "Add", "Add"}},
             {{.fold_bytes = 3999}, {"ConstantOfShape", "ReduceSum", "Add", "Add"}},
             {{.fold_operations = 1001}, {"Add", "Add"}},
             {{.fold_operations = 7}, {"ConstantOfShape", "ReduceSum", "MatMul", "Add", "Add"}}}) {
        const auto folded = infer_and_fold(network, {}, limits);
        ASSERT_TRUE(folded) << folded.error()[0].message;
        EXPECT_EQ(ops(folded), kept);
        const auto y = evaluate(*folded, {x});
        ASSERT_TRUE(y) << y.error()[0].message;
        EXPECT_EQ((*y)[0], (tensor<float>(DataType::f32, {2, 2}, {11, 22, 12, 24})));
    }
    const Network reshaped = network_of(
        {{"one", longs({1})}, {"two", longs({1})}},
        {{"shape", "Add", {"one", "two"}, {}}, {"y", "Reshape", {"x", "shape"}, {}}});
    const auto refused = infer_and_fold(reshaped, {}, {.fold_bytes = 7});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error()[0].id, "onnx-too-large");
}

// Is a small file that doubles its numbers many times neither folded nor run beyond the limits? Afterwards 2^33 bytes.
TEST(InferAndFold, DoublesWithinLimits) {
    std::vector<NodeText> nodes;
    std::string last = "k";
    for (int i = 0; i < 29; ++i) {
        nodes.push_back({fmt::format("k{}", i), "Concat", {last, last}, {{.name = "axis"}}});
        last = nodes.back().output;
    }
    nodes.push_back({"sum", "ReduceSum", {last}, {}});
    nodes.push_back({"y", "Add", {"x", "sum"}, {}});
    const Network network = network_of({{"k", Tensor(DataType::f32, {4})}}, nodes);
    const OperatorLimits limits{.bytes = 1 << 16, .fold_bytes = 1 << 16};
    const auto folded = infer_and_fold(network, {}, limits);
    ASSERT_TRUE(folded) << folded.error()[0].message;
    // 32 + 64 + ... + 2^15 bytes are folded
    EXPECT_EQ(folded->nodes.size(), nodes.size() - 11);
    const auto y = evaluate(*folded, {Tensor(DataType::f32, {2})}, {.limits = limits});
    ASSERT_FALSE(y);
    EXPECT_EQ(y.error()[0].id, "onnx-too-large");
    const auto whole = evaluate(network, {Tensor(DataType::f32, {2})}, {.limits = limits});
    ASSERT_FALSE(whole);
    EXPECT_EQ(whole.error()[0].id, "onnx-too-large");
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
