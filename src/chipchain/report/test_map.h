// For tests only: small maps with every kind of content.
#pragma once

#include "chipchain/yield/grid.h"

namespace chipchain::testing {

// 100 mm wafer with 26 dies of 15 x 12 mm, some failed, one scrapped.
inline SubstrateMap small_wafer_map() {
    const Region region = usable_region(WaferShape{100, 3, 3, 0});
    const GridCell cell = device_cell(15, 12, 0.1);
    SubstrateMap map = map_of(region, cell, place(region, cell, Centring::corner));
    map.substrate_id = "LOT1-07";
    map.lot_id = "LOT1";
    map.product = "A<5> & \"more\"";
    map.width_mm = map.height_mm = 100;
    map.bins = {{1, true, "good"}, {2, false, "defect"}, {0, false, "scrapped"}};
    uint32_t n = 0;
    for (uint8_t& code : map.codes) {
        if (code == kNullBin) continue;
        ++n;
        if (n % 5 == 0) code = 2;
        if (n == 7) code = 0;
    }
    return map;
}

inline SubstrateMap small_panel_map(SubstrateKind kind = SubstrateKind::panel) {
    const Region region = usable_region(PanelShape{310, 305, 5, {}});
    const GridCell cell = device_cell(60, 70, 0.2);
    SubstrateMap map = map_of(region, cell, place(region, cell, Centring::best));
    map.kind = kind;
    map.width_mm = 310;
    map.height_mm = 305;
    map.codes[3] = kNullBin;
    map.codes[5] = 9;
    map.bins.push_back({9, false, "broken"});
    return map;
}

}  // namespace chipchain::testing
