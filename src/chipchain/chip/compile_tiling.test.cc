// Do shares and tiles cover a product exactly once and fit the memories, for shapes with remainders everywhere?
#include "chipchain/chip/compile_partition.h"

#include <gtest/gtest.h>

#include "chipchain/chip/test_networks.h"

namespace chipchain {
namespace {

IntegerNetwork one_conv(const Shape& x, int64_t channels, int32_t kernel, int32_t stride, int32_t groups) {
    NetworkBuilder b(1);
    ConvShape c;
    c.channels = channels;
    c.groups = groups;
    for (size_t d = 0; d < 2; ++d) {
        c.kernel[d] = kernel;
        c.stride[d] = stride;
        c.pad_begin[d] = c.pad_end[d] = kernel / 2;
    }
    return b.build({b.conv(b.input(x), c)});
}

MatrixPlan plan_of(const IntegerNetwork& n, const ChipShape& shape, uint64_t seed) {
    CompileOptions options;
    options.schedule_seed = seed;
    const CompileContext context{n, shape, options};
    const Residency residency = decide_residency(context, {UINT32_MAX}, true);
    return plan_matrix(context, matrix_view(n, 0, n.nodes[0].output, residency));
}

ChipShape chip(uint32_t cores, uint32_t rows, uint32_t columns, uint64_t sram) {
    ChipShape s;
    s.arrays = cores;
    s.rows = rows;
    s.columns = columns;
    s.sram_bytes = sram;
    s.accumulator_rows = 64;
    return s;
}

// Is every line, group and column the work of exactly one core, and are cores used once?
TEST(CompileTiling, SharesCoverTheProductOnce) {
    for (const int32_t groups : {1, 5}) {
        const IntegerNetwork n = one_conv({3, 7, 5, 10}, 35, 3, 1, groups);
        for (const uint32_t cores : {1U, 2U, 7U, 60U}) {
            for (uint64_t seed = 0; seed < 5; ++seed) {
                const MatrixPlan plan = plan_of(n, chip(cores, 8, 8, 1 << 16), seed);
                ASSERT_TRUE(plan.found);
                const int64_t columns = 35 / groups;
                std::vector<int> done(static_cast<size_t>(21 * groups * columns));
                std::vector<int> used(cores);
                for (const MatrixShare& s : plan.shares) {
                    ++used[s.core];
                    for (int64_t l = s.lines.begin; l < s.lines.end; ++l) {
                        for (int64_t g = s.groups.begin; g < s.groups.end; ++g) {
                            for (int64_t c = s.columns.begin; c < s.columns.end; ++c) {
                                ++done[static_cast<size_t>((l * groups + g) * columns + c)];
                            }
                        }
                    }
                }
                EXPECT_EQ(done, std::vector<int>(done.size(), 1)) << cores << " cores, seed " << seed;
                EXPECT_LE(*std::max_element(used.begin(), used.end()), 1);
            }
        }
    }
}

// Do the buffers of a tiling fit, and the accumulators when the sum is cut?
TEST(CompileTiling, TilesFitTheMemories) {
    const IntegerNetwork n = one_conv({1, 14, 14, 64}, 48, 3, 1, 1);
    for (const uint64_t sram : {100U, 1000U, 10'000U, 100'000U, 1'000'000U}) {
        for (uint64_t seed = 0; seed < 8; ++seed) {
            const MatrixPlan plan = plan_of(n, chip(1, 16, 8, sram), seed);
            ASSERT_TRUE(plan.found) << sram;
            const MatrixTiles& t = plan.tiles;
            EXPECT_LE(t.frame_bytes(), static_cast<int64_t>(sram));
            EXPECT_LE(t.slots * t.slot_rows, 64);
            const bool cut = t.channels < 64 || t.kernel_h < 3;
            EXPECT_TRUE(!cut || t.out_h * t.out_w * divide_up(t.columns, 8) <= t.slot_rows);
        }
    }
    const MatrixPlan none = plan_of(n, chip(1, 16, 8, 4), 0);
    EXPECT_FALSE(none.found);
    EXPECT_GT(none.least_bytes, 4);
}

// One tap along an axis needs no cells between windows.
TEST(CompileTiling, StridesLeaveOutCellsOfPointwiseWindows) {
    Window w;
    w.stride[0] = 3;
    w.kernel[0] = 5;
    w.dilation[0] = 2;
    EXPECT_EQ(tile_axis(w, 0, 4, 1).cells, 4);
    EXPECT_EQ(tile_axis(w, 0, 4, 1).step, 3);
    EXPECT_EQ(tile_axis(w, 0, 4, 5).cells, 3 * 3 + 4 * 2 + 1);
    EXPECT_EQ(tile_axis(w, 0, 4, 5).stride, 3);
}

// Do tensors kept at the same time lie apart, in the upper half, and is what tiles may use below them?
TEST(CompileResidency, KeptTensorsLieApart) {
    NetworkBuilder b(2);
    TensorId x = b.input({1, 8, 8, 8});
    ConvShape c;
    c.channels = 8;
    c.kernel[0] = c.kernel[1] = 3;
    c.pad_begin[0] = c.pad_begin[1] = c.pad_end[0] = c.pad_end[1] = 1;
    for (int i = 0; i < 6; ++i) {
        const TensorId y = b.conv(x, c);
        x = b.elementwise(IntegerOp::add, b.conv(y, c), y);
    }
    const IntegerNetwork n = b.build({x});
    for (const uint64_t sram : {1000U, 4000U, 20'000U}) {
        const ChipShape shape = chip(1, 8, 8, sram);
        const CompileOptions options;
        const CompileContext context{n, shape, options};
        const Residency r = decide_residency(context, std::vector<uint32_t>(n.nodes.size(), UINT32_MAX), true);
        int kept = 0;
        for (const Kept& k : r.tensors) {
            if (!k.kept) continue;
            ++kept;
            EXPECT_GE(k.base, static_cast<int64_t>(sram / 2));
            EXPECT_LE(k.base + k.bytes, static_cast<int64_t>(sram));
            for (uint32_t i = k.first_node; i <= k.last_node; ++i) EXPECT_LE(r.room[i], k.base);
            for (const Kept& other : r.tensors) {
                if (&other == &k || !other.kept || other.first_node > k.last_node || k.first_node > other.last_node)
                    continue;
                EXPECT_TRUE(other.base + other.bytes <= k.base || k.base + k.bytes <= other.base);
            }
        }
        EXPECT_EQ(kept > 0, sram >= 4000) << sram;
    }
}

}  // namespace
}  // namespace chipchain
