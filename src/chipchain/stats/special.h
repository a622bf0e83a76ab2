// Special functions with the same bits on every compiler and optimisation level.
//
// libm results differ between C libraries and versions, so anything that feeds a trajectory or a printed figure
// uses the functions below: plain IEEE-754 double additions, multiplications, divisions and square roots in a fixed
// order. They are used by the random variates (log, exp, pow, normal_quantile), by the intervals (student_t_quantile)
// and by the yield models (erf, normal_cdf).
//
// Invariants
//   1. No call into libm except std::sqrt, std::fabs and std::floor, which IEEE-754 defines exactly.
//   2. No table that depends on the build; no fused multiply-add (the project compiles with -ffp-contract=off).
//   3. Rounding mode is round-to-nearest-even.
//   4. NaN in, NaN out. No function traps, throws or writes a global.
// "Relative error" below was measured against 50-digit references (mpmath 1.4); special.test.cc asserts the bounds.
#pragma once

#include <bit>
#include <cstdint>

namespace chipchain {

// Returns the natural logarithm of x, relative error <= 2.3e-16 (1 ulp).
// log(0) = -inf, log(negative) = NaN, log(+inf) = +inf; subnormal arguments are exact inputs like any other.
inline double deterministic_log(double x);

// Returns e^x, relative error <= 2.3e-16 while the result is a normal number.
// Overflows to +inf above 709.78, goes through the subnormal numbers to 0 below -745.13.
inline double deterministic_exp(double x);

// Returns log(1 + x) without cancellation near x = 0, relative error <= 1e-15. log1p(-1) = -inf, below -1 NaN.
double deterministic_log1p(double x);

// Returns x^y for x >= 0, relative error <= 3e-16 * (1 + |y log x|): the cost of exp(y log x).
// x^0 = 1 for every x, 0^y = 0 for y > 0 and +inf for y < 0; x < 0 gives NaN.
double deterministic_pow(double x, double y);

// Returns the error function 2/sqrt(pi) * integral of exp(-t^2) over [0, x], relative error <= 1e-15.
double error_function(double x);

// Returns 1 - erf(x), relative error <= 2e-15 while the result is a normal number (x <= 26.5), then towards 0.
double error_function_complement(double x);

// Returns P(Z <= z) of the standard normal distribution, relative error <= 2e-15 also in the far lower tail
// (z >= -37.5; below that the result is subnormal or 0). For the upper tail ask for normal_cdf(-z).
double normal_cdf(double z);

// Returns the z with P(Z <= z) = p, relative error <= 1e-15. p <= 0 gives -inf, p >= 1 gives +inf.
// Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37(3), 1988, 477-484.
double normal_quantile(double p);

// Returns log(Gamma(x)) for x > 0, error <= 1e-14 * max(1, |result|) (it crosses zero at 1 and 2, so the error there is
// absolute). x <= 0 gives NaN, +inf gives +inf. Stirling's series, DLMF 5.11.1, shifted to x >= 10.
double log_gamma(double x);

// Returns log(B(a, b)) = log(Gamma(a) Gamma(b) / Gamma(a + b)) for a, b > 0, error <= 2e-14 * max(1, |result|).
double log_beta(double a, double b);

// The two parts of a distribution at a point: lower + upper = 1. Both are accurate in the relative sense, also when
// one of them is tiny.
struct TailPair {
    double lower;
    double upper;
};

// Returns {I_x(a, b), 1 - I_x(a, b)}, the regularised incomplete beta function for a, b > 0 and 0 <= x <= 1, relative
// error <= 1e-12 for a, b <= 1e6. x outside [0, 1] is clamped. Continued fraction DLMF 8.17.22, modified Lentz method.
TailPair incomplete_beta(double a, double b, double x);

// Returns {P(a, x), Q(a, x)}, the regularised incomplete gamma functions for a > 0, x >= 0, relative error <= 1e-12 for
// a <= 1e6. Series DLMF 8.11.4 below x = a + 1, continued fraction DLMF 8.9.2 above.
TailPair incomplete_gamma(double a, double x);

// Returns {P(T <= t), P(T > t)} of Student's t distribution with dof > 0 degrees of freedom (need not be an integer).
TailPair student_t_tails(double t, double dof);

// Returns the t with P(T <= t) = p, relative error <= 1e-12 for dof >= 1 and 1e-150 <= p <= 1 - 1e-16.
// p <= 0 gives -inf, p >= 1 gives +inf, p = 0.5 gives 0; dof = +inf gives normal_quantile(p).
double student_t_quantile(double p, double dof);

// Returns {P(X <= x), P(X > x)} of the chi-square distribution with dof > 0 degrees of freedom. The upper part is the
// p-value of a goodness-of-fit test.
TailPair chi_square_tails(double x, double dof);

// Returns the x with P(X <= x) = p, relative error <= 1e-11 for 1e-100 <= p <= 1 - 1e-16 and dof <= 1e6.
// p <= 0 gives 0, p >= 1 gives +inf.
double chi_square_quantile(double p, double dof);

// Returns {P(B <= k), P(B > k)} for the number B of successes in n trials with success probability p. k >= n gives
// {1, 0}, k < 0 gives {0, 1}. DLMF 8.17.5.
TailPair binomial_tails(int64_t k, int64_t n, double p);

// ---------------------------------------------------------------------------------------------------------------------

namespace detail {

constexpr double kInverseLn2 = 0x1.71547652b82fep0;
constexpr double kLn2High = 0x1.62e42feep-1;  // the upper 32 bits of log(2): its product with a small integer is exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kRoundToInteger = 0x1.8p52;  // adding and subtracting it rounds to the nearest integer

double log_of_special(double x);
double exp_of_large(double x);

// Returns log(2^exponent * m), where bits holds m in [sqrt(1/2), sqrt(2)).
// log(1+f) = f - f^2/2 + s(f^2/2 + R(s^2)) with s = f/(2+f) and R(z) = z(2/3 + 2z/5 + ...) from atanh; the
// polynomial is a Chebyshev fit on [0, 0.02944] with relative error 4.6e-18 of the logarithm.
inline double log_of_parts(uint64_t bits, double exponent) {
    const double f = std::bit_cast<double>(bits) - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double w = z * z;
    const double even = w * (0x1.99999999952d7p-2 + w * (0x1.c71c62e3f11e6p-3 + w * 0x1.39fe51a7c18f9p-3));
    const double odd =
        z * (0x1.5555555555558p-1 + w * (0x1.2492492df281ap-2 + w * (0x1.7462b51cb66b1p-3 + w * 0x1.2b5900de53b32p-3)));
    const double half_square = 0.5 * f * f;
    const double tail = s * (half_square + (even + odd)) + exponent * kLn2Low;
    return exponent * kLn2High - ((half_square - tail) - f);
}

// Returns e^r for |r| <= log(2)/2 * 1.0005: 1 + r + r^2 P(r), Chebyshev fit with relative error 1.3e-17.
inline double exp_of_small(double r) {
    const double square = r * r;
    const double fourth = square * square;
    const double low =
        (0x1.0000000000001p-1 + r * 0x1.5555555555556p-3) + square * (0x1.5555555553d4fp-5 + r * 0x1.11111111109adp-7);
    const double high = (0x1.6c16c17893833p-10 + r * 0x1.a01a01a7c8d47p-13) +
                        square * (0x1.a019b8ef67c6cp-16 + r * 0x1.71de0d9c145d0p-19);
    const double top = 0x1.2891a8c1d838dp-22 + r * 0x1.af38d53857513p-26;
    return 1.0 + (r + square * (low + fourth * (high + fourth * top)));
}

}  // namespace detail

inline double deterministic_log(double x) {
    constexpr uint64_t kSmallestNormal = 0x0010000000000000;
    constexpr uint64_t kInfinity = 0x7ff0000000000000;
    constexpr uint64_t kRootOfHalf = 0x3fe6a09e667f3bcd;
    uint64_t bits = std::bit_cast<uint64_t>(x);
    // one comparison sends zero, subnormal, negative, infinite and NaN aside
    if (bits - kSmallestNormal >= kInfinity - kSmallestNormal) [[unlikely]] {
        return detail::log_of_special(x);
    }
    // split x = 2^k m with m in [sqrt(1/2), sqrt(2))
    bits += 0x3ff0000000000000 - kRootOfHalf;
    const int64_t k = static_cast<int64_t>(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffff) + kRootOfHalf;
    return detail::log_of_parts(bits, static_cast<double>(k));
}

inline double deterministic_exp(double x) {
    if (!(x > -708.0 && x < 709.0)) [[unlikely]] {
        return detail::exp_of_large(x);
    }
    // x = k log(2) + r; the low bits of the shifted sum hold k
    const double shifted = x * detail::kInverseLn2 + detail::kRoundToInteger;
    const double k = shifted - detail::kRoundToInteger;
    const double r = (x - k * detail::kLn2High) - k * detail::kLn2Low;
    const double scale = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) + 1023) << 52);
    return detail::exp_of_small(r) * scale;
}

}  // namespace chipchain
