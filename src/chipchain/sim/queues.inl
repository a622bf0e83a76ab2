// Waiting lots: bins, their order, rank values. Included by engine.cc only, so that the loop is one translation unit.
#pragma once

namespace chipchain::engine {

inline void mark_dirty(State& s, uint32_t group) {
    if (!s.groups[group].dirty) {
        s.groups[group].dirty = true;
        s.dirty.push_back(group);
    }
}

// The type part of the address of a lot's random numbers.
inline uint32_t key_type(const Lot& lot) { return lot.initial ? kInitialType : lot.type; }

// ---- rank values (docs/semantics.md 10) ----

inline Time window_end(const Model& m, const State& s, uint32_t lot_id) {
    const Lot& lot = s.lots[lot_id];
    Time end = kNever;
    for (uint32_t w = m.steps[lot.step].first_closing_window; w != kNoIndex; w = m.windows[w].next_closing) {
        const Time opened = s.windows_open[lot_id * m.max_window_slots + m.windows[w].slot];
        if (opened >= 0) end = std::min(end, opened + m.windows[w].limit);
    }
    return end;
}

inline double atc_index(const Model& m, const State& s, const Lot& lot, const Step& step, double k) {
    const double weight = static_cast<double>(m.lot_types[lot.type].priority);
    const Time slack = std::max<Time>(0, lot.due - s.now - step.remaining);
    const double scale = k * s.mean_process[step.tool_group];
    return -(weight / static_cast<double>(std::max<Time>(step.expected_process, 1))) *
           deterministic_exp(-static_cast<double>(slack) / scale);
}

// The value of one term for a lot that would pay `setup` ticks.
inline double term_value(const Model& m, const State& s, const RankTerm& term, uint32_t lot_id, Time setup) {
    const Lot& lot = s.lots[lot_id];
    const Step& step = m.steps[lot.step];
    const auto number = [](auto x) { return static_cast<double>(x); };
    switch (term.key) {
        case RankKey::priority:
            return number(lot.level);
        case RankKey::setup:
            return number(setup);
        case RankKey::fifo:
            return number(lot.arrival);
        case RankKey::lifo:
            return -number(lot.arrival);
        case RankKey::cr:
            return number(lot.due - s.now) / number(std::max<Time>(step.remaining, 1));
        case RankKey::edd:
            return number(lot.due);
        case RankKey::odd: {
            const Route& route = m.routes[step.route];
            const Time total = m.steps[route.first_step + route.step_count - 1].elapsed;
            return number(lot.release) +
                   number(lot.due - lot.release) * (number(step.elapsed) / number(std::max<Time>(total, 1)));
        }
        case RankKey::mdd:
            return number(std::max(lot.due, s.now + step.remaining));
        case RankKey::spt:
            return number(step.expected_process);
        case RankKey::lpt:
            return -number(step.expected_process);
        case RankKey::srpt:
            return number(step.remaining);
        case RankKey::lrpt:
            return -number(step.remaining);
        case RankKey::slack:
            return number(lot.due - step.remaining);
        case RankKey::slack_step:
            return number(lot.due - s.now - step.remaining) / number(std::max<uint32_t>(step.remaining_steps, 1));
        case RankKey::atc:
            return atc_index(m, s, lot, step, term.parameter[0]);
        case RankKey::atcs:
            return atc_index(m, s, lot, step, term.parameter[0]) *
                   deterministic_exp(-number(setup) / (term.parameter[1] * s.mean_setup));
        case RankKey::fsvct:
            return number(lot.release - step.remaining_cycle);
        case RankKey::fsmct:
            return number(static_cast<Time>(lot.number) * m.lot_types[lot.type].interval - step.remaining_cycle);
        case RankKey::winq: {
            if (step.last) return 0;
            const uint32_t next = m.steps[lot.step + 1].tool_group;
            return number(s.groups[next].queued_work) / number(m.tool_groups[next].tool_count);
        }
        case RankKey::line_balance: {
            const double here = number(s.step_wip[lot.step]);
            return step.last ? -here : number(s.step_wip[lot.step + 1]) - here;
        }
        case RankKey::queue_time: {
            const Time end = window_end(m, s, lot_id);
            return end == kNever ? 1e18 : number(end);
        }
        case RankKey::random:
            return number(
                s.random.draw(Purpose::lot_fate, lot.number, lot.visit | static_cast<uint64_t>(key_type(lot)) << 32)
                    .word[1]);
        case RankKey::serial:
            return number(lot.serial);
    }
    return 0;
}

// The full value of a lot; with_setup = false leaves the terms that see the setup at 0.
inline void
rank_lot(const Model& m, const State& s, const RankRule& rule, uint32_t lot_id, Time setup, RankValue& out) {
    size_t i = 0;
    for (const RankTerm& term : rule.terms) {
        const double value = term_value(m, s, term, lot_id, setup);
        out[i++] = term.reversed ? -value : value;
    }
    while (i < kMaxTerms) out[i++] = 0;
}

// Ties of equal rank: arrival at the queue.
inline bool ranks_before(const State& s, const RankValue& x, uint32_t lot_x, const RankValue& y, uint32_t lot_y) {
    for (size_t i = 0; i < kMaxTerms; ++i) {
        if (x[i] != y[i]) return x[i] < y[i];
    }
    return s.lots[lot_x].queue_seq < s.lots[lot_y].queue_seq;
}

// ---- pairing heap on fixed keys (Fredman, Sedgewick, Sleator, Tarjan, Algorithmica 1, 1986) ----

inline uint32_t heap_meld(State& s, uint32_t x, uint32_t y) {
    if (x == kNil) return y;
    if (y == kNil) return x;
    if (ranks_before(s, s.heap_keys[y], y, s.heap_keys[x], x)) std::swap(x, y);
    s.lots[y].next = s.heap_child[x];
    s.heap_child[x] = y;
    return x;
}

inline uint32_t heap_pop(State& s, uint32_t root) {
    // pair the children from left to right, then meld the pairs from right to left
    uint32_t child = s.heap_child[root];
    uint32_t pairs = kNil;
    while (child != kNil) {
        const uint32_t second = s.lots[child].next;
        uint32_t rest = kNil;
        s.lots[child].next = kNil;
        uint32_t pair = child;
        if (second != kNil) {
            rest = s.lots[second].next;
            s.lots[second].next = kNil;
            pair = heap_meld(s, child, second);
        }
        s.lots[pair].next = pairs;
        pairs = pair;
        child = rest;
    }
    uint32_t result = kNil;
    while (pairs != kNil) {
        const uint32_t next = s.lots[pairs].next;
        s.lots[pairs].next = kNil;
        result = heap_meld(s, result, pairs);
        pairs = next;
    }
    return result;
}

// ---- bins ----

inline uint32_t bin_of(const Model& m, const State& s, uint32_t lot_id) {
    const Lot& lot = s.lots[lot_id];
    const Step& step = m.steps[lot.step];
    const GroupRun& group = s.groups[step.tool_group];
    uint32_t bin = group.first_bin + (group.classes == 1 ? 0 : step.queue_class * group.bins_per_class);
    if (step.dedicated_by_slot != kNoIndex) {
        const uint32_t tool = s.dedications[lot_id * m.max_dedication_slots + step.dedicated_by_slot];
        if (tool != kNil) bin += 1 + tool - m.tool_groups[step.tool_group].first_tool;
    }
    return bin;
}

// The list of a sorted bin that a lot stands in.
inline uint32_t level_of(const State& s, uint32_t group_id, const Lot& lot) {
    return s.groups[group_id].use_levels ? lot.level : 0;
}

inline bool is_bound(const GroupRun& group, uint32_t bin) {
    return (bin - group.first_bin) % group.bins_per_class != 0;
}

inline void bin_push(const Model& m, State& s, uint32_t group_id, uint32_t bin_id, uint32_t lot_id) {
    Bin& bin = s.bins[bin_id];
    Lot& lot = s.lots[lot_id];
    lot.next = kNil;
    switch (s.bin_order[group_id]) {
        case BinOrder::sorted: {
            const uint32_t level = level_of(s, group_id, lot);
            LevelList& list = s.levels[bin_id * m.priority_levels + level];
            if (list.head == kNil) {
                list.head = lot_id;
                bin.levels |= uint64_t{1} << level;
            } else {
                s.lots[list.tail].next = lot_id;
            }
            list.tail = lot_id;
            break;
        }
        case BinOrder::heap:
            rank_lot(m, s, m.rules[m.tool_groups[group_id].rule], lot_id, 0, s.heap_keys[lot_id]);
            s.heap_child[lot_id] = kNil;
            bin.root = heap_meld(s, bin.root, lot_id);
            break;
        case BinOrder::scan:
            if (bin.root == kNil) {
                bin.root = lot_id;
            } else {
                s.lots[bin.tail].next = lot_id;
            }
            bin.tail = lot_id;
            break;
    }
    ++bin.count;
    bin.pieces += lot.pieces;
}

// The first by rank of the lots of a list, or of those of one product (4.1); kNil when there is none.
inline uint32_t
scan_best(const Model& m, const State& s, const RankRule& rule, const Bin& bin, uint32_t product = kNil) {
    const auto skip_others = [&](uint32_t lot) {
        while (product != kNil && lot != kNil && m.lot_types[s.lots[lot].type].product != product)
            lot = s.lots[lot].next;
        return lot;
    };
    uint32_t best = skip_others(bin.root);
    if (best == kNil) return kNil;
    RankValue best_value;
    rank_lot(m, s, rule, best, 0, best_value);
    for (uint32_t lot = skip_others(s.lots[best].next); lot != kNil; lot = skip_others(s.lots[lot].next)) {
        RankValue value;
        rank_lot(m, s, rule, lot, 0, value);
        if (ranks_before(s, value, lot, best_value, best)) {
            best = lot;
            best_value = value;
        }
    }
    return best;
}

// The lot that stands first in a non-empty bin.
inline uint32_t bin_best(const Model& m, const State& s, uint32_t group_id, uint32_t bin_id) {
    const Bin& bin = s.bins[bin_id];
    switch (s.bin_order[group_id]) {
        case BinOrder::sorted:
            return s.levels[bin_id * m.priority_levels + static_cast<uint32_t>(__builtin_ctzll(bin.levels))].head;
        case BinOrder::heap:
            return bin.root;
        case BinOrder::scan:
            return scan_best(m, s, m.rules[m.tool_groups[group_id].rule], bin);
    }
    return kNil;
}

// Takes `lot_id`, which bin_best() just returned, out of the bin.
inline void bin_take(const Model& m, State& s, uint32_t group_id, uint32_t bin_id, uint32_t lot_id) {
    Bin& bin = s.bins[bin_id];
    Lot& lot = s.lots[lot_id];
    switch (s.bin_order[group_id]) {
        case BinOrder::sorted: {
            const uint32_t level = level_of(s, group_id, lot);
            LevelList& list = s.levels[bin_id * m.priority_levels + level];
            list.head = lot.next;
            if (list.head == kNil) bin.levels &= ~(uint64_t{1} << level);
            break;
        }
        case BinOrder::heap:
            bin.root = heap_pop(s, bin.root);
            break;
        case BinOrder::scan: {
            uint32_t before = kNil;
            uint32_t at = bin.root;
            while (at != lot_id) {
                before = at;
                at = s.lots[at].next;
            }
            (before == kNil ? bin.root : s.lots[before].next) = lot.next;
            if (bin.tail == lot_id) bin.tail = before;
            break;
        }
    }
    lot.next = kNil;
    --bin.count;
    bin.pieces -= lot.pieces;
}

inline void count_waiting(State& s, GroupRun& group, int change) {
    group.queue_area += static_cast<int64_t>(group.waiting) * (s.now - group.area_since);
    group.area_since = s.now;
    if (change > 0) {
        if (group.waiting == 0) group.waiting_since = s.now;
        if (++group.waiting > group.queue_longest) group.queue_longest = group.waiting;
    } else if (--group.waiting == 0) {
        group.waiting_time += s.now - group.waiting_since;
    }
}

// A lot arrives at the queue of its step.
inline void queue_push(const Model& m, State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    const Step& step = m.steps[lot.step];
    GroupRun& group = s.groups[step.tool_group];
    lot.arrival = s.now;
    lot.queue_seq = s.next_queue_seq++;
    lot.waiting = true;
    ++group.arrivals;
    count_waiting(s, group, 1);
    if (s.needs_work) group.queued_work += step.expected_process;
    const uint32_t bin = bin_of(m, s, lot_id);
    bin_push(m, s, step.tool_group, bin, lot_id);
    if (group.bins_per_class > 1 && is_bound(group, bin)) ++group.bound_waiting;
    mark_dirty(s, step.tool_group);
    if (s.recorder != nullptr) record_arrival(m, s, lot_id);
}

inline void queue_take(const Model& m, State& s, uint32_t bin_id, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    const Step& step = m.steps[lot.step];
    GroupRun& group = s.groups[step.tool_group];
    bin_take(m, s, step.tool_group, bin_id, lot_id);
    if (group.bins_per_class > 1 && is_bound(group, bin_id)) --group.bound_waiting;
    count_waiting(s, group, -1);
    lot.waiting = false;
    if (s.needs_work) {
        group.queued_work -= step.expected_process;
        for (const uint32_t gate : s.gated_by[step.tool_group]) mark_dirty(s, gate);
    }
}

}  // namespace chipchain::engine
