#include "tests/sim/naive_sim.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/naive_state.h"

namespace chipchain::testing {

Naive::Naive(const Model& model, const NaiveOptions& options)
    : m_(model), options_(options), random_{options.seed, options.replication} {
    types_.resize(m_.lot_types.size());
    tools_.resize(m_.tool_count());
    waiting_.resize(m_.tool_groups.size());
    requests_.resize(m_.tool_groups.size());
    with_tool_.resize(m_.tool_groups.size());
    area_failures_.assign(m_.downs.size(), 0);
    clear_statistics();
    find_regions();
    mean_setup_ = mean_setup();
    for (uint32_t g = 0; g < m_.tool_groups.size(); ++g) mean_process_.push_back(mean_process(g));
    for (uint32_t t = 0; t < tools_.size(); ++t) {
        NaiveTool& tool = tools_[t];
        tool.group = m_.tool_to_group[t];
        const ToolGroup& group = m_.tool_groups[tool.group];
        for (uint32_t i = 0; i < m_.downs.size(); ++i) {
            const Down& row = m_.downs[i];
            const bool hit = row.scope == Scope::area_at_once ? row.area == group.area : row.tool_group == tool.group;
            if (hit) tool.downs.emplace_back().row = i;
        }
        for (uint32_t i = 0; i < m_.pms.size(); ++i) {
            if (m_.pms[i].tool_group != tool.group) continue;
            NaiveOutage& pm = tool.pms.emplace_back();
            pm.row = i;
            pm.threshold = std::max<uint64_t>(
                1,
                static_cast<uint64_t>(first_maintenance(static_cast<Time>(m_.pms[i].first_pieces), t)));
        }
    }
}

// ---- random numbers (2.3) ----

RandomWords Naive::words(const NaiveLot& lot, Purpose purpose, uint32_t visit) const {
    return random_.draw(purpose, lot.number, visit + (uint64_t{lot.key_type} << 32));
}

Time Naive::draw(const Distribution& d, Purpose purpose, uint32_t entity, uint64_t index) const {
    const RandomWords w = random_.draw(purpose, entity, index);
    return is_simple(d) ? draw_simple(d, w.word[0]) : draw_general(d, wide(w.word[0], w.word[1]));
}

Time Naive::draw_process(const NaiveLot& lot) const {
    const Step& step = m_.steps[lot.step];
    Time drawn = 0;
    if (is_simple(step.process)) {
        drawn = draw_simple(step.process, words(lot, Purpose::lot_step, lot.visit).word[2]);
    } else {
        const RandomWords extra = words(lot, Purpose::lot_extra, lot.visit);
        drawn = draw_general(step.process, wide(extra.word[2], extra.word[3]));
    }
    if (step.cascade && step.per == ProcessUnit::piece) {
        drawn += (lot.pieces - 1) * step.piece_interval;
    } else if (step.per == ProcessUnit::piece) {
        drawn *= lot.pieces;
    }
    return learned(lot.step, drawn);
}

// ---- time ----

uint64_t Naive::schedule(Time time, Kind kind, uint32_t a, uint32_t b) {
    events_.insert({time, kind, next_sequence_, a, b});
    return next_sequence_++;
}

// Books the state of everything over the time that passes.
void Naive::advance(Time to) {
    if (to == now_) return;
    for (const NaiveTool& tool : tools_) {
        std::array<Time, kToolStates>& book = result_.states[tool.group];
        const ToolState state = state_of(tool);
        const Time in_setup = state == ToolState::setup ? std::min(to, tool.setup_until) - now_ : 0;
        book[static_cast<size_t>(ToolState::setup)] += in_setup;
        ToolState rest = state;
        if (state == ToolState::setup) {
            const bool engineering = m_.lot_types[lots_[tool.inside.back().front()].type].engineering;
            rest = engineering ? ToolState::engineering : ToolState::productive;
        }
        book[static_cast<size_t>(rest)] += to - now_ - in_setup;
    }
    result_.wip_area += static_cast<int64_t>(result_.inside) * (to - now_);
    now_ = to;
}

void Naive::clear_statistics() {
    warmup_ = now_;
    result_.states.assign(m_.tool_groups.size(), {});
    result_.arrivals.assign(m_.tool_groups.size(), 0);
    result_.setups.assign(m_.tool_groups.size(), 0);
    result_.steps.assign(m_.steps.size(), {});
    result_.windows.assign(m_.windows.size(), {});
    result_.cycle_time.assign(m_.lot_types.size(), 0);
    result_.wip_area = 0;
}

void Naive::add_trace(uint32_t region, uint64_t a, uint64_t b, const std::function<std::string()>& text) {
    fingerprints_[region].add(a, b);
    if (options_.trace) result_.trace.push_back({now_, a, b, text()});
}

// 11.4
// 5.4: the part of `first` that this tool of its group gets
Time Naive::first_maintenance(Time first, uint32_t tool) const {
    const ToolGroup& group = m_.tool_groups[tools_[tool].group];
    const Time n = group.tool_count, k = tool - group.first_tool + 1;
    if (m_.switches.pm_first == PmFirst::together) return first;
    return m_.switches.pm_first == PmFirst::spread ? first * k / n : first * k / (n + 1);
}

void Naive::start_clocks() {
    for (uint32_t t = 0; t < tools_.size(); ++t) {
        for (const NaiveOutage& down : tools_[t].downs) {
            const Down& row = m_.downs[down.row];
            if (row.scope == Scope::area_at_once) continue;
            const Time first = draw(row.first, Purpose::tool_down, t, uint64_t{row.source} << 24);
            schedule(clock_start(t) + first, Kind::down, t, down.row);
        }
        for (NaiveOutage& pm : tools_[t].pms) {
            const Pm& row = m_.pms[pm.row];
            if (row.kind != PmKind::calendar) continue;
            pm.due_at = clock_start(t) + first_maintenance(row.first, t);
            schedule(pm.due_at, Kind::pm, t, pm.row);
        }
    }
    for (uint32_t i = 0; i < m_.downs.size(); ++i) {
        const Down& row = m_.downs[i];
        if (row.scope != Scope::area_at_once) continue;
        schedule(draw(row.first, Purpose::area_down, row.area, uint64_t{row.source} << 24), Kind::down, kNobody, i);
    }
    for (uint32_t i = 0; i < m_.lot_types.size(); ++i) {
        const LotType& type = m_.lot_types[i];
        if (!type.released || type.repeats == 0) continue;
        Time at = type.start;
        if (type.policy == ReleasePolicy::list) at = m_.planned_lots[type.first_planned].time;
        if (type.policy == ReleasePolicy::poisson) {
            at += draw({type.interval, 0, DistKind::exponential}, Purpose::release, i, 0);
        }
        if (type.policy == ReleasePolicy::ramp) at = ramp_date(type, 1);
        if (at != kNever) schedule(at, Kind::release, i, 0);
    }
    start_calendars();
    if (m_.warmup > 0) schedule(m_.warmup, Kind::sample, 1, 0);
}

// 2.1, 2.2, 4.8
void Naive::place_initial_lots() {
    for (uint32_t t = 0; t < tools_.size(); ++t) settled(t);
    for (uint32_t i = 0; i < m_.wip_lots.size(); ++i) {
        const WipLot& row = m_.wip_lots[i];
        NaiveLot& lot = lots_.emplace_back();
        lot.type = row.type;
        lot.key_type = 0xFFFFFF;
        lot.number = i;
        lot.pieces = row.pieces;
        lot.level = row.priority_level;
        lot.release = row.start;
        lot.due = row.due;
        lot.initial = true;
        lot.reserve = row.reserve;
        lot.step = row.step;
        enter_region(lot);
        lot.process = draw_process(lot);
        ++types_[row.type].inside;
        ++result_.inside;
        wait_in_queue(i);
    }
}

NaiveResult Naive::run() {
    const Time horizon = options_.horizon < 0 ? m_.horizon : options_.horizon;
    start_clocks();
    place_initial_lots();
    for (;;) {
        // 1.2: first all events of the instant, then the groups in which something changed, in order
        while (!events_.empty() && events_.begin()->time == now_ && result_.events < options_.most_events) {
            const NaiveEvent event = *events_.begin();
            events_.erase(events_.begin());
            ++result_.events;
            apply(event);
        }
        if (result_.events >= options_.most_events) {
            result_.end = now_ - 1;
            return std::move(result_);
        }
        if (!changed_.empty()) {
            const std::set<uint32_t> round = changed_;
            for (const uint32_t group : round) {
                changed_.erase(group);
                assign(group);
            }
            continue;
        }
        for (uint32_t g = 0; g < m_.tool_groups.size(); ++g) {
            if (find_choice(g).lot == kNobody) continue;
            result_.complaints.push_back(
                fmt::format("t = {}: group {} could start a lot but was not asked", now_, m_.tool_group_names[g]));
        }
        if (events_.empty() || events_.begin()->time > horizon) break;
        advance(events_.begin()->time);
    }
    advance(horizon);
    result_.end = horizon;
    result_.fingerprint = fingerprint();
    return std::move(result_);
}

void Naive::apply(const NaiveEvent& event) {
    switch (event.kind) {
        case Kind::up:
            on_up(event.a, event.b);
            break;
        case Kind::done:
            if (lots_[event.a].done_event == event.sequence) on_done(event.a);
            break;
        case Kind::entry:
            if (tools_[event.a].entry_event == event.sequence) {
                tools_[event.a].entry_busy = false;
                if (!tools_[event.a].inside.empty()) settled(event.a);
            }
            break;
        case Kind::calendar:
            on_calendar(event.a);
            break;
        case Kind::down:
            event.a == kNobody ? on_area_down(event.b) : on_down(event.a, event.b);
            break;
        case Kind::pm:
            on_pm_due(event.a, event.b);
            break;
        case Kind::release:
            on_release(event.a);
            break;
        case Kind::arrival:
        case Kind::crossing:
            arrive(event.a);
            break;
        case Kind::sample:
            clear_statistics();
            break;
    }
}

// ---- the way of a lot ----

// 11.2
void Naive::on_done(uint32_t first) {
    const uint32_t tool = lots_[first].tool;
    std::vector<std::vector<uint32_t>>& inside = tools_[tool].inside;
    if (inside.empty() || inside.front().front() != first) {
        result_.complaints.push_back(fmt::format("t = {}: lot {} overtook another inside tool {}", now_, first, tool));
    }
    const std::vector<uint32_t> lots = inside.front();
    inside.erase(inside.begin());
    settle_outages(tool);
    settled(tool);
    for (const uint32_t lot : lots) complete_step(lot);
}

bool Naive::draws_rework(uint32_t id, uint32_t step_id, uint32_t word) {
    NaiveLot& lot = lots_[id];
    const Step& step = m_.steps[step_id];
    if (step.rework_step == kNoIndex || word >= rework_threshold(step_id)) return false;
    if (m_.switches.rework_repeat == ReworkRepeat::no && !lot.reworked.insert(step_id).second) return false;
    ++result_.steps[step_id].reworks;
    return true;
}

// 2.5
void Naive::complete_step(uint32_t id) {
    NaiveLot& lot = lots_[id];
    const uint32_t step_id = lot.step;
    const Step& step = m_.steps[step_id];
    NaiveStep& book = result_.steps[step_id];
    ++book.visits;
    book.queue_time += std::max(lot.start, warmup_) - std::max(lot.arrival, warmup_);
    book.process_time += now_ - std::max(lot.start, warmup_);
    ++result_.moves;
    if (step.opens_window != kNoIndex) lot.open[step.opens_window] = now_;
    const LotType& type = m_.lot_types[lot.type];
    if (type.policy == ReleasePolicy::workload && step.tool_group == type.workload_group && lot.work > 0) {
        const Time off = std::min(lot.work, step.expected_process);
        lot.work -= off;
        types_[lot.type].work -= off;
        ask_for_release(lot.type, now_);
    }
    if (words(lot, Purpose::lot_fate, lot.visit).word[0] < scrap_threshold(step_id)) {
        ++book.scraps;
        leave(id, true);
        return;
    }
    const uint32_t location = m_.tool_groups[step.tool_group].location;
    if (draws_rework(id, step_id, words(lot, Purpose::lot_step, lot.visit).word[3])) {
        give_back(id);
        go_on(id, step.rework_step, location);
    } else if (step.last) {
        leave(id, false);
    } else {
        go_on(id, step_id + 1, location);
    }
}

// 2.4, 2.6, 2.7; without location: a release
void Naive::go_on(uint32_t id, uint32_t step_id, std::optional<uint32_t> location) {
    NaiveLot& lot = lots_[id];
    if (location) ++lot.visit;
    while (words(lot, Purpose::lot_step, lot.visit).word[0] >= m_.steps[step_id].sample_threshold) {
        const uint32_t word = words(lot, Purpose::lot_step, lot.visit).word[3];
        if (m_.switches.rework_skipped == ReworkSkipped::yes && draws_rework(id, step_id, word)) {
            give_back(id);
            step_id = m_.steps[step_id].rework_step;
        } else if (m_.steps[step_id].last) {
            leave(id, false);
            return;
        } else {
            ++step_id;
        }
        ++lot.visit;
    }
    lot.step = step_id;
    lot.process = draw_process(lot);
    Time way = 0;
    if (location) {
        const uint32_t to = m_.tool_groups[m_.steps[step_id].tool_group].location;
        const Distribution& d = m_.transport[*location * m_.location_count + to];
        if (is_simple(d)) {
            way = draw_simple(d, words(lot, Purpose::lot_step, lot.visit).word[1]);
        } else {
            const RandomWords extra = words(lot, Purpose::lot_extra, lot.visit);
            way = draw_general(d, wide(extra.word[0], extra.word[1]));
        }
    }
    const uint32_t region = region_[m_.steps[step_id].tool_group];
    if (region == lot.region) {
        schedule(now_ + way, Kind::arrival, id, 0);
    } else {
        lot.region = region;
        events_.insert({now_ + way, Kind::crossing, lot.serial, id, 0});  // 12.3
    }
}

void Naive::arrive(uint32_t id) {
    NaiveLot& lot = lots_[id];
    const uint32_t group = m_.steps[lot.step].tool_group;
    if (lot.reserved_tool != kNobody) {
        ++result_.arrivals[group];
        lot.arrival = now_;
        with_tool_[group].push_back(id);
        changed_.insert(group);
        return;
    }
    give_back(id);
    wait_in_queue(id);
}

void Naive::wait_in_queue(uint32_t id) {
    const uint32_t group = m_.steps[lots_[id].step].tool_group;
    ++result_.arrivals[group];
    lots_[id].arrival = now_;
    lots_[id].arrival_order = next_order_++;
    waiting_[group].push_back(id);
    changed_.insert(group);
}

void Naive::leave(uint32_t id, bool scrapped) {
    NaiveLot& lot = lots_[id];
    give_back(id);
    lot.left_line = true;
    lot.tool = kNobody;
    --types_[lot.type].inside;
    --result_.inside;
    types_[lot.type].work -= lot.work;
    if (scrapped) {
        ++result_.scrapped;
    } else {
        ++result_.shipped;
        result_.pieces_shipped += lot.pieces;
        result_.cycle_time[lot.type] += now_ - lot.release;
        const auto text = [&] { return fmt::format("lot {} ships", lot.serial); };
        add_trace(lot.region, static_cast<uint64_t>(now_), lot.serial, text);
    }
    ask_for_release(lot.type, lot.release == now_ ? now_ + 1 : now_);
}

// ---- releases (7) ----

void Naive::ask_for_release(uint32_t id, Time when) {
    const LotType& type = m_.lot_types[id];
    if (type.policy != ReleasePolicy::conwip && type.policy != ReleasePolicy::workload) return;
    if (!type.released || now_ < type.start || types_[id].asked) return;
    types_[id].asked = true;
    schedule(when, Kind::release, id, 0);
}

void Naive::release_lot(uint32_t id, Time due) {
    const LotType& type = m_.lot_types[id];
    const auto lot_id = static_cast<uint32_t>(lots_.size());
    NaiveLot& lot = lots_.emplace_back();
    lot.type = lot.key_type = id;
    lot.number = static_cast<uint32_t>(types_[id].lots++);
    lot.pieces = type.pieces;
    lot.level = type.priority_level;
    lot.release = now_;
    lot.due = due;
    lot.reserve = type.reserve;
    lot.step = m_.routes[type.route].first_step;
    enter_region(lot);
    if (type.policy == ReleasePolicy::workload) lot.work = type.workload_per_lot;
    types_[id].work += lot.work;
    ++types_[id].inside;
    ++result_.inside;
    ++result_.released;
    go_on(lot_id, lot.step, std::nullopt);
}

void Naive::on_release(uint32_t id) {
    const LotType& type = m_.lot_types[id];
    NaiveType& run = types_[id];
    run.asked = false;
    const auto may_go_on = [&] { return type.repeats < 0 || run.releases < static_cast<uint64_t>(type.repeats); };
    if (type.policy == ReleasePolicy::constant || type.policy == ReleasePolicy::poisson) {
        ++run.releases;
        Time gap = type.interval;
        if (type.policy == ReleasePolicy::poisson) {
            gap = draw({type.interval, 0, DistKind::exponential}, Purpose::release, id, run.releases);
        }
        if (may_go_on()) schedule(now_ + std::max<Time>(gap, 1), Kind::release, id, 0);
        for (uint32_t i = 0; i < type.lots_per_release; ++i) release_lot(id, now_ + type.due_offset);
    } else if (type.policy == ReleasePolicy::list) {
        const PlannedLot* plan = &m_.planned_lots[type.first_planned];
        release_lot(id, plan[run.releases].due);
        ++run.releases;
        if (may_go_on() && run.releases < type.planned_count) schedule(plan[run.releases].time, Kind::release, id, 0);
    } else if (type.policy == ReleasePolicy::ramp) {
        ++run.releases;
        const Time next = ramp_date(type, run.releases + 1);
        if (may_go_on() && next != kNever) schedule(std::max(next, now_ + 1), Kind::release, id, 0);
        for (uint32_t i = 0; i < type.lots_per_release; ++i) release_lot(id, now_ + type.due_offset);
    } else {
        const bool conwip = type.policy == ReleasePolicy::conwip;
        const auto fits = [&] {
            return conwip ? run.inside < type.wip_limit_lots : run.work + type.workload_per_lot <= type.workload_limit;
        };
        int64_t room = conwip ? static_cast<int64_t>(type.wip_limit_lots) - static_cast<int64_t>(run.inside)
                              : (type.workload_limit - run.work) / type.workload_per_lot;
        for (; room > 0 && fits() && may_go_on(); --room) {
            ++run.releases;
            release_lot(id, now_ + type.due_offset);
        }
    }
}

NaiveResult run_naive(const Model& model, const NaiveOptions& options) { return Naive(model, options).run(); }

}  // namespace chipchain::testing
