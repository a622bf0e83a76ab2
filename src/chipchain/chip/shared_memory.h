// The shared on-chip memory as timing_events sees it: one store of SRAM that all cores reach, of so many bytes per
// second, with neither rows nor refresh; requests are served in the order in which they arrive, in lines of 64 bytes.
// What of it a program leaves free buffers constants on their way from DRAM to the cores, so that weights that several
// cores load cross the DRAM once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

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

// Which constants the free part of the shared memory holds: a buffer on the memory's side, filled by what is read from
// DRAM, the oldest block leaving first. Bytes are the same wherever they come from, so this is time and energy alone.
class ConstantBuffer {
 public:
    // assumption: that a shared memory works so where it is not addressed
    ConstantBuffer(uint64_t capacity, uint64_t constants, uint64_t block_bytes)
        : blocks_(static_cast<size_t>(block_bytes == 0 ? 0 : (constants + block_bytes - 1) / block_bytes)),
          most_(block_bytes == 0 ? 0 : static_cast<size_t>(capacity / block_bytes)) {}

    [[nodiscard]] bool exists() const { return most_ > 0 && !blocks_.empty(); }
    // A load of the program reads this block. Blocks that are read once pass the buffer by, as a compiler would mark
    // them.
    void expect(size_t block) {
        if (block < blocks_.size() && blocks_[block].reads < 2) ++blocks_[block].reads;
    }
    [[nodiscard]] bool wants(size_t block) const { return block < blocks_.size() && blocks_[block].reads > 1; }
    // Whether all of these lines (a bit each) of a block are there; `since` is raised to when the last of them came.
    [[nodiscard]] bool holds(size_t block, uint64_t lines, Ticks& since) const {
        if (block >= blocks_.size() || (lines & ~blocks_[block].lines) != 0) return false;
        since = std::max(since, blocks_[block].since);
        return true;
    }
    void put(size_t block, uint64_t lines, Ticks at) {
        if (block >= blocks_.size()) return;
        Block& b = blocks_[block];
        if (b.lines == 0) {
            order_.push_back(block);
            if (order_.size() - oldest_ > most_) blocks_[order_[oldest_++]].lines = 0;
        }
        b.lines |= lines;
        b.since = std::max(b.since, at);
    }

 private:
    struct Block {
        uint64_t lines = 0;
        Ticks since = 0;
        uint8_t reads = 0;
    };
    std::vector<Block> blocks_;
    std::vector<size_t> order_;  // of the blocks that were put
    size_t oldest_ = 0;
    size_t most_;
};

}  // namespace chipchain
