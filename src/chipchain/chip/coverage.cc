// What a run touched of the places where rounding decides.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "chipchain/chip/conform.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

// 2 value is odd: value lies exactly between two integers.
bool is_tie(float value) {
    if (!(std::fabs(value) < 0x1p22F)) return false;
    const float twice = value + value;
    return twice == static_cast<float>(static_cast<int32_t>(twice)) && static_cast<int32_t>(twice) % 2 != 0;
}

// Notes the tie of a value that lies above the integer `below`.
void note_tie(Coverage& coverage, int64_t below, const Clamp& clamp) {
    ++(below % 2 == 0 ? coverage.ties_to_lower : coverage.ties_to_upper);
    if (clamp.zero % 2 != 0) ++coverage.odd_zero_ties;
    if (below < 0) ++coverage.negative_ties;
}

void examine_sum(Coverage& coverage, const SumTerms& terms) {
    Int128 exact = terms.bias;
    for (int32_t product : terms.products) exact += product;
    const auto sum = static_cast<int32_t>(static_cast<uint32_t>(exact));
    const Rescale& rescale = terms.rescale;
    ++coverage.modes[static_cast<size_t>(rescale.mode)];
    const int64_t size = std::abs(int64_t{sum});
    if (size > 1 << 24) ++coverage.beyond_2_24;
    if (size >= 1 << 30) ++coverage.near_2_31;
    const int32_t low = terms.clamp.low - terms.clamp.zero;
    const int32_t high = terms.clamp.high - terms.clamp.zero;
    int64_t below = 0;
    bool tie = false;
    double value = 0;
    if (rescale.mode == RequantMode::f32_rne) {
        const float scaled = static_cast<float>(sum) * rescale.scale;
        tie = is_tie(scaled);
        below = tie ? static_cast<int64_t>(std::floor(scaled)) : 0;
        value = double{scaled};
    } else {
        const int64_t product = int64_t{sum} * rescale.multiplier;
        const int64_t rest = product & ((int64_t{1} << rescale.shift) - 1);
        tie = rest == int64_t{1} << (rescale.shift - 1);
        below = product >> rescale.shift;
        value = std::ldexp(static_cast<double>(product), -rescale.shift);
    }
    if (value < low) {
        ++coverage.clamped_low;
    } else if (value > high) {
        ++coverage.clamped_high;
    } else if (tie) {
        note_tie(coverage, below, terms.clamp);
    }
}

void examine_elementwise(
    Coverage& coverage,
    const IntegerNetwork& network,
    const IntegerNode& node,
    const TensorBytes& values,
    size_t i) {
    const auto number = [&](size_t operand, float scale, int32_t zero) {
        const TensorId id = node.inputs[operand];
        const uint8_t bits = values[id][i % values[id].size()];
        return dequantise(value_of(bits, network.tensors[id].quant.type), scale, zero);
    };
    const Elementwise& e = node.elementwise;
    const float a = number(0, e.scale_a, e.zero_a);
    const float b = number(1, e.scale_b, e.zero_b);
    const float both = node.op == IntegerOp::add ? a + b : a * b;
    ++coverage.sums;
    if (is_tie(both / e.scale_y)) ++coverage.sum_ties;
}

}  // namespace

void Coverage::add(const Coverage& other) {
    for (size_t i = 0; i < operations.size(); ++i) operations[i] += other.operations[i];
    for (size_t i = 0; i < opcodes.size(); ++i) opcodes[i] += other.opcodes[i];
    for (size_t i = 0; i < modes.size(); ++i) modes[i] += other.modes[i];
    ties_to_lower += other.ties_to_lower;
    ties_to_upper += other.ties_to_upper;
    odd_zero_ties += other.odd_zero_ties;
    negative_ties += other.negative_ties;
    clamped_low += other.clamped_low;
    clamped_high += other.clamped_high;
    beyond_2_24 += other.beyond_2_24;
    near_2_31 += other.near_2_31;
    sum_ties += other.sum_ties;
    sums += other.sums;
}

Coverage examine(const IntegerNetwork& network, const TensorBytes& values, int64_t examined_per_node) {
    Coverage coverage;
    for (const IntegerNode& node : network.nodes) {
        ++coverage.operations[static_cast<size_t>(node.op)];
        const bool is_sum =
            node.op == IntegerOp::conv || node.op == IntegerOp::matmul || node.op == IntegerOp::average_pool;
        const bool is_pair = node.op == IntegerOp::add || node.op == IntegerOp::multiply;
        if (!is_sum && !is_pair) continue;
        const auto count = static_cast<int64_t>(values[node.output].size());
        // evenly spread, in steps without a factor in common with the channels in most cases
        const int64_t step = std::max<int64_t>(1, count / examined_per_node) | 1;
        for (int64_t place = 0; place < count; place += step) {
            if (is_sum) {
                examine_sum(coverage, sum_terms(network, node, values, place));
            } else {
                examine_elementwise(coverage, network, node, values, static_cast<size_t>(place));
            }
        }
    }
    return coverage;
}

}  // namespace chipchain
