#include "chipchain/report/chain_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "chipchain/report/table_cells.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

// Pieces in the shortest form that keeps three digits: 950, 12.3k, 4.56M.
std::string pieces(double value) {
    const double size = std::abs(value);
    if (size >= 999.5e6) return fmt::format("{:.2f}G", value / 1e9);
    if (size >= 999.5e3) return fmt::format("{:.2f}M", value / 1e6);
    if (size >= 99'950) return fmt::format("{:.0f}k", value / 1e3);
    if (size >= 9'999.5) return fmt::format("{:.1f}k", value / 1e3);
    return grouped(std::llround(value));
}

std::string money(double usd) {
    const double size = std::abs(usd);
    if (size >= 1e9) return fmt::format("{:.2f} G", usd / 1e9);
    if (size >= 1e6) return fmt::format("{:.1f} M", usd / 1e6);
    if (size >= 1e4) return fmt::format("{:.1f} k", usd / 1e3);
    return fmt::format("{:.2f}", usd);
}

std::string heading(const std::string& text) { return "\n" + text + "\n"; }

std::string head_part(const std::vector<ResultTable>& tables) {
    const TableCells run(tables, "chain_run");
    std::string out = fmt::format(
        "chain {}   {} to {}   model {}   seed {}   fingerprint {}\n",
        run.text(0, "scenario"),
        run.text(0, "start"),
        run.text(0, "end"),
        run.text(0, "model_hash"),
        run.text(0, "seed"),
        run.text(0, "fingerprint"));
    if (run.number(0, "replications") < 1) {
        out +=
            "The plan with mean lead times and yields; chipchain run tests it in many futures and may keep a more "
            "careful one.\n";
    }
    return out;
}

// The figures that come before everything else.
std::string summary_part(const std::vector<ResultTable>& tables) {
    const TableCells s(tables, "summary");
    std::string out;
    for (size_t r = 0; r < s.rows(); ++r) {
        const std::string figure = s.text(r, "figure");
        if (figure.starts_with("delivered to") || figure.starts_with("gap")) continue;
        const std::string unit = s.text(r, "unit");
        const std::string value = unit == "MUSD"               ? "US$ " + money(1e6 * s.number(r, "value"))
                                  : !s.text(r, "text").empty() ? s.text(r, "text")
                                                               : fmt::format("{:.1f} {}", s.number(r, "value"), unit);
        out += fmt::format("{}{} {}", out.empty() ? "" : " · ", figure, value);
    }
    return out + "\n";
}

std::string milestone_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "milestones");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"milestone", true},
         {"wanted"},
         {"planned"},
         {"simulated P50", false, 1},
         {"P90"},
         {"late by d"},
         {"reached %", false, 2},
         {"date is", true, 3}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "milestone"),
             s.text(r, "wanted"),
             s.or_dash(r, "planned"),
             s.or_dash(r, "sim_p50"),
             s.or_dash(r, "sim_p90"),
             s.has(r, "late_by_d") ? s.count(r, "late_by_d") : "never",
             s.count(r, "reached_percent"),
             s.text(r, "mark")});
    }
    return heading("Milestones (late by: P90 of the simulation, else the plan, against the wanted date)") +
           table.render(width);
}

std::string supply_part(const std::vector<ResultTable>& tables, const ChainPageOptions& options) {
    const TableCells s(tables, "supply");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"programme", true},
         {options.quarters ? "quarter" : "year", true},
         {"demand"},
         {"planned"},
         {"P10", false, 2},
         {"P50", false, 3},
         {"P90", false, 2},
         {"promise"},
         {"kept %", false, 1},
         {"waiting", false, 1}});
    for (size_t r = 0; r < s.rows(); ++r) {
        const auto cell = [&](const char* column) { return s.has(r, column) ? pieces(s.number(r, column)) : "-"; };
        table.add(
            {r > 0 && s.text(r, "programme") == s.text(r - 1, "programme") ? "" : s.text(r, "programme"),
             s.text(r, "quarter"),
             cell("due"),
             cell("planned"),
             cell("sim_p10"),
             cell("sim_p50"),
             cell("sim_p90"),
             cell("promise"),
             s.count(r, "kept_percent"),
             cell("open_planned")});
    }
    return heading("Supply against demand, pieces a quarter (waiting: at its end, in the plan)") +
           table.render(options.width);
}

