#include "chipchain/report/chain_schemas.h"

#include "chipchain/report/chain_tables.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kChainRunColumns[] = {
    {"scenario", K::fact, "", "name of the scenario"},
    {"version", K::fact, "", "program version and commit"},
    {"model_hash", K::fact, "", "hash of everything that changes a result"},
    {"seed", K::fact, "", "seed of all random numbers"},
    {"replications", K::fact, "", "futures that test the promises"},
    {"service_percent", K::fact, "%", "share of futures in which promises are to be kept"},
    {"fingerprint",
     K::fact,
     "",
     "hash of all simulated runs: equal for equal runs on any machine and number of threads"},
    {"start", K::fact, "", "first day"},
    {"end", K::fact, "", "first day after the scenario"},
    {"command", K::fact, "", "makes the tables again"},
    {"solver", K::fact, "", "name and version"},
    {"plan_rows", K::fact, "rows", "of the linear program"},
    {"plan_columns", K::fact, "columns", "of the linear program"},
    {"mip_gap_percent", K::fact, "%", "between the plan and the bound of branch and bound"},
    {"check", K::fact, "", "our own check of the solution"},
};

constexpr ColumnInfo kSummaryColumns[] = {
    {"figure", K::key, "", "what"},
    {"text", K::fact, "", "in words"},
    {"value", K::value, "", "the figure"},
    {"unit", K::fact, "", "its unit"},
    {"low", K::value, "", "least of the interval over futures"},
    {"high", K::value, "", "greatest of it"},
    {"help", K::fact, "", "what it means"},
};

constexpr ColumnInfo kMilestonesColumns[] = {
    {"milestone", K::key, "", "name"},
    {"wanted", K::fact, "", "date of the scenario"},
    {"planned", K::value, "", "date in the plan"},
    {"exact", K::value, "", "date in the simulation without randomness"},
    {"sim_p50", K::value, "", "date reached in half of the futures"},
    {"sim_p90", K::value, "", "date reached in 90 % of them"},
    {"late_by_d", K::value, "d", "P90 after the wanted date, else the plan; 0: in time"},
    {"reached_percent", K::value, "%", "futures that reach it"},
    {"mark", K::fact, "", "how the date is known"},
    {"note", K::fact, "", "what it is"},
};

constexpr ColumnInfo kSupplyColumns[] = {
    {"programme", K::key, "", "who waits"},
    {"quarter", K::key, "", "calendar quarter"},
    {"due", K::value, "pieces", "asked for"},
    {"planned", K::value, "pieces", "delivered by the plan"},
    {"sim_p10", K::value, "pieces", "delivered in 90 % of the futures at least"},
    {"sim_p50", K::value, "pieces", "median"},
    {"sim_p90", K::value, "pieces", "delivered in 10 % of the futures at least"},
    {"open_planned", K::value, "pieces", "waiting at the quarter's end in the plan"},
    {"promise", K::value, "pieces", "that can be promised for the quarter"},
    {"kept_percent", K::value, "%", "futures that keep the running total of the promises"},
};

constexpr ColumnInfo kCumulativeColumns[] = {
    {"programme", K::key, "", "who waits"},
    {"date", K::key, "", "end of the bucket"},
    {"due", K::value, "pieces", "asked for so far"},
    {"planned", K::value, "pieces", "delivered so far by the plan"},
    {"sim_p10", K::value, "pieces", "in 90 % of the futures at least"},
    {"sim_p50", K::value, "pieces", "median"},
    {"sim_p90", K::value, "pieces", "in 10 % of the futures at least"},
    {"naive", K::value, "pieces", "by the naive plan"},
};

constexpr ColumnInfo kBottlenecksColumns[] = {
    {"quarter", K::key, "", "calendar quarter"},
    {"resource", K::key, "", "what is short"},
    {"site", K::fact, "", "where"},
    {"use_percent", K::value, "%", "of its capacity"},
    {"unit", K::fact, "", "of the capacity"},
    {"price_usd", K::value, "USD", "of one more unit of capacity, mean of the quarter"},
    {"worth_usd", K::value, "USD", "price times capacity of the quarter"},
    {"rank", K::fact, "", "1 is the dearest of the quarter"},
};

