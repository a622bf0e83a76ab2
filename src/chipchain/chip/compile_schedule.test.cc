// Do instructions wait for exactly those that they must follow, and for no other?
#include "chipchain/chip/compile_schedule.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

ChipShape cores(uint32_t count) {
    ChipShape s;
    s.arrays = count;
    s.sram_bytes = 1000;
    s.accumulator_rows = 16;
    return s;
}

Touch sram_touch(bool write, uint64_t low, uint64_t high) { return {Place::sram, write, low, high}; }
Touch dram_touch(bool write, uint64_t low, uint64_t high) { return {Place::dram, write, low, high, 0}; }

void add(Schedule& s, uint32_t core, QueueKind queue, std::initializer_list<Touch> touches) {
    s.add(core, {0, Lut8{}}, queue, std::span(touches.begin(), touches.size()));
}

// A stream as text: '.' an instruction, 's' a signal, e.g. 'w0v2' a wait for 2 of core 0's vector queue.
std::string text(const Stream& stream) {
    std::string out;
    for (const Instruction& i : stream.instructions) {
        if (const auto* sync = std::get_if<Sync>(&i.body)) {
            out += sync->is_wait ? "w" + std::to_string(sync->core) + "lfsmv"[static_cast<size_t>(sync->queue)] +
                                       std::to_string(sync->count)
                                 : "s";
        } else if (i.opcode() != Opcode::halt) {
            out += ".";
        }
    }
    return out;
}

std::string text(const std::vector<Stream>& streams, uint32_t core, QueueKind queue) {
    return text(streams[core * kQueueKinds + static_cast<size_t>(queue)]);
}

// A reader waits for the writer; a later writer for both readers; bytes beside it are free.
TEST(CompileSchedule, OrdersReadsAndWrites) {
    Schedule s(cores(1), 1);
    add(s, 0, QueueKind::load, {sram_touch(true, 0, 10)});
    add(s, 0, QueueKind::matrix, {sram_touch(false, 5, 6)});
    add(s, 0, QueueKind::vector, {sram_touch(false, 9, 12)});
    add(s, 0, QueueKind::load, {sram_touch(true, 20, 30)});
    add(s, 0, QueueKind::load, {sram_touch(true, 0, 10)});
    const auto streams = s.finish();
    EXPECT_EQ(text(streams, 0, QueueKind::load), ".s.w0v1w0m1.");
    EXPECT_EQ(text(streams, 0, QueueKind::matrix), "w0l1.s");
    EXPECT_EQ(text(streams, 0, QueueKind::vector), "w0l1.s");
    EXPECT_EQ(text(streams, 0, QueueKind::store), "");
}

// Who waits for a queue knows what that queue had waited for.
TEST(CompileSchedule, LeavesOutImpliedWaits) {
    Schedule s(cores(1), 1);
    add(s, 0, QueueKind::load, {sram_touch(true, 0, 10)});
    add(s, 0, QueueKind::vector, {sram_touch(false, 0, 10), sram_touch(true, 10, 20)});
    add(s, 0, QueueKind::store, {sram_touch(false, 0, 20)});
    add(s, 0, QueueKind::store, {sram_touch(false, 0, 20)});
    add(s, 0, QueueKind::load, {sram_touch(true, 0, 20)});
    const auto streams = s.finish();
    EXPECT_EQ(text(streams, 0, QueueKind::store), "w0v1..s");
    EXPECT_EQ(text(streams, 0, QueueKind::load), ".sw0s1.");
}

// Instructions of one queue need no wait, whatever they touch.
TEST(CompileSchedule, KeepsQueuesInOrderForNothing) {
    Schedule s(cores(1), 1);
    for (int i = 0; i < 3; ++i) add(s, 0, QueueKind::load, {sram_touch(true, 0, 10)});
    EXPECT_EQ(s.waits(), 0U);
    EXPECT_EQ(text(s.finish(), 0, QueueKind::load), "...");
}

// A load waits for the cores that stored what it reads and for no other.
TEST(CompileSchedule, WaitsForOtherCoresOnlyWhereTheyWrote) {
    Schedule s(cores(3), 1);
    for (uint32_t c = 0; c < 3; ++c) {
        add(s, c, QueueKind::store, {sram_touch(false, 0, 1), dram_touch(true, c * 10, c * 10 + 10)});
    }
    add(s, 1, QueueKind::load, {dram_touch(false, 12, 25)});
    const auto streams = s.finish();
    EXPECT_EQ(text(streams, 1, QueueKind::load), "w1s1w2s1.");
    EXPECT_EQ(text(streams, 0, QueueKind::store), ".");
}

// A tensor of many writers is gathered by one queue; each reader waits once, and only the first time.
TEST(CompileSchedule, GathersManyWriters) {
    Schedule s(cores(8), 1);
    for (uint32_t c = 0; c < 8; ++c) add(s, c, QueueKind::store, {dram_touch(true, 0, 100)});
    s.close(0);
    for (uint32_t c = 0; c < 8; ++c) add(s, c, QueueKind::load, {dram_touch(false, 0, 100)});
    add(s, 3, QueueKind::load, {dram_touch(false, 0, 100)});
    const auto streams = s.finish();
    EXPECT_EQ(text(streams, 0, QueueKind::store), ".w1s1w2s1w3s1w4s1w5s1w6s1w7s1s");
    EXPECT_EQ(text(streams, 3, QueueKind::load), "w0s1..");
}

// What a reader stores later does not hold up other readers of what it read.
TEST(CompileSchedule, GathersBeforeReadersGoOn) {
    Schedule s(cores(8), 1);
    for (uint32_t c = 0; c < 8; ++c) {
        add(s, c, QueueKind::store, {dram_touch(true, c * 10, c * 10 + 10)});
    }
    s.close(0);
    add(s, 0, QueueKind::load, {dram_touch(false, 0, 20)});  // of two writers: waits for them alone
    add(s, 0, QueueKind::store, {sram_touch(false, 0, 1)});
    add(s, 3, QueueKind::load, {dram_touch(false, 0, 80)});
    const auto streams = s.finish();
    EXPECT_EQ(text(streams, 0, QueueKind::load), "w0s1w1s1.");
    EXPECT_EQ(text(streams, 0, QueueKind::store), ".sw1s1w2s1w3s1w4s1w5s1w6s1w7s1s.");
    EXPECT_EQ(text(streams, 3, QueueKind::load), "w0s2.");
}

// Stores above a fill wait for the core that filled; stores beside each other do not.
TEST(CompileSchedule, OrdersStoresAboveAFill) {
    Schedule s(cores(2), 1);
    Touch below = dram_touch(true, 0, 100);
    below.layer = Layer::below;
    add(s, 0, QueueKind::store, {below});
    Touch above = dram_touch(true, 10, 20);
    above.layer = Layer::above;
    add(s, 1, QueueKind::store, {above});
    add(s, 0, QueueKind::store, {above});
    const auto streams = s.finish();
    EXPECT_EQ(text(streams, 1, QueueKind::store), "w0s1.");
    EXPECT_EQ(text(streams, 0, QueueKind::store), ".s.");
}

}  // namespace
}  // namespace chipchain
