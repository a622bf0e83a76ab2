// Operators that move data: as views where that is possible, else as moves.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/network/lower_internal.h"

namespace chipchain {

void Lowering::move(const Movement& movement, size_t output, bool clampable) {
    const Held* x = held(0);
    if (x == nullptr || x->kind == HeldKind::none) return refuse_float(input(0));
    Held value = *x;
    if (value.kind == HeldKind::pending) {
        Pending moved = *value.pending;
        moved.clampable = moved.clampable && clampable;
        moved.emit = [this, origin = node_, inner = moved.emit, movement](const QuantisedType& y, const Clamp& clamp) {
            std::optional<TensorView> view = inner(y, clamp);
            const Node* asking = std::exchange(node_, origin);
            if (view) view = movement(*view);
            node_ = asking;
            return view;
        };
        value.pending = std::make_shared<const Pending>(std::move(moved));
        return set(output, std::move(value));
    }
    if (!value.quant.one()) return refuse("weights with one scale per channel are moved", "Fold the constant");
    auto view = movement(value.view);
    if (!view) return;
    value.view = std::move(*view);
    set(output, std::move(value));
}

std::optional<std::vector<int64_t>> Lowering::integers_of(size_t i, std::string_view attribute) {
    if (has_input(i)) return constant_integers(i);
    return integers_attribute(*node_, attribute);
}

void Lowering::lower_identity(const Node&) {
    move([](const TensorView& view) { return std::optional(view); });
}

void Lowering::lower_transpose(const Node& node) {
    const Held* x = held(0);
    std::vector<int64_t> order = integers_attribute(node, "perm");
    const size_t rank = declared(node.outputs[0]).size();
    if (order.empty()) {
        for (size_t d = rank; d-- > 0;) order.push_back(static_cast<int64_t>(d));
    }
    std::vector<bool> seen(rank);
    for (int64_t d : order) {
        if (d < 0 || d >= static_cast<int64_t>(rank) || seen[static_cast<size_t>(d)]) {
            return refuse("its perm is no permutation", "Correct the network");
        }
        seen[static_cast<size_t>(d)] = true;
    }
    if (order.size() != rank) return refuse("its perm is no permutation", "Correct the network");
    const auto turn = [order](const TensorView& view) {
        TensorView turned{view.base, {}, {}, view.offset};
        for (int64_t d : order) {
            turned.dims.push_back(view.dims[static_cast<size_t>(d)]);
            turned.strides.push_back(view.strides[static_cast<size_t>(d)]);
        }
        return std::optional(turned);
    };
    if (x != nullptr && x->kind == HeldKind::stored && !x->quant.one()) {
        // weights with scales along an axis: the axis turns with them
        Held value = *x;
        value.view = *turn(x->view);
        value.quant.axis = std::find(order.begin(), order.end(), x->quant.axis) - order.begin();
        return set(0, std::move(value));
    }
    move(turn);
}

void Lowering::lower_reshape(const Node& node) {
    move([this, shape = declared(node.outputs[0])](const TensorView& view) -> std::optional<TensorView> {
        if (element_count(view.dims) == element_count(shape)) return reshaped(view, shape);
        refuse("its output has another number of elements", "Correct the network");
        return std::nullopt;
    });
}

void Lowering::lower_expand(const Node& node) {
    move([this, shape = declared(node.outputs[0])](const TensorView& view) -> std::optional<TensorView> {
        TensorView result{view.base, shape, std::vector<int64_t>(shape.size(), 0), view.offset};
        for (size_t d = 0; d < view.dims.size(); ++d) {
            const size_t at = shape.size() - view.dims.size() + d;
            if (at < shape.size() && view.dims[d] == shape[at])
                result.strides[at] = view.strides[d];
            else if (view.dims[d] == 1 && at < shape.size())
                continue;
            else {
                refuse("its shape does not fit", "Correct the network");
                return std::nullopt;
            }
        }
        return result;
    });
}

void Lowering::lower_slice(const Node& node) {
    const bool old = node.inputs.size() == 1;
    const auto starts = old ? integers_attribute(node, "starts") : constant_integers(1);
    const auto ends = old ? integers_attribute(node, "ends") : constant_integers(2);
    const auto axes = integers_of(3, "axes");
    const auto steps = integers_of(4, "steps");
    if (!starts || !ends || !axes || !steps) return;
    const Shape shape = declared(node.outputs[0]);
    const auto fits = [&](const std::vector<int64_t>& list) { return list.empty() || list.size() == starts->size(); };
    if (!fits(*axes) || !fits(*steps)) return refuse("its axes or steps do not fit", "Correct the network");
    move(
        [this, starts = *starts, axes = *axes, steps = *steps, shape](
            const TensorView& view) -> std::optional<TensorView> {
            TensorView result = view;
            for (size_t i = 0; i < starts.size(); ++i) {
                const auto axis = axis_of(axes.empty() ? static_cast<int64_t>(i) : axes[i], view.dims.size());
                const int64_t step = steps.empty() ? 1 : steps[i];
                if (!axis || step == 0 || shape.size() != view.dims.size()) {
                    refuse("its axes or steps do not fit", "Correct the network");
                    return std::nullopt;
                }
                const int64_t size = view.dims[*axis];
                result.dims[*axis] = shape[*axis];
                // nothing is taken, and neither start nor step may mean a place
                if (shape[*axis] == 0 || size == 0) continue;
                int64_t start = starts[i] < 0 ? starts[i] + size : starts[i];
                start = std::clamp<int64_t>(start, 0, step < 0 ? size - 1 : size);
                result.offset += start * view.strides[*axis];
                // a step beyond the axis takes one element and goes nowhere
                if (shape[*axis] > 1) result.strides[*axis] = view.strides[*axis] * step;
            }
            return result;
        });
}

void Lowering::lower_split(const Node& node) {
    const Held* x = held(0);
    if (x == nullptr) return refuse_float(input(0));
    int64_t first = 0;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i] == kNoValue) return refuse("an output is omitted", "Name all outputs");
        const Shape shape = declared(node.outputs[i]);
        const auto axis = axis_of(integer_attribute(node, "axis", 0), shape.size());
        if (!axis) return refuse("its axis is outside", "Correct the network");
        move(
            [axis = *axis, first, shape](const TensorView& view) {
                TensorView part = view;
                part.offset += first * view.strides[axis];
                part.dims = shape;
                return std::optional(part);
            },
            i);
        first += shape[*axis];
    }
}

