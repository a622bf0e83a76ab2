#include "chipchain/study/chain_study.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chain/chain_lines.h"
#include "chipchain/model/chain_schedule.h"
#include "chipchain/stats/fingerprint.h"
#include "chipchain/study/chain_samples.h"
#include "chipchain/study/version_pooling.h"

namespace chipchain {

namespace {

class Clock {
 public:
    explicit Clock(std::vector<StageSeconds>& out) : out_(out), begin_(std::chrono::steady_clock::now()) {}
    void lap(std::string stage) {
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::duration<double> seconds = now - begin_;
        out_.push_back({std::move(stage), seconds.count()});
        begin_ = now;
    }

 private:
    std::vector<StageSeconds>& out_;
    std::chrono::steady_clock::time_point begin_;
};

// Pieces that a deterministic run may be behind its plan for rounding to lots: one lot of each stage behind the
// programme; assumption on the number of stages.
constexpr double kRoundingLots = 3;

double largest_lot(const ChainModel& model, const ChainProgramme& programme) {
    return static_cast<double>(model.items[model.nodes[programme.node].item].lot);
}

// [activity] whether it can serve a programme, through whatever is between them.
std::vector<bool> upstream_of(const ChainModel& model, const ChainProgramme& programme) {
    std::vector<bool> activities(model.activities.size(), false);
    std::vector<bool> nodes(model.nodes.size(), false);
    for (const uint32_t node : programme.nodes) nodes[node] = true;
    for (bool more = true; more;) {
        more = false;
        for (const ChainArc& arc : model.arcs) {
            if (!nodes[arc.to] || nodes[arc.from]) continue;
            nodes[arc.from] = more = true;
        }
        for (size_t a = 0; a < activities.size(); ++a) {
            const ChainActivity& activity = model.activities[a];
            const bool serves =
                std::any_of(activity.outputs.begin(), activity.outputs.end(), [&](const ChainAmount& out) {
                    return nodes[out.node];
                });
            if (!serves || activities[a]) continue;
            activities[a] = more = true;
            for (const ChainAmount& in : activity.inputs) nodes[in.node] = true;
        }
    }
    return activities;
}

// Why the deterministic run is behind: the wait upstream of the programme that grew most up to the bucket.
std::string gap_reason(
    const ChainModel& model,
    const ChainResult& exact,
    const std::vector<bool>& upstream,
    size_t bucket,
    double pieces,
    double lots) {
    const ChainWait* most = nullptr;
    int64_t days = 0;
    for (const ChainWait& wait : exact.waits) {
        if (!upstream[wait.activity]) continue;
        int64_t sum = 0;
        for (size_t t = 0; t <= bucket; ++t) sum += wait.start_days[t];
        if (sum <= days) continue;
        days = sum;
        most = &wait;
    }
    if (pieces <= lots * kRoundingLots) return "whole lots: the last lot of a bucket is not full";
    if (most == nullptr) return "lots in transit at the end of the bucket";
    const std::string activity = model.activities[most->activity].name;
    switch (most->reason) {
        case WaitReason::resource:
            return fmt::format("{} waited for {}", activity, model.resources[most->of].name);
        case WaitReason::input:
            return fmt::format("{} waited for {}", activity, model.node_name(most->of));
        case WaitReason::store:
            return fmt::format("{} waited for room in {}", activity, model.node_name(most->of));
        case WaitReason::not_qualified:
            return fmt::format("{} waited for its qualification", activity);
        case WaitReason::closed:
            return fmt::format("{} waited for its first date", activity);
        case WaitReason::outage:
            return fmt::format("{} waited for the end of an outage", activity);
    }
    return {};
}

std::vector<PlanGap> find_gaps(const ChainModel& model, const ChainPlan& plan, const ChainResult& exact) {
    std::vector<PlanGap> out;
    for (uint32_t p = 0; p < model.programmes.size(); ++p) {
        double planned = 0;
        double delivered = 0;
        const double lot = largest_lot(model, model.programmes[p]);
        const std::vector<bool> upstream = upstream_of(model, model.programmes[p]);
        for (size_t t = 0; t < model.buckets.size(); ++t) {
            planned += plan.delivered[p][t];
            delivered += static_cast<double>(exact.programmes[p].delivered[t]);
            const double behind = planned - delivered;
            if (behind < 1) continue;
            out.push_back({p, t, behind, gap_reason(model, exact, upstream, t, behind, lot)});
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const PlanGap& a, const PlanGap& b) { return a.pieces > b.pieces; });
    return out;
}

// Relative gap of integer plans while planning and simulation take turns; assumption.
constexpr double kRoundGap = 1e-2;

class Study {
 public:
    Study(const ChainModel& model, const ChainStudyOptions& options)
        : m_(model), options_(options), clock_(out_.seconds) {}

