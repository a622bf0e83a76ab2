// The rows of a scenario that stand alone: time, items, sites, curves, resources, modules.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/chain_compiler.h"

namespace chipchain {

namespace {

constexpr Time kShortMonth = 14 * kDay;  // a first month shorter than this is joined to the next; assumption
constexpr size_t kMostBuckets = 1'000;   // of a plan; assumption: 20 years of weeks

// Pieces that move together, by kind. A lot of 25 wafers is the FOUP of SEMI E47.1; the others are assumptions.
int64_t lot_of(ItemKind kind) {
    switch (kind) {
        case ItemKind::wafer:
            return 25;
        case ItemKind::die:
        case ItemKind::package:
            return 1'000;
        case ItemKind::panel:
            return 12;
        case ItemKind::board:
            return 100;
        case ItemKind::unit:
            return 1;
        case ItemKind::part:
            return 10'000;
    }
    return 1;
}

// The first day of the month after that of `date`, both since 1970.
Time next_month(Time date) {
    const std::string text = iso_date(date);
    const int year = std::stoi(text.substr(0, 4));
    const int month = std::stoi(text.substr(5, 2));
    return month == 12 ? civil_to_ticks(year + 1, 1, 1, 0, 0, 0) : civil_to_ticks(year, month + 1, 1, 0, 0, 0);
}

}  // namespace

void sort_points(DatedFigure& figure) {
    std::stable_sort(figure.points.begin(), figure.points.end(), [](const DatedValue& a, const DatedValue& b) {
        return a.from < b.from;
    });
}

int64_t lot_of_activity(const ChainItem& item, double quantity) {
    // dies come from wafers, and packages by the panel
    if (item.kind == ItemKind::die) return lot_of(ItemKind::wafer);
    if (item.kind == ItemKind::package && quantity > 1) return lot_of(ItemKind::panel);
    return item.lot;
}

std::string date_of(const ChainCompiler& c, Time t) { return date_text(c.spec.scenario.start + t).substr(0, 10); }

void check_scenario(ChainCompiler& c) {
    const ScenarioSpec& row = c.spec.scenario;
    ChainModel& m = c.model;
    m.name = c.spec.overlay.name.empty() ? row.name : fmt::format("{}+{}", row.name, c.spec.overlay.name);
    m.note = row.note;
    m.start = row.start;
    m.end = row.end - row.start;
    m.service = row.service_percent / 100;
    m.discount_per_year = row.discount_percent / 100;
    m.replications = static_cast<uint32_t>(row.replications);
    m.freeze = row.freeze;
    if (m.end <= 0) {
        c.messages.error(
            "end-before-start",
            fmt::format(
                "the scenario ends on {}, and starts on {}",
                date_text(row.end).substr(0, 10),
                date_text(row.start).substr(0, 10)),
            span_of("scenario", row, "end"),
            "expected a date after the start",
            "end is the first day after the scenario");
    }
}

void make_buckets(ChainCompiler& c) {
    ChainModel& m = c.model;
    if (m.end <= 0) return;
    Time t = 0;
    const auto add = [&m, &t](Time until) {
        Bucket& bucket = m.buckets.emplace_back();
        bucket.begin = t;
        bucket.end = t = std::min(until, m.end);
    };
    for (int64_t i = 0; i < c.spec.scenario.weeks && t < m.end; ++i) add(t + kWeek);
    for (bool first = true; t < m.end && m.buckets.size() <= kMostBuckets; first = false) {
        Time until = next_month(m.start + t) - m.start;
        if (first && until - t < kShortMonth) until = next_month(m.start + until) - m.start;
        add(until);
    }
    if (m.buckets.size() <= kMostBuckets) return;
    c.messages.error(
        "too-many-buckets",
        fmt::format("from {} to {} there are more than {} buckets", date_of(c, 0), date_of(c, m.end), kMostBuckets),
        span_of("scenario", c.spec.scenario, "end"),
        fmt::format("expected at most {} weeks and months", kMostBuckets),
        "end the scenario earlier, or plan fewer weeks");
}

void add_items_and_sites(ChainCompiler& c) {
    constexpr double kWeeksPerYear = kDaysPerYear / 7;
    for (const ItemSpec& row : c.spec.items) {
        ChainItem& item = c.model.items.emplace_back();
        item.name = row.name;
        item.kind = row.kind;
        item.family = row.family;
        item.value_usd = row.value_usd;
        item.holding_usd_per_week =
            row.holding_usd_per_week + row.value_usd * row.holding_percent / 100 / kWeeksPerYear;
        item.lot = row.lot > 0 ? row.lot : lot_of(row.kind);
    }
    for (const SiteSpec& row : c.spec.sites) {
        ChainSite& site = c.model.sites.emplace_back();
        site.name = row.name;
        site.kind = row.kind;
        site.region = row.region;
        site.time_to_recover = to_ticks(row.time_to_recover_d, kDay);
    }
}

void add_curves(ChainCompiler& c) {
    for (const std::string& name : c.curves.names()) c.model.curves.emplace_back().name = name;
    for (const CurveSpec& row : c.spec.curves) {
        DatedFigure& share = c.model.curves[c.curves.find(row.curve)].share;
        if (!share.points.empty() && row.day <= share.points.back().from) {
            c.messages.error(
                "curve-order",
                fmt::format(
                    "curve '{}': day {} stands after day {}",
                    row.curve,
                    ticks_to_text(row.day, kDay),
                    ticks_to_text(share.points.back().from, kDay)),
                span_of("curve", row, "day_d"),
                "expected a later day than in the row before",
                "write the points of a curve in order of their days");
            continue;
        }
        DatedValue& point = share.points.emplace_back();
        point.from = row.day;
        point.value = row.percent / 100;
        point.linear = !row.step;
    }
}

void add_resources(ChainCompiler& c) {
    for (const ResourceSpec& row : c.spec.resources) {
        ChainResource& resource = c.model.resources.emplace_back();
        resource.name = row.name;
        resource.site = c.sites.find(row.site);
        resource.unit = row.unit;
        resource.process = row.process;
        resource.sized_per_week = row.sized_per_month * 7 / 30;
        resource.target = row.target_percent / 100;
        resource.capacity_per_week.before = row.capacity_per_week;
    }
    for (const ResourceCapacitySpec& row : c.spec.resource_capacities) {
        DatedValue& point = c.model.resources[c.resources.find(row.resource)].capacity_per_week.points.emplace_back();
        point.from = row.from;
        point.value = row.capacity_per_week;
        point.linear = row.linear;
    }
    for (ChainResource& resource : c.model.resources) sort_points(resource.capacity_per_week);
    for (const ClearingSpec& row : c.spec.clearings) {
        ClearingLine& line = c.model.resources[c.resources.find(row.resource)].clearing.emplace_back();
        line.slope = row.slope;
        line.quantity = row.quantity;
    }
}

void add_modules(ChainCompiler& c) {
    for (const CapacityModuleSpec& row : c.spec.capacity_modules) {
        ChainModule& module = c.model.modules.emplace_back();
        module.name = row.name;
        module.resource = c.resources.find(row.resource);
        module.capacity_per_week = row.capacity_per_week;
        module.capex_usd = row.capex_usd;
        module.build = row.build;
        module.ramp = row.ramp.empty() ? kNoIndex : c.curves.find(row.ramp);
        module.most = row.most;
        module.most_per_quarter = row.most_per_quarter;
        module.from = row.from;
        module.until = row.until < 0 ? c.model.end : row.until;
    }
    for (const ModuleOrderSpec& row : c.spec.module_orders) {
        c.model.modules[c.modules.find(row.module)].ordered.emplace_back(row.date, row.count);
    }
    for (ChainModule& module : c.model.modules) std::stable_sort(module.ordered.begin(), module.ordered.end());
    for (const BudgetSpec& row : c.spec.budgets)
        c.model.budgets.emplace_back(static_cast<int>(row.year), row.capex_usd);
    std::sort(c.model.budgets.begin(), c.model.budgets.end());
}

}  // namespace chipchain
