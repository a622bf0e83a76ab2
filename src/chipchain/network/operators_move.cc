// Operators that move elements to places that shapes fix: transpose, slice, concat, split, pad, tile and the like.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// ---- transpose ----

std::vector<int64_t> permutation(NodeView& node) {
    const std::vector<int64_t> stated = node.integers("perm");
    if (!stated.empty()) {
        node.require(
            static_cast<int64_t>(stated.size()) == node.rank(0),
            "its perm has another length than its dimensions");
        return node.failed() ? std::vector<int64_t>{} : node.axes(stated, node.rank(0));
    }
    std::vector<int64_t> reversed;
    for (int64_t d = node.rank(0); d-- > 0;) {
        reversed.push_back(d);
    }
    return reversed;
}

void infer_transpose(NodeView& node) {
    Shape shape;
    for (const int64_t d : permutation(node)) {
        shape.push_back(node.shape(0)[static_cast<size_t>(d)]);
    }
    node.output(node.type(0), shape);
}

void compute_transpose(NodeView& node, std::span<Tensor> outputs) {
    transpose_into(node.in(0), permutation(node), outputs[0]);
}

// ---- slice ----

struct Slice {
    Shape shape;
    Shape starts;
    Shape steps;
};

// Starts, ends, axes and steps: attributes before operator set 10, inputs after.
std::optional<Slice> slice_of(NodeView& node) {
    const auto starts = node.integers_of("starts", 1), ends = node.integers_of("ends", 2);
    auto axes = node.integers_of("axes", 3), steps = node.integers_of("steps", 4);
    if (node.failed() ||
        !node.require(starts && ends && starts->size() == ends->size(), "its starts and ends do not fit")) {
        return std::nullopt;
    }
    if (!axes) {
        axes.emplace();
        for (size_t i = 0; i < starts->size(); ++i) {
            axes->push_back(static_cast<int64_t>(i));
        }
    }
    steps = steps ? steps : std::vector<int64_t>(starts->size(), 1);
    if (!node.require(
            axes->size() == starts->size() && steps->size() == starts->size(),
            "its axes or steps do not fit its starts")) {
        return std::nullopt;
    }
    const std::vector<int64_t> places = node.axes(*axes, node.rank(0));
    Slice slice{node.shape(0), Shape(node.shape(0).size(), 0), Shape(node.shape(0).size(), 1)};
    for (size_t i = 0; i < places.size(); ++i) {
        const auto d = static_cast<size_t>(places[i]);
        const int64_t dim = node.shape(0)[d], step = (*steps)[i];
        if (!node.require(step != 0 && step != INT64_MIN, "a step is 0")) {
            return std::nullopt;
        }
        const auto bound = [&](int64_t value, int64_t least, int64_t most) {
            // a value beyond either end stands for that end
            const int64_t counted = value < 0 ? std::max(value, -dim - 1) + dim : value;
            return std::clamp<int64_t>(counted, least, most);
        };
        const int64_t last = std::max<int64_t>(dim - 1, 0);
        const int64_t start = step > 0 ? bound((*starts)[i], 0, dim) : bound((*starts)[i], 0, last);
        const int64_t end = step > 0 ? bound((*ends)[i], 0, dim) : bound((*ends)[i], -1, last);
        const int64_t length = step > 0 ? end - start : start - end;
        const int64_t stride = step > 0 ? step : -step;
        slice.shape[d] = dim == 0 || length <= 0 ? 0 : (length - 1) / stride + 1;
        slice.starts[d] = start;
        slice.steps[d] = slice.shape[d] <= 1 ? 1 : step;
    }
    return node.failed() ? std::nullopt : std::optional(slice);
}

void infer_slice(NodeView& node) {
    if (const std::optional<Slice> slice = slice_of(node)) {
        node.output(node.type(0), slice->shape);
    }
}

void compute_slice(NodeView& node, std::span<Tensor> outputs) {
    const Slice slice = *slice_of(node);
    if (outputs[0].count() == 0) {
        return;
    }
    StridedCopy copy{.dims = slice.shape, .from = strides_of(node.shape(0)), .to = strides_of(slice.shape)};
    for (size_t d = 0; d < slice.shape.size(); ++d) {
        copy.from_offset += slice.starts[d] * copy.from[d];
        copy.from[d] *= slice.steps[d];
    }
    copy_strided(node.in(0), outputs[0], copy);
}

// ---- concat and split ----

}  // namespace

