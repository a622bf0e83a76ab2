#include "chipchain/chain/genealogy.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chain/draws.h"

namespace chipchain {

namespace {

// Puts the counts of a lot onto its places, step by step.
class PlaceRun {
 public:
    PlaceRun(const FlowModel& model, const RandomSource& source, uint32_t stage, uint32_t lot)
        : stage_(model.stages[stage]), source_(source), stage_index_(stage), lot_(lot) {
        fates_.places.resize(stage_.draw_places());
        alive_.resize(fates_.places.size());
        for (uint32_t i = 0; i < alive_.size(); ++i) alive_[i] = i;
    }

    LotFates run(const LotTrace& trace, size_t bins) {
        for (const FlowOp& op : trace.ops) apply(op, trace);
        for (const uint32_t i : alive_) {
            PlaceFate& fate = fates_.places[i];
            if (fate.reason != kGood) fate.bin = 0;  // bad ones that passed
        }
        for (uint32_t b = 0; b < bins; ++b) order_exits(b, b == 0 ? trace.exits : kNoBad);
        return std::move(fates_);
    }

 private:
    inline static const std::vector<BadUnit> kNoBad;

    // `count` of those that are left with that reason and (for bins) not sorted yet, in random order.
    std::vector<uint32_t> choose(const FlowOp& op) {
        std::vector<uint32_t> candidates;
        for (const uint32_t i : alive_) {
            const bool sorted = op.kind == FlowOp::Kind::bin && binned_[i] != 0;
            if (fates_.places[i].reason == op.reason_before() && !sorted) candidates.push_back(i);
        }
        if (op.count == candidates.size() && op.scrapped == 0) return candidates;
        choose_places({source_, Purpose::flow_place, stage_index_, lot_, op.step}, candidates.size(), op.count, drawn_);
        std::vector<uint32_t> out;
        for (const uint64_t d : drawn_) out.push_back(candidates[d]);
        return out;
    }

    void scrap(uint32_t place, uint8_t reason, uint8_t gate) {
        PlaceFate& fate = fates_.places[place];
        fate.end = PlaceFate::End::scrapped;
        fate.reason = reason;
        fate.gate = gate;
    }

    void drop_scrapped() {
        std::erase_if(alive_, [this](uint32_t i) { return fates_.places[i].end == PlaceFate::End::scrapped; });
    }

    void apply(const FlowOp& op, const LotTrace& trace) {
        switch (op.kind) {
            case FlowOp::Kind::join:
                join(trace);
                break;
            case FlowOp::Kind::fail: {
                const std::vector<uint32_t> failed = choose(op);
                for (size_t i = 0; i < failed.size(); ++i) {
                    if (i < op.scrapped) {
                        scrap(failed[i], op.reason, op.gate);
                    } else {
                        fates_.places[failed[i]].reason = op.reason;
                    }
                }
                break;
            }
            case FlowOp::Kind::scrap:
                for (const uint32_t i : choose(op)) scrap(i, op.as, op.gate);
                break;
            case FlowOp::Kind::repair:
                for (const uint32_t i : choose(op)) fates_.places[i].reason = kGood;
                break;
            case FlowOp::Kind::scrap_all:
                for (const uint32_t i : alive_) scrap(i, op.reason, op.gate);
                break;
            case FlowOp::Kind::bin:
                binned_.resize(fates_.places.size());
                for (const uint32_t i : choose(op)) {
                    fates_.places[i].bin = op.gate;
                    binned_[i] = 1;
                }
                break;
        }
        if (op.scrapped > 0) drop_scrapped();
    }

    // Sets go onto the places in order, but those that were drawn for bad places go onto bad ones of that reason.
    void join(const LotTrace& trace) {
        std::vector<uint8_t> wanted(alive_.size());
        for (const BadUnit& h : trace.hidden) wanted[h.position] = h.reason;
        fates_.place_of_set.resize(alive_.size());
        std::vector<size_t> next(256);
        for (uint32_t set = 0; set < alive_.size(); ++set) {
            size_t& at = next[wanted[set]];
            while (fates_.places[alive_[at]].reason != wanted[set]) ++at;
            fates_.place_of_set[set] = alive_[at];
            fates_.places[alive_[at]].set = set;
            ++at;
        }
        for (const BadUnit& e : trace.entries) fates_.places[fates_.place_of_set[e.position]].reason = e.reason;
    }

