#include "chipchain/model/chain_schedule.h"

#include <algorithm>
#include <cmath>

namespace chipchain {

namespace {

Series2 running_totals(const Series2& per_bucket, size_t rows, size_t buckets) {
    Series2 out(rows, std::vector<double>(buckets, 0));
    for (size_t row = 0; row < std::min(rows, per_bucket.size()); ++row) {
        double sum = 0;
        for (size_t b = 0; b < buckets; ++b) {
            if (b < per_bucket[row].size()) sum += per_bucket[row][b];
            out[row][b] = sum;
        }
    }
    return out;
}

std::vector<std::pair<Time, int64_t>> decisions(const ChainModel& model, const ChainPlan& plan, size_t module) {
    std::vector<std::pair<Time, int64_t>> out = model.modules[module].ordered;
    if (module < plan.modules.size()) {
        constexpr double kWhole = 1e-6;  // assumption: what solvers leave of integers
        for (size_t b = 0; b < std::min(plan.modules[module].size(), model.buckets.size()); ++b) {
            const auto count = static_cast<int64_t>(std::floor(plan.modules[module][b] + kWhole));
            if (count > 0) out.emplace_back(model.buckets[b].begin, count);
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
    return out;
}

}  // namespace

ChainSchedule schedule_of(const ChainModel& model, const ChainPlan& plan) {
    ChainSchedule out;
    const size_t buckets = model.buckets.size();
    out.starts = running_totals(plan.starts, model.activities.size(), buckets);
    out.shipped = running_totals(plan.shipped, model.arcs.size(), buckets);
    if (!plan.delivered_from.empty()) {
        for (size_t p = 0; p < model.programmes.size(); ++p) {
            const Series2 none;
            const Series2& from = p < plan.delivered_from.size() ? plan.delivered_from[p] : none;
            out.delivered_from.push_back(running_totals(from, model.programmes[p].nodes.size(), buckets));
        }
        out.stock = plan.stock;
        out.stock.resize(model.nodes.size());
        for (std::vector<double>& row : out.stock) row.resize(buckets, 0);
    }
    for (size_t m = 0; m < model.modules.size(); ++m) out.modules.push_back(decisions(model, plan, m));
    for (size_t q = 0; q < model.qualifications.size(); ++q) {
        const ChainQualification& row = model.qualifications[q];
        const Time by_file = row.decided ? row.from + row.duration : kNever;
        out.qualified_from.push_back(q < plan.qualified_from.size() ? plan.qualified_from[q] : by_file);
    }
    out.reserved = plan.reserved;
    return out;
}

double running_total(const ChainModel& model, const std::vector<double>& total, size_t bucket, Time t) {
    if (bucket >= model.buckets.size()) return total.empty() ? 0 : total.back();
    const Bucket& b = model.buckets[bucket];
    const double before = bucket > 0 ? total[bucket - 1] : 0;
    if (t >= b.end) return total[bucket];
    const double share = static_cast<double>(std::max<Time>(t - b.begin, 0)) / static_cast<double>(b.end - b.begin);
    return before + (total[bucket] - before) * share;
}

}  // namespace chipchain
