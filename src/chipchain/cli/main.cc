// The command line of chipchain.
#include <cstdio>
#include <exception>
#include <iostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "chipchain/base/version.h"
#include "chipchain/cli/chain.h"
#include "chipchain/cli/chip.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/option_checks.h"
#include "chipchain/cli/unknown_verb.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/cli/yield.h"

namespace {

using namespace chipchain;

constexpr const char* kModelHelp =
    "embedded model or scenario (chipchain list), its folder or .toml file, or SMT2020 folder";

void add_model(CLI::App* verb, ModelOptions& options, bool required) {
    CLI::Option* model = verb->add_option("model", options.model, kModelHelp);
    if (required) {
        model->required();
    } else {
        model->capture_default_str();
    }
    verb->add_option("--set", options.set, "switch=value: change an open choice of the rules (repeatable)");
    verb->add_option("--rule", options.rule, "dispatch rule of the line, e.g. \"priority, cr\"");
}

// A share like "1%" or "0.01".
std::string read_share(std::string& text) {
    const bool percent = !text.empty() && text.back() == '%';
    if (!percent) return {};
    const std::string number = text.substr(0, text.size() - 1);
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') return "expected a share such as 1% or 0.01";
    text = fmt::format("{}", value / 100);
    return {};
}

constexpr const char* kScenarioHelp =
    "embedded scenario (chipchain list), scenario folder or .toml file, or an overlay file";

// Options of scenarios that lines do not have.
void add_chain_options(CLI::App* verb, ChainChoices& c) {
    verb->add_option("--what-if,-w", c.overlays, "scenario: variant by name, or overlay file (repeatable, in order)");
    verb->add_flag("--by-priority", c.by_priority, "scenario: service by priority before any cost");
    verb->add_option("--solver", c.solver, "scenario: automatic or clp")
        ->check(CLI::IsMember({"automatic", "clp"}))
        ->capture_default_str();
}

void add_chain_files(CLI::App* verb, ChainChoices& c) {
    verb->add_option("--html", c.html, "scenario: the report (default out/<scenario>.html)");
    verb->add_flag("--no-html", c.no_html, "scenario: write no report");
}

// What run has in common for lines and scenarios.
ChainChoices chain_of(const RunChoices& c, bool replications_given, ChainChoices out) {
    out.scenario = c.model.model;
    out.seed = c.seed;
    out.replications = replications_given ? c.replications : 0;
    out.threads = c.threads;
    out.all = c.all_groups;
    out.quiet = c.quiet;
    out.json = c.json;
    out.csv = c.csv;
    out.sqlite = c.sqlite;
    out.no_sqlite = c.no_sqlite;
    out.resume = c.resume;
    return out;
}

void add_plan(CLI::App& app, ChainChoices& c) {
    CLI::App* verb = app.add_subcommand("plan", "plan a chain: what starts, moves, is bought and delivered, and why");
    verb->add_option("scenario", c.scenario, kScenarioHelp)->capture_default_str();
    add_chain_options(verb, c);
    add_chain_files(verb, c);
    verb->add_flag("--all", c.all, "every row of long tables");
    verb->add_flag("--quiet,-q", c.quiet, "print no tables");
    verb->add_option("--json", c.json, "write the tables as JSON to this file, - for stdout")
        ->expected(0, 1)
        ->default_str("-");
    verb->add_option("--csv", c.csv, "write every table as CSV into this folder");
    verb->add_option("--sqlite", c.sqlite, "result file (default out/<scenario>.sqlite)");
    verb->add_flag("--no-sqlite", c.no_sqlite, "write no result file");
}

void add_risk(CLI::App& app, ChainChoices& c) {
    CLI::App* verb =
        app.add_subcommand("risk", "what an outage of each site of a chain does, and how long it survives");
    verb->add_option("scenario", c.scenario, kScenarioHelp)->capture_default_str();
    add_chain_options(verb, c);
    verb->add_option("--json", c.json, "write the table as JSON to this file, - for stdout")
        ->expected(0, 1)
        ->default_str("-");
}

void add_run(CLI::App& app, RunChoices& c, ChainChoices& chain) {
    CLI::App* verb = app.add_subcommand(
        "run",
        "plan and simulate a chain, or simulate a line: what ships when, and what holds it back");
    add_model(verb, c.model, false);
    add_chain_options(verb, chain);
    add_chain_files(verb, chain);
    verb->add_option(
            "--most-line-lots",
            chain.most_line_lots,
            "scenario: own lines with so many lots at most run in the line engine too; 0: none")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    verb->add_option("--rounds", chain.rounds, "scenario: plans after the first, each after a simulation")
        ->check(CLI::Range(0, 50))
        ->capture_default_str();
    verb->add_option("--replications,-n", c.replications, "independent replications")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    verb->add_option(
            "--until-ci",
            c.until_ci,
            "add replications until every mean cycle time is known to this share, e.g. 1%")
        ->transform(CLI::Validator(read_share, "SHARE"))
        ->check(CLI::Range(1e-4, 1.0));
    verb->add_option("--most", c.most, "most replications with --until-ci")
        ->check(CLI::Range(2, 100'000))
        ->capture_default_str();
    verb->add_option("--days", c.days, "horizon in days")->check(finite_number)->check(CLI::Range(0.0, 365'250.0));
    verb->add_option("--warmup", c.warmup, "days before statistics start")->check(CLI::Range(0.0, 365'250.0));
    verb->add_option("--seed", c.seed, "seed of all random numbers")->capture_default_str();
    verb->add_option("--threads", c.threads, "threads (0: one per core)")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    verb->add_flag("--all", c.all_groups, "show all tool groups");
    verb->add_flag("--quiet,-q", c.quiet, "print no tables");
    verb->add_option("--json", c.json, "write results as JSON to this file, - for stdout")
        ->expected(0, 1)
        ->default_str("-");
    verb->add_flag("--everything", c.everything, "tools, steps and series in the JSON too");
    verb->add_option("--csv", c.csv, "write every table as CSV into this folder");
    verb->add_option("--sqlite", c.sqlite, "result file (default out/<model>.sqlite)");
    verb->add_flag("--no-sqlite", c.no_sqlite, "write no result file");
    verb->add_flag("--resume", c.resume, "keep the replications that the result file already holds");
    verb->add_option("--trace", c.trace, "write a timeline of tools and lots (Chrome JSON) to this file");
    verb->add_option("--trace-from", c.trace_from, "first day of the timeline (default: the last --trace-days)")
        ->check(CLI::NonNegativeNumber);
    verb->add_option("--trace-days", c.trace_days, "length of the timeline in days")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
}

void add_new(CLI::App& app, NewChoices& c) {
    CLI::App* verb = app.add_subcommand("new", "make a complete model from a process of the library");
    verb->add_option("kind", c.kind, "fab, panel-line, board-line or test-floor")
        ->required()
        ->check(CLI::IsMember({"fab", "panel-line", "board-line", "test-floor"}));
    verb->add_option("-o,--out", c.out, "folder to write")->required();
    verb->add_option("--process", c.process, "process of the library (chipchain list) or a process file");
    verb->add_option("--starts", c.starts, "pieces started in 30 days (wafers, panels, boards, packages)")
        ->check(finite_number)
        ->check(CLI::Range(1.0, 1e8))
        ->check(finite_number);
    verb->add_option("--products", c.products, "number of products")->check(CLI::Range(1, 200))->capture_default_str();
    verb->add_option("--factories", c.factories, "equal factories that share the starts (fab: one per 100,000 wafers)")
        ->check(CLI::Range(1, 1000));
    verb->add_option("--transfer-percent", c.transfer_percent, "share of product 1 that ends in the next factory")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    verb->add_option("--tools-each", c.tools_each, "tools of each group, in place of what the starts need")
        ->check(CLI::Range(1, 1'000'000));
    verb->add_option("--flow", c.flow, "panel line: chip-first-face-up, chip-first-face-down or chip-last")
        ->check(CLI::IsMember({"chip-first-face-up", "chip-first-face-down", "chip-last"}))
        ->capture_default_str();
    verb->add_option("--panel", c.panel, "panel line: size of the panel in mm")->capture_default_str();
    verb->add_option("--package", c.package, "panel line: size of a package in mm")->capture_default_str();
    verb->add_option("--edge", c.edge_mm, "panel line: excluded edge in mm")->capture_default_str();
    verb->add_option("--street", c.street_mm, "panel line: street in mm (0.1 for packages up to 10 mm, else 0.2)");
    verb->add_option("--rdl", c.rdl, "panel line: redistribution layers")->check(CLI::Range(1, 20));
    verb->add_option("--laminations", c.laminations, "board line: laminations in sequence")->check(CLI::Range(1, 20));
    verb->add_option("--sides", c.sides, "board line: sides with components")->check(CLI::Range(1, 2));
    verb->add_option("--parameter", c.parameters, "figure of the process to change, as mold_min=8");
    verb->add_option("--seed", c.seed, "seed of drawn process times")->capture_default_str();
    verb->add_option("--ramp", c.ramp, "from its first tool to the full rate, as 2026-07-01..2028-07-01");
    verb->add_option("--format", c.format, "native, or smt2020: an AutoSched-style folder")
        ->check(CLI::IsMember({"native", "smt2020"}))
        ->capture_default_str();
    verb->add_flag("--lossy", c.lossy, "smt2020: leave out what the form cannot hold");
    verb->add_flag("--overwrite", c.overwrite, "replace a model that is there");
}

void add_simulation(CLI::App* verb, SizeChoices& c) {
    verb->add_option("--confidence", c.confidence, "of intervals, percent")
        ->check(CLI::Range(50.0, 99.9))
        ->capture_default_str();
    verb->add_option("--replications,-n", c.replications, "replications of each simulation")
        ->check(CLI::Range(2, 1000))
        ->capture_default_str();
    verb->add_option("--days", c.days, "days of a replication (default: by the size of the line)")
        ->check(CLI::Range(0.0, 365'250.0));
    verb->add_option("--warmup", c.warmup, "days before statistics start (default: 1.5 cycle times)")
        ->check(CLI::Range(0.0, 365'250.0));
    verb->add_option("--seed", c.seed, "seed of all random numbers")->capture_default_str();
    verb->add_option("--threads", c.threads, "threads (0: one per core)")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    verb->add_option("--json", c.json, "write the tables as JSON to this file, - for stdout")
        ->expected(0, 1)
        ->default_str("-");
}

void add_size(CLI::App& app, SizeChoices& c) {
    CLI::App* verb =
        app.add_subcommand("size", "tool counts at least cost for a start rate and a cycle time, or the rate");
    add_model(verb, c.model, true);
    verb->add_option(
            "--starts",
            c.starts,
            "pieces started in 30 days; all release lines are scaled (default: the model's)")
        ->check(CLI::Range(1e-3, 1e9));
    CLI::Option* x = verb->add_option("--x-factor", c.x_factor, "target: cycle time / raw process time (default 2.5)")
                         ->check(CLI::PositiveNumber)
                         ->check(finite_number);
    verb->add_option("--cycle-time-d", c.cycle_time_d, "target: mean cycle time in days")
        ->check(CLI::PositiveNumber)
        ->excludes(x);
    CLI::Option* inverse =
        verb->add_flag("--max-starts", c.max_starts, "the other way round: the start rate that the tools sustain");
    verb->add_option("--lock", c.lock, "GROUP=N: tools of a group that stay (repeatable)");
    verb->add_option(
            "--max-utilisation",
            c.max_utilisation,
            "most of the available time that a group may be busy, percent")
        ->check(CLI::Range(1.0, 100.0))
        ->capture_default_str();
    verb->add_flag("--allow-single", c.allow_single, "groups of one tool, which stop the line when it stops");
    verb->add_flag(
        "--keep-pm-pieces",
        c.keep_pm_pieces,
        "maintenance by pieces keeps its pieces (default: its cadence in time at the load as read)");
    verb->add_option("--rounds", c.rounds, "most rounds of simulation; 0: analytic only")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    verb->add_option("-o,--out", c.out, "folder for the sized model")->excludes(inverse);
    verb->add_flag("--overwrite", c.overwrite, "replace a model that is there");
    verb->add_flag("--all", c.all_groups, "show all tool groups");
    verb->add_flag("--no-curve", c.no_curve, "no simulated points of the operating curve");
    add_simulation(verb, c);
}

void add_curve(CLI::App& app, SizeChoices& c) {
    CLI::App* verb =
        app.add_subcommand("curve", "the operating curve of a line: X-factor against starts and utilisation");
    add_model(verb, c.model, true);
    verb->add_flag(
        "--clearing",
        c.clearing,
        "print the clearing function fitted to it instead: rows of [[clearing]] for a scenario");
    verb->add_option("--lines", c.lines, "most lines of the clearing function")
        ->check(CLI::Range(2, 8))
        ->capture_default_str();
    add_simulation(verb, c);
}

void add_flow(CLI::App& app, FlowChoices& c) {
    CLI::App* verb = app.add_subcommand("flow", "wafers through sort, panel, package and board to finished units");
    verb->add_option("flow", c.flow, "flow of the library (chipchain list) or a flow file")->capture_default_str();
    verb->add_option("--line", c.line, "model of a line; the lots that it ships are the wafers");
    verb->add_option("--wafers-per-month", c.wafers_per_month, "wafers in 30 days")->check(CLI::Range(0.0, 1e8));
    verb->add_option("--months", c.months, "length of the run, 30 days each")->check(CLI::Range(1, 1200));
    verb->add_option("--d0", c.d0_per_cm2, "defects per cm2 in place of the file's")->check(CLI::Range(0.0, 1000.0));
    verb->add_option("--trace-percent", c.trace_percent, "share of the wafers whose dies are followed to their unit")
        ->check(CLI::Range(0.0, 100.0));
    verb->add_flag("--drain", c.drain, "let everything that has started end");
    verb->add_option("--seed", c.seed, "seed of all random numbers")->capture_default_str();
    verb->add_option("--explain", c.explain, "unit N: the way of a finished unit back to its dies")->expected(2);
    verb->add_option("--map", c.map, "wafer LOT/WAFER: draw what became of its dies")->expected(2);
    verb->add_option("--json", c.json, "write results as JSON to this file, - for stdout")
        ->expected(0, 1)
        ->default_str("-");
    verb->add_flag("--everything", c.everything, "traced dies in the JSON too");
    verb->add_option("--csv", c.csv, "write every table as CSV into this folder");
    verb->add_option("--sqlite", c.sqlite, "write every table into this SQLite file");
}

struct Choices {
    ChainChoices run_chain;  // of run, for scenarios
    ChainChoices plan;
    ChainChoices risk;
    std::vector<std::string> compare_overlays;  // of B
    std::string quarter;                        // of explain late
    std::vector<std::string> explain_overlays;
    NewChoices make;
    SizeChoices size;
    SizeChoices curve;
    FlowChoices flow;
    ChipChoices chip;
    RunChoices run;
    ModelOptions check;
    std::vector<std::string> overlays;
    std::string import_format, import_folder, import_out;
    bool overwrite = false;
    ExportChoices exported;
    std::string schema = "model";
    CompareChoices compare;
    BenchChoices bench;
    ExplainChoices explain;
    YieldChoices yield;
    bool json_messages = false;
};

void add_files(CLI::App& app, Choices& c) {
    CLI::App* check = app.add_subcommand("check", "read and compile a line or a scenario; tell all mistakes");
    add_model(check, c.check, true);
    check->add_option("--what-if,-w", c.overlays, "scenario: overlays, by name or file (repeatable)");
    CLI::App* import = app.add_subcommand("import", "turn a foreign format into native model files");
    import->add_option("format", c.import_format, "smt2020")->required();
    import->add_option("folder", c.import_folder, "folder to read")->required();
    import->add_option("-o,--out", c.import_out, "folder to write")->required();
    import->add_flag("--overwrite", c.overwrite, "replace a model that is there");
    CLI::App* exported = app.add_subcommand("export", "write a model (an embedded one, too) as files to edit");
    add_model(exported, c.exported.model, true);
    exported->add_option("-o,--out", c.exported.out, "folder to write")->required();
    exported->add_option("--format", c.exported.format, "native, or smt2020: AutoSched-style files")
        ->check(CLI::IsMember({"native", "smt2020"}))
        ->capture_default_str();
    exported->add_flag("--lossy", c.exported.lossy, "smt2020: leave out what the form cannot hold");
    exported->add_flag("--overwrite", c.exported.overwrite, "replace a model that is there");
    app.add_subcommand("list", "embedded models, rank keys of dispatch rules, switches");
    CLI::App* schema =
        app.add_subcommand("schema", "JSON Schema of model files, their reference page, or the result tables");
    schema->add_option("what", c.schema, "model, reference or results")->capture_default_str();
}

void add_questions(CLI::App& app, Choices& c) {
    CLI::App* compare =
        app.add_subcommand("compare", "compare two models, or one under other rules, with common random numbers");
    compare->add_option("a", c.compare.first.model, kModelHelp)->required();
    compare->add_option("b", c.compare.second.model, "the other model (default: the same)");
    compare->add_option("--set", c.compare.second.set, "switch=value for B (repeatable)");
    compare->add_option("--rule", c.compare.second.rule, "dispatch rule of the line for B");
    compare->add_option("--what-if,-w", c.compare_overlays, "scenario: overlays of B, by name or file (repeatable)");
    compare
        ->add_option(
            "--replications,-n",
            c.compare.replications,
            "replications of each (scenarios: plans alone unless given)")
        ->check(CLI::Range(2, 100'000))
        ->capture_default_str();
    compare->add_option("--days", c.compare.days, "horizon in days")
        ->check(finite_number)
        ->check(CLI::Range(0.0, 365'250.0));
    compare->add_option("--warmup", c.compare.warmup, "days before statistics start")
        ->check(CLI::Range(0.0, 365'250.0));
    compare->add_option("--seed", c.compare.seed, "seed of all random numbers")->capture_default_str();
    compare->add_option("--threads", c.compare.threads, "threads (0: one per core)")->capture_default_str();
    compare->add_flag("--all", c.compare.all_groups, "show all tool groups");
    CLI::App* bench = app.add_subcommand("bench", "measure speed, memory and fingerprints of models");
    bench->add_option("models", c.bench.models, "models (default: reference-fab minifab)");
    bench->add_option("--days", c.bench.days, "horizon in days")->check(finite_number)->check(CLI::PositiveNumber);
    bench->add_option("--threads", c.bench.threads, "threads for the regions of a line (several fabs)")
        ->capture_default_str();
    bench->add_option("--repeats", c.bench.repeats, "runs of each; the best counts")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    bench->add_flag(
        "--fingerprints",
        c.bench.fingerprints,
        "print only what must be equal between machines and builds");
    CLI::App* explain = app.add_subcommand(
        "explain",
        "why a lot waited, what a tool did, why lots and deliveries are late, where they come from, what a message "
        "means");
    explain->add_option("what", c.explain.what, "lot, tool, late, supply, use, or the id of a message")->required();
    explain->add_option(
        "name",
        c.explain.name,
        "lot: serial number or name; tool: group or group/number; late: lot type, or programme of a scenario; supply: "
        "programme; "
        "use: activity");
    explain->add_option("quarter", c.quarter, "scenario: only this quarter, as 2027-Q2");
    explain->add_option("--what-if,-w", c.explain_overlays, "scenario: overlays (repeatable)");
    explain->add_option("--model,-m", c.explain.model.model, kModelHelp)->capture_default_str();
    explain->add_option("--set", c.explain.model.set, "switch=value (repeatable)");
    explain->add_option("--rule", c.explain.model.rule, "dispatch rule of the line");
    explain->add_option("--seed", c.explain.seed, "seed")->capture_default_str();
    explain->add_option("--replication", c.explain.replication, "replication")->capture_default_str();
    explain->add_option("--days", c.explain.days, "horizon in days")
        ->check(finite_number)
        ->check(CLI::Range(0.0, 365'250.0));
}

// A and B are scenarios, or A with the overlays of B on it.
int compare_scenarios(const Choices& c, bool replications_given) {
    ChainChoices first;
    first.scenario = c.compare.first.model;
    first.seed = c.compare.seed;
    first.replications = replications_given ? c.compare.replications : 0;
    first.threads = c.compare.threads;
    ChainChoices second = first;
    second.scenario = c.compare.second.model;
    second.overlays = c.compare_overlays;
    return compare_chains_verb(first, second);
}

int dispatch(const CLI::App& app, Choices& c) {
    print_messages_as_json(c.json_messages);
    if (app.got_subcommand("run")) {
        if (!is_scenario(c.run.model.model)) return run_verb(c.run);
        const bool given = app.get_subcommand("run")->count("--replications") > 0;
        return run_chain_verb(chain_of(c.run, given, c.run_chain));
    }
    if (app.got_subcommand("plan")) {
        c.plan.plan_only = true;
        c.plan.verb = "plan";
        return run_chain_verb(c.plan);
    }
    if (app.got_subcommand("risk")) {
        c.risk.verb = "risk";
        return risk_verb(c.risk);
    }
    if (app.got_subcommand("new")) return new_verb(c.make);
    if (app.got_subcommand("size")) return size_verb(c.size);
    if (app.got_subcommand("curve")) return curve_verb(c.curve);
    if (app.got_subcommand("flow")) return flow_verb(c.flow);
    if (app.got_subcommand("chip")) return chip_verb(app, c.chip);
    if (app.got_subcommand("check")) return check_verb(c.check, c.overlays);
    if (app.got_subcommand("import")) return import_verb(c.import_format, c.import_folder, c.import_out, c.overwrite);
    if (app.got_subcommand("export")) return export_verb(c.exported);
    if (app.got_subcommand("list")) return list_verb();
    if (app.got_subcommand("schema")) return schema_verb(c.schema);
    if (app.got_subcommand("compare")) {
        if (c.compare.second.model.empty() || app.get_subcommand("compare")->count("b") == 0)
            c.compare.second.model = c.compare.first.model;
        if (is_scenario(c.compare.first.model))
            return compare_scenarios(c, app.get_subcommand("compare")->count("-n") > 0);
        return compare_verb(c.compare);
    }
    if (app.got_subcommand("bench")) return bench_verb(c.bench);
    if (app.got_subcommand("yield")) return yield_verb(c.yield);
    const bool named = app.get_subcommand("explain")->count("--model") > 0;
    const std::string chain_name = named ? c.explain.model.model : ChainChoices{}.scenario;
    const bool pegging = c.explain.what == "supply" || c.explain.what == "use";
    if (pegging || (c.explain.what == "late" && is_scenario(chain_name))) {
        ChainChoices chain;
        chain.scenario = chain_name;
        chain.overlays = c.explain_overlays;
        chain.seed = c.explain.seed;
        if (pegging) return explain_chain_pegging(chain, c.explain.what == "supply", c.explain.name, c.quarter);
        return explain_chain_late(chain, c.explain.name, c.quarter);
    }
    return explain_verb(c.explain);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"chipchain: digital twin and planner of a chip chain", "chipchain"};
    app.set_version_flag("--version", fmt::format("chipchain {}", version()));
    app.require_subcommand(1);
    Choices choices;
    std::string format = "text";
    app.add_option("--message-format", format, "how mistakes are printed: text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.fallthrough();
    choices.run.model.model = "ai5-chain";
    add_run(app, choices.run, choices.run_chain);
    add_plan(app, choices.plan);
    add_risk(app, choices.risk);
    add_new(app, choices.make);
    add_size(app, choices.size);
    add_curve(app, choices.curve);
    add_flow(app, choices.flow);
    add_chip(app, choices.chip);
    add_files(app, choices);
    add_questions(app, choices);
    add_yield(app, choices.yield);
    choices.yield.arguments.assign(argv, argv + argc);
    choices.yield.arguments.front() = "chipchain";
    try {
        if (argc == 1) {
            std::fputs(app.help().c_str(), stdout);
            return kExitGood;
        }
        if (const std::string slip = unknown_verb(app, argc, argv); !slip.empty()) {
            std::fputs(slip.c_str(), stderr);
            return kExitMistake;
        }
        app.parse(argc, argv);
        choices.json_messages = format == "json";
        const int code = dispatch(app, choices);
        // what was printed has to have arrived: a full disk is no success
        if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
        std::fputs("error: the output could not be written\n", stderr);
        return code == kExitGood ? kExitFailed : code;
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? kExitGood : kExitMistake;
    } catch (const std::exception& error) {
        // bad_alloc and the like: nothing the user could have written differently
        std::fprintf(stderr, "error: %s\n", error.what());
        return kExitFailed;
    }
}
