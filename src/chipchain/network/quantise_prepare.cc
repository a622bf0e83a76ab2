// The float network in simpler terms, so that quantise.cc has few operators to know.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/network/operator_rows.h"
#include "chipchain/network/quantise_internal.h"

namespace chipchain {
namespace {

constexpr std::string_view kErased = "erased";

bool is_conv(const Node& node) { return node.domain.empty() && node.op == "Conv"; }

// Attributes of older operator sets that later became inputs, by position.
struct Moved {
    std::string_view op;
    std::string_view attribute;
    size_t input;
};
constexpr Moved kMoved[] = {
    {"Clip", "min", 1},
    {"Clip", "max", 2},
    {"Pad", "pads", 1},
    {"Pad", "value", 2},
    {"Slice", "starts", 1},
    {"Slice", "ends", 2},
    {"Slice", "axes", 3},
    {"Split", "split", 1},
    {"Squeeze", "axes", 1},
    {"Unsqueeze", "axes", 1},
    {"ReduceSum", "axes", 1},
    {"Dropout", "ratio", 1},
};

// Operators whose form or meaning under the same name was another one before that set, and that prepare() does not
// write anew. Source: Changelog.md of ONNX.
struct Changed {
    std::string_view op;
    int64_t since;
};
constexpr Changed kChanged[] = {
    {"BatchNormalization", 9},  // no `spatial`
    {"TopK", 10},               // k an input
    {"Upsample", 99},           // gone; that of set 9 becomes Resize
    {"Scatter", 99},            // gone
    {"OneHot", 11},             // negative indices count from the end
};
constexpr int64_t kLeastSet = 7;  // before: no broadcast by shapes alone, types as text, inference as an attribute

// Elements of a constant as one per channel of a tensor of that shape (channels second), or one for all; else nothing.
std::optional<std::vector<float>> per_channel(const Tensor& tensor, const Shape& shape) {
    if (tensor.type != DataType::f32 || shape.size() < 2) return std::nullopt;
    const auto values = tensor.as<float>();
    const auto channels = static_cast<size_t>(shape[1]);
    if (values.size() == 1) return std::vector<float>(channels, values[0]);
    if (values.size() != channels || tensor.shape.size() > shape.size()) return std::nullopt;
    // aligned at the end: the dimension of the channels is the one that is not 1
    const size_t lead = shape.size() - tensor.shape.size();
    for (size_t d = 0; d < tensor.shape.size(); ++d) {
        if (tensor.shape[d] != 1 && lead + d != 1) return std::nullopt;
    }
    if (lead > 1) return std::nullopt;
    return std::vector<float>(values.begin(), values.end());
}

// w[c][..] *= factor[c]
Tensor scaled_channels(const Tensor& weights, const std::vector<double>& factors) {
    Tensor result = weights;
    if (factors.empty()) return result;
    const auto values = result.as<float>();
    const size_t rest = values.size() / factors.size();
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(double{values[i]} * factors[i / rest]);
    return result;
}

// The range of the elements of a float constant; of another one nothing.
ValueRange range_of(const Tensor& tensor) {
    if (tensor.type != DataType::f32 || tensor.bytes.empty()) return {};
    const auto [low, high] = std::minmax_element(tensor.as<float>().begin(), tensor.as<float>().end());
    return {*low, *high, true};
}

Tensor transposed(const Tensor& matrix) {
    const auto rows = static_cast<size_t>(matrix.shape[0]);
    const auto columns = static_cast<size_t>(matrix.shape[1]);
    Tensor result(DataType::f32, {matrix.shape[1], matrix.shape[0]});
    for (size_t i = 0; i < rows; ++i) {
        for (size_t k = 0; k < columns; ++k) result.as<float>()[k * rows + i] = matrix.as<float>()[i * columns + k];
    }
    return result;
}

// spatial axes 2, 3, .. of a shape, as given or counted from the end
bool is_spatial(std::vector<int64_t> axes, size_t rank) {
    for (int64_t& axis : axes) axis += axis < 0 ? static_cast<int64_t>(rank) : 0;
    std::sort(axes.begin(), axes.end());
    std::vector<int64_t> wanted(rank < 2 ? 0 : rank - 2);
    std::iota(wanted.begin(), wanted.end(), int64_t{2});
    return !wanted.empty() && axes == wanted;
}

}  // namespace

Tensor float_tensor(const Shape& shape, std::span<const float> values) {
    Tensor tensor(DataType::f32, shape);
    std::copy(values.begin(), values.end(), tensor.as<float>().begin());
    return tensor;
}

Tensor integer_tensor(std::span<const int64_t> values) {
    Tensor tensor(DataType::s64, {static_cast<int64_t>(values.size())});
    std::copy(values.begin(), values.end(), tensor.as<int64_t>().begin());
    return tensor;
}

bool is_float(const NetworkValue& value) { return value.typed && value.type == DataType::f32; }

Rewriter::Rewriter(Network from, std::vector<ValueRange> seen, const QuantiseOptions& options)
    : network(std::move(from)), ranges(std::move(seen)), options_(options) {}

const Tensor* Rewriter::constant(const Node& node, size_t i) const {
    if (i >= node.inputs.size() || !is_constant(node.inputs[i])) return nullptr;
    return &*network.values[node.inputs[i]].constant;
}

std::optional<float> Rewriter::scalar(ValueId id) const {
    if (!is_constant(id)) return std::nullopt;
    const Tensor& tensor = *network.values[id].constant;
    if (tensor.type != DataType::f32 || tensor.count() != 1) return std::nullopt;
    return tensor.as<float>()[0];
}

Node* Rewriter::only_reader(ValueId id) {
    if (std::find(network.outputs.begin(), network.outputs.end(), id) != network.outputs.end()) return nullptr;
    Node* reader = nullptr;
    for (Node& node : network.nodes) {
        for (const ValueId input : node.inputs) {
            if (input != id || node.op == kErased) continue;
            if (reader != nullptr) return nullptr;
            reader = &node;
        }
    }
    return reader;
}

Node* Rewriter::writer(ValueId id) {
    for (Node& node : network.nodes) {
        if (node.op != kErased && !node.outputs.empty() && node.outputs[0] == id) return &node;
    }
    return nullptr;
}

bool Rewriter::kept_float(const Node& node) const {
    const auto among = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), node.name) != names.end();
    };
    return among(options_.keep_float) || among(also_kept_);
}

