// Simulates a chain: the schedule of a plan is carried out day by day, lot by lot, with stocks, capacity, outages,
// yields and lead times as they turn out. Rules: docs/chain.md.
//
// Pieces and starts are whole numbers, money is in micro-dollars. Identities that hold exactly and that check_balance()
// verifies on every run:
//  1. item: at the start + pipeline + begun = used + lost by reason + delivered + in transit + under way + in stock;
//  2. node: at the start + received = taken + in stock;
//  3. programme: due = delivered + lost + open;
//  4. money: at the start + activities + transport and tariffs = in what is delivered, lost, in transit, under way and
//     in stock.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chain/flow_model.h"
#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_schedule.h"
#include "chipchain/sim/result.h"

namespace chipchain {

class ChainLines;  // chain/chain_lines.h

// What is drawn; what is not has its expected value.
struct ChainRandomness {
    bool leads = true;
    bool yields = true;   // spread between lots, pieces, excursions
    bool demand = true;   // week by week
    bool outages = true;  // disruptions by chance
    bool factors = true;  // uncertainties
};
inline constexpr ChainRandomness kNothingRandom{false, false, false, false, false};

// Cycle time of a line under load, measured by the engine: its mean is `factor` times the lead time of the activity.
struct LineTwinPoint {
    double utilisation = 0;  // of the capacity of the resource
    double factor = 1;
    double cv = 0;  // standard deviation / mean between lots
};

struct ChainRunOptions {
    uint64_t seed = 1;
    uint32_t replication = 0;
    ChainRandomness random;
    std::vector<double> factors;                    // [uncertainty]; empty: drawn, or 1 when factors are not random
    std::vector<std::vector<LineTwinPoint>> twins;  // [resource] by utilisation; empty: lead times do not see load
    const ChainLines* lines = nullptr;              // resources simulated by the line engine; nullptr: by lead times
};

using Counts = std::vector<int64_t>;  // [bucket]

struct ProgrammeResult {
    Counts due;
    Counts delivered;
    Counts lost;
    Counts open;                  // at the end of the bucket
    Counts late_piece_days;       // a piece is late from the end of its bucket on
    MicroUsd delivered_cost = 0;  // put into what was delivered
    MicroUsd late = 0;
    MicroUsd unmet = 0;
};

struct NodeResult {
    Counts stock;   // at the end of the bucket
    Counts lowest;  // at the end of a day
    Counts piece_days;
    int64_t initial = 0;
    int64_t received = 0;
    int64_t taken = 0;
    MicroUsd cost = 0;  // put into the stock at the end
};

// What came of the pieces of one output of an activity.
struct OutputResult {
    uint32_t node = 0;
    int64_t pipeline = 0;
    int64_t begun = 0;  // pieces before yield
    int64_t good = 0;
    int64_t lost_yield = 0;
    int64_t lost_excursion = 0;
    int64_t lost_outage = 0;
    int64_t under_way = 0;
    MicroUsd lost_cost = 0;
    MicroUsd under_way_cost = 0;
};

struct ActivityResult {
    Counts starts;
    Counts outputs;  // good pieces of the main output
    std::vector<OutputResult> of_outputs;
    int64_t lots = 0;
    int64_t lots_ended = 0;
    int64_t lots_lost = 0;  // by excursions
    int64_t lead_days = 0;  // of the lots that ended
};

struct ArcResult {
    Counts shipped;
    Counts waited;  // piece-days that a shipment was late for want of stock or of room
    int64_t in_transit = 0;
    MicroUsd in_transit_cost = 0;
};

struct ResourceResult {
    std::vector<double> used;       // [bucket] units
    std::vector<double> available;  // [bucket]
};

// Why starts that were due did not happen. A start waits for the first of these that holds it.
enum class WaitReason : uint8_t {
    not_qualified,
    closed,    // before the first or after the last date of the activity
    outage,    // of an activity without resource
    store,     // a store that it fills is full: of = node
    resource,  // of = resource
    input,     // of = node
};

struct ChainWait {
    uint32_t activity = 0;
    WaitReason reason = WaitReason::input;
    uint32_t of = kNoIndex;
    Counts start_days;
};

struct ChainOutage {
    uint32_t disruption = 0;
    Time begin = 0;
};

enum class ChainMoney : uint8_t {
    activities,
    transport,
    tariffs,
    holding,
    late,
    unmet,
    contracts,
    capex,
    qualifications,
    value,  // of what is delivered; not a cost
};
inline constexpr size_t kChainMoney = 10;

struct ChainResult {
    uint64_t seed = 0;
    uint32_t replication = 0;
    uint64_t fingerprint = 0;
    int64_t lots = 0;
    std::vector<ProgrammeResult> programmes;
    std::vector<NodeResult> nodes;
    std::vector<ActivityResult> activities;
    std::vector<ArcResult> arcs;
    std::vector<ResourceResult> resources;
    std::vector<ChainWait> waits;                          // those that occurred
    std::vector<Time> milestones;                          // [milestone] end of the day on which it was reached; kNever
    std::vector<double> factors;                           // [uncertainty] in force
    std::vector<ChainOutage> outages;                      // dated ones and those by chance, in order of time
    std::array<std::vector<MicroUsd>, kChainMoney> money;  // [kind][bucket], as spent: not discounted
    std::vector<RunResult> lines;  // [ChainLines::lines] tools and lots of the lines that the engine simulated
    MicroUsd initial_cost = 0;     // value of the stock and the pipeline at the start

    [[nodiscard]] MicroUsd cost() const;  // all kinds but the value
};

// REQUIRES a schedule made for this model.
[[nodiscard]] ChainResult
run_chain(const ChainModel& model, const ChainSchedule& schedule, const ChainRunOptions& options);

// One line per identity that does not hold; empty when all do.
[[nodiscard]] std::vector<std::string> check_balance(const ChainModel& model, const ChainResult& result);

}  // namespace chipchain
