// chipchain compare: two models (or one model under other switches) with common random numbers.
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/report/result_tables.h"
#include "chipchain/report/run_page.h"
#include "chipchain/report/summary.h"
#include "chipchain/report/text_table.h"
#include "chipchain/study/replicate.h"

namespace chipchain {

namespace {

using Replications = std::vector<std::vector<ResultTable>>;

Replications simulate(const Model& model, const CompareChoices& c) {
    Replications tables;
    Progress progress;
    ReplicateOptions options;
    options.seed = c.seed;
    options.count = c.replications;
    options.threads = c.threads;
    options.horizon = ticks_or_model(c.days);
    options.warmup = ticks_or_model(c.warmup);
    options.progress = &progress;
    options.on_result = [&](RunResult&& result) {
        tables.push_back(result_tables(model, result));
        return true;
    };
    const ProgressLine line(progress, c.replications, options.horizon >= 0 ? options.horizon : model.horizon);
    replicate(model, options);
    return tables;
}

std::string verdict_text(const Difference& x) {
    if (x.difference.count < 2) return "one replication: unknown";
    switch (x.verdict) {
        case Verdict::noise:
            return "noise";
        case Verdict::negligible:
            return x.difference.mean == 0 ? "equal" : "negligible";
        case Verdict::first_greater:
        case Verdict::second_greater:
            break;
    }
    const double percent = x.first.mean != 0 ? 100 * x.difference.mean / std::fabs(x.first.mean) : 0;
    return fmt::format("B {} by {} %", x.difference.mean > 0 ? "higher" : "lower", short_number(std::fabs(percent)));
}

void print_table(
    const Replications& a,
    const Replications& b,
    std::string_view table,
    const std::vector<std::string_view>& columns,
    size_t most) {
    std::vector<Difference> rows = differences(same_table(a, table), same_table(b, table), columns);
    const TableSchema& schema = *find_result_schema(table);
    if (most > 0 && rows.size() > most) {
        // the largest differences in units of their uncertainty first
        std::stable_sort(rows.begin(), rows.end(), [](const Difference& x, const Difference& y) {
            return std::fabs(x.difference.mean) * y.difference.half_width >
                   std::fabs(y.difference.mean) * x.difference.half_width;
        });
        rows.resize(most);
    }
    TextTable text({{std::string(table), true}, {"measure", true}, {"A"}, {"B"}, {"B - A"}, {"verdict", true}});
    for (const Difference& x : rows) {
        text.add(
            {x.row,
             std::string(schema.columns[x.column].name),
             with_interval(x.first.mean, x.first.half_width, x.first.count),
             with_interval(x.second.mean, x.second.half_width, x.second.count),
             with_interval(x.difference.mean, x.difference.half_width, x.difference.count),
             verdict_text(x)});
    }
    fmt::print("{}\n", text.render(window_width()));
}

}  // namespace

int compare_verb(const CompareChoices& c) {
    const std::optional<Loaded> a = load_model(c.first);
    const std::optional<Loaded> b = load_model(c.second);
    if (!a || !b || !check_window(a->model, c.days, c.warmup) || !check_window(b->model, c.days, c.warmup))
        return kExitMistake;
    const Replications first = simulate(a->model, c);
    const Replications second = simulate(b->model, c);
    fmt::print(
        "A {}  model {:016x}\nB {}  model {:016x}\n",
        a->model.name,
        a->model.hash,
        b->model.name,
        b->model.hash);
    fmt::print(
        "{} replications with common random numbers, seed {}; 95 % intervals, paired for B - A\n\n",
        c.replications,
        c.seed);
    print_table(
        first,
        second,
        "lot_type",
        {"cycle_time_mean_d", "cycle_time_p95_d", "on_time_percent", "shipped", "wip_mean"},
        0);
    print_table(first, second, "tool_group", {"utilisation_percent", "queue_mean_h"}, c.all_groups ? 0 : 12);
    return kExitGood;
}

}  // namespace chipchain
