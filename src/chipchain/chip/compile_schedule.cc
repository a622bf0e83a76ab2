#include "chipchain/chip/compile_schedule.h"

#include <algorithm>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

// more writers than this are gathered before others read the tensor
constexpr size_t kDirectWriters = 4;
// stores of one core into one tensor that are told apart
constexpr size_t kToldApart = 64;
// downstream first: who waits for a store often knows then of the queues that fed it
constexpr std::array<QueueKind, kQueueKinds> kAwaitOrder{
    QueueKind::store,
    QueueKind::vector,
    QueueKind::matrix,
    QueueKind::load,
    QueueKind::fetch};

void raise(Progress& to, const Progress& from) {
    for (size_t q = 0; q < kQueueKinds; ++q) to[q] = std::max(to[q], from[q]);
}

}  // namespace

size_t Ledger::split(uint64_t at) {
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), at, [](uint64_t value, const Segment& s) {
        return value < s.high;
    });
    const auto index = static_cast<size_t>(after - segments_.begin());
    if (after == segments_.end() || after->low == at) return index;
    Segment lower = *after;
    lower.high = at;
    segments_[index].low = at;
    segments_.insert(segments_.begin() + static_cast<ptrdiff_t>(index), lower);
    return index + 1;
}

void Ledger::touch(uint64_t low, uint64_t high, bool write, QueueKind queue, uint32_t position, Progress& need) {
    CHECK(low < high && high <= segments_.back().high);
    const size_t first = split(low);
    const size_t last = split(high);
    for (size_t i = first; i < last; ++i) {
        raise(need, segments_[i].write);
        if (write) {
            raise(need, segments_[i].read);
        } else {
            segments_[i].read[static_cast<size_t>(queue)] = position;
        }
    }
    if (!write) return;
    // whoever comes later waits for this write, which waited for all before it
    Segment& only = segments_[first];
    only = {low, high, {}, {}};
    only.write[static_cast<size_t>(queue)] = position;
    segments_.erase(
        segments_.begin() + static_cast<ptrdiff_t>(first) + 1,
        segments_.begin() + static_cast<ptrdiff_t>(last));
}

Schedule::Schedule(const ChipShape& shape, size_t tensors)
    : cores_(shape.arrays),
      queues_(shape.arrays * kQueueKinds),
      sram_(shape.arrays, Ledger(std::max<uint64_t>(shape.sram_bytes, 1))),
      accumulators_(shape.arrays, Ledger(std::max<uint64_t>(shape.accumulator_rows, 1))),
      tensors_(tensors) {}

void Schedule::add(uint32_t core, const Instruction& instruction, QueueKind kind, std::span<const Touch> touches) {
    Queue& own = queue(core, kind);
    const auto position = static_cast<uint32_t>(own.instructions.size() + 1);
    Progress need{};
    for (const Touch& touch : touches) {
        switch (touch.place) {
            case Place::sram:
                sram_[core].touch(touch.low, touch.high, touch.write, kind, position, need);
                break;
            case Place::accumulators:
                accumulators_[core].touch(touch.low, touch.high, touch.write, kind, position, need);
                break;
            case Place::dram:
                break;
        }
    }
    // waits for stores may gather, which adds to a store queue; this queue's own position must not move under it
    for (const Touch& touch : touches) {
        if (touch.place != Place::dram) continue;
        const TensorWriters& tensor = tensors_[touch.tensor];
        if (!touch.write) await_tensor(core, kind, touch);
        if (touch.layer == Layer::above) await_store(core, kind, tensor.below_core, tensor.below);
    }
    CHECK(own.instructions.size() + 1 == position);
    await_own(core, kind, need);
    for (const Touch& touch : touches) {
        if (touch.place == Place::dram && touch.write) record_store(core, touch, position);
    }
    own.known_at.push_back(own.known);
    own.instructions.push_back(instruction);
}

void Schedule::await_own(uint32_t core, QueueKind kind, const Progress& need) {
    Queue& own = queue(core, kind);
    for (QueueKind other : kAwaitOrder) {
        const auto q = static_cast<size_t>(other);
        if (other == kind || need[q] <= own.known[q]) continue;
        Queue& from = queue(core, other);
        own.waits.push_back(
            {static_cast<uint32_t>(own.instructions.size()), static_cast<uint32_t>(core * kQueueKinds + q), need[q]});
        from.awaited.push_back(need[q]);
        own.known[q] = need[q];
        raise(own.known, from.known_at[need[q] - 1]);
    }
}

bool Schedule::knows_store(uint32_t core, QueueKind kind, uint32_t other, uint32_t position) {
    if (position == 0) return true;
    Queue& own = queue(core, kind);
    constexpr auto kStore = static_cast<size_t>(QueueKind::store);
    if (other == core) return kind == QueueKind::store || own.known[kStore] >= position;
    if (own.known_stores.empty()) own.known_stores.resize(cores_);
    return own.known_stores[other] >= position;
}