constexpr ColumnInfo kResourceUseColumns[] = {
    {"resource", K::key, "", "what is used"},
    {"site", K::fact, "", "where"},
    {"date", K::key, "", "begin of the bucket"},
    {"unit", K::fact, "", "of the capacity"},
    {"use", K::value, "units", "planned"},
    {"capacity", K::value, "units", "available, modules and planned share included"},
    {"use_percent", K::value, "%", "of it"},
    {"price_usd", K::value, "USD", "of one more unit"},
};

constexpr ColumnInfo kCostWaterfallColumns[] = {
    {"item", K::key, "", "piece, and where"},
    {"step", K::key, "", "what adds to its cost"},
    {"kind", K::fact, "", "add, loss or total"},
    {"usd", K::value, "USD", "per good piece"},
    {"pieces", K::fact, "pieces", "made in the plan"},
};

constexpr ColumnInfo kOutsideColumns[] = {
    {"supplier", K::key, "", "site"},
    {"item", K::key, "", "what is bought"},
    {"quarter", K::key, "", "calendar quarter of the order"},
    {"pieces", K::value, "pieces", "good ones ordered"},
    {"usd", K::value, "USD", "their price"},
    {"own_pieces", K::value, "pieces", "started in the quarter on own lines, of the same item or family"},
    {"outside_percent", K::value, "%", "share of the supplier in all that makes the item or its family"},
    {"contract_minimum", K::fact, "starts", "of contracts that begin in the quarter"},
};

constexpr ColumnInfo kRiskColumns[] = {
    {"site", K::key, "", "site"},
    {"region", K::fact, "", "where it is"},
    {"begins", K::fact, "", "date of the outage that was tried: when the site is busiest"},
    {"time_to_recover_w", K::fact, "weeks", "of the site"},
    {"time_to_survive_w", K::value, "weeks", "longest outage without further waiting; none: any"},
    {"safe", K::value, "", "survives as long as it takes to recover"},
    {"impact_usd", K::value, "USD", "added cost of an outage as long as the time to recover"},
    {"lost_piece_weeks", K::value, "piece-weeks", "added waiting"},
    {"worst_programme", K::value, "", "who waits most"},
    {"cheapest_fix", K::value, "", "what bridges the gap"},
};

constexpr ColumnInfo kTornadoColumns[] = {
    {"uncertainty", K::key, "", "what may turn out otherwise"},
    {"low_percent", K::fact, "%", "least factor"},
    {"high_percent", K::fact, "%", "greatest factor"},
    {"value_low", K::value, "MUSD", "value less cost at the least factor"},
    {"value_base", K::value, "MUSD", "value less cost as expected"},
    {"value_high", K::value, "MUSD", "value less cost at the greatest factor"},
    {"swing", K::value, "MUSD", "range of these"},
    {"rank_correlation", K::value, "", "between factor and value less cost over futures (Spearman)"},
    {"mark", K::fact, "", "how the range is known"},
    {"source", K::fact, "", "where it comes from"},
};

constexpr ColumnInfo kStockColumns[] = {
    {"node", K::key, "", "item and site"},
    {"item", K::fact, "", "item"},
    {"site", K::fact, "", "site"},
    {"date", K::key, "", "end of the bucket"},
    {"planned", K::value, "pieces", "by the plan"},
    {"sim_p10", K::value, "pieces", "in 90 % of the futures at least"},
    {"sim_p50", K::value, "pieces", "median"},
    {"sim_p90", K::value, "pieces", "in 10 % of the futures at least"},
    {"floor", K::fact, "pieces", "safety stock wanted"},
    {"planned_usd", K::value, "USD", "value of the planned stock"},
};

constexpr ColumnInfo kFlowsColumns[] = {
    {"from", K::key, "", "activity, item at a site, or supplier"},
    {"to", K::key, "", "where to"},
    {"item", K::fact, "", "what flows"},
    {"pieces", K::value, "pieces", "in all"},
    {"usd", K::value, "USD", "their cost so far: the width of the flow"},
    {"loss", K::fact, "", "yes: never arrives"},
};