std::string bottleneck_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "bottlenecks");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"quarter", true},
         {"bottleneck", true},
         {"site", true, 2},
         {"use %"},
         {"one more", true, 1},
         {"is worth US$"},
         {"next", true, 3}});
    for (size_t r = 0; r < s.rows(); ++r) {
        if (s.number(r, "rank") != 1) continue;
        const bool second = r + 1 < s.rows() && s.number(r + 1, "rank") == 2;
        table.add(
            {s.text(r, "quarter"),
             s.text(r, "resource"),
             s.text(r, "site"),
             s.fixed(r, "use_percent", 0),
             s.text(r, "unit"),
             money(s.number(r, "price_usd")),
             second ? s.text(r + 1, "resource") : ""});
    }
    return heading("Bottleneck of each quarter (price: what one more unit of capacity saves)") + table.render(width);
}

std::string late_part(const std::vector<ResultTable>& tables, const ChainPageOptions& options) {
    const TableCells s(tables, "late");
    if (s.rows() == 0) return heading("Nothing is late in the plan.");
    constexpr size_t kMost = 8;
    std::vector<size_t> order(s.rows());
    for (size_t r = 0; r < order.size(); ++r) order[r] = r;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return s.number(a, "pieces_late") > s.number(b, "pieces_late");
    });
    std::string out = heading("Late or short in the plan, and why");
    const size_t shown = options.all ? order.size() : std::min(kMost, order.size());
    for (size_t i = 0; i < shown; ++i) {
        const size_t r = order[i];
        out += fmt::format(
            "  {} {}: {} pieces {}\n    {}\n",
            s.text(r, "programme"),
            s.text(r, "quarter"),
            pieces(s.number(r, "pieces_late")),
            s.has(r, "weeks_late") ? fmt::format("up to {:.0f} weeks late", s.number(r, "weeks_late"))
                                   : "lost, or not until the end",
            s.text(r, "reason"));
        if (!s.text(r, "fix").empty()) out += fmt::format("    fix: {}\n", s.text(r, "fix"));
    }
    if (shown < order.size()) out += fmt::format("  and {} more: chipchain explain late\n", order.size() - shown);
    return out;
}

std::string cost_part(const std::vector<ResultTable>& tables) {
    const TableCells s(tables, "cost_waterfall");
    if (s.rows() == 0) return {};
    std::string out = heading("Cost of a good piece, US$ (without capex)");
    constexpr size_t kMostSteps = 6;  // of a line; the rest stands together, the table has them all
    std::vector<size_t> steps;
    for (size_t r = 0; r < s.rows(); ++r) {
        if (s.text(r, "kind") != "total") {
            steps.push_back(r);
            continue;
        }
        std::vector<size_t> dearest = steps;
        std::stable_sort(dearest.begin(), dearest.end(), [&](size_t a, size_t b) {
            return s.number(a, "usd") > s.number(b, "usd");
        });
        dearest.resize(std::min(kMostSteps, dearest.size()));
        std::string line;
        double rest = s.number(r, "usd");
        for (const size_t step : steps) {
            if (std::find(dearest.begin(), dearest.end(), step) == dearest.end()) continue;
            line +=
                fmt::format("{}{} {}", line.empty() ? "" : " + ", s.text(step, "step"), money(s.number(step, "usd")));
            rest -= s.number(step, "usd");
        }
        if (dearest.size() < steps.size()) line += fmt::format(" + others {}", money(rest));
        out += fmt::format("  {:<28} {:>9}  = {}\n", s.text(r, "item"), money(s.number(r, "usd")), line);
        steps.clear();
    }
    return out;
}

