// Does the analytic load (model/load.h) say what the engine does?
#include "chipchain/model/load.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/generate_line.h"

namespace chipchain {
namespace {

Model generated(const std::string& process, double starts, uint32_t products) {
    LineParameters parameters;
    parameters.pieces_per_month = starts;
    parameters.products = products;
    Diagnostics warnings;
    return *compile(*library_line(process, parameters), warnings);
}

double time_in(const ToolGroupResult& g, ToolState state) {
    return static_cast<double>(g.total.time[static_cast<size_t>(state)]);
}

// The column utilisation_percent / 100.
double simulated_utilisation(const ToolGroupResult& g) {
    double all = 0;
    for (const Time t : g.total.time) all += static_cast<double>(t);
    const double available = all - time_in(g, ToolState::down) - time_in(g, ToolState::maintenance);
    return (time_in(g, ToolState::productive) + time_in(g, ToolState::setup)) / available;
}

struct Gap {
    std::string kind;
    std::string group;
    double analytic = 0;
    double simulated = 0;
    double least = 0;
    double most = 0;
    [[nodiscard]] double points() const { return 100 * std::fabs(analytic - simulated); }
};

// Sums over replications.
struct Seen {
    std::vector<ToolGroupResult> groups;
    void add(const RunResult& r) {
        groups.resize(r.tool_groups.size());
        for (size_t g = 0; g < groups.size(); ++g) {
            for (size_t s = 0; s < kToolStates; ++s) groups[g].total.time[s] += r.tool_groups[g].total.time[s];
            groups[g].total.setups += r.tool_groups[g].total.setups;
            groups[g].visits += r.tool_groups[g].visits;
        }
    }
};

std::vector<Gap> gaps_of(const Model& m, const Seen& r) {
    // how often setups are saved is dispatching, not load: it is taken from the simulation
    std::vector<GroupObservation> observed(m.tool_groups.size());
    for (size_t g = 0; g < observed.size(); ++g) {
        if (m.tool_groups[g].has_setup && r.groups[g].visits > 0)
            observed[g].setup_share =
                static_cast<double>(r.groups[g].total.setups) / static_cast<double>(r.groups[g].visits);
    }
    const LineLoad line = line_load(m, observed);
    std::vector<Gap> gaps;
    for (size_t g = 0; g < line.groups.size(); ++g) {
        const GroupLoad& load = line.groups[g];
        const std::string kind = load.plain                     ? "plain"
                                 : !load.demand.batches.empty() ? "batch"
                                 : load.demand.cascade          ? "cascade"
                                                                : "setup";
        gaps.push_back(
            {kind,
             m.tool_group_names[g],
             load.utilisation,
             simulated_utilisation(r.groups[g]),
             load.utilisation_least,
             load.utilisation_most});
        if (kind == "plain") continue;
        // bounds hold for all groups, but for what downs and maintenance vary in a finite run
        EXPECT_GE(gaps.back().simulated, load.utilisation_least - 0.01) << gaps.back().group;
        // products that come in turns change setups more often than by chance
        if (kind != "setup") {
            EXPECT_LE(gaps.back().simulated, load.utilisation_most + 0.01) << gaps.back().group;
        }
    }
    std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.points() > b.points(); });
    return gaps;
}

void expect_half_a_point(const std::string& process, double starts, double days, uint32_t replications) {
    const Model m = generated(process, starts, 3);
    RunOptions options;
    options.warmup = 91 * kDay;
    // whole cycles of the quarterly maintenance
    options.horizon = options.warmup + std::max<Time>(1, static_cast<Time>(days / 91)) * 91 * kDay;
    Seen seen;
    for (options.replication = 0; options.replication < replications; ++options.replication) seen.add(run(m, options));
    const std::vector<Gap> gaps = gaps_of(m, seen);
    for (const std::string kind : {"plain", "setup", "cascade", "batch"}) {
        int shown = 0;
        size_t groups = 0;
        for (const Gap& gap : gaps) {
            if (gap.kind != kind) continue;
            ++groups;
            if (kind == "plain" || kind == "setup") {
                EXPECT_LE(gap.points(), 0.5) << process << " " << starts << " " << gap.group;
            }
            if (shown++ >= 2) continue;
            fmt::print(
                "{} {:.0f} {:8} {:28} analytic {:.2f} % ({:.2f} to {:.2f}) simulated {:.2f} % difference {:.2f} "
                "points\n",
                process,
                starts,
                kind,
                gap.group,
                100 * gap.analytic,
                100 * gap.least,
                100 * gap.most,
                100 * gap.simulated,
                gap.points());
        }
        if (kind == "plain") {
            EXPECT_GT(groups, 0U) << process;
        }
    }
}

// days and replications that leave about 0.15 points of noise
TEST(FullLoad, equals_simulated_utilisation_of_every_process) {
    const struct {
        const char* process;
        double starts;
        double days;
        uint32_t replications;
    } rows[] = {
        {"logic14", 10'000, 3640, 4},
        {"logic14", 100'000, 910, 2},
        {"logic28", 10'000, 3640, 4},
        {"logic7", 10'000, 3640, 3},
        {"wafer-sort", 10'000, 3640, 1},
        {"foplp-chip-last", 8'500, 7280, 1},
        {"foplp-chip-first-face-up", 8'500, 7280, 1},
        {"foplp-chip-first-face-down", 8'500, 7280, 1},
        {"hdi-board", 100'000, 1820, 1},
        {"smt-assembly", 200'000, 1820, 1},
        {"test-floor", 1'000'000, 3640, 1},
    };
    for (const auto& row : rows) expect_half_a_point(row.process, row.starts, row.days, row.replications);
}

}  // namespace
}  // namespace chipchain
