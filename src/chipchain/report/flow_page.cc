#include "chipchain/report/flow_page.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chipchain/report/run_page.h"
#include "chipchain/report/table_cells.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

std::string stage_part(const TableCells& s, size_t width) {
    TextTable table(
        {{"stage", true},
         {"started"},
         {"handed on"},
         {"scrapped"},
         {"in process"},
         {"repaired", false, 5},
         {"bad passed", false, 3},
         {"yield %"},
         {"formula %", false, 1},
         {"cumulative %", false, 2},
         {"USD/unit", false, 4}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "stage"),
             s.count(r, "started"),
             s.count(r, "handed_on"),
             s.count(r, "scrapped"),
             s.count(r, "in_process"),
             s.count(r, "repaired"),
             s.count(r, "bad_handed_on"),
             s.fixed(r, "yield_percent", 2),
             s.fixed(r, "expected_yield_percent", 2),
             s.fixed(r, "cumulative_yield_percent", 2),
             s.fixed(r, "unit_usd", 2)});
    }
    return table.render(width);
}

std::string loss_part(const TableCells& s, size_t width) {
    TextTable table(
        {{"stage", true},
         {"found at", true},
         {"loss", true},
         {"arises in", true, 2},
         {"units"},
         {"%"},
         {"USD", false, 1}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "stage"),
             s.text(r, "found_at"),
             s.text(r, "loss"),
             s.text(r, "arises_in"),
             s.count(r, "units"),
             s.fixed(r, "percent", 3),
             s.count(r, "usd")});
    }
    return table.render(width);
}

std::string bins_part(const FlowModel& model, const TableCells& bins, const TableCells& stages, size_t width) {
    std::string out;
    TextTable table({{"bin", true}, {"product", true}, {"units"}, {"per wafer"}});
    for (size_t r = 0; r < bins.rows(); ++r) {
        const auto stage = std::find_if(model.stages.begin(), model.stages.end(), [&](const FlowStage& s) {
            return s.name == bins.text(r, "stage");
        });
        if (!stage->from_wafers()) continue;
        table.add(
            {bins.text(r, "bin"), bins.text(r, "product"), bins.count(r, "units"), bins.fixed(r, "per_piece", 2)});
    }
    out += table.render(width);
    for (size_t r = 0; r < stages.rows(); ++r) {
        if (!model.stages[r].from_wafers()) continue;
        out += fmt::format(
            "{}: {} gross dies a wafer, {} good (standard deviation {}), by formula {}\n",
            stages.text(r, "stage"),
            model.stages[r].piece_units,
            stages.fixed(r, "good_per_piece", 2),
            stages.fixed(r, "good_per_piece_sd", 2),
            stages.fixed(r, "expected_good_per_piece", 2));
    }
    return out;
}

std::string store_part(const TableCells& s, size_t width) {
    TextTable table({{"store", true}, {"arrived"}, {"taken"}, {"there"}, {"bad", false, 1}, {"USD", false, 2}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "product"),
             s.count(r, "arrived"),
             s.count(r, "taken"),
             s.count(r, "available"),
             s.count(r, "bad"),
             s.count(r, "usd")});
    }
    return table.render(width);
}

std::string cost_part(const TableCells& s, double total, size_t width) {
    TextTable table({{"stage", true}, {"per good unit", true}, {"USD"}, {"", true, 1}});
    constexpr double kBar = 40;  // characters of the whole
    for (size_t r = 0; r < s.rows(); ++r) {
        const double usd = s.number(r, "usd_per_good_unit");
        std::string bar;
        for (int i = 0; i < static_cast<int>(usd / total * kBar + 0.5); ++i) bar += "█";
        table.add({s.text(r, "stage"), s.text(r, "bar"), fmt::format("{:.2f}", usd), bar});
    }
    table.add({"", "together", fmt::format("{:.2f}", total), ""});
    return table.render(width);
}

