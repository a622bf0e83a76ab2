#include "chipchain/stats/special.h"

#include <array>
#include <cmath>
#include <limits>

namespace chipchain {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kHalfLogTwoPi = 0x1.d67f1c864beb5p-1;
constexpr double kRootOfHalf = 0x1.6a09e667f3bcdp-1;

// Returns c[0] + x (c[1] + x (c[2] + ...)) by Horner's rule.
template <std::size_t N>
double polynomial(const std::array<double, N>& c, double x) {
    double sum = c[N - 1];
    for (std::size_t i = N - 1; i-- > 0;) {
        sum = sum * x + c[i];
    }
    return sum;
}

// Returns c[0]/2 + sum of c[k] T_k(t) by Clenshaw's recurrence.
template <std::size_t N>
double chebyshev(const std::array<double, N>& c, double t) {
    double b1 = 0;
    double b2 = 0;
    for (std::size_t i = N - 1; i > 0; --i) {
        const double b = 2.0 * t * b1 - b2 + c[i];
        b2 = b1;
        b1 = b;
    }
    return t * b1 - b2 + 0.5 * c[0];
}

// Returns e^(-square_factor * x * x) without the error of rounding x * x: x is split into a head of 21 bits, whose
// square is exact, and a rest. square_factor must be a power of two.
double exp_of_minus_square(double x, double square_factor) {
    const double head = std::bit_cast<double>(std::bit_cast<uint64_t>(x) & 0xffffffff00000000);
    const double rest = (x - head) * (x + head);
    return deterministic_exp(-square_factor * head * head) * deterministic_exp(-square_factor * rest);
}

// Returns e^(u^2) erfc(u) for u >= 0, relative error 1e-15. (u + 3.75) times it is smooth in t = (u-3.75)/(u+3.75) on
// the whole half line (Schonfelder, Mathematics of Computation 32, 1978, 1232-1240); the coefficients were computed
// for this file by Chebyshev interpolation in 60 digits.
double scaled_erfc(double u) {
    static constexpr std::array<double, 25> kCoefficients = {
        3.160543950817803112341473,      -1.415529163606200022107021,        0.5310168126584589208672278,
        -0.1677051157309646530461279,    0.04423489001835299594128453,       -0.009506139167741072363510124,
        0.001569622429674266610693193,   -0.0001678661262168745974009703,    0.000001971677029425333938275319,
        0.00000308697162065742324481486, -0.0000004936920694378020380978852, -9.534731466596990874333618e-9,
        1.355826598349272973483981e-8,   -1.083042338681893715701665e-9,     -2.90401841051730252394875e-10,
        5.307787477918412047107344e-11,  5.780745301094448984721458e-12,     -1.993785314415681704749654e-12,
        -1.172482815662657439255291e-13, 7.242772425819851828154287e-14,     2.880729232871307840154457e-15,
        -2.704740368320275990553765e-15, -1.096303013090008684225998e-16,    1.05015649277205857508037e-16,
        6.164032198401936395006649e-18,
    };
    const double t = (u - 3.75) / (u + 3.75);
    return chebyshev(kCoefficients, t) / (u + 3.75);
}

// A quotient of two polynomials of degree seven, coefficients from the constant upwards.
struct Rational {
    std::array<double, 8> top;
    std::array<double, 8> bottom;

