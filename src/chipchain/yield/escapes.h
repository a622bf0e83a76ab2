// Defective units that pass a test: defect level of what is shipped, and a flow of tests with repair.
//
// Two forms are in use and differ by up to 40 % of the defect level; a report must name the one it used:
//   williams-brown: DL = 1 - Y^(1 - T), T = share of all possible faults that the test sees; a bad unit may have
//   several
//                   faults, each a chance to be caught. Williams and Brown, IEEE Trans. Computers C-30(12), 1981.
//   catch:          pass = 1 - (1 - Y) C, DL = 1 - Y / pass, C = share of bad units that the test rejects. CATCH
//                   (nanocad-lab, design.py).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

enum class EscapeForm : uint8_t { williams_brown, catch_form };

struct EscapeRow {
    EscapeForm form;
    std::string_view name;  // as written by users
    std::string_view formula;
    std::string_view source;
    double (*passing)(double yield, double coverage);  // share of the tested units that pass
    double (*coverage)(double yield, double passing);  // the inverse in coverage
};
[[nodiscard]] std::span<const EscapeRow> escape_forms();
// The form of that name, or the diagnostic unknown-escape-form with the nearest name.
[[nodiscard]] Result<EscapeForm> find_escape_form(std::string_view name, const Span& span = {});

// The share of tested units that pass. REQUIRES 0 < yield <= 1 and 0 <= coverage <= 1, here and below.
[[nodiscard]] double passing_share(EscapeForm form, double yield, double coverage);
// The defect level: the share of bad units among those that pass, 0..1.
[[nodiscard]] double defect_level(EscapeForm form, double yield, double coverage);
[[nodiscard]] double defect_level_ppm(EscapeForm form, double yield, double coverage);
// The coverage at which the defect level is `ppm`; 0 when no test at all does it. REQUIRES yield < 1.
[[nodiscard]] double coverage_for_ppm(EscapeForm form, double yield, double ppm);

// One gate of a test flow in which what is found is repaired and goes on.
struct RepairGate {
    std::string name;
    double coverage = 0;          // share of the bad units that it finds
    double test_cost_usd = 0;     // per unit tested
    double repair_cost_usd = 0;   // per unit found
    double false_call_share = 0;  // of the good units; each costs a review
    double review_cost_usd = 0;   // per false call
    double repair_yield = 1;      // share of the repaired units that are good afterwards; the others go on bad
};

struct GateOutcome {
    double yield_before = 0;
    double yield_after = 0;
    double found = 0;  // bad units found and repaired
    double false_calls = 0;
    double test_cost_usd = 0;
    double repair_cost_usd = 0;  // with reviews
};

struct RepairFlow {
    std::vector<GateOutcome> gates;
    double escaped = 0;          // bad units behind the last gate
    double field_cost_usd = 0;   // of these
    double test_cost_usd = 0;    // of all gates
    double repair_cost_usd = 0;  // of all gates and the field
    [[nodiscard]] double cost_usd() const { return test_cost_usd + repair_cost_usd; }
};

// Sends `units` of that yield through the gates; each unit is tested once at each gate, every escaped one costs
// `field_repair_usd`. Six Sigma for Electronics Design and Manufacturing, table 4.6.
[[nodiscard]] RepairFlow
repair_flow(double units, double yield, std::span<const RepairGate> gates, double field_repair_usd);

// The coverage of a gate that lifts the yield from `before` to `after`. REQUIRES before < 1, before <= after <= 1.
[[nodiscard]] double coverage_between(double before, double after);

// What an inspection was counted to do, as for head-in-pillow by X-ray.
struct Inspection {
    uint64_t found = 0;        // defects called
    uint64_t escaped = 0;      // defects not called
    uint64_t false_calls = 0;  // calls that were none
};
struct InspectionFigures {
    double detection = 0;      // found / defects: the coverage
    double detection_low = 0;  // 95 % interval of it: Wilson, JASA 22, 1927
    double detection_high = 1;
    double false_call_share = 0;  // false / all calls
};
// REQUIRES at least one defect.
[[nodiscard]] InspectionFigures inspection_figures(const Inspection& inspection);

}  // namespace chipchain