ValueId Rewriter::add_constant(Tensor tensor, const std::string& name) {
    NetworkValue value;
    value.name = fmt::format("{}/{}", name, network.values.size());
    value.typed = true;
    value.type = tensor.type;
    value.rank_known = true;
    value.shape = tensor.shape;
    value.constant = std::move(tensor);
    ranges.push_back(range_of(*value.constant));
    network.values.push_back(std::move(value));
    return static_cast<ValueId>(network.values.size() - 1);
}

ValueId Rewriter::add_value(const Shape& shape, const std::string& name, const ValueRange& range) {
    NetworkValue value;
    value.name = fmt::format("{}/{}", name, network.values.size());
    value.typed = true;
    value.rank_known = true;
    value.shape = shape;
    network.values.push_back(std::move(value));
    ranges.push_back(range);
    return static_cast<ValueId>(network.values.size() - 1);
}

void Rewriter::replace_uses(ValueId old, ValueId by) {
    for (Node& node : network.nodes) std::replace(node.inputs.begin(), node.inputs.end(), old, by);
}

bool Rewriter::has_input(const Node& node, size_t i) { return i < node.inputs.size() && node.inputs[i] != kNoValue; }

bool Rewriter::is_wanted(ValueId id) const {
    if (std::find(network.outputs.begin(), network.outputs.end(), id) != network.outputs.end()) return true;
    return std::any_of(network.nodes.begin(), network.nodes.end(), [&](const Node& node) {
        return node.op != kErased && std::find(node.inputs.begin(), node.inputs.end(), id) != node.inputs.end();
    });
}

bool Rewriter::extra_output(const Node& node) const {
    if (node.op == "Split") return false;
    for (size_t i = 1; i < node.outputs.size(); ++i) {
        if (node.outputs[i] != kNoValue && is_wanted(node.outputs[i])) return true;
    }
    return false;
}

