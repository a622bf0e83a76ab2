#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "chipchain/base/random.h"
#include "chipchain/network/numerics.h"

namespace chipchain {
namespace {

RandomWords draw(uint32_t entity, uint64_t index) { return RandomSource{.seed = 8}.draw(Purpose::test, entity, index); }

// an E4M3 number by its text: sign, 4 bits of exponent with bias 7, 3 of fraction
double fp8_value(uint8_t bits) {
    const int field = bits >> 3 & 15;
    const int fraction = bits & 7;
    if (field == 15 && fraction == 7) return NAN;
    const double size = field == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, field - 10);
    return bits >= 128 ? -size : size;
}

uint32_t bits_of(float x) { return std::bit_cast<uint32_t>(x); }

// is the product of every pair of E4M3 numbers exact?
TEST(NumericsFloat, fp8_products_are_exact) {
    EXPECT_EQ(fp8_value(0x7e), 448);
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const auto x = static_cast<uint8_t>(a);
            const auto y = static_cast<uint8_t>(b);
            const float dot = dot_fp8_e4m3(std::span(&x, 1), std::span(&y, 1));
            const double product = fp8_value(x) * fp8_value(y);
            if (std::isnan(product)) {
                ASSERT_EQ(bits_of(dot), 0x7fc00000U);
            } else {
                ASSERT_EQ(static_cast<double>(dot), product);
            }
        }
    }
}

// is a sum of E4M3 products the same in any order and in any parts, where binary32 would differ?
TEST(NumericsFloat, fp8_sums_know_no_order) {
    int naive_differs = 0;
    for (uint32_t trial = 0; trial < 100; ++trial) {
        std::vector<uint8_t> a;
        std::vector<uint8_t> b;
        for (uint32_t k = 0; k < 300; ++k) {
            const RandomWords words = draw(trial, k);
            a.push_back(static_cast<uint8_t>(words.word[0] % 127 | (words.word[1] & 0x80)));
            b.push_back(static_cast<uint8_t>(words.word[2] % 127 | (words.word[3] & 0x80)));
        }
        const float dot = dot_fp8_e4m3(a, b);
        double exact = 0;  // all partial sums fit 53 bits
        float naive = 0;
        for (size_t k = 0; k < a.size(); ++k) {
            exact += fp8_value(a[k]) * fp8_value(b[k]);
            naive += static_cast<float>(fp8_value(a[k]) * fp8_value(b[k]));
        }
        ASSERT_EQ(dot, static_cast<float>(exact));
        naive_differs += naive != dot ? 1 : 0;
        // a permutation of the products
        std::vector<size_t> order(a.size());
        std::iota(order.begin(), order.end(), size_t{0});
        for (size_t k = order.size() - 1; k > 0; --k)
            std::swap(order[k], order[draw(trial + 1000, k).word[0] % (k + 1)]);
        std::vector<uint8_t> c;
        std::vector<uint8_t> d;
        for (const size_t k : order) {
            c.push_back(a[k]);
            d.push_back(b[k]);
        }
        ASSERT_EQ(sum_fp8_e4m3(a, b), sum_fp8_e4m3(c, d));
        // two parts
        const size_t cut = draw(trial + 2000, 0).word[0] % a.size();
        const Fp8Sum low = sum_fp8_e4m3(std::span(a).first(cut), std::span(b).first(cut));
        const Fp8Sum high = sum_fp8_e4m3(std::span(a).subspan(cut), std::span(b).subspan(cut));
        ASSERT_EQ(rounded({low.units + high.units, low.nan || high.nan}), dot);
    }
    EXPECT_GT(naive_differs, 50);
}

uint16_t bf16(float x) { return static_cast<uint16_t>(bits_of(x) >> 16); }

