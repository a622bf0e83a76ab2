// The analytic load of a line: how much of its tools' time the release plan asks for, tool group by tool group, without
// any simulation. One implementation for the warnings of compile(), for sizing (study/) and for reports.
//
// Expected visits follow sampling, scrap and rework (docs/semantics.md 2.4, 2.5), a visit's time on a tool rules 3.2
// and 3.3, stops their calendar share (rules 5.1, 5.4). `utilisation` is the column utilisation_percent of the result
// tables: (setup + load + process + unload) / (all time - down - maintenance). For plain groups it is exact in the long
// run; for groups with setups, batches or cascades it is an estimate between two stated bounds. Rates are per hour,
// times hours, shares 0..1; "tools" as a quantity of work are tools busy on average.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "chipchain/model/model.h"
#include "chipchain/stats/queueing.h"

namespace chipchain {

// One kind of stop of the tools of a group.
struct Outage {
    double share = 0;  // of calendar time, each tool
    double duration_h = 0;
    double duration_scv = 0;
    bool maintenance = false;  // otherwise a down
    double stopped_tools = 0;  // by pieces: tools * share, the same for any number of tools; else 0
};

// Lots that may share a batch: one queue class (and product, where the batch key asks for it).
struct BatchClass {
    double lots_per_h = 0;
    double least_lots = 1;  // a batch starts with so many when a tool is idle
    double most_lots = 1;
    double time_h = 0;  // load + process + unload of a batch
    double time_scv = 0;
};

// Lots that need one setup.
struct SetupClass {
    double lots_per_h = 0;
    double setup_h = 0;  // of a change to it
};

// What the release plan asks of a group, however many tools it has.
struct GroupDemand {
    double visits_per_h = 0;
    double rework_visits_per_h = 0;  // of those, what rework adds
    double pieces_per_h = 0;
    double process_tools = 0;   // without batches; cascade: entry intervals
    double handling_tools = 0;  // load and unload, without batches
    double rework_tools = 0;    // of both, what rework adds
    double time_squares = 0;    // rate * E[tool time^2], without batches
    double tail_tools = 0;      // cascade: stay less entry interval
    double stay_tools = 0;      // lots inside, setups and stops left out
    std::vector<BatchClass> batches;
    std::vector<SetupClass> setups;
    bool cascade = false;
    bool rule_sees_setups = false;
    bool wake_sees_setups = false;
};

// What a simulation has shown, instead of the estimates.
struct GroupObservation {
    std::optional<double> setup_share;
    std::optional<double> batch_lots;
};

struct GroupLoad {
    GroupDemand demand;
    std::vector<Outage> outages;
    uint32_t tools = 1;
    bool plain = true;  // neither batches nor cascades nor setups
    double down_share = 0;
    double maintenance_share = 0;
    double staffed_share = 1;  // of the time that shifts cover
    double availability = 1;
    double setup_share = 0;  // of visits that pay a setup
    double setup_tools = 0;
    double batch_lots = 1;   // lots of a batch; 1 without batches
    double busy_tools = 0;   // entries, batches, setups: what takes capacity away
    double tool_time_h = 0;  // of a visit, or of a batch: busy time per start
    double tool_time_scv = 0;
    double stay_h = 0;             // of a visit, start to done, setup included, without stops
    double entry_utilisation = 0;  // busy_tools / available tools: at 1 the group cannot do more
    double utilisation = 0;        // as the engine reports it: the same, and tails of cascades
    double utilisation_least = 0;  // no setups, full batches, no tails
    double utilisation_most = 0;   // setups as if by chance, least batches, all tails

    // Starts (visits or batches) per hour.
    [[nodiscard]] double starts_per_h() const { return demand.visits_per_h / batch_lots; }
};

struct LotTypeLoad {
    double lots_per_h = 0;       // released
    double shipped_share = 1;    // of the released, the rest is scrapped
    double raw_h = 0;            // Route::raw_process_time
    double transport_h = 0;      // of a released lot, rework included
    double stay_h = 0;           // start to done over all visits, without setups and stops
    std::vector<double> visits;  // [tool group] of a released lot, rework included
};

struct LineLoad {
    std::vector<GroupLoad> groups;          // [tool group]
    std::vector<LotTypeLoad> lot_types;     // [lot type]
    std::vector<double> step_visits_per_h;  // [step]
};

// Returns the load of the release lines (constant, Poisson, lists; lines that react to the WIP count nothing). Lines
// that end before the horizon are averaged over it. `observed`: [tool group], or empty.
[[nodiscard]] LineLoad line_load(const Model& model, const std::vector<GroupObservation>& observed = {});

// Sets the number of tools and all that follows from it. `keep_shares`: a maintenance by pieces keeps its share of time
// (its interval follows the tools' load) instead of its pieces.
void set_tools(GroupLoad& load, uint32_t tools, bool keep_shares, const GroupObservation& observed);

// Multiplies all release rates. set_tools() must follow.
void scale_rates(GroupLoad& load, double factor);

// Tools busy with full batches, without any setup and without tails of cascades.
[[nodiscard]] double least_busy_tools(const GroupDemand& demand);

// The process time as the queue sees it: H&S chapter 8 with several kinds of stops,
// t_e = t_0 / A, c_e^2 = c_0^2 + A / t_0 * sum of share * duration * (1 + scv of duration).
[[nodiscard]] EffectiveProcess effective_process(const GroupLoad& load);

// The share of lots that must wait when a station of `tools` is utilised so much: the crowding term of the
// Sakasegawa formula, u^(sqrt(2 (m + 1)) - 1); exact for m = 1.
[[nodiscard]] double wait_share(double utilisation, uint32_t tools);

}  // namespace chipchain
