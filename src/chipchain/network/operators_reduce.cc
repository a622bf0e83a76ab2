// Reductions over axes, arg max, top k, cumulative sums.
#include <algorithm>
#include <numeric>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// Which axes a Reduce folds, and its shapes. Empty axes: all, or none with noop_with_empty_axes.
struct Reduction {
    std::vector<bool> folds;
    Shape kept;         // dimensions, 1 where folded
    Shape result;       // as the output has it
    int64_t cells = 1;  // folded into one
    bool none = false;
};

std::optional<Reduction> reduction_of(NodeView& node) {
    const std::vector<int64_t> axes =
        node.axes(node.integers_of("axes", 1).value_or(std::vector<int64_t>{}), node.rank(0));
    if (node.failed()) {
        return std::nullopt;
    }
    Reduction r;
    r.none = axes.empty() && node.integer("noop_with_empty_axes", 0) != 0;
    r.folds.assign(node.shape(0).size(), axes.empty() && !r.none);
    for (const int64_t axis : axes) {
        r.folds[static_cast<size_t>(axis)] = true;
    }
    const bool keeps = node.integer("keepdims", 1) != 0;
    for (size_t d = 0; d < r.folds.size(); ++d) {
        const int64_t dim = node.shape(0)[d];
        r.kept.push_back(r.folds[d] ? 1 : dim);
        r.cells *= r.folds[d] ? dim : 1;
        if (!r.folds[d] || keeps) {
            r.result.push_back(r.folds[d] ? 1 : dim);
        }
    }
    return r;
}

void infer_reduce(NodeView& node) {
    const std::optional<Reduction> r = reduction_of(node);
    if (r) {
        const bool extreme = node.op() == "ReduceMax" || node.op() == "ReduceMin";
        node.require(!extreme || r->cells > 0, "it has no largest or smallest of nothing");
        node.output(node.type(0), r->result);
    }
}

// How values of type T become one: start, fold each, finish with their number.
struct FoldSum {
    template <class T>
    static Compute<T> fold(Compute<T> a, Compute<T> x) {
        return sum_of<T>(a, x);
    }
    template <class T>
    static Compute<T> finish(Compute<T> a, int64_t /*cells*/) {
        return a;
    }
    static constexpr int kStart = 0;
};
struct FoldMean : FoldSum {
    template <class T>
    static Compute<T> finish(Compute<T> a, int64_t cells) {
        if constexpr (std::is_integral_v<T>) {
            using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
            return cells == 0 ? T{0} : static_cast<T>(static_cast<Wide>(a) / static_cast<Wide>(cells));
        } else {
            return a / static_cast<Compute<T>>(cells);
        }
    }
};
struct FoldProduct : FoldSum {
    template <class T>
    static Compute<T> fold(Compute<T> a, Compute<T> x) {
        return product_of<T>(a, x);
    }
    static constexpr int kStart = 1;
};
struct FoldSquares : FoldSum {
    template <class T>
    static Compute<T> fold(Compute<T> a, Compute<T> x) {
        return sum_of<T>(a, product_of<T>(x, x));
    }
};
struct FoldL1 : FoldSum {
    template <class T>
    static Compute<T> fold(Compute<T> a, Compute<T> x) {
        return sum_of<T>(a, x < 0 ? difference_of<T>(0, x) : x);
    }
};
struct FoldL2 : FoldSquares {
    template <class T>
    static Compute<T> finish(Compute<T> a, int64_t /*cells*/) {
        return static_cast<Compute<T>>(std::sqrt(a));
    }
};
struct FoldLogSum : FoldSum {
    template <class T>
    static Compute<T> finish(Compute<T> a, int64_t /*cells*/) {
        return static_cast<Compute<T>>(std::log(a));
    }
};
struct FoldMax : FoldSum {
    template <class T>
    static Compute<T> fold(Compute<T> a, Compute<T> x) {
        return x != x || x > a ? x : a;
    }
};
struct FoldMin : FoldSum {
    template <class T>
    static Compute<T> fold(Compute<T> a, Compute<T> x) {
        return x != x || x < a ? x : a;
    }
};

template <class Fold>
constexpr bool kFromFirst = std::is_same_v<Fold, FoldMax> || std::is_same_v<Fold, FoldMin>;

