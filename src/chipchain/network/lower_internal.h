// Shared by lower*.cc only. A Lowering walks the imported nodes once and keeps for every value what it has become.
//
// Movement of data costs nothing while it can be described: a value is a TensorView, a strided box of a tensor, and
// becomes a tensor of its own only when an operation needs it dense (materialise). So a network in the order n, c, h, w
// runs on tensors in the order n, h, w, c without a copy between its convolutions.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "chipchain/network/lower.h"

namespace chipchain {

struct TensorView {
    TensorId base = kNoTensor;
    Shape dims;
    std::vector<int64_t> strides;  // in elements of the base; 0 repeats
    int64_t offset = 0;
};

// Scale and zero point as a node states them; several scales: one per index of `axis`.
struct Quantisation {
    DataType type = DataType::u8;
    std::vector<float> scales{1.0F};
    int32_t zero = 0;
    int64_t axis = 0;
    [[nodiscard]] bool one() const { return scales.size() == 1; }
    [[nodiscard]] QuantisedType tensor() const { return {type, scales[0], zero}; }
};

// A function of the 256 bytes: the float that each stands for, or a function of table_function.h not yet tabled.
struct Curve {
    std::array<float, 256> values{};
    bool valued = true;  // values hold; else only `single` does
    std::optional<TableFunction> single;
    double alpha = 0;
    double beta = 0;
};

// A float result that waits for its QuantizeLinear: called with the type and limits wanted there.
struct Pending {
    std::function<std::optional<TensorView>(const QuantisedType& y, const Clamp& clamp)> emit;
    Shape shape;
    bool clampable = true;  // a fused Relu or Clip may narrow the clamp
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
};

enum class HeldKind : uint8_t {
    none,    // constants (in Network) and what nothing has written
    broken,  // an error was told already
    raw,     // a float input of the network, of which its QuantizeLinear makes the view
    bytes,   // an 8-bit value
    stored,  // a float that is exactly a dequantised view
    curve,   // a float that is a function of one view's bytes
    pending,
};

struct Held {
    HeldKind kind = HeldKind::none;
    TensorView view;     // bytes, raw, stored, curve
    Quantisation quant;  // raw, stored, curve: of the view's bytes
    std::shared_ptr<const Curve> curve;
    std::shared_ptr<const Pending> pending;
};

// A convolution ready to be emitted; weights in the order of IntegerNode.
struct ConvPlan {
    TensorView x;  // n, h, w, c
    Window window;
    int32_t groups = 1;
    int64_t channels = 0;  // of the output
    QuantisedType weight_type;
    std::vector<float> weight_scales;
    std::vector<uint8_t> weights;
    Shape weight_shape;
    std::vector<int32_t> bias;
    size_t rank = 4;  // of the imported value
};

class Lowering {
 public:
    Lowering(const Network& network, const LowerOptions& options);
    Result<Lowered> run();

    struct Row {
        std::string_view domain;
        std::string_view op;
        std::string_view help;
        void (Lowering::*lower)(const Node& node);
    };
    static std::span<const Row> rows();

 private:
    static const Row kRows[];
    // lower.cc: the walk, errors, ports
    void node(const Node& node);
    void input_port(ValueId value);
    void output_port(ValueId value);
    void record_values();
    void fold_clamps();
    void prune();
    void refuse(std::string why, std::string help, std::string_view id = "chip-unsupported");
    void refuse_float(ValueId value);
    [[nodiscard]] std::string node_name() const;
    [[nodiscard]] std::optional<QuantisedType> wanted_quant(ValueId value);
    // of the output of a QuantizeLinear; nothing when it is not of 8 bits, or stated in two ways
    [[nodiscard]] std::optional<DataType> quantised_type(const Node& node) const;
    std::optional<QuantisedType> stated_quant(const Node& node, ValueId value);

