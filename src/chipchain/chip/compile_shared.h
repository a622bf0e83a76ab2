// Pass 'place': which tensors that nodes pass to each other lie in the shared on-chip memory instead of DRAM.
// Constants, network inputs and outputs stay in DRAM, and so does what pass 'keep' holds in a core's own SRAM.
//
// Greedy: the tensor that is moved most often per byte (a write, and a read by each reader) comes first, of equal ones
// the smaller; it is placed when it fits beside what is placed already. No place is used twice: cores run ahead of each
// other over nodes, and a tensor that came where another one lay would have to wait for all who read that.
#pragma once

#include <vector>

#include "chipchain/chip/compile_residency.h"

namespace chipchain {

// tensors and constants in DRAM and shared memory begin at multiples of this many bytes, a burst of DRAM; assumption
inline constexpr uint64_t kDramAlignment = 64;
[[nodiscard]] constexpr uint64_t dram_aligned(uint64_t address) {
    return (address + kDramAlignment - 1) / kDramAlignment * kDramAlignment;
}

// By TensorId: how often its bytes are moved, written once and read by each node that reads it; 0 for network inputs,
// outputs, constants and what no node reads. fused as in decide_residency().
[[nodiscard]] std::vector<uint32_t> moves_of(const IntegerNetwork& network, const std::vector<uint32_t>& fused);

// By TensorId, whether the tensor lies in the shared memory.
[[nodiscard]] std::vector<bool>
decide_shared(const CompileContext& context, const std::vector<uint32_t>& fused, const Residency& residency);

}  // namespace chipchain
