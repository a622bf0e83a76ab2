// Are the special functions as accurate as special.h says, and do they give the same bits on every build?
// Reference values: mpmath 1.4 with 50 digits at the double nearest to the written argument; classical table values
// are marked. Dense sweeps compare with the long double functions of libm.
#include "chipchain/stats/special.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "chipchain/stats/fingerprint.h"
#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double relative_error(double value, double expected) { return std::fabs(value - expected) / std::fabs(expected); }

// Returns the greatest relative error of f against the long double reference on count points of make().
template <typename F, typename Reference, typename Make>
double worst_error(F f, Reference reference, Make make, int count) {
    long double worst = 0;
    for (int i = 0; i < count; ++i) {
        const double x = make();
        const long double expected = reference(static_cast<long double>(x));
        const long double error = fabsl((static_cast<long double>(f(x)) - expected) / expected);
        worst = error > worst ? error : worst;
    }
    return static_cast<double>(worst);
}

TEST(special, log_is_within_one_ulp) {
    TestRandom u;
    auto reference = [](long double x) { return logl(x); };
    EXPECT_LE(
        worst_error(
            deterministic_log,
            reference,
            [&] { return u.uniform(); },
            300000),
        2.3e-16);
    EXPECT_LE(
        worst_error(
            deterministic_log,
            reference,
            [&] { return 0.5 + u.uniform(); },
            300000),
        2.3e-16);
    EXPECT_LE(
        worst_error(
            deterministic_log,
            reference,
            [&] { return 1.0 + 1e-9 * (u.uniform() - 0.5); },
            100000),
        2.3e-16);
    EXPECT_LE(
        worst_error(
            deterministic_log,
            reference,
            [&] { return std::ldexp(u.uniform(), -1050); },
            100000),
        2.3e-16);
    EXPECT_LE(
        worst_error(
            deterministic_log,
            reference,
            [&] { return std::ldexp(u.uniform(), 1023); },
            100000),
        2.3e-16);
}

TEST(special, log_of_special_values) {
    EXPECT_EQ(deterministic_log(1.0), 0.0);
    EXPECT_EQ(deterministic_log(2.0), 0x1.62e42fefa39efp-1);
    EXPECT_EQ(deterministic_log(0.0), -kInf);
    EXPECT_EQ(deterministic_log(-0.0), -kInf);
    EXPECT_EQ(deterministic_log(kInf), kInf);
    EXPECT_TRUE(std::isnan(deterministic_log(-1.0)));
    EXPECT_TRUE(std::isnan(deterministic_log(-kInf)));
    EXPECT_TRUE(std::isnan(deterministic_log(kNan)));
    EXPECT_LE(relative_error(deterministic_log(5e-324), -744.440071921381262), 3e-16);
}

TEST(special, exp_is_within_one_ulp) {
    TestRandom u;
    auto reference = [](long double x) { return expl(x); };
    EXPECT_LE(
        worst_error(
            deterministic_exp,
            reference,
            [&] { return 1417 * u.uniform() - 708; },
            500000),
        2.3e-16);
    EXPECT_LE(
        worst_error(
            deterministic_exp,
            reference,
            [&] { return u.uniform() - 0.5; },
            300000),
        2.3e-16);
    EXPECT_LE(
        worst_error(
            deterministic_exp,
            reference,
            [&] { return 709 + 0.78 * u.uniform(); },
            10000),
        2.3e-16);
}

TEST(special, exp_of_special_values) {
    EXPECT_EQ(deterministic_exp(0.0), 1.0);
    EXPECT_LE(relative_error(deterministic_exp(1.0), 0x1.5bf0a8b145769p+1), 2.3e-16);
    EXPECT_EQ(deterministic_exp(kInf), kInf);
    EXPECT_EQ(deterministic_exp(-kInf), 0.0);
    EXPECT_EQ(deterministic_exp(710.0), kInf);
    EXPECT_EQ(deterministic_exp(-746.0), 0.0);
    EXPECT_EQ(deterministic_exp(-745.0), 5e-324);
    EXPECT_TRUE(std::isnan(deterministic_exp(kNan)));
    // subnormal results are rounded once
    for (double x = -744.0; x < -708.0; x += 0.37) {
        EXPECT_NEAR(deterministic_exp(x), static_cast<double>(expl(static_cast<long double>(x))), 5e-324) << x;
    }
}

