// From what vehicles, robots and servers compute to chips, power and wafers per foundry version (chip facts 5.8).
//
//   chips of a unit = max over {time: sum of rate x seconds / (1 - margin), memory: bytes / capacity,
//                     bandwidth: bytes per second / what the chip has / (1 - margin)}, times its redundancy
//   chips of a fleet = units x chips of a unit x (1 + spares)
//   wafers of a version = its share of the chips / (dies of a wafer x yield, bins included)
//
// Dies of a wafer are a figure (chipchain map computes it); yields come from bins.h or from a flow. As the software
// runs on every version alike, the fleet's chips may be any mix: pooling_value() says what that saves in stock.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/base/time.h"
#include "chipchain/chip/chip_model.h"

namespace chipchain {

// One row per Redundancy (spec/chip_rows.h).
struct RedundancyInfo {
    Redundancy redundancy;
    std::string_view name;  // "1oo1", "lock-step", "1oo2"
    int sets = 1;           // of chips that must be there
    int working = 1;        // of them, sets that compute all the time
    std::string_view help;
};
[[nodiscard]] std::span<const RedundancyInfo> redundancy_table();
[[nodiscard]] const RedundancyInfo& info(Redundancy redundancy);

// A network on a version: what one inference takes there.
struct FleetNetwork {
    std::string name;
    double rate_per_s = 0;    // inferences of one unit
    double seconds = 0;       // of one inference on one chip
    double joules = 0;        // of one inference, with DRAM
    double dram_bytes = 0;    // moved by one inference
    double memory_bytes = 0;  // that must lie in DRAM: weights, activations, buffers
};

// A kind of unit: vehicle, robot, server.
struct FleetUnit {
    std::string name;
    std::vector<FleetNetwork> networks;
    Redundancy redundancy = Redundancy::one;
    double margin_percent = 30;  // of time and bandwidth left free
    double duty_percent = 100;   // of the time in use, for power
    double power_limit_w = 0;    // of all chips of a unit; 0: none
};

enum class FleetLimit : uint8_t { time, memory, bandwidth };
[[nodiscard]] std::string_view limit_name(FleetLimit limit);

struct UnitNeed {
    double time_chips = 0;  // before rounding up, of one set
    double memory_chips = 0;
    double bandwidth_chips = 0;
    FleetLimit limit = FleetLimit::time;  // the largest of them
    int64_t chips = 0;                    // of a unit, with redundancy
    double utilisation = 0;               // of a working chip
    double dynamic_w = 0;                 // of a unit in use: inferences alone
    double power_w = 0;                   // of a unit in use, with idle_w of every chip
};

// What a unit needs of a chip. idle_w: leakage and uncore of one chip. Errors: fleet-memory-unknown (memory is asked
// for and the chip states no capacity), fleet-slow (one inference takes longer than its share of a period allows on any
// number of chips: batch 1 does not split), fleet-power.
[[nodiscard]] Result<UnitNeed> need_of(const FleetUnit& unit, const ChipModel& chip, double idle_w);

// Units of one kind that are built in a span of time.
struct FleetBuild {
    std::string unit;       // name of a FleetUnit
    std::string programme;  // of a scenario
    Time from = 0;          // ticks since 1970
    Time until = 0;         // 0: all at `from`
    double units = 0;
    double chips_per_piece = 1;  // of what the programme waits for: a board with two chips
};

// A foundry version and its part of the supply.
struct FleetVersion {
    std::string chip;
    double share_percent = 0;
    double dies_per_wafer = 0;
    double yield_percent = 100;    // of dies that have a bin, harvested ones included
    double package_percent = 100;  // of dies that become chips
};

struct FleetRow {
    FleetBuild build;
    int64_t chips_per_unit = 0;
    double chips = 0;    // with spares
    double power_w = 0;  // of all its units in use
};
struct WaferRow {
    std::string chip;
    double chips = 0;
    double wafers = 0;  // rounded up
};
struct FleetReport {
    std::vector<FleetRow> rows;    // one per build
    std::vector<WaferRow> wafers;  // one per version
    double chips = 0;
    double power_w = 0;
};
// spares_percent: chips beyond those built in. Errors: fleet-unit (a build names no unit), fleet-share (shares do not
// sum to 100), fleet-version (no dies or no yield).
[[nodiscard]] Result<FleetReport> size_fleet(
    const std::vector<FleetUnit>& units,
    const std::vector<UnitNeed>& needs,  // by unit
    const std::vector<FleetBuild>& builds,
    const std::vector<FleetVersion>& versions,
    double spares_percent);

// Safety stock of chips for weekly demand of versions that cannot, or can, stand in for each other: z sigma sqrt(lead),
// with the deviations of the versions' demands correlated by `correlation`.
struct PoolingValue {
    double dedicated_chips = 0;
    double pooled_chips = 0;
};
[[nodiscard]] PoolingValue pooling_value(
    const std::vector<double>& weekly_sigma_chips,  // by version
    double correlation,
    double lead_weeks,
    double service_percent);

// The chips as rows of [[demand]] (docs/scenario.md), a CSV file to name in [files] of a scenario: programme, date,
// until, quantity, mark, source.
[[nodiscard]] std::string demand_csv(const FleetReport& report);

}  // namespace chipchain
