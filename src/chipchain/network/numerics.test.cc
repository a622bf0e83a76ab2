#include "chipchain/network/numerics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "chipchain/base/random.h"
#include "chipchain/network/integer_network.h"
#include "chipchain/network/numerics_page.h"
#include "chipchain/network/table_function.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

constexpr Clamp kU8{0, 0, 255};

RandomWords draw(uint32_t entity, uint64_t index) { return RandomSource{.seed = 5}.draw(Purpose::test, entity, index); }

// requantisation written out once more, in doubles: the product of two 24-bit numbers is exact there
int32_t requantise_in_doubles(int32_t acc, float scale, const Clamp& clamp) {
    const auto product = static_cast<float>(static_cast<double>(static_cast<float>(acc)) * static_cast<double>(scale));
    const double rounded = std::nearbyint(static_cast<double>(product));
    return static_cast<int32_t>(
        std::clamp(rounded + clamp.zero, static_cast<double>(clamp.low), static_cast<double>(clamp.high)));
}

void expect_same_requantisation(int32_t acc, float scale, const Clamp& clamp) {
    const Rescale rescale{.scale = scale};
    const int32_t hard = requantise(acc, rescale, clamp);
    ASSERT_EQ(hard, requantise_soft(acc, rescale, clamp)) << acc << " * " << scale << " zero " << clamp.zero;
    ASSERT_EQ(hard, requantise_in_doubles(acc, scale, clamp)) << acc << " * " << scale << " zero " << clamp.zero;
}

const std::vector<Clamp>& clamps() {
    static const std::vector<Clamp> all = {
        {0, 0, 255},
        {1, 0, 255},
        {127, 0, 255},
        {128, 0, 255},
        {254, 0, 255},
        {255, 0, 255},
        {-128, -128, 127},
        {-127, -128, 127},
        {0, -128, 127},
        {3, -128, 127},
        {127, -128, 127},
        {10, 10, 255},
        {128, 128, 211}};
    return all;
}

// Are hardware floats and integers the same on exact ties, for every kind of zero point and scale, with accumulators
// at the ends of 24 and 32 bits?
TEST(Numerics, requantise_is_the_same_in_integers_on_ties) {
    std::vector<int32_t> accumulators;
    for (int32_t near = -600; near <= 600; ++near) accumulators.push_back(near);
    for (const int64_t centre : {int64_t{1} << 24, int64_t{1} << 25, int64_t{1} << 26, int64_t{1} << 31}) {
        for (int64_t near = -9; near <= 9; ++near) {
            for (const int64_t value : {centre + near, near - centre}) {
                accumulators.push_back(static_cast<int32_t>(std::clamp<int64_t>(value, INT32_MIN, INT32_MAX)));
            }
        }
    }
    std::vector<float> scales =
        {0x1p-149F, 0x1p-126F, 0x1.fffffep-127F, 0x1.fffffep127F, 1e-40F, 0.3F, 0.1F, 0x1.000002p-1F, 0x1.fffffep-2F};
    for (int power = -32; power <= 1; ++power) {
        scales.push_back(std::ldexp(1.0F, power));
        scales.push_back(std::ldexp(1.5F, power));
    }
    for (const Clamp& clamp : clamps()) {
        for (const float scale : scales) {
            for (const int32_t acc : accumulators) expect_same_requantisation(acc, scale, clamp);
        }
    }
}

// and on random accumulators and scales whose products lie near the range of 8 bits?
TEST(Numerics, requantise_is_the_same_in_integers_on_random_values) {
    for (uint32_t i = 0; i < 100'000; ++i) {
        const RandomWords words = draw(0, i);
        const auto acc = static_cast<int32_t>(words.word[0]) >> (words.word[1] % 32);
        const uint32_t exponent = 127 - words.word[1] % 32 + words.word[3] % 9;
        const auto scale = std::bit_cast<float>(exponent << 23 | words.word[2] >> 9);
        expect_same_requantisation(acc, scale, clamps()[words.word[3] % clamps().size()]);
    }
}