std::optional<Shape> concat_shape(NodeView& node, int64_t axis, size_t first, size_t step) {
    const auto d = static_cast<size_t>(axis);
    Shape shape = node.shape(first);
    for (size_t i = first + step; i < node.input_count(); i += step) {
        if (!node.require(node.has(i), "one of its inputs is missing") || !node.require_same_type(first, i)) {
            return std::nullopt;
        }
        Shape other = node.shape(i);
        if (!node.require(other.size() == shape.size(), "its inputs differ in their number of dimensions")) {
            return std::nullopt;
        }
        shape[d] += other[d];
        other[d] = shape[d];
        if (!node.require(
                other == shape,
                fmt::format("its input {} of shape {} does not fit the first", i, shape_text(node.shape(i))))) {
            return std::nullopt;
        }
        if (element_count(shape) < 0) {
            node.too_large("its output is too large");
            return std::nullopt;
        }
    }
    return shape;
}

void put_part(const Tensor& part, int64_t axis, int64_t at, Tensor& whole) {
    const Line from = line_of(part.shape, axis), to = line_of(whole.shape, axis);
    for (int64_t o = 0; o < from.outer; ++o) {
        const int64_t run = from.length * from.inner;
        copy_elements(part, o * run, whole, (o * to.length + at) * to.inner, run);
    }
}

