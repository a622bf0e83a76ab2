// Operators of one tensor, element by element: functions, activations, casts, tests.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// y = function(x) in the element's computing type; Function is made of the node once.
template <class T, class Function>
void map_elements(NodeView& node, Tensor& output, const Function& function) {
    const std::span<const T> x = node.elements<T>(0);
    const std::span<T> y = output.as<T>();
    for (size_t i = 0; i < y.size(); ++i) {
        y[i] = T(function(static_cast<Compute<T>>(x[i])));
    }
}

template <class Function>
void compute_floats(NodeView& node, std::span<Tensor> outputs) {
    const Function function(node);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) { map_elements<T>(node, outputs[0], function); });
}

template <class Function>
void compute_numbers(NodeView& node, std::span<Tensor> outputs) {
    const Function function(node);
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) { map_elements<T>(node, outputs[0], function); });
}

// x as an integer, ties to even, whatever the rounding mode of the host: no step of it rounds.
template <class T>
T round_to_even(T x) {
    const T size = std::fabs(x), whole = std::trunc(size), part = size - whole;
    const bool up = part > T(0.5) || (part == T(0.5) && std::fmod(whole, T(2)) != 0);
    // infinity less infinity and NaN are no part
    return std::copysign(up ? whole + 1 : whole, x);
}

// A function without parameters.
struct Plain {
    explicit Plain(NodeView& /*node*/) {}
};

// defines a function of floats; x is float or double
#define CHIPCHAIN_FLOAT_FUNCTION(Name, expression) \
    struct Name : Plain {                          \
        using Plain::Plain;                        \
        template <class T>                         \
        T operator()(T x) const {                  \
            return expression;                     \
        }                                          \
    };
CHIPCHAIN_FLOAT_FUNCTION(Acos, std::acos(x))
CHIPCHAIN_FLOAT_FUNCTION(Acosh, std::acosh(x))
CHIPCHAIN_FLOAT_FUNCTION(Asin, std::asin(x))
CHIPCHAIN_FLOAT_FUNCTION(Asinh, std::asinh(x))
CHIPCHAIN_FLOAT_FUNCTION(Atan, std::atan(x))
CHIPCHAIN_FLOAT_FUNCTION(Atanh, std::atanh(x))
CHIPCHAIN_FLOAT_FUNCTION(Ceil, std::ceil(x))
CHIPCHAIN_FLOAT_FUNCTION(Cos, std::cos(x))
CHIPCHAIN_FLOAT_FUNCTION(Cosh, std::cosh(x))
CHIPCHAIN_FLOAT_FUNCTION(Erf, std::erf(x))
CHIPCHAIN_FLOAT_FUNCTION(Exp, std::exp(x))
CHIPCHAIN_FLOAT_FUNCTION(Floor, std::floor(x))
CHIPCHAIN_FLOAT_FUNCTION(Log, std::log(x))
CHIPCHAIN_FLOAT_FUNCTION(Reciprocal, T(1) / x)
CHIPCHAIN_FLOAT_FUNCTION(Round, round_to_even(x))
CHIPCHAIN_FLOAT_FUNCTION(Sigmoid, T(1) / (T(1) + std::exp(-x)))
CHIPCHAIN_FLOAT_FUNCTION(Sin, std::sin(x))
CHIPCHAIN_FLOAT_FUNCTION(Sinh, std::sinh(x))
CHIPCHAIN_FLOAT_FUNCTION(Softplus, std::max(x, T(0)) + std::log1p(std::exp(-std::fabs(x))))
CHIPCHAIN_FLOAT_FUNCTION(Softsign, x / (T(1) + std::fabs(x)))
CHIPCHAIN_FLOAT_FUNCTION(Sqrt, std::sqrt(x))
CHIPCHAIN_FLOAT_FUNCTION(Tan, std::tan(x))
CHIPCHAIN_FLOAT_FUNCTION(Tanh, std::tanh(x))
CHIPCHAIN_FLOAT_FUNCTION(HardSwish, x* std::max(T(0), std::min(T(1), x / T(6) + T(0.5))))
CHIPCHAIN_FLOAT_FUNCTION(Mish, x* std::tanh(std::log1p(std::exp(x))))
#undef CHIPCHAIN_FLOAT_FUNCTION

struct Absolute : Plain {
    using Plain::Plain;
    template <class T>
    T operator()(T x) const {
        if constexpr (std::is_unsigned_v<T>) {
            return x;
        } else if constexpr (std::is_integral_v<T>) {
            return x < 0 ? difference_of<T>(0, x) : x;
        } else {
            return std::fabs(x);
        }
    }
};

struct Negate : Plain {
    using Plain::Plain;
    template <class T>
    T operator()(T x) const {
        if constexpr (std::is_integral_v<T>) {
            return difference_of<T>(0, x);
        } else {
            return -x;
        }
    }
};

