// chipchain run: replications -> tables -> page, files.
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/report/csv.h"
#include "chipchain/report/files.h"
#include "chipchain/report/json.h"
#include "chipchain/report/result_tables.h"
#include "chipchain/report/run_page.h"
#include "chipchain/report/sqlite.h"
#include "chipchain/report/trace.h"
#include "chipchain/stats/interval.h"
#include "chipchain/study/replicate.h"

namespace chipchain {

namespace {

Progress* interruptible = nullptr;

// First Ctrl-C: stop after what is finished; the second one ends the program.
void on_interrupt(int) {
    if (interruptible != nullptr) interruptible->stop = true;
    std::signal(SIGINT, SIG_DFL);
}

// Stops when the mean cycle time of every lot type that ships at least kFew lots in each replication is precise enough.
class CycleTimeStop {
 public:
    CycleTimeStop(double precision, uint32_t most) {
        rule_.relative_precision = precision;
        rule_.min_replications = 5;  // assumption: fewer say too little about the spread
        rule_.max_replications = most;
    }
    bool done(const RunResult& result) {
        constexpr uint64_t kFew = 30;
        tallies_.resize(result.lot_types.size());
        few_.resize(result.lot_types.size());
        for (size_t i = 0; i < result.lot_types.size(); ++i) {
            const CompletedLots& c = result.lot_types[i].completed;
            few_[i] = few_[i] || c.lots < kFew;
            if (c.lots > 0) tallies_[i].add(in_days(c.cycle_time_sum) / static_cast<double>(c.lots));
        }
        bool all = true;
        for (size_t i = 0; i < tallies_.size(); ++i) all = all && (few_[i] || rule_.done(tallies_[i]));
        return all;
    }

