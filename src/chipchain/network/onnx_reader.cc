#define ONNX_NAMESPACE onnx
#define ONNX_ML 1
#include "chipchain/network/onnx_reader.h"

#include <algorithm>
#include <map>
#include <queue>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>
#include <onnx/onnx_pb.h>

#include "chipchain/network/onnx_tensor.h"
#include "chipchain/network/onnx_wire.h"

namespace chipchain {

namespace {

constexpr size_t kMostErrors = 100;  // a hostile file could have millions; assumption

// One model on its way to a Network. What is found wrong is collected.
class Reader {
 public:
    Reader(const onnx::ModelProto& model, const OnnxLimits& limits, std::filesystem::path folder)
        : model_(model), limits_(limits), source_{.folder = std::move(folder)} {}

    Result<Network> run(const std::string& name) {
        const onnx::GraphProto& graph = model_.graph();
        network_.name = graph.name().empty() ? name : graph.name();
        read_opset();
        read_initialisers(graph);
        read_inputs(graph);
        for (int i = 0; i < graph.node_size() && !full(); ++i) {
            read_node(graph.node(i), static_cast<size_t>(i));
        }
        read_outputs(graph);
        for (const auto& value : graph.value_info()) {
            declare(value, false);
        }
        if (errors_.empty()) {
            sort_nodes();
        }
        if (!errors_.empty()) {
            return tl::unexpected(std::move(errors_));
        }
        return std::move(network_);
    }

 private:
    enum class Writer : uint8_t { none, constant, input, node };

    void error(std::string id, std::string message, std::string help = {}) {
        if (!full()) {
            errors_.push_back(onnx_error(std::move(id), std::move(message), std::move(help)));
        }
    }
    [[nodiscard]] bool full() const { return errors_.size() >= kMostErrors; }

    // The id of a name; a new value when it was not seen. An empty name stands for "omitted".
    ValueId value_of(const std::string& name) {
        if (name.empty()) {
            return kNoValue;
        }
        const auto [at, fresh] = ids_.try_emplace(name, static_cast<ValueId>(network_.values.size()));
        if (fresh) {
            network_.values.push_back({.name = name});
            writers_.push_back(Writer::none);
        }
        return at->second;
    }

    // Marks the value as written. False when something wrote it already, which is an error of the file.
    bool write(ValueId id, Writer writer) {
        if (writers_[id] != Writer::none) {
            error("onnx-graph", fmt::format("the value {} is written twice", printable(network_.values[id].name)));
            return false;
        }
        writers_[id] = writer;
        return true;
    }

    void set_constant(ValueId id, Tensor tensor) {
        NetworkValue& value = network_.values[id];
        value.typed = true;
        value.type = tensor.type;
        value.rank_known = true;
        value.shape = tensor.shape;
        value.constant = std::move(tensor);
    }

    void read_opset() {
        // before the third version of the format a model did not name its operator set
        network_.opset = model_.ir_version() < 3 ? 1 : 0;
        for (const auto& entry : model_.opset_import()) {
            if (entry.domain().empty() || entry.domain() == "ai.onnx") {
                network_.opset = std::max(network_.opset, entry.version());
            }
        }
        if (network_.opset < 1 && model_.opset_import_size() == 0) {
            error("onnx-unreadable", "the model does not name its operator set");
        }
    }

    void read_initialisers(const onnx::GraphProto& graph) {
        for (const auto& proto : graph.initializer()) {
            if (full()) {
                return;
            }
            if (proto.name().empty()) {
                error("onnx-graph", "an initialiser has no name");
                continue;
            }
            const ValueId id = value_of(proto.name());
            auto tensor = tensor_of(proto, "the initialiser " + printable(proto.name()), limits_, source_);
            if (!tensor) {
                add(tensor.error());
            } else if (write(id, Writer::constant)) {
                set_constant(id, std::move(*tensor));
            }
        }
        if (graph.sparse_initializer_size() > 0) {
            error("onnx-type", "the model holds sparse initialisers", "export them as dense tensors");
        }
    }

    void add(const Diagnostics& found) {
        for (const Diagnostic& diagnostic : found) {
            if (!full()) {
                errors_.push_back(diagnostic);
            }
        }
    }

