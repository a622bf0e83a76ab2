// Shared by quantise*.cc only. Three steps: ranges of all float values on the calibration inputs; the float network in
// simpler terms (prepare); node by node into bytes (quantise.cc).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/network/quantise.h"
#include "chipchain/network/table_function.h"

namespace chipchain {

// What a float value was seen to be; low <= high.
struct ValueRange {
    float low = 0;
    float high = 0;
    bool seen = false;
};

// u8 over [low, high] widened to hold zero; scale 1 for a range that is only zero.
[[nodiscard]] QuantisedType quantised_range(const ValueRange& range);
// By ValueId; constants have the range of their elements. Errors: those of evaluate(), quantise-range, onnx-input (no
// calibration inputs).
[[nodiscard]] Result<std::vector<ValueRange>>
calibrate(const Network& network, const std::vector<std::vector<Tensor>>& calibration, const QuantiseOptions& options);

// x rounded to an integer, ties to even; |x| < 2^51
[[nodiscard]] double round_even(double x);

// s8 weights with zero point 0: scale = largest magnitude / 127, one per channel or one for all.
struct QuantisedWeights {
    Tensor bytes;
    std::vector<float> scales;
    std::vector<int32_t> bias;  // in units of scale_x * scale; empty without bias
};
// weights: [channels, rest], or [rest, channels] where channels_last. A scale is widened where the bias would not fit.
[[nodiscard]] QuantisedWeights quantise_weights(
    const Tensor& weights,
    bool channels_last,
    bool per_channel,
    std::span<const float> bias,
    float scale_x);

// A network that is being rewritten: nodes are replaced in place, values keep their ids.
class Rewriter {
 public:
    Rewriter(Network network, std::vector<ValueRange> ranges, const QuantiseOptions& options);
    // Batch normalisation, biases and constant factors into weights; hard swish and layer normalisation as one node;
    // attributes as inputs; reshapes of all kinds as Reshape; Resize that interpolates as MatMul; Gemm as MatMul with a
    // third input, its bias (no operator of ONNX: only here).
    void prepare();

    Network network;
    std::vector<ValueRange> ranges;

    [[nodiscard]] bool is_constant(ValueId id) const {
        return id != kNoValue && network.values[id].constant.has_value();
    }
    [[nodiscard]] const Tensor* constant(const Node& node, size_t i) const;
    // the only element of a constant f32 tensor
    [[nodiscard]] std::optional<float> scalar(ValueId id) const;
    // the only node that reads a value, if it is no output of the network; else nullptr
    [[nodiscard]] Node* only_reader(ValueId id);
    [[nodiscard]] Node* writer(ValueId id);
    [[nodiscard]] bool kept_float(const Node& node) const;
    [[nodiscard]] static bool has_input(const Node& node, size_t i);
    // does a node or the network read it?
    [[nodiscard]] bool is_wanted(ValueId id) const;
    // is an output beyond the first wanted? Those of Split are alike and no extra ones
    [[nodiscard]] bool extra_output(const Node& node) const;
    // would the node as it stands mean something else in the operator set of the network that is made?
    [[nodiscard]] bool changed_since(const Node& node) const;
    ValueId add_constant(Tensor tensor, const std::string& name);
    ValueId add_value(const Shape& shape, const std::string& name, const ValueRange& range);

 private:
    void replace_uses(ValueId old, ValueId by);
    bool simplify(size_t at);
    void modernise(Node node);
    void modernise_rows(Node node);
    void modernise_axis(Node& node);
    void attributes_to_inputs(Node& node);
    bool shape_to_reshape(Node& node);
    bool mean_to_pool(size_t at);
    bool binary_to_sum(size_t at);
    bool resize_to_matmul(size_t at);  // quantise_resize.cc
    bool gemm_to_matmul(Node& node);
    bool normalisation_to_conv(Node& node);
    bool fold_normalisation(Node& node);
    bool fold_channel_constant(Node& node);
    bool fold_hard_swish(Node& node);
    // node takes over the outputs of its only reader, which goes
    static void erase_into(Node& reader, Node& node);
    // erases nodes whose outputs nobody reads any more
    void erase_unread();
    // quantise_layer_norm.cc
    bool fold_layer_norm(Node& div);
    Node* writer_of(ValueId id, std::string_view op);
    ValueId mean_of_last(ValueId id);
    ValueId centred(ValueId id);
    const Tensor* next_vector(ValueId id, std::string_view op, int64_t channels, Node** next);

    const QuantiseOptions& options_;
    std::vector<std::string> also_kept_;  // nodes made around those kept float
    int64_t original_opset_ = 0;
};

[[nodiscard]] Tensor float_tensor(const Shape& shape, std::span<const float> values);
[[nodiscard]] Tensor integer_tensor(std::span<const int64_t> values);  // s64, of rank 1
[[nodiscard]] bool is_float(const NetworkValue& value);

}  // namespace chipchain