    double at(double x) const { return polynomial(top, x) / polynomial(bottom, x); }
};

// The three parts of AS 241 (PPND16): z / q in 0.425^2 - q^2 with q = p - 1/2, and z in sqrt(-log(tail)) less 1.6 or 5.
constexpr Rational kCentre = {
    {3.3871328727963666080e0,
     1.3314166789178437745e2,
     1.9715909503065514427e3,
     1.3731693765509461125e4,
     4.5921953931549871457e4,
     6.7265770927008700853e4,
     3.3430575583588128105e4,
     2.5090809287301226727e3},
    {1.0,
     4.2313330701600911252e1,
     6.8718700749205790830e2,
     5.3941960214247511077e3,
     2.1213794301586595867e4,
     3.9307895800092710610e4,
     2.8729085735721942674e4,
     5.2264952788528545610e3},
};
constexpr Rational kMiddle = {
    {1.42343711074968357734e0,
     4.63033784615654529590e0,
     5.76949722146069140550e0,
     3.64784832476320460504e0,
     1.27045825245236838258e0,
     2.41780725177450611770e-1,
     2.27238449892691845833e-2,
     7.74545014278341407640e-4},
    {1.0,
     2.05319162663775882187e0,
     1.67638483018380384940e0,
     6.89767334985100004550e-1,
     1.48103976427480074590e-1,
     1.51986665636164571966e-2,
     5.47593808499534494600e-4,
     1.05075007164441684324e-9},
};
constexpr Rational kFar = {
    {6.65790464350110377720e0,
     5.46378491116411436990e0,
     1.78482653991729133580e0,
     2.96560571828504891230e-1,
     2.65321895265761230930e-2,
     1.24266094738807843860e-3,
     2.71155556874348757815e-5,
     2.01033439929228813265e-7},
    {1.0,
     5.99832206555887937690e-1,
     1.36929880922735805310e-1,
     1.48753612908506148525e-2,
     7.86869131145613259100e-4,
     1.84631831751005468180e-5,
     1.42151175831644588870e-7,
     2.04426310338993978564e-15},
};

// Returns the difference of log(Gamma(x)) from (x - 1/2) log(x) - x + log(2 pi)/2 for x >= 10, absolute error 1e-17.
// Coefficients B_2k / (2k (2k - 1)), DLMF 5.11.1.
double stirling_rest(double x) {
    static constexpr std::array<double, 8> kCoefficients = {
        1.0 / 12,
        -1.0 / 360,
        1.0 / 1260,
        -1.0 / 1680,
        1.0 / 1188,
        -691.0 / 360360.,
        1.0 / 156,
        -3617.0 / 122400.,
    };
    const double inverse = 1.0 / x;
    return inverse * polynomial(kCoefficients, inverse * inverse);
}

// Returns log(1 + u) - u. Cancels for small u; the callers weight it so that only its absolute error matters.
double log1p_minus(double u) { return deterministic_log1p(u) - u; }

// Returns log of x^a y^b / B(a, b) with x + y = 1, given also log(x) and log(y). For large a and b the deviance form
// keeps the big terms from cancelling (Loader, Fast and accurate computation of binomial probabilities, 2000).
double log_beta_power(double a, double b, double x, double y, double log_x, double log_y) {
    if (a < 10 || b < 10) {
        return a * log_x + b * log_y - log_beta(a, b);
    }
    const double n = a + b;
    const double u = (b * x - a * y) / a;  // x = (a/n)(1 + u)
    const double v = (a * y - b * x) / b;  // y = (b/n)(1 + v), a u + b v = 0
    const double rest = stirling_rest(n) - stirling_rest(a) - stirling_rest(b);
    return a * log1p_minus(u) + b * log1p_minus(v) + rest + 0.5 * deterministic_log(a * (b / n)) - kHalfLogTwoPi;
}

// Returns the continued fraction K of I_x(a, b) = x^a y^b / B(a, b) * K with y = 1 - x, which converges fast for
// x < (a + 1) / (a + b + 2): the even part of DLMF 8.17.22 in the form of Didonato and Morris (ACM Transactions on
// Mathematical Software 18, 1992, 360-373), where a - (a + b) x is written a y - b x, so that it does not cancel for
// large a. Modified Lentz method; about sqrt(max(a, b)) rounds.
double beta_fraction(double a, double b, double x, double y) {
    constexpr double kTiny = 1e-290;
    constexpr int kMaxRounds = 200000;
    auto away_from_zero = [](double value) { return std::fabs(value) < kTiny ? kTiny : value; };
    const double excess = a * y - b * x + 1.0;
    double c = away_from_zero(a * excess / (a + 1.0));
    double d = 0.0;
    double result = c;
    for (int i = 1; i < kMaxRounds; ++i) {
        const double n = i;
        const double step = n * (b - n) * x / (a + 2.0 * n - 1.0);
        const double alpha = (a + n - 1.0) * (a + b + n - 1.0) / (a + 2.0 * n - 1.0) * x * step;
        const double beta = n + step + (a + n) * (excess + n * (1.0 + y)) / (a + 2.0 * n + 1.0);
        d = 1.0 / away_from_zero(beta + alpha * d);
        c = away_from_zero(beta + alpha / c);
        result *= c * d;
        if (std::fabs(c * d - 1.0) < 3e-16) {
            break;
        }
    }
    return 1.0 / result;
}

// As incomplete_beta, for x and y = 1 - x given separately so that neither loses digits.
TailPair incomplete_beta_of(double a, double b, double x, double y, double log_x, double log_y) {
    if (x <= 0) {
        return {0.0, 1.0};
    }
    if (y <= 0) {
        return {1.0, 0.0};
    }
    const double power = deterministic_exp(log_beta_power(a, b, x, y, log_x, log_y));
    if (x * (a + b + 2.0) < a + 1.0) {
        const double lower = power * beta_fraction(a, b, x, y);
        return {lower, 1.0 - lower};
    }
    const double upper = power * beta_fraction(b, a, y, x);
    return {1.0 - upper, upper};
}

// Returns {P(|T| > t), P(|T| <= t)} for t > 0.
TailPair student_t_two_sided(double t, double dof) {
    const double ratio = (t / dof) * t;
    const double inverse = (dof / t) / t;
    return incomplete_beta_of(
        0.5 * dof,
        0.5,
        1.0 / (1.0 + ratio),
        1.0 / (1.0 + inverse),
        -deterministic_log1p(ratio),
        -deterministic_log1p(inverse));
}

// Returns the t quantile for so many degrees of freedom that four terms of the expansion in 1/dof are exact to double
// precision. z is the normal quantile. Abramowitz and Stegun 26.7.5.
double student_t_of_large_dof(double z, double dof) {
    const double s = z * z;
    const double g1 = z * (s + 1) / 4;
    const double g2 = z * ((5 * s + 16) * s + 3) / 96;
    const double g3 = z * (((3 * s + 19) * s + 17) * s - 15) / 384;
    return z + (g1 + (g2 + g3 / dof) / dof) / dof;
}

// A probability at x and its derivative by log(x).
struct PartAndSlope {
    double part;
    double slope;
};

// Returns the x with part(x) = target. Newton's method on log(part) as a function of log(x): in these coordinates the
// tails of the t and chi-square distributions are concave, so that it comes to the root from one side, whatever the
// start.
template <typename Function>
double solve_log_newton(Function part_and_slope, double target, double start) {
    double x = start;
    for (int i = 0; i < 200; ++i) {
        const PartAndSlope at = part_and_slope(x);
        const double step = deterministic_log(target / at.part) * (at.part / at.slope);
        // a tail that underflowed says nothing: come back halfway (in the logarithm)
        x *= at.part > 0 ? deterministic_exp(step) : 0.5;
        if (std::fabs(step) < 1e-14) {
            break;
        }
    }
    return x;
}

}  // namespace