// is it rounded before the zero point is added, as ONNX Runtime does and ONNX's reference evaluator does not?
TEST(Numerics, requantise_rounds_before_the_zero_point) {
    const Rescale half{.scale = 0.5F};
    EXPECT_EQ(requantise(1, half, {.zero = 1, .low = 0, .high = 255}), 1);  // 0.5 -> 0, + 1; not rne(1.5) = 2
    EXPECT_EQ(requantise(3, half, {.zero = 1, .low = 0, .high = 255}), 3);  // 1.5 -> 2, + 1
    EXPECT_EQ(requantise(-1, half, {.zero = 3, .low = 0, .high = 255}), 3);
    EXPECT_EQ(requantise(16'777'217, {.scale = 0x1p-17F}, kU8), 128);  // fl(acc) = 2^24
    EXPECT_EQ(requantise(INT32_MAX, {.scale = 0x1p-24F}, kU8), 128);
    EXPECT_EQ(requantise(INT32_MIN, {.scale = 1.0F}, {.zero = 7, .low = 5, .high = 90}), 5);
    // scales out of range still give a value
    EXPECT_EQ(requantise(0, {.scale = INFINITY}, {.zero = 7, .low = 5, .high = 90}), 5);
    EXPECT_EQ(requantise_soft(0, {.scale = INFINITY}, {.zero = 7, .low = 5, .high = 90}), 5);
    EXPECT_EQ(requantise(1, {.scale = INFINITY}, kU8), 255);
    EXPECT_EQ(requantise_soft(1, {.scale = INFINITY}, kU8), 255);
}

// gemmlowp written out from its text, in 64 bits
int32_t gemmlowp(int32_t x, int32_t multiplier, int right_shift) {
    const int64_t product = int64_t{x} * multiplier;
    const int64_t nudge = product >= 0 ? 1073741824 : 1 - int64_t{1073741824};
    const int64_t high = (product + nudge) / 2147483648;
    const int64_t divisor = int64_t{1} << right_shift;
    // to nearest, half away from zero
    const int64_t twice = 2 * (high < 0 ? -high : high) + divisor;
    const int64_t size = twice / (2 * divisor);
    return static_cast<int32_t>(high < 0 ? -size : size);
}