struct Sign : Plain {
    using Plain::Plain;
    template <class T>
    T operator()(T x) const {
        return static_cast<T>((x > T(0)) - (x < T(0)));
    }
};

struct Relu : Plain {
    using Plain::Plain;
    template <class T>
    T operator()(T x) const {
        return x < T(0) ? T(0) : x;
    }
};

struct BitwiseNot : Plain {
    using Plain::Plain;
    template <class T>
    T operator()(T x) const {
        if constexpr (std::is_integral_v<T>) {
            return static_cast<T>(~x);
        } else {
            return x;
        }
    }
};

struct Not : Plain {
    using Plain::Plain;
    template <class T>
    T operator()(T x) const {
        return static_cast<T>(x == T(0));
    }
};

// Activations with parameters alpha and beta (or gamma), whose defaults are ONNX's.
struct LeakyRelu {
    explicit LeakyRelu(NodeView& node) : alpha(node.number("alpha", 0.01F)) {}
    template <class T>
    T operator()(T x) const {
        return x < T(0) ? T(alpha) * x : x;
    }
    float alpha;
};
struct ThresholdedRelu {
    explicit ThresholdedRelu(NodeView& node) : alpha(node.number("alpha", 1)) {}
    template <class T>
    T operator()(T x) const {
        return x > T(alpha) ? x : T(0);
    }
    float alpha;
};
struct Elu {
    explicit Elu(NodeView& node) : alpha(node.number("alpha", 1)) {}
    template <class T>
    T operator()(T x) const {
        return x < T(0) ? T(alpha) * (std::exp(x) - T(1)) : x;
    }
    float alpha;
};
struct Celu {
    explicit Celu(NodeView& node) : alpha(node.number("alpha", 1)) { node.require(alpha != 0, "its alpha is 0"); }
    template <class T>
    T operator()(T x) const {
        return std::max(T(0), x) + std::min(T(0), T(alpha) * (std::exp(x / T(alpha)) - T(1)));
    }
    float alpha;
};
struct Selu {
    explicit Selu(NodeView& node)
        : alpha(node.number("alpha", 1.67326319217681884765625F)),
          gamma(node.number("gamma", 1.05070102214813232421875F)) {}
    template <class T>
    T operator()(T x) const {
        return T(gamma) * (x > T(0) ? x : T(alpha) * std::exp(x) - T(alpha));
    }
    float alpha;
    float gamma;
};
struct HardSigmoid {
    explicit HardSigmoid(NodeView& node) : alpha(node.number("alpha", 0.2F)), beta(node.number("beta", 0.5F)) {}
    template <class T>
    T operator()(T x) const {
        return std::max(T(0), std::min(T(1), T(alpha) * x + T(beta)));
    }
    float alpha;
    float beta;
};
struct Shrink {
    explicit Shrink(NodeView& node) : bias(node.number("bias", 0)), lambda(node.number("lambd", 0.5F)) {}
    template <class T>
    T operator()(T x) const {
        if constexpr (std::is_integral_v<T>) {
            // bias and lambda need be no integers: the result is one again
            return saturate_cast<T>(shrunk(static_cast<double>(x)));
        } else {
            return shrunk(x);
        }
    }

 private:
    template <class F>
    F shrunk(F x) const {
        return x < F(-lambda) ? x + F(bias) : x > F(lambda) ? x - F(bias) : F(0);
    }
    float bias;
    float lambda;
};
struct Gelu {
    explicit Gelu(NodeView& node) : is_tanh(node.text("approximate", "none") == "tanh") {}
    template <class T>
    T operator()(T x) const {
        if (is_tanh) {
            // sqrt(2 / pi)
            return T(0.5) * x * (T(1) + std::tanh(T(0.7978845608028654) * (x + T(0.044715) * x * x * x)));
        }
        return T(0.5) * x * (T(1) + std::erf(x / T(1.4142135623730951)));
    }
    bool is_tanh;
};
struct Swish {
    explicit Swish(NodeView& node) : alpha(node.number("alpha", node.op() == "QuickGelu" ? 1.702F : 1)) {}
    template <class T>
    T operator()(T x) const {
        return x / (T(1) + std::exp(-T(alpha) * x));
    }
    float alpha;
};

void infer_gelu(NodeView& node) {
    const std::string form = node.text("approximate", "none");
    node.require(form == "none" || form == "tanh", "its attribute approximate is neither none nor tanh");
    infer_same(node);
}

// ---- tests of floats ----

void infer_test(NodeView& node) { node.output(DataType::boolean, node.shape(0)); }

