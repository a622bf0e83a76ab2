// Small hand-made programs and the networks that they compute, for the tests of this folder.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chipchain/chip/footprint.h"
#include "chipchain/chip/program.h"

namespace chipchain::testing {

struct ProgramCase {
    IntegerNetwork network;
    std::string text;  // of the program

    [[nodiscard]] Program program() const {
        Result<Program> made = assemble(text);
        EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().front().message);
        return made ? std::move(*made) : Program{};
    }
    // Bytes for every input, from a seed.
    [[nodiscard]] std::vector<std::vector<uint8_t>> inputs(uint32_t seed) const {
        std::vector<std::vector<uint8_t>> made;
        for (const TensorId id : network.inputs) {
            std::vector<uint8_t>& bytes = made.emplace_back();
            for (int64_t i = 0; i < element_count(network.tensors[id].shape); ++i)
                bytes.push_back(static_cast<uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24));
        }
        return made;
    }
};

inline IntegerTensor tensor_of(const std::string& name, Shape shape, DataType type, float scale, int32_t zero) {
    IntegerTensor t;
    t.name = name;
    t.shape = std::move(shape);
    t.quant = {type, scale, zero};
    return t;
}

inline IntegerTensor weights_of(const std::string& name, Shape shape, uint32_t seed) {
    IntegerTensor t = tensor_of(name, std::move(shape), DataType::s8, 0.25F, 0);
    t.constant = true;
    for (int64_t i = 0; i < element_count(t.shape); ++i)
        t.bytes.push_back(static_cast<uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24));
    return t;
}

inline std::string constants_text(const std::vector<uint8_t>& bytes) {
    std::string text = "constants bytes=";
    for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text + "\n";
}

// [4][3] x [3][4] on an output-stationary 2 x 2 array, in two tiles of two columns: each tile has its own wait.
inline ProgramCase matmul_case() {
    ProgramCase c;
    c.network.tensors = {
        tensor_of("a", {4, 3}, DataType::u8, 0.5F, 1),
        weights_of("b", {3, 4}, 7),
        tensor_of("y", {4, 4}, DataType::u8, 1, 100)};
    IntegerNode node;
    node.name = "product";
    node.op = IntegerOp::matmul;
    node.inputs = {0, 1};
    node.output = 2;
    node.bias = {0, 1, -2, 3};
    Rescale rescale;
    rescale.scale = 0.015625F;
    node.rescale = {rescale};
    node.clamp = {100, 0, 255};
    c.network.nodes = {node};
    c.network.inputs = {0};
    c.network.outputs = {2};
    c.text = R"(program dram_bytes=64
shape arrays=1 rows=2 columns=2 sram_bytes=64 sram_banks=2 accumulator_rows=8 vector_lanes=2
tensor address=16 bytes=12  # a
tensor bytes=12 address=0
tensor address=32 bytes=16
input tensor=0
output tensor=2
)" + constants_text(c.network.tensors[1].bytes) +
             R"(requant scale=0.015625
requant scale=0.015625 bias=1
requant scale=0.015625 bias=-2
requant scale=0.015625 bias=3
stream queue=load
load source=16 target=0 count=1,1,1,12 source_stride=0,0,0,1 target_stride=0,0,0,1
load source=0 target=12 count=1,1,3,2 source_stride=0,0,4,1 target_stride=0,0,2,1
sync
load source=2 target=18 count=1,1,3,2 source_stride=0,0,4,1 target_stride=0,0,2,1
sync
halt
stream queue=fetch
halt
stream queue=store
sync wait=true queue=vector count=2
store source=32 target=32 count=1,1,1,16 source_stride=0,0,0,1 target_stride=0,0,0,1
halt
stream queue=matrix
sync wait=true queue=load count=1
mma a_rows=1,4 a_row_stride=0,3 a_depth=1,1,3 a_depth_stride=0,0,1 a_zero=1 b_base=12 b_depth=3 b_columns=2 b_depth_stride=2
sync
sync wait=true queue=load count=2
mma a_rows=1,4 a_row_stride=0,3 a_depth=1,1,3 a_depth_stride=0,0,1 a_zero=1 b_base=18 b_depth=3 b_columns=2 b_depth_stride=2 accumulator=4
sync
halt
stream queue=vector
sync wait=true queue=matrix count=1
rq target=32 rows=1,4 row_stride=0,4 columns=2 zero=100
sync
sync wait=true queue=matrix count=2
rq accumulator=4 target=34 rows=1,4 row_stride=0,4 columns=2 parameters=2 zero=100
sync
halt
)";
    return c;
}

