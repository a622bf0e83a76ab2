#define ONNX_NAMESPACE onnx
#define ONNX_ML 1
#include "chipchain/network/onnx_tensor.h"

#include <cstring>
#include <fstream>
#include <limits>

#include <fmt/core.h>
#include <onnx/onnx_pb.h>

namespace chipchain {

namespace {

tl::unexpected<Diagnostics> one_error(std::string id, std::string message, std::string help = {}) {
    return tl::unexpected(Diagnostics{onnx_error(std::move(id), std::move(message), std::move(help))});
}

// Copies a typed field whose elements are wider than, or as wide as, the tensor's. Returns false when one is out of
// range.
template <class To, class Field>
bool copy_numbers(const Field& field, Tensor& tensor) {
    const std::span<To> to = tensor.as<To>();
    for (size_t i = 0; i < to.size(); ++i) {
        const auto value = field[static_cast<int>(i)];
        to[i] = static_cast<To>(value);
        if constexpr (std::is_integral_v<To>) {
            if (static_cast<decltype(value)>(to[i]) != value) {
                return false;
            }
        }
    }
    return true;
}

// 4-bit elements stand two to a byte, the first in the low half.
void unpack_nibbles(std::string_view packed, Tensor& tensor) {
    const std::span<uint8_t> to = tensor.as<uint8_t>();
    for (size_t i = 0; i < to.size(); ++i) {
        const auto byte = static_cast<uint8_t>(packed[i / 2]);
        const int nibble = i % 2 == 0 ? byte & 15 : byte >> 4;
        const bool negative = tensor.type == DataType::s4 && nibble > 7;
        to[i] = static_cast<uint8_t>(negative ? nibble - 16 : nibble);
    }
}

bool is_nibble(DataType type) { return type == DataType::u4 || type == DataType::s4; }

// Elements that the typed field of `type` holds in this message.
int typed_count(const onnx::TensorProto& proto, DataType type) {
    switch (type) {
        case DataType::f32:
            return proto.float_data_size();
        case DataType::f64:
            return proto.double_data_size();
        case DataType::s64:
            return proto.int64_data_size();
        case DataType::u32:
        case DataType::u64:
            return proto.uint64_data_size();
        case DataType::text:
            return proto.string_data_size();
        case DataType::f16:
        case DataType::bf16:
        case DataType::u8:
        case DataType::s8:
        case DataType::u16:
        case DataType::s16:
        case DataType::s32:
        case DataType::u4:
        case DataType::s4:
        case DataType::boolean:
            return proto.int32_data_size();
    }
    return 0;
}

// Copies the typed field, whose count was checked. Returns false when a value does not fit the type.
bool copy_typed(const onnx::TensorProto& proto, Tensor& tensor) {
    switch (tensor.type) {
        case DataType::f32:
            return copy_numbers<float>(proto.float_data(), tensor);
        case DataType::f64:
            return copy_numbers<double>(proto.double_data(), tensor);
        case DataType::s64:
            return copy_numbers<int64_t>(proto.int64_data(), tensor);
        case DataType::u32:
            return copy_numbers<uint32_t>(proto.uint64_data(), tensor);
        case DataType::u64:
            return copy_numbers<uint64_t>(proto.uint64_data(), tensor);
        case DataType::s32:
            return copy_numbers<int32_t>(proto.int32_data(), tensor);
        case DataType::s16:
            return copy_numbers<int16_t>(proto.int32_data(), tensor);
        case DataType::s8:
            return copy_numbers<int8_t>(proto.int32_data(), tensor);
        case DataType::f16:
        case DataType::bf16:
        case DataType::u16:
            return copy_numbers<uint16_t>(proto.int32_data(), tensor);
        case DataType::u8:
        case DataType::boolean:
            return copy_numbers<uint8_t>(proto.int32_data(), tensor);
        case DataType::u4:
        case DataType::s4: {
            std::string packed;
            for (const int32_t pair : proto.int32_data()) {
                packed += static_cast<char>(pair & 255);
            }
            unpack_nibbles(packed, tensor);
            return true;
        }
        case DataType::text:
            for (int i = 0; i < proto.string_data_size(); ++i) {
                tensor.texts[static_cast<size_t>(i)] = proto.string_data(i);
            }
            return true;
    }
    return false;
}

// Fills from little-endian bytes whose number was checked.
void copy_raw(std::string_view raw, Tensor& tensor) {
    if (is_nibble(tensor.type)) {
        unpack_nibbles(raw, tensor);
    } else if (!raw.empty()) {
        std::memcpy(tensor.bytes.data(), raw.data(), raw.size());
    }
}

struct ExternalData {
    std::string location;
    uint64_t offset = 0;
    std::optional<uint64_t> length;
};

std::optional<uint64_t> decimal(const std::string& text) {
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
        return std::nullopt;
    }
    return std::stoull(text);
}

Result<ExternalData> external_entries(const onnx::TensorProto& proto, const std::string& what) {
    ExternalData data;
    for (const auto& entry : proto.external_data()) {
        const bool is_number = entry.key() == "offset" || entry.key() == "length";
        const std::optional<uint64_t> number = decimal(entry.value());
        if (is_number && !number) {
            return one_error(
                "onnx-external-data",
                fmt::format(
                    "{} states the {} {} of its data, which is no number",
                    what,
                    entry.key(),
                    printable(entry.value())));
        }
        if (entry.key() == "location") {
            data.location = entry.value();
        } else if (entry.key() == "offset") {
            data.offset = *number;
        } else if (entry.key() == "length") {
            data.length = *number;
        }
    }
    return data;
}

// The file of external data: a plain relative path that stays in the model's folder, links followed.
Result<std::filesystem::path>
external_file(const std::string& location, const std::string& what, const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    const fs::path relative = location;
    if (error || location.empty() || location.find('\0') != std::string::npos || relative.is_absolute()) {
        return one_error(
            "onnx-external-data",
            fmt::format("{} lies in the file {}, which is no relative path", what, printable(location)));
    }
    const fs::path file = fs::canonical(root / relative, error);
    if (error || !fs::is_regular_file(file, error)) {
        return one_error(
            "onnx-external-data",
            fmt::format("{} lies in the file {}, which is missing", what, printable(location)),
            "put the data file beside the model");
    }
    const auto [end, _] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
    if (end != root.end()) {
        return one_error(
            "onnx-external-data",
            fmt::format("{} lies in the file {}, outside the folder of the model", what, printable(location)));
    }
    return file;
}

// Bytes of external data, `size` of them.
Result<std::string> external_bytes(
    const onnx::TensorProto& proto,
    const std::string& what,
    uint64_t size,
    const OnnxLimits& limits,
    TensorSource& source) {
    if (source.folder.empty()) {
        return one_error(
            "onnx-external-data",
            what + " lies in another file, but the model was given as bytes without a folder");
    }
    const Result<ExternalData> data = external_entries(proto, what);
    if (!data) {
        return tl::unexpected(data.error());
    }
    const auto file = external_file(data->location, what, source.folder);
    if (!file) {
        return tl::unexpected(file.error());
    }
    std::error_code error;
    const uint64_t held = std::filesystem::file_size(*file, error);
    const uint64_t length = data->length.value_or(held >= data->offset ? held - data->offset : 0);
    if (error || data->offset > held || length > held - data->offset || length != size) {
        return one_error(
            "onnx-external-data",
            fmt::format(
                "{} needs {} bytes and states {} at offset {} of {}, which holds {}",
                what,
                size,
                length,
                data->offset,
                printable(data->location),
                held));
    }
    source.external_bytes += size;
    if (source.external_bytes > limits.external_bytes) {
        return one_error(
            "onnx-too-large",
            fmt::format("the model claims more than {} bytes of external data", limits.external_bytes));
    }
    std::string bytes(static_cast<size_t>(size), '\0');
    std::ifstream stream(*file, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(data->offset));
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size))) {
        return one_error("onnx-external-data", fmt::format("{} could not be read", printable(data->location)));
    }
    return bytes;
}

