#include "chipchain/study/version_pooling.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "chipchain/stats/special.h"
#include "chipchain/study/safety_stock.h"

namespace chipchain {

namespace {

// Pieces of every node that one piece of a programme's item needs, along the recipe that needs most of it; nodes that
// it does not need have 0.
std::vector<double> needs_of(const ChainModel& model, uint32_t programme) {
    std::vector<double> need(model.nodes.size(), 0);
    for (const uint32_t node : model.programmes[programme].nodes) need[node] = 1;
    for (size_t pass = 0; pass <= model.sites.size(); ++pass) {
        std::vector<double> next = need;
        for (const ChainArc& arc : model.arcs) next[arc.from] = std::max(next[arc.from], need[arc.to]);
        for (size_t i = model.activities.size(); i-- > 0;) {
            const ChainActivity& activity = model.activities[i];
            for (const ChainAmount& out : activity.outputs) {
                const double good = out.quantity * activity.good_at(model.end);
                if (next[out.node] <= 0 || good <= 0) continue;
                for (const ChainAmount& in : activity.inputs) {
                    next[in.node] = std::max(next[in.node], next[out.node] * in.quantity / good);
                }
            }
        }
        need = std::move(next);
    }
    return need;
}

struct Version {
    uint32_t item = 0;
    uint32_t node = 0;      // where most of it is made
    uint32_t activity = 0;  // that makes most of it
    double made = 0;        // pieces, by all activities
    double most = 0;        // by that activity
};

std::map<std::string, std::vector<Version>> families_of(const ChainModel& model, const ChainPlan& plan) {
    std::map<std::string, std::vector<Version>> out;
    for (uint32_t a = 0; a < model.activities.size(); ++a) {
        const ChainActivity& activity = model.activities[a];
        const uint32_t node = activity.outputs.front().node;
        const uint32_t item_index = model.nodes[node].item;
        const ChainItem& item = model.items[item_index];
        if (activity.substitutes() || item.kind != ItemKind::package || item.family.empty()) continue;
        double made = 0;
        for (const double starts : plan.starts[a]) made += starts * activity.outputs.front().quantity;
        if (made < 1) continue;
        std::vector<Version>& versions = out[item.family];
        auto version =
            std::find_if(versions.begin(), versions.end(), [&](const Version& v) { return v.item == item_index; });
        if (version == versions.end()) version = versions.insert(versions.end(), {item_index, node, a, 0, 0});
        version->made += made;
        if (made > version->most) {
            version->most = made;
            version->node = node;
            version->activity = a;
        }
    }
    return out;
}

}  // namespace

std::vector<PooledFamily> pooled_families(const ChainModel& model, const ChainPlan& plan, double service) {
    std::vector<std::vector<double>> needs;
    for (uint32_t p = 0; p < model.programmes.size(); ++p) needs.push_back(needs_of(model, p));
    const double weeks = in_weeks(model.end);
    std::vector<PooledFamily> out;
    for (const auto& [family, versions] : families_of(model, plan)) {
        if (versions.size() < 2) continue;
        double all = 0;
        for (const Version& version : versions) all += version.made;
        PooledFamily pooled;
        pooled.family = family;
        PoolingCase c;
        c.safety_factor = normal_quantile(std::clamp(service, 0.5, 0.9999));
        double holding = 0;
        for (uint32_t v = 0; v < versions.size(); ++v) {
            const Version& version = versions[v];
            const ChainItem& item = model.items[version.item];
            pooled.versions.push_back(item.name);
            c.versions.push_back(
                {in_weeks(plan.lead[version.activity]),
                 duration_sigma_weeks(model.activities[version.activity].lead),
                 item.value_usd});
            if (item.value_usd > 0) holding = std::max(holding, item.holding_usd_per_week / item.value_usd);
            for (uint32_t p = 0; p < model.programmes.size(); ++p) {
                const ChainProgramme& programme = model.programmes[p];
                double need = 0;
                for (const Version& any : versions) need = std::max(need, needs[p][any.node]);
                const double weekly = need * programme.due(0, model.end) / weeks;
                const double share = version.made / all;
                if (weekly > 0) {
                    c.demands.push_back({v, weekly * share, programme.spread * weekly * std::sqrt(share)});
                }
            }
        }
        c.holding_rate = holding;
        pooled.pooling = pooled_safety_stock(c);
        out.push_back(std::move(pooled));
    }
    return out;
}

}  // namespace chipchain
