#include "chipchain/chip/timing_events.h"

#include <algorithm>
#include <array>
#include <functional>
#include <queue>
#include <vector>

#include "chipchain/base/check.h"
#include "chipchain/chip/footprint.h"
#include "chipchain/chip/instruction_cycles.h"
#include "chipchain/chip/shared_memory.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

namespace {

constexpr Ticks kNever = INT64_MAX;
constexpr uint32_t kNoQueue = UINT32_MAX;
constexpr int64_t kAll = int64_t{1} << 20;  // the whole SRAM, as a rate

int64_t scaled(int64_t n, int64_t times, int64_t by) {
    return static_cast<int64_t>(static_cast<Int128>(n) * times / by);
}
int64_t scaled_up(int64_t n, int64_t times, int64_t by) {
    return static_cast<int64_t>((static_cast<Int128>(n) * times + by - 1) / by);
}

enum class Share : uint8_t { useful, fold_waste, fill_drain, dependency, bandwidth, vector };
constexpr size_t kShares = 6;

// Goes through the DRAM side of a box, block by block; what lies in the burst before costs nothing.
class BlockWalk {
 public:
    void start(const Runs& runs) {
        runs_ = runs;
        at_ = {};
        run_ = next_ = runs.base;
        last_burst_ = -1;
        done_ = false;
    }
    struct Part {
        uint64_t address = 0;
        uint32_t bursts = 0;
        uint32_t first = 0;  // burst within its block
    };
    // The next block: false at the end.
    bool next(Part& part) {
        static const auto kBlock = static_cast<int64_t>(dram_figure(DramKey::interleave_bytes));
        static const auto kBurst = static_cast<int64_t>(dram_figure(DramKey::burst_bytes));
        while (!done_) {
            const int64_t end = std::min(run_ + runs_.length, next_ / kBlock * kBlock + kBlock);
            const int64_t first = next_ / kBurst;
            const int64_t last = (end - 1) / kBurst;
            const int64_t fresh = last - first + (first == last_burst_ ? 0 : 1);
            const int64_t skipped = last - first + 1 - fresh;
            part = {
                static_cast<uint64_t>(next_),
                static_cast<uint32_t>(fresh),
                static_cast<uint32_t>((first + skipped) % (kBlock / kBurst))};
            last_burst_ = last;
            next_ = end;
            if (end == run_ + runs_.length) step();
            if (fresh > 0) return true;
        }
        return false;
    }

    [[nodiscard]] bool done() const { return done_; }

 private:
    void step() {
        for (uint32_t d = 0; d < runs_.levels; ++d) {
            run_ += runs_.level[d].stride;
            if (++at_[d] < runs_.level[d].count) {
                next_ = run_;
                return;
            }
            run_ -= runs_.level[d].stride * runs_.level[d].count;
            at_[d] = 0;
        }
        done_ = true;
    }
    Runs runs_;
    std::array<int64_t, Runs::kMost> at_{};
    int64_t run_ = 0;
    int64_t next_ = 0;
    int64_t last_burst_ = -1;
    bool done_ = true;
};

struct Queue {
    enum class State : uint8_t { ready, working, waiting, ended } state = State::ready;
    uint32_t next = 0;
    uint32_t signals = 0;
    uint32_t waits_for = kNoQueue;
    uint32_t wait_count = 0;
    std::vector<uint32_t> waiting;
    // the instruction under way
    uint32_t node = 0;
    Ticks started = 0;
    Ticks left = 0;        // at full speed
    int64_t demand = 0;    // of the SRAM at full speed, of kAll
    bool in_dram = false;  // blocks of it are still to be asked for
    uint32_t on_way = 0;   // signals that wait for what was asked for
    InstructionCycles cost;
};

// DMA of a load or store queue.
struct Transport {
    BlockWalk walk;
    bool write = false;
    bool shared = false;      // served by the shared memory, else by the DRAM
    bool buffered = false;    // constants that the shared memory may hold
    Ticks arrival = 0;        // of the next block at the memory
    Ticks last = 0;           // when all that was asked for has passed the bus
    Ticks arrived = 0;        // and the way
    uint32_t asked = 0;       // blocks since the last row of every channel was full
    size_t rows = 0;          // such rows
    std::vector<Ticks> ends;  // of the last rows, a ring: so many are under way
};

struct Core {
    Ticks updated = 0;  // until then `left` of its queues holds
    Ticks settled = 0;  // until then its matrix time line is told
    Share idle = Share::dependency;
    uint32_t idle_node = 0;
    bool idles_for_newest = false;  // idle_node is the newest node that the run has come to
    uint64_t version = 0;           // of its event
    bool touched = false;
    CycleCounter counter;
};

struct Event {
    Ticks time = 0;
    uint64_t order = 0;  // equal times: as they were made
    enum class Kind : uint8_t { core, block, asked, signal } kind = Kind::core;
    uint32_t id = 0;  // core or queue
    uint64_t version = 0;
    bool operator>(const Event& o) const { return time != o.time ? time > o.time : order > o.order; }
};

class Machine {
 public:
    Machine(const Program& program, const IntegerNetwork& network, const EventOptions& options)
        : program_(program),
          network_(network),
          shape_(program.shape),
          ideal_(options.ideal_memory),
          dram_(shape_),
          shared_(shape_),
          buffer_(free_bytes(), shared_.exists() ? program.constants.size() : 0, block_bytes()),
          queues_(program.streams.size()),
          transports_(program.streams.size()),
          shares_(network.nodes.size() + 1) {
        cores_.reserve(shape_.arrays);
        for (uint32_t c = 0; c < shape_.arrays; ++c) cores_.push_back(Core{.counter = CycleCounter(shape_)});
        if (!ideal_ && buffer_.exists()) expect_constants();
        for (Transport& t : transports_) t.ends.resize(static_cast<size_t>(dram_figure(DramKey::rows_asked)));
    }

