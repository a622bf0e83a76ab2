#include "chipchain/study/clearing_fit.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace chipchain {

namespace {

constexpr double kNoGain = 1e-12;  // of the squares: less is rounding
constexpr int kMostRounds = 50;    // of moving kinks: they settle in a few

// Solves G c = h for the unknowns `active`; G is symmetric and positive definite but for rounding. False when a pivot
// vanishes.
bool solve_active(
    const std::vector<std::vector<double>>& g,
    const std::vector<double>& h,
    const std::vector<size_t>& active,
    std::vector<double>& c) {
    const size_t n = active.size();
    std::vector<std::vector<double>> a(n, std::vector<double>(n + 1));
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) a[i][j] = g[active[i]][active[j]];
        a[i][n] = h[active[i]];
    }
    for (size_t i = 0; i < n; ++i) {
        if (a[i][i] <= 1e-12 * (1 + g[active[i]][active[i]])) return false;
        for (size_t k = i + 1; k < n; ++k) {
            const double factor = a[k][i] / a[i][i];
            for (size_t j = i; j <= n; ++j) a[k][j] -= factor * a[i][j];
        }
    }
    for (size_t i = n; i-- > 0;) {
        double sum = a[i][n];
        for (size_t j = i + 1; j < n; ++j) sum -= a[i][j] * c[active[j]];
        c[active[i]] = sum / a[i][i];
    }
    return true;
}

struct Kinks {
    std::vector<double> at;     // rising
    std::vector<double> slope;  // c_j >= 0
    double squares = 0;         // of relative errors
};

double value(const Kinks& k, double wip) {
    double sum = 0;
    for (size_t j = 0; j < k.at.size(); ++j) sum += k.slope[j] * std::min(wip, k.at[j]);
    return sum;
}

// Least squares for given kinks; a negative slope is put to 0 and the rest solved again.
Kinks fit_slopes(const std::vector<ClearingPoint>& points, std::vector<double> at) {
    std::sort(at.begin(), at.end());
    at.erase(std::unique(at.begin(), at.end()), at.end());
    const size_t n = at.size();
    std::vector<std::vector<double>> g(n, std::vector<double>(n, 0));
    std::vector<double> h(n, 0);
    for (const ClearingPoint& p : points) {
        for (size_t i = 0; i < n; ++i) {
            const double x = std::min(p.wip, at[i]) / p.output;
            h[i] += x;
            for (size_t j = 0; j < n; ++j) g[i][j] += x * std::min(p.wip, at[j]) / p.output;
        }
    }
    std::vector<size_t> active(n);
    for (size_t i = 0; i < n; ++i) active[i] = i;
    Kinks out{std::move(at), std::vector<double>(n, 0), 0};
    while (!active.empty()) {
        std::fill(out.slope.begin(), out.slope.end(), 0.0);
        if (!solve_active(g, h, active, out.slope)) {
            out.slope[active.back()] = 0;
            active.pop_back();
            continue;
        }
        const auto least = std::min_element(active.begin(), active.end(), [&](size_t a, size_t b) {
            return out.slope[a] < out.slope[b];
        });
        if (out.slope[*least] >= 0) break;
        active.erase(least);
    }
    for (const ClearingPoint& p : points) {
        const double error = value(out, p.wip) / p.output - 1;
        out.squares += error * error;
    }
    return out;
}

// Moves one kink after the other to where the squares are least, until none moves.
Kinks move_kinks(const std::vector<ClearingPoint>& points, const std::vector<double>& places, std::vector<double> at) {
    Kinks best = fit_slopes(points, at);
    bool moved = true;
    for (int round = 0; round < kMostRounds && moved; ++round) {
        moved = false;
        for (size_t j = 0; j < at.size(); ++j) {
            for (const double place : places) {
                std::vector<double> tried = at;
                tried[j] = place;
                Kinks there = fit_slopes(points, tried);
                if (there.squares >= best.squares - kNoGain) continue;
                best = std::move(there);
                at = tried;
                moved = true;
            }
        }
    }
    return best;
}