    // Bad ones stand at the positions drawn, the others in the order of their places.
    void order_exits(uint32_t bin, const std::vector<BadUnit>& exits) {
        std::vector<uint64_t> of_reason[256];
        for (const BadUnit& e : exits) of_reason[e.reason].push_back(e.position);
        size_t used[256] = {};
        uint64_t next = 0;
        size_t next_exit = 0;
        for (const uint32_t i : alive_) {
            PlaceFate& fate = fates_.places[i];
            if (fate.bin != bin) continue;
            if (fate.reason != kGood) {
                fate.out = of_reason[fate.reason].at(used[fate.reason]++);
                continue;
            }
            while (next_exit < exits.size() && exits[next_exit].position == next) ++next_exit, ++next;
            fate.out = next++;
        }
    }

    const FlowStage& stage_;
    RandomSource source_;
    uint32_t stage_index_;
    uint32_t lot_;
    LotFates fates_;
    std::vector<uint32_t> alive_;
    std::vector<uint8_t> binned_;
    std::vector<uint64_t> drawn_;
};

StageTotals scratch_totals(const FlowModel& model, const FlowStage& stage) {
    StageTotals totals;
    totals.scrap.resize(model.gates(stage) * model.reasons.size());
    totals.scrap_cost.resize(totals.scrap.size());
    return totals;
}

// The last element whose `first` is not behind the position.
template <class Rows>
const typename Rows::value_type* covering(const Rows& rows, uint64_t position) {
    const auto after =
        std::upper_bound(rows.begin(), rows.end(), position, [](uint64_t p, const typename Rows::value_type& row) {
            return p < row.first;
        });
    return after == rows.begin() ? nullptr : &*(after - 1);
}

// The bad sets of a lot, from what its stores held.
std::vector<BadUnit>
bad_sets(const FlowStage& stage, const Genealogy& genealogy, const uint64_t* first_in, uint64_t sets) {
    std::vector<BadUnit> out;
    for (const FlowPart& p : stage.parts) {
        if (p.store == kNoStore) continue;
        const uint64_t first = *first_in++;
        const std::vector<BadUnit>& bad = genealogy.stores[p.store].bad;
        auto at = std::lower_bound(bad.begin(), bad.end(), first, [](const BadUnit& b, uint64_t position) {
            return b.position < position;
        });
        for (; at != bad.end() && at->position < first + sets * p.quantity; ++at)
            out.push_back({(at->position - first) / p.quantity, at->reason});
    }
    merge_bad_sets(out);
    return out;
}

uint64_t made_parts(const FlowStage& stage) {
    return static_cast<uint64_t>(
        std::count_if(stage.parts.begin(), stage.parts.end(), [](const FlowPart& p) { return p.store != kNoStore; }));
}

}  // namespace

LotFates lot_fates(
    const FlowModel& model,
    const RandomSource& source,
    const Genealogy& genealogy,
    uint32_t stage,
    uint32_t lot) {
    const FlowStage& s = model.stages[stage];
    const Genealogy::Stage& kept = genealogy.stages[stage];
    CHECK(lot < kept.start.size());
    StageTotals totals = scratch_totals(model, s);
    LotTrace trace;
    LotRun run(model, source, stage);
    run.begin(lot, totals, &trace);
    run.join(bad_sets(s, genealogy, kept.first_in.data() + lot * made_parts(s), run.sets()), 0);
    const bool in_process = kept.first_out[lot * s.bins.size()] == kNowhere;
    if (!in_process) run.finish();
    LotFates fates = PlaceRun(model, source, stage, lot).run(trace, in_process ? 0 : s.bins.size());
    fates.in_process = in_process;
    if (in_process) {
        // nobody knows yet what became of them
        for (PlaceFate& f : fates.places) f = {PlaceFate::End::in_process, kGood, 0, 0, f.set, kNowhere};
    }
    return fates;
}

const LotFates& FateCache::get(uint32_t stage, uint32_t lot) {
    std::map<uint32_t, LotFates>& lots = lots_[stage];
    const auto known = lots.find(lot);
    if (known != lots.end()) return known->second;
    // dies are followed in the order of the stores, so the lowest numbers are done with
    if (lots.size() >= kKept) lots.erase(lots.begin());
    return lots.emplace(lot, lot_fates(model_, source_, genealogy_, stage, lot)).first->second;
}

std::vector<Ancestor> unit_genealogy(
    const FlowModel& model,
    const RandomSource& source,
    const Genealogy& genealogy,
    uint32_t store,
    uint64_t position) {
    struct Wanted {
        uint32_t depth;
        uint32_t store;
        uint64_t position;
    };
    std::vector<Ancestor> out;
    std::vector<Wanted> stack = {{0, store, position}};
    if (position >= genealogy.stores[store].pushed) return out;
    while (!stack.empty()) {
        const Wanted wanted = stack.back();
        stack.pop_back();
        const Genealogy::Arrival* arrival = covering(genealogy.stores[wanted.store].arrivals, wanted.position);
        CHECK(arrival != nullptr);
        const LotFates fates = lot_fates(model, source, genealogy, arrival->stage, arrival->lot);
        uint32_t place = 0;
        for (; place < fates.places.size(); ++place) {
            const PlaceFate& f = fates.places[place];
            if (f.end == PlaceFate::End::handed_on && f.bin == arrival->bin &&
                f.out == wanted.position - arrival->first)
                break;
        }
        CHECK(place < fates.places.size());
        const Genealogy::Stage& kept = genealogy.stages[arrival->stage];
        const PlaceFate& fate = fates.places[place];
        out.push_back({wanted.depth, arrival->stage, arrival->lot, place, kept.start[arrival->lot], fate});
        const FlowStage& stage = model.stages[arrival->stage];
        const uint64_t* first_in = kept.first_in.data() + arrival->lot * made_parts(stage);
        std::vector<Wanted> parts;
        for (const FlowPart& p : stage.parts) {
            if (p.store == kNoStore) continue;
            const uint64_t first = *first_in++ + uint64_t{fate.set} * p.quantity;
            for (uint64_t i = 0; i < p.quantity; ++i) parts.push_back({wanted.depth + 1, p.store, first + i});
        }
        stack.insert(stack.end(), parts.rbegin(), parts.rend());
    }
    return out;
}

bool is_traced(const RandomSource& source, uint32_t stage, uint32_t wafer, double share) {
    const RandomWords words = source.draw(Purpose::flow_trace, wafer, stage);
    return unit_open(wide(words.word[0], words.word[1])) < share;
}

namespace {

class DieFollower {
 public:
    DieFollower(const FlowModel& model, const RandomSource& source, const Genealogy& genealogy)
        : model_(model), genealogy_(genealogy), cache_(model, source, genealogy) {}

