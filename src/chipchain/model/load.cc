#include "chipchain/model/load.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "chipchain/model/calendar.h"
#include "chipchain/model/ramp.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

double hours(Time t) { return in_hours(t); }

// Lots per hour of a type; lines that react to the WIP count 0.
double release_rate_per_h(const Model& m, const LotType& type) {
    const double horizon = hours(m.horizon);
    if (!type.released) return 0;
    if (type.policy == ReleasePolicy::ramp) {
        // a ramp counts with its last rate
        const auto points = std::span(m.ramp_points).subspan(type.first_ramp, type.ramp_count);
        return ramp_rate(points, m.horizon) * static_cast<double>(kHour) / static_cast<double>(type.pieces);
    }
    if (type.policy == ReleasePolicy::list) return static_cast<double>(type.planned_count) / horizon;
    if (type.policy != ReleasePolicy::constant && type.policy != ReleasePolicy::poisson) return 0;
    const auto lots = static_cast<double>(type.lots_per_release);
    const double steady = type.interval > 0 ? lots / hours(type.interval) : 0;
    if (type.repeats < 0) return steady;
    const double counted = static_cast<double>(type.repeats) * lots / horizon;
    return type.interval > 0 ? std::min(steady, counted) : counted;
}

// Tools of a group that are there and qualified at the horizon; 0 when all come later or left.
uint32_t tools_at_horizon(const Model& m, const ToolGroup& group) {
    uint32_t tools = group.tool_count;
    for (uint32_t t = 0; t < group.tool_count && !m.tool_lives.empty(); ++t) {
        const ToolLife& life = m.tool_lives[group.first_tool + t];
        if (life.qualified >= m.horizon || life.moved_out < m.horizon) --tools;
    }
    return tools;
}

// Squared coefficient of variation of a duration; cuts at kLongest are left out.
double scv_of(const Distribution& d) {
    const auto mean = static_cast<double>(d.mean());
    if (mean <= 0) return 0;
    const double ratio = static_cast<double>(d.span) / mean;
    switch (d.kind) {
        case DistKind::constant:
            return 0;
        case DistKind::uniform:
            return ratio * ratio / 12;
        case DistKind::exponential:
            return 1;
        case DistKind::triangular:
            return ratio * ratio / 6;
        case DistKind::lognormal:
            return ratio * ratio;
        case DistKind::erlang:
            return d.span > 0 ? 1 / static_cast<double>(d.span) : 1;
    }
    return 0;
}

// Performed visits of each step of a route per released lot, and lots shipped per released lot.
struct RouteFlow {
    std::vector<double> visits;  // [step of the route]
    std::vector<double> first;   // without rework
    double shipped = 1;
};

double share(uint64_t threshold) { return static_cast<double>(threshold) * 0x1p-32; }

// Share of the lots leaving a performed step that go to rework. With rework_repeat = no a lot goes once: of the visits
// v = v0 (1 + r) the first ones draw.
double rework_share(const Model& m, const Step& step) {
    if (step.rework_step == kNoIndex) return 0;
    const double r = share(step.rework_threshold);
    return m.switches.rework_repeat == ReworkRepeat::no ? r / (1 + r) : r;
}

RouteFlow route_flow(const Model& m, const Route& route) {
    const uint32_t n = route.step_count;
    std::vector<double> back(n, 0);  // lots that rework brings to the step
    RouteFlow flow{std::vector<double>(n), std::vector<double>(n), 1};
    double lots_in = 1;
    for (uint32_t k = 0; k < n; ++k) {
        const Step& step = m.steps[route.first_step + k];
        flow.first[k] = lots_in * share(step.sample_threshold);
        lots_in -= flow.first[k] * share(step.scrap_threshold);
    }
    // each pass hands on what the pass before sent back; loops shrink by the rework share
    constexpr int kMostPasses = 200;
    for (int pass = 0; pass < kMostPasses; ++pass) {
        std::vector<double> next(n, 0);
        double lots = 1;
        double change = 0;
        for (uint32_t k = 0; k < n; ++k) {
            const Step& step = m.steps[route.first_step + k];
            lots += back[k];
            const double done = lots * share(step.sample_threshold);
            const double left = done * (1 - share(step.scrap_threshold));
            const bool skipped_too = m.switches.rework_skipped == ReworkSkipped::yes;
            const double sent = (left + (skipped_too ? lots - done : 0)) * rework_share(m, step);
            if (sent > 0) next[step.rework_step - route.first_step] += sent;
            flow.visits[k] = done;
            lots += left - done - sent;
        }
        for (uint32_t k = 0; k < n; ++k) change = std::max(change, std::fabs(next[k] - back[k]));
        flow.shipped = lots;
        back = std::move(next);
        if (change < 1e-13) break;
    }
    return flow;
}

