// Convolutions are matrix products without a copy of their windows: the input is widened once to 16 bits less its zero
// point, with its padding as zeros; a row of A is then a few runs of that plane (one per row of the kernel where groups
// and dilation allow), and the rows of a block are six pointers into it. Weights stand in panels of 16 columns.
#include "chipchain/chip/fast_executor.h"

#include <algorithm>
#include <cstring>

#include "chipchain/base/check.h"
#include "chipchain/chip/fast_kernels.h"

namespace chipchain {

namespace {

// Values that a kernel may read behind the last row of a plane: one vector.
constexpr size_t kSlack = 32;

int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// A weight matrix [depth][columns] in panels of 16 columns, depth in pairs; every run of the depth is even by a zero.
struct Panels {
    int64_t columns = 0;
    int64_t pairs = 0;  // of all runs
    std::vector<int16_t> data;
    [[nodiscard]] const int16_t* panel(int64_t i) const {
        return data.data() + static_cast<size_t>(i * pairs * 2 * kBlockColumns);
    }
};

// run_lengths: elements of each run of the depth, in order.
Panels
pack(const uint8_t* bytes, const QuantisedType& quant, int64_t columns, const std::vector<int64_t>& run_lengths) {
    Panels panels;
    panels.columns = columns;
    for (int64_t length : run_lengths) panels.pairs += (length + 1) / 2;
    const int64_t count = rounded_up(columns, kBlockColumns) / kBlockColumns;
    panels.data.assign(static_cast<size_t>(count * panels.pairs * 2 * kBlockColumns), 0);
    for (int64_t i = 0; i < count; ++i) {
        const int64_t first = i * kBlockColumns;
        const int64_t width = std::min(kBlockColumns, columns - first);
        int16_t* out = panels.data.data() + static_cast<size_t>(i * panels.pairs * 2 * kBlockColumns);
        const uint8_t* row = bytes + first;
        for (int64_t length : run_lengths) {
            for (int64_t k = 0; k < length; ++k, row += columns) {
                int16_t* pair = out + k / 2 * 2 * kBlockColumns + k % 2;
                for (int64_t n = 0; n < width; ++n) {
                    pair[2 * n] = static_cast<int16_t>(value_of(row[n], quant.type) - quant.zero);
                }
            }
            out += (length + 1) / 2 * 2 * kBlockColumns;
        }
    }
    return panels;
}

// Bias and scales of all output channels, with room for whole blocks.
struct Finish {
    std::vector<int32_t> bias;
    std::vector<float> scale;
    std::vector<Rescale> rescale;
    bool is_float = true;
    Clamp clamp;