constexpr ColumnInfo kLateColumns[] = {
    {"programme", K::key, "", "who waits"},
    {"quarter", K::key, "", "in which it was due"},
    {"pieces_late", K::value, "pieces", "late or lost"},
    {"weeks_late", K::value, "weeks", "of the last of them; none: not until the end"},
    {"kind", K::fact, "", "kind of the reason"},
    {"reason", K::fact, "", "why"},
    {"path", K::fact, "", "from the programme upstream"},
    {"price_usd", K::value, "USD", "of one more unit where it binds"},
    {"fix", K::fact, "", "what would mend it"},
};

constexpr ColumnInfo kModulesColumns[] = {
    {"module", K::key, "", "module"},
    {"resource", K::fact, "", "what it adds to"},
    {"decided", K::key, "", "date of the decision"},
    {"live", K::fact, "", "first capacity"},
    {"count", K::value, "modules", "how many"},
    {"capex_usd", K::value, "USD", "their price"},
    {"by", K::fact, "", "file or plan"},
};

constexpr ColumnInfo kAssumptionsColumns[] = {
    {"table", K::key, "", "table of the scenario"},
    {"row", K::key, "", "row"},
    {"figures", K::fact, "", "its figures"},
    {"mark", K::fact, "", "published, computed, claim or assumption"},
    {"source", K::fact, "", "where they come from"},
};

constexpr ColumnInfo kOrdersColumns[] = {
    {"activity", K::key, "", "activity"},
    {"site", K::fact, "", "where"},
    {"kind", K::fact, "", "own or supplier"},
    {"date", K::key, "", "begin of the bucket"},
    {"starts", K::value, "starts", "in the bucket"},
    {"usd", K::value, "USD", "cost besides inputs"},
};

constexpr ColumnInfo kLoopRoundsColumns[] = {
    {"round", K::key, "", "0 is the naive plan"},
    {"kind", K::fact, "", "what the plan reckons with"},
    {"plan_musd", K::value, "MUSD", "cost as planned"},
    {"sim_musd", K::value, "MUSD", "mean cost in the simulation"},
    {"net_musd", K::value, "MUSD", "mean value less cost in the simulation: what plans are compared by"},
    {"kept_percent", K::value, "%", "of the plan's own deliveries, taken as promises"},
    {"lead_change_percent", K::value, "%", "mean change of the planned lead times"},
    {"release_change_percent", K::value, "%", "mean change of the starts"},
    {"best", K::fact, "", "the plan that is kept"},
};

constexpr ColumnInfo kPoolingColumns[] = {
    {"family", K::key, "", "chip"},
    {"versions", K::fact, "", "its versions in the plan"},
    {"service_percent", K::fact, "%", "service level"},
    {"dedicated_pieces", K::value, "pieces", "each version for itself"},
    {"pooled_pieces", K::value, "pieces", "one stock for all, which identical software allows"},
    {"saved_pieces", K::value, "pieces", "difference"},
    {"saved_percent", K::value, "%", "of the dedicated"},
    {"saved_usd", K::value, "USD", "value of the stock saved"},
};

constexpr ColumnInfo kMoneyColumns[] = {
    {"kind", K::key, "", "kind of cost"},
    {"planned_musd", K::value, "MUSD", "of the plan, discounted"},
    {"exact_musd", K::value, "MUSD", "in the simulation without randomness"},
    {"sim_mean_musd", K::value, "MUSD", "mean over futures"},
    {"sim_p10_musd", K::value, "MUSD", "of the futures"},
    {"sim_p90_musd", K::value, "MUSD", "of the futures"},
};

constexpr ColumnInfo kBalanceColumns[] = {
    {"item", K::key, "", "item"},
    {"initial", K::value, "pieces", "in stock and under way at the start"},
    {"made", K::value, "pieces", "begun, before yield"},
    {"used", K::value, "pieces", "taken by activities and programmes"},
    {"lost", K::value, "pieces", "by yield, excursions and outages"},
    {"under_way", K::value, "pieces", "in activities and transport"},
    {"stock", K::value, "pieces", "at the end"},
    {"difference", K::value, "pieces", "initial + made - all others"},
};

