// The chip numerics contract (CNC): what every operation of an integer network computes, to the bit. docs/numerics.md
// is generated from numerics_contract(). No figure of a chip enters here; no libm, no fused multiply-add, no host
// rounding mode. Every function is exact integer arithmetic or IEEE 754 binary32 with round-to-nearest-even, and the
// binary32 ones exist twice: on hardware floats and in integers alone (`*_soft`), proven equal by tests over all
// classes of ties.
//
// Sources: ONNX operators QuantizeLinear, QLinearConv, QLinearMatMul and the semantics measured of ONNX Runtime 1.30
// (chip facts 2.1-2.3); gemmlowp fixedpoint.h; TOSA 1.0 RESCALE (apply_scale_32); OCP MX 1.0; chip facts 2.5.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/network/tensor.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

inline constexpr int kNumericsVersion = 1;

// How an accumulator becomes an 8-bit value.
enum class RequantMode : uint8_t {
    f32_rne,     // RQ_F32_RNE: fl32(acc) * scale in binary32, round to nearest even, then the zero point (ONNX Runtime)
    i32_single,  // RQ_I32_SR: (acc * multiplier + 2^(shift-1)) >> shift (TOSA RESCALE single, XNNPACK)
    i32_double,  // RQ_I32_DR: gemmlowp's two roundings = TOSA RESCALE DOUBLE_ROUND
};

struct Rescale {
    RequantMode mode = RequantMode::f32_rne;
    float scale = 1;         // f32_rne: fl32(fl32(s_x * s_w[c]) / s_y)
    int32_t multiplier = 0;  // i32_*: in [2^30, 2^31)
    int32_t shift = 0;       // i32_*: total right shift, 2..62 (TOSA)
    bool operator==(const Rescale&) const = default;
};

// Where the result of a requantisation lies: zero point and the limits of type and activation, all in the output's
// units.
struct Clamp {
    int32_t zero = 0;
    int32_t low = 0;  // 0 for u8, -128 for s8, or higher by a fused activation
    int32_t high = 255;
    bool operator==(const Clamp&) const = default;
};

// clamp(round(acc * rescale) + zero); acc already holds the bias, mod 2^32. f32_rne: the conversion of acc to binary32
// rounds to nearest even, the product rounds again, it is clamped in binary32 to [low - zero, high - zero], rounded to
// an integer to nearest even, and the zero point added.
[[nodiscard]] int32_t requantise(int32_t acc, const Rescale& rescale, const Clamp& clamp);
// The same with f32_rne in integer arithmetic alone.
[[nodiscard]] int32_t requantise_soft(int32_t acc, const Rescale& rescale, const Clamp& clamp);

// The scale of a sum of products, fl32(fl32(s_x * s_w) / s_y), and of an average of `count` elements,
// fl32(s_x / fl32(s_y * fl32(count))).
[[nodiscard]] float product_scale(float scale_x, float scale_w, float scale_y);
[[nodiscard]] float average_scale(float scale_x, float scale_y, int64_t count);

// x / scale rounded to nearest even, plus zero, saturated: QuantizeLinear with a true binary32 division. NaN gives
// `low`.
[[nodiscard]] int32_t quantise(float x, float scale, const Clamp& clamp);
[[nodiscard]] int32_t quantise_soft(float x, float scale, const Clamp& clamp);
// fl32(fl32(q - zero) * scale), q - zero mod 2^32: DequantizeLinear.
[[nodiscard]] float dequantise(int32_t q, float scale, int32_t zero);
[[nodiscard]] float dequantise_soft(int32_t q, float scale, int32_t zero);

// The multiplier and shift of a positive real factor as TFLite's QuantizeMultiplier writes it (the factor's 53 bits
// rounded to 31, half up); {0, 2} below 2^-32, the largest factor {2^31 - 1, 2} from 2^29 on.
[[nodiscard]] Rescale fixed_rescale(double factor, RequantMode mode);
// (value * multiplier + round) >> shift of TOSA's apply_scale_32, saturated to 32 bits (beyond which TOSA defines
// nothing). REQUIRES 2 <= shift <= 62, multiplier >= 0.
[[nodiscard]] int32_t apply_scale_32(int32_t value, int32_t multiplier, int32_t shift, bool double_round);
// gemmlowp: SaturatingRoundingDoublingHighMul and RoundingDivideByPOT.
[[nodiscard]] int32_t rounding_doubling_high_multiply(int32_t a, int32_t b);
[[nodiscard]] int32_t rounding_divide_by_power_of_two(int32_t x, int exponent);

