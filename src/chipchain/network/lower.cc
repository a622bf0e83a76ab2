// The walk: inputs, nodes in order, outputs, then clean up. The operators stand in lower_*.cc.
#include "chipchain/network/lower.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/network/lower_internal.h"

namespace chipchain {

namespace {

// Operators that only move data: what an 8-bit or float input is followed through in search of its scale.
constexpr std::string_view kMovements[] = {
    "Identity",
    "Transpose",
    "Reshape",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Slice",
    "Split",
    "Expand",
    "Gather",
    "DepthToSpace",
    "SpaceToDepth",
    "Pad",
    "Resize",
    "Concat",
    "MaxPool",
    "Dropout"};

bool is_movement(const Node& node) {
    return node.domain.empty() &&
           std::find(std::begin(kMovements), std::end(kMovements), node.op) != std::end(kMovements);
}

// Where an operator states scale and zero point of its input i, as (index of the scale, of the zero point).
std::optional<std::pair<size_t, size_t>> stated_at(const Node& node, size_t i) {
    const bool is_linear = node.op.starts_with("QLinear");
    if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear" || (is_linear && node.op != "QLinearConcat")) {
        if (i == 0) return std::pair<size_t, size_t>{1, 2};
        const bool two = node.op == "QLinearMatMul" || node.op == "QLinearConv";
        if (i == 3 && two) return std::pair<size_t, size_t>{4, 5};
    }
    if (node.op == "QLinearConcat" && i >= 2 && (i - 2) % 3 == 0) return std::pair{i + 1, i + 2};
    return std::nullopt;
}

// Limits of a lookup that only clamps: table[q] = clamp(q, low, high).
struct Limits {
    int32_t low;
    int32_t high;
};
std::optional<Limits> clamping(const ByteTable& table, DataType type) {
    const auto entry = [&](int32_t q) { return value_of(table[static_cast<uint8_t>(q)], type); };
    const Limits limits{entry(lowest_of(type)), entry(highest_of(type))};
    if (limits.low > limits.high) return std::nullopt;
    for (int32_t q = lowest_of(type); q <= highest_of(type); ++q) {
        if (entry(q) != std::clamp(q, limits.low, limits.high)) return std::nullopt;
    }
    return limits;
}

// The clamp of a node that can take in a following Relu or Clip.
Clamp* clamp_in(IntegerNode& node) {
    switch (node.op) {
        case IntegerOp::conv:
        case IntegerOp::matmul:
        case IntegerOp::average_pool:
            return &node.clamp;
        case IntegerOp::add:
        case IntegerOp::multiply:
            return &node.elementwise.clamp;
        case IntegerOp::max_pool:
        case IntegerOp::lookup:
        case IntegerOp::softmax:
        case IntegerOp::layer_norm:
        case IntegerOp::move:
            return nullptr;
    }
    return nullptr;
}

}  // namespace

std::vector<LowerRow> lowered_operators() {
    std::vector<LowerRow> rows;
    for (const Lowering::Row& row : Lowering::rows()) rows.push_back({row.domain, row.op, row.help});
    std::sort(rows.begin(), rows.end(), [](const LowerRow& a, const LowerRow& b) {
        return std::pair(a.op, a.domain) < std::pair(b.op, b.domain);
    });
    return rows;
}

Lowering::Lowering(const Network& network, const LowerOptions& options)
    : network_(network), options_(options), held_(network.values.size()), producer_(network.values.size(), SIZE_MAX) {
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        for (ValueId id : network.nodes[i].outputs) {
            if (id != kNoValue) producer_[id] = i;
        }
    }
}

std::string Lowering::node_name() const {
    return node_->name.empty() ? fmt::format("{}_{}", node_->op, node_ - network_.nodes.data()) : node_->name;
}

void Lowering::refuse(std::string why, std::string help, std::string_view id) {
    Diagnostic diagnostic;
    diagnostic.id = std::string(id);
    diagnostic.message = fmt::format("node '{}' ({}) cannot run on a chip: {}", node_name(), node_->op, why);
    diagnostic.help = std::move(help);
    diagnostics_.push_back(std::move(diagnostic));
}

