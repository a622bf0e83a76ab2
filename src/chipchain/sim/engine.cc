// The event loop. Phases of run(): build the state, put initial lots and first outages, apply events, close the books.
// Everything hot is in this one translation unit; the .inl files are its chapters.
#include "chipchain/sim/engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/model/learning.h"
#include "chipchain/model/ramp.h"
#include "chipchain/sim/run.h"
#include "chipchain/sim/state.h"
#include "chipchain/stats/special.h"

// chapters in order of use
// clang-format off
#include "chipchain/sim/ramp.inl"
#include "chipchain/sim/record.inl"
#include "chipchain/sim/queues.inl"
#include "chipchain/sim/tools.inl"
#include "chipchain/sim/calendars.inl"
#include "chipchain/sim/dispatch.inl"
#include "chipchain/sim/lots.inl"
// clang-format on

namespace chipchain::engine {

namespace {

void on_done(const Model& m, State& s, uint32_t first_lot, uint32_t generation) {
    if (s.lots[first_lot].generation != generation) return;
    const uint32_t tool_id = s.lots[first_lot].tool;
    ToolRun& tool = s.tools[tool_id];
    DCHECK(tool.first_inside == first_lot);
    tool.first_inside = s.lots[first_lot].behind;
    if (tool.first_inside == kNil) tool.last_inside = kNil;
    if (--tool.inside == 0) set_state(s, tool_id, idle_state(tool));
    if (tool.outage_due) settle_outages(m, s, tool_id);
    update_available(m, s, tool_id);
    for (uint32_t lot = first_lot; lot != kNil;) {
        const uint32_t next = s.lots[lot].next;
        s.lots[lot].next = kNil;
        complete_step(m, s, lot);
        lot = next;
    }
}

void on_entry_free(const Model& m, State& s, uint32_t tool_id, uint32_t generation) {
    ToolRun& tool = s.tools[tool_id];
    if (tool.entry_generation != generation) return;
    tool.entry_busy = false;
    if (tool.inside > 0) update_available(m, s, tool_id);
}

void on_arrival(const Model& m, State& s, uint32_t lot_id) {
    Lot& lot = s.lots[lot_id];
    const uint32_t group = m.steps[lot.step].tool_group;
    if (lot.reserved_tool != kNil) {
        lot.arrival = s.now;
        ++s.groups[group].arrivals;
        s.reserved_ready[group].push_back(lot_id);
        mark_dirty(s, group);
        return;
    }
    if (lot.reserved_group != kNil) drop_request(s, lot_id);
    if (!start_at_once(m, s, group, lot_id)) queue_push(m, s, lot_id);
}

void apply(const Model& m, State& s, const Event& event) {
    switch (event.kind()) {
        case EventKind::tool_up:
            on_tool_up(m, s, event.a, event.b);
            break;
        case EventKind::done:
            on_done(m, s, event.a, event.b);
            break;
        case EventKind::entry_free:
            on_entry_free(m, s, event.a, event.b);
            break;
        case EventKind::calendar:
            on_calendar(m, s, event.a);
            break;
        case EventKind::tool_down:
            event.a == kNil ? on_area_down(m, s, event.b) : on_tool_down(m, s, event.a, event.b);
            break;
        case EventKind::pm_due:
            on_pm_due(m, s, event.a, event.b);
            break;
        case EventKind::release:
            on_release(m, s, event.a);
            break;
        case EventKind::arrival:
        case EventKind::crossing:
            on_arrival(m, s, event.a);
            break;
        case EventKind::sample:
            on_sample(m, s, event.a);
            break;
    }
}

// Lot slots from which on looking ahead pays: with fewer, what the events need is in the caches anyway (measured).
constexpr size_t kManyLots = 2048;

inline bool is_arrival(const Event& event) {
    return event.kind() == EventKind::arrival || event.kind() == EventKind::crossing;
}

template <class T>
inline void prefetch_lines(const T& object) {
    const char* at = reinterpret_cast<const char*>(&object);
    for (size_t line = 0; line < sizeof(T); line += 64) __builtin_prefetch(at + line);
}

// Large lines do not fit into the caches: what the next events read is fetched while those before them are applied. In
// two stages, as an event names a lot and the lot names its tool.
inline void prefetch_first(const State& s, EventRange events) {
    for (uint32_t i = 0; i < events.count; ++i) {
        const Event& event = events.first[i];
        if (event.kind() == EventKind::done || is_arrival(event)) {
            prefetch_lines(s.lots[event.a]);
        } else if (event.kind() <= EventKind::pm_due && event.a != kNil) {
            prefetch_lines(s.tools[event.a]);
        }
    }
}

// The lot that will start when a tool of a plain group becomes free.
inline void prefetch_waiting(const Model& m, const State& s, uint32_t group_id) {
    const GroupRun& group = s.groups[group_id];
    const Bin& bin = s.bins[group.first_bin];
    if (!group.plain || bin.levels == 0) return;
    prefetch_lines(s.lots[bin_best(m, s, group_id, group.first_bin)]);
}

inline void prefetch_second(const Model& m, const State& s, EventRange events) {
    for (uint32_t i = 0; i < events.count; ++i) {
        const Event& event = events.first[i];
        if (event.kind() == EventKind::done) {
            const Lot& lot = s.lots[event.a];
            if (lot.tool != kNil) prefetch_lines(s.tools[lot.tool]);
            prefetch_lines(m.steps[lot.step]);
            __builtin_prefetch(&s.steps[lot.step]);
            prefetch_waiting(m, s, m.steps[lot.step].tool_group);
        } else if (is_arrival(event)) {
            const Lot& lot = s.lots[event.a];
            prefetch_lines(m.steps[lot.step]);
        }
    }
}

void assign_all(const Model& m, State& s) {
    if (s.dirty.size() > 1) std::sort(s.dirty.begin(), s.dirty.end());
    // assignment may mark further groups (gates): they are served in the next round of this instant
    const size_t n = s.dirty.size();
    for (size_t i = 0; i < n; ++i) {
        const uint32_t group = s.dirty[i];
        s.groups[group].dirty = false;
        assign(m, s, group);
    }
    s.dirty.erase(s.dirty.begin(), s.dirty.begin() + static_cast<std::ptrdiff_t>(n));
}

}  // namespace

void close_books(const Model& m, State& s) {
    for (uint32_t t = 0; t < s.tools.size(); ++t) {
        if (owns(s, s.tools[t].group)) book_state(s, t);
    }
    for (size_t g = 0; g < s.groups.size(); ++g) {
        if (!owns(s, g)) continue;
        GroupRun& group = s.groups[g];
        group.queue_area += static_cast<int64_t>(group.waiting) * (s.now - group.area_since);
        group.area_since = s.now;
    }
    for (size_t i = 0; i < m.lot_types.size(); ++i) {
        s.types[i].wip_area += static_cast<int64_t>(s.types[i].inside) * (s.now - s.types[i].area_since);
        s.types[i].area_since = s.now;
    }
    s.wip_area += static_cast<int64_t>(s.inside) * (s.now - s.wip_since);
    s.wip_since = s.now;
    if (m.monthly) add_states_to_month(m, s);
}

void place_initial_lots(const Model& m, State& s) {
    if (m.monthly) begin_month(m, s);
    for (uint32_t t = 0; t < s.tools.size(); ++t) {
        if (owns(s, s.tools[t].group)) update_available(m, s, t);
    }
    for (uint32_t i = 0; i < m.wip_lots.size(); ++i) {
        const WipLot& row = m.wip_lots[i];
        if (!owns(s, m.steps[row.step].tool_group)) continue;
        const uint32_t id = take_lot_slot(m, s);
        Lot& lot = s.lots[id];
        lot.type = row.type;
        lot.number = i;
        lot.visit = 0;
        lot.serial = s.next_serial;
        s.next_serial += s.regions;
        lot.pieces = row.pieces;
        lot.level = row.priority_level;
        lot.initial = true;
        lot.reserve = row.reserve;
        lot.release = row.start;
        lot.due = row.due;
        lot.step = row.step;
        const RandomWords words = visit_words(s, lot, Purpose::lot_step, 0);
        lot.rework_word = words.word[3];
        lot.process = draw_process(m, s, lot, row.step, words.word[2]);
        if (s.needs_wip) ++s.step_wip[lot.step];
        ++s.result.initial_lots;
        s.result.pieces_in += row.pieces;
        count_type(s, row.type, 1);
        queue_push(m, s, id);
    }
}

void release_lot(const Model& m, State& s, uint32_t type, uint32_t pieces) {
    release_lot_of(m, s, type, s.now + m.lot_types[type].due_offset, pieces);
}

void take_sample(const Model& m, State& s, Series& series) {
    const bool first_region = s.region == 0;
    if (first_region) {
        series.wip.push_back(0);
        series.shipped.push_back(0);
        series.moves.push_back(0);
        series.cycle_time_mean_d.push_back(0);
        series.wip_by_area.resize(series.wip_by_area.size() + m.area_names.size());
    }
    const bool by_step = (series.wip.size() - 1) % series.step_every == 0;
    if (first_region && by_step) series.wip_by_step.resize(series.wip_by_step.size() + m.steps.size());
    const double cycle_days = series.cycle_time_mean_d.back() * series.shipped.back() + s.cycle_days_last;
    series.wip.back() += static_cast<uint32_t>(s.inside);
    series.shipped.back() += static_cast<uint32_t>(s.shipped_last);
    series.moves.back() += s.moves - s.moves_last;
    series.cycle_time_mean_d.back() = series.shipped.back() > 0 ? cycle_days / series.shipped.back() : 0;
    s.shipped_last = 0;
    s.moves_last = s.moves;
    s.cycle_days_last = 0;
    uint32_t* const areas = series.wip_by_area.data() + series.wip_by_area.size() - m.area_names.size();
    uint32_t* const steps = by_step ? series.wip_by_step.data() + series.wip_by_step.size() - m.steps.size() : nullptr;
    for (const Lot& lot : s.lots) {
        if (!lot.in_use) continue;
        ++areas[m.tool_groups[m.steps[lot.step].tool_group].area];
        if (by_step) ++steps[lot.step];
    }
    s.events.push(s.now + series.interval, EventKind::sample, 0, 0);
}

void accept(const Model& m, State& s, Crossing& crossing) {
    const uint32_t id = take_lot_slot(m, s);
    Lot& lot = s.lots[id];
    const uint32_t generation = lot.generation;
    lot = crossing.lot;
    lot.generation = generation;
    for_each_slot_array(m, s, crossing, [&](auto& of_lots, auto& copy, size_t slots) {
        std::copy_n(copy.begin(), slots, of_lots.begin() + static_cast<std::ptrdiff_t>(id * slots));
    });
    // it has been here since it left the other region
    const Time since = s.now - std::max(lot.left, s.warmup);
    s.types[lot.type].wip_area += since;
    s.wip_area += since;
    count_type(s, lot.type, 1);
    s.events.push(crossing.arrival, EventKind::crossing, lot.serial, id, 0);
}

void loop(const Model& m, State& s, const RunOptions& options, Time horizon) {
    const bool looks_ahead = s.lots.size() >= kManyLots;
    bool stopped = false;
    while (!stopped) {
        if (!s.dirty.empty() && !s.events.has_at(s.now)) {
            assign_all(m, s);
            continue;
        }
        const Time next = s.events.next_time();
        if (next > horizon) break;
        if (looks_ahead && s.events.at_turn()) {
            prefetch_first(s, s.events.following());
            prefetch_second(m, s, s.events.current());
        }
        s.now = next;
        const Event event = s.events.pop();
        ++s.event_count;
        apply(m, s, event);
        if (event.kind() == EventKind::sample) {
            if (s.sample_due) return;
            if (options.progress != nullptr && s.regions == 1)
                stopped = !options.progress(options.progress_context, s.now, s.event_count, s.inside);
        }
    }
    if (!stopped) s.now = horizon;
}

}  // namespace chipchain::engine
