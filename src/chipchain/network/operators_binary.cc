// Operators of two or more tensors, element by element with broadcasting.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// ---- shapes ----

// The shape of input 1 as it is broadcast: before operator set 7 `axis` said where its dimensions stand, and the slopes
// of PRelu stood along the channels.
Shape second_shape(NodeView& node) {
    Shape shape = node.shape(1);
    if (node.opset() < 7 && node.op() == "PRelu" && shape.size() == 1 && node.rank(0) > 2) {
        shape.insert(shape.end(), node.shape(0).size() - 2, 1);
        return shape;
    }
    if (node.opset() < 7 && node.has_attribute("axis")) {
        const int64_t axis = node.axis(node.integer("axis", 0), node.rank(0));
        const int64_t behind = node.rank(0) - axis - static_cast<int64_t>(shape.size());
        if (node.require(behind >= 0, "its second input does not fit behind the axis")) {
            shape.insert(shape.end(), static_cast<size_t>(behind), 1);
        }
    }
    return shape;
}

void infer_pair_as(NodeView& node, DataType type) {
    node.require(
        node.opset() < 7 || !(node.has_attribute("axis") || node.has_attribute("broadcast")),
        "its axis or broadcast is of an operator set before 7");
    const Shape second = second_shape(node);
    const std::optional<Shape> shape = broadcast_shapes(node.shape(0), second);
    if (node.require(
            shape.has_value(),
            fmt::format("shapes {} and {} do not broadcast", shape_text(node.shape(0)), shape_text(second)))) {
        node.output(type, *shape);
    }
}

void infer_pair(NodeView& node) {
    node.require_same_type(0, 1);
    infer_pair_as(node, node.type(0));
}
void infer_compare(NodeView& node) {
    node.require_same_type(0, 1);
    infer_pair_as(node, DataType::boolean);
}
void infer_pow(NodeView& node) {
    node.require_type(1, kNumbers);
    infer_pair_as(node, node.type(0));
}
void infer_many(NodeView& node) {
    for (size_t i = 1; i < node.input_count(); ++i) {
        node.require(node.has(i), "one of its inputs is missing");
        node.require_same_type(0, i);
    }
    if (!node.failed()) {
        infer_broadcast(node);
    }
}

// Calls function(o, a, b) for each element of the output with the offsets of its operands.
template <class Function>
void for_each_pair(NodeView& node, const Shape& shape, Function&& function) {
    const Shape second = second_shape(node);
    if (node.shape(0) == shape && second == shape) {
        const int64_t count = element_count(shape);
        for (int64_t i = 0; i < count; ++i) {
            function(i, i, i);
        }
        return;
    }
    for_each_index<2>(
        shape,
        {broadcast_strides(node.shape(0), shape), broadcast_strides(second, shape)},
        [&](int64_t o, const std::array<int64_t, 2>& at) { function(o, at[0], at[1]); });
}

template <class Function>
void compute_pair(NodeView& node, std::span<Tensor> outputs) {
    const Function function(node);
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* a = node.elements<T>(0).data();
        const T* b = node.elements<T>(1).data();
        T* y = outputs[0].as<T>().data();
        for_each_pair(node, outputs[0].shape, [&](int64_t o, int64_t i, int64_t j) {
            y[o] = T(function.template apply<T>(static_cast<Compute<T>>(a[i]), static_cast<Compute<T>>(b[j])));
        });
    });
}

template <class Function>
void compute_compare(NodeView& node, std::span<Tensor> outputs) {
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* a = node.elements<T>(0).data();
        const T* b = node.elements<T>(1).data();
        uint8_t* y = outputs[0].as<uint8_t>().data();
        for_each_pair(node, outputs[0].shape, [&](int64_t o, int64_t i, int64_t j) {
            y[o] = Function()(static_cast<Compute<T>>(a[i]), static_cast<Compute<T>>(b[j])) ? 1 : 0;
        });
    });
}

// ---- functions ----

