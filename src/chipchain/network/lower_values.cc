// What the walk knows of each imported value: constants, 8-bit views, floats that stand for them.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/network/lower_internal.h"

namespace chipchain {

const Tensor* Lowering::constant(size_t i) const {
    if (!has_input(i) || !network_.values[input(i)].constant) return nullptr;
    return &*network_.values[input(i)].constant;
}

std::optional<std::vector<int64_t>> Lowering::constant_integers(size_t i) {
    const Tensor* tensor = constant(i);
    if (tensor != nullptr && tensor->type == DataType::s64) {
        return std::vector<int64_t>(tensor->as<int64_t>().begin(), tensor->as<int64_t>().end());
    }
    if (tensor != nullptr && tensor->type == DataType::s32) {
        return std::vector<int64_t>(tensor->as<int32_t>().begin(), tensor->as<int32_t>().end());
    }
    refuse(fmt::format("its input {} is not a constant list of integers", i), "Export with fixed shapes");
    return std::nullopt;
}

std::optional<float> Lowering::constant_scalar(ValueId value) const {
    if (value == kNoValue) return std::nullopt;
    if (const auto& constant = network_.values[value].constant) {
        if (constant->type != DataType::f32 || constant->count() != 1) return std::nullopt;
        return constant->as<float>()[0];
    }
    // a dequantised constant of one element
    const Held& held = held_[value];
    if (held.kind != HeldKind::stored || !tensor(held.view.base).constant || element_count(held.view.dims) != 1) {
        return std::nullopt;
    }
    const uint8_t bits = view_bytes(held.view)[0];
    return dequantise(value_of(bits, held.quant.type), held.quant.scales[0], held.quant.zero);
}

std::optional<Quantisation>
Lowering::parameters(size_t scale, size_t zero, int64_t axis, std::optional<DataType> type) {
    const Tensor* scales = constant(scale);
    if (scales == nullptr || scales->type != DataType::f32 || scales->count() < 1) {
        refuse("its scale is not a constant of type f32", "Export with fixed scales (static quantisation)");
        return std::nullopt;
    }
    if (scales->count() > 1 && scales->shape.size() > 1) {
        refuse("its scales have more than one dimension", "Quantise with one scale per tensor or per channel");
        return std::nullopt;
    }
    Quantisation result;
    result.type = type.value_or(DataType::u8);
    result.scales.assign(scales->as<float>().begin(), scales->as<float>().end());
    result.axis = axis;
    for (float s : result.scales) {
        if (std::isfinite(s) && s > 0) continue;
        refuse("a scale is not positive", "Quantise again with positive scales");
        return std::nullopt;
    }
    if (!has_input(zero)) return result;
    const Tensor* zeros = constant(zero);
    if (zeros == nullptr || !is_byte_type(zeros->type) || zeros->count() < 1 || (type && zeros->type != *type)) {
        refuse("its zero point is not a constant of the type u8 or s8 of its data", "Quantise to 8 bits");
        return std::nullopt;
    }
    result.type = zeros->type;
    const auto bytes = zeros->as<uint8_t>();
    if (std::any_of(bytes.begin(), bytes.end(), [&](uint8_t z) { return z != bytes[0]; })) {
        refuse("its channels have different zero points", "Quantise weights symmetrically (zero point 0)");
        return std::nullopt;
    }
    result.zero = value_of(bytes[0], result.type);
    return result;
}

std::optional<QuantisedType> Lowering::tensor_parameters(size_t scale, size_t zero) {
    const auto result = parameters(scale, zero, 0, std::nullopt);
    if (!result) return std::nullopt;
    if (!result->one()) {
        refuse("an activation has one scale per channel", "Quantise activations with one scale per tensor");
        return std::nullopt;
    }
    return result->tensor();
}

Held* Lowering::held(size_t i) {
    const ValueId id = input(i);
    if (id == kNoValue) return nullptr;
    const auto& constant = network_.values[id].constant;
    if (held_[id].kind == HeldKind::none && constant && is_byte_type(constant->type)) {
        const auto bytes = constant->as<uint8_t>();
        const TensorId base = add_constant(
            network_.values[id].name,
            constant->shape,
            {constant->type, 1.0F, 0},
            {bytes.begin(), bytes.end()});
        held_[id].kind = HeldKind::bytes;
        held_[id].view = whole(base);
    }
    return &held_[id];
}

std::optional<TensorView> Lowering::bytes_in(size_t i) {
    const Held* value = held(i);
    if (value != nullptr && value->kind == HeldKind::bytes) return value->view;
    refuse(fmt::format("its input {} is not an 8-bit value", i), "Quantise to u8 or s8");
    return std::nullopt;
}

std::optional<TensorView> Lowering::operand(size_t i, size_t scale, size_t zero) {
    const auto view = bytes_in(i);
    if (!view) return std::nullopt;
    const auto quant = parameters(scale, zero, 0, quant_of(*view).type);
    if (!quant) return std::nullopt;
    if (quant->one()) return requantised(*view, quant->tensor());
    refuse(fmt::format("its input {} has one scale per channel", i), "Quantise activations with one scale per tensor");
    return std::nullopt;
}

std::optional<TensorView> Lowering::stored_in(size_t i, QuantisedType* quant) {
    const Held* value = held(i);
    if (value == nullptr || value->kind != HeldKind::stored) {
        refuse_float(input(i));
        return std::nullopt;
    }
    if (!value->quant.one()) {
        refuse(fmt::format("its input {} has one scale per channel", i), "Quantise this operand with one scale");
        return std::nullopt;
    }
    *quant = value->quant.tensor();
    return value->view;
}

void Lowering::set(size_t output, Held value) {
    const ValueId id = output < node_->outputs.size() ? node_->outputs[output] : kNoValue;
    if (id == kNoValue) return;
    if (value.kind != HeldKind::pending && value.view.dims != declared(id)) {
        return refuse(
            fmt::format(
                "its output has the shape {} where {} is declared",
                shape_text(value.view.dims),
                shape_text(declared(id))),
            "Correct the network");
    }
    held_[id] = std::move(value);
}

void Lowering::set_pending(Shape shape, decltype(Pending::emit) emit, bool clampable) {
    Pending pending;
    pending.shape = std::move(shape);
    pending.clampable = clampable;
    // an error inside belongs to this node, not to the QuantizeLinear that asks
    struct Emitted {
        QuantisedType y;
        Clamp clamp;
        std::optional<TensorView> view;
    };
    auto emitted = std::make_shared<std::vector<Emitted>>();
    pending.emit = [this, origin = node_, emit = std::move(emit), emitted](const QuantisedType& y, const Clamp& clamp) {
        // several readers that ask for the same bytes (the outputs of a Split) share them
        for (const Emitted& before : *emitted) {
            if (before.y == y && before.clamp == clamp) return before.view;
        }
        const Node* asking = std::exchange(node_, origin);
        std::optional<TensorView> view = emit(y, clamp);
        node_ = asking;
        emitted->push_back({y, clamp, view});
        return view;
    };
    Held value;
    value.kind = HeldKind::pending;
    value.pending = std::make_shared<const Pending>(std::move(pending));
    set(0, std::move(value));
}

std::array<float, 256> Lowering::curve_values(const Held& value) const {
    if (value.kind == HeldKind::curve) return value.curve->values;
    std::array<float, 256> values{};
    for (size_t bits = 0; bits < 256; ++bits) {
        const int32_t q = value_of(static_cast<uint8_t>(bits), value.quant.type);
        values[bits] = dequantise(q, value.quant.scales[0], value.quant.zero);
    }
    return values;
}

}  // namespace chipchain
