#include "chipchain/network/numerics.h"

#include <algorithm>
#include <bit>

#include "chipchain/base/check.h"
#include "chipchain/network/binary32.h"

namespace chipchain {
namespace {

uint32_t bits_of(float x) { return std::bit_cast<uint32_t>(x); }
float float_of(uint32_t bits) { return std::bit_cast<float>(bits); }

int32_t wrapped_difference(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

// value limited to the clamp and rounded to nearest even, plus the zero point; NaN gives low
int32_t finish(float value, const Clamp& clamp) {
    const auto low = static_cast<float>(clamp.low - clamp.zero);
    const auto high = static_cast<float>(clamp.high - clamp.zero);
    // written so that NaN fails the first comparison
    value = value > low ? value : low;
    value = value < high ? value : high;
    // a sum with 1.5 * 2^23 has no place below one: the addition itself rounds to nearest even
    constexpr float kOnes = 12582912.0F;
    return static_cast<int32_t>((value + kOnes) - kOnes) + clamp.zero;
}

int32_t finish_soft(uint32_t value, const Clamp& clamp) {
    return static_cast<int32_t>(soft_round(value, clamp.low - clamp.zero, clamp.high - clamp.zero)) + clamp.zero;
}

int64_t scaled(int64_t value, int32_t multiplier, int32_t shift, bool double_round) {
    CHECK(shift >= 2 && shift <= 62 && multiplier >= 0);
    int64_t round = int64_t{1} << (shift - 1);
    if (double_round && shift > 31) round += value >= 0 ? int64_t{1} << 30 : -(int64_t{1} << 30);
    return (value * multiplier + round) >> shift;
}

int32_t requantise_fixed(int32_t acc, const Rescale& rescale, const Clamp& clamp) {
    const int64_t value =
        scaled(acc, rescale.multiplier, rescale.shift, rescale.mode == RequantMode::i32_double) + clamp.zero;
    return static_cast<int32_t>(std::clamp<int64_t>(value, clamp.low, clamp.high));
}

// rne(n * 2^bits / d), saturated to +-limit; n, d: positive parts
Uint128 quotient_in_bits(Uint128 n, int n_exponent, Uint128 d, int d_exponent, int bits, Uint128 limit) {
    if (n == 0) return 0;
    const int shift = n_exponent - d_exponent + bits;
    // n < 2^24 and d < 2^48: beyond these shifts the quotient is past every limit, or below a half
    if (shift > 102) return limit;
    if (shift < -78) return 0;
    const Uint128 quotient = shift >= 0 ? wide_divide_rne(n << shift, d) : wide_divide_rne(n, d << -shift);
    return std::min(quotient, limit);
}

int64_t fixed_quotient(float n, float d) {
    const Binary32Parts a = soft_parts(bits_of(n));
    const Binary32Parts b = soft_parts(bits_of(d));
    CHECK(b.mantissa != 0 && !b.negative);
    const auto size =
        static_cast<int64_t>(quotient_in_bits(a.mantissa, a.exponent, b.mantissa, b.exponent, 24, Uint128{1} << 47));
    return a.negative ? -size : size;
}

int32_t element(uint8_t byte, bool is_signed) { return is_signed ? static_cast<int8_t>(byte) : byte; }

}  // namespace

int32_t requantise(int32_t acc, const Rescale& rescale, const Clamp& clamp) {
    switch (rescale.mode) {
        case RequantMode::f32_rne:
            return finish(static_cast<float>(acc) * rescale.scale, clamp);
        case RequantMode::i32_single:
        case RequantMode::i32_double:
            return requantise_fixed(acc, rescale, clamp);
    }
    CHECK(false);
    return 0;
}

int32_t requantise_soft(int32_t acc, const Rescale& rescale, const Clamp& clamp) {
    if (rescale.mode != RequantMode::f32_rne) return requantise_fixed(acc, rescale, clamp);
    return finish_soft(soft_multiply(soft_from_integer(acc), bits_of(rescale.scale)), clamp);
}

float product_scale(float scale_x, float scale_w, float scale_y) {
    const float product = scale_x * scale_w;
    return product / scale_y;
}

float average_scale(float scale_x, float scale_y, int64_t count) {
    const float divisor = scale_y * static_cast<float>(count);
    return scale_x / divisor;
}

int32_t quantise(float x, float scale, const Clamp& clamp) { return finish(x / scale, clamp); }

int32_t quantise_soft(float x, float scale, const Clamp& clamp) {
    return finish_soft(soft_divide(bits_of(x), bits_of(scale)), clamp);
}

float dequantise(int32_t q, float scale, int32_t zero) {
    return static_cast<float>(wrapped_difference(q, zero)) * scale;
}

float dequantise_soft(int32_t q, float scale, int32_t zero) {
    return float_of(soft_multiply(soft_from_integer(wrapped_difference(q, zero)), bits_of(scale)));
}

Rescale fixed_rescale(double factor, RequantMode mode) {
    CHECK(factor >= 0 && mode != RequantMode::f32_rne);
    Rescale rescale{.mode = mode, .multiplier = 0, .shift = 2};
    if (factor < 0x1p-32) return rescale;  // also all subnormal numbers
    const auto bits = std::bit_cast<uint64_t>(factor);
    // factor = fraction * 2^-31 * 2^exponent with a fraction of 31 bits, rounded half up
    int exponent = static_cast<int>(bits >> 52) - 1022;
    const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
    uint64_t fraction = (mantissa + (uint64_t{1} << 21)) >> 22;
    if (fraction == uint64_t{1} << 31) {
        fraction >>= 1;
        ++exponent;
    }
    if (exponent > 29) {
        fraction = (uint64_t{1} << 31) - 1;
        exponent = 29;
    }
    rescale.multiplier = static_cast<int32_t>(fraction);
    rescale.shift = 31 - exponent;
    return rescale;
}

int32_t apply_scale_32(int32_t value, int32_t multiplier, int32_t shift, bool double_round) {
    return static_cast<int32_t>(
        std::clamp<int64_t>(scaled(value, multiplier, shift, double_round), INT32_MIN, INT32_MAX));
}

int32_t rounding_doubling_high_multiply(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
    const int64_t product = int64_t{a} * b;
    const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
    return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));  // towards zero
}

