// Operators that change or make shapes: reshape and its kin, Shape, Size, and tensors made of a shape.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// The elements of input 0 as they stand.
void compute_copy(NodeView& node, std::span<Tensor> outputs) { outputs[0].bytes = node.in(0).bytes; }

// Before operator set 5 the shape was an attribute.
void infer_reshape(NodeView& node) {
    const std::optional<std::vector<int64_t>> wanted = node.integers_of("shape", 1);
    if (node.failed() || !node.require(wanted.has_value(), "its shape is missing")) {
        return;
    }
    const bool zero_is_zero = node.integer("allowzero", 0) != 0;
    Shape shape = *wanted;
    std::optional<size_t> open;
    for (size_t d = 0; d < shape.size(); ++d) {
        if (shape[d] == 0 && !zero_is_zero) {
            if (!node.require(d < node.shape(0).size(), "a 0 of its shape copies a dimension that is not there")) {
                return;
            }
            shape[d] = node.shape(0)[d];
        } else if (shape[d] == -1) {
            node.require(!open, "two dimensions of its shape are -1");
            open = d;
            shape[d] = 1;
        }
        node.require(shape[d] >= 0, fmt::format("its shape holds {}", shape[d]));
    }
    const int64_t rest = element_count(shape), count = node.count(0);
    if (open && node.require(rest > 0 && count % rest == 0, "its -1 does not come out whole")) {
        shape[*open] = count / rest;
    }
    node.require(
        element_count(shape) == count,
        fmt::format("{} elements do not make the shape {}", count, shape_text(shape)));
    node.output(node.type(0), shape);
}

void infer_flatten(NodeView& node) {
    const int64_t stated = node.integer("axis", 1), rank = node.rank(0);
    if (node.require(stated >= -rank && stated <= rank, "its axis is outside the dimensions")) {
        const auto axis = static_cast<size_t>(stated < 0 ? stated + rank : stated);
        node.output(
            node.type(0),
            {product(node.shape(0), 0, axis), product(node.shape(0), axis, node.shape(0).size())});
    }
}

void infer_squeeze(NodeView& node) {
    const std::optional<std::vector<int64_t>> stated = node.integers_of("axes", 1);
    const std::vector<int64_t> axes = node.axes(stated.value_or(std::vector<int64_t>{}), node.rank(0));
    if (node.failed()) {
        return;
    }
    Shape shape;
    for (int64_t d = 0; d < node.rank(0); ++d) {
        const int64_t dim = node.shape(0)[static_cast<size_t>(d)];
        const bool named = std::find(axes.begin(), axes.end(), d) != axes.end();
        node.require(!named || dim == 1, fmt::format("it squeezes a dimension of {}", dim));
        if (!(stated ? named : dim == 1)) {
            shape.push_back(dim);
        }
    }
    node.output(node.type(0), shape);
}

void infer_unsqueeze(NodeView& node) {
    const std::optional<std::vector<int64_t>> stated = node.integers_of("axes", 1);
    if (node.failed() || !node.require(stated && stated->size() <= 16, "its axes are missing or too many")) {
        return;
    }
    const int64_t rank = node.rank(0) + static_cast<int64_t>(stated->size());
    const std::vector<int64_t> axes = node.axes(*stated, rank);
    Shape shape;
    auto next = node.shape(0).begin();
    for (int64_t d = 0; d < rank && !node.failed(); ++d) {
        shape.push_back(std::find(axes.begin(), axes.end(), d) != axes.end() ? 1 : *next++);
    }
    node.output(node.type(0), shape);
}

// ---- what needs no element ----

Tensor numbers(const std::vector<int64_t>& values) {
    Tensor tensor(DataType::s64, {static_cast<int64_t>(values.size())});
    std::copy(values.begin(), values.end(), tensor.as<int64_t>().begin());
    return tensor;
}

void infer_shape(NodeView& node) {
    const int64_t rank = node.rank(0);
    const auto bound = [&](std::string_view name, int64_t other) {
        const int64_t value = node.integer(name, other);
        return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
    };
    const int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
    node.output_value(numbers({node.shape(0).begin() + start, node.shape(0).begin() + end}));
}

void infer_size(NodeView& node) {
    Tensor count(DataType::s64, {});
    count.as<int64_t>()[0] = node.count(0);
    node.output_value(std::move(count));
}

void compute_nothing(NodeView& /*node*/, std::span<Tensor> /*outputs*/) {}

// ---- made of a shape ----

void infer_constant_of_shape(NodeView& node) {
    const std::optional<std::vector<int64_t>> shape = node.integers_of_input(0, "shape");
    const Tensor* value = node.tensor("value");
    if (shape && node.require(
                     value == nullptr || (value->count() == 1 && value->type != DataType::text),
                     "its value is no number")) {
        node.output(value != nullptr ? value->type : DataType::f32, *shape);
    }
}

void compute_constant_of_shape(NodeView& node, std::span<Tensor> outputs) {
    const Tensor* value = node.tensor("value");
    if (value != nullptr) {
        copy_strided(*value, outputs[0], {.dims = {outputs[0].count()}, .from = {0}, .to = {1}});
    }
}