TEST(special, log1p_keeps_small_arguments) {
    TestRandom u;
    auto reference = [](long double x) { return log1pl(x); };
    EXPECT_LE(
        worst_error(
            deterministic_log1p,
            reference,
            [&] { return u.uniform() - 0.5; },
            300000),
        1e-15);
    EXPECT_LE(
        worst_error(
            deterministic_log1p,
            reference,
            [&] { return 1e-12 * u.uniform(); },
            100000),
        1e-15);
    EXPECT_LE(
        worst_error(
            deterministic_log1p,
            reference,
            [&] { return 1e6 * u.uniform(); },
            100000),
        1e-15);
    EXPECT_EQ(deterministic_log1p(1e-300), 1e-300);
    EXPECT_EQ(deterministic_log1p(-1.0), -kInf);
    EXPECT_EQ(deterministic_log1p(kInf), kInf);
    EXPECT_TRUE(std::isnan(deterministic_log1p(-1.5)));
}

TEST(special, pow_error_grows_with_the_exponent_as_stated) {
    TestRandom u;
    for (int i = 0; i < 200000; ++i) {
        const double x = 4 * u.uniform();
        const double y = 40 * (u.uniform() - 0.5);
        const long double expected = powl(static_cast<long double>(x), static_cast<long double>(y));
        const double bound = 3e-16 * (1 + std::fabs(y * std::log(x)));
        ASSERT_LE(fabsl(static_cast<long double>(deterministic_pow(x, y)) / expected - 1), bound) << x << "^" << y;
    }
    EXPECT_EQ(deterministic_pow(0.0, 0.0), 1.0);
    EXPECT_EQ(deterministic_pow(0.0, 0.5), 0.0);
    EXPECT_EQ(deterministic_pow(0.0, -0.5), kInf);
    EXPECT_TRUE(std::isnan(deterministic_pow(-1.0, 0.5)));
}

TEST(special, error_functions) {
    TestRandom u;
    auto erf_reference = [](long double x) { return erfl(x); };
    auto erfc_reference = [](long double x) { return erfcl(x); };
    EXPECT_LE(
        worst_error(
            error_function,
            erf_reference,
            [&] { return 8 * (u.uniform() - 0.5); },
            200000),
        1e-15);
    EXPECT_LE(
        worst_error(
            error_function,
            erf_reference,
            [&] { return 1e-9 * u.uniform(); },
            10000),
        1e-15);
    EXPECT_LE(
        worst_error(
            error_function_complement,
            erfc_reference,
            [&] { return 26.5 * u.uniform() - 3; },
            200000),
        2e-15);
    EXPECT_EQ(error_function(0.0), 0.0);
    EXPECT_EQ(error_function(30.0), 1.0);
    EXPECT_EQ(error_function(-kInf), -1.0);
    EXPECT_EQ(error_function_complement(kInf), 0.0);
    EXPECT_EQ(error_function_complement(-kInf), 2.0);
    EXPECT_TRUE(std::isnan(error_function(kNan)));
}

TEST(special, normal_cdf_is_accurate_in_the_lower_tail) {
    constexpr double kRows[][2] = {
        {-37, 5.72557122252457682e-300},
        {-20, 2.7536241186062337e-89},
        {-8, 6.22096057427178412e-16},
        {-3, 0.00134989803163009453},
        {-1, 0.158655253931457051},
        {-0.1, 0.460172162722971016},
        {0, 0.5},
        {0.5, 0.691462461274013104},
        {1.96, 0.975002104851779564},
        {6, 0.999999999013412355},
    };
    for (const auto& row : kRows) {
        EXPECT_LE(relative_error(normal_cdf(row[0]), row[1]), 2e-15) << row[0];
    }
    EXPECT_EQ(normal_cdf(-kInf), 0.0);
    EXPECT_EQ(normal_cdf(kInf), 1.0);
}

