// The fields of every record of a program, once: encoding, assembler and docs/instructions.md all visit them. A visitor
// is called as visit(name, help, field) in the order of the encoding; names are those of the assembler.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "chipchain/chip/program.h"

namespace chipchain {

// Values of enumerations in text, by number.
inline constexpr std::array<std::string_view, kQueueKinds> kQueueNames{"load", "fetch", "store", "matrix", "vector"};
inline constexpr std::array<std::string_view, 3> kDataflowNames{
    "output_stationary",
    "weight_stationary",
    "input_stationary"};
inline constexpr std::array<std::string_view, 3> kRequantNames{"f32_rne", "i32_single", "i32_double"};
inline constexpr std::array<std::string_view, 10> kIntegerOpNames{
    "conv",
    "matmul",
    "add",
    "multiply",
    "max_pool",
    "average_pool",
    "lookup",
    "softmax",
    "layer_norm",
    "move"};
inline constexpr std::array<std::string_view, 6> kTypeNames{"f32", "f64", "f16", "bf16", "u8", "s8"};

// The names of an enumeration that is a field.
constexpr std::span<const std::string_view> names_of(QueueKind) { return kQueueNames; }
constexpr std::span<const std::string_view> names_of(Dataflow) { return kDataflowNames; }
constexpr std::span<const std::string_view> names_of(RequantMode) { return kRequantNames; }
constexpr std::span<const std::string_view> names_of(IntegerOp) { return kIntegerOpNames; }
constexpr std::span<const std::string_view> names_of(DataType) { return kTypeNames; }

// Rows of tables that have no type of their own in a Program.
struct HeaderRecord {
    std::string network_hash;
    uint64_t dram_bytes = 0;
    uint64_t shared_address = kNotInDram;
};
struct TensorRecord {
    uint64_t address = kNotInDram;
    uint64_t bytes = 0;
};
struct PortRecord {
    uint32_t tensor = 0;
};
struct StreamRecord {
    uint32_t core = 0;
    QueueKind queue = QueueKind::load;
};

// R: a record or a const record; V: the visitor.
template <class R, class T>
concept Of = std::is_same_v<std::remove_const_t<R>, T>;
template <class R>
concept OfTransfer = std::is_base_of_v<Transfer, std::remove_const_t<R>>;

template <class V, Of<HeaderRecord> R>
void visit_fields(R& r, V&& visit) {
    visit("network", "SHA-256 of the network", r.network_hash);
    visit("dram_bytes", "size of the DRAM, with what lies in the shared memory behind it", r.dram_bytes);
    visit(
        "shared_address",
        "from here on bytes lie in the shared on-chip memory; left out, as bytes 2^64 - 1: none do",
        r.shared_address);
}

template <class V, Of<ChipShape> R>
void visit_fields(R& r, V&& visit) {
    visit("arrays", "cores", r.arrays);
    visit("rows", "of an array", r.rows);
    visit("columns", "of an array", r.columns);
    visit("dataflow", "the operand that stays", r.dataflow);
    visit("sram_bytes", "of one core", r.sram_bytes);
    visit("sram_banks", "of one core", r.sram_banks);
    visit("accumulator_rows", "of one core", r.accumulator_rows);
    visit("vector_lanes", "of one core", r.vector_lanes);
    visit("clock_ghz", "clock", r.clock_ghz);
    visit("dram_bytes_per_second", "of all cores", r.dram_bytes_per_second);
    visit("dram_latency_ns", "of a first byte", r.dram_latency_ns);
    visit("shared_bytes", "on-chip memory of all cores", r.shared_bytes);
    visit("shared_bytes_per_second", "of that memory, all cores together", r.shared_bytes_per_second);
}

template <class V, Of<TensorRecord> R>
void visit_fields(R& r, V&& visit) {
    visit("address", "first byte in DRAM; left out, as bytes 2^64 - 1: never there", r.address);
    visit("bytes", "size", r.bytes);
}

template <class V, Of<PortRecord> R>
void visit_fields(R& r, V&& visit) {
    visit("tensor", "number of the tensor, counted from 0", r.tensor);
}

template <class V, Of<StreamRecord> R>
void visit_fields(R& r, V&& visit) {
    visit("core", "of the stream", r.core);
    visit("queue", "of the stream", r.queue);
}

template <class V, Of<Requant> R>
void visit_fields(R& r, V&& visit) {
    visit("bias", "added to the accumulator mod 2^32", r.bias);
    visit("mode", "of requantisation (docs/numerics.md)", r.rescale.mode);
    visit("scale", "of f32_rne", r.rescale.scale);
    visit("multiplier", "of i32_single and i32_double", r.rescale.multiplier);
    visit("shift", "of i32_single and i32_double", r.rescale.shift);
}

template <class V, class C>
void visit_clamp(C& c, V&& visit) {
    visit("zero", "zero point of the target", c.zero);
    visit("low", "least value", c.low);
    visit("high", "largest value", c.high);
}

template <class V, Of<VectorOperation> R>
void visit_fields(R& r, V&& visit) {
    visit("op", "what is computed", r.op);
    visit("x_type", "of source", r.x.type);
    visit("x_scale", "of source", r.x.scale);
    visit("x_zero", "of source", r.x.zero);
    visit("x2_type", "of source2", r.x2.type);
    visit("x2_scale", "of source2", r.x2.scale);
    visit("x2_zero", "of source2", r.x2.zero);
    visit("y_type", "of target", r.y.type);
    visit("y_scale", "of target", r.y.scale);
    visit("y_zero", "of target", r.y.zero);
    visit_clamp(r.clamp, visit);
    visit("ew_scale_a", "add, multiply: scale of source", r.elementwise.scale_a);
    visit("ew_scale_b", "add, multiply: scale of source2", r.elementwise.scale_b);
    visit("ew_scale_y", "add, multiply: scale of target", r.elementwise.scale_y);
    visit("ew_zero_a", "add, multiply: zero point of source", r.elementwise.zero_a);
    visit("ew_zero_b", "add, multiply: zero point of source2", r.elementwise.zero_b);
    visit("ew_zero", "add, multiply: zero point of target", r.elementwise.clamp.zero);
    visit("ew_low", "add, multiply: least value", r.elementwise.clamp.low);
    visit("ew_high", "add, multiply: largest value", r.elementwise.clamp.high);
    visit("kernel", "pools: height, width", r.window.kernel);
    visit("stride", "pools: height, width", r.window.stride);
    visit("dilation", "pools: height, width", r.window.dilation);
    visit("pad_begin", "pools: height, width", r.window.pad_begin);
    visit("pad_end", "pools: height, width", r.window.pad_end);
    visit("in_h_total", "pools: height of the whole input", r.in_h_total);
    visit("count_padding", "average_pool: divide by the whole window", r.count_padding);
    visit("table", "lookup: 256 bytes", r.table);
    visit("exponentials", "softmax: 256 numbers", r.exponentials);
    visit("gamma", "layer_norm: scale of each element", r.norm.gamma);
    visit("beta", "layer_norm: offset of each element", r.norm.beta);
    visit("epsilon", "layer_norm: added to the variance", r.norm.epsilon);
}

template <class V, OfTransfer R>
void visit_fields(R& r, V&& visit) {
    visit("source", "address of the first byte read", r.source);
    visit("target", "address of the first byte written", r.target);
    visit("count", "of each level, innermost last", r.box.count);
    visit("source_stride", "of each level, in bytes", r.box.source_stride);
    visit("target_stride", "of each level, in bytes", r.box.target_stride);
    visit("fill", "write fill_byte, read nothing", r.fill);
    visit("fill_byte", "of fill", r.fill_byte);
}

template <class V, class A>
void visit_a(A& a, V&& visit) {
    visit("a_base", "SRAM address of row 0, k = 0", a.base);
    visit("a_rows", "m0, m1", a.rows);
    visit("a_row_stride", "of m0, m1", a.row_stride);
    visit("a_depth", "k0, k1, k2", a.depth);
    visit("a_depth_stride", "of k0, k1, k2", a.depth_stride);
    visit("a_row_first", "first flat row that takes part", a.row_first);
    visit("a_row_count", "flat rows that take part; 0: all that follow", a.row_count);
    visit("a_depth_first", "first flat k that takes part", a.depth_first);
    visit("a_depth_count", "flat k that take part; 0: all that follow", a.depth_count);
    visit("a_zero", "zero point", a.zero);
    visit("a_signed", "bytes are s8", a.is_signed);
}
template <class V, class B>
void visit_b(B& b, V&& visit) {
    visit("b_base", "SRAM address of k = 0, n = 0", b.base);
    visit("b_depth", "k", b.depth);
    visit("b_columns", "n", b.columns);
    visit("b_depth_stride", "of k", b.depth_stride);
    visit("b_column_stride", "of n", b.column_stride);
    visit("b_zero", "zero point", b.zero);
    visit("b_signed", "bytes are s8", b.is_signed);
}

template <class V, Of<Preload> R>
void visit_fields(R& r, V&& visit) {
    visit_a(r.a, visit);
    visit_b(r.b, visit);
}

template <class V, Of<Mma> R>
void visit_fields(R& r, V&& visit) {
    visit_a(r.a, visit);
    visit_b(r.b, visit);
    visit("accumulator", "first accumulator row", r.accumulator);
    visit("accumulate", "add to what is there", r.accumulate);
}

template <class V, Of<Rq> R>
void visit_fields(R& r, V&& visit) {
    visit("accumulator", "first accumulator row", r.accumulator);
    visit("target", "SRAM address of row 0, column 0", r.target);
    visit("rows", "m0, m1", r.rows);
    visit("row_stride", "of m0, m1", r.row_stride);
    visit("row_first", "first flat row that takes part", r.row_first);
    visit("row_count", "flat rows that take part; 0: all that follow", r.row_count);
    visit("columns", "n", r.columns);
    visit("column_stride", "of n", r.column_stride);
    visit("parameters", "requant of column 0", r.parameters);
    visit("operation", "lookup that follows", r.operation);
    visit("lookup", "whether one follows", r.lookup);
    visit_clamp(r.clamp, visit);
}

template <class V, Of<Ew> R>
void visit_fields(R& r, V&& visit) {
    visit("operation", "add or multiply", r.operation);
    visit("source", "SRAM address", r.source);
    visit("source2", "SRAM address", r.source2);
    visit("target", "SRAM address", r.target);
    visit("elements", "of target", r.elements);
    visit("repeat", "elements of source2; 0: as many as source", r.repeat);
}

template <class V, Of<Pool> R>
void visit_fields(R& r, V&& visit) {
    visit("operation", "max_pool or average_pool", r.operation);
    visit("source", "SRAM address of the tile", r.source);
    visit("target", "SRAM address", r.target);
    visit("channels", "bytes of a cell", r.channels);
    visit("in_h0", "first input row of the tile", r.in_h0);
    visit("in_h", "input rows of the tile", r.in_h);
    visit("in_w", "cells of an input row", r.in_w);
    visit("out_h0", "first output row", r.out_h0);
    visit("out_h", "output rows", r.out_h);
    visit("out_w", "cells of an output row", r.out_w);
}

template <class V, Of<Lut8> R>
void visit_fields(R& r, V&& visit) {
    visit("operation", "lookup", r.operation);
    visit("source", "SRAM address", r.source);
    visit("target", "SRAM address", r.target);
    visit("elements", "bytes", r.elements);
}

template <class V, Of<Reduce> R>
void visit_fields(R& r, V&& visit) {
    visit("operation", "softmax or layer_norm", r.operation);
    visit("source", "SRAM address", r.source);
    visit("target", "SRAM address", r.target);
    visit("rows", "dense rows", r.rows);
    visit("elements", "of a row", r.elements);
}

template <class V, Of<Sync> R>
void visit_fields(R& r, V&& visit) {
    visit("wait", "wait; else signal", r.is_wait);
    visit("core", "wait: whose counter", r.core);
    visit("queue", "wait: whose counter", r.queue);
    visit("count", "wait: until it has reached this", r.count);
}

template <class V, Of<Halt> R>
void visit_fields(R&, V&&) {}

// The body of an opcode with all fields at their defaults.
[[nodiscard]] InstructionBody default_body(Opcode opcode);

}  // namespace chipchain
