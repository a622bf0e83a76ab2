#include "chipchain/chip/fleet_file.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/bins.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/energy.h"
#include "chipchain/chip/power.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/spec/rows.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

constexpr double kBytesPerGb = 1e9;

class FleetChecker {
 public:
    explicit FleetChecker(const Spec& spec) : spec_(spec) {
        for (const FleetUnitSpec& unit : spec.fleet_units) units_.push_back(unit.name);
    }

    Diagnostics run() {
        if (spec_.fleet.name.empty()) {
            report(
                "not-fleet",
                "the file is no fleet: it has no [fleet] with a name",
                {0, 1, 1, 0},
                "expected [fleet] with a name",
                "a fleet file begins with [fleet]; chipchain chip list names those of the library");
            return std::move(out_);
        }
        check_empty();
        for (const FleetNetworkSpec& row : spec_.fleet_networks) check_unit("fleet_network", row, row.unit);
        for (const FleetBuildSpec& row : spec_.fleet_builds) {
            check_unit("fleet_build", row, row.unit);
            check_dates(row);
        }
        check_networks();
        check_shares();
        check_correlation();
        return std::move(out_);
    }

 private:
    void report(std::string id, std::string message, Span place, std::string expected, std::string help) {
        out_.push_back(
            {Severity::error, std::move(id), std::move(message), place, std::move(expected), std::move(help)});
    }

    static Span place(std::string_view table, const Row& row, std::string_view key) {
        return place_of(*find_table(table), row, key);
    }

    void check_empty() {
        struct Needed {
            std::string_view table;
            bool missing;
            std::string_view what;
        };
        const Needed all[] = {
            {"fleet_unit", spec_.fleet_units.empty(), "units"},
            {"fleet_build", spec_.fleet_builds.empty(), "builds"},
            {"fleet_version", spec_.fleet_versions.empty(), "versions of the chip"}};
        for (const Needed& needed : all) {
            if (!needed.missing) continue;
            report(
                "fleet-empty",
                fmt::format("fleet '{}' has no {}", spec_.fleet.name, needed.what),
                place("fleet", spec_.fleet, "name"),
                fmt::format("expected at least one [[{}]] row", needed.table),
                fmt::format("add a [[{}]] row: docs/reference.md lists its keys", needed.table));
        }
    }

    void check_unit(std::string_view table, const Row& row, const std::string& unit) {
        if (std::find(units_.begin(), units_.end(), unit) != units_.end()) return;
        report(
            "fleet-unit",
            fmt::format("a {} row names the unit '{}', which is not described", table, unit),
            place(table, row, "unit"),
            units_.empty() ? "expected a unit" : fmt::format("expected one of {} units", units_.size()),
            did_you_mean(unit, units_, "describe it with [[fleet_unit]]"));
    }

    void check_dates(const FleetBuildSpec& row) {
        if (row.until > row.from) return;
        const auto day = [this](Time time) { return iso_date(spec_.fleet.start + time).substr(0, 10); };
        report(
            "fleet-dates",
            fmt::format(
                "units of '{}' are built from {} until {}, which is not after it",
                row.unit,
                day(row.from),
                day(row.until)),
            place("fleet_build", row, "until"),
            fmt::format("expected a day after {}", day(row.from)),
            "until is the first day after the last one of building");
    }

    void check_networks() {
        for (const FleetUnitSpec& unit : spec_.fleet_units) {
            const bool any = std::any_of(
                spec_.fleet_networks.begin(),
                spec_.fleet_networks.end(),
                [&unit](const FleetNetworkSpec& row) { return row.unit == unit.name; });
            if (any) continue;
            report(
                "fleet-no-network",
                fmt::format("unit '{}' runs no network: its chips would have nothing to do", unit.name),
                place("fleet_unit", unit, "name"),
                "expected a [[fleet_network]] row for it",
                fmt::format("add a [[fleet_network]] row with unit = \"{}\", or remove the unit", unit.name));
        }
    }

    void check_shares() {
        if (spec_.fleet_versions.empty()) return;
        double sum = 0;
        std::string terms;
        for (const FleetVersionSpec& row : spec_.fleet_versions) {
            sum += row.share_percent;
            terms += fmt::format("{}{:g}", terms.empty() ? "" : " + ", row.share_percent);
        }
        if (std::abs(sum - 100) <= kShareSlack) return;
        report(
            "fleet-share",
            fmt::format("the shares of the versions sum to {:.6g} %", sum),
            place("fleet_version", spec_.fleet_versions.front(), "share_percent"),
            fmt::format("expected {} = 100", terms),
            "give shares that sum to 100");
    }

    // the variance of a sum of n demands with one correlation is negative below -1 / (n - 1)
    void check_correlation() {
        if (spec_.fleet_versions.size() < 2) return;
        const double least = -1 / (static_cast<double>(spec_.fleet_versions.size()) - 1);
        if (spec_.fleet.correlation >= least) return;
        report(
            "fleet-correlation",
            fmt::format(
                "the demands for {} versions cannot all be correlated by {:g}",
                spec_.fleet_versions.size(),
                spec_.fleet.correlation),
            place("fleet", spec_.fleet, "correlation"),
            fmt::format("expected {:.4g} to 1", least),
            "leave it out for demands that are independent");
    }

    const Spec& spec_;
    std::vector<std::string> units_;
    Diagnostics out_;
};

