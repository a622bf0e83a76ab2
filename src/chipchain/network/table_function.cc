#include "chipchain/network/table_function.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <mpfr.h>

#include "chipchain/base/check.h"

namespace chipchain {
namespace {

constexpr mpfr_prec_t kBits = 256;
// the last division has room to keep a value apart from the bound that it lies 2^-256 below or above
constexpr mpfr_prec_t kQuotientBits = 320;

// An MPFR number that frees itself.
class Real {
 public:
    explicit Real(mpfr_prec_t bits = kBits) { mpfr_init2(value_, bits); }
    Real(const Real&) = delete;
    Real& operator=(const Real&) = delete;
    ~Real() { mpfr_clear(value_); }
    mpfr_ptr get() { return value_; }

 private:
    mpfr_t value_;
};

// MPFR keeps constants like pi for each thread: given back at the end of a table
struct CacheGuard {
    CacheGuard() = default;
    CacheGuard(const CacheGuard&) = delete;
    CacheGuard& operator=(const CacheGuard&) = delete;
    ~CacheGuard() { mpfr_free_cache(); }
};

constexpr auto kFunctions = std::to_array<TableFunctionInfo>({
    {TableFunction::identity, "identity", "", "x", 0, 0},
    {TableFunction::relu, "relu", "Relu", "max(0, x)", 0, 0},
    {TableFunction::leaky_relu, "leaky_relu", "LeakyRelu", "x < 0 ? alpha x : x", 0.01F, 0},
    // without limits ONNX clips at the largest numbers
    {TableFunction::clip, "clip", "Clip", "min(beta, max(alpha, x))", -0x1.fffffep127, 0x1.fffffep127},
    {TableFunction::sigmoid, "sigmoid", "Sigmoid", "1 / (1 + exp(-x))", 0, 0},
    {TableFunction::tanh, "tanh", "Tanh", "tanh(x)", 0, 0},
    {TableFunction::hard_sigmoid, "hard_sigmoid", "HardSigmoid", "max(0, min(1, alpha x + beta))", 0.2F, 0.5},
    {TableFunction::hard_swish, "hard_swish", "HardSwish", "x max(0, min(1, x / 6 + 1 / 2))", 0, 0},
    {TableFunction::swish, "swish", "Swish", "x / (1 + exp(-alpha x))", 1, 0},
    {TableFunction::gelu, "gelu", "Gelu", "x (1 + erf(x / sqrt(2))) / 2", 0, 0},
    {TableFunction::gelu_tanh, "gelu_tanh", "", "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2", 0, 0},
    {TableFunction::erf, "erf", "Erf", "erf(x)", 0, 0},
    {TableFunction::exp, "exp", "Exp", "exp(x)", 0, 0},
    {TableFunction::log, "log", "Log", "log(x)", 0, 0},
    {TableFunction::sqrt, "sqrt", "Sqrt", "sqrt(x)", 0, 0},
    {TableFunction::reciprocal, "reciprocal", "Reciprocal", "1 / x", 0, 0},
    {TableFunction::elu, "elu", "Elu", "x < 0 ? alpha (exp(x) - 1) : x", 1, 0},
    {TableFunction::softplus, "softplus", "Softplus", "log(1 + exp(x))", 0, 0},
    {TableFunction::negate, "negate", "Neg", "-x", 0, 0},
    {TableFunction::absolute, "absolute", "Abs", "|x|", 0, 0},
});

// 1 / (1 + exp(-x)), rounded towards zero throughout: below 1 for every finite x
void set_sigmoid(mpfr_ptr y, mpfr_srcptr x) {
    Real e;
    mpfr_neg(e.get(), x, MPFR_RNDN);
    mpfr_exp(e.get(), e.get(), MPFR_RNDU);
    mpfr_add_ui(e.get(), e.get(), 1, MPFR_RNDU);
    mpfr_ui_div(y, 1, e.get(), MPFR_RNDZ);
}

// x / (1 + exp(-alpha x)); nearer to zero than x
void set_swish(mpfr_ptr y, mpfr_srcptr x, double alpha) {
    Real s;
    mpfr_mul_d(s.get(), x, alpha, MPFR_RNDN);
    set_sigmoid(s.get(), s.get());
    mpfr_mul(y, x, s.get(), MPFR_RNDZ);
}

// x erfc(-x / sqrt(2)) / 2, without the cancellation of 1 + erf
void set_gelu(mpfr_ptr y, mpfr_srcptr x) {
    Real t;
    Real root;
    mpfr_sqrt_ui(root.get(), 2, MPFR_RNDN);
    mpfr_div(t.get(), x, root.get(), MPFR_RNDN);
    mpfr_neg(t.get(), t.get(), MPFR_RNDN);
    mpfr_erfc(t.get(), t.get(), MPFR_RNDZ);
    mpfr_mul(y, x, t.get(), MPFR_RNDZ);
    mpfr_div_2ui(y, y, 1, MPFR_RNDZ);
}

// (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3)
void set_gelu_tanh(mpfr_ptr y, mpfr_srcptr x) {
    Real u;
    Real factor;
    mpfr_set_str(factor.get(), "0.044715", 10, MPFR_RNDN);
    mpfr_sqr(u.get(), x, MPFR_RNDN);
    mpfr_mul(u.get(), u.get(), factor.get(), MPFR_RNDN);
    mpfr_add_ui(u.get(), u.get(), 1, MPFR_RNDN);
    mpfr_mul(u.get(), u.get(), x, MPFR_RNDN);
    // 2 sqrt(2 / pi) = sqrt(8 / pi)
    mpfr_const_pi(factor.get(), MPFR_RNDN);
    mpfr_ui_div(factor.get(), 8, factor.get(), MPFR_RNDN);
    mpfr_sqrt(factor.get(), factor.get(), MPFR_RNDN);
    mpfr_mul(u.get(), u.get(), factor.get(), MPFR_RNDN);
    set_sigmoid(u.get(), u.get());
    mpfr_mul(y, x, u.get(), MPFR_RNDZ);
}

// max(x, 0) + log(1 + exp(-|x|)), rounded up: above x
void set_softplus(mpfr_ptr y, mpfr_srcptr x) {
    Real e;
    mpfr_abs(e.get(), x, MPFR_RNDN);
    mpfr_neg(e.get(), e.get(), MPFR_RNDN);
    mpfr_exp(e.get(), e.get(), MPFR_RNDU);
    mpfr_log1p(e.get(), e.get(), MPFR_RNDU);
    if (mpfr_sgn(x) > 0)
        mpfr_add(y, x, e.get(), MPFR_RNDU);
    else
        mpfr_set(y, e.get(), MPFR_RNDU);
}

void set_elu(mpfr_ptr y, mpfr_srcptr x, double alpha) {
    if (mpfr_sgn(x) >= 0) {
        mpfr_set(y, x, MPFR_RNDN);
        return;
    }
    mpfr_expm1(y, x, MPFR_RNDZ);
    mpfr_mul_d(y, y, alpha, MPFR_RNDZ);
}

void set_clipped(mpfr_ptr y, double low, double high) {
    if (mpfr_cmp_d(y, low) < 0) mpfr_set_d(y, low, MPFR_RNDN);
    if (mpfr_cmp_d(y, high) > 0) mpfr_set_d(y, high, MPFR_RNDN);
}

// How a function sets y = f(x) * divisor: one with a division leaves it to the one that follows, so that a quotient
// that is a tie is one exactly. y holds x at first; undefined: NaN.
struct Setter {
    TableFunction function;
    void (*set)(mpfr_ptr y, mpfr_srcptr x, double alpha, double beta, mpfr_ptr divisor);
};

void set_hard_swish(mpfr_ptr y, mpfr_srcptr x, mpfr_ptr divisor) {
    mpfr_add_ui(y, x, 3, MPFR_RNDN);
    set_clipped(y, 0, 6);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_mul_ui(divisor, divisor, 6, MPFR_RNDN);
}

void set_hard_sigmoid(mpfr_ptr y, mpfr_srcptr x, double alpha, double beta) {
    mpfr_mul_d(y, x, alpha, MPFR_RNDN);
    mpfr_add_d(y, y, beta, MPFR_RNDN);
    set_clipped(y, 0, 1);
}

void set_reciprocal(mpfr_ptr y, mpfr_srcptr x, mpfr_ptr divisor) {
    if (mpfr_zero_p(x))
        mpfr_set_nan(y);
    else
        mpfr_set_ui(y, 1, MPFR_RNDN);
    mpfr_mul(divisor, divisor, x, MPFR_RNDN);
}

using Y = mpfr_ptr;
using X = mpfr_srcptr;
constexpr auto kSetters = std::to_array<Setter>({
    {TableFunction::identity, [](Y, X, double, double, Y) {}},
    {TableFunction::relu,
     [](Y y, X x, double, double, Y) {
         if (mpfr_sgn(x) < 0) mpfr_set_zero(y, 1);
     }},
    {TableFunction::leaky_relu,
     [](Y y, X x, double alpha, double, Y) {
         if (mpfr_sgn(x) < 0) mpfr_mul_d(y, x, alpha, MPFR_RNDN);
     }},
    {TableFunction::clip, [](Y y, X, double alpha, double beta, Y) { set_clipped(y, alpha, beta); }},
    {TableFunction::sigmoid, [](Y y, X x, double, double, Y) { set_sigmoid(y, x); }},
    {TableFunction::tanh, [](Y y, X x, double, double, Y) { mpfr_tanh(y, x, MPFR_RNDZ); }},
    {TableFunction::hard_sigmoid, [](Y y, X x, double alpha, double beta, Y) { set_hard_sigmoid(y, x, alpha, beta); }},
    {TableFunction::hard_swish, [](Y y, X x, double, double, Y divisor) { set_hard_swish(y, x, divisor); }},
    {TableFunction::swish, [](Y y, X x, double alpha, double, Y) { set_swish(y, x, alpha); }},
    {TableFunction::gelu, [](Y y, X x, double, double, Y) { set_gelu(y, x); }},
    {TableFunction::gelu_tanh, [](Y y, X x, double, double, Y) { set_gelu_tanh(y, x); }},
    {TableFunction::erf, [](Y y, X x, double, double, Y) { mpfr_erf(y, x, MPFR_RNDZ); }},
    {TableFunction::exp, [](Y y, X x, double, double, Y) { mpfr_exp(y, x, MPFR_RNDN); }},
    {TableFunction::log, [](Y y, X x, double, double, Y) { mpfr_log(y, x, MPFR_RNDN); }},
    {TableFunction::sqrt, [](Y y, X x, double, double, Y) { mpfr_sqrt(y, x, MPFR_RNDN); }},
    {TableFunction::reciprocal, [](Y y, X x, double, double, Y divisor) { set_reciprocal(y, x, divisor); }},
    {TableFunction::elu, [](Y y, X x, double alpha, double, Y) { set_elu(y, x, alpha); }},
    {TableFunction::softplus, [](Y y, X x, double, double, Y) { set_softplus(y, x); }},
    {TableFunction::negate, [](Y y, X x, double, double, Y) { mpfr_neg(y, x, MPFR_RNDN); }},
    {TableFunction::absolute, [](Y y, X x, double, double, Y) { mpfr_abs(y, x, MPFR_RNDN); }},
});

// clamp(rne(value) + zero); NaN gives low
int32_t rounded_step(mpfr_ptr value, const Clamp& clamp) {
    if (mpfr_nan_p(value)) return clamp.low;
    mpfr_rint(value, value, MPFR_RNDN);
    if (mpfr_cmp_si(value, clamp.low - clamp.zero) <= 0) return clamp.low;
    if (mpfr_cmp_si(value, clamp.high - clamp.zero) >= 0) return clamp.high;
    return static_cast<int32_t>(mpfr_get_si(value, MPFR_RNDN)) + clamp.zero;
}

}  // namespace

std::span<const TableFunctionInfo> table_functions() { return kFunctions; }

const TableFunctionInfo& info(TableFunction function) {
    const TableFunctionInfo& row = kFunctions.at(static_cast<size_t>(function));
    CHECK(row.function == function);
    return row;
}

Clamp clamp_of(const QuantisedType& q) {
    CHECK(q.type == DataType::u8 || q.type == DataType::s8);
    return q.type == DataType::u8 ? Clamp{q.zero, 0, 255} : Clamp{q.zero, -128, 127};
}

ByteTable
make_table(TableFunction function, const QuantisedType& x, const QuantisedType& y, double alpha, double beta) {
    CHECK(std::isfinite(x.scale) && x.scale > 0 && std::isfinite(y.scale) && y.scale > 0);
    const Setter& setter = kSetters.at(static_cast<size_t>(function));
    CHECK(setter.function == function);
    const CacheGuard guard;
    const Clamp clamp = clamp_of(y);
    ByteTable table{};
    Real argument;
    Real value;
    Real divisor;
    Real quotient(kQuotientBits);
    for (int byte = 0; byte < 256; ++byte) {
        const int q = x.type == DataType::s8 ? static_cast<int8_t>(byte) : byte;
        mpfr_set_flt(argument.get(), x.scale, MPFR_RNDN);
        mpfr_mul_si(argument.get(), argument.get(), q - x.zero, MPFR_RNDN);
        mpfr_set_flt(divisor.get(), y.scale, MPFR_RNDN);
        mpfr_set(value.get(), argument.get(), MPFR_RNDN);
        setter.set(value.get(), argument.get(), alpha, beta, divisor.get());
        mpfr_div(quotient.get(), value.get(), divisor.get(), MPFR_RNDN);
        table[static_cast<size_t>(byte)] = static_cast<uint8_t>(rounded_step(quotient.get(), clamp));
    }
    return table;
}

std::array<uint32_t, 256> softmax_table(float scale) {
    CHECK(std::isfinite(scale) && scale > 0);
    const CacheGuard guard;
    std::array<uint32_t, 256> table{};
    Real value;
    for (int d = 0; d < 256; ++d) {
        mpfr_set_flt(value.get(), scale, MPFR_RNDN);
        mpfr_mul_si(value.get(), value.get(), -d, MPFR_RNDN);
        mpfr_exp(value.get(), value.get(), MPFR_RNDN);
        mpfr_mul_2ui(value.get(), value.get(), 23, MPFR_RNDN);
        mpfr_rint(value.get(), value.get(), MPFR_RNDN);
        table[static_cast<size_t>(d)] = static_cast<uint32_t>(mpfr_get_ui(value.get(), MPFR_RNDN));
    }
    return table;
}

std::string table_hash(const ByteTable& table) { return sha256_hex(std::as_bytes(std::span(table))); }

std::string table_hash(const std::array<uint32_t, 256>& table) {
    std::array<uint8_t, 1024> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(table[i / 4] >> (8 * (i % 4)));
    return sha256_hex(std::as_bytes(std::span(bytes)));
}

}  // namespace chipchain
