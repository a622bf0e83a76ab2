// The pending events in total order (time, priority, sequence of scheduling).
//
// Three levels by distance. Events of the current bucket of time and before stand sorted in one array and are taken
// from its front; those of the current span (512 buckets) lie unsorted in their buckets, those of the 1023 spans after
// it in their span, all later ones (failures, maintenance) in a binary heap. A bucket is sorted when its turn comes, a
// span is dealt out to its buckets when its turn comes. A bucket is as wide as a few events take, so that push and pop
// cost O(1). Buckets and spans are lists of two-line blocks: a push writes to a line that was written to shortly before
// instead of following links through memory, and the events ahead can be seen in time to fetch what they are about.
// (Ideas: Brown, "Calendar queues", CACM 31(10), 1988; Tang, Goh, Thng, "Ladder queue", ACM TOMACS 15(3), 2005.)
//
// Invariants: an event stands in the array exactly when its bucket < limit_; else, when it is of span_, in its bucket;
// else in its span, when that was at most 1023 ahead at the push, or in the heap.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "chipchain/base/check.h"
#include "chipchain/base/huge_pages.h"
#include "chipchain/base/time.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

// The value is the priority inside one instant (docs/semantics.md 1.1).
enum class EventKind : uint8_t {
    tool_up,
    done,
    entry_free,
    calendar,
    tool_down,
    pm_due,
    release,
    arrival,
    crossing,
    sample,
};

struct Event {
    Time time = 0;
    uint64_t order = 0;  // kind << 56 | sequence
    uint32_t a = 0;      // meaning by kind, see engine.cc
    uint32_t b = 0;

    [[nodiscard]] EventKind kind() const { return static_cast<EventKind>(order >> 56); }
};

// Some of the pending events, in no order.
struct EventRange {
    const Event* first = nullptr;
    uint32_t count = 0;
};

class EventQueue {
 public:
    // mean_gap: expected time between events; capacity: events that fit without allocation.
    void init(Time mean_gap, size_t capacity);

    void push(Time time, EventKind kind, uint32_t a, uint32_t b) { push(time, kind, sequence_++, a, b); }

    // The same with a place of its own among the events of one time and kind. REQUIRES number < 2^56, unique there.
    void push(Time time, EventKind kind, uint64_t number, uint32_t a, uint32_t b);

    // Time of the next event, kNever when there is none.
    [[nodiscard]] Time next_time() { return first_ < last_ ? array_[first_].time : turn(); }

    // Whether there is an event at `now`, the time of the last event taken; costs less than next_time().
    [[nodiscard]] bool has_at(Time now) const { return first_ < last_ && array_[first_].time == now; }

    // REQUIRES next_time() was called since the last push and did not return kNever.
    Event pop() { return array_[first_++]; }

    // Is the next event the first of its bucket? Then the buckets have moved on since the last pop.
    [[nodiscard]] bool at_turn() const { return first_ == 0; }

    // The rest of the current bucket, in order.
    [[nodiscard]] EventRange current() const { return {&array_[first_], last_ - first_}; }

    // The first events of the bucket after it, as far as it lies in the same span.
    [[nodiscard]] EventRange following() const;

    [[nodiscard]] uint64_t growths() const { return growths_; }

 private:
    static constexpr uint32_t kNone = UINT32_MAX;
    static constexpr int kSpanBits = 9;  // buckets of a span
    static constexpr uint64_t kFine = uint64_t{1} << kSpanBits;
    static constexpr uint64_t kSpans = 1024;
    static constexpr uint32_t kBlockEvents = 5;
    static constexpr uint32_t kFew = 12;

    struct alignas(128) Block {
        Event events[kBlockEvents];
        uint32_t next;  // full blocks of the same list
    };
    struct List {
        uint32_t block = kNone;  // the last one
        uint32_t count = 0;      // events in it
    };