template <class Test>
void compute_test(NodeView& node, std::span<Tensor> outputs) {
    const Test test(node);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        const std::span<const T> x = node.elements<T>(0);
        const std::span<uint8_t> y = outputs[0].as<uint8_t>();
        for (size_t i = 0; i < y.size(); ++i) {
            y[i] = test(static_cast<Compute<T>>(x[i])) ? 1 : 0;
        }
    });
}

struct IsNan : Plain {
    using Plain::Plain;
    template <class T>
    bool operator()(T x) const {
        return std::isnan(x);
    }
};
struct IsInf {
    explicit IsInf(NodeView& node)
        : negative(node.integer("detect_negative", 1) != 0), positive(node.integer("detect_positive", 1) != 0) {}
    template <class T>
    bool operator()(T x) const {
        return std::isinf(x) && (x > 0 ? positive : negative);
    }
    bool negative;
    bool positive;
};

// ---- copies and casts ----

void compute_identity(NodeView& node, std::span<Tensor> outputs) { outputs[0] = node.in(0); }

void infer_dropout(NodeView& node) {
    const Tensor* ratio = node.value(1);
    const Tensor* training = node.value(2);
    // opset 12 and later train when asked to; before, a ratio without training was the only form
    const bool trains = training != nullptr && training->count() == 1 && integer_at(*training, 0) != 0;
    const bool drops = ratio == nullptr || ratio->count() != 1 || number_at(*ratio, 0) != 0;
    node.require(!node.has(2) || training != nullptr, "its training mode is computed");
    node.require(!(trains && drops), "it trains: random values are dropped");
    node.require(node.integer("is_test", 1) != 0 || node.opset() >= 7, "it trains: random values are dropped");
    infer_same(node);
    node.output(node.opset() >= 10 ? DataType::boolean : node.type(0), node.shape(0));
}

void compute_dropout(NodeView& node, std::span<Tensor> outputs) {
    outputs[0] = node.in(0);
    visit_type(outputs[1].type, [&]<class T>(TypeTag<T>) {
        for (T& kept : outputs[1].as<T>()) {
            kept = T(1);
        }
    });
}

void infer_cast(NodeView& node) {
    if (node.op() == "CastLike") {
        return node.output(node.type(1), node.shape(0));
    }
    const DataTypeInfo* to = find_onnx_type(node.integer("to", 0));
    if (node.require(to != nullptr && to->type != DataType::text, "its attribute to names no type that is held here")) {
        node.output(to->type, node.shape(0));
    }
}

int low_of(DataType type) { return type == DataType::s4 ? -8 : 0; }
int high_of(DataType type) { return type == DataType::s4 ? 7 : 15; }

void compute_cast(NodeView& node, std::span<Tensor> outputs) {
    Tensor& y = outputs[0];
    const auto cast = [&]<class From, class To>(TypeTag<From>, TypeTag<To>) {
        const std::span<const From> from = node.elements<From>(0);
        const std::span<To> to = y.as<To>();
        const bool nibble = (type_bit(y.type) & kNibbles) != 0;
        for (size_t i = 0; i < to.size(); ++i) {
            const auto x = static_cast<Compute<From>>(from[i]);
            if (y.type == DataType::boolean) {
                to[i] = To(x != 0 ? 1 : 0);
            } else if (nibble) {
                const auto whole = saturate_cast<int64_t>(x);
                to[i] = To(static_cast<Compute<To>>(std::clamp<int64_t>(whole, low_of(y.type), high_of(y.type))));
            } else if constexpr (is_floating<To> && std::is_same_v<Compute<To>, float>) {
                // binary64 to 16 bits rounds twice, by way of binary32, as the reference does
                to[i] = To(static_cast<float>(x));
            } else {
                to[i] = saturate_cast<To>(x);
            }
        }
    };
    visit_type(node.type(0), [&]<class From>(TypeTag<From> from) {
        visit_type(y.type, [&]<class To>(TypeTag<To> to) { cast(from, to); });
    });
}

// ---- clip ----

void infer_clip(NodeView& node) {
    for (size_t i = 1; i <= 2; ++i) {
        node.require_same_type(0, i);
        node.require(!node.has(i) || node.failed() || node.count(i) == 1, "its bound is no scalar");
    }
    infer_same(node);
}

void compute_clip(NodeView& node, std::span<Tensor> outputs) {
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        using C = Compute<T>;
        std::optional<C> low, high;
        if (node.has(1)) {
            low = static_cast<C>(node.elements<T>(1)[0]);
        } else if (node.has_attribute("min")) {
            low = saturate_cast<C>(node.number("min", 0));
        }
        if (node.has(2)) {
            high = static_cast<C>(node.elements<T>(2)[0]);
        } else if (node.has_attribute("max")) {
            high = saturate_cast<C>(node.number("max", 0));
        }
        map_elements<T>(node, outputs[0], [&](C x) {
            // the upper bound wins where the two cross
            const C y = low && x < *low ? *low : x;
            return high && y > *high ? *high : y;
        });
    });
}

