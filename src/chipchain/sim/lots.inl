// The way of a lot: release, visits, completion of a step, shipment; samples. Included by engine.cc only.
#pragma once

namespace chipchain::engine {

inline RandomWords visit_words(const State& s, const Lot& lot, Purpose purpose, uint32_t visit) {
    return s.random.draw(purpose, lot.number, visit | static_cast<uint64_t>(key_type(lot)) << 32);
}

// ---- reservation (8) ----

inline void drop_request(State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    std::vector<uint32_t>& requests = s.requests[lot.reserved_group];
    requests.erase(std::remove(requests.begin(), requests.end(), lot_id), requests.end());
    lot.reserved_group = kNil;
}

inline void give_back_reservation(const Model& m, State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    if (lot.reserved_group != kNil) drop_request(s, lot_id);
    if (lot.reserved_tool == kNil) return;
    const uint32_t tool = lot.reserved_tool;
    drop_reservation(s, tool);
    if (s.tools[tool].state == ToolState::standby_reserved) set_state(s, tool, idle_state(s.tools[tool]));
    update_available(m, s, tool);
}

inline void reserve_ahead(const Model& m, State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    if (m.switches.reservation == Reservation::off || m.steps[lot.step].last) return;
    uint32_t visit = lot.visit;
    uint32_t step_id = lot.step;
    do {
        if (m.steps[step_id].last) return;
        ++step_id;
        ++visit;
    } while (visit_words(s, lot, Purpose::lot_step, visit).word[0] >= m.steps[step_id].sample_threshold);
    const Step& step = m.steps[step_id];
    const ToolGroup& group = m.tool_groups[step.tool_group];
    if (!group.reservation || group.setup_avoidance || step.per == ProcessUnit::batch ||
        step.dedicated_by_slot != kNoIndex)
        return;
    const uint32_t tool = choose_tool(m, s, step.tool_group, step, lot_id, visit);
    if (tool == kNil) {
        lot.reserved_group = step.tool_group;
        s.requests[step.tool_group].push_back(lot_id);
        return;
    }
    lot.reserved_tool = tool;
    s.tools[tool].reserved_for = lot_id;
    unlist(s, tool, group.first_tool);
    if (s.tools[tool].inside == 0) set_state(s, tool, idle_state(s.tools[tool]));
}

// ---- leaving the line ----

inline void count_type(State& s, uint32_t type_id, int change) {
    TypeRun& type = s.types[type_id];
    type.wip_area += static_cast<int64_t>(type.inside) * (s.now - type.area_since);
    type.area_since = s.now;
    s.wip_area += static_cast<int64_t>(s.inside) * (s.now - s.wip_since);
    s.wip_since = s.now;
    type.inside = change > 0 ? type.inside + 1 : type.inside - 1;
    s.inside = change > 0 ? s.inside + 1 : s.inside - 1;
}

inline void add_completed(CompletedLots& c, const Lot& lot, Time now) {
    const Time cycle_time = now - lot.release;
    ++c.lots;
    c.pieces += lot.pieces;
    c.cycle_time_sum += cycle_time;
    c.cycle_time_squares += in_days(cycle_time) * in_days(cycle_time);
    c.cycle_time.record(cycle_time);
    if (now <= lot.due) {
        ++c.on_time;
    } else {
        c.tardiness_sum += now - lot.due;
        c.tardiness.record(now - lot.due);
    }
}

// Asks for a release at this instant where the line's policy waits for room.
inline void room_in_line(const Model& m, State& s, uint32_t type_id, Time when) {
    TypeRun& type = s.types[type_id];
    const ReleasePolicy policy = m.lot_types[type_id].policy;
    if (policy != ReleasePolicy::conwip && policy != ReleasePolicy::workload) return;
    if (type.release_pending || s.now < m.lot_types[type_id].start || !m.lot_types[type_id].released) return;
    type.release_pending = true;
    s.events.push(when, EventKind::release, type_id, 0);
}

inline void free_lot_slot(State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    lot.in_use = false;
    lot.waiting = false;
    lot.next = s.free_lot;
    s.free_lot = lot_id;
}

inline void leave_line(const Model& m, State& s, uint32_t lot_id, bool scrapped) {
    Lot& lot = s.lots[lot_id];
    give_back_reservation(m, s, lot_id);
    count_type(s, lot.type, -1);
    s.residence += s.now - entered(s, lot);
    if (s.needs_wip) --s.step_wip[lot.step];
    if (s.recorder != nullptr) record_leave(m, s, lot_id, scrapped);
    if (s.left != nullptr)
        s.left->push_back({lot.serial, lot.type, lot.number, lot.release, lot.due, s.now, lot.initial, scrapped});
    LotTypeResult& result = s.result.lot_types[lot.type];
    if (scrapped) {
        ++s.result.scrapped;
        s.result.pieces_scrapped += lot.pieces;
        ++result.scrapped;
        if (m.monthly) month_of(s, lot.type).scrapped_pieces += lot.pieces;
    } else {
        ++s.result.shipped;
        s.result.pieces_shipped += lot.pieces;
        s.fingerprint.add(static_cast<uint64_t>(s.now), lot.serial);
        s.cycle_days_last += in_days(s.now - lot.release);
        ++s.shipped_last;
        add_completed(lot.initial ? result.initial : result.completed, lot, s.now);
        if (m.monthly) {
            MonthOfType& month = month_of(s, lot.type);
            ++month.shipped_lots;
            month.shipped_pieces += lot.pieces;
            month.cycle_time_sum += s.now - lot.release;
        }
    }
    if (!s.work_left.empty()) s.types[lot.type].work -= s.work_left[lot_id];
    free_lot_slot(s, lot_id);
    room_in_line(m, s, lot.type, lot.release == s.now ? s.now + 1 : s.now);
}

// ---- visits ----

inline Time draw_nominal_process(const State& s, const Lot& lot, const Step& step, uint32_t word) {
    Time drawn;
    if (is_simple(step.process)) {
        drawn = draw_simple(step.process, word);
    } else {
        const RandomWords extra = visit_words(s, lot, Purpose::lot_extra, lot.visit);
        drawn = draw_general(step.process, wide(extra.word[2], extra.word[3]));
    }
    if (step.cascade && step.piece_interval > 0) return drawn + (lot.pieces - 1) * step.piece_interval;
    return step.per == ProcessUnit::piece ? drawn * lot.pieces : drawn;
}

inline Time draw_process(const Model& m, const State& s, const Lot& lot, uint32_t step_id, uint32_t word) {
    return learned_process(m, s, step_id, draw_nominal_process(s, lot, m.steps[step_id], word));
}

inline bool draws_rework(const Model& m, State& s, uint32_t lot_id, const Step& step, uint32_t step_id, uint32_t word) {
    if (step.rework_step == kNoIndex || word >= rework_threshold(m, s, step_id)) return false;
    if (s.rework_steps > 0) {
        uint8_t& done = s.reworked[lot_id * s.rework_steps + s.rework_ordinal[step_id]];
        if (done != 0) return false;
        done = 1;
    }
    ++s.fates[step_id].reworks;
    return true;
}

// ---- between regions (12) ----

// Calls visit(from, to, slots) for each vector [lot * slots + i] that belongs to a lot and its copy in the crossing.
template <class Visit>
inline void for_each_slot_array(const Model& m, State& s, Crossing& crossing, const Visit& visit) {
    visit(s.dedications, crossing.dedications, size_t{m.max_dedication_slots});
    visit(s.windows_open, crossing.windows_open, size_t{m.max_window_slots});
    visit(s.reworked, crossing.reworked, size_t{s.rework_steps});
    visit(s.group_stays, crossing.group_stays, crossing.group_stays.size());
}

// A lot leaves for another region; it is handed over at the next border.
inline void cross(const Model& m, State& s, uint32_t lot_id, uint32_t region, Time arrival) {
    if (s.crossing_count == s.crossings.size()) {
        ++s.growths;
        add_crossings(m, s, s.crossings.size() + 64);
    }
    Crossing& crossing = s.crossings[s.crossing_count++];
    crossing.lot = s.lots[lot_id];
    crossing.arrival = arrival;
    crossing.region = region;
    for_each_slot_array(m, s, crossing, [&](auto& of_lots, auto& copy, size_t slots) {
        std::copy_n(of_lots.begin() + static_cast<std::ptrdiff_t>(lot_id * slots), slots, copy.begin());
    });
    const size_t stays = crossing.group_stays.size();
    std::fill_n(s.group_stays.begin() + static_cast<std::ptrdiff_t>(lot_id * stays), stays, GroupStay{});
    count_type(s, s.lots[lot_id].type, -1);
    free_lot_slot(s, lot_id);
}

// Moves a lot to the first step it performs at or after `step_id`; the arrival there is scheduled (release and initial
// lots: location kNil, no transport). Ships the lot when no step is left.
inline void go_on(const Model& m, State& s, uint32_t lot_id, uint32_t step_id, uint32_t location) {
    Lot& lot = s.lots[lot_id];
    RandomWords words;
    for (;;) {
        ++lot.visit;
        words = visit_words(s, lot, Purpose::lot_step, lot.visit);
        const Step& step = m.steps[step_id];
        if (words.word[0] < step.sample_threshold) break;
        if (m.switches.rework_skipped == ReworkSkipped::yes &&
            draws_rework(m, s, lot_id, step, step_id, words.word[3])) {
            give_back_reservation(m, s, lot_id);  // it was made for a step behind
            step_id = step.rework_step;
        } else if (step.last) {
            leave_line(m, s, lot_id, false);
            return;
        } else {
            ++step_id;
        }
    }
    const Step& step = m.steps[step_id];
    if (s.needs_wip) {
        --s.step_wip[lot.step];
        ++s.step_wip[step_id];
    }
    lot.step = step_id;
    lot.left = s.now;
    lot.rework_word = words.word[3];
    lot.process = draw_process(m, s, lot, step_id, words.word[2]);
    if (location == kNil) {
        s.events.push(s.now, EventKind::arrival, lot_id, 0);
        return;
    }
    const Distribution& way = m.transport[location * m.location_count + m.tool_groups[step.tool_group].location];
    Time transport;
    if (is_simple(way)) {
        transport = draw_simple(way, words.word[1]);
    } else {
        const RandomWords extra = visit_words(s, lot, Purpose::lot_extra, lot.visit);
        transport = draw_general(way, wide(extra.word[0], extra.word[1]));
    }
    const uint32_t region = s.region_of[step.tool_group];
    if (region != s.region) {
        cross(m, s, lot_id, region, s.now + transport);
        return;
    }
    s.events.push(s.now + transport, EventKind::arrival, lot_id, 0);
}

// A lot has been processed: books the visit and moves the lot on (2.5).
inline void complete_step(const Model& m, State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    const uint32_t step_id = lot.step;
    const Step& step = m.steps[step_id];
    if (s.recorder != nullptr) record_done(m, s, lot_id);
    StepRun& run = s.steps[step_id];
    const Time left = std::max(lot.left, s.warmup);
    const Time arrival = std::max(lot.arrival, s.warmup);
    const Time start = std::max(lot.start, s.warmup);
    ++run.visits;
    run.transport_time += arrival - left;
    run.queue_time += start - arrival;
    run.process_time += s.now - start;
    ++s.moves;
    lot.left = s.now;
    lot.tool = kNil;
    if (step.opens_window != kNoIndex) {
        s.windows_open[lot_id * m.max_window_slots + m.windows[step.opens_window].slot] = s.now;
    }
    const LotType& type = m.lot_types[lot.type];
    if (type.workload_group == step.tool_group && s.work_left[lot_id] > 0) {
        const Time done = std::min(s.work_left[lot_id], step.expected_process);
        s.work_left[lot_id] -= done;
        s.types[lot.type].work -= done;
        room_in_line(m, s, lot.type, s.now);
    }
    if (step.scrap_threshold > 0 &&
        visit_words(s, lot, Purpose::lot_fate, lot.visit).word[0] < scrap_threshold(m, s, step_id)) {
        ++s.fates[step_id].scraps;
        leave_line(m, s, lot_id, true);
        return;
    }
    const uint32_t location = m.tool_groups[step.tool_group].location;
    if (draws_rework(m, s, lot_id, step, step_id, lot.rework_word)) {
        give_back_reservation(m, s, lot_id);
        go_on(m, s, lot_id, step.rework_step, location);
    } else if (step.last) {
        leave_line(m, s, lot_id, false);
    } else {
        go_on(m, s, lot_id, step_id + 1, location);
    }
}

// ---- release ----

inline void release_lot_of(const Model& m, State& s, uint32_t type_id, Time due, uint32_t pieces) {
    const LotType& type = m.lot_types[type_id];
    const uint32_t lot_id = take_lot_slot(m, s);
    Lot& lot = s.lots[lot_id];
    lot.type = type_id;
    lot.number = static_cast<uint32_t>(s.types[type_id].released++);
    lot.visit = UINT32_MAX;  // the first visit is 0
    lot.serial = s.next_serial;
    s.next_serial += s.regions;
    lot.pieces = pieces;
    lot.level = type.priority_level;
    lot.initial = false;
    lot.reserve = type.reserve;
    lot.release = s.now;
    lot.due = due;
    if (type.policy == ReleasePolicy::workload) {
        s.work_left[lot_id] = type.workload_per_lot;
        s.types[type_id].work += type.workload_per_lot;
    }
    lot.step = m.routes[type.route].first_step;
    if (s.needs_wip) ++s.step_wip[lot.step];
    ++s.result.released;
    s.result.pieces_in += pieces;
    ++s.result.lot_types[type_id].released;
    s.result.lot_types[type_id].released_pieces += pieces;
    if (m.monthly) month_of(s, type_id).released_pieces += pieces;
    count_type(s, type_id, 1);
    go_on(m, s, lot_id, lot.step, kNil);
}

inline void release_one(const Model& m, State& s, uint32_t type_id, Time due) {
    release_lot_of(m, s, type_id, due, m.lot_types[type_id].pieces);
}

inline bool may_release(const LotType& type, const TypeRun& run) {
    if (type.repeats >= 0 && run.release_events >= static_cast<uint64_t>(type.repeats)) return false;
    if (type.policy == ReleasePolicy::conwip) return run.inside < type.wip_limit_lots;
    if (type.policy == ReleasePolicy::workload) return run.work + type.workload_per_lot <= type.workload_limit;
    return true;
}

inline uint64_t room_for(const LotType& type, const TypeRun& run) {
    if (type.policy == ReleasePolicy::conwip)
        return type.wip_limit_lots > run.inside ? type.wip_limit_lots - run.inside : 0;
    const Time free = type.workload_limit - run.work;
    return free > 0 ? static_cast<uint64_t>(free / std::max<Time>(type.workload_per_lot, 1)) : 0;
}

inline Time poisson_gap(const Model& m, const State& s, uint32_t type_id, uint64_t index) {
    const Distribution gap{m.lot_types[type_id].interval, 0, DistKind::exponential};
    return draw_duration(s, gap, Purpose::release, type_id, index);
}

// The n-th release (1..) of a ramp: when its rate has brought that many lots, at `earliest` at the earliest (14.2).
inline void schedule_ramped(const Model& m, State& s, uint32_t type_id, uint64_t n, Time earliest) {
    const LotType& type = m.lot_types[type_id];
    if (type.repeats >= 0 && n > static_cast<uint64_t>(type.repeats)) return;
    const auto points = std::span(m.ramp_points).subspan(type.first_ramp, type.ramp_count);
    const Time at = ramp_reaches(points, n * type.lots_per_release * type.pieces);
    if (at != kNever) s.events.push(std::max(at, earliest), EventKind::release, type_id, 0);
}

inline void on_release(const Model& m, State& s, uint32_t type_id) {
    const LotType& type = m.lot_types[type_id];
    TypeRun& run = s.types[type_id];
    run.release_pending = false;
    switch (type.policy) {
        case ReleasePolicy::constant:
        case ReleasePolicy::poisson: {
            const uint64_t n = ++run.release_events;
            const bool more = type.repeats < 0 || n < static_cast<uint64_t>(type.repeats);
            const Time gap = type.policy == ReleasePolicy::constant ? type.interval : poisson_gap(m, s, type_id, n);
            if (more) s.events.push(s.now + std::max<Time>(gap, 1), EventKind::release, type_id, 0);
            for (uint32_t i = 0; i < type.lots_per_release; ++i) release_one(m, s, type_id, s.now + type.due_offset);
            break;
        }
        case ReleasePolicy::list: {
            const uint64_t n = run.release_events++;
            release_one(m, s, type_id, m.planned_lots[type.first_planned + n].due);
            if (n + 1 < type.planned_count && (type.repeats < 0 || n + 1 < static_cast<uint64_t>(type.repeats))) {
                s.events.push(m.planned_lots[type.first_planned + n + 1].time, EventKind::release, type_id, 0);
            }
            break;
        }
        case ReleasePolicy::ramp: {
            const uint64_t n = ++run.release_events;
            schedule_ramped(m, s, type_id, n + 1, s.now + 1);
            for (uint32_t i = 0; i < type.lots_per_release; ++i) release_one(m, s, type_id, s.now + type.due_offset);
            break;
        }
        case ReleasePolicy::conwip:
        case ReleasePolicy::workload:
            // the room is counted once: lots that ship at the instant of their release ask again one tick later
            for (uint64_t room = room_for(type, run); room > 0 && may_release(type, run); --room) {
                ++run.release_events;
                release_one(m, s, type_id, s.now + type.due_offset);
            }
            break;
    }
}

// ---- samples and warm-up ----

inline void on_sample(const Model& m, State& s, uint32_t what) {
    if (what == kWarmupEnd) {
        clear_statistics(m, s);
    } else if (what == kMonthEnd) {
        for (uint32_t t = 0; t < s.tools.size(); ++t) book_state(s, t);
        add_states_to_month(m, s);
        s.result.months.end.push_back(s.now);
        s.result.months.inside.push_back(s.inside);
        begin_month(m, s);
    } else if (s.regions > 1) {
        s.sample_due = true;
    } else {
        take_sample(m, s, s.result.series);
    }
}

}  // namespace chipchain::engine