double detail::log_of_special(double x) {
    if (x == 0) {
        return -kInf;
    }
    if (!(x > 0)) {
        return kNan;
    }
    if (x == kInf) {
        return kInf;
    }
    // subnormal: scale by 2^54 and take it back in the exponent
    constexpr uint64_t kRootOfHalfBits = 0x3fe6a09e667f3bcd;
    uint64_t bits = std::bit_cast<uint64_t>(x * 0x1p54) + (0x3ff0000000000000 - kRootOfHalfBits);
    const int64_t k = static_cast<int64_t>(bits >> 52) - 1023 - 54;
    bits = (bits & 0x000fffffffffffff) + kRootOfHalfBits;
    return log_of_parts(bits, static_cast<double>(k));
}

double detail::exp_of_large(double x) {
    if (x != x) {
        return kNan;
    }
    if (x > 709.79) {
        return kInf;
    }
    if (x < -745.14) {
        return 0.0;
    }
    // as deterministic_exp, but 2^k in two factors of which only the second can leave the normal range
    const double shifted = x * kInverseLn2 + kRoundToInteger;
    const double k = shifted - kRoundToInteger;
    const double r = (x - k * kLn2High) - k * kLn2Low;
    const uint64_t towards_zero = x > 0 ? static_cast<uint64_t>(-1) : 100;
    const double scale = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) + 1023 + towards_zero) << 52);
    return exp_of_small(r) * scale * (x > 0 ? 2.0 : 0x1p-100);
}

double deterministic_log1p(double x) {
    const double sum = 1.0 + x;
    if (sum == 1.0) {
        return x;
    }
    if (!(sum > 0) || sum == kInf) {
        return deterministic_log(sum);
    }
    // the rounding of 1 + x is taken back to first order
    return deterministic_log(sum) + (x - (sum - 1.0)) / sum;
}

