// Our own check of what a solver returns, from the program's figures alone: for a linear program the optimality
// conditions of Karush, Kuhn and Tucker (bounds kept, signs of duals, complementarity, equal objectives), for an
// integer program whole columns and a bound that matches. A solution that passes is optimal whoever found it.
#pragma once

#include <string>

#include "chipchain/plan/linear_program.h"
#include "chipchain/plan/solver.h"

namespace chipchain {

// The largest error of each kind. Errors are relative to the terms they are made of: those of a row to
// 1 + max(|its bound|, |a_ij x_j|), those of a column's bounds to 1 + |x_j|, of duals to 1 + max(|c_j|, |a_ij y_i|), of
// objectives to 1 + |objective|. Infinite if a figure is missing or not a number.
struct SolutionCheck {
    double primal = 0;           // a bound of a row or column is broken
    double activity = 0;         // row_activities are not A x
    double integrality = 0;      // an integer column is not whole; absolute
    double objective = 0;        // objective is not offset + cost . x
    double stationarity = 0;     // reduced_costs are not cost - A' row_duals
    double dual = 0;             // a price towards a bound that does not exist
    double complementarity = 0;  // |price| * distance from the bound it belongs to
    double gap = 0;     // primal less dual objective; of an integer program: less best_bound, less what was allowed
    std::string fault;  // empty, or which of these is the first beyond the tolerance, with its figure
    [[nodiscard]] bool good() const { return fault.empty(); }
};

// Solvers take a dual for zero below this, relative as above: HiGHS's and CLP's dual feasibility tolerance.
inline constexpr double kDualTolerance = 1e-7;

struct CheckOptions {
    double tolerance = 1e-6;
    double mip_gap = 1e-4;        // the one that was asked for
    bool integers_fixed = false;  // the duals are of the program with its integer columns fixed where they are
};

// Checks a solution with a point. Duals are checked if the status is optimal and there are some; for integers without
// duals the gap is checked against `mip_gap`. A status without a point is a fault by itself: "infeasible".
SolutionCheck
check_solution(const LinearProgram& program, const LpSolution& solution, const CheckOptions& options = {});

}  // namespace chipchain
