// What an instruction costs its unit and the SRAM when nothing else is at work: the terms of timing_events.
#pragma once

#include <cstdint>

#include "chipchain/chip/program.h"

namespace chipchain {

struct InstructionCycles {
    int64_t cycles = 0;      // of its unit; 0 for load and store, whose time is the DRAM's
    int64_t fill_drain = 0;  // part of cycles: operands entering and results leaving the array
    int64_t multiplications = 0;
    int64_t words = 0;  // SRAM words read and written
    int64_t banks = 1;  // that can serve these words at once
};

// Bytes of a word of an SRAM bank. assumption: as many banks as there are feed the array at full speed, and no more:
// the power of two from 16 on for which banks x word >= rows + columns.
[[nodiscard]] int64_t sram_word_bytes(const ChipShape& shape);

// Costs of the instructions of one matrix queue depend on what went before.
//   os   a fold takes K + R + C - 2 (fold_cycles); an mma that goes on with the sums of the one before, K
//   ws, is   a preload R, the first mma on it its streamed rows or columns + R + C - 2, further ones those alone
// Vector: elements / lanes, rounded up; pools count the cells of whole windows, softmax and layer normalisation three
// passes.
class CycleCounter {
 public:
    explicit CycleCounter(const ChipShape& shape) : shape_(shape), word_(sram_word_bytes(shape)) {}
    [[nodiscard]] InstructionCycles count(const Program& program, const Instruction& instruction);

 private:
    [[nodiscard]] InstructionCycles preload(const Preload& p);
    [[nodiscard]] InstructionCycles mma(const Mma& m);
    [[nodiscard]] int64_t banks_of_rows(const OperandA& a) const;
    [[nodiscard]] InstructionCycles vector(int64_t elements, int64_t words) const;
    [[nodiscard]] int64_t words(int64_t bytes, int64_t run) const;
    [[nodiscard]] int64_t box_words(const Transfer& t, bool source, bool target) const;

    const ChipShape& shape_;
    int64_t word_;
    bool fresh_ = false;           // the operand in the array was not used yet
    const Mma* before_ = nullptr;  // in os
};

}  // namespace chipchain