// Hours that a visit keeps the tool from the next lot, and that the lot is inside.
struct VisitTime {
    double process = 0;
    double handling = 0;
    double stay = 0;
    double scv = 0;
};

VisitTime visit_time(const Model& m, const Step& step, uint32_t pieces) {
    const ToolGroup& group = m.tool_groups[step.tool_group];
    const double handling = hours(group.load + group.unload);
    const double once = hours(step.process.mean());
    const double lot = step.per == ProcessUnit::piece ? once * pieces : once;
    if (!step.cascade) return {lot, handling, lot + handling, scv_of(step.process)};
    VisitTime v;
    v.process = step.lot_interval > 0 ? hours(step.lot_interval) : hours(step.piece_interval) * pieces;
    v.handling = m.switches.cascade_entry == CascadeEntry::serial ? hours(group.load) : 0;
    v.stay = handling + (step.per == ProcessUnit::piece ? once + hours(step.piece_interval) * (pieces - 1) : once);
    return v;
}

BatchClass batch_class(const Model& m, const Step& step, uint32_t pieces) {
    BatchClass b;
    b.most_lots = std::max(1.0, std::floor(static_cast<double>(step.batch_max) / pieces));
    b.least_lots = std::clamp(std::ceil(static_cast<double>(step.batch_min) / pieces), 1.0, b.most_lots);
    if (m.switches.batch_start == BatchStart::full) b.least_lots = b.most_lots;
    if (m.switches.batch_start == BatchStart::any) b.least_lots = 1;
    const ToolGroup& group = m.tool_groups[step.tool_group];
    b.time_h = hours(group.load + group.unload + step.process.mean());
    const double process_share = b.time_h > 0 ? hours(step.process.mean()) / b.time_h : 0;
    b.time_scv = scv_of(step.process) * process_share * process_share;
    return b;
}

// Collects classes by key while the load is summed up.
class Collector {
 public:
    explicit Collector(const Model& m) : m_(m), batches_(m.tool_groups.size()), setups_(m.tool_groups.size()) {}

    void add(GroupDemand& d, uint32_t id, const LotType& type, double rate, double extra) {
        const Step& step = m_.steps[id];
        d.visits_per_h += rate;
        d.rework_visits_per_h += extra;
        d.pieces_per_h += rate * type.pieces;
        if (step.setup != 0) add_setup(step, rate);
        if (step.per == ProcessUnit::batch) {
            add_batch(step, type, rate);
            d.stay_tools += rate * batch_class(m_, step, type.pieces).time_h;
            return;
        }
        const VisitTime v = visit_time(m_, step, type.pieces);
        const double time = v.process + v.handling;
        d.process_tools += rate * v.process;
        d.handling_tools += rate * v.handling;
        d.rework_tools += extra * time;
        d.time_squares += rate * (time * time + v.scv * v.process * v.process);
        d.stay_tools += rate * v.stay;
        if (step.cascade) d.tail_tools += rate * std::max(0.0, v.stay - time);
        d.cascade = d.cascade || step.cascade;
    }

    void finish(std::vector<GroupLoad>& groups) const {
        for (size_t g = 0; g < groups.size(); ++g) {
            for (const auto& [key, value] : batches_[g]) groups[g].demand.batches.push_back(value);
            for (const auto& [key, value] : setups_[g]) groups[g].demand.setups.push_back(value);
        }
    }

