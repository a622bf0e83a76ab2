// The registry of physical figures: the only numbers that a chip file can state. One row per figure says name with
// unit, meaning, range and what stands in when a chip does not state it. docs/chip.md has the table; a test compares
// them.
//
// Invariant: no figure names a number format, a rounding, the width of an accumulator or anything else that could
// change what a network computes; a test walks the registry and shows that values stay the same over every range.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "chipchain/chip/chip_model.h"

namespace chipchain {

enum class ChipFigure : uint8_t {
    // shape
    arrays,
    array_rows,
    array_columns,
    clock_ghz,
    sram_kib_per_array,
    sram_banks,
    accumulator_rows,
    vector_lanes,
    shared_sram_mib,
    shared_gb_per_s,
    dram_gb_per_s,
    dram_latency_ns,
    spare_arrays,
    dram_capacity_gb,
    // electrical and thermal
    process_nm,
    node_energy_factor,
    voltage_v,
    least_voltage_v,
    most_voltage_v,
    vth_v,
    velocity_exponent,
    tdp_w,
    uncore_w,
    die_mm2,
    array_die_percent,
    leak_logic_w_per_mm2,
    leak_sram_mw_per_mib,
    leak_per_v,
    leak_per_k,
    thermal_c_per_w,
    junction_limit_c,
    // energy of one event at voltage_v
    energy_mac_pj,
    energy_sram_pj_per_byte,
    energy_accumulator_pj,
    energy_noc_pj_per_byte_mm,
    energy_dram_pj_per_bit,
    energy_vector_pj,
    energy_overhead,
    // making it
    defects_per_cm2,
    defect_alpha,
    dies_per_wafer,
    vth_sigma_wafer_mv,
    vth_sigma_die_mv,
    length_sigma_percent,
};
inline constexpr size_t kChipFigures = static_cast<size_t>(ChipFigure::length_sigma_percent) + 1;

// What stands in for a figure that a chip does not state.
struct FigureDefault {
    bool known = false;  // false: nothing; who needs the figure says so
    double value = 0;
    double low = 0;
    double high = 0;
    std::string_view note;  // why; a default is an assumption
};

struct FigureInfo {
    ChipFigure figure;
    std::string_view name;  // ends in its unit: "clock_ghz"
    std::string_view unit;  // for texts: "GHz"; empty for counts and factors
    std::string_view help;
    double low = 0;  // range of what can be stated
    double high = 0;
    bool required = false;
    bool whole = false;
    FigureDefault otherwise;
};

// All rows, in order of ChipFigure.
[[nodiscard]] std::span<const FigureInfo> figure_table();
[[nodiscard]] const FigureInfo& info(ChipFigure figure);
// The row of that name, or nullptr.
[[nodiscard]] const FigureInfo* find_figure(std::string_view name);
// True for a name that speaks of number formats, rounding or widths: those belong to docs/numerics.md.
[[nodiscard]] bool names_a_value(std::string_view name);

[[nodiscard]] inline const Figure& figure_of(const ChipModel& chip, ChipFigure figure) {
    return chip.figures[static_cast<size_t>(figure)];
}
[[nodiscard]] inline double value_of(const ChipModel& chip, ChipFigure figure) {
    return chip.figures[static_cast<size_t>(figure)].value;
}

// The shape that the figures of a chip describe.
[[nodiscard]] ChipShape shape_of(const ChipModel& chip, Dataflow dataflow);

}  // namespace chipchain
