#include "chipchain/network/operators.h"

#include <algorithm>
#include <map>
#include <new>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

std::vector<OperatorInfo> all_rows() {
    std::vector<OperatorInfo> rows;
    for (const std::span<const OperatorInfo> family :
         {unary_operators(),
          binary_operators(),
          matrix_operators(),
          window_operators(),
          reduce_operators(),
          norm_operators(),
          shape_operators(),
          move_operators(),
          gather_operators(),
          resize_operators(),
          recurrent_operators(),
          attention_operators(),
          quantised_operators()}) {
        rows.insert(rows.end(), family.begin(), family.end());
    }
    return rows;
}

// Whether `name` is one of the words of a list separated by blanks.
bool is_word_of(std::string_view name, std::string_view list) {
    while (!list.empty()) {
        const size_t end = std::min(list.find(' '), list.size());
        if (list.substr(0, end) == name) {
            return true;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

// Why some operators have no row, and what to do.
struct Advice {
    std::string_view op;
    std::string_view help;
};
constexpr Advice kAdvice[] = {
    {"If", "export the network with its condition fixed, so that one branch remains"},
    {"Loop", "unroll the loop when exporting"},
    {"Scan", "unroll the scan when exporting"},
    {"NonMaxSuppression", "cut the network before it and run it on the host"},
    {"RoiAlign", "cut the network before it and run it on the host"},
};

std::string advice(const Node& node) {
    for (const Advice& row : kAdvice) {
        if (node.op == row.op) {
            return std::string(row.help);
        }
    }
    std::vector<std::string> names;
    for (const OperatorInfo& row : operators()) {
        names.emplace_back(row.op);
    }
    const std::string nearest = nearest_name(node.op, names);
    return nearest.empty() ? "rewrite it with operators that are known, or keep it outside the network"
                           : "did you mean '" + nearest + "'?";
}

// Types and shapes of tensors that are there.
std::vector<InputType> types_of(std::span<const Tensor* const> inputs) {
    std::vector<InputType> types;
    for (const Tensor* tensor : inputs) {
        types.push_back(
            tensor == nullptr ? InputType{} : InputType{.present = true, .type = tensor->type, .shape = tensor->shape});
    }
    return types;
}

}  // namespace

std::string node_text(const Node& node) {
    // names come from files: what does not print is left out
    std::string text = node.op + " '" + node.name + "'";
    std::replace_if(
        text.begin(),
        text.end(),
        [](char c) { return c < ' ' || c > '~'; },
        '?');
    return text.size() > 160 ? text.substr(0, 160) + "...'" : text;
}

std::span<const OperatorInfo> operators() {
    static const std::vector<OperatorInfo> kRows = all_rows();
    return kRows;
}

const OperatorInfo* find_operator(std::string_view domain, std::string_view op) {
    using Key = std::pair<std::string_view, std::string_view>;
    static const std::map<Key, const OperatorInfo*> kIndex = [] {
        std::map<Key, const OperatorInfo*> index;
        for (const OperatorInfo& row : operators()) {
            CHECK(index.emplace(Key{row.domain, row.op}, &row).second);
        }
        return index;
    }();
    const auto at = kIndex.find({domain, op});
    return at == kIndex.end() ? nullptr : at->second;
}

Diagnostics unsupported_nodes(const Network& network) {
    std::map<std::pair<std::string, std::string>, std::pair<const Node*, size_t>> found;
    for (const Node& node : network.nodes) {
        if (find_operator(node.domain, node.op) == nullptr) {
            auto& entry = found.try_emplace({node.domain, node.op}, &node, 0).first->second;
            ++entry.second;
        }
    }
    Diagnostics diagnostics;
    for (const auto& [key, entry] : found) {
        const auto& [node, count] = entry;
        diagnostics.push_back(
            {.severity = Severity::error,
             .id = "onnx-unsupported",
             .message = fmt::format(
                 "the operator of {}{}{} is not known{}",
                 node_text(*node),
                 key.first.empty() ? "" : " of the domain ",
                 key.first.empty() ? "" : node_text({.op = key.first}).substr(0, key.first.size()),
                 count > 1 ? fmt::format(", nor that of {} more nodes like it", count - 1) : ""),
             .help = advice(*node)});
    }
    return diagnostics;
}

void infer_outputs(const OperatorInfo& row, NodeView& view) {
    view.require(
        view.input_count() >= row.least_inputs && (row.most_inputs == 255 || view.input_count() <= row.most_inputs),
        row.most_inputs == 255
            ? fmt::format("it needs {} inputs or more and has {}", row.least_inputs, view.input_count())
            : fmt::format(
                  "it needs {} to {} inputs and has {}",
                  row.least_inputs,
                  row.most_inputs,
                  view.input_count()));
    view.require(
        view.output_count() >= 1 && (row.most_outputs == 255 || view.output_count() <= row.most_outputs),
        fmt::format("it has {} outputs", view.output_count()));
    for (size_t i = 0; i < row.least_inputs && !view.failed(); ++i) {
        view.require(view.has(i), fmt::format("its input {} is missing", i));
    }
    for (size_t i = 0; i < view.input_count() && !view.failed(); ++i) {
        view.require(!view.has(i) || view.type(i) != DataType::text, "texts are not computed with");
    }
    if (!view.failed() && row.least_inputs > 0 && row.types != 0) {
        view.require_type(0, row.types);
    }
    view.require_known_attributes(row.attributes, is_word_of);
    if (view.failed()) {
        return;
    }
    row.infer(view);
    if (!view.failed()) {
        view.check_outputs();
    }
}

int64_t output_bytes(NodeView& node) {
    int64_t bytes = 0;
    for (const OutputType& output : node.outputs()) {
        bytes += element_count(output.shape) * info(output.type).bytes;
    }
    return bytes;
}

namespace {

// Makes the outputs of what was inferred and fills them.
std::vector<Tensor> computed(const OperatorInfo& row, NodeView& view) {
    std::vector<Tensor> outputs;
    bool empty = true;
    for (OutputType& output : view.outputs()) {
        outputs.push_back(output.value ? std::move(*output.value) : Tensor(output.type, output.shape));
        empty = empty && outputs.back().count() == 0;
    }
    // nothing to fill: what a computation sets up beforehand may be large all the same
    if (!empty) {
        row.compute(view, outputs);
    }
    return outputs;
}

}  // namespace

Result<std::vector<Tensor>> OperatorInfo::evaluate(const OperatorCall& call) const {
    NodeView view(*this, call, types_of(call.inputs));
    std::vector<Tensor> outputs;
    try {
        infer_outputs(*this, view);
        if (!view.failed() && output_bytes(view) > call.limits.bytes) {
            view.too_large(fmt::format(
                "its outputs have {} bytes where {} are left of the limit",
                output_bytes(view),
                call.limits.bytes));
        }
        if (!view.failed()) {
            outputs = computed(*this, view);
        }
    } catch (const std::bad_alloc&) {
        view.too_large("it needs more memory than there is");
    }
    if (view.failed()) {
        return tl::unexpected(view.take_errors());
    }
    return outputs;
}

}  // namespace chipchain
