// What a plan asks of the floor: when what starts, moves and is delivered, as running totals. The simulation of a chain
// carries it out; a plan becomes one by schedule_of().
//
// A running total has one value per border of the buckets: [what][bucket], the total at the END of the bucket; between
// the borders it is a straight line from 0 at the start.
#pragma once

#include <utility>
#include <vector>

#include "chipchain/base/time.h"
#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"

namespace chipchain {

struct ChainSchedule {
    Series2 starts;                       // [activity] running total
    Series2 shipped;                      // [arc] running total
    std::vector<Series2> delivered_from;  // [programme][serving node] running total; empty: whatever is due
    Series2 stock;                        // [node] at the end of the bucket; empty when delivered_from is
    std::vector<std::vector<std::pair<Time, int64_t>>>
        modules;                       // [module] decided: date, count; with those of the file
    std::vector<Time> qualified_from;  // [qualification]
    std::vector<double> reserved;      // [contract] optional starts; empty: none
};

// The schedule of a plan of that model. Modules decided in a bucket are decided at its begin; whole modules: a share
// of one is left out. Arrays that the plan leaves empty count as zeros.
[[nodiscard]] ChainSchedule schedule_of(const ChainModel& model, const ChainPlan& plan);

// A running total at `t`, linear between the borders of the buckets; the total of all at their end.
[[nodiscard]] double running_total(const ChainModel& model, const std::vector<double>& total, size_t bucket, Time t);

}  // namespace chipchain
