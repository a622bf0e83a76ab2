// The shared on-chip memory as timing_events sees it: one store of SRAM that all cores reach, of so many bytes per
// second, with neither rows nor refresh; requests are served in the order in which they arrive, in lines of 64 bytes.
#pragma once

#include <algorithm>
#include <cmath>

#include "chipchain/chip/dram_model.h"

namespace chipchain {

// assumption: across the die, an arbiter and the access itself
inline constexpr double kSharedLatencyNs = 20;
// blocks that a queue asks for at a time, of interleave_bytes of the DRAM model, 4 KiB; assumption
inline constexpr uint32_t kSharedBlocks = 16;

class SharedMemory {
 public:
    explicit SharedMemory(const ChipShape& shape) {
        if (!(shape.shared_bytes_per_second > 0)) return;
        const double ticks_per_second = shape.clock_ghz * 1e9 * static_cast<double>(kTicksPerCycle);
        bytes_per_tick_ = shape.shared_bytes_per_second / ticks_per_second;
        line_ = std::max<Ticks>(1, peak_ticks(static_cast<uint64_t>(dram_figure(DramKey::burst_bytes))));
        way_ = static_cast<Ticks>(std::ceil(kSharedLatencyNs * 1e-9 * ticks_per_second));
    }

    // False when the shape gives it no bandwidth: then nothing takes time.
    [[nodiscard]] bool exists() const { return line_ > 0; }
    // Returns when the last of `lines` has passed. Calls come in the order of `arrival`.
    Ticks serve(Ticks arrival, uint32_t lines) {
        free_ = std::max(free_, arrival) + line_ * lines;
        return free_;
    }
    // Least ticks that so many bytes take, rounded up.
    [[nodiscard]] Ticks peak_ticks(uint64_t bytes) const {
        return bytes_per_tick_ > 0 ? static_cast<Ticks>(std::ceil(static_cast<double>(bytes) / bytes_per_tick_)) : 0;
    }
    [[nodiscard]] Ticks way() const { return way_; }  // between core and memory, once per transfer
    [[nodiscard]] static uint32_t row_blocks() { return kSharedBlocks; }

 private:
    double bytes_per_tick_ = 0;
    Ticks line_ = 0;
    Ticks way_ = 0;
    Ticks free_ = 0;  // from then on
};

}  // namespace chipchain