    // lower_values.cc: values and their parameters
    [[nodiscard]] ValueId input(size_t i) const { return i < node_->inputs.size() ? node_->inputs[i] : kNoValue; }
    [[nodiscard]] bool has_input(size_t i) const { return input(i) != kNoValue; }
    [[nodiscard]] const Tensor* constant(size_t i) const;
    [[nodiscard]] std::optional<std::vector<int64_t>> constant_integers(size_t i);  // of s64 or s32
    [[nodiscard]] std::optional<float> constant_scalar(ValueId value) const;
    [[nodiscard]] const Shape& declared(ValueId value) const { return network_.values[value].shape; }
    std::optional<Quantisation> parameters(size_t scale, size_t zero, int64_t axis, std::optional<DataType> type);
    std::optional<QuantisedType> tensor_parameters(size_t scale, size_t zero);
    std::optional<TensorView> operand(size_t i, size_t scale, size_t zero);  // 8-bit input under stated parameters
    Held* held(size_t i);                          // of input i; constants of 8 bits become views
    std::optional<TensorView> bytes_in(size_t i);  // an 8-bit input
    std::optional<TensorView> stored_in(size_t i, QuantisedType* quant);  // a float input with one scale
    void set(size_t output, Held value);
    void set_bytes(TensorView view) { set(0, {HeldKind::bytes, std::move(view), {}, {}, {}}); }
    void set_pending(Shape shape, decltype(Pending::emit) emit, bool clampable = true);
    [[nodiscard]] std::array<float, 256> curve_values(const Held& value) const;

    // lower_builder.cc: tensors, views, moves
    TensorId add_tensor(std::string name, Shape shape, const QuantisedType& quant);
    TensorId add_constant(std::string name, Shape shape, const QuantisedType& quant, std::vector<uint8_t> bytes);
    TensorId emit(IntegerNode node, Shape shape, const QuantisedType& quant);
    [[nodiscard]] const IntegerTensor& tensor(TensorId id) const { return out_.network.tensors[id]; }
    [[nodiscard]] const QuantisedType& quant_of(const TensorView& view) const { return tensor(view.base).quant; }
    [[nodiscard]] TensorView whole(TensorId id) const;
    // a dense tensor of that shape with the view's elements in row-major order of its dims
    TensorId materialise(const TensorView& view, const Shape& shape);
    TensorId materialise(const TensorView& view) { return materialise(view, view.dims); }
    [[nodiscard]] std::vector<uint8_t> view_bytes(const TensorView& view) const;  // of a constant base
    TensorView requantised(const TensorView& view, const QuantisedType& quant);   // the same bytes under another scale
    TensorView looked_up(const TensorView& view, const ByteTable& table, const QuantisedType& y);
    TensorView reshaped(const TensorView& view, const Shape& shape);
    [[nodiscard]] std::optional<TensorView> image_of(const TensorView& view);  // n, c, h, w or n, c, w -> n, h, w, c
    [[nodiscard]] TensorView from_image(TensorId id, size_t rank) const;       // and back
    [[nodiscard]] bool is_whole(const TensorView& view) const;                 // a permutation of all of its base
    [[nodiscard]] TensorView row_major_or_own(const TensorView& view);
    // a view of those dims on a tensor still to be made, channels innermost if `image`; and that tensor's shape
    [[nodiscard]] static std::pair<TensorView, Shape> layout(const Shape& dims, bool image);
    [[nodiscard]] static bool is_image(const TensorView& view);  // channels innermost already
    [[nodiscard]] static MoveBox
    merged_box(const TensorView& view, uint32_t input, const std::vector<int64_t>& target, int64_t target_offset);
    TensorView concat_views(const std::vector<TensorView>& parts, int64_t axis, const QuantisedType& quant);

    // lower_quant.cc
    void lower_quantize(const Node& node);
    void lower_dequantize(const Node& node);
    std::optional<TensorView> quantised(const Held& value, const QuantisedType& y);
    void lower_unary(const Node& node);
    void lower_binary(const Node& node);
    bool lower_scalar_binary(const Node& node);
    bool lower_swish(const Node& node);
    void lower_qlinear_unary(const Node& node);
    std::optional<TensorView> emit_elementwise(
        IntegerOp op,
        const TensorView& a,
        const TensorView& b,
        const QuantisedType& y,
        const Clamp& clamp);

