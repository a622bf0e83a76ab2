// An XML file as a tree with places, for the readers of map files. libxml2 is seen by xml_document.cc only: names come
// without their namespace prefix, comments and processing instructions are left out, external entities are never read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

struct XmlAttribute {
    std::string name;
    std::string value;
};

struct XmlNode {
    std::string name;
    std::string space;  // URI of its namespace, may be empty
    std::vector<XmlAttribute> attributes;
    std::vector<XmlNode> children;
    std::string text;   // of the element itself, CDATA included
    uint32_t line = 0;  // where its start tag ends

    // null when there is none; of several children the first
    [[nodiscard]] const std::string* attribute(std::string_view attribute_name) const;
    [[nodiscard]] const XmlNode* child(std::string_view child_name) const;
};

// The root of `sources.files[file]`. Ids: xml-syntax, one for each place that libxml2 reports.
[[nodiscard]] Result<XmlNode> read_xml(const SourceMap& sources, uint32_t file);

// Where the element or the value of its attribute stands. libxml2 keeps the line of an element only: the column is
// searched in the text, backwards from that line; the element's line when it is not found.
[[nodiscard]] Span span_of(const XmlNode& node, const SourceMap& sources, uint32_t file);
[[nodiscard]] Span
span_of(const XmlNode& node, std::string_view attribute_name, const SourceMap& sources, uint32_t file);

// The text with &, <, >, quotes and line breaks as XML wants them in attributes and elements. Characters that XML 1.0
// does not allow become '?'.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace chipchain