TensorView Lowering::gathered(const TensorView& view, size_t axis, const std::vector<int64_t>& index) {
    TensorView part = view;
    const auto count = static_cast<int64_t>(index.size());
    part.dims[axis] = count;
    if (count == 0) return part;
    // runs of evenly spaced cells: one is a view, several are copied one after the other
    std::vector<TensorView> runs;
    for (size_t first = 0; first < index.size();) {
        size_t end = first + 1;
        const int64_t step = end < index.size() ? index[end] - index[first] : 1;
        while (end < index.size() && index[end] - index[end - 1] == step) ++end;
        part.offset = view.offset + index[first] * view.strides[axis];
        part.strides[axis] = view.strides[axis] * step;
        part.dims[axis] = static_cast<int64_t>(end - first);
        runs.push_back(part);
        first = end;
    }
    return runs.size() == 1 ? runs[0] : concat_views(runs, static_cast<int64_t>(axis), quant_of(view));
}

void Lowering::lower_gather(const Node& node) {
    const auto indices = constant_integers(1);
    if (!indices) return;
    const Shape result = declared(node.outputs[0]);
    const int64_t axis = integer_attribute(node, "axis", 0);
    move([this, axis, result, indices = *indices](const TensorView& view) -> std::optional<TensorView> {
        const auto at = axis_of(axis, view.dims.size());
        if (!at) {
            refuse("its axis is outside", "Correct the network");
            return std::nullopt;
        }
        std::vector<int64_t> cells;
        for (const int64_t index : indices) {
            const int64_t size = view.dims[*at];
            if (index < -size || index >= size) {
                refuse("an index is outside", "Correct the network");
                return std::nullopt;
            }
            cells.push_back(index < 0 ? index + size : index);
        }
        // the axis becomes those of the indices
        const TensorView part = gathered(view, *at, cells);
        if (element_count(part.dims) == element_count(result)) return reshaped(part, result);
        refuse("its shapes do not fit", "Correct the network");
        return std::nullopt;
    });
}