bool Rewriter::changed_since(const Node& node) const {
    if (!node.domain.empty()) return false;
    if (original_opset_ < kLeastSet) return true;
    return std::any_of(std::begin(kChanged), std::end(kChanged), [&](const Changed& row) {
        return row.op == node.op && original_opset_ < row.since;
    });
}

// Up to set 12 Softmax, LogSoftmax and Hardmax work over all axes from `axis` on together: rows of a matrix.
void Rewriter::modernise_rows(Node node) {
    const ValueId x = node.inputs[0];
    const Shape shape = network.values[x].shape;
    const auto rank = static_cast<int64_t>(shape.size());
    int64_t axis = integer_attribute(node, "axis", 1);
    axis = std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
    node.attributes = {integer_attribute_of("axis", -1)};
    if (axis == rank - 1) {
        network.nodes.push_back(std::move(node));
        return;
    }
    const auto split = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const Shape matrix = {element_count({shape.begin(), split}), element_count({split, shape.end()})};
    const ValueId result = node.outputs[0];
    const ValueId rows = add_value(matrix, node.name, ranges[x]);
    const ValueId rows_result = add_value(matrix, node.name, ranges[result]);
    const auto reshape = [&](std::string_view what, ValueId from, ValueId to) {
        Node made;
        made.name = fmt::format("{}/{}", node.name, what);
        made.op = "Reshape";
        made.inputs = {from, add_constant(integer_tensor(network.values[to].shape), "shape")};
        made.outputs = {to};
        // what is kept float is so from its own input to its own output
        if (kept_float(node)) also_kept_.push_back(made.name);
        network.nodes.push_back(std::move(made));
    };
    reshape("rows", x, rows);
    node.inputs = {rows};
    node.outputs = {rows_result};
    network.nodes.push_back(node);
    reshape("shape", rows_result, result);
}

// Before set 7 `axis` says where the second operand stands in the first: with ones behind it.
void Rewriter::modernise_axis(Node& node) {
    const Shape& full = network.values[node.inputs[0]].shape;
    Shape shape = network.values[node.inputs[1]].shape;
    const auto rank = static_cast<int64_t>(full.size());
    const auto own = static_cast<int64_t>(shape.size());
    const int64_t axis = integer_attribute(node, "axis", rank - own);  // without it, at the end
    const int64_t behind = rank - (axis < 0 ? axis + rank : axis) - own;
    std::erase_if(node.attributes, [](const Attribute& a) { return a.name == "axis" || a.name == "broadcast"; });
    if (behind <= 0) return;
    shape.insert(shape.end(), static_cast<size_t>(behind), 1);
    if (const Tensor* tensor = constant(node, 1)) {
        Tensor turned = *tensor;
        turned.shape = shape;
        node.inputs[1] = add_constant(std::move(turned), node.name);
        return;
    }
    Node reshape;
    reshape.name = node.name + "/align";
    reshape.op = "Reshape";
    reshape.inputs = {node.inputs[1], add_constant(integer_tensor(shape), "shape")};
    reshape.outputs = {add_value(shape, node.name, ranges[node.inputs[1]])};
    node.inputs[1] = reshape.outputs[0];
    network.nodes.push_back(std::move(reshape));
}

// appends the node, written anew where its meaning under the same name was another one
void Rewriter::modernise(Node node) {
    const auto is = [&](std::initializer_list<std::string_view> ops) {
        return node.domain.empty() && std::find(ops.begin(), ops.end(), node.op) != ops.end();
    };
    if (is({"Resize", "Upsample"}) && network.opset == (node.op == "Resize" ? 10 : 9)) {
        node.op = "Resize";
        node.inputs.insert(node.inputs.begin() + 1, kNoValue);
        node.attributes.push_back(text_attribute_of("coordinate_transformation_mode", "asymmetric"));
        node.attributes.push_back(text_attribute_of("nearest_mode", "floor"));
    }
    if (is({"Softmax", "LogSoftmax", "Hardmax"}) && network.opset < 13) return modernise_rows(std::move(node));
    const bool aligned = network.opset < kLeastSet && node.inputs.size() == 2 &&
                         (find_attribute(node, "axis") != nullptr || find_attribute(node, "broadcast") != nullptr);
    if (is({"Add", "Sub", "Mul", "Div", "Pow"}) && aligned) modernise_axis(node);
    network.nodes.push_back(std::move(node));
}