    // All dies of one wafer, each to its end.
    void follow(uint32_t stage, uint32_t wafer, DieTraces& out) {
        const uint32_t places = static_cast<uint32_t>(model_.stages[stage].piece_units);
        for (uint32_t place = 0; place < places; ++place) {
            const uint32_t die = static_cast<uint32_t>(out.dies.size());
            out.dies.push_back({stage, wafer, place, kNowhere});
            uint32_t s = stage;
            uint32_t lot = wafer;
            uint32_t at = place;
            while (step(s, lot, at, die, out)) {
            }
        }
        ++out.wafers;
    }

 private:
    // Records what became of a place; true when its unit went into a later lot, whose place is then given.
    bool step(uint32_t& stage, uint32_t& lot, uint32_t& place, uint32_t die, DieTraces& out) {
        const FlowStage& s = model_.stages[stage];
        const PlaceFate fate = cache_.get(stage, lot).places[place];
        out.steps.push_back({die, stage, lot, place, fate.end, fate.reason, fate.gate, fate.bin});
        if (fate.end != PlaceFate::End::handed_on) return false;
        const uint32_t store = s.bins[fate.bin].store;
        const uint64_t first = genealogy_.stages[stage].first_out[uint64_t{lot} * s.bins.size() + fate.bin];
        const uint64_t position = first + fate.out;
        if (store == model_.final_store) out.dies[die].unit = position;
        const Genealogy::Take* take = covering(genealogy_.stores[store].takes, position);
        if (take == nullptr) return false;
        const FlowStage& next = model_.stages[take->stage];
        uint64_t quantity = 0;
        for (const FlowPart& p : next.parts) {
            if (p.store == store) quantity = p.quantity;
        }
        const LotFates& fates = cache_.get(take->stage, take->lot);
        const uint64_t set = (position - take->first) / quantity;
        if (set >= fates.place_of_set.size()) return false;  // it waits in the store
        stage = take->stage;
        lot = take->lot;
        place = fates.place_of_set[set];
        return true;
    }