// The byte of Pad's value. is_exact: it must stand for that value, not just be the nearest.
std::optional<uint8_t> Lowering::pad_fill(const QuantisedType& quant, bool is_exact) {
    const Tensor* data = constant(2);
    if (data != nullptr && data->count() == 1 && (data->type == DataType::u8 || data->type == DataType::s8)) {
        return data->as<uint8_t>()[0];
    }
    const float value = has_input(2) ? constant_scalar(input(2)).value_or(NAN) : number_attribute(*node_, "value", 0);
    const int32_t q = quantise(value, quant.scale, clamp_of(quant));
    if (!std::isnan(value) && (!is_exact || dequantise(q, quant.scale, quant.zero) == value)) {
        return static_cast<uint8_t>(q);
    }
    refuse("its value is no constant that 8 bits can hold exactly", "Pad with zero");
    return std::nullopt;
}

void Lowering::lower_pad(const Node& node) {
    const auto pads = integers_of(1, "pads");
    const auto axes = integers_of(3, "");
    if (!pads || !axes) return;
    if (text_attribute(node, "mode", "constant") != "constant") {
        return refuse("only the mode constant is supported", "Write the border with Slice and Concat");
    }
    const Held* x = held(0);
    if (x != nullptr && x->kind == HeldKind::curve) return refuse_float(input(0));
    const bool is_bytes = x != nullptr && x->kind == HeldKind::bytes;
    const bool is_exact = x != nullptr && x->kind == HeldKind::stored;
    const auto border =
        [this, pads = *pads, axes = *axes, is_bytes, is_exact](const TensorView& view) -> std::optional<TensorView> {
        const size_t rank = view.dims.size();
        const size_t count = pads.size() / 2;
        TensorView inner = view;
        Shape dims = view.dims;
        std::vector<int64_t> begin(rank, 0);
        bool fits = pads.size() % 2 == 0 && (axes.empty() ? count == rank : count == axes.size());
        for (size_t i = 0; i < count && fits; ++i) {
            const auto axis = axis_of(axes.empty() ? static_cast<int64_t>(i) : axes[i], rank);
            const auto small = [](int64_t pad) { return pad >= -kMostWindow && pad <= kMostWindow; };
            fits = axis.has_value() && small(pads[i]) && small(pads[count + i]);
            if (!fits) break;
            // a negative pad crops
            const int64_t cut = std::max<int64_t>(0, -pads[i]);
            inner.offset += cut * view.strides[*axis];
            inner.dims[*axis] -= cut + std::max<int64_t>(0, -pads[count + i]);
            fits = inner.dims[*axis] >= 0;
            begin[*axis] = std::max<int64_t>(0, pads[i]);
            dims[*axis] = view.dims[*axis] + pads[i] + pads[count + i];
        }
        if (!fits) {
            refuse("its pads do not fit", "Correct the network");
            return std::nullopt;
        }
        const QuantisedType quant = quant_of(view);
        // without a value, an 8-bit Pad writes the number 0
        const auto fill = is_bytes && !has_input(2) ? std::optional<uint8_t>(uint8_t{0}) : pad_fill(quant, is_exact);
        if (!fill) return std::nullopt;
        auto [result, shape] = layout(dims, is_image(view));
        int64_t offset = 0;
        for (size_t d = 0; d < rank; ++d) offset += begin[d] * result.strides[d];
        IntegerNode pad;
        pad.inputs = {view.base};
        pad.boxes = {merged_box(inner, 0, result.strides, offset)};
        pad.fill = *fill;
        result.base = emit(std::move(pad), shape, quant);
        return result;
    };
    // a Relu or Clip behind it limits the border too, which a clamp before it would not
    move(border, 0, false);
}

