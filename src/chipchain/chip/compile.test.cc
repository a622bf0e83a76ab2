// Does a compiled program compute what the golden interpreter does, on any chip and by any schedule; is it free of
// faults; does it keep tensors in SRAM, fuse tables and use few instructions; are chips and networks that do not fit
// refused?
#include "chipchain/chip/compile.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/chip/test_random_networks.h"

namespace chipchain {
namespace {

// What is wrong with the program of a network on a chip; empty when its bytes are golden's. `small` counts the chips
// that were refused as too small.
std::string compare(
    const IntegerNetwork& network,
    const ChipShape& shape,
    const CompileOptions& options,
    uint64_t seed,
    int& small) {
    NetworkBuilder draws(seed);
    const auto inputs = draws.draw_inputs(network);
    const auto program = compile_network(network, shape, options);
    if (!program) {
        ++small;
        return program.error()[0].id == "chip-too-small" ? "" : program.error()[0].message;
    }
    const auto faults_found = check_program(*program, 1);
    if (!faults_found.empty()) return faults_found[0];
    const ProgramRun run = simulate_program(*program, network, inputs, seed);
    if (!run.faults.empty()) return run.faults[0];
    if (run.poisoned_reads > 0) return "poisoned reads";
    const TensorBytes golden = run_golden(network, inputs);
    for (TensorId id : network.outputs) {
        if (run.tensors[id].empty() && !golden[id].empty()) return "an output is missing";
    }
    const Divergence d = first_divergence(network, golden, run.tensors);
    return d.node == UINT32_MAX ? "" : divergence_text(network, d);
}

ChipShape chip(uint32_t rows, uint32_t columns, Dataflow dataflow, uint64_t sram, uint32_t cores) {
    ChipShape s;
    s.arrays = cores;
    s.rows = rows;
    s.columns = columns;
    s.dataflow = dataflow;
    s.sram_bytes = sram;
    s.accumulator_rows = 2 * std::max(rows, 32U);
    s.vector_lanes = 16;
    s.dram_bytes_per_second = 50e9;
    return s;
}

constexpr Dataflow kDataflows[] = {
    Dataflow::output_stationary,
    Dataflow::weight_stationary,
    Dataflow::input_stationary};

// Runs a network on every array x dataflow x (SRAM, cores), with seeds 0 and one more that differs from chip to chip.
int on_all_chips(const IntegerNetwork& network) {
    constexpr uint32_t kArrays[][2] = {{1, 1}, {8, 8}, {13, 7}, {96, 96}, {128, 128}, {256, 256}};
    constexpr std::pair<uint64_t, uint32_t> kMemories[] = {{2000, 1}, {64 << 10, 3}, {64 << 20, 1}, {96 << 10, 60}};
    EXPECT_EQ(faults(network), std::vector<std::string>{});
    int count = 0;
    int small = 0;
    for (const auto& array : kArrays) {
        for (Dataflow dataflow : kDataflows) {
            for (const auto& [sram, cores] : kMemories) {
                for (const uint64_t seed : {0, count + 1}) {
                    CompileOptions options;
                    options.schedule_seed = seed;
                    options.double_buffer = count % 5 != 0;
                    const ChipShape shape = chip(array[0], array[1], dataflow, sram, cores);
                    EXPECT_EQ(compare(network, shape, options, seed + 1, small), "")
                        << array[0] << "x" << array[1] << " " << static_cast<int>(dataflow) << " sram " << sram
                        << " cores " << cores << " seed " << seed;
                    ++count;
                }
            }
        }
    }
    EXPECT_EQ(small, 0);
    return count;
}

ConvShape square(int64_t channels, int32_t kernel, int32_t stride, int32_t pad, int32_t groups = 1) {
    ConvShape c;
    c.channels = channels;
    for (size_t d = 0; d < 2; ++d) {
        c.kernel[d] = kernel;
        c.stride[d] = stride;
        c.pad_begin[d] = c.pad_end[d] = pad;
    }
    c.groups = groups;
    return c;
}

// Padding, strides, dilation, groups, depthwise with a multiplier, pointwise with strides, a fused and a free table.
IntegerNetwork conv_network() {
    NetworkBuilder b(11);
    TensorId x = b.input({2, 9, 7, 6});
    x = b.conv(x, square(10, 3, 1, 1));
    x = b.lookup(x);
    x = b.conv(x, square(20, 3, 1, 1, 10));
    ConvShape wide = square(12, 3, 2, 2, 4);
    wide.dilation[0] = 2;
    wide.pad_end[1] = 1;
    x = b.conv(x, wide);
    const TensorId y = b.conv(x, square(9, 1, 2, 0));
    return b.build({x, b.lookup(y), y});
}

// A residual block, pools, a join of two tensors.
IntegerNetwork residual_network() {
    NetworkBuilder b(12);
    const TensorId x = b.input({1, 8, 8, 12});
    TensorId y = b.conv(x, square(12, 1, 1, 0));
    y = b.conv(y, square(12, 3, 1, 1));
    y = b.elementwise(IntegerOp::add, y, x);
    y = b.lookup(y);
    Window w;
    w.kernel[0] = w.kernel[1] = 3;
    w.stride[0] = w.stride[1] = 2;
    w.pad_begin[0] = w.pad_begin[1] = 1;
    const TensorId low = b.pool(IntegerOp::max_pool, y, w);
    const TensorId average = b.pool(IntegerOp::average_pool, y, w, true);
    const Shape in = b.shape(low);
    const Shape out{in[0], in[1], in[2], 2 * in[3] + 1};
    MoveBox left{0, in, NetworkBuilder::strides(in), NetworkBuilder::strides(out), 0, 0};
    MoveBox right = left;
    right.input = 1;
    right.target_offset = in[3];
    // both sides of a join have one scale, so a table brings them there
    const TensorId same = b.lookup(average);
    TensorId joined = b.move({b.lookup(low), same}, out, {left, right}, 77);
    Window all;
    all.kernel[0] = static_cast<int32_t>(out[1]);
    all.kernel[1] = static_cast<int32_t>(out[2]);
    joined = b.conv(joined, square(30, 1, 1, 0));
    return b.build({b.pool(IntegerOp::average_pool, joined, all)});
}

// Attention of two heads with a feed-forward part.
IntegerNetwork attention_network() {
    NetworkBuilder b(13);
    const TensorId x = b.input({2, 9, 16});
    const TensorId normal = b.layer_norm(x);
    const TensorId q = b.matmul(normal, b.constant({16, 8}));
    const TensorId k = b.matmul(normal, b.constant({16, 8}));
    const TensorId v = b.matmul(normal, b.constant({16, 8}));
    const TensorId scores = b.matmul(q, b.transpose(k, {0, 2, 1}));
    TensorId y = b.matmul(b.softmax(scores), v);
    y = b.matmul(y, b.constant({8, 16}));
    y = b.elementwise(IntegerOp::add, y, x);
    y = b.elementwise(IntegerOp::multiply, y, b.constant({16}));
    y = b.elementwise(IntegerOp::add, y, b.constant({9, 16}));
    return b.build({b.lookup(b.matmul(y, b.constant({16, 33})))});
}

std::map<Opcode, int> opcodes(const Program& program) {
    std::map<Opcode, int> counts;
    for (const Stream& s : program.streams) {
        for (const Instruction& i : s.instructions) ++counts[i.opcode()];
    }
    return counts;
}

// Are the values of a network with all operations golden's on a chip of each kind?
TEST(Compile, GivesGoldenBytesOnOneChipOfEachDataflow) {
    int small = 0;
    for (const IntegerNetwork& n : {conv_network(), residual_network(), attention_network()}) {
        ASSERT_EQ(faults(n), std::vector<std::string>{});
        for (Dataflow dataflow : kDataflows) {
            EXPECT_EQ(compare(n, chip(13, 7, dataflow, 64 << 10, 1), {}, 1, small), "");
            EXPECT_EQ(compare(n, chip(8, 8, dataflow, 3000, 3), {}, 2, small), "");
        }
    }
    EXPECT_EQ(small, 0);
}

// The same on all arrays, memories and numbers of cores?
TEST(FullCompile, ConvolutionsGiveGoldenBytesOnAllChips) { EXPECT_EQ(on_all_chips(conv_network()), 144); }
TEST(FullCompile, ResidualsAndPoolsGiveGoldenBytesOnAllChips) { EXPECT_EQ(on_all_chips(residual_network()), 144); }
TEST(FullCompile, AttentionGivesGoldenBytesOnAllChips) { EXPECT_EQ(on_all_chips(attention_network()), 144); }

// Do random networks on random chips, with random schedules, give golden's bytes?
void random_networks(uint64_t first, uint64_t last, bool mild) {
    int small = 0;
    for (uint64_t seed = first; seed < last; ++seed) {
        NetworkBuilder b(seed);
        const IntegerNetwork network = random_network(b);
        ASSERT_EQ(faults(network), std::vector<std::string>{}) << seed;
        for (uint64_t i = 0; i < 3; ++i) {
            CompileOptions options;
            options.schedule_seed = i == 0 ? 0 : seed * 3 + i;
            ChipShape shape = random_chip(b);
            if (mild) {
                // fewer instructions: no single multiplier, more accumulators and memory, few cores
                shape.rows = std::max(shape.rows, 3U);
                shape.columns = std::max(shape.columns, 5U);
                shape.accumulator_rows = std::max(shape.accumulator_rows, 32U);
                shape.sram_bytes = std::clamp<uint64_t>(shape.sram_bytes, 2000, 1 << 20);
                shape.arrays = std::min(shape.arrays, 3U);
            }
            EXPECT_EQ(compare(network, shape, options, seed + i, small), "") << "network " << seed << ", chip " << i;
        }
    }
    // 300 bytes of SRAM are too few for some pools
    EXPECT_LE(small, static_cast<int>(last - first) / 20);
}
TEST(Compile, RandomNetworksGiveGoldenBytes) { random_networks(1, 17, true); }
TEST(FullCompile, ManyRandomNetworksGiveGoldenBytes) { random_networks(1000, 1100, false); }

// Does a seed change the program but, as shown above, no value; and is the same seed the same program?
TEST(Compile, SeedsGiveOtherSchedulesAndNothingElse) {
    const IntegerNetwork n = residual_network();
    const ChipShape shape = chip(8, 8, Dataflow::weight_stationary, 8000, 4);
    std::map<std::string, int> programs;  // by hash
    for (uint64_t seed = 0; seed < 12; ++seed) {
        CompileOptions options;
        options.schedule_seed = seed;
        const std::vector<uint8_t> bytes = encode(compile_network(n, shape, options).value());
        EXPECT_EQ(bytes, encode(compile_network(n, shape, options).value()));
        ++programs[sha256_hex(std::as_bytes(std::span(bytes)))];
    }
    EXPECT_EQ(programs.size(), 12U);
}

// With room for everything, does only the input, the weights and the output cross the border of the chip?
TEST(Compile, KeepsWhatFits) {
    NetworkBuilder b(3);
    TensorId x = b.input({1, 12, 12, 8});
    x = b.conv(x, square(16, 3, 1, 1));
    TensorId y = b.conv(x, square(16, 3, 1, 1));
    x = b.elementwise(IntegerOp::add, x, y);
    Window w;
    w.kernel[0] = w.kernel[1] = 2;
    w.stride[0] = w.stride[1] = 2;
    x = b.pool(IntegerOp::max_pool, x, w);
    const IntegerNetwork n = b.build({b.conv(x, square(4, 1, 1, 0))});
    const auto moved = [&](uint64_t sram) {
        const Program p = compile_network(n, chip(16, 16, Dataflow::output_stationary, sram, 1), {}).value();
        int64_t bytes = 0;
        const auto count = [&](const Transfer& t) {
            if (!t.fill) bytes += int64_t{t.box.count[0]} * t.box.count[1] * t.box.count[2] * t.box.count[3];
        };
        for (const Stream& s : p.streams) {
            for (const Instruction& i : s.instructions) {
                if (const auto* load = std::get_if<Load>(&i.body)) count(*load);
                if (const auto* store = std::get_if<Store>(&i.body)) count(*store);
            }
        }
        return bytes;
    };
    const int64_t least = 12 * 12 * 8 + 9 * 8 * 16 + 9 * 16 * 16 + 16 * 4 + 6 * 6 * 4;
    // lines of the input that two tiles share are loaded for both
    EXPECT_GE(moved(1 << 20), least);
    EXPECT_LT(moved(1 << 20), least + 12 * 12 * 8);
    EXPECT_GT(moved(4 << 10), least + 6 * 12 * 12 * 16);
}

// Is a table that alone reads a product part of its requantisation, and only then?
TEST(Compile, FusesTables) {
    const Program p = compile_network(conv_network(), chip(8, 8, Dataflow::output_stationary, 64 << 10, 1), {}).value();
    int fused = 0;
    for (const Instruction& i : p.streams[static_cast<size_t>(QueueKind::vector)].instructions) {
        if (const auto* rq = std::get_if<Rq>(&i.body)) fused += rq->lookup ? 1 : 0;
    }
    EXPECT_GT(fused, 0);
    // the last table's input is an output of the network as well
    EXPECT_GT(opcodes(p)[Opcode::lut8], 0);
}

// Does one mma cover all rows and the whole sum where accumulators and SRAM allow, and a fold of ws its rows?
TEST(Compile, UsesFewInstructions) {
    NetworkBuilder b(4);
    const TensorId x = b.input({1, 28, 28, 128});
    const IntegerNetwork n = b.build({b.conv(x, square(192, 3, 1, 1))});
    ChipShape shape = chip(96, 96, Dataflow::output_stationary, 32 << 20, 1);
    shape.accumulator_rows = 4096;
    shape.dram_bytes_per_second = 1e15;
    EXPECT_LE(opcodes(compile_network(n, shape, {}).value())[Opcode::mma], 2 * 4);
    shape.dataflow = Dataflow::weight_stationary;
    EXPECT_LE(opcodes(compile_network(n, shape, {}).value())[Opcode::mma], 2 * 4 * 12);
}

// Depthwise: are groups joined, so that the array's columns have work and few products are needed?
TEST(Compile, JoinsGroups) {
    NetworkBuilder b(5);
    const TensorId x = b.input({1, 14, 14, 256});
    const IntegerNetwork n = b.build({b.conv(x, square(256, 3, 1, 1, 256))});
    const Program p = compile_network(n, chip(64, 64, Dataflow::output_stationary, 8 << 20, 1), {}).value();
    EXPECT_LE(opcodes(p)[Opcode::mma], 32);
}

// Is a network whose sums could pass 32 bits refused, by name and bound?
TEST(Compile, RefusesSumsBeyondTheAccumulator) {
    NetworkBuilder b(6);
    const TensorId a = b.input({2, 40'000});
    const TensorId w = b.constant({40'000, 1});
    IntegerNetwork n = b.build({b.matmul(a, w)});
    n.tensors[a].quant = {DataType::u8, 1, 0};
    n.tensors[w].quant = {DataType::u8, 1, 0};
    n.tensors[w].bytes.assign(40'000, 255);
    const auto p = compile_network(n, chip(8, 8, Dataflow::output_stationary, 64 << 10, 1), {});
    ASSERT_FALSE(p.has_value());
    EXPECT_EQ(p.error()[0].id, "chip-range");
    EXPECT_NE(p.error()[0].message.find("matmul0"), std::string::npos) << p.error()[0].message;
    EXPECT_NE(p.error()[0].message.find("26010"), std::string::npos) << p.error()[0].message;
}

// Is a chip refused whose SRAM or accumulators hold no tile, with what it needs and what there is?
TEST(Compile, RefusesChipsThatAreTooSmall) {
    NetworkBuilder b(7);
    const IntegerNetwork n = b.build({b.softmax(b.input({2, 3000}))});
    const auto p = compile_network(n, chip(8, 8, Dataflow::output_stationary, 4000, 1), {});
    ASSERT_FALSE(p.has_value());
    EXPECT_EQ(p.error()[0].id, "chip-too-small");
    EXPECT_NE(p.error()[0].message.find("'softmax0' (softmax) needs 6000 bytes"), std::string::npos)
        << p.error()[0].message;
    EXPECT_NE(p.error()[0].message.find("a core has 4000"), std::string::npos) << p.error()[0].message;
    ChipShape none = chip(8, 8, Dataflow::output_stationary, 4000, 1);
    none.accumulator_rows = 0;
    EXPECT_FALSE(compile_network(conv_network(), none, {}).has_value());
}

// Can every pass be looked at, in order?
TEST(Compile, DumpsEveryPass) {
    std::vector<std::string> passes;
    CompileOptions options;
    options.dump = [&](std::string_view pass, const std::string& text) {
        passes.emplace_back(pass);
        EXPECT_FALSE(text.empty()) << pass;
    };
    ASSERT_TRUE(compile_network(conv_network(), chip(8, 8, Dataflow::output_stationary, 1 << 20, 1), options));
    const std::span<const std::string_view> all = compile_passes();
    EXPECT_EQ(passes, std::vector<std::string>(all.begin(), all.end()));
    EXPECT_EQ(passes.front(), "range");
    EXPECT_EQ(passes.back(), "schedule");
}

// are networks refused that do not fit the DRAM of a chip, or become more instructions than can be held?
TEST(Compile, refuses_what_cannot_be_held) {
    NetworkBuilder b(3);
    ConvShape c{.channels = 16};
    c.kernel[0] = c.kernel[1] = 3;
    const IntegerNetwork n = b.build({b.conv(b.input({1, 12, 12, 8}), c)});
    ChipModel model = load_chip("odd-8x8").value();
    ASSERT_TRUE(compile_for(n, model));
    Figure& capacity = model.figures[static_cast<size_t>(ChipFigure::dram_capacity_gb)];
    capacity.known = true;
    capacity.value = 1e-6;
    const Result<Program> small = compile_for(n, model);
    ASSERT_FALSE(small);
    EXPECT_EQ(small.error()[0].id, "chip-dram-small");
    EXPECT_TRUE(small.error()[0].message.ends_with("bytes of DRAM on 'odd-8x8', which has 1e-06 GB"));

    NetworkBuilder large(4);
    ConvShape deep{.channels = 2048};
    const IntegerNetwork wide = large.build({large.conv(large.input({1, 128, 128, 2048}), deep)});
    ChipShape tiny = chip(1, 1, Dataflow::output_stationary, 4096, 1);
    tiny.accumulator_rows = 1;
    const Result<Program> many = compile_network(wide, tiny);
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error()[0].id, "chip-program-too-large");
}

// does a part of a chip hold its share, rounded down where there are left-overs?
TEST(Compile, parts_of_a_chip) {
    ChipShape s = chip(96, 96, Dataflow::output_stationary, 1 << 20, 7);
    s.shared_bytes = 9;
    s.shared_bytes_per_second = 6e12;
    const ChipShape part = part_of_chip(s, 3);
    EXPECT_EQ(part.arrays, 2U);
    EXPECT_EQ(part.shared_bytes, 3U);
    EXPECT_EQ(part.shared_bytes_per_second, 2e12);
    EXPECT_EQ(part.dram_bytes_per_second, s.dram_bytes_per_second / 3);
    EXPECT_EQ(part.sram_bytes, s.sram_bytes);
}

}  // namespace
}  // namespace chipchain
