// The pending events in total order (time, priority, sequence of scheduling).
//
// Most events of a fab lie within hours, a few (failures, maintenance) within weeks. Near events go to a timing wheel
// of sorted lists, far ones to a binary heap; the next event is the smaller of both heads, so no event ever moves from
// one to the other. Push and pop cost O(1) as long as a bucket holds a few events: the width follows the model's event
// rate. (Idea: Brown, "Calendar queues", CACM 31(10), 1988; wheel and heap side by side instead of resizing.)
//
// Invariants: every event in the wheel lies in [base, base + buckets) of bucket numbers, base = bucket of the last
// popped time; cursor is at or before the first non-empty bucket.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/check.h"
#include "chipchain/base/time.h"

namespace chipchain {

// The value is the priority inside one instant (docs/semantics.md 1.1).
enum class EventKind : uint8_t { tool_up, done, entry_free, tool_down, pm_due, release, arrival, sample };

struct Event {
    Time time = 0;
    EventKind kind = EventKind::sample;
    uint32_t a = 0;  // meaning by kind, see engine.cc
    uint32_t b = 0;
};

class EventQueue {
 public:
    // mean_gap: expected time between events; reach: delays up to this should stay in the wheel;
    // capacity: events that fit without allocation.
    void init(Time mean_gap, Time reach, size_t capacity);

    void push(Time time, EventKind kind, uint32_t a, uint32_t b);

    // Time of the next event, kNever when there is none.
    [[nodiscard]] Time next_time();

    // REQUIRES next_time() was called since the last push and did not return kNever.
    Event pop();

    // The next event of the wheel, for prefetching what it is about; kind sample when there is none.
    [[nodiscard]] Event peek_near();

    [[nodiscard]] uint64_t growths() const { return growths_; }

 private:
    struct Node {
        Time time;
        uint64_t order;  // kind << 56 | sequence
        uint32_t a;
        uint32_t b;
        uint32_t next;
        uint32_t unused;
    };
    static bool before(const Node& x, const Node& y) { return x.time != y.time ? x.time < y.time : x.order < y.order; }
    void push_far(const Node& node);
    Event pop_far();
    void find_first_bucket();

    std::vector<Node> nodes_;       // of the wheel; free ones linked by next
    std::vector<uint32_t> heads_;   // [bucket & mask]
    std::vector<uint64_t> filled_;  // bit per bucket
    std::vector<Node> far_;         // binary heap
    uint32_t free_ = UINT32_MAX;
    uint32_t in_wheel_ = 0;
    int shift_ = 0;
    uint64_t mask_ = 0;
    uint64_t base_ = 0;
    uint64_t cursor_ = 0;
    uint64_t sequence_ = 0;
    uint64_t growths_ = 0;
    bool next_is_far_ = false;
};

inline void EventQueue::push(Time time, EventKind kind, uint32_t a, uint32_t b) {
    DCHECK(time >= 0);
    const Node node{time, static_cast<uint64_t>(kind) << 56 | sequence_++, a, b, UINT32_MAX, 0};
    const uint64_t bucket = static_cast<uint64_t>(time) >> shift_;
    if (bucket - base_ > mask_) {
        push_far(node);
        return;
    }
    if (free_ == UINT32_MAX) {
        ++growths_;
        nodes_.push_back(node);
        nodes_.back().next = UINT32_MAX;
        free_ = static_cast<uint32_t>(nodes_.size() - 1);
    }
    const uint32_t id = free_;
    free_ = nodes_[id].next;
    nodes_[id] = node;
    // keep the bucket's list sorted; new events mostly go to its end, lists are short
    const uint64_t slot = bucket & mask_;
    uint32_t* link = &heads_[slot];
    while (*link != UINT32_MAX && !before(node, nodes_[*link])) link = &nodes_[*link].next;
    nodes_[id].next = *link;
    *link = id;
    filled_[slot >> 6] |= uint64_t{1} << (slot & 63);
    ++in_wheel_;
    if (bucket < cursor_) cursor_ = bucket;
}

inline void EventQueue::find_first_bucket() {
    uint64_t slot = cursor_ & mask_;
    uint64_t word = filled_[slot >> 6] & (~uint64_t{0} << (slot & 63));
    while (word == 0) {
        cursor_ += 64 - (slot & 63);
        slot = cursor_ & mask_;
        word = filled_[slot >> 6];
    }
    cursor_ += static_cast<uint64_t>(__builtin_ctzll(word)) - (slot & 63);
}

inline Time EventQueue::next_time() {
    next_is_far_ = false;
    if (in_wheel_ == 0) {
        next_is_far_ = true;
        return far_.empty() ? kNever : far_.front().time;
    }
    find_first_bucket();
    const Node& near = nodes_[heads_[cursor_ & mask_]];
    if (!far_.empty() && before(far_.front(), near)) {
        next_is_far_ = true;
        return far_.front().time;
    }
    return near.time;
}

inline Event EventQueue::pop() {
    if (next_is_far_) return pop_far();
    const uint64_t slot = cursor_ & mask_;
    const uint32_t id = heads_[slot];
    Node& node = nodes_[id];
    const Event event{node.time, static_cast<EventKind>(node.order >> 56), node.a, node.b};
    heads_[slot] = node.next;
    if (node.next == UINT32_MAX) filled_[slot >> 6] &= ~(uint64_t{1} << (slot & 63));
    node.next = free_;
    free_ = id;
    --in_wheel_;
    base_ = cursor_;
    return event;
}

inline Event EventQueue::peek_near() {
    if (in_wheel_ == 0) return {};
    find_first_bucket();
    const Node& node = nodes_[heads_[cursor_ & mask_]];
    return {node.time, static_cast<EventKind>(node.order >> 56), node.a, node.b};
}

}  // namespace chipchain
