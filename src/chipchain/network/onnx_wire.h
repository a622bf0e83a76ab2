// A walk over the bytes of a protobuf message before anything is made of them: that every length lies inside its
// message, how deep messages nest and how many fields there are. A field of two bytes becomes an object of a hundred,
// so a small file could claim much memory; this count is the bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace chipchain {

enum class OnnxMessage : uint8_t { model, tensor };

struct WireLimits {
    uint64_t fields = uint64_t{1} << 26;  // of the whole file; assumption: 64 per node of the largest network read
    int depth = 64;                       // assumption: protobuf's own limit is 100
    uint64_t nodes = 1'000'000;
};

enum class WireFault : uint8_t { none, malformed, too_large };

struct WireReport {
    WireFault fault = WireFault::none;
    std::string text;  // what is wrong and at which byte
};

// Returns the first fault, in order of bytes. Messages are those of onnx.proto; what it does not know is skipped as
// protobuf does.
[[nodiscard]] WireReport
check_wire(std::span<const std::byte> bytes, OnnxMessage message, const WireLimits& limits = {});

}  // namespace chipchain
