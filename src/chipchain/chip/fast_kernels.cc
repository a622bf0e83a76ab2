#include "chipchain/chip/fast_kernels.h"

#include <cstring>

#include "chipchain/base/check.h"
#include "chipchain/chip/fast_executor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace chipchain {

namespace {

// sums wrap: unsigned
uint32_t product(int16_t a, int16_t b) { return static_cast<uint32_t>(int32_t{a} * int32_t{b}); }

void block_portable(
    const int16_t* const* rows,
    const DepthRun* runs,
    size_t run_count,
    const int16_t* panel,
    int32_t* acc) {
    for (int64_t r = 0; r < kBlockRows; ++r) {
        uint32_t sums[kBlockColumns] = {};
        const int16_t* weights = panel;
        for (size_t i = 0; i < run_count; ++i) {
            const int16_t* x = rows[r] + runs[i].offset;
            for (int64_t p = 0; p < runs[i].pairs; ++p, x += 2, weights += 2 * kBlockColumns) {
                for (int64_t n = 0; n < kBlockColumns; ++n) {
                    sums[n] += product(x[0], weights[2 * n]) + product(x[1], weights[2 * n + 1]);
                }
            }
        }
        std::memcpy(acc + r * kBlockColumns, sums, sizeof sums);
    }
}

void depthwise_portable(
    const int16_t* x,
    const int64_t* tap_offset,
    size_t taps,
    const int16_t* weights,
    int32_t* acc) {
    uint32_t sums[kBlockColumns] = {};
    for (size_t t = 0; t < taps; ++t) {
        const int16_t* from = x + tap_offset[t];
        const int16_t* w = weights + t * kBlockColumns;
        for (int64_t n = 0; n < kBlockColumns; ++n) sums[n] += product(from[n], w[n]);
    }
    std::memcpy(acc, sums, sizeof sums);
}

void finish_portable(const int32_t* acc, const BlockFinish& finish, uint8_t* bytes) {
    for (int64_t n = 0; n < kBlockColumns; ++n) {
        const auto sum = static_cast<int32_t>(static_cast<uint32_t>(acc[n]) + static_cast<uint32_t>(finish.bias[n]));
        const Rescale rescale =
            finish.scale == nullptr ? finish.rescale[n] : Rescale{RequantMode::f32_rne, finish.scale[n], 0, 0};
        bytes[n] = static_cast<uint8_t>(requantise(sum, rescale, finish.clamp));
    }
}

void elementwise_portable(
    const uint8_t* a,
    const uint8_t* b,
    size_t count,
    const float* table_a,
    const float* table_b,
    bool is_sum,
    float scale_y,
    const Clamp& clamp,
    uint8_t* y) {
    for (size_t i = 0; i < count; ++i) {
        const float left = table_a[a[i]];
        const float right = table_b[b[i]];
        y[i] = static_cast<uint8_t>(quantise(is_sum ? left + right : left * right, scale_y, clamp));
    }
}

constexpr FastKernels kPortable = {block_portable, depthwise_portable, finish_portable, elementwise_portable};

#if defined(__x86_64__)

// HACK: vpmaddwd on operands widened to 16 bits: 16 products per instruction, exact, where vpmaddubsw would saturate
// pair sums. Six rows by two vectors of columns fill the 16 registers.
__attribute__((target("avx2"))) void
block_avx2(const int16_t* const* rows, const DepthRun* runs, size_t run_count, const int16_t* panel, int32_t* acc) {
    __m256i sums[kBlockRows][2];
    for (auto& row : sums) row[0] = row[1] = _mm256_setzero_si256();
    for (size_t i = 0; i < run_count; ++i) {
        const int16_t* x[kBlockRows];
        for (int64_t r = 0; r < kBlockRows; ++r) x[r] = rows[r] + runs[i].offset;
        const int64_t pairs = runs[i].pairs;
        for (int64_t p = 0; p < pairs; ++p, panel += 2 * kBlockColumns) {
            const __m256i w0 = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(panel));
            const __m256i w1 = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(panel + 16));
#pragma GCC unroll 6
            for (int64_t r = 0; r < kBlockRows; ++r) {
                int32_t pair;
                std::memcpy(&pair, x[r] + 2 * p, sizeof pair);
                const __m256i a = _mm256_set1_epi32(pair);
                sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(a, w0));
                sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(a, w1));
            }
        }
    }
    for (int64_t r = 0; r < kBlockRows; ++r) {
        _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(acc + r * kBlockColumns), sums[r][0]);
        _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(acc + r * kBlockColumns + 8), sums[r][1]);
    }
}