void Rewriter::attributes_to_inputs(Node& node) {
    if (!node.domain.empty()) return;
    for (const Moved& row : kMoved) {
        const Attribute* attribute = find_attribute(node, row.attribute);
        if (node.op != row.op || attribute == nullptr) continue;
        const bool number = attribute->kind == AttributeKind::number;
        Tensor tensor =
            number ? float_tensor({}, std::span(&attribute->number, 1)) : integer_tensor(attribute->integers);
        while (node.inputs.size() <= row.input) node.inputs.push_back(kNoValue);
        node.inputs[row.input] = add_constant(std::move(tensor), std::string(row.attribute));
        std::erase_if(node.attributes, [&](const Attribute& other) { return other.name == row.attribute; });
    }
}

// Flatten, Squeeze, Unsqueeze and Reshape, all with one constant shape; Identity and Dropout go
bool Rewriter::shape_to_reshape(Node& node) {
    if (node.op == "Identity" || node.op == "Dropout") {
        const bool is_output =
            std::find(network.outputs.begin(), network.outputs.end(), node.outputs[0]) != network.outputs.end();
        if (!is_output) {
            const ValueId output = node.outputs[0];
            const ValueId input = node.inputs[0];
            node.op = kErased;
            replace_uses(output, input);
            return true;
        }
    }
    const bool shapes = node.op == "Flatten" || node.op == "Squeeze" || node.op == "Unsqueeze" ||
                        node.op == "Reshape" || node.op == "Identity" || node.op == "Dropout";
    const bool done = node.op == "Reshape" && node.attributes.empty() && constant(node, 1) != nullptr;
    if (!shapes || done) return false;
    const Shape& shape = network.values[node.outputs[0]].shape;
    node.op = "Reshape";
    node.attributes.clear();
    node.outputs.resize(1);
    node.inputs = {node.inputs[0], add_constant(integer_tensor(shape), "shape")};
    return true;
}

// mean over height and width
bool Rewriter::mean_to_pool(size_t at) {
    Node& node = network.nodes[at];
    if (node.op != "ReduceMean") return false;
    std::vector<int64_t> axes = integers_attribute(node, "axes");
    if (const Tensor* tensor = constant(node, 1); tensor != nullptr && tensor->type == DataType::s64) {
        axes.assign(tensor->as<int64_t>().begin(), tensor->as<int64_t>().end());
    }
    Shape shape = network.values[node.inputs[0]].shape;
    if (!is_spatial(axes, shape.size())) return false;
    const bool keeps = integer_attribute(node, "keepdims", 1) != 0;
    node.op = "GlobalAveragePool";
    node.attributes.clear();
    node.inputs.resize(1);
    if (keeps) return true;
    std::fill(shape.begin() + 2, shape.end(), 1);
    const ValueId result = node.outputs[0];
    const ValueId pooled = add_value(shape, node.name, ranges[result]);
    Node reshape;
    reshape.name = node.name + "/reshape";
    reshape.op = "Reshape";
    reshape.inputs = {pooled, add_constant(integer_tensor(network.values[result].shape), "shape")};
    reshape.outputs = {result};
    network.nodes[at].outputs = {pooled};
    network.nodes.insert(network.nodes.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(reshape));
    return true;
}

