#include "chipchain/study/safety_stock.h"

#include <algorithm>
#include <cmath>

#include "chipchain/model/distribution.h"
#include "chipchain/plan/guaranteed_service.h"
#include "chipchain/stats/special.h"
#include "chipchain/stats/sum.h"

namespace chipchain {

namespace {

// A stage whose stock costs nothing in the scenario still prefers less of it; assumption, US$ per piece and week.
constexpr double kLeastHolding = 1e-4;

// Where a node gets most of its pieces from.
struct MainSource {
    double pieces = 0;
    uint32_t activity = kNoIndex;
    uint32_t arc = kNoIndex;
};

std::vector<MainSource> main_sources(const ChainModel& model, const ChainPlan& plan) {
    std::vector<MainSource> out(model.nodes.size());
    for (uint32_t a = 0; a < model.activities.size(); ++a) {
        for (const ChainAmount& made : model.activities[a].outputs) {
            const double pieces = made.quantity * sum_of(plan.starts[a]);
            if (pieces > out[made.node].pieces) out[made.node] = {pieces, a, kNoIndex};
        }
    }
    for (uint32_t i = 0; i < model.arcs.size(); ++i) {
        const double pieces = sum_of(plan.shipped[i]);
        if (pieces > out[model.arcs[i].to].pieces) out[model.arcs[i].to] = {pieces, kNoIndex, i};
    }
    return out;
}

int32_t whole_weeks(Time t) { return static_cast<int32_t>(std::ceil(in_weeks(t) - 1e-9)); }

}  // namespace

// Standard deviation of a lead time in weeks, by the moments of its distribution (uniform: half width / sqrt 3,
// triangular: half width / sqrt 6).
double duration_sigma_weeks(const DurationSpec& lead) {
    switch (lead.kind) {
        case DistKind::constant:
            return 0;
        case DistKind::uniform:
            return in_weeks(lead.half) / std::sqrt(3.0);
        case DistKind::triangular:
            return in_weeks(lead.half) / std::sqrt(6.0);
        case DistKind::exponential:
            return in_weeks(lead.mean);
        case DistKind::lognormal:
            return in_weeks(lead.half);
        case DistKind::erlang:
            return in_weeks(lead.mean) / std::sqrt(std::max(1.0, static_cast<double>(lead.half)));
    }
    return 0;
}

std::vector<double> safety_stocks(const ChainModel& model, const ChainPlan& plan, double service) {
    const std::vector<MainSource> sources = main_sources(model, plan);
    ServiceNetwork network;
    network.safety_factor = normal_quantile(std::clamp(service, 0.5, 0.9999));
    for (uint32_t n = 0; n < model.nodes.size(); ++n) {
        ServiceStage stage;
        stage.name = model.node_name(n);
        stage.holding_cost = std::max(kLeastHolding, model.items[model.nodes[n].item].holding_usd_per_week);
        const MainSource& source = sources[n];
        if (source.activity != kNoIndex) {
            const ChainActivity& activity = model.activities[source.activity];
            stage.processing_time = whole_weeks(plan.lead[source.activity]);
            stage.processing_time_sigma = duration_sigma_weeks(activity.lead);
            const double good =
                source.pieces > 0 ? activity.outputs.front().quantity * activity.good_at(model.end / 2) : 0;
            for (const ChainAmount& in : activity.inputs) {
                if (good > 0) network.arcs.push_back({in.node, n, in.quantity / good});
            }
        } else if (source.arc != kNoIndex) {
            const ChainArc& arc = model.arcs[source.arc];
            stage.processing_time = whole_weeks(compile_duration(arc.travel, {}).mean());
            stage.processing_time_sigma = duration_sigma_weeks(arc.travel);
            network.arcs.push_back({arc.from, n, 1});
        }
        network.stages.push_back(std::move(stage));
    }
    const double weeks = in_weeks(model.end);
    for (const ChainProgramme& programme : model.programmes) {
        ServiceStage& stage = network.stages[programme.node];
        const double mean = programme.due(0, model.end) / weeks;
        stage.demand_mean += mean;
        stage.demand_sigma = std::hypot(stage.demand_sigma, programme.spread * mean);
        stage.promise = 0;
    }
    const ServicePlan placed = place_safety_stock(network, 2'000);
    std::vector<double> out;
    for (uint32_t n = 0; n < model.nodes.size(); ++n) {
        out.push_back(std::max(model.nodes[n].floor, std::ceil(placed.stages[n].safety_stock)));
    }
    return out;
}

}  // namespace chipchain