int32_t rounding_divide_by_power_of_two(int32_t x, int exponent) {
    CHECK(exponent >= 0 && exponent <= 31);
    const auto mask = static_cast<int32_t>((int64_t{1} << exponent) - 1);
    const int32_t rest = x & mask;
    const int32_t half = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (rest > half ? 1 : 0);
}

int32_t add_quantised(int32_t a, int32_t b, const Elementwise& e) {
    const float x = dequantise(a, e.scale_a, e.zero_a);
    const float y = dequantise(b, e.scale_b, e.zero_b);
    return quantise(x + y, e.scale_y, e.clamp);
}

int32_t multiply_quantised(int32_t a, int32_t b, const Elementwise& e) {
    const float x = dequantise(a, e.scale_a, e.zero_a);
    const float y = dequantise(b, e.scale_b, e.zero_b);
    return quantise(x * y, e.scale_y, e.clamp);
}

int32_t add_quantised_soft(int32_t a, int32_t b, const Elementwise& e) {
    const uint32_t x = bits_of(dequantise_soft(a, e.scale_a, e.zero_a));
    const uint32_t y = bits_of(dequantise_soft(b, e.scale_b, e.zero_b));
    return quantise_soft(float_of(soft_add(x, y)), e.scale_y, e.clamp);
}

int32_t multiply_quantised_soft(int32_t a, int32_t b, const Elementwise& e) {
    const uint32_t x = bits_of(dequantise_soft(a, e.scale_a, e.zero_a));
    const uint32_t y = bits_of(dequantise_soft(b, e.scale_b, e.zero_b));
    return quantise_soft(float_of(soft_multiply(x, y)), e.scale_y, e.clamp);
}

int64_t divide_rne(int64_t n, int64_t d) {
    CHECK(d > 0);
    const uint64_t size = n < 0 ? ~static_cast<uint64_t>(n) + 1 : static_cast<uint64_t>(n);
    const auto quotient = static_cast<uint64_t>(wide_divide_rne(size, static_cast<uint64_t>(d)));
    return static_cast<int64_t>(n < 0 ? ~quotient + 1 : quotient);
}

int64_t safe_terms(DataType a, DataType b) {
    const auto size = [](DataType type) {
        CHECK(type == DataType::u8 || type == DataType::s8);
        return type == DataType::u8 ? 255 : 128;
    };
    return int64_t{INT32_MAX} / (size(a) * size(b));
}

