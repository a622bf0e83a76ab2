#include "chipchain/network/evaluate.h"

#include <optional>

#include <fmt/core.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

Diagnostics input_error(std::string text) {
    return {{.severity = Severity::error, .id = "onnx-input", .message = std::move(text)}};
}

// Whether a tensor has the type and the known dimensions that a value declares.
bool fits(const NetworkValue& value, const Tensor& tensor) {
    if (value.typed && value.type != tensor.type) {
        return false;
    }
    if (!value.rank_known) {
        return true;
    }
    if (value.shape.size() != tensor.shape.size()) {
        return false;
    }
    for (size_t d = 0; d < tensor.shape.size(); ++d) {
        if (value.shape[d] >= 0 && value.shape[d] != tensor.shape[d]) {
            return false;
        }
    }
    return true;
}

// The values of one run: constants are the network's, others are held until their last reader has run.
class Run {
 public:
    Run(const Network& network, const EvaluateOptions& options)
        : network_(network), options_(options), held_(network.values.size()), last_(network.values.size(), 0) {
        for (size_t n = 0; n < network.nodes.size(); ++n) {
            for (const ValueId id : network.nodes[n].inputs) {
                if (id != kNoValue) {
                    last_[id] = n;
                }
            }
        }
        for (const ValueId id : network.outputs) {
            last_[id] = SIZE_MAX;
        }
    }

    void set(ValueId id, Tensor tensor) {
        bytes_ += static_cast<int64_t>(tensor.bytes.size());
        held_[id] = std::move(tensor);
    }

    [[nodiscard]] const Tensor* value(ValueId id) const {
        if (id == kNoValue) {
            return nullptr;
        }
        const std::optional<Tensor>& constant = network_.values[id].constant;
        return constant ? &*constant : held_[id] ? &*held_[id] : nullptr;
    }

    // Runs node n. Returns what is wrong.
    Diagnostics step(size_t n) {
        const Node& node = network_.nodes[n];
        std::vector<const Tensor*> inputs;
        for (const ValueId id : node.inputs) {
            inputs.push_back(value(id));
            CHECK(id == kNoValue || inputs.back() != nullptr);
        }
        const OperatorInfo* row = find_operator(node.domain, node.op);
        CHECK(row != nullptr);
        OperatorCall call{
            .network = &network_,
            .node = &node,
            .inputs = inputs,
            .opset = network_.opset,
            .limits = options_.limits};
        call.limits.bytes -= bytes_;
        Result<std::vector<Tensor>> outputs = row->evaluate(call);
        if (!outputs) {
            return std::move(outputs.error());
        }
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            const ValueId id = node.outputs[i];
            if (id == kNoValue) {
                continue;
            }
            bytes_ += static_cast<int64_t>((*outputs)[i].bytes.size());
            held_[id] = std::move((*outputs)[i]);
            if (options_.observe) {
                options_.observe(id, *held_[id]);
            }
        }
        for (const ValueId id : node.inputs) {
            if (id != kNoValue && last_[id] == n && held_[id]) {
                bytes_ -= static_cast<int64_t>(held_[id]->bytes.size());
                held_[id].reset();
            }
        }
        return {};
    }

 private:
    const Network& network_;
    const EvaluateOptions& options_;
    std::vector<std::optional<Tensor>> held_;
    std::vector<size_t> last_;  // node that reads the value last
    int64_t bytes_ = 0;         // of held_
};

}  // namespace

Result<std::vector<Tensor>>
evaluate(const Network& network, const std::vector<Tensor>& inputs, const EvaluateOptions& options) {
    Diagnostics unsupported = unsupported_nodes(network);
    if (!unsupported.empty()) {
        return tl::unexpected(std::move(unsupported));
    }
    if (inputs.size() != network.inputs.size()) {
        return tl::unexpected(input_error(
            fmt::format("the network has {} inputs and {} were given", network.inputs.size(), inputs.size())));
    }
    Run run(network, options);
    for (size_t i = 0; i < inputs.size(); ++i) {
        const NetworkValue& value = network.values[network.inputs[i]];
        if (!fits(value, inputs[i])) {
            return tl::unexpected(input_error(fmt::format(
                "input {} ('{}') is {} {} where the network declares {} {}",
                i,
                value.name,
                info(inputs[i].type).name,
                shape_text(inputs[i].shape),
                info(value.type).name,
                shape_text(value.shape))));
        }
        run.set(network.inputs[i], inputs[i]);
    }
    for (size_t n = 0; n < network.nodes.size(); ++n) {
        Diagnostics errors = run.step(n);
        if (!errors.empty()) {
            return tl::unexpected(std::move(errors));
        }
    }
    std::vector<Tensor> outputs;
    for (const ValueId id : network.outputs) {
        const Tensor* tensor = run.value(id);
        CHECK(tensor != nullptr);
        outputs.push_back(*tensor);
    }
    return outputs;
}

}  // namespace chipchain