template <class T, class Fold>
void reduce(NodeView& node, const Reduction& r, Tensor& output) {
    const T* x = node.elements<T>(0).data();
    const std::span<T> y = output.as<T>();
    std::vector<Compute<T>> folded(y.size(), static_cast<Compute<T>>(Fold::kStart));
    std::vector<bool> seen(kFromFirst<Fold> ? y.size() : 0, false);
    const Strides strides = broadcast_strides(r.kept, node.shape(0));
    for_each_index<1>(node.shape(0), {strides}, [&](int64_t i, const std::array<int64_t, 1>& at) {
        const auto o = static_cast<size_t>(at[0]);
        const auto value = static_cast<Compute<T>>(x[i]);
        if constexpr (kFromFirst<Fold>) {
            folded[o] = seen[o] ? Fold::template fold<T>(folded[o], value) : value;
            seen[o] = true;
        } else {
            folded[o] = Fold::template fold<T>(folded[o], value);
        }
    });
    for (size_t o = 0; o < y.size(); ++o) {
        y[o] = T(Fold::template finish<T>(folded[o], r.cells));
    }
}

template <class Fold>
void compute_reduce(NodeView& node, std::span<Tensor> outputs) {
    const Reduction r = *reduction_of(node);
    if (r.none) {
        outputs[0] = node.in(0);
        return;
    }
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) { reduce<T, Fold>(node, r, outputs[0]); });
}

// log of the sum of exp, with the largest taken out.
void compute_log_sum_exp(NodeView& node, std::span<Tensor> outputs) {
    const Reduction r = *reduction_of(node);
    if (r.none) {
        outputs[0] = node.in(0);
        return;
    }
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const T* x = node.elements<T>(0).data();
        const std::span<T> y = outputs[0].as<T>();
        std::vector<C> largest(y.size(), -std::numeric_limits<C>::infinity()), sums(y.size(), C{0});
        const Strides strides = broadcast_strides(r.kept, node.shape(0));
        for_each_index<1>(node.shape(0), {strides}, [&](int64_t i, const std::array<int64_t, 1>& at) {
            C& best = largest[static_cast<size_t>(at[0])];
            best = std::max(best, static_cast<C>(x[i]));
        });
        for (C& best : largest) {
            best = std::isfinite(best) ? best : C{0};
        }
        for_each_index<1>(node.shape(0), {strides}, [&](int64_t i, const std::array<int64_t, 1>& at) {
            const auto o = static_cast<size_t>(at[0]);
            sums[o] += std::exp(static_cast<C>(x[i]) - largest[o]);
        });
        for (size_t o = 0; o < y.size(); ++o) {
            y[o] = T(static_cast<C>(largest[o] + std::log(sums[o])));
        }
    });
}

// ---- along one axis ----

void infer_arg(NodeView& node) {
    const int64_t axis = node.axis(node.integer("axis", 0), node.rank(0));
    if (node.failed()) {
        return;
    }
    Shape shape = node.shape(0);
    node.require(shape[static_cast<size_t>(axis)] > 0, "its axis is empty");
    if (node.integer("keepdims", 1) != 0) {
        shape[static_cast<size_t>(axis)] = 1;
    } else {
        shape.erase(shape.begin() + axis);
    }
    node.output(DataType::s64, shape);
}

void compute_arg(NodeView& node, std::span<Tensor> outputs) {
    const Line line = line_of(node.shape(0), node.axis(node.integer("axis", 0), node.rank(0)));
    const bool largest = node.op() == "ArgMax", last = node.integer("select_last_index", 0) != 0;
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        int64_t* y = outputs[0].as<int64_t>().data();
        for (int64_t o = 0; o < line.outer; ++o) {
            for (int64_t i = 0; i < line.inner; ++i) {
                const auto at = [&](int64_t k) {
                    return static_cast<Compute<T>>(x[(o * line.length + k) * line.inner + i]);
                };
                int64_t best = 0;
                for (int64_t k = 1; k < line.length; ++k) {
                    const bool better = largest ? at(k) > at(best) : at(k) < at(best);
                    best = better || (last && at(k) == at(best)) ? k : best;
                }
                y[o * line.inner + i] = best;
            }
        }
    });
}

// Before operator set 10 k was an attribute.
void infer_top_k(NodeView& node) {
    const int64_t axis = node.axis(node.integer("axis", -1), node.rank(0));
    const std::optional<std::vector<int64_t>> k =
        node.has(1) ? node.integers_of_input(1, "k") : std::optional(std::vector<int64_t>{node.integer("k", -1)});
    if (node.failed() || !node.require(k && k->size() == 1, "its k is no number")) {
        return;
    }
    Shape shape = node.shape(0);
    int64_t& dim = shape[static_cast<size_t>(axis)];
    if (node.require((*k)[0] >= 0 && (*k)[0] <= dim, fmt::format("its k is {} of {} elements", (*k)[0], dim))) {
        dim = (*k)[0];
        node.output(node.type(0), shape);
        node.output(DataType::s64, shape);
    }
}

