// Any bytes as an ONNX model. No crash; what is accepted survives being written and read again; small networks are
// inferred, folded and run on zeros within tight limits.
#include "chipchain/network/onnx_reader.h"

#include "chipchain/base/check.h"
#include "chipchain/network/evaluate.h"
#include "chipchain/network/onnx_writer.h"

namespace chipchain {
namespace {

constexpr OnnxLimits kRead = {.file_bytes = 1 << 20, .tensor_elements = 1 << 16, .nodes = 64, .external_bytes = 0};
constexpr OperatorLimits kRun = {.tensor_elements = 2048, .operations = 1 << 18};

void check_round_trip(const Network& network) {
    const Result<Network> second = parse_onnx(onnx_bytes(network), "second", kRead);
    // what was written has more bytes than what was read where names were made: the limits may strike
    if (!second) {
        CHECK(second.error()[0].id == "onnx-too-large");
        return;
    }
    CHECK(second->nodes.size() == network.nodes.size() && second->inputs.size() == network.inputs.size());
    // the first reading numbers the values anew, the next ones agree
    const std::vector<std::byte> bytes = onnx_bytes(*second);
    const Result<Network> third = parse_onnx(bytes, "third", kRead);
    CHECK(third && onnx_bytes(*third) == bytes);
}

void run_on_zeros(const Network& network) {
    std::vector<Shape> shapes;
    std::vector<Tensor> inputs;
    for (const ValueId id : network.inputs) {
        const NetworkValue& value = network.values[id];
        Shape shape = value.shape;
        for (int64_t& dim : shape) {
            dim = dim < 0 ? 2 : dim;
        }
        if (!value.typed || value.type == DataType::text || element_count(shape, kRun.tensor_elements) < 0) {
            return;
        }
        inputs.emplace_back(value.type, shape);
        shapes.push_back(std::move(shape));
    }
    const Result<Network> folded = infer_and_fold(network, shapes, kRun);
    const EvaluateOptions options{.limits = kRun};
    const Result<std::vector<Tensor>> plain = evaluate(network, inputs, options);
    if (!folded || !plain) {
        return;
    }
    // folding changes no value and infers what comes out
    const Result<std::vector<Tensor>> outputs = evaluate(*folded, inputs, options);
    CHECK(outputs && outputs->size() == plain->size());
    for (size_t i = 0; i < plain->size(); ++i) {
        CHECK((*plain)[i] == (*outputs)[i]);
        const NetworkValue& value = folded->values[folded->outputs[i]];
        CHECK(value.type == (*plain)[i].type && value.shape == (*plain)[i].shape);
    }
}

}  // namespace
}  // namespace chipchain

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace chipchain;
    const auto network = parse_onnx(std::as_bytes(std::span(data, size)), "fuzz", kRead);
    if (!network) {
        SourceMap sources;
        CHECK(!render_all(network.error(), sources).empty());
        return 0;
    }
    check_round_trip(*network);
    run_on_zeros(*network);
    return 0;
}
