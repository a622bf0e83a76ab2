#include "chipchain/report/result_tables.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/model/calendar.h"
#include "chipchain/model/learning.h"
#include "chipchain/report/chain_tables.h"
#include "chipchain/report/chip_conform_tables.h"
#include "chipchain/report/chip_fleet_tables.h"
#include "chipchain/report/chip_frame_tables.h"
#include "chipchain/report/chip_power_tables.h"
#include "chipchain/report/chip_tables.h"
#include "chipchain/report/flow_tables.h"
#include "chipchain/report/table_rows.h"
#include "chipchain/stats/mser.h"
#include "chipchain/yield/models.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kRunColumns[] = {
    {"model", K::fact, "", "name of the line"},
    {"model_hash", K::fact, "", "of the compiled model, names included"},
    {"version", K::fact, "", "program version and commit"},
    {"seed", K::fact, "", "seed of all random numbers"},
    {"replication", K::fact, "", "number of the replication"},
    {"fingerprint", K::fact, "", "hash of the trajectory: equal for equal runs on any machine"},
    {"horizon_d", K::fact, "d", "simulated time"},
    {"warmup_d", K::fact, "d", "time before statistics start"},
    {"initial_lots", K::fact, "lots", "in the line at the start"},
    {"released", K::value, "lots", "in the whole run"},
    {"shipped", K::value, "lots", "in the whole run"},
    {"scrapped", K::value, "lots", "in the whole run"},
    {"inside", K::value, "lots", "in the line at the end"},
    {"wip_mean", K::value, "lots", "time average over the window"},
    {"moves", K::value, "lot-steps", "steps completed in the whole run"},
    {"moves_per_d", K::value, "1/d", "steps completed per day"},
    {"turns_per_d", K::value, "1/d", "steps per lot and day: moves / WIP"},
    {"windows_violated_percent", K::value, "%", "queue-time windows that closed too late"},
    {"setups", K::value, "", "setup changes in the window"},
    {"mser_warmup_d", K::value, "d", "end of the warm-up of the WIP series by MSER-5; -1: no steady state was seen"},
    {"events", K::value, "", "events of the simulation"},
    {"state_growths", K::value, "", "times the engine's memory had to grow in the event loop"},
    {"identities_broken", K::value, "", "conservation identities that do not hold: always 0"},
    {"seconds", K::value, "s", "wall time of the event loop"},
};

constexpr ColumnInfo kLotTypeColumns[] = {
    {"lot_type", K::key, "", "release line"},
    {"product", K::fact, "", "product"},
    {"priority", K::fact, "", "higher is more urgent"},
    {"released", K::value, "lots", "released in the window"},
    {"shipped", K::value, "lots", "released in the run and shipped in the window: the sample of the cycle time"},
    {"shipped_initial", K::value, "lots", "initial lots shipped in the window"},
    {"shipped_pieces", K::value, "pieces", "of both"},
    {"scrapped", K::value, "lots", "in the window"},
    {"inside", K::value, "lots", "in the line at the end"},
    {"wip_mean", K::value, "lots", "time average"},
    {"throughput_per_d", K::value, "lots/d", "shipped per day, initial lots included"},
    {"cycle_time_mean_d", K::value, "d", "release to shipment"},
    {"cycle_time_sd_d", K::value, "d", "standard deviation"},
    {"cycle_time_p5_d", K::value, "d", "5 % of the lots are faster"},
    {"cycle_time_p50_d", K::value, "d", "median"},
    {"cycle_time_p90_d", K::value, "d", "90 % of the lots are faster"},
    {"cycle_time_p95_d", K::value, "d", "95 % of the lots are faster"},
    {"cycle_time_p98_d", K::value, "d", "98 % of the lots are faster"},
    {"raw_process_time_d", K::fact, "d", "load, process, unload and transport in an empty line, weighted by sampling"},
    {"x_factor", K::value, "", "cycle time / raw process time"},
    {"days_per_layer", K::value, "d", "cycle time / mask layers"},
    {"on_time_percent", K::value, "%", "shipped by the due date"},
    {"tardiness_mean_d", K::value, "d", "mean over all lots of max(0, out - due)"},
    {"tardiness_p95_d", K::value, "d", "of the late lots"},
    {"initial_cycle_time_mean_d", K::value, "d", "of initial lots, from their stated start"},
    {"initial_on_time_percent", K::value, "%", "of initial lots"},
    {"engineering",
     K::fact,
     "",
     "1: engineering lots, no product: without throughput and delivery; they count in released, shipped and scrapped"},
};