    // Takes type and shape of a declaration. strict: what is no tensor of ours is an error.
    ValueId declare(const onnx::ValueInfoProto& proto, bool strict) {
        const ValueId id = value_of(proto.name());
        if (id == kNoValue) {
            return id;
        }
        NetworkValue& value = network_.values[id];
        if (value.constant || !proto.has_type()) {
            return id;
        }
        const onnx::TypeProto& type = proto.type();
        const DataTypeInfo* element = type.has_tensor_type() ? find_onnx_type(type.tensor_type().elem_type()) : nullptr;
        if (element == nullptr) {
            if (strict && (!type.has_tensor_type() || type.tensor_type().elem_type() != 0)) {
                error("onnx-type", fmt::format("{} is no tensor of a type that is held here", printable(proto.name())));
            }
            return id;
        }
        value.typed = true;
        value.type = element->type;
        if (type.tensor_type().has_shape()) {
            declare_shape(type.tensor_type().shape(), value);
        }
        return id;
    }

    void declare_shape(const onnx::TensorShapeProto& proto, NetworkValue& value) {
        if (proto.dim_size() > kMaxRank) {
            error("onnx-graph", fmt::format("{} has {} dimensions", printable(value.name), proto.dim_size()));
            return;
        }
        value.rank_known = true;
        value.shape.clear();
        for (const auto& dim : proto.dim()) {
            value.shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : -1);
            if (dim.has_dim_value() && dim.dim_value() < -1) {
                error(
                    "onnx-graph",
                    fmt::format("{} declares a dimension of {}", printable(value.name), dim.dim_value()));
            }
        }
    }

    void read_inputs(const onnx::GraphProto& graph) {
        for (const auto& proto : graph.input()) {
            const ValueId id = declare(proto, true);
            if (id == kNoValue) {
                error("onnx-graph", "an input of the graph has no name");
            } else if (!network_.values[id].constant && write(id, Writer::input)) {
                network_.inputs.push_back(id);
            }
        }
    }

    void read_outputs(const onnx::GraphProto& graph) {
        for (const auto& proto : graph.output()) {
            const ValueId id = declare(proto, true);
            if (id == kNoValue || writers_[id] == Writer::none) {
                error("onnx-graph", fmt::format("nothing writes the output {}", printable(proto.name())));
            } else {
                network_.outputs.push_back(id);
            }
        }
    }

    void read_node(const onnx::NodeProto& proto, size_t index) {
        Node node;
        node.op = proto.op_type();
        node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
        node.name = proto.name().empty() ? fmt::format("{}_{}", node.op, index) : proto.name();
        const std::string what = "the node " + printable(node.name);
        for (const auto& attribute : proto.attribute()) {
            read_attribute(attribute, what, node);
        }
        for (const auto& input : proto.input()) {
            node.inputs.push_back(value_of(input));
        }
        bool fresh = true;
        for (const auto& output : proto.output()) {
            const ValueId id = value_of(output);
            node.outputs.push_back(id);
            fresh = (id == kNoValue || write(id, Writer::node)) && fresh;
        }
        if (node.op != "Constant" || !node.domain.empty()) {
            network_.nodes.push_back(std::move(node));
        } else if (fresh) {
            read_constant(std::move(node), what);
        }
    }

    // A Constant node becomes the constant of its output.
    void read_constant(Node node, const std::string& what) {
        if (node.outputs.size() != 1 || node.outputs[0] == kNoValue || node.attributes.size() != 1) {
            error("onnx-graph", what + " is a Constant without one output and one value");
            return;
        }
        Attribute& value = node.attributes[0];
        Tensor tensor;
        switch (value.kind) {
            case AttributeKind::tensor:
                tensor = std::move(value.tensor);
                break;
            case AttributeKind::integer:
                tensor = Tensor(DataType::s64, {});
                tensor.as<int64_t>()[0] = value.integer;
                break;
            case AttributeKind::number:
                tensor = Tensor(DataType::f32, {});
                tensor.as<float>()[0] = value.number;
                break;
            case AttributeKind::integers:
                tensor = Tensor(DataType::s64, {static_cast<int64_t>(value.integers.size())});
                std::copy(value.integers.begin(), value.integers.end(), tensor.as<int64_t>().begin());
                break;
            case AttributeKind::numbers:
                tensor = Tensor(DataType::f32, {static_cast<int64_t>(value.numbers.size())});
                std::copy(value.numbers.begin(), value.numbers.end(), tensor.as<float>().begin());
                break;
            case AttributeKind::text:
                tensor = Tensor(DataType::text, {});
                tensor.texts[0] = value.text;
                break;
            case AttributeKind::texts:
                tensor = Tensor(DataType::text, {static_cast<int64_t>(value.texts.size())});
                tensor.texts = value.texts;
                break;
            case AttributeKind::graph:
                error("onnx-type", what + " is a Constant whose value is no tensor", "export it as a dense tensor");
                return;
        }
        writers_[node.outputs[0]] = Writer::constant;
        set_constant(node.outputs[0], std::move(tensor));
    }

