#include "chipchain/chip/vector_unit.h"

#include <algorithm>
#include <span>

#include "chipchain/chip/footprint.h"

namespace chipchain {

namespace {

// First and end of the window's cells kernel * dilation from `start` that lie in [0, size).
FlatRange cells_inside(int64_t start, int64_t kernel, int64_t dilation, int64_t size) {
    const int64_t first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    const int64_t end = start >= size ? 0 : std::min(kernel, (size - start + dilation - 1) / dilation);
    return {first, std::max<int64_t>(end - first, 0)};
}

struct PoolCell {
    const VectorOperation& v;
    const Pool& p;
    const uint8_t* source;
    FlatRange rows;  // of the kernel
    FlatRange columns;
    int64_t top = 0;
    int64_t left = 0;

    template <class Visit>
    void each(int32_t channel, const Visit& visit) const {
        for (int64_t kh = rows.first; kh < rows.first + rows.count; ++kh) {
            const int64_t h = top + kh * v.window.dilation[0] - p.in_h0;
            for (int64_t kw = columns.first; kw < columns.first + columns.count; ++kw) {
                const int64_t w = left + kw * v.window.dilation[1];
                visit(value_of(source[(h * p.in_w + w) * p.channels + channel], v.x.type));
            }
        }
    }
    [[nodiscard]] int32_t maximum(int32_t channel) const {
        int32_t most = lowest_of(v.x.type);
        each(channel, [&](int32_t x) { most = std::max(most, x); });
        return most;
    }
    [[nodiscard]] int32_t average(int32_t channel) const {
        uint32_t sum = 0;
        each(channel, [&](int32_t x) { sum += static_cast<uint32_t>(x - v.x.zero); });
        const int64_t area = int64_t{v.window.kernel[0]} * v.window.kernel[1];
        const int64_t cells = v.count_padding ? area : std::max<int64_t>(rows.count * columns.count, 1);
        const Rescale rescale = average_rescale(v.x.scale, v.y.scale, static_cast<int32_t>(cells));
        return requantise(static_cast<int32_t>(sum), rescale, v.clamp);
    }
};

}  // namespace

VectorUnit::VectorUnit(const Program& program) : program_(program), norms_(program.vector_operations.size()) {
    for (size_t i = 0; i < norms_.size(); ++i) {
        const VectorOperation& v = program.vector_operations[i];
        if (v.op != IntegerOp::layer_norm) continue;
        norms_[i] = layer_norm_terms(v.norm.gamma, v.norm.beta, v.norm.epsilon, v.x.scale, v.y.scale);
    }
}

void VectorUnit::run(const Rq& r, const uint32_t* accumulators, uint8_t* sram) const {
    const FlatRange range = row_range(r);
    const Requant* requants = &program_.requants[r.parameters];
    const uint8_t* table = r.lookup ? program_.vector_operations[r.operation].table.data() : nullptr;
    for (int64_t i = 0; i < range.count; ++i) {
        const int64_t m = range.first + i;
        uint8_t* target = sram + r.target + m / r.rows[1] * r.row_stride[0] + m % r.rows[1] * r.row_stride[1];
        const uint32_t* row = accumulators + (r.accumulator + i) * program_.shape.columns;
        for (uint32_t n = 0; n < r.columns; ++n) {
            const uint32_t sum = row[n] + static_cast<uint32_t>(requants[n].bias);
            const int32_t value = requantise(static_cast<int32_t>(sum), requants[n].rescale, r.clamp);
            const auto byte = static_cast<uint8_t>(value);
            target[int64_t{n} * r.column_stride] = table == nullptr ? byte : table[byte];
        }
    }
}

void VectorUnit::run(const Ew& e, uint8_t* sram) const {
    const VectorOperation& v = program_.vector_operations[e.operation];
    const bool adds = v.op == IntegerOp::add;
    const uint32_t repeat = e.repeat == 0 ? e.elements : e.repeat;
    for (uint32_t i = 0, j = 0; i < e.elements; ++i, j = j + 1 == repeat ? 0 : j + 1) {
        const int32_t a = value_of(sram[e.source + i], v.x.type);
        const int32_t b = value_of(sram[e.source2 + j], v.x2.type);
        const int32_t y = adds ? add_quantised(a, b, v.elementwise) : multiply_quantised(a, b, v.elementwise);
        sram[e.target + i] = static_cast<uint8_t>(y);
    }
}

void VectorUnit::run(const Pool& p, uint8_t* sram) const {
    const VectorOperation& v = program_.vector_operations[p.operation];
    const Window& w = v.window;
    uint8_t* target = sram + p.target;
    for (int64_t oh = p.out_h0; oh < int64_t{p.out_h0} + p.out_h; ++oh) {
        for (int64_t ow = 0; ow < p.out_w; ++ow) {
            PoolCell cell{v, p, sram + p.source};
            cell.top = oh * w.stride[0] - w.pad_begin[0];
            cell.left = ow * w.stride[1] - w.pad_begin[1];
            cell.rows = cells_inside(cell.top, w.kernel[0], w.dilation[0], v.in_h_total);
            cell.columns = cells_inside(cell.left, w.kernel[1], w.dilation[1], p.in_w);
            for (int32_t c = 0; c < p.channels; ++c)
                *target++ = static_cast<uint8_t>(v.op == IntegerOp::max_pool ? cell.maximum(c) : cell.average(c));
        }
    }
}

void VectorUnit::run(const Lut8& l, uint8_t* sram) const {
    const std::vector<uint8_t>& table = program_.vector_operations[l.operation].table;
    for (uint32_t i = 0; i < l.elements; ++i) sram[l.target + i] = table[sram[l.source + i]];
}

void VectorUnit::run(const Reduce& r, uint8_t* sram) const {
    const VectorOperation& v = program_.vector_operations[r.operation];
    const bool is_signed = v.x.type == DataType::s8;
    for (uint32_t row = 0; row < r.rows; ++row) {
        const size_t at = size_t{row} * r.elements;
        const std::span<const uint8_t> x(sram + r.source + at, r.elements);
        const std::span<uint8_t> y(sram + r.target + at, r.elements);
        if (v.op == IntegerOp::softmax) {
            const std::span<const uint32_t, 256> table(v.exponentials.data(), 256);
            softmax_row(x, y, is_signed, table, v.y.scale, clamp_of(v.y));
        } else {
            layer_norm_row(x, y, is_signed, norms_[r.operation], clamp_of(v.y));
        }
    }
}

}  // namespace chipchain
