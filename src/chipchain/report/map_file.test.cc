// Do map files come back as they were written, satisfy our schemas, and are broken ones refused with every mistake?
#include "chipchain/report/map_file.h"

#include <gtest/gtest.h>
#include <libxml/xmlschemas.h>

#include <algorithm>
#include <memory>

#include "chipchain/report/map_e142.h"
#include "chipchain/report/map_g85.h"
#include "chipchain/report/test_map.h"
#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

using testing::small_panel_map;
using testing::small_wafer_map;

std::vector<SubstrateMap> maps() {
    std::vector<SubstrateMap> out = {
        small_wafer_map(),
        small_panel_map(),
        small_panel_map(SubstrateKind::board_panel),
        small_wafer_map()};
    out.back().notch_degrees = 0;
    out.back().bins.push_back({254, true, "empty bin"});
    return out;
}

std::string text_of(const SubstrateMap& map, MapFormat format) {
    return format == MapFormat::g85 ? g85_text(map) : e142_text(map);
}

SubstrateMap parsed(const std::string& text) {
    SourceMap sources;
    const Result<SubstrateMap> map = parse_map("map.xml", text, sources);
    EXPECT_TRUE(map) << (map ? "" : render_all(map.error(), sources));
    return map ? *map : SubstrateMap();
}

// is what comes back the map to the bit, but for lengths below 1 pm?
TEST(MapFile, round_trip) {
    for (const SubstrateMap& map : maps()) {
        for (const MapFormat format : {MapFormat::g85, MapFormat::e142}) {
            const SubstrateMap back = parsed(text_of(map, format));
            EXPECT_TRUE(same_map(back, held_in_file(map))) << text_of(map, format);
            EXPECT_NEAR(back.first_x_mm, map.first_x_mm, 1e-9);
            EXPECT_NEAR(back.first_y_mm, map.first_y_mm, 1e-9);
            EXPECT_EQ(text_of(back, format), text_of(map, format));
        }
    }
}

// a change of one field must not be lost by held_in_file or same_map
TEST(MapFile, same_map_sees_each_field) {
    const SubstrateMap map = held_in_file(small_wafer_map());
    EXPECT_TRUE(same_map(map, map));
    SubstrateMap other = map;
    other.codes[4] = 2;
    EXPECT_FALSE(same_map(map, other));
    other = map;
    other.bins[1].pass = true;
    EXPECT_FALSE(same_map(map, other));
    other = map;
    other.first_y_mm += 1e-9;
    EXPECT_FALSE(same_map(map, other));
}

TEST(MapFile, lengths) {
    EXPECT_EQ(decimal_mm(picometres(26.1)), "26.1");
    EXPECT_EQ(decimal_mm(picometres(26.1), 3), "26100");
    EXPECT_EQ(decimal_mm(picometres(-0.000123456), 3), "-0.123456");
    EXPECT_EQ(decimal_mm(0), "0");
    EXPECT_EQ(from_picometres(picometres(26.1)), 26.1);
}

TEST(MapFile, orientation) {
    // clockwise from the bottom: left, top, right
    EXPECT_EQ(orientation_of(270), 0U);
    EXPECT_EQ(orientation_of(180), 90U);
    EXPECT_EQ(orientation_of(90), 180U);
    EXPECT_EQ(orientation_of(0), 270U);
    for (const uint32_t o : {0U, 90U, 180U, 270U}) EXPECT_EQ(orientation_of(notch_of(o)), o);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

constexpr const char* kSmallE142 = R"(<MapData>
<Layouts>
<Layout LayoutId="L" DefaultUnits="microns"><Dimension X="3" Y="2"/><DeviceSize X="1000" Y="2000"/></Layout>
</Layouts>
<SubstrateMaps><SubstrateMap SubstrateType="Frame" SubstrateId="s" LayoutSpecifier="L">
<Overlay><BinCodeMap BinType="Ascii" NullBin="."><BinDefinitions>
<BinDefinition BinCode="1" BinQuality="Pass"/><BinDefinition BinCode="X" BinQuality="Fail"/>
</BinDefinitions>
<BinCode>11X</BinCode>
<BinCode>.1.</BinCode>
</BinCodeMap></Overlay></SubstrateMap></SubstrateMaps></MapData>
)";

