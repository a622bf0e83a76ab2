#include "chipchain/chain/stage.h"

#include <algorithm>
#include <numeric>

#include "chipchain/base/check.h"
#include "chipchain/chain/draws.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/sampling.h"

namespace chipchain {

namespace {

// In the order of FlowKind.
constexpr FlowKindInfo kKinds[] = {
    {FlowKind::wafer_sort, "wafer_sort", "wafer", "die", true, true},
    {FlowKind::panel_packaging, "panel_packaging", "panel", "package", false, true},
    {FlowKind::package_test, "package_test", "lot", "package", false, false},
    {FlowKind::board_assembly, "board_assembly", "board panel", "board", false, true},
    {FlowKind::board_test, "board_test", "lot", "board", false, false},
    {FlowKind::unit_assembly, "unit_assembly", "lot", "unit", false, false},
};

// Numbers of the steps of a lot, so that no two draws share an address: losses take 0.., each test a block.
constexpr uint32_t kStepsOfTest = 512;
constexpr uint32_t kHiddenStep = 0xFE00;
constexpr uint32_t kExitStep = 0xFE01;
constexpr uint32_t kBinStep = 0xFF00;

uint32_t loss_step(size_t index) { return static_cast<uint32_t>(2 * index); }
uint32_t test_step(uint32_t gate, uint8_t reason) { return gate * kStepsOfTest + 2U * reason; }

// Bad sets among those of a lot, each once; the earlier list wins.
const BadUnit* entry_at(const std::vector<BadUnit>& entries, uint64_t position) {
    const auto at = std::lower_bound(entries.begin(), entries.end(), position, [](const BadUnit& b, uint64_t p) {
        return b.position < p;
    });
    return at != entries.end() && at->position == position ? &*at : nullptr;
}

}  // namespace

std::span<const FlowKindInfo> flow_kinds() { return kKinds; }
const FlowKindInfo& flow_kind(FlowKind kind) { return kKinds[static_cast<size_t>(kind)]; }

void FlowCosts::add(const FlowCosts& other) {
    parts += other.parts;
    purchased += other.purchased;
    pieces += other.pieces;
    units += other.units;
    tests += other.tests;
    repairs += other.repairs;
}

uint64_t StageTotals::scrapped() const { return std::accumulate(scrap.begin(), scrap.end(), uint64_t{0}); }
MicroUsd StageTotals::scrapped_cost() const {
    return std::accumulate(scrap_cost.begin(), scrap_cost.end(), MicroUsd{0});
}

LotRun::LotRun(const FlowModel& model, const RandomSource& source, uint32_t stage)
    : model_(model), stage_(model.stages[stage]), source_(source), stage_index_(stage), bad_(model.reasons.size()) {}

uint64_t LotRun::draw(uint32_t step, uint64_t n, double p) {
    FlowDraw words(source_, Purpose::flow_count, stage_index_, lot_, step);
    return binomial_draw(words, n, p);
}

void LotRun::record(const FlowOp& op) {
    if (trace_ != nullptr) trace_->ops.push_back(op);
}

void LotRun::scrap(uint32_t gate, uint8_t reason, uint64_t count) {
    if (count == 0) return;
    const size_t cell = gate * model_.reasons.size() + reason;
    const MicroUsd cost = share_of(cost_, count, alive_);
    cost_ -= cost;
    alive_ -= count;
    totals_->scrap[cell] += count;
    totals_->scrap_cost[cell] += cost;
}

void LotRun::begin(uint32_t lot, StageTotals& totals, LotTrace* trace) {
    lot_ = lot;
    totals_ = &totals;
    trace_ = trace;
    alive_ = good_ = stage_.draw_places();
    all_lost_ = false;
    std::fill(bad_.begin(), bad_.end(), 0);
    bad_sum_ = 0;
    costs_ = {};
    costs_.pieces = stage_.piece_cost * static_cast<MicroUsd>(stage_.draw_pieces());
    cost_ = costs_.pieces;
    lot_bin_shares_.clear();
    exits_.clear();
    by_bin_.assign(stage_.bins.size(), 0);
    if (stage_.attach == FlowAttach::last) apply_place_losses();
    sets_ = stage_.parts.empty() ? 0 : alive_;
}

void LotRun::apply_place_losses() {
    for (size_t i = 0; i < stage_.losses.size(); ++i) {
        if (stage_.losses[i].scope == FlowScope::place) apply(stage_.losses[i], i);
    }
}

// The probability in this lot; a shared density is drawn here.
double LotRun::failing_now(const FlowLoss& loss, size_t index) {
    if (!loss.shared) return loss.failing;
    const double density =
        gamma_draw({source_, DrawKind::substrate_density, lot_, uint64_t{stage_index_} << 12 | index}, loss.alpha);
    double failing = 1 - deterministic_exp(-loss.mean_defects * density);
    if (loss.by_cores) lot_bin_shares_ = bin_shares(stage_, loss, density, &failing);
    return 1 - loss.other * (1 - failing);
}

void LotRun::apply(const FlowLoss& loss, size_t index) {
    const double failing = failing_now(loss, index);
    if (loss.scope == FlowScope::piece) {
        if (alive_ == 0 || draw(loss_step(index), 1, failing) == 0) return;
        record({FlowOp::Kind::scrap_all, loss.reason, 0, loss.reason, alive_, alive_, loss_step(index)});
        scrap(0, loss.reason, alive_);
        good_ = bad_sum_ = 0;
        std::fill(bad_.begin(), bad_.end(), 0);
        all_lost_ = true;
        return;
    }
    const uint64_t failed = draw(loss_step(index), good_, failing);
    if (failed == 0) return;
    const uint64_t found = draw(loss_step(index) + 1, failed, loss.found);
    record({FlowOp::Kind::fail, loss.reason, 0, loss.reason, failed, found, loss_step(index)});
    good_ -= failed;
    bad_[loss.reason] += failed - found;
    bad_sum_ += failed - found;
    scrap(0, loss.reason, found);
}

void LotRun::join(const std::vector<BadUnit>& entries, MicroUsd parts_cost) {
    if (stage_.parts.empty()) return;
    costs_.parts = parts_cost;
    for (const FlowPart& p : stage_.parts) costs_.purchased += p.price * p.quantity * static_cast<MicroUsd>(sets_);
    costs_.units = stage_.unit_cost * static_cast<MicroUsd>(sets_);
    cost_ += costs_.parts + costs_.purchased + costs_.units;
    record({FlowOp::Kind::join, kGood, 0, kGood, sets_, 0, kHiddenStep});
    join_bad(entries);
    size_t index = stage_.losses.size();  // purchased parts draw behind the losses
    for (const FlowPart& p : stage_.parts) {
        if (p.store != kNoStore) continue;
        const uint64_t failed = draw(loss_step(index), good_, p.bad);
        if (failed > 0) record({FlowOp::Kind::fail, p.reason, 0, p.reason, failed, 0, loss_step(index)});
        good_ -= failed;
        bad_[p.reason] += failed;
        bad_sum_ += failed;
        ++index;
    }
    if (stage_.attach == FlowAttach::first) apply_place_losses();
}

// Bad sets make units bad. Where they meet places that are bad already, these take the reason of the part.
void LotRun::join_bad(const std::vector<BadUnit>& entries) {
    uint64_t met = 0;
    if (bad_sum_ > 0) {
        choose_places({source_, Purpose::flow_place, stage_index_, lot_, kHiddenStep}, sets_, bad_sum_, places_);
        size_t next = 0;
        for (size_t reason = 1; reason < bad_.size(); ++reason) {
            for (uint64_t i = bad_[reason]; i > 0; --i, ++next) {
                if (trace_ != nullptr) trace_->hidden.push_back({places_[next], static_cast<uint8_t>(reason)});
                if (entry_at(entries, places_[next]) == nullptr) continue;
                --bad_[reason];
                ++met;
            }
        }
    }
    for (const BadUnit& b : entries) ++bad_[b.reason];
    good_ -= entries.size() - met;
    bad_sum_ += entries.size() - met;
    if (trace_ != nullptr) trace_->entries = entries;
}

void LotRun::finish() {
    for (size_t i = 0; i < stage_.losses.size() && !all_lost_; ++i) {
        if (stage_.losses[i].scope != FlowScope::place) apply(stage_.losses[i], i);
    }
    for (uint32_t t = 0; t < stage_.tests.size(); ++t) test(stage_.tests[t], t + 1);
    sort_bins();
}

void LotRun::test(const FlowTest& test, uint32_t gate) {
    const uint64_t tested_good = good_;
    const uint64_t tested = alive_;
    uint64_t insertions = tested;
    // a bad unit is bad at each insertion; a good one passes a retest like any other
    uint64_t wrong = 0;
    if (test.false_share > 0) {
        FlowDraw words(source_, Purpose::flow_count, stage_index_, lot_, test_step(gate, kGood));
        wrong = binomial_draw(words, tested_good, test.false_share);
        for (uint32_t r = 0; r < test.retests; ++r) {
            insertions += wrong;
            wrong = binomial_draw(words, wrong, test.false_share);
        }
    }
    uint64_t rejected[256] = {};
    uint64_t rejected_bad = 0;
    for (size_t reason = 1; bad_sum_ > 0 && reason < bad_.size(); ++reason) {
        if (bad_[reason] == 0) continue;
        rejected[reason] = draw(test_step(gate, static_cast<uint8_t>(reason)), bad_[reason], test.detection);
        rejected_bad += rejected[reason];
    }
    insertions += rejected_bad * test.retests;
    const uint64_t repairs = test.repair > 0 ? wrong + rejected_bad : 0;
    const MicroUsd insertion_cost = test.insertion * static_cast<MicroUsd>(insertions);
    const MicroUsd repair_cost = test.repair_cost * static_cast<MicroUsd>(repairs);
    costs_.tests += insertion_cost;
    costs_.repairs += repair_cost;
    cost_ += insertion_cost + repair_cost;
    reject(test, gate, kGood, test.false_reason, wrong);
    for (size_t reason = 1; rejected_bad > 0 && reason < bad_.size(); ++reason)
        reject(test, gate, static_cast<uint8_t>(reason), static_cast<uint8_t>(reason), rejected[reason]);
}

void LotRun::reject(const FlowTest& test, uint32_t gate, uint8_t reason, uint8_t as, uint64_t rejected) {
    if (rejected == 0) return;
    const uint32_t step = test_step(gate, reason) + 1;
    const uint64_t repaired = draw(step, rejected, test.repair);
    const uint64_t lost = rejected - repaired;
    const uint8_t of_gate = static_cast<uint8_t>(gate);
    if (lost > 0) record({FlowOp::Kind::scrap, reason, of_gate, as, lost, lost, step});
    totals_->repaired += repaired;
    if (reason == kGood) {
        good_ -= lost;
    } else {
        if (repaired > 0) record({FlowOp::Kind::repair, reason, of_gate, as, repaired, 0, step - 1});
        bad_[reason] -= rejected;
        bad_sum_ -= rejected;
        good_ += repaired;
    }
    scrap(gate, as, lost);
}

void LotRun::sort_bins() {
    const std::vector<double>& shares = lot_bin_shares_.empty() ? stage_.bin_shares : lot_bin_shares_;
    uint64_t left = good_;
    double rest = 1;
    for (size_t b = 0; b < by_bin_.size(); ++b) {
        const double p = rest > 0 ? std::min(1.0, shares[b] / rest) : 1;
        const bool last = b + 1 == by_bin_.size() && shares.back() == 0;
        const uint32_t step = kBinStep + static_cast<uint32_t>(b);
        by_bin_[b] = last ? left : draw(step, left, p);
        if (by_bin_[b] > 0) record({FlowOp::Kind::bin, kGood, static_cast<uint8_t>(b), kGood, by_bin_[b], 0, step});
        left -= by_bin_[b];
        rest -= shares[b];
    }
    if (left > 0) {
        record({FlowOp::Kind::scrap, kGood, 0, stage_.no_bin_reason, left, left, kBinStep - 1});
        good_ -= left;
        scrap(0, stage_.no_bin_reason, left);
    }
    if (bad_sum_ == 0) return;
    by_bin_[0] += bad_sum_;
    choose_places({source_, Purpose::flow_place, stage_index_, lot_, kExitStep}, by_bin_[0], bad_sum_, places_);
    size_t next = 0;
    for (size_t reason = 1; reason < bad_.size(); ++reason) {
        for (uint64_t i = bad_[reason]; i > 0; --i) exits_.push_back({places_[next++], static_cast<uint8_t>(reason)});
    }
    std::sort(exits_.begin(), exits_.end(), [](const BadUnit& a, const BadUnit& b) { return a.position < b.position; });
    if (trace_ != nullptr) trace_->exits = exits_;
}

void merge_bad_sets(std::vector<BadUnit>& entries) {
    std::stable_sort(entries.begin(), entries.end(), [](const BadUnit& a, const BadUnit& b) {
        return a.position < b.position;
    });
    const auto same = [](const BadUnit& a, const BadUnit& b) { return a.position == b.position; };
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
}

namespace {

// Shares of the places that are good, and bad but there.
struct Shares {
    double good = 1;
    double bad = 0;
    void fail(double failing, double found) {
        bad += good * failing * (1 - found);
        good *= 1 - failing;
    }
};

void expect_losses(const FlowStage& stage, bool of_places, Shares& shares) {
    for (const FlowLoss& loss : stage.losses) {
        if ((loss.scope == FlowScope::place) != of_places) continue;
        if (loss.scope == FlowScope::piece) {
            shares.good *= 1 - loss.failing;
            shares.bad *= 1 - loss.failing;
        } else {
            shares.fail(loss.failing, loss.found);
        }
    }
}

void expect_test(FlowTest& test, Shares& shares) {
    const double sum = shares.good + shares.bad;
    const double yield = sum > 0 ? shares.good / sum : 1;
    test.detection = test.coverage;
    if (test.form != EscapeForm::catch_form && yield > 0 && yield < 1)
        test.detection = (1 - passing_share(test.form, yield, test.coverage)) / (1 - yield);
    const double wrong = shares.good * deterministic_pow(test.false_share, 1.0 + static_cast<double>(test.retests));
    const double caught = shares.bad * test.detection;
    shares.good += caught * test.repair - wrong * (1 - test.repair);
    shares.bad -= caught;
}

}  // namespace

void expect_stage(FlowModel& model, FlowStage& stage) {
    Shares shares;
    if (stage.attach == FlowAttach::last) expect_losses(stage, true, shares);
    stage.expected.parts = stage.parts.empty() ? 0 : shares.good + shares.bad;
    for (const FlowPart& p : stage.parts) {
        const double good = p.store == kNoStore
                                ? 1 - p.bad
                                : deterministic_pow(model.stores[p.store].good, static_cast<double>(p.quantity));
        shares.fail(1 - good, 0);
    }
    if (stage.attach == FlowAttach::first) expect_losses(stage, true, shares);
    expect_losses(stage, false, shares);
    for (FlowTest& test : stage.tests) expect_test(test, shares);
    const double no_bin = stage.bin_shares.back() * shares.good;
    shares.good -= no_bin;
    stage.expected.passing = shares.good + shares.bad;
    stage.expected.good = stage.expected.passing > 0 ? shares.good / stage.expected.passing : 1;
    // several bins may fill one store; the bad are in the first bin
    for (const FlowBin& to : stage.bins) {
        double good = 0;
        for (size_t b = 0; b < stage.bins.size(); ++b) {
            if (stage.bins[b].store == to.store) good += shares.good * stage.bin_shares[b];
        }
        good = stage.bin_shares.back() < 1 ? good / (1 - stage.bin_shares.back()) : 0;
        const double bad = stage.bins[0].store == to.store ? shares.bad : 0;
        model.stores[to.store].good = good + bad > 0 ? good / (good + bad) : 1;
    }
}

}  // namespace chipchain
