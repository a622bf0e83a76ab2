#include "chipchain/network/table_function.h"

#include <cmath>

#include <gtest/gtest.h>

namespace chipchain {
namespace {

constexpr QuantisedType kX{DataType::u8, 0.0625F, 128};

int entry(
    TableFunction function,
    const QuantisedType& x,
    int q,
    const QuantisedType& y,
    double alpha = 0,
    double beta = 0) {
    const ByteTable table = make_table(function, x, y, alpha, beta);
    const uint8_t byte = table[static_cast<uint8_t>(q)];
    return y.type == DataType::s8 ? static_cast<int8_t>(byte) : byte;
}

long double real_value(TableFunction function, long double x, long double alpha, long double beta) {
    switch (function) {
        case TableFunction::identity:
            return x;
        case TableFunction::relu:
            return std::max(0.0L, x);
        case TableFunction::leaky_relu:
            return x < 0 ? alpha * x : x;
        case TableFunction::clip:
            return std::min(beta, std::max(alpha, x));
        case TableFunction::sigmoid:
            return 1 / (1 + std::exp(-x));
        case TableFunction::tanh:
            return std::tanh(x);
        case TableFunction::hard_sigmoid:
            return std::max(0.0L, std::min(1.0L, alpha * x + beta));
        case TableFunction::hard_swish:
            return x * std::max(0.0L, std::min(1.0L, x / 6 + 0.5L));
        case TableFunction::swish:
            return x / (1 + std::exp(-alpha * x));
        case TableFunction::gelu:
            return x * (1 + std::erf(x / std::sqrt(2.0L))) / 2;
        case TableFunction::gelu_tanh:
            return x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0L)) * (x + 0.044715L * x * x * x))) / 2;
        case TableFunction::erf:
            return std::erf(x);
        case TableFunction::exp:
            return std::exp(x);
        case TableFunction::log:
            return std::log(x);
        case TableFunction::sqrt:
            return std::sqrt(x);
        case TableFunction::reciprocal:
            return 1 / x;
        case TableFunction::elu:
            return x < 0 ? alpha * std::expm1(x) : x;
        case TableFunction::softplus:
            return std::log1p(std::exp(x));
        case TableFunction::negate:
            return -x;
        case TableFunction::absolute:
            return std::abs(x);
    }
    return 0;
}

// is every entry of every function the nearest step to the real value, on signed and unsigned bytes?
TEST(TableFunction, entries_are_the_nearest_steps) {
    for (const TableFunctionInfo& row : table_functions()) {
        for (const QuantisedType& x : {kX, QuantisedType{DataType::s8, 0.037F, -9}}) {
            const QuantisedType y{DataType::s8, 0.0311F, 5};
            const ByteTable table = make_table(row.function, x, y, row.alpha, row.beta);
            for (int byte = 0; byte < 256; ++byte) {
                const int q = x.type == DataType::s8 ? static_cast<int8_t>(byte) : byte;
                const long double argument = (q - x.zero) * static_cast<long double>(x.scale);
                const auto found = static_cast<int8_t>(table[static_cast<size_t>(byte)]);
                long double steps = real_value(
                    row.function,
                    argument,
                    static_cast<long double>(row.alpha),
                    static_cast<long double>(row.beta));
                steps = steps / static_cast<long double>(y.scale) + y.zero;
                const bool undefined =
                    std::isnan(steps) || (row.function == TableFunction::reciprocal && argument == 0);
                if (undefined) {
                    ASSERT_EQ(found, -128) << row.name;
                } else {
                    ASSERT_LT(std::abs(std::clamp(steps, -128.0L, 127.0L) - found), 0.5L + 1e-12L)
                        << row.name << ' ' << q;
                }
            }
        }
    }
}

