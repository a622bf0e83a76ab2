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
    double runs_per_s = 0;  // when it never stands still
    double run_joules = 0;  // of one run, with DRAM
    OperatingPoint full;    // at full work
    double ambient_c = 0;
    BinReport bins;
};

// Schemas of chip_power_tables(), in order: chip_power, chip_bin, chip_fate, chip_duty.
[[nodiscard]] std::span<const TableSchema> chip_power_schemas();
// `duty`: of the first two reports; nullptr: that table is empty.
[[nodiscard]] std::vector<ResultTable> chip_power_tables(
    const std::vector<ChipPowerReport>& reports,
    const DutyComparison* duty);

}  // namespace chipchain
