// SEMI E142 map files (E142.1: XML). Two nested layouts: the substrate with its outer size, and in it the grid of
// devices with its pitch and lower left corner. "Panel" is no kind of substrate in the scope of E142 (wafers, frames,
// strips, trays), so panels are written as Strip; the name of the outer layout (WaferLayout, PanelLayout,
// BoardPanelLayout) says what it is. Schema of what we write: docs/schemas/map_e142.xsd; see docs/maps.md.
#pragma once

#include <string>

#include "chipchain/report/map_file.h"

namespace chipchain {

// Origin upper left, axes down and right, hexadecimal bin codes. REQUIRES rows, columns > 0 and codes.size() == rows *
// columns.
[[nodiscard]] std::string e142_text(const SubstrateMap& map);

// From <MapData>: the first SubstrateMap and the last layout of its LayoutSpecifier. Mistakes are reported.
[[nodiscard]] SubstrateMap read_e142(const XmlNode& root, MapReader& reader);

}  // namespace chipchain
