#include "chipchain/model/chain_compiler.h"
#include "chipchain/model/hasher.h"

namespace chipchain {

namespace {

void add_duration(Hasher& h, const DurationSpec& d) { h.add(d.kind, d.mean, d.half); }

void add_figure(Hasher& h, const DatedFigure& figure) {
    h.add(figure.before, figure.points.size());
    for (const DatedValue& p : figure.points) h.add(p.from, p.value, p.linear);
}

void add_amounts(Hasher& h, const std::vector<ChainAmount>& amounts) {
    h.add(amounts.size());
    for (const ChainAmount& a : amounts) h.add(a.node, a.quantity);
}

void add_network(Hasher& h, const ChainModel& m) {
    h.add(m.items.size(), m.sites.size(), m.nodes.size(), m.arcs.size());
    for (const ChainItem& i : m.items) {
        h.text(i.name);
        h.text(i.family);
        h.add(i.kind, i.value_usd, i.holding_usd_per_week, i.lot);
    }
    for (const ChainSite& s : m.sites) {
        h.text(s.name);
        h.text(s.region);
        h.add(s.kind, s.time_to_recover);
    }
    for (const ChainNode& n : m.nodes)
        h.add(n.item, n.site, n.initial, n.limit, n.floor, n.floor_from, n.short_usd_per_week);
    for (const ChainArc& a : m.arcs) {
        h.add(a.from, a.to, a.cost_usd, a.tariff_usd);
        add_duration(h, a.travel);
    }
}

void add_activities(Hasher& h, const ChainModel& m) {
    h.add(m.activities.size());
    for (const ChainActivity& a : m.activities) {
        h.text(a.name);
        h.add(a.site);
        add_amounts(h, a.inputs);
        add_amounts(h, a.outputs);
        h.add(a.uses.size());
        for (const ResourceShare& u : a.uses) h.add(u.resource, u.quantity);
        add_duration(h, a.lead);
        add_figure(h, a.yield.by_date);
        const ChainYield& y = a.yield;
        h.add(y.die_area_cm2, y.d0_start, y.d0_final, y.tau, y.alpha, y.learning_from);
        h.add(a.yield_spread, a.excursion, a.cost_usd, a.wip_usd_per_week, a.lot, a.from, a.until, a.qualification);
    }
}

void add_capacity(Hasher& h, const ChainModel& m) {
    h.add(m.resources.size(), m.curves.size(), m.modules.size(), m.budgets.size());
    for (const ChainResource& r : m.resources) {
        h.text(r.name);
        h.text(r.process);
        h.add(r.site, r.sized_per_week, r.target, r.clearing.size());
        add_figure(h, r.capacity_per_week);
        for (const ClearingLine& line : r.clearing) h.add(line.slope, line.quantity);
    }
    for (const ChainCurve& c : m.curves) add_figure(h, c.share);
    for (const ChainModule& x : m.modules) {
        h.text(x.name);
        h.add(x.resource, x.capacity_per_week, x.capex_usd, x.build, x.ramp, x.most, x.most_per_quarter);
        h.add(x.from, x.until, x.ordered.size());
        for (const auto& [date, count] : x.ordered) h.add(date, count);
    }
    for (const auto& [year, usd] : m.budgets) h.add(year, usd);
}

void add_programmes(Hasher& h, const ChainModel& m) {
    h.add(m.programmes.size(), m.milestones.size());
    for (const ChainProgramme& p : m.programmes) {
        h.text(p.name);
        h.numbers(p.nodes);
        h.numbers(p.nodes_from);
        h.add(p.priority, p.value_usd, p.late_usd_per_week, p.unmet_usd, p.backlog, p.spread, p.floor);
        h.add(p.demands.size());
        for (const ChainDemand& d : p.demands) h.add(d.begin, d.end, d.quantity);
    }
    for (const ChainMilestone& x : m.milestones) {
        h.text(x.name);
        h.add(x.kind, x.of, x.quantity, x.date);
    }
}

void add_terms(Hasher& h, const ChainModel& m) {
    h.add(m.contracts.size(), m.qualifications.size(), m.pipelines.size());
    for (const ChainContract& x : m.contracts) {
        h.text(x.name);
        h.add(x.activity, x.from, x.until, x.minimum, x.maximum, x.shortfall_usd, x.carry, x.option_starts);
        h.add(x.option_usd, x.exercise_usd, x.prepaid_usd, x.change, x.least_share, x.most_share, x.notice);
    }
    for (const ChainQualification& q : m.qualifications)
        h.add(q.activity, q.from, q.duration, q.decided, q.cost_usd, q.starts);
    for (const ChainModel::Pipeline& p : m.pipelines) h.add(p.activity, p.date, p.quantity);
    h.add(m.disruptions.size(), m.uncertainties.size());
    for (const ChainDisruption& d : m.disruptions) {
        h.text(d.name);
        h.add(d.site, d.resource, d.chance_per_year, d.date, d.recovery, d.scrap);
    }
    for (const ChainUncertainty& u : m.uncertainties) {
        h.text(u.name);
        h.add(u.kind, u.of, u.low, u.high);
    }
}

}  // namespace

uint64_t chain_hash(const ChainModel& m) {
    Hasher h;
    h.add(m.start, m.end, m.service, m.discount_per_year, m.replications, m.freeze, m.buckets.size());
    for (const Bucket& b : m.buckets) h.add(b.begin, b.end);
    add_network(h, m);
    add_activities(h, m);
    add_capacity(h, m);
    add_programmes(h, m);
    add_terms(h, m);
    return h.print.value();
}

}  // namespace chipchain