void Lowering::refuse_float(ValueId value) {
    // a broken value was told already
    if (value != kNoValue && held_[value].kind == HeldKind::broken) return;
    const std::string name = value == kNoValue ? "(omitted)" : network_.values[value].name;
    refuse(
        fmt::format("its input '{}' is a float that no DequantizeLinear made", name),
        "Quantise the network first (chipchain chip quantise), or put QuantizeLinear and DequantizeLinear before the "
        "node",
        "chip-float");
}

std::optional<DataType> Lowering::quantised_type(const Node& node) const {
    const NetworkValue& y = network_.values[node.outputs[0]];
    const int64_t stated = integer_attribute(node, "output_dtype", 0);
    for (const DataType type : {DataType::u8, DataType::s8}) {
        if (stated != 0 && stated != info(type).onnx) continue;
        if (y.typed ? y.type == type : stated != 0 || type == DataType::u8) return type;
    }
    return std::nullopt;
}

std::optional<QuantisedType> Lowering::stated_quant(const Node& node, ValueId value) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != value) continue;
        const auto at = stated_at(node, i);
        if (!at) continue;
        const auto scalar = [&](size_t k) -> const Tensor* {
            const ValueId id = k < node.inputs.size() ? node.inputs[k] : kNoValue;
            if (id == kNoValue || !network_.values[id].constant) return nullptr;
            return &*network_.values[id].constant;
        };
        const Tensor* scale = scalar(at->first);
        const Tensor* zero = scalar(at->second);
        if (scale == nullptr || scale->type != DataType::f32 || scale->count() != 1) continue;
        QuantisedType quant{DataType::u8, scale->as<float>()[0], 0};
        if (!std::isfinite(quant.scale) || quant.scale <= 0) continue;
        // without a zero point QuantizeLinear may state its type by an attribute
        if (node.op == "QuantizeLinear") quant.type = quantised_type(node).value_or(quant.type);
        if (zero != nullptr && is_byte_type(zero->type) && zero->count() == 1) {
            quant.type = zero->type;
            quant.zero = value_of(zero->as<uint8_t>()[0], zero->type);
        }
        return quant;
    }
    return std::nullopt;
}

std::optional<QuantisedType> Lowering::wanted_quant(ValueId value) {
    // nodes stand in an order of computation, so one pass follows all movements
    std::set<ValueId> followed{value};
    for (const Node& node : network_.nodes) {
        for (ValueId id : node.inputs) {
            if (!followed.contains(id)) continue;
            if (const auto quant = stated_quant(node, id)) return quant;
            if (is_movement(node)) followed.insert(node.outputs.begin(), node.outputs.end());
        }
    }
    return std::nullopt;
}

void Lowering::input_port(ValueId value) {
    const NetworkValue& v = network_.values[value];
    const bool is_float = v.typed && v.type == DataType::f32;
    std::optional<QuantisedType> quant = wanted_quant(value);
    if (!is_float && v.typed && is_byte_type(v.type)) {
        if (!quant) quant = QuantisedType{v.type, 1.0F, 0};
        quant->type = v.type;
    } else if (!is_float || !quant) {
        held_[value].kind = HeldKind::broken;
        Diagnostic diagnostic;
        diagnostic.id = is_float ? "chip-float" : "chip-unsupported";
        diagnostic.message = fmt::format(
            "input '{}' of the network is {}",
            v.name,
            is_float ? "a float that no QuantizeLinear reads" : "neither u8, s8 nor f32");
        diagnostic.help = "Quantise the network first (chipchain chip quantise)";
        diagnostics_.push_back(std::move(diagnostic));
        return;
    }
    const TensorId id = add_tensor(v.name, v.shape, *quant);
    out_.network.inputs.push_back(id);
    out_.inputs.push_back({value, id, is_float});
    Held& held = held_[value];
    held.kind = is_float ? HeldKind::raw : HeldKind::bytes;
    held.view = whole(id);
    held.quant = {quant->type, {quant->scale}, quant->zero, 0};
}

