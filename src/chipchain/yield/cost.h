// Cost per good unit as a chain of stages, and what goes into it: dies from wafers, test insertions, testers.
//
// Stage i takes k_i units of stage i - 1 for each unit it starts (a package of 3 dies: 3; a die of a wafer with 120: 1
// / 120), adds c_i USD per unit started, works with yield y_i, and its test rejects the share C_i of the bad units. The
// good share that goes on is q_i = g / p with g = q_(i-1)^max(1, k_i) y_i and the passing share p = 1 - (1 - g) C_i
// (the CATCH form, escapes.h). A unit that passes costs (k_i cost_(i-1) + c_i) / p. Bad units that escape are found by
// the next test or reach the customer: the cost per GOOD unit is the last cost over the last q.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace chipchain {

struct CostStage {
    std::string name;
    double inputs_per_unit = 1;     // units of the stage before per unit started; unused by the first
    double cost_per_unit_usd = 0;   // added per unit started
    double cost_per_piece_usd = 0;  // added per wafer, panel or board started,
    double units_per_piece = 1;     // of which that many units come
    double yield = 1;               // of the units started from good inputs, in (0, 1]
    double coverage = 1;            // share of the bad units that are rejected here, 0..1
};

// One bar of the waterfall, USD per good unit of the chain's end.
struct CostLine {
    enum class Kind : uint8_t {
        added,   // what the stage would cost without any loss
        loss,    // units rejected at the stage, at what they have cost so far
        escape,  // bad units shipped: their share of the cost of all
    };
    Kind kind = Kind::added;
    uint32_t stage = 0;  // of the last stage for `escape`
    double usd = 0;
};

struct StageOutcome {
    double good_share_in = 1;    // of a full set of inputs
    double passing = 1;          // share of the units started that go on
    double good_share_out = 1;   // of these
    double cost_usd = 0;         // of a unit that goes on
    double starts_per_good = 0;  // units started here per good unit of the end
};

struct CostChain {
    std::vector<StageOutcome> stages;
    std::vector<CostLine> lines;  // added and loss of each stage in order, then escape
    double total_usd = 0;         // per good unit: the sum of the lines, added in their order
    double good_share = 1;        // of the units that leave the chain
};

// The chain's cost per good unit. No stages: no lines, 0 USD. REQUIRES figures that check_cost_chain() accepts.
[[nodiscard]] CostChain cost_chain(std::span<const CostStage> stages);

// Gross dies of a wafer by the textbook formula pi (d/2 - e)^2 / A - pi (d - 2e) / sqrt(2 A) with the die area widened
// by the scribe line, A = S + 2 s sqrt(S) + s^2 (Chiplet Actuary, chip.py). An estimate that is 4 % too low on the
// mean; count with grid.h where it matters. Lengths in mm.
[[nodiscard]] double textbook_dies(double diameter_mm, double die_area_mm2, double scribe_mm, double edge_mm);
// The cost of a die before sort, and of one that is known to be good. REQUIRES dies > 0, yield in (0, 1].
[[nodiscard]] double raw_die_usd(double wafer_usd, double dies);
[[nodiscard]] double known_good_die_usd(double wafer_usd, double dies, double yield);

// A test on a tester with a handler or prober; google/chiplets-cost-model, preprocessor.py, plus several sites.
struct TestInsertion {
    double tester_usd_per_h = 0;
    double handler_usd_per_h = 0;     // or the prober's
    double seconds = 0;               // per insertion, one unit alone
    double insertions = 1;            // per unit
    double retests = 0;               // further insertions of a unit that failed
    uint32_t sites = 1;               // units tested at once
    double multisite_efficiency = 1;  // 1: n units take as long as one; 0: n times as long
};

// Seconds of the tester per unit of one insertion: t (1 + (n - 1)(1 - e)) / n.
[[nodiscard]] double test_seconds_per_unit(const TestInsertion& test);
// The cost of the test, USD per unit that arrives, when `tested` of the units are tested at all and `retested` of them
// (of all that arrive) are tested again.
[[nodiscard]] double test_cost_usd(const TestInsertion& test, double tested, double retested);
// The share of units that a test rejects, (1 - yield) coverage: what `retested` is physically.
[[nodiscard]] double rejected_share(double yield, double coverage);
// The same as google/chiplets-cost-model has it for wafer sort, 1 - yield * coverage: with a coverage below 1 it also
// retests good units, so it is the dearer estimate. Kept because published figures rest on it.
[[nodiscard]] double published_retested_share(double yield, double coverage);
// The share that reaches system-level test behind a final test: good ones and escapes, y + (1 - y)(1 - coverage).
[[nodiscard]] double reaching_share(double yield, double coverage);

// Testers for `units_per_year`, not rounded up. REQUIRES 0 < utilization <= 1.
[[nodiscard]] double
testers_needed(double units_per_year, const TestInsertion& test, double utilization, double hours_per_year = 8760);

}  // namespace chipchain
