#include "chipchain/network/integer_network.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <type_traits>

#include "chipchain/base/check.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

constexpr IntegerOpInfo kOps[] = {
    {IntegerOp::conv, "conv", "grouped, depthwise, dilated, strided convolution with constant weights"},
    {IntegerOp::matmul, "matmul", "batched matrix product, the second operand constant or computed"},
    {IntegerOp::add, "add", "elementwise sum with two scales"},
    {IntegerOp::multiply, "multiply", "elementwise product with two scales"},
    {IntegerOp::max_pool, "max_pool", "largest value of a window"},
    {IntegerOp::average_pool, "average_pool", "mean of a window, also of the whole plane"},
    {IntegerOp::lookup, "lookup", "function of one value as a table of 256"},
    {IntegerOp::softmax, "softmax", "softmax over the last axis"},
    {IntegerOp::layer_norm, "layer_norm", "layer normalisation over the last axis"},
    {IntegerOp::move, "move", "copy of boxes: transpose, slice, concat, pad, repeat, zero insertion"},
};

// Bytes in a fixed order and byte order, for hashing.
class ByteWriter {
 public:
    template <class T>
    void put(T value) {
        if constexpr (std::is_same_v<T, float>) {
            put(std::bit_cast<uint32_t>(value));
        } else if constexpr (std::is_enum_v<T>) {
            put(static_cast<uint8_t>(value));
        } else if constexpr (std::is_same_v<T, bool>) {
            put(static_cast<uint8_t>(value));
        } else {
            for (size_t i = 0; i < sizeof(T); ++i) {
                bytes_.push_back(static_cast<std::byte>(static_cast<std::make_unsigned_t<T>>(value) >> (8 * i)));
            }
        }
    }
    template <class C>
    void put_all(const C& values) {
        put(static_cast<uint64_t>(std::size(values)));
        for (const auto& value : values) put(value);
    }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
    std::vector<std::byte> bytes_;
};

void put_tensor(ByteWriter& out, const IntegerTensor& tensor) {
    out.put_all(tensor.shape);
    out.put(tensor.quant.type);
    out.put(tensor.quant.scale);
    out.put(tensor.quant.zero);
    out.put(tensor.constant);
    out.put_all(tensor.bytes);
}

void put_box(ByteWriter& out, const MoveBox& box) {
    out.put(box.input);
    out.put_all(box.dims);
    out.put_all(box.source_strides);
    out.put_all(box.target_strides);
    out.put(box.source_offset);
    out.put(box.target_offset);
}

void put_clamp(ByteWriter& out, const Clamp& clamp) {
    out.put(clamp.zero);
    out.put(clamp.low);
    out.put(clamp.high);
}

void put_node(ByteWriter& out, const IntegerNode& node) {
    out.put(node.op);
    out.put_all(node.inputs);
    out.put(node.output);
    const Window& w = node.window;
    for (const auto* pair : {&w.kernel, &w.stride, &w.dilation, &w.pad_begin, &w.pad_end}) out.put_all(*pair);
    out.put(node.groups);
    out.put(node.count_padding);
    out.put_all(node.bias);
    out.put(static_cast<uint64_t>(node.rescale.size()));
    for (const Rescale& rescale : node.rescale) {
        out.put(rescale.mode);
        out.put(rescale.scale);
        out.put(rescale.multiplier);
        out.put(rescale.shift);
    }
    put_clamp(out, node.clamp);
    for (float scale : {node.elementwise.scale_a, node.elementwise.scale_b, node.elementwise.scale_y}) out.put(scale);
    out.put(node.elementwise.zero_a);
    out.put(node.elementwise.zero_b);
    put_clamp(out, node.elementwise.clamp);
    out.put_all(node.table);
    out.put_all(node.exponentials);
    out.put_all(node.norm.gamma);
    out.put_all(node.norm.beta);
    out.put(node.norm.epsilon);
    out.put(static_cast<uint64_t>(node.boxes.size()));
    for (const MoveBox& box : node.boxes) put_box(out, box);
    out.put(node.fill);
}

// Sum of |w - zero| over k for each of `columns` columns of a k x columns matrix; the largest over the columns of
// offset * sum + |bias|.
int64_t largest_column(
    const IntegerTensor& weights,
    size_t first,
    int64_t depth,
    int64_t columns,
    int64_t offset,
    std::span<const int32_t> bias) {
    std::vector<int64_t> sums(static_cast<size_t>(columns), 0);
    for (int64_t k = 0; k < depth; ++k) {
        for (int64_t n = 0; n < columns; ++n) {
            const uint8_t bits = weights.bytes[first + static_cast<size_t>(k * columns + n)];
            sums[static_cast<size_t>(n)] += std::abs(value_of(bits, weights.quant.type) - weights.quant.zero);
        }
    }
    int64_t largest = 0;
    for (size_t n = 0; n < sums.size(); ++n) {
        const int64_t own = bias.empty() ? 0 : std::abs(static_cast<int64_t>(bias[n]));
        largest = std::max(largest, offset * sums[n] + own);
    }
    return largest;
}