std::string rows_of(const SubstrateMap& map) {
    std::string out;
    for (uint32_t r = 0; r < map.rows; ++r) {
        for (uint32_t c = 0; c < map.columns; ++c)
            out += map.at(r, c) == kNullBin ? '.' : static_cast<char>(map.at(r, c));
        out += '\n';
    }
    return out;
}

// the standard's default origin is the lower left: row 1 of the file is the lowest
TEST(MapFile, origins) {
    const SubstrateMap lower_left = parsed(kSmallE142);
    EXPECT_EQ(rows_of(lower_left), ".1.\n11X\n");
    EXPECT_EQ(lower_left.pitch_y_mm, 2);
    EXPECT_EQ(lower_left.width_mm, 3);
    EXPECT_EQ(lower_left.first_x_mm, -1.5);
    EXPECT_EQ(lower_left.first_y_mm, 0);
    const auto with = [](const char* origin) {
        return replaced(
            kSmallE142,
            "LayoutSpecifier",
            "OriginLocation=\"" + std::string(origin) + "\" LayoutSpecifier");
    };
    EXPECT_EQ(rows_of(parsed(with("UpperLeft"))), "11X\n.1.\n");
    EXPECT_EQ(rows_of(parsed(with("UpperRight"))), "X11\n.1.\n");
    EXPECT_EQ(rows_of(parsed(with("LowerRight"))), ".1.\nX11\n");
}

// G85 numbers of other revisions and programs: WaferId, no SupplierData, codes without blanks, null bin 0
TEST(MapFile, foreign_g85) {
    const SubstrateMap map = parsed(R"(<?xml version='1.0'?>
<Map WaferId="w" FormatRevision="G85-1101">
<Device LotId="l" WaferSize="200" DeviceSizeX="5000" DeviceSizeY="4000" Rows="2" Columns="3" Orientation="180"
 OriginLocation="3" BinType="HexaDecimal" NullBin="00">
<Bin BinCode="01" BinCount="3" BinQuality="PASS"/>
<Bin BinCode="0A" BinCount="1" BinQuality="FAIL" BinDescription="leak"/>
<Bin BinCode="00" BinCount="2" BinQuality="Null"/>
<Data><Row>01010A</Row><Row>000100</Row></Data></Device></Map>)");
    EXPECT_EQ(map.substrate_id, "w");
    EXPECT_EQ(map.width_mm, 200);
    EXPECT_EQ(map.notch_degrees, 90);
    EXPECT_EQ(map.at(0, 1), 1);
    EXPECT_EQ(map.at(0, 0), kNullBin);
    EXPECT_EQ(map.at(1, 2), 10);
    EXPECT_EQ(map.bins.at(0).name, "bin 01");
    EXPECT_EQ(map.bins.at(1).name, "leak");
    EXPECT_EQ(map.good(), 3U);
    EXPECT_EQ(map.first_x_mm, -7.5);
}

// ------------------------------------------------------------------ schemas