// is a chunk of bf16 products exact, with cancellation over the whole range of exponents?
TEST(NumericsFloat, bf16_chunks_are_exact) {
    const std::vector<uint16_t> a = {bf16(0x1p127F), bf16(0x1p-126F), bf16(-0x1p127F), 1};
    const std::vector<uint16_t> b = {bf16(0x1p127F), bf16(0x1p-10F), bf16(0x1p127F), bf16(1.0F)};
    EXPECT_EQ(bits_of(dot_bf16(a, b)), bits_of(0x1p-136F + 0x1p-133F));
    // both signs of the smallest product there is, and its rounding to zero
    const std::vector<uint16_t> least = {1, 0x8001};
    EXPECT_EQ(bits_of(dot_bf16(std::span(least).first(1), std::span(least).last(1))), 0U);
    // ties: 1 + 2^-24 is even, 1 + 2^-24 + 2^-60 is above
    const std::vector<uint16_t> c = {bf16(1.0F), bf16(0x1p-24F), bf16(0x1p-60F)};
    const std::vector<uint16_t> ones(3, bf16(1.0F));
    EXPECT_EQ(dot_bf16(std::span(c).first(2), std::span(ones).first(2)), 1.0F);
    EXPECT_EQ(dot_bf16(c, ones), 1.0F + 0x1p-23F);
    EXPECT_EQ(dot_bf16({}, {}), 0.0F);
    // numbers near one: doubles hold the chunk exactly
    for (uint32_t trial = 0; trial < 500; ++trial) {
        std::vector<uint16_t> x;
        std::vector<uint16_t> y;
        double exact = 0;
        for (uint32_t k = 0; k < 1 + trial % 32; ++k) {
            const RandomWords words = draw(trial, k);
            const auto some = [](uint32_t word) {
                return static_cast<uint16_t>((word & 0x807f) | (120 + (word >> 16) % 10) << 7);
            };
            x.push_back(some(words.word[0]));
            y.push_back(some(words.word[1]));
            exact += static_cast<double>(std::bit_cast<float>(uint32_t{x.back()} << 16)) *
                     static_cast<double>(std::bit_cast<float>(uint32_t{y.back()} << 16));
        }
        ASSERT_EQ(dot_bf16(x, y), static_cast<float>(exact));
    }
}

// is a long dot of bf16 the same when it is split at the borders of chunks, and inside a chunk in any order?
TEST(NumericsFloat, bf16_splits_at_chunks) {
    int other_chunks_differ = 0;
    for (uint32_t trial = 0; trial < 60; ++trial) {
        std::vector<uint16_t> a;
        std::vector<uint16_t> b;
        for (uint32_t k = 0; k < 300; ++k) {
            const RandomWords words = draw(trial + 5000, k);
            const auto some = [](uint32_t word) {
                return static_cast<uint16_t>((word & 0x807f) | (110 + (word >> 16) % 30) << 7);
            };
            a.push_back(some(words.word[0]));
            b.push_back(some(words.word[1]));
        }
        const float whole = dot_bf16(a, b);
        const size_t cut = kFloatChunk * (1 + trial % 9);
        const float first = dot_bf16(std::span(a).first(cut), std::span(b).first(cut));
        ASSERT_EQ(bits_of(dot_bf16(std::span(a).subspan(cut), std::span(b).subspan(cut), first)), bits_of(whole));
        // reversed inside every chunk
        std::vector<uint16_t> c = a;
        std::vector<uint16_t> d = b;
        for (size_t at = 0; at < c.size(); at += kFloatChunk) {
            const auto end = static_cast<ptrdiff_t>(std::min(at + kFloatChunk, c.size()));
            std::reverse(c.begin() + static_cast<ptrdiff_t>(at), c.begin() + end);
            std::reverse(d.begin() + static_cast<ptrdiff_t>(at), d.begin() + end);
        }
        ASSERT_EQ(bits_of(dot_bf16(c, d)), bits_of(whole));
        // a cut elsewhere is another value often enough to notice
        const float odd = dot_bf16(std::span(a).first(13), std::span(b).first(13));
        other_chunks_differ += dot_bf16(std::span(a).subspan(13), std::span(b).subspan(13), odd) != whole ? 1 : 0;
    }
    EXPECT_GT(other_chunks_differ, 10);
}

// do infinities, NaN and overflow follow the contract?
TEST(NumericsFloat, bf16_infinities_and_nan) {
    const uint16_t infinity = 0x7f80;
    const std::vector<uint16_t> a = {infinity, bf16(1.0F)};
    EXPECT_EQ(dot_bf16(a, std::vector<uint16_t>{bf16(2.0F), bf16(-1.0F)}), INFINITY);
    EXPECT_EQ(dot_bf16(a, std::vector<uint16_t>{bf16(-2.0F), bf16(-1.0F)}), -INFINITY);
    EXPECT_EQ(bits_of(dot_bf16(a, std::vector<uint16_t>{0, 0})), 0x7fc00000U);
    EXPECT_EQ(
        bits_of(dot_bf16(std::vector<uint16_t>{infinity, 0xff80}, std::vector<uint16_t>{infinity, infinity})),
        0x7fc00000U);
    EXPECT_EQ(bits_of(dot_bf16(std::vector<uint16_t>{0xffff}, std::vector<uint16_t>{0})), 0x7fc00000U);
    const std::vector<uint16_t> big(2, bf16(0x1p64F));
    EXPECT_EQ(dot_bf16(big, big), INFINITY);
    // an overflow inside an exact chunk that cancels is none
    EXPECT_EQ(dot_bf16(big, std::vector<uint16_t>{big[0], bf16(-0x1p64F)}), 0.0F);
}

}  // namespace
}  // namespace chipchain