TEST(special, normal_quantile_matches_references) {
    constexpr double kRows[][2] = {
        {1e-300, -37.0470962993611992},
        {1e-100, -21.2734535609653243},
        {1e-20, -9.26234008979840758},
        {1e-9, -5.99780701500768686},
        {0.001, -3.09023230616781354},
        {0.025, -1.95996398454005421},
        {0.07, -1.47579102817917069},
        {0.08, -1.40507156030963254},
        {0.3, -0.524400512708040816},
    };
    for (const auto& row : kRows) {
        EXPECT_LE(relative_error(normal_quantile(row[0]), row[1]), 1e-15) << row[0];
    }
    EXPECT_EQ(normal_quantile(0.5), 0.0);
    EXPECT_EQ(normal_quantile(0.0), -kInf);
    EXPECT_EQ(normal_quantile(1.0), kInf);
    EXPECT_TRUE(std::isnan(normal_quantile(kNan)));
}

TEST(special, normal_quantile_inverts_the_cdf) {
    // an error dz of the quantile appears as z dz in log(p) of the tail
    for (double p = 1e-280; p < 0.5; p *= 1.37) {
        const double z = normal_quantile(p);
        ASSERT_LE(relative_error(normal_cdf(z), p), 2e-15 * (1 + z * z)) << p;
        if (p > 1e-3) {
            ASSERT_NEAR(normal_quantile(1 - p), -normal_quantile(1 - (1 - p)), 1e-15 * 4) << p;
        }
    }
}

TEST(special, log_gamma_matches_references) {
    constexpr double kRows[][2] = {
        {1e-300, 690.775527898213705},
        {0.001, 6.90717888538385366},
        {0.5, 0.572364942924700087},
        {1, 0},
        {1.5, -0.120782237635245222},
        {2, 0},
        {2.25, 0.124871714892396594},
        {9.99, 12.7793152143501934},
        {10, 12.8018274800814696},
        {50.5, 146.519255490720627},
        {1000, 5905.22042320918121},
        {1e8, 1.74206806610383471e+9},
    };
    for (const auto& row : kRows) {
        EXPECT_NEAR(log_gamma(row[0]), row[1], 1e-14 * std::fmax(1, std::fabs(row[1]))) << row[0];
    }
    // Gamma(n) = (n - 1)!
    double factorial = 1;
    for (int n = 1; n <= 20; ++n) {
        EXPECT_LE(relative_error(deterministic_exp(log_gamma(n)), factorial), 5e-14) << n;
        factorial *= n;
    }
    EXPECT_TRUE(std::isnan(log_gamma(0)));
    EXPECT_EQ(log_gamma(kInf), kInf);
}

TEST(special, log_beta_matches_references) {
    constexpr double kRows[][3] = {
        {0.5, 0.5, 1.14472988584940017},
        {0.5, 1000, -2.88138769657157677},
        {0.5, 1e8, -8.63797542780148265},
        {3, 4, -4.09434456222210068},
        {12, 30, -25.2748649684198084},
        {1e5, 2e6, -402037.385239488184},
        {9, 11, -13.6308687113787285},
    };
    for (const auto& row : kRows) {
        EXPECT_NEAR(log_beta(row[0], row[1]), row[2], 2e-14 * std::fmax(1, std::fabs(row[2]))) << row[0];
        EXPECT_EQ(log_beta(row[0], row[1]), log_beta(row[1], row[0]));
    }
}

