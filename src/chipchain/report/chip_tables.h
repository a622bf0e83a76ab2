// The tables of a network on a chip: what it takes, where the time goes, what came out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "chipchain/chip/assumptions.h"
#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/power.h"
#include "chipchain/chip/timing.h"
#include "chipchain/network/golden.h"
#include "chipchain/network/integer_network.h"
#include "chipchain/report/table.h"

namespace chipchain {

// The chip divided into equal parts, each of which runs frames of its own.
struct ChipParts {
    uint32_t parts = 1;
    ChipShape shape;  // of one part
    NetworkTiming events;
    double joules = 0;  // of one run, with its part of leakage and uncore
};

// One network on one chip, timed at three fidelities.
struct ChipRunReport {
    const IntegerNetwork* network = nullptr;
    std::string chip;
    ChipShape shape;
    std::string network_hash;
    std::string program_hash;
    uint64_t instructions = 0;
    NetworkTiming roofline;
    NetworkTiming folds;
    NetworkTiming events;
    std::vector<std::string> hashes;     // of written tensors, in order of the nodes; empty: values were not computed
    std::vector<std::string> executors;  // that agreed on every byte
    RunEnergy energy;                    // of one run, with leakage and uncore
    EnergyTable energy_table;            // by which its events were counted
    const ChipModel* model = nullptr;    // for the figures that are uncertain; nullptr: none are listed
    std::vector<AssumptionRow> assumptions;
    std::vector<ChipParts> parts;  // empty: not asked for
};

// Schemas of chip_run_tables(), in order: chip_run, chip_node, chip_energy, chip_output, chip_parts, chip_assumption;
// and chip_identity, which is added last.
[[nodiscard]] std::span<const TableSchema> chip_run_schemas();
[[nodiscard]] std::vector<ResultTable> chip_run_tables(const ChipRunReport& report);

// All figures of a chip with their ranges and sources, also those that are not known: schemas chip_figure, and
// chip_identity, which is added last.
[[nodiscard]] std::span<const TableSchema> chip_figure_schemas();
[[nodiscard]] ResultTable chip_figure_table(const ChipModel& chip);

}  // namespace chipchain
