// The array of one core in the instruction-set simulator.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/chip/program.h"

namespace chipchain {

class MatrixUnit {
 public:
    // Copies the stationary operand from SRAM into the array.
    void preload(const Preload& p, Dataflow dataflow, const uint8_t* sram);
    // accumulators: columns per row as in the shape. The stationary operand is what preload() took, whatever SRAM holds
    // now.
    void multiply(const Mma& m, const ChipShape& shape, const uint8_t* sram, uint32_t* accumulators);

 private:
    std::vector<int16_t> a_;  // [row][k], zero point taken off
    std::vector<int16_t> b_;  // [column][k]
    std::vector<int64_t> offsets_;
};

}  // namespace chipchain