    Finish(const IntegerNode& node, int64_t channels) : clamp(node.clamp) {
        const auto size = static_cast<size_t>(channels + kBlockColumns);
        bias.assign(size, 0);
        std::copy(node.bias.begin(), node.bias.end(), bias.begin());
        rescale.assign(size, node.rescale[0]);
        if (node.rescale.size() > 1) std::copy(node.rescale.begin(), node.rescale.end(), rescale.begin());
        for (const Rescale& r : rescale) {
            is_float = is_float && r.mode == RequantMode::f32_rne;
            scale.push_back(r.scale);
        }
    }
    [[nodiscard]] BlockFinish at(int64_t channel) const {
        const auto c = static_cast<size_t>(channel);
        return {&bias[c], is_float ? &scale[c] : nullptr, &rescale[c], clamp};
    }
};

bool is_depthwise(const IntegerNetwork& network, const IntegerNode& node) {
    const Shape& w = network.tensors[node.inputs[1]].shape;
    return node.groups > 1 && w[3] == 1 && w[4] == 1;
}

// The runs of a convolution's depth in the padded plane of `row` 16-bit values per image row.
struct ConvRuns {
    std::vector<DepthRun> runs;
    std::vector<int64_t> lengths;
};
ConvRuns conv_runs(const IntegerNode& node, const Shape& w, int64_t pixel, int64_t row) {
    ConvRuns result;
    // cells of one kernel row lie side by side where there is one group and no dilation
    const bool joined = node.groups == 1 && node.window.dilation[1] == 1;
    for (int64_t h = 0; h < w[1]; ++h) {
        for (int64_t v = 0; v < (joined ? 1 : w[2]); ++v) {
            const int64_t length = joined ? w[2] * w[3] : w[3];
            result.runs.push_back(
                {h * node.window.dilation[0] * row + v * node.window.dilation[1] * pixel, (length + 1) / 2});
            result.lengths.push_back(length);
        }
    }
    return result;
}

// What is arranged once per node.
struct NodePlan {
    std::vector<Panels> groups;      // conv: per group; matmul with constant b: per batch
    std::vector<int16_t> depthwise;  // [block of 16 channels][taps, even][16]
    std::unique_ptr<Finish> finish;
};

std::vector<int16_t> pack_depthwise(const IntegerTensor& w) {
    const int64_t channels = w.shape[0];
    const int64_t taps = w.shape[1] * w.shape[2];
    const int64_t even = rounded_up(taps, 2);
    std::vector<int16_t> packed(static_cast<size_t>(rounded_up(channels, kBlockColumns) * even), 0);
    for (int64_t c = 0; c < channels; ++c) {
        for (int64_t t = 0; t < taps; ++t) {
            const int64_t place = (c / kBlockColumns * even + t) * kBlockColumns + c % kBlockColumns;
            packed[static_cast<size_t>(place)] =
                static_cast<int16_t>(value_of(w.bytes[static_cast<size_t>(c * taps + t)], w.quant.type) - w.quant.zero);
        }
    }
    return packed;
}

NodePlan plan_node(const IntegerNetwork& network, const IntegerNode& node) {
    NodePlan plan;
    if (node.op == IntegerOp::conv) {
        const IntegerTensor& w = network.tensors[node.inputs[1]];
        plan.finish = std::make_unique<Finish>(node, w.shape[0] * w.shape[4]);
        if (is_depthwise(network, node)) {
            plan.depthwise = pack_depthwise(w);
            return plan;
        }
        const std::vector<int64_t> lengths = conv_runs(node, w.shape, 0, 0).lengths;
        const int64_t size = w.shape[1] * w.shape[2] * w.shape[3] * w.shape[4];
        for (int64_t g = 0; g < node.groups; ++g) {
            plan.groups.push_back(pack(w.bytes.data() + g * size, w.quant, w.shape[4], lengths));
        }
    } else if (node.op == IntegerOp::matmul) {
        const IntegerTensor& b = network.tensors[node.inputs[1]];
        plan.finish = std::make_unique<Finish>(node, b.shape.back());
        const int64_t depth = b.shape[b.shape.size() - 2];
        const int64_t size = depth * b.shape.back();
        const int64_t batches = size == 0 ? 0 : element_count(b.shape) / size;
        for (int64_t i = 0; i < batches && b.constant; ++i) {
            plan.groups.push_back(pack(b.bytes.data() + i * size, b.quant, b.shape.back(), {depth}));
        }
    }
    return plan;
}

// One node at work.
class FastWork {
 public:
    FastWork(
        const IntegerNetwork& network,
        const IntegerNode& node,
        const NodePlan& plan,
        const FastKernels& kernels,
        TensorBytes& values,
        std::vector<int16_t>& plane)
        : network_(network), node_(node), plan_(plan), kernels_(kernels), values_(values), plane_(plane) {}

    void run() {
        result().resize(static_cast<size_t>(element_count(out().shape)));
        if (result().empty()) return;
        switch (node_.op) {
            case IntegerOp::conv:
                return is_depthwise(network_, node_) ? depthwise() : conv();
            case IntegerOp::matmul:
                return matmul();
            case IntegerOp::add:
            case IntegerOp::multiply:
                return elementwise();
            case IntegerOp::max_pool:
                return max_pool();
            case IntegerOp::average_pool:
                return average_pool();
            case IntegerOp::lookup:
                return lookup();
            case IntegerOp::move:
                return move();
            case IntegerOp::softmax:
            case IntegerOp::layer_norm:
                return run_golden_node(network_, node_, values_);
        }
    }

 private:
    const IntegerNetwork& network_;
    const IntegerNode& node_;
    const NodePlan& plan_;
    const FastKernels& kernels_;
    TensorBytes& values_;
    std::vector<int16_t>& plane_;  // widened operand, kept between nodes for its memory

    [[nodiscard]] const IntegerTensor& in(size_t i) const { return network_.tensors[node_.inputs[i]]; }
    [[nodiscard]] const IntegerTensor& out() const { return network_.tensors[node_.output]; }
    [[nodiscard]] const std::vector<uint8_t>& bytes(size_t i) const { return values_[node_.inputs[i]]; }
    [[nodiscard]] std::vector<uint8_t>& result() { return values_[node_.output]; }

