#include "chipchain/chain/flow.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/stats/fingerprint.h"

namespace chipchain {

namespace {

StageTotals empty_totals(const FlowModel& model, const FlowStage& stage) {
    StageTotals totals;
    totals.by_bin.resize(stage.bins.size());
    totals.scrap.resize(model.gates(stage) * model.reasons.size());
    totals.scrap_cost.resize(totals.scrap.size());
    return totals;
}

class FlowRunner {
 public:
    FlowRunner(const FlowModel& model, const FlowOptions& options)
        : model_(model),
          source_{options.seed, options.replication},
          horizon_(options.drain ? kNever : model.horizon),
          keep_(options.keep),
          queues_(model.stores.size()) {
        for (uint32_t s = 0; s < model.stages.size(); ++s) {
            runs_.emplace_back(model, source_, s);
            result_.stages.push_back(empty_totals(model, model.stages[s]));
            scratch_.push_back(empty_totals(model, model.stages[s]));
        }
        pending_.resize(model.stages.size(), kNowhere);
        last_start_.resize(model.stages.size());
        result_.source = source_;
        if (keep_) {
            result_.genealogy.stores.resize(model.stores.size());
            result_.genealogy.stages.resize(model.stages.size());
        }
    }

    FlowResult run(const std::vector<WaferShipment>& shipments) {
        for (const WaferShipment& shipment : shipments) {
            if (shipment.time > horizon_) break;
            if (keep_) {
                result_.genealogy.shipments.push_back(shipment);
                result_.genealogy.first_wafer.push_back(result_.stages[shipment.stage].lots);
            }
            for (uint32_t w = 0; w < shipment.wafers; ++w) run_lot(shipment.stage, {}, 0, shipment.time);
            result_.wafers += shipment.wafers;
            for (uint32_t s = 0; s < model_.stages.size(); ++s) {
                while (!model_.stages[s].from_wafers() && start_lot(s)) {
                }
            }
        }
        for (const FlowQueue& q : queues_) {
            result_.stores.push_back(
                {q.pushed(),
                 q.taken(),
                 q.available(),
                 q.available_bad(),
                 q.counted(),
                 q.cost_in(),
                 q.cost(),
                 q.counted_cost()});
        }
        result_.fingerprint = fingerprint();
        return std::move(result_);
    }

 private:
    // The sets of parts that the next lot of the stage takes: its place losses are drawn already.
    uint64_t sets_of_next(uint32_t s) {
        if (pending_[s] == kNowhere) {
            runs_[s].begin(static_cast<uint32_t>(result_.stages[s].lots), scratch_[s]);
            pending_[s] = runs_[s].sets();
        }
        return pending_[s];
    }

    // Starts the next lot when all its parts are there and its start is not behind the horizon.
    bool start_lot(uint32_t s) {
        const FlowStage& stage = model_.stages[s];
        const uint64_t sets = sets_of_next(s);
        for (const FlowPart& p : stage.parts) {
            // a lot whose places are all bad takes nothing, yet starts only where parts wait
            const uint64_t needed = std::max<uint64_t>(sets, 1) * p.quantity;
            if (p.store != kNoStore && queues_[p.store].available() < needed) return false;
        }
        pending_[s] = kNowhere;
        entries_.clear();
        MicroUsd cost = 0;
        Time ready = last_start_[s];
        const uint32_t lot = static_cast<uint32_t>(result_.stages[s].lots);
        for (const FlowPart& p : stage.parts) {
            if (p.store == kNoStore) continue;
            FlowQueue& queue = queues_[p.store];
            if (keep_) {
                result_.genealogy.stages[s].first_in.push_back(queue.taken());
                result_.genealogy.stores[p.store].takes.push_back({queue.taken(), s, lot});
            }
            taken_.clear();
            cost += queue.take(sets * p.quantity, taken_, ready);
            for (const BadUnit& b : taken_) entries_.push_back({b.position / p.quantity, b.reason});
        }
        merge_bad_sets(entries_);
        last_start_[s] = ready;
        run_lot(s, entries_, cost, ready);
        return true;
    }

