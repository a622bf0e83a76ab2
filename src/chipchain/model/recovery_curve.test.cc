// Does a recovery curve give the fractions of its milestones, and the capacity lost under them?
#include "chipchain/model/recovery_curve.h"

#include <gtest/gtest.h>

#include <limits>

#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain {
namespace {

TEST(RecoveryCurve, ValuesBetweenAndBeyondThePoints) {
    const RecoveryCurve naka = renesas_naka_recovery();
    EXPECT_TRUE(check_recovery_curve(naka, "naka").empty());
    EXPECT_EQ(recovery_at(naka, -1), 1);
    EXPECT_EQ(recovery_at(naka, 0), 0);
    EXPECT_DOUBLE_EQ(recovery_at(naka, 14.5), .04);
    EXPECT_DOUBLE_EQ(recovery_at(naka, 39), .4);
    EXPECT_EQ(recovery_at(naka, 73), .88);
    EXPECT_EQ(recovery_at(naka, 97), 1);
    EXPECT_EQ(recovery_at(naka, 1e6), 1);
}

// by hand: .04*29 + .19*7 + .4*6 + .69*31 + .94*24 = 48.84 days of full capacity in the 97 days
TEST(RecoveryCurve, NakaLosesHalfOf97Days) {
    const RecoveryCurve naka = renesas_naka_recovery();
    EXPECT_NEAR(capacity_days(naka, 0, 97), 48.84, 1e-12);
    EXPECT_NEAR(lost_capacity_days(naka, 0, 97), 48.16, 1e-12);
    EXPECT_NEAR(lost_capacity_days(naka, -10, 200), 48.16, 1e-12);
    EXPECT_NEAR(recovery_mean(naka, 29, 36), .19, 1e-15);
    EXPECT_EQ(recovery_mean(naka, 42, 42), .5);
    EXPECT_EQ(capacity_days(naka, 5, 5), 0);
}

TEST(RecoveryCurve, WeeksAddUpToTheWhole) {
    const RecoveryCurve naka = renesas_naka_recovery();
    double sum = 0;
    for (int week = -2; week < 20; ++week) sum += 7 * recovery_mean(naka, 7.0 * week, 7.0 * week + 7);
    EXPECT_NEAR(sum, capacity_days(naka, -14, 140), 1e-12);
    // and to a fine sum of values
    double fine = 0;
    for (int i = 0; i < 97000; ++i) fine += recovery_at(naka, (i + .5) / 1000) / 1000;
    EXPECT_NEAR(fine, 48.84, 1e-6);
}

TEST(RecoveryCurve, StepsTakeTheLaterValue) {
    // off for three days, then half at once, all of it from day 10
    const RecoveryCurve steps = {{{0, 0}, {3, 0}, {3, .5}, {10, .5}, {10, 1}}};
    EXPECT_TRUE(check_recovery_curve(steps, "steps").empty());
    EXPECT_EQ(recovery_at(steps, 2.999), 0);
    EXPECT_EQ(recovery_at(steps, 3), .5);
    EXPECT_EQ(recovery_at(steps, 10), 1);
    EXPECT_DOUBLE_EQ(lost_capacity_days(steps, -1, 20), 3 + 3.5);
    EXPECT_DOUBLE_EQ(capacity_days(steps, 3, 10), 3.5);
    EXPECT_DOUBLE_EQ(capacity_days(steps, 1, 11), 4.5);
    // three points of one day, and one point alone
    EXPECT_DOUBLE_EQ(capacity_days({{{1, 0}, {1, .3}, {1, .5}, {3, .5}}}, 0, 4), 1 + 1.5);
    EXPECT_DOUBLE_EQ(capacity_days({{{2, .25}}}, 0, 4), 2 + .5);
}

TEST(RecoveryCurve, MistakesAreAllTold) {
    const auto ids = [](const RecoveryCurve& curve) {
        std::string list;
        for (const Diagnostic& d : check_recovery_curve(curve, "x")) {
            EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
            list += d.id + " ";
        }
        return list;
    };
    EXPECT_EQ(ids({}), "recovery-empty ");
    EXPECT_EQ(
        ids({{{-1, 0}, {5, 88}, {4, 1}, {std::numeric_limits<double>::quiet_NaN(), 1}}}),
        "negative-time share-outside-range recovery-not-ascending not-a-number ");
    SourceMap none;
    EXPECT_EQ(
        render_all(check_recovery_curve({{{0, 0}, {5, 88}, {4, 1}}}, "naka"), none),
        "error[share-outside-range]: point 2 of the recovery curve 'naka' has the fraction 88\n"
        "help: write percent as a fraction: 88 % is 0.88\n"
        "\n"
        "error[recovery-not-ascending]: point 3 of the recovery curve 'naka' is on day 4, before the point above it on "
        "day 5\n"
        "help: sort the points by day\n"
        "\n"
        "2 errors\n");
}

}  // namespace
}  // namespace chipchain
