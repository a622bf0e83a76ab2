#include "chipchain/study/rates.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/compile.h"
#include "chipchain/study/resize.h"

namespace chipchain {

namespace {

double greatest_utilisation(const LineLoad& line) {
    double most = 0;
    for (const GroupLoad& g : line.groups) most = std::max(most, g.entry_utilisation);
    return most;
}

// An overloaded group has no forecast: lots wait there for what the cycle time has left.
void fill_overloaded(const LineLoad& line, LineForecast& f, double cycle_time_d) {
    const std::vector<double> visits = mean_visits(line);
    double left = cycle_time_d * 24 - f.raw_mean_d * 24;
    double overloaded = 0;
    for (size_t g = 0; g < f.groups.size(); ++g) {
        if (std::isfinite(f.groups[g].queue_h)) {
            left -= visits[g] * f.groups[g].wait_h();
        } else {
            overloaded += visits[g];
        }
    }
    for (GroupForecast& g : f.groups) {
        if (!std::isfinite(g.queue_h)) g.queue_h = std::max(0.0, left) / std::max(1e-9, overloaded);
    }
}

// The line at `factor` times its starts, filled for the forecast cycle time and simulated.
Measured simulate_at(
    const Spec& spec,
    const LineLoad& line,
    double factor,
    const std::vector<GroupCorrection>& corrections,
    const SizeOptions& o,
    double cycle_time_d) {
    Spec scaled = spec;
    scale_starts(scaled, factor);
    Diagnostics warnings;
    Result<Model> empty = compile(scaled, warnings);
    LineLoad there = at_rate(line, factor, corrections);
    LineForecast expected = forecast(there, corrections);
    fill_overloaded(there, expected, cycle_time_d);
    set_initial_wip(scaled, *empty, there, expected);
    const Result<Model> model = compile(scaled, warnings);
    return measure(*model, there, o.simulation, cycle_time_d, o.confidence);
}

// Bisection on the start rate: first to the rate whose mean cycle time is the target, then to both edges of its
// interval.
class RateSearch {
 public:
    RateSearch(const Spec& spec, const LineAsRead& read, const SizeOptions& o)
        : spec_(spec), line_(read.line), o_(o), now_(starts_per_month(spec)) {
        out_.target_d = read.target_d;
    }

    RateResult make() {
        double factor = greatest_rate(line_, out_.target_d);
        if (factor <= 0) factor = 0.5;
        out_.forecast_starts = factor * now_;
        constexpr double kClose = 1.01;  // the bracket of the mean, of the rate
        for (uint32_t i = 0; i < std::max(1U, o_.rounds); ++i) {
            if (!simulate(factor)) break;
            if (low_ > 0 && high_ > 0 && high_ / low_ < kClose) break;
            factor = next(i);
        }
        // the mean is bracketed; what surely holds and what surely fails lies a half width away
        for (int i = 1; i <= 3 && out_.starts_per_month <= 0 && !stopped_; ++i) probe(-1.5 * i * half_d_);
        for (int i = 1; i <= 3 && out_.not_below <= 0 && !stopped_; ++i) probe(1.5 * i * half_d_);
        std::sort(out_.steps.begin(), out_.steps.end(), [](const RateStep& a, const RateStep& b) {
            return a.starts_per_month < b.starts_per_month;
        });
        return std::move(out_);
    }

 private:
    double next(uint32_t i) const {
        const double guess = greatest_rate(line_, out_.target_d, corrections_);
        if (low_ <= 0) return std::clamp(guess, high_ * 0.5, high_ * 0.99);
        if (high_ <= 0) return std::clamp(guess, low_ * 1.01, low_ * 1.5);
        return guess > low_ * 1.002 && guess < high_ * 0.998 && i < 3 ? guess : (low_ + high_) / 2;
    }

    void probe(double by_d) {
        const double factor = greatest_rate(line_, out_.target_d + by_d, corrections_);
        stopped_ = factor <= 0 || !simulate(factor);
    }

