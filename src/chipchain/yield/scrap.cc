#include "chipchain/yield/scrap.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

bool is_yield(double yield) { return yield > 0 && yield <= 1; }

// Good dies lost per die in a good package.
double lost_dies(AttachFlow flow, const FanOutYields& yields) {
    const double attach =
        flow == AttachFlow::chip_first ? yields.rdl : compounded_yield(yields.bond_per_die, yields.dies);
    return 1.0 / (attach * yields.substrate_bond) - 1.0;
}

}  // namespace

double compounded_yield(double layer_yield, uint32_t layers) {
    CHECK(layer_yield >= 0 && layer_yield <= 1);
    double yield = 1;
    for (uint32_t i = 0; i < layers; ++i) yield *= layer_yield;
    return yield;
}

double rolled_yield(std::span<const double> step_yields) {
    return std::accumulate(step_yields.begin(), step_yields.end(), 1.0, std::multiplies<>());
}

double layer_yield_for(double total, uint32_t layers) {
    CHECK(is_yield(total) && layers >= 1);
    return deterministic_pow(total, 1.0 / layers);
}

FanOutScrap fan_out_scrap(
    AttachFlow flow,
    const FanOutYields& yields,
    double dies_usd,
    double interposer_usd,
    double substrate_usd) {
    CHECK(is_yield(yields.rdl) && is_yield(yields.bond_per_die) && is_yield(yields.substrate_bond));
    const double bond = flow == AttachFlow::chip_first ? 1.0 : compounded_yield(yields.bond_per_die, yields.dies);
    FanOutScrap scrap;
    scrap.dies_usd = dies_usd * lost_dies(flow, yields);
    scrap.interposer_usd = interposer_usd * (1.0 / (yields.rdl * bond * yields.substrate_bond) - 1.0);
    scrap.substrate_usd = substrate_usd * (1.0 / yields.substrate_bond - 1.0);
    return scrap;
}

double chip_last_break_even_usd(const FanOutYields& yields, double extra_usd) {
    const double saved = lost_dies(AttachFlow::chip_first, yields) - lost_dies(AttachFlow::chip_last, yields);
    if (extra_usd <= 0 && saved >= 0) return 0;
    return saved <= 0 ? std::numeric_limits<double>::infinity() : extra_usd / saved;
}

double assembly_scrap_usd(std::span<const AssemblyStep> steps, AssemblyScrap rule) {
    double scrap = 0;
    double before = 0;  // value joined by the steps before
    for (const AssemblyStep& step : steps) {
        CHECK(is_yield(step.yield_per_part));
        const double joined = std::accumulate(step.part_values_usd.begin(), step.part_values_usd.end(), 0.0);
        const double yield = compounded_yield(step.yield_per_part, static_cast<uint32_t>(step.part_values_usd.size()));
        scrap += (joined + (rule == AssemblyScrap::whole_stack ? before : 0.0)) * (1.0 - yield);
        before += joined;
    }
    return scrap;
}

}  // namespace chipchain