std::string schema_mistakes(const std::string& text, const std::string& schema_name) {
    std::string out;
    const auto collect = [](void* to, xmlErrorPtr error) { *static_cast<std::string*>(to) += error->message; };
    xmlSetStructuredErrorFunc(&out, collect);
    const std::string path = (testing::project_folder() / "docs" / "schemas" / schema_name).string();
    const std::unique_ptr<xmlSchemaParserCtxt, decltype(&xmlSchemaFreeParserCtxt)> parser(
        xmlSchemaNewParserCtxt(path.c_str()),
        xmlSchemaFreeParserCtxt);
    const std::unique_ptr<xmlSchema, decltype(&xmlSchemaFree)> schema(xmlSchemaParse(parser.get()), xmlSchemaFree);
    const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
        xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr, XML_PARSE_NONET),
        xmlFreeDoc);
    if (schema == nullptr || document == nullptr) return "not read: " + out;
    const std::unique_ptr<xmlSchemaValidCtxt, decltype(&xmlSchemaFreeValidCtxt)> valid(
        xmlSchemaNewValidCtxt(schema.get()),
        xmlSchemaFreeValidCtxt);
    xmlSchemaSetValidStructuredErrors(valid.get(), collect, &out);
    const int result = xmlSchemaValidateDoc(valid.get(), document.get());
    xmlSetStructuredErrorFunc(nullptr, nullptr);
    return result == 0 ? std::string() : "invalid: " + out;
}

// do files of ours satisfy the schemas of docs/schemas, and do the schemas refuse anything?
TEST(MapFile, satisfies_schema) {
    for (const SubstrateMap& map : maps()) {
        EXPECT_EQ(schema_mistakes(g85_text(map), "map_g85.xsd"), "") << g85_text(map);
        EXPECT_EQ(schema_mistakes(e142_text(map), "map_e142.xsd"), "") << e142_text(map);
    }
    const std::string g85 = g85_text(small_wafer_map());
    const std::string e142 = e142_text(small_wafer_map());
    EXPECT_NE(schema_mistakes(replaced(g85, " Rows=", " rows="), "map_g85.xsd"), "");
    EXPECT_NE(schema_mistakes(replaced(g85, "255 255", "255  255"), "map_g85.xsd"), "");
    EXPECT_NE(schema_mistakes(replaced(e142, "<StepSize", "<Step"), "map_e142.xsd"), "");
    EXPECT_NE(
        schema_mistakes(
            replaced(e142, "ChildLayout LayoutId=\"Devices\"", "ChildLayout LayoutId=\"x\""),
            "map_e142.xsd"),
        "");
}

// ------------------------------------------------------------------ mistakes

bool has_row(const std::string& id) {
    const auto table = diagnostic_table();
    return std::any_of(table.begin(), table.end(), [&id](const DiagnosticInfo& d) { return d.id == id; });
}

// Each "## case" of the page holds a file (```xml) and what is said of it (```text).
TEST(MapFile, mistakes) {
    const std::filesystem::path path =
        testing::project_folder() / "src" / "chipchain" / "report" / "testdata" / "map_mistakes.md";
    std::istringstream in(testing::read_text(path));
    std::string page;
    std::string line;
    std::string xml;
    size_t cases = 0;
    while (std::getline(in, line)) {
        page += line + "\n";
        if (line != "```xml" && line != "```text") continue;
        const bool is_xml = line == "```xml";
        std::string block;
        while (std::getline(in, line) && line != "```") block += line + "\n";
        if (is_xml) {
            xml = block;
        } else {
            SourceMap sources;
            const Result<SubstrateMap> map = parse_map("map.xml", xml, sources);
            if (!map) {
                for (const Diagnostic& d : map.error()) EXPECT_TRUE(has_row(d.id)) << d.id;
            }
            const std::string said = map ? "ok\n" : render_all(map.error(), sources);
            if (!testing::updating()) {
                EXPECT_EQ(said, block) << page;
            }
            block = said;
            ++cases;
        }
        page += block + "```\n";
    }
    EXPECT_GE(cases, 6U);
    if (testing::updating()) testing::write_text(path, page);
}

TEST(MapFile, no_such_file) {
    SourceMap sources;
    const Result<SubstrateMap> map = read_map_file("no/such/map.xml", sources);
    ASSERT_FALSE(map);
    EXPECT_EQ(map.error().front().id, "file-not-found");
}

}  // namespace
}  // namespace chipchain
