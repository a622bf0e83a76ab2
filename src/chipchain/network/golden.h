// The golden interpreter: values of an integer network in the plainest way, one scalar at a time, no tiles, sums in
// 128-bit integers reduced mod 2^32 at the end. Every other executor is compared with it, tensor by tensor.
#pragma once

#include <string>
#include <vector>

#include "chipchain/network/integer_network.h"

namespace chipchain {

// Values of all tensors of one run, in the order of IntegerNetwork::tensors (constants included).
using TensorBytes = std::vector<std::vector<uint8_t>>;

// inputs: bytes of IntegerNetwork::inputs in order, each of its tensor's size. REQUIRES faults(network).empty().
[[nodiscard]] TensorBytes run_golden(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs);

// The parts of it: values of constants and inputs, the rest empty; and one node, whose inputs are in `values`.
[[nodiscard]] TensorBytes start_values(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs);
void run_golden_node(const IntegerNetwork& network, const IntegerNode& node, TensorBytes& values);

// The terms of one output of conv, matmul or average_pool in ascending k, and what is made of their sum: for coverage
// and mutations, which look inside. Padding has no terms.
struct SumTerms {
    std::vector<int32_t> products;
    int32_t bias = 0;
    Rescale rescale;
    Clamp clamp;
};
// place: index of the output's element. REQUIRES such a node and values of its inputs.
[[nodiscard]] SumTerms
sum_terms(const IntegerNetwork& network, const IntegerNode& node, const TensorBytes& values, int64_t place);

// tensor_hash() of a tensor with these bytes: type, shape and values.
[[nodiscard]] std::string tensor_trace_hash(const IntegerTensor& tensor, const std::vector<uint8_t>& bytes);
// SHA-256 per written tensor, in order of the nodes.
[[nodiscard]] std::vector<std::string> trace_hashes(const IntegerNetwork& network, const TensorBytes& values);

struct Divergence {
    uint32_t node = 0;      // the first whose output differs
    int64_t element = 0;    // first differing element
    int64_t differing = 0;  // elements of that tensor
    uint8_t expected = 0;
    uint8_t found = 0;
};
// The first node whose output differs, or node = UINT32_MAX. A tensor that is empty in one of the two is not compared:
// an executor may never have had it in memory.
[[nodiscard]] Divergence
first_divergence(const IntegerNetwork& network, const TensorBytes& expected, const TensorBytes& found);
[[nodiscard]] std::string divergence_text(const IntegerNetwork& network, const Divergence& divergence);

}  // namespace chipchain