    // lower_matrix.cc
    void lower_qlinear_conv(const Node& node);
    void lower_conv(const Node& node);
    void lower_qlinear_matmul(const Node& node);
    void lower_matmul(const Node& node);
    void lower_gemm(const Node& node);
    std::optional<Window> read_window(const std::vector<int64_t>& kernel, const TensorView& image, bool fix_ceil);
    std::optional<Window> average_window(const std::vector<int64_t>& kernel, const TensorView& image);
    std::optional<ConvPlan> plan_conv(const TensorView& x, const TensorView& w, const Quantisation& wq);
    std::optional<TensorView> spread_cells(const TensorView& image, const Window& window);
    std::optional<ConvPlan> plan_conv_transpose(const TensorView& x, const TensorView& w, const Quantisation& wq);
    std::optional<std::vector<int32_t>>
    bias_of(size_t i, int64_t channels, float scale_x, const std::vector<float>& scales);
    std::optional<std::vector<Rescale>> rescales_of(float sx, const std::vector<float>& sw, float sy);
    std::optional<TensorView> emit_conv(const ConvPlan& plan, const QuantisedType& y, const Clamp& clamp);
    std::optional<TensorView> emit_matmul(
        const TensorView& a,
        const TensorView& b,
        const std::vector<float>& b_scales,
        const std::vector<int32_t>& bias,
        const QuantisedType& y,
        const Clamp& clamp);

    // lower_pool.cc
    void lower_max_pool(const Node& node);
    void lower_average_pool(const Node& node);
    void lower_qlinear_average_pool(const Node& node);
    void lower_reduce_mean(const Node& node);
    void lower_softmax(const Node& node);
    void lower_layer_norm(const Node& node);
    std::optional<std::vector<float>> float_constant(size_t i);
    [[nodiscard]] std::optional<std::vector<float>> dequantised_words(size_t i) const;
    std::optional<TensorView> emit_pool(
        IntegerOp op,
        const TensorView& image,
        const Window& window,
        bool count_padding,
        size_t rank,
        const QuantisedType& y,
        const Clamp& clamp);

    // lower_movement.cc
    using Movement = std::function<std::optional<TensorView>(const TensorView& view)>;
    // of a pending value: clampable says whether a Relu or Clip behind the movement may go before it
    void move(const Movement& movement, size_t output = 0, bool clampable = true);
    void lower_identity(const Node& node);
    void lower_transpose(const Node& node);
    void lower_reshape(const Node& node);
    void lower_expand(const Node& node);
    void lower_slice(const Node& node);
    void lower_split(const Node& node);
    void lower_gather(const Node& node);
    void lower_pad(const Node& node);
    void lower_concat(const Node& node);
    void lower_qlinear_concat(const Node& node);
    void lower_resize(const Node& node);
    void lower_blocks(const Node& node);
    void lower_refused(const Node& node);
    // an optional list: from a constant input, else from an attribute; nothing after an error
    std::optional<std::vector<int64_t>> integers_of(size_t input, std::string_view attribute);
    std::optional<std::vector<std::vector<int64_t>>> nearest_indices(const Shape& from, const Shape& to);
    // of each axis the factor that a Resize or Upsample states, or that of its sizes
    std::optional<std::vector<double>> resize_scales(const Shape& from, const Shape& to);
    // the cells of that index along one axis, as a view where they are evenly spaced, else moved
    TensorView gathered(const TensorView& view, size_t axis, const std::vector<int64_t>& index);
    std::optional<uint8_t> pad_fill(const QuantisedType& quant, bool is_exact);

    const Network& network_;
    LowerOptions options_;
    Lowered out_;
    std::vector<Held> held_;        // by ValueId
    std::vector<size_t> producer_;  // by ValueId: index of the node that writes it, or SIZE_MAX
    Diagnostics diagnostics_;
    const Node* node_ = nullptr;
    size_t node_index_ = 0;
    std::map<std::tuple<TensorId, Shape, std::vector<int64_t>, int64_t, Shape>, TensorId> copies_;
    std::map<ValueId, TensorId> constants_;
};

inline constexpr int64_t kMostWindow = 1 << 20;  // assumption: no kernel, stride or pad of use is larger

// index of an axis counted from the end where negative; nothing when outside
[[nodiscard]] std::optional<size_t> axis_of(int64_t axis, size_t rank);
// strides of a dense row-major tensor
[[nodiscard]] std::vector<int64_t> dense_strides(const Shape& shape);

}  // namespace chipchain