__attribute__((target("avx2"))) inline __m256i load(const int16_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(p));
}

__attribute__((target("avx2"))) void
depthwise_avx2(const int16_t* x, const int64_t* tap_offset, size_t taps, const int16_t* weights, int32_t* acc) {
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    for (size_t t = 0; t < taps; t += 2) {
        const __m256i x0 = load(x + tap_offset[t]);
        const __m256i x1 = load(x + tap_offset[t + 1]);
        const __m256i w0 = load(weights + t * kBlockColumns);
        const __m256i w1 = load(weights + (t + 1) * kBlockColumns);
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), _mm256_unpacklo_epi16(w0, w1)));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), _mm256_unpackhi_epi16(w0, w1)));
    }
    // unpacking works within halves of 128 bits: low holds 0-3 and 8-11
    const __m256i first = _mm256_permute2x128_si256(low, high, 0x20);
    const __m256i second = _mm256_permute2x128_si256(low, high, 0x31);
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(acc), first);
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(acc + 8), second);
}

// limits in binary32, then to nearest even (the rounding mode a process starts with), plus the zero point
struct ClampVectors {
    __m256 low;
    __m256 high;
    __m256i zero;
};

__attribute__((target("avx2"))) ClampVectors clamp_vectors(const Clamp& clamp) {
    return {
        _mm256_set1_ps(static_cast<float>(clamp.low - clamp.zero)),
        _mm256_set1_ps(static_cast<float>(clamp.high - clamp.zero)),
        _mm256_set1_epi32(clamp.zero)};
}

__attribute__((target("avx2"))) __m256i rounded(__m256 value, const ClampVectors& c) {
    // NaN in the first operand gives the second: the low end, as the contract has it
    value = _mm256_min_ps(_mm256_max_ps(value, c.low), c.high);
    return _mm256_add_epi32(_mm256_cvtps_epi32(value), c.zero);
}

// 16 numbers of 32 bits to their low bytes
__attribute__((target("avx2"))) void store_bytes(__m256i first, __m256i second, uint8_t* bytes) {
    const __m256i mask = _mm256_set1_epi32(0xff);
    const __m256i words = _mm256_packus_epi32(_mm256_and_si256(first, mask), _mm256_and_si256(second, mask));
    const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8);
    const __m128i packed = _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i_u*>(bytes), packed);
}

__attribute__((target("avx2"))) void finish_avx2(const int32_t* acc, const BlockFinish& finish, uint8_t* bytes) {
    if (finish.scale == nullptr) return finish_portable(acc, finish, bytes);
    const ClampVectors c = clamp_vectors(finish.clamp);
    __m256i result[2];
    for (int i = 0; i < 2; ++i) {
        const __m256i sum = _mm256_add_epi32(
            _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(acc + 8 * i)),
            _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(finish.bias + 8 * i)));
        result[i] = rounded(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(finish.scale + 8 * i)), c);
    }
    store_bytes(result[0], result[1], bytes);
}

__attribute__((target("avx2"))) inline __m256i indices(const uint8_t* p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i_u*>(p)));
}

__attribute__((target("avx2"))) void elementwise_avx2(
    const uint8_t* a,
    const uint8_t* b,
    size_t count,
    const float* table_a,
    const float* table_b,
    bool is_sum,
    float scale_y,
    const Clamp& clamp,
    uint8_t* y) {
    const ClampVectors c = clamp_vectors(clamp);
    const __m256 scale = _mm256_set1_ps(scale_y);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m256i result[2];
        for (size_t j = 0; j < 2; ++j) {
            const __m256 left = _mm256_i32gather_ps(table_a, indices(a + i + 8 * j), 4);
            const __m256 right = _mm256_i32gather_ps(table_b, indices(b + i + 8 * j), 4);
            const __m256 both = is_sum ? _mm256_add_ps(left, right) : _mm256_mul_ps(left, right);
            result[j] = rounded(_mm256_div_ps(both, scale), c);
        }
        store_bytes(result[0], result[1], y + i);
    }
    elementwise_portable(a + i, b + i, count - i, table_a, table_b, is_sum, scale_y, clamp, y + i);
}

constexpr FastKernels kAvx2 = {block_avx2, depthwise_avx2, finish_avx2, elementwise_avx2};

#endif

}  // namespace

bool has_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

const FastKernels& portable_kernels() { return kPortable; }

const FastKernels& avx2_kernels() {
    CHECK(has_avx2());
#if defined(__x86_64__)
    return kAvx2;
#else
    return kPortable;
#endif
}

}  // namespace chipchain