void Schedule::await_store(uint32_t core, QueueKind kind, uint32_t other, uint32_t position) {
    if (knows_store(core, kind, other, position)) return;
    if (other == core) {
        Progress need{};
        need[static_cast<size_t>(QueueKind::store)] = position;
        return await_own(core, kind, need);
    }
    Queue& own = queue(core, kind);
    const auto stream = static_cast<uint32_t>(other * kQueueKinds + static_cast<size_t>(QueueKind::store));
    own.waits.push_back({static_cast<uint32_t>(own.instructions.size()), stream, position});
    queues_[stream].awaited.push_back(position);
    own.known_stores[other] = position;
}

void Schedule::await_tensor(uint32_t core, QueueKind kind, const Touch& touch) {
    const TensorWriters& tensor = tensors_[touch.tensor];
    struct Need {
        uint32_t core;
        uint32_t position;
    };
    std::vector<Need> needs;
    for (const Writer& writer : tensor.writers) {
        if (knows_store(core, kind, writer.core, writer.stores.back().position)) continue;
        uint32_t position = 0;
        for (const Written& w : writer.stores) {
            if (w.low < touch.high && touch.low < w.high) position = std::max(position, w.position);
        }
        if (!knows_store(core, kind, writer.core, position)) needs.push_back({writer.core, position});
    }
    if (needs.size() > kDirectWriters && tensor.gather != 0) {
        return await_store(core, kind, tensor.gather_core, tensor.gather);
    }
    for (const Need& n : needs) await_store(core, kind, n.core, n.position);
}

// One store queue waits for all writers. An instruction of its own (a halt, which finish() drops) stands for it. It
// comes before anything that is added later, so that it never waits for a reader's own stores.
void Schedule::close(TensorId id) {
    TensorWriters& tensor = tensors_[id];
    if (tensor.writers.size() <= kDirectWriters) return;
    const uint32_t at = tensor.writers.front().core;
    for (const Writer& writer : tensor.writers) {
        await_store(at, QueueKind::store, writer.core, writer.stores.back().position);
    }
    Queue& own = queue(at, QueueKind::store);
    own.known_at.push_back(own.known);
    own.instructions.push_back({});
    tensor.gather_core = at;
    tensor.gather = static_cast<uint32_t>(own.instructions.size());
}

void Schedule::record_store(uint32_t core, const Touch& touch, uint32_t position) {
    TensorWriters& tensor = tensors_[touch.tensor];
    CHECK(tensor.gather == 0);
    if (touch.layer == Layer::below) {
        CHECK(tensor.below == 0 || tensor.below_core == core);
        tensor.below_core = core;
        tensor.below = position;
    }
    auto writer =
        std::find_if(tensor.writers.begin(), tensor.writers.end(), [&](const Writer& w) { return w.core == core; });
    if (writer == tensor.writers.end()) writer = tensor.writers.insert(writer, {core, {}});
    std::vector<Written>& stores = writer->stores;
    stores.push_back({touch.low, touch.high, position});
    if (stores.size() < 2 * kToldApart) return;
    for (size_t i = 0; i < kToldApart; ++i) {
        const Written& a = stores[2 * i];
        const Written& b = stores[2 * i + 1];
        stores[i] = {std::min(a.low, b.low), std::max(a.high, b.high), std::max(a.position, b.position)};
    }
    stores.resize(kToldApart);
}

std::vector<Stream> Schedule::finish() {
    for (Queue& q : queues_) {
        std::sort(q.awaited.begin(), q.awaited.end());
        q.awaited.erase(std::unique(q.awaited.begin(), q.awaited.end()), q.awaited.end());
    }
    std::vector<Stream> streams;
    for (size_t s = 0; s < queues_.size(); ++s) {
        Queue& q = queues_[s];
        Stream stream{static_cast<uint32_t>(s / kQueueKinds), static_cast<QueueKind>(s % kQueueKinds), {}};
        stream.instructions.reserve(q.instructions.size() + q.waits.size() + q.awaited.size() + 1);
        auto wait = q.waits.begin();
        auto signal = q.awaited.begin();
        for (uint32_t i = 0; i < q.instructions.size(); ++i) {
            const Instruction& instruction = q.instructions[i];
            for (; wait != q.waits.end() && wait->at == i; ++wait) {
                const std::vector<uint32_t>& awaited = queues_[wait->stream].awaited;
                const auto at = std::lower_bound(awaited.begin(), awaited.end(), wait->position);
                const Sync sync{
                    true,
                    static_cast<QueueKind>(wait->stream % kQueueKinds),
                    static_cast<uint32_t>(wait->stream / kQueueKinds),
                    static_cast<uint32_t>(at - awaited.begin() + 1)};
                stream.instructions.push_back({instruction.node, sync});
            }
            if (instruction.opcode() != Opcode::halt) stream.instructions.push_back(instruction);
            if (signal == q.awaited.end() || *signal != i + 1) continue;
            ++signal;
            stream.instructions.push_back({instruction.node, Sync{}});
        }
        stream.instructions.push_back({0, Halt{}});
        q.instructions.clear();
        q.instructions.shrink_to_fit();
        streams.push_back(std::move(stream));
    }
    return streams;
}

size_t Schedule::instructions() const {
    size_t total = 0;
    for (const Queue& q : queues_) total += q.instructions.size();
    return total;
}

size_t Schedule::waits() const {
    size_t total = 0;
    for (const Queue& q : queues_) total += q.waits.size();
    return total;
}

}  // namespace chipchain