namespace {

void infer_concat(NodeView& node) {
    const int64_t axis = node.axis(node.integer("axis", node.opset() < 4 ? 1 : 0), node.rank(0));
    node.require(node.opset() < 4 || node.has_attribute("axis"), "its axis is missing");
    if (node.failed()) {
        return;
    }
    if (const std::optional<Shape> shape = concat_shape(node, axis, 0, 1)) {
        node.output(node.type(0), *shape);
    }
}

void compute_concat(NodeView& node, std::span<Tensor> outputs) {
    const int64_t axis = node.axis(node.integer("axis", node.opset() < 4 ? 1 : 0), node.rank(0));
    int64_t at = 0;
    for (size_t i = 0; i < node.input_count(); ++i) {
        put_part(node.in(i), axis, at, outputs[0]);
        at += node.shape(i)[static_cast<size_t>(axis)];
    }
}

std::optional<std::vector<int64_t>> split_lengths(NodeView& node) {
    const int64_t axis = node.axis(node.integer("axis", 0), node.rank(0));
    std::optional<std::vector<int64_t>> lengths = node.integers_of("split", 1);
    if (node.failed()) {
        return std::nullopt;
    }
    const int64_t dim = node.shape(0)[static_cast<size_t>(axis)];
    const auto parts = static_cast<int64_t>(node.output_count());
    node.require(
        !node.has_attribute("num_outputs") || node.integer("num_outputs", 0) == parts,
        "its num_outputs differs from its outputs");
    if (!lengths) {
        // equal parts; the last is shorter from operator set 18 on
        const int64_t length = (dim + parts - 1) / parts;
        node.require(
            dim % parts == 0 || (node.opset() >= 18 && length * (parts - 1) <= dim),
            fmt::format("{} do not split into {} equal parts", dim, parts));
        lengths.emplace(static_cast<size_t>(parts), length);
        lengths->back() = dim - length * (parts - 1);
    }
    int64_t sum = 0;
    for (const int64_t length : *lengths) {
        node.require(length >= 0 && length <= dim, fmt::format("a part has {} of {} elements", length, dim));
        sum += node.failed() ? 0 : length;
    }
    node.require(
        static_cast<int64_t>(lengths->size()) == parts && sum == dim,
        fmt::format("its parts do not sum to {} or differ from its outputs", dim));
    return node.failed() ? std::nullopt : lengths;
}

void infer_split(NodeView& node) {
    const std::optional<std::vector<int64_t>> lengths = split_lengths(node);
    if (!lengths) {
        return;
    }
    const int64_t axis = node.axis(node.integer("axis", 0), node.rank(0));
    for (const int64_t length : *lengths) {
        Shape shape = node.shape(0);
        shape[static_cast<size_t>(axis)] = length;
        node.output(node.type(0), shape);
    }
}

void compute_split(NodeView& node, std::span<Tensor> outputs) {
    const auto axis = static_cast<size_t>(node.axis(node.integer("axis", 0), node.rank(0)));
    const int64_t outer = product(node.shape(0), 0, axis), row = product(node.shape(0), axis, node.shape(0).size());
    int64_t at = 0;
    for (Tensor& output : outputs) {
        const int64_t part = product(output.shape, axis, output.shape.size());
        for (int64_t o = 0; o < outer; ++o) {
            copy_elements(node.in(0), o * row + at, output, o * part, part);
        }
        at += part;
    }
}

// ---- expand and tile ----

void infer_expand(NodeView& node) {
    const std::optional<std::vector<int64_t>> wanted = node.integers_of_input(1, "shape");
    if (!wanted) {
        return;
    }
    for (const int64_t dim : *wanted) {
        node.require(dim >= 0, "its shape holds a negative number");
    }
    const std::optional<Shape> shape = broadcast_shapes(node.shape(0), *wanted);
    if (node.require(shape.has_value(), "its input does not broadcast to its shape")) {
        node.output(node.type(0), *shape);
    }
}

void compute_expand(NodeView& node, std::span<Tensor> outputs) {
    const Shape& shape = outputs[0].shape;
    copy_strided(
        node.in(0),
        outputs[0],
        {.dims = shape, .from = broadcast_strides(node.shape(0), shape), .to = strides_of(shape)});
}

void infer_tile(NodeView& node) {
    // operator set 1 had two inputs: how often, and along which axis
    const std::optional<std::vector<int64_t>> repeats = node.integers_of_input(1, "repeats");
    node.require(node.opset() >= 6, "it is of an operator set before 6");
    if (!repeats ||
        !node.require(static_cast<int64_t>(repeats->size()) == node.rank(0), "its repeats do not fit its dimensions")) {
        return;
    }
    Shape shape = node.shape(0);
    for (size_t d = 0; d < shape.size(); ++d) {
        if (!node.require((*repeats)[d] >= 0, "one of its repeats is negative")) {
            return;
        }
        if (element_count({shape[d], (*repeats)[d]}) < 0) {
            return node.too_large("its output is too large");
        }
        shape[d] *= (*repeats)[d];
    }
    node.output(node.type(0), shape);
}

void compute_tile(NodeView& node, std::span<Tensor> outputs) {
    // each dimension as two: which copy, and where in it
    StridedCopy copy;
    const Strides from = strides_of(node.shape(0)), to = strides_of(outputs[0].shape);
    for (size_t d = 0; d < from.size(); ++d) {
        const int64_t dim = node.shape(0)[d];
        copy.dims.insert(copy.dims.end(), {dim == 0 ? 0 : outputs[0].shape[d] / dim, dim});
        copy.from.insert(copy.from.end(), {0, from[d]});
        copy.to.insert(copy.to.end(), {to[d] * dim, to[d]});
    }
    if (outputs[0].count() > 0) {
        copy_strided(node.in(0), outputs[0], copy);
    }
}

// ---- pad ----

struct Pads {
    Shape begin, end;
};

std::optional<Pads> pads_of(NodeView& node) {
    // "paddings" was the name in operator set 1
    std::optional<std::vector<int64_t>> pads =
        node.integers_of(node.has_attribute("paddings") ? "paddings" : "pads", 1);
    if (node.failed() || !node.require(pads.has_value(), "its pads are missing")) {
        return std::nullopt;
    }
    std::vector<int64_t> axes;
    if (node.has(3)) {
        axes = node.axes(node.integers_of_input(3, "axes").value_or(std::vector<int64_t>{}), node.rank(0));
    } else {
        for (int64_t d = 0; d < node.rank(0); ++d) {
            axes.push_back(d);
        }
    }
    if (!node.require(pads->size() == 2 * axes.size(), "its pads do not fit its dimensions")) {
        return std::nullopt;
    }
    Pads result{Shape(node.shape(0).size(), 0), Shape(node.shape(0).size(), 0)};
    for (size_t i = 0; i < axes.size(); ++i) {
        const auto d = static_cast<size_t>(axes[i]);
        result.begin[d] = (*pads)[i];
        result.end[d] = (*pads)[i + axes.size()];
        const int64_t most = int64_t{1} << 40;
        if (!node.require(
                std::abs(std::max(result.begin[d], -most - 1)) <= most &&
                    std::abs(std::max(result.end[d], -most - 1)) <= most,
                "one of its pads is too large")) {
            return std::nullopt;
        }
    }
    return result;
}

void infer_pad(NodeView& node) {
    const std::string mode = node.text("mode", "constant");
    node.require(
        mode == "constant" || mode == "edge" || mode == "reflect" || mode == "wrap",
        "its mode is none of constant, edge, reflect, wrap");
    node.require_same_type(0, 2);
    node.require(!node.has(2) || node.failed() || node.count(2) == 1, "its value is no scalar");
    const std::optional<Pads> pads = pads_of(node);
    if (!pads) {
        return;
    }
    Shape shape = node.shape(0);
    for (size_t d = 0; d < shape.size(); ++d) {
        const int64_t dim = shape[d];
        shape[d] += pads->begin[d] + pads->end[d];
        node.require(shape[d] >= 0, "its pads take away more than there is");
        node.require(mode == "constant" || dim > 0 || shape[d] == 0, "it has nothing to repeat");
    }
    node.output(node.type(0), shape);
}

// Where element i of a padded dimension comes from, or -1 for the constant.
int64_t pad_source(int64_t i, int64_t dim, std::string_view mode) {
    if (i >= 0 && i < dim) {
        return i;
    }
    if (mode == "constant") {
        return -1;
    }
    if (mode == "edge") {
        return i < 0 ? 0 : dim - 1;
    }
    if (mode == "wrap") {
        return (i % dim + dim) % dim;
    }
    // reflect: a period of 2 (dim - 1), the edges stand once
    const int64_t period = std::max<int64_t>(1, 2 * (dim - 1));
    const int64_t at = (i % period + period) % period;
    return at < dim ? at : period - at;
}

void compute_pad(NodeView& node, std::span<Tensor> outputs) {
    const Pads pads = *pads_of(node);
    const std::string mode = node.text("mode", "constant");
    const Shape& shape = outputs[0].shape;
    // per dimension: the source of every place, times its stride; -1 for the constant
    const Strides strides = strides_of(node.shape(0));
    std::vector<std::vector<int64_t>> sources(shape.size());
    for (size_t d = 0; d < shape.size(); ++d) {
        for (int64_t i = 0; i < shape[d]; ++i) {
            const int64_t source = pad_source(i - pads.begin[d], node.shape(0)[d], mode);
            sources[d].push_back(source < 0 ? -1 : source * strides[d]);
        }
    }
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        const T fill = node.has(2) ? node.elements<T>(2)[0] : T(saturate_cast<Compute<T>>(node.number("value", 0)));
        std::vector<int64_t> index(shape.size(), 0);
        for (T& y : outputs[0].as<T>()) {
            int64_t at = 0;
            bool inside = true;
            for (size_t d = 0; d < shape.size(); ++d) {
                const int64_t part = sources[d][static_cast<size_t>(index[d])];
                inside = inside && part >= 0;
                at += part;
            }
            y = inside ? x[at] : fill;
            for (size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) {
                index[d] = 0;
            }
        }
    });
}

