#include "chipchain/report/map_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/report/map_e142.h"
#include "chipchain/report/map_g85.h"

namespace chipchain {

namespace {

constexpr uint32_t kMostDevices = 10'000'000;           // assumption: limits memory; 1 mm devices fill 0.5 M of a panel
constexpr int64_t kMostPm = 10'000'000'000'000;         // 10 m: keeps sums exact in int64 and in double
constexpr uintmax_t kMostBytes = uintmax_t{64} << 20U;  // as for model files

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

size_t digits_of(BinType type) {
    switch (type) {
        case BinType::ascii:
            return 1;
        case BinType::decimal:
            return 3;
        case BinType::hexadecimal:
            return 2;
        case BinType::integer2:
            return 4;
    }
    return 1;
}

// A code of a row: where it stands in the row's text.
struct Token {
    size_t at = 0;
    size_t size = 0;
};

// Codes between blanks, or of a fixed number of characters when there are no blanks between them.
std::vector<Token> tokens_of(const std::string& text, BinType type, size_t columns, size_t null_size) {
    std::vector<Token> out;
    for (size_t i = 0; i < text.size();) {
        if (is_blank(text[i])) {
            ++i;
            continue;
        }
        const size_t begin = i;
        while (i < text.size() && !is_blank(text[i])) ++i;
        out.push_back({begin, i - begin});
    }
    if (type == BinType::ascii) {
        // a blank may be a code too: then the row has exactly one character per column
        const bool blanks_are_codes = text.size() == columns && text.find_first_of("\r\n\t") == std::string::npos;
        std::vector<Token> single;
        for (size_t i = 0; i < text.size(); ++i) {
            if (blanks_are_codes || !is_blank(text[i])) single.push_back({i, 1});
        }
        return single;
    }
    if (out.size() != 1) return out;
    const Token all = out.front();
    const size_t digits = null_size > 0 && all.size == columns * null_size ? null_size : digits_of(type);
    out.clear();
    for (size_t i = 0; i < all.size; i += digits) out.push_back({all.at + i, std::min(digits, all.size - i)});
    return out;
}

void turn_to_upper_left(MapOrigin origin, SubstrateMap& map) {
    const auto row = [&map](uint32_t r) { return map.codes.begin() + static_cast<int64_t>(r) * map.columns; };
    if (origin == MapOrigin::lower_left || origin == MapOrigin::lower_right) {
        for (uint32_t r = 0; r < map.rows / 2; ++r) std::swap_ranges(row(r), row(r + 1), row(map.rows - 1 - r));
    }
    if (origin == MapOrigin::upper_right || origin == MapOrigin::lower_right) {
        for (uint32_t r = 0; r < map.rows; ++r) std::reverse(row(r), row(r + 1));
    }
}

Diagnostics no_file(std::string id, std::string message, std::string help) {
    return {{Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)}};
}

}  // namespace

int64_t picometres(double mm) { return std::llround(mm * 1e9); }

double from_picometres(int64_t pm) { return static_cast<double>(pm) / 1e9; }

std::string decimal_mm(int64_t pm, int shift) {
    uint64_t unit = 1;
    for (int i = shift; i < 9; ++i) unit *= 10;
    const uint64_t size = pm < 0 ? 0 - static_cast<uint64_t>(pm) : static_cast<uint64_t>(pm);
    std::string out = fmt::format("{}{}", pm < 0 ? "-" : "", size / unit);
    if (size % unit == 0) return out;
    out += fmt::format(".{:0{}}", size % unit, 9 - shift);
    while (out.back() == '0') out.pop_back();
    return out;
}

uint32_t orientation_of(double notch_degrees) {
    // notch_degrees count against the clock from the right, orientations with it from the bottom
    const double turns = std::floor((270.0 - notch_degrees) / 90.0 + 0.5);
    return static_cast<uint32_t>((static_cast<int64_t>(turns) % 4 + 4) % 4) * 90;
}

double notch_of(uint32_t orientation) { return static_cast<double>((630U - orientation % 360U) % 360U); }

SubstrateMap held_in_file(const SubstrateMap& map) {
    SubstrateMap out = map;
    for (double SubstrateMap::*length :
         {&SubstrateMap::width_mm,
          &SubstrateMap::height_mm,
          &SubstrateMap::pitch_x_mm,
          &SubstrateMap::pitch_y_mm,
          &SubstrateMap::device_x_mm,
          &SubstrateMap::device_y_mm,
          &SubstrateMap::first_x_mm,
          &SubstrateMap::first_y_mm}) {
        out.*length = from_picometres(picometres(map.*length));
    }
    out.notch_degrees = notch_of(orientation_of(map.notch_degrees));
    return out;
}