double deterministic_pow(double x, double y) {
    if (y == 0) {
        return 1.0;
    }
    return deterministic_exp(y * deterministic_log(x));
}

double error_function(double x) {
    // x P(x^2), Chebyshev fit on [0, 1/4] with relative error 3e-20
    static constexpr std::array<double, 10> kCoefficients = {
        0x1.20dd750429b6dp+0,
        -0x1.812746b0379e6p-2,
        0x1.ce2f21a042b29p-4,
        -0x1.b82ce3127f739p-6,
        0x1.565bcd0aa6349p-8,
        -0x1.c02db23d41138p-11,
        0x1.f9a2a6635fe79p-14,
        -0x1.f4bb9f7301dedp-17,
        0x1.b776442df3041p-20,
        -0x1.39fb524e9c1f7p-23,
    };
    const double u = std::fabs(x);
    if (u <= 0.5) {
        return x * polynomial(kCoefficients, x * x);
    }
    const double upper = 1.0 - error_function_complement(u);
    return x < 0 ? -upper : upper;
}

double error_function_complement(double x) {
    const double u = std::fabs(x);
    if (u <= 0.5) {
        return 1.0 - error_function(x);
    }
    if (u > 28) {
        return x < 0 ? 2.0 : 0.0;
    }
    const double tail = scaled_erfc(u) * exp_of_minus_square(u, 1.0);
    return x < 0 ? 2.0 - tail : tail;
}

double normal_cdf(double z) {
    const double u = std::fabs(z);
    if (u > 39) {
        return z < 0 ? 0.0 : 1.0;
    }
    const double tail = 0.5 * scaled_erfc(u * kRootOfHalf) * exp_of_minus_square(u, 0.5);
    return z < 0 ? tail : 1.0 - tail;
}

double normal_quantile(double p) {
    if (p != p) {
        return kNan;
    }
    const double q = p - 0.5;
    if (std::fabs(q) <= 0.425) {
        return q * kCentre.at(0.180625 - q * q);
    }
    const double tail = q < 0 ? p : 1.0 - p;
    if (!(tail > 0)) {
        return q < 0 ? -kInf : kInf;
    }
    const double r = std::sqrt(-deterministic_log(tail));
    const double z = r <= 5 ? kMiddle.at(r - 1.6) : kFar.at(r - 5);
    return q < 0 ? -z : z;
}

double log_gamma(double x) {
    if (!(x > 0)) {
        return kNan;
    }
    if (x == kInf) {
        return kInf;
    }
    // Gamma(x) = Gamma(x + n) / (x (x + 1) ... (x + n - 1))
    double product = 1.0;
    double shifted = x;
    while (shifted < 10) {
        product *= shifted;
        shifted += 1.0;
    }
    const double stirling =
        (shifted - 0.5) * deterministic_log(shifted) - shifted + (kHalfLogTwoPi + stirling_rest(shifted));
    return stirling - deterministic_log(product);
}

double log_beta(double a, double b) {
    const double small = a < b ? a : b;
    const double large = a < b ? b : a;
    const double sum = small + large;
    if (large < 10) {
        return log_gamma(small) + (log_gamma(large) - log_gamma(sum));
    }
    // Stirling's series for the large arguments, with the large terms cancelled on paper
    const double log_share = deterministic_log1p(-small / sum);
    if (small < 10) {
        return log_gamma(small) + (stirling_rest(large) - stirling_rest(sum)) + small - small * deterministic_log(sum) +
               (large - 0.5) * log_share;
    }
    const double rest = stirling_rest(small) + stirling_rest(large) - stirling_rest(sum);
    return kHalfLogTwoPi - 0.5 * deterministic_log(large) + rest + (small - 0.5) * deterministic_log(small / sum) +
           large * log_share;
}

TailPair incomplete_beta(double a, double b, double x) {
    const double y = 1.0 - x;
    return incomplete_beta_of(a, b, x, y, deterministic_log(x), deterministic_log1p(-x));
}

