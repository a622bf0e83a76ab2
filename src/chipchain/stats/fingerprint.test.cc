// Does the fingerprint tell runs apart, whatever small thing differs, and does it never change its definition?
#include "chipchain/stats/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>
#include <vector>

namespace chipchain {
namespace {

static_assert(std::is_trivially_copyable_v<Fingerprint>);

// A small generator of test words (splitmix64), independent of the fingerprint's own mixing.
struct Words {
    uint64_t state;
    uint64_t next() {
        uint64_t z = (state += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
};

TEST(fingerprint, values_are_frozen) {
    // these digits are in commit messages and reports: they may never change
    Fingerprint f;
    EXPECT_EQ(f.hex(), "9ca066f1a4ab2eea");
    f.add(0, 0);
    EXPECT_EQ(f.hex(), "c95636a567124404");
    f.add(1, 2);
    f.add(0xffffffffffffffff, 3);
    EXPECT_EQ(f.hex(), "1b5e968da8103ee6");
}

TEST(fingerprint, hex_is_the_value_in_sixteen_digits) {
    Fingerprint f;
    for (uint64_t i = 0; i < 1000; ++i) {
        f.add(i, i * i);
        ASSERT_EQ(f.hex().size(), 16u);
        ASSERT_EQ(std::stoull(f.hex(), nullptr, 16), f.value());
    }
}

TEST(fingerprint, order_of_events_and_of_words_matters) {
    Words words{1};
    for (int i = 0; i < 10000; ++i) {
        const uint64_t a = words.next() % 8;  // small words are what an engine adds: ids, kinds, ticks
        const uint64_t b = 8 + words.next() % 8;
        Fingerprint ab, ba, a_then_b, b_then_a;
        ab.add(a, b);
        ba.add(b, a);
        ASSERT_NE(ab.value(), ba.value());
        a_then_b.add(a, a);
        a_then_b.add(b, b);
        b_then_a.add(b, b);
        b_then_a.add(a, a);
        ASSERT_NE(a_then_b.value(), b_then_a.value());
    }
}

TEST(fingerprint, zero_events_count) {
    Fingerprint none, one, two;
    one.add(0, 0);
    two.add(0, 0);
    two.add(0, 0);
    EXPECT_NE(none.value(), one.value());
    EXPECT_NE(one.value(), two.value());
}

TEST(fingerprint, a_word_equal_to_a_constant_does_not_hide_the_other_word) {
    // with x = 0 the product is 0 whatever the other word is
    std::vector<uint64_t> seen;
    for (uint64_t b = 0; b < 1000; ++b) {
        Fingerprint left, right;
        left.add(0xa0761d6478bd642f, b);
        right.add(b, 0xe7037ed1a0b428db);
        seen.push_back(left.value());
        seen.push_back(right.value());
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST(fingerprint, a_difference_is_never_washed_out_by_equal_events) {
    Words words{2};
    Fingerprint one, other;
    one.add(5, 7);
    other.add(5, 6);
    for (int i = 0; i < 1000000; ++i) {
        const uint64_t a = words.next();
        const uint64_t b = i % 3 == 0 ? 0 : words.next();
        one.add(a, b);
        other.add(a, b);
        ASSERT_NE(one.h, other.h);
    }
}

TEST(fingerprint, a_grid_of_small_events_has_no_collision) {
    // what engines add looks like this: small consecutive ids and ticks
    std::vector<uint64_t> seen;
    seen.reserve(1 << 20);
    for (uint64_t a = 0; a < 1024; ++a) {
        for (uint64_t b = 0; b < 1024; ++b) {
            Fingerprint f;
            f.add(a, b);
            seen.push_back(f.value());
        }
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST(fingerprint, every_input_bit_flips_every_output_bit_half_of_the_time) {
    constexpr int kTrials = 4000;
    std::vector<int> flips(128 * 64, 0);
    Words words{3};
    for (int trial = 0; trial < kTrials; ++trial) {
        // half of the trials use small words
        const int shift = trial % 2 == 0 ? 0 : 44;
        const uint64_t a = words.next() >> shift;
        const uint64_t b = words.next() >> shift;
        Fingerprint base;
        base.add(a, b);
        for (int bit = 0; bit < 128; ++bit) {
            const uint64_t mask = uint64_t{1} << (bit % 64);
            Fingerprint f;
            f.add(bit < 64 ? a ^ mask : a, bit < 64 ? b : b ^ mask);
            const uint64_t changed = f.value() ^ base.value();
            for (int out = 0; out < 64; ++out) {
                flips[static_cast<std::size_t>(bit * 64 + out)] += static_cast<int>((changed >> out) & 1);
            }
        }
    }
    // 8192 binomial counts with sd 0.0079 of the share: five and a half sd is 0.0435
    for (int count : flips) {
        ASSERT_NEAR(static_cast<double>(count) / kTrials, 0.5, 0.0435);
    }
}

}  // namespace
}  // namespace chipchain
