// Runs one model in the engine and in its naive twin and tells where they differ; reduces a model that tells them
// apart.
#pragma once

#include <string>

#include "chipchain/spec/spec.h"

namespace chipchain::testing {

// One line per number that differs, "" when both agree. Compares the engine with and without fast paths as well, and
// asks check_identities(). A model that does not compile is a disagreement of the kind "does not compile: ...".
[[nodiscard]] std::string disagreement(const Spec& spec);

// The smallest model found by dropping rows and setting fields to their defaults while a disagreement stays.
[[nodiscard]] Spec shrink(const Spec& spec);

// disagreement(), the shrunk model as files, and the first event that differs in it.
[[nodiscard]] std::string report_disagreement(const Spec& spec);

}  // namespace chipchain::testing