struct Plain {
    explicit Plain(NodeView& /*node*/) {}
};
struct Add : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        return sum_of<T>(a, b);
    }
};
struct Subtract : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        return difference_of<T>(a, b);
    }
};
struct Multiply : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        return product_of<T>(a, b);
    }
};
struct Divide {
    explicit Divide(NodeView& n) : node(n) {}
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        if constexpr (std::is_integral_v<T>) {
            if (b == 0) {
                node.fail("it divides an integer by zero");
                return 0;
            }
            // the smallest number divided by -1 wraps
            if constexpr (std::is_signed_v<T>) {
                if (b == -1) {
                    return difference_of<T>(0, a);
                }
            }
            return static_cast<T>(a / b);
        } else {
            return a / b;
        }
    }
    NodeView& node;
};
// The remainder has the divisor's sign, or, with fmod = 1, the dividend's.
struct Modulo {
    explicit Modulo(NodeView& n) : node(n), fmod(n.integer("fmod", 0) != 0) {}
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        if constexpr (std::is_integral_v<T>) {
            if (b == 0) {
                node.fail("it divides an integer by zero");
                return 0;
            }
            if constexpr (std::is_signed_v<T>) {
                if (b == -1) {
                    return 0;
                }
                const T rest = static_cast<T>(a % b);
                return !fmod && rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
            } else {
                return static_cast<T>(a % b);
            }
        } else {
            return std::fmod(a, b);
        }
    }
    NodeView& node;
    bool fmod;
};
void infer_modulo(NodeView& node) {
    node.require(
        (type_bit(node.type(0)) & kFloats) == 0 || node.integer("fmod", 0) != 0,
        "floats need its attribute fmod = 1");
    infer_pair(node);
}

struct BitAnd : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        if constexpr (std::is_integral_v<T>) {
            return static_cast<T>(a & b);
        }
        return a;
    }
};
struct BitOr : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        if constexpr (std::is_integral_v<T>) {
            return static_cast<T>(a | b);
        }
        return a;
    }
};
struct BitXor : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        if constexpr (std::is_integral_v<T>) {
            return static_cast<T>(a ^ b);
        }
        return a;
    }
};
struct BitShift {
    explicit BitShift(NodeView& node) : left(node.text("direction", "") == "LEFT") {}
    template <class T>
    Compute<T> apply(Compute<T> a, Compute<T> b) const {
        if constexpr (std::is_unsigned_v<T>) {
            if (b >= static_cast<T>(std::numeric_limits<T>::digits)) {
                return 0;
            }
            const auto wide = static_cast<uint64_t>(a);
            return static_cast<T>(left ? wide << b : wide >> b);
        }
        return a;
    }
    bool left;
};
void infer_shift(NodeView& node) {
    const std::string direction = node.text("direction", "");
    node.require(direction == "LEFT" || direction == "RIGHT", "its direction is neither LEFT nor RIGHT");
    infer_pair(node);
}

// The slope of PRelu is broadcast to x alone.
void infer_prelu(NodeView& node) {
    node.require_same_type(0, 1);
    const std::optional<Shape> shape = broadcast_shapes(node.shape(0), second_shape(node));
    node.require(shape && *shape == node.shape(0), "its slope does not broadcast to its input");
    infer_same(node);
}
struct Prelu : Plain {
    using Plain::Plain;
    template <class T>
    Compute<T> apply(Compute<T> x, Compute<T> slope) const {
        if constexpr (std::is_unsigned_v<T>) {
            return x;
        } else {
            return x < 0 ? product_of<T>(x, slope) : x;
        }
    }
};

struct Equal {
    template <class T>
    bool operator()(T a, T b) const {
        return a == b;
    }
};
struct Less {
    template <class T>
    bool operator()(T a, T b) const {
        return a < b;
    }
};
struct LessOrEqual {
    template <class T>
    bool operator()(T a, T b) const {
        return a <= b;
    }
};
struct Greater {
    template <class T>
    bool operator()(T a, T b) const {
        return a > b;
    }
};
struct GreaterOrEqual {
    template <class T>
    bool operator()(T a, T b) const {
        return a >= b;
    }
};