TailPair incomplete_gamma(double a, double x) {
    if (!(x > 0)) {
        return {0.0, 1.0};
    }
    if (x == kInf) {
        return {1.0, 0.0};
    }
    const double log_power =
        a < 10 ? a * deterministic_log(x) - x - log_gamma(a)
               : a * log1p_minus((x - a) / a) + 0.5 * deterministic_log(a) - kHalfLogTwoPi - stirling_rest(a);
    const double power = deterministic_exp(log_power);  // x^a e^-x / Gamma(a)
    constexpr int kMaxRounds = 200000;
    if (x < a + 1.0) {
        double term = 1.0 / a;
        double sum = term;
        for (int i = 1; i < kMaxRounds && term > sum * 1e-17; ++i) {
            term *= x / (a + i);
            sum += term;
        }
        const double lower = power * sum;
        return {lower, 1.0 - lower};
    }
    // 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...)))
    double b = x + 1.0 - a;
    double c = kInf;
    double d = 1.0 / b;
    double result = d;
    for (int i = 1; i < kMaxRounds; ++i) {
        const double numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        result *= d * c;
        if (std::fabs(d * c - 1.0) < 3e-16) {
            break;
        }
    }
    const double upper = power * result;
    return {1.0 - upper, upper};
}

TailPair student_t_tails(double t, double dof) {
    if (t == 0) {
        return {0.5, 0.5};
    }
    if (dof == kInf) {
        return {normal_cdf(t), normal_cdf(-t)};
    }
    const double tail = 0.5 * student_t_two_sided(std::fabs(t), dof).lower;
    return t < 0 ? TailPair{tail, 1.0 - tail} : TailPair{1.0 - tail, tail};
}

double student_t_quantile(double p, double dof) {
    const double z = normal_quantile(p);
    const double q = p - 0.5;
    if (q == 0 || !(std::fabs(z) < kInf) || dof == kInf) {
        return z;
    }
    if (dof > 1e7) {
        return student_t_of_large_dof(z, dof);
    }
    // solve for the tail when it is small, for the middle part when that is small
    const bool by_tail = std::fabs(q) > 0.25;
    const double target = by_tail ? 2.0 * (q < 0 ? p : 1.0 - p) : 2.0 * std::fabs(q);
    const double log_scale = 0.5 * deterministic_log(dof) + log_beta(0.5, 0.5 * dof);
    auto part_and_slope = [&](double t) {
        const TailPair sides = student_t_two_sided(t, dof);
        const double log_density = -0.5 * (dof + 1.0) * deterministic_log1p((t / dof) * t) - log_scale;
        const double slope = 2.0 * t * deterministic_exp(log_density);
        return by_tail ? PartAndSlope{sides.lower, -slope} : PartAndSlope{sides.upper, slope};
    };
    const double t = solve_log_newton(part_and_slope, target, std::fabs(z));
    return q < 0 ? -t : t;
}

TailPair chi_square_tails(double x, double dof) { return incomplete_gamma(0.5 * dof, 0.5 * x); }

double chi_square_quantile(double p, double dof) {
    if (!(p > 0)) {
        return p != p ? kNan : 0.0;
    }
    if (p >= 1) {
        return kInf;
    }
    // start: Wilson and Hilferty (1931), or the first term of the series where that fails
    const double ninth = 2.0 / (9.0 * dof);
    const double root = 1.0 - ninth + normal_quantile(p) * std::sqrt(ninth);
    const double near_zero = 2.0 * deterministic_exp((deterministic_log(p) + log_gamma(0.5 * dof + 1.0)) / (0.5 * dof));
    const double start = root > 0.3 ? dof * root * root * root : near_zero;
    const bool by_upper = p > 0.5;
    const double log_scale = log_gamma(0.5 * dof);
    auto part_and_slope = [&](double x) {
        const TailPair tails = chi_square_tails(x, dof);
        const double half = 0.5 * x;
        const double slope = deterministic_exp(0.5 * dof * deterministic_log(half) - half - log_scale);
        return by_upper ? PartAndSlope{tails.upper, -slope} : PartAndSlope{tails.lower, slope};
    };
    return solve_log_newton(part_and_slope, by_upper ? 1.0 - p : p, start);
}

TailPair binomial_tails(int64_t k, int64_t n, double p) {
    if (k < 0) {
        return {0.0, 1.0};
    }
    if (k >= n) {
        return {1.0, 0.0};
    }
    // P(B > k) = I_p(k + 1, n - k)
    const TailPair beta = incomplete_beta(static_cast<double>(k) + 1.0, static_cast<double>(n - k), p);
    return {beta.upper, beta.lower};
}

}  // namespace chipchain
