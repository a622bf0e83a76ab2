#include "chipchain/chip/simulate_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "chipchain/chip/footprint.h"
#include "chipchain/chip/instruction_faults.h"
#include "chipchain/chip/matrix_unit.h"
#include "chipchain/chip/poisoned_memory.h"
#include "chipchain/chip/vector_unit.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

constexpr uint64_t kMostDram = uint64_t{4} << 30;  // assumption: what a machine that runs tests can give
constexpr uint64_t kMostMemory = uint64_t{16} << 30;
constexpr size_t kMostFaults = 20;
constexpr uint64_t kMostPieces = 8;
constexpr uint64_t kStepsPerWeights = 512;  // after so many bursts the weights of the queues are drawn again

// The n-th word of a seed: a counter through the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
class Draws {
 public:
    explicit Draws(uint64_t seed) : state_(seed * 0xd1342543de82ef95U + 1) {}
    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        return z ^ z >> 31;
    }
    uint64_t below(uint64_t n) { return static_cast<uint64_t>(static_cast<Uint128>(next()) * n >> 64); }

 private:
    uint64_t state_;
};

struct Core {
    PoisonedMemory<uint8_t> sram;
    PoisonedMemory<uint32_t> accumulators;
    MatrixUnit matrix;
};

struct Queue {
    size_t next = 0;
    uint32_t signals = 0;
    std::vector<uint32_t> waiting;  // queues that wait for a signal of this one
    std::vector<std::pair<uint64_t, uint64_t>>
        pieces;  // of the box on its way, in the order of their completion, last first
    uint8_t weight = 64;
};

// Where a box moves bytes.
struct Way {
    PoisonedMemory<uint8_t>* source;
    PoisonedMemory<uint8_t>* target;
};

class Simulator {
 public:
    Simulator(const Program& program, uint64_t seed) : program_(program), draws_(seed), vector_(program) {}

    ProgramRun run(const std::vector<std::vector<uint8_t>>& inputs) {
        if (!reserve()) return std::move(result_);
        write_host(program_.constants, 0);
        for (size_t i = 0; i < inputs.size(); ++i) write_host(inputs[i], program_.tensor_address[program_.inputs[i]]);
        queues_.resize(program_.streams.size());
        for (uint32_t q = 0; q < queues_.size(); ++q) ready_.push_back(q);
        for (uint64_t burst = 0; !ready_.empty(); ++burst) {
            if (burst % kStepsPerWeights == 0) draw_weights();
            const size_t at = choose();
            const uint64_t steps = uint64_t{1} << draws_.below(8);
            if (!advance(ready_[at], steps)) {
                ready_[at] = ready_.back();
                ready_.pop_back();
            }
        }
        report_stuck();
        take_tensors();
        return std::move(result_);
    }

 private:
    void fault(std::string text) {
        if (result_.faults.size() < kMostFaults) result_.faults.push_back(std::move(text));
    }

    // Memory of as much as the program reaches.
    bool reserve() {
        const uint32_t arrays = program_.shape.arrays;
        std::vector<uint64_t> sram(arrays);
        std::vector<uint64_t> accumulators(arrays);
        for (size_t s = 0; s < program_.streams.size(); ++s) {
            for (const Instruction& i : program_.streams[s].instructions) {
                accesses_.clear();
                find_accesses(program_, i, accesses_);
                for (const Access& a : accesses_) {
                    if (a.space == Space::dram) continue;
                    uint64_t& size = (a.space == Space::sram ? sram : accumulators)[s / kQueueKinds];
                    size = std::max(size, static_cast<uint64_t>(a.runs.end()));
                }
            }
        }
        uint64_t all = program_.dram_bytes;
        for (uint32_t c = 0; c < arrays; ++c) all += sram[c] + 4 * accumulators[c];
        if (program_.dram_bytes > kMostDram || all > kMostMemory) {
            fault(
                fmt::format("memory: {} bytes of DRAM, {} in all, are too many to simulate", program_.dram_bytes, all));
            return false;
        }
        dram_ = PoisonedMemory<uint8_t>(program_.dram_bytes);
        cores_.resize(arrays);
        for (uint32_t c = 0; c < arrays; ++c) {
            cores_[c].sram = PoisonedMemory<uint8_t>(sram[c]);
            cores_[c].accumulators = PoisonedMemory<uint32_t>(accumulators[c]);
        }
        return true;
    }

    void write_host(const std::vector<uint8_t>& bytes, uint64_t address) {
        if (bytes.empty()) return;
        std::memcpy(dram_.data() + address, bytes.data(), bytes.size());
        dram_.mark(static_cast<int64_t>(address), static_cast<int64_t>(address + bytes.size()));
    }

    void draw_weights() {
        for (Queue& q : queues_) q.weight = static_cast<uint8_t>(1U << draws_.below(7));
    }

    // A queue of ready_, heavy ones more often.
    size_t choose() {
        size_t at = 0;
        for (int tries = 0; tries < 8; ++tries) {
            at = draws_.below(ready_.size());
            if (draws_.below(64) < queues_[ready_[at]].weight) break;
        }
        return at;
    }

