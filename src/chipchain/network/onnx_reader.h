// Reads ONNX files (ModelProto, TensorProto) by libonnx and protobuf, which only onnx_reader.cc and onnx_writer.cc see.
// A file is somebody else's: every size it claims is checked against what it holds before anything is allocated.
#pragma once

#include <filesystem>
#include <span>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/network.h"

namespace chipchain {

struct OnnxLimits {
    uint64_t file_bytes = uint64_t{2} << 30;  // protobuf's own limit is 2 GiB
    int64_t tensor_elements = int64_t{1} << 31;
    size_t nodes = 1'000'000;
    uint64_t external_bytes = uint64_t{1} << 34;  // of all external data together; assumption
};

// Returns the network of a file. Errors, all that can be found at once: onnx-unreadable (not a model, truncated),
// onnx-too-large, onnx-tensor (data do not fit type and shape), onnx-type (element type not held here), onnx-graph
// (unknown or doubly written value, cycle), onnx-external-data (weights in another file that is missing or outside the
// model's folder). Operators are not judged here: see unsupported_nodes().
[[nodiscard]] Result<Network> read_onnx(const std::filesystem::path& file, const OnnxLimits& limits = {});
// The same of bytes in memory; `name` stands in diagnostics.
[[nodiscard]] Result<Network>
parse_onnx(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits = {});
// A TensorProto file, as input_0.pb of the ONNX backend tests.
[[nodiscard]] Result<Tensor> read_onnx_tensor(const std::filesystem::path& file, const OnnxLimits& limits = {});

}  // namespace chipchain
