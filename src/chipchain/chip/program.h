// Tile programs: what a compiled network is for one shape of chip. A program is a set of instruction streams, one per
// queue of each core, that share a DRAM and meet only through progress counters.
//
// The machine (of one core):
//   queues   load (DRAM -> SRAM), fetch (the same, for what waits for nothing that the program computes: constants run
//            ahead in a queue of their own), store (SRAM -> DRAM), matrix, vector; each runs its stream in order, all
//            at the same time; an instruction starts when the one before it in its queue is complete and takes effect
//            at any moment between its start and its end, byte by byte in any order
//   SRAM     ChipShape::sram_bytes, byte addressed
//   accumulators   ChipShape::accumulator_rows rows of ChipShape::columns int32 each
//   array    holds the stationary operand of ws and is; os keeps none
//   SYNC     signal: the queue's counter goes up by one; wait: the queue stands still until the counter of a queue (of
//            any core) has reached a number. Counters start at 0. A signal is complete after all that precedes it in
//            its queue, so what precedes the n-th signal of a queue comes before what follows a wait for its count n.
// DRAM is one address space: constants, inputs, outputs and what is spilled or passed between nodes.
//
// Values are those of network/numerics.h; no instruction has a field for a rounding or width that the contract does not
// name. Addresses count bytes, accumulator addresses count rows of the accumulator memory.
//
// Invariants of a program without faults (check_program):
//  1. streams has arrays * kQueueKinds entries in the order core * kQueueKinds + queue, each ends with its only halt;
//  2. load stands in load and fetch, store in store, preload and mma in matrix, the rest but sync and halt in vector;
//  3. every address lies in its memory; the bytes that a box writes are distinct; the bytes of B are distinct;
//  4. what a queue waits for comes; two accesses to the same byte (or accumulator row), one of them a write, from
//     different queues are ordered by signals and waits; nothing is read that was never written;
//  5. the places of tensors in DRAM are disjoint, constants lie below all that is written; constants, inputs and
//     outputs lie below shared_address.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/network/integer_network.h"

