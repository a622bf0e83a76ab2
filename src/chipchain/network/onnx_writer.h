// Writes networks as ONNX files, so that other programs (ONNX Runtime as oracle) can run what our quantiser made.
#pragma once

#include <filesystem>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/network/network.h"

namespace chipchain {

// The bytes of a ModelProto, equal for equal networks; empty when they exceed 2 GiB, where ONNX ends. Constants become
// initialisers; a value without a name, or with one that is taken, gets one of its own.
[[nodiscard]] std::vector<std::byte> onnx_bytes(const Network& network);
// Writes them whole or not at all. Error: onnx-not-written.
[[nodiscard]] Result<void> write_onnx(const Network& network, const std::filesystem::path& file);

}  // namespace chipchain