    EventRun run() {
        for (uint32_t c = 0; c < cores_.size(); ++c) touch(c);
        for (uint32_t q = 0; q < queues_.size(); ++q) ready_.push_back(q);
        proceed();
        while (!events_.empty()) {
            const Event event = events_.top();
            events_.pop();
            switch (event.kind) {
                case Event::Kind::block:
                    serve_blocks(event.id, event.time);
                    continue;
                case Event::Kind::core:
                    if (event.version != cores_[event.id].version) continue;
                    now_ = event.time;
                    touch(event.id);
                    break;
                case Event::Kind::asked:
                    now_ = event.time;
                    touch(event.id / kQueueKinds);
                    queues_[event.id].in_dram = false;
                    break;
                case Event::Kind::signal:
                    now_ = event.time;
                    touch(event.id / kQueueKinds);
                    --queues_[event.id].on_way;
                    signal(queues_[event.id]);
                    break;
            }
            proceed();
        }
        return finish();
    }

 private:
    // Brings a core to now_: its work under way and its time line.
    void touch(uint32_t c) {
        Core& core = cores_[c];
        if (core.touched) return;
        core.touched = true;
        touched_.push_back(c);
        const Ticks elapsed = now_ - core.updated;
        core.updated = now_;
        if (elapsed > 0) {
            const int64_t load = std::max(kAll, sram_load(c));
            const Ticks progress = load == kAll ? elapsed : scaled(elapsed, kAll, load);
            for (size_t k = 0; k < kQueueKinds; ++k) {
                Queue& q = queues_[c * kQueueKinds + k];
                if (q.state == Queue::State::working) q.left = std::max<Ticks>(q.left - progress, 0);
            }
        }
        settle(c);
    }

    [[nodiscard]] int64_t sram_load(uint32_t c) const {
        int64_t load = 0;
        for (size_t k = 0; k < kQueueKinds; ++k) {
            const Queue& q = queues_[c * kQueueKinds + k];
            if (q.state == Queue::State::working && q.left > 0) load += q.demand;
        }
        return load;
    }

    // Tells the idle time of a matrix queue up to now_.
    void settle(uint32_t c) {
        Core& core = cores_[c];
        if (matrix_of(c).state == Queue::State::working || now_ == core.settled) return;
        tell(core.idle_node, core.idle, now_ - core.settled);
        core.settled = now_;
    }
    [[nodiscard]] Queue& matrix_of(uint32_t c) {
        return queues_[c * kQueueKinds + static_cast<size_t>(QueueKind::matrix)];
    }
    void tell(uint32_t node, Share share, Ticks ticks) {
        shares_[std::min<size_t>(node, shares_.size() - 1)][static_cast<size_t>(share)] += ticks;
    }

