#include "chipchain/chip/aimed_cases.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/base/random.h"

namespace chipchain {

namespace {

// 2^exponent
float power(int exponent) { return std::bit_cast<float>(static_cast<uint32_t>(exponent + 127) << 23); }

class CaseMaker {
 public:
    CaseMaker(std::string name, uint64_t seed) : random_{seed, 0} {
        case_.name = name;
        case_.network.name = std::move(name);
    }

    // Uniform in [low, high].
    int32_t draw(int32_t low, int32_t high) {
        const uint32_t word = random_.draw(Purpose::generate, kEntity, drawn_++).word[0];
        return low + static_cast<int32_t>(word % static_cast<uint32_t>(high - low + 1));
    }
    int32_t one_of(std::initializer_list<int32_t> values) {
        return values.begin()[draw(0, static_cast<int32_t>(values.size()) - 1)];
    }

    TensorId input(Shape shape, const QuantisedType& quant) {
        const TensorId id = tensor(std::move(shape), quant);
        case_.network.inputs.push_back(id);
        return id;
    }
    // values of a constant about its zero point, in [low, high] where the type has them
    TensorId constant(Shape shape, const QuantisedType& quant, int32_t low, int32_t high) {
        const TensorId id = tensor(std::move(shape), quant);
        IntegerTensor& t = case_.network.tensors[id];
        t.constant = true;
        t.bytes.resize(static_cast<size_t>(element_count(t.shape)));
        for (uint8_t& byte : t.bytes) byte = limited(quant, quant.zero + draw(low, high));
        return id;
    }
    static uint8_t limited(const QuantisedType& quant, int32_t value) {
        return static_cast<uint8_t>(std::clamp(value, lowest_of(quant.type), highest_of(quant.type)));
    }

    // Sums of a [m, k] by b [k, n]. rescales and biases are the caller's.
    IntegerNode& matmul(TensorId a, TensorId b, const QuantisedType& y) {
        const Shape& left = shape(a);
        Shape out = left;
        out.back() = shape(b).back();
        return finish(IntegerOp::matmul, {a, b}, std::move(out), y);
    }
    IntegerNode&
    window(IntegerOp op, std::vector<TensorId> inputs, const Window& w, int64_t channels, const QuantisedType& y) {
        const Shape& x = shape(inputs[0]);
        const auto size = window_output(w, x[1], x[2]);
        Shape out = {x[0], size[0], size[1], channels};
        IntegerNode& node = finish(op, std::move(inputs), std::move(out), y);
        node.window = w;
        return node;
    }
    void elementwise(IntegerOp op, TensorId a, TensorId b, const QuantisedType& y) {
        IntegerNode& node = finish(op, {a, b}, Shape(shape(a)), y);
        const QuantisedType& qa = case_.network.tensors[a].quant;
        const QuantisedType& qb = case_.network.tensors[b].quant;
        node.elementwise = {qa.scale, qb.scale, y.scale, qa.zero, qb.zero, clamp_of(y)};
    }
    IntegerNode& finish(IntegerOp op, std::vector<TensorId> inputs, Shape out, const QuantisedType& y) {
        IntegerNode node;
        node.op = op;
        node.name = fmt::format("{}_{}", info(op).name, case_.network.nodes.size());
        node.inputs = std::move(inputs);
        node.output = tensor(std::move(out), y);
        node.clamp = clamp_of(y);
        case_.network.outputs.push_back(node.output);
        case_.network.nodes.push_back(std::move(node));
        return case_.network.nodes.back();
    }
    const Shape& shape(TensorId id) const { return case_.network.tensors[id].shape; }
    const QuantisedType& quant(TensorId id) const { return case_.network.tensors[id].quant; }

    // a run whose inputs lie within `reach` of their zero points
    void run_near(int32_t reach) {
        std::vector<std::vector<uint8_t>> run;
        for (TensorId id : case_.network.inputs) {
            std::vector<uint8_t> bytes(static_cast<size_t>(element_count(shape(id))));
            for (uint8_t& byte : bytes) byte = limited(quant(id), quant(id).zero + draw(-reach, reach));
            run.push_back(std::move(bytes));
        }
        case_.inputs.push_back(std::move(run));
    }
    void run(std::vector<std::vector<uint8_t>> bytes) { case_.inputs.push_back(std::move(bytes)); }
    ConformCase take() {
        CHECK(faults(case_.network).empty());
        return std::move(case_);
    }

