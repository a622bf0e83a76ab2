// Is what find_conflict names infeasible, nothing in it superfluous, and does HiGHS's own search agree?
#include "chipchain/plan/conflict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <rapidcheck/gtest.h>

#include "chipchain/plan/test_programs.h"

#ifdef CHIPCHAIN_HAS_HIGHS
#include <interfaces/highs_c_api.h>
#endif

namespace chipchain {
namespace {

using testing::solver_kinds;

// Whether the program can be solved with only these rows (indices) kept.
bool feasible(LinearProgram lp, const std::vector<size_t>& rows) {
    for (int row = 0; row < lp.rows(); ++row) {
        if (std::find(rows.begin(), rows.end(), static_cast<size_t>(row)) == rows.end()) {
            lp.set_row_bounds(RowIndex(row), -kInfinity, kInfinity);
        }
    }
    const auto solver = make_solver(SolverKind::clp);
    solver->load(std::move(lp));
    return solver->solve({.relax = true}).status != SolveStatus::infeasible;
}

std::vector<RowGroup> a_group_per_row(const LinearProgram& lp) {
    std::vector<RowGroup> groups;
    for (int row = 0; row < lp.rows(); ++row) {
        groups.push_back({"row " + std::to_string(row), {RowIndex(row)}});
    }
    return groups;
}

TEST(Conflict, NamesTheGroupsThatContradictEachOther) {
    // weeks 0..3: a fab makes at most 5 a week, a supplier at most 2; the contract wants 30, demand in week 2 only 1
    LinearProgram lp;
    std::vector<RowGroup> groups = {{"fab", {}}, {"supplier", {}}, {"demand", {}}, {"contract", {}}};
    const RowIndex contract = lp.add_row(30, kInfinity);
    groups[3].rows = {contract};
    for (int week = 0; week < 4; ++week) {
        const RowIndex fab = lp.add_row(-kInfinity, 5);
        const RowIndex supplier = lp.add_row(-kInfinity, 2);
        const RowIndex demand = lp.add_row(1, kInfinity);
        groups[0].rows.push_back(fab);
        groups[1].rows.push_back(supplier);
        groups[2].rows.push_back(demand);
        for (const RowIndex capacity : {fab, supplier}) {
            lp.add_column(1, 0, kInfinity);
            lp.add_entry(capacity, 1);
            lp.add_entry(demand, 1);
            lp.add_entry(contract, 1);
        }
    }
    for (const SolverKind kind : solver_kinds()) {
        const Conflict conflict = find_conflict(lp, groups, kind);
        EXPECT_EQ(conflict.status, SolveStatus::optimal);
        EXPECT_TRUE(conflict.infeasible);
        EXPECT_FALSE(conflict.hard);
        EXPECT_EQ(conflict.groups, (std::vector<size_t>{0, 1, 3}));
        EXPECT_NEAR(conflict.broken[3], 2, 1e-6) << "30 wanted, 28 can be made: the least relative break";
    }
    // without the contract's group its row is hard, and the rest of the conflict is named
    for (const SolverKind kind : solver_kinds()) {
        const Conflict conflict = find_conflict(lp, std::span(groups).first(3), kind);
        EXPECT_EQ(conflict.groups, (std::vector<size_t>{0, 1}));
    }
}

TEST(Conflict, TellsNoneAndHard) {
    LinearProgram lp = testing::small_program();
    const std::vector<RowGroup> second = {{"second", {RowIndex(1)}}};
    for (const SolverKind kind : solver_kinds()) {
        Conflict conflict = find_conflict(lp, a_group_per_row(lp), kind);
        EXPECT_FALSE(conflict.infeasible);
        EXPECT_TRUE(conflict.groups.empty());
        LinearProgram broken = lp;
        broken.set_row_bounds(RowIndex(0), -2, -1);
        conflict = find_conflict(broken, second, kind);
        EXPECT_TRUE(conflict.infeasible && conflict.hard && conflict.groups.empty());
    }
}

RC_GTEST_PROP(Conflict, IsInfeasibleAndIrreducible, ()) {
    const LinearProgram lp = testing::random_program(8, 6, false, false);
    const std::vector<RowGroup> groups = a_group_per_row(lp);
    std::vector<size_t> all(groups.size());
    for (size_t row = 0; row < all.size(); ++row) {
        all[row] = row;
    }
    for (const SolverKind kind : solver_kinds()) {
        const Conflict conflict = find_conflict(lp, groups, kind);
        RC_ASSERT(conflict.status == SolveStatus::optimal);
        RC_ASSERT(conflict.infeasible == !feasible(lp, all));
        if (!conflict.infeasible) {
            continue;
        }
        RC_ASSERT(!feasible(lp, conflict.groups));
        for (const size_t without : conflict.groups) {
            std::vector<size_t> rest = conflict.groups;
            std::erase(rest, without);
            RC_ASSERT(feasible(lp, rest));
        }
    }
}

#ifdef CHIPCHAIN_HAS_HIGHS

// The rows of HiGHS's irreducible infeasible subsystem.
std::vector<size_t> highs_conflict(const LinearProgram& lp) {
    constexpr HighsInt kFromLpIrreducible = 2 + 4;  // kIisStrategyFromLp + kIisStrategyIrreducible
    void* highs = Highs_create();
    Highs_setBoolOptionValue(highs, "output_flag", 0);
    Highs_setIntOptionValue(highs, "iis_strategy", kFromLpIrreducible);
    Highs_passLp(
        highs,
        lp.columns(),
        lp.rows(),
        lp.entries(),
        kHighsMatrixFormatColwise,
        1,
        lp.offset(),
        lp.cost().data(),
        lp.column_lower().data(),
        lp.column_upper().data(),
        lp.row_lower().data(),
        lp.row_upper().data(),
        lp.starts().data(),
        lp.row_indices().data(),
        lp.values().data());
    std::vector<HighsInt> columns(static_cast<size_t>(lp.columns()));
    std::vector<HighsInt> rows(static_cast<size_t>(lp.rows()));
    std::vector<HighsInt> column_bounds(columns.size());
    std::vector<HighsInt> row_bounds(rows.size());
    std::vector<HighsInt> column_status(columns.size());
    std::vector<HighsInt> row_status(rows.size());
    HighsInt column_count = 0;
    HighsInt row_count = 0;
    Highs_getIis(
        highs,
        &column_count,
        &row_count,
        columns.data(),
        rows.data(),
        column_bounds.data(),
        row_bounds.data(),
        column_status.data(),
        row_status.data());
    Highs_destroy(highs);
    std::vector<size_t> found(rows.begin(), rows.begin() + row_count);
    std::sort(found.begin(), found.end());
    return found;
}

// Rows that a point satisfies, and a planted contradiction over columns of its own: one conflict only, the same for
// all.
RC_GTEST_PROP(Conflict, IsTheOneThatHighsFinds, ()) {
    LinearProgram lp;
    const int columns = *rc::gen::inRange(1, 6);
    const int rows = *rc::gen::inRange(0, 6);
    for (int column = 0; column < columns; ++column) {
        lp.add_column(0, -5, 5);
    }
    for (int row = 0; row < rows; ++row) {
        const RowIndex index = lp.add_row(-kInfinity, *rc::gen::inRange(0, 5));
        for (int column = 0; column < columns; ++column) {
            lp.add_entry(index, ColumnIndex(column), *rc::gen::inRange(-9, 10));
        }
    }
    // x_1 <= 1, x_2 - x_1 <= 1, x_3 - x_2 <= 1 ..., x_n >= n + 1
    const int chain = *rc::gen::inRange(1, 6);
    std::vector<size_t> planted;
    for (int link = 0; link < chain; ++link) {
        const ColumnIndex column = lp.add_column(1, -100, 100);
        const RowIndex row = lp.add_row(-kInfinity, 1);
        planted.push_back(row.value);
        lp.add_entry(row, column, 1);
        if (link > 0) {
            lp.add_entry(row, ColumnIndex(column.value - 1), -1);
        }
    }
    const RowIndex last = lp.add_row(chain + 1, kInfinity);
    planted.push_back(last.value);
    lp.add_entry(last, 1);
    lp.finish();
    RC_ASSERT(find_conflict(lp, a_group_per_row(lp), SolverKind::highs).groups == planted);
    RC_ASSERT(highs_conflict(lp) == planted);
}

#endif

}  // namespace
}  // namespace chipchain
