// Operators whose places are values: gather, scatter, one hot, non-zero, compress.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// Index `value` into a dimension, negative ones counted from the end. A failure and 0 when it is outside.
int64_t index_into(NodeView& node, int64_t value, int64_t dim) {
    if (value < -dim || value >= dim) {
        node.fail(fmt::format("the index {} is outside a dimension of {}", value, dim));
        return 0;
    }
    return value < 0 ? value + dim : value;
}

int64_t axis_of(NodeView& node) { return node.axis(node.integer("axis", 0), node.rank(0)); }

// ---- gather ----

void infer_gather(NodeView& node) {
    const int64_t axis = axis_of(node);
    if (!node.require_type(1, kIndices)) {
        return;
    }
    Shape shape = node.shape(0);
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, node.shape(1).begin(), node.shape(1).end());
    node.output(node.type(0), shape);
}

void compute_gather(NodeView& node, std::span<Tensor> outputs) {
    const auto axis = static_cast<size_t>(axis_of(node));
    const Shape& shape = node.shape(0);
    const int64_t outer = product(shape, 0, axis), inner = product(shape, axis + 1, shape.size());
    const int64_t picks = node.count(1);
    for (int64_t p = 0; p < picks; ++p) {
        const int64_t index = index_into(node, integer_at(node.in(1), p), shape[axis]);
        if (node.failed()) {
            return;
        }
        for (int64_t o = 0; o < outer; ++o) {
            copy_elements(node.in(0), (o * shape[axis] + index) * inner, outputs[0], (o * picks + p) * inner, inner);
        }
    }
}

// Data and indices of one rank; outside the axis no dimension of the indices exceeds the data's.
bool require_elements(NodeView& node) {
    const int64_t axis = axis_of(node);
    node.require_type(1, kIndices);
    if (!node.require(node.rank(0) == node.rank(1), "its data and indices differ in their number of dimensions")) {
        return false;
    }
    for (int64_t d = 0; d < node.rank(0); ++d) {
        const auto at = static_cast<size_t>(d);
        node.require(
            d == axis || node.shape(1)[at] <= node.shape(0)[at],
            "its indices have a larger dimension than its data");
    }
    return !node.failed();
}

void infer_gather_elements(NodeView& node) {
    if (require_elements(node)) {
        node.output(node.type(0), node.shape(1));
    }
}

// Calls function(o, place): o-th index's place in the data.
template <class Function>
void for_each_element(NodeView& node, const Function& function) {
    const auto axis = static_cast<size_t>(axis_of(node));
    Strides strides = strides_of(node.shape(0));
    const int64_t along = strides[axis], dim = node.shape(0)[axis];
    strides[axis] = 0;
    for_each_index<1>(node.shape(1), {strides}, [&](int64_t o, const std::array<int64_t, 1>& at) {
        const int64_t index = index_into(node, integer_at(node.in(1), o), dim);
        if (!node.failed()) {
            function(o, at[0] + index * along);
        }
    });
}

void compute_gather_elements(NodeView& node, std::span<Tensor> outputs) {
    for_each_element(node, [&](int64_t o, int64_t place) { copy_elements(node.in(0), place, outputs[0], o, 1); });
}

// Checks the indices of GatherND and ScatterND; returns the number of dimensions that one tuple fixes.
std::optional<int64_t> tuple_length(NodeView& node, int64_t batch) {
    node.require_type(1, kS64);
    if (!node.require(node.rank(1) >= 1 && node.rank(0) >= 1, "its inputs have too few dimensions")) {
        return std::nullopt;
    }
    const int64_t length = node.shape(1).back();
    node.require(batch >= 0 && batch < node.rank(1) && batch < node.rank(0), "its batch_dims is wrong");
    node.require(
        length >= 0 && length <= node.rank(0) - batch,
        "its indices have more entries than there are dimensions");
    for (int64_t d = 0; d < batch && !node.failed(); ++d) {
        node.require(
            node.shape(0)[static_cast<size_t>(d)] == node.shape(1)[static_cast<size_t>(d)],
            "its batches differ");
    }
    return node.failed() ? std::nullopt : std::optional(length);
}

// Calls function(tuple, place): where in the data the slice of each tuple starts.
template <class Function>
void for_each_tuple(NodeView& node, int64_t batch, const Function& function) {
    const Shape& shape = node.shape(0);
    const Strides strides = strides_of(shape);
    const int64_t length = node.shape(1).back();
    const int64_t tuples = product(node.shape(1), 0, node.shape(1).size() - 1);
    const int64_t per_batch =
        std::max<int64_t>(1, product(node.shape(1), static_cast<size_t>(batch), node.shape(1).size() - 1));
    const int64_t batch_size = product(shape, static_cast<size_t>(batch), shape.size());
    for (int64_t t = 0; t < tuples; ++t) {
        int64_t place = t / per_batch * batch_size;
        for (int64_t k = 0; k < length; ++k) {
            const auto d = static_cast<size_t>(batch + k);
            place += index_into(node, integer_at(node.in(1), t * length + k), shape[d]) * strides[d];
        }
        if (node.failed()) {
            return;
        }
        function(t, place);
    }
}

