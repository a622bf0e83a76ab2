#include "chipchain/chip/instruction_faults.h"

#include <fmt/format.h>

#include <algorithm>

#include "chipchain/chip/footprint.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

// Bytes (or rows) that a strided box may reach must lie in [0, limit). Counts are checked.
bool inside(int64_t base, const Dimension* dimensions, size_t count, uint64_t limit) {
    Int128 low = base;
    Int128 high = base;
    for (size_t i = 0; i < count; ++i) {
        const Int128 reach = static_cast<Int128>(dimensions[i].count - 1) * dimensions[i].stride;
        (reach < 0 ? low : high) += reach;
    }
    return low >= 0 && high < static_cast<Int128>(limit);
}

// Whether all cells of a strided box differ: sorted by size, each stride steps over what lies below it. A stricter rule
// than being distinct, and one that hardware can check too.
bool nests(std::vector<Dimension> dimensions) {
    for (Dimension& d : dimensions) d.stride = d.stride < 0 ? -d.stride : d.stride;
    std::sort(dimensions.begin(), dimensions.end(), [](const Dimension& a, const Dimension& b) {
        return a.stride < b.stride;
    });
    Int128 extent = 1;
    for (const Dimension& d : dimensions) {
        if (d.count == 1) continue;
        if (d.stride < extent) return false;
        extent += static_cast<Int128>(d.count - 1) * d.stride;
    }
    return true;
}

bool counts_fit(const uint32_t* counts, size_t n) {
    uint64_t product = 1;
    for (size_t i = 0; i < n; ++i) {
        if (counts[i] == 0 || counts[i] > kMostCount) return false;
        product *= counts[i];
        if (product > UINT32_MAX) return false;
    }
    return true;
}

bool range_fits(uint64_t total, uint32_t first, uint32_t count) {
    return first < total && (count == 0 || uint64_t{first} + count <= total);
}

bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes) { return a < b + b_bytes && b < a + a_bytes; }

struct Judge {
    const Program& program;
    QueueKind queue;

    [[nodiscard]] uint64_t sram() const { return program.shape.sram_bytes; }
    [[nodiscard]] Dataflow dataflow() const { return program.shape.dataflow; }
    [[nodiscard]] bool dense(uint64_t base, uint64_t bytes) const { return base + bytes <= sram(); }

    [[nodiscard]] std::string transfer(const Transfer& t, uint64_t source_limit, uint64_t target_limit) const {
        if (!counts_fit(t.box.count.data(), 4)) return "bounds: a count of its box is 0 or too large";
        std::vector<Dimension> from(4);
        std::vector<Dimension> into(4);
        for (size_t d = 0; d < 4; ++d) {
            from[d] = {t.box.count[d], t.box.source_stride[d]};
            into[d] = {t.box.count[d], t.box.target_stride[d]};
        }
        if (t.source >= kMostDramBytes || t.target >= kMostDramBytes) return "bounds: its address is too large";
        if (!t.fill && !inside(static_cast<int64_t>(t.source), from.data(), 4, source_limit))
            return fmt::format("bounds: its source leaves the memory of {} bytes", source_limit);
        if (!inside(static_cast<int64_t>(t.target), into.data(), 4, target_limit))
            return fmt::format("bounds: its target leaves the memory of {} bytes", target_limit);
        if (!nests(into)) return "operand: its box writes a byte twice";
        return "";
    }

