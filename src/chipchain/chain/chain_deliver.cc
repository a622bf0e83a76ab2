// Demand of a day and what programmes get. Order: floors, then what the plan gives, then what nobody has planned for;
// within each by priority.
#include <algorithm>
#include <cmath>

#include "chipchain/chain/chain_draws.h"
#include "chipchain/chain/chain_state.h"

namespace chipchain::chain {

namespace {

constexpr size_t kDaysPerWeek = 7;

// Delivers up to `most` pieces from serving node k; returns how many.
int64_t serve_from(State& s, uint32_t number, size_t k, int64_t most) {
    const ChainProgramme& row = s.model.programmes[number];
    ProgrammeRun& p = s.programmes[number];
    if (s.end_of_day <= row.nodes_from[k]) return 0;
    const int64_t pieces = std::min({most, p.open(), s.nodes[row.nodes[k]].stock});
    if (pieces <= 0) return 0;
    ProgrammeResult& r = s.result.programmes[number];
    r.delivered_cost += take(s, row.nodes[k], pieces);
    r.delivered[s.bucket] += pieces;
    p.delivered += pieces;
    p.delivered_from[k] += pieces;
    s.fingerprint.add(static_cast<uint64_t>(pieces), s.day << 32 | number);
    return pieces;
}

// Delivers until `total` have been delivered since the start.
void serve(State& s, uint32_t number, int64_t total) {
    int64_t left = total - s.programmes[number].delivered;
    for (size_t k = 0; k < s.model.programmes[number].nodes.size() && left > 0; ++k) {
        left -= serve_from(s, number, k, left);
    }
}

int64_t planned_from(const State& s, uint32_t number, size_t k) {
    const std::vector<double>& plan = s.schedule.delivered_from[number][k];
    return static_cast<int64_t>(std::ceil(running_total(s.model, plan, s.bucket, s.end_of_day) - kWhole));
}

// What the plan gives, and what demand is above its forecast.
int64_t promised(const State& s, uint32_t number) {
    const ProgrammeRun& p = s.programmes[number];
    int64_t total = 0;
    for (size_t k = 0; k < p.delivered_from.size(); ++k) total += planned_from(s, number, k);
    return total + std::max<int64_t>(p.due - std::llround(p.forecast_sum), 0);
}

// Stock that the plan does not want at this date.
int64_t surplus(const State& s, uint32_t node) {
    const std::vector<double>& plan = s.schedule.stock[node];
    const Bucket& bucket = s.model.buckets[s.bucket];
    const double before = s.bucket > 0 ? plan[s.bucket - 1] : s.model.nodes[node].initial;
    const double share = std::min(
        1.0,
        static_cast<double>(s.end_of_day - bucket.begin) / static_cast<double>(bucket.end - bucket.begin));
    const double wanted = before + (plan[s.bucket] - before) * share;
    return s.nodes[node].stock - static_cast<int64_t>(std::ceil(wanted - kWhole));
}

int64_t floor_of(const State& s, uint32_t number) {
    const double share = s.model.programmes[number].floor;
    return static_cast<int64_t>(std::floor(share * static_cast<double>(s.programmes[number].due) + kWhole));
}

void deliver_due(State& s) {
    for (uint32_t i = 0; i < s.programmes.size(); ++i) serve(s, i, floor_of(s, i));
    for (uint32_t i = 0; i < s.programmes.size(); ++i) serve(s, i, s.programmes[i].due);
}

void deliver_planned(State& s) {
    for (uint32_t i = 0; i < s.programmes.size(); ++i) serve(s, i, std::min(floor_of(s, i), promised(s, i)));
    for (uint32_t i = 0; i < s.programmes.size(); ++i) {
        for (size_t k = 0; k < s.model.programmes[i].nodes.size(); ++k) {
            serve_from(s, i, k, planned_from(s, i, k) - s.programmes[i].delivered_from[k]);
        }
        serve(s, i, promised(s, i));
    }
    for (uint32_t i = 0; i < s.programmes.size(); ++i) {
        for (size_t k = 0; k < s.model.programmes[i].nodes.size(); ++k) {
            if (s.programmes[i].open() > 0) serve_from(s, i, k, surplus(s, s.model.programmes[i].nodes[k]));
        }
    }
}

}  // namespace

void add_demand(State& s) {
    for (size_t i = 0; i < s.programmes.size(); ++i) {
        ProgrammeRun& p = s.programmes[i];
        if (s.options.random.demand && s.day % kDaysPerWeek == 0) {
            const RandomWords words = s.random.draw(Purpose::chain_demand, p.key, s.day / kDaysPerWeek);
            p.week_factor =
                lognormal_factor(s.model.programmes[i].spread, unit_open(wide(words.word[0], words.word[1])));
        }
        p.forecast_sum += p.forecast[s.day];
        p.due_sum += p.forecast[s.day] * p.factor * p.week_factor;
        const int64_t due = std::llround(p.due_sum);
        s.result.programmes[i].due[s.bucket] += due - p.due;
        p.due = due;
    }
}

void deliver(State& s) {
    s.schedule.delivered_from.empty() ? deliver_due(s) : deliver_planned(s);
    for (size_t i = 0; i < s.programmes.size(); ++i) {
        const ProgrammeRun& p = s.programmes[i];
        s.result.programmes[i].late_piece_days[s.bucket] += std::max<int64_t>(p.due_before - p.delivered - p.lost, 0);
    }
}

void end_demand(State& s) {
    for (size_t i = 0; i < s.programmes.size(); ++i) {
        ProgrammeRun& p = s.programmes[i];
        ProgrammeResult& r = s.result.programmes[i];
        if (!s.model.programmes[i].backlog) {
            r.lost[s.bucket] = p.open();
            p.lost += p.open();
        }
        r.open[s.bucket] = p.open();
        p.due_before = p.due;
    }
}

}  // namespace chipchain::chain
