// Pass 'place': which tensors that nodes pass to each other lie in the shared on-chip memory instead of DRAM.
// Constants, network inputs and outputs stay in DRAM, and so does what pass 'keep' holds in a core's own SRAM.
//
// Greedy: the tensor that moves most bytes (a write, and a read by each reader) per byte and node of its life comes
// first; it is placed when, at every node of its life, what is placed already leaves room for it. A life lasts from the
// node that writes to the last that reads. Addresses are not used twice: the pass decides what the memory holds, not
// where; nodes overlap in a program by their prefetch, whose part of a tensor is not counted.
#pragma once

#include <vector>

#include "chipchain/chip/compile_residency.h"

namespace chipchain {

// The nodes in whose run a tensor must exist.
struct Life {
    bool passed = false;  // from node to node in DRAM or shared memory: written and read
    uint32_t first_node = 0;
    uint32_t last_node = 0;
    uint32_t readers = 0;
};

// By TensorId; fused as in decide_residency(). Network inputs, outputs and constants are not passed.
[[nodiscard]] std::vector<Life> lives_of(const IntegerNetwork& network, const std::vector<uint32_t>& fused);

// By TensorId, whether the tensor lies in the shared memory.
[[nodiscard]] std::vector<bool>
decide_shared(const CompileContext& context, const std::vector<uint32_t>& fused, const Residency& residency);

}  // namespace chipchain