    [[nodiscard]] std::string operand(const OperandA& a) const {
        if (!counts_fit(a.rows.data(), 2) || !counts_fit(a.depth.data(), 3))
            return "operand: a count of A is 0 or too large";
        if (!range_fits(uint64_t{a.rows[0]} * a.rows[1], a.row_first, a.row_count) ||
            !range_fits(uint64_t{a.depth[0]} * a.depth[1] * a.depth[2], a.depth_first, a.depth_count))
            return "operand: a range of A leaves its rows or its depth";
        if (a.zero < -128 || a.zero > 255) return "operand: the zero point of A is no 8-bit value";
        if (depth_total(a) > kMostDepth) return fmt::format("operand: deeper than {}", kMostDepth);
        const std::array<Dimension, 2> rows{{{a.rows[0], a.row_stride[0]}, {a.rows[1], a.row_stride[1]}}};
        std::array<Dimension, 3> depth;
        for (size_t d = 0; d < 3; ++d) depth[d] = {a.depth[d], a.depth_stride[d]};
        bool good = true;
        const FlatRange m = row_range(a);
        const FlatRange k = depth_range(a);
        each_box(rows, m.first, m.count, [&](int64_t row_offset, const std::array<Dimension, 2>& r) {
            each_box(depth, k.first, k.count, [&](int64_t offset, const std::array<Dimension, 3>& b) {
                const Dimension all[] = {r[0], r[1], b[0], b[1], b[2]};
                good = good && inside(a.base + row_offset + offset, all, 5, sram());
            });
        });
        return good ? "" : fmt::format("bounds: A leaves the SRAM of {} bytes", sram());
    }
    [[nodiscard]] std::string operand(const OperandB& b) const {
        const uint32_t counts[] = {b.depth, b.columns};
        if (!counts_fit(counts, 2)) return "operand: a count of B is 0 or too large";
        if (b.columns > program.shape.columns)
            return fmt::format("operand: B has {} columns, the array {}", b.columns, program.shape.columns);
        if (b.zero < -128 || b.zero > 255) return "operand: the zero point of B is no 8-bit value";
        const std::vector<Dimension> box{{b.depth, b.depth_stride}, {b.columns, b.column_stride}};
        if (!inside(b.base, box.data(), 2, sram())) return fmt::format("bounds: B leaves the SRAM of {} bytes", sram());
        return nests(box) ? "" : "operand: B has a byte twice";
    }
    [[nodiscard]] std::string accumulators(uint32_t first, uint64_t rows) const {
        if (first + rows <= program.shape.accumulator_rows) return "";
        return fmt::format("bounds: it leaves the {} accumulator rows", program.shape.accumulator_rows);
    }
    [[nodiscard]] std::string fits_array(uint64_t depth, uint64_t rows) const {
        if (dataflow() == Dataflow::output_stationary) return "";
        if (depth > program.shape.rows)
            return fmt::format("operand: depth {} exceeds the {} rows of the array", depth, program.shape.rows);
        if (dataflow() == Dataflow::input_stationary && rows > program.shape.columns)
            return fmt::format("operand: {} rows of A exceed the {} columns of the array", rows, program.shape.columns);
        return "";
    }

    std::string operator()(const Load& t) const { return transfer(t, program.dram_bytes, sram()); }
    std::string operator()(const Store& t) const {
        if (t.fill) return "operand: a store cannot fill";
        std::string fault = transfer(t, sram(), program.dram_bytes);
        if (!fault.empty() || program.constants.empty()) return fault;
        std::vector<Dimension> into(4);
        for (size_t d = 0; d < 4; ++d) into[d] = {t.box.count[d], t.box.target_stride[d]};
        const Runs runs = make_runs(static_cast<int64_t>(t.target), into.data(), 4);
        return static_cast<uint64_t>(runs.base) < program.constants.size() ? "bounds: it writes among the constants"
                                                                           : "";
    }
    std::string operator()(const Copy& t) const {
        std::string fault = transfer(t, sram(), sram());
        if (!fault.empty() || t.fill) return fault;
        std::vector<Access> both;
        find_accesses(program, Instruction{0, t}, both);
        const Runs& from = both[0].runs;
        const Runs& into = both[1].runs;
        if (from.base >= into.end() || into.base >= from.end()) return "";
        std::vector<std::array<int64_t, 2>> read;
        from.each([&](int64_t first, int64_t end) { read.push_back({end, first}); });
        std::sort(read.begin(), read.end());
        bool meet = false;
        into.each([&](int64_t first, int64_t end) {
            // the first run read that ends after `first`
            const auto found = std::upper_bound(read.begin(), read.end(), std::array<int64_t, 2>{first, INT64_MAX});
            meet = meet || (found != read.end() && (*found)[1] < end);
        });
        return meet ? "operand: source and target overlap" : "";
    }
    std::string operator()(const Preload& p) const {
        if (dataflow() == Dataflow::output_stationary) return "operand: an output-stationary array has no preload";
        const bool inputs = dataflow() == Dataflow::input_stationary;
        std::string fault = inputs ? operand(p.a) : operand(p.b);
        if (!fault.empty()) return fault;
        return inputs ? fits_array(depth_total(p.a), row_total(p.a)) : fits_array(p.b.depth, 0);
    }
    std::string operator()(const Mma& m) const {
        std::string fault = operand(m.a);
        if (fault.empty()) fault = operand(m.b);
        if (!fault.empty()) return fault;
        const uint32_t depth = depth_total(m.a);
        if (depth != m.b.depth) return fmt::format("operand: A is {} deep, B {}", depth, m.b.depth);
        fault = fits_array(depth, row_total(m.a));
        return fault.empty() ? accumulators(m.accumulator, row_total(m.a)) : fault;
    }
    std::string operator()(const Rq& r) const;
    std::string operator()(const Ew& e) const;
    std::string operator()(const Pool& p) const;
    std::string operator()(const Lut8& l) const;
    std::string operator()(const Reduce& r) const;
    std::string operator()(const Sync& s) const {
        if (!s.is_wait) return "";
        return s.core < program.shape.arrays && static_cast<size_t>(s.queue) < kQueueKinds
                   ? ""
                   : "operand: it waits for a queue that is not there";
    }
    std::string operator()(const Halt&) const { return ""; }

