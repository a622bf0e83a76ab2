// Durations drawn from keyed random bits. A draw is a pure function of (distribution, bits), in ticks, never negative.
// Sources: inverse transform for uniform (Lemire's multiply-shift), exponential, triangular; lognormal by Wichura
// AS241; erlang as a sum of exponentials (Law & Kelton, Simulation Modeling and Analysis, ch. 8).
#pragma once

#include <cstdint>

#include "chipchain/base/random.h"
#include "chipchain/base/time.h"
#include "chipchain/spec/spec.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

// Compiled form. constant: low. uniform: low + [0, span]. exponential: mean in low. others: low mean, span second
// value.
struct Distribution {
    Time low = 0;
    Time span = 0;
    DistKind kind = DistKind::constant;

    [[nodiscard]] Time mean() const;
    // An upper bound of every draw, at most kLongest but for uniform; the draws of the other kinds are cut there.
    [[nodiscard]] Time most() const;
};

// Compiles a duration; `spread` halves the half width for simulators that read it as the full width.
[[nodiscard]] Distribution compile_duration(const DurationSpec& spec, UniformSpread spread);

// Constant and uniform from 32 bits: low + floor((span + 1) * word / 2^32). REQUIRES kind constant or uniform.
[[nodiscard]] inline Time draw_simple(const Distribution& d, uint32_t word) {
    return d.low + static_cast<Time>((static_cast<Uint128>(static_cast<uint64_t>(d.span) + 1) * word) >> 32);
}

// Any kind from 64 bits, rounded to the nearest tick. Constant and uniform use the high 32 bits as draw_simple() does;
// an erlang expands its bits with SplitMix64. No draw of the other kinds is longer than kLongest.
[[nodiscard]] Time draw_general(const Distribution& d, uint64_t bits);

// The duration of lot number `lot`, visit `visit`: simple kinds use `word` (one of the four words of that visit's
// Purpose::lot_step draw), others draw Purpose::lot_extra and use words {0,1} for transport, {2,3} for process.
[[nodiscard]] inline bool is_simple(const Distribution& d) {
    return d.kind == DistKind::constant || d.kind == DistKind::uniform;
}

}  // namespace chipchain