 private:
    SequentialStop rule_;
    std::vector<Tally> tallies_;
    std::vector<bool> few_;
};

struct Study {
    const Loaded& loaded;
    const RunChoices& choices;
    std::vector<std::vector<ResultTable>> tables;  // [replication]
    std::optional<ResultFile> file;
    std::string file_path;
    Diagnostics failure;
    uint64_t broken = 0;
    bool interrupted = false;
};

std::optional<Diagnostics> open_file(Study& study) {
    const RunChoices& c = study.choices;
    if (c.no_sqlite) return {};
    const Model& m = study.loaded.model;
    std::string stem = m.name;
    for (char& ch : stem) {
        if (ch == '/' || ch == '\\' || static_cast<unsigned char>(ch) < 32) ch = '_';
    }
    study.file_path = c.sqlite.empty() ? fmt::format("out/{}.sqlite", stem) : c.sqlite;
    const Time horizon = c.days < 0 ? m.horizon : to_ticks(c.days, kDay);
    const Time warmup = c.warmup < 0 ? m.warmup : to_ticks(c.warmup, kDay);
    Result<ResultFile> file = ResultFile::open(
        study.file_path,
        {fmt::format("{:016x}", m.hash), std::string(version()), c.seed, horizon, warmup},
        c.resume);
    if (!file) return file.error();
    study.file.emplace(std::move(*file));
    return {};
}

bool take_result(Study& study, RunResult&& result) {
    const std::vector<std::string> broken = check_identities(result);
    for (const std::string& line : broken) fmt::print(stderr, "error: replication {}: {}\n", result.replication, line);
    study.broken += broken.size();
    study.tables.push_back(result_tables(study.loaded.model, result));
    if (!study.file) return true;
    const Result<void> added = study.file->add(result.replication, study.tables.back());
    if (added) return true;
    study.failure = added.error();
    return false;
}

void simulate(Study& study) {
    const RunChoices& c = study.choices;
    Progress progress;
    ReplicateOptions options;
    options.seed = c.seed;
    options.count = c.until_ci > 0 ? c.most : c.replications;
    options.threads = c.threads;
    options.horizon = ticks_or_model(c.days);
    options.warmup = ticks_or_model(c.warmup);
    options.progress = &progress;
    if (study.file) {
        for (const uint32_t known : study.file->finished()) {
            if (known >= options.count) continue;
            options.skip.resize(std::max<size_t>(options.skip.size(), known + 1));
            options.skip[known] = 1;
            study.tables.push_back(study.file->read(known));
        }
    }
    CycleTimeStop stop(c.until_ci, c.most);
    options.on_result = [&](RunResult&& result) {
        const bool enough = c.until_ci > 0 && stop.done(result);
        return take_result(study, std::move(result)) && !enough;
    };
    interruptible = &progress;
    std::signal(SIGINT, on_interrupt);
    {
        const Time horizon = options.horizon >= 0 ? options.horizon : study.loaded.model.horizon;
        const ProgressLine line(progress, options.count - static_cast<uint32_t>(study.tables.size()), horizon);
        replicate(study.loaded.model, options);
    }
    std::signal(SIGINT, SIG_DFL);
    interruptible = nullptr;
    study.interrupted = progress.stop;
}

Result<void> write_trace(const Loaded& loaded, const RunChoices& c) {
    const Time horizon = c.days < 0 ? loaded.model.horizon : to_ticks(c.days, kDay);
    Recorder recorder;
    recorder.from =
        c.trace_from < 0 ? std::max<Time>(0, horizon - to_ticks(c.trace_days, kDay)) : to_ticks(c.trace_from, kDay);
    recorder.until = recorder.from + to_ticks(c.trace_days, kDay);
    recorder.tools = recorder.lots = true;
    RunOptions options;
    options.seed = c.seed;
    options.horizon = std::min(horizon, recorder.until);
    options.warmup = 0;
    options.recorder = &recorder;
    (void)run(loaded.model, options);
    return write_whole_file(c.trace, trace_text(loaded.model, recorder));
}

// Everything behind the simulation; each file is named when it is there.
Result<void> write_outputs(Study& study) {
    const RunChoices& c = study.choices;
    std::vector<std::string> written;
    if (study.file) written.push_back(study.file_path);
    if (!c.csv.empty()) {
        if (Result<void> done = write_csv(c.csv, study.tables); !done) return done;
        written.push_back(c.csv + "/*.csv");
    }
    if (!c.json.empty() && c.json != "-") {
        if (Result<void> done = write_whole_file(c.json, json_text(study.tables, c.everything)); !done) return done;
        written.push_back(c.json);
    }
    if (!c.trace.empty()) {
        if (Result<void> done = write_trace(study.loaded, c); !done) return done;
        written.push_back(c.trace + " (open it at ui.perfetto.dev)");
    }
    if (c.json == "-") {
        fmt::print("{}", json_text(study.tables, c.everything));
    } else if (!c.quiet) {
        fmt::print("{}", run_page(study.tables, {window_width(), c.all_groups ? size_t{0} : size_t{12}}));
    }
    if (!written.empty()) fmt::print(c.json == "-" ? stderr : stdout, "\nwritten: {}\n", fmt::join(written, ", "));
    return {};
}

}  // namespace

int run_verb(const RunChoices& choices) {
    const std::optional<Loaded> loaded = load_model(choices.model);
    if (!loaded || !check_window(loaded->model, choices.days, choices.warmup)) return kExitMistake;
    const double days = choices.days < 0 ? in_days(loaded->model.horizon) : choices.days;
    if (!choices.trace.empty() && choices.trace_from >= days) {
        fmt::print(
            stderr,
            "error: the timeline starts on day {:g}, the run ends on day {:g}\nhelp: use an earlier --trace-from\n",
            choices.trace_from,
            days);
        return kExitMistake;
    }
    Study study{*loaded, choices, {}, {}, {}, {}, 0, false};
    if (const auto failed = open_file(study)) {
        print_diagnostics(*failed, {});
        return kExitFailed;
    }
    simulate(study);
    if (!study.failure.empty()) {
        print_diagnostics(study.failure, {});
        return kExitFailed;
    }
    if (study.tables.empty()) {
        fmt::print(stderr, "stopped before the first replication was finished\n");
        return kExitStopped;
    }
    if (const Result<void> done = write_outputs(study); !done) {
        print_diagnostics(done.error(), {});
        return kExitFailed;
    }
    if (study.broken > 0) return kExitOurFault;
    return study.interrupted ? kExitStopped : kExitGood;
}

}  // namespace chipchain
