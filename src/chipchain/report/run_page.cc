#include "chipchain/report/run_page.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/report/result_tables.h"
#include "chipchain/report/summary.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

std::string mean_text(const MeanInterval& x, int digits = -1) {
    if (x.count == 0) return "-";
    return digits < 0 ? short_number(x.mean) : fmt::format("{:.{}f}", x.mean, digits);
}

std::string head(const ResultTable& run, const Summary& runs) {
    const TableSchema& s = *run.schema;
    const auto text = [&](std::string_view column) { return run.text(0, s.index(column)); };
    std::string out = fmt::format(
        "{}: {} days, statistics from day {}, {} replication{}, seed {}\n",
        text("model"),
        short_number(run.number(0, s.index("horizon_d"))),
        short_number(run.number(0, s.index("warmup_d"))),
        runs.rows.size(),
        runs.rows.size() == 1 ? "" : "s",
        text("seed"));
    out += fmt::format(
        "model {}  fingerprint {}{}  version {}\n",
        text("model_hash"),
        text("fingerprint"),
        runs.rows.size() == 1 ? "" : " (replication " + text("replication") + ")",
        text("version"));
    return out;
}

std::string lot_types(const Summary& t, size_t width) {
    TextTable table(
        {{"lot type", true},
         {"priority", false, 6},
         {"released", false, 5},
         {"shipped"},
         {"WIP", false, 3},
         {"cycle time d"},
         {"P50", false, 4},
         {"P95", false, 2},
         {"X-factor", false, 1},
         {"d/layer", false, 7},
         {"on time %"},
         {"tardiness d", false, 8},
         {"scrapped", false, 9}});
    for (size_t r = 0; r < t.rows.size(); ++r) {
        const auto value = [&](std::string_view column) -> const MeanInterval& { return t.value(r, column); };
        const MeanInterval& ct = value("cycle_time_mean_d");
        const MeanInterval& due = value("on_time_percent");
        table.add(
            {t.label(r, "lot_type"),
             t.label(r, "priority"),
             mean_text(value("released")),
             mean_text(value("shipped")),
             mean_text(value("wip_mean")),
             with_interval(ct.mean, ct.half_width, ct.count),
             mean_text(value("cycle_time_p50_d"), 2),
             mean_text(value("cycle_time_p95_d"), 2),
             mean_text(value("x_factor"), 2),
             mean_text(value("days_per_layer"), 2),
             with_interval(due.mean, due.half_width, due.count),
             mean_text(value("tardiness_mean_d")),
             mean_text(value("scrapped"))});
    }
    return table.render(width);
}

// How many of the groups rest on assumed figures; nothing for models whose groups state no sources.
std::string assumptions(const Summary& t, const std::vector<size_t>& shown) {
    const auto assumed = [&t](size_t r) { return t.label(r, "source").starts_with("assumption"); };
    std::vector<size_t> all(t.rows.size());
    std::iota(all.begin(), all.end(), 0);
    const auto count = std::count_if(all.begin(), all.end(), assumed);
    if (count == 0) return {};
    return fmt::format(
        "Assumptions: {} of all {} groups and {} of those shown rest on assumed figures (column source of the table "
        "tool_group)\n",
        count,
        all.size(),
        std::count_if(shown.begin(), shown.end(), assumed));
}

std::string bottlenecks(const Summary& t, const PageOptions& options) {
    std::vector<size_t> order(t.rows.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&t](size_t a, size_t b) {
        return t.value(a, "utilisation_percent").mean > t.value(b, "utilisation_percent").mean;
    });
    if (options.most_groups > 0) order.resize(std::min(order.size(), options.most_groups));
    TextTable table(
        {{"tool group", true},
         {"tools"},
         {"util %"},
         {"avail %", false, 3},
         {"down %", false, 6},
         {"PM %", false, 7},
         {"setup %", false, 8},
         {"E10 util %", false, 9},
         {"OEE", false, 10},
         {"wait h"},
         {"queue", false, 4},
         {"wait share %", false, 2},
         {"why", true, 5},
         {"rests on", true, 11}});
    for (const size_t r : order) {
        const auto mean = [&](std::string_view column) { return t.value(r, column).mean; };
        const auto text = [&](std::string_view column) { return mean_text(t.value(r, column)); };
        const double tools = cell_number(t.rows[r].labels[t.schema->index("tools")]);
        table.add(
            {t.label(r, "tool_group"),
             t.label(r, "tools"),
             mean_text(t.value(r, "utilisation_percent"), 1),
             text("availability_percent"),
             text("down_percent"),
             text("maintenance_percent"),
             text("setup_percent"),
             text("e10_utilisation_percent"),
             text("e79_oee"),
             text("queue_mean_h"),
             text("queue_lots_mean"),
             text("queue_share_percent"),
             bottleneck_reason(
                 mean("down_percent"),
                 mean("maintenance_percent"),
                 mean("setup_percent"),
                 mean("batch_fill_percent"),
                 mean("standby_with_wip_percent"),
                 tools),
             t.label(r, "source")});
    }
    return table.render(options.width) + assumptions(t, order);
}

