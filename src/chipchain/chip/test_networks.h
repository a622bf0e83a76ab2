// Small integer networks for tests: built by hand, one operation after another, with weights, scales and zero points
// drawn from a seed. What a builder returns has no faults and its ranges hold.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "chipchain/network/integer_network.h"

namespace chipchain {

struct ConvShape {
    int64_t channels = 1;  // of the output
    int32_t kernel[2] = {1, 1};
    int32_t stride[2] = {1, 1};
    int32_t dilation[2] = {1, 1};
    int32_t pad_begin[2] = {0, 0};
    int32_t pad_end[2] = {0, 0};
    int32_t groups = 1;
};

class NetworkBuilder {
 public:
    explicit NetworkBuilder(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 1) {}

    // Uniform in [low, high].
    int64_t draw(int64_t low, int64_t high) {
        // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)
        uint64_t x = state_ += 0x9e3779b97f4a7c15U;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
        x = (x ^ x >> 27) * 0x94d049bb133111ebU;
        x ^= x >> 31;
        return low + static_cast<int64_t>(x % static_cast<uint64_t>(high - low + 1));
    }
    std::vector<uint8_t> draw_bytes(int64_t count) {
        std::vector<uint8_t> bytes(static_cast<size_t>(count));
        for (uint8_t& b : bytes) b = static_cast<uint8_t>(draw(0, 255));
        return bytes;
    }

    TensorId input(Shape shape) {
        const TensorId id = tensor(std::move(shape), draw_quant());
        network_.inputs.push_back(id);
        return id;
    }
    TensorId constant(Shape shape) {
        const TensorId id = tensor(std::move(shape), draw_quant());
        network_.tensors[id].constant = true;
        network_.tensors[id].bytes = draw_bytes(element_count(network_.tensors[id].shape));
        return id;
    }

    TensorId conv(TensorId x, const ConvShape& c) {
        const Shape in = shape(x);
        const int64_t group_c = in[3] / c.groups;
        const TensorId w = constant({c.groups, c.kernel[0], c.kernel[1], group_c, c.channels / c.groups});
        IntegerNode node = start(IntegerOp::conv, {x, w});
        for (size_t d = 0; d < 2; ++d) {
            node.window.kernel[d] = c.kernel[d];
            node.window.stride[d] = c.stride[d];
            node.window.dilation[d] = c.dilation[d];
            node.window.pad_begin[d] = c.pad_begin[d];
            node.window.pad_end[d] = c.pad_end[d];
        }
        node.groups = c.groups;
        const auto size = window_output(node.window, in[1], in[2]);
        return product(std::move(node), {in[0], size[0], size[1], c.channels}, c.kernel[0] * c.kernel[1] * group_c);
    }
    TensorId matmul(TensorId a, TensorId b) {
        Shape out = shape(a);
        const int64_t depth = out.back();
        out.back() = shape(b).back();
        return product(start(IntegerOp::matmul, {a, b}), out, depth);
    }
    TensorId elementwise(IntegerOp op, TensorId a, TensorId b) {
        IntegerNode node = start(op, {a, b});
        const QuantisedType y = draw_quant();
        const QuantisedType& qa = network_.tensors[a].quant;
        const QuantisedType& qb = network_.tensors[b].quant;
        node.elementwise = {qa.scale, qb.scale, y.scale, qa.zero, qb.zero, clamp_of(y)};
        return finish(std::move(node), shape(a), y);
    }
    TensorId pool(IntegerOp op, TensorId x, const Window& window, bool count_padding = false) {
        const Shape in = shape(x);
        IntegerNode node = start(op, {x});
        node.window = window;
        node.count_padding = count_padding;
        const QuantisedType y = op == IntegerOp::max_pool ? network_.tensors[x].quant : draw_quant();
        node.clamp = clamp_of(y);
        const auto size = window_output(window, in[1], in[2]);
        return finish(std::move(node), {in[0], size[0], size[1], in[3]}, y);
    }
    TensorId lookup(TensorId x) {
        IntegerNode node = start(IntegerOp::lookup, {x});
        for (uint8_t& entry : node.table) entry = static_cast<uint8_t>(draw(0, 255));
        return finish(std::move(node), shape(x), draw_quant());
    }
    TensorId softmax(TensorId x) {
        IntegerNode node = start(IntegerOp::softmax, {x});
        node.exponentials = softmax_table(network_.tensors[x].quant.scale);
        return finish(std::move(node), shape(x), draw_quant());
    }
    TensorId layer_norm(TensorId x) {
        IntegerNode node = start(IntegerOp::layer_norm, {x});
        for (int64_t i = 0; i < shape(x).back(); ++i) {
            node.norm.gamma.push_back(static_cast<float>(draw(-64, 64)) / 32);
            node.norm.beta.push_back(static_cast<float>(draw(-64, 64)) / 64);
        }
        return finish(std::move(node), shape(x), draw_quant());
    }
    // Transposition: dimension d of the result is dimension order[d] of x.
    TensorId transpose(TensorId x, const std::vector<size_t>& order) {
        const Shape in = shape(x);
        Shape out;
        for (size_t d : order) out.push_back(in[d]);
        MoveBox box;
        box.dims = out;
        box.target_strides = strides(out);
        for (size_t d : order) box.source_strides.push_back(strides(in)[d]);
        return move({x}, out, {box}, 0);
    }
    TensorId move(std::vector<TensorId> inputs, Shape out, std::vector<MoveBox> boxes, uint8_t fill) {
        const QuantisedType quant = network_.tensors[inputs[0]].quant;
        for (TensorId id : inputs) network_.tensors[id].quant = quant;
        IntegerNode node = start(IntegerOp::move, std::move(inputs));
        node.boxes = std::move(boxes);
        node.fill = fill;
        return finish(std::move(node), std::move(out), quant);
    }

