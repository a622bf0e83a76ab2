// The inner loops of the fast executor: blocks of 6 rows by 16 columns of a product of 16-bit operands, depthwise
// windows, requantisation of a row, sums and products of two tensors. Each exists in portable C++ and with AVX2, with
// equal results: sums wrap mod 2^32 in both, and float steps are single IEEE operations, never fused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chipchain/network/numerics.h"

namespace chipchain {

inline constexpr int64_t kBlockRows = 6;
inline constexpr int64_t kBlockColumns = 16;

// A run of the depth of a product: `pairs` pairs of 16-bit values from `offset` on in a row of A.
struct DepthRun {
    int64_t offset = 0;
    int64_t pairs = 0;
};

// What requantises a block of 16 columns; scale null: not f32_rne, see `rescale`.
struct BlockFinish {
    const int32_t* bias = nullptr;     // 16
    const float* scale = nullptr;      // 16
    const Rescale* rescale = nullptr;  // 16, used where scale is null
    Clamp clamp;
};

struct FastKernels {
    // acc[r * 16 + n] = sum over the runs of rows[r][offset + 2 p + i] * panel[(p * 16 + n) * 2 + i], i = 0, 1
    void (
        *block)(const int16_t* const* rows, const DepthRun* runs, size_t run_count, const int16_t* panel, int32_t* acc);
    // acc[n] = sum over `taps` of x[tap_offset[t] + n] * weights[t * 16 + n]; taps even; 16 channels
    void (*depthwise)(const int16_t* x, const int64_t* tap_offset, size_t taps, const int16_t* weights, int32_t* acc);
    // 16 sums -> 16 bytes
    void (*finish)(const int32_t* acc, const BlockFinish& finish, uint8_t* bytes);
    // y[i] = quantised sum (or product) of table_a[a[i]] and table_b[b[i]], tables of dequantised values
    void (*elementwise)(
        const uint8_t* a,
        const uint8_t* b,
        size_t count,
        const float* table_a,
        const float* table_b,
        bool is_sum,
        float scale_y,
        const Clamp& clamp,
        uint8_t* y);
};

[[nodiscard]] const FastKernels& portable_kernels();
// Those with AVX2. REQUIRES has_avx2().
[[nodiscard]] const FastKernels& avx2_kernels();

}  // namespace chipchain
