#include "chipchain/model/distribution.h"

#include <gtest/gtest.h>

#include <cmath>

namespace chipchain {
namespace {

constexpr int kDraws = 200'000;

Distribution of(DistKind kind, Time mean, Time half) {
    return compile_duration({kind, mean, half}, UniformSpread::half_width);
}

struct Moments {
    double mean = 0;
    double variance = 0;
    double fourth = 0;
};

Moments moments(const Distribution& d) {
    const RandomSource random{20260501, 0};
    double sum = 0;
    std::vector<double> values;
    for (uint64_t i = 0; i < kDraws; ++i) {
        const RandomWords w = random.draw(Purpose::test, 7, i);
        values.push_back(static_cast<double>(draw_general(d, wide(w.word[0], w.word[1]))));
        sum += values.back();
    }
    Moments m;
    m.mean = sum / kDraws;
    for (const double v : values) {
        const double square = (v - m.mean) * (v - m.mean);
        m.variance += square / kDraws;
        m.fourth += square * square / kDraws;
    }
    return m;
}

// do mean and variance hold within five standard errors?
void expect_moments(const Distribution& d, double mean, double variance) {
    const Moments m = moments(d);
    EXPECT_NEAR(m.mean, mean, 5 * std::sqrt(variance / kDraws) + 0.5);
    EXPECT_NEAR(m.variance, variance, 5 * std::sqrt((m.fourth - m.variance * m.variance) / kDraws) + 1);
}

TEST(Distribution, moments_match_theory) {
    const double mean = 1e9;
    expect_moments(of(DistKind::uniform, 1'000'000'000, 300'000'000), mean, 3e8 * 3e8 / 3);
    expect_moments(of(DistKind::exponential, 1'000'000'000, 0), mean, mean * mean);
    expect_moments(of(DistKind::triangular, 1'000'000'000, 300'000'000), mean, 3e8 * 3e8 / 6);
    expect_moments(of(DistKind::lognormal, 1'000'000'000, 500'000'000), mean, 5e8 * 5e8);
    expect_moments(of(DistKind::erlang, 1'000'000'000, 4), mean, mean * mean / 4);
}

// is a draw inside its bounds, and are both ends of a uniform reached?
TEST(Distribution, bounds_are_exact) {
    const Distribution uniform = of(DistKind::uniform, 100, 10);
    EXPECT_EQ(draw_simple(uniform, 0), 90);
    EXPECT_EQ(draw_simple(uniform, UINT32_MAX), 110);
    EXPECT_EQ(draw_general(uniform, UINT64_MAX), 110);
    const Distribution triangular = of(DistKind::triangular, 100, 10);
    EXPECT_GE(draw_general(triangular, 0), 90);
    EXPECT_LE(draw_general(triangular, UINT64_MAX), 110);
    EXPECT_EQ(draw_simple(of(DistKind::constant, 42, 0), 123), 42);
}

TEST(Distribution, no_draw_exceeds_the_stated_bound) {
    for (const DistKind kind :
         {DistKind::constant,
          DistKind::uniform,
          DistKind::exponential,
          DistKind::triangular,
          DistKind::lognormal,
          DistKind::erlang}) {
        for (const Time mean : {Time{0}, Time{1}, kHour, kLongest}) {
            const Distribution d = of(kind, mean, kind == DistKind::erlang ? 3 : mean);
            for (const uint64_t bits :
                 {uint64_t{0}, uint64_t{1}, UINT64_MAX, UINT64_MAX - 1, uint64_t{1} << 63, UINT64_MAX >> 1}) {
                const Time draw = draw_general(d, bits);
                EXPECT_GE(draw, 0);
                EXPECT_LE(draw, kind == DistKind::uniform ? 2 * kLongest : kLongest);
                EXPECT_LE(draw, d.most()) << static_cast<int>(kind) << " " << mean << " " << bits;
            }
        }
    }
}

// does the profile that reads the half width as the full one halve the spread, and keep the mean?
TEST(Distribution, full_width_halves_the_spread) {
    const DurationSpec spec{DistKind::uniform, 1000, 100};
    const Distribution half = compile_duration(spec, UniformSpread::half_width);
    const Distribution full = compile_duration(spec, UniformSpread::full_width);
    EXPECT_EQ(half.low, 900);
    EXPECT_EQ(half.span, 200);
    EXPECT_EQ(full.low, 950);
    EXPECT_EQ(full.span, 100);
    EXPECT_EQ(half.mean(), 1000);
    EXPECT_EQ(full.mean(), 1000);
}

// known draws: the same bits on every build
TEST(Distribution, draws_are_frozen) {
    const uint64_t bits = 0x123456789abcdef0;
    EXPECT_EQ(draw_general(of(DistKind::uniform, kHour, kMinute), bits), 3'548'533'333);
    EXPECT_EQ(draw_general(of(DistKind::constant, kHour, 0), bits), kHour);
}

}  // namespace
}  // namespace chipchain
