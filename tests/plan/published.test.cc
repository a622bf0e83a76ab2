// Do the solvers find the published, or independently computed, optima of small planning models? Models and figures:
// the chain planning literature named at each, re-solved by GLPK, CBC and HiGHS before they were written here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "chipchain/plan/check_solution.h"
#include "chipchain/plan/solver.h"
#include "chipchain/plan/test_programs.h"
#include "chipchain/spec/testdata.h"
#include "tests/plan/smps.h"

namespace chipchain {
namespace {

using testing::solver_kinds;

// Solves and checks.
LpSolution checked(Solver& solver, const SolveOptions& options = {}) {
    LpSolution solution = solver.solve(options);
    if (solution.status == SolveStatus::optimal) {
        EXPECT_EQ(check_solution(solver.program(), solution, {.mip_gap = options.mip_gap}).fault, "")
            << solution.solver;
    }
    return solution;
}

// Three sites make either of two products. Time to recover: what is lost when a site is out for two weeks. Time to
// survive: how long all demand can be met without it. Simchi-Levi et al., Interfaces 45(5), 2015; figures of a teaching
// example.
struct RecoveryToy {
    static constexpr double kCapacity[] = {30, 45, 60};
    static constexpr double kDemand[] = {75, 50};
    static constexpr double kStock[] = {20, 25};
    static constexpr double kLoss[] = {5000, 6500};

    // Makes with `weeks` of recovery time, or with as many as can be survived if it is 0.
    static LinearProgram program(int out, double weeks) {
        LinearProgram lp;
        const bool survive = weeks == 0;
        std::vector<RowIndex> demand;
        for (int product = 0; product < 2; ++product) {
            demand.push_back(lp.add_row(kDemand[product] * weeks - kStock[product], kInfinity));
        }
        if (survive) {
            lp.add_column(-1, 0, kInfinity);
            lp.add_entry(demand[0], -kDemand[0]);
            lp.add_entry(demand[1], -kDemand[1]);
        }
        for (int site = 0; site < 3; ++site) {
            const double capacity = site == out ? 0 : kCapacity[site];
            const RowIndex made = lp.add_row(-kInfinity, capacity * weeks);
            if (survive) {
                lp.add_entry(made, ColumnIndex(0), -capacity);
            }
            for (int product = 0; product < 2; ++product) {
                lp.add_column(0, 0, kInfinity);
                lp.add_entry(made, 1);
                lp.add_entry(demand[static_cast<size_t>(product)], 1);
            }
        }
        for (int product = 0; product < 2 && !survive; ++product) {
            lp.add_column(kLoss[product], 0, kInfinity);
            lp.add_entry(demand[static_cast<size_t>(product)], 1);
        }
        return lp;
    }
};

TEST(PublishedPlans, TimeToRecoverAndTimeToSurvive) {
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        const double cost[] = {0, 125000, 275000};
        const double weeks[] = {45.0 / 20, 45.0 / 35, 45.0 / 50};
        for (int out = 0; out < 3; ++out) {
            solver->load(RecoveryToy::program(out, 2));
            EXPECT_NEAR(checked(*solver).objective, cost[out], 1e-3);
            solver->load(RecoveryToy::program(out, 0));
            EXPECT_NEAR(-checked(*solver).objective, weeks[out], 1e-9);
        }
        solver->load(RecoveryToy::program(-1, 2));
        EXPECT_NEAR(checked(*solver).objective, 0, 1e-9);
        solver->load(RecoveryToy::program(-1, 0));
        EXPECT_EQ(checked(*solver).status, SolveStatus::unbounded) << "all sites together survive for ever";
    }
}

// 50 a week for three weeks against demand of 40, 30 and 20 a week by priority: equal shares, weights, weights with
// floors.
TEST(PublishedPlans, AllocationOfShortSupply) {
    const double demand[] = {40, 30, 20};
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        LinearProgram fair;  // maximise the least fill rate
        fair.add_column(-1, 0, 1);
        LinearProgram weighted[2];
        for (int week = 0; week < 3; ++week) {
            const RowIndex supply = fair.add_row(-kInfinity, 50);
            for (int kept = 0; kept < 2; ++kept) {
                weighted[kept].add_row(-kInfinity, 50);
            }
            for (int item = 0; item < 3; ++item) {
                const RowIndex fill = fair.add_row(0, kInfinity);
                fair.add_entry(fill, ColumnIndex(0), -demand[item]);
                fair.add_column(0, 0, demand[item]);
                fair.add_entry(supply, 1);
                fair.add_entry(fill, 1);
                for (int kept = 0; kept < 2; ++kept) {
                    weighted[kept].add_column(item - 3, kept * 0.4 * demand[item], demand[item]);
                    weighted[kept].add_entry(RowIndex(week), 1);
                }
            }
        }
        solver->load(fair);
        EXPECT_NEAR(-checked(*solver).objective, 5.0 / 9, 1e-9);
        solver->load(weighted[0]);
        EXPECT_NEAR(-checked(*solver).objective, 420, 1e-6);
        solver->load(weighted[1]);
        EXPECT_NEAR(-checked(*solver).objective, 366, 1e-6);
    }
}

