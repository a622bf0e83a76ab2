// Do both solvers agree, pass our check, start warm, and say infeasible, unbounded and limit where they should?
#include "chipchain/plan/solver.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include <rapidcheck/gtest.h>

#include "chipchain/plan/check_solution.h"
#include "chipchain/plan/test_programs.h"

namespace chipchain {
namespace {

using testing::random_program;
using testing::small_program;
using testing::solver_kinds;

constexpr SolveMethod kMethods[] = {SolveMethod::automatic, SolveMethod::interior_point, SolveMethod::simplex};

// x = 0 is feasible and the last column grows without end, which presolve of HiGHS 1.15.1 calls infeasible: three nodes
// of 0, 1 and 5 units a week meet a demand of 1 a week for any time
TEST(Solver, UnboundedIsNotCalledInfeasible) {
    LinearProgram program;
    const RowIndex nodes[] = {
        program.add_row(-kInfinity, 0),
        program.add_row(-kInfinity, 0),
        program.add_row(-kInfinity, 0)};
    const RowIndex need = program.add_row(-1, kInfinity);
    for (const RowIndex node : nodes) {
        program.add_column(0, 0, kInfinity);
        program.add_entry(node, 1);
        program.add_entry(need, 1);
    }
    program.add_column(-1, 0, kInfinity);
    program.add_entry(nodes[1], -1);
    program.add_entry(nodes[2], -5);
    program.add_entry(need, -1);
    for (const SolverKind kind : solver_kinds()) {
        for (const SolveMethod method : kMethods) {
            const auto solver = make_solver(kind);
            solver->load(program);
            EXPECT_EQ(solver->solve({.method = method}).status, SolveStatus::unbounded) << solver->name();
        }
    }
}

TEST(Solver, SolvesASmallProgramWithPricesOfTheStatedSign) {
    for (const SolverKind kind : solver_kinds()) {
        for (const SolveMethod method : kMethods) {
            const auto solver = make_solver(kind);
            solver->load(small_program());
            const LpSolution solution = solver->solve({.method = method});
            SCOPED_TRACE(solution.solver);
            ASSERT_EQ(solution.status, SolveStatus::optimal);
            EXPECT_NEAR(solution.objective, -11, 1e-9);
            EXPECT_NEAR(solution.primal[0], 3, 1e-9);
            EXPECT_NEAR(solution.primal[1], 1, 1e-9);
            EXPECT_NEAR(solution.row_duals[0], -2, 1e-9);
            EXPECT_NEAR(solution.row_duals[1], 0, 1e-9);
            EXPECT_NEAR(solution.reduced_costs[0], -1, 1e-9);
            EXPECT_EQ(check_solution(solver->program(), solution).fault, "");
            // a price is the change of the objective by a unit of the bound
            solver->set_row_bounds(RowIndex(0), -kInfinity, 4.25);
            EXPECT_NEAR(solver->solve().objective, -11 - 2 * 0.25, 1e-9);
        }
    }
}

TEST(Solver, TellsInfeasibleFromUnbounded) {
    for (const SolverKind kind : solver_kinds()) {
        for (const SolveMethod method : kMethods) {
            for (const bool integer : {false, true}) {
                const auto solver = make_solver(kind);
                solver->load(small_program(integer));
                SCOPED_TRACE(solver->name());
                solver->set_row_bounds(RowIndex(0), -5, -1);
                LpSolution solution = solver->solve({.method = method});
                EXPECT_EQ(solution.status, SolveStatus::infeasible);
                EXPECT_EQ(check_solution(solver->program(), solution).fault, "infeasible");
                solver->set_row_bounds(RowIndex(0), -kInfinity, kInfinity);
                solver->set_row_bounds(RowIndex(1), 0, kInfinity);
                solution = solver->solve({.method = method});
                EXPECT_EQ(solution.status, SolveStatus::unbounded);
                EXPECT_TRUE(solution.primal.empty());
            }
        }
    }
}

TEST(Solver, SolvesProgramsWithoutRowsOrColumns) {
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        SCOPED_TRACE(solver->name());
        LinearProgram lp;
        lp.set_offset(5);
        solver->load(lp);
        EXPECT_EQ(solver->solve().status, SolveStatus::optimal);
        EXPECT_EQ(solver->solve().objective, 5);
        lp.add_row(0, 1);
        solver->load(lp);
        EXPECT_EQ(check_solution(solver->program(), solver->solve()).fault, "");
        lp.add_row(1, 1);
        solver->load(lp);
        EXPECT_EQ(solver->solve().status, SolveStatus::infeasible);
        LinearProgram free;
        free.set_offset(5);
        free.add_column(-2, 0, 3);
        solver->load(free);
        EXPECT_EQ(solver->solve().objective, -1);
        EXPECT_EQ(check_solution(solver->program(), solver->solve()).fault, "");
    }
}

TEST(Solver, TakesAMipStart) {
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        solver->load(small_program(true));
        SCOPED_TRACE(solver->name());
        const std::vector<double> start = {3, 0};
        const LpSolution solution = solver->solve({.mip_start = start});
        EXPECT_NEAR(solution.objective, -11, 1e-9);
        EXPECT_TRUE(solution.row_duals.empty());
        EXPECT_EQ(check_solution(solver->program(), solution).fault, "");
    }
}

