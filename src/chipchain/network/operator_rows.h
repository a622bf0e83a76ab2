// Internal to operators*.cc: how the functions of an operator see a node, and what they share. An operator has two
// functions: infer() checks everything that can be checked and states the outputs; compute() fills them.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/core.h>

#include "chipchain/base/check.h"
#include "chipchain/network/operators.h"

namespace chipchain {

// ---- element types ------------------------------------------------------------------------------------------------

// 16-bit floats: bits in memory, binary32 in computation, rounded to nearest even when stored.
[[nodiscard]] float half_to_float(uint16_t bits);
[[nodiscard]] uint16_t float_to_half(float value);
[[nodiscard]] uint16_t float_to_bfloat(float value);

struct Half {
    uint16_t bits = 0;
    Half() = default;
    explicit Half(float value) : bits(float_to_half(value)) {}
    operator float() const { return half_to_float(bits); }
};
struct Bfloat {
    uint16_t bits = 0;
    Bfloat() = default;
    explicit Bfloat(float value) : bits(float_to_bfloat(value)) {}
    operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

template <class T>
inline constexpr bool is_half = std::is_same_v<T, Half> || std::is_same_v<T, Bfloat>;
template <class T>
inline constexpr bool is_floating = std::is_floating_point_v<T> || is_half<T>;
// What an element is computed in: binary32 for 16-bit floats, else itself.
template <class T>
using Compute = std::conditional_t<is_half<T>, float, T>;

template <class T>
struct TypeTag {
    using type = T;
};

inline constexpr TypeSet kFloats =
    type_bit(DataType::f32) | type_bit(DataType::f64) | type_bit(DataType::f16) | type_bit(DataType::bf16);
inline constexpr TypeSet kSigned =
    type_bit(DataType::s8) | type_bit(DataType::s16) | type_bit(DataType::s32) | type_bit(DataType::s64);
inline constexpr TypeSet kUnsigned =
    type_bit(DataType::u8) | type_bit(DataType::u16) | type_bit(DataType::u32) | type_bit(DataType::u64);
inline constexpr TypeSet kNumbers = kFloats | kSigned | kUnsigned;
inline constexpr TypeSet kNibbles = type_bit(DataType::u4) | type_bit(DataType::s4);
inline constexpr TypeSet kBoolean = type_bit(DataType::boolean);
inline constexpr TypeSet kAll = kNumbers | kBoolean | kNibbles;  // all but text
inline constexpr TypeSet kIndices = type_bit(DataType::s32) | type_bit(DataType::s64);
inline constexpr TypeSet kBytes = type_bit(DataType::u8) | type_bit(DataType::s8);
inline constexpr TypeSet kF32 = type_bit(DataType::f32);
inline constexpr TypeSet kS64 = type_bit(DataType::s64);

// Calls function(TypeTag<T>) with the type that holds the elements. REQUIRES a type other than text.
template <class Function>
void visit_type(DataType type, Function&& function) {
    switch (type) {
        case DataType::f32:
            return function(TypeTag<float>{});
        case DataType::f64:
            return function(TypeTag<double>{});
        case DataType::f16:
            return function(TypeTag<Half>{});
        case DataType::bf16:
            return function(TypeTag<Bfloat>{});
        case DataType::u8:
        case DataType::u4:
        case DataType::boolean:
            return function(TypeTag<uint8_t>{});
        case DataType::s8:
        case DataType::s4:
            return function(TypeTag<int8_t>{});
        case DataType::u16:
            return function(TypeTag<uint16_t>{});
        case DataType::s16:
            return function(TypeTag<int16_t>{});
        case DataType::u32:
            return function(TypeTag<uint32_t>{});
        case DataType::s32:
            return function(TypeTag<int32_t>{});
        case DataType::u64:
            return function(TypeTag<uint64_t>{});
        case DataType::s64:
            return function(TypeTag<int64_t>{});
        case DataType::text:
            CHECK(false);
    }
}

// The same for floats only. REQUIRES a type of kFloats.
template <class Function>
void visit_float(DataType type, Function&& function) {
    switch (type) {
        case DataType::f32:
            return function(TypeTag<float>{});
        case DataType::f64:
            return function(TypeTag<double>{});
        case DataType::f16:
            return function(TypeTag<Half>{});
        case DataType::bf16:
            return function(TypeTag<Bfloat>{});
        default:
            CHECK(false);
    }
}

// Integers wrap mod 2^bits, floats round: sums, differences and products in the element's own type.
template <class T>
[[nodiscard]] Compute<T> sum_of(Compute<T> a, Compute<T> b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    } else {
        return a + b;
    }
}
template <class T>
[[nodiscard]] Compute<T> difference_of(Compute<T> a, Compute<T> b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
    } else {
        return a - b;
    }
}
template <class T>
[[nodiscard]] Compute<T> product_of(Compute<T> a, Compute<T> b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    } else {
        return a * b;
    }
}

