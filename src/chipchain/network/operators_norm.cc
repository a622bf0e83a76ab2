// Normalisations: softmax and its kin, batch, instance, layer, group, RMS and local response normalisation.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// ---- softmax ----

// The elements that are normalised together. From operator set 13 on along one axis (default the last); before, over
// all dimensions from `axis` (default 1) on.
Line softmax_line(NodeView& node) {
    const Shape& shape = node.shape(0);
    const int64_t rank = node.rank(0);
    if (node.opset() >= 13) {
        const int64_t axis = node.axis(node.integer("axis", -1), std::max<int64_t>(rank, 1));
        return rank == 0 ? Line{} : line_of(shape, axis);
    }
    const int64_t stated = node.integer("axis", 1);
    const auto axis = static_cast<size_t>(stated == rank ? rank : node.axis(stated, rank));
    return {product(shape, 0, axis), product(shape, axis, shape.size()), 1};
}

void infer_softmax(NodeView& node) {
    (void)softmax_line(node);
    infer_same(node);
}

// Calls function(x, y) for each group, gathered in the computing type; y goes back.
template <class Function>
void for_each_line(NodeView& node, const Line& line, Tensor& output, const Function& function) {
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const T* x = node.elements<T>(0).data();
        T* y = output.as<T>().data();
        std::vector<C> from(static_cast<size_t>(line.length)), to(static_cast<size_t>(line.length));
        for (int64_t o = 0; o < line.outer; ++o) {
            for (int64_t i = 0; i < line.inner; ++i) {
                for (int64_t k = 0; k < line.length; ++k) {
                    from[static_cast<size_t>(k)] = static_cast<C>(x[(o * line.length + k) * line.inner + i]);
                }
                function(from, to);
                for (int64_t k = 0; k < line.length; ++k) {
                    y[(o * line.length + k) * line.inner + i] = T(to[static_cast<size_t>(k)]);
                }
            }
        }
    });
}

void compute_softmax(NodeView& node, std::span<Tensor> outputs) {
    const bool logs = node.op() == "LogSoftmax";
    const Line line = softmax_line(node);
    if (line.length == 0) {
        return;
    }
    for_each_line(node, line, outputs[0], [&]<class C>(const std::vector<C>& x, std::vector<C>& y) {
        const C largest = *std::max_element(x.begin(), x.end());
        C sum = 0;
        for (size_t k = 0; k < x.size(); ++k) {
            y[k] = std::exp(x[k] - largest);
            sum += y[k];
        }
        for (size_t k = 0; k < x.size(); ++k) {
            y[k] = logs ? (x[k] - largest) - std::log(sum) : y[k] / sum;
        }
    });
}

void compute_hardmax(NodeView& node, std::span<Tensor> outputs) {
    const Line line = softmax_line(node);
    if (line.length == 0) {
        return;
    }
    for_each_line(node, line, outputs[0], []<class C>(const std::vector<C>& x, std::vector<C>& y) {
        std::fill(y.begin(), y.end(), C{0});
        y[static_cast<size_t>(std::max_element(x.begin(), x.end()) - x.begin())] = 1;
    });
}

// ---- batch normalisation ----

// Per channel (dimension 1) parameters of inputs [first, last) must have its length.
bool require_channels(NodeView& node, size_t first, size_t last) {
    if (!node.require(node.rank(0) >= 2, "its input has fewer than 2 dimensions")) {
        return false;
    }
    for (size_t i = first; i < last && !node.failed(); ++i) {
        node.require_type(i, kFloats);
        node.require(
            node.has(i) && node.count(i) == node.shape(0)[1],
            fmt::format("its input {} has not one entry per channel", i));
    }
    return !node.failed();
}

void infer_batch_norm(NodeView& node) {
    node.require(node.integer("training_mode", 0) == 0, "it trains; supported is inference");
    node.require(node.opset() >= 7 || node.integer("is_test", 0) != 0, "it trains; supported is inference");
    node.require(node.integer("spatial", 1) != 0, "it is not spatial");
    node.require(node.output_count() == 1 || node.opset() < 14, "it has outputs of training");
    if (require_channels(node, 1, 5)) {
        for (size_t i = 0; i < node.output_count(); ++i) {
            node.require(i == 0 || !node.wants_output(i), "it has outputs of training");
            infer_same(node);
        }
    }
}