void append(Diagnostics& all, Diagnostics more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// What the networks of a fleet take on one version.
struct VersionCost {
    std::map<std::string, FleetNetwork> networks;  // by name; rate and extra memory are the unit's
    double idle_w = 0;
    FleetVersion version;
};

Result<FleetNetwork> cost_of(const std::string& name, const IntegerNetwork& network, const ChipModel& chip) {
    const Result<Program> program = compile_for(network, chip);
    if (!program) return tl::unexpected(program.error());
    const NetworkTiming timing = time_events(*program, network);
    const EnergyReport energy = energy_of(count_events(*program, timing), energy_table(chip));
    FleetNetwork cost;
    cost.name = name;
    cost.seconds = timing.seconds;
    cost.joules = energy.joules.value;
    cost.dram_bytes = static_cast<double>(timing.dram_bytes);
    cost.memory_bytes = static_cast<double>(std::min(program->dram_bytes, program->shared_address));
    return cost;
}

VersionCost cost_on(
    const ChipModel& chip,
    const FleetVersionSpec& row,
    const std::map<std::string, IntegerNetwork>& networks,
    const FleetOptions& options,
    Diagnostics& errors) {
    VersionCost out;
    const Span place = place_of(*find_table("fleet_version"), row, "chip");
    const PowerModel power = peak_power_model(chip);
    out.idle_w = run_at(power, chip.shape.clock_ghz, 0, kCarAmbientC).total_w;
    for (const auto& [name, network] : networks) {
        Result<FleetNetwork> cost = cost_of(name, network, chip);
        if (cost) {
            out.networks.emplace(name, std::move(*cost));
            continue;
        }
        for (Diagnostic& d : cost.error()) d.message = fmt::format("'{}' on '{}': {}", name, chip.name, d.message);
        place_diagnostics(cost.error(), place);
        append(errors, std::move(cost.error()));
    }
    BinOptions bins;
    bins.seed = options.seed;
    bins.dies = options.dies;
    bins.ambient_c = kCarAmbientC;
    out.version.chip = chip.name;
    out.version.share_percent = row.share_percent;
    out.version.package_percent = row.package_percent;
    out.version.dies_per_wafer = value_of(chip, ChipFigure::dies_per_wafer);
    out.version.yield_percent = sort_dies(chip, power, bins).yield_percent;
    out.version.place = place;
    return out;
}

// Networks that the version cannot run are left out: they are errors already.
FleetUnit unit_on(const FleetUnitSpec& unit, const std::vector<FleetNetworkSpec>& runs, const VersionCost& cost) {
    FleetUnit out;
    out.name = unit.name;
    out.redundancy = unit.redundancy;
    out.margin_percent = unit.margin_percent;
    out.duty_percent = unit.duty_percent;
    out.power_limit_w = unit.power_limit_w;
    out.place = place_of(*find_table("fleet_unit"), unit, "name");
    for (const FleetNetworkSpec& run : runs) {
        const auto found = cost.networks.find(run.network);
        if (run.unit != unit.name || found == cost.networks.end()) continue;
        FleetNetwork network = found->second;
        network.rate_per_s = run.rate_per_s;
        network.memory_bytes += run.memory_gb * kBytesPerGb;
        network.place = place_of(*find_table("fleet_network"), run, "rate_per_s");
        out.networks.push_back(std::move(network));
    }
    return out;
}

std::vector<FleetBuild> builds_of(const Spec& spec) {
    std::vector<FleetBuild> builds;
    for (const FleetBuildSpec& b : spec.fleet_builds) {
        const Time start = spec.fleet.start;
        builds.push_back({b.unit, b.programme, start + b.from, start + b.until, b.quantity, b.chips_per_piece});
    }
    return builds;
}

}  // namespace

Diagnostics fleet_faults(const Spec& spec) { return FleetChecker(spec).run(); }

void place_diagnostics(Diagnostics& diagnostics, Span place) {
    for (Diagnostic& d : diagnostics) {
        if (d.span.line == 0) d.span = place;
    }
}

Result<FleetAnswer> answer_fleet(
    const Spec& spec,
    const std::vector<ChipModel>& chips,
    const std::map<std::string, IntegerNetwork>& networks,
    const FleetOptions& options) {
    CHECK(chips.size() == spec.fleet_versions.size());
    FleetAnswer out;
    std::vector<FleetUnit> units(spec.fleet_units.size());
    std::vector<UnitNeed> most(units.size());  // chips and power, of any version: a unit takes either
    Diagnostics errors;
    for (size_t i = 0; i < chips.size(); ++i) {
        const VersionCost cost = cost_on(chips[i], spec.fleet_versions[i], networks, options, errors);
        out.versions.push_back(cost.version);
        for (size_t u = 0; u < units.size(); ++u) {
            units[u] = unit_on(spec.fleet_units[u], spec.fleet_networks, cost);
            Result<UnitNeed> need = need_of(units[u], chips[i], cost.idle_w);
            if (!need) {
                append(errors, std::move(need.error()));
                continue;
            }
            out.needs.push_back({units[u].name, chips[i].name, *need});
            if (cost.version.share_percent == 0) continue;  // compared, not built
            most[u].chips = std::max(most[u].chips, need->chips);
            most[u].power_w = std::max(most[u].power_w, need->power_w);
        }
    }
    // also with errors: its own are to be told with the others
    Result<FleetReport> report = size_fleet(units, most, builds_of(spec), out.versions, spec.fleet.spares_percent);
    if (!report) append(errors, std::move(report.error()));
    if (!errors.empty()) return tl::unexpected(std::move(errors));
    out.report = std::move(*report);
    const FleetSpec& f = spec.fleet;
    out.stock =
        fleet_stock(out.report, out.versions, {f.weekly_sigma_percent, f.lead_weeks, f.service_percent, f.correlation});
    return out;
}

}  // namespace chipchain