// A float as an integer: truncated, out of range to the nearest, NaN to 0.
template <class To, class From>
[[nodiscard]] To saturate_cast(From value) {
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        if (std::isnan(value)) {
            return 0;
        }
        // the bounds as powers of two are exact in every float type
        const From above = std::ldexp(From{1}, std::numeric_limits<To>::digits);
        if (value >= above) {
            return std::numeric_limits<To>::max();
        }
        if (value < (std::is_signed_v<To> ? -above : From{0})) {
            return std::numeric_limits<To>::min();
        }
        return static_cast<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

// ---- one node -----------------------------------------------------------------------------------------------------

struct OutputType {
    DataType type = DataType::f32;
    Shape shape;
    std::optional<Tensor> value;  // where the inference knows it: Shape, Size
};

struct InputType {
    bool present = false;
    DataType type = DataType::f32;
    Shape shape;
};

class NodeView {
 public:
    // types: one per input of the node
    NodeView(const OperatorInfo& row, const OperatorCall& call, std::vector<InputType> types);

    [[nodiscard]] int64_t opset() const { return call_.opset; }
    [[nodiscard]] size_t input_count() const { return types_.size(); }
    [[nodiscard]] size_t output_count() const { return call_.node->outputs.size(); }
    [[nodiscard]] std::string_view op() const { return call_.node->op; }
    [[nodiscard]] bool has(size_t i) const { return i < types_.size() && types_[i].present; }
    [[nodiscard]] bool wants_output(size_t i) const {
        return i < call_.node->outputs.size() && call_.node->outputs[i] != kNoValue;
    }
    [[nodiscard]] DataType type(size_t i) const { return types_[i].type; }
    [[nodiscard]] const Shape& shape(size_t i) const { return types_[i].shape; }
    [[nodiscard]] int64_t rank(size_t i) const { return static_cast<int64_t>(types_[i].shape.size()); }
    [[nodiscard]] int64_t count(size_t i) const { return element_count(types_[i].shape); }
    // the input's value, or nullptr when it is omitted or not known yet
    [[nodiscard]] const Tensor* value(size_t i) const { return i < call_.inputs.size() ? call_.inputs[i] : nullptr; }
    // the input's value in compute()
    [[nodiscard]] const Tensor& in(size_t i) const {
        const Tensor* tensor = value(i);
        CHECK(tensor != nullptr);
        return *tensor;
    }
    // its elements
    template <class T>
    [[nodiscard]] std::span<const T> elements(size_t i) const {
        return in(i).as<T>();
    }

    // Attributes. One of another kind than asked for is a failure.
    [[nodiscard]] bool has_attribute(std::string_view name) const {
        return find_attribute(*call_.node, name) != nullptr;
    }
    int64_t integer(std::string_view name, int64_t other);
    float number(std::string_view name, float other);
    std::string text(std::string_view name, std::string_view other);
    std::vector<int64_t> integers(std::string_view name);
    std::vector<float> numbers(std::string_view name);
    std::vector<std::string> texts(std::string_view name);
    const Tensor* tensor(std::string_view name);

    // The integers of an input of type s64 or s32, of rank 0 or 1. A failure (and nullopt) when they are not known yet.
    std::optional<std::vector<int64_t>> integers_of_input(size_t i, std::string_view what);
    // Axes or sizes as an attribute (older operator sets) or as input i; nullopt when neither is there or on failure.
    std::optional<std::vector<int64_t>> integers_of(std::string_view attribute, size_t i);
    // The axis in [0, rank), negative ones counted from the end; a failure and 0 otherwise.
    int64_t axis(int64_t value, int64_t rank);
    std::vector<int64_t> axes(const std::vector<int64_t>& values, int64_t rank);

    // Records the first failure; text says which rule is broken, `found` it.
    void fail(std::string text);
    // The same for a shape that only a run can know.
    void unknown(std::string text);
    void too_large(std::string text);
    // Fails with the rule unless it holds; returns whether it holds and nothing failed before.
    bool require(bool holds, std::string_view rule);
    // Fails unless input i has a type of the set.
    bool require_type(size_t i, TypeSet types);
    bool require_same_type(size_t i, size_t j);
    // Fails when the node would multiply more than its limit; notes the count.
    bool require_operations(double count);
    // The largest count noted.
    [[nodiscard]] double operations() const { return operations_; }
    [[nodiscard]] const OperatorLimits& limits() const { return call_.limits; }
    [[nodiscard]] bool failed() const { return !errors_.empty(); }
    Diagnostics take_errors() { return std::move(errors_); }

    // Fails on an attribute that is not a word of the list.
    void require_known_attributes(std::string_view list, bool (*is_word_of)(std::string_view, std::string_view));
    // Fails when an inferred output exceeds the limits or is missing.
    void check_outputs();

    // States the next output.
    void output(DataType type, Shape shape);
    void output_value(Tensor value);
    std::vector<OutputType>& outputs() { return outputs_; }

 private:
    void record(std::string id, std::string text);
    const Attribute* attribute(std::string_view name, AttributeKind kind);

    const OperatorInfo& row_;
    const OperatorCall& call_;
    std::vector<InputType> types_;
    std::vector<OutputType> outputs_;
    double operations_ = 0;
    Diagnostics errors_;
};

// Checks the node against its row (counts, attributes, types) and runs infer().
void infer_outputs(const OperatorInfo& row, NodeView& node);
// Bytes of all outputs that the inference stated; tensor_elements bounds each of them.
[[nodiscard]] int64_t output_bytes(NodeView& node);

// The label of a node in messages.
[[nodiscard]] std::string node_text(const Node& node);

// ---- shapes -------------------------------------------------------------------------------------------------------

using Strides = std::vector<int64_t>;
// Row-major strides, in elements.
[[nodiscard]] Strides strides_of(const Shape& shape);
// Strides of `shape` seen as `to`, aligned at the last dimension: 0 where it is repeated. REQUIRES that it fits.
[[nodiscard]] Strides broadcast_strides(const Shape& shape, const Shape& to);
// The shape that both broadcast to (ONNX: Broadcasting), or nullopt.
[[nodiscard]] std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b);
// Product of the dimensions [from, to).
[[nodiscard]] int64_t product(const Shape& shape, size_t from, size_t to);
// A shape seen along one axis: element (o, k, i) stands at (o * length + k) * inner + i.
struct Line {
    int64_t outer = 1, length = 1, inner = 1;
};
[[nodiscard]] Line line_of(const Shape& shape, int64_t axis);

