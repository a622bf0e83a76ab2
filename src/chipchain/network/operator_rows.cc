#include "chipchain/network/operator_rows.h"

#include <algorithm>
#include <cstring>

namespace chipchain {

namespace {

constexpr int kMostDimensions = 16;         // as the reader's
constexpr int64_t kMostIntegers = 1 << 16;  // assumption: the parts of a Split

std::string types_text(TypeSet types) {
    std::string text;
    for (int i = 0; i <= static_cast<int>(DataType::text); ++i) {
        const auto type = static_cast<DataType>(i);
        if ((types & type_bit(type)) != 0) {
            text += (text.empty() ? "" : " ") + std::string(info(type).name);
        }
    }
    return text;
}

}  // namespace

float half_to_float(uint16_t bits) {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000U) << 16;
    const uint32_t exponent = (bits >> 10) & 31U;
    const uint32_t fraction = bits & 0x3ffU;
    if (exponent == 31) {
        return std::bit_cast<float>(sign | 0x7f800000U | fraction << 13);
    }
    if (exponent == 0) {
        // fraction * 2^-24 is exact
        const float value = static_cast<float>(fraction) * 0x1p-24F;
        return sign != 0 ? -value : value;
    }
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

uint16_t float_to_half(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000U);
    const uint32_t magnitude = bits & 0x7fffffffU;
    if (magnitude > 0x7f800000U) {
        return static_cast<uint16_t>(sign | 0x7e00U | (magnitude >> 13 & 0x3ffU));
    }
    if (magnitude >= 0x477ff000U) {  // 65520 and beyond round to infinity
        return static_cast<uint16_t>(sign | 0x7c00U);
    }
    if (magnitude < 0x38800000U) {  // below 2^-14: a multiple of 2^-24
        const float scaled = std::bit_cast<float>(magnitude) * 0x1p24F;
        // below 1024: adding 2^23 rounds to an integer, to nearest even
        const float rounded = (scaled + 0x1p23F) - 0x1p23F;
        return static_cast<uint16_t>(sign | static_cast<uint16_t>(rounded));
    }
    const uint32_t odd = magnitude >> 13 & 1U;
    return static_cast<uint16_t>(sign | ((magnitude - (112U << 23) + 0xfffU + odd) >> 13));
}

uint16_t float_to_bfloat(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U) {
        return static_cast<uint16_t>(bits >> 16 | 0x40U);
    }
    return static_cast<uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

NodeView::NodeView(const OperatorInfo& row, const OperatorCall& call, std::vector<InputType> types)
    : row_(row), call_(call), types_(std::move(types)) {}

void NodeView::record(std::string id, std::string text) {
    if (errors_.empty()) {
        errors_.push_back(
            {.severity = Severity::error,
             .id = std::move(id),
             .message = fmt::format("{}: {}", node_text(*call_.node), text),
             .help = row_.help.empty() ? "" : fmt::format("supported of {}: {}", row_.op, row_.help)});
    }
}

void NodeView::fail(std::string text) { record("onnx-operator", std::move(text)); }
void NodeView::unknown(std::string text) { record("onnx-shape", std::move(text)); }
void NodeView::too_large(std::string text) { record("onnx-too-large", std::move(text)); }

bool NodeView::require(bool holds, std::string_view rule) {
    if (!holds) {
        fail(std::string(rule));
    }
    return !failed();
}

bool NodeView::require_type(size_t i, TypeSet types) {
    return require(
        !has(i) || (types & type_bit(type(i))) != 0,
        failed() || !has(i)
            ? std::string()
            : fmt::format("its input {} is {}; supported are {}", i, info(type(i)).name, types_text(types)));
}

bool NodeView::require_same_type(size_t i, size_t j) {
    if (failed() || !has(i) || !has(j)) {
        return !failed();
    }
    return require(
        type(i) == type(j),
        fmt::format("its inputs {} and {} are {} and {}", i, j, info(type(i)).name, info(type(j)).name));
}

bool NodeView::require_operations(double count) {
    operations_ = std::max(operations_, count);
    if (!failed() && !(count <= static_cast<double>(call_.limits.operations))) {
        too_large(fmt::format("it needs {:.3g} operations; the limit is {}", count, call_.limits.operations));
    }
    return !failed();
}

void NodeView::require_known_attributes(std::string_view list, bool (*is_word_of)(std::string_view, std::string_view)) {
    for (const Attribute& attribute : call_.node->attributes) {
        // one empty name would match the end of the list
        require(
            !attribute.name.empty() && is_word_of(attribute.name, list),
            fmt::format("its attribute '{}' is not known", attribute.name.substr(0, 40)));
    }
}

