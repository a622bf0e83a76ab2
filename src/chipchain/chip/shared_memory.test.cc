// The shared on-chip memory: it changes times, never a byte.
#include <gtest/gtest.h>

#include "chipchain/chip/compile.h"
#include "chipchain/chip/compile_shared.h"
#include "chipchain/chip/shared_memory.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/chip/test_networks.h"
#include "chipchain/chip/timing_events.h"

namespace chipchain {
namespace {

ChipShape cores_with(uint64_t shared_bytes, double bytes_per_second) {
    ChipShape s;
    s.arrays = 3;
    s.rows = s.columns = 16;
    s.sram_bytes = 64 << 10;
    s.sram_banks = 16;
    s.accumulator_rows = 64;
    s.vector_lanes = 16;
    s.dram_bytes_per_second = 5e9;
    s.dram_latency_ns = 100;
    s.shared_bytes = shared_bytes;
    s.shared_bytes_per_second = shared_bytes > 0 ? bytes_per_second : 0;
    return s;
}

// Convolutions with a sum over several nodes, so that lives of different length meet.
IntegerNetwork residual_network(uint64_t seed) {
    NetworkBuilder b(seed);
    ConvShape c{.channels = 24};
    c.kernel[0] = c.kernel[1] = 3;
    c.pad_begin[0] = c.pad_begin[1] = c.pad_end[0] = c.pad_end[1] = 1;
    TensorId x = b.conv(b.input({1, 14, 13, 8}), c);
    for (int block = 0; block < 2; ++block) x = b.elementwise(IntegerOp::add, b.conv(b.conv(x, c), c), x);
    return b.build({b.conv(x, c)});
}

// Bytes of the shared memory that a program uses.
uint64_t used_of(const Program& program) {
    return program.shared_address == kNotInDram ? 0 : program.dram_bytes - program.shared_address;
}

// does a program with shared memory of any size compute the golden bytes, hold its capacity, and is it hardly slower
// with a little of it (tiles are chosen by an estimate) and much faster with enough, when that memory is fast?
TEST(SharedMemory, keeps_bytes_and_capacity) {
    const IntegerNetwork network = residual_network(4);
    NetworkBuilder draws(9);
    const auto inputs = draws.draw_inputs(network);
    const TensorBytes golden = run_golden(network, inputs);
    double slowest = 0;
    uint64_t most = 0;
    for (const uint64_t bytes : {0, 3000, 5000, 9000, 14000, 1 << 20}) {
        const ChipShape shape = cores_with(bytes, 1e12);
        const Result<Program> program = compile_network(network, shape);
        ASSERT_TRUE(program) << program.error()[0].message;
        EXPECT_EQ(check_program(*program), std::vector<std::string>{});
        EXPECT_LE(used_of(*program), bytes);
        most = std::max(most, used_of(*program));
        const ProgramRun run = simulate_program(*program, network, inputs, 5);
        EXPECT_TRUE(run.faults.empty());
        EXPECT_EQ(first_divergence(network, golden, run.tensors).node, UINT32_MAX);
        const EventRun events = run_events(*program, network);
        EXPECT_EQ(events.timing.shared_bytes > 0, bytes > 0);  // 3000 hold no tensor, but constants pass through
        EXPECT_LE(time_folds(network, shape).cycles, events.timing.cycles);
        if (bytes == 0) slowest = events.timing.cycles;
        EXPECT_LE(events.timing.cycles, 1.05 * slowest) << bytes;
        if (bytes == 1 << 20) {
            EXPECT_LT(events.timing.cycles, 0.8 * slowest);
        }
    }
    EXPECT_GE(most, 6U * 14 * 13 * 24);  // all that is passed between nodes
    // seeds move the placement too
    for (uint64_t seed = 1; seed < 12; ++seed) {
        const Result<Program> program = compile_network(network, cores_with(9000, 1e10), {.schedule_seed = seed});
        ASSERT_TRUE(program);
        EXPECT_EQ(check_program(*program, 1), std::vector<std::string>{});
        EXPECT_LE(used_of(*program), 9000U);
        const ProgramRun run = simulate_program(*program, network, inputs, seed);
        EXPECT_EQ(first_divergence(network, golden, run.tensors).node, UINT32_MAX) << seed;
    }
}

// One load of `bytes` by each of so many cores, from the shared memory; all start at once.
EventRun loads(uint32_t cores, uint32_t bytes) {
    Program p;
    p.shape = cores_with(1 << 20, 64e9);
    p.shape.clock_ghz = 1;
    p.shape.arrays = cores;
    p.dram_bytes = 1 << 20;
    p.shared_address = 0;
    for (uint32_t core = 0; core < cores; ++core) {
        for (size_t q = 0; q < kQueueKinds; ++q) {
            Stream& stream = p.streams.emplace_back(Stream{core, static_cast<QueueKind>(q), {}});
            Load load;
            load.box = {{1, 1, 1, bytes}, {0, 0, 0, 1}, {0, 0, 0, 1}};
            if (q == 0) stream.instructions.push_back({0, load});
            stream.instructions.push_back({0, Halt{}});
        }
    }
    NetworkBuilder b(1);
    return run_events(p, b.build({b.lookup(b.input({1, 4}))}));
}

// are cycles those of a pencil: 64 bytes per cycle for all cores together, and 20 ns once?
TEST(SharedMemory, exact_cycles) {
    EXPECT_EQ(loads(1, 1024).timing.cycles, 16 + 20);
    EXPECT_EQ(loads(1, 1000).timing.cycles, 16 + 20);  // whole lines
    EXPECT_EQ(loads(3, 1024).timing.cycles, 3 * 16 + 20);
    const EventRun run = loads(2, 16384);
    EXPECT_EQ(run.timing.cycles, 2 * 256 + 20);
    EXPECT_EQ(run.timing.shared_bytes, 2U * 16384);
    EXPECT_EQ(run.timing.dram_bytes, 0U);
    EXPECT_EQ(run.dram.bursts, 0U);
    EXPECT_EQ(run.timing.nodes[0].bandwidth, run.timing.cycles);
}

// The same constants into every core, `loads` times, `bytes` of them, with so much shared memory.
EventRun constants(uint32_t cores, uint32_t bytes, uint32_t loads, uint64_t shared) {
    Program p;
    p.shape = cores_with(shared, 64e9);
    p.shape.arrays = cores;
    p.constants.resize(bytes);
    p.dram_bytes = bytes;
    for (uint32_t core = 0; core < cores; ++core) {
        for (size_t q = 0; q < kQueueKinds; ++q) {
            Stream& stream = p.streams.emplace_back(Stream{core, static_cast<QueueKind>(q), {}});
            Load load;
            load.box = {{1, 1, 1, bytes}, {0, 0, 0, 1}, {0, 0, 0, 1}};
            if (stream.queue == QueueKind::fetch)
                for (uint32_t i = 0; i < loads; ++i) stream.instructions.push_back({0, load});
            stream.instructions.push_back({0, Halt{}});
        }
    }
    NetworkBuilder b(1);
    return run_events(p, b.build({b.lookup(b.input({1, 4}))}));
}

// do constants that several loads read cross the DRAM once where the shared memory can hold them, and as often as they
// are read where it cannot?
TEST(SharedMemory, buffers_constants) {
    const EventRun once = constants(1, 4096, 1, 1 << 20);
    EXPECT_EQ(once.timing.dram_bytes, 4096U);
    EXPECT_EQ(once.timing.shared_bytes, 0U);  // nobody else wants them
    const EventRun shared = constants(3, 4096, 2, 1 << 20);
    EXPECT_EQ(shared.timing.dram_bytes, 4096U);
    EXPECT_EQ(shared.timing.shared_bytes, 6U * 4096);  // written once, read five times
    const EventRun apart = constants(3, 4096, 2, 0);
    EXPECT_EQ(apart.timing.dram_bytes, 6U * 4096);
    EXPECT_LT(shared.timing.cycles, 0.5 * apart.timing.cycles);
    EXPECT_GE(shared.timing.cycles, once.timing.cycles);
    // a memory of half their size forgets the first half before it is read again
    EXPECT_EQ(constants(1, 4096, 3, 2048).timing.dram_bytes, 3U * 4096);
}

// does the buffer know lines apart, when they came, and which blocks it has dropped?
TEST(SharedMemory, buffer_drops_the_oldest) {
    ConstantBuffer b(2 * 256, 4 * 256, 256);
    ASSERT_TRUE(b.exists());
    Ticks since = 5;
    b.put(0, 0b01, 10);
    EXPECT_FALSE(b.holds(0, 0b11, since));
    b.put(0, 0b10, 20);
    EXPECT_TRUE(b.holds(0, 0b11, since));
    EXPECT_EQ(since, 20);
    b.put(1, 1, 30);
    b.put(3, 1, 40);
    EXPECT_FALSE(b.holds(0, 0b01, since));
    EXPECT_TRUE(b.holds(1, 1, since));
    EXPECT_TRUE(b.holds(3, 1, since));
    EXPECT_FALSE(b.holds(4, 1, since));  // beyond the constants
    EXPECT_FALSE(b.wants(2));
    b.expect(2);
    EXPECT_FALSE(b.wants(2));
    b.expect(2);
    EXPECT_TRUE(b.wants(2));
    EXPECT_FALSE(ConstantBuffer(255, 1024, 256).exists());
    EXPECT_FALSE(ConstantBuffer(1024, 0, 256).exists());
}

}  // namespace
}  // namespace chipchain
