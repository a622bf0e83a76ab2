#include "chipchain/report/flow_tables.h"

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kFlowColumns[] = {
    {"flow", K::fact, "", "name of the flow"},
    {"version", K::fact, "", "program version and commit"},
    {"seed", K::fact, "", "seed of all random numbers"},
    {"fingerprint", K::fact, "", "hash of all counts and costs: equal for equal runs on any machine"},
    {"days", K::fact, "d", "length of the run"},
    {"wafers", K::value, "wafers", "arrived"},
    {"finished", K::value, "units", "made by the last stage"},
    {"finished_bad", K::value, "units", "of these, bad although all tests passed"},
    {"escapes_ppm", K::value, "ppm", "bad among the finished"},
    {"added_usd", K::value, "USD", "all money spent"},
    {"finished_usd", K::value, "USD", "cost of the finished units"},
    {"scrap_usd", K::value, "USD", "cost of all scrap"},
    {"in_process_usd", K::value, "USD", "cost of lots that are not finished"},
    {"in_stores_usd", K::value, "USD", "cost of what waits in stores, finished units left out"},
    {"cost_per_good_unit_usd", K::value, "USD", "finished units and the scrap behind them, per good finished unit"},
    {"traced_wafers", K::value, "wafers", "whose dies were followed"},
    {"identities_broken", K::value, "", "balances that do not close: always 0"},
    {"seconds", K::value, "s", "wall time of the run without following dies"},
};

constexpr ColumnInfo kStageColumns[] = {
    {"stage", K::key, "", "stage"},
    {"kind", K::fact, "", "what it converts"},
    {"lots", K::value, "lots", "started"},
    {"pieces", K::value, "pieces", "wafers, panels or lots started"},
    {"started", K::value, "units", "units started: places of these pieces"},
    {"handed_on", K::value, "units", "sent to stores"},
    {"bad_handed_on", K::value, "units", "of these, bad although all tests passed"},
    {"scrapped", K::value, "units", "lost, by name in flow_loss"},
    {"in_process", K::value, "units", "in lots that are not finished at the end"},
    {"repaired", K::value, "units", "rejected units that repair made good"},
    {"yield_percent", K::value, "%", "handed on, of the units that are not in process"},
    {"expected_yield_percent", K::fact, "%", "the same by formula"},
    {"cumulative_yield_percent", K::value, "%", "product of the yields from the first stage on"},
    {"parts_usd", K::value, "USD", "cost of the parts from stores"},
    {"added_usd", K::value, "USD", "pieces, units, purchased parts, tests, repairs"},
    {"scrap_usd", K::value, "USD", "cost of the units lost"},
    {"unit_usd", K::value, "USD", "cost of a unit handed on"},
    {"good_per_piece", K::value, "units", "good units of a wafer or panel, mean"},
    {"good_per_piece_sd", K::value, "units", "standard deviation"},
    {"expected_good_per_piece", K::fact, "units", "mean by formula"},
};

constexpr ColumnInfo kLossColumns[] = {
    {"stage", K::key, "", "where the units are scrapped"},
    {"found_at", K::key, "", "the stage itself, or one of its tests"},
    {"loss", K::key, "", "what is wrong with them"},
    {"arises_in", K::fact, "", "stage that made them bad"},
    {"units", K::value, "units", "scrapped"},
    {"percent", K::value, "%", "of the units that are not in process"},
    {"usd", K::value, "USD", "their cost"},
};

constexpr ColumnInfo kBinColumns[] = {
    {"stage", K::key, "", "stage"},
    {"bin", K::key, "", "bin"},
    {"product", K::fact, "", "product of the store it goes to"},
    {"units", K::value, "units", "handed on, bad ones that passed included"},
    {"per_piece", K::value, "units", "of a wafer or panel that is not in process"},
};

constexpr ColumnInfo kStoreColumns[] = {
    {"product", K::key, "", "what waits there"},
    {"arrived", K::value, "units", "in the whole run"},
    {"taken", K::value, "units", "by later stages"},
    {"available", K::value, "units", "at the end"},
    {"bad", K::value, "units", "of these"},
    {"usd", K::value, "USD", "cost of what is available"},
};

constexpr ColumnInfo kCostColumns[] = {
    {"stage", K::key, "", "stage"},
    {"bar", K::key, "", "units (in the good units themselves), a loss by name, or escapes"},
    {"usd_per_good_unit", K::value, "USD", "per good finished unit; the rows add up to cost_per_good_unit_usd"},
};

constexpr ColumnInfo kDieColumns[] = {
    {"die", K::key, "", "number of the traced die"},
    {"stage", K::fact, "", "stage that sorted it"},
    {"wafer", K::value, "", "lot and wafer"},
    {"row", K::value, "", "on the wafer map, from the top"},
    {"column", K::value, "", "on the wafer map, from the left"},
    {"unit", K::value, "", "number of the finished unit that holds it; none when it is in no finished unit"},
};