void compute_batch_norm(NodeView& node, std::span<Tensor> outputs) {
    const float epsilon = node.number("epsilon", 1e-5F);
    const Shape& shape = node.shape(0);
    const int64_t inner = product(shape, 2, shape.size()), channels = shape[1];
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const std::span<const T> x = node.elements<T>(0);
        const std::span<T> y = outputs[0].as<T>();
        for (size_t i = 0; i < y.size(); ++i) {
            const int64_t c = static_cast<int64_t>(i) / inner % channels;
            const auto parameter = [&](size_t input) { return static_cast<C>(number_at(node.in(input), c)); };
            const C centred = static_cast<C>(x[i]) - parameter(3);
            y[i] = T(static_cast<C>(parameter(1) * centred / std::sqrt(parameter(4) + C(epsilon)) + parameter(2)));
        }
    });
}

// ---- mean and variance of runs of elements ----

template <class C>
struct Moments {
    C mean = 0;
    C variance = 0;
};
template <class T>
Moments<Compute<T>> moments_of(std::span<const T> x) {
    using C = Compute<T>;
    C sum = 0;
    for (const T& value : x) {
        sum += static_cast<C>(value);
    }
    Moments<C> m;
    m.mean = sum / static_cast<C>(x.size());
    C squares = 0;
    for (const T& value : x) {
        const C centred = static_cast<C>(value) - m.mean;
        squares += centred * centred;
    }
    m.variance = squares / static_cast<C>(x.size());
    return m;
}

void infer_instance_norm(NodeView& node) {
    if (require_channels(node, 1, 3)) {
        infer_same(node);
    }
}

// Scale and bias per channel of runs of `run` elements.
void normalise_channels(NodeView& node, Tensor& output, int64_t run, float epsilon, bool per_group) {
    const Shape& shape = node.shape(0);
    const int64_t inner = product(shape, 2, shape.size()), channels = shape[1];
    if (run == 0) {
        return;
    }
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const std::span<const T> x = node.elements<T>(0);
        const std::span<T> y = output.as<T>();
        for (size_t first = 0; first < y.size(); first += static_cast<size_t>(run)) {
            const Moments<C> m = moments_of<T>(x.subspan(first, static_cast<size_t>(run)));
            const C deviation = std::sqrt(m.variance + C(epsilon));
            for (size_t i = first; i < first + static_cast<size_t>(run); ++i) {
                int64_t c = static_cast<int64_t>(i) / inner % channels;
                c = per_group ? c * node.count(1) / channels : c;
                y[i] = T(static_cast<C>(
                    static_cast<C>(number_at(node.in(1), c)) * ((static_cast<C>(x[i]) - m.mean) / deviation) +
                    static_cast<C>(number_at(node.in(2), c))));
            }
        }
    });
}

void compute_instance_norm(NodeView& node, std::span<Tensor> outputs) {
    const int64_t inner = product(node.shape(0), 2, node.shape(0).size());
    normalise_channels(node, outputs[0], inner, node.number("epsilon", 1e-5F), false);
}

// Scale and bias have one entry per group in operator set 18, per channel from 21 on.
void infer_group_norm(NodeView& node) {
    const int64_t groups = node.integer("num_groups", 0);
    if (!node.require(
            node.rank(0) >= 2 && groups >= 1 && node.shape(0)[1] % groups == 0,
            "its groups do not divide its channels")) {
        return;
    }
    node.require(node.integer("stash_type", 1) == 1, "its stash_type is not 1, which is binary32");
    const int64_t entries = node.opset() >= 21 ? node.shape(0)[1] : groups;
    for (size_t i = 1; i <= 2; ++i) {
        node.require_type(i, kFloats);
        node.require(
            node.failed() || node.count(i) == entries,
            fmt::format("its input {} has not {} entries", i, entries));
    }
    infer_same(node);
}

void compute_group_norm(NodeView& node, std::span<Tensor> outputs) {
    const int64_t inner = product(node.shape(0), 2, node.shape(0).size());
    const int64_t run = node.shape(0)[1] / node.integer("num_groups", 1) * inner;
    normalise_channels(node, outputs[0], run, node.number("epsilon", 1e-5F), node.opset() < 21);
}

// ---- layer and RMS normalisation over the dimensions from `axis` on ----

void infer_layer_norm(NodeView& node) {
    const int64_t axis = node.axis(node.integer("axis", -1), node.rank(0));
    if (node.failed()) {
        return;
    }
    node.require(node.integer("stash_type", 1) == 1, "its stash_type is not 1, which is binary32");
    const Shape tail(node.shape(0).begin() + axis, node.shape(0).end());
    for (size_t i = 1; i <= 2; ++i) {
        node.require_same_type(0, i);
        if (node.has(i)) {
            const std::optional<Shape> both = broadcast_shapes(tail, node.shape(i));
            node.require(both && *both == tail, fmt::format("its input {} does not fit the normalised dimensions", i));
        }
    }
    Shape moments = node.shape(0);
    std::fill(moments.begin() + axis, moments.end(), 1);
    node.require(element_count(tail) > 0, "its normalised dimensions are empty");
    infer_same(node);
    if (node.op() == "LayerNormalization") {
        const DataType type = node.type(0) == DataType::f64 ? DataType::f64 : DataType::f32;
        node.output(type, moments);
        node.output(type, moments);
    }
}

