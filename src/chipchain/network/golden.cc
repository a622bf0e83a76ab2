#include "chipchain/network/golden.h"

#include <algorithm>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

// One node at work: operands, their values and the place of the output.
struct Work {
    const IntegerNode& node;
    const IntegerNetwork& network;
    TensorBytes& values;

    [[nodiscard]] const IntegerTensor& in(size_t i) const { return network.tensors[node.inputs[i]]; }
    [[nodiscard]] const IntegerTensor& out() const { return network.tensors[node.output]; }
    [[nodiscard]] const std::vector<uint8_t>& bytes(size_t i) const { return values[node.inputs[i]]; }
    [[nodiscard]] std::vector<uint8_t>& result() const { return values[node.output]; }
    // element of operand i as a number
    [[nodiscard]] int32_t value(size_t i, int64_t place) const {
        return value_of(bytes(i)[static_cast<size_t>(place)], in(i).quant.type);
    }
    // element of operand i less its zero point
    [[nodiscard]] int32_t offset(size_t i, int64_t place) const { return value(i, place) - in(i).quant.zero; }
    void write(int64_t place, int32_t number) const {
        result()[static_cast<size_t>(place)] = static_cast<uint8_t>(number);
    }
};

// A sum as the 32-bit accumulator holds it: reduced mod 2^32, read as two's complement.
int32_t wrapped(Int128 sum) { return static_cast<int32_t>(static_cast<uint32_t>(sum)); }

// Sum, bias and requantisation of output channel n.
void finish(const Work& work, int64_t place, Int128 sum, int64_t n) {
    const IntegerNode& node = work.node;
    if (!node.bias.empty()) sum += node.bias[static_cast<size_t>(n)];
    const Rescale& rescale = node.rescale.size() == 1 ? node.rescale[0] : node.rescale[static_cast<size_t>(n)];
    work.write(place, requantise(wrapped(sum), rescale, node.clamp));
}

// Input row (or column) of kernel cell k at output place o; may lie outside.
int64_t window_input(const Window& window, size_t axis, int64_t o, int64_t k) {
    return o * window.stride[axis] + k * window.dilation[axis] - window.pad_begin[axis];
}

// Sum over the window of image `image` at (oh, ow) for output channel n of group g.
Int128 conv_sum(const Work& work, int64_t image, int64_t oh, int64_t ow, int64_t g, int64_t n) {
    const Shape& x = work.in(0).shape;
    const Shape& w = work.in(1).shape;
    Int128 sum = 0;
    for (int64_t kh = 0; kh < w[1]; ++kh) {
        const int64_t h = window_input(work.node.window, 0, oh, kh);
        if (h < 0 || h >= x[1]) continue;
        for (int64_t kw = 0; kw < w[2]; ++kw) {
            const int64_t v = window_input(work.node.window, 1, ow, kw);
            if (v < 0 || v >= x[2]) continue;
            for (int64_t c = 0; c < w[3]; ++c) {
                const int64_t from = ((image * x[1] + h) * x[2] + v) * x[3] + g * w[3] + c;
                const int64_t weight = (((g * w[1] + kh) * w[2] + kw) * w[3] + c) * w[4] + n;
                sum += Int128{work.offset(0, from)} * work.offset(1, weight);
            }
        }
    }
    return sum;
}

void run_conv(const Work& work) {
    const Shape& y = work.out().shape;
    const int64_t columns = work.in(1).shape[4];
    int64_t place = 0;
    for (int64_t image = 0; image < y[0]; ++image) {
        for (int64_t oh = 0; oh < y[1]; ++oh) {
            for (int64_t ow = 0; ow < y[2]; ++ow) {
                for (int64_t k = 0; k < y[3]; ++k) {
                    finish(work, place++, conv_sum(work, image, oh, ow, k / columns, k % columns), k);
                }
            }
        }
    }
}

void run_matmul(const Work& work) {
    const Shape& a = work.in(0).shape;
    const Shape& b = work.in(1).shape;
    const int64_t rows = a[a.size() - 2];
    const int64_t depth = a.back();
    const int64_t columns = b.back();
    const int64_t batch_b = b.size() == 2 ? 0 : depth * columns;
    const int64_t count = static_cast<int64_t>(work.result().size());
    for (int64_t place = 0; place < count; ++place) {
        const int64_t n = place % columns;
        const int64_t row = place / columns;
        const int64_t batch = row / rows;
        Int128 sum = 0;
        for (int64_t k = 0; k < depth; ++k) {
            sum += Int128{work.offset(0, row * depth + k)} * work.offset(1, batch * batch_b + k * columns + n);
        }
        finish(work, place, sum, n);
    }
}

