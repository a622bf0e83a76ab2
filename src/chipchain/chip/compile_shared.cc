#include "chipchain/chip/compile_shared.h"

namespace chipchain {

namespace {

constexpr uint32_t kNoNode = UINT32_MAX;

// Whether a moves more bytes than b per byte and node of life; equal: the smaller, then the earlier.
struct Candidate {
    TensorId id = 0;
    uint64_t bytes = 0;
    Life life;
    [[nodiscard]] uint64_t moves() const { return uint64_t{1} + life.readers; }
    [[nodiscard]] uint64_t nodes() const { return uint64_t{1} + life.last_node - life.first_node; }
    bool operator<(const Candidate& b) const {
        const uint64_t own = moves() * b.nodes();
        const uint64_t other = b.moves() * nodes();
        if (own != other) return own > other;
        return bytes != b.bytes ? bytes < b.bytes : id < b.id;
    }
};

}  // namespace

std::vector<Life> lives_of(const IntegerNetwork& network, const std::vector<uint32_t>& fused) {
    std::vector<Life> lives(network.tensors.size());
    std::vector<bool> written(network.tensors.size(), false);
    std::vector<bool> carried(network.nodes.size(), false);
    for (const uint32_t lookup : fused) {
        if (lookup != kNoNode) carried[lookup] = true;
    }
    for (uint32_t i = 0; i < network.nodes.size(); ++i) {
        if (carried[i]) continue;
        for (const TensorId id : network.nodes[i].inputs) {
            lives[id].last_node = i;
            ++lives[id].readers;
        }
        const uint32_t last = fused[i] == kNoNode ? i : fused[i];
        Life& out = lives[network.nodes[last].output];
        out.first_node = out.last_node = i;
        written[network.nodes[last].output] = true;
    }
    for (const TensorId id : network.outputs) written[id] = false;
    for (TensorId id = 0; id < lives.size(); ++id) {
        lives[id].passed = written[id] && lives[id].readers > 0 && element_count(network.tensors[id].shape) > 0;
    }
    return lives;
}

std::vector<bool>
decide_shared(const CompileContext& context, const std::vector<uint32_t>& fused, const Residency& residency) {
    const IntegerNetwork& network = context.network;
    std::vector<bool> shared(network.tensors.size(), false);
    if (context.shape.shared_bytes == 0) return shared;
    std::vector<Candidate> candidates;
    const std::vector<Life> lives = lives_of(network, fused);
    for (TensorId id = 0; id < lives.size(); ++id) {
        if (!lives[id].passed || residency.tensors[id].kept) continue;
        if (context.pick(id, Choice::place, 3) == 1) continue;
        candidates.push_back({id, static_cast<uint64_t>(element_count(network.tensors[id].shape)), lives[id]});
    }
    std::sort(candidates.begin(), candidates.end());
    std::vector<uint64_t> held(network.nodes.size(), 0);
    for (const Candidate& c : candidates) {
        const auto first = held.begin() + c.life.first_node;
        const auto end = held.begin() + c.life.last_node + 1;
        const uint64_t most = *std::max_element(first, end);
        if (most + c.bytes > context.shape.shared_bytes) continue;
        std::for_each(first, end, [&c](uint64_t& bytes) { bytes += c.bytes; });
        shared[c.id] = true;
    }
    return shared;
}

}  // namespace chipchain
