#include "chipchain/chip/fleet.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/spec/writer.h"
#include "chipchain/stats/pooling.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr RedundancyInfo kRedundancies[] = {
    {Redundancy::one, "1oo1", 1, 1, "no second set of chips"},
    {Redundancy::lock_step, "lock-step", 2, 2, "two sets compute the same and are compared"},
    {Redundancy::standby, "1oo2", 2, 1, "a second set is powered and takes over"}};

constexpr std::string_view kLimits[] = {"time", "memory", "bandwidth"};

constexpr Time kYear = 365 * kDay;
constexpr Time kWeek = 7 * kDay;

Diagnostic mistake(std::string id, std::string message, Span place, std::string expected, std::string help) {
    return {Severity::error, std::move(id), std::move(message), place, std::move(expected), std::move(help)};
}

// The largest of the three, before rounding.
FleetLimit largest(const UnitNeed& need) {
    if (need.memory_chips > need.time_chips && need.memory_chips >= need.bandwidth_chips) return FleetLimit::memory;
    return need.bandwidth_chips > need.time_chips ? FleetLimit::bandwidth : FleetLimit::time;
}

double whole(double chips) { return std::max(1.0, std::ceil(chips - 1e-9)); }

// Chips of a version that a wafer gives.
double chips_of_wafer(const FleetVersion& v) {
    return v.dies_per_wafer * (v.yield_percent / 100) * (v.package_percent / 100);
}

Diagnostics check_versions(const std::vector<FleetVersion>& versions) {
    Diagnostics out;
    double shares = 0;
    for (const FleetVersion& v : versions) {
        CHECK(v.share_percent >= 0);
        shares += v.share_percent;
        if (chips_of_wafer(v) > 0) continue;
        out.push_back(mistake(
            "fleet-version",
            fmt::format(
                "version '{}' gives no chips: {} dies of a wafer, yield {:.3g} %, of which packages {:.3g} %",
                v.chip,
                v.dies_per_wafer,
                v.yield_percent,
                v.package_percent),
            v.place,
            "expected a version that gives chips",
            v.dies_per_wafer <= 0  ? "state the figure dies_per_wafer of the chip: chipchain map computes it"
            : v.yield_percent <= 0 ? "chipchain chip power says why its dies have no bin"
                                   : "raise its package_percent"));
    }
    CHECK(std::abs(shares - 100) <= kShareSlack);
    return out;
}

// Whole networks can be spread over chips, one inference at batch 1 cannot. free: share of time without the margin.
void check_speed(const FleetUnit& unit, const ChipModel& chip, double free, Diagnostics& errors) {
    for (const FleetNetwork& n : unit.networks) {
        if (n.rate_per_s * n.seconds <= free) continue;
        errors.push_back(mistake(
            "fleet-slow",
            fmt::format(
                "network '{}' of unit '{}' takes {:.3g} ms on '{}', {} times a second: more than one chip has",
                n.name,
                unit.name,
                n.seconds * 1e3,
                chip.name,
                n.rate_per_s),
            n.place,
            fmt::format("expected at most {:.4g} with a margin of {:g} %", free / n.seconds, unit.margin_percent),
            "split its streams into networks of their own, or use a faster chip"));
    }
}

// Time in which a build is built: a week where it has one day only.
Time end_of(const FleetBuild& build) { return build.until > build.from ? build.until : build.from + kWeek; }

// Chips that are built in from..until.
double chips_between(const FleetReport& report, Time from, Time until) {
    double chips = 0;
    for (const FleetRow& row : report.rows) {
        const Time end = end_of(row.build);
        const Time inside = std::min(end, until) - std::max(row.build.from, from);
        if (inside <= 0) continue;
        chips += row.chips * (static_cast<double>(inside) / static_cast<double>(end - row.build.from));
    }
    return chips;
}

}  // namespace

std::span<const RedundancyInfo> redundancy_table() { return kRedundancies; }

const RedundancyInfo& info(Redundancy redundancy) { return kRedundancies[static_cast<size_t>(redundancy)]; }

std::string_view limit_name(FleetLimit limit) { return kLimits[static_cast<size_t>(limit)]; }

