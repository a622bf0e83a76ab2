// What moves on a day: pieces that arrive, starts of activities, shipments.
#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/chain/chain_draws.h"
#include "chipchain/chain/chain_state.h"
#include "chipchain/chain/store.h"
#include "chipchain/stats/special.h"

namespace chipchain::chain {

namespace {

// More lots of an activity on one day are made larger instead. Assumption: so many draws average out.
constexpr int64_t kMostLots = 64;

size_t whole_days(Time lead) { return static_cast<size_t>((std::max<Time>(lead, 0) + kDay / 2) / kDay); }

double unit_of(const RandomWords& words) { return unit_open(wide(words.word[0], words.word[1])); }

LineTwinPoint under_load(const std::vector<LineTwinPoint>& twin, double load) {
    if (load <= twin.front().utilisation) return twin.front();
    for (size_t i = 1; i < twin.size(); ++i) {
        if (load > twin[i].utilisation) continue;
        const double share = (load - twin[i - 1].utilisation) / (twin[i].utilisation - twin[i - 1].utilisation);
        const auto between = [share](double x, double y) { return x + share * (y - x); };
        return {load, between(twin[i - 1].factor, twin[i].factor), between(twin[i - 1].cv, twin[i].cv)};
    }
    return twin.back();
}

Time draw_lead(const State& s, const ActivityRun& a, int64_t lot) {
    double lead = static_cast<double>(a.lead_mean);
    if (s.options.random.leads) {
        const RandomWords words = s.random.draw(Purpose::chain_lead, a.key, static_cast<uint64_t>(lot));
        if (a.twin != kNoIndex) {
            const LineTwinPoint point = under_load(s.options.twins[a.twin], s.resources[a.twin].load);
            lead *= point.factor * lognormal_factor(point.cv, unit_of(words));
        } else {
            lead = static_cast<double>(draw_general(a.lead, wide(words.word[0], words.word[1])));
        }
    }
    return static_cast<Time>(lead * a.lead_factor);
}

double yield_today(State& s, uint32_t activity) {
    ActivityRun& a = s.activities[activity];
    if (a.yield_day != s.day) {
        a.yield_day = static_cast<uint32_t>(s.day);
        const double mean = s.model.activities[activity].yield.at(s.end_of_day - kDay / 2);
        a.yield = std::clamp(mean * a.yield_factor, 0.0, 1.0);
    }
    return a.yield;
}

// How the pieces of one lot fare.
class LotFate {
 public:
    LotFate(State& s, uint32_t activity, int64_t lot)
        : random_(s.options.random.yields),
          draw_(s.random, Purpose::chain_yield, s.activities[activity].key, static_cast<uint64_t>(lot) << 24),
          yield_(yield_today(s, activity)),
          excursion_(s.model.activities[activity].excursion) {
        if (!random_) return;
        const RandomWords words = draw_.words();
        const double spread = s.model.activities[activity].yield_spread;
        if (spread > 0) yield_ = std::clamp(yield_ + spread * normal_quantile(unit_of(words)), 0.0, 1.0);
        lost_ = unit_open(wide(words.word[2], words.word[3])) < excursion_;
    }

    [[nodiscard]] bool lost() const { return lost_; }

    // Sets good and lost_excursion of `batch`, which is made of `pieces` pieces (batch.begun: those begun as a whole).
    void decide(Batch& batch, OutputRun& run, double pieces) {
        if (lost_) {
            batch.lost_excursion = batch.begun;
        } else if (random_) {
            batch.good = static_cast<int64_t>(binomial_draw(draw_, static_cast<uint64_t>(batch.begun), yield_));
        } else {
            batch.good = next_whole(run.good_left, pieces * yield_ * (1 - excursion_), batch.begun);
            batch.lost_excursion = next_whole(run.excursion_left, pieces * excursion_, batch.begun - batch.good);
        }
    }

