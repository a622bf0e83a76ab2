#include "chipchain/chip/timing.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kGrain = 0x1.0p20;  // times are multiples of its inverse, so that sums of them are exact

double to_grain(double cycles) { return std::floor(cycles * kGrain) / kGrain; }

// The folds of a product as its dataflow sees them.
struct Folds {
    int64_t deep = 1;      // folds one after the other on one array: of K, except for os
    int64_t side = 1;      // folds that any array may take
    int64_t streamed = 0;  // rows that pass in each of them
    int64_t overhead = 0;  // cycles of filling and draining each
    bool can_cut = false;  // the streamed rows may be cut between arrays
};

Folds folds_of(const MatrixProduct& p, int64_t rows, int64_t columns, Dataflow dataflow, FoldOptions::Drain drain) {
    Folds f;
    switch (dataflow) {
        case Dataflow::output_stationary:
            f.side = divide_up(p.m, rows) * divide_up(p.n, columns);
            f.streamed = p.k;
            f.overhead = rows + columns - 2 + (drain == FoldOptions::Drain::counted ? rows : 0);
            return f;
        case Dataflow::weight_stationary:
            f.deep = divide_up(p.k, rows);
            f.side = divide_up(p.n, columns);
            f.streamed = p.m;
            break;
        case Dataflow::input_stationary:
            f.deep = divide_up(p.k, rows);
            f.side = divide_up(p.m, columns);
            f.streamed = p.n;
            break;
    }
    f.overhead = 2 * rows + columns - 2;
    f.can_cut = true;
    return f;
}

int64_t multiplications(const IntegerNetwork& network, const IntegerNode& node) {
    int64_t sum = 0;
    for (const MatrixProduct& p : products_of(network, node)) sum += p.m * p.n * p.k * p.repeats;
    return sum;
}

int64_t elements(const IntegerNetwork& network, TensorId id) { return element_count(network.tensors[id].shape); }

// Rows or columns of an input of `size` that lie under a window.
int64_t touched(const Window& window, size_t d, int64_t size, int64_t outputs) {
    std::vector<bool> under(static_cast<size_t>(size), false);
    for (int64_t o = 0; o < outputs; ++o) {
        for (int64_t k = 0; k < window.kernel[d]; ++k) {
            const int64_t at = o * window.stride[d] + k * window.dilation[d] - window.pad_begin[d];
            if (at >= 0 && at < size) under[static_cast<size_t>(at)] = true;
        }
    }
    return std::count(under.begin(), under.end(), true);
}

// Elements of an input that a node must read.
int64_t elements_read(const IntegerNetwork& network, const IntegerNode& node, TensorId id) {
    switch (node.op) {
        case IntegerOp::move:  // a slice reads part of it; counted where the copy is used, if at all
            return 0;
        case IntegerOp::conv:
        case IntegerOp::max_pool:
        case IntegerOp::average_pool: {
            if (id != node.inputs[0]) return elements(network, id);
            const Shape& x = network.tensors[id].shape;
            const Shape& y = network.tensors[node.output].shape;
            return x[0] * x[3] * touched(node.window, 0, x[1], y[1]) * touched(node.window, 1, x[2], y[2]);
        }
        case IntegerOp::matmul:
        case IntegerOp::add:
        case IntegerOp::multiply:
        case IntegerOp::lookup:
        case IntegerOp::softmax:
        case IntegerOp::layer_norm:
            return elements(network, id);
    }
    CHECK(false);
    return 0;
}

// Cycles of one node on the two queues.
struct NodeWork {
    double matrix = 0;
    double useful = 0;  // of matrix
    double fill_drain = 0;
    double vector = 0;
};

// Moves `finish` from node to node as the head of timing.h says.
class Path {
 public:
    Path(const IntegerNetwork& network, const ChipShape& shape)
        : network_(network), shape_(shape), bytes_(compulsory_bytes(network)) {
        CHECK(shape.arrays > 0 && shape.rows > 0 && shape.columns > 0 && shape.clock_ghz > 0 && shape.vector_lanes > 0);
    }

    void add(uint32_t node, const NodeWork& work) {
        dram_bytes_ += bytes_[node];
        const double dram = dram_cycles(dram_bytes_);
        if (work.matrix > 0) matrix_ = std::max(matrix_ + work.matrix, dram);
        if (work.vector > 0) vector_ = std::max(vector_ + work.vector, dram);
        const double before = finish_;
        finish_ = std::max({finish_, matrix_, vector_, dram});
        out_.nodes.push_back(shares(node, work, finish_ - before, dram));
        out_.nodes.back().alone = std::max({work.matrix, work.vector, dram_cycles(bytes_[node])});
        multiplied_ += multiplications(network_, network_.nodes[node]);
    }

