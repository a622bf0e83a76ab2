#define ONNX_NAMESPACE onnx
#define ONNX_ML 1
#include "chipchain/network/onnx_writer.h"

#include <cstring>
#include <fstream>
#include <set>
#include <system_error>
#include <unordered_set>

#include <fmt/core.h>
#include <onnx/onnx_pb.h>

namespace chipchain {

namespace {

void write_tensor(const Tensor& tensor, onnx::TensorProto& proto) {
    proto.set_data_type(info(tensor.type).onnx);
    for (const int64_t dim : tensor.shape) {
        proto.add_dims(dim);
    }
    if (tensor.type == DataType::text) {
        for (const std::string& text : tensor.texts) {
            proto.add_string_data(text);
        }
        return;
    }
    if (tensor.type != DataType::u4 && tensor.type != DataType::s4) {
        proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
        return;
    }
    // two 4-bit elements to a byte, the first in the low half
    std::string packed((tensor.bytes.size() + 1) / 2, '\0');
    for (size_t i = 0; i < tensor.bytes.size(); ++i) {
        const int nibble = std::to_integer<int>(tensor.bytes[i]) & 15;
        packed[i / 2] =
            static_cast<char>(static_cast<unsigned char>(packed[i / 2]) | (i % 2 == 0 ? nibble : nibble << 4));
    }
    proto.set_raw_data(packed);
}

void write_attribute(const Attribute& attribute, onnx::AttributeProto& proto) {
    proto.set_name(attribute.name);
    switch (attribute.kind) {
        case AttributeKind::integer:
            proto.set_type(onnx::AttributeProto::INT);
            proto.set_i(attribute.integer);
            break;
        case AttributeKind::number:
            proto.set_type(onnx::AttributeProto::FLOAT);
            proto.set_f(attribute.number);
            break;
        case AttributeKind::text:
            proto.set_type(onnx::AttributeProto::STRING);
            proto.set_s(attribute.text);
            break;
        case AttributeKind::tensor:
            proto.set_type(onnx::AttributeProto::TENSOR);
            write_tensor(attribute.tensor, *proto.mutable_t());
            break;
        case AttributeKind::integers:
            proto.set_type(onnx::AttributeProto::INTS);
            for (const int64_t value : attribute.integers) {
                proto.add_ints(value);
            }
            break;
        case AttributeKind::numbers:
            proto.set_type(onnx::AttributeProto::FLOATS);
            for (const float value : attribute.numbers) {
                proto.add_floats(value);
            }
            break;
        case AttributeKind::texts:
            proto.set_type(onnx::AttributeProto::STRINGS);
            for (const std::string& value : attribute.texts) {
                proto.add_strings(value);
            }
            break;
        case AttributeKind::graph:
            // the reader keeps no graph; an empty one says that there was one
            proto.set_type(onnx::AttributeProto::GRAPH);
            proto.mutable_g();
            break;
    }
}

// A name for every value: its own, or one made of its index where that is empty or taken.
std::vector<std::string> names_of(const Network& network) {
    std::vector<std::string> names;
    std::unordered_set<std::string> taken;
    for (const NetworkValue& value : network.values) {
        taken.insert(value.name);
    }
    std::unordered_set<std::string> used;
    for (size_t id = 0; id < network.values.size(); ++id) {
        std::string name = network.values[id].name;
        if (name.empty() || !used.insert(name).second) {
            name = fmt::format("value_{}", id);
            while (!taken.insert(name).second) {
                name += '_';
            }
        }
        names.push_back(std::move(name));
    }
    return names;
}

void write_value(const NetworkValue& value, const std::string& name, onnx::ValueInfoProto& proto) {
    proto.set_name(name);
    if (!value.typed) {
        return;
    }
    onnx::TypeProto_Tensor& type = *proto.mutable_type()->mutable_tensor_type();
    type.set_elem_type(info(value.type).onnx);
    if (value.rank_known) {
        onnx::TensorShapeProto& shape = *type.mutable_shape();
        for (const int64_t dim : value.shape) {
            onnx::TensorShapeProto_Dimension& to = *shape.add_dim();
            if (dim >= 0) {
                to.set_dim_value(dim);
            }
        }
    }
}

void write_nodes(const Network& network, const std::vector<std::string>& names, onnx::GraphProto& graph) {
    const auto name_of = [&](ValueId id) { return id == kNoValue ? std::string() : names[id]; };
    for (const Node& node : network.nodes) {
        onnx::NodeProto& to = *graph.add_node();
        to.set_name(node.name);
        to.set_op_type(node.op);
        if (!node.domain.empty()) {
            to.set_domain(node.domain);
        }
        for (const ValueId id : node.inputs) {
            to.add_input(name_of(id));
        }
        for (const ValueId id : node.outputs) {
            to.add_output(name_of(id));
        }
        for (const Attribute& attribute : node.attributes) {
            write_attribute(attribute, *to.add_attribute());
        }
    }
}

void write_opsets(const Network& network, onnx::ModelProto& model) {
    onnx::OperatorSetIdProto& own = *model.add_opset_import();
    own.set_domain("");
    own.set_version(network.opset);
    std::set<std::string> domains;
    for (const Node& node : network.nodes) {
        domains.insert(node.domain);
    }
    domains.erase("");
    for (const std::string& domain : domains) {
        onnx::OperatorSetIdProto& other = *model.add_opset_import();
        other.set_domain(domain);
        other.set_version(1);
    }
}

}  // namespace

std::vector<std::byte> onnx_bytes(const Network& network) {
    onnx::ModelProto model;
    // 8 came with operator set 16, 10 with 21 (onnx: docs/Versioning.md)
    model.set_ir_version(network.opset >= 21 ? 10 : 8);
    model.set_producer_name("chipchain");
    write_opsets(network, model);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(network.name.empty() ? "network" : network.name);
    const std::vector<std::string> names = names_of(network);
    write_nodes(network, names, graph);
    std::vector<bool> port(network.values.size(), false);
    for (const ValueId id : network.inputs) {
        port[id] = true;
        write_value(network.values[id], names[id], *graph.add_input());
    }
    for (const ValueId id : network.outputs) {
        port[id] = true;
        write_value(network.values[id], names[id], *graph.add_output());
    }
    for (size_t id = 0; id < network.values.size(); ++id) {
        const NetworkValue& value = network.values[id];
        if (value.constant) {
            onnx::TensorProto& tensor = *graph.add_initializer();
            tensor.set_name(names[id]);
            write_tensor(*value.constant, tensor);
        } else if (!port[id] && value.typed) {
            write_value(value, names[id], *graph.add_value_info());
        }
    }
    const size_t size = model.ByteSizeLong();
    if (size > static_cast<size_t>(INT32_MAX)) {
        return {};
    }
    std::vector<std::byte> bytes(size);
    model.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes.data()));
    return bytes;
}

Result<void> write_onnx(const Network& network, const std::filesystem::path& file) {
    const auto fail = [&](const std::string& why) {
        return tl::unexpected(Diagnostics{
            {.severity = Severity::error,
             .id = "onnx-not-written",
             .message = fmt::format("{} could not be written: {}", file.string(), why)}});
    };
    const std::vector<std::byte> bytes = onnx_bytes(network);
    if (bytes.empty()) {
        return fail("it is larger than 2 GiB, where ONNX ends");
    }
    // written beside it and renamed, so that nobody sees half of it
    const std::filesystem::path part = file.string() + ".part";
    std::error_code error;
    {
        std::ofstream stream(part, std::ios::binary | std::ios::trunc);
        stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        stream.close();
        if (!stream) {
            std::filesystem::remove(part, error);
            return fail("no such folder, no room or no permission");
        }
    }
    std::filesystem::rename(part, file, error);
    if (error) {
        const std::string why = error.message();
        std::filesystem::remove(part, error);
        return fail(why);
    }
    return {};
}

}  // namespace chipchain
