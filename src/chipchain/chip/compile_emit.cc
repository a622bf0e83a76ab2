#include "chipchain/chip/compile_emit.h"

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

// Lowest and highest byte of the box, relative to its base.
Span64 extent(const Box4& box, const std::array<int32_t, 4>& strides) {
    Span64 range{0, 1};
    for (size_t d = 0; d < 4; ++d) {
        const int64_t reach = (int64_t{box.count[d]} - 1) * strides[d];
        (reach < 0 ? range.begin : range.end) += reach;
    }
    return range;
}

}  // namespace

bool make_box(const std::vector<Level>& levels, Box4& box) {
    std::vector<Level> kept;
    for (const Level& level : levels) {
        CHECK(level.count > 0);
        if (level.count == 1) continue;
        if (!kept.empty()) {
            Level& outer = kept.back();
            if (outer.source == level.source * level.count && outer.target == level.target * level.count) {
                outer = {outer.count * level.count, level.source, level.target};
                continue;
            }
        }
        kept.push_back(level);
    }
    if (kept.size() > 4) return false;
    box = {};
    for (size_t d = 0; d < kept.size(); ++d) {
        const size_t at = 4 - kept.size() + d;
        box.count[at] = static_cast<uint32_t>(kept[d].count);
        box.source_stride[at] = static_cast<int32_t>(kept[d].source);
        box.target_stride[at] = static_cast<int32_t>(kept[d].target);
    }
    return true;
}

uint32_t Emitter::place_frame(uint32_t core, int64_t bytes, int64_t room) {
    const auto size = static_cast<uint64_t>(bytes);
    CHECK(bytes <= room);
    uint64_t& next = next_frame_[core];
    if (next + size > static_cast<uint64_t>(room)) next = 0;
    const uint64_t base = next;
    next += size;
    return static_cast<uint32_t>(base);
}

void Emitter::load(
    uint32_t core,
    uint32_t node,
    TensorId tensor,
    int64_t offset,
    uint32_t target,
    const std::vector<Level>& levels) {
    Load body;
    CHECK(make_box(levels, body.box));
    CHECK(program_.tensor_address[tensor] != kNotInDram);
    body.source = program_.tensor_address[tensor] + static_cast<uint64_t>(offset);
    body.target = target;
    const Span64 from = extent(body.box, body.box.source_stride);
    const Span64 to = extent(body.box, body.box.target_stride);
    const Touch touches[] = {
        {Place::dram,
         false,
         static_cast<uint64_t>(offset + from.begin),
         static_cast<uint64_t>(offset + from.end),
         tensor},
        sram(true, target, to.end)};
    schedule_.add(core, {node, body}, queue_of(tensor), touches);
}

void Emitter::load_constant(
    uint32_t core,
    uint32_t node,
    uint64_t address,
    uint32_t target,
    const std::vector<Level>& levels) {
    Load body;
    CHECK(make_box(levels, body.box));
    body.source = address;
    body.target = target;
    const Touch touches[] = {sram(true, target, extent(body.box, body.box.target_stride).end)};
    schedule_.add(core, {node, body}, QueueKind::fetch, touches);
}

void Emitter::store(
    uint32_t core,
    uint32_t node,
    uint32_t source,
    TensorId tensor,
    int64_t offset,
    const std::vector<Level>& levels,
    Layer layer) {
    Store body;
    CHECK(make_box(levels, body.box));
    CHECK(program_.tensor_address[tensor] != kNotInDram);
    body.source = source;
    body.target = program_.tensor_address[tensor] + static_cast<uint64_t>(offset);
    const Span64 from = extent(body.box, body.box.source_stride);
    const Span64 to = extent(body.box, body.box.target_stride);
    const Touch touches[] = {
        sram(false, source, from.end),
        {Place::dram,
         true,
         static_cast<uint64_t>(offset + to.begin),
         static_cast<uint64_t>(offset + to.end),
         tensor,
         layer}};
    schedule_.add(core, {node, body}, QueueKind::store, touches);
}

void Emitter::fill(
    uint32_t core,
    uint32_t node,
    uint32_t target,
    const std::vector<Level>& levels,
    uint8_t byte,
    QueueKind queue) {
    Load body;
    CHECK(make_box(levels, body.box));
    body.target = target;
    body.fill = true;
    body.fill_byte = byte;
    const Touch touches[] = {sram(true, target, extent(body.box, body.box.target_stride).end)};
    schedule_.add(core, {node, body}, queue, touches);
}

void Emitter::fill_border(uint32_t node, TensorId tensor) {
    const Kept& kept = residency_.tensors[tensor];
    const auto zero = static_cast<uint8_t>(context_.tensor(tensor).quant.zero);
    const int64_t line = kept.line_bytes();
    const auto band = [&](int64_t address, int64_t lines, int64_t bytes) {
        if (lines * bytes == 0) return;
        fill(0, node, static_cast<uint32_t>(address), {{lines, line, line}, {bytes, 1, 1}}, zero);
    };
    for (int64_t i = 0; i < kept.images; ++i) {
        band(kept.cell_address(i, -kept.top, -kept.left), kept.top, line);
        band(kept.cell_address(i, kept.lines, -kept.left), kept.bottom, line);
        band(kept.cell_address(i, 0, -kept.left), kept.lines, kept.left * kept.channels);
        band(kept.cell_address(i, 0, kept.cells), kept.lines, kept.right * kept.channels);
    }
}

BufferRing::BufferRing(uint32_t base, int64_t bytes, int64_t copies) {
    for (int64_t i = 0; i < copies; ++i) buffers_.push_back({static_cast<uint32_t>(base + i * bytes), 0});
}

uint32_t BufferRing::take(uint64_t key, bool& hit) {
    for (const Buffer& b : buffers_) {
        hit = key != 0 && b.key == key;
        if (hit) return b.base;
    }
    Buffer& next = buffers_[next_];
    next_ = (next_ + 1) % buffers_.size();
    next.key = key;
    return next.base;
}

}  // namespace chipchain
