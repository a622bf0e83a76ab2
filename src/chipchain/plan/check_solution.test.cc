// Does the check let a true optimum pass, and catch every error that is seeded into it?
#include "chipchain/plan/check_solution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>

#include <rapidcheck/gtest.h>

#include "chipchain/plan/test_programs.h"

namespace chipchain {
namespace {

// By hand, so that no solver is needed: test_programs.h.
LpSolution small_solution() {
    LpSolution solution;
    solution.status = SolveStatus::optimal;
    solution.objective = solution.best_bound = -11;
    solution.primal = {3, 1};
    solution.row_activities = {4, 6};
    solution.row_duals = {-2, 0};
    solution.reduced_costs = {-1, 0};
    return solution;
}

LinearProgram finished(LinearProgram lp) {
    lp.finish();
    return lp;
}

TEST(CheckSolution, CatchesEverySeededError) {
    const LinearProgram lp = finished(testing::small_program());
    EXPECT_EQ(check_solution(lp, small_solution()).fault, "");
    struct Case {
        const char* fault;
        std::function<void(LpSolution&)> seed;
    };
    const Case cases[] = {
        {"primal", [](LpSolution& s) { s.primal[0] = 3.0001; }},
        {"primal", [](LpSolution& s) { s.primal[1] = -1; }},
        {"activity", [](LpSolution& s) { s.row_activities[1] = 5; }},
        {"objective", [](LpSolution& s) { s.objective = -11.1; }},
        {"stationarity", [](LpSolution& s) { s.reduced_costs[0] = 1; }},
        // the wrong sign of all duals: towards a lower bound that the row does not have
        {"dual",
         [](LpSolution& s) {
             s.row_duals[0] = 2, s.reduced_costs = {-5, -4};
         }},
        // a price on a row that is not at its bound
        {"complementarity",
         [](LpSolution& s) {
             s.row_duals = {-0.5, -0.5}, s.reduced_costs = {-2, 0};
         }},
        // feasible, but not the best
        {"complementarity",
         [](LpSolution& s) {
             s.primal = {2, 1}, s.row_activities = {3, 5}, s.objective = -8;
         }},
        {"primal", [](LpSolution& s) { s.primal[0] = std::numeric_limits<double>::quiet_NaN(); }},
        {"optimal", [](LpSolution& s) { s.primal.clear(); }},
        {"unbounded", [](LpSolution& s) { s.status = SolveStatus::unbounded; }},
    };
    for (const Case& c : cases) {
        LpSolution solution = small_solution();
        c.seed(solution);
        EXPECT_EQ(check_solution(lp, solution).fault.rfind(c.fault, 0), 0U) << check_solution(lp, solution).fault;
    }
}

TEST(CheckSolution, LooksAtWholeColumnsAndAtTheBound) {
    const LinearProgram lp = finished(testing::small_program(true));
    LpSolution solution = small_solution();
    solution.row_duals.clear();
    solution.reduced_costs.clear();
    EXPECT_EQ(check_solution(lp, solution).fault, "");
    solution.best_bound = -11.01;
    EXPECT_EQ(check_solution(lp, solution, {.mip_gap = 1e-2}).fault, "");
    EXPECT_EQ(check_solution(lp, solution).fault.substr(0, 3), "gap");
    solution.best_bound = solution.objective = -10.75;
    solution.primal = {2.75, 1.25};
    solution.row_activities = {4, 6.5};
    EXPECT_EQ(check_solution(lp, solution).fault.substr(0, 11), "integrality");
}

// A relative error of 1e-4 in any one figure of a solver's own optimum is found, if it is in a figure that matters.
RC_GTEST_PROP(CheckSolution, CatchesAShiftedFigure, ()) {
    const LinearProgram lp = testing::random_program(6, 8, false, false);
    const auto solver = make_solver(SolverKind::clp);
    solver->load(lp);
    LpSolution solution = solver->solve();
    RC_PRE(solution.status == SolveStatus::optimal);
    RC_ASSERT(check_solution(lp, solution).good());
    std::vector<double>* arrays[] = {
        &solution.row_activities,
        &solution.row_duals,
        &solution.reduced_costs,
        &solution.primal};
    const auto which = *rc::gen::inRange<size_t>(0, 4);
    std::vector<double>& array = *arrays[which];
    const auto at = *rc::gen::inRange<size_t>(0, array.size());
    const bool entries = which != 3 || (lp.starts()[at + 1] > lp.starts()[at] || lp.cost()[at] != 0);
    const bool used =
        which != 1 || std::count(lp.row_indices().begin(), lp.row_indices().end(), static_cast<int>(at)) > 0;
    RC_PRE(entries && used);
    array[at] += 0.02;
    RC_ASSERT(!check_solution(lp, solution).good());
}

}  // namespace
}  // namespace chipchain
