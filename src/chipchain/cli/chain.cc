#include "chipchain/cli/chain.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chipchain/base/version.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/chain_page.h"
#include "chipchain/report/chain_tables.h"
#include "chipchain/report/csv.h"
#include "chipchain/report/files.h"
#include "chipchain/report/html_report.h"
#include "chipchain/report/pegging_page.h"
#include "chipchain/report/sqlite.h"
#include "chipchain/report/table_cells.h"
#include "chipchain/study/sample_store.h"

namespace chipchain {

namespace {

std::atomic<bool> interrupted{false};

// First Ctrl-C: end with what is finished; the second one ends the program.
void on_interrupt(int) {
    interrupted = true;
    std::signal(SIGINT, SIG_DFL);
}

std::optional<ChainModel> load_chain(const ChainChoices& c) {
    std::optional<LoadedChain> loaded = chipchain::load_chain(c.scenario, c.overlays, false);
    if (!loaded) return {};
    return std::move(loaded->model);
}

std::string command_of(const ChainChoices& c) {
    std::string out = fmt::format("chipchain {} {}", c.verb, c.scenario);
    for (const std::string& overlay : c.overlays) out += " --what-if " + overlay;
    if (c.seed != 1) out += fmt::format(" --seed {}", c.seed);
    if (c.replications != 0) out += fmt::format(" -n {}", c.replications);
    return out;
}

std::string stem_of(const ChainChoices& c, const ChainModel& model) {
    // the name of the model tells its overlays; a plan alone does not replace the results of a run
    std::string out = c.plan_only ? model.name + ".plan" : model.name;
    for (char& ch : out) {
        if (ch == '/' || ch == '\\' || static_cast<unsigned char>(ch) < 32) ch = '_';
    }
    return out;
}

ChainStudyOptions study_options(const ChainChoices& c) {
    ChainStudyOptions options;
    options.planner.by_priority = c.by_priority;
    options.planner.solver = c.solver == "clp" ? SolverKind::clp : SolverKind::automatic;
    options.seed = c.seed;
    options.threads = c.threads;
    options.replications = c.replications;
    options.rounds = c.rounds;
    options.most_line_lots = c.most_line_lots;
    options.stop = &interrupted;
    return options;
}

ReportMeta meta_of(const ChainModel& model, const ChainStudy& study, const ChainChoices& c) {
    ReportMeta meta;
    meta.title = c.plan_only ? "Plan of " + model.name : model.name;
    meta.scenario = model.name;
    meta.note = model.note;
    meta.start = iso_date(model.start).substr(0, 10);
    meta.end = iso_date(model.start + model.end).substr(0, 10);
    meta.model_hash = fmt::format("{:016x}", model.hash);
    meta.seed = c.seed;
    meta.replications = static_cast<int64_t>(study.loop.samples.size());
    meta.service_percent = 100 * model.service;
    meta.version = std::string(version());
    meta.fingerprint = fmt::format("{:016x}", study.fingerprint);
    meta.command = command_of(c);
    for (const Bucket& b : model.buckets) meta.bucket_dates.push_back(iso_date(model.start + b.begin).substr(0, 10));
    return meta;
}

Result<void> write_files(
    const ChainChoices& c,
    const ChainModel& model,
    const ChainStudy& study,
    const std::vector<ResultTable>& tables,
    std::string& where) {
    const std::string stem = stem_of(c, model);
    const ReportMeta meta = meta_of(model, study, c);
    if (!c.no_sqlite) {
        const std::string path = c.sqlite.empty() ? fmt::format("out/{}.sqlite", stem) : c.sqlite;
        std::vector<TableSchema> schemas;
        for (const TableSchema* schema : chain_schemas()) schemas.push_back(*schema);
        Result<ResultFile> file = ResultFile::open(
            path,
            {fmt::format("{:016x}", study.fingerprint), std::string(version()), c.seed, model.end, 0},
            false,
            schemas);
        if (!file) return tl::unexpected(file.error());
        if (Result<void> added = file->add(0, tables); !added) return added;
        where += "  tables: " + path + "\n";
    }
    if (!c.csv.empty()) {
        if (Result<void> done = write_csv(c.csv, {tables}); !done) return done;
        where += "  CSV: " + c.csv + "\n";
    }
    if (!c.no_html) {
        const std::string path = c.html.empty() ? fmt::format("out/{}.html", stem) : c.html;
        if (report_page().empty()) {
            where += fmt::format("  {}\n", kNoReportPage);
        } else {
            const std::string page = html_report(report_page(), tables, meta);
            if (Result<void> done = write_whole_file(path, page); !done) return done;
            where += "  report: " + path + "\n";
        }
    }
    if (c.json == "-") {
        fmt::print("{}\n", chain_json(tables, meta));
    } else if (!c.json.empty()) {
        if (Result<void> done = write_whole_file(c.json, chain_json(tables, meta)); !done) return done;
        where += "  JSON: " + c.json + "\n";
    }
    return {};
}

ChainStudy study_of(const ChainModel& model, const ChainStudyOptions& options) {
    interrupted = false;
    std::signal(SIGINT, on_interrupt);
    ChainStudy study = study_chain(model, options);
    std::signal(SIGINT, SIG_DFL);
    return study;
}

// The plan alone: with mean lead times, nothing simulated with randomness. risk: also the outages of sites.
ChainStudyOptions plan_options(const ChainChoices& c, bool risk) {
    ChainStudyOptions options = study_options(c);
    options.plan_only = true;
    options.risk = risk;
    options.tornado = false;
    options.most_line_lots = 0;
    return options;
}

int no_plan(const PlanningResult& result) {
    print_diagnostics(
        {{Severity::error,
          "no-plan",
          fmt::format("the solver ended without a plan: {}", to_string(result.status)),
          {UINT32_MAX, 0, 0, 0},
          "",
          "try --solver clp, and send us the scenario: a plan always exists"}},
        {});
    return kExitOurFault;
}

}  // namespace

int run_chain_verb(const ChainChoices& c) {
    const std::optional<ChainModel> model = load_chain(c);
    if (!model) return kExitMistake;
    ChainStudyOptions options = c.plan_only ? plan_options(c, false) : study_options(c);
    if (!c.plan_only) {
        options.samples_file = fmt::format("out/{}.samples.sqlite", stem_of(c, *model));
        if (!c.resume) SampleStore::remove(options.samples_file);
    }
    if (!c.quiet && c.json != "-") {
        options.log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
    }
    const ChainStudy study = study_of(*model, options);
    if (study.loop.best.plan.starts.empty()) return no_plan(study.loop.best);
    const std::vector<ResultTable> tables = chain_tables(*model, study, options, command_of(c));
    if (!c.quiet && c.json != "-") fmt::print("{}", chain_page(tables, {window_width(), true, c.all}));
    std::string where;
    if (const Result<void> done = write_files(c, *model, study, tables, where); !done) {
        print_diagnostics(done.error(), {});
        return kExitFailed;
    }
    if (!c.quiet && c.json != "-") {
        fmt::print("\nWritten\n{}", where);
        std::string times;
        for (const StageSeconds& s : study.seconds)
            times += fmt::format("{}{} {:.1f} s", times.empty() ? "" : ", ", s.stage, s.seconds);
        fmt::print(stderr, "{}\n", times);
    }
    const std::vector<std::string> broken = check_balance(*model, study.exact);
    for (const std::string& line : broken) fmt::print(stderr, "error: {}\n", line);
    if (study.stopped) return kExitStopped;
    return broken.empty() ? kExitGood : kExitOurFault;
}

int risk_verb(const ChainChoices& c) {
    const std::optional<ChainModel> model = load_chain(c);
    if (!model) return kExitMistake;
    const ChainStudyOptions options = plan_options(c, true);
    const ChainStudy study = study_of(*model, options);
    if (study.loop.best.plan.starts.empty()) return no_plan(study.loop.best);
    std::vector<ResultTable> tables = chain_tables(*model, study, options, command_of(c));
    if (!c.json.empty()) {
        const std::vector<ResultTable> risk = {find_result(tables, "risk")};
        const std::string text = chain_json(risk, meta_of(*model, study, c)) + "\n";
        if (c.json == "-") {
            fmt::print("{}", text);
        } else if (const Result<void> done = write_whole_file(c.json, text); !done) {
            print_diagnostics(done.error(), {});
            return kExitFailed;
        }
        return kExitGood;
    }
    fmt::print("{}", risk_page(tables, window_width()));
    return kExitGood;
}

int compare_chains_verb(const ChainChoices& first, const ChainChoices& second) {
    std::vector<std::vector<ResultTable>> tables;
    for (const ChainChoices* c : {&first, &second}) {
        const std::optional<ChainModel> model = load_chain(*c);
        if (!model) return kExitMistake;
        ChainStudyOptions options = plan_options(*c, false);
        options.plan_only = c->replications == 0;
        const ChainStudy study = study_of(*model, options);
        if (study.loop.best.plan.starts.empty()) return no_plan(study.loop.best);
        tables.push_back(chain_tables(*model, study, options, command_of(*c)));
    }
    fmt::print("{}", compare_page(tables[0], tables[1], window_width()));
    return kExitGood;
}

namespace {

// The index of a name, or UINT32_MAX after its mistake has been told. what: "programme"; all: "programmes".
uint32_t find_named(const std::string& name, const std::vector<std::string>& names, const char* what, const char* all) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<uint32_t>(found - names.begin());
    const std::string near = nearest_name(name, names);
    print_diagnostics(
        {{Severity::error,
          fmt::format("unknown-{}", what),
          fmt::format("the scenario has no {} '{}'", what, name),
          {UINT32_MAX, 0, 0, 0},
          "",
          near.empty() ? fmt::format("{}: {}", all, fmt::join(names, ", ")) : fmt::format("did you mean '{}'?", near)}},
        {});
    return UINT32_MAX;
}

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
    std::vector<std::string> out;
    for (const Row& row : rows) out.push_back(row.name);
    return out;
}

}  // namespace