void Lowering::lower_concat(const Node& node) {
    const Shape shape = declared(node.outputs[0]);
    const auto axis = axis_of(integer_attribute(node, "axis", 0), shape.size());
    if (!axis || node.inputs.empty()) return refuse("its axis is outside", "Correct the network");
    std::vector<Held> parts;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Held* part = held(i);
        if (part == nullptr || part->kind == HeldKind::none) return refuse_float(input(i));
        parts.push_back(*part);
    }
    const auto is = [&](const Held& part, HeldKind kind) {
        return part.kind == kind && part.quant.one() &&
               (kind == HeldKind::bytes || part.quant.tensor() == parts[0].quant.tensor());
    };
    for (HeldKind kind : {HeldKind::bytes, HeldKind::stored}) {
        if (!std::all_of(parts.begin(), parts.end(), [&](const Held& part) { return is(part, kind); })) continue;
        // bytes of one meaning, or of whatever meaning the reader gives them
        const QuantisedType quant = quant_of(parts[0].view);
        std::vector<TensorView> views;
        for (const Held& part : parts) views.push_back(requantised(part.view, quant));
        Held value = parts[0];
        value.view = concat_views(views, static_cast<int64_t>(*axis), quant);
        return set(0, std::move(value));
    }
    if (std::any_of(parts.begin(), parts.end(), [](const Held& part) { return part.kind == HeldKind::bytes; })) {
        return refuse("it joins 8-bit values and floats", "Dequantise all of its inputs");
    }
    set_pending(
        shape,
        [this,
         parts,
         axis = static_cast<int64_t>(*axis)](const QuantisedType& y, const Clamp&) -> std::optional<TensorView> {
            std::vector<TensorView> views;
            for (const Held& part : parts) {
                auto view = quantised(part, y);
                if (!view) return std::nullopt;
                views.push_back(std::move(*view));
            }
            return concat_views(views, axis, y);
        },
        false);
}

// com.microsoft: scale and zero of y, then x, scale, zero of each input
void Lowering::lower_qlinear_concat(const Node& node) {
    const auto y = tensor_parameters(0, 1);
    const auto axis = axis_of(integer_attribute(node, "axis", 0), declared(node.outputs[0]).size());
    if (!y) return;
    if (!axis || node.inputs.size() < 5) return refuse("its axis or inputs do not fit", "Correct the network");
    std::vector<TensorView> views;
    for (size_t i = 2; i + 2 < node.inputs.size(); i += 3) {
        const auto x = operand(i, i + 1, i + 2);
        if (!x) return;
        Held stored;
        stored.kind = HeldKind::stored;
        stored.view = *x;
        stored.quant = {quant_of(*x).type, {quant_of(*x).scale}, quant_of(*x).zero, 0};
        const auto view = quantised(stored, *y);
        if (!view) return;
        views.push_back(*view);
    }
    set_bytes(concat_views(views, static_cast<int64_t>(*axis), *y));
}

std::optional<std::vector<double>> Lowering::resize_scales(const Shape& from, const Shape& to) {
    const Node& node = *node_;
    const size_t at = node.op == "Upsample" || network_.opset < 11 ? 1 : 2;
    std::vector<float> stated;
    if (const Attribute* attribute = find_attribute(node, "scales")) stated = attribute->numbers;
    const Tensor* tensor = constant(at);
    if (tensor != nullptr && tensor->type == DataType::f32 && tensor->count() > 0) {
        stated.assign(tensor->as<float>().begin(), tensor->as<float>().end());
    }
    std::vector<double> scales;
    for (size_t d = 0; d < from.size(); ++d) {
        scales.push_back(from[d] == to[d] ? 1 : static_cast<double>(to[d]) / static_cast<double>(from[d]));
    }
    if (stated.empty()) return scales;
    const std::vector<int64_t> axes = integers_attribute(node, "axes");
    if (stated.size() != (axes.empty() ? from.size() : axes.size())) {
        refuse("its scales do not fit its axes", "Correct the network");
        return std::nullopt;
    }
    for (size_t i = 0; i < stated.size(); ++i) {
        const auto axis = axis_of(axes.empty() ? static_cast<int64_t>(i) : axes[i], from.size());
        if (!axis || !(stated[i] > 0) || !std::isfinite(stated[i])) {
            refuse("its scales do not fit its axes", "Correct the network");
            return std::nullopt;
        }
        scales[*axis] = static_cast<double>(stated[i]);
    }
    return scales;
}

