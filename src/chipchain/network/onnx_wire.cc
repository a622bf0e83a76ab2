#include "chipchain/network/onnx_wire.h"

#include <optional>

#include <fmt/core.h>

namespace chipchain {

namespace {

// The messages of onnx.proto (1.12) that hold others.
enum class Kind : uint8_t {
    leaf,
    model,
    graph,
    node,
    attribute,
    tensor,
    sparse,
    value,
    type,
    element,  // TypeProto.Tensor, Sequence, Optional
    map,
    shape,
    function,
    training,
};

struct Nested {
    Kind parent;
    uint32_t field;
    Kind child;
};
constexpr Nested kNested[] = {
    {Kind::model, 7, Kind::graph},       {Kind::model, 8, Kind::leaf},        {Kind::model, 14, Kind::leaf},
    {Kind::model, 20, Kind::training},   {Kind::model, 25, Kind::function},   {Kind::graph, 1, Kind::node},
    {Kind::graph, 5, Kind::tensor},      {Kind::graph, 11, Kind::value},      {Kind::graph, 12, Kind::value},
    {Kind::graph, 13, Kind::value},      {Kind::graph, 14, Kind::leaf},       {Kind::graph, 15, Kind::sparse},
    {Kind::node, 5, Kind::attribute},    {Kind::attribute, 5, Kind::tensor},  {Kind::attribute, 6, Kind::graph},
    {Kind::attribute, 10, Kind::tensor}, {Kind::attribute, 11, Kind::graph},  {Kind::attribute, 14, Kind::type},
    {Kind::attribute, 15, Kind::type},   {Kind::attribute, 22, Kind::sparse}, {Kind::attribute, 23, Kind::sparse},
    {Kind::tensor, 3, Kind::leaf},       {Kind::tensor, 13, Kind::leaf},      {Kind::sparse, 1, Kind::tensor},
    {Kind::sparse, 2, Kind::tensor},     {Kind::value, 2, Kind::type},        {Kind::type, 1, Kind::element},
    {Kind::type, 4, Kind::element},      {Kind::type, 5, Kind::map},          {Kind::type, 8, Kind::element},
    {Kind::type, 9, Kind::element},      {Kind::element, 1, Kind::type},      {Kind::element, 2, Kind::shape},
    {Kind::shape, 1, Kind::leaf},        {Kind::map, 2, Kind::type},          {Kind::function, 7, Kind::node},
    {Kind::function, 9, Kind::leaf},     {Kind::training, 1, Kind::graph},    {Kind::training, 2, Kind::graph},
    {Kind::training, 3, Kind::leaf},     {Kind::training, 4, Kind::leaf},
};

// Field `field` of `parent`, or nullopt when it is no message.
std::optional<Kind> nested(Kind parent, uint64_t field) {
    for (const Nested& row : kNested) {
        if (row.parent == parent && row.field == field) {
            return row.child;
        }
    }
    return std::nullopt;
}

// Wire types of protobuf's encoding.
enum Wire : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroupStart = 3, kGroupEnd = 4, kFixed32 = 5 };

class Walker {
 public:
    Walker(std::span<const std::byte> bytes, const WireLimits& limits) : bytes_(bytes), limits_(limits) {}

    // Walks bytes [begin, end), a message of `kind`.
    bool message(Kind kind, size_t begin, size_t end, int depth) {
        if (depth > limits_.depth) {
            return fault(WireFault::malformed, begin, "messages nest too deeply");
        }
        size_t at = begin;
        while (at < end) {
            if (++fields_ > limits_.fields) {
                return fault(WireFault::too_large, at, fmt::format("more than {} fields", limits_.fields));
            }
            uint64_t tag = 0;
            if (!varint(at, end, tag)) {
                return false;
            }
            if (tag >> 3 == 0) {
                return fault(WireFault::malformed, at, "a field without a number");
            }
            if (!field(kind, tag, at, end, depth)) {
                return false;
            }
        }
        return true;
    }

    WireReport report;

 private:
    bool fault(WireFault kind, size_t at, std::string text) {
        report = {kind, fmt::format("{} at byte {}", text, at)};
        return false;
    }

    // Reads a number of at most 10 bytes at `at` and moves on.
    bool varint(size_t& at, size_t end, uint64_t& value) {
        value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at >= end) {
                return fault(WireFault::malformed, at, "a number is cut short");
            }
            const auto byte = static_cast<uint64_t>(bytes_[at++]);
            value |= shift < 64 ? (byte & 127) << shift : 0;
            if (byte < 128) {
                return true;
            }
        }
        return fault(WireFault::malformed, at, "a number of more than 10 bytes");
    }

    bool skip(size_t& at, size_t end, uint64_t size) {
        if (size > end - at) {
            return fault(WireFault::malformed, at, fmt::format("{} bytes claimed where {} are left", size, end - at));
        }
        at += size;
        return true;
    }

    bool field(Kind kind, uint64_t tag, size_t& at, size_t end, int depth) {
        uint64_t size = 0;
        switch (tag & 7) {
            case kVarint:
                return varint(at, end, size);
            case kFixed64:
                return skip(at, end, 8);
            case kFixed32:
                return skip(at, end, 4);
            case kBytes: {
                if (!varint(at, end, size)) {
                    return false;
                }
                const size_t begin = at;
                if (!skip(at, end, size)) {
                    return false;
                }
                const std::optional<Kind> child = nested(kind, tag >> 3);
                if (child == Kind::node && ++nodes_ > limits_.nodes) {
                    return fault(WireFault::too_large, begin, fmt::format("more than {} nodes", limits_.nodes));
                }
                return !child || message(*child, begin, at, depth + 1);
            }
            case kGroupStart:
            case kGroupEnd:
            default:
                // onnx.proto has no groups
                return fault(WireFault::malformed, at, fmt::format("wire type {}", tag & 7));
        }
    }

    std::span<const std::byte> bytes_;
    WireLimits limits_;
    uint64_t fields_ = 0;
    uint64_t nodes_ = 0;
};

}  // namespace

WireReport check_wire(std::span<const std::byte> bytes, OnnxMessage message, const WireLimits& limits) {
    Walker walker(bytes, limits);
    walker.message(message == OnnxMessage::model ? Kind::model : Kind::tensor, 0, bytes.size(), 0);
    return walker.report;
}

}  // namespace chipchain
