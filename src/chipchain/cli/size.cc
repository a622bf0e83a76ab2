// chipchain size, chipchain curve: tool counts for a start rate and a cycle time, the rate that tools sustain, and the
// operating curve.
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/size_tables.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/model/compile.h"
#include "chipchain/report/files.h"
#include "chipchain/report/json.h"
#include "chipchain/report/text_table.h"
#include "chipchain/spec/writer.h"
#include "chipchain/study/clearing_fit.h"
#include "chipchain/study/rates.h"
#include "chipchain/study/resize.h"
#include "chipchain/study/size.h"

namespace chipchain {

namespace {

constexpr double kDefaultXFactor = 2.5;  // assumption: flow factor of a logic fab with economic loading

Progress* interruptible = nullptr;

void on_interrupt(int) {
    if (interruptible != nullptr) interruptible->stop = true;
    std::signal(SIGINT, SIG_DFL);
}

// GROUP=N of every --lock; what is no such pair becomes a diagnostic.
std::map<std::string, int64_t> read_locks(const std::vector<std::string>& texts, Diagnostics& errors) {
    std::map<std::string, int64_t> out;
    for (const std::string& text : texts) {
        const size_t sign = text.rfind('=');
        char* end = nullptr;
        const long tools = sign == std::string::npos ? 0 : std::strtol(text.c_str() + sign + 1, &end, 10);
        if (sign != std::string::npos && sign > 0 && *end == '\0' && tools >= 1 && tools <= 1'000'000) {
            out[text.substr(0, sign)] = tools;
            continue;
        }
        errors.push_back(
            {Severity::error,
             "invalid-lock",
             fmt::format("--lock {}: no tool group with a number of tools", text),
             {UINT32_MAX, 0, 0, 0},
             "",
             "write --lock etch=12"});
    }
    return out;
}

SizeOptions options_of(const SizeChoices& c, Progress& progress, Diagnostics& errors) {
    SizeOptions o;
    o.starts_per_month = c.starts;
    o.cycle_time_d = c.cycle_time_d;
    o.x_factor = c.x_factor > 0 ? c.x_factor : kDefaultXFactor;
    o.locked = read_locks(c.lock, errors);
    o.max_utilisation = c.max_utilisation / 100;
    o.allow_single = c.allow_single;
    o.keep_pm_pieces = c.keep_pm_pieces;
    o.confidence = c.confidence / 100;
    o.rounds = c.rounds;
    o.simulation.replications = c.replications;
    o.simulation.seed = c.seed;
    o.simulation.threads = c.threads;
    o.simulation.days = c.days;
    o.simulation.warmup_d = c.warmup;
    o.simulation.progress = &progress;
    o.log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
    return o;
}

int fail(const Diagnostics& errors, const SourceMap& sources) {
    print_diagnostics(errors, sources);
    return kExitMistake;
}

// Prints the page, or JSON instead or besides. False when the file could not be written.
bool show(const SizeChoices& c, const std::string& page, const std::vector<ResultTable>& tables) {
    if (c.json == "-") {
        fmt::print("{}", tables_json("chipchain-size-1", tables));
        return true;
    }
    fmt::print("{}", page);
    if (c.json.empty()) return true;
    const Result<void> written = write_whole_file(c.json, tables_json("chipchain-size-1", tables));
    if (!written) print_diagnostics(written.error(), {});
    return static_cast<bool>(written);
}

// Simulated points: half of the replications and moves, since the curve is looked at, not decided on.
SizeOptions curve_options(SizeOptions o) {
    o.simulation.replications = std::max(2U, o.simulation.replications / 2);
    o.simulation.moves /= 2;
    return o;
}

const std::vector<double> kForecastPoints = {0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1, 1.02, 1.05};
const std::vector<double> kSimulatedPoints = {0.5, 0.8, 0.9, 1, 1.03};

// Closer where a clearing function bends most.
const std::vector<double> kClearingPoints = {0.2, 0.35, 0.5, 0.65, 0.75, 0.85, 0.9, 0.95, 0.98, 1, 1.03, 1.06};

// Rows of [[clearing]] of a scenario's resource; its name there is the line's.
int print_clearing(const Spec& spec, const LineLoad& line, const SizeChoices& c, const SizeOptions& o) {
    Diagnostics warnings;
    const Result<Model> model = compile(spec, warnings);
    if (!model) return fail(model.error(), spec.sources);
    const std::vector<RateStep> curve = operating_curve(spec, line, {}, {}, kClearingPoints, curve_options(o));
    const std::vector<ClearingPoint> points = clearing_points(curve);
    const ClearingFit fit = fit_clearing(points, c.lines);
    std::string command = fmt::format("chipchain curve {} --clearing", c.model.model);
    for (const std::string& set : c.model.set) command += " --set " + set;
    const std::string source = fmt::format("{}, seed {}, model {:016x}", command, c.seed, model->hash);
    fmt::print("# Pieces that wait in {} against pieces a week, from {} start rates:\n", spec.line.name, points.size());
    for (const ClearingPoint& p : points) {
        fmt::print("#   {:.1f} waiting: {:.1f} a week, fitted {:.1f}\n", p.wip, p.output, fit.at(p.wip));
    }
    fmt::print(
        "# Greatest error {:.1f} % of output; points with less output than another with less waiting do not count.\n",
        100 * fit.worst);
    fmt::print("{}", clearing_rows(fit, spec.line.name, source));
    return o.simulation.progress->stop ? kExitStopped : kExitGood;
}

int print_greatest(const Spec& spec, const SizeChoices& c, const SizeOptions& o) {
    const Result<RateResult> r = greatest_starts(spec, o);
    if (!r) return fail(r.error(), spec.sources);
    const double now = starts_per_month(spec);
    const std::string above = r->not_below > 0 ? grouped(std::llround(r->not_below)) : std::string("not seen");
    const std::string page = fmt::format(
        "{}: a mean cycle time of {:.2f} d holds with {:g} % confidence at {} starts a month ({:.1f} % of the model's "
        "{}); it "
        "surely fails at {}\nqueueing forecast before any simulation: {}\n\n{}",
        spec.line.name,
        r->target_d,
        c.confidence,
        grouped(std::llround(r->starts_per_month)),
        100 * r->starts_per_month / now,
        grouped(std::llround(now)),
        above,
        grouped(std::llround(r->forecast_starts)),
        rates_text(r->steps, now, window_width()));
    if (!show(c, page, {curve_table(r->steps, now)})) return kExitFailed;
    for (const RateStep& step : r->steps) {
        if (step.measured && step.measured->broken_identities > 0) return kExitOurFault;
    }
    return o.simulation.progress->stop ? kExitStopped : kExitGood;
}

int size_model(const Spec& spec, const SizeChoices& c, const SizeOptions& o) {
    Result<SizeResult> sized = size_line(spec, o);
    if (!sized) return fail(sized.error(), spec.sources);
    SizeFindings f{&spec, std::move(*sized), {}, 0, {}, c.seed};
    const SizeResult& r = f.result;
    if (!c.out.empty()) {
        Spec named = r.spec;  // the folder's name, so that its results do not go where the unsized model's are
        named.line.name = folder_name(c.out);
        if (const Result<void> written = write_model(named, c.out, c.overwrite); !written)
            return fail(written.error(), {});
    }
    f.more = one_more_tool(r);
    const bool scales = !has_dated_releases(r.spec);
    if (scales) f.knee_starts = knee(r.line, r.corrections) * r.starts_per_month;
    const bool simulate = r.measured && !c.no_curve && r.outcome != SizeOutcome::stopped;
    if (scales) {
        f.curve = operating_curve(
            r.spec,
            r.line,
            r.corrections,
            kForecastPoints,
            simulate ? kSimulatedPoints : std::vector<double>{},
            curve_options(o));
    }
    const bool shown = show(c, size_page(f, window_width(), c.all_groups ? 0 : 15), size_tables(f));
    if (!c.out.empty()) fmt::print(c.json == "-" ? stderr : stdout, "\nwritten: {}\n", c.out);
    if (!shown) return kExitFailed;
    if (r.measured && r.measured->broken_identities > 0) return kExitOurFault;
    return r.outcome == SizeOutcome::stopped ? kExitStopped : kExitGood;
}

}  // namespace

int size_verb(const SizeChoices& c) {
    const std::optional<Spec> spec = load_spec(c.model);
    if (!spec) return kExitMistake;
    Progress progress;
    Diagnostics errors;
    const SizeOptions o = options_of(c, progress, errors);
    if (!errors.empty()) return fail(errors, {});
    interruptible = &progress;
    std::signal(SIGINT, on_interrupt);
    const int code = c.max_starts ? print_greatest(*spec, c, o) : size_model(*spec, c, o);
    std::signal(SIGINT, SIG_DFL);
    interruptible = nullptr;
    return code;
}

int curve_verb(const SizeChoices& c) {
    const std::optional<Spec> spec = load_spec(c.model);
    if (!spec) return kExitMistake;
    Progress progress;
    Diagnostics errors;
    SizeOptions o = options_of(c, progress, errors);
    o.x_factor = 0;
    o.cycle_time_d = 1e9;  // no target
    o.scales_starts = true;
    const Result<LineAsRead> read = read_line(*spec, o);
    if (!read) return fail(read.error(), spec->sources);
    interruptible = &progress;
    std::signal(SIGINT, on_interrupt);
    if (c.clearing) {
        const int code = print_clearing(*spec, read->line, c, o);
        std::signal(SIGINT, SIG_DFL);
        interruptible = nullptr;
        return code;
    }
    const double now = starts_per_month(*spec);
    const std::vector<RateStep> curve =
        operating_curve(*spec, read->line, {}, kForecastPoints, kSimulatedPoints, curve_options(o));
    std::signal(SIGINT, SIG_DFL);
    interruptible = nullptr;
    const double knee_starts = knee(read->line) * now;
    const bool shown = show(c, curve_page(curve, now, knee_starts, window_width()), {curve_table(curve, now)});
    if (!shown) return kExitFailed;
    return progress.stop ? kExitStopped : kExitGood;
}

}  // namespace chipchain
