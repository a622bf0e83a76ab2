#include "chipchain/network/reference_networks.h"

#include <algorithm>

#include <fmt/format.h>

#include "chipchain/network/network_maker.h"

namespace chipchain {

namespace {

// ResNet-50 (He et al., "Deep residual learning for image recognition", CVPR 2016, table 1) with the stride in the 3 x
// 3 convolution of a block, as torchvision and MLPerf have it: 53 convolutions, 4.09 G multiplications with the last
// layer.
Network resnet50(uint64_t seed) {
    NetworkMaker m("resnet50", seed);
    Made x = m.input({1, 3, 224, 224}, {DataType::u8, 1.0F / 64.0F, 114});
    x = m.conv(x, {.channels = 64, .kernel_h = 7, .kernel_w = 7, .stride = 2, .pad = 3, .relu = true});
    x = m.max_pool(x, 3, 2, 1);
    const struct { int64_t width, blocks, stride; } stages[] = {{64, 3, 1}, {128, 4, 2}, {256, 6, 2}, {512, 3, 2}};
    for (const auto& stage : stages) {
        for (int64_t block = 0; block < stage.blocks; ++block) {
            const int64_t stride = block == 0 ? stage.stride : 1;
            Made y = m.conv(x, {.channels = stage.width, .relu = true});
            y = m.conv(
                y,
                {.channels = stage.width, .kernel_h = 3, .kernel_w = 3, .stride = stride, .pad = 1, .relu = true});
            y = m.conv(y, {.channels = 4 * stage.width});
            if (block == 0) x = m.conv(x, {.channels = 4 * stage.width, .stride = stride});
            x = m.add(x, y, true);
        }
    }
    x = m.global_average(x);
    x = m.reshape(x, {1, 2048});
    m.output(m.gemm(x, 1000));
    return m.finish();
}

Made hard_swish(NetworkMaker& m, const Made& x) { return m.function("HardSwish", x, m.type_of(DataType::u8, -6)); }

// Squeeze and excite: the channels' means, through two small layers, weigh the channels.
Made squeeze_excite(NetworkMaker& m, const Made& x) {
    Made s = m.global_average(x);
    s = m.conv(s, {.channels = std::max<int64_t>(8, x.shape[1] / 4), .relu = true});
    s = m.conv(s, {.channels = x.shape[1]});
    s = m.function("HardSigmoid", s, {DataType::u8, 1.0F / 255.0F, 0}, {number_attribute_of("alpha", 1.0F / 6.0F)});
    return m.multiply(x, s);
}

// Inverted residuals with squeeze and excite and hard-swish (Howard et al., "Searching for MobileNetV3", ICCV 2019),
// fewer and narrower than the paper's.
Network mobilenet(uint64_t seed) {
    NetworkMaker m("mobilenet", seed);
    Made x = m.input({1, 3, 96, 96}, {DataType::u8, 1.0F / 64.0F, 128});
    x = hard_swish(m, m.conv(x, {.channels = 16, .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad = 1}));
    const struct {
        int64_t kernel, expand, out;
        bool excite;
        int64_t stride;
    } blocks[] = {
        {3, 16, 16, true, 2},
        {3, 72, 24, false, 2},
        {3, 88, 24, false, 1},
        {5, 96, 40, true, 2},
        {5, 240, 40, true, 1},
        {5, 288, 96, true, 2}};
    for (const auto& b : blocks) {
        Made y = hard_swish(m, m.conv(x, {.channels = b.expand}));
        const MadeConv depthwise = {
            .channels = b.expand,
            .kernel_h = b.kernel,
            .kernel_w = b.kernel,
            .stride = b.stride,
            .pad = b.kernel / 2,
            .groups = b.expand};
        y = hard_swish(m, b.excite ? m.qdq_conv(y, depthwise) : m.conv(y, depthwise));
        if (b.excite) y = squeeze_excite(m, y);
        y = m.conv(y, {.channels = b.out});
        x = b.stride == 1 && b.out == x.shape[1] ? m.add(x, y) : y;
    }
    x = hard_swish(m, m.conv(x, {.channels = 288}));
    x = m.global_average(x);
    x = m.reshape(x, {1, 288});
    m.output(m.gemm(x, 101));
    return m.finish();
}

// Multi-head attention over tokens of x [1, t, d].
Made attention(NetworkMaker& m, const Made& x, int64_t heads) {
    const int64_t tokens = x.shape[1];
    const int64_t width = x.shape[2];
    const int64_t each = width / heads;
    const Made qkv = m.matmul(x, 3 * width);
    std::vector<Made> parts;
    for (int64_t i = 0; i < 3; ++i) {
        const Made part = m.reshape(m.slice(qkv, 2, i * width, (i + 1) * width), {1, tokens, heads, each});
        // keys turn about for the product of queries and keys
        parts.push_back(
            m.transpose(part, i == 1 ? std::vector<int64_t>{0, 2, 3, 1} : std::vector<int64_t>{0, 2, 1, 3}));
    }
    // 1 / sqrt(16) for heads of 16
    const Made scores = m.softmax(m.scale_by(m.matmul(parts[0], parts[1]), 0.25F));
    Made y = m.transpose(m.matmul(scores, parts[2]), {0, 2, 1, 3});
    return m.matmul(m.reshape(y, {1, tokens, width}), width);
}

// A vision transformer (Dosovitskiy et al., ICLR 2021): patches, two blocks of four heads of 16.
Network transformer(uint64_t seed) {
    NetworkMaker m("transformer", seed);
    Made x = m.input({1, 3, 40, 40}, {DataType::u8, 1.0F / 64.0F, 128});
    x = m.conv(x, {.channels = 64, .kernel_h = 8, .kernel_w = 8, .stride = 8});
    x = m.transpose(m.reshape(x, {1, 64, 25}), {0, 2, 1});
    x = m.concat({m.constant({1, 1, 64}, m.type_of(DataType::u8, -5)), x}, 1);
    x = m.add(x, m.constant({1, 26, 64}, m.type_of(DataType::u8, -7)));
    for (int block = 0; block < 2; ++block) {
        x = m.add(x, attention(m, m.layer_norm(x), 4));
        Made y = m.matmul(m.layer_norm(x), 256);
        y = m.function("Gelu", y, m.type_of(DataType::u8, -6));
        x = m.add(x, m.matmul(y, 64));
    }
    x = m.layer_norm(x);
    x = m.reshape(m.slice(x, 1, 0, 1), {1, 64});
    m.output(m.softmax(m.gemm(x, 10)));
    return m.finish();
}

// Encoder and decoder with skip connections (Ronneberger et al., "U-Net", MICCAI 2015): transposed convolution, resize,
// concat, dilation.
Network segmentation(uint64_t seed) {
    NetworkMaker m("segmentation", seed);
    const Made x = m.input({1, 3, 64, 64}, {DataType::u8, 1.0F / 64.0F, 128});
    const MadeConv three = {.kernel_h = 3, .kernel_w = 3, .pad = 1, .relu = true};
    const auto conv = [&](const Made& v, int64_t channels, int64_t stride = 1) {
        MadeConv shape = three;
        shape.channels = channels;
        shape.stride = stride;
        return m.conv(v, shape);
    };
    const Made a = conv(x, 16);
    const Made b = conv(m.max_pool(a, 2, 2, 0), 32);
    Made c = conv(b, 48, 2);
    c = m.conv(c, {.channels = 48, .kernel_h = 3, .kernel_w = 3, .pad = 2, .dilation = 2, .relu = true});
    c = m.concat({c, m.average_pool(c, 3, 1, 1, true)}, 1);
    Made up = m.conv_transpose(c, 32, 4, 2, 1);
    up = conv(m.concat({up, b}, 1), 32);
    up = conv(m.concat({m.resize(up, 2), a}, 1), 16);
    m.output(m.conv(up, {.channels = 5}));
    return m.finish();
}

// All ten operations of integer networks on small shapes.
Network tiny(uint64_t seed) {
    NetworkMaker m("tiny", seed);
    Made x = m.input({1, 3, 11, 9}, m.type_of(DataType::u8, -6));
    x = m.conv(x, {.channels = 8, .kernel_h = 3, .kernel_w = 3, .pad = 1});
    const Made depthwise =
        m.conv(x, {.channels = 8, .kernel_h = 3, .kernel_w = 3, .pad = 1, .groups = 8, .per_channel = false});
    x = m.add(x, depthwise);
    x = m.max_pool(x, 3, 2, 1);
    x = m.multiply(x, m.function("Sigmoid", x, {DataType::u8, 1.0F / 256.0F, 0}));
    const Made pooled = m.average_pool(x, 3, 1, 1, false);
    x = m.concat({x, pooled}, 1);
    x = m.transpose(m.reshape(x, {1, 16, 30}), {0, 2, 1});
    x = m.layer_norm(x);
    const Made scores = m.softmax(m.matmul(x, m.transpose(x, {0, 2, 1})));
    x = m.matmul(m.matmul(scores, x), 7);
    m.output(x);
    return m.finish();
}

// Primes and degenerate shapes: one pixel, one channel, kernels wider than the input, strides that skip cells, groups,
// signed values, u8 weights, several inputs and outputs.
Network odd(uint64_t seed) {
    NetworkMaker m("odd", seed);
    const Made x = m.byte_input({2, 7, 13, 5}, m.type_of(DataType::s8, -6));
    const Made z = m.byte_input({2, 1, 1, 1}, m.type_of(DataType::u8, -6));
    Made a = m.conv(
        x,
        {.channels = 11,
         .kernel_h = 5,
         .kernel_w = 3,
         .stride = 3,
         .pad = 2,
         .weight_type = DataType::u8,
         .per_channel = false});
    a = m.qdq_conv(a, {.channels = 1});
    a = m.conv(a, {.channels = 13, .kernel_h = 7, .kernel_w = 7, .pad = 3, .relu = true});
    const Made one = m.conv(z, {.channels = 13, .kernel_h = 3, .kernel_w = 3, .pad = 1});
    a = m.multiply(a, one);
    m.output(a);
    Made b = m.conv(x, {.channels = 14, .kernel_h = 3, .kernel_w = 1, .stride = 2, .groups = 7, .bias = false});
    b = m.pad(b, {0, 0, 1, 0, 0, 0, 0, 2});
    b = m.average_pool(b, 2, 3, 1, false);
    b = m.conv_transpose(b, 3, 3, 3, 0);
    m.output(b);
    Made c = m.reshape(x, {2, 91, 5});
    c = m.matmul(c, 1);
    c = m.transpose(c, {2, 1, 0});
    c = m.softmax(m.matmul(c, 17));
    m.output(m.function("Neg", c, m.type_of(DataType::s8, -8)));
    return m.finish();
}

struct Row {
    ReferenceNetworkInfo info;
    Network (*make)(uint64_t seed);
};

constexpr Row kRows[] = {
    {{"resnet50", "ResNet-50 at 224 x 224: 53 convolutions, 4.1 G multiplications"}, resnet50},
    {{"mobilenet", "inverted residuals, depthwise, squeeze and excite, hard-swish, 96 x 96"}, mobilenet},
    {{"transformer", "vision transformer: attention, softmax, layer norm, GELU"}, transformer},
    {{"segmentation", "encoder and decoder: transposed convolution, resize, concat, dilation"}, segmentation},
    {{"tiny", "all ten operations on small shapes"}, tiny},
    {{"odd", "primes and degenerate shapes, signed values, two inputs and three outputs"}, odd},
};

}  // namespace

std::span<const ReferenceNetworkInfo> reference_networks() {
    static const auto infos = [] {
        std::vector<ReferenceNetworkInfo> result;
        for (const Row& row : kRows) result.push_back(row.info);
        return result;
    }();
    return infos;
}

Result<Network> reference_network(std::string_view name, uint64_t seed) {
    std::vector<std::string> names;
    for (const Row& row : kRows) {
        if (row.info.name == name) return row.make(seed);
        names.emplace_back(row.info.name);
    }
    Diagnostic diagnostic;
    diagnostic.id = "unknown-network";
    diagnostic.message = fmt::format("there is no reference network '{}'", name);
    const std::string near = nearest_name(name, names);
    diagnostic.help = near.empty() ? fmt::format("The networks are {}", fmt::join(names, ", "))
                                   : fmt::format("did you mean '{}'?", near);
    return tl::unexpected(Diagnostics{diagnostic});
}

}  // namespace chipchain
