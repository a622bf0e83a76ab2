#include "chipchain/chip/conform.h"

#include <gtest/gtest.h>

#include "chipchain/chip/compile.h"
#include "chipchain/chip/fast_executor.h"
#include "chipchain/chip/metamorphic.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"

namespace chipchain {
namespace {

ConformCase reference_case(std::string_view name, size_t runs) {
    auto lowered = lower(*reference_network(name));
    EXPECT_TRUE(lowered.has_value());
    return drawn_case(std::string(name), std::move(lowered->network), runs, 11);
}

std::vector<ChipVersion> some_versions(size_t step) {
    std::vector<ChipVersion> some;
    const auto all = standard_versions();
    for (size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
    return some;
}

// Are the standard versions what the issue asks: at least 12, three dataflows, 64 KB to 64 MB, 1 to 60 arrays?
TEST(Conform, StandardVersionsSpan) {
    const auto versions = standard_versions();
    EXPECT_GE(versions.size(), 12U);
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    uint32_t arrays = 0;
    std::array<size_t, 3> flows{};
    for (const ChipVersion& v : versions) {
        least = std::min(least, v.shape.sram_bytes);
        most = std::max(most, v.shape.sram_bytes);
        arrays = std::max(arrays, v.shape.arrays);
        ++flows[static_cast<size_t>(v.shape.dataflow)];
    }
    EXPECT_EQ(least, 64U << 10);
    EXPECT_EQ(most, 64U << 20);
    EXPECT_EQ(arrays, 60U);
    for (size_t count : flows) EXPECT_GE(count, 3U);
}

// Do small networks give the same bytes on some versions, and is the report the same on three threads?
TEST(Conform, SmallNetworksOnSomeVersions) {
    const std::vector<ConformCase> cases = {reference_case("tiny", 1), aimed_case(Aim::padding, 1)};
    ConformOptions options;
    options.schedule_seeds = {5};
    const ConformReport report = conform(cases, some_versions(6), options);
    EXPECT_TRUE(report.holds()) << conform_text(report);
    for (const ConformRow& row : report.rows) EXPECT_TRUE(row.refused.empty() && row.equal == row.combinations);
    options.threads = 3;
    EXPECT_EQ(conform(cases, some_versions(6), options), report);
}

// Does a program of another network's weights fail, with the tensor's name?
TEST(Conform, NamesTheFirstDivergingTensor) {
    ConformCase c = aimed_case(Aim::ties, 1);
    const auto expected = run_golden(c.network, c.inputs[0]);
    IntegerNetwork other = c.network;
    other.nodes[2].bias[3] += 16;
    const auto program = compile_network(other, standard_versions()[2].shape);
    ASSERT_TRUE(program.has_value());
    const std::string found = check_run(*program, c.network, c.inputs[0], expected, 1);
    EXPECT_NE(found.find("of node 'matmul_2' (matmul) is the first to differ"), std::string::npos) << found;
}

// Is a network whose sums can wrap refused by name instead of compiled?
TEST(Conform, RefusalsCarryTheirReason) {
    ConformOptions options;
    options.golden = false;
    const auto report = conform({aimed_case(Aim::beyond_2_31, 1)}, some_versions(14), options);
    ASSERT_FALSE(report.rows.empty());
    EXPECT_EQ(report.rows[0].refused.substr(0, 10), "chip-range");
    EXPECT_TRUE(report.failures.empty());
    EXPECT_FALSE(report.holds()) << "nothing was compared";
}

// Do the aimed cases hit what they aim at: ties of both kinds, odd zero points, clamps, 2^24, 2^30?
TEST(Conform, AimedCasesHitTheirAims) {
    const auto look = [](Aim aim) {
        const ConformCase c = aimed_case(aim, 1);
        Coverage coverage;
        for (const auto& inputs : c.inputs) coverage.add(examine(c.network, run_golden(c.network, inputs), 512));
        return coverage;
    };
    const Coverage ties = look(Aim::ties);
    EXPECT_GT(ties.ties_to_lower, 50U);
    EXPECT_GT(ties.ties_to_upper, 50U);
    EXPECT_GT(ties.odd_zero_ties, 50U);
    EXPECT_GT(ties.negative_ties, 50U);
    EXPECT_GT(look(Aim::range_ends).clamped_low + look(Aim::range_ends).clamped_high, 50U);
    EXPECT_GT(look(Aim::near_2_24).beyond_2_24, 50U);
    EXPECT_GT(look(Aim::near_2_31).near_2_31, 0U);
    EXPECT_GT(look(Aim::fixed_ties).modes[1], 100U);
    EXPECT_GT(look(Aim::sum_ties).sum_ties, 100U);
    EXPECT_GT(look(Aim::reciprocals).sum_ties, 500U);
}

// Do networks that compute the same agree: depth permuted or padded, channels split, batch reordered?
TEST(Metamorphic, RelationsHold) {
    const ConformCase c = reference_case("odd", 1);
    const TensorBytes expected = run_golden(c.network, c.inputs[0]);
    const ChipShape shape = standard_versions()[5].shape;
    std::array<size_t, 4> tried{};
    for (const RelationInfo& row : relations()) {
        for (uint32_t node = 0; node < c.network.nodes.size(); ++node) {
            if (!applies(row.relation, c.network, node)) continue;
            const IntegerNetwork other = transformed(row.relation, c.network, node, 7 + node);
            const auto found = faults(other);
            ASSERT_TRUE(found.empty()) << row.name << " " << found[0];
            const TensorBytes values = run_golden(other, c.inputs[0]);
            for (TensorId id = 0; id < expected.size(); ++id) EXPECT_EQ(values[id], expected[id]) << row.name;
            EXPECT_EQ(run_fast(other, c.inputs[0]), values) << row.name;
            const auto program = compile_network(other, shape);
            ASSERT_TRUE(program.has_value()) << row.name;
            EXPECT_EQ(check_run(*program, other, c.inputs[0], values, 3), "") << row.name;
            ++tried[static_cast<size_t>(row.relation)];
        }
    }
    for (size_t count : tried) EXPECT_GT(count, 1U);
}

// Do the small networks and aimed cases give the same bytes on every version, and the larger ones on some?
TEST(FullConform, EveryVersion) {
    std::vector<ConformCase> small = {reference_case("tiny", 1), reference_case("odd", 1)};
    for (Aim aim :
         {Aim::ties,
          Aim::range_ends,
          Aim::near_2_24,
          Aim::fixed_ties,
          Aim::averages,
          Aim::padding,
          Aim::channel_scales,
          Aim::rows}) {
        small.push_back(aimed_case(aim, 1));
    }
    ConformOptions options;
    options.schedule_seeds = {0, 1};
    const ConformReport report = conform(small, standard_versions(), options);
    EXPECT_TRUE(report.holds()) << conform_text(report);
    for (uint64_t count : report.coverage.operations) EXPECT_GT(count, 0U);
    options.schedule_seeds = {3};
    const std::vector<ConformCase> large = {reference_case("transformer", 1), aimed_case(Aim::sum_ties, 1)};
    const ConformReport other = conform(large, some_versions(5), options);
    EXPECT_TRUE(other.holds()) << conform_text(other);
}

}  // namespace
}  // namespace chipchain