namespace chipchain {

// In the order of InstructionBody.
enum class Opcode : uint8_t {
    load,     // DRAM -> SRAM, 4-D strided box, or fill
    store,    // SRAM -> DRAM, 4-D strided box
    preload,  // matrix: the stationary operand enters the array
    mma,      // matrix: A x B into accumulators
    rq,       // vector: accumulators -> SRAM
    ew,       // vector: elementwise add or multiply of two SRAM tensors
    pool,     // vector: max or average over a window
    lut8,     // vector: table of 256
    reduce,   // vector: softmax or layer normalisation of rows
    copy,     // vector: SRAM -> SRAM, 4-D strided box, or fill
    sync,     // any queue: signal or wait
    halt,     // any queue: end of the stream
};
inline constexpr size_t kOpcodes = 12;

enum class QueueKind : uint8_t { load, fetch, store, matrix, vector };
inline constexpr size_t kQueueKinds = 5;
[[nodiscard]] std::string_view queue_name(QueueKind queue);  // "load"

// A box of bytes in 4 levels: byte sum i_d * stride[d] from the base, 0 <= i_d < count[d]; level 3 is innermost.
struct Box4 {
    std::array<uint32_t, 4> count{1, 1, 1, 1};
    std::array<int32_t, 4> source_stride{};
    std::array<int32_t, 4> target_stride{};
    bool operator==(const Box4&) const = default;
};

// The box goes from `source` to `target`; fill: every byte of the box at `target` becomes fill_byte, nothing is read.
struct Transfer {
    uint64_t source = 0;  // DRAM of load, else SRAM
    uint64_t target = 0;  // DRAM of store, else SRAM
    Box4 box;
    bool fill = false;  // of load and copy
    uint8_t fill_byte = 0;
    bool operator==(const Transfer&) const = default;
};
struct Load : Transfer {};
struct Store : Transfer {};
struct Copy : Transfer {};

// Rows and depth of the A operand of mma in SRAM, so that a convolution needs no copy of its windows (implicit GEMM).
// Row m = (m0, m1) with m0 < rows[0], m1 < rows[1]; k = (k0, k1, k2) with k2 innermost:
// byte address = base + m0 row_stride[0] + m1 row_stride[1] + k0 depth_stride[0] + k1 depth_stride[1] + k2
// depth_stride[2]. Of the flat m = m0 rows[1] + m1 and k = (k0 depth[1] + k1) depth[2] + k2 only the ranges [row_first,
// row_first + row_count) and [depth_first, depth_first + depth_count) take part (count 0: all that follow first), so
// that a fold is as deep and wide as the array wherever the windows are cut. Row 0 and k = 0 of the operand are the
// first of the ranges.
struct OperandA {
    uint32_t base = 0;
    std::array<uint32_t, 2> rows{1, 1};
    std::array<int32_t, 2> row_stride{};
    std::array<uint32_t, 3> depth{1, 1, 1};
    std::array<int32_t, 3> depth_stride{};
    uint32_t row_first = 0, row_count = 0;
    uint32_t depth_first = 0, depth_count = 0;
    int16_t zero = 0;
    bool is_signed = false;
    bool operator==(const OperandA&) const = default;
};
// Rows and depth that take part. REQUIRES products and ranges within uint32 (check_program).
[[nodiscard]] uint32_t row_total(const OperandA& a);
[[nodiscard]] uint32_t depth_total(const OperandA& a);

// B: byte address of (k, n) = base + k * depth_stride + n * column_stride, k counted flat.
struct OperandB {
    uint32_t base = 0;
    uint32_t depth = 1;  // = depth_total() of A
    uint32_t columns = 1;
    int32_t depth_stride = 0;
    int32_t column_stride = 1;
    int16_t zero = 0;
    bool is_signed = true;
    bool operator==(const OperandB&) const = default;
};

// The stationary operand is copied into the array: ws B (depth <= array rows, columns <= array columns), is A (depth <=
// array rows, rows <= array columns); the other operand is not looked at. os has no preload.
struct Preload {
    OperandA a;
    OperandB b;
    bool operator==(const Preload&) const = default;
};

// acc[m][n] (+)= sum_k (a - a.zero)(b - b.zero), mod 2^32, for accumulator rows accumulator + m, m < row_total(a), and
// columns [0, b.columns). ws, is: the stationary operand is what was preloaded last, read from the array and not from
// SRAM; its description must equal that of the preload. os reads both from SRAM. b.columns <= array columns.
struct Mma {
    OperandA a;
    OperandB b;
    uint32_t accumulator = 0;
    bool accumulate = false;  // add to what is there; else replace it
    bool operator==(const Mma&) const = default;
};

// Byte target + m0 row_stride[0] + m1 row_stride[1] + n column_stride becomes requantise(acc + bias, rescale, clamp) of
// accumulator row accumulator + m - row_first, column n, with Program::requants[parameters + n]; m = m0 rows[1] + m1
// runs over [row_first, row_first + row_count) (row_count 0: all that follow). lookup: the byte then goes through the
// table of vector_operations[operation].
struct Rq {
    uint32_t accumulator = 0;
    uint32_t target = 0;  // SRAM
    std::array<uint32_t, 2> rows{1, 1};
    std::array<int32_t, 2> row_stride{};
    uint32_t row_first = 0, row_count = 0;
    uint32_t columns = 1;
    int32_t column_stride = 1;
    uint32_t parameters = 0;
    uint32_t operation = 0;
    bool lookup = false;
    Clamp clamp;
    bool operator==(const Rq&) const = default;
};

// target[i] = op(source[i], source2[i mod repeat]), i < elements; dense bytes. operation: add or multiply.
struct Ew {
    uint32_t operation = 0;  // index of Program::vector_operations, as below
    uint32_t source = 0;
    uint32_t source2 = 0;
    uint32_t target = 0;
    uint32_t elements = 0;
    uint32_t repeat = 0;  // source2 has so many elements; 0: as many as source
    bool operator==(const Ew&) const = default;
};

// A tile of a pool. SRAM holds at `source` the input rows [in_h0, in_h0 + in_h) as [h][in_w][channels] and gets at
// `target` the output rows [out_h0, out_h0 + out_h) as [h][out_w][channels], both dense. Cells of the window outside
// [0, VectorOperation::in_h_total) x [0, in_w) are padding and never read; all others lie in the tile.
struct Pool {
    uint32_t operation = 0;
    uint32_t source = 0;
    uint32_t target = 0;
    int32_t channels = 1;
    int32_t in_h0 = 0, in_h = 1, in_w = 1;
    int32_t out_h0 = 0, out_h = 1, out_w = 1;
    bool operator==(const Pool&) const = default;
};

// target[i] = table[source[i]], i < elements.
struct Lut8 {
    uint32_t operation = 0;
    uint32_t source = 0;
    uint32_t target = 0;
    uint32_t elements = 0;
    bool operator==(const Lut8&) const = default;
};

// Softmax or layer normalisation of each of `rows` dense rows of `elements` bytes.
struct Reduce {
    uint32_t operation = 0;
    uint32_t source = 0;
    uint32_t target = 0;
    uint32_t rows = 1;
    uint32_t elements = 1;
    bool operator==(const Reduce&) const = default;
};

struct Sync {
    bool is_wait = false;
    QueueKind queue = QueueKind::load;  // of wait
    uint32_t core = 0;                  // of wait
    uint32_t count = 0;                 // of wait
    bool operator==(const Sync&) const = default;
};

struct Halt {
    bool operator==(const Halt&) const = default;
};

using InstructionBody = std::variant<Load, Store, Preload, Mma, Rq, Ew, Pool, Lut8, Reduce, Copy, Sync, Halt>;
static_assert(std::variant_size_v<InstructionBody> == kOpcodes);

struct Instruction {
    uint32_t node = 0;  // of the integer network, for reports and divergences
    InstructionBody body = Halt{};