 private:
    // Adds `more` to what is left of whole pieces and takes the whole ones, at most `most`.
    static int64_t next_whole(double& left, double more, int64_t most) {
        left += more;
        const int64_t pieces = std::clamp<int64_t>(static_cast<int64_t>(std::floor(left + kWhole)), 0, most);
        left -= static_cast<double>(pieces);
        return pieces;
    }

    bool random_;
    FlowDraw draw_;
    double yield_;
    double excursion_;
    bool lost_ = false;
};

// Pieces of an input that so many starts need in all.
int64_t needed(double quantity, int64_t starts) {
    return static_cast<int64_t>(std::ceil(quantity * static_cast<double>(starts) - kWhole));
}

int64_t starts_from(const State& s, const ActivityRun& a, const ChainAmount& in, int64_t used) {
    const int64_t stock = s.nodes[in.node].stock;
    int64_t starts = static_cast<int64_t>(static_cast<double>(stock + used + 1) / in.quantity) - a.started + 1;
    while (starts > 0 && needed(in.quantity, a.started + starts) - used > stock) --starts;
    return std::max<int64_t>(starts, 0);
}

// The cost of a lot shared among its batches by their value; without any piece it waits for the next lot.
void share_cost(State& s, ActivityRun& a, uint32_t first, MicroUsd cost) {
    double total = 0;
    std::vector<Batch>& pool = s.calendar.pool;
    uint32_t last = kNil;
    for (uint32_t id = first; id != kNil; id = pool[id].next) {
        total += static_cast<double>(pool[id].begun) * a.outputs[pool[id].output].weight;
        if (pool[id].begun > 0) last = id;
    }
    if (last == kNil) {
        a.pending = cost;
        return;
    }
    const MicroUsd all = cost;
    for (uint32_t id = first; id != last; id = pool[id].next) {
        const double share = static_cast<double>(pool[id].begun) * a.outputs[pool[id].output].weight / total;
        pool[id].cost = std::min(cost, static_cast<MicroUsd>(static_cast<double>(all) * share));
        cost -= pool[id].cost;
    }
    pool[last].cost = cost;
}

// Takes the inputs of a lot and begins its pieces: one batch per output, linked. Returns the first.
uint32_t begin_lot(State& s, uint32_t number, int64_t starts) {
    const ChainActivity& row = s.model.activities[number];
    ActivityRun& a = s.activities[number];
    ActivityResult& r = s.result.activities[number];
    MicroUsd cost = a.pending + a.cost * starts;
    a.pending = 0;
    s.money(ChainMoney::activities) += a.cost * starts;
    a.started += starts;
    for (size_t i = 0; i < row.inputs.size(); ++i) {
        const int64_t pieces = needed(row.inputs[i].quantity, a.started) - a.used[i];
        cost += take(s, row.inputs[i].node, pieces);
        a.used[i] += pieces;
    }
    LotFate fate(s, number, a.lots);
    ++a.lots;
    ++r.lots;
    ++s.result.lots;
    r.lots_lost += fate.lost() ? 1 : 0;
    uint32_t first = kNil;
    for (uint32_t k = static_cast<uint32_t>(row.outputs.size()); k-- > 0;) {
        const uint32_t id = s.calendar.add();
        Batch& batch = s.calendar.pool[id];
        OutputRun& run = a.outputs[k];
        const double quantity = row.outputs[k].quantity;
        batch.source = number;
        batch.output = k;
        batch.begin_day = static_cast<uint32_t>(s.day);
        batch.begun = static_cast<int64_t>(std::floor(quantity * static_cast<double>(a.started) + kWhole)) - run.begun;
        run.begun += batch.begun;
        fate.decide(batch, run, quantity * static_cast<double>(starts));
        r.of_outputs[k].begun += batch.begun;
        r.of_outputs[k].under_way += batch.begun;
        batch.next = first;
        first = id;
    }
    share_cost(s, a, first, cost);
    for (uint32_t id = first; id != kNil; id = s.calendar.pool[id].next)
        r.of_outputs[s.calendar.pool[id].output].under_way_cost += s.calendar.pool[id].cost;
    return first;
}

void start_lot(State& s, uint32_t number, int64_t starts) {
    const ActivityRun& a = s.activities[number];
    const size_t lead = whole_days(draw_lead(s, a, a.lots));
    uint32_t next = kNil;
    for (uint32_t id = begin_lot(s, number, starts); id != kNil; id = next) {
        next = s.calendar.pool[id].next;
        s.calendar.put(id, s.day + lead);
    }
    if (lead == 0) arrive(s, s.day);
}

// The lot of the chain enters its line as one or more lots of the line.
void start_in_line(State& s, uint32_t number, int64_t starts) {
    const ChainLines::Way& way = s.options.lines->way(number);
    const uint32_t most = s.options.lines->lines()[way.line].lot_pieces;
    LineState& line = s.lines[way.line];
    uint32_t id = static_cast<uint32_t>(line.lots.size());
    if (line.free.empty()) {
        line.lots.emplace_back();
    } else {
        id = line.free.back();
        line.free.pop_back();
    }
    LineLot& lot = line.lots[id];
    lot = {begin_lot(s, number, starts), 0, false};
    const double pieces = std::ceil(way.pieces_per_start * static_cast<double>(starts) - kWhole);
    for (auto left = static_cast<int64_t>(pieces); left > 0; left -= most) {
        const auto count = static_cast<uint32_t>(std::min<int64_t>(left, most));
        const uint32_t in_line = line.run.release(way.type, count);
        CHECK(in_line == line.lot_of[way.type].size());
        line.lot_of[way.type].push_back(id);
        ++lot.inside;
    }
}

void start_lots(State& s, uint32_t number, int64_t starts) {
    const ChainActivity& row = s.model.activities[number];
    ActivityRun& a = s.activities[number];
    s.result.activities[number].starts[s.bucket] += starts;
    for (const ResourceShare& use : row.uses) {
        const double quantity = use.quantity * static_cast<double>(starts);
        ResourceRun& resource = s.resources[use.resource];
        resource.left = std::max(0.0, resource.left - quantity);
        resource.used_today += quantity;
    }
    for (const uint32_t c : a.contracts) {
        const ChainContract& contract = s.model.contracts[c];
        if (s.end_of_day > contract.from && s.end_of_day - kDay < contract.until) s.contract_starts[c] += starts;
    }
    if (s.options.lines != nullptr && s.options.lines->way(number).line != kNoIndex) {
        for (int64_t left = starts; left > 0; left -= a.lot) start_in_line(s, number, std::min(left, a.lot));
        return;
    }
    const int64_t lots = (starts + a.lot - 1) / a.lot;
    const int64_t lot = a.lot * ((lots + kMostLots - 1) / kMostLots);
    for (int64_t left = starts; left > 0; left -= lot) start_lot(s, number, std::min(left, lot));
}

void add_wait(State& s, uint32_t activity, WaitReason reason, uint32_t of, int64_t starts) {
    std::vector<uint32_t>& known = s.activities[activity].waits;
    for (const uint32_t i : known) {
        ChainWait& wait = s.result.waits[i];
        if (wait.reason != reason || wait.of != of) continue;
        wait.start_days[s.bucket] += starts;
        return;
    }
    known.push_back(static_cast<uint32_t>(s.result.waits.size()));
    s.result.waits.push_back({activity, reason, of, Counts(s.model.buckets.size(), 0)});
    s.result.waits.back().start_days[s.bucket] = starts;
}

// Starts that are due, and what holds them: a start waits for the first limit that it is beyond.
struct Due {
    State& s;
    uint32_t activity;
    int64_t wanted;   // with those of the lots that have begun to be due
    int64_t waiting;  // due and not held so far
    WaitReason reason = WaitReason::input;
    uint32_t of = kNoIndex;

