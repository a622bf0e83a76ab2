// A flow made ready to run: names resolved to indices, geometry counted, losses as probabilities, money in
// micro-dollars. Constant while flows run; what changes is FlowState (stage.h).
//
// Reasons: every way a unit can be lost has one number for the whole flow, 0 means good. A unit keeps its first reason;
// a part that comes in bad brings its own. Gates: where a unit is scrapped: 0 is the stage itself (a lost piece, a
// place found bad, inspection, no bin), 1.. are its tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/base/time.h"
#include "chipchain/spec/spec.h"
#include "chipchain/yield/escapes.h"
#include "chipchain/yield/grid.h"
#include "chipchain/yield/models.h"
#include "chipchain/yield/redundancy.h"

namespace chipchain {

using MicroUsd = int64_t;
inline constexpr uint8_t kGood = 0;
inline constexpr uint32_t kNoStore = UINT32_MAX;

struct FlowReason {
    std::string name;
    uint32_t stage = 0;  // where it arises
};

struct FlowLoss {
    FlowScope scope = FlowScope::unit;
    uint8_t reason = kGood;
    double failing = 0;       // of a unit, place or piece, averaged over clusters
    double found = 0;         // share of the failed that is scrapped at once
    bool shared = false;      // the units of a piece share a gamma density: failing = 1 - other * exp(-mean * G)
    double other = 1;         // yield besides clustered defects
    double mean_defects = 0;  // of a unit
    double alpha = kNoClustering;
    bool by_cores = false;  // a wafer_sort loss that spares dies with enough cores
    double d0_per_cm2 = 0;  // by_cores
};

struct FlowTest {
    std::string name;
    EscapeForm form = EscapeForm::catch_form;
    double coverage = 1;
    double detection = 1;    // of a bad unit; from the coverage by the form
    double false_share = 0;  // of good units, per insertion
    uint32_t retests = 0;
    double repair = 0;  // share of the rejected that becomes good
    MicroUsd insertion = 0;
    MicroUsd repair_cost = 0;
    uint8_t false_reason = kGood;
};

struct FlowBin {
    std::string name;
    uint32_t store = kNoStore;
    uint32_t least_cores = 0;
    double share = 1;
};

struct FlowPart {
    std::string name;
    uint32_t store = kNoStore;  // kNoStore: purchased
    uint32_t quantity = 1;
    MicroUsd price = 0;
    double bad = 0;  // purchased: share of units with a bad one
    uint8_t reason = kGood;
};

// What the model expects of a stage, per place of a piece.
struct FlowExpectation {
    double parts = 1;    // places that get their parts
    double passing = 1;  // places whose units go on
    double good = 1;     // of these
};

struct FlowStage {
    std::string name;
    FlowKind kind = FlowKind::wafer_sort;
    double wafers_per_month = 0;
    uint64_t piece_units = 0;
    uint64_t lot_pieces = 1;
    bool single_pieces = false;  // a piece may be lost or share its defects: pieces are drawn one by one
    FlowAttach attach = FlowAttach::last;
    Time cycle_time = 0;
    MicroUsd piece_cost = 0;
    MicroUsd unit_cost = 0;
    CoreArray cores{0, 0, 0};  // cores.cores == 0: none
    std::vector<FlowLoss> losses;
    std::vector<FlowTest> tests;
    std::vector<FlowBin> bins;  // at least one: where units go
    std::vector<FlowPart> parts;
    std::vector<double> bin_shares;  // [bin] of the good units
    uint8_t no_bin_reason = kGood;   // dies that no bin takes
    bool has_map = false;
    Region region;
    GridCell cell;
    Placement placement;
    double width_mm = 0;  // of the piece
    double height_mm = 0;
    FlowExpectation expected;

    // Pieces drawn together, and the places of them.
    [[nodiscard]] uint64_t draw_pieces() const { return single_pieces ? 1 : lot_pieces; }
    [[nodiscard]] uint64_t draw_places() const { return draw_pieces() * piece_units; }
    [[nodiscard]] bool from_wafers() const { return kind == FlowKind::wafer_sort; }
};

struct FlowStore {
    std::string product;
    bool consumed = false;
    double good = 1;  // expected share of its units; that of the last stage that fills it
};

struct FlowModel {
    std::string name;
    uint32_t lot_wafers = 25;
    Time horizon = 0;
    double trace_share = 0;
    std::vector<FlowStage> stages;
    std::vector<FlowStore> stores;
    std::vector<FlowReason> reasons;       // [0] is "good"
    std::vector<std::string> assumptions;  // "stage: loss": rows whose figures have no source
    uint64_t rows = 0;                     // of the file that have figures
    uint32_t final_store = 0;              // of finished units: the product of the last stage

    [[nodiscard]] size_t gates(const FlowStage& stage) const { return stage.tests.size() + 1; }
};

// Resolves the rows of a flow file. Ids, all at once: no-flow, unknown-flow-stage, unknown-yield-model,
// unknown-escape-form, unknown-part, part-made-later, missing-parts, unused-parts, unused-bins, duplicate-product,
// unit-too-large, no-units, flow-scope, flow-cluster, flow-cores, core-order, no-wafers, too-many-losses.
[[nodiscard]] Result<FlowModel> compile_flow(const Spec& spec);

// The shares [bin] of the good dies, in the last element those that no bin takes; `failing` gets the share of all dies
// that have too few cores. density: times D0, or -1 for the mean over the loss' clusters. Without cores: by share
// alone.
[[nodiscard]] std::vector<double>
bin_shares(const FlowStage& stage, const FlowLoss& loss, double density, double* failing);

}  // namespace chipchain
