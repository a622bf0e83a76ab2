// Everything of a run of a chain that changes; inside chain/ only. chain_start.cc builds it, chain_day.cc carries out a
// day, chain_finish.cc closes the books.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/chain/chain_lines.h"
#include "chipchain/chain/chain_run.h"
#include "chipchain/model/distribution.h"
#include "chipchain/sim/line_run.h"
#include "chipchain/stats/fingerprint.h"

namespace chipchain::chain {

inline constexpr uint32_t kNil = UINT32_MAX;
inline constexpr uint32_t kArcBit = 1U << 31;  // of Batch::source
inline constexpr double kWhole = 1e-6;         // assumption: what rounding leaves of a whole start or piece

// Pieces of one lot on their way to a node.
struct Batch {
    uint32_t next = kNil;  // in its day, or in its lot
    uint32_t source = 0;   // activity; kArcBit | arc
    uint32_t output = 0;   // of the activity
    uint32_t begin_day = 0;
    int64_t begun = 0;
    int64_t good = 0;
    int64_t lost_excursion = 0;
    MicroUsd cost = 0;
    bool pipeline = false;
};

// Batches by day of arrival; those after the last day stay in the list behind it.
struct Calendar {
    std::vector<uint32_t> head;  // [day]
    std::vector<uint32_t> tail;  // [day]
    std::vector<Batch> pool;
    uint32_t free = kNil;

    uint32_t add() {
        if (free == kNil) {
            pool.emplace_back();
            return static_cast<uint32_t>(pool.size() - 1);
        }
        const uint32_t id = free;
        free = pool[id].next;
        pool[id] = Batch{};
        return id;
    }
    void put(uint32_t id, size_t day) {
        day = day < head.size() ? day : head.size() - 1;
        (head[day] == kNil ? head[day] : pool[tail[day]].next) = id;
        tail[day] = id;
        pool[id].next = kNil;
    }
    void give_back(uint32_t id) {
        pool[id].next = free;
        free = id;
    }
};

struct OutputRun {
    double good_left = 0;   // expected good pieces not yet handed on: below 1
    double scrap_left = 0;  // likewise scrapped by an outage
    double excursion_left = 0;
    int64_t begun = 0;
    double weight = 1;  // of a piece, when the cost of a lot is shared among its outputs
};

struct ActivityRun {
    uint32_t key = 0;
    Distribution lead;
    Time lead_mean = 0;
    double lead_factor = 1;
    double yield_factor = 1;
    MicroUsd cost = 0;  // of a start
    int64_t lot = 1;    // starts
    int64_t started = 0;
    int64_t lots = 0;
    std::vector<int64_t> used;  // [input]
    std::vector<OutputRun> outputs;
    MicroUsd pending = 0;  // cost of lots that began no piece
    double allowance = 0;  // starts that an outage leaves, not yet used
    Time from = 0;         // qualification included
    Time until = kNever;   // exclusive
    Time qualified = 0;
    double yield = 1;  // of today
    uint32_t yield_day = kNil;
    uint32_t twin = kNoIndex;  // resource
    std::vector<uint32_t> contracts;
    std::vector<uint32_t> waits;  // into ChainResult::waits
};

struct NodeRun {
    int64_t stock = 0;
    MicroUsd cost = 0;
    bool full = false;  // at the end of the day before
};

struct ArcRun {
    uint32_t key = 0;
    Distribution travel;
    MicroUsd transport = 0;
    MicroUsd tariff = 0;
    int64_t shipped = 0;
    uint64_t shipments = 0;
};

struct ResourceRun {
    double left = 0;  // of the capacity of the week so far, not used
    double today = 0;
    double factor = 1;
    double outage = 1;     // share that outages leave today
    double one_start = 0;  // most that a start of some activity needs
    double load = 0;       // smoothed utilisation, for twins
    double used_today = 0;
};

struct ProgrammeRun {
    uint32_t key = 0;
    std::vector<double> forecast;  // [day] due
    double forecast_sum = 0;       // up to today
    double due_sum = 0;
    double factor = 1;
    double week_factor = 1;
    int64_t due = 0;
    int64_t due_before = 0;  // up to the end of the last bucket
    int64_t delivered = 0;
    int64_t lost = 0;
    std::vector<int64_t> delivered_from;  // [serving node]

    [[nodiscard]] int64_t open() const { return due - delivered - lost; }
};

// A line that the engine simulates, and the lots of the chain in it: one may be several of the line's.
struct LineLot {
    uint32_t first = kNil;  // of its batches; kNil: not in use
    uint32_t inside = 0;    // lots of the line that have not left
    bool scrapped = false;
};
struct LineState {
    LineRun run;
    std::vector<LineLot> lots;
    std::vector<uint32_t> free;                 // of lots
    std::vector<std::vector<uint32_t>> lot_of;  // [lot type][number]
};

// A shipment or an activity, in the order in which a day carries them out.
struct Move {
    uint32_t activity = kNoIndex;
    uint32_t arc = kNoIndex;
};

struct State {
    const ChainModel& model;
    const ChainSchedule& schedule;
    const ChainRunOptions& options;
    RandomSource random;
    size_t days = 0;
    size_t day = 0;
    size_t bucket = 0;
    Time end_of_day = 0;
    bool week_ends = false;  // the last day of a week or of a bucket
    Calendar calendar;
    std::vector<Move> moves;
    std::vector<LineState> lines;  // [ChainLines::lines]
    std::vector<ActivityRun> activities;
    std::vector<NodeRun> nodes;
    std::vector<ArcRun> arcs;
    std::vector<ResourceRun> resources;
    std::vector<ProgrammeRun> programmes;
    std::vector<double> build_factors;     // [module]
    std::vector<double> site_outage;       // [site] share that outages leave today
    std::vector<int64_t> contract_starts;  // [contract]
    Fingerprint fingerprint;
    ChainResult result;

    [[nodiscard]] MicroUsd& money(ChainMoney kind) { return result.money[static_cast<size_t>(kind)][bucket]; }
};

// chain_start.cc
State start(const ChainModel& model, const ChainSchedule& schedule, const ChainRunOptions& options);

// chain_capacity.cc: outages that begin today, what they scrap and leave; capacity of the day.
void begin_outages(State& s);
void add_capacity(State& s);
void end_capacity(State& s);

// chain_moves.cc: pieces that arrive today, starts, shipments.
void arrive(State& s, size_t day);
void advance_lines(State& s);
void end_batch(State& s, uint32_t batch);
void release(State& s, uint32_t activity);
void ship(State& s, uint32_t arc);
// Takes pieces out of a stock; returns their cost. REQUIRES that they are there.
MicroUsd take(State& s, uint32_t node, int64_t pieces);

// chain_deliver.cc
void add_demand(State& s);
void deliver(State& s);
void end_demand(State& s);  // at the end of a bucket

// chain_finish.cc
void close_books(State& s);

// Nearest micro-dollar, at most what fits.
MicroUsd to_micro(double usd);

}  // namespace chipchain::chain