constexpr ColumnInfo kToolGroupColumns[] = {
    {"tool_group", K::key, "", "tool group"},
    {"area", K::fact, "", "area"},
    {"tools", K::fact, "", "number of tools"},
    {"availability_percent", K::value, "%", "AutoSched view: time neither down nor in maintenance, of scheduled time"},
    {"utilisation_percent",
     K::value,
     "%",
     "AutoSched view: (setup + load + process + unload) / available time without engineering"},
    {"down_percent", K::value, "%", "of all time"},
    {"maintenance_percent", K::value, "%", "of all time"},
    {"setup_percent", K::value, "%", "of all time"},
    {"productive_percent", K::value, "%", "E10 productive time: load, process, unload"},
    {"standby_no_wip_percent", K::value, "%", "E10 standby, nothing waits: starved"},
    {"standby_with_wip_percent",
     K::value,
     "%",
     "E10 standby although lots wait: minimum run, batch minimum, dedication, gate"},
    {"standby_reserved_percent", K::value, "%", "E10 standby, held for a reserving lot"},
    {"engineering_percent", K::value, "%", "E10 engineering time"},
    {"nonscheduled_percent", K::value, "%", "E10 nonscheduled time"},
    {"e10_uptime_percent",
     K::value,
     "%",
     "E10 operational uptime: (productive + standby + engineering) / operations time"},
    {"e10_utilisation_percent", K::value, "%", "E10 operational utilisation: productive / operations time"},
    {"use_of_availability_percent", K::value, "%", "productive / (productive + standby)"},
    {"e79_availability_efficiency", K::value, "", "uptime / total time"},
    {"e79_operational_efficiency", K::value, "", "productive / uptime"},
    {"e79_rate_efficiency", K::value, "", "theoretical time of the units processed / productive"},
    {"e79_quality_efficiency", K::value, "", "theoretical time of effective units / of units processed"},
    {"e79_oee", K::value, "", "the product of the four"},
    {"mtbf_h", K::value, "h", "productive time per failure (E10 MTBFp)"},
    {"mttr_h", K::value, "h", "down time per failure"},
    {"visits", K::value, "", "lot visits completed: moves"},
    {"queue_mean_h", K::value, "h", "wait per visit, arrival to start"},
    {"queue_longest_h", K::value, "h", "longest wait"},
    {"queue_lots_mean", K::value, "lots", "waiting, time average"},
    {"queue_lots_most", K::value, "lots", "waiting, most"},
    {"process_mean_h", K::value, "h", "per visit, start to done"},
    {"cycle_time_d", K::value, "d", "queue + process + transport at this group, per shipped lot"},
    {"cycle_time_share_percent", K::value, "%", "of the time of all lots in the line"},
    {"queue_share_percent", K::value, "%", "of the time that all lots wait"},
    {"setups", K::value, "", "setup changes"},
    {"lots_per_setup", K::value, "lots", "lots started per setup change"},
    {"batches", K::value, "", "batches started"},
    {"batch_fill_percent", K::value, "%", "pieces / largest batch"},
    {"lots_per_batch", K::value, "lots", "mean"},
    {"downs", K::value, "", "failures"},
    {"maintenances", K::value, "", "maintenances begun"},
    {"source", K::fact, "", "where the figures of the group come from, or 'assumption'"},
};

constexpr ColumnInfo kToolColumns[] = {
    {"tool", K::key, "", "tool group and number of the tool in it"},
    {"productive_h", K::value, "h", "load, process, unload"},
    {"standby_no_wip_h", K::value, "h", "nothing waits in the group"},
    {"standby_with_wip_h", K::value, "h", "lots wait that this tool may not take"},
    {"standby_reserved_h", K::value, "h", "held for a reserving lot"},
    {"engineering_h", K::value, "h", "engineering"},
    {"setup_h", K::value, "h", "setup"},
    {"maintenance_h", K::value, "h", "scheduled maintenance"},
    {"down_h", K::value, "h", "failure"},
    {"nonscheduled_h", K::value, "h", "not scheduled"},
    {"starts", K::value, "", "lots or batches started"},
    {"lots", K::value, "lots", "lots started"},
    {"pieces", K::value, "pieces", "pieces started"},
    {"setups", K::value, "", "setup changes"},
    {"downs", K::value, "", "failures"},
    {"maintenances", K::value, "", "maintenances begun"},
};