    ChainStudy run() {
        plan();
        if (out_.loop.best.plan.starts.empty()) return std::move(out_);
        const ChainPlan& best = out_.loop.best.plan;
        ChainRunOptions exact;
        exact.seed = options_.seed;
        exact.random = kNothingRandom;
        exact.factors = cautious_factors(m_, out_.loop.caution);
        const ChainSchedule schedule = schedule_of(m_, best);
        out_.exact = run_chain(m_, schedule, exact);
        out_.gaps = find_gaps(m_, best, out_.exact);
        clock_.lap("simulation without randomness");
        for (const ChainMilestone& milestone : m_.milestones) {
            out_.planned_milestones.push_back(planned_milestone(m_, best, milestone));
        }
        out_.late = late_reasons(m_, best);
        out_.costs = unit_costs(m_, best);
        out_.all_costs = all_unit_costs(m_, best);
        out_.pooled = pooled_families(m_, best, m_.service);
        clock_.lap("reasons and costs");
        if (options_.most_line_lots > 0 && !stopped()) check_lines(schedule);
        if (options_.risk && !stopped()) {
            out_.risks = site_risks(m_, options_.planner, out_.loop.best, options_.threads);
            clock_.lap("outages of sites");
        }
        if (options_.tornado && !stopped()) {
            out_.tornado = tornado(m_, figure(schedule), out_.loop.samples);
            clock_.lap("tornado");
        }
        out_.stopped = stopped();
        Fingerprint hash;
        hash.add(out_.exact.fingerprint, 0);
        for (const ChainSample& sample : out_.loop.samples) hash.add(sample.fingerprint, sample.replication);
        out_.fingerprint = hash.value();
        return std::move(out_);
    }

 private:
    [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }

    void plan() {
        if (options_.plan_only) {
            out_.loop.naive = Planner(m_, options_.planner).plan();
            out_.loop.best = out_.loop.naive;
            clock_.lap("plan");
            return;
        }
        LoopOptions loop;
        loop.planner = options_.planner;
        // rounds differ by more than a per cent: rounded modules are near enough there
        loop.planner.mip_gap = std::max(loop.planner.mip_gap, kRoundGap);
        loop.rounds = options_.rounds;
        loop.replications = options_.replications > 0 ? options_.replications : m_.replications;
        loop.service = m_.service;
        loop.log = options_.log;
        loop.simulate = [this](const ChainSchedule& schedule, uint32_t first, uint32_t count) {
            return simulate_samples(
                m_,
                schedule,
                {options_.seed, first, count, options_.threads, options_.samples_file, options_.stop});
        };
        out_.loop = plan_and_simulate(m_, loop);
        clock_.lap("plan and simulation in turn");
    }