    void read_attribute(const onnx::AttributeProto& proto, const std::string& what, Node& node) {
        Attribute attribute;
        attribute.name = proto.name();
        if (find_attribute(node, attribute.name) != nullptr) {
            error("onnx-graph", fmt::format("{} has the attribute {} twice", what, printable(attribute.name)));
            return;
        }
        switch (kind_of(proto)) {
            case onnx::AttributeProto::INT:
                attribute.kind = AttributeKind::integer;
                attribute.integer = proto.i();
                break;
            case onnx::AttributeProto::FLOAT:
                attribute.kind = AttributeKind::number;
                attribute.number = proto.f();
                break;
            case onnx::AttributeProto::STRING:
                attribute.kind = AttributeKind::text;
                attribute.text = proto.s();
                break;
            case onnx::AttributeProto::TENSOR: {
                attribute.kind = AttributeKind::tensor;
                auto tensor = tensor_of(
                    proto.t(),
                    fmt::format("attribute {} of {}", printable(proto.name()), what),
                    limits_,
                    source_);
                if (!tensor) {
                    add(tensor.error());
                    return;
                }
                attribute.tensor = std::move(*tensor);
                break;
            }
            case onnx::AttributeProto::INTS:
                attribute.kind = AttributeKind::integers;
                attribute.integers.assign(proto.ints().begin(), proto.ints().end());
                break;
            case onnx::AttributeProto::FLOATS:
                attribute.kind = AttributeKind::numbers;
                attribute.numbers.assign(proto.floats().begin(), proto.floats().end());
                break;
            case onnx::AttributeProto::STRINGS:
                attribute.kind = AttributeKind::texts;
                attribute.texts.assign(proto.strings().begin(), proto.strings().end());
                break;
            default:
                // graphs, lists of tensors, sparse tensors and types: no operator known here has one
                attribute.kind = AttributeKind::graph;
                break;
        }
        node.attributes.push_back(std::move(attribute));
    }

    // The kind an attribute states, or, in files of the first format, the field that it has.
    static int kind_of(const onnx::AttributeProto& proto) {
        if (proto.type() != onnx::AttributeProto::UNDEFINED) {
            return proto.type();
        }
        const std::pair<bool, int> fields[] = {
            {proto.has_f(), onnx::AttributeProto::FLOAT},
            {proto.has_i(), onnx::AttributeProto::INT},
            {proto.has_s(), onnx::AttributeProto::STRING},
            {proto.has_t(), onnx::AttributeProto::TENSOR},
            {proto.has_g(), onnx::AttributeProto::GRAPH},
            {proto.floats_size() > 0, onnx::AttributeProto::FLOATS},
            {proto.strings_size() > 0, onnx::AttributeProto::STRINGS},
            {proto.tensors_size() + proto.graphs_size() > 0, onnx::AttributeProto::GRAPHS},
        };
        for (const auto& [held, kind] : fields) {
            if (held) {
                return kind;
            }
        }
        return onnx::AttributeProto::INTS;  // an empty list
    }