constexpr ColumnInfo kStepColumns[] = {
    {"route", K::key, "", "route"},
    {"step", K::key, "", "number of the step"},
    {"name", K::fact, "", "name of the step"},
    {"tool_group", K::fact, "", "tool group"},
    {"visits", K::value, "", "visits completed"},
    {"queue_mean_h", K::value, "h", "arrival to start"},
    {"process_mean_h", K::value, "h", "start to done, setup and stops included"},
    {"transport_mean_h", K::value, "h", "to this step"},
    {"wip_mean", K::value, "lots", "at, waiting for or moving to the step: stay / window (completed visits)"},
    {"reworks", K::value, "", "lots sent back from here"},
    {"scraps", K::value, "", "lots scrapped here"},
};

constexpr ColumnInfo kWindowColumns[] = {
    {"route", K::key, "", "route"},
    {"entrance", K::key, "", "step whose end opens the window"},
    {"exit", K::key, "", "step whose start closes it"},
    {"limit_h", K::fact, "h", "longest allowed time"},
    {"closed", K::value, "", "windows closed"},
    {"violated", K::value, "", "closed after the limit"},
    {"violated_percent", K::value, "%", "share"},
    {"stay_mean_h", K::value, "h", "time from opening to closing"},
    {"excess_mean_h", K::value, "h", "beyond the limit, of the violated"},
};

constexpr ColumnInfo kSeriesColumns[] = {
    {"day", K::key, "d", "time of the sample"},
    {"wip", K::value, "lots", "in the line"},
    {"shipped", K::value, "lots", "since the last sample"},
    {"moves", K::value, "lot-steps", "since the last sample"},
    {"cycle_time_mean_d", K::value, "d", "of the lots shipped since the last sample"},
};

constexpr ColumnInfo kSeriesAreaColumns[] = {
    {"day", K::key, "d", "time of the sample"},
    {"area", K::key, "", "area"},
    {"wip", K::value, "lots", "at, waiting for or moving to its tools"},
};

constexpr ColumnInfo kSeriesStepColumns[] = {
    {"day", K::key, "d", "time of the sample"},
    {"route", K::key, "", "route"},
    {"step", K::key, "", "number of the step"},
    {"wip", K::value, "lots", "at, waiting for or moving to the step"},
};

constexpr ColumnInfo kMonthColumns[] = {
    {"month", K::key, "", "calendar month; the first and the last may be parts of months"},
    {"days", K::fact, "d", "simulated days of the month"},
    {"starts_pieces", K::value, "pieces", "released, without engineering lots"},
    {"engineering_starts_pieces", K::value, "pieces", "released in engineering lots"},
    {"shipped_pieces", K::value, "pieces", "shipped, without engineering lots"},
    {"scrapped_pieces", K::value, "pieces", "scrapped, without engineering lots"},
    {"wip_lots", K::value, "lots", "in the line at the end of the month, engineering lots included"},
    {"cycle_time_mean_d", K::value, "d", "of the lots shipped, without engineering lots"},
    {"line_yield_percent", K::value, "%", "pieces shipped / (shipped + scrapped)"},
    {"die_yield_percent",
     K::value,
     "%",
     "good dies / gross dies of the pieces shipped; defect density at the middle of the month"},
    {"gross_dies", K::value, "dies", "of the pieces shipped of products that state gross_dies"},
    {"good_dies", K::value, "dies", "gross dies * negative binomial yield"},
    {"tools_installed", K::fact, "tools", "in the line at the end of the month"},
    {"tools_qualified", K::fact, "tools", "of them qualified"},
    {"bottleneck", K::fact, "", "tool group with the highest utilisation in the month (first replication)"},
    {"bottleneck_utilisation_percent",
     K::value,
     "%",
     "highest utilisation of a tool group: (productive + setup) / (productive + setup + standby)"},
};