TEST(special, incomplete_beta_matches_references_in_both_tails) {
    constexpr double kRows[][5] = {
        {0.5, 0.5, 0.25, 0.333333333333333333, 0.666666666666666667},
        {2, 3, 0.1, 0.0523000000000000054, 0.947699999999999995},
        {5, 0.5, 0.9, 0.316642915020012313, 0.683357084979987687},
        {30, 20, 0.7, 0.930012906699492519, 0.0699870933005074807},
        {1000, 2000, 0.3, 4.0738279160507715e-5, 0.999959261720839492},
        {1000, 2000, 0.4, 0.999999999999976528, 2.34723824106889764e-14},
        {0.01, 50, 1e-5, 0.93199960242188273, 0.0680003975781172699},
        {3, 1e5, 1e-5, 0.0803041561955605046, 0.919695843804439495},
        {250000, 750000, 0.2495, 0.124080169673620814, 0.875919830326379186},
        {1e6, 1e6, 0.497, 1.0752901880554232e-17, 0.999999999999999989},
    };
    for (const auto& row : kRows) {
        const TailPair tails = incomplete_beta(row[0], row[1], row[2]);
        EXPECT_LE(relative_error(tails.lower, row[3]), 1e-12) << row[0] << " " << row[1] << " " << row[2];
        EXPECT_LE(relative_error(tails.upper, row[4]), 1e-12) << row[0] << " " << row[1] << " " << row[2];
    }
    EXPECT_EQ(incomplete_beta(2, 3, 0).lower, 0.0);
    EXPECT_EQ(incomplete_beta(2, 3, 1).lower, 1.0);
    EXPECT_EQ(incomplete_beta(2, 3, -1).upper, 1.0);
}

TEST(special, incomplete_gamma_matches_references_in_both_tails) {
    constexpr double kRows[][4] = {
        {0.5, 0.1, 0.34527915398142298, 0.65472084601857702},
        {0.5, 8, 0.99993665751633376, 6.33424836662398425e-5},
        {3, 2, 0.323323583816936541, 0.676676416183063459},
        {50, 30, 0.000518891462548034293, 0.999481108537451966},
        {50, 80, 0.99986921602340859, 0.000130783976591410337},
        {1000, 1100, 0.998940676746070023, 0.00105932325392997735},
        {500000, 498000, 0.00231480548460393966, 0.99768519451539606},
        {1e6, 1004000, 0.999967654552686522, 3.23454473134776803e-5},
    };
    for (const auto& row : kRows) {
        const TailPair tails = incomplete_gamma(row[0], row[1]);
        EXPECT_LE(relative_error(tails.lower, row[2]), 1e-12) << row[0] << " " << row[1];
        EXPECT_LE(relative_error(tails.upper, row[3]), 1e-12) << row[0] << " " << row[1];
    }
    EXPECT_EQ(incomplete_gamma(2, 0).lower, 0.0);
    EXPECT_EQ(incomplete_gamma(2, kInf).lower, 1.0);
}

TEST(special, student_t_quantile_matches_references) {
    // columns: upper tail probability, degrees of freedom, quantile
    constexpr double kRows[][3] = {
        {1e-10, 1, 3.1830988618379066e+9},    {0.0005, 1, 636.619248768719603},
        {0.025, 1, 12.7062047361747039},      {0.2, 1, 1.37638192047117344},
        {0.4, 1, 0.324919696232906249},       {0.4999, 1, 0.000314159275694370692},
        {1e-10, 2, 70710.6781080481494},      {0.0005, 2, 31.5990545764436204},
        {0.025, 2, 4.30265272974946372},      {0.2, 2, 1.06066017177982123},
        {0.4, 2, 0.288675134594812815},       {0.4999, 2, 0.000282842718131442278},
        {1e-10, 3, 2225.76928468309319},      {0.0005, 3, 12.923978636687483},
        {0.025, 3, 3.18244630528370952},      {0.2, 3, 0.97847231236330439},
        {0.4, 3, 0.276670662332689847},       {0.4999, 3, 0.000272069909110473382},
        {1e-10, 4.5, 241.117429191934014},    {0.0005, 4.5, 7.58074049937255897},
        {0.025, 4.5, 2.65891234720440372},    {0.2, 4.5, 0.928965568576009196},
        {0.4, 4.5, 0.26875183554217514},      {0.4999, 4.5, 0.000264867814828203497},
        {1e-10, 9, 30.7373309499719778},      {0.0005, 9, 4.78091258593113905},
        {0.025, 9, 2.26215716279820551},      {0.2, 9, 0.883403859685534492},
        {0.4, 9, 0.260955336473910952},       {0.4999, 9, 0.000257708775534281973},
        {1e-10, 29, 9.51796550493783119},     {0.0005, 29, 3.65940501946633285},
        {0.025, 29, 2.04522964213270427},     {0.2, 29, 0.854191985881855615},
        {0.4, 29, 0.255683634571256085},      {0.4999, 29, 0.00025283262635095454},
        {1e-10, 100, 7.08337548140072246},    {0.0005, 100, 3.39049131116422991},
        {0.025, 100, 1.98397151852355226},    {0.2, 100, 0.845230424491016041},
        {0.4, 100, 0.254022182458227759},     {0.4999, 100, 0.000251290260708213045},
        {1e-10, 1000, 6.42787628313421363},   {0.0005, 1000, 3.3002826484239129},
        {0.025, 1000, 1.96233908082640846},   {0.2, 1000, 0.841980822162428517},
        {0.4, 1000, 0.253414515839498707},    {0.4999, 1000, 0.000250725503622888888},
        {1e-10, 100000, 6.3620004198436912},  {0.0005, 100000, 3.29062403141188266},
        {0.025, 100000, 1.95998770753460961}, {0.2, 100000, 0.841624827996900807},
        {0.4, 100000, 0.253347777157179886},  {0.4999, 100000, 0.000250663456745905398},
        {1e-100, 1, 3.18309886183790665e+99}, {1e-100, 2, 7.07106781186547517e+49},
        {1e-50, 5, 1.56839255909933781e+10},
    };
    for (const auto& row : kRows) {
        EXPECT_LE(relative_error(-student_t_quantile(row[0], row[1]), row[2]), 1e-12) << row[0] << " " << row[1];
    }
}