// Is TOSA's double rounding gemmlowp's, on 300,000 random triples, and does single rounding differ on some 2.6 %?
TEST(Numerics, double_rounding_is_gemmlowp) {
    int single_differs = 0;
    for (uint32_t i = 0; i < 300'000; ++i) {
        const RandomWords words = draw(1, i);
        const int right = 1 + static_cast<int>(words.word[2] % 12);
        // values whose result has a few bits, where the rounding of the low ones shows
        const auto value = static_cast<int32_t>(words.word[0]) >> (words.word[3] % 24);
        const auto multiplier = static_cast<int32_t>(1U << 30 | words.word[1] >> 2);
        const int32_t expected = gemmlowp(value, multiplier, right);
        ASSERT_EQ(apply_scale_32(value, multiplier, 31 + right, true), expected)
            << value << ' ' << multiplier << ' ' << right;
        ASSERT_EQ(rounding_divide_by_power_of_two(rounding_doubling_high_multiply(value, multiplier), right), expected);
        single_differs += apply_scale_32(value, multiplier, 31 + right, false) != expected ? 1 : 0;
    }
    RecordProperty("single_differs", single_differs);
    EXPECT_GT(single_differs, 300'000 / 100);
    EXPECT_LT(single_differs, 300'000 / 15);
}

// do the integer modes hold at the ends of their ranges?
TEST(Numerics, fixed_point_modes_at_their_ends) {
    EXPECT_EQ(rounding_doubling_high_multiply(INT32_MIN, INT32_MIN), INT32_MAX);
    EXPECT_EQ(rounding_doubling_high_multiply(INT32_MIN, INT32_MAX), -INT32_MAX);
    EXPECT_EQ(rounding_divide_by_power_of_two(INT32_MIN, 31), -1);
    EXPECT_EQ(rounding_divide_by_power_of_two(-3, 1), -2);
    EXPECT_EQ(rounding_divide_by_power_of_two(3, 1), 2);
    EXPECT_EQ(rounding_divide_by_power_of_two(INT32_MAX, 0), INT32_MAX);
    EXPECT_EQ(apply_scale_32(INT32_MIN, INT32_MAX, 62, true), -1);
    EXPECT_EQ(apply_scale_32(INT32_MIN, INT32_MAX, 62, false), -1);  // -(1 - 2^-31), the nearest
    EXPECT_EQ(apply_scale_32(INT32_MAX, INT32_MAX, 2, true), INT32_MAX);
    // ties: single rounding goes up, double away from zero
    EXPECT_EQ(requantise(1, {RequantMode::i32_single, 1, 1 << 30, 31}, {.zero = 0, .low = -128, .high = 127}), 1);
    EXPECT_EQ(requantise(-1, {RequantMode::i32_single, 1, 1 << 30, 31}, {.zero = 0, .low = -128, .high = 127}), 0);
    EXPECT_EQ(requantise(-6, {RequantMode::i32_single, 1, 1 << 30, 32}, {.zero = 0, .low = -128, .high = 127}), -1);
    EXPECT_EQ(requantise(-6, {RequantMode::i32_double, 1, 1 << 30, 32}, {.zero = 0, .low = -128, .high = 127}), -2);
    EXPECT_EQ(requantise(1 << 20, {RequantMode::i32_double, 1, 1 << 30, 32}, {.zero = 5, .low = 0, .high = 77}), 77);
}

// is a factor written as TFLite writes it: 31 bits, carry, flush?
TEST(Numerics, fixed_rescale_is_quantize_multiplier) {
    const auto expect = [](double factor, int32_t multiplier, int32_t shift) {
        const Rescale r = fixed_rescale(factor, RequantMode::i32_single);
        EXPECT_EQ(r.multiplier, multiplier) << factor;
        EXPECT_EQ(r.shift, shift) << factor;
    };
    expect(0.5, 1 << 30, 31);
    expect(0.25, 1 << 30, 32);
    expect(0.75, 3 << 29, 31);
    expect(1.0, 1 << 30, 30);
    expect(1 - 0x1p-40, 1 << 30, 30);  // the carry
    expect(1 - 0x1p-31, INT32_MAX, 31);
    expect(1 - 0x1p-32, 1 << 30, 30);  // the half goes up
    expect(0x1p-32, 1 << 30, 62);
    expect(0x1.fffffp-33, 0, 2);
    expect(0, 0, 2);
    expect(0x1p29, INT32_MAX, 2);
    // frexp and round of the C library give the same
    for (uint32_t i = 0; i < 20'000; ++i) {
        const RandomWords words = draw(2, i);
        const double factor =
            std::ldexp(unit_open(wide(words.word[0], words.word[1])), -static_cast<int>(words.word[2] % 30));
        if (factor < 0x1p-32) continue;
        int exponent = 0;
        auto fraction = static_cast<int64_t>(std::round(std::frexp(factor, &exponent) * 2147483648.0));
        if (fraction == int64_t{1} << 31) {
            fraction /= 2;
            ++exponent;
        }
        const Rescale r = fixed_rescale(factor, RequantMode::i32_double);
        ASSERT_EQ(r.multiplier, fraction);
        ASSERT_EQ(r.shift, 31 - exponent);
    }
}

// Is quantise a division, the same in integers, and is the difference to a product with the reciprocal visible?
TEST(Numerics, quantise_divides) {
    int reciprocal_differs = 0;
    for (uint32_t i = 0; i < 100'000; ++i) {
        const RandomWords words = draw(3, i);
        const auto scale = std::bit_cast<float>((100 + words.word[0] % 40) << 23 | words.word[1] >> 9);
        // at and beside the ties of the quotient
        const auto step = static_cast<float>(static_cast<int>(words.word[2] % 600) - 300) + 0.5F;
        float x = step * scale;
        if (words.word[3] % 3 == 0) x = std::nextafter(x, -1e30F);
        if (words.word[3] % 3 == 1) x = std::nextafter(x, 1e30F);
        const Clamp& clamp = clamps()[words.word[3] / 3 % clamps().size()];
        const int32_t y = quantise(x, scale, clamp);
        ASSERT_EQ(y, quantise_soft(x, scale, clamp)) << x << " / " << scale;
        const double rounded = std::nearbyint(static_cast<double>(x / scale)) + clamp.zero;
        ASSERT_EQ(y, std::clamp(rounded, static_cast<double>(clamp.low), static_cast<double>(clamp.high)));
        reciprocal_differs += quantise(x * (1.0F / scale), 1.0F, clamp) != y ? 1 : 0;
    }
    EXPECT_GT(reciprocal_differs, 1000);
    EXPECT_EQ(quantise(NAN, 1, {.zero = 9, .low = 3, .high = 255}), 3);
    EXPECT_EQ(quantise_soft(NAN, 1, {.zero = 9, .low = 3, .high = 255}), 3);
    EXPECT_EQ(quantise(-0.0F, 1, kU8), 0);
    EXPECT_EQ(quantise(1e-45F, 1e-45F, kU8), 1);
    EXPECT_EQ(quantise(3e38F, 1e-45F, kU8), 255);
    EXPECT_EQ(quantise(-INFINITY, 1, {.zero = 9, .low = 3, .high = 255}), 3);
}

// is dequantise the same in integers, with 32-bit values that round?
TEST(Numerics, dequantise_is_the_same_in_integers) {
    for (uint32_t i = 0; i < 50'000; ++i) {
        const RandomWords words = draw(4, i);
        const auto q = static_cast<int32_t>(words.word[0]) >> (words.word[1] % 32);
        const auto scale = std::bit_cast<float>(words.word[2] & 0x7f7fffffU);
        const auto zero = static_cast<int32_t>(words.word[3] % 256);
        ASSERT_EQ(
            std::bit_cast<uint32_t>(dequantise(q, scale, zero)),
            std::bit_cast<uint32_t>(dequantise_soft(q, scale, zero)));
    }
    EXPECT_EQ(dequantise(16'777'217, 1, 0), 16'777'216.0F);
    EXPECT_EQ(dequantise(128, 0.5F, 131), -1.5F);
}

// are sums and products of all pairs of bytes the same in integers, on scales with ties and on odd ones?
TEST(Numerics, elementwise_is_the_same_in_integers) {
    const std::vector<Elementwise> cases = {
        {0.5F, 0.25F, 0.5F, 128, 3, {7, 0, 255}},
        {0x1p-5F, 0x1p-3F, 0x1p-4F, 0, 255, {128, 0, 255}},
        {0.0123F, 0.0456F, 0.031F, 117, 9, {122, 0, 255}},
    };
    for (const Elementwise& e : cases) {
        for (int a = 0; a < 256; ++a) {
            for (int b = a % 2; b < 256; b += 2) {
                ASSERT_EQ(add_quantised(a, b, e), add_quantised_soft(a, b, e)) << a << ' ' << b;
                ASSERT_EQ(multiply_quantised(a, b, e), multiply_quantised_soft(a, b, e)) << a << ' ' << b;
            }
        }
    }
    // 0.5 * 1 + 0.25 * 1 = 0.75 = 1.5 steps -> 2, + 7
    EXPECT_EQ(add_quantised(129, 4, cases[0]), 9);
    EXPECT_EQ(multiply_quantised(130, 7, cases[0]), 9);
}

// are scales of products and averages rounded after each operation?
TEST(Numerics, scales_are_rounded_step_by_step) {
    // fl(0.1 * 0.3) / 0.7 differs from 0.1 * (0.3 / 0.7)
    const float product = 0.1F * 0.3F;
    EXPECT_EQ(product_scale(0.1F, 0.3F, 0.7F), product / 0.7F);
    int differs = 0;
    for (int count = 1; count < 400; ++count) {
        const float two_steps = 0.1F / (0.3F * static_cast<float>(count));
        ASSERT_EQ(average_scale(0.1F, 0.3F, count), two_steps);
        differs += two_steps != (0.1F / 0.3F) / static_cast<float>(count) ? 1 : 0;
    }
    EXPECT_GT(differs, 0);
}

TEST(Numerics, divide_rne_ties_to_even) {
    EXPECT_EQ(divide_rne(5, 2), 2);
    EXPECT_EQ(divide_rne(7, 2), 4);
    EXPECT_EQ(divide_rne(-5, 2), -2);
    EXPECT_EQ(divide_rne(-7, 2), -4);
    EXPECT_EQ(divide_rne(-8, 3), -3);
    EXPECT_EQ(divide_rne(INT64_MAX, 1), INT64_MAX);
    EXPECT_EQ(divide_rne(INT64_MIN, 1), INT64_MIN);
    EXPECT_EQ(divide_rne(INT64_MAX, INT64_MAX), 1);
    EXPECT_EQ(divide_rne(INT64_MIN, INT64_MAX), -1);
}

// do the bounds on products hold, and does one more product break them?
TEST(Numerics, safe_terms_are_the_bounds_of_32_bits) {
    EXPECT_EQ(safe_terms(DataType::s8, DataType::s8), 131'071);
    EXPECT_EQ(safe_terms(DataType::u8, DataType::s8), 65'793);
    EXPECT_EQ(safe_terms(DataType::s8, DataType::u8), 65'793);
    EXPECT_EQ(safe_terms(DataType::u8, DataType::u8), 33'025);
    const auto reaches = [](int64_t terms, int64_t largest) { return terms * largest > INT32_MAX; };
    EXPECT_FALSE(reaches(131'071, 128 * 128));
    EXPECT_TRUE(reaches(131'072, 128 * 128));
    EXPECT_FALSE(reaches(65'793, 255 * 128));
    EXPECT_TRUE(reaches(65'794, 255 * 128));
    EXPECT_FALSE(reaches(33'025, 255 * 255));
    EXPECT_TRUE(reaches(33'026, 255 * 255));
}

// the classical softmax of one row, in long doubles
std::vector<long double> softmax_shares(const std::vector<int>& x, long double scale) {
    const int largest = *std::max_element(x.begin(), x.end());
    std::vector<long double> shares;
    long double sum = 0;
    for (const int value : x) sum += shares.emplace_back(std::exp(scale * (value - largest)));
    for (long double& share : shares) share /= sum;
    return shares;
}

// is softmax the real one up to its table's last place and one rounding, signed and unsigned, in place?
TEST(Numerics, softmax_is_the_real_one_within_a_rounding) {
    for (uint32_t i = 0; i < 300; ++i) {
        const RandomWords words = draw(6, i);
        const size_t length = 1 + words.word[0] % 70;
        const float scale = 0.01F * static_cast<float>(1 + words.word[1] % 40);
        const bool is_signed = words.word[2] % 2 == 0;
        const float scale_y = words.word[3] % 2 == 0 ? 0x1p-8F : 0.0041F;
        std::vector<uint8_t> row;
        std::vector<int> values;
        for (size_t k = 0; k < length; ++k) {
            row.push_back(static_cast<uint8_t>(draw(7, i * 100 + k).word[0]));
            values.push_back(is_signed ? static_cast<int8_t>(row.back()) : row.back());
        }
        softmax_row(row, row, is_signed, softmax_table(scale), scale_y, kU8);
        const std::vector<long double> shares = softmax_shares(values, static_cast<long double>(scale));
        for (size_t k = 0; k < length; ++k) {
            const long double steps = std::min<long double>(255, shares[k] / static_cast<long double>(scale_y));
            ASSERT_LT(std::abs(steps - row[k]), 0.5L + 70 * 256 * 0x1p-23L);
        }
    }
}

// are softmax's ties even, and its limits kept, for scales of the output from the smallest to the largest?
TEST(Numerics, softmax_at_ties_and_ends) {
    const auto table = softmax_table(0.1F);
    std::vector<uint8_t> row(2, 9);
    std::vector<uint8_t> y(2);
    // not)
    softmax_row(row, y, false, table, 1.0F, kU8);  // 0.5 -> 0
    EXPECT_EQ(y, (std::vector<uint8_t>{0, 0}));
    softmax_row(row, y, false, table, 0x1.555556p-2F, kU8);  // 1/3 + 2^-27: 1.4999999 -> 1
    EXPECT_EQ(y, (std::vector<uint8_t>{1, 1}));
    softmax_row(row, y, false, table, 0x1.555554p-2F, kU8);  // 1/3 - 2^-26: 1.5000001 -> 2
    EXPECT_EQ(y, (std::vector<uint8_t>{2, 2}));
    softmax_row(row, y, false, table, 0x1p-149F, {.zero = -128, .low = -128, .high = 127});
    EXPECT_EQ(y, (std::vector<uint8_t>{127, 127}));
    softmax_row(row, y, false, table, 0x1.fffffep127F, {.zero = 4, .low = 0, .high = 255});
    EXPECT_EQ(y, (std::vector<uint8_t>{4, 4}));
    std::vector<uint8_t> single(1, 200);
    softmax_row(single, single, false, table, 0x1p-7F, kU8);
    EXPECT_EQ(single[0], 128);
    // an element whose exponential is zero has no share even at the smallest scale
    const std::vector<uint8_t> far = {0, 255};
    softmax_row(far, y, false, softmax_table(10.0F), 0x1p-149F, kU8);
    EXPECT_EQ(y, (std::vector<uint8_t>{0, 255}));
}

// does a permutation of a row permute the result (no order of summation enters)?
TEST(Numerics, softmax_and_layer_norm_know_no_order) {
    const size_t length = 37;
    std::vector<float> ones(length, 0.75F);
    const LayerNormTerms terms = layer_norm_terms(ones, ones, 1e-5F, 0.03F, 0.02F);
    const auto table = softmax_table(0.03F);
    std::vector<uint8_t> row;
    for (size_t k = 0; k < length; ++k) row.push_back(static_cast<uint8_t>(draw(8, k).word[0]));
    std::vector<uint8_t> reversed(row.rbegin(), row.rend());
    std::vector<uint8_t> y(length);
    std::vector<uint8_t> z(length);
    softmax_row(row, y, true, table, 0x1p-8F, kU8);
    softmax_row(reversed, z, true, table, 0x1p-8F, kU8);
    EXPECT_TRUE(std::equal(y.begin(), y.end(), z.rbegin()));
    layer_norm_row(row, y, true, terms, {.zero = 128, .low = 0, .high = 255});
    layer_norm_row(reversed, z, true, terms, {.zero = 128, .low = 0, .high = 255});
    EXPECT_TRUE(std::equal(y.begin(), y.end(), z.rbegin()));
}

// largest distance of layer_norm_row from the real value in steps, on one random row
long double layer_norm_error(uint32_t entity, size_t length, float scale_x, int spread) {
    std::vector<float> gamma;
    std::vector<float> beta;
    std::vector<uint8_t> row;
    for (size_t k = 0; k < length; ++k) {
        const RandomWords words = draw(entity, k);
        gamma.push_back(static_cast<float>(unit_open(words.word[0] * 0x100000001ULL)) * 2 - 0.5F);
        beta.push_back(static_cast<float>(unit_open(words.word[1] * 0x100000001ULL)) - 0.5F);
        row.push_back(static_cast<uint8_t>(words.word[2] % static_cast<uint32_t>(spread)));
    }
    constexpr float kStep = 0.02F;
    constexpr float kEpsilon = 1e-5F;
    std::vector<uint8_t> y(length);
    layer_norm_row(
        row,
        y,
        false,
        layer_norm_terms(gamma, beta, kEpsilon, scale_x, kStep),
        {.zero = 128, .low = 0, .high = 255});
    long double mean = 0;
    long double square = 0;
    for (const uint8_t x : row) mean += x;
    mean /= static_cast<long double>(length);
    for (const uint8_t x : row) square += (x - mean) * (x - mean);
    square /= static_cast<long double>(length);
    const auto s = static_cast<long double>(scale_x);
    long double worst = 0;
    for (size_t k = 0; k < length; ++k) {
        const long double z = (row[k] - mean) * s / std::sqrt(square * s * s + static_cast<long double>(kEpsilon));
        const long double real = (z * static_cast<long double>(gamma[k]) + static_cast<long double>(beta[k])) /
                                 static_cast<long double>(kStep);
        worst = std::max(worst, std::abs(std::clamp(real, -128.0L, 127.0L) - (y[k] - 128)));
    }
    return worst;
}

// is layer normalisation the real one up to 2^-16 of a step and one rounding, for short and long rows, small and large
// scales, flat and wide rows?
TEST(Numerics, layer_norm_is_the_real_one_within_a_rounding) {
    uint32_t entity = 100;
    for (const size_t length : {1UL, 2UL, 3UL, 17UL, 96UL, 768UL}) {
        for (const float scale_x : {1e-5F, 0.001F, 0.02F, 0.7F, 300.0F}) {
            for (const int spread : {2, 16, 256}) {
                EXPECT_LT(layer_norm_error(entity++, length, scale_x, spread), 0.5L + 0x1p-16L)
                    << length << ' ' << scale_x;
            }
        }
    }
}

// do the extremes of layer normalisation stay inside its integers?
TEST(Numerics, layer_norm_at_its_ends) {
    const size_t length = 65'536;
    const std::vector<float> largest(length, 3e38F);
    const std::vector<float> none(length, 0.0F);
    // one element apart from 65,535 equal ones: the largest z there is, sqrt(C - 1)
    std::vector<uint8_t> row(length, 0);
    row[5] = 255;
    std::vector<uint8_t> y(length);
    layer_norm_row(
        row,
        y,
        false,
        layer_norm_terms(largest, none, 0, 1e-30F, 1e-30F),
        {.zero = 100, .low = 0, .high = 255});
    EXPECT_EQ(y[5], 255);
    EXPECT_EQ(y[6], 0);
    // z = sqrt(65,535) = 255.998 in steps of 1
    const std::vector<float> ones(length, 1.0F);
    layer_norm_row(row, y, false, layer_norm_terms(ones, none, 0, 1, 2), {.zero = 0, .low = 0, .high = 255});
    EXPECT_EQ(y[5], 128);
    EXPECT_EQ(y[6], 0);
    // half of it large, half small, with the largest epsilon
    for (size_t i = 0; i < length; i += 2) row[i] = 255;
    layer_norm_row(row, y, false, layer_norm_terms(ones, ones, 3e38F, 1e-30F, 1), {.zero = 0, .low = 0, .high = 255});
    EXPECT_EQ(y[0], 1);
    EXPECT_EQ(y[1], 1);
    // a flat row is beta, also without epsilon
    const std::vector<uint8_t> flat(4, 77);
    std::vector<uint8_t> z(4);
    const std::vector<float> gamma(4, 2.0F);
    const std::vector<float> beta = {0, 0.25F, -0.5F, 1e30F};
    layer_norm_row(flat, z, false, layer_norm_terms(gamma, beta, 0, 0.1F, 0.5F), {.zero = 10, .low = 0, .high = 255});
    EXPECT_EQ(z, (std::vector<uint8_t>{10, 10, 9, 255}));  // 0.5 step: a tie
}

// is every field of the contract filled, every operation of an integer network in it, and no row twice?
TEST(Numerics, contract_has_a_row_per_operation) {
    std::set<std::string_view> names;
    for (const ContractRow& row : numerics_contract()) {
        EXPECT_TRUE(names.insert(row.operation).second) << row.operation;
        for (const std::string_view field :
             {row.operands, row.accumulator, row.order, row.rounding, row.padding, row.source}) {
            EXPECT_FALSE(field.empty()) << row.operation;
        }
    }
    for (auto op = IntegerOp::conv; op <= IntegerOp::move; op = static_cast<IntegerOp>(static_cast<int>(op) + 1)) {
        EXPECT_EQ(names.count(info(op).name), 1U) << info(op).name;
    }
}

// is docs/numerics.md what the code says?
TEST(Numerics, page_is_fresh) {
    const auto path = testing::project_folder() / "docs" / "numerics.md";
    if (testing::updating()) testing::write_text(path, numerics_page());
    EXPECT_EQ(testing::read_text(path), numerics_page()) << "make it again with CHIPCHAIN_UPDATE=1";
}

}  // namespace
}  // namespace chipchain
