// Checks of integer_network.h's conventions. A fault is a mistake of whoever built the network, never of a user.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/network/integer_network.h"

namespace chipchain {

namespace {

constexpr size_t kMostRank = 6;
constexpr size_t kMostNormChannels = 65'536;  // numerics.h: layer_norm_row
constexpr int64_t kMostElements = int64_t{1} << 31;

bool same_prefix(const Shape& a, const Shape& b, size_t count) {
    return a.size() >= count && b.size() >= count &&
           std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(count), b.begin());
}

// Whether each of `outputs` places of one axis has a kernel cell inside [0, size).
bool every_place_has_cell(const Window& window, size_t axis, int64_t size, int64_t outputs) {
    for (int64_t o = 0; o < outputs; ++o) {
        bool found = false;
        for (int32_t k = 0; k < window.kernel[axis] && !found; ++k) {
            const int64_t i = o * window.stride[axis] - window.pad_begin[axis] + int64_t{k} * window.dilation[axis];
            found = i >= 0 && i < size;
        }
        if (!found) return false;
    }
    return true;
}

class FaultFinder {
 public:
    explicit FaultFinder(const IntegerNetwork& network) : network_(network) {}

    std::vector<std::string> find() {
        for (const IntegerTensor& t : network_.tensors) tensor(t);
        if (!faults_.empty()) return faults_;
        order();
        if (!faults_.empty()) return faults_;
        for (const IntegerNode& n : network_.nodes) node(n);
        return faults_;
    }

 private:
    const IntegerNetwork& network_;
    std::vector<std::string> faults_;
    const IntegerNode* node_ = nullptr;

    template <class... Args>
    void say(fmt::format_string<Args...> text, Args&&... args) {
        faults_.push_back(fmt::format(text, std::forward<Args>(args)...));
    }
    // Returns whether the condition holds; if not, the node has the fault.
    bool require(bool condition, std::string_view what) {
        if (!condition) say("node '{}' ({}): {}", node_->name, info(node_->op).name, what);
        return condition;
    }
    const IntegerTensor& in(size_t i) const { return network_.tensors[node_->inputs[i]]; }
    const IntegerTensor& out() const { return network_.tensors[node_->output]; }

    void tensor(const IntegerTensor& t) {
        if (!is_byte_type(t.quant.type)) return say("tensor '{}': type is neither u8 nor s8", t.name);
        if (t.shape.size() > kMostRank) say("tensor '{}': rank {} exceeds {}", t.name, t.shape.size(), kMostRank);
        const int64_t count = element_count(t.shape, kMostElements);
        if (count < 0) return say("tensor '{}': shape {} has too many elements", t.name, shape_text(t.shape));
        if (t.quant.zero < lowest_of(t.quant.type) || t.quant.zero > highest_of(t.quant.type)) {
            say("tensor '{}': zero point {} is outside its type", t.name, t.quant.zero);
        }
        if (!std::isfinite(t.quant.scale) || t.quant.scale <= 0) say("tensor '{}': scale is not positive", t.name);
        const int64_t held = t.constant ? count : 0;
        if (static_cast<int64_t>(t.bytes.size()) != held) {
            say("tensor '{}': holds {} bytes where {} are due", t.name, t.bytes.size(), held);
        }
    }

    // convention 2: written once, before it is read
    void order() {
        std::vector<bool> known(network_.tensors.size());
        for (size_t i = 0; i < known.size(); ++i) known[i] = network_.tensors[i].constant;
        const auto define = [&](TensorId id, const std::string& who) {
            if (id >= known.size()) return say("{} writes tensor {} that does not exist", who, id);
            if (known[id]) say("{} writes tensor '{}' that has a value already", who, network_.tensors[id].name);
            known[id] = true;
        };
        for (TensorId id : network_.inputs) define(id, "an input");
        for (const IntegerNode& n : network_.nodes) {
            for (TensorId id : n.inputs) {
                if (id >= known.size() || !known[id]) say("node '{}' reads tensor {} before it is written", n.name, id);
            }
            define(n.output, "node '" + n.name + "'");
        }
        for (TensorId id : network_.outputs) {
            if (id >= known.size() || !known[id]) say("output {} is never written", id);
        }
    }

