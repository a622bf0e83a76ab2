#include "chipchain/chip/fast_executor.h"

#include <gtest/gtest.h>

#include "chipchain/chip/aimed_cases.h"
#include "chipchain/chip/fast_kernels.h"
#include "chipchain/chip/test_networks.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"

namespace chipchain {
namespace {

// Both paths beside the golden values; returns what differs.
std::string differs(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs) {
    const TensorBytes expected = run_golden(network, inputs);
    for (FastPath path : {FastPath::portable, FastPath::automatic}) {
        const Divergence d = first_divergence(network, expected, run_fast(network, inputs, path));
        if (d.node != UINT32_MAX) return divergence_text(network, d);
    }
    return "";
}

// A network of every operation with drawn shapes, groups, strides, dilations, pads, types and modes.
IntegerNetwork drawn_network(uint64_t seed, std::vector<std::vector<uint8_t>>& inputs) {
    NetworkBuilder b(seed);
    const auto n = [&](int64_t low, int64_t high) { return b.draw(low, high); };
    const int64_t groups = n(0, 2) == 0 ? n(2, 5) : 1;
    const int64_t channels = groups * n(1, 9);
    const TensorId x = b.input({n(1, 2), n(1, 9), n(1, 9), channels});
    ConvShape c;
    c.groups = static_cast<int32_t>(n(0, 3) == 0 ? channels : groups);
    c.channels = c.groups * n(1, 3);
    for (size_t d = 0; d < 2; ++d) {
        c.kernel[d] = static_cast<int32_t>(n(1, 4));
        c.stride[d] = static_cast<int32_t>(n(1, 3));
        c.dilation[d] = static_cast<int32_t>(n(1, 2));
        c.pad_begin[d] = static_cast<int32_t>(n(c.kernel[d] * c.dilation[d], 9));
        c.pad_end[d] = static_cast<int32_t>(n(0, 3));
    }
    std::vector<TensorId> outputs = {b.conv(x, c)};
    Window w;
    w.kernel[0] = static_cast<int32_t>(n(1, 3));
    w.kernel[1] = static_cast<int32_t>(n(1, 3));
    w.pad_begin[0] = w.kernel[0] - 1;
    w.pad_end[1] = w.kernel[1] - 1;
    outputs.push_back(b.pool(IntegerOp::max_pool, outputs[0], w));
    outputs.push_back(b.pool(IntegerOp::average_pool, outputs[0], w, n(0, 1) == 0));
    outputs.push_back(b.lookup(outputs[1]));
    outputs.push_back(b.elementwise(IntegerOp::add, outputs[1], outputs[2]));
    outputs.push_back(b.elementwise(IntegerOp::multiply, outputs[4], b.constant({b.shape(outputs[4])[3]})));
    const Shape last = b.shape(outputs[5]);
    outputs.push_back(b.transpose(outputs[5], {0, 3, 1, 2}));
    outputs.push_back(b.softmax(outputs[6]));
    outputs.push_back(b.layer_norm(outputs[6]));
    outputs.push_back(b.matmul(outputs[8], b.constant({last[2], n(1, 40)})));
    outputs.push_back(b.matmul(b.transpose(outputs[9], {0, 1, 3, 2}), outputs[7]));
    IntegerNetwork network = b.build(outputs);
    inputs = b.draw_inputs(network);
    return network;
}

// Do both paths give the golden bytes on drawn networks of every operation?
TEST(FastExecutor, DrawnNetworksEqualGolden) {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        std::vector<std::vector<uint8_t>> inputs;
        const IntegerNetwork network = drawn_network(seed, inputs);
        const auto found = faults(network);
        ASSERT_TRUE(found.empty()) << seed << " " << found[0];
        EXPECT_EQ(differs(network, inputs), "") << seed;
    }
}

// Do they on the cases aimed at ties, ends of ranges, 2^24 and sums that wrap?
TEST(FullFastExecutor, AimedCasesEqualGolden) {
    for (const AimInfo& row : aims()) {
        const ConformCase c = aimed_case(row.aim, 3);
        for (const auto& inputs : c.inputs) EXPECT_EQ(differs(c.network, inputs), "") << row.name;
    }
}

// Do the kernels of the two paths agree on the largest operands, where sums wrap?
TEST(FastExecutor, KernelsWrapAlike) {
    if (!has_avx2()) GTEST_SKIP() << "this processor has no AVX2";
    constexpr int64_t kPairs = 40'000;
    std::vector<int16_t> row(2 * kPairs, 255);
    std::vector<int16_t> panel(2 * kPairs * kBlockColumns, 255);
    for (size_t i = 0; i < panel.size(); i += 7) panel[i] = -255;
    const int16_t* rows[kBlockRows] = {row.data(), row.data(), row.data(), row.data(), row.data(), row.data()};
    const DepthRun run{0, kPairs};
    int32_t plain[kBlockRows * kBlockColumns];
    int32_t wide[kBlockRows * kBlockColumns];
    portable_kernels().block(rows, &run, 1, panel.data(), plain);
    avx2_kernels().block(rows, &run, 1, panel.data(), wide);
    EXPECT_TRUE(std::equal(std::begin(plain), std::end(plain), wide));
}

// Are networks and values the same bits as on the host that wrote this down (g++ 12, -O3), whatever compiler and
// optimisation this test was built with?
TEST(FastExecutor, SameBitsOnEveryHost) {
    const struct {
        std::string_view name;
        std::string_view network;
        std::string_view trace;
    } rows[] = {
        {"tiny", "dcd69479c1f5be21", "9cabf6b6dde0b923"},
        {"odd", "6288387d4fcc5192", "0a0d0801017fcc6a"},
        {"transformer", "79407555805cb72c", "6a70643e321fada2"}};
    for (const auto& row : rows) {
        const auto lowered = lower(*reference_network(row.name));
        ASSERT_TRUE(lowered.has_value());
        EXPECT_EQ(network_hash(lowered->network).substr(0, 16), row.network) << row.name;
        const TensorBytes values = run_golden(lowered->network, drawn_inputs(lowered->network, 1));
        std::string all;
        for (const std::string& hash : trace_hashes(lowered->network, values)) all += hash;
        EXPECT_EQ(sha256_hex(std::as_bytes(std::span(all))).substr(0, 16), row.trace) << row.name;
    }
}

// Does a network arranged once give the same bytes for input after input?
TEST(FastExecutor, ArrangedNetworkRepeats) {
    const auto lowered = lower(*reference_network("tiny"));
    ASSERT_TRUE(lowered.has_value());
    const FastNetwork network(lowered->network);
    for (uint64_t seed = 1; seed < 4; ++seed) {
        const auto inputs = drawn_inputs(lowered->network, seed);
        EXPECT_EQ(network.run(inputs), run_golden(lowered->network, inputs));
    }
}

}  // namespace
}  // namespace chipchain
