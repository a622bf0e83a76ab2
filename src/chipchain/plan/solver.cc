#include "chipchain/plan/solver.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/plan/clp_solver.h"
#include "chipchain/plan/highs_solver.h"

namespace chipchain {

std::string_view to_string(SolveStatus status) {
    switch (status) {
        case SolveStatus::optimal:
            return "optimal";
        case SolveStatus::infeasible:
            return "infeasible";
        case SolveStatus::unbounded:
            return "unbounded";
        case SolveStatus::limit:
            return "limit";
        case SolveStatus::failed:
            return "failed";
    }
    return "";
}

namespace {

// Without columns there is nothing to decide.
LpSolution solve_empty(const LinearProgram& program) {
    LpSolution solution;
    solution.status = SolveStatus::optimal;
    for (int32_t row = 0; row < program.rows(); ++row) {
        if (program.row_lower()[static_cast<size_t>(row)] > 0 || program.row_upper()[static_cast<size_t>(row)] < 0) {
            solution.status = SolveStatus::infeasible;
            return solution;
        }
    }
    solution.objective = program.offset();
    solution.row_activities.assign(static_cast<size_t>(program.rows()), 0);
    solution.row_duals = solution.row_activities;
    solution.basis.rows.assign(static_cast<size_t>(program.rows()), BasisStatus::basic);
    return solution;
}

}  // namespace

void Solver::load(LinearProgram program) {
    program_ = std::move(program);
    program_.finish();
    basis_ = {};
    pass_program();
}

void Solver::set_cost(ColumnIndex column, double cost) {
    program_.set_cost(column, cost);
    pass_cost(static_cast<int32_t>(column.value));
}

void Solver::set_column_bounds(ColumnIndex column, double lower, double upper) {
    program_.set_column_bounds(column, lower, upper);
    pass_column_bounds(static_cast<int32_t>(column.value));
}

void Solver::set_row_bounds(RowIndex row, double lower, double upper) {
    program_.set_row_bounds(row, lower, upper);
    pass_row_bounds(static_cast<int32_t>(row.value));
}

LpSolution Solver::solve(const SolveOptions& options) {
    CHECK(options.mip_start.empty() || options.mip_start.size() == program_.cost().size());
    LpSolution solution =
        program_.columns() == 0 ? solve_empty(program_) : solve_program(options, options.warm ? basis_ : Basis{});
    if (solution.status == SolveStatus::unbounded || solution.status == SolveStatus::failed) {
        // a ray proves nothing where there is no point to start from
        solution.status = has_point(options) ? solution.status : SolveStatus::infeasible;
    }
    solution.solver = name();
    if (!program_.has_integers() || options.relax) {
        solution.best_bound = solution.objective;
        solution.mip_gap = 0;
    }
    if (!solution.basis.empty()) {
        basis_ = solution.basis;
    }
    return solution;
}

bool Solver::has_point(const SolveOptions& options) {
    LinearProgram without_costs = program_;
    for (int32_t column = 0; column < program_.columns(); ++column) {
        without_costs.set_cost(ColumnIndex(column), 0);
    }
    std::swap(program_, without_costs);
    pass_program();
    const SolveStatus status = solve_program(options, {}).status;
    std::swap(program_, without_costs);
    pass_program();
    return status != SolveStatus::infeasible;
}

void Solver::set_basis(Basis basis) {
    CHECK(
        basis.empty() ||
        (basis.columns.size() == program_.cost().size() && basis.rows.size() == static_cast<size_t>(program_.rows())));
    basis_ = std::move(basis);
}

bool has_highs() { return make_highs_solver() != nullptr; }

std::unique_ptr<Solver> make_solver(SolverKind kind) {
    if (kind != SolverKind::clp) {
        std::unique_ptr<Solver> solver = make_highs_solver();
        CHECK(solver != nullptr || kind == SolverKind::automatic);
        if (solver != nullptr) {
            return solver;
        }
    }
    return make_clp_solver();
}

LpSolution solve_with_integers_fixed(Solver& solver, const LpSolution& solution, const SolveOptions& options) {
    const LinearProgram& program = solver.program();
    CHECK(solution.primal.size() == program.cost().size());
    std::vector<std::pair<double, double>> bounds(solution.primal.size());
    for (size_t column = 0; column < bounds.size(); ++column) {
        if (program.integer()[column] != 0) {
            bounds[column] = {program.column_lower()[column], program.column_upper()[column]};
            const double whole = std::round(solution.primal[column]);
            solver.set_column_bounds(ColumnIndex(column), whole, whole);
        }
    }
    SolveOptions relaxed = options;
    relaxed.relax = true;
    LpSolution priced = solver.solve(relaxed);
    for (size_t column = 0; column < bounds.size(); ++column) {
        if (program.integer()[column] != 0) {
            solver.set_column_bounds(ColumnIndex(column), bounds[column].first, bounds[column].second);
        }
    }
    return priced;
}

}  // namespace chipchain
