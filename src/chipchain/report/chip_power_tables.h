// The tables of versions of a chip under load: operating points, bins, and what a day of work takes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "chipchain/chip/bins.h"
#include "chipchain/chip/power.h"
#include "chipchain/report/table.h"

namespace chipchain {

// One version of a chip doing the work of one network.
struct ChipPowerReport {
    std::string chip;
    std::string network;
    double runs_per_s = 0;  // when it never stands still, at the chip's clock
    OperatingPoint full;    // at full work: its rate is the share of these runs that it does
    double ambient_c = 0;
    BinReport bins;
    std::vector<OperatingPoint> typical;  // by bin: a die of its mean leakage at full work
};

// Schemas of chip_power_tables(), in order: chip_power, chip_bin, chip_sorting, chip_fate, chip_duty, chip_day; and
// chip_identity, which is added last.
[[nodiscard]] std::span<const TableSchema> chip_power_schemas();
// `duty`: of all reports, in order. REQUIRES typical of each report as long as its bins.
[[nodiscard]] std::vector<ResultTable> chip_power_tables(
    const std::vector<ChipPowerReport>& reports,
    const DutyComparison& duty);

}  // namespace chipchain
