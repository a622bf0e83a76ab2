#include "chipchain/study/chain_risk.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "chipchain/stats/correlation.h"
#include "chipchain/stats/sum.h"
#include "chipchain/study/in_order.h"

namespace chipchain {

namespace {

// More waiting than this share of all that is due is waiting: below it is noise of the solver; assumption.
constexpr double kNoise = 1e-6;
// Lengths of outages that are tried for the time to survive, weeks; assumption.
constexpr double kLengths[] = {1, 2, 4, 6, 8, 13, 17, 26, 52};

// Piece-weeks of waiting of every programme; what stays open or is lost counts kUnmetWeeks.
std::vector<double> waiting(const ChainModel& model, const ChainPlan& plan) {
    std::vector<double> out;
    for (size_t p = 0; p < plan.open.size(); ++p) {
        double sum = 0;
        for (size_t t = 0; t < model.buckets.size(); ++t) {
            const bool last = t + 1 == model.buckets.size();
            sum += plan.open[p][t] * (last ? kUnmetWeeks : model.buckets[t].weeks()) + plan.lost[p][t] * kUnmetWeeks;
        }
        out.push_back(sum);
    }
    return out;
}

class Outages {
 public:
    Outages(const ChainModel& model, const PlannerOptions& options, const PlanningResult& base)
        : model_(model), planner_(model, options) {
        // the same lead times and future as the outages have, with the decisions of the plan that is examined
        planner_.keep_decisions(base.plan);
        base_ = planner_.plan();
        waiting_ = waiting(model, base_.plan);
        basis_ = planner_.solver().basis();
        for (const ChainProgramme& p : model.programmes) due_ += p.due(INT64_MIN / 2, model.end);
    }

    SiteRisk site(uint32_t site) {
        // every site starts from the same basis: what it finds depends on no other site
        planner_.start_from(basis_);
        SiteRisk out;
        out.site = site;
        out.begin = busiest(site);
        out.recover_weeks = in_weeks(model_.sites[site].time_to_recover);
        const PlanningResult out_of_order = plan(site, out.begin, out.recover_weeks);
        if (out_of_order.plan.starts.empty()) return out;
        out.impact_usd = std::max(0.0, out_of_order.plan.objective - base_.plan.objective);
        const std::vector<double> waits = waiting(model_, out_of_order.plan);
        double worst = 0;
        for (uint32_t p = 0; p < waits.size(); ++p) {
            const double more = std::max(0.0, waits[p] - waiting_[p]);
            out.lost_piece_weeks += more;
            if (more > worst) {
                worst = more;
                out.worst_programme = p;
            }
        }
        out.survive_weeks = survives(site, out.begin);
        buffer(out, out_of_order.plan);
        return out;
    }

 private:
    PlanningResult plan(uint32_t site, Time begin, double weeks) {
        ChainFuture future;
        future.site_share.assign(model_.sites.size(), std::vector<double>(model_.buckets.size(), 1.0));
        const Time end = begin + static_cast<Time>(weeks * static_cast<double>(kWeek));
        for (size_t t = 0; t < model_.buckets.size(); ++t) {
            const Bucket& b = model_.buckets[t];
            const Time out = std::max<Time>(0, std::min(b.end, end) - std::max(b.begin, begin));
            future.site_share[site][t] = 1 - static_cast<double>(out) / static_cast<double>(b.end - b.begin);
        }
        return planner_.plan(future);
    }

    // The begin of the bucket in which the site starts most, by cost per week.
    [[nodiscard]] Time busiest(uint32_t site) const {
        double most = -1;
        Time begin = 0;
        for (size_t t = 0; t < model_.buckets.size(); ++t) {
            double value = 0;
            for (size_t a = 0; a < model_.activities.size(); ++a) {
                if (model_.activities[a].site != site) continue;
                value += base_.plan.starts[a][t] * (1 + model_.activities[a].cost_usd);
            }
            value /= model_.buckets[t].weeks();
            if (value > most * (1 + 1e-9)) {
                most = value;
                begin = model_.buckets[t].begin;
            }
        }
        return begin;
    }

    double survives(uint32_t site, Time begin) {
        // the time to recover is one of the lengths: safe or not is decided there
        std::vector<double> lengths(std::begin(kLengths), std::end(kLengths));
        lengths.push_back(in_weeks(model_.sites[site].time_to_recover));
        std::sort(lengths.begin(), lengths.end());
        size_t low = 0;  // lengths below it are survived
        size_t high = lengths.size();
        while (low < high) {
            const size_t middle = (low + high) / 2;
            const PlanningResult result = plan(site, begin, lengths[middle]);
            const double more = sum_of(waiting(model_, result.plan)) - sum_of(waiting_);
            if (!result.plan.starts.empty() && more <= kNoise * due_) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == lengths.size()) return kSurvivesAll;
        return low == 0 ? 0 : lengths[low - 1];
    }