struct Claim {
    const DataTypeInfo* type = nullptr;
    Shape shape;
    int64_t count = 0;
};

// Type and shape that the message claims, within the limits; nothing is allocated for them yet.
Result<Claim> claim_of(const onnx::TensorProto& proto, const std::string& what, const OnnxLimits& limits) {
    Claim claim;
    claim.type = find_onnx_type(proto.data_type());
    if (claim.type == nullptr) {
        return one_error(
            "onnx-type",
            fmt::format("{} has the element type {}, which is not held here", what, proto.data_type()));
    }
    if (proto.has_segment()) {
        return one_error("onnx-tensor", what + " is a segment of a tensor");
    }
    if (proto.dims_size() > kMaxRank) {
        return one_error(
            "onnx-tensor",
            fmt::format("{} has {} dimensions; at most {} are read", what, proto.dims_size(), kMaxRank));
    }
    claim.shape.assign(proto.dims().begin(), proto.dims().end());
    for (const int64_t dim : claim.shape) {
        if (dim < 0) {
            return one_error("onnx-tensor", fmt::format("{} has a dimension of {}", what, dim));
        }
    }
    claim.count = element_count(claim.shape, limits.tensor_elements);
    if (claim.count < 0) {
        return one_error(
            "onnx-too-large",
            fmt::format(
                "{} claims {} elements; at most {} are read",
                what,
                shape_text(claim.shape),
                limits.tensor_elements));
    }
    return claim;
}

