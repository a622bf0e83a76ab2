#include "chipchain/chip/timing_events.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chipchain/chip/compile.h"
#include "chipchain/chip/test_networks.h"
#include "chipchain/chip/test_program.h"

namespace chipchain {
namespace {

using testing::ProgramCase;

constexpr Dataflow kFlows[] = {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary};

Program empty_program(const ChipShape& shape) {
    Program p;
    p.shape = shape;
    p.dram_bytes = uint64_t{1} << 30;
    for (uint32_t s = 0; s < shape.arrays * kQueueKinds; ++s)
        p.streams.push_back({static_cast<uint32_t>(s / kQueueKinds), static_cast<QueueKind>(s % kQueueKinds), {}});
    return p;
}
void end_streams(Program& p) {
    for (Stream& stream : p.streams) stream.instructions.push_back({0, Halt{}});
}

// The matrix queue of one product whose operands lie in SRAM, cut into folds as the closed forms do.
Program product_program(const MatrixProduct& product, const ChipShape& shape) {
    Program p = empty_program(shape);
    const auto m_all = static_cast<uint32_t>(product.m);
    const auto k_all = static_cast<uint32_t>(product.k);
    const auto n_all = static_cast<uint32_t>(product.n);
    std::vector<Instruction>& stream = p.streams[static_cast<size_t>(QueueKind::matrix)].instructions;
    const bool os = shape.dataflow == Dataflow::output_stationary;
    const bool is = shape.dataflow == Dataflow::input_stationary;
    const uint32_t depth = os ? k_all : shape.rows;
    const uint32_t rows = is ? shape.columns : m_all;
    const auto mma = [&](uint32_t m, uint32_t k, uint32_t n) {
        Mma i;
        i.a.rows = {1, m_all};
        i.a.row_stride = {0, static_cast<int32_t>(k_all)};
        i.a.depth = {1, 1, k_all};
        i.a.depth_stride = {0, 0, 1};
        i.a.row_first = m;
        i.a.row_count = std::min(rows, m_all - m);
        i.a.depth_first = k;
        i.a.depth_count = std::min(depth, k_all - k);
        i.b.base = m_all * k_all + k * n_all + n;
        i.b.depth = i.a.depth_count;
        i.b.columns = std::min(shape.columns, n_all - n);
        i.b.depth_stride = static_cast<int32_t>(n_all);
        i.accumulator = m + n / shape.columns * m_all;
        i.accumulate = k > 0;
        return i;
    };
    const auto preload = [&](const Mma& i) { stream.push_back({0, Preload{i.a, i.b}}); };
    if (is) {
        for (uint32_t m = 0; m < m_all; m += rows) {
            for (uint32_t k = 0; k < k_all; k += depth) {
                preload(mma(m, k, 0));
                for (uint32_t n = 0; n < n_all; n += shape.columns) stream.push_back({0, mma(m, k, n)});
            }
        }
    } else {
        for (uint32_t n = 0; n < n_all; n += shape.columns) {
            for (uint32_t k = 0; k < k_all; k += depth) {
                if (!os) preload(mma(0, k, n));
                stream.push_back({0, mma(0, k, n)});
            }
        }
    }
    end_streams(p);
    return p;
}

// A network of one product.
IntegerNetwork one_node(const MatrixProduct& product = {1, 1, 1}) {
    IntegerNetwork network;
    network.tensors = {
        testing::tensor_of("a", {product.m, product.k}, DataType::u8, 1, 0),
        testing::tensor_of("b", {product.k, product.n}, DataType::s8, 1, 0),
        testing::tensor_of("y", {product.m, product.n}, DataType::u8, 1, 0)};
    IntegerNode& node = network.nodes.emplace_back();
    node.op = IntegerOp::matmul;
    node.inputs = {0, 1};
    node.output = 2;
    return network;
}

ChipShape shape_of(uint32_t rows, uint32_t columns, Dataflow dataflow) {
    ChipShape shape;
    shape.rows = rows;
    shape.columns = columns;
    shape.dataflow = dataflow;
    shape.sram_bytes = 1U << 24;
    shape.sram_banks = 16;
    shape.accumulator_rows = 1U << 16;
    return shape;
}

void expect_closed(const NetworkTiming& timing) {
    double sum = 0;
    for (const NodeTiming& node : timing.nodes) {
        EXPECT_EQ(sum_of_shares(node), node.cycles);
        for (const double share :
             {node.useful, node.fold_waste, node.fill_drain, node.dependency, node.bandwidth, node.vector})
            EXPECT_GE(share, 0);
        sum += node.cycles;
    }
    EXPECT_EQ(sum, timing.cycles);
    EXPECT_LE(timing.utilisation, 1);
}

// with ideal memory, do the instructions of a product take the cycles of its closed form, for each dataflow?
TEST(TimingEvents, folds_of_a_product) {
    const MatrixProduct products[] =
        {{4, 4, 4}, {100, 50, 75}, {16, 16, 16}, {1, 256, 768}, {784, 128, 256}, {7, 5, 3}};
    const uint32_t sides[][2] = {{4, 4}, {16, 8}, {32, 32}, {1, 1}, {13, 7}};
    for (const Dataflow dataflow : kFlows) {
        for (const auto& side : sides) {
            for (const MatrixProduct& product : products) {
                if (side[0] == 1 && product.m * product.k * product.n > 20000) continue;
                const Program program = product_program(product, shape_of(side[0], side[1], dataflow));
                const EventRun run = run_events(program, one_node(product), {.ideal_memory = true});
                const int64_t folds = fold_cycles(product, side[0], side[1], dataflow, {.off_by_one = false});
                EXPECT_EQ(run.matrix_cycles, static_cast<double>(folds)) << side[0] << " " << product.m;
                EXPECT_EQ(run.timing.cycles, static_cast<double>(folds));
                expect_closed(run.timing);
                const NodeTiming& node = run.timing.nodes.at(0);
                const double multipliers = 1.0 * side[0] * side[1];
                EXPECT_NEAR(node.useful, static_cast<double>(product.m * product.n * product.k) / multipliers, 0.01);
                EXPECT_EQ(node.dependency + node.bandwidth + node.vector, 0);
                // with SRAM banks it takes at least as long
                EXPECT_GE(run_events(program, one_node()).timing.cycles, run.timing.cycles);
            }
        }
    }
}

// does a sum that goes on in the same outputs cost its depth alone?
TEST(TimingEvents, continued_sums) {
    const ChipShape shape = shape_of(4, 4, Dataflow::output_stationary);
    Program program = product_program({4, 4, 24}, shape);
    std::vector<Instruction>& stream = program.streams[static_cast<size_t>(QueueKind::matrix)].instructions;
    const Mma whole = std::get<Mma>(stream[0].body);
    Mma first = whole;
    first.a.depth_count = first.b.depth = 10;
    Mma second = whole;
    second.a.depth_first = 10;
    second.a.depth_count = second.b.depth = 14;
    second.b.base += 40;
    second.accumulate = true;
    stream = {{0, first}, {0, second}, {0, Halt{}}};
    EXPECT_EQ(run_events(program, one_node(), {.ideal_memory = true}).matrix_cycles, 24 + 4 + 4 - 2);
    second.accumulator = 4;  // other outputs: the array drains and fills
    stream[1].body = second;
    EXPECT_EQ(run_events(program, one_node(), {.ideal_memory = true}).matrix_cycles, 24 + 2 * (4 + 4 - 2));
}

// do the hand-made programs close, and do they repeat?
TEST(TimingEvents, hand_made_programs_close) {
    for (const ProgramCase& c : testing::all_cases()) {
        Program program = c.program();
        for (const double bandwidth : {0.0, 1e9, 1e12}) {
            program.shape.dram_bytes_per_second = bandwidth;
            program.shape.dram_latency_ns = 100;
            const EventRun run = run_events(program, c.network);
            expect_closed(run.timing);
            const EventRun again = run_events(program, c.network);
            EXPECT_EQ(run.timing.cycles, again.timing.cycles);
            EXPECT_GE(run.timing.cycles, time_folds(c.network, program.shape).cycles);
            EXPECT_GT(run.timing.cycles, run_events(program, c.network, {.ideal_memory = true}).timing.cycles);
        }
    }
}

// One load of so many bytes of DRAM, and what the DRAM counted.
EventRun load_run(const ChipShape& shape, const Box4& box) {
    Program p = empty_program(shape);
    Load load;
    load.box = box;
    p.streams[0].instructions.push_back({0, load});
    end_streams(p);
    return run_events(p, one_node());
}

ChipShape fast_dram() {
    ChipShape shape = shape_of(64, 64, Dataflow::output_stationary);
    shape.clock_ghz = 1;
    shape.dram_bytes_per_second = 51.2e9;  // four channels
    shape.dram_latency_ns = 100;
    return shape;
}

// does a long load reach most of the bandwidth, never more, and lose what refresh takes?
TEST(DramModel, streams_near_peak) {
    const double bytes = 4 << 20;
    Box4 box{{1, 1, 1, 4 << 20}, {0, 0, 0, 1}, {0, 0, 0, 1}};
    const EventRun run = load_run(fast_dram(), box);
    const double peak = bytes / 51.2;  // cycles at 1 GHz
    EXPECT_GE(run.timing.cycles, peak * (1 + 280.0 / 3906 - 0.01));
    EXPECT_LT(run.timing.cycles, peak * 1.15);
    EXPECT_EQ(run.dram.bursts, (4U << 20) / 64);
    // a row of 2 KiB is 8 blocks: one miss in 8, and again after refreshes
    EXPECT_NEAR(static_cast<double>(run.dram.row_misses) / static_cast<double>(run.dram.row_hits), 1.0 / 7, 0.02);
    EXPECT_GT(run.dram.refreshes, 60U);
    EXPECT_EQ(run.timing.nodes[0].bandwidth, run.timing.cycles);
    EXPECT_EQ(run.timing.dram_bytes, 4U << 20);
}

// are rows that are never hit slow, and short pieces as dear as whole bursts?
TEST(DramModel, misses_and_short_pieces_cost) {
    // 1,024 pieces of 64 bytes, each in another row of the same bank of channel 0: 2 KiB x 16 banks x 4 channels
    Box4 rows{{1, 1, 1024, 64}, {0, 0, 131072, 1}, {0, 0, 64, 1}};
    const EventRun misses = load_run(fast_dram(), rows);
    EXPECT_EQ(misses.dram.row_misses, 1024U);
    EXPECT_GT(misses.timing.cycles, 1024 * (42.5 + 18.75));  // tRAS + tRP each
    // the same bytes in 1,024 rows of sixteen banks: activations overlap, four in 20 ns
    Box4 banks{{1, 1, 1024, 64}, {0, 0, 8192, 1}, {0, 0, 64, 1}};
    const EventRun spread = load_run(fast_dram(), banks);
    EXPECT_EQ(spread.dram.row_misses, 1024U);
    EXPECT_LT(spread.timing.cycles, misses.timing.cycles / 4);
    EXPECT_GT(spread.timing.cycles, 1024 * 5);
    // one byte of each burst costs the burst; bytes of one burst cost it once
    Box4 single{{1, 1, 1024, 1}, {0, 0, 64, 1}, {0, 0, 1, 1}};
    EXPECT_EQ(load_run(fast_dram(), single).dram.bursts, 1024U);
    Box4 pairs{{1, 1, 1024, 1}, {0, 0, 32, 1}, {0, 0, 1, 1}};
    EXPECT_EQ(load_run(fast_dram(), pairs).dram.bursts, 512U);
}

// is a turn of the bus paid, and does each figure state where it comes from?
TEST(DramModel, turnarounds_and_sources) {
    DramModel dram(fast_dram());
    const Ticks read = dram.serve(0, 0, 1, false);
    const Ticks write = dram.serve(read, 0, 1, true);
    const Ticks back = dram.serve(write, 64, 1, false);
    const auto burst = static_cast<Ticks>(5 * kTicksPerCycle);  // 64 bytes at 12.8 GB/s, 1 GHz
    EXPECT_NEAR(static_cast<double>(read), (18.75 + 5) * static_cast<double>(kTicksPerCycle), 4);
    EXPECT_NEAR(static_cast<double>(write - read - burst), 2.5 * static_cast<double>(kTicksPerCycle), 4);
    EXPECT_NEAR(static_cast<double>(back - write - burst), 31.25 * static_cast<double>(kTicksPerCycle), 4);
    EXPECT_EQ(dram.counts().turnarounds, 2U);
    for (const DramFigure& figure : dram_figures()) {
        EXPECT_FALSE(figure.source.empty()) << figure.name;
        EXPECT_GT(figure.value, 0);
    }
    EXPECT_EQ(dram_figures().size(), static_cast<size_t>(DramKey::rows_asked) + 1);
}

// do rows of A that meet in one bank stall the array, and does a busy vector unit slow it down?
TEST(TimingEvents, sram_conflicts) {
    const ChipShape shape = shape_of(32, 32, Dataflow::output_stationary);
    Program program = product_program({32, 32, 1024}, shape);
    const EventRun good = run_events(program, one_node());
    Mma& mma = std::get<Mma>(program.streams[static_cast<size_t>(QueueKind::matrix)].instructions[0].body);
    // k steps over words, rows too: each row reads a word per cycle, all from one of the 16 banks of 16 bytes
    mma.a.depth_stride[2] = 256;
    mma.a.row_stride[1] = 512;
    mma.b.base = 1U << 20;
    const EventRun bad = run_events(program, one_node());
    EXPECT_EQ(good.sram_stall_cycles, 0);
    EXPECT_GT(bad.sram_stall_cycles, 0);
    EXPECT_EQ(bad.timing.nodes[0].bandwidth, bad.sram_stall_cycles);
    expect_closed(bad.timing);

    program = product_program({32, 32, 4096}, shape);
    Copy copy;  // one byte at a time: three words per lane and cycle would be too many
    copy.target = 1U << 22;
    copy.box = {{1, 1, 1, 65536}, {0, 0, 0, 16}, {0, 0, 0, 16}};
    program.shape.vector_lanes = 64;
    std::vector<Instruction>& vector = program.streams[static_cast<size_t>(QueueKind::vector)].instructions;
    vector.insert(vector.begin(), {0, copy});
    const EventRun busy = run_events(program, one_node());
    EXPECT_GT(busy.sram_stall_cycles, 100);
    expect_closed(busy.timing);
}

IntegerNetwork small_network(uint64_t seed) {
    NetworkBuilder b(seed);
    const TensorId x = b.input({1, 12, 12, 8});
    const TensorId y = b.conv(x, {.channels = 24, .kernel = {3, 3}, .pad_begin = {1, 1}, .pad_end = {1, 1}});
    const TensorId z = b.conv(y, {.channels = 24, .kernel = {3, 3}, .stride = {2, 2}});
    const TensorId p = b.pool(IntegerOp::max_pool, z, {{2, 2}, {1, 1}, {1, 1}, {0, 0}, {0, 0}});
    const TensorId w = b.conv(p, {.channels = 40});
    const TensorId s = b.softmax(w);
    return b.build({b.elementwise(IntegerOp::add, s, w)});
}

// are zeros that a compiler multiplies to join groups waste and not use?
TEST(TimingEvents, joined_groups_are_waste) {
    NetworkBuilder b(4);
    const TensorId x = b.input({1, 8, 8, 16});
    const IntegerNetwork network = b.build({b.conv(x, {.channels = 16, .kernel = {3, 3}, .groups = 16})});
    ChipShape shape = shape_of(16, 16, Dataflow::output_stationary);
    const Result<Program> program = compile_network(network, shape);
    ASSERT_TRUE(program.has_value());
    const EventRun run = run_events(*program, network);
    EXPECT_LE(run.timing.nodes[0].useful, 6 * 6 * 9 * 16 / 256.0);
    EXPECT_GT(run.timing.nodes[0].useful, 6 * 6 * 9 * 16 / 256.0 - 0.01);
    expect_closed(run.timing);
}

// do the three fidelities bound each other on compiled networks, and do the shares close?
TEST(TimingEvents, fidelities_are_ordered) {
    const IntegerNetwork network = small_network(3);
    for (const Dataflow dataflow : kFlows) {
        for (const uint32_t arrays : {1U, 3U}) {
            for (const uint32_t side : {8U, 13U, 32U}) {
                ChipShape shape = shape_of(side, side == 13 ? 7 : side, dataflow);
                shape.arrays = arrays;
                shape.sram_bytes = 32768;
                shape.accumulator_rows = 512;
                shape.vector_lanes = side;
                shape.dram_latency_ns = 80;
                for (const double bandwidth : {2e9, 100e9}) {
                    shape.dram_bytes_per_second = bandwidth;
                    const Result<Program> program = compile_network(network, shape);
                    ASSERT_TRUE(program.has_value()) << program.error().front().message;
                    const EventRun events = run_events(*program, network);
                    const double folds = time_folds(network, shape).cycles;
                    EXPECT_LE(time_roofline(network, shape).cycles, folds);
                    EXPECT_LE(folds, events.timing.cycles);
                    EXPECT_LE(events.timing.dram_bytes, 120'000U);  // in whole bursts
                    expect_closed(events.timing);
                    ChipShape ideal = shape;
                    ideal.dram_bytes_per_second = 0;
                    const EventRun without = run_events(*program, network, {.ideal_memory = true});
                    EXPECT_LE(time_folds(network, ideal).cycles, without.timing.cycles);
                    EXPECT_LE(without.timing.cycles, events.timing.cycles);
                }
            }
        }
    }
}

// A small network of any of the shapes that the compiler treats differently.
IntegerNetwork any_network(uint64_t seed) {
    NetworkBuilder b(seed);
    TensorId x = b.input({b.draw(1, 2), b.draw(5, 14), b.draw(5, 14), b.draw(1, 20)});
    for (int64_t layers = b.draw(1, 4); layers > 0; --layers) {
        ConvShape c{.channels = b.draw(1, 40)};
        for (size_t d = 0; d < 2; ++d) {
            c.kernel[d] = static_cast<int32_t>(b.draw(1, 3));
            c.stride[d] = static_cast<int32_t>(b.draw(1, 2));
            c.pad_begin[d] = c.pad_end[d] = c.kernel[d] / 2;
        }
        const TensorId y = b.conv(x, c);
        x = b.draw(0, 1) == 0 ? b.lookup(y) : b.elementwise(IntegerOp::add, y, y);
    }
    const Shape s = b.shape(x);
    const TensorId flat = b.matmul(x, b.constant({s.back(), b.draw(1, 30)}));
    return b.build({b.softmax(flat)});
}

// do the fidelities bound each other and the shares close, for any shape of chip and any schedule of a network?
TEST(FullTimingEvents, fidelities_are_ordered_anywhere) {
    size_t compiled = 0;
    for (uint64_t seed = 1; seed <= 120; ++seed) {
        NetworkBuilder draws(1000 + seed);
        const IntegerNetwork network = any_network(seed);
        ChipShape shape = shape_of(
            static_cast<uint32_t>(draws.draw(1, 40)),
            static_cast<uint32_t>(draws.draw(1, 40)),
            kFlows[seed % 3]);
        shape.arrays = static_cast<uint32_t>(draws.draw(0, 3) == 0 ? 60 : draws.draw(1, 4));
        shape.sram_bytes = 1U << draws.draw(14, 20);
        shape.sram_banks = static_cast<uint32_t>(draws.draw(1, 33));
        shape.accumulator_rows = 1U << draws.draw(5, 12);
        shape.vector_lanes = static_cast<uint32_t>(draws.draw(1, 64));
        shape.clock_ghz = static_cast<double>(draws.draw(1, 30)) / 10;
        shape.dram_bytes_per_second = static_cast<double>(draws.draw(1, 4000)) * 1e8;
        shape.dram_latency_ns = static_cast<double>(draws.draw(0, 200));
        const Result<Program> program = compile_network(network, shape, {.schedule_seed = seed % 4});
        if (!program) continue;  // too small
        ++compiled;
        const EventRun events = run_events(*program, network);
        const double folds = time_folds(network, shape).cycles;
        EXPECT_LE(time_roofline(network, shape).cycles, folds) << seed;
        EXPECT_LE(folds, events.timing.cycles) << seed;
        expect_closed(events.timing);
        EXPECT_LE(run_events(*program, network, {.ideal_memory = true}).timing.cycles, events.timing.cycles) << seed;
    }
    EXPECT_GT(compiled, 80U);
}

}  // namespace
}  // namespace chipchain
