// Assignment of waiting lots to available tools (docs/semantics.md 4) and the start of a lot or batch (3).
// Included by engine.cc only.
#pragma once

namespace chipchain::engine {

struct Candidate {
    uint32_t bin = kNil;
    uint32_t lot = kNil;
    uint32_t tool = kNil;
    bool ranked = false;  // value is known: only needed when there is a choice
    RankValue value;
};

// ---- which tool (4.3) ----

// Does some lot wait that this tool could take without a change of setup?
inline bool has_matching_lot(const Model& m, const State& s, uint32_t tool_id) {
    const ToolRun& tool = s.tools[tool_id];
    const GroupRun& group = s.groups[tool.group];
    const uint32_t classes = group.classes;
    for (uint32_t c = 0; c < classes; ++c) {
        const uint32_t free_bin = group.first_bin + c * group.bins_per_class;
        const uint32_t own_bin = free_bin + (group.bins_per_class > 1 ? 1 + group_ordinal(m, tool_id) : 0);
        for (const uint32_t bin : {free_bin, own_bin}) {
            if (s.bins[bin].count > 0 && m.steps[s.lots[bin_best(m, s, tool.group, bin)].step].setup == tool.setup)
                return true;
        }
    }
    return false;
}

inline bool is_eligible(const Model& m, const State& s, uint32_t tool_id, const Step& step) {
    const ToolRun& tool = s.tools[tool_id];
    if (step.setup == 0 || tool.setup == step.setup || tool.min_run_left == 0) return true;
    return m.switches.min_run == MinRun::break_if_idle && !has_matching_lot(m, s, tool_id);
}

inline bool has_available(const GroupRun& run) { return run.available[0] + run.available[1] > 0; }

// Where the search for an available tool begins (tool_choice = random): word 2 of lot_fate of the lot's visit.
inline uint32_t random_place(const Model& m, const State& s, uint32_t group_id, uint32_t lot_id, uint32_t visit) {
    const ToolGroup& group = m.tool_groups[group_id];
    if (group.wake == WakeRule::lowest_index || s.groups[group_id].available[0] <= 1) return 0;
    const Lot& lot = s.lots[lot_id];
    const RandomWords fate =
        s.random.draw(Purpose::lot_fate, lot.number, visit | static_cast<uint64_t>(key_type(lot)) << 32);
    return static_cast<uint32_t>(static_cast<uint64_t>(fate.word[2]) * group.tool_count >> 32);
}

// The first available tool cyclically from a place; kNil when there is none.
inline uint32_t first_available(const State& s, const ToolGroup& group, const GroupRun& run, uint32_t place) {
    const uint32_t words = (group.tool_count + 63) / 64;
    const uint64_t* bits = &s.available[run.first_word];
    uint32_t w = place / 64;
    uint64_t word = bits[w] & (~uint64_t{0} << (place % 64));
    for (uint32_t i = 0; word == 0; ++i) {
        if (i == words) return kNil;
        if (++w == words) w = 0;
        word = bits[w];
    }
    return group.first_tool + w * 64 + static_cast<uint32_t>(__builtin_ctzll(word));
}

// Calls visit(tool) for the available tools in the order of the switch tool_choice until it returns true. With
// tool_choice = random: by tool id, cyclically from a keyed random place (word 2 of lot_fate of the lot's visit).
template <class Visit>
inline void for_each_available(
    const Model& m,
    const State& s,
    uint32_t group_id,
    uint32_t lot_id,
    uint32_t visit,
    const Visit& visit_tool) {
    const ToolGroup& group = m.tool_groups[group_id];
    const GroupRun& run = s.groups[group_id];
    if (!s.random_choice) {
        const size_t first_list = m.switches.tool_choice == ToolChoice::chained_first ? 1 : 0;
        for (const size_t list : {first_list, 1 - first_list}) {
            for (uint32_t tool = run.head[list]; tool != kNil; tool = s.tools_rare[tool].next) {
                if (visit_tool(tool)) return;
            }
        }
        return;
    }
    const uint32_t place = random_place(m, s, group_id, lot_id, visit);
    const uint32_t words = (group.tool_count + 63) / 64;
    const uint64_t* bits = &s.available[run.first_word];
    for (uint32_t i = 0; i <= words; ++i) {
        const uint32_t w = (place / 64 + i) % words;
        uint64_t word = bits[w];
        // the first word is cut below the place, and comes again last with the rest
        if (i == 0) word &= ~uint64_t{0} << (place % 64);
        if (i == words) word &= ~(~uint64_t{0} << (place % 64));
        for (; word != 0; word &= word - 1) {
            if (visit_tool(group.first_tool + w * 64 + static_cast<uint32_t>(__builtin_ctzll(word)))) return;
        }
    }
}

// The tool that a lot waiting for (or going to) `step` gets, kNil when none is available and eligible.
inline uint32_t
choose_tool(const Model& m, const State& s, uint32_t group_id, const Step& step, uint32_t lot_id, uint32_t visit) {
    const ToolGroup& group = m.tool_groups[group_id];
    uint32_t best = kNil;
    Time best_setup = 0;
    const bool any_setup = !group.has_setup || step.setup == 0;
    if (any_setup && s.random_choice) {
        return first_available(s, group, s.groups[group_id], random_place(m, s, group_id, lot_id, visit));
    }
    const bool lowest = group.wake == WakeRule::lowest_index && !s.random_choice;
    for_each_available(m, s, group_id, lot_id, visit, [&](uint32_t tool) {
        if (!any_setup && !is_eligible(m, s, tool, step)) return false;
        const Time setup =
            any_setup || group.wake != WakeRule::least_setup ? 0 : setup_time(m, s.tools[tool].setup, step);
        // without the random place the tools come in two lists, the preferred one first
        const bool lower = lowest && best != kNil && tool < best && s.tools[tool].listed == s.tools[best].listed;
        if (best == kNil || setup < best_setup || lower) {
            best = tool;
            best_setup = setup;
        }
        return best_setup == 0 && !lowest;
    });
    return best;
}

// ---- which lot (4.4 to 4.6) ----

inline Time ranked_setup(const Model& m, const ToolRun& tool, const Step& step) {
    if (step.setup == 0) return 0;
    if (!m.tool_groups[step.tool_group].setup_avoidance) {
        if (m.switches.setup_rank == SetupRank::none) return 0;
        if (m.switches.setup_rank == SetupRank::table_only && step.setup_time >= 0) return 0;
    }
    return setup_time(m, tool.setup, step);
}

inline bool batch_is_ready(const Model& m, uint32_t pieces, const Step& step) {
    switch (m.switches.batch_start) {
        case BatchStart::minimum:
            return pieces >= step.batch_min;
        case BatchStart::full:
            return pieces >= step.batch_max;
        case BatchStart::any:
            return true;
    }
    return true;
}

inline bool gate_is_closed(const Model& m, const State& s, const Step& step) {
    if (!step.gated) return false;
    const QueueTimeWindow& window = m.windows[step.opens_window];
    const uint32_t exit_group = m.steps[window.exit].tool_group;
    return s.groups[exit_group].queued_work / m.tool_groups[exit_group].tool_count > window.limit;
}

// The best lot of a bin (or of one product in it) with all its pieces that wait, against the best one so far.
inline void consider_lot(
    const Model& m,
    const State& s,
    uint32_t group_id,
    uint32_t bin,
    uint32_t lot,
    uint32_t pieces,
    uint32_t bound_tool,
    Candidate& best) {
    const Step& step = m.steps[s.lots[lot].step];
    if (step.per == ProcessUnit::batch && !batch_is_ready(m, pieces, step)) return;
    if (gate_is_closed(m, s, step)) return;
    const uint32_t tool = bound_tool != kNil ? (is_eligible(m, s, bound_tool, step) ? bound_tool : kNil)
                                             : choose_tool(m, s, group_id, step, lot, s.lots[lot].visit);
    if (tool == kNil) return;
    if (best.lot == kNil) {
        best.bin = bin;
        best.lot = lot;
        best.tool = tool;
        return;
    }
    const RankRule& rule = m.rules[m.tool_groups[group_id].rule];
    const auto rank = [&](uint32_t x, uint32_t at, RankValue& value) {
        const Step& its = m.steps[s.lots[x].step];
        rank_lot(m, s, rule, x, rule.has_setup ? ranked_setup(m, s.tools[at], its) : 0, value);
    };
    if (!best.ranked) rank(best.lot, best.tool, best.value);
    best.ranked = true;
    RankValue value;
    rank(lot, tool, value);
    if (ranks_before(s, value, lot, best.value, best.lot)) best = {bin, lot, tool, true, value};
}

// batch_by_product: the lots of each product in a bin are a bin of their own.
inline void consider_products(
    const Model& m,
    const State& s,
    uint32_t group_id,
    uint32_t bin,
    uint32_t bound_tool,
    Candidate& best) {
    for (uint32_t product = 0; product < m.product_names.size(); ++product) {
        const uint32_t lot = scan_best(m, s, m.rules[m.tool_groups[group_id].rule], s.bins[bin], product);
        if (lot == kNil) continue;
        uint32_t pieces = 0;
        for (uint32_t i = s.bins[bin].root; i != kNil; i = s.lots[i].next) {
            if (m.lot_types[s.lots[i].type].product == product) pieces += s.lots[i].pieces;
        }
        consider_lot(m, s, group_id, bin, lot, pieces, bound_tool, best);
    }
}

inline void
consider_bin(const Model& m, const State& s, uint32_t group_id, uint32_t bin, uint32_t bound_tool, Candidate& best) {
    const uint32_t lot = bin_best(m, s, group_id, bin);
    if (m.tool_groups[group_id].batch_by_product && m.steps[s.lots[lot].step].per == ProcessUnit::batch) {
        consider_products(m, s, group_id, bin, bound_tool, best);
    } else {
        consider_lot(m, s, group_id, bin, lot, s.bins[bin].pieces, bound_tool, best);
    }
}

inline Candidate find_candidate(const Model& m, const State& s, uint32_t group_id) {
    const ToolGroup& group = m.tool_groups[group_id];
    const GroupRun& run = s.groups[group_id];
    Candidate best;
    if (run.waiting > run.bound_waiting) {
        for (uint32_t c = 0; c < run.classes; ++c) {
            const uint32_t bin = run.first_bin + c * run.bins_per_class;
            if (s.bins[bin].count > 0) consider_bin(m, s, group_id, bin, kNil, best);
        }
    }
    if (run.bound_waiting > 0) {
        for_each_available(m, s, group_id, 0, 0, [&](uint32_t tool) {
            for (uint32_t c = 0; c < run.classes; ++c) {
                const uint32_t bin = run.first_bin + c * run.bins_per_class + 1 + (tool - group.first_tool);
                if (s.bins[bin].count > 0) consider_bin(m, s, group_id, bin, tool, best);
            }
            return false;
        });
    }
    return best;
}

// ---- start ----

inline void close_windows(const Model& m, State& s, uint32_t lot_id) {
    const Step& step = m.steps[s.lots[lot_id].step];
    for (uint32_t w = step.first_closing_window; w != kNoIndex; w = m.windows[w].next_closing) {
        Time& opened = s.windows_open[lot_id * m.max_window_slots + m.windows[w].slot];
        if (opened < 0) continue;
        WindowResult& result = s.result.windows[w];
        const Time stay = s.now - opened;
        ++result.closed;
        result.stay_sum += stay;
        if (stay > m.windows[w].limit) {
            ++result.violated;
            result.excess_sum += stay - m.windows[w].limit;
        }
        opened = -1;
    }
}

// Pays and books the setup of a lot at a tool; returns its time.
inline Time change_setup(const Model& m, State& s, uint32_t tool_id, const Step& step) {
    ToolRun& tool = s.tools[tool_id];
    if (step.setup == 0) {
        if (m.switches.blank_setup == BlankSetup::clear) tool.setup = tool.min_run_left = 0;
        return 0;
    }
    const bool changed = tool.setup != step.setup;
    const Time time = changed ? setup_time(m, tool.setup, step) : 0;
    if (changed) {
        ++s.tools_rare[tool_id].setups;
        tool.setup = step.setup;
    }
    if (changed || m.switches.min_run_arm == MinRunArm::on_start) {
        tool.min_run_left = m.min_run[step.setup] - 1;
    } else if (tool.min_run_left > 0) {
        --tool.min_run_left;
    }
    return time;
}

// Starts a chain of lots (a batch in rank order, or one lot) on a tool.
// The fixed part of start_lots that concerns each lot; returns the pieces of the chain and counts its lots.
inline uint32_t
start_each(const Model& m, State& s, GroupRun& run, uint32_t first_lot, uint32_t tool_id, uint32_t& lots) {
    const Step& step = m.steps[s.lots[first_lot].step];
    uint32_t pieces = 0;
    for (uint32_t id = first_lot; id != kNil; id = s.lots[id].next) {
        Lot& lot = s.lots[id];
        s.fingerprint.add(static_cast<uint64_t>(s.now), static_cast<uint64_t>(tool_id) << 32 | lot.serial);
        s.fingerprint.add(lot.step, 0);
        lot.start = s.now;
        lot.tool = tool_id;
        pieces += lot.pieces;
        ++lots;
        if (step.first_closing_window != kNoIndex) close_windows(m, s, id);
        if (step.dedication_slot != kNoIndex)
            s.dedications[id * m.max_dedication_slots + step.dedication_slot] = tool_id;
        run.queue_time_longest = std::max(run.queue_time_longest, s.now - lot.arrival);
    }
    return pieces;
}

// Puts a unit behind those inside the tool; it is done after setup + busy, but not before the one ahead.
inline void enter_tool(State& s, ToolRun& tool, uint32_t first_lot, Time stay) {
    Lot& first = s.lots[first_lot];
    first.done = s.now + stay;
    first.behind = kNil;
    if (tool.last_inside != kNil) {
        s.lots[tool.last_inside].behind = first_lot;
        first.done = std::max(first.done, s.lots[tool.last_inside].done);
    } else {
        tool.first_inside = first_lot;
    }
    tool.last_inside = first_lot;
    ++tool.inside;
}

// The time for which a lot keeps the entry of a cascading tool (3.3).
inline Time entry_interval(const Model& m, const State& s, uint32_t lot_id, uint32_t pieces) {
    const Step& step = m.steps[s.lots[lot_id].step];
    const Time interval = step.lot_interval > 0 ? step.lot_interval : step.piece_interval * pieces;
    return learned_process(m, s, s.lots[lot_id].step, interval);
}

inline void start_lots(const Model& m, State& s, uint32_t group_id, uint32_t first_lot, uint32_t tool_id) {
    const ToolGroup& group = m.tool_groups[group_id];
    ToolRun& tool = s.tools[tool_id];
    const Step& step = m.steps[s.lots[first_lot].step];
    uint32_t lots = 0;
    const uint32_t pieces = start_each(m, s, s.groups[group_id], first_lot, tool_id, lots);
    if (tool.state == ToolState::setup) book_state(s, tool_id);  // while setup_until is still that of the lot before
    Time setup = group.has_setup || m.switches.blank_setup == BlankSetup::clear ? change_setup(m, s, tool_id, step) : 0;
    if (group.cascade) {
        // a tool is not changed over while lots are loaded or unloaded: that of the lot inside and that of this lot
        if (setup > 0 && tool.inside > 0 && m.switches.cascade_setup == CascadeSetup::hidden) {
            const Time last_begin = s.tools_rare[tool_id].last_begin;
            setup -= std::clamp<Time>(s.now - last_begin - 2 * (group.load + group.unload), 0, setup);
        }
        if (group.has_setup) s.tools_rare[tool_id].last_begin = s.now + setup;
    }
    tool.setup_until = s.now + setup;
    tool.engineering = m.lot_types[s.lots[first_lot].type].engineering;
    const Time busy = group.load + s.lots[first_lot].process + group.unload;
    enter_tool(s, tool, first_lot, setup + busy);
    if (group.cascade) {
        const Time entry = !step.cascade ? busy
                                         : entry_interval(m, s, first_lot, pieces) +
                                               (m.switches.cascade_entry == CascadeEntry::serial ? group.load : 0);
        tool.entry_busy = true;
        tool.entry_free_at = s.now + setup + entry;
        s.events.push(tool.entry_free_at, EventKind::entry_free, tool_id, ++tool.entry_generation);
    }
    schedule_done(s, first_lot);
    const ToolState state = setup > 0 ? ToolState::setup : busy_state(tool);
    if (tool.state != state || s.recorder != nullptr) set_state(s, tool_id, state);
    ++tool.starts;
    tool.lots += lots;
    if (step.per == ProcessUnit::batch) {
        GroupRun& run = s.groups[group_id];
        ++run.batches;
        run.batch_pieces += pieces;
        run.batch_capacity += step.batch_max;
    }
    count_pieces(m, s, tool_id, pieces);
    // it holds a lot, and on a cascading tool its entry is busy: nothing more may start on it now
    unlist(s, tool_id, group.first_tool);
}

void reserve_ahead(const Model& m, State& s, uint32_t lot_id);
void leave_line(const Model& m, State& s, uint32_t lot_id, bool scrapped);

// With queue_time_action = scrap, a lot that would start after the end of its window leaves as scrap instead (4.7).
inline bool scrap_if_late(const Model& m, State& s, uint32_t lot_id) {
    if (m.switches.queue_time_action != QueueTimeAction::scrap || window_end(m, s, lot_id) >= s.now) return false;
    close_windows(m, s, lot_id);
    s.abandoned += s.now - std::max(s.lots[lot_id].left, s.warmup);
    leave_line(m, s, lot_id, true);
    return true;
}

// Takes the candidate's lots out of their bin, linked in rank order; the rest of the bin stays.
inline void start_candidate(const Model& m, State& s, uint32_t group_id, const Candidate& candidate) {
    const Step& step = m.steps[s.lots[candidate.lot].step];
    uint32_t first = candidate.lot;
    uint32_t last = first;
    queue_take(m, s, candidate.bin, first);
    if (scrap_if_late(m, s, first)) return;
    if (step.per == ProcessUnit::batch) {
        uint32_t pieces = s.lots[first].pieces;
        const bool by_product = m.tool_groups[group_id].batch_by_product;
        const uint32_t product = m.lot_types[s.lots[first].type].product;
        while (s.bins[candidate.bin].count > 0) {
            const uint32_t lot =
                by_product ? scan_best(m, s, m.rules[m.tool_groups[group_id].rule], s.bins[candidate.bin], product)
                           : bin_best(m, s, group_id, candidate.bin);
            if (lot == kNil) break;
            if (pieces + s.lots[lot].pieces > step.batch_max) break;
            queue_take(m, s, candidate.bin, lot);
            if (scrap_if_late(m, s, lot)) continue;
            pieces += s.lots[lot].pieces;
            s.lots[last].next = lot;
            last = lot;
        }
    }
    if (s.recorder != nullptr) record_start(m, s, group_id, first, candidate.tool);
    start_lots(m, s, group_id, first, candidate.tool);
    for (uint32_t lot = first; lot != kNil; lot = s.lots[lot].next) {
        if (s.lots[lot].reserve) reserve_ahead(m, s, lot);
    }
}

// Lots that arrived at the tool they had reserved.
inline void start_reserved(const Model& m, State& s, uint32_t group_id) {
    std::vector<uint32_t>& ready = s.reserved_ready[group_id];
    for (size_t i = 0; i < ready.size(); ++i) {
        const uint32_t lot = ready[i];
        const uint32_t tool = s.lots[lot].reserved_tool;
        if (tool == kNil) {                 // lost it in this very instant
            --s.groups[group_id].arrivals;  // counted when it came
            queue_push(m, s, lot);
            continue;
        }
        if (scrap_if_late(m, s, lot)) continue;
        s.lots[lot].reserved_tool = kNil;
        s.tools[tool].reserved_for = kNil;
        start_lots(m, s, group_id, lot, tool);
        reserve_ahead(m, s, lot);
    }
    ready.clear();
}

// A lot that arrives alone at a plain group with an available tool starts without standing in a bin. Only when nothing
// else happens at this instant: the result is that of queue_push() and assign().
inline bool start_at_once(const Model& m, State& s, uint32_t group_id, uint32_t lot_id) {
    GroupRun& run = s.groups[group_id];
    if (!run.plain || run.waiting > 0 || !has_available(run) || s.needs_work || s.recorder != nullptr) return false;
    if (!s.dirty.empty() || !s.reserved_ready[group_id].empty() || s.events.has_at(s.now)) return false;
    Lot& lot = s.lots[lot_id];
    lot.arrival = s.now;
    lot.queue_seq = s.next_queue_seq++;
    ++run.arrivals;
    run.queue_longest = std::max(run.queue_longest, 1U);
    if (scrap_if_late(m, s, lot_id)) return true;
    start_lots(m, s, group_id, lot_id, choose_tool(m, s, group_id, m.steps[lot.step], lot_id, lot.visit));
    if (s.lots[lot_id].reserve) reserve_ahead(m, s, lot_id);
    return true;
}

inline void assign(const Model& m, State& s, uint32_t group_id) {
    if (!s.reserved_ready[group_id].empty()) start_reserved(m, s, group_id);
    GroupRun& run = s.groups[group_id];
    if (run.plain) {
        while (run.waiting > 0 && has_available(run)) {
            Candidate candidate;
            candidate.bin = run.first_bin;
            candidate.lot = bin_best(m, s, group_id, run.first_bin);
            candidate.tool = choose_tool(
                m,
                s,
                group_id,
                m.steps[s.lots[candidate.lot].step],
                candidate.lot,
                s.lots[candidate.lot].visit);
            start_candidate(m, s, group_id, candidate);
        }
        return;
    }
    while (run.waiting > 0 && has_available(run)) {
        const Candidate candidate = find_candidate(m, s, group_id);
        if (candidate.lot == kNil) return;
        start_candidate(m, s, group_id, candidate);
    }
}

}  // namespace chipchain::engine
