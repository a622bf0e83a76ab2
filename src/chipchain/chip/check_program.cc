// The order of a program: one pass over all streams in some legal order with a vector clock per queue (what each queue
// knows to be complete of every other). Order is fixed by signals and waits alone, never by values, so one pass sees
// the order of all runs. Each memory keeps, per stretch of bytes, its last write and the reads since; an access that is
// not ordered after one it conflicts with is a hazard (as race detectors do: Flanagan and Freund, FastTrack, PLDI
// 2009).
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "chipchain/base/check.h"
#include "chipchain/chip/footprint.h"
#include "chipchain/chip/instruction_faults.h"

namespace chipchain {

namespace {

constexpr uint32_t kNobody = UINT32_MAX;    // never written
constexpr uint32_t kHost = UINT32_MAX - 1;  // written before the start
constexpr uint32_t kNoReaders = 0;

// One instruction of one queue.
struct Event {
    uint32_t queue = kNobody;
    uint32_t index = 0;
    bool operator==(const Event&) const = default;
};

// Reads since the last write, as shared lists: newest first. Only reads that no other read is ordered after are kept.
class Readers {
 public:
    struct Node {
        Event event;
        uint32_t next = kNoReaders;
    };
    Readers() : nodes_(1) {}
    [[nodiscard]] const Node& at(uint32_t id) const { return nodes_[id]; }

    // The list with `event` in front, without those that `known` says are ordered before it.
    template <class Known>
    uint32_t add(uint32_t list, Event event, const Known& known) {
        if (list == last_old_ && event == last_event_) return last_new_;
        kept_.clear();
        bool all = true;
        for (uint32_t id = list; id != kNoReaders; id = nodes_[id].next) {
            if (known(nodes_[id].event)) {
                all = false;
            } else {
                kept_.push_back(nodes_[id].event);
            }
        }
        uint32_t tail = all ? list : kNoReaders;
        if (!all)
            for (size_t i = kept_.size(); i-- > 0;) tail = push(kept_[i], tail);
        last_old_ = list;
        last_event_ = event;
        last_new_ = push(event, tail);
        return last_new_;
    }

 private:
    uint32_t push(Event event, uint32_t next) {
        nodes_.push_back({event, next});
        return static_cast<uint32_t>(nodes_.size() - 1);
    }
    std::vector<Node> nodes_;
    std::vector<Event> kept_;
    Event last_event_;
    uint32_t last_old_ = UINT32_MAX;
    uint32_t last_new_ = 0;
};

// The accesses of one memory. Its cells are cut into chunks, each a short sorted list of pieces of equal history.
class History {
 public:
    struct Piece {
        uint32_t start = 0;  // in the chunk
        uint32_t readers = kNoReaders;
        Event writer;
        [[nodiscard]] bool same(const Piece& o) const { return readers == o.readers && writer == o.writer; }
    };

    // Calls change(piece, first, end) for the pieces of [first, end), cut to it; what it leaves becomes their history.
    template <class Change>
    void visit(int64_t first, int64_t end, const Change& change) {
        while (first < end) {
            const auto chunk = static_cast<size_t>(first >> kShift);
            const int64_t origin = static_cast<int64_t>(chunk) << kShift;
            const int64_t stop = std::min(end, origin + (int64_t{1} << kShift));
            if (chunk >= chunks_.size()) chunks_.resize(chunk + 1 + chunk / 2);
            if (chunks_[chunk].empty()) chunks_[chunk].push_back({});
            visit_chunk(
                chunks_[chunk],
                static_cast<uint32_t>(first - origin),
                static_cast<uint32_t>(stop - origin),
                origin,
                change);
            first = stop;
        }
    }

 private:
    static constexpr int kShift = 14;

    static size_t find(const std::vector<Piece>& pieces, uint32_t at) {
        const auto above = std::upper_bound(pieces.begin(), pieces.end(), at, [](uint32_t value, const Piece& p) {
            return value < p.start;
        });
        return static_cast<size_t>(above - pieces.begin()) - 1;
    }

    template <class Change>
    void visit_chunk(std::vector<Piece>& pieces, uint32_t first, uint32_t stop, int64_t origin, const Change& change) {
        const size_t low = find(pieces, first);
        fresh_.clear();
        // the piece before the range, as far as it reaches into it
        if (pieces[low].start < first) fresh_.push_back(pieces[low]);
        size_t i = low;
        Piece last;
        for (; i < pieces.size() && pieces[i].start < stop; ++i) {
            Piece piece = pieces[i];
            last = piece;
            piece.start = std::max(piece.start, first);
            const uint32_t next = i + 1 < pieces.size() ? pieces[i + 1].start : 1U << kShift;
            change(piece, origin + piece.start, origin + std::min(next, stop));
            if (fresh_.empty() || !fresh_.back().same(piece)) fresh_.push_back(piece);
        }
        const uint32_t next = i < pieces.size() ? pieces[i].start : 1U << kShift;
        if (next > stop && !fresh_.back().same(last)) {
            last.start = stop;
            fresh_.push_back(last);
        } else if (next == stop && i < pieces.size() && fresh_.back().same(pieces[i])) {
            ++i;
        }
        size_t begin = low;
        if (begin > 0 && pieces[begin - 1].same(fresh_.front())) {
            fresh_.front().start = pieces[begin - 1].start;
            --begin;
        }
        replace(pieces, begin, i);
    }

