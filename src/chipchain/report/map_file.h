// Map files: what SEMI G85 (map_g85.h) and SEMI E142 (map_e142.h) have in common, and reading either of them.
//
// Lengths in files are decimals with a resolution of 1 pm (1e-9 mm), so that a map on that raster comes back the same
// to the bit; the offsets of grid.h are exact to 1e-7 mm only. What the formats can hold of a map, and how a panel is
// mapped to E142's kinds of substrates, is in docs/maps.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/report/xml_document.h"
#include "chipchain/yield/substrate_map.h"

namespace chipchain {

enum class MapFormat : uint8_t { g85, e142 };

// The map as a file holds it: every length on the raster of 1 pm, the notch at 0, 90, 180 or 270 degrees (the nearest).
// For a map m, read(write(m)) == held_in_file(m).
[[nodiscard]] SubstrateMap held_in_file(const SubstrateMap& map);
[[nodiscard]] bool same_map(const SubstrateMap& a, const SubstrateMap& b);

// Reads a G85 or an E142 file, whichever its root element says. `sources` gets the file for diagnostics. Ids:
// file-not-found, file-not-readable, file-too-large, empty-file, xml-syntax, not-a-map, and those of parse_map().
[[nodiscard]] Result<SubstrateMap> read_map_file(const std::string& path, SourceMap& sources);

// The same for a text that was read. Ids: missing-element, missing-attribute, wrong-type, out-of-range, unknown-value,
// duplicate-name, map-row-length, map-row-count, unknown-bin-code, wrong-bin-count.
[[nodiscard]] Result<SubstrateMap> parse_map(const std::string& name, const std::string& text, SourceMap& sources);

// A length in mm as an integer number of picometres, and back. REQUIRES |mm| < 1e9.
[[nodiscard]] int64_t picometres(double mm);
[[nodiscard]] double from_picometres(int64_t pm);
// "26.1" with as many decimals as needed, times 10^shift ("26100" with shift 3: micrometres).
[[nodiscard]] std::string decimal_mm(int64_t pm, int shift = 0);

// How bin codes are written in rows and attributes (E142: BinType).
enum class BinType : uint8_t { ascii, decimal, hexadecimal, integer2 };

// Collects what both readers need: the tree, where it came from, and mistakes.
class MapReader {
 public:
    MapReader(const SourceMap& sources, uint32_t file) : sources_(sources), file_(file) {}

    void report(std::string id, std::string message, Span span, std::string expected, std::string help);
    [[nodiscard]] Span at(const XmlNode& node) const { return span_of(node, sources_, file_); }
    [[nodiscard]] Span at(const XmlNode& node, std::string_view attribute) const {
        return span_of(node, attribute, sources_, file_);
    }
    // a code in the text of a row
    [[nodiscard]] Span at_code(const XmlNode& row, size_t offset, size_t size) const;
    // "" and a report when it is absent
    std::string required(const XmlNode& node, std::string_view attribute);
    [[nodiscard]] static std::string optional(const XmlNode& node, std::string_view attribute);
    const XmlNode* required_child(const XmlNode& node, std::string_view name);
    // A positive whole number of at most 100,000; 0 after a report.
    uint32_t size(const XmlNode& node, std::string_view attribute);
    // A length in `unit_pm`; `absent` when the attribute is absent. At most 10 m; a size is not negative, a position
    // may be.
    int64_t size_pm(const XmlNode& node, std::string_view attribute, int64_t unit_pm, int64_t absent);
    int64_t position_pm(const XmlNode& node, std::string_view attribute, int64_t unit_pm, int64_t absent);
    // The distance from the first to the last of `count` devices; 0 after a report when it is above 10 m.
    int64_t extent_pm(const XmlNode& node, int64_t count, int64_t pitch_pm);
    // Position of the value in `values` (letter case ignored); `absent` when the attribute is absent or after a report.
    size_t
    one_of(const XmlNode& node, std::string_view attribute, const std::vector<std::string>& values, size_t absent);
    // NullBin, bins (elements `bin_name` below `bins`) and rows into the map, which has rows and columns; then rows and
    // columns are turned so that the origin is at the upper left.
    void read_codes(
        const XmlNode& attributes,
        const XmlNode& bins,
        std::string_view bin_name,
        const std::vector<const XmlNode*>& rows,
        MapOrigin origin,
        SubstrateMap& map);

    Diagnostics diagnostics;

 private:
    struct Codes {
        BinType type = BinType::hexadecimal;
        uint32_t null_code = kNullBin;
        size_t null_size = 0;                   // characters of NullBin as written
        std::vector<const XmlNode*> bin_nodes;  // [bin], in the order of SubstrateMap::bins
        const XmlNode* null_node = nullptr;     // a bin element for the null bin, which both standards allow
    };
    bool read_length(const XmlNode& node, std::string_view attribute, int64_t unit_pm, bool position, int64_t& pm);
    static int64_t code_of(std::string_view text, BinType type);
    void read_null_bin(const XmlNode& attributes, Codes& codes);
    void read_bins(const XmlNode& bins, std::string_view bin_name, Codes& codes, SubstrateMap& map);
    bool read_row(const XmlNode& row, uint32_t number, const Codes& codes, SubstrateMap& map);
    void check_counts(const Codes& codes, const SubstrateMap& map);

    const SourceMap& sources_;
    uint32_t file_;
};

// The code as digits of that type, for writers; two hexadecimal digits or up to three decimal ones.
[[nodiscard]] std::string code_text(uint8_t code, BinType type);

// Orientation of the standards: where the notch or mark is, in degrees clockwise from the bottom, and back.
[[nodiscard]] uint32_t orientation_of(double notch_degrees);
[[nodiscard]] double notch_of(uint32_t orientation);

}  // namespace chipchain