    static void widen(const uint8_t* from, int64_t count, const QuantisedType& quant, int16_t* to) {
        const auto zero = static_cast<int16_t>(quant.zero);
        if (quant.type == DataType::s8) {
            for (int64_t i = 0; i < count; ++i) to[i] = static_cast<int16_t>(static_cast<int8_t>(from[i]) - zero);
        } else {
            for (int64_t i = 0; i < count; ++i) to[i] = static_cast<int16_t>(from[i] - zero);
        }
    }

    // The input of a window as a padded plane of all images; returns elements of a row and of an image.
    struct Plane {
        int64_t row = 0;
        int64_t image = 0;
    };
    Plane widen_padded() {
        const Shape& x = in(0).shape;
        const Window& w = node_.window;
        const int64_t width = x[2] + w.pad_begin[1] + w.pad_end[1];
        const Plane plane{width * x[3], (x[1] + w.pad_begin[0] + w.pad_end[0]) * width * x[3]};
        plane_.assign(static_cast<size_t>(x[0] * plane.image) + kSlack, 0);
        for (int64_t n = 0; n < x[0]; ++n) {
            for (int64_t h = 0; h < x[1]; ++h) {
                const uint8_t* from = bytes(0).data() + (n * x[1] + h) * x[2] * x[3];
                int16_t* to =
                    plane_.data() + n * plane.image + (h + w.pad_begin[0]) * plane.row + w.pad_begin[1] * x[3];
                widen(from, x[2] * x[3], in(0).quant, to);
            }
        }
        return plane;
    }

    // rows x panels -> bytes at target + row * target_row + column
    void product(
        const std::vector<const int16_t*>& rows,
        const std::vector<DepthRun>& runs,
        const Panels& panels,
        int64_t first_channel,
        uint8_t* target,
        int64_t target_row) {
        alignas(32) int32_t acc[kBlockRows * kBlockColumns];
        uint8_t line[kBlockColumns];
        const auto count = static_cast<int64_t>(rows.size());
        for (int64_t n = 0; n < panels.columns; n += kBlockColumns) {
            const int16_t* panel = panels.panel(n / kBlockColumns);
            const BlockFinish finish = plan_.finish->at(first_channel + n);
            const auto width = static_cast<size_t>(std::min(kBlockColumns, panels.columns - n));
            for (int64_t m = 0; m < count; m += kBlockRows) {
                const int16_t* block[kBlockRows];
                // rows that are not there repeat the last one, and are dropped
                for (int64_t r = 0; r < kBlockRows; ++r)
                    block[r] = rows[static_cast<size_t>(std::min(m + r, count - 1))];
                kernels_.block(block, runs.data(), runs.size(), panel, acc);
                const int64_t real = std::min(kBlockRows, count - m);
                for (int64_t r = 0; r < real; ++r) {
                    uint8_t* to = target + (m + r) * target_row + n;
                    if (width == kBlockColumns) {
                        kernels_.finish(acc + r * kBlockColumns, finish, to);
                    } else {
                        kernels_.finish(acc + r * kBlockColumns, finish, line);
                        std::memcpy(to, line, width);
                    }
                }
            }
        }
    }

    void conv() {
        const Plane plane = widen_padded();
        const Shape& x = in(0).shape;
        const Shape& w = in(1).shape;
        const Shape& y = out().shape;
        const std::vector<DepthRun> runs = conv_runs(node_, w, x[3], plane.row).runs;
        std::vector<const int16_t*> rows(static_cast<size_t>(y[0] * y[1] * y[2]));
        for (int64_t g = 0; g < node_.groups; ++g) {
            size_t i = 0;
            for (int64_t n = 0; n < y[0]; ++n) {
                for (int64_t h = 0; h < y[1]; ++h) {
                    for (int64_t v = 0; v < y[2]; ++v) {
                        rows[i++] = plane_.data() + n * plane.image + h * node_.window.stride[0] * plane.row +
                                    v * node_.window.stride[1] * x[3] + g * w[3];
                    }
                }
            }
            product(rows, runs, plan_.groups[static_cast<size_t>(g)], g * w[4], result().data() + g * w[4], y[3]);
        }
    }