    // Completes what is complete, starts what can start, until nothing changes at now_; then plans the next events.
    void proceed() {
        for (size_t i = 0; i < touched_.size(); ++i) {
            const uint32_t c = touched_[i];
            for (uint32_t k = 0; k < kQueueKinds; ++k) {
                const auto q = static_cast<uint32_t>(c * kQueueKinds + k);
                if (queues_[q].state == Queue::State::working && queues_[q].left == 0 && !queues_[q].in_dram)
                    complete(q);
            }
            // what this started in other cores touches them, at the end of the list
            while (!ready_.empty()) {
                const uint32_t q = ready_.back();
                ready_.pop_back();
                advance(q);
            }
        }
        for (const uint32_t c : touched_) {
            find_reason(c);
            plan(c);
            cores_[c].touched = false;
        }
        touched_.clear();
    }

    void complete(uint32_t q) {
        Queue& queue = queues_[q];
        const uint32_t c = q / kQueueKinds;
        const Ticks elapsed = now_ - queue.started;
        switch (program_.streams[q].queue) {
            case QueueKind::matrix: {
                const Ticks own = queue.cost.cycles * kTicksPerCycle;
                const Ticks useful =
                    scaled(queue.cost.multiplications, kTicksPerCycle, int64_t{shape_.rows} * shape_.columns);
                const Ticks overhead = queue.cost.fill_drain * kTicksPerCycle;
                tell(queue.node, Share::useful, useful);
                tell(queue.node, Share::fill_drain, overhead);
                tell(queue.node, Share::fold_waste, own - useful - overhead);
                tell(queue.node, Share::bandwidth, elapsed - own);
                matrix_ticks_ += elapsed;
                stall_ticks_ += elapsed - own;
                cores_[c].settled = now_;
                break;
            }
            case QueueKind::vector:
                vector_ticks_ += elapsed;
                break;
            case QueueKind::load:
            case QueueKind::fetch:
            case QueueKind::store:
                break;
        }
        last_ = std::max(last_, now_);
        queue.state = Queue::State::ready;
        ++queue.next;
        ready_.push_back(q);
    }

    // Carries on a queue until an instruction takes time, a wait holds it or it ends.
    void advance(uint32_t q) {
        Queue& queue = queues_[q];
        if (queue.state == Queue::State::waiting && queues_[queue.waits_for].signals < queue.wait_count) {
            queues_[queue.waits_for].waiting.push_back(q);
            return;
        }
        touch(q / kQueueKinds);
        if (queue.state == Queue::State::waiting) ++queue.next;
        queue.state = Queue::State::ready;
        const std::vector<Instruction>& stream = program_.streams[q].instructions;
        for (; queue.next < stream.size(); ++queue.next) {
            const Instruction& instruction = stream[queue.next];
            ++instructions_;
            if (const Sync* s = std::get_if<Sync>(&instruction.body)) {
                if (!s->is_wait) {
                    give_signal(q);
                    continue;
                }
                const auto other = static_cast<uint32_t>(s->core * kQueueKinds + static_cast<size_t>(s->queue));
                if (queues_[other].signals >= s->count) continue;
                queue.state = Queue::State::waiting;
                queue.waits_for = other;
                queue.wait_count = s->count;
                queues_[other].waiting.push_back(q);
                return;
            }
            if (start(q, instruction)) return;
        }
        queue.state = Queue::State::ended;
    }

    // At once, or when what the queue asked for has arrived.
    void give_signal(uint32_t q) {
        const Ticks arrived = arrival(q);
        if (arrived <= now_ && queues_[q].on_way == 0) return signal(queues_[q]);
        ++queues_[q].on_way;
        push({std::max(arrived, now_), 0, Event::Kind::signal, q, 0});
    }
    void signal(Queue& queue) {
        ++queue.signals;
        ready_.insert(ready_.end(), queue.waiting.begin(), queue.waiting.end());
        queue.waiting.clear();
    }
    // When all that a queue asked of the memories has arrived; 0 when nothing.
    [[nodiscard]] Ticks arrival(uint32_t q) const { return transports_[q].arrived; }

