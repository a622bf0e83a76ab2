// For tests only: random quantised networks in ONNX operators, with inputs, whose values are aimed at what goes wrong:
// exact ties of requantisation with even and odd zero points at the ends of their ranges, accumulators at 2^24 and
// 2^31, sums that wrap, subnormal scales. Equal seeds give equal networks with every compiler: no two draws stand in
// one expression whose order is not fixed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/network/network.h"

namespace chipchain::testing {

enum class RandomKind : uint8_t {
    quantise,         // QuantizeLinear, per tensor and per axis
    dequantise,       // DequantizeLinear
    conv,             // QLinearConv: grouped, depthwise, strided, dilated, padded, per channel, with bias
    conv_ties,        // QLinearConv whose accumulators lie beside ties above 2^24 and beside 2^31
    matmul,           // QLinearMatMul, up to 4,000 products, batched, per column
    matmul_wrapping,  // QLinearMatMul whose sums exceed 32 bits
    matmul_integer,   // MatMulInteger, up to 40,000 products
    conv_integer,     // ConvInteger
    max_pool,         // MaxPool of u8 and s8
    add,              // DequantizeLinear, Add, QuantizeLinear
    multiply,         // DequantizeLinear, Mul, QuantizeLinear
    average_pool,     // com.microsoft QLinearGlobalAveragePool
    qdq_conv,         // DequantizeLinear, Conv, Relu or Clip or neither, QuantizeLinear
    chain,            // ten operators from a float image to a float vector, with a residual sum
};
[[nodiscard]] std::string_view name_of(RandomKind kind);
[[nodiscard]] std::vector<RandomKind> random_kinds();

struct RandomCase {
    std::string name;
    Network network;  // shapes of inputs and outputs declared
    std::vector<std::vector<Tensor>> runs;
    bool mixed_signs = false;    // multiplies u8 by s8: exact in ONNX Runtime on hosts with VNNI only
    bool float_inside = false;   // sums in floats unless QDQ patterns are fused: evaluate() is not exact
    bool fused_differs = false;  // ONNX Runtime fuses it to QLinearAdd or QLinearMul, whose value depends on the host
    bool not_for_chips = false;  // yields s32, or has a scale per axis: lower() refuses it
};
[[nodiscard]] RandomCase random_case(RandomKind kind, uint64_t seed);

// Random numbers of a test, one after the other.
class Draws {
 public:
    explicit Draws(uint64_t seed, uint32_t entity = 0) : source_{.seed = seed}, entity_(entity) {}
    [[nodiscard]] uint32_t word();
    [[nodiscard]] int64_t between(int64_t low, int64_t high);  // both included
    [[nodiscard]] bool chance(uint32_t percent) { return word() % 100 < percent; }
    template <class T>
    [[nodiscard]] T one_of(std::initializer_list<T> values) {
        return *(values.begin() + static_cast<std::ptrdiff_t>(word() % values.size()));
    }

 private:
    RandomSource source_;
    uint32_t entity_;
    uint64_t index_ = 0;
    RandomWords words_{};
};

// Makes a network node by node; values are named by their ids.
class NetworkBuilder {
 public:
    explicit NetworkBuilder(std::string name, int64_t opset = 13);
    ValueId input(DataType type, Shape shape);
    ValueId constant(Tensor tensor);
    ValueId scalar(float value);
    ValueId byte(DataType type, int32_t value);
    // adds a node with one output of that type and shape
    ValueId node(
        std::string_view op,
        std::vector<ValueId> inputs,
        DataType type,
        Shape shape,
        std::vector<Attribute> attributes = {},
        std::string_view domain = "");
    void output(ValueId value) { network_.outputs.push_back(value); }
    [[nodiscard]] Network take() { return std::move(network_); }
    [[nodiscard]] const NetworkValue& value(ValueId id) const { return network_.values[id]; }

 private:
    ValueId add(DataType type, Shape shape);
    Network network_;
};
[[nodiscard]] Tensor floats(Shape shape, const std::vector<float>& values);

}  // namespace chipchain::testing
