#include "chipchain/network/binary32.h"

#include <algorithm>

#include "chipchain/base/check.h"

namespace chipchain {
namespace {

constexpr uint32_t kSign = 0x80000000U;
constexpr uint32_t kInfinity = 0x7f800000U;

int width(Uint128 value) {
    const auto high = static_cast<uint64_t>(value >> 64);
    return static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<uint64_t>(value)));
}

uint32_t sign_of(bool negative) { return negative ? kSign : 0; }

// value / 2^shift, ties to even; 0 <= shift < 128
Uint128 shift_rne(Uint128 value, int shift) {
    if (shift == 0) return value;
    const Uint128 kept = value >> shift;
    const Uint128 rest = value - (kept << shift);
    const Uint128 half = Uint128{1} << (shift - 1);
    return kept + ((rest > half || (rest == half && (kept & 1) != 0)) ? 1 : 0);
}

}  // namespace

bool soft_is_nan(uint32_t bits) { return (bits & ~kSign) > kInfinity; }
bool soft_is_infinite(uint32_t bits) { return (bits & ~kSign) == kInfinity; }

Binary32Parts soft_parts(uint32_t bits) {
    const uint32_t field = bits >> 23 & 0xffU;
    const uint32_t fraction = bits & 0x7fffffU;
    CHECK(field != 0xffU);
    if (field == 0) return {(bits & kSign) != 0, fraction, -149};
    return {(bits & kSign) != 0, fraction | 0x800000U, static_cast<int>(field) - 150};
}

uint32_t soft_pack(bool negative, Uint128 magnitude, int exponent) {
    if (magnitude == 0) return sign_of(negative);
    // keep 24 bits, or fewer where the smallest exponent is reached
    const int shift = std::max(width(magnitude) - 24, -149 - exponent);
    if (shift >= 128) return sign_of(negative);
    const auto mantissa = static_cast<uint32_t>(shift >= 0 ? shift_rne(magnitude, shift) : magnitude << -shift);
    // a subnormal number has the field 0; a mantissa of 2^24 carries into the field by itself
    const int field = exponent + shift + 150;
    if (mantissa < 0x800000U) return sign_of(negative) | mantissa;
    if (field >= 0xff) return sign_of(negative) | kInfinity;
    const uint32_t bits = (static_cast<uint32_t>(field) << 23) + (mantissa - 0x800000U);
    return sign_of(negative) | std::min(bits, kInfinity);
}

uint32_t soft_from_integer(int64_t value) {
    const auto bits = static_cast<uint64_t>(value);
    return soft_pack(value < 0, value < 0 ? ~bits + 1 : bits, 0);
}

uint32_t soft_add(uint32_t a, uint32_t b) {
    if (soft_is_nan(a) || soft_is_nan(b)) return kQuietNan;
    if (soft_is_infinite(a)) return soft_is_infinite(b) && a != b ? kQuietNan : a;
    if (soft_is_infinite(b)) return b;
    Binary32Parts large = soft_parts(a);
    Binary32Parts small = soft_parts(b);
    // zeros: only -0 + -0 is negative
    if (large.mantissa == 0 && small.mantissa == 0) return a & b;
    if (large.mantissa == 0) return b;
    if (small.mantissa == 0) return a;
    if (large.exponent < small.exponent) std::swap(large, small);
    // beyond 60 places the smaller one only says on which side of a tie the sum lies: one unit says as much
    const int distance = large.exponent - small.exponent;
    const int places = std::min(distance, 60);
    Int128 sum = static_cast<Int128>(large.mantissa) << places;
    const Int128 other = distance > 60 ? 1 : static_cast<Int128>(small.mantissa);
    sum += small.negative == large.negative ? other : -other;
    if (sum == 0) return 0;
    const bool negative = (sum < 0) != large.negative;
    return soft_pack(negative, static_cast<Uint128>(sum < 0 ? -sum : sum), large.exponent - places);
}

uint32_t soft_multiply(uint32_t a, uint32_t b) {
    if (soft_is_nan(a) || soft_is_nan(b)) return kQuietNan;
    const uint32_t sign = (a ^ b) & kSign;
    if (soft_is_infinite(a) || soft_is_infinite(b)) {
        return (a & ~kSign) == 0 || (b & ~kSign) == 0 ? kQuietNan : sign | kInfinity;
    }
    const Binary32Parts x = soft_parts(a);
    const Binary32Parts y = soft_parts(b);
    return soft_pack(sign != 0, static_cast<Uint128>(x.mantissa) * y.mantissa, x.exponent + y.exponent);
}

uint32_t soft_divide(uint32_t a, uint32_t b) {
    if (soft_is_nan(a) || soft_is_nan(b)) return kQuietNan;
    const uint32_t sign = (a ^ b) & kSign;
    if (soft_is_infinite(a)) return soft_is_infinite(b) ? kQuietNan : sign | kInfinity;
    if (soft_is_infinite(b)) return sign;
    const Binary32Parts x = soft_parts(a);
    const Binary32Parts y = soft_parts(b);
    if (y.mantissa == 0) return x.mantissa == 0 ? kQuietNan : sign | kInfinity;
    // at least 40 bits of quotient, and a last bit that says whether there is a rest
    const Uint128 numerator = static_cast<Uint128>(x.mantissa) << 64;
    const Uint128 quotient = numerator / y.mantissa;
    const Uint128 rest = numerator % y.mantissa;
    return soft_pack(sign != 0, quotient << 1 | (rest != 0 ? 1 : 0), x.exponent - y.exponent - 65);
}

int64_t soft_round(uint32_t bits, int64_t low, int64_t high) {
    if (soft_is_nan(bits)) return low;
    const bool negative = (bits & kSign) != 0;
    if (soft_is_infinite(bits)) return negative ? low : high;
    const Binary32Parts parts = soft_parts(bits);
    if (parts.mantissa == 0) return std::clamp<int64_t>(0, low, high);
    if (parts.exponent > 38) return negative ? low : high;  // beyond 2^61
    const auto size = static_cast<int64_t>(
        parts.exponent >= 0 ? static_cast<Uint128>(parts.mantissa) << parts.exponent
                            : shift_rne(parts.mantissa, std::min(-parts.exponent, 127)));
    return std::clamp(negative ? -size : size, low, high);
}

Uint128 wide_divide_rne(Uint128 n, Uint128 d) {
    const Uint128 quotient = n / d;
    const Uint128 rest = n - quotient * d;
    const Uint128 above = d - rest;  // compares the rest with half of d without doubling it
    return quotient + ((rest > above || (rest == above && (quotient & 1) != 0)) ? 1 : 0);
}

uint64_t wide_square_root(Uint128 n) {
    // bit by bit from the top: exact, no float
    Uint128 root = 0;
    for (int bit = (width(n) + 1) / 2; bit >= 0 && n != 0; --bit) {
        const Uint128 next = root | Uint128{1} << bit;
        if (bit < 64 && next <= ~uint64_t{0} && next * next <= n) root = next;
    }
    return static_cast<uint64_t>(root);
}

}  // namespace chipchain