std::string outside_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "outside");
    if (s.rows() == 0) return {};
    std::vector<std::string> quarters;
    std::vector<std::pair<std::string, std::string>> lines;
    std::map<std::pair<std::pair<std::string, std::string>, std::string>, double> value;
    for (size_t r = 0; r < s.rows(); ++r) {
        const std::pair line{s.text(r, "supplier"), s.text(r, "item")};
        const std::string quarter = s.text(r, "quarter");
        if (std::find(quarters.begin(), quarters.end(), quarter) == quarters.end()) quarters.push_back(quarter);
        if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
        value[{line, quarter}] += s.number(r, "pieces");
    }
    std::vector<TextColumn> columns = {{"supplier", true}, {"item", true}};
    for (const std::string& quarter : quarters) columns.push_back({quarter.substr(2), false, 0});
    // when all quarters do not fit, every second one from the end is left out first
    for (size_t q = 0; q < quarters.size(); ++q) columns[q + 2].importance = q % 2 == 1 ? static_cast<uint32_t>(q) : 0;
    TextTable table(columns);
    for (const auto& line : lines) {
        std::vector<std::string> cells = {line.first, line.second};
        for (const std::string& quarter : quarters) cells.push_back(pieces(value[{line, quarter}]));
        table.add(std::move(cells));
    }
    return heading("Outside orders, good pieces a quarter") + table.render(width);
}

std::string risk_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "risk");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"site out", true},
         {"region", true, 3},
         {"from", false, 2},
         {"recovers w"},
         {"survives w"},
         {"safe", true, 1},
         {"costs US$"},
         {"hits", true, 2}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "site"),
             s.text(r, "region"),
             s.text(r, "begins"),
             s.fixed(r, "time_to_recover_w", 1),
             s.has(r, "time_to_survive_w") ? s.fixed(r, "time_to_survive_w", 1) : "any",
             s.text(r, "safe"),
             money(s.number(r, "impact_usd")),
             s.text(r, "worst_programme")});
    }
    std::string out = heading("Outages: time to survive against time to recover") + table.render(width);
    for (size_t r = 0; r < s.rows(); ++r) {
        if (s.text(r, "cheapest_fix").empty()) continue;
        out += fmt::format("  {}: {}\n", s.text(r, "site"), s.text(r, "cheapest_fix"));
    }
    return out;
}

std::string loop_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "loop");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"plan", true}, {"planned MUSD"}, {"simulated MUSD"}, {"value less cost"}, {"kept %"}, {"", true}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "kind"),
             s.count(r, "plan_musd"),
             s.count(r, "sim_musd"),
             s.count(r, "net_musd"),
             s.fixed(r, "kept_percent", 0),
             s.text(r, "best") == "yes" ? "chosen" : ""});
    }
    std::string out = heading(
                          "Plans in the simulation (planned: discounted, simulated: not; held: share of all their "
                          "deliveries that hold)") +
                      table.render(width);
    const TableCells summary(tables, "summary");
    for (size_t r = 0; r < summary.rows(); ++r) {
        const std::string figure = summary.text(r, "figure");
        if (figure != "promises kept" && figure != "promises kept by the naive plan") continue;
        out += fmt::format("  {}: {} %\n", figure, summary.fixed(r, "value", 1));
    }
    return out;
}

std::string tornado_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "tornado");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"assumption", true},
         {"from %"},
         {"to %"},
         {"low MUSD", false, 1},
         {"high MUSD", false, 1},
         {"swing MUSD"},
         {"rank corr.", false, 2},
         {"is", true, 3}});
    constexpr size_t kMost = 8;
    for (size_t r = 0; r < std::min(kMost, s.rows()); ++r) {
        table.add(
            {s.text(r, "uncertainty"),
             s.fixed(r, "low_percent", 0),
             s.fixed(r, "high_percent", 0),
             s.count(r, "value_low"),
             s.count(r, "value_high"),
             s.count(r, "swing"),
             s.fixed(r, "rank_correlation", 2),
             s.text(r, "mark")});
    }
    return heading("Assumptions that matter most (value less cost of the plan carried out)") + table.render(width);
}

std::string pooling_part(const std::vector<ResultTable>& tables) {
    const TableCells s(tables, "pooling");
    std::string out;
    for (size_t r = 0; r < s.rows(); ++r) {
        out += fmt::format(
            "  {} ({}): safety stock {} pieces apart, {} together: {} saved, worth US$ {}\n",
            s.text(r, "family"),
            s.text(r, "versions"),
            s.count(r, "dedicated_pieces"),
            s.count(r, "pooled_pieces"),
            s.count(r, "saved_pieces"),
            money(s.number(r, "saved_usd")));
    }
    return out.empty() ? out : heading("Identical software on all versions of a chip") + out;
}

