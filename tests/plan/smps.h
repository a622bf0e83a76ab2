// Reads a two-stage stochastic program in SMPS form (Birge et al., COAL Newsletter 17, 1987: core, time and stoch file)
// and writes out its extensive form: one program with a copy of the second stage per scenario. Only what the published
// instances of the tests use: upper bounds, and scenarios that change coefficients.
#pragma once

#include <filesystem>

#include "chipchain/plan/linear_program.h"

namespace chipchain::testing {

// `stem`: the files are stem.cor, stem.tim and stem.sto. REQUIRES they are well-formed.
LinearProgram extensive_form(const std::filesystem::path& stem);

}  // namespace chipchain::testing
