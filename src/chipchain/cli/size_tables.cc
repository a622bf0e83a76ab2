#include "chipchain/cli/size_tables.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/report/table_rows.h"
#include "chipchain/report/text_table.h"
#include "chipchain/study/cost.h"
#include "chipchain/study/resize.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kSizeColumns[] = {
    {"model", K::fact, "", "name of the line"},
    {"model_hash", K::fact, "", "of the sized model"},
    {"version", K::fact, "", "program version and commit"},
    {"seed", K::fact, "", "seed of all random numbers"},
    {"outcome", K::fact, "", "analytic, reached, least_tools, not_reached or stopped"},
    {"starts_per_month", K::fact, "pieces", "started in 30 days"},
    {"target_d", K::fact, "d", "cycle time asked for"},
    {"raw_process_time_d", K::fact, "d", "mean over lots"},
    {"forecast_x_factor", K::value, "", "queueing approximation, corrected by the simulation"},
    {"x_factor", K::value, "", "simulated cycle time / raw process time, over all lots"},
    {"x_factor_half_width", K::value, "", "of its interval"},
    {"cycle_time_d", K::value, "d", "simulated mean over all lots"},
    {"shipped_percent", K::value, "%", "simulated, of what the starts must ship"},
    {"replications", K::fact, "", "simulated"},
    {"horizon_d", K::fact, "d", "of each"},
    {"warmup_d", K::fact, "d", "of each"},
    {"mser_warmup_d", K::value, "d", "longest warm-up of the WIP by MSER-5; -1: no steady state was seen"},
    {"tools", K::value, "", "of all groups"},
    {"capex_musd", K::value, "million US$", "price of the tools"},
    {"floor_m2", K::value, "m2", "floor of the tools"},
    {"cost_usd_per_piece", K::value, "US$", "cost of ownership of a good piece (SEMI E35)"},
    {"knee_starts_per_month",
     K::value,
     "pieces",
     "rate at which rate / cycle time is greatest (Kleinrock 1979), forecast"},
};

constexpr ColumnInfo kGroupColumns[] = {
    {"tool_group", K::key, "", "tool group"},
    {"area", K::fact, "", "area"},
    {"tools", K::value, "", "sized"},
    {"tools_before", K::fact, "", "in the model as read"},
    {"busy_tools", K::value, "", "tools that the work needs on average"},
    {"setup_tools", K::value, "", "of them, for setups"},
    {"rework_tools", K::value, "", "of them, for rework"},
    {"batch_lots", K::value, "lots", "of a batch"},
    {"availability_percent", K::value, "%", "neither down nor in maintenance"},
    {"down_percent", K::value, "%", "of all time"},
    {"maintenance_percent", K::value, "%", "of all time"},
    {"utilisation_percent", K::value, "%", "analytic: (setup + load + process + unload) / available time"},
    {"simulated_utilisation_percent", K::value, "%", "the same, simulated"},
    {"queue_mean_h", K::value, "h", "wait per visit, simulated; forecast where nothing was simulated"},
    {"queue_lots_mean", K::value, "lots", "waiting"},
    {"queue_d", K::value, "d", "waiting of a lot over all its visits"},
    {"capex_musd", K::value, "million US$", "of the group"},
    {"floor_m2", K::value, "m2", "of the group"},
    {"more_tool_d", K::value, "d", "cycle time that one more tool saves, forecast"},
    {"more_tool_starts", K::value, "pieces", "more starts in 30 days that one more tool allows at the same cycle time"},
    {"more_tool_musd_per_d", K::value, "million US$/d", "its price per day saved"},
    {"source", K::fact, "", "where the figures of the group come from"},
};

constexpr ColumnInfo kCostColumns[] = {
    {"item", K::key, "", "term of the cost of ownership"},
    {"musd_per_year", K::value, "million US$", "per year"},
    {"usd_per_piece", K::value, "US$", "per good piece"},
    {"share_percent", K::value, "%", "of the total"},
};

constexpr ColumnInfo kCurveColumns[] = {
    {"starts_per_month", K::key, "pieces", "started in 30 days"},
    {"rate_percent", K::fact, "%", "of the line's starts"},
    {"utilisation_percent", K::value, "%", "of the most utilised group's capacity, analytic"},
    {"forecast_x_factor", K::value, "", "queueing approximation"},
    {"x_factor", K::value, "", "simulated"},
    {"x_factor_half_width", K::value, "", "of its interval"},
    {"shipped_percent", K::value, "%", "of what the starts must ship; below 100 the line fills up"},
};

