#include "chipchain/report/map_e142.h"

#include <algorithm>

#include <fmt/format.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

struct Kind {
    std::string_view layout;  // name of the outer layout
    std::string_view substrate_type;
};
constexpr Kind kKinds[] = {{"WaferLayout", "Wafer"}, {"PanelLayout", "Strip"}, {"BoardPanelLayout", "Strip"}};

constexpr size_t kMostLayers = 8;          // assumption: of nested layouts
constexpr uint64_t kMostPlaces = 100'000;  // per direction, as for one layout

struct Unit {
    std::string_view name;
    int64_t pm;
};
constexpr Unit kUnits[] = {
    {"mm", 1'000'000'000},
    {"micron", 1'000'000},
    {"microns", 1'000'000},
    {"um", 1'000'000},
    {"cm", 10'000'000'000},
    {"inch", 25'400'000'000},
    {"inches", 25'400'000'000},
    {"mil", 25'400'000},
};

int64_t unit_of(const XmlNode& node, std::string_view attribute, int64_t otherwise, MapReader& reader) {
    std::vector<std::string> names;
    for (const Unit& unit : kUnits) names.emplace_back(unit.name);
    const size_t at = reader.one_of(node, attribute, names, names.size());
    return at == names.size() ? otherwise : kUnits[at].pm;
}

// <LowerLeft X="" Y="" Units=""/> of a layout in pm.
struct Pair {
    int64_t x = 0;
    int64_t y = 0;
    bool given = false;
};
Pair read_pair(const XmlNode& layout, std::string_view name, MapReader& reader, bool position = false) {
    const XmlNode* node = layout.child(name);
    if (node == nullptr) return {};
    const int64_t unit = unit_of(*node, "Units", unit_of(layout, "DefaultUnits", kUnits[0].pm, reader), reader);
    if (position) return {reader.position_pm(*node, "X", unit, 0), reader.position_pm(*node, "Y", unit, 0), true};
    return {reader.size_pm(*node, "X", unit, 0), reader.size_pm(*node, "Y", unit, 0), true};
}

// The layouts that LayoutSpecifier "A/B" names, from the outermost.
std::vector<const XmlNode*> read_layouts(const XmlNode& root, const XmlNode& substrate_map, MapReader& reader) {
    std::vector<const XmlNode*> out;
    const XmlNode* layouts = reader.required_child(root, "Layouts");
    const std::string specifier = reader.required(substrate_map, "LayoutSpecifier");
    if (layouts == nullptr || specifier.empty()) return out;
    std::vector<std::string> names;
    for (const XmlNode& layout : layouts->children) names.push_back(MapReader::optional(layout, "LayoutId"));
    for (size_t begin = 0; begin <= specifier.size();) {
        const size_t end = std::min(specifier.find('/', begin), specifier.size());
        const std::string name = specifier.substr(begin, end - begin);
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end() || out.size() == kMostLayers) {
            const std::string near = found == names.end() ? nearest_name(name, names) : "";
            reader.report(
                "unknown-value",
                found == names.end() ? fmt::format("LayoutSpecifier names the layout '{}', which is not declared", name)
                                     : fmt::format("LayoutSpecifier nests more than {} layouts", kMostLayers),
                reader.at(substrate_map, "LayoutSpecifier"),
                fmt::format("expected one of {}", fmt::join(names, ", ")),
                near.empty() ? "" : fmt::format("did you mean '{}'?", near));
            return {};
        }
        out.push_back(&layouts->children[static_cast<size_t>(found - names.begin())]);
        begin = end + 1;
    }
    return out;
}

MapOrigin read_origin(const XmlNode& node, MapReader& reader) {
    // in the order of MapOrigin, with the axes that lead into the map; UpRight from LowerLeft is the standard's default
    const std::vector<std::string> origins = {"UpperLeft", "UpperRight", "LowerLeft", "LowerRight"};
    const std::vector<std::string> axes = {"DownRight", "DownLeft", "UpRight", "UpLeft"};
    const size_t origin = reader.one_of(node, "OriginLocation", origins, 2);
    const size_t axis = reader.one_of(node, "AxisDirection", axes, origin);
    if (axis != origin) {
        reader.report(
            "unknown-value",
            fmt::format("the axes lead {} from the origin {}: out of the map", axes[axis], origins[origin]),
            reader.at(node, "AxisDirection"),
            fmt::format("expected {}", axes[origin]),
            "chipchain counts rows and columns from the origin into the map");
    }
    return static_cast<MapOrigin>(origin);
}

SubstrateKind read_kind(const XmlNode& node, const XmlNode* outer, MapReader& reader) {
    // Panel and PCB are in no scope of E142 that was seen, but in use
    const size_t type = reader.one_of(node, "SubstrateType", {"Wafer", "Frame", "Strip", "Tray", "Panel", "PCB"}, 0);
    if (type == 0) return SubstrateKind::wafer;
    const std::string name = outer == nullptr ? std::string() : MapReader::optional(*outer, "LayoutId");
    return type == 5 || name == kKinds[2].layout ? SubstrateKind::board_panel : SubstrateKind::panel;
}

void read_geometry(const std::vector<const XmlNode*>& layouts, MapReader& reader, SubstrateMap& map) {
    map.rows = 1;
    map.columns = 1;
    Pair corner;
    uint64_t columns = 1;
    uint64_t rows = 1;
    for (const XmlNode* layout : layouts) {
        if (const XmlNode* dimension = reader.required_child(*layout, "Dimension")) {
            columns = std::min(columns * reader.size(*dimension, "X"), kMostPlaces);
            rows = std::min(rows * reader.size(*dimension, "Y"), kMostPlaces);
        } else {
            rows = 0;
        }
        const Pair lower = read_pair(*layout, "LowerLeft", reader, true);
        corner = {corner.x + lower.x, corner.y + lower.y, corner.given || lower.given};
    }
    map.columns = static_cast<uint32_t>(columns);
    map.rows = static_cast<uint32_t>(rows);
    const Pair device = read_pair(*layouts.back(), "DeviceSize", reader);
    Pair pitch = read_pair(*layouts.back(), "StepSize", reader);
    if (!pitch.given) pitch = device;
    const int64_t across = reader.extent_pm(*layouts.back(), map.columns, pitch.x);
    const int64_t up = reader.extent_pm(*layouts.back(), map.rows, pitch.y);
    Pair outer = layouts.size() > 1 ? read_pair(*layouts.front(), "DeviceSize", reader) : Pair();
    if (!outer.given) {
        outer = {across + device.x, up + device.y, false};
        if (map.kind == SubstrateKind::wafer) outer.x = outer.y = 300 * kUnits[0].pm;
    }
    // without a place the grid stands in the middle
    if (!corner.given) corner = {(outer.x - across - device.x) / 2, (outer.y - up - device.y) / 2, true};
    map.width_mm = from_picometres(outer.x);
    map.height_mm = from_picometres(outer.y);
    map.pitch_x_mm = from_picometres(pitch.x);
    map.pitch_y_mm = from_picometres(pitch.y);
    map.device_x_mm = from_picometres(device.x);
    map.device_y_mm = from_picometres(device.y);
    map.first_x_mm = from_picometres(corner.x - outer.x / 2);
    map.first_y_mm = from_picometres(corner.y + up - outer.y / 2);
}

void read_substrate(const XmlNode& root, MapReader& reader, SubstrateMap& map) {
    const XmlNode* substrates = root.child("Substrates");
    if (substrates == nullptr) return;
    for (const XmlNode& s : substrates->children) {
        if (MapReader::optional(s, "SubstrateId") != map.substrate_id) continue;
        if (const XmlNode* lot = s.child("LotId")) map.lot_id = lot->text;
        const XmlNode* good = s.child("GoodDevices");
        if (good == nullptr || !reader.diagnostics.empty() || good->text == std::to_string(map.good())) continue;
        reader.report(
            "wrong-bin-count",
            fmt::format("GoodDevices is '{}', but the map has {} in passing bins", good->text, map.good()),
            reader.at(*good),
            fmt::format("expected {}", map.good()),
            "correct the count; a cut file has lost rows or codes");
    }
}

void append_layouts(const SubstrateMap& map, std::string& out) {
    const int64_t width = picometres(map.width_mm);
    const int64_t height = picometres(map.height_mm);
    const int64_t pitch_y = picometres(map.pitch_y_mm);
    const int64_t left = picometres(map.first_x_mm) + width / 2;
    const int64_t low = picometres(map.first_y_mm) - (int64_t{map.rows} - 1) * pitch_y + height / 2;
    out += fmt::format(
        "  <Layouts>\n"
        "    <Layout LayoutId=\"{}\" DefaultUnits=\"mm\" TopLevel=\"true\">\n"
        "      <Dimension X=\"1\" Y=\"1\"/>\n"
        "      <DeviceSize X=\"{}\" Y=\"{}\"/>\n"
        "      <ChildLayouts>\n"
        "        <ChildLayout LayoutId=\"Devices\"/>\n"
        "      </ChildLayouts>\n"
        "    </Layout>\n",
        kKinds[static_cast<size_t>(map.kind)].layout,
        decimal_mm(width),
        decimal_mm(height));
    out += fmt::format(
        "    <Layout LayoutId=\"Devices\" DefaultUnits=\"mm\">\n"
        "      <Dimension X=\"{}\" Y=\"{}\"/>\n"
        "      <LowerLeft X=\"{}\" Y=\"{}\"/>\n"
        "      <DeviceSize X=\"{}\" Y=\"{}\"/>\n"
        "      <StepSize X=\"{}\" Y=\"{}\"/>\n"
        "      <ProductId>{}</ProductId>\n"
        "    </Layout>\n"
        "  </Layouts>\n",
        map.columns,
        map.rows,
        decimal_mm(left),
        decimal_mm(low),
        decimal_mm(picometres(map.device_x_mm)),
        decimal_mm(picometres(map.device_y_mm)),
        decimal_mm(picometres(map.pitch_x_mm)),
        decimal_mm(pitch_y),
        xml_escaped(map.product));
}

}  // namespace

std::string e142_text(const SubstrateMap& map) {
    CHECK(map.rows > 0 && map.columns > 0 && map.codes.size() == size_t{map.rows} * map.columns);
    const Kind& kind = kKinds[static_cast<size_t>(map.kind)];
    const std::string id = xml_escaped(map.substrate_id);
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<MapData xmlns=\"urn:semi-org:xsd.E142-1.V1005.SubstrateMap\">\n";
    append_layouts(map, out);
    out += fmt::format(
        "  <Substrates>\n"
        "    <Substrate SubstrateType=\"{0}\" SubstrateId=\"{1}\">\n"
        "      <LotId>{2}</LotId>\n"
        "      <GoodDevices>{3}</GoodDevices>\n"
        "    </Substrate>\n"
        "  </Substrates>\n"
        "  <SubstrateMaps>\n"
        "    <SubstrateMap SubstrateType=\"{0}\" SubstrateId=\"{1}\" LayoutSpecifier=\"{4}/Devices\" "
        "Orientation=\"{5}\" OriginLocation=\"UpperLeft\" AxisDirection=\"DownRight\">\n"
        "      <Overlay MapName=\"bins\" MapVersion=\"1\">\n"
        "        <BinCodeMap BinType=\"HexaDecimal\" NullBin=\"FF\">\n"
        "          <BinDefinitions>\n",
        kind.substrate_type,
        id,
        xml_escaped(map.lot_id),
        map.good(),
        kind.layout,
        orientation_of(map.notch_degrees));
    for (const MapBin& bin : map.bins) {
        out += fmt::format(
            "            <BinDefinition BinCode=\"{}\" BinCount=\"{}\" BinQuality=\"{}\" BinDescription=\"{}\"/>\n",
            code_text(bin.code, BinType::hexadecimal),
            map.count(bin.code),
            bin.pass ? "Pass" : "Fail",
            xml_escaped(bin.name));
    }
    out += "          </BinDefinitions>\n";
    for (uint32_t r = 0; r < map.rows; ++r) {
        out += "          <BinCode>";
        for (uint32_t c = 0; c < map.columns; ++c) out += code_text(map.at(r, c), BinType::hexadecimal);
        out += "</BinCode>\n";
    }
    return out + "        </BinCodeMap>\n      </Overlay>\n    </SubstrateMap>\n  </SubstrateMaps>\n</MapData>\n";
}

SubstrateMap read_e142(const XmlNode& root, MapReader& reader) {
    SubstrateMap map;
    const XmlNode* maps = reader.required_child(root, "SubstrateMaps");
    const XmlNode* node = maps == nullptr ? nullptr : reader.required_child(*maps, "SubstrateMap");
    if (node == nullptr) return map;
    reader.required(*node, "SubstrateType");
    map.substrate_id = reader.required(*node, "SubstrateId");
    const std::vector<const XmlNode*> layouts = read_layouts(root, *node, reader);
    map.kind = read_kind(*node, layouts.empty() ? nullptr : layouts.front(), reader);
    map.notch_degrees =
        notch_of(static_cast<uint32_t>(reader.one_of(*node, "Orientation", {"0", "90", "180", "270"}, 0)) * 90);
    const MapOrigin origin = read_origin(*node, reader);
    if (!layouts.empty()) {
        read_geometry(layouts, reader, map);
        if (const XmlNode* product = layouts.back()->child("ProductId")) map.product = product->text;
    }
    const XmlNode* overlay = reader.required_child(*node, "Overlay");
    const XmlNode* codes = overlay == nullptr ? nullptr : reader.required_child(*overlay, "BinCodeMap");
    const XmlNode* bins = codes == nullptr ? nullptr : reader.required_child(*codes, "BinDefinitions");
    if (bins == nullptr) return map;
    std::vector<const XmlNode*> rows;
    for (const XmlNode& row : codes->children) {
        if (row.name == "BinCode") rows.push_back(&row);
    }
    reader.required(*codes, "BinType");
    reader.read_codes(*codes, *bins, "BinDefinition", rows, origin, map);
    read_substrate(root, reader, map);
    return map;
}

}  // namespace chipchain