// Calls function(o, at) for every index of `shape` in row-major order: o counts, at[j] = sum of index * strides[j].
template <size_t N, class Function>
void for_each_index(const Shape& shape, const std::array<Strides, N>& strides, Function&& function) {
    const int64_t total = element_count(shape);
    std::array<int64_t, N> at{};
    std::vector<int64_t> index(shape.size(), 0);
    for (int64_t o = 0; o < total; ++o) {
        function(o, at);
        for (size_t d = shape.size(); d-- > 0;) {
            if (++index[d] < shape[d]) {
                for (size_t j = 0; j < N; ++j) {
                    at[j] += strides[j][d];
                }
                break;
            }
            for (size_t j = 0; j < N; ++j) {
                at[j] -= strides[j][d] * (shape[d] - 1);
            }
            index[d] = 0;
        }
    }
}

// Copies a box of dims between strided places, whatever the element type. Offsets and strides in elements.
struct StridedCopy {
    Shape dims;
    Strides from;
    Strides to;
    int64_t from_offset = 0;
    int64_t to_offset = 0;
};
void copy_strided(const Tensor& from, Tensor& to, const StridedCopy& copy);
// Writes `from` into `to`, whose dimension d is `from`'s permutation[d].
void transpose_into(const Tensor& from, const std::vector<int64_t>& permutation, Tensor& to);
// A matrix, turned where `transposed` says so.
[[nodiscard]] Tensor oriented(const Tensor& matrix, bool transposed);
// Copies `count` elements of equal type.
void copy_elements(const Tensor& from, int64_t from_at, Tensor& to, int64_t to_at, int64_t count);

// Any number as binary64 or int64, for scalars given as tensors of any type. REQUIRES element i, a type but text.
[[nodiscard]] double number_at(const Tensor& tensor, int64_t i);
[[nodiscard]] int64_t integer_at(const Tensor& tensor, int64_t i);
// The zero points that input i holds: one, or one per row, column or filter; {0} where it is omitted.
[[nodiscard]] std::vector<int32_t> zeros_of(const NodeView& node, size_t i);

// ---- windows of conv and pools ------------------------------------------------------------------------------------