void softmax_row(
    std::span<const uint8_t> x,
    std::span<uint8_t> y,
    bool is_signed,
    std::span<const uint32_t, 256> exponentials,
    float scale_y,
    const Clamp& clamp) {
    CHECK(x.size() == y.size() && x.size() <= size_t{INT32_MAX});
    int32_t largest = INT32_MIN;
    for (const uint8_t byte : x) largest = std::max(largest, element(byte, is_signed));
    uint64_t sum = 0;
    for (const uint8_t byte : x) sum += exponentials[static_cast<size_t>(largest - element(byte, is_signed))];
    const Binary32Parts parts = soft_parts(bits_of(scale_y));
    CHECK(parts.mantissa != 0 && !parts.negative);
    const Uint128 divisor = static_cast<Uint128>(sum) * parts.mantissa;
    for (size_t i = 0; i < x.size(); ++i) {
        const uint32_t e = exponentials[static_cast<size_t>(largest - element(x[i], is_signed))];
        int64_t steps = 0;
        if (e != 0 && parts.exponent <= 0) {
            // from 2^100 on the quotient is at least 2^22 whatever the sum; it is saturated either way
            const int places = std::min(-parts.exponent, 100);
            const Uint128 quotient = wide_divide_rne(static_cast<Uint128>(e) << places, divisor);
            steps = static_cast<int64_t>(std::min<Uint128>(quotient, 1 << 20));
        }
        // where the exponent is positive s_y exceeds 2, and no share of one reaches half a step
        y[i] = static_cast<uint8_t>(std::clamp<int64_t>(steps + clamp.zero, clamp.low, clamp.high));
    }
}

LayerNormTerms layer_norm_terms(
    std::span<const float> gamma,
    std::span<const float> beta,
    float epsilon,
    float scale_x,
    float scale_y) {
    CHECK(gamma.size() == beta.size());
    LayerNormTerms terms;
    for (const float value : gamma) terms.gamma.push_back(fixed_quotient(value, scale_y));
    for (const float value : beta) terms.beta.push_back(fixed_quotient(value, scale_y));
    const Binary32Parts e = soft_parts(bits_of(epsilon));
    const Binary32Parts s = soft_parts(bits_of(scale_x));
    CHECK((!e.negative || e.mantissa == 0) && s.mantissa != 0);
    const Uint128 square = static_cast<Uint128>(s.mantissa) * s.mantissa;
    terms.epsilon = quotient_in_bits(e.mantissa, e.exponent, square, 2 * s.exponent, 48, Uint128{1} << 76);
    return terms;
}

void layer_norm_row(
    std::span<const uint8_t> x,
    std::span<uint8_t> y,
    bool is_signed,
    const LayerNormTerms& terms,
    const Clamp& clamp) {
    CHECK(x.size() == y.size() && x.size() == terms.gamma.size() && x.size() <= 65536);
    const auto count = static_cast<int64_t>(x.size());
    int64_t sum = 0;
    for (const uint8_t byte : x) sum += element(byte, is_signed);
    Uint128 squares = 0;
    for (const uint8_t byte : x) {
        const int64_t deviation = count * element(byte, is_signed) - sum;
        squares += static_cast<Uint128>(deviation * deviation);
    }
    const auto wide_count = static_cast<Uint128>(x.size());
    const Uint128 variance = x.empty() ? 0 : (squares << 48) / wide_count + terms.epsilon * wide_count * wide_count;
    const uint64_t root = wide_square_root(variance);
    const auto inverse = root == 0 ? Int128{0} : static_cast<Int128>(wide_divide_rne(Uint128{1} << 88, root));
    for (size_t i = 0; i < x.size(); ++i) {
        const int64_t deviation = count * element(x[i], is_signed) - sum;
        const Int128 value = terms.gamma[i] * (deviation * inverse) + (static_cast<Int128>(terms.beta[i]) << 64);
        const auto size = static_cast<Uint128>(value < 0 ? -value : value);
        const auto steps = static_cast<int64_t>(wide_divide_rne(size, Uint128{1} << 88));
        y[i] =
            static_cast<uint8_t>(std::clamp<int64_t>((value < 0 ? -steps : steps) + clamp.zero, clamp.low, clamp.high));
    }
}

}  // namespace chipchain