    // What to hold: the output of the site that is dearest during the outage.
    void buffer(SiteRisk& risk, const ChainPlan& out_of_order) const {
        const size_t first = model_.bucket_at(risk.begin);
        double best = 0;
        for (size_t a = 0; a < model_.activities.size(); ++a) {
            const ChainActivity& activity = model_.activities[a];
            if (activity.site != risk.site || activity.outputs.empty()) continue;
            const uint32_t node = activity.outputs.front().node;
            double dearer = 0;
            for (size_t t = first; t < model_.buckets.size(); ++t) {
                dearer = std::max(dearer, out_of_order.node_price[node][t] - base_.plan.node_price[node][t]);
            }
            const double weekly = activity.outputs.front().quantity * activity.good_at(risk.begin) *
                                  base_.plan.starts[a][first] / model_.buckets[first].weeks();
            if (dearer * weekly <= best) continue;
            best = dearer * weekly;
            risk.scarce_node = node;
            risk.buffer_pieces = std::ceil(weekly * std::max(0.0, risk.recover_weeks - risk.survive_weeks));
            const double holding = model_.items[model_.nodes[node].item].holding_usd_per_week;
            risk.buffer_usd = risk.buffer_pieces * holding * kDaysPerYear / 7;
        }
    }

    const ChainModel& model_;
    PlanningResult base_;
    Basis basis_;
    Planner planner_;
    std::vector<double> waiting_;
    double due_ = 0;
};

}  // namespace

std::vector<SiteRisk>
site_risks(const ChainModel& model, const PlannerOptions& options, const PlanningResult& base, uint32_t threads) {
    std::vector<SiteRisk> out;
    if (base.plan.starts.empty()) return out;
    std::vector<uint32_t> sites;
    for (uint32_t s = 0; s < model.sites.size(); ++s) {
        if (model.sites[s].time_to_recover > 0) sites.push_back(s);
    }
    const uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
    const auto count = static_cast<uint32_t>(sites.size());
    // a planner per thread; each makes the same base plan
    InOrder<std::vector<SiteRisk>> jobs;
    jobs.threads = std::clamp(threads == 0 ? cores : threads, 1U, std::max(1U, count));
    jobs.count = jobs.threads;
    jobs.run = [&](uint32_t job, std::vector<SiteRisk>& risks) {
        Outages outages(model, options, base);
        for (uint32_t i = job; i < count; i += jobs.threads) risks.push_back(outages.site(sites[i]));
        return true;
    };
    jobs.on_result = [&](std::vector<SiteRisk>&& risks) {
        out.insert(out.end(), risks.begin(), risks.end());
        return true;
    };
    run_in_order(jobs);
    std::sort(out.begin(), out.end(), [](const SiteRisk& a, const SiteRisk& b) { return a.site < b.site; });
    std::stable_sort(out.begin(), out.end(), [](const SiteRisk& a, const SiteRisk& b) {
        return a.impact_usd > b.impact_usd;
    });
    return out;
}

double TornadoBar::swing() const { return std::max({low, base, high}) - std::min({low, base, high}); }

std::vector<TornadoBar>
tornado(const ChainModel& model, const FigureOf& figure, const std::vector<ChainSample>& samples) {
    std::vector<double> factors(model.uncertainties.size(), 1.0);
    const double base = figure(factors);
    std::vector<double> nets;
    for (const ChainSample& sample : samples) nets.push_back(sample.net());
    std::vector<TornadoBar> out;
    for (uint32_t u = 0; u < model.uncertainties.size(); ++u) {
        TornadoBar bar;
        bar.uncertainty = u;
        bar.base = base;
        factors[u] = model.uncertainties[u].low;
        bar.low = figure(factors);
        factors[u] = model.uncertainties[u].high;
        bar.high = figure(factors);
        factors[u] = 1;
        std::vector<double> drawn;
        for (const ChainSample& sample : samples) drawn.push_back(sample.factors[u]);
        bar.rank_correlation = rank_correlation(drawn, nets);
        out.push_back(bar);
    }
    std::stable_sort(out.begin(), out.end(), [](const TornadoBar& a, const TornadoBar& b) {
        return a.swing() > b.swing();
    });
    return out;
}

}  // namespace chipchain
