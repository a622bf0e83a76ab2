// Are the tables of chips whole, and do their pages say what the tables hold?
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"
#include "chipchain/report/chip_conform_tables.h"
#include "chipchain/report/chip_fleet_tables.h"
#include "chipchain/report/chip_frame_tables.h"
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/chip_page.h"
#include "chipchain/report/chip_power_tables.h"
#include "chipchain/report/chip_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_cells.h"
#include "chipchain/report/table_page.h"

namespace chipchain {
namespace {

IntegerNetwork tiny() {
    const Result<Network> network = reference_network("tiny");
    EXPECT_TRUE(network.has_value());
    const Result<Lowered> lowered = lower(*infer_for_chip(*network));
    EXPECT_TRUE(lowered.has_value());
    return lowered->network;
}

// does every column have a meaning and a name of its own?
TEST(ChipPages, columns_are_named_once_and_explained) {
    for (const auto& schemas :
         {chip_run_schemas(),
          chip_conform_schemas(),
          chip_figure_schemas(),
          chip_power_schemas(),
          chip_frame_schemas(),
          chip_fleet_schemas()}) {
        for (const TableSchema& schema : schemas) {
            std::set<std::string_view> names;
            for (const ColumnInfo& column : schema.columns) {
                EXPECT_TRUE(names.insert(column.name).second) << schema.name << "." << column.name;
                EXPECT_FALSE(column.help.empty()) << schema.name << "." << column.name;
            }
        }
    }
}

// do the shares of the time sum to all of it, node by node and in the whole, and does the page show them?
TEST(ChipPages, a_run_closes_and_is_shown) {
    const IntegerNetwork network = tiny();
    const Result<ChipModel> chip = load_chip("hw3");
    ASSERT_TRUE(chip.has_value());
    const Result<Program> program = compile_network(network, chip->shape);
    ASSERT_TRUE(program.has_value());
    ChipRunReport report;
    report.network = &network;
    report.chip = chip->name;
    report.shape = chip->shape;
    report.network_hash = network_hash(network);
    report.program_hash = program_hash(*program);
    report.roofline = time_roofline(network, chip->shape);
    report.folds = time_folds(network, chip->shape);
    report.events = time_events(*program, network);
    report.energy_table = energy_table(*chip);
    report.energy =
        run_energy(*chip, energy_of(count_events(*program, report.events), report.energy_table), report.events.seconds);
    report.model = &*chip;
    report.assumptions = rank_assumptions(network, *chip);
    const std::vector<ResultTable> tables = chip_run_tables(report);
    ASSERT_EQ(tables.size() + 1, chip_run_schemas().size());  // and chip_identity
    const TableCells run(tables, "chip_run");
    double percent = 0;
    for (const char* share :
         {"useful_percent",
          "fold_waste_percent",
          "fill_drain_percent",
          "dependency_percent",
          "bandwidth_percent",
          "vector_percent"}) {
        percent += run.number(0, share);
    }
    EXPECT_NEAR(percent, 100, 1e-9);
    const TableCells nodes(tables, "chip_node");
    ASSERT_EQ(nodes.rows(), network.nodes.size());
    double cycles = 0;
    for (size_t i = 0; i < nodes.rows(); ++i) cycles += nodes.number(i, "events_cycles");
    EXPECT_NEAR(cycles, report.events.cycles, 1e-6 * cycles);
    // rows of energy sum to the energy of a run, and each follows from its count
    const TableCells energy(tables, "chip_energy");
    ASSERT_EQ(energy.rows(), kEnergyEvents + 2);
    double joules = 0;
    for (size_t i = 0; i < energy.rows(); ++i) {
        joules += energy.number(i, "energy_mj");
        EXPECT_FALSE(energy.text(i, "source").empty()) << energy.text(i, "event");
        if (!energy.has(i, "count")) continue;
        const double pj = energy.number(i, "count") * energy.number(i, "pj_per_event") * energy.number(i, "overhead");
        EXPECT_NEAR(energy.number(i, "energy_mj"), pj * 1e-9, 1e-9 * pj);
    }
    EXPECT_NEAR(run.number(0, "energy_mj"), joules, 1e-9 * joules);
    const std::string page = chip_run_page(tables, 120, true);
    EXPECT_NE(page.find("uncore_w                  5 (1 to 20, assumption), energy"), std::string::npos) << page;
    for (size_t i = 0; i < nodes.rows(); ++i) EXPECT_NE(page.find(nodes.text(i, "node")), std::string::npos);
    EXPECT_NE(page.find(run.fixed(0, "events_ms", 4) + " ms by events"), std::string::npos) << page;
    const auto json = nlohmann::json::parse(tables_json("chipchain-chip-1", tables));
    EXPECT_EQ(json["tables"]["chip_node"].size(), network.nodes.size());
}

// are all figures of a chip shown with a mark, and long tables cut?
TEST(ChipPages, figures_are_shown) {
    const Result<ChipModel> chip = load_chip("ai5-t");
    ASSERT_TRUE(chip.has_value());
    const ResultTable table = chip_figure_table(*chip);
    // also those that are not known
    const size_t known = kChipFigures;
    EXPECT_EQ(table.rows(), known);
    const std::vector<ResultTable> tables{table};
    const TableCells cells(tables, "chip_figure");
    const auto mac = static_cast<size_t>(ChipFigure::energy_mac_pj);
    EXPECT_EQ(cells.text(mac, "figure"), "energy_mac_pj");
    EXPECT_EQ(cells.text(mac, "mark"), "unknown");
    EXPECT_FALSE(cells.has(mac, "value"));
    // counts are whole
    EXPECT_EQ(table.at(0, 1), Cell(std::in_place_type<int64_t>, 60));
    EXPECT_NE(table_page(table, 120).find("clock_ghz"), std::string::npos);
    const std::string cut = table_page(table, 120, 3);
    EXPECT_NE(cut.find("... and " + std::to_string(known - 3) + " rows more"), std::string::npos) << cut;
}

// does the page of power show states, supplies in millivolts, and no number where there is none?
TEST(ChipPages, power_is_shown) {
    ChipPowerReport hot;
    hot.chip = "hot";
    hot.network = "n";
    hot.runs_per_s = 694'918;
    hot.full.runaway = hot.full.throttled = true;
    hot.full.junction_c = 321;
    hot.full.total_w = 50;
    hot.full.dram_w = 20;
    hot.bins.fates.assign(kDieFates, 0);
    hot.bins.rules.power_limit_w = HUGE_VAL;
    ChipPowerReport slow = hot;
    slow.chip = "slow";
    slow.runs_per_s = 1000;
    slow.full.runaway = false;
    slow.full.rate = 0.25;  // 250 runs of 200 mJ
    slow.bins.dies = 4;
    slow.bins.bins = {{0.575, 4, 0, 100, 30, 31, 1}};
    slow.typical.resize(1);
    DutyComparison duty;
    duty.days.resize(2);
    DutyRow& row = duty.rows.emplace_back();
    row.phase = {"day", 24, 1, 25};
    row.runs_per_s = 1000;
    row.sides = {{slow.full, 250, false, {}}, {hot.full, 0, false, {}}};
    const std::vector<ResultTable> tables = chip_power_tables({slow, hot}, duty);
    ASSERT_EQ(tables.size() + 1, chip_power_schemas().size());
    const TableCells power(tables, "chip_power");
    EXPECT_EQ(power.text(0, "state"), "throttled");
    EXPECT_EQ(power.number(0, "runs_per_s"), 250);
    EXPECT_EQ(power.number(0, "run_mj"), 200);
    EXPECT_EQ(power.number(0, "chip_w"), 30);
    EXPECT_EQ(power.number(0, "with_dram_w"), 50);
    EXPECT_EQ(power.text(1, "state"), "runaway");
    for (const char* none : {"runs_per_s", "run_mj", "junction_c"}) EXPECT_FALSE(power.has(1, none)) << none;
    const TableCells rows(tables, "chip_duty");
    EXPECT_FALSE(rows.has(1, "gap_percent"));
    EXPECT_FALSE(rows.has(1, "used_percent"));
    EXPECT_FALSE(TableCells(tables, "chip_sorting").has(0, "power_limit_w"));
    EXPECT_NE(table_page(tables[0], 60).find("runaway"), std::string::npos);
    EXPECT_NE(table_page(tables[1], 100).find("0.575"), std::string::npos);
}

// do names leave the hash of a chip as it is, and does every figure change it? And the identity with seed and options?
TEST(ChipPages, identity) {
    const Result<ChipModel> chip = load_chip("hw3");
    ASSERT_TRUE(chip.has_value());
    const std::string hash = chip_hash(*chip);
    ChipModel other = *chip;
    other.name = "x";
    other.figures[0].source = "y";
    EXPECT_EQ(chip_hash(other), hash);
    for (size_t f = 0; f < kChipFigures; ++f) {
        if (!chip->figures[f].known) continue;
        other = *chip;
        other.figures[f].high += 1;
        EXPECT_NE(chip_hash(other), hash) << f;
    }
    const ChipIdentity made{"power", 3, "--ambient 45", {{"chip", "hw3", hash}}};
    ChipIdentity changed = made;
    changed.seed = 4;
    EXPECT_NE(identity_hash(changed), identity_hash(made));
    changed = made;
    changed.options = "--ambient 46";
    EXPECT_NE(identity_hash(changed), identity_hash(made));
    std::vector<ResultTable> tables{chip_figure_table(*chip)};
    const ResultTable identity = chip_identity_table(made, tables);
    const std::string fingerprint = tables_fingerprint(tables);
    tables.push_back(identity);
    const TableCells row(tables, "chip_identity");
    EXPECT_EQ(row.number(0, "seed"), 3);
    EXPECT_EQ(row.text(0, "sha256"), hash);
    EXPECT_EQ(row.text(0, "fingerprint"), fingerprint);
    EXPECT_EQ(row.text(0, "options"), "--ambient 45");
}

}  // namespace
}  // namespace chipchain