std::string line_part(const std::vector<ResultTable>& tables, size_t width) {
    const TableCells s(tables, "lines");
    if (s.rows() == 0) return {};
    TextTable table(
        {{"own line", true},
         {"makes", true},
         {"process", true, 2},
         {"lots"},
         {"planned d"},
         {"simulated d"},
         {"starts"},
         {"planned", false, 1}});
    for (size_t r = 0; r < s.rows(); ++r) {
        table.add(
            {s.text(r, "resource"),
             s.text(r, "activity"),
             s.text(r, "process"),
             s.count(r, "lots"),
             s.fixed(r, "planned_lead_d", 1),
             s.fixed(r, "simulated_lead_d", 1),
             s.count(r, "starts"),
             s.count(r, "planned_starts")});
    }
    return heading("Own lines tool by tool, lot by lot (far apart: the scenario and the library's line disagree)") +
           table.render(width);
}

std::string gap_part(const std::vector<ResultTable>& tables, const ChainPageOptions& options) {
    const TableCells s(tables, "gaps");
    if (s.rows() == 0) return heading("Without randomness the simulation meets every date of the plan.");
    constexpr size_t kMost = 5;
    std::string out = heading("Without randomness the simulation is behind the plan on these dates");
    const size_t shown = options.all ? s.rows() : std::min(kMost, s.rows());
    for (size_t r = 0; r < shown; ++r) {
        out += fmt::format(
            "  {} {}: {} of {} pieces ({} %): {}\n",
            s.text(r, "programme"),
            s.text(r, "date"),
            s.count(r, "behind"),
            s.count(r, "planned"),
            s.fixed(r, "percent", 2),
            s.text(r, "why"));
    }
    if (shown < s.rows()) out += fmt::format("  and {} more in the table gaps\n", s.rows() - shown);
    return out;
}

}  // namespace

std::string chain_page(const std::vector<ResultTable>& tables, const ChainPageOptions& options) {
    std::string out = head_part(tables) + summary_part(tables);
    out += milestone_part(tables, options.width);
    out += supply_part(tables, options);
    out += bottleneck_part(tables, options.width);
    out += late_part(tables, options);
    out += cost_part(tables);
    out += outside_part(tables, options.width);
    out += risk_part(tables, options.width);
    out += loop_part(tables, options.width);
    out += gap_part(tables, options);
    out += line_part(tables, options.width);
    out += pooling_part(tables);
    out += tornado_part(tables, options.width);
    return out;
}

std::string risk_page(const std::vector<ResultTable>& tables, size_t width) {
    const std::string risks = risk_part(tables, width);
    return head_part(tables) + (risks.empty() ? "\nNo site has a time to recover (time_to_recover_d).\n" : risks);
}

std::string late_page(
    const std::vector<ResultTable>& tables,
    const std::string& programme,
    const std::string& quarter,
    size_t width) {
    const TableCells s(tables, "late");
    std::string out;
    for (size_t r = 0; r < s.rows(); ++r) {
        const bool wanted = (programme.empty() || s.text(r, "programme") == programme) &&
                            (quarter.empty() || s.text(r, "quarter") == quarter);
        if (!wanted) continue;
        out += fmt::format(
            "{} {}: {} pieces {}\n  why: {}\n  way: {}\n",
            s.text(r, "programme"),
            s.text(r, "quarter"),
            s.count(r, "pieces_late"),
            s.has(r, "weeks_late") ? fmt::format("up to {:.1f} weeks late", s.number(r, "weeks_late"))
                                   : "lost, or not until the end",
            s.text(r, "reason"),
            s.text(r, "path"));
        if (!s.text(r, "fix").empty()) out += fmt::format("  fix: {}\n", s.text(r, "fix"));
    }
    if (!out.empty()) return out;
    // nothing late: what the plan delivers
    TextTable table({{"programme", true}, {"quarter", true}, {"demand"}, {"planned"}, {"waiting"}});
    const TableCells supply(tables, "supply");
    for (size_t r = 0; r < supply.rows(); ++r) {
        const bool wanted = (programme.empty() || supply.text(r, "programme") == programme) &&
                            (quarter.empty() || supply.text(r, "quarter") == quarter);
        if (!wanted) continue;
        table.add(
            {supply.text(r, "programme"),
             supply.text(r, "quarter"),
             supply.count(r, "due"),
             supply.count(r, "planned"),
             supply.count(r, "open_planned")});
    }
    return "Nothing is late here in the plan.\n" + table.render(width);
}

