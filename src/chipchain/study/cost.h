// Cost of ownership of a line per good piece: SEMI E35, cost per good unit = (fixed + recurring cost + cost of lost
// units) / good units, with the terms of the table `cost`. Money is US$, per year unless a name says otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/spec/spec.h"

namespace chipchain {

struct CostOfOwnership {
    uint64_t tools = 0;
    double capex_musd = 0;
    double floor_m2 = 0;
    double good_pieces = 0;  // per year
    double depreciation = 0;
    double maintenance = 0;
    double floor = 0;
    double labour = 0;
    double utilities = 0;
    double materials = 0;
    [[nodiscard]] double total() const { return depreciation + maintenance + floor + labour + utilities + materials; }
    // Of a good piece; 0 when there are none. A part of it is that part / good_pieces.
    [[nodiscard]] double per_piece() const { return good_pieces > 0 ? total() / good_pieces : 0; }
    // Of per_piece(), what is paid for pieces that are lost: all costs are spent on started pieces.
    double lost_per_piece = 0;
};

// `starts_per_month`: pieces in 30 days; `shipped_share`: of them, by the routes (scrap).
[[nodiscard]] CostOfOwnership cost_of_ownership(const Spec& spec, double starts_per_month, double shipped_share);

// The row of the table `cost`, or the defaults.
[[nodiscard]] CostSpec cost_row(const Spec& spec);

}  // namespace chipchain
