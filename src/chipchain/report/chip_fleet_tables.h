// The tables of a fleet: what a unit needs of each version of a chip, what is built when, the wafers for it,
// and the safety stock.
#pragma once

#include <span>
#include <vector>

#include "chipchain/chip/fleet_file.h"
#include "chipchain/report/table.h"

namespace chipchain {

// Schemas of chip_fleet_tables(), in order: fleet_need, fleet_build, fleet_wafer, fleet_stock.
[[nodiscard]] std::span<const TableSchema> chip_fleet_schemas();
[[nodiscard]] std::vector<ResultTable> chip_fleet_tables(const FleetAnswer& answer);

}  // namespace chipchain