    NetworkTiming finish() {
        out_.cycles = finish_;
        out_.seconds = finish_ / (shape_.clock_ghz * 1e9);
        out_.dram_bytes = static_cast<uint64_t>(dram_bytes_);
        const double multipliers = 1.0 * shape_.arrays * shape_.rows * shape_.columns;
        if (finish_ > 0) out_.utilisation = static_cast<double>(multiplied_) / (finish_ * multipliers);
        return std::move(out_);
    }

 private:
    double dram_cycles(int64_t bytes) const {
        if (!(shape_.dram_bytes_per_second > 0)) return 0;
        const double seconds = static_cast<double>(bytes) / shape_.dram_bytes_per_second;
        return to_grain(seconds * shape_.clock_ghz * 1e9);
    }

    // What moved `finish` by `cycles`: the node's own products first, then what the products waited for.
    NodeTiming shares(uint32_t node, const NodeWork& work, double cycles, double dram) const {
        NodeTiming t;
        t.node = node;
        t.cycles = cycles;
        double left = cycles;
        const auto take = [&left](double& share, double most) {
            share = std::min(left, most);
            left -= share;
        };
        if (work.matrix > 0) {
            take(t.useful, work.useful);
            take(t.fill_drain, work.fill_drain);
            take(t.fold_waste, work.matrix - work.useful - work.fill_drain);
        }
        (finish_ > dram ? t.vector : t.bandwidth) += left;
        return t;
    }

    const IntegerNetwork& network_;
    const ChipShape& shape_;
    std::vector<int64_t> bytes_;
    int64_t dram_bytes_ = 0;
    int64_t multiplied_ = 0;
    double matrix_ = 0;
    double vector_ = 0;
    double finish_ = 0;
    NetworkTiming out_;
};

double vector_cycles(const IntegerNetwork& network, const IntegerNode& node, const ChipShape& shape) {
    const double lanes = 1.0 * shape.vector_lanes * shape.arrays;
    return to_grain(static_cast<double>(vector_elements(network, node)) / lanes);
}

double useful_cycles(int64_t multiplied, const ChipShape& shape) {
    return to_grain(static_cast<double>(multiplied) / (1.0 * shape.arrays * shape.rows * shape.columns));
}

}  // namespace

int64_t
fold_cycles(const MatrixProduct& p, int64_t rows, int64_t columns, Dataflow dataflow, const FoldOptions& options) {
    const Folds f = folds_of(p, rows, columns, dataflow, options.drain);
    return p.repeats * (f.deep * f.side * (f.streamed + f.overhead) - (options.off_by_one ? 1 : 0));
}

FoldParts share_folds(
    const MatrixProduct& p,
    int64_t arrays,
    int64_t rows,
    int64_t columns,
    Dataflow dataflow,
    FoldOptions::Drain drain) {
    const Folds f = folds_of(p, rows, columns, dataflow, drain);
    // some array has at least the mean number of folds, rounded up, and at least the mean number of rows: a fold's rows
    // cannot be on an array that has not filled it
    const int64_t side = f.side * p.repeats;
    const int64_t most = divide_up(side, arrays);
    FoldParts out;
    out.streaming = f.deep * (f.can_cut ? divide_up(side * f.streamed, arrays) : most * f.streamed);
    out.fill_drain = f.deep * most * f.overhead;
    out.cycles = out.streaming + out.fill_drain;
    return out;
}

FoldParts share_groups(const MatrixProduct& p, int64_t arrays, int64_t rows, int64_t columns, Dataflow dataflow) {
    FoldParts best = share_folds(p, arrays, rows, columns, dataflow);
    for (int64_t joined = 2; joined <= p.repeats; ++joined) {
        const MatrixProduct block{p.m, p.n * joined, p.k * joined, 1};
        const FoldParts one = share_folds(block, 1, rows, columns, dataflow);
        FoldParts all;
        all.cycles = divide_up(p.repeats * one.cycles, joined * arrays);
        all.fill_drain = p.repeats * one.fill_drain / (joined * arrays);
        all.streaming = all.cycles - all.fill_drain;
        if (all.cycles < best.cycles) best = all;
    }
    return best;
}

