#include "chipchain/plan/clp_solver.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <utility>

#include <CbcConfig.h>
#include <ClpConfig.h>
#include <CbcHeuristic.hpp>
#include <CbcModel.hpp>
#include <CglGomory.hpp>
#include <CglMixedIntegerRounding2.hpp>
#include <CglProbing.hpp>
#include <ClpSimplex.hpp>
#include <ClpSolve.hpp>
#include <OsiClpSolverInterface.hpp>

#include "chipchain/plan/check_solution.h"

namespace chipchain {

namespace {

// COIN-OR's infinity is the largest double.
double coin(double bound) { return std::clamp(bound, -DBL_MAX, DBL_MAX); }

std::vector<double> coin(std::span<const double> bounds) {
    std::vector<double> out(bounds.size());
    std::transform(bounds.begin(), bounds.end(), out.begin(), [](double bound) { return coin(bound); });
    return out;
}

// ClpSimplex::Status of BasisStatus, in its order.
ClpSimplex::Status clp_status(BasisStatus status) {
    switch (status) {
        case BasisStatus::lower:
            return ClpSimplex::atLowerBound;
        case BasisStatus::basic:
            return ClpSimplex::basic;
        case BasisStatus::upper:
            return ClpSimplex::atUpperBound;
        case BasisStatus::free:
            return ClpSimplex::isFree;
    }
    return ClpSimplex::atLowerBound;
}

BasisStatus basis_status(ClpSimplex::Status status) {
    switch (status) {
        case ClpSimplex::basic:
            return BasisStatus::basic;
        case ClpSimplex::atUpperBound:
            return BasisStatus::upper;
        case ClpSimplex::isFree:
        case ClpSimplex::superBasic:
            return BasisStatus::free;
        case ClpSimplex::atLowerBound:
        case ClpSimplex::isFixed:
            return BasisStatus::lower;
    }
    return BasisStatus::lower;
}

class ClpSolver final : public Solver {
 public:
    ClpSolver() { clp_.setLogLevel(0); }

    [[nodiscard]] std::string name() const override {
        const std::string clp = std::string("CLP ") + CLP_VERSION;
        return program().has_integers() ? clp + ", CBC " + CBC_VERSION : clp;
    }

 private:
    void pass_program() override {
        const LinearProgram& lp = program();
        clp_ = ClpSimplex();
        clp_.setLogLevel(0);
        clp_.loadProblem(
            lp.columns(),
            lp.rows(),
            lp.starts().data(),
            lp.row_indices().data(),
            lp.values().data(),
            coin(lp.column_lower()).data(),
            coin(lp.column_upper()).data(),
            lp.cost().data(),
            coin(lp.row_lower()).data(),
            coin(lp.row_upper()).data());
        clp_.setObjectiveOffset(-lp.offset());
        held_ = {};
    }

    void pass_cost(int32_t column) override {
        clp_.setObjectiveCoefficient(column, program().cost()[static_cast<size_t>(column)]);
    }

    void pass_column_bounds(int32_t column) override {
        const auto at = static_cast<size_t>(column);
        clp_.setColumnBounds(column, coin(program().column_lower()[at]), coin(program().column_upper()[at]));
    }

    void pass_row_bounds(int32_t row) override {
        const auto at = static_cast<size_t>(row);
        clp_.setRowBounds(row, coin(program().row_lower()[at]), coin(program().row_upper()[at]));
    }

    LpSolution solve_program(const SolveOptions& options, const Basis& basis) override {
        return program().has_integers() && !options.relax ? solve_mixed(options) : solve_linear(options, basis);
    }

    LpSolution solve_linear(const SolveOptions& options, const Basis& basis) {
        clp_.setMaximumSeconds(std::isfinite(options.time_limit_s) ? options.time_limit_s : -1.0);
        int64_t iterations = 0;
        if (basis.empty()) {
            // interior point as well: CLP's barrier aborts the program on some small ones, and is hardly faster on
            // plans
            clp_.allSlackBasis(true);
            ClpSolve how;
            how.setSolveType(ClpSolve::useDual);
            how.setPresolveType(ClpSolve::presolveOn);
            clp_.initialSolve(how);
            iterations += clp_.numberIterations();
        } else {
            start_from(basis);
            clp_.dual();
            iterations += clp_.numberIterations();
        }
        if (clp_.status() == 1 || clp_.status() == 2 || clp_.status() == 4) {
            settle();
            iterations += clp_.numberIterations();
        }
        return read_solution(iterations);
    }

    // CLP's verdict on a program without an optimum is not to be relied on: it calls some infeasible that are
    // unbounded, and gives up on some that would be both. Whether there is a point at all is told by the program
    // without costs.
    void settle() {
        for (int32_t column = 0; column < program().columns(); ++column) {
            clp_.setObjectiveCoefficient(column, 0);
        }
        clp_.allSlackBasis(true);
        clp_.primal();
        const bool point = clp_.status() == 0;
        for (int32_t column = 0; column < program().columns(); ++column) {
            pass_cost(column);
        }
        if (point) {
            clp_.primal();
            clp_.setProblemStatus(clp_.status() == 1 ? 2 : clp_.status());
        }
    }

    void start_from(const Basis& basis) {
        if (basis == held_) {
            return;
        }
        clp_.createStatus();
        for (size_t at = 0; at < basis.columns.size(); ++at) {
            clp_.setColumnStatus(static_cast<int>(at), clp_status(basis.columns[at]));
        }
        for (size_t at = 0; at < basis.rows.size(); ++at) {
            clp_.setRowStatus(static_cast<int>(at), clp_status(basis.rows[at]));
        }
    }