void Lowering::output_port(ValueId value) {
    const Held& held = held_[value];
    if (held.kind == HeldKind::broken) return;
    const bool is_float = held.kind == HeldKind::stored && held.quant.one();
    if (held.kind != HeldKind::bytes && !is_float) {
        Diagnostic diagnostic;
        diagnostic.id = "chip-float";
        diagnostic.message = fmt::format(
            "output '{}' of the network is computed as a float, without a QuantizeLinear behind it",
            network_.values[value].name);
        diagnostic.help = "Quantise that output too, or end the network before the node and leave it to the host";
        diagnostics_.push_back(std::move(diagnostic));
        return;
    }
    const TensorId id = materialise(held.view);
    out_.network.outputs.push_back(id);
    out_.outputs.push_back({value, id, is_float});
}

void Lowering::node(const Node& node) {
    node_ = &node;
    const auto rows = Lowering::rows();
    // what depends on an error is passed over in silence
    const bool broken = std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
        return id != kNoValue && held_[id].kind == HeldKind::broken;
    });
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
        return r.op == node.op && (r.domain == node.domain || (node.domain == "ai.onnx" && r.domain.empty()));
    });
    const size_t errors = diagnostics_.size();
    if (!broken && row == rows.end()) {
        std::vector<std::string> names;
        for (const Row& r : rows) names.emplace_back(r.op);
        const std::string near = nearest_name(node.op, names);
        refuse(
            node.domain.empty() ? "the operator is not known here, on bytes"
                                : fmt::format("the operator of {} is not known", node.domain),
            node.op == "BatchNormalization"
                ? "Fold it into the convolution before it: chipchain chip quantise does, so does quant_pre_process of "
                  "ONNX Runtime"
            : near.empty() ? "Replace it by operators of chipchain chip operators, or keep it on the host"
                           : fmt::format("The nearest operator known is {}; else keep the node on the host", near));
    } else if (!broken) {
        (this->*row->lower)(node);
    }
    if (!broken && diagnostics_.size() == errors) return;
    for (ValueId id : node.outputs) {
        if (id != kNoValue) held_[id].kind = HeldKind::broken;
    }
}

// A Relu or Clip that keeps the scale, alone behind a node with a clamp, becomes part of that clamp.
void Lowering::fold_clamps() {
    IntegerNetwork& network = out_.network;
    std::vector<uint32_t> reads(network.tensors.size(), 0);
    std::vector<size_t> writer(network.tensors.size(), SIZE_MAX);
    for (TensorId id : network.outputs) ++reads[id];
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        IntegerNode& node = network.nodes[i];
        for (TensorId id : node.inputs) ++reads[id];
        writer[node.output] = i;
    }
    for (IntegerNode& node : network.nodes) {
        if (node.op != IntegerOp::lookup) continue;
        const TensorId x = node.inputs[0];
        if (reads[x] != 1 || writer[x] == SIZE_MAX || network.tensors[x].quant != network.tensors[node.output].quant) {
            continue;
        }
        Clamp* clamp = clamp_in(network.nodes[writer[x]]);
        const auto limits = clamping(node.table, network.tensors[x].quant.type);
        if (clamp == nullptr || !limits || limits->low > clamp->high || limits->high < clamp->low) continue;
        clamp->low = std::max(clamp->low, limits->low);
        clamp->high = std::min(clamp->high, limits->high);
        // the producer writes the lookup's tensor; the lookup goes
        network.nodes[writer[x]].output = node.output;
        writer[node.output] = writer[x];
        node.output = kNoTensor;
    }
    std::erase_if(network.nodes, [](const IntegerNode& n) { return n.output == kNoTensor; });
}