    // pieces [begin, end) become fresh_
    void replace(std::vector<Piece>& pieces, size_t begin, size_t end) {
        const size_t old = end - begin;
        const auto at = pieces.begin() + static_cast<ptrdiff_t>(begin);
        if (fresh_.size() <= old) {
            std::copy(fresh_.begin(), fresh_.end(), at);
            pieces.erase(at + static_cast<ptrdiff_t>(fresh_.size()), pieces.begin() + static_cast<ptrdiff_t>(end));
        } else {
            std::copy(fresh_.begin(), fresh_.begin() + static_cast<ptrdiff_t>(old), at);
            pieces.insert(
                pieces.begin() + static_cast<ptrdiff_t>(end),
                fresh_.begin() + static_cast<ptrdiff_t>(old),
                fresh_.end());
        }
    }

    std::vector<std::vector<Piece>> chunks_;
    std::vector<Piece> fresh_;
};

class Checker {
 public:
    Checker(const Program& program, size_t most) : program_(program), most_(most) {}

    std::vector<std::string> run() {
        const size_t queues = program_.streams.size();
        queues_.resize(queues);
        clocks_.assign(queues * queues, 0);
        sram_.resize(program_.shape.arrays);
        accumulators_.resize(program_.shape.arrays);
        find_waits();
        host_writes();
        for (uint32_t q = 0; q < queues; ++q) ready_.push_back(q);
        while (!ready_.empty() && faults_.size() < most_) {
            const uint32_t q = ready_.back();
            ready_.pop_back();
            advance(q);
        }
        if (faults_.size() < most_) report_stuck();
        if (faults_.empty()) check_outputs();
        return std::move(faults_);
    }

 private:
    struct Queue {
        uint32_t next = 0;                                           // instruction
        uint32_t signals = 0;                                        // given so far
        std::vector<uint32_t> waiting;                               // queues that wait for a signal of this one
        std::unordered_map<uint32_t, uint32_t> waits;                // count -> waits for it that are still to come
        std::unordered_map<uint32_t, std::vector<uint32_t>> clocks;  // count -> clock at that signal
    };

    [[nodiscard]] uint32_t* clock(uint32_t queue) { return &clocks_[queue * queues_.size()]; }
    void fault(std::string text) {
        if (faults_.size() < most_) faults_.push_back(std::move(text));
    }

    void find_waits() {
        for (const Stream& stream : program_.streams)
            for (const Instruction& i : stream.instructions)
                if (const Sync* s = std::get_if<Sync>(&i.body); s != nullptr && s->is_wait && s->count > 0)
                    ++queues_[s->core * kQueueKinds + static_cast<size_t>(s->queue)].waits[s->count];
    }

    void host_writes() {
        const auto write = [&](uint64_t address, uint64_t bytes) {
            const auto first = static_cast<int64_t>(address);
            dram_.visit(first, first + static_cast<int64_t>(bytes), [](History::Piece& p, int64_t, int64_t) {
                p.writer.queue = kHost;
            });
        };
        write(0, program_.constants.size());
        for (const TensorId id : program_.inputs) write(program_.tensor_address[id], program_.tensor_bytes[id]);
    }

    void advance(uint32_t q) {
        const Stream& stream = program_.streams[q];
        Queue& queue = queues_[q];
        for (; queue.next < stream.instructions.size() && faults_.size() < most_; ++queue.next) {
            const Instruction& instruction = stream.instructions[queue.next];
            const Sync* s = std::get_if<Sync>(&instruction.body);
            if (s == nullptr) {
                accesses_.clear();
                find_accesses(program_, instruction, accesses_);
                for (const Access& access : accesses_) touch({q, queue.next}, access);
            } else if (s->is_wait) {
                if (!wait(q, *s)) return;
            } else {
                signal(q);
            }
        }
    }

    bool wait(uint32_t q, const Sync& s) {
        if (s.count == 0) return true;
        const auto other = static_cast<uint32_t>(s.core * kQueueKinds + static_cast<size_t>(s.queue));
        Queue& from = queues_[other];
        if (from.signals < s.count) {
            from.waiting.push_back(q);
            return false;
        }
        const auto at = from.clocks.find(s.count);
        CHECK(at != from.clocks.end());
        uint32_t* mine = clock(q);
        for (size_t i = 0; i < queues_.size(); ++i) mine[i] = std::max(mine[i], at->second[i]);
        if (--from.waits[s.count] == 0) from.clocks.erase(at);
        return true;
    }

