#include "chipchain/report/xml_document.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <memory>

#include "chipchain/base/check.h"

namespace chipchain {

const std::string* XmlNode::attribute(std::string_view attribute_name) const {
    for (const XmlAttribute& a : attributes) {
        if (a.name == attribute_name) return &a.value;
    }
    return nullptr;
}

const XmlNode* XmlNode::child(std::string_view child_name) const {
    for (const XmlNode& c : children) {
        if (c.name == child_name) return &c;
    }
    return nullptr;
}

namespace {

constexpr size_t kMostMistakes = 50;  // assumption: later ones follow from the first

std::string text_of(const xmlChar* text) {
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

struct Mistakes {
    Diagnostics* diagnostics;
    uint32_t file;
};

void add_mistake(void* data, xmlErrorPtr error) {
    const auto* context = static_cast<xmlParserCtxtPtr>(data);
    if (context == nullptr || context->_private == nullptr || error->level < XML_ERR_ERROR) return;
    const auto* mistakes = static_cast<const Mistakes*>(context->_private);
    if (mistakes->diagnostics->size() >= kMostMistakes) return;
    std::string message = error->message == nullptr ? "not well-formed" : error->message;
    while (!message.empty() && message.back() == '\n') message.pop_back();
    std::replace(message.begin(), message.end(), '\n', ' ');
    const auto line = static_cast<uint32_t>(std::max(1, error->line));
    const auto column = static_cast<uint32_t>(std::max(1, error->int2));
    mistakes->diagnostics->push_back(
        {Severity::error,
         "xml-syntax",
         "the file is not well-formed XML: " + message,
         {mistakes->file, line, column, 0},
         "",
         "repair it, or write it again with the program it came from"});
}

void copy_attributes(const xmlNode* from, XmlNode& to) {
    for (const xmlAttr* a = from->properties; a != nullptr; a = a->next) {
        const std::unique_ptr<xmlChar, decltype(xmlFree)> value(
            xmlNodeListGetString(from->doc, a->children, 1),
            xmlFree);
        to.attributes.push_back({text_of(a->name), text_of(value.get())});
    }
}

XmlNode copy_node(const xmlNode* from);

void copy_children(const xmlNode* from, XmlNode& to) {
    for (const xmlNode* c = from->children; c != nullptr; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) to.text += text_of(c->content);
        if (c->type == XML_ELEMENT_NODE) to.children.push_back(copy_node(c));
    }
}

// libxml2 refuses documents nested deeper than 256, so that the recursion is bounded.
XmlNode copy_node(const xmlNode* from) {
    XmlNode out;
    out.name = text_of(from->name);
    if (from->ns != nullptr) out.space = text_of(from->ns->href);
    out.line = static_cast<uint32_t>(std::max(0L, xmlGetLineNo(from)));
    copy_attributes(from, out);
    copy_children(from, out);
    return out;
}

}  // namespace

Result<XmlNode> read_xml(const SourceMap& sources, uint32_t file) {
    CHECK(file < sources.files.size());
    const std::string& text = sources.files[file].text;
    Diagnostics diagnostics;
    Mistakes mistakes{&diagnostics, file};
    const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> context(xmlNewParserCtxt(), xmlFreeParserCtxt);
    CHECK(context != nullptr);
    context->_private = &mistakes;
    context->sax->serror = add_mistake;
    const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
        xmlCtxtReadMemory(
            context.get(),
            text.data(),
            static_cast<int>(text.size()),
            nullptr,
            nullptr,
            XML_PARSE_NONET | XML_PARSE_BIG_LINES),
        xmlFreeDoc);
    const xmlNode* root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
    if (root == nullptr && diagnostics.empty()) {
        diagnostics.push_back(
            {Severity::error,
             "xml-syntax",
             "the file holds no XML element",
             {file, 0, 0, 0},
             "",
             "write the file again"});
    }
    if (!diagnostics.empty()) return tl::unexpected(std::move(diagnostics));
    return copy_node(root);
}

Span span_of(const XmlNode& node, const SourceMap& sources, uint32_t file) {
    constexpr uint32_t kMostLines = 100;  // assumption: a start tag is no longer
    const std::string tag = node.name;
    for (uint32_t line = node.line; line > 0 && line + kMostLines > node.line; --line) {
        const std::string_view text = sources.line(file, line);
        for (size_t at = text.rfind(tag); at != std::string_view::npos && at > 0; at = text.rfind(tag, at - 1)) {
            if (text[at - 1] != '<' && text[at - 1] != ':') continue;
            return {file, line, static_cast<uint32_t>(at + 1), static_cast<uint32_t>(tag.size())};
        }
    }
    return {file, node.line, 1, 0};
}

Span span_of(const XmlNode& node, std::string_view attribute_name, const SourceMap& sources, uint32_t file) {
    const Span start = span_of(node, sources, file);
    const std::string* value = node.attribute(attribute_name);
    for (uint32_t line = start.line; value != nullptr && line <= node.line; ++line) {
        const std::string_view text = sources.line(file, line);
        size_t at = line == start.line ? start.column : 0;
        for (at = text.find(attribute_name, at); at != std::string_view::npos; at = text.find(attribute_name, at + 1)) {
            const size_t equals = at + attribute_name.size();
            const bool whole = at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == ':');
            if (!whole || equals >= text.size() || text[equals] != '=') continue;
            return {file, line, static_cast<uint32_t>(equals + 3), static_cast<uint32_t>(value->size())};
        }
    }
    return start;
}

std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "&#10;";
                break;
            case '\t':
                out += "&#9;";
                break;
            case '\r':
                out += "&#13;";
                break;
            default:
                out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
        }
    }
    return out;
}

}  // namespace chipchain