void run_elementwise(const Work& work) {
    const auto count = static_cast<int64_t>(work.result().size());
    const auto repeat = static_cast<int64_t>(work.bytes(1).size());
    for (int64_t i = 0; i < count; ++i) {
        const int32_t a = work.value(0, i);
        const int32_t b = work.value(1, i % repeat);
        const bool is_sum = work.node.op == IntegerOp::add;
        work.write(
            i,
            is_sum ? add_quantised(a, b, work.node.elementwise) : multiply_quantised(a, b, work.node.elementwise));
    }
}

// What a pool needs of one window: sum less zero points, largest value, cells inside.
struct PoolCell {
    Int128 sum = 0;
    int32_t largest = INT32_MIN;
    int32_t inside = 0;
};

PoolCell pool_cell(const Work& work, int64_t image, int64_t oh, int64_t ow, int64_t c) {
    const Shape& x = work.in(0).shape;
    const Window& window = work.node.window;
    PoolCell cell;
    for (int64_t kh = 0; kh < window.kernel[0]; ++kh) {
        const int64_t h = window_input(window, 0, oh, kh);
        if (h < 0 || h >= x[1]) continue;
        for (int64_t kw = 0; kw < window.kernel[1]; ++kw) {
            const int64_t v = window_input(window, 1, ow, kw);
            if (v < 0 || v >= x[2]) continue;
            const int64_t from = ((image * x[1] + h) * x[2] + v) * x[3] + c;
            cell.sum += work.offset(0, from);
            cell.largest = std::max(cell.largest, work.value(0, from));
            ++cell.inside;
        }
    }
    return cell;
}

void run_pool(const Work& work) {
    const Shape& y = work.out().shape;
    const Window& window = work.node.window;
    int64_t place = 0;
    for (int64_t image = 0; image < y[0]; ++image) {
        for (int64_t oh = 0; oh < y[1]; ++oh) {
            for (int64_t ow = 0; ow < y[2]; ++ow) {
                for (int64_t c = 0; c < y[3]; ++c) {
                    const PoolCell cell = pool_cell(work, image, oh, ow, c);
                    if (work.node.op == IntegerOp::max_pool) {
                        work.write(place++, cell.largest);
                        continue;
                    }
                    const int32_t count = work.node.count_padding ? window.kernel[0] * window.kernel[1] : cell.inside;
                    const Rescale rescale = average_rescale(work.in(0).quant.scale, work.out().quant.scale, count);
                    work.write(place++, requantise(wrapped(cell.sum), rescale, work.node.clamp));
                }
            }
        }
    }
}

void run_lookup(const Work& work) {
    std::transform(work.bytes(0).begin(), work.bytes(0).end(), work.result().begin(), [&](uint8_t bits) {
        return work.node.table[bits];
    });
}

// Softmax and layer normalisation work on rows of the last axis; the contract fixes what a row becomes.
void run_rows(const Work& work) {
    const auto length = static_cast<size_t>(work.out().shape.back());
    const QuantisedType& x = work.in(0).quant;
    const QuantisedType& y = work.out().quant;
    const bool is_signed = x.type == DataType::s8;
    LayerNormTerms terms;
    if (work.node.op == IntegerOp::layer_norm) {
        const LayerNorm& norm = work.node.norm;
        terms = layer_norm_terms(norm.gamma, norm.beta, norm.epsilon, x.scale, y.scale);
    }
    for (size_t first = 0; first < work.result().size(); first += length) {
        const std::span<const uint8_t> from = std::span(work.bytes(0)).subspan(first, length);
        const std::span<uint8_t> to = std::span(work.result()).subspan(first, length);
        if (work.node.op == IntegerOp::softmax) {
            softmax_row(from, to, is_signed, work.node.exponentials, y.scale, clamp_of(y));
        } else {
            layer_norm_row(from, to, is_signed, terms, clamp_of(y));
        }
    }
}

void run_move(const Work& work) {
    std::fill(work.result().begin(), work.result().end(), work.node.fill);
    for (const MoveBox& box : work.node.boxes) {
        const std::vector<uint8_t>& from = work.bytes(box.input);
        const int64_t count = element_count(box.dims);
        for (int64_t i = 0; i < count; ++i) {
            int64_t rest = i;
            int64_t source = box.source_offset;
            int64_t target = box.target_offset;
            for (size_t d = box.dims.size(); d-- > 0;) {
                source += rest % box.dims[d] * box.source_strides[d];
                target += rest % box.dims[d] * box.target_strides[d];
                rest /= box.dims[d];
            }
            work.result()[static_cast<size_t>(target)] = from[static_cast<size_t>(source)];
        }
    }
}