namespace {

// Rows of both tables by their keys, in the order of the first, then what only the second has.
void compare_rows(
    const std::vector<ResultTable>& first,
    const std::vector<ResultTable>& second,
    const char* name,
    const std::vector<const char*>& keys,
    const std::vector<const char*>& values,
    TextTable& table) {
    const TableCells a(first, name);
    const TableCells b(second, name);
    const auto key_of = [&](const TableCells& cells, size_t r) {
        std::string key;
        for (const char* column : keys) key += (key.empty() ? "" : " ") + cells.text(r, column);
        return key;
    };
    const auto value_of = [&](const TableCells& cells, size_t r, const char* column) {
        if (!cells.has(r, column)) return std::string("-");
        const std::string text = cells.text(r, column);
        const bool number = !text.empty() && text.find_first_not_of("0123456789.-+e") == std::string::npos &&
                            text.find('-', 1) == std::string::npos;
        return number ? short_number(cells.number(r, column)) : text;
    };
    // of bottlenecks the first of each quarter
    const bool ranked = std::string_view(name) == "bottlenecks";
    const auto left_out = [&](const TableCells& cells, size_t r) { return ranked && cells.number(r, "rank") > 1; };
    std::map<std::string, size_t> of_second;
    for (size_t r = 0; r < b.rows(); ++r) {
        if (!left_out(b, r)) of_second.emplace(key_of(b, r), r);
    }
    for (size_t r = 0; r < a.rows(); ++r) {
        if (left_out(a, r)) continue;
        const auto other = of_second.find(key_of(a, r));
        for (const char* column : values) {
            const std::string before = value_of(a, r, column);
            const std::string after = other == of_second.end() ? "-" : value_of(b, other->second, column);
            if (before == after) continue;
            const bool numbers = a.has(r, column) && other != of_second.end() && b.has(other->second, column) &&
                                 before.find_first_not_of("0123456789.,-e+") == std::string::npos;
            const double change = numbers ? b.number(other->second, column) - a.number(r, column) : 0;
            table.add(
                {key_of(a, r), column, before, after, numbers && change != 0 ? fmt::format("{:+.3g}", change) : ""});
        }
        if (other != of_second.end()) of_second.erase(other);
    }
    for (const auto& [key, r] : of_second) {
        for (const char* column : values) table.add({key, column, "-", value_of(b, r, column), ""});
    }
}

}  // namespace

