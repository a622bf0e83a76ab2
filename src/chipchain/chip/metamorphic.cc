#include "chipchain/chip/metamorphic.h"

#include <algorithm>
#include <numeric>

#include "chipchain/base/check.h"
#include "chipchain/base/random.h"

namespace chipchain {

namespace {

constexpr RelationInfo kRelations[] = {
    {Relation::permute_depth, "permute_depth", "channels and weights in another order"},
    {Relation::pad_depth, "pad_depth", "more channels with weights at their zero point"},
    {Relation::split_channels, "split_channels", "half of the output channels at a time"},
    {Relation::reorder_batch, "reorder_batch", "images in another order, and back"},
};

std::vector<int64_t> drawn_order(int64_t count, uint64_t seed) {
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), int64_t{0});
    const RandomSource random{seed, 0};
    // Fisher and Yates
    for (size_t i = order.size(); i-- > 1;) {
        const uint32_t word = random.draw(Purpose::generate, 0x726c74, i).word[0];
        std::swap(order[i], order[word % (i + 1)]);
    }
    return order;
}

// Weights as a matrix of `depth` rows that belong to one input channel in turn: [outer][channels][inner].
struct WeightAxes {
    int64_t outer;     // kernel cells of conv; 1
    int64_t channels;  // of the input
    int64_t inner;     // output channels
};
WeightAxes weight_axes(const IntegerNetwork& network, const IntegerNode& node) {
    const Shape& w = network.tensors[node.inputs[1]].shape;
    if (node.op == IntegerOp::conv) return {w[1] * w[2], w[3], w[4]};
    return {1, w[0], w[1]};
}

// A move that takes index i of the axis of x from order[i]; indices beyond the input hold `fill`.
IntegerNode take_axis(const Shape& from, const Shape& to, size_t axis, const std::vector<int64_t>& order) {
    const auto strides = [](const Shape& shape) {
        std::vector<int64_t> s(shape.size(), 1);
        for (size_t d = shape.size(); d-- > 1;) s[d - 1] = s[d] * shape[d];
        return s;
    };
    IntegerNode move;
    move.op = IntegerOp::move;
    const std::vector<int64_t> source = strides(from);
    const std::vector<int64_t> target = strides(to);
    for (size_t i = 0; i < order.size(); ++i) {
        MoveBox box;
        box.dims = from;
        box.dims[axis] = 1;
        box.source_strides = source;
        box.target_strides = target;
        box.source_offset = order[i] * source[axis];
        box.target_offset = static_cast<int64_t>(i) * target[axis];
        move.boxes.push_back(std::move(box));
    }
    return move;
}

class Transformer {
 public:
    Transformer(const IntegerNetwork& network, uint32_t node, uint64_t seed)
        : result_(network), index_(node), node_(network.nodes[node]), seed_(seed) {}

    IntegerNetwork permute_depth() {
        const IntegerTensor x = result_.tensors[node_.inputs[0]];
        const WeightAxes axes = weight_axes(result_, node_);
        const std::vector<int64_t> order = drawn_order(axes.channels, seed_);
        node_.inputs[0] = moved(x, x.shape, x.shape.size() - 1, order, 0, index_);
        rebuild_weights(axes, axes.channels, [&](int64_t c) { return order[static_cast<size_t>(c)]; });
        result_.nodes[index_ + 1] = node_;
        return std::move(result_);
    }

    IntegerNetwork pad_depth() {
        const IntegerTensor x = result_.tensors[node_.inputs[0]];
        const WeightAxes axes = weight_axes(result_, node_);
        const int64_t more = 1 + static_cast<int64_t>(seed_ % 5);
        std::vector<int64_t> order(static_cast<size_t>(axes.channels));
        std::iota(order.begin(), order.end(), int64_t{0});
        Shape wider = x.shape;
        wider.back() += more;
        // any value in the new channels: their weights stand for zero
        const auto fill = static_cast<uint8_t>(seed_ * 37);
        node_.inputs[0] = moved(x, wider, x.shape.size() - 1, order, fill, index_);
        rebuild_weights(axes, axes.channels + more, [&](int64_t c) { return c < axes.channels ? c : -1; });
        result_.nodes[index_ + 1] = node_;
        return std::move(result_);
    }

    IntegerNetwork split_channels() {
        const WeightAxes axes = weight_axes(result_, node_);
        const IntegerTensor y = result_.tensors[node_.output];
        const int64_t cut = 1 + static_cast<int64_t>(seed_ % static_cast<uint64_t>(axes.inner - 1));
        const IntegerTensor whole = result_.tensors[node_.inputs[1]];
        IntegerNode join;
        join.op = IntegerOp::move;
        join.name = node_.name + ".join";
        join.output = node_.output;
        std::vector<IntegerNode> nodes;
        for (int half = 0; half < 2; ++half) {
            const int64_t first = half == 0 ? 0 : cut;
            const int64_t last = half == 0 ? cut : axes.inner;
            IntegerNode part = node_;
            part.inputs[1] = columns_of(whole, axes, first, last);
            if (!part.bias.empty()) part.bias = {node_.bias.begin() + first, node_.bias.begin() + last};
            if (part.rescale.size() > 1) part.rescale = {node_.rescale.begin() + first, node_.rescale.begin() + last};
            Shape shape = y.shape;
            shape.back() = last - first;
            part.output = add({y.name + ".part", shape, y.quant, false, {}});
            const int64_t rows = element_count(y.shape) / axes.inner;
            join.inputs.push_back(part.output);
            join.boxes.push_back(
                {static_cast<uint32_t>(half), {rows, last - first}, {last - first, 1}, {axes.inner, 1}, 0, first});
            nodes.push_back(std::move(part));
        }
        nodes.push_back(std::move(join));
        result_.nodes.erase(result_.nodes.begin() + index_);
        result_.nodes.insert(result_.nodes.begin() + index_, nodes.begin(), nodes.end());
        return std::move(result_);
    }

