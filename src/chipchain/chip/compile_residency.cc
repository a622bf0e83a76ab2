#include "chipchain/chip/compile_residency.h"

namespace chipchain {

namespace {

constexpr uint32_t kNoNode = UINT32_MAX;
// of SRAM, for tile buffers at least; assumption
constexpr int64_t kTilePart = 2;
// kept tensors begin at multiples of this many bytes
constexpr int64_t kAlignment = 64;

struct Reader {
    uint32_t node = 0;
    size_t operand = 0;
};

class ResidencyPass {
 public:
    ResidencyPass(const CompileContext& context, const std::vector<uint32_t>& fused)
        : context_(context), network_(context.network), fused_(fused) {}

    Residency decide(bool keep_any) {
        result_.tensors.resize(network_.tensors.size());
        const auto sram = static_cast<int64_t>(context_.shape.sram_bytes);
        result_.room.assign(network_.nodes.size(), sram);
        if (!keep_any || context_.shape.arrays != 1) return result_;
        find_uses();
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            if (carried_[i]) continue;
            const uint32_t last = fused_[i] == kNoNode ? i : fused_[i];
            consider(i, network_.nodes[last].output);
        }
        for (const Kept& k : result_.tensors) {
            if (!k.kept) continue;
            for (uint32_t i = k.first_node; i <= k.last_node; ++i) {
                result_.room[i] = std::min(result_.room[i], k.base);
            }
        }
        return result_;
    }

 private:
    const CompileContext& context_;
    const IntegerNetwork& network_;
    const std::vector<uint32_t>& fused_;
    Residency result_;
    std::vector<std::vector<Reader>> readers_;  // by tensor
    std::vector<bool> carried_;                 // by node: done by an earlier one
    std::vector<bool> spilled_;                 // by tensor: must be in DRAM, or never exists

    void find_uses() {
        readers_.resize(network_.tensors.size());
        spilled_.assign(network_.tensors.size(), false);
        carried_.assign(network_.nodes.size(), false);
        for (uint32_t lookup : fused_) {
            if (lookup != kNoNode) carried_[lookup] = true;
        }
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            const IntegerNode& node = network_.nodes[i];
            for (size_t o = 0; o < node.inputs.size(); ++o) {
                if (carried_[i]) {
                    spilled_[node.inputs[o]] = true;
                } else {
                    readers_[node.inputs[o]].push_back({i, o});
                }
                // moves are carried out between places in DRAM
                if (node.op == IntegerOp::move) spilled_[node.inputs[o]] = true;
            }
            if (node.op == IntegerOp::move || carried_[i]) spilled_[node.output] = node.op == IntegerOp::move;
        }
        for (TensorId id : network_.outputs) spilled_[id] = true;
    }

    // The border that a convolution needs around what it reads.
    static void widen(Kept& kept, const IntegerNode& node, const Shape& out) {
        const auto end = [&](size_t axis, int64_t outputs, int64_t size) {
            const Window& w = node.window;
            const int64_t last =
                (outputs - 1) * w.stride[axis] - w.pad_begin[axis] + int64_t{w.kernel[axis] - 1} * w.dilation[axis];
            return std::max<int64_t>(0, last - (size - 1));
        };
        kept.top = std::max<int64_t>(kept.top, node.window.pad_begin[0]);
        kept.left = std::max<int64_t>(kept.left, node.window.pad_begin[1]);
        kept.bottom = std::max(kept.bottom, end(0, out[1], kept.lines));
        kept.right = std::max(kept.right, end(1, out[2], kept.cells));
    }

    // Whether a node works line by line on a bordered tensor.
    [[nodiscard]] bool takes_border(const IntegerNode& node) const {
        if (node.op == IntegerOp::conv || node.op == IntegerOp::lookup) return true;
        if (node.op != IntegerOp::add && node.op != IntegerOp::multiply) return false;
        return network_.tensors[node.inputs[0]].shape == network_.tensors[node.inputs[1]].shape;
    }

    void consider(uint32_t writer, TensorId id) {
        const IntegerTensor& tensor = network_.tensors[id];
        const int64_t count = element_count(tensor.shape);
        if (spilled_[id] || readers_[id].empty() || count == 0) return;
        if (context_.pick(id, Choice::keep, 3) == 1) return;
        Kept k;
        k.first_node = writer;
        k.last_node = writer;
        k.cells = count;
        if (tensor.shape.size() == 4) {
            k.images = tensor.shape[0];
            k.lines = tensor.shape[1];
            k.cells = tensor.shape[2];
            k.channels = tensor.shape[3];
        }
        bool bordered_by_all = takes_border(network_.nodes[writer]);
        for (const Reader& r : readers_[id]) {
            const IntegerNode& node = network_.nodes[r.node];
            if (node.op == IntegerOp::conv) widen(k, node, network_.tensors[node.output].shape);
            bordered_by_all = bordered_by_all && takes_border(node);
            k.last_node = std::max(k.last_node, r.node);
        }
        k.bordered = k.top + k.bottom + k.left + k.right > 0;
        if (k.bordered && !bordered_by_all) return;
        k.bytes = round_up(k.images * k.image_bytes(), kAlignment);
        if (!place(k)) return;
        k.kept = true;
        result_.tensors[id] = k;
    }

    // The highest place that no tensor kept at the same time uses; false when it would lie too low.
    bool place(Kept& k) const {
        const auto sram = static_cast<int64_t>(context_.shape.sram_bytes);
        std::vector<const Kept*> beside;
        for (const Kept& other : result_.tensors) {
            if (other.kept && other.first_node <= k.last_node && k.first_node <= other.last_node)
                beside.push_back(&other);
        }
        const auto end_of = [](const Kept* other) { return other->base + other->bytes; };
        std::sort(beside.begin(), beside.end(), [&](const Kept* a, const Kept* b) { return end_of(a) > end_of(b); });
        int64_t end = sram / kAlignment * kAlignment;
        for (const Kept* other : beside) {
            if (end_of(other) <= end - k.bytes) break;
            end = std::min(end, other->base);
        }
        k.base = end - k.bytes;
        return k.base >= sram / kTilePart;
    }
};

}  // namespace

int64_t Kept::address(int64_t at) const {
    if (!bordered) return base + at;
    const int64_t cell = at / channels;
    const int64_t line = cell / cells;
    return cell_address(line / lines, line % lines, cell % cells) + at % channels;
}

Residency decide_residency(const CompileContext& context, const std::vector<uint32_t>& fused, bool keep_any) {
    return ResidencyPass(context, fused).decide(keep_any);
}

}  // namespace chipchain