// The power of integers to integers by squaring mod 2^64; everything else in binary64 for integers, else in the type.
template <class T>
T integer_power(T base, int64_t exponent) {
    if (exponent < 0) {
        return static_cast<T>(base == 1 ? 1 : base == static_cast<T>(-1) ? (exponent % 2 == 0 ? 1 : -1) : 0);
    }
    uint64_t result = 1;
    auto factor = static_cast<uint64_t>(base);
    for (auto left = static_cast<uint64_t>(exponent); left > 0; left >>= 1) {
        result = (left & 1) != 0 ? result * factor : result;
        factor *= factor;
    }
    return static_cast<T>(result);
}

void compute_pow(NodeView& node, std::span<Tensor> outputs) {
    const auto power = [&]<class T, class E>(TypeTag<T>, TypeTag<E>) {
        const T* a = node.elements<T>(0).data();
        const E* b = node.elements<E>(1).data();
        T* y = outputs[0].as<T>().data();
        for_each_pair(node, outputs[0].shape, [&](int64_t o, int64_t i, int64_t j) {
            if constexpr (is_floating<T>) {
                y[o] = T(std::pow(static_cast<Compute<T>>(a[i]), static_cast<Compute<T>>(b[j])));
            } else if constexpr (std::is_integral_v<E>) {
                y[o] = integer_power<T>(a[i], saturate_cast<int64_t>(b[j]));
            } else {
                y[o] = saturate_cast<T>(std::pow(static_cast<double>(a[i]), static_cast<double>(b[j])));
            }
        });
    };
    visit_type(node.type(0), [&]<class T>(TypeTag<T> t) {
        visit_type(node.type(1), [&]<class E>(TypeTag<E> e) { power(t, e); });
    });
}

// ---- any number of inputs ----

struct TakeMax {
    template <class T>
    static Compute<T> apply(Compute<T> a, Compute<T> b) {
        // NaN wins, as in numpy
        return a != a || a > b ? a : b;
    }
};
struct TakeMin {
    template <class T>
    static Compute<T> apply(Compute<T> a, Compute<T> b) {
        return a != a || a < b ? a : b;
    }
};
struct TakeSum {
    template <class T>
    static Compute<T> apply(Compute<T> a, Compute<T> b) {
        return sum_of<T>(a, b);
    }
};

// Folds the inputs from the first to the last; Mean divides at the end.
template <class Function, bool kMean>
void compute_many(NodeView& node, std::span<Tensor> outputs) {
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const Shape& shape = outputs[0].shape;
        std::vector<Compute<T>> folded(static_cast<size_t>(element_count(shape)));
        for (size_t k = 0; k < node.input_count(); ++k) {
            const T* x = node.elements<T>(k).data();
            for_each_index<1>(
                shape,
                {broadcast_strides(node.shape(k), shape)},
                [&](int64_t o, const std::array<int64_t, 1>& at) {
                    Compute<T>& to = folded[static_cast<size_t>(o)];
                    const auto value = static_cast<Compute<T>>(x[at[0]]);
                    to = k == 0 ? value : Function::template apply<T>(to, value);
                });
        }
        const std::span<T> y = outputs[0].as<T>();
        for (size_t i = 0; i < y.size(); ++i) {
            if constexpr (kMean) {
                y[i] = T(static_cast<Compute<T>>(folded[i] / static_cast<Compute<T>>(node.input_count())));
            } else {
                y[i] = T(folded[i]);
            }
        }
    });
}

// ---- where ----

void infer_where(NodeView& node) {
    node.require_same_type(1, 2);
    if (!node.require_type(1, kAll)) {
        return;
    }
    infer_broadcast(node);
    if (!node.failed()) {
        node.outputs()[0].type = node.type(1);
    }
}

