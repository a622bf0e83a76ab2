// The clearing function of a line, fitted from simulations: what it ships a week against the WIP that waits in it
// (Graves, Operations Research 34(4), 1986; Asmundsson, Rardin and Uzsoy, IEEE Transactions on Semiconductor
// Manufacturing 19(1), 2006). The plan takes it as the least of a few lines (docs/planner.md).
//
// f(w) = sum of c_j min(w, b_j) with c_j >= 0 is concave, does not fall, and is 0 at 0 whatever the figures; the c_j
// are least squares of relative errors, the kinks b_j stand among the points and move while the squares fall.
#pragma once

#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/study/rates.h"

namespace chipchain {

// Mean WIP that waits (without what is in process: WIP less output x raw process time) and output per week.
struct ClearingPoint {
    double wip = 0;
    double output = 0;
};

struct ClearingFit {
    std::vector<ClearingLine> lines;  // slopes fall, the last is 0; quantities rise from 0
    double worst = 0;                 // greatest |fitted - output| / output of the points that count

    // Output per week at a WIP that waits: the least of the lines.
    [[nodiscard]] double at(double wip) const;
};

// At most `lines` lines, 2 to 8; fewer when points are few or lie on fewer. Left out are points without WIP or output,
// and those at which less goes out than at another with less WIP (batches that fill slowly at low load); no lines when
// none is left.
[[nodiscard]] ClearingFit fit_clearing(const std::vector<ClearingPoint>& points, size_t lines);

// The simulated points of an operating curve, by Little's law: output x (cycle time - raw process time).
[[nodiscard]] std::vector<ClearingPoint> clearing_points(const std::vector<RateStep>& curve);

// Rows of [[clearing]] of a scenario's resource, each with `source`.
[[nodiscard]] std::string clearing_rows(const ClearingFit& fit, const std::string& resource, const std::string& source);

}  // namespace chipchain
