#include "chipchain/chip/compile_shared.h"

#include <algorithm>

namespace chipchain {

namespace {

constexpr uint32_t kNoNode = UINT32_MAX;

struct Candidate {
    TensorId id = 0;
    uint64_t bytes = 0;
    uint32_t moves = 0;
    bool operator<(const Candidate& b) const {
        if (moves != b.moves) return moves > b.moves;
        return bytes != b.bytes ? bytes < b.bytes : id < b.id;
    }
};

}  // namespace

std::vector<uint32_t> moves_of(const IntegerNetwork& network, const std::vector<uint32_t>& fused) {
    std::vector<uint32_t> reads(network.tensors.size());
    std::vector<bool> written(network.tensors.size(), false);
    std::vector<bool> carried(network.nodes.size(), false);
    for (const uint32_t lookup : fused) {
        if (lookup != kNoNode) carried[lookup] = true;
    }
    for (uint32_t i = 0; i < network.nodes.size(); ++i) {
        if (carried[i]) continue;
        for (const TensorId id : network.nodes[i].inputs) ++reads[id];
        written[network.nodes[fused[i] == kNoNode ? i : fused[i]].output] = true;
    }
    for (const TensorId id : network.outputs) written[id] = false;
    std::vector<uint32_t> moves(network.tensors.size());
    for (TensorId id = 0; id < moves.size(); ++id) {
        if (written[id] && reads[id] > 0) moves[id] = 1 + reads[id];
    }
    return moves;
}

std::vector<bool>
decide_shared(const CompileContext& context, const std::vector<uint32_t>& fused, const Residency& residency) {
    const IntegerNetwork& network = context.network;
    std::vector<bool> shared(network.tensors.size(), false);
    if (context.shape.shared_bytes == 0) return shared;
    std::vector<Candidate> candidates;
    const std::vector<uint32_t> moves = moves_of(network, fused);
    for (TensorId id = 0; id < moves.size(); ++id) {
        const auto bytes = dram_aligned(static_cast<uint64_t>(element_count(network.tensors[id].shape)));
        if (moves[id] == 0 || bytes == 0 || residency.tensors[id].kept) continue;
        if (context.pick(id, Choice::place, 3) == 1) continue;
        candidates.push_back({id, bytes, moves[id]});
    }
    std::sort(candidates.begin(), candidates.end());
    uint64_t held = 0;
    for (const Candidate& c : candidates) {
        if (held + c.bytes > context.shape.shared_bytes) continue;
        held += c.bytes;
        shared[c.id] = true;
    }
    return shared;
}

}  // namespace chipchain