// Capacity modules: eight quarters, own units cost 3 and need modules (150 each, at most four; 6 a quarter after two
// quarters, 13 from the third on), a foundry sells 25 a quarter at 9, what is missing costs 20.
TEST(PublishedPlans, CapacityModules) {
    const double demand[] = {10, 14, 18, 24, 30, 36, 42, 48};
    LinearProgram lp;
    const RowIndex most = lp.add_row(0, 4);
    for (int quarter = 0; quarter < 8; ++quarter) {
        lp.add_row(demand[quarter], demand[quarter]);
    }
    for (int quarter = 0; quarter < 8; ++quarter) {
        lp.add_row(-kInfinity, 0);
    }
    const auto meets = [](int quarter) { return RowIndex(1 + quarter); };
    const auto capacity = [](int quarter) { return RowIndex(9 + quarter); };
    for (int quarter = 0; quarter < 8; ++quarter) {
        lp.add_column(150, 0, 4, true);
        lp.add_entry(most, 1);
        for (int later = quarter + 2; later < 8; ++later) {
            lp.add_entry(capacity(later), later == quarter + 2 ? -6 : -13);
        }
        lp.add_column(3, 0, kInfinity);
        lp.add_entry(meets(quarter), 1);
        lp.add_entry(capacity(quarter), 1);
        lp.add_column(9, 0, 25);
        lp.add_entry(meets(quarter), 1);
        lp.add_column(20, 0, kInfinity);
        lp.add_entry(meets(quarter), 1);
    }
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        solver->load(lp);
        EXPECT_NEAR(checked(*solver, {.relax = true}).objective, 1330.615385, 1e-6);
        const LpSolution plan = checked(*solver, {.mip_gap = 0});
        EXPECT_NEAR(plan.objective, 1332, 1e-6);
        EXPECT_NEAR(plan.primal[0], 3, 1e-6) << "three modules in the first quarter";
    }
}

// Capacity acquisition under 200 scenarios (Ahmed and Garcia, Annals of OR 124, 2003; SIPLIB dcap233_200): optimum
// 1834.565. The published files are not part of the project, see CHIPCHAIN_TEST_DATA.
TEST(FullPublishedPlans, CapacityAcquisitionUnderUncertainty) {
    const char* data = std::getenv("CHIPCHAIN_TEST_DATA");
    const std::filesystem::path folder =
        (data != nullptr ? std::filesystem::path(data) : testing::project_folder() / ".." / "shared" / "data") / "dcap";
    if (!std::filesystem::exists(folder)) {
        GTEST_SKIP() << "no dcap files; set CHIPCHAIN_TEST_DATA";
    }
    const LinearProgram lp = testing::extensive_form(folder / "dcap233_200");
    std::vector<double> relaxed;
    for (const SolverKind kind : solver_kinds()) {
        const auto solver = make_solver(kind);
        solver->load(lp);
        relaxed.push_back(checked(*solver, {.relax = true}).objective);
        EXPECT_NEAR(relaxed.back(), relaxed.front(), 1e-6 * relaxed.front());
    }
    if (!has_highs()) {
        return;  // CBC without its driver takes minutes
    }
    const auto solver = make_solver(SolverKind::highs);
    solver->load(lp);
    const LpSolution plan = checked(*solver, {.mip_gap = 1e-6});
    ASSERT_EQ(plan.status, SolveStatus::optimal);
    EXPECT_NEAR(plan.objective, 1834.565, 1e-3);
    EXPECT_NEAR(plan.best_bound, 1834.565, 1e-2);
}

}  // namespace
}  // namespace chipchain
