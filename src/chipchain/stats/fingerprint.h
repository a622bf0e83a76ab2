// A 64-bit hash of a trajectory: two runs are the same run if and only if (up to chance) they print the same digits.
//
// add() is called once per event, so it must cost about two nanoseconds; and a difference in one event must never be
// washed out by the events after it. Both follow from the shape
//     h' = (rotl(h, 23) ^ fold(a, b)) * odd constant
// where fold is the 64 x 64 -> 128 bit multiplication of wyhash, with its halves and its inputs xored together:
//   1. For fixed (a, b) the step is a bijection of h: two states that differ stay different for ever when the same
//      events follow.
//   2. fold does not depend on h, so that only a rotation, an xor and a multiplication form the chain from event to
//      event; the slow part of successive events overlaps.
//   3. The order of events matters, and so does the order of a and b.
// The definition below is frozen: fingerprints in commit messages and in reports compare across versions. A change is
// a new name, not a new body. It is no cryptographic hash. Cost measured by fingerprint.perf.cc.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include "chipchain/stats/wide.h"

namespace chipchain {

struct Fingerprint {
    uint64_t h = 0x9e3779b97f4a7c15;  // the running state; compare value(), not this

    // Adds one event, described by two words of any meaning. Zero words count as well: add(0, 0) changes the value.
    void add(uint64_t a, uint64_t b) {
        const uint64_t x = a ^ 0xa0761d6478bd642f;
        const uint64_t y = b ^ 0xe7037ed1a0b428db;
        const Uint128 product = static_cast<Uint128>(x) * y;
        // the inputs are xored in, because a factor of zero would otherwise hide the other one
        const uint64_t fold =
            static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64) ^ a ^ std::rotl(b, 32);
        h = (std::rotl(h, 23) ^ fold) * 0x9fb21c651e98df25;
    }

    // Returns the fingerprint of what was added so far: the state through the finaliser of MurmurHash3 (Appleby,
    // fmix64), so that every added bit reaches every bit of the value.
    uint64_t value() const {
        uint64_t v = h;
        v = (v ^ (v >> 33)) * 0xff51afd7ed558ccd;
        v = (v ^ (v >> 33)) * 0xc4ceb9fe1a85ec53;
        return v ^ (v >> 33);
    }

    // Returns value() as 16 lower-case hexadecimal digits.
    std::string hex() const {
        std::string text(16, '0');
        uint64_t v = value();
        for (std::size_t i = 16; i-- > 0; v >>= 4) {
            text[i] = "0123456789abcdef"[v & 15];
        }
        return text;
    }

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

}  // namespace chipchain