std::string balance_part(const FlowModel& model, const FlowResult& result) {
    const DieBalance dies = die_balance(model, result);
    std::string out = fmt::format("Balance: {} dies =", grouped(static_cast<int64_t>(dies.gross)));
    for (const DieBalance::Line& line : dies.lines)
        out += fmt::format("\n  {:>14} {}", grouped(static_cast<int64_t>(line.dies)), line.where);
    const std::vector<std::string> broken = check_balance(model, result);
    for (const std::string& line : broken) out += "\nBROKEN " + line;
    return out + (broken.empty() ? "\nAll stages and stores close to the unit and to the micro-dollar.\n" : "\n");
}

}  // namespace

std::string
flow_page(const FlowModel& model, const FlowResult& result, const std::vector<ResultTable>& tables, size_t width) {
    const TableCells flow(tables, "flow");
    const TableCells stages(tables, "flow_stage");
    std::string out = fmt::format(
        "{}: {} wafers in {} days, {} finished units ({} ppm bad), seed {}\nfingerprint {}  version {}\n\n",
        flow.text(0, "flow"),
        flow.count(0, "wafers"),
        short_number(flow.number(0, "days")),
        flow.count(0, "finished"),
        short_number(flow.number(0, "escapes_ppm")),
        flow.text(0, "seed"),
        flow.text(0, "fingerprint"),
        flow.text(0, "version"));
    out += stage_part(stages, width);
    out += "\nLosses\n" + loss_part(TableCells(tables, "flow_loss"), width);
    out += "\nBins\n" + bins_part(model, TableCells(tables, "flow_bin"), stages, width);
    out += "\nStores at the end\n" + store_part(TableCells(tables, "flow_store"), width);
    out += "\nCost per good unit\n" +
           cost_part(TableCells(tables, "flow_cost"), flow.number(0, "cost_per_good_unit_usd"), width);
    out += fmt::format(
        "\n{} of {} rows of the flow rest on assumptions: {}\n",
        model.assumptions.size(),
        model.rows,
        fmt::join(model.assumptions, "; "));
    return out + "\n" + balance_part(model, result);
}

std::string unit_page(const FlowModel& model, const FlowResult& result, uint64_t unit, size_t width) {
    const std::vector<Ancestor> way =
        unit_genealogy(model, result.source, result.genealogy, model.final_store, unit - 1);
    CHECK(!way.empty());
    std::string out = fmt::format("{} {}\n", model.stores[model.final_store].product, unit);
    TextTable table(
        {{"stage", true},
         {"day"},
         {"lot"},
         {"piece", true},
         {"place"},
         {"row, column", true, 1},
         {"what happened", true}});
    for (const Ancestor& a : way) {
        const FlowStage& stage = model.stages[a.stage];
        const uint64_t piece = a.place / stage.piece_units;
        const uint64_t place = a.place % stage.piece_units;
        std::string where;
        if (stage.has_map) {
            const MapPlace at = map_places(stage)[place];
            where = fmt::format("{}, {}", at.row, at.column);
        }
        const uint64_t number = uint64_t{a.lot} * stage.draw_pieces() + piece;
        const std::string name = stage.from_wafers() ? "wafer " + wafer_name(result.genealogy, a.stage, number)
                                                     : fmt::format("{} {}", flow_kind(stage.kind).piece, number + 1);
        std::string fate = stage.bins.size() > 1 ? "bin " + stage.bins[a.fate.bin].name : "passed";
        if (a.fate.reason != kGood) fate += ", though bad: " + model.reasons[a.fate.reason].name;
        table.add(
            {std::string(2 * a.depth, ' ') + stage.name,
             fmt::format("{:.1f}", in_days(a.start)),
             grouped(a.lot + 1),
             name,
             grouped(static_cast<int64_t>(place)),
             where,
             fate});
    }
    return out + table.render(width);
}

}  // namespace chipchain
