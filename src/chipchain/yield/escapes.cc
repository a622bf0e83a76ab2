#include "chipchain/yield/escapes.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/names.h"

namespace chipchain {

namespace {

constexpr double kPpm = 1e6;

// Y = pass * (1 - DL) in both forms, so Williams-Brown's share of passing units is Y^T
double williams_brown_passing(double yield, double coverage) { return deterministic_pow(yield, coverage); }
double williams_brown_coverage(double yield, double passing) {
    return deterministic_log(passing) / deterministic_log(yield);
}

double catch_passing(double yield, double coverage) { return 1.0 - (1.0 - yield) * coverage; }
double catch_coverage(double yield, double passing) { return (1.0 - passing) / (1.0 - yield); }

constexpr EscapeRow kForms[] = {
    {EscapeForm::williams_brown,
     "williams-brown",
     "DL = 1 - Y^(1 - T)",
     "Williams and Brown, IEEE Trans. Computers C-30(12), 1981",
     williams_brown_passing,
     williams_brown_coverage},
    {EscapeForm::catch_form,
     "catch",
     "DL = 1 - Y / (1 - (1 - Y) C)",
     "CATCH, nanocad-lab, design.py, 2025",
     catch_passing,
     catch_coverage},
};

const EscapeRow& row_of(EscapeForm form) { return kForms[static_cast<size_t>(form)]; }

}  // namespace

std::span<const EscapeRow> escape_forms() { return kForms; }

Result<EscapeForm> find_escape_form(std::string_view name, const Span& span) {
    return find_row<EscapeRow>(kForms, name, "unknown-escape-form", "form of test escapes", span)
        .map([](const EscapeRow* row) { return row->form; });
}

double passing_share(EscapeForm form, double yield, double coverage) {
    CHECK(yield > 0 && yield <= 1 && coverage >= 0 && coverage <= 1);
    return row_of(form).passing(yield, coverage);
}

double defect_level(EscapeForm form, double yield, double coverage) {
    return std::max(0.0, 1.0 - yield / passing_share(form, yield, coverage));
}

double defect_level_ppm(EscapeForm form, double yield, double coverage) {
    return kPpm * defect_level(form, yield, coverage);
}

double coverage_for_ppm(EscapeForm form, double yield, double ppm) {
    CHECK(yield > 0 && yield < 1 && ppm >= 0 && ppm < kPpm);
    const double passing = yield / (1.0 - ppm / kPpm);
    return passing >= 1 ? 0.0 : row_of(form).coverage(yield, passing);
}

RepairFlow repair_flow(double units, double yield, std::span<const RepairGate> gates, double field_repair_usd) {
    CHECK(units >= 0 && yield >= 0 && yield <= 1);
    RepairFlow flow;
    double bad = units * (1.0 - yield);
    for (const RepairGate& gate : gates) {
        GateOutcome outcome;
        outcome.yield_before = units == 0 ? 1.0 : 1.0 - bad / units;
        outcome.found = bad * gate.coverage;
        outcome.false_calls = (units - bad) * gate.false_call_share;
        outcome.test_cost_usd = units * gate.test_cost_usd;
        outcome.repair_cost_usd = outcome.found * gate.repair_cost_usd + outcome.false_calls * gate.review_cost_usd;
        bad -= outcome.found * gate.repair_yield;
        outcome.yield_after = units == 0 ? 1.0 : 1.0 - bad / units;
        flow.test_cost_usd += outcome.test_cost_usd;
        flow.repair_cost_usd += outcome.repair_cost_usd;
        flow.gates.push_back(outcome);
    }
    flow.escaped = bad;
    flow.field_cost_usd = bad * field_repair_usd;
    flow.repair_cost_usd += flow.field_cost_usd;
    return flow;
}

double coverage_between(double before, double after) {
    CHECK(before < 1 && before <= after && after <= 1);
    return (after - before) / (1.0 - before);
}

InspectionFigures inspection_figures(const Inspection& inspection) {
    const auto defects = static_cast<double>(inspection.found + inspection.escaped);
    CHECK(defects > 0);
    InspectionFigures figures;
    figures.detection = static_cast<double>(inspection.found) / defects;
    const double z = normal_quantile(0.975);
    const double weight = z * z / defects;
    const double centre = (figures.detection + weight / 2) / (1 + weight);
    const double half =
        z / (1 + weight) * std::sqrt(figures.detection * (1 - figures.detection) / defects + weight / (4 * defects));
    figures.detection_low = std::max(0.0, centre - half);
    figures.detection_high = std::min(1.0, centre + half);
    const auto calls = static_cast<double>(inspection.found + inspection.false_calls);
    figures.false_call_share = calls == 0 ? 0.0 : static_cast<double>(inspection.false_calls) / calls;
    return figures;
}

}  // namespace chipchain