namespace {

// Costs of good pieces: their sums, of which the tables have the steps.
std::string compare_costs(const std::vector<ResultTable>& first, const std::vector<ResultTable>& second, size_t width) {
    const TableCells a(first, "cost_waterfall");
    const TableCells b(second, "cost_waterfall");
    TextTable table({{"Cost of a good piece, US$", true}, {"A"}, {"B"}, {"B - A"}});
    size_t rows = 0;
    for (size_t r = 0; r < a.rows(); ++r) {
        for (size_t q = 0; q < b.rows(); ++q) {
            const bool totals = a.text(r, "kind") == "total" && b.text(q, "kind") == "total";
            if (!totals || a.text(r, "item") != b.text(q, "item")) continue;
            const double change = b.number(q, "usd") - a.number(r, "usd");
            if (std::abs(change) < 0.005 * a.number(r, "usd")) continue;
            table.add(
                {a.text(r, "item"),
                 money(a.number(r, "usd")),
                 money(b.number(q, "usd")),
                 fmt::format("{:+.2f}", change)});
            ++rows;
        }
    }
    return rows == 0 ? std::string() : "\n" + table.render(width);
}

// Rows of B whose reason A does not have, or has for fewer pieces; the largest first.
std::vector<size_t> new_reasons(const TableCells& a, const TableCells& b) {
    std::vector<size_t> out;
    for (size_t q = 0; q < b.rows(); ++q) {
        bool known = false;
        for (size_t r = 0; r < a.rows(); ++r) {
            const bool same = a.text(r, "programme") == b.text(q, "programme") &&
                              a.text(r, "quarter") == b.text(q, "quarter") &&
                              a.text(r, "reason") == b.text(q, "reason");
            known = known || (same && a.number(r, "pieces_late") >= 0.99 * b.number(q, "pieces_late"));
        }
        if (!known) out.push_back(q);
    }
    std::stable_sort(out.begin(), out.end(), [&](size_t x, size_t y) {
        return b.number(x, "pieces_late") > b.number(y, "pieces_late");
    });
    return out;
}

// What B buys more or less of outside, in words.
std::string compare_orders(const std::vector<ResultTable>& first, const std::vector<ResultTable>& second) {
    std::map<std::pair<std::string, std::string>, std::array<double, 4>> sums;  // pieces and US$ of A, of B
    for (const auto& [tables, at] : {std::pair{&first, 0U}, std::pair{&second, 2U}}) {
        const TableCells s(*tables, "outside");
        for (size_t r = 0; r < s.rows(); ++r) {
            std::array<double, 4>& sum = sums[{s.text(r, "supplier"), s.text(r, "item")}];
            sum[at] += s.number(r, "pieces");
            sum[at + 1] += s.number(r, "usd");
        }
    }
    std::string out;
    for (const auto& [of, sum] : sums) {
        const double more = sum[2] - sum[0];
        if (std::abs(more) < 0.01 * std::max(sum[0], 1.0)) continue;
        out += fmt::format(
            "  B buys {} {} {} from {} (US$ {}{})\n",
            pieces(std::abs(more)),
            more > 0 ? "more" : "fewer",
            of.second,
            of.first,
            sum[3] >= sum[1] ? "+" : "-",
            money(std::abs(sum[3] - sum[1])));
    }
    return out.empty() ? out : "\nOutside orders\n" + out;
}

std::string compare_reasons(const std::vector<ResultTable>& first, const std::vector<ResultTable>& second) {
    const TableCells b(second, "late");
    const std::vector<size_t> news = new_reasons(TableCells(first, "late"), b);
    if (news.empty()) return "\nNo delivery is later in B than in A.\n";
    constexpr size_t kMost = 8;
    std::string out = "\nWhy B is later\n";
    for (size_t i = 0; i < std::min(kMost, news.size()); ++i) {
        const size_t r = news[i];
        out += fmt::format(
            "  {} {}: {} pieces {}: {}\n",
            b.text(r, "programme"),
            b.text(r, "quarter"),
            pieces(b.number(r, "pieces_late")),
            b.has(r, "weeks_late") ? fmt::format("up to {:.0f} weeks late", b.number(r, "weeks_late"))
                                   : "lost, or not until the end",
            b.text(r, "reason"));
        if (!b.text(r, "fix").empty()) out += fmt::format("    fix: {}\n", b.text(r, "fix"));
    }
    if (news.size() > kMost) out += fmt::format("  and {} more\n", news.size() - kMost);
    return out;
}

}  // namespace

std::string compare_page(const std::vector<ResultTable>& first, const std::vector<ResultTable>& second, size_t width) {
    const struct {
        const char* title;
        const char* table;
        std::vector<const char*> keys, values;
    } parts[] = {
        {"Figures", "summary", {"figure"}, {"value"}},
        {"Milestones", "milestones", {"milestone"}, {"planned", "sim_p90"}},
        {"Supply", "supply", {"programme", "quarter"}, {"planned", "promise"}},
        {"Bottlenecks", "bottlenecks", {"quarter"}, {"resource"}},
        {"Modules", "modules", {"module", "decided", "by"}, {"count"}},
    };
    std::string out = "A  " + head_part(first) + "B  " + head_part(second);
    for (const auto& part : parts) {
        TextTable table({{part.title, true}, {"", true}, {"A"}, {"B"}, {"B - A"}});
        compare_rows(first, second, part.table, part.keys, part.values, table);
        const std::string text = table.render(width);
        if (std::count(text.begin(), text.end(), '\n') > 1) out += "\n" + text;
    }
    out += compare_costs(first, second, width);
    return out + compare_orders(first, second) + compare_reasons(first, second);
}

}  // namespace chipchain