    void depthwise() {
        const Plane plane = widen_padded();
        const Shape& x = in(0).shape;
        const Shape& w = in(1).shape;
        const Shape& y = out().shape;
        std::vector<int64_t> taps;
        for (int64_t h = 0; h < w[1]; ++h) {
            for (int64_t v = 0; v < w[2]; ++v) {
                taps.push_back(h * node_.window.dilation[0] * plane.row + v * node_.window.dilation[1] * x[3]);
            }
        }
        // an odd one is made even by a tap of weight 0
        if (taps.size() % 2 == 1) taps.push_back(0);
        alignas(32) int32_t acc[kBlockColumns];
        uint8_t line[kBlockColumns];
        uint8_t* to = result().data();
        for (int64_t n = 0; n < y[0]; ++n) {
            for (int64_t h = 0; h < y[1]; ++h) {
                for (int64_t v = 0; v < y[2]; ++v, to += y[3]) {
                    const int16_t* from = plane_.data() + n * plane.image + h * node_.window.stride[0] * plane.row +
                                          v * node_.window.stride[1] * x[3];
                    for (int64_t c = 0; c < y[3]; c += kBlockColumns) {
                        const auto block = static_cast<size_t>(c) * taps.size();
                        kernels_.depthwise(from + c, taps.data(), taps.size(), &plan_.depthwise[block], acc);
                        const auto width = static_cast<size_t>(std::min(kBlockColumns, y[3] - c));
                        kernels_.finish(acc, plan_.finish->at(c), line);
                        std::memcpy(to + c, line, width);
                    }
                }
            }
        }
    }

    void matmul() {
        const Shape& a = in(0).shape;
        const Shape& b = in(1).shape;
        const int64_t rows = a[a.size() - 2];
        const int64_t depth = a.back();
        const int64_t columns = b.back();
        const int64_t batches = element_count(a) / std::max<int64_t>(1, rows * depth);
        plane_.assign(bytes(0).size() + kSlack, 0);
        widen(bytes(0).data(), static_cast<int64_t>(bytes(0).size()), in(0).quant, plane_.data());
        // one b for all: all rows in one product
        const bool one = b.size() == 2 || element_count(b) == depth * columns;
        const int64_t parts = one ? 1 : batches;
        const int64_t part_rows = one ? rows * batches : rows;
        std::vector<const int16_t*> pointers(static_cast<size_t>(part_rows));
        for (int64_t i = 0; i < parts; ++i) {
            for (int64_t m = 0; m < part_rows; ++m) {
                pointers[static_cast<size_t>(m)] = plane_.data() + (i * part_rows + m) * depth;
            }
            Panels made;
            if (!in(1).constant) made = pack(bytes(1).data() + i * depth * columns, in(1).quant, columns, {depth});
            const Panels& panels = in(1).constant ? plan_.groups[static_cast<size_t>(i)] : made;
            product(pointers, {{0, (depth + 1) / 2}}, panels, 0, result().data() + i * part_rows * columns, columns);
        }
    }

    void elementwise() {
        const Elementwise& e = node_.elementwise;
        const auto table = [&](size_t i, float scale, int32_t zero) {
            std::vector<float> values(256);
            for (size_t bits = 0; bits < 256; ++bits) {
                values[bits] = dequantise(value_of(static_cast<uint8_t>(bits), in(i).quant.type), scale, zero);
            }
            return values;
        };
        const std::vector<float> a = table(0, e.scale_a, e.zero_a);
        const std::vector<float> b = table(1, e.scale_b, e.zero_b);
        const size_t repeat = bytes(1).size();
        // a short b is repeated to lines worth a call
        std::vector<uint8_t> line(bytes(1));
        while (line.size() < 256 && line.size() < result().size())
            line.insert(line.end(), bytes(1).begin(), bytes(1).end());
        const size_t step = line.size() / repeat * repeat;
        for (size_t i = 0; i < result().size(); i += step) {
            const size_t count = std::min(step, result().size() - i);
            kernels_.elementwise(
                bytes(0).data() + i,
                line.data(),
                count,
                a.data(),
                b.data(),
                node_.op == IntegerOp::add,
                e.scale_y,
                e.clamp,
                result().data() + i);
        }
    }

    // Calls body(output place, image row pointer of the cell) for every cell inside each window.
    template <class Start, class Cell, class End>
    void windows(Start start, Cell cell, End end) {
        const Shape& x = in(0).shape;
        const Shape& y = out().shape;
        const Window& w = node_.window;
        for (int64_t place = 0; place < y[0] * y[1] * y[2]; ++place) {
            const int64_t n = place / (y[1] * y[2]);
            const int64_t h = place / y[2] % y[1] * w.stride[0] - w.pad_begin[0];
            const int64_t v = place % y[2] * w.stride[1] - w.pad_begin[1];
            uint8_t* to = result().data() + place * y[3];
            start(to);
            int32_t inside = 0;
            for (int64_t i = 0; i < w.kernel[0]; ++i) {
                const int64_t row = h + i * w.dilation[0];
                if (row < 0 || row >= x[1]) continue;
                for (int64_t j = 0; j < w.kernel[1]; ++j) {
                    const int64_t column = v + j * w.dilation[1];
                    if (column < 0 || column >= x[2]) continue;
                    cell(to, bytes(0).data() + ((n * x[1] + row) * x[2] + column) * x[3]);
                    ++inside;
                }
            }
            end(to, inside);
        }
    }