void NodeView::check_outputs() {
    // what the inference states and the node does not want stays inside; a wanted one must be stated
    require(outputs_.size() >= call_.node->outputs.size(), "it has more outputs than its operator");
    for (const OutputType& output : outputs_) {
        require(
            output.shape.size() <= kMostDimensions,
            fmt::format("an output has more than {} dimensions", kMostDimensions));
        if (!failed() && element_count(output.shape, call_.limits.tensor_elements) < 0) {
            too_large(fmt::format(
                "an output of shape {} exceeds {} elements",
                shape_text(output.shape),
                call_.limits.tensor_elements));
        }
    }
}

const Attribute* NodeView::attribute(std::string_view name, AttributeKind kind) {
    const Attribute* found = find_attribute(*call_.node, name);
    if (found != nullptr && found->kind != kind) {
        // an empty list has no kind of its own in old files
        if (found->kind == AttributeKind::integers && found->integers.empty()) {
            return nullptr;
        }
        fail(fmt::format("its attribute '{}' is of another kind", name));
        return nullptr;
    }
    return found;
}

int64_t NodeView::integer(std::string_view name, int64_t other) {
    const Attribute* found = attribute(name, AttributeKind::integer);
    return found != nullptr ? found->integer : other;
}

float NodeView::number(std::string_view name, float other) {
    const Attribute* found = attribute(name, AttributeKind::number);
    return found != nullptr ? found->number : other;
}

std::string NodeView::text(std::string_view name, std::string_view other) {
    const Attribute* found = attribute(name, AttributeKind::text);
    return found != nullptr ? found->text : std::string(other);
}

std::vector<int64_t> NodeView::integers(std::string_view name) {
    const Attribute* found = attribute(name, AttributeKind::integers);
    return found != nullptr ? found->integers : std::vector<int64_t>{};
}

std::vector<float> NodeView::numbers(std::string_view name) {
    const Attribute* found = attribute(name, AttributeKind::numbers);
    return found != nullptr ? found->numbers : std::vector<float>{};
}

std::vector<std::string> NodeView::texts(std::string_view name) {
    const Attribute* found = attribute(name, AttributeKind::texts);
    return found != nullptr ? found->texts : std::vector<std::string>{};
}

const Tensor* NodeView::tensor(std::string_view name) {
    const Attribute* found = attribute(name, AttributeKind::tensor);
    return found != nullptr ? &found->tensor : nullptr;
}

std::optional<std::vector<int64_t>> NodeView::integers_of_input(size_t i, std::string_view what) {
    if (!require(has(i) && rank(i) <= 1, fmt::format("its {} are missing or no list", what)) ||
        !require_type(i, kIndices)) {
        return std::nullopt;
    }
    const Tensor* tensor = value(i);
    if (tensor == nullptr) {
        unknown(fmt::format("its {} are computed, so that its shape is known only when it runs", what));
        return std::nullopt;
    }
    // axes, sizes, pads, parts: no list of them is long
    if (!require(tensor->count() <= kMostIntegers, fmt::format("its {} are more than {}", what, kMostIntegers))) {
        return std::nullopt;
    }
    std::vector<int64_t> values;
    for (int64_t k = 0; k < tensor->count(); ++k) {
        values.push_back(integer_at(*tensor, k));
    }
    return values;
}

std::optional<std::vector<int64_t>> NodeView::integers_of(std::string_view name, size_t i) {
    if (has(i)) {
        return integers_of_input(i, name);
    }
    if (has_attribute(name)) {
        return integers(name);
    }
    return std::nullopt;
}

int64_t NodeView::axis(int64_t value, int64_t rank) {
    const bool fits = value >= -rank && value < rank;
    require(fits, fmt::format("its axis {} is outside the {} dimensions", value, rank));
    return !fits ? 0 : value < 0 ? value + rank : value;
}

std::vector<int64_t> NodeView::axes(const std::vector<int64_t>& values, int64_t rank) {
    std::vector<int64_t> result;
    for (const int64_t value : values) {
        const int64_t found = axis(value, rank);
        require(std::find(result.begin(), result.end(), found) == result.end() || failed(), "an axis is named twice");
        if (failed()) {
            return {};
        }
        result.push_back(found);
    }
    return result;
}

void NodeView::output(DataType type, Shape shape) { outputs_.push_back({.type = type, .shape = std::move(shape)}); }

void NodeView::output_value(Tensor value) {
    OutputType output{.type = value.type, .shape = value.shape};
    output.value = std::move(value);
    outputs_.push_back(std::move(output));
}

Strides strides_of(const Shape& shape) {
    Strides strides(shape.size(), 1);
    for (size_t d = shape.size(); d-- > 1;) {
        strides[d - 1] = strides[d] * std::max<int64_t>(shape[d], 1);
    }
    return strides;
}

Strides broadcast_strides(const Shape& shape, const Shape& to) {
    CHECK(shape.size() <= to.size());
    const Strides own = strides_of(shape);
    Strides strides(to.size(), 0);
    const size_t shift = to.size() - shape.size();
    for (size_t d = 0; d < shape.size(); ++d) {
        CHECK(shape[d] == to[d + shift] || shape[d] == 1);
        strides[d + shift] = shape[d] == 1 ? 0 : own[d];
    }
    return strides;
}