void compute_where(NodeView& node, std::span<Tensor> outputs) {
    const std::span<const uint8_t> condition = node.elements<uint8_t>(0);
    const Shape& shape = outputs[0].shape;
    const size_t size = info(outputs[0].type).bytes;
    const std::byte* a = node.in(1).bytes.data();
    const std::byte* b = node.in(2).bytes.data();
    for_each_index<3>(
        shape,
        {broadcast_strides(node.shape(0), shape),
         broadcast_strides(node.shape(1), shape),
         broadcast_strides(node.shape(2), shape)},
        [&](int64_t o, const std::array<int64_t, 3>& at) {
            const std::byte* from = condition[static_cast<size_t>(at[0])] != 0 ? a + static_cast<size_t>(at[1]) * size
                                                                               : b + static_cast<size_t>(at[2]) * size;
            std::copy(from, from + size, outputs[0].bytes.data() + static_cast<size_t>(o) * size);
        });
}

constexpr TypeSet kIntegers = kSigned | kUnsigned;
constexpr std::string_view kOld = "axis broadcast consumed_inputs";  // before operator set 7

constexpr OperatorInfo kRows[] = {
    {"", "Add", "integers wrap", kOld, 2, 2, 1, kNumbers, infer_pair, compute_pair<Add>},
    {"", "Sub", "integers wrap", kOld, 2, 2, 1, kNumbers, infer_pair, compute_pair<Subtract>},
    {"", "Mul", "integers wrap", kOld, 2, 2, 1, kNumbers, infer_pair, compute_pair<Multiply>},
    {"", "Div", "integers truncate; by zero is refused", kOld, 2, 2, 1, kNumbers, infer_pair, compute_pair<Divide>},
    {"", "Mod", "integers by zero are refused", "fmod", 2, 2, 1, kNumbers, infer_modulo, compute_pair<Modulo>},
    {"", "Pow", "", kOld, 2, 2, 1, kNumbers, infer_pow, compute_pow},
    {"",
     "PRelu",
     "slopes that broadcast to the input",
     "consumed_inputs",
     2,
     2,
     1,
     kNumbers,
     infer_prelu,
     compute_pair<Prelu>},
    {"", "And", "", kOld, 2, 2, 1, kBoolean, infer_pair, compute_pair<BitAnd>},
    {"", "Or", "", kOld, 2, 2, 1, kBoolean, infer_pair, compute_pair<BitOr>},
    {"", "Xor", "", kOld, 2, 2, 1, kBoolean, infer_pair, compute_pair<BitXor>},
    {"", "BitwiseAnd", "", "", 2, 2, 1, kIntegers, infer_pair, compute_pair<BitAnd>},
    {"", "BitwiseOr", "", "", 2, 2, 1, kIntegers, infer_pair, compute_pair<BitOr>},
    {"", "BitwiseXor", "", "", 2, 2, 1, kIntegers, infer_pair, compute_pair<BitXor>},
    {"",
     "BitShift",
     "shifts by the width or more give 0",
     "direction",
     2,
     2,
     1,
     kUnsigned,
     infer_shift,
     compute_pair<BitShift>},
    {"", "Equal", "", kOld, 2, 2, 1, kNumbers | kBoolean, infer_compare, compute_compare<Equal>},
    {"", "Less", "", kOld, 2, 2, 1, kNumbers, infer_compare, compute_compare<Less>},
    {"", "LessOrEqual", "", "", 2, 2, 1, kNumbers, infer_compare, compute_compare<LessOrEqual>},
    {"", "Greater", "", kOld, 2, 2, 1, kNumbers, infer_compare, compute_compare<Greater>},
    {"", "GreaterOrEqual", "", "", 2, 2, 1, kNumbers, infer_compare, compute_compare<GreaterOrEqual>},
    {"", "Max", "", "consumed_inputs", 1, 255, 1, kNumbers, infer_many, compute_many<TakeMax, false>},
    {"", "Min", "", "consumed_inputs", 1, 255, 1, kNumbers, infer_many, compute_many<TakeMin, false>},
    {"", "Sum", "", "consumed_inputs", 1, 255, 1, kFloats, infer_many, compute_many<TakeSum, false>},
    {"", "Mean", "", "consumed_inputs", 1, 255, 1, kFloats, infer_many, compute_many<TakeSum, true>},
    {"", "Where", "", "", 3, 3, 1, kBoolean, infer_where, compute_where},
};

}  // namespace

std::span<const OperatorInfo> binary_operators() { return kRows; }

}  // namespace chipchain