constexpr TableSchema kSize{"size", "the sized line", kSizeColumns};
constexpr TableSchema kGroup{"size_group", "load, waiting and the worth of one more tool", kGroupColumns};
constexpr TableSchema kCost{"size_cost", "cost of ownership", kCostColumns};
constexpr TableSchema kCurve{"size_curve", "the operating curve", kCurveColumns};

std::string outcome_name(SizeOutcome outcome) {
    switch (outcome) {
        case SizeOutcome::analytic:
            return "analytic";
        case SizeOutcome::reached:
            return "reached";
        case SizeOutcome::least_tools:
            return "least_tools";
        case SizeOutcome::not_reached:
            return "not_reached";
        case SizeOutcome::stopped:
            return "stopped";
    }
    return {};
}

// Shipped pieces / started pieces by the routes' scrap.
double shipped_share(const LineLoad& line) {
    double lots = 0;
    double out = 0;
    for (const LotTypeLoad& type : line.lot_types) {
        lots += type.lots_per_h;
        out += type.lots_per_h * type.shipped_share;
    }
    return lots > 0 ? out / lots : 0;
}

CostOfOwnership cost_of(const SizeFindings& f) {
    return cost_of_ownership(f.result.spec, f.result.starts_per_month, shipped_share(f.result.line));
}

ResultTable size_table(const SizeFindings& f) {
    const SizeResult& r = f.result;
    const CostOfOwnership cost = cost_of(f);
    Rows rows(kSize);
    rows.text(r.model.name).text(fmt::format("{:016x}", r.model.hash)).text(std::string(version())).count(f.seed);
    rows.text(outcome_name(r.outcome)).number(r.starts_per_month).number(r.target_d).number(r.raw_d);
    rows.number(r.forecast.x_factor());
    if (r.measured) {
        const Measured& m = *r.measured;
        rows.number(m.x_factor.mean).number(m.x_factor.half_width).number(m.cycle_time_d.mean);
        rows.number(100 * m.shipped_share.mean).count(m.replications).number(m.horizon_d).number(m.warmup_d);
        rows.number(m.mser_d);
    } else {
        rows.none().none().none().none().count(0).none().none().none();
    }
    rows.count(cost.tools).number(cost.capex_musd).number(cost.floor_m2).number(cost.per_piece()).number(f.knee_starts);
    return rows.take();
}

ResultTable group_table(const SizeFindings& f) {
    const SizeResult& r = f.result;
    const std::vector<double> visits = mean_visits(r.line);
    std::map<uint32_t, MoreTool> more;
    for (const MoreTool& row : f.more) more.emplace(row.group, row);
    Rows rows(kGroup);
    for (uint32_t g = 0; g < r.line.groups.size(); ++g) {
        const ToolGroupSpec& spec = r.spec.tool_groups[g];
        const GroupLoad& load = r.line.groups[g];
        const auto tools = static_cast<double>(spec.tools);
        rows.text(spec.name).text(spec.area).count(static_cast<uint64_t>(spec.tools));
        rows.count(static_cast<uint64_t>(f.before->tool_groups[g].tools))
            .number(load.busy_tools)
            .number(load.setup_tools);
        rows.number(load.demand.rework_tools).number(load.batch_lots).number(100 * load.availability);
        rows.number(100 * load.down_share).number(100 * load.maintenance_share).number(100 * load.utilisation);
        if (r.measured) {
            rows.number(100 * r.measured->groups[g].utilisation);
        } else {
            rows.none();
        }
        const double wait = r.measured ? r.measured->groups[g].wait_h : r.forecast.groups[g].wait_h();
        rows.number(wait).number(wait * load.demand.visits_per_h).number(visits[g] * wait / 24);
        rows.number(tools * spec.capex_musd).number(tools * spec.floor_m2);
        const auto found = more.find(g);
        if (found == more.end()) {
            rows.none().none().none();
        } else {
            rows.number(found->second.days).number(found->second.starts_per_month);
            rows.number(found->second.days > 1e-6 ? found->second.musd_per_day : NAN);
        }
        rows.text(spec.source);
    }
    return rows.take();
}