    // False when it was interrupted.
    bool simulate(double factor) {
        const Measured m = simulate_at(spec_, line_, factor, corrections_, o_, out_.target_d);
        if (m.replications < o_.simulation.replications) return false;
        const LineLoad there = at_rate(line_, factor, corrections_);
        const double rate = factor * now_;
        const double forecast_x = forecast(there, corrections_).x_factor();
        out_.steps.push_back({rate, forecast_x, greatest_utilisation(there), m});
        if (o_.log) {
            o_.log(fmt::format(
                "{:.0f} starts a month: X-factor forecast {:.2f}, simulated {:.2f} +- {:.2f}, shipped {:.1f} %",
                rate,
                forecast_x,
                m.x_factor.mean,
                m.x_factor.half_width,
                100 * m.shipped_share.mean));
        }
        const bool ships = m.shipped_share.mean >= 1 - o_.rate_tolerance;
        if (ships && m.cycle_time_d.high() <= out_.target_d)
            out_.starts_per_month = std::max(out_.starts_per_month, rate);
        const bool fails = m.cycle_time_d.low() > out_.target_d || m.shipped_share.high() < 1 - o_.rate_tolerance;
        if (fails && (out_.not_below <= 0 || rate < out_.not_below)) out_.not_below = rate;
        const bool good = ships && m.cycle_time_d.mean <= out_.target_d;
        if (good) low_ = std::max(low_, factor);
        if (!good) high_ = high_ > 0 ? std::min(high_, factor) : factor;
        half_d_ = m.cycle_time_d.half_width;
        corrections_ = corrected(there, std::move(corrections_), m, true);
        return true;
    }

    const Spec& spec_;
    const LineLoad& line_;
    const SizeOptions& o_;
    double now_;
    RateResult out_;
    std::vector<GroupCorrection> corrections_;
    double low_ = 0;   // greatest rate whose mean holds
    double high_ = 0;  // least rate whose mean does not
    double half_d_ = 0;
    bool stopped_ = false;
};

}  // namespace

std::vector<RateStep> operating_curve(
    const Spec& spec,
    const LineLoad& line,
    const std::vector<GroupCorrection>& corrections,
    const std::vector<double>& factors,
    const std::vector<double>& simulated,
    const SizeOptions& options) {
    std::vector<double> all = factors;
    all.insert(all.end(), simulated.begin(), simulated.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<RateStep> out;
    for (const double factor : all) {
        const LineLoad there = at_rate(line, factor, corrections);
        RateStep step;
        step.starts_per_month = starts_per_month(spec) * factor;
        const LineForecast f = forecast(there, corrections);
        step.forecast_x = f.x_factor();
        step.utilisation = greatest_utilisation(there);
        // beyond capacity there is no steady state, and a finite run would show what it began with
        const bool steady = std::isfinite(f.cycle_time_mean_d) && step.utilisation < 1;
        if (steady && std::find(simulated.begin(), simulated.end(), factor) != simulated.end()) {
            const double cycle = std::min(f.cycle_time_mean_d, 4 * f.raw_mean_d);
            Measured m = simulate_at(spec, line, factor, corrections, options, cycle);
            if (m.replications < options.simulation.replications) break;
            step.measured = std::move(m);
        }
        out.push_back(std::move(step));
    }
    return out;
}

Result<RateResult> greatest_starts(const Spec& spec, const SizeOptions& o) {
    SizeOptions as_is = o;
    as_is.starts_per_month = 0;
    as_is.scales_starts = true;
    as_is.keep_pm_pieces = true;
    as_is.max_utilisation = 1e9;
    const Result<LineAsRead> read = read_line(spec, as_is);
    if (!read) return tl::unexpected(read.error());
    return RateSearch(spec, *read, o).make();
}

std::vector<MoreTool> one_more_tool(const SizeResult& r) {
    std::vector<MoreTool> out;
    const LineForecast now = forecast(r.line, r.corrections);
    const std::vector<double> visits = mean_visits(r.line);
    // slope of the cycle time in the start rate, d per 1: what saved days are worth in starts
    const double step = std::min(0.002, 0.1 * (1 - greatest_utilisation(r.line)));
    double slope = 0;
    if (step > 0) {
        const double up = forecast(at_rate(r.line, 1 + step, r.corrections), r.corrections).cycle_time_mean_d;
        const double down = forecast(at_rate(r.line, 1 - step, r.corrections), r.corrections).cycle_time_mean_d;
        slope = (up - down) / (2 * step);
    }
    for (uint32_t g = 0; g < r.line.groups.size(); ++g) {
        if (visits[g] <= 0) continue;
        const GroupCorrection correction = g < r.corrections.size() ? r.corrections[g] : GroupCorrection{};
        GroupLoad load = r.line.groups[g];
        set_tools(load, load.tools + 1, true, correction.seen);
        const GroupForecast more = forecast(load, correction);
        const double hours = now.groups[g].wait_h() + now.groups[g].stay_h - more.wait_h() - more.stay_h;
        MoreTool row{g, visits[g] * hours / 24, 0, 0};
        if (slope > 0) row.starts_per_month = row.days / slope * r.starts_per_month;
        const double price = r.spec.tool_groups[g].capex_musd;
        if (row.days > 1e-6) row.musd_per_day = price / row.days;
        out.push_back(row);
    }
    return out;
}

}  // namespace chipchain