constexpr ColumnInfo kDieStepColumns[] = {
    {"die", K::key, "", "number of the traced die"},
    {"stage", K::key, "", "stage that it reached"},
    {"lot", K::value, "", "lot of that stage"},
    {"place", K::value, "", "place in the lot, from 0"},
    {"end", K::value, "", "handed on, scrapped or in process"},
    {"bin", K::value, "", "bin it went to"},
    {"found_at", K::value, "", "scrapped: where"},
    {"loss", K::value, "", "what is wrong with the unit"},
};

const TableSchema kSchemas[] = {
    {"flow", "the run of a flow as a whole", kFlowColumns},
    {"flow_stage", "stages of a flow", kStageColumns},
    {"flow_loss", "every loss of a flow by name", kLossColumns},
    {"flow_bin", "bins of stages", kBinColumns},
    {"flow_store", "stores between stages", kStoreColumns},
    {"flow_cost", "cost per good finished unit, bar by bar", kCostColumns},
    {"flow_die", "traced dies", kDieColumns},
    {"flow_die_step", "what became of each traced die at each stage", kDieStepColumns},
};

double usd(MicroUsd cost) { return static_cast<double>(cost) / 1e6; }
double real(uint64_t n) { return static_cast<double>(n); }

ResultTable flow_table(const FlowModel& model, const FlowResult& result, const DieTraces& traces) {
    const StoreTotals& end = result.stores[model.final_store];
    MicroUsd in_process = 0;
    MicroUsd in_stores = -end.cost;
    for (const StageTotals& t : result.stages) in_process += t.in_process_cost;
    for (const StoreTotals& t : result.stores) in_stores += t.cost;
    Rows rows(kSchemas[0]);
    rows.text(model.name).text(std::string(version())).count(result.source.seed);
    rows.text(fmt::format("{:016x}", result.fingerprint)).number(in_days(model.horizon));
    rows.count(result.wafers).count(end.pushed).count(end.bad);
    rows.ratio(1e6 * real(end.bad), real(end.available));
    rows.number(usd(result.added())).number(usd(end.cost)).number(usd(result.scrapped()));
    rows.number(usd(in_process)).number(usd(in_stores)).number(cost_per_good_unit(model, result) / 1e6);
    rows.count(traces.wafers).count(check_balance(model, result).size()).number(result.seconds);
    return rows.take();
}

ResultTable stage_table(const FlowModel& model, const FlowResult& result) {
    Rows rows(kSchemas[1]);
    double cumulative = 1;
    for (size_t s = 0; s < model.stages.size(); ++s) {
        const FlowStage& stage = model.stages[s];
        const StageTotals& t = result.stages[s];
        const double ended = real(t.places - t.in_process);
        const double out = real(t.good + t.bad);
        cumulative *= ended > 0 ? out / ended : 1;
        rows.text(stage.name).text(std::string(flow_kind(stage.kind).name));
        rows.count(t.lots).count(t.pieces).count(t.places).count(t.good + t.bad).count(t.bad);
        rows.count(t.scrapped()).count(t.in_process).count(t.repaired);
        rows.percent(out, ended).number(100 * stage.expected.passing).number(100 * cumulative);
        rows.number(usd(t.costs.parts)).number(usd(t.costs.added())).number(usd(t.scrapped_cost()));
        rows.ratio(usd(t.out_cost), out);
        if (t.good_per_piece.count() > 0) {
            rows.number(t.good_per_piece.mean()).number(std::sqrt(t.good_per_piece.variance()));
        } else {
            rows.none().none();
        }
        rows.number(real(stage.piece_units) * stage.expected.passing * stage.expected.good);
    }
    return rows.take();
}

std::string gate_name(const FlowStage& stage, size_t gate) {
    return gate == 0 ? stage.name : stage.tests[gate - 1].name;
}

ResultTable loss_table(const FlowModel& model, const FlowResult& result) {
    Rows rows(kSchemas[2]);
    const size_t reasons = model.reasons.size();
    for (size_t s = 0; s < model.stages.size(); ++s) {
        const StageTotals& t = result.stages[s];
        for (size_t cell = 0; cell < t.scrap.size(); ++cell) {
            if (t.scrap[cell] == 0) continue;
            const FlowReason& reason = model.reasons[cell % reasons];
            rows.text(model.stages[s].name).text(gate_name(model.stages[s], cell / reasons)).text(reason.name);
            rows.text(model.stages[reason.stage].name).count(t.scrap[cell]);
            rows.percent(real(t.scrap[cell]), real(t.places - t.in_process)).number(usd(t.scrap_cost[cell]));
        }
    }
    return rows.take();
}

