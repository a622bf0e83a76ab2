// SEMI G85 map files (XML, "SEMI G85 0703"): one device grid with bins, as probers, inspection and die bonders exchange
// it. What G85 has no attribute for (outer size of a panel, pitch, position of the grid) stands in its SupplierData
// element, which the standard leaves to the writer. Schema of what we write: docs/schemas/map_g85.xsd.
#pragma once

#include <string>

#include "chipchain/report/map_file.h"

namespace chipchain {

// Origin upper left, decimal bin codes of three digits. REQUIRES rows, columns > 0 and codes.size() == rows * columns.
[[nodiscard]] std::string g85_text(const SubstrateMap& map);

// From <Map> or <Maps><Map> (the first). Mistakes are reported to the reader.
[[nodiscard]] SubstrateMap read_g85(const XmlNode& root, MapReader& reader);

}  // namespace chipchain