    // Returns whether the instruction takes time.
    bool start(uint32_t q, const Instruction& instruction) {
        Queue& queue = queues_[q];
        const QueueKind kind = program_.streams[q].queue;
        queue.node = instruction.node;
        queue.started = now_;
        queue.cost = cores_[q / kQueueKinds].counter.count(program_, instruction);
        queue.left = queue.cost.cycles * kTicksPerCycle;
        queue.demand = 0;
        queue.in_dram = false;
        if (kind != QueueKind::matrix && kind != QueueKind::vector) start_transfer(q, instruction);
        if (!ideal_ && queue.cost.words > 0) {
            const Ticks sram = scaled_up(queue.cost.words, kTicksPerCycle, queue.cost.banks);
            queue.left = std::max(queue.left, sram);
            queue.demand = scaled_up(sram, kAll, queue.left);
        }
        if (queue.left == 0 && !queue.in_dram) return false;
        queue.state = Queue::State::working;
        if ((kind == QueueKind::matrix || kind == QueueKind::vector) && instruction.node > newest_node_)
            reach(instruction.node);
        return true;
    }

    // The run has come to a node: what idles for want of anything better to wait for idles for it.
    void reach(uint32_t node) {
        newest_node_ = node;
        for (uint32_t c = 0; c < cores_.size(); ++c) {
            if (!cores_[c].idles_for_newest) continue;
            settle(c);
            cores_[c].idle_node = node;
        }
    }

    void start_transfer(uint32_t q, const Instruction& instruction) {
        const bool write = program_.streams[q].queue == QueueKind::store;
        const Load* load = std::get_if<Load>(&instruction.body);
        if (load != nullptr && load->fill) return;
        const Store* store = std::get_if<Store>(&instruction.body);
        if (load == nullptr && store == nullptr) return;
        const Transfer& t = load != nullptr ? static_cast<const Transfer&>(*load) : *store;
        const bool shared = (write ? t.target : t.source) >= program_.shared_address;
        const bool constant = !write && is_constant(t);
        const bool served = !ideal_ && (shared ? shared_.exists() : dram_.exists());
        const bool buffered = served && constant && buffer_.exists();
        if (!served) {
            const uint64_t bytes = uint64_t{t.box.count[0]} * t.box.count[1] * t.box.count[2] * t.box.count[3];
            (shared ? shared_bytes_ : dram_bytes_) += bytes;
            return;
        }
        Transport& transport = transports_[q];
        const Runs runs = memory_side(t, write);
        transport.walk.start(runs);
        transport.write = write;
        transport.shared = shared;
        transport.buffered = buffered;
        queues_[q].in_dram = true;
        // its SRAM side need not be faster than the memory can be
        const auto least = static_cast<uint64_t>(runs.count() * runs.length);
        queues_[q].left = shared || buffered ? shared_.peak_ticks(least) : dram_.peak_ticks(least);
        push({std::max(now_, next_place(transport)), 0, Event::Kind::block, q, 0});
    }

    // When the next block may be asked for: a DMA asks for a row of every channel at a time, as a controller that
    // gathers requests to open rows would have it.
    static Ticks next_place(const Transport& t) { return t.asked > 0 ? 0 : t.ends[t.rows % t.ends.size()]; }

    // Asks for blocks of a transfer as long as no other event comes before.
    void serve_blocks(uint32_t q, Ticks time) {
        Transport& t = transports_[q];
        t.arrival = time;
        BlockWalk::Part part;
        while (t.walk.next(part)) {
            const Ticks passed = serve(t, part);
            t.last = std::max(t.last, passed);
            t.arrived = std::max(t.arrived, passed + (t.shared ? shared_.way() : dram_.way()));
            if (++t.asked >= (t.shared || t.buffered ? shared_.row_blocks() : dram_.row_blocks())) {
                t.ends[t.rows++ % t.ends.size()] = t.last;
                t.asked = 0;
            }
            if (t.walk.done()) break;
            if (t.asked > 0) continue;
            t.arrival = std::max(t.arrival, next_place(t));
            if (!events_.empty() && events_.top().time <= t.arrival) {
                push({t.arrival, 0, Event::Kind::block, q, 0});
                return;
            }
        }
        push({t.arrival, 0, Event::Kind::asked, q, 0});
    }