    void run_lot(uint32_t s, const std::vector<BadUnit>& entries, MicroUsd parts_cost, Time start) {
        const FlowStage& stage = model_.stages[s];
        StageTotals& totals = result_.stages[s];
        LotRun& run = runs_[s];
        const Time done = start + stage.cycle_time;
        const bool in_process = done > horizon_;
        run.begin(static_cast<uint32_t>(totals.lots), in_process ? scratch_[s] : totals);
        run.join(entries, parts_cost);
        const FlowCosts spent = run.costs();
        ++totals.lots;
        totals.pieces += stage.draw_pieces();
        totals.places += stage.draw_places();
        totals.sets += run.sets();
        if (keep_) result_.genealogy.stages[s].start.push_back(start);
        if (in_process) {
            totals.in_process += stage.draw_places();
            totals.in_process_sets += run.sets();
            totals.in_process_cost += spent.sum();
            totals.costs.add(spent);
            if (keep_) result_.genealogy.stages[s].first_out.resize(totals.lots * stage.bins.size(), kNowhere);
            return;
        }
        run.finish();
        totals.costs.add(run.costs());
        hand_on(s, run, done);
    }

    void hand_on(uint32_t s, const LotRun& run, Time done) {
        const FlowStage& stage = model_.stages[s];
        StageTotals& totals = result_.stages[s];
        const uint64_t bad = run.exits().size();
        const uint64_t good = run.alive() - bad;
        totals.good += good;
        totals.bad += bad;
        totals.out_cost += run.cost();
        if (stage.single_pieces) totals.good_per_piece.add(static_cast<double>(good));
        MicroUsd cost_left = run.cost();
        uint64_t left = run.alive();
        CHECK(left > 0 || cost_left == 0);  // nothing else could carry the cost on
        static const std::vector<BadUnit> kNoBad;
        for (uint32_t b = 0; b < stage.bins.size(); ++b) {
            const uint64_t count = run.by_bin()[b];
            const uint32_t store = stage.bins[b].store;
            totals.by_bin[b] += count;
            if (keep_) keep_arrival(s, b, store, count, b == 0 ? run.exits() : kNoBad);
            if (count == 0) continue;
            const MicroUsd cost = share_of(cost_left, count, left);
            cost_left -= cost;
            left -= count;
            queues_[store].push(count, cost, done, b == 0 ? run.exits() : kNoBad);
        }
    }

    void keep_arrival(uint32_t s, uint32_t bin, uint32_t store, uint64_t count, const std::vector<BadUnit>& bad) {
        Genealogy::Store& kept = result_.genealogy.stores[store];
        result_.genealogy.stages[s].first_out.push_back(kept.pushed);
        if (count == 0) return;
        kept.arrivals.push_back({kept.pushed, s, static_cast<uint32_t>(result_.stages[s].lots - 1), bin});
        for (const BadUnit& b : bad) kept.bad.push_back({kept.pushed + b.position, b.reason});
        kept.pushed += count;
    }

    [[nodiscard]] uint64_t fingerprint() const {
        Fingerprint hash;
        for (const StageTotals& t : result_.stages) {
            for (size_t i = 0; i < t.scrap.size(); ++i) hash.add(t.scrap[i], static_cast<uint64_t>(t.scrap_cost[i]));
            for (const uint64_t n : t.by_bin) hash.add(n, t.in_process);
            hash.add(t.bad, static_cast<uint64_t>(t.out_cost));
        }
        return hash.value();
    }

