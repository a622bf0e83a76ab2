#include "chipchain/chip/instruction_cycles.h"

#include <algorithm>
#include <numeric>

#include "chipchain/chip/footprint.h"

namespace chipchain {

namespace {

// Bytes that follow each other along k, or else along the rows.
int64_t run_of(const OperandA& a) {
    if (a.depth_stride[2] == 1 && a.depth[2] > 1) return a.depth[2];
    return a.row_stride[1] == 1 ? a.rows[1] : 1;
}
int64_t run_of(const OperandB& b) {
    if (b.column_stride == 1 && b.columns > 1) return b.columns;
    return b.depth_stride == 1 ? b.depth : 1;
}

}  // namespace

int64_t sram_word_bytes(const ChipShape& shape) {
    int64_t word = 16;
    while (word * shape.sram_banks < int64_t{shape.rows} + shape.columns) word *= 2;
    return word;
}

// Words of so many bytes in stretches of `run`.
int64_t CycleCounter::words(int64_t bytes, int64_t run) const { return divide_up(bytes, std::min(word_, run)); }

int64_t CycleCounter::box_words(const Transfer& t, bool source, bool target) const {
    std::array<Dimension, 4> box;
    int64_t sum = 0;
    const auto add = [&](const std::array<int32_t, 4>& strides) {
        for (size_t d = 0; d < 4; ++d) box[d] = {t.box.count[d], strides[d]};
        const Runs runs = make_runs(0, box.data(), 4);
        sum += runs.count() * divide_up(runs.length, word_);
    };
    if (source && !t.fill) add(t.box.source_stride);
    if (target) add(t.box.target_stride);
    return sum;
}

// Rows of a fold are read side by side, each a cycle after the one before it. A row with bytes that follow each other
// along k reads a word every `word` cycles: the rows that do so in one cycle are `word` apart, their words one less
// than row stride. Without such bytes each row reads a word every cycle, a row stride less a k stride from the row
// before it.
int64_t CycleCounter::banks_of_rows(const OperandA& a) const {
    const int64_t banks = shape_.sram_banks;
    const int64_t step = a.row_stride[1];
    if (row_total(a) == 1) return banks;
    if (run_of(a) > 1) return step % word_ == 0 ? banks / std::gcd(banks, step - 1) : banks;
    const int64_t apart = step - a.depth_stride[2];
    return apart != 0 && apart % word_ == 0 ? banks / std::gcd(banks, apart / word_) : banks;
}

InstructionCycles CycleCounter::vector(int64_t elements, int64_t sram_words) const {
    InstructionCycles c;
    c.cycles = divide_up(elements, shape_.vector_lanes);
    c.words = sram_words;
    c.banks = shape_.sram_banks;
    return c;
}

InstructionCycles CycleCounter::preload(const Preload& p) {
    fresh_ = true;
    InstructionCycles c;
    c.cycles = c.fill_drain = shape_.rows;
    c.banks = shape_.sram_banks;
    if (shape_.dataflow == Dataflow::input_stationary) {
        c.words = words(int64_t{row_total(p.a)} * depth_total(p.a), run_of(p.a));
    } else {
        c.words = words(int64_t{p.b.depth} * p.b.columns, run_of(p.b));
    }
    return c;
}

InstructionCycles CycleCounter::mma(const Mma& m) {
    const int64_t rows = row_total(m.a);
    const int64_t depth = m.b.depth;
    const int64_t columns = m.b.columns;
    InstructionCycles c;
    c.multiplications = rows * depth * columns;
    c.banks = shape_.sram_banks;
    const int64_t overhead = int64_t{shape_.rows} + shape_.columns - 2;
    if (shape_.dataflow == Dataflow::output_stationary) {
        const int64_t folds = divide_up(rows, shape_.rows);
        const bool goes_on = before_ != nullptr && folds == 1 && m.accumulate &&
                             before_->accumulator == m.accumulator && row_total(before_->a) == rows &&
                             before_->b.columns == m.b.columns;
        before_ = &m;
        c.fill_drain = goes_on ? 0 : folds * overhead;
        c.cycles = folds * depth + c.fill_drain;
        c.words = words(rows * depth, run_of(m.a)) + folds * words(depth * columns, run_of(m.b));
        c.banks = banks_of_rows(m.a);
        return c;
    }
    const bool holds_b = shape_.dataflow == Dataflow::weight_stationary;
    c.fill_drain = fresh_ ? overhead : 0;
    fresh_ = false;
    c.cycles = (holds_b ? rows : columns) + c.fill_drain;
    c.words = holds_b ? words(rows * depth, run_of(m.a)) : words(depth * columns, run_of(m.b));
    return c;
}

InstructionCycles CycleCounter::count(const Program& program, const Instruction& instruction) {
    InstructionCycles none;
    none.banks = shape_.sram_banks;
    switch (instruction.opcode()) {
        case Opcode::load:
            none.words = box_words(std::get<Load>(instruction.body), false, true);
            return none;
        case Opcode::store:
            none.words = box_words(std::get<Store>(instruction.body), true, false);
            return none;
        case Opcode::preload:
            return preload(std::get<Preload>(instruction.body));
        case Opcode::mma:
            return mma(std::get<Mma>(instruction.body));
        case Opcode::rq: {
            const Rq& r = std::get<Rq>(instruction.body);
            const int64_t bytes = row_range(r).count * r.columns;
            return vector(bytes, words(bytes, r.column_stride == 1 ? r.columns : 1));
        }
        case Opcode::ew: {
            const Ew& e = std::get<Ew>(instruction.body);
            return vector(e.elements, 3 * words(e.elements, e.elements));
        }
        case Opcode::pool: {
            const Pool& p = std::get<Pool>(instruction.body);
            const Window& w = program.vector_operations[p.operation].window;
            const int64_t out = int64_t{p.out_h} * p.out_w * p.channels;
            const int64_t cells = out * w.kernel[0] * w.kernel[1];
            return vector(cells, words(cells, p.channels) + words(out, out));
        }
        case Opcode::lut8: {
            const Lut8& l = std::get<Lut8>(instruction.body);
            return vector(l.elements, 2 * words(l.elements, l.elements));
        }
        case Opcode::reduce: {
            const Reduce& r = std::get<Reduce>(instruction.body);
            const int64_t elements = int64_t{r.rows} * r.elements;
            return vector(3 * elements, 4 * words(elements, elements));
        }
        case Opcode::copy: {
            const Copy& t = std::get<Copy>(instruction.body);
            const int64_t bytes = int64_t{t.box.count[0]} * t.box.count[1] * t.box.count[2] * t.box.count[3];
            return vector(bytes, box_words(t, true, true));
        }
        case Opcode::sync:
        case Opcode::halt:
            break;
    }
    return none;
}

}  // namespace chipchain
