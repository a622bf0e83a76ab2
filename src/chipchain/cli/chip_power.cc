// chipchain chip power: versions of a chip under the load of a network.
#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/energy.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
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

Result<ChipPowerReport>
power_report(const ChipChoices& c, const IntegerNetwork& network, const ChipModel& chip, PowerModel& model) {
    const Result<Program> program = compile_network(network, chip.shape);
    if (!program) return tl::unexpected(program.error());
    const NetworkTiming timing = time_events(*program, network);
    const EnergyReport energy = energy_of(count_events(network, chip.shape, &timing), energy_table(chip));
    model = power_model(chip, energy, timing.seconds);
    ChipPowerReport report;
    report.chip = chip.name;
    report.network = network.name;
    report.runs_per_s = 1 / timing.seconds;
    report.run_joules = energy.joules.value;
    report.ambient_c = c.ambient_c;
    report.full = run_at(model, chip.shape.clock_ghz, 1, c.ambient_c);
    BinOptions bins;
    bins.seed = c.seed;
    bins.ambient_c = c.ambient_c;
    report.bins = sort_dies(chip, model, bins);
    return report;
}

void print_page(
    const std::vector<ResultTable>& tables,
    const std::vector<ChipModel>& chips,
    const DutyComparison& duty) {
    const size_t width = window_width();
    fmt::print("At full work\n{}\nBins by supply\n{}", table_page(tables[0], width), table_page(tables[1], width));
    fmt::print("\nDies\n{}", table_page(tables[2], width));
    if (tables[3].rows() == 0) return;
    fmt::print(
        "\nThe same work of a day, {} (a) and {} (b), with {} W of other load\n{}",
        chips[0].name,
        chips[1].name,
        kOtherWatts,
        table_page(tables[3], width));
    fmt::print(
        "over the day: {:.0f} Wh and {:.0f} Wh, {:+.1f} % for the second\n",
        duty.energy_a_wh,
        duty.energy_b_wh,
        duty.gap_percent);
}

}  // namespace

int chip_power_verb(const ChipChoices& c) {
    const std::optional<LoadedNetwork> network = load_network({c.network, c.shapes, c.requant});
    const std::optional<std::vector<ChipModel>> chips =
        load_chips(c.versions.empty() ? std::vector<std::string>{"ai5-t", "ai5-s"} : c.versions);
    if (!network || !chips) return kExitMistake;
    std::vector<ChipPowerReport> reports;
    std::vector<PowerModel> models(chips->size());
    for (size_t i = 0; i < chips->size(); ++i) {
        note_unknown_die((*chips)[i]);
        Result<ChipPowerReport> report = power_report(c, network->lowered.network, (*chips)[i], models[i]);
        if (!report) {
            print_diagnostics(report.error(), {});
            return kExitMistake;
        }
        reports.push_back(std::move(*report));
    }
    DutyComparison duty;
    if (models.size() >= 2) {
        const double clock = std::min(chips->at(0).shape.clock_ghz, chips->at(1).shape.clock_ghz);
        duty = compare_duty(models[0], models[1], clock, day_of_work(c.ambient_c), kOtherWatts);
    }
    const std::vector<ResultTable> tables = chip_power_tables(reports, models.size() >= 2 ? &duty : nullptr);
    if (c.json != "-") print_page(tables, *chips, duty);
    const RunIdentity identity{network_hash(network->lowered.network), std::string(version()), c.seed, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_power_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
