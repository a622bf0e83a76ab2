#include "chipchain/cli/verbs.h"

#include <cstdio>

#include <fmt/format.h>

#include "chipchain/base/time.h"
#include "chipchain/cli/chain.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/model/rank.h"
#include "chipchain/report/result_tables.h"
#include "chipchain/report/text_table.h"
#include "chipchain/spec/embedded_flows.h"
#include "chipchain/spec/embedded_models.h"
#include "chipchain/spec/embedded_scenarios.h"
#include "chipchain/spec/json_schema.h"
#include "chipchain/spec/process.h"
#include "chipchain/spec/reference_page.h"
#include "chipchain/spec/smt2020_reader.h"
#include "chipchain/spec/smt2020_writer.h"
#include "chipchain/spec/writer.h"

namespace chipchain {

namespace {

void print_written(const Spec& spec, const std::string& out) {
    fmt::print(
        "wrote {}: {} tool groups, {} steps, {} lots in the line\n",
        out,
        spec.tool_groups.size(),
        spec.steps.size(),
        spec.wip_lots.size());
}

int write(const Spec& spec, const std::string& out, bool overwrite) {
    const Result<void> written = write_model(spec, out, overwrite);
    if (!written) {
        print_diagnostics(written.error(), spec.sources);
        return kExitFailed;
    }
    print_written(spec, out);
    return kExitGood;
}

int check_scenario(const std::string& name, const std::vector<std::string>& overlays) {
    const std::optional<LoadedChain> loaded = load_chain(name, overlays);
    if (!loaded) return kExitMistake;
    const ChainModel& m = loaded->model;
    fmt::print("{}: good, {} warning{}\n", m.name, loaded->warnings, loaded->warnings == 1 ? "" : "s");
    fmt::print(
        "{} to {} in {} buckets, {} items, {} sites, {} nodes, {} arcs, {} activities, {} resources, {} programmes, "
        "{} milestones\n",
        iso_date(m.start).substr(0, 10),
        iso_date(m.start + m.end).substr(0, 10),
        m.buckets.size(),
        m.items.size(),
        m.sites.size(),
        m.nodes.size(),
        m.arcs.size(),
        m.activities.size(),
        m.resources.size(),
        m.programmes.size(),
        m.milestones.size());
    size_t marks[4] = {};
    for (const ChainFigure& figure : m.figures) ++marks[static_cast<size_t>(figure.mark)];
    fmt::print(
        "{} rows of figures: {} published, {} computed, {} claims, {} assumptions\n",
        m.figures.size(),
        marks[0],
        marks[1],
        marks[3],
        marks[2]);
    fmt::print("model {:016x}\n", m.hash);
    return kExitGood;
}

}  // namespace

int check_verb(const ModelOptions& options, const std::vector<std::string>& overlays) {
    if (!overlays.empty() || is_scenario(options.model)) return check_scenario(options.model, overlays);
    if (const std::optional<int> code = check_chip_or_fleet(options.model)) return *code;
    const std::optional<Loaded> loaded = load_model(options);
    if (!loaded) return kExitMistake;
    const Model& m = loaded->model;
    size_t steps = 0;
    for (const Route& route : m.routes) steps += route.step_count;
    fmt::print("{}: good, {} warning{}\n", m.name, loaded->warnings, loaded->warnings == 1 ? "" : "s");
    fmt::print(
        "{} tools in {} groups and {} areas, {} products, {} routes with {} steps, {} release lines, {} lots in the "
        "line\n",
        grouped(m.tool_count()),
        m.tool_groups.size(),
        m.area_names.size(),
        m.product_names.size(),
        m.routes.size(),
        grouped(static_cast<int64_t>(steps)),
        m.lot_types.size(),
        grouped(static_cast<int64_t>(m.wip_lots.size())));
    fmt::print("model {:016x}\n", m.hash);
    return kExitGood;
}

int import_verb(const std::string& format, const std::string& folder, const std::string& out, bool overwrite) {
    if (format != "smt2020") {
        fmt::print(
            stderr,
            "error: there is no import format '{}'\nhelp: chipchain import smt2020 DIR -o DIR2\n",
            format);
        return kExitMistake;
    }
    Diagnostics notes;
    SourceMap sources;
    const Result<Spec> spec = read_smt2020(folder, notes, &sources);
    if (!spec) {
        notes.insert(notes.end(), spec.error().begin(), spec.error().end());
        print_diagnostics(notes, sources);
        return kExitMistake;
    }
    print_diagnostics(notes, spec->sources);
    return write(*spec, out, overwrite);
}

int export_verb(const ExportChoices& choices) {
    const std::optional<Spec> spec = load_spec(choices.model);
    if (!spec) return kExitMistake;
    if (choices.format == "native") return write(*spec, choices.out, choices.overwrite);
    Diagnostics messages;
    const Result<void> written = write_smt2020(*spec, choices.out, {choices.lossy, choices.overwrite}, messages);
    if (!written) messages.insert(messages.end(), written.error().begin(), written.error().end());
    if (!messages.empty()) print_diagnostics(messages, spec->sources);
    if (!written) return kExitMistake;
    print_written(*spec, choices.out);
    return kExitGood;
}

int list_verb() {
    TextTable models({{"embedded model", true}, {"what it is", true}});
    for (const EmbeddedModelInfo& info : embedded_models()) models.add({info.name, info.help});
    fmt::print("{}\n", models.render(window_width()));
    TextTable scenarios({{"scenario", true}, {"what it is", true}, {"variants", true}});
    for (const EmbeddedScenarioInfo& info : embedded_scenarios())
        scenarios.add({info.name, info.note, fmt::format("{}", fmt::join(info.variants, ", "))});
    if (!embedded_scenarios().empty()) fmt::print("{}\n", scenarios.render(window_width()));
    TextTable processes({{"process", true}, {"what chipchain new makes a line of", true}});
    for (const EmbeddedProcessInfo& info : embedded_processes()) processes.add({info.name, info.note});
    fmt::print("{}\n", processes.render(window_width()));
    TextTable flows({{"flow", true}, {"what chipchain flow runs", true}});
    for (const EmbeddedFlowInfo& info : embedded_flows()) flows.add({info.name, info.note});
    fmt::print("{}\n", flows.render(window_width()));
    TextTable keys({{"rank key", true}, {"smaller goes first", true}, {"source", true, 1}});
    for (const RankKeyInfo& info : rank_table())
        keys.add({std::string(info.name), std::string(info.formula), std::string(info.source)});
    fmt::print("{}\n", keys.render(window_width()));
    TextTable switches({{"switch", true}, {"values, the default first", true}, {"meaning", true, 1}});
    const Switches defaults;
    for (const SwitchInfo& info : switch_table()) {
        std::string values(info.values[info.get(defaults)]);
        for (const std::string_view value : info.values) {
            if (value != info.values[info.get(defaults)]) values += ", " + std::string(value);
        }
        switches.add({std::string(info.name), values, std::string(info.help)});
    }
    fmt::print("{}", switches.render(window_width()));
    return kExitGood;
}

int schema_verb(const std::string& what) {
    if (what == "model") {
        fmt::print("{}", json_schema());
    } else if (what == "reference") {
        fmt::print("{}", reference_page());
    } else if (what == "results") {
        fmt::print("{}", results_page());
    } else {
        fmt::print(stderr, "error: there is no schema '{}'\nhelp: one of model, reference, results\n", what);
        return kExitMistake;
    }
    return kExitGood;
}

}  // namespace chipchain