    // Makes up to so many steps of a queue. Returns whether it can go on.
    bool advance(uint32_t q, uint64_t steps) {
        Queue& queue = queues_[q];
        const Stream& stream = program_.streams[q];
        for (; steps > 0; --steps) {
            const Instruction& instruction = stream.instructions[queue.next];
            if (const Sync* s = std::get_if<Sync>(&instruction.body)) {
                if (s->is_wait && !wait(q, *s)) return false;
                if (!s->is_wait) signal(queue);
            } else if (!carry_out(q, instruction)) {
                continue;  // pieces of its box are still on their way
            }
            ++result_.instructions;
            if (++queue.next == stream.instructions.size()) return false;
        }
        return true;
    }

    bool wait(uint32_t q, const Sync& s) {
        Queue& from = queues_[s.core * kQueueKinds + static_cast<size_t>(s.queue)];
        if (from.signals >= s.count) return true;
        from.waiting.push_back(q);
        return false;
    }
    void signal(Queue& queue) {
        ++queue.signals;
        ready_.insert(ready_.end(), queue.waiting.begin(), queue.waiting.end());
        queue.waiting.clear();
    }

    // Returns whether the instruction is complete.
    bool carry_out(uint32_t q, const Instruction& instruction) {
        Core& core = cores_[q / kQueueKinds];
        switch (instruction.opcode()) {
            case Opcode::load:
                return move(q, std::get<Load>(instruction.body), {&dram_, &core.sram});
            case Opcode::store:
                return move(q, std::get<Store>(instruction.body), {&core.sram, &dram_});
            case Opcode::copy:
                return move(q, std::get<Copy>(instruction.body), {&core.sram, &core.sram});
            case Opcode::preload:
            case Opcode::mma:
            case Opcode::rq:
            case Opcode::ew:
            case Opcode::pool:
            case Opcode::lut8:
            case Opcode::reduce:
                compute(q, core, instruction);
                break;
            case Opcode::sync:
            case Opcode::halt:
                break;
        }
        return true;
    }

    void compute(uint32_t q, Core& core, const Instruction& instruction) {
        accesses_.clear();
        find_accesses(program_, instruction, accesses_);
        uint64_t poisoned = 0;
        for (const Access& a : accesses_) {
            if (a.write) continue;
            if (a.space == Space::sram) {
                poisoned += core.sram.count_poisoned(a.runs, draws_.next());
            } else {
                poisoned += 4 * core.accumulators.count_poisoned(a.runs, draws_.next());
            }
        }
        tell_poison(q, poisoned);
        uint8_t* sram = core.sram.data();
        if (const Preload* p = std::get_if<Preload>(&instruction.body)) {
            core.matrix.preload(*p, program_.shape.dataflow, sram);
        } else if (const Mma* m = std::get_if<Mma>(&instruction.body)) {
            core.matrix.multiply(*m, program_.shape, sram, core.accumulators.data());
            result_.multiplications += uint64_t{row_total(m->a)} * m->b.depth * m->b.columns;
        } else if (const Rq* r = std::get_if<Rq>(&instruction.body)) {
            vector_.run(*r, core.accumulators.data(), sram);
        } else if (const Ew* e = std::get_if<Ew>(&instruction.body)) {
            vector_.run(*e, sram);
        } else if (const Pool* pool = std::get_if<Pool>(&instruction.body)) {
            vector_.run(*pool, sram);
        } else if (const Lut8* l = std::get_if<Lut8>(&instruction.body)) {
            vector_.run(*l, sram);
        } else if (const Reduce* reduce = std::get_if<Reduce>(&instruction.body)) {
            vector_.run(*reduce, sram);
        }
        for (const Access& a : accesses_) {
            if (!a.write) continue;
            if (a.space == Space::sram) {
                core.sram.mark(a.runs);
            } else {
                core.accumulators.mark(a.runs);
            }
        }
    }

    void tell_poison(uint32_t q, uint64_t poisoned) {
        if (poisoned == 0) return;
        result_.poisoned_reads += poisoned;
        fault(fmt::format(
            "{}: poison: reads {} bytes that nothing had written",
            place_text(program_, q, queues_[q].next),
            poisoned));
    }

    // The next piece of a box. Returns whether it was the last.
    bool move(uint32_t q, const Transfer& t, const Way& way) {
        Queue& queue = queues_[q];
        const Box4& box = t.box;
        const uint64_t lines = uint64_t{box.count[0]} * box.count[1] * box.count[2];
        const uint64_t units = lines > 1 ? lines : box.count[3];
        if (queue.pieces.empty()) cut(queue, units);
        const auto [first, end] = queue.pieces.back();
        queue.pieces.pop_back();
        uint64_t poisoned = 0;
        if (lines == 1) {
            poisoned = move_line(t, way, 0, 0, first, end);
        } else {
            for (uint64_t line = first; line < end; ++line) {
                const uint64_t at[] = {
                    line / box.count[2] / box.count[1],
                    line / box.count[2] % box.count[1],
                    line % box.count[2]};
                int64_t source = 0;
                int64_t target = 0;
                for (size_t d = 0; d < 3; ++d) {
                    source += static_cast<int64_t>(at[d]) * box.source_stride[d];
                    target += static_cast<int64_t>(at[d]) * box.target_stride[d];
                }
                poisoned += move_line(t, way, source, target, 0, box.count[3]);
            }
        }
        tell_poison(q, poisoned);
        return queue.pieces.empty();
    }