int64_t conv_bound(const IntegerNetwork& network, const IntegerNode& node) {
    const IntegerTensor& x = network.tensors[node.inputs[0]];
    const IntegerTensor& w = network.tensors[node.inputs[1]];
    const int64_t depth = w.shape[1] * w.shape[2] * w.shape[3];
    const int64_t columns = w.shape[4];
    int64_t bound = 0;
    for (int64_t g = 0; g < node.groups; ++g) {
        std::span<const int32_t> bias = node.bias;
        if (!bias.empty()) bias = bias.subspan(static_cast<size_t>(g * columns), static_cast<size_t>(columns));
        const auto first = static_cast<size_t>(g * depth * columns);
        bound = std::max(bound, largest_column(w, first, depth, columns, largest_offset(x.quant), bias));
    }
    return bound;
}

int64_t matmul_bound(const IntegerNetwork& network, const IntegerNode& node) {
    const IntegerTensor& a = network.tensors[node.inputs[0]];
    const IntegerTensor& b = network.tensors[node.inputs[1]];
    const int64_t depth = b.shape[b.shape.size() - 2];
    const int64_t columns = b.shape.back();
    const int64_t offset = largest_offset(a.quant);
    if (b.constant) {
        int64_t bound = 0;
        const int64_t batches = depth * columns == 0 ? 0 : element_count(b.shape) / (depth * columns);
        for (int64_t i = 0; i < batches; ++i) {
            const auto first = static_cast<size_t>(i * depth * columns);
            bound = std::max(bound, largest_column(b, first, depth, columns, offset, node.bias));
        }
        return bound;
    }
    int64_t bias = 0;
    for (int32_t value : node.bias) bias = std::max(bias, std::abs(static_cast<int64_t>(value)));
    return depth * offset * largest_offset(b.quant) + bias;
}

}  // namespace

const IntegerOpInfo& info(IntegerOp op) {
    const IntegerOpInfo& row = kOps[static_cast<size_t>(op)];
    CHECK(row.op == op);
    return row;
}

std::span<const IntegerOpInfo> integer_ops() { return kOps; }

int32_t largest_offset(const QuantisedType& quant) {
    return std::max(quant.zero - lowest_of(quant.type), highest_of(quant.type) - quant.zero);
}

std::array<int64_t, 2> window_output(const Window& window, int64_t h, int64_t w) {
    std::array<int64_t, 2> sizes{h, w};
    for (size_t d = 0; d < 2; ++d) {
        const int64_t reach = int64_t{window.dilation[d]} * (window.kernel[d] - 1) + 1;
        const int64_t room = sizes[d] + window.pad_begin[d] + window.pad_end[d] - reach;
        sizes[d] = room < 0 ? 0 : room / window.stride[d] + 1;
    }
    return sizes;
}

Rescale average_rescale(float scale_x, float scale_y, int32_t count) {
    return {RequantMode::f32_rne, average_scale(scale_x, scale_y, count), 0, 0};
}

bool averages_fit(const Window& window, bool count_padding, float scale_x, float scale_y) {
    const int64_t area = int64_t{window.kernel[0]} * window.kernel[1];
    if (area < 1 || area > INT32_MAX) return false;
    const bool padded = window.pad_begin[0] + window.pad_begin[1] + window.pad_end[0] + window.pad_end[1] > 0;
    const bool full = count_padding || !padded;
    // a window at an edge holds one cell or more, and the factor falls with their number
    return std::isfinite(average_scale(scale_x, scale_y, full ? area : 1)) &&
           std::isfinite(scale_y * static_cast<float>(area));
}

int64_t multiply_count(const IntegerNetwork& network, const IntegerNode& node) {
    if (node.op == IntegerOp::conv) {
        const Shape& w = network.tensors[node.inputs[1]].shape;
        return element_count(network.tensors[node.output].shape) * w[1] * w[2] * w[3];
    }
    if (node.op == IntegerOp::matmul) {
        return element_count(network.tensors[node.output].shape) * network.tensors[node.inputs[0]].shape.back();
    }
    return 0;
}

std::string network_hash(const IntegerNetwork& network) {
    ByteWriter out;
    out.put(static_cast<uint32_t>(kNumericsVersion));
    out.put(static_cast<uint64_t>(network.tensors.size()));
    for (const IntegerTensor& tensor : network.tensors) put_tensor(out, tensor);
    out.put(static_cast<uint64_t>(network.nodes.size()));
    for (const IntegerNode& node : network.nodes) put_node(out, node);
    out.put_all(network.inputs);
    out.put_all(network.outputs);
    return sha256_hex(out.bytes());
}

bool RangeProof::holds() const {
    return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.fits; });
}

RangeProof prove_ranges(const IntegerNetwork& network) {
    RangeProof proof;
    for (uint32_t i = 0; i < network.nodes.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        int64_t bound = 0;
        if (node.op == IntegerOp::conv) {
            bound = conv_bound(network, node);
        } else if (node.op == IntegerOp::matmul) {
            bound = matmul_bound(network, node);
        } else if (node.op == IntegerOp::average_pool) {
            const int64_t cells = int64_t{node.window.kernel[0]} * node.window.kernel[1];
            bound = cells * largest_offset(network.tensors[node.inputs[0]].quant);
        } else {
            continue;
        }
        proof.rows.push_back({i, bound, bound < int64_t{1} << 31});
    }
    return proof;
}

}  // namespace chipchain
