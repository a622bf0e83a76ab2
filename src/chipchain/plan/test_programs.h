// Programs for tests of plan/.
#pragma once

#include <cstdint>
#include <vector>

#include <rapidcheck.h>

#include "chipchain/plan/linear_program.h"
#include "chipchain/plan/solver.h"

namespace chipchain::testing {

inline std::vector<SolverKind> solver_kinds() {
    std::vector<SolverKind> kinds = {SolverKind::clp};
    if (has_highs()) {
        kinds.push_back(SolverKind::highs);
    }
    return kinds;
}

// maximise 3x + 2y (minimise -3x - 2y), x + y <= 4, x + 3y <= 7, 0 <= x <= 3, y >= 0: x = 3, y = 1, objective -11;
// the first row's price is -2, the second's 0, the reduced cost of x is -1.
inline LinearProgram small_program(bool integer = false) {
    LinearProgram lp;
    const RowIndex first = lp.add_row(-kInfinity, 4);
    const RowIndex second = lp.add_row(-kInfinity, 7);
    lp.add_column(-3, 0, 3, integer);
    lp.add_entry(second, 1);
    lp.add_entry(first, 1);
    const ColumnIndex y = lp.add_column(-2, 0, kInfinity, integer);
    lp.add_entry(first, 1);
    lp.add_entry(second, y, 1);
    lp.add_entry(second, y, 2);
    return lp;
}

// A random program with figures of one digit, so that it shrinks to what a person can read. Rows are equalities,
// one-sided or ranges, most of them satisfied by one whole point; columns are bounded on both sides, except a few if
// `unbounded`.
inline LinearProgram random_program(int most_rows, int most_columns, bool integer, bool unbounded) {
    const auto pick = [](int low, int high) { return *rc::gen::inRange(low, high + 1); };
    LinearProgram lp;
    const int rows = pick(1, most_rows);
    const int columns = pick(1, most_columns);
    for (int row = 0; row < rows; ++row) {
        lp.add_row(-kInfinity, kInfinity);
    }
    std::vector<double> point;
    for (int column = 0; column < columns; ++column) {
        const double low = pick(-3, 3);
        point.push_back(low + pick(0, 6));
        const double high = point.back() + pick(0, 6);
        const bool free = unbounded && pick(0, 3) == 0;
        const bool whole = integer && pick(0, 1) == 1;
        lp.add_column(pick(-9, 9), free ? -kInfinity : low, free && low > 0 ? kInfinity : high, whole);
        for (int row = 0; row < rows; ++row) {
            if (pick(0, 2) > 0) {
                lp.add_entry(RowIndex(row), pick(-9, 9));
            }
        }
    }
    lp.set_offset(pick(-9, 9));
    lp.finish();
    const std::vector<double> activities = lp.row_activities(point);
    for (int row = 0; row < rows; ++row) {
        const double at = activities[static_cast<size_t>(row)] + (pick(0, 15) == 0 ? pick(-60, 60) : 0);
        const int kind = pick(0, 3);
        lp.set_row_bounds(
            RowIndex(row),
            kind == 1 ? -kInfinity : at - (kind == 2 ? pick(0, 9) : 0),
            kind == 3 ? kInfinity : at + (kind == 2 ? pick(0, 9) : 0));
    }
    return lp;
}

}  // namespace chipchain::testing
