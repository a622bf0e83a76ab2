// chipchain chip power: versions of a chip under the load of a network.
#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/chip_power_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"

namespace chipchain {

namespace {

constexpr double kOtherWatts = 20;  // sensors, memory and link of a computer beside its chip: assumption

// A day of a car: parked with its cameras on, driven in town and on the motorway. Hours and work are assumptions; the
// point is that a gap between versions depends on the load (chip facts 4.4, the A9 of 2015).
std::vector<DutyPhase> day_of_work(double ambient_c) {
    return {
        {"parked, watching", 20, 0.05, ambient_c},
        {"town", 2.5, 0.55, ambient_c},
        {"motorway, full load", 1.5, 1.0, ambient_c + 10}};
}

struct VersionPower {
    ChipPowerReport report;
    DutyVersion version;
};

Result<VersionPower> power_of(const ChipChoices& c, const IntegerNetwork& network, const ChipModel& chip) {
    const Result<Program> program = compile_network(network, chip.shape);
    if (!program) return tl::unexpected(program.error());
    const NetworkTiming timing = time_events(*program, network);
    const EnergyCounts counts = count_events(*program, timing);
    const auto model_of = [&](const ChipModel& of) {
        return power_model(of, energy_of(counts, energy_table(of)), timing.seconds);
    };
    VersionPower out;
    out.version = {chip.name, model_of(chip), 1 / timing.seconds};
    ChipPowerReport& report = out.report;
    report.chip = chip.name;
    report.network = network.name;
    report.runs_per_s = out.version.runs_per_s;
    report.ambient_c = c.ambient_c;
    report.full = run_at(out.version.model, chip.shape.clock_ghz, 1, c.ambient_c);
    BinOptions bins;
    bins.seed = c.seed;
    bins.ambient_c = c.ambient_c;
    report.bins = sort_dies(chip, out.version.model, bins);
    for (const BinRow& bin : report.bins.bins) {
        const PowerModel sold = model_of(chip_of_bin(chip, bin));
        report.typical.push_back(settle(sold, sold.voltage_v, report.bins.rules.product_ghz, 1, c.ambient_c));
    }
    return out;
}

void warn_of_undone(const DutyComparison& duty, const std::vector<DutyVersion>& versions) {
    for (const DutyRow& row : duty.rows) {
        for (size_t v = 0; v < versions.size(); ++v) {
            const DutySide& side = row.sides[v];
            if (side.work_done) continue;
            fmt::print(
                stderr,
                "warning: {} is {} in '{}' and does {:.1f} of {:.1f} runs a second: no gap is stated\n",
                versions[v].name,
                state_of(side.point),
                row.phase.name,
                side.runs_per_s,
                row.runs_per_s);
        }
    }
}

void print_page(const std::vector<ResultTable>& tables) {
    const size_t width = window_width();
    const auto part = [&](const std::string& head, size_t table) {
        const std::string page = table_page(tables[table], width);
        if (!page.empty()) fmt::print("{}{}\n{}", table == 0 ? "" : "\n", head, page);
    };
    part("At full work", 0);
    part("Bins by supply, power without DRAM", 1);
    part("How dies were sorted", 2);
    part("Dies", 3);
    part(fmt::format("The same runs on every version; gaps with {} W of other load", kOtherWatts), 4);
    part("The day", 5);
}

}  // namespace

int chip_power_verb(const ChipChoices& c) {
    const std::optional<LoadedNetwork> network = load_network({c.network, c.shapes, c.requant});
    const std::optional<std::vector<ChipModel>> chips =
        load_chips(c.versions.empty() ? std::vector<std::string>{"ai5-t", "ai5-s"} : c.versions);
    if (!network || !chips) return kExitMistake;
    const IntegerNetwork& integer = network->lowered.network;
    ChipIdentity made{
        "power",
        c.seed,
        fmt::format("{} --ambient {}", network_options_text(c), c.ambient_c),
        {{"network", integer.name, network_hash(integer)}}};
    std::vector<ChipPowerReport> reports;
    std::vector<DutyVersion> versions;
    for (const ChipModel& chip : *chips) {
        note_unknown_die(chip);
        Result<VersionPower> power = power_of(c, integer, chip);
        if (!power) {
            print_diagnostics(power.error(), {});
            return kExitMistake;
        }
        reports.push_back(std::move(power->report));
        versions.push_back(std::move(power->version));
        made.inputs.push_back({"chip", chip.name, chip_hash(chip)});
    }
    const DutyComparison duty = compare_duty(versions, day_of_work(c.ambient_c), kOtherWatts);
    warn_of_undone(duty, versions);
    std::vector<ResultTable> tables = chip_power_tables(reports, duty);
    if (c.json != "-") print_page(tables);
    tables.push_back(chip_identity_table(made, tables));
    const RunIdentity identity{identity_hash(made), std::string(version()), c.seed, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_power_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