    const FlowModel& model_;
    RandomSource source_;
    Time horizon_;
    bool keep_;
    std::vector<FlowQueue> queues_;
    std::vector<LotRun> runs_;
    std::vector<StageTotals> scratch_;  // of lots in process, and of losses that are drawn to be drawn again
    std::vector<uint64_t> pending_;     // [stage] sets of the next lot; kNowhere: not drawn
    std::vector<Time> last_start_;      // [stage]
    std::vector<BadUnit> entries_;
    std::vector<BadUnit> taken_;
    FlowResult result_;
};

void check_equal(std::vector<std::string>& out, const std::string& what, Int128 a, Int128 b) {
    if (a == b) return;
    out.push_back(fmt::format("{}: {} is not {}", what, static_cast<int64_t>(a), static_cast<int64_t>(b)));
}

void check_stage(const FlowStage& stage, const StageTotals& t, std::vector<std::string>& out) {
    uint64_t by_bin = 0;
    for (const uint64_t n : t.by_bin) by_bin += n;
    check_equal(
        out,
        fmt::format("{}: started = handed on + scrapped + in process", stage.name),
        t.places,
        Int128{t.good} + t.bad + t.scrapped() + t.in_process);
    check_equal(out, fmt::format("{}: handed on = sum of bins", stage.name), Int128{t.good} + t.bad, by_bin);
    check_equal(
        out,
        fmt::format("{}: parts + added = handed on + scrapped + in process, micro-dollars", stage.name),
        t.costs.sum(),
        Int128{t.out_cost} + t.scrapped_cost() + t.in_process_cost);
}

void check_store(const FlowModel& model, const FlowResult& result, uint32_t s, std::vector<std::string>& out) {
    Int128 in = 0;
    Int128 taken = 0;
    for (size_t i = 0; i < model.stages.size(); ++i) {
        for (size_t b = 0; b < model.stages[i].bins.size(); ++b) {
            if (model.stages[i].bins[b].store == s) in += result.stages[i].by_bin[b];
        }
        for (const FlowPart& p : model.stages[i].parts) {
            if (p.store == s) taken += Int128{result.stages[i].sets} * p.quantity;
        }
    }
    const StoreTotals& t = result.stores[s];
    const std::string& name = model.stores[s].product;
    check_equal(out, fmt::format("store {}: arrived = handed on by stages", name), t.pushed, in);
    check_equal(out, fmt::format("store {}: left = taken by stages", name), t.taken, taken);
    check_equal(out, fmt::format("store {}: there = arrived - left", name), t.counted, in - taken);
    check_equal(out, fmt::format("store {}: cost of its lots, micro-dollars", name), t.cost, t.counted_cost);
}

}  // namespace

MicroUsd FlowResult::added() const {
    MicroUsd sum = 0;
    for (const StageTotals& t : stages) sum += t.costs.added();
    return sum;
}
MicroUsd FlowResult::scrapped() const {
    MicroUsd sum = 0;
    for (const StageTotals& t : stages) sum += t.scrapped_cost();
    return sum;
}

FlowResult run_flow(const FlowModel& model, const FlowOptions& options) {
    const auto begin = std::chrono::steady_clock::now();
    FlowRunner runner(model, options);
    FlowResult result = runner.run(options.shipments.empty() ? regular_shipments(model) : options.shipments);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

std::vector<std::string> check_balance(const FlowModel& model, const FlowResult& result) {
    std::vector<std::string> out;
    Int128 held = result.scrapped();
    Int128 parts = 0;
    Int128 handed_on = 0;
    for (size_t s = 0; s < model.stages.size(); ++s) {
        check_stage(model.stages[s], result.stages[s], out);
        held += result.stages[s].in_process_cost;
        parts += result.stages[s].costs.parts;
        handed_on += result.stages[s].out_cost;
    }
    Int128 in_stores = 0;
    for (uint32_t s = 0; s < model.stores.size(); ++s) {
        check_store(model, result, s, out);
        in_stores += result.stores[s].cost;
    }
    Int128 dies = 0;
    const DieBalance balance = die_balance(model, result);
    for (const DieBalance::Line& line : balance.lines) dies += line.dies;
    check_equal(out, "dies: gross = scrapped + in process + in stores and finished units", balance.gross, dies);
    check_equal(out, "stores: handed on = taken + there, micro-dollars", handed_on, parts + in_stores);
    check_equal(
        out,
        "flow: added = in stores with finished units + scrapped + in process, micro-dollars",
        result.added(),
        held + in_stores);
    return out;
}

DieBalance die_balance(const FlowModel& model, const FlowResult& result) {
    DieBalance out;
    const auto add = [&out](std::string where, uint64_t dies) {
        if (dies > 0) out.lines.push_back({std::move(where), dies});
    };
    std::vector<uint64_t> of_store(model.stores.size());  // dies inside of a unit
    for (size_t s = 0; s < model.stages.size(); ++s) {
        const FlowStage& stage = model.stages[s];
        const StageTotals& t = result.stages[s];
        const bool wafers = stage.from_wafers();
        uint64_t dies = wafers ? 1 : 0;
        for (const FlowPart& p : stage.parts) dies += p.store == kNoStore ? 0 : p.quantity * of_store[p.store];
        for (const FlowBin& b : stage.bins) of_store[b.store] = dies;
        if (wafers) out.gross += t.places;
        const uint64_t in_process = wafers ? t.in_process : t.in_process_sets;
        add("scrapped in " + stage.name, dies * ((wafers ? t.places : t.sets) - in_process - t.good - t.bad));
        add("in process in " + stage.name, dies * in_process);
    }
    for (uint32_t i = 0; i < model.stores.size(); ++i) {
        const bool finished = i == model.final_store;
        add((finished ? "in finished " : "in store ") + model.stores[i].product,
            result.stores[i].available * of_store[i]);
    }
    return out;
}

std::vector<double> finished_shares(const FlowModel& model, const FlowResult& result) {
    std::vector<double> shares(model.stages.size());
    std::vector<double> of_store(model.stores.size());  // of what arrived there
    of_store[model.final_store] = 1;
    // consumers stand behind the stages that fill their stores
    for (size_t s = model.stages.size(); s-- > 0;) {
        const StageTotals& t = result.stages[s];
        double finished = 0;
        double units = 0;
        for (size_t b = 0; b < model.stages[s].bins.size(); ++b) {
            const double count = static_cast<double>(t.by_bin[b]);
            finished += count * of_store[model.stages[s].bins[b].store];
            units += count;
        }
        shares[s] = units > 0 ? finished / units : 0;
        const double ended = t.places > 0 ? 1 - static_cast<double>(t.in_process) / static_cast<double>(t.places) : 0;
        for (const FlowPart& p : model.stages[s].parts) {
            if (p.store == kNoStore || result.stores[p.store].pushed == 0) continue;
            const double taken = static_cast<double>(t.sets) * p.quantity;
            of_store[p.store] += shares[s] * ended * taken / static_cast<double>(result.stores[p.store].pushed);
        }
    }
    return shares;
}

double cost_per_good_unit(const FlowModel& model, const FlowResult& result) {
    const StoreTotals& end = result.stores[model.final_store];
    if (end.available == end.bad) return 0;
    const std::vector<double> shares = finished_shares(model, result);
    double cost = static_cast<double>(end.cost);
    for (size_t s = 0; s < shares.size(); ++s)
        cost += shares[s] * static_cast<double>(result.stages[s].scrapped_cost());
    return cost / static_cast<double>(end.available - end.bad);
}

std::vector<WaferShipment> regular_shipments(const FlowModel& model) {
    std::vector<WaferShipment> out;
    for (uint32_t s = 0; s < model.stages.size(); ++s) {
        if (!model.stages[s].from_wafers()) continue;
        const double months = static_cast<double>(model.horizon) / static_cast<double>(30 * kDay);
        const uint64_t wafers = static_cast<uint64_t>(std::llround(model.stages[s].wafers_per_month * months));
        for (uint64_t w = 0; w < wafers; w += model.lot_wafers) {
            const Time time = static_cast<Time>(static_cast<Int128>(model.horizon) * w / wafers);
            out.push_back({time, s, static_cast<uint32_t>(std::min<uint64_t>(model.lot_wafers, wafers - w))});
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const WaferShipment& a, const WaferShipment& b) {
        return a.time < b.time;
    });
    return out;
}

std::vector<WaferShipment> line_shipments(const Model& line, const Recorder& recorder, uint32_t stage) {
    std::vector<WaferShipment> out;
    for (const ShippedLot& lot : recorder.shipped_lots) {
        const uint32_t pieces = lot.initial ? line.wip_lots[lot.number].pieces : line.lot_types[lot.type].pieces;
        if (!lot.scrapped) out.push_back({lot.out, stage, pieces});
    }
    std::stable_sort(out.begin(), out.end(), [](const WaferShipment& a, const WaferShipment& b) {
        return a.time < b.time;
    });
    return out;
}

}  // namespace chipchain