    [[nodiscard]] std::string operation(uint32_t index, IntegerOp one, IntegerOp other) const {
        if (index >= program.vector_operations.size())
            return fmt::format("operand: operation {} does not exist", index);
        const IntegerOp op = program.vector_operations[index].op;
        return op == one || op == other ? "" : fmt::format("operand: operation {} is of another kind", index);
    }
    // In place is allowed where each byte of the target depends on its own place only.
    [[nodiscard]] std::string places(uint64_t source, uint64_t bytes, uint64_t target, uint64_t written, bool same)
        const {
        if (!dense(source, bytes) || !dense(target, written))
            return fmt::format("bounds: it leaves the SRAM of {} bytes", sram());
        if ((same && source == target) || !overlap(source, bytes, target, written)) return "";
        return "operand: source and target overlap";
    }
};

std::string Judge::operator()(const Rq& r) const {
    if (!counts_fit(r.rows.data(), 2) || !range_fits(uint64_t{r.rows[0]} * r.rows[1], r.row_first, r.row_count))
        return "operand: its rows are 0, too many or outside";
    if (r.columns == 0 || r.columns > program.shape.columns)
        return fmt::format("operand: {} columns, the array has {}", r.columns, program.shape.columns);
    if (uint64_t{r.parameters} + r.columns > program.requants.size())
        return fmt::format("operand: parameters {} + {} of {}", r.parameters, r.columns, program.requants.size());
    const FlatRange m = row_range(r);
    std::string fault = accumulators(r.accumulator, static_cast<uint64_t>(m.count));
    if (!fault.empty()) return fault;
    const std::array<Dimension, 2> rows{{{r.rows[0], r.row_stride[0]}, {r.rows[1], r.row_stride[1]}}};
    bool good = true;
    each_box(rows, m.first, m.count, [&](int64_t offset, const std::array<Dimension, 2>& box) {
        const Dimension all[] = {box[0], box[1], {r.columns, r.column_stride}};
        good = good && inside(r.target + offset, all, 3, sram());
    });
    if (!good) return fmt::format("bounds: its target leaves the SRAM of {} bytes", sram());
    if (!nests({rows[0], rows[1], {r.columns, r.column_stride}})) return "operand: its target has a byte twice";
    if (r.clamp.low > r.clamp.high || r.clamp.low < -128 || r.clamp.high > 255 || r.clamp.high - r.clamp.low > 255 ||
        r.clamp.zero < -128 || r.clamp.zero > 255)
        return "operand: its clamp is no range of 8-bit values";
    return r.lookup ? operation(r.operation, IntegerOp::lookup, IntegerOp::lookup) : "";
}

std::string Judge::operator()(const Ew& e) const {
    std::string fault = operation(e.operation, IntegerOp::add, IntegerOp::multiply);
    if (!fault.empty()) return fault;
    if (e.elements == 0) return "operand: no elements";
    fault = places(e.source, e.elements, e.target, e.elements, true);
    if (!fault.empty()) return fault;
    const bool repeats = e.repeat != 0 && e.repeat < e.elements;
    return places(e.source2, repeats ? e.repeat : e.elements, e.target, e.elements, !repeats);
}

std::string Judge::operator()(const Lut8& l) const {
    const std::string fault = operation(l.operation, IntegerOp::lookup, IntegerOp::lookup);
    if (!fault.empty()) return fault;
    return l.elements == 0 ? "operand: no elements" : places(l.source, l.elements, l.target, l.elements, true);
}

std::string Judge::operator()(const Reduce& r) const {
    const std::string fault = operation(r.operation, IntegerOp::softmax, IntegerOp::layer_norm);
    if (!fault.empty()) return fault;
    const uint32_t counts[] = {r.rows, r.elements};
    if (!counts_fit(counts, 2)) return "operand: its rows or elements are 0 or too many";
    const VectorOperation& v = program.vector_operations[r.operation];
    if (v.op == IntegerOp::layer_norm && v.norm.gamma.size() != r.elements)
        return fmt::format("operand: rows of {} elements, the normalisation has {}", r.elements, v.norm.gamma.size());
    const uint64_t bytes = uint64_t{r.rows} * r.elements;
    return places(r.source, bytes, r.target, bytes, true);
}