void run_node(const Work& work) {
    work.result().assign(static_cast<size_t>(element_count(work.out().shape)), 0);
    switch (work.node.op) {
        case IntegerOp::conv:
            return run_conv(work);
        case IntegerOp::matmul:
            return run_matmul(work);
        case IntegerOp::add:
        case IntegerOp::multiply:
            return run_elementwise(work);
        case IntegerOp::max_pool:
        case IntegerOp::average_pool:
            return run_pool(work);
        case IntegerOp::lookup:
            return run_lookup(work);
        case IntegerOp::softmax:
        case IntegerOp::layer_norm:
            return run_rows(work);
        case IntegerOp::move:
            return run_move(work);
    }
}

}  // namespace

TensorBytes start_values(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs) {
    CHECK(inputs.size() == network.inputs.size());
    TensorBytes values(network.tensors.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = network.tensors[i].bytes;
    for (size_t i = 0; i < inputs.size(); ++i) {
        const TensorId id = network.inputs[i];
        CHECK(static_cast<int64_t>(inputs[i].size()) == element_count(network.tensors[id].shape));
        values[id] = inputs[i];
    }
    return values;
}

void run_golden_node(const IntegerNetwork& network, const IntegerNode& node, TensorBytes& values) {
    run_node({node, network, values});
}

TensorBytes run_golden(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs) {
    TensorBytes values = start_values(network, inputs);
    for (const IntegerNode& node : network.nodes) run_golden_node(network, node, values);
    return values;
}

std::string tensor_trace_hash(const IntegerTensor& tensor, const std::vector<uint8_t>& bytes) {
    Tensor copy(tensor.quant.type, tensor.shape);
    CHECK(copy.bytes.size() == bytes.size());
    std::transform(bytes.begin(), bytes.end(), copy.bytes.begin(), [](uint8_t b) { return std::byte{b}; });
    return tensor_hash(copy);
}

std::vector<std::string> trace_hashes(const IntegerNetwork& network, const TensorBytes& values) {
    std::vector<std::string> hashes;
    hashes.reserve(network.nodes.size());
    for (const IntegerNode& node : network.nodes) {
        hashes.push_back(tensor_trace_hash(network.tensors[node.output], values[node.output]));
    }
    return hashes;
}

Divergence first_divergence(const IntegerNetwork& network, const TensorBytes& expected, const TensorBytes& found) {
    for (uint32_t i = 0; i < network.nodes.size(); ++i) {
        const TensorId id = network.nodes[i].output;
        const std::vector<uint8_t>& a = expected[id];
        const std::vector<uint8_t>& b = found[id];
        // executors leave out what never is in DRAM
        if (a.empty() || b.empty() || a == b) continue;
        Divergence divergence;
        divergence.node = i;
        divergence.element = -1;
        for (size_t e = 0; e < std::min(a.size(), b.size()); ++e) {
            if (a[e] == b[e]) continue;
            if (divergence.element < 0) {
                divergence.element = static_cast<int64_t>(e);
                divergence.expected = a[e];
                divergence.found = b[e];
            }
            ++divergence.differing;
        }
        return divergence;
    }
    return {UINT32_MAX, 0, 0, 0, 0};
}

std::string divergence_text(const IntegerNetwork& network, const Divergence& divergence) {
    if (divergence.node == UINT32_MAX) return "no tensor differs";
    const IntegerNode& node = network.nodes[divergence.node];
    const IntegerTensor& tensor = network.tensors[node.output];
    std::string place;
    int64_t rest = divergence.element;
    for (size_t d = tensor.shape.size(); d-- > 0;) {
        place = fmt::format("{}{}{}", rest % tensor.shape[d], place.empty() ? "" : ", ", place);
        rest /= tensor.shape[d];
    }
    return fmt::format(
        "tensor '{}' of node '{}' ({}) is the first to differ: {} of {} elements, first [{}]: expected {}, found {}",
        tensor.name,
        node.name,
        info(node.op).name,
        divergence.differing,
        element_count(tensor.shape),
        place,
        value_of(divergence.expected, tensor.quant.type),
        value_of(divergence.found, tensor.quant.type));
}

}  // namespace chipchain
