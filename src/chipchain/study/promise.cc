#include "chipchain/study/promise.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "chipchain/stats/quantile.h"

namespace chipchain {

namespace {

bool is_kept(double promised, double delivered) {
    return delivered >= promised - std::max(1.0, kPromiseRounding * promised);
}

// With so much confidence other futures keep a promise in the share asked for; assumption.
constexpr double kConfidence = 0.9;

double delivered_by(const ChainSample& sample, size_t programme, const Quarter& quarter) {
    return static_cast<double>(sample.delivered[programme][quarter.last]);
}

}  // namespace

std::vector<Quarter> quarters_of(const ChainModel& model) {
    std::vector<Quarter> out;
    for (size_t t = 0; t < model.buckets.size(); ++t) {
        const Bucket& b = model.buckets[t];
        const std::string date = iso_date(model.start + b.begin + (b.end - b.begin) / 2);
        const int month = std::atoi(date.substr(5, 2).c_str());
        const std::string name = fmt::format("{}-Q{}", date.substr(0, 4), (month + 2) / 3);
        if (out.empty() || out.back().name != name) out.push_back({name, t, t});
        out.back().last = t;
    }
    return out;
}

double quarter_sum(const Quarter& quarter, const std::vector<double>& by_bucket) {
    double sum = 0;
    for (size_t t = quarter.first; t <= quarter.last; ++t) sum += by_bucket[t];
    return sum;
}

Promise promise_of_plan(const ChainModel& model, const ChainPlan& plan) {
    const std::vector<Quarter> quarters = quarters_of(model);
    Promise out;
    for (const std::vector<double>& delivered : plan.delivered) {
        out.emplace_back();
        double sum = 0;
        for (const Quarter& quarter : quarters) {
            sum += quarter_sum(quarter, delivered);
            out.back().push_back(sum);
        }
    }
    return out;
}

Promise promise_of_samples(
    const ChainModel& model,
    const ChainPlan& plan,
    const std::vector<ChainSample>& samples,
    double service) {
    const std::vector<Quarter> quarters = quarters_of(model);
    const double share = std::clamp(service, 0.5, 0.9999);
    Promise out = promise_of_plan(model, plan);
    for (size_t p = 0; p < out.size(); ++p) {
        double before = 0;
        for (size_t q = 0; q < quarters.size(); ++q) {
            std::vector<double> totals;
            totals.reserve(samples.size());
            for (const ChainSample& sample : samples) totals.push_back(delivered_by(sample, p, quarters[q]));
            // one-sided: the lower end of the two-sided interval whose tails are 1 - kConfidence each
            const double safe =
                quantile_interval(sorted_sample(std::move(totals)), 1 - share, 1 - 2 * (1 - kConfidence)).low;
            out[p][q] = std::max(before, std::floor(std::min(out[p][q], safe)));
            before = out[p][q];
        }
    }
    return out;
}

Series2 kept_shares(const ChainModel& model, const Promise& promise, const std::vector<ChainSample>& samples) {
    const std::vector<Quarter> quarters = quarters_of(model);
    Series2 out;
    for (size_t p = 0; p < promise.size(); ++p) {
        out.emplace_back();
        for (size_t q = 0; q < quarters.size(); ++q) {
            const double before = q == 0 ? 0 : promise[p][q - 1];
            if (promise[p][q] - before < 1 || samples.empty()) {
                out.back().push_back(-1);
                continue;
            }
            size_t kept = 0;
            for (const ChainSample& sample : samples) {
                kept += is_kept(promise[p][q], delivered_by(sample, p, quarters[q])) ? 1 : 0;
            }
            out.back().push_back(static_cast<double>(kept) / static_cast<double>(samples.size()));
        }
    }
    return out;
}

double mean_kept(const Series2& kept) {
    double sum = 0;
    size_t count = 0;
    for (const std::vector<double>& of_programme : kept) {
        for (const double share : of_programme) {
            if (share < 0) continue;
            sum += share;
            ++count;
        }
    }
    return count == 0 ? 1 : sum / static_cast<double>(count);
}

}  // namespace chipchain
