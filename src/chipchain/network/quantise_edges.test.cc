// What quantise() must not get silently wrong: constants it makes itself, parameters that are computed, older forms.
#include <cmath>

#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/operators.h"
#include "chipchain/network/quantise.h"
#include "chipchain/network/quantise_internal.h"
#include "tests/chip/random_network.h"

namespace chipchain {
namespace {

using testing::Draws;
using testing::floats;
using testing::NetworkBuilder;

constexpr DataType kFloat = DataType::f32;

Tensor noise(Draws& draws, Shape shape, float low = -1, float high = 1) {
    Tensor tensor(kFloat, std::move(shape));
    for (float& x : tensor.as<float>()) x = low + (high - low) * static_cast<float>(draws.between(0, 10'000)) * 1e-4F;
    return tensor;
}

std::vector<Tensor> run_of(const Network& network) {
    Draws draws(7, 5);
    std::vector<Tensor> run;
    for (const ValueId id : network.inputs) run.push_back(noise(draws, network.values[id].shape));
    return run;
}

Result<Network> quantised(const Network& network, const QuantiseOptions& options = {}) {
    return quantise(network, {run_of(network)}, options);
}

// The largest difference between the float outputs and those of the quantised network, in parts of the largest float.
double largest_error(const Network& network, const QuantiseOptions& options = {}) {
    const auto q = quantised(network, options);
    EXPECT_TRUE(q.has_value()) << q.error()[0].message;
    if (!q) return INFINITY;
    EXPECT_TRUE(unsupported_nodes(*q).empty());
    const std::vector<Tensor> run = run_of(network);
    const auto expected = evaluate(network, run);
    const auto found = evaluate(*q, run);
    EXPECT_TRUE(expected.has_value() && found.has_value());
    if (!expected || !found) return INFINITY;
    double most = 0;
    double error = 0;
    for (size_t k = 0; k < expected->size(); ++k) {
        EXPECT_EQ((*expected)[k].shape, (*found)[k].shape);
        for (size_t i = 0; i < (*expected)[k].as<float>().size(); ++i) {
            const auto x = double{(*expected)[k].as<float>()[i]};
            most = std::max(most, std::fabs(x));
            error = std::max(error, std::fabs(x - double{(*found)[k].as<float>()[i]}));
        }
    }
    return error / most;
}

void expect_refused(const Network& network, const std::string& why, const QuantiseOptions& options = {}) {
    const auto q = quantised(network, options);
    ASSERT_FALSE(q.has_value());
    EXPECT_EQ(q.error()[0].id, "quantise-unsupported");
    EXPECT_NE(q.error()[0].message.find(why), std::string::npos) << q.error()[0].message;
}

struct Image {
    explicit Image(int64_t opset = 13) : b("image", opset), x(b.input(kFloat, shape)) {}
    ValueId conv(std::vector<ValueId> more = {}) {
        std::vector<ValueId> inputs = {x, b.constant(noise(draws, {4, 3, 1, 1}))};
        inputs.insert(inputs.end(), more.begin(), more.end());
        return b.node("Conv", inputs, kFloat, wide);
    }
    Network take(ValueId output) {
        b.output(output);
        return b.take();
    }
    Draws draws{11};
    Shape shape = {1, 3, 4, 4};
    Shape wide = {1, 4, 4, 4};
    NetworkBuilder b;
    ValueId x;
};

// Is (x - mean) / deviation, with an array each, near the float network? The rewriter's own constants have ranges.
TEST(QuantiseEdges, ArraysAreSubtractedAndDividedBy) {
    Image m;
    const ValueId mean = m.b.constant(floats({1, 3, 1, 1}, {0.5F, 0.25F, -0.4F}));
    const ValueId deviation = m.b.constant(floats({1, 3, 1, 1}, {0.2F, 0.3F, 0.25F}));
    const ValueId a = m.b.node("Sub", {m.x, mean}, kFloat, m.shape);
    EXPECT_LT(largest_error(m.take(m.b.node("Div", {a, deviation}, kFloat, m.shape))), 0.02);
}

// Is a C of Gemm with one number per row not taken for one per column?
TEST(QuantiseEdges, BiasPerRowIsNotPerColumn) {
    const auto network = [](const Shape& c) {
        NetworkBuilder b("gemm");
        Draws draws(3);
        const ValueId x = b.input(kFloat, {4, 3});
        const ValueId matrix = b.constant(noise(draws, {3, 4}));
        const ValueId offset = b.constant(floats(c, {0, 2, 4, 6}));
        b.output(b.node("Gemm", {x, matrix, offset}, kFloat, {4, 4}));
        return b.take();
    };
    expect_refused(network({4, 1}), "(Gemm)");
    EXPECT_LT(largest_error(network({4})), 0.02);
    EXPECT_LT(largest_error(network({1, 4})), 0.02);
}

// Is a convolution whose bias is computed refused, whatever follows it?
TEST(QuantiseEdges, ComputedBiasIsRefused) {
    for (const char* op : {"BatchNormalization", "Add", "Mul", "none"}) {
        Image m;
        const ValueId bias = m.b.input(kFloat, {4});
        ValueId y = m.conv({bias});
        const ValueId half = m.b.constant(floats({1, 4, 1, 1}, {0.5F, 1, 2, 3}));
        const ValueId vector = m.b.constant(floats({4}, {0.5F, 1, 2, 3}));
        const std::string name = op;
        if (name == "BatchNormalization") {
            y = m.b.node(op, {y, vector, vector, vector, vector}, kFloat, m.wide);
        } else if (name != "none") {
            y = m.b.node(op, {y, half}, kFloat, m.wide);
        }
        expect_refused(m.take(y), "its bias is computed");
    }
    Image m;
    const ValueId bias = m.b.input(kFloat, {2});
    const ValueId weights = m.b.constant(noise(m.draws, {3, 2, 1, 1}));
    expect_refused(
        m.take(m.b.node("ConvTranspose", {m.x, weights, bias}, kFloat, {1, 2, 4, 4})),
        "its bias is computed");
}

// Is a Clip whose bound is computed not folded away, nor one that a value only bounds?
TEST(QuantiseEdges, ComputedBoundsAreRefused) {
    Image m;
    const ValueId low = m.b.input(kFloat, {});
    const ValueId y = m.conv();
    expect_refused(m.take(m.b.node("Clip", {y, low}, kFloat, m.wide)), "a parameter is computed");
}

// Are parameters of other floats read as what they are?
TEST(QuantiseEdges, NormalisationByOtherFloats) {
    for (const bool after_conv : {true, false}) {
        Image m(15);
        std::vector<ValueId> inputs = {after_conv ? m.conv() : m.x};
        const Shape shape = after_conv ? m.wide : m.shape;
        for (const double base : {1.0, 0.25, -0.5, 0.75}) {
            Tensor tensor(DataType::f64, {shape[1]});
            for (size_t i = 0; i < tensor.as<double>().size(); ++i) {
                tensor.as<double>()[i] = base + 0.125 * static_cast<double>(i);
            }
            inputs.push_back(m.b.constant(std::move(tensor)));
        }
        EXPECT_LT(largest_error(m.take(m.b.node("BatchNormalization", inputs, kFloat, shape))), 0.02);
    }
}

Network padded(float value, bool computed, const std::vector<int64_t>& pads, const std::vector<int64_t>& axes) {
    NetworkBuilder b("pad", 18);
    const ValueId x = b.input(kFloat, {1, 2, 3, 4});
    const ValueId a = b.node("Sigmoid", {x}, kFloat, {1, 2, 3, 4});
    std::vector<ValueId> inputs = {a, b.constant(integer_tensor(pads))};
    inputs.push_back(computed ? b.input(kFloat, {}) : b.scalar(value));
    Shape shape = {1, 2, 3, 4};
    const size_t half = pads.size() / 2;
    for (size_t i = 0; i < half; ++i) {
        shape[axes.empty() ? i : static_cast<size_t>(axes[i])] += pads[i] + pads[half + i];
    }
    if (!axes.empty()) inputs.push_back(b.constant(integer_tensor(axes)));
    b.output(b.node("Pad", inputs, kFloat, shape));
    return b.take();
}

// Does Pad keep values outside the range of what it pads, and its axes, and is a computed value refused?
TEST(QuantiseEdges, PadKeepsValueAndAxes) {
    for (const float value : {-1.0F, 0.0F, 0.5F, 3.0F}) {
        const Network network = padded(value, false, {0, 0, 1, 1, 0, 0, 0, 2}, {});
        EXPECT_LT(largest_error(network), 0.01) << value;
        const auto lowered = lower(*quantised(network));
        EXPECT_TRUE(lowered.has_value()) << lowered.error()[0].message;
    }
    EXPECT_LT(largest_error(padded(0.25F, false, {1, 2, 0, 3}, {3, 2})), 0.01);
    EXPECT_LT(largest_error(padded(0, false, {1, 2, 0, 0, 1, 0, 0, 1}, {3, 2, 1, 0})), 0.01);
    expect_refused(padded(0, true, {0, 0, 1, 1, 0, 0, 1, 1}, {}), "the value that it pads with is computed");
}

// Softmax, LogSoftmax and Hardmax of the sets before 13 work over all axes from one on.
Network rows_of(const char* op, int64_t axis) {
    NetworkBuilder b("rows", 11);
    Draws draws(5);
    const ValueId x = b.input(kFloat, {2, 3, 4});
    const ValueId matrix = b.constant(noise(draws, {4, 4}));
    const ValueId y = b.node("MatMul", {x, matrix}, kFloat, {2, 3, 4});
    b.output(b.node(op, {y}, kFloat, {2, 3, 4}, {integer_attribute_of("axis", axis)}));
    return b.take();
}

// Do they keep that meaning in the set that is made, quantised and left to the host alike?
TEST(QuantiseEdges, RowsOfOlderSets) {
    for (const int64_t axis : {0, 1, 2, -1}) {
        EXPECT_LT(largest_error(rows_of("Softmax", axis)), 0.03) << axis;
        const auto lowered = lower(*quantised(rows_of("Softmax", axis)));
        EXPECT_TRUE(lowered.has_value()) << lowered.error()[0].message;
        for (const char* op : {"Softmax", "LogSoftmax"}) {
            QuantiseOptions options;
            options.keep_float = {std::string(op) + "_1"};
            EXPECT_LT(largest_error(rows_of(op, axis), options), 0.02) << op << axis;
        }
    }
}

// Are nodes left to the host refused where they would mean something else in the set that is made?
TEST(QuantiseEdges, KeptNodesThatChangedAreRefused) {
    NetworkBuilder b("kept", 6);
    const ValueId x = b.input(kFloat, {1, 3, 2});
    b.output(b.node("Selu", {x}, kFloat, {1, 3, 2}));
    QuantiseOptions options;
    options.keep_float = {"Selu_0"};
    expect_refused(b.take(), "its meaning changed in later operator sets", options);
}

// Is the second operand aligned by the attribute of the sets before 7?
TEST(QuantiseEdges, AxisOfOldSums) {
    NetworkBuilder b("old", 6);
    const ValueId x = b.input(kFloat, {1, 3, 3, 3});
    const ValueId k = b.constant(floats({3}, {0, 5, 10}));
    const ValueId y = b.node(
        "Add",
        {x, k},
        kFloat,
        {1, 3, 3, 3},
        {integer_attribute_of("broadcast", 1), integer_attribute_of("axis", 1)});
    b.output(y);
    const Network network = b.take();
    const auto q = quantised(network);
    ASSERT_TRUE(q.has_value()) << q.error()[0].message;
    const Tensor zeros(kFloat, {1, 3, 3, 3});
    const auto found = evaluate(*q, {zeros});
    ASSERT_TRUE(found.has_value());
    // the constant of the text, one number per channel
    for (size_t i = 0; i < 27; ++i) {
        EXPECT_NEAR((*found)[0].as<float>()[i], 5 * static_cast<float>(i / 9), 0.1F) << i;
    }
}

// Does a bias far larger than the weights of a transposed convolution fit, and is one without channels no crash?
TEST(QuantiseEdges, TransposedConvolution) {
    Image m;
    Tensor weights = noise(m.draws, {3, 2, 2, 2});
    for (float& w : weights.as<float>()) w *= 1e-8F;
    const ValueId w = m.b.constant(std::move(weights));
    const ValueId bias = m.b.constant(floats({2}, {1, 2}));
    EXPECT_LT(largest_error(m.take(m.b.node("ConvTranspose", {m.x, w, bias}, kFloat, {1, 2, 5, 5}))), 0.01);
    NetworkBuilder b("empty");
    const ValueId x = b.input(kFloat, {1, 0, 4, 4});
    const ValueId none = b.constant(Tensor(kFloat, {0, 2, 2, 2}));
    b.output(b.node("ConvTranspose", {x, none}, kFloat, {1, 2, 5, 5}));
    const Network network = b.take();
    for (const bool per_channel : {true, false}) {
        QuantiseOptions options;
        options.per_channel = per_channel;
        EXPECT_TRUE(quantised(network, options).has_value());
    }
}

// Is a node of which another output than the first is read refused?
TEST(QuantiseEdges, SecondOutputsAreRefused) {
    const auto network = [](const char* op, DataType type, std::vector<Attribute> attributes, const Shape& shape) {
        NetworkBuilder b("second", 17);
        const ValueId x = b.input(kFloat, {1, 2, 4, 4});
        std::vector<ValueId> inputs = {x};
        if (std::string_view(op) == "LayerNormalization") inputs.push_back(b.constant(floats({4}, {1, 1, 1, 1})));
        const ValueId y = b.node(op, inputs, kFloat, shape, std::move(attributes));
        Shape second = shape;
        if (inputs.size() > 1) second.back() = 1;
        const ValueId other = b.constant(Tensor(type, second));
        b.output(y);
        b.output(other);
        Network made = b.take();
        made.values[other].constant.reset();
        made.nodes[0].outputs.push_back(other);
        return made;
    };
    expect_refused(network("Dropout", DataType::boolean, {}, {1, 2, 4, 4}), "beyond the first");
    expect_refused(
        network("MaxPool", DataType::s64, {integers_attribute_of("kernel_shape", {1, 1})}, {1, 2, 4, 4}),
        "beyond the first");
    expect_refused(network("LayerNormalization", kFloat, {}, {1, 2, 4, 4}), "beyond the first");
}

Network interpolated(const char* mode, const char* where, float scale, int64_t from, int64_t to) {
    NetworkBuilder b("resize", 13);
    const ValueId x = b.input(kFloat, {1, 2, from, 4});
    const bool crops = std::string_view(where) == "tf_crop_and_resize";
    std::vector<ValueId> inputs = {x, crops ? b.constant(floats({8}, {0, 0, 0, 0, 1, 1, 1, 1})) : kNoValue};
    if (scale > 0) {
        inputs.push_back(b.constant(floats({4}, {1, 1, scale, 2})));
    } else {
        inputs.push_back(kNoValue);
        inputs.push_back(b.constant(integer_tensor(std::vector<int64_t>{1, 2, to, 8})));
    }
    b.output(b.node(
        "Resize",
        inputs,
        kFloat,
        {1, 2, to, 8},
        {text_attribute_of("mode", mode), text_attribute_of("coordinate_transformation_mode", where)}));
    return b.take();
}

// Does a Resize that interpolates become products that a chip runs, with the values of evaluate()?
TEST(QuantiseEdges, InterpolationBecomesProducts) {
    for (const char* where : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"}) {
        for (const char* mode : {"linear", "cubic"}) {
            for (const Network& network :
                 {interpolated(mode, where, 2, 3, 6),
                  interpolated(mode, where, 1.7F, 5, 8),
                  interpolated(mode, where, 0, 5, 3),
                  interpolated(mode, where, 0, 1, 7)}) {
                EXPECT_LT(largest_error(network), 0.02) << where << mode;
                const auto q = quantised(network);
                ASSERT_TRUE(q.has_value());
                const auto lowered = lower(*q);
                ASSERT_TRUE(lowered.has_value()) << lowered.error()[0].message;
                EXPECT_TRUE(std::any_of(q->nodes.begin(), q->nodes.end(), [](const Node& n) {
                    return n.op == "QLinearMatMul";
                }));
            }
        }
    }
    expect_refused(interpolated("linear", "tf_crop_and_resize", 2, 3, 6), "it interpolates");
}

// x - mean, over the root of its mean square, times gamma, plus beta; the difference written once or twice
Network written_out(bool twice, bool power, bool affine) {
    NetworkBuilder b("norm", 13);
    Draws draws(9);
    const Shape shape = {2, 3, 8};
    const Shape row = {2, 3, 1};
    const std::vector<Attribute> last = {integers_attribute_of("axes", {-1}), integer_attribute_of("keepdims", 1)};
    const ValueId x = b.input(kFloat, shape);
    const ValueId mean = b.node("ReduceMean", {x}, kFloat, row, last);
    const ValueId d = b.node("Sub", {x, mean}, kFloat, shape);
    const ValueId other = twice ? b.node("Sub", {x, mean}, kFloat, shape) : d;
    const ValueId two = b.scalar(2);
    const ValueId square = power ? b.node("Pow", {d, two}, kFloat, shape) : b.node("Mul", {d, d}, kFloat, shape);
    const ValueId variance = b.node("ReduceMean", {square}, kFloat, row, last);
    const ValueId epsilon = b.scalar(1e-3F);
    const ValueId sum = b.node("Add", {variance, epsilon}, kFloat, row);
    const ValueId root = b.node("Sqrt", {sum}, kFloat, row);
    ValueId y = b.node("Div", {other, root}, kFloat, shape);
    if (affine) {
        const ValueId gamma = b.constant(noise(draws, {8}, 0.5F, 2));
        y = b.node("Mul", {y, gamma}, kFloat, shape);
        const ValueId beta = b.constant(noise(draws, {8}));
        y = b.node("Add", {beta, y}, kFloat, shape);
    }
    b.output(y);
    return b.take();
}

// Is layer normalisation, as sets before 17 write it, one node with the same values?
TEST(QuantiseEdges, LayerNormalisationIsOneNode) {
    for (const bool twice : {false, true}) {
        for (const bool affine : {false, true}) {
            const Network network = written_out(twice, twice == affine, affine);
            EXPECT_LT(largest_error(network), 0.015);
            const auto q = quantised(network);
            ASSERT_TRUE(q.has_value());
            EXPECT_EQ(q->nodes.size(), 5U);  // two to quantise, two to dequantise
            EXPECT_EQ(q->nodes[2].op, "LayerNormalization");
            const auto lowered = lower(*q);
            ASSERT_TRUE(lowered.has_value()) << lowered.error()[0].message;
            EXPECT_EQ(lowered->network.nodes.size(), 1U);
        }
    }
}

// Is the mean that something else reads too left, and a part kept on the host not folded away?
TEST(QuantiseEdges, LayerNormalisationLeavesWhatIsRead) {
    Network network = written_out(false, true, true);
    network.outputs.push_back(network.nodes[0].outputs[0]);
    EXPECT_LT(largest_error(network), 0.015);
    QuantiseOptions options;
    options.keep_float = {"Sqrt_5"};
    expect_refused(written_out(false, true, true), "(Div)", options);
}

// Is hard swish not made of nodes that are to stay on the host?
TEST(QuantiseEdges, KeptPartsOfHardSwishStay) {
    for (const char* kept : {"Add_0", "Clip_1", "Mul_2", "Div_3"}) {
        NetworkBuilder b("swish", 14);
        const ValueId x = b.input(kFloat, {1, 4});
        const ValueId three = b.scalar(3);
        const ValueId zero = b.scalar(0);
        const ValueId six = b.scalar(6);
        const ValueId sum = b.node("Add", {x, three}, kFloat, {1, 4});
        const ValueId clip = b.node("Clip", {sum, zero, six}, kFloat, {1, 4});
        const ValueId product = b.node("Mul", {x, clip}, kFloat, {1, 4});
        b.output(b.node("Div", {product, six}, kFloat, {1, 4}));
        QuantiseOptions options;
        options.keep_float = {kept};
        const auto q = quantised(b.take(), options);
        ASSERT_TRUE(q.has_value()) << q.error()[0].message;
        EXPECT_TRUE(std::any_of(q->nodes.begin(), q->nodes.end(), [&](const Node& n) { return n.name == kept; }));
    }
}

}  // namespace
}  // namespace chipchain