    const FlowModel& model_;
    const Genealogy& genealogy_;
    FateCache cache_;
};

}  // namespace

DieTraces trace_dies(const FlowModel& model, const RandomSource& source, const Genealogy& genealogy, double share) {
    DieTraces out;
    DieFollower follower(model, source, genealogy);
    for (size_t i = 0; i < genealogy.shipments.size(); ++i) {
        const WaferShipment& shipment = genealogy.shipments[i];
        for (uint32_t w = 0; w < shipment.wafers; ++w) {
            const uint32_t wafer = static_cast<uint32_t>(genealogy.first_wafer[i]) + w;
            if (is_traced(source, shipment.stage, wafer, share)) follower.follow(shipment.stage, wafer, out);
        }
    }
    return out;
}

std::vector<MapPlace> map_places(const FlowStage& stage) {
    CHECK(stage.has_map);
    const SubstrateMap map = map_of(stage.region, stage.cell, stage.placement);
    std::vector<MapPlace> out;
    for (const PlacedDevice& d : placed_devices(stage.region, stage.cell, stage.placement)) {
        out.push_back(
            {static_cast<uint32_t>(std::lround((map.first_y_mm - d.rect.y) / map.pitch_y_mm)),
             static_cast<uint32_t>(std::lround((d.rect.x - map.first_x_mm) / map.pitch_x_mm))});
    }
    return out;
}

SubstrateMap
piece_map(const FlowModel& model, uint32_t stage, const LotFates& fates, uint64_t piece, const std::string& id) {
    const FlowStage& s = model.stages[stage];
    SubstrateMap map = map_of(s.region, s.cell, s.placement);
    map.kind = s.from_wafers()                       ? SubstrateKind::wafer
               : s.kind == FlowKind::panel_packaging ? SubstrateKind::panel
                                                     : SubstrateKind::board_panel;
    map.substrate_id = id;
    map.product = s.name;
    map.width_mm = s.width_mm;
    map.height_mm = s.height_mm;
    map.bins.clear();
    const auto code_of = [&map](const std::string& name, bool pass) {
        for (const MapBin& b : map.bins) {
            if (b.name == name) return b.code;
        }
        map.bins.push_back({static_cast<uint8_t>(map.bins.size()), pass, name});
        return map.bins.back().code;
    };
    for (const FlowBin& b : s.bins) (void)code_of(b.name, true);
    const std::vector<MapPlace> places = map_places(s);
    for (size_t i = 0; i < places.size(); ++i) {
        const PlaceFate& fate = fates.places[piece * s.piece_units + i];
        uint8_t code = fate.bin;
        if (fate.end == PlaceFate::End::in_process) code = code_of("in process", false);
        if (fate.end == PlaceFate::End::scrapped) code = code_of(model.reasons[fate.reason].name, false);
        map.codes[places[i].row * map.columns + places[i].column] = code;
    }
    return map;
}

std::string wafer_name(const Genealogy& genealogy, uint32_t stage, uint64_t wafer) {
    size_t lot = 0;
    for (size_t i = 0; i < genealogy.shipments.size(); ++i) {
        const WaferShipment& shipment = genealogy.shipments[i];
        if (shipment.stage != stage) continue;
        ++lot;
        if (wafer < genealogy.first_wafer[i] + shipment.wafers)
            return fmt::format("{}/{:02}", lot, wafer - genealogy.first_wafer[i] + 1);
    }
    return {};
}

uint64_t wafer_number(const Genealogy& genealogy, uint32_t stage, std::string_view name) {
    const size_t slash = name.find('/');
    uint64_t lot = 0;
    uint64_t wafer = 0;
    const char* end = name.data() + name.size();
    if (slash == std::string_view::npos) return kNowhere;
    if (std::from_chars(name.data(), name.data() + slash, lot).ptr != name.data() + slash) return kNowhere;
    if (std::from_chars(name.data() + slash + 1, end, wafer).ptr != end) return kNowhere;
    for (size_t i = 0; i < genealogy.shipments.size(); ++i) {
        const WaferShipment& shipment = genealogy.shipments[i];
        if (shipment.stage != stage || --lot > 0) continue;
        return wafer >= 1 && wafer <= shipment.wafers ? genealogy.first_wafer[i] + wafer - 1 : kNowhere;
    }
    return kNowhere;
}

}  // namespace chipchain