 private:
    void add_batch(const Step& step, const LotType& type, double rate) {
        const bool by_product = m_.tool_groups[step.tool_group].batch_by_product;
        const std::pair key{step.queue_class, by_product ? type.product : 0};
        auto& mine = batches_[step.tool_group].try_emplace(key, batch_class(m_, step, type.pieces)).first->second;
        mine.lots_per_h += rate;
    }

    void add_setup(const Step& step, double rate) {
        // of a change from any other setup: the mean over the others, which is the table's row in most models
        double sum = 0;
        for (uint32_t from = 1; from < m_.setup_count && step.setup_time < 0; ++from) {
            if (from != step.setup) sum += hours(setup_time(m_, from, step));
        }
        const double mean = step.setup_time >= 0 ? hours(step.setup_time) : sum / std::max(1U, m_.setup_count - 2);
        SetupClass& mine = setups_[step.tool_group][step.setup];
        mine.setup_h = (mine.setup_h * mine.lots_per_h + mean * rate) / (mine.lots_per_h + rate);
        mine.lots_per_h += rate;
    }

    const Model& m_;
    std::vector<std::map<std::pair<uint32_t, uint32_t>, BatchClass>> batches_;  // [tool group]
    std::vector<std::map<uint32_t, SetupClass>> setups_;                        // [tool group]
};

double transport_h(const Model& m, const Route& route, const RouteFlow& flow) {
    double sum = 0;
    for (uint32_t k = 1; k < route.step_count; ++k) {
        const size_t from = m.tool_groups[m.steps[route.first_step + k - 1].tool_group].location;
        const size_t to = m.tool_groups[m.steps[route.first_step + k].tool_group].location;
        sum += flow.visits[k] * hours(m.transport[from * m.location_count + to].mean());
    }
    return sum;
}

void add_outages(const Model& m, std::vector<GroupLoad>& groups) {
    for (const Down& down : m.downs) {
        const double up = hours(down.time_to_failure.mean());
        const double repair = hours(down.repair.mean());
        if (repair <= 0) continue;
        for (size_t g = 0; g < groups.size(); ++g) {
            const bool hit =
                down.scope == Scope::area_at_once ? m.tool_groups[g].area == down.area : down.tool_group == g;
            if (hit) groups[g].outages.push_back({repair / (up + repair), repair, scv_of(down.repair), false, 0});
        }
    }
    for (const Pm& pm : m.pms) {
        const double duration = hours(pm.duration.mean());
        if (duration <= 0) continue;
        GroupLoad& group = groups[pm.tool_group];
        Outage outage{0, duration, scv_of(pm.duration), true, 0};
        if (pm.kind == PmKind::calendar) {
            const bool after = m.switches.pm_interval == PmInterval::end_to_start;
            outage.share = duration / (hours(pm.interval) + (after ? duration : 0));
        } else {
            outage.stopped_tools = group.demand.pieces_per_h * duration / static_cast<double>(pm.interval_pieces);
            outage.share = group.tools > 0 ? outage.stopped_tools / group.tools : 0;
        }
        group.outages.push_back(outage);
    }
}

// Chance that two lots in sequence need different setups.
double chance_of_change(const std::vector<SetupClass>& setups) {
    double all = 0;
    double same = 0;
    for (const SetupClass& s : setups) all += s.lots_per_h;
    for (const SetupClass& s : setups) same += s.lots_per_h * s.lots_per_h / (all * all);
    return 1 - same;
}

// Mean of miss^k over the k >= 1 idle tools that a lot finds which need not wait: none of them has its setup. Idle
// tools as in M/M/m at the same utilisation.
double none_idle(const GroupLoad& g, double utilisation, double miss) {
    const double tools = std::max(1.0, std::round(g.tools * g.availability));
    double weight = 1;  // of k idle tools, relative to none
    double sum = 0;
    double missed = 0;
    double power = 1;
    for (double k = 1; k <= tools; ++k) {
        weight *= (tools - k + 1) / std::max(1e-9, utilisation * tools);
        power *= miss;
        sum += weight;
        missed += weight * power;
        if (sum > 1e200) break;  // nearly nobody inside: what follows counts for nothing
    }
    return missed / sum;
}