bool same_map(const SubstrateMap& a, const SubstrateMap& b) {
    const auto same_bin = [](const MapBin& x, const MapBin& y) {
        return x.code == y.code && x.pass == y.pass && x.name == y.name;
    };
    return a.kind == b.kind && a.substrate_id == b.substrate_id && a.lot_id == b.lot_id && a.product == b.product &&
           a.width_mm == b.width_mm && a.height_mm == b.height_mm && a.pitch_x_mm == b.pitch_x_mm &&
           a.pitch_y_mm == b.pitch_y_mm && a.device_x_mm == b.device_x_mm && a.device_y_mm == b.device_y_mm &&
           a.first_x_mm == b.first_x_mm && a.first_y_mm == b.first_y_mm && a.notch_degrees == b.notch_degrees &&
           a.rows == b.rows && a.columns == b.columns && a.codes == b.codes &&
           std::equal(a.bins.begin(), a.bins.end(), b.bins.begin(), b.bins.end(), same_bin);
}

std::string code_text(uint8_t code, BinType type) {
    return type == BinType::decimal ? fmt::format("{:03}", code) : fmt::format("{:02X}", code);
}

void MapReader::report(std::string id, std::string message, Span span, std::string expected, std::string help) {
    diagnostics.push_back(
        {Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help)});
}

std::string MapReader::required(const XmlNode& node, std::string_view attribute) {
    const std::string* value = node.attribute(attribute);
    if (value != nullptr) return *value;
    report(
        "missing-attribute",
        fmt::format("<{}> has no attribute {}", node.name, attribute),
        at(node),
        fmt::format("expected {}=\"...\"", attribute),
        "add it; docs/maps.md lists the attributes that a map file needs");
    return {};
}

std::string MapReader::optional(const XmlNode& node, std::string_view attribute) {
    const std::string* value = node.attribute(attribute);
    return value == nullptr ? std::string() : *value;
}

const XmlNode* MapReader::required_child(const XmlNode& node, std::string_view name) {
    const XmlNode* child = node.child(name);
    if (child == nullptr) {
        report(
            "missing-element",
            fmt::format("<{}> holds no <{}>", node.name, name),
            at(node),
            fmt::format("expected <{}> inside", name),
            "add it; docs/maps.md shows a complete file");
    }
    return child;
}

uint32_t MapReader::size(const XmlNode& node, std::string_view attribute) {
    const std::string text = required(node, attribute);
    if (node.attribute(attribute) == nullptr) return 0;
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value > 0 && value <= 100'000) return value;
    report(
        "out-of-range",
        fmt::format("{} is '{}'", attribute, text),
        at(node, attribute),
        "expected a whole number from 1 to 100000",
        "");
    return 0;
}

bool MapReader::read_length(
    const XmlNode& node,
    std::string_view attribute,
    int64_t unit_pm,
    bool position,
    int64_t& pm) {
    const std::string* text = node.attribute(attribute);
    if (text == nullptr) return false;
    double value = 0;
    const char* last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, value);
    if (error != std::errc() || end != last || !std::isfinite(value)) {
        report("wrong-type", fmt::format("{} is '{}'", attribute, *text), at(node, attribute), "expected a number", "");
        return false;
    }
    value *= static_cast<double>(unit_pm);
    if (std::fabs(value) <= static_cast<double>(kMostPm) && (position || value >= 0)) {
        pm = std::llround(value);
        return true;
    }
    report(
        "out-of-range",
        fmt::format("{} is '{}'", attribute, *text),
        at(node, attribute),
        position ? "expected a position within 10 m" : "expected a length from 0 to 10 m",
        "check the unit");
    return false;
}

int64_t MapReader::size_pm(const XmlNode& node, std::string_view attribute, int64_t unit_pm, int64_t absent) {
    int64_t pm = 0;
    return read_length(node, attribute, unit_pm, false, pm) ? pm : absent;
}

int64_t MapReader::position_pm(const XmlNode& node, std::string_view attribute, int64_t unit_pm, int64_t absent) {
    int64_t pm = 0;
    return read_length(node, attribute, unit_pm, true, pm) ? pm : absent;
}

int64_t MapReader::extent_pm(const XmlNode& node, int64_t count, int64_t pitch_pm) {
    const int64_t extent = std::max<int64_t>(count - 1, 0) * pitch_pm;
    if (extent <= kMostPm) return extent;
    report(
        "out-of-range",
        fmt::format("{} devices with a pitch of {} mm are longer than 10 m", count, decimal_mm(pitch_pm)),
        at(node),
        "expected at most 10 m",
        "check the unit");
    return 0;
}