    void max_pool() {
        const int64_t channels = out().shape[3];
        // as bytes with the sign bit turned, both types sort alike
        const uint8_t turn = in(0).quant.type == DataType::s8 ? 0x80 : 0;
        windows(
            [&](uint8_t* to) { std::memset(to, turn, static_cast<size_t>(channels)); },
            [&](uint8_t* to, const uint8_t* from) {
                if (turn == 0) {
                    for (int64_t c = 0; c < channels; ++c) to[c] = std::max(to[c], from[c]);
                } else {
                    for (int64_t c = 0; c < channels; ++c) {
                        to[c] =
                            static_cast<uint8_t>(std::max(static_cast<int8_t>(to[c]), static_cast<int8_t>(from[c])));
                    }
                }
            },
            [](uint8_t*, int32_t) {});
    }

    void average_pool() {
        const auto channels = static_cast<size_t>(out().shape[3]);
        const QuantisedType& quant = in(0).quant;
        std::vector<int32_t> sums(channels);
        windows(
            [&](uint8_t*) { std::fill(sums.begin(), sums.end(), 0); },
            [&](uint8_t*, const uint8_t* from) {
                for (size_t c = 0; c < channels; ++c) sums[c] += value_of(from[c], quant.type) - quant.zero;
            },
            [&](uint8_t* to, int32_t inside) {
                const int32_t cells = node_.window.kernel[0] * node_.window.kernel[1];
                const Rescale rescale =
                    average_rescale(quant.scale, out().quant.scale, node_.count_padding ? cells : inside);
                for (size_t c = 0; c < channels; ++c) {
                    to[c] = static_cast<uint8_t>(requantise(sums[c], rescale, node_.clamp));
                }
            });
    }

    void lookup() {
        const uint8_t* from = bytes(0).data();
        uint8_t* to = result().data();
        const size_t count = result().size();
        for (size_t i = 0; i < count; ++i) to[i] = node_.table[from[i]];
    }

    void move() {
        std::fill(result().begin(), result().end(), node_.fill);
        for (const MoveBox& box : node_.boxes) {
            if (element_count(box.dims) == 0) continue;
            copy(box, 0, bytes(box.input).data() + box.source_offset, result().data() + box.target_offset);
        }
    }

    static void copy(const MoveBox& box, size_t level, const uint8_t* from, uint8_t* to) {
        if (level == box.dims.size()) {
            *to = *from;
            return;
        }
        const int64_t count = box.dims[level];
        const int64_t source = box.source_strides[level];
        const int64_t target = box.target_strides[level];
        if (level + 1 < box.dims.size()) {
            for (int64_t i = 0; i < count; ++i) copy(box, level + 1, from + i * source, to + i * target);
        } else if (source == 1 && target == 1) {
            std::memcpy(to, from, static_cast<size_t>(count));
        } else {
            for (int64_t i = 0; i < count; ++i) to[i * target] = from[i * source];
        }
    }
};

}  // namespace

struct FastNetwork::Inside {
    const IntegerNetwork& network;
    const FastKernels& kernels;
    std::vector<NodePlan> plans;
};

FastNetwork::FastNetwork(const IntegerNetwork& network, FastPath path) {
    const bool wide = path == FastPath::avx2 || (path == FastPath::automatic && has_avx2());
    inside_ = std::make_unique<Inside>(Inside{network, wide ? avx2_kernels() : portable_kernels(), {}});
    for (const IntegerNode& node : network.nodes) inside_->plans.push_back(plan_node(network, node));
}

FastNetwork::~FastNetwork() = default;

TensorBytes FastNetwork::run(const std::vector<std::vector<uint8_t>>& inputs) const {
    TensorBytes values = start_values(inside_->network, inputs);
    std::vector<int16_t> plane;
    for (size_t i = 0; i < inside_->plans.size(); ++i) {
        FastWork(inside_->network, inside_->network.nodes[i], inside_->plans[i], inside_->kernels, values, plane).run();
    }
    return values;
}

TensorBytes run_fast(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs, FastPath path) {
    return FastNetwork(network, path).run(inputs);
}

}  // namespace chipchain