    void node(const IntegerNode& n) {
        node_ = &n;
        const size_t operands = n.op == IntegerOp::conv || n.op == IntegerOp::matmul || n.op == IntegerOp::add ||
                                        n.op == IntegerOp::multiply
                                    ? 2
                                    : 1;
        if (n.op != IntegerOp::move && !require(n.inputs.size() == operands, "wrong number of inputs")) return;
        switch (n.op) {
            case IntegerOp::conv:
                return conv();
            case IntegerOp::matmul:
                return matmul();
            case IntegerOp::add:
            case IntegerOp::multiply:
                return elementwise();
            case IntegerOp::max_pool:
            case IntegerOp::average_pool:
                return pool();
            case IntegerOp::lookup:
                require(in(0).shape == out().shape, "shapes differ");
                return;
            case IntegerOp::softmax:
                require(in(0).shape == out().shape && !out().shape.empty(), "shapes differ or have no axis");
                return;
            case IntegerOp::layer_norm:
                return layer_norm();
            case IntegerOp::move:
                return move();
        }
    }

    void clamp(const Clamp& c) {
        const QuantisedType& y = out().quant;
        require(c.zero == y.zero, "the clamp's zero point is not that of the output");
        require(c.low <= c.high, "the clamp is empty");
        require(c.low >= lowest_of(y.type) && c.high <= highest_of(y.type), "the clamp leaves the output's type");
    }

    void rescales(int64_t columns) {
        const auto rows = static_cast<int64_t>(node_->rescale.size());
        require(rows == 1 || rows == columns, "neither one rescale nor one per channel");
        require(node_->bias.empty() || static_cast<int64_t>(node_->bias.size()) == columns, "wrong number of biases");
        for (const Rescale& r : node_->rescale) {
            const bool good = r.mode == RequantMode::f32_rne ? std::isfinite(r.scale) && r.scale >= 0
                                                             : r.multiplier >= 0 && r.shift >= 2 && r.shift <= 62;
            if (!require(good, "a rescale is out of range")) return;
        }
        clamp(node_->clamp);
    }

    bool window(const IntegerTensor& x) {
        const Window& w = node_->window;
        for (size_t d = 0; d < 2; ++d) {
            const bool good =
                w.kernel[d] > 0 && w.stride[d] > 0 && w.dilation[d] > 0 && w.pad_begin[d] >= 0 && w.pad_end[d] >= 0;
            if (!require(good, "the window is not positive")) return false;
        }
        if (!require(x.shape.size() == 4 && out().shape.size() == 4, "operands are not of rank 4")) return false;
        const auto size = window_output(w, x.shape[1], x.shape[2]);
        return require(
            out().shape[0] == x.shape[0] && out().shape[1] == size[0] && out().shape[2] == size[1],
            "the output is not of the window's size");
    }

    void conv() {
        const Shape& x = in(0).shape;
        const Shape& w = in(1).shape;
        if (!require(in(1).constant, "the weights are computed")) return;
        if (!require(w.size() == 5, "the weights are not of rank 5") || !window(in(0))) return;
        const Window& g = node_->window;
        require(w[0] == node_->groups && node_->groups > 0, "the weights have other groups");
        require(w[1] == g.kernel[0] && w[2] == g.kernel[1], "the weights have another kernel");
        require(w[3] * w[0] == x[3], "the weights have other input channels");
        require(w[4] * w[0] == out().shape[3], "the weights have other output channels");
        require(w[3] > 0 || empty(out()), "a sum has no products");
        rescales(out().shape[3]);
    }
    static bool empty(const IntegerTensor& t) { return element_count(t.shape) == 0; }

    void matmul() {
        const Shape& a = in(0).shape;
        const Shape& b = in(1).shape;
        const Shape& y = out().shape;
        if (!require(a.size() >= 2 && b.size() >= 2 && y.size() == a.size(), "an operand has no rows")) return;
        require(b.size() == 2 || (b.size() == a.size() && same_prefix(a, b, a.size() - 2)), "batches differ");
        require(a.back() == b[b.size() - 2], "depths differ");
        require(y.back() == b.back() && same_prefix(a, y, a.size() - 1), "the output has another shape");
        require(a.back() > 0 || empty(out()), "a sum has no products");
        rescales(b.back());
    }

