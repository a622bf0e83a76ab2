// Faults of a program's shape and tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "chipchain/chip/instruction_faults.h"

namespace chipchain {

namespace {

bool is_byte_range(const Clamp& c) {
    return c.low <= c.high && c.low >= -128 && c.high <= 255 && c.high - c.low <= 255 && c.zero >= -128 &&
           c.zero <= 255;
}

bool is_scale(float scale) { return std::isfinite(scale) && scale > 0; }

bool is_type(const QuantisedType& q) {
    return (q.type == DataType::u8 || q.type == DataType::s8) && is_scale(q.scale) && q.zero >= -128 && q.zero <= 255;
}

std::string requant_fault(const Requant& r) {
    if (r.rescale.mode == RequantMode::f32_rne)
        return std::isfinite(r.rescale.scale) && r.rescale.scale >= 0 ? "" : "its scale is no positive number";
    const bool fits = r.rescale.multiplier >= 0 && r.rescale.shift >= 2 && r.rescale.shift <= 62;
    return fits ? "" : "its multiplier or shift is out of range";
}

bool is_window(const Window& w) {
    for (int d = 0; d < 2; ++d) {
        for (const int32_t n : {w.kernel[d], w.stride[d], w.dilation[d]})
            if (n < 1 || n > kMostWindow) return false;
        for (const int32_t n : {w.pad_begin[d], w.pad_end[d]})
            if (n < 0 || n > kMostWindow) return false;
    }
    return true;
}

bool all_finite(const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

std::string operation_fault(const VectorOperation& v) {
    if (!is_type(v.x) || !is_type(v.x2) || !is_type(v.y) || !is_byte_range(v.clamp))
        return "a type or clamp is no 8-bit one";
    switch (v.op) {
        case IntegerOp::add:
        case IntegerOp::multiply: {
            const Elementwise& e = v.elementwise;
            const bool good = is_scale(e.scale_a) && is_scale(e.scale_b) && is_scale(e.scale_y) &&
                              is_byte_range(e.clamp) && e.zero_a >= -128 && e.zero_a <= 255 && e.zero_b >= -128 &&
                              e.zero_b <= 255;
            return good ? "" : "its scales or clamp are out of range";
        }
        case IntegerOp::max_pool:
        case IntegerOp::average_pool:
            return is_window(v.window) && v.in_h_total >= 1 && v.in_h_total <= 16 * kMostWindow
                       ? ""
                       : "its window is out of range";
        case IntegerOp::lookup:
            return v.table.size() == 256 ? "" : "its table has not 256 entries";
        case IntegerOp::softmax: {
            const bool good =
                v.exponentials.size() == 256 && v.exponentials[0] > 0 &&
                std::all_of(v.exponentials.begin(), v.exponentials.end(), [](uint32_t e) { return e <= 1U << 23; });
            return good ? "" : "its table of exponentials is unsound";
        }
        case IntegerOp::layer_norm: {
            const LayerNorm& n = v.norm;
            const bool good = !n.gamma.empty() && n.gamma.size() == n.beta.size() && n.gamma.size() <= 65536 &&
                              all_finite(n.gamma) && all_finite(n.beta) && std::isfinite(n.epsilon) && n.epsilon >= 0;
            return good ? "" : "its normalisation is out of range";
        }
        case IntegerOp::conv:
        case IntegerOp::matmul:
        case IntegerOp::move:
            break;
    }
    return "it is no operation of the vector unit";
}

std::string shape_fault(const Program& p) {
    const ChipShape& s = p.shape;
    if (s.arrays < 1 || s.arrays > kMostArrays) return "the number of arrays is out of range";
    if (s.rows < 1 || s.rows > kMostSide || s.columns < 1 || s.columns > kMostSide) return "the array is out of range";
    if (s.sram_banks < 1 || s.sram_banks > kMostSide || s.vector_lanes < 1) return "banks or lanes are out of range";
    if (!(s.clock_ghz > 0 && s.clock_ghz <= 1000)) return "the clock is out of range";
    if (!(s.dram_bytes_per_second >= 0 && s.dram_bytes_per_second <= 1e18)) return "the bandwidth is out of range";
    if (!(s.dram_latency_ns >= 0 && s.dram_latency_ns <= 1e9)) return "the latency is out of range";
    if (s.shared_bytes > kMostDramBytes) return "the shared memory is out of range";
    if (!(s.shared_bytes_per_second >= 0 && s.shared_bytes_per_second <= 1e18))
        return "the bandwidth of the shared memory is out of range";
    if (static_cast<size_t>(s.dataflow) > 2) return "the dataflow is unknown";
    if (s.sram_bytes > kMostSramBytes) return "more SRAM than addresses reach";
    if (uint64_t{s.accumulator_rows} * s.columns > kMostAccumulators) return "too many accumulators";
    if (p.dram_bytes > kMostDramBytes) return "more DRAM than addresses reach";
    if (p.constants.size() > p.dram_bytes) return "the constants do not fit the DRAM";
    if (p.constants.size() > p.shared_address) return "constants lie in the shared memory";
    if (p.shared_address != kNotInDram && s.shared_bytes == 0) return "there is no shared memory";
    if (p.shared_address < p.dram_bytes && p.dram_bytes - p.shared_address > s.shared_bytes)
        return "what lies in the shared memory does not fit there";
    if (p.streams.size() != s.arrays * kQueueKinds) return "the number of streams is not five per array";
    for (size_t i = 0; i < p.streams.size(); ++i) {
        if (p.streams[i].core != i / kQueueKinds || static_cast<size_t>(p.streams[i].queue) != i % kQueueKinds)
            return fmt::format("stream {} has another core or queue than its place", i);
        if (p.streams[i].instructions.empty()) return fmt::format("stream {} is empty, without halt", i);
    }
    return "";
}

void tensor_faults(const Program& p, std::vector<std::string>& faults) {
    if (p.tensor_address.size() != p.tensor_bytes.size()) {
        faults.emplace_back("tables: addresses and sizes of tensors differ in number");
        return;
    }
    std::vector<size_t> there;
    for (size_t t = 0; t < p.tensor_address.size(); ++t) {
        if (p.tensor_address[t] == kNotInDram) continue;
        if (p.tensor_address[t] > p.dram_bytes || p.tensor_bytes[t] > p.dram_bytes - p.tensor_address[t]) {
            faults.push_back(fmt::format("tables: tensor {} leaves the DRAM", t));
            return;
        }
        if (p.tensor_bytes[t] > 0) there.push_back(t);
    }
    std::sort(there.begin(), there.end(), [&](size_t a, size_t b) {
        return p.tensor_address[a] < p.tensor_address[b];
    });
    for (size_t i = 1; i < there.size(); ++i)
        if (p.tensor_address[there[i - 1]] + p.tensor_bytes[there[i - 1]] > p.tensor_address[there[i]])
            faults.push_back(fmt::format("tables: tensors {} and {} share bytes of the DRAM", there[i - 1], there[i]));
    for (const std::vector<TensorId>* ids : {&p.inputs, &p.outputs}) {
        for (const TensorId id : *ids) {
            if (id >= p.tensor_address.size() || p.tensor_address[id] == kNotInDram) {
                faults.push_back(fmt::format("tables: input or output {} is not in the DRAM", id));
            } else if (p.tensor_bytes[id] > 0 && p.tensor_address[id] + p.tensor_bytes[id] > p.shared_address) {
                faults.push_back(fmt::format("tables: input or output {} lies in the shared memory", id));
            } else if (ids == &p.inputs && p.tensor_address[id] < p.constants.size()) {
                faults.push_back(fmt::format("tables: input {} lies among the constants", id));
            }
        }
    }
}

}  // namespace

std::vector<std::string> table_faults(const Program& program, size_t most) {
    std::vector<std::string> faults;
    const std::string shape = shape_fault(program);
    if (!shape.empty()) return {"tables: " + shape};
    tensor_faults(program, faults);
    for (size_t i = 0; i < program.requants.size() && faults.size() < most; ++i) {
        const std::string fault = requant_fault(program.requants[i]);
        if (!fault.empty()) faults.push_back(fmt::format("tables: requant {}: {}", i, fault));
    }
    for (size_t i = 0; i < program.vector_operations.size() && faults.size() < most; ++i) {
        const std::string fault = operation_fault(program.vector_operations[i]);
        if (!fault.empty()) faults.push_back(fmt::format("tables: operation {}: {}", i, fault));
    }
    if (faults.size() > most) faults.resize(most);
    return faults;
}

}  // namespace chipchain
