// chipchain chip fleet: from what cars, robots and servers compute to chips, power and wafers.
#include "chipchain/cli/chip_fleet.h"

#include <filesystem>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/fleet_file.h"
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
#include "chipchain/spec/embedded_scenarios.h"
#include "chipchain/spec/rows.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

constexpr size_t kMostBuilds = 12;  // rows on the page

// Adds diagnostics that speak of files of their own; those of no file get `place`.
void append_from(
    Diagnostics& all,
    SourceMap& sources,
    Diagnostics more,
    const SourceMap& own_sources,
    Span place = {UINT32_MAX, 0, 0, 0}) {
    const auto shift = static_cast<uint32_t>(sources.files.size());
    for (Diagnostic& d : more) {
        if (d.span.file < own_sources.files.size()) {
            d.span.file += shift;
        } else {
            d.span = place;
        }
        all.push_back(std::move(d));
    }
    sources.files.insert(sources.files.end(), own_sources.files.begin(), own_sources.files.end());
}

void print_page(const Spec& spec, const FleetAnswer& answer, const std::vector<ResultTable>& tables, bool all) {
    const size_t width = window_width();
    fmt::print("fleet {}: {}\n\nChips of a unit\n", spec.fleet.name, spec.fleet.note);
    fmt::print("{}\nChips by build\n", table_page(tables[0], width));
    fmt::print("{}\nWafers by version\n", table_page(tables[1], width, all ? SIZE_MAX : kMostBuilds));
    fmt::print("{}\nSafety stock\n", table_page(tables[2], width));
    fmt::print("{}", table_page(tables[3], width));
    double apart = 0;
    double pooled = 0;
    double wafers = 0;
    for (const FleetStockRow& row : answer.stock.rows) {
        apart += row.dedicated_chips;
        pooled += row.pooled_chips;
        wafers += row.saved_wafers;
    }
    fmt::print(
        "{:.0f} chips when versions are kept apart, {:.0f} when any will do: {:.0f} chips, {:.0f} wafers less\n",
        apart,
        pooled,
        apart - pooled,
        wafers);
    fmt::print(
        "(weekly deviation {:g} %, {:g} weeks of lead, service {:g} %, correlation {:g})\n",
        spec.fleet.weekly_sigma_percent,
        spec.fleet.lead_weeks,
        spec.fleet.service_percent,
        spec.fleet.correlation);
}

// A file that a fleet file names is looked for beside it first.
std::string beside(const Spec& spec, const std::string& name) {
    if (spec.sources.files.empty()) return name;
    const std::filesystem::path path = std::filesystem::path(spec.sources.files.front().name).parent_path() / name;
    std::error_code error;
    return std::filesystem::exists(path, error) ? path.string() : name;
}

}  // namespace

Result<LoadedFleet> load_fleet(Spec spec, SourceMap& sources) {
    Diagnostics errors = fleet_faults(spec);
    LoadedFleet out;
    sources = spec.sources;
    for (const FleetVersionSpec& row : spec.fleet_versions) {
        SourceMap own;
        Result<ChipModel> chip = load_chip(beside(spec, row.chip), &own);
        if (chip) {
            out.chips.push_back(std::move(*chip));
            continue;
        }
        append_from(errors, sources, std::move(chip.error()), own, place_of(*find_table("fleet_version"), row, "chip"));
    }
    std::map<std::string, Diagnostics> failed;
    for (const FleetNetworkSpec& row : spec.fleet_networks) {
        if (out.networks.count(row.network) != 0) continue;
        if (failed.count(row.network) == 0) {
            Result<LoadedNetwork> network = lowered_network({beside(spec, row.network), {}, "f32-rne"});
            if (network) {
                out.networks.emplace(row.network, std::move(network->lowered.network));
                continue;
            }
            failed.emplace(row.network, std::move(network.error()));
        }
        append_from(
            errors,
            sources,
            failed.at(row.network),
            {},
            place_of(*find_table("fleet_network"), row, "network"));
    }
    if (!errors.empty()) return tl::unexpected(std::move(errors));
    out.spec = std::move(spec);
    return out;
}

int chip_fleet_verb(const ChipChoices& c) {
    SourceMap sources;
    Result<Spec> spec = read_fleet(c.file.empty() ? "ai5-fleet" : c.file, &sources);
    if (!spec) {
        print_diagnostics(spec.error(), sources);
        return kExitMistake;
    }
    const Result<LoadedFleet> fleet = load_fleet(std::move(*spec), sources);
    if (!fleet) {
        print_diagnostics(fleet.error(), sources);
        return kExitMistake;
    }
    for (const ChipModel& chip : fleet->chips) note_unknown_die(chip);
    FleetOptions options;
    options.seed = c.seed;
    const Result<FleetAnswer> answer = answer_fleet(fleet->spec, fleet->chips, fleet->networks, options);
    if (!answer) {
        print_diagnostics(answer.error(), sources);
        return kExitMistake;
    }
    const std::vector<ResultTable> tables = chip_fleet_tables(*answer);
    if (c.json != "-") print_page(fleet->spec, *answer, tables, c.all);
    Result<void> written;
    if (!c.out.empty()) {
        const std::string& name = fleet->spec.fleet.name;
        const std::string text =
            c.base.empty() ? demand_csv(answer->report) : demand_overlay(answer->report, name, c.base);
        written = write_whole_file(c.out, text);
        if (written && !c.base.empty()) {
            SourceMap overlay_sources;
            if (const Result<Spec> fits = read_scenario(c.base, {c.out}, &overlay_sources); !fits) {
                print_diagnostics(fits.error(), overlay_sources);
                return kExitMistake;
            }
        }
    }
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
