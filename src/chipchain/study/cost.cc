#include "chipchain/study/cost.h"

namespace chipchain {

namespace {
constexpr double kMonthsPerYear = 365.0 / 30;
}

CostSpec cost_row(const Spec& spec) { return spec.costs.empty() ? CostSpec{} : spec.costs.front(); }

CostOfOwnership cost_of_ownership(const Spec& spec, double starts_per_month, double shipped_share) {
    const CostSpec c = cost_row(spec);
    CostOfOwnership out;
    for (const ToolGroupSpec& g : spec.tool_groups) {
        const auto tools = static_cast<double>(g.tools);
        out.tools += static_cast<uint64_t>(g.tools);
        out.capex_musd += tools * g.capex_musd;
        out.floor_m2 += tools * g.floor_m2;
    }
    const auto tools = static_cast<double>(out.tools);
    const double capex = out.capex_musd * 1e6;
    const double started = starts_per_month * kMonthsPerYear;
    const double good_share = shipped_share * c.line_yield_percent / 100;
    out.good_pieces = started * good_share;
    out.depreciation = capex / c.depreciation_years;
    out.maintenance = capex * c.maintenance_percent / 100;
    out.floor = out.floor_m2 * c.floor_usd_per_m2_year;
    out.labour = tools * c.staff_per_tool * c.staff_usd_per_year;
    out.utilities = tools * c.utilities_usd_per_tool_year;
    out.materials = started * c.materials_usd_per_piece;
    if (started > 0) out.lost_per_piece = out.per_piece() - out.total() / started;
    return out;
}

}  // namespace chipchain
