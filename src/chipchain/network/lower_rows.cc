// The table of operators that lower() knows.
#include "chipchain/network/lower_internal.h"

namespace chipchain {

namespace {

constexpr std::string_view kMicrosoft = "com.microsoft";
constexpr std::string_view kFunction = "between DequantizeLinear and QuantizeLinear, as a table of 256";
constexpr std::string_view kScalar = "with a scalar constant, as a table of 256";

}  // namespace

using L = Lowering;

constexpr L::Row L::kRows[] = {
    {"", "QuantizeLinear", "to u8 or s8, one scale per tensor", &L::lower_quantize},
    {"", "DequantizeLinear", "of u8 and s8; of weights with one scale per channel", &L::lower_dequantize},
    {"", "QLinearConv", "1-D, 2-D, grouped, dilated, auto_pad, scales per channel", &L::lower_qlinear_conv},
    {"", "QLinearMatMul", "batched, constant or computed, scales per column", &L::lower_qlinear_matmul},
    {"", "Conv", "QDQ; 1-D, 2-D, grouped, dilated, auto_pad, int32 bias", &L::lower_conv},
    {"", "ConvTranspose", "QDQ; 1-D, 2-D, as a convolution on spread cells", &L::lower_conv},
    {"", "MatMul", "QDQ; batched", &L::lower_matmul},
    {"", "Gemm", "QDQ; alpha and beta 1, int32 bias", &L::lower_gemm},
    {"", "Add", "QDQ; broadcast; or with a scalar constant", &L::lower_binary},
    {"", "Mul", "QDQ; broadcast; or with a scalar constant; x Sigmoid(x)", &L::lower_binary},
    {"", "Sub", kScalar, &L::lower_binary},
    {"", "Div", kScalar, &L::lower_binary},
    {"", "Max", kScalar, &L::lower_binary},
    {"", "Min", kScalar, &L::lower_binary},
    {"", "MaxPool", "1-D, 2-D, on 8 bits and QDQ, without indices", &L::lower_max_pool},
    {"", "GlobalMaxPool", "on 8 bits and QDQ", &L::lower_max_pool},
    {"", "AveragePool", "QDQ; 1-D, 2-D", &L::lower_average_pool},
    {"", "GlobalAveragePool", "QDQ", &L::lower_average_pool},
    {"", "ReduceMean", "QDQ; over the last axes", &L::lower_reduce_mean},
    {"", "Softmax", "QDQ; any axis from opset 13 on", &L::lower_softmax},
    {"", "LayerNormalization", "QDQ; over the last axis", &L::lower_layer_norm},
    {"", "Relu", kFunction, &L::lower_unary},
    {"", "Clip", kFunction, &L::lower_unary},
    {"", "LeakyRelu", kFunction, &L::lower_unary},
    {"", "Sigmoid", kFunction, &L::lower_unary},
    {"", "Tanh", kFunction, &L::lower_unary},
    {"", "HardSigmoid", kFunction, &L::lower_unary},
    {"", "HardSwish", kFunction, &L::lower_unary},
    {"", "Gelu", kFunction, &L::lower_unary},
    {kMicrosoft, "Gelu", kFunction, &L::lower_unary},
    {"", "Erf", kFunction, &L::lower_unary},
    {"", "Exp", kFunction, &L::lower_unary},
    {"", "Log", kFunction, &L::lower_unary},
    {"", "Sqrt", kFunction, &L::lower_unary},
    {"", "Reciprocal", kFunction, &L::lower_unary},
    {"", "Elu", kFunction, &L::lower_unary},
    {"", "Softplus", kFunction, &L::lower_unary},
    {"", "Neg", kFunction, &L::lower_unary},
    {"", "Abs", kFunction, &L::lower_unary},
    {"", "Identity", "", &L::lower_identity},
    {"", "Dropout", "as in inference", &L::lower_identity},
    {"", "Transpose", "", &L::lower_transpose},
    {"", "Reshape", "", &L::lower_reshape},
    {"", "Flatten", "", &L::lower_reshape},
    {"", "Squeeze", "", &L::lower_reshape},
    {"", "Unsqueeze", "", &L::lower_reshape},
    {"", "Expand", "", &L::lower_expand},
    {"", "Slice", "constant bounds", &L::lower_slice},
    {"", "Split", "", &L::lower_split},
    {"", "Gather", "constant indices", &L::lower_gather},
    {"", "Pad", "mode constant", &L::lower_pad},
    {"", "Concat", "inputs of different scales too", &L::lower_concat},
    {"", "Resize", "nearest", &L::lower_resize},
    {"", "Upsample", "nearest", &L::lower_resize},
    {"", "DepthToSpace", "", &L::lower_blocks},
    {"", "SpaceToDepth", "", &L::lower_blocks},
    {kMicrosoft, "QLinearAveragePool", "by the contract's formula", &L::lower_qlinear_average_pool},
    {kMicrosoft, "QLinearGlobalAveragePool", "by the contract's formula", &L::lower_qlinear_average_pool},
    {kMicrosoft, "QLinearConcat", "", &L::lower_qlinear_concat},
    {kMicrosoft, "QLinearSigmoid", "by the contract's table", &L::lower_qlinear_unary},
    {kMicrosoft, "QLinearLeakyRelu", "", &L::lower_qlinear_unary},
    {kMicrosoft, "QuantizeLinear", "as in ai.onnx", &L::lower_quantize},
    {kMicrosoft, "DequantizeLinear", "as in ai.onnx", &L::lower_dequantize},
    {kMicrosoft, "QLinearAdd", "refused: use DequantizeLinear, Add, QuantizeLinear", &L::lower_refused},
    {kMicrosoft, "QLinearMul", "refused: use DequantizeLinear, Mul, QuantizeLinear", &L::lower_refused},
};

std::span<const Lowering::Row> Lowering::rows() { return kRows; }

}  // namespace chipchain