// The better of two begins: kinks at equal distances, and at equal ratios.
Kinks best_kinks(const std::vector<ClearingPoint>& points, const std::vector<double>& places, size_t count) {
    std::vector<double> even;
    std::vector<double> geometric;
    for (size_t j = 1; j <= count; ++j) {
        const double share = static_cast<double>(j) / static_cast<double>(count);
        even.push_back(places.front() + share * (places.back() - places.front()));
        geometric.push_back(places.front() * std::pow(places.back() / places.front(), share));
    }
    Kinks a = move_kinks(points, places, std::move(even));
    Kinks b = move_kinks(points, places, std::move(geometric));
    return a.squares <= b.squares ? std::move(a) : std::move(b);
}

// Points in the order of their WIP, without those at which less goes out than at another with less WIP: at low load
// batches that fill slowly hold WIP that no output needs.
std::vector<ClearingPoint> useful(std::vector<ClearingPoint> points) {
    std::sort(points.begin(), points.end(), [](const ClearingPoint& a, const ClearingPoint& b) {
        return a.wip != b.wip ? a.wip < b.wip : a.output > b.output;
    });
    std::vector<ClearingPoint> out;
    for (const ClearingPoint& p : points) {
        if (!(p.wip > 0 && p.output > 0)) continue;
        if (out.empty() || p.output >= out.back().output) out.push_back(p);
    }
    return out;
}

// Where a kink may stand: at the points. Between two of them it would stand out of what was seen.
std::vector<double> places_of(const std::vector<ClearingPoint>& points) {
    std::vector<double> out;
    for (const ClearingPoint& p : points) {
        if (out.empty() || p.wip > out.back()) out.push_back(p.wip);
    }
    return out;
}

}  // namespace

double ClearingFit::at(double wip) const {
    double least = lines.empty() ? 0 : INFINITY;
    for (const ClearingLine& line : lines) least = std::min(least, line.slope * wip + line.quantity);
    return least;
}

ClearingFit fit_clearing(const std::vector<ClearingPoint>& all, size_t lines) {
    const std::vector<ClearingPoint> points = useful(all);
    ClearingFit out;
    if (points.empty()) return out;
    const std::vector<double> places = places_of(points);
    const size_t count = std::clamp<size_t>(lines, 2, 8) - 1;
    const Kinks kinks = best_kinks(points, places, std::min(count, places.size()));
    // between two kinks: slope of the kinks still to come, quantity of those behind
    double slope = 0;
    double quantity = 0;
    for (const double c : kinks.slope) slope += c;
    const double rounding = 1e-9 * slope;  // what sums of slopes may be off
    for (size_t j = 0; j < kinks.at.size() && slope > rounding; ++j) {
        if (kinks.slope[j] <= rounding) continue;
        out.lines.push_back({slope, quantity});
        slope -= kinks.slope[j];
        quantity += kinks.slope[j] * kinks.at[j];
    }
    out.lines.push_back({0, quantity});
    for (const ClearingPoint& p : points) out.worst = std::max(out.worst, std::abs(out.at(p.wip) / p.output - 1));
    return out;
}

std::vector<ClearingPoint> clearing_points(const std::vector<RateStep>& curve) {
    std::vector<ClearingPoint> out;
    for (const RateStep& step : curve) {
        if (!step.measured || step.measured->x_factor.mean <= 0) continue;
        const double per_week = step.starts_per_month * step.measured->shipped_share.mean * 7 / 30;
        const double cycle_d = step.measured->cycle_time_d.mean;
        const double raw_d = cycle_d / step.measured->x_factor.mean;
        out.push_back({per_week / 7 * (cycle_d - raw_d), per_week});
    }
    return out;
}

std::string clearing_rows(const ClearingFit& fit, const std::string& resource, const std::string& source) {
    std::string out;
    for (const ClearingLine& line : fit.lines) {
        out += fmt::format(
            "[[clearing]]\nresource = \"{}\"\nslope = {:.6g}\nquantity = {:.6g}\nmark = \"computed\"\nsource = "
            "\"{}\"\n",
            resource,
            line.slope,
            line.quantity,
            source);
    }
    return out;
}

}  // namespace chipchain
