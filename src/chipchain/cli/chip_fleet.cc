// chipchain chip fleet: from what cars, robots and servers compute to chips, power and wafers.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/bins.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/energy.h"
#include "chipchain/chip/fleet.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/chip_fleet_tables.h"
#include "chipchain/report/files.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"
#include "chipchain/spec/embedded_chips.h"

namespace chipchain {

namespace {

constexpr size_t kMostBuilds = 12;  // rows on the page
constexpr double kAmbientC = 45;    // inside a car's computer: assumption
constexpr double kBytesPerGb = 1e9;

// What the networks of a fleet take on one version.
struct VersionCost {
    std::map<std::string, FleetNetwork> networks;  // by name; rate and extra memory are the unit's
    double idle_w = 0;
    FleetVersion version;
};

Result<VersionCost> cost_on(
    const ChipModel& chip,
    const FleetVersionSpec& row,
    const std::map<std::string, LoadedNetwork>& networks,
    uint64_t seed) {
    VersionCost out;
    PowerModel power = peak_power_model(chip);
    out.idle_w = run_at(power, chip.shape.clock_ghz, 0, kAmbientC).total_w;
    for (const auto& [name, loaded] : networks) {
        const IntegerNetwork& network = loaded.lowered.network;
        const Result<Program> program = compile_network(network, chip.shape);
        if (!program) return tl::unexpected(program.error());
        const NetworkTiming timing = time_events(*program, network);
        const EnergyReport energy = energy_of(count_events(network, chip.shape, &timing), energy_table(chip));
        FleetNetwork& cost = out.networks[name];
        cost.name = name;
        cost.seconds = timing.seconds;
        cost.joules = energy.joules.value;
        cost.dram_bytes = static_cast<double>(timing.dram_bytes);
        cost.memory_bytes = static_cast<double>(program->dram_bytes);
    }
    BinOptions bins;
    bins.seed = seed;
    bins.ambient_c = kAmbientC;
    out.version.chip = chip.name;
    out.version.share_percent = row.share_percent;
    out.version.package_percent = row.package_percent;
    out.version.dies_per_wafer = value_of(chip, ChipFigure::dies_per_wafer);
    out.version.yield_percent = sort_dies(chip, power, bins).yield_percent;
    return out;
}

FleetUnit unit_on(const FleetUnitSpec& unit, const std::vector<FleetNetworkSpec>& runs, const VersionCost& cost) {
    FleetUnit out;
    out.name = unit.name;
    out.redundancy = unit.redundancy;
    out.margin_percent = unit.margin_percent;
    out.duty_percent = unit.duty_percent;
    out.power_limit_w = unit.power_limit_w;
    for (const FleetNetworkSpec& run : runs) {
        if (run.unit != unit.name) continue;
        FleetNetwork network = cost.networks.at(run.network);
        network.rate_per_s = run.rate_per_s;
        network.memory_bytes += run.memory_gb * kBytesPerGb;
        out.networks.push_back(std::move(network));
    }
    return out;
}

// Rows that name a unit which is not described, and a fleet with nothing to do.
Diagnostics fleet_mistakes(const Spec& spec) {
    std::vector<std::string> units;
    for (const FleetUnitSpec& unit : spec.fleet_units) units.push_back(unit.name);
    Diagnostics out;
    const auto check = [&](const std::string& unit, const Row& row, const char* table) {
        if (std::find(units.begin(), units.end(), unit) != units.end()) return;
        const std::string nearest = nearest_name(unit, units);
        out.push_back(
            {Severity::error,
             "fleet-unit",
             fmt::format("a {} row names the unit '{}', which is not described", table, unit),
             row.span,
             fmt::format("expected one of {} units", units.size()),
             nearest.empty() ? "describe it with [[fleet_unit]]" : fmt::format("did you mean '{}'?", nearest)});
    };
    for (const FleetNetworkSpec& row : spec.fleet_networks) check(row.unit, row, "fleet_network");
    for (const FleetBuildSpec& row : spec.fleet_builds) check(row.unit, row, "fleet_build");
    return out;
}

// Everything a fleet file names, loaded; nothing when something is missing (printed).
struct LoadedFleet {
    Spec spec;
    std::map<std::string, LoadedNetwork> networks;
    std::vector<ChipModel> chips;
};

std::optional<LoadedFleet> load_fleet(const ChipChoices& c) {
    SourceMap sources;
    Result<Spec> spec = read_fleet(c.file.empty() ? "ai5-fleet" : c.file, &sources);
    if (!spec) {
        print_diagnostics(spec.error(), sources);
        return {};
    }
    if (const Diagnostics mistakes = fleet_mistakes(*spec); !mistakes.empty()) {
        print_diagnostics(mistakes, spec->sources);
        return {};
    }
    LoadedFleet out;
    std::vector<std::string> chips;
    for (const FleetVersionSpec& version : spec->fleet_versions) chips.push_back(version.chip);
    std::optional<std::vector<ChipModel>> loaded_chips = load_chips(chips);
    bool complete = loaded_chips.has_value();
    for (const FleetNetworkSpec& run : spec->fleet_networks) {
        if (out.networks.count(run.network) != 0) continue;
        std::optional<LoadedNetwork> network = load_network({run.network, {}, c.requant});
        complete = complete && network;
        if (network) out.networks.emplace(run.network, std::move(*network));
    }
    if (!complete) return {};
    out.spec = std::move(*spec);
    out.chips = std::move(*loaded_chips);
    return out;
}

struct FleetAnswer {
    std::vector<FleetNeedRow> needs;
    std::vector<FleetVersion> versions;
    FleetReport report;
};

std::vector<FleetBuild> builds_of(const Spec& spec) {
    std::vector<FleetBuild> builds;
    for (const FleetBuildSpec& b : spec.fleet_builds) {
        const Time start = spec.fleet.start;
        builds.push_back({b.unit, b.programme, start + b.from, start + b.until, b.quantity, b.chips_per_piece});
    }
    return builds;
}

Result<FleetAnswer> size(const LoadedFleet& fleet, uint64_t seed) {
    FleetAnswer out;
    std::vector<FleetUnit> units(fleet.spec.fleet_units.size());
    std::vector<UnitNeed> most(units.size());  // chips and power, of any version: a unit takes either
    Diagnostics errors;
    for (size_t i = 0; i < fleet.chips.size(); ++i) {
        note_unknown_die(fleet.chips[i]);
        const Result<VersionCost> cost = cost_on(fleet.chips[i], fleet.spec.fleet_versions[i], fleet.networks, seed);
        if (!cost) return tl::unexpected(cost.error());
        out.versions.push_back(cost->version);
        for (size_t u = 0; u < units.size(); ++u) {
            units[u] = unit_on(fleet.spec.fleet_units[u], fleet.spec.fleet_networks, *cost);
            const Result<UnitNeed> need = need_of(units[u], fleet.chips[i], cost->idle_w);
            if (!need) {
                errors.insert(errors.end(), need.error().begin(), need.error().end());
                continue;
            }
            out.needs.push_back({units[u].name, fleet.chips[i].name, *need});
            most[u].chips = std::max(most[u].chips, need->chips);
            most[u].power_w = std::max(most[u].power_w, need->power_w);
        }
    }
    if (!errors.empty()) return tl::unexpected(errors);
    Result<FleetReport> report =
        size_fleet(units, most, builds_of(fleet.spec), out.versions, fleet.spec.fleet.spares_percent);
    if (!report) return tl::unexpected(report.error());
    out.report = std::move(*report);
    return out;
}

}  // namespace

int chip_fleet_verb(const ChipChoices& c) {
    const std::optional<LoadedFleet> fleet = load_fleet(c);
    if (!fleet) return kExitMistake;
    const Result<FleetAnswer> answer = size(*fleet, c.seed);
    if (!answer) {
        print_diagnostics(answer.error(), fleet->spec.sources);
        return kExitMistake;
    }
    const std::vector<ResultTable> tables = chip_fleet_tables(answer->needs, answer->report, answer->versions);
    if (c.json != "-") {
        const size_t width = window_width();
        fmt::print("fleet {}: {}\n\nChips of a unit\n", fleet->spec.fleet.name, fleet->spec.fleet.note);
        fmt::print("{}\nChips by build\n", table_page(tables[0], width));
        fmt::print("{}\nWafers by version\n", table_page(tables[1], width, c.all ? SIZE_MAX : kMostBuilds));
        fmt::print("{}", table_page(tables[2], width));
    }
    Result<void> written;
    if (!c.out.empty()) written = write_whole_file(c.out, demand_csv(answer->report));
    if (written) {
        const RunIdentity identity{fleet->spec.fleet.name, std::string(version()), c.seed, 0, 0};
        written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_fleet_schemas(), tables, [&] {
            return tables_json("chipchain-chip-1", tables);
        });
    }
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
