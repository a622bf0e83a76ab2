// COIN-OR CLP (LPs) and CBC (integers) behind Solver: the fallback where HiGHS cannot be had, and the referee in tests.
#pragma once

#include <memory>

#include "chipchain/plan/solver.h"

namespace chipchain {

std::unique_ptr<Solver> make_clp_solver();

}  // namespace chipchain
