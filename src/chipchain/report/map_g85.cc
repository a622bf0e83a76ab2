#include "chipchain/report/map_g85.h"

#include <fmt/format.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr int64_t kMm = 1'000'000'000;  // in pm
constexpr int64_t kMicrometre = 1'000'000;
constexpr std::string_view kKinds[] = {"wafer", "panel", "board_panel"};

// OriginLocation as in SEMI E5: 0 is the centre, which a map of rows cannot use.
MapOrigin read_origin(const XmlNode& device, MapReader& reader) {
    constexpr MapOrigin kOrigins[] = {
        MapOrigin::upper_right,
        MapOrigin::upper_left,
        MapOrigin::lower_left,
        MapOrigin::lower_right};
    reader.required(device, "OriginLocation");
    return kOrigins[reader.one_of(device, "OriginLocation", {"1", "2", "3", "4"}, 1)];
}

void read_lengths(const XmlNode& device, MapReader& reader, SubstrateMap& map) {
    const XmlNode none;
    const XmlNode* extra = device.child("SupplierData");
    if (extra == nullptr) extra = &none;
    const int64_t device_x = reader.size_pm(device, "DeviceSizeX", kMicrometre, 0);
    const int64_t device_y = reader.size_pm(device, "DeviceSizeY", kMicrometre, 0);
    const int64_t wafer = reader.size_pm(device, "WaferSize", kMm, 300 * kMm);
    const int64_t pitch_x = reader.size_pm(*extra, "StepSizeX", kMm, device_x);
    const int64_t pitch_y = reader.size_pm(*extra, "StepSizeY", kMm, device_y);
    const int64_t across = reader.extent_pm(device, map.columns, pitch_x);
    const int64_t up = reader.extent_pm(device, map.rows, pitch_y);
    map.width_mm = from_picometres(reader.size_pm(*extra, "SizeX", kMm, wafer));
    map.height_mm = from_picometres(reader.size_pm(*extra, "SizeY", kMm, wafer));
    map.pitch_x_mm = from_picometres(pitch_x);
    map.pitch_y_mm = from_picometres(pitch_y);
    map.device_x_mm = from_picometres(device_x);
    map.device_y_mm = from_picometres(device_y);
    // without a place the grid stands in the middle
    map.first_x_mm = from_picometres(reader.position_pm(*extra, "FirstX", kMm, -(across + device_x) / 2));
    map.first_y_mm = from_picometres(reader.position_pm(*extra, "FirstY", kMm, (up - device_y) / 2));
}

SubstrateKind read_kind(const XmlNode& root, const XmlNode& device, MapReader& reader) {
    if (const XmlNode* extra = device.child("SupplierData"); extra != nullptr && extra->attribute("Kind") != nullptr)
        return static_cast<SubstrateKind>(reader.one_of(*extra, "Kind", {kKinds, std::end(kKinds)}, 0));
    const size_t type = reader.one_of(root, "SubstrateType", {"Wafer", "Strip", "Frame", "Tray", "Panel"}, 0);
    return type == 0 ? SubstrateKind::wafer : SubstrateKind::panel;
}

}  // namespace

std::string g85_text(const SubstrateMap& map) {
    CHECK(map.rows > 0 && map.columns > 0 && map.codes.size() == size_t{map.rows} * map.columns);
    const bool wafer = map.kind == SubstrateKind::wafer;
    const auto um = [](double mm) { return decimal_mm(picometres(mm), 3); };
    const auto mm = [](double length) { return decimal_mm(picometres(length)); };
    const std::string id = xml_escaped(map.substrate_id);
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Maps xmlns=\"http://www.semi.org\">\n"
        "  <Map SubstrateType=\"{}\" SubstrateId=\"{}\"{} "
        "FormatRevision=\"SEMI G85 0703\">\n",
        wafer ? "Wafer" : "Strip",
        id,
        wafer ? fmt::format(" WaferId=\"{}\"", id) : "");
    out += fmt::format(
        "    <Device ProductId=\"{}\" LotId=\"{}\"{} DeviceSizeX=\"{}\" DeviceSizeY=\"{}\" Rows=\"{}\" "
        "Columns=\"{}\" Orientation=\"{}\" OriginLocation=\"2\" MapType=\"Array\" BinType=\"Decimal\" "
        "NullBin=\"{}\">\n",
        xml_escaped(map.product),
        xml_escaped(map.lot_id),
        wafer ? fmt::format(" WaferSize=\"{}\"", mm(map.width_mm)) : "",
        um(map.device_x_mm),
        um(map.device_y_mm),
        map.rows,
        map.columns,
        orientation_of(map.notch_degrees),
        kNullBin);
    for (const MapBin& bin : map.bins) {
        out += fmt::format(
            "      <Bin BinCode=\"{}\" BinCount=\"{}\" BinQuality=\"{}\" BinDescription=\"{}\"/>\n",
            code_text(bin.code, BinType::decimal),
            map.count(bin.code),
            bin.pass ? "Pass" : "Fail",
            xml_escaped(bin.name));
    }
    out += fmt::format(
        "      <SupplierData Kind=\"{}\" SizeX=\"{}\" SizeY=\"{}\" StepSizeX=\"{}\" StepSizeY=\"{}\" FirstX=\"{}\" "
        "FirstY=\"{}\"/>\n      <Data MapName=\"bins\" MapVersion=\"1\">\n",
        kKinds[static_cast<size_t>(map.kind)],
        mm(map.width_mm),
        mm(map.height_mm),
        mm(map.pitch_x_mm),
        mm(map.pitch_y_mm),
        mm(map.first_x_mm),
        mm(map.first_y_mm));
    for (uint32_t r = 0; r < map.rows; ++r) {
        out += "        <Row><![CDATA[";
        for (uint32_t c = 0; c < map.columns; ++c) {
            if (c > 0) out += ' ';
            out += code_text(map.at(r, c), BinType::decimal);
        }
        out += "]]></Row>\n";
    }
    return out + "      </Data>\n    </Device>\n  </Map>\n</Maps>\n";
}

SubstrateMap read_g85(const XmlNode& root, MapReader& reader) {
    SubstrateMap map;
    const XmlNode* node = root.name == "Map" ? &root : reader.required_child(root, "Map");
    if (node == nullptr) return map;
    // SubstrateId since the revision of 2003, WaferId before
    if (node->attribute("SubstrateId") != nullptr || node->attribute("WaferId") == nullptr) {
        map.substrate_id = reader.required(*node, "SubstrateId");
    } else {
        map.substrate_id = MapReader::optional(*node, "WaferId");
    }
    const XmlNode* device = reader.required_child(*node, "Device");
    if (device == nullptr) return map;
    map.kind = read_kind(*node, *device, reader);
    map.lot_id = reader.required(*device, "LotId");
    map.product = MapReader::optional(*device, "ProductId");
    map.rows = reader.size(*device, "Rows");
    map.columns = reader.size(*device, "Columns");
    reader.required(*device, "Orientation");
    map.notch_degrees =
        notch_of(static_cast<uint32_t>(reader.one_of(*device, "Orientation", {"0", "90", "180", "270"}, 0)) * 90);
    const MapOrigin origin = read_origin(*device, reader);
    read_lengths(*device, reader, map);
    reader.required(*device, "BinType");
    std::vector<const XmlNode*> rows;
    if (const XmlNode* data = reader.required_child(*device, "Data")) {
        for (const XmlNode& row : data->children) {
            if (row.name == "Row" || row.name == "ROW") rows.push_back(&row);
        }
    }
    reader.read_codes(*device, *device, "Bin", rows, origin, map);
    return map;
}

}  // namespace chipchain