void compute_layer_norm(NodeView& node, std::span<Tensor> outputs) {
    const bool rms = node.op() == "RMSNormalization";
    const auto axis = static_cast<size_t>(node.axis(node.integer("axis", -1), node.rank(0)));
    const float epsilon = node.number("epsilon", 1e-5F);
    const Shape tail(node.shape(0).begin() + static_cast<int64_t>(axis), node.shape(0).end());
    const int64_t run = element_count(tail);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const std::span<const T> x = node.elements<T>(0);
        const std::span<T> y = outputs[0].as<T>();
        const T* scale = node.elements<T>(1).data();
        const T* bias = node.has(2) ? node.elements<T>(2).data() : nullptr;
        const Strides bias_strides = bias != nullptr ? broadcast_strides(node.shape(2), tail) : Strides(tail.size(), 0);
        for (int64_t first = 0; first < static_cast<int64_t>(y.size()); first += run) {
            Moments<C> m = moments_of<T>(x.subspan(static_cast<size_t>(first), static_cast<size_t>(run)));
            if (rms) {
                m.variance = 0;
                for (int64_t i = first; i < first + run; ++i) {
                    const auto value = static_cast<C>(x[static_cast<size_t>(i)]);
                    m.variance += value * value;
                }
                m = {.mean = 0, .variance = m.variance / static_cast<C>(run)};
            }
            const C inverse = C(1) / std::sqrt(m.variance + C(epsilon));
            for_each_index<2>(
                tail,
                {broadcast_strides(node.shape(1), tail), bias_strides},
                [&](int64_t o, const std::array<int64_t, 2>& at) {
                    const C centred = static_cast<C>(x[static_cast<size_t>(first + o)]) - m.mean;
                    const C scaled = centred * inverse * static_cast<C>(scale[at[0]]);
                    y[static_cast<size_t>(first + o)] =
                        T(bias != nullptr ? static_cast<C>(scaled + static_cast<C>(bias[at[1]])) : scaled);
                });
            if (!rms) {
                using M = std::conditional_t<std::is_same_v<T, double>, double, float>;
                outputs[1].as<M>()[static_cast<size_t>(first / run)] = static_cast<M>(m.mean);
                outputs[2].as<M>()[static_cast<size_t>(first / run)] = static_cast<M>(inverse);
            }
        }
    });
}

// ---- local response ----

void infer_lrn(NodeView& node) {
    node.require(
        node.integer("size", 0) >= 1 && node.integer("size", 0) <= (int64_t{1} << 30),
        "its size is missing or wrong");
    if (node.require(node.rank(0) >= 2, "its input has fewer than 2 dimensions")) {
        const int64_t cells = std::min(node.integer("size", 0), node.shape(0)[1]);
        node.require_operations(static_cast<double>(cells) * static_cast<double>(node.count(0)));
    }
    infer_same(node);
}

void compute_lrn(NodeView& node, std::span<Tensor> outputs) {
    const float alpha = node.number("alpha", 1e-4F), beta = node.number("beta", 0.75F), bias = node.number("bias", 1);
    const int64_t size = node.integer("size", 1);
    const Shape& shape = node.shape(0);
    const int64_t inner = product(shape, 2, shape.size()), channels = shape[1];
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const std::span<const T> x = node.elements<T>(0);
        const std::span<T> y = outputs[0].as<T>();
        for (size_t i = 0; i < y.size(); ++i) {
            const int64_t c = static_cast<int64_t>(i) / inner % channels;
            const int64_t from = std::max<int64_t>(0, c - (size - 1) / 2), to = std::min(channels - 1, c + size / 2);
            C sum = 0;
            for (int64_t k = from; k <= to; ++k) {
                const auto value = static_cast<C>(x[static_cast<size_t>(static_cast<int64_t>(i) + (k - c) * inner)]);
                sum += value * value;
            }
            y[i] = T(static_cast<C>(
                static_cast<C>(x[i]) / std::pow(C(bias) + C(alpha) / static_cast<C>(size) * sum, C(beta))));
        }
    });
}

// ---- mean and variance over axes; norms along an axis ----