std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
    Shape shape(std::max(a.size(), b.size()));
    for (size_t i = 0; i < shape.size(); ++i) {
        const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
        const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (da != db && da != 1 && db != 1) {
            return std::nullopt;
        }
        shape[shape.size() - 1 - i] = da == 1 ? db : da;
    }
    return shape;
}

int64_t product(const Shape& shape, size_t from, size_t to) {
    int64_t result = 1;
    for (size_t d = from; d < to && d < shape.size(); ++d) {
        result *= shape[d];
    }
    return result;
}

Line line_of(const Shape& shape, int64_t axis) {
    const auto a = static_cast<size_t>(axis);
    return {product(shape, 0, a), shape[a], product(shape, a + 1, shape.size())};
}

namespace {

template <class T>
void copy_box(const Tensor& from, Tensor& to, const StridedCopy& copy) {
    const std::span<const T> source = from.as<T>();
    const std::span<T> target = to.as<T>();
    for_each_index<2>(copy.dims, {copy.from, copy.to}, [&](int64_t, const std::array<int64_t, 2>& at) {
        target[static_cast<size_t>(copy.to_offset + at[1])] = source[static_cast<size_t>(copy.from_offset + at[0])];
    });
}

}  // namespace

void copy_strided(const Tensor& from, Tensor& to, const StridedCopy& copy) {
    CHECK(from.type == to.type);
    switch (info(from.type).bytes) {
        case 1:
            return copy_box<uint8_t>(from, to, copy);
        case 2:
            return copy_box<uint16_t>(from, to, copy);
        case 4:
            return copy_box<uint32_t>(from, to, copy);
        case 8:
            return copy_box<uint64_t>(from, to, copy);
        default:
            CHECK(false);
    }
}

void transpose_into(const Tensor& from, const std::vector<int64_t>& permutation, Tensor& to) {
    const Strides own = strides_of(from.shape);
    Strides strides;
    for (const int64_t d : permutation) {
        strides.push_back(own[static_cast<size_t>(d)]);
    }
    copy_strided(from, to, {.dims = to.shape, .from = strides, .to = strides_of(to.shape)});
}

Tensor oriented(const Tensor& matrix, bool transposed) {
    if (!transposed) {
        return matrix;
    }
    Tensor result(matrix.type, {matrix.shape[1], matrix.shape[0]});
    transpose_into(matrix, {1, 0}, result);
    return result;
}

void copy_elements(const Tensor& from, int64_t from_at, Tensor& to, int64_t to_at, int64_t count) {
    CHECK(from.type == to.type && from_at >= 0 && to_at >= 0 && count >= 0);
    const size_t size = info(from.type).bytes;
    const size_t bytes = static_cast<size_t>(count) * size;
    CHECK(static_cast<size_t>(from_at) * size + bytes <= from.bytes.size());
    CHECK(static_cast<size_t>(to_at) * size + bytes <= to.bytes.size());
    if (bytes > 0) {
        std::memcpy(
            to.bytes.data() + static_cast<size_t>(to_at) * size,
            from.bytes.data() + static_cast<size_t>(from_at) * size,
            bytes);
    }
}

double number_at(const Tensor& tensor, int64_t i) {
    double result = 0;
    visit_type(tensor.type, [&]<class T>(TypeTag<T>) {
        result = static_cast<double>(static_cast<Compute<T>>(tensor.as<T>()[static_cast<size_t>(i)]));
    });
    return result;
}

int64_t integer_at(const Tensor& tensor, int64_t i) {
    int64_t result = 0;
    visit_type(tensor.type, [&]<class T>(TypeTag<T>) {
        result = saturate_cast<int64_t>(static_cast<Compute<T>>(tensor.as<T>()[static_cast<size_t>(i)]));
    });
    return result;
}

std::vector<int32_t> zeros_of(const NodeView& node, size_t i) {
    std::vector<int32_t> zeros;
    for (int64_t k = 0; node.has(i) && k < node.count(i); ++k) {
        zeros.push_back(static_cast<int32_t>(integer_at(node.in(i), k)));
    }
    return zeros.empty() ? std::vector<int32_t>{0} : zeros;
}

void infer_same(NodeView& node) { node.output(node.type(0), node.shape(0)); }

void infer_broadcast(NodeView& node) {
    Shape shape = node.shape(0);
    for (size_t i = 1; i < node.input_count() && !node.failed(); ++i) {
        const std::optional<Shape> both = broadcast_shapes(shape, node.shape(i));
        if (!both) {
            return node.fail(
                fmt::format("shapes {} and {} do not broadcast", shape_text(shape), shape_text(node.shape(i))));
        }
        shape = *both;
    }
    node.output(node.type(0), shape);
}

}  // namespace chipchain