    // When a block of a transfer has passed its memory.
    Ticks serve(const Transport& t, const BlockWalk::Part& part) {
        if (t.shared) return from_shared(t, part);
        const auto block = static_cast<size_t>(part.address / block_bytes());
        if (!t.buffered || !buffer_.wants(block)) return from_dram(t, part);
        const uint64_t lines = (part.bursts >= 64 ? ~uint64_t{0} : (uint64_t{1} << part.bursts) - 1) << part.first;
        // read from the buffer, or written to it on the way
        const Ticks passed = from_shared(t, part);
        Ticks since = 0;
        if (buffer_.holds(block, lines, since)) return std::max(passed, since);
        const Ticks read = from_dram(t, part);
        buffer_.put(block, lines, read);
        return std::max(passed, read);
    }
    Ticks from_shared(const Transport& t, const BlockWalk::Part& part) {
        shared_bytes_ += part.bursts * burst_bytes();
        return shared_.serve(t.arrival, part.bursts);
    }
    Ticks from_dram(const Transport& t, const BlockWalk::Part& part) {
        dram_bytes_ += part.bursts * burst_bytes();
        return dram_.serve(t.arrival, part.address, part.bursts, t.write);
    }
    static uint64_t burst_bytes() { return static_cast<uint64_t>(dram_figure(DramKey::burst_bytes)); }
    [[nodiscard]] bool is_constant(const Transfer& t) const { return t.source < program_.constants.size(); }
    static Runs memory_side(const Transfer& t, bool write) {
        std::array<Dimension, 4> box;
        for (size_t d = 0; d < 4; ++d)
            box[d] = {t.box.count[d], write ? t.box.target_stride[d] : t.box.source_stride[d]};
        return make_runs(static_cast<int64_t>(write ? t.target : t.source), box.data(), 4);
    }
    void expect_constants() {
        BlockWalk walk;
        BlockWalk::Part part;
        for (const Stream& stream : program_.streams) {
            for (const Instruction& instruction : stream.instructions) {
                const Load* load = std::get_if<Load>(&instruction.body);
                if (load == nullptr || load->fill || !is_constant(*load)) continue;
                walk.start(memory_side(*load, false));
                while (walk.next(part)) buffer_.expect(static_cast<size_t>(part.address / block_bytes()));
            }
        }
    }
    static uint64_t block_bytes() { return static_cast<uint64_t>(dram_figure(DramKey::interleave_bytes)); }
    // Of the shared memory, beside the tensors that lie there.
    [[nodiscard]] uint64_t free_bytes() const {
        const uint64_t held = program_.shared_address == kNotInDram ? 0 : program_.dram_bytes - program_.shared_address;
        return shape_.shared_bytes - std::min(held, shape_.shared_bytes);
    }

    void push(Event event) {
        event.order = order_++;
        events_.push(event);
    }

    // The next completion in a core at its present speed.
    void plan(uint32_t c) {
        Ticks least = kNever;
        for (size_t k = 0; k < kQueueKinds; ++k) {
            const Queue& q = queues_[c * kQueueKinds + k];
            if (q.state == Queue::State::working && q.left > 0) least = std::min(least, q.left);
        }
        ++cores_[c].version;
        if (least == kNever) return;
        const int64_t load = std::max(kAll, sram_load(c));
        push(
            {now_ + (load == kAll ? least : scaled_up(least, load, kAll)), 0, Event::Kind::core, c, cores_[c].version});
    }

    // Why the matrix queue of a core stands still, from now_ on.
    void find_reason(uint32_t c) {
        Core& core = cores_[c];
        const Queue& matrix = matrix_of(c);
        core.idles_for_newest = false;
        if (matrix.state == Queue::State::working) return;
        core.idle = Share::dependency;
        core.idle_node = newest_node_;
        core.idles_for_newest = true;
        if (matrix.state == Queue::State::waiting) return follow(c, matrix.waits_for);
        // after its end: what its core still does
        for (const QueueKind kind : {QueueKind::vector, QueueKind::store, QueueKind::load, QueueKind::fetch}) {
            const auto q = static_cast<uint32_t>(c * kQueueKinds + static_cast<size_t>(kind));
            if (queues_[q].state != Queue::State::ended || arrival(q) > now_) return follow(c, q);
        }
        core.idle = Share::fold_waste;
    }

    // From queue to the queue that it waits for, to one that works. Waits of a sound program make no cycle.
    void follow(uint32_t c, uint32_t q) {
        const auto moves = [&] { return queues_[q].on_way > 0 || arrival(q) > now_; };
        for (size_t steps = 0; steps < queues_.size() && queues_[q].state == Queue::State::waiting && !moves(); ++steps)
            q = queues_[q].waits_for;
        if (queues_[q].state != Queue::State::working && !moves()) return;
        Core& core = cores_[c];
        core.idle_node = queues_[q].node;
        core.idles_for_newest = false;
        switch (program_.streams[q].queue) {
            case QueueKind::load:
            case QueueKind::fetch:
            case QueueKind::store:
                core.idle = Share::bandwidth;
                break;
            case QueueKind::vector:
                core.idle = q / kQueueKinds == c ? Share::vector : Share::dependency;
                break;
            case QueueKind::matrix:
                break;
        }
    }

