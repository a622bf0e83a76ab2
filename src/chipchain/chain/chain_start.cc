// Builds the state of a run of a chain: factors, outages, first stocks and pipelines, the order of a day.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "chipchain/base/check.h"
#include "chipchain/chain/chain_draws.h"
#include "chipchain/chain/chain_state.h"

namespace chipchain::chain {

namespace {

double unit_of(const RandomWords& words) { return unit_open(wide(words.word[0], words.word[1])); }

void find_factors(State& s) {
    const ChainModel& m = s.model;
    std::vector<double>& factors = s.result.factors;
    factors = s.options.factors;
    if (factors.empty()) {
        for (const ChainUncertainty& u : m.uncertainties) {
            const double draw = unit_of(s.random.draw(Purpose::chain_factor, name_key(u.name), 0));
            factors.push_back(s.options.random.factors ? triangular_factor(u.low, u.high, draw) : 1);
        }
    }
    CHECK(factors.size() == m.uncertainties.size());
    s.build_factors.assign(m.modules.size(), 1);
    for (size_t i = 0; i < factors.size(); ++i) {
        const uint32_t of = m.uncertainties[i].of;
        switch (m.uncertainties[i].kind) {
            case UncertainKind::demand:
                s.programmes[of].factor *= factors[i];
                break;
            case UncertainKind::yield:
                s.activities[of].yield_factor *= factors[i];
                break;
            case UncertainKind::lead:
                s.activities[of].lead_factor *= factors[i];
                break;
            case UncertainKind::capacity:
                s.resources[of].factor *= factors[i];
                break;
            case UncertainKind::price:
                s.activities[of].cost = to_micro(m.activities[of].cost_usd * factors[i]);
                break;
            case UncertainKind::build:
                s.build_factors[of] *= factors[i];
                break;
        }
    }
}

// Dated disruptions, and for each year at most one by chance.
void draw_outages(State& s) {
    const ChainModel& m = s.model;
    const auto year = static_cast<Time>(kDaysPerYear * static_cast<double>(kDay));
    for (uint32_t i = 0; i < m.disruptions.size(); ++i) {
        const ChainDisruption& row = m.disruptions[i];
        if (row.date >= 0) {
            s.result.outages.push_back({i, row.date});
            continue;
        }
        if (!s.options.random.outages) continue;
        for (Time begin = 0; begin < m.end; begin += year) {
            const auto index = static_cast<uint64_t>(begin / year);
            const RandomWords words = s.random.draw(Purpose::chain_outage, name_key(row.name), index);
            if (unit_of(words) >= row.chance_per_year) continue;
            const double at = unit_open(wide(words.word[2], words.word[3])) * static_cast<double>(year);
            if (begin + static_cast<Time>(at) < m.end) s.result.outages.push_back({i, begin + static_cast<Time>(at)});
        }
    }
    const auto earlier = [](const ChainOutage& x, const ChainOutage& y) { return x.begin < y.begin; };
    std::stable_sort(s.result.outages.begin(), s.result.outages.end(), earlier);
}

void build_activity(State& s, uint32_t number) {
    const ChainModel& m = s.model;
    const ChainActivity& row = m.activities[number];
    ActivityRun& a = s.activities[number];
    a.key = name_key(row.name);
    a.lead = compile_duration(row.lead, UniformSpread::half_width);
    a.lead_mean = a.lead.mean();
    a.cost = to_micro(row.cost_usd);
    a.lot = row.lot;
    if (s.options.lines != nullptr && s.options.lines->way(number).line != kNoIndex) {
        const ChainLines::Way& way = s.options.lines->way(number);
        const double pieces = s.options.lines->lines()[way.line].lot_pieces;
        a.lot = std::max<int64_t>(1, static_cast<int64_t>(pieces / way.pieces_per_start));
    }
    a.used.assign(row.inputs.size(), 0);
    a.outputs.resize(row.outputs.size());
    bool valued = true;
    for (const ChainAmount& out : row.outputs) valued = valued && m.items[m.nodes[out.node].item].value_usd > 0;
    for (size_t k = 0; k < row.outputs.size(); ++k) {
        if (valued) a.outputs[k].weight = m.items[m.nodes[row.outputs[k].node].item].value_usd;
        s.result.activities[number].of_outputs[k].node = row.outputs[k].node;
    }
    a.from = row.from;
    a.until = row.until;
    if (row.qualification != kNoIndex) a.qualified = s.schedule.qualified_from[row.qualification];
    for (const ResourceShare& use : row.uses) {
        ResourceRun& resource = s.resources[use.resource];
        resource.one_start = std::max(resource.one_start, use.quantity);
        const bool has_twin = use.resource < s.options.twins.size() && !s.options.twins[use.resource].empty();
        if (has_twin && a.twin == kNoIndex) a.twin = use.resource;
    }
}

void build_programme(State& s, uint32_t number) {
    const ChainProgramme& row = s.model.programmes[number];
    ProgrammeRun& p = s.programmes[number];
    p.key = name_key(row.name);
    p.delivered_from.assign(row.nodes.size(), 0);
    p.forecast.assign(s.days, 0);
    const auto day_of = [](Time t) { return static_cast<size_t>(std::max<Time>(t, 0) / kDay); };
    for (const ChainDemand& d : row.demands) {
        if (d.end <= d.begin) {
            if (day_of(d.begin) < s.days) p.forecast[day_of(d.begin)] += d.quantity;
            continue;
        }
        for (size_t day = day_of(d.begin); day < s.days && static_cast<Time>(day) * kDay < d.end; ++day) {
            const Time begin = std::max(d.begin, static_cast<Time>(day) * kDay);
            const Time end = std::min(d.end, static_cast<Time>(day + 1) * kDay);
            p.forecast[day] += d.quantity * static_cast<double>(end - begin) / static_cast<double>(d.end - d.begin);
        }
    }
}

void build_arc(State& s, uint32_t number) {
    const ChainModel& m = s.model;
    const ChainArc& row = m.arcs[number];
    ArcRun& arc = s.arcs[number];
    arc.key = name_key(fmt::format("{} to {}", m.node_name(row.from), m.sites[m.nodes[row.to].site].name));
    arc.travel = compile_duration(row.travel, UniformSpread::half_width);
    arc.tariff = to_micro(row.tariff_usd);
    arc.transport = to_micro(row.cost_usd) - arc.tariff;
}

MicroUsd initial_value(const State& s, uint32_t node, int64_t pieces) {
    return to_micro(s.model.items[s.model.nodes[node].item].value_usd * static_cast<double>(pieces));
}

void put_first_pieces(State& s) {
    const ChainModel& m = s.model;
    for (uint32_t n = 0; n < m.nodes.size(); ++n) {
        NodeRun& node = s.nodes[n];
        node.stock = std::llround(m.nodes[n].initial);
        node.cost = initial_value(s, n, node.stock);
        s.result.nodes[n].initial = node.stock;
        s.result.initial_cost += node.cost;
    }
    for (const ChainModel::Pipeline& row : m.pipelines) {
        const uint32_t id = s.calendar.add();
        Batch& batch = s.calendar.pool[id];
        OutputResult& out = s.result.activities[row.activity].of_outputs.front();
        batch.source = row.activity;
        batch.begun = batch.good = std::llround(row.quantity);
        batch.cost = initial_value(s, out.node, batch.begun);
        batch.pipeline = true;
        out.pipeline += batch.begun;
        out.under_way += batch.begun;
        out.under_way_cost += batch.cost;
        s.result.initial_cost += batch.cost;
        s.calendar.put(id, static_cast<size_t>(std::max<Time>(row.date, 0) / kDay));
    }
}

void size_result(State& s) {
    const ChainModel& m = s.model;
    const Counts zeros(m.buckets.size(), 0);
    ChainResult& r = s.result;
    r.seed = s.options.seed;
    r.replication = s.options.replication;
    r.programmes.assign(m.programmes.size(), {zeros, zeros, zeros, zeros, zeros});
    r.nodes.assign(m.nodes.size(), {zeros, Counts(m.buckets.size(), INT64_MAX), zeros});
    r.activities.assign(m.activities.size(), {zeros, zeros, {}});
    for (size_t i = 0; i < m.activities.size(); ++i) r.activities[i].of_outputs.resize(m.activities[i].outputs.size());
    r.arcs.assign(m.arcs.size(), {zeros, zeros});
    const std::vector<double> none(m.buckets.size(), 0);
    r.resources.assign(m.resources.size(), {none, none});
    r.milestones.assign(m.milestones.size(), kNever);
    for (std::vector<MicroUsd>& kind : r.money) kind = zeros;
}

// Moves in an order in which what feeds a node stands before what takes from it; where lanes lead in a circle, the
// first move that is left goes first.
void order_moves(State& s) {
    const ChainModel& m = s.model;
    const size_t activities = m.activities.size();
    const size_t count = activities + m.arcs.size();
    std::vector<std::vector<uint32_t>> takers(m.nodes.size());
    std::vector<uint32_t> feeders(m.nodes.size(), 0);
    const auto each_input = [&](size_t i, const auto& visit) {
        if (i >= activities) return visit(m.arcs[i - activities].from);
        for (const ChainAmount& in : m.activities[i].inputs) visit(in.node);
    };
    const auto each_output = [&](size_t i, const auto& visit) {
        if (i >= activities) return visit(m.arcs[i - activities].to);
        for (const ChainAmount& out : m.activities[i].outputs) visit(out.node);
    };
    for (size_t i = 0; i < count; ++i) {
        each_input(i, [&](uint32_t node) { takers[node].push_back(static_cast<uint32_t>(i)); });
        each_output(i, [&](uint32_t node) { ++feeders[node]; });
    }
    std::vector<uint32_t> waits_for(count, 0);
    for (size_t i = 0; i < count; ++i) each_input(i, [&](uint32_t node) { waits_for[i] += feeders[node]; });
    std::vector<bool> placed(count, false);
    while (s.moves.size() < count) {
        size_t next = count;
        for (size_t i = 0; i < count; ++i) {
            if (placed[i]) continue;
            if (next == count) next = i;
            if (waits_for[i] == 0) {
                next = i;
                break;
            }
        }
        placed[next] = true;
        Move move;
        (next < activities ? move.activity : move.arc) =
            static_cast<uint32_t>(next < activities ? next : next - activities);
        s.moves.push_back(move);
        each_output(next, [&](uint32_t node) {
            for (const uint32_t taker : takers[node]) --waits_for[taker];
        });
    }
}

}  // namespace

MicroUsd to_micro(double usd) {
    constexpr double kMost = 9e18;
    return static_cast<MicroUsd>(std::llround(std::clamp(usd * 1e6, -kMost, kMost)));
}

State start(const ChainModel& m, const ChainSchedule& schedule, const ChainRunOptions& options) {
    CHECK(schedule.starts.size() == m.activities.size() && schedule.shipped.size() == m.arcs.size());
    CHECK(schedule.modules.size() == m.modules.size() && schedule.qualified_from.size() == m.qualifications.size());
    CHECK(!m.buckets.empty() && m.buckets.front().begin == 0);
    State s{m, schedule, options};
    s.random = {options.seed, options.replication};
    s.days = static_cast<size_t>((m.buckets.back().end + kDay - 1) / kDay);
    s.calendar.head.assign(s.days + 1, kNil);
    s.calendar.tail.assign(s.days + 1, kNil);
    s.activities.resize(m.activities.size());
    s.nodes.resize(m.nodes.size());
    s.arcs.resize(m.arcs.size());
    s.resources.resize(m.resources.size());
    s.programmes.resize(m.programmes.size());
    s.site_outage.assign(m.sites.size(), 1);
    s.contract_starts.assign(m.contracts.size(), 0);
    size_result(s);
    if (options.lines != nullptr) {
        for (const ChainLine& line : options.lines->lines()) {
            LineRun run(line.model, options.seed + line.seed, options.replication, m.buckets.back().end);
            s.lines.push_back(
                {std::move(run), {}, {}, std::vector<std::vector<uint32_t>>(line.model.lot_types.size())});
        }
    }
    for (uint32_t i = 0; i < m.activities.size(); ++i) build_activity(s, i);
    for (uint32_t i = 0; i < m.contracts.size(); ++i) s.activities[m.contracts[i].activity].contracts.push_back(i);
    for (uint32_t i = 0; i < m.programmes.size(); ++i) build_programme(s, i);
    for (uint32_t i = 0; i < m.arcs.size(); ++i) build_arc(s, i);
    find_factors(s);
    draw_outages(s);
    put_first_pieces(s);
    order_moves(s);
    return s;
}

}  // namespace chipchain::chain