// Sub and Div by constants, differences of two values, squares: all as Add and Mul
bool Rewriter::binary_to_sum(size_t at) {
    Node& node = network.nodes[at];
    if (node.op == "Pow" && scalar(node.inputs[1]) == 2.0F) {
        node.op = "Mul";
        node.inputs[1] = node.inputs[0];
        return true;
    }
    const Tensor* by = node.inputs.size() == 2 ? constant(node, 1) : nullptr;
    if (by != nullptr && by->type == DataType::f32 && by->count() > 1 && (node.op == "Sub" || node.op == "Div")) {
        Tensor tensor = *by;
        for (float& x : tensor.as<float>()) {
            x = node.op == "Sub" ? -x : 1 / x;
            if (!std::isfinite(x)) return false;
        }
        node.op = node.op == "Sub" ? "Add" : "Mul";
        node.inputs[1] = add_constant(std::move(tensor), node.name);
        return true;
    }
    if (node.op != "Sub" || is_constant(node.inputs[0]) || is_constant(node.inputs[1])) return false;
    const ValueId b = node.inputs[1];
    const ValueRange range{-ranges[b].high, -ranges[b].low, ranges[b].seen};
    const ValueId negative = add_value(network.values[b].shape, node.name, range);
    Node negate;
    negate.name = node.name + "/negate";
    negate.op = "Neg";
    negate.inputs = {b};
    negate.outputs = {negative};
    network.nodes[at].op = "Add";
    network.nodes[at].inputs[1] = negative;
    network.nodes.insert(network.nodes.begin() + static_cast<std::ptrdiff_t>(at), std::move(negate));
    return true;
}

// Gemm with a constant matrix, and MatMul followed by a constant sum, as MatMul with a bias
bool Rewriter::gemm_to_matmul(Node& node) {
    if (node.op == "Gemm") {
        const Tensor* b = constant(node, 1);
        if (b == nullptr || b->type != DataType::f32 || integer_attribute(node, "transA", 0) != 0) return false;
        Tensor matrix = integer_attribute(node, "transB", 0) != 0 ? transposed(*b) : *b;
        const float alpha = number_attribute(node, "alpha", 1);
        for (float& x : matrix.as<float>()) x *= alpha;
        const int64_t b_columns = matrix.shape[1];
        const auto columns = static_cast<size_t>(b_columns);
        std::vector<float> bias;
        if (const Tensor* c = constant(node, 2)) {
            const auto values = c->as<float>();
            // one number per column or one in all; else it differs from row to row
            const bool per_column = values.size() == columns && !c->shape.empty() && c->shape.back() == b_columns;
            if (!per_column && values.size() != 1) return false;
            for (size_t n = 0; n < columns; ++n) {
                bias.push_back(values[values.size() == 1 ? 0 : n] * number_attribute(node, "beta", 1));
            }
        } else if (has_input(node, 2)) {
            return false;
        }
        node.op = "MatMul";
        node.attributes.clear();
        node.inputs = {node.inputs[0], add_constant(std::move(matrix), node.name)};
        const Shape vector = {static_cast<int64_t>(columns)};
        if (!bias.empty()) node.inputs.push_back(add_constant(float_tensor(vector, bias), node.name));
        return true;
    }
    const Tensor* matrix = node.op == "MatMul" && node.inputs.size() == 2 ? constant(node, 1) : nullptr;
    if (matrix == nullptr || matrix->shape.size() != 2) return false;
    Node* sum = only_reader(node.outputs[0]);
    if (sum == nullptr || sum->op != "Add" || kept_float(*sum)) return false;
    const size_t other = sum->inputs[0] == node.outputs[0] ? 1 : 0;
    const Tensor* bias = constant(*sum, other);
    if (bias == nullptr || bias->type != DataType::f32 || bias->count() != matrix->shape[1] || bias->shape.empty() ||
        bias->shape.back() != matrix->shape[1]) {
        return false;
    }
    node.inputs.push_back(add_constant(float_tensor({matrix->shape[1]}, bias->as<float>()), node.name));
    node.outputs = sum->outputs;
    sum->op = kErased;
    return true;
}

