#include "chipchain/chip/assumptions.h"

#include <algorithm>
#include <cmath>

#include "chipchain/chip/energy.h"
#include "chipchain/chip/power.h"
#include "chipchain/chip/timing.h"

namespace chipchain {

namespace {

constexpr double kLeastPercent = 1e-3;

struct Outcome {
    double seconds = 0;
    double joules = 0;
};

// The first figures of the registry are the shape: with another, cycles and events are counted anew.
bool is_of_shape(ChipFigure figure) { return figure < ChipFigure::spare_arrays; }

class Ranking {
 public:
    Ranking(const IntegerNetwork& network, const ChipModel& chip) : network_(network), chip_(chip) {
        base_seconds_ = time_folds(network, chip.shape).seconds;
        base_counts_ = count_events(network, chip.shape);
        base_ = outcome(chip, base_seconds_, base_counts_);
    }

    AssumptionRow row(ChipFigure figure) const {
        const Figure& f = figure_of(chip_, figure);
        const Outcome low = at(figure, f.low);
        const Outcome high = at(figure, f.high);
        const auto change = [](double value, double base) { return base > 0 ? 100 * (value / base - 1) : 0; };
        AssumptionRow row;
        row.figure = figure;
        row.latency_low_percent = change(low.seconds, base_.seconds);
        row.latency_high_percent = change(high.seconds, base_.seconds);
        row.energy_low_percent = change(low.joules, base_.joules);
        row.energy_high_percent = change(high.joules, base_.joules);
        for (const double p :
             {row.latency_low_percent, row.latency_high_percent, row.energy_low_percent, row.energy_high_percent}) {
            row.largest_percent = std::max(row.largest_percent, std::fabs(p));
        }
        return row;
    }

 private:
    static Outcome outcome(const ChipModel& chip, double seconds, const EnergyCounts& counts) {
        if (!(seconds > 0)) return {};
        return {seconds, run_energy(chip, energy_of(counts, energy_table(chip)), seconds).joules.value};
    }

    Outcome at(ChipFigure figure, double value) const {
        ChipModel chip = chip_;
        Figure& f = chip.figures[static_cast<size_t>(figure)];
        if (f.value == value) return base_;
        f.value = f.low = f.high = value;
        if (!is_of_shape(figure)) return outcome(chip, base_seconds_, base_counts_);
        chip.shape = shape_of(chip, chip_.shape.dataflow);
        return outcome(chip, time_folds(network_, chip.shape).seconds, count_events(network_, chip.shape));
    }

    const IntegerNetwork& network_;
    const ChipModel& chip_;
    double base_seconds_ = 0;
    EnergyCounts base_counts_{};
    Outcome base_;
};

}  // namespace

std::vector<AssumptionRow> rank_assumptions(const IntegerNetwork& network, const ChipModel& chip) {
    const Ranking ranking(network, chip);
    std::vector<AssumptionRow> rows;
    for (const FigureInfo& info : figure_table()) {
        const Figure& figure = figure_of(chip, info.figure);
        const bool unsure = figure.mark == Mark::assumption || figure.mark == Mark::claim;
        if (!figure.known || !unsure || !(figure.low < figure.high)) continue;
        const AssumptionRow row = ranking.row(info.figure);
        if (row.largest_percent > kLeastPercent) rows.push_back(row);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const AssumptionRow& a, const AssumptionRow& b) {
        return a.largest_percent > b.largest_percent;
    });
    return rows;
}

}  // namespace chipchain