// Share of the visits with a setup that pay it. Own approximation (mean field, no source): a lot that need not wait
// takes, with wake = least_setup, an idle tool of its setup if there is one; a tool that becomes free takes, when its
// rule sees setups, a lot of its setup if one waits. Setups on tools have the shares of the demand; the queue that a
// waiting lot sees is geometric.
double estimated_setup_share(const GroupLoad& g, double utilisation) {
    const double wait = wait_share(utilisation, g.tools);
    const double variability = 0.5 * (1 + effective_process(g).scv);
    const double queue = variability * utilisation / std::max(1e-9, 1 - utilisation);
    double all = 0;
    double changes = 0;
    for (const SetupClass& s : g.demand.setups) all += s.lots_per_h;
    for (const SetupClass& s : g.demand.setups) {
        const double p = s.lots_per_h / all;
        const double waited = g.demand.rule_sees_setups ? (1 - p) / (1 + p * queue) : 1 - p;
        const double at_once = g.demand.wake_sees_setups ? none_idle(g, utilisation, 1 - p) : 1 - p;
        changes += p * (wait * waited + (1 - wait) * at_once);
    }
    return changes;
}

struct Batching {
    double tools = 0;  // busy
    double lots = 1;   // of a batch
    double scv = 0;
};

// All classes fill the same share between their least and most lots.
Batching batching(const GroupDemand& d, double fill) {
    double lots_per_h = 0;
    double starts = 0;
    double square = 0;
    Batching out;
    for (const BatchClass& b : d.batches) {
        const double rate = b.lots_per_h / (b.least_lots + fill * (b.most_lots - b.least_lots));
        lots_per_h += b.lots_per_h;
        starts += rate;
        out.tools += rate * b.time_h;
        square += rate * b.time_h * b.time_h * (1 + b.time_scv);
    }
    if (starts <= 0) return out;
    const double mean = out.tools / starts;
    out.lots = lots_per_h / starts;
    out.scv = mean > 0 ? std::max(0.0, square / starts / (mean * mean) - 1) : 0;
    return out;
}

// The fill that makes the mean batch as large as observed.
double fill_of(const GroupDemand& d, double lots) {
    const double least = batching(d, 0).lots;
    const double most = batching(d, 1).lots;
    return most > least ? std::clamp((lots - least) / (most - least), 0.0, 1.0) : 1;
}

// Lots of its class that join a ready batch while it waits for a tool, as a share of the room left. Own approximation
// (no source): Poisson arrivals of a mean class during the wait of the batches that must wait.
double estimated_fill(const GroupLoad& g) {
    if (g.entry_utilisation >= 1) return 1;
    const EffectiveProcess process = effective_process(g);
    const double wait = ggm_queue_time(1 / g.batch_lots, process.scv, g.entry_utilisation, g.tools, process.mean);
    double rate = 0;  // of lots that may join, over all lots
    double room = 0;
    for (const BatchClass& b : g.demand.batches) {
        rate += b.lots_per_h * b.lots_per_h;
        room += b.lots_per_h * (b.most_lots - b.least_lots);
    }
    const double some = wait_share(g.entry_utilisation, g.tools);
    return room > 0 && some > 0 ? some * (1 - deterministic_exp(-rate * wait / some / room)) : 0;
}

double setup_hours(const GroupDemand& d) {
    double tools = 0;
    for (const SetupClass& s : d.setups) tools += s.lots_per_h * s.setup_h;
    return tools;  // if every visit paid
}

