#include "chipchain/network/network.h"

namespace chipchain {

namespace {

// The attribute of that name when it is of the kind asked for.
const Attribute* find_kind(const Node& node, std::string_view name, AttributeKind kind) {
    const Attribute* attribute = find_attribute(node, name);
    return attribute != nullptr && attribute->kind == kind ? attribute : nullptr;
}

}  // namespace

const Attribute* find_attribute(const Node& node, std::string_view name) {
    for (const Attribute& attribute : node.attributes) {
        if (attribute.name == name) {
            return &attribute;
        }
    }
    return nullptr;
}

int64_t integer_attribute(const Node& node, std::string_view name, int64_t other) {
    const Attribute* attribute = find_kind(node, name, AttributeKind::integer);
    return attribute != nullptr ? attribute->integer : other;
}

float number_attribute(const Node& node, std::string_view name, float other) {
    const Attribute* attribute = find_kind(node, name, AttributeKind::number);
    return attribute != nullptr ? attribute->number : other;
}

std::string text_attribute(const Node& node, std::string_view name, std::string_view other) {
    const Attribute* attribute = find_kind(node, name, AttributeKind::text);
    return attribute != nullptr ? attribute->text : std::string(other);
}

std::vector<int64_t> integers_attribute(const Node& node, std::string_view name) {
    const Attribute* attribute = find_kind(node, name, AttributeKind::integers);
    return attribute != nullptr ? attribute->integers : std::vector<int64_t>{};
}

Attribute integer_attribute_of(std::string name, int64_t value) {
    Attribute a;
    a.name = std::move(name);
    a.kind = AttributeKind::integer;
    a.integer = value;
    return a;
}

Attribute integers_attribute_of(std::string name, std::vector<int64_t> values) {
    Attribute a;
    a.name = std::move(name);
    a.kind = AttributeKind::integers;
    a.integers = std::move(values);
    return a;
}

Attribute number_attribute_of(std::string name, float value) {
    Attribute a;
    a.name = std::move(name);
    a.kind = AttributeKind::number;
    a.number = value;
    return a;
}

Attribute text_attribute_of(std::string name, std::string value) {
    Attribute a;
    a.name = std::move(name);
    a.kind = AttributeKind::text;
    a.text = std::move(value);
    return a;
}

}  // namespace chipchain
