// Instructions of moves: the DMA does all of it, DRAM to DRAM by way of SRAM. Each box goes in pieces that fit SRAM; a
// piece is gathered densely and scattered to its places. Where boxes leave gaps, the output is filled first.
#include <cstdlib>
#include <numeric>

#include "chipchain/base/check.h"
#include "chipchain/chip/compile_emit.h"

namespace chipchain {

namespace {

// a core gets no fewer bytes of a move than this; assumption
constexpr int64_t kLeastShare = 4096;

// A box in few dimensions: none of one, neighbours joined, target strides falling, none negative.
struct PlainBox {
    TensorId tensor = kNoTensor;
    std::vector<Level> levels;
    int64_t source = 0;
    int64_t target = 0;
    [[nodiscard]] int64_t count() const {
        return std::accumulate(levels.begin(), levels.end(), int64_t{1}, [](int64_t n, const Level& l) {
            return n * l.count;
        });
    }
};

PlainBox plain(const IntegerNode& node, const MoveBox& box) {
    PlainBox p{node.inputs[box.input], {}, box.source_offset, box.target_offset};
    for (size_t d = 0; d < box.dims.size(); ++d) {
        if (box.dims[d] == 1) continue;
        Level level{box.dims[d], box.source_strides[d], box.target_strides[d]};
        if (level.target < 0) {
            // from the other end
            p.source += (level.count - 1) * level.source;
            p.target += (level.count - 1) * level.target;
            level.source = -level.source;
            level.target = -level.target;
        }
        p.levels.push_back(level);
    }
    std::stable_sort(p.levels.begin(), p.levels.end(), [](const Level& a, const Level& b) {
        return a.target > b.target;
    });
    std::vector<Level> joined;
    for (const Level& level : p.levels) {
        if (!joined.empty() && joined.back().source == level.source * level.count &&
            joined.back().target == level.target * level.count) {
            joined.back() = {joined.back().count * level.count, level.source, level.target};
        } else {
            joined.push_back(level);
        }
    }
    p.levels = std::move(joined);
    return p;
}

// Cuts a box into pieces of at most `most` bytes and at most 4 levels: inner levels whole, the next in parts, the outer
// ones one place at a time.
std::vector<PlainBox> pieces(const PlainBox& box, int64_t most) {
    size_t inner = box.levels.size();  // levels from here on are whole
    int64_t bytes = 1;
    while (inner > 0 && box.levels.size() - inner < 3 && bytes * box.levels[inner - 1].count <= most) {
        bytes *= box.levels[--inner].count;
    }
    if (inner == 0) return {box};
    const Level& cut = box.levels[inner - 1];
    const int64_t wanted = std::clamp<int64_t>(most / bytes, 1, cut.count);
    const int64_t size = divide_up(cut.count, divide_up(cut.count, wanted));
    std::vector<int64_t> index(inner - 1, 0);
    std::vector<PlainBox> list;
    for (;;) {
        PlainBox piece_of{
            box.tensor,
            {box.levels.begin() + static_cast<ptrdiff_t>(inner), box.levels.end()},
            box.source,
            box.target};
        for (size_t d = 0; d + 1 < inner; ++d) {
            piece_of.source += index[d] * box.levels[d].source;
            piece_of.target += index[d] * box.levels[d].target;
        }
        for (int64_t i = 0; i < cut.count; i += size) {
            PlainBox part_of = piece_of;
            part_of.source += i * cut.source;
            part_of.target += i * cut.target;
            part_of.levels.insert(part_of.levels.begin(), {std::min(size, cut.count - i), cut.source, cut.target});
            list.push_back(std::move(part_of));
        }
        size_t d = inner - 1;
        while (d > 0 && ++index[d - 1] == box.levels[d - 1].count) index[--d] = 0;
        if (d == 0) return list;
    }
}

void fill_output(Emitter& emitter, uint32_t index, uint32_t core, int64_t most) {
    const IntegerNode& node = emitter.context().network.nodes[index];
    const auto count = static_cast<int64_t>(emitter.tensor_bytes(node.output));
    const int64_t size = std::min(count, most);
    const uint32_t base = emitter.place_frame(core, size, emitter.room(index));
    emitter.fill(core, index, base, {{size, 1, 1}}, node.fill);
    for (int64_t at = 0; at < count; at += size) {
        emitter.store(core, index, base, node.output, at, {{std::min(size, count - at), 1, 1}}, Layer::below);
    }
}

}  // namespace

std::vector<TooSmall> emit_move(Emitter& emitter, uint32_t index) {
    const CompileContext& context = emitter.context();
    const IntegerNode& node = context.network.nodes[index];
    const int64_t room = emitter.room(index);
    if (room < 1) return {{index, 1}};
    const auto count = static_cast<int64_t>(emitter.tensor_bytes(node.output));
    const int64_t copies = context.options.double_buffer && room >= 2 ? 2 : 1;
    int64_t most = room / copies;
    const int64_t per_core = divide_up(count, context.shape.arrays);
    most = std::min(most, std::max(per_core, kLeastShare));
    if (context.options.schedule_seed != 0) {
        most -= static_cast<int64_t>(context.pick(index, Choice::rows, static_cast<uint64_t>(divide_up(most, 2))));
    }
    std::vector<PlainBox> work;
    int64_t covered = 0;
    for (const MoveBox& box : node.boxes) {
        if (element_count(box.dims) == 0) continue;
        const PlainBox p = plain(node, box);
        covered += p.count();
        for (PlainBox& piece_of : pieces(p, most)) work.push_back(std::move(piece_of));
    }
    const bool gaps = covered < count;
    const auto first = static_cast<uint32_t>(context.pick(index, Choice::first_core, context.shape.arrays));
    if (gaps) fill_output(emitter, index, first, most);
    const auto parts = static_cast<int64_t>(std::min<size_t>(context.shape.arrays, work.size()));
    for (int64_t p = 0; p < parts; ++p) {
        const auto core = static_cast<uint32_t>((first + p) % context.shape.arrays);
        const Span64 range = part(static_cast<int64_t>(work.size()), parts, p);
        int64_t bytes = 0;
        for (int64_t i = range.begin; i < range.end; ++i) bytes = std::max(bytes, work[static_cast<size_t>(i)].count());
        const int64_t used = std::min(copies, range.count());
        BufferRing ring(emitter.place_frame(core, bytes * used, emitter.room(index)), bytes, used);
        for (int64_t i = range.begin; i < range.end; ++i) {
            const PlainBox& box = work[static_cast<size_t>(i)];
            bool hit = false;
            const uint32_t base = ring.take(0, hit);
            emitter.load(core, index, box.tensor, box.source, base, dense(box.levels, false));
            emitter.store(
                core,
                index,
                base,
                node.output,
                box.target,
                dense(box.levels, true),
                gaps ? Layer::above : Layer::only);
        }
    }
    return {};
}

}  // namespace chipchain