size_t MapReader::one_of(
    const XmlNode& node,
    std::string_view attribute,
    const std::vector<std::string>& values,
    size_t absent) {
    const std::string* text = node.attribute(attribute);
    if (text == nullptr) return absent;
    for (size_t i = 0; i < values.size(); ++i) {
        if (equal_ignoring_case(values[i], *text)) return i;
    }
    report(
        "unknown-value",
        fmt::format("{} is '{}'", attribute, *text),
        at(node, attribute),
        fmt::format("expected one of {}", fmt::join(values, ", ")),
        "");
    return absent;
}

int64_t MapReader::code_of(std::string_view text, BinType type) {
    if (type == BinType::ascii) return text.size() == 1 ? static_cast<unsigned char>(text[0]) : -1;
    uint32_t value = 0;
    const int base = type == BinType::decimal ? 10 : 16;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() && end == text.data() + text.size() && value <= 0xFFFF ? value : -1;
}

void MapReader::read_bins(const XmlNode& bins, std::string_view bin_name, Codes& codes, SubstrateMap& map) {
    std::set<std::string> names;
    for (const XmlNode& node : bins.children) {
        if (node.name != bin_name) continue;
        const std::string text = required(node, "BinCode");
        if (bin_name == "Bin") required(node, "BinCount");
        if (node.attribute("BinCode") == nullptr) continue;
        const int64_t code = code_of(text, codes.type);
        if (code == codes.null_code) {
            codes.null_node = &node;
            continue;
        }
        if (code < 0 || code >= kNullBin) {
            report(
                "out-of-range",
                fmt::format("BinCode is '{}'", text),
                at(node, "BinCode"),
                "expected a code of the BinType from 0 to 254",
                "chipchain's maps have at most 255 bins; number the bins anew");
            continue;
        }
        required(node, "BinQuality");
        MapBin bin;
        bin.code = static_cast<uint8_t>(code);
        bin.pass = one_of(node, "BinQuality", {"Pass", "Fail"}, 1) == 0;
        bin.name = optional(node, "BinDescription");
        if (bin.name.empty()) bin.name = "bin " + text;
        while (!names.insert(bin.name).second) bin.name += " (" + text + ")";
        const auto same = [&bin](const MapBin& b) { return b.code == bin.code; };
        if (std::any_of(map.bins.begin(), map.bins.end(), same)) {
            report(
                "duplicate-name",
                fmt::format("bin code '{}' is declared twice", text),
                at(node, "BinCode"),
                "expected one declaration",
                "remove one of the two");
            continue;
        }
        map.bins.push_back(std::move(bin));
        codes.bin_nodes.push_back(&node);
    }
}

Span MapReader::at_code(const XmlNode& row, size_t offset, size_t size) const {
    Span span = at(row);
    const size_t found = sources_.line(file_, span.line).find(row.text, span.column);
    if (found == std::string_view::npos) return span;  // the row goes over several lines
    span.column = static_cast<uint32_t>(found + offset + 1);
    span.length = static_cast<uint32_t>(size);
    return span;
}

bool MapReader::read_row(const XmlNode& row, uint32_t number, const Codes& codes, SubstrateMap& map) {
    const std::vector<Token> tokens = tokens_of(row.text, codes.type, map.columns, codes.null_size);
    if (tokens.size() != map.columns) {
        report(
            "map-row-length",
            fmt::format(
                "row {} of the map has {} codes, the map has {} columns",
                number + 1,
                tokens.size(),
                map.columns),
            at(row),
            fmt::format("expected {} codes", map.columns),
            "repair the row, or the number of columns");
        return false;
    }
    bool known = true;
    for (uint32_t c = 0; c < map.columns; ++c) {
        const std::string_view text = std::string_view(row.text).substr(tokens[c].at, tokens[c].size);
        const int64_t code = code_of(text, codes.type);
        if (code == codes.null_code) continue;
        const auto same = [code](const MapBin& b) { return b.code == code; };
        if (std::any_of(map.bins.begin(), map.bins.end(), same)) {
            map.codes[size_t{number} * map.columns + c] = static_cast<uint8_t>(code);
            continue;
        }
        // one report a row: a row of another BinType would give one for every column
        if (known) {
            report(
                "unknown-bin-code",
                fmt::format("row {}, column {} of the map has the bin code '{}'", number + 1, c + 1, text),
                at_code(row, tokens[c].at, tokens[c].size),
                "expected a code that a bin declares, or the null bin",
                "declare the bin, or correct the code");
        }
        known = false;
    }
    return known;
}