// batch normalisation with no convolution before it: a depthwise convolution of one cell
bool Rewriter::normalisation_to_conv(Node& node) {
    if (node.op != "BatchNormalization" || !node.domain.empty() || extra_output(node)) return false;
    const Shape& shape = network.values[node.inputs[0]].shape;
    const Tensor* parts[4] = {constant(node, 1), constant(node, 2), constant(node, 3), constant(node, 4)};
    if (shape.size() < 3 || std::find(std::begin(parts), std::end(parts), nullptr) != std::end(parts)) return false;
    for (const Tensor* part : parts) {
        if (part->count() != shape[1]) return false;
    }
    Shape kernel(shape.size(), 1);
    kernel[0] = shape[1];
    std::vector<float> weights;
    std::vector<float> bias;
    for (size_t c = 0; c < static_cast<size_t>(shape[1]); ++c) {
        const auto part = [&](size_t i) { return double{number_at(*parts[i], static_cast<int64_t>(c))}; };
        const double factor = part(0) / std::sqrt(part(3) + double{number_attribute(node, "epsilon", 1e-5F)});
        weights.push_back(static_cast<float>(factor));
        bias.push_back(static_cast<float>(part(1) - part(2) * factor));
    }
    node.op = "Conv";
    node.attributes = {integer_attribute_of("group", shape[1])};
    node.outputs.resize(1);
    const Shape vector = {shape[1]};
    node.inputs = {
        node.inputs[0],
        add_constant(float_tensor(kernel, weights), node.name),
        add_constant(float_tensor(vector, bias), node.name)};
    return true;
}

// batch normalisation into the convolution before it
bool Rewriter::fold_normalisation(Node& node) {
    if (!is_conv(node) || constant(node, 1) == nullptr || kept_float(node)) return false;
    if (has_input(node, 2) && constant(node, 2) == nullptr) return false;  // its bias is computed
    Node* norm = only_reader(node.outputs[0]);
    if (norm == nullptr || norm->op != "BatchNormalization" || kept_float(*norm)) return false;
    if (!normalisation_to_conv(*norm)) return false;
    // two convolutions, the second of one cell per channel: y = f (w x + b) + g
    const auto factor = constant(*norm, 1)->as<float>();
    const auto offset = constant(*norm, 2)->as<float>();
    const std::vector<double> factors(factor.begin(), factor.end());
    const Tensor* old = constant(node, 2);
    std::vector<float> bias;
    for (size_t c = 0; c < factors.size(); ++c) {
        const double before = old == nullptr ? 0 : double{old->as<float>()[c]};
        bias.push_back(static_cast<float>(before * factors[c] + double{offset[c]}));
    }
    const Shape vector = {static_cast<int64_t>(bias.size())};
    Tensor weights = scaled_channels(*constant(node, 1), factors);
    node.inputs.resize(2);
    node.inputs[1] = add_constant(std::move(weights), node.name);
    node.inputs.push_back(add_constant(float_tensor(vector, bias), node.name));
    node.outputs = norm->outputs;
    norm->op = kErased;
    return true;
}

// a constant per channel added to, or multiplied with, the result of a convolution
bool Rewriter::fold_channel_constant(Node& node) {
    if (!is_conv(node) || constant(node, 1) == nullptr || kept_float(node)) return false;
    if (has_input(node, 2) && constant(node, 2) == nullptr) return false;
    Node* next = only_reader(node.outputs[0]);
    if (next == nullptr || (next->op != "Add" && next->op != "Mul") || kept_float(*next)) return false;
    const Tensor* tensor = constant(*next, next->inputs[0] == node.outputs[0] ? 1 : 0);
    const Shape& shape = network.values[node.outputs[0]].shape;
    if (tensor == nullptr || network.values[next->outputs[0]].shape != shape) return false;
    // x + 3 may be the beginning of a hard swish, which reads x once more; then it has two readers
    const auto values = per_channel(*tensor, shape);
    if (!values) return false;
    const Tensor* old = constant(node, 2);
    std::vector<float> bias;
    for (size_t c = 0; c < values->size(); ++c) {
        const float before = old == nullptr ? 0 : old->as<float>()[c];
        bias.push_back(next->op == "Add" ? before + (*values)[c] : before * (*values)[c]);
    }
    if (next->op == "Mul") {
        Tensor weights = scaled_channels(*constant(node, 1), std::vector<double>(values->begin(), values->end()));
        node.inputs[1] = add_constant(std::move(weights), node.name);
    }
    node.inputs.resize(2);
    const Shape vector = {static_cast<int64_t>(bias.size())};
    node.inputs.push_back(add_constant(float_tensor(vector, bias), node.name));
    node.outputs = next->outputs;
    next->op = kErased;
    return true;
}

