#include "chipchain/chip/chip_figures.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

using F = ChipFigure;
using V = std::string_view;

constexpr FigureInfo needed(F f, V name, V unit, double low, double high, V help) {
    return {f, name, unit, help, low, high, true, false, {}};
}
constexpr FigureInfo needed_count(F f, V name, double low, double high, V help) {
    return {f, name, "", help, low, high, true, true, {}};
}
constexpr FigureInfo optional(F f, V name, V unit, double low, double high, V help) {
    return {f, name, unit, help, low, high, false, false, {}};
}
constexpr FigureInfo with_default(FigureInfo row, double value, double low, double high, V note) {
    row.otherwise = {true, value, low, high, note};
    return row;
}
constexpr FigureInfo counted(FigureInfo row) {
    row.whole = true;
    return row;
}

constexpr V kPriors = "assumption: prior of a published physical model for a 7 nm class process (chip facts 4.3)";

// clang-format off
constexpr FigureInfo kShape[] = {
    needed_count(F::arrays, "arrays", 1, 4096, "arrays of multipliers, each with vector unit, SRAM and accumulators"),
    needed_count(F::array_rows, "array_rows", 1, 4096, "rows of multipliers of an array"),
    needed_count(F::array_columns, "array_columns", 1, 4096, "columns of multipliers of an array"),
    needed(F::clock_ghz, "clock_ghz", "GHz", 0.001, 10, "clock of arrays and vector units"),
    needed_count(F::sram_kib_per_array, "sram_kib_per_array", 1, 1'048'576, "SRAM of one array, in KiB"),
    needed_count(F::sram_banks, "sram_banks", 1, 4096, "banks of that SRAM"),
    needed_count(F::accumulator_rows, "accumulator_rows", 1, 1'048'576, "rows of accumulators of an array, a column wide each"),
    needed_count(F::vector_lanes, "vector_lanes", 1, 65'536, "elements a vector unit handles per cycle"),
    with_default(optional(F::shared_sram_mib, "shared_sram_mib", "MiB", 0, 16'384, "on-chip memory that all arrays share, beside their own SRAM"),
        0, 0, 0, "assumption: no shared memory is known"),
    with_default(optional(F::shared_gb_per_s, "shared_gb_per_s", "GB/s", 0.001, 1'000'000, "bandwidth of that memory, shared by the arrays"),
        1024, 256, 4096, "assumption: 8 banks of 64 bytes at 2 GHz"),
    needed(F::dram_gb_per_s, "dram_gb_per_s", "GB/s", 0.001, 100'000, "bandwidth of the DRAM, shared by the arrays"),
    needed(F::dram_latency_ns, "dram_latency_ns", "ns", 0, 100'000, "from a request to its first byte"),
    with_default(counted(optional(F::spare_arrays, "spare_arrays", "", 0, 4096, "arrays beyond `arrays` that may replace bad ones")),
        0, 0, 0, "assumption: no spare arrays are known"),
    optional(F::dram_capacity_gb, "dram_capacity_gb", "GB", 0.001, 100'000, "capacity of the DRAM"),
};
constexpr FigureInfo kElectrical[] = {
    with_default(optional(F::process_nm, "process_nm", "nm", 1, 100, "class of the process, for energies that are not stated"),
        7, 5, 16, "assumption: a process of the 7 nm class"),
    with_default(optional(F::node_energy_factor, "node_energy_factor", "", 0.01, 10, "energy of this version beside that of its class"),
        1, 1, 1, "the class itself"),
    with_default(optional(F::voltage_v, "voltage_v", "V", 0.1, 2, "supply at which clock_ghz and the energies hold"),
        0.75, 0.7, 0.85, "assumption: usual of FinFET processes"),
    with_default(optional(F::least_voltage_v, "least_voltage_v", "V", 0.1, 2, "least supply that SRAM and clocks work at"),
        0.55, 0.5, 0.6, "assumption: near the 0.60 V of a published 7 nm model (chip facts 4.3)"),
    with_default(optional(F::most_voltage_v, "most_voltage_v", "V", 0.1, 2, "greatest supply that reliability allows"),
        0.95, 0.9, 1.0, kPriors),
    with_default(optional(F::vth_v, "vth_v", "V", 0.05, 1, "threshold voltage of the alpha-power law"), 0.30, 0.25, 0.35, kPriors),
    with_default(optional(F::velocity_exponent, "velocity_exponent", "", 1, 2, "exponent of the alpha-power law (Sakurai and Newton 1990)"),
        1.3, 1.2, 1.5, kPriors),
    optional(F::tdp_w, "tdp_w", "W", 0.001, 10'000, "power that its cooling is made for"),
    with_default(optional(F::uncore_w, "uncore_w", "W", 0, 1000, "processors, image path and input-output beside the arrays"),
        5, 1, 20, "assumption: a few processor cores and interfaces"),
    optional(F::die_mm2, "die_mm2", "mm2", 0.01, 10'000, "area of the die"),
    with_default(optional(F::array_die_percent, "array_die_percent", "%", 1, 99, "share of the die that arrays and their SRAM take"),
        50, 30, 70, "assumption: half of the die"),
    with_default(optional(F::leak_logic_w_per_mm2, "leak_logic_w_per_mm2", "W/mm2", 0, 10, "leakage of logic at voltage_v and 85 degrees"),
        0.04, 0.02, 0.08, kPriors),
    with_default(optional(F::leak_sram_mw_per_mib, "leak_sram_mw_per_mib", "mW/MiB", 0, 1000, "leakage of SRAM at voltage_v and 85 degrees"),
        8, 4, 16, "assumption: 1 mW per Mibit of a published 7 nm model (chip facts 4.3)"),
    with_default(optional(F::leak_per_v, "leak_per_v", "1/V", 0, 20, "exponent of leakage by voltage"), 3, 2, 4, kPriors),
    with_default(optional(F::leak_per_k, "leak_per_k", "1/K", 0, 0.2, "exponent of leakage by temperature"), 0.02, 0.015, 0.025, kPriors),
    with_default(optional(F::thermal_c_per_w, "thermal_c_per_w", "K/W", 0.001, 100, "from junction to ambient, with its cooling"),
        0.3, 0.15, 0.6, "assumption: a lidded package on a cold plate"),
    with_default(optional(F::junction_limit_c, "junction_limit_c", "degrees", 40, 200, "junction temperature at which the clock is lowered"),
        105, 95, 125, "assumption: below the 125 degrees that automotive parts are qualified for"),
};
constexpr FigureInfo kEnergy[] = {
    optional(F::energy_mac_pj, "energy_mac_pj", "pJ", 0, 1000, "8-bit multiplication with 32-bit addition; absent: by process_nm"),
    optional(F::energy_sram_pj_per_byte, "energy_sram_pj_per_byte", "pJ", 0, 1000, "a byte of the array's SRAM; absent: by process_nm and size"),
    optional(F::energy_accumulator_pj, "energy_accumulator_pj", "pJ", 0, 1000, "read and write of a 32-bit accumulator; absent: by process_nm"),
    with_default(optional(F::energy_noc_pj_per_byte_mm, "energy_noc_pj_per_byte_mm", "pJ", 0, 1000, "a byte over a millimetre of the die"),
        0.5, 0.2, 1.0, "assumption: 0.06 pJ per bit and mm of wire and repeaters"),
    with_default(optional(F::energy_dram_pj_per_bit, "energy_dram_pj_per_bit", "pJ", 0, 1000, "a bit of DRAM with its interface"),
        5, 4, 8, "assumption: 4 to 8 pJ/bit of a published model for LPDDR5X, GDDR, DDR5 (chip facts 4.2)"),
    optional(F::energy_vector_pj, "energy_vector_pj", "pJ", 0, 1000, "an element through the vector unit (requantisation, table, sum); absent: by process_nm"),
    optional(F::energy_overhead, "energy_overhead", "", 1, 1000, "dynamic energy with clock, control and idle toggling / energy of the events; absent: calibrated"),
};
constexpr FigureInfo kMaking[] = {
    with_default(optional(F::defects_per_cm2, "defects_per_cm2", "1/cm2", 0, 100, "defects that kill what they hit"),
        0.10, 0.05, 0.20, "assumption: of the 5 nm class at 0.10 to 0.11"),
    with_default(optional(F::defect_alpha, "defect_alpha", "", 0.01, 1e6, "clustering of defects, negative binomial"),
        3, 1, 10, "assumption: 3 is usual of cost models"),
    optional(F::dies_per_wafer, "dies_per_wafer", "", 1, 100'000, "whole dies of a wafer, from chipchain map"),
    with_default(optional(F::vth_sigma_wafer_mv, "vth_sigma_wafer_mv", "mV", 0, 200, "standard deviation of vth between dies, common to a die"),
        15, 8, 25, "assumption: of the order of published 3-sigma corners of 45 mV"),
    with_default(optional(F::vth_sigma_die_mv, "vth_sigma_die_mv", "mV", 0, 200, "standard deviation of vth between the arrays of a die"),
        8, 4, 15, "assumption: about half of that between dies"),
    with_default(optional(F::length_sigma_percent, "length_sigma_percent", "%", 0, 30, "standard deviation of gate length between dies"),
        2, 1, 4, "assumption"),
};
// clang-format on

// one array in order of ChipFigure
struct Table {
    FigureInfo rows[kChipFigures];
};
constexpr Table make_table() {
    Table table{};
    const auto add = [&table](std::span<const FigureInfo> rows) {
        for (const FigureInfo& row : rows) table.rows[static_cast<size_t>(row.figure)] = row;
    };
    add(kShape);
    add(kElectrical);
    add(kEnergy);
    add(kMaking);
    return table;
}
constexpr Table kTable = make_table();

// Beginnings of words of the numerics contract: a figure that has one of them would claim to change a value.
constexpr V kValueWords[] = {
    "round",
    "bits",
    "width",
    "precision",
    "saturat",
    "requant",
    "quant",
    "format",
    "overflow",
    "wrap",
    "zero",
    "padding",
    "scale",
    "mantissa",
    "dtype",
    "nan",
    "clamp"};

}  // namespace

std::span<const FigureInfo> figure_table() { return kTable.rows; }

const FigureInfo& info(ChipFigure figure) { return kTable.rows[static_cast<size_t>(figure)]; }

const FigureInfo* find_figure(std::string_view name) {
    for (const FigureInfo& row : kTable.rows) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

bool names_a_value(std::string_view name) {
    if (find_figure(name) != nullptr) return false;
    V before;
    while (!name.empty()) {
        const V word = name.substr(0, name.find('_'));
        name.remove_prefix(std::min(name.size(), word.size() + 1));
        const bool ours = std::any_of(std::begin(kValueWords), std::end(kValueWords), [word](V start) {
            return word.starts_with(start);
        });
        // "pj_per_bits" counts, "accumulator_bits" is a width
        if (ours && before != "per") return true;
        before = word;
    }
    return false;
}

ChipShape shape_of(const ChipModel& chip, Dataflow dataflow) {
    const auto count = [&chip](ChipFigure figure) {
        const double value = value_of(chip, figure);
        CHECK(value >= 0 && value == std::floor(value));
        return static_cast<uint32_t>(value);
    };
    ChipShape shape;
    shape.arrays = count(F::arrays);
    shape.rows = count(F::array_rows);
    shape.columns = count(F::array_columns);
    shape.dataflow = dataflow;
    shape.sram_bytes = uint64_t{count(F::sram_kib_per_array)} * 1024;
    shape.sram_banks = count(F::sram_banks);
    shape.accumulator_rows = count(F::accumulator_rows);
    shape.vector_lanes = count(F::vector_lanes);
    shape.clock_ghz = value_of(chip, F::clock_ghz);
    shape.dram_bytes_per_second = value_of(chip, F::dram_gb_per_s) * 1e9;
    shape.dram_latency_ns = value_of(chip, F::dram_latency_ns);
    shape.shared_bytes = static_cast<uint64_t>(value_of(chip, F::shared_sram_mib) * 1024 * 1024);
    if (shape.shared_bytes > 0) shape.shared_bytes_per_second = value_of(chip, F::shared_gb_per_s) * 1e9;
    return shape;
}

}  // namespace chipchain
