// Small random models for comparing the engine with its naive twin. The same seed gives the same model on every
// machine. Times are small whole minutes most of the time, so that events tie on purpose. Every model compiles without
// errors.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "chipchain/spec/spec.h"

namespace chipchain::testing {

[[nodiscard]] Spec generate_model(uint64_t seed);

// The features a model uses, as words: "switch down_lot=restart", "rank key atc", "process erlang", "rework", ...
[[nodiscard]] std::set<std::string> features_of(const Spec& spec);

// Every word features_of() may return; a test asserts that the generator reaches them all.
[[nodiscard]] std::set<std::string> all_features();

}  // namespace chipchain::testing
