#include "chipchain/study/chain_loop.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/chain_schedule.h"
#include "chipchain/study/safety_stock.h"

namespace chipchain {

namespace {

// Sets of replications that have nothing in common: the rounds', those that make promises, those that test them.
constexpr uint32_t kRoundFirst = 0;
constexpr uint32_t kPromiseFirst = 1'000'000;
constexpr uint32_t kTestFirst = 2'000'000;

// What the rounds after the naive plan reckon with besides measured lead times, one after the other; the last one
// repeats. Caution is the share of the way from the expected figures to their worst. Assumption: found on the reference
// scenario.
struct RoundKind {
    bool stocks;
    double caution;
};
constexpr RoundKind kRounds[] = {{true, 0}, {false, 0.25}, {true, 0.25}, {true, 0.5}};

std::string kind_text(const RoundKind& kind) {
    std::string out = "measured lead times";
    if (kind.stocks) out += ", safety stocks";
    if (kind.caution > 0) out += fmt::format(", caution {:.0f} %", 100 * kind.caution);
    return out;
}

double mean_of(const std::vector<ChainSample>& samples, double (*figure)(const ChainSample&)) {
    double sum = 0;
    for (const ChainSample& sample : samples) sum += figure(sample);
    return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

// Mean |a - b| / mean a over all elements.
double relative_change(const Series2& before, const Series2& after) {
    double change = 0;
    double level = 0;
    for (size_t i = 0; i < before.size(); ++i) {
        for (size_t t = 0; t < before[i].size(); ++t) {
            change += std::abs(after[i][t] - before[i][t]);
            level += before[i][t];
        }
    }
    return level > 0 ? change / level : 0;
}

class Loop {
 public:
    Loop(const ChainModel& model, const LoopOptions& options) : model_(model), options_(options) {}

    LoopResult run() {
        out_.naive = Planner(model_, options_.planner).plan();
        if (out_.naive.plan.starts.empty()) return std::move(out_);
        std::vector<ChainSample> samples = judge(out_.naive, "naive: mean lead times, no buffers");
        out_.best = out_.naive;
        if (stopped(samples)) return std::move(out_);
        size_t best = 0;
        PlannerOptions planner = options_.planner;
        planner.model.lead = out_.naive.plan.lead;
        Series2 starts = out_.naive.plan.starts;
        for (uint32_t round = 0; round < options_.rounds; ++round) {
            const double lead_change = update_leads(planner.model.lead, samples);
            const RoundKind& kind = kRounds[std::min<size_t>(round, std::size(kRounds) - 1)];
            const ChainFuture future = cautious_future(model_, kind.caution);
            planner.model.floor.clear();
            if (kind.stocks) planner.model.floor = safety_stocks(model_, out_.best.plan, options_.service);
            const PlanningResult result = Planner(model_, planner).plan(future);
            if (result.plan.starts.empty()) break;
            samples = judge(result, kind_text(kind));
            if (stopped(samples)) {
                out_.rounds.pop_back();
                break;
            }
            LoopRound& row = out_.rounds.back();
            row.lead_change = lead_change;
            row.release_change = relative_change(starts, result.plan.starts);
            starts = result.plan.starts;
            if (row.simulated_net > out_.rounds[best].simulated_net) {
                best = out_.rounds.size() - 1;
                out_.best = result;
                out_.caution = kind.caution;
                out_.floor = planner.model.floor;
            }
        }
        out_.rounds[best].best = true;
        if (stopped(samples)) return std::move(out_);
        promise();
        return std::move(out_);
    }

 private:
    std::vector<ChainSample> judge(const PlanningResult& result, std::string kind) {
        std::vector<ChainSample> samples =
            options_.simulate(schedule_of(model_, result.plan), kRoundFirst, options_.round_replications);
        LoopRound row;
        row.kind = std::move(kind);
        row.plan_cost = result.plan.cost.cost();
        row.simulated_cost = mean_of(samples, [](const ChainSample& sample) { return sample.cost(); });
        row.simulated_net = mean_of(samples, [](const ChainSample& sample) { return sample.net(); });
        row.kept = mean_kept(kept_shares(model_, promise_of_plan(model_, result.plan), samples));
        if (options_.log) {
            options_.log(fmt::format(
                "{}: plan {:.1f} M US$, simulated {:.1f} M US$, {:.0f} % of its promises kept",
                row.kind,
                row.plan_cost / 1e6,
                row.simulated_cost / 1e6,
                100 * row.kept));
        }
        out_.rounds.push_back(std::move(row));
        return samples;
    }

    // A round that was ended early says nothing.
    [[nodiscard]] bool stopped(const std::vector<ChainSample>& samples) const {
        return samples.size() < options_.round_replications;
    }

    // Moves the planned lead times towards the measured ones; returns the mean relative change.
    double update_leads(std::vector<Time>& lead, const std::vector<ChainSample>& samples) const {
        double change = 0;
        double level = 0;
        for (size_t a = 0; a < lead.size(); ++a) {
            double sum = 0;
            size_t count = 0;
            for (const ChainSample& sample : samples) {
                if (sample.lead_d[a] <= 0) continue;
                sum += sample.lead_d[a];
                ++count;
            }
            level += in_days(lead[a]);
            // with a clearing function the lead time is that without waiting: what was measured has the waiting in it
            if (count == 0 || has_clearing(a)) continue;
            const double planned = in_days(lead[a]);
            const double next = (1 - options_.damping) * planned + options_.damping * sum / static_cast<double>(count);
            change += std::abs(next - planned);
            lead[a] = static_cast<Time>(std::llround(next * static_cast<double>(kDay)));
        }
        return level > 0 ? change / level : 0;
    }

    [[nodiscard]] bool has_clearing(size_t a) const {
        const std::vector<ResourceShare>& uses = model_.activities[a].uses;
        return options_.planner.model.clearing && std::any_of(uses.begin(), uses.end(), [&](const ResourceShare& use) {
                   return !model_.resources[use.resource].clearing.empty();
               });
    }

    void promise() {
        const ChainSchedule schedule = schedule_of(model_, out_.best.plan);
        const std::vector<ChainSample> makers = options_.simulate(schedule, kPromiseFirst, options_.replications);
        out_.promise = promise_of_samples(model_, out_.best.plan, makers, options_.service);
        out_.samples = options_.simulate(schedule, kTestFirst, options_.replications);
        out_.kept = kept_shares(model_, out_.promise, out_.samples);
        out_.naive_promise = promise_of_plan(model_, out_.naive.plan);
        out_.naive_samples = options_.simulate(schedule_of(model_, out_.naive.plan), kTestFirst, options_.replications);
        out_.naive_kept = kept_shares(model_, out_.naive_promise, out_.naive_samples);
    }

    const ChainModel& model_;
    const LoopOptions& options_;
    LoopResult out_;
};

}  // namespace

LoopResult plan_and_simulate(const ChainModel& model, const LoopOptions& options) { return Loop(model, options).run(); }

std::vector<double> cautious_factors(const ChainModel& model, double caution) {
    std::vector<double> out;
    for (const ChainUncertainty& u : model.uncertainties) {
        const bool less = u.kind == UncertainKind::yield || u.kind == UncertainKind::capacity;
        const bool more = u.kind == UncertainKind::lead || u.kind == UncertainKind::build;
        out.push_back(less ? 1 - caution * (1 - u.low) : more ? 1 + caution * (u.high - 1) : 1.0);
    }
    return out;
}

ChainFuture cautious_future(const ChainModel& model, double caution) {
    ChainFuture future;
    if (caution == 0) return future;
    future.yield.assign(model.activities.size(), 1);
    future.lead.assign(model.activities.size(), 1);
    future.build.assign(model.modules.size(), 1);
    future.capacity.assign(model.resources.size(), 1);
    const std::vector<double> factors = cautious_factors(model, caution);
    for (size_t i = 0; i < factors.size(); ++i) {
        // several uncertainties of one thing act together, as in the simulation
        const ChainUncertainty& u = model.uncertainties[i];
        if (u.kind == UncertainKind::yield) future.yield[u.of] *= factors[i];
        if (u.kind == UncertainKind::capacity) future.capacity[u.of] *= factors[i];
        if (u.kind == UncertainKind::lead) future.lead[u.of] *= factors[i];
        if (u.kind == UncertainKind::build) future.build[u.of] *= factors[i];
    }
    return future;
}

}  // namespace chipchain
