#include "chipchain/base/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace chipchain {
namespace {

struct Vector {
    uint32_t counter[4];
    uint32_t key[2];
    uint32_t expected[4];
};

// known-answer vectors of philox4x32-10, Random123 tests/kat_vectors
constexpr Vector kVectors[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

// does a draw address the generator as the header says?
TEST(Random, known_answers) {
    for (const Vector& v : kVectors) {
        RandomSource source;
        source.seed = wide(v.key[1], v.key[0]);
        source.replication = v.counter[3];
        const auto purpose = static_cast<Purpose>(v.counter[2] >> 24);
        const uint64_t index = wide(v.counter[2] & 0xffffffU, v.counter[0]);
        const RandomWords words = source.draw(purpose, v.counter[1], index);
        for (int i = 0; i < 4; ++i) EXPECT_EQ(words.word[i], v.expected[i]);
    }
}

TEST(Random, unit_open_is_above_zero) {
    EXPECT_GT(unit_open(0), 0.0);
    EXPECT_TRUE(std::isfinite(std::log(unit_open(0))));
}

// Off: 53 bits and a half need 54 bits, so that the largest word (chance 2^-53) rounds to 1. Taking 52 bits repairs it
// but shifts the last bit of every draw; the fingerprints change with it.
TEST(Random, unit_open_is_below_one) {
    EXPECT_LT(unit_open(UINT64_MAX), 1.0);
    EXPECT_TRUE(std::isfinite(std::log1p(-unit_open(UINT64_MAX))));
}

// do neighbours in every part of the address give other words?
TEST(Random, every_part_of_the_address_counts) {
    const RandomSource a{1, 0};
    const auto first = [](const RandomSource& s, Purpose p, uint32_t e, uint64_t i) { return s.draw(p, e, i).word[0]; };
    const uint32_t base = first(a, Purpose::test, 5, 9);
    EXPECT_EQ(base, first(a, Purpose::test, 5, 9));
    EXPECT_NE(base, first(RandomSource{2, 0}, Purpose::test, 5, 9));
    EXPECT_NE(base, first(RandomSource{1, 1}, Purpose::test, 5, 9));
    EXPECT_NE(base, first(a, Purpose::generate, 5, 9));
    EXPECT_NE(base, first(a, Purpose::test, 6, 9));
    EXPECT_NE(base, first(a, Purpose::test, 5, 10));
    EXPECT_NE(base, first(a, Purpose::test, 5, 9 + (1ULL << 32)));
}

TEST(Random, mean_of_many_draws) {
    const RandomSource source{42, 0};
    double sum = 0;
    constexpr int kDraws = 100'000;
    for (int i = 0; i < kDraws; ++i) {
        const RandomWords w = source.draw(Purpose::test, 0, static_cast<uint64_t>(i));
        sum += unit_open(wide(w.word[0], w.word[1]));
    }
    // five standard errors
    EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
}

}  // namespace
}  // namespace chipchain
