// chipchain bench: speed, memory and fingerprints of named models. Repeats alternate between the models, so that a
// noisy machine disturbs all of them alike; the best repeat counts.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/report/text_table.h"
#include "chipchain/sim/run.h"

namespace chipchain {

namespace {

struct Case {
    std::string name;
    Model model;
    RunResult best;
};

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int bench_verb(const BenchChoices& c) {
    std::vector<Case> cases;
    for (const std::string& name : c.models.empty() ? std::vector<std::string>{"reference-fab", "minifab"} : c.models) {
        std::optional<Loaded> loaded = load_model({name, {}, {}}, true);
        if (!loaded) return kExitMistake;
        cases.push_back({loaded->model.name, std::move(loaded->model), {}});
    }
    RunOptions options;
    options.horizon = ticks_or_model(c.days);
    options.threads = c.threads;
    for (uint32_t repeat = 0; repeat < (c.fingerprints ? 1 : std::max(1U, c.repeats)); ++repeat) {
        for (Case& x : cases) {
            RunResult result = run(x.model, options);
            if (repeat == 0 || result.seconds < x.best.seconds) x.best = std::move(result);
        }
    }
    if (c.fingerprints) {
        for (const Case& x : cases) {
            fmt::print(
                "{} model {:016x} seed {} days {} fingerprint {:016x}\n",
                x.name,
                x.model.hash,
                x.best.seed,
                in_days(x.best.end),
                x.best.fingerprint);
        }
        return kExitGood;
    }
    TextTable table(
        {{"model", true},
         {"days"},
         {"lot-steps"},
         {"events"},
         {"s"},
         {"M lot-steps/s"},
         {"M events/s"},
         {"growths", false, 2},
         {"fingerprint", true, 1}});
    for (const Case& x : cases) {
        const RunResult& r = x.best;
        table.add(
            {x.name,
             short_number(in_days(r.end)),
             grouped(static_cast<int64_t>(r.moves)),
             grouped(static_cast<int64_t>(r.events)),
             fmt::format("{:.3f}", r.seconds),
             fmt::format("{:.2f}", static_cast<double>(r.moves) / r.seconds / 1e6),
             fmt::format("{:.2f}", static_cast<double>(r.events) / r.seconds / 1e6),
             fmt::format("{}", r.state_growths),
             fmt::format("{:016x}", r.fingerprint)});
    }
    fmt::print(
        "{}best of {} on {}; peak memory of the program {:.1f} MB\n",
        table.render(window_width()),
        c.repeats,
        c.threads <= 1 ? "one core" : fmt::format("{} threads", c.threads),
        peak_megabytes());
    return kExitGood;
}

}  // namespace chipchain