    static Uint128 key(const Event& x) { return static_cast<Uint128>(x.time) << 64 | x.order; }  // times are >= 0
    static bool before(const Event& x, const Event& y) { return key(x) < key(y); }
    void append(uint64_t list, const Event& event);
    void insert(const Event& event);
    void push_far(const Event& event);
    void pop_far();
    void grow_array();
    void sort_few();
    uint32_t new_block();
    template <class Visit>
    void empty_list(uint64_t list, const Visit& visit);
    [[nodiscard]] uint64_t next_fine() const;
    [[nodiscard]] uint64_t next_span() const;
    Time turn();
    bool turn_span();

    std::unique_ptr<Event[]> array_;  // [first_, last_) sorted
    uint32_t first_ = 0;
    uint32_t last_ = 0;
    uint32_t array_size_ = 0;
    int shift_ = 0;
    uint64_t limit_ = 1;  // the first bucket that is not in the array
    uint64_t span_ = 0;
    uint64_t sequence_ = 0;
    std::vector<List> lists_;       // the buckets of a span, then the spans
    std::vector<uint64_t> filled_;  // bit per list
    std::vector<Block, HugePages<Block>> blocks_;
    uint32_t free_block_ = kNone;
    std::vector<Event> far_;  // binary heap
    uint64_t growths_ = 0;
};

inline void EventQueue::push(Time time, EventKind kind, uint64_t number, uint32_t a, uint32_t b) {
    DCHECK(time >= 0);
    const Event event{time, static_cast<uint64_t>(kind) << 56 | number, a, b};
    const uint64_t bucket = static_cast<uint64_t>(time) >> shift_;
    if (bucket < limit_) {
        insert(event);
        return;
    }
    const uint64_t spans_ahead = (bucket >> kSpanBits) - span_;
    if (spans_ahead == 0) {
        append(bucket % kFine, event);
    } else if (spans_ahead < kSpans) {
        append(kFine + (bucket >> kSpanBits) % kSpans, event);
    } else {
        push_far(event);
    }
}

inline void EventQueue::append(uint64_t list_id, const Event& event) {
    List& list = lists_[list_id];
    if (list.block == kNone || list.count == kBlockEvents) {
        const uint32_t full = list.block;
        list.block = new_block();
        list.count = 0;
        blocks_[list.block].next = full;
        filled_[list_id / 64] |= uint64_t{1} << (list_id % 64);
    }
    blocks_[list.block].events[list.count++] = event;
}

// Late comers to the current bucket; mostly they belong near its end.
inline void EventQueue::insert(const Event& event) {
    if (last_ == array_size_) grow_array();
    uint32_t i = last_++;
    for (; i > first_ && before(event, array_[i - 1]); --i) array_[i] = array_[i - 1];
    array_[i] = event;
}

inline uint32_t EventQueue::new_block() {
    if (free_block_ != kNone) {
        const uint32_t id = free_block_;
        free_block_ = blocks_[id].next;
        return id;
    }
    if (blocks_.size() == blocks_.capacity()) ++growths_;
    blocks_.emplace_back();
    return static_cast<uint32_t>(blocks_.size() - 1);
}

// The first bucket of the span from limit_ on that is not empty; kFine when there is none.
inline uint64_t EventQueue::next_fine() const {
    const uint64_t from = limit_ - span_ * kFine;
    if (from == kFine) return kFine;
    uint64_t word = filled_[from / 64] & (~uint64_t{0} << (from % 64));
    for (uint64_t w = from / 64;;) {
        if (word != 0) return w * 64 + static_cast<uint64_t>(__builtin_ctzll(word));
        if (++w == kFine / 64) return kFine;
        word = filled_[w];
    }
}

inline EventRange EventQueue::following() const {
    const uint64_t fine = next_fine();
    if (fine == kFine) return {};
    return {blocks_[lists_[fine].block].events, lists_[fine].count};
}

}  // namespace chipchain
