#include "chipchain/stats/correlation.h"

#include <gtest/gtest.h>

#include <vector>

namespace chipchain {
namespace {

using Values = std::vector<double>;

// does it give the textbook form without ties, 1 - 6 * sum d^2 / (n (n^2 - 1)), and survive monotone transforms?
TEST(Correlation, ranks_without_ties) {
    EXPECT_EQ(rank_correlation(Values{1, 2, 3, 4}, Values{10, 20, 30, 40}), 1);
    EXPECT_EQ(rank_correlation(Values{1, 2, 3, 4}, Values{4, 3, 2, 1}), -1);
    EXPECT_NEAR(rank_correlation(Values{1, 2, 3, 4, 5}, Values{2, 1, 4, 3, 5}), 1 - 6.0 * 4 / (5 * 24), 1e-12);
    EXPECT_NEAR(
        rank_correlation(Values{1, 2, 3, 4, 5}, Values{1e1, 1e-9, 1e3, 1e2, 1e9}),
        1 - 6.0 * 4 / (5 * 24),
        1e-12);
}

// with ties: Pearson's correlation of 1.5, 1.5, 3, 4 and 1, 2, 3.5, 3.5 by hand, 4 / 4.5
TEST(Correlation, ties_have_their_mean_rank) {
    EXPECT_NEAR(rank_correlation(Values{7, 7, 8, 9}, Values{1, 2, 3, 3}), 4.0 / 4.5, 1e-12);
}

TEST(Correlation, nothing_to_say) {
    EXPECT_EQ(rank_correlation(Values{1, 1, 1}, Values{1, 2, 3}), 0);
    EXPECT_EQ(rank_correlation(Values{1, 2}, Values{1, 2}), 0);
}

}  // namespace
}  // namespace chipchain