void make_booleans_one(Tensor& tensor) {
    if (tensor.type == DataType::boolean) {
        for (uint8_t& value : tensor.as<uint8_t>()) {
            value = value != 0 ? 1 : 0;
        }
    }
}

}  // namespace

Diagnostic onnx_error(std::string id, std::string message, std::string help) {
    return {.severity = Severity::error, .id = std::move(id), .message = std::move(message), .help = std::move(help)};
}

std::string printable(std::string_view text) {
    std::string result = "'";
    for (const char letter : text.substr(0, 80)) {
        if (letter >= ' ' && letter <= '~') {
            result += letter;
        } else {
            result += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(letter)));
        }
    }
    return result + (text.size() > 80 ? "...'" : "'");
}

Result<std::vector<std::byte>> read_bytes(const std::filesystem::path& file, uint64_t most) {
    std::error_code error;
    const std::string name = printable(file.string());
    if (!std::filesystem::is_regular_file(file, error)) {
        return one_error("onnx-unreadable", name + " is no file");
    }
    const uint64_t size = std::filesystem::file_size(file, error);
    if (error || size > most) {
        return one_error("onnx-too-large", fmt::format("{} has {} bytes; at most {} are read", name, size, most));
    }
    std::vector<std::byte> bytes(static_cast<size_t>(size));
    std::ifstream stream(file, std::ios::binary);
    if (!stream ||
        (size > 0 && !stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))) {
        return one_error("onnx-unreadable", name + " could not be read");
    }
    return bytes;
}

Result<Tensor>
tensor_of(const onnx::TensorProto& proto, const std::string& what, const OnnxLimits& limits, TensorSource& source) {
    const Result<Claim> claim = claim_of(proto, what, limits);
    if (!claim) {
        return tl::unexpected(claim.error());
    }
    const DataType type = claim->type->type;
    const auto count = static_cast<uint64_t>(claim->count);
    const uint64_t raw_size = is_nibble(type) ? (count + 1) / 2 : count * claim->type->bytes;
    const bool external = proto.data_location() == onnx::TensorProto::EXTERNAL;
    if (type == DataType::text && (external || proto.has_raw_data())) {
        return one_error("onnx-tensor", what + " holds texts as raw bytes");
    }
    if (external) {
        const Result<std::string> bytes = external_bytes(proto, what, raw_size, limits, source);
        if (!bytes) {
            return tl::unexpected(bytes.error());
        }
        Tensor tensor(type, claim->shape);
        copy_raw(*bytes, tensor);
        make_booleans_one(tensor);
        return tensor;
    }
    const bool raw = proto.has_raw_data();
    const uint64_t held = raw ? proto.raw_data().size() : static_cast<uint64_t>(typed_count(proto, type));
    const uint64_t needed = raw || is_nibble(type) ? raw_size : count;
    if (held != needed) {
        return one_error(
            "onnx-tensor",
            fmt::format(
                "{} of type {} and shape {} needs {} {} of data and has {}",
                what,
                claim->type->name,
                shape_text(claim->shape),
                needed,
                raw ? "bytes" : "entries",
                held));
    }
    Tensor tensor(type, claim->shape);
    if (raw) {
        copy_raw(proto.raw_data(), tensor);
    } else if (!copy_typed(proto, tensor)) {
        return one_error(
            "onnx-tensor",
            fmt::format("{} holds a value that does not fit its type {}", what, claim->type->name));
    }
    make_booleans_one(tensor);
    return tensor;
}

}  // namespace chipchain