TEST(special, student_t_quantile_matches_the_printed_table) {
    // two-sided 95 % column of every statistics textbook, e.g. Law, Simulation Modeling and Analysis, Table T.1
    constexpr double kTable[][2] = {
        {1, 12.706},
        {2, 4.303},
        {3, 3.182},
        {4, 2.776},
        {5, 2.571},
        {9, 2.262},
        {19, 2.093},
        {29, 2.045},
        {60, 2.000},
        {120, 1.980}};
    for (const auto& row : kTable) {
        EXPECT_NEAR(student_t_quantile(0.975, row[0]), row[1], 5.1e-4) << row[0];
    }
}

TEST(special, student_t_quantile_edges) {
    EXPECT_EQ(student_t_quantile(0.5, 3), 0.0);
    EXPECT_EQ(student_t_quantile(0.0, 3), -kInf);
    EXPECT_EQ(student_t_quantile(1.0, 3), kInf);
    EXPECT_EQ(student_t_quantile(0.25, 4), -student_t_quantile(0.75, 4));
    EXPECT_EQ(student_t_quantile(0.975, kInf), normal_quantile(0.975));
    // where the continued fraction hands over to the expansion for large dof, the two agree
    for (double p : {1e-50, 1e-9, 0.025, 0.4}) {
        const double below = student_t_quantile(p, 1e7);
        const double above = student_t_quantile(p, 1e7 * (1 + 1e-12));
        EXPECT_LE(relative_error(below, above), 1e-12) << p;
    }
}

TEST(special, student_t_tails_invert_the_quantile) {
    for (double dof : {1.0, 2.5, 10.0, 300.0, 1e5}) {
        for (double p : {1e-12, 0.01, 0.3, 0.7, 0.99}) {
            EXPECT_LE(relative_error(student_t_tails(student_t_quantile(p, dof), dof).lower, p), 1e-11) << p;
        }
    }
    EXPECT_EQ(student_t_tails(0, 5).upper, 0.5);
}

