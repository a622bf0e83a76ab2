// Random networks prove something only where they would show a wrong rounding: how often would they?
#include "tests/chip/random_network.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "chipchain/network/numerics.h"
#include "chipchain/network/onnx_writer.h"

namespace chipchain::testing {
namespace {

const Tensor& constant_of(const Network& network, size_t input) {
    return *network.values[network.nodes[0].inputs[input]].constant;
}

int32_t element(const Tensor& tensor, size_t i) {
    const auto byte = std::to_integer<uint8_t>(tensor.bytes[i]);
    return tensor.type == DataType::s8 ? static_cast<int8_t>(byte) : byte;
}

Clamp clamp_at(const Tensor& zero) {
    return zero.type == DataType::s8 ? Clamp{element(zero, 0), -128, 127} : Clamp{element(zero, 0), 0, 255};
}

int32_t limited(double value, const Clamp& clamp) {
    return static_cast<int32_t>(std::clamp(value, static_cast<double>(clamp.low), static_cast<double>(clamp.high)));
}

// calls with the exact sum of every output of a conv_ties network, its scale and clamp
void for_each_sum(const RandomCase& entry, const std::function<void(int64_t, float, const Clamp&)>& call) {
    const Network& network = entry.network;
    const Tensor& weights = constant_of(network, 3);
    const Clamp clamp = clamp_at(constant_of(network, 7));
    const float scale = product_scale(
        constant_of(network, 1).as<float>()[0],
        constant_of(network, 4).as<float>()[0],
        constant_of(network, 6).as<float>()[0]);
    const size_t channels = 3;
    for (const std::vector<Tensor>& run : entry.runs) {
        const size_t cells = run[0].bytes.size() / channels;
        for (size_t n = 0; n < weights.bytes.size() / channels; ++n) {
            for (size_t cell = 0; cell < cells; ++cell) {
                int64_t sum = constant_of(network, 8).as<int32_t>()[n];
                for (size_t c = 0; c < channels; ++c) {
                    sum += int64_t{element(run[0], c * cells + cell) - element(constant_of(network, 2), 0)} *
                           (element(weights, n * channels + c) - element(constant_of(network, 5), 0));
                }
                call(sum, scale, clamp);
            }
        }
    }
}

// Would networks aimed at ties show a wrong requantisation: halves away from zero, the zero point before the rounding,
// a sum that is not rounded to binary32, one that saturates?
TEST(RandomNetwork, sums_at_ties_show_wrong_roundings) {
    int64_t outputs = 0, away = 0, zero_first = 0, unrounded = 0, saturating = 0;
    for (uint64_t seed = 0; seed < 40; ++seed) {
        for_each_sum(random_case(RandomKind::conv_ties, seed), [&](int64_t sum, float scale, const Clamp& clamp) {
            const auto acc = static_cast<int32_t>(static_cast<uint32_t>(sum));
            const int32_t y = requantise(acc, {.scale = scale}, clamp);
            const double product = static_cast<double>(static_cast<float>(acc) * scale);
            ++outputs;
            away += limited(std::round(product) + clamp.zero, clamp) != y ? 1 : 0;
            zero_first += limited(std::nearbyint(product + clamp.zero), clamp) != y ? 1 : 0;
            unrounded += limited(std::nearbyint(acc * static_cast<double>(scale)) + clamp.zero, clamp) != y ? 1 : 0;
            const auto held = static_cast<int32_t>(std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX));
            saturating += requantise(held, {.scale = scale}, clamp) != y ? 1 : 0;
        });
    }
    EXPECT_GT(outputs, 100'000);
    for (const int64_t shown : {away, zero_first, unrounded, saturating}) EXPECT_GT(shown, outputs / 1000);
}

// and floats at ties a product with the reciprocal?
TEST(RandomNetwork, floats_at_ties_show_wrong_roundings) {
    int64_t inputs = 0, away = 0, zero_first = 0, reciprocal = 0;
    for (uint64_t seed = 0; seed < 40; ++seed) {
        const RandomCase entry = random_case(RandomKind::quantise, seed);
        if (entry.not_for_chips) continue;  // a scale per axis
        const float scale = constant_of(entry.network, 1).as<float>()[0];
        const Clamp clamp = clamp_at(constant_of(entry.network, 2));
        for (const std::vector<Tensor>& run : entry.runs) {
            for (const float x : run[0].as<float>()) {
                const int32_t y = quantise(x, scale, clamp);
                const double quotient = static_cast<double>(x / scale);
                ++inputs;
                away += limited(std::round(quotient) + clamp.zero, clamp) != y ? 1 : 0;
                zero_first += limited(std::nearbyint(quotient + clamp.zero), clamp) != y ? 1 : 0;
                reciprocal += quantise(x * (1 / scale), 1, clamp) != y ? 1 : 0;
            }
        }
    }
    EXPECT_GT(inputs, 50'000);
    for (const int64_t shown : {away, zero_first, reciprocal}) EXPECT_GT(shown, inputs / 200);
}

// are networks and inputs the same with every compiler, that is, as they were?
TEST(RandomNetwork, seeds_fix_networks) {
    std::vector<std::byte> all;
    for (const RandomKind kind : random_kinds()) {
        for (uint64_t seed = 0; seed < 3; ++seed) {
            const RandomCase entry = random_case(kind, seed);
            const std::vector<std::byte> bytes = onnx_bytes(entry.network);
            all.insert(all.end(), bytes.begin(), bytes.end());
            for (const std::vector<Tensor>& run : entry.runs) {
                for (const Tensor& input : run) all.insert(all.end(), input.bytes.begin(), input.bytes.end());
            }
        }
    }
    EXPECT_EQ(sha256_hex(all), "323415c2c4e6d4d96212e2e2319eeec3420a891836aeaf14f9191ed6b3e2f4d6");
}

}  // namespace
}  // namespace chipchain::testing
