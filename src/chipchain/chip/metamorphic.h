// Relations between networks that compute the same: each function changes one conv or matmul with constant weights (or
// pool, for the batch) so that every tensor of the original keeps its bytes. Tensors keep their ids; new ones follow.
#pragma once

#include <span>
#include <string_view>

#include "chipchain/network/integer_network.h"

namespace chipchain {

enum class Relation : uint8_t {
    permute_depth,   // the channels of the input and the rows of the weights in another order
    pad_depth,       // more channels, of weights equal to their zero point
    split_channels,  // two nodes of half the output channels, and a concat
    reorder_batch,   // images in another order, and back
};

struct RelationInfo {
    Relation relation;
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] std::span<const RelationInfo> relations();

// Whether the node has the form that the relation needs.
[[nodiscard]] bool applies(Relation relation, const IntegerNetwork& network, uint32_t node);
// REQUIRES applies(). The result has no faults, and values of the original's tensors are unchanged.
[[nodiscard]] IntegerNetwork
transformed(Relation relation, const IntegerNetwork& network, uint32_t node, uint64_t seed);

}  // namespace chipchain
