// What `chipchain yield die|panel|board` answers: devices of a substrate with their places, shots and utilisation, the
// yield of each model at each defect density, good devices and cost, and a map that files and pictures are made from.
// Puts the functions of yield/ together; checks nothing (cli/yield_request.h does).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/report/map_picture.h"
#include "chipchain/yield/defects.h"
#include "chipchain/yield/models.h"
#include "chipchain/yield/packing.h"

namespace chipchain {

struct YieldQuestion {
    std::vector<double> d0_per_cm2;  // of the whole process; empty: no models
    YieldModel model = YieldModel::negative_binomial;
    double alpha = 3;
    double critical_layers = 1;     // Bose-Einstein: the density of each is d0 / layers
    double fixed_yield = 0;         // of a device, beside the models; 0: none
    std::string fixed_name;         // "3 redistribution layers of 0.98"
    double line_yield = 1;          // of substrates
    double substrate_cost_usd = 0;  // 0: no costs
};

struct DieQuestion {
    double die_x_mm = 10;
    double die_y_mm = 10;
    double street_mm = 0.1;
    WaferShape wafer;
    Centring centring = Centring::best;
    double field_x_mm = 0;  // 0: no shots
    double field_y_mm = 0;
    bool partial_shots = false;
    uint32_t products = 1;  // of equal size, by turns in a field
    YieldQuestion yield;
};

struct PanelQuestion {
    PanelShape panel;
    PackageShape package;
    Rotation rotation = Rotation::both;
    FieldRule field;
    YieldQuestion yield;
};

struct BoardQuestion {
    double panel_x_mm = 457.2;
    double panel_y_mm = 609.6;
    double board_x_mm = 100;
    double board_y_mm = 100;
    double border_mm = 19.05;
    double gap_mm = 2.54;
    Rotation rotation = Rotation::both;
    double coupon_x_mm = 0;
    double coupon_y_mm = 0;
    uint32_t coupons = 0;
    YieldQuestion yield;
};

// A line of the answer: "utilisation", 0.801, "of the wafer's area".
struct YieldFigure {
    std::string name;
    double value = 0;
    std::string unit;
};

// One model at one density. Bose-Einstein gets d0 / critical layers.
struct YieldRow {
    std::string model;
    bool chosen = false;
    double d0_per_cm2 = 0;  // 0 for the fixed yield
    double device_yield = 1;
    double good = 0;               // devices per substrate started: line yield x device yield x devices
    double cost_per_good_usd = 0;  // 0 without a cost
};

struct YieldAnswer {
    uint64_t devices = 0;
    std::vector<YieldFigure> figures;
    std::vector<YieldRow> rows;
    SubstrateMap map;  // all devices good; rows == 0 when nothing fits
    MapOverlay overlay;
};

[[nodiscard]] YieldAnswer answer(const DieQuestion& question);
[[nodiscard]] YieldAnswer answer(const PanelQuestion& question);
[[nodiscard]] YieldAnswer answer(const BoardQuestion& question);

// `count` substrates with clustered defects drawn on them.
struct SampledMaps {
    SubstrateMap first;                 // the map of substrate 0
    std::vector<PicturePoint> defects;  // of it, at random places of their devices' areas
    double mean_good = 0;
    uint64_t least_good = 0;
    uint64_t most_good = 0;
};
// REQUIRES map with devices, count > 0.
[[nodiscard]] SampledMaps sample_maps(const SubstrateMap& map, const DefectModel& model, uint64_t seed, uint32_t count);

}  // namespace chipchain
