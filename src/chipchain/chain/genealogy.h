// Which wafer, die position, panel and board place a unit came from. A run keeps only where each lot begins in the
// sequence of the stores: 8 to 24 bytes per lot. The places inside a lot follow from its counts and its draws, so they
// are made again for the lots that somebody asks about.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/chain/flow_model.h"
#include "chipchain/chain/stage.h"

namespace chipchain {

inline constexpr uint64_t kNowhere = UINT64_MAX;

// A lot of wafers that the fab ships at once.
struct WaferShipment {
    Time time = 0;
    uint32_t stage = 0;  // wafer_sort
    uint32_t wafers = 0;
};

struct Genealogy {
    struct Take {
        uint64_t first = 0;  // in the store's sequence
        uint32_t stage = 0;
        uint32_t lot = 0;
    };
    struct Arrival {
        uint64_t first = 0;
        uint32_t stage = 0;
        uint32_t lot = 0;
        uint32_t bin = 0;
    };
    struct Store {
        std::vector<Arrival> arrivals;
        std::vector<Take> takes;
        std::vector<BadUnit> bad;
        uint64_t pushed = 0;
    };
    struct Stage {
        std::vector<uint64_t> first_in;   // [lot * parts + part] in the part's store
        std::vector<uint64_t> first_out;  // [lot * bins + bin] in the bin's store; kNowhere: in process
        std::vector<Time> start;          // [lot]
    };
    std::vector<Store> stores;
    std::vector<Stage> stages;
    std::vector<WaferShipment> shipments;
    std::vector<uint64_t> first_wafer;  // [shipment] number of its first wafer within its stage
};

struct PlaceFate {
    enum class End : uint8_t { handed_on, scrapped, in_process };
    End end = End::handed_on;
    uint8_t reason = kGood;     // why it was scrapped, or what is wrong with it although it was handed on
    uint8_t gate = 0;           // scrapped: 0 in the stage, else the test
    uint8_t bin = 0;            // handed on
    uint32_t set = UINT32_MAX;  // which of the lot's sets of parts it got
    uint64_t out = kNowhere;    // handed on: position among the lot's units of that bin
};
struct LotFates {
    std::vector<PlaceFate> places;       // [place]
    std::vector<uint32_t> place_of_set;  // [set]
    bool in_process = false;
};

// What became of each place of a lot. REQUIRES that the run kept the genealogy and started the lot.
[[nodiscard]] LotFates
lot_fates(const FlowModel& model, const RandomSource& source, const Genealogy& genealogy, uint32_t stage, uint32_t lot);

// The fates of the lots asked for last, by stage.
class FateCache {
 public:
    FateCache(const FlowModel& model, const RandomSource& source, const Genealogy& genealogy)
        : model_(model), source_(source), genealogy_(genealogy), lots_(model.stages.size()) {}
    const LotFates& get(uint32_t stage, uint32_t lot);

 private:
    static constexpr size_t kKept = 16;  // lots per stage: neighbours in a store are asked for together
    const FlowModel& model_;
    RandomSource source_;
    const Genealogy& genealogy_;
    std::vector<std::map<uint32_t, LotFates>> lots_;
};

// One place on the way of a unit, from the last stage backwards; `depth` is the distance from the unit.
struct Ancestor {
    uint32_t depth = 0;
    uint32_t stage = 0;
    uint32_t lot = 0;
    uint32_t place = 0;
    Time start = 0;
    PlaceFate fate;
};
// The way of unit `position` of a store: itself, then what each of its made parts came from, depth first. Empty when
// the store never had such a unit.
[[nodiscard]] std::vector<Ancestor> unit_genealogy(
    const FlowModel& model,
    const RandomSource& source,
    const Genealogy& genealogy,
    uint32_t store,
    uint64_t position);

// The way of every die of the traced wafers: one step per stage that it reached, in compact arrays.
struct DieStep {
    uint32_t die = 0;  // index in DieTraces::dies
    uint32_t stage = 0;
    uint32_t lot = 0;
    uint32_t place = 0;
    PlaceFate::End end = PlaceFate::End::handed_on;
    uint8_t reason = kGood;
    uint8_t gate = 0;
    uint8_t bin = 0;
};
struct TracedDie {
    uint32_t stage = 0;
    uint32_t wafer = 0;
    uint32_t place = 0;
    uint64_t unit = kNowhere;  // position in the final store
};
struct DieTraces {
    std::vector<TracedDie> dies;
    std::vector<DieStep> steps;
    uint64_t wafers = 0;
};
// Whether a wafer is traced at that share, 0..1.
[[nodiscard]] bool is_traced(const RandomSource& source, uint32_t stage, uint32_t wafer, double share);
[[nodiscard]] DieTraces
trace_dies(const FlowModel& model, const RandomSource& source, const Genealogy& genealogy, double share);

// Row and column (0 at the upper left) of a place of a piece. REQUIRES FlowStage::has_map.
struct MapPlace {
    uint32_t row = 0;
    uint32_t column = 0;
};
[[nodiscard]] std::vector<MapPlace> map_places(const FlowStage& stage);
// A map of piece `piece` of a lot: bins, and one code per reason that occurs. REQUIRES FlowStage::has_map.
[[nodiscard]] SubstrateMap
piece_map(const FlowModel& model, uint32_t stage, const LotFates& fates, uint64_t piece, const std::string& id);

// "12/07": the lot and the number in it, both from 1, of wafer `wafer` of a stage.
[[nodiscard]] std::string wafer_name(const Genealogy& genealogy, uint32_t stage, uint64_t wafer);
// The wafer of that name; kNowhere when there is none.
[[nodiscard]] uint64_t wafer_number(const Genealogy& genealogy, uint32_t stage, std::string_view name);

}  // namespace chipchain
