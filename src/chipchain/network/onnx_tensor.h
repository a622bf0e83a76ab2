// Makes a Tensor of a TensorProto: seen by onnx_reader.cc alone, as it names protobuf's types.
#pragma once

#include <filesystem>
#include <optional>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/onnx_reader.h"

namespace onnx {
class TensorProto;
}

namespace chipchain {

// Tensors of more dimensions are refused; assumption: no exporter writes more than 8.
inline constexpr int kMaxRank = 16;

// Where a tensor stands: the folder of its model (empty: bytes in memory) and how much external data was read so far.
struct TensorSource {
    std::filesystem::path folder;
    uint64_t external_bytes = 0;
};

// `what`: how diagnostics call the tensor. Errors: onnx-type, onnx-tensor, onnx-too-large, onnx-external-data; one.
[[nodiscard]] Result<Tensor>
tensor_of(const onnx::TensorProto& proto, const std::string& what, const OnnxLimits& limits, TensorSource& source);

// One diagnostic, an error.
[[nodiscard]] Diagnostic onnx_error(std::string id, std::string message, std::string help = {});
// `text` fit for a message: quoted, at most 80 bytes of it, everything but printing ASCII as \xNN.
[[nodiscard]] std::string printable(std::string_view text);
// The bytes of a regular file. Errors: onnx-unreadable, onnx-too-large.
[[nodiscard]] Result<std::vector<std::byte>> read_bytes(const std::filesystem::path& file, uint64_t most);

}  // namespace chipchain
