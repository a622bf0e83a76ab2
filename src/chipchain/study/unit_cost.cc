#include "chipchain/study/unit_cost.h"

#include "chipchain/stats/sum.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace chipchain {

namespace {

class UnitCosts {
 public:
    UnitCosts(const ChainModel& model, const ChainPlan& plan) : m_(model), plan_(plan), known_(model.nodes.size()) {
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            starts_.push_back(sum_of(plan_.starts[a]));
            double good = 0;
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                const Bucket& b = m_.buckets[t];
                good += plan_.starts[a][t] * m_.activities[a].good_mean(b.begin, b.end);
            }
            yield_.push_back(starts_[a] > 0 ? good / starts_[a] : 0);
        }
    }

    const UnitCost& of(uint32_t node) {
        if (known_[node]) return *known_[node];
        known_[node].emplace();  // a cycle of arcs finds an empty cost
        UnitCost sum;
        sum.node = node;
        for (uint32_t a = 0; a < m_.activities.size(); ++a) add_activity(node, a, sum);
        for (uint32_t i = 0; i < m_.arcs.size(); ++i) add_arc(node, i, sum);
        for (CostStep& step : sum.steps) step.usd /= std::max(1e-12, sum.pieces);
        for (const CostStep& step : sum.steps) sum.usd += step.usd;
        known_[node] = std::move(sum);
        return *known_[node];
    }

 private:
    static void add(UnitCost& sum, const std::string& name, double usd, bool loss) {
        if (usd == 0) return;
        const auto same =
            std::find_if(sum.steps.begin(), sum.steps.end(), [&](const CostStep& step) { return step.name == name; });
        if (same != sum.steps.end()) {
            same->usd += usd;
        } else {
            sum.steps.push_back({name, usd, loss});
        }
    }

    void add_activity(uint32_t node, uint32_t a, UnitCost& sum) {
        const ChainActivity& activity = m_.activities[a];
        double all = 0;  // pieces of all outputs share the cost by number of pieces
        double mine = 0;
        for (const ChainAmount& out : activity.outputs) {
            all += out.quantity;
            if (out.node == node) mine += out.quantity;
        }
        if (mine <= 0 || starts_[a] <= 0 || yield_[a] <= 0) return;
        const double starts = starts_[a] * mine / all;
        const double pieces = starts_[a] * mine * yield_[a];
        UnitCost start;  // of all these starts
        for (const ChainAmount& in : activity.inputs) {
            const UnitCost& cost = of(in.node);
            for (const CostStep& step : cost.steps) add(start, step.name, step.usd * in.quantity * starts, step.loss);
        }
        add(start, activity.name, activity.cost_usd * starts, false);
        double lost = 0;
        for (const CostStep& step : start.steps) {
            const double kept = step.usd * yield_[a];
            lost += step.usd - kept;
            add(sum, step.name, kept, step.loss);
        }
        add(sum, fmt::format("lost in {}", activity.name), lost, true);
        sum.pieces += pieces;
    }

    void add_arc(uint32_t node, uint32_t i, UnitCost& sum) {
        const ChainArc& arc = m_.arcs[i];
        const double pieces = sum_of(plan_.shipped[i]);
        if (arc.to != node || pieces <= 0) return;
        for (const CostStep& step : of(arc.from).steps) add(sum, step.name, step.usd * pieces, step.loss);
        add(sum, "transport", (arc.cost_usd - arc.tariff_usd) * pieces, false);
        add(sum, "tariffs", arc.tariff_usd * pieces, false);
        sum.pieces += pieces;
    }

    const ChainModel& m_;
    const ChainPlan& plan_;
    std::vector<std::optional<UnitCost>> known_;
    std::vector<double> starts_;  // [activity] in all
    std::vector<double> yield_;   // [activity] mean, weighted by starts
};

}  // namespace

std::vector<UnitCost> all_unit_costs(const ChainModel& model, const ChainPlan& plan) {
    UnitCosts costs(model, plan);
    std::vector<UnitCost> out;
    for (uint32_t n = 0; n < model.nodes.size(); ++n) out.push_back(costs.of(n));
    return out;
}

std::vector<UnitCost> unit_costs(const ChainModel& model, const ChainPlan& plan) {
    UnitCosts costs(model, plan);
    std::vector<UnitCost> out;
    for (uint32_t n = 0; n < model.nodes.size(); ++n) {
        const ChainItem& item = model.items[model.nodes[n].item];
        // a chip where it is used, not on its way
        const bool used = std::any_of(model.activities.begin(), model.activities.end(), [&](const ChainActivity& a) {
            return !a.substitutes() &&
                   std::any_of(a.inputs.begin(), a.inputs.end(), [&](const ChainAmount& in) { return in.node == n; });
        });
        const bool chip = item.kind == ItemKind::package && !item.family.empty() && used;
        const bool taken = std::any_of(model.programmes.begin(), model.programmes.end(), [&](const ChainProgramme& p) {
            return std::find(p.nodes.begin(), p.nodes.end(), n) != p.nodes.end();
        });
        if (!chip && !taken) continue;
        const UnitCost& cost = costs.of(n);
        if (cost.pieces > 0.5) out.push_back(cost);
    }
    return out;
}

}  // namespace chipchain