// A 3 x 3 convolution, padded by one cell, of [4][4][2] to [4][4][3] on a 5 x 3 array: 18 deep in folds of 5. The
// window of each row is cut wherever a fold ends.
inline ProgramCase conv_case(Dataflow dataflow) {
    ProgramCase c;
    c.network.tensors = {
        tensor_of("x", {1, 4, 4, 2}, DataType::u8, 0.5F, 3),
        weights_of("w", {1, 3, 3, 2, 3}, 11),
        tensor_of("y", {1, 4, 4, 3}, DataType::s8, 1, -5)};
    IntegerNode node;
    node.name = "conv";
    node.op = IntegerOp::conv;
    node.inputs = {0, 1};
    node.output = 2;
    node.window = {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
    Rescale rescale;
    rescale.scale = 0.0078125F;
    node.rescale = {rescale};
    node.clamp = {-5, -128, 127};
    c.network.nodes = {node};
    c.network.inputs = {0};
    c.network.outputs = {2};

    static constexpr std::string_view kFlows[] = {"output_stationary", "weight_stationary", "input_stationary"};
    c.text = fmt::format(
        "program dram_bytes=256\nshape rows=5 columns=3 sram_bytes=192 sram_banks=4 accumulator_rows=16 dataflow={}\n"
        "tensor address=64 bytes=32\ntensor address=0 bytes=54\ntensor address=96 bytes=48\ninput tensor=0\noutput "
        "tensor=2\n",
        kFlows[static_cast<size_t>(dataflow)]);
    c.text += constants_text(c.network.tensors[1].bytes);
    for (int n = 0; n < 3; ++n) c.text += "requant scale=0.0078125\n";
    c.text +=
        "stream queue=load\n"
        "load count=1,1,1,72 target_stride=0,0,0,1 fill=true fill_byte=3  # the padding is the zero point\n"
        "load source=64 target=14 count=1,1,4,8 source_stride=0,0,8,1 target_stride=0,0,12,1\n"
        "load target=72 count=1,1,1,54 source_stride=0,0,0,1 target_stride=0,0,0,1\nsync\nhalt\n"
        "stream queue=fetch\nhalt\nstream queue=store\nsync wait=true queue=vector count=1\n"
        "store source=128 target=96 count=1,1,1,48 source_stride=0,0,0,1 target_stride=0,0,0,1\nhalt\n"
        "stream queue=matrix\nsync wait=true queue=load count=1\n";
    const int fold = dataflow == Dataflow::output_stationary ? 18 : 5;
    const int block = dataflow == Dataflow::input_stationary ? 3 : 16;
    for (int m = 0; m < 16; m += block) {
        for (int k = 0; k < 18; k += fold) {
            const int rows = std::min(block, 16 - m);
            const int depth = std::min(fold, 18 - k);
            const std::string operands = fmt::format(
                "a_rows=4,4 a_row_stride=12,2 a_depth=3,3,2 a_depth_stride=12,2,1 a_row_first={} a_row_count={} "
                "a_depth_first={} a_depth_count={} a_zero=3 b_base={} b_depth={} b_columns=3 b_depth_stride=3",
                m,
                rows,
                k,
                depth,
                72 + 3 * k,
                depth);
            if (dataflow != Dataflow::output_stationary) c.text += "preload " + operands + "\n";
            c.text += fmt::format("mma {} accumulator={} accumulate={}\n", operands, m, k > 0);
        }
    }
    c.text +=
        "sync\nhalt\nstream queue=vector\nsync wait=true queue=matrix count=1\n"
        "rq target=128 rows=4,4 row_stride=12,3 columns=3 zero=-5 low=-128 high=127\nsync\nhalt\n";
    return c;
}

// The network of vector_case(); table and exponentials as the assembler writes them.
inline void add_vector_network(ProgramCase& c, std::string& table, std::string& exponentials) {
    const auto add = [&](const std::string& name, Shape shape, DataType type, float scale, int32_t zero) {
        c.network.tensors.push_back(tensor_of(name, std::move(shape), type, scale, zero));
    };
    add("x", {1, 4, 4, 2}, DataType::u8, 0.05F, 10);
    add("largest", {1, 2, 2, 2}, DataType::u8, 0.05F, 10);
    add("average", {1, 4, 4, 2}, DataType::u8, 0.04F, 20);
    c.network.tensors.push_back(weights_of("row", {2}, 5));
    add("sum", {1, 4, 4, 2}, DataType::u8, 0.1F, 128);
    add("looked", {1, 4, 4, 2}, DataType::s8, 0.1F, 0);
    add("soft", {1, 4, 4, 2}, DataType::u8, 0.00390625F, 0);
    add("norm", {1, 4, 4, 2}, DataType::s8, 0.02F, 1);
    add("turned", {1, 2, 4, 4}, DataType::u8, 0.05F, 10);
    const auto node = [&](IntegerOp op, std::vector<TensorId> inputs, TensorId output) -> IntegerNode& {
        IntegerNode n;
        n.name = std::string(info(op).name);
        n.op = op;
        n.inputs = std::move(inputs);
        n.output = output;
        c.network.nodes.push_back(std::move(n));
        return c.network.nodes.back();
    };
    node(IntegerOp::max_pool, {0}, 1).window = {{2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}};
    IntegerNode& average = node(IntegerOp::average_pool, {0}, 2);
    average.window = {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
    average.clamp = {20, 0, 255};
    Elementwise sum{0.05F, 0.25F, 0.1F, 10, 0, {128, 0, 255}};
    node(IntegerOp::add, {0, 3}, 4).elementwise = sum;
    IntegerNode& looked = node(IntegerOp::lookup, {0}, 5);
    for (size_t i = 0; i < 256; ++i) {
        looked.table[i] = static_cast<uint8_t>(i * 37 + 5);
        table += fmt::format("{:02x}", looked.table[i]);
    }
    IntegerNode& soft = node(IntegerOp::softmax, {0}, 6);
    for (size_t i = 0; i < 256; ++i) {
        soft.exponentials[i] = (1U << 23) >> (i / 8);
        exponentials += fmt::format("{}{}", i == 0 ? "" : ",", soft.exponentials[i]);
    }
    node(IntegerOp::layer_norm, {0}, 7).norm = {{1.5F, -0.5F}, {0.25F, 0}, 1e-5F};
    IntegerNode& turned = node(IntegerOp::move, {0}, 8);
    MoveBox box;
    box.dims = {2, 4, 4};
    box.source_strides = {1, 8, 2};
    box.target_strides = {16, 4, 1};
    turned.boxes = {box};
    c.network.inputs = {0};
    c.network.outputs = {1, 2, 4, 5, 6, 7, 8};
}

// Every vector operation on [1][4][4][2]: two pools (the second in two tiles of rows), a sum with a repeated operand, a
// lookup, softmax, layer normalisation and a transposing copy.
inline ProgramCase vector_case() {
    ProgramCase c;
    std::string table;
    std::string exponentials;
    add_vector_network(c, table, exponentials);
    c.text =
        "program dram_bytes=512\nshape sram_bytes=512 sram_banks=4 vector_lanes=4\n"
        "tensor address=64 bytes=32\ntensor address=96 bytes=8\ntensor address=128 bytes=32\ntensor address=0 bytes=2\n"
        "tensor address=160 bytes=32\ntensor address=192 bytes=32\ntensor address=224 bytes=32\n"
        "tensor address=256 bytes=32\ntensor address=288 bytes=32\ninput tensor=0\n";
    for (const TensorId id : c.network.outputs) c.text += fmt::format("output tensor={}\n", id);
    c.text += constants_text(c.network.tensors[3].bytes);
    const std::string x = "x_scale=0.05 x_zero=10";
    c.text += "operation op=max_pool kernel=2,2 stride=2,2 in_h_total=4 " + x + " y_scale=0.05 y_zero=10\n";
    c.text +=
        "operation op=average_pool kernel=3,3 pad_begin=1,1 pad_end=1,1 in_h_total=4 zero=20 y_scale=0.04 " + x + "\n";
    c.text += "operation op=add ew_scale_a=0.05 ew_scale_b=0.25 ew_scale_y=0.1 ew_zero_a=10 ew_zero=128 x2_type=s8 " +
              x + "\n";
    c.text += "operation table=" + table + "\n";
    c.text += "operation op=softmax y_scale=0.00390625 exponentials=" + exponentials + " " + x + "\n";
    c.text +=
        "operation op=layer_norm gamma=1.5,-0.5 beta=0.25,0 epsilon=1e-05 y_type=s8 y_scale=0.02 y_zero=1 " + x + "\n";
    c.text +=
        "stream queue=load\n"
        "load source=64 count=1,1,1,32 source_stride=0,0,0,1 target_stride=0,0,0,1\n"
        "load target=32 count=1,1,1,2 source_stride=0,0,0,1 target_stride=0,0,0,1\nsync\nhalt\n"
        "stream queue=fetch\nhalt\nstream queue=store\n";
    // where each output lies in SRAM and in DRAM, in the order of the vector stream
    static constexpr int kPlaces[][3] =
        {{40, 96, 8}, {64, 128, 32}, {96, 160, 32}, {128, 192, 32}, {160, 224, 32}, {192, 256, 32}, {224, 288, 32}};
    for (size_t i = 0; i < std::size(kPlaces); ++i)
        c.text += fmt::format(
            "sync wait=true queue=vector count={}\n"
            "store source={} target={} count=1,1,1,{} source_stride=0,0,0,1 target_stride=0,0,0,1\n",
            i + 1,
            kPlaces[i][0],
            kPlaces[i][1],
            kPlaces[i][2]);
    c.text += R"(halt
stream queue=matrix
halt
stream queue=vector
sync wait=true queue=load count=1
pool node=0 target=40 channels=2 in_h=4 in_w=4 out_h=2 out_w=2
sync
pool node=1 operation=1 target=64 channels=2 in_h=3 in_w=4 out_h=2 out_w=4
pool node=1 operation=1 source=8 target=80 channels=2 in_h0=1 in_h=3 in_w=4 out_h0=2 out_h=2 out_w=4
sync
ew node=2 operation=2 source2=32 target=96 elements=32 repeat=2
sync
lut8 node=3 operation=3 target=128 elements=32
sync
reduce node=4 operation=4 target=160 rows=16 elements=2
sync
copy node=5 target=192 count=1,1,1,32 source_stride=0,0,0,1 target_stride=0,0,0,1
reduce node=5 operation=5 source=192 target=192 rows=16 elements=2  # in place
sync
copy node=6 target=224 count=1,2,4,4 source_stride=0,1,8,2 target_stride=0,16,4,1
sync
halt
)";
    return c;
}

// Eight tiles of a product through two buffers each: loads, products, results and stores overlap, and a buffer is
// written again only when its last reader has signalled. [16][6] x [6][3], two rows per tile.
inline ProgramCase pipeline_case() {
    ProgramCase c;
    c.network.tensors = {
        tensor_of("a", {16, 6}, DataType::u8, 0.5F, 0),
        weights_of("b", {6, 3}, 3),
        tensor_of("y", {16, 3}, DataType::u8, 1, 100)};
    IntegerNode node;
    node.name = "product";
    node.op = IntegerOp::matmul;
    node.inputs = {0, 1};
    node.output = 2;
    Rescale rescale;
    rescale.scale = 0.00390625F;
    node.rescale = {rescale};
    node.clamp = {100, 0, 255};
    c.network.nodes = {node};
    c.network.inputs = {0};
    c.network.outputs = {2};
    std::string load = "load target=0 count=1,1,1,18 source_stride=0,0,0,1 target_stride=0,0,0,1\n";
    std::string matrix;
    std::string vector;
    std::string store = "sync wait=true queue=load count=1\n";  // implied by the next wait
    for (int t = 0; t < 8; ++t) {
        const int a = 24 + 12 * (t % 2);
        const int y = 48 + 6 * (t % 2);
        const int accumulator = 2 * (t % 2);
        if (t >= 2) {
            load += fmt::format("sync wait=true queue=matrix count={}\n", t - 1);
            matrix += fmt::format("sync wait=true queue=vector count={}\n", t - 1);
            vector += fmt::format("sync wait=true queue=store count={}\n", t - 1);
        }
        load += fmt::format(
            "load source={} target={} count=1,1,1,12 source_stride=0,0,0,1 target_stride=0,0,0,1\nsync\n",
            24 + 12 * t,
            a);
        matrix += fmt::format("sync wait=true queue=load count={}\n", t + 1);
        matrix += fmt::format(
            "mma a_base={} a_rows=1,2 a_row_stride=0,6 a_depth=1,1,6 a_depth_stride=0,0,1 b_depth=6 b_columns=3 "
            "b_depth_stride=3 accumulator={}\nsync\n",
            a,
            accumulator);
        vector += fmt::format("sync wait=true queue=matrix count={}\n", t + 1);
        vector += fmt::format(
            "rq accumulator={} target={} rows=1,2 row_stride=0,3 columns=3 zero=100\nsync\n",
            accumulator,
            y);
        store += fmt::format("sync wait=true queue=vector count={}\n", t + 1);
        store += fmt::format(
            "store source={} target={} count=1,1,1,6 source_stride=0,0,0,1 target_stride=0,0,0,1\nsync\n",
            y,
            224 + 6 * t);
    }
    c.text =
        "program dram_bytes=320\nshape rows=2 columns=3 sram_bytes=64 sram_banks=2 accumulator_rows=4\n"
        "tensor address=24 bytes=96\ntensor address=0 bytes=18\ntensor address=224 bytes=48\ninput tensor=0\noutput "
        "tensor=2\n" +
        constants_text(c.network.tensors[1].bytes);
    for (int n = 0; n < 3; ++n) c.text += "requant scale=0.00390625\n";
    c.text += "stream queue=load\n" + load + "halt\nstream queue=fetch\nhalt\nstream queue=store\n" + store +
              "halt\nstream queue=matrix\n" + matrix + "halt\nstream queue=vector\n" + vector + "halt\n";
    return c;
}

inline std::vector<ProgramCase> all_cases() {
    return {
        matmul_case(),
        conv_case(Dataflow::output_stationary),
        conv_case(Dataflow::weight_stationary),
        conv_case(Dataflow::input_stationary),
        vector_case(),
        pipeline_case()};
}

// `text` with the first occurrence of a piece replaced; the piece must be there.
inline std::string replaced(std::string text, const std::string& piece, const std::string& by) {
    const size_t at = text.find(piece);
    EXPECT_NE(at, std::string::npos) << piece;
    return at == std::string::npos ? text : text.replace(at, piece.size(), by);
}

}  // namespace chipchain::testing