ResultTable cost_table(const SizeFindings& f) {
    const CostOfOwnership c = cost_of(f);
    Rows rows(kCost);
    const auto add = [&](const char* item, double per_year) {
        rows.text(item).number(per_year / 1e6);
        rows.number(c.good_pieces > 0 ? per_year / c.good_pieces : NAN);
        rows.number(c.total() > 0 ? 100 * per_year / c.total() : NAN);
    };
    add("depreciation", c.depreciation);
    add("maintenance", c.maintenance);
    add("floor", c.floor);
    add("labour", c.labour);
    add("utilities", c.utilities);
    add("materials", c.materials);
    add("total", c.total());
    return rows.take();
}

std::string cell(const ResultTable& t, size_t row, std::string_view column, const char* suffix = "") {
    const size_t c = t.schema->index(column);
    if (std::holds_alternative<std::monostate>(t.at(row, c))) return "-";
    return short_number(t.number(row, c)) + suffix;
}

std::string bottlenecks(const ResultTable& t, size_t width, size_t most) {
    std::vector<size_t> order(t.rows());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    const size_t wait = t.schema->index("queue_d");
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return t.number(a, wait) > t.number(b, wait);
    });
    if (most > 0 && order.size() > most) order.resize(most);
    TextTable text(
        {{"tool group", true},
         {"tools"},
         {"before", false, 5},
         {"busy", false, 4},
         {"avail %", false, 3},
         {"util %"},
         {"sim %", false, 2},
         {"wait h"},
         {"wait d", false, 1},
         {"+1 tool: d", false, 1},
         {"starts", false, 2},
         {"M$/d", false, 2},
         {"setup tools", false, 7},
         {"down %", false, 6},
         {"PM %", false, 6}});
    for (const size_t r : order) {
        text.add(
            {t.text(r, 0),
             grouped(std::llround(t.number(r, 2))),
             grouped(std::llround(t.number(r, 3))),
             cell(t, r, "busy_tools"),
             cell(t, r, "availability_percent"),
             cell(t, r, "utilisation_percent"),
             cell(t, r, "simulated_utilisation_percent"),
             cell(t, r, "queue_mean_h"),
             cell(t, r, "queue_d"),
             cell(t, r, "more_tool_d"),
             cell(t, r, "more_tool_starts"),
             cell(t, r, "more_tool_musd_per_d"),
             cell(t, r, "setup_tools"),
             cell(t, r, "down_percent"),
             cell(t, r, "maintenance_percent")});
    }
    return text.render(width);
}

// Tool classes that rest on assumptions, dearest first.
std::string assumptions(const SizeFindings& f) {
    std::map<std::string, double> capex;
    double all = 0;
    double assumed = 0;
    for (const ToolGroupSpec& g : f.result.spec.tool_groups) {
        const double price = static_cast<double>(g.tools) * g.capex_musd;
        all += price;
        if (!g.source.empty() && g.source.find("assumption") == std::string::npos) continue;
        assumed += price;
        capex[g.source.empty() ? "no source stated: " + g.name : g.source] += price;
    }
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [source, price] : capex) order.emplace_back(-price, source);
    std::sort(order.begin(), order.end());
    std::string out = fmt::format(
        "Assumptions\n{:.0f} % of the tools' price rests on tool groups with an assumption in their source; the "
        "dearest:\n",
        all > 0 ? 100 * assumed / all : 0);
    constexpr size_t kShown = 5;
    for (size_t i = 0; i < std::min(kShown, order.size()); ++i)
        out += fmt::format("  {} million US$: {}\n", short_number(-order[i].first), order[i].second);
    const CostSpec cost = cost_row(f.result.spec);
    out +=
        f.result.spec.costs.empty()
            ? "costs: the defaults of table cost (chipchain schema reference), made for 14 nm wafers: floor, people, "
              "utilities and line yield are assumptions\n"
            : fmt::format("costs: table cost of the model{}\n", cost.source.empty() ? "" : ": " + cost.source);
    return out;
}

std::string outcome_text(const SizeFindings& f) {
    const SizeResult& r = f.result;
    const std::string target = fmt::format("{:.2f} d, X-factor {:.2f}", r.target_d, r.target_d / r.raw_d);
    if (!r.measured) return fmt::format("analytic and queueing forecast only, not simulated (target {})", target);
    const Measured& m = *r.measured;
    const std::string sim = fmt::format(
        "{:.2f} +- {:.2f} d, X-factor {:.3f} +- {:.3f}, shipped {:.1f} % of the starts",
        m.cycle_time_d.mean,
        m.cycle_time_d.half_width,
        m.x_factor.mean,
        m.x_factor.half_width,
        100 * m.shipped_share.mean);
    switch (r.outcome) {
        case SizeOutcome::reached:
            return fmt::format("both targets hold ({}): simulated {}", target, sim);
        case SizeOutcome::least_tools:
            return fmt::format("both targets hold ({}), and no cheaper line reaches them: simulated {}", target, sim);
        case SizeOutcome::stopped:
            return fmt::format("stopped; last simulated {} (target {})", sim, target);
        default:
            return fmt::format("NOT reached within the rounds (target {}): simulated {}", target, sim);
    }
}

}  // namespace

