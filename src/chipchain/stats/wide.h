// A 128-bit signed integer for exact sums of ticks. Both compilers have it; ISO C++ does not name it.
#pragma once

#include <cstdint>

namespace chipchain {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

// Returns the double nearest to a / b; 0 for b = 0. Two roundings: relative error <= 3.4e-16.
inline double ratio(Int128 a, Int128 b) { return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b); }

}  // namespace chipchain