    void cut(Queue& queue, uint64_t units) {
        const uint64_t pieces = std::min(units, 1 + draws_.below(kMostPieces));
        for (uint64_t i = 0; i < pieces; ++i) queue.pieces.emplace_back(units * i / pieces, units * (i + 1) / pieces);
        for (size_t i = pieces; i > 1; --i) std::swap(queue.pieces[i - 1], queue.pieces[draws_.below(i)]);
    }

    // Bytes [first, end) of the innermost level of one line. Returns how many were poisoned.
    uint64_t move_line(
        const Transfer& t,
        const Way& way,
        int64_t source_offset,
        int64_t target_offset,
        uint64_t first,
        uint64_t end) {
        const auto at = static_cast<int64_t>(first);
        const auto n = static_cast<int64_t>(end - first);
        const int64_t from_stride = t.box.source_stride[3];
        const int64_t into_stride = t.box.target_stride[3];
        const int64_t from = static_cast<int64_t>(t.source) + source_offset + at * from_stride;
        const int64_t into = static_cast<int64_t>(t.target) + target_offset + at * into_stride;
        uint64_t poisoned = 0;
        uint8_t* target = way.target->data();
        if (t.fill) {
            for (int64_t i = 0; i < n; ++i) target[into + i * into_stride] = t.fill_byte;
        } else {
            const Dimension read{n, from_stride};
            poisoned = way.source->count_poisoned(make_runs(from, &read, 1), draws_.next());
            const uint8_t* source = way.source->data();
            if (from_stride == 1 && into_stride == 1) {
                std::memcpy(target + into, source + from, static_cast<size_t>(n));
            } else {
                for (int64_t i = 0; i < n; ++i) target[into + i * into_stride] = source[from + i * from_stride];
            }
        }
        const Dimension written{n, into_stride};
        way.target->mark(make_runs(into, &written, 1));
        return poisoned;
    }

    void report_stuck() {
        for (uint32_t q = 0; q < queues_.size(); ++q) {
            const Queue& queue = queues_[q];
            if (queue.next == program_.streams[q].instructions.size()) continue;
            const Sync& s = std::get<Sync>(program_.streams[q].instructions[queue.next].body);
            fault(fmt::format(
                "{}: deadlock: waits for signal {} of core {} {}, which gave {}",
                place_text(program_, q, queue.next),
                s.count,
                s.core,
                queue_name(s.queue),
                queues_[s.core * kQueueKinds + static_cast<size_t>(s.queue)].signals));
        }
    }

    void take_tensors() {
        result_.tensors.resize(program_.tensor_address.size());
        for (size_t t = 0; t < result_.tensors.size(); ++t) {
            if (program_.tensor_address[t] == kNotInDram) continue;
            const uint8_t* first = dram_.data() + program_.tensor_address[t];
            result_.tensors[t].assign(first, first + program_.tensor_bytes[t]);
        }
        for (const TensorId id : program_.outputs) {
            const auto first = static_cast<int64_t>(program_.tensor_address[id]);
            const Dimension all{static_cast<int64_t>(program_.tensor_bytes[id]), 1};
            if (all.count > 0 && dram_.count_poisoned(make_runs(first, &all, 1), 0) > 0)
                fault(fmt::format("tensor {}: poison: nothing wrote some bytes of this output", id));
        }
    }

    const Program& program_;
    Draws draws_;
    VectorUnit vector_;
    ProgramRun result_;
    PoisonedMemory<uint8_t> dram_;
    std::vector<Core> cores_;
    std::vector<Queue> queues_;
    std::vector<uint32_t> ready_;
    std::vector<Access> accesses_;
};

}  // namespace

ProgramRun simulate_program(
    const Program& program,
    const IntegerNetwork& network,
    const std::vector<std::vector<uint8_t>>& inputs,
    uint64_t seed) {
    ProgramRun refused;
    refused.faults = structure_faults(program, kMostFaults);
    if (!refused.faults.empty()) return refused;
    if (!network.tensors.empty() && network.tensors.size() != program.tensor_address.size())
        refused.faults.emplace_back("network: it has another number of tensors than the program");
    if (inputs.size() != program.inputs.size()) {
        refused.faults.push_back(
            fmt::format("inputs: {} given, the program has {}", inputs.size(), program.inputs.size()));
    } else {
        for (size_t i = 0; i < inputs.size(); ++i)
            if (inputs[i].size() != program.tensor_bytes[program.inputs[i]])
                refused.faults.push_back(fmt::format("inputs: input {} has another size than its tensor", i));
    }
    if (!refused.faults.empty()) return refused;
    return Simulator(program, seed).run(inputs);
}

}  // namespace chipchain