void infer_gather_nd(NodeView& node) {
    const int64_t batch = node.integer("batch_dims", 0);
    const std::optional<int64_t> length = tuple_length(node, batch);
    if (length) {
        Shape shape(node.shape(1).begin(), node.shape(1).end() - 1);
        shape.insert(shape.end(), node.shape(0).begin() + batch + *length, node.shape(0).end());
        node.output(node.type(0), shape);
    }
}

void compute_gather_nd(NodeView& node, std::span<Tensor> outputs) {
    const int64_t batch = node.integer("batch_dims", 0);
    const int64_t run = product(node.shape(0), static_cast<size_t>(batch + node.shape(1).back()), node.shape(0).size());
    for_each_tuple(node, batch, [&](int64_t t, int64_t place) {
        copy_elements(node.in(0), place, outputs[0], t * run, run);
    });
}

// ---- scatter ----

enum class Combine : uint8_t { none, add, multiply, smallest, largest };

std::optional<Combine> combine_of(NodeView& node) {
    constexpr std::pair<std::string_view, Combine> kNames[] = {
        {"none", Combine::none},
        {"add", Combine::add},
        {"mul", Combine::multiply},
        {"min", Combine::smallest},
        {"max", Combine::largest}};
    const std::string name = node.text("reduction", "none");
    for (const auto& [text, combine] : kNames) {
        if (name == text) {
            node.require(
                combine == Combine::none || (type_bit(node.type(0)) & kNumbers) != 0,
                "its reduction needs numbers");
            return combine;
        }
    }
    node.fail("its reduction is not known");
    return std::nullopt;
}

template <class T>
T combined(Combine combine, T old, T update) {
    const auto a = static_cast<Compute<T>>(old), b = static_cast<Compute<T>>(update);
    switch (combine) {
        case Combine::none:
            return update;
        case Combine::add:
            return T(sum_of<T>(a, b));
        case Combine::multiply:
            return T(product_of<T>(a, b));
        case Combine::smallest:
            return b < a ? update : old;
        case Combine::largest:
            return b > a ? update : old;
    }
    return old;
}

void infer_scatter_elements(NodeView& node) {
    node.require_same_type(0, 2);
    (void)combine_of(node);
    if (require_elements(node) &&
        node.require(node.shape(1) == node.shape(2), "its indices and updates differ in shape")) {
        infer_same(node);
    }
}

void compute_scatter_elements(NodeView& node, std::span<Tensor> outputs) {
    outputs[0].bytes = node.in(0).bytes;
    const Combine combine = *combine_of(node);
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* updates = node.elements<T>(2).data();
        T* y = outputs[0].as<T>().data();
        for_each_element(node, [&](int64_t o, int64_t place) {
            y[place] = combined<T>(combine, y[place], updates[o]);
        });
    });
}

void infer_scatter_nd(NodeView& node) {
    node.require_same_type(0, 2);
    (void)combine_of(node);
    const std::optional<int64_t> length = tuple_length(node, 0);
    if (length) {
        Shape updates(node.shape(1).begin(), node.shape(1).end() - 1);
        updates.insert(updates.end(), node.shape(0).begin() + *length, node.shape(0).end());
        node.require(node.shape(2) == updates, "its updates do not fit its indices");
        infer_same(node);
    }
}

void compute_scatter_nd(NodeView& node, std::span<Tensor> outputs) {
    outputs[0].bytes = node.in(0).bytes;
    const Combine combine = *combine_of(node);
    const int64_t run = product(node.shape(0), static_cast<size_t>(node.shape(1).back()), node.shape(0).size());
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* updates = node.elements<T>(2).data();
        T* y = outputs[0].as<T>().data();
        for_each_tuple(node, 0, [&](int64_t t, int64_t place) {
            for (int64_t i = 0; i < run; ++i) {
                y[place + i] = combined<T>(combine, y[place + i], updates[t * run + i]);
            }
        });
    });
}

// ---- one hot ----

int64_t one_hot_axis(NodeView& node) { return node.axis(node.integer("axis", -1), node.rank(0) + 1); }

void infer_one_hot(NodeView& node) {
    node.require(node.count(1) == 1 && node.shape(2) == Shape{2}, "its depth is no number or its values are not two");
    if (!node.require_type(2, kAll) || !node.require_type(1, kNumbers)) {
        return;
    }
    if (node.value(1) == nullptr) {
        return node.unknown("its depth is computed, so that its shape is known only when it runs");
    }
    const int64_t depth = integer_at(*node.value(1), 0), axis = one_hot_axis(node);
    if (node.require(depth >= 0, "its depth is negative")) {
        Shape shape = node.shape(0);
        shape.insert(shape.begin() + axis, depth);
        node.output(node.type(2), shape);
    }
}

