#include "chipchain/sim/event_queue.h"

#include <algorithm>

namespace chipchain {

void EventQueue::init(Time mean_gap, size_t capacity) {
    // about five events per bucket, as event_gap() counts skipped steps too: fewest instructions (measured 1 to 16)
    shift_ = 0;
    while (shift_ < 40 && (Time{1} << (shift_ + 1)) <= 8 * std::max<Time>(mean_gap, 1)) ++shift_;
    lists_.assign(kFine + kSpans, {});
    filled_.assign(lists_.size() / 64, 0);
    array_size_ = static_cast<uint32_t>(capacity) + 1;
    array_ = std::make_unique_for_overwrite<Event[]>(array_size_);
    // each list has at most one block that is not full
    blocks_.reserve(std::min(capacity, capacity / kBlockEvents + lists_.size()) + 1);
    far_.reserve(capacity);
}

void EventQueue::grow_array() {
    if (first_ > 0) {
        std::copy(&array_[first_], &array_[last_], &array_[0]);
    } else {
        ++growths_;
        array_size_ = array_size_ * 2 + 64;
        std::unique_ptr<Event[]> larger = std::make_unique_for_overwrite<Event[]>(array_size_);
        std::copy(&array_[0], &array_[last_], &larger[0]);
        array_ = std::move(larger);
    }
    last_ -= first_;
    first_ = 0;
}

template <class Visit>
void EventQueue::empty_list(uint64_t list_id, const Visit& visit) {
    uint32_t count = lists_[list_id].count;
    for (uint32_t id = lists_[list_id].block; id != kNone; count = kBlockEvents) {
        for (uint32_t i = 0; i < count; ++i) {
            const Event event = blocks_[id].events[i];  // a copy: the visit may make the blocks move
            visit(event);
        }
        const uint32_t next = blocks_[id].next;
        blocks_[id].next = free_block_;
        free_block_ = id;
        id = next;
    }
    lists_[list_id] = {};
    filled_[list_id / 64] &= ~(uint64_t{1} << (list_id % 64));
}

// Each event goes to the place that is the number of events before it. The order of so few is a coin toss at every
// comparison, so that branches cost more than comparing all pairs.
void EventQueue::sort_few() {
    Event events[kFew];
    uint32_t place[kFew] = {};
    events[0] = array_[0];
    for (uint32_t i = 1; i < last_; ++i) {
        events[i] = array_[i];
        for (uint32_t k = 0; k < i; ++k) {
            const uint32_t earlier = key(events[i]) < key(events[k]) ? 1 : 0;
            place[k] += earlier;
            place[i] += 1 - earlier;
        }
    }
    for (uint32_t i = 0; i < last_; ++i) array_[place[i]] = events[i];
}

// Moves on to the next bucket with events; their first time, kNever when there are none.
Time EventQueue::turn() {
    first_ = last_ = 0;
    uint64_t fine = next_fine();
    while (fine == kFine) {
        if (!turn_span()) return kNever;
        fine = next_fine();
    }
    limit_ = span_ * kFine + fine + 1;
    empty_list(fine, [&](const Event& event) {
        if (last_ == array_size_) grow_array();
        array_[last_++] = event;
    });
    if (last_ > kFew) {
        std::sort(&array_[0], &array_[last_], before);
    } else if (last_ > 1) {
        sort_few();
    }
    return array_[0].time;
}

// The first span after span_ with events outside of the heap; UINT64_MAX when there is none.
uint64_t EventQueue::next_span() const {
    const uint64_t from = span_ + 1;
    for (uint64_t at = from; at < from + kSpans;) {
        const uint64_t slot = kFine + at % kSpans;
        const uint64_t word = filled_[slot / 64] & (~uint64_t{0} << (slot % 64));
        if (word != 0) return at + static_cast<uint64_t>(__builtin_ctzll(word)) - slot % 64;
        at += 64 - slot % 64;
    }
    return UINT64_MAX;
}

// Deals the next span with events out to its buckets; false when there is none.
bool EventQueue::turn_span() {
    const auto span_of = [&](const Event& event) { return static_cast<uint64_t>(event.time) >> (shift_ + kSpanBits); };
    uint64_t span = next_span();
    if (!far_.empty()) span = std::min(span, span_of(far_.front()));
    if (span == UINT64_MAX) return false;
    span_ = span;
    limit_ = span * kFine;
    const auto deal = [&](const Event& event) { append((static_cast<uint64_t>(event.time) >> shift_) % kFine, event); };
    empty_list(kFine + span % kSpans, deal);
    while (!far_.empty() && span_of(far_.front()) == span) {
        deal(far_.front());
        pop_far();
    }
    return true;
}

void EventQueue::push_far(const Event& event) {
    if (far_.size() == far_.capacity()) ++growths_;
    far_.push_back(event);
    std::push_heap(far_.begin(), far_.end(), [](const Event& x, const Event& y) { return before(y, x); });
}

void EventQueue::pop_far() {
    std::pop_heap(far_.begin(), far_.end(), [](const Event& x, const Event& y) { return before(y, x); });
    far_.pop_back();
}

}  // namespace chipchain
