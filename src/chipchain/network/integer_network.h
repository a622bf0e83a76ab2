// What a chip runs: a list of integer operations on 8-bit tensors, each with a value fixed by numerics.h. Made by
// lower() from a Network; compiled by chip/ for any physical chip; its golden values are those of run_golden().
//
// Conventions:
//  1. tensors are u8 or s8, row-major, at most rank 6; conv and pools work on rank 4 in the order n, h, w, c
//     (channels innermost), whatever the order of the imported network: lower() inserts moves where needed;
//  2. operations stand in an order of computation; a tensor is written by one operation, or is an input or a constant;
//  3. padding contributes the zero point of the padded tensor, that is nothing to a sum; max pools ignore it;
//     in both, every window covers at least one cell of the tensor;
//  4. accumulators are two's complement and wrap at 32 bits; prove_ranges() shows where they cannot.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chipchain/network/numerics.h"
#include "chipchain/network/table_function.h"
#include "chipchain/network/tensor.h"

namespace chipchain {

using TensorId = uint32_t;
inline constexpr TensorId kNoTensor = UINT32_MAX;

struct IntegerTensor {
    std::string name;
    Shape shape;
    QuantisedType quant;  // type, scale, zero point
    bool constant = false;
    std::vector<uint8_t> bytes;  // of a constant; s8 as bit patterns
};

enum class IntegerOp : uint8_t {
    conv,      // grouped, depthwise, dilated, strided convolution; weights constant
    matmul,    // batched matrix product; b constant or computed
    add,       // elementwise
    multiply,  // elementwise
    max_pool,
    average_pool,  // also global
    lookup,        // table of 256
    softmax,       // over the last axis
    layer_norm,    // over the last axis
    move,          // any copy: transpose, slice, concat, pad, repeat, zero insertion
};

// Geometry of conv and pools; 2-D, in the order h, w. 1-D networks have h = 1.
struct Window {
    int32_t kernel[2] = {1, 1};
    int32_t stride[2] = {1, 1};
    int32_t dilation[2] = {1, 1};
    int32_t pad_begin[2] = {0, 0};
    int32_t pad_end[2] = {0, 0};
    bool operator==(const Window&) const = default;
};

// One box of a move: element (i_0, .., i_r-1), 0 <= i_d < dims[d], goes from input[source_offset + sum i_d *
// source_strides[d]] to output[target_offset + sum i_d * target_strides[d]]; in elements. Boxes of one move write
// disjoint places.
struct MoveBox {
    uint32_t input = 0;  // index into IntegerNode::inputs
    std::vector<int64_t> dims;
    std::vector<int64_t> source_strides;  // may be 0 (repeat)
    std::vector<int64_t> target_strides;
    int64_t source_offset = 0;
    int64_t target_offset = 0;
};

// Layer normalisation over the last axis of C elements, exact but for one rounding (docs/numerics.md, layer_norm).
struct LayerNorm {
    std::vector<float> gamma;  // C; scale of each element
    std::vector<float> beta;   // C
    float epsilon = 1e-5F;
};

struct IntegerNode {
    std::string name;  // of the imported node
    IntegerOp op = IntegerOp::move;
    std::vector<TensorId> inputs;
    TensorId output = kNoTensor;

    // conv: inputs x [n,h,w,c], w [groups][kh][kw][c/groups][k/groups] (the K x N matrix of each group, N innermost);
    // output [n,oh,ow,k]. max_pool, average_pool: x [n,h,w,c].
    Window window;
    int32_t groups = 1;
    bool count_padding = false;  // average_pool: divisor is the kernel's area, else the cells inside

    // matmul: a [..,m,k], b [..,k,n] (same leading dimensions, or b of rank 2: one for all), output [..,m,n]
    // conv, matmul: acc[m][n] = sum_k (a - zero_a)(b - zero_b) + bias[n] mod 2^32, then requantise with rescale[n].
    std::vector<int32_t> bias;     // per output channel; empty: none
    std::vector<Rescale> rescale;  // one, or one per output channel
    Clamp clamp;                   // conv, matmul, average_pool

    // average_pool: acc = sum (x - zero); scale = fl32(s_x / fl32(s_y * count)), mode f32_rne.
    // max_pool, move: input and output have the same type, scale and zero point (lookups change scales).
    Elementwise elementwise;  // add, multiply: b's shape equals a's, or is a suffix of it (repeated over the rest)
    ByteTable table{};        // lookup
    std::array<uint32_t, 256> exponentials{};  // softmax
    LayerNorm norm;
    std::vector<MoveBox> boxes;  // move; what no box writes holds `fill`
    uint8_t fill = 0;            // byte pattern
};

struct IntegerNetwork {
    std::string name;
    std::vector<IntegerTensor> tensors;
    std::vector<IntegerNode> nodes;
    std::vector<TensorId> inputs;
    std::vector<TensorId> outputs;
};

// The types of an integer network's tensors.
[[nodiscard]] constexpr bool is_byte_type(DataType type) { return type == DataType::u8 || type == DataType::s8; }
// The number that a byte of a tensor of this type stands for.
[[nodiscard]] constexpr int32_t value_of(uint8_t bits, DataType type) {
    return type == DataType::s8 ? static_cast<int8_t>(bits) : static_cast<int32_t>(bits);
}
// The smallest and largest number of u8 or s8.
[[nodiscard]] constexpr int32_t lowest_of(DataType type) { return type == DataType::s8 ? -128 : 0; }
[[nodiscard]] constexpr int32_t highest_of(DataType type) { return type == DataType::s8 ? 127 : 255; }
// The largest |value - zero| of the type: max(zero - lowest, highest - zero).
[[nodiscard]] int32_t largest_offset(const QuantisedType& quant);

struct IntegerOpInfo {
    IntegerOp op;
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] const IntegerOpInfo& info(IntegerOp op);

[[nodiscard]] std::span<const IntegerOpInfo> integer_ops();

// Output height and width of a window on an input of h x w: floor((size + pads - dilation (kernel - 1) - 1) / stride)
// + 1, and 0 where the kernel does not fit.
[[nodiscard]] std::array<int64_t, 2> window_output(const Window& window, int64_t h, int64_t w);
// The rescale of an average of `count` cells: fl32(s_x / fl32(s_y * count)), f32_rne.
[[nodiscard]] Rescale average_rescale(float scale_x, float scale_y, int32_t count);
// Whether the rescale of every average of such a pool is finite and is no zero made by a divisor beyond binary32.
[[nodiscard]] bool averages_fit(const Window& window, bool count_padding, float scale_x, float scale_y);
// Multiplications of 8-bit operands in one run: n*oh*ow*k*kh*kw*c/groups of conv, m*n*k of matmul; else 0.
[[nodiscard]] int64_t multiply_count(const IntegerNetwork& network, const IntegerNode& node);
// What breaks a convention above, one text per fault, naming the node; empty when well formed.
[[nodiscard]] std::vector<std::string> faults(const IntegerNetwork& network);
// SHA-256 of everything that fixes values.
[[nodiscard]] std::string network_hash(const IntegerNetwork& network);

// The largest magnitude that any partial sum of each node can reach in any order, from its actual weights:
// sum_k max|a - zero_a| * |w - zero_w| + |bias|.
struct RangeProof {
    struct Row {
        uint32_t node = 0;
        int64_t bound = 0;
        bool fits = false;  // below 2^31: no partial sum can wrap, whatever the order
    };
    std::vector<Row> rows;  // conv, matmul, average_pool
    [[nodiscard]] bool holds() const;
};
[[nodiscard]] RangeProof prove_ranges(const IntegerNetwork& network);

}  // namespace chipchain
