#include "chipchain/sim/event_queue.h"

#include <algorithm>

namespace chipchain {

void EventQueue::init(Time mean_gap, Time reach, size_t capacity) {
    // assumption: about one event per bucket is best; measured flat between 0.5 and 4 on the reference model
    shift_ = 0;
    while (shift_ < 40 && (Time{1} << (shift_ + 1)) <= std::max<Time>(mean_gap, 1)) ++shift_;
    uint64_t buckets = 1024;
    while (buckets < (uint64_t{1} << 18) && static_cast<Time>(buckets << shift_) < reach) buckets *= 2;
    mask_ = buckets - 1;
    heads_.assign(buckets, UINT32_MAX);
    filled_.assign(buckets / 64, 0);
    nodes_.resize(capacity);
    for (size_t i = 0; i < capacity; ++i) {
        nodes_[i].next = i + 1 < capacity ? static_cast<uint32_t>(i + 1) : UINT32_MAX;
    }
    free_ = capacity == 0 ? UINT32_MAX : 0;
    far_.reserve(capacity);
}

void EventQueue::push_far(const Node& node) {
    if (far_.size() == far_.capacity()) ++growths_;
    far_.push_back(node);
    size_t i = far_.size() - 1;
    while (i > 0) {
        const size_t parent = (i - 1) / 2;
        if (!before(node, far_[parent])) break;
        far_[i] = far_[parent];
        i = parent;
    }
    far_[i] = node;
}

Event EventQueue::pop_far() {
    const Node top = far_.front();
    const Node last = far_.back();
    far_.pop_back();
    const size_t n = far_.size();
    size_t i = 0;
    while (n > 0) {
        size_t child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && before(far_[child + 1], far_[child])) ++child;
        if (!before(far_[child], last)) break;
        far_[i] = far_[child];
        i = child;
    }
    if (n > 0) far_[i] = last;
    base_ = static_cast<uint64_t>(top.time) >> shift_;
    if (cursor_ < base_) cursor_ = base_;
    return {top.time, static_cast<EventKind>(top.order >> 56), top.a, top.b};
}

}  // namespace chipchain
