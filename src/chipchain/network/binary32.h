// IEEE 754 binary32 in integers alone, round to nearest, ties to even: what a chip without a float unit would build,
// and the second implementation that the hardware floats of numerics.cc are compared with. Arguments and results are
// bit patterns; every NaN that is returned is 0x7fc00000. Subnormal numbers are kept.
#pragma once

#include <bit>
#include <cstdint>

#include "chipchain/stats/wide.h"

namespace chipchain {

inline constexpr uint32_t kQuietNan = 0x7fc00000U;

// A finite number as (-1)^negative * mantissa * 2^exponent, exactly; mantissa below 2^24, exponent at least -149.
struct Binary32Parts {
    bool negative = false;
    uint32_t mantissa = 0;
    int exponent = 0;
};
[[nodiscard]] bool soft_is_nan(uint32_t bits);
[[nodiscard]] bool soft_is_infinite(uint32_t bits);
// REQUIRES a finite number.
[[nodiscard]] Binary32Parts soft_parts(uint32_t bits);
// The binary32 nearest to (-1)^negative * magnitude * 2^exponent; infinity from 2^128 - 2^103 on.
[[nodiscard]] uint32_t soft_pack(bool negative, Uint128 magnitude, int exponent);

[[nodiscard]] uint32_t soft_from_integer(int64_t value);
[[nodiscard]] uint32_t soft_add(uint32_t a, uint32_t b);
[[nodiscard]] uint32_t soft_multiply(uint32_t a, uint32_t b);
[[nodiscard]] uint32_t soft_divide(uint32_t a, uint32_t b);
// The integer nearest to a number, ties to even, limited to [low, high]; NaN gives low.
[[nodiscard]] int64_t soft_round(uint32_t bits, int64_t low, int64_t high);

// n / d rounded to nearest, ties to even. REQUIRES d > 0 and n < 2^127.
[[nodiscard]] Uint128 wide_divide_rne(Uint128 n, Uint128 d);
// floor(sqrt(n)).
[[nodiscard]] uint64_t wide_square_root(Uint128 n);

}  // namespace chipchain