std::string Judge::operator()(const Pool& p) const {
    const std::string fault = operation(p.operation, IntegerOp::max_pool, IntegerOp::average_pool);
    if (!fault.empty()) return fault;
    const VectorOperation& v = program.vector_operations[p.operation];
    for (const int32_t n : {p.channels, p.in_h, p.in_w, p.out_h, p.out_w})
        if (n < 1 || n > static_cast<int32_t>(kMostWindow) * 16) return "operand: a size of its tile is out of range";
    if (p.in_h0 < 0 || p.in_h0 > v.in_h_total - p.in_h || p.out_h0 < 0 || p.out_h0 > 16 * kMostWindow)
        return "operand: its tile leaves the tensor";
    const Int128 read = static_cast<Int128>(p.in_h) * p.in_w * p.channels;
    const Int128 written = static_cast<Int128>(p.out_h) * p.out_w * p.channels;
    if (read > static_cast<Int128>(sram()) || written > static_cast<Int128>(sram()))
        return fmt::format("bounds: it leaves the SRAM of {} bytes", sram());
    const std::string place =
        places(p.source, static_cast<uint64_t>(read), p.target, static_cast<uint64_t>(written), false);
    if (!place.empty()) return place;
    const int64_t step = v.window.dilation[0];
    for (int64_t oh = p.out_h0; oh < int64_t{p.out_h0} + p.out_h; ++oh) {
        // first and last row of the window that lie in the tensor
        const int64_t top = oh * v.window.stride[0] - v.window.pad_begin[0];
        const int64_t first = top >= 0 ? top : top + (-top + step - 1) / step * step;
        const int64_t bottom = top + (v.window.kernel[0] - 1) * step;
        int64_t last = bottom;
        if (last >= v.in_h_total) last -= (last - v.in_h_total + step) / step * step;
        if (first > last) continue;
        if (first < p.in_h0 || last >= int64_t{p.in_h0} + p.in_h)
            return fmt::format("operand: output row {} reads input rows {} to {}, outside the tile", oh, first, last);
    }
    return "";
}

bool may_stand(Opcode opcode, QueueKind queue) {
    switch (opcode) {
        case Opcode::load:
            return queue == QueueKind::load || queue == QueueKind::fetch;
        case Opcode::store:
            return queue == QueueKind::store;
        case Opcode::preload:
        case Opcode::mma:
            return queue == QueueKind::matrix;
        case Opcode::rq:
        case Opcode::ew:
        case Opcode::pool:
        case Opcode::lut8:
        case Opcode::reduce:
        case Opcode::copy:
            return queue == QueueKind::vector;
        case Opcode::sync:
        case Opcode::halt:
            break;
    }
    return true;
}

}  // namespace

std::string place_text(const Program& program, size_t stream, size_t index) {
    const Stream& s = program.streams[stream];
    const Instruction& i = s.instructions[index];
    return fmt::format(
        "core {} {}, instruction {} ({}, node {})",
        stream / kQueueKinds,
        queue_name(s.queue),
        index,
        info(i.opcode()).name,
        i.node);
}

std::string instruction_fault(const Program& program, QueueKind queue, const Instruction& instruction) {
    const Opcode opcode = instruction.opcode();
    if (!may_stand(opcode, queue)) return fmt::format("queue: it cannot stand in the {} queue", queue_name(queue));
    return std::visit(Judge{program, queue}, instruction.body);
}

namespace {

// The matrix stream's operands against what the array holds.
class PreloadRule {
 public:
    explicit PreloadRule(Dataflow dataflow) : dataflow_(dataflow) {}
    // Returns a fault or "".
    std::string step(const Instruction& instruction) {
        if (const Preload* p = std::get_if<Preload>(&instruction.body)) held_ = p;
        const Mma* m = std::get_if<Mma>(&instruction.body);
        if (m == nullptr || dataflow_ == Dataflow::output_stationary) return "";
        if (held_ == nullptr) return "preload: the array holds no operand yet";
        const bool same = dataflow_ == Dataflow::weight_stationary ? held_->b == m->b : held_->a == m->a;
        return same ? "" : "preload: its stationary operand is not the one that was preloaded last";
    }

 private:
    Dataflow dataflow_;
    const Preload* held_ = nullptr;
};

}  // namespace

std::vector<std::string> table_faults(const Program& program, size_t most);  // program_tables.cc

std::vector<std::string> structure_faults(const Program& program, size_t most) {
    std::vector<std::string> faults = table_faults(program, most);
    if (!faults.empty()) return faults;
    for (size_t s = 0; s < program.streams.size() && faults.size() < most; ++s) {
        const Stream& stream = program.streams[s];
        PreloadRule preload(program.shape.dataflow);
        for (size_t i = 0; i < stream.instructions.size() && faults.size() < most; ++i) {
            const Instruction& instruction = stream.instructions[i];
            std::string fault = instruction_fault(program, stream.queue, instruction);
            if (fault.empty()) fault = preload.step(instruction);
            const bool last = i + 1 == stream.instructions.size();
            if (fault.empty() && last != (instruction.opcode() == Opcode::halt))
                fault = last ? "stream: the last instruction must be halt" : "stream: instructions after halt";
            if (!fault.empty()) faults.push_back(place_text(program, s, i) + ": " + fault);
        }
    }
    return faults;
}

}  // namespace chipchain
