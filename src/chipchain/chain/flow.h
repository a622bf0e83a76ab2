// Runs a flow: wafers arrive, stages convert them, stores join the stages, until the horizon. Stages start a lot as
// soon as all its parts are there; a lot that would end behind the horizon is in process.
//
// Identities that hold exactly and that check_balance() verifies on every run:
//  1. stage: places started = handed on + scrapped by reason + in process;
//  2. store: what stages handed on = what stages took + what is there;
//  3. money in micro-dollars: parts + added = handed on + scrapped by reason + in process, for each stage, and
//     all added = finished units + scrapped + in process + in stores, for the flow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chain/genealogy.h"
#include "chipchain/model/model.h"
#include "chipchain/sim/record.h"

namespace chipchain {

struct FlowOptions {
    uint64_t seed = 1;
    uint32_t replication = 0;
    bool keep = false;                     // the genealogy
    bool drain = false;                    // no horizon: everything that has started ends
    std::vector<WaferShipment> shipments;  // in order of time; empty: at the rates of the model
};

struct StoreTotals {
    uint64_t pushed = 0;
    uint64_t taken = 0;
    uint64_t available = 0;
    uint64_t bad = 0;  // of these
    uint64_t counted = 0;
    MicroUsd cost_in = 0;
    MicroUsd cost = 0;  // of what is available
    MicroUsd counted_cost = 0;
};

struct FlowResult {
    RandomSource source;
    uint64_t wafers = 0;
    uint64_t fingerprint = 0;
    std::vector<StageTotals> stages;
    std::vector<StoreTotals> stores;
    Genealogy genealogy;  // with FlowOptions::keep
    double seconds = 0;   // wall time; not part of any comparison

    [[nodiscard]] MicroUsd added() const;
    [[nodiscard]] MicroUsd scrapped() const;
};

[[nodiscard]] FlowResult run_flow(const FlowModel& model, const FlowOptions& options);

// One line per identity that does not hold; empty when all do.
// Includes that all dies of the wafers are where die_balance() has them.
[[nodiscard]] std::vector<std::string> check_balance(const FlowModel& model, const FlowResult& result);

// Where the dies of all wafers are at the end, alone or inside of units.
struct DieBalance {
    struct Line {
        std::string where;  // "scrapped in board", "in process in board", "in store ai5-board"
        uint64_t dies = 0;
    };
    uint64_t gross = 0;
    std::vector<Line> lines;  // those that are not 0
};
[[nodiscard]] DieBalance die_balance(const FlowModel& model, const FlowResult& result);

// [stage] the share of its output that has reached finished units or later scrap; the rest is in stores or in process.
[[nodiscard]] std::vector<double> finished_shares(const FlowModel& model, const FlowResult& result);
// Micro-dollars per good finished unit: the cost of all finished units and of the scrap behind them (each stage's scrap
// times its finished share). 0 when no good unit is finished.
[[nodiscard]] double cost_per_good_unit(const FlowModel& model, const FlowResult& result);

// Wafers at the rate of each wafer_sort stage, lot by lot at equal distances up to the horizon.
[[nodiscard]] std::vector<WaferShipment> regular_shipments(const FlowModel& model);
// The lots that a simulated line ships, in order of time, scrapped ones left out, as wafers of a wafer_sort stage.
[[nodiscard]] std::vector<WaferShipment> line_shipments(const Model& line, const Recorder& recorder, uint32_t stage);

}  // namespace chipchain
