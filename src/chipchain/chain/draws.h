// Counts and places drawn for a lot at a stage boundary, each from the address of its own step: the fate of a lot
// depends on nothing that was drawn before it.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

// The words of one step of one lot.
class FlowDraw {
 public:
    FlowDraw(const RandomSource& source, Purpose purpose, uint32_t stage, uint32_t lot, uint32_t step)
        : FlowDraw(source, purpose, lot, uint64_t{stage} << 40 | uint64_t{step} << 24) {}
    // The words at indices base, base + 1 ... of an entity. REQUIRES that the low 24 bits of base are 0.
    FlowDraw(const RandomSource& source, Purpose purpose, uint32_t entity, uint64_t base)
        : source_(source), purpose_(purpose), entity_(entity), base_(base) {}

    RandomWords words() { return source_.draw(purpose_, entity_, base_ | number_++); }
    // Uniform in (0, 1).
    double uniform() {
        const RandomWords w = words();
        return unit_open(wide(w.word[0], w.word[1]));
    }
    // Uniform in 0..n-1, by the high half of a product: its bias is below n / 2^64. REQUIRES n > 0.
    uint64_t below(uint64_t n) {
        if (!half_) spare_ = words();
        const uint64_t bits = half_ ? wide(spare_.word[2], spare_.word[3]) : wide(spare_.word[0], spare_.word[1]);
        half_ = !half_;
        return static_cast<uint64_t>(static_cast<Uint128>(bits) * n >> 64);
    }

 private:
    RandomSource source_;
    Purpose purpose_;
    uint32_t entity_;
    uint64_t base_;
    uint32_t number_ = 0;  // below 2^24
    bool half_ = false;
    RandomWords spare_{};
};

// A binomial number of n trials with probability p: inversion below a mean of 10, else the transformed rejection BTRS
// (Hormann, J. Stat. Comput. Simul. 46, 1993). Exact up to rounding of doubles. REQUIRES 0 <= p <= 1.
[[nodiscard]] uint64_t binomial_draw(FlowDraw& draw, uint64_t n, double p);

// `count` different numbers of 0..n-1 in random order. REQUIRES count <= n.
void choose_places(FlowDraw draw, uint64_t n, uint64_t count, std::vector<uint64_t>& out);

}  // namespace chipchain
