// Faults that one instruction has by itself, and faults of the tables of a program: what must hold before anything can
// be carried out. Order between queues is check_program's matter.
#pragma once

#include <string>
#include <vector>

#include "chipchain/chip/program.h"

namespace chipchain {

// Limits of the instruction set, so that no address sum can overflow and no field claims more than a chip can have.
inline constexpr uint64_t kMostSramBytes = uint64_t{1} << 32;  // SRAM addresses have 32 bits
inline constexpr uint64_t kMostDramBytes = uint64_t{1} << 40;
inline constexpr uint32_t kMostArrays = 4096;
inline constexpr uint32_t kMostSide = 1U << 16;                   // rows and columns of an array
inline constexpr uint64_t kMostAccumulators = uint64_t{1} << 32;  // of one core
inline constexpr uint32_t kMostCount = 1U << 28;                  // of one level of a box
inline constexpr uint32_t kMostDepth = 1U << 24;                  // of one mma
inline constexpr int32_t kMostWindow = 1 << 16;                   // kernel, stride, dilation and padding of a pool

// "core 3 matrix, instruction 12 (mma, node 4)": how faults name an instruction.
[[nodiscard]] std::string place_text(const Program& program, size_t stream, size_t index);
// What is wrong with an instruction, or "". Needs sound tables (structure_faults checks these first).
[[nodiscard]] std::string instruction_fault(const Program& program, QueueKind queue, const Instruction& instruction);
// Invariants 1 to 3 and 5 of program.h, at most `most` texts; when tables are unsound, instructions are not looked at.
[[nodiscard]] std::vector<std::string> structure_faults(const Program& program, size_t most);

}  // namespace chipchain