ResultTable curve_table(const std::vector<RateStep>& curve, double now) {
    Rows rows(kCurve);
    for (const RateStep& step : curve) {
        rows.number(step.starts_per_month).number(100 * step.starts_per_month / now);
        rows.number(100 * step.utilisation).number(step.forecast_x);
        if (step.measured) {
            rows.number(step.measured->x_factor.mean).number(step.measured->x_factor.half_width);
            rows.number(100 * step.measured->shipped_share.mean);
        } else {
            rows.none().none().none();
        }
    }
    return rows.take();
}

std::vector<ResultTable> size_tables(const SizeFindings& f) {
    return {size_table(f), group_table(f), cost_table(f), curve_table(f.curve, f.result.starts_per_month)};
}

std::string rates_text(const std::vector<RateStep>& curve, double now, size_t width) {
    const ResultTable t = curve_table(curve, now);
    TextTable text(
        {{"starts/month"}, {"% of starts"}, {"util %"}, {"X forecast"}, {"X simulated"}, {"+-"}, {"shipped %"}});
    for (size_t r = 0; r < t.rows(); ++r) {
        text.add(
            {grouped(std::llround(t.number(r, 0))),
             cell(t, r, "rate_percent"),
             cell(t, r, "utilisation_percent"),
             cell(t, r, "forecast_x_factor"),
             cell(t, r, "x_factor"),
             cell(t, r, "x_factor_half_width"),
             cell(t, r, "shipped_percent")});
    }
    return text.render(width);
}

std::string curve_page(const std::vector<RateStep>& curve, double now, double knee_starts, size_t width) {
    return "Operating curve (same tools; util: of the most utilised group's capacity)\n" +
           rates_text(curve, now, width) +
           fmt::format(
               "knee: {} starts a month, {:.0f} % of the line's: rate / cycle time is greatest (Kleinrock 1979; "
               "forecast)\n",
               grouped(std::llround(knee_starts)),
               100 * knee_starts / now);
}

std::string size_page(const SizeFindings& f, size_t width, size_t most_groups) {
    const SizeResult& r = f.result;
    const CostOfOwnership c = cost_of(f);
    std::string out = fmt::format(
        "{}: {} starts a month\n{}\n",
        r.model.name,
        grouped(std::llround(r.starts_per_month)),
        outcome_text(f));
    if (r.measured) {
        out += fmt::format(
            "{} replications of {:.0f} d, statistics from day {:.0f}, seed {}; MSER-5 warm-up {}; model {:016x}\n",
            r.measured->replications,
            r.measured->horizon_d,
            r.measured->warmup_d,
            f.seed,
            r.measured->mser_d < 0 ? "not seen in some replication" : fmt::format("{:.0f} d", r.measured->mser_d),
            r.model.hash);
    }
    out += fmt::format(
        "{} tools, {} million US$, {} m2\n\nBottlenecks: tool groups by the time a lot waits there\n",
        grouped(static_cast<int64_t>(c.tools)),
        grouped(std::llround(c.capex_musd)),
        grouped(std::llround(c.floor_m2)));
    const std::vector<ResultTable> tables = size_tables(f);
    out += bottlenecks(tables[1], width, most_groups);
    out += fmt::format(
        "\nCost of ownership (SEMI E35): {} US$ a good piece, {} of them lost with bad pieces\n",
        short_number(c.per_piece()),
        short_number(c.lost_per_piece));
    TextTable cost({{"item", true}, {"million US$/year"}, {"US$/piece"}, {"%"}});
    for (size_t i = 0; i < tables[2].rows(); ++i)
        cost.add(
            {tables[2].text(i, 0),
             cell(tables[2], i, "musd_per_year"),
             cell(tables[2], i, "usd_per_piece"),
             cell(tables[2], i, "share_percent")});
    out += cost.render(width) + "\n";
    if (!f.curve.empty()) out += curve_page(f.curve, r.starts_per_month, f.knee_starts, width) + "\n";
    return out + assumptions(f);
}

}  // namespace chipchain