const TableSchema kSchemas[] = {
    {"run", "the run as a whole", kRunColumns},
    {"lot_type", "cycle time, throughput and delivery by lot type", kLotTypeColumns},
    {"tool_group", "states, utilisation, queues, setups and batches by tool group", kToolGroupColumns},
    {"tool", "SEMI E10 states of every tool", kToolColumns},
    {"step", "every step of every route", kStepColumns},
    {"queue_time_window", "queue-time windows", kWindowColumns},
    {"series", "the line over time, daily", kSeriesColumns},
    {"series_area", "WIP by area over time, daily", kSeriesAreaColumns},
    {"series_step", "WIP by step over time, weekly; rows without lots are left out", kSeriesStepColumns},
    {"month",
     "the line by calendar month, warm-up included; only of models with dated changes: installs, shifts, shutdowns, "
     "ramped releases, learning, engineering lots, die yield",
     kMonthColumns},
};

double d(Time t) { return static_cast<double>(t); }
double d(uint64_t n) { return static_cast<double>(n); }

// End of the warm-up of the daily WIP series, or -1 when the rule asks for a longer run.
double mser_days(const Series& series) {
    const std::vector<double> wip(series.wip.begin(), series.wip.end());
    const MserResult result = mser(wip);
    return result.extend_run ? -1 : d(result.truncation) * in_days(series.interval);
}

ResultTable run_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[0]);
    uint64_t closed = 0, violated = 0, setups = 0;
    for (const WindowResult& w : r.windows) {
        closed += w.closed;
        violated += w.violated;
    }
    for (const ToolGroupResult& g : r.tool_groups) setups += g.total.setups;
    uint64_t visits = 0;
    for (const StepResult& s : r.steps) visits += s.visits;
    const double days = in_days(r.window);
    rows.text(m.name)
        .text(fmt::format("{:016x}", m.hash))
        .text(std::string(version()))
        .count(r.seed)
        .count(r.replication);
    rows.text(fmt::format("{:016x}", r.fingerprint)).number(in_days(r.end)).number(in_days(r.end - r.window));
    rows.count(r.initial_lots).count(r.released).count(r.shipped).count(r.scrapped).count(r.inside);
    rows.ratio(static_cast<double>(r.wip_area), d(r.window)).count(r.moves).ratio(d(visits), days);
    rows.ratio(d(visits) * static_cast<double>(kDay), static_cast<double>(r.wip_area));
    rows.percent(d(violated), d(closed))
        .count(setups)
        .number(mser_days(r.series))
        .count(r.events)
        .count(r.state_growths);
    rows.count(check_identities(r).size()).number(r.seconds);
    return rows.take();
}

void add_lot_type(Rows& rows, const Model& m, const RunResult& r, size_t i) {
    const LotType& type = m.lot_types[i];
    const LotTypeResult& x = r.lot_types[i];
    const CompletedLots& c = x.completed;
    const double lots = d(c.lots);
    const Route& route = m.routes[type.route];
    const double days = in_days(r.window);
    const double mean = lots > 0 ? in_days(c.cycle_time_sum) / lots : 0;
    const double variance = lots > 1 ? std::max(0.0, (c.cycle_time_squares - lots * mean * mean) / (lots - 1)) : 0;
    rows.text(m.lot_type_names[i]).text(m.product_names[type.product]).count(static_cast<uint64_t>(type.priority));
    rows.count(x.released)
        .count(c.lots)
        .count(x.initial.lots)
        .count(c.pieces + x.initial.pieces)
        .count(x.scrapped)
        .count(x.inside);
    rows.ratio(static_cast<double>(x.wip_area), d(r.window));
    rows.ratio(lots + d(x.initial.lots), type.engineering ? 0 : days);
    if (c.lots > 0) {
        rows.number(mean).number(std::sqrt(variance));
        for (const double p : {0.05, 0.5, 0.9, 0.95, 0.98}) rows.number(in_days(c.cycle_time.quantile(p)));
    } else {
        for (int k = 0; k < 7; ++k) rows.none();
    }
    const double raw = in_days(route.raw_process_time);
    rows.number(raw).ratio(c.lots > 0 ? mean : NAN, raw).ratio(c.lots > 0 ? mean : NAN, d(uint64_t{route.layers}));
    const double delivered = type.engineering ? 0 : lots;
    rows.percent(d(c.on_time), delivered).ratio(in_days(c.tardiness_sum), delivered);
    if (c.tardiness.count() > 0 && !type.engineering) {
        rows.number(in_days(c.tardiness.quantile(0.95)));
    } else {
        rows.none();
    }
    rows.ratio(in_days(x.initial.cycle_time_sum), d(x.initial.lots));
    rows.percent(d(x.initial.on_time), type.engineering ? 0 : d(x.initial.lots)).count(type.engineering ? 1 : 0);
}