void set_utilisation(GroupLoad& g, double fill) {
    const GroupDemand& d = g.demand;
    const double available = g.tools * g.availability;
    const Batching batches = batching(d, fill);
    const double setups = setup_hours(d);
    g.batch_lots = d.batches.empty() ? 1 : batches.lots;
    g.setup_tools = g.setup_share * setups;
    const double work = d.process_tools + d.handling_tools;
    g.busy_tools = work + batches.tools + g.setup_tools;
    const double starts = g.starts_per_h();
    g.tool_time_h = starts > 0 ? g.busy_tools / starts : 0;
    if (!d.batches.empty()) {
        g.tool_time_scv = batches.scv;
    } else if (g.tool_time_h > 0) {
        // setups are paid or not: variance p (1 - p) t_s^2, independent of the process
        const double mean = work / starts;
        const double setup = d.setups.empty() ? 0 : setups / d.visits_per_h;
        const double variance =
            d.time_squares / starts - mean * mean + g.setup_share * (1 - g.setup_share) * setup * setup;
        g.tool_time_scv = std::max(0.0, variance) / (g.tool_time_h * g.tool_time_h);
    }
    g.stay_h = d.visits_per_h > 0 ? (d.stay_tools + g.setup_tools) / d.visits_per_h : 0;
    const auto used = [available, &d](double tools) {
        return available > 0 ? tools / available : d.visits_per_h > 0 ? INFINITY : 0;
    };
    g.entry_utilisation = used(g.busy_tools);
    g.utilisation_least = used(least_busy_tools(d));
    const double chance = d.setups.empty() ? 0 : chance_of_change(d.setups);
    g.utilisation_most = used(work + batching(d, 0).tools + chance * setups + d.tail_tools);
    g.utilisation = g.entry_utilisation;
    if (d.tail_tools <= 0) return;
    // a lot that finds nobody behind it empties its tool: its tail counts up to the next start there
    const double tail = d.tail_tools / d.visits_per_h;
    const double idle = std::max(1e-9, available * (1 - std::min(1.0, g.entry_utilisation)));
    const double gap_rate = d.visits_per_h / idle;
    const double seen = (1 - deterministic_exp(-gap_rate * tail)) / gap_rate;
    g.utilisation = used(g.busy_tools + (1 - wait_share(g.entry_utilisation, g.tools)) * d.visits_per_h * seen);
    g.utilisation = std::clamp(g.utilisation, g.entry_utilisation, std::max(1.0, g.entry_utilisation));
}

}  // namespace

double least_busy_tools(const GroupDemand& d) { return d.process_tools + d.handling_tools + batching(d, 1).tools; }

double wait_share(double utilisation, uint32_t tools) {
    if (utilisation >= 1) return 1;
    if (utilisation <= 0) return 0;
    return deterministic_pow(utilisation, std::sqrt(2 * (static_cast<double>(tools) + 1)) - 1);
}

EffectiveProcess effective_process(const GroupLoad& g) {
    EffectiveProcess out{g.availability, g.tool_time_h, g.tool_time_scv};
    if (g.availability <= 0 || g.tool_time_h <= 0) return out;
    out.mean = g.tool_time_h / g.availability;
    for (const Outage& o : g.outages)
        out.scv += g.availability / g.tool_time_h * o.share * o.duration_h * (1 + o.duration_scv);
    return out;
}

void set_tools(GroupLoad& g, uint32_t tools, bool keep_shares, const GroupObservation& observed) {
    g.tools = tools;
    g.down_share = g.maintenance_share = 0;
    for (Outage& o : g.outages) {
        if (o.stopped_tools > 0 && !keep_shares) o.share = tools > 0 ? o.stopped_tools / tools : 0;
        (o.maintenance ? g.maintenance_share : g.down_share) += o.share;
    }
    g.availability = std::max(0.0, 1 - g.down_share - g.maintenance_share) * g.staffed_share;
    g.plain = g.demand.batches.empty() && g.demand.setups.empty() && !g.demand.cascade;
    // from above: setups keep a busy tool busy, and of two steady states the worse one is the safe one
    const double chance = g.demand.setups.empty() ? 0 : chance_of_change(g.demand.setups);
    g.setup_share = observed.setup_share.value_or(chance);
    double fill = observed.batch_lots ? fill_of(g.demand, *observed.batch_lots) : 0;
    set_utilisation(g, fill);
    const bool setups = !g.demand.setups.empty() && !observed.setup_share;
    const bool batches = !g.demand.batches.empty() && !observed.batch_lots;
    if (!setups && !batches) return;
    constexpr int kRounds = 30;  // of a damped fixed point: busy tools have longer queues, these save setups
    for (int i = 0; i < kRounds; ++i) {
        if (setups) {
            const double usable = std::min(g.entry_utilisation, 0.999);
            g.setup_share = 0.5 * (g.setup_share + estimated_setup_share(g, usable));
        }
        if (batches) fill = 0.5 * (fill + estimated_fill(g));
        set_utilisation(g, fill);
    }
}

