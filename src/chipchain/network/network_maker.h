// Builds quantised networks in ONNX form node by node: the hands of reference_networks.cc and of tests.
#pragma once

#include <string>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/network/network.h"
#include "chipchain/network/table_function.h"

namespace chipchain {

// An 8-bit value under construction: id, what its bytes stand for, shape in ONNX's order.
struct Made {
    ValueId id = kNoValue;
    QuantisedType quant;
    Shape shape;
};

struct MadeConv {
    int64_t channels = 1;  // of the output
    int64_t kernel_h = 1;
    int64_t kernel_w = 1;
    int64_t stride = 1;
    int64_t pad = 0;  // on all four sides
    int64_t groups = 1;
    int64_t dilation = 1;
    bool relu = false;  // u8 with zero point 0: the type is the Relu
    DataType weight_type = DataType::s8;
    bool per_channel = true;
    bool bias = true;
};

class NetworkMaker {
 public:
    NetworkMaker(std::string name, uint64_t seed);

    // a float input with its QuantizeLinear
    Made input(Shape shape, const QuantisedType& quant);
    Made byte_input(Shape shape, const QuantisedType& quant);
    void output(const Made& value) { network_.outputs.push_back(value.id); }
    // a constant 8-bit tensor of random bytes
    Made constant(Shape shape, const QuantisedType& quant);

    // QLinearConv: its scales let an input of full spread become an output of full spread
    Made conv(const Made& x, const MadeConv& shape);
    Made qdq_conv(const Made& x, const MadeConv& shape);
    Made conv_transpose(const Made& x, int64_t channels, int64_t kernel, int64_t stride, int64_t pad);
    // QLinearMatMul with constant weights of `columns`, or of two values; QDQ Gemm with bias
    Made matmul(const Made& a, int64_t columns);
    Made matmul(const Made& a, const Made& b);
    Made gemm(const Made& a, int64_t columns);
    // DequantizeLinear of the inputs, the operator, QuantizeLinear
    Made add(const Made& a, const Made& b, bool relu = false);
    Made multiply(const Made& a, const Made& b);
    Made function(const std::string& op, const Made& x, const QuantisedType& y, std::vector<Attribute> attributes = {});
    Made scale_by(const Made& x, float factor);
    Made softmax(const Made& x);
    Made layer_norm(const Made& x);
    Made global_average(const Made& x);
    Made average_pool(const Made& x, int64_t kernel, int64_t stride, int64_t pad, bool count_padding);
    // on bytes
    Made max_pool(const Made& x, int64_t kernel, int64_t stride, int64_t pad);
    Made reshape(const Made& x, Shape shape);
    Made transpose(const Made& x, std::vector<int64_t> order);
    Made slice(const Made& x, int64_t axis, int64_t start, int64_t end);
    Made resize(const Made& x, int64_t factor);
    Made concat(const std::vector<Made>& parts, int64_t axis);  // QDQ, scales may differ
    Made pad(const Made& x, std::vector<int64_t> pads);

    // A quantised type of that kind with a drawn scale about 2^exponent and a drawn zero point (relu: u8, 0).
    QuantisedType type_of(DataType type, int exponent, bool relu = false);
    uint32_t draw();  // next random word
    [[nodiscard]] Network finish() { return std::move(network_); }

    // pieces for networks of one's own
    ValueId value(const std::string& name, DataType type, Shape shape);
    ValueId tensor(Tensor tensor, const std::string& name);
    ValueId number(float x);
    ValueId zero_point(const QuantisedType& quant);
    ValueId integers(std::vector<int64_t> values);
    ValueId dequantised(const Made& x);
    Made quantised(ValueId x, const QuantisedType& quant, const Shape& shape);
    ValueId node(
        const std::string& op,
        std::vector<ValueId> inputs,
        DataType type,
        Shape shape,
        std::vector<Attribute> attributes = {});

 private:
    struct Weights {
        ValueId id = kNoValue;
        ValueId scale = kNoValue;
        ValueId zero = kNoValue;
        ValueId bias = kNoValue;
        ValueId bias_scale = kNoValue;
        QuantisedType y;
    };
    Weights weights(const Made& x, const Shape& shape, int64_t channels, int64_t depth, const MadeConv& options);
    std::vector<Attribute> conv_attributes(const MadeConv& shape);
    [[nodiscard]] Shape conv_shape(const Made& x, const MadeConv& shape) const;

    Network network_;
    RandomSource random_;
    uint64_t drawn_ = 0;
    RandomWords words_{};
};

}  // namespace chipchain