TEST(special, chi_square_quantile_matches_references) {
    // columns: lower tail probability, degrees of freedom, quantile
    constexpr double kRows[][3] = {
        {1e-20, 1, 1.57079632679489645e-40},  {0.005, 1, 3.92704222205159038e-5},
        {0.05, 1, 0.00393214000001952317},    {0.5, 1, 0.454936423119572752},
        {0.95, 1, 3.84145882069412447},       {0.995, 1, 7.87943857662241575},
        {0.9999999, 1, 28.3739873627981254},  {1e-20, 2, 1.99999999999999989e-20},
        {0.005, 2, 0.0100250836470885643},    {0.05, 2, 0.102586588775101073},
        {0.5, 2, 1.38629436111989062},        {0.95, 2, 5.99146454710798021},
        {0.995, 2, 10.5966347330960716},      {0.9999999, 2, 32.2361913029693513},
        {1e-20, 5, 3.23340779551873677e-8},   {0.005, 5, 0.411741903832498841},
        {0.05, 5, 1.14547622606176928},       {0.5, 5, 4.35146019109552732},
        {0.95, 5, 11.0704976935163519},       {0.995, 5, 16.7496023436390421},
        {0.9999999, 5, 40.8630210892374654},  {1e-20, 10, 0.000521056841397432907},
        {0.005, 10, 2.15585648130463896},     {0.05, 10, 3.94029913611906009},
        {0.5, 10, 9.34181776559196744},       {0.95, 10, 18.307038053275144},
        {0.995, 10, 25.188179571971169},      {0.9999999, 10, 52.3095384118890688},
        {1e-20, 49, 3.25026218643739654},     {0.005, 49, 27.2493490695696686},
        {0.05, 49, 33.9303056185278312},      {0.5, 49, 48.334969940104764},
        {0.95, 49, 66.3386488629688109},      {0.995, 49, 78.2307080866899326},
        {0.9999999, 49, 118.785099796769171}, {1e-20, 1000, 640.374297734500723},
        {0.005, 1000, 888.563523181468324},   {0.05, 1000, 927.594363020979051},
        {0.5, 1000, 999.333412403380969},     {0.95, 1000, 1074.67944880344096},
        {0.995, 1000, 1118.94806632319164},   {0.9999999, 1000, 1250.12426901520945},
    };
    for (const auto& row : kRows) {
        EXPECT_LE(relative_error(chi_square_quantile(row[0], row[1]), row[2]), 1e-11) << row[0] << " " << row[1];
    }
    EXPECT_EQ(chi_square_quantile(0, 5), 0.0);
    EXPECT_EQ(chi_square_quantile(1, 5), kInf);
}

TEST(special, binomial_tails_match_direct_sums) {
    EXPECT_LE(relative_error(binomial_tails(3, 10, 0.25).lower, 0.775875091552734375), 1e-13);
    EXPECT_LE(relative_error(binomial_tails(0, 20, 0.1).lower, 0.121576654590569273), 1e-13);
    EXPECT_LE(relative_error(binomial_tails(480, 1000, 0.5).lower, 0.108724146602070471), 1e-13);
    EXPECT_LE(relative_error(binomial_tails(95, 100, 0.9).lower, 0.976288917336523199), 1e-13);
    EXPECT_EQ(binomial_tails(-1, 5, 0.3).lower, 0.0);
    EXPECT_EQ(binomial_tails(5, 5, 0.3).lower, 1.0);
}

TEST(special, same_bits_on_every_build) {
    // a change of these digits means that every trajectory changes
    Fingerprint f;
    auto add = [&](double a, double b) { f.add(std::bit_cast<uint64_t>(a), std::bit_cast<uint64_t>(b)); };
    TestRandom u;
    for (int i = 0; i < 20000; ++i) {
        const double x = u.uniform();
        add(deterministic_log(x), deterministic_exp(20 * x - 10));
        add(deterministic_log1p(x - 0.5), deterministic_pow(x, 3.7));
        add(normal_quantile(x), normal_cdf(12 * x - 6));
        add(error_function(4 * x - 2), error_function_complement(8 * x));
        add(log_gamma(30 * x), log_beta(10 * x, 20 * x));
    }
    EXPECT_EQ(f.hex(), "10afdef621bc89e8");
    for (double p = 0.003; p < 1; p += 0.01) {
        for (double dof : {1.0, 4.0, 33.3, 1000.0}) {
            add(student_t_quantile(p, dof), chi_square_quantile(p, dof));
        }
        add(incomplete_beta(3, 5, p).lower, incomplete_gamma(3, 9 * p).upper);
    }
    EXPECT_EQ(f.hex(), "8da69f745ca42ac2");
}

}  // namespace
}  // namespace chipchain
