// Functions of one 8-bit value as tables of 256 entries, and the tables of softmax and layer normalisation. Entries are
// computed with MPFR at 256 bits and rounded once, so that they are the same on every host; a table is named by the
// SHA-256 of its bytes, and a program carries the bytes: no chip and no host computes a transcendental function.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/network/numerics.h"

namespace chipchain {

enum class TableFunction : uint8_t {
    identity,  // change of scale
    relu,
    leaky_relu,  // alpha
    clip,        // alpha = low, beta = high
    sigmoid,
    tanh,
    hard_sigmoid,  // max(0, min(1, alpha x + beta))
    hard_swish,    // x max(0, min(1, x / 6 + 1 / 2))
    swish,         // x sigmoid(alpha x)
    gelu,          // x (1 + erf(x / sqrt 2)) / 2
    gelu_tanh,
    erf,
    exp,
    log,
    sqrt,
    reciprocal,
    elu,  // alpha
    softplus,
    negate,
    absolute,
};

struct TableFunctionInfo {
    TableFunction function;
    std::string_view name;
    std::string_view onnx_op;  // empty: no operator of its own
    std::string_view formula;
    double alpha = 0;  // ONNX default of the parameters
    double beta = 0;
};
[[nodiscard]] const TableFunctionInfo& info(TableFunction function);
[[nodiscard]] std::span<const TableFunctionInfo> table_functions();

struct QuantisedType {
    DataType type = DataType::u8;  // u8 or s8
    float scale = 1;
    int32_t zero = 0;
    bool operator==(const QuantisedType&) const = default;
};
[[nodiscard]] Clamp clamp_of(const QuantisedType& q);

// entry[byte pattern of x] = byte pattern of y = clamp(rne(f((x - zx) * sx) / sy) + zy), rounded once from the exact
// real value; undefined values (log of a negative, reciprocal of zero) give the clamp's low end. alpha, beta: where the
// function has them (TableFunctionInfo); finite.
using ByteTable = std::array<uint8_t, 256>;
[[nodiscard]] ByteTable
make_table(TableFunction function, const QuantisedType& x, const QuantisedType& y, double alpha, double beta);

// entry[d] = rne(2^23 exp(-scale d)), d = 0..255: softmax of values that lie d steps below the largest.
[[nodiscard]] std::array<uint32_t, 256> softmax_table(float scale);

// SHA-256 of a table's bytes, numbers little-endian: the name of the table in contracts and programs.
[[nodiscard]] std::string table_hash(const ByteTable& table);
[[nodiscard]] std::string table_hash(const std::array<uint32_t, 256>& table);

}  // namespace chipchain
