// Scales a program for the solver: chips by the hundred million beside wafers by the thousand and prices of a tenth of
// a cent make absolute tolerances of 1e-7 meaningless. Columns count in units that the caller knows (lots), rows are
// divided by their largest coefficient, money counts in units of the largest cost; all factors are powers of two, so
// scaling itself rounds nothing.
#pragma once

#include <vector>

#include "chipchain/plan/linear_program.h"
#include "chipchain/plan/solver.h"

namespace chipchain {

struct Scaling {
    std::vector<double> column;  // x = column * x'
    std::vector<double> row;     // row' = row * row
    double cost = 1;             // cost' = cost * cost
};

// unit: the size of one of each column, > 0; columns beyond its end have 1. Integer columns keep their size.
// REQUIRES program.finished().
[[nodiscard]] Scaling scaling_of(const LinearProgram& program, const std::vector<double>& unit);
[[nodiscard]] LinearProgram scaled(const LinearProgram& program, const Scaling& scaling);
// The solution of the scaled program in the figures of the program it came from.
void unscale(LpSolution& solution, const Scaling& scaling);

}  // namespace chipchain