// Theoretical production time (E79) of the visits of a step, and of those that were not made void by a later rework or
// scrap. A cascading tool takes the next lot after its interval, a batch tool is judged by full batches.
struct Theoretical {
    double units = 0;
    double effective = 0;
};

std::vector<Theoretical> theoretical_times(const Model& m, const RunResult& r) {
    std::vector<double> route_pieces(m.routes.size(), 0);
    for (const LotType& type : m.lot_types) {
        if (route_pieces[type.route] == 0) route_pieces[type.route] = type.pieces;
    }
    std::vector<double> void_visits(m.steps.size(), 0);
    for (size_t i = 0; i < m.steps.size(); ++i) {
        void_visits[i] += d(r.steps[i].scraps);
        if (r.steps[i].reworks == 0) continue;
        for (size_t k = m.steps[i].rework_step; k <= i; ++k) {
            void_visits[k] += d(r.steps[i].reworks) * static_cast<double>(m.steps[k].sample_threshold) * 0x1p-32;
        }
    }
    std::vector<Theoretical> groups(m.tool_groups.size());
    for (size_t i = 0; i < m.steps.size(); ++i) {
        const Step& step = m.steps[i];
        const double pieces = route_pieces[step.route];
        double time = d(step.expected_process);
        if (step.cascade) time = step.piece_interval > 0 ? pieces * d(step.piece_interval) : d(step.lot_interval);
        if (step.per == ProcessUnit::batch && step.batch_max > 0) time *= std::min(1.0, pieces / step.batch_max);
        const double visits = d(r.steps[i].visits);
        groups[step.tool_group].units += visits * time;
        groups[step.tool_group].effective += std::max(0.0, visits - void_visits[i]) * time;
    }
    return groups;
}

// Sums over the whole line that shares refer to.
struct LineSums {
    double stay = 0;
    double queue = 0;
    double shipped = 0;
};

void add_states(Rows& rows, const ToolGroupResult& g, const Theoretical& theory) {
    const auto at = [&g](ToolState state) { return d(g.total.time[static_cast<size_t>(state)]); };
    double all = 0;
    for (const Time t : g.total.time) all += d(t);
    const double down = at(ToolState::down), pm = at(ToolState::maintenance), setup = at(ToolState::setup);
    const double productive = at(ToolState::productive), engineering = at(ToolState::engineering);
    const double standby =
        at(ToolState::standby_no_wip) + at(ToolState::standby_with_wip) + at(ToolState::standby_reserved);
    const double operations = all - at(ToolState::nonscheduled);
    const double up = productive + standby + engineering;
    rows.percent(operations - down - pm, operations);
    rows.percent(productive + setup, operations - down - pm - engineering);
    rows.percent(down, all).percent(pm, all).percent(setup, all).percent(productive, all);
    rows.percent(at(ToolState::standby_no_wip), all).percent(at(ToolState::standby_with_wip), all);
    rows.percent(at(ToolState::standby_reserved), all)
        .percent(engineering, all)
        .percent(at(ToolState::nonscheduled), all);
    rows.percent(up, operations).percent(productive, operations).percent(productive, productive + standby);
    rows.ratio(up, all).ratio(productive, up).ratio(theory.units, productive).ratio(theory.effective, theory.units);
    rows.ratio(theory.effective, all);
    rows.ratio(in_hours(g.total.time[static_cast<size_t>(ToolState::productive)]), d(g.total.downs));
    rows.ratio(in_hours(g.total.time[static_cast<size_t>(ToolState::down)]), d(g.total.downs));
}