namespace {

// Chips over which the networks can be spread whole: first fit, those that take most of a chip first (at most 22 % more
// than the best, Johnson 1973). A network larger than a chip has one of its own.
int64_t spread(const FleetUnit& unit, double free, double bytes_per_second) {
    struct Load {
        double time = 0;
        double traffic = 0;  // of what a chip has
    };
    std::vector<Load> loads;
    for (const FleetNetwork& n : unit.networks) {
        const double traffic = bytes_per_second > 0 ? n.rate_per_s * n.dram_bytes / bytes_per_second : 0;
        loads.push_back({n.rate_per_s * n.seconds, traffic});
    }
    std::stable_sort(loads.begin(), loads.end(), [](const Load& a, const Load& b) {
        return std::max(a.time, a.traffic) > std::max(b.time, b.traffic);
    });
    std::vector<Load> chips;
    for (const Load& load : loads) {
        const auto fits = [&](const Load& chip) {
            return chip.time + load.time <= free + 1e-9 && chip.traffic + load.traffic <= free + 1e-9;
        };
        auto chip = std::find_if(chips.begin(), chips.end(), fits);
        if (chip == chips.end()) chip = chips.insert(chips.end(), Load{});
        chip->time += load.time;
        chip->traffic += load.traffic;
    }
    return std::max<int64_t>(1, static_cast<int64_t>(chips.size()));
}

}  // namespace

Result<UnitNeed> need_of(const FleetUnit& unit, const ChipModel& chip, double idle_w) {
    Diagnostics errors;
    UnitNeed need;
    double seconds = 0;
    double memory = 0;
    double traffic = 0;
    for (const FleetNetwork& n : unit.networks) {
        seconds += n.rate_per_s * n.seconds;
        memory += n.memory_bytes;
        traffic += n.rate_per_s * n.dram_bytes;
        need.dynamic_w += n.rate_per_s * n.joules;
    }
    const double free = 1 - unit.margin_percent / 100;
    CHECK(free > 0);
    need.time_chips = seconds / free;
    if (chip.shape.dram_bytes_per_second > 0)
        need.bandwidth_chips = traffic / (chip.shape.dram_bytes_per_second * free);
    const Figure& capacity = figure_of(chip, ChipFigure::dram_capacity_gb);
    if (memory > 0 && capacity.known) need.memory_chips = memory / (capacity.value * 1e9);
    if (memory > 0 && !capacity.known) {
        errors.push_back(mistake(
            "fleet-memory-unknown",
            fmt::format(
                "chip '{}' states no dram_capacity_gb, and unit '{}' needs {:.3g} GB",
                chip.name,
                unit.name,
                memory * 1e-9),
            unit.place,
            "expected chips of known DRAM capacity",
            "add the figure to the chip, as an assumption with a range if it is not known"));
    }
    need.limit = largest(need);
    const double set =
        std::max(whole(need.memory_chips), static_cast<double>(spread(unit, free, chip.shape.dram_bytes_per_second)));
    const RedundancyInfo& sets = info(unit.redundancy);
    need.chips = static_cast<int64_t>(set) * sets.sets;
    need.utilisation = seconds / set;
    need.dynamic_w *= sets.working;
    need.power_w = need.dynamic_w + static_cast<double>(need.chips) * idle_w;
    check_speed(unit, chip, free, errors);
    if (unit.power_limit_w > 0 && need.power_w > unit.power_limit_w) {
        errors.push_back(mistake(
            "fleet-power",
            fmt::format(
                "unit '{}' draws {:.1f} W with {} of '{}', of at most {:.1f} W",
                unit.name,
                need.power_w,
                need.chips == 1 ? "a chip" : fmt::format("{} chips", need.chips),
                chip.name,
                unit.power_limit_w),
            unit.place,
            fmt::format("expected at most {:.1f} W", unit.power_limit_w),
            "lower the rates, use another version, or raise the limit"));
    }
    if (!errors.empty()) return tl::unexpected(std::move(errors));
    return need;
}

Result<FleetReport> size_fleet(
    const std::vector<FleetUnit>& units,
    const std::vector<UnitNeed>& needs,
    const std::vector<FleetBuild>& builds,
    const std::vector<FleetVersion>& versions,
    double spares_percent) {
    CHECK(units.size() == needs.size());
    Diagnostics errors = check_versions(versions);
    FleetReport report;
    for (const FleetBuild& build : builds) {
        const auto unit =
            std::find_if(units.begin(), units.end(), [&build](const FleetUnit& u) { return u.name == build.unit; });
        CHECK(unit != units.end());
        const UnitNeed& need = needs[static_cast<size_t>(unit - units.begin())];
        FleetRow row;
        row.build = build;
        row.chips_per_unit = need.chips;
        row.pieces_per_unit =
            static_cast<int64_t>(std::ceil(static_cast<double>(need.chips) / build.chips_per_piece - 1e-9));
        const double pieces = build.units * static_cast<double>(row.pieces_per_unit) * (1 + spares_percent / 100);
        row.chips = std::ceil(std::ceil(pieces - 1e-6) * build.chips_per_piece - 1e-6);
        row.mean_power_w = build.units * need.power_w * unit->duty_percent / 100;
        report.chips += row.chips;
        report.mean_power_w += row.mean_power_w;
        report.rows.push_back(std::move(row));
    }
    if (!errors.empty()) return tl::unexpected(std::move(errors));
    for (const FleetVersion& v : versions) {
        WaferRow row;
        row.chip = v.chip;
        row.chips = report.chips * v.share_percent / 100;
        row.wafers = std::ceil(row.chips / chips_of_wafer(v) - 1e-9);
        report.wafers.push_back(std::move(row));
    }
    return report;
}