    [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(body.index()); }
    bool operator==(const Instruction&) const = default;
};
static_assert(sizeof(Instruction) <= 112);

// One output channel of rq: acc + bias mod 2^32, then the contract's requantisation.
struct Requant {
    int32_t bias = 0;
    Rescale rescale;
    bool operator==(const Requant&) const = default;
};

// What a vector instruction computes: everything but addresses and sizes. One per node is enough.
struct VectorOperation {
    IntegerOp op = IntegerOp::lookup;    // add, multiply: ew; max_pool, average_pool: pool; lookup: lut8; softmax,
                                         // layer_norm: reduce
    QuantisedType x;                     // of source
    QuantisedType x2;                    // of source2
    QuantisedType y;                     // of target
    Clamp clamp;                         // average_pool
    Elementwise elementwise;             // add, multiply
    Window window;                       // pools
    int32_t in_h_total = 0;              // pools: height of the whole input
    bool count_padding = false;          // average_pool
    std::vector<uint8_t> table;          // lookup: 256
    std::vector<uint32_t> exponentials;  // softmax: 256
    LayerNorm norm;                      // layer_norm
};

struct Stream {
    uint32_t core = 0;
    QueueKind queue = QueueKind::load;
    std::vector<Instruction> instructions;
    bool operator==(const Stream&) const = default;
};

inline constexpr uint64_t kNotInDram = UINT64_MAX;
// Of the bytes of a program; 3: constants have a queue of their own.
inline constexpr uint32_t kProgramVersion = 3;

struct Program {
    std::string network_hash;
    ChipShape shape;
    uint64_t dram_bytes = 0;
    // Bytes from this address on lie in the shared on-chip memory, which loads and stores reach like DRAM: a matter of
    // time and energy only. Tensors there have addresses of their own, but share its capacity over time
    // (compile_shared.h). kNotInDram: no byte does.
    uint64_t shared_address = kNotInDram;
    std::vector<uint64_t> tensor_address;  // by TensorId in DRAM; kNotInDram: never there
    std::vector<uint64_t> tensor_bytes;    // by TensorId
    std::vector<TensorId> inputs;          // the host writes them to DRAM before the start
    std::vector<TensorId> outputs;         // must be in DRAM at the end
    std::vector<uint8_t> constants;        // at address 0 before the start
    std::vector<Requant> requants;
    std::vector<VectorOperation> vector_operations;
    std::vector<Stream> streams;  // core * kQueueKinds + queue
};

struct OpcodeInfo {
    Opcode opcode;
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] const OpcodeInfo& info(Opcode opcode);

// A program as bytes and back: magic, version, little-endian fields, SHA-256 at the end. Error: program-unreadable.
[[nodiscard]] std::vector<uint8_t> encode(const Program& program);
[[nodiscard]] Result<Program> decode(const std::vector<uint8_t>& bytes);
// One line per instruction, and back; assemble(disassemble(p)) is p. Error: program-syntax with line and column.
[[nodiscard]] std::string disassemble(const Program& program);
[[nodiscard]] Result<Program> assemble(const std::string& text);
[[nodiscard]] std::string program_hash(const Program& program);  // SHA-256 of encode()
// docs/instructions.md.
[[nodiscard]] std::string instructions_page();

// Faults of a program that no network could have: what breaks an invariant above, one text per fault with stream and
// index, at most `most`. Near-linear in the instructions.
[[nodiscard]] std::vector<std::string> check_program(const Program& program, size_t most = 20);

}  // namespace chipchain