int explain_chain_late(const ChainChoices& c, const std::string& programme, const std::string& quarter) {
    const std::optional<ChainModel> model = load_chain(c);
    if (!model) return kExitMistake;
    const bool known = programme.empty() ||
                       find_named(programme, names_of(model->programmes), "programme", "programmes") != UINT32_MAX;
    const bool dated =
        quarter.empty() || find_named(quarter, names_of(quarters_of(*model)), "quarter", "quarters") != UINT32_MAX;
    if (!known || !dated) return kExitMistake;
    const ChainStudyOptions options = plan_options(c, false);
    const ChainStudy study = study_of(*model, options);
    if (study.loop.best.plan.starts.empty()) return no_plan(study.loop.best);
    const std::vector<ResultTable> tables = chain_tables(*model, study, options, command_of(c));
    fmt::print("{}", late_page(tables, programme, quarter, window_width()));
    return kExitGood;
}

int explain_chain_pegging(const ChainChoices& c, bool supply, const std::string& name, const std::string& quarter) {
    const std::optional<ChainModel> model = load_chain(c);
    if (!model) return kExitMistake;
    const uint32_t of = supply ? find_named(name, names_of(model->programmes), "programme", "programmes")
                               : find_named(name, names_of(model->activities), "activity", "activities");
    if (of == UINT32_MAX) return kExitMistake;
    std::vector<Quarter> quarters = quarters_of(*model);
    Quarter period{"in all", 0, model->buckets.size() - 1};
    if (!quarter.empty()) {
        const uint32_t q = find_named(quarter, names_of(quarters), "quarter", "quarters");
        if (q == UINT32_MAX) return kExitMistake;
        period = quarters[q];
    }
    const ChainStudyOptions options = plan_options(c, false);
    const ChainStudy study = study_of(*model, options);
    if (study.loop.best.plan.starts.empty()) return no_plan(study.loop.best);
    const ChainPlan& plan = study.loop.best.plan;
    fmt::print("{}", supply ? supply_page(*model, plan, of, period) : use_page(*model, plan, of, period));
    return kExitGood;
}

}  // namespace chipchain
