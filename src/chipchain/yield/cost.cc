#include "chipchain/yield/cost.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kSecondsPerHour = 3600;

double added_usd(const CostStage& stage) {
    return stage.cost_per_unit_usd + stage.cost_per_piece_usd / stage.units_per_piece;
}

}  // namespace

CostChain cost_chain(std::span<const CostStage> stages) {
    CostChain chain;
    double good = 1;
    double cost = 0;
    // forwards: what a unit that goes on has cost, and how many of them are good
    for (const CostStage& stage : stages) {
        CHECK(stage.yield > 0 && stage.yield <= 1 && stage.coverage >= 0 && stage.coverage <= 1);
        CHECK(stage.inputs_per_unit > 0 && stage.units_per_piece > 0);
        StageOutcome outcome;
        outcome.good_share_in = good == 1 ? 1.0 : deterministic_pow(good, std::max(1.0, stage.inputs_per_unit));
        const double made_good = outcome.good_share_in * stage.yield;
        outcome.passing = 1.0 - (1.0 - made_good) * stage.coverage;
        outcome.good_share_out = made_good / outcome.passing;
        const double inputs = chain.stages.empty() ? 0.0 : stage.inputs_per_unit * cost;
        outcome.cost_usd = (inputs + added_usd(stage)) / outcome.passing;
        good = outcome.good_share_out;
        cost = outcome.cost_usd;
        chain.stages.push_back(outcome);
    }
    if (stages.empty()) return chain;
    chain.good_share = good;

    // backwards: units of each stage per unit of the end, without loss for the lines and with loss for the starts
    std::vector<double> ideal(stages.size(), 1.0);
    double wanted = 1.0 / good;
    for (size_t i = stages.size(); i-- > 0;) {
        if (i + 1 < stages.size()) ideal[i] = ideal[i + 1] * stages[i + 1].inputs_per_unit;
        chain.stages[i].starts_per_good = wanted / chain.stages[i].passing;
        wanted = chain.stages[i].starts_per_good * stages[i].inputs_per_unit;
    }
    for (uint32_t i = 0; i < stages.size(); ++i) {
        const StageOutcome& outcome = chain.stages[i];
        chain.lines.push_back({CostLine::Kind::added, i, ideal[i] * added_usd(stages[i])});
        chain.lines.push_back({CostLine::Kind::loss, i, ideal[i] * outcome.cost_usd * (1.0 - outcome.passing)});
    }
    const auto last = static_cast<uint32_t>(stages.size() - 1);
    chain.lines.push_back({CostLine::Kind::escape, last, cost * (1.0 / good - 1.0)});
    for (const CostLine& line : chain.lines) chain.total_usd += line.usd;
    return chain;
}

double textbook_dies(double diameter_mm, double die_area_mm2, double scribe_mm, double edge_mm) {
    CHECK(diameter_mm > 2 * edge_mm && die_area_mm2 > 0 && scribe_mm >= 0);
    const double area = die_area_mm2 + 2 * scribe_mm * std::sqrt(die_area_mm2) + scribe_mm * scribe_mm;
    const double usable = diameter_mm - 2 * edge_mm;
    return kPi * usable * usable / 4 / area - kPi * usable / std::sqrt(2 * area);
}

double raw_die_usd(double wafer_usd, double dies) {
    CHECK(dies > 0);
    return wafer_usd / dies;
}

double known_good_die_usd(double wafer_usd, double dies, double yield) {
    CHECK(yield > 0 && yield <= 1);
    return raw_die_usd(wafer_usd, dies) / yield;
}

double test_seconds_per_unit(const TestInsertion& test) {
    CHECK(test.sites >= 1 && test.multisite_efficiency >= 0 && test.multisite_efficiency <= 1);
    return test.seconds * (1.0 + (test.sites - 1.0) * (1.0 - test.multisite_efficiency)) / test.sites;
}

double test_cost_usd(const TestInsertion& test, double tested, double retested) {
    const double rate = (test.tester_usd_per_h + test.handler_usd_per_h) / kSecondsPerHour;
    return rate * test_seconds_per_unit(test) * (tested * test.insertions + retested * test.retests);
}

double rejected_share(double yield, double coverage) { return (1.0 - yield) * coverage; }

double published_retested_share(double yield, double coverage) { return 1.0 - yield * coverage; }

double reaching_share(double yield, double coverage) { return yield + (1.0 - yield) * (1.0 - coverage); }

double testers_needed(double units_per_year, const TestInsertion& test, double utilization, double hours_per_year) {
    CHECK(utilization > 0 && utilization <= 1 && hours_per_year > 0);
    const double hours = units_per_year * test.insertions * test_seconds_per_unit(test) / kSecondsPerHour;
    return hours / (hours_per_year * utilization);
}

}  // namespace chipchain