// Elementwise sum and product of two 8-bit tensors: the unfused form DequantizeLinear, Add or Mul, QuantizeLinear in
// binary32, one rounding per operation: q(fl(fl((a - za) * sa) + fl((b - zb) * sb))).
struct Elementwise {
    float scale_a = 1, scale_b = 1, scale_y = 1;
    int32_t zero_a = 0, zero_b = 0;
    Clamp clamp;
    bool operator==(const Elementwise&) const = default;
};
[[nodiscard]] int32_t add_quantised(int32_t a, int32_t b, const Elementwise& e);
[[nodiscard]] int32_t multiply_quantised(int32_t a, int32_t b, const Elementwise& e);
[[nodiscard]] int32_t add_quantised_soft(int32_t a, int32_t b, const Elementwise& e);
[[nodiscard]] int32_t multiply_quantised_soft(int32_t a, int32_t b, const Elementwise& e);

// n / d rounded to nearest, ties to even; d > 0.
[[nodiscard]] int64_t divide_rne(int64_t n, int64_t d);

// Sums of products of low-precision floats (chip facts 2.5). fp8 E4M3: exact in a 64-bit integer, any order. bf16:
// exact inside chunks of kFloatChunk products in ascending k, one rounding to binary32 per chunk, chunks added in
// ascending order in binary32; a trailing part is a chunk of its own. a and b: bit patterns, equal length. NaN gives
// the quiet NaN 0x7fc00000. An overflow gives infinity; in a sum of infinities of both signs and in infinity times
// zero, NaN.
inline constexpr size_t kFloatChunk = 32;
struct Fp8Sum {
    int64_t units = 0;  // of 2^-18
    bool nan = false;
    bool operator==(const Fp8Sum&) const = default;
};
// Partial sums of two parts may be added in any order. REQUIRES at most kFp8Terms products in all.
inline constexpr size_t kFp8Terms = size_t{1} << 27;
[[nodiscard]] Fp8Sum sum_fp8_e4m3(std::span<const uint8_t> a, std::span<const uint8_t> b);
[[nodiscard]] float rounded(const Fp8Sum& sum);
[[nodiscard]] float dot_fp8_e4m3(std::span<const uint8_t> a, std::span<const uint8_t> b);
// start: the sum of the chunks before.
[[nodiscard]] float dot_bf16(std::span<const uint16_t> a, std::span<const uint16_t> b, float start = 0);

// How many products of two 8-bit types (u8 or s8, zero points 0) a 32-bit accumulator holds whatever their values.
[[nodiscard]] int64_t safe_terms(DataType a, DataType b);

// Softmax of one row of bytes (s8 as bit patterns). With d_i = max x - x_i and e_i = exponentials[d_i] (softmax_table),
// s_y = m 2^-k exactly (m < 2^24, k the exponent of its last place):
//   y_i = clamp(rne(e_i 2^k / (sum_j e_j * m)) + zero),
// the quotient of two integers rounded once. x and y: equally long, at most 2^31 - 1; they may be the same place.
// is_signed: x is s8.
void softmax_row(
    std::span<const uint8_t> x,
    std::span<uint8_t> y,
    bool is_signed,
    std::span<const uint32_t, 256> exponentials,
    float scale_y,
    const Clamp& clamp);

// Layer normalisation of one row of C bytes, C <= 65,536, in integers with stated fixed points. Constants of a node:
//   gamma'_i = rne(gamma_i / s_y * 2^24), beta'_i = rne(beta_i / s_y * 2^24), both saturated to +-2^47,
//   epsilon' = rne(epsilon / s_x^2 * 2^48), saturated to 2^76,
// each the exact quotient of its binary32 values rounded once. Then for a row x:
//   D_i = C x_i - sum_j x_j                        (the zero point of x cancels)
//   W   = floor(2^48 sum_j D_j^2 / C) + epsilon' C^2
//   S   = floor(sqrt(W)),  P = rne(2^88 / S), or 0 where S = 0
//   y_i = clamp(rne((gamma'_i D_i P + beta'_i 2^64) / 2^88) + zero).
// No intermediate exceeds 127 bits and a sign.
struct LayerNormTerms {
    std::vector<int64_t> gamma;
    std::vector<int64_t> beta;
    Uint128 epsilon = 0;
    bool operator==(const LayerNormTerms&) const = default;
};
// gamma and beta: C finite numbers each; epsilon: finite, not negative.
[[nodiscard]] LayerNormTerms layer_norm_terms(
    std::span<const float> gamma,
    std::span<const float> beta,
    float epsilon,
    float scale_x,
    float scale_y);
// x and y: C bytes each; they may be the same place. is_signed: x is s8.
void layer_norm_row(
    std::span<const uint8_t> x,
    std::span<uint8_t> y,
    bool is_signed,
    const LayerNormTerms& terms,
    const Clamp& clamp);

// One row of the contract: an operation and everything that fixes its value.
struct ContractRow {
    std::string_view operation;
    std::string_view operands;
    std::string_view accumulator;  // width, and what happens beyond it
    std::string_view order;        // of accumulation: "any", or the rule
    std::string_view rounding;
    std::string_view padding;
    std::string_view source;
};
[[nodiscard]] std::span<const ContractRow> numerics_contract();

}  // namespace chipchain
