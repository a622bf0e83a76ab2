// What all passes of the compiler read: network, shape, options; and how the schedule seed moves a choice.
#pragma once

#include <algorithm>
#include <cstdint>

#include "chipchain/chip/compile.h"

namespace chipchain {

// What a schedule seed may change, one word each.
enum class Choice : uint8_t {
    split,       // division among cores
    first_core,  // which core takes the first share
    tiling,      // of a product
    rows,        // of a chunk or tile of a vector node or move
    channels,    // of a tile of a pool
    tile_order,
    copies,        // of a buffer
    accumulators,  // parts that results take in turn
    fusion,        // of a table
    keep,          // a tensor in SRAM
    packing,       // of weights
    place,         // a tensor in shared memory
};

struct CompileContext {
    const IntegerNetwork& network;
    const ChipShape& shape;
    const CompileOptions& options;

    [[nodiscard]] const IntegerTensor& tensor(TensorId id) const { return network.tensors[id]; }
    // 0 with seed 0, that is the first and best choice; else a number below `count` that depends on seed, node and
    // choice. REQUIRES count > 0.
    [[nodiscard]] uint64_t pick(uint32_t node, Choice choice, uint64_t count) const {
        if (options.schedule_seed == 0) return 0;
        // finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)
        uint64_t x =
            options.schedule_seed * 0x9e3779b97f4a7c15U + (uint64_t{node} << 8 | static_cast<uint64_t>(choice));
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
        x = (x ^ x >> 27) * 0x94d049bb133111ebU;
        return (x ^ x >> 31) % count;
    }
};

[[nodiscard]] constexpr int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

// [begin, end)
struct Span64 {
    int64_t begin = 0;
    int64_t end = 0;
    [[nodiscard]] int64_t count() const { return end - begin; }
    bool operator==(const Span64&) const = default;
};
// Part `index` of `parts` nearly equal ones.
[[nodiscard]] constexpr Span64 part(int64_t count, int64_t parts, int64_t index) {
    return {count * index / parts, count * (index + 1) / parts};
}
// [0, count) in pieces of `size`, the last shorter.
[[nodiscard]] constexpr Span64 piece(Span64 all, int64_t size, int64_t index) {
    return {all.begin + index * size, std::min(all.end, all.begin + (index + 1) * size)};
}

}  // namespace chipchain