    void elementwise() {
        const Shape& a = in(0).shape;
        const Shape& b = in(1).shape;
        const Elementwise& e = node_->elementwise;
        require(a == out().shape, "shapes differ");
        require(b.size() <= a.size() && std::equal(b.rbegin(), b.rend(), a.rbegin()), "b is no suffix of a");
        require(e.scale_a == in(0).quant.scale && e.zero_a == in(0).quant.zero, "a has another scale");
        require(e.scale_b == in(1).quant.scale && e.zero_b == in(1).quant.zero, "b has another scale");
        require(e.scale_y == out().quant.scale, "the output has another scale");
        clamp(e.clamp);
    }

    void pool() {
        if (!window(in(0))) return;
        require(in(0).shape[3] == out().shape[3], "channels differ");
        for (size_t d = 0; d < 2; ++d) {
            require(
                every_place_has_cell(node_->window, d, in(0).shape[d + 1], out().shape[d + 1]),
                "a window lies in the padding");
        }
        if (node_->op == IntegerOp::max_pool) {
            require(in(0).quant == out().quant, "the output has another scale");
        } else {
            require(
                averages_fit(node_->window, node_->count_padding, in(0).quant.scale, out().quant.scale),
                "an average's rescale is out of range");
            clamp(node_->clamp);
        }
    }

    void layer_norm() {
        if (!require(in(0).shape == out().shape && !out().shape.empty(), "shapes differ")) return;
        const auto channels = static_cast<size_t>(out().shape.back());
        require(node_->norm.gamma.size() == channels && node_->norm.beta.size() == channels, "wrong number of scales");
        const auto finite = [](const std::vector<float>& values) {
            return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
        };
        require(finite(node_->norm.gamma) && finite(node_->norm.beta), "a scale or offset is not finite");
        require(channels <= kMostNormChannels, "a row is too long for the contract");
        require(std::isfinite(node_->norm.epsilon) && node_->norm.epsilon >= 0, "epsilon is negative");
    }

    // Whether all places of a box lie in [0, count).
    static bool
    inside(const std::vector<int64_t>& dims, const std::vector<int64_t>& strides, int64_t offset, int64_t count) {
        int64_t low = offset;
        int64_t high = offset;
        for (size_t d = 0; d < dims.size(); ++d) {
            const int64_t reach = (dims[d] - 1) * strides[d];
            (reach < 0 ? low : high) += reach;
        }
        return low >= 0 && high < count;
    }

    void move() {
        const int64_t count = element_count(out().shape);
        std::vector<bool> written(static_cast<size_t>(count));
        for (const MoveBox& box : node_->boxes) {
            const size_t rank = box.dims.size();
            if (!require(box.input < node_->inputs.size(), "a box reads no input")) return;
            if (!require(
                    rank <= kMostRank && box.source_strides.size() == rank && box.target_strides.size() == rank,
                    "a box has strides of another rank")) {
                return;
            }
            if (!require(element_count(box.dims) >= 0, "a box is too large")) return;
            if (element_count(box.dims) == 0) continue;
            const IntegerTensor& x = in(box.input);
            require(x.quant == out().quant, "input and output have different scales");
            const bool good = inside(box.dims, box.source_strides, box.source_offset, element_count(x.shape)) &&
                              inside(box.dims, box.target_strides, box.target_offset, count);
            if (!require(good, "a box leaves its tensor")) return;
            if (!require(mark(box, written), "two boxes write one place")) return;
        }
    }

    // Marks the places that a box writes; false when one is marked already.
    static bool mark(const MoveBox& box, std::vector<bool>& written) {
        const int64_t count = element_count(box.dims);
        std::vector<int64_t> index(box.dims.size(), 0);
        int64_t place = box.target_offset;
        for (int64_t i = 0; i < count; ++i) {
            auto slot = written[static_cast<size_t>(place)];
            if (slot) return false;
            slot = true;
            for (size_t d = index.size(); d-- > 0;) {
                place += box.target_strides[d];
                if (++index[d] < box.dims[d]) break;
                place -= box.dims[d] * box.target_strides[d];
                index[d] = 0;
            }
        }
        return true;
    }
};

}  // namespace

std::vector<std::string> faults(const IntegerNetwork& network) { return FaultFinder(network).find(); }

}  // namespace chipchain
