#include "chipchain/study/forecast.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kHoursPerDay = 24;

GroupCorrection correction_of(const std::vector<GroupCorrection>& corrections, size_t g) {
    return g < corrections.size() ? corrections[g] : GroupCorrection{};
}

// Mean time until a batch of the least size is there, over lots.
double forming_h(const GroupDemand& d) {
    double lots = 0;
    double sum = 0;
    for (const BatchClass& b : d.batches) {
        lots += b.lots_per_h;
        sum += (b.least_lots - 1) / 2;  // lots_per_h * (least - 1) / (2 lots_per_h)
    }
    return lots > 0 ? sum / lots : 0;
}

// The greatest multiple of the start rate that no group is overloaded at.
double limit_rate(const LineLoad& line, const std::vector<GroupCorrection>& corrections) {
    double low = 0;
    double high = 1;
    const auto fits = [&](double factor) {
        const LineLoad there = at_rate(line, factor, corrections);
        return std::all_of(there.groups.begin(), there.groups.end(), [](const GroupLoad& g) {
            return g.entry_utilisation < 1;
        });
    };
    while (high < 1e6 && fits(high)) high *= 2;
    for (int i = 0; i < 40; ++i) {
        const double middle = (low + high) / 2;
        (fits(middle) ? low : high) = middle;
    }
    return low;
}

}  // namespace

GroupForecast forecast(const GroupLoad& load, const GroupCorrection& correction) {
    GroupForecast out;
    if (load.demand.visits_per_h <= 0) return out;
    const EffectiveProcess process = effective_process(load);
    const double ca2 = 1 / load.batch_lots;
    out.queue_h = load.availability > 0 && load.tools > 0
                      ? ggm_queue_time(ca2, process.scv, load.entry_utilisation, load.tools, process.mean)
                      : INFINITY;
    out.queue_h *= correction.wait_factor;
    out.forming_h = forming_h(load.demand) * correction.wait_factor;
    out.stay_h = load.stay_h / std::max(1e-9, 1 - load.down_share) + correction.extra_stay_h;
    return out;
}

LineForecast forecast(const LineLoad& line, const std::vector<GroupCorrection>& corrections) {
    LineForecast out;
    for (size_t g = 0; g < line.groups.size(); ++g)
        out.groups.push_back(forecast(line.groups[g], correction_of(corrections, g)));
    double lots = 0;
    for (const LotTypeLoad& type : line.lot_types) {
        double hours = type.transport_h + type.stay_h;
        for (size_t g = 0; g < line.groups.size(); ++g) {
            if (type.visits[g] <= 0) continue;
            // the stay of the type's own steps is in stay_h; what setups and stops add is that of the group
            const GroupLoad& load = line.groups[g];
            const double plain_stay =
                load.demand.visits_per_h > 0 ? load.demand.stay_tools / load.demand.visits_per_h : 0;
            hours += type.visits[g] * (out.groups[g].wait_h() + out.groups[g].stay_h - plain_stay);
        }
        out.cycle_time_d.push_back(hours / kHoursPerDay);
        lots += type.lots_per_h;
        out.cycle_time_mean_d += type.lots_per_h * hours / kHoursPerDay;
        out.raw_mean_d += type.lots_per_h * type.raw_h / kHoursPerDay;
    }
    if (lots > 0) {
        out.cycle_time_mean_d /= lots;
        out.raw_mean_d /= lots;
    }
    return out;
}

LineLoad at_rate(const LineLoad& line, double factor, const std::vector<GroupCorrection>& corrections) {
    CHECK(factor > 0);
    LineLoad out = line;
    for (LotTypeLoad& type : out.lot_types) type.lots_per_h *= factor;
    for (double& visits : out.step_visits_per_h) visits *= factor;
    for (size_t g = 0; g < out.groups.size(); ++g) {
        scale_rates(out.groups[g], factor);
        // what was seen at one rate does not hold at another: the estimate moves, the observation says from where
        set_tools(out.groups[g], out.groups[g].tools, false, correction_of(corrections, g).seen);
    }
    return out;
}

std::vector<double> mean_visits(const LineLoad& line) {
    std::vector<double> visits(line.groups.size(), 0);
    double lots = 0;
    for (const LotTypeLoad& type : line.lot_types) {
        lots += type.lots_per_h;
        for (size_t g = 0; g < visits.size(); ++g) visits[g] += type.lots_per_h * type.visits[g];
    }
    for (double& v : visits) v = lots > 0 ? v / lots : 0;
    return visits;
}

double knee(const LineLoad& line, const std::vector<GroupCorrection>& corrections) {
    double lots = 0;
    for (const LotTypeLoad& type : line.lot_types) lots += type.lots_per_h;
    if (lots <= 0) return 0;
    const double limit = limit_rate(line, corrections);
    if (limit <= 0) return 0;  // some group has no tools at any rate
    double best = 0;
    double best_power = 0;
    constexpr int kPoints = 400;
    for (int i = 1; i < kPoints; ++i) {
        const double factor = limit * i / kPoints;
        const double power = factor / forecast(at_rate(line, factor, corrections), corrections).cycle_time_mean_d;
        if (power <= best_power) continue;
        best = factor;
        best_power = power;
    }
    return best;
}

double greatest_rate(const LineLoad& line, double cycle_time_d, const std::vector<GroupCorrection>& corrections) {
    double high = limit_rate(line, corrections);
    if (high <= 0) return 0;
    const auto time_at = [&](double factor) {
        return forecast(at_rate(line, factor, corrections), corrections).cycle_time_mean_d;
    };
    // few starts form batches slowly: the curve falls first and rises behind its least point
    double low = 0;
    double least = INFINITY;
    for (int i = 1; i < 60; ++i) {
        const double factor = high * i / 60;
        const double time = time_at(factor);
        if (time <= cycle_time_d) low = factor;
        if (time < least) least = time;
    }
    if (low <= 0) return 0;
    for (int i = 0; i < 30; ++i) {
        const double middle = (low + high) / 2;
        (time_at(middle) <= cycle_time_d ? low : high) = middle;
    }
    return low;
}

}  // namespace chipchain