TEST(Solver, PricesAnIntegerProgramAtItsWholeColumns) {
    for (const SolverKind kind : solver_kinds()) {
        // a module of 5 costs 7, units cost 1, ten are wanted, at 3 each if not delivered
        LinearProgram lp;
        const RowIndex demand = lp.add_row(10, kInfinity);
        const RowIndex capacity = lp.add_row(-kInfinity, 0);
        lp.add_column(7, 0, 3, true);
        lp.add_entry(capacity, -5);
        lp.add_column(1, 0, kInfinity);
        lp.add_entry(demand, 1);
        lp.add_entry(capacity, 1);
        lp.add_column(3, 0, kInfinity);
        lp.add_entry(demand, 1);
        const auto solver = make_solver(kind);
        solver->load(lp);
        SCOPED_TRACE(solver->name());
        const LpSolution whole = solver->solve();
        EXPECT_NEAR(whole.objective, 24, 1e-6);
        const LpSolution priced = solve_with_integers_fixed(*solver, whole);
        EXPECT_NEAR(priced.objective, whole.objective, 1e-6);
        // between the cost of a unit and of missing one: the capacity is just used up
        EXPECT_GE(priced.row_duals[demand.value], 1 - 1e-9);
        EXPECT_LE(priced.row_duals[demand.value], 3 + 1e-9);
        EXPECT_EQ(check_solution(solver->program(), priced, {.integers_fixed = true}).fault, "");
        EXPECT_EQ(solver->program().column_upper()[0], 3) << "bounds are restored";
        EXPECT_NEAR(solver->solve({.relax = true}).objective, 24, 1e-6);
    }
}

// Solves by both, expects the same verdict and objective, and that both pass the check.
void expect_agreement(const LinearProgram& lp, const SolveOptions& options) {
    std::vector<LpSolution> solutions;
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        solver->load(lp);
        solutions.push_back(solver->solve(options));
        const LpSolution& solution = solutions.back();
        RC_LOG() << solution.solver << ": " << to_string(solution.status) << " " << solution.objective << "\n";
        if (solution.status == SolveStatus::optimal) {
            RC_ASSERT(check_solution(lp, solution, {.mip_gap = options.mip_gap}).fault == "");
        }
        RC_ASSERT(solution.status == solutions.front().status);
        RC_ASSERT(
            std::abs(solution.objective - solutions.front().objective) <= 1e-6 * (1 + std::abs(solution.objective)));
    }
    RC_CLASSIFY(true, std::string(to_string(solutions.front().status)));
}

RC_GTEST_PROP(Solver, AgreesWithTheRefereeOnLinearPrograms, ()) {
    const LinearProgram lp = random_program(8, 10, false, false);
    for (const SolveMethod method : kMethods) {
        expect_agreement(lp, {.method = method});
    }
}