    LpSolution read_solution(int64_t iterations) {
        LpSolution solution;
        solution.iterations = iterations;
        held_ = {};
        switch (clp_.status()) {
            case 0:
                solution.status = SolveStatus::optimal;
                break;
            case 1:
                solution.status = SolveStatus::infeasible;
                break;
            case 2:
                solution.status = SolveStatus::unbounded;
                break;
            case 3:
                solution.status = SolveStatus::limit;
                break;
            default:
                solution.status = SolveStatus::failed;
        }
        if (solution.status != SolveStatus::optimal) {
            return solution;
        }
        const auto columns = static_cast<size_t>(program().columns());
        const auto rows = static_cast<size_t>(program().rows());
        const auto copy = [](const double* from, size_t count) { return std::vector<double>(from, from + count); };
        solution.objective = clp_.objectiveValue();
        solution.primal = copy(clp_.primalColumnSolution(), columns);
        // CLP's own has figures of rows that presolve took away
        solution.row_activities = program().row_activities(solution.primal);
        solution.row_duals = copy(clp_.dualRowSolution(), rows);
        solution.reduced_costs = copy(clp_.dualColumnSolution(), columns);
        for (size_t at = 0; at < columns; ++at) {
            solution.basis.columns.push_back(basis_status(clp_.getColumnStatus(static_cast<int>(at))));
        }
        for (size_t at = 0; at < rows; ++at) {
            solution.basis.rows.push_back(basis_status(clp_.getRowStatus(static_cast<int>(at))));
        }
        held_ = solution.basis;
        return solution;
    }

    // By CbcModel itself. CBC's driver (CbcMain, behind its C interface) reports wrong bounds and aborts the program on
    // some small programs (Debian's 2.10.8: assertion in OsiClpSolverInterface::crunch).
    LpSolution solve_mixed(const SolveOptions& options) {
        const LinearProgram& lp = program();
        // CBC does not tell an unbounded relaxation from an infeasible one
        LpSolution root = solve_linear(options, {});
        if (root.status != SolveStatus::optimal) {
            root.basis = {};
            return root;
        }
        OsiClpSolverInterface relaxation(&clp_, false);
        relaxation.messageHandler()->setLogLevel(0);
        relaxation.getModelPtr()->setLogLevel(0);
        for (int32_t column = 0; column < lp.columns(); ++column) {
            if (lp.integer()[static_cast<size_t>(column)] != 0) {
                relaxation.setInteger(column);
            }
        }
        CbcModel cbc(relaxation);
        cbc.setLogLevel(0);
        cbc.messageHandler()->setLogLevel(0);
        cbc.solver()->messageHandler()->setLogLevel(0);
        cbc.setAllowableGap(1e-9);
        cbc.setAllowableFractionGap(options.mip_gap);
        if (std::isfinite(options.time_limit_s)) {
            cbc.setMaximumSeconds(options.time_limit_s);
        }
        cbc.setMaximumNodes(options.node_limit);
        CglProbing probing;
        CglGomory gomory;
        CglMixedIntegerRounding2 rounding;
        cbc.addCutGenerator(&probing, -1, "probing");
        cbc.addCutGenerator(&gomory, -98, "gomory");
        cbc.addCutGenerator(&rounding, -98, "mixed-integer rounding");
        CbcRounding heuristic(cbc);
        cbc.addHeuristic(&heuristic);
        if (!options.mip_start.empty() && keeps_bounds(options.mip_start)) {
            cbc.setBestSolution(options.mip_start.data(), lp.columns(), objective_of(options.mip_start), true);
        }
        cbc.branchAndBound();
        return read_mixed(cbc);
    }

    [[nodiscard]] double objective_of(std::span<const double> x) const {
        double sum = program().offset();
        for (size_t column = 0; column < x.size(); ++column) {
            sum += program().cost()[column] * x[column];
        }
        return sum;
    }

    [[nodiscard]] bool keeps_bounds(std::span<const double> x) const {
        LpSolution start;
        start.status = SolveStatus::limit;
        start.primal.assign(x.begin(), x.end());
        start.row_activities = program().row_activities(x);
        start.objective = objective_of(x);
        return check_solution(program(), start).good();
    }

    LpSolution read_mixed(CbcModel& cbc) {
        LpSolution solution;
        if (cbc.isProvenOptimal()) {
            solution.status = SolveStatus::optimal;
        } else if (cbc.isContinuousUnbounded()) {
            solution.status = SolveStatus::unbounded;
        } else if (cbc.isProvenInfeasible()) {
            solution.status = SolveStatus::infeasible;
        } else if (cbc.isSecondsLimitReached()) {
            solution.status = SolveStatus::limit;
        }
        solution.iterations = cbc.getIterationCount();
        solution.nodes = cbc.getNodeCount();
        const double* best = cbc.bestSolution();
        if (best == nullptr || (solution.status != SolveStatus::optimal && solution.status != SolveStatus::limit)) {
            return solution;
        }
        solution.primal.assign(best, best + program().columns());
        solution.row_activities = program().row_activities(solution.primal);
        solution.objective = objective_of(solution.primal);
        solution.best_bound = std::min(cbc.getBestPossibleObjValue(), solution.objective);
        solution.mip_gap = (solution.objective - solution.best_bound) / std::max(1e-10, std::abs(solution.objective));
        return solution;
    }

    ClpSimplex clp_;
    Basis held_;  // the basis inside CLP
};

}  // namespace

std::unique_ptr<Solver> make_clp_solver() { return std::make_unique<ClpSolver>(); }

}  // namespace chipchain
