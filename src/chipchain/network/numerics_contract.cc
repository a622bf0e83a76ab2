// The rows of the numerics contract, and docs/numerics.md, which is made of them.
#include <array>

#include <fmt/format.h>

#include "chipchain/network/numerics.h"
#include "chipchain/network/numerics_page.h"
#include "chipchain/network/table_function.h"

namespace chipchain {
namespace {

constexpr std::string_view kIntegerAccumulator =
    "32 bits, two's complement; sums wrap modulo 2^32, so that only the total counts; a range proof per network says "
    "where no partial sum can reach 2^31 in any order";
constexpr std::string_view kNoPadding = "none";
constexpr std::string_view kZeroPadding = "padded places hold the zero point of x: they add nothing to a sum";

constexpr auto kContract = std::to_array<ContractRow>({
    {"conv",
     "x: u8 or s8, n h w c, scale s_x, zero z_x; w: u8 or s8 constant, scale s_w (one, or one per output channel), "
     "zero "
     "z_w; bias: s32 in units of s_x s_w; y: u8 or s8, scale s_y, zero z_y",
     kIntegerAccumulator,
     "any",
     "acc = sum (x - z_x)(w - z_w) + bias; then the node's requantisation, f32_rne with scale "
     "fl(fl(s_x s_w) / s_y) unless lowered otherwise; a fused ReLU or clip narrows low and high",
     kZeroPadding,
     "ONNX QLinearConv, ConvInteger; ONNX Runtime 1.30 (MLAS requantisation: rounded before the zero point is added)"},
    {"matmul",
     "a: u8 or s8, scale s_a, zero z_a; b: u8 or s8, computed or constant, scale s_b (one, or one per column), zero "
     "z_b; "
     "bias as in conv; y: u8 or s8",
     kIntegerAccumulator,
     "any",
     "acc = sum (a - z_a)(b - z_b) + bias; then as conv",
     kNoPadding,
     "ONNX QLinearMatMul, MatMulInteger; ONNX Runtime 1.30"},
    {"add",
     "a, b, y: u8 or s8, each with scale and zero point",
     "none",
     "one operation per element",
     "q(fl(fl(s_a (a - z_a)) + fl(s_b (b - z_b)))): binary32, each of the three operations rounded to nearest even, "
     "then "
     "quantise; no fused multiply-add and no folded constants",
     kNoPadding,
     "ONNX DequantizeLinear, Add, QuantizeLinear. Not com.microsoft QLinearAdd, whose value depends on the host"},
    {"multiply",
     "a, b, y: u8 or s8, each with scale and zero point",
     "none",
     "one operation per element",
     "q(fl(fl(s_a (a - z_a)) fl(s_b (b - z_b)))), as add",
     kNoPadding,
     "ONNX DequantizeLinear, Mul, QuantizeLinear"},
    {"max_pool",
     "x, y: the same of u8 or s8, same scale and zero point",
     "none",
     "any",
     "exact: the largest element of the window",
     "padded places are left out of the maximum",
     "ONNX MaxPool"},
    {"average_pool",
     "x, y: u8 or s8, each with scale and zero point",
     kIntegerAccumulator,
     "any",
     "acc = sum (x - z_x); requantised f32_rne with scale fl(s_x / fl(s_y fl(count))); count: the cells of the window "
     "inside x, or all cells of the kernel where the node says count_padding",
     "padded places hold the zero point of x",
     "com.microsoft QLinearGlobalAveragePool; ONNX AveragePool for count"},
    {"lookup",
     "x, y: u8 or s8; a table of 256 bytes, addressed by the bit pattern of x",
     "none",
     "one operation per element",
     "entry = clamp(rne(f((x - z_x) s_x) / s_y) + z_y), rounded once from the exact real value (MPFR, 256 bits); the "
     "program carries the bytes and names them by SHA-256",
     kNoPadding,
     "ONNX DequantizeLinear, f, QuantizeLinear, up to the rounding of the float function f"},
    {"softmax",
     "x: u8 or s8, scale s_x; y: u8 or s8, scale s_y = m 2^-k exactly with m below 2^24; a table e[d] = rne(2^23 "
     "exp(-s_x d)), d = 0..255, made with MPFR",
     "64 bits, exact: sum e_j of at most 2^31 - 1 elements of at most 2^23",
     "any",
     "d_i = max x - x_i; y_i = clamp(rne(e[d_i] 2^k / (m sum_j e[d_j])) + z_y): one quotient of two integers, ties to "
     "even",
     kNoPadding,
     "ONNX Softmax on the last axis, in integers"},
    {"layer_norm",
     "x: u8 or s8, C <= 65,536 elements of the last axis, scale s_x; gamma, beta: C binary32 numbers; epsilon: "
     "binary32; "
     "y: u8 or s8, scale s_y. Constants: gamma' = rne(2^24 gamma / s_y) and beta' = rne(2^24 beta / s_y), saturated to "
     "+-2^47; epsilon' = rne(2^48 epsilon / s_x^2), saturated to 2^76; each the exact quotient rounded once",
     "128 bits, exact: sums of x and of squares",
     "any",
     "D_i = C x_i - sum x; W = floor(2^48 sum D_j^2 / C) + epsilon' C^2; S = floor(sqrt W); P = rne(2^88 / S), 0 for S "
     "= 0; y_i = clamp(rne((gamma'_i D_i P + 2^64 beta'_i) / 2^88) + z_y)",
     kNoPadding,
     "ONNX LayerNormalization on the last axis, in integers"},
    {"move",
     "any bytes",
     "none",
     "any",
     "exact copies",
     "what no box of the move writes holds the byte the node states",
     "ONNX Transpose, Slice, Concat, Pad, Reshape, Split, Expand, Tile, nearest Resize, Gather by constants"},
    {"requantise f32_rne",
     "acc: s32; scale: binary32; zero, low, high of y",
     "none",
     "one operation per element",
     "f = fl(acc), p = fl(f scale), both to nearest even; limited to [low - zero, high - zero]; rounded to an integer, "
     "ties to even; zero added last. NaN gives low",
     kNoPadding,
     "ONNX Runtime 1.30, MLAS requantisation"},
    {"requantise i32_single",
     "acc: s32; multiplier in [2^30, 2^31); shift in 2..62",
     "64 bits, never exceeded",
     "one operation per element",
     "(acc multiplier + 2^(shift - 1)) >> shift (arithmetic: ties upwards); zero added; limited to [low, high]",
     kNoPadding,
     "TOSA 1.0 RESCALE, SINGLE_ROUND; TFLite with single rounding"},
    {"requantise i32_double",
     "acc: s32; multiplier in [2^30, 2^31); shift in 2..62",
     "64 bits, never exceeded",
     "one operation per element",
     "as i32_single, with 2^30 added before the shift for acc >= 0 and subtracted for acc < 0 where shift > 31; zero "
     "added; limited to [low, high]",
     kNoPadding,
     "TOSA 1.0 RESCALE, DOUBLE_ROUND; gemmlowp's two roundings"},
    {"quantise",
     "x: binary32; scale: binary32; zero, low, high of y",
     "none",
     "one operation per element",
     "fl(x / scale), a division to nearest even; limited, rounded and zero added as in f32_rne. NaN gives low",
     kNoPadding,
     "ONNX QuantizeLinear"},
    {"dequantise",
     "x: u8, s8 or s32; scale: binary32; zero",
     "none",
     "one operation per element",
     "fl(fl(x - zero) scale), x - zero modulo 2^32",
     kNoPadding,
     "ONNX DequantizeLinear"},
    {"dot fp8_e4m3",
     "a, b: E4M3 with NaN 0x7f and 0xff, without infinities, at most 2^27 products",
     "64 bits, exact, in units of 2^-18",
     "any",
     "the exact sum rounded once to binary32, ties to even; an exact zero is +0; a NaN among the operands gives "
     "0x7fc00000",
     kNoPadding,
     "OCP 8-bit floating point 1.0 (operands); the sum is ours"},
    {"dot bf16",
     "a, b: bf16, subnormal numbers kept",
     "exact within a chunk of 32 products (640 bits, in units of 2^-266), binary32 across chunks",
     "within a chunk any; chunks of 32 products in ascending k, a trailing part is a chunk of its own; chunk sums are "
     "added in ascending order, starting from +0",
     "one rounding to binary32 per chunk and one per addition, ties to even; overflow gives infinity; NaN is "
     "0x7fc00000",
     kNoPadding,
     "ours"},
});

std::string row_text(const ContractRow& row) {
    return fmt::format(
        "### {}\n\n- operands: {}\n- accumulator: {}\n- order: {}\n- value: {}\n- padding: {}\n- source: {}\n\n",
        row.operation,
        row.operands,
        row.accumulator,
        row.order,
        row.rounding,
        row.padding,
        row.source);
}

std::string bounds_text() {
    std::string text =
        "## Products that an accumulator holds\n\nProducts of any values (zero points 0) whose sum cannot reach 2^31, "
        "in any "
        "order. Beyond, the range proof of the network at hand decides (`prove_ranges`).\n\n| operands | products "
        "|\n|---|---|\n";
    using Pair = std::pair<DataType, DataType>;
    for (const auto& [a, b] :
         {Pair{DataType::s8, DataType::s8}, Pair{DataType::u8, DataType::s8}, Pair{DataType::u8, DataType::u8}}) {
        text += fmt::format("| {} x {} | {} |\n", info(a).name, info(b).name, safe_terms(a, b));
    }
    return text + "\n";
}

std::string parameters_text(const TableFunctionInfo& row) {
    if (row.formula.find("beta") != std::string_view::npos) return fmt::format("{:g}, {:g}", row.alpha, row.beta);
    if (row.formula.find("alpha") != std::string_view::npos) return fmt::format("{:g}", row.alpha);
    return "";
}

std::string tables_text() {
    const QuantisedType x{DataType::u8, 0.0625F, 128};
    const QuantisedType y{DataType::u8, 0.03125F, 128};
    std::string text =
        "## Table functions\n\nThe hash is that of the table from x (u8, scale 1/16, zero 128) to y (u8, scale 1/32, "
        "zero "
        "128) with the parameters' defaults, alpha and beta, as binary32.\n\n| function | value | defaults | SHA-256 "
        "|\n|---|---|---|---|\n";
    for (const TableFunctionInfo& row : table_functions()) {
        std::string formula(row.formula);
        for (size_t at = formula.find('|'); at != std::string::npos; at = formula.find('|', at + 2)) {
            formula.insert(at, "\\");
        }
        text += fmt::format(
            "| {} | {} | {} | `{}` |\n",
            row.name,
            formula,
            parameters_text(row),
            table_hash(make_table(row.function, x, y, row.alpha, row.beta)));
    }
    text += fmt::format(
        "| softmax exponentials | rne(2^23 exp(-s_x d)), s_x = 1/16 | | `{}` |\n",
        table_hash(softmax_table(0.0625F)));
    return text;
}

}  // namespace

std::span<const ContractRow> numerics_contract() { return kContract; }

std::string numerics_page() {
    std::string page = fmt::format(
        "# Chip numerics contract, version {}\n\n"
        "Made from the contract's rows by `CHIPCHAIN_UPDATE=1`; do not edit.\n\n"
        "What every operation of an integer network computes, to the bit, on every version of a chip. No figure of a "
        "chip "
        "enters: a description of a chip has no field that could change a value. fl(..) is one IEEE 754 binary32 "
        "operation "
        "rounded to nearest, ties to even, subnormal numbers kept; rne(..) is an integer, ties to even. There is no "
        "fused "
        "multiply-add, no reassociation and no function of the host's mathematics library. Every binary32 step exists "
        "twice "
        "in the code, on hardware floats and in integers alone; tests prove the two equal.\n\n## Operations\n\n",
        kNumericsVersion);
    for (const ContractRow& row : kContract) page += row_text(row);
    return page + bounds_text() + tables_text();
}

}  // namespace chipchain
