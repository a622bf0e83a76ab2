// A chip as a physical thing, compiled from a chip description (tables [chip] and [[figure]] of docs/chip.md): arrays,
// memories, clock, voltage, node. Every figure has a range and a provenance (chip_figures.h). Nothing in it enters a
// value: network/ cannot include this folder, and ChipModel has no numeric format, rounding or accumulator width.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

// A figure with its provenance; low <= value <= high. known: false when neither the chip nor the registry has one.
struct Figure {
    bool known = false;
    double value = 0;
    double low = 0;
    double high = 0;
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

// The physical shape that compiler, simulator and timing need, as plain numbers.
struct ChipShape {
    uint32_t arrays = 1;  // cores: each has one array, one vector unit, its own SRAM and accumulators
    uint32_t rows = 1;    // of multipliers in an array
    uint32_t columns = 1;
    Dataflow dataflow = Dataflow::output_stationary;
    uint64_t sram_bytes = 0;  // of one core
    uint32_t sram_banks = 1;
    uint32_t accumulator_rows = 0;  // of `columns` 32-bit accumulators each, per core
    uint32_t vector_lanes = 1;      // elements per cycle of RQ, EW, POOL, LUT8, REDUCE
    double clock_ghz = 1;
    double dram_bytes_per_second = 0;  // shared by the cores; 0: so much that it never limits
    double dram_latency_ns = 0;
    uint64_t shared_bytes = 0;           // on-chip memory of all cores, beside their own SRAM; 0: none
    double shared_bytes_per_second = 0;  // of that memory, all cores together; 0: so much that it never limits
};

struct ChipModel {
    std::string name;
    std::string title;
    std::string foundry;
    std::string node;
    std::string note;
    ChipShape shape;
    std::vector<Figure> figures;  // by ChipFigure, see chip_figures.h
};

// Compiles the chip of a file: every name known, every figure inside its range and with a provenance, figures that are
// not stated taken from the registry. Ids, all of them at once: not-chip, unknown-figure, figure-changes-values,
// figure-range, figure-whole, figure-order, figure-source, figure-note, figure-missing, chip-voltage, chip-supply.
[[nodiscard]] Result<ChipModel> compile_chip(const Spec& spec);
// Reads and compiles a file, a folder or an embedded chip (spec/embedded_chips.h). When it fails and `sources` is not
// null, *sources receives the texts for render().
[[nodiscard]] Result<ChipModel> load_chip(const std::string& name, SourceMap* sources = nullptr);

// One of `parts` equal parts of a chip, each of which runs networks of its own: arrays (rounded down), shared memory
// and both bandwidths divided. REQUIRES 1 <= parts <= arrays.
[[nodiscard]] ChipShape part_of_chip(const ChipShape& shape, uint32_t parts);

// a / b, rounded up. REQUIRES a >= 0, b > 0, a + b within int64.
[[nodiscard]] constexpr int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Operations per second of all arrays at work, two per multiplier and cycle, in 10^12.
[[nodiscard]] double peak_tops(const ChipShape& shape);

}  // namespace chipchain
