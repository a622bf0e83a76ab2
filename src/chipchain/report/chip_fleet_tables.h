// The tables of a fleet: what a unit needs of each version of a chip, what is built when, and the wafers for it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "chipchain/chip/fleet.h"
#include "chipchain/report/table.h"

namespace chipchain {

// What one kind of unit needs of one version.
struct FleetNeedRow {
    std::string unit;
    std::string chip;
    UnitNeed need;
};

// Schemas of chip_fleet_tables(), in order: fleet_need, fleet_build, fleet_wafer.
[[nodiscard]] std::span<const TableSchema> chip_fleet_schemas();
[[nodiscard]] std::vector<ResultTable> chip_fleet_tables(
    const std::vector<FleetNeedRow>& needs,
    const FleetReport& report,
    const std::vector<FleetVersion>& versions);

}  // namespace chipchain
