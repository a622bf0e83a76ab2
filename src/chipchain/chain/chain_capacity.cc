// Capacity of a day: the file's, modules, recovery after outages; what an outage scraps.
#include <algorithm>
#include <cmath>

#include "chipchain/chain/chain_state.h"
#include "chipchain/chain/store.h"

namespace chipchain::chain {

namespace {

constexpr double kDaysPerWeek = 7;
constexpr double kLoadDays = 28;  // assumption: a line feels the load of the last four weeks

bool hits(const ChainModel& m, const ChainDisruption& outage, uint32_t activity) {
    const ChainActivity& row = m.activities[activity];
    if (outage.resource == kNoIndex) return row.site == outage.site;
    return std::any_of(row.uses.begin(), row.uses.end(), [&outage](const ResourceShare& use) {
        return use.resource == outage.resource;
    });
}

void scrap_share(State& s, Batch& batch, double share) {
    OutputRun& run = s.activities[batch.source].outputs[batch.output];
    run.scrap_left += static_cast<double>(batch.good) * share;
    const int64_t lost = std::min(batch.good, static_cast<int64_t>(std::floor(run.scrap_left + kWhole)));
    if (lost == 0) return;
    run.scrap_left -= static_cast<double>(lost);
    OutputResult& out = s.result.activities[batch.source].of_outputs[batch.output];
    const MicroUsd cost = share_of(batch.cost, static_cast<uint64_t>(lost), static_cast<uint64_t>(batch.begun));
    batch.good -= lost;
    batch.begun -= lost;
    batch.cost -= cost;
    out.under_way -= lost;
    out.under_way_cost -= cost;
    out.lost_outage += lost;
    out.lost_cost += cost;
    s.fingerprint.add(static_cast<uint64_t>(lost), s.day << 32 | batch.source);
}

// The lots of an activity lose that share of their good pieces; what is left of whole pieces goes on to the next lot.
void scrap(State& s, const ChainDisruption& outage) {
    if (outage.scrap <= 0) return;
    const auto scrap_list = [&s, &outage](uint32_t first) {
        for (uint32_t id = first; id != kNil; id = s.calendar.pool[id].next) {
            Batch& batch = s.calendar.pool[id];
            if ((batch.source & kArcBit) == 0 && hits(s.model, outage, batch.source))
                scrap_share(s, batch, outage.scrap);
        }
    };
    for (size_t day = s.day; day < s.calendar.head.size(); ++day) scrap_list(s.calendar.head[day]);
    for (const LineState& line : s.lines) {
        for (const LineLot& lot : line.lots) scrap_list(lot.first);
    }
}

double module_capacity(const State& s, uint32_t module, Time t) {
    const ChainModule& row = s.model.modules[module];
    const auto build = static_cast<Time>(static_cast<double>(row.build) * s.build_factors[module]);
    double sum = 0;
    for (const auto& [date, count] : s.schedule.modules[module]) {
        const Time since = t - date - build;
        if (since < 0) continue;
        const double share = row.ramp == kNoIndex ? 1 : s.model.curves[row.ramp].share.at(since);
        sum += static_cast<double>(count) * share * row.capacity_per_week;
    }
    return sum;
}

double part_of_start(const ResourceRun& r) {
    if (r.one_start <= 0) return 0;
    return std::max(0.0, r.left - std::floor(r.left / r.one_start + kWhole) * r.one_start);
}

}  // namespace

void begin_outages(State& s) {
    const ChainModel& m = s.model;
    const Time middle = s.end_of_day - kDay / 2;
    std::fill(s.site_outage.begin(), s.site_outage.end(), 1.0);
    for (ResourceRun& resource : s.resources) resource.outage = 1;
    for (const ChainOutage& outage : s.result.outages) {
        if (outage.begin >= s.end_of_day) break;
        const ChainDisruption& row = m.disruptions[outage.disruption];
        if (outage.begin >= s.end_of_day - kDay) scrap(s, row);
        const double share = m.curves[row.recovery].share.at(std::max<Time>(middle - outage.begin, 0));
        if (row.resource == kNoIndex) s.site_outage[row.site] *= share;
        for (uint32_t i = 0; i < m.resources.size(); ++i) {
            if (row.resource == kNoIndex ? m.resources[i].site == row.site : i == row.resource)
                s.resources[i].outage *= share;
        }
    }
}

void add_capacity(State& s) {
    const ChainModel& m = s.model;
    const Time middle = s.end_of_day - kDay / 2;
    for (uint32_t i = 0; i < m.resources.size(); ++i) {
        s.resources[i].today = m.resources[i].capacity_per_week.at(middle);
    }
    for (uint32_t i = 0; i < m.modules.size(); ++i) {
        s.resources[m.modules[i].resource].today += module_capacity(s, i, middle);
    }
    for (uint32_t i = 0; i < m.resources.size(); ++i) {
        ResourceRun& r = s.resources[i];
        r.today *= r.outage * r.factor / kDaysPerWeek;
        r.left += r.today;
        r.used_today = 0;
        s.result.resources[i].available[s.bucket] += r.today;
    }
}

void end_capacity(State& s) {
    for (size_t i = 0; i < s.resources.size(); ++i) {
        ResourceRun& r = s.resources[i];
        s.result.resources[i].used[s.bucket] += r.used_today;
        const double utilisation = r.today > 0 ? r.used_today / r.today : 0;
        r.load += (utilisation - r.load) / kLoadDays;
        // what a week leaves is lost, but for the part of a start that could not be used
        if (s.week_ends) r.left = part_of_start(r);
    }
}

}  // namespace chipchain::chain