// Where MSER-5 ends the warm-up of the WIP series, and in how many replications it sees no steady state.
std::string warmup_line(const Summary& runs) {
    double sum = 0, settled = 0;
    for (size_t r = 0; r < runs.rows.size(); ++r) {
        const double days = runs.value(r, "mser_warmup_d").mean;
        if (days < 0) continue;
        sum += days;
        ++settled;
    }
    const auto count = static_cast<double>(runs.rows.size());
    if (settled == 0) return "MSER-5: no steady state in this run, make it longer\n";
    std::string out = fmt::format("MSER-5: warm-up over after {} days on average", short_number(sum / settled));
    if (settled < count) out += fmt::format("; no steady state in {} of {} replications", count - settled, count);
    return out + "\n";
}

std::string line_facts(const Summary& runs, const std::vector<const ResultTable*>& series, size_t width) {
    const auto sum = [&runs](std::string_view column) {
        std::vector<double> values;
        for (size_t r = 0; r < runs.rows.size(); ++r) values.push_back(runs.value(r, column).mean);
        return mean_interval(values);
    };
    const MeanInterval wip = sum("wip_mean"), turns = sum("turns_per_d"), moves = sum("moves_per_d");
    std::string out = fmt::format(
        "WIP {} lots · {} moves/d · {} turns/d",
        with_interval(wip.mean, wip.half_width, wip.count),
        short_number(moves.mean),
        short_number(turns.mean));
    bool windows = false;
    for (size_t r = 0; r < runs.rows.size(); ++r)
        windows = windows || runs.value(r, "windows_violated_percent").count > 0;
    if (windows)
        out += fmt::format(" · queue-time limits missed {} %", short_number(sum("windows_violated_percent").mean));
    out += "\n" + warmup_line(runs);
    const size_t samples = series[0]->rows();
    const size_t column = series[0]->schema->index("wip");
    std::vector<double> mean(samples, 0);
    for (const ResultTable* t : series) {
        for (size_t i = 0; i < std::min(samples, t->rows()); ++i)
            mean[i] += t->number(i, column) / static_cast<double>(series.size());
    }
    if (samples < 2) return out;
    const auto [low, high] = std::minmax_element(mean.begin(), mean.end());
    return out + fmt::format(
                     "WIP {}..{}  {}\n",
                     short_number(*low),
                     short_number(*high),
                     sparkline(mean, std::min<size_t>(width - 20, 80)));
}

// The line month by month, of models that change with the date.
std::string months(const Summary& t, size_t width) {
    if (t.rows.empty()) return {};
    TextTable table(
        {{"month", true},
         {"starts"},
         {"eng. starts", false, 8},
         {"shipped"},
         {"scrapped", false, 7},
         {"WIP lots", false, 6},
         {"cycle time d", false, 5},
         {"line yield %", false, 3},
         {"die yield %", false, 2},
         {"good dies"},
         {"tools", false, 4},
         {"qualified", false, 4},
         {"bottleneck", true, 1},
         {"util %", false, 1}});
    for (size_t r = 0; r < t.rows.size(); ++r) {
        const auto text = [&](std::string_view column, int digits = -1) {
            return mean_text(t.value(r, column), digits);
        };
        table.add(
            {t.label(r, "month"),
             text("starts_pieces", 0),
             text("engineering_starts_pieces", 0),
             text("shipped_pieces", 0),
             text("scrapped_pieces", 0),
             text("wip_lots", 0),
             text("cycle_time_mean_d", 1),
             text("line_yield_percent", 1),
             text("die_yield_percent", 1),
             text("good_dies", 0),
             t.label(r, "tools_installed"),
             t.label(r, "tools_qualified"),
             t.label(r, "bottleneck"),
             text("bottleneck_utilisation_percent", 0)});
    }
    return "\nMonths (pieces; without engineering lots)\n" + table.render(width);
}

}  // namespace

std::string with_interval(double mean, double half_width, int64_t count) {
    if (count == 0) return "-";
    if (!std::isfinite(half_width)) return short_number(mean);
    if (half_width == 0) return short_number(mean) + " ± 0";
    // as many decimals as the half width needs for two digits
    const int digits = std::clamp(1 - static_cast<int>(std::floor(std::log10(half_width))), 0, 3);
    return fmt::format("{:.{}f} ± {:.{}f}", mean, digits, half_width, digits);
}

std::vector<const ResultTable*> same_table(
    const std::vector<std::vector<ResultTable>>& replications,
    std::string_view name) {
    std::vector<const ResultTable*> out;
    for (const auto& tables : replications) {
        for (const ResultTable& table : tables) {
            if (table.schema->name == name) out.push_back(&table);
        }
    }
    return out;
}

std::string run_page(const std::vector<std::vector<ResultTable>>& replications, const PageOptions& options) {
    const std::vector<const ResultTable*> runs = same_table(replications, "run");
    // every run is a row of its own: they have no key
    Summary run_summary;
    run_summary.schema = runs[0]->schema;
    for (const ResultTable* run : runs) run_summary.rows.push_back(summarise({run}).rows[0]);
    std::string out = head(*runs[0], run_summary);
    out += "\n" + lot_types(summarise(same_table(replications, "lot_type")), options.width);
    out += fmt::format(
        "\n{}\n",
        options.most_groups > 0 ? "Bottlenecks: tool groups by utilisation of available time"
                                : "Tool groups by utilisation of available time");
    out += bottlenecks(summarise(same_table(replications, "tool_group")), options);
    out += months(summarise(same_table(replications, "month")), options.width);
    out += "\n" + line_facts(run_summary, same_table(replications, "series"), options.width);
    return out;
}

}  // namespace chipchain
