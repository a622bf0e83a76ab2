#include "chipchain/chain/chain_run.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "chipchain/chain/chain_state.h"

namespace chipchain {

namespace {

using chain::State;

int64_t reached(const State& s, const ChainMilestone& milestone) {
    if (milestone.kind == MilestoneKind::delivered) return s.programmes[milestone.of].delivered;
    return s.result.activities[milestone.of].of_outputs.front().good;
}

void mark_milestones(State& s) {
    for (size_t i = 0; i < s.model.milestones.size(); ++i) {
        if (s.result.milestones[i] != kNever) continue;
        const auto count = static_cast<double>(reached(s, s.model.milestones[i]));
        if (count >= s.model.milestones[i].quantity - chain::kWhole) s.result.milestones[i] = s.end_of_day;
    }
}

void count_stocks(State& s) {
    for (size_t n = 0; n < s.nodes.size(); ++n) {
        chain::NodeRun& node = s.nodes[n];
        NodeResult& r = s.result.nodes[n];
        r.piece_days[s.bucket] += node.stock;
        r.lowest[s.bucket] = std::min(r.lowest[s.bucket], node.stock);
        r.stock[s.bucket] = node.stock;
        const double limit = s.model.nodes[n].limit;
        node.full = limit > 0 && static_cast<double>(node.stock) > std::ceil(limit - chain::kWhole);
    }
}

void simulate_day(State& s) {
    chain::begin_outages(s);
    chain::arrive(s, s.day);
    chain::advance_lines(s);
    chain::add_capacity(s);
    for (const chain::Move& move : s.moves) {
        move.arc == kNoIndex ? chain::release(s, move.activity) : chain::ship(s, move.arc);
    }
    chain::add_demand(s);
    chain::deliver(s);
    chain::end_capacity(s);
    count_stocks(s);
    mark_milestones(s);
}

}  // namespace

ChainResult run_chain(const ChainModel& model, const ChainSchedule& schedule, const ChainRunOptions& options) {
    State s = chain::start(model, schedule, options);
    for (s.day = 0; s.day < s.days; ++s.day) {
        s.end_of_day = static_cast<Time>(s.day + 1) * kDay;
        const bool bucket_ends = s.end_of_day >= model.buckets[s.bucket].end;
        s.week_ends = bucket_ends || (s.end_of_day - model.buckets[s.bucket].begin) % kWeek == 0;
        simulate_day(s);
        if (!bucket_ends) continue;
        chain::end_demand(s);
        if (s.bucket + 1 < model.buckets.size()) ++s.bucket;
    }
    chain::close_books(s);
    return std::move(s.result);
}

}  // namespace chipchain