// Drops nodes and tensors that no output needs; inputs stay.
void Lowering::prune() {
    IntegerNetwork& network = out_.network;
    std::vector<bool> needed(network.tensors.size());
    for (TensorId id : network.inputs) needed[id] = true;
    for (TensorId id : network.outputs) needed[id] = true;
    for (size_t i = network.nodes.size(); i-- > 0;) {
        if (!needed[network.nodes[i].output]) continue;
        for (TensorId id : network.nodes[i].inputs) needed[id] = true;
    }
    std::erase_if(network.nodes, [&](const IntegerNode& n) { return !needed[n.output]; });
    std::vector<TensorId> renamed(network.tensors.size(), kNoTensor);
    std::vector<IntegerTensor> kept;
    for (TensorId id = 0; id < network.tensors.size(); ++id) {
        if (!needed[id]) continue;
        renamed[id] = static_cast<TensorId>(kept.size());
        kept.push_back(std::move(network.tensors[id]));
    }
    network.tensors = std::move(kept);
    const auto rename = [&](TensorId& id) { id = id == kNoTensor ? kNoTensor : renamed[id]; };
    for (IntegerNode& node : network.nodes) {
        for (TensorId& id : node.inputs) rename(id);
        rename(node.output);
    }
    for (TensorId& id : network.inputs) rename(id);
    for (TensorId& id : network.outputs) rename(id);
    for (auto& port : out_.inputs) rename(port.tensor);
    for (auto& port : out_.outputs) rename(port.tensor);
    for (TensorId& id : out_.tensor_of_value) rename(id);
}

// Where the imported 8-bit values lie, for those that an executor can show.
void Lowering::record_values() {
    out_.tensor_of_value.assign(network_.values.size(), kNoTensor);
    out_.place_of_value.resize(network_.values.size());
    for (ValueId id = 0; id < held_.size(); ++id) {
        const Held& held = held_[id];
        if (held.kind != HeldKind::bytes || tensor(held.view.base).constant) continue;
        out_.tensor_of_value[id] = held.view.base;
        out_.place_of_value[id] = {held.view.dims, held.view.strides, held.view.offset};
    }
}

Result<Lowered> Lowering::run() {
    out_.network.name = network_.name;
    for (ValueId id : network_.inputs) input_port(id);
    for (const Node& n : network_.nodes) node(n);
    if (node_ == nullptr) {
        Diagnostic diagnostic;
        diagnostic.id = "chip-unsupported";
        diagnostic.message = fmt::format("network '{}' has no nodes", network_.name);
        diagnostics_.push_back(std::move(diagnostic));
    }
    if (diagnostics_.empty()) {
        for (ValueId id : network_.outputs) output_port(id);
    }
    if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
    record_values();
    fold_clamps();
    prune();
    for (const std::string& fault : faults(out_.network)) {
        Diagnostic diagnostic;
        diagnostic.id = "chip-unsupported";
        diagnostic.message = fmt::format("network '{}' does not become an integer network: {}", network_.name, fault);
        diagnostics_.push_back(std::move(diagnostic));
    }
    if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
    return std::move(out_);
}

Result<Lowered> lower(const Network& network, const LowerOptions& options) { return Lowering(network, options).run(); }

std::vector<uint8_t>
imported_bytes(const Lowered& lowered, ValueId value, const std::vector<std::vector<uint8_t>>& tensors) {
    std::vector<uint8_t> bytes;
    const TensorId id = lowered.tensor_of_value[value];
    if (id == kNoTensor || tensors[id].empty()) return bytes;
    const Lowered::Place& place = lowered.place_of_value[value];
    const int64_t count = element_count(place.shape);
    for (int64_t i = 0; i < count; ++i) {
        int64_t rest = i;
        int64_t at = place.offset;
        for (size_t d = place.shape.size(); d-- > 0;) {
            at += rest % place.shape[d] * place.strides[d];
            rest /= place.shape[d];
        }
        bytes.push_back(tensors[id][static_cast<size_t>(at)]);
    }
    return bytes;
}

}  // namespace chipchain