// x clip(x + 3, 0, 6) / 6, in either order, and x hard_sigmoid(x) with the factors of hard swish
bool Rewriter::fold_hard_swish(Node& node) {
    if (node.op != "Mul" || node.inputs.size() != 2) return false;
    for (const size_t i : {0U, 1U}) {
        const ValueId x = node.inputs[i];
        Node* gate = writer(node.inputs[1 - i]);
        if (gate == nullptr || is_constant(x) || only_reader(gate->outputs[0]) != &node || kept_float(*gate)) continue;
        if (gate->op == "HardSigmoid" && gate->inputs[0] == x && number_attribute(*gate, "beta", 0.5F) == 0.5F &&
            number_attribute(*gate, "alpha", 0.2F) == 1.0F / 6.0F) {
            gate->op = kErased;
            node.op = "HardSwish";
            node.inputs = {x};
            return true;
        }
        const bool divided = gate->op == "Div" && scalar(gate->inputs[1]) == 6.0F;
        Node* clip = divided ? writer(gate->inputs[0]) : gate;
        Node* last = divided ? &node : only_reader(node.outputs[0]);
        if (clip == nullptr || clip->op != "Clip" || clip->inputs.size() < 3 || last == nullptr) continue;
        if (!divided && (last->op != "Div" || scalar(last->inputs[1]) != 6.0F)) continue;
        Node* sum = writer(clip->inputs[0]);
        if (sum == nullptr || sum->op != "Add" || only_reader(sum->outputs[0]) != clip) continue;
        if (scalar(clip->inputs[1]) != 0.0F || scalar(clip->inputs[2]) != 6.0F) continue;
        const bool fits = (sum->inputs[0] == x && scalar(sum->inputs[1]) == 3.0F) ||
                          (sum->inputs[1] == x && scalar(sum->inputs[0]) == 3.0F);
        if (!fits || (divided && only_reader(clip->outputs[0]) != gate)) continue;
        if (kept_float(*clip) || kept_float(*sum) || kept_float(*last)) continue;
        node.outputs = last->outputs;
        if (last != &node) last->op = kErased;
        gate->op = clip->op = sum->op = kErased;
        node.op = "HardSwish";
        node.inputs = {x};
        return true;
    }
    return false;
}

void Rewriter::erase_into(Node& reader, Node& node) {
    node.outputs = reader.outputs;
    reader.op = kErased;
}

void Rewriter::erase_unread() {
    for (size_t i = network.nodes.size(); i-- > 0;) {
        Node& node = network.nodes[i];
        const bool read = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
            return id != kNoValue && is_wanted(id);
        });
        if (!read) node.op = kErased;
    }
}

// one step at node `at`; false when there is nothing to do
bool Rewriter::simplify(size_t at) {
    Node& node = network.nodes[at];
    if (node.op == kErased || !node.domain.empty() || node.outputs.empty() || kept_float(node)) return false;
    if (!is_float(network.values[node.outputs[0]]) || extra_output(node)) return false;
    return shape_to_reshape(node) || mean_to_pool(at) || resize_to_matmul(at) || fold_hard_swish(network.nodes[at]) ||
           binary_to_sum(at) || fold_normalisation(network.nodes[at]) || fold_channel_constant(network.nodes[at]) ||
           gemm_to_matmul(network.nodes[at]);
}

void Rewriter::prepare() {
    std::vector<Node> old = std::move(network.nodes);
    network.nodes.clear();
    for (Node& node : old) {
        attributes_to_inputs(node);
        modernise(std::move(node));
    }
    original_opset_ = network.opset;
    // the operators as written here are those of set 17 (LayerNormalization)
    network.opset = std::max<int64_t>(network.opset, 17);
    bool folded = false;
    for (Node& node : network.nodes) folded = fold_layer_norm(node) || folded;
    if (folded) erase_unread();
    for (size_t at = 0; at < network.nodes.size(); ++at) {
        while (simplify(at)) {
        }
    }
    for (Node& node : network.nodes) {
        if (!kept_float(node)) normalisation_to_conv(node);
    }
    std::erase_if(network.nodes, [](const Node& node) { return node.op == kErased; });
}

}  // namespace chipchain
