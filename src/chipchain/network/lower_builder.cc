// Tensors, views of them, and the moves and lookups that make one dense or change its scale.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/network/lower_internal.h"

namespace chipchain {

namespace {

// Calls body(place in the base) for every element of a view in row-major order of its dims.
template <class Body>
void for_each_place(const TensorView& view, Body body) {
    const int64_t count = element_count(view.dims);
    std::vector<int64_t> index(view.dims.size(), 0);
    int64_t place = view.offset;
    for (int64_t i = 0; i < count; ++i) {
        body(place);
        for (size_t d = index.size(); d-- > 0;) {
            place += view.strides[d];
            if (++index[d] < view.dims[d]) break;
            place -= view.dims[d] * view.strides[d];
            index[d] = 0;
        }
    }
}

// Whether the elements of the view stand densely in row-major order from its offset on.
bool is_dense(const TensorView& view) {
    int64_t due = 1;
    for (size_t d = view.dims.size(); d-- > 0;) {
        if (view.dims[d] != 1 && view.strides[d] != due) return false;
        due *= view.dims[d];
    }
    return true;
}

// Strides of `shape` over the elements of the view, or nothing where they have none (as numpy's reshape decides it).
std::optional<std::vector<int64_t>> reshape_strides(const TensorView& view, const Shape& shape) {
    std::vector<int64_t> dims;
    std::vector<int64_t> strides;
    for (size_t d = 0; d < view.dims.size(); ++d) {
        if (view.dims[d] == 1) continue;
        dims.push_back(view.dims[d]);
        strides.push_back(view.strides[d]);
    }
    std::vector<int64_t> result(shape.size(), 1);
    size_t from = 0;
    size_t to = 0;
    while (from < dims.size() && to < shape.size()) {
        // the smallest groups of old and new dimensions with the same number of elements
        size_t from_end = from + 1;
        size_t to_end = to + 1;
        int64_t from_count = dims[from];
        int64_t to_count = shape[to];
        while (from_count != to_count) {
            if (to_count < from_count) {
                if (to_end == shape.size()) return std::nullopt;
                to_count *= shape[to_end++];
            } else {
                if (from_end == dims.size()) return std::nullopt;
                from_count *= dims[from_end++];
            }
        }
        for (size_t d = from; d + 1 < from_end; ++d) {
            if (strides[d] != strides[d + 1] * dims[d + 1]) return std::nullopt;
        }
        result[to_end - 1] = strides[from_end - 1];
        for (size_t d = to_end - 1; d > to; --d) result[d - 1] = result[d] * shape[d];
        from = from_end;
        to = to_end;
    }
    return result;
}

}  // namespace

std::optional<size_t> axis_of(int64_t axis, size_t rank) {
    if (axis < 0) axis += static_cast<int64_t>(rank);
    if (axis < 0 || axis >= static_cast<int64_t>(rank)) return std::nullopt;
    return static_cast<size_t>(axis);
}

std::vector<int64_t> dense_strides(const Shape& shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
    return strides;
}

TensorId Lowering::add_tensor(std::string name, Shape shape, const QuantisedType& quant) {
    out_.network.tensors.push_back({std::move(name), std::move(shape), quant, false, {}});
    return static_cast<TensorId>(out_.network.tensors.size() - 1);
}

TensorId Lowering::add_constant(std::string name, Shape shape, const QuantisedType& quant, std::vector<uint8_t> bytes) {
    const TensorId id = add_tensor(std::move(name), std::move(shape), quant);
    out_.network.tensors[id].constant = true;
    out_.network.tensors[id].bytes = std::move(bytes);
    return id;
}

TensorId Lowering::emit(IntegerNode node, Shape shape, const QuantisedType& quant) {
    if (node.name.empty()) node.name = node_name();
    const std::string& value = network_.values[node_->outputs[0]].name;
    const bool is_move = node.op == IntegerOp::move;
    node.output = add_tensor(is_move ? value + ".moved" : value, std::move(shape), quant);
    out_.network.nodes.push_back(std::move(node));
    return out_.network.nodes.back().output;
}

TensorView Lowering::whole(TensorId id) const {
    const Shape& shape = tensor(id).shape;
    return {id, shape, dense_strides(shape), 0};
}

TensorId Lowering::materialise(const TensorView& view, const Shape& shape) {
    CHECK(element_count(view.dims) == element_count(shape));
    if (view.offset == 0 && tensor(view.base).shape == shape && is_dense(view)) return view.base;
    auto [place, is_new] = copies_.try_emplace({view.base, view.dims, view.strides, view.offset, shape}, kNoTensor);
    if (!is_new) return place->second;
    const QuantisedType quant = quant_of(view);
    if (tensor(view.base).constant) {
        place->second = add_constant(tensor(view.base).name, shape, quant, view_bytes(view));
        return place->second;
    }
    IntegerNode node;
    node.inputs = {view.base};
    node.boxes = {merged_box(view, 0, dense_strides(view.dims), 0)};
    place->second = emit(std::move(node), shape, quant);
    return place->second;
}

std::vector<uint8_t> Lowering::view_bytes(const TensorView& view) const {
    const std::vector<uint8_t>& from = tensor(view.base).bytes;
    std::vector<uint8_t> bytes;
    bytes.reserve(static_cast<size_t>(element_count(view.dims)));
    for_each_place(view, [&](int64_t place) { bytes.push_back(from[static_cast<size_t>(place)]); });
    return bytes;
}

TensorView Lowering::requantised(const TensorView& view, const QuantisedType& quant) {
    if (quant_of(view) == quant) return view;
    ByteTable same{};
    std::iota(same.begin(), same.end(), uint8_t{0});
    return looked_up(view, same, quant);
}

TensorView Lowering::looked_up(const TensorView& view, const ByteTable& table, const QuantisedType& y) {
    TensorView result = view;
    // a view of a part is copied first, so that only the part is looked up
    if (element_count(tensor(view.base).shape) > element_count(view.dims)) result = whole(materialise(view));
    const Shape shape = tensor(result.base).shape;
    if (tensor(result.base).constant) {
        std::vector<uint8_t> bytes = tensor(result.base).bytes;
        for (uint8_t& byte : bytes) byte = table[byte];
        result.base = add_constant(tensor(result.base).name, shape, y, std::move(bytes));
        return result;
    }
    IntegerNode node;
    node.op = IntegerOp::lookup;
    node.inputs = {result.base};
    node.table = table;
    result.base = emit(std::move(node), shape, y);
    return result;
}

TensorView Lowering::reshaped(const TensorView& view, const Shape& shape) {
    CHECK(element_count(view.dims) == element_count(shape));
    if (auto strides = reshape_strides(view, shape)) return {view.base, shape, *strides, view.offset};
    // dense in its own order, in the new shape at once
    return whole(materialise(view, shape));
}

std::optional<TensorView> Lowering::image_of(const TensorView& view) {
    const auto& s = view.strides;
    const Shape& d = view.dims;
    if (d.size() == 4) return TensorView{view.base, {d[0], d[2], d[3], d[1]}, {s[0], s[2], s[3], s[1]}, view.offset};
    if (d.size() == 3) return TensorView{view.base, {d[0], 1, d[2], d[1]}, {s[0], 0, s[2], s[1]}, view.offset};
    refuse(
        fmt::format("its input has rank {}, and windows are of one or two dimensions", d.size()),
        "Reshape the input to n, c, w or n, c, h, w");
    return std::nullopt;
}

TensorView Lowering::from_image(TensorId id, size_t rank) const {
    const Shape& d = tensor(id).shape;
    const std::vector<int64_t> s = dense_strides(d);
    if (rank == 3) return {id, {d[0], d[3], d[2]}, {s[0], s[3], s[2]}, 0};
    return {id, {d[0], d[3], d[1], d[2]}, {s[0], s[3], s[1], s[2]}, 0};
}

bool Lowering::is_whole(const TensorView& view) const {
    if (view.offset != 0 || element_count(view.dims) != element_count(tensor(view.base).shape)) return false;
    std::vector<size_t> order(view.dims.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return view.strides[a] > view.strides[b]; });
    TensorView sorted{view.base, {}, {}, 0};
    for (size_t d : order) {
        if (view.dims[d] == 1) continue;
        sorted.dims.push_back(view.dims[d]);
        sorted.strides.push_back(view.strides[d]);
    }
    return is_dense(sorted);
}