void scale_rates(GroupLoad& g, double factor) {
    GroupDemand& d = g.demand;
    for (double* rate :
         {&d.visits_per_h,
          &d.rework_visits_per_h,
          &d.pieces_per_h,
          &d.process_tools,
          &d.handling_tools,
          &d.rework_tools,
          &d.time_squares,
          &d.tail_tools,
          &d.stay_tools})
        *rate *= factor;
    for (BatchClass& b : d.batches) b.lots_per_h *= factor;
    for (SetupClass& s : d.setups) s.lots_per_h *= factor;
    for (Outage& o : g.outages) o.stopped_tools *= factor;
}

LineLoad line_load(const Model& m, const std::vector<GroupObservation>& observed) {
    LineLoad out;
    out.groups.resize(m.tool_groups.size());
    out.step_visits_per_h.assign(m.steps.size(), 0);
    for (size_t g = 0; g < m.tool_groups.size(); ++g) {
        const ToolGroup& group = m.tool_groups[g];
        out.groups[g].tools = tools_at_horizon(m, group);
        out.groups[g].staffed_share = m.calendars.empty() ? 1 : staffed_share(m.calendars[g]);
        const bool seen = m.rules[group.rule].has_setup && m.switches.setup_rank != SetupRank::none;
        out.groups[g].demand.rule_sees_setups = seen || group.setup_avoidance;
        out.groups[g].demand.wake_sees_setups = group.wake == WakeRule::least_setup;
    }
    Collector collector(m);
    std::vector<RouteFlow> flows;
    for (const Route& route : m.routes) flows.push_back(route_flow(m, route));
    for (const LotType& type : m.lot_types) {
        const Route& route = m.routes[type.route];
        const RouteFlow& flow = flows[type.route];
        LotTypeLoad& load = out.lot_types.emplace_back();
        load.lots_per_h = release_rate_per_h(m, type);
        load.shipped_share = flow.shipped;
        load.raw_h = hours(route.raw_process_time);
        load.transport_h = transport_h(m, route, flow);
        load.visits.assign(m.tool_groups.size(), 0);
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const uint32_t id = route.first_step + k;
            const uint32_t g = m.steps[id].tool_group;
            load.visits[g] += flow.visits[k];
            const Step& step = m.steps[id];
            const bool batch = step.per == ProcessUnit::batch;
            load.stay_h += flow.visits[k] *
                           (batch ? batch_class(m, step, type.pieces).time_h : visit_time(m, step, type.pieces).stay);
            const double rate = load.lots_per_h * flow.visits[k];
            if (rate <= 0) continue;
            out.step_visits_per_h[id] += rate;
            const double extra = load.lots_per_h * std::max(0.0, flow.visits[k] - flow.first[k]);
            collector.add(out.groups[g].demand, id, type, rate, extra);
        }
    }
    collector.finish(out.groups);
    add_outages(m, out.groups);
    for (size_t g = 0; g < out.groups.size(); ++g) {
        const GroupObservation seen = g < observed.size() ? observed[g] : GroupObservation{};
        set_tools(out.groups[g], out.groups[g].tools, false, seen);
    }
    return out;
}

}  // namespace chipchain