void MapReader::check_counts(const Codes& codes, const SubstrateMap& map) {
    const auto check = [this](const XmlNode& node, uint64_t counted) {
        const std::string text = optional(node, "BinCount");
        uint64_t stated = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stated);
        const bool number = error == std::errc() && end == text.data() + text.size();
        if (text.empty() || (number && stated == counted)) return;
        report(
            "wrong-bin-count",
            fmt::format("BinCount is '{}', but the rows have {} of that code", text, counted),
            at(node, "BinCount"),
            fmt::format("expected {}", counted),
            "correct the count; a cut file has lost rows or codes");
    };
    for (size_t b = 0; b < map.bins.size(); ++b) check(*codes.bin_nodes[b], map.count(map.bins[b].code));
    if (codes.null_node != nullptr) check(*codes.null_node, map.count(kNullBin));
}

void MapReader::read_null_bin(const XmlNode& attributes, Codes& codes) {
    const std::string text = required(attributes, "NullBin");
    if (attributes.attribute("NullBin") == nullptr) return;
    const int64_t code = code_of(text, codes.type);
    codes.null_size = text.size();
    if (code >= 0) {
        codes.null_code = static_cast<uint32_t>(code);
        return;
    }
    report(
        "wrong-type",
        fmt::format("NullBin is '{}'", text),
        at(attributes, "NullBin"),
        "expected a code of the BinType",
        "");
}

void MapReader::read_codes(
    const XmlNode& attributes,
    const XmlNode& bins,
    std::string_view bin_name,
    const std::vector<const XmlNode*>& rows,
    MapOrigin origin,
    SubstrateMap& map) {
    Codes codes;
    codes.type =
        static_cast<BinType>(one_of(attributes, "BinType", {"Ascii", "Decimal", "HexaDecimal", "Integer2"}, size_t{2}));
    read_null_bin(attributes, codes);
    read_bins(bins, bin_name, codes, map);
    if (map.rows == 0 || map.columns == 0) return;
    if (uint64_t{map.rows} * map.columns > kMostDevices) {
        report(
            "out-of-range",
            fmt::format("the map has {} rows and {} columns", map.rows, map.columns),
            at(attributes),
            fmt::format("expected at most {} places", kMostDevices),
            "");
        return;
    }
    map.codes.assign(size_t{map.rows} * map.columns, kNullBin);
    if (rows.size() != map.rows) {
        report(
            "map-row-count",
            fmt::format("the map has {} rows of codes, {} are stated", rows.size(), map.rows),
            rows.empty() ? at(attributes) : at(*rows.back()),
            fmt::format("expected {} rows", map.rows),
            "add the missing rows, or correct the number of rows");
    }
    bool complete = rows.size() == map.rows;
    for (uint32_t r = 0; r < std::min<size_t>(rows.size(), map.rows); ++r) {
        complete = read_row(*rows[r], r, codes, map) && complete;
    }
    // the counts of a map with broken rows are wrong for that reason
    if (complete) check_counts(codes, map);
    turn_to_upper_left(origin, map);
}

Result<SubstrateMap> parse_map(const std::string& name, const std::string& text, SourceMap& sources) {
    const uint32_t file = sources.add(name, text);
    if (text.empty()) return tl::unexpected(no_file("empty-file", fmt::format("'{}' is empty", name), ""));
    const Result<XmlNode> root = read_xml(sources, file);
    if (!root) return tl::unexpected(root.error());
    MapReader reader(sources, file);
    SubstrateMap map;
    if (root->name == "MapData") {
        map = read_e142(*root, reader);
    } else if (root->name == "Maps" || root->name == "Map") {
        map = read_g85(*root, reader);
    } else {
        reader.report(
            "not-a-map",
            fmt::format("the file's element is <{}>", root->name),
            reader.at(*root),
            "expected <Map> or <Maps> (SEMI G85) or <MapData> (SEMI E142)",
            "chipchain reads substrate maps of SEMI G85 and E142");
    }
    if (!reader.diagnostics.empty()) return tl::unexpected(std::move(reader.diagnostics));
    return map;
}

Result<SubstrateMap> read_map_file(const std::string& path, SourceMap& sources) {
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        return tl::unexpected(
            no_file("file-not-found", fmt::format("there is no file '{}'", path), "correct the name"));
    const bool regular = std::filesystem::is_regular_file(path, error);
    const uintmax_t bytes = regular ? std::filesystem::file_size(path, error) : 0;
    if (regular && bytes > kMostBytes)
        return tl::unexpected(no_file("file-too-large", fmt::format("'{}' has {} bytes", path, bytes), ""));
    std::ifstream in(path, std::ios::binary);
    if (!regular || !in)
        return tl::unexpected(no_file("file-not-readable", fmt::format("'{}' cannot be read", path), "name a file"));
    std::ostringstream text;
    text << in.rdbuf();
    return parse_map(path, text.str(), sources);
}

}  // namespace chipchain