    void hold(WaitReason why, uint32_t what, int64_t most) {
        if (most < waiting) {
            add_wait(s, activity, why, what, waiting - most);
            waiting = most;
        }
        if (most < wanted) {
            wanted = most;
            reason = why;
            of = what;
        }
    }
};

void hold_by_outage(Due& due, double planned_today) {
    const ChainActivity& row = due.s.model.activities[due.activity];
    double& allowance = due.s.activities[due.activity].allowance;
    const double share = due.s.site_outage[row.site];
    if (!row.uses.empty() || share >= 1) {
        allowance = 0;
        return;
    }
    allowance += share * planned_today;
    due.hold(WaitReason::outage, kNoIndex, static_cast<int64_t>(allowance + kWhole));
}

void hold_by_all(Due& due, double planned_today) {
    State& s = due.s;
    const ChainActivity& row = s.model.activities[due.activity];
    const ActivityRun& a = s.activities[due.activity];
    if (s.end_of_day <= a.qualified) due.hold(WaitReason::not_qualified, kNoIndex, 0);
    if (s.end_of_day <= a.from || s.end_of_day - kDay >= a.until) due.hold(WaitReason::closed, kNoIndex, 0);
    hold_by_outage(due, planned_today);
    for (const ChainAmount& out : row.outputs) {
        if (s.nodes[out.node].full) due.hold(WaitReason::store, out.node, 0);
    }
    for (const ResourceShare& use : row.uses) {
        if (use.quantity <= 0) continue;
        const double starts = s.resources[use.resource].left / use.quantity;
        due.hold(WaitReason::resource, use.resource, static_cast<int64_t>(std::min(starts + kWhole, 1e15)));
    }
    for (size_t i = 0; i < row.inputs.size(); ++i) {
        const ChainAmount& in = row.inputs[i];
        if (in.quantity > 0) due.hold(WaitReason::input, in.node, starts_from(s, a, in, a.used[i]));
    }
}

int64_t whole_from(double total) { return static_cast<int64_t>(std::ceil(total - kWhole)); }

}  // namespace

MicroUsd take(State& s, uint32_t node, int64_t pieces) {
    NodeRun& n = s.nodes[node];
    CHECK(pieces >= 0 && pieces <= n.stock);
    if (pieces == 0) return 0;
    const MicroUsd cost = share_of(n.cost, static_cast<uint64_t>(pieces), static_cast<uint64_t>(n.stock));
    n.stock -= pieces;
    n.cost -= cost;
    s.result.nodes[node].taken += pieces;
    return cost;
}

namespace {

void receive(State& s, uint32_t node, int64_t pieces, MicroUsd cost) {
    s.nodes[node].stock += pieces;
    s.nodes[node].cost += cost;
    s.result.nodes[node].received += pieces;
}

void end_output(State& s, const Batch& batch) {
    ActivityResult& activity = s.result.activities[batch.source];
    OutputResult& out = activity.of_outputs[batch.output];
    const int64_t lost = batch.begun - batch.good;
    MicroUsd cost = batch.cost;
    if (lost > 0) cost = share_of(cost, static_cast<uint64_t>(batch.good), static_cast<uint64_t>(batch.begun));
    out.under_way -= batch.begun;
    out.under_way_cost -= batch.cost;
    out.good += batch.good;
    out.lost_excursion += batch.lost_excursion;
    out.lost_yield += lost - batch.lost_excursion;
    // without a good piece the cost is lost; a batch that an outage took whole has none left
    if (batch.good == 0) cost = 0;
    out.lost_cost += batch.cost - cost;
    receive(s, out.node, batch.good, cost);
    if (batch.output != 0) return;
    activity.outputs[s.bucket] += batch.good;
    if (batch.pipeline) return;
    ++activity.lots_ended;
    activity.lead_days += static_cast<int64_t>(s.day) - batch.begin_day;
}

}  // namespace

void end_batch(State& s, uint32_t id) {
    const Batch batch = s.calendar.pool[id];
    s.calendar.give_back(id);
    s.fingerprint.add(static_cast<uint64_t>(batch.good), s.day << 32 | batch.source);
    if ((batch.source & kArcBit) == 0) {
        end_output(s, batch);
        return;
    }
    const uint32_t arc = batch.source & ~kArcBit;
    s.result.arcs[arc].in_transit -= batch.good;
    s.result.arcs[arc].in_transit_cost -= batch.cost;
    receive(s, s.model.arcs[arc].to, batch.good, batch.cost);
}

void arrive(State& s, size_t day) {
    uint32_t next = kNil;
    for (uint32_t id = s.calendar.head[day]; id != kNil; id = next) {
        next = s.calendar.pool[id].next;
        end_batch(s, id);
    }
    s.calendar.head[day] = kNil;
}

void advance_lines(State& s) {
    for (LineState& line : s.lines) {
        for (const ShippedLot& left : line.run.advance(s.end_of_day)) {
            const uint32_t id = line.lot_of[left.type][left.number];
            LineLot& lot = line.lots[id];
            lot.scrapped = lot.scrapped || left.scrapped;
            if (--lot.inside > 0) continue;
            uint32_t next = kNil;
            for (uint32_t batch = lot.first; batch != kNil; batch = next) {
                Batch& b = s.calendar.pool[batch];
                next = b.next;
                if (lot.scrapped) {
                    b.good = 0;
                    b.lost_excursion = b.begun;
                }
                end_batch(s, batch);
            }
            lot.first = kNil;
            line.free.push_back(id);
        }
    }
}

void release(State& s, uint32_t number) {
    const std::vector<double>& plan = s.schedule.starts[number];
    ActivityRun& a = s.activities[number];
    const double total = running_total(s.model, plan, s.bucket, s.end_of_day);
    const int64_t now_due = whole_from(total) - a.started;
    if (now_due <= 0) {
        a.allowance = 0;
        return;
    }
    const int64_t of_bucket = whole_from(plan[s.bucket]) - a.started;
    const int64_t lots = (now_due + a.lot - 1) / a.lot;
    const int64_t wanted = std::min(lots * a.lot, std::max(now_due, of_bucket));
    const double before = running_total(s.model, plan, s.bucket, s.end_of_day - kDay);
    Due due{s, number, wanted, now_due};
    hold_by_all(due, total - before);
    int64_t starts = due.wanted;
    if (starts < wanted && !s.week_ends) starts -= starts % a.lot;
    if (starts < due.waiting) add_wait(s, number, due.reason, due.of, due.waiting - starts);
    if (starts == 0) return;
    a.allowance = std::max(0.0, a.allowance - static_cast<double>(starts));
    start_lots(s, number, starts);
}

void ship(State& s, uint32_t number) {
    const ChainArc& row = s.model.arcs[number];
    ArcRun& arc = s.arcs[number];
    ArcResult& r = s.result.arcs[number];
    const double total = running_total(s.model, s.schedule.shipped[number], s.bucket, s.end_of_day);
    const int64_t due = whole_from(total) - arc.shipped;
    if (due <= 0) return;
    const int64_t pieces = s.nodes[row.to].full ? 0 : std::min(due, s.nodes[row.from].stock);
    r.waited[s.bucket] += due - pieces;
    if (pieces == 0) return;
    Time travel = arc.travel.mean();
    if (s.options.random.leads) {
        const RandomWords words = s.random.draw(Purpose::chain_lead, arc.key, arc.shipments);
        travel = draw_general(arc.travel, wide(words.word[0], words.word[1]));
    }
    const uint32_t id = s.calendar.add();
    Batch& batch = s.calendar.pool[id];
    batch.source = kArcBit | number;
    batch.begun = batch.good = pieces;
    batch.cost = take(s, row.from, pieces) + (arc.transport + arc.tariff) * pieces;
    s.money(ChainMoney::transport) += arc.transport * pieces;
    s.money(ChainMoney::tariffs) += arc.tariff * pieces;
    arc.shipped += pieces;
    ++arc.shipments;
    r.shipped[s.bucket] += pieces;
    r.in_transit += pieces;
    r.in_transit_cost += batch.cost;
    s.calendar.put(id, s.day + whole_days(travel));
    if (whole_days(travel) == 0) arrive(s, s.day);
}

}  // namespace chipchain::chain
