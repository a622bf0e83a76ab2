#include "chipchain/model/chain_model.h"

#include <algorithm>

#include <fmt/core.h>

#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

// The mean of f over [begin, end): pieces between the breaks by Gauss-Legendre with two points, which is exact for
// products of up to three straight lines (degree 3) and never looks at a jump itself.
template <class F>
double mean_between(std::vector<Time>& breaks, Time begin, Time end, const F& f) {
    if (end <= begin) return f(begin);
    std::sort(breaks.begin(), breaks.end());
    constexpr double kNode = 0.57735026918962576451;  // 1 / sqrt(3)
    double sum = 0;
    Time from = begin;
    const auto add = [&](Time to) {
        const double middle = 0.5 * static_cast<double>(to - from);
        const double step = kNode * middle;
        sum += middle * (f(from + static_cast<Time>(middle - step)) + f(from + static_cast<Time>(middle + step)));
        from = to;
    };
    for (const Time t : breaks) {
        if (t > from && t < end) add(t);
    }
    add(end);
    return sum / static_cast<double>(end - begin);
}

void add_breaks(std::vector<Time>& out, const DatedFigure& figure, Time shift) {
    for (const DatedValue& point : figure.points) out.push_back(point.from + shift);
}

// Share of the capacity of a module `since` it is live.
double ramp_at(const ChainModel& model, const ChainModule& module, Time since) {
    if (since < 0) return 0;
    return module.ramp == kNoIndex ? 1 : model.curves[module.ramp].share.at(since);
}

bool hits(const ChainDisruption& disruption, const ChainResource& resource, uint32_t number) {
    if (disruption.date < 0) return false;
    return disruption.resource == kNoIndex ? disruption.site == resource.site : disruption.resource == number;
}

// What dated disruptions leave of a resource at t.
double left_at(const ChainModel& model, uint32_t resource, Time t) {
    double share = 1;
    for (const ChainDisruption& d : model.disruptions) {
        if (hits(d, model.resources[resource], resource) && t >= d.date)
            share *= model.curves[d.recovery].share.at(t - d.date);
    }
    return share;
}

void add_disruption_breaks(std::vector<Time>& out, const ChainModel& model, uint32_t resource) {
    for (const ChainDisruption& d : model.disruptions) {
        if (!hits(d, model.resources[resource], resource)) continue;
        out.push_back(d.date);
        add_breaks(out, model.curves[d.recovery].share, d.date);
    }
}

double density(const ChainYield& y, Time t) {
    if (y.tau <= 0) return y.d0_final;
    const double age = static_cast<double>(std::max<Time>(t - y.learning_from, 0)) / static_cast<double>(y.tau);
    return y.d0_final + (y.d0_start - y.d0_final) * deterministic_exp(-age);
}

double defect_yield(const ChainYield& y, Time t) {
    if (y.die_area_cm2 <= 0) return 1;
    const double defects = density(y, t) * y.die_area_cm2;
    return y.alpha > 0 ? deterministic_pow(1 + defects / y.alpha, -y.alpha) : deterministic_exp(-defects);
}

}  // namespace

double DatedFigure::at(Time t) const {
    const auto next =
        std::upper_bound(points.begin(), points.end(), t, [](Time x, const DatedValue& p) { return x < p.from; });
    if (next == points.begin()) return before;
    const DatedValue& last = *(next - 1);
    if (!last.linear || next == points.end()) return last.value;
    const double share = static_cast<double>(t - last.from) / static_cast<double>(next->from - last.from);
    return last.value + share * (next->value - last.value);
}

double DatedFigure::mean(Time begin, Time end) const {
    if (points.empty()) return before;
    std::vector<Time> breaks;
    add_breaks(breaks, *this, 0);
    return mean_between(breaks, begin, end, [this](Time t) { return at(t); });
}

double ChainYield::at(Time t) const { return by_date.at(t) * defect_yield(*this, t); }

double ChainYield::mean(Time begin, Time end) const {
    if (die_area_cm2 <= 0) return by_date.mean(begin, end);
    // the density falls by e^-t/tau: pieces of a week at most, and of tau / 4
    const Time piece = tau > 0 ? std::clamp<Time>(tau / 4, kDay, kWeek) : kNever;
    std::vector<Time> breaks = {learning_from};
    add_breaks(breaks, by_date, 0);
    if (piece != kNever) {
        for (Time t = begin; t < end && t < learning_from + 40 * tau; t += piece) breaks.push_back(t);
    }
    return mean_between(breaks, begin, end, [this](Time t) { return at(t); });
}

double ChainProgramme::due(Time begin, Time end) const {
    double sum = 0;
    for (const ChainDemand& d : demands) {
        if (d.end <= d.begin) {
            if (d.begin >= begin && d.begin < end) sum += d.quantity;
            continue;
        }
        const Time overlap = std::min(d.end, end) - std::max(d.begin, begin);
        if (overlap > 0) sum += d.quantity * static_cast<double>(overlap) / static_cast<double>(d.end - d.begin);
    }
    return sum;
}

std::string ChainModel::node_name(uint32_t node) const {
    return fmt::format("{} at {}", items[nodes[node].item].name, sites[nodes[node].site].name);
}

double ChainModel::capacity_per_week(uint32_t resource, Time from, Time to) const {
    const ChainResource& r = resources[resource];
    std::vector<Time> breaks;
    add_breaks(breaks, r.capacity_per_week, 0);
    add_disruption_breaks(breaks, *this, resource);
    for (const ChainModule& m : modules) {
        if (m.resource != resource) continue;
        for (const auto& [date, count] : m.ordered) {
            breaks.push_back(date + m.build);
            if (m.ramp != kNoIndex) add_breaks(breaks, curves[m.ramp].share, date + m.build);
        }
    }
    const auto capacity = [this, &r, resource](Time t) {
        double sum = r.capacity_per_week.at(t);
        for (const ChainModule& m : modules) {
            if (m.resource != resource) continue;
            for (const auto& order : m.ordered) {
                sum += static_cast<double>(order.second) * m.capacity_per_week *
                       ramp_at(*this, m, t - order.first - m.build);
            }
        }
        return sum * left_at(*this, resource, t);
    };
    return mean_between(breaks, from, to, capacity);
}

double ChainModel::module_share(uint32_t module, Time decided, Time from, Time to) const {
    const ChainModule& m = modules[module];
    const Time live = decided + m.build;
    if (live >= to && to > from) return 0;
    std::vector<Time> breaks = {live};
    if (m.ramp != kNoIndex) add_breaks(breaks, curves[m.ramp].share, live);
    return mean_between(breaks, from, to, [this, &m, live](Time t) { return ramp_at(*this, m, t - live); });
}

double ChainModel::disrupted_share(uint32_t resource, Time from, Time to) const {
    std::vector<Time> breaks;
    add_disruption_breaks(breaks, *this, resource);
    if (breaks.empty()) return 1;
    return mean_between(breaks, from, to, [this, resource](Time t) { return left_at(*this, resource, t); });
}

size_t ChainModel::bucket_at(Time t) const {
    const auto next =
        std::upper_bound(buckets.begin(), buckets.end(), t, [](Time x, const Bucket& b) { return x < b.begin; });
    if (next == buckets.begin() || t >= (next - 1)->end) return buckets.size();
    return static_cast<size_t>(next - buckets.begin()) - 1;
}

}  // namespace chipchain
