#include "chipchain/base/check.h"
#include "chipchain/network/golden.h"

namespace chipchain {

namespace {

int32_t offset_at(const IntegerNetwork& network, TensorId id, const TensorBytes& values, int64_t place) {
    const QuantisedType& quant = network.tensors[id].quant;
    return value_of(values[id][static_cast<size_t>(place)], quant.type) - quant.zero;
}

void add_conv_terms(
    const IntegerNetwork& network,
    const IntegerNode& node,
    const TensorBytes& values,
    int64_t place,
    SumTerms& terms) {
    const Shape& x = network.tensors[node.inputs[0]].shape;
    const Shape& y = network.tensors[node.output].shape;
    const bool is_conv = node.op == IntegerOp::conv;
    const Shape w = is_conv ? network.tensors[node.inputs[1]].shape : Shape{1, 1, 1, 1, 1};
    const Window& window = node.window;
    const int64_t k = place % y[3];
    const int64_t column = place / y[3] % y[2];
    const int64_t row = place / (y[3] * y[2]) % y[1];
    const int64_t image = place / (y[3] * y[2] * y[1]);
    const int64_t group = is_conv ? k / w[4] : 0;
    for (int64_t i = 0; i < window.kernel[0]; ++i) {
        const int64_t h = row * window.stride[0] + i * window.dilation[0] - window.pad_begin[0];
        for (int64_t j = 0; j < window.kernel[1]; ++j) {
            const int64_t v = column * window.stride[1] + j * window.dilation[1] - window.pad_begin[1];
            if (h < 0 || h >= x[1] || v < 0 || v >= x[2]) continue;
            const int64_t cell = ((image * x[1] + h) * x[2] + v) * x[3];
            if (!is_conv) {
                terms.products.push_back(offset_at(network, node.inputs[0], values, cell + k));
                continue;
            }
            for (int64_t c = 0; c < w[3]; ++c) {
                const int64_t weight = (((group * w[1] + i) * w[2] + j) * w[3] + c) * w[4] + k % w[4];
                terms.products.push_back(
                    offset_at(network, node.inputs[0], values, cell + group * w[3] + c) *
                    offset_at(network, node.inputs[1], values, weight));
            }
        }
    }
}

void add_matmul_terms(
    const IntegerNetwork& network,
    const IntegerNode& node,
    const TensorBytes& values,
    int64_t place,
    SumTerms& terms) {
    const Shape& a = network.tensors[node.inputs[0]].shape;
    const Shape& b = network.tensors[node.inputs[1]].shape;
    const int64_t depth = a.back();
    const int64_t columns = b.back();
    const int64_t row = place / columns;
    const int64_t batch = b.size() == 2 ? 0 : row / a[a.size() - 2];
    for (int64_t k = 0; k < depth; ++k) {
        terms.products.push_back(
            offset_at(network, node.inputs[0], values, row * depth + k) *
            offset_at(network, node.inputs[1], values, (batch * depth + k) * columns + place % columns));
    }
}

}  // namespace

SumTerms sum_terms(const IntegerNetwork& network, const IntegerNode& node, const TensorBytes& values, int64_t place) {
    SumTerms terms;
    terms.clamp = node.clamp;
    if (node.op == IntegerOp::matmul) {
        add_matmul_terms(network, node, values, place, terms);
    } else {
        CHECK(node.op == IntegerOp::conv || node.op == IntegerOp::average_pool);
        add_conv_terms(network, node, values, place, terms);
    }
    if (node.op == IntegerOp::average_pool) {
        const auto inside = static_cast<int32_t>(terms.products.size());
        const int32_t cells = node.window.kernel[0] * node.window.kernel[1];
        terms.rescale = average_rescale(
            network.tensors[node.inputs[0]].quant.scale,
            network.tensors[node.output].quant.scale,
            node.count_padding ? cells : inside);
        return terms;
    }
    const auto channel = static_cast<size_t>(place % network.tensors[node.output].shape.back());
    if (!node.bias.empty()) terms.bias = node.bias[channel];
    terms.rescale = node.rescale.size() == 1 ? node.rescale[0] : node.rescale[channel];
    return terms;
}

}  // namespace chipchain
