// The tables of a network on a chip: what it takes, where the time goes, what came out.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/energy.h"
#include "chipchain/chip/timing.h"
#include "chipchain/network/golden.h"
#include "chipchain/network/integer_network.h"
#include "chipchain/report/table.h"

namespace chipchain {

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
    EnergyReport energy;                 // of one run
    std::array<std::string, kEnergyEvents> energy_sources;
};

// Schemas of chip_run_tables(), in order: chip_run, chip_node, chip_energy, chip_output.
[[nodiscard]] std::span<const TableSchema> chip_run_schemas();
[[nodiscard]] std::vector<ResultTable> chip_run_tables(const ChipRunReport& report);

// The figures of a chip with their ranges and sources: schema chip_figure.
[[nodiscard]] std::span<const TableSchema> chip_figure_schemas();
[[nodiscard]] ResultTable chip_figure_table(const ChipModel& chip);

}  // namespace chipchain
