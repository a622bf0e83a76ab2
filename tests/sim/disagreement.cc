#include "tests/sim/disagreement.h"

#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/writer.h"
#include "tests/sim/naive_sim.h"

namespace chipchain::testing {

namespace {

constexpr uint64_t kMostEvents = 6'000;  // models that need more are compared up to there

struct Differences {
    std::string text;

    template <class T, class U>
    void compare(const std::string& what, T engine, U naive) {
        if (engine != static_cast<T>(naive)) text += fmt::format("  {}: engine {}, naive {}\n", what, engine, naive);
    }
};

void compare_runs(const Model& m, const RunResult& r, const NaiveResult& n, Differences& d) {
    d.compare("fingerprint", r.fingerprint, n.fingerprint);
    d.compare("moves", r.moves, n.moves);
    d.compare("released", r.released, n.released);
    d.compare("shipped", r.shipped, n.shipped);
    d.compare("pieces shipped", r.pieces_shipped, n.pieces_shipped);
    d.compare("scrapped", r.scrapped, n.scrapped);
    d.compare("inside", r.inside, n.inside);
    d.compare("wip area", r.wip_area, n.wip_area);
    for (size_t g = 0; g < r.tool_groups.size(); ++g) {
        const ToolGroupResult& group = r.tool_groups[g];
        d.compare(m.tool_group_names[g] + " arrivals", group.arrivals, n.arrivals[g]);
        d.compare(m.tool_group_names[g] + " setups", group.total.setups, n.setups[g]);
        for (size_t s = 0; s < kToolStates; ++s) {
            d.compare(fmt::format("{} state {}", m.tool_group_names[g], s), group.total.time[s], n.states[g][s]);
        }
    }
    for (size_t i = 0; i < r.steps.size(); ++i) {
        const std::string step = fmt::format("route {} step {}", m.steps[i].route, m.steps[i].number);
        d.compare(step + " visits", r.steps[i].visits, n.steps[i].visits);
        d.compare(step + " queue time", r.steps[i].queue_time, n.steps[i].queue_time);
        d.compare(step + " process time", r.steps[i].process_time, n.steps[i].process_time);
        d.compare(step + " reworks", r.steps[i].reworks, n.steps[i].reworks);
        d.compare(step + " scraps", r.steps[i].scraps, n.steps[i].scraps);
    }
    for (size_t i = 0; i < r.windows.size(); ++i) {
        d.compare(fmt::format("window {} closed", i), r.windows[i].closed, n.windows[i].closed);
        d.compare(fmt::format("window {} violated", i), r.windows[i].violated, n.windows[i].violated);
        d.compare(fmt::format("window {} excess", i), r.windows[i].excess_sum, n.windows[i].excess);
    }
    for (size_t i = 0; i < r.lot_types.size(); ++i) {
        d.compare(
            m.lot_type_names[i] + " cycle time",
            r.lot_types[i].completed.cycle_time_sum + r.lot_types[i].initial.cycle_time_sum,
            n.cycle_time[i]);
    }
}

std::string compile_errors(const Spec& spec, const Diagnostics& diagnostics) {
    std::string text = "  does not compile: ";
    for (const Diagnostic& d : diagnostics) text += render(d, spec.sources);
    return text;
}

}  // namespace

std::string disagreement(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    if (!model) return compile_errors(spec, model.error());
    NaiveOptions options;
    options.most_events = kMostEvents;
    NaiveResult naive = run_naive(*model, options);
    if (naive.end < model->horizon) {
        model->horizon = naive.end;
        model->warmup = 0;
        naive = run_naive(*model, options);
    }
    RunOptions run_options;
    const RunResult fast = run(*model, run_options);
    run_options.fast_paths = false;
    const RunResult slow = run(*model, run_options);
    Differences d;
    compare_runs(*model, fast, naive, d);
    d.compare("fingerprint without fast paths", slow.fingerprint, fast.fingerprint);
    for (const std::string& line : naive.complaints) d.text += "  naive: " + line + "\n";
    for (const std::string& line : check_identities(fast)) d.text += "  identity: " + line + "\n";
    return d.text;
}

namespace {

// True when both still differ, in the sense of the trajectory or of a number; models that do not compile count as no.
bool still_differs(const Spec& spec) {
    const std::string text = disagreement(spec);
    return !text.empty() && text.find("does not compile") == std::string::npos;
}

template <class RowType>
bool drop_rows(Spec& spec, std::vector<RowType> Spec::*rows) {
    bool dropped = false;
    for (size_t i = (spec.*rows).size(); i-- > 0;) {
        Spec smaller = spec;
        (smaller.*rows).erase((smaller.*rows).begin() + static_cast<std::ptrdiff_t>(i));
        if (!still_differs(smaller)) continue;
        spec = std::move(smaller);
        dropped = true;
    }
    return dropped;
}

// Takes a step out of its route; references to later steps move up, those to the step itself go.
void erase_step(Spec& spec, size_t i) {
    const StepSpec gone = spec.steps[i];
    spec.steps.erase(spec.steps.begin() + static_cast<std::ptrdiff_t>(i));
    const auto mend = [&](int64_t& step, int64_t instead) {
        if (step == gone.step) step = instead;
        if (step > gone.step) --step;
    };
    for (StepSpec& row : spec.steps) {
        if (row.route != gone.route) continue;
        if (row.step > gone.step) --row.step;
        mend(row.rework_step, 0);
        mend(row.dedicate_step, 0);
        mend(row.queue_time_step, 0);
    }
    for (WipLotSpec& row : spec.wip_lots) {
        const auto same = [&](const ProductSpec& p) { return p.name == row.product && p.route == gone.route; };
        if (std::any_of(spec.products.begin(), spec.products.end(), same) && row.step > gone.step) --row.step;
    }
}

bool drop_steps(Spec& spec) {
    bool dropped = false;
    for (size_t i = spec.steps.size(); i-- > 0;) {
        Spec smaller = spec;
        erase_step(smaller, i);
        if (!still_differs(smaller)) continue;
        spec = std::move(smaller);
        dropped = true;
    }
    return dropped;
}

// Sets each field of each row to its default, else halves it (numbers), while the disagreement stays.
bool simplify_fields(Spec& spec) {
    bool changed = false;
    for (const TableInfo& table : spec_tables()) {
        for (size_t i = 0; i < table.size(spec); ++i) {
            for (const FieldInfo& field : table.fields) {
                const Value before = field.get(table.const_row(spec, i));
                const Value usual = field.get(table.defaults());
                if (before == usual || field.required || field.key == "horizon_d") continue;
                Spec smaller = spec;
                field.set(table.row(smaller, i), usual);
                if (!still_differs(smaller)) continue;
                spec = std::move(smaller);
                changed = true;
            }
        }
    }
    for (const SwitchInfo& info : switch_table()) {
        Spec smaller = spec;
        info.set(smaller.switches, info.get(Switches{}));
        if (smaller.switches == spec.switches || !still_differs(smaller)) continue;
        spec = std::move(smaller);
        changed = true;
    }
    return changed;
}

bool shorten(Spec& spec) {
    bool changed = false;
    for (Time part = spec.line.horizon / 2; part >= kMinute; part /= 2) {
        Spec smaller = spec;
        smaller.line.horizon -= part;
        if (!still_differs(smaller)) continue;
        spec = std::move(smaller);
        changed = true;
    }
    return changed;
}

bool shrink_once(Spec& spec) {
    bool changed = shorten(spec);
    changed = drop_rows(spec, &Spec::releases) || changed;
    changed = drop_rows(spec, &Spec::wip_lots) || changed;
    changed = drop_rows(spec, &Spec::planned_lots) || changed;
    changed = drop_steps(spec) || changed;
    changed = drop_rows(spec, &Spec::downs) || changed;
    changed = drop_rows(spec, &Spec::pms) || changed;
    changed = drop_rows(spec, &Spec::tool_installs) || changed;
    changed = drop_rows(spec, &Spec::shifts) || changed;
    changed = drop_rows(spec, &Spec::shutdowns) || changed;
    changed = drop_rows(spec, &Spec::learnings) || changed;
    changed = drop_rows(spec, &Spec::ramps) || changed;
    changed = drop_rows(spec, &Spec::transports) || changed;
    changed = drop_rows(spec, &Spec::setup_changes) || changed;
    changed = drop_rows(spec, &Spec::setup_groups) || changed;
    changed = drop_rows(spec, &Spec::products) || changed;
    changed = drop_rows(spec, &Spec::tool_groups) || changed;
    changed = drop_rows(spec, &Spec::rules) || changed;
    return simplify_fields(spec) || changed;
}

// The first instant up to which the trajectories differ, found by runs that end at instants of the naive trace.
std::string first_difference(const Model& model) {
    NaiveOptions options;
    options.trace = true;
    const NaiveResult all = run_naive(model, options);
    std::vector<Time> instants{model.horizon};
    for (const TraceLine& line : all.trace) instants.push_back(line.time);
    std::sort(instants.begin(), instants.end());
    const auto same_until = [&](Time horizon) {
        RunOptions run_options;
        run_options.horizon = options.horizon = horizon;
        return run(model, run_options).fingerprint == run_naive(model, options).fingerprint;
    };
    const auto at = std::partition_point(instants.begin(), instants.end(), same_until);
    if (at == instants.end()) return "the trajectories are the same\n";
    Recorder recorder;
    RunOptions run_options;
    run_options.horizon = *at;
    run_options.recorder = &recorder;
    recorder.lots = recorder.tools = recorder.shipped = true;
    (void)run(model, run_options);
    std::string text =
        fmt::format("the trajectories differ first at t = {} ({:.3f} min). Naive:\n", *at, in_minutes(*at));
    for (const TraceLine& line : all.trace) {
        if (line.time > *at - kHour && line.time <= *at)
            text += fmt::format("  {:9.3f} {}\n", in_minutes(line.time), line.text);
    }
    text += "engine, starts up to there:\n";
    for (const LotInterval& i : recorder.lot_intervals) {
        if (i.phase != LotPhase::queue || i.end <= *at - kHour) continue;
        text += fmt::format("  {:9.3f} lot {} starts step {}\n", in_minutes(i.end), i.lot, model.steps[i.step].number);
    }
    return text;
}

}  // namespace

Spec shrink(const Spec& spec) {
    Spec small = spec;
    while (shrink_once(small)) {
    }
    return small;
}

std::string report_disagreement(const Spec& spec) {
    std::string text = fmt::format("{}:\n{}", spec.line.name, disagreement(spec));
    if (text.find("does not compile") != std::string::npos) return text;
    const Spec small = shrink(spec);
    text += "\nshrunk model:\n";
    for (const ModelFile& file : model_files(small)) text += fmt::format("---- {}\n{}", file.name, file.contents);
    text += "\n" + disagreement(small);
    Diagnostics warnings;
    return text + first_difference(compile(small, warnings).value());
}

}  // namespace chipchain::testing
