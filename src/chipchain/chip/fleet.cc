#include "chipchain/chip/fleet.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr RedundancyInfo kRedundancies[] = {
    {Redundancy::one, "1oo1", 1, 1, "no second set of chips"},
    {Redundancy::lock_step, "lock-step", 2, 2, "two sets compute the same and are compared"},
    {Redundancy::standby, "1oo2", 2, 1, "a second set is powered and takes over"}};

constexpr std::string_view kLimits[] = {"time", "memory", "bandwidth"};

Diagnostic mistake(std::string id, std::string message, std::string help) {
    return {Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)};
}

// The largest of the three, before rounding.
FleetLimit largest(const UnitNeed& need) {
    if (need.memory_chips > need.time_chips && need.memory_chips >= need.bandwidth_chips) return FleetLimit::memory;
    return need.bandwidth_chips > need.time_chips ? FleetLimit::bandwidth : FleetLimit::time;
}

double whole(double chips) { return std::max(1.0, std::ceil(chips - 1e-9)); }

std::string csv_text(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
}

void check_versions(const std::vector<FleetVersion>& versions, Diagnostics& out) {
    double shares = 0;
    for (const FleetVersion& v : versions) {
        shares += v.share_percent;
        const double good = v.dies_per_wafer * v.yield_percent * v.package_percent;
        if (v.share_percent >= 0 && good > 0) continue;
        out.push_back(mistake(
            "fleet-version",
            fmt::format(
                "version '{}' gives no chips: {} dies of a wafer, yield {} %",
                v.chip,
                v.dies_per_wafer,
                v.yield_percent),
            "state the figure dies_per_wafer of the chip, and a share of at least 0"));
    }
    if (std::abs(shares - 100) > 1e-6) {
        out.push_back(mistake(
            "fleet-share",
            fmt::format("the shares of the versions sum to {:.6g} %", shares),
            "give shares that sum to 100"));
    }
}

}  // namespace

std::span<const RedundancyInfo> redundancy_table() { return kRedundancies; }

const RedundancyInfo& info(Redundancy redundancy) { return kRedundancies[static_cast<size_t>(redundancy)]; }

std::string_view limit_name(FleetLimit limit) { return kLimits[static_cast<size_t>(limit)]; }

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
            "add the figure to the chip, or leave the memory of the networks out"));
    }
    need.limit = largest(need);
    const double set = whole(std::max({need.time_chips, need.memory_chips, need.bandwidth_chips}));
    const RedundancyInfo& sets = info(unit.redundancy);
    need.chips = static_cast<int64_t>(set) * sets.sets;
    need.utilisation = seconds / set;
    need.dynamic_w *= sets.working;
    need.power_w = need.dynamic_w + static_cast<double>(need.chips) * idle_w;
    // whole networks can be spread over chips, one inference at batch 1 cannot
    for (const FleetNetwork& n : unit.networks) {
        if (n.rate_per_s * n.seconds <= free) continue;
        errors.push_back(mistake(
            "fleet-slow",
            fmt::format(
                "network '{}' of unit '{}' takes {:.3g} ms, {} times a second: more than one chip with its margin",
                n.name,
                unit.name,
                n.seconds * 1e3,
                n.rate_per_s),
            "split its streams into networks of their own, or use a faster chip"));
    }
    if (unit.power_limit_w > 0 && need.power_w > unit.power_limit_w) {
        errors.push_back(mistake(
            "fleet-power",
            fmt::format("unit '{}' draws {:.1f} W of at most {:.1f} W", unit.name, need.power_w, unit.power_limit_w),
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
    Diagnostics errors;
    FleetReport report;
    for (const FleetBuild& build : builds) {
        const auto unit =
            std::find_if(units.begin(), units.end(), [&build](const FleetUnit& u) { return u.name == build.unit; });
        if (unit == units.end()) {
            std::vector<std::string> names;
            for (const FleetUnit& u : units) names.push_back(u.name);
            const std::string near = nearest_name(build.unit, names);
            errors.push_back(mistake(
                "fleet-unit",
                fmt::format("there is no unit '{}'", build.unit),
                near.empty() ? "name one of the units" : fmt::format("did you mean '{}'?", near)));
            continue;
        }
        const UnitNeed& need = needs[static_cast<size_t>(unit - units.begin())];
        FleetRow row;
        row.build = build;
        row.chips_per_unit = need.chips;
        row.chips = std::ceil(build.units * static_cast<double>(need.chips) * (1 + spares_percent / 100) - 1e-6);
        row.power_w = build.units * need.power_w * unit->duty_percent / 100;
        report.chips += row.chips;
        report.power_w += row.power_w;
        report.rows.push_back(std::move(row));
    }
    check_versions(versions, errors);
    if (!errors.empty()) return tl::unexpected(std::move(errors));
    for (const FleetVersion& v : versions) {
        WaferRow row;
        row.chip = v.chip;
        row.chips = report.chips * v.share_percent / 100;
        const double good = v.dies_per_wafer * (v.yield_percent / 100) * (v.package_percent / 100);
        row.wafers = std::ceil(row.chips / good - 1e-9);
        report.wafers.push_back(std::move(row));
    }
    return report;
}

PoolingValue pooling_value(
    const std::vector<double>& weekly_sigma_chips,
    double correlation,
    double lead_weeks,
    double service_percent) {
    const double z = normal_quantile(service_percent / 100) * std::sqrt(lead_weeks);
    PoolingValue out;
    double squares = 0;
    double sum = 0;
    for (const double sigma : weekly_sigma_chips) {
        out.dedicated_chips += z * sigma;
        squares += sigma * sigma;
        sum += sigma;
    }
    // sum of variances and of the covariances of all pairs
    out.pooled_chips = z * std::sqrt(squares + correlation * (sum * sum - squares));
    return out;
}

std::string demand_csv(const FleetReport& report) {
    std::string out = "programme,date,until,quantity,mark,source\n";
    const auto date = [](Time time) { return iso_date(time).substr(0, 10); };
    for (const FleetRow& row : report.rows) {
        out += fmt::format(
            "{},{},{},{},computed,{}\n",
            csv_text(row.build.programme),
            date(row.build.from),
            row.build.until > row.build.from ? date(row.build.until) : "",
            std::ceil(row.chips / row.build.chips_per_piece),
            csv_text(fmt::format(
                "{} units of {} with {} chips and spares",
                row.build.units,
                row.build.unit,
                row.chips_per_unit)));
    }
    return out;
}

}  // namespace chipchain