    void signal(uint32_t q) {
        Queue& queue = queues_[q];
        ++queue.signals;
        if (queue.waits.contains(queue.signals)) {
            std::vector<uint32_t>& kept = queue.clocks[queue.signals];
            kept.assign(clock(q), clock(q) + queues_.size());
            kept[q] = queue.next + 1;
        }
        ready_.insert(ready_.end(), queue.waiting.begin(), queue.waiting.end());
        queue.waiting.clear();
    }

    [[nodiscard]] History& memory(Space space, uint32_t core) {
        return space == Space::dram ? dram_ : space == Space::sram ? sram_[core] : accumulators_[core];
    }

    // At most one hazard and one read of nothing are told per access.
    void touch(Event event, const Access& access) {
        const uint32_t* known_before = clock(event.queue);
        const auto known = [&](Event e) {
            return e.queue == event.queue || e.queue >= kHost || known_before[e.queue] > e.index;
        };
        bool told = false;
        const auto hazard = [&](const char* kind, Event other, int64_t first, int64_t end) {
            if (!told) tell_hazard(kind, event, other, access.space, first, end);
            told = true;
        };
        const auto change = [&](History::Piece& piece, int64_t first, int64_t end) {
            if (!known(piece.writer)) hazard(access.write ? "WAW" : "RAW", piece.writer, first, end);
            if (!access.write) {
                if (piece.writer.queue == kNobody && !told) {
                    tell_unwritten(event, access.space, first, end);
                    told = true;
                }
                piece.readers = readers_.add(piece.readers, event, known);
                return;
            }
            for (uint32_t id = piece.readers; id != kNoReaders; id = readers_.at(id).next)
                if (!known(readers_.at(id).event)) hazard("WAR", readers_.at(id).event, first, end);
            piece.writer = event;
            piece.readers = kNoReaders;
        };
        History& history = memory(access.space, static_cast<uint32_t>(event.queue / kQueueKinds));
        access.runs.each([&](int64_t first, int64_t end) { history.visit(first, end, change); });
    }

    [[nodiscard]] std::string cells(Space space, int64_t first, int64_t end) const {
        const int64_t width = program_.shape.columns;
        switch (space) {
            case Space::dram:
                return fmt::format("DRAM bytes {} to {}", first, end - 1);
            case Space::sram:
                return fmt::format("SRAM bytes {} to {}", first, end - 1);
            case Space::accumulators:
                break;
        }
        return fmt::format("accumulator rows {} to {}", first / width, (end - 1) / width);
    }
    void tell_hazard(const char* kind, Event event, Event other, Space space, int64_t first, int64_t end) {
        fault(fmt::format(
            "{}: {}: {} {}, which {} {} with no wait between them",
            place_text(program_, event.queue, event.index),
            kind,
            kind[0] == 'R' ? "reads" : "writes",
            cells(space, first, end),
            place_text(program_, other.queue, other.index),
            kind[2] == 'R' ? "reads" : "writes"));
    }
    void tell_unwritten(Event event, Space space, int64_t first, int64_t end) {
        fault(fmt::format(
            "{}: unwritten: reads {}, which nothing has written",
            place_text(program_, event.queue, event.index),
            cells(space, first, end)));
    }

    void report_stuck() {
        for (uint32_t q = 0; q < queues_.size(); ++q) {
            const Queue& queue = queues_[q];
            const Stream& stream = program_.streams[q];
            if (queue.next >= stream.instructions.size()) continue;
            const Sync& s = std::get<Sync>(stream.instructions[queue.next].body);
            const size_t other = s.core * kQueueKinds + static_cast<size_t>(s.queue);
            const bool finished = queues_[other].next >= program_.streams[other].instructions.size();
            fault(fmt::format(
                "{}: deadlock: waits for signal {} of core {} {}, {} signal {}",
                place_text(program_, q, queue.next),
                s.count,
                s.core,
                queue_name(s.queue),
                finished ? "which ends after" : "which itself waits after",
                queues_[other].signals));
        }
    }

    void check_outputs() {
        for (const TensorId id : program_.outputs) {
            const auto first = static_cast<int64_t>(program_.tensor_address[id]);
            bool told = false;
            const auto look = [&](const History::Piece& p, int64_t at, int64_t) {
                if (p.writer.queue == kNobody && !told)
                    fault(fmt::format("tensor {}: unwritten: nothing writes DRAM byte {} of this output", id, at));
                told = told || p.writer.queue == kNobody;
            };
            dram_.visit(first, first + static_cast<int64_t>(program_.tensor_bytes[id]), look);
        }
    }

    const Program& program_;
    size_t most_;
    std::vector<std::string> faults_;
    std::vector<Queue> queues_;
    std::vector<uint32_t> clocks_;  // of queue q from q * queues on: instructions of each queue known to be complete
    std::vector<uint32_t> ready_;
    Readers readers_;
    History dram_;
    std::vector<History> sram_;
    std::vector<History> accumulators_;
    std::vector<Access> accesses_;
};

}  // namespace

std::vector<std::string> check_program(const Program& program, size_t most) {
    std::vector<std::string> faults = structure_faults(program, most);
    if (!faults.empty() || most == 0) return faults;
    return Checker(program, most).run();
}

}  // namespace chipchain