// are entries the ones worked out by hand, and ties even before the zero point is added?
TEST(TableFunction, known_entries) {
    const QuantisedType y{DataType::u8, 0x1p-8F, 0};
    EXPECT_EQ(entry(TableFunction::sigmoid, kX, 128, y), 128);
    EXPECT_EQ(entry(TableFunction::sigmoid, kX, 144, y), 187);     // 1 / (1 + 1/e) = 0.731059: 187.15
    EXPECT_EQ(entry(TableFunction::tanh, kX, 144, y), 195);        // 0.761594: 194.97
    EXPECT_EQ(entry(TableFunction::gelu, kX, 144, y), 215);        // 0.841345: 215.38
    EXPECT_EQ(entry(TableFunction::hard_swish, kX, 144, y), 171);  // 2/3: 170.67
    EXPECT_EQ(entry(TableFunction::sqrt, kX, 132, y), 128);
    EXPECT_EQ(entry(TableFunction::reciprocal, kX, 192, {DataType::u8, 0.5F, 1}), 1);  // 1/4: half a step, even
    EXPECT_EQ(entry(TableFunction::identity, kX, 129, {DataType::u8, 0.125F, 1}), 1);  // half a step
    EXPECT_EQ(entry(TableFunction::identity, kX, 131, {DataType::u8, 0.125F, 1}), 3);  // one and a half
    EXPECT_EQ(entry(TableFunction::identity, kX, 127, {DataType::u8, 0.125F, 1}), 1);
    EXPECT_EQ(entry(TableFunction::log, kX, 100, {DataType::s8, 0.1F, 0}), -128);
    EXPECT_EQ(entry(TableFunction::log, kX, 128, {DataType::s8, 0.1F, 0}), -128);
    EXPECT_EQ(entry(TableFunction::reciprocal, kX, 128, {DataType::s8, 0.1F, 0}), -128);
    EXPECT_EQ(entry(TableFunction::exp, {DataType::u8, 1e30F, 0}, 255, y), 255);
    EXPECT_EQ(entry(TableFunction::exp, {DataType::u8, 1e30F, 255}, 0, y), 0);
}

// Do values that come nearer to a tie than 256 bits can hold stay on their side of it? swish(x) < x and softplus(x) >
// x, sigmoid and tanh stay below 1, at arguments where exp(-x) is below 2^-1000.
TEST(TableFunction, asymptotes_are_not_reached) {
    const QuantisedType x{DataType::u8, 1000.0F, 0};
    const QuantisedType y{DataType::u8, 2000.0F, 0};
    // x = 3000: one and a half steps, less or more a little
    EXPECT_EQ(entry(TableFunction::swish, x, 3, y, 1), 1);
    EXPECT_EQ(entry(TableFunction::gelu, x, 3, y), 1);
    EXPECT_EQ(entry(TableFunction::gelu_tanh, x, 3, y), 1);
    EXPECT_EQ(entry(TableFunction::softplus, x, 3, y), 2);
    EXPECT_EQ(entry(TableFunction::softplus, x, 1, y), 1);  // half a step and a little
    EXPECT_EQ(entry(TableFunction::identity, x, 1, y), 0);
    EXPECT_EQ(entry(TableFunction::identity, x, 3, y), 2);
    EXPECT_EQ(entry(TableFunction::elu, {DataType::u8, 1000.0F, 255}, 0, {DataType::s8, 1.0F, 0}, 1.5), -1);
    EXPECT_EQ(entry(TableFunction::leaky_relu, {DataType::u8, 1.0F, 255}, 252, {DataType::s8, 1.0F, 0}, 0.5), -2);
}

// is every row at the place of its function, with a formula?
TEST(TableFunction, rows_are_in_order) {
    EXPECT_EQ(table_functions().size(), static_cast<size_t>(TableFunction::absolute) + 1);
    for (const TableFunctionInfo& row : table_functions()) {
        EXPECT_EQ(&info(row.function), &row);
        EXPECT_FALSE(row.name.empty());
        EXPECT_FALSE(row.formula.empty());
    }
    EXPECT_EQ(clamp_of({DataType::u8, 1, 7}), (Clamp{7, 0, 255}));
    EXPECT_EQ(clamp_of({DataType::s8, 1, -3}), (Clamp{-3, -128, 127}));
}

// is the table of exponentials the nearest, and are tables named by their bytes?
TEST(TableFunction, softmax_table_and_hashes) {
    const auto table = softmax_table(0.05F);
    EXPECT_EQ(table[0], 1U << 23);
    for (size_t d = 0; d < 256; ++d) {
        const long double real = 0x1p23L * std::exp(-static_cast<long double>(0.05F) * static_cast<long double>(d));
        ASSERT_LT(std::abs(real - table[d]), 0.5L + 1e-9L);
    }
    EXPECT_EQ(softmax_table(1e30F)[1], 0U);
    ByteTable bytes{};
    EXPECT_EQ(table_hash(bytes), "5341e6b2646979a70e57653007a1f310169421ec9bdd9f1a5648f75ade005af1");  // 256 zeros
    bytes[255] = 1;
    EXPECT_NE(table_hash(bytes), table_hash(ByteTable{}));
    EXPECT_NE(table_hash(table), table_hash(softmax_table(0.06F)));
}

}  // namespace
}  // namespace chipchain