void add_tool_group(
    Rows& rows,
    const Model& m,
    const RunResult& r,
    size_t i,
    const Theoretical& theory,
    const LineSums& line) {
    const ToolGroupResult& g = r.tool_groups[i];
    const double visits = d(g.visits);
    rows.text(m.tool_group_names[i]).text(m.area_names[m.tool_groups[i].area]).count(m.tool_groups[i].tool_count);
    add_states(rows, g, theory);
    const double stay = d(g.queue_time) + d(g.process_time) + d(g.transport_time);
    rows.count(g.visits).ratio(in_hours(g.queue_time), visits).hours(g.queue_time_longest);
    rows.ratio(static_cast<double>(g.queue_area), d(r.window))
        .count(g.queue_longest)
        .ratio(in_hours(g.process_time), visits);
    rows.ratio(stay / static_cast<double>(kDay), line.shipped)
        .percent(stay, line.stay)
        .percent(d(g.queue_time), line.queue);
    rows.count(g.total.setups).ratio(d(g.total.lots), d(g.total.setups));
    rows.count(g.batches).percent(d(g.batch_pieces), d(g.batch_capacity));
    if (m.tool_groups[i].batch) {
        rows.ratio(d(g.total.lots), d(g.batches));
    } else {
        rows.none();
    }
    rows.count(g.total.downs).count(g.total.maintenances).text(m.tool_group_sources[i]);
}

ResultTable tool_group_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[2]);
    LineSums line;
    for (const ToolGroupResult& g : r.tool_groups) {
        line.stay += d(g.queue_time) + d(g.process_time) + d(g.transport_time);
        line.queue += d(g.queue_time);
    }
    for (const LotTypeResult& t : r.lot_types) line.shipped += d(t.completed.lots + t.initial.lots);
    const std::vector<Theoretical> theory = theoretical_times(m, r);
    for (size_t i = 0; i < m.tool_groups.size(); ++i) add_tool_group(rows, m, r, i, theory[i], line);
    return rows.take();
}

ResultTable tool_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[3]);
    for (size_t t = 0; t < r.tools.size(); ++t) {
        const uint32_t group = m.tool_to_group[t];
        rows.text(fmt::format("{}/{}", m.tool_group_names[group], t - m.tool_groups[group].first_tool + 1));
        for (const ToolState state :
             {ToolState::productive,
              ToolState::standby_no_wip,
              ToolState::standby_with_wip,
              ToolState::standby_reserved,
              ToolState::engineering,
              ToolState::setup,
              ToolState::maintenance,
              ToolState::down,
              ToolState::nonscheduled}) {
            rows.hours(r.tools[t].time[static_cast<size_t>(state)]);
        }
        const ToolResult& x = r.tools[t];
        rows.count(x.starts).count(x.lots).count(x.pieces).count(x.setups).count(x.downs).count(x.maintenances);
    }
    return rows.take();
}

ResultTable step_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[4]);
    for (size_t i = 0; i < m.steps.size(); ++i) {
        const StepResult& x = r.steps[i];
        const double visits = d(x.visits);
        rows.text(m.route_names[m.steps[i].route]).count(m.steps[i].number).text(m.step_names[i]);
        rows.text(m.tool_group_names[m.steps[i].tool_group]).count(x.visits).ratio(in_hours(x.queue_time), visits);
        rows.ratio(in_hours(x.process_time), visits).ratio(in_hours(x.transport_time), visits);
        rows.ratio(d(x.queue_time) + d(x.process_time) + d(x.transport_time), d(r.window))
            .count(x.reworks)
            .count(x.scraps);
    }
    return rows.take();
}

ResultTable window_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[5]);
    for (size_t i = 0; i < m.windows.size(); ++i) {
        const QueueTimeWindow& w = m.windows[i];
        const WindowResult& x = r.windows[i];
        rows.text(m.route_names[m.steps[w.entrance].route])
            .count(m.steps[w.entrance].number)
            .count(m.steps[w.exit].number);
        rows.hours(w.limit).count(x.closed).count(x.violated).percent(d(x.violated), d(x.closed));
        rows.ratio(in_hours(x.stay_sum), d(x.closed)).ratio(in_hours(x.excess_sum), d(x.violated));
    }
    return rows.take();
}

ResultTable series_table(const RunResult& r) {
    Rows rows(kSchemas[6]);
    const Series& s = r.series;
    for (size_t i = 0; i < s.wip.size(); ++i) {
        rows.number(in_days(s.interval) * d(uint64_t{i})).count(s.wip[i]).count(s.shipped[i]).count(s.moves[i]);
        if (s.shipped[i] > 0) {
            rows.number(s.cycle_time_mean_d[i]);
        } else {
            rows.none();
        }
    }
    return rows.take();
}

