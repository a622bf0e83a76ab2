// Which bytes an instruction reads and writes: strided sets as runs, the common ground of checker, simulator and
// timing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "chipchain/chip/program.h"

namespace chipchain {

struct Dimension {
    int64_t count = 1;
    int64_t stride = 0;
};

// A set of cells of a memory: runs of `length` cells at base + sum i_d stride[d], 0 <= i_d < count[d]; strides positive
// and rising, each larger than what lies below it is long. A cell may be met more than once.
struct Runs {
    static constexpr size_t kMost = 5;  // dimensions of OperandA
    int64_t base = 0;
    int64_t length = 1;
    uint32_t levels = 0;
    std::array<Dimension, kMost> level{};

    [[nodiscard]] int64_t end() const;    // one past the last cell
    [[nodiscard]] int64_t count() const;  // of runs

    // Calls visit(first, end) for every run.
    template <class Visit>
    void each(const Visit& visit) const {
        std::array<int64_t, kMost> at{};
        int64_t first = base;
        while (true) {
            visit(first, first + length);
            uint32_t d = 0;
            for (; d < levels; ++d) {
                first += level[d].stride;
                if (++at[d] < level[d].count) break;
                first -= level[d].stride * level[d].count;
                at[d] = 0;
            }
            if (d == levels) return;
        }
    }
};

// The cells base + sum i_d stride[d], as few runs as can be. Counts are positive, the sums fit 62 bits.
[[nodiscard]] Runs make_runs(int64_t base, const Dimension* dimensions, size_t count);

enum class Space : uint8_t { dram, sram, accumulators };  // cells: bytes; accumulators: row * columns + column

struct Access {
    Space space = Space::sram;
    bool write = false;
    Runs runs;
};

// What an instruction touches, reads before writes, appended to `to`. `to` keeps its memory between calls.
// REQUIRES an instruction without faults (instruction_faults).
void find_accesses(const Program& program, const Instruction& instruction, std::vector<Access>& to);

// The flat range [first, first + count) of a mixed radix index as boxes: visit(offset, dimensions) with N dimensions
// each.
template <size_t N, class Visit>
void each_box(const std::array<Dimension, N>& radix, int64_t first, int64_t count, const Visit& visit) {
    // the longest box that starts at `first`: grow the outermost level whose inner indices are all zero
    while (count > 0) {
        std::array<int64_t, N> index{};
        int64_t rest = first;
        for (size_t d = N; d-- > 0;) {
            index[d] = d == 0 ? rest : rest % radix[d].count;
            if (d != 0) rest /= radix[d].count;
        }
        size_t level = N - 1;
        int64_t inner = 1;  // elements per step of `level`
        while (level > 0 && index[level] == 0 && inner * radix[level].count <= count) inner *= radix[level--].count;
        int64_t steps = count / inner;
        if (level > 0) steps = std::min(steps, radix[level].count - index[level]);
        std::array<Dimension, N> box{};
        int64_t offset = 0;
        for (size_t d = 0; d < N; ++d) {
            offset += index[d] * radix[d].stride;
            box[d] = {d < level ? 1 : d == level ? steps : radix[d].count, radix[d].stride};
        }
        visit(offset, box);
        first += steps * inner;
        count -= steps * inner;
    }
}

// Rows and depth of an operand and rows of a requantisation as flat ranges.
struct FlatRange {
    int64_t first = 0;
    int64_t count = 0;
};
[[nodiscard]] FlatRange row_range(const OperandA& a);
[[nodiscard]] FlatRange depth_range(const OperandA& a);
[[nodiscard]] FlatRange row_range(const Rq& rq);

}  // namespace chipchain