ResultTable bin_table(const FlowModel& model, const FlowResult& result) {
    Rows rows(kSchemas[3]);
    for (size_t s = 0; s < model.stages.size(); ++s) {
        const FlowStage& stage = model.stages[s];
        const StageTotals& t = result.stages[s];
        const double pieces = real(t.places - t.in_process) / real(stage.piece_units);
        for (size_t b = 0; b < stage.bins.size(); ++b) {
            rows.text(stage.name).text(stage.bins[b].name).text(model.stores[stage.bins[b].store].product);
            rows.count(t.by_bin[b]).ratio(real(t.by_bin[b]), pieces);
        }
    }
    return rows.take();
}

ResultTable store_table(const FlowModel& model, const FlowResult& result) {
    Rows rows(kSchemas[4]);
    for (size_t i = 0; i < model.stores.size(); ++i) {
        const StoreTotals& t = result.stores[i];
        rows.text(model.stores[i].product).count(t.pushed).count(t.taken).count(t.available).count(t.bad);
        rows.number(usd(t.cost));
    }
    return rows.take();
}

ResultTable cost_table(const FlowModel& model, const FlowResult& result) {
    Rows rows(kSchemas[5]);
    const StoreTotals& end = result.stores[model.final_store];
    const double good = real(end.available - end.bad);
    if (good == 0) return rows.take();
    const std::vector<double> shares = finished_shares(model, result);
    const size_t reasons = model.reasons.size();
    const std::string& last = model.stages.back().name;
    const double per_unit = usd(end.cost) / real(end.available);
    rows.text(last).text("units").number(per_unit);
    for (size_t s = 0; s < model.stages.size(); ++s) {
        const StageTotals& t = result.stages[s];
        for (size_t r = 1; r < reasons; ++r) {
            MicroUsd cost = 0;
            for (size_t gate = 0; gate < model.gates(model.stages[s]); ++gate) cost += t.scrap_cost[gate * reasons + r];
            if (cost == 0) continue;
            rows.text(model.stages[s].name).text(model.reasons[r].name).number(shares[s] * usd(cost) / good);
        }
    }
    rows.text(last).text("escapes").number(per_unit * real(end.bad) / good);
    return rows.take();
}

ResultTable die_table(const FlowModel& model, const FlowResult& result, const DieTraces& traces) {
    Rows rows(kSchemas[6]);
    std::vector<std::vector<MapPlace>> places(model.stages.size());
    for (size_t s = 0; s < model.stages.size(); ++s) {
        if (model.stages[s].has_map && model.stages[s].from_wafers()) places[s] = map_places(model.stages[s]);
    }
    std::string wafer;
    for (size_t i = 0; i < traces.dies.size(); ++i) {
        const TracedDie& die = traces.dies[i];
        if (die.place == 0) wafer = wafer_name(result.genealogy, die.stage, die.wafer);
        rows.count(i).text(model.stages[die.stage].name).text(wafer);
        if (places[die.stage].empty()) {
            rows.none().none();
        } else {
            rows.count(places[die.stage][die.place].row).count(places[die.stage][die.place].column);
        }
        if (die.unit == kNowhere) {
            rows.none();
        } else {
            rows.count(die.unit + 1);
        }
    }
    return rows.take();
}

ResultTable die_step_table(const FlowModel& model, const DieTraces& traces) {
    constexpr std::string_view kEnds[] = {"handed on", "scrapped", "in process"};
    Rows rows(kSchemas[7]);
    for (const DieStep& step : traces.steps) {
        const FlowStage& stage = model.stages[step.stage];
        rows.count(step.die).text(stage.name).count(step.lot + 1).count(step.place);
        rows.text(std::string(kEnds[static_cast<size_t>(step.end)]));
        const bool handed_on = step.end == PlaceFate::End::handed_on;
        const bool scrapped = step.end == PlaceFate::End::scrapped;
        rows.text(handed_on ? stage.bins[step.bin].name : "").text(scrapped ? gate_name(stage, step.gate) : "");
        rows.text(step.reason == kGood ? "" : model.reasons[step.reason].name);
    }
    return rows.take();
}

}  // namespace

std::span<const TableSchema> flow_schemas() { return kSchemas; }

std::vector<ResultTable> flow_tables(const FlowModel& model, const FlowResult& result, const DieTraces& traces) {
    return {
        flow_table(model, result, traces),
        stage_table(model, result),
        loss_table(model, result),
        bin_table(model, result),
        store_table(model, result),
        cost_table(model, result),
        die_table(model, result, traces),
        die_step_table(model, traces)};
}

}  // namespace chipchain