std::vector<int64_t> variance_axes(NodeView& node) {
    const std::vector<int64_t> stated = node.integers("axes");
    return node.axes(stated.empty() ? std::vector<int64_t>{0, 2, 3} : stated, node.rank(0));
}

void infer_mean_variance(NodeView& node) {
    (void)variance_axes(node);
    infer_same(node);
}

void compute_mean_variance(NodeView& node, std::span<Tensor> outputs) {
    Shape kept = node.shape(0);
    int64_t cells = 1;
    for (const int64_t axis : variance_axes(node)) {
        cells *= kept[static_cast<size_t>(axis)];
        kept[static_cast<size_t>(axis)] = 1;
    }
    const Strides strides = broadcast_strides(kept, node.shape(0));
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const T* x = node.elements<T>(0).data();
        T* y = outputs[0].as<T>().data();
        const auto groups = static_cast<size_t>(element_count(kept));
        std::vector<C> mean(groups, C{0}), square(groups, C{0});
        for_each_index<1>(node.shape(0), {strides}, [&](int64_t i, const std::array<int64_t, 1>& at) {
            const auto value = static_cast<C>(x[i]);
            mean[static_cast<size_t>(at[0])] += value / static_cast<C>(cells);
            square[static_cast<size_t>(at[0])] += value * value / static_cast<C>(cells);
        });
        for_each_index<1>(node.shape(0), {strides}, [&](int64_t i, const std::array<int64_t, 1>& at) {
            const auto g = static_cast<size_t>(at[0]);
            const C deviation = std::sqrt(square[g] - mean[g] * mean[g]);
            y[i] = T(static_cast<C>((static_cast<C>(x[i]) - mean[g]) / (deviation + C(1e-9F))));
        });
    });
}

void infer_lp_norm(NodeView& node) {
    (void)node.axis(node.integer("axis", -1), node.rank(0));
    const int64_t p = node.integer("p", 2);
    node.require(p == 1 || p == 2, "its p is neither 1 nor 2");
    infer_same(node);
}

void compute_lp_norm(NodeView& node, std::span<Tensor> outputs) {
    const Line line = line_of(node.shape(0), node.axis(node.integer("axis", -1), node.rank(0)));
    const bool squares = node.integer("p", 2) == 2;
    for_each_line(node, line, outputs[0], [&]<class C>(const std::vector<C>& x, std::vector<C>& y) {
        C sum = 0;
        for (const C value : x) {
            sum += squares ? value * value : std::fabs(value);
        }
        const C norm = squares ? std::sqrt(sum) : sum;
        for (size_t k = 0; k < x.size(); ++k) {
            // zeros stay zeros (ONNX, operator set 22)
            y[k] = norm == 0 ? C{0} : x[k] / norm;
        }
    });
}

constexpr OperatorInfo kRows[] = {
    {"", "Softmax", "all operator sets", "axis", 1, 1, 1, kFloats, infer_softmax, compute_softmax},
    {"", "LogSoftmax", "all operator sets", "axis", 1, 1, 1, kFloats, infer_softmax, compute_softmax},
    {"", "Hardmax", "all operator sets", "axis", 1, 1, 1, kFloats, infer_softmax, compute_hardmax},
    {"",
     "BatchNormalization",
     "inference",
     "epsilon momentum spatial is_test training_mode consumed_inputs",
     5,
     5,
     5,
     kFloats,
     infer_batch_norm,
     compute_batch_norm},
    {"",
     "InstanceNormalization",
     "",
     "epsilon consumed_inputs",
     3,
     3,
     1,
     kFloats,
     infer_instance_norm,
     compute_instance_norm},
    {"",
     "GroupNormalization",
     "stash_type 1",
     "epsilon num_groups stash_type",
     3,
     3,
     1,
     kFloats,
     infer_group_norm,
     compute_group_norm},
    {"",
     "LayerNormalization",
     "stash_type 1",
     "axis epsilon stash_type",
     2,
     3,
     3,
     kFloats,
     infer_layer_norm,
     compute_layer_norm},
    {"",
     "RMSNormalization",
     "stash_type 1",
     "axis epsilon stash_type",
     2,
     2,
     1,
     kFloats,
     infer_layer_norm,
     compute_layer_norm},
    {"", "LRN", "", "alpha beta bias size", 1, 1, 1, kFloats, infer_lrn, compute_lrn},
    {"", "MeanVarianceNormalization", "", "axes", 1, 1, 1, kFloats, infer_mean_variance, compute_mean_variance},
    {"", "LpNormalization", "", "axis p", 1, 1, 1, kFloats, infer_lp_norm, compute_lp_norm},
};

}  // namespace

std::span<const OperatorInfo> norm_operators() { return kRows; }

}  // namespace chipchain
