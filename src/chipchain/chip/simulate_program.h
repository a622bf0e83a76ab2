// The instruction-set simulator: carries out a program byte by byte. SRAM and accumulators start poisoned, DMA boxes
// and queues progress in a random legal order drawn from `seed`, so that a missing wait or a read of stale bytes shows.
//
// Order: at each moment one queue that can go on makes one step; loads, stores and copies take up to eight steps, in
// which the pieces of their box move in any order; other instructions take effect in one. Which queue is drawn in
// bursts with weights that change, so that one seed lets loads run far ahead and another starves them. Sums follow the
// program: in an os array k rises within an mma; in ws and is each mma adds the partial sum of its fold. Since
// accumulators wrap at 32 bits, no order can change a sum; only reads of the wrong bytes can.
#pragma once

#include <string>
#include <vector>

#include "chipchain/chip/program.h"
#include "chipchain/network/golden.h"

namespace chipchain {

struct ProgramRun {
    TensorBytes tensors;              // by TensorId; empty where the tensor never is in DRAM
    uint64_t poisoned_reads = 0;      // bytes (of accumulators, 4 per cell) read that nothing had written
    std::vector<std::string> faults;  // the first few, with stream and index; empty when all is well
    uint64_t instructions = 0;        // carried out, with sync and halt
    uint64_t multiplications = 0;     // of all mma
};

// inputs as in run_golden(). Any program is safe to simulate: one with structure_faults() is not started, a wait that
// can never end is a fault, as are wrong inputs and more than 4 GiB of DRAM or 16 GiB in all. Without faults every byte
// of `tensors` that nothing wrote is unspecified. Equal arguments give equal results.
[[nodiscard]] ProgramRun simulate_program(
    const Program& program,
    const IntegerNetwork& network,
    const std::vector<std::vector<uint8_t>>& inputs,
    uint64_t seed);

}  // namespace chipchain
