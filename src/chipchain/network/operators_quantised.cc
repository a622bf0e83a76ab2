// Quantised operators. Every value is fixed by numerics.h: sums wrap at 32 bits, requantisation is f32_rne.
#include <algorithm>
#include <numeric>

#include "chipchain/network/numerics.h"
#include "chipchain/network/operator_rows.h"
#include "chipchain/network/table_function.h"

namespace chipchain {

namespace {

constexpr TypeSet kQuantised =
    type_bit(DataType::u8) | type_bit(DataType::s8) | type_bit(DataType::u16) | type_bit(DataType::s16) | kNibbles;

// The limits of a quantised type around a zero point.
Clamp clamp_to(DataType type, int32_t zero) {
    switch (type) {
        case DataType::u8:
            return {zero, 0, 255};
        case DataType::s8:
            return {zero, -128, 127};
        case DataType::u16:
            return {zero, 0, 65535};
        case DataType::s16:
            return {zero, -32768, 32767};
        case DataType::u4:
            return {zero, 0, 15};
        case DataType::s4:
            return {zero, -8, 7};
        case DataType::f32:
        case DataType::f64:
        case DataType::f16:
        case DataType::bf16:
        case DataType::u32:
        case DataType::s32:
        case DataType::u64:
        case DataType::s64:
        case DataType::boolean:
        case DataType::text:
            break;
    }
    CHECK(false);
    return {};
}

float float_at(const Tensor& tensor, int64_t i) { return static_cast<float>(number_at(tensor, i)); }
int32_t int_at(const Tensor& tensor, int64_t i) { return static_cast<int32_t>(integer_at(tensor, i)); }

// Scalar parameters: a scale (f32) and a zero point of the type of what it belongs to; absent: 0.
float scale_at(NodeView& node, size_t i) { return float_at(node.in(i), 0); }
int32_t zero_at(NodeView& node, size_t i) { return node.has(i) ? int_at(node.in(i), 0) : 0; }

// Checks that input `scale` is one f32 and input `zero`, where given, one number of `type`.
bool require_scalar_quant(NodeView& node, size_t scale, size_t zero, DataType type) {
    node.require(node.has(scale), fmt::format("its input {} is missing", scale));
    node.require_type(scale, kF32);
    if (node.failed()) {
        return false;
    }
    node.require(node.count(scale) == 1, fmt::format("its scale (input {}) is no scalar", scale));
    if (node.has(zero)) {
        node.require(node.count(zero) == 1, fmt::format("its zero point (input {}) is no scalar", zero));
        node.require(
            node.type(zero) == type,
            fmt::format("its zero point (input {}) has another type than its tensor", zero));
    }
    return !node.failed();
}

// ---- QuantizeLinear and DequantizeLinear: per tensor, per axis or per block ----

// Where the scale of an element stands: strides of the scale tensor over the element's dimensions.
struct ScaleMap {
    Strides strides;
    size_t axis = 0;
    int64_t block = 1;        // elements along the axis per entry
    int64_t axis_stride = 0;  // of the scale along the axis
};

std::optional<ScaleMap> scale_map(NodeView& node) {
    const Shape& shape = node.shape(0);
    const Shape& scales = node.shape(1);
    ScaleMap map;
    map.strides.assign(shape.size(), 0);
    if (node.count(1) == 1 && node.rank(1) <= 1) {
        return map;
    }
    const int64_t block = node.integer("block_size", 0);
    const auto axis = static_cast<size_t>(node.axis(node.integer("axis", 1), node.rank(0)));
    if (node.failed()) {
        return std::nullopt;
    }
    if (block == 0) {
        if (!node.require(
                node.rank(1) == 1 && scales[0] == shape[axis],
                "its scale has not one entry along the axis")) {
            return std::nullopt;
        }
        map.strides[axis] = 1;
        return map;
    }
    Shape wanted = shape;
    wanted[axis] = block > 0 ? (shape[axis] - 1) / block + 1 : 0;
    if (!node.require(block > 0 && scales == wanted, "its scale does not fit its blocks")) {
        return std::nullopt;
    }
    map.strides = strides_of(scales);
    map.axis = axis;
    map.block = block;
    map.axis_stride = map.strides[axis];
    map.strides[axis] = 0;
    return map;
}

// Calls function(i, s): the entry of the scale that element i takes.
template <class Function>
void for_each_scale(const Shape& shape, const ScaleMap& map, const Function& function) {
    const int64_t inner = product(shape, map.axis + 1, shape.size());
    const int64_t length = shape.empty() ? 1 : shape[map.axis];
    for_each_index<1>(shape, {map.strides}, [&](int64_t i, const std::array<int64_t, 1>& at) {
        const int64_t block = map.axis_stride == 0 ? 0 : i / inner % length / map.block;
        function(i, at[0] + block * map.axis_stride);
    });
}

void infer_quantise(NodeView& node) {
    node.require_type(1, kFloats | type_bit(DataType::s32));
    DataType type = DataType::u8;
    if (node.has(2)) {
        node.require_type(2, kQuantised);
        node.require(
            node.shape(1) == node.shape(2) || (node.count(1) == 1 && node.count(2) == 1),
            "its scale and zero point differ in shape");
        type = node.type(2);
    }
    if (node.integer("output_dtype", 0) != 0) {
        const DataTypeInfo* stated = find_onnx_type(node.integer("output_dtype", 0));
        node.require(
            stated != nullptr && (!node.has(2) || stated->type == type),
            "its output_dtype differs from its zero point");
        node.require(
            stated != nullptr && (type_bit(stated->type) & kQuantised) != 0,
            "its output_dtype is no quantised type");
        type = stated != nullptr ? stated->type : type;
    }
    const int64_t precision = node.integer("precision", 0);
    node.require(precision == 0 || precision == 1, "its precision is not binary32");
    if (!node.failed() && scale_map(node)) {
        node.output(type, node.shape(0));
    }
}

void compute_quantise(NodeView& node, std::span<Tensor> outputs) {
    const ScaleMap map = *scale_map(node);
    const Tensor& x = node.in(0);
    visit_type(outputs[0].type, [&]<class T>(TypeTag<T>) {
        if constexpr (std::is_integral_v<T>) {
            T* y = outputs[0].as<T>().data();
            for_each_scale(x.shape, map, [&](int64_t i, int64_t s) {
                const int32_t zero = node.has(2) ? int_at(node.in(2), s) : 0;
                y[i] =
                    static_cast<T>(quantise(float_at(x, i), float_at(node.in(1), s), clamp_to(outputs[0].type, zero)));
            });
        }
    });
}

void infer_dequantise(NodeView& node) {
    node.require_type(1, type_bit(DataType::f32) | type_bit(DataType::f16) | type_bit(DataType::bf16));
    if (node.has(2)) {
        node.require_same_type(0, 2);
        node.require(
            node.shape(1) == node.shape(2) || (node.count(1) == 1 && node.count(2) == 1),
            "its scale and zero point differ in shape");
    }
    if (!node.failed() && scale_map(node)) {
        node.output(node.type(1), node.shape(0));
    }
}

void compute_dequantise(NodeView& node, std::span<Tensor> outputs) {
    const ScaleMap map = *scale_map(node);
    const Tensor& x = node.in(0);
    visit_float(outputs[0].type, [&]<class T>(TypeTag<T>) {
        T* y = outputs[0].as<T>().data();
        for_each_scale(x.shape, map, [&](int64_t i, int64_t s) {
            const int32_t zero = node.has(2) ? int_at(node.in(2), s) : 0;
            y[i] = T(dequantise(int_at(x, i), float_at(node.in(1), s), zero));
        });
    });
}

// ---- DynamicQuantizeLinear: u8, range widened to hold 0 ----

void infer_dynamic(NodeView& node) {
    node.output(DataType::u8, node.shape(0));
    node.output(DataType::f32, {});
    node.output(DataType::u8, {});
}

void compute_dynamic(NodeView& node, std::span<Tensor> outputs) {
    float low = 0, high = 0;
    for (const float value : node.elements<float>(0)) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    // all zeros: any scale does; ONNX Runtime takes 1
    const float scale = low == high ? 1.0F : (high - low) / 255.0F;
    const int32_t zero = quantise(0.0F - low, scale, {0, 0, 255});
    const std::span<uint8_t> y = outputs[0].as<uint8_t>();
    for (size_t i = 0; i < y.size(); ++i) {
        y[i] = static_cast<uint8_t>(quantise(node.elements<float>(0)[i], scale, {zero, 0, 255}));
    }
    outputs[1].as<float>()[0] = scale;
    outputs[2].as<uint8_t>()[0] = static_cast<uint8_t>(zero);
}

// ---- QLinearMatMul and QLinearConv ----

// fl32(fl32(s_x * s_w) / s_y), per output channel where s_w has several entries.
std::vector<Rescale> rescales(NodeView& node, size_t x, size_t w, size_t y) {
    std::vector<Rescale> result;
    for (int64_t c = 0; c < node.count(w); ++c) {
        const float factor = scale_at(node, x) * float_at(node.in(w), c);
        result.push_back({.mode = RequantMode::f32_rne, .scale = factor / scale_at(node, y)});
    }
    return result;
}

// Requantises sums into y; channel(i) numbers the output channel of element i.
template <class Channel>
void requantise_into(
    const std::vector<int32_t>& sums,
    const std::vector<Rescale>& scales,
    int32_t zero,
    Tensor& y,
    const Channel& channel) {
    const Clamp clamp = clamp_to(y.type, zero);
    const std::span<uint8_t> bytes = y.as<uint8_t>();
    for (size_t i = 0; i < bytes.size(); ++i) {
        const size_t c = scales.size() == 1 ? 0 : static_cast<size_t>(channel(static_cast<int64_t>(i)));
        bytes[i] = static_cast<uint8_t>(requantise(sums[i], scales[c], clamp));
    }
}

// Inputs a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero.
void infer_qlinear_matmul(NodeView& node) {
    if (!node.require_type(3, kBytes) || !node.require_type(7, kBytes) || !node.require_type(4, kF32) ||
        !require_scalar_quant(node, 1, 2, node.type(0)) || !require_scalar_quant(node, 6, 7, node.type(7))) {
        return;
    }
    const std::optional<MatrixProduct> product = matrix_product(node.shape(0), node.shape(3));
    if (!node.require(product.has_value(), "its matrices have no product")) {
        return;
    }
    node.require_same_type(3, 5);
    node.require(
        (node.count(4) == 1 || node.count(4) == product->n) && node.count(5) == node.count(4),
        "its second scale and zero point are neither one nor one per column");
    double operations = static_cast<double>(product->k);
    for (const int64_t dim : product->shape) {
        operations *= static_cast<double>(dim);
    }
    if (node.require_operations(operations)) {
        node.output(node.type(7), product->shape);
    }
}

void compute_qlinear_matmul(NodeView& node, std::span<Tensor> outputs) {
    const MatrixProduct p = *matrix_product(node.shape(0), node.shape(3));
    const std::vector<int32_t> sums = integer_product(node.in(0), node.in(3), p, zeros_of(node, 2), zeros_of(node, 5));
    requantise_into(sums, rescales(node, 1, 4, 6), zero_at(node, 7), outputs[0], [&](int64_t i) { return i % p.n; });
}

// Inputs x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias.
void infer_qlinear_conv(NodeView& node) {
    if (!node.require_type(3, kBytes) || !node.require_type(7, kBytes) || !node.require_type(4, kF32) ||
        !require_scalar_quant(node, 1, 2, node.type(0)) || !require_scalar_quant(node, 6, 7, node.type(7)) ||
        !node.require_same_type(3, 5) || !node.require(node.rank(3) >= 3, "its weights have too few dimensions")) {
        return;
    }
    const int64_t filters = node.shape(3)[0];
    node.require(
        (node.count(4) == 1 || node.count(4) == filters) && (node.count(5) == 1 || node.count(5) == filters),
        "its weight scale or zero point is neither one nor one per filter");
    if (node.has(8)) {
        node.require_type(8, type_bit(DataType::s32));
        node.require(node.failed() || node.count(8) == filters, "its bias has not one entry per filter");
    }
    if (!node.failed()) {
        infer_convolution(node, 0, 3, node.type(7));
    }
}

void compute_qlinear_conv(NodeView& node, std::span<Tensor> outputs) {
    const Shape& weights = node.shape(3);
    const SpatialWindow window = window_of(node, 0, Shape(weights.begin() + 2, weights.end()));
    std::vector<int32_t> sums = integer_convolution(
        node.in(0),
        node.in(3),
        window,
        node.integer("group", 1),
        zero_at(node, 2),
        zeros_of(node, 5));
    const int64_t filters = weights[0], plane = product(outputs[0].shape, 2, outputs[0].shape.size());
    const auto channel = [&](int64_t i) { return i / plane % filters; };
    for (size_t i = 0; node.has(8) && i < sums.size(); ++i) {
        const auto bias = static_cast<uint32_t>(int_at(node.in(8), channel(static_cast<int64_t>(i))));
        sums[i] = static_cast<int32_t>(static_cast<uint32_t>(sums[i]) + bias);
    }
    requantise_into(sums, rescales(node, 1, 4, 6), zero_at(node, 7), outputs[0], channel);
}

// ---- com.microsoft: QGemm ----

Shape oriented_shape(NodeView& node, size_t i, std::string_view attribute) {
    const Shape& shape = node.shape(i);
    return node.integer(attribute, 0) != 0 ? Shape{shape[1], shape[0]} : shape;
}

// Inputs a, a_scale, a_zero, b, b_scale, b_zero, c (s32), y_scale, y_zero.
void infer_qgemm(NodeView& node) {
    if (!node.require_type(3, kBytes) || !node.require_type(4, kF32) || !node.require_same_type(3, 5) ||
        !node.require(node.rank(0) == 2 && node.rank(3) == 2, "its inputs are no matrices") ||
        !node.require(node.has(7) && node.has(8), "its output is not quantised") || !node.require_type(8, kBytes) ||
        !require_scalar_quant(node, 1, 2, node.type(0)) || !require_scalar_quant(node, 7, 8, node.type(8))) {
        return;
    }
    const Shape a = oriented_shape(node, 0, "transA"), b = oriented_shape(node, 3, "transB");
    const Shape y = {a[0], b[1]};
    node.require(a[1] == b[0], "its matrices have no product");
    node.require(
        (node.count(4) == 1 || node.count(4) == y[1]) && node.count(5) == node.count(4),
        "its second scale and zero point are neither one nor one per column");
    if (node.has(6)) {
        node.require_type(6, type_bit(DataType::s32));
        node.require(broadcast_shapes(node.shape(6), y) == y, "its bias does not broadcast to the product");
    }
    if (node.require_operations(static_cast<double>(a[0]) * static_cast<double>(a[1]) * static_cast<double>(b[1]))) {
        node.output(node.type(8), y);
    }
}

// Scale: fl32(fl32(fl32(alpha * s_a) * s_b) / s_y), as ONNX Runtime forms it.
void compute_qgemm(NodeView& node, std::span<Tensor> outputs) {
    const Tensor a = oriented(node.in(0), node.integer("transA", 0) != 0);
    const Tensor b = oriented(node.in(3), node.integer("transB", 0) != 0);
    const MatrixProduct p = *matrix_product(a.shape, b.shape);
    std::vector<int32_t> sums = integer_product(a, b, p, zeros_of(node, 2), zeros_of(node, 5));
    if (node.has(6)) {
        for_each_index<1>(
            outputs[0].shape,
            {broadcast_strides(node.shape(6), outputs[0].shape)},
            [&](int64_t o, const std::array<int64_t, 1>& at) {
                int32_t& sum = sums[static_cast<size_t>(o)];
                sum =
                    static_cast<int32_t>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(int_at(node.in(6), at[0])));
            });
    }
    const float left = node.number("alpha", 1) * scale_at(node, 1);
    std::vector<Rescale> scales;
    for (int64_t c = 0; c < node.count(4); ++c) {
        const float factor = left * float_at(node.in(4), c);
        scales.push_back({.mode = RequantMode::f32_rne, .scale = factor / scale_at(node, 7)});
    }
    requantise_into(sums, scales, zero_at(node, 8), outputs[0], [&](int64_t i) { return i % p.n; });
}

// ---- com.microsoft: elementwise ----

// Inputs a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero.
void infer_qlinear_pair(NodeView& node) {
    node.require_same_type(0, 3);
    if (!require_scalar_quant(node, 1, 2, node.type(0)) || !require_scalar_quant(node, 4, 5, node.type(0)) ||
        !require_scalar_quant(node, 6, 7, node.type(0))) {
        return;
    }
    const std::optional<Shape> shape = broadcast_shapes(node.shape(0), node.shape(3));
    if (node.require(shape.has_value(), "its inputs do not broadcast")) {
        node.output(node.type(0), *shape);
    }
}

void compute_qlinear_pair(NodeView& node, std::span<Tensor> outputs) {
    const Elementwise e{
        .scale_a = scale_at(node, 1),
        .scale_b = scale_at(node, 4),
        .scale_y = scale_at(node, 6),
        .zero_a = zero_at(node, 2),
        .zero_b = zero_at(node, 5),
        .clamp = clamp_to(node.type(0), zero_at(node, 7))};
    const bool adds = node.op() == "QLinearAdd";
    const Shape& shape = outputs[0].shape;
    for_each_index<2>(
        shape,
        {broadcast_strides(node.shape(0), shape), broadcast_strides(node.shape(3), shape)},
        [&](int64_t o, const std::array<int64_t, 2>& at) {
            const int32_t a = int_at(node.in(0), at[0]), b = int_at(node.in(3), at[1]);
            outputs[0].as<uint8_t>()[static_cast<size_t>(o)] =
                static_cast<uint8_t>(adds ? add_quantised(a, b, e) : multiply_quantised(a, b, e));
        });
}

// Inputs x, x_scale, x_zero, y_scale, y_zero.
bool require_unary_quant(NodeView& node) {
    return require_scalar_quant(node, 1, 2, node.type(0)) && require_scalar_quant(node, 3, 4, node.type(0));
}

void infer_qlinear_unary(NodeView& node) {
    if (require_unary_quant(node)) {
        infer_same(node);
    }
}

void compute_qlinear_leaky(NodeView& node, std::span<Tensor> outputs) {
    const float alpha = node.number("alpha", 0.01F);
    const Clamp clamp = clamp_to(node.type(0), zero_at(node, 4));
    const std::span<uint8_t> y = outputs[0].as<uint8_t>();
    for (size_t i = 0; i < y.size(); ++i) {
        const float x = dequantise(int_at(node.in(0), static_cast<int64_t>(i)), scale_at(node, 1), zero_at(node, 2));
        y[i] = static_cast<uint8_t>(quantise(x >= 0 ? x : alpha * x, scale_at(node, 3), clamp));
    }
}

// By the contract's table, which no host's exp can change.
void compute_qlinear_sigmoid(NodeView& node, std::span<Tensor> outputs) {
    const auto sound = [](float scale) { return std::isfinite(scale) && scale > 0; };
    if (!node.require(sound(scale_at(node, 1)) && sound(scale_at(node, 3)), "a scale is not above 0")) {
        return;
    }
    const ByteTable table = make_table(
        TableFunction::sigmoid,
        {.type = node.type(0), .scale = scale_at(node, 1), .zero = zero_at(node, 2)},
        {.type = node.type(0), .scale = scale_at(node, 3), .zero = zero_at(node, 4)},
        0,
        0);
    const std::span<const uint8_t> x = node.elements<uint8_t>(0);
    const std::span<uint8_t> y = outputs[0].as<uint8_t>();
    for (size_t i = 0; i < y.size(); ++i) {
        y[i] = table[x[i]];
    }
}

// ---- com.microsoft: pools ----

bool channels_last(NodeView& node) { return node.integer("channels_last", 0) != 0; }

void infer_qlinear_global(NodeView& node) {
    if (!require_unary_quant(node) || !node.require(node.rank(0) >= 3, "its input has fewer than 3 dimensions")) {
        return;
    }
    Shape shape = node.shape(0);
    const int64_t first = channels_last(node) ? 1 : 2;
    int64_t cells = 1;
    for (int64_t d = first; d < first + node.rank(0) - 2; ++d) {
        cells *= shape[static_cast<size_t>(d)];
        shape[static_cast<size_t>(d)] = 1;
    }
    // 255 times the cells must stay below 2^31
    node.require(cells >= 1 && cells < (1 << 23), "its spatial dimensions are empty or too large");
    node.output(node.type(0), shape);
}

// acc = sum of (x - x_zero), rescaled by fl32(s_x / fl32(s_y * cells)).
void compute_qlinear_global(NodeView& node, std::span<Tensor> outputs) {
    const Shape& shape = node.shape(0);
    const int64_t channels = channels_last(node) ? shape.back() : shape[1];
    const int64_t cells = node.count(0) == 0 ? 1 : node.count(0) / (shape[0] * channels);
    const int64_t step = channels_last(node) ? channels : 1;
    const float divisor = scale_at(node, 3) * static_cast<float>(cells);
    const Rescale rescale{.mode = RequantMode::f32_rne, .scale = scale_at(node, 1) / divisor};
    const Clamp clamp = clamp_to(node.type(0), zero_at(node, 4));
    const std::span<uint8_t> y = outputs[0].as<uint8_t>();
    for (size_t o = 0; o < y.size(); ++o) {
        const auto index = static_cast<int64_t>(o);
        const int64_t first =
            channels_last(node) ? index / channels * cells * channels + index % channels : index * cells;
        int32_t sum = 0;
        for (int64_t i = 0; i < cells; ++i) {
            sum += int_at(node.in(0), first + i * step) - zero_at(node, 2);
        }
        y[o] = static_cast<uint8_t>(requantise(sum, rescale, clamp));
    }
}

// A list of dimensions (a shape, or their numbers) with the channels moved from its end to the second place, or back.
Shape channels_moved(Shape dims, bool to_second) {
    std::rotate(dims.begin() + 1, to_second ? dims.end() - 1 : dims.begin() + 2, dims.end());
    return dims;
}

// A tensor of the rank of `from` with its channels moved.
Tensor with_channels_moved(const Tensor& from, bool to_second) {
    std::vector<int64_t> numbers(from.shape.size());
    std::iota(numbers.begin(), numbers.end(), int64_t{0});
    Tensor result(from.type, channels_moved(from.shape, to_second));
    transpose_into(from, channels_moved(numbers, to_second), result);
    return result;
}

void infer_qlinear_average(NodeView& node) {
    if (!require_unary_quant(node) || !node.require(node.rank(0) >= 3, "its input has fewer than 3 dimensions")) {
        return;
    }
    const Shape x = channels_last(node) ? channels_moved(node.shape(0), true) : node.shape(0);
    const SpatialWindow window = window_of(node, x, {});
    if (node.failed()) {
        return;
    }
    const Shape shape = window_shape(window, x[0], x[1]);
    if (require_pool_operations(node, window, shape)) {
        node.output(node.type(0), channels_last(node) ? channels_moved(shape, false) : shape);
    }
}

// acc = sum of (x - x_zero) of the cells inside, rescaled by fl32(s_x / fl32(s_y * cells)). With count_include_pad
// every cell of the kernel counts, also those that ceil_mode adds behind the padding (ONNX Runtime).
void compute_qlinear_average(NodeView& node, std::span<Tensor> outputs) {
    const bool last = channels_last(node);
    const Tensor x = last ? with_channels_moved(node.in(0), true) : node.in(0);
    const SpatialWindow window = window_of(node, x.shape, {});
    const WindowSums pool = integer_pool(x, window, zero_at(node, 2), node.integer("count_include_pad", 0) != 0);
    const Clamp clamp = clamp_to(node.type(0), zero_at(node, 4));
    Tensor y(node.type(0), window_shape(window, x.shape[0], x.shape[1]));
    for (size_t o = 0; o < pool.sums.size(); ++o) {
        if (!node.require(pool.cells[o] > 0, "a window lies in the padding alone")) {
            return;
        }
        const float scale = average_scale(scale_at(node, 1), scale_at(node, 3), pool.cells[o]);
        y.as<uint8_t>()[o] =
            static_cast<uint8_t>(requantise(pool.sums[o], {.mode = RequantMode::f32_rne, .scale = scale}, clamp));
    }
    outputs[0] = last ? with_channels_moved(y, false) : std::move(y);
}

// ---- com.microsoft: concat ----

// Inputs y_scale, y_zero, then tensor, scale, zero for each.
void infer_qlinear_concat(NodeView& node) {
    if (!node.require(node.input_count() % 3 == 2, "its inputs are not in threes") || !node.require_type(1, kBytes)) {
        return;
    }
    if (!require_scalar_quant(node, 0, 1, node.type(1)) || !node.require(node.has(2), "one of its inputs is missing")) {
        return;
    }
    const int64_t axis = node.axis(node.integer("axis", 0), node.rank(2));
    node.require(node.has_attribute("axis"), "its axis is missing");
    node.require_same_type(1, 2);
    for (size_t i = 2; i < node.input_count() && !node.failed(); i += 3) {
        (void)require_scalar_quant(node, i + 1, i + 2, node.type(1));
    }
    const std::optional<Shape> shape = node.failed() ? std::nullopt : concat_shape(node, axis, 2, 3);
    if (shape) {
        node.output(node.type(1), *shape);
    }
}

// A part whose scale and zero point are the output's is copied; others are dequantised and quantised again.
void compute_qlinear_concat(NodeView& node, std::span<Tensor> outputs) {
    Tensor& y = outputs[0];
    const int64_t axis = node.axis(node.integer("axis", 0), node.rank(2));
    const Clamp clamp = clamp_to(y.type, zero_at(node, 1));
    int64_t at = 0;
    for (size_t i = 2; i < node.input_count(); i += 3) {
        const bool same = scale_at(node, i + 1) == scale_at(node, 0) && zero_at(node, i + 2) == zero_at(node, 1);
        Tensor moved = node.in(i);
        for (int64_t k = 0; !same && k < moved.count(); ++k) {
            const float x = dequantise(int_at(node.in(i), k), scale_at(node, i + 1), zero_at(node, i + 2));
            moved.as<uint8_t>()[static_cast<size_t>(k)] = static_cast<uint8_t>(quantise(x, scale_at(node, 0), clamp));
        }
        put_part(moved, axis, at, y);
        at += moved.shape[static_cast<size_t>(axis)];
    }
}

constexpr std::string_view kMicrosoft = "com.microsoft";
constexpr TypeSet kQuantisable = kFloats | type_bit(DataType::s32);
constexpr std::string_view kUnfused = "value of the unfused form: dequantise, compute and quantise in binary32";

constexpr OperatorInfo kRows[] = {
    {kMicrosoft,
     "QGemm",
     "u8 and s8, quantised output; second scale per tensor or column",
     "alpha transA transB",
     9,
     9,
     1,
     kBytes,
     infer_qgemm,
     compute_qgemm},
    {"",
     "QuantizeLinear",
     "u8, s8, u16, s16, u4, s4; per tensor, axis or block",
     "axis saturate block_size output_dtype precision",
     2,
     3,
     1,
     kQuantisable,
     infer_quantise,
     compute_quantise},
    {"",
     "DequantizeLinear",
     "u8, s8, u16, s16, u4, s4, s32; per tensor, axis or block",
     "axis block_size",
     2,
     3,
     1,
     kQuantised | type_bit(DataType::s32),
     infer_dequantise,
     compute_dequantise},
    {kMicrosoft, "QuantizeLinear", "as of ONNX", "axis", 2, 3, 1, kQuantisable, infer_quantise, compute_quantise},
    {kMicrosoft,
     "DequantizeLinear",
     "as of ONNX",
     "axis",
     2,
     3,
     1,
     kQuantised | type_bit(DataType::s32),
     infer_dequantise,
     compute_dequantise},
    {"", "DynamicQuantizeLinear", "u8", "", 1, 1, 3, kF32, infer_dynamic, compute_dynamic},
    {"",
     "QLinearMatMul",
     "u8 and s8; second scale per tensor or column",
     "",
     8,
     8,
     1,
     kBytes,
     infer_qlinear_matmul,
     compute_qlinear_matmul},
    {"",
     "QLinearConv",
     "u8 and s8; weight scale per tensor or filter; 1 to 3 spatial dimensions",
     "auto_pad dilations group kernel_shape pads strides",
     8,
     9,
     1,
     kBytes,
     infer_qlinear_conv,
     compute_qlinear_conv},
    {kMicrosoft, "QLinearAdd", kUnfused, "", 7, 8, 1, kBytes, infer_qlinear_pair, compute_qlinear_pair},
    {kMicrosoft, "QLinearMul", kUnfused, "", 7, 8, 1, kBytes, infer_qlinear_pair, compute_qlinear_pair},
    {kMicrosoft, "QLinearLeakyRelu", kUnfused, "alpha", 4, 5, 1, kBytes, infer_qlinear_unary, compute_qlinear_leaky},
    {kMicrosoft,
     "QLinearSigmoid",
     "by the contract's table; scales above 0",
     "",
     4,
     5,
     1,
     kBytes,
     infer_qlinear_unary,
     compute_qlinear_sigmoid},
    {kMicrosoft,
     "QLinearAveragePool",
     "1 to 3 spatial dimensions; sums less zero points, rescaled by fl32(s_x / fl32(s_y * cells))",
     "auto_pad ceil_mode channels_last count_include_pad kernel_shape pads strides",
     4,
     5,
     1,
     kBytes,
     infer_qlinear_average,
     compute_qlinear_average},
    {kMicrosoft,
     "QLinearGlobalAveragePool",
     "sum less zero points, rescaled by fl32(s_x / fl32(s_y * cells))",
     "channels_last",
     5,
     5,
     1,
     kBytes,
     infer_qlinear_global,
     compute_qlinear_global},
    {kMicrosoft, "QLinearConcat", kUnfused, "axis", 5, 255, 1, kF32, infer_qlinear_concat, compute_qlinear_concat},
};

}  // namespace

std::span<const OperatorInfo> quantised_operators() { return kRows; }

}  // namespace chipchain