// Up to three spatial dimensions; missing ones in front are of size 1.
struct SpatialWindow {
    int64_t in[3] = {1, 1, 1};
    int64_t out[3] = {1, 1, 1};
    int64_t kernel[3] = {1, 1, 1};
    int64_t stride[3] = {1, 1, 1};
    int64_t dilation[3] = {1, 1, 1};
    int64_t begin[3] = {0, 0, 0};  // padding
    int64_t end[3] = {0, 0, 0};
    size_t dims = 0;
};
// The window of the node (attributes kernel_shape, strides, dilations, pads, auto_pad, ceil_mode) on the spatial
// dimensions of input `x`; kernel: from the weights, or empty for pools. Fails on what does not fit.
[[nodiscard]] SpatialWindow window_of(NodeView& node, size_t x, const Shape& kernel);
// The same on an input of shape n, channels, spatial dimensions.
[[nodiscard]] SpatialWindow window_of(NodeView& node, const Shape& x, const Shape& kernel);
// Leading dimensions followed by the window's output.
[[nodiscard]] Shape window_shape(const SpatialWindow& window, int64_t n, int64_t channels);

// Checks channels and groups of a convolution of input x with the weights of input w and states its output of `type`.
void infer_convolution(NodeView& node, size_t x, size_t w, DataType type);

// Integer convolution's sums: acc[n][k][out] = sum (x - zero_x)(w - zero_w[k]) mod 2^32. x, w: u8 or s8.
[[nodiscard]] std::vector<int32_t> integer_convolution(
    const Tensor& x,
    const Tensor& w,
    const SpatialWindow& window,
    int64_t groups,
    int32_t zero_x,
    const std::vector<int32_t>& zero_w);

// Fails when the cells of the windows of all outputs, of `shape`, exceed the limit of operations.
bool require_pool_operations(NodeView& node, const SpatialWindow& window, const Shape& shape);

// The windows of an integer pool on x [n][c][in] (u8 or s8), in the order of its outputs: the sum of the cells inside
// less zero_x each, mod 2^32, and how many cells count: those inside, or all of the kernel.
struct WindowSums {
    std::vector<int32_t> sums;
    std::vector<int64_t> cells;
};
[[nodiscard]] WindowSums
integer_pool(const Tensor& x, const SpatialWindow& window, int32_t zero_x, bool padding_counts);

// Geometry of a matrix product as numpy's matmul.
struct MatrixProduct {
    int64_t m = 0, n = 0, k = 0;
    Shape batch;
    Strides a_batch, b_batch;  // of the batch's dimensions, in elements
    Shape shape;               // of the result
};
[[nodiscard]] std::optional<MatrixProduct> matrix_product(const Shape& a, const Shape& b);
// acc[batch][m][n] = sum (a - zero_a[m])(b - zero_b[n]) mod 2^32. zeros: one, or one per row (column).
[[nodiscard]] std::vector<int32_t> integer_product(
    const Tensor& a,
    const Tensor& b,
    const MatrixProduct& product,
    const std::vector<int32_t>& zero_a,
    const std::vector<int32_t>& zero_b);

// ---- joining along an axis ----

// The shape of inputs `first`, `first` + `step`, ... joined along `axis`, in [0, rank) of the first, which is there; or
// a failure and nullopt.
[[nodiscard]] std::optional<Shape> concat_shape(NodeView& node, int64_t axis, size_t first, size_t step);
// Copies `part` into `whole`, where it begins at index `at` of the axis.
void put_part(const Tensor& part, int64_t axis, int64_t at, Tensor& whole);

// ---- shared inference ---------------------------------------------------------------------------------------------

void infer_same(NodeView& node);       // one output, as input 0
void infer_broadcast(NodeView& node);  // one output of input 0's type and the shape of all

// ---- the families -------------------------------------------------------------------------------------------------

[[nodiscard]] std::span<const OperatorInfo> unary_operators();
[[nodiscard]] std::span<const OperatorInfo> binary_operators();
[[nodiscard]] std::span<const OperatorInfo> matrix_operators();
[[nodiscard]] std::span<const OperatorInfo> window_operators();
[[nodiscard]] std::span<const OperatorInfo> reduce_operators();
[[nodiscard]] std::span<const OperatorInfo> norm_operators();
[[nodiscard]] std::span<const OperatorInfo> shape_operators();
[[nodiscard]] std::span<const OperatorInfo> move_operators();
[[nodiscard]] std::span<const OperatorInfo> gather_operators();
[[nodiscard]] std::span<const OperatorInfo> resize_operators();
[[nodiscard]] std::span<const OperatorInfo> recurrent_operators();
[[nodiscard]] std::span<const OperatorInfo> attention_operators();
[[nodiscard]] std::span<const OperatorInfo> quantised_operators();

}  // namespace chipchain
