// Are the tables of chips whole, and do their pages say what the tables hold?
#include <gtest/gtest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "chipchain/chip/compile.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"
#include "chipchain/report/chip_conform_tables.h"
#include "chipchain/report/chip_fleet_tables.h"
#include "chipchain/report/chip_frame_tables.h"
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
    report.energy = energy_of(count_events(network, chip->shape, &report.events), energy_table(*chip));
    const std::vector<ResultTable> tables = chip_run_tables(report);
    ASSERT_EQ(tables.size(), chip_run_schemas().size());
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
    const std::string page = chip_run_page(tables, 120, true);
    for (size_t i = 0; i < nodes.rows(); ++i) EXPECT_NE(page.find(nodes.text(i, "node")), std::string::npos);
    EXPECT_NE(page.find(run.fixed(0, "events_ms", 4) + " ms by events"), std::string::npos) << page;
    const auto json = nlohmann::json::parse(tables_json("chipchain-chip-1", tables));
    EXPECT_EQ(json["tables"]["chip_node"].size(), network.nodes.size());
}

// are all known figures of a chip shown with a mark, and long tables cut?
TEST(ChipPages, figures_are_shown) {
    const Result<ChipModel> chip = load_chip("ai5-t");
    ASSERT_TRUE(chip.has_value());
    const ResultTable table = chip_figure_table(*chip);
    size_t known = 0;
    for (const Figure& figure : chip->figures) known += figure.known;
    EXPECT_EQ(table.rows(), known);
    EXPECT_NE(table_page(table, 120).find("clock_ghz"), std::string::npos);
    const std::string cut = table_page(table, 120, 3);
    EXPECT_NE(cut.find("... and " + std::to_string(known - 3) + " rows more"), std::string::npos) << cut;
}

}  // namespace
}  // namespace chipchain