TensorView Lowering::row_major_or_own(const TensorView& view) {
    return is_whole(view) ? view : whole(materialise(view));
}

std::pair<TensorView, Shape> Lowering::layout(const Shape& dims, bool image) {
    const size_t rank = dims.size();
    if (!image || (rank != 3 && rank != 4)) return {{kNoTensor, dims, dense_strides(dims), 0}, dims};
    const Shape shape = rank == 4 ? Shape{dims[0], dims[2], dims[3], dims[1]} : Shape{dims[0], 1, dims[2], dims[1]};
    const std::vector<int64_t> s = dense_strides(shape);
    return {
        {kNoTensor, dims, rank == 4 ? std::vector{s[0], s[3], s[1], s[2]} : std::vector{s[0], s[3], s[2]}, 0},
        shape};
}

bool Lowering::is_image(const TensorView& view) {
    const size_t rank = view.dims.size();
    return (rank == 3 || rank == 4) && view.dims[1] > 1 && view.strides[1] == 1;
}

// A box without dimensions of one element and with dimensions merged that run on in source and target alike.
MoveBox Lowering::merged_box(
    const TensorView& view,
    uint32_t input,
    const std::vector<int64_t>& target,
    int64_t target_offset) {
    MoveBox box;
    box.input = input;
    box.source_offset = view.offset;
    box.target_offset = target_offset;
    for (size_t d = 0; d < view.dims.size(); ++d) {
        if (view.dims[d] == 1) continue;
        const bool runs_on = !box.dims.empty() && box.source_strides.back() == view.strides[d] * view.dims[d] &&
                             box.target_strides.back() == target[d] * view.dims[d];
        if (runs_on) {
            box.dims.back() *= view.dims[d];
            box.source_strides.back() = view.strides[d];
            box.target_strides.back() = target[d];
        } else {
            box.dims.push_back(view.dims[d]);
            box.source_strides.push_back(view.strides[d]);
            box.target_strides.push_back(target[d]);
        }
    }
    return box;
}

TensorView Lowering::concat_views(const std::vector<TensorView>& parts, int64_t axis, const QuantisedType& quant) {
    const auto along = static_cast<size_t>(axis);
    Shape dims = parts[0].dims;
    dims[along] = 0;
    for (const TensorView& part : parts) dims[along] += part.dims[along];
    // images stay images
    auto [result, shape] = layout(dims, is_image(parts[0]));
    IntegerNode node;
    int64_t first = 0;
    for (const TensorView& part : parts) {
        const auto same = std::find(node.inputs.begin(), node.inputs.end(), part.base);
        const auto input = static_cast<uint32_t>(same - node.inputs.begin());
        if (same == node.inputs.end()) node.inputs.push_back(part.base);
        if (element_count(part.dims) > 0) {
            node.boxes.push_back(merged_box(part, input, result.strides, first * result.strides[along]));
        }
        first += part.dims[along];
    }
    result.base = emit(std::move(node), shape, quant);
    return result;
}

}  // namespace chipchain