    // Resources with a process of the library whose lots in the plan are few enough.
    std::vector<uint32_t> small_lines() {
        std::vector<double> lots(m_.resources.size(), 0);
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            double starts = 0;
            for (const double n : out_.loop.best.plan.starts[a]) starts += n;
            for (const ResourceShare& use : m_.activities[a].uses) {
                lots[use.resource] += starts / static_cast<double>(m_.activities[a].lot);
            }
        }
        std::vector<uint32_t> out;
        for (uint32_t r = 0; r < m_.resources.size(); ++r) {
            if (m_.resources[r].process.empty() || lots[r] < 1) continue;
            (lots[r] <= options_.most_line_lots ? out : out_.lines_left_out).push_back(r);
        }
        return out;
    }

    // The plan carried out without other randomness, its own lines simulated tool by tool and lot by lot.
    void check_lines(const ChainSchedule& schedule) {
        const std::vector<uint32_t> chosen = small_lines();
        if (chosen.empty()) return;
        const Result<ChainLines> lines = ChainLines::make(m_, schedule, chosen);
        if (!lines || lines->lines().empty()) return;
        ChainRunOptions run;
        run.seed = options_.seed;
        run.random = kNothingRandom;
        run.lines = &*lines;
        const ChainResult result = run_chain(m_, schedule, run);
        CHECK(check_balance(m_, result).empty());
        for (const RunResult& line : result.lines) out_.line_moves += line.moves;
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            const ChainLines::Way& way = lines->way(a);
            const ActivityResult& activity = result.activities[a];
            if (way.line == kNoIndex || activity.lots == 0) continue;
            LineCheck check;
            check.resource = lines->lines()[way.line].resource;
            check.activity = a;
            check.lots = activity.lots_ended;
            check.planned_d = in_days(out_.loop.best.plan.lead[a]);
            if (activity.lots_ended > 0) {
                check.simulated_d = static_cast<double>(activity.lead_days) / static_cast<double>(activity.lots_ended);
            }
            for (const double starts : out_.loop.best.plan.starts[a]) check.planned_starts += std::llround(starts);
            for (const int64_t starts : activity.starts) check.starts += starts;
            out_.lines.push_back(check);
        }
        clock_.lap("own lines lot by lot");
    }

    // Value less cost, US$, of the plan carried out with some factors and nothing else random.
    [[nodiscard]] FigureOf figure(const ChainSchedule& schedule) const {
        return [this, &schedule](const std::vector<double>& factors) {
            ChainRunOptions run;
            run.seed = options_.seed;
            run.random = kNothingRandom;
            run.factors = factors;
            return sample_of(run_chain(m_, schedule, run)).net();
        };
    }

    const ChainModel& m_;
    const ChainStudyOptions& options_;
    ChainStudy out_;
    Clock clock_;
};

}  // namespace

ChainStudy study_chain(const ChainModel& model, const ChainStudyOptions& options) {
    return Study(model, options).run();
}

Time planned_milestone(const ChainModel& model, const ChainPlan& plan, const ChainMilestone& milestone) {
    const std::vector<double>* flow = nullptr;
    double factor = 1;
    Time shift = 0;
    if (milestone.kind == MilestoneKind::delivered) {
        flow = &plan.delivered[milestone.of];
    } else {
        flow = &plan.starts[milestone.of];
        factor = model.activities[milestone.of].outputs.front().quantity;
        shift = plan.lead[milestone.of];
    }
    double sum = 0;
    for (size_t t = 0; t < flow->size(); ++t) {
        const Bucket& b = model.buckets[t];
        double here = (*flow)[t] * factor;
        if (milestone.kind == MilestoneKind::made) {
            here *= model.activities[milestone.of].good_mean(b.begin, b.end);
        }
        if (here > 0 && sum + here >= milestone.quantity - 0.5) {
            // deliveries are made on the last day of a bucket, outputs evenly
            if (milestone.kind == MilestoneKind::delivered) return b.end - kDay;
            const double share = std::clamp((milestone.quantity - sum) / here, 0.0, 1.0);
            return b.begin + shift + static_cast<Time>(share * static_cast<double>(b.end - b.begin));
        }
        sum += here;
    }
    return kNever;
}

}  // namespace chipchain