// limit - start over delta, rounded up.
void infer_range(NodeView& node) {
    for (size_t i = 0; i < 3; ++i) {
        node.require_same_type(0, i);
        node.require(node.failed() || node.count(i) == 1, "one of its inputs is no scalar");
    }
    if (node.failed()) {
        return;
    }
    if (node.value(0) == nullptr || node.value(1) == nullptr || node.value(2) == nullptr) {
        return node.unknown("its limits are computed, so that its shape is known only when it runs");
    }
    const double start = number_at(node.in(0), 0), limit = number_at(node.in(1), 0), delta = number_at(node.in(2), 0);
    const double count = std::ceil((limit - start) / delta);
    if (node.require(!std::isnan(count) && count < 0x1p40, "its limits make no range")) {
        node.output(node.type(0), {std::max<int64_t>(0, saturate_cast<int64_t>(count))});
    }
}

void compute_range(NodeView& node, std::span<Tensor> outputs) {
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        const auto start = static_cast<C>(node.elements<T>(0)[0]), delta = static_cast<C>(node.elements<T>(2)[0]);
        const std::span<T> y = outputs[0].as<T>();
        for (size_t i = 0; i < y.size(); ++i) {
            y[i] = T(sum_of<T>(start, product_of<T>(static_cast<C>(i), delta)));
        }
    });
}

void infer_eye_like(NodeView& node) {
    const DataTypeInfo* type =
        node.has_attribute("dtype") ? find_onnx_type(node.integer("dtype", 0)) : &info(node.type(0));
    if (node.require(node.rank(0) == 2, "its input is no matrix") &&
        node.require(type != nullptr && type->type != DataType::text, "its dtype is not held here")) {
        node.output(type->type, node.shape(0));
    }
}

void compute_eye_like(NodeView& node, std::span<Tensor> outputs) {
    const int64_t shift = node.integer("k", 0), rows = node.shape(0)[0], columns = node.shape(0)[1];
    visit_type(outputs[0].type, [&]<class T>(TypeTag<T>) {
        if (shift <= -rows || shift >= columns) {
            return;
        }
        for (int64_t i = std::max<int64_t>(0, -shift); i < rows && i + shift < columns; ++i) {
            outputs[0].as<T>()[static_cast<size_t>(i * columns + i + shift)] = T(1);
        }
    });
}

// Hann, Hamming and Blackman windows: a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N).
struct WindowTerms {
    double a0, a1, a2;
};
WindowTerms window_terms(std::string_view op) {
    return op == "HannWindow"      ? WindowTerms{0.5, 0.5, 0}
           : op == "HammingWindow" ? WindowTerms{25.0 / 46, 21.0 / 46, 0}
                                   : WindowTerms{0.42, 0.5, 0.08};
}

void infer_signal_window(NodeView& node) {
    const std::optional<std::vector<int64_t>> size = node.integers_of_input(0, "size");
    const DataTypeInfo* type = find_onnx_type(node.integer("output_datatype", 1));
    if (size && node.require(size->size() == 1 && (*size)[0] >= 0, "its size is no number") &&
        node.require(type != nullptr && (type_bit(type->type) & kFloats) != 0, "its output_datatype is no float")) {
        node.output(type->type, *size);
    }
}

void compute_signal_window(NodeView& node, std::span<Tensor> outputs) {
    const WindowTerms terms = window_terms(node.op());
    const int64_t count = outputs[0].count();
    const double period = static_cast<double>(node.integer("periodic", 1) != 0 ? count : count - 1);
    visit_float(outputs[0].type, [&]<class T>(TypeTag<T>) {
        for (int64_t n = 0; n < count; ++n) {
            const double phase = period == 0 ? 0 : 6.283185307179586 * static_cast<double>(n) / period;
            const double value = terms.a0 - terms.a1 * std::cos(phase) + terms.a2 * std::cos(2 * phase);
            outputs[0].as<T>()[static_cast<size_t>(n)] = T(static_cast<Compute<T>>(value));
        }
    });
}

constexpr OperatorInfo kRows[] = {
    {"",
     "Reshape",
     "shape as attribute or constant input",
     "shape allowzero consumed_inputs",
     1,
     2,
     1,
     kAll,
     infer_reshape,
     compute_copy},
    {"", "Flatten", "", "axis", 1, 1, 1, kAll, infer_flatten, compute_copy},
    {"", "Squeeze", "axes as attribute or constant input", "axes", 1, 2, 1, kAll, infer_squeeze, compute_copy},
    {"", "Unsqueeze", "axes as attribute or constant input", "axes", 1, 2, 1, kAll, infer_unsqueeze, compute_copy},
    {"", "Shape", "", "start end", 1, 1, 1, kAll, infer_shape, compute_nothing},
    {"", "Size", "", "", 1, 1, 1, kAll, infer_size, compute_nothing},
    {"", "ConstantOfShape", "", "value", 1, 1, 1, kS64, infer_constant_of_shape, compute_constant_of_shape},
    {"", "Range", "", "", 3, 3, 1, kNumbers, infer_range, compute_range},
    {"", "EyeLike", "", "dtype k", 1, 1, 1, kAll, infer_eye_like, compute_eye_like},
    {"", "HannWindow", "", "output_datatype periodic", 1, 1, 1, kIndices, infer_signal_window, compute_signal_window},
    {"",
     "HammingWindow",
     "",
     "output_datatype periodic",
     1,
     1,
     1,
     kIndices,
     infer_signal_window,
     compute_signal_window},
    {"",
     "BlackmanWindow",
     "",
     "output_datatype periodic",
     1,
     1,
     1,
     kIndices,
     infer_signal_window,
     compute_signal_window},
};

}  // namespace

std::span<const OperatorInfo> shape_operators() { return kRows; }

}  // namespace chipchain