    [[nodiscard]] static Shape strides(const Shape& shape) {
        Shape result(shape.size(), 1);
        for (size_t d = shape.size(); d-- > 1;) result[d - 1] = result[d] * shape[d];
        return result;
    }
    [[nodiscard]] const Shape& shape(TensorId id) const { return network_.tensors[id].shape; }
    [[nodiscard]] const QuantisedType& quant(TensorId id) const { return network_.tensors[id].quant; }

    // The network with these outputs. The builder is spent.
    IntegerNetwork build(std::vector<TensorId> outputs) {
        network_.name = "test";
        network_.outputs = std::move(outputs);
        return std::move(network_);
    }
    std::vector<std::vector<uint8_t>> draw_inputs(const IntegerNetwork& network) {
        std::vector<std::vector<uint8_t>> inputs;
        for (TensorId id : network.inputs) inputs.push_back(draw_bytes(element_count(network.tensors[id].shape)));
        return inputs;
    }

 private:
    IntegerNetwork network_;
    uint64_t state_;

    QuantisedType draw_quant() {
        QuantisedType q;
        q.type = draw(0, 1) == 0 ? DataType::u8 : DataType::s8;
        q.zero = static_cast<int32_t>(draw(lowest_of(q.type), highest_of(q.type)));
        q.scale = static_cast<float>(draw(1, 1000)) / 16384;
        return q;
    }
    TensorId tensor(Shape shape, const QuantisedType& quant) {
        IntegerTensor t;
        t.name = "t" + std::to_string(network_.tensors.size());
        t.shape = std::move(shape);
        t.quant = quant;
        network_.tensors.push_back(std::move(t));
        return static_cast<TensorId>(network_.tensors.size() - 1);
    }
    IntegerNode start(IntegerOp op, std::vector<TensorId> inputs) {
        IntegerNode node;
        node.op = op;
        node.name = std::string(info(op).name) + std::to_string(network_.nodes.size());
        node.inputs = std::move(inputs);
        return node;
    }
    TensorId finish(IntegerNode node, Shape shape, const QuantisedType& quant) {
        node.output = tensor(std::move(shape), quant);
        network_.nodes.push_back(std::move(node));
        return network_.nodes.back().output;
    }
    // Rescales that use the output's range: sums of `depth` products of uniform bytes.
    TensorId product(IntegerNode node, Shape out, int64_t depth) {
        const QuantisedType y = draw_quant();
        node.clamp = clamp_of(y);
        if (draw(0, 2) == 0) node.clamp.low = y.zero;
        const bool per_channel = draw(0, 1) == 0;
        const auto mode = static_cast<RequantMode>(draw(0, 2));
        for (int64_t n = 0; n < (per_channel ? out.back() : 1); ++n) {
            const float scale = static_cast<float>(draw(1, 4000)) / 1e6F / std::sqrt(static_cast<float>(depth));
            Rescale rescale{mode, scale, 0, 0};
            if (mode != RequantMode::f32_rne) rescale = fixed_rescale(scale, mode);
            node.rescale.push_back(rescale);
        }
        if (draw(0, 1) == 0) {
            for (int64_t n = 0; n < out.back(); ++n) node.bias.push_back(static_cast<int32_t>(draw(-100'000, 100'000)));
        }
        return finish(std::move(node), std::move(out), y);
    }
};

}  // namespace chipchain