void compute_one_hot(NodeView& node, std::span<Tensor> outputs) {
    const auto axis = static_cast<size_t>(one_hot_axis(node));
    const Shape& shape = outputs[0].shape;
    const int64_t depth = shape[axis], inner = product(shape, axis + 1, shape.size());
    copy_strided(node.in(2), outputs[0], {.dims = {outputs[0].count()}, .from = {0}, .to = {1}});
    for (int64_t i = 0; i < node.count(0); ++i) {
        const int64_t index = integer_at(node.in(0), i);
        if (index >= -depth && index < depth) {  // others are off everywhere
            const int64_t hot = index < 0 ? index + depth : index;
            copy_elements(node.in(2), 1, outputs[0], (i / inner * depth + hot) * inner + i % inner, 1);
        }
    }
}

// ---- shapes that hang on values ----

template <class Function>
void for_each_nonzero(const Tensor& tensor, const Function& function) {
    visit_type(tensor.type, [&]<class T>(TypeTag<T>) {
        const std::span<const T> x = tensor.as<T>();
        for (size_t i = 0; i < x.size(); ++i) {
            if (static_cast<Compute<T>>(x[i]) != 0) {
                function(static_cast<int64_t>(i));
            }
        }
    });
}

void infer_non_zero(NodeView& node) {
    if (node.value(0) == nullptr) {
        return node.unknown("how many elements it finds is known only when it runs");
    }
    int64_t found = 0;
    for_each_nonzero(*node.value(0), [&](int64_t) { ++found; });
    node.output(DataType::s64, {std::max<int64_t>(1, node.rank(0)), found});
}

void compute_non_zero(NodeView& node, std::span<Tensor> outputs) {
    const Strides strides = node.rank(0) == 0 ? Strides{1} : strides_of(node.shape(0));
    const int64_t found = outputs[0].shape[1];
    int64_t column = 0;
    for_each_nonzero(node.in(0), [&](int64_t i) {
        for (size_t d = 0; d < strides.size(); ++d) {
            outputs[0].as<int64_t>()[d * static_cast<size_t>(found) + static_cast<size_t>(column)] = i / strides[d];
            i %= strides[d];
        }
        ++column;
    });
}

std::vector<int64_t> kept_entries(NodeView& node, int64_t dim) {
    std::vector<int64_t> kept;
    for (int64_t i = 0; i < std::min(dim, node.count(1)); ++i) {
        if (integer_at(node.in(1), i) != 0) {
            kept.push_back(i);
        }
    }
    return kept;
}

void infer_compress(NodeView& node) {
    node.require_type(1, kBoolean);
    const bool flat = !node.has_attribute("axis");
    const int64_t axis = flat ? 0 : axis_of(node);
    if (node.failed()) {
        return;
    }
    if (node.value(1) == nullptr) {
        return node.unknown("how many elements it keeps is known only when it runs");
    }
    Shape shape = flat ? Shape{node.count(0)} : node.shape(0);
    int64_t& dim = shape[static_cast<size_t>(axis)];
    dim = static_cast<int64_t>(kept_entries(node, dim).size());
    node.output(node.type(0), shape);
}

void compute_compress(NodeView& node, std::span<Tensor> outputs) {
    const bool flat = !node.has_attribute("axis");
    const Shape shape = flat ? Shape{node.count(0)} : node.shape(0);
    const size_t axis = flat ? 0 : static_cast<size_t>(axis_of(node));
    const int64_t outer = product(shape, 0, axis), inner = product(shape, axis + 1, shape.size());
    const std::vector<int64_t> kept = kept_entries(node, shape[axis]);
    int64_t to = 0;
    for (int64_t o = 0; o < outer; ++o) {
        for (const int64_t k : kept) {
            copy_elements(node.in(0), (o * shape[axis] + k) * inner, outputs[0], to, inner);
            to += inner;
        }
    }
}

constexpr OperatorInfo kRows[] = {
    {"", "Gather", "", "axis", 2, 2, 1, kAll, infer_gather, compute_gather},
    {"", "GatherElements", "", "axis", 2, 2, 1, kAll, infer_gather_elements, compute_gather_elements},
    {"", "GatherND", "", "batch_dims", 2, 2, 1, kAll, infer_gather_nd, compute_gather_nd},
    {"", "Scatter", "as ScatterElements", "axis", 3, 3, 1, kAll, infer_scatter_elements, compute_scatter_elements},
    {"", "ScatterElements", "", "axis reduction", 3, 3, 1, kAll, infer_scatter_elements, compute_scatter_elements},
    {"", "ScatterND", "", "reduction", 3, 3, 1, kAll, infer_scatter_nd, compute_scatter_nd},
    {"", "OneHot", "constant depth", "axis", 3, 3, 1, kNumbers, infer_one_hot, compute_one_hot},
    {"", "NonZero", "in evaluation; its shape hangs on values", "", 1, 1, 1, kAll, infer_non_zero, compute_non_zero},
    {"",
     "Compress",
     "in evaluation; constant condition elsewhere",
     "axis",
     2,
     2,
     1,
     kAll,
     infer_compress,
     compute_compress},
};

}  // namespace

std::span<const OperatorInfo> gather_operators() { return kRows; }

}  // namespace chipchain
