#include "chipchain/study/measure.h"

#include <algorithm>
#include <cmath>

#include "chipchain/stats/mser.h"
#include "chipchain/stats/tally.h"

namespace chipchain {

namespace {

double as_double(uint64_t n) { return static_cast<double>(n); }

// Sums of one replication that become means over all.
class Collected {
 public:
    Collected(const Model& model, const LineLoad& line) : m_(model), line_(line), groups_(model.tool_groups.size()) {
        for (const LotTypeLoad& type : line.lot_types) expected_per_h_ += type.lots_per_h * type.shipped_share;
    }

    void add(const RunResult& r) {
        double lots = 0;
        double days = 0;
        double raw = 0;
        double shipped = 0;
        for (size_t i = 0; i < r.lot_types.size(); ++i) {
            const CompletedLots& c = r.lot_types[i].completed;
            lots += as_double(c.lots);
            days += in_days(c.cycle_time_sum);
            raw += as_double(c.lots) * in_days(m_.routes[m_.lot_types[i].route].raw_process_time);
            shipped += as_double(c.lots + r.lot_types[i].initial.lots);
        }
        if (lots > 0) cycle_.add(days / lots);
        if (raw > 0) x_.add(days / raw);
        const double expected = expected_per_h_ * in_hours(r.window);
        if (expected > 0) shipped_.add(shipped / expected);
        const std::vector<double> wip(r.series.wip.begin(), r.series.wip.end());
        const MserResult warmup = mser(wip);
        const double end = static_cast<double>(warmup.truncation) * in_days(r.series.interval);
        mser_d_ = warmup.extend_run || mser_d_ < 0 ? -1 : std::max(mser_d_, end);
        broken_ += check_identities(r).size();
        for (size_t g = 0; g < groups_.size(); ++g) add_group(groups_[g], r.tool_groups[g], in_hours(r.window));
        ++count_;
    }

    [[nodiscard]] Measured take(double confidence, const Window& window) const {
        Measured out;
        out.x_factor = mean_interval(x_, confidence);
        out.cycle_time_d = mean_interval(cycle_, confidence);
        out.shipped_share = mean_interval(shipped_, confidence);
        out.horizon_d = window.days;
        out.warmup_d = window.warmup_d;
        out.mser_d = mser_d_;
        out.broken_identities = broken_;
        out.replications = count_;
        for (size_t g = 0; g < groups_.size(); ++g) out.groups.push_back(group(groups_[g], line_.groups[g].demand));
        return out;
    }

 private:
    struct Sums {
        double hours = 0;
        double all = 0, stopped = 0, engineering = 0, busy = 0;
        double visits = 0, queue_h = 0, stay_h = 0;
        double setups = 0, lots = 0, batches = 0;
    };

    static void add_group(Sums& s, const ToolGroupResult& g, double hours) {
        const auto at = [&g](ToolState state) { return in_hours(g.total.time[static_cast<size_t>(state)]); };
        s.hours += hours;
        for (const Time t : g.total.time) s.all += in_hours(t);
        s.stopped += at(ToolState::down) + at(ToolState::maintenance) + at(ToolState::nonscheduled);
        s.engineering += at(ToolState::engineering);
        s.busy += at(ToolState::productive) + at(ToolState::setup);
        s.visits += as_double(g.visits);
        s.queue_h += in_hours(g.queue_time);
        s.stay_h += in_hours(g.process_time);
        s.setups += as_double(g.total.setups);
        s.lots += as_double(g.total.lots);
        s.batches += as_double(g.batches);
    }

    static Measured::Group group(const Sums& s, const GroupDemand& d) {
        Measured::Group out;
        if (s.all > 0) out.availability = 1 - s.stopped / s.all;
        const double available = s.all - s.stopped - s.engineering;
        if (available > 0) out.utilisation = s.busy / available;
        if (s.hours > 0) out.visits_per_h = s.visits / s.hours;
        if (s.visits > 0) {
            out.wait_h = s.queue_h / s.visits;
            out.stay_h = s.stay_h / s.visits;
        }
        double with_setup = 0;
        for (const SetupClass& c : d.setups) with_setup += c.lots_per_h;
        if (with_setup > 0 && s.lots > 0) out.setup_share = s.setups / (s.lots * with_setup / d.visits_per_h);
        if (!d.batches.empty() && s.batches > 0) out.batch_lots = s.lots / s.batches;
        return out;
    }

    const Model& m_;
    const LineLoad& line_;
    double expected_per_h_ = 0;
    Tally x_, cycle_, shipped_;
    double mser_d_ = 0;
    uint64_t broken_ = 0;
    uint32_t count_ = 0;
    std::vector<Sums> groups_;
};

}  // namespace

Window window_of(const SimulationPlan& plan, double moves_per_d, double cycle_time_d) {
    Window out{plan.days, plan.warmup_d};
    // lots of the window are released in the run: the warm-up is longer than a cycle time
    const double budget = moves_per_d > 0 ? plan.moves / moves_per_d : 0;
    const bool tight = budget < 4 * cycle_time_d;
    if (out.warmup_d <= 0) out.warmup_d = tight ? 1.25 * cycle_time_d : std::max(60.0, 1.5 * cycle_time_d);
    // assumption: three years show the quarterly maintenance of two tools well enough, a month the mean of thousands
    if (out.days <= 0) out.days = out.warmup_d + std::clamp(budget - out.warmup_d, 30.0, 3 * 364.0);
    out.days = std::ceil(out.days);
    return out;
}

Measured
measure(const Model& model, const LineLoad& line, const SimulationPlan& plan, double cycle_time_d, double confidence) {
    double moves_per_h = 0;
    for (const GroupLoad& g : line.groups) moves_per_h += g.demand.visits_per_h;
    const Window window = window_of(plan, 24 * moves_per_h, cycle_time_d);
    Collected collected(model, line);
    ReplicateOptions options;
    options.seed = plan.seed;
    options.count = plan.replications;
    options.threads = plan.threads;
    options.horizon = to_ticks(window.days, kDay);
    options.warmup = to_ticks(window.warmup_d, kDay);
    options.progress = plan.progress;
    options.on_result = [&collected](RunResult&& r) {
        collected.add(r);
        return true;
    };
    replicate(model, options);
    return collected.take(confidence, window);
}

}  // namespace chipchain