constexpr TypeSet kSignedNumbers = kFloats | kSigned;

template <class Function>
constexpr OperatorInfo float_row(std::string_view op, std::string_view attributes = "consumed_inputs") {
    return {"", op, "", attributes, 1, 1, 1, kFloats, infer_same, compute_floats<Function>};
}

constexpr OperatorInfo kRows[] = {
    float_row<Acos>("Acos"),
    float_row<Acosh>("Acosh"),
    float_row<Asin>("Asin"),
    float_row<Asinh>("Asinh"),
    float_row<Atan>("Atan"),
    float_row<Atanh>("Atanh"),
    float_row<Ceil>("Ceil"),
    float_row<Cos>("Cos"),
    float_row<Cosh>("Cosh"),
    float_row<Erf>("Erf"),
    float_row<Exp>("Exp"),
    float_row<Floor>("Floor"),
    float_row<Log>("Log"),
    float_row<Reciprocal>("Reciprocal"),
    float_row<Round>("Round"),
    float_row<Sigmoid>("Sigmoid"),
    float_row<Sin>("Sin"),
    float_row<Sinh>("Sinh"),
    float_row<Softplus>("Softplus"),
    float_row<Softsign>("Softsign"),
    float_row<Sqrt>("Sqrt"),
    float_row<Tan>("Tan"),
    float_row<Tanh>("Tanh"),
    float_row<HardSwish>("HardSwish"),
    float_row<Mish>("Mish"),
    float_row<LeakyRelu>("LeakyRelu", "alpha consumed_inputs"),
    float_row<ThresholdedRelu>("ThresholdedRelu", "alpha"),
    float_row<Elu>("Elu", "alpha consumed_inputs"),
    float_row<Celu>("Celu", "alpha"),
    float_row<Selu>("Selu", "alpha gamma consumed_inputs"),
    float_row<HardSigmoid>("HardSigmoid", "alpha beta consumed_inputs"),
    float_row<Swish>("Swish", "alpha"),
    {"com.microsoft", "QuickGelu", "", "alpha", 1, 1, 1, kFloats, infer_same, compute_floats<Swish>},
    {"", "Gelu", "exact and tanh form", "approximate", 1, 1, 1, kFloats, infer_gelu, compute_floats<Gelu>},
    {"com.microsoft", "Gelu", "exact form", "", 1, 1, 1, kFloats, infer_gelu, compute_floats<Gelu>},
    {"", "Shrink", "", "bias lambd", 1, 1, 1, kNumbers, infer_same, compute_numbers<Shrink>},
    {"", "Abs", "", "consumed_inputs", 1, 1, 1, kNumbers, infer_same, compute_numbers<Absolute>},
    {"", "Neg", "", "consumed_inputs", 1, 1, 1, kSignedNumbers, infer_same, compute_numbers<Negate>},
    {"", "Sign", "", "", 1, 1, 1, kNumbers, infer_same, compute_numbers<Sign>},
    {"", "Relu", "", "consumed_inputs", 1, 1, 1, kSignedNumbers, infer_same, compute_numbers<Relu>},
    {"", "BitwiseNot", "", "", 1, 1, 1, kSigned | kUnsigned, infer_same, compute_numbers<BitwiseNot>},
    {"", "Not", "", "", 1, 1, 1, kBoolean, infer_same, compute_numbers<Not>},
    {"", "IsNaN", "", "", 1, 1, 1, kFloats, infer_test, compute_test<IsNan>},
    {"", "IsInf", "", "detect_negative detect_positive", 1, 1, 1, kFloats, infer_test, compute_test<IsInf>},
    {"", "Identity", "tensors", "", 1, 1, 1, kAll, infer_same, compute_identity},
    {"",
     "Dropout",
     "inference; training only with ratio 0",
     "seed ratio is_test consumed_inputs",
     1,
     3,
     2,
     kFloats,
     infer_dropout,
     compute_dropout},
    {"",
     "Cast",
     "numbers and booleans; floats beyond an integer type saturate, NaN gives 0",
     "to saturate round_mode",
     1,
     1,
     1,
     kAll,
     infer_cast,
     compute_cast},
    {"", "CastLike", "as Cast", "saturate round_mode", 2, 2, 1, kAll, infer_cast, compute_cast},
    {"",
     "Clip",
     "bounds as attributes or inputs",
     "min max consumed_inputs",
     1,
     3,
     1,
     kNumbers,
     infer_clip,
     compute_clip},
};

}  // namespace

std::span<const OperatorInfo> unary_operators() { return kRows; }

}  // namespace chipchain
