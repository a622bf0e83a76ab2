// Stage conversions: one lot of a stage takes parts, loses some units by name and hands the rest to stores. Every stage
// goes through the same steps, so a kind is a row of a table; what it has no rows for is skipped:
//
//   1. place losses (redistribution layers, bare boards); with attach "first" parts are on the places already
//   2. parts from the stores, first in, first out; a bad part makes its unit bad
//   3. piece, part and unit losses in the order of the file; inspection scraps its share of them at once
//   4. tests: they reject bad units by their detection, good ones by mistake; retests and repair bring some back
//   5. bins: the good are sorted, bad ones that passed go to the first bin
//
// Counts decide and places follow: a step draws how many units it hits, from the address (stage, lot, step). Which
// places these are is drawn only where somebody asks (genealogy.h), so following dies changes no result.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/chain/flow_model.h"
#include "chipchain/chain/store.h"
#include "chipchain/stats/tally.h"

namespace chipchain {

struct FlowKindInfo {
    FlowKind kind = FlowKind::wafer_sort;
    std::string_view name;   // as written in files
    std::string_view piece;  // what carries the units: "wafer", "panel"
    std::string_view unit;   // "die", "package"
    bool from_wafers = false;
    bool has_pieces = false;  // with places, a geometry, place and piece losses
};
[[nodiscard]] std::span<const FlowKindInfo> flow_kinds();
[[nodiscard]] const FlowKindInfo& flow_kind(FlowKind kind);

// Money that a stage added, micro-dollars.
struct FlowCosts {
    MicroUsd parts = 0;      // from stores, at what they had cost
    MicroUsd purchased = 0;  // parts bought
    MicroUsd pieces = 0;
    MicroUsd units = 0;
    MicroUsd tests = 0;
    MicroUsd repairs = 0;
    [[nodiscard]] MicroUsd added() const { return purchased + pieces + units + tests + repairs; }
    [[nodiscard]] MicroUsd sum() const { return parts + added(); }
    void add(const FlowCosts& other);
};

struct StageTotals {
    uint64_t lots = 0;  // started
    uint64_t pieces = 0;
    uint64_t places = 0;           // units started: places of these pieces
    uint64_t sets = 0;             // places that got their parts
    uint64_t in_process = 0;       // places of lots that are not finished at the end
    uint64_t in_process_sets = 0;  // of these, with parts
    uint64_t good = 0;             // units handed on
    uint64_t bad = 0;              // units handed on although bad
    uint64_t repaired = 0;
    std::vector<uint64_t> by_bin;      // [bin] handed on
    std::vector<uint64_t> scrap;       // [gate * reasons + reason] units
    std::vector<MicroUsd> scrap_cost;  // the same
    FlowCosts costs;                   // of all lots started
    MicroUsd out_cost = 0;             // of the units handed on
    MicroUsd in_process_cost = 0;
    Tally good_per_piece;  // where pieces are drawn one by one

    [[nodiscard]] uint64_t scrapped() const;
    [[nodiscard]] MicroUsd scrapped_cost() const;
};

// What happened in a lot, for those who want to know the places.
struct FlowOp {
    enum class Kind : uint8_t {
        join,    // the places that are left get parts; `entries` are bad
        fail,    // `count` good ones get `reason`, `scrapped` of them are found
        scrap,   // `count` of those with `reason` (kGood: good ones) leave at `gate` as `as`
        repair,  // `count` of those with `reason` become good
        scrap_all,
        bin,  // `count` good ones go to bin `gate`
    };
    Kind kind = Kind::fail;
    uint8_t reason = kGood;
    uint8_t gate = 0;
    uint8_t as = kGood;
    uint64_t count = 0;
    uint64_t scrapped = 0;
    uint32_t step = 0;

    // What the units had before.
    [[nodiscard]] uint8_t reason_before() const { return kind == Kind::fail ? kGood : reason; }
};
struct LotTrace {
    std::vector<FlowOp> ops;
    std::vector<BadUnit> entries;  // bad sets of parts by number of the set
    std::vector<BadUnit> hidden;   // sets put on places that were bad already, not found
    std::vector<BadUnit> exits;    // bad units of the first bin by position in what is handed on
};

// One lot on its way through a stage: begin, join, finish, in this order. Reusable: begin() starts the next lot.
class LotRun {
 public:
    LotRun(const FlowModel& model, const RandomSource& source, uint32_t stage);

    // Step 1. Afterwards sets() is the number of sets of parts that it takes.
    void begin(uint32_t lot, StageTotals& totals, LotTrace* trace = nullptr);
    [[nodiscard]] uint64_t sets() const { return sets_; }
    // Step 2, and 1 for attach "first". `entries`: bad sets, ascending, each set once. Nothing to do for wafers.
    void join(const std::vector<BadUnit>& entries, MicroUsd parts_cost);
    // Steps 3 to 5. Afterwards the rest is valid.
    void finish();

    [[nodiscard]] const FlowCosts& costs() const { return costs_; }
    [[nodiscard]] const std::vector<uint64_t>& by_bin() const { return by_bin_; }
    [[nodiscard]] const std::vector<BadUnit>& exits() const { return exits_; }  // bad ones of the first bin, ascending
    [[nodiscard]] MicroUsd cost() const { return cost_; }                       // of the units handed on
    [[nodiscard]] uint64_t alive() const { return alive_; }

 private:
    [[nodiscard]] double failing_now(const FlowLoss& loss, size_t index);
    void apply(const FlowLoss& loss, size_t index);
    void apply_place_losses();
    void join_bad(const std::vector<BadUnit>& entries);
    void test(const FlowTest& test, uint32_t gate);
    // Sends `rejected` of those with `reason` to repair, scraps the rest of them as `as`.
    void reject(const FlowTest& test, uint32_t gate, uint8_t reason, uint8_t as, uint64_t rejected);
    void sort_bins();
    void scrap(uint32_t gate, uint8_t reason, uint64_t count);
    void record(const FlowOp& op);
    uint64_t draw(uint32_t step, uint64_t n, double p);

    const FlowModel& model_;
    const FlowStage& stage_;
    RandomSource source_;
    uint32_t stage_index_;
    uint32_t lot_ = 0;
    StageTotals* totals_ = nullptr;
    LotTrace* trace_ = nullptr;
    uint64_t good_ = 0;
    uint64_t alive_ = 0;
    uint64_t sets_ = 0;
    bool all_lost_ = false;
    std::vector<uint64_t> bad_;  // [reason]
    uint64_t bad_sum_ = 0;
    MicroUsd cost_ = 0;
    FlowCosts costs_;
    std::vector<double> lot_bin_shares_;  // of this piece, when its density decides them
    std::vector<uint64_t> by_bin_;
    std::vector<BadUnit> exits_;
    std::vector<uint64_t> places_;  // scratch
};

// Bad sets from bad parts, in the order of the parts: sorted, each set once with the reason of its first bad part.
void merge_bad_sets(std::vector<BadUnit>& entries);

// Sets the expectation of the stage, the detection of its tests by their form, and the expected share of good units in
// the stores it fills. Parts are counted as independent of each other.
void expect_stage(FlowModel& model, FlowStage& stage);

}  // namespace chipchain
