// Is the matrix the same whatever the order in which it was written, and is A x what it says?
#include "chipchain/plan/linear_program.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include <rapidcheck/gtest.h>

#include "chipchain/plan/test_programs.h"

namespace chipchain {
namespace {

std::map<std::pair<int, int>, double> places(const LinearProgram& lp) {
    std::map<std::pair<int, int>, double> out;
    for (int column = 0; column < lp.columns(); ++column) {
        int last = -1;
        for (int at = lp.starts()[column]; at < lp.starts()[column + 1]; ++at) {
            EXPECT_GT(lp.row_indices()[at], last) << "sorted, none twice";
            last = lp.row_indices()[at];
            out[{last, column}] = lp.values()[at];
        }
    }
    return out;
}

TEST(LinearProgram, SumsEntriesOfOnePlaceAndDropsZeros) {
    LinearProgram lp = testing::small_program();
    lp.add_entry(RowIndex(0), ColumnIndex(0), -1);  // cancels x + y
    lp.finish();
    EXPECT_EQ(places(lp), (std::map<std::pair<int, int>, double>{{{1, 0}, 1}, {{0, 1}, 1}, {{1, 1}, 3}}));
    EXPECT_EQ(lp.row_activities(std::vector<double>{2, 5}), (std::vector<double>{5, 17}));
}

TEST(LinearProgram, CanBeExtendedAfterFinish) {
    LinearProgram lp = testing::small_program();
    lp.finish();
    const RowIndex row = lp.add_row(0, 1);
    lp.add_entry(row, ColumnIndex(0), 7);
    lp.add_column(0, 0, 1, true);
    lp.add_entry(row, 2);
    lp.finish();
    EXPECT_EQ(lp.entries(), 6);
    EXPECT_TRUE(lp.has_integers());
    EXPECT_EQ(places(lp).at({2, 0}), 7);
    EXPECT_EQ(places(lp).at({2, 2}), 2);
}

RC_GTEST_PROP(LinearProgram, IsTheSameByRowsAndByColumns, ()) {
    struct Entry {
        int row, column, value;
    };
    const int rows = *rc::gen::inRange(1, 6);
    const int columns = *rc::gen::inRange(1, 6);
    std::vector<Entry> entries(*rc::gen::inRange<size_t>(0, 40));
    std::map<std::pair<int, int>, double> expected;
    for (Entry& entry : entries) {
        entry = {*rc::gen::inRange(0, rows), *rc::gen::inRange(0, columns), *rc::gen::inRange(-3, 4)};
        expected[{entry.row, entry.column}] += entry.value;
    }
    std::erase_if(expected, [](const auto& place) { return place.second == 0; });
    LinearProgram by_rows;
    LinearProgram by_columns;
    LinearProgram mixed;
    for (int row = 0; row < rows; ++row) {
        by_rows.add_row(0, 1);
        by_columns.add_row(0, 1);
        mixed.add_row(0, 1);
    }
    for (int column = 0; column < columns; ++column) {
        by_rows.add_column(0, 0, 1);
        by_columns.add_column(0, 0, 1);
        mixed.add_column(0, 0, 1);
        for (const Entry& entry : entries) {
            if (entry.column == column) {
                by_columns.add_entry(RowIndex(entry.row), entry.value);
                if (entry.value > 0) {
                    mixed.add_entry(RowIndex(entry.row), entry.value);
                } else {
                    mixed.add_entry(RowIndex(entry.row), ColumnIndex(column), entry.value);
                }
            }
        }
    }
    for (const Entry& entry : entries) {
        by_rows.add_entry(RowIndex(entry.row), ColumnIndex(entry.column), entry.value);
    }
    for (LinearProgram* lp : {&by_rows, &by_columns, &mixed}) {
        lp->finish();
        RC_ASSERT(places(*lp) == expected);
    }
}

}  // namespace
}  // namespace chipchain
