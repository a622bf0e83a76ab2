// Pass 'emit': instructions of each node, with the places they touch, into a Schedule.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "chipchain/chip/compile_partition.h"
#include "chipchain/chip/compile_schedule.h"

namespace chipchain {

// The levels as a box, with levels of one dropped and levels that continue each other joined. Returns whether at most 4
// remain; then `box` holds them.
[[nodiscard]] bool make_box(const std::vector<Level>& levels, Box4& box);

// What does not fit: the node and the bytes of SRAM that its smallest tile needs.
struct TooSmall {
    uint32_t node = 0;
    int64_t bytes = 0;
};

class Emitter {
 public:
    Emitter(const CompileContext& context, const Residency& residency, Program& program, Schedule& schedule)
        : context_(context),
          residency_(residency),
          program_(program),
          schedule_(schedule),
          next_frame_(context.shape.arrays) {}

    [[nodiscard]] const CompileContext& context() const { return context_; }
    [[nodiscard]] Program& program() { return program_; }
    [[nodiscard]] const ChipShape& shape() const { return context_.shape; }
    [[nodiscard]] uint64_t tensor_bytes(TensorId id) const { return program_.tensor_bytes[id]; }

    // Bytes of SRAM that buffers of a node may use.
    [[nodiscard]] int64_t room(uint32_t node) const { return residency_.room[node]; }
    // The tensor's place in SRAM, or nullptr when it is in DRAM.
    [[nodiscard]] const Kept* kept(TensorId id) const {
        return residency_.tensors[id].kept ? &residency_.tensors[id] : nullptr;
    }
    // Room for the buffers of one node on one core: behind that of the node before it, so that loads of the next node
    // need not wait for this one. REQUIRES bytes <= room, the node's.
    [[nodiscard]] uint32_t place_frame(uint32_t core, int64_t bytes, int64_t room);

    // Bytes of a tensor, from `offset` on, into SRAM.
    void load(
        uint32_t core,
        uint32_t node,
        TensorId tensor,
        int64_t offset,
        uint32_t target,
        const std::vector<Level>& levels);
    // Constant bytes from an address in DRAM on.
    void
    load_constant(uint32_t core, uint32_t node, uint64_t address, uint32_t target, const std::vector<Level>& levels);
    // The reverse of load.
    void store(
        uint32_t core,
        uint32_t node,
        uint32_t source,
        TensorId tensor,
        int64_t offset,
        const std::vector<Level>& levels,
        Layer layer = Layer::only);
    // The border of a kept tensor becomes its zero point.
    void fill_border(uint32_t node, TensorId tensor);
    // Levels' target strides; every byte becomes `byte`.
    void fill(
        uint32_t core,
        uint32_t node,
        uint32_t target,
        const std::vector<Level>& levels,
        uint8_t byte,
        QueueKind queue = QueueKind::load);
    // Of loads: constants have a queue of their own, which waits for places alone and so runs ahead.
    [[nodiscard]] QueueKind queue_of(TensorId id) const {
        return context_.tensor(id).constant ? QueueKind::fetch : QueueKind::load;
    }
    void matrix(uint32_t core, uint32_t node, const InstructionBody& body, std::span<const Touch> touches) {
        schedule_.add(core, {node, body}, QueueKind::matrix, touches);
    }
    void vector(uint32_t core, uint32_t node, const InstructionBody& body, std::span<const Touch> touches) {
        schedule_.add(core, {node, body}, QueueKind::vector, touches);
    }

 private:
    const CompileContext& context_;
    const Residency& residency_;
    Program& program_;
    Schedule& schedule_;
    std::vector<uint64_t> next_frame_;
};

[[nodiscard]] inline Touch sram(bool write, uint64_t low, int64_t bytes) {
    return {Place::sram, write, low, low + static_cast<uint64_t>(bytes)};
}

// Buffers that take turns. Each remembers what it holds, so that a tile that is still there is not loaded again.
class BufferRing {
 public:
    BufferRing() = default;
    BufferRing(uint32_t base, int64_t bytes, int64_t copies);
    // The buffer that holds `key`, or the one used longest ago; `hit` tells which. Key 0 never hits.
    [[nodiscard]] uint32_t take(uint64_t key, bool& hit);

 private:
    struct Buffer {
        uint32_t base = 0;
        uint64_t key = 0;
    };
    std::vector<Buffer> buffers_;
    size_t next_ = 0;
};

// The vector operation of a table that requantisation carries out.
struct FusedLookup {
    bool present = false;
    uint32_t operation = 0;
};
// One product, all shares.
void emit_matrix(Emitter& emitter, const MatrixPlan& plan, const FusedLookup& lookup);
// Vector nodes. Returns what does not fit.
[[nodiscard]] std::vector<TooSmall> emit_elementwise(Emitter& emitter, uint32_t node);
[[nodiscard]] std::vector<TooSmall> emit_lookup(Emitter& emitter, uint32_t node);
[[nodiscard]] std::vector<TooSmall> emit_rows(Emitter& emitter, uint32_t node);
[[nodiscard]] std::vector<TooSmall> emit_pool(Emitter& emitter, uint32_t node);
[[nodiscard]] std::vector<TooSmall> emit_move(Emitter& emitter, uint32_t node);

// The vector operation of a node; appended to the program, its index returned.
uint32_t add_operation(Emitter& emitter, uint32_t node);

}  // namespace chipchain