// ---- depth and space ----

void infer_depth_to_space(NodeView& node) {
    const int64_t b = node.integer("blocksize", 0);
    const std::string mode = node.text("mode", "DCR");
    node.require(mode == "DCR" || mode == "CRD", "its mode is neither DCR nor CRD");
    if (!node.require(
            node.rank(0) == 4 && b >= 1 && b < (1 << 20),
            "its input has not 4 dimensions or its blocksize is wrong")) {
        return;
    }
    const Shape& s = node.shape(0);
    if (node.op() == "DepthToSpace") {
        if (node.require(s[1] % (b * b) == 0, "its channels are no multiple of the block")) {
            node.output(node.type(0), {s[0], s[1] / (b * b), s[2] * b, s[3] * b});
        }
    } else if (node.require(s[2] % b == 0 && s[3] % b == 0, "its rows or columns are no multiple of the block")) {
        // s[1] is no length of anything when another dimension is 0
        if (element_count({s[1], b, b}) < 0) {
            return node.too_large("its output is too large");
        }
        node.output(node.type(0), {s[0], s[1] * b * b, s[2] / b, s[3] / b});
    }
}

// Both as one copy over (n, row of the block, column of the block, channel, row, column).
void compute_depth_to_space(NodeView& node, std::span<Tensor> outputs) {
    const int64_t b = node.integer("blocksize", 1);
    const bool to_space = node.op() == "DepthToSpace";
    const Shape& deep = to_space ? node.shape(0) : outputs[0].shape;
    const Shape& wide = to_space ? outputs[0].shape : node.shape(0);
    const int64_t channels = wide[1], area = deep[2] * deep[3];
    const bool by_column = to_space && node.text("mode", "DCR") == "CRD";
    const int64_t block = by_column ? area : channels * area;
    const Strides in_deep = {deep[1] * area, b * block, block, by_column ? b * b * area : area, deep[3], 1};
    const Strides in_wide = {channels * wide[2] * wide[3], wide[3], 1, wide[2] * wide[3], b * wide[3], b};
    const Shape dims = {deep[0], b, b, channels, deep[2], deep[3]};
    copy_strided(
        node.in(0),
        outputs[0],
        {.dims = dims, .from = to_space ? in_deep : in_wide, .to = to_space ? in_wide : in_deep});
}

