// Why a program has no solution: a smallest set of named groups of rows that cannot hold together (an irreducible
// infeasible subsystem over groups), for words such as "the minimum of contract A and the capacity of fab B in week 7".
//
// Method: the elastic program (Brown and Graves 1975) gives every row of a group slacks that cost; groups without a
// price in its optimum cannot matter; of the rest one after the other is let go, and stays away if the others still
// contradict each other (deletion filter: Chinneck and Dravnieks, ORSA J. Computing 3(2), 1991). Every solve starts
// from the basis of the one before.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "chipchain/plan/linear_program.h"
#include "chipchain/plan/solver.h"

namespace chipchain {

struct RowGroup {
    std::string name;
    std::vector<RowIndex> rows;  // a row is in one group at most
};

struct Conflict {
    // optimal: decided; otherwise what stopped the solver, and the rest is empty
    SolveStatus status = SolveStatus::failed;
    bool infeasible = false;  // the rows contradict each other; integer columns are let be fractional
    bool hard = false;        // even the rows without a group and the bounds of columns do; groups is empty then
    std::vector<size_t>
        groups;  // the smallest set found, in the order given: without any one of them there is a solution
    std::vector<double> broken;  // per group: what its rows are broken by together, at the least sum of relative breaks
    int solves = 0;
};

// Finds one conflict; there may be others. Rows in no group and the bounds of columns always hold.
Conflict find_conflict(
    const LinearProgram& program,
    std::span<const RowGroup> groups,
    SolverKind kind = SolverKind::automatic,
    double tolerance = 1e-6);

}  // namespace chipchain
