// chipchain flow: wafers through stages to finished units, and where a unit came from.
#include <charconv>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chain/flow.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/report/flow_page.h"
#include "chipchain/report/flow_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/map_text.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/embedded_flows.h"
#include "chipchain/spec/reader.h"

namespace chipchain {

namespace {

Diagnostics mistake(std::string id, std::string message, std::string help) {
    return {{Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)}};
}

std::optional<FlowModel> load_flow(const FlowChoices& c) {
    SourceMap sources;
    std::error_code error;
    const bool path = c.flow.find('/') != std::string::npos || c.flow.ends_with(".toml");
    Result<Spec> spec =
        path || std::filesystem::exists(c.flow, error) ? read_model(c.flow, &sources) : embedded_flow(c.flow);
    if (!spec) {
        print_diagnostics(spec.error(), sources);
        return {};
    }
    for (FlowSpec& head : spec->flows) {
        if (c.wafers_per_month) head.wafers_per_month = *c.wafers_per_month;
        if (c.months) head.months = *c.months;
        if (c.trace_percent) head.trace_percent = *c.trace_percent;
    }
    if (c.wafers_per_month) {
        for (FlowStageSpec& stage : spec->flow_stages) stage.wafers_per_month = 0;
    }
    for (FlowLossSpec& loss : spec->flow_losses) {
        if (c.d0_per_cm2 && loss.d0_per_cm2 > 0) loss.d0_per_cm2 = *c.d0_per_cm2;
    }
    Result<FlowModel> model = compile_flow(*spec);
    if (model) return std::move(*model);
    print_diagnostics(model.error(), spec->sources);
    return {};
}

// The stage that the wafers of lines and maps belong to.
uint32_t first_sort(const FlowModel& model) {
    uint32_t stage = 0;
    while (stage + 1 < model.stages.size() && !model.stages[stage].from_wafers()) ++stage;
    return stage;
}

// The lots that a simulated line ships become wafers of the first stage that sorts wafers.
bool simulate_line(const FlowChoices& c, const FlowModel& flow, FlowOptions& options) {
    ModelOptions line;
    line.model = c.line;
    const std::optional<Loaded> loaded = load_model(line, true);
    if (!loaded) return false;
    Recorder recorder;
    recorder.shipped = true;
    RunOptions run_options;
    run_options.seed = c.seed;
    run_options.horizon = flow.horizon;
    run_options.warmup = 0;
    run_options.recorder = &recorder;
    (void)run(loaded->model, run_options);
    options.shipments = line_shipments(loaded->model, recorder, first_sort(flow));
    if (!options.shipments.empty()) return true;
    print_diagnostics(
        mistake("no-wafers", fmt::format("the line '{}' ships no lot in this time", c.line), "run more --months"),
        {});
    return false;
}

Result<void> write_files(
    const FlowChoices& c,
    const FlowModel& model,
    const FlowResult& result,
    const std::vector<ResultTable>& tables) {
    const RunIdentity identity{
        fmt::format("{:016x}", result.fingerprint),
        std::string(version()),
        c.seed,
        model.horizon,
        0};
    return write_tables({c.json, c.csv, c.sqlite}, identity, flow_schemas(), tables, [&] {
        return json_text({tables}, c.everything);
    });
}

int no_such(const std::vector<std::string>& words, std::string help) {
    print_diagnostics(
        mistake("no-such-unit", fmt::format("there is no '{}'", fmt::join(words, " ")), std::move(help)),
        {});
    return kExitMistake;
}

int draw_map(const FlowModel& model, const FlowResult& result, const std::vector<std::string>& words) {
    const uint32_t stage = first_sort(model);
    const uint64_t wafer =
        words[0] == "wafer" && model.stages[stage].has_map ? wafer_number(result.genealogy, stage, words[1]) : kNowhere;
    if (wafer == kNowhere) return no_such(words, "--map wafer LOT/WAFER, as 12/07");
    const LotFates fates = lot_fates(model, result.source, result.genealogy, stage, static_cast<uint32_t>(wafer));
    constexpr size_t kMapLines = 40;
    fmt::print(
        "wafer {}\n{}",
        words[1],
        map_text(piece_map(model, stage, fates, 0, words[1]), {window_width(), kMapLines, stdout_has_color()}));
    return kExitGood;
}

int explain_unit(const FlowModel& model, const FlowResult& result, const std::vector<std::string>& words) {
    uint64_t unit = 0;
    const std::string& text = words.back();
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), unit);
    const uint64_t made = result.stores[model.final_store].pushed;
    const bool number = words.size() == 2 && words[0] == "unit" && parsed.ptr == text.data() + text.size();
    if (number && unit >= 1 && unit <= made) {
        fmt::print("{}", unit_page(model, result, unit, window_width()));
        return kExitGood;
    }
    return no_such(words, fmt::format("--explain unit N with N from 1 to {}", made));
}

}  // namespace

int flow_verb(const FlowChoices& c) {
    const std::optional<FlowModel> model = load_flow(c);
    if (!model) return kExitMistake;
    FlowOptions options;
    options.seed = c.seed;
    options.drain = c.drain;
    options.keep = model->trace_share > 0 || !c.explain.empty() || !c.map.empty();
    if (!c.line.empty() && !simulate_line(c, *model, options)) return kExitMistake;
    const FlowResult result = run_flow(*model, options);
    if (!c.explain.empty()) return explain_unit(*model, result, c.explain);
    if (!c.map.empty()) return draw_map(*model, result, c.map);
    DieTraces traces;
    if (model->trace_share > 0) traces = trace_dies(*model, result.source, result.genealogy, model->trace_share);
    const std::vector<ResultTable> tables = flow_tables(*model, result, traces);
    if (c.json != "-") fmt::print("{}", flow_page(*model, result, tables, window_width()));
    if (const Result<void> done = write_files(c, *model, result, tables); !done) {
        print_diagnostics(done.error(), {});
        return kExitFailed;
    }
    return check_balance(*model, result).empty() ? kExitGood : kExitOurFault;
}

}  // namespace chipchain
