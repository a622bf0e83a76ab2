#include "chipchain/chip/footprint.h"

namespace chipchain {

namespace {

FlatRange range_of(int64_t total, uint32_t first, uint32_t count) {
    return {first, count == 0 ? total - first : int64_t{count}};
}

// A dense stretch of cells.
Runs dense(int64_t base, int64_t length) {
    Runs runs;
    runs.base = base;
    runs.length = length;
    return runs;
}

struct Finder {
    const Program& program;
    std::vector<Access>& to;

    void add(Space space, bool write, const Runs& runs) const { to.push_back({space, write, runs}); }
    void sram(bool write, uint32_t base, int64_t length) const {
        if (length > 0) add(Space::sram, write, dense(base, length));
    }

    void accumulators(bool write, uint32_t row, int64_t rows, uint32_t columns) const {
        const int64_t width = program.shape.columns;
        const Dimension box[] = {{rows, width}, {columns, 1}};
        add(Space::accumulators, write, make_runs(row * width, box, 2));
    }

    void transfer(const Transfer& t, Space source, Space target) const {
        std::array<Dimension, 4> from;
        std::array<Dimension, 4> into;
        for (size_t d = 0; d < 4; ++d) {
            from[d] = {t.box.count[d], t.box.source_stride[d]};
            into[d] = {t.box.count[d], t.box.target_stride[d]};
        }
        if (!t.fill) add(source, false, make_runs(static_cast<int64_t>(t.source), from.data(), 4));
        add(target, true, make_runs(static_cast<int64_t>(t.target), into.data(), 4));
    }

    void operand(const OperandA& a) const {
        const std::array<Dimension, 2> rows{{{a.rows[0], a.row_stride[0]}, {a.rows[1], a.row_stride[1]}}};
        std::array<Dimension, 3> depth;
        for (size_t d = 0; d < 3; ++d) depth[d] = {a.depth[d], a.depth_stride[d]};
        const FlatRange m = row_range(a);
        const FlatRange k = depth_range(a);
        each_box(rows, m.first, m.count, [&](int64_t row_offset, const std::array<Dimension, 2>& row_box) {
            each_box(depth, k.first, k.count, [&](int64_t offset, const std::array<Dimension, 3>& box) {
                const std::array<Dimension, 5> all{row_box[0], row_box[1], box[0], box[1], box[2]};
                add(Space::sram, false, make_runs(a.base + row_offset + offset, all.data(), 5));
            });
        });
    }
    void operand(const OperandB& b) const {
        const Dimension box[] = {{b.depth, b.depth_stride}, {b.columns, b.column_stride}};
        add(Space::sram, false, make_runs(b.base, box, 2));
    }

    void operator()(const Load& t) const { transfer(t, Space::dram, Space::sram); }
    void operator()(const Store& t) const { transfer(t, Space::sram, Space::dram); }
    void operator()(const Copy& t) const { transfer(t, Space::sram, Space::sram); }
    void operator()(const Preload& p) const {
        if (program.shape.dataflow == Dataflow::input_stationary) {
            operand(p.a);
        } else {
            operand(p.b);
        }
    }
    void operator()(const Mma& m) const {
        // the stationary operand comes from the array
        if (program.shape.dataflow != Dataflow::input_stationary) operand(m.a);
        if (program.shape.dataflow != Dataflow::weight_stationary) operand(m.b);
        const uint32_t rows = row_total(m.a);
        if (m.accumulate) accumulators(false, m.accumulator, rows, m.b.columns);
        accumulators(true, m.accumulator, rows, m.b.columns);
    }
    void operator()(const Rq& r) const {
        const FlatRange m = row_range(r);
        accumulators(false, r.accumulator, m.count, r.columns);
        const std::array<Dimension, 2> rows{{{r.rows[0], r.row_stride[0]}, {r.rows[1], r.row_stride[1]}}};
        each_box(rows, m.first, m.count, [&](int64_t offset, const std::array<Dimension, 2>& box) {
            const Dimension all[] = {box[0], box[1], {r.columns, r.column_stride}};
            add(Space::sram, true, make_runs(r.target + offset, all, 3));
        });
    }
    void operator()(const Ew& e) const {
        sram(false, e.source, e.elements);
        sram(false, e.source2, e.repeat == 0 ? e.elements : std::min(e.repeat, e.elements));
        sram(true, e.target, e.elements);
    }
    void operator()(const Pool& p) const {
        sram(false, p.source, int64_t{p.in_h} * p.in_w * p.channels);
        sram(true, p.target, int64_t{p.out_h} * p.out_w * p.channels);
    }
    void operator()(const Lut8& l) const {
        sram(false, l.source, l.elements);
        sram(true, l.target, l.elements);
    }
    void operator()(const Reduce& r) const {
        sram(false, r.source, int64_t{r.rows} * r.elements);
        sram(true, r.target, int64_t{r.rows} * r.elements);
    }
    void operator()(const Sync&) const {}
    void operator()(const Halt&) const {}
};

}  // namespace

int64_t Runs::end() const {
    int64_t last = base + length;
    for (uint32_t d = 0; d < levels; ++d) last += (level[d].count - 1) * level[d].stride;
    return last;
}

int64_t Runs::count() const {
    int64_t n = 1;
    for (uint32_t d = 0; d < levels; ++d) n *= level[d].count;
    return n;
}

Runs make_runs(int64_t base, const Dimension* dimensions, size_t count) {
    Runs runs;
    std::array<Dimension, Runs::kMost> sorted;
    size_t used = 0;
    for (size_t i = 0; i < count; ++i) {
        Dimension d = dimensions[i];
        if (d.count == 1 || d.stride == 0) continue;
        if (d.stride < 0) {
            base += (d.count - 1) * d.stride;
            d.stride = -d.stride;
        }
        size_t at = used++;
        for (; at > 0 && sorted[at - 1].stride > d.stride; --at) sorted[at] = sorted[at - 1];
        sorted[at] = d;
    }
    runs.base = base;
    for (size_t i = 0; i < used; ++i) {
        const Dimension& d = sorted[i];
        if (runs.levels == 0 && d.stride <= runs.length) {
            runs.length += (d.count - 1) * d.stride;  // the runs touch
            continue;
        }
        if (runs.levels > 0) {
            // steps of this level land on steps of the one below: windows that overlap
            Dimension& below = runs.level[runs.levels - 1];
            const int64_t times = d.stride / below.stride;
            if (d.stride % below.stride == 0 && times <= below.count) {
                below.count += (d.count - 1) * times;
                continue;
            }
        }
        runs.level[runs.levels++] = d;
    }
    return runs;
}

void find_accesses(const Program& program, const Instruction& instruction, std::vector<Access>& to) {
    std::visit(Finder{program, to}, instruction.body);
}

FlatRange row_range(const OperandA& a) { return range_of(int64_t{a.rows[0]} * a.rows[1], a.row_first, a.row_count); }
FlatRange depth_range(const OperandA& a) {
    return range_of(int64_t{a.depth[0]} * a.depth[1] * a.depth[2], a.depth_first, a.depth_count);
}
FlatRange row_range(const Rq& rq) { return range_of(int64_t{rq.rows[0]} * rq.rows[1], rq.row_first, rq.row_count); }

uint32_t row_total(const OperandA& a) { return static_cast<uint32_t>(row_range(a).count); }
uint32_t depth_total(const OperandA& a) { return static_cast<uint32_t>(depth_range(a).count); }

}  // namespace chipchain