ResultTable series_area_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[7]);
    const size_t areas = m.area_names.size();
    for (size_t i = 0; i < r.series.wip.size(); ++i) {
        for (size_t a = 0; a < areas; ++a) {
            rows.number(in_days(r.series.interval) * d(uint64_t{i}))
                .text(m.area_names[a])
                .count(r.series.wip_by_area[i * areas + a]);
        }
    }
    return rows.take();
}

ResultTable series_step_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[8]);
    const size_t steps = m.steps.size();
    for (size_t i = 0; i < r.series.wip_by_step.size(); ++i) {
        if (r.series.wip_by_step[i] == 0) continue;
        const Step& step = m.steps[i % steps];
        rows.number(in_days(r.series.interval) * d(uint64_t{i / steps * r.series.step_every}));
        rows.text(m.route_names[step.route]).count(step.number).count(r.series.wip_by_step[i]);
    }
    return rows.take();
}

// What products of a month add up to.
struct MonthSums {
    double starts = 0, engineering_starts = 0, shipped = 0, scrapped = 0;
    double lots = 0, cycle_time_d = 0;
    double gross_dies = 0, good_dies = 0;
};

MonthSums month_sums(const Model& m, const Months& months, size_t month) {
    MonthSums sums;
    const Time middle = months.begin[month] + (months.end[month] - months.begin[month]) / 2;
    for (size_t i = 0; i < m.lot_types.size(); ++i) {
        const MonthOfType& type = months.types[month * m.lot_types.size() + i];
        if (m.lot_types[i].engineering) {
            sums.engineering_starts += d(type.released_pieces);
            continue;
        }
        sums.starts += d(type.released_pieces);
        sums.shipped += d(type.shipped_pieces);
        sums.scrapped += d(type.scrapped_pieces);
        sums.lots += d(type.shipped_lots);
        sums.cycle_time_d += in_days(type.cycle_time_sum);
        if (m.die_yields.empty()) continue;
        const DieYield& yield = m.die_yields[m.lot_types[i].product];
        const double dies = d(type.shipped_pieces) * d(yield.gross_dies);
        sums.gross_dies += dies;
        sums.good_dies +=
            dies * negative_binomial_yield(defect_density(yield, middle), yield.die_area_cm2, yield.alpha);
    }
    return sums;
}

// The tool group with the highest utilisation of a month, and that utilisation; no group when nothing was available.
std::pair<size_t, double> month_bottleneck(const Model& m, const Months& months, size_t month) {
    std::pair<size_t, double> most{m.tool_groups.size(), -1};
    for (size_t g = 0; g < m.tool_groups.size(); ++g) {
        const auto& states = months.states[month * m.tool_groups.size() + g];
        const auto at = [&states](ToolState state) { return d(states[static_cast<size_t>(state)]); };
        const double busy = at(ToolState::productive) + at(ToolState::setup);
        const double standby =
            at(ToolState::standby_no_wip) + at(ToolState::standby_with_wip) + at(ToolState::standby_reserved);
        if (busy + standby > 0 && busy / (busy + standby) > most.second) most = {g, busy / (busy + standby)};
    }
    return most;
}

ResultTable month_table(const Model& m, const RunResult& r) {
    Rows rows(kSchemas[9]);
    const Months& months = r.months;
    for (size_t i = 0; i < months.begin.size(); ++i) {
        const MonthSums sums = month_sums(m, months, i);
        rows.text(iso_date(m.start + months.begin[i]).substr(0, 7)).number(in_days(months.end[i] - months.begin[i]));
        rows.number(sums.starts).number(sums.engineering_starts).number(sums.shipped).number(sums.scrapped);
        rows.count(months.inside[i]).ratio(sums.cycle_time_d, sums.lots);
        rows.percent(sums.shipped, sums.shipped + sums.scrapped).percent(sums.good_dies, sums.gross_dies);
        if (m.die_yields.empty()) {
            rows.none().none();
        } else {
            rows.number(sums.gross_dies).number(sums.good_dies);
        }
        const ToolCounts tools = count_tools(m, months.end[i] - 1);
        rows.count(tools.installed).count(tools.qualified);
        const auto [group, utilisation] = month_bottleneck(m, months, i);
        if (group == m.tool_groups.size()) {
            rows.none().none();
        } else {
            rows.text(m.tool_group_names[group]).number(100 * utilisation);
        }
    }
    return rows.take();
}

}  // namespace

