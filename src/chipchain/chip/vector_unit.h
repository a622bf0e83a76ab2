// The vector unit of one core in the instruction-set simulator: values by network/numerics.h alone.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/chip/program.h"

namespace chipchain {

class VectorUnit {
 public:
    explicit VectorUnit(const Program& program);

    // Each writes its target in SRAM. REQUIRES instructions without faults (instruction_fault).
    void run(const Rq& r, const uint32_t* accumulators, uint8_t* sram) const;
    void run(const Ew& e, uint8_t* sram) const;
    void run(const Pool& p, uint8_t* sram) const;
    void run(const Lut8& l, uint8_t* sram) const;
    void run(const Reduce& r, uint8_t* sram) const;

 private:
    const Program& program_;
    std::vector<LayerNormTerms> norms_;  // by operation
};

}  // namespace chipchain
