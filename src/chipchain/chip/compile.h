// Compiles an integer network for a chip's shape: range proof, tiling for the dataflow, allocation of SRAM (what does
// not fit is spilled to DRAM), division among the cores, schedule with prefetch, tokens.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "chipchain/base/diagnostic.h"
#include "chipchain/chip/program.h"

namespace chipchain {

struct CompileOptions {
    bool double_buffer = true;
    // shifts every legal choice (tile sizes, order of tiles, division among cores): the same network, another schedule
    uint64_t schedule_seed = 0;
    // called after every pass with its name and a text dump
    std::function<void(std::string_view pass, const std::string& dump)> dump;
};

// The passes in order, by the names that `dump` is called with: "range", "fuse", ...
[[nodiscard]] std::span<const std::string_view> compile_passes();

// Returns a program without faults (check_program). Errors: chip-range (an accumulator could pass 32 bits: node, bound,
// what to do), chip-too-small (the smallest tile of a node does not fit: how many bytes it needs, how many there are),
// chip-program-too-large (more instructions than can be held).
[[nodiscard]] Result<Program>
compile_network(const IntegerNetwork& network, const ChipShape& shape, const CompileOptions& options = {});

// The same for a chip whose DRAM may be too small. Errors: those of compile_network, chip-dram-small.
[[nodiscard]] Result<Program>
compile_for(const IntegerNetwork& network, const ChipModel& chip, const CompileOptions& options = {});

}  // namespace chipchain
