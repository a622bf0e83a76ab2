// The schedule of a program: instructions are added one after another in an order in which they could run alone, each
// with the places it touches. Waits follow from that: an instruction waits for the last earlier ones of other queues
// that touch the same place, one of the two writing. Every wait points backwards in the order of adding, so no program
// made here can stand still, and queues run ahead of each other as far as places allow (prefetch is that and nothing
// else).
//
// A wait that an earlier wait of the queue implies is left out: a queue knows how far the queues of its core have come,
// directly and through those it waited for. A tensor that many cores write is gathered (close): one queue waits for all
// of them and signals; who reads what many wrote waits for that one.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "chipchain/chip/program.h"

namespace chipchain {

enum class Place : uint8_t { sram, accumulators, dram };

enum class Layer : uint8_t { only, below, above };

// Bytes (rows of accumulators) [low, high) of a place of the instruction's core, or of a tensor in DRAM counted from
// its start. Writers of one tensor write disjoint elements, so a write to DRAM waits for nothing but, when it lies
// above a fill, for the writes below it.
struct Touch {
    Place place = Place::sram;
    bool write = false;
    uint64_t low = 0;
    uint64_t high = 0;
    TensorId tensor = kNoTensor;  // of dram
    Layer layer = Layer::only;    // of a write to dram
};

// How far each queue of a core has come, as a count of instructions, by QueueKind.
using Progress = std::array<uint32_t, kQueueKinds>;

// Who touched which part of one memory last.
class Ledger {
 public:
    explicit Ledger(uint64_t size) : segments_{{0, size, {}, {}}} {}
    // Records that instruction `position` (from 1) of `queue` touches [low, high) and raises `need` to what must be
    // complete before it. REQUIRES low < high <= size.
    void touch(uint64_t low, uint64_t high, bool write, QueueKind queue, uint32_t position, Progress& need);

 private:
    struct Segment {
        uint64_t low = 0;
        uint64_t high = 0;
        Progress write{};
        Progress read{};
    };
    std::vector<Segment> segments_;  // in order, without gaps
    size_t split(uint64_t at);       // returns the first segment that begins at or after `at`
};

class Schedule {
 public:
    Schedule(const ChipShape& shape, size_t tensors);
    void add(uint32_t core, const Instruction& instruction, QueueKind queue, std::span<const Touch> touches);
    // All writers of the tensor have been added: where they are many, one queue waits for them for all readers.
    void close(TensorId id);
    // The streams with their signals, waits and halts. The schedule is spent.
    [[nodiscard]] std::vector<Stream> finish();
    [[nodiscard]] size_t instructions() const;
    [[nodiscard]] size_t waits() const;

 private:
    struct Wait {
        uint32_t at = 0;  // index of the instruction that waits
        uint32_t stream = 0;
        uint32_t position = 0;  // instructions of that stream that must be complete
    };
    struct Queue {
        std::vector<Instruction> instructions;
        std::vector<Progress> known_at;  // of each instruction, what was known complete when it began
        Progress known{};
        std::vector<uint32_t> known_stores;  // of other cores, by core; sized at first use
        std::vector<Wait> waits;
        std::vector<uint32_t> awaited;  // positions that somebody waits for
    };
    // Stores of one core into one tensor, merged when there are many.
    struct Written {
        uint64_t low = 0;
        uint64_t high = 0;
        uint32_t position = 0;
    };
    struct Writer {
        uint32_t core = 0;
        std::vector<Written> stores;
    };
    struct TensorWriters {
        std::vector<Writer> writers;
        uint32_t below_core = 0;  // that filled the tensor
        uint32_t below = 0;       // position of its last store of the fill, 0: none
        uint32_t gather_core = 0;
        uint32_t gather = 0;  // position in gather_core's store queue, 0: none
    };

    uint32_t cores_;
    std::vector<Queue> queues_;  // core * kQueueKinds + queue
    std::vector<Ledger> sram_;
    std::vector<Ledger> accumulators_;
    std::vector<TensorWriters> tensors_;

    Queue& queue(uint32_t core, QueueKind kind) { return queues_[core * kQueueKinds + static_cast<size_t>(kind)]; }
    void await_own(uint32_t core, QueueKind kind, const Progress& need);
    void await_store(uint32_t core, QueueKind kind, uint32_t other, uint32_t position);
    [[nodiscard]] bool knows_store(uint32_t core, QueueKind kind, uint32_t other, uint32_t position);
    void await_tensor(uint32_t core, QueueKind kind, const Touch& touch);
    void record_store(uint32_t core, const Touch& touch, uint32_t position);
};

}  // namespace chipchain
