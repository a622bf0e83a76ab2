// The part of the model generator that makes a line change while it runs; see model_generator.h.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/spec/spec.h"

namespace chipchain::testing {

class Dice {
 public:
    explicit Dice(uint64_t seed) : random_{seed, 0} {}

    // Uniform in [low, high].
    int64_t between(int64_t low, int64_t high) {
        const uint64_t word = random_.draw(Purpose::generate, 0, next_++).word[0];
        return low + static_cast<int64_t>(word * static_cast<uint64_t>(high - low + 1) >> 32);
    }
    bool percent(int64_t p) { return between(0, 99) < p; }
    template <class T>
    const T& one_of(const std::vector<T>& values) {
        return values[static_cast<size_t>(between(0, static_cast<int64_t>(values.size()) - 1))];
    }
    template <class Enum>
    Enum choice(Enum last) {
        return static_cast<Enum>(between(0, static_cast<int64_t>(last)));
    }

 private:
    RandomSource random_;
    uint64_t next_ = 0;
};

// Adds installs, shifts, shutdowns, ramped releases, learning curves and engineering lots, some of each.
void add_ramp(Dice& dice, Spec& spec);

// Names of what add_ramp() put into a model, and of all it can put there.
void add_ramp_features(const Spec& spec, std::set<std::string>& out);
[[nodiscard]] std::set<std::string> all_ramp_features();

}  // namespace chipchain::testing