void compute_top_k(NodeView& node, std::span<Tensor> outputs) {
    const int64_t axis = node.axis(node.integer("axis", -1), node.rank(0));
    const Line line = line_of(node.shape(0), axis);
    const int64_t k = outputs[0].shape[static_cast<size_t>(axis)];
    const bool largest = node.integer("largest", 1) != 0;
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        std::vector<int64_t> order(static_cast<size_t>(line.length));
        for (int64_t o = 0; o < line.outer; ++o) {
            for (int64_t i = 0; i < line.inner; ++i) {
                const auto at = [&](int64_t j) {
                    return static_cast<Compute<T>>(x[(o * line.length + j) * line.inner + i]);
                };
                std::iota(order.begin(), order.end(), int64_t{0});
                // NaN stands last, so that the order stays strict; of equal ones the first wins
                std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
                    const auto va = at(a), vb = at(b);
                    return va != va ? false : vb != vb ? true : largest ? va > vb : va < vb;
                });
                for (int64_t j = 0; j < k; ++j) {
                    const int64_t to = (o * k + j) * line.inner + i;
                    outputs[0].as<T>()[static_cast<size_t>(to)] =
                        x[(o * line.length + order[static_cast<size_t>(j)]) * line.inner + i];
                    outputs[1].as<int64_t>()[static_cast<size_t>(to)] = order[static_cast<size_t>(j)];
                }
            }
        }
    });
}

void infer_cum_sum(NodeView& node) {
    const std::optional<std::vector<int64_t>> axis = node.integers_of_input(1, "axis");
    if (axis && node.require(axis->size() == 1, "its axis is no number")) {
        (void)node.axis((*axis)[0], node.rank(0));
        infer_same(node);
    }
}

void compute_cum_sum(NodeView& node, std::span<Tensor> outputs) {
    const Line line = line_of(node.shape(0), node.axis(integer_at(node.in(1), 0), node.rank(0)));
    const bool exclusive = node.integer("exclusive", 0) != 0, reverse = node.integer("reverse", 0) != 0;
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        T* y = outputs[0].as<T>().data();
        for (int64_t o = 0; o < line.outer; ++o) {
            for (int64_t i = 0; i < line.inner; ++i) {
                Compute<T> sum = 0;
                for (int64_t j = 0; j < line.length; ++j) {
                    const int64_t k = reverse ? line.length - 1 - j : j;
                    const int64_t at = (o * line.length + k) * line.inner + i;
                    const Compute<T> next = sum_of<T>(sum, static_cast<Compute<T>>(x[at]));
                    y[at] = T(exclusive ? sum : next);
                    sum = next;
                }
            }
        }
    });
}

// ONNX has no sums of narrower integers, which would wrap.
constexpr TypeSet kSummed =
    kFloats | type_bit(DataType::s32) | type_bit(DataType::s64) | type_bit(DataType::u32) | type_bit(DataType::u64);
constexpr std::string_view kReduce = "axes keepdims noop_with_empty_axes";

template <class Fold>
constexpr OperatorInfo reduce_row(std::string_view op, TypeSet types) {
    return {"", op, "axes as attribute or input", kReduce, 1, 2, 1, types, infer_reduce, compute_reduce<Fold>};
}

constexpr OperatorInfo kRows[] = {
    reduce_row<FoldSum>("ReduceSum", kSummed),
    reduce_row<FoldMean>("ReduceMean", kSummed),
    reduce_row<FoldMax>("ReduceMax", kNumbers),
    reduce_row<FoldMin>("ReduceMin", kNumbers),
    reduce_row<FoldProduct>("ReduceProd", kSummed),
    reduce_row<FoldSquares>("ReduceSumSquare", kSummed),
    reduce_row<FoldL1>("ReduceL1", kSummed),
    reduce_row<FoldL2>("ReduceL2", kFloats),
    reduce_row<FoldLogSum>("ReduceLogSum", kFloats),
    {"", "ReduceLogSumExp", "axes as attribute or input", kReduce, 1, 2, 1, kFloats, infer_reduce, compute_log_sum_exp},
    {"", "ArgMax", "", "axis keepdims select_last_index", 1, 1, 1, kNumbers, infer_arg, compute_arg},
    {"", "ArgMin", "", "axis keepdims select_last_index", 1, 1, 1, kNumbers, infer_arg, compute_arg},
    {"",
     "TopK",
     "always sorted; the first of equal ones",
     "axis largest sorted k",
     1,
     2,
     2,
     kNumbers,
     infer_top_k,
     compute_top_k},
    {"", "CumSum", "", "exclusive reverse", 2, 2, 1, kNumbers, infer_cum_sum, compute_cum_sum},
};

}  // namespace

std::span<const OperatorInfo> reduce_operators() { return kRows; }

}  // namespace chipchain