// ---- triangles and reversed sequences ----

void infer_trilu(NodeView& node) {
    node.require(node.rank(0) >= 2, "its input is no matrix");
    if (node.has(1)) {
        node.require_type(1, kS64);
        node.require(node.failed() || node.count(1) == 1, "its k is no number");
    }
    infer_same(node);
}

void compute_trilu(NodeView& node, std::span<Tensor> outputs) {
    const Shape& shape = node.shape(0);
    const int64_t rows = shape[shape.size() - 2], columns = shape.back();
    const bool upper = node.integer("upper", 1) != 0;
    // beyond the matrix one k is as good as another
    const int64_t k = node.has(1) ? std::clamp(integer_at(node.in(1), 0), -rows - 1, columns + 1) : 0;
    const int64_t total = outputs[0].count();
    for (int64_t first = 0; first < total; first += columns) {
        const int64_t row = first / columns % rows;
        const int64_t diagonal = std::clamp<int64_t>(row + k + (upper ? 0 : 1), 0, columns);
        const int64_t from = upper ? diagonal : 0, to = upper ? columns : diagonal;
        copy_elements(node.in(0), first + from, outputs[0], first + from, to - from);
    }
}

void infer_reverse_sequence(NodeView& node) {
    const int64_t batch = node.integer("batch_axis", 1), time = node.integer("time_axis", 0);
    node.require((batch == 0 && time == 1) || (batch == 1 && time == 0), "its axes are not 0 and 1");
    node.require_type(1, kS64);
    if (node.require(node.rank(0) >= 2 && node.rank(1) == 1, "its inputs have too few dimensions")) {
        node.require(
            node.shape(1)[0] == node.shape(0)[static_cast<size_t>(batch)],
            "it has not one length per sequence");
        infer_same(node);
    }
}

void compute_reverse_sequence(NodeView& node, std::span<Tensor> outputs) {
    const auto batch = static_cast<size_t>(node.integer("batch_axis", 1)), time = 1 - batch;
    const Shape& shape = node.shape(0);
    const Strides strides = strides_of(shape);
    const int64_t inner = product(shape, 2, shape.size());
    for (int64_t b = 0; b < shape[batch]; ++b) {
        const int64_t length = node.elements<int64_t>(1)[static_cast<size_t>(b)];
        if (!node.require(length >= 0 && length <= shape[time], "a sequence is longer than its axis")) {
            return;
        }
        for (int64_t t = 0; t < shape[time]; ++t) {
            const int64_t from = t < length ? length - 1 - t : t;
            const int64_t base = b * strides[batch];
            copy_elements(node.in(0), base + from * strides[time], outputs[0], base + t * strides[time], inner);
        }
    }
}

constexpr OperatorInfo kRows[] = {
    {"", "Transpose", "", "perm", 1, 1, 1, kAll, infer_transpose, compute_transpose},
    {"",
     "Slice",
     "starts and ends as attributes or constant inputs",
     "starts ends axes",
     1,
     5,
     1,
     kAll,
     infer_slice,
     compute_slice},
    {"", "Concat", "", "axis", 1, 255, 1, kAll, infer_concat, compute_concat},
    {"",
     "Split",
     "lengths as attribute or constant input",
     "axis split num_outputs",
     1,
     2,
     255,
     kAll,
     infer_split,
     compute_split},
    {"", "Expand", "constant shape", "", 2, 2, 1, kAll, infer_expand, compute_expand},
    {"", "Tile", "constant repeats", "", 2, 2, 1, kAll, infer_tile, compute_tile},
    {"",
     "Pad",
     "constant, edge, reflect and wrap; constant pads",
     "mode pads paddings value",
     1,
     4,
     1,
     kAll,
     infer_pad,
     compute_pad},
    {"", "DepthToSpace", "", "blocksize mode", 1, 1, 1, kAll, infer_depth_to_space, compute_depth_to_space},
    {"", "SpaceToDepth", "", "blocksize", 1, 1, 1, kAll, infer_depth_to_space, compute_depth_to_space},
    {"", "Trilu", "", "upper", 1, 2, 1, kAll, infer_trilu, compute_trilu},
    {"",
     "ReverseSequence",
     "",
     "batch_axis time_axis",
     2,
     2,
     1,
     kAll,
     infer_reverse_sequence,
     compute_reverse_sequence},
};

}  // namespace

std::span<const OperatorInfo> move_operators() { return kRows; }

}  // namespace chipchain
