#include "chipchain/network/reference_networks.h"

#include <set>

#include <gtest/gtest.h>

#include "chipchain/network/lower.h"

namespace chipchain {
namespace {

// Does ResNet-50 have its published size: 53 convolutions and about 4.1 G multiplications?
TEST(FullReferenceNetworks, ResNet50HasItsSize) {
    const auto lowered = lower(*reference_network("resnet50"));
    ASSERT_TRUE(lowered.has_value());
    int64_t multiplications = 0;
    size_t convolutions = 0;
    for (const IntegerNode& node : lowered->network.nodes) {
        multiplications += multiply_count(lowered->network, node);
        convolutions += node.op == IntegerOp::conv ? 1 : 0;
    }
    EXPECT_EQ(convolutions, 53U);
    // torchvision counts 4.09 G for the same shapes
    EXPECT_EQ(multiplications, 4'089'184'256);
    EXPECT_TRUE(prove_ranges(lowered->network).holds());
}

// Does each small network lower, hold its ranges and repeat to the bit; and does "tiny" have all ten operations?
TEST(ReferenceNetworks, LowerAndRepeat) {
    for (const std::string_view name : {"mobilenet", "transformer", "tiny", "odd"}) {
        const auto first = lower(*reference_network(name));
        const auto again = lower(*reference_network(name));
        const auto other = lower(*reference_network(name, 2));
        ASSERT_TRUE(first.has_value() && again.has_value() && other.has_value()) << name;
        EXPECT_EQ(network_hash(first->network), network_hash(again->network)) << name;
        EXPECT_NE(network_hash(first->network), network_hash(other->network)) << name;
        EXPECT_TRUE(prove_ranges(first->network).holds()) << name;
        if (name != "tiny") continue;
        std::set<IntegerOp> operations;
        for (const IntegerNode& node : first->network.nodes) operations.insert(node.op);
        EXPECT_EQ(operations.size(), integer_ops().size());
    }
}

// Is a wrong name answered with the nearest right one?
TEST(ReferenceNetworks, UnknownName) {
    const auto result = reference_network("resnet-50");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error()[0].id, "unknown-network");
    EXPECT_EQ(result.error()[0].help, "did you mean 'resnet50'?");
}

}  // namespace
}  // namespace chipchain
