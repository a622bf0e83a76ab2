#include "chipchain/network/binary32.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "chipchain/base/random.h"

namespace chipchain {
namespace {

float value_of(uint32_t bits) { return std::bit_cast<float>(bits); }

bool same(float hardware, uint32_t soft) {
    return hardware != hardware ? soft == kQuietNan : std::bit_cast<uint32_t>(hardware) == soft;
}

// every kind of number: zeros, subnormals, powers of two and their neighbours, ties of the last place, infinities, NaN
std::vector<uint32_t> directed_numbers() {
    std::vector<uint32_t> numbers;
    for (const uint32_t field :
         {0U, 1U, 2U, 23U, 24U, 25U, 64U, 102U, 103U, 126U, 127U, 128U, 150U, 151U, 190U, 253U, 254U, 255U}) {
        for (const uint32_t fraction : {0U, 1U, 2U, 3U, 0x400000U, 0x400001U, 0x7ffffeU, 0x7fffffU, 0x2aaaaaU}) {
            numbers.push_back(field << 23 | fraction);
            numbers.push_back(0x80000000U | field << 23 | fraction);
        }
    }
    return numbers;
}

void expect_same(uint32_t a, uint32_t b) {
    ASSERT_TRUE(same(value_of(a) + value_of(b), soft_add(a, b))) << std::hex << a << " + " << b;
    ASSERT_TRUE(same(value_of(a) * value_of(b), soft_multiply(a, b))) << std::hex << a << " * " << b;
    ASSERT_TRUE(same(value_of(a) / value_of(b), soft_divide(a, b))) << std::hex << a << " / " << b;
}

// do the integers give what the hardware gives, for every pair of kinds of numbers?
TEST(Binary32, is_the_hardware_on_directed_pairs) {
    const std::vector<uint32_t> numbers = directed_numbers();
    for (const uint32_t a : numbers) {
        for (const uint32_t b : numbers) expect_same(a, b);
    }
}

// and on random bit patterns, half of them with near exponents, where sums cancel and round?
TEST(Binary32, is_the_hardware_on_random_pairs) {
    const RandomSource random{.seed = 1};
    for (uint32_t i = 0; i < 200'000; ++i) {
        const RandomWords words = random.draw(Purpose::test, 0, i);
        const uint32_t a = words.word[0];
        uint32_t b = words.word[1];
        if (i % 2 == 0) b = (a & 0x7f000000U) | (b & 0x80ffffffU);
        if (i % 7 == 0) b &= 0xff800000U;
        expect_same(a, b);
    }
}

// are integers converted with ties to even, above 2^24 and at both ends?
TEST(Binary32, converts_integers_as_the_hardware) {
    for (int bit = 0; bit < 32; ++bit) {
        for (int32_t near = -70; near <= 70; ++near) {
            const auto value =
                static_cast<int32_t>(static_cast<uint32_t>(int64_t{1} << bit) + static_cast<uint32_t>(near));
            ASSERT_TRUE(same(static_cast<float>(value), soft_from_integer(value))) << value;
        }
    }
    EXPECT_EQ(value_of(soft_from_integer(16'777'217)), 16'777'216.0F);
    EXPECT_EQ(value_of(soft_from_integer(16'777'219)), 16'777'220.0F);
    EXPECT_EQ(value_of(soft_from_integer(INT32_MAX)), 2'147'483'648.0F);
    EXPECT_EQ(value_of(soft_from_integer(INT32_MIN)), -2'147'483'648.0F);
}

// are numbers rounded to integers with ties to even, and limited?
TEST(Binary32, rounds_to_integers) {
    for (int32_t quarter = -4096; quarter <= 4096; ++quarter) {
        const float x = static_cast<float>(quarter) * 0.25F;
        ASSERT_EQ(soft_round(std::bit_cast<uint32_t>(x), -2000, 2000), std::llrint(x)) << x;
    }
    EXPECT_EQ(soft_round(std::bit_cast<uint32_t>(3e38F), -5, 7), 7);
    EXPECT_EQ(soft_round(std::bit_cast<uint32_t>(-3e38F), -5, 7), -5);
    EXPECT_EQ(soft_round(0x7f800000U, -5, 7), 7);
    EXPECT_EQ(soft_round(0xff800000U, -5, 7), -5);
    EXPECT_EQ(soft_round(kQuietNan, -5, 7), -5);
    EXPECT_EQ(soft_round(1, -5, 7), 0);
    EXPECT_EQ(soft_round(0, 3, 7), 3);
}

// is the square root the floor of the exact one, at squares and beside them?
TEST(Binary32, wide_square_root_is_exact) {
    EXPECT_EQ(wide_square_root(0), 0U);
    EXPECT_EQ(wide_square_root(~Uint128{0}), ~uint64_t{0});
    for (uint32_t i = 0; i < 20'000; ++i) {
        const RandomWords words = RandomSource{.seed = 2}.draw(Purpose::test, 1, i);
        const uint64_t root = wide(words.word[0], words.word[1]) >> (words.word[2] % 64);
        const Uint128 square = static_cast<Uint128>(root) * root;
        ASSERT_EQ(wide_square_root(square), root);
        if (root > 0) {
            ASSERT_EQ(wide_square_root(square - 1), root - 1);
        }
    }
}

// are ties of quotients even, near the ends of 128 bits too?
TEST(Binary32, wide_quotients_round_to_even) {
    for (int n = 0; n < 64; ++n) {
        for (int d = 1; d < 16; ++d) {
            ASSERT_EQ(
                static_cast<int>(wide_divide_rne(static_cast<Uint128>(n), static_cast<Uint128>(d))),
                std::lrint(n / static_cast<double>(d)));
        }
    }
    const Uint128 big = Uint128{1} << 126;
    EXPECT_TRUE(wide_divide_rne(big, big * 2 - 1) == 1);
    EXPECT_TRUE(wide_divide_rne(big, big * 2) == 0);
    EXPECT_TRUE(wide_divide_rne(big + big / 2, big) == 2);
}

}  // namespace
}  // namespace chipchain
