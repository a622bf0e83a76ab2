#include "chipchain/chip/matrix_unit.h"

#include <algorithm>

#include "chipchain/chip/footprint.h"

namespace chipchain {

namespace {

// No sum of so many products of two differences of 8-bit values, each below 512, leaves 31 bits.
constexpr size_t kSafeTerms = 4096;
constexpr int64_t kBlockRows = 64;

int16_t taken_off(uint8_t byte, bool is_signed, int16_t zero) {
    const int value = is_signed ? static_cast<int8_t>(byte) : byte;
    return static_cast<int16_t>(value - zero);
}

// Addresses of the flat range [first, first + count) of a mixed radix index, relative to the base.
template <size_t N>
void list_offsets(
    const std::array<uint32_t, N>& counts,
    const std::array<int32_t, N>& strides,
    FlatRange range,
    std::vector<int64_t>& to) {
    to.clear();
    std::array<Dimension, N> radix;
    for (size_t d = 0; d < N; ++d) radix[d] = {counts[d], strides[d]};
    each_box(radix, range.first, range.count, [&](int64_t offset, const std::array<Dimension, N>& box) {
        std::array<int64_t, N> at{};
        while (true) {
            int64_t sum = offset;
            for (size_t d = 0; d < N; ++d) sum += at[d] * box[d].stride;
            to.push_back(sum);
            size_t d = N;
            while (d-- > 0) {
                if (++at[d] < box[d].count) break;
                at[d] = 0;
            }
            if (d == SIZE_MAX) break;
        }
    });
}

void gather(
    const OperandA& a,
    int64_t first,
    int64_t rows,
    const uint8_t* sram,
    std::vector<int64_t>& k,
    std::vector<int16_t>& to) {
    std::vector<int64_t> m;
    list_offsets(a.rows, a.row_stride, {row_range(a).first + first, rows}, m);
    to.resize(m.size() * k.size());
    int16_t* out = to.data();
    for (const int64_t row : m) {
        const uint8_t* base = sram + a.base + row;
        for (const int64_t offset : k) *out++ = taken_off(base[offset], a.is_signed, a.zero);
    }
}

void gather(const OperandB& b, const uint8_t* sram, std::vector<int16_t>& to) {
    to.resize(size_t{b.depth} * b.columns);
    int16_t* out = to.data();
    for (uint32_t n = 0; n < b.columns; ++n) {
        const uint8_t* base = sram + b.base + int64_t{n} * b.column_stride;
        for (uint32_t k = 0; k < b.depth; ++k)
            *out++ = taken_off(base[int64_t{k} * b.depth_stride], b.is_signed, b.zero);
    }
}

int32_t dot(const int16_t* a, const int16_t* b, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
}

uint32_t wrapped_dot(const int16_t* a, const int16_t* b, size_t n) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i += kSafeTerms)
        sum += static_cast<uint32_t>(dot(a + i, b + i, std::min(kSafeTerms, n - i)));
    return sum;
}

}  // namespace

void MatrixUnit::preload(const Preload& p, Dataflow dataflow, const uint8_t* sram) {
    if (dataflow == Dataflow::weight_stationary) {
        gather(p.b, sram, b_);
    } else {
        list_offsets(p.a.depth, p.a.depth_stride, depth_range(p.a), offsets_);
        gather(p.a, 0, row_total(p.a), sram, offsets_, a_);
    }
}

void MatrixUnit::multiply(const Mma& m, const ChipShape& shape, const uint8_t* sram, uint32_t* accumulators) {
    const bool holds_a = shape.dataflow == Dataflow::input_stationary;
    if (shape.dataflow != Dataflow::weight_stationary) gather(m.b, sram, b_);
    const size_t depth = m.b.depth;
    const int64_t rows = row_total(m.a);
    if (!holds_a) list_offsets(m.a.depth, m.a.depth_stride, depth_range(m.a), offsets_);
    for (int64_t first = 0; first < rows; first += kBlockRows) {
        const int64_t block = holds_a ? rows : std::min(kBlockRows, rows - first);
        if (!holds_a) gather(m.a, first, block, sram, offsets_, a_);
        for (int64_t i = 0; i < block; ++i) {
            uint32_t* out = accumulators + (m.accumulator + first + i) * shape.columns;
            const int16_t* row = a_.data() + static_cast<size_t>(i) * depth;
            for (uint32_t n = 0; n < m.b.columns; ++n) {
                const uint32_t sum = wrapped_dot(row, b_.data() + n * depth, depth);
                out[n] = m.accumulate ? out[n] + sum : sum;
            }
        }
        if (holds_a) break;
    }
}

}  // namespace chipchain