 private:
    TensorId tensor(Shape shape, const QuantisedType& quant) {
        const size_t number = case_.network.tensors.size();
        case_.network.tensors.push_back({fmt::format("t{}", number), std::move(shape), quant, false, {}});
        return static_cast<TensorId>(number);
    }

    ConformCase case_;
    RandomSource random_;
    static constexpr uint32_t kEntity = 0x61696d;
    uint64_t drawn_ = 0;
};

// u8 and s8 in turn, zero points odd and even, inside and at the ends
QuantisedType output_type(CaseMaker& m, size_t i) {
    if (i % 2 == 0) return {DataType::u8, 1.0F, m.one_of({128, 127, 0, 1, 254, 255, 101})};
    return {DataType::s8, 1.0F, m.one_of({0, -1, -128, -127, 126, 127, 33})};
}

Rescale scaled(float scale) { return {RequantMode::f32_rne, scale, 0, 0}; }

ConformCase ties(uint64_t seed) {
    CaseMaker m("ties", seed);
    for (size_t i = 0; i < 6; ++i) {
        const TensorId a = m.input({8, 12}, {i % 3 == 2 ? DataType::s8 : DataType::u8, 1.0F, i % 3 == 2 ? -3 : 130});
        const TensorId b = m.constant({12, 16}, {DataType::s8, 1.0F, 0}, -3, 3);
        IntegerNode& node = m.matmul(a, b, output_type(m, i));
        for (int n = 0; n < 16; ++n) {
            node.rescale.push_back(scaled(power(-1 - n % 3)));
            node.bias.push_back(m.draw(-9, 9));
        }
    }
    m.run_near(8);
    m.run_near(20);
    return m.take();
}

ConformCase range_ends(uint64_t seed) {
    CaseMaker m("range_ends", seed);
    const QuantisedType left[] = {
        {DataType::u8, 1.0F, 0},
        {DataType::u8, 1.0F, 255},
        {DataType::s8, 1.0F, 127},
        {DataType::s8, 1.0F, -128},
        {DataType::s8, 1.0F, 0}};
    const QuantisedType right[] = {{DataType::s8, 1.0F, 0}, {DataType::u8, 1.0F, 255}, {DataType::u8, 1.0F, 0}};
    for (const QuantisedType& qa : left) {
        for (const QuantisedType& qb : right) {
            const TensorId a = m.input({3, 5}, qa);
            const TensorId b = m.constant({5, 9}, qb, -255, 255);
            IntegerNode& node = m.matmul(a, b, output_type(m, static_cast<size_t>(m.draw(0, 1))));
            for (int n = 0; n < 9; ++n) node.rescale.push_back(scaled(power(-8 - n)));
        }
    }
    m.run_near(255);
    m.run_near(1);
    return m.take();
}

// Sums about 2^24: the conversion to binary32 rounds, and the product with (2 j + 1/2) 2^-24 is then a tie that exact
// arithmetic would not see.
ConformCase near_2_24(uint64_t seed) {
    CaseMaker m("near_2_24", seed);
    for (int sign = -1; sign <= 1; sign += 2) {
        const TensorId a = m.input({6, 4}, {DataType::u8, 1.0F, 128});
        const TensorId b = m.constant({4, 24}, {DataType::s8, 1.0F, 0}, -1, 1);
        IntegerNode& node = m.matmul(a, b, {DataType::u8, 1.0F, sign > 0 ? 0 : 255});
        for (int n = 0; n < 24; ++n) {
            node.rescale.push_back(scaled((static_cast<float>(m.draw(1, 100)) + 0.5F) * power(-24)));
            node.bias.push_back(sign * ((1 << 24) + m.draw(-3, 3)));
        }
    }
    m.run_near(1);
    m.run_near(3);
    return m.take();
}

// The deepest product of full-range u8 that 32 bits hold: K = 33,025 (chip facts 2.5); beyond that sums wrap.
ConformCase near_2_31(uint64_t seed, bool beyond) {
    CaseMaker m(beyond ? "beyond_2_31" : "near_2_31", seed);
    const int64_t depth = beyond ? 33'060 : 33'025;
    const TensorId a = m.input({2, depth}, {DataType::u8, 1.0F, 0});
    const TensorId b = m.constant({depth, 3}, {DataType::u8, 1.0F, 0}, 255, 255);
    IntegerNode& node = m.matmul(a, b, {DataType::s8, 1.0F, 3});
    for (int n = 0; n < 3; ++n) node.rescale.push_back(scaled(power(-25 - n)));
    const auto count = static_cast<size_t>(2 * depth);
    m.run({std::vector<uint8_t>(count, 255)});
    std::vector<uint8_t> mixed(count);
    for (size_t i = 0; i < count; ++i) mixed[i] = static_cast<uint8_t>(255 - (i % 97 == 0 ? m.draw(0, 3) : 0));
    m.run({std::move(mixed)});
    return m.take();
}

ConformCase fixed_ties(uint64_t seed) {
    CaseMaker m("fixed_ties", seed);
    for (RequantMode mode : {RequantMode::i32_single, RequantMode::i32_double}) {
        for (size_t i = 0; i < 2; ++i) {
            const TensorId a = m.input({8, 12}, {DataType::u8, 1.0F, 130});
            const TensorId b = m.constant({12, 16}, {DataType::s8, 1.0F, 0}, -3, 3);
            IntegerNode& node = m.matmul(a, b, output_type(m, i));
            // 2^30 / 2^31.. and multipliers that are no power of two
            for (int n = 0; n < 16; ++n) {
                node.rescale.push_back({mode, 1.0F, n % 2 == 0 ? 1 << 30 : (1 << 30) + m.draw(1, 1 << 29), 31 + n % 4});
            }
        }
    }
    m.run_near(8);
    m.run_near(30);
    return m.take();
}

// One network of all pairs for each kind of elementwise tie.
template <class Scales>
ConformCase pairs(std::string name, uint64_t seed, size_t count, Scales scales) {
    // scales belong to tensors: one pair of inputs per node
    CaseMaker each(std::move(name), seed);
    std::vector<std::vector<uint8_t>> run;
    for (size_t i = 0; i < count; ++i) scales(each, i);
    std::vector<uint8_t> left(65'536);
    std::vector<uint8_t> right(65'536);
    for (size_t i = 0; i < left.size(); ++i) {
        left[i] = static_cast<uint8_t>(i >> 8);
        right[i] = static_cast<uint8_t>(i);
    }
    for (size_t i = 0; i < count; ++i) {
        run.push_back(left);
        run.push_back(right);
    }
    each.run(std::move(run));
    return each.take();
}

ConformCase sum_ties(uint64_t seed) {
    return pairs("sum_ties", seed, 2, [](CaseMaker& m, size_t i) {
        const TensorId a = m.input({256, 256}, {DataType::u8, power(-4), 128});
        const TensorId b = m.input({256, 256}, {DataType::s8, power(-4), -3});
        const IntegerOp op = i == 0 ? IntegerOp::add : IntegerOp::multiply;
        m.elementwise(op, a, b, {DataType::u8, i == 0 ? power(-3) : power(-1), 127});
    });
}

// Scales d 2^-9 and d 2^-8: (a + b) d 2^-9 / (d 2^-8) is a tie for every odd a + b, where the reciprocal of d 2^-8 is
// inexact.
ConformCase reciprocals(uint64_t seed) {
    static constexpr int kDivisors[] = {41, 47, 55, 61, 83, 97};
    return pairs("reciprocals", seed, std::size(kDivisors), [](CaseMaker& m, size_t i) {
        const auto d = static_cast<float>(kDivisors[i]);
        const TensorId a = m.input({256, 256}, {DataType::u8, d * power(-9), 100});
        const TensorId b = m.input({256, 256}, {DataType::u8, d * power(-9), 131});
        m.elementwise(IntegerOp::add, a, b, {DataType::s8, d * power(-8), m.draw(-2, 2)});
    });
}

// Scale (p - 1/2) / p rounded: p times it rounds to p - 1/2 exactly, and with b an integer the sum is a tie; a fused
// multiply-add keeps the product's error and falls off the tie.
ConformCase fused(uint64_t seed) {
    static constexpr int kPlaces[] = {99, 101, 103, 107, 109, 113, 117, 119, 121, 123};
    return pairs("fused", seed, std::size(kPlaces), [](CaseMaker& m, size_t i) {
        const auto p = static_cast<float>(kPlaces[i]);
        const TensorId a = m.input({256, 256}, {DataType::s8, (p - 0.5F) / p, 0});
        const TensorId b = m.input({256, 256}, {DataType::s8, 1.0F, 0});
        m.elementwise(IntegerOp::add, a, b, {DataType::s8, 1.0F, static_cast<int32_t>(i % 2)});
    });
}

ConformCase averages(uint64_t seed) {
    CaseMaker m("averages", seed);
    for (bool count : {false, true}) {
        const TensorId x = m.input({1, 7, 6, 5}, {DataType::u8, 1.0F, 121});
        Window w;
        w.kernel[0] = w.kernel[1] = 2;
        w.stride[0] = 1;
        w.stride[1] = 2;
        w.pad_begin[0] = w.pad_end[1] = 1;
        m.window(IntegerOp::average_pool, {x}, w, 5, {DataType::u8, 1.0F, count ? 120 : 7}).count_padding = count;
        w.kernel[0] = 3;
        m.window(IntegerOp::average_pool, {x}, w, 5, {DataType::s8, 0.5F, -5}).count_padding = count;
        m.window(IntegerOp::max_pool, {x}, w, 5, {DataType::u8, 1.0F, 121});
    }
    m.run_near(20);
    m.run_near(255);
    return m.take();
}

// A convolution of x by drawn weights with one scale for all channels.
IntegerNode& drawn_conv(
    CaseMaker& m,
    TensorId x,
    const Window& w,
    int64_t groups,
    int64_t channels,
    const QuantisedType& y,
    float scale) {
    const int64_t inputs = m.shape(x)[3] / groups;
    const TensorId weights =
        m.constant({groups, w.kernel[0], w.kernel[1], inputs, channels / groups}, {DataType::s8, 1.0F, 0}, -127, 127);
    IntegerNode& node = m.window(IntegerOp::conv, {x, weights}, w, channels, y);
    node.groups = static_cast<int32_t>(groups);
    node.rescale = {scaled(scale)};
    return node;
}

ConformCase padding(uint64_t seed) {
    CaseMaker m("padding", seed);
    for (int32_t zero : {200, 3}) {
        const TensorId x = m.input({1, 7, 9, 4}, {DataType::u8, 1.0F, zero});
        Window w;
        w.kernel[0] = 3;
        w.kernel[1] = 5;
        w.pad_begin[0] = 2;
        w.pad_begin[1] = w.pad_end[0] = 1;
        w.pad_end[1] = 3;
        drawn_conv(m, x, w, 1, 10, {DataType::u8, 1.0F, 130}, power(-9));
        drawn_conv(m, x, w, 4, 4, {DataType::s8, 1.0F, 5}, power(-8));
        w.dilation[0] = w.dilation[1] = 2;
        w.pad_end[0] = 4;
        drawn_conv(m, x, w, 2, 6, {DataType::u8, 1.0F, 127}, power(-9));
    }
    m.run_near(40);
    return m.take();
}

ConformCase channel_scales(uint64_t seed) {
    CaseMaker m("channel_scales", seed);
    const TensorId x = m.input({1, 5, 6, 8}, {DataType::u8, 1.0F, 120});
    for (int64_t groups : {int64_t{1}, int64_t{8}}) {
        Window w;
        w.kernel[0] = w.kernel[1] = 3;
        IntegerNode& node = drawn_conv(m, x, w, groups, 24, {DataType::s8, 1.0F, 0}, 1);
        node.rescale.clear();
        for (int n = 0; n < 24; ++n) {
            node.rescale.push_back(scaled(power(-10 - n % 4) * (1 + static_cast<float>(m.draw(0, 255)) / 256)));
            node.bias.push_back(m.draw(-2000, 2000));
        }
    }
    m.run_near(60);
    m.run_near(255);
    return m.take();
}

ConformCase rows(uint64_t seed) {
    CaseMaker m("rows", seed);
    const TensorId x = m.input({9, 21}, {DataType::u8, 0.125F, 128});
    IntegerNode& softmax = m.finish(IntegerOp::softmax, {x}, {9, 21}, {DataType::u8, power(-8), 0});
    softmax.exponentials = softmax_table(0.125F);
    IntegerNode& norm = m.finish(IntegerOp::layer_norm, {x}, {9, 21}, {DataType::s8, 0.03125F, 1});
    for (int c = 0; c < 21; ++c) {
        norm.norm.gamma.push_back(static_cast<float>(m.draw(-128, 128)) / 64);
        norm.norm.beta.push_back(static_cast<float>(m.draw(-64, 64)) / 64);
    }
    IntegerNode& lookup = m.finish(IntegerOp::lookup, {x}, {9, 21}, {DataType::u8, 0.0625F, 10});
    lookup.table = make_table(TableFunction::gelu, {DataType::u8, 0.125F, 128}, {DataType::u8, 0.0625F, 10}, 0, 0);
    m.run_near(0);
    m.run_near(1);
    m.run_near(255);
    return m.take();
}

constexpr AimInfo kAims[] = {
    {Aim::ties, "ties", "sums that lie exactly between two outputs, odd and even zero points"},
    {Aim::range_ends, "range_ends", "zero points and values at the ends of the types"},
    {Aim::near_2_24, "near_2_24", "sums that binary32 must round"},
    {Aim::near_2_31, "near_2_31", "sums up to the last that 32 bits hold"},
    {Aim::beyond_2_31, "beyond_2_31", "sums that wrap"},
    {Aim::fixed_ties, "fixed_ties", "ties of the modes with integer multipliers"},
    {Aim::sum_ties, "sum_ties", "elementwise ties, all pairs"},
    {Aim::reciprocals, "reciprocals", "elementwise ties that only a true division finds, all pairs"},
    {Aim::fused, "fused", "elementwise ties that a fused multiply-add misses, all pairs"},
    {Aim::averages, "averages", "pools with ties, with and without padding in the divisor"},
    {Aim::padding, "padding", "convolutions over the edge, zero points far from 0"},
    {Aim::channel_scales, "channel_scales", "scales that differ from channel to channel"},
    {Aim::rows, "rows", "softmax, layer normalisation and a table"},
};

}  // namespace

std::span<const AimInfo> aims() { return kAims; }

ConformCase aimed_case(Aim aim, uint64_t seed) {
    switch (aim) {
        case Aim::ties:
            return ties(seed);
        case Aim::range_ends:
            return range_ends(seed);
        case Aim::near_2_24:
            return near_2_24(seed);
        case Aim::near_2_31:
            return near_2_31(seed, false);
        case Aim::beyond_2_31:
            return near_2_31(seed, true);
        case Aim::fixed_ties:
            return fixed_ties(seed);
        case Aim::sum_ties:
            return sum_ties(seed);
        case Aim::reciprocals:
            return reciprocals(seed);
        case Aim::fused:
            return fused(seed);
        case Aim::averages:
            return averages(seed);
        case Aim::padding:
            return padding(seed);
        case Aim::channel_scales:
            return channel_scales(seed);
        case Aim::rows:
            return rows(seed);
    }
    CHECK(false);
    return {};
}

std::vector<ConformCase> aimed_cases(uint64_t seed) {
    std::vector<ConformCase> cases;
    for (const AimInfo& row : kAims) {
        if (row.aim != Aim::beyond_2_31) cases.push_back(aimed_case(row.aim, seed));
    }
    return cases;
}

std::vector<ConformCase> plain_cases(uint64_t seed) {
    std::vector<ConformCase> cases;
    CaseMaker m("plain_matmul", seed);
    // a scale with a drawn mantissa
    const auto scale = [&m](int exponent) {
        return power(exponent) * (1 + static_cast<float>(m.draw(0, 8'388'607)) * power(-23));
    };
    const TensorId a = m.input({64, 48}, {DataType::u8, 1.0F, 128});
    const TensorId b = m.constant({48, 32}, {DataType::s8, 1.0F, 0}, -127, 127);
    IntegerNode& product = m.matmul(a, b, {DataType::u8, 1.0F, 125});
    for (int n = 0; n < 32; ++n) product.rescale.push_back(scaled(scale(-11)));
    const TensorId x = m.input({1, 12, 12, 8}, {DataType::u8, 1.0F, 117});
    Window w;
    w.kernel[0] = w.kernel[1] = 3;
    w.pad_begin[0] = w.pad_begin[1] = w.pad_end[0] = w.pad_end[1] = 1;
    drawn_conv(m, x, w, 1, 16, {DataType::u8, 1.0F, 131}, scale(-11));
    const TensorId c = m.input({64, 64}, {DataType::u8, scale(-5), 128});
    const TensorId d = m.input({64, 64}, {DataType::u8, scale(-5), 119});
    m.elementwise(IntegerOp::add, c, d, {DataType::u8, scale(-4), 122});
    m.elementwise(IntegerOp::multiply, c, d, {DataType::u8, scale(-3), 128});
    m.run_near(255);
    cases.push_back(m.take());
    return cases;
}

std::vector<std::vector<uint8_t>> drawn_inputs(const IntegerNetwork& network, uint64_t seed) {
    const RandomSource random{seed, 0};
    std::vector<std::vector<uint8_t>> inputs;
    for (size_t i = 0; i < network.inputs.size(); ++i) {
        std::vector<uint8_t> bytes(static_cast<size_t>(element_count(network.tensors[network.inputs[i]].shape)));
        for (size_t k = 0; k < bytes.size(); ++k) {
            const RandomWords words = random.draw(Purpose::generate, 0x696e70 + static_cast<uint32_t>(i), k / 16);
            bytes[k] = static_cast<uint8_t>(words.word[k / 4 % 4] >> (8 * (k % 4)));
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

}  // namespace chipchain