constexpr ColumnInfo kGapsColumns[] = {
    {"programme", K::key, "", "who waits"},
    {"date", K::key, "", "end of the bucket"},
    {"planned", K::value, "pieces", "running total of the plan"},
    {"behind", K::value, "pieces", "less in the simulation"},
    {"percent", K::value, "%", "of the running total"},
    {"why", K::fact, "", "reason"},
};

constexpr ColumnInfo kLinesColumns[] = {
    {"resource", K::key, "", "own line, simulated tool by tool"},
    {"activity", K::key, "", "what it makes"},
    {"process", K::fact, "", "process of the library that the line is made from"},
    {"lots", K::value, "lots", "that came out of the line"},
    {"planned_lead_d", K::value, "d", "lead time that the plan reckons with"},
    {"simulated_lead_d", K::value, "d", "mean cycle time of the lots in the line"},
    {"planned_starts", K::value, "starts", "of the plan"},
    {"starts", K::value, "starts", "that happened in the simulation"},
};

}  // namespace

const TableSchema kChainRun = {"chain_run", "what makes every figure again", kChainRunColumns};
const TableSchema kSummary = {"summary", "the chain in a dozen figures", kSummaryColumns};
const TableSchema kMilestones = {"milestones", "dates that are wanted, planned and simulated", kMilestonesColumns};
const TableSchema kSupply = {"supply", "pieces by programme and quarter", kSupplyColumns};
const TableSchema kCumulative = {"cumulative", "running totals of supply and demand", kCumulativeColumns};
const TableSchema kBottlenecks = {"bottlenecks", "what holds the chain back, dearest first", kBottlenecksColumns};
const TableSchema kResourceUse = {"resource_use", "use of resources by bucket", kResourceUseColumns};
const TableSchema kCostWaterfall = {"cost_waterfall", "what a good piece costs, step by step", kCostWaterfallColumns};
const TableSchema kOutside = {"outside", "orders of suppliers by quarter, and own output of the same", kOutsideColumns};
const TableSchema kRisk = {"risk", "what an outage of a site does", kRiskColumns};
const TableSchema kTornado = {
    "tornado",
    "which uncertainties matter: value less cost of the plan carried out",
    kTornadoColumns};
const TableSchema kStock = {"stock", "stocks by bucket", kStockColumns};
const TableSchema kFlows = {"flows", "what flows in the whole plan, with its losses", kFlowsColumns};
const TableSchema kLate = {"late", "deliveries that are late or short in the plan, and why", kLateColumns};
const TableSchema kModules = {"modules", "capacity modules decided by the file and by the plan", kModulesColumns};
const TableSchema kAssumptions = {"assumptions", "the figures that the scenario rests on", kAssumptionsColumns};
const TableSchema kOrders = {"orders", "what starts, by bucket: own lines and call-offs", kOrdersColumns};
const TableSchema kLoopRounds = {"loop", "planning and simulation in turn", kLoopRoundsColumns};
const TableSchema kPooling = {"pooling", "safety stock of versions of one chip, dedicated and pooled", kPoolingColumns};
const TableSchema kMoney = {"money", "costs by kind", kMoneyColumns};
const TableSchema kBalance = {
    "balance",
    "pieces of every item in the simulation without randomness: the difference is 0",
    kBalanceColumns};
const TableSchema kGaps = {"gaps", "where the simulation without randomness is behind the plan", kGapsColumns};
const TableSchema kLines = {"lines", "own lines in the line engine, lot by lot", kLinesColumns};

std::vector<const TableSchema*> chain_schemas() {
    return {&kChainRun,    &kSummary,       &kMilestones, &kSupply,      &kCumulative, &kBottlenecks,
            &kResourceUse, &kCostWaterfall, &kOutside,    &kRisk,        &kTornado,    &kStock,
            &kFlows,       &kLate,          &kModules,    &kAssumptions, &kOrders,     &kLoopRounds,
            &kPooling,     &kMoney,         &kBalance,    &kGaps,        &kLines};
}

}  // namespace chipchain
