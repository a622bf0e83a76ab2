// Random small networks over all operations, and random chips, for tests that compare executors.
#pragma once

#include <algorithm>

#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/test_networks.h"

namespace chipchain {

inline ConvShape random_conv(NetworkBuilder& b, const Shape& x) {
    ConvShape c;
    for (size_t d = 0; d < 2; ++d) {
        c.kernel[d] = static_cast<int32_t>(b.draw(1, 5));
        c.stride[d] = static_cast<int32_t>(b.draw(1, 3));
        c.dilation[d] = static_cast<int32_t>(b.draw(1, 2));
        c.pad_begin[d] = static_cast<int32_t>(b.draw(0, 3));
        c.pad_end[d] = static_cast<int32_t>(b.draw(0, 3));
        const int64_t size = x[d + 1] + c.pad_begin[d] + c.pad_end[d];
        while ((c.kernel[d] - 1) * c.dilation[d] + 1 > size) --c.kernel[d];
    }
    c.channels = b.draw(1, 40);
    const int64_t kind = b.draw(0, 3);
    if (kind == 0) {  // depthwise
        c.groups = static_cast<int32_t>(x[3]);
        c.channels = x[3] * b.draw(1, 2);
    }
    for (int32_t groups = 6; kind == 1 && groups > 1 && c.groups == 1; --groups) {
        if (x[3] % groups != 0) continue;
        c.groups = groups;
        c.channels = groups * b.draw(1, 5);
    }
    return c;
}

// Every window covers a cell: pads are smaller than the kernel, or the kernel covers all.
inline Window random_pool(NetworkBuilder& b, const Shape& x) {
    Window w;
    for (size_t d = 0; d < 2; ++d) {
        w.kernel[d] = static_cast<int32_t>(b.draw(1, std::min<int64_t>(3, x[d + 1])));
        w.stride[d] = static_cast<int32_t>(b.draw(1, 2));
        w.pad_begin[d] = static_cast<int32_t>(b.draw(0, w.kernel[d] - 1));
        w.pad_end[d] = static_cast<int32_t>(b.draw(0, w.kernel[d] - 1));
        if (b.draw(0, 5) != 0) continue;
        w.kernel[d] = static_cast<int32_t>(x[d + 1]);
        w.pad_begin[d] = w.pad_end[d] = 0;
    }
    return w;
}

// A copy into a larger tensor, perhaps turned around in either direction.
inline TensorId random_pad(NetworkBuilder& b, TensorId x) {
    const Shape in = b.shape(x);
    const int64_t above = b.draw(0, 2);
    const Shape out{in[0], in[1] + above + 1, in[2] + b.draw(0, 2), in[3]};
    MoveBox box;
    box.dims = in;
    box.source_strides = NetworkBuilder::strides(in);
    box.target_strides = NetworkBuilder::strides(out);
    box.target_offset = above * box.target_strides[1];
    if (b.draw(0, 1) == 0) {
        box.source_offset += (in[2] - 1) * box.source_strides[2];
        box.source_strides[2] = -box.source_strides[2];
    }
    if (b.draw(0, 1) == 0) {
        box.target_offset += (in[1] - 1) * box.target_strides[1];
        box.target_strides[1] = -box.target_strides[1];
    }
    return b.move({x}, out, {box}, static_cast<uint8_t>(b.draw(0, 255)));
}

inline TensorId random_image_node(NetworkBuilder& b, TensorId x) {
    const Shape in = b.shape(x);
    switch (b.draw(0, 8)) {
        case 0:
        case 1:
        case 2:
            return b.conv(x, random_conv(b, in));
        case 3: {
            ConvShape c;
            c.channels = b.draw(1, 50);
            c.stride[0] = c.stride[1] = static_cast<int32_t>(b.draw(1, 2));
            return b.conv(x, c);
        }
        case 4:
            return b.pool(IntegerOp::max_pool, x, random_pool(b, in));
        case 5:
            return b.pool(IntegerOp::average_pool, x, random_pool(b, in), b.draw(0, 1) == 0);
        case 6:
            return b.lookup(x);
        case 7: {
            const TensorId other =
                b.draw(0, 1) == 0 ? x : b.constant(b.draw(0, 1) == 0 ? Shape{in[3]} : Shape{in[2], in[3]});
            return b.elementwise(b.draw(0, 1) == 0 ? IntegerOp::add : IntegerOp::multiply, x, other);
        }
        default:
            return random_pad(b, x);
    }
}

inline TensorId random_row_node(NetworkBuilder& b, TensorId x) {
    const Shape in = b.shape(x);
    std::vector<size_t> swapped(in.size());
    for (size_t d = 0; d < in.size(); ++d) swapped[d] = d;
    std::swap(swapped[in.size() - 1], swapped[in.size() - 2]);
    switch (b.draw(0, 5)) {
        case 0:
            return b.matmul(x, b.constant({in.back(), b.draw(1, 40)}));
        case 1:
            return b.matmul(x, b.transpose(x, swapped));
        case 2:
            return b.softmax(x);
        case 3:
            return b.layer_norm(x);
        case 4:
            return b.elementwise(IntegerOp::add, x, b.constant(Shape{in.back()}));
        default:
            return b.lookup(x);
    }
}

// One to six nodes, first on images, then perhaps on rows; some results are added to earlier ones.
inline IntegerNetwork random_network(NetworkBuilder& b) {
    TensorId x = b.input({b.draw(1, 2), b.draw(3, 14), b.draw(3, 14), b.draw(1, 24)});
    TensorId before = x;
    const int64_t count = b.draw(1, 6);
    bool images = true;
    for (int64_t i = 0; i < count; ++i) {
        TensorId y = kNoTensor;
        if (images && b.draw(0, 9) == 0) {
            images = false;
            y = b.transpose(x, {0, 3, 1, 2});
        } else {
            y = images ? random_image_node(b, x) : random_row_node(b, x);
        }
        if (b.shape(y) == b.shape(before) && b.draw(0, 1) == 0) y = b.elementwise(IntegerOp::add, y, before);
        before = x;
        x = y;
    }
    return b.build({x});
}

inline ChipShape random_chip(NetworkBuilder& b) {
    constexpr uint32_t kArrays[][2] = {{1, 1}, {8, 8}, {13, 7}, {96, 96}, {128, 128}, {256, 256}, {3, 17}};
    constexpr uint64_t kSram[] = {300, 1000, 4096, 20'000, 64 << 10, 1 << 20, 16 << 20};
    constexpr uint32_t kCores[] = {1, 1, 2, 3, 7, 60};
    constexpr uint32_t kAccumulators[] = {1, 2, 5, 16, 256, 4096};
    ChipShape s;
    const auto& array = kArrays[b.draw(0, 6)];
    s.rows = array[0];
    s.columns = array[1];
    s.dataflow = static_cast<Dataflow>(b.draw(0, 2));
    s.sram_bytes = kSram[b.draw(0, 6)];
    s.arrays = kCores[b.draw(0, 5)];
    // many large memories only take the simulator's time
    if (s.arrays > 1) s.sram_bytes = std::min<uint64_t>(s.sram_bytes, 128 << 10);
    s.accumulator_rows = kAccumulators[b.draw(0, 5)];
    s.vector_lanes = 16;
    s.dram_bytes_per_second = 50e9;
    return s;
}

}  // namespace chipchain