namespace {

template <class Real>
struct ResizedAxis {
    int64_t from = 1;
    int64_t to = 1;
    Real length = 1;  // `to` before it was cut to a whole number, or `to`
    Real scale = 1;
};

// The cell that output `o` of an axis takes, limited to the axis, as ONNX's text has it, computed in Real.
template <class Real>
int64_t nearest_cell(std::string_view where, std::string_view round, int64_t o, const ResizedAxis<Real>& axis) {
    const auto& [from, to, length, scale] = axis;
    const auto i = static_cast<Real>(o);
    const Real half = Real{1} / 2;
    Real x = i / scale;
    if (where == "half_pixel") x = (i + half) / scale - half;
    if (where == "pytorch_half_pixel") x = to > 1 ? (i + half) / scale - half : 0;
    if (where == "tf_half_pixel_for_nn") x = (i + half) / scale;
    if (where == "align_corners") x = length == 1 ? 0 : i * static_cast<Real>(from - 1) / (length - 1);
    Real cell = std::ceil(x - half);
    if (round == "round_prefer_ceil") cell = std::floor(x + half);
    if (round == "floor") cell = std::floor(x);
    if (round == "ceil") cell = std::ceil(x);
    return static_cast<int64_t>(std::clamp(static_cast<double>(cell), 0.0, static_cast<double>(from - 1)));
}

}  // namespace

// For each axis the input index of each output index, of a Resize or Upsample to the nearest cell.
std::optional<std::vector<std::vector<int64_t>>> Lowering::nearest_indices(const Shape& from, const Shape& to) {
    const Node& node = *node_;
    const bool old = node.op == "Upsample" || network_.opset < 11;
    const std::string mode = text_attribute(node, "mode", "nearest");
    const std::string where = old ? "asymmetric" : text_attribute(node, "coordinate_transformation_mode", "half_pixel");
    const std::string round = old ? "floor" : text_attribute(node, "nearest_mode", "round_prefer_floor");
    const bool known = where == "asymmetric" || where == "half_pixel" || where == "pytorch_half_pixel" ||
                       where == "align_corners" || where == "tf_half_pixel_for_nn";
    if (mode != "nearest" || !known || from.size() != to.size()) {
        refuse(fmt::format("mode {} with {} is not supported", mode, where), "Use nearest, or a ConvTranspose");
        return std::nullopt;
    }
    const auto scales = resize_scales(from, to);
    if (!scales) return std::nullopt;
    std::vector<std::vector<int64_t>> indices(from.size());
    for (size_t d = 0; d < from.size(); ++d) {
        if (from[d] < 1 || to[d] < 1 || to[d] > kMostWindow) {
            refuse("it resizes nothing, or to too much", "Correct the network");
            return std::nullopt;
        }
        // evaluate() computes in binary64 with the length that the scale gives, ONNX Runtime in binary32 with the one
        // it has: a cell that hangs on the difference is none to promise
        const double scale = (*scales)[d];
        const ResizedAxis<double> axis{from[d], to[d], scale * static_cast<double>(from[d]), scale};
        const ResizedAxis<float> rough{from[d], to[d], static_cast<float>(to[d]), static_cast<float>(scale)};
        for (int64_t o = 0; o < to[d]; ++o) {
            const int64_t cell = nearest_cell(where, round, o, axis);
            if (cell != nearest_cell(where, round, o, rough)) {
                refuse(
                    fmt::format("cell {} of its axis {} hangs on the rounding of its scale", o, d),
                    "Resize by a factor that binary32 holds exactly, or with asymmetric and floor");
                return std::nullopt;
            }
            indices[d].push_back(cell);
        }
    }
    return indices;
}

namespace {

// An axis as (cell, repeat): index[o] = first + step * (o / repeat).
struct Repeated {
    int64_t first = 0;
    int64_t step = 1;
    int64_t cells = 1;
    int64_t repeat = 1;
};
std::optional<Repeated> repeated(const std::vector<int64_t>& index) {
    const auto count = static_cast<int64_t>(index.size());
    Repeated r;
    r.first = index[0];
    r.repeat = std::find_if(index.begin(), index.end(), [&](int64_t i) { return i != index[0]; }) - index.begin();
    if (count % r.repeat != 0) return std::nullopt;
    r.cells = count / r.repeat;
    r.step = r.cells > 1 ? index[static_cast<size_t>(r.repeat)] - r.first : 1;
    for (int64_t o = 0; o < count; ++o) {
        if (index[static_cast<size_t>(o)] != r.first + r.step * (o / r.repeat)) return std::nullopt;
    }
    return r;
}

}  // namespace