std::span<const TableSchema> result_schemas() { return kSchemas; }

const TableSchema* find_result_schema(std::string_view name) {
    for (const TableSchema& schema : kSchemas) {
        if (schema.name == name) return &schema;
    }
    return nullptr;
}

std::vector<ResultTable> result_tables(const Model& m, const RunResult& r) {
    std::vector<ResultTable> tables;
    tables.push_back(run_table(m, r));
    Rows types(kSchemas[1]);
    for (size_t i = 0; i < m.lot_types.size(); ++i) add_lot_type(types, m, r, i);
    tables.push_back(types.take());
    tables.push_back(tool_group_table(m, r));
    tables.push_back(tool_table(m, r));
    tables.push_back(step_table(m, r));
    tables.push_back(window_table(m, r));
    tables.push_back(series_table(r));
    tables.push_back(series_area_table(m, r));
    tables.push_back(series_step_table(m, r));
    tables.push_back(month_table(m, r));
    return tables;
}

std::string bottleneck_reason(
    double down,
    double maintenance,
    double setup,
    double batch_fill,
    double standby_with_wip,
    double tools) {
    // what takes the most capacity first; below 3 points it is not worth a word (assumption)
    constexpr double kWorthAWord = 3;
    std::vector<std::pair<double, std::string>> parts;
    if (down >= kWorthAWord) parts.emplace_back(down, fmt::format("down {:.1f} %", down));
    if (maintenance >= kWorthAWord) parts.emplace_back(maintenance, fmt::format("maintenance {:.1f} %", maintenance));
    if (setup >= kWorthAWord) parts.emplace_back(setup, fmt::format("setups {:.1f} %", setup));
    if (batch_fill > 0 && batch_fill < 97)
        parts.emplace_back(100 - batch_fill, fmt::format("batches {:.0f} % full", batch_fill));
    if (standby_with_wip >= kWorthAWord)
        parts.emplace_back(standby_with_wip, fmt::format("idle with WIP {:.1f} %", standby_with_wip));
    std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::string out = tools == 1 ? "only one tool" : "";
    for (size_t i = 0; i < std::min<size_t>(parts.size(), 2); ++i) out += (out.empty() ? "" : ", ") + parts[i].second;
    return out.empty() ? "process time alone" : out;
}

std::string results_page() {
    std::string page =
        "# Results\n\nMade from the table schemas of the program (`chipchain schema results`); a test keeps it fresh. "
        "Do not edit it.\n"
        "The tables are the same in CSV files (`--csv DIR`), in JSON (`--json FILE`) and in SQLite (`--sqlite FILE`); "
        "there the\n"
        "first column of each is `replication`. Column kinds: a *key* tells rows apart, a *fact* is the same in every "
        "replication, a\n"
        "*value* is measured in the statistics window (warm-up to horizon) if nothing else is said.\n";
    std::vector<TableSchema> all(std::begin(kSchemas), std::end(kSchemas));
    all.insert(all.end(), flow_schemas().begin(), flow_schemas().end());
    for (const TableSchema* schema : chain_schemas()) all.push_back(*schema);
    for (const auto& more :
         {chip_run_schemas(),
          chip_conform_schemas(),
          chip_figure_schemas(),
          chip_power_schemas(),
          chip_frame_schemas(),
          chip_fleet_schemas()}) {
        for (const TableSchema& schema : more) {
            // chip_identity ends several of them
            const bool shown = std::any_of(all.begin(), all.end(), [&schema](const TableSchema& other) {
                return other.name == schema.name && other.columns.data() == schema.columns.data();
            });
            if (!shown) all.push_back(schema);
        }
    }
    for (const TableSchema& schema : all) {
        page += fmt::format(
            "\n## `{}`\n\n{}.\n\n| column | kind | unit | meaning |\n| --- | --- | --- | --- |\n",
            schema.name,
            schema.help);
        for (const ColumnInfo& c : schema.columns) {
            constexpr std::array<std::string_view, 3> kKinds = {"key", "fact", "value"};
            page +=
                fmt::format("| `{}` | {} | {} | {} |\n", c.name, kKinds[static_cast<size_t>(c.kind)], c.unit, c.help);
        }
    }
    return page;
}

}  // namespace chipchain
