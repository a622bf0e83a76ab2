#include "chipchain/plan/scaling.h"

#include <algorithm>
#include <cmath>

namespace chipchain {

namespace {

// The power of two nearest to a positive figure.
double power_of_two(double value) { return value > 0 ? std::exp2(std::round(std::log2(value))) : 1.0; }

}  // namespace

Scaling scaling_of(const LinearProgram& program, const std::vector<double>& unit) {
    Scaling out;
    const auto columns = static_cast<size_t>(program.columns());
    const auto rows = static_cast<size_t>(program.rows());
    out.column.assign(columns, 1);
    out.row.assign(rows, 0);
    double most_cost = 0;
    for (size_t j = 0; j < columns; ++j) {
        if (j < unit.size() && program.integer()[j] == 0) out.column[j] = power_of_two(unit[j]);
        most_cost = std::max(most_cost, std::abs(program.cost()[j]) * out.column[j]);
        for (auto k = static_cast<size_t>(program.starts()[j]); k < static_cast<size_t>(program.starts()[j + 1]); ++k) {
            double& row = out.row[static_cast<size_t>(program.row_indices()[k])];
            row = std::max(row, std::abs(program.values()[k]) * out.column[j]);
        }
    }
    for (double& row : out.row) row = 1 / power_of_two(row);
    // costs up to about a thousand: duals then are of the size of what they price
    out.cost = most_cost > 1000 ? 1 / power_of_two(most_cost / 1000) : 1;
    return out;
}

LinearProgram scaled(const LinearProgram& program, const Scaling& scaling) {
    LinearProgram out;
    for (size_t i = 0; i < scaling.row.size(); ++i) {
        (void)out.add_row(program.row_lower()[i] * scaling.row[i], program.row_upper()[i] * scaling.row[i]);
    }
    for (size_t j = 0; j < scaling.column.size(); ++j) {
        const double s = scaling.column[j];
        (void)out.add_column(
            program.cost()[j] * s * scaling.cost,
            program.column_lower()[j] / s,
            program.column_upper()[j] / s,
            program.integer()[j] != 0);
        for (auto k = static_cast<size_t>(program.starts()[j]); k < static_cast<size_t>(program.starts()[j + 1]); ++k) {
            const auto row = static_cast<uint32_t>(program.row_indices()[k]);
            out.add_entry(RowIndex(row), program.values()[k] * s * scaling.row[row]);
        }
    }
    out.set_offset(program.offset() * scaling.cost);
    out.finish();
    return out;
}

void unscale(LpSolution& solution, const Scaling& scaling) {
    solution.objective /= scaling.cost;
    solution.best_bound /= scaling.cost;
    for (size_t j = 0; j < solution.primal.size(); ++j) solution.primal[j] *= scaling.column[j];
    for (size_t j = 0; j < solution.reduced_costs.size(); ++j) {
        solution.reduced_costs[j] /= scaling.column[j] * scaling.cost;
    }
    for (size_t i = 0; i < solution.row_activities.size(); ++i) solution.row_activities[i] /= scaling.row[i];
    for (size_t i = 0; i < solution.row_duals.size(); ++i) solution.row_duals[i] *= scaling.row[i] / scaling.cost;
}

}  // namespace chipchain
