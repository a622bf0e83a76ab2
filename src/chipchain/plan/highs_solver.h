// HiGHS (MIT licence, highs.dev) behind Solver, by its C interface: that is the same for every compiler and C++ ABI.
// Cold LPs by its interior point method IPX with crossover, warm ones by dual simplex, integers by branch and cut.
#pragma once

#include <memory>

#include "chipchain/plan/solver.h"

namespace chipchain {

// Null when the build did not find HiGHS (cmake/solvers.cmake).
std::unique_ptr<Solver> make_highs_solver();

}  // namespace chipchain