RC_GTEST_PROP(Solver, AgreesWithTheRefereeOnUnboundedPrograms, ()) {
    expect_agreement(random_program(5, 6, false, true), {});
}

RC_GTEST_PROP(Solver, AgreesWithTheRefereeOnIntegerPrograms, ()) {
    expect_agreement(random_program(5, 8, true, false), {.mip_gap = 0});
}

// What a warm solve finds is what a cold one finds, after any changes.
RC_GTEST_PROP(Solver, FindsTheSameWarmAndCold, ()) {
    const LinearProgram lp = random_program(8, 10, false, false);
    for (const SolverKind kind : solver_kinds()) {
        const auto warm = make_solver(kind);
        warm->load(lp);
        LpSolution before = warm->solve();
        if (before.status != SolveStatus::optimal) {
            continue;
        }
        for (int change = 0; change < 3; ++change) {
            const auto column = ColumnIndex(*rc::gen::inRange(0, lp.columns()));
            const double low = warm->program().column_lower()[column.value];
            warm->set_column_bounds(column, low, low + *rc::gen::inRange(0, 9));
            warm->set_cost(ColumnIndex(*rc::gen::inRange(0, lp.columns())), *rc::gen::inRange(-9, 10));
            const auto row = RowIndex(*rc::gen::inRange(0, lp.rows()));
            if (warm->program().row_lower()[row.value] == -kInfinity) {
                warm->set_row_bounds(row, -kInfinity, *rc::gen::inRange(-5, 30));
            }
            const LpSolution found = warm->solve();
            const auto cold = make_solver(kind);
            cold->load(warm->program());
            const LpSolution expected = cold->solve();
            RC_ASSERT(found.status == expected.status);
            RC_ASSERT(std::abs(found.objective - expected.objective) <= 1e-6 * (1 + std::abs(expected.objective)));
            if (found.status == SolveStatus::optimal) {
                RC_ASSERT(check_solution(warm->program(), found).fault == "");
            }
        }
    }
}

// Covers twelve needs from twenty mixed bundles: presolve leaves something to do.
LinearProgram covering_program() {
    LinearProgram lp;
    for (int row = 0; row < 12; ++row) {
        lp.add_row(50 + 3 * row, kInfinity);
    }
    for (int column = 0; column < 20; ++column) {
        lp.add_column(10 + column * 5 % 7, 0, 4);
        for (int row = 0; row < 12; ++row) {
            lp.add_entry(RowIndex(row), (row * 7 + column * 13 + row * column) % 11 + 1);
        }
    }
    return lp;
}

// Does a warm solve start where the last one stopped, also from the other solver's basis?
TEST(Solver, StartsFromABasis) {
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        solver->load(covering_program());
        const LpSolution cold = solver->solve({.method = SolveMethod::simplex});
        EXPECT_GT(cold.iterations, 0);
        EXPECT_EQ(solver->solve().iterations, 0);
        EXPECT_GT(solver->solve({.method = SolveMethod::simplex, .warm = false}).iterations, 0);
        for (const SolverKind other : solver_kinds()) {
            const auto second = make_solver(other);
            second->load(covering_program());
            second->set_basis(cold.basis);
            const LpSolution warm = second->solve();
            EXPECT_EQ(warm.iterations, 0) << cold.solver << " then " << warm.solver;
            EXPECT_NEAR(warm.objective, cold.objective, 1e-9);
        }
    }
}

// Do two threads with a solver each get the same bits as one?
TEST(SolverThread, GivesTheSameBits) {
    for (const SolverKind kind : solver_kinds()) {
        const auto solve = [kind](std::vector<double>* primal) {
            const auto solver = make_solver(kind);
            solver->load(covering_program());
            *primal = solver->solve().primal;
        };
        std::vector<double> found[3];
        solve(&found[0]);
        std::thread first(solve, &found[1]);
        std::thread second(solve, &found[2]);
        first.join();
        second.join();
        EXPECT_FALSE(found[0].empty());
        EXPECT_EQ(found[0], found[1]);
        EXPECT_EQ(found[0], found[2]);
    }
}

}  // namespace
}  // namespace chipchain
