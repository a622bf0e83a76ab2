#include "chipchain/chip/mutations.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

// Is every one of the ten seeded bugs caught, and would plain random data have missed some of them?
TEST(FullMutations, AllAreCaught) {
    const MutationReport report = run_mutations(1, 6);
    EXPECT_EQ(report.results.size(), 10U);
    EXPECT_EQ(report.score(), 100.0) << mutation_text(report);
    EXPECT_EQ(report.caught_by_plain(), 5U) << mutation_text(report);
}

// Does the executor without a mistake agree with the golden one, so that only mistakes are caught?
TEST(Mutations, OneMistakeAtATime) {
    // no sum passes 32 bits here: saturation alone changes nothing
    const ConformCase c = aimed_case(Aim::ties, 2);
    EXPECT_EQ(
        run_mutated(Mutation::saturating_accumulator, c.network, c.inputs[0]),
        run_golden(c.network, c.inputs[0]));
    EXPECT_NE(run_mutated(Mutation::half_away, c.network, c.inputs[0]), run_golden(c.network, c.inputs[0]));
    EXPECT_NE(run_mutated(Mutation::zero_before_round, c.network, c.inputs[0]), run_golden(c.network, c.inputs[0]));
}

// Are the table's rows in the order of the enumeration?
TEST(Mutations, Table) {
    for (const MutationInfo& row : mutations()) EXPECT_EQ(&info(row.mutation), &row);
}

}  // namespace
}  // namespace chipchain