    // Products with the zeros between groups that a compiler joined are no use.
    void take_off_zeros() {
        for (size_t n = 0; n < network_.nodes.size(); ++n) {
            const Ticks most = scaled(
                multiply_count(network_, network_.nodes[n]),
                kTicksPerCycle,
                int64_t{shape_.rows} * shape_.columns);
            Int128& useful = shares_[n][static_cast<size_t>(Share::useful)];
            const Int128 zeros = std::max<Int128>(useful - most, 0);
            useful -= zeros;
            shares_[n][static_cast<size_t>(Share::fold_waste)] += zeros;
        }
    }

    EventRun finish() {
        for (const Queue& q : queues_) CHECK(q.state == Queue::State::ended);
        for (uint32_t q = 0; q < queues_.size(); ++q) last_ = std::max(last_, arrival(q));
        now_ = last_;
        for (uint32_t c = 0; c < cores_.size(); ++c) settle(c);
        take_off_zeros();
        EventRun run;
        run.instructions = instructions_;
        run.matrix_cycles = to_cycles(matrix_ticks_);
        run.vector_cycles = to_cycles(vector_ticks_);
        run.sram_stall_cycles = to_cycles(stall_ticks_);
        run.dram = dram_.counts();
        NetworkTiming& timing = run.timing;
        timing.cycles = to_cycles(last_);
        timing.seconds = timing.cycles / (shape_.clock_ghz * 1e9);
        timing.dram_bytes = dram_bytes_;
        timing.shared_bytes = shared_bytes_;
        divide_shares(timing);
        return run;
    }

    static double to_cycles(Ticks ticks) { return static_cast<double>(ticks) / static_cast<double>(kTicksPerCycle); }

    // The time lines of all cores, each as long as the run, become one: shares are divided by the number of cores with
    // the remainders carried on, so that all of them sum to the run to the tick.
    void divide_shares(NetworkTiming& timing) {
        Int128 before = 0;
        Int128 multiplied = 0;
        for (size_t n = 0; n < shares_.size(); ++n) {
            NodeTiming node;
            node.node = static_cast<uint32_t>(n);
            double* parts[kShares] =
                {&node.useful, &node.fold_waste, &node.fill_drain, &node.dependency, &node.bandwidth, &node.vector};
            Ticks all = 0;
            for (size_t s = 0; s < kShares; ++s) {
                const Int128 after = before + shares_[n][s];
                const auto part = static_cast<Ticks>(after / shape_.arrays - before / shape_.arrays);
                before = after;
                *parts[s] = to_cycles(part);
                all += part;
            }
            multiplied += shares_[n][static_cast<size_t>(Share::useful)];
            node.cycles = to_cycles(all);
            // the last row is for instructions of no node: only if there are any
            if (n + 1 < shares_.size() || all > 0) timing.nodes.push_back(node);
        }
        CHECK(before == static_cast<Int128>(last_) * shape_.arrays);
        timing.utilisation = ratio(multiplied, static_cast<Int128>(last_) * shape_.arrays);
    }

    const Program& program_;
    const IntegerNetwork& network_;
    const ChipShape& shape_;
    bool ideal_;
    DramModel dram_;
    SharedMemory shared_;
    ConstantBuffer buffer_;
    std::vector<Queue> queues_;
    std::vector<Transport> transports_;
    std::vector<Core> cores_;
    std::vector<std::array<Int128, kShares>> shares_;  // by node, of all cores
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::vector<uint32_t> ready_;
    std::vector<uint32_t> touched_;
    Ticks now_ = 0;
    Ticks last_ = 0;
    uint64_t order_ = 0;
    uint32_t newest_node_ = 0;
    uint64_t instructions_ = 0;
    uint64_t dram_bytes_ = 0;
    uint64_t shared_bytes_ = 0;
    Ticks matrix_ticks_ = 0;
    Ticks vector_ticks_ = 0;
    Ticks stall_ticks_ = 0;
};

}  // namespace

EventRun run_events(const Program& program, const IntegerNetwork& network, const EventOptions& options) {
    return Machine(program, network, options).run();
}

NetworkTiming time_events(const Program& program, const IntegerNetwork& network, const EventOptions& options) {
    return run_events(program, network, options).timing;
}

}  // namespace chipchain
