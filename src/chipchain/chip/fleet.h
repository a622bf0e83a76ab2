// From what vehicles, robots and servers compute to chips, power and wafers per foundry version (chip facts 5.8).
//
//   chips of a unit = the larger of memory: bytes / capacity, and of the chips over which its networks can be spread
//                     whole, each within the time and the bandwidth that the margin leaves (first fit, largest first);
//                     times its redundancy. time and bandwidth_chips say how much it would be if networks could be cut
//   pieces of a unit = chips of it / chips of a piece, rounded up: who needs one chip of a board takes the board
//   chips of a fleet = units x pieces of a unit x chips of a piece x (1 + spares)
//   wafers of a version = its share of the chips / (dies of a wafer x yield, bins included)
//
// Dies of a wafer are a figure (chipchain map computes it); yields come from bins.h or from a flow. As the software
// runs on every version alike, the fleet's chips may be any mix: fleet_stock() says what that saves in stock.
// Fleet files are checked and answered in fleet_file.h.
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

inline constexpr Span kNoPlace{UINT32_MAX, 0, 0, 0};  // of what stands in no file
inline constexpr double kShareSlack = 1e-6;           // of the sum of shares, in percent: 33.3333333 and the like

// A network on a version: what one inference takes there.
struct FleetNetwork {
    std::string name;
    double rate_per_s = 0;    // inferences of one unit
    double seconds = 0;       // of one inference on one chip
    double joules = 0;        // of one inference, with DRAM
    double dram_bytes = 0;    // moved by one inference
    double memory_bytes = 0;  // that must lie in DRAM: weights, activations, buffers
    Span place = kNoPlace;    // of its rate in a fleet file
};

// A kind of unit: vehicle, robot, server.
struct FleetUnit {
    std::string name;
    std::vector<FleetNetwork> networks;
    Redundancy redundancy = Redundancy::one;
    double margin_percent = 30;  // of time and bandwidth left free
    double duty_percent = 100;   // of the time in use, for power
    double power_limit_w = 0;    // of all chips of a unit; 0: none
    Span place = kNoPlace;       // of its name in a fleet file
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
// number of chips: batch 1 does not split), fleet-power; at the place of the unit or of the network. REQUIRES a margin
// below 100 %.
[[nodiscard]] Result<UnitNeed> need_of(const FleetUnit& unit, const ChipModel& chip, double idle_w);

// Units of one kind that are built in a span of time.
struct FleetBuild {
    std::string unit;       // name of a FleetUnit
    std::string programme;  // of a scenario
    Time from = 0;          // ticks since 1970
    Time until = 0;         // first tick after them; not after `from`: all at `from`
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
    Span place = kNoPlace;         // of its row in a fleet file
};

struct FleetRow {
    FleetBuild build;
    int64_t chips_per_unit = 0;   // that it needs
    double chips = 0;             // of all pieces, with spares
    double mean_power_w = 0;      // of all its units, over the time in use and out of use
    int64_t pieces_per_unit = 1;  // that it takes
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
    double mean_power_w = 0;
};
// spares_percent: chips beyond those built in. REQUIRES that every build names a unit, and shares of at least 0 that
// sum to 100 (fleet_faults() of fleet_file.h). Error: fleet-version (no dies or no yield), at the place of the version.
[[nodiscard]] Result<FleetReport> size_fleet(
    const std::vector<FleetUnit>& units,
    const std::vector<UnitNeed>& needs,  // by unit
    const std::vector<FleetBuild>& builds,
    const std::vector<FleetVersion>& versions,
    double spares_percent);

// How uncertain demand is, and how sure supply is to be. The defaults are assumptions.
struct FleetStockRule {
    double weekly_sigma_percent = 30;  // deviation of a week's demand for a version, of its mean
    double lead_weeks = 16;            // from an order of wafers to chips
    double service_percent = 95;       // lead times in which the stock suffices
    double correlation = 0;            // of the demands for two versions
};
struct FleetStockRow {
    std::string chip;
    double weekly_chips = 0;     // mean demand for this version
    double sigma_chips = 0;      // deviation of a week
    double dedicated_chips = 0;  // stock when only this version will do where it is built in
    double pooled_chips = 0;     // its share of the stock when any version will do
    double saved_chips = 0;
    double saved_wafers = 0;  // that these chips take, not rounded
};
struct FleetStock {
    Time from = 0;  // of the busiest year
    Time until = 0;
    double weekly_chips = 0;          // mean demand of that year
    std::vector<FleetStockRow> rows;  // by version
};
// The stock for the busiest year: the 365 days that take most chips when the units of a build, and their spares, are
// built evenly from its first to its last day (all at once where it has no until: within one week); a fleet that is
// built in less time is taken whole. Versions of one lead time: pooled_safety_stock()
// (stats/pooling.h). REQUIRES what size_fleet() does, a correlation that so many demands can have (fleet_faults()), and
// the report of size_fleet().
[[nodiscard]] FleetStock
fleet_stock(const FleetReport& report, const std::vector<FleetVersion>& versions, const FleetStockRule& rule);

// The pieces as rows of [[demand]] (docs/scenario.md), a CSV file to name in [files] of a scenario: programme, date,
// until, quantity, mark, source.
[[nodiscard]] std::string demand_csv(const FleetReport& report);
// The same as an overlay on a scenario that has these rows: their quantities are set.
[[nodiscard]] std::string demand_overlay(const FleetReport& report, const std::string& fleet, const std::string& base);

}  // namespace chipchain
