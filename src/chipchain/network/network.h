// A neural network as imported: a graph of operators on named values, in the terms of ONNX. Not what a chip runs:
// lower() makes an IntegerNetwork of it.
//
// Invariants of a Network that read_onnx() or quantise() returned:
//  1. nodes stand in an order of computation: an input is a constant, a network input or the output of an earlier node;
//  2. every value is written once; ids index `values`; kNoValue stands for an omitted optional input or output;
//  3. `Constant` nodes are gone: their tensors are values with a constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chipchain/network/tensor.h"

namespace chipchain {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = UINT32_MAX;

enum class AttributeKind : uint8_t { integer, number, text, tensor, integers, numbers, texts, graph };

struct Attribute {
    std::string name;
    AttributeKind kind = AttributeKind::integer;
    int64_t integer = 0;
    float number = 0;
    std::string text;
    Tensor tensor;
    std::vector<int64_t> integers;
    std::vector<float> numbers;
    std::vector<std::string> texts;
};

struct Node {
    std::string name;    // may be empty in the file; then "<op>_<index>"
    std::string domain;  // "" is ai.onnx; "com.microsoft"
    std::string op;      // "QLinearConv"
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs;
    std::vector<Attribute> attributes;
};

// A value as declared or inferred. shape: -1 for a dimension that is not known; rank_known false: nothing is known.
struct NetworkValue {
    std::string name;
    bool typed = false;
    DataType type = DataType::f32;
    bool rank_known = false;
    Shape shape;
    std::optional<Tensor> constant;
};

struct Network {
    std::string name;
    int64_t opset = 0;  // of ai.onnx
    std::vector<NetworkValue> values;
    std::vector<Node> nodes;
    std::vector<ValueId> inputs;  // without those that have a constant
    std::vector<ValueId> outputs;
};

[[nodiscard]] const Attribute* find_attribute(const Node& node, std::string_view name);
// The attribute, or `other` when the node has none of that name and kind.
[[nodiscard]] int64_t integer_attribute(const Node& node, std::string_view name, int64_t other);
[[nodiscard]] float number_attribute(const Node& node, std::string_view name, float other);
[[nodiscard]] std::string text_attribute(const Node& node, std::string_view name, std::string_view other);
[[nodiscard]] std::vector<int64_t> integers_attribute(const Node& node, std::string_view name);

// Attributes of nodes that a program makes.
[[nodiscard]] Attribute integer_attribute_of(std::string name, int64_t value);
[[nodiscard]] Attribute integers_attribute_of(std::string name, std::vector<int64_t> values);
[[nodiscard]] Attribute number_attribute_of(std::string name, float value);
[[nodiscard]] Attribute text_attribute_of(std::string name, std::string value);

}  // namespace chipchain