    // Brings the nodes into an order of computation: the first in the file that can run, again and again.
    void sort_nodes() {
        const size_t count = network_.nodes.size();
        constexpr size_t kNobody = SIZE_MAX;
        std::vector<size_t> writer(network_.values.size(), kNobody);
        for (size_t n = 0; n < count; ++n) {
            for (const ValueId id : network_.nodes[n].outputs) {
                if (id != kNoValue) {
                    writer[id] = n;
                }
            }
        }
        std::vector<size_t> waits(count, 0);
        std::vector<std::vector<size_t>> readers(count);
        for (size_t n = 0; n < count; ++n) {
            for (const ValueId id : network_.nodes[n].inputs) {
                if (id == kNoValue) {
                    continue;
                }
                if (writers_[id] == Writer::none) {
                    error(
                        "onnx-graph",
                        fmt::format(
                            "the node {} reads {}, which nothing writes",
                            printable(network_.nodes[n].name),
                            printable(network_.values[id].name)));
                } else if (writer[id] != kNobody) {
                    ++waits[n];
                    readers[writer[id]].push_back(n);
                }
            }
        }
        std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
        for (size_t n = 0; n < count; ++n) {
            if (waits[n] == 0) {
                ready.push(n);
            }
        }
        std::vector<Node> sorted;
        while (!ready.empty()) {
            const size_t n = ready.top();
            ready.pop();
            sorted.push_back(std::move(network_.nodes[n]));
            for (const size_t reader : readers[n]) {
                if (--waits[reader] == 0) {
                    ready.push(reader);
                }
            }
        }
        if (sorted.size() < count) {
            const auto stuck = std::find_if(waits.begin(), waits.end(), [](size_t left) { return left > 0; });
            const Node& node = network_.nodes[static_cast<size_t>(stuck - waits.begin())];
            error("onnx-graph", fmt::format("the node {} waits for its own output: a cycle", printable(node.name)));
        }
        network_.nodes = std::move(sorted);
    }

    const onnx::ModelProto& model_;
    const OnnxLimits& limits_;
    TensorSource source_;
    Network network_;
    std::unordered_map<std::string, ValueId> ids_;
    std::vector<Writer> writers_;  // by ValueId
    Diagnostics errors_;
};

// Parses a message whose bytes were walked before, so that protobuf allocates no more than they hold.
template <class Message>
Diagnostics parse_message(
    std::span<const std::byte> bytes,
    OnnxMessage kind,
    const std::string& name,
    const OnnxLimits& limits,
    Message& message) {
    if (bytes.size() > limits.file_bytes || bytes.size() > static_cast<size_t>(INT32_MAX)) {
        return {onnx_error(
            "onnx-too-large",
            fmt::format("{} has {} bytes; ONNX ends at 2 GiB", printable(name), bytes.size()))};
    }
    const WireReport report = check_wire(bytes, kind, {.nodes = limits.nodes});
    if (report.fault == WireFault::too_large) {
        return {onnx_error("onnx-too-large", fmt::format("{} holds {}", printable(name), report.text))};
    }
    if (report.fault == WireFault::malformed || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return {onnx_error(
            "onnx-unreadable",
            fmt::format(
                "{} is no ONNX {}: {}",
                printable(name),
                kind == OnnxMessage::model ? "model" : "tensor",
                report.text.empty() ? "protobuf refuses it" : report.text))};
    }
    return {};
}

Result<Network> parse(
    std::span<const std::byte> bytes,
    const std::string& name,
    const OnnxLimits& limits,
    std::filesystem::path folder) {
    onnx::ModelProto model;
    Diagnostics errors = parse_message(bytes, OnnxMessage::model, name, limits, model);
    if (errors.empty() && !model.has_graph()) {
        errors.push_back(onnx_error("onnx-unreadable", printable(name) + " is no ONNX model: it holds no graph"));
    }
    if (!errors.empty()) {
        return tl::unexpected(std::move(errors));
    }
    return Reader(model, limits, std::move(folder)).run(name);
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<Network> read_onnx(const std::filesystem::path& file, const OnnxLimits& limits) {
    const auto bytes = read_bytes(file, limits.file_bytes);
    if (!bytes) {
        return tl::unexpected(bytes.error());
    }
    return parse(*bytes, file.filename().string(), limits, folder_of(file));
}

Result<Network> parse_onnx(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits) {
    return parse(bytes, name, limits, {});
}

Result<Tensor> read_onnx_tensor(const std::filesystem::path& file, const OnnxLimits& limits) {
    const auto bytes = read_bytes(file, limits.file_bytes);
    if (!bytes) {
        return tl::unexpected(bytes.error());
    }
    onnx::TensorProto proto;
    Diagnostics errors = parse_message(*bytes, OnnxMessage::tensor, file.filename().string(), limits, proto);
    if (!errors.empty()) {
        return tl::unexpected(std::move(errors));
    }
    TensorSource source{.folder = folder_of(file)};
    return tensor_of(proto, "the tensor " + printable(file.filename().string()), limits, source);
}

}  // namespace chipchain