namespace {

// Versions of one lead time, whose demands deviate by a share of their mean.
Pooling pooled(const std::vector<FleetVersion>& versions, double weekly_chips, const FleetStockRule& rule) {
    PoolingCase c;
    c.safety_factor = normal_quantile(rule.service_percent / 100);
    for (uint32_t v = 0; v < versions.size(); ++v) {
        const double mean = weekly_chips * versions[v].share_percent / 100;
        c.versions.push_back({.lead_time = rule.lead_weeks});
        c.demands.push_back({v, mean, mean * rule.weekly_sigma_percent / 100});
        for (uint32_t u = 0; u < versions.size(); ++u) c.correlation.push_back(u == v ? 1 : rule.correlation);
    }
    return pooled_safety_stock(c);
}

}  // namespace

FleetStock
fleet_stock(const FleetReport& report, const std::vector<FleetVersion>& versions, const FleetStockRule& rule) {
    CHECK(!report.rows.empty());
    FleetStock out;
    Time first = kNever;
    Time last = INT64_MIN;
    for (const FleetRow& row : report.rows) {
        first = std::min(first, row.build.from);
        last = std::max(last, end_of(row.build));
    }
    const Time length = std::min(kYear, last - first);
    // demand is constant between the days of builds: the busiest year begins or ends on one of them
    double most = -1;
    for (const FleetRow& row : report.rows) {
        const Time end = end_of(row.build);
        for (const Time start : {row.build.from, end, row.build.from - length, end - length}) {
            const Time from = std::clamp(start, first, last - length);
            const double chips = chips_between(report, from, from + length);
            if (chips < most || (chips == most && from >= out.from)) continue;
            most = chips;
            out.from = from;
        }
    }
    out.until = out.from + length;
    out.weekly_chips = most / (static_cast<double>(length) / static_cast<double>(kWeek));
    const Pooling stock = pooled(versions, out.weekly_chips, rule);
    for (size_t i = 0; i < versions.size(); ++i) {
        const FleetVersion& v = versions[i];
        FleetStockRow row;
        row.chip = v.chip;
        row.weekly_chips = out.weekly_chips * v.share_percent / 100;
        row.sigma_chips = row.weekly_chips * rule.weekly_sigma_percent / 100;
        row.dedicated_chips = stock.versions[i].units;
        row.pooled_chips = stock.pooled.units * v.share_percent / 100;
        row.saved_chips = row.dedicated_chips - row.pooled_chips;
        row.saved_wafers = row.saved_chips / chips_of_wafer(v);
        out.rows.push_back(std::move(row));
    }
    return out;
}

namespace {

std::string date(Time time) { return iso_date(time).substr(0, 10); }

double pieces_of(const FleetRow& row) { return std::ceil(row.chips / row.build.chips_per_piece - 1e-6); }

std::string demand_source(const FleetRow& row) {
    return fmt::format(
        "{} units of {}, each {} with {} needed; spares included",
        row.build.units,
        row.build.unit,
        row.pieces_per_unit == 1 ? "a piece" : fmt::format("{} pieces", row.pieces_per_unit),
        row.chips_per_unit == 1 ? "a chip" : fmt::format("{} chips", row.chips_per_unit));
}

}  // namespace

std::string demand_overlay(const FleetReport& report, const std::string& fleet, const std::string& base) {
    std::string out = fmt::format("[overlay]\nname = \"{}\"\nbase = \"{}\"\n", fleet, base);
    for (const FleetRow& row : report.rows) {
        out += fmt::format(
            "\n# {}\n[[change]]\ntable = \"demand\"\nkey = \"{}/{}\"\nfield = \"quantity\"\nop = \"set\"\nvalue = "
            "\"{}\"\n",
            demand_source(row),
            row.build.programme,
            date(row.build.from),
            pieces_of(row));
    }
    return out;
}

std::string demand_csv(const FleetReport& report) {
    std::string out = "programme,date,until,quantity,mark,source\n";
    for (const FleetRow& row : report.rows) {
        out += fmt::format(
            "{},{},{},{},computed,{}\n",
            csv_cell(row.build.programme),
            date(row.build.from),
            row.build.until > row.build.from ? date(row.build.until) : "",
            pieces_of(row),
            csv_cell(demand_source(row)));
    }
    return out;
}

}  // namespace chipchain
