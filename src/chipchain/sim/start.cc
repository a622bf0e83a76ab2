// Builds the state of a run: sizes, order of the queues, first outages, releases, samples.
#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/model/ramp.h"
#include "chipchain/sim/engine.h"

namespace chipchain::engine {

namespace {

// The cheapest structure that serves a rule (model/rank.h).
BinOrder order_for(const Model& m, const RankRule& rule, bool& use_levels) {
    use_levels = false;
    bool priority_seen = false;
    bool fifo_seen = false;
    bool sorted = m.priority_levels <= 64;
    bool dynamic = rule.terms.size() > kMaxTerms;
    for (const RankTerm& term : rule.terms) {
        switch (term.key) {
            case RankKey::priority:
                if (fifo_seen && !priority_seen) sorted = false;  // only decides ties of arrival time
                priority_seen = true;
                break;
            case RankKey::fifo:
                fifo_seen = true;
                break;
            case RankKey::setup:
                break;
            case RankKey::cr:
            case RankKey::mdd:
            case RankKey::slack_step:
            case RankKey::atc:
            case RankKey::atcs:
            case RankKey::winq:
            case RankKey::line_balance:
                dynamic = true;
                break;
            case RankKey::lifo:
            case RankKey::edd:
            case RankKey::odd:
            case RankKey::spt:
            case RankKey::lpt:
            case RankKey::srpt:
            case RankKey::lrpt:
            case RankKey::slack:
            case RankKey::fsvct:
            case RankKey::fsmct:
            case RankKey::queue_time:
            case RankKey::random:
            case RankKey::serial:
                sorted = false;
                break;
        }
        if (term.reversed) sorted = false;
    }
    use_levels = priority_seen;
    if (dynamic) return BinOrder::scan;
    return sorted ? BinOrder::sorted : BinOrder::heap;
}

// Queue classes keep lots apart that are not interchangeable. They need not be where the rank does not see setups, no
// setup has a minimum run, nothing is batched and no gate closes: then the best lot of all classes starts on any tool.
bool classes_matter(const Model& m, const Line& s, uint32_t group_id) {
    const ToolGroup& group = m.tool_groups[group_id];
    const bool rank_sees_setup = m.rules[group.rule].has_setup && m.switches.setup_rank != SetupRank::none;
    if (!s.fast_paths || group.batch || (group.has_setup && (group.setup_avoidance || rank_sees_setup))) return true;
    return std::any_of(m.steps.begin(), m.steps.end(), [&](const Step& step) {
        return step.tool_group == group_id && (step.gated || m.min_run[step.setup] > 1);
    });
}

void build_groups(const Model& m, Line& s) {
    s.groups.resize(m.tool_groups.size());
    s.bin_order.resize(m.tool_groups.size());
    s.mean_process.assign(m.tool_groups.size(), 1);
    s.requests.resize(m.tool_groups.size());
    s.reserved_ready.resize(m.tool_groups.size());
    s.gated_by.resize(m.tool_groups.size());
    uint32_t bins = 0;
    uint32_t words = 0;
    bool any_heap = false;
    for (size_t g = 0; g < m.tool_groups.size(); ++g) {
        const ToolGroup& group = m.tool_groups[g];
        GroupRun& run = s.groups[g];
        run.first_bin = bins;
        run.first_word = words;
        words += (group.tool_count + 63) / 64;
        run.bins_per_class = group.dedicated ? 1 + group.tool_count : 1;
        run.classes = classes_matter(m, s, static_cast<uint32_t>(g)) ? group.class_count : 1;
        bins += run.classes * run.bins_per_class;
        s.bin_order[g] = order_for(m, m.rules[group.rule], run.use_levels);
        if (!s.fast_paths || group.batch_by_product) s.bin_order[g] = BinOrder::scan;
        any_heap = any_heap || s.bin_order[g] == BinOrder::heap;
        run.plain = s.fast_paths && !group.dedicated && !group.batch && group.wake != WakeRule::lowest_index &&
                    (!group.has_setup || !classes_matter(m, s, static_cast<uint32_t>(g)));
        s.requests[g].reserve(8);
        s.reserved_ready[g].reserve(8);
    }
    s.available.assign(words, 0);
    s.random_choice = m.switches.tool_choice == ToolChoice::random;
    s.bins.resize(bins);
    s.levels.resize(static_cast<size_t>(bins) * m.priority_levels);
    std::vector<double> count(m.tool_groups.size(), 0);
    std::vector<double> sum(m.tool_groups.size(), 0);
    for (const Step& step : m.steps) {
        count[step.tool_group] += 1;
        sum[step.tool_group] += static_cast<double>(step.expected_process);
        if (!step.gated) continue;
        s.needs_work = true;
        s.groups[step.tool_group].plain = false;
        std::vector<uint32_t>& gates = s.gated_by[m.steps[m.windows[step.opens_window].exit].tool_group];
        if (std::find(gates.begin(), gates.end(), step.tool_group) == gates.end()) gates.push_back(step.tool_group);
    }
    for (size_t g = 0; g < sum.size(); ++g) s.mean_process[g] = std::max(1.0, count[g] > 0 ? sum[g] / count[g] : 1);
    s.any_heap = any_heap;
}

void find_needs(const Model& m, Line& s) {
    for (const RankRule& rule : m.rules) {
        for (const RankTerm& term : rule.terms) {
            s.needs_work = s.needs_work || term.key == RankKey::winq;
            s.needs_wip = s.needs_wip || term.key == RankKey::line_balance;
        }
    }
    double count = 0;
    double sum = 0;
    for (const std::vector<Time>* table : {&m.setup_change, &m.setup_from_any}) {
        for (const Time time : *table) {
            if (time <= 0) continue;
            count += 1;
            sum += static_cast<double>(time);
        }
    }
    s.mean_setup = count > 0 ? sum / count : 1;
    if (m.switches.rework_repeat == ReworkRepeat::no) {
        s.rework_ordinal.assign(m.steps.size(), 0);
        for (size_t i = 0; i < m.steps.size(); ++i) {
            if (m.steps[i].rework_step != kNoIndex) s.rework_ordinal[i] = s.rework_steps++;
        }
    }
}

uint32_t steps_here(const Model& m, const State& s, const LotType& type) {
    const Route& route = m.routes[type.route];
    uint32_t count = 0;
    for (uint32_t i = 0; i < route.step_count; ++i) count += owns(s, m.steps[route.first_step + i].tool_group) ? 1 : 0;
    return count;
}

bool visits(const Model& m, const State& s, const LotType& type) { return steps_here(m, s, type) > 0; }

// Lots expected inside at once: three times the raw process time at the planned rate, and the initial lots.
size_t expected_lots(const Model& m, const State& s, Time horizon) {
    double lots = 64;
    for (const WipLot& row : m.wip_lots) lots += owns(s, m.steps[row.step].tool_group) ? 1 : 0;
    for (const LotType& type : m.lot_types) {
        if (!type.released || !visits(m, s, type)) continue;
        const double raw = static_cast<double>(m.routes[type.route].raw_process_time);
        double releases = static_cast<double>(type.planned_count + type.wip_limit_lots);
        double at_once = releases;
        const bool steady = type.policy == ReleasePolicy::constant || type.policy == ReleasePolicy::poisson ||
                            type.policy == ReleasePolicy::ramp;
        if (type.interval > 0 && steady) {
            releases = (static_cast<double>(horizon) / static_cast<double>(type.interval) + 1) * type.lots_per_release;
            at_once = 3 * raw / static_cast<double>(type.interval) * type.lots_per_release + 4 * type.lots_per_release;
        }
        if (type.repeats >= 0) releases = std::min(releases, static_cast<double>(type.repeats) * type.lots_per_release);
        lots += std::min(releases, at_once);
    }
    return static_cast<size_t>(std::min(lots, 2e7));
}

// The part of a first interval that tool number `index` (0..) of a group of `count` gets.
Time first_share(Time whole, PmFirst rule, uint32_t index, uint32_t count) {
    switch (rule) {
        case PmFirst::spread:
            return whole * (index + 1) / count;
        case PmFirst::spread_inside:
            return whole * (index + 1) / (count + 1);
        case PmFirst::together:
            break;
    }
    return whole;
}

void build_tools(const Model& m, Line& s) {
    s.tools.resize(m.tool_count());
    s.tools_rare.resize(m.tool_count());
    std::vector<ToolDown> tool_downs;
    std::vector<ToolPm> tool_pms;
    std::vector<uint32_t> tool_downs_first{0};
    std::vector<uint32_t> tool_pms_first{0};
    std::vector<std::vector<uint32_t>> downs_of(m.tool_groups.size());
    std::vector<std::vector<uint32_t>> pms_of(m.tool_groups.size());
    for (uint32_t i = 0; i < m.downs.size(); ++i) {
        if (m.downs[i].scope != Scope::area_at_once) {
            downs_of[m.downs[i].tool_group].push_back(i);
            continue;
        }
        for (size_t g = 0; g < m.tool_groups.size(); ++g) {
            if (m.tool_groups[g].area == m.downs[i].area) downs_of[g].push_back(i);
        }
    }
    for (uint32_t i = 0; i < m.pms.size(); ++i) pms_of[m.pms[i].tool_group].push_back(i);
    for (uint32_t t = 0; t < m.tool_count(); ++t) {
        const uint32_t g = m.tool_to_group[t];
        const ToolGroup& group = m.tool_groups[g];
        ToolRun& tool = s.tools[t];
        tool.group = g;
        for (const uint32_t i : downs_of[g]) {
            tool_downs.push_back({});
            tool_downs.back().row = i;
        }
        for (const uint32_t i : pms_of[g]) {
            ToolPm pm;
            pm.row = i;
            const Time first = first_share(
                static_cast<Time>(m.pms[i].first_pieces),
                m.switches.pm_first,
                t - group.first_tool,
                group.tool_count);
            pm.threshold = static_cast<uint64_t>(std::max<Time>(1, first));
            if (m.pms[i].kind == PmKind::pieces) tool.next_piece_pm = std::min(tool.next_piece_pm, pm.threshold);
            tool_pms.push_back(pm);
        }
        tool_downs_first.push_back(static_cast<uint32_t>(tool_downs.size()));
        tool_pms_first.push_back(static_cast<uint32_t>(tool_pms.size()));
    }
    s.tool_downs.take(tool_downs);
    s.tool_pms.take(tool_pms);
    s.tool_downs_first.take(tool_downs_first);
    s.tool_pms_first.take(tool_pms_first);
    s.area_down_count.assign(m.downs.size(), 0);
}

Time draw_first(const State& s, const Distribution& d, Purpose purpose, uint32_t entity, uint64_t index) {
    const RandomWords words = s.random.draw(purpose, entity, index);
    return is_simple(d) ? draw_simple(d, words.word[0]) : draw_general(d, wide(words.word[0], words.word[1]));
}

void schedule_first_outages(const Model& m, State& s) {
    for (uint32_t t = 0; t < m.tool_count(); ++t) {
        if (!owns(s, m.tool_to_group[t])) continue;
        for (uint32_t i = s.tool_downs_first[t]; i < s.tool_downs_first[t + 1]; ++i) {
            const Down& row = m.downs[s.tool_downs[i].row];
            if (row.scope == Scope::area_at_once) continue;
            const Time at = draw_first(s, row.first, Purpose::tool_down, t, static_cast<uint64_t>(row.source) << 24);
            s.events.push(qualified_since(m, t) + at, EventKind::tool_down, t, i);
        }
        const ToolGroup& group = m.tool_groups[m.tool_to_group[t]];
        for (uint32_t i = s.tool_pms_first[t]; i < s.tool_pms_first[t + 1]; ++i) {
            const Pm& row = m.pms[s.tool_pms[i].row];
            if (row.kind != PmKind::calendar) continue;
            const Time first = first_share(row.first, m.switches.pm_first, t - group.first_tool, group.tool_count);
            s.tool_pms[i].due_at = qualified_since(m, t) + first;
            s.events.push(s.tool_pms[i].due_at, EventKind::pm_due, t, i);
        }
    }
    for (uint32_t i = 0; i < m.downs.size(); ++i) {
        if (m.downs[i].scope != Scope::area_at_once) continue;  // such a line is one region
        const Time at = draw_first(
            s,
            m.downs[i].first,
            Purpose::area_down,
            m.downs[i].area,
            static_cast<uint64_t>(m.downs[i].source) << 24);
        s.events.push(at, EventKind::tool_down, kNil, i);
    }
}

void schedule_releases(const Model& m, State& s) {
    for (uint32_t i = 0; i < m.lot_types.size(); ++i) {
        const LotType& type = m.lot_types[i];
        if (!type.released || type.repeats == 0) continue;
        if (!owns(s, m.steps[m.routes[type.route].first_step].tool_group)) continue;
        Time at = type.start;
        if (type.policy == ReleasePolicy::list) {
            if (type.planned_count == 0) continue;
            at = m.planned_lots[type.first_planned].time;
        } else if (type.policy == ReleasePolicy::ramp) {
            const auto points = std::span(m.ramp_points).subspan(type.first_ramp, type.ramp_count);
            at = ramp_reaches(points, static_cast<uint64_t>(type.lots_per_release) * type.pieces);
            if (at == kNever) continue;
        } else if (type.policy == ReleasePolicy::poisson) {
            at += draw_first(s, {type.interval, 0, DistKind::exponential}, Purpose::release, i, 0);
        }
        s.events.push(std::max<Time>(at, 0), EventKind::release, i, 0);
    }
}

// The state of every tool at t = 0 and the first change of each group's calendar.
void build_calendars(const Model& m, State& s) {
    for (uint32_t g = 0; g < m.calendars.size(); ++g) {
        if (!m.calendars[g].used) continue;
        const ToolGroup& group = m.tool_groups[g];
        group_schedule(m, g, 0, s.schedule);
        for (uint32_t k = 0; k < group.tool_count; ++k) {
            ToolRun& tool = s.tools[group.first_tool + k];
            tool.schedule = s.schedule[k];
            if (tool.schedule == Schedule::nonscheduled) tool.state = ToolState::nonscheduled;
            if (tool.schedule == Schedule::engineering) tool.state = ToolState::engineering;
        }
        const Time next = next_calendar_change(m, g, 0);
        if (next != kNever) s.events.push(next, EventKind::calendar, g, 0);
    }
}

// Events at the ends of calendar months, and room for their results.
void schedule_months(const Model& m, State& s, Time horizon) {
    if (!m.monthly) return;
    const std::vector<Time> starts = month_starts(m.start, horizon);
    s.month_marks.resize(m.tool_groups.size());
    Months& months = s.result.months;
    const size_t count = starts.size() + 1;
    months.begin.reserve(count);
    months.end.reserve(count);
    months.inside.reserve(count);
    months.types.reserve(count * m.lot_types.size());
    months.states.reserve(count * m.tool_groups.size());
    for (const Time at : starts) s.events.push(at, EventKind::sample, kMonthEnd, 0);
}

void size_result(const Model& m, State& s) {
    s.types.resize(m.lot_types.size());
    s.result.lot_types.resize(m.lot_types.size());
    s.result.windows.resize(m.windows.size());
    for (size_t i = 0; i < m.lot_types.size(); ++i) {
        if (visits(m, s, m.lot_types[i])) continue;
        for (CompletedLots* lots : {&s.result.lot_types[i].completed, &s.result.lot_types[i].initial}) {
            lots->cycle_time = lots->tardiness = LogHistogram(0, 1);  // stays empty: the least memory
        }
    }
}

}  // namespace

void reserve_series(const Model& m, Time horizon, Series& series) {
    const size_t samples = static_cast<size_t>(horizon / series.interval) + 2;
    series.wip.reserve(samples);
    series.wip_by_area.reserve(samples * m.area_names.size());
    series.wip_by_step.reserve((samples / series.step_every + 1) * m.steps.size());
    series.shipped.reserve(samples);
    series.moves.reserve(samples);
    series.cycle_time_mean_d.reserve(samples);
}

namespace {

// Expected time between events, for the width of the event queue's buckets.
Time event_gap(const Model& m, const State& s) {
    double per_tick = 0;
    for (const LotType& type : m.lot_types) {
        if (!type.released) continue;
        const double steps = steps_here(m, s, type);
        const double interval =
            type.interval > 0 ? static_cast<double>(type.interval) / type.lots_per_release : static_cast<double>(kHour);
        per_tick += 2.5 * steps / interval;  // assumption: arrival, done and half an entry event per step
    }
    return per_tick > 0 ? static_cast<Time>(std::min(1e12, 1 / per_tick)) : kMinute;
}

}  // namespace

void build_line(const Model& m, Line& line, const RunOptions& options, const Regions& regions) {
    line.random = {options.seed, options.replication};
    line.fast_paths = options.fast_paths;
    line.regions = regions.count;
    line.region_of.take(regions.of_group);
    build_groups(m, line);
    find_needs(m, line);
    build_tools(m, line);
    line.steps.resize(m.steps.size());
    line.fates.resize(m.steps.size());
    line.step_wip.assign(m.steps.size(), 0);
}

void start(const Model& m, State& s, const RunOptions& options, Time horizon) {
    s.recorder = options.recorder;
    s.result.seed = options.seed;
    s.result.replication = options.replication;
    s.next_serial = s.region;
    s.dirty.reserve(2 * m.tool_groups.size() + 8);
    size_result(m, s);
    const size_t lots = expected_lots(m, s, horizon);
    size_t tools = 0;
    size_t outages = 0;
    for (uint32_t t = 0; t < m.tool_count(); ++t) {
        if (!owns(s, m.tool_to_group[t])) continue;
        ++tools;
        outages += s.tool_downs_first[t + 1] - s.tool_downs_first[t] + s.tool_pms_first[t + 1] - s.tool_pms_first[t];
    }
    const size_t dated = m.calendars.size() + (m.monthly ? static_cast<size_t>(horizon / (28 * kDay)) : 0);
    s.events.init(event_gap(m, s), lots + 2 * tools + outages + m.lot_types.size() + dated + 16);
    grow_lots(m, s, lots);
    if (s.regions > 1) add_crossings(m, s, lots / 16 + 16);  // assumption: no more leave between two borders
    schedule_first_outages(m, s);
    schedule_releases(m, s);
    build_calendars(m, s);
    s.events.push(0, EventKind::sample, 0, 0);
    if (options.warmup > 0 || (options.warmup < 0 && m.warmup > 0)) {
        s.events.push(options.warmup < 0 ? m.warmup : options.warmup, EventKind::sample, kWarmupEnd, 0);
    }
    schedule_months(m, s, horizon);
    place_initial_lots(m, s);
}

void add_crossings(const Model& m, State& s, size_t count) {
    for (s.crossings.reserve(count); s.crossings.size() < count;) {
        Crossing& crossing = s.crossings.emplace_back();
        crossing.dedications.resize(m.max_dedication_slots);
        crossing.windows_open.resize(m.max_window_slots);
        crossing.reworked.resize(s.rework_steps);
        if (s.recorder != nullptr && s.recorder->deliveries) crossing.group_stays.resize(m.tool_groups.size());
    }
}

// Adds free slots up to `count`; the free list hands them out in ascending order.
void grow_lots(const Model& m, State& s, size_t count) {
    const size_t old = s.lots.size();
    s.lots.resize(count);
    s.dedications.resize(count * m.max_dedication_slots, kNil);
    s.windows_open.resize(count * m.max_window_slots, -1);
    s.reworked.resize(count * s.rework_steps, 0);
    const auto by_workload = [](const LotType& type) { return type.policy == ReleasePolicy::workload; };
    if (std::any_of(m.lot_types.begin(), m.lot_types.end(), by_workload)) s.work_left.resize(count, 0);
    if (s.any_heap) {
        s.heap_child.resize(count, kNil);
        s.heap_keys.resize(count);
    }
    if (s.recorder != nullptr) {
        s.passed_by.resize(count, 0);
        if (s.recorder->deliveries) s.group_stays.resize(count * m.tool_groups.size());
        s.group_states_mark.resize(count);
    }
    for (size_t i = count; i-- > old;) {
        s.lots[i].next = s.free_lot;
        s.free_lot = static_cast<uint32_t>(i);
    }
}

uint32_t take_lot_slot(const Model& m, State& s) {
    if (s.free_lot == kNil) {
        ++s.growths;
        grow_lots(m, s, s.lots.size() + s.lots.size() / 2 + 64);
    }
    const uint32_t id = s.free_lot;
    Lot& lot = s.lots[id];
    s.free_lot = lot.next;
    const uint32_t generation = lot.generation;  // a stale done event must never match
    lot = Lot{};
    lot.generation = generation;
    lot.in_use = true;
    if (!s.work_left.empty()) s.work_left[id] = 0;
    std::fill_n(s.dedications.begin() + id * m.max_dedication_slots, m.max_dedication_slots, kNil);
    std::fill_n(s.windows_open.begin() + id * m.max_window_slots, m.max_window_slots, Time{-1});
    std::fill_n(s.reworked.begin() + id * s.rework_steps, s.rework_steps, uint8_t{0});
    return id;
}

}  // namespace chipchain::engine