void Lowering::lower_resize(const Node& node) {
    const Shape to = declared(node.outputs[0]);
    move([this, to](const TensorView& from) -> std::optional<TensorView> {
        const auto indices = nearest_indices(from.dims, to);
        if (!indices) return std::nullopt;
        TensorView view = from;
        std::vector<Repeated> axes;
        for (size_t d = 0; d < to.size(); ++d) {
            auto axis = repeated((*indices)[d]);
            if (!axis) {
                // cells that are not evenly repeated: one axis after the other
                view = gathered(view, d, (*indices)[d]);
                axis = Repeated{0, 1, to[d], 1};
            }
            axes.push_back(*axis);
        }
        const bool done = std::all_of(axes.begin(), axes.end(), [&](const Repeated& axis) {
            return axis.first == 0 && axis.step == 1 && axis.repeat == 1;
        });
        if (done && view.dims == to) return view;
        auto [result, shape] = layout(to, is_image(view));
        TensorView source{view.base, {}, {}, view.offset};
        std::vector<int64_t> target;
        for (size_t d = 0; d < to.size(); ++d) {
            const Repeated& axis = axes[d];
            source.offset += axis.first * view.strides[d];
            source.dims.insert(source.dims.end(), {axis.cells, axis.repeat});
            source.strides.insert(source.strides.end(), {axis.step * view.strides[d], 0});
            target.insert(target.end(), {axis.repeat * result.strides[d], result.strides[d]});
        }
        IntegerNode resize;
        resize.inputs = {view.base};
        resize.boxes = {merged_box(source, 0, target, 0)};
        const QuantisedType quant = quant_of(view);
        result.base = emit(std::move(resize), shape, quant);
        return result;
    });
}

// DepthToSpace and SpaceToDepth: split two axes, turn, join.
void Lowering::lower_blocks(const Node& node) {
    const int64_t b = integer_attribute(node, "blocksize", 0);
    const bool to_space = node.op == "DepthToSpace";
    const bool columns_first = text_attribute(node, "mode", "DCR") == "CRD";
    const Shape to = declared(node.outputs[0]);
    move([this, b, to_space, columns_first, to](const TensorView& view) -> std::optional<TensorView> {
        const Shape& d = view.dims;
        const bool fits = d.size() == 4 && to.size() == 4 && b > 0 && b <= kMostWindow &&
                          element_count(to) == element_count(d) &&
                          (to_space ? d[1] % (b * b) == 0 : d[2] % b == 0 && d[3] % b == 0);
        if (!fits) {
            refuse("its block does not fit", "Correct the network");
            return std::nullopt;
        }
        Shape split;
        std::vector<size_t> order;
        if (to_space) {
            const int64_t c = d[1] / (b * b);
            split = columns_first ? Shape{d[0], c, b, b, d[2], d[3]} : Shape{d[0], b, b, c, d[2], d[3]};
            order = columns_first ? std::vector<size_t>{0, 1, 4, 2, 5, 3} : std::vector<size_t>{0, 3, 4, 1, 5, 2};
        } else {
            split = {d[0], d[1], d[2] / b, b, d[3] / b, b};
            order = {0, 3, 5, 1, 2, 4};
        }
        const TensorView parts = reshaped(view, split);
        TensorView turned{parts.base, {}, {}, parts.offset};
        for (size_t i : order) {
            turned.dims.push_back(parts.dims[i]);
            turned.strides.push_back(parts.strides[i]);
        }
        return reshaped(turned, to);
    });
}

void Lowering::lower_refused(const Node&) {
    refuse(
        "ONNX Runtime itself computes it differently on x86 and Arm, so that no value of it could be promised",
        "Use the form DequantizeLinear, Add or Mul, QuantizeLinear");
}

}  // namespace chipchain