    IntegerNetwork reorder_batch() {
        const IntegerTensor x = result_.tensors[node_.inputs[0]];
        const IntegerTensor y = result_.tensors[node_.output];
        const std::vector<int64_t> order = drawn_order(x.shape[0], seed_);
        std::vector<int64_t> back(order.size());
        for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
        node_.inputs[0] = moved(x, x.shape, 0, order, 0, index_);
        const TensorId final = node_.output;
        node_.output = add({y.name + ".reordered", y.shape, y.quant, false, {}});
        result_.nodes[index_ + 1] = node_;
        IntegerNode restore = take_axis(y.shape, y.shape, 0, back);
        restore.name = node_.name + ".restore";
        restore.inputs = {node_.output};
        restore.output = final;
        result_.nodes.insert(result_.nodes.begin() + index_ + 2, std::move(restore));
        return std::move(result_);
    }

 private:
    IntegerNetwork result_;
    uint32_t index_;
    IntegerNode node_;
    uint64_t seed_;

    TensorId add(IntegerTensor tensor) {
        result_.tensors.push_back(std::move(tensor));
        return static_cast<TensorId>(result_.tensors.size() - 1);
    }

    // Inserts a move of the node's input at `at`; returns its output.
    TensorId moved(
        const IntegerTensor& x,
        const Shape& to,
        size_t axis,
        const std::vector<int64_t>& order,
        uint8_t fill,
        uint32_t at) {
        IntegerNode move = take_axis(x.shape, to, axis, order);
        move.name = node_.name + ".moved";
        move.inputs = {node_.inputs[0]};
        move.fill = fill;
        move.output = add({x.name + ".moved", to, x.quant, false, {}});
        const TensorId id = move.output;
        result_.nodes.insert(result_.nodes.begin() + at, std::move(move));
        return id;
    }

    // New weights with `channels` rows per kernel cell; row c is the old row source(c), or zeros for -1.
    template <class Source>
    void rebuild_weights(const WeightAxes& axes, int64_t channels, Source source) {
        IntegerTensor w = result_.tensors[node_.inputs[1]];
        std::vector<uint8_t> bytes;
        for (int64_t o = 0; o < axes.outer; ++o) {
            for (int64_t c = 0; c < channels; ++c) {
                const int64_t from = source(c);
                for (int64_t k = 0; k < axes.inner; ++k) {
                    const auto place = static_cast<size_t>((o * axes.channels + from) * axes.inner + k);
                    bytes.push_back(from < 0 ? static_cast<uint8_t>(w.quant.zero) : w.bytes[place]);
                }
            }
        }
        w.bytes = std::move(bytes);
        w.shape[w.shape.size() - 2] = channels;
        node_.inputs[1] = add(std::move(w));
    }

    TensorId columns_of(const IntegerTensor& whole, const WeightAxes& axes, int64_t first, int64_t last) {
        IntegerTensor w = whole;
        w.bytes.clear();
        for (int64_t row = 0; row < axes.outer * axes.channels; ++row) {
            const auto from = whole.bytes.begin() + row * axes.inner;
            w.bytes.insert(w.bytes.end(), from + first, from + last);
        }
        w.shape.back() = last - first;
        return add(std::move(w));
    }
};

}  // namespace

std::span<const RelationInfo> relations() { return kRelations; }

bool applies(Relation relation, const IntegerNetwork& network, uint32_t index) {
    const IntegerNode& node = network.nodes[index];
    const Shape& x = network.tensors[node.inputs[0]].shape;
    if (relation == Relation::reorder_batch) {
        const bool images =
            node.op == IntegerOp::conv || node.op == IntegerOp::max_pool || node.op == IntegerOp::average_pool;
        return images && x[0] > 1;
    }
    const bool matrix = (node.op == IntegerOp::conv && node.groups == 1) ||
                        (node.op == IntegerOp::matmul && network.tensors[node.inputs[1]].shape.size() == 2);
    if (!matrix || !network.tensors[node.inputs[1]].constant) return false;
    return relation != Relation::split_channels || network.tensors[node.inputs[1]].shape.back() > 1;
}

IntegerNetwork transformed(Relation relation, const IntegerNetwork& network, uint32_t node, uint64_t seed) {
    CHECK(applies(relation, network, node));
    Transformer transformer(network, node, seed);
    switch (relation) {
        case Relation::permute_depth:
            return transformer.permute_depth();
        case Relation::pad_depth:
            return transformer.pad_depth();
        case Relation::split_channels:
            return transformer.split_channels();
        case Relation::reorder_batch:
            return transformer.reorder_batch();
    }
    CHECK(false);
    return network;
}

}  // namespace chipchain