std::vector<MatrixProduct> products_of(const IntegerNetwork& network, const IntegerNode& node) {
    const auto shape = [&network](TensorId id) -> const Shape& { return network.tensors[id].shape; };
    if (node.op == IntegerOp::conv) {
        const Shape& x = shape(node.inputs[0]);
        const Shape& y = shape(node.output);
        MatrixProduct p;
        p.m = y[0] * y[1] * y[2];
        p.n = y[3] / node.groups;
        p.k = int64_t{node.window.kernel[0]} * node.window.kernel[1] * (x[3] / node.groups);
        p.repeats = node.groups;
        return {p};
    }
    if (node.op != IntegerOp::matmul) return {};
    const Shape& a = shape(node.inputs[0]);
    const Shape& b = shape(node.inputs[1]);
    MatrixProduct p;
    p.m = a[a.size() - 2];
    p.k = a.back();
    p.n = b.back();
    int64_t leading = 1;
    for (size_t d = 0; d + 2 < a.size(); ++d) leading *= a[d];
    (b.size() == 2 ? p.m : p.repeats) *= leading;
    return {p};
}

int64_t vector_elements(const IntegerNetwork& network, const IntegerNode& node) {
    const int64_t out = elements(network, node.output);
    switch (node.op) {
        case IntegerOp::conv:
        case IntegerOp::matmul:
        case IntegerOp::add:
        case IntegerOp::multiply:
        case IntegerOp::lookup:
            return out;
        case IntegerOp::max_pool:
        case IntegerOp::average_pool:
            return out * node.window.kernel[0] * node.window.kernel[1];
        case IntegerOp::softmax:
        case IntegerOp::layer_norm:
            return 3 * out;
        case IntegerOp::move:
            return 0;
    }
    CHECK(false);
    return 0;
}

std::vector<int64_t> compulsory_bytes(const IntegerNetwork& network) {
    std::vector<bool> seen(network.tensors.size(), false);
    std::vector<bool> from_dram(network.tensors.size(), false);
    std::vector<bool> to_dram(network.tensors.size(), false);
    for (size_t t = 0; t < network.tensors.size(); ++t) from_dram[t] = network.tensors[t].constant;
    for (const TensorId t : network.inputs) from_dram[t] = true;
    for (const TensorId t : network.outputs) to_dram[t] = true;
    std::vector<int64_t> out(network.nodes.size(), 0);
    for (size_t n = 0; n < network.nodes.size(); ++n) {
        const IntegerNode& node = network.nodes[n];
        for (const TensorId t : node.inputs) {
            if (t == kNoTensor || !from_dram[t] || seen[t]) continue;
            const int64_t read = elements_read(network, node, t);
            seen[t] = read > 0;
            out[n] += read;
        }
        if (to_dram[node.output]) out[n] += elements(network, node.output);
    }
    return out;
}

NetworkTiming time_roofline(const IntegerNetwork& network, const ChipShape& shape) {
    Path path(network, shape);
    for (uint32_t n = 0; n < network.nodes.size(); ++n) {
        NodeWork work;
        work.useful = useful_cycles(multiplications(network, network.nodes[n]), shape);
        work.matrix = work.useful;
        path.add(n, work);
    }
    return path.finish();
}

NetworkTiming time_folds(const IntegerNetwork& network, const ChipShape& shape) {
    Path path(network, shape);
    for (uint32_t n = 0; n < network.nodes.size(); ++n) {
        const IntegerNode& node = network.nodes[n];
        NodeWork work;
        for (const MatrixProduct& p : products_of(network, node)) {
            const bool groups = node.op == IntegerOp::conv;  // their zeros are constants
            const FoldParts parts =
                (groups ? share_groups(p, shape.arrays, shape.rows, shape.columns, shape.dataflow)
                        : share_folds(p, shape.arrays, shape.rows, shape.columns, shape.dataflow));
            work.matrix += static_cast<double>(parts.cycles);
            work.fill_drain += static_cast<double>(parts.fill_drain);
        }
        work.useful = useful_cycles(multiplications(network, node), shape);
        work.vector = vector_cycles(network, node, shape);
        path.add(n, work);
    }
    return path.finish();
}

double sum_of_shares(const NodeTiming& node) {
    return node.useful + node.fold_waste + node.fill_drain + node.dependency + node.bandwidth + node.vector;
}

}  // namespace chipchain
